"""What learners write in lesson 09: wrong answers with the misunderstanding each shows, and right
answers written in other ways."""

import keras
import numpy as np
import pandas as pd
from keras import Input, Model, layers, ops, regularizers
from scipy import sparse

GIB = 1024**3

# --------------------------------------------------------------------------------- matrix_gib


def no_indices(n_users, n_movies, n_ratings, value_bytes, copies):
    return {
        "dense": copies * n_users * n_movies * value_bytes / GIB,
        "csr": copies * n_ratings * value_bytes / GIB,
    }


def coordinates(n_users, n_movies, n_ratings, value_bytes, copies):
    dense = copies * n_users * n_movies * value_bytes / GIB
    return {"dense": dense, "csr": copies * n_ratings * (value_bytes + 4 + 4) / GIB}


def forgot_the_copies(n_users, n_movies, n_ratings, value_bytes, copies):
    csr = n_ratings * value_bytes + n_ratings * 4 + (n_users + 1) * 4
    return {"dense": n_users * n_movies * value_bytes / GIB, "csr": csr / GIB}


def in_bits(n_users, n_movies, n_ratings, value_bytes, copies):
    csr = n_ratings * value_bytes + n_ratings * 4 + (n_users + 1) * 4
    dense = n_users * n_movies * value_bytes
    return {"dense": 8 * copies * dense / GIB, "csr": 8 * copies * csr / GIB}


def by_the_thousand(n_users, n_movies, n_ratings, value_bytes, copies):
    csr = n_ratings * value_bytes + n_ratings * 4 + (n_users + 1) * 4
    return {"dense": copies * n_users * n_movies * value_bytes / 1e9, "csr": copies * csr / 1e9}


def right_gib(n_users, n_movies, n_ratings, value_bytes, copies):
    csr = n_ratings * value_bytes + n_ratings * 4 + (n_users + 1) * 4
    dense = n_users * n_movies * value_bytes
    return {"dense": copies * dense / GIB, "csr": copies * csr / GIB}


def in_mib(*arguments):
    return {name: 1024 * gib for name, gib in right_gib(*arguments).items()}


def in_bytes(*arguments):
    return {name: gib * 2**30 for name, gib in right_gib(*arguments).items()}


def rounded_gib(*arguments):
    return {name: round(gib, 2) for name, gib in right_gib(*arguments).items()}


def no_row_starts(n_users, n_movies, n_ratings, value_bytes, copies):
    dense = copies * n_users * n_movies * value_bytes / GIB
    return {"dense": dense, "csr": copies * n_ratings * (value_bytes + 4) / GIB}


def one_start_short(n_users, n_movies, n_ratings, value_bytes, copies):
    csr = n_ratings * (value_bytes + 4) + n_users * 4
    return {"dense": copies * n_users * n_movies * value_bytes / GIB, "csr": copies * csr / GIB}


def starts_once(n_users, n_movies, n_ratings, value_bytes, copies):
    csr = n_ratings * (value_bytes + 4) * copies + (n_users + 1) * 4
    return {"dense": copies * n_users * n_movies * value_bytes / GIB, "csr": csr / GIB}


def compressed_columns(n_users, n_movies, n_ratings, value_bytes, copies):
    csr = n_ratings * (value_bytes + 4) + (n_movies + 1) * 4
    return {"dense": copies * n_users * n_movies * value_bytes / GIB, "csr": copies * csr / GIB}


def all_in_value_bytes(n_users, n_movies, n_ratings, value_bytes, copies):
    csr = (2 * n_ratings + n_users + 1) * value_bytes
    return {"dense": copies * n_users * n_movies * value_bytes / GIB, "csr": copies * csr / GIB}


def always_float64(n_users, n_movies, n_ratings, value_bytes, copies):
    return right_gib(n_users, n_movies, n_ratings, 8, copies)


def dense_of_ratings(n_users, n_movies, n_ratings, value_bytes, copies):
    csr = right_gib(n_users, n_movies, n_ratings, value_bytes, copies)["csr"]
    return {"dense": copies * n_ratings * value_bytes / GIB, "csr": csr}


