"""Training: reproducible, judged on validation, best weights kept; sweeps in any number of jobs."""

import keras
import numpy as np
import pandas as pd
import pytest

from course_utils.data.splits import random_split
from course_utils.models import baselines, embedding
from course_utils.protocol.callbacks import Peek, PenaltyLog
from course_utils.protocol.metrics import rmse
from course_utils.protocol.sweeps import sweep
from course_utils.protocol.training import Fitted, fit
from course_utils.tasks.pairs import pair_task
from tests.conftest import movielens, random_table_split


@pytest.fixture(scope="module")
def split():
    """Taste on two hidden axes, which no bias can express."""
    rng = np.random.default_rng(0)
    stars = 3 + rng.normal(0, 0.8, (60, 2)) @ rng.normal(0, 0.8, (2, 40))
    users, movies = np.nonzero(rng.random(stars.shape) < 0.7)
    ratings = np.clip(stars[users, movies], 1, 5)
    return random_split(movielens(np.column_stack([users, movies, ratings, users])))


def build_for(split, *, rate=0.02, optimizer=keras.optimizers.Adam, **settings):
    def build():
        mean = float(split.train["rating"].mean())
        model = embedding.biased_dot(*split.shape, 4, mean=mean, **settings)
        model.compile(optimizer(rate), "mse")
        return model

    return build


def train(split, **settings) -> Fitted:
    settings = {"epochs": 4, "batch_size": 256, "progress": False} | settings
    return fit(build_for(split), pair_task(split), **settings)


class Ruin(keras.callbacks.Callback):
    """Spoils the model from one epoch on, more each time."""

    def __init__(self, from_epoch):
        super().__init__()
        self.from_epoch = from_epoch

    def on_train_batch_end(self, batch, logs=None):
        if self.epoch >= self.from_epoch:
            self.model.set_weights([w + 0.5 * self.epoch for w in self.model.get_weights()])

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch = epoch + 1


def predict(fitted, ratings):
    return fitted.predict(ratings["user"], ratings["movie"])


def test_same_seed_same_history_and_predictions_other_seed_others(split):
    first, again, other = (train(split, epochs=2, seed=seed) for seed in (5, 5, 6))
    for column in ("loss", "validation_rmse"):
        assert first.history[column].to_numpy() == pytest.approx(again.history[column], abs=1e-6)
    assert predict(first, split.test) == pytest.approx(predict(again, split.test), abs=1e-6)
    assert abs(predict(first, split.test) - predict(other, split.test)).max() > 1e-3
    assert (first.seed, other.seed) == (5, 6)


def test_it_learns_a_planted_pattern_that_biases_cannot(split):
    fitted = fit(
        build_for(split, rate=0.05), pair_task(split), epochs=12, progress=False, batch_size=128
    )
    learned, biases = (
        rmse(split.test["rating"], predict(model, split.test))
        for model in (fitted, baselines.bias_model(split))
    )
    assert learned < 0.6 * biases


def test_history_has_a_row_an_epoch_with_validation_rmse_in_stars(split):
    fitted = train(split, epochs=3)
    assert fitted.history["epoch"].tolist() == [1, 2, 3]
    assert fitted.history["loss"].is_monotonic_decreasing
    held_out = split.validation
    clipped = np.clip(predict(fitted, held_out), *split.rating_scale)
    reported = fitted.history["validation_rmse"][fitted.best_epoch - 1]
    assert reported == pytest.approx(rmse(held_out["rating"], clipped), abs=1e-6)
    assert fitted.parameters == fitted.model.count_params()
    assert 0 < fitted.history["seconds"].sum() <= fitted.seconds


def test_the_weights_of_the_best_epoch_are_kept(split):
    peek = Peek(pair_task(split), split.test)
    fitted = train(split, epochs=5, patience=None, callbacks=(peek, Ruin(from_epoch=4)))
    assert fitted.best_epoch == 3
    assert len(fitted.history) == 5  # without patience it trains through
    assert fitted.history["validation_rmse"].idxmin() == 2
    kept = np.clip(predict(fitted, split.test), *split.rating_scale)
    assert kept == pytest.approx(peek.predictions[2], abs=1e-6)
    assert abs(kept - peek.predictions[4]).max() > 0.1


