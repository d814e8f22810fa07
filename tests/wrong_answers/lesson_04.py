"""What learners write in lesson 04: wrong answers with the misunderstanding each shows, and right
answers written in other ways."""

import numpy as np
import pandas as pd
from scipy import sparse

# --- filled_rows


def movies_as_rows(users, movies, ratings, shape, init_value=0.0, average=False):
    matrix = np.full((shape[1], shape[0]), float(init_value))
    if average:
        for user in range(shape[0]):
            own = ratings[users == user]
            matrix[:, user] = own.mean() if len(own) else ratings.mean()
    matrix[movies, users] = ratings
    return matrix


def integers(users, movies, ratings, shape, init_value=0, average=False):
    matrix = np.full(shape, int(init_value))
    if average:
        for user in range(shape[0]):
            own = ratings[users == user]
            matrix[user] = own.mean() if len(own) else ratings.mean()
    matrix[users, movies] = ratings
    return matrix


def one_average_for_all(users, movies, ratings, shape, init_value=0.0, average=False):
    value = np.mean(ratings) if average else init_value
    matrix = np.ones(shape) * value
    for user, movie, stars in zip(users, movies, ratings, strict=True):
        matrix[user, movie] = stars
    return matrix


def average_of_the_whole_row(users, movies, ratings, shape, init_value=0.0, average=False):
    matrix = np.zeros(shape)
    matrix[users, movies] = ratings
    rated = matrix > 0
    if average:
        return np.where(rated, matrix, matrix.mean(axis=1)[:, None])
    matrix[~rated] = init_value
    return matrix


def average_over_the_ratings(users, movies, ratings, shape, init_value=0.0, average=False):
    matrix = np.full(shape, float(init_value))
    matrix[users, movies] = ratings
    if average:
        means = pd.Series(ratings).groupby(users).mean().reindex(range(shape[0]))
        matrix[:] = means.fillna(ratings.mean()).to_numpy()[:, None]
    return matrix


def filled_by_loop(users, movies, ratings, shape, init_value=0.0, average=False):
    rows = []
    for user in range(shape[0]):
        own = [r for u, r in zip(users, ratings, strict=True) if u == user]
        start = (
            (sum(own) / len(own) if own else sum(ratings) / len(ratings)) if average else init_value
        )
        row = [float(start)] * shape[1]
        for u, movie, stars in zip(users, movies, ratings, strict=True):
            if u == user:
                row[movie] = stars
        rows.append(row)
    return rows


def filled_from_sparse(users, movies, ratings, shape, init_value=0.0, average=False):
    table = sparse.csr_matrix((ratings.astype("float32"), (users, movies)), shape=shape)
    dense = table.toarray()
    fill = np.full(shape[0], init_value, "float32")
    if average:
        count = np.diff(table.indptr)
        fill = np.where(count, dense.sum(1) / np.maximum(count, 1), ratings.mean())
    return np.where(dense == 0, fill[:, None], dense)


# --- masked_mse


def every_cell(y_true, y_pred):
    return np.mean((y_true - y_pred) ** 2, axis=-1)


def mean_over_columns(y_true, y_pred):
    error = (y_true - y_pred) * (y_true > 0)
    return (error**2).mean(axis=1)


def only_the_sum(y_true, y_pred):
    mask = (y_true != 0).astype(float)
    return np.sum(mask * (y_true - y_pred) ** 2, axis=1)


def whole_batch(y_true, y_pred):
    mask = y_true != 0
    return ((y_true - y_pred)[mask] ** 2).mean()


def zero_by_zero(y_true, y_pred):
    mask = y_true != 0
    with np.errstate(invalid="ignore", divide="ignore"):
        return (mask * (y_true - y_pred) ** 2).sum(axis=1) / mask.sum(axis=1)


def masked_by_loop(y_true, y_pred):
    losses = []
    for truth, guess in zip(y_true, y_pred, strict=True):
        squared = [(t - g) ** 2 for t, g in zip(truth, guess, strict=True) if t]
        losses.append(sum(squared) / len(squared) if squared else 0.0)
    return losses


def masked_by_keras(y_true, y_pred):
    from course_utils.models.losses import masked_mse

    return masked_mse(y_true.astype("float32"), y_pred.astype("float32"))


# --- masked_rmse_clip


def forgot_to_clip(y_true, y_pred, low, high):
    mask = y_true != 0
    return np.sqrt((mask * (y_true - y_pred) ** 2).sum(1) / mask.sum(1))


