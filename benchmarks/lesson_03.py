"""Every number of lesson 03: ``python -m benchmarks.lesson_03 --dataset ml-1m``.

On ml-100k everything takes about an hour on two cores. On ml-1m the published recipe takes about
five minutes a seed, its tuned version forty, the course's own model four (``--only``
chooses). ml-10m has no demographics; the same commands run without them.
Choices (epoch, λ, the model's settings) are validation's; test is scored once for each row.
"""

import time
from functools import partial

import keras
import numpy as np
import pandas as pd

from benchmarks import lesson_02, lesson_04
from benchmarks.measure import Trial, main
from course_utils.data.describe import pace
from course_utils.data.movielens import MovieLens
from course_utils.data.splits import Split, global_temporal_split, user_temporal_split
from course_utils.models import baselines
from course_utils.models.transformer import bst, residual_transformer, start_from
from course_utils.protocol import metrics, results
from course_utils.protocol.evaluation import Scores, evaluate
from course_utils.protocol.sweeps import sweep
from course_utils.protocol.training import Fitted, fit
from course_utils.tasks.histories import history_task
from course_utils.tasks.windows import (
    Windows,
    leakage,
    split_then_windows,
    window_task,
    windows_then_split,
)

LESSON = "03_bst_tuning"
SPLITS = {"user_temporal": user_temporal_split, "global_temporal": global_temporal_split}

# The two published settings. The first has no validation: its last epoch counts.
RECIPE = {
    "length": 4, "step": 2, "heads": 3, "blocks": 1, "hidden": (256, 128), "dropout": 0.1,
    "rate": 0.01, "batch_size": 265, "user_id": False, "user_features": False, "genres": False,
    "rating": "multiply", "positions": True, "norm": "post", "hide": (), "shuffle": False,
    "validation": 0.0, "epochs": 5, "patience": 5,
}  # fmt: skip
TUNED = RECIPE | {
    "heads": 8, "blocks": 2, "hidden": (128,), "dropout": 0.5, "rate": 0.02, "batch_size": 512,
    "user_id": True, "user_features": True, "genres": True, "validation": 0.1, "epochs": 30,
}  # fmt: skip
PUBLISHED = {"bst_2021": RECIPE, "bst_tuned_2021": TUNED}

# What the table of 2021 changed several at a time, one at a time, and what a transformer may miss.
FACTORS = {
    "baseline": {},
    "hidden_128": {"hidden": (128,)},
    "dropout_05": {"dropout": 0.5},
    "heads_8": {"heads": 8},
    "blocks_2": {"blocks": 2},
    "rate_02": {"rate": 0.02},
    "batch_512": {"batch_size": 512},
    "length_6": {"length": 6},
    "user_id": {"user_id": True},
    "demographics": {"user_features": True},
    "genres": {"genres": True},
    "shuffled": {"shuffle": True},
    "no_positions": {"positions": False},
    "no_stars": {"hide": ("stars",)},
    "no_target": {"hide": ("target",)},
    "added_stars": {"rating": "add"},
}
DEPTHS = {
    f"blocks_16_{norm}": RECIPE | {"blocks": 16, "heads": 2, "norm": norm, "epochs": 3}
    for norm in ("post", "pre")
}

# The course's own model, one step after another, and what it does without one of its parts.
OURS = {
    "memory": 50, "value": "residual", "order": True, "gaps": True, "shuffle": False, "lag": 0,
    "user_bias": True, "factors": 32, "l2": 0.08, "dim": 32, "heads": 2, "blocks": 1,
    "dropout": 0.25, "rate": 1e-2, "weight_decay": 0.0, "asked": 25, "batch_size": 128, "epochs": 6,
}  # fmt: skip
STEPS = {"look_back_3": OURS | {"memory": 3, "value": "stars", "order": False, "gaps": False}}
for _name, _before, _change in (
    ("residuals", "look_back_3", {"value": "residual"}),
    ("memory_50", "residuals", {"memory": 50}),
    ("order", "memory_50", {"order": True}),
    ("ours", "order", {"gaps": True}),
    ("ours_shuffled", "ours", {"shuffle": True}),
    ("ours_no_order", "ours", {"order": False, "gaps": False}),
    ("ours_no_stars", "ours", {"value": "none"}),
    ("ours_raw_stars", "ours", {"value": "stars"}),
    ("ours_user_residuals", "ours", {"value": "user_residual"}),
    ("ours_no_user", "ours", {"user_bias": False, "factors": 0}),
    ("ours_lag_10", "ours", {"lag": 10}),
):
    STEPS[_name] = STEPS[_before] | _change
