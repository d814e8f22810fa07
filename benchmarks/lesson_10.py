"""Every number of lesson 10: ``python -m benchmarks.lesson_10 --dataset ml-1m``.

Each model is trained once a seed and its predictions are kept in ``build/blend/``, so that blends
and the leaderboard need no training and a run that was cut short goes on where it stopped.
``--only item_autorec`` takes two minutes a seed on MovieLens-1M with two cores, a blend seconds.
Epochs, settings and blending weights are validation's; test is scored once for each row.
``--only NAME_refit`` trains on train and validation together, with all that was chosen before.
"""

import contextlib
import hashlib
import itertools
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import keras
import numpy as np
import pandas as pd

from benchmarks import lesson_02, lesson_03, lesson_04, lesson_05, lesson_07
from benchmarks.measure import Trial, main
from course_utils.data.movielens import MovieLens
from course_utils.data.new_users import cold_start
from course_utils.data.splits import (
    Split,
    global_temporal_split,
    primary_split,
    user_temporal_split,
)
from course_utils.models import baselines, embedding, item2vec
from course_utils.models.autoencoder_variants import masked_autorec
from course_utils.models.folding import Fold, ridge, shrunk_bias
from course_utils.models.losses import masked_sse
from course_utils.models.optimizers import LazyAdamax
from course_utils.protocol import metrics
from course_utils.protocol.blend import error_correlation, fit_blend, mean_blend, without_one
from course_utils.protocol.evaluation import Scores, evaluate
from course_utils.protocol.provenance import mark_of, stamped
from course_utils.protocol.results import repository
from course_utils.protocol.training import Fitted, compiled, fit
from course_utils.recommend.fold_in import without_each
from course_utils.recommend.lists import Ranking, rank
from course_utils.tasks.pairs import pair_task
from course_utils.tasks.rows import every_row, row_task

LESSON = "10_capstone"
KEPT = (repository() or Path.cwd()) / "build" / "blend"
PROFILE = 12  # ratings of a new user
SEEDS = (0, 1, 2)  # trainings that the leaderboard compares
SUPPORT = (50, 200)  # ratings that a movie must have to be listed

SPLITS: dict[str, Callable[[MovieLens], Split]] = {
    "": primary_split,
    "_user_temporal": user_temporal_split,
    "_global_temporal": global_temporal_split,
}


# ------------------------------------------------------------------------------- the models
@dataclass(frozen=True)
class Part:
    """A model of the leaderboard. train: takes (split, settings, seed). settings: by dataset."""

    train: Callable[..., object]
    settings: Callable[[MovieLens], dict] = lambda data: {}


