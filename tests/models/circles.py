"""Two circles of users, each with a taste; a module apart, for processes that import little."""

import numpy as np

from tests.conftest import movielens


def two_circles(n_users=60, seed=0):
    """Half the users like movies 1 to 10, the other half 11 to 20, in random order."""
    rng = np.random.default_rng(seed)
    rows = []
    for user in range(1, n_users + 1):
        movies = rng.permutation(10)[:8] + 1 + 10 * (user % 2)
        rows += [(user, movie, 4 + (movie % 2), time) for time, movie in enumerate(movies)]
    return movielens(rows)
