"""AutoRec whose cost follows the ratings, not the cells of the matrix.

The network is :func:`~course_utils.models.autoencoders.autorec`'s, weight for weight. Only what is
computed differs: the first layer reads rated cells, the last one answers at the cells it is asked
about. No array of shape (rows, columns) ever exists. It needs TensorFlow: ``keras.ops`` has no
product of a sparse and a dense matrix.

A batch is flat: cell i lies in row ``row[i]`` of the batch and in column ``column[i]``, and holds
``stars[i]``. See :mod:`course_utils.tasks.sparse_rows`.
"""

import keras
import numpy as np
import tensorflow as tf
from keras import layers, ops
from tensorflow.python.ops.linalg.sparse import sparse_csr_matrix_ops as csr

# Cells per turn of the decoder. Their two gathered copies should stay in the processor's cache:
# 2 · 2048 · 500 · 4 bytes are 8 MB. Measured: 512 to 4096 differ little, all cells at once is
# several times slower.
CELLS_AT_ONCE = 2048


def sparse_autorec(
    n_columns: int,
    hidden: int = 500,
    *,
    activation: str = "sigmoid",
    l2: float = 0.0,
    input_dropout: float = 0.0,
    offset: np.ndarray | None = None,
) -> keras.Model:
    """AutoRec on flat batches. Options and units as for
    :func:`~course_utils.models.autoencoders.autorec`; train it with :func:`observed_sse`.

    Inputs: ``row, column, stars`` of the rated cells, ``asked_row, asked_column`` of the cells to
    predict (all of shape (n_cells,), row indices within the batch, ``row`` ascending), and
    ``row_bias`` of shape (batch, 1). Output: stars of the asked cells, shape (n_asked,).
    The penalty enters the gradient exactly as Keras' own does, but is not part of the printed loss:
    adding it up would read all weights once more in every step.
    """
    row, column, asked_row, asked_column = (
        keras.Input((), dtype="int32", name=name)
        for name in ("row", "column", "asked_row", "asked_column")
    )
    stars = keras.Input((), name="stars")
    row_bias = keras.Input((1,), name="row_bias")
    shown = layers.Dropout(input_dropout)(stars)
    encoder = SparseEncoder(n_columns, hidden, activation=activation, l2=l2, name="hidden_1")
    code = encoder([row, column, shown, row_bias])
    decoder = ObservedDecoder(n_columns, offset=offset, l2=l2, name="output")
    predicted = decoder([code, asked_row, asked_column, row_bias])
    inputs = [row, column, stars, asked_row, asked_column, row_bias]
    return keras.Model(inputs, predicted, name="sparse_autorec")


def decoder_at_cells(n_columns: int, hidden: int, l2: float = 0.0) -> keras.Model:
    """The last layer alone, readable: stars of single cells, (n_cells, 1), from tables of weights.

    Inputs: code of each cell's row, (n_cells, hidden), and the cell's column, (n_cells,). l2: of
    the weights, not of the biases. :class:`ObservedDecoder` does the same for many cells.
    """
    code = keras.Input((hidden,), name="code")
    column = keras.Input((), dtype="int32", name="column")
    penalty = keras.regularizers.L2(l2)
    weights = layers.Embedding(
        n_columns, hidden, "glorot_uniform", embeddings_regularizer=penalty, name="weights"
    )(column)
    bias = layers.Embedding(n_columns, 1, "zeros", name="bias")(column)
    stars = layers.Add()([layers.Dot(axes=-1)([code, weights]), bias])
    return keras.Model([code, column], stars, name="decoder_at_cells")


def observed_sse(rows_per_batch: int) -> keras.losses.Loss:
    """Sum of squared errors over the asked cells, divided by a batch's rows, in stars².

    For ``model.compile``: what Keras makes of :func:`~course_utils.models.losses.masked_sse`, its
    mean over the rows of a full batch.
    """
    return ObservedSSE(rows_per_batch)


@keras.saving.register_keras_serializable("course_utils")
class ObservedSSE(keras.losses.Loss):
    """See :func:`observed_sse`. A class, so that a compiled model can be saved."""

    def __init__(self, rows_per_batch, name="observed_sse", **kwargs):
        super().__init__(name, **kwargs)
        self.rows_per_batch = int(rows_per_batch)

    def call(self, y_true, y_pred):
        return ops.sum(ops.square(y_true - y_pred)) / self.rows_per_batch

    def get_config(self):
        return super().get_config() | {"rows_per_batch": self.rows_per_batch}


@keras.saving.register_keras_serializable("course_utils")
class SparseEncoder(layers.Layer):
    """A dense layer that reads rated cells only: activation(x V + b), shape (batch, hidden).

    Inputs ``[row, column, stars, row_bias]``; the last one only tells how many rows there are.
    """

    def __init__(self, n_columns, hidden, *, activation="sigmoid", l2=0.0, **kwargs):
        super().__init__(**kwargs)
        self.n_columns, self.hidden, self.l2 = int(n_columns), int(hidden), float(l2)
        self.activation = keras.activations.get(activation)
        self.supports_jit = False  # sparse products have no XLA kernel

    def build(self, input_shape):
        self.kernel = self.add_weight(
            shape=(self.n_columns, self.hidden), initializer="glorot_uniform", name="kernel"
        )
        self.bias = self.add_weight(shape=(self.hidden,), initializer="zeros", name="bias")

    def call(self, inputs):
        row, column, stars, row_bias = inputs
        product = sparse_product(row, column, stars, ops.shape(row_bias)[0], self.kernel, self.l2)
        return self.activation(product + self.bias)

    def compute_output_shape(self, input_shape):
        return input_shape[-1][0], self.hidden

    def get_config(self):
        activation = keras.activations.serialize(self.activation)
        own = {"n_columns": self.n_columns, "hidden": self.hidden, "l2": self.l2}
        return super().get_config() | own | {"activation": activation}


