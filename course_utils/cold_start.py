"""New users: trained without them, asked about them after 0, 1, 2, ... of their ratings."""

from dataclasses import dataclass, replace

import numpy as np

from course_utils.baselines import BiasModel, bias_model, shrunk_mean
from course_utils.data.matrices import rating_matrix
from course_utils.data.new_users import ColdStart
from course_utils.rows import predict_cells
from course_utils.training import Fitted


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