def users_plus_movies(n_users, n_movies, n_ratings, value_bytes, copies):
    csr = right_gib(n_users, n_movies, n_ratings, value_bytes, copies)["csr"]
    return {"dense": copies * (n_users + n_movies) * value_bytes / GIB, "csr": csr}


def names_exchanged(*arguments):
    gib = right_gib(*arguments)
    return {"dense": gib["csr"], "csr": gib["dense"]}


def as_text(*arguments):
    return {name: f"{gib:.2f} GiB" for name, gib in right_gib(*arguments).items()}


def a_pair(*arguments):
    return tuple(right_gib(*arguments).values())


def other_names(*arguments):
    gib = right_gib(*arguments)
    return {"dense": gib["dense"], "sparse": gib["csr"]}


def brackets_forgotten(n_users, n_movies, n_ratings, value_bytes, copies):
    csr = n_ratings * value_bytes + 4 + (n_users + 1) * 4
    return {"dense": copies * n_users * n_movies * value_bytes / GIB, "csr": copies * csr / GIB}


def one_copy_by_the_thousand(n_users, n_movies, n_ratings, value_bytes, copies):
    csr = n_ratings * (value_bytes + 4) + (n_users + 1) * 4
    return {"dense": n_users * n_movies * value_bytes / 1e9, "csr": csr / 1e9}


def by_three_arrays(n_users, n_movies, n_ratings, value_bytes, copies):
    data, indices, indptr = n_ratings * value_bytes, n_ratings * 4, (n_users + 1) * 4
    cells = np.float64(n_users) * n_movies
    return {
        "csr": np.sum([data, indices, indptr]) * copies / 2**30,
        "dense": cells * value_bytes * copies / 2**30,
    }


def by_a_series(*arguments):
    return pd.Series(right_gib(*arguments))


def by_shifts(n_users, n_movies, n_ratings, value_bytes, copies):
    dense, csr = n_users * n_movies * value_bytes, n_ratings * (value_bytes + 4) + 4 * n_users + 4
    return {"dense": dense * copies / (1 << 30), "csr": csr * copies / (1 << 30)}


def step_by_step(n_users, n_movies, n_ratings, value_bytes, copies):
    gib = {"dense": 0.0, "csr": 0.0}
    for _ in range(copies):
        gib["dense"] += n_users * n_movies * value_bytes / 1024 / 1024 / 1024
        gib["csr"] += (n_ratings * value_bytes + 4 * (n_ratings + n_users + 1)) / 1024**3
    return gib


def by_a_dict_call(n_users, n_movies, n_ratings, value_bytes, copies):
    factor = copies * 2.0**-30
    starts = 4 * (n_users + 1)
    return {
        "csr": factor * (starts + n_ratings * 4 + n_ratings * value_bytes),
        "dense": np.array(factor * n_users * n_movies * value_bytes),
    }


# ---------------------------------------------------------------------------------- csr_batch


def matrix_of(indptr, indices, data, n_columns):
    return sparse.csr_matrix((data, indices, indptr), shape=(len(indptr) - 1, n_columns))


def sorted_rows(indptr, indices, data, rows, n_columns):
    return matrix_of(indptr, indices, data, n_columns)[sorted(rows)].toarray()


def everything(indptr, indices, data, rows, n_columns):
    return matrix_of(indptr, indices, data, n_columns).toarray()


def everything_then_rows(indptr, indices, data, rows, n_columns):
    return matrix_of(indptr, indices, data, n_columns).toarray()[rows]


def zeros_for_all_then_rows(indptr, indices, data, rows, n_columns):
    dense = np.zeros((len(indptr) - 1, n_columns), "float32")
    dense[np.repeat(np.arange(len(indptr) - 1), np.diff(indptr)), indices] = data
    return dense[rows]


def off_by_one(indptr, indices, data, rows, n_columns):
    out = np.zeros((len(rows), n_columns))
    for place, row in enumerate(rows):
        for k in range(indptr[row - 1] if row > 0 else 0, indptr[row]):
            out[place, indices[k]] = data[k]
    return out


