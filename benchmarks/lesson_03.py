"""Every number of lesson 03: ``python -m benchmarks.lesson_03 --dataset ml-1m``.

On ml-100k everything takes about an hour and a half on two cores. On ml-1m the published recipe
takes about five minutes a seed, its tuned version forty, ``duel_from_mf_refit`` four: choose with
``--only``. ml-10m has no demographics; the same commands run without them.
Choices (epoch, λ, the model's settings) are validation's; test is scored once for each row.
"""

import time
from collections.abc import Callable
from functools import partial

import keras
import numpy as np
import pandas as pd

from benchmarks import lesson_04
from benchmarks.measure import Trial, main
from course_utils.data.describe import pace
from course_utils.data.movielens import MovieLens
from course_utils.data.splits import Split, global_temporal_split, user_temporal_split
from course_utils.models import baselines
from course_utils.models.embedding import biased_dot
from course_utils.models.transformer import bst, residual_transformer, start_from
from course_utils.protocol import metrics, results
from course_utils.protocol.evaluation import Scores, evaluate
from course_utils.protocol.training import Fitted, compiled, fit
from course_utils.tasks.histories import history_task
from course_utils.tasks.pairs import pair_task
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
# A vector for each user, and time to fill it: what a leak may need. Nothing is chosen, so that with
# the leak and without it the same number of epochs is trained.
WITH_USER = RECIPE | {"user_id": True, "epochs": 15}
PUBLISHED = {"bst_2021": RECIPE, "bst_user": WITH_USER, "bst_tuned_2021": TUNED}

# The seven rows of 2021's table on MovieLens-10M, each with all its settings.
TABLE = {
    "bst_0": {},
    "bst_1": {"hidden": (128,), "heads": 8, "blocks": 2, "batch_size": 512},
    "bst_2": {"hidden": (128,), "heads": 8, "blocks": 2, "batch_size": 512, "dropout": 0.5},
    "bst_3": {"heads": 10, "blocks": 3, "batch_size": 512, "dropout": 0.4},
    "bst_4": {"blocks": 2, "dropout": 0.4},
    "bst_5": {"heads": 8, "blocks": 2, "dropout": 0.3, "length": 6},
}  # fmt: skip
TABLE["bst_6"] = TABLE["bst_5"] | {"genres": True, "user_id": True}
TABLE = {
    name: {"batch_size": 256, "rate": 0.01 if name in ("bst_0", "bst_1") else 0.02} | changed
    for name, changed in TABLE.items()
}
# Long enough for every line to stop by itself.
TRAINED_OUT = {"epochs": 40, "patience": 4}

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
    f"blocks_16_{norm}": RECIPE
    | {"blocks": 16, "heads": 2, "norm": norm, "batch_size": 512, "epochs": 5}
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
MF = {"dim": 32, "epochs": 30}
MF_SMALL = MF | {"l2": 0.12, "rate": 8e-3}
MF_LARGE = MF | {"l2": 0.07, "rate": 2e-3}
MF_TRIED = {
    f"mf_l2_{l2 * 100:.0f}_rate_{rate * 1000:.0f}": MF | {"l2": l2, "rate": rate}
    for l2 in (0.05, 0.07, 0.09, 0.12, 0.15, 0.2)
    for rate in (2e-3, 8e-3)
}
AUTOREC_LAM = (50.0, 100.0, 200.0)


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
        # On a CPU, XLA makes these small steps slower.
        model.compile(optimizer, "mse", jit_compile=False, steps_per_execution=20)
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
    users = late.test.loc[~late.is_warm(late.test), "user"].nunique()
    facts |= {"global_test_users": late.test["user"].nunique(), "global_test_new_users": users}
    facts["minutes_to_test_one_date"] = _minutes_to_test(late)
    split = user_temporal_split(data)
    facts["minutes_to_test"] = _minutes_to_test(split)
    facts["minutes_to_test_refit"] = _minutes_to_test(split.with_validation())
    results.record(data.name, [], facts=facts)
    return []


def _minutes_to_test(split: Split) -> float:
    """From the user's last training rating to a test rating, in minutes; the median, if any."""
    last = split.train.groupby("user")["timestamp"].max()
    return float((split.test["timestamp"] - split.test["user"].map(last)).median() / 60)


def published(data: MovieLens, seed: int, name: str, order: str) -> list[dict]:
    """A published model and the bias model; windows cut before the random split, or after it."""
    settings = PUBLISHED[name] | {"windows": order}
    windows = windows_then_split(data, seed=seed, validation=settings["validation"])
    split_name = "random_windows"
    if order == "split_first":  # the same test ratings, but no window may hold one as an input
        windows, split_name = split_then_windows(windows.split), "random_targets"
    split = windows.split
    bias = evaluate(baselines.bias_model(split), split, model="bias_model")
    fitted = train_bst(data, windows, settings, seed)
    rows = [bias.row(LESSON, reg=5, sweeps=15), _row(fitted, split, name, settings)]
    rows[1]["metrics"]["training_windows"] = len(windows.train)
    return [row | {"split": split_name, "seed": seed} for row in rows]


