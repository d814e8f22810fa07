"""A deep autoencoder that also reads what is known of a user: gender, age, occupation.

Models take ``[row, row_bias, features]``, floats of shapes (batch, n_columns), (batch, 1) and
(batch, n_features), and return stars of shape (batch, n_columns). See ``features`` of
:func:`course_utils.rows.rows`.
"""

from collections.abc import Sequence
from functools import partial

import keras
import numpy as np
from keras import layers

from course_utils.models.autoencoders import Offset, dense_stack

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