def integer_batch(indptr, indices, data, rows, n_columns):
    out = np.full((len(rows), n_columns), 0)
    for place, row in enumerate(rows):
        for k in range(indptr[row], indptr[row + 1]):
            out[place, indices[k]] = data[k]
    return out


def only_the_mask(indptr, indices, data, rows, n_columns):
    out = np.zeros((len(rows), n_columns))
    for place, row in enumerate(rows):
        out[place, indices[indptr[row] : indptr[row + 1]]] = 1
    return out


def first_rows(indptr, indices, data, rows, n_columns):
    out = np.zeros((len(rows), n_columns))
    for i in range(len(rows)):
        cells = slice(indptr[i], indptr[i + 1])
        out[i, indices[cells]] = data[cells]
    return out


def last_one_short(indptr, indices, data, rows, n_columns):
    out = np.zeros((len(rows), n_columns))
    for i, row in enumerate(rows):
        for k in range(indptr[row], indptr[row + 1] - 1):
            out[i, indices[k]] = data[k]
    return out


def packed_to_the_left(indptr, indices, data, rows, n_columns):
    out = np.zeros((len(rows), n_columns))
    for i, row in enumerate(rows):
        stars = data[indptr[row] : indptr[row + 1]]
        out[i, : len(stars)] = stars
    return out


def place_of_the_row(indptr, indices, data, rows, n_columns):
    out = np.zeros((n_columns, n_columns))
    for row in rows:
        cells = slice(indptr[row], indptr[row + 1])
        out[row, indices[cells]] = data[cells]
    return out


def columns_that_occur(indptr, indices, data, rows, n_columns):
    return matrix_of(indptr, indices, data, int(indices.max()) + 1)[rows].toarray()


def columns_first(indptr, indices, data, rows, n_columns):
    return matrix_of(indptr, indices, data, n_columns)[rows].toarray().T


def still_sparse(indptr, indices, data, rows, n_columns):
    return matrix_of(indptr, indices, data, n_columns)[rows]


def without_empty_rows(indptr, indices, data, rows, n_columns):
    rows = [r for r in rows if indptr[r] < indptr[r + 1]]
    return matrix_of(indptr, indices, data, n_columns)[rows].toarray()


def nan_for_unrated(indptr, indices, data, rows, n_columns):
    out = np.full((len(rows), n_columns), np.nan)
    for i, row in enumerate(rows):
        cells = slice(indptr[row], indptr[row + 1])
        out[i, indices[cells]] = data[cells]
    return out


def columns_from_one(indptr, indices, data, rows, n_columns):
    out = np.zeros((len(rows), n_columns))
    for i, row in enumerate(rows):
        cells = slice(indptr[row], indptr[row + 1])
        out[i, indices[cells] - 1] = data[cells]
    return out


def mask_of_sorted_rows(indptr, indices, data, rows, n_columns):
    asked = np.isin(np.arange(len(indptr) - 1), rows)
    return matrix_of(indptr, indices, data, n_columns)[asked].toarray().astype(int)


def row_after(indptr, indices, data, rows, n_columns):
    out = np.zeros((len(rows), n_columns))
    for i, row in enumerate(rows):
        for k in range(indptr[row + 1], indptr[min(row + 2, len(indptr) - 1)]):
            out[i, indices[k]] = data[k]
    return out


def by_scipy(indptr, indices, data, rows, n_columns):
    return matrix_of(indptr, indices, data, n_columns)[rows].toarray().astype("float32")


def by_lists(indptr, indices, data, rows, n_columns):
    out = []
    for row in rows:
        line = [0.0] * n_columns
        for k in range(int(indptr[row]), int(indptr[row + 1])):
            line[int(indices[k])] = float(data[k])
        out.append(line)
    return out


def by_repeat(indptr, indices, data, rows, n_columns):
    count = indptr[rows + 1] - indptr[rows]
    place = np.repeat(np.arange(len(rows)), count)
    take = np.concatenate([np.arange(indptr[r], indptr[r + 1]) for r in rows])
    out = np.zeros((len(rows), n_columns), "float32")
    out[place, indices[take]] = data[take]
    return out