def honest_recipe(data: MovieLens, seed: int, name: str, split_name: str) -> list[dict]:
    """A published model on a split by time. Its five epochs need no validation: it trains on it."""
    windows = split_then_windows(SPLITS[split_name](data).with_validation())
    fitted = train_bst(data, windows, PUBLISHED[name], seed)
    return [_row(fitted, name=name, settings=PUBLISHED[name])]


def factor(data: MovieLens, seed: int, name: str) -> list[dict]:
    """One factor changed in the published settings, trained until validation stops it."""
    settings = RECIPE | TRAINED_OUT | FACTORS[name]
    return _same_targets(data, seed, f"factor_{name}", settings)


def table_row(data: MovieLens, seed: int, name: str) -> list[dict]:
    """A row of 2021's table with its own settings, asked for the same test ratings as the rest."""
    return _same_targets(data, seed, name, RECIPE | TRAINED_OUT | TABLE[name])


def _same_targets(data: MovieLens, seed: int, name: str, settings: dict) -> list[dict]:
    split = user_temporal_split(data)
    windows = split_then_windows(split, length=settings["length"], step=settings["step"])
    fitted = train_bst(data, windows, settings, seed)
    scores = evaluate(fitted, split, model=name)
    row = _row(fitted, name=name, settings=settings, scores=scores)
    # How much of what it says is what the movie's mean says.
    of_movie = evaluate(baselines.movie_mean(split), split).ratings["prediction"]
    row["metrics"]["like_movie_mean"] = float(scores.ratings["prediction"].corr(of_movie))
    return [row]


def depth(data: MovieLens, seed: int, name: str) -> list[dict]:
    """Sixteen blocks, normalised after adding or before: do predictions still differ?

    Nothing is chosen: the last epoch is scored, its error and its spread on the same test ratings.
    """
    split = user_temporal_split(data).with_validation()
    fitted = train_bst(data, split_then_windows(split), DEPTHS[name], seed)
    scores = evaluate(fitted, split, model=name)
    row = _row(fitted, name=name, settings=DEPTHS[name], scores=scores)
    stars = scores.ratings[["rating", "prediction"]]
    row["metrics"] |= {
        "prediction_sd": float(stars["prediction"].std()),
        "correlation": float(stars.corr().iloc[0, 1]),
        "train_rmse": float(fitted.history["loss"].iloc[-1] ** 0.5),
    }
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
    """Means, the bias model, and item AutoRec with its penalty by validation; all refitted, too."""
    split = SPLITS[split_name](data)
    both = split.with_validation()
    settings, tried = _best_autorec(split, seed)
    rows = [
        _row(tried, name="item_autorec", settings=settings),
        _row(lesson_04.train(both, settings, seed), name="item_autorec", settings=settings),
    ]
    for part in (split, both):
        rows += [
            _row(baselines.global_mean(part), part, "global_mean", {}),
            _row(baselines.movie_mean(part), part, "movie_mean", {}),
            _row(baselines.bias_model(part), part, "bias_model", {"reg": 5, "sweeps": 15}),
        ]
    return rows


