"""What learners write in lesson 02: wrong answers with the misunderstanding each shows, and right
answers written in other ways."""

import math
from collections import defaultdict

import keras
import numpy as np
import pandas as pd
from keras import layers, ops

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


def no_entry_for_the_absent(users, movies, ratings, reg):
    table = pd.DataFrame({"u": users, "i": movies, "r": ratings})
    mean = table["r"].mean()
    table["d"] = table["r"] - mean
    user = table.groupby("u")["d"].agg(["sum", "count"])
    b_user = user["sum"] / (user["count"] + reg)
    table["d"] -= table["u"].map(b_user)
    movie = table.groupby("i")["d"].agg(["sum", "count"])
    return mean, b_user.to_numpy(), (movie["sum"] / (movie["count"] + reg)).to_numpy()


def only_those_that_occur(users, movies, ratings, reg):
    mean = ratings.mean()
    _, u = np.unique(users, return_inverse=True)
    _, i = np.unique(movies, return_inverse=True)
    b_user = np.bincount(u, ratings - mean) / (np.bincount(u) + reg)
    b_movie = np.bincount(i, ratings - mean - b_user[u]) / (np.bincount(i) + reg)
    return mean, b_user, b_movie


def mean_of_the_users_means(users, movies, ratings, reg):
    mean = pd.Series(ratings).groupby(users).mean().mean()
    b_user = np.bincount(users, ratings - mean) / (np.bincount(users) + reg)
    b_movie = np.bincount(movies, ratings - mean - b_user[users]) / (np.bincount(movies) + reg)
    return mean, b_user, b_movie


def movies_before_users(users, movies, ratings, reg):
    mean = ratings.mean()
    b_movie = np.bincount(movies, ratings - mean) / (np.bincount(movies) + reg)
    b_user = np.bincount(users, ratings - mean - b_movie[movies]) / (np.bincount(users) + reg)
    return mean, b_user, b_movie


def mean_left_in_for_movies(users, movies, ratings, reg):
    mean = ratings.mean()
    b_user = np.bincount(users, ratings - mean) / (np.bincount(users) + reg)
    b_movie = np.bincount(movies, ratings - b_user[users]) / (np.bincount(movies) + reg)
    return mean, b_user, b_movie


def bias_added_not_taken_away(users, movies, ratings, reg):
    mean = ratings.mean()
    b_user = np.bincount(users, ratings - mean) / (np.bincount(users) + reg)
    b_movie = np.bincount(movies, ratings - mean + b_user[users]) / (np.bincount(movies) + reg)
    return mean, b_user, b_movie


def bias_without_index(users, movies, ratings, reg):
    mean = ratings.mean()
    b_user = np.bincount(users, ratings - mean) / (np.bincount(users) + reg)
    b_movie = np.bincount(movies, ratings - mean - b_user) / (np.bincount(movies) + reg)
    return mean, b_user, b_movie


def user_bias_looked_up_by_movie(users, movies, ratings, reg):
    mean = ratings.mean()
    b_user = np.bincount(users, ratings - mean) / (np.bincount(users) + reg)
    padded = np.pad(b_user, (0, max(0, movies.max() + 1 - len(b_user))))
    b_movie = np.bincount(movies, ratings - mean - padded[movies]) / (np.bincount(movies) + reg)
    return mean, b_user, b_movie


def handed_back_in_the_other_order(users, movies, ratings, reg):
    mean = ratings.mean()
    b_user = np.bincount(users, ratings - mean) / (np.bincount(users) + reg)
    b_movie = np.bincount(movies, ratings - mean - b_user[users]) / (np.bincount(movies) + reg)
    return mean, b_movie, b_user


def mean_not_returned(users, movies, ratings, reg):
    mean = ratings.mean()
    b_user = np.bincount(users, ratings - mean) / (np.bincount(users) + reg)
    b_movie = np.bincount(movies, ratings - mean - b_user[users]) / (np.bincount(movies) + reg)
    return b_user, b_movie


def brackets_around_count_missing(users, movies, ratings, reg):
    mean = ratings.mean()
    b_user = np.bincount(users, ratings - mean) / np.maximum(np.bincount(users), 1) + reg
    rest = ratings - mean - b_user[users]
    b_movie = np.bincount(movies, rest) / np.maximum(np.bincount(movies), 1) + reg
    return mean, b_user, b_movie


def sums_alone(users, movies, ratings, reg):
    mean = ratings.mean()
    b_user = np.bincount(users, ratings - mean)
    return mean, b_user, np.bincount(movies, ratings - mean - b_user[users])


def movies_unshrunk(users, movies, ratings, reg):
    mean = ratings.mean()
    b_user = np.bincount(users, ratings - mean) / (np.bincount(users) + reg)
    rest = np.bincount(movies, ratings - mean - b_user[users])
    return mean, b_user, rest / np.maximum(np.bincount(movies), 1)


def counts_minus_reg(users, movies, ratings, reg):
    mean = ratings.mean()
    b_user = np.bincount(users, ratings - mean) / (np.bincount(users) - reg + 1e-9)
    rest = ratings - mean - b_user[users]
    return mean, b_user, np.bincount(movies, rest) / (np.bincount(movies) - reg + 1e-9)


def a_second_turn(users, movies, ratings, reg):
    mean, b_movie = ratings.mean(), np.zeros(movies.max() + 1)
    for _ in range(2):
        rest = ratings - mean - b_movie[movies]
        b_user = np.bincount(users, rest) / (np.bincount(users) + reg)
        rest = ratings - mean - b_user[users]
        b_movie = np.bincount(movies, rest) / (np.bincount(movies) + reg)
    return mean, b_user, b_movie


def user_means_not_deviations(users, movies, ratings, reg):
    mean = ratings.mean()
    b_user = np.bincount(users, ratings) / (np.bincount(users) + reg)
    b_movie = np.bincount(movies, ratings - mean - b_user[users]) / (np.bincount(movies) + reg)
    return mean, b_user, b_movie