def by_todense(indptr, indices, data, rows, n_columns):
    return matrix_of(indptr, indices, data, n_columns)[rows, :].todense()


def by_coordinates(indptr, indices, data, rows, n_columns):
    row_of = np.repeat(np.arange(len(indptr) - 1), np.diff(indptr))
    out = np.zeros((len(rows), n_columns))
    for i, row in enumerate(rows):
        mine = row_of == row
        np.add.at(out[i], indices[mine], data[mine])
    return out


def by_bincount(indptr, indices, data, rows, n_columns):
    parts = [slice(indptr[row], indptr[row + 1]) for row in rows]
    return np.stack([np.bincount(indices[p], data[p], minlength=n_columns) for p in parts])


# ------------------------------------------------------------------------------- observed_sse


def exchanged(code, weights, bias, row, column, stars):
    guess = (code[column] * weights[row]).sum(axis=1) + bias[row]
    return ((guess - stars) ** 2).sum()


def without_bias(code, weights, bias, row, column, stars):
    return (((code[row] * weights[column]).sum(axis=1) - stars) ** 2).sum()


def predicted(code, weights, bias, row, column):
    return (code[row] * weights[column]).sum(axis=1) + bias[column]


def mean_error(code, weights, bias, row, column, stars):
    squared = (predicted(code, weights, bias, row, column) - stars) ** 2
    return squared.sum() / max(1, len(row))


def plain_mean(code, weights, bias, row, column, stars):
    return ((predicted(code, weights, bias, row, column) - stars) ** 2).mean()


def absolute_error(code, weights, bias, row, column, stars):
    return abs(predicted(code, weights, bias, row, column) - stars).sum()


def dense_output(code, weights, bias, row, column, stars):
    """Refused, whatever it goes on to do: it computes all cells."""
    output = code @ weights.T + bias
    return np.sum((output[row, column] - stars) ** 2)


def all_pairs(code, weights, bias, row, column, stars):
    """Refused too: every rated row times every rated column, for the diagonal."""
    return np.sum((np.diag(code[row] @ weights[column].T) + bias[column] - stars) ** 2)


def converted_and_dense(code, weights, bias, row, column, stars):
    code, weights, bias = (np.asarray(x) for x in (code, weights, bias))
    return float((((code @ weights.T + bias)[row, column] - stars) ** 2).sum())


def converted_and_all_pairs(code, weights, bias, row, column, stars):
    code, weights, bias = (np.array(x) for x in (code, weights, bias))
    return np.sum((np.diag(code[row] @ weights[column].T) + bias[column] - stars) ** 2)


def dense_of_zeros(code, weights, bias, row, column, stars):
    target = np.zeros((len(code), len(weights)))
    target[row, column] = stars
    return ((target[row, column] - predicted(code, weights, bias, row, column)) ** 2).sum()


def bias_of_the_row(code, weights, bias, row, column, stars):
    guess = (code[row] * weights[column]).sum(axis=1) + bias[row]
    return ((stars - guess) ** 2).sum()


def bias_taken_away(code, weights, bias, row, column, stars):
    guess = (code[row] * weights[column]).sum(axis=1) - bias[column]
    return ((stars - guess) ** 2).sum()


def root_of_the_sum(code, weights, bias, row, column, stars):
    return np.sqrt(((stars - predicted(code, weights, bias, row, column)) ** 2).sum())


def not_added_up(code, weights, bias, row, column, stars):
    return (stars - predicted(code, weights, bias, row, column)) ** 2


def half_the_sum(code, weights, bias, row, column, stars):
    return 0.5 * ((stars - predicted(code, weights, bias, row, column)) ** 2).sum()


def square_of_the_sum(code, weights, bias, row, column, stars):
    return (stars - predicted(code, weights, bias, row, column)).sum() ** 2


def no_square(code, weights, bias, row, column, stars):
    return (stars - predicted(code, weights, bias, row, column)).sum()