def train_masked(split: Split, settings: dict, seed: int) -> Fitted:
    """AutoRec on [residual, mask], with rows of users or movies."""
    s = settings
    task = row_task(split, s["side"], offset=True, batch_size=s["batch_size"])
    n_columns = task.data.matrix.shape[1]

    def build():
        model = masked_autorec(
            n_columns,
            s["hidden"],
            offset=task.data.offset,
            l2=task.l2(s["lam"]),
            input_dropout=s["input_dropout"],
        )
        return compiled(model, masked_sse, s["rate"], steps=s["epochs"] * len(task.x))

    return fit(build, task, epochs=s["epochs"], patience=max(10, s["epochs"] // 5), seed=seed)


def train_product(split: Split, settings: dict, seed: int) -> Fitted:
    """The embedding models of 2021: the bare product to the letter, and "tuned model 2"."""
    s, size = settings, (split.n_users, split.n_movies, 100)

    def build():
        if s["range"]:
            mean = float(split.train["rating"].mean())
            model = embedding.biased_dot(*size, mean=mean, rating_scale=split.rating_scale)
            model.compile(keras.optimizers.Adam(1e-3), "mse", steps_per_execution=10)
        else:
            model = embedding.dot(*size)
            optimizer = LazyAdamax(1e-3)
            model.compile(optimizer, "mse", steps_per_execution=100, jit_compile=False)
        return model

    return fit(
        build,
        pair_task(split),
        epochs=s["epochs"],
        batch_size=s["batch_size"],
        patience=s["patience"],
        seed=seed,
    )


def untrained(make: Callable[[Split], object]) -> Part:
    """A baseline: nothing random, no settings of its own."""
    return Part(lambda split, settings, seed: make(split))


def always(settings: dict) -> Callable[[MovieLens], dict]:
    return lambda data: settings


MASKED = {
    "side": "movie", "lam": 100.0, "input_dropout": 0.5, "hidden": 500, "batch_size": 256,
    "rate": 2e-3, "epochs": 60,
}  # fmt: skip
AUTOREC = lesson_04.TRIAL_SETTINGS
VANILLA = {"range": False, "epochs": 30, "batch_size": 32, "patience": 2}
PARTS: dict[str, Part] = {
    "popularity": untrained(baselines.popularity),
    "item_knn": untrained(baselines.item_knn),
    "ease": untrained(baselines.ease),
    "item2vec": Part(
        lambda split, settings, seed: item2vec.train(split, **settings, seed=seed),
        always(lesson_07.OURS),
    ),
    "bias_model": untrained(baselines.bias_model),
    "embedding_2021": Part(train_product, always(VANILLA)),
    "biased_dot_2021": Part(
        train_product, always({"range": True, "epochs": 40, "batch_size": 1024, "patience": 3})
    ),
    "autorec_2021": Part(lesson_04.train, always(AUTOREC["autorec_2021"])),
    "deep_ae_2021": Part(
        lesson_05.train, lambda data: lesson_05.settings_of("deep_ae_2021", data.name)
    ),
    "biased_mf": Part(lesson_02.fit_step, always(lesson_02.LADDER["free_dim_128"])),
    "item_autorec": Part(lesson_04.train, always(AUTOREC["item_autorec"])),
    "two_sided": Part(lesson_04.train_two_sided, always(lesson_04.TWO_SIDED)),
    "user_autorec": Part(lesson_04.train, always(AUTOREC["user_autorec"])),
    "item_masked": Part(train_masked, always(MASKED)),
    "user_masked": Part(train_masked, always(MASKED | {"side": "user"})),
    "deep_ae": Part(lesson_05.train, lambda data: lesson_05.settings_of("ours", data.name)),
    "transformer": Part(lesson_03.train_ours, lambda data: lesson_03._for(data, lesson_03.OURS)),
}
BLENDED = (
    "biased_mf", "item_autorec", "two_sided", "item_masked", "user_masked", "deep_ae",
    "transformer",
)  # fmt: skip


# -------------------------------------------------------------------------- one model, kept
def measure(
    data: MovieLens, seed: int, name: str, where: str, *, refit: bool = False
) -> list[dict]:
    """Train a model, keep what it predicts, and return its row of results."""
    split = SPLITS[where](data)
    found = kept(data, split.with_validation() if refit else split, name, seed)
    pairs_with = {key: found["row"][key] for key in ("scored_on",) if key in found["row"]}
    return [found["row"], *(row | pairs_with for row in found.get("supported", []))]


def kept(data: MovieLens, split: Split, name: str, seed: int) -> dict:
    """What is kept of a model: ``row``, and predictions of ``validation`` and ``test`` in stars.

    Trains it first if nothing is kept of it with these settings.
    """
    part, settings = PARTS[name], PARTS[name].settings(data)
    mark = hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()[:8]
    path = KEPT / split.dataset / split.name / f"{name}-{mark}-{seed}.json"
    if not path.is_file():
        start = time.perf_counter()
        model = part.train(split, settings, seed)
        seconds = time.perf_counter() - start
        found = {"row": _row(model, split, name, seed, seconds, settings)}
        if split.name == primary_split(data).name:
            found["supported"] = [_supported(found["row"], model, split, n) for n in SUPPORT]
        if hasattr(model, "predict"):
            found |= _predictions(model.predict, split)
        if _rows_are_movies(model):
            stars = solved(model, split)
            known = _predictions(lambda users, movies: stars[users, movies], split)
            found |= {f"solved_{part}": values for part, values in known.items()}
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(found, default=lambda array: array.tolist()))
    found = json.loads(path.read_text())
    return {k: np.array(v) if k.endswith(("validation", "test")) else v for k, v in found.items()}


def solved(model: Fitted, split: Split) -> np.ndarray:
    """Stars by the model's own codes, every user's decoder weights solved for instead of learned.

    Training sees codes of partly hidden rows and stops early; folding in does neither.
    """
    train = dict(list(split.train[["user", "movie", "rating"]].groupby("user")))
    nobody = split.train.iloc[:0][["movie", "rating"]]
    users = np.array_split(np.arange(split.n_users), -(-split.n_users // 500))
    return np.concatenate([model.fold_in([train.get(u, nobody) for u in some]) for some in users])


def _predictions(predict: Callable, split: Split) -> dict[str, list[float]]:
    """Clipped stars of ``validation`` (empty after a refit, then left out) and ``test``."""
    found = {}
    for part in ("validation", "test"):
        held_out = getattr(split, part)
        if not held_out.empty:
            stars = predict(held_out["user"].to_numpy(), held_out["movie"].to_numpy())
            found[part] = np.clip(stars, *split.rating_scale).astype(float).round(5).tolist()
    return found


def _rows_are_movies(model) -> bool:
    data = getattr(getattr(model, "task", None), "data", None)
    return isinstance(model, Fitted) and getattr(data, "side", "") == "movie"


def _row(model, split: Split, name: str, seed: int, seconds: float, settings: dict) -> dict:
    """Rating scores where the model predicts ratings, list scores, and what folding in costs."""
    if hasattr(model, "predict"):
        scores = evaluate(model, split, model=name)
        row = scores.row(LESSON, **settings)
        row["metrics"] |= _of_warm(scores, split)
    else:
        row = _bare_row(name) | {"split": split.name, "settings": settings}
    row |= {"seed": seed, "seconds": seconds}
    add_lists(row, rank(model, split), split)
    if hasattr(model, "predict") and not split.validation.empty:
        row["metrics"]["validation_rmse"] = evaluate(model, split, part="validation").rmse
    with contextlib.suppress(TypeError, ValueError):  # a new user has no closed form
        row["metrics"] |= folded(model, split)
    return row


def _of_warm(scores: Scores, split: Split) -> dict[str, float]:
    """Of users with a past, where some have none: RMSE's interval, and how few they are.

    ``warm_top_3``: share of their test ratings that the three with the most have given.
    """
    known = scores.ratings[split.is_warm(scores.ratings)]
    if known.empty or len(known) == len(scores.ratings):
        return {}
    low, high = metrics.bootstrap_interval(known["user"], known["rating"], known["prediction"])
    most = known["user"].value_counts()
    return {
        "warm_rmse_low": low,
        "warm_rmse_high": high,
        "warm_users": len(most),
        "warm_top_3": float(most.head(3).sum() / most.sum()),
    }


def _supported(row: dict, model, split: Split, n: int) -> dict:
    """A row of the same model's lists when no movie with fewer than ``n`` ratings is listed."""
    again = {key: row[key] for key in ("lesson", "model", "seed", "versions", "settings")}
    again |= {"metrics": {}, "split": f"{split.name}-support-{n}"}
    add_lists(again, rank(model, split, minimum_support=n), split)
    return again


def add_lists(row: dict, lists: Ranking, split: Split) -> None:
    """Scores of the lists, and their resamples beside those of the stars; all of one test."""
    row["metrics"] |= lists.metrics()
    row.setdefault("scored_on", mark_of(split.test[["user", "movie", "rating"]]))
    more = lists.for_pairing()
    row |= more | {"resampled": row.get("resampled", {}) | more["resampled"]}


def _bare_row(name: str) -> dict:
    """A row of a model that predicts no stars."""
    return stamped({"lesson": LESSON, "model": name, "metrics": {}, "parameters": None})


def folded(model, split: Split, n_users: int = 300) -> dict[str, float]:
    """Users the model knows, folded in from their training ratings: same predictions as before?

    ``fold_seconds``: one new user with 12 ratings, asked for all movies, and 12 times more for the
    reasons; ``prepare_seconds``: the first call. RMSE on the users' test ratings, ``own_rmse`` by
    the trained model and ``fold_rmse`` after folding in.
    """
    profile = split.train[split.train["user"] == split.train["user"].iloc[0]]
    profile = profile[["movie", "rating"]].head(PROFILE).reset_index(drop=True)
    start, fold = time.perf_counter(), model.fold_in
    fold([profile])
    prepare = time.perf_counter() - start
    without_each(fold, profile)  # the first call of this size compiles a network
    start = time.perf_counter()
    without_each(fold, profile)
    found = {"prepare_seconds": prepare, "fold_seconds": time.perf_counter() - start}
    if not hasattr(model, "predict"):
        return found
    users = np.random.default_rng(0).permutation(split.train["user"].unique())[:n_users]
    test = split.test[split.test["user"].isin(users)]
    if test.empty:
        return found
    train = dict(list(split.train.groupby("user")))
    asked, place = np.unique(test["user"], return_inverse=True)
    stars = fold([train[u] for u in asked])[place, test["movie"]]
    own = model.predict(test["user"].to_numpy(), test["movie"].to_numpy())
    stars, own = (np.clip(s, *split.rating_scale) for s in (stars, own))
    return found | {
        "own_rmse": metrics.rmse(test["rating"], own),
        "fold_rmse": metrics.rmse(test["rating"], stars),
        "fold_correlation": float(np.corrcoef(own, stars)[0, 1]),
    }


# ------------------------------------------------------------------------------- the blends
def blend(data: MovieLens, seed: int, *, refit: bool = False) -> list[dict]:
    """The blend with weights from validation, beside the plain mean of the same predictions.

    refit: all members trained on train + validation, with the weights chosen before.
    """
    split = primary_split(data)
    before = {name: kept(data, split, name, seed) for name in BLENDED}
    validation, truth = members(before, "validation"), split.validation["rating"].to_numpy()
    stack = fit_blend(validation, truth)
    part, parts = split, before
    if refit:
        part = split.with_validation()
        parts = {name: kept(data, part, name, seed) for name in BLENDED}
    test, cost = members(parts, "test"), [found["row"] for found in parts.values()]
    found = [
        _blend_row(name, test[name], part, seed, [parts[name.removesuffix("_solved")]["row"]])
        for name in test
        if name not in parts
    ]
    for name, blended in (("plain_mean", mean_blend(test)), ("ensemble", stack)):
        row = _blend_row(name, blended(test), part, seed, cost)
        row["settings"] = {"weights": blended.weights, "intercept": blended.intercept}
        row["settings"] |= {"models": len(parts), "predictions": len(test)}
        found.append(row)
    if not refit:
        row, y_test = found[-1], split.test["rating"].to_numpy()
        row["metrics"]["validation_rmse"] = metrics.rmse(truth, stack(validation))
        table = without_one(validation, truth, test, y_test)
        row["settings"]["members"] = table.round(5).to_dict("index")
        correlation = error_correlation(test, y_test)
        row["settings"]["error_correlation"] = correlation.round(4).to_dict()
    return found


def members(parts: dict[str, dict], part: str) -> dict[str, np.ndarray]:
    """What is blended: each model's predictions, and those with the decoder solved."""
    found = {name: kept[part] for name, kept in parts.items()}
    return found | {
        f"{name}_solved": kept[f"solved_{part}"]
        for name, kept in parts.items()
        if f"solved_{part}" in kept
    }


@dataclass(frozen=True)
class Known:
    """Stars that are known already, as a predictor of one part of a split."""

    stars: np.ndarray
    seed: int = 0

    def predict(self, users, movies) -> np.ndarray:
        return self.stars


def _blend_row(name: str, stars: np.ndarray, split: Split, seed: int, cost: list[dict]) -> dict:
    row = evaluate(Known(stars, seed), split, model=name).row(LESSON)
    row |= {"seconds": None, "peak_mb": None}
    if not any("accelerator" in part["versions"] for part in cost):  # the course quotes two cores
        row["seconds"] = sum(part["seconds"] for part in cost)
        row["peak_mb"] = max(part["peak_mb"] for part in cost)  # one after the other
    row["parameters"] = sum(part["parameters"] for part in cost)
    return row


# ------------------------------------------------------------------------- who could be first?
def leaderboard(data: MovieLens, seed: int) -> list[dict]:
    """Each model's RMSE minus that of the one that *validation* puts first, on the same ratings.

    Uses what is kept of ``SEEDS``. ``gap_low`` and ``gap_high``: users and trainings are both drawn
    anew, and the level is corrected for the number of models, so that all intervals hold together
    in 95 of 100 tables. Rows of the split ``…-leaderboard``, and one named ``luck``: what it does
    to choose the winner on the ratings it is reported on (halves of test).
    """
    split, names = primary_split(data), ("bias_model", *BLENDED)
    truth = split.test["rating"].to_numpy()
    stars, validation = {}, {}
    for s in SEEDS:
        parts = {name: kept(data, split, name, 0 if name in ONCE else s) for name in names}
        blended = fit_blend(
            members({n: parts[n] for n in BLENDED}, "validation"), split.validation["rating"]
        )
        stars |= {(n, s): found["test"] for n, found in parts.items()}
        of_members = members({n: parts[n] for n in BLENDED}, "test")
        stars["ensemble", s] = np.clip(blended(of_members), *split.rating_scale)
        scores = {n: found["row"]["metrics"]["validation_rmse"] for n, found in parts.items()}
        validation = {n: [*validation.get(n, []), score] for n, score in scores.items()}
    first = min(validation, key=lambda name: np.mean(validation[name]))  # a single model
    compared = [name for name in (*names, "ensemble") if name != first]
    found = []
    for name in compared:
        gaps = _gaps(split.test, *([stars[n, s] for s in SEEDS] for n in (name, first)))
        ends = np.quantile(gaps, [0.025 / len(compared), 1 - 0.025 / len(compared)])
        one, best = (
            np.mean([metrics.rmse(truth, stars[n, s]) for s in SEEDS]) for n in (name, first)
        )
        gap = {"gap": one - best, "gap_low": ends[0], "gap_high": ends[1]}
        found.append(_bare_row(name) | {"metrics": gap, "settings": {"against": first}})
    singles = [stars[name, s] for name in names for s in SEEDS]
    luck = metrics.choose_on_half(truth, singles).mean()
    found.append(_bare_row("luck") | {"metrics": luck.to_dict(), "settings": {}})
    for row in found:
        row |= {"split": f"{split.name}-leaderboard", "seed": 0, "seconds": None, "peak_mb": None}
        row["settings"] |= {"trainings": len(SEEDS), "models": len(compared) + 1}
    return found


def _gaps(test: pd.DataFrame, a: list, b: list, *, draws: int = 4000) -> np.ndarray:
    """RMSE of a minus RMSE of b, (draws,): users drawn anew, and one training of each."""
    users, truth = test["user"], test["rating"]
    tables = [[metrics.rmse_by_user(users, truth, stars) for stars in runs] for runs in (a, b)]
    sse = [np.stack([table["sse"] for table in runs]) for runs in tables]  # (trainings, users)
    n = tables[0][0]["n"].to_numpy()
    rng, even = np.random.default_rng(0), np.full(len(n), 1 / len(n))
    gaps = np.empty(draws)
    for i in range(draws):
        weight = rng.multinomial(len(n), even)
        one, other = (runs[rng.integers(len(runs))] @ weight for runs in sse)
        gaps[i] = (np.sqrt(one) - np.sqrt(other)) / np.sqrt(n @ weight)
    return gaps


# ---------------------------------------------------------------------------------- new users
def new_users(data: MovieLens, seed: int) -> list[dict]:
    """A fifth of the users is unknown in training and folded in with 1 to 20 of their ratings.

    Rows of the split ``random-new-users-K``: RMSE on the users' other ratings, the same for every
    K, and lists of all movies but the K shown. Every second new user is scored; with the others it
    was chosen how a new user is held back (``folding.INTERCEPT``). ``…_free``: item AutoRec with
    nothing held back; ``…_per_rating``: the product with a penalty for each rating, as in training.
    """
    cold = cold_start(primary_split(data), longest=max(SHOWN), seed=seed)
    users = np.unique(cold.split.test["user"])[1::2]
    scored = cold.split.test[cold.split.test["user"].isin(users)].reset_index(drop=True)
    split = replace(cold.split, test=scored)
    found = []
    for name in FOLDED:
        part, start = PARTS[name], time.perf_counter()
        model = part.train(split, part.settings(data), seed)
        seconds = time.perf_counter() - start
        folds = {name: model.fold_in}
        if name in OTHER_FOLDS:
            variant, fold_of = OTHER_FOLDS[name]
            folds[variant] = fold_of(model)
        for k, (called, fold) in itertools.product(SHOWN, folds.items()):
            shown = cold.ratings(k)
            by_user = dict(list(shown[["user", "movie", "rating"]].groupby("user")))
            scores = np.zeros(split.shape)
            scores[users] = fold([by_user[u] for u in users])
            stars = hasattr(model, "predict")
            row = _new_users_row(called, scores, split, shown, stars, seed)
            row |= {"seed": seed, "seconds": seconds, "split": f"{split.name}-{k}"}
            row["settings"] |= part.settings(data) | {"ratings_shown": k}
            found.append(row)
    return found


def fold_free(model: Fitted) -> Fold:
    """Item AutoRec as lesson 10 had it first: a free intercept, codes with all they share."""
    output = model.model.get_layer("output")
    code = output.input[0] if isinstance(output.input, list) else output.input
    data, train = model.task.data, model.task.split.train
    codes = every_row(keras.Model(model.model.inputs, code), data).astype(float)
    penalty = len(codes) * output.kernel_regularizer.l2
    level = float(train["rating"].mean()) + data.row_bias[:, 0].astype(float)

    def fold_one(profile):
        movies, stars = profile["movie"].to_numpy(), profile["rating"].to_numpy(float)
        own = level + shrunk_bias(profile, level)
        weights, bias = ridge(codes[movies], stars - own[movies], penalty)
        return own + codes @ weights + bias

    return lambda profiles: np.array([fold_one(p) for p in profiles])


def fold_per_rating(model: Fitted) -> Fold:
    """The product as lesson 10 had it first: a new user pays for each rating, as in training."""
    layers = {layer.name: layer for layer in model.model.layers}
    vectors = layers["movie"].get_weights()[0].astype(float)
    start = layers["stars"].mean + layers["movie_bias"].get_weights()[0].ravel().astype(float)
    l2, bias_l2 = layers["user_l2"].l2, layers["user_bias_l2"].l2

    def fold_one(profile):
        movies, n = profile["movie"].to_numpy(), len(profile)
        left = profile["rating"].to_numpy(float) - start[movies]
        weights, bias = ridge(vectors[movies], left, n * l2, intercept_penalty=n * bias_l2)
        return start + vectors @ weights + bias

    return lambda profiles: np.array([fold_one(p) for p in profiles])


def _new_users_row(
    name: str, scores: np.ndarray, split: Split, shown: pd.DataFrame, stars: bool, seed: int
) -> dict:
    """Scores of one model; lists leave out what was shown."""
    known = replace(split, train=pd.concat([split.train, shown[split.train.columns]]))
    row, test = _bare_row(name) | {"settings": {}}, split.test
    if stars:
        found = Known(scores[test["user"], test["movie"]], seed)
        row = evaluate(found, split, model=name).row(LESSON)
    add_lists(row, rank(scores, known), split)
    return row


SHOWN = (1, 3, 6, 12, 20)
FOLDED = (
    "popularity", "item_knn", "ease", "item2vec", "bias_model", "biased_mf", "item_autorec",
    "user_masked", "transformer",
)  # fmt: skip
OTHER_FOLDS: dict[str, tuple[str, Callable[[Fitted], Fold]]] = {
    "item_autorec": ("item_autorec_free", fold_free),
    "biased_mf": ("biased_mf_per_rating", fold_per_rating),
}

# --------------------------------------------------------------------------------- the rest
TRIALS: dict[str, Trial] = {
    **{
        name + where: partial(measure, name=name, where=where) for where in SPLITS for name in PARTS
    },
    **{name + "_refit": partial(measure, name=name, where="", refit=True) for name in BLENDED},
    "blend": blend,
    "blend_refit": partial(blend, refit=True),
    "leaderboard": leaderboard,
    "new_users": new_users,
}
ONCE = tuple(
    name + where for where in SPLITS for name in ("popularity", "item_knn", "ease", "bias_model")
)

if __name__ == "__main__":
    main(__doc__, TRIALS, once=(*ONCE, "leaderboard"), apart=True)
