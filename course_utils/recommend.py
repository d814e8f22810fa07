"""From predicted stars to a list: unseen movies only, and none that hardly anyone has rated."""

import numpy as np
import pandas as pd

from course_utils.evaluate import Predictor
from course_utils.splits import Split


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
