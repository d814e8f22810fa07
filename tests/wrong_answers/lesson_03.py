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


def equal_windows_dropped(values, length, step):
    windows = []
    for start in [*range(0, len(values) - length + 1, step), len(values) - length]:
        window = list(values[start : start + length])
        if start >= 0 and window not in windows:
            windows.append(window)
    return windows


def unique_rows(values, length, step):
    return np.unique(by_strides(values, length, step), axis=0)


def step_taken_for_the_overlap(values, length, step):
    starts = list(range(0, len(values) - length + 1, max(length - step, 1)))
    if starts and starts[-1] + length < len(values):
        starts.append(len(values) - length)
    return [values[s : s + length] for s in starts]


def range_ends_one_early(values, length, step):
    starts = list(range(0, len(values) - length, step))
    return [values[s : s + length] for s in starts]


def range_ends_one_early_but_the_rest(values, length, step):
    starts = list(range(0, len(values) - length, step))
    if starts and starts[-1] + length < len(values):
        starts.append(len(values) - length)
    return [values[s : s + length] for s in starts]


def rest_by_the_wrong_remainder(values, length, step):
    windows = [values[s : s + length] for s in range(0, len(values) - length + 1, step)]
    if windows and len(values) % step:
        windows.append(values[-length:])
    return windows


def rest_by_the_length(values, length, step):
    windows = [values[s : s + length] for s in range(0, len(values) - length + 1, step)]
    if windows and len(values) % length:
        windows.append(values[-length:])
    return windows


def a_short_one_if_there_are_few(values, length, step):
    if len(values) < length:
        return [values]
    return by_strides(values, length, step)


def padded_with_zeros(values, length, step):
    windows = []
    for start in range(0, len(values), step):
        window = list(values[start : start + length])
        windows.append(window + [0] * (length - len(window)))
        if start + length >= len(values):
            break
    return windows


def exactly_one_window_forgotten(values, length, step):
    if len(values) <= length:
        return []
    return by_strides(values, length, step)


def from_the_end(values, length, step):
    starts = range(len(values) - length, -1, -step)
    return [values[s : s + length] for s in starts][::-1]


def one_value_too_long(values, length, step):
    return by_strides(values, length + 1, step)


def starts_only(values, length, step):
    starts = list(range(0, len(values) - length + 1, step))
    if starts and starts[-1] + length < len(values):
        starts.append(len(values) - length)
    return starts


def always_four_and_two(values, length, step):
    return by_strides(values, 4, 2)


def two_whatever_the_step(values, length, step):
    return by_strides(values, length, 2)


def values_sorted_first(values, length, step):
    return by_strides(np.sort(values), length, step)


def last_one_first(values, length, step):
    windows = by_strides(values, length, step)
    return np.roll(windows, 1, axis=0)


def a_generator(values, length, step):
    for start in range(0, len(values) - length + 1, step):
        yield values[start : start + length]


def one_long_list(values, length, step):
    return np.ravel(by_strides(values, length, step))


def length_and_step_exchanged(values, length, step):
    return by_strides(values, step, length)


def rest_begins_one_late(values, length, step):
    starts = list(range(0, len(values) - length + 1, step))
    windows = [list(values[s : s + length]) for s in starts]
    if starts and starts[-1] + length < len(values):
        windows.append(list(values[-length + 1 :]))
    return windows


def first_window_missing(values, length, step):
    return by_strides(values, length, step)[1:]


def written_over_and_over(values, length, step):
    windows, window = [], np.zeros(length)
    for start in range(0, len(values) - length + 1, step):
        window[:] = values[start : start + length]
        windows.append(window)
    return windows


def by_a_set_of_starts(values, length, step):
    if len(values) < length:
        return []
    starts = sorted({*range(0, len(values) - length + 1, step), len(values) - length})
    return np.array([values[s : s + length] for s in starts])


def by_a_while_loop(values, length, step):
    windows, start = [], 0
    while start + length <= len(values):
        windows.append([float(v) for v in values[start : start + length]])
        start += step
    if windows and start - step + length != len(values):
        windows.append([float(v) for v in values[len(values) - length :]])
    return windows


