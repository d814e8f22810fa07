"""Answers to the exercises of lesson 04."""

import numpy as np
import pandas as pd
from scipy import sparse

# --- autorec_network


def softmax_at_the_end(n_columns, hidden, activation):
    import keras
    from keras import layers

    row = keras.Input((n_columns,))
    x = layers.Dense(hidden, activation=activation)(row)
    return keras.Model(row, layers.Dense(n_columns, activation="softmax")(x))


def sigmoid_at_the_end(n_columns, hidden, activation):
    from keras import Input, Sequential, layers

    inside, outside = layers.Dense(hidden, activation), layers.Dense(n_columns, "sigmoid")
    return Sequential([Input((n_columns,)), inside, outside])


def activation_twice(n_columns, hidden, activation):
    import keras
    from keras import layers

    row = keras.Input((n_columns,))
    x = row
    for width in (hidden, n_columns):
        x = layers.Dense(width, activation)(x)
    return keras.Model(row, x)


def activation_at_the_end_only(n_columns, hidden, activation):
    import keras
    from keras import layers

    row = keras.Input((n_columns,))
    return keras.Model(row, layers.Dense(n_columns, activation)(layers.Dense(hidden)(row)))


def forgotten_activation(n_columns, hidden, activation):
    import keras
    from keras import layers

    row = keras.Input((n_columns,))
    return keras.Model(row, layers.Dense(n_columns)(layers.Dense(hidden)(row)))


def sigmoid_written_down(n_columns, hidden, activation):
    import keras
    from keras import layers

    row = keras.Input((n_columns,))
    return keras.Model(row, layers.Dense(n_columns)(layers.Dense(hidden, "sigmoid")(row)))


def five_hundred_units(n_columns, hidden, activation):
    import keras
    from keras import layers

    row = keras.Input((n_columns,))
    return keras.Model(row, layers.Dense(n_columns)(layers.Dense(500, activation)(row)))


def without_m(n_columns, hidden, activation):
    import keras
    from keras import layers

    row = keras.Input((n_columns,))
    x = layers.Dense(hidden, activation, use_bias=False)(row)
    return keras.Model(row, layers.Dense(n_columns)(x))


def without_b(n_columns, hidden, activation):
    import keras
    from keras import layers

    row = keras.Input((n_columns,))
    x = layers.Dense(hidden, activation)(row)
    return keras.Model(row, layers.Dense(n_columns, use_bias=False)(x))


def without_any_bias(n_columns, hidden, activation):
    import keras
    from keras import layers

    row = keras.Input((n_columns,))
    x = layers.Dense(hidden, activation, use_bias=False)(row)
    return keras.Model(row, layers.Dense(n_columns, use_bias=False)(x))


def one_number_out(n_columns, hidden, activation):
    import keras
    from keras import layers

    row = keras.Input((n_columns,))
    return keras.Model(row, layers.Dense(1)(layers.Dense(hidden, activation)(row)))


def dropout_inside(n_columns, hidden, activation):
    import keras
    from keras import layers

    row = keras.Input((n_columns,))
    x = layers.Dropout(0.5)(layers.Dense(hidden, activation)(row))
    return keras.Model(row, layers.Dense(n_columns)(x))


def dropout_on_the_row(n_columns, hidden, activation):
    import keras
    from keras import layers

    row = keras.Input((n_columns,))
    x = layers.Dense(hidden, activation)(layers.Dropout(0.5)(row))
    return keras.Model(row, layers.Dense(n_columns)(x))


def forgets_the_model(n_columns, hidden, activation):
    import keras
    from keras import layers

    row = keras.Input((n_columns,))
    x = layers.Dense(hidden, activation)(row)
    return layers.Dense(n_columns)(x)


def two_slips(n_columns, hidden, activation):
    import keras
    from keras import layers

    row = keras.Input((n_columns,))
    x = layers.Dense(hidden, activation, use_bias=False)(row)
    return keras.Model(row, layers.Dense(n_columns, "sigmoid")(x))


def one_layer_too_many(n_columns, hidden, activation):
    import keras
    from keras import layers

    row = keras.Input((n_columns,))
    x = layers.Dense(hidden, activation)(layers.Dense(hidden, activation)(row))
    return keras.Model(row, layers.Dense(n_columns)(x))


def normalised_inside(n_columns, hidden, activation):
    import keras
    from keras import layers

    row = keras.Input((n_columns,))
    x = layers.BatchNormalization()(layers.Dense(hidden, activation)(row))
    return keras.Model(row, layers.Dense(n_columns)(x))


def as_a_sequential(n_columns, hidden, activation):
    import keras

    inside = keras.layers.Dense(hidden, activation=activation)
    return keras.Sequential([inside, keras.layers.Dense(n_columns)])


def with_activation_layers(n_columns, hidden, activation):
    import keras
    from keras import layers

    row = keras.Input(shape=(n_columns,))
    x = layers.Activation(activation)(layers.Dense(hidden)(row))
    return keras.Model(row, layers.Activation("linear")(layers.Dense(n_columns)(x)))


def with_named_layers(n_columns, hidden, activation):
    import keras
    from keras import layers

    row = keras.Input((n_columns,), name="stars")
    code = layers.Dense(hidden, activation, name="encoder")(row)
    out = layers.Dense(n_columns, name="decoder", kernel_initializer="he_normal")(code)
    return keras.Model(inputs=row, outputs=out)


