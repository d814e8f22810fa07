"""What a dataset says about its users: 30 features, groups of users, and models of one group.

MovieLens-100K and 1M publish gender, age and occupation; later sets do not, and
:func:`with_people` says so. Codes never stand alone here: a column carries its label.
"""

from dataclasses import dataclass

import numpy as np

from course_utils.data.splits import Split
from course_utils.evaluate import Predictor


@dataclass(frozen=True)
class SeenFromGroup:
    """A model of everybody, asked by the user numbers of a group's split (see :func:`only`)."""

    predictor: Predictor
    everybody: Split
    group: Split

    def predict(self, users, movies) -> np.ndarray:
        """Predicted stars of each pair, shape (n_pairs,); ``users`` are the group's indices."""
        ids = self.group.user_ids[np.asarray(users)]
        return self.predictor.predict(self.everybody.user_index(ids), np.asarray(movies))
