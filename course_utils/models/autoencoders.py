"""Rating models that read a whole row of the matrix and give it back with the gaps filled.

A row is a user with their ratings of all movies, or a movie with all users' ratings of it. Models
take ``[row, row_bias]``, floats of shapes (batch, n_columns) and (batch, 1), and return stars of
shape (batch, n_columns). ``row_bias`` is added to the output where an ``offset`` is used and is 0
elsewhere; see :func:`course_utils.tasks.rows.row_task`.
"""

from collections.abc import Callable, Sequence
from functools import partial

import keras
import numpy as np
import pandas as pd
from keras import layers, ops, regularizers


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


def signal_by_layer(model: keras.Model, inputs, *, training: bool = False) -> pd.DataFrame:
    """What arrives at each hidden layer: one row a layer with the mean and variance of its output.

    model: from :func:`deep_autoencoder`, trained or not. inputs: ``[row, row_bias]``. The dropout
    after the middle layer has its own row; with ``training=True`` it drops, as in training.
    """
    shown = [
        layer
        for layer in model.layers
        if isinstance(layer, layers.Dense | layers.Dropout | layers.AlphaDropout)
        and layer.name != "output"
    ]
    outputs = keras.Model(model.inputs, [layer.output for layer in shown])(
        inputs, training=training
    )
    values = [ops.convert_to_numpy(output) for output in outputs]
    return pd.DataFrame(
        {
            "layer": [layer.name for layer in shown],
            "mean": [float(v.mean()) for v in values],
            "variance": [float(v.var()) for v in values],
        }
    )


@keras.saving.register_keras_serializable("course_utils")
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


def _l2(l2: float):
    return regularizers.L2(l2) if l2 else None


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


@keras.saving.register_keras_serializable("course_utils")
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
