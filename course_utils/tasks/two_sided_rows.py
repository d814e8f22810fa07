"""Rows together with what stands in the columns: batches for the two-sided AutoRec."""

from dataclasses import dataclass, fields
from functools import partial

import keras
import numpy as np
from keras import ops

from course_utils.data.splits import Split
from course_utils.tasks.rows import RowBatches, Rows, RowTask, row_task


@dataclass(frozen=True)
class TwoSidedRows(Rows):
    """Rows whose batches also hold the ratings of all columns, flat.

    cells: (column, row, residual, weight) of the training ratings, columns ascending, each
    (n_ratings,). hide: share of them hidden in each training batch. The batch's own rows are
    hidden there too: they are what is to be told. Predicting reads everything.
    """

    cells: tuple[np.ndarray, ...] = ()
    hide: float = 0.0

    @property
    def drawn_anew(self) -> bool:
        return True

    def batch(self, rows, rng=None):
        inputs, target = super().batch(rows, rng)
        return (*inputs, *self.shown(rows, rng)), target

    def shown(self, rows: np.ndarray, rng: np.random.Generator | None) -> tuple[np.ndarray, ...]:
        """The cells that a batch of these rows may read; all of them without ``rng``."""
        if rng is None:
            return self.cells
        hidden = np.zeros(self.matrix.shape[0], bool)
        hidden[rows] = True
        column, row, residual, weight = self.cells
        seen = ~hidden[row] & (rng.random(len(row), dtype="float32") >= self.hide)
        scale = np.float32(len(row) / max(int(seen.sum()), 1))  # those left stand for all
        return column[seen], row[seen], residual[seen] * scale, weight[seen] * scale


def column_cells(data: Rows) -> tuple[np.ndarray, ...]:
    """(column, row, residual, weight) of every rating, columns ascending, each (n_ratings,).

    residual: stars above the bias model; weight: 1. Both are divided by the root of how many
    ratings the column has, as in SVD++.
    """
    assert data.offset is not None  # two_sided_task asks for it
    by_column = data.matrix.T.tocsr()
    count = np.diff(by_column.indptr)
    column = np.repeat(np.arange(len(count), dtype="int32"), count)
    row = by_column.indices.astype("int32", copy=False)
    residual = by_column.data - data.row_bias[row, 0] - data.offset[column]
    weight = (1 / np.sqrt(count[column])).astype("float32")
    return column, row, residual * weight, weight


@dataclass(frozen=True, eq=False)
class TwoSidedTask(RowTask):
    """Rows and what stands in the columns, for :mod:`course_utils.models.two_sided`."""

    def folder(self, model):
        if self.data.side == "user":
            return super().folder(model)
        return self._fold_columns(model, read=partial(read_column, model))


def read_column(model: keras.Model, movies: np.ndarray, residuals: np.ndarray) -> np.ndarray:
    """The decoder weights that a two-sided AutoRec reads off a new user's ratings, (hidden,).

    movies: indices; residuals: stars above what the bias model says; both (n_ratings,).
    """
    reader, decoder = model.get_layer("columns"), model.get_layer("output")
    how, who, projection = (
        ops.convert_to_numpy(w).astype(float) for w in (reader.how, reader.who, decoder.projection)
    )
    read = residuals @ how[movies] + who[movies].sum(axis=0)
    return read @ projection / np.sqrt(max(len(movies), 1))


def two_sided_task(
    split: Split, side: str = "movie", *, hide: float = 0.5, batch_size: int = 512
) -> TwoSidedTask:
    """Train the two-sided AutoRec: rows as in :func:`~.rows.row_task`, with the bias model.

    hide: share of the columns' ratings hidden in each step, from 0 to below 1. batch_size: fewer
    than there are rows; of a batch of all rows nothing could be read, for it is hidden.
    """
    if not 0 <= hide < 1:
        raise ValueError(f"hide={hide}: give a share from 0 to below 1, such as 0.5")
    plain = row_task(split, side, batch_size=batch_size, offset=True).data
    if batch_size >= (n_rows := plain.matrix.shape[0]):
        raise ValueError(
            f"batch_size={batch_size} leaves nothing to read, because a batch's own rows are "
            f"hidden: give fewer than the {n_rows:,} {side}s, such as {max(n_rows // 4, 1)}"
        )
    given = {f.name: getattr(plain, f.name) for f in fields(plain)}
    data = TwoSidedRows(**given, cells=column_cells(plain), hide=hide)
    return TwoSidedTask(split, RowBatches(data, batch_size), None, data)