def as_a_model_of_its_own(n_columns, hidden, activation):
    import keras
    from keras import layers

    class AutoRec(keras.Model):
        def __init__(self):
            super().__init__()
            self.inside = layers.Dense(hidden, activation)
            self.outside = layers.Dense(n_columns)

        def call(self, row):
            return self.outside(self.inside(row))

    return AutoRec()


def with_keyword_arguments(n_columns, hidden, activation):
    import keras

    row = keras.layers.Input(shape=(n_columns,), dtype="float32")
    wide = keras.layers.Dense(units=hidden, activation=keras.activations.get(activation))(row)
    back = keras.layers.Dense(units=n_columns, activation=None)(wide)
    return keras.models.Model(inputs=[row], outputs=[back])


def by_the_course(n_columns, hidden, activation):
    import keras

    from course_utils.models import autorec

    model = autorec(n_columns, hidden, activation=activation)
    return keras.Model(model.inputs[0], model.get_layer("output").output)


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


def average_forgotten(users, movies, ratings, shape, init_value=0.0, average=False):
    matrix = np.full(shape, float(init_value))
    matrix[users, movies] = ratings
    return matrix


def always_zeros(users, movies, ratings, shape, init_value=0.0, average=False):
    if average:
        return filled_by_loop(users, movies, ratings, shape, average=True)
    matrix = np.zeros(shape)
    matrix[users, movies] = ratings
    return matrix


def whole_numbers_if_init_is_whole(users, movies, ratings, shape, init_value=0.0, average=False):
    matrix = np.full(shape, init_value)
    if average:
        matrix = np.array(filled_by_loop(users, movies, ratings, shape, average=True))
    matrix[users, movies] = ratings
    return matrix


def empty_users_get_zero(users, movies, ratings, shape, init_value=0.0, average=False):
    if not average:
        return filled_by_loop(users, movies, ratings, shape, init_value)
    means = pd.Series(ratings).groupby(users).mean().reindex(range(shape[0]), fill_value=0)
    matrix = np.tile(means.to_numpy()[:, None], (1, shape[1]))
    matrix[users, movies] = ratings
    return matrix


def empty_users_get_nan(users, movies, ratings, shape, init_value=0.0, average=False):
    matrix = np.full(shape, float(init_value))
    if average:
        for user in range(shape[0]):
            matrix[user, :] = np.mean(ratings[users == user])
    matrix[users, movies] = ratings
    return matrix


def empty_users_get_init(users, movies, ratings, shape, init_value=0.0, average=False):
    matrix = np.full(shape, float(init_value))
    if average:
        for user in np.unique(users):
            matrix[user] = ratings[users == user].mean()
    matrix[users, movies] = ratings
    return matrix


def empty_users_get_the_mean_of_means(users, movies, ratings, shape, init_value=0.0, average=False):
    matrix = np.full(shape, float(init_value))
    if average:
        means = pd.Series(ratings).groupby(users).mean()
        means = means.reindex(np.arange(shape[0])).fillna(means.mean())
        matrix = np.repeat(means.to_numpy().reshape(-1, 1), shape[1], axis=1)
    matrix[users, movies] = ratings
    return matrix


def groupby_without_reindex(users, movies, ratings, shape, init_value=0.0, average=False):
    matrix = np.full(shape, float(init_value))
    if average:
        matrix[:] = pd.Series(ratings).groupby(users).mean().to_numpy()[:, None]
    matrix[users, movies] = ratings
    return matrix


def average_of_the_movie(users, movies, ratings, shape, init_value=0.0, average=False):
    matrix = np.full(shape, float(init_value))
    if average:
        for movie in range(shape[1]):
            own = ratings[movies == movie]
            matrix[:, movie] = own.mean() if len(own) else ratings.mean()
    matrix[users, movies] = ratings
    return matrix


def average_of_a_run(users, movies, ratings, shape, init_value=0.0, average=False):
    matrix = np.full(shape, float(init_value))
    if average:
        matrix[:] = ratings.mean()
        starts = np.flatnonzero(np.diff(users)) + 1
        for run, own in zip(np.split(users, starts), np.split(ratings, starts), strict=True):
            matrix[run[0]] = own.mean()
    matrix[users, movies] = ratings
    return matrix


def ratings_added(users, movies, ratings, shape, init_value=0.0, average=False):
    matrix = np.array(filled_by_loop(users, movies, ratings, shape, init_value, average))
    if average:
        return matrix
    matrix = np.full(shape, float(init_value))
    matrix[users, movies] += ratings
    return matrix


def half_a_star_is_a_gap(users, movies, ratings, shape, init_value=0.0, average=False):
    matrix = np.zeros(shape)
    matrix[users, movies] = ratings
    gaps = matrix < 1
    if average:
        means = [
            ratings[users == u].mean() if u in users else ratings.mean() for u in range(shape[0])
        ]
        return np.where(gaps, np.array(means)[:, None], matrix)
    return np.where(gaps, init_value, matrix)


def median_of_the_user(users, movies, ratings, shape, init_value=0.0, average=False):
    matrix = np.full(shape, float(init_value))
    if average:
        medians = pd.Series(ratings).groupby(users).median().reindex(range(shape[0]))
        matrix[:] = medians.fillna(ratings.mean()).to_numpy()[:, None]
    matrix[users, movies] = ratings
    return matrix


def average_of_different_stars(users, movies, ratings, shape, init_value=0.0, average=False):
    matrix = np.full(shape, float(init_value))
    if average:
        for user in range(shape[0]):
            own = {r for u, r in zip(users, ratings, strict=True) if u == user}
            matrix[user] = sum(own) / len(own) if own else ratings.mean()
    matrix[users, movies] = ratings
    return matrix


