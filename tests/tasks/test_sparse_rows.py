"""The sparse AutoRec: the same network as the dense one, without a dense array."""

import keras
import numpy as np
import pytest

from course_utils.models import sparse
from course_utils.models.autoencoders import autorec
from course_utils.models.losses import masked_sse
from course_utils.models.optimizers import FusedAdam
from course_utils.models.sparse import observed_sse, sampled_product, sparse_autorec, sparse_product
from course_utils.protocol.training import fit
from course_utils.tasks.rows import row_task
from course_utils.tasks.sparse_rows import autorec_task, is_sparse_enough, sparse_row_task
from tests.tasks.test_rows import make_split

tf = pytest.importorskip("tensorflow")


@pytest.fixture
def split():
    return make_split()


def twins(n_columns, hidden=4, **settings):
    """A dense and a sparse AutoRec with the same weights."""
    dense = autorec(n_columns, hidden, **settings)
    sparse = sparse_autorec(n_columns, hidden, **settings)
    rng = np.random.default_rng(3)
    v, b, w, c = (rng.normal(0, 0.5, weight.shape) for weight in dense.get_weights())
    dense.set_weights([v, b, w, c])
    sparse.set_weights([v, b, w.T, c])
    return dense, sparse


@pytest.mark.parametrize("side", ["user", "movie"])
@pytest.mark.parametrize("offset", [False, True])
def test_it_answers_as_the_dense_autorec_does(split, side, offset):
    thick, thin = (make(split, side, offset=offset) for make in (row_task, sparse_row_task))
    dense, sparse = twins(thick.data.matrix.shape[1], offset=thick.data.offset)
    users, movies = np.meshgrid(np.arange(30), np.arange(20))
    cells = np.random.default_rng(0).permutation(600)
    users, movies = users.ravel()[cells], movies.ravel()[cells]
    np.testing.assert_allclose(
        thin.predict(sparse, users, movies), thick.predict(dense, users, movies), atol=1e-5
    )


@pytest.mark.parametrize("rate", [0.3, 0.01])
def test_a_step_moves_it_as_it_moves_the_dense_one(split, rate):
    """Loss, gradient of both layers and penalty are the dense network's."""
    thick, thin = (
        make(split, "movie", batch_size=20, offset=True) for make in (row_task, sparse_row_task)
    )
    dense, sparse = twins(30, l2=0.05, offset=thick.data.offset)
    dense.compile(keras.optimizers.SGD(rate), masked_sse)
    sparse.compile(keras.optimizers.SGD(rate), observed_sse(20))
    everything = np.arange(20)
    dense.train_on_batch(*thick.data.batch(everything))
    sparse.train_on_batch(*thin.data.batch(everything))
    v, b, w, c = dense.get_weights()
    for moved, expected in zip(sparse.get_weights(), [v, b, w.T, c], strict=True):
        np.testing.assert_allclose(moved, expected, atol=1e-4)


def test_products_and_their_gradients_match_the_definition(monkeypatch):
    monkeypatch.setattr(sparse, "CELLS_AT_ONCE", 4)  # 11 cells: a last, partial turn
    rng = np.random.default_rng(1)
    cell = np.sort(rng.choice(5 * 7, 11, replace=False))
    row, column = tf.constant(cell // 7), tf.constant(cell % 7)
    values = tf.constant(rng.normal(size=11).astype("float32"))
    kernel = tf.Variable(rng.normal(size=(7, 3)).astype("float32"))
    code = tf.Variable(rng.normal(size=(5, 3)).astype("float32"))
    weight = tf.constant(rng.normal(size=(5, 3)).astype("float32"))
    matrix = tf.scatter_nd(tf.stack([row, column], 1), values, (5, 7))
    with tf.GradientTape(persistent=True) as tape:
        found = tf.reduce_sum(weight * sparse_product(row, column, values, 5, kernel))
        expected = tf.reduce_sum(weight * (matrix @ kernel))
        dots = tf.reduce_sum(values * sampled_product(code, kernel, row, column))
        cells = tf.gather_nd(tf.matmul(code, kernel, transpose_b=True), tf.stack([row, column], 1))
        wanted = tf.reduce_sum(values * cells)
    assert float(found) == pytest.approx(float(expected), rel=1e-5)
    assert float(dots) == pytest.approx(float(wanted), rel=1e-5)
    for value, reference, variable in (
        (found, expected, kernel),
        (dots, wanted, kernel),
        (dots, wanted, code),
    ):
        np.testing.assert_allclose(
            tape.gradient(value, variable), tape.gradient(reference, variable), atol=1e-5
        )


def test_no_array_is_as_large_as_the_matrix(split):
    inputs, target = sparse_row_task(split, "movie", offset=True).data.batch(np.arange(20))
    assert len(target) == len(split.train)
    assert max(part.size for part in inputs) == len(split.train) < 30 * 20


def test_training_learns_what_biases_cannot_and_repeats_itself(split):
    build, task = autorec_task(
        split, hidden=8, lam=0.2, rate=0.02, batch_size=8, input_dropout=0.2, compute="sparse"
    )
    first, again = (
        fit(build, task, epochs=n, patience=None, progress=False, seed=5) for n in (30, 8)
    )
    curve = first.history["validation_rmse"]
    assert curve.min() < 0.5 * np.std(split.validation["rating"])
    np.testing.assert_allclose(again.history["validation_rmse"], curve[:8], atol=1e-5)


def test_auto_takes_dense_batches_for_a_full_matrix_and_cells_for_an_empty_one(split):
    assert not is_sparse_enough(split)
    assert autorec_task(split)[0]().name == "autorec"
    thin = make_split(300, 200)
    thin = type(thin)(**{**vars(thin), "train": thin.train.sample(frac=0.02, random_state=0)})
    assert is_sparse_enough(thin)
    assert autorec_task(thin)[0]().name == "sparse_autorec"
    with pytest.raises(ValueError, match="compute='fast'"):
        autorec_task(split, compute="fast")


def test_it_survives_saving(tmp_path, split):
    task = sparse_row_task(split, "movie", offset=True)
    model = sparse_autorec(30, 4, l2=0.1, input_dropout=0.5, offset=task.data.offset)
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    inputs, _ = task.data.batch(np.arange(20))
    np.testing.assert_allclose(
        loaded.predict_on_batch(inputs), model.predict_on_batch(inputs), atol=1e-6
    )


def test_fused_adam_is_adam():
    rng = np.random.default_rng(0)
    start = rng.normal(size=(6, 3)).astype("float32")
    ours, keras_own = keras.Variable(start), keras.Variable(start)
    fused, plain = FusedAdam(0.1), keras.optimizers.Adam(0.1)
    for _ in range(5):
        gradient = tf.constant(rng.normal(size=(6, 3)).astype("float32"))
        fused.apply([gradient], [ours])
        plain.apply([gradient], [keras_own])
    np.testing.assert_allclose(ours.numpy(), keras_own.numpy(), atol=1e-5)
