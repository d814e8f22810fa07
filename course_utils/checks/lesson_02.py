"""Exercises of lesson 02, the baseline."""

import numpy as np
import pandas as pd

from course_utils.checks.engine import Exercise, Misunderstanding
from course_utils.protocol.metrics import per_user_rmse, rmse


def _bias_step(users, movies, ratings, reg):
    """One sweep of alternating least squares: (mean, user biases, movie biases)."""
    mean = ratings.mean()
    b_user = _shrunk(users, ratings - mean, reg)
    b_movie = _shrunk(movies, ratings - mean - b_user[users], reg)
    return mean, b_user, b_movie


def _shrunk(groups, values, reg):
    return np.bincount(groups, values) / (np.bincount(groups) + reg)


def _biases_unshrunk(users, movies, ratings, reg):
    return _bias_step(users, movies, ratings, 0.0)


def _biases_apart(users, movies, ratings, reg):
    mean = ratings.mean()
    return mean, _shrunk(users, ratings - mean, reg), _shrunk(movies, ratings - mean, reg)


def _biases_of_raw(users, movies, ratings, reg):
    return ratings.mean(), _shrunk(users, ratings, reg), _shrunk(movies, ratings, reg)


def _biases_times_reg(users, movies, ratings, reg):
    mean = ratings.mean()
    b_user = np.bincount(users, ratings - mean) / (np.bincount(users) * (1 + reg))
    rest = ratings - mean - b_user[users]
    return mean, b_user, np.bincount(movies, rest) / (np.bincount(movies) * (1 + reg))


def _as_three(value):
    mean, b_user, b_movie = value
    return {
        "mean": np.asarray(mean, float),
        "user biases": np.asarray(b_user, float),
        "movie biases": np.asarray(b_movie, float),
    }


def _sigmoid_range(score, low, high):
    return low + (high - low) / (1 + np.exp(-np.asarray(score, float)))


def _honest_choice(validation, test):
    """Test RMSE of the run and epoch that validation liked best."""
    return float(np.asarray(test)[np.unravel_index(np.argmin(validation), np.shape(validation))])


def _best_epoch_by_test(validation, test):
    run = np.unravel_index(np.argmin(validation), validation.shape)[0]
    return float(test[run].min())


def _by_user(users, squared):
    return pd.Series(squared).groupby(np.asarray(users))


_USERS = np.array([0, 0, 0, 1, 1, 2])
_MOVIES = np.array([0, 1, 2, 0, 2, 1])
_STARS = np.array([5.0, 3.0, 4.0, 2.0, 1.0, 4.0])
_GAPS = (np.array([7, 7, 9, 9]), np.array([5.0, 3.0, 1.0, 1.0]), np.array([4.0, 4.0, 2.0, 4.0]))

_CURVES = np.random.default_rng(2).normal(0.9, 0.02, (2, 4, 5))

