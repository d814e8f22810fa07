"""Where a number comes from: what a row of results says besides its score.

How the model was trained is read off the compiled network, not typed. How the score moves when
users are redrawn is kept, so that any two rows on the same ratings can be compared in pairs.
"""

from __future__ import annotations

import importlib.metadata
import platform
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from course_utils.protocol.metrics import per_user_rmse, redrawn_sums, rmse, rmse_by_user

if TYPE_CHECKING:
    import keras

RESAMPLES = 64  # a standard error to a tenth of itself, and short enough for every row
LINUX_STATUS = Path("/proc/self/status")
VERSIONS_OF = ("keras", "numpy", "pandas", "scikit-learn")


# ------------------------------------------------------------------------------- the training
def how_compiled(model: keras.Model) -> dict[str, Any]:
    """Optimizer, rate, schedule, weight decay, loss and initializers, as they were compiled."""
    import keras

    config = model.optimizer.get_config()
    rate, schedule = config["learning_rate"], "constant"
    if isinstance(rate, dict):
        schedule = rate["class_name"]
        rate = rate["config"]["initial_learning_rate"]
    starts = {
        _in_words(value)
        for layer in model._flatten_layers()
        for name, value in vars(layer).items()
        if isinstance(value, keras.Initializer)
        and "bias" not in name
        and not isinstance(value, keras.initializers.Zeros | keras.initializers.Ones)
    }
    return {
        "optimizer": type(model.optimizer).__name__,
        "rate": round(float(rate), 9),
        "schedule": schedule,
        "weight_decay": config.get("weight_decay"),
        "loss": getattr(model.loss, "__name__", None) or getattr(model.loss, "name", model.loss),
        "initializer": sorted(starts),
    }


def _in_words(start: keras.Initializer) -> str:
    """ "RandomNormal(mean=0.0, stddev=0.05)": the initializer without its seed."""
    settings = {k: v for k, v in start.get_config().items() if k != "seed"}
    return f"{type(start).__name__}({', '.join(f'{k}={v}' for k, v in settings.items())})"


def outcome(history: pd.DataFrame, best_epoch: int) -> dict[str, Any]:
    found: dict[str, Any] = {"best_epoch": best_epoch}
    curve = history.filter(like="validation_").iloc[:, 0]
    if curve.notna().any():
        found["validation_curve"] = curve.round(4).tolist()
    return found


# -------------------------------------------------------------------------------- the score
def resampled_rmse(users, y_true, y_pred) -> tuple[np.ndarray, np.ndarray]:
    """Global and per-user RMSE in ``RESAMPLES`` samples of users: two arrays, in stars.

    The same users are drawn for every model that was scored on the same ratings. So the differences
    of two models' arrays are the bootstrap of their *paired* difference, and a row of results that
    keeps its array can be compared with any other row, whenever that was measured.
    """
    table = rmse_by_user(users, y_true, y_pred)
    columns = np.column_stack([table[["sse", "n"]], table["rmse"], np.ones(len(table))])
    sse, n, per_user, drawn = redrawn_sums(columns, RESAMPLES, 0)
    return np.sqrt(sse / n), per_user / drawn


def of_ratings(found: pd.DataFrame) -> dict[str, Any]:
    """What lets a score of ratings be compared in pairs: how it moves, and what was scored.

    found: one row a rating with user, movie, rating and prediction.
    """
    what = (found["user"], found["rating"], found["prediction"])
    samples = dict(zip(("rmse", "per_user_rmse"), resampled_rmse(*what), strict=True))
    whole = {"rmse": rmse(*what[1:]), "per_user_rmse": per_user_rmse(*what)}
    mark = mark_of(found[["user", "movie", "rating"]])
    return resampled(samples, whole) | {"scored_on": mark}


def resampled_mean(values) -> np.ndarray:
    """The mean of one value a user in the same samples of users, shape (RESAMPLES,)."""
    values = np.asarray(values, float)
    (total,) = redrawn_sums(values[:, None], RESAMPLES, 0)
    return total / len(values)


def resampled(samples: Mapping[str, Any], values: Mapping[str, float]) -> dict[str, Any]:
    """``{"resampled": …}``: how each metric moves when users are redrawn, in steps of 0.00001.

    samples: metric → its values in samples of users; values: metric → its value for all of them.
    """
    steps = {
        name: ((samples[name] - values[name]) * 1e5).round().astype(int).tolist()
        for name in samples
    }
    return {"resampled": steps}


def mark_of(table: pd.DataFrame) -> str:
    """Eight hexadecimal digits that two rows share if they were scored on the same table."""
    return f"{zlib.crc32(table.to_numpy('float64').tobytes()):08x}"


# ------------------------------------------------------------------------------ the machine
def stamped(row: Mapping[str, Any]) -> dict[str, Any]:
    """A result row with what this process knows: its peak memory so far, and versions."""
    return {**row, "peak_mb": peak_memory_mb(), "versions": versions()}


def versions() -> dict[str, str]:
    """Versions of what a number depends on, and the ``accelerator`` where one was at work."""
    import keras  # slow, and scoring itself does not need it

    engine = keras.config.backend()
    found = {name: importlib.metadata.version(name) for name in (engine, *VERSIONS_OF)}
    return {"python": platform.python_version(), **found, **_accelerator(engine)}


def _accelerator(engine: str) -> dict[str, str]:
    if engine == "jax":
        import jax

        device = jax.devices()[0]
        return {} if device.platform == "cpu" else {"accelerator": device.device_kind}
    if engine != "tensorflow":
        return {}
    import tensorflow as tf

    for device in tf.config.list_physical_devices("GPU"):
        details = tf.config.experimental.get_device_details(device)
        return {"accelerator": details.get("device_name", device.name)}
    return {}


def peak_memory_mb() -> float:
    """Largest resident memory of this process so far, in MB."""
    if LINUX_STATUS.exists():  # getrusage would count the memory of the starting process too
        peak = LINUX_STATUS.read_text().split("VmHWM:")[1].split()[0]
        return round(int(peak) / 1024, 1)
    try:
        import resource
    except ImportError:  # Windows
        import psutil

        return round(psutil.Process().memory_info().peak_wset / 1024**2, 1)
    kilobytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(kilobytes / (1024 if platform.system() != "Darwin" else 1024**2), 1)
