"""Training on single ratings: a user, a movie, and the stars."""

from dataclasses import dataclass

import numpy as np

from course_utils.data.splits import Split
from course_utils.models.folding import SHRINK, Fold, ridge
from course_utils.tasks.base import Task

PREDICT_BATCH = 65_536


@dataclass(frozen=True, eq=False)
class PairTask(Task):
    """Inputs ``[user, movie]``, target stars: for :mod:`course_utils.models.embedding`."""

    def predict(self, model, users, movies):
        # Not ``model.predict``: it builds a pipeline at each call, and fit calls after each epoch.
        starts = range(0, max(len(users), 1), PREDICT_BATCH)
        parts = [(users[i : i + PREDICT_BATCH], movies[i : i + PREDICT_BATCH]) for i in starts]
        return np.concatenate([model.predict_on_batch(list(part)) for part in parts]).ravel()

    def folder(self, model):
        """mean + b_u + b_i + <p_u, q_i>: for fixed q, the best p_u and b_u are a ridge regression.

        In training each rating adds ``l2`` · |p_u|² to its squared error, so a user with n ratings
        pays n · l2. One with a single rating would pay next to nothing, and is taken to have as
        many as an average user. Any other network of pairs would need training.
        """
        layers = {layer.name: layer for layer in model.layers}
        if "score" not in layers:
            return super().folder(model)
        if layers["stars"].rating_scale is not None:
            raise ValueError(
                "the product goes through a sigmoid, so a new user's vector has no closed form: "
                "build it with rating_scale=None"
            )
        vectors = layers["movie"].get_weights()[0].astype(float)
        start = np.full(len(vectors), layers["stars"].mean)
        biased = "user_bias" in layers
        if biased:
            start += layers["movie_bias"].get_weights()[0].ravel()
        l2, bias_l2 = (
            layers[name].l2 if name in layers else 0.0 for name in ("user_l2", "user_bias_l2")
        )
        train = self.split.train
        average = len(train) / max(train["user"].nunique(), 1)
        return _fold_product(start, vectors, l2, bias_l2 if biased else np.inf, average)


def pair_task(split: Split) -> PairTask:
    """Train on single ratings: inputs ``[user, movie]``, target stars."""
    train = split.train
    x = [train["user"].to_numpy(), train["movie"].to_numpy()]
    return PairTask(split, x, train["rating"].to_numpy())


def _fold_product(
    start: np.ndarray, vectors: np.ndarray, l2: float, bias_l2: float, average: float
) -> Fold:
    def fold_one(profile):
        movies, n = profile["movie"].to_numpy(), max(len(profile), average)
        left = profile["rating"].to_numpy(float) - start[movies]
        level = max(n * bias_l2, SHRINK)
        weights, bias = ridge(vectors[movies], left, n * l2, intercept_penalty=level)
        return start + vectors @ weights + bias

    return lambda profiles: np.array([fold_one(p) for p in profiles])
