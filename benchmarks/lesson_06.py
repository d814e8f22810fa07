"""Every number of lesson 06: ``python -m benchmarks.lesson_06 --dataset ml-1m``.

About 90 minutes a seed on MovieLens-1M with two cores, of which the three trials with the 2021
schedule take half; ``--dataset ml-100k`` takes five minutes a seed. Choices (epoch) are
validation's. Trials of the short schedule are also compared with the plain network of the same
seed, rating by rating.
"""

from collections.abc import Mapping
from functools import cache, partial

import numpy as np
import pandas as pd
from sklearn.preprocessing import LabelEncoder

from benchmarks.measure import Trial, main
from course_utils.data.movielens import MovieLens, load_movielens
from course_utils.data.new_users import ColdStart, cold_start
from course_utils.data.people import features, members, only
from course_utils.data.splits import Split, primary_split
from course_utils.models.autoencoder_variants import autoencoder_with_features
from course_utils.models.autoencoders import deep_autoencoder
from course_utils.models.baselines import bias_after
from course_utils.models.losses import masked_mse, masked_sse
from course_utils.protocol.evaluation import Scores, SeenFromGroup, evaluate
from course_utils.protocol.metrics import paired_difference, per_user_rmse, rmse
from course_utils.protocol.results import default_split, stamped
from course_utils.protocol.training import Fitted, Peek, compiled, fit
from course_utils.recommend.fold_in import AfterRatings
from course_utils.tasks.noise import Noise, gaussian, hide, thin
from course_utils.tasks.rows import row_task

LESSON = "06_noise_and_demographics"

SHORT = {"rate": 1e-3, "cosine": True, "epochs": 40}
PUBLISHED = {"rate": 1e-4, "cosine": False, "epochs": 500, "batch_size": 256}
TUNING = {"rate": 1e-4, "cosine": True, "epochs": 15}

NOISES: dict[str, Noise] = {}
for _tenths in (1, 2, 3, 4, 5):
    _factor = _tenths / 10
    NOISES |= {
        f"gauss_2021_{_tenths}": Noise(gaussian(_factor, rated_only=False), drawn_once=True),
        f"gauss_{_tenths}": Noise(gaussian(_factor)),
        f"hide_once_{_tenths}": Noise(hide(_factor), drawn_once=True),
        f"hide_{_tenths}": Noise(hide(_factor)),
    }
NOISES |= {  # one mistake at a time
    "gauss_once_5": Noise(gaussian(0.5), drawn_once=True),
    "gauss_everywhere_5": Noise(gaussian(0.5, rated_only=False)),
    "hide_unscaled_3": Noise(hide(0.3, rescale=False)),
}
WAYS = {"concat": ("concat", 1.0), "scaled": ("concat", 5.0), "gated": ("gated", 1.0)}
GROUPS = {
    "m_25_34": {"gender": "M", "age_group": "25-34"},
    "25_34": {"age_group": "25-34"},
    "m_18_24": {"gender": "M", "age_group": "18-24"},
    "18_24": {"age_group": "18-24"},
}
AGE_NAMES = tuple(f"from_{lowest}" for lowest in (0, 18, 25, 35, 45, 50, 56))
TEST_USER = 2000
SHOWN = (0, 1, 2, 5, 10, 20)


