"""Answers to the exercises of lesson 08."""

from itertools import pairwise

import numpy as np
import pandas as pd
from scipy.special import log_softmax, logsumexp, softmax

# --- inputs_and_targets


def targets_same(history):
    return history[:-1], history[:-1]


def targets_before(history):
    return history[1:], history[:-1]


def reads_everything(history):
    return history, history[1:]


def asks_for_everything(history):
    return history[:-1], history


def asks_for_the_last(history):
    return history[:-1], history[-1:]


def asks_for_one_number(history):
    return history[:-1], history[-1]


def one_question(history):
    return [history[-2]], [history[-1]]


def films_sorted(history):
    history = np.sort(history)
    return history[:-1], history[1:]


def two_places_on(history):
    return history[:-2], history[2:]


def newest_first(history):
    history = list(history)[::-1]
    return history[:-1], history[1:]


def each_film_once(history):
    films = list(dict.fromkeys(history))
    return films[:-1], films[1:]


def each_film_once_by_pandas(history):
    films = pd.unique(pd.Series(history))
    return films[:-1], films[1:]


def rolled_round(history):
    return history, np.roll(history, -1)


def filled_with_minus_one(history):
    return history, np.append(history[1:], -1)


def beginnings(history):
    return [history[: i + 1] for i in range(len(history) - 1)], history[1:]


def pairs_of_films(history):
    return list(pairwise(history))


def sets_of_films(history):
    return set(history[:-1]), set(history[1:])


def reads_the_answer(history):
    return history[1:], history[1:]


def range_ends_early(history):
    read, asked = [], []
    for i in range(len(history) - 2):
        read.append(history[i])
        asked.append(history[i + 1])
    return read, asked


def begins_at_one(history):
    read = [history[i] for i in range(1, len(history) - 1)]
    return read, [history[i + 1] for i in range(1, len(history) - 1)]


def computed_and_forgotten(history):
    read, asked = history[:-1], history[1:]  # noqa: F841


def two_columns(history):
    return np.stack([history[:-1], history[1:]], axis=1)


def shifted_with_a_gap(history):
    films = pd.Series(history)
    return films, films.shift(-1)


def places_for_films(history):
    return np.arange(len(history) - 1), np.arange(1, len(history))


def slices_of_a_list(history):
    films = list(history)
    return films[:-1], films[1:]


def one_by_one(history):
    read, asked = [], []
    for i in range(len(history) - 1):
        read.append(history[i])
        asked.append(history[i + 1])
    return np.array(read), np.array(asked)


def by_pairs(history):
    before, after = zip(*pairwise(history), strict=True)
    return before, after


def by_delete(history):
    return np.delete(history, -1), np.delete(history, 0)


def by_shift(history):
    films = pd.DataFrame({"read": history})
    films["asked"] = films["read"].shift(-1)
    films = films.dropna().astype(int)
    return films["read"], films["asked"]


def by_windows(history):
    windows = np.lib.stride_tricks.sliding_window_view(history, 2)
    return windows[:, 0], windows[:, 1]


def as_two_rows(history):
    return np.stack([history[:-1], history[1:]])


# --- attend


def attends_to_everything(query, key, value):
    weight = softmax(query @ key.T / np.sqrt(key.shape[1]), axis=1)
    return weight @ value


def attends_to_everything_in_ops(query, key, value):
    from keras import ops

    score = ops.matmul(query, ops.transpose(key)) / query.shape[-1] ** 0.5
    return ops.matmul(ops.softmax(score), value)


def upper_instead_of_lower(query, key, value):
    n, d = query.shape
    score = np.where(np.triu(np.ones((n, n))) == 1, query @ key.T / np.sqrt(d), -1e9)
    return softmax(score, axis=-1) @ value


def ahead_by_places(query, key, value):
    from keras import ops

    place = ops.arange(query.shape[0])
    seen = place[:, None] <= place[None, :]
    score = ops.matmul(query, ops.transpose(key)) / np.sqrt(key.shape[1])
    return ops.matmul(ops.softmax(ops.where(seen, score, -1e9)), value)


def never_itself(query, key, value):
    n, d = query.shape
    seen = np.tril(np.ones((n, n), bool), k=-1)
    return softmax(np.where(seen, query @ key.T / d**0.5, -1e9), axis=-1) @ value


def root_forgotten(query, key, value):
    from keras import ops

    seen = ops.tril(ops.ones((query.shape[0], query.shape[0]), dtype="bool"))
    score = ops.matmul(query, ops.transpose(key))
    return ops.matmul(ops.softmax(ops.where(seen, score, -1e9)), value)


def by_d_itself(query, key, value):
    seen = np.tril(np.ones((len(query), len(key)), bool))
    return softmax(np.where(seen, query @ key.T / key.shape[1], -1e9), axis=-1) @ value


def by_the_root_of_n(query, key, value):
    seen = np.tril(np.ones((len(query), len(key)), bool))
    return softmax(np.where(seen, query @ key.T / np.sqrt(len(key)), -1e9), axis=-1) @ value


def sums_to_one_by_column(query, key, value):
    from keras import ops

    seen = ops.tril(ops.ones((query.shape[0], query.shape[0]), dtype="bool"))
    score = ops.matmul(query, ops.transpose(key)) / np.sqrt(key.shape[1])
    return ops.matmul(ops.softmax(ops.where(seen, score, -1e9), axis=0), value)


def multiplied_by_the_mask(query, key, value):
    score = np.tril(query @ key.T / np.sqrt(key.shape[1]))
    return softmax(score, axis=-1) @ value


def masked_after_the_softmax(query, key, value):
    from keras import ops

    score = ops.matmul(query, ops.transpose(key)) / np.sqrt(key.shape[1])
    return ops.matmul(ops.tril(ops.softmax(score)), value)


def keys_mixed(query, key, value):
    seen = np.tril(np.ones((len(query), len(key)), bool))
    return softmax(np.where(seen, query @ key.T / np.sqrt(key.shape[1]), -1e9), axis=-1) @ key


def key_asks_query(query, key, value):
    from keras import ops

    seen = ops.tril(ops.ones((query.shape[0], query.shape[0]), dtype="bool"))
    score = ops.matmul(key, ops.transpose(query)) / np.sqrt(key.shape[1])
    return ops.matmul(ops.softmax(ops.where(seen, score, -1e9)), value)


