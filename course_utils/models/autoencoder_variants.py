"""Autoencoders that read more than the ratings, or are trained on more than the ratings.

:func:`masked_autorec` takes ``[row, row_bias]``, :func:`autoencoder_with_features` also
``features`` of shape (batch, n_features); both return stars of shape (batch, n_columns). Inputs and
options that are not explained here are those of :mod:`course_utils.models.autoencoders`.
:class:`DenseRefeeding` is a way to train such a model.

:func:`skip_autoencoder`, :func:`noisy_autoencoder` and :func:`gated_autoencoder` are what lessons
05 and 06 build: they take no ``row_bias``, and :func:`~.autoencoders.on_rows` gives it to them.
"""

from collections.abc import Sequence

import keras
import numpy as np
from keras import layers, ops
from keras.regularizers import L2

from course_utils.models.autoencoders import Offset


def masked_autorec(
    n_columns: int,
    hidden: int = 500,
    *,
    offset: np.ndarray,
    l2: float = 0.0,
    input_dropout: float = 0.0,
) -> keras.Model:
    """AutoRec on [residual, mask].

    The row comes in raw stars. Inside, a rated cell becomes (stars - what the bias model says, 1),
    an unrated one (0, 0). input_dropout hides both together.
    Source of the two-part input: Strub, Gaudel and Mary, DLRS 2016 (residuals); Koren, KDD 2008
    (which movies were rated is information of its own).
    """
    row = keras.Input((n_columns,), name="row")
    row_bias = keras.Input((1,), name="row_bias")
    x = ResidualAndMask(offset, input_dropout, name="residual_and_mask")([row, row_bias])
    x = layers.Dense(hidden, "sigmoid", kernel_regularizer=L2(l2), name="hidden_1")(x)
    x = layers.Dense(n_columns, kernel_regularizer=L2(l2), name="output")(x)
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
    offset: np.ndarray | None = None,
) -> keras.Model:
    """:func:`deep_autoencoder` with a third input, features of shape (batch, n_features).

    how: "concat" puts the features beside the ratings, as in 2021; "gated" lets a small network
    turn them into two numbers for each unit of the first hidden layer, by which it is multiplied
    and shifted, starting from × 1 and + 0. scale: what the features are multiplied by, so that a
    0 or 1 can hold its own beside ratings of up to 5 stars.
    Sources: the 2021 project's ``Deep_AE_model`` with ``side_infor_size``; Strub, Gaudel and Mary,
    "Hybrid recommender system based on autoencoders", DLRS 2016; Perez et al., "FiLM", AAAI 2018.
    """
    if how not in ("concat", "gated"):
        raise ValueError(f'how={how!r}: give "concat" or "gated"')
    if not hidden:
        raise ValueError("hidden=(): give at least one layer width, such as (256, 512, 256)")
    row = keras.Input((n_columns,), name="row")
    row_bias = keras.Input((1,), name="row_bias")
    features = keras.Input((n_features,), name="features")
    side = layers.Rescaling(scale, name="scaled_features")(features)
    x = layers.Concatenate(name="row_and_features")([row, side]) if how == "concat" else row
    for i, width in enumerate(hidden):
        x = layers.Dense(width, activation, kernel_regularizer=L2(l2), name=f"hidden_{i + 1}")(x)
        if how == "gated" and i == 0:
            x = _gate_and_shift(x, side)
        if i == len(hidden) // 2:
            x = layers.Dropout(dropout)(x)
    x = layers.Dense(n_columns, output_activation, kernel_regularizer=L2(l2), name="output")(x)
    stars = Offset(offset, name="stars")([x, row_bias])
    return keras.Model([row, row_bias, features], stars, name=f"autoencoder_{how}")


def _gate_and_shift(x, side):
    """x · gate + shift, both read from the features; at first every gate is 1 and every shift 0."""
    width = x.shape[-1]
    small = layers.Dense(16, activation="tanh", name="side")(side)
    half = layers.Dense(width, "sigmoid", kernel_initializer="zeros", name="half_gate")(small)
    gate = layers.Rescaling(2.0, name="gate")(half)
    shift = layers.Dense(width, kernel_initializer="zeros", name="shift")(small)
    return layers.Add(name="shifted")([layers.Multiply(name="gated")([x, gate]), shift])


def skip_autoencoder(
    n_columns: int,
    hidden: Sequence[int],
    *,
    activation: str = "sigmoid",
    input_dropout: float = 0.0,
    l2: float = 0.0,
) -> keras.Model:
    """From row to row: a hidden layer as wide as the one before adds to its output.

    :func:`deep_autoencoder` with ``skip=True``, a linear output and no dropout but on the input.
    Source: He, Zhang, Ren and Sun, "Deep residual learning for image recognition", CVPR 2016.
    """
    row = keras.Input((n_columns,), name="row")
    x = layers.Dropout(input_dropout)(row)
    for i, width in enumerate(hidden):
        told = layers.Dense(width, activation, kernel_regularizer=L2(l2))(x)
        x = layers.Add()([x, told]) if i and width == hidden[i - 1] else told
    x = layers.Dense(n_columns, kernel_regularizer=L2(l2))(x)
    return keras.Model(row, x, name="skip_autoencoder")


def noisy_autoencoder(
    n_columns: int, hidden: int, *, stddev: float = 0.0, rate: float = 0.0
) -> keras.Model:
    """From row to row: in training, rated cells get normal noise, and some of them are hidden.

    stddev: of the noise, in stars; unrated cells stay 0. rate: share of the input that is hidden.
    Source: Vincent et al., "Extracting and composing robust features with denoising autoencoders",
    ICML 2008.
    """
    row = keras.Input((n_columns,), name="row")
    rated = ops.cast(ops.not_equal(row, 0), "float32")
    x = layers.Multiply()([layers.GaussianNoise(stddev)(row), rated])
    x = layers.Dropout(rate)(x)
    x = layers.Dense(hidden, "elu")(x)
    return keras.Model(row, layers.Dense(n_columns)(x), name="noisy_autoencoder")


def gated_autoencoder(
    n_columns: int, n_features: int, hidden: int, side: int, l2: float = 0.0
) -> keras.Model:
    """From [row, features] to row: features scale and shift what the hidden units say.

    :func:`autoencoder_with_features` with ``how="gated"``, one sigmoid layer and a linear output.
    side: units of the small layer that reads the features. l2: on the kernels that ratings pass.
    Source: Perez et al., "FiLM", AAAI 2018.
    """
    row = keras.Input((n_columns,), name="row")
    features = keras.Input((n_features,), name="features")
    units = layers.Dense(hidden, "sigmoid", kernel_regularizer=L2(l2))(row)
    small = layers.Dense(side, "tanh")(features)
    gate = layers.Rescaling(2.0)(layers.Dense(hidden, "sigmoid")(small))
    moved = layers.Add()([layers.Multiply()([units, gate]), layers.Dense(hidden)(small)])
    stars = layers.Dense(n_columns, kernel_regularizer=L2(l2))(moved)
    return keras.Model([row, features], stars, name="gated_autoencoder")


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
        model = keras.saving.serialize_keras_object(self.model)
        return super().get_config() | {"model": model, "weight": self.weight}

    @classmethod
    def from_config(cls, config):
        return cls(keras.saving.deserialize_keras_object(config.pop("model")), **config)