def train(
    split: Split,
    seed: int,
    schedule: Mapping = SHORT,
    *,
    noise: Noise | None = None,
    input_dropout: float = 0.0,
    known: np.ndarray | None = None,
    way: tuple[str, float] | None = None,
    start: Fitted | None = None,
    callbacks: tuple = (),
) -> Fitted:
    """The deep autoencoder of 2021 on rows of users. start: the network to begin from."""
    s = {"batch_size": min(256, split.n_users // 15)} | dict(schedule)
    task = row_task(split, "user", batch_size=s["batch_size"], noise=noise, features=known)

    def build():
        if way is None:
            model = deep_autoencoder(split.n_movies, input_dropout=input_dropout)
        else:
            model = autoencoder_with_features(
                split.n_movies, known.shape[1], how=way[0], scale=way[1]
            )
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


def row_of(scores: Scores, fitted: Fitted | None = None, than: Scores | None = None, **settings):
    """A result row; with ``than``, the paired difference on the same ratings."""
    row = scores.row(LESSON, **settings)
    if fitted is not None:
        row["metrics"]["validation_rmse"] = fitted.history["validation_rmse"].min()
        row["settings"]["best_epoch"] = fitted.best_epoch
        row["settings"]["validation_curve"] = fitted.history["validation_rmse"].round(4).tolist()
    if than is not None:
        row["metrics"] |= difference(scores.ratings, than.ratings)
    return row


def difference(ratings: pd.DataFrame, than: pd.DataFrame, prefix: str = "") -> dict[str, float]:
    """RMSE of one minus RMSE of the other with its interval over users."""
    found = paired_difference(
        ratings["user"], ratings["rating"], ratings["prediction"], than["prediction"]
    )
    names = (f"{prefix}difference", f"{prefix}difference_low", f"{prefix}difference_high")
    return dict(zip(names, found, strict=True))


# ------------------------------------------------------------------------------------- trials
def published_dropout(data: MovieLens, seed: int) -> list[dict]:
    """The project's own best row: input dropout .1, its 500 epochs at its rate."""
    split = primary_split(data)
    fitted = train(split, seed, PUBLISHED, input_dropout=0.1)
    scores = evaluate(fitted, split, model="deep_ae_2021_dropout")
    return [row_of(scores, fitted, input_dropout=0.1, **PUBLISHED)]


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
    fitted, scores = plain(data.name, seed)
    return [row_of(scores, fitted, **SHORT)]


def noise_trial(data: MovieLens, seed: int, name: str) -> list[dict]:
    split = primary_split(data)
    fitted = train(split, seed, noise=NOISES[name])
    than = plain(data.name, seed)[1]
    return [row_of(evaluate(fitted, split, model=name), fitted, than, **SHORT)]


def features_trial(data: MovieLens, seed: int, name: str) -> list[dict]:
    """With demographics; the difference also by quarter of users, from fewest training ratings."""
    split = primary_split(data)
    fitted = train(split, seed, known=features(data.users, split), way=WAYS[name])
    scores, than = evaluate(fitted, split, model=name), plain(data.name, seed)[1]
    row = row_of(scores, fitted, than, **SHORT)
    count = np.bincount(split.train["user"], minlength=split.n_users)
    quarter = pd.qcut(count, 4, labels=False)[scores.ratings["user"]]
    for q in range(4):
        mine = quarter == q
        row["metrics"] |= difference(scores.ratings[mine], than.ratings[mine], f"q{q + 1}_")
        row["metrics"][f"q{q + 1}_most"] = int(count[pd.qcut(count, 4, labels=False) == q].max())
    return [row]


def train_cold(
    cold: ColdStart, seed: int, known: np.ndarray | None = None, way: tuple[str, float] = ()
) -> Fitted:
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
            options.update(how=way[0], scale=way[1])
            model = autoencoder_with_features(split.n_movies, known.shape[1], hidden, **options)
        return compiled(model, masked_sse, 2e-3, steps=epochs * len(task.x))

    return fit(build, task, epochs=epochs, patience=None, seed=seed)


def cold_trial(data: MovieLens, seed: int) -> list[dict]:
    """New users after 0 to 20 ratings: the 2021 network, with practice, and with demographics."""
    cold = cold_start(primary_split(data), seed=seed)
    known = features(data.users, cold.split)
    networks = {
        "cold_2021": train(cold.split, seed),
        "cold_2021_thin": train(cold.split, seed, noise=Noise(thin)),
        "cold_plain": train_cold(cold, seed),
        **{f"cold_{name}": train_cold(cold, seed, known, way) for name, way in WAYS.items()},
    }
    found = []
    for k in SHOWN:
        predictors = {name: AfterRatings(f, cold, k) for name, f in networks.items()}
        predictors["cold_bias"] = bias_after(cold, k)
        scores = {n: evaluate(p, cold.split, model=f"{n}_{k}") for n, p in predictors.items()}
        for name, score in scores.items():
            than = scores["cold_plain"] if name != "cold_plain" else None
            found.append(row_of(score, None, than, shown=k) | {"seed": seed})
    return found


def group_trial(data: MovieLens, seed: int, name: str) -> list[dict]:
    """A network of one group, from scratch and fine-tuned, beside the one of everybody.

    All on the group's own test ratings; the same for as many random users.
    """
    everybody = primary_split(data)
    full = plain(data.name, seed)[0]
    ids = members(data.users, **GROUPS[name])
    found = []
    anybody = random_members(data.users, len(ids), seed)
    for prefix, users in ((name, ids), (f"random_{name}", anybody)):
        group = only(everybody, users)
        than = evaluate(SeenFromGroup(full, everybody, group), group, model=f"group_{prefix}_full")
        counts = {
            "n_users": group.n_users,
            "n_train": len(group.train),
            "n_movies_without": group.n_movies - group.train["movie"].nunique(),
        }
        alone = train(group, seed)
        tuned = train(group, seed, TUNING, start=full)
        rows_ = [
            row_of(than),
            row_of(evaluate(alone, group, model=f"group_{prefix}_alone"), alone, than, **SHORT),
            row_of(evaluate(tuned, group, model=f"group_{prefix}_tuned"), tuned, than, **TUNING),
        ]
        for row in rows_:
            row["metrics"] |= counts
        found += [row | {"seed": seed} for row in rows_]
    return found


class LastEpoch(Peek):
    """Predictions after the last epoch, which the project reported."""

    def __init__(self, task, ratings, epochs: int):
        super().__init__(task, ratings)
        self.epochs = epochs

    def on_epoch_end(self, epoch, logs=None):
        if epoch + 1 == self.epochs:
            super().on_epoch_end(epoch, logs)


def published_group(data: MovieLens, seed: int, name: str) -> list[dict]:
    """The project's networks of a group, with its schedule; scored at the best epoch
    and the last."""
    everybody = primary_split(data)
    group = only(everybody, members(data.users, **GROUPS[name]))
    last = LastEpoch(row_task(group, "user"), group.test, PUBLISHED["epochs"])
    fitted = train(group, seed, PUBLISHED, callbacks=(last,))
    scores = evaluate(fitted, group, model=f"group_2021_{name}")
    row = row_of(scores, fitted, **PUBLISHED)
    end = scores.ratings.assign(prediction=last.predictions[0])
    row["metrics"] |= {
        "n_users": group.n_users,
        "last_validation_rmse": float(fitted.history["validation_rmse"].iloc[-1]),
        "last_rmse": rmse(end["rating"], end["prediction"]),
        "last_per_user_rmse": per_user_rmse(end["user"], end["rating"], end["prediction"]),
        "best_epoch": fitted.best_epoch,
    }
    return [row]


def random_members(users: pd.DataFrame, size: int, seed: int = 0) -> np.ndarray:
    """``size`` user ids drawn at random, sorted: what a group is to be compared with."""
    if not 0 < size <= len(users):
        raise ValueError(f"size={size}: there are {len(users):,} users to draw from")
    drawn = np.random.default_rng(seed).choice(users["user_id"].to_numpy(), size, replace=False)
    return np.sort(drawn)


TRIALS: dict[str, Trial] = {
    "age_codes": age_codes,
    "plain": measure_plain,
    **{name: partial(noise_trial, name=name) for name in NOISES},
    **{name: partial(features_trial, name=name) for name in WAYS},
    "cold_start": cold_trial,
    **{f"group_{name}": partial(group_trial, name=name) for name in GROUPS},
    "deep_ae_2021_dropout": published_dropout,
    "group_2021_m_25_34": partial(published_group, name="m_25_34"),
    "group_2021_25_34": partial(published_group, name="25_34"),
}

if __name__ == "__main__":
    main(__doc__, TRIALS, once=("age_codes",))
