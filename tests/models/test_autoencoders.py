"""Autoencoders: sizes and outputs by hand, skips that skip, dropout that keeps the signal."""

import keras
import numpy as np
import pytest

from course_utils.models.autoencoders import autorec, deep_autoencoder, on_rows, signal_by_layer
from course_utils.models.losses import masked_mse
from tests.models.by_hand import dense, scrambled, selu, sigmoid, weights


def rows_and_bias(n_rows=64, n_columns=200, seed=0):
    """Inputs like ratings: one cell in five rated."""
    rng = np.random.default_rng(seed)
    stars = rng.integers(1, 6, (n_rows, n_columns)) * (rng.random((n_rows, n_columns)) < 0.2)
    return [stars.astype("float32"), np.zeros((n_rows, 1), "float32")]


def deep(n_columns=200, hidden=(40,) * 8, **settings):
    keras.utils.set_random_seed(0)
    settings = {"dropout": 0.0, "l2": 0.0} | settings
    return deep_autoencoder(n_columns, hidden, **settings)


OFFSET = np.linspace(3, 4, 12)


def test_autorec_is_a_layer_in_and_a_layer_out():
    row, _ = rows_and_bias(4, 12)
    row_bias = np.array([[0.5], [-0.5], [0.1], [0.0]], "float32")
    model = scrambled(autorec(12, 5, l2=0.1, input_dropout=0.5, offset=OFFSET))
    assert [layer.name for layer in model.layers if layer.weights] == ["hidden_1", "output"]
    code = dense(row, weights(model, "hidden_1"), sigmoid)
    expected = dense(code, weights(model, "output")) + OFFSET + row_bias
    assert model.predict_on_batch([row, row_bias]) == pytest.approx(expected, abs=1e-5)
    kernels = (weights(model, name)[0] for name in ("hidden_1", "output"))
    penalty = sum(0.1 * (kernel**2).sum() for kernel in kernels)
    assert float(sum(model.losses)) == pytest.approx(penalty, rel=1e-5)


def test_without_an_offset_nothing_is_added():
    row, _ = rows_and_bias(4, 12)
    model = scrambled(autorec(12, 5, activation="selu", output_activation="selu"))
    expected = dense(dense(row, weights(model, "hidden_1"), selu), weights(model, "output"), selu)
    for row_bias in (0.0, 1.0):
        found = model.predict_on_batch([row, np.full((4, 1), row_bias, "float32")])
        assert found == pytest.approx(expected, abs=1e-5)


def test_a_deep_autoencoder_is_its_layers_one_after_the_other():
    row, row_bias = rows_and_bias(4, 12)
    options = {"output_activation": "linear", "input_dropout": 0.5, "offset": OFFSET}
    model = scrambled(deep_autoencoder(12, (6, 6, 3), activation="tanh", skip=True, **options))
    learning = ["hidden_1", "hidden_2", "hidden_3", "output"]
    assert [layer.name for layer in model.layers if layer.weights] == learning
    x = dense(row, weights(model, "hidden_1"), np.tanh)
    x = x + dense(x, weights(model, "hidden_2"), np.tanh)
    x = dense(x, weights(model, "hidden_3"), np.tanh)
    expected = dense(x, weights(model, "output")) + OFFSET
    assert model.predict_on_batch([row, row_bias]) == pytest.approx(expected, abs=1e-5)


def test_the_defaults_are_the_model_of_2021():
    model = deep_autoencoder(3952)
    by_hand = (3952 + 1) * 256 + (256 + 1) * 512 + (512 + 1) * 256 + (256 + 1) * 3952
    assert model.count_params() == by_hand == 2_290_544
    names = [layer.name for layer in model.layers]
    assert names.index("hidden_2") + 1 == names.index("hidden_3") - 1  # dropout lies between
    assert model.get_layer("hidden_2").activation is keras.activations.selu
    assert len(model.losses) == 4  # every kernel is penalised