# Started from a trained product, it needs smaller steps.
WARM_SMALL = {"l2": 0.1, "batch_size": 64, "rate": 3e-3, "epochs": 10}
WARM_LARGE = {"l2": 0.07, "batch_size": 512, "rate": 3e-3, "epochs": 6}
# What validation may choose from. With few ratings an epoch is few steps: the rate matters, too.
MF_SMALL = [{"l2": l2, "rate": rate} for l2 in (0.08, 0.1, 0.12) for rate in (2e-3, 8e-3)]
MF_LARGE = [{"l2": l2, "rate": 2e-3} for l2 in (0.05, 0.07, 0.09)]
AUTOREC_LAM = (100.0, 200.0)


# ----------------------------------------------------------------------------- the recipe
def train_bst(data: MovieLens, windows: Windows, settings: dict, seed: int) -> Fitted:
    """Train the recipe with one line of settings."""
    s, split = settings, windows.split
    codes = user_codes(data, split) if s["user_features"] and data.users is not None else {}
    task = window_task(
        windows,
        user_id=s["user_id"],
        user_features=codes,
        hide=s["hide"],
        shuffle=s["shuffle"],
        seed=seed,
    )

    def build():
        model = bst(
            split.n_movies,
            length=s["length"],
            n_users=split.n_users if s["user_id"] else 0,
            user_features={name: int(code.max()) + 1 for name, code in codes.items()},
            genres=genre_matrix(data, split) if s["genres"] else None,
            **{k: s[k] for k in ("heads", "blocks", "hidden", "dropout")},
            **{k: s[k] for k in ("rating", "positions", "norm")},
        )
        optimizer = keras.optimizers.Adagrad(s["rate"])
        model.compile(optimizer, "mse", jit_compile=True, steps_per_execution=20)
        return model

    size = {"epochs": s["epochs"], "batch_size": s["batch_size"], "patience": s["patience"]}
    return fit(build, task, seed=seed, **size)


def windows_facts(data: MovieLens, seed: int) -> list[dict]:
    """What the published windows repeat and leak, recorded as facts of the dataset."""
    found = leakage(windows_then_split(data, seed=seed))
    clean = leakage(split_then_windows(user_temporal_split(data)))
    facts = {f"bst_{name}": value for name, value in found.items()}
    facts |= {f"pace_{name}": value for name, value in pace(data).items()}
    facts |= {f"bst_clean_{name}": clean[name] for name in ("windows", "duplicates", "input")}
    late = global_temporal_split(data).with_validation()
    facts["global_test_warm_share"] = float(late.is_warm(late.test).mean())
    results.record(data.name, [], facts=facts)
    return []


def published(data: MovieLens, seed: int, name: str, order: str) -> list[dict]:
    """A published model and the bias model; windows cut before the random split, or after it."""
    settings = PUBLISHED[name]
    windows = windows_then_split(data, seed=seed, validation=settings["validation"])
    split_name = "random_windows"
    if order == "split_first":  # the same test ratings, but no window may hold one as an input
        windows, split_name = split_then_windows(windows.split), "random_targets"
    split = windows.split
    bias = evaluate(baselines.bias_model(split), split, model="bias_model")
    fitted = train_bst(data, windows, settings, seed)
    rows = [bias.row(LESSON, reg=5, sweeps=15), _row(fitted, split, name, settings)]
    return [row | {"split": split_name, "seed": seed} for row in rows]


