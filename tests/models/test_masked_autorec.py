"""AutoRec on [residual, mask]: what it reads, what is hidden together, and that it can be saved."""

import keras
import numpy as np

from course_utils.models.autoencoders import ResidualAndMask, masked_autorec

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


def test_saved_and_loaded_it_predicts_the_same(tmp_path):
    model = masked_autorec(3, 4, offset=OFFSET, l2=0.1, input_dropout=0.3)
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    before, after = (m.predict([ROW, ROW_BIAS], verbose=0) for m in (model, again))
    np.testing.assert_allclose(after, before, rtol=1e-6)
