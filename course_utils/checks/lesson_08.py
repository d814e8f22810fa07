"""Exercises of lesson 08, scaling up."""

import numpy as np

from course_utils.checks.engine import Exercise, Misunderstanding


class DenseArrayError(MemoryError):
    """An answer made an array as large as the whole matrix."""


class Watched(np.ndarray):
    """An array that refuses to grow: whatever is computed from it may have ``LIMIT`` cells."""

    LIMIT = 40

    def __array_finalize__(self, source):
        if self.size > self.LIMIT:
            shape = " × ".join(map(str, self.shape))
            raise DenseArrayError(
                f"you made an array of {shape} cells. Nothing here needs more than one value a "
                "rated cell and hidden unit: gather the rows and columns of the rated cells"
            )

    def __deepcopy__(self, memo):
        return self.copy()


def _watched(values) -> np.ndarray:
    return np.asarray(values, float).view(Watched)


# --- matrix_gib


def _matrix_gib(n_users, n_movies, n_ratings, value_bytes, copies):
    dense = n_users * n_movies * value_bytes * copies / 2**30
    csr = (n_ratings * (value_bytes + 4) + (n_users + 1) * 4) * copies / 2**30
    return {"dense": dense, "csr": csr}


def _values_only(n_users, n_movies, n_ratings, value_bytes, copies):
    csr = n_ratings * value_bytes * copies / 2**30
    return _matrix_gib(n_users, n_movies, n_ratings, value_bytes, copies) | {"csr": csr}


def _two_indices(n_users, n_movies, n_ratings, value_bytes, copies):
    csr = n_ratings * (value_bytes + 8) * copies / 2**30
    return _matrix_gib(n_users, n_movies, n_ratings, value_bytes, copies) | {"csr": csr}


def _one_copy(n_users, n_movies, n_ratings, value_bytes, copies):
    return _matrix_gib(n_users, n_movies, n_ratings, value_bytes, 1)


def _scaled(factor):
    def wrong(*arguments):
        return {name: gib * factor for name, gib in _matrix_gib(*arguments).items()}

    return wrong


# --- csr_batch


def _csr_batch(indptr, indices, data, rows, n_columns):
    batch = np.zeros((len(rows), n_columns))
    for i, row in enumerate(rows):
        part = slice(indptr[row], indptr[row + 1])
        batch[i, indices[part]] = data[part]
    return batch


def _in_matrix_order(indptr, indices, data, rows, n_columns):
    return _csr_batch(indptr, indices, data, np.sort(rows), n_columns)


def _whole_stars(*arguments):
    return np.trunc(_csr_batch(*arguments))


def _ones(*arguments):
    return (_csr_batch(*arguments) != 0).astype(float)


def _row_before(indptr, indices, data, rows, n_columns):
    batch = np.zeros((len(rows), n_columns))
    for i, row in enumerate(rows):
        part = slice(indptr[row - 1] if row else 0, indptr[row])
        batch[i, indices[part]] = data[part]
    return batch


def _all_rows(indptr, indices, data, rows, n_columns):
    return _csr_batch(indptr, indices, data, np.arange(len(indptr) - 1), n_columns)


# --- observed_sse


def _predicted(code, weights, bias, row, column):
    return np.einsum("nk,nk->n", code[row], weights[column]) + bias[column]


def _observed_sse(code, weights, bias, row, column, stars):
    return np.sum((stars - _predicted(code, weights, bias, row, column)) ** 2)


def _swapped(code, weights, bias, row, column, stars):
    return np.sum((stars - _predicted(code, weights, bias, column, row)) ** 2)


_INDPTR = np.array([0, 2, 2, 5, 6])
_INDICES = np.array([1, 3, 0, 2, 3, 4])
_DATA = np.array([3.5, 5.0, 0.5, 4.0, 2.5, 1.0])
_ROW = np.array([0, 0, 1, 3, 3, 3, 6, 7])
_COLUMN = np.array([2, 7, 7, 0, 1, 5, 2, 4])
_STARS = np.array([4.0, 0.5, 3.0, 5.0, 2.5, 3.5, 1.0, 4.5])
_rng = np.random.default_rng(8)
_CODE, _WEIGHTS = _watched(_rng.random((8, 3))), _watched(_rng.normal(0, 1, (8, 3)))
_BIAS = _watched(_rng.normal(0, 1, 8))

