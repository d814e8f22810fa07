"""Lists of every user, scored by full ranking: how a rating model does as a recommender.

A list holds the ten movies with the highest scores among all that the user has not rated in train
or validation. A movie is *relevant* if the user gave it four stars or more in test.
"""

import numpy as np

from course_utils.data.held_out import LIKED
from course_utils.data.matrices import seen_movies
from course_utils.data.splits import Split, in_time_order
from course_utils.foldin import folder
from course_utils.held_out import Ranking
from course_utils.models.baselines import BiasModel, ItemScorer, popularity
from course_utils.models.item2vec import Item2Vec
from course_utils.protocol import metrics
from course_utils.protocol.evaluation import Predictor
from course_utils.protocol.training import Fitted
from course_utils.tasks.histories import Histories
from course_utils.tasks.rows import Rows

USERS_AT_ONCE = 512


def rank(model, split: Split, *, k: int = 10, minimum_support: int = 0) -> Ranking:
    """Rank all movies for each user with a relevant test rating, and score the top ``k``.

    model: a rating model, or one that scores (:class:`~course_utils.models.baselines.ItemScorer`, the
    shares of :func:`~course_utils.models.baselines.popularity`), or any (n_users, n_movies) scores.
    minimum_support: movies with fewer training ratings are never listed.
    """
    liked = split.test[split.test["rating"] >= LIKED]
    if liked.empty:
        raise ValueError(f"test of {split!r} has no rating of {LIKED} stars: nothing is relevant")
    users = np.unique(liked["user"])
    seen = seen_movies(split.train, split.validation, shape=split.shape)
    rare = np.bincount(split.train["movie"], minlength=split.n_movies) < minimum_support
    if isinstance(model, Fitted) and getattr(model.task.data, "side", None) == "movie":
        model = score_all(model, split, np.arange(split.n_users))  # one pass over the movies' rows
    lists = []
    for some in np.array_split(users, -(-len(users) // USERS_AT_ONCE)):
        scores = np.array(score_all(model, split, some), float)
        scores[:, rare] = -np.inf
        lists.append(metrics.top_k(scores, seen[some], k))
    lists = np.concatenate(lists)
    relevant = seen_movies(liked, shape=split.shape)[users]
    by_user = metrics.ranking_by_user(lists, relevant).set_axis(users)
    return Ranking(
        coverage=metrics.coverage(lists, split.n_movies),
        novelty=metrics.novelty(lists, popularity(split)),
        by_user=by_user,
        lists=lists,
    )


def score_all(model, split: Split, users: np.ndarray) -> np.ndarray:
    """Stars or scores of every movie for some users, shape (n_users, n_movies)."""
    if isinstance(model, np.ndarray):
        return model[users] if model.ndim == 2 else np.tile(model, (len(users), 1))
    if isinstance(model, ItemScorer):
        return model.score(seen_movies(split.train, shape=split.shape)[users])
    if isinstance(model, BiasModel):
        return model.mean + model.user[users, None] + model.movie
    data = getattr(getattr(model, "task", None), "data", None)
    if isinstance(data, Rows):
        return _from_rows(model, users)
    if isinstance(model, Item2Vec) or isinstance(data, Histories):
        return _folded_in(model, split, users)
    return _from_pairs(model, split, users)


def _from_rows(fitted: Fitted, users: np.ndarray) -> np.ndarray:
    data: Rows = fitted.task.data
    if data.side == "user":
        return np.asarray(fitted.model.predict_on_batch(data.batch(users)[0]))
    everything = np.arange(data.matrix.shape[0])
    parts = [
        np.asarray(fitted.model.predict_on_batch(data.batch(rows)[0]))[:, users]
        for rows in np.array_split(everything, -(-len(everything) // 1024))
    ]
    return np.concatenate(parts).T


def _folded_in(model, split: Split, users: np.ndarray) -> np.ndarray:
    """Models that read a history: the user's whole training history, as if they were new."""
    train = in_time_order(split.train[split.train["user"].isin(users)])
    of_user = dict(list(train[["user", "movie", "rating"]].groupby("user")))
    nobody = train.iloc[:0]
    return folder(model)([of_user.get(user, nobody) for user in users])


def _from_pairs(model: Predictor, split: Split, users: np.ndarray) -> np.ndarray:
    """One prediction a cell: for models that know no faster way."""
    stars = model.predict(
        np.repeat(users, split.n_movies), np.tile(np.arange(split.n_movies), len(users))
    )
    return np.asarray(stars).reshape(len(users), split.n_movies)
