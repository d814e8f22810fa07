"""Exercises of lesson 04, AutoRec."""

import numpy as np

from course_utils.checks.engine import Exercise, Misunderstanding


def _filled_rows(users, movies, ratings, shape, init_value=0.0, average=False):
    matrix = np.full(shape, float(init_value))
    if average:
        for user in range(shape[0]):
            mine = users == user
            matrix[user] = ratings[mine].mean() if mine.any() else ratings.mean()
    matrix[users, movies] = ratings
    return matrix


def _transposed(users, movies, ratings, shape, init_value=0.0, average=False):
    return _filled_rows(users, movies, ratings, shape, init_value, average).T


def _whole_numbers(users, movies, ratings, shape, init_value=0.0, average=False):
    return np.trunc(_filled_rows(users, movies, ratings, shape, init_value, average))


def _overall_average(users, movies, ratings, shape, init_value=0.0, average=False):
    return _filled_rows(users, movies, ratings, shape, ratings.mean() if average else init_value)


def _average_with_gaps(users, movies, ratings, shape, init_value=0.0, average=False):
    zeros = _filled_rows(users, movies, ratings, shape)
    if not average:
        return _filled_rows(users, movies, ratings, shape, init_value)
    return np.where(zeros == 0, zeros.mean(axis=1, keepdims=True), zeros)


def _average_everywhere(users, movies, ratings, shape, init_value=0.0, average=False):
    filled = _filled_rows(users, movies, ratings, shape, init_value, average)
    if not average:
        return filled
    means = [
        ratings[users == u].mean() if (users == u).any() else ratings.mean()
        for u in range(shape[0])
    ]
    return np.repeat(np.array(means)[:, None], shape[1], axis=1)


def _squared(y_true, y_pred):
    return np.where(y_true != 0, (y_true - y_pred) ** 2, 0.0)


def _masked_mse(y_true, y_pred):
    return _squared(y_true, y_pred).sum(1) / np.maximum((y_true != 0).sum(1), 1)


def _masked_rmse_clip(y_true, y_pred, low, high):
    return np.sqrt(_masked_mse(y_true, np.clip(y_pred, low, high)))


def _keras_l2(lam, n_rows):
    return lam / (2 * n_rows)


def _read_ratings(movies, residuals, how, who):
    return _read_sum(movies, residuals, how, who) / np.sqrt(max(len(movies), 1))


def _read_sum(movies, residuals, how, who):
    return residuals @ how[movies] + who[movies].sum(axis=0)


_USERS = np.array([0, 0, 1, 1, 1])
_MOVIES = np.array([0, 2, 0, 1, 3])
_STARS = np.array([4.5, 2.0, 5.0, 4.0, 3.0])
_TRUE = np.array([[4.0, 0.0, 2.0, 0.0], [0.0, 5.0, 0.0, 0.0], [1.0, 2.0, 3.0, 4.0]])
_PRED = np.array([[5.0, 3.0, 2.5, 1.0], [2.0, 7.0, 3.0, 3.0], [0.0, 2.0, 5.0, 4.5]])
_HOW = np.array([[1.0, -0.5], [0.2, 0.4], [-0.3, 0.8], [2.0, 0.1], [0.6, -0.9]])
_WHO = np.array([[0.3, 0.7], [-1.0, 0.2], [0.5, -0.4], [0.1, 0.9], [-0.6, 1.1]])
_RATED = np.array([3, 0, 4])
_RESIDUALS = np.array([0.5, -1.5, 1.0])
_EMPTY = (np.vstack([_TRUE, np.zeros(4)]), np.vstack([_PRED, np.full(4, 3.0)]))

