"""Every number of lesson 06: ``python -m benchmarks.lesson_06 --dataset ml-1m``.

On MovieLens-1M a network takes a minute and a half with two cores, and one with the 2021 schedule
twenty; ``--dataset ml-100k`` takes ten minutes a seed without these. Choices (epoch) are
validation's. Trials of the short schedule are compared with the plain network of the same seed,
rating by rating; networks that read demographics also with one that reads somebody else's.
"""

from collections.abc import Mapping
from dataclasses import replace
from functools import cache, partial

import numpy as np
import pandas as pd
from scipy.stats import norm
from sklearn.preprocessing import LabelEncoder

from benchmarks import lesson_05
from benchmarks.measure import Trial, main
from course_utils.data.movielens import MovieLens, load_movielens
from course_utils.data.new_users import ColdStart, cold_start
from course_utils.data.people import features, like, members, only
from course_utils.data.splits import Split, primary_split
from course_utils.models.autoencoder_variants import autoencoder_with_features
from course_utils.models.autoencoders import deep_autoencoder
from course_utils.models.baselines import bias_after
from course_utils.models.losses import masked_mse, masked_sse
from course_utils.protocol.callbacks import Peek
from course_utils.protocol.evaluation import Scores, SeenFromGroup, evaluate
from course_utils.protocol.metrics import per_user_rmse, rmse
from course_utils.protocol.provenance import resampled, resampled_rmse, stamped
from course_utils.protocol.results import default_split
from course_utils.protocol.training import Fitted, compiled, fit
from course_utils.recommend.fold_in import AfterRatings
from course_utils.tasks.noise import Noise, gaussian, hide
from course_utils.tasks.rows import row_task

LESSON = "06_noise_and_demographics"

SHORT = {"rate": 1e-3, "cosine": True, "epochs": 40}
PUBLISHED = {"rate": 1e-4, "cosine": False, "epochs": 500, "batch_size": 256}
TUNING = {"rate": 1e-4, "cosine": True, "epochs": 15}
SLOWLY = TUNING | {"rate": 1e-5}
# AutoRec of 2021 (lesson 04). Its rate is for 500 epochs; three times that, falling, is for 60.
AUTOREC = {"hidden": (500,), "activation": "elu", "output_activation": "elu", "dropout": 0.0}
AUTOREC_SHORT = {"rate": 3e-4, "cosine": True, "epochs": 60}

# What is done to the input, as a row of results says it.
NOISES: dict[str, dict] = {}
for _tenths in (1, 2, 3, 4, 5):
    _gauss = {"noise": "gaussian", "factor": _tenths / 10, "cells": "rated", "drawn": "anew"}
    _hide = {"noise": "hidden", "factor": _tenths / 10, "rescaled": True, "drawn": "anew"}
    NOISES |= {
        f"gauss_2021_{_tenths}": _gauss | {"cells": "all", "drawn": "once"},
        f"gauss_{_tenths}": _gauss,
        f"hide_once_{_tenths}": _hide | {"drawn": "once"},
        f"hide_{_tenths}": _hide,
    }
NOISES |= {  # one mistake at a time
    "gauss_once_5": NOISES["gauss_5"] | {"drawn": "once"},
    "gauss_everywhere_5": NOISES["gauss_5"] | {"cells": "all"},
    "hide_unscaled_3": NOISES["hide_3"] | {"rescaled": False},
}
WAYS = {"concat": ("concat", 1.0), "scaled": ("concat", 5.0), "gated": ("gated", 1.0)}
QUARTERS = ("q1", "q2", "q3", "q4")  # of users, from the fewest training ratings to the most
LOOKS = len(WAYS) * len(QUARTERS)  # intervals in one figure: each is that much wider
GROUPS = {
    "m_25_34": {"gender": "M", "age_group": "25-34"},
    "25_34": {"age_group": "25-34"},
    "m_18_24": {"gender": "M", "age_group": "18-24"},
    "18_24": {"age_group": "18-24"},
}
AGE_NAMES = tuple(f"from_{lowest}" for lowest in (0, 18, 25, 35, 45, 50, 56))
TEST_USER = 2000
SHOWN = (0, 1, 2, 5, 10, 20)


