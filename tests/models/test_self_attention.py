"""SASRec: what a place may see, its loss by hand, one table of vectors at both ends."""

import keras
import numpy as np
import pytest

from course_utils.models.self_attention import (
    PADDING,
    CausalAttention,
    MovieVectors,
    causal_mask,
    full_cross_entropy,
    one_negative,
    sasrec,
)
from tests.models.by_hand import dense, scrambled, softmax, weights

N_MOVIES, LENGTH = 7, 5
SIZES = {"length": LENGTH, "dim": 4, "heads": 2, "blocks": 2}
HISTORIES = np.array([[0, 3, 2, 6, 1], [5, 4, 1, 0, 2]], "int32")


@pytest.fixture(scope="module", params=["pre", "post"])
def model(request):
    return scrambled(sasrec(N_MOVIES, **SIZES, norm=request.param), scale=1.0)


def answer(model, *inputs):
    return np.asarray(model(inputs[0] if len(inputs) == 1 else inputs, training=False))


def test_the_mask_lets_look_back_and_at_oneself():
    expected = [[1, 0, 0], [1, 1, 0], [1, 1, 1]]
    np.testing.assert_array_equal(np.asarray(causal_mask(3)), np.array(expected, bool))


@pytest.mark.parametrize("place", range(1, LENGTH))
def test_a_later_movie_changes_nothing_before_it(model, place):
    changed = HISTORIES.copy()
    changed[:, place] = (changed[:, place] + 1) % N_MOVIES
    before, after = answer(model, HISTORIES), answer(model, changed)
    np.testing.assert_allclose(after[:, :place], before[:, :place], rtol=1e-5, atol=1e-5)
    assert np.abs(after[:, place:] - before[:, place:]).max(axis=(1, 2)).min() > 1e-3


def test_padding_behind_a_history_changes_nothing(model):
    padded = HISTORIES.copy()
    padded[:, 3:] = N_MOVIES
    alone = answer(model, HISTORIES[:, :3])
    np.testing.assert_allclose(answer(model, padded)[:, :3], alone, rtol=1e-5, atol=1e-5)


def test_places_matter(model):
    swapped = HISTORIES[:, [1, 0, 2, 3, 4]]
    assert np.abs(answer(model, HISTORIES) - answer(model, swapped))[:, -1].max() > 1e-3


def test_the_vectors_that_are_read_also_score(model):
    table = weights(model, "movie_vectors")[0]
    state = keras.Model(model.input, model.get_layer("state").output)
    by_hand = answer(state, HISTORIES) @ table[:N_MOVIES].T
    np.testing.assert_allclose(answer(model, HISTORIES), by_hand, rtol=1e-4, atol=1e-4)
    tables = [w for w in model.get_weights() if N_MOVIES in w.shape or N_MOVIES + 1 in w.shape]
    assert len(tables) == 1


def test_candidates_get_the_scores_that_all_movies_get(model):
    some = sasrec(N_MOVIES, **SIZES, norm=_norm_of(model), candidates=True)
    some.set_weights(model.get_weights())
    asked = np.random.default_rng(0).integers(0, N_MOVIES, (2, LENGTH, 3)).astype("int32")
    every = answer(model, HISTORIES)
    expected = np.take_along_axis(every, asked, axis=2)
    np.testing.assert_allclose(answer(some, HISTORIES, asked), expected, rtol=1e-4, atol=1e-4)


def _norm_of(model):
    names = [layer.name for layer in model.layers]
    before = names.index("block_1_norm_1") < names.index("block_1_attention")
    return "pre" if before else "post"


def test_attention_by_hand():
    layer = CausalAttention(2, 4)
    x = np.random.default_rng(0).normal(size=(1, 3, 4)).astype("float32")
    layer(x)
    rng = np.random.default_rng(1)
    layer.set_weights([rng.normal(size=w.shape) for w in layer.get_weights()])
    query, key, value = (
        dense(x[0], [np.asarray(w) for w in part.weights])
        for part in (layer.query, layer.key, layer.value)
    )
    found = np.zeros((3, 4))
    for head in (slice(0, 2), slice(2, 4)):
        for place in range(3):
            seen = slice(0, place + 1)
            weight = softmax(key[seen, head] @ query[place, head] / np.sqrt(2))
            found[place, head] = weight @ value[seen, head]
    by_hand = dense(found, [np.asarray(w) for w in layer.mix.weights])
    np.testing.assert_allclose(np.asarray(layer(x))[0], by_hand, rtol=1e-4, atol=1e-4)


def test_the_whole_softmax_by_hand():
    logits = np.array([[[2.0, 0.0, 1.0], [0.0, 3.0, 0.0], [9.0, 9.0, 9.0]]], "float32")
    target = np.array([[2, 0, PADDING]], "int32")
    first = -np.log(np.exp(1) / (np.exp(2) + 1 + np.exp(1)))
    second = -np.log(1 / (2 + np.exp(3)))
    loss = float(full_cross_entropy(target, logits))
    assert loss == pytest.approx((first + second) / 2, rel=1e-5)


def test_one_negative_by_hand():
    logits = np.array([[[2.0, -1.0], [0.0, 1.0], [5.0, 5.0]]], "float32")
    target = np.array([[4, 4, PADDING]], "int32")

    def cost(yes, no):
        return np.log(1 + np.exp(-yes)) + np.log(1 + np.exp(no))

    expected = (cost(2, -1) + cost(0, 1)) / 2
    assert float(one_negative(target, logits)) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("loss", [full_cross_entropy, one_negative])
def test_a_batch_of_padding_alone_costs_nothing(loss):
    assert float(loss(np.full((2, 3), PADDING), np.ones((2, 3, 2), "float32"))) == 0


def test_a_saved_model_gives_equal_answers(model, tmp_path):
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(answer(loaded, HISTORIES), answer(model, HISTORIES))


def test_heads_must_divide_the_width():
    with pytest.raises(ValueError, match="dim=6 does not divide into heads=4"):
        CausalAttention(4, 6)
    with pytest.raises(ValueError, match="norm='none'"):
        sasrec(3, norm="none")


def test_it_learns_a_cycle():
    """0 → 1 → 2 → 0 …: what follows is certain, and half a second of training finds it."""
    start = np.arange(60) % 3
    rows = (start[:, None] + np.arange(9)) % 3
    keras.utils.set_random_seed(0)
    model = sasrec(3, length=8, dim=8, heads=1, blocks=1, dropout=0.0)
    model.compile(keras.optimizers.Adam(0.03), full_cross_entropy, jit_compile=False)
    model.fit(rows[:, :-1], rows[:, 1:], epochs=15, batch_size=20, verbose=0)
    found = answer(model, rows[:, :-1].astype("int32")).argmax(axis=-1)
    assert (found == rows[:, 1:]).mean() > 0.99


def test_vectors_of_movies_know_their_shape():
    layer = MovieVectors(5, 3)
    assert layer(np.zeros((2, 4), "int32")).shape == (2, 4, 3)
    assert layer(np.zeros((2, 4, 3), "float32"), score=True).shape == (2, 4, 5)