def without_softmax(query, key, value):
    return np.tril(query @ key.T / np.sqrt(key.shape[1])) @ value


def weights_only(query, key, value):
    seen = np.tril(np.ones((len(query), len(key)), bool))
    return softmax(np.where(seen, query @ key.T / np.sqrt(key.shape[1]), -1e9), axis=-1)


def where_turned_round(query, key, value):
    from keras import ops

    seen = ops.tril(ops.ones((query.shape[0], query.shape[0]), dtype="bool"))
    score = ops.matmul(query, ops.transpose(key)) / np.sqrt(key.shape[1])
    return ops.matmul(ops.softmax(ops.where(seen, -1e9, score)), value)


def multiplied_by_the_root(query, key, value):
    seen = np.tril(np.ones((len(query), len(key)), bool))
    return softmax(np.where(seen, query @ key.T * np.sqrt(key.shape[1]), -1e9), axis=-1) @ value


def root_at_the_end(query, key, value):
    seen = np.tril(np.ones((len(query), len(key)), bool))
    return softmax(np.where(seen, query @ key.T, -1e9), axis=-1) @ value / np.sqrt(key.shape[1])


def squeezed_one_by_one(query, key, value):
    from keras import ops

    seen = ops.tril(ops.ones((query.shape[0], query.shape[0]), dtype="bool"))
    score = ops.matmul(query, ops.transpose(key)) / np.sqrt(key.shape[1])
    return ops.matmul(ops.sigmoid(ops.where(seen, score, -1e9)), value)


def mean_of_what_was(query, key, value):
    return np.cumsum(value, axis=0) / np.arange(1, len(value) + 1)[:, None]


def hard_attention(query, key, value):
    seen = np.tril(np.ones((len(query), len(key)), bool))
    return value[np.where(seen, query @ key.T, -1e9).argmax(axis=1)]


def not_divided_by_the_sum(query, key, value):
    score = np.exp(query @ key.T / np.sqrt(key.shape[1]))
    return np.tril(score) @ value


def neither_root_nor_mask(query, key, value):
    return softmax(query @ key.T, axis=-1) @ value


def products_of_numbers(query, key, value):
    return softmax(query.T @ key / np.sqrt(key.shape[1]), axis=-1) @ value


def products_place_by_place(query, key, value):
    score = (query * key).sum(axis=1) / np.sqrt(key.shape[1])
    return softmax(score) @ value


def attends_in_numpy(query, key, value):
    n, d = query.shape
    score = query @ key.T / np.sqrt(d)
    score[np.triu_indices(n, k=1)] = -np.inf
    weight = np.exp(score - score.max(axis=1, keepdims=True))
    return weight / weight.sum(axis=1, keepdims=True) @ value


def attends_in_loops(query, key, value):
    rows = []
    for t in range(len(query)):
        score = [float(np.dot(query[t], key[s])) / len(query[t]) ** 0.5 for s in range(t + 1)]
        weight = np.exp(score) / np.sum(np.exp(score))
        rows.append(sum(w * v for w, v in zip(weight, value[: t + 1], strict=True)))
    return np.array(rows)


def attends_with_scipy(query, key, value):
    seen = np.tril(np.ones((len(query), len(key)), bool))
    return softmax(np.where(seen, query @ key.T / np.sqrt(key.shape[1]), -1e9), axis=-1) @ value


def attends_as_numpy_at_the_end(query, key, value):
    return np.array(attends_with_tril(query, key, value))


def attends_with_tril(query, key, value):
    from keras import ops

    n, d = query.shape
    seen = ops.tril(ops.ones((n, n), dtype="bool"))
    score = ops.matmul(query, ops.transpose(key)) / d**0.5
    return ops.matmul(ops.softmax(ops.where(seen, score, -1e9), axis=-1), value)


def attends_with_a_penalty(query, key, value):
    from keras import ops

    n = ops.shape(query)[0]
    later = ops.triu(ops.ones((n, n)), k=1)
    score = ops.einsum("id,jd->ij", query, key) / ops.sqrt(float(key.shape[-1]))
    return ops.einsum("ij,jd->id", ops.nn.softmax(score - 1e9 * later), value)


def attends_by_exponentials(query, key, value):
    from keras import ops

    score = ops.matmul(query, ops.transpose(key)) / np.sqrt(key.shape[1])
    share = ops.tril(ops.exp(score - ops.max(score, axis=-1, keepdims=True)))
    return ops.matmul(share / ops.sum(share, axis=-1, keepdims=True), value)


def attends_row_by_row(query, key, value):
    from keras import ops

    rows = []
    for t in range(query.shape[0]):
        score = ops.matmul(key[: t + 1], query[t]) / query.shape[1] ** 0.5
        rows.append(ops.matmul(ops.softmax(score), value[: t + 1]))
    return ops.stack(rows)


def attends_with_a_layer(query, key, value):
    from keras import layers, ops

    from course_utils.models.self_attention import causal_mask

    score = ops.matmul(query, ops.transpose(key)) * key.shape[1] ** -0.5
    weight = layers.Softmax()(score, mask=causal_mask(query.shape[0]))
    return ops.matmul(weight, value)


def attends_by_keras(query, key, value):
    from keras import ops

    one_head = [ops.expand_dims(ops.expand_dims(x, 0), 2) for x in (query, key, value)]
    found = ops.dot_product_attention(*one_head, is_causal=True)
    return found[0, :, 0]


def attends_with_a_scaled_query(query, key, value):
    from keras import ops

    place = ops.arange(query.shape[0])
    shut = ops.less(place[:, None], place[None, :])
    score = ops.matmul(query / np.sqrt(query.shape[1]), ops.swapaxes(key, 0, 1))
    return ops.dot(ops.softmax(ops.where(shut, float("-inf"), score)), value)


# --- next_cross_entropy


def picked(table, target):
    """Each place's entry at its target (0 where there is none)."""
    return np.take_along_axis(table, np.maximum(target, 0)[..., None], axis=-1)[..., 0]


def padding_counts_too(target, logits):
    return -picked(log_softmax(logits, axis=-1), target).mean()


def padding_counts_too_in_keras(target, logits):
    from keras import ops

    target = ops.maximum(target, 0)
    return ops.mean(ops.sparse_categorical_crossentropy(target, logits, from_logits=True))


