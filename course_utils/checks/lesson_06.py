"""Exercises of lesson 06, noise and demographics."""

import re

import numpy as np
import pandas as pd
from scipy import stats

from course_utils.checks.engine import Exercise, Misunderstanding

# --- noisy_epochs: chance in it, so its statistics are compared, not its numbers
_ROW = np.where(np.arange(4000) % 2 == 0, 1.0 + np.arange(4000) % 5, 0.0)


def _noisy_epochs(row, factor, epochs, rng):
    noise = factor * rng.standard_normal((epochs, len(row)))
    return row + np.where(row != 0, noise, 0.0)


def _statistics(noisy):
    noisy = np.asarray(noisy, float)
    change = noisy - _ROW
    rated = _ROW != 0
    shape = " × ".join(map(str, noisy.shape))
    return {
        "shape": shape,
        "unrated cells stay 0": bool((noisy[..., ~rated] == 0).all()),
        "spread of the noise on rated cells": float(change[..., rated].std()),
        "mean of the noise on rated cells": float(change[..., rated].mean()),
        "each epoch has its own noise": bool(
            noisy.ndim == 2 and not np.allclose(change[0, rated], change[-1, rated])
        ),
    }


def _drawn_once(row, factor, epochs, rng):
    return np.tile(_noisy_epochs(row, factor, 1, rng), (epochs, 1))


def _every_cell(row, factor, epochs, rng):
    return row + factor * rng.standard_normal((epochs, len(row)))


def _every_cell_once(row, factor, epochs, rng):
    return np.tile(_every_cell(row, factor, 1, rng), (epochs, 1))


def _variance(row, factor, epochs, rng):
    return _noisy_epochs(row, factor**2, epochs, rng)


def _adding_up(row, factor, epochs, rng):
    noise = factor * rng.standard_normal((epochs, len(row))).cumsum(axis=0)
    return row + np.where(row != 0, noise, 0.0)


# --- dropped
def _dropped(row, keep, rate):
    return np.where(keep, row / (1 - rate), 0.0)


# --- seed_interval
def _interval(a, b, quantile=None, ddof=1, root=True):
    d = np.asarray(a, float) - np.asarray(b, float)
    quantile = stats.t.ppf(0.975, len(d) - 1) if quantile is None else quantile
    half = quantile * d.std(ddof=ddof) / (np.sqrt(len(d)) if root else 1)
    return d.mean(), d.mean() - half, d.mean() + half


def _unpaired(a, b):
    a, b = np.asarray(a, float), np.asarray(b, float)
    k = len(a)
    half = stats.t.ppf(0.975, 2 * k - 2) * np.sqrt(a.var(ddof=1) / k + b.var(ddof=1) / k)
    return a.mean() - b.mean(), a.mean() - b.mean() - half, a.mean() - b.mean() + half


_RUNS = (np.array([0.8781, 0.8764, 0.8802]), np.array([0.8779, 0.8771, 0.8793]))
_FIVE = (
    np.array([0.86, 0.861, 0.859, 0.862, 0.86]),
    np.array([0.865, 0.866, 0.8645, 0.866, 0.8648]),
)


# --- group_of_code
def _digits(answer):
    """Age groups compare by their numbers, however the dash is written."""
    return {
        "age_group": "-".join(re.findall(r"\d+", str(answer["age_group"]))),
        "user_2000_inside": bool(answer["user_2000_inside"]),
    }


def _codes(age_group, inside):
    return lambda: {"age_group": age_group, "user_2000_inside": inside}


# --- same_users
def _rmse(table, column="prediction"):
    return float(np.sqrt(((table["rating"] - table[column]) ** 2).mean()))


def _same_users(full, group):
    both = group.merge(full, on=["user", "movie"], suffixes=("", "_full"))
    return _rmse(both) - _rmse(both, "prediction_full")


