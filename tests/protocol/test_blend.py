"""Blends: weights from validation, less error than any member where errors differ."""

import numpy as np
import pytest

from course_utils.protocol.blend import (
    Blended,
    error_correlation,
    fit_blend,
    mean_blend,
    without_one,
)
from course_utils.protocol.metrics import rmse


@pytest.fixture
def ratings():
    return np.random.default_rng(0).integers(1, 6, 4000).astype(float)


@pytest.fixture
def predictions(ratings):
    """Two models with errors of their own, one that repeats the first."""
    rng = np.random.default_rng(1)
    a = ratings + rng.normal(0, 1, len(ratings))
    b = ratings + rng.normal(0, 1, len(ratings)) + 0.5  # half a star too high
    return {"a": a, "b": b, "a again": a + rng.normal(0, 0.05, len(ratings))}


def test_blend_beats_its_members_where_errors_differ(ratings, predictions):
    first, second = (
        {k: v[half] for k, v in predictions.items()} for half in (slice(2000), slice(2000, None))
    )
    blend = fit_blend(first, ratings[:2000])
    score = rmse(ratings[2000:], blend(second))
    assert score < 0.8 * min(rmse(ratings[2000:], v) for v in second.values())


def test_least_squares_without_ridge(ratings, predictions):
    blend = fit_blend(predictions, ratings, ridge=0.0)
    x = np.column_stack([*predictions.values(), np.ones(len(ratings))])
    expected = np.linalg.lstsq(x, ratings, rcond=None)[0]
    np.testing.assert_allclose([*blend.weights.values(), blend.intercept], expected, atol=1e-8)


def test_ridge_draws_towards_equal_shares(ratings, predictions):
    weights = fit_blend(predictions, ratings, ridge=1e12).weights
    np.testing.assert_allclose([*weights.values()], 1 / 3, atol=1e-6)


def test_nonnegative_weights(ratings, predictions):
    contrary = {**predictions, "contrary": 6 - ratings}
    assert fit_blend(contrary, ratings, ridge=0.0).weights["contrary"] < 0
    assert min(fit_blend(contrary, ratings, nonnegative=True).weights.values()) >= 0


def test_mean_blend(predictions):
    expected = (predictions["a"] + predictions["b"] + predictions["a again"]) / 3
    np.testing.assert_allclose(mean_blend(predictions)(predictions), expected)


def test_errors_of_copies_correlate(ratings, predictions):
    table = error_correlation(predictions, ratings)
    assert table.loc["a", "a again"] > 0.99
    assert abs(table.loc["a", "b"]) < 0.1
    np.testing.assert_allclose(np.diag(table), 1)


def test_a_copy_brings_nothing_and_a_second_opinion_a_lot(ratings, predictions):
    table = without_one(predictions, ratings, predictions, ratings)
    assert table.loc["b", "brings"] > 0.1
    assert abs(table.loc["a again", "brings"]) < 0.01
    assert table.loc["b", "alone"] == pytest.approx(rmse(ratings, predictions["b"]))


def test_blended_is_a_predictor(ratings):
    class Always:
        parameters = 1

        def __init__(self, stars):
            self.stars = stars

        def predict(self, users, movies):
            return np.full(len(users), self.stars)

    blended = Blended(mean_blend({"two": 0, "four": 0}), {"two": Always(2.0), "four": Always(4.0)})
    assert blended.predict(np.arange(3), np.arange(3)).tolist() == [3.0, 3.0, 3.0]
    assert blended.parameters == 2 + 3


def test_wrong_inputs_are_refused(ratings, predictions):
    with pytest.raises(ValueError, match="a predicts shape"):
        fit_blend({**predictions, "a": predictions["a"][:-1]}, ratings)
    with pytest.raises(ValueError, match="b predicts NaN"):
        fit_blend({**predictions, "b": np.full(len(ratings), np.nan)}, ratings)
    with pytest.raises(ValueError, match="two models"):
        fit_blend({"a": predictions["a"]}, ratings)
    with pytest.raises(ValueError, match="no predictions of b"):
        fit_blend(predictions, ratings)({"a": predictions["a"], "a again": predictions["a"]})