def mean_over_all_places(target, logits):
    from keras import ops

    real = ops.cast(target >= 0, "float32")
    at = ops.maximum(target, 0)
    return ops.mean(real * ops.sparse_categorical_crossentropy(at, logits, from_logits=True))


def sum_of_all(target, logits):
    return -(picked(log_softmax(logits, axis=-1), target) * (target >= 0)).sum()


def sign_forgotten(target, logits):
    real = target >= 0
    return picked(log_softmax(logits, axis=-1), target)[real].mean()


def only_the_logit(target, logits):
    real = target >= 0
    return -picked(logits, target)[real].mean()


def distance_to_the_best(target, logits):
    real = target >= 0
    return (logits.max(axis=-1) - picked(logits, target))[real].mean()


def log_forgotten(target, logits):
    real = target >= 0
    return -picked(softmax(logits, axis=-1), target)[real].mean()


def film_zero_left_out(target, logits):
    from keras import ops

    real = ops.cast(target > 0, "float32")
    cost = ops.sparse_categorical_crossentropy(ops.maximum(target, 0), logits, from_logits=True)
    return ops.sum(real * cost) / ops.maximum(ops.sum(real), 1.0)


def film_zero_left_out_by_truth(target, logits):
    target = np.maximum(target, 0)
    real = target.astype(bool)
    return -picked(log_softmax(logits, axis=-1), target)[real].mean()


def to_the_base_of_ten(target, logits):
    return -np.log10(picked(softmax(logits, axis=-1), target))[target >= 0].mean()


def to_the_base_of_two(target, logits):
    return -np.log2(picked(softmax(logits, axis=-1), target))[target >= 0].mean()


def one_value_a_place(target, logits):
    from keras import ops

    real = ops.cast(target >= 0, "float32")
    at = ops.maximum(target, 0)
    return real * ops.sparse_categorical_crossentropy(at, logits, from_logits=True)


def one_value_a_history(target, logits):
    real = target >= 0
    cost = -picked(log_softmax(logits, axis=-1), target) * real
    return cost.sum(axis=1) / real.sum(axis=1)


def mean_of_histories(target, logits):
    return one_value_a_history(target, logits).mean()


def softmax_before_the_logits(target, logits):
    from keras import ops

    real = ops.cast(target >= 0, "float32")
    share = ops.exp(logits) / ops.sum(ops.exp(logits), axis=-1, keepdims=True)
    cost = ops.sparse_categorical_crossentropy(ops.maximum(target, 0), share, from_logits=True)
    return ops.sum(real * cost) / ops.sum(real)


def from_logits_forgotten(target, logits):
    from keras import ops

    real = ops.cast(target >= 0, "float32")
    cost = ops.sparse_categorical_crossentropy(ops.maximum(target, 0), logits)
    return ops.sum(real * cost) / ops.sum(real)


def padding_is_the_last_film(target, logits):
    total = 0.0
    for films, rows in zip(target, logits, strict=True):
        for film, row in zip(films, rows, strict=True):
            total += logsumexp(row) - row[film]
    return total / target.size


def shifted_once_more(target, logits):
    target, logits = target[:, 1:], logits[:, :-1]
    return -picked(log_softmax(logits, axis=-1), target)[target >= 0].mean()


def softmax_over_places(target, logits):
    return -picked(log_softmax(logits, axis=1), target)[target >= 0].mean()


def each_film_yes_or_no(target, logits):
    from keras import ops

    real = ops.cast(target >= 0, "float32")
    wanted = ops.one_hot(ops.maximum(target, 0), logits.shape[-1])
    cost = ops.sum(ops.binary_crossentropy(wanted, logits, from_logits=True), axis=-1)
    return ops.sum(real * cost) / ops.sum(real)


def each_film_yes_or_no_by_keras(target, logits):
    import keras
    from keras import ops

    real = ops.cast(target >= 0, "float32")
    wanted = ops.one_hot(ops.maximum(target, 0), logits.shape[-1])
    cost = keras.losses.binary_crossentropy(wanted, logits, from_logits=True)
    return ops.sum(real * cost) / ops.sum(real)


def perplexity(target, logits):
    return np.exp(-picked(log_softmax(logits, axis=-1), target)[target >= 0].mean())


def divided_by_the_batch(target, logits):
    cost = -picked(log_softmax(logits, axis=-1), target) * (target >= 0)
    return cost.sum(axis=1).mean()


def share_of_hits(target, logits):
    real = target >= 0
    return (logits.argmax(axis=-1)[real] == target[real]).mean()


def padding_left_to_keras(target, logits):
    from keras import ops

    return ops.mean(ops.sparse_categorical_crossentropy(target, logits, from_logits=True))


def log_of_the_mean(target, logits):
    return -np.log(picked(softmax(logits, axis=-1), target)[target >= 0].mean())


def entropy_in_a_loop(target, logits):
    costs = []
    for films, rows in zip(target, logits, strict=True):
        for film, row in zip(films, rows, strict=True):
            if film != -1:
                costs.append(-np.log(np.exp(row[film]) / np.exp(row).sum()))
    return sum(costs) / len(costs)


def entropy_by_a_mask(target, logits):
    real = target != -1
    logits, target = logits[real], target[real]
    return np.mean(logsumexp(logits, axis=1) - logits[np.arange(len(target)), target])


def entropy_by_scipy(target, logits):
    return -picked(log_softmax(logits, axis=-1), target)[target >= 0].mean()


def entropy_by_pandas(target, logits):
    table = pd.DataFrame(log_softmax(logits.reshape(-1, logits.shape[-1]), axis=1))
    asked = pd.Series(target.ravel())
    asked = asked[asked >= 0]
    return -np.mean([table.loc[place, film] for place, film in asked.items()])


def entropy_by_keras(target, logits):
    from course_utils.models import full_cross_entropy

    return full_cross_entropy(target, logits)


def entropy_by_one_hot(target, logits):
    from keras import ops

    right = ops.one_hot(target, ops.shape(logits)[-1])  # -1 is a row of zeros
    return -ops.sum(right * ops.log_softmax(logits)) / ops.sum(right)


def entropy_by_taking(target, logits):
    from keras import ops

    real = ops.not_equal(target, -1)
    at = ops.expand_dims(ops.where(real, target, 0), -1)
    log_share = ops.take_along_axis(ops.log_softmax(logits, axis=-1), at, axis=-1)
    real = ops.cast(real, "float32")
    return -ops.sum(ops.squeeze(log_share, -1) * real) / ops.sum(real)