def _by_user(full, group):
    both = group.merge(full, on=["user", "movie"], suffixes=("", "_full"))
    squared = pd.DataFrame(
        {
            "user": both["user"],
            "a": (both["rating"] - both["prediction"]) ** 2,
            "b": (both["rating"] - both["prediction_full"]) ** 2,
        }
    )
    roots = np.sqrt(squared.groupby("user").mean())
    return float(roots["a"].mean() - roots["b"].mean())


def _squared(full, group):
    both = group.merge(full, on=["user", "movie"], suffixes=("", "_full"))
    return _rmse(both) ** 2 - _rmse(both, "prediction_full") ** 2


def _by_position(full, group):
    mine = full[full["user"].isin(group["user"])]
    truth, guess = group["rating"].to_numpy(), mine["prediction"].to_numpy()
    return _rmse(group) - float(np.sqrt(((truth - guess) ** 2).mean()))


_FULL = pd.DataFrame(
    {
        "user": [3, 0, 1, 1, 2, 3, 0, 2, 2],
        "movie": [5, 1, 2, 0, 4, 1, 3, 1, 0],
        "rating": [4.0, 5.0, 2.0, 3.0, 4.5, 1.0, 3.0, 5.0, 2.0],
        "prediction": [3.6, 4.1, 2.8, 3.3, 3.9, 2.2, 3.4, 4.0, 2.1],
    }
)
_GROUP = pd.DataFrame(
    {
        "user": [1, 1, 3, 3],
        "movie": [0, 2, 1, 5],
        "rating": [3.0, 2.0, 1.0, 4.0],
        "prediction": [3.9, 2.6, 2.9, 3.1],
    }
)