EXERCISES = [
    Exercise(
        name="per_user_rmse",
        reference=per_user_rmse,
        cases={
            "users with 3, 2 and 1 ratings": (_USERS, _STARS, np.full(6, 3.5)),
            "one user": (np.zeros(3, int), _STARS[:3], np.array([4.0, 4.0, 4.0])),
            "ids with gaps": _GAPS,
        },
        misunderstandings=[
            Misunderstanding(
                "global_rmse",
                lambda users, y, p: rmse(y, p),
                "That is the RMSE over all ratings: users with many ratings dominate it. Take each "
                "user's RMSE first, then the mean over users.",
            ),
            Misunderstanding(
                "root_of_mean_mse",
                lambda users, y, p: float(np.sqrt(_by_user(users, (y - p) ** 2).mean().mean())),
                "You took the mean of the users' squared errors and the root last. Take the root "
                "for each user, then the mean: the order matters (Jensen's inequality).",
            ),
            Misunderstanding(
                "no_root",
                lambda users, y, p: float(_by_user(users, (y - p) ** 2).mean().mean()),
                "That is in stars squared. Each user still needs a square root.",
            ),
            Misunderstanding(
                "mean_absolute",
                lambda users, y, p: float(_by_user(users, np.abs(y - p)).mean().mean()),
                "That is a mean absolute error. Square the errors before the mean, then root.",
            ),
            Misunderstanding(
                "counts_missing_users",
                lambda users, y, p: float(
                    np.sqrt(_by_user(users, (y - p) ** 2).mean()).sum() / (np.max(users) + 1)
                ),
                "You divided by the largest user number plus one. Users without a rating here are "
                "counted as perfect zeros; divide by the users that occur.",
            ),
        ],
        right="each user weighs the same now",
    ),
    Exercise(
        name="bias_step",
        reference=_bias_step,
        cases={
            "six ratings, reg 1": (_USERS, _MOVIES, _STARS, 1.0),
            "six ratings, reg 5": (_USERS, _MOVIES, _STARS, 5.0),
        },
        observe=_as_three,
        misunderstandings=[
            Misunderstanding(
                "unshrunk",
                _biases_unshrunk,
                "Your biases ignore reg. Divide each sum by count + reg: a user with one 5-star "
                "rating should not get a bias of a whole star and a half.",
            ),
            Misunderstanding(
                "not_alternating",
                _biases_apart,
                "The movie bias must explain what the user bias has left over. Subtract b_user of "
                "each rating's user before you average by movie.",
            ),
            Misunderstanding(
                "raw_ratings",
                _biases_of_raw,
                "You averaged the ratings themselves. A bias is a deviation: subtract the mean "
                "first, or mean + b_u + b_i would land near 10 stars.",
            ),
            Misunderstanding(
                "scaled_by_reg",
                _biases_times_reg,
                "You multiplied the count by 1 + reg. That shrinks everyone alike. count + reg "
                "shrinks those with few ratings most.",
            ),
        ],
        right="that is one sweep; fifteen of them give the bias model",
    ),
    Exercise(
        name="sigmoid_range",
        reference=_sigmoid_range,
        cases={
            "1 to 5 stars": (np.array([-30.0, -1.0, 0.0, 2.0, 30.0]), 1.0, 5.0),
            "half stars": (np.array([-2.0, 0.0, 0.5]), 0.5, 5.0),
        },
        misunderstandings=[
            Misunderstanding(
                "no_offset",
                lambda score, low, high: (high - low) / (1 + np.exp(-score)),
                "Your output starts at 0 stars. Add low.",
            ),
            Misunderstanding(
                "only_high",
                lambda score, low, high: high / (1 + np.exp(-score)),
                "Your output runs from 0 to high. The range is low to high: scale by high − low, "
                "then add low.",
            ),
            Misunderstanding(
                "low_plus_high",
                lambda score, low, high: low + high / (1 + np.exp(-score)),
                "Your output can reach low + high stars. Scale the sigmoid by high − low.",
            ),
            Misunderstanding(
                "clip",
                lambda score, low, high: np.clip(score, low, high),
                "Clipping keeps the range too, but its slope is 0 outside it, so a network that "
                "starts outside never learns its way in. Use the sigmoid.",
            ),
        ],
        right="every score lands between low and high, and the slope never quite dies",
    ),
    Exercise(
        name="honest_choice",
        reference=_honest_choice,
        cases={
            "four runs of five epochs": (_CURVES[0], _CURVES[1]),
            "a single run": (_CURVES[0][1:2], _CURVES[1][1:2]),
        },
        misunderstandings=[
            Misunderstanding(
                "best_test",
                lambda validation, test: float(test.min()),
                "That is the smallest test RMSE there is: test made the choice and gives the "
                "score. Find the place of the smallest *validation* RMSE, then read test there.",
            ),
            Misunderstanding(
                "best_epoch_by_test",
                _best_epoch_by_test,
                "You chose the run by validation but the epoch by test. Both choices are "
                "validation's.",
            ),
            Misunderstanding(
                "validation_score",
                lambda validation, test: float(validation.min()),
                "That is the validation RMSE of the chosen epoch. It was chosen for being small, "
                "so it flatters. Report test at the same place.",
            ),
            Misunderstanding(
                "last_epoch",
                lambda validation, test: float(test[np.argmin(validation.min(axis=1)), -1]),
                "You read test at the last epoch of the best run. Early stopping keeps the weights "
                "of the epoch that validation liked best.",
            ),
        ],
        right="validation chooses, test only reports",
    ),
]