def honest_recipe(data: MovieLens, seed: int, name: str, split_name: str) -> list[dict]:
    """A published model on a split by time. Its five epochs need no validation: it trains on it."""
    windows = split_then_windows(SPLITS[split_name](data).with_validation())
    fitted = train_bst(data, windows, PUBLISHED[name], seed)
    return [_row(fitted, name=name, settings=PUBLISHED[name])]


def factors(data: MovieLens, seed: int, names: tuple[str, ...]) -> list[dict]:
    """One factor at a time from the published settings, all asked for the same test ratings."""
    split = user_temporal_split(data)

    def trial(factor, seed):
        settings = RECIPE | {"epochs": 10, "patience": 2} | FACTORS[factor]
        windows = split_then_windows(split, length=settings["length"], step=settings["step"])
        fitted = train_bst(data, windows, settings, seed)
        return {"row": _row(fitted, split, f"factor_{factor}", settings)}

    return sweep(trial, {"factor": list(names)}, seeds=(seed,))["row"].tolist()


def depth(data: MovieLens, seed: int, name: str) -> list[dict]:
    """Sixteen blocks, normalised after adding or before: do predictions still differ?"""
    split = user_temporal_split(data)
    fitted = train_bst(data, split_then_windows(split), DEPTHS[name], seed)
    row = _row(fitted, split, name, DEPTHS[name])
    held_out = split.validation
    stars = fitted.predict(held_out["user"].to_numpy(), held_out["movie"].to_numpy())
    row["metrics"]["prediction_sd"] = float(stars.std())
    return [row]


# ----------------------------------------------------------------------- the course's own
def train_ours(
    split: Split, settings: dict, seed: int, product: keras.Model | None = None
) -> Fitted:
    """Train the course's model with one line of settings. product: what to start from, trained."""
    s = settings
    task = history_task(
        split,
        **{k: s[k] for k in ("memory", "asked", "lag", "batch_size", "value", "gaps", "shuffle")},
        seed=seed,
    )

    def build():
        model = residual_transformer(
            split.n_users,
            split.n_movies,
            mean=float(split.train["rating"].mean()),
            **{k: s[k] for k in ("memory", "user_bias", "factors", "l2", "dim")},
            **{k: s[k] for k in ("heads", "blocks", "dropout", "order")},
        )
        if product is not None:
            start_from(model, product)
        rate = keras.optimizers.schedules.CosineDecay(s["rate"], s["epochs"] * len(task.x))
        optimizer = keras.optimizers.AdamW(rate, weight_decay=s["weight_decay"])
        loss = keras.losses.MeanSquaredError(reduction="mean_with_sample_weight")
        model.compile(optimizer, loss, steps_per_execution=5)
        return model

    return fit(build, task, epochs=s["epochs"], patience=None, seed=seed)


def step(data: MovieLens, seed: int, name: str) -> list[dict]:
    """One line of the course's model, on train alone and refitted on train and validation."""
    split = user_temporal_split(data)
    settings = _for(data, STEPS[name])
    chosen = train_ours(split, settings, seed)
    return [
        _row(chosen, name=name, settings=settings),
        _row(train_ours(split.with_validation(), settings, seed), name=name, settings=settings),
    ]


def rivals(data: MovieLens, seed: int, split_name: str) -> list[dict]:
    """The mean, the bias model, and item AutoRec with its penalty by validation; refitted."""
    split = SPLITS[split_name](data)
    both = split.with_validation()
    settings, tried = _best_autorec(split, seed)
    return [
        _row(baselines.global_mean(both), both, "global_mean", {}),
        _row(baselines.bias_model(both), both, "bias_model", {"reg": 5, "sweeps": 15}),
        _row(tried, name="item_autorec", settings=settings),
        _row(lesson_04.train(both, settings, seed), name="item_autorec", settings=settings),
    ]