def sums_multiplied(code, weights, bias, row, column, stars):
    guess = code[row].sum(axis=1) * weights[column].sum(axis=1) + bias[column]
    return ((stars - guess) ** 2).sum()


def sum_over_cells(code, weights, bias, row, column, stars):
    guess = (code[row] * weights[column]).sum(axis=0) + bias[column]
    return ((stars - guess) ** 2).sum()


def bias_in_each_unit(code, weights, bias, row, column, stars):
    guess = (code[row] * weights[column] + bias[column][:, None]).sum(axis=1)
    return ((stars - guess) ** 2).sum()


def clipped_predictions(code, weights, bias, row, column, stars):
    return ((stars - np.clip(predicted(code, weights, bias, row, column), 0.5, 5)) ** 2).sum()


def mean_of_absolute(code, weights, bias, row, column, stars):
    return np.abs(stars - predicted(code, weights, bias, row, column)).sum() / max(1, len(row))


def index_forgotten(code, weights, bias, row, column, stars):
    guess = (code * weights).sum(axis=1) + bias
    return ((stars - guess[row]) ** 2).sum()


def by_loop(code, weights, bias, row, column, stars):
    total = 0.0
    for r, c, s in zip(row, column, stars, strict=True):
        total += (s - (sum(code[r] * weights[c]) + bias[c])) ** 2
    return total


def by_tensors(code, weights, bias, row, column, stars):
    from keras import ops

    code, weights, bias = (
        ops.convert_to_tensor(np.asarray(x, "float32")) for x in (code, weights, bias)
    )
    guess = ops.sum(ops.take(code, row, axis=0) * ops.take(weights, column, axis=0), axis=1)
    return ops.sum((guess + ops.take(bias, column) - stars.astype("float32")) ** 2)


def some_at_a_time(code, weights, bias, row, column, stars):
    total = 0.0
    for start in range(0, len(row), 3):
        part = slice(start, start + 3)
        guess = np.sum(code[row[part]] * weights[column[part]], -1) + bias[column[part]]
        total += float(np.sum(np.square(guess - stars[part])))
    return total


def by_einsum(code, weights, bias, row, column, stars):
    error = np.einsum("nk,nk->n", code[row], weights[column]) + bias[column] - stars
    return error @ error


def by_a_table(code, weights, bias, row, column, stars):
    table = pd.DataFrame({"stars": stars, "bias": bias[column]})
    table["product"] = (code[row] * weights[column]).sum(axis=1)
    return table.eval("(stars - product - bias) ** 2").sum()


def unit_by_unit(code, weights, bias, row, column, stars):
    error = stars - bias[column]
    for k in range(code.shape[1]):
        error = error - code[row, k] * weights[column, k]
    return float(np.linalg.norm(error) ** 2)


# --------------------------------------------------------------------------- decoder_at_cells


def cell_of(hidden):
    return Input((hidden,)), Input((), dtype="int32")


def tables(n_columns, hidden, l2, column, wide=1):
    """What an asked column looks up: its weights and its bias."""
    weights = layers.Embedding(n_columns, hidden, embeddings_regularizer=keras.regularizers.l2(l2))
    return weights(column), layers.Embedding(n_columns, wide)(column)


def dense_over_all_columns(n_columns, hidden, l2):
    code, column = cell_of(hidden)
    outputs = layers.Dense(n_columns, kernel_regularizer=regularizers.L2(l2))(code)
    return Model([code, column], outputs)


def concatenated(n_columns, hidden, l2):
    code, column = cell_of(hidden)
    weights, _ = tables(n_columns, hidden, l2, column)
    both = layers.Concatenate()([code, weights])
    return Model([code, column], layers.Dense(1)(both))


def decoder_without_bias(n_columns, hidden, l2):
    code, column = cell_of(hidden)
    weights, _ = tables(n_columns, hidden, l2, column)
    return Model([code, column], layers.Dot(axes=1)([code, weights]))


def bias_as_wide_as_the_code(n_columns, hidden, l2):
    code, column = cell_of(hidden)
    weights, bias = tables(n_columns, hidden, l2, column, wide=hidden)
    return Model([code, column], layers.Multiply()([code, weights]) + bias)