def shrunk_then_centred(users, movies, ratings, reg):
    mean = ratings.mean()
    b_user = np.bincount(users, ratings) / (np.bincount(users) + reg) - mean
    rest = ratings - mean - b_user[users]
    return mean, b_user, np.bincount(movies, rest) / (np.bincount(movies) + reg)


def one_entry_a_rating(users, movies, ratings, reg):
    table = pd.DataFrame({"u": users, "i": movies, "d": ratings - ratings.mean()})
    user = table.groupby("u")["d"]
    b_user = user.transform("sum") / (user.transform("count") + reg)
    table["rest"] = table["d"] - b_user
    movie = table.groupby("i")["rest"]
    b_movie = movie.transform("sum") / (movie.transform("count") + reg)
    return ratings.mean(), b_user.to_numpy(), b_movie.to_numpy()


def written_one_over_the_other(users, movies, ratings, reg):
    mean = ratings.mean()
    b_user, b_movie = np.zeros(users.max() + 1), np.zeros(movies.max() + 1)
    b_user[users] += ratings - mean  # the last rating of each user alone
    b_user /= np.bincount(users) + reg
    b_movie[movies] += ratings - mean - b_user[users]
    return mean, b_user, b_movie / (np.bincount(movies) + reg)


def a_median(users, movies, ratings, reg):
    mean = np.median(ratings)
    b_user = np.bincount(users, ratings - mean) / (np.bincount(users) + reg)
    b_movie = np.bincount(movies, ratings - mean - b_user[users]) / (np.bincount(movies) + reg)
    return mean, b_user, b_movie


def a_dict_of_biases(users, movies, ratings, reg):
    mean = ratings.mean()
    b_user = np.bincount(users, ratings - mean) / (np.bincount(users) + reg)
    b_movie = np.bincount(movies, ratings - mean - b_user[users]) / (np.bincount(movies) + reg)
    return {"mean": mean, "b_user": b_user, "b_movie": b_movie}


def nan_for_the_absent(users, movies, ratings, reg):
    mean = ratings.mean()
    user = pd.Series(ratings - mean).groupby(users).agg(["sum", "count"])
    b_user = (user["sum"] / (user["count"] + reg)).reindex(range(users.max() + 1)).to_numpy()
    movie = pd.Series(ratings - mean - b_user[users]).groupby(movies).agg(["sum", "count"])
    b_movie = (movie["sum"] / (movie["count"] + reg)).reindex(range(movies.max() + 1))
    return mean, b_user, b_movie.to_numpy()


def biases_by_pandas(users, movies, ratings, reg):
    mean = ratings.mean()

    def bias(index, values):
        own = pd.Series(values).groupby(index).agg(["sum", "count"])
        return (own["sum"] / (own["count"] + reg)).reindex(range(index.max() + 1), fill_value=0)

    b_user = bias(users, ratings - mean)
    return mean, b_user, bias(movies, ratings - mean - b_user[users].to_numpy())


def biases_by_add_at(users, movies, ratings, reg):
    mean = np.average(ratings)
    b_user, n_user = np.zeros(users.max() + 1), np.full(users.max() + 1, float(reg))
    np.add.at(b_user, users, ratings - mean)
    np.add.at(n_user, users, 1)
    b_user /= n_user
    b_movie, n_movie = np.zeros(movies.max() + 1), np.full(movies.max() + 1, float(reg))
    np.add.at(b_movie, movies, ratings - mean - b_user[users])
    np.add.at(n_movie, movies, 1)
    return [mean, b_user, b_movie / n_movie]


def biases_by_sparse(users, movies, ratings, reg):
    from scipy import sparse

    mean, one = ratings.mean(), np.ones(len(ratings))
    rows = np.arange(len(ratings))
    by_user = sparse.csr_matrix((one, (users, rows)))
    by_movie = sparse.csr_matrix((one, (movies, rows)))
    b_user = by_user @ (ratings - mean) / (np.asarray(by_user.sum(axis=1)).ravel() + reg)
    rest = ratings - mean - by_user.T @ b_user
    return mean, b_user, by_movie @ rest / (np.asarray(by_movie.sum(axis=1)).ravel() + reg)


def biases_by_mask(users, movies, ratings, reg):
    mean = ratings.mean()
    b_user = np.zeros(max(users) + 1)
    for user in set(users.tolist()):
        mine = users == user
        b_user[user] = (ratings[mine] - mean).sum() / (mine.sum() + reg)
    b_movie = np.zeros(max(movies) + 1)
    for movie in set(movies.tolist()):
        its = movies == movie
        b_movie[movie] = (ratings[its] - mean - b_user[users[its]]).sum() / (its.sum() + reg)
    return mean, b_user, b_movie


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


def split_where_the_user_changes(users, y_true, y_pred):
    parts = np.split((y_true - y_pred) ** 2, np.flatnonzero(np.diff(users)) + 1)
    return np.mean([np.sqrt(part.mean()) for part in parts])


def neighbours_joined(users, y_true, y_pred):
    from itertools import groupby

    rows = zip(users, y_true, y_pred, strict=True)
    roots = []
    for _, group in groupby(rows, key=lambda row: row[0]):
        squared = [(t - p) ** 2 for _, t, p in group]
        roots.append(math.sqrt(sum(squared) / len(squared)))
    return sum(roots) / len(roots)


def sum_of_squares_a_user(users, y_true, y_pred):
    return np.sqrt(pd.Series((y_true - y_pred) ** 2).groupby(users).sum()).mean()


def users_added_up(users, y_true, y_pred):
    return np.sqrt(pd.Series((y_true - y_pred) ** 2).groupby(users).mean()).sum()


def divided_by_all_ratings(users, y_true, y_pred):
    return np.sqrt(pd.Series((y_true - y_pred) ** 2).groupby(users).mean()).sum() / len(users)


def weighted_by_ratings(users, y_true, y_pred):
    user = pd.Series((y_true - y_pred) ** 2).groupby(users).agg(["mean", "count"])
    return np.average(np.sqrt(user["mean"]), weights=user["count"])