def entropy_by_logsumexp(target, logits):
    from keras import ops

    real = ops.cast(ops.greater_equal(target, 0), "float32")
    at = ops.expand_dims(ops.maximum(target, 0), -1)
    right = ops.take_along_axis(logits, at, axis=-1)[..., 0]
    cost = ops.logsumexp(logits, axis=-1) - right
    return ops.sum(ops.where(real > 0, cost, 0.0)) / ops.maximum(ops.sum(real), 1.0)


def entropy_by_a_loss_of_keras(target, logits):
    import keras
    from keras import ops

    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True, reduction=None)
    real = ops.cast(target >= 0, "float32")
    return ops.sum(loss(ops.maximum(target, 0), logits) * real) / ops.sum(real)


def entropy_with_ignored_class(target, logits):
    import keras
    from keras import ops

    cost = keras.losses.sparse_categorical_crossentropy(
        target, logits, from_logits=True, ignore_class=-1
    )
    return ops.sum(cost) / ops.sum(ops.cast(target >= 0, cost.dtype))


def entropy_of_shares(target, logits):
    from keras import ops

    share = ops.exp(logits) / ops.sum(ops.exp(logits), axis=-1, keepdims=True)
    right = ops.sum(share * ops.one_hot(ops.maximum(target, 0), logits.shape[-1]), axis=-1)
    real = ops.cast(target > -1, "float32")
    return ops.sum(-ops.log(right) * real) / ops.sum(real)


def entropy_of_one_long_row(target, logits):
    from keras import ops

    target = ops.reshape(ops.cast(target, "int32"), (-1,))
    logits = ops.reshape(logits, (-1, logits.shape[-1]))
    cost = ops.sparse_categorical_crossentropy(ops.relu(target), logits, from_logits=True)
    real = ops.cast(target != -1, "float32")
    return ops.sum(cost * real) / ops.sum(real)


# --- sasrec_network


def without_places(n_movies, length, dim, heads, blocks, dropout):
    import keras
    from keras import layers

    from course_utils.models.self_attention import CausalAttention, MovieVectors

    movies = keras.Input((None,), dtype="int32")
    vectors = MovieVectors(n_movies, dim)
    x = layers.Dropout(dropout)(vectors(movies))
    for _ in range(blocks):
        x = _block(x, CausalAttention(heads, dim, dropout), dim, dropout)
    return keras.Model(movies, vectors(layers.LayerNormalization()(x), score=True))


def _block(x, attention, dim, dropout):
    """A right block with an attention of one's own."""
    from keras import layers

    x = x + layers.Dropout(dropout)(attention(layers.LayerNormalization()(x)))
    wide = layers.Dense(dim, "gelu")(layers.LayerNormalization()(x))
    return x + layers.Dropout(dropout)(layers.Dense(dim)(wide))


def _around(n_movies, length, dim, dropout, inside, end=None):
    """The right beginning and end around what a learner wrote ``inside``."""
    import keras
    from keras import layers

    from course_utils.models.self_attention import MovieVectors, PlaceVectors

    movies = keras.Input((None,), dtype="int32")
    vectors = MovieVectors(n_movies, dim)
    x = inside(layers.Dropout(dropout)(PlaceVectors(length)(vectors(movies))))
    x = layers.LayerNormalization()(x)
    return keras.Model(movies, end(x) if end else vectors(x, score=True))


def _stacked(n_movies, length, dim, heads, blocks, dropout, block=_block, end=None):
    from course_utils.models.self_attention import CausalAttention

    def inside(x):
        for _ in range(blocks):
            x = block(x, CausalAttention(heads, dim, dropout), dim, dropout)
        return x

    return _around(n_movies, length, dim, dropout, inside, end)


def dense_at_the_end(n_movies, length, dim, heads, blocks, dropout):
    from keras import layers

    return _stacked(n_movies, length, dim, heads, blocks, dropout, end=layers.Dense(n_movies))


def softmax_at_the_end(n_movies, length, dim, heads, blocks, dropout):
    import keras
    from keras import layers

    model = _stacked(n_movies, length, dim, heads, blocks, dropout)
    return keras.Model(model.input, layers.Softmax()(model.output))


def nothing_added(n_movies, length, dim, heads, blocks, dropout):
    from keras import layers

    def block(x, attention, dim, dropout):
        x = layers.Dropout(dropout)(attention(layers.LayerNormalization()(x)))
        x = layers.Dense(dim, activation="gelu")(layers.LayerNormalization()(x))
        return layers.Dropout(dropout)(layers.Dense(dim)(x))

    return _stacked(n_movies, length, dim, heads, blocks, dropout, block)


def no_norm_at_the_end(n_movies, length, dim, heads, blocks, dropout):
    import keras
    from keras import layers

    from course_utils.models.self_attention import CausalAttention, MovieVectors, PlaceVectors

    movies = keras.Input((None,), dtype="int32")
    vectors = MovieVectors(n_movies, dim)
    x = layers.Dropout(dropout)(PlaceVectors(length)(vectors(movies)))
    for _ in range(blocks):
        x = _block(x, CausalAttention(heads, dim, dropout), dim, dropout)
    return keras.Model(movies, vectors(x, score=True))


def relu_as_in_the_paper(n_movies, length, dim, heads, blocks, dropout):
    from keras import layers

    def block(x, attention, dim, dropout):
        x = x + layers.Dropout(dropout)(attention(layers.LayerNormalization()(x)))
        wide = layers.Dense(dim, "relu")(layers.LayerNormalization()(x))
        return x + layers.Dropout(dropout)(layers.Dense(dim)(wide))

    return _stacked(n_movies, length, dim, heads, blocks, dropout, block)


def gelu_forgotten(n_movies, length, dim, heads, blocks, dropout):
    from keras import layers

    def block(x, attention, dim, dropout):
        x = x + layers.Dropout(dropout)(attention(layers.LayerNormalization()(x)))
        wide = layers.Dense(dim)(layers.LayerNormalization()(x))
        return x + layers.Dropout(dropout)(layers.Dense(dim)(wide))

    return _stacked(n_movies, length, dim, heads, blocks, dropout, block)