EXERCISES = [
    Exercise(
        name="matrix_gib",
        reference=_matrix_gib,
        cases={
            "MovieLens-1M in 64 bit, nine times": (6040, 3706, 1_000_209, 8, 9),
            "MovieLens-25M in 32 bit": (162_541, 59_047, 25_000_095, 4, 1),
        },
        tolerance=1e-6,
        misunderstandings=[
            Misunderstanding(
                "values_only",
                _values_only,
                "A rating without its place is worth nothing. Beside each value CSR stores its "
                "column, 4 bytes.",
            ),
            Misunderstanding(
                "two_indices",
                _two_indices,
                "You store row and column of each rating. CSR stores the columns only, and once "
                "for each user where their ratings begin: n_users + 1 numbers of 4 bytes.",
            ),
            Misunderstanding(
                "one_copy",
                _one_copy,
                "That is one matrix. `copies` of them are alive at the same time.",
            ),
            Misunderstanding(
                "bits",
                _scaled(8),
                "You counted bits. value_bytes is in bytes: a 64-bit float has 8 of them.",
            ),
            Misunderstanding(
                "gigabytes",
                _scaled(2**30 / 1e9),
                "Those are gigabytes (10⁹ bytes). A GiB, what memory is sold by, has 2³⁰.",
            ),
        ],
        right="the arithmetic that a crash would have done for you",
    ),
    Exercise(
        name="csr_batch",
        reference=_csr_batch,
        cases={
            "two rows, out of order": (_INDPTR, _INDICES, _DATA, np.array([2, 0]), 5),
            "an empty row": (_INDPTR, _INDICES, _DATA, np.array([3, 1, 0]), 5),
        },
        misunderstandings=[
            Misunderstanding(
                "in_matrix_order",
                _in_matrix_order,
                "These are the right rows in the matrix' order. Row i of the batch is row rows[i], "
                "or its targets belong to someone else.",
            ),
            Misunderstanding(
                "all_rows",
                _all_rows,
                "You made the whole matrix dense. Only the asked rows may become dense: that is "
                "the point.",
            ),
            Misunderstanding(
                "row_before",
                _row_before,
                "That is the row before. Row r lies between indptr[r] and indptr[r + 1].",
            ),
            Misunderstanding(
                "whole_stars",
                _whole_stars,
                "Half stars got lost: your array holds integers. Make it with dtype float.",
            ),
            Misunderstanding(
                "ones",
                _ones,
                "You wrote that there is a rating, not which. The stars are in `data`.",
            ),
        ],
        right="dense, but only as many rows as were asked for",
    ),
    Exercise(
        name="observed_sse",
        reference=_observed_sse,
        cases={
            "eight rated cells of 64": (_CODE, _WEIGHTS, _BIAS, _ROW, _COLUMN, _STARS),
            "no rating": (_CODE, _WEIGHTS, _BIAS, _ROW[:0], _COLUMN[:0], _STARS[:0]),
        },
        misunderstandings=[
            Misunderstanding(
                "swapped",
                _swapped,
                "Rows and columns are exchanged: `code` has a line a row, `weights` a line a "
                "column.",
            ),
            Misunderstanding(
                "no_bias",
                lambda c, w, b, row, column, stars: _observed_sse(c, w, 0 * b, row, column, stars),
                "Each column has a bias too: add bias[column] to the product.",
            ),
            Misunderstanding(
                "mean",
                lambda c, w, b, row, column, stars: (
                    _observed_sse(c, w, b, row, column, stars) / max(len(stars), 1)
                ),
                "That is the mean. The objective is a sum, so that every rating weighs the same "
                "in whichever batch it comes.",
            ),
            Misunderstanding(
                "absolute",
                lambda c, w, b, row, column, stars: np.sum(
                    np.abs(stars - _predicted(c, w, b, row, column))
                ),
                "The errors are not squared.",
            ),
        ],
        right="as many products as ratings, however large the matrix",
    ),
]
