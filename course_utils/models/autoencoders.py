"""Rating models that read a whole row of the matrix and give it back with the gaps filled.

A row is a user with their ratings of all movies, or a movie with all users' ratings of it. Models
take ``[row, row_bias]``, floats of shapes (batch, n_columns) and (batch, 1), and return stars of
shape (batch, n_columns). ``row_bias`` is added to the output where an ``offset`` is used and is 0
elsewhere; see :func:`course_utils.rows.rows`.
"""

from collections.abc import Sequence

import keras
import numpy as np
from keras import layers, regularizers


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
    input_dropout: float = 0.0,
    initializer: str = "glorot_uniform",
    offset: np.ndarray | None = None,
    name: str = "deep_autoencoder",
) -> keras.Model:
    """A stack of dense layers; the defaults are the 2021 project's best model.

    ``dropout`` follows the middle layer. The other options are those of :func:`autorec`.
    Sources: the 2021 project's ``Deep_AE_model``; Kuchaiev & Ginsburg, "Training deep autoencoders
    for collaborative filtering", 2017.
    """
    if not hidden:
        raise ValueError("hidden=(): give at least one layer width, such as (256, 512, 256)")
    row = keras.Input((n_columns,), name="row")
    row_bias = keras.Input((1,), name="row_bias")
    x = layers.Dropout(input_dropout)(row) if input_dropout else row
    for i, width in enumerate(hidden):
        x = layers.Dense(
            width,
            activation=activation,
            kernel_regularizer=_l2(l2),
            kernel_initializer=initializer,
            name=f"hidden_{i + 1}",
        )(x)
        if dropout and i == len(hidden) // 2:
            x = layers.Dropout(dropout)(x)
    x = layers.Dense(
        n_columns,
        activation=output_activation,
        kernel_regularizer=_l2(l2),
        kernel_initializer=initializer,
        name="output",
    )(x)
    stars = Offset(offset, name="stars")([x, row_bias])
    return keras.Model([row, row_bias], stars, name=name)


@keras.saving.register_keras_serializable("course_utils")
class Offset(layers.Layer):
    """Adds a fixed number of stars to each column, and ``row_bias`` to the row."""

    def __init__(self, offset=None, **kwargs):
        super().__init__(**kwargs)
        self.offset = None if offset is None else np.asarray(offset, "float32").tolist()

    def call(self, inputs):
        x, row_bias = inputs
        if self.offset is None:
            return x
        return x + row_bias + keras.ops.convert_to_tensor(self.offset, dtype=x.dtype)

    def get_config(self):
        return super().get_config() | {"offset": self.offset}


def _l2(l2: float):
    return regularizers.L2(l2) if l2 else None
