"""Rating models that read a whole row of the matrix and give it back with the gaps filled.

A row is a user with their ratings of all movies, or a movie with all users' ratings of it. Models
take ``[row, row_bias]``, floats of shapes (batch, n_columns) and (batch, 1), and return stars of
shape (batch, n_columns). ``row_bias`` is added to the output where an ``offset`` is used and is 0
elsewhere; see :func:`course_utils.tasks.rows.row_task`.

More of the kind: :mod:`.autoencoder_variants`, :mod:`.sparse`, :mod:`.two_sided`.
"""

from collections.abc import Sequence

import keras
import numpy as np
import pandas as pd
from keras import layers, ops
from keras.regularizers import L2


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
    :func:`~course_utils.models.losses.masked_sse`, the paper's λ/2 · Σw² is l2 = λ / (2 · n_rows).
    input_dropout: share of the input hidden in each batch, so that a rating has to be told from
    other ratings instead of copied. offset: stars of each column (mean + column bias), shape
    (n_columns,); the network then only learns what the bias model leaves over.
    Source: Sedhain et al., "AutoRec", WWW 2015.
    """
    row = keras.Input((n_columns,), name="row")
    x = layers.Dropout(input_dropout)(row)
    x = layers.Dense(hidden, activation, kernel_regularizer=L2(l2), name="hidden_1")(x)
    x = layers.Dense(n_columns, output_activation, kernel_regularizer=L2(l2), name="output")(x)
    return on_rows(keras.Model(row, x, name="autorec"), offset)


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
    kernel = {"kernel_initializer": initializer, "kernel_regularizer": L2(l2)}
    drop = layers.AlphaDropout if alpha_dropout else layers.Dropout
    row = keras.Input((n_columns,), name="row")
    x = layers.Dropout(input_dropout)(row)
    for i, width in enumerate(hidden):
        before = x
        x = layers.Dense(width, activation, name=f"hidden_{i + 1}", **kernel)(x)
        if skip and i and width == hidden[i - 1]:
            x = layers.Add(name=f"skip_{i + 1}")([before, x])
        if i == len(hidden) // 2:
            x = drop(dropout)(x)
    x = layers.Dense(n_columns, output_activation, name="output", **kernel)(x)
    return on_rows(keras.Model(row, x, name="deep_autoencoder"), offset)


def on_rows(
    network: keras.Model, offset: np.ndarray | None = None, *, n_columns: int | None = None
) -> keras.Model:
    """A network from row to row as a model of this module: it takes ``[row, row_bias]``.

    offset: as in :func:`autorec`. n_columns: for a network that has no Input of its own, such as a
    Sequential of layers alone. Features, which a network may read after its row, come last. A
    network that takes a ``row_bias`` already comes back as it is.
    """
    inputs = getattr(network, "inputs", None)
    features = inputs[1:] if inputs else []
    if features and features[0].name == "row_bias":
        return network
    if not (inputs or n_columns):
        raise ValueError(
            f"{network.name!r} has no Input: begin with keras.Input((n_columns,)), or say n_columns"
        )
    row = inputs[0] if inputs else keras.Input((n_columns,), name="row")
    row_bias = keras.Input((1,), name="row_bias")
    filled = network.outputs[0] if inputs else network(row)
    stars = Offset(offset, name="stars")([filled, row_bias])
    return keras.Model([row, row_bias, *features], stars, name=network.name)


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
        return x + row_bias + ops.convert_to_tensor(self.offset, dtype=x.dtype)

    def get_config(self):
        return super().get_config() | {"offset": self.offset}


def signal_by_layer(model: keras.Model, inputs, *, training: bool = False) -> pd.DataFrame:
    """What arrives at each hidden layer: one row a layer with the mean and variance of its output.

    model: from :func:`deep_autoencoder`, trained or not. inputs: ``[row, row_bias]``. The dropout
    after the middle layer has its own row; with ``training=True`` it drops, as in training.
    """
    shown = [m for m in model.layers if m.name.startswith("hidden") or getattr(m, "rate", 0) > 0]
    outputs = keras.Model(model.inputs, [m.output for m in shown])(inputs, training=training)
    table = {
        "layer": [layer.name for layer in shown],
        "mean": [float(ops.mean(output)) for output in outputs],
        "variance": [float(ops.var(output)) for output in outputs],
    }
    return pd.DataFrame(table)
