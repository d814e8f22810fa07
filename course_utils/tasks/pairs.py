"""Training on single ratings: a user, a movie, and the stars."""

import keras
import numpy as np

from course_utils.data.splits import Split
from course_utils.tasks.base import Task

PREDICT_BATCH = 65_536


def pair_task(split: Split) -> Task:
    """Train on single ratings: inputs ``[user, movie]``, target stars."""
    train = split.train
    x = [train["user"].to_numpy(), train["movie"].to_numpy()]
    return Task(split, x, train["rating"].to_numpy(), _predict_pairs)


def _predict_pairs(model: keras.Model, users: np.ndarray, movies: np.ndarray) -> np.ndarray:
    return model.predict([users, movies], batch_size=PREDICT_BATCH, verbose=0).ravel()
