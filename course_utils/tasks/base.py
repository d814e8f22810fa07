"""What ``fit`` trains on, and how the trained model answers. One subclass a family of models."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import pandas as pd

from course_utils.data.splits import Split
from course_utils.models.folding import Fold


@dataclass(frozen=True, eq=False)
class Task:
    """The data of a model, and the three questions that a trained one answers.

    split: gives the validation ratings and the rating scale. x, y: go to Keras' ``fit`` as they
    are; without ``y``, ``x`` holds whole batches. A family must answer :meth:`predict`. The other
    two have an answer here: a slow one, and none.
    """

    split: Split
    x: Any
    y: np.ndarray | None

    @property
    def users_at_once(self) -> int:
        """How many users :meth:`score` is best asked about in one go."""
        return 512

    def predict(self, model: keras.Model, users: np.ndarray, movies: np.ndarray) -> np.ndarray:
        """Stars of (user, movie) pairs, shape (n_pairs,), not clipped."""
        raise NotImplementedError

    def score(self, model: keras.Model, users: np.ndarray) -> np.ndarray:
        """Stars of all movies for some users, (n_users, n_movies): here one prediction a cell."""
        every = np.arange(self.split.n_movies)
        cells = np.repeat(users, len(every)), np.tile(every, len(users))
        return self.predict(model, *cells).reshape(len(users), len(every))

    def folder(self, model: keras.Model) -> Fold:
        """A function from profiles of new users to stars, (n_profiles, n_movies).

        All that can be computed before the users arrive is computed here, once. Raises TypeError or
        ValueError where a new user would need training.
        """
        raise TypeError(
            f"{model.name!r} has no closed form for a new user: fold into a product, an "
            "autoencoder or a model that reads the history"
        )


def profiles_of(split: Split, users: Sequence[int] | np.ndarray) -> list[pd.DataFrame]:
    """Training ratings of some users in time order, as profiles; empty for one without any."""
    train = split.train[split.train["user"].isin(users)]
    train = train.sort_values(["user", "timestamp"], kind="stable")[["user", "movie", "rating"]]
    of_user = dict(list(train.groupby("user")))
    return [of_user.get(user, train.iloc[:0]) for user in users]
