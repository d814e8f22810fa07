"""The networks of release 0.1.0, to hold the new ones against. Goes with the next commit."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

import keras
import numpy as np
import tensorflow as tf
from keras import layers, ops, regularizers
from tensorflow.python.ops.linalg.sparse import sparse_csr_matrix_ops as csr


# -------------------- embedding.py
def dot(
    n_users: int, n_movies: int, dim: int = 100, *, mean: float = 0.0, normalize: bool = False
) -> keras.Model:
    """mean + <p_u, q_i>. With ``mean=0``, the 2021 project's first model: no biases, no penalty.

    ``normalize=True`` divides by both lengths, as an early draft of the project did by accident:
    the product is then a cosine and can never exceed 1 star.
    """
    user, movie = _inputs()
    score = layers.Dot(axes=-1, normalize=normalize, name="score")(
        [_vector(user, n_users, dim, "user"), _vector(movie, n_movies, dim, "movie")]
    )
    return keras.Model([user, movie], Stars(mean, name="stars")(score), name="dot")


def biased_dot(
    n_users: int,
    n_movies: int,
    dim: int = 32,
    *,
    mean: float = 0.0,
    rating_scale: tuple[float, float] | None = None,
    l2: float = 0.0,
    bias_l2: float = 0.0,
    init_scale: float = 0.05,
) -> keras.Model:
    """mean + b_u + b_i + <p_u, q_i>, or that squeezed into ``rating_scale`` by a sigmoid.

    mean: in stars; what an unknown user and movie get. With a ``rating_scale`` (low, high) the
    output can approach but not leave it.
    l2: penalty on each rating's two vectors, mean over the batch, so that a user with many ratings
    is held back no more *per rating* than one with few. bias_l2: the same for the biases.
    Source: Koren et al., IEEE Computer 2009; with the range, the 2021 project's second model.
    """
    user, movie = _inputs()
    p = _vector(user, n_users, dim, "user", l2, init_scale)
    q = _vector(movie, n_movies, dim, "movie", l2, init_scale)
    b_user = _vector(user, n_users, 1, "user_bias", bias_l2, "zeros")
    b_movie = _vector(movie, n_movies, 1, "movie_bias", bias_l2, "zeros")
    score = layers.Add(name="score")([layers.Dot(axes=-1)([p, q]), b_user, b_movie])
    stars = Stars(mean, rating_scale, name="stars")(score)
    return keras.Model([user, movie], stars, name="biased_dot")


def concat_mlp(
    n_users: int, n_movies: int, dim: int = 100, *, hidden: int = 100, dropout: float = 0.1
) -> keras.Model:
    """The 2021 project's "tuned model 1": both vectors side by side into a small network.

    No product of user and movie: the network has to learn it. Source: the project; NeuMF's MLP
    half (He et al., WWW 2017).
    """
    user, movie = _inputs()
    vectors = [
        layers.Dropout(dropout)(_vector(user, n_users, dim, "user")),
        layers.Dropout(dropout)(_vector(movie, n_movies, dim, "movie")),
    ]
    x = layers.Dropout(dropout)(layers.Concatenate()(vectors))
    x = layers.Dropout(dropout)(layers.Dense(hidden, activation="relu")(x))
    return keras.Model([user, movie], layers.Dense(1, name="stars")(x), name="concat_mlp")


class Stars(layers.Layer):
    """Turns a score around 0 into stars: ``mean + score``, or a sigmoid over ``rating_scale``.

    The sigmoid is shifted so that score 0 gives ``mean`` and scaled so that near it one unit of
    score is one star. The first epoch then starts where the global mean already is.
    """

    def __init__(self, mean, rating_scale=None, **kwargs):
        super().__init__(**kwargs)
        self.mean, self.rating_scale = float(mean), rating_scale
        if rating_scale is not None and not rating_scale[0] < self.mean < rating_scale[1]:
            raise ValueError(
                f"mean={mean} lies outside rating_scale={rating_scale}: give the mean training "
                "rating, in stars"
            )

    def call(self, score):
        if self.rating_scale is None:
            return self.mean + score
        low, high = self.rating_scale
        share = (self.mean - low) / (high - low)
        offset = ops.log(share / (1 - share))
        slope = (high - low) * share * (1 - share)
        return low + (high - low) * ops.sigmoid(offset + score / slope)

    def get_config(self):
        return super().get_config() | {"mean": self.mean, "rating_scale": self.rating_scale}


class MeanL2(regularizers.Regularizer):
    """``l2`` times the squared length of a vector, averaged over the batch. Shape (batch, dim)."""

    def __init__(self, l2: float):
        self.l2 = float(l2)

    def __call__(self, vectors):
        return self.l2 * ops.mean(ops.sum(ops.square(vectors), axis=-1))

    def get_config(self):
        return {"l2": self.l2}


class BatchPenalty(layers.Layer):
    """Passes vectors of shape (batch, dim) through and adds their :class:`MeanL2` to the loss."""

    def __init__(self, l2: float, **kwargs):
        super().__init__(**kwargs)
        self.penalty = MeanL2(l2)

    def call(self, vectors):
        self.add_loss(self.penalty(vectors))
        return vectors

    def get_config(self):
        return super().get_config() | {"l2": self.penalty.l2}


def _inputs():
    return (keras.Input((), dtype="int32", name=name) for name in ("user_index", "movie_index"))


def _vector(index, n: int, dim: int, name: str, l2: float = 0.0, init="uniform"):
    if n < 1 or dim < 1:
        raise ValueError(f"{name}: the table needs at least 1 row and 1 column, got {n} × {dim}")
    if isinstance(init, int | float):
        init = keras.initializers.RandomNormal(stddev=init)
    vector = layers.Embedding(n, dim, embeddings_initializer=init, name=name)(index)
    return BatchPenalty(l2, name=f"{name}_l2")(vector) if l2 else vector


# -------------------- autoencoders.py
def autorec(
    n_columns: int,
    hidden: int = 500,
    *,
    activation: str = "sigmoid",
    output_activation: str = "linear",
    l2: float = 0.0,
    input_dropout: float = 0.0,
    offset: np.ndarray | None = None,
) -> keras.Model:
    """One hidden layer between two copies of a row: f(W · g(V r + m) + b).

    l2: on both kernels, as Keras counts it: l2 · Σw² is added to the *mean* loss of a batch. With
    :func:`~course_utils.losses.masked_sse`, the paper's λ/2 · Σw² is l2 = λ / (2 · n_rows).
    input_dropout: share of the input hidden in each batch, so that a rating has to be told from
    other ratings instead of copied. offset: stars of each column (mean + column bias), shape
    (n_columns,); the network then only learns what the bias model leaves over.
    Source: Sedhain et al., "AutoRec", WWW 2015.
    """
    return deep_autoencoder(
        n_columns,
        (hidden,),
        activation=activation,
        output_activation=output_activation,
        l2=l2,
        dropout=0.0,
        input_dropout=input_dropout,
        offset=offset,
        name="autorec",
    )


def deep_autoencoder(
    n_columns: int,
    hidden: Sequence[int] = (256, 512, 256),
    *,
    activation: str = "selu",
    output_activation: str = "selu",
    l2: float = 0.001,
    dropout: float = 0.8,
    alpha_dropout: bool = False,
    input_dropout: float = 0.0,
    initializer: str | keras.Initializer = "glorot_uniform",
    skip: bool = False,
    offset: np.ndarray | None = None,
    name: str = "deep_autoencoder",
) -> keras.Model:
    """A stack of dense layers; the defaults are the 2021 project's best model.

    ``dropout`` follows the middle layer; with ``alpha_dropout`` it keeps the mean and variance of
    a SELU layer, where plain dropout multiplies what is left by 1 / (1 - dropout).
    ``skip``: a layer as wide as the one before adds to its output instead of replacing it, so that
    the network can leave a layer unused. The other options are those of :func:`autorec`.
    Sources: the 2021 project's ``Deep_AE_model``; Kuchaiev & Ginsburg, "Training deep autoencoders
    for collaborative filtering", 2017; Klambauer et al., "Self-normalizing neural networks", 2017.
    """
    if not hidden:
        raise ValueError("hidden=(): give at least one layer width, such as (256, 512, 256)")
    row = keras.Input((n_columns,), name="row")
    row_bias = keras.Input((1,), name="row_bias")
    x = layers.Dropout(input_dropout)(row) if input_dropout else row
    x = dense_stack(
        x,
        (*hidden, n_columns),
        activation=activation,
        output_activation=output_activation,
        l2=l2,
        dropout=dropout,
        alpha_dropout=alpha_dropout,
        initializer=initializer,
        skip=skip,
    )
    stars = Offset(offset, name="stars")([x, row_bias])
    return keras.Model([row, row_bias], stars, name=name)


def dense_stack(
    x,
    widths: Sequence[int],
    *,
    activation: str,
    output_activation: str,
    l2: float = 0.0,
    dropout: float = 0.0,
    alpha_dropout: bool = False,
    initializer: str | keras.Initializer = "glorot_uniform",
    skip: bool = False,
    after_first: Callable | None = None,
):
    """``x`` through dense layers of these widths, the last of them the output.

    after_first: what the first hidden layer's output is passed through, if anything. The other
    options are those of :func:`deep_autoencoder`.
    """
    *hidden, n_columns = widths
    shared = {"kernel_regularizer": _l2(l2), "kernel_initializer": initializer}
    for i, width in enumerate(hidden):
        before = x
        x = layers.Dense(width, activation, name=f"hidden_{i + 1}", **shared)(x)
        if after_first and i == 0:
            x = after_first(x)
        if skip and i and width == hidden[i - 1]:
            x = layers.Add(name=f"skip_{i + 1}")([before, x])
        if dropout and i == len(hidden) // 2:
            x = (layers.AlphaDropout if alpha_dropout else layers.Dropout)(dropout)(x)
    return layers.Dense(n_columns, output_activation, name="output", **shared)(x)


class DenseRefeeding(keras.Model):
    """Teaches a model that its own output, a row without gaps, is to be given back unchanged.

    In training, the output f(x) is fed in once more, and ``weight`` times the mean of
    (f(f(x)) - f(x))² over all cells joins the loss. f(x) counts as given: no gradient flows into
    it. Predicting takes one pass, as ever. ``model`` takes ``[row, row_bias]``.
    Source: Kuchaiev & Ginsburg 2017, section 2.3; there as an update of its own after each batch.
    """

    def __init__(self, model: keras.Model, weight: float = 1.0, **kwargs):
        super().__init__(**kwargs)
        self.model, self.weight = model, float(weight)

    def call(self, inputs, training=False):
        stars = self.model(inputs, training=training)
        if training:
            given = ops.stop_gradient(stars)
            again = self.model([given, inputs[1]], training=True)
            self.add_loss(self.weight * ops.mean(ops.square(again - given)))
        return stars

    def get_config(self):
        return super().get_config() | {
            "model": keras.saving.serialize_keras_object(self.model),
            "weight": self.weight,
        }

    @classmethod
    def from_config(cls, config):
        return cls(keras.saving.deserialize_keras_object(config.pop("model")), **config)


class Offset(layers.Layer):
    """Adds a fixed number of stars to each column, and ``row_bias`` to the row."""

    def __init__(self, offset=None, **kwargs):
        super().__init__(**kwargs)
        self.offset = None if offset is None else np.asarray(offset, "float32").tolist()

    def call(self, inputs):
        x, row_bias = inputs
        if self.offset is None:
            return x
        return x + row_bias + ops.convert_to_tensor(self.offset, dtype=x.dtype)

    def get_config(self):
        return super().get_config() | {"offset": self.offset}


def _l2(l2: float):
    return regularizers.L2(l2) if l2 else None


# -------------------- masked_autorec.py
def masked_autorec(
    n_columns: int,
    hidden: int = 500,
    *,
    offset: np.ndarray,
    l2: float = 0.0,
    input_dropout: float = 0.0,
) -> keras.Model:
    """AutoRec on [residual, mask]; takes ``[row, row_bias]`` like the other autoencoders.

    The row comes in raw stars. Inside, a rated cell becomes (stars - what the bias model says, 1),
    an unrated one (0, 0). input_dropout hides both together. The other options are those of
    :func:`~course_utils.models.autoencoders.autorec`.
    Source of the two-part input: Strub, Gaudel and Mary, DLRS 2016 (residuals); Koren, KDD 2008
    (which movies were rated is information of its own).
    """
    row = keras.Input((n_columns,), name="row")
    row_bias = keras.Input((1,), name="row_bias")
    x = ResidualAndMask(offset, input_dropout, name="residual_and_mask")([row, row_bias])
    x = dense_stack(x, (hidden, n_columns), activation="sigmoid", output_activation="linear", l2=l2)
    stars = Offset(offset, name="stars")([x, row_bias])
    return keras.Model([row, row_bias], stars, name="masked_autorec")


class ResidualAndMask(layers.Layer):
    """(batch, n) raw stars and (batch, 1) row bias to (batch, 2n): residuals, then the mask.

    ``dropout``: share of the rated cells hidden in training; what is left is scaled up.
    """

    def __init__(self, offset, dropout: float = 0.0, **kwargs):
        super().__init__(**kwargs)
        self.offset = np.asarray(offset, "float32").tolist()
        self.hide = layers.Dropout(dropout)

    def call(self, inputs, training=False):
        row, row_bias = inputs
        mask = self.hide(ops.cast(ops.not_equal(row, 0), row.dtype), training=training)
        residual = row - row_bias - ops.convert_to_tensor(self.offset, dtype=row.dtype)
        return ops.concatenate([residual * mask, mask], axis=1)

    def get_config(self):
        return super().get_config() | {"offset": self.offset, "dropout": self.hide.rate}


# -------------------- side_information.py
WAYS = ("concat", "gated")


def autoencoder_with_features(
    n_columns: int,
    n_features: int,
    hidden: Sequence[int] = (256, 512, 256),
    *,
    how: str = "concat",
    scale: float = 1.0,
    activation: str = "selu",
    output_activation: str = "selu",
    l2: float = 0.001,
    dropout: float = 0.8,
    input_dropout: float = 0.0,
    offset: np.ndarray | None = None,
) -> keras.Model:
    """:func:`~course_utils.models.autoencoders.deep_autoencoder` with a second input.

    how: "concat" puts the features beside the ratings, as in 2021; "gated" lets a small network
    turn them into two numbers for each unit of the first hidden layer, by which it is multiplied
    and shifted, starting from × 1 and + 0. scale: what the features are multiplied by, so that a
    0 or 1 can hold its own beside ratings of up to 5 stars.
    Sources: the 2021 project's ``Deep_AE_model`` with ``side_infor_size``; Strub, Gaudel and Mary,
    "Hybrid recommender system based on autoencoders", DLRS 2016; Perez et al., "FiLM", AAAI 2018.
    """
    if how not in WAYS:
        raise ValueError(f'how={how!r}: give "concat" or "gated"')
    if not hidden:
        raise ValueError("hidden=(): give at least one layer width, such as (256, 512, 256)")
    row = keras.Input((n_columns,), name="row")
    row_bias = keras.Input((1,), name="row_bias")
    features = keras.Input((n_features,), name="features")
    side = layers.Rescaling(scale, name="scaled_features")(features)

    x = layers.Dropout(input_dropout)(row) if input_dropout else row
    if how == "concat":
        x = layers.Concatenate(name="row_and_features")([x, side])
    x = dense_stack(
        x,
        (*hidden, n_columns),
        activation=activation,
        output_activation=output_activation,
        l2=l2,
        dropout=dropout,
        after_first=partial(_gated, side=side, width=hidden[0]) if how == "gated" else None,
    )
    stars = Offset(offset, name="stars")([x, row_bias])
    return keras.Model([row, row_bias, features], stars, name=f"autoencoder_{how}")


def _gated(x, side, width: int):
    """x · gate + shift, both read from the features; at first every gate is 1 and every shift 0."""
    small = layers.Dense(16, activation="tanh", name="side")(side)
    half = layers.Dense(width, "sigmoid", kernel_initializer="zeros", name="half_gate")(small)
    gate = layers.Rescaling(2.0, name="gate")(half)
    shift = layers.Dense(width, kernel_initializer="zeros", name="shift")(small)
    return layers.Add(name="shifted")([layers.Multiply(name="gated")([x, gate]), shift])


# -------------------- sparse_autoencoder.py
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
    read = layers.Dropout(input_dropout)(stars) if input_dropout else stars
    encoder = SparseEncoder(n_columns, hidden, activation=activation, l2=l2, name="hidden_1")
    decoder = ObservedDecoder(n_columns, offset=offset, l2=l2, name="output")
    code = encoder([row, column, read, row_bias])
    predicted = decoder([code, asked_row, asked_column, row_bias])
    inputs = [row, column, stars, asked_row, asked_column, row_bias]
    return keras.Model(inputs, predicted, name="sparse_autorec")


def observed_sse(rows_per_batch: int):
    """Sum of squared errors over the asked cells, divided by a batch's rows, in stars².

    What Keras makes of :func:`~course_utils.losses.masked_sse`: its mean over the rows of a full
    batch. Give it to ``model.compile``.
    """

    def sse_per_row(y_true, y_pred):
        return ops.sum(ops.square(y_true - y_pred)) / rows_per_batch

    return sse_per_row


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


# -------------------- two_sided_autorec.py
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
    cell_column, cell_row = (
        keras.Input((), dtype="int32", name=name) for name in ("cell_column", "cell_row")
    )
    residual, weight = (keras.Input((), name=name) for name in ("residual", "weight"))
    x = layers.Dropout(input_dropout)(row) if input_dropout else row
    penalty = regularizers.L2(l2)
    code = layers.Dense(hidden, "sigmoid", kernel_regularizer=penalty, name="hidden_1")(x)
    reader = ColumnReader(n_rows, n_columns, width, l2=column_l2, name="columns")
    columns = reader([cell_column, cell_row, residual, weight])
    x = TwoSidedDecoder(n_columns, l2=l2, name="output")([code, columns])
    stars = Offset(offset, name="stars")([x, row_bias])
    inputs = [row, row_bias, cell_column, cell_row, residual, weight]
    return keras.Model(inputs, stars, name="two_sided_autorec")


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
            "regularizer": regularizers.L2(self.l2),
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


class TwoSidedDecoder(layers.Layer):
    """A linear layer whose weights for a column are a vector of its own and what is read of it.

    Inputs ``[code, columns]``, (batch, hidden) and (n_columns, width); output (batch, n_columns).
    """

    def __init__(self, n_columns, *, l2=0.0, **kwargs):
        super().__init__(**kwargs)
        self.n_columns, self.kernel_regularizer = int(n_columns), regularizers.L2(l2)

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


# -------------------- transformer.py
def bst(
    n_movies: int,
    *,
    length: int = 4,
    n_users: int = 0,
    user_features: Mapping[str, int] | None = None,
    genres: np.ndarray | None = None,
    heads: int = 3,
    blocks: int = 1,
    hidden: Sequence[int] = (256, 128),
    dropout: float = 0.1,
    rating: str = "multiply",
    positions: bool = True,
    norm: str = "post",
) -> keras.Model:
    """The behaviour sequence transformer as the 2021 project took it from Keras' example.

    The tokens are the ``length - 1`` earlier movies and the movie asked about. An earlier movie's
    vector and its position's are added, and the sum is *multiplied* by the stars it got; the movie
    asked about has neither position nor stars. After the blocks all tokens are laid side by side
    and go through dense layers. Widths are the square root of what they index.

    n_users: 0, or the number of users for a vector of the user's own. user_features: name → number
    of codes. genres: (n_movies, n_genres), mixed into every movie's vector.
    What can be changed, to see what it is good for: rating "multiply" or "add"; positions; norm
    "post" (normalise after adding, as published) or "pre" (before each step, so that depth stays
    harmless).
    Sources: Keras' example "A Transformer-based recommendation system"; Chen et al., "Behavior
    sequence transformer", DLP-KDD 2019; pre-norm: Xiong et al., ICML 2020.
    """
    for name, value, known in (
        ("rating", rating, ("multiply", "add")),
        ("norm", norm, ("post", "pre")),
    ):
        if value not in known:
            raise ValueError(f"{name}={value!r}: give one of {', '.join(known)}")
    dim = int(np.sqrt(n_movies))
    past = keras.Input((length - 1,), dtype="int32", name="movies")
    stars = keras.Input((length - 1,), name="stars")
    target = keras.Input((), dtype="int32", name="target")
    inputs = {"movies": past, "stars": stars, "target": target}

    movie_vector = _movie_vectors(n_movies, dim, genres)
    tokens = movie_vector(past)
    if positions:
        tokens = PositionVectors(name="position")(tokens)
    if rating == "multiply":
        tokens = tokens * ops.expand_dims(stars, -1)
    else:
        tokens = tokens + layers.Dense(dim, name="stars_vector")(ops.expand_dims(stars, -1))
    tokens = ops.concatenate([tokens, ops.expand_dims(movie_vector(target), 1)], axis=1)
    for i in range(blocks):
        tokens = _block(tokens, dim, heads, dropout, norm, f"block_{i + 1}")
    if norm == "pre":
        tokens = layers.LayerNormalization(name="last_norm")(tokens)
    features = [layers.Flatten()(tokens)]

    sizes = ({"user": n_users} if n_users else {}) | dict(user_features or {})
    for name, size in sizes.items():
        inputs[name] = keras.Input((), dtype="int32", name=name)
        features.append(
            layers.Embedding(size, int(np.sqrt(size)), name=f"{name}_vector")(inputs[name])
        )
    x = layers.Concatenate()(features) if len(features) > 1 else features[0]
    for width in hidden:
        x = layers.BatchNormalization()(layers.Dense(width)(x))
        x = layers.Dropout(dropout)(layers.LeakyReLU()(x))
    return keras.Model(inputs, layers.Dense(1, name="rating")(x), name="bst")


class PositionVectors(layers.Layer):
    """Adds a learned vector to each place of a sequence (batch, length, dim)."""

    def build(self, shape):
        self.table = self.add_weight(shape=shape[1:], initializer="uniform", name="table")

    def call(self, tokens):
        return tokens + self.table


def residual_transformer(
    n_users: int,
    n_movies: int,
    *,
    mean: float,
    memory: int = 50,
    user_bias: bool = True,
    factors: int = 32,
    l2: float = 0.06,
    dim: int = 32,
    heads: int = 2,
    blocks: int = 1,
    dropout: float = 0.2,
    order: bool = True,
) -> keras.Model:
    """mean + b_u + b_i + <p_u, q_i>, plus what a transformer reads in the ratings before.

    Takes the arrays of :class:`course_utils.sequences.HistoryBatches` and returns stars of shape
    (batch, n_asked, 1): one for each movie asked about, each from its own past only. A past
    rating is its movie's vector *plus* its value times one direction. In each block the movie asked
    about looks at the past, and thinks about it; the past itself stays as it is, so that nothing
    can leak through it.

    mean: stars. memory: how many ratings may be looked back at. user_bias, factors (0: no product)
    and l2 are those of :func:`~course_utils.models.embedding.biased_dot`; biases get l2 / 30.
    dim, heads, blocks, dropout: of the transformer. order: heads may prefer what was rated few
    ratings ago.
    Sources: Koren et al., IEEE Computer 2009; Kang & McAuley, "Self-attentive sequential
    recommendation", ICDM 2018; Li et al., "Time interval aware self-attention", WSDM 2020.
    """
    kinds = {"user": "int32", "day": "float32", "past_value": "float32", "past_day": "float32"}
    inputs = {
        name: keras.Input(
            () if name == "user" else (None,), dtype=kinds.get(name, "int32"), name=name
        )
        for name in (
            "user",
            "movie",
            "known",
            "day",
            "past_movie",
            "past_value",
            "past_place",
            "past_day",
        )
    }
    movie = inputs["movie"]
    user = ops.expand_dims(inputs["user"], 1) + ops.zeros_like(movie)
    real = ops.not_equal(movie, n_movies)

    def vector(index, n, width, name, l2):
        start = keras.initializers.RandomNormal(stddev=0.05) if width > 1 else "zeros"
        found = layers.Embedding(n, width, embeddings_initializer=start, name=name)(index)
        return MaskedPenalty(l2, name=f"{name}_l2")([found, real])

    stars = mean + vector(movie, n_movies + 1, 1, "movie_bias", l2 / 30)
    if user_bias:
        stars = stars + vector(user, n_users, 1, "user_bias", l2 / 30)
    if factors:
        p = vector(user, n_users, factors, "user_factors", l2)
        q = vector(movie, n_movies + 1, factors, "movie_factors", l2)
        stars = stars + ops.sum(p * q, axis=-1, keepdims=True)

    start = keras.initializers.RandomNormal(stddev=0.05)
    table = layers.Embedding(n_movies + 1, dim, embeddings_initializer=start, name="movie_vector")
    value = layers.Dense(dim, use_bias=False, name="value_direction")
    past = table(inputs["past_movie"]) + value(ops.expand_dims(inputs["past_value"], -1))
    past = layers.Dropout(dropout)(past)
    visible = may_look_at(inputs["known"], inputs["past_place"], memory)
    distances = _log_distances(inputs, order)
    x = layers.Dropout(dropout)(table(movie))
    for i in range(1, blocks + 1):
        seen = layers.LayerNormalization(name=f"block_{i}_norm_1")(x)
        look = LookBack(heads, dim, dropout, name=f"block_{i}_attention")
        x = x + look([seen, past, visible, *distances])
        seen = layers.LayerNormalization(name=f"block_{i}_norm_2")(x)
        seen = layers.Dense(2 * dim, activation="gelu", name=f"block_{i}_wide")(seen)
        x = x + layers.Dropout(dropout)(layers.Dense(dim, name=f"block_{i}_dense")(seen))
    x = layers.LayerNormalization(name="last_norm")(x)
    # Zeros at first: training begins with the sum above and adds to it what helps.
    correction = layers.Dense(1, kernel_initializer="zeros", name="correction")(x)
    return keras.Model(inputs, stars + correction, name="residual_transformer")


def start_from(model: keras.Model, product: keras.Model) -> keras.Model:
    """Give a :func:`residual_transformer` the biases and vectors of a trained biased dot product.

    product: a :func:`~course_utils.models.embedding.biased_dot` of the same users, movies, mean and
    number of factors. As the correction starts at zero, training begins where the product ended.
    """
    for ours, theirs, more in (  # the model has one more row of movies, for "no movie"
        ("user_bias", "user_bias", 0),
        ("movie_bias", "movie_bias", 1),
        ("user_factors", "user", 0),
        ("movie_factors", "movie", 1),
    ):
        table, known = (
            m.get_layer(n).get_weights()[0] for m, n in ((model, ours), (product, theirs))
        )
        if table.shape != (len(known) + more, known.shape[1]):
            raise ValueError(
                f"product has {theirs} vectors of shape {known.shape}, the model {table.shape}: "
                "give both the same users, movies and factors"
            )
        table[: len(known)] = known
        model.get_layer(ours).set_weights([table])
    return model


def may_look_at(known, past_place, memory: int):
    """The causal mask: True where a past rating may be looked at, (batch, n_asked, n_past).

    known: (batch, n_asked), how many of the user's ratings come before each movie asked about.
    past_place: (batch, n_past), each past rating's place among them, from 0; below 0 is padding.
    """
    known, place = ops.expand_dims(known, 2), ops.expand_dims(past_place, 1)
    recent = ops.logical_and(place < known, place >= known - memory)
    return ops.logical_and(recent, place >= 0)


class LookBack(layers.Layer):
    """Attention from the movies asked about to past ratings, fading with distance.

    Inputs: asked (batch, n_asked, dim), past (batch, n_past, dim), visible (batch, n_asked, n_past)
    and any number of distances of that shape. Each head subtracts each distance times a learned
    number from its scores (as ALiBi does, with learned slopes), and may also look at nothing, which
    has score 0: with one distant rating visible, the weights need not add up to 1.
    Sources: Vaswani et al., 2017; Press et al., "Train short, test long", ICLR 2022.
    """

    def __init__(self, heads: int, dim: int, dropout: float = 0.0, **kwargs):
        super().__init__(**kwargs)
        if dim % heads:
            raise ValueError(f"dim={dim} does not divide into heads={heads}")
        self.heads, self.dim, self.rate = heads, dim, dropout
        self.query, self.key, self.value, self.mix = (
            layers.Dense(dim, use_bias=False, name=name)
            for name in ("query", "key", "value", "mix")
        )
        self.dropout = layers.Dropout(dropout)

    def build(self, shapes):
        asked, past = shapes[:2]
        for layer, shape in ((self.query, asked), (self.key, past), (self.value, past)):
            layer.build(shape)
        self.mix.build((None, None, self.dim))
        self.slopes = [
            self.add_weight(shape=(self.heads, 1, 1), initializer="zeros", name=f"slope_{i}")
            for i in range(len(shapes) - 3)
        ]

    def attention(self, inputs):
        """How much each head looks at each past rating: (batch, heads, n_asked, n_past)."""
        asked, past, visible, *distances = inputs
        query, key = self._by_head(self.query(asked)), self._by_head(self.key(past))
        score = ops.einsum("bqhd,bkhd->bhqk", query, key) / np.sqrt(self.dim // self.heads)
        for slope, distance in zip(self.slopes, distances, strict=True):
            score = score - slope * ops.expand_dims(distance, 1)
        score = ops.where(ops.expand_dims(visible, 1), score, -1e9)
        nothing = ops.zeros_like(score[..., :1])
        return ops.softmax(ops.concatenate([score, nothing], axis=-1))[..., :-1]

    def call(self, inputs, training=None):
        weight = self.dropout(self.attention(inputs), training=training)
        found = ops.einsum("bhqk,bkhd->bqhd", weight, self._by_head(self.value(inputs[1])))
        return self.mix(ops.reshape(found, (*ops.shape(found)[:2], self.dim)))

    def _by_head(self, x):
        return ops.reshape(x, (*ops.shape(x)[:2], self.heads, self.dim // self.heads))

    def compute_output_shape(self, shapes):
        return (*shapes[0][:2], self.dim)

    def get_config(self):
        return super().get_config() | {"heads": self.heads, "dim": self.dim, "dropout": self.rate}


class MaskedPenalty(layers.Layer):
    """Passes vectors (batch, n, dim) through; adds l2 times their mean squared length to the loss.

    Takes [vectors, real]; padding, where ``real`` (batch, n) is False, does not count.
    """

    def __init__(self, l2: float, **kwargs):
        super().__init__(**kwargs)
        self.l2 = l2

    def call(self, inputs):
        vectors, real = inputs
        real = ops.cast(real, vectors.dtype)
        squared = ops.sum(ops.square(vectors), axis=-1)
        self.add_loss(self.l2 * ops.sum(squared * real) / ops.maximum(ops.sum(real), 1.0))
        return vectors

    def get_config(self):
        return super().get_config() | {"l2": self.l2}


def attention_to_past(model: keras.Model, x: Mapping[str, np.ndarray]) -> np.ndarray:
    """What the last block of a :func:`residual_transformer` looks at.

    x: a batch of inputs. Returns weights of shape (batch, heads, n_asked, n_past).
    """
    look = [layer for layer in model.layers if isinstance(layer, LookBack)][-1]
    used = {name: tensor for name, tensor in model.input.items() if name != "user"}
    before = keras.Model(used, look.input)
    return ops.convert_to_numpy(look.attention(before({name: x[name] for name in used})))


def _log_distances(inputs: Mapping, order: bool) -> list:
    """log(1 + hours) and, with ``order``, log(1 + ratings) between past ratings and questions."""
    hours = 24 * (ops.expand_dims(inputs["day"], 2) - ops.expand_dims(inputs["past_day"], 1))
    distances = [ops.log(1.0 + ops.maximum(hours, 0.0))]
    if order:
        between = ops.expand_dims(inputs["known"], 2) - ops.expand_dims(inputs["past_place"], 1)
        distances.append(ops.log(ops.cast(ops.maximum(between, 0), "float32") + 1.0))
    return distances


def _movie_vectors(n_movies: int, dim: int, genres: np.ndarray | None):
    """A function from movie indices to vectors. Index ``n_movies`` stands for "no movie"."""
    table = layers.Embedding(n_movies + 1, dim, name="movie_vector")
    if genres is None:
        return table
    genres = np.vstack([genres, np.zeros((1, genres.shape[1]), "float32")])
    multi_hot = layers.Embedding(*genres.shape, name="genres", trainable=False)
    multi_hot.build()
    multi_hot.set_weights([genres])
    mix = layers.Dense(dim, activation="relu", name="movie_and_genres")
    return lambda index: mix(ops.concatenate([table(index), multi_hot(index)], axis=-1))


def _block(x, dim: int, heads: int, dropout: float, norm: str, name: str):
    """Attention, then one dense layer, each added to what came in."""
    attend = layers.MultiHeadAttention(heads, dim, dropout=dropout, name=f"{name}_attention")
    norms = [layers.LayerNormalization(name=f"{name}_norm_{i}") for i in (1, 2)]
    dense = layers.Dense(dim, name=f"{name}_dense")
    drop = layers.Dropout(dropout)
    if norm == "pre":
        seen = norms[0](x)
        x = x + drop(attend(seen, seen))
        return x + layers.Dropout(dropout)(dense(layers.LeakyReLU()(norms[1](x))))
    x = norms[0](x + drop(attend(x, x)))
    return norms[1](x + layers.Dropout(dropout)(dense(layers.LeakyReLU()(x))))
