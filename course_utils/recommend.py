"""From predicted stars to a list: unseen movies only, and none that hardly anyone has rated.

And how often predicted stars tell right whether someone liked a movie.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import binomtest

from course_utils.data.splits import Split
from course_utils.protocol import metrics
from course_utils.protocol.evaluation import Predictor


def recommend(
    predictor: Predictor,
    split: Split,
    user: int,
    n: int = 10,
    *,
    minimum_support: int = 0,
    movies: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """The ``n`` movies with the highest prediction among those a user has not rated yet.

    Rated means rated in train or validation.
    user: an index of the split (``split.user_index(2000)`` for MovieLens' user 2000).
    minimum_support: leave out movies with fewer training ratings; a mean of two ratings is luck.
    movies: ``MovieLens.movies``, to add title and year.
    Returns one row a movie, best first: movie_id, stars (clipped to the scale), support. The table
    is shorter than ``n`` if fewer movies are left. Raises ValueError for a user outside the split.
    """
    if not 0 <= user < split.n_users:
        raise ValueError(
            f"user={user} is no index of this split (0 to {split.n_users - 1}); "
            "for a MovieLens id use split.user_index(id)"
        )
    everything = np.arange(split.n_movies)
    stars = np.asarray(predictor.predict(np.full(split.n_movies, user), everything))
    support = np.bincount(split.train["movie"], minlength=split.n_movies)
    known = pd.concat([split.train, split.validation])
    seen = known.loc[known["user"] == user, "movie"]
    table = pd.DataFrame(
        {
            "movie_id": split.movie_ids,
            "stars": np.clip(stars, *split.rating_scale),
            "support": support,
        }
    )
    # Sorted by the unclipped prediction: several movies above 5 stars are not equally good.
    order = np.argsort(-stars, kind="stable")
    open_to_user = ~np.isin(everything, seen) & (support >= minimum_support)
    table = table.iloc[order[open_to_user[order]][:n]].reset_index(drop=True)
    if movies is not None:
        table = table.merge(movies[["movie_id", "title", "year"]], on="movie_id", how="left")
    return table


@dataclass(frozen=True)
class LikeAccuracy:
    """How often "liked or not" was told right. Shares between 0 and 1.

    ``always_liked``: what the answer "liked", given every time, would reach on the same ratings.
    ``interval``: 95 % interval of ``accuracy``: bootstrap over users; for a single user Wilson's,
    over their ratings.
    """

    accuracy: float
    always_liked: float
    interval: tuple[float, float]
    n: int
    n_users: int

    def __str__(self) -> str:
        low, high = self.interval
        return (
            f"{self.accuracy:.1%} of {self.n:,} ratings told right "
            f"(95 % interval {low:.1%} to {high:.1%}); "
            f'"liked" every time: {self.always_liked:.1%}'
        )


def like_accuracy(
    ratings: pd.DataFrame, *, liked: float = 4.0, draws: int = 1000, seed: int = 0
) -> LikeAccuracy:
    """How often a prediction falls on the right side of "liked".

    ratings: columns ``user``, ``rating`` and ``prediction``, in stars, such as ``Scores.ratings``.
    liked: a rating of at least this much. A prediction says "liked" if it *rounds* to as much, so
    from ``liked - 0.5`` on; that is how the 2021 project counted.
    Raises ValueError for an empty table.
    """
    if ratings.empty:
        raise ValueError("ratings is empty: there is nothing to tell right or wrong")
    truth = ratings["rating"].to_numpy() >= liked
    right = truth == (ratings["prediction"].to_numpy() >= liked - 0.5)
    users = ratings["user"].to_numpy()
    n_users = len(np.unique(users))
    if n_users == 1:
        wilson = binomtest(int(right.sum()), len(right)).proportion_ci(method="wilson")
        interval = (float(wilson.low), float(wilson.high))
    else:
        interval = metrics.share_interval(users, right, draws=draws, seed=seed)
    return LikeAccuracy(right.mean(), truth.mean(), interval, len(ratings), n_users)