def median_of_users(users, y_true, y_pred):
    return np.sqrt(pd.Series((y_true - y_pred) ** 2).groupby(users).mean()).median()


def one_rmse_for_each(users, y_true, y_pred):
    return np.sqrt(pd.Series((y_true - y_pred) ** 2).groupby(users).mean())


def returns_inside_the_loop(users, y_true, y_pred):
    roots = []
    for user in np.unique(users):
        roots.append(np.sqrt(((y_true - y_pred)[users == user] ** 2).mean()))
        return np.mean(roots)


def spread_of_the_errors(users, y_true, y_pred):
    return pd.Series(y_true - y_pred).groupby(users).std(ddof=0).mean()


def mean_error_then_squared(users, y_true, y_pred):
    return np.sqrt(pd.Series(y_true - y_pred).groupby(users).mean() ** 2).mean()


def users_counted_from_zero(users, y_true, y_pred):
    roots = []
    for user in range(len(np.unique(users))):
        mine = (y_true - y_pred)[users == user]
        roots.append(np.sqrt((mine**2).sum() / max(len(mine), 1)))
    return np.mean(roots)


def divided_by_the_largest_number(users, y_true, y_pred):
    return np.sqrt(pd.Series((y_true - y_pred) ** 2).groupby(users).mean()).sum() / users.max()


def error_of_the_users_means(users, y_true, y_pred):
    table = pd.DataFrame({"u": users, "t": y_true, "p": y_pred}).groupby("u").mean()
    return np.sqrt(((table["t"] - table["p"]) ** 2).mean())


def predictions_clipped(users, y_true, y_pred):
    errors = y_true - np.clip(y_pred, 1, 5)
    return np.sqrt(pd.Series(errors**2).groupby(users).mean()).mean()


def predictions_rounded(users, y_true, y_pred):
    errors = y_true - np.round(y_pred)
    return np.sqrt(pd.Series(errors**2).groupby(users).mean()).mean()


def root_of_the_absolute(users, y_true, y_pred):
    return np.sqrt(pd.Series(np.abs(y_true - y_pred)).groupby(users).mean()).mean()


def unbiased(users, y_true, y_pred):
    own = pd.Series((y_true - y_pred) ** 2).groupby(users).agg(["sum", "count"])
    return np.sqrt(own["sum"] / (own["count"] - 1).clip(lower=1)).mean()


def first_and_last_argument_swapped(users, y_true, y_pred):
    return np.sqrt(pd.Series((users - y_true) ** 2).groupby(y_pred).mean()).mean()


def forgets_who_has_one_rating(users, y_true, y_pred):
    own = pd.Series((y_true - y_pred) ** 2).groupby(users).agg(["mean", "count"])
    return np.sqrt(own["mean"][own["count"] > 1]).mean()


def star_forgotten(users, y_true, y_pred):
    return np.sqrt(pd.Series((y_true - y_pred) * 2).groupby(users).mean()).mean()


def per_user_by_bincount(users, y_true, y_pred):
    _, place, count = np.unique(users, return_inverse=True, return_counts=True)
    total = np.bincount(place, (np.asarray(y_true) - np.asarray(y_pred)) ** 2)
    return np.sqrt(total / count).mean()


def per_user_by_sorting(users, y_true, y_pred):
    order = np.argsort(users, kind="stable")
    squared = ((y_true - y_pred) ** 2)[order]
    starts = np.flatnonzero(np.r_[True, np.diff(users[order]) != 0])
    counts = np.diff(np.r_[starts, len(order)])
    return float(np.mean(np.sqrt(np.add.reduceat(squared, starts) / counts)))


def per_user_by_apply(users, y_true, y_pred):
    table = pd.DataFrame({"user": users, "error": y_true - y_pred})
    return table.groupby("user")["error"].apply(lambda e: (e**2).mean() ** 0.5).mean()


def per_user_by_mask(users, y_true, y_pred):
    roots = []
    for user in np.unique(users):
        roots.append(
            np.linalg.norm((y_true - y_pred)[users == user]) / (users == user).sum() ** 0.5
        )
    return np.mean(roots)


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
    return low + (high - low) * (ops.tanh(score / 2) + 1) / 2


def range_by_keras(score, low, high):
    return low + (high - low) * ops.sigmoid(ops.cast(score, "float32"))


def sigmoid_alone(score, low, high):
    return 1 / (1 + np.exp(-score))


def sign_in_the_exponent(score, low, high):
    return low + (high - low) / (1 + np.exp(score))


def one_to_five(score, low, high):
    return 1 + 4 / (1 + np.exp(-score))


def linear(score, low, high):
    return low + (high - low) * score


def stretched_from_min_to_max(score, low, high):
    return low + (high - low) * (score - score.min()) / (score.max() - score.min())


def both_ends_added(score, low, high):
    return (high + low) / (1 + np.exp(-score))


def brackets_around_the_width_missing(score, low, high):
    return low + high - low / (1 + np.exp(-score))


def brackets_below_missing(score, low, high):
    return low + (high - low) / 1 + np.exp(-score)


def tanh_as_it_is(score, low, high):
    return low + (high - low) * np.tanh(score)


def tanh_around_the_middle(score, low, high):
    return (low + high) / 2 + (high - low) * np.tanh(score / 2)


def tanh_too_steep(score, low, high):
    return (low + high) / 2 + (high - low) / 2 * np.tanh(score)


def ends_exchanged(score, low, high):
    return high + (low - high) / (1 + np.exp(-score))


def half_stars_only(score, low, high):
    return np.round(2 * (low + (high - low) / (1 + np.exp(-score)))) / 2


def shifted_to_the_middle(score, low, high):
    return low + (high - low) / (1 + np.exp(-(score - (low + high) / 2)))


def softmax(score, low, high):
    share = np.exp(score - score.max())
    return low + (high - low) * share / share.sum()


def two_to_the_power(score, low, high):
    return low + (high - low) / (1 + 2.0**-score)


def one_number_at_a_time(score, low, high):
    return low + (high - low) / (1 + math.exp(-score))