def gelu_twice(n_movies, length, dim, heads, blocks, dropout):
    from keras import layers

    def block(x, attention, dim, dropout):
        x = x + layers.Dropout(dropout)(attention(layers.LayerNormalization()(x)))
        wide = layers.Dense(dim, "gelu")(layers.LayerNormalization()(x))
        return x + layers.Dropout(dropout)(layers.Dense(dim, "gelu")(wide))

    return _stacked(n_movies, length, dim, heads, blocks, dropout, block)


def dropout_forgotten(n_movies, length, dim, heads, blocks, dropout):
    return by_the_course(n_movies, length, dim, heads, blocks, 0.0)


def dropout_of_the_vectors_alone(n_movies, length, dim, heads, blocks, dropout):
    from keras import layers

    def block(x, attention, dim, dropout):
        x = layers.Add()([x, attention(layers.LayerNormalization()(x))])
        wide = layers.Dense(dim, "gelu")(layers.LayerNormalization()(x))
        return layers.Add()([x, layers.Dense(dim)(wide)])

    return _stacked(n_movies, length, dim, heads, blocks, dropout, block)


def vectors_without_dropout(n_movies, length, dim, heads, blocks, dropout):
    import keras
    from keras import layers

    from course_utils.models.self_attention import CausalAttention, MovieVectors, PlaceVectors

    movies = keras.Input((None,), dtype="int32")
    vectors = MovieVectors(n_movies, dim)
    x = PlaceVectors(length)(vectors(movies))
    for _ in range(blocks):
        x = _block(x, CausalAttention(heads, dim, dropout), dim, dropout)
    return keras.Model(movies, vectors(layers.LayerNormalization()(x), score=True))


def dense_without_dropout(n_movies, length, dim, heads, blocks, dropout):
    from keras import layers

    def block(x, attention, dim, dropout):
        x = x + layers.Dropout(dropout)(attention(layers.LayerNormalization()(x)))
        return x + layers.Dense(dim)(layers.Dense(dim, "gelu")(layers.LayerNormalization()(x)))

    return _stacked(n_movies, length, dim, heads, blocks, dropout, block)


def attention_has_its_own_dropout(n_movies, length, dim, heads, blocks, dropout):
    from keras import layers

    def block(x, attention, dim, dropout):
        x = x + attention(layers.LayerNormalization()(x))
        wide = layers.Dense(dim, "gelu")(layers.LayerNormalization()(x))
        return x + layers.Dropout(dropout)(layers.Dense(dim)(wide))

    return _stacked(n_movies, length, dim, heads, blocks, dropout, block)


def dropout_written_down(n_movies, length, dim, heads, blocks, dropout):
    return by_the_course(n_movies, length, dim, heads, blocks, 0.5)


def share_that_is_kept(n_movies, length, dim, heads, blocks, dropout):
    return by_the_course(n_movies, length, dim, heads, blocks, 1 - dropout)


def only_attention(n_movies, length, dim, heads, blocks, dropout):
    from keras import layers

    def block(x, attention, dim, dropout):
        return x + layers.Dropout(dropout)(attention(layers.LayerNormalization()(x)))

    return _stacked(n_movies, length, dim, heads, blocks, dropout, block)


def a_single_block(n_movies, length, dim, heads, blocks, dropout):
    return by_the_course(n_movies, length, dim, heads, 1, dropout)


def a_single_head(n_movies, length, dim, heads, blocks, dropout):
    return by_the_course(n_movies, length, dim, 1, blocks, dropout)


def normalised_after_adding(n_movies, length, dim, heads, blocks, dropout):
    from keras import layers

    def block(x, attention, dim, dropout):
        x = layers.LayerNormalization()(x + layers.Dropout(dropout)(attention(x)))
        thought = layers.Dense(dim)(layers.Dense(dim, "gelu")(x))
        return layers.LayerNormalization()(x + layers.Dropout(dropout)(thought))

    return _stacked(n_movies, length, dim, heads, blocks, dropout, block)


def post_norm_by_the_course(n_movies, length, dim, heads, blocks, dropout):
    from course_utils.models import sasrec

    sizes = {"length": length, "dim": dim, "heads": heads, "blocks": blocks, "dropout": dropout}
    return sasrec(n_movies, norm="post", **sizes)


def x_overwritten_by_its_norm(n_movies, length, dim, heads, blocks, dropout):
    from keras import layers

    def block(x, attention, dim, dropout):
        x = layers.LayerNormalization()(x)
        x = x + layers.Dropout(dropout)(attention(x))
        x = layers.LayerNormalization()(x)
        thought = layers.Dense(dim)(layers.Dense(dim, "gelu")(x))
        return x + layers.Dropout(dropout)(thought)

    return _stacked(n_movies, length, dim, heads, blocks, dropout, block)


def never_normalised_in_blocks(n_movies, length, dim, heads, blocks, dropout):
    from keras import layers

    def block(x, attention, dim, dropout):
        x = x + layers.Dropout(dropout)(attention(x))
        return x + layers.Dropout(dropout)(layers.Dense(dim)(layers.Dense(dim, "gelu")(x)))

    return _stacked(n_movies, length, dim, heads, blocks, dropout, block)


def layers_made_once(n_movies, length, dim, heads, blocks, dropout):
    from keras import layers

    from course_utils.models.self_attention import CausalAttention

    norms = [layers.LayerNormalization(), layers.LayerNormalization()]
    attention = CausalAttention(heads, dim, dropout)
    wide, dense = layers.Dense(dim, "gelu"), layers.Dense(dim)

    def inside(x):
        for _ in range(blocks):
            x = x + layers.Dropout(dropout)(attention(norms[0](x)))
            x = x + layers.Dropout(dropout)(dense(wide(norms[1](x))))
        return x

    return _around(n_movies, length, dim, dropout, inside)


def one_norm_for_both_halves(n_movies, length, dim, heads, blocks, dropout):
    from keras import layers

    def block(x, attention, dim, dropout):
        norm = layers.LayerNormalization()
        x = x + layers.Dropout(dropout)(attention(norm(x)))
        return x + layers.Dropout(dropout)(layers.Dense(dim)(layers.Dense(dim, "gelu")(norm(x))))

    return _stacked(n_movies, length, dim, heads, blocks, dropout, block)


def four_times_as_wide(n_movies, length, dim, heads, blocks, dropout):
    from course_utils.models import sasrec

    sizes = {"length": length, "dim": dim, "heads": heads, "blocks": blocks, "dropout": dropout}
    return sasrec(n_movies, wide=4, **sizes)