EXERCISES = [
    Exercise(
        name="noisy_epochs",
        reference=_noisy_epochs,
        cases={
            "half a star": (_ROW, 0.5, 3, np.random.default_rng(1)),
            "a fifth of a star": (_ROW, 0.2, 4, np.random.default_rng(2)),
        },
        observe=_statistics,
        tolerance=0.03,
        misunderstandings=[
            Misunderstanding(
                "every_cell_once",
                _every_cell_once,
                "Two things: the unrated cells got noise too, so a gap now looks like a rating "
                "near 0; and all epochs share one draw. That is how it was done in 2021.",
            ),
            Misunderstanding(
                "drawn_once",
                _drawn_once,
                "Every epoch shows the same noise. The network can learn it by heart, as if it "
                "were data. Draw anew for each epoch.",
            ),
            Misunderstanding(
                "every_cell",
                _every_cell,
                "The unrated cells got noise as well. There is no rating to blur there, and a gap "
                "now looks like a rating near 0.",
            ),
            Misunderstanding(
                "variance",
                _variance,
                "The noise is too small: factor is its standard deviation, not its variance. "
                "Multiply standard normal draws by factor, not by its square.",
            ),
            Misunderstanding(
                "adding_up",
                _adding_up,
                "The noise grows from epoch to epoch: you add to the noisy row of the epoch "
                "before. Each epoch starts from the clean row.",
            ),
        ],
        right="rated cells only, and drawn anew each epoch",
    ),
    Exercise(
        name="dropped",
        reference=_dropped,
        cases={
            "a tenth": (
                np.array([5.0, 0.0, 3.0, 4.0]),
                np.array([True, True, False, True]),
                0.1,
            ),
            "three quarters": (
                np.array([1.0, 2.0, 4.5, 5.0]),
                np.array([False, True, False, True]),
                0.75,
            ),
        },
        misunderstandings=[
            Misunderstanding(
                "not_rescaled",
                lambda row, keep, rate: np.where(keep, row, 0.0),
                "The right cells are gone, but what is left now adds up to less than before. "
                "Keras makes the kept cells larger, so that the expected sum stays.",
            ),
            Misunderstanding(
                "made_smaller",
                lambda row, keep, rate: np.where(keep, row * (1 - rate), 0.0),
                "You made the kept cells smaller. That is what early dropout did at prediction; "
                "inverted dropout makes them larger in training instead.",
            ),
            Misunderstanding(
                "divided_by_rate",
                lambda row, keep, rate: np.where(keep, row / rate, 0.0),
                "rate is the share that is hidden. Divide by the share that is *kept*.",
            ),
            Misunderstanding(
                "mask_reversed",
                lambda row, keep, rate: np.where(keep, 0.0, row / (1 - rate)),
                "You kept what should be hidden: keep is True where a cell stays.",
            ),
        ],
        right="what is left is made larger, so that the expected sum stays",
    ),
    Exercise(
        name="seed_interval",
        reference=_interval,
        cases={"three seeds": _RUNS, "five seeds": _FIVE},
        tolerance=2e-5,
        misunderstandings=[
            Misunderstanding(
                "normal",
                lambda a, b: _interval(a, b, quantile=1.96),
                "1.96 belongs to hundreds of runs. With k runs take Student's t with k − 1 "
                "degrees of freedom: 4.30 for three.",
            ),
            Misunderstanding(
                "spread_of_one_run",
                lambda a, b: _interval(a, b, root=False),
                "That is how far a *single* difference may lie from the mean. Divide the standard "
                "deviation by √k for the mean of k.",
            ),
            Misunderstanding(
                "divides_by_k",
                lambda a, b: _interval(a, b, ddof=0),
                "np.std divides by k and is too small for a sample. Use ddof=1.",
            ),
            Misunderstanding(
                "unpaired",
                _unpaired,
                "You put the spreads of a and of b together. The same seed gave both the same "
                "start and batches: take the difference seed by seed first, then its spread.",
            ),
            Misunderstanding(
                "reversed",
                lambda a, b: _interval(b, a),
                "The sign is turned: a minus b, so that negative means a is better.",
            ),
        ],
        right="few runs, a wide interval: that is honest",
    ),
    Exercise(
        name="group_of_code",
        reference=_codes("25-34", False),
        cases={"from the printout": ()},
        observe=_digits,
        misunderstandings=[
            Misunderstanding(
                "as_in_2021",
                _codes("18-24", True),
                "That is what the project wrote. Compare the count in column 3956 with the counts "
                "of the age groups, and look for user 2000's 1.",
            ),
            Misunderstanding(
                "label_of_2021",
                _codes("18-24", False),
                "Right about user 2000. But then who is in the column? Compare its count with the "
                "counts of the age groups.",
            ),
            Misunderstanding(
                "one_too_far",
                _codes("35-44", False),
                "One too far: the codes start at 0, so code 2 is the third group.",
            ),
            Misunderstanding(
                "user_inside",
                _codes("25-34", True),
                "The group is right. Now look at user 2000's own row: which age column holds "
                "the 1?",
            ),
        ],
        right="the counts name the group, and user 2000 is not in it",
    ),
    Exercise(
        name="same_users",
        reference=_same_users,
        cases={
            "two of four users": (_FULL, _GROUP),
            "in another order": (_FULL.iloc[::-1], _GROUP.iloc[[2, 0, 3, 1]]),
        },
        misunderstandings=[
            Misunderstanding(
                "different_users",
                lambda full, group: _rmse(group) - _rmse(full),
                "You scored the full model on everybody and the group's model on the group. If "
                "the group is easier or harder, that is all you see. Keep the ratings that both "
                "predicted.",
            ),
            Misunderstanding(
                "reversed",
                lambda full, group: -_same_users(full, group),
                "The sign is turned: the group's model minus the full one.",
            ),
            Misunderstanding(
                "per_user",
                _by_user,
                "That is the difference of the per-user means. Take the RMSE over all ratings.",
            ),
            Misunderstanding(
                "squared",
                _squared,
                "That is in stars squared. Take the two roots, then the difference.",
            ),
            Misunderstanding(
                "by_position",
                _by_position,
                "The rows of the two tables are in different orders. Match them by user *and* "
                "movie (merge), not by position.",
            ),
        ],
        right="the same ratings, two models",
    ),
]
