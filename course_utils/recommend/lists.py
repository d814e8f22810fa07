"""From predicted stars to lists: for one user, and for everybody, scored by full ranking.

A list holds the movies with the highest scores among all that the user has not rated in train or
validation. A movie is *relevant* if the user gave it four stars or more in test. Where scores are
equal, the movie with more ratings comes first, and of equally many a random one: never the one that
the file happens to name first.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from scipy.stats import binomtest

from course_utils.data.held_out import LIKED, HeldOutUsers
from course_utils.data.matrices import seen_movies
from course_utils.data.splits import Split
from course_utils.models.baselines import popularity
from course_utils.protocol import metrics, provenance, results
from course_utils.protocol.evaluation import Predictor


def list_for(
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
    support = split.support
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
    allowed = ~np.isin(everything, seen) & (support >= minimum_support)
    table = table.iloc[best_first(stars, allowed, n, support)].reset_index(drop=True)
    if movies is not None:
        known = [name for name in ("movie_id", "title", "year") if name in movies]
        table = table.merge(movies[known], on="movie_id", how="left")
    return table


def lists_beside(
    predictors: Mapping[str, Predictor],
    split: Split,
    user_id: int | None = None,
    n: int = 10,
    *,
    minimum_support: int = 20,
    movies: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Each model's list for one real user, a column a model: titles where ``movies`` is given.

    user_id: of MovieLens. None: user 2000 of ml-1m, user 200 elsewhere, or the first there is.
    What the user has rated is left out, and what has fewer than ``minimum_support`` ratings.
    """
    if user_id is None:
        wanted = 2000 if split.dataset == "ml-1m" else 200
        user_id = wanted if wanted in split.user_ids else int(split.user_ids[0])
    user = int(split.user_index(user_id))
    columns = {}
    for name, predictor in predictors.items():
        best = list_for(predictor, split, user, n, minimum_support=minimum_support, movies=movies)
        columns[name] = best["title" if movies is not None else "movie_id"].reset_index(drop=True)
    table = pd.DataFrame(columns)
    table.index = pd.RangeIndex(1, len(table) + 1, name=f"user {user_id}")
    return table


def best_first(scores, allowed: np.ndarray, n: int, support: np.ndarray) -> np.ndarray:
    """Indices of the ``n`` highest scores among those allowed (bool), highest first.

    All of shape (n_movies,); support: each movie's ratings, which decide between equal scores.
    """
    order = _most_rated_first(support)
    order = order[np.argsort(-np.asarray(scores)[order], kind="stable")]
    return order[allowed[order]][:n]


def top_lists(scores: np.ndarray, seen, support: np.ndarray, k: int = 10) -> np.ndarray:
    """:func:`~.metrics.top_k` for (n_users, n_movies), equal scores as in :func:`best_first`."""
    order = _most_rated_first(support)
    places = metrics.top_k(scores[:, order], seen[:, order], k)
    return np.where(places < 0, -1, order[places])


def _most_rated_first(support: np.ndarray) -> np.ndarray:
    """All movies, the most rated first; of equally many ratings at random, always alike."""
    return np.lexsort([np.random.default_rng(0).random(len(support)), -support])


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