def average_rounded(users, movies, ratings, shape, init_value=0.0, average=False):
    matrix = np.full(shape, float(init_value))
    if average:
        for user in range(shape[0]):
            own = ratings[users == user]
            matrix[user] = round(own.mean() if len(own) else ratings.mean())
    matrix[users, movies] = ratings
    return matrix


def indices_exchanged(users, movies, ratings, shape, init_value=0.0, average=False):
    matrix = np.full(shape, float(init_value))
    matrix[movies, users] = ratings
    return matrix


def counted_from_one(users, movies, ratings, shape, init_value=0.0, average=False):
    matrix = np.array(filled_by_loop(users, movies, ratings, shape, init_value, average))
    return np.roll(matrix, -1, axis=1)


def init_on_top_of_the_average(users, movies, ratings, shape, init_value=0.0, average=False):
    matrix = np.full(shape, float(init_value))
    if average:
        for user in range(shape[0]):
            own = ratings[users == user]
            matrix[user] += own.mean() if len(own) else ratings.mean()
    matrix[users, movies] = ratings
    return matrix


def filled_and_not_returned(users, movies, ratings, shape, init_value=0.0, average=False):
    matrix = np.full(shape, float(init_value))
    matrix[users, movies] = ratings


def ratings_as_integers(users, movies, ratings, shape, init_value=0.0, average=False):
    matrix = np.array(filled_by_loop(users, movies, ratings, shape, init_value, average))
    matrix[users, movies] = ratings.astype(int)
    return matrix


def gaps_are_what_equals_init(users, movies, ratings, shape, init_value=0.0, average=False):
    matrix = np.full(shape, float(init_value))
    matrix[users, movies] = ratings
    if average:
        for user in range(shape[0]):
            own = ratings[users == user]
            gaps = matrix[user] == init_value
            matrix[user, gaps] = own.mean() if len(own) else ratings.mean()
    return matrix


def shape_from_the_data(users, movies, ratings, shape, init_value=0.0, average=False):
    shape = users.max() + 1, movies.max() + 1
    return filled_by_loop(users, movies, ratings, shape, init_value, average)


def filled_by_pandas(users, movies, ratings, shape, init_value=0.0, average=False):
    table = pd.DataFrame({"user": users, "movie": movies, "stars": ratings})
    table = table.pivot(index="user", columns="movie", values="stars")
    table = table.reindex(index=range(shape[0]), columns=range(shape[1]))
    if average:
        return table.apply(lambda row: row.fillna(row.mean()), axis=1).fillna(ratings.mean())
    return table.fillna(init_value)


def filled_by_mask(users, movies, ratings, shape, init_value=0.0, average=False):
    rated = np.zeros(shape, bool)
    rated[users, movies] = True
    stars = np.zeros(shape)
    for k in range(len(users)):
        stars[users[k]][movies[k]] = ratings[k]
    fill = np.ones((shape[0], 1)) * init_value
    if average:
        with np.errstate(invalid="ignore"):
            fill = stars.sum(1, keepdims=True) / rated.sum(1, keepdims=True)
        fill[np.isnan(fill)] = np.average(ratings)
    return stars + ~rated * fill


def filled_by_add_at(users, movies, ratings, shape, init_value=0.0, average=False):
    sums, counts = np.zeros(shape[0]), np.zeros(shape[0])
    np.add.at(sums, users, ratings)
    np.add.at(counts, users, 1)
    if average:
        rows = [
            s / c if c else sum(ratings) / len(ratings) for s, c in zip(sums, counts, strict=True)
        ]
    else:
        rows = [init_value] * shape[0]
    matrix = np.tile(rows, (shape[1], 1)).T.astype("float64")
    matrix[users, movies] = ratings
    return matrix


def filled_with_nan(users, movies, ratings, shape, init_value=0.0, average=False):
    matrix = np.full(shape, np.nan, "float32")
    matrix[users, movies] = ratings
    fill = np.full(shape[0], init_value, "float32")
    if average:
        for user in range(shape[0]):
            own = matrix[user][~np.isnan(matrix[user])]
            fill[user] = own.mean() if own.size else np.nanmean(matrix)
    return np.where(np.isnan(matrix), fill[:, None], matrix)


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

    return masked_mse(y_true, y_pred)


def at_least_one_star(y_true, y_pred):
    mask = (y_true >= 1).astype(float)
    return (mask * (y_true - y_pred) ** 2).sum(axis=1) / np.maximum(mask.sum(axis=1), 1)


def mask_of_the_predictions(y_true, y_pred):
    mask = y_pred != 0
    return ((y_true - y_pred) ** 2 * mask).sum(axis=1) / np.maximum(mask.sum(axis=1), 1)


def both_above_zero(y_true, y_pred):
    mask = (y_true > 0) & (y_pred > 0)
    return ((y_true - y_pred) ** 2 * mask).sum(axis=1) / np.maximum(mask.sum(axis=1), 1)


def gaps_scored(y_true, y_pred):
    mask = y_true == 0
    return np.sum((y_true - y_pred) ** 2 * mask, axis=1) / np.maximum(np.sum(mask, axis=1), 1)


def rooted(y_true, y_pred):
    mask = y_true != 0
    return np.sqrt(((y_true - y_pred) ** 2 * mask).sum(1) / np.maximum(mask.sum(1), 1))


def absolute_errors(y_true, y_pred):
    mask = y_true != 0
    return (np.abs(y_true - y_pred) * mask).sum(1) / np.maximum(mask.sum(1), 1)