def flattened(score, low, high):
    return np.array([low + (high - low) / (1 + np.exp(-x)) for x in score.ravel()])


def low_twice(score, low, high):
    return low + high / (1 + np.exp(-score)) - low


def low_taken_away(score, low, high):
    return (high - low) / (1 + np.exp(-score)) - low


def relu_then_capped(score, low, high):
    return np.minimum(high, low + np.maximum(score, 0))


def width_left_out(score, low, high):
    return low + 1 / (1 + np.exp(-score))


def whole_stars(score, low, high):
    return (low + (high - low) / (1 + np.exp(-score))).astype(int)


def range_by_expit(score, low, high):
    from scipy.special import expit

    return expit(score) * (high - low) + low


def range_in_numpy(score, low, high):
    return low + (high - low) / (1 + np.exp(-score))


def range_by_activation(score, low, high):
    return keras.activations.sigmoid(score) * (high - low) + low


def range_by_exp(score, low, high):
    return low + (high - low) / (1 + ops.exp(-score))


def range_by_layer(score, low, high):
    return layers.Activation("sigmoid")(score) * (high - low) + low


def range_by_weights(score, low, high):
    share = ops.sigmoid(score)
    return ops.add(ops.multiply(1 - share, low), ops.multiply(share, high))


# --- dot_network


def index_inputs(one=False):
    shape = (1,) if one else ()
    user = keras.Input(shape, dtype="int32", name="user")
    return user, keras.Input(shape, dtype="int32", name="movie")


def product_by_dot(n_users, n_movies, dim):
    user, movie = index_inputs()
    p, q = layers.Embedding(n_users, dim)(user), layers.Embedding(n_movies, dim)(movie)
    return keras.Model([user, movie], layers.Dot(axes=1)([p, q]))


def product_of_tables_of_one_row(n_users, n_movies, dim):
    user, movie = index_inputs(one=True)
    p = layers.Embedding(n_users, dim, name="p")(user)
    q = layers.Embedding(n_movies, dim, name="q")(movie)
    stars = layers.Flatten()(layers.Dot(axes=2)([p, q]))
    return keras.Model(inputs=[user, movie], outputs=stars)


def product_flattened_first(n_users, n_movies, dim):
    user, movie = index_inputs(one=True)
    p = layers.Flatten()(layers.Embedding(n_users, dim)(user))
    q = layers.Flatten()(layers.Embedding(n_movies, dim)(movie))
    return keras.Model([user, movie], layers.dot([p, q], axes=-1))


def product_by_ops(n_users, n_movies, dim):
    user, movie = index_inputs()
    q = layers.Embedding(n_movies, dim)(movie)  # the movie first
    p = layers.Embedding(n_users, dim)(user)
    return keras.Model([user, movie], ops.sum(p * q, axis=-1, keepdims=True))


def product_by_multiply(n_users, n_movies, dim):
    user, movie = index_inputs()
    p, q = layers.Embedding(n_users, dim)(user), layers.Embedding(n_movies, dim)(movie)
    both = layers.Multiply()([p, q])
    total = layers.Lambda(lambda x: ops.sum(x, axis=1, keepdims=True))(both)
    return keras.Model([user, movie], total)


def product_subclassed(n_users, n_movies, dim):
    class Product(keras.Model):
        def __init__(self):
            super().__init__()
            self.p, self.q = layers.Embedding(n_users, dim), layers.Embedding(n_movies, dim)

        def call(self, pair):
            user, movie = pair
            return ops.sum(self.p(user) * self.q(movie), axis=-1, keepdims=True)

    return Product()


def product_with_a_start(n_users, n_movies, dim):
    user, movie = index_inputs()
    start = keras.initializers.RandomNormal(stddev=0.1)
    p = layers.Embedding(n_users, dim, embeddings_initializer=start)(user)
    q = layers.Embedding(n_movies, dim, embeddings_initializer="normal")(movie)
    return keras.Model([user, movie], layers.Dot(axes=(1, 1))([p, q]))


def vectors(n_users, n_movies, dim, **options):
    user, movie = index_inputs()
    p = layers.Embedding(n_users, dim, **options)(user)
    return user, movie, p, layers.Embedding(n_movies, dim, **options)(movie)


def inputs_exchanged(n_users, n_movies, dim):
    user, movie, p, q = vectors(n_users, n_movies, dim)
    return keras.Model([movie, user], layers.Dot(axes=-1)([p, q]))


def tables_exchanged(n_users, n_movies, dim):
    user, movie, p, q = vectors(n_movies, n_users, dim)
    return keras.Model([user, movie], layers.Dot(axes=-1)([p, q]))


def normalised(n_users, n_movies, dim):
    user, movie, p, q = vectors(n_users, n_movies, dim)
    return keras.Model([user, movie], layers.Dot(axes=-1, normalize=True)([p, q]))


def multiplied_only(n_users, n_movies, dim):
    user, movie, p, q = vectors(n_users, n_movies, dim)
    return keras.Model([user, movie], layers.Multiply()([p, q]))


def vectors_added(n_users, n_movies, dim):
    user, movie, p, q = vectors(n_users, n_movies, dim)
    return keras.Model([user, movie], layers.Add()([p, q]))


def vectors_joined(n_users, n_movies, dim):
    user, movie, p, q = vectors(n_users, n_movies, dim)
    return keras.Model([user, movie], layers.Concatenate()([p, q]))


def joined_and_dense(n_users, n_movies, dim):
    user, movie, p, q = vectors(n_users, n_movies, dim)
    return keras.Model([user, movie], layers.Dense(1)(layers.Concatenate()([p, q])))


def mean_of_the_products(n_users, n_movies, dim):
    user, movie, p, q = vectors(n_users, n_movies, dim)
    return keras.Model([user, movie], ops.mean(p * q, axis=-1, keepdims=True))


def last_axis_summed_away(n_users, n_movies, dim):
    user, movie, p, q = vectors(n_users, n_movies, dim)
    return keras.Model([user, movie], ops.sum(p * q, axis=-1))