@dataclass(frozen=True)
class Ranking:
    """Top lists of all users with a relevant movie. Shares between 0 and 1; novelty in bits.

    by_user: ``hit``, ``recall`` and ``ndcg`` of each user, and from :func:`rank` whether the user
    is ``warm``: has a rating in train. lists: (n_users, k) movie indices, -1 where nothing is left.
    """

    coverage: float
    novelty: float
    by_user: pd.DataFrame = field(repr=False)
    lists: np.ndarray = field(repr=False)

    @property
    def ndcg(self) -> float:
        return float(self.by_user["ndcg"].mean())

    @property
    def hit_rate(self) -> float:
        return float(self.by_user["hit"].mean())

    def metrics(self) -> dict[str, float]:
        """The numbers under the names that result rows use, NDCG with its 95 % interval."""
        low, high = metrics.mean_interval(self.by_user["ndcg"])
        warm = self.by_user[self.by_user.get("warm", False)]
        of_warm = {"warm_ndcg": float(warm["ndcg"].mean()), "warm_n_users": len(warm)}
        return (of_warm if 0 < len(warm) < len(self.by_user) else {}) | {
            "hit_rate": self.hit_rate,
            "ndcg": self.ndcg,
            "ndcg_low": low,
            "ndcg_high": high,
            "coverage": self.coverage,
            "novelty": self.novelty,
            "n_users": len(self.by_user),
        }

    def for_pairing(self) -> dict:
        """What lets a row of results be compared with others in pairs: users redrawn alike."""
        names = {"hit_rate": "hit", "ndcg": "ndcg"}
        samples = {n: provenance.resampled_mean(self.by_user[c]) for n, c in names.items()}
        means = {n: float(self.by_user[c].mean()) for n, c in names.items()}
        return provenance.resampled(samples, means) | {
            "users_scored": provenance.mark_of(self.by_user.index.to_frame())
        }


@dataclass(frozen=True, kw_only=True)
class ListScores(Ranking):
    """Top lists of held-out users, scored, and whose they are."""

    model: str
    dataset: str
    split: str
    part: str
    seed: int = 0
    seconds: float | None = None

    def interval(self, metric: str) -> tuple[float, float]:
        """95 % interval of the mean of "hit", "recall" or "ndcg", users redrawn."""
        return metrics.mean_interval(self.by_user[metric])

    def row(self, lesson: str, *, against: "ListScores | None" = None, **settings) -> dict:
        """A row for :func:`course_utils.protocol.results.record`.

        against: adds the paired differences to that model as ``hit_rate_gain``, ``ndcg_gain`` and
        their intervals.
        """
        numbers = {"coverage": self.coverage, "novelty": self.novelty, "n_users": len(self.by_user)}
        for name, metric in (("hit_rate", "hit"), ("ndcg", "ndcg"), ("recall", "recall")):
            numbers[name] = float(self.by_user[metric].mean())
            numbers[f"{name}_low"], numbers[f"{name}_high"] = self.interval(metric)
            if against is not None:
                gain = difference(self, against, metric)
                ends = (f"{name}_gain", f"{name}_gain_low", f"{name}_gain_high")
                numbers |= dict(zip(ends, gain, strict=True))
        row = {
            "lesson": lesson,
            "model": re.sub(r"[^\w-]+", "_", self.model).strip("_"),
            "split": self.split if self.part == "test" else f"{self.split}-{self.part}",
            "seed": self.seed,
            "metrics": numbers,
            "seconds": self.seconds,
            "settings": settings,
        }
        return provenance.stamped(row | self.for_pairing())


def score_lists(
    scores: np.ndarray,
    people: HeldOutUsers,
    split: Split,
    *,
    model: str,
    k: int = 10,
    seed: int = 0,
    seconds: float | None = None,
) -> ListScores:
    """Rank all movies by ``scores``, leave out what each user has seen, score the first ``k``.

    scores: (n_users, n_movies), or (n_movies,) if all users get the same; -inf for a movie the
    model does not know. seed, seconds: of the model, for the record.
    """
    scores = np.broadcast_to(np.asarray(scores, float), people.seen.shape)
    known = split.support
    lists = top_lists(scores, people.seen, known, k)
    return ListScores(
        model=model,
        dataset=split.dataset,
        split=split.name,
        part=people.part,
        coverage=metrics.coverage(lists, split.n_movies),
        novelty=metrics.novelty(lists, known / split.train["user"].nunique()),
        by_user=metrics.ranking_by_user(lists, people.hidden),
        lists=lists,
        seed=seed,
        seconds=seconds,
    )


