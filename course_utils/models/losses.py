"""Losses and metrics over the rated cells of a batch of rows (users or movies).

A batch is dense, shape (batch, n_columns), with 0 where there is no rating: the *mask* is
``y_true != 0``. Each function returns one value a row, shape (batch,); Keras then takes the mean
over rows. The names are the 2021 project's.

Written with ``keras.ops``, so that they run on TensorFlow, JAX and PyTorch alike.
"""

from keras import ops


def masked_sse(y_true, y_pred):
    """Sum of squared errors over each row's rated cells, shape (batch,), in stars².

    Every rating weighs the same. This is AutoRec's objective (Sedhain et al., WWW 2015).
    """
    return ops.sum(_squared_error(y_true, y_pred), axis=-1)


def masked_mse(y_true, y_pred):
    """Mean squared error over each row's rated cells, shape (batch,), in stars².

    Every *row* weighs the same, so a rating of someone with 20 ratings weighs a hundred times
    as much as one of someone with 2,000. A row without ratings gives 0.
    """
    sse = masked_sse(y_true, y_pred)
    return sse / ops.cast(_count(y_true), sse.dtype)


def masked_rmse(y_true, y_pred):
    """Root of :func:`masked_mse`, shape (batch,), in stars. Its mean is a per-user RMSE."""
    mse = masked_mse(y_true, y_pred)
    # The slope of a root is infinite at 0: a row without error or ratings must not reach it.
    positive = mse > 0
    return ops.where(positive, ops.sqrt(ops.where(positive, mse, 1.0)), 0.0)


def masked_rmse_clip(y_true, y_pred, rating_scale=(1.0, 5.0)):
    """:func:`masked_rmse` after clipping predictions to the rating scale.

    Keras averages it over *all* rows. A row without ratings counts as a perfect 0; use
    :func:`course_utils.protocol.metrics.per_user_rmse` for a number to report.
    """
    return masked_rmse(y_true, ops.clip(y_pred, *rating_scale))


def _mask(y_true, dtype):
    return ops.cast(ops.not_equal(y_true, 0), dtype)


def _squared_error(y_true, y_pred):
    y_pred = ops.convert_to_tensor(y_pred)
    y_true = ops.cast(y_true, y_pred.dtype)
    return ops.square(y_true - y_pred) * _mask(y_true, y_pred.dtype)


def _count(y_true):
    rated = ops.sum(ops.cast(ops.not_equal(y_true, 0), "float32"), axis=-1)
    return ops.maximum(rated, 1.0)