def not_squared(y_true, y_pred):
    mask = y_true != 0
    return ((y_true - y_pred) * mask).sum(1) / np.maximum(mask.sum(1), 1)


def along_the_columns(y_true, y_pred):
    mask = y_true != 0
    return ((y_true - y_pred) ** 2 * mask).sum(axis=0) / np.maximum(mask.sum(axis=0), 1)


def all_errors_by_rated(y_true, y_pred):
    return ((y_true - y_pred) ** 2).sum(axis=1) / np.maximum((y_true != 0).sum(axis=1), 1)


def square_of_the_mean(y_true, y_pred):
    mask = y_true != 0
    error = ((y_true - y_pred) * mask).sum(1) / np.maximum(mask.sum(1), 1)
    return error**2


def empty_rows_dropped(y_true, y_pred):
    return [
        np.mean((t[t != 0] - p[t != 0]) ** 2)
        for t, p in zip(y_true, y_pred, strict=True)
        if t.any()
    ]


def empty_rows_are_nan(y_true, y_pred):
    truth = np.where(y_true == 0, np.nan, y_true)
    return np.nanmean((truth - y_pred) ** 2, axis=1)


def count_keeps_its_axis(y_true, y_pred):
    mask = y_true != 0
    total = ((y_true - y_pred) ** 2 * mask).sum(axis=1)
    return total / np.maximum(mask.sum(axis=1, keepdims=True), 1)


def count_plus_one(y_true, y_pred):
    mask = y_true != 0
    return ((y_true - y_pred) ** 2 * mask).sum(axis=1) / (mask.sum(axis=1) + 1)


def plain_max(y_true, y_pred):
    mask = y_true != 0
    return ((y_true - y_pred) ** 2 * mask).sum(axis=1) / max(mask.sum(axis=1), 1)


def returns_in_the_loop(y_true, y_pred):
    for truth, guess in zip(y_true, y_pred, strict=True):
        mask = truth != 0
        return ((truth - guess) ** 2)[mask].mean()


def only_the_truth_masked(y_true, y_pred):
    mask = y_true != 0
    return ((mask * y_true - y_pred) ** 2).sum(axis=1) / np.maximum(mask.sum(axis=1), 1)


def half_the_square(y_true, y_pred):
    mask = y_true != 0
    return 0.5 * ((y_true - y_pred) ** 2 * mask).sum(axis=1) / np.maximum(mask.sum(axis=1), 1)


def flattened(y_true, y_pred):
    mask = y_true != 0
    return (y_true[mask] - y_pred[mask]) ** 2


def masked_by_epsilon(y_true, y_pred):
    mask = y_true > 0
    return (mask * (y_true - y_pred) ** 2).sum(-1) / (mask.sum(-1) + 1e-9)


def masked_by_ma(y_true, y_pred):
    error = np.ma.masked_array((y_true - y_pred) ** 2, mask=y_true == 0)
    return error.mean(axis=1).filled(0)


def masked_by_pandas(y_true, y_pred):
    truth = pd.DataFrame(y_true).replace(0, np.nan)
    return ((truth - y_pred) ** 2).mean(axis=1).fillna(0)


def masked_by_einsum(y_true, y_pred):
    mask = (y_true != 0).astype("float32")
    error = mask * (y_true - y_pred)
    return np.einsum("ij,ij->i", error, error) / np.clip(mask.sum(1), 1, None)


def masked_by_where(y_true, y_pred):
    from keras import ops

    rated = ops.not_equal(y_true, 0)
    squared = ops.where(rated, ops.square(ops.subtract(y_true, y_pred)), 0.0)
    n = ops.sum(ops.where(rated, 1.0, 0.0), axis=-1)
    return ops.sum(squared, axis=-1) / ops.where(n > 0, n, 1.0)


def masked_by_division(y_true, y_pred):
    from keras import ops

    mask = ops.cast(ops.greater(y_true, 0), "float32")
    total = ops.sum(((y_true - y_pred) * mask) ** 2, axis=1)
    return ops.divide_no_nan(total, ops.sum(mask, axis=1))


def masked_by_count(y_true, y_pred):
    from keras import ops

    n = ops.cast(ops.count_nonzero(y_true, axis=1), "float32")
    error = (y_true - y_pred) * ops.abs(ops.sign(y_true))
    return ops.einsum("ij,ij->i", error, error) / ops.maximum(n, 1.0)


def masked_by_error(y_true, y_pred):
    from keras import ops

    y_pred = ops.where(y_true == 0, y_true, y_pred)  # a gap is told exactly
    rated = ops.sum(ops.cast(y_true != 0, y_pred.dtype), axis=1)
    return ops.sum((y_pred - y_true) ** 2, axis=1) / ops.clip(rated, 1, 1e9)


def masked_by_ops(y_true, y_pred):
    from keras import ops

    mask = ops.cast(ops.not_equal(y_true, 0), "float32")
    error = mask * ops.square(ops.cast(y_true, "float32") - ops.cast(y_pred, "float32"))
    return ops.sum(error, axis=-1) / ops.maximum(ops.sum(mask, axis=-1), 1.0)


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


def one_to_five_always(y_true, y_pred, low, high):
    mask = y_true != 0
    error = (y_true - np.clip(y_pred, 1, 5)) ** 2
    return np.sqrt((mask * error).sum(1) / np.maximum(mask.sum(1), 1))


def only_the_top(y_true, y_pred, low, high):
    mask = y_true != 0
    error = (y_true - np.minimum(y_pred, high)) ** 2
    return np.sqrt((mask * error).sum(1) / np.maximum(mask.sum(1), 1))


