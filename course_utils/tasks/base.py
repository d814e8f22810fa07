"""What ``fit`` trains on: the data of a model, and how the trained model answers."""

from collections.abc import Callable
from dataclasses import dataclass

import keras
import numpy as np

from course_utils.data.splits import Split


@dataclass(frozen=True)
class Task:
    """What :func:`fit` trains on and how the trained model answers for (user, movie) pairs.

    ``x`` and ``y`` go to Keras' ``fit`` as they are. ``predict(model, users, movies)`` returns
    stars of shape (n_pairs,). ``split`` gives the validation ratings and the rating scale.
    ``data``: what a model may need to be built (:class:`course_utils.tasks.rows.Rows`).
    """

    split: Split
    x: object
    y: object
    predict: Callable[[keras.Model, np.ndarray, np.ndarray], np.ndarray]
    data: object = None
