"""Rows of the rating matrix that are never made dense: for matrices too large for ``rows``.

:func:`sparse_row_task` is a :func:`~.rows.row_task` whose cost follows the ratings.
 :func:`autorec_task` takes whichever of the two is faster for a matrix.
"""

from collections.abc import Callable
from dataclasses import dataclass

import keras
import numpy as np
from scipy import sparse

from course_utils.data.splits import Split
from course_utils.models.autoencoders import autorec
from course_utils.models.losses import masked_sse
from course_utils.models.optimizers import FusedAdam
from course_utils.models.sparse import observed_sse, sparse_autorec
from course_utils.tasks.base import Task
from course_utils.tasks.rows import ShuffledRows, by_rows, row_task

# Share of rated cells from which dense batches are the faster ones. Measured on two CPU cores by
# ``python -m benchmarks.lesson_09 --only density``.
DENSE_FROM = 0.06


@dataclass(frozen=True)
class SparseRows:
    """One side of the rating matrix for :func:`~course_utils.models.sparse_autorec`.

    matrix: CSR of shape (n_rows, n_columns), training ratings in stars. row_bias, offset: what the
    bias model says, (n_rows, 1) and (n_columns,), or 0 and None.
    """

    matrix: sparse.csr_matrix
    row_bias: np.ndarray
    offset: np.ndarray | None

    def batch(self, rows: np.ndarray, asked: tuple | None = None) -> tuple[tuple, np.ndarray]:
        """Inputs and targets of some rows, flat: only the rated cells, shape (n_cells,) each.

        asked: (row within the batch, column) of the cells to predict; by default the rated ones,
        whose stars are the targets.
        """
        part = self.matrix[rows]
        row = np.repeat(np.arange(len(rows), dtype="int32"), np.diff(part.indptr))
        column = part.indices.astype("int32", copy=False)
        cells = (row, column) if asked is None else [i.astype("int32", copy=False) for i in asked]
        return (row, column, part.data, *cells, self.row_bias[rows]), part.data


@dataclass(frozen=True, eq=False)
class SparseRowTask(Task):
    """Flat batches of rows, for :func:`~course_utils.models.sparse.sparse_autorec`."""

    data: SparseRows
    side: str

    def predict(self, model, users, movies):
        row, column = (users, movies) if self.side == "user" else (movies, users)
        return predict_asked(model, self.data, row, column)


def sparse_row_task(
    split: Split, side: str = "movie", *, batch_size: int = 512, offset: bool = False
) -> SparseRowTask:
    """Train on whole rows without making them dense; see :func:`course_utils.tasks.rows.row_task`.

    The gaps hold 0: any other filling would have to be stored. batch_size: rows a step; as nothing
    dense is made of them, thousands fit.
    """
    dense = row_task(split, side, batch_size=batch_size, offset=offset).data
    data = SparseRows(dense.matrix, dense.row_bias, dense.offset)
    return SparseRowTask(split, ShuffledRows(data, batch_size), None, data, side)


def predict_asked(
    model: keras.Model,
    data: SparseRows,
    row: np.ndarray,
    column: np.ndarray,
    batch_size: int = 1024,
) -> np.ndarray:
    """The model's stars at some cells of the matrix, shape (n_cells,): one pass over their rows."""
    stars = np.empty(len(row), "float32")
    for some, cells, place in by_rows(row, batch_size):
        inputs, _ = data.batch(some, asked=(place, column[cells]))
        stars[cells] = model.predict_on_batch(inputs)
    return stars


def is_sparse_enough(split: Split) -> bool:
    """Whether computing rated cells only is faster than dense batches for this split."""
    return len(split.train) < DENSE_FROM * split.n_users * split.n_movies


def autorec_task(
    split: Split,
    side: str = "movie",
    *,
    hidden: int = 500,
    lam: float = 200.0,
    input_dropout: float = 0.0,
    rate: float = 1e-3,
    batch_size: int = 512,
    compute: str = "auto",
) -> tuple[Callable[[], keras.Model], Task]:
    """Lesson 04's AutoRec on residuals, as ``(build, task)`` for ``fit``.

    compute: "dense" makes each batch dense, "sparse" computes rated cells only, "auto" takes the
    one that is faster at this density. Both train the same network on the same objective.
    """
    if compute not in ("auto", "dense", "sparse"):
        raise ValueError(f'compute={compute!r}: give "auto", "dense" or "sparse"')
    sparsely = is_sparse_enough(split) if compute == "auto" else compute == "sparse"
    make = sparse_row_task if sparsely else row_task
    task = make(split, side, batch_size=batch_size, offset=True)
    n_rows, n_columns = task.data.matrix.shape

    def build():
        model = (sparse_autorec if sparsely else autorec)(
            n_columns,
            hidden,
            l2=lam / (2 * n_rows),
            input_dropout=input_dropout,
            offset=task.data.offset,
        )
        loss = observed_sse(batch_size) if sparsely else masked_sse
        model.compile(FusedAdam(rate), loss)
        return model

    return build, task
