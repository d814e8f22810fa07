"""Exercises of lesson 09, scaling up."""

import numpy as np
from scipy import sparse

from course_utils.checks.engine import Drawn, Exercise, Misunderstanding, OnMovieLens
from course_utils.checks.networks import ACTIVATIONS, ByHand, network


# --------------------------------------------------------------------------------- matrix_gib
def _matrix_gib(n_users, n_movies, n_ratings, value_bytes, copies):
    dense = n_users * n_movies * value_bytes
    csr = n_ratings * (value_bytes + 4) + (n_users + 1) * 4
    return {"dense": dense * copies / 2**30, "csr": csr * copies / 2**30}


def _gib_steps(
    n_users,
    n_movies,
    n_ratings,
    value_bytes,
    copies,
    *,
    cells=lambda users, movies, ratings: users * movies,
    value=lambda value_bytes: value_bytes,
    index=lambda value_bytes: 4,
    starts=lambda users, movies, value_bytes: (users + 1) * 4,
    alive=lambda copies: copies,
    unit=2**30,
    names=("dense", "csr"),
):
    value_bytes, copies = value(value_bytes), alive(copies)
    dense = cells(n_users, n_movies, n_ratings) * value_bytes
    csr = n_ratings * (value_bytes + index(value_bytes)) + starts(n_users, n_movies, value_bytes)
    return dict(zip(names, (dense * copies / unit, csr * copies / unit), strict=True))


def _some_sizes(rng):
    users, movies = (int(n) for n in rng.integers(20, 60, 2))
    return users, movies + 60, int(rng.integers(200, 900)), int(rng.choice([4, 8])), 5


def _sizes_of(data):
    ids = data.ratings
    return int(ids["user_id"].nunique()), int(ids["movie_id"].nunique()), len(ids), 8, 2


# ---------------------------------------------------------------------------------- csr_batch
def _csr_batch(indptr, indices, data, rows, n_columns):
    batch = np.zeros((len(rows), n_columns), "float32")
    for i, row in enumerate(rows):
        cells = slice(indptr[row], indptr[row + 1])
        batch[i, indices[cells]] = data[cells]
    return batch


def _batch_steps(
    indptr,
    indices,
    data,
    rows,
    n_columns,
    *,
    asked=lambda rows, n_rows: rows,
    cells=lambda indptr, row: slice(indptr[row], indptr[row + 1]),
    places=lambda indices, cells: indices[cells],
    stars=lambda data: data,
    empty=0.0,
    width=lambda indices, n_columns: n_columns,
):
    rows = asked(rows, len(indptr) - 1)
    batch = np.full((len(rows), width(indices, n_columns)), empty)
    for i, row in enumerate(rows):
        part = cells(indptr, row)
        batch[i, places(indices, part)] = stars(data)[part]
    return batch


def _whole_matrix(indptr, indices, data, rows, n_columns):
    return sparse.csr_matrix((data, indices, indptr), (len(indptr) - 1, n_columns)).toarray()[rows]


def _dense(batch):
    if sparse.issparse(batch):
        raise TypeError("it is still sparse, and a network reads dense arrays: add .toarray()")
    return batch


_INDPTR = np.array([0, 2, 2, 5, 6, 9])
_INDICES = np.array([1, 3, 0, 2, 3, 4, 5, 0, 2])
_DATA = np.array([3.5, 5.0, 0.5, 4.0, 2.5, 1.0, 4.5, 2.0, 1.5])
_SMALL = (_INDPTR, _INDICES, _DATA)


def _some_rows(rng):
    count = rng.integers(0, 5, 30) * (rng.random(30) < 0.8)
    indices = [rng.permutation(12)[:n] for n in count]
    stars = rng.integers(1, 11, count.sum()) / 2
    return np.append(0, count.cumsum()), np.concatenate(indices), stars, rng.permutation(30)[:8], 14


