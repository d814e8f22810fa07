"""AutoRec that reads a rating as two numbers: how far it is from expected, and that it exists.

A raw row says both with one number, stars. Taken apart, [residual, mask], the network can weigh
"who rated" and "how" each on its own.
"""

import keras
import numpy as np
from keras import layers, ops

from course_utils.models.autoencoders import Offset, dense_stack


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
