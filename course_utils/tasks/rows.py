"""Training on whole rows of the rating matrix: each user's ratings, or each movie's."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import keras
import numpy as np
from scipy import sparse

from course_utils.data.matrices import rating_matrix, row_means
from course_utils.data.splits import Split
from course_utils.models.baselines import BiasModel, bias_model
from course_utils.models.folding import Fold, as_rows, fold_columns, shrunk_bias
from course_utils.models.losses import masked_sse
from course_utils.tasks.base import Task
from course_utils.tasks.noise import Noise


@dataclass(frozen=True)
class Rows:
    """One side of the rating matrix, as an autoencoder reads it.

    matrix: CSR of shape (n_rows, n_columns), training ratings in stars. fill: stars an unrated
    input cell is set to, (n_rows,). row_bias, offset: what the bias model says, (n_rows, 1) and
    (n_columns,), or 0 and None. centred: subtract that from the rated input cells. features: what
    else is known of each row, (n_rows, n_features), or None. noise: what is done to the input.
    side: what a row is, "user" or "movie". bias_of_shown: a row's bias is what its (centred) input
    says, not ``row_bias``.
    """

    matrix: sparse.csr_matrix
    row_bias: np.ndarray
    fill: np.ndarray
    offset: np.ndarray | None
    centred: bool = False
    features: np.ndarray | None = None
    noise: Noise | None = None
    side: str = "movie"
    bias_of_shown: bool = False

    @property
    def drawn_anew(self) -> bool:
        """Whether chance has a part in the training batches."""
        return self.noise is not None

    def batch(
        self, rows: np.ndarray, rng: np.random.Generator | None = None
    ) -> tuple[tuple[np.ndarray, ...], np.ndarray]:
        """((row, row_bias), target), dense; a target of 0 is no rating and the losses mask it.

        With features, they are the third input. rng: draws the noise of a training batch; without
        it the batch is for predicting. The target stays clean.
        """
        target = self.matrix[rows].toarray()
        row = self._filled(rows, target)
        if self.noise is not None:
            row = self.noise(row, target != 0, rows, rng)
        bias = _shrunk_means(row) if self.bias_of_shown else self.row_bias[rows]
        inputs = (row, bias)
        return (inputs if self.features is None else (*inputs, self.features[rows])), target

    def _filled(self, rows: np.ndarray, dense: np.ndarray) -> np.ndarray:
        if self.centred:
            return np.where(dense == 0, 0, dense - self.row_bias[rows] - self.offset)
        fill = self.fill[rows]
        return np.where(dense == 0, fill[:, None], dense) if fill.any() else dense


@dataclass(frozen=True, eq=False)
class RowTask(Task):
    """Batches of rows, for the models of :mod:`course_utils.models.autoencoders`."""

    data: Rows

    def predict(self, model, users, movies):
        row, column = (users, movies) if self.data.side == "user" else (movies, users)
        return predict_cells(model, self.data, row, column)

    def l2(self, lam: float) -> float:
        """The papers' λ/2 · Σw² on a *sum* over rows, for Keras' *mean*: λ / (2 · n_rows)."""
        return lam / (2 * self.data.matrix.shape[0])

    @property
    def users_at_once(self) -> int:  # where rows are movies, one pass over them answers for all
        return super().users_at_once if self.data.side == "user" else self.split.n_users

    def score(self, model, users):
        if self.data.side == "user":
            return np.asarray(model.predict_on_batch(self.data.batch(users)[0]))
        return every_row(model, self.data)[:, users].T

    def folder(self, model):
        if self.data.side == "user":
            return fold_rows(model, self.data)
        return self._fold_columns(model)

    def _fold_columns(self, model: keras.Model, read: Callable | None = None) -> Fold:
        """Rows are movies: a new user is a new column, by the codes of all movies.

        Training minimises a user's squared errors plus ``n_movies`` · l2 · |w|².
        """
        if model.loss is not masked_sse:
            raise ValueError(
                "rows are movies and the loss is no sum over ratings: only masked_sse folds"
            )
        output = model.get_layer("output")
        activation = getattr(output, "activation", keras.activations.linear)
        if keras.activations.serialize(activation) != "linear":
            raise ValueError("the output is not linear: a new user's weights have no closed form")
        code = output.input[0] if isinstance(output.input, list) else output.input
        codes = every_row(keras.Model(model.inputs, code), self.data).astype(float)
        regularizer = output.kernel_regularizer
        penalty = len(codes) * (regularizer.l2 if regularizer else 0.0)
        level = None
        if self.data.offset is not None:
            mean = float(self.split.train["rating"].mean())
            level = mean + self.data.row_bias[:, 0].astype(float)
        return fold_columns(codes, penalty, level, read, support=self.split.support)


def row_task(
    split: Split,
    side: str = "movie",
    *,
    batch_size: int = 512,
    fill: float | str = 0.0,
    offset: bool | str = False,
    centred: bool = False,
    features: np.ndarray | None = None,
    noise: Noise | None = None,
) -> RowTask:
    """Train on whole rows: each user's ratings (``side="user"``) or each movie's (``"movie"``).

    fill: what an unrated input cell is set to, in stars, or "row_mean" (the 2021 project's
    ``average``); targets are never filled. offset: let the model add its output to the bias model's
    prediction. The input keeps its raw stars, so that the network still sees *who rated*;
    ``centred=True`` feeds it the residuals instead, and an average rating looks like none.
    ``offset="shown"`` works a row's bias out from the residuals in its input, for rows that are
    thinned by noise or new later on; it needs ``centred=True``.
    features: (n_rows, n_features), what else is known of each row; a third input of the model.
    noise: what the input goes through; see :mod:`.noise`. Only the batch at hand is dense.
    """
    if side not in ("user", "movie"):
        raise ValueError(f'side={side!r}: rows are users or movies; give "user" or "movie"')
    if isinstance(fill, str) and fill != "row_mean":
        raise ValueError(f'fill={fill!r}: give a number of stars or "row_mean"')
    if offset not in (True, False, "shown"):
        raise ValueError(f'offset={offset!r}: give True, False or "shown"')
    if offset == "shown" and not centred:
        raise ValueError('offset="shown" needs centred=True: a bias is a mean of residuals')
    if centred and not offset:
        raise ValueError("centred=True needs offset=True: there is nothing to centre on")
    matrix = rating_matrix(split.train, split.shape)
    matrix = matrix if side == "user" else matrix.T.tocsr()
    n_rows = matrix.shape[0]
    if features is not None:
        features = np.asarray(features, "float32")
        if features.ndim != 2 or len(features) != n_rows:
            raise ValueError(
                f"features has shape {features.shape}: give one line for each of the {n_rows:,} "
                f"{side}s of the split, in the order of split.{side}_ids"
            )
    start = row_means(matrix) if fill == "row_mean" else np.full(n_rows, fill, "float32")
    row_bias, column_offset = np.zeros((n_rows, 1), "float32"), None
    if offset:
        bias = bias_model(split)
        of_rows, column_offset = _biases(bias, side)
        row_bias = row_bias if offset == "shown" else of_rows
    shown = offset == "shown"
    data = Rows(matrix, row_bias, start, column_offset, centred, features, noise, side, shown)
    return RowTask(split, RowBatches(data, batch_size), None, data)


class ShuffledRows(keras.utils.PyDataset):
    """Batches of ``data.batch(rows)``, in a new random order each epoch.

    The order comes from NumPy's global generator, which ``fit`` seeds.
    """

    def __init__(self, data, batch_size: int, **kwargs):
        super().__init__(**kwargs)
        if batch_size < 1:
            raise ValueError(f"batch_size={batch_size}: needs at least one row")
        self.data, self.batch_size = data, batch_size
        self.order = np.arange(data.matrix.shape[0])

    def __len__(self) -> int:
        return -(-len(self.order) // self.batch_size)

    def __getitem__(self, index: int):
        return self.data.batch(self.rows(index))

    def rows(self, index: int) -> np.ndarray:
        """The rows of one batch."""
        return self.order[index * self.batch_size : (index + 1) * self.batch_size]

    def on_epoch_begin(self) -> None:
        self.order = np.random.permutation(len(self.order))


class RowBatches(ShuffledRows):
    """Batches of :class:`Rows`, dense one at a time; their noise is drawn anew each epoch."""

    def __init__(self, data: Rows, batch_size: int, **kwargs):
        super().__init__(data, batch_size, **kwargs)
        self.noise_seed = 0

    def __getitem__(self, index: int):
        # A generator of its own for each batch: Keras may ask for batches from another thread.
        rng = np.random.default_rng([self.noise_seed, index])
        return self.data.batch(self.rows(index), rng)

    def on_epoch_begin(self) -> None:
        super().on_epoch_begin()
        if self.data.drawn_anew:
            self.noise_seed = np.random.randint(2**31)


def by_rows(row: np.ndarray, batch_size: int) -> Iterator[tuple[np.ndarray, ...]]:
    """Some cells of the matrix, grouped so that each of their rows is read once.

    row: of each cell, (n_cells,). Yields (rows, cells, place): up to ``batch_size`` rows, the
    positions in ``row`` of the cells that lie in them, and each cell's row as a position in rows.
    """
    needed, place = np.unique(row, return_inverse=True)
    order = np.argsort(place, kind="stable")
    starts = np.arange(0, len(needed), batch_size)
    ends = np.searchsorted(place[order], np.append(starts, len(needed)))
    for start, low, high in zip(starts, ends[:-1], ends[1:], strict=True):
        cells = order[low:high]
        yield needed[start : start + batch_size], cells, place[cells] - start


def predict_cells(
    model: keras.Model, data: Rows, row: np.ndarray, column: np.ndarray, batch_size: int = 1024
) -> np.ndarray:
    """The model's stars at some cells of the matrix, shape (n_cells,): one pass over their rows."""
    stars = np.empty(len(row), "float32")
    for some, cells, place in by_rows(row, batch_size):
        dense = model.predict_on_batch(data.batch(some)[0])
        stars[cells] = np.asarray(dense)[place, column[cells]]
    return stars