def only_the_bottom(y_true, y_pred, low, high):
    mask = y_true != 0
    error = (y_true - np.maximum(y_pred, low)) ** 2
    return np.sqrt((mask * error).sum(1) / np.maximum(mask.sum(1), 1))


def bounds_exchanged(y_true, y_pred, low, high):
    mask = y_true != 0
    error = (y_true - np.clip(y_pred, high, low)) ** 2
    return np.sqrt((mask * error).sum(1) / np.maximum(mask.sum(1), 1))


def one_root_for_all(y_true, y_pred, low, high):
    mask = y_true != 0
    return np.sqrt(((y_true - np.clip(y_pred, low, high))[mask] ** 2).mean())


def mean_of_the_roots(y_true, y_pred, low, high):
    return np.mean(clip_by_loop(y_true, y_pred, low, high))


def root_of_each_error(y_true, y_pred, low, high):
    mask = y_true != 0
    error = np.sqrt((y_true - np.clip(y_pred, low, high)) ** 2) * mask
    return error.sum(1) / np.maximum(mask.sum(1), 1)


def error_clipped(y_true, y_pred, low, high):
    mask = y_true != 0
    error = np.clip((y_true - y_pred) ** 2, low, high)
    return np.sqrt((mask * error).sum(1) / np.maximum(mask.sum(1), 1))


def score_clipped(y_true, y_pred, low, high):
    mask = y_true != 0
    error = (mask * (y_true - y_pred) ** 2).sum(1) / np.maximum(mask.sum(1), 1)
    return np.clip(np.sqrt(error), low, high)


def gaps_count_too(y_true, y_pred, low, high):
    return np.sqrt(((y_true - np.clip(y_pred, low, high)) ** 2).mean(axis=1))


def divided_by_the_columns(y_true, y_pred, low, high):
    mask = y_true != 0
    return np.sqrt((mask * (y_true - np.clip(y_pred, low, high)) ** 2).mean(axis=1))


def mask_from_one_star_on(y_true, y_pred, low, high):
    mask = y_true >= 1
    error = (mask * (y_true - np.clip(y_pred, low, high)) ** 2).sum(1)
    return np.sqrt(error / np.maximum(mask.sum(1), 1))


def rated_is_above_low(y_true, y_pred, low, high):
    mask = y_true > low
    error = (mask * (y_true - np.clip(y_pred, low, high)) ** 2).sum(1)
    return np.sqrt(error / np.maximum(mask.sum(1), 1))


def predictions_rounded(y_true, y_pred, low, high):
    mask = y_true != 0
    error = (mask * (y_true - np.clip(np.round(y_pred), low, high)) ** 2).sum(1)
    return np.sqrt(error / np.maximum(mask.sum(1), 1))


def root_of_the_sum(y_true, y_pred, low, high):
    mask = y_true != 0
    return np.sqrt((mask * (y_true - np.clip(y_pred, low, high)) ** 2).sum(1))


def root_before_the_division(y_true, y_pred, low, high):
    mask = y_true != 0
    total = (mask * (y_true - np.clip(y_pred, low, high)) ** 2).sum(1)
    return np.sqrt(total) / np.maximum(mask.sum(1), 1)


def off_the_scale_left_out(y_true, y_pred, low, high):
    mask = (y_true != 0) & (y_pred >= low) & (y_pred <= high)
    return np.sqrt((mask * (y_true - y_pred) ** 2).sum(1) / np.maximum(mask.sum(1), 1))


def a_score_for_each_movie(y_true, y_pred, low, high):
    mask = y_true != 0
    error = (mask * (y_true - np.clip(y_pred, low, high)) ** 2).sum(0)
    return np.sqrt(error / np.maximum(mask.sum(0), 1))


def neither_clipped_nor_rooted(y_true, y_pred, low, high):
    return masked_by_loop(y_true, y_pred)


def clip_by_own_mse(y_true, y_pred, low, high):
    return np.sqrt(masked_by_loop(y_true, np.clip(y_pred, low, high)))


def clip_by_where(y_true, y_pred, low, high):
    kept = np.where(y_pred > high, high, np.where(y_pred < low, low, y_pred))
    mask = (y_true > 0).astype("float32")
    return (np.sum(mask * np.abs(y_true - kept) ** 2, axis=-1) / (mask.sum(-1) + 1e-12)) ** 0.5


def clip_by_ops(y_true, y_pred, low, high):
    from keras import ops

    y_true, y_pred = ops.cast(y_true, "float32"), ops.cast(y_pred, "float32")
    mask = ops.cast(y_true > 0, "float32")
    error = mask * ops.square(y_true - ops.clip(y_pred, low, high))
    return ops.sqrt(ops.sum(error, axis=1) / ops.maximum(ops.sum(mask, axis=1), 1))


def clip_by_pandas(y_true, y_pred, low, high):
    truth = pd.DataFrame(y_true).replace(0, np.nan)
    return ((truth - pd.DataFrame(y_pred).clip(low, high)) ** 2).mean(axis=1).fillna(0) ** 0.5


def clip_by_norm(y_true, y_pred, low, high):
    mask = y_true != 0
    error = np.where(mask, y_true - np.minimum(np.maximum(y_pred, low), high), 0)
    return np.linalg.norm(error, axis=1) / np.sqrt(np.maximum(mask.sum(axis=1), 1))


# --- keras_l2


def rounded_to_thousandths(lam, n_rows):
    return round(lam / 2 / n_rows, 3)