def an_axis_left_over(n_users, n_movies, dim):
    user, movie = index_inputs(one=True)
    p, q = layers.Embedding(n_users, dim)(user), layers.Embedding(n_movies, dim)(movie)
    return keras.Model([user, movie], layers.Dot(axes=-1)([p, q]))


def axes_of_the_row(n_users, n_movies, dim):
    user, movie = index_inputs(one=True)
    p, q = layers.Embedding(n_users, dim)(user), layers.Embedding(n_movies, dim)(movie)
    return keras.Model([user, movie], layers.Dot(axes=1)([p, q]))


def squeezed_by_sigmoid(n_users, n_movies, dim):
    user, movie, p, q = vectors(n_users, n_movies, dim)
    return keras.Model([user, movie], layers.Activation("sigmoid")(layers.Dot(axes=-1)([p, q])))


def dense_after_the_product(n_users, n_movies, dim):
    user, movie, p, q = vectors(n_users, n_movies, dim)
    return keras.Model([user, movie], layers.Dense(1)(layers.Dot(axes=-1)([p, q])))


def one_table_for_both(n_users, n_movies, dim):
    user, movie = index_inputs()
    table = layers.Embedding(n_users, dim)
    return keras.Model([user, movie], layers.Dot(axes=-1)([table(user), table(movie)]))


def a_row_for_zero(n_users, n_movies, dim):
    return product_by_dot(n_users + 1, n_movies + 1, dim)


def hundred_factors(n_users, n_movies, dim):
    return product_by_dot(n_users, n_movies, 100)


def vectors_dropped(n_users, n_movies, dim):
    user, movie, p, q = vectors(n_users, n_movies, dim)
    p, q = layers.Dropout(0.1)(p), layers.Dropout(0.1)(q)
    return keras.Model([user, movie], layers.Dot(axes=-1)([p, q]))


def tables_held_back(n_users, n_movies, dim):
    user, movie, p, q = vectors(n_users, n_movies, dim, embeddings_regularizer="l2")
    return keras.Model([user, movie], layers.Dot(axes=-1)([p, q]))


def biases_too_early(n_users, n_movies, dim):
    user, movie, p, q = vectors(n_users, n_movies, dim)
    b_user, b_movie = layers.Embedding(n_users, 1)(user), layers.Embedding(n_movies, 1)(movie)
    stars = layers.Add()([layers.Dot(axes=-1)([p, q]), b_user, b_movie])
    return keras.Model([user, movie], stars)


def rows_and_factors_exchanged(n_users, n_movies, dim):
    user, movie = index_inputs()
    p, q = layers.Embedding(dim, n_users)(user), layers.Embedding(dim, n_users)(movie)
    return keras.Model([user, movie], layers.Dot(axes=-1)([p, q]))


def only_the_output(n_users, n_movies, dim):
    *_, p, q = vectors(n_users, n_movies, dim)
    return layers.Dot(axes=-1)([p, q])


# --- biased_dot_network


def four_parts(n_users, n_movies, dim, thin=1, **options):
    user, movie, p, q = vectors(n_users, n_movies, dim, **options)
    b_user, b_movie = layers.Embedding(n_users, thin)(user), layers.Embedding(n_movies, thin)(movie)
    return [user, movie], layers.Dot(axes=-1)([p, q]), b_user, b_movie


def sum_with_plus(n_users, n_movies, dim, mean):
    inputs, score, b_user, b_movie = four_parts(n_users, n_movies, dim)
    return keras.Model(inputs, score + b_user + b_movie + mean)


def sum_with_add(n_users, n_movies, dim, mean):
    inputs, *parts = four_parts(n_users, n_movies, dim)
    return keras.Model(inputs, layers.Rescaling(1.0, offset=mean)(layers.Add()(parts)))


def sum_with_lambda(n_users, n_movies, dim, mean):
    inputs, *parts = four_parts(n_users, n_movies, dim)
    return keras.Model(inputs, layers.Lambda(lambda x: x + mean)(layers.add(parts)))


def biases_first(n_users, n_movies, dim, mean):
    user, movie = index_inputs(one=True)
    b_movie = layers.Flatten()(layers.Embedding(n_movies, 1, embeddings_initializer="zeros")(movie))
    b_user = layers.Flatten()(layers.Embedding(n_users, 1, embeddings_initializer="zeros")(user))
    p = layers.Flatten()(layers.Embedding(n_users, dim)(user))
    q = layers.Flatten()(layers.Embedding(n_movies, dim)(movie))
    stars = layers.Add()([b_user, b_movie, layers.Dot(axes=1)([p, q])])
    return keras.Model([user, movie], ops.add(stars, mean))


def mean_before_the_sum(n_users, n_movies, dim, mean):
    inputs, score, b_user, b_movie = four_parts(n_users, n_movies, dim)
    return keras.Model(inputs, layers.Add()([mean + score, b_user, b_movie]))


def sum_flattened_last(n_users, n_movies, dim, mean):
    user, movie = index_inputs(one=True)
    p, q = layers.Embedding(n_users, dim)(user), layers.Embedding(n_movies, dim)(movie)
    b_user, b_movie = layers.Embedding(n_users, 1)(user), layers.Embedding(n_movies, 1)(movie)
    stars = layers.Add()([layers.Dot(axes=-1)([p, q]), b_user, b_movie])
    return keras.Model([user, movie], layers.Flatten()(stars) + mean)


def sum_of_products(n_users, n_movies, dim, mean):
    user, movie, p, q = vectors(n_users, n_movies, dim)
    b_user, b_movie = layers.Embedding(n_users, 1)(user), layers.Embedding(n_movies, 1)(movie)
    score = ops.sum(layers.Multiply()([p, q]), axis=1, keepdims=True)
    return keras.Model([user, movie], ops.add(ops.add(score, b_user), b_movie) + mean)


def mean_forgotten(n_users, n_movies, dim, mean):
    inputs, *parts = four_parts(n_users, n_movies, dim)
    return keras.Model(inputs, layers.Add()(parts))