def test_without_a_skip_a_layer_of_zeros_blocks_and_with_it_does_not():
    inputs = rows_and_bias()
    for skip, blocked in ((False, True), (True, False)):
        model = deep(hidden=(16, 16), skip=skip, output_activation="linear", activation="tanh")
        second = model.get_layer("hidden_2")
        second.set_weights([np.zeros_like(w) for w in second.get_weights()])
        assert (np.ptp(model.predict_on_batch(inputs), axis=0).max() < 1e-6) == blocked


def test_a_layer_of_another_width_has_no_skip():
    names = [layer.name for layer in deep(hidden=(16, 8, 8), skip=True).layers]
    assert [name for name in names if name.startswith("skip")] == ["skip_3"]


def test_selu_keeps_its_variance_with_lecun_and_loses_it_with_small_weights():
    inputs = rows_and_bias()
    kept = signal_by_layer(deep(initializer="lecun_normal"), inputs)
    small = keras.initializers.RandomNormal(stddev=0.02)
    lost = signal_by_layer(deep(initializer=small), inputs)
    assert kept["layer"].tolist() == [f"hidden_{i}" for i in range(1, 9)]
    assert 0.4 < kept["variance"].iloc[-1] < 2.5
    assert lost["variance"].iloc[-1] < 1e-4 * lost["variance"].iloc[0]


def test_plain_dropout_inflates_the_signal_and_alpha_dropout_does_not():
    inputs = rows_and_bias(512)
    growth = {}
    for alpha in (False, True):
        model = deep(
            hidden=(256,) * 3, dropout=0.8, alpha_dropout=alpha, initializer="lecun_normal"
        )
        table = signal_by_layer(model, inputs, training=True).set_index("layer")
        place = table.index.get_loc("hidden_2")
        assert "dropout" in table.index[place + 1]
        growth[alpha] = table["variance"].iloc[place + 1] / table["variance"].iloc[place]
    assert growth[False] == pytest.approx(5, rel=0.1)  # 1 / (1 - .8)
    assert growth[True] < 2
    quiet = signal_by_layer(model, inputs)["variance"]
    assert quiet.iloc[1] == pytest.approx(quiet.iloc[2])  # nothing drops when predicting


def test_a_model_survives_saving_with_its_loss(tmp_path):
    inputs = rows_and_bias(4, 30)
    offset = np.linspace(3, 4, 30)
    model = deep_autoencoder(30, (6, 6), alpha_dropout=True, skip=True, offset=offset)
    model.compile("sgd", masked_mse)
    before = model.predict_on_batch(inputs)
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    assert loaded.loss is masked_mse
    np.testing.assert_allclose(loaded.predict_on_batch(inputs), before, atol=1e-6)


# ------------------------------------------------------------------------- a network of one's own
def networks_of_ones_own():
    """The same two layers: functional, a Sequential with its Input and one without, a class."""
    row = keras.Input((5,))
    yield keras.Model(row, keras.layers.Dense(5)(keras.layers.Dense(3, "relu")(row)))
    chain = [keras.layers.Dense(3, "relu"), keras.layers.Dense(5)]
    yield keras.Sequential([keras.Input((5,)), *chain])
    yield keras.Sequential([keras.layers.Dense(3, "relu"), keras.layers.Dense(5)])

    class Mine(keras.Model):
        def __init__(self):
            super().__init__()
            self.inside, self.outside = keras.layers.Dense(3, "relu"), keras.layers.Dense(5)

        def call(self, row):
            return self.outside(self.inside(row))

    yield Mine()


@pytest.mark.parametrize("kind", range(4))
def test_a_network_of_ones_own_gets_the_bias_models_part(kind):
    mine = list(networks_of_ones_own())[kind]
    row, bias = np.ones((2, 5), "float32"), np.array([[0.5], [-0.5]], "float32")
    model = on_rows(mine, np.arange(5.0), n_columns=5)
    expected = np.asarray(mine(row)) + np.arange(5) + bias
    np.testing.assert_allclose(np.asarray(model([row, bias])), expected, rtol=1e-5)
    assert on_rows(model) is model


def test_a_network_without_an_input_says_what_is_missing():
    with pytest.raises(ValueError, match="n_columns"):
        on_rows(keras.Sequential([keras.layers.Dense(5)]))