def _too_large():
    """A matrix of a million rows with a thousand ratings: dense, it would take 370 GiB or more."""
    rng, n_rows, n_columns = np.random.default_rng(8), 1_000_000, 100_000
    rated = np.sort(rng.choice(n_rows, 1000, replace=False))
    indptr = np.searchsorted(rated, np.arange(n_rows + 1))
    stars = rng.integers(1, 11, 1000) / 2
    return indptr, rng.integers(0, n_columns, 1000), stars, rated[[700, 3]], n_columns


def _busy_users(data):
    users, movies = (data.ratings[name].to_numpy() - 1 for name in ("user_id", "movie_id"))
    matrix = sparse.csr_matrix((data.ratings["rating"].to_numpy(), (users, movies)))
    rows = np.random.default_rng(8).permutation(matrix.shape[0])[:64]
    return matrix.indptr, matrix.indices, matrix.data, rows, matrix.shape[1]


# ------------------------------------------------------------------------------- observed_sse
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
                "rated cell and hidden unit"
            )

    def __deepcopy__(self, memo):
        return self.copy()


def _watched(values) -> np.ndarray:
    return np.asarray(values, float).view(Watched)


def _observed_sse(code, weights, bias, row, column, stars):
    predicted = (code[row] * weights[column]).sum(axis=1) + bias[column]
    return ((stars - predicted) ** 2).sum()


def _sse_steps(
    code,
    weights,
    bias,
    row,
    column,
    stars,
    *,
    product=lambda h, w: (h * w).sum(axis=1),
    own=lambda bias, row, column: bias[column],
    error=lambda stars, predicted: (stars - predicted) ** 2,
    total=np.sum,
):
    predicted = product(code[row], weights[column]) + own(bias, row, column)
    return total(error(stars, predicted))


def _all_cells(code, weights, bias, row, column, stars):
    return (((code @ weights.T + bias)[row, column] - stars) ** 2).sum()


def _cells(rng, n_rows, n_columns, n_cells, hidden=3):
    code, weights = rng.random((n_rows, hidden)), rng.normal(0, 1, (n_columns, hidden))
    row, column = np.divmod(rng.choice(n_rows * n_columns, n_cells, replace=False), n_columns)
    bias, stars = rng.normal(0, 1, n_columns), rng.integers(1, 11, n_cells) / 2
    return code, weights, bias, row, column, stars


def _ratings_of(data):
    some = data.ratings.sample(2000, random_state=8)
    users, movies = (some[name].to_numpy() - 1 for name in ("user_id", "movie_id"))
    code, weights, bias, *_ = _cells(np.random.default_rng(8), users.max() + 1, movies.max() + 1, 0)
    return code, weights, bias, users, movies, some["rating"].to_numpy(float)


_NINE = _cells(np.random.default_rng(8), 9, 9, 8)

_TOO_MANY = (
    "The whole matrix of predictions (or of targets) would not fit into memory. Gather the rows "
    "and columns of the rated cells, code[row] and weights[column], and multiply those, cell by "
    "cell."
)


# --------------------------------------------------------------------------- decoder_at_cells
def _dot(code, weights):
    return (code * weights).sum(axis=1, keepdims=True)


def _cosine(code, weights):
    lengths = np.linalg.norm(code, axis=1) * np.linalg.norm(weights, axis=1)
    lengths = np.maximum(lengths, 1e-12)
    return _dot(code, weights) / lengths[:, None]


def _decoder_at_cells(
    n_columns, hidden, l2, *, product=_dot, output="linear", biases=lambda n, hidden: (n, 1),
    added=lambda bias, column: bias[column], penalised=(0,), share=1.0, rows=0, noise=(),
):  # fmt: skip
    shapes = [(n_columns + rows, hidden), biases(n_columns + rows, hidden)]

    def forward(weights, code, column):
        table, bias = weights[0], weights[1] if shapes[1] else 0.0
        own = added(bias, column) if shapes[1] else 0.0
        return ACTIVATIONS[output](product(code, table[column]) + own)

    def penalty(weights):
        return l2 * share * sum(float((np.asarray(weights[i]) ** 2).sum()) for i in penalised)

    return ByHand([shape for shape in shapes if shape], forward, noise, penalty)