def biases_forgotten(n_users, n_movies, dim, mean):
    inputs, score, *_ = four_parts(n_users, n_movies, dim)
    return keras.Model(inputs, score + mean)


def movie_bias_forgotten(n_users, n_movies, dim, mean):
    inputs, score, b_user, _ = four_parts(n_users, n_movies, dim)
    return keras.Model(inputs, score + b_user + mean)


def user_bias_forgotten(n_users, n_movies, dim, mean):
    inputs, score, _, b_movie = four_parts(n_users, n_movies, dim)
    return keras.Model(inputs, score + b_movie + mean)


def biases_of_the_other_side(n_users, n_movies, dim, mean):
    user, movie, p, q = vectors(n_users, n_movies, dim)
    b_user, b_movie = layers.Embedding(n_users, 1)(movie), layers.Embedding(n_movies, 1)(user)
    return keras.Model([user, movie], layers.Dot(axes=-1)([p, q]) + b_user + b_movie + mean)


def movie_before_user(n_users, n_movies, dim, mean):
    (user, movie), *parts = four_parts(n_users, n_movies, dim)
    return keras.Model([movie, user], layers.Add()(parts) + mean)


def everything_multiplied(n_users, n_movies, dim, mean):
    inputs, *parts = four_parts(n_users, n_movies, dim)
    return keras.Model(inputs, layers.Multiply()(parts) + mean)


def everything_averaged(n_users, n_movies, dim, mean):
    inputs, *parts = four_parts(n_users, n_movies, dim)
    return keras.Model(inputs, layers.Average()(parts) + mean)


def biases_as_factors(n_users, n_movies, dim, mean):
    user, movie, p, q = vectors(n_users, n_movies, dim)
    b_user, b_movie = layers.Embedding(n_users, 1)(user), layers.Embedding(n_movies, 1)(movie)
    p, q = layers.Concatenate()([p, b_user]), layers.Concatenate()([q, b_movie])
    return keras.Model([user, movie], layers.Dot(axes=-1)([p, q]) + mean)


def biases_as_vectors(n_users, n_movies, dim, mean):
    inputs, *parts = four_parts(n_users, n_movies, dim, thin=dim)
    return keras.Model(inputs, layers.Add()(parts) + mean)


def bias_of_a_dense_layer(n_users, n_movies, dim, mean):
    user, movie, p, q = vectors(n_users, n_movies, dim)
    return keras.Model([user, movie], layers.Dense(1)(layers.Dot(axes=-1)([p, q]) + mean))


def parts_weighed(n_users, n_movies, dim, mean):
    inputs, *parts = four_parts(n_users, n_movies, dim)
    return keras.Model(inputs, layers.Dense(1)(layers.Concatenate()(parts)))


def dense_after_the_sum(n_users, n_movies, dim, mean):
    inputs, *parts = four_parts(n_users, n_movies, dim)
    return keras.Model(inputs, layers.Dense(1)(layers.Add()(parts) + mean))


def sum_squeezed(n_users, n_movies, dim, mean):
    inputs, *parts = four_parts(n_users, n_movies, dim)
    return keras.Model(inputs, ops.sigmoid(layers.Add()(parts) + mean))


def sum_in_range(n_users, n_movies, dim, mean):
    inputs, *parts = four_parts(n_users, n_movies, dim)
    return keras.Model(inputs, 1 + 4 * ops.sigmoid(layers.Add()(parts) + mean))


def mean_of_movielens(n_users, n_movies, dim, mean):
    inputs, *parts = four_parts(n_users, n_movies, dim)
    return keras.Model(inputs, layers.Add()(parts) + 3.5)


def biased_cosine(n_users, n_movies, dim, mean):
    user, movie, p, q = vectors(n_users, n_movies, dim)
    b_user, b_movie = layers.Embedding(n_users, 1)(user), layers.Embedding(n_movies, 1)(movie)
    score = layers.Dot(axes=-1, normalize=True)([p, q])
    return keras.Model([user, movie], layers.Add()([score, b_user, b_movie]) + mean)


def products_not_summed(n_users, n_movies, dim, mean):
    user, movie, p, q = vectors(n_users, n_movies, dim)
    b_user, b_movie = layers.Embedding(n_users, 1)(user), layers.Embedding(n_movies, 1)(movie)
    return keras.Model([user, movie], p * q + b_user + b_movie + mean)


def vectors_held_back(n_users, n_movies, dim, mean):
    inputs, *parts = four_parts(n_users, n_movies, dim, embeddings_regularizer="l2")
    return keras.Model(inputs, layers.Add()(parts) + mean)


def mean_subtracted(n_users, n_movies, dim, mean):
    inputs, *parts = four_parts(n_users, n_movies, dim)
    return keras.Model(inputs, layers.Add()(parts) - mean)


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


def run_by_its_mean(validation, test):
    run = validation.mean(axis=1).argmin()
    return test[run, validation[run].argmin()]


def epoch_by_its_mean(validation, test):
    epoch = validation.mean(axis=0).argmin()
    run = validation[:, epoch].argmin()
    return test[run, epoch]


def run_by_its_last_epoch(validation, test):
    run = validation[:, -1].argmin()
    return test[run, validation[run].argmin()]


def epoch_by_validation_run_by_test(validation, test):
    return min(test[run, validation[run].argmin()] for run in range(len(test)))


def run_by_test_epoch_by_validation(validation, test):
    run = test.min(axis=1).argmin()
    return test[run, validation[run].argmin()]


def mean_over_runs(validation, test):
    return np.mean([test[run, validation[run].argmin()] for run in range(len(test))])


def one_for_each_run(validation, test):
    return test[np.arange(len(test)), validation.argmin(axis=1)]


def largest_is_best(validation, test):
    run, epoch = np.unravel_index(np.argmax(validation), validation.shape)
    return test[run, epoch]


def place_in_the_flat_list(validation, test):
    return test[np.argmin(validation)]


def the_place_itself(validation, test):
    return np.unravel_index(np.argmin(validation), validation.shape)


