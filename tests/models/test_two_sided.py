"""The two-sided AutoRec: what it reads of the columns, what it is not shown, and what it learns."""

from functools import cache, partial

import keras
import numpy as np
import pytest

from course_utils.models.autoencoders import autorec
from course_utils.models.losses import masked_sse
from course_utils.models.two_sided import two_sided_autorec
from course_utils.protocol.metrics import rmse
from course_utils.protocol.training import fit
from course_utils.tasks.rows import row_task
from course_utils.tasks.two_sided_rows import two_sided_task
from tests.models.by_hand import dense, scrambled, sigmoid, weights
from tests.tasks.test_rows import make_split

pytest.importorskip("tensorflow")


@pytest.fixture(scope="module")
def split():
    return make_split(n_users=60, n_movies=30)


def train(split, side="movie", epochs=40, **options):
    task = two_sided_task(split, side, batch_size=16, **options)
    n_rows, n_columns = task.data.matrix.shape

    def build():
        model = two_sided_autorec(
            n_rows, n_columns, 8, width=4, offset=task.data.offset, l2=0.05, column_l2=0.01
        )
        model.compile(keras.optimizers.Adam(0.02), masked_sse)
        return model

    return fit(build, task, epochs=epochs, patience=None, progress=False)


@pytest.mark.parametrize("side", ["user", "movie"])
def test_a_column_is_read_as_svdpp_reads_a_user(split, side):
    """Σ (residual · how + who) / √n over the column's ratings, written as loops."""
    data = two_sided_task(split, side, batch_size=16).data
    n_rows, n_columns = data.matrix.shape
    model = two_sided_autorec(n_rows, n_columns, 8, width=4, offset=data.offset)
    reader = model.get_layer("columns")
    rng = np.random.default_rng(0)
    how, who = rng.normal(size=(2, n_rows, 4))
    reader.set_weights([how, who])
    stars = data.matrix.toarray()
    expected = np.zeros((n_columns, 4))
    for column in range(n_columns):
        rated = np.flatnonzero(stars[:, column])
        for row in rated:
            residual = stars[row, column] - data.row_bias[row, 0] - data.offset[column]
            expected[column] += (residual * how[row] + who[row]) / np.sqrt(len(rated))
    np.testing.assert_allclose(reader(list(data.cells)), expected, atol=1e-4)


def test_the_decoder_adds_what_is_read_of_a_column_to_its_own_weights(split):
    data = two_sided_task(split, batch_size=16).data
    n_rows, n_columns = data.matrix.shape
    model = scrambled(two_sided_autorec(n_rows, n_columns, 8, width=4, offset=data.offset))
    learning = {layer.name for layer in model.layers if layer.weights}
    assert learning == {"hidden_1", "columns", "output"}
    inputs, _ = data.batch(np.arange(5))
    code = dense(inputs[0], weights(model, "hidden_1"), sigmoid)
    columns = np.asarray(model.get_layer("columns")(inputs[2:]))
    kernel, projection, bias = weights(model, "output")
    expected = code @ (kernel + columns @ projection).T + bias + data.offset + inputs[1]
    np.testing.assert_allclose(model.predict_on_batch(inputs), expected, atol=1e-4)


def test_it_starts_as_autorec(split):
    data = two_sided_task(split, batch_size=16).data
    n_rows, n_columns = data.matrix.shape
    plain = autorec(n_columns, 8, offset=data.offset)
    model = two_sided_autorec(n_rows, n_columns, 8, width=4, offset=data.offset)
    v, m, w, b = plain.get_weights()
    model.get_layer("hidden_1").set_weights([v, m])
    model.get_layer("output").set_weights([w.T, np.ones((4, 8)), b])
    inputs, _ = data.batch(np.arange(5))
    np.testing.assert_allclose(
        model.predict_on_batch(inputs), plain.predict_on_batch(inputs[:2]), atol=1e-5
    )


def test_in_training_a_batch_does_not_see_its_own_rows_in_the_columns(split):
    data = two_sided_task(split, hide=0.0, batch_size=16).data
    batch = np.array([3, 7, 11])
    inputs, _ = data.batch(batch, np.random.default_rng(0))
    column, row, *_ = inputs[2:]
    assert not np.isin(row, batch).any()
    assert len(row) == data.matrix.nnz - data.matrix[batch].nnz
    assert (np.diff(column) >= 0).all()


