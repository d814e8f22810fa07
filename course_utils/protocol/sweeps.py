"""Many trainings: a grid of settings and seeds, on this machine's cores or on a cluster.

A lesson never names a cluster. Without an address one is started here; with ``RAY_ADDRESS`` or
``DASK_SCHEDULER_ADDRESS`` in the environment, the same code runs on that cluster, if its machines
share a disk with this one (``keep``) and have the course installed. A trial has no time limit.
"""

import logging
import os
import socket
import tempfile
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import joblib
import pandas as pd
from tqdm.auto import tqdm


def sweep(
    trial: Callable[..., Mapping],
    grid: Mapping[str, list],
    *,
    seeds: tuple[int, ...] = (0, 1, 2),
    jobs: int = 1,
    backend: str | None = None,
    retries: int = 1,
    keep: str | Path | None = None,
) -> pd.DataFrame:
    """Run ``trial(seed=..., **settings)`` for every combination in ``grid`` and every seed.

    trial: returns a mapping of results (``{"rmse": ..., "seconds": ...}``).
    jobs, backend: handed to joblib; ``jobs=2`` runs two trials side by side. ``backend="ray"`` or
    ``"dask"`` runs them on a cluster, see :mod:`course_utils.protocol.sweeps`.
    retries: how often a trial that raises, or whose worker dies, is tried again. keep: a folder for
    finished trials; a sweep that was stopped goes on from there. They are known by their settings:
    after a change to ``trial`` itself use a new folder, or the old results come back. On a cluster
    ``keep`` must lie on a disk that all machines see.
    Returns one row a trial: the settings, the seed, the results. A trial that failed for good has
    its reason in the column ``error``, which is there only then, with a warning. Raises
    RuntimeError if all failed.
    """
    from sklearn.model_selection import ParameterGrid

    trials = [
        {**settings, "seed": seed}
        for settings in ParameterGrid({k: list(v) for k, v in grid.items()})
        for seed in seeds
    ]
    results = run_trials(trial, trials, jobs=jobs, backend=backend, retries=retries, keep=keep)
    errors = [result["error"] for result in results if set(result) == {"error"}]
    if errors and len(errors) == len(trials):
        raise RuntimeError(f"all {len(trials)} trials failed, the first with {errors[0]}")
    if errors:
        text = f"{len(errors)} of {len(trials)} trials failed; see the column error"
        warnings.warn(text, stacklevel=2)
    return pd.DataFrame([{**t, **r} for t, r in zip(trials, results, strict=True)])


EXTRA = "in the course's folder, python -m pip install -e '.[cluster]'"


def run_trials(
    trial: Callable[..., Mapping],
    settings: Sequence[Mapping],
    *,
    jobs: int,
    backend: str | None,
    retries: int,
    keep: str | Path | None,
) -> list[dict]:
    """What ``trial(**s)`` returned for each of ``settings``, or ``{"error": ...}``.

    A trial that raises is tried again, up to ``retries`` times. So is one whose worker dies, with
    all that were not done yet; then each of them gets workers of its own, so that one that always
    kills its worker takes no other with it. Each result is stored in the folder ``keep`` as soon as
    it is there, by the worker: on a cluster, a folder that all machines see.
    """
    with tempfile.TemporaryDirectory() as scratch, connected(backend, jobs):
        folder = Path(keep or scratch)
        folder.mkdir(parents=True, exist_ok=True)
        files = [folder / f"{joblib.hash(dict(s))}.trial" for s in settings]
        failed: dict[Path, str] = {}

        def missing() -> list[int]:
            return [i for i, f in enumerate(files) if not f.exists() and f not in failed]

        def run(indices: Sequence[int], workers: int) -> None:
            calls = [
                joblib.delayed(_attempt)(trial, settings[i], files[i], retries) for i in indices
            ]
            # "ray" can only return everything at the end
            work = joblib.Parallel(
                n_jobs=workers, batch_size=1, return_as="list" if backend == "ray" else "generator"
            )(calls)
            progress = tqdm(work, total=len(calls), desc="trials", leave=False)
            failed.update({files[i]: e for i, e in zip(indices, progress, strict=True) if e})

        lost = ""
        for _ in range(retries + 1):
            if missing():
                lost = _survive(run, missing(), jobs) or lost
        for i in missing():  # n_jobs=1 would run it in this process, and might take that with it
            lost = _survive(run, [i], max(jobs, 2)) or lost
        return [
            {"error": failed.get(f) or _why(lost, folder)} if not f.exists() else joblib.load(f)
            for f in files
        ]