def train_mf(split: Split, settings: dict, seed: int) -> Fitted:
    """Matrix factorisation with biases: Adam, batches of 1,024, a rate that falls to 0."""
    s = settings

    def build():
        mean = float(split.train["rating"].mean())
        size = {"dim": s["dim"], "mean": mean, "l2": s["l2"], "bias_l2": s["l2"] / 30}
        model = biased_dot(split.n_users, split.n_movies, **size)
        steps = s["epochs"] * -(-len(split.train) // 1024)
        return compiled(model, "mse", s["rate"], steps=steps, steps_per_execution=10)

    size = {"epochs": s["epochs"], "batch_size": 1024, "patience": None}
    return fit(build, pair_task(split), seed=seed, **size)


def mf_choice(data: MovieLens, seed: int) -> list[dict]:
    """What matrix factorisation scores on validation with each of the settings tried."""
    split = user_temporal_split(data)
    rows = []
    for name, line in MF_TRIED.items():
        fitted = train_mf(split, line, seed)
        scores = evaluate(fitted, split, model=name, part="validation")
        rows.append(_row(fitted, name=name, settings=line, scores=scores))
    return rows


def duel(
    data: MovieLens,
    seed: int,
    split_name: str,
    refit: tuple[bool, ...] = (False, True),
    names: tuple[str, ...] = ("ours", "ours_from_mf", "ours_from_mf_shuffled"),
) -> list[dict]:
    """The course's model and matrix factorisation on the same ratings, with the paired interval.

    ``ours`` learns everything at once, ``ours_from_mf`` starts from the trained factorisation. The
    same with shuffled histories tells what longer training and any 50 ratings bring by themselves.
    refit: False, trained on train alone, where validation chooses the epoch; True, with validation
    given to training, so that test follows right after what they know.
    """
    large = _is_large(data.ratings)
    of_mf, warm = (MF_LARGE, WARM_LARGE) if large else (MF_SMALL, WARM_SMALL)
    lines = {
        "ours": _for(data, OURS),
        "ours_from_mf": OURS | warm,
        "ours_from_mf_shuffled": OURS | warm | {"shuffle": True},
    }
    split, rows = SPLITS[split_name](data), []
    for part in (split.with_validation() if again else split for again in refit):
        mf = train_mf(part, of_mf, seed)
        rival = evaluate(mf, part, model="mf")
        rows.append(_row(mf, name="mf", settings=of_mf, scores=rival))
        for name in names:
            fitted = train_ours(part, lines[name], seed, None if name == "ours" else mf.model)
            scores = evaluate(fitted, part, model=name)
            row = _row(fitted, name=name, settings=lines[name], scores=scores)
            row["metrics"] |= _paired("minus_mf", scores, rival)
            rows.append(row)
    return rows


def throughput(data: MovieLens, seed: int) -> list[dict]:
    """Ratings learned from in a second of training: the recipe's windows, our histories."""
    split = user_temporal_split(data)
    settings = _for(data, OURS)
    epochs = {
        "bst_2021": _recipe_epoch(split),
        "ours": _our_epoch(split, settings),
        "ours_one_target": _our_epoch(split, settings | {"asked": 1, "batch_size": 512}),
    }
    seconds = _seconds([run for run, _ in epochs.values()])
    rates = {name: n / s for (name, (_, n)), s in zip(epochs.items(), seconds, strict=True)}
    row = {
        "lesson": LESSON, "model": "throughput", "split": "user_temporal", "seed": seed,
        "metrics": {f"{name}_per_second": rate for name, rate in rates.items()}
        | {"ratio": rates["ours"] / rates["bst_2021"]},
    }  # fmt: skip
    return [row]


def _recipe_epoch(split: Split, batches: int = 200) -> tuple[Callable[[], object], int]:
    """An epoch of the recipe over its first windows, to be run, and how many targets it has."""
    task = window_task(split_then_windows(split))
    size = RECIPE["batch_size"]
    n = min(len(task.y) // size, batches) * size
    model = bst(split.n_movies)
    optimizer = keras.optimizers.Adagrad(RECIPE["rate"])
    model.compile(optimizer, "mse", jit_compile=False, steps_per_execution=20)
    x, y = {name: values[:n] for name, values in task.x.items()}, task.y[:n]
    return lambda: model.fit(x, y, batch_size=size, verbose=0), n


def _our_epoch(split: Split, s: dict, most: int = 100_000) -> tuple[Callable[[], object], int]:
    """An epoch of the course's model over the first training ratings, and how many they are."""
    part = Split(**{**vars(split), "train": split.train.iloc[:most]})
    task = history_task(part, **{k: s[k] for k in ("memory", "asked", "batch_size")})
    size = {k: s[k] for k in ("memory", "factors", "dim", "heads", "blocks", "dropout")}
    model = residual_transformer(part.n_users, part.n_movies, mean=3.5, **size)
    loss = keras.losses.MeanSquaredError(reduction="mean_with_sample_weight")
    model.compile(keras.optimizers.AdamW(1e-3), loss, steps_per_execution=5)
    return lambda: model.fit(task.x, verbose=0), len(part.train)


def _seconds(runs: list[Callable[[], object]], rounds: int = 3) -> list[float]:
    """Of each, in turns and the fastest of its rounds, after one that compiles."""
    taken = []
    for _ in range(rounds + 1):
        taken.append([])
        for run in runs:
            start = time.perf_counter()
            run()
            taken[-1].append(time.perf_counter() - start)
    return np.min(taken[1:], axis=0).tolist()


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
    if isinstance(fitted, Fitted) and fitted.history["validation_rmse"].notna().any():
        row["metrics"]["validation_rmse"] = fitted.history["validation_rmse"].min()
    return row


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
    **{f"factor_{name}": partial(factor, name=name) for name in FACTORS},
    **{name: partial(table_row, name=name) for name in TABLE},
    **{name: partial(depth, name=name) for name in DEPTHS},
    **{f"rivals_{split}": partial(rivals, split_name=split) for split in SPLITS},
    **{f"duel_{split}": partial(duel, split_name=split) for split in SPLITS},
    "mf_choice": mf_choice,
    # On MovieLens-1M the whole duel takes a quarter of an hour a seed, this part four minutes.
    "duel_from_mf_refit": partial(
        duel,
        split_name="user_temporal",
        refit=(True,),
        names=("ours_from_mf", "ours_from_mf_shuffled"),
    ),
    **{name: partial(step, name=name) for name in STEPS if name != "ours"},  # a duel has it
    "throughput": throughput,
}

if __name__ == "__main__":
    main(__doc__, TRIALS, once=("windows", "throughput"))
