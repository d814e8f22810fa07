"""New users: trained without them, asked about them after 0, 1, 2, ... of their ratings."""

from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from course_utils.baselines import BiasModel, bias_model, shrunk_mean
from course_utils.matrices import rating_matrix
from course_utils.rows import predict_cells
from course_utils.splits import Split
from course_utils.training import Fitted


@dataclass(frozen=True)
class ColdStart:
    """split: train and validation without the new users, test of nobody else. first: the new
    users' first ratings (user, movie, rating, and ``place`` from 0), which are in no part of it."""

    split: Split
    first: pd.DataFrame = field(repr=False)

    def ratings(self, k: int) -> pd.DataFrame:
        """The first ``k`` ratings of each new user; those for k = 2 contain those for k = 1."""
        return self.first[self.first["place"] < k]


def cold_start(split: Split, *, share: float = 0.2, longest: int = 20, seed: int = 0) -> ColdStart:
    """Make a share of the users new.

    All ratings of a new user are put into random order. The first ``longest`` may be shown to a
    model, the others are test: the same test, however many are shown. A user without more than
    ``longest`` ratings has none in test.
    """
    if not 0 < share < 1:
        raise ValueError(f"share={share}: make more than 0 and less than 1 of the users new")
    rng = np.random.default_rng(seed)
    is_new = np.zeros(split.n_users, bool)
    is_new[rng.permutation(split.n_users)[: max(1, round(share * split.n_users))]] = True
    everything = pd.concat([split.train, split.validation, split.test], ignore_index=True)
    mine = everything[is_new[everything["user"]]]
    mine = mine.iloc[rng.permutation(len(mine))]
    place = mine.groupby("user").cumcount()
    parts = {
        "train": split.train[~is_new[split.train["user"]]],
        "validation": split.validation[~is_new[split.validation["user"]]],
        "test": mine[place >= longest],
    }
    parts = {name: part.reset_index(drop=True) for name, part in parts.items()}
    without = replace(split, name=f"{split.name}-new-users", **parts)
    return ColdStart(without, mine.assign(place=place)[place < longest].reset_index(drop=True))


@dataclass(frozen=True)
class AfterRatings:
    """A network trained on rows of users, shown the first ``k`` ratings of each new user."""

    fitted: Fitted
    cold: ColdStart
    k: int

    @property
    def seed(self) -> int:
        return self.fitted.seed

    def predict(self, users, movies) -> np.ndarray:
        """Predicted stars of each pair, shape (n_pairs,); asked about new users only."""
        shown = rating_matrix(self.cold.ratings(self.k), self.cold.split.shape)
        data = replace(self.fitted.task.data, matrix=shown)
        return predict_cells(self.fitted.model, data, np.asarray(users), np.asarray(movies))


def bias_after(cold: ColdStart, k: int, reg: float = 5.0) -> BiasModel:
    """The bias model of the other users, with each new user's bias from their first ``k`` ratings.

    reg: how many ratings of the mean user a new user starts with.
    """
    bias = bias_model(cold.split)
    shown = cold.ratings(k)
    left = shown["rating"] - bias.mean - bias.movie[shown["movie"]]
    is_new = np.bincount(shown["user"], minlength=cold.split.n_users) > 0
    of_new = shrunk_mean(shown["user"], left, cold.split.n_users, reg)
    return replace(bias, user=np.where(is_new, of_new, bias.user))
