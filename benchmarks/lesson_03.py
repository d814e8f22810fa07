"""Every number of lesson 03: ``python -m benchmarks.lesson_03 --dataset ml-1m``.

Choices (epoch, λ, history) are validation's; test is scored once for each row.
"""

from functools import partial

import keras

from benchmarks.measure import Trial, main
from course_utils import baselines
from course_utils.data import MovieLens
from course_utils.evaluate import evaluate
from course_utils.models.transformer import bst
from course_utils.sequences import (
    Windows,
    genre_table,
    split_then_windows,
    user_codes,
    window_task,
    windows_then_split,
)
from course_utils.splits import user_temporal_split
from course_utils.training import Fitted, fit

LESSON = "03_bst_tuning"

# The two published settings. None stands for what the recipe does not have: validation.
PUBLISHED = {
    "bst_2021": {
        "length": 4, "step": 2, "heads": 3, "blocks": 1, "hidden": (256, 128), "dropout": 0.1,
        "rate": 0.01, "batch_size": 265, "user_id": False, "user_features": False, "genres": False,
        "validation": 0.0, "epochs": 5,
    },
    "bst_tuned_2021": {
        "length": 4, "step": 2, "heads": 8, "blocks": 2, "hidden": (128,), "dropout": 0.5,
        "rate": 0.02, "batch_size": 512, "user_id": True, "user_features": True, "genres": True,
        "validation": 0.1, "epochs": 30,
    },
}  # fmt: skip


def train_bst(data: MovieLens, windows: Windows, settings: dict, seed: int) -> Fitted:
    """Train the recipe with one line of settings; epochs by early stopping where there is
    validation."""
    s, split = settings, windows.split
    codes = user_codes(data, split) if s["user_features"] else {}
    task = window_task(
        windows, user_id=s["user_id"], user_features=codes, shuffle=s.get("shuffle", False)
    )

    def build():
        model = bst(
            split.n_movies,
            length=s["length"],
            n_users=split.n_users if s["user_id"] else 0,
            user_features={name: int(code.max()) + 1 for name, code in codes.items()},
            genres=genre_table(data, split) if s["genres"] else None,
            heads=s["heads"],
            blocks=s["blocks"],
            hidden=s["hidden"],
            dropout=s["dropout"],
            **{k: s[k] for k in ("rating", "positions", "ask", "norm") if k in s},
        )
        optimizer = keras.optimizers.Adagrad(s["rate"])
        model.compile(optimizer, "mse", jit_compile=True, steps_per_execution=20)
        return model

    return fit(build, task, epochs=s["epochs"], batch_size=s["batch_size"], patience=5, seed=seed)


def published(data: MovieLens, seed: int, name: str, order: str) -> list[dict]:
    """A published model, with windows cut before the split or after it, and the bias model."""
    settings = PUBLISHED[name]
    if data.users is None:
        settings = settings | {"user_features": False}
    first = windows_then_split(data, seed=seed, validation=settings["validation"])
    if order == "windows_first":
        windows = first
    elif order == "split_first":  # the same test ratings, and no window that holds one of them
        windows = split_then_windows(first.split)
    else:
        windows = split_then_windows(user_temporal_split(data))
    bias = evaluate(baselines.bias_model(windows.split), windows.split, model="bias_model")
    fitted = train_bst(data, windows, settings, seed)
    scores = evaluate(fitted, windows.split, model=name)
    rows = [bias.row(LESSON, reg=5, sweeps=15), _row(scores, fitted, settings)]
    for row in rows:
        row["split"], row["seed"] = _protocol(order), seed
    return rows


def _protocol(order: str) -> str:
    return {"windows_first": "random_windows", "split_first": "random_targets"}.get(
        order, "user_temporal"
    )


def _row(scores, fitted: Fitted, settings: dict) -> dict:
    row = scores.row(LESSON, **settings)
    row["settings"]["best_epoch"] = fitted.best_epoch
    row["settings"]["validation_curve"] = fitted.history["validation_rmse"].round(4).tolist()
    row["metrics"]["validation_rmse"] = fitted.history["validation_rmse"].min()
    return row


TRIALS: dict[str, Trial] = {
    f"{name}_{order}": partial(published, name=name, order=order)
    for name in PUBLISHED
    for order in ("windows_first", "split_first", "honest")
}

if __name__ == "__main__":
    main(__doc__, TRIALS)