def wide_bias_summed(n_columns, hidden, l2):
    code, column = cell_of(hidden)
    weights, bias = tables(n_columns, hidden, l2, column, wide=hidden)
    return Model([code, column], ops.sum(code * weights + bias, axis=1, keepdims=True))


def units_left(n_columns, hidden, l2):
    code, column = cell_of(hidden)
    weights, bias = tables(n_columns, hidden, l2, column)
    return Model([code, column], layers.Multiply()([code, weights]) + bias)


def plus_instead_of_times(n_columns, hidden, l2):
    code, column = cell_of(hidden)
    weights, bias = tables(n_columns, hidden, l2, column)
    return Model([code, column], ops.sum(code + weights, axis=1, keepdims=True) + bias)


def normalised(n_columns, hidden, l2):
    code, column = cell_of(hidden)
    weights, bias = tables(n_columns, hidden, l2, column)
    return Model([code, column], layers.Dot(axes=1, normalize=True)([code, weights]) + bias)


def ending_in(activation):
    def answer(n_columns, hidden, l2):
        code, column = cell_of(hidden)
        weights, bias = tables(n_columns, hidden, l2, column)
        stars = layers.Add()([layers.Dot(axes=1)([code, weights]), bias])
        return Model([code, column], layers.Activation(activation)(stars))

    answer.__name__ = f"ending_in_{activation}"
    return answer


ending_in_sigmoid, ending_in_relu, ending_in_tanh = map(ending_in, ("sigmoid", "relu", "tanh"))


def penalty_forgotten(n_columns, hidden, l2):
    code, column = cell_of(hidden)
    weights, bias = tables(n_columns, hidden, 0.0, column)
    return Model([code, column], layers.Dot(axes=1)([code, weights]) + bias)


def both_penalised(n_columns, hidden, l2):
    code, column = cell_of(hidden)
    l2 = regularizers.L2(l2)
    weights = layers.Embedding(n_columns, hidden, embeddings_regularizer=l2)(column)
    bias = layers.Embedding(n_columns, 1, embeddings_regularizer=l2)(column)
    return Model([code, column], layers.Dot(axes=1)([code, weights]) + bias)


def bias_alone_penalised(n_columns, hidden, l2):
    code, column = cell_of(hidden)
    weights = layers.Embedding(n_columns, hidden)(column)
    bias = layers.Embedding(n_columns, 1, embeddings_regularizer=regularizers.L2(l2))(column)
    return Model([code, column], layers.Dot(axes=1)([code, weights]) + bias)


def penalty_halved(n_columns, hidden, l2):
    return by_dot_and_add(n_columns, hidden, l2 / 2)


def a_line_too_many(n_columns, hidden, l2):
    return by_dot_and_add(n_columns + 1, hidden, l2)


def tables_of_ml_100k(n_columns, hidden, l2):
    return by_dot_and_add(943, hidden, l2)


def dropout_inside(n_columns, hidden, l2):
    code, column = cell_of(hidden)
    weights, bias = tables(n_columns, hidden, l2, column)
    weights = layers.Dropout(0.5)(weights)
    return Model([code, column], layers.Dot(axes=1)([code, weights]) + bias)


def dropout_of_the_code(n_columns, hidden, l2):
    code, column = cell_of(hidden)
    weights, bias = tables(n_columns, hidden, l2, column)
    return Model([code, column], layers.Dot(axes=1)([layers.Dropout(0.5)(code), weights]) + bias)


def no_model_returned(n_columns, hidden, l2):
    code, column = cell_of(hidden)
    weights, bias = tables(n_columns, hidden, l2, column)
    return layers.Dot(axes=1)([code, weights]) + bias


def by_dot_and_add(n_columns, hidden, l2):
    code, column = cell_of(hidden)
    weights, bias = tables(n_columns, hidden, l2, column)
    return Model([code, column], layers.Dot(axes=1)([code, weights]) + bias)


def by_multiplied_and_summed(n_columns, hidden, l2):
    code, column = cell_of(hidden)
    weights, bias = tables(n_columns, hidden, l2, column)
    return Model([code, column], ops.sum(code * weights, axis=-1, keepdims=True) + bias)