def _attempt(trial, settings: Mapping, file: Path, retries: int) -> str:
    """Run a trial in a worker and store what it returns, or return the last try's error."""
    if file.exists():
        return ""
    for _ in range(retries + 1):
        try:
            result = dict(trial(**settings))
            break
        except Exception as error:
            message = f"{type(error).__name__}: {error}"
    else:
        return message
    unfinished = file.with_suffix(f".{os.getpid()}")
    joblib.dump(result, unfinished)
    unfinished.replace(file)  # all of it or nothing
    return ""


def _survive(run: Callable, indices: Sequence[int], workers: int) -> str:
    """Run; when a worker dies joblib gives up all of the call, so say why and go on."""
    try:
        run(indices, workers)
    except Exception as error:  # each backend has its own; a trial's errors do not come this far
        return f"{type(error).__name__}: {error}".strip().splitlines()[0]
    return ""


def _why(lost: str, folder: Path) -> str:
    """What a trial without a result says, and the remedy where it is known."""
    unseen = f"; does every machine see {folder}? Give keep=..., on a disk that all share"
    return f"its worker was lost: {lost}" + unseen * lost.startswith("FileNotFoundError")


@contextmanager
def connected(backend: str | None, jobs: int) -> Iterator[None]:
    """Have joblib's ``backend`` at hand: "ray" and "dask" need a cluster, the others nothing.

    A cluster that is started here has ``jobs`` workers and is stopped at the end. One that is
    already connected, or whose address the environment gives, is used and left running.
    """
    try:
        with (
            {"ray": _ray, "dask": _dask}.get(backend or "", nullcontext)(jobs),
            joblib.parallel_config(backend=backend) if backend else nullcontext(),
        ):
            yield
    except ModuleNotFoundError as error:
        if error.name not in ("ray", "dask", "distributed"):
            raise
        raise ModuleNotFoundError(f"backend={backend!r} is not installed: {EXTRA}") from error


@contextmanager
def _ray(jobs: int) -> Iterator[None]:
    import ray
    from ray.util.joblib import register_ray

    register_ray()
    started = not ray.is_initialized()
    if started:
        elsewhere = bool(address := os.environ.get("RAY_ADDRESS", ""))
        _someone_answers(address)
        here = {} if elsewhere else {"num_cpus": max(jobs, 2), "include_dashboard": False}
        options: dict[str, Any] = {"log_to_driver": False, "logging_level": "ERROR"} | here
        for tries_left in (2, 1, 0):
            try:
                ray.init(**options)
                break
            except Exception:  # a busy machine may need more than the 30 s that Ray allows
                ray.shutdown()
                if not tries_left:
                    raise
    try:
        yield
    finally:
        if started:
            ray.shutdown()


def _someone_answers(address: str, seconds: float = 10.0) -> None:
    """Raise ConnectionError for "host:port" or "ray://host:port" where nothing listens.

    Ray itself goes on trying for longer than anybody waits.
    """
    place = urlsplit(address if "//" in address else f"//{address}")
    if not place.port:  # "" or "auto": Ray looks for a cluster on this machine
        return
    try:
        socket.create_connection((place.hostname, place.port), timeout=seconds).close()
    except OSError as error:
        raise ConnectionError(
            f"RAY_ADDRESS={address!r}: no cluster answers there ({error}); is it running, and can "
            "this machine reach it? Without RAY_ADDRESS a cluster is started here"
        ) from error


@contextmanager
def _dask(jobs: int) -> Iterator[None]:
    from distributed import Client, default_client

    try:
        default_client()
    except ValueError:  # none yet
        here = {"n_workers": max(jobs, 2), "threads_per_worker": 1, "dashboard_address": None}
        here["silence_logs"] = logging.ERROR
        with Client(**({} if os.environ.get("DASK_SCHEDULER_ADDRESS") else here)):
            yield
    else:
        yield