def by_index_table(values, length, step):
    if len(values) < length:
        return np.zeros((0, length))
    last = len(values) - length
    starts = np.minimum(np.arange(-(-last // step) + 1) * step, last)
    return np.take(values, starts[:, None] + np.arange(length)).astype("float32")


def by_keras(values, length, step):
    from keras import ops

    if len(values) < length:
        return []
    starts = sorted({*range(0, len(values) - length + 1, step), len(values) - length})
    return ops.stack([ops.convert_to_tensor(values[s : s + length], "float32") for s in starts])


def by_pandas(values, length, step):
    series = pd.Series(values)
    starts = list(range(0, len(series) - length + 1, step))
    if starts and starts[-1] + length < len(series):
        starts += [len(series) - length]
    return [series.iloc[s : s + length].reset_index(drop=True) for s in starts]


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


def create_sequences(values, length=4, step=2): ...


def calls_the_one_not_written_yet(held_out, length, step):
    return create_sequences(np.flatnonzero(~held_out), length, step)


def windows_of_what_is_held_out(held_out, length, step):
    return by_strides(np.flatnonzero(held_out), length, step)


def windows_of_true_and_false(held_out, length, step):
    return by_strides(~held_out, length, step)


def windows_of_the_flags(held_out, length, step):
    return by_strides(held_out, length, step)


def counted_from_one(held_out, length, step):
    return by_strides(np.flatnonzero(~held_out) + 1, length, step)


def where_without_its_zero(held_out, length, step):
    return by_a_while_loop(np.where(~held_out), length, step)


def lengths_left_at_four_and_two(held_out, length, step):
    return by_strides(np.flatnonzero(~held_out), 4, 2)


def never_across_a_gap(held_out, length, step):
    places = np.flatnonzero(~held_out)
    runs = np.split(places, np.flatnonzero(np.diff(places) > 1) + 1)
    return [w for run in runs for w in by_a_while_loop(run, length, step)]


def up_to_the_first_held_out(held_out, length, step):
    end = np.argmax(held_out) if held_out.any() else len(held_out)
    return by_strides(np.arange(end), length, step)


def inputs_clean_target_not(held_out, length, step):
    places = by_strides(np.arange(len(held_out)), length, step).astype(int)
    return [w for w in places if not held_out[w[:-1]].any()]


def whole_windows_held_out(held_out, length, step):
    places = by_strides(np.arange(len(held_out)), length, step).astype(int)
    return [w for w in places if not held_out[w].all()]


def first_one_clean(held_out, length, step):
    places = by_strides(np.arange(len(held_out)), length, step).astype(int)
    return [w for w in places if not held_out[w[0]]]


def marked_with_minus_one(held_out, length, step):
    places = np.where(held_out, -1, np.arange(len(held_out)))
    return by_strides(places, length, step)


def taken_out_after_cutting(held_out, length, step):
    places = by_strides(np.arange(len(held_out)), length, step).astype(int)
    return [[int(p) for p in w if not held_out[p]] for w in places]


def not_of_the_whole_array(held_out, length, step):
    return by_strides(np.flatnonzero(not held_out), length, step)


def minus_for_not(held_out, length, step):
    return by_strides(np.flatnonzero(-held_out), length, step)


def rest_dropped_again(held_out, length, step):
    return only_full_steps(np.flatnonzero(~held_out), length, step)


def last_one_twice_again(held_out, length, step):
    return like_the_published_recipe(np.flatnonzero(~held_out), length, step)


def each_place_apart(held_out, length, step):
    return np.flatnonzero(~held_out)


def deleted_by_place(held_out, length, step):
    places = np.arange(len(held_out))
    places = np.delete(places, held_out.astype(int))  # places 0 and 1
    return by_strides(places, length, step)


def held_out_ones_next_to_it_too(held_out, length, step):
    near = held_out | np.r_[held_out[1:], False] | np.r_[False, held_out[:-1]]
    return by_strides(np.flatnonzero(~near), length, step)


def split_first_by_mask(held_out, length, step):
    return by_a_set_of_starts(np.arange(len(held_out))[np.logical_not(held_out)], length, step)


def split_first_by_pandas(held_out, length, step):
    flags = pd.Series(held_out)
    return by_pandas(flags.index[~flags].to_numpy(), length, step)


def split_first_by_compress(held_out, length, step):
    from itertools import compress

    places = list(compress(range(len(held_out)), [not out for out in held_out]))
    return by_a_while_loop(places, length, step)


def split_first_as_table(held_out, length, step):
    return by_index_table(np.nonzero(held_out == 0)[0], length, step)


def split_first_as_tuples(held_out, length, step):
    places = np.argwhere(~np.asarray(held_out)).ravel()
    return [tuple(window) for window in by_a_set_of_starts(places, length, step)]


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


def true_where_hidden(n, memory):
    return ~mask_by_loop(n, memory)


def minus_infinity(n, memory):
    return np.where(mask_by_loop(n, memory), 0.0, -np.inf)


def lower_triangle_whole(n, memory):
    return np.tril(np.ones((n, n), bool))


def upper_triangle_whole(n, memory):
    return np.triu(np.ones((n, n), bool), 1)


def older_than_memory(n, memory):
    return np.tril(np.ones((n, n), bool), -memory)


def one_too_many(n, memory):
    mask = np.zeros((n, n), bool)
    for t in range(n):
        mask[t, max(0, t - memory - 1) : t] = True
    return mask


def negative_start_wraps(n, memory):
    mask = np.zeros((n, n), bool)
    for t in range(n):
        mask[t, t - memory : t] = True
    return mask


def exactly_memory_before(n, memory):
    t = np.arange(n)
    return t[:, None] - t == memory


def only_the_one_before(n, memory):
    return np.eye(n, k=-1, dtype=bool)


def first_columns(n, memory):
    return np.tril(np.ones((n, n), bool), -1) & (np.arange(n) < memory)


def last_columns(n, memory):
    return np.tril(np.ones((n, n), bool), -1) & (np.arange(n) >= n - memory)


def itself_and_memory_minus_one(n, memory):
    t = np.arange(n)
    distance = t[:, None] - t
    return (distance >= 0) & (distance < memory)


def itself_without_a_limit(n, memory):
    t = np.arange(n)
    return t[:, None] >= t


def everything(n, memory):
    return np.ones((n, n), bool)


def nothing(n, memory):
    return np.zeros((n, n), bool)


def first_row_filled(n, memory):
    mask = mask_by_loop(n, memory)
    mask[0, 0] = True
    return mask


def always_three(n, memory):
    return mask_by_loop(n, 3)


def or_for_and(n, memory):
    distance = np.arange(n)[:, None] - np.arange(n)
    return (distance >= 1) | (distance <= memory)


def brackets_of_and_missing(n, memory):
    distance = np.arange(n)[:, None] - np.arange(n)
    return distance >= 1 & distance <= memory


def one_row(n, memory):
    return np.arange(n) < memory


def the_distances(n, memory):
    distance = np.arange(n)[:, None] - np.arange(n)
    return np.where((distance >= 1) & (distance <= memory), distance, 0)


def columns_first(n, memory):
    distance = np.arange(n) - np.arange(n)[:, None]
    return (distance >= 1) & (distance <= memory)


def rows_upside_down(n, memory):
    return mask_by_loop(n, memory)[::-1]


def shares_of_a_row(n, memory):
    mask = mask_by_loop(n, memory).astype(float)
    return mask / np.maximum(mask.sum(axis=1, keepdims=True), 1)


def without_the_nearest(n, memory):
    distance = np.arange(n)[:, None] - np.arange(n)
    return (distance > 1) & (distance <= memory)


def memory_rows(n, memory):
    return np.tril(np.ones((memory, n), bool), -1)


def mask_by_lists(n, memory):
    return [[t - memory <= s < t for s in range(n)] for t in range(n)]


def mask_by_diagonals(n, memory):
    return sum((np.eye(n, k=-k) for k in range(1, min(memory, n) + 1)), np.zeros((n, n)))


def mask_by_fromfunction(n, memory):
    return np.fromfunction(lambda t, s: (s < t) & (s >= t - memory), (n, n), dtype=int)


def mask_by_pandas(n, memory):
    return pd.DataFrame([[0 < t - s <= memory for s in range(n)] for t in range(n)])


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


def brackets_missing(stars, users, movies, mean, user_bias, movie_bias):
    return stars - mean + user_bias[users] + movie_bias[movies]


def tables_without_index(stars, users, movies, mean, user_bias, movie_bias):
    return stars - (mean + user_bias + movie_bias)


def tables_exchanged(stars, users, movies, mean, user_bias, movie_bias):
    return stars - (mean + movie_bias[users] + user_bias[movies])


def users_for_both(stars, users, movies, mean, user_bias, movie_bias):
    return stars - mean - user_bias[users] - movie_bias[users]


def mean_alone(stars, users, movies, mean, user_bias, movie_bias):
    return stars - mean


def bias_model_itself(stars, users, movies, mean, user_bias, movie_bias):
    return mean + user_bias[users] + movie_bias[movies]


def own_mean_of_these(stars, users, movies, mean, user_bias, movie_bias):
    return stars - (np.mean(stars) + user_bias[users] + movie_bias[movies])


def squared_error(stars, users, movies, mean, user_bias, movie_bias):
    return (stars - (mean + user_bias[users] + movie_bias[movies])) ** 2


def absolute_error(stars, users, movies, mean, user_bias, movie_bias):
    return np.abs(stars - (mean + user_bias[users] + movie_bias[movies]))


def clipped_to_the_scale(stars, users, movies, mean, user_bias, movie_bias):
    return stars - np.clip(mean + user_bias[users] + movie_bias[movies], 1, 5)


def by_place_in_the_list(stars, users, movies, mean, user_bias, movie_bias):
    return [
        s - mean - user_bias[k % len(user_bias)] - movie_bias[k % len(movie_bias)]
        for k, s in enumerate(stars)
    ]


def one_mean_of_all(stars, users, movies, mean, user_bias, movie_bias):
    return np.mean(stars - (mean + user_bias[users] + movie_bias[movies]))


def stars_lost(stars, users, movies, mean, user_bias, movie_bias):
    return -(mean + user_bias[users] + movie_bias[movies])


def mean_in_each_bias(stars, users, movies, mean, user_bias, movie_bias):
    return stars - (mean + user_bias[users]) - (mean + movie_bias[movies])


def biases_multiplied(stars, users, movies, mean, user_bias, movie_bias):
    return stars - (mean + user_bias[users] * movie_bias[movies])


def whole_numbers(stars, users, movies, mean, user_bias, movie_bias):
    return (stars - (mean + user_bias[users] + movie_bias[movies])).astype(int)


def movie_bias_added(stars, users, movies, mean, user_bias, movie_bias):
    return stars - (mean + user_bias[users]) + movie_bias[movies]


def movie_bias_taken_away(stars, users, movies, mean, user_bias, movie_bias):
    return stars - (mean + user_bias[users] - movie_bias[movies])


def a_table_of_everybody(stars, users, movies, mean, user_bias, movie_bias):
    return np.asarray(stars)[:, None] - (mean + user_bias[:, None] + movie_bias)[users]


def ratio(stars, users, movies, mean, user_bias, movie_bias):
    return stars / (mean + user_bias[users] + movie_bias[movies])


def numbered_from_one(stars, users, movies, mean, user_bias, movie_bias):
    return stars - (mean + user_bias[np.asarray(users) - 1] + movie_bias[np.asarray(movies) - 1])


def centred_again(stars, users, movies, mean, user_bias, movie_bias):
    left = stars - (mean + user_bias[users] + movie_bias[movies])
    return left - left.mean()


def numbers_of_users_taken_away(stars, users, movies, mean, user_bias, movie_bias):
    return stars - (mean + np.asarray(users) + np.asarray(movies))


def residual_by_take(stars, users, movies, mean, user_bias, movie_bias):
    return np.asarray(stars) - mean - np.take(user_bias, users) - np.take(movie_bias, movies)


def residual_step_by_step(stars, users, movies, mean, user_bias, movie_bias):
    left = np.array(stars, float)
    for k in range(len(left)):
        left[k] -= mean
        left[k] -= user_bias[users[k]]
        left[k] -= movie_bias[movies[k]]
    return left


def residual_of_a_table(stars, users, movies, mean, user_bias, movie_bias):
    expected = mean + np.add.outer(user_bias, movie_bias)
    return stars - expected[users, movies]


def residual_in_a_series(stars, users, movies, mean, user_bias, movie_bias):
    return pd.Series(stars) - mean - user_bias[users] - movie_bias[movies]


def residual_by_keras(stars, users, movies, mean, user_bias, movie_bias):
    from keras import ops

    expected = mean + ops.take(user_bias, users) + ops.take(movie_bias, movies)
    return ops.subtract(ops.cast(stars, expected.dtype), expected)


# --- attention


def softmax(x, axis=-1):
    powers = np.exp(x - x.max(axis=axis, keepdims=True))
    return powers / powers.sum(axis=axis, keepdims=True)


def scores_as_weights(queries, keys, values):
    return (queries @ keys.T / np.sqrt(keys.shape[1])) @ values


def softmax_down_the_columns(queries, keys, values):
    return softmax(queries @ keys.T / np.sqrt(keys.shape[1]), axis=0) @ values


def softmax_over_everything(queries, keys, values):
    score = queries @ keys.T / np.sqrt(keys.shape[-1])
    return np.exp(score) / np.exp(score).sum() @ values


def forgot_to_divide(queries, keys, values):
    return np.exp(queries @ keys.T / np.sqrt(keys.shape[1])) @ values


def without_the_root(queries, keys, values):
    return softmax(queries @ keys.T) @ values


def divided_by_d(queries, keys, values):
    return softmax(queries @ keys.T / keys.shape[1]) @ values


def root_of_the_tokens(queries, keys, values):
    return softmax(queries @ keys.T / np.sqrt(len(keys))) @ values


def times_the_root(queries, keys, values):
    return softmax(queries @ keys.T * np.sqrt(keys.shape[1])) @ values


def only_the_weights(queries, keys, values):
    return softmax(queries @ keys.T / np.sqrt(keys.shape[1]))


def keys_mixed(queries, keys, values):
    return softmax(queries @ keys.T / np.sqrt(keys.shape[1])) @ keys


def keys_ask(queries, keys, values):
    return softmax(keys @ queries.T / np.sqrt(keys.shape[1])) @ values


def best_key_only(queries, keys, values):
    return values[(queries @ keys.T).argmax(axis=1)]


def plain_mean(queries, keys, values):
    return np.repeat(values.mean(axis=0, keepdims=True), len(queries), axis=0)


def sigmoid_of_scores(queries, keys, values):
    return 1 / (1 + np.exp(-queries @ keys.T / np.sqrt(keys.shape[1]))) @ values


def root_after_softmax(queries, keys, values):
    return softmax(queries @ keys.T) / np.sqrt(keys.shape[1]) @ values


def keys_not_turned(queries, keys, values):
    return softmax(queries @ keys / np.sqrt(keys.shape[1])) @ values


def attention_by_ops(queries, keys, values):
    from keras import ops

    score = ops.matmul(queries, ops.transpose(keys)) / ops.sqrt(float(keys.shape[1]))
    return ops.matmul(ops.softmax(score, axis=-1), values)


def attention_by_loop(queries, keys, values):
    heard = []
    for query in queries:
        powers = np.exp([query @ key / len(key) ** 0.5 for key in keys])
        heard.append(sum(p * v for p, v in zip(powers / powers.sum(), values, strict=True)))
    return np.array(heard)


def attention_by_einsum(queries, keys, values):
    score = np.einsum("qd,kd->qk", queries, keys) / keys.shape[-1] ** 0.5
    return np.einsum("qk,kw->qw", softmax(score), values)


def attention_by_scipy(queries, keys, values):
    from scipy.special import softmax as of_rows

    return of_rows(queries @ keys.T / np.sqrt(queries.shape[1]), axis=1) @ values


def attention_scaled_before(queries, keys, values):
    return softmax((queries / np.sqrt(queries.shape[1])) @ keys.T) @ values


def attention_divided_at_the_end(queries, keys, values):
    powers = np.exp(queries @ keys.T / np.sqrt(keys.shape[1]))
    return (powers @ values) / powers.sum(axis=1)[:, None]


def attention_as_a_list(queries, keys, values):
    return attention_by_loop(queries, keys, values).tolist()


# --- transformer_block


def block_of(n_tokens, width, heads, *, key=None, first=None, second=None, think=None, **look):
    """A block with some of its steps written in another way."""
    import keras
    from keras import layers

    tokens = keras.Input((n_tokens, width))
    heard = layers.MultiHeadAttention(heads, key or width)(tokens, tokens, **look)
    x = (first or (lambda t, h: layers.LayerNormalization()(t + h)))(tokens, heard)
    y = (think or (lambda x: layers.Dense(width)(layers.LeakyReLU()(x))))(x)
    out = (second or (lambda x, y, t: layers.LayerNormalization()(x + y)))(x, y, tokens)
    return keras.Model(tokens, out)


def attention_replaces(n_tokens, width, heads):
    from keras import layers

    return block_of(n_tokens, width, heads, first=lambda t, h: layers.LayerNormalization()(h))


def thought_replaces(n_tokens, width, heads):
    from keras import layers

    return block_of(n_tokens, width, heads, second=lambda x, y, t: layers.LayerNormalization()(y))


def nothing_added(n_tokens, width, heads):
    import keras
    from keras import layers

    tokens = keras.Input((n_tokens, width))
    x = layers.LayerNormalization()(layers.MultiHeadAttention(heads, width)(tokens, tokens))
    x = layers.Dense(width)(layers.LeakyReLU()(x))
    return keras.Model(tokens, layers.LayerNormalization()(x))


def normalised_before(n_tokens, width, heads):
    import keras
    from keras import layers

    tokens = keras.Input((n_tokens, width))
    seen = layers.LayerNormalization()(tokens)
    x = tokens + layers.MultiHeadAttention(heads, width)(seen, seen)
    y = layers.Dense(width)(layers.LeakyReLU()(layers.LayerNormalization()(x)))
    return keras.Model(tokens, x + y)


def one_norm_only(n_tokens, width, heads):
    return block_of(n_tokens, width, heads, second=lambda x, y, t: x + y)


def no_norm_at_all(n_tokens, width, heads):
    return block_of(n_tokens, width, heads, first=lambda t, h: t + h, second=lambda x, y, t: x + y)


def tokens_added_twice(n_tokens, width, heads):
    from keras import layers

    return block_of(
        n_tokens, width, heads, second=lambda x, y, t: layers.LayerNormalization()(t + y)
    )


def a_linear_thought(n_tokens, width, heads):
    from keras import layers

    return block_of(n_tokens, width, heads, think=layers.Dense(width))


def bent_afterwards(n_tokens, width, heads):
    from keras import layers

    return block_of(
        n_tokens, width, heads, think=lambda x: layers.LeakyReLU()(layers.Dense(width)(x))
    )


def relu_as_usual(n_tokens, width, heads):
    from keras import layers

    return block_of(n_tokens, width, heads, think=layers.Dense(width, activation="relu"))


def leaky_by_name(n_tokens, width, heads):
    from keras import layers

    return block_of(
        n_tokens,
        width,
        heads,
        think=lambda x: layers.Dense(width)(layers.Activation("leaky_relu")(x)),
    )


def width_shared_by_heads(n_tokens, width, heads):
    return block_of(n_tokens, width, heads, key=width // heads)


def heads_and_width_exchanged(n_tokens, width, heads):
    return block_of(n_tokens, width, width, key=heads)


def a_single_head(n_tokens, width, heads):
    return block_of(n_tokens, width, 1)


def looks_back_only(n_tokens, width, heads):
    return block_of(n_tokens, width, heads, use_causal_mask=True)


def wide_inside(n_tokens, width, heads):
    from keras import layers

    def think(x):
        return layers.Dense(width)(layers.LeakyReLU()(layers.Dense(4 * width)(x)))

    return block_of(n_tokens, width, heads, think=think)


def block_with_dropout(n_tokens, width, heads):
    from keras import layers

    return block_of(
        n_tokens,
        width,
        heads,
        first=lambda t, h: layers.LayerNormalization()(t + layers.Dropout(0.1)(h)),
    )


def block_not_returned(n_tokens, width, heads):
    return block_of(n_tokens, width, heads).output


def block_with_add_layers(n_tokens, width, heads):
    from keras import layers

    return block_of(
        n_tokens,
        width,
        heads,
        first=lambda t, h: layers.LayerNormalization()(layers.Add()([t, h])),
        second=lambda x, y, t: layers.LayerNormalization()(layers.add([x, y])),
    )


def block_with_named_arguments(n_tokens, width, heads):
    import keras

    tokens = keras.layers.Input(shape=(n_tokens, width), name="x")
    attend = keras.layers.MultiHeadAttention(num_heads=heads, key_dim=width, name="look")
    x = keras.layers.LayerNormalization(name="n1")(tokens + attend(query=tokens, value=tokens))
    y = keras.layers.Dense(units=width)(keras.layers.LeakyReLU()(x))
    return keras.Model(inputs=tokens, outputs=keras.layers.LayerNormalization(name="n2")(x + y))


def block_leaky_by_number(n_tokens, width, heads):
    from keras import layers, ops

    return block_of(
        n_tokens, width, heads, think=lambda x: layers.Dense(width)(ops.leaky_relu(x, 0.3))
    )


def block_layers_made_first(n_tokens, width, heads):
    import keras
    from keras import layers

    second, first = layers.LayerNormalization(), layers.LayerNormalization()
    dense, bend = layers.Dense(width), layers.LeakyReLU()
    attend = layers.MultiHeadAttention(heads, width)
    tokens = keras.Input((n_tokens, width))
    x = first(tokens + attend(tokens, tokens, tokens))
    return keras.Model(tokens, second(x + dense(bend(x))))


def block_with_the_sum_turned(n_tokens, width, heads):
    from keras import layers

    return block_of(
        n_tokens,
        width,
        heads,
        first=lambda t, h: layers.LayerNormalization()(h + t),
        second=lambda x, y, t: layers.LayerNormalization()(y + x),
    )


def block_of_the_course(n_tokens, width, heads):
    from course_utils.models.transformer import plain_block

    return plain_block(n_tokens, width, heads)


# --- bst_network


def bst_of(
    n_movies, length, heads, hidden, *, rows=1, past=None, tokens=None, flat=None, blocks=1,
    bend=None, out=None, named=True, target=None,
):  # fmt: skip
    """The recipe with some of its steps written in another way."""
    import keras
    from keras import layers, ops

    from course_utils.models.transformer import PositionVectors

    width = int(np.sqrt(n_movies))
    movies = keras.Input((length - 1,), dtype="int32", name="movies")
    stars = keras.Input((length - 1,), name="stars")
    asked = keras.Input((), dtype="int32", name="target")
    vector = layers.Embedding(n_movies + rows, width)
    read = past or (lambda v, s, place: place(v) * s)
    before = read(vector(movies), ops.expand_dims(stars, -1), PositionVectors())
    last = ops.expand_dims((target or (lambda n, w: vector))(n_movies, width)(asked), 1)
    x = (tokens or (lambda b, a: ops.concatenate([b, a], axis=1)))(before, last)
    for _ in range(blocks):
        x = block_of(x.shape[1], width, heads)(x)
    x = (flat or layers.Flatten())(x)
    for units in hidden:
        x = (bend or (lambda x: layers.LeakyReLU()(x)))(layers.Dense(units)(x))
    inputs = {"movies": movies, "stars": stars, "target": asked}
    stars_out = (out or layers.Dense(1))(x)
    return keras.Model(inputs if named else list(inputs.values()), stars_out)


def stars_added(*arguments):
    return bst_of(*arguments, past=lambda v, s, place: place(v) + s)


def stars_first(*arguments):
    return bst_of(*arguments, past=lambda v, s, place: place(v * s))


def stars_not_used(*arguments):
    return bst_of(*arguments, past=lambda v, s, place: place(v))


def positions_forgotten(*arguments):
    return bst_of(*arguments, past=lambda v, s, place: v * s)


def own_table_for_the_target(*arguments):
    from keras import layers

    return bst_of(*arguments, target=lambda n, width: layers.Embedding(n + 1, width))


def one_row_too_few(*arguments):
    return bst_of(*arguments, rows=0)


def asked_first(*arguments):
    from keras import ops

    return bst_of(*arguments, tokens=lambda b, a: ops.concatenate([a, b], axis=1))


def mean_of_tokens(*arguments):
    from keras import layers

    return bst_of(*arguments, flat=layers.GlobalAveragePooling1D())


def only_the_last_token(*arguments):
    return bst_of(*arguments, flat=lambda x: x[:, -1])


def without_a_block(*arguments):
    return bst_of(*arguments, blocks=0)


def one_head_whatever(n_movies, length, heads, hidden):
    return bst_of(n_movies, length, 1, hidden)


def hidden_as_in_2021(n_movies, length, heads, hidden):
    return bst_of(n_movies, length, heads, (256, 128))


def hidden_left_out(n_movies, length, heads, hidden):
    return bst_of(n_movies, length, heads, ())


def hidden_linear(*arguments):
    return bst_of(*arguments, bend=lambda x: x)


def hidden_relu(*arguments):
    from keras import ops

    return bst_of(*arguments, bend=ops.relu)


def stars_as_a_sigmoid(*arguments):
    from keras import layers

    return bst_of(*arguments, out=layers.Dense(1, activation="sigmoid"))


def a_score_for_each_movie(n_movies, length, heads, hidden):
    from keras import layers

    return bst_of(n_movies, length, heads, hidden, out=layers.Dense(n_movies))


def positions_everywhere(n_movies, length, heads, hidden):
    import keras
    from keras import layers, ops

    from course_utils.models.transformer import PositionVectors

    width = int(np.sqrt(n_movies))
    movies = keras.Input((length - 1,), dtype="int32", name="movies")
    stars = keras.Input((length - 1,), name="stars")
    target = keras.Input((), dtype="int32", name="target")
    vector = layers.Embedding(n_movies + 1, width)
    both = ops.concatenate([vector(movies), ops.expand_dims(vector(target), 1)], axis=1)
    with_places = PositionVectors()(both)
    factor = ops.concatenate([stars, ops.ones_like(stars[:, :1])], axis=1)
    x = block_of(length, width, heads)(with_places * ops.expand_dims(factor, -1))
    x = layers.Flatten()(x)
    for units in hidden:
        x = layers.LeakyReLU()(layers.Dense(units)(x))
    inputs = {"movies": movies, "stars": stars, "target": target}
    return keras.Model(inputs, layers.Dense(1)(x))


def bst_with_a_list_of_inputs(*arguments):
    return bst_of(*arguments, named=False)


def bst_with_layers_for_all(n_movies, length, heads, hidden):
    from keras import layers

    return bst_of(
        n_movies,
        length,
        heads,
        hidden,
        past=lambda v, s, place: layers.Multiply()([place(v), s]),
        tokens=lambda b, a: layers.Concatenate(axis=1)([b, a]),
    )


def bst_reshaped(n_movies, length, heads, hidden):
    from keras import layers

    width = int(n_movies**0.5)
    return bst_of(n_movies, length, heads, hidden, flat=layers.Reshape((length * width,)))


def bst_leaky_by_number(*arguments):
    from keras import ops

    return bst_of(*arguments, bend=lambda x: ops.leaky_relu(x, negative_slope=0.3))


def bst_by_the_course(n_movies, length, heads, hidden):
    from course_utils.models.transformer import plain_bst

    return plain_bst(n_movies, length, heads, hidden)


def bst_with_options(n_movies, length, heads, hidden):
    from course_utils.models import bst

    options = {"length": length, "heads": heads, "hidden": hidden, "dropout": 0}
    return bst(n_movies, batch_norm=False, **options)


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
    ("create_sequences", "equal_values_once", unique_windows),
    ("create_sequences", "equal_values_once", equal_windows_dropped),
    ("create_sequences", "unique_sorted", unique_rows),
    ("create_sequences", "step_as_overlap", step_taken_for_the_overlap),
    ("create_sequences", "ends_early", range_ends_one_early),
    ("create_sequences", "one_window_missing", range_ends_one_early_but_the_rest),
    ("create_sequences", "remainder_of_n", rest_by_the_wrong_remainder),
    ("create_sequences", "remainder_by_length", rest_by_the_length),
    ("create_sequences", "short_one_for_few", a_short_one_if_there_are_few),
    ("create_sequences", "padded", padded_with_zeros),
    ("create_sequences", "one_window_missing", exactly_one_window_forgotten),
    ("create_sequences", "from_the_end", from_the_end),
    ("create_sequences", "one_too_long", one_value_too_long),
    ("create_sequences", None, starts_only),
    ("create_sequences", "settings_ignored", always_four_and_two),
    ("create_sequences", "step_ignored", two_whatever_the_step),
    ("create_sequences", "sorted_values", values_sorted_first),
    ("create_sequences", "last_moved_first", last_one_first),
    ("create_sequences", None, a_generator),
    ("create_sequences", None, one_long_list),
    ("create_sequences", "exchanged", length_and_step_exchanged),
    ("create_sequences", None, rest_begins_one_late),
    ("create_sequences", "first_missing", first_window_missing),
    ("create_sequences", "repeats_last + written_over", written_over_and_over),
    ("training_windows", None, calls_the_one_not_written_yet),
    ("training_windows", "held_out_windows", windows_of_what_is_held_out),
    ("training_windows", "true_and_false", windows_of_true_and_false),
    ("training_windows", "flags", windows_of_the_flags),
    ("training_windows", "counted_from_one", counted_from_one),
    ("training_windows", "a_tuple", where_without_its_zero),
    ("training_windows", "settings_ignored", lengths_left_at_four_and_two),
    ("training_windows", "in_each_run", never_across_a_gap),
    ("training_windows", "up_to_the_first", up_to_the_first_held_out),
    ("training_windows", "inputs_only", inputs_clean_target_not),
    ("training_windows", "not_all_held_out", whole_windows_held_out),
    ("training_windows", "first_only", first_one_clean),
    ("training_windows", "marked", marked_with_minus_one),
    ("training_windows", "taken_out_after", taken_out_after_cutting),
    ("training_windows", None, not_of_the_whole_array),
    ("training_windows", None, minus_for_not),
    ("training_windows", "drops_the_rest", rest_dropped_again),
    ("training_windows", "repeats_last", last_one_twice_again),
    ("training_windows", None, each_place_apart),
    ("training_windows", "places_zero_and_one", deleted_by_place),
    ("training_windows", None, held_out_ones_next_to_it_too),
    ("causal_mask", "hidden_is_true", true_where_hidden),
    ("causal_mask", "minus_infinity", minus_infinity),
    ("causal_mask", "whole_triangle", lower_triangle_whole),
    ("causal_mask", "all_of_the_future", upper_triangle_whole),
    ("causal_mask", "only_older", older_than_memory),
    ("causal_mask", "one_too_many", one_too_many),
    ("causal_mask", "start_below_zero", negative_start_wraps),
    ("causal_mask", "exactly_memory", exactly_memory_before),
    ("causal_mask", "only_the_last", only_the_one_before),
    ("causal_mask", "first_columns", first_columns),
    ("causal_mask", "last_columns", last_columns),
    ("causal_mask", "sees_itself_not_the_last", itself_and_memory_minus_one),
    ("causal_mask", "whole_triangle", itself_without_a_limit),
    ("causal_mask", "everything", everything),
    ("causal_mask", "nothing", nothing),
    ("causal_mask", "first_row_filled", first_row_filled),
    ("causal_mask", None, always_three),
    ("causal_mask", "everything", or_for_and),
    ("causal_mask", "sees_itself", brackets_of_and_missing),
    ("causal_mask", None, one_row),
    ("causal_mask", "distances", the_distances),
    ("causal_mask", "sees_the_future", columns_first),
    ("causal_mask", None, rows_upside_down),
    ("causal_mask", "shares", shares_of_a_row),
    ("causal_mask", "nearest_missing", without_the_nearest),
    ("causal_mask", None, memory_rows),
    ("residual_target", "brackets", brackets_missing),
    ("residual_target", "tables_without_index", tables_without_index),
    ("residual_target", "tables_exchanged", tables_exchanged),
    ("residual_target", "users_for_both", users_for_both),
    ("residual_target", "mean_only", mean_alone),
    ("residual_target", "bias_model", bias_model_itself),
    ("residual_target", "own_mean", own_mean_of_these),
    ("residual_target", "squared", squared_error),
    ("residual_target", "absolute", absolute_error),
    ("residual_target", "clipped", clipped_to_the_scale),
    ("residual_target", "by_place", by_place_in_the_list),
    ("residual_target", None, one_mean_of_all),
    ("residual_target", None, stars_lost),
    ("residual_target", "mean_twice", mean_in_each_bias),
    ("residual_target", "product", biases_multiplied),
    ("residual_target", None, whole_numbers),
    ("residual_target", "movie_bias_turned", movie_bias_added),
    ("residual_target", "movie_bias_turned", movie_bias_taken_away),
    ("residual_target", None, a_table_of_everybody),
    ("residual_target", "ratio", ratio),
    ("residual_target", "numbered_from_one", numbered_from_one),
    ("residual_target", "centred", centred_again),
    ("residual_target", None, numbers_of_users_taken_away),
    ("attention", "no_softmax", scores_as_weights),
    ("attention", "softmax_of_columns", softmax_down_the_columns),
    ("attention", "softmax_of_all", softmax_over_everything),
    ("attention", "exp_only", forgot_to_divide),
    ("attention", "not_scaled", without_the_root),
    ("attention", "by_d", divided_by_d),
    ("attention", "by_root_of_tokens", root_of_the_tokens),
    ("attention", "times_root", times_the_root),
    ("attention", "weights", only_the_weights),
    ("attention", "keys_summed", keys_mixed),
    ("attention", "keys_exchanged", keys_ask),
    ("attention", "hard", best_key_only),
    ("attention", "mean", plain_mean),
    ("attention", "sigmoid", sigmoid_of_scores),
    ("attention", "scaled_after", root_after_softmax),
    ("attention", None, keys_not_turned),
    ("transformer_block", "nothing_added_first", attention_replaces),
    ("transformer_block", "nothing_added_second", thought_replaces),
    ("transformer_block", "nothing_added", nothing_added),
    ("transformer_block", "pre_norm", normalised_before),
    ("transformer_block", "no_second_norm", one_norm_only),
    ("transformer_block", "no_norm", no_norm_at_all),
    ("transformer_block", "adds_the_tokens", tokens_added_twice),
    ("transformer_block", "no_bend", a_linear_thought),
    ("transformer_block", "bend_after", bent_afterwards),
    ("transformer_block", "relu_after", relu_as_usual),
    ("transformer_block", "slope_02", leaky_by_name),
    ("transformer_block", "narrow_heads", width_shared_by_heads),
    ("transformer_block", "heads_exchanged", heads_and_width_exchanged),
    ("transformer_block", "one_head", a_single_head),
    ("transformer_block", "causal", looks_back_only),
    ("transformer_block", "two_dense", wide_inside),
    ("transformer_block", "dropout", block_with_dropout),
    ("transformer_block", "unreadable", block_not_returned),
    ("bst_network", "stars_added", stars_added),
    ("bst_network", "stars_before_positions", stars_first),
    ("bst_network", "no_stars", stars_not_used),
    ("bst_network", "no_positions", positions_forgotten),
    ("bst_network", "target_has_a_place", positions_everywhere),
    ("bst_network", "two_tables", own_table_for_the_target),
    ("bst_network", "row_missing", one_row_too_few),
    ("bst_network", "target_first", asked_first),
    ("bst_network", "pooled", mean_of_tokens),
    ("bst_network", "last_token", only_the_last_token),
    ("bst_network", "no_block", without_a_block),
    ("bst_network", "one_head", one_head_whatever),
    ("bst_network", "hidden_fixed", hidden_as_in_2021),
    ("bst_network", "no_hidden", hidden_left_out),
    ("bst_network", "no_bend", hidden_linear),
    ("bst_network", "relu", hidden_relu),
    ("bst_network", "sigmoid_outside", stars_as_a_sigmoid),
    ("bst_network", "one_a_movie", a_score_for_each_movie),
]

RIGHT = [
    ("create_sequences", by_strides),
    ("training_windows", split_first_by_list),
    ("training_windows", split_first_by_index),
    ("causal_mask", mask_by_loop),
    ("causal_mask", mask_by_triangles),
    ("causal_mask", mask_by_keras),
    ("residual_target", residual_by_loop),
    ("residual_target", residual_by_pandas),
    ("create_sequences", by_a_set_of_starts),
    ("create_sequences", by_a_while_loop),
    ("create_sequences", by_index_table),
    ("create_sequences", by_keras),
    ("create_sequences", by_pandas),
    ("training_windows", split_first_by_mask),
    ("training_windows", split_first_by_pandas),
    ("training_windows", split_first_by_compress),
    ("training_windows", split_first_as_table),
    ("training_windows", split_first_as_tuples),
    ("causal_mask", mask_by_lists),
    ("causal_mask", mask_by_diagonals),
    ("causal_mask", mask_by_fromfunction),
    ("causal_mask", mask_by_pandas),
    ("residual_target", residual_by_take),
    ("residual_target", residual_step_by_step),
    ("residual_target", residual_of_a_table),
    ("residual_target", residual_in_a_series),
    ("residual_target", residual_by_keras),
    ("attention", attention_by_ops),
    ("attention", attention_by_loop),
    ("attention", attention_by_einsum),
    ("attention", attention_by_scipy),
    ("attention", attention_scaled_before),
    ("attention", attention_divided_at_the_end),
    ("attention", attention_as_a_list),
    ("transformer_block", block_with_add_layers),
    ("transformer_block", block_with_named_arguments),
    ("transformer_block", block_leaky_by_number),
    ("transformer_block", block_layers_made_first),
    ("transformer_block", block_with_the_sum_turned),
    ("transformer_block", block_of_the_course),
    ("bst_network", bst_with_a_list_of_inputs),
    ("bst_network", bst_with_layers_for_all),
    ("bst_network", bst_reshaped),
    ("bst_network", bst_leaky_by_number),
    ("bst_network", bst_by_the_course),
    ("bst_network", bst_with_options),
]