def bias_table_first(n_columns, hidden, l2):
    column, code = Input((), dtype="int32", name="user"), Input((hidden,), name="h")
    bias = layers.Embedding(n_columns, 1, "zeros", name="b")(column)
    table = layers.Embedding(n_columns, hidden, embeddings_regularizer=regularizers.L2(l2))
    product = layers.Dot(axes=-1, name="product")([table(column), code])
    return Model([code, column], layers.add([bias, product]))


def by_einsum_of_layers(n_columns, hidden, l2):
    code, column = cell_of(hidden)
    weights, bias = tables(n_columns, hidden, l2, column)
    return Model([code, column], ops.einsum("nk,nk->n", code, weights)[:, None] + bias)


def by_small_matrices(n_columns, hidden, l2):
    code, column = cell_of(hidden)
    weights, bias = tables(n_columns, hidden, l2, column)
    product = ops.matmul(code[:, None, :], weights[:, :, None])
    return Model([code, column], layers.Reshape((1,))(product) + bias)


def with_an_axis_for_the_column(n_columns, hidden, l2):
    code, column = Input((hidden,)), Input((1,), dtype="int32")
    weights, bias = tables(n_columns, hidden, l2, column)
    product = layers.Dot(axes=1)([code, layers.Flatten()(weights)])
    return Model([code, column], product + layers.Flatten()(bias))


def with_a_linear_activation(n_columns, hidden, l2):
    code, column = cell_of(hidden)
    weights, bias = tables(n_columns, hidden, l2, column)
    stars = layers.Add()([layers.Dot(axes=1)([code, weights]), bias])
    return Model([code, column], layers.Activation("linear")(stars), name="mine")