def _whole_rows(n_columns, hidden, l2):
    def forward(weights, code, column):
        return code @ weights[0] + weights[1]

    def penalty(weights):
        return l2 * float((np.asarray(weights[0]) ** 2).sum())

    return ByHand([(hidden, n_columns), (n_columns,)], forward, (), penalty)


def _side_by_side(n_columns, hidden, l2):
    def forward(weights, code, column):
        return np.hstack([code, weights[0][column]]) @ weights[1] + weights[2]

    def penalty(weights):
        return l2 * float((np.asarray(weights[0]) ** 2).sum())

    return ByHand([(n_columns, hidden), (2 * hidden, 1), (1,)], forward, (), penalty)


def _some_codes(n_columns, hidden, l2):
    rng = np.random.default_rng(9)
    return [rng.random((5, hidden)).astype("float32"), rng.integers(0, n_columns, 5, "int32")]


_DECODER = [
    Misunderstanding("whole_rows", _whole_rows,
        "A Dense layer answers at all columns of each row: that is the work to be saved. Look up "
        "the weights of the asked column alone, in an Embedding."),
    Misunderstanding("side_by_side", _side_by_side,
        "You put code and weights side by side into a Dense layer. Asked is their dot product: "
        "layers.Dot(axes=1)."),
    Misunderstanding("no_bias", {"biases": lambda n, hidden: ()},
        "Each column has a bias, too: a second table, Embedding(n_columns, 1)."),
    Misunderstanding("one_bias",
        {"biases": lambda n, hidden: (1,), "added": lambda bias, column: bias},
        "You have one bias for all. Each column has its own: Embedding(n_columns, 1)."),
    Misunderstanding("bias_in_each_unit",
        {"biases": lambda n, hidden: (n, hidden), "product": lambda h, w: h * w,
         "added": lambda bias, column: bias[column]},
        "Your bias has a number for each hidden unit. Each column has a single one, added after "
        "the dot product."),
    Misunderstanding("wide_bias",
        {"biases": lambda n, hidden: (n, hidden),
         "added": lambda bias, column: bias[column].sum(axis=1, keepdims=True)},
        "Your bias has a number for each hidden unit. Each column has a single one."),
    Misunderstanding("not_summed", {"product": lambda h, w: h * w},
        "You multiplied unit by unit and did not add up. layers.Dot(axes=1) does both."),
    Misunderstanding("units_added",
        {"product": lambda h, w: (h + w).sum(axis=1, keepdims=True)},
        "Code and weights are multiplied, unit by unit, not added."),
    Misunderstanding("cosine", {"product": _cosine},
        "That is a cosine: normalize=True divides by both lengths. Asked is the plain product."),
    Misunderstanding("sigmoid", {"output": "sigmoid"},
        "A sigmoid stands on your output: then no prediction leaves 0 … 1. It is linear."),
    Misunderstanding("relu", {"output": "relu"},
        "Your output cannot fall below 0, and it predicts what is left over of the stars, which "
        "may be negative. It is linear."),
    Misunderstanding("tanh", {"output": "tanh"},
        "Your output stays between −1 and 1. It is linear."),
    Misunderstanding("no_penalty", {"penalised": ()},
        "l2 does nothing in yours. The table of weights takes embeddings_regularizer."),
    Misunderstanding("bias_penalised", {"penalised": (0, 1)},
        "The biases carry the penalty, too. Only the weights do."),
    Misunderstanding("only_bias_penalised", {"penalised": (1,)},
        "The penalty stands on the biases. It belongs to the weights."),
    Misunderstanding("half_penalty", {"share": 0.5},
        "Your penalty is l2 / 2. The halving is done already, when λ becomes l2."),
    Misunderstanding("one_row_more", {"rows": 1},
        "Your tables have a line too many. Columns count from 0: n_columns lines."),
    Misunderstanding("of_the_lesson", lambda n, hidden, l2: _decoder_at_cells(943, hidden, l2),
        "Your tables have the lines of one dataset. Use the argument n_columns."),
    Misunderstanding("dropout", {"noise": ["Dropout(0.5) after Embedding"]},
        "There is dropout on your weights. None is asked here: the ratings are hidden before."),
    Misunderstanding("dropout_on_code", {"noise": ["Dropout(0.5) after the input"]},
        "There is dropout on your code. None is asked here: the ratings are hidden before."),
]  # fmt: skip

