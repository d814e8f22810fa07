"""What learners write in lesson 03: wrong answers with the misunderstanding each shows, and right
answers written in other ways."""

import numpy as np
import pandas as pd

# --- create_sequences


def like_the_published_recipe(values, length, step):
    sequences, start = [], 0
    while True:
        end = start + length
        if end > len(values):
            if len(values) >= length:
                sequences.append(list(values[-length:]))
            break
        sequences.append(list(values[start:end]))
        start += step
    return sequences


def only_full_steps(values, length, step):
    n = 0 if len(values) < length else 1 + (len(values) - length) // step
    return np.array([values[i * step : i * step + length] for i in range(n)])


def ragged(values, length, step):
    windows, start = [], 0
    while len(values) >= length and start + length - step < len(values):
        windows.append(list(values[start : start + length]))
        start += step
    return windows


def sliding(values, length, step):
    return [values[i : i + length] for i in range(len(values) - length + 1)]


def side_by_side(values, length, step):
    full = [values[i : i + length] for i in range(0, len(values) - length + 1, length)]
    return full + ([values[-length:]] if full and len(values) % length else [])


def unique_windows(values, length, step):
    windows = []
    for start in range(0, len(values), step):
        window = tuple(values[start : start + length])
        window = window if len(window) == length else tuple(values[-length:])
        if len(window) == length and window not in windows:
            windows.append(window)
    return windows


def by_strides(values, length, step):
    if len(values) < length:
        return np.empty((0, length))
    every = np.lib.stride_tricks.sliding_window_view(np.asarray(values, "float32"), length)
    rows = np.union1d(np.arange(0, len(every), step), [len(every) - 1])
    return every[rows]


# --- training_windows


def kept_by_target(held_out, length, step):
    places = list(range(len(held_out)))
    return [w for w in unique_windows(places, length, step) if not held_out[w[-1]]]


def kept_if_clean(held_out, length, step):
    places = list(range(len(held_out)))
    return [w for w in unique_windows(places, length, step) if not any(held_out[i] for i in w)]


def ignored_the_split(held_out, length, step):
    return by_strides(np.arange(len(held_out)), length, step)


def numbered_again(held_out, length, step):
    return unique_windows(list(range(int(np.sum(~held_out)))), length, step)


def split_first_by_list(held_out, length, step):
    places = [i for i, out in enumerate(held_out) if not out]
    return unique_windows(places, length, step)


def split_first_by_index(held_out, length, step):
    return by_strides(np.where(~held_out)[0], length, step).astype(int)


# --- causal_mask


def lower_triangle(n, memory):
    return np.tril(np.ones((n, n), bool)) & ~np.tril(np.ones((n, n), bool), -memory - 1)


def upper_triangle(n, memory):
    mask = np.zeros((n, n), bool)
    for t in range(n):
        mask[t, t + 1 : t + memory + 1] = True
    return mask


def both_directions(n, memory):
    return [[0 < abs(t - s) <= memory for s in range(n)] for t in range(n)]


def no_end(n, memory):
    return np.tril(np.ones((n, n)), -1)


def range_stops_early(n, memory):
    mask = np.zeros((n, n), bool)
    for t in range(n):
        mask[t, max(0, t - memory + 1) : t] = True
    return mask


def mask_by_loop(n, memory):
    mask = np.zeros((n, n), bool)
    for t in range(n):
        mask[t, max(0, t - memory) : t] = True
    return mask


def mask_by_triangles(n, memory):
    return np.tril(np.ones((n, n), "float32"), -1) - np.tril(
        np.ones((n, n), "float32"), -memory - 1
    )


def mask_by_keras(n, memory):
    from keras import ops

    from course_utils.models.transformer import may_look_at

    return may_look_at(ops.arange(n)[None], ops.arange(n)[None], memory)[0]


# --- residual_target


def turned(stars, users, movies, mean, user_bias, movie_bias):
    return mean + user_bias[users] + movie_bias[movies] - stars


def forgot_mean(stars, users, movies, mean, user_bias, movie_bias):
    return stars - (user_bias[users] + movie_bias[movies])


def forgot_user(stars, users, movies, mean, user_bias, movie_bias):
    return stars - (mean + movie_bias[movies])


def forgot_movie(stars, users, movies, mean, user_bias, movie_bias):
    return stars - (mean + user_bias[users])


def residual_by_loop(stars, users, movies, mean, user_bias, movie_bias):
    return [
        s - mean - user_bias[u] - movie_bias[m]
        for s, u, m in zip(stars, users, movies, strict=True)
    ]


def residual_by_pandas(stars, users, movies, mean, user_bias, movie_bias):
    expected = mean + pd.Series(user_bias).loc[users].to_numpy()
    return (stars - expected - pd.Series(movie_bias).loc[movies].to_numpy()).astype("float32")


WRONG = [
    ("create_sequences", "repeats_last", like_the_published_recipe),
    ("create_sequences", "drops_the_rest", only_full_steps),
    ("create_sequences", "short_last", ragged),
    ("create_sequences", "one_apart", sliding),
    ("create_sequences", "no_overlap", side_by_side),
    ("training_windows", "target_only", kept_by_target),
    ("training_windows", "windows_without", kept_if_clean),
    ("training_windows", "all_windows", ignored_the_split),
    ("training_windows", "counted_anew", numbered_again),
    ("causal_mask", "sees_itself", lower_triangle),
    ("causal_mask", "sees_the_future", upper_triangle),
    ("causal_mask", "everything_else", both_directions),
    ("causal_mask", "no_limit", no_end),
    ("causal_mask", "one_too_few", range_stops_early),
    ("residual_target", "wrong_sign", turned),
    ("residual_target", "no_mean", forgot_mean),
    ("residual_target", "movie_only", forgot_user),
    ("residual_target", "user_only", forgot_movie),
]

RIGHT = [
    ("create_sequences", unique_windows),
    ("create_sequences", by_strides),
    ("training_windows", split_first_by_list),
    ("training_windows", split_first_by_index),
    ("causal_mask", mask_by_loop),
    ("causal_mask", mask_by_triangles),
    ("causal_mask", mask_by_keras),
    ("residual_target", residual_by_loop),
    ("residual_target", residual_by_pandas),
]
