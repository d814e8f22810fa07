"""Scores of predicted ratings and of ranked lists, each with its convention stated.

Ratings: :func:`rmse` is what papers report. :func:`per_user_rmse` is what the 2021 project
reported. They differ on the same predictions, so the course always prints both.

Ranking: every movie the user has not seen is ranked, never a sample of them (Krichene & Rendle,
KDD 2020). Users without a relevant movie have no score and do not count.
"""

import numpy as np
import pandas as pd
from scipy import sparse


def rmse(y_true, y_pred) -> float:
    """Root mean squared error over all ratings, in stars. Arrays of shape (n_ratings,)."""
    error = _error(y_true, y_pred)
    return float(np.sqrt(np.mean(error**2)))


def mae(y_true, y_pred) -> float:
    """Mean absolute error over all ratings, in stars. Arrays of shape (n_ratings,)."""
    return float(np.mean(np.abs(_error(y_true, y_pred))))


def per_user_rmse(users, y_true, y_pred) -> float:
    """Mean over users of each user's own RMSE, in stars. Arrays of shape (n_ratings,).

    A user with 2 ratings weighs as much as one with 200. Users without a rating in ``users``
    do not count (the project's Keras metric counted them as 0).
    Source: the 2021 project's ``masked_rmse_clip``.
    """
    return float(rmse_by_user(users, y_true, y_pred)["rmse"].mean())


def rmse_by_user(users, y_true, y_pred) -> pd.DataFrame:
    """One row a user: ``n`` (ratings), ``sse`` (sum of squared errors) and ``rmse`` (stars)."""
    squared = pd.Series(_error(y_true, y_pred) ** 2).groupby(np.asarray(users))
    table = squared.agg(n="size", sse="sum").rename_axis("user")
    return table.assign(rmse=np.sqrt(table["sse"] / table["n"]))


def bootstrap_interval(users, y_true, y_pred, *, level=0.95, draws=1000, seed=0):
    """Interval (low, high) of the global RMSE, in stars, over which users happened to be sampled.

    Whole users are redrawn, because one user's errors resemble each other.
    """
    table = rmse_by_user(users, y_true, y_pred)
    sse, n = redrawn_sums(table[["sse", "n"]].to_numpy(), draws, seed)
    return _interval(np.sqrt(sse / n), level)


def paired_difference(users, y_true, y_pred_a, y_pred_b, *, level=0.95, draws=1000, seed=0):
    """RMSE of a minus RMSE of b on the same ratings, with its interval: (difference, low, high).

    Pairing removes what both find hard, so the interval is far narrower than either model's own.
    Negative means a is better; an interval that excludes 0 means not by luck of the users drawn.
    """
    a, b = rmse_by_user(users, y_true, y_pred_a), rmse_by_user(users, y_true, y_pred_b)
    columns = np.column_stack([a["sse"], b["sse"], a["n"]])
    sse_a, sse_b, n = redrawn_sums(columns, draws, seed)
    values = np.sqrt(sse_a / n) - np.sqrt(sse_b / n)
    return (rmse(y_true, y_pred_a) - rmse(y_true, y_pred_b), *_interval(values, level))


def choose_on_half(y_true, candidates, *, draws: int = 500, seed: int = 0) -> pd.DataFrame:
    """What it does to a score to choose on the ratings it is reported on.

    candidates: predictions of several runs or epochs, shape (n_candidates, n_ratings). Each draw
    splits the ratings into random halves, chooses the candidate with the lowest RMSE on one half
    and scores it on both. Columns: ``chosen_half`` and ``other_half`` (RMSE of the chosen one),
    ``chosen_half_mean`` and ``other_half_mean`` (mean over all candidates: nothing chosen).
    """
    candidates = np.asarray(candidates, float)
    squared = (candidates - np.asarray(y_true, float)) ** 2
    half = squared.shape[1] // 2
    rng = np.random.default_rng(seed)
    rows = []
    for _ in range(draws):
        order = rng.permutation(squared.shape[1])
        here = np.sqrt(squared[:, order[:half]].mean(axis=1))
        there = np.sqrt(squared[:, order[half:]].mean(axis=1))
        best = here.argmin()
        rows.append((here[best], there[best], here.mean(), there.mean()))
    names = ["chosen_half", "other_half", "chosen_half_mean", "other_half_mean"]
    table = pd.DataFrame(rows, columns=names)
    table.attrs["candidates"] = len(candidates)
    return table


def top_k(scores: np.ndarray, seen: sparse.csr_matrix, k: int = 10) -> np.ndarray:
    """The ``k`` best unseen movies of each user, best first: indices of shape (n_users, k).

    scores: (n_users, n_movies), higher is better. seen: same shape, nonzero where to leave out.
    A user with fewer than ``k`` unseen movies gets -1 in the places left over. Of movies with
    equal scores the lower index comes first.
    """
    if scores.shape != seen.shape:
        raise ValueError(f"scores {scores.shape} and seen {seen.shape} must have one shape")
    n_users, n_movies = scores.shape
    padding = np.full((n_users, max(k - n_movies, 0)), -1)
    k = min(k, n_movies)
    if np.isnan(scores).any():
        raise ValueError("scores holds NaN: the model diverged or divided by zero")
    cost = -np.array(scores, dtype=float)
    cost[seen.nonzero()] = np.inf
    # The k-th best is found in linear time; only what is not behind it is then sorted.
    last = np.partition(cost, k - 1, axis=1)[:, [k - 1]]
    ahead, level = cost < last, cost == last
    level &= level.cumsum(axis=1) <= k - ahead.sum(axis=1, keepdims=True)
    best = np.nonzero(ahead | level)[1].reshape(n_users, k)
    order = np.argsort(np.take_along_axis(cost, best, axis=1), axis=1, kind="stable")
    ranked = np.take_along_axis(best, order, axis=1)
    unseen = np.take_along_axis(cost, ranked, axis=1) < np.inf
    return np.hstack([np.where(unseen, ranked, -1), padding])