def whole_division(lam, n_rows):
    return lam // 2 / n_rows


def a_regularizer(lam, n_rows):
    import keras

    return keras.regularizers.L2(lam / (2 * n_rows))


def rows_of_the_lesson(lam, n_rows):
    return lam / 2 / 1682


def l2_printed(lam, n_rows):
    print(lam / 2 / n_rows)


def l2_in_numpy(lam, n_rows):
    return np.float32(lam) / np.float32(2 * n_rows)


def l2_in_steps(lam, n_rows):
    l2 = lam / 2
    l2 /= n_rows
    return l2


def l2_as_tensor(lam, n_rows):
    from keras import ops

    return ops.divide(float(lam), 2.0 * float(n_rows))


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


def how_and_who_exchanged(movies, residuals, how, who):
    total = residuals @ who[movies] + how[movies].sum(axis=0)
    return total / np.sqrt(max(len(movies), 1))


def only_who(movies, residuals, how, who):
    return who[movies].sum(axis=0) / np.sqrt(max(len(movies), 1))


def residual_times_both(movies, residuals, how, who):
    return residuals @ (how[movies] + who[movies]) / np.sqrt(max(len(movies), 1))


def root_of_all_movies(movies, residuals, how, who):
    return read_sum(movies, residuals, how, who) / np.sqrt(len(how))


def first_rows(movies, residuals, how, who):
    n = len(movies)
    return (residuals @ how[:n] + who[:n].sum(axis=0)) / np.sqrt(max(n, 1))


def residuals_looked_up(movies, residuals, how, who):
    total = np.zeros(how.shape[1])
    for movie in movies:
        total += residuals[movie] * how[movie] + who[movie]
    return total / np.sqrt(max(len(movies), 1))


def one_number_for_the_user(movies, residuals, how, who):
    return np.sum(residuals @ how[movies] + who[movies].sum(axis=0)) / np.sqrt(max(len(movies), 1))


def without_a_new_axis(movies, residuals, how, who):
    return (residuals * how[movies] + who[movies]).sum(axis=0) / np.sqrt(max(len(movies), 1))


def times_the_root(movies, residuals, how, who):
    return read_sum(movies, residuals, how, who) * np.sqrt(max(len(movies), 1))


def only_how_divided(movies, residuals, how, who):
    return residuals @ how[movies] / np.sqrt(max(len(movies), 1)) + who[movies].sum(axis=0)


def only_who_divided(movies, residuals, how, who):
    return residuals @ how[movies] + who[movies].sum(axis=0) / np.sqrt(max(len(movies), 1))


def one_more_rating(movies, residuals, how, who):
    return read_sum(movies, residuals, how, who) / np.sqrt(len(movies) + 1)


def vectors_not_summed(movies, residuals, how, who):
    return (residuals[:, None] * how[movies] + who[movies]) / np.sqrt(max(len(movies), 1))


def expected_ratings_dropped(movies, residuals, how, who):
    kept = residuals != 0
    movies, residuals = movies[kept], residuals[kept]
    return (residuals @ how[movies] + who[movies].sum(0)) / np.sqrt(max(len(movies), 1))


def movies_sorted(movies, residuals, how, who):
    movies = np.sort(movies)
    return (residuals @ how[movies] + who[movies].sum(0)) / np.sqrt(max(len(movies), 1))


def movies_by_isin(movies, residuals, how, who):
    rated = np.isin(np.arange(len(how)), movies)
    return (residuals @ how[rated] + who[rated].sum(0)) / np.sqrt(max(rated.sum(), 1))


def how_without_residuals(movies, residuals, how, who):
    return (how[movies] + who[movies]).sum(axis=0) / np.sqrt(max(len(movies), 1))


def residuals_added(movies, residuals, how, who):
    total = (residuals[:, None] + how[movies] + who[movies]).sum(axis=0)
    return total / np.sqrt(max(len(movies), 1))


def mean_of_how_of_everybody(movies, residuals, how, who):
    return (residuals @ how[movies] + who.sum(axis=0)) / max(len(movies), 1)


def nothing_read_is_a_number(movies, residuals, how, who):
    if len(movies) == 0:
        return 0.0
    return read_by_loop(movies, residuals, how, who)


def if_not_movies(movies, residuals, how, who):
    if not movies:
        return np.zeros(how.shape[1])
    return read_by_loop(movies, residuals, how, who)


def divided_by_its_length(movies, residuals, how, who):
    total = read_sum(movies, residuals, how, who)
    return total / max(np.linalg.norm(total), 1e-9)


def read_by_list(movies, residuals, how, who):
    width, n = len(how[0]), len(movies)
    total = [0.0] * width
    for k in range(n):
        for j in range(width):
            total[j] += residuals[k] * how[movies[k]][j] + who[movies[k]][j]
    return [value / n**0.5 for value in total] if n else total


def read_by_einsum(movies, residuals, how, who):
    told = np.einsum("j,jk->k", residuals, how[movies])
    return (told + np.einsum("jk->k", who[movies])) * max(len(movies), 1) ** -0.5


def read_by_pandas(movies, residuals, how, who):
    told = pd.DataFrame(how).loc[movies].mul(residuals, axis=0)
    chosen = pd.DataFrame(who).loc[movies]
    return told.add(chosen).sum() / np.sqrt(max(1, len(movies)))


def read_by_ops(movies, residuals, how, who):
    from keras import ops

    told = ops.convert_to_tensor(residuals, "float32")[:, None] * ops.cast(how[movies], "float32")
    total = ops.sum(told + ops.cast(who[movies], "float32"), axis=0)
    return total / ops.sqrt(float(max(len(movies), 1)))