def epoch_before_run(validation, test):
    run, epoch = np.unravel_index(np.argmin(validation), validation.shape)
    return test[epoch, run]


def first_run_only(validation, test):
    return test[0, validation[0].argmin()]


def roles_exchanged(validation, test):
    run, epoch = np.unravel_index(np.argmin(test), test.shape)
    return validation[run, epoch]


def gap_between_the_two(validation, test):
    run, epoch = np.unravel_index(np.argmin(np.abs(validation - test)), test.shape)
    return test[run, epoch]


def row_by_row_and_column_by_column(validation, test):
    return test[validation.min(axis=1).argmin(), validation.min(axis=0).argmax()]


def mean_of_the_curve(validation, test):
    return test[validation.min(axis=1).argmin()].mean()


def mean_of_everything(validation, test):
    return test.mean()


def last_of_all(validation, test):
    return test[-1, -1]


def best_of_the_sum(validation, test):
    run, epoch = np.unravel_index(np.argmin(validation + test), test.shape)
    return test[run, epoch]


def one_epoch_later(validation, test):
    run, epoch = np.unravel_index(np.argmin(validation), validation.shape)
    return test[run, min(epoch + 1, test.shape[1] - 1)]


def last_epoch_of_all_runs(validation, test):
    return test[validation[:, -1].argmin(), -1]


def choice_by_flattening(validation, test):
    return np.ravel(test)[np.ravel(validation).argmin()]


def choice_by_where(validation, test):
    runs, epochs = np.where(validation == np.min(validation))
    return test[runs[0]][epochs[0]]


def choice_by_pandas(validation, test):
    curves = pd.DataFrame(validation).stack()
    run, epoch = curves.idxmin()
    return pd.DataFrame(test).loc[run, epoch]


def choice_by_pairs(validation, test):
    pairs = zip(np.ravel(validation).tolist(), np.ravel(test).tolist(), strict=True)
    return min(pairs)[1]


def choice_in_two_steps(validation, test):
    run = validation.min(axis=1).argmin()
    return float(test[run][validation[run].argmin()])


