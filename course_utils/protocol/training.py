"""Training with the course's habits: seeds, best weights by validation RMSE, early stopping.

Every choice, the epoch included, is made on validation's *global* RMSE; for a model that predicts
no stars, on another score of validation (``choose_by``). Test is never seen here.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import keras
import numpy as np
import pandas as pd
from tqdm.auto import tqdm

from course_utils.models.folding import Fold
from course_utils.protocol.metrics import rmse
from course_utils.protocol.provenance import how_compiled, outcome
from course_utils.tasks.base import Task


@dataclass(frozen=True)
class Fitted:
    """A trained model with its learning curve: it predicts, scores lists and folds in new users.

    history: one row an epoch with ``epoch`` (from 1), ``loss`` (what was minimised, penalty
    included), ``validation_rmse`` (global, stars; or what else was chosen by) and ``seconds``.
    recipe: what a row of results must say of a training, read off the compiled model rather than
    typed: optimizer, rate, schedule, loss, initializer, epochs, batch_size, patience; and what came
    of it: best_epoch and the curve of validation.
    """

    model: keras.Model
    task: Task = field(repr=False)
    history: pd.DataFrame = field(repr=False)
    best_epoch: int
    seconds: float
    seed: int
    recipe: dict[str, Any] = field(repr=False, default_factory=dict)

    @property
    def parameters(self) -> int:
        return self.model.count_params()

    def predict(self, users, movies) -> np.ndarray:
        """Predicted stars of each pair, shape (n_pairs,), not clipped."""
        return self.task.predict(self.model, np.asarray(users), np.asarray(movies))

    def score(self, users) -> np.ndarray:
        """Predicted stars of all movies for some users, (n_users, n_movies), not clipped."""
        return self.task.score(self.model, np.asarray(users))

    def fold_in(self, profiles: Sequence[pd.DataFrame]) -> np.ndarray:
        """The same for new users, by what they rated: (n_profiles, n_movies).

        profiles: see :mod:`course_utils.models.folding`. The first call prepares what all need.
        """
        return self._fold(profiles)

    @property
    def users_at_once(self) -> int:
        return self.task.users_at_once

    @cached_property
    def _fold(self) -> Fold:
        return self.task.folder(self.model)


def fit(
    build: Callable[[], keras.Model],
    task: Task,
    *,
    epochs: int = 20,
    batch_size: int = 1024,
    patience: int | None = 3,
    seed: int = 0,
    progress: bool = True,
    callbacks: tuple[keras.callbacks.Callback, ...] = (),
    choose_by: Callable[[keras.Model], float] | None = None,
) -> Fitted:
    """Build and train a model; keep the weights of its best validation epoch.

    build: returns a *compiled* model; called after the seed is set, so that the same seed gives
    the same initial weights, batches and dropout.
    patience: stop after this many epochs without a better validation RMSE; None trains through.
    Without validation ratings (a refit) the last epoch is kept and nothing is chosen.
    choose_by: scores the model on validation in the RMSE's place, *higher* being better. Its name
    is the column's: ``validation_ndcg``.
    Raises ValueError if ``build`` does not return a compiled model or the loss stops being finite.
    """
    if epochs < 1:
        raise ValueError(f"epochs={epochs}: train for at least 1 epoch")
    keras.utils.set_random_seed(seed)
    model = build()
    if not isinstance(model, keras.Model) or not model.compiled:
        raise ValueError("build must return a compiled keras.Model: call model.compile(...) in it")
    watch = _Watch(task, epochs, patience, progress, choose_by)
    start = time.perf_counter()
    model.fit(
        task.x,
        task.y,
        batch_size=None if task.y is None else batch_size,
        epochs=epochs,
        verbose=0,
        callbacks=[watch, *callbacks],
    )
    seconds = time.perf_counter() - start
    history = pd.DataFrame(watch.rows)
    asked = {"epochs": epochs, "batch_size": batch_size, "patience": patience}
    if task.y is None:  # the task cuts its own batches
        asked["batch_size"] = getattr(task.x, "batch_size", None)
    recipe = asked | how_compiled(model) | outcome(history, watch.best_epoch)
    return Fitted(model, task, history, watch.best_epoch, seconds, seed, recipe)


def compiled(
    model: keras.Model,
    loss: str | Callable,
    rate: float = 1e-3,
    *,
    steps: int | None = None,
    **options: Any,
) -> keras.Model:
    """The model, compiled with Adam, as ``build`` hands it to :func:`fit`.

    steps: over so many batches (epochs times batches an epoch) the rate falls to 0 along a cosine.
    options: of Keras' ``compile``.
    """
    schedule = keras.optimizers.schedules.CosineDecay(rate, steps) if steps else rate
    model.compile(keras.optimizers.Adam(schedule), loss, **options)
    return model


class _Watch(keras.callbacks.Callback):
    """Scores validation after each epoch, keeps the best weights, stops when nothing improves."""

    def __init__(self, task: Task, epochs: int, patience: int | None, progress: bool, choose_by):
        super().__init__()
        self.task, self.patience, self.choose_by = task, patience, choose_by
        self.name = choose_by.__name__ if choose_by else "validation_rmse"
        self.rows: list[dict[str, float]] = []
        self.best_epoch = 0
        self._best_cost, self._best_weights = np.inf, None
        self._bar = tqdm(total=epochs, unit="epoch", leave=False, disable=not progress)

    def on_epoch_begin(self, epoch, logs=None):
        self._start = time.perf_counter()

    def on_epoch_end(self, epoch, logs=None):
        if not np.isfinite(logs["loss"]):
            raise ValueError(
                f"the loss is {logs['loss']} in epoch {epoch + 1}: lower the learning "
                "rate, or check the targets for NaN"
            )
        seconds = time.perf_counter() - self._start
        held_out = self.task.split.validation
        score = np.nan
        if not held_out.empty and self.choose_by:
            score = self.choose_by(self.model)
        elif not held_out.empty:
            score = rmse(held_out["rating"], clipped_stars(self.model, self.task, held_out))
        cost = -score if self.choose_by else score
        self.rows.append(
            {"epoch": epoch + 1, "loss": logs["loss"], self.name: score, "seconds": seconds}
        )
        self._bar.update()
        self._bar.set_postfix_str(f"{self.name.replace('_', ' ')} {score:.4f}")
        if held_out.empty:  # nothing to choose by: the last epoch wins, and needs no copy
            self.best_epoch = epoch + 1
        elif not cost >= self._best_cost:  # also true for NaN
            self._best_cost, self.best_epoch = cost, epoch + 1
            self._best_weights = None  # free the old copy before the new one is made
            self._best_weights = self.model.get_weights()
        elif self.patience is not None and epoch + 1 - self.best_epoch >= self.patience:
            self.model.stop_training = True

    def on_train_end(self, logs=None):
        self._bar.close()
        if self._best_weights is not None:
            self.model.set_weights(self._best_weights)


def clipped_stars(model: keras.Model, task: Task, ratings: pd.DataFrame) -> np.ndarray:
    """Stars by the model as it is now, clipped to the scale."""
    stars = task.predict(model, ratings["user"].to_numpy(), ratings["movie"].to_numpy())
    return np.clip(stars, *task.split.rating_scale)