def clipped_both(y_true, y_pred, low, high):
    y_true, y_pred = np.clip(y_true, low, high), np.clip(y_pred, low, high)
    mask = y_true != 0
    return np.sqrt((mask * (y_true - y_pred) ** 2).sum(1) / np.maximum(mask.sum(1), 1))


def forgot_the_root(y_true, y_pred, low, high):
    mask = y_true != 0
    return (mask * (y_true - np.clip(y_pred, low, high)) ** 2).sum(1) / mask.sum(1)


def clip_by_loop(y_true, y_pred, low, high):
    scores = []
    for truth, guess in zip(y_true, y_pred, strict=True):
        squared = [
            (t - min(max(g, low), high)) ** 2 for t, g in zip(truth, guess, strict=True) if t
        ]
        scores.append((sum(squared) / max(len(squared), 1)) ** 0.5)
    return scores


def clip_by_nan(y_true, y_pred, low, high):
    truth = np.where(y_true == 0, np.nan, y_true).astype("float32")
    return np.sqrt(np.nanmean((truth - y_pred.clip(low, high)) ** 2, axis=1))


# --- read_ratings


def read_sum(movies, residuals, how, who):
    total = np.zeros(how.shape[1])
    for movie, residual in zip(movies, residuals, strict=True):
        total = total + residual * how[movie] + who[movie]
    return total


def read_mean(movies, residuals, how, who):
    if len(movies) == 0:
        return np.zeros(how.shape[1])
    return (residuals[:, None] * how[movies] + who[movies]).mean(axis=0)


def read_stars_only(movies, residuals, how, who):
    return (residuals[:, None] * how[movies]).sum(axis=0) / max(len(movies), 1) ** 0.5


def read_of_everybody(movies, residuals, how, who):
    vector = residuals @ how[movies] + np.sum(who, axis=0)
    return vector / np.sqrt(len(movies) or 1)


def read_zero_by_zero(movies, residuals, how, who):
    with np.errstate(invalid="ignore", divide="ignore"):
        return read_sum(movies, residuals, how, who) / np.sqrt(len(movies))


def read_by_loop(movies, residuals, how, who):
    return read_sum(movies, residuals, how, who) / max(1, len(movies)) ** 0.5


def read_by_matrix(movies, residuals, how, who):
    row = sparse.csr_matrix((residuals, (np.zeros_like(movies), movies)), (1, len(how)))
    seen = sparse.csr_matrix((np.ones(len(movies)), (np.zeros_like(movies), movies)), (1, len(how)))
    return ((row @ how + seen @ who) / np.sqrt(len(movies) or 1))[0].astype("float32")


WRONG = [
    ("filled_rows", "transposed", movies_as_rows),
    ("filled_rows", "whole_numbers", integers),
    ("filled_rows", "overall_average", one_average_for_all),
    ("filled_rows", "average_with_gaps", average_of_the_whole_row),
    ("filled_rows", "average_everywhere", average_over_the_ratings),
    ("masked_mse", "all_cells", every_cell),
    ("masked_mse", "divides_by_columns", mean_over_columns),
    ("masked_mse", "sum", only_the_sum),
    ("masked_mse", "one_number", whole_batch),
    ("masked_mse", "divides_by_zero", zero_by_zero),
    ("masked_rmse_clip", "not_clipped", forgot_to_clip),
    ("masked_rmse_clip", "clips_truth", clipped_both),
    ("masked_rmse_clip", "no_root", forgot_the_root),
    ("keras_l2", "unscaled", lambda lam, n_rows: 0.5 * lam),
    ("keras_l2", "no_half", lambda lam, n_rows: lam / n_rows),
    ("keras_l2", "multiplied", lambda lam, n_rows: 0.5 * lam * n_rows),
    ("read_ratings", "no_root", read_sum),
    ("read_ratings", "mean", read_mean),
    ("read_ratings", "only_how", read_stars_only),
    ("read_ratings", "everybody", read_of_everybody),
    ("read_ratings", "divides_by_zero", read_zero_by_zero),
]

RIGHT = [
    ("filled_rows", filled_by_loop),
    ("filled_rows", filled_from_sparse),
    ("masked_mse", masked_by_loop),
    ("masked_mse", masked_by_keras),
    ("masked_rmse_clip", clip_by_loop),
    ("masked_rmse_clip", clip_by_nan),
    ("keras_l2", lambda lam, n_rows: 0.5 * lam / n_rows),
    ("read_ratings", read_by_loop),
    ("read_ratings", read_by_matrix),
]
