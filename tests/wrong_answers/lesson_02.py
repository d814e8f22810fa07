"""What learners write in lesson 02: wrong answers with the misunderstanding each shows, and right
answers written in other ways."""

import math
from collections import defaultdict

import numpy as np
import pandas as pd

# --- bias_step


def biases_without_reg(users, movies, ratings, reg):
    table = pd.DataFrame({"u": users, "i": movies, "r": ratings})
    mean = table["r"].mean()
    b_user = (table["r"] - mean).groupby(table["u"]).mean()
    rest = table["r"] - mean - table["u"].map(b_user)
    return mean, b_user.to_numpy(), rest.groupby(table["i"]).mean().to_numpy()


def biases_fitted_apart(users, movies, ratings, reg):
    mean = np.mean(ratings)
    deviation = ratings - mean

    def bias(index):
        return np.array(
            [
                deviation[index == k].sum() / ((index == k).sum() + reg)
                for k in range(index.max() + 1)
            ]
        )

    return mean, bias(users), bias(movies)


def biases_of_whole_ratings(users, movies, ratings, reg):
    b_user = np.zeros(users.max() + 1)
    b_movie = np.zeros(movies.max() + 1)
    for k in range(len(b_user)):
        b_user[k] = ratings[users == k].sum() / ((users == k).sum() + reg)
    for k in range(len(b_movie)):
        b_movie[k] = ratings[movies == k].sum() / ((movies == k).sum() + reg)
    return ratings.mean(), b_user, b_movie


def biases_scaled(users, movies, ratings, reg):
    mean = ratings.mean()
    n_users, n_movies = np.bincount(users), np.bincount(movies)
    b_user = np.bincount(users, ratings - mean) / (n_users + n_users * reg)
    left = ratings - (mean + b_user[users])
    return mean, b_user, np.bincount(movies, left) / (n_movies + n_movies * reg)


def biases_by_loop(users, movies, ratings, reg):
    mean = sum(ratings) / len(ratings)
    total, count = defaultdict(float), defaultdict(int)
    for user, stars in zip(users, ratings, strict=True):
        total[user] += stars - mean
        count[user] += 1
    b_user = [total[k] / (count[k] + reg) for k in range(max(users) + 1)]
    total, count = defaultdict(float), defaultdict(int)
    for user, movie, stars in zip(users, movies, ratings, strict=True):
        total[movie] += stars - mean - b_user[user]
        count[movie] += 1
    return mean, b_user, [total[k] / (count[k] + reg) for k in range(max(movies) + 1)]


def biases_in_float32(users, movies, ratings, reg):
    ratings = ratings.astype("float32")
    mean = ratings.mean()
    b_user = (np.bincount(users, ratings - mean) / (np.bincount(users) + reg)).astype("float32")
    rest = ratings - mean - b_user[users]
    return mean, b_user, (np.bincount(movies, rest) / (np.bincount(movies) + reg)).astype("float32")


# --- per_user_rmse


def rmse_of_everything(users, y_true, y_pred):
    return np.sqrt(((y_true - y_pred) ** 2).mean())


def root_after_the_mean(users, y_true, y_pred):
    mse = [((y_true - y_pred)[users == u] ** 2).mean() for u in np.unique(users)]
    return np.sqrt(np.mean(mse))


def forgot_the_root(users, y_true, y_pred):
    table = pd.DataFrame({"user": users, "squared": (y_true - y_pred) ** 2})
    return table.groupby("user")["squared"].mean().mean()


def absolute_errors(users, y_true, y_pred):
    return np.mean([np.abs(y_true - y_pred)[users == u].mean() for u in set(users)])


def every_id_up_to_the_largest(users, y_true, y_pred):
    total = 0.0
    for user in range(users.max() + 1):
        mine = users == user
        squared = (y_true[mine] - y_pred[mine]) ** 2
        total += np.sqrt(squared.sum() / max(mine.sum(), 1))
    return total / (users.max() + 1)


def per_user_by_loop(users, y_true, y_pred):
    errors = defaultdict(list)
    for user, truth, guess in zip(users, y_true, y_pred, strict=True):
        errors[user].append((truth - guess) ** 2)
    return sum(math.sqrt(sum(e) / len(e)) for e in errors.values()) / len(errors)


def per_user_as_array(users, y_true, y_pred):
    squared = pd.Series((y_true - y_pred) ** 2, dtype="float32")
    return np.array(np.sqrt(squared.groupby(users).mean()).mean())


# --- sigmoid_range


def starts_at_zero(score, low, high):
    return 1 / (1 + np.exp(-score)) * (high - low)


def up_to_high(score, low, high):
    sigmoid = 1 / (1 + np.exp(-score))
    return sigmoid * high


def above_high(score, low, high):
    return high / (1 + np.exp(-score)) + low


def cut_off(score, low, high):
    return np.minimum(np.maximum(score, low), high)


def range_by_tanh(score, low, high):
    return low + (high - low) * (np.tanh(score / 2) + 1) / 2


def range_by_keras(score, low, high):
    from keras import ops

    return low + (high - low) * ops.sigmoid(ops.cast(score, "float32"))


# --- honest_choice


def smallest_test(validation, test):
    return np.min(test)


def best_epoch_of_best_run(validation, test):
    run = validation.min(axis=1).argmin()
    return min(test[run])


def reports_validation(validation, test):
    return np.amin(validation)


def end_of_best_run(validation, test):
    best_run = np.argmin([min(run) for run in validation])
    return test[best_run][-1]


def choice_by_loop(validation, test):
    best, chosen = float("inf"), None
    for run in range(len(validation)):
        for epoch in range(len(validation[run])):
            if validation[run][epoch] < best:
                best, chosen = validation[run][epoch], test[run][epoch]
    return chosen


def choice_by_mask(validation, test):
    return test[validation == validation.min()]


WRONG = [
    ("bias_step", "unshrunk", biases_without_reg),
    ("bias_step", "not_alternating", biases_fitted_apart),
    ("bias_step", "raw_ratings", biases_of_whole_ratings),
    ("bias_step", "scaled_by_reg", biases_scaled),
    ("per_user_rmse", "global_rmse", rmse_of_everything),
    ("per_user_rmse", "root_of_mean_mse", root_after_the_mean),
    ("per_user_rmse", "no_root", forgot_the_root),
    ("per_user_rmse", "mean_absolute", absolute_errors),
    ("per_user_rmse", "counts_missing_users", every_id_up_to_the_largest),
    ("sigmoid_range", "no_offset", starts_at_zero),
    ("sigmoid_range", "only_high", up_to_high),
    ("sigmoid_range", "low_plus_high", above_high),
    ("sigmoid_range", "clip", cut_off),
    ("honest_choice", "best_test", smallest_test),
    ("honest_choice", "best_epoch_by_test", best_epoch_of_best_run),
    ("honest_choice", "validation_score", reports_validation),
    ("honest_choice", "last_epoch", end_of_best_run),
]

RIGHT = [
    ("bias_step", biases_by_loop),
    ("bias_step", biases_in_float32),
    ("per_user_rmse", per_user_by_loop),
    ("per_user_rmse", per_user_as_array),
    ("sigmoid_range", range_by_tanh),
    ("sigmoid_range", range_by_keras),
    ("honest_choice", choice_by_loop),
    ("honest_choice", choice_by_mask),
]