WRONG = [
    ("bias_step", "unshrunk + absent_left_out", biases_without_reg),
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
    ("bias_step", "absent_left_out", no_entry_for_the_absent),
    ("bias_step", "absent_left_out", only_those_that_occur),
    ("bias_step", "mean_of_means", mean_of_the_users_means),
    ("bias_step", "movies_first", movies_before_users),
    ("bias_step", "mean_left_in", mean_left_in_for_movies),
    ("bias_step", "added", bias_added_not_taken_away),
    ("bias_step", None, bias_without_index),
    ("bias_step", "looked_up_by_movie", user_bias_looked_up_by_movie),
    ("bias_step", "other_order", handed_back_in_the_other_order),
    ("bias_step", None, mean_not_returned),
    ("bias_step", "reg_after", brackets_around_count_missing),
    ("bias_step", "sums", sums_alone),
    ("bias_step", "movies_unshrunk", movies_unshrunk),
    ("bias_step", "reg_taken_away", counts_minus_reg),
    ("bias_step", "two_turns", a_second_turn),
    ("bias_step", "raw_for_users", user_means_not_deviations),
    ("bias_step", "shrunk_then_centred", shrunk_then_centred),
    ("bias_step", "one_a_rating", one_entry_a_rating),
    ("bias_step", "last_only", written_one_over_the_other),
    ("bias_step", "median", a_median),
    ("bias_step", None, a_dict_of_biases),
    ("bias_step", "absent_are_nan", nan_for_the_absent),
    ("per_user_rmse", "runs_of_neighbours", split_where_the_user_changes),
    ("per_user_rmse", "runs_of_neighbours", neighbours_joined),
    ("per_user_rmse", "sum_within", sum_of_squares_a_user),
    ("per_user_rmse", "sum_over_users", users_added_up),
    ("per_user_rmse", "over_ratings", divided_by_all_ratings),
    ("per_user_rmse", "weighted", weighted_by_ratings),
    ("per_user_rmse", None, median_of_users),
    ("per_user_rmse", "one_a_user", one_rmse_for_each),
    ("per_user_rmse", "first_user", returns_inside_the_loop),
    ("per_user_rmse", "standard_deviation", spread_of_the_errors),
    ("per_user_rmse", "mean_error", mean_error_then_squared),
    ("per_user_rmse", "numbered_from_zero", users_counted_from_zero),
    ("per_user_rmse", "largest_number", divided_by_the_largest_number),
    ("per_user_rmse", "of_user_means", error_of_the_users_means),
    ("per_user_rmse", "clipped", predictions_clipped),
    ("per_user_rmse", "rounded", predictions_rounded),
    ("per_user_rmse", "root_of_absolute", root_of_the_absolute),
    ("per_user_rmse", "n_minus_one", unbiased),
    ("per_user_rmse", None, first_and_last_argument_swapped),
    ("per_user_rmse", "single_ratings_left_out", forgets_who_has_one_rating),
    ("per_user_rmse", None, star_forgotten),
    ("sigmoid_range", "sigmoid_alone", sigmoid_alone),
    ("sigmoid_range", "turned_round", sign_in_the_exponent),
    ("sigmoid_range", "one_to_five", one_to_five),
    ("sigmoid_range", "no_sigmoid", linear),
    ("sigmoid_range", "min_max", stretched_from_min_to_max),
    ("sigmoid_range", "both_added", both_ends_added),
    ("sigmoid_range", None, brackets_around_the_width_missing),
    ("sigmoid_range", None, brackets_below_missing),
    ("sigmoid_range", "tanh", tanh_as_it_is),
    ("sigmoid_range", "tanh_middle", tanh_around_the_middle),
    ("sigmoid_range", "too_steep", tanh_too_steep),
    ("sigmoid_range", "turned_round", ends_exchanged),
    ("sigmoid_range", "half_stars", half_stars_only),
    ("sigmoid_range", "shifted", shifted_to_the_middle),
    ("sigmoid_range", "softmax", softmax),
    ("sigmoid_range", "base_two", two_to_the_power),
    ("sigmoid_range", None, one_number_at_a_time),
    ("sigmoid_range", "flattened", flattened),
    ("sigmoid_range", "only_high", low_twice),
    ("sigmoid_range", "low_taken_away", low_taken_away),
    ("sigmoid_range", "clip_shifted", relu_then_capped),
    ("sigmoid_range", "width_one", width_left_out),
    ("sigmoid_range", None, whole_stars),
    ("honest_choice", "run_by_mean", run_by_its_mean),
    ("honest_choice", "epoch_by_mean", epoch_by_its_mean),
    ("honest_choice", "run_by_last_epoch", run_by_its_last_epoch),
    ("honest_choice", "best_run_by_test", epoch_by_validation_run_by_test),
    ("honest_choice", "run_of_best_test", run_by_test_epoch_by_validation),
    ("honest_choice", "mean_of_runs", mean_over_runs),
    ("honest_choice", "one_a_run", one_for_each_run),
    ("honest_choice", "worst", largest_is_best),
    ("honest_choice", None, place_in_the_flat_list),
    ("honest_choice", "place", the_place_itself),
    ("honest_choice", None, epoch_before_run),
    ("honest_choice", "first_run", first_run_only),
    ("honest_choice", "roles_exchanged", roles_exchanged),
    ("honest_choice", "smallest_gap", gap_between_the_two),
    ("honest_choice", None, row_by_row_and_column_by_column),
    ("honest_choice", "mean_of_curve", mean_of_the_curve),
    ("honest_choice", "mean_of_all", mean_of_everything),
    ("honest_choice", None, last_of_all),
    ("honest_choice", "both_together", best_of_the_sum),
    ("honest_choice", "next_epoch", one_epoch_later),
    ("honest_choice", "run_by_last_epoch + last_epoch", last_epoch_of_all_runs),
    ("sigmoid_range", "numpy", range_in_numpy),
    ("sigmoid_range", "numpy", range_by_expit),
    ("dot_network", "exchanged", inputs_exchanged),
    ("dot_network", "exchanged", tables_exchanged),
    ("dot_network", "cosine", normalised),
    ("dot_network", "not_summed", multiplied_only),
    ("dot_network", "added", vectors_added),
    ("dot_network", "side_by_side", vectors_joined),
    ("dot_network", "dense_of_both", joined_and_dense),
    ("dot_network", "mean_of_products", mean_of_the_products),
    ("dot_network", "no_last_axis", last_axis_summed_away),
    ("dot_network", "not_flattened", an_axis_left_over),
    ("dot_network", "outer", axes_of_the_row),
    ("dot_network", "sigmoid", squeezed_by_sigmoid),
    ("dot_network", "dense_on_top", dense_after_the_product),
    ("dot_network", "shared_table", one_table_for_both),
    ("dot_network", "one_row_more", a_row_for_zero),
    ("dot_network", "fixed_100", hundred_factors),
    ("dot_network", "dropout", vectors_dropped),
    ("dot_network", "penalty", tables_held_back),
    ("dot_network", "biases", biases_too_early),
    ("dot_network", None, rows_and_factors_exchanged),
    ("dot_network", None, only_the_output),
    ("biased_dot_network", "no_mean", mean_forgotten),
    ("biased_dot_network", "no_biases", biases_forgotten),
    ("biased_dot_network", "no_movie_bias", movie_bias_forgotten),
    ("biased_dot_network", "no_user_bias", user_bias_forgotten),
    ("biased_dot_network", "biases_swapped", biases_of_the_other_side),
    ("biased_dot_network", "exchanged", movie_before_user),
    ("biased_dot_network", "biases_multiplied", everything_multiplied),
    ("biased_dot_network", "averaged", everything_averaged),
    ("biased_dot_network", "biases_in_the_product", biases_as_factors),
    ("biased_dot_network", "bias_of_dim", biases_as_vectors),
    ("biased_dot_network", "one_bias_for_all", bias_of_a_dense_layer),
    ("biased_dot_network", "dense_of_parts", parts_weighed),
    ("biased_dot_network", "dense_on_top", dense_after_the_sum),
    ("biased_dot_network", "sigmoid", sum_squeezed),
    ("biased_dot_network", "range", sum_in_range),
    ("biased_dot_network", "fixed_mean", mean_of_movielens),
    ("biased_dot_network", "cosine", biased_cosine),
    ("biased_dot_network", "not_summed", products_not_summed),
    ("biased_dot_network", "penalty", vectors_held_back),
    ("biased_dot_network", "mean_taken_away", mean_subtracted),
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
    ("bias_step", biases_by_pandas),
    ("bias_step", biases_by_add_at),
    ("bias_step", biases_by_sparse),
    ("bias_step", biases_by_mask),
    ("per_user_rmse", per_user_by_bincount),
    ("per_user_rmse", per_user_by_sorting),
    ("per_user_rmse", per_user_by_apply),
    ("per_user_rmse", per_user_by_mask),
    ("sigmoid_range", range_by_weights),
    ("honest_choice", choice_by_flattening),
    ("honest_choice", choice_by_where),
    ("honest_choice", choice_by_pandas),
    ("honest_choice", choice_by_pairs),
    ("honest_choice", choice_in_two_steps),
    ("sigmoid_range", range_by_activation),
    ("sigmoid_range", range_by_exp),
    ("sigmoid_range", range_by_layer),
    ("dot_network", product_by_dot),
    ("dot_network", product_of_tables_of_one_row),
    ("dot_network", product_flattened_first),
    ("dot_network", product_by_ops),
    ("dot_network", product_by_multiply),
    ("dot_network", product_subclassed),
    ("dot_network", product_with_a_start),
    ("biased_dot_network", sum_with_plus),
    ("biased_dot_network", sum_with_add),
    ("biased_dot_network", sum_with_lambda),
    ("biased_dot_network", biases_first),
    ("biased_dot_network", mean_before_the_sum),
    ("biased_dot_network", sum_flattened_last),
    ("biased_dot_network", sum_of_products),
]
