"""A new user without training: ridge regression, and profiles as rows of the matrix.

A *profile* is a table with the columns ``movie`` (index) and ``rating`` (stars), in the order in
which the user rated. How each family answers for one stands where the family does.
"""

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
from scipy import sparse

from course_utils.data.matrices import rating_matrix

Fold = Callable[[Sequence[pd.DataFrame]], np.ndarray]

SHRINK = 5.0  # a new user starts with as many ratings of the mean user: bias_model's ``reg``
# What is left of a new user's level when their bias is known; chosen on half of lesson 10's new
# users among 0, 5, 20 and inf.
INTERCEPT = 20.0


def ridge(
    x: np.ndarray, y: np.ndarray, penalty: float, *, intercept_penalty: float = 0.0
) -> tuple[np.ndarray, float]:
    """Weights w and intercept b that minimise Σ (y - x·w - b)² + penalty · |w|².

    intercept_penalty: adds that many b² to the sum; inf leaves the intercept out.
    x: (n, n_features); y: (n,). Solved in the smaller of the two: a dozen ratings and 500 features
    make a 12 × 12 system.
    """
    n, n_features = x.shape
    if n == 0:
        return np.zeros(n_features), 0.0
    penalty = max(penalty, 1e-6)  # keeps the system solvable where no penalty was asked for
    if n <= n_features:
        inner = x @ x.T + penalty * np.eye(n)

        def left_over(values):  # what the best w leaves of them
            return penalty * np.linalg.solve(inner, values)
    else:
        inner = x.T @ x + penalty * np.eye(n_features)

        def left_over(values):
            return values - x @ np.linalg.solve(inner, x.T @ values)

    rest = left_over(np.column_stack([y, np.ones(n)]))
    bias = 0.0
    if not np.isinf(intercept_penalty):
        bias = float(rest[:, 0].sum() / (rest[:, 1].sum() + intercept_penalty))
    return x.T @ (rest[:, 0] - bias * rest[:, 1]) / penalty, bias


def fold_columns(
    codes: np.ndarray,
    penalty: float,
    level: np.ndarray | None = None,
    read: Callable[[np.ndarray, np.ndarray], np.ndarray] | None = None,
    *,
    support: np.ndarray | None = None,
) -> Fold:
    """A new user of an item autoencoder: decoder weights by ridge, the codes of all movies fixed.

    codes: (n_movies, hidden), from the ratings of the users known before. penalty: on the weights.
    level: stars of each movie, to which the user's own bias is added; None where the network says
    everything, and then the intercept is free. read: from a user's (movies, residuals) to weights
    that are theirs before the ridge, (hidden,). support: training ratings of each movie.

    With a level, the user's bias says already how far they are above others. An intercept without a
    penalty says it again, and takes a single rating at its word. So does what all codes have in
    common: with ``support`` the codes lose it, their mean over the training ratings.
    """
    free = level is None
    varied = codes
    if not free and support is not None:
        varied = codes - support @ codes / max(support.sum(), 1)

    def fold_one(profile):
        movies, stars = profile["movie"].to_numpy(), profile["rating"].to_numpy(float)
        own = np.zeros(len(codes)) if free else level + shrunk_bias(profile, level)
        if read is not None:
            own = own + codes @ read(movies, stars - own[movies])
        intercept = 0.0 if free else INTERCEPT
        left = stars - own[movies]
        weights, bias = ridge(varied[movies], left, penalty, intercept_penalty=intercept)
        return own + varied @ weights + bias

    return lambda profiles: np.array([fold_one(p) for p in profiles])


def as_rows(profiles: Sequence[pd.DataFrame], n_movies: int) -> sparse.csr_matrix:
    """Profiles as rows of a rating matrix, CSR of shape (n_profiles, n_movies)."""
    table = pd.concat([p.assign(user=i) for i, p in enumerate(profiles)])
    return rating_matrix(table, (len(profiles), n_movies))


def shrunk_bias(profile: pd.DataFrame, start: np.ndarray) -> float:
    """How many stars a user is above ``start`` (n_movies,), as if by SHRINK more ratings of 0."""
    left = profile["rating"].to_numpy(float) - start[profile["movie"].to_numpy()]
    return float(left.sum() / (len(left) + SHRINK))
