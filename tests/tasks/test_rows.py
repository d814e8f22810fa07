"""Rows of the rating matrix, and the autoencoders trained on them."""

import keras
import numpy as np
import pandas as pd
import pytest

from course_utils.data.splits import Split
from course_utils.models.autoencoders import autorec, deep_autoencoder
from course_utils.models.baselines import bias_model
from course_utils.models.losses import masked_sse
from course_utils.protocol.metrics import rmse
from course_utils.protocol.training import fit
from course_utils.tasks.rows import RowBatches, predict_cells, row_task


def make_split(n_users=30, n_movies=20, seed=0) -> Split:
    """A planted pattern: two kinds of users, two kinds of movies, half stars, a third rated."""
    rng = np.random.default_rng(seed)
    user, movie = np.nonzero(rng.random((n_users, n_movies)) < 0.6)
    stars = np.where(user % 2 == movie % 2, 4.5, 2.0)
    table = pd.DataFrame(
        {
            "user": user.astype("int32"),
            "movie": movie.astype("int32"),
            "rating": stars.astype("float32"),
            "timestamp": 0,
        }
    )
    part = rng.choice(3, len(table), p=[0.8, 0.1, 0.1])
    parts = [table[part == p].reset_index(drop=True) for p in range(3)]
    ids = np.arange(n_users) + 1, np.arange(n_movies) + 1
    return Split("random", "tiny", *parts, *ids, (0.5, 5.0))


@pytest.fixture
def split() -> Split:
    return make_split()


def everything(task):
    return task.data.batch(np.arange(task.data.matrix.shape[0]))


def test_rows_are_users_or_movies_and_targets_are_never_filled(split):
    for side, shape in (("user", (30, 20)), ("movie", (20, 30))):
        (row, row_bias), target = everything(row_task(split, side, fill="row_mean"))
        assert row.shape == target.shape == shape
        assert not row_bias.any()
        rated = target != 0
        assert rated.sum() == len(split.train)
        np.testing.assert_array_equal(row[rated], target[rated])
        means = target.sum(1) / rated.sum(1)
        np.testing.assert_allclose(row[~rated], np.repeat(means, (~rated).sum(1)), rtol=1e-5)


def test_centred_input_loses_who_rated_and_raw_input_keeps_it(split):
    raw = everything(row_task(split, "movie", offset=True))[0][0]
    centred_task = row_task(split, "movie", offset=True, centred=True)
    (centred, row_bias), target = everything(centred_task)
    assert set(np.unique(raw)) == {0.0, 2.0, 4.5}
    rated = target != 0
    assert not centred[~rated].any()
    expected = bias_model(split).predict(*np.nonzero(target.T))
    (u, m) = np.nonzero(target.T)
    np.testing.assert_allclose(centred[m, u], target[m, u] - expected, atol=1e-5)
    np.testing.assert_allclose(row_bias[m, 0] + centred_task.data.offset[u], expected, atol=1e-5)


def test_every_row_comes_once_an_epoch_in_an_order_the_seed_decides(split):
    task = row_task(split, "user", batch_size=7)
    batches = task.x
    assert isinstance(batches, RowBatches)
    assert len(batches) == 5
    orders = []
    for _ in range(2):
        np.random.seed(3)
        batches.on_epoch_begin()
        assert sum(len(batches[i][1]) for i in range(len(batches))) == 30
        orders.append(batches.order.copy())
    assert sorted(orders[0]) == list(range(30))
    assert orders[0].tolist() == orders[1].tolist() != list(range(30))


@pytest.mark.parametrize("side", ["user", "movie"])
def test_predict_cells_gives_the_cells_of_the_full_output(split, side):
    task = row_task(split, side, offset=True)
    n_rows, n_columns = task.data.matrix.shape
    model = autorec(n_columns, 4, offset=task.data.offset)
    full = np.asarray(model.predict_on_batch(everything(task)[0]))
    rng = np.random.default_rng(1)
    row, column = rng.integers(n_rows, size=50), rng.integers(n_columns, size=50)
    cells = predict_cells(model, task.data, row, column, batch_size=3)
    np.testing.assert_allclose(cells, full[row, column], atol=1e-5)


def test_without_weights_the_offset_is_the_bias_model(split):
    task = row_task(split, "movie", offset=True)
    model = autorec(30, 4, offset=task.data.offset)
    for weight in model.weights:
        weight.assign(np.zeros(weight.shape))
    users, movies = split.test["user"].to_numpy(), split.test["movie"].to_numpy()
    expected = bias_model(split).predict(users, movies)
    np.testing.assert_allclose(task.predict(model, users, movies), expected, atol=1e-5)


@pytest.mark.parametrize("side", ["user", "movie"])
def test_autorec_learns_the_pattern_that_biases_cannot(split, side):
    task = row_task(split, side, batch_size=8, offset=True)

    def build():
        model = autorec(task.data.matrix.shape[1], 8, offset=task.data.offset)
        model.compile(keras.optimizers.Adam(0.02), masked_sse)
        return model

    fitted = fit(build, task, epochs=40, patience=None, progress=False)
    test = split.test
    found = rmse(test["rating"], fitted.predict(test["user"], test["movie"]))
    bias = rmse(test["rating"], bias_model(split).predict(test["user"], test["movie"]))
    assert found < 0.5 * bias
    again = fit(build, task, epochs=8, patience=None, progress=False).history["validation_rmse"]
    np.testing.assert_allclose(again, fitted.history["validation_rmse"][:8], atol=1e-6)


def test_parameters_of_the_published_models():
    assert autorec(3952, activation="elu").count_params() == 3_956_452
    assert deep_autoencoder(3952).count_params() == 2_290_544


def test_models_survive_saving(tmp_path, split):
    task = row_task(split, "movie", offset=True)
    model = autorec(30, 4, l2=0.1, input_dropout=0.5, offset=task.data.offset)
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    batch = everything(task)[0]
    np.testing.assert_allclose(
        loaded.predict_on_batch(batch), model.predict_on_batch(batch), atol=1e-6
    )


def test_bad_arguments_name_the_remedy(split):
    with pytest.raises(ValueError, match=r"side='item'.*\"user\" or \"movie\""):
        row_task(split, "item")
    with pytest.raises(ValueError, match=r"fill='mean'.*row_mean"):
        row_task(split, fill="mean")
    with pytest.raises(ValueError, match="centred=True needs offset=True"):
        row_task(split, centred=True)
    with pytest.raises(ValueError, match="batch_size=0"):
        row_task(split, batch_size=0)
    with pytest.raises(ValueError, match="hidden"):
        deep_autoencoder(10, ())