def every_row(model: keras.Model, data: Rows, batch_size: int = 1024) -> np.ndarray:
    """What the model makes of each row, (n_rows, width of its output), a part at a time."""
    rows = np.arange(data.matrix.shape[0])
    return np.concatenate(
        [
            np.asarray(model.predict_on_batch(data.batch(some)[0]))
            for some in np.array_split(rows, -(-len(rows) // batch_size))
        ]
    )


def fold_rows(model: keras.Model, data: Rows) -> Fold:
    """Rows are users: a new user's ratings are one more row, and one forward pass answers."""
    if data.features is not None:
        raise ValueError("the model also reads features of its users; a profile has ratings only")
    n_movies = data.matrix.shape[1]
    fill_with_mean = np.ptp(data.fill) > 0

    def fold(profiles):
        matrix = as_rows(profiles, n_movies)
        bias = np.zeros((len(profiles), 1), "float32")
        if data.offset is not None:
            bias[:, 0] = [shrunk_bias(p, data.offset) for p in profiles]
        fill = row_means(matrix) if fill_with_mean else np.full(len(profiles), data.fill[0])
        new = replace(data, matrix=matrix, row_bias=bias, fill=fill)
        return np.asarray(model.predict_on_batch(new.batch(np.arange(len(profiles)))[0]))

    return fold


def _shrunk_means(residuals: np.ndarray, reg: float = 5.0) -> np.ndarray:
    """Each row's bias as the bias model would have it, shape (batch, 1); 0 for an empty row."""
    count = np.count_nonzero(residuals, axis=1)
    return (residuals.sum(axis=1) / (count + reg)).astype("float32")[:, None]


def _biases(bias: BiasModel, side: str) -> tuple[np.ndarray, np.ndarray]:
    of_row, of_column = (bias.user, bias.movie) if side == "user" else (bias.movie, bias.user)
    return of_row[:, None].astype("float32"), (bias.mean + of_column).astype("float32")
