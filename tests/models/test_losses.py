"""Losses: the same numbers as plain numpy, and gradients that agree with finite differences."""

import numpy as np
import pytest
import tensorflow as tf
from keras import ops

from course_utils.models.losses import masked_mse, masked_sse

LOSSES = (masked_sse, masked_mse)
# Two users with 3 and 1 ratings, half stars among them, and one without any.
Y_TRUE = np.array([[4.0, 0, 3.5, 1.0], [0, 0, 0.5, 0], [0, 0, 0, 0]], "float32")
Y_PRED = np.array([[3.0, 9, 4.25, 1.5], [2, 2, 1.25, 2], [1, 2, 3, 4]], "float32")


def reference(loss, y_true, y_pred):
    """One value a row, by a loop over the rated cells."""
    values = []
    for stars, predicted in zip(np.asarray(y_true, float), np.asarray(y_pred, float), strict=True):
        squared = [(s - p) ** 2 for s, p in zip(stars, predicted, strict=True) if s != 0]
        values.append(sum(squared) / (max(len(squared), 1) if loss is masked_mse else 1))
    return values


@pytest.mark.parametrize("loss", LOSSES)
def test_it_equals_plain_numpy_row_by_row(loss):
    value = ops.convert_to_numpy(loss(Y_TRUE, Y_PRED))
    assert value == pytest.approx(reference(loss, Y_TRUE, Y_PRED), rel=1e-6)
    assert value.shape == (3,)


@pytest.mark.parametrize("loss", LOSSES)
def test_unrated_cells_do_not_count(loss):
    other = np.where(Y_TRUE == 0, 77, Y_PRED).astype("float32")
    assert ops.convert_to_numpy(loss(Y_TRUE, other)) == pytest.approx(
        ops.convert_to_numpy(loss(Y_TRUE, Y_PRED))
    )


@pytest.mark.parametrize("loss", LOSSES)
def test_a_row_without_ratings_gives_zero(loss):
    assert float(loss(Y_TRUE, Y_PRED)[2]) == 0.0


@pytest.mark.parametrize("loss", LOSSES)
def test_float64_targets_meet_float32_predictions(loss):
    value = ops.convert_to_numpy(loss(Y_TRUE.astype("float64"), Y_PRED))
    assert value == pytest.approx(reference(loss, Y_TRUE, Y_PRED), rel=1e-6)


@pytest.mark.parametrize("loss", LOSSES)
def test_the_gradient_agrees_with_finite_differences(loss):
    rated_rows = slice(0, 2)
    y_true, y_pred = Y_TRUE[rated_rows], Y_PRED[rated_rows]
    step = 1e-4
    expected = np.zeros(y_pred.shape)
    for cell in np.ndindex(*y_pred.shape):
        for sign in (1, -1):
            moved = y_pred.astype(float)
            moved[cell] += sign * step
            expected[cell] += sign * sum(reference(loss, y_true, moved)) / (2 * step)
    assert gradient(loss, y_true, y_pred) == pytest.approx(expected, abs=1e-4)


def gradient(loss, y_true, y_pred):
    """Of the sum over rows with respect to the predictions."""
    y_pred = tf.constant(y_pred)
    with tf.GradientTape() as tape:
        tape.watch(y_pred)
        total = ops.sum(loss(y_true, y_pred))
    return tape.gradient(total, y_pred).numpy()


@pytest.mark.parametrize("loss", LOSSES)
def test_float64_predictions_are_taken_too(loss):
    value = ops.convert_to_numpy(loss(Y_TRUE, Y_PRED.astype("float64")))
    assert value == pytest.approx(reference(loss, Y_TRUE, Y_PRED), rel=1e-6)


@pytest.mark.parametrize("loss", LOSSES)
def test_a_row_without_ratings_or_without_error_has_gradient_zero_not_nan(loss):
    perfect_row = np.where(Y_TRUE == 0, Y_PRED, Y_TRUE)[:1]
    y_pred = np.concatenate([perfect_row, Y_PRED[2:]])
    assert (gradient(loss, Y_TRUE[[0, 2]], y_pred) == 0).all()