def noise_of(settings: Mapping) -> Noise:
    """One line of ``NOISES`` as what a task takes."""
    if settings["noise"] == "gaussian":
        corrupt = gaussian(settings["factor"], rated_only=settings["cells"] == "rated")
    else:
        corrupt = hide(settings["factor"], rescale=settings["rescaled"])
    return Noise(corrupt, drawn_once=settings["drawn"] == "once")


def train(
    split: Split,
    seed: int,
    schedule: Mapping = SHORT,
    *,
    noise: Mapping | None = None,
    known: np.ndarray | None = None,
    way: tuple[str, float] = ("concat", 1.0),
    network: Mapping | None = None,
    start: Fitted | None = None,
    callbacks: tuple = (),
) -> Fitted:
    """The deep autoencoder of 2021 on rows of users.

    noise: a line of ``NOISES``. known: features of the users, (n_users, 30), and ``way`` how they
    are read. network: other options of the network; AutoRec's come with its filling, a user's mean.
    start: the network to begin from.
    """
    s = {"batch_size": min(256, split.n_users // 15)} | dict(schedule)
    task = row_task(
        split,
        "user",
        batch_size=s["batch_size"],
        fill="row_mean" if network is AUTOREC else 0.0,
        noise=noise_of(noise) if noise else None,
        features=known,
    )
    options = dict(network or {})

    def build():
        if known is None:
            model = deep_autoencoder(split.n_movies, **options)
        else:
            options.update(how=way[0], scale=way[1])
            model = autoencoder_with_features(split.n_movies, known.shape[1], **options)
        if start is not None:
            model.set_weights(start.model.get_weights())
        steps = s["epochs"] * len(task.x) if s["cosine"] else None
        return compiled(model, masked_mse, s["rate"], steps=steps)

    return fit(build, task, epochs=s["epochs"], patience=None, seed=seed, callbacks=callbacks)


@cache
def plain(dataset: str, seed: int) -> tuple[Fitted, Scores]:
    """What noise, features and groups are compared with; trained once a seed."""
    split = primary_split(load_movielens(dataset))
    fitted = train(split, seed)
    return fitted, evaluate(fitted, split, model="plain")


def shuffled(known: np.ndarray, seed: int) -> np.ndarray:
    """Everybody gets the features of somebody else: as many columns, and nothing to learn."""
    return np.random.default_rng(seed).permutation(known)


def row_of(scores: Scores, than: Scores | None = None, **settings) -> dict:
    """A result row; with ``than``, the paired difference on the same ratings."""
    row = scores.row(LESSON, **settings)
    if curve := scores.recipe.get("validation_curve"):
        row["metrics"]["validation_rmse"] = min(curve)
    if than is not None:
        note(row, "difference", (1, scores.ratings), (-1, than.ratings))
    return row


def note(row: dict, name: str, *terms: tuple[int, pd.DataFrame], looks: int = 1) -> None:
    """Add a sum of RMSEs with signs to a row: its value, 95 % interval over users, and resamples.

    terms: (sign, ratings with their predictions). Those of the same users are redrawn alike, so
    what they have in common falls out. looks: how many such intervals stand side by side; all of
    them are right together with 95 % (Bonferroni).
    """
    parts = [(sign, r["user"], r["rating"], r["prediction"]) for sign, r in terms]
    value = sum(sign * rmse(y, stars) for sign, _, y, stars in parts)
    samples = sum(sign * resampled_rmse(*ratings)[0] for sign, *ratings in parts)
    half = norm.ppf(1 - 0.025 / looks) * samples.std(ddof=1)
    row["metrics"] |= {name: value, f"{name}_low": value - half, f"{name}_high": value + half}
    row["resampled"] |= resampled({name: samples}, {name: value})["resampled"]


# ------------------------------------------------------------------------------------- trials
def published(data: MovieLens, seed: int, name: str) -> list[dict]:
    """Lesson 05's ``deep_ae_2021``, its 500 epochs at its rate, with one thing added."""
    split = primary_split(data)
    settings = lesson_05.settings_of("deep_ae_2021", data.name)
    if name == "deep_ae_2021_dropout":
        settings |= {"input_dropout": 0.1}
        fitted = lesson_05.train(split, settings, seed)
    elif name == "deep_ae_2021_gaussian":
        settings |= NOISES["gauss_2021_1"]
        fitted = train(split, seed, PUBLISHED, noise=NOISES["gauss_2021_1"])
    else:
        settings |= {"people": "own", "how": "concat", "scale": 1.0}
        fitted = train(split, seed, PUBLISHED, known=features(data.users, split))
    del settings["cosine"]  # recorded as the schedule that was compiled
    return [row_of(evaluate(fitted, split, model=name), **settings)]


def age_codes(data: MovieLens, seed: int) -> list[dict]:
    """How many users carry each label-encoded age, and each age group."""
    encoded = LabelEncoder().fit_transform(data.users["age_group"].cat.codes)
    codes = np.bincount(encoded)
    groups = dict(zip(AGE_NAMES, data.users["age_group"].value_counts(sort=False), strict=True))
    metrics = {f"code_{code}": int(n) for code, n in enumerate(codes)}
    metrics |= {name: int(n) for name, n in groups.items()}
    asked = encoded[data.users["user_id"] == TEST_USER]
    if len(asked):
        metrics["code_of_user_2000"] = int(asked[0])
    split = default_split(data.name)
    row = {"lesson": LESSON, "model": "age_codes", "split": split, "seed": seed}
    return [stamped(row | {"metrics": metrics})]


def measure_plain(data: MovieLens, seed: int) -> list[dict]:
    return [row_of(plain(data.name, seed)[1])]


def noise_trial(data: MovieLens, seed: int, name: str) -> list[dict]:
    split, than = primary_split(data), plain(data.name, seed)[1]
    fitted = train(split, seed, noise=NOISES[name])
    return [row_of(evaluate(fitted, split, model=name), than, **NOISES[name])]


def features_trial(data: MovieLens, seed: int, name: str) -> list[dict]:
    """With everybody's own demographics, and with somebody else's.

    Between these two nothing differs but what the columns say. Their difference is noted for all
    users, for each quarter, and whether it is another for the first quarter than for the last.
    """
    split, than, way = primary_split(data), plain(data.name, seed)[1], WAYS[name]
    known = features(data.users, split)
    settings = {"how": way[0], "scale": way[1]}
    own = evaluate(train(split, seed, known=known, way=way), split, model=name)
    others = train(split, seed, known=shuffled(known, seed), way=way)
    others = evaluate(others, split, model=f"{name}_shuffled")
    row = row_of(own, than, people="own", **settings)
    note(row, "people_difference", (1, own.ratings), (-1, others.ratings))
    count = np.bincount(split.train["user"], minlength=split.n_users)
    quarter_of = pd.qcut(count, len(QUARTERS), labels=False)
    terms = []
    for i, quarter in enumerate(QUARTERS):
        mine = quarter_of[own.ratings["user"]] == i
        terms.append([(1, own.ratings[mine]), (-1, others.ratings[mine])])
        note(row, f"{quarter}_difference", *terms[-1], looks=LOOKS)
        row["metrics"][f"{quarter}_most"] = int(count[quarter_of == i].max())
    note(row, "fewest_minus_most", *terms[0], *((-sign, ratings) for sign, ratings in terms[-1]))
    return [row, row_of(others, than, people="shuffled", **settings)]


def autorec_trial(data: MovieLens, seed: int) -> list[dict]:
    """AutoRec of 2021: as it was, with Gaussian noise in both ways, and with demographics."""
    split = primary_split(data)
    known = features(data.users, split)
    noisy = ("gauss_2021_1", "gauss_1")
    trials = {
        "autorec": ({}, {}),
        **{f"autorec_{name}": ({"noise": NOISES[name]}, NOISES[name]) for name in noisy},
        "autorec_concat": ({"known": known}, {"people": "own"}),
        "autorec_concat_shuffled": ({"known": shuffled(known, seed)}, {"people": "shuffled"}),
    }
    scores, rows = {}, {}
    for name, (options, said) in trials.items():
        fitted = train(split, seed, AUTOREC_SHORT, network=AUTOREC, **options)
        than = scores.get("autorec")
        scores[name] = evaluate(fitted, split, model=name)
        rows[name] = row_of(scores[name], than, **said)
    own, others = scores["autorec_concat"], scores["autorec_concat_shuffled"]
    note(rows["autorec_concat"], "people_difference", (1, own.ratings), (-1, others.ratings))
    return list(rows.values())


def train_cold(cold: ColdStart, seed: int, known: np.ndarray | None = None) -> Fitted:
    """A shallow network on residuals; a user's bias is worked out from the ratings shown."""
    split, epochs, hidden = cold.split, 20, (200,)
    size = min(256, split.n_users // 15)
    task = row_task(split, "user", batch_size=size, offset="shown", centred=True, features=known)
    options = {
        "activation": "sigmoid",
        "output_activation": "linear",
        "dropout": 0.0,
        "l2": task.l2(60),
        "offset": task.data.offset,
    }

    def build():
        if known is None:
            model = deep_autoencoder(split.n_movies, hidden, **options)
        else:
            options.update(zip(("how", "scale"), WAYS["scaled"], strict=True))
            model = autoencoder_with_features(split.n_movies, known.shape[1], hidden, **options)
        return compiled(model, masked_sse, 2e-3, steps=epochs * len(task.x))

    return fit(build, task, epochs=epochs, patience=None, seed=seed)


def cold_trial(data: MovieLens, seed: int) -> list[dict]:
    """New users after 0 to 20 ratings: ratings alone, with demographics, and with shuffled ones.

    ``gain_beyond_first``: what demographics bring after so many ratings, beyond what they bring
    before the first one (both against shuffled ones).
    """
    cold = cold_start(primary_split(data), seed=seed)
    known = features(data.users, cold.split)
    networks = {
        "cold_plain": train_cold(cold, seed),
        "cold_scaled": train_cold(cold, seed, known),
        "cold_scaled_shuffled": train_cold(cold, seed, shuffled(known, seed)),
    }
    people = {"cold_scaled": "own", "cold_scaled_shuffled": "shuffled"}
    found, first = [], []
    for k in SHOWN:
        predictors = {name: AfterRatings(f, cold, k) for name, f in networks.items()}
        predictors["cold_bias"] = bias_after(cold, k)
        scores = {n: evaluate(p, cold.split, model=f"{n}_{k}") for n, p in predictors.items()}
        rows = {}
        for name, score in scores.items():
            than = scores["cold_plain"] if name != "cold_plain" else None
            said = networks[name].recipe if name in networks else {}
            said |= {"people": people[name]} if name in people else {}
            rows[name] = row_of(score, than, shown=k, **said) | {"seed": seed}
        own, others = (scores[name].ratings for name in people)
        first = first or [(-1, own), (1, others)]
        note(rows["cold_scaled"], "gain_beyond_first", (1, own), (-1, others), *first)
        found += rows.values()
    return found


def group_trial(data: MovieLens, seed: int, name: str) -> list[dict]:
    """A network of one group, from scratch and fine-tuned, beside the one of everybody.

    All on the group's own test ratings. The control is a random group of as many users with about
    as many ratings. ``loss_beyond_random``: what a group loses with a network of its own, beyond
    what the random group loses with its own.
    """
    everybody = primary_split(data)
    full = plain(data.name, seed)[0]
    ids = members(data.users, **GROUPS[name])
    found, terms = {}, []
    for prefix, users in ((name, ids), (f"random_{name}", like(everybody, ids, seed))):
        group, title = only(everybody, users), f"group_{prefix}"
        seen = SeenFromGroup(full, everybody, group)
        than = evaluate(seen, group, model=f"{title}_full")
        alone = evaluate(train(group, seed), group, model=f"{title}_alone")
        terms.append([(1, alone.ratings), (-1, than.ratings)])
        rows = {"full": row_of(than, users="all", **full.recipe)}
        rows["alone"] = row_of(alone, than, users=prefix)
        if prefix == name:
            for kind, schedule in (("tuned", TUNING), ("tuned_slowly", SLOWLY)):
                rows[kind] = tuned_row(seen, than, seed, schedule, f"{title}_{kind}", users=prefix)
        for kind, row in rows.items():
            row["metrics"] |= {
                "n_users": group.n_users,
                "n_train": len(group.train),
                "n_movies_without": group.n_movies - group.train["movie"].nunique(),
            }
            found[f"{title}_{kind}"] = row | {"seed": seed}
    random = [(-sign, ratings) for sign, ratings in terms[1]]
    note(found[f"group_{name}_alone"], "loss_beyond_random", *terms[0], *random)
    return list(found.values())


def tuned_row(
    seen: SeenFromGroup, than: Scores, seed: int, schedule: Mapping, model: str, **settings
) -> dict:
    """Everybody's network trained further on a group, where epoch 0, untouched, may win too.

    ``forced_difference``: what it would be if one of the trained epochs had to win.
    """
    group, full = seen.group, seen.predictor
    fitted = train(group, seed, schedule, start=full)
    forced = evaluate(fitted, group, model=model)
    untouched = evaluate(seen, group, part="validation").rmse
    if untouched <= fitted.history["validation_rmse"].min():
        fitted.model.set_weights(full.model.get_weights())
        zero = {"best_epoch": 0}
        fitted = replace(fitted, recipe=fitted.recipe | zero, **zero)
    row = row_of(evaluate(fitted, group, model=model), than, **settings)
    note(row, "forced_difference", (1, forced.ratings), (-1, than.ratings))
    row["metrics"] |= {"best_epoch": fitted.best_epoch, "forced_rmse": forced.rmse}
    return row


class LastEpoch(Peek):
    """Predictions after the last epoch, which the project reported."""

    def __init__(self, task, ratings, epochs: int):
        super().__init__(task, ratings)
        self.epochs = epochs

    def on_epoch_end(self, epoch, logs=None):
        if epoch + 1 == self.epochs:
            super().on_epoch_end(epoch, logs)


@cache
def published_plain(dataset: str, seed: int) -> Fitted:
    """Everybody's network with the 2021 schedule; trained once a seed."""
    return train(primary_split(load_movielens(dataset)), seed, PUBLISHED)


def published_group(data: MovieLens, seed: int, name: str) -> list[dict]:
    """The project's networks of a group, with its schedule; scored at the best epoch and the last.

    On a small dataset a batch holds fewer users, so that an epoch has the project's seven batches
    or more. Everybody's network with the same schedule is scored on the same users.
    """
    everybody = primary_split(data)
    group = only(everybody, members(data.users, **GROUPS[name]))
    schedule = PUBLISHED | {"batch_size": min(256, group.n_users // 6)}
    last = LastEpoch(row_task(group, "user"), group.test, PUBLISHED["epochs"])
    fitted = train(group, seed, schedule, callbacks=(last,))
    full = published_plain(data.name, seed)
    seen = SeenFromGroup(full, everybody, group)
    than = evaluate(seen, group, model=f"group_2021_{name}_full")
    row = row_of(evaluate(fitted, group, model=f"group_2021_{name}"), than, users=name)
    end = last.predictions[0]
    row["metrics"] |= {
        "n_users": group.n_users,
        "last_validation_rmse": float(fitted.history["validation_rmse"].iloc[-1]),
        "last_rmse": rmse(group.test["rating"], end),
        "last_per_user_rmse": per_user_rmse(group.test["user"], group.test["rating"], end),
        "best_epoch": fitted.best_epoch,
    }
    return [row, row_of(than, users="all", **full.recipe) | {"seed": seed}]


TRIALS: dict[str, Trial] = {
    "age_codes": age_codes,
    "plain": measure_plain,
    **{name: partial(noise_trial, name=name) for name in NOISES},
    **{name: partial(features_trial, name=name) for name in WAYS},
    "cold_start": cold_trial,
    "autorec": autorec_trial,
    **{f"group_{name}": partial(group_trial, name=name) for name in GROUPS},
    **{
        f"deep_ae_2021_{added}": partial(published, name=f"deep_ae_2021_{added}")
        for added in ("dropout", "gaussian", "demographics")
    },
    "group_2021_m_25_34": partial(published_group, name="m_25_34"),
    "group_2021_25_34": partial(published_group, name="25_34"),
}

if __name__ == "__main__":
    main(__doc__, TRIALS, once=("age_codes",))
