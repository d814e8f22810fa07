"""New users: trained without them, asked about them after 0, 1, 2, ... of their ratings."""

from dataclasses import dataclass, replace

import numpy as np

from course_utils.data.matrices import rating_matrix
from course_utils.data.new_users import ColdStart
from course_utils.protocol.training import Fitted
from course_utils.tasks.rows import predict_cells


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
