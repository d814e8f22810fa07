"""What the tests share: quiet TensorFlow, and MovieLens objects built in memory."""

import os

# Before any test imports Keras: a quiet TensorFlow, with its fast kernels and memory pool
# on where it would leave them off: 2 to 3 times faster on processors without AVX-512.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
os.environ["COURSE_PROGRESS"] = "off"  # what the tests try is nobody's progress

import numpy as np
import pandas as pd
import pytest

from course_utils.data.movielens import MovieLens
from course_utils.data.splits import Split, random_split


@pytest.fixture(autouse=True)
def nobody_has_tried_yet():
    """What one test tried is not the next one's third try."""
    from course_utils.checks import record

    record._unkept.clear()


RATING_DTYPES = {
    "user_id": "int32",
    "movie_id": "int32",
    "rating": "float32",
    "timestamp": "int64",
}


def movielens(rows, rating_scale=(1.0, 5.0), name="tiny") -> MovieLens:
    """A dataset of ratings given as (user_id, movie_id, rating, timestamp)."""
    ratings = pd.DataFrame(rows, columns=list(RATING_DTYPES)).astype(RATING_DTYPES)
    movies = pd.DataFrame({"movie_id": np.unique(ratings["movie_id"])})
    return MovieLens(name, ratings, movies, None, rating_scale)


def random_movielens(counts, seed=0, n_movies=40, moments=1000, **settings) -> MovieLens:
    """One user for each of ``counts`` ratings; ids with gaps, ``moments`` different times."""
    rng = np.random.default_rng(seed)
    user_ids = np.repeat(rng.choice(1000, len(counts), replace=False) + 1, counts)
    catalogue = rng.choice(500, n_movies, replace=False) + 1
    movie_ids = np.concatenate([rng.choice(catalogue, n, replace=False) for n in counts])
    stars = rng.integers(1, 6, len(user_ids))
    times = rng.integers(0, moments, len(user_ids))
    rows = np.column_stack([user_ids, movie_ids, stars, times])
    return movielens(rng.permutation(rows), **settings)


def random_table_split(counts=(12, 9, 15, 20, 7), seed=0, **settings) -> Split:
    return random_split(random_movielens(counts, seed, **settings), held_out=0.2)


def part(rows) -> pd.DataFrame:
    """One part of a split from (user index, movie index, stars)."""
    table = pd.DataFrame(rows, columns=["user", "movie", "rating"])
    dtypes = {"user": "int32", "movie": "int32", "rating": "float32"}
    return table.astype(dtypes).assign(timestamp=np.arange(len(table)))


def hand_split(train, test=(), validation=(), n_users=None, n_movies=None, **settings) -> Split:
    """A split written down rating by rating; users and movies of no rating stay cold."""
    parts = [part(list(rows)) for rows in (train, validation, test)]
    both = pd.concat(parts)
    n_users = n_users or int(both["user"].max()) + 1
    n_movies = n_movies or int(both["movie"].max()) + 1
    settings = {"name": "by_hand", "dataset": "tiny", "rating_scale": (1.0, 5.0)} | settings
    return Split(
        train=parts[0],
        validation=parts[1],
        test=parts[2],
        user_ids=10 * np.arange(1, n_users + 1),
        movie_ids=100 * np.arange(1, n_movies + 1),
        **settings,
    )