def duel(data: MovieLens, seed: int, split_name: str) -> list[dict]:
    """The course's model and matrix factorisation on the same ratings, with the paired interval.

    ``ours`` learns everything at once, ``ours_from_mf`` starts from the trained factorisation. The
    same with shuffled histories tells what longer training and any 50 ratings bring by themselves.
    Settings come from validation, which is then given to both for training, so that test follows
    right after what they know.
    """
    split = SPLITS[split_name](data)
    both = split.with_validation()
    mf_settings, tried = _best_mf(split, seed)
    settings = _for(data, OURS)
    mf = lesson_02.fit_step(both, mf_settings, seed)
    rival = evaluate(mf, both, model="mf")
    bias = evaluate(baselines.bias_model(both), both, model="bias_model")
    rows = [
        _row(mf, name="mf", settings=mf_settings, scores=rival),
        _row(tried, name="mf", settings=mf_settings),
    ]
    from_mf = OURS | (WARM_LARGE if _is_large(data.ratings) else WARM_SMALL)
    for name, line, product in (
        ("ours", settings, None),
        ("ours_from_mf", from_mf, mf.model),
        ("ours_from_mf_shuffled", from_mf | {"shuffle": True}, mf.model),
    ):
        fitted = train_ours(both, line, seed, product)
        scores = evaluate(fitted, both, model=name)
        row = _row(fitted, name=name, settings=line, scores=scores)
        row["metrics"] |= _paired("minus_mf", scores, rival) | _paired("minus_bias", scores, bias)
        rows.append(row)
    return rows


def throughput(data: MovieLens, seed: int) -> list[dict]:
    """Ratings learned from in a second of training: the recipe's windows, our histories."""
    split = user_temporal_split(data)
    found = {}
    windows = split_then_windows(split)
    task = window_task(windows)
    n = min(len(task.y), 200 * RECIPE["batch_size"]) // RECIPE["batch_size"] * RECIPE["batch_size"]
    model = bst(split.n_movies)
    optimizer = keras.optimizers.Adagrad(RECIPE["rate"])
    model.compile(optimizer, "mse", jit_compile=True, steps_per_execution=20)
    x = {name: values[:n] for name, values in task.x.items()}
    size = {"batch_size": RECIPE["batch_size"], "verbose": 0}
    found["bst_2021"] = n / _seconds(lambda: model.fit(x, task.y[:n], **size))
    settings = _for(data, OURS)
    for name, asked, batch in (
        ("ours", settings["asked"], settings["batch_size"]),
        ("ours_one_target", 1, 512),
    ):
        rate = _ours_throughput(split, settings | {"asked": asked, "batch_size": batch})
        found[name] = rate
    print({k: round(v) for k, v in found.items()}, "ratio", found["ours"] / found["bst_2021"])
    row = {
        "lesson": LESSON, "model": "throughput", "split": "user_temporal", "seed": seed,
        "metrics": {f"{k}_per_second": v for k, v in found.items()}
        | {"ratio": found["ours"] / found["bst_2021"]},
    }  # fmt: skip
    return [row]


def _ours_throughput(split: Split, s: dict, most: int = 100_000) -> float:
    part = Split(**{**vars(split), "train": split.train.iloc[:most]})
    task = history_task(part, **{k: s[k] for k in ("memory", "asked", "batch_size")})
    size = {k: s[k] for k in ("memory", "factors", "dim", "heads", "blocks", "dropout")}
    model = residual_transformer(part.n_users, part.n_movies, mean=3.5, **size)
    loss = keras.losses.MeanSquaredError(reduction="mean_with_sample_weight")
    model.compile(keras.optimizers.AdamW(1e-3), loss, steps_per_execution=5)
    return len(part.train) / _seconds(lambda: model.fit(task.x, verbose=0))


def _seconds(run) -> float:
    """Of the fastest of three runs, after one that compiles."""
    run()
    taken = []
    for _ in range(3):
        start = time.perf_counter()
        run()
        taken.append(time.perf_counter() - start)
    return min(taken)