def ranking_by_user(ranked: np.ndarray, relevant: sparse.csr_matrix) -> pd.DataFrame:
    """``hit`` (0 or 1), ``recall`` and ``ndcg`` of each user with a relevant movie.

    recall: share of a user's relevant movies that are in the list. Some papers divide by
    min(k, relevant) instead, which is larger for users with many. ndcg: a hit at place i is worth
    1 / log2(i + 1); 1 is a list that begins with the user's relevant movies, as many as fit.
    ranked: lists of :func:`top_k`, (n_users, k); relevant: (n_users, n_movies), nonzero where
    relevant. The table's index is the user's row in both.
    """
    discount = 1 / np.log2(np.arange(2, ranked.shape[1] + 2))
    ideal = np.concatenate([[0.0], np.cumsum(discount)])
    hits, count = _hits(ranked, relevant), _counts(relevant)
    user = np.flatnonzero(count)
    hits, count = hits[user], count[user]
    return pd.DataFrame(
        {
            "hit": hits.any(axis=1).astype(float),
            "recall": hits.sum(axis=1) / count,
            "ndcg": hits @ discount / ideal[np.minimum(count, ranked.shape[1])],
        },
        index=pd.Index(user, name="user"),
    )


def mean_interval(values, *, level=0.95, draws=1000, seed=0) -> tuple[float, float]:
    """Interval (low, high) of a mean over users, one value a user, users redrawn.

    For two models give the differences of their values on the same users.
    """
    values = np.asarray(values, float)
    if values.ndim != 1 or len(values) == 0:
        raise ValueError(f"values has shape {values.shape}: give one value a user, (n_users,)")
    (total,) = redrawn_sums(values[:, None], draws, seed)
    return _interval(total / len(values), level)


def share_interval(users, right, *, level=0.95, draws=1000, seed=0) -> tuple[float, float]:
    """Interval (low, high) of the share of ratings that are ``right`` (bool), users redrawn."""
    table = pd.Series(np.asarray(right, float)).groupby(np.asarray(users)).agg(["sum", "size"])
    total, n = redrawn_sums(table.to_numpy(), draws, seed)
    return _interval(total / n, level)


def coverage(ranked: np.ndarray, n_movies: int) -> float:
    """Share of all movies that are recommended to at least one user."""
    return len(np.unique(ranked[ranked >= 0])) / n_movies


def novelty(ranked: np.ndarray, popularity: np.ndarray) -> float:
    """Mean surprise of the recommended movies, in bits: -log2 of the share of users who know it.

    popularity: (n_movies,), share of users with a rating in train; unknown movies count as one
    user in a million rather than as infinitely new.
    """
    shares = np.maximum(np.asarray(popularity, float), 1e-6)
    return float(-np.log2(shares[ranked[ranked >= 0]]).mean())


def _error(y_true, y_pred) -> np.ndarray:
    y_true, y_pred = np.asarray(y_true, float), np.asarray(y_pred, float)
    if y_true.shape != y_pred.shape or y_true.ndim != 1:
        raise ValueError(
            f"y_true {y_true.shape} and y_pred {y_pred.shape} must both be (n_ratings,); "
            "a Keras prediction of shape (n, 1) needs .ravel()"
        )
    if len(y_true) == 0:
        raise ValueError("y_true is empty: an RMSE over no ratings does not exist")
    if not np.isfinite(y_true).all():
        raise ValueError("y_true holds NaN or infinity: leave ratings that do not exist out")
    if not np.isfinite(y_pred).all():
        raise ValueError("y_pred holds NaN or infinity: the model diverged or divided by zero")
    return y_true - y_pred


def redrawn_sums(columns: np.ndarray, draws: int, seed: int) -> np.ndarray:
    """Sums of each column over users drawn with replacement: (n_users, k) gives (k, draws).

    One draw at a time, because all draws at once would take a gigabyte for the largest datasets.
    """
    rng, n_users = np.random.default_rng(seed), len(columns)
    even = np.full(n_users, 1 / n_users)
    return np.array([rng.multinomial(n_users, even) @ columns for _ in range(draws)]).T


def _interval(values: np.ndarray, level: float) -> tuple[float, float]:
    low, high = np.quantile(values, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def _hits(ranked: np.ndarray, relevant: sparse.csr_matrix) -> np.ndarray:
    """True where the movie at that place of the list is relevant, shape (n_users, k)."""
    rows = np.arange(len(ranked))[:, None]
    found = np.asarray(relevant[rows, np.maximum(ranked, 0)].todense()) != 0
    return found & (ranked >= 0)


def _counts(relevant: sparse.csr_matrix) -> np.ndarray:
    return np.asarray((relevant != 0).sum(axis=1)).ravel()