def test_the_penalty_is_noted_apart_from_the_errors(split):
    log = PenaltyLog()

    def build():
        stars = keras.layers.Dense(1, kernel_regularizer=keras.regularizers.L2(0.5), name="stars")
        pair = [keras.Input((), name=name) for name in ("user", "movie")]
        model = keras.Model(pair, stars(keras.ops.stack(pair, axis=-1)))
        model.compile(keras.optimizers.Adam(0.001), "mse")
        return model

    task = pair_task(split)
    fitted = fit(build, task, epochs=2, patience=None, progress=False, callbacks=(log,))
    assert len(log.penalties) == 2
    last_epoch_is_best = fitted.best_epoch == 2
    kernel = fitted.model.get_layer("stars").get_weights()[0]
    assert last_epoch_is_best
    assert log.penalties[-1] == pytest.approx(0.5 * (kernel**2).sum(), rel=1e-5)


def test_it_stops_when_patience_epochs_brought_nothing_better(split):
    fitted = train(split, epochs=30, patience=2, callbacks=(Ruin(from_epoch=3),))
    assert (fitted.best_epoch, len(fitted.history)) == (2, 4)


def test_a_refit_copies_no_weights(split, monkeypatch):
    """At 25 million ratings a copy is half a gigabyte."""
    monkeypatch.setattr(keras.Model, "get_weights", lambda model: pytest.fail("copied"))
    train(split.with_validation(), epochs=2)


def test_a_refit_without_validation_trains_every_epoch_and_keeps_the_last(split):
    refit = split.with_validation()
    peek = Peek(pair_task(split), split.test)
    fitted = train(refit, epochs=4, patience=1, callbacks=(peek, Ruin(from_epoch=2)))
    assert (fitted.best_epoch, len(fitted.history)) == (4, 4)
    assert fitted.history["validation_rmse"].isna().all()
    kept = np.clip(predict(fitted, split.test), *split.rating_scale)
    assert kept == pytest.approx(peek.predictions[-1], abs=1e-6)


def test_pairs_are_the_training_ratings_and_nothing_else(split):
    task = pair_task(split)
    assert (task.x[0] == split.train["user"]).all()
    assert (task.x[1] == split.train["movie"]).all()
    assert (task.y == split.train["rating"]).all()


def test_an_uncompiled_model_is_refused_with_a_remedy(split):
    with pytest.raises(ValueError, match=r"compiled keras\.Model: call model\.compile"):
        fit(lambda: embedding.dot(*split.shape, 2), pair_task(split), progress=False)
    with pytest.raises(ValueError, match=r"compiled keras\.Model"):
        fit(lambda: None, pair_task(split), progress=False)


def test_a_loss_that_is_no_longer_finite_ends_training_with_a_remedy(split):
    build = build_for(split, rate=1e20, optimizer=keras.optimizers.SGD)
    with pytest.raises(ValueError, match=r"the loss is (nan|inf) in epoch 1: lower the learning"):
        fit(build, pair_task(split), progress=False)


def squares(seed, width, rate):
    return {"score": width**2 * rate + seed, "worker_result": True}


GRID = {"width": [1, 2, 3], "rate": [0.1, 1.0]}


def test_a_sweep_runs_each_combination_with_each_seed():
    table = sweep(squares, GRID, seeds=(0, 7))
    combinations = table[["width", "rate", "seed"]]
    expected = pd.MultiIndex.from_product([[1, 2, 3], [0.1, 1.0], [0, 7]])
    assert sorted(map(tuple, combinations.to_numpy())) == sorted(expected)
    assert (table["score"] == table["width"] ** 2 * table["rate"] + table["seed"]).all()


def test_two_jobs_give_the_same_table_as_one():
    def trial(seed, width, rate):  # pickled by value, as from a notebook: workers import no Keras
        return {"score": width**2 * rate + seed}

    one, two = (sweep(trial, GRID, seeds=(0, 1), jobs=jobs) for jobs in (1, 2))
    pd.testing.assert_frame_equal(one, two)


def test_a_sweep_without_a_grid_is_its_seeds():
    assert sweep(lambda seed: {"twice": 2 * seed}, {}, seeds=(3, 4))["twice"].tolist() == [6, 8]


def test_a_user_with_one_rating_does_not_disturb_training():
    split = random_table_split(counts=[1, 1, 20])
    assert np.isfinite(train(split, epochs=1).history["loss"]).all()


def test_no_epochs_is_refused():
    with pytest.raises(ValueError, match="epochs=0: train for at least 1 epoch"):
        fit(lambda: None, None, epochs=0)
