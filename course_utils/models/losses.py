"""Losses over the rated cells of a batch of rows (users or movies).

A batch is dense, shape (batch, n_columns), with 0 where there is no rating. Each loss returns one
value a row, shape (batch,); Keras then takes the mean over rows. Written with ``keras.ops``, so
that they run on TensorFlow, JAX and PyTorch alike.
"""

import keras
from keras import ops


@keras.saving.register_keras_serializable("course_utils")
def masked_sse(y_true, y_pred):
    """Sum of squared errors over each row's rated cells, shape (batch,), in stars².

    Every rating weighs the same. This is AutoRec's objective (Sedhain et al., WWW 2015).
    """
    y_pred = ops.convert_to_tensor(y_pred)
    y_true = ops.cast(y_true, y_pred.dtype)
    rated = ops.cast(ops.not_equal(y_true, 0), y_pred.dtype)
    return ops.sum(ops.square(y_true - y_pred) * rated, axis=-1)


@keras.saving.register_keras_serializable("course_utils")
def masked_mse(y_true, y_pred):
    """Mean squared error over each row's rated cells, shape (batch,), in stars².

    Every *row* weighs the same, so a rating of someone with 20 ratings weighs a hundred times
    as much as one of someone with 2,000. A row without ratings gives 0. The 2021 project's loss.
    """
    sse = masked_sse(y_true, y_pred)
    n_rated = ops.count_nonzero(y_true, axis=-1)
    return sse / ops.cast(ops.maximum(n_rated, 1), sse.dtype)
