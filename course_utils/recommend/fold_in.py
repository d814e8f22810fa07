"""A new user, without training: what a fitted model answers after a dozen ratings.

A model knows its users by what they rated. To *fold in* a new one is to solve for what is theirs
alone and to leave the rest of the model as it is. Each family does it where it lives, as
``model.fold_in(profiles)``:

=====================  ============================================================
bias model             their bias: a mean, shrunk
biased dot product     their vector and bias: a ridge regression on the movies' vectors
rows are users         nothing: their ratings are a row, one forward pass
rows are movies        their column of the decoder: a ridge regression on the movies' codes
two-sided              the same, for what reading their ratings leaves over
item-kNN, EASE         nothing: their row times the matrix
item2vec               nothing: the mean vector of the movies they liked
transformer            their vector and bias, once more by ridge: their history is its input
popularity             nothing at all
blend                  what its members need
=====================  ============================================================
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol, cast

import numpy as np
import pandas as pd

from course_utils.data.matrices import rating_matrix
from course_utils.data.new_users import ColdStart
from course_utils.models.folding import Fold
from course_utils.protocol.training import Fitted
from course_utils.tasks.rows import RowTask, predict_cells


class FoldsIn(Protocol):
    """A model that answers for new users."""

    def fold_in(self, profiles: Sequence[pd.DataFrame]) -> np.ndarray:
        """Stars (not clipped) or scores of all movies, shape (n_profiles, n_movies)."""
        ...


def without_each(fold: Fold, profile: pd.DataFrame) -> np.ndarray:
    """What each rating does for each movie: its score minus its score without that rating.

    Shape (n_ratings, n_movies). Large and positive: "because you rated this".
    """
    profiles = [profile, *(profile.drop(index=i) for i in profile.index)]
    scores = fold(profiles)
    return scores[0] - scores[1:]


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
        data = replace(cast(RowTask, self.fitted.task).data, matrix=shown)
        return predict_cells(self.fitted.model, data, np.asarray(users), np.asarray(movies))