def test_hidden_ratings_are_made_up_for_by_those_left(split):
    data = two_sided_task(split, hide=0.75, batch_size=16).data
    none = np.array([], int)
    draws = [data.shown(none, np.random.default_rng(i)) for i in range(200)]
    assert np.mean([len(d[0]) for d in draws]) == pytest.approx(data.matrix.nnz / 4, rel=0.05)
    total = np.mean([d[3].sum() for d in draws])
    assert total == pytest.approx(data.cells[3].sum(), rel=0.05)


def test_predicting_reads_everything_and_is_repeatable(split):
    data = two_sided_task(split, hide=0.9, batch_size=16).data
    assert len(data.batch(np.arange(3))[0][2]) == data.matrix.nnz
    fitted = train(split, epochs=2)
    users, movies = split.test["user"], split.test["movie"]
    np.testing.assert_array_equal(fitted.predict(users, movies), fitted.predict(users, movies))


def test_each_epoch_hides_others(split):
    batches = two_sided_task(split, hide=0.5, batch_size=10).x
    keras.utils.set_random_seed(0)
    batches.on_epoch_begin()
    first = batches[0][0][3]
    batches.on_epoch_begin()
    assert not np.array_equal(first, batches[0][0][3])


@pytest.fixture(scope="module")
def trained(split):
    """Trained once for all tests that ask the same one."""
    return cache(partial(train, split, epochs=60))


@pytest.mark.parametrize("side", ["user", "movie"])
def test_it_finds_the_planted_pattern(split, trained, side):
    fitted, test = trained(side=side), split.test
    assert rmse(test["rating"], fitted.predict(test["user"], test["movie"])) < 0.4


def test_same_seed_same_model(split):
    one, two = (train(split, epochs=2) for _ in range(2))
    users, movies = split.test["user"], split.test["movie"]
    np.testing.assert_array_equal(one.predict(users, movies), two.predict(users, movies))


def test_saved_and_loaded_it_predicts_the_same(split, tmp_path):
    fitted = train(split, epochs=1)
    fitted.model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras", compile=False)
    inputs, _ = fitted.task.data.batch(np.arange(4))
    before, after = (m.predict_on_batch(inputs) for m in (fitted.model, again))
    np.testing.assert_allclose(after, before, rtol=1e-6)
    assert again.get_layer("output").kernel_regularizer.l2 == pytest.approx(0.05)


@pytest.mark.parametrize("side", ["user", "movie"])
def test_a_new_user_is_folded_in(split, trained, side):
    fitted = trained(side=side)
    profiles = [p for _, p in split.train.groupby("user")[["movie", "rating"]]]
    users, movies = split.test["user"].to_numpy(), split.test["movie"].to_numpy()
    own, folded = fitted.predict(users, movies), fitted.fold_in(profiles)[users, movies]
    assert np.corrcoef(own, folded)[0, 1] > 0.98


def test_what_is_read_of_a_new_user_counts(split):
    """With the other half of the decoder taken out, the prediction is what reading gives."""
    fitted = train(split, epochs=30)
    decoder = fitted.model.get_layer("output")
    kernel, projection, bias = decoder.get_weights()
    decoder.set_weights([np.zeros_like(kernel), projection, np.zeros_like(bias)])
    decoder.kernel_regularizer.l2 = 1e9  # nothing is left to solve for but the intercept
    own = split.train[split.train["user"] == 4][["movie", "rating"]]
    everything = np.arange(split.n_movies)
    expected = fitted.predict(np.full(split.n_movies, 4), everything)
    folded = fitted.fold_in([own])[0]
    np.testing.assert_allclose(folded - folded.mean(), expected - expected.mean(), atol=0.05)


@pytest.mark.parametrize("hide", [-0.1, 1.0])
def test_a_share_that_is_none_is_refused(split, hide):
    with pytest.raises(ValueError, match=f"hide={hide}"):
        two_sided_task(split, hide=hide, batch_size=16)


def test_a_batch_of_all_rows_would_leave_nothing_to_read(split):
    with pytest.raises(ValueError, match=r"batch_size=30.*fewer than the 30 movies"):
        two_sided_task(split, "movie", batch_size=30)
    assert len(two_sided_task(split, "movie", batch_size=29).x) == 2


def test_plain_rows_draw_no_chance_they_do_not_need(split):
    """Otherwise every seeded result of the other autoencoders would change."""
    batches = row_task(split, "movie", batch_size=16).x
    np.random.seed(0)
    batches.on_epoch_begin()
    after = np.random.random()
    np.random.seed(0)
    np.random.permutation(split.n_movies)
    assert np.random.random() == after