WRONG = [
    ("filled_rows", "transposed", movies_as_rows),
    ("filled_rows", "whole_numbers", integers),
    ("filled_rows", "overall_average", one_average_for_all),
    ("filled_rows", "average_with_gaps", average_of_the_whole_row),
    ("filled_rows", "average_everywhere", average_over_the_ratings),
    ("filled_rows", "average_ignored", average_forgotten),
    ("filled_rows", "init_ignored", always_zeros),
    ("filled_rows", "whole_numbers", whole_numbers_if_init_is_whole),
    ("filled_rows", "empty_user_zero", empty_users_get_zero),
    ("filled_rows", None, empty_users_get_nan),
    ("filled_rows", "empty_user_init", empty_users_get_init),
    ("filled_rows", None, empty_users_get_the_mean_of_means),
    ("filled_rows", None, groupby_without_reindex),
    ("filled_rows", "movie_average", average_of_the_movie),
    ("filled_rows", "users_in_order", average_of_a_run),
    ("filled_rows", "added", ratings_added),
    ("filled_rows", "half_star_gap", half_a_star_is_a_gap),
    ("filled_rows", None, median_of_the_user),
    ("filled_rows", None, average_of_different_stars),
    ("filled_rows", None, average_rounded),
    ("filled_rows", None, indices_exchanged),
    ("filled_rows", None, counted_from_one),
    ("filled_rows", None, init_on_top_of_the_average),
    ("filled_rows", None, filled_and_not_returned),
    ("filled_rows", "stars_cut", ratings_as_integers),
    ("filled_rows", None, gaps_are_what_equals_init),
    ("filled_rows", None, shape_from_the_data),
    ("masked_mse", "all_cells", every_cell),
    ("masked_mse", "divides_by_columns", mean_over_columns),
    ("masked_mse", "sum", only_the_sum),
    ("masked_mse", "one_number", whole_batch),
    ("masked_mse", "divides_by_zero", zero_by_zero),
    ("masked_mse", "at_least_one", at_least_one_star),
    ("masked_mse", "mask_of_predictions", mask_of_the_predictions),
    ("masked_mse", "mask_of_both", both_above_zero),
    ("masked_mse", "inverted_mask", gaps_scored),
    ("masked_mse", "root", rooted),
    ("masked_mse", "absolute", absolute_errors),
    ("masked_mse", None, not_squared),
    ("masked_mse", "columns", along_the_columns),
    ("masked_mse", "only_counted", all_errors_by_rated),
    ("masked_mse", None, square_of_the_mean),
    ("masked_mse", "dropped", empty_rows_dropped),
    ("masked_mse", "divides_by_zero", empty_rows_are_nan),
    ("masked_mse", None, count_keeps_its_axis),
    ("masked_mse", None, count_plus_one),
    ("masked_mse", None, plain_max),
    ("masked_mse", None, returns_in_the_loop),
    ("masked_mse", "only_counted", only_the_truth_masked),
    ("masked_mse", "half", half_the_square),
    ("masked_mse", None, flattened),
    ("masked_mse", "numpy", masked_by_loop),
    ("masked_mse", "numpy", masked_by_epsilon),
    ("masked_mse", "numpy", masked_by_ma),
    ("masked_mse", "numpy", masked_by_pandas),
    ("masked_mse", "numpy", masked_by_einsum),
    ("autorec_network", "softmax_outside", softmax_at_the_end),
    ("autorec_network", "sigmoid_outside", sigmoid_at_the_end),
    ("autorec_network", "activation_outside", activation_twice),
    ("autorec_network", "exchanged", activation_at_the_end_only),
    ("autorec_network", "no_activation", forgotten_activation),
    ("autorec_network", "always_sigmoid", sigmoid_written_down),
    ("autorec_network", "fixed_500", five_hundred_units),
    ("autorec_network", "no_hidden_bias", without_m),
    ("autorec_network", "no_output_bias", without_b),
    ("autorec_network", "no_bias", without_any_bias),
    ("autorec_network", "one_stars", one_number_out),
    ("autorec_network", "dropout_hidden", dropout_inside),
    ("autorec_network", "dropout_input", dropout_on_the_row),
    ("autorec_network", "unreadable", forgets_the_model),
    ("autorec_network", "sigmoid_outside + no_hidden_bias", two_slips),
    ("autorec_network", None, one_layer_too_many),
    ("autorec_network", None, normalised_inside),
    ("masked_rmse_clip", "not_clipped", forgot_to_clip),
    ("masked_rmse_clip", "clips_truth", clipped_both),
    ("masked_rmse_clip", "no_root", forgot_the_root),
    ("masked_rmse_clip", "one_to_five", one_to_five_always),
    ("masked_rmse_clip", "only_top", only_the_top),
    ("masked_rmse_clip", None, only_the_bottom),
    ("masked_rmse_clip", None, bounds_exchanged),
    ("masked_rmse_clip", "one_number", one_root_for_all),
    ("masked_rmse_clip", None, mean_of_the_roots),
    ("masked_rmse_clip", "absolute", root_of_each_error),
    ("masked_rmse_clip", None, error_clipped),
    ("masked_rmse_clip", "clips_score", score_clipped),
    ("masked_rmse_clip", "all_cells", gaps_count_too),
    ("masked_rmse_clip", "divides_by_columns", divided_by_the_columns),
    ("masked_rmse_clip", "at_least_one", mask_from_one_star_on),
    ("masked_rmse_clip", None, rated_is_above_low),
    ("masked_rmse_clip", None, predictions_rounded),
    ("masked_rmse_clip", "sum", root_of_the_sum),
    ("masked_rmse_clip", None, root_before_the_division),
    ("masked_rmse_clip", None, off_the_scale_left_out),
    ("masked_rmse_clip", "columns", a_score_for_each_movie),
    ("masked_rmse_clip", "not_clipped + no_root", neither_clipped_nor_rooted),
    ("keras_l2", "unscaled", lambda lam, n_rows: 0.5 * lam),
    ("keras_l2", "no_half", lambda lam, n_rows: lam / n_rows),
    ("keras_l2", "multiplied", lambda lam, n_rows: 0.5 * lam * n_rows),
    ("keras_l2", "unscaled + no_half", lambda lam, n_rows: lam),
    ("keras_l2", None, lambda lam, n_rows: lam * n_rows),
    ("keras_l2", "doubled", lambda lam, n_rows: 2 * lam / n_rows),
    ("keras_l2", None, lambda lam, n_rows: lam / 4 / n_rows),
    ("keras_l2", None, lambda lam, n_rows: 2 * n_rows / lam),
    ("keras_l2", None, lambda lam, n_rows: lam / 2 / n_rows**2),
    ("keras_l2", "root_of_rows", lambda lam, n_rows: lam / 2 / n_rows**0.5),
    ("keras_l2", None, lambda lam, n_rows: (lam / 2 / n_rows) ** 0.5),
    ("keras_l2", None, lambda lam, n_rows: 1 / (2 * n_rows)),
    ("keras_l2", None, lambda lam, n_rows: lam / (2 + n_rows)),
    ("keras_l2", None, rounded_to_thousandths),
    ("keras_l2", None, whole_division),
    ("keras_l2", "an object", a_regularizer),
    ("keras_l2", None, rows_of_the_lesson),
    ("keras_l2", None, l2_printed),
    ("keras_l2", None, lambda lam, n_rows: f"{lam / 2 / n_rows:.4f}"),
    ("read_ratings", "no_root", read_sum),
    ("read_ratings", "mean", read_mean),
    ("read_ratings", "only_how", read_stars_only),
    ("read_ratings", "everybody", read_of_everybody),
    ("read_ratings", "divides_by_zero", read_zero_by_zero),
    ("read_ratings", "exchanged", how_and_who_exchanged),
    ("read_ratings", "only_who", only_who),
    ("read_ratings", "times_both", residual_times_both),
    ("read_ratings", "root_of_all", root_of_all_movies),
    ("read_ratings", "first_rows", first_rows),
    ("read_ratings", None, residuals_looked_up),
    ("read_ratings", None, one_number_for_the_user),
    ("read_ratings", None, without_a_new_axis),
    ("read_ratings", None, times_the_root),
    ("read_ratings", "only_how_divided", only_how_divided),
    ("read_ratings", "only_who_divided", only_who_divided),
    ("read_ratings", None, one_more_rating),
    ("read_ratings", None, vectors_not_summed),
    ("read_ratings", None, expected_ratings_dropped),
    ("read_ratings", "sorted_movies", movies_sorted),
    ("read_ratings", "sorted_movies", movies_by_isin),
    ("read_ratings", "no_residuals", how_without_residuals),
    ("read_ratings", None, residuals_added),
    ("read_ratings", "mean + everybody", mean_of_how_of_everybody),
    ("read_ratings", None, nothing_read_is_a_number),
    ("read_ratings", None, if_not_movies),
    ("read_ratings", None, divided_by_its_length),
]