def only_some(
    scores: np.ndarray, people: HeldOutUsers, n: int = 100, *, seed: int = 0
) -> np.ndarray:
    """The scores of each user's hidden movies and of ``n`` drawn ones; -inf for all the others.

    What many papers rank instead of all movies. The drawn ones are neither seen nor hidden, all
    equally likely. To show what that does to a number (Krichene & Rendle, KDD 2020), not to use.
    """
    hidden = people.hidden.toarray() != 0
    lot = np.random.default_rng(seed).random(hidden.shape, "float32")
    lot[people.seen.nonzero()] = -1
    lot[hidden] = -1
    least = -np.partition(-lot, n - 1, axis=1)[:, [n - 1]]
    asked = hidden | ((lot >= least) & (lot >= 0))
    return np.where(asked, np.broadcast_to(scores, hidden.shape), -np.inf)


def difference(a: ListScores, b: ListScores, metric: str = "ndcg") -> tuple[float, float, float]:
    """Mean of a minus mean of b on the same users, with its 95 % interval."""
    if (a.dataset, a.split, a.part) != (b.dataset, b.split, b.part) or not a.by_user.index.equals(
        b.by_user.index
    ):
        raise ValueError(f"{a.model} and {b.model} were scored on different users")
    gaps = a.by_user[metric] - b.by_user[metric]
    return (float(gaps.mean()), *metrics.mean_interval(gaps))


def list_table(scores: list[ListScores]) -> pd.DataFrame:
    """One line a model, best NDCG first."""
    results.keep(scores)
    table = pd.DataFrame(
        {
            "model": [s.model for s in scores],
            "NDCG@10": [s.ndcg for s in scores],
            "HR@10": [s.hit_rate for s in scores],
            "coverage": [s.coverage for s in scores],
            "novelty (bits)": [s.novelty for s in scores],
        }
    )
    return table.set_index("model").sort_values("NDCG@10", ascending=False).round(3)


USERS_AT_ONCE = 512


def rank(model, split: Split, *, k: int = 10, minimum_support: int = 0) -> Ranking:
    """Rank all movies for each user with a relevant test rating, and score the top ``k``.

    model: anything with ``score(users)``, a rating model with ``predict(users, movies)`` alone, or
    the scores themselves: (n_users, n_movies), or (n_movies,) if all users get the same. Of a user
    without a rating in train no model knows anything: they get what is popular, whatever the model.
    minimum_support: movies with fewer training ratings are never listed.
    """
    liked = split.test[split.test["rating"] >= LIKED]
    if liked.empty:
        raise ValueError(f"test of {split!r} has no rating of {LIKED} stars: nothing is relevant")
    users = np.unique(liked["user"])
    seen = seen_movies(split.train, split.validation, shape=split.shape)
    support, known = split.support, np.isin(users, split.train["user"])
    rare = support < minimum_support
    at_once = getattr(model, "users_at_once", USERS_AT_ONCE)
    parts = []
    for some in np.array_split(users, -(-len(users) // at_once)):
        scores = scores_of(model, split, some)
        scores[~known[np.searchsorted(users, some)]] = support
        scores[:, rare] = -np.inf
        parts.append(top_lists(scores, seen[some], support, k))
    lists = np.concatenate(parts)
    relevant = seen_movies(liked, shape=split.shape)[users]
    by_user = metrics.ranking_by_user(lists, relevant).set_axis(users)
    return Ranking(
        coverage=metrics.coverage(lists, split.n_movies),
        novelty=metrics.novelty(lists, popularity(split).shares),
        by_user=by_user.assign(warm=known),
        lists=lists,
    )


def scores_of(model, split: Split, users: np.ndarray) -> np.ndarray:
    """Stars or scores of every movie for some users, a new float array of (n_users, n_movies)."""
    if isinstance(model, np.ndarray):
        return np.broadcast_to(model, split.shape)[users].astype(float)
    if hasattr(model, "score"):
        return np.array(model.score(users), float)
    every = np.arange(split.n_movies)
    stars = model.predict(np.repeat(users, len(every)), np.tile(every, len(users)))
    return np.array(stars, float).reshape(len(users), len(every))