# fmt: off
EXERCISES = [
    Exercise(
        name="matrix_gib",
        reference=_matrix_gib,
        steps=_gib_steps,
        cases={
            "MovieLens-1M in 64 bit, nine times": (6040, 3706, 1_000_209, 8, 9),
            "MovieLens-25M in 32 bit": (162_541, 59_047, 25_000_095, 4, 1),
            "three users, four movies, five ratings": (3, 4, 5, 4, 2),
            "some dozens of users": Drawn(_some_sizes),
            "MovieLens-100K, twice": OnMovieLens(_sizes_of),
        },
        tolerance=1e-10,
        look="Section “Exercise 1 · The arithmetic before the crash”: what CSR stores.",
        misunderstandings=[
            Misunderstanding("values_only",
                {"index": lambda value_bytes: 0, "starts": lambda *_: 0},
                "A rating without its place is worth nothing. Beside each value CSR stores its "
                "column, 4 bytes."),
            Misunderstanding("two_indices",
                {"index": lambda value_bytes: 8, "starts": lambda *_: 0},
                "You store row and column of each rating. CSR stores the columns only, and once "
                "for each user where their ratings begin: n_users + 1 numbers of 4 bytes."),
            Misunderstanding("no_index", {"index": lambda value_bytes: 0},
                "The columns are missing: beside each value CSR stores a 4-byte integer."),
            Misunderstanding("no_starts", {"starts": lambda *_: 0},
                "CSR also stores where each user's ratings begin: n_users + 1 more integers of 4 "
                "bytes."),
            Misunderstanding("one_start_short",
                {"starts": lambda users, movies, value_bytes: users * 4},
                "One 4-byte integer is missing: n users have n beginnings and one end."),
            Misunderstanding("starts_of_movies",
                {"starts": lambda users, movies, value_bytes: (movies + 1) * 4},
                "You counted a beginning for each movie. The rows of CSR are users: n_users + 1."),
            Misunderstanding("index_as_value",
                {
                    "index": lambda value_bytes: value_bytes,
                    "starts": lambda users, movies, value_bytes: (users + 1) * value_bytes,
                },
                "Columns and beginnings are 4-byte integers, however many bytes a value has."),
            Misunderstanding("column_as_value", {"index": lambda value_bytes: value_bytes},
                "A column is a 4-byte integer, however many bytes a value has."),
            Misunderstanding("one_copy", {"alive": lambda copies: 1},
                "That is one matrix. `copies` of them are alive at the same time."),
            Misunderstanding("bits", {"unit": 2**27},
                "You counted bits. value_bytes is in bytes: a 64-bit float has 8 of them."),
            Misunderstanding("gigabytes", {"unit": 1e9},
                "Those are gigabytes (10⁹ bytes). A GiB, what memory is sold by, has 2³⁰."),
            Misunderstanding("mebibytes", {"unit": 2**20},
                "Those are MiB. A GiB has 1024 of them: divide by 2**30."),
            Misunderstanding("bytes", {"unit": 1},
                "Those are bytes. Divide by 2**30 for GiB."),
            Misunderstanding("always_8", {"value": lambda value_bytes: 8},
                "A value has value_bytes bytes, 4 or 8. You always took 8."),
            Misunderstanding("always_4", {"value": lambda value_bytes: 4},
                "A value has value_bytes bytes, 4 or 8. You always took 4."),
            Misunderstanding("value_bytes_forgotten", {"value": lambda value_bytes: 1},
                "You counted values. Each has value_bytes bytes."),
            Misunderstanding("dense_of_ratings", {"cells": lambda users, movies, ratings: ratings},
                "A dense matrix stores every cell, rated or not: n_users times n_movies."),
            Misunderstanding("users_plus_movies",
                {"cells": lambda users, movies, ratings: users + movies},
                "A matrix has users *times* movies cells, not users plus movies."),
            Misunderstanding("exchanged", {"names": ("csr", "dense")},
                "The two names are exchanged."),
        ],
        right="the arithmetic that a crash would have done for you",
    ),
    Exercise(
        name="csr_batch",
        reference=_csr_batch,
        steps=_batch_steps,
        cases={
            "two rows, out of order": (*_SMALL, np.array([2, 0]), 8),
            "an empty row": (*_SMALL, np.array([4, 1, 0]), 8),
            "eight rows of thirty": Drawn(_some_rows),
            "two rows of a million": _too_large(),
            "MovieLens-100K": OnMovieLens(_busy_users),
        },
        observe=_dense,
        look="Section “Sparse until the last moment”: where row r of the three arrays lies.",
        misunderstandings=[
            Misunderstanding("in_matrix_order", {"asked": lambda rows, n_rows: np.sort(rows)},
                "These are the right rows in the matrix' order. Row i of the batch is row rows[i], "
                "or its targets belong to someone else."),
            Misunderstanding("all_rows",
                lambda p, i, d, rows, n: _whole_matrix(p, i, d, slice(None), n),
                "You made the whole matrix dense. Only the asked rows may become dense: that is "
                "the point."),
            Misunderstanding("whole_matrix", _whole_matrix,
                "You made the whole matrix dense and took the rows afterwards. Take the rows "
                "first: then only they need room."),
            Misunderstanding("first_rows", {"asked": lambda rows, n_rows: np.arange(len(rows))},
                "Those are the first rows of the matrix. Row i of the batch is row rows[i]."),
            Misunderstanding("row_before",
                {"cells": lambda p, row: slice(p[row - 1] if row else 0, p[row])},
                "That is the row before. Row r lies between indptr[r] and indptr[r + 1]."),
            Misunderstanding("row_after",
                {"cells": lambda p, row: slice(p[row + 1], p[min(row + 2, len(p) - 1)])},
                "That is the row after. Row r lies between indptr[r] and indptr[r + 1]."),
            Misunderstanding("one_short",
                {"cells": lambda p, row: slice(p[row], max(p[row], p[row + 1] - 1))},
                "The last rating of each row is missing: a slice leaves its end out already."),
            Misunderstanding("packed",
                {"places": lambda indices, cells: slice(0, cells.stop - cells.start)},
                "The stars stand one beside the other from column 0 on. Their columns are in "
                "`indices`."),
            Misunderstanding("columns_from_1",
                {"places": lambda indices, cells: indices[cells] - 1},
                "Every rating stands one column too far to the left: `indices` counts from 0 "
                "already."),
            Misunderstanding("whole_stars", {"stars": np.trunc},
                "Half stars got lost: your array holds integers. Make it with dtype float."),
            Misunderstanding("ones", {"stars": np.ones_like},
                "You wrote that there is a rating, not which. The stars are in `data`."),
            Misunderstanding("nan", {"empty": np.nan},
                "Where there is no rating a 0 belongs. A network cannot compute with nan."),
            Misunderstanding("columns_that_occur",
                {"width": lambda indices, n_columns: indices.max() + 1},
                "The last columns are missing, as nobody has rated them here. The batch is "
                "n_columns wide."),
            Misunderstanding("no_empty_rows",
                lambda p, i, d, rows, n: _csr_batch(p, i, d, rows[p[rows] < p[rows + 1]], n),
                "A row without ratings has its place in the batch too, full of 0."),
        ],
        right="dense, but only as many rows as were asked for",
    ),
    Exercise(
        name="observed_sse",
        reference=_observed_sse,
        steps=_sse_steps,
        cases={
            "eight rated cells of 81": (*map(_watched, _NINE[:3]), *_NINE[3:]),
            "no rating": (*_NINE[:3], *(cells[:0] for cells in _NINE[3:])),
            "fifty rated cells of 300": Drawn(lambda rng: _cells(rng, 15, 20, 50)),
            "100,000 rated cells of 90 billion": _cells(
                np.random.default_rng(9), 300_000, 300_001, 100_000, 2
            ),
            "two thousand ratings of MovieLens-100K": OnMovieLens(_ratings_of),
        },
        look="Section “Multiplying by zero”: the formula below **Last layer**.",
        misunderstandings=[
            Misunderstanding("all_cells", _all_cells, _TOO_MANY),
            Misunderstanding("all_cells_converted",
                lambda *arguments: _all_cells(*map(np.asarray, arguments)), _TOO_MANY),
            Misunderstanding("swapped",
                lambda c, w, b, row, column, stars: _observed_sse(c, w, b, column, row, stars),
                "Rows and columns are exchanged: `code` has a line a row, `weights` a line a "
                "column."),
            Misunderstanding("no_bias", {"own": lambda bias, row, column: 0},
                "Each column has a bias too: add bias[column] to the product."),
            Misunderstanding("bias_of_the_row", {"own": lambda bias, row, column: bias[row]},
                "The bias belongs to the column: bias[column]."),
            Misunderstanding("bias_subtracted", {"own": lambda bias, row, column: -bias[column]},
                "The bias has the wrong sign: the prediction is the product *plus* bias[column]."),
            Misunderstanding("sums_multiplied",
                {"product": lambda h, w: h.sum(axis=1) * w.sum(axis=1)},
                "A dot product multiplies unit by unit, and adds up after that."),
            Misunderstanding("mean",
                {"total": np.mean},
                "That is the mean. The objective is a sum, so that every rating weighs the same "
                "in whichever batch it comes."),
            Misunderstanding("half", {"total": lambda squared: np.sum(squared) / 2},
                "That is half the sum. The ½ of some textbooks is not asked here."),
            Misunderstanding("absolute",
                {"error": lambda stars, predicted: np.abs(stars - predicted)},
                "The errors are not squared."),
            Misunderstanding("not_squared", {"error": lambda stars, predicted: stars - predicted},
                "The errors are not squared, so those above and below cancel out."),
            Misunderstanding("square_of_the_sum",
                {
                    "error": lambda stars, predicted: stars - predicted,
                    "total": lambda errors: np.sum(errors) ** 2,
                },
                "You added up first and squared after. Square each error, then add up."),
            Misunderstanding("clipped",
                {"error": lambda stars, predicted: (stars - np.clip(predicted, 0.5, 5)) ** 2},
                "You cut the predictions to the scale. In training they stay as they are."),
        ],
        right="as many products as ratings, however large the matrix",
    ),
    network(
        name="decoder_at_cells",
        reference=_decoder_at_cells,
        inputs=_some_codes,
        cases={
            "6 columns, 3 hidden units, no penalty": (6, 3, 0.0),
            "8 columns, 4 hidden units, l2 of 0.1": (8, 4, 0.1),
            "other sizes": Drawn(lambda rng: (*rng.integers([9, 5], [20, 9]).tolist(), 0.02)),
        },
        look="Section “Build it”: which two tables does a cell look up, and by what?",
        misunderstandings=_DECODER,
        right="tables, output and penalty agree: a biased product whose user is computed",
        twin="course_utils.models.sparse.decoder_at_cells",
    ),
]
# fmt: on