def _with_attention_of_keras(n_movies, length, dim, heads, blocks, dropout, **look):
    from keras import layers

    def inside(x):
        for _ in range(blocks):
            by_keras = layers.MultiHeadAttention(heads, dim // heads, dropout=dropout)
            x = _block(x, lambda y, by=by_keras: by(y, y, **look), dim, dropout)
        return x

    return _around(n_movies, length, dim, dropout, inside)


def attention_of_keras(n_movies, length, dim, heads, blocks, dropout):
    sizes = (n_movies, length, dim, heads, blocks, dropout)
    return _with_attention_of_keras(*sizes, use_causal_mask=True)


def attention_of_keras_without_a_mask(n_movies, length, dim, heads, blocks, dropout):
    return _with_attention_of_keras(n_movies, length, dim, heads, blocks, dropout)


def attention_of_keras_with_wide_heads(n_movies, length, dim, heads, blocks, dropout):
    from keras import layers

    def inside(x):
        for _ in range(blocks):
            by_keras = layers.MultiHeadAttention(num_heads=heads, key_dim=dim)
            x = _block(x, lambda y, by=by_keras: by(y, y, use_causal_mask=True), dim, dropout)
        return x

    return _around(n_movies, length, dim, dropout, inside)


def a_mask_that_hides_nothing(n_movies, length, dim, heads, blocks, dropout):
    import keras
    from keras import ops

    from course_utils.models.self_attention import CausalAttention

    @keras.saving.register_keras_serializable("wrong_answers")
    class Looks(CausalAttention):
        def attention(self, x):
            query, key = self._by_head(self.query(x)), self._by_head(self.key(x))
            score = ops.matmul(query, ops.swapaxes(key, 2, 3))
            return ops.softmax(score / np.sqrt(self.dim // self.heads))

    Looks.__name__ = "CausalAttention"  # its own, written anew under the old name

    def block(x, attention, dim, dropout):
        return _block(x, Looks(heads, dim, dropout), dim, dropout)

    return _stacked(n_movies, length, dim, heads, blocks, dropout, block)


def grown_by_hand_too(n_movies, length, dim, heads, blocks, dropout):
    import keras
    from keras import layers

    from course_utils.models.self_attention import CausalAttention, MovieVectors, PlaceVectors

    movies = keras.Input((None,), dtype="int32")
    vectors = MovieVectors(n_movies, dim)
    x = layers.Dropout(dropout)(PlaceVectors(length)(vectors(movies) * dim**0.5))
    for _ in range(blocks):
        x = _block(x, CausalAttention(heads, dim, dropout), dim, dropout)
    return keras.Model(movies, vectors(layers.LayerNormalization()(x), score=True))


def input_of_full_length(n_movies, length, dim, heads, blocks, dropout):
    import keras
    from keras import layers

    from course_utils.models.self_attention import CausalAttention, MovieVectors, PlaceVectors

    movies = keras.Input((length,), dtype="int32")
    vectors = MovieVectors(n_movies, dim)
    x = layers.Dropout(dropout)(PlaceVectors(length)(vectors(movies)))
    for _ in range(blocks):
        x = _block(x, CausalAttention(heads, dim, dropout), dim, dropout)
    return keras.Model(movies, vectors(layers.LayerNormalization()(x), score=True))


def two_tables(n_movies, length, dim, heads, blocks, dropout):
    from course_utils.models.self_attention import MovieVectors

    again = MovieVectors(n_movies, dim)
    sizes = (n_movies, length, dim, heads, blocks, dropout)
    return _stacked(*sizes, end=lambda state: again(state, score=True))


def heads_and_blocks_exchanged(n_movies, length, dim, heads, blocks, dropout):
    return by_the_course(n_movies, length, dim, blocks, heads + 1, dropout)


def score_forgotten(n_movies, length, dim, heads, blocks, dropout):
    import keras
    from keras import layers

    from course_utils.models.self_attention import CausalAttention, MovieVectors, PlaceVectors

    movies = keras.Input((None,), dtype="int32")
    vectors = MovieVectors(n_movies, dim)
    x = layers.Dropout(dropout)(PlaceVectors(length)(vectors(movies)))
    for _ in range(blocks):
        x = _block(x, CausalAttention(heads, dim, dropout), dim, dropout)
    return keras.Model(movies, layers.LayerNormalization()(x))


def only_the_last_place(n_movies, length, dim, heads, blocks, dropout):
    import keras

    model = _stacked(n_movies, length, dim, heads, blocks, dropout)
    return keras.Model(model.input, model.output[:, -1])


def model_not_made(n_movies, length, dim, heads, blocks, dropout):
    return _stacked(n_movies, length, dim, heads, blocks, dropout).output


def two_slips_at_once(n_movies, length, dim, heads, blocks, dropout):
    from keras import layers

    def block(x, attention, dim, dropout):
        x = layers.LayerNormalization()(x + attention(x))
        thought = layers.Dense(dim)(layers.Dense(dim, "relu")(x))
        return layers.LayerNormalization()(x + thought)

    return _stacked(n_movies, length, dim, heads, blocks, dropout, block)


def with_add_layers(n_movies, length, dim, heads, blocks, dropout):
    import keras
    from keras import layers

    from course_utils.models.self_attention import CausalAttention, MovieVectors, PlaceVectors

    movies = keras.layers.Input(shape=(None,), dtype="int32")
    vectors = MovieVectors(n_movies, dim)
    x = layers.Dropout(dropout)(PlaceVectors(length)(vectors(movies)))
    for _ in range(blocks):
        y = layers.LayerNormalization()(x)
        y = CausalAttention(heads, dim, dropout)(y)
        x = layers.Add()([x, layers.Dropout(dropout)(y)])
        y = layers.LayerNormalization()(x)
        y = layers.Dense(dim)(layers.Dense(dim, activation="gelu")(y))
        x = layers.add([layers.Dropout(dropout)(y), x])
    x = layers.LayerNormalization()(x)
    return keras.models.Model(inputs=[movies], outputs=[vectors(x, score=True)])


def with_named_layers(n_movies, length, dim, heads, blocks, dropout):
    import keras
    from keras import layers

    from course_utils.models.self_attention import CausalAttention, MovieVectors, PlaceVectors

    movies = keras.Input((None,), dtype="int32", name="seen")
    vectors = MovieVectors(n_movies=n_movies, dim=dim, name="films")
    x = PlaceVectors(length=length, name="where")(vectors(movies))
    x = layers.Dropout(rate=dropout, name="drop")(x)
    for i in range(blocks):
        norm = layers.LayerNormalization(name=f"norm_{i}")
        attention = CausalAttention(heads=heads, dim=dim, dropout=dropout, name=f"look_{i}")
        x = x + layers.Dropout(dropout, name=f"drop_look_{i}")(attention(norm(x)))
        wide = layers.Dense(units=dim, activation="gelu", name=f"wide_{i}")
        dense = layers.Dense(units=dim, kernel_initializer="he_normal", name=f"dense_{i}")
        y = dense(wide(layers.LayerNormalization(name=f"second_norm_{i}")(x)))
        x = x + layers.Dropout(dropout, name=f"drop_dense_{i}")(y)
    state = layers.LayerNormalization(name="last_norm")(x)
    return keras.Model(movies, vectors(state, score=True), name="my_sasrec")


def with_activation_layers(n_movies, length, dim, heads, blocks, dropout):
    import keras
    from keras import layers

    def block(x, attention, dim, dropout):
        x = x + layers.Dropout(dropout)(attention(layers.LayerNormalization()(x)))
        y = layers.Dense(dim)(layers.LayerNormalization()(x))
        y = layers.Dense(dim)(layers.Activation(keras.activations.gelu)(y))
        return x + layers.Dropout(dropout)(y)

    return _stacked(n_movies, length, dim, heads, blocks, dropout, block)


def by_the_course(n_movies, length, dim, heads, blocks, dropout):
    from course_utils.models import sasrec

    return sasrec(n_movies, length=length, dim=dim, heads=heads, blocks=blocks, dropout=dropout)


def layers_made_first(n_movies, length, dim, heads, blocks, dropout):
    from keras import layers

    from course_utils.models.self_attention import CausalAttention

    norms = [layers.LayerNormalization() for _ in range(2 * blocks)]
    attentions = [CausalAttention(heads, dim, dropout) for _ in range(blocks)]
    wide = [layers.Dense(dim, "gelu") for _ in range(blocks)]
    dense = [layers.Dense(dim) for _ in range(blocks)]

    def inside(x):
        for i in range(blocks):
            x = x + layers.Dropout(dropout)(attentions[i](norms[2 * i](x)))
            x = x + layers.Dropout(dropout)(dense[i](wide[i](norms[2 * i + 1](x))))
        return x

    return _around(n_movies, length, dim, dropout, inside)


def with_ops(n_movies, length, dim, heads, blocks, dropout):
    from keras import layers, ops

    def block(x, attention, dim, dropout):
        x = ops.add(layers.Dropout(dropout)(attention(layers.LayerNormalization()(x))), x)
        y = ops.gelu(layers.Dense(dim)(layers.LayerNormalization()(x)), approximate=False)
        return ops.add(x, layers.Dropout(dropout)(layers.Dense(dim)(y)))

    return _stacked(n_movies, length, dim, heads, blocks, dropout, block)


def by_a_helper_that_calls_itself(n_movies, length, dim, heads, blocks, dropout):
    from course_utils.models.self_attention import CausalAttention

    def stack(x, left):
        if left == 0:
            return x
        return stack(_block(x, CausalAttention(heads, dim, dropout), dim, dropout), left - 1)

    return _around(n_movies, length, dim, dropout, lambda x: stack(x, blocks))


WRONG = [
    ("inputs_and_targets", "same", targets_same),
    ("inputs_and_targets", "backwards", targets_before),
    ("inputs_and_targets", "whole_input", reads_everything),
    ("inputs_and_targets", "whole_target", asks_for_everything),
    ("inputs_and_targets", "only_last", asks_for_the_last),
    ("inputs_and_targets", None, asks_for_one_number),
    ("inputs_and_targets", "only_last_pair", one_question),
    ("inputs_and_targets", "sorted", films_sorted),
    ("inputs_and_targets", "two_steps", two_places_on),
    ("inputs_and_targets", "reversed_history", newest_first),
    ("inputs_and_targets", "no_repeats", each_film_once),
    ("inputs_and_targets", "no_repeats", each_film_once_by_pandas),
    ("inputs_and_targets", "rolled", rolled_round),
    ("inputs_and_targets", "padded", filled_with_minus_one),
    ("inputs_and_targets", "beginnings", beginnings),
    ("inputs_and_targets", None, pairs_of_films),
    ("inputs_and_targets", None, sets_of_films),
    ("inputs_and_targets", "same_next", reads_the_answer),
    ("inputs_and_targets", "one_too_few", range_ends_early),
    ("inputs_and_targets", "first_not_read", begins_at_one),
    ("inputs_and_targets", "no return", computed_and_forgotten),
    ("inputs_and_targets", None, two_columns),
    ("inputs_and_targets", None, shifted_with_a_gap),
    ("inputs_and_targets", None, places_for_films),
    ("attend", "no_mask", attends_to_everything),
    ("attend", "no_mask", attends_to_everything_in_ops),
    ("attend", "future_only", upper_instead_of_lower),
    ("attend", "future_only", ahead_by_places),
    ("attend", "without_itself", never_itself),
    ("attend", "no_root", root_forgotten),
    ("attend", "divides_by_d", by_d_itself),
    ("attend", "root_of_length", by_the_root_of_n),
    ("attend", "columns", sums_to_one_by_column),
    ("attend", "zero_is_no_mask", multiplied_by_the_mask),
    ("attend", "mask_after", masked_after_the_softmax),
    ("attend", "mixes_keys", keys_mixed),
    ("attend", "exchanged", key_asks_query),
    ("attend", "no_softmax", without_softmax),
    ("attend", "weights", weights_only),
    ("attend", "inverted", where_turned_round),
    ("attend", "times_root", multiplied_by_the_root),
    ("attend", "root_after", root_at_the_end),
    ("attend", "sigmoid", squeezed_one_by_one),
    ("attend", "even_shares", mean_of_what_was),
    ("attend", "largest_only", hard_attention),
    ("attend", "no_share", not_divided_by_the_sum),
    ("attend", "no_mask + no_root", neither_root_nor_mask),
    ("attend", None, products_of_numbers),
    ("attend", None, products_place_by_place),
    ("attend", "numpy", attends_in_numpy),
    ("attend", "numpy", attends_in_loops),
    ("attend", "numpy", attends_with_scipy),
    ("attend", "numpy", attends_as_numpy_at_the_end),
    ("next_cross_entropy", "padding_counts", padding_counts_too),
    ("next_cross_entropy", "padding_counts", padding_counts_too_in_keras),
    ("next_cross_entropy", "all_in_the_mean", mean_over_all_places),
    ("next_cross_entropy", "no_mean", sum_of_all),
    ("next_cross_entropy", "sign", sign_forgotten),
    ("next_cross_entropy", "no_softmax", only_the_logit),
    ("next_cross_entropy", "largest", distance_to_the_best),
    ("next_cross_entropy", "probability", log_forgotten),
    ("next_cross_entropy", "first_film_dropped", film_zero_left_out),
    ("next_cross_entropy", "first_film_dropped", film_zero_left_out_by_truth),
    ("next_cross_entropy", "log10", to_the_base_of_ten),
    ("next_cross_entropy", "log2", to_the_base_of_two),
    ("next_cross_entropy", "each_place", one_value_a_place),
    ("next_cross_entropy", "each_history", one_value_a_history),
    ("next_cross_entropy", "mean_of_rows", mean_of_histories),
    ("next_cross_entropy", "softmax_twice", softmax_before_the_logits),
    ("next_cross_entropy", None, from_logits_forgotten),  # what comes depends on the backend
    ("next_cross_entropy", "last_film", padding_is_the_last_film),
    ("next_cross_entropy", "shifted_again", shifted_once_more),
    ("next_cross_entropy", "over_places", softmax_over_places),
    ("next_cross_entropy", "binary", each_film_yes_or_no),
    ("next_cross_entropy", "binary_mean", each_film_yes_or_no_by_keras),
    ("next_cross_entropy", "perplexity", perplexity),
    ("next_cross_entropy", "per_history", divided_by_the_batch),
    ("next_cross_entropy", "accuracy", share_of_hits),
    ("next_cross_entropy", None, padding_left_to_keras),
    ("next_cross_entropy", "log_of_mean", log_of_the_mean),
    ("next_cross_entropy", "numpy", entropy_in_a_loop),
    ("next_cross_entropy", "numpy", entropy_by_a_mask),
    ("next_cross_entropy", "numpy", entropy_by_scipy),
    ("next_cross_entropy", "numpy", entropy_by_pandas),
    ("sasrec_network", "no_places", without_places),
    ("sasrec_network", "untied", dense_at_the_end),
    ("sasrec_network", "softmax_at_the_end", softmax_at_the_end),
    ("sasrec_network", "not_added", nothing_added),
    ("sasrec_network", "no_last_norm", no_norm_at_the_end),
    ("sasrec_network", "relu", relu_as_in_the_paper),
    ("sasrec_network", "no_bend", gelu_forgotten),
    ("sasrec_network", None, gelu_twice),
    ("sasrec_network", "no_dropout", dropout_forgotten),
    ("sasrec_network", "dropout_of_vectors_only", dropout_of_the_vectors_alone),
    ("sasrec_network", "no_dropout_of_vectors", vectors_without_dropout),
    ("sasrec_network", "no_dropout_after_dense", dense_without_dropout),
    ("sasrec_network", "no_dropout_after_attention", attention_has_its_own_dropout),
    ("sasrec_network", "fixed_dropout", dropout_written_down),
    ("sasrec_network", "kept_share", share_that_is_kept),
    ("sasrec_network", "no_dense", only_attention),
    ("sasrec_network", "one_block", a_single_block),
    ("sasrec_network", "one_head", a_single_head),
    ("sasrec_network", "post_norm", normalised_after_adding),
    ("sasrec_network", "post_norm", post_norm_by_the_course),
    ("sasrec_network", "norm_kept", x_overwritten_by_its_norm),
    ("sasrec_network", "no_norms", never_normalised_in_blocks),
    ("sasrec_network", "shared_blocks", layers_made_once),
    ("sasrec_network", None, one_norm_for_both_halves),
    ("sasrec_network", "four_times_wide", four_times_as_wide),
    ("sasrec_network", "keras_attention", attention_of_keras),
    ("sasrec_network", "keras_attention + looks_ahead", attention_of_keras_without_a_mask),
    ("sasrec_network", None, attention_of_keras_with_wide_heads),
    ("sasrec_network", "looks_ahead", a_mask_that_hides_nothing),
    ("sasrec_network", "grown_twice", grown_by_hand_too),
    ("sasrec_network", "unreadable", input_of_full_length),
    ("sasrec_network", None, two_tables),
    ("sasrec_network", None, heads_and_blocks_exchanged),
    ("sasrec_network", None, score_forgotten),
    ("sasrec_network", None, only_the_last_place),
    ("sasrec_network", "unreadable", model_not_made),
    ("sasrec_network", None, two_slips_at_once),
]

RIGHT = [
    ("inputs_and_targets", slices_of_a_list),
    ("inputs_and_targets", one_by_one),
    ("inputs_and_targets", by_pairs),
    ("inputs_and_targets", by_delete),
    ("inputs_and_targets", by_shift),
    ("inputs_and_targets", by_windows),
    ("inputs_and_targets", as_two_rows),
    ("attend", attends_with_tril),
    ("attend", attends_with_a_penalty),
    ("attend", attends_by_exponentials),
    ("attend", attends_row_by_row),
    ("attend", attends_with_a_layer),
    ("attend", attends_by_keras),
    ("attend", attends_with_a_scaled_query),
    ("next_cross_entropy", entropy_by_keras),
    ("next_cross_entropy", entropy_by_one_hot),
    ("next_cross_entropy", entropy_by_taking),
    ("next_cross_entropy", entropy_by_logsumexp),
    ("next_cross_entropy", entropy_by_a_loss_of_keras),
    ("next_cross_entropy", entropy_with_ignored_class),
    ("next_cross_entropy", entropy_of_shares),
    ("next_cross_entropy", entropy_of_one_long_row),
    ("sasrec_network", with_add_layers),
    ("sasrec_network", with_named_layers),
    ("sasrec_network", with_activation_layers),
    ("sasrec_network", by_the_course),
    ("sasrec_network", layers_made_first),
    ("sasrec_network", with_ops),
    ("sasrec_network", by_a_helper_that_calls_itself),
]
