"""Dividing ratings into train, validation and test, and giving users and movies indices.

The protocol's splits:

=========================  =========================================================
``random_split``           80/10/10 of each user's ratings, at random (primary)
``original_split``         the 2021 project's 81/9/10 (for comparing on MovieLens-1M)
``user_temporal_split``    each user's last ratings are held out (honest about the user)
``global_temporal_split``  everything after one date is held out (strictest)
``leave_one_out_split``    each user's last rating is test, the one before it validation
=========================  =========================================================
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from course_utils.data.movielens import MovieLens


@dataclass(frozen=True)
class Split:
    """Three tables of ratings, and the ids behind their indices.

    ``train``, ``validation`` and ``test`` have the columns ``user`` and ``movie`` (int32 indices,
    0 to n - 1), ``rating`` (float32, in stars) and ``timestamp`` (int64, seconds).
    ``user_ids[index]`` and ``movie_ids[index]`` give back MovieLens' own ids.
    """

    name: str
    dataset: str
    train: pd.DataFrame
    validation: pd.DataFrame
    test: pd.DataFrame
    user_ids: np.ndarray
    movie_ids: np.ndarray
    rating_scale: tuple[float, float]

    @property
    def n_users(self) -> int:
        return len(self.user_ids)

    @property
    def n_movies(self) -> int:
        return len(self.movie_ids)

    @property
    def shape(self) -> tuple[int, int]:
        """(n_users, n_movies): the shape of the rating matrix."""
        return self.n_users, self.n_movies

    @property
    def support(self) -> np.ndarray:
        """Training ratings of each movie, shape (n_movies,)."""
        return np.bincount(self.train["movie"], minlength=self.n_movies)

    def user_index(self, user_ids) -> np.ndarray:
        """Indices of MovieLens user ids; an unknown id raises KeyError."""
        return _index_of(user_ids, self.user_ids, "user")

    def movie_index(self, movie_ids) -> np.ndarray:
        """Indices of MovieLens movie ids; an unknown or never rated id raises KeyError."""
        return _index_of(movie_ids, self.movie_ids, "movie")

    def is_warm(self, ratings: pd.DataFrame) -> np.ndarray:
        """True for each rating whose user has at least one rating in train."""
        return np.isin(ratings["user"], self.train["user"].unique())

    def with_validation(self) -> "Split":
        """The same split with validation added to train, for a refit with settings already chosen.

        ``validation`` is then empty, so that nothing can be chosen any more. Raises ValueError
        where validation is reported as test, as in :func:`validation_only_split`.
        """
        if self.test is self.validation:
            raise ValueError(
                f"{self!r} reports its validation ratings: trained on them, a model would be "
                "scored on what it has seen; use another split"
            )
        return Split(
            name=f"{self.name}-refit",
            dataset=self.dataset,
            train=pd.concat([self.train, self.validation], ignore_index=True),
            validation=self.validation.iloc[:0],
            test=self.test,
            user_ids=self.user_ids,
            movie_ids=self.movie_ids,
            rating_scale=self.rating_scale,
        )

    def __repr__(self) -> str:
        parts = " / ".join(f"{len(p):,}" for p in (self.train, self.validation, self.test))
        return f"Split({self.dataset}, {self.name}: {parts} ratings)"


def primary_split(data: MovieLens) -> Split:
    """The split the course's tables use: the project's own on ml-1m, a random one elsewhere."""
    return original_split(data) if data.name == "ml-1m" else random_split(data)


def random_split(data: MovieLens, *, held_out: float = 0.1, seed: int = 0) -> Split:
    """Hold out ``held_out`` of each user's ratings for validation and as many for test, at random.

    A user with so few ratings that ``held_out`` of them rounds to none stays in train, and
    train keeps at least one rating of every user.
    """
    _check_fraction(held_out)
    order = np.random.default_rng(seed).permutation(len(data.ratings))
    return _split(data, "random", _last_of_each_user(data.ratings, order, held_out))


def user_temporal_split(data: MovieLens, *, held_out: float = 0.1) -> Split:
    """Hold out each user's latest ratings: test comes after validation, validation after train.

    Honest about this user, not about the others: nearly every test rating is older than some
    training rating of somebody else. Ratings of one user in the same second keep their order in the
    file.
    """
    _check_fraction(held_out)
    _check_times(data)
    order = np.argsort(np.argsort(data.ratings["timestamp"].to_numpy(), kind="stable"))
    return _split(data, "user_temporal", _last_of_each_user(data.ratings, order, held_out))


def global_temporal_split(data: MovieLens, *, held_out: float = 0.1) -> Split:
    """Hold out all ratings after one date. Users and movies unseen in train are *cold*.

    Ratings of the same second are never divided, so the shares are approximate.
    """
    _check_fraction(held_out)
    _check_times(data)
    time = data.ratings["timestamp"].to_numpy()
    starts = np.quantile(time, [1 - 2 * held_out, 1 - held_out], method="nearest")
    return _split(data, "global_temporal", np.searchsorted(starts, time, side="left"))


def leave_one_out_split(data: MovieLens, *, ties: str = "draw", seed: int = 0) -> Split:
    """Hold out each user's last rating for test, and the one before it for validation.

    What papers on next-item prediction use. Honest about this user, not about the others: train
    holds ratings of theirs that are years younger. ties: which of several ratings of the last
    second is the last is drawn with ``seed``; "file" takes the file's order, as those papers do.
    Users with fewer than three ratings stay in train.
    """
    if ties not in ("draw", "file"):
        raise ValueError(f'ties={ties!r}: give "draw" or "file"')
    _check_times(data)
    times, users = (data.ratings[name].to_numpy() for name in ("timestamp", "user_id"))
    drawn = np.random.default_rng(seed).random(len(times)) * (ties == "draw")
    order = np.lexsort((drawn, times, users))
    part, place = np.zeros(len(times), int), np.empty(len(times), int)
    first = np.searchsorted(users[order], users)
    place[order] = np.arange(len(times))
    count = pd.Series(users).groupby(users).transform("size").to_numpy()
    from_the_end = count - 1 - (place - first)
    part[(from_the_end == 1) & (count > 2)] = 1
    part[(from_the_end == 0) & (count > 2)] = 2
    return _split(data, "leave_one_out" if ties == "draw" else "leave_one_out_file", part)


def original_split(data: MovieLens) -> Split:
    """The 2021 project's split: ``train_test_split(test_size=.1, stratify=user)`` applied twice.

    81/9/10. On MovieLens-1M it is theirs row by row: 810,169 / 90,019 / 100,021 ratings.
    """
    from sklearn.model_selection import train_test_split  # slow, and no other split needs it

    users = data.ratings["user_id"].to_numpy()
    seen, test = train_test_split(
        np.arange(len(users)), test_size=0.1, stratify=users, random_state=999613182
    )
    _, validation = train_test_split(
        seen, test_size=0.1, stratify=users[seen], random_state=999613182
    )
    part = np.zeros(len(users), int)
    part[validation], part[test] = 1, 2
    return _split(data, "original", part)


def validation_only_split(data: MovieLens, *, seed: int = 32) -> Split:
    """How the 2021 baselines were scored: a random tenth is validation *and* reported.

    Choosing the best epoch on the reported ratings flatters the result; here only to reproduce it.
    """
    ratings = data.ratings.reset_index(drop=True)
    shuffled = ratings.sample(frac=1, random_state=seed).index.to_numpy()
    part = np.zeros(len(shuffled), int)
    part[shuffled[int(len(shuffled) * 0.9) :]] = 1
    split = _split(data, "validation_only", part)
    return Split(**{**vars(split), "test": split.validation})


def _last_of_each_user(ratings: pd.DataFrame, order: np.ndarray, held_out: float) -> np.ndarray:
    """Part of each rating (0 train, 1 validation, 2 test) when users are cut along ``order``."""
    by_user = pd.Series(order).groupby(ratings["user_id"].to_numpy())
    count = by_user.transform("size").to_numpy()
    from_the_end = count - by_user.rank(method="first").to_numpy()
    each = np.floor(held_out * count + 0.5)
    each = np.minimum(each, (count - 1) // 2)  # train keeps at least one
    return np.where(from_the_end < each, 2, np.where(from_the_end < 2 * each, 1, 0))


def _split(data: MovieLens, name: str, part: np.ndarray) -> Split:
    """Compact the ids once, over all parts, then divide: an index means the same everywhere."""
    table, user_ids, movie_ids = indexed(data)
    train, validation, test = (table[part == p].reset_index(drop=True) for p in range(3))
    return Split(name, data.name, train, validation, test, user_ids, movie_ids, data.rating_scale)


def indexed(data: MovieLens) -> tuple[pd.DataFrame, np.ndarray, np.ndarray]:
    """(ratings with ``user`` and ``movie`` indices, user id of each index, movie id of each)."""
    user_ids, user = np.unique(data.ratings["user_id"], return_inverse=True)
    movie_ids, movie = np.unique(data.ratings["movie_id"], return_inverse=True)
    table = pd.DataFrame(
        {
            "user": user.astype("int32"),
            "movie": movie.astype("int32"),
            "rating": data.ratings["rating"].to_numpy("float32"),
            "timestamp": data.ratings["timestamp"].to_numpy("int64"),
        }
    )
    return table, user_ids, movie_ids


def _index_of(ids, known: np.ndarray, what: str) -> np.ndarray:
    ids = np.asarray(ids)
    if ids.dtype.kind not in "iu" and not (ids.dtype.kind == "f" and np.all(ids % 1 == 0)):
        raise TypeError(f"{what} ids are whole numbers, these are {ids.dtype}: {ids.ravel()[:3]}")
    index = np.minimum(np.searchsorted(known, ids), len(known) - 1)
    unknown = known[index] != ids
    if unknown.any():
        first = ids[unknown][0]  # also of a single id: a mask makes it one-dimensional
        raise KeyError(f"{what} id {first} has no rating in this dataset; see split.{what}_ids")
    return index


def _check_fraction(held_out: float) -> None:
    if not 0 < held_out < 0.4:
        raise ValueError(
            f"held_out={held_out}: give a share between 0 and 0.4, such as 0.1; "
            "it is held out twice, once for validation and once for test"
        )


def _check_times(data: MovieLens) -> None:
    times = data.ratings["timestamp"]
    if len(times) >= 1000 and times.nunique() == 1:  # fewer may well fall into one second
        raise ValueError(
            f"all ratings of {data.name} have the same time: they have no order to split by; use "
            "random_split(data), or load an archive with times"
        )


def in_time_order(ratings: pd.DataFrame) -> pd.DataFrame:
    """The ratings sorted by user, then time. Ties keep their order in the table (a stable sort)."""
    order = np.lexsort((ratings["timestamp"].to_numpy(), ratings["user"].to_numpy()))
    return ratings.iloc[order].reset_index(drop=True)
