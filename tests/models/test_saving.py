"""A trained, compiled model comes back from its file without being told what it is made of."""

import keras
import numpy as np
import pytest

from course_utils import models
from course_utils.models.losses import masked_mse, masked_sse
from course_utils.models.optimizers import FusedAdam, LazyAdamax

# What a saved model names. Renaming one of these makes files of earlier releases unreadable.
REGISTERED = {
    "autoencoder_variants": ["DenseRefeeding", "ResidualAndMask"],
    "autoencoders": ["Offset"],
    "embedding": ["BatchPenalty", "Stars"],
    "losses": ["masked_mse", "masked_sse"],
    "optimizers": ["FusedAdam", "LazyAdamax"],
    "self_attention": [
        "CausalAttention",
        "MovieVectors",
        "PlaceVectors",
        "full_cross_entropy",
        "one_negative",
    ],
    "sparse": ["ObservedDecoder", "ObservedSSE", "SparseEncoder"],
    "transformer": ["LookBack", "MaskedPenalty", "PositionVectors"],
    "two_sided": ["ColumnReader", "TwoSidedDecoder"],
}
Adam = keras.optimizers.Adam
STARS = np.array([[5, 0, 3, 0, 1], [0, 4, 0, 2, 0]], "float32")
ROWS = [STARS, np.array([[0.5], [-0.5]], "float32")]
OFFSET = np.linspace(3, 4, 5)
CELL_ROW, CELL_COLUMN = (index.astype("int32") for index in STARS.nonzero())
KNOWN = STARS[CELL_ROW, CELL_COLUMN]
FLAT = [CELL_ROW, CELL_COLUMN, KNOWN, CELL_ROW, CELL_COLUMN, ROWS[1]]
MOVIES = [STARS.T.copy(), np.zeros((5, 1), "float32")]
TWO_SIDED = [*MOVIES, CELL_ROW, CELL_COLUMN, KNOWN - 3, np.ones(len(KNOWN), "float32")]
PAIRS = [np.array([0, 1], "int32"), np.array([2, 3], "int32")]
PAIR_STARS = np.array([[4.0], [2.0]], "float32")
IN_RANGE = {"mean": 3.0, "rating_scale": (1, 5), "l2": 0.1}


def refed():
    return models.DenseRefeeding(models.masked_autorec(5, 3, offset=OFFSET))


TRAINED = {  # what builds it, what trains it, inputs, targets
    "product": (lambda: models.dot(3, 4, 2), LazyAdamax, "mse", PAIRS, PAIR_STARS),
    "in range": (lambda: models.biased_dot(3, 4, 2, **IN_RANGE), Adam, "mse", PAIRS, PAIR_STARS),
    "autorec": (lambda: models.autorec(5, 3, offset=OFFSET), FusedAdam, masked_sse, ROWS, STARS),
    "re-fed": (refed, Adam, masked_mse, ROWS, STARS),
    "sparse": (lambda: models.sparse_autorec(5, 3), FusedAdam, models.observed_sse(2), FLAT, KNOWN),
    "two-sided": (
        lambda: models.two_sided_autorec(5, 2, 3, width=2, offset=OFFSET[:2]),
        Adam,
        masked_sse,
        TWO_SIDED,
        MOVIES[0],
    ),
}


@pytest.mark.parametrize("module", REGISTERED)
def test_every_part_is_registered_under_its_name(module):
    home = getattr(models, module).__name__
    registered = {
        name.removeprefix("course_utils>")
        for name, part in keras.saving.get_custom_objects().items()
        if part.__module__ == home
    }
    assert sorted(registered) == REGISTERED[module]


@pytest.mark.parametrize("name", TRAINED)
def test_a_compiled_model_is_loaded_as_it_was(name, tmp_path):
    build, optimizer, loss, x, y = TRAINED[name]
    model = build()
    model.compile(optimizer(0.01), loss, jit_compile=False)
    model.train_on_batch(x, y)
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    assert type(loaded.optimizer) is type(model.optimizer)
    assert loaded.test_on_batch(x, y) == pytest.approx(model.test_on_batch(x, y))
    for before, after in zip(model.get_weights(), loaded.get_weights(), strict=True):
        np.testing.assert_array_equal(after, before)