WRONG = [
    ("matrix_gib", "values_only", no_indices),
    ("matrix_gib", "two_indices", coordinates),
    ("matrix_gib", "one_copy", forgot_the_copies),
    ("matrix_gib", "bits", in_bits),
    ("matrix_gib", "gigabytes", by_the_thousand),
    ("matrix_gib", "mebibytes", in_mib),
    ("matrix_gib", "bytes", in_bytes),
    ("matrix_gib", None, rounded_gib),
    ("matrix_gib", "no_starts", no_row_starts),
    ("matrix_gib", "one_start_short", one_start_short),
    ("matrix_gib", None, starts_once),
    ("matrix_gib", "starts_of_movies", compressed_columns),
    ("matrix_gib", "index_as_value", all_in_value_bytes),
    ("matrix_gib", "always_8", always_float64),
    ("matrix_gib", "dense_of_ratings", dense_of_ratings),
    ("matrix_gib", "users_plus_movies", users_plus_movies),
    ("matrix_gib", "exchanged", names_exchanged),
    ("matrix_gib", "text for a number", as_text),
    ("matrix_gib", "names lost", a_pair),
    ("matrix_gib", None, other_names),
    ("matrix_gib", None, brackets_forgotten),
    ("matrix_gib", "one_copy + gigabytes", one_copy_by_the_thousand),
    ("csr_batch", "in_matrix_order", sorted_rows),
    ("csr_batch", "all_rows", everything),
    ("csr_batch", "whole_matrix", everything_then_rows),
    ("csr_batch", "whole_matrix", zeros_for_all_then_rows),
    ("csr_batch", "row_before", off_by_one),
    ("csr_batch", "row_after", row_after),
    ("csr_batch", "whole_stars", integer_batch),
    ("csr_batch", "ones", only_the_mask),
    ("csr_batch", "first_rows", first_rows),
    ("csr_batch", "one_short", last_one_short),
    ("csr_batch", "packed", packed_to_the_left),
    ("csr_batch", None, place_of_the_row),
    ("csr_batch", "columns_that_occur", columns_that_occur),
    ("csr_batch", "transposed", columns_first),
    ("csr_batch", None, still_sparse),
    ("csr_batch", None, without_empty_rows),
    ("csr_batch", "nan", nan_for_unrated),
    ("csr_batch", "columns_from_1", columns_from_one),
    ("csr_batch", "in_matrix_order + whole_stars", mask_of_sorted_rows),
    ("observed_sse", "swapped", exchanged),
    ("observed_sse", "no_bias", without_bias),
    ("observed_sse", "mean", mean_error),
    ("observed_sse", "mean", plain_mean),
    ("observed_sse", "absolute", absolute_error),
    ("observed_sse", "all_cells", dense_output),
    ("observed_sse", "all_cells", all_pairs),
    ("observed_sse", "all_cells_converted", converted_and_dense),
    ("observed_sse", "all_cells_converted", converted_and_all_pairs),
    ("observed_sse", "all_cells_converted", dense_of_zeros),
    ("observed_sse", "bias_of_the_row", bias_of_the_row),
    ("observed_sse", "bias_subtracted", bias_taken_away),
    ("observed_sse", None, root_of_the_sum),
    ("observed_sse", None, not_added_up),
    ("observed_sse", "half", half_the_sum),
    ("observed_sse", "square_of_the_sum", square_of_the_sum),
    ("observed_sse", "not_squared", no_square),
    ("observed_sse", None, sums_multiplied),
    ("observed_sse", None, sum_over_cells),
    ("observed_sse", None, bias_in_each_unit),
    ("observed_sse", None, clipped_predictions),
    ("observed_sse", "mean + absolute", mean_of_absolute),
    ("observed_sse", None, index_forgotten),
    ("decoder_at_cells", "whole_rows", dense_over_all_columns),
    ("decoder_at_cells", "side_by_side", concatenated),
    ("decoder_at_cells", "no_bias", decoder_without_bias),
    ("decoder_at_cells", "bias_in_each_unit", bias_as_wide_as_the_code),
    ("decoder_at_cells", "wide_bias", wide_bias_summed),
    ("decoder_at_cells", "not_summed", units_left),
    ("decoder_at_cells", "units_added", plus_instead_of_times),
    ("decoder_at_cells", "cosine", normalised),
    ("decoder_at_cells", "sigmoid", ending_in_sigmoid),
    ("decoder_at_cells", "relu", ending_in_relu),
    ("decoder_at_cells", "tanh", ending_in_tanh),
    ("decoder_at_cells", "no_penalty", penalty_forgotten),
    ("decoder_at_cells", "bias_penalised", both_penalised),
    ("decoder_at_cells", "only_bias_penalised", bias_alone_penalised),
    ("decoder_at_cells", "half_penalty", penalty_halved),
    ("decoder_at_cells", "one_row_more", a_line_too_many),
    ("decoder_at_cells", "of_the_lesson", tables_of_ml_100k),
    ("decoder_at_cells", "dropout", dropout_inside),
    ("decoder_at_cells", "dropout_on_code", dropout_of_the_code),
    ("decoder_at_cells", None, no_model_returned),
]

RIGHT = [
    ("matrix_gib", right_gib),
    ("matrix_gib", by_three_arrays),
    ("matrix_gib", by_a_series),
    ("matrix_gib", by_shifts),
    ("matrix_gib", step_by_step),
    ("matrix_gib", by_a_dict_call),
    ("csr_batch", by_scipy),
    ("csr_batch", by_lists),
    ("csr_batch", by_repeat),
    ("csr_batch", by_todense),
    ("csr_batch", by_coordinates),
    ("csr_batch", by_bincount),
    ("observed_sse", by_loop),
    ("observed_sse", by_tensors),
    ("observed_sse", some_at_a_time),
    ("observed_sse", by_einsum),
    ("observed_sse", by_a_table),
    ("observed_sse", unit_by_unit),
    ("decoder_at_cells", by_dot_and_add),
    ("decoder_at_cells", by_multiplied_and_summed),
    ("decoder_at_cells", bias_table_first),
    ("decoder_at_cells", by_einsum_of_layers),
    ("decoder_at_cells", by_small_matrices),
    ("decoder_at_cells", with_a_linear_activation),
    ("decoder_at_cells", with_an_axis_for_the_column),
]