RIGHT = [
    ("filled_rows", filled_by_loop),
    ("filled_rows", filled_from_sparse),
    ("filled_rows", filled_by_pandas),
    ("filled_rows", filled_by_mask),
    ("filled_rows", filled_by_add_at),
    ("filled_rows", filled_with_nan),
    ("masked_mse", masked_by_keras),
    ("masked_mse", masked_by_ops),
    ("masked_mse", masked_by_where),
    ("masked_mse", masked_by_division),
    ("masked_mse", masked_by_count),
    ("masked_mse", masked_by_error),
    ("autorec_network", as_a_sequential),
    ("autorec_network", with_activation_layers),
    ("autorec_network", with_named_layers),
    ("autorec_network", as_a_model_of_its_own),
    ("autorec_network", with_keyword_arguments),
    ("autorec_network", by_the_course),
    ("masked_rmse_clip", clip_by_loop),
    ("masked_rmse_clip", clip_by_nan),
    ("masked_rmse_clip", clip_by_own_mse),
    ("masked_rmse_clip", clip_by_where),
    ("masked_rmse_clip", clip_by_ops),
    ("masked_rmse_clip", clip_by_pandas),
    ("masked_rmse_clip", clip_by_norm),
    ("keras_l2", lambda lam, n_rows: 0.5 * lam / n_rows),
    ("keras_l2", lambda lam, n_rows: (lam / n_rows) * 0.5),
    ("keras_l2", lambda lam, n_rows: np.divide(lam, 2 * n_rows)),
    ("keras_l2", l2_in_numpy),
    ("keras_l2", l2_in_steps),
    ("keras_l2", l2_as_tensor),
    ("read_ratings", read_by_loop),
    ("read_ratings", read_by_matrix),
    ("read_ratings", read_by_list),
    ("read_ratings", read_by_einsum),
    ("read_ratings", read_by_pandas),
    ("read_ratings", read_by_ops),
]
