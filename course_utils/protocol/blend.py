"""Blending: one prediction from several models, their weights fitted on validation.

Models that are wrong on different ratings correct each other. :func:`fit_blend` finds how much of
each to take by least squares on *validation* predictions. Test has no say, and neither has train:
there the model that learned most by heart would get all the weight.
Source: Breiman, "Stacked regressions", 1996; Töscher, Jahrer and Bell, "The BigChaos solution to
the Netflix grand prize", 2009.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.optimize import nnls

from course_utils.protocol.metrics import rmse
from course_utils.protocol.training import Fitted

Predictions = Mapping[str, np.ndarray]


@dataclass(frozen=True)
class Blend:
    """intercept + Σ weight · prediction, in stars. ``weights``: model → weight."""

    weights: dict[str, float]
    intercept: float

    def __call__(self, predictions: Predictions) -> np.ndarray:
        """Blended stars, shape (n_ratings,), not clipped.

        predictions: model → stars, shape (n_ratings,); models without a weight are ignored.
        """
        if missing := set(self.weights) - set(predictions):
            raise ValueError(
                f"no predictions of {', '.join(sorted(missing))}: the blend needs them"
            )
        parts = [w * np.asarray(predictions[name], float) for name, w in self.weights.items()]
        return self.intercept + np.sum(parts, axis=0)


def fit_blend(
    predictions: Predictions, ratings: np.ndarray, *, ridge: float = 1.0, nonnegative: bool = False
) -> Blend:
    """Least squares of ``ratings`` on the models' predictions, with an intercept.

    predictions: model → stars of the *validation* ratings, each (n_ratings,). ratings: the true
    stars. ridge: draws the weights towards an equal share each, as if by that many ratings of
    variance 1; models this much alike otherwise get large weights of opposite sign.
    nonnegative: allow no weight below 0 (no ridge then).
    """
    names, x, y = _table(predictions, ratings)
    mean_x, mean_y = x.mean(axis=0), y.mean()
    x, left = x - mean_x, y - mean_y
    if nonnegative:
        weights, _ = nnls(x, left)
    else:
        share = np.full(len(names), 1 / len(names))
        gram = x.T @ x + ridge * np.eye(len(names))
        weights = share + np.linalg.solve(gram, x.T @ (left - x @ share))
    return Blend(dict(zip(names, weights.tolist(), strict=True)), float(mean_y - mean_x @ weights))


def mean_blend(predictions: Predictions) -> Blend:
    """The plain mean: nothing to fit, so nothing to fit too closely."""
    return Blend(dict.fromkeys(predictions, 1 / len(predictions)), 0.0)


@dataclass(frozen=True)
class Blended:
    """Several models and a blend of them: it predicts, scores lists and folds in as they do."""

    blend: Blend
    models: Mapping[str, Fitted]
    seed: int = 0

    def predict(self, users, movies) -> np.ndarray:
        """Predicted stars of each pair, shape (n_pairs,), not clipped."""
        return self.blend({name: m.predict(users, movies) for name, m in self.models.items()})

    def score(self, users) -> np.ndarray:
        """Predicted stars of all movies for some users, (n_users, n_movies), not clipped."""
        return self.blend({name: m.score(users) for name, m in self.models.items()})

    def fold_in(self, profiles) -> np.ndarray:
        """The same for new users, by what they rated: (n_profiles, n_movies)."""
        return self.blend({name: m.fold_in(profiles) for name, m in self.models.items()})

    @property
    def parameters(self) -> int:
        return sum(m.parameters for m in self.models.values()) + len(self.blend.weights) + 1

    @property
    def seconds(self) -> float:
        return sum(getattr(m, "seconds", 0.0) for m in self.models.values())


def error_correlation(predictions: Predictions, ratings: np.ndarray) -> pd.DataFrame:
    """Correlation of the models' errors: 1 where two are always wrong together."""
    names, x, y = _table(predictions, ratings)
    return pd.DataFrame(np.corrcoef(x - y[:, None], rowvar=False), names, names)


def without_one(
    fit_on: Predictions, fit_ratings: np.ndarray, score_on: Predictions, score_ratings: np.ndarray
) -> pd.DataFrame:
    """What each model brings: the blend fitted again without it.

    One row a model: ``weight`` in the full blend, ``alone`` (the model's own RMSE), ``without``
    (RMSE of the blend of the others) and ``brings`` (``without`` minus the full blend's RMSE).
    """
    full = fit_blend(fit_on, fit_ratings)
    score = rmse(score_ratings, full(score_on))
    rows = []
    for name in fit_on:
        others = fit_blend({k: v for k, v in fit_on.items() if k != name}, fit_ratings)
        without = rmse(score_ratings, others(score_on))
        rows.append(
            {
                "model": name,
                "weight": full.weights[name],
                "alone": rmse(score_ratings, score_on[name]),
                "without": without,
                "brings": without - score,
            }
        )
    return pd.DataFrame(rows).set_index("model")


def _table(predictions: Predictions, ratings) -> tuple[list[str], np.ndarray, np.ndarray]:
    y = np.asarray(ratings, float)
    for name, stars in predictions.items():
        if np.shape(stars) != y.shape:
            raise ValueError(
                f"{name} predicts shape {np.shape(stars)}, ratings have {y.shape}: one value a "
                "rating, of the same part of the split"
            )
        if not np.isfinite(stars).all():
            raise ValueError(f"{name} predicts NaN or infinity")
    if len(predictions) < 2:
        raise ValueError(f"a blend needs two models or more, got {list(predictions)}")
    return list(predictions), np.column_stack([*predictions.values()]).astype(float), y