def _best_mf(split: Split, seed: int) -> tuple[dict, Fitted]:
    free = lesson_02.LADDER["free_l2_06"] | {"dim": 32}
    tried = MF_LARGE if _is_large(split.train) else MF_SMALL
    return _best(lesson_02.fit_step, split, [free | changed for changed in tried], seed)


def _best_autorec(split: Split, seed: int) -> tuple[dict, Fitted]:
    item = lesson_04.TRIAL_SETTINGS["item_autorec"] | {"epochs": 40}
    return _best(lesson_04.train, split, [item | {"lam": lam} for lam in AUTOREC_LAM], seed)


def _best(train, split: Split, candidates: list[dict], seed: int) -> tuple[dict, Fitted]:
    """The settings with the best validation RMSE, and the model they gave."""
    tried = [(settings, train(split, settings, seed)) for settings in candidates]
    return min(tried, key=lambda pair: pair[1].history["validation_rmse"].min())


def _for(data: MovieLens, settings: dict) -> dict:
    """Larger batches, and a lighter penalty, where there are more ratings."""
    large = {"batch_size": 512, "l2": 0.06} if _is_large(data.ratings) else {}
    return settings | large


def _is_large(ratings: pd.DataFrame) -> bool:
    return len(ratings) > 500_000


def _paired(name: str, a: Scores, b: Scores) -> dict[str, float]:
    found = metrics.paired_difference(
        a.ratings["user"], a.ratings["rating"], a.ratings["prediction"], b.ratings["prediction"]
    )
    return dict(zip((name, f"{name}_low", f"{name}_high"), found, strict=True))


def _row(fitted, split=None, name="", settings=None, scores: Scores | None = None) -> dict:
    """A row of test scores, on the split that the model was trained on."""
    scores = scores or evaluate(fitted, split or fitted.task.split, model=name)
    row = scores.row(LESSON, **settings)
    if isinstance(fitted, Fitted):
        curve = fitted.history["validation_rmse"]
        row["settings"]["best_epoch"] = fitted.best_epoch
        row["settings"]["loss_curve"] = fitted.history["loss"].round(4).tolist()
        if curve.notna().any():
            row["settings"]["validation_curve"] = curve.round(4).tolist()
            row["metrics"]["validation_rmse"] = curve.min()
    return row


_TABLE = tuple(FACTORS)


def user_codes(data: MovieLens, split: Split) -> dict[str, np.ndarray]:
    """``gender``, ``age_group`` and ``occupation`` as codes from 0, one a user, (n_users,).

    Raises ValueError for a dataset without demographics (every one after ml-1m).
    """
    if data.users is None:
        raise ValueError(f"{data.name} has no demographics: leave the user features out")
    table = data.users.set_index("user_id").loc[split.user_ids]
    names = ("gender", "age_group", "occupation")
    return {name: pd.factorize(table[name], sort=True)[0].astype("int32") for name in names}


def genre_matrix(data: MovieLens, split: Split) -> np.ndarray:
    """1 where a movie has a genre, shape (n_movies, n_genres), float32."""
    genres = data.movies.set_index("movie_id")["genres"].loc[split.movie_ids]
    return genres.str.get_dummies("|").to_numpy("float32")


TRIALS: dict[str, Trial] = {
    "windows": windows_facts,
    **{
        f"{name}_{order}": partial(published, name=name, order=order)
        for name in PUBLISHED
        for order in ("windows_first", "split_first")
    },
    **{
        f"bst_2021_{split}": partial(honest_recipe, name="bst_2021", split_name=split)
        for split in SPLITS
    },
    "factors": partial(factors, names=_TABLE[:11]),
    "ablations": partial(factors, names=_TABLE[11:]),
    **{name: partial(depth, name=name) for name in DEPTHS},
    **{f"rivals_{split}": partial(rivals, split_name=split) for split in SPLITS},
    **{f"duel_{split}": partial(duel, split_name=split) for split in SPLITS},
    **{name: partial(step, name=name) for name in STEPS},
    "throughput": throughput,
}

if __name__ == "__main__":
    main(__doc__, TRIALS, once=("windows", "throughput"))