@keras.saving.register_keras_serializable("course_utils")
class ObservedDecoder(layers.Layer):
    """A linear layer that answers at chosen cells: <code of the row, weights of the column> + b.

    Inputs ``[code, row, column, row_bias]``; output stars of shape (n_cells,). ``offset``: stars
    added by column, shape (n_columns,), together with ``row_bias``; None adds neither.
    """

    def __init__(self, n_columns, *, offset=None, l2=0.0, **kwargs):
        super().__init__(**kwargs)
        self.n_columns, self.l2 = int(n_columns), float(l2)
        self.offset = None if offset is None else np.asarray(offset, "float32").tolist()
        self.supports_jit = False  # sparse products have no XLA kernel

    def build(self, input_shape):
        # A row a column of the matrix, so that the weights of one cell lie side by side.
        self.kernel = self.add_weight(
            shape=(self.n_columns, input_shape[0][-1]), initializer="glorot_uniform", name="kernel"
        )
        self.bias = self.add_weight(shape=(self.n_columns,), initializer="zeros", name="bias")

    def call(self, inputs):
        code, row, column, row_bias = inputs
        stars = sampled_product(code, self.kernel, row, column, self.l2)
        stars = stars + ops.take(self.bias, column)
        if self.offset is None:
            return stars
        offset = ops.convert_to_tensor(self.offset, dtype=stars.dtype)
        return stars + ops.take(offset, column) + ops.take(row_bias[:, 0], row)

    def compute_output_shape(self, input_shape):
        return (input_shape[1][0],)

    def get_config(self):
        own = {"n_columns": self.n_columns, "offset": self.offset, "l2": self.l2}
        return super().get_config() | own


def sparse_product(row, column, values, n_rows, kernel, l2: float = 0.0):
    """X · kernel for the sparse X of shape (n_rows, n_columns) that holds ``values``.

    row: ascending, shape (n_cells,). kernel: (n_columns, hidden). Returns (n_rows, hidden). Nothing
    is gathered: rows of the kernel are read where they lie. The gradient (of kernel only) is Xᵀ
    times the upstream one, plus that of l2 · Σ kernel².
    """

    @tf.custom_gradient
    def product(kernel):
        shape = n_rows, tf.shape(kernel)[0]

        def gradient(upstream):
            matrix = _csr(row, column, values, shape)
            return _penalised(_transposed_product(matrix, upstream), kernel, l2)

        return csr.sparse_matrix_mat_mul(_csr(row, column, values, shape), kernel), gradient

    return product(tf.convert_to_tensor(kernel))


def sampled_product(code, kernel, row, column, l2: float = 0.0):
    """Chosen cells of code · kernelᵀ: <code[row], kernel[column]> of each, shape (n_cells,).

    code: (n_rows, hidden); kernel: (n_columns, hidden); row: ascending. The product itself, of
    shape (n_rows, n_columns), is never formed. Backwards, the errors are a sparse matrix E: code
    gets E · kernel, and kernel gets Eᵀ · code, plus the gradient of l2 · Σ kernel².
    """

    @tf.custom_gradient
    def product(code, kernel):
        shape = tf.shape(code)[0], tf.shape(kernel)[0]

        def gradient(upstream):
            errors = _csr(row, column, upstream, shape)
            to_code = csr.sparse_matrix_mat_mul(errors, kernel)
            return to_code, _penalised(_transposed_product(errors, code), kernel, l2)

        return _dots(code, kernel, row, column), gradient

    return product(tf.convert_to_tensor(code), tf.convert_to_tensor(kernel))


def _dots(code, kernel, row, column):
    """<code[row], kernel[column]>, some thousand cells at a time, so that copies stay in cache."""
    n_cells = tf.shape(row)[0]
    missing = -n_cells % CELLS_AT_ONCE
    turns = [tf.reshape(tf.pad(x, [[0, missing]]), (-1, CELLS_AT_ONCE)) for x in (row, column)]

    def dots(cells):
        return tf.reduce_sum(tf.gather(code, cells[0]) * tf.gather(kernel, cells[1]), axis=1)

    found = tf.map_fn(dots, turns, fn_output_signature=code.dtype, parallel_iterations=4)
    return tf.reshape(found, (-1,))[:n_cells]


def _csr(row, column, values, shape):
    cells = tf.stack([tf.cast(row, tf.int64), tf.cast(column, tf.int64)], axis=1)
    return csr.sparse_tensor_to_csr_sparse_matrix(cells, values, tf.cast(tf.stack(shape), tf.int64))


def _transposed_product(matrix, dense):
    # Transposing first is faster than adjoint_a, which adds rows up in one thread.
    return csr.sparse_matrix_mat_mul(csr.sparse_matrix_transpose(matrix, type=dense.dtype), dense)


def _penalised(gradient, kernel, l2: float):
    return gradient + 2 * l2 * kernel if l2 else gradient
