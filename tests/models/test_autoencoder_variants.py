"""AutoRec on [residual, mask], features beside the ratings, and an output that is fed in again."""

import keras
import numpy as np
import pytest

from course_utils.models.autoencoder_variants import (
    DenseRefeeding,
    ResidualAndMask,
    autoencoder_with_features,
    masked_autorec,
)
from course_utils.models.losses import masked_mse
from tests.models.by_hand import dense, scrambled, selu, sigmoid, weights
from tests.models.test_autoencoders import deep, rows_and_bias

OFFSET = np.array([3.0, 3.5, 4.0], "float32")
ROW = np.array([[5.0, 0.0, 4.5], [0.0, 0.0, 0.0]], "float32")
ROW_BIAS = np.array([[0.5], [-1.0]], "float32")


def test_a_rating_becomes_its_residual_and_a_one():
    read = np.asarray(ResidualAndMask(OFFSET)([ROW, ROW_BIAS]))
    np.testing.assert_allclose(read, [[1.5, 0, 0, 1, 0, 1], [0, 0, 0, 0, 0, 0]])


def test_residual_and_mask_are_hidden_together():
    keras.utils.set_random_seed(0)
    wide = np.full((1, 400), 5.0, "float32")
    layer = ResidualAndMask(np.full(400, 3.0), dropout=0.5)
    read = np.asarray(layer([wide, np.zeros((1, 1), "float32")], training=True))[0]
    residual, mask = read[:400], read[400:]
    assert set(np.round(mask, 4)) == {0.0, 2.0}
    np.testing.assert_allclose(residual, 2 * mask)
    assert 120 < (mask == 0).sum() < 280


def test_untrained_decoder_of_zeros_says_what_the_bias_model_says():
    model = masked_autorec(3, 4, offset=OFFSET)
    output = model.get_layer("output")
    output.set_weights([np.zeros((4, 3)), np.zeros(3)])
    np.testing.assert_allclose(model.predict([ROW, ROW_BIAS], verbose=0), OFFSET + ROW_BIAS)


def test_masked_autorec_is_a_layer_in_and_a_layer_out():
    model = scrambled(masked_autorec(3, 4, offset=OFFSET, input_dropout=0.5))
    assert [layer.name for layer in model.layers if layer.weights] == ["hidden_1", "output"]
    mask = ROW > 0
    read = np.hstack([(ROW - ROW_BIAS - OFFSET) * mask, mask])
    code = dense(read, weights(model, "hidden_1"), sigmoid)
    expected = dense(code, weights(model, "output")) + OFFSET + ROW_BIAS
    assert model.predict_on_batch([ROW, ROW_BIAS]) == pytest.approx(expected, abs=1e-5)


def test_saved_and_loaded_it_predicts_the_same(tmp_path):
    model = masked_autorec(3, 4, offset=OFFSET, l2=0.1, input_dropout=0.3)
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    before, after = (m.predict([ROW, ROW_BIAS], verbose=0) for m in (model, again))
    np.testing.assert_allclose(after, before, rtol=1e-6)


@pytest.mark.parametrize("how", ["concat", "gated"])
def test_features_stand_beside_the_ratings_or_turn_the_first_layer(how):
    features = np.array([[1, 0, 1], [0, 1, 0]], "float32")
    model = scrambled(autoencoder_with_features(3, 3, (6, 4), how=how, scale=5.0, offset=OFFSET))
    if how == "concat":
        x = dense(np.hstack([ROW, 5 * features]), weights(model, "hidden_1"), selu)
    else:
        x = dense(ROW, weights(model, "hidden_1"), selu)
        small = dense(5 * features, weights(model, "side"), np.tanh)
        gate = 2 * dense(small, weights(model, "half_gate"), sigmoid)
        x = x * gate + dense(small, weights(model, "shift"))
    x = dense(x, weights(model, "hidden_2"), selu)
    expected = dense(x, weights(model, "output"), selu) + OFFSET + ROW_BIAS
    found = model.predict_on_batch([ROW, ROW_BIAS, features])
    assert found == pytest.approx(expected, rel=1e-4, abs=1e-4)


def test_refeeding_adds_exactly_the_second_pass():
    inputs = rows_and_bias(8, 30)
    inner = deep(30, (6,), output_activation="linear", activation="tanh")
    model = DenseRefeeding(inner, weight=3.0)
    stars = keras.ops.convert_to_numpy(model(inputs, training=True))
    again = inner.predict_on_batch([stars, inputs[1]])
    expected = 3.0 * np.mean((again - stars) ** 2)
    assert float(sum(model.losses)) == pytest.approx(expected, rel=1e-4)
    np.testing.assert_allclose(model.predict_on_batch(inputs), stars, atol=1e-5)


def test_refeeding_brings_the_second_pass_closer_to_the_first():
    inputs = rows_and_bias(64, 30)

    def distance(weight):
        keras.utils.set_random_seed(0)
        inner = deep(30, (12,), output_activation="linear", activation="tanh")
        model = DenseRefeeding(inner, weight)
        model.compile(keras.optimizers.Adam(0.01), masked_mse)
        model.fit(inputs, inputs[0], epochs=40, verbose=0)
        stars = model.predict_on_batch(inputs)
        return np.mean((inner.predict_on_batch([stars, inputs[1]]) - stars) ** 2)

    assert distance(1.0) < 0.5 * distance(0.0)


def test_a_refed_model_survives_saving(tmp_path):
    inputs = rows_and_bias(4, 30)
    model = DenseRefeeding(deep(30, (6, 6), offset=np.linspace(3, 4, 30)), weight=0.5)
    before = model.predict_on_batch(inputs)
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    assert loaded.weight == 0.5
    np.testing.assert_allclose(loaded.predict_on_batch(inputs), before, atol=1e-6)
