"""What learners write in lesson 08: wrong answers with the misunderstanding each shows, and right
answers written in other ways."""

import numpy as np
from scipy import sparse

GIB = 1024**3

# --- matrix_gib


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


def by_three_arrays(n_users, n_movies, n_ratings, value_bytes, copies):
    data, indices, indptr = n_ratings * value_bytes, n_ratings * 4, (n_users + 1) * 4
    cells = np.float64(n_users) * n_movies
    return {
        "csr": np.sum([data, indices, indptr]) * copies / 2**30,
        "dense": cells * value_bytes * copies / 2**30,
    }


# --- csr_batch


def sorted_rows(indptr, indices, data, rows, n_columns):
    matrix = sparse.csr_matrix((data, indices, indptr), shape=(len(indptr) - 1, n_columns))
    return matrix[sorted(rows)].toarray()


def everything(indptr, indices, data, rows, n_columns):
    return sparse.csr_matrix((data, indices, indptr), shape=(len(indptr) - 1, n_columns)).toarray()


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


def by_scipy(indptr, indices, data, rows, n_columns):
    matrix = sparse.csr_matrix((data, indices, indptr), shape=(len(indptr) - 1, n_columns))
    return matrix[rows].toarray().astype("float32")


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


# --- observed_sse


def exchanged(code, weights, bias, row, column, stars):
    guess = (code[column] * weights[row]).sum(axis=1) + bias[row]
    return ((guess - stars) ** 2).sum()


def without_bias(code, weights, bias, row, column, stars):
    return (((code[row] * weights[column]).sum(axis=1) - stars) ** 2).sum()


def mean_error(code, weights, bias, row, column, stars):
    squared = ((code[row] * weights[column]).sum(axis=1) + bias[column] - stars) ** 2
    return squared.sum() / max(1, len(row))


def absolute_error(code, weights, bias, row, column, stars):
    return abs((code[row] * weights[column]).sum(axis=1) + bias[column] - stars).sum()


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


def dense_output(code, weights, bias, row, column, stars):
    """Refused, whatever it goes on to do: it computes all cells."""
    output = code @ weights.T + bias
    return np.sum((output[row, column] - stars) ** 2)


def all_pairs(code, weights, bias, row, column, stars):
    """Refused too: every rated row times every rated column, for the diagonal."""
    return np.sum((np.diag(code[row] @ weights[column].T) + bias[column] - stars) ** 2)


WRONG = [
    ("matrix_gib", "values_only", no_indices),
    ("matrix_gib", "two_indices", coordinates),
    ("matrix_gib", "one_copy", forgot_the_copies),
    ("matrix_gib", "bits", in_bits),
    ("matrix_gib", "gigabytes", by_the_thousand),
    ("csr_batch", "in_matrix_order", sorted_rows),
    ("csr_batch", "all_rows", everything),
    ("csr_batch", "row_before", off_by_one),
    ("csr_batch", "whole_stars", integer_batch),
    ("csr_batch", "ones", only_the_mask),
    ("observed_sse", "swapped", exchanged),
    ("observed_sse", "no_bias", without_bias),
    ("observed_sse", "mean", mean_error),
    ("observed_sse", "absolute", absolute_error),
]

RIGHT = [
    ("matrix_gib", by_three_arrays),
    ("csr_batch", by_scipy),
    ("csr_batch", by_lists),
    ("csr_batch", by_repeat),
    ("observed_sse", by_loop),
    ("observed_sse", by_tensors),
    ("observed_sse", some_at_a_time),
]