EXERCISES = [
    Exercise(
        name="filled_rows",
        reference=_filled_rows,
        cases={
            "zeros": (_USERS, _MOVIES, _STARS, (3, 4)),
            "threes": (_USERS, _MOVIES, _STARS, (3, 4), 3),
            "averages": (_USERS, _MOVIES, _STARS, (3, 4), 0, True),
        },
        misunderstandings=[
            Misunderstanding(
                "transposed",
                _transposed,
                "Rows are users here: matrix[user, movie], of the shape you were given.",
            ),
            Misunderstanding(
                "whole_numbers",
                _whole_numbers,
                "Half a star got lost. np.full(shape, 0) makes a matrix of integers, and 4.5 "
                "stored in it becomes 4. Say dtype=float, or fill with 0.0.",
            ),
            Misunderstanding(
                "overall_average",
                _overall_average,
                "You filled with the mean of all ratings. Each row gets its own user's mean.",
            ),
            Misunderstanding(
                "average_with_gaps",
                _average_with_gaps,
                "Your mean counts the unrated cells as zeros, so it comes out near 0. Average the "
                "ratings only.",
            ),
            Misunderstanding(
                "average_everywhere",
                _average_everywhere,
                "The ratings themselves are gone. Fill first, then write the ratings over it.",
            ),
        ],
        right="the gaps are filled and the ratings are kept",
    ),
    Exercise(
        name="masked_mse",
        reference=_masked_mse,
        cases={"three users": (_TRUE, _PRED), "a user without ratings": _EMPTY},
        misunderstandings=[
            Misunderstanding(
                "all_cells",
                lambda y, p: ((y - p) ** 2).mean(1),
                "You scored the unrated cells too: a network that answers 0 there would win. "
                "Multiply the squared errors by the mask.",
            ),
            Misunderstanding(
                "divides_by_columns",
                lambda y, p: _squared(y, p).mean(1),
                "The sum is right, the count is not. Divide by the number of *rated* cells of the "
                "row, not by all columns.",
            ),
            Misunderstanding(
                "sum",
                lambda y, p: _squared(y, p).sum(1),
                "That is the sum (masked_sse). For the mean, divide by the number of rated cells.",
            ),
            Misunderstanding(
                "one_number",
                lambda y, p: float(_squared(y, p).sum() / (y != 0).sum()),
                "That is one number for the whole batch. Return one value a row; Keras takes the "
                "mean over rows.",
            ),
            Misunderstanding(
                "divides_by_zero",
                lambda y, p: (
                    _squared(y, p).sum(1) / np.where((y != 0).any(1), (y != 0).sum(1), np.nan)
                ),
                "A row without ratings gives 0 / 0. Divide by at least 1.",
            ),
        ],
        right="only rated cells count",
    ),
    Exercise(
        name="masked_rmse_clip",
        reference=_masked_rmse_clip,
        cases={"1 to 5 stars": (_TRUE, _PRED, 1, 5), "half stars": (_TRUE, _PRED, 0.5, 5)},
        misunderstandings=[
            Misunderstanding(
                "not_clipped",
                lambda y, p, low, high: np.sqrt(_masked_mse(y, p)),
                "A prediction of 7 stars is still 7. Clip predictions to the scale first.",
            ),
            Misunderstanding(
                "clips_truth",
                lambda y, p, low, high: np.sqrt(
                    _masked_mse(np.clip(y, low, high), np.clip(p, low, high))
                ),
                "You clipped the target as well. Its zeros became the lowest rating, so the mask "
                "now says that everything was rated.",
            ),
            Misunderstanding(
                "no_root",
                lambda y, p, low, high: _masked_mse(y, np.clip(p, low, high)),
                "That is in stars squared. Take the root of each row.",
            ),
        ],
        right="clipped, masked, rooted: the metric of 2021",
    ),
    Exercise(
        name="keras_l2",
        reference=_keras_l2,
        cases={"λ = 100, 1,682 rows": (100.0, 1682), "λ = 300, 3,706 rows": (300.0, 3706)},
        tolerance=1e-9,
        misunderstandings=[
            Misunderstanding(
                "unscaled",
                lambda lam, n_rows: lam / 2,
                "The paper's loss is a sum over all rows, Keras' a mean. Divide by the number of "
                "rows, or the penalty weighs thousands of times too much.",
            ),
            Misunderstanding(
                "no_half",
                lambda lam, n_rows: lam / n_rows,
                "Nearly: the paper writes λ/2, Keras' L2 has no half of its own.",
            ),
            Misunderstanding(
                "multiplied",
                lambda lam, n_rows: lam * n_rows / 2,
                "From a sum to a mean one divides: both the errors and the penalty shrink.",
            ),
        ],
        right="the same objective, in Keras' units",
    ),
    Exercise(
        name="read_ratings",
        reference=_read_ratings,
        cases={
            "three ratings": (_RATED, _RESIDUALS, _HOW, _WHO),
            "as expected": (np.array([1, 2]), np.zeros(2), _HOW, _WHO),
            "nothing rated": (np.array([], int), np.array([]), _HOW, _WHO),
        },
        misunderstandings=[
            Misunderstanding(
                "no_root",
                _read_sum,
                "That is the plain sum: who rates a thousand movies gets a vector a hundred times "
                "as long as who rates ten. Divide by √n.",
            ),
            Misunderstanding(
                "mean",
                lambda m, r, how, who: _read_sum(m, r, how, who) / max(len(m), 1),
                "You divided by n. A mean says as much after one rating as after a hundred. "
                "Divided by √n it is short while little is known.",
            ),
            Misunderstanding(
                "only_how",
                lambda m, r, how, who: r @ how[m] / np.sqrt(max(len(m), 1)),
                "A rating just as expected has residual 0, and says nothing in your sum. That the "
                "user chose this movie is information too: add who[movie].",
            ),
            Misunderstanding(
                "everybody",
                lambda m, r, how, who: (r @ how[m] + who.sum(axis=0)) / np.sqrt(max(len(m), 1)),
                "You added who of all movies. Take the movies that this user rated.",
            ),
            Misunderstanding(
                "divides_by_zero",
                lambda m, r, how, who: (
                    _read_ratings(m, r, how, who) if len(m) else np.full(how.shape[1], np.nan)
                ),
                "A user without ratings gives 0 / 0. Nothing read is a vector of zeros.",
            ),
        ],
        right="the other half of SVD++, in front of a decoder",
    ),
]
