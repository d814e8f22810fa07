"""AutoRec that reads the matrix from both sides.

Item AutoRec reads who rated a movie and how. Of the user it predicts for it knows a learned vector,
the decoder's weights, and nothing else. SVD++ reads the *user's* other ratings, and knows little of
the movie's. Here the item AutoRec's decoder does what SVD++ does: a user's weights are a learned
vector plus what their other ratings say.

It needs TensorFlow: ``keras.ops`` has no product of a sparse and a dense matrix. See
:func:`course_utils.tasks.two_sided_rows.two_sided_task` for its batches.
"""

import keras
import numpy as np
from keras import layers, ops
from keras.regularizers import L2

from course_utils.models.autoencoders import Offset
from course_utils.models.sparse import sparse_product


def two_sided_autorec(
    n_rows: int,
    n_columns: int,
    hidden: int = 500,
    *,
    width: int = 50,
    offset: np.ndarray,
    l2: float = 0.0,
    column_l2: float = 0.0,
    input_dropout: float = 0.0,
) -> keras.Model:
    """h · (W + C P)ᵀ + b, with h the AutoRec code of a row and C what is read of each column.

    Inputs: ``row`` and ``row_bias`` as for the other autoencoders, and the ratings read for the
    columns, flat: cell i is in column ``cell_column[i]`` (ascending) and row ``cell_row[i]``,
    ``residual[i]`` stars above what the bias model says, and counts ``weight[i]``; all of shape
    (n_cells,). Output: stars, shape (batch, n_columns).

    width: numbers read of a column. l2: on both of AutoRec's kernels. column_l2: on the two kernels
    that read columns. The other options are those of
    :func:`~course_utils.models.autoencoders.autorec`.
    Sources: Sedhain et al., "AutoRec", WWW 2015; Koren, "Factorization meets the neighborhood",
    KDD 2008 (SVD++).
    """
    row = keras.Input((n_columns,), name="row")
    row_bias = keras.Input((1,), name="row_bias")
    cells = [
        keras.Input((), dtype="int32", name="cell_column"),
        keras.Input((), dtype="int32", name="cell_row"),
        keras.Input((), name="residual"),
        keras.Input((), name="weight"),
    ]
    x = layers.Dropout(input_dropout)(row)
    code = layers.Dense(hidden, "sigmoid", kernel_regularizer=L2(l2), name="hidden_1")(x)
    columns = ColumnReader(n_rows, n_columns, width, l2=column_l2, name="columns")(cells)
    x = TwoSidedDecoder(n_columns, l2=l2, name="output")([code, columns])
    stars = Offset(offset, name="stars")([x, row_bias])
    return keras.Model([row, row_bias, *cells], stars, name="two_sided_autorec")


@keras.saving.register_keras_serializable("course_utils")
class ColumnReader(layers.Layer):
    """Reads every column once: Σ residual · y_row + Σ weight · z_row over its cells.

    Inputs ``[cell_column, cell_row, residual, weight]``, each (n_cells,), columns ascending.
    Output: (n_columns, width). ``how`` holds the y, for how a column's raters rated, and ``who``
    the z, for who they are. Both start at 0, so that training starts from the plain AutoRec.
    """

    def __init__(self, n_rows, n_columns, width, *, l2=0.0, **kwargs):
        super().__init__(**kwargs)
        self.n_rows, self.n_columns = int(n_rows), int(n_columns)
        self.width, self.l2 = int(width), float(l2)
        self.supports_jit = False  # sparse products have no XLA kernel

    def build(self, input_shape):
        of_row = {
            "shape": (self.n_rows, self.width),
            "initializer": "zeros",
            "regularizer": L2(self.l2),
        }
        self.how, self.who = (self.add_weight(name=name, **of_row) for name in ("how", "who"))

    def call(self, inputs):
        column, row, residual, weight = inputs
        how = sparse_product(column, row, residual, self.n_columns, self.how)
        who = sparse_product(column, row, weight, self.n_columns, self.who)
        return how + who

    def compute_output_shape(self, input_shape):
        return self.n_columns, self.width

    def get_config(self):
        own = {"n_rows": self.n_rows, "n_columns": self.n_columns, "width": self.width}
        return super().get_config() | own | {"l2": self.l2}


@keras.saving.register_keras_serializable("course_utils")
class TwoSidedDecoder(layers.Layer):
    """A linear layer whose weights for a column are a vector of its own and what is read of it.

    Inputs ``[code, columns]``, (batch, hidden) and (n_columns, width); output (batch, n_columns).
    """

    def __init__(self, n_columns, *, l2=0.0, **kwargs):
        super().__init__(**kwargs)
        self.n_columns, self.kernel_regularizer = int(n_columns), L2(l2)

    def build(self, input_shape):
        (_, hidden), (_, width) = input_shape
        self.kernel = self.add_weight(
            shape=(self.n_columns, hidden), regularizer=self.kernel_regularizer, name="kernel"
        )
        # Not penalised: what it multiplies is.
        self.projection = self.add_weight(shape=(width, hidden), name="projection")
        self.bias = self.add_weight(shape=(self.n_columns,), initializer="zeros", name="bias")

    def call(self, inputs):
        code, columns = inputs
        kernel = self.kernel + columns @ self.projection
        return code @ ops.transpose(kernel) + self.bias

    def compute_output_shape(self, input_shape):
        return input_shape[0][0], self.n_columns

    def get_config(self):
        own = {"n_columns": self.n_columns, "l2": float(self.kernel_regularizer.l2)}
        return super().get_config() | own
