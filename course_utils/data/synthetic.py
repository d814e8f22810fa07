"""Interactions of the shape of a MovieLens dataset, for measuring memory and speed.

They are drawn from stated distributions and say so: their name begins with ``synthetic-``, and
making them prints a notice. An RMSE on them says nothing about any model.
"""

import warnings

import numpy as np
import pandas as pd

from course_utils.data.movielens import MovieLens

# Users, rated movies and ratings, from the README of each dataset.
SHAPES = {
    "100k": (943, 1_682, 100_000),
    "1m": (6_040, 3_706, 1_000_209),
    "10m": (69_878, 10_677, 10_000_054),
    "25m": (162_541, 59_047, 25_000_095),
    "32m": (200_948, 84_432, 32_000_204),
}
FACTORS, CHUNK = 4, 2_000_000


class SyntheticNotice(UserWarning):
    """These ratings were drawn by a computer."""


def synthetic_ratings(
    shape: str | tuple[int, int, int],
    *,
    activity_sd: float = 1.1,
    popularity: float = 0.6,
    tail: float = 2.0,
    seed: int = 0,
) -> MovieLens:
    """Ratings of a stated shape: (users, movies, ratings), or the name of a dataset, such as "10m".

    - A user's number of ratings is log-normal, with ``activity_sd`` as the sd of its logarithm, and
      at least a tenth of the mean.
    - Movies are drawn by popularity, which falls with the rank r (from 0 to 1) as
      (r + 0.01) ** -popularity · (1 - r) ** tail: a few are rated by many, many by a few.
    - Every user and every movie is rated, no pair twice.
    - Stars are mean + user + movie + a product of 4 factors + noise, rounded to halves from 0.5 to
      5, and timestamps are uniform over 15 years.

    Raises ValueError for an unknown name, or more ratings than half of all cells.
    """
    if isinstance(shape, str) and shape not in SHAPES:
        raise ValueError(f"shape={shape!r}: give one of {', '.join(SHAPES)}, or three numbers")
    n_users, n_movies, n_ratings = SHAPES[shape] if isinstance(shape, str) else shape
    if not max(n_users, n_movies) <= n_ratings <= n_users * n_movies / 2:
        raise ValueError(
            f"ratings={n_ratings}: {n_users} users and {n_movies} movies need at least "
            f"{max(n_users, n_movies)} and at most {n_users * n_movies // 2}"
        )
    name = f"synthetic-{shape}" if isinstance(shape, str) else f"synthetic-{n_ratings}"
    warnings.warn(
        f"{name}: drawn at random, for memory and speed; no score on it means anything",
        SyntheticNotice,
        stacklevel=2,
    )
    rng = np.random.default_rng(seed)
    wanted = _activity(rng, n_users, n_movies, n_ratings, activity_sd)
    ranks = np.arange(n_movies) / n_movies
    key = _pairs(rng, wanted, (ranks + 0.01) ** -popularity * (1 - ranks) ** tail, n_movies)
    user, movie = (key // n_movies).astype("int32"), (key % n_movies).astype("int32")
    ratings = pd.DataFrame(
        {
            "user_id": user + np.int32(1),
            "movie_id": movie + np.int32(1),
            "rating": _stars(rng, user, movie, n_users, n_movies),
            "timestamp": rng.integers(789_652_009, 1_231_131_736, n_ratings),
        },
        copy=False,
    )
    ids = np.arange(1, n_movies + 1, dtype="int32")
    titles = [f"Synthetic movie {i}" for i in ids]
    movies = pd.DataFrame({"movie_id": ids, "title": titles, "genres": ""})
    movies["year"] = pd.array([pd.NA] * n_movies, "Int16")
    return MovieLens(name, ratings, movies, None, (0.5, 5.0), source="a random generator")


def _activity(rng, n_users: int, n_movies: int, n_ratings: int, sd: float) -> np.ndarray:
    """Ratings of each user, shape (n_users,), adding up to n_ratings."""
    mean, high = n_ratings / n_users, n_movies // 2 + 1
    share = rng.lognormal(0.0, sd, n_users)
    count = np.full(n_users, max(1, int(mean / 10)))
    for _ in range(50):  # what the upper limit cuts off is handed to the others
        left = n_ratings - count.sum()
        if left <= n_users:
            break
        still = share * (count < high)
        count = np.minimum(count + (left * still / still.sum()).astype(int), high)
    while left := n_ratings - count.sum():
        count[rng.permutation(np.flatnonzero(count < high))[:left]] += 1
    return count


def _pairs(rng, wanted: np.ndarray, weights: np.ndarray, n_movies: int) -> np.ndarray:
    """user * n_movies + movie of each rating, ascending, without a pair twice."""
    ends = np.cumsum(wanted)
    slots = rng.choice(ends[-1], n_movies, replace=False)  # each movie gets one rating for certain
    sure = np.sort(np.searchsorted(ends, slots, side="right") * n_movies + np.arange(n_movies))
    cuts = np.searchsorted(ends, np.arange(CHUNK, ends[-1], CHUNK))
    chunks = []
    for users in np.split(np.arange(len(wanted)), np.unique(cuts)):
        given = sure[np.isin(sure // n_movies, users)]
        busy = wanted[users] > n_movies / 20
        found = [_of_busy_user(rng, u, wanted[u], weights, given) for u in users[busy]]
        mine = given[np.isin(given // n_movies, users[~busy])]
        found += _of_others(rng, users[~busy], wanted, weights, mine)
        chunks.append(np.sort(np.concatenate(found)))
    return np.concatenate(chunks)


def _of_busy_user(rng, user: int, n: int, weights: np.ndarray, given: np.ndarray) -> np.ndarray:
    """Without replacement in one go: the n smallest waiting times (Efraimidis & Spirakis, 2006)."""
    n_movies = len(weights)
    waiting = rng.exponential(size=n_movies) / weights
    waiting[given[given // n_movies == user] % n_movies] = 0.0
    return user * n_movies + np.argpartition(waiting, n - 1)[:n]


def _of_others(rng, users, wanted, weights, keys) -> list[np.ndarray]:
    """Draw, drop what came twice, draw again for those who miss some."""
    n_movies, cumulated, done = len(weights), np.cumsum(weights), []
    while len(users):
        have = np.bincount(keys // n_movies, minlength=users[-1] + 1)[users]
        short = wanted[users] > have
        full = np.isin(keys // n_movies, users[~short])
        done.append(keys[full])
        drawn = np.repeat(users, wanted[users] - have)
        movie = np.searchsorted(cumulated, rng.random(len(drawn)) * cumulated[-1])
        keys = np.unique(np.concatenate([keys[~full], drawn * n_movies + movie]))
        users = users[short]
    return done


def _stars(rng, user, movie, n_users: int, n_movies: int) -> np.ndarray:
    b_user, b_movie = rng.normal(0, 0.43, n_users), rng.normal(0, 0.55, n_movies)
    p = rng.normal(0, 0.35, (n_users, FACTORS)).astype("float32")
    q = rng.normal(0, 0.7, (n_movies, FACTORS)).astype("float32")
    stars = np.empty(len(user), "float32")
    for start in range(0, len(user), CHUNK):
        part = slice(start, start + CHUNK)
        u, m = user[part], movie[part]
        score = 3.5 + b_user[u] + b_movie[m] + np.einsum("nk,nk->n", p[u], q[m])
        score += rng.normal(0, 0.75, len(u))
        stars[part] = np.clip(np.round(2 * score) / 2, 0.5, 5.0)
    return stars
