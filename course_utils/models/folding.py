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


def as_rows(profiles: Sequence[pd.DataFrame], n_movies: int) -> sparse.csr_matrix:
    """Profiles as rows of a rating matrix, CSR of shape (n_profiles, n_movies)."""
    table = pd.concat([p.assign(user=i) for i, p in enumerate(profiles)])
    return rating_matrix(table, (len(profiles), n_movies))


def shrunk_bias(profile: pd.DataFrame, start: np.ndarray) -> float:
    """How many stars a user is above ``start`` (n_movies,), as if by SHRINK more ratings of 0."""
    left = profile["rating"].to_numpy(float) - start[profile["movie"].to_numpy()]
    return float(left.sum() / (len(left) + SHRINK))
