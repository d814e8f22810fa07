"""Users whom no model has seen: train on others, read most of their history, find what came next.

The literature calls this *strong generalisation* (Liang et al., WWW 2018). Here: a tenth of the
users is held out for validation and a tenth for test. Of each held-out user, the last fifth of the
movies they liked is hidden (or, as in that paper, a random fifth). A model reads what is left and
ranks every movie the user has not seen.
"""

from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
from scipy import sparse

from course_utils.data.matrices import rating_matrix
from course_utils.data.movielens import MovieLens
from course_utils.data.splits import Split, indexed

LIKED = 4.0  # stars from which a movie counts as liked


def strong_split(data: MovieLens, *, held_out: float = 0.1, seed: int = 0) -> Split:
    """A split of whole users: ``held_out`` of them for validation, as many for test, at random.

    Raises ValueError if that leaves a part without users.
    """
    table, user_ids, movie_ids = indexed(data)
    each = round(held_out * len(user_ids))
    if not 0 < each < len(user_ids) / 2:
        raise ValueError(
            f"held_out={held_out} takes {each} of {len(user_ids)} users twice: give a share "
            "between 0 and 0.5 that leaves users in each part"
        )
    order = np.random.default_rng(seed).permutation(len(user_ids))
    part_of_user = np.zeros(len(user_ids), int)
    part_of_user[order[:each]], part_of_user[order[each : 2 * each]] = 2, 1
    train, validation, test = (
        table[part_of_user[table["user"]] == part].reset_index(drop=True) for part in range(3)
    )
    scale = data.rating_scale
    return Split("strong", data.name, train, validation, test, user_ids, movie_ids, scale)


def liked_only(split: Split, good: float = LIKED) -> Split:
    """The same split, its train without ratings below ``good`` stars."""
    liked = split.train[split.train["rating"] >= good].reset_index(drop=True)
    return replace(split, train=liked)


@dataclass(frozen=True)
class HeldOutUsers:
    """What a model may read of held-out users, and what it must find.

    history: ratings that may be read, in time order, ``user`` being a row number from 0.
    seen: the same as CSR of (n_users, n_movies), in stars. hidden: 1 where the user came to like
    the movie later. users: the rows' indices in the split.
    """

    part: str
    users: np.ndarray
    history: pd.DataFrame = field(repr=False)
    seen: sparse.csr_matrix = field(repr=False)
    hidden: sparse.csr_matrix = field(repr=False)

    @property
    def liked(self) -> sparse.csr_matrix:
        """1 where the user liked a movie of the history, CSR of (n_users, n_movies)."""
        good = self.history[self.history["rating"] >= LIKED]
        return rating_matrix(good.assign(rating=1.0), self.seen.shape)


def held_out_users(
    split: Split,
    part: str = "validation",
    *,
    share: float = 0.2,
    hide: str = "last",
    seed: int = 0,
) -> HeldOutUsers:
    """Hide a ``share`` of what each held-out user liked, at least one movie.

    hide: the "last" ones, and what a user rated after the first hidden movie is dropped: it lies in
    the future; or "random" ones, drawn with ``seed``, and everything else may be read. Ratings of
    the same second keep their order in the file. Users with fewer than two liked movies are left
    out.
    """
    if hide not in ("last", "random"):
        raise ValueError(f'hide={hide!r}: give "last" or "random"')
    if part not in ("validation", "test"):
        raise ValueError(f'part={part!r}: give "validation" while you choose, "test" once')
    ratings = getattr(split, part).sort_values(["user", "timestamp"], kind="stable")
    liked = ratings["rating"] >= LIKED
    total = liked.groupby(ratings["user"]).transform("sum")
    ratings, liked, total = (table[total >= 2] for table in (ratings, liked, total))
    if ratings.empty:
        raise ValueError(f"{part} of {split!r} has no user with two liked movies: nothing to hide")
    place = np.arange(len(ratings), dtype=float)
    if hide == "random":
        place = np.random.default_rng(seed).random(len(ratings))
    # A liked movie's place among the liked of its user, from the end: 1 is the last.
    rank = pd.Series(place, ratings.index).where(liked).groupby(ratings["user"])
    hidden = liked & (rank.rank(ascending=False) <= np.maximum(np.floor(share * total + 0.5), 1))
    known = ~hidden
    if hide == "last":
        known = ~hidden.groupby(ratings["user"]).cummax()
    users, row = np.unique(ratings["user"], return_inverse=True)
    ratings = ratings.assign(user=row.astype("int32"))
    shape = len(users), split.n_movies
    history = ratings[known].reset_index(drop=True)
    return HeldOutUsers(
        part,
        users,
        history,
        rating_matrix(history, shape),
        rating_matrix(ratings[hidden].assign(rating=1.0), shape),
    )
