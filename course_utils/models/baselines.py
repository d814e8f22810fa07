"""Models without a network: what every deep model has to beat, and by how much.

Rating models predict stars for (user, movie) pairs: the means and :func:`bias_model`.
Ranking models score all movies for a user: :func:`popularity`, :func:`item_knn`, :func:`ease`,
:func:`cooccurrence`.
"""

from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse

from course_utils.data.matrices import seen_movies
from course_utils.data.new_users import ColdStart
from course_utils.data.splits import Split
from course_utils.models.folding import as_rows, shrunk_bias


@dataclass(frozen=True)
class BiasModel:
    """mean + user bias + movie bias, all in stars. ``user`` (n_users,), ``movie`` (n_movies,)."""

    mean: float
    user: np.ndarray
    movie: np.ndarray

    @property
    def parameters(self) -> int:
        return 1 + int(np.count_nonzero(self.user) + np.count_nonzero(self.movie))

    def predict(self, users, movies) -> np.ndarray:
        """Predicted stars of each pair, shape (n_pairs,), not clipped."""
        return self.mean + self.user[np.asarray(users)] + self.movie[np.asarray(movies)]

    def score(self, users) -> np.ndarray:
        """Predicted stars of all movies for some users, (n_users, n_movies), not clipped."""
        return self.mean + self.user[np.asarray(users), None] + self.movie

    def fold_in(self, profiles) -> np.ndarray:
        """The same for new users: each one's bias is a mean of what they rated, shrunk."""
        level = self.mean + self.movie
        return np.array([shrunk_bias(p, level) for p in profiles])[:, None] + level


def global_mean(split: Split) -> BiasModel:
    """The mean training rating for everything."""
    return bias_model(split, sweeps=0)


def user_mean(split: Split) -> BiasModel:
    """Each user's mean training rating; the global mean for a user without one."""
    return _one_sided_mean(split, "user")


def movie_mean(split: Split) -> BiasModel:
    """Each movie's mean training rating; the global mean for a movie without one."""
    return _one_sided_mean(split, "movie")


def bias_model(split: Split, *, reg: float = 5.0, sweeps: int = 15) -> BiasModel:
    """mu + b_u + b_i by alternating least squares, each bias shrunk as if by ``reg`` ratings of 0.

    Source: Koren, "Factorization meets the neighborhood", KDD 2008, equation 1.
    """
    users, movies, residual = _arrays(split)
    mean = residual.mean()
    residual = residual - mean
    b_user, b_movie = np.zeros(split.n_users), np.zeros(split.n_movies)
    for _ in range(sweeps):
        b_user = shrunk_mean(users, residual - b_movie[movies], split.n_users, reg)
        b_movie = shrunk_mean(movies, residual - b_user[users], split.n_movies, reg)
    return BiasModel(float(mean), b_user, b_movie)


@dataclass(frozen=True)
class Popularity:
    """The same scores for everybody. ``shares``: of users who rated each movie, (n_movies,)."""

    shares: np.ndarray

    def score(self, users) -> np.ndarray:
        """Scores of all movies for some users, (n_users, n_movies)."""
        return np.tile(self.shares, (len(users), 1))

    def fold_in(self, profiles) -> np.ndarray:
        """The same for new users, whatever they rated."""
        return self.score(profiles)


def popularity(split: Split) -> Popularity:
    """Share of users with a training rating of each movie."""
    return Popularity(split.support / split.n_users)


@dataclass(frozen=True)
class ItemScorer:
    """A linear ranking model: a user's score of a movie is the sum of weights of what they saw.

    ``weights``: (n_movies, n_movies), from a seen movie to a scored one. ``seen``: 1 where a user
    rated a movie in train, CSR of (n_users, n_movies).
    """

    weights: np.ndarray
    seen: sparse.csr_matrix

    def score(self, users) -> np.ndarray:
        """Scores of all movies for some users, (n_users, n_movies)."""
        return self.score_profiles(self.seen[users])

    def fold_in(self, profiles) -> np.ndarray:
        """The same for new users: whatever the stars, as these models were built."""
        rated = [p.assign(rating=1.0) for p in profiles]
        return self.score_profiles(as_rows(rated, len(self.weights)))

    def score_profiles(self, weights: sparse.csr_matrix) -> np.ndarray:
        """The same for profiles given by weights of movies, CSR of (n_users, n_movies)."""
        return np.asarray(weights @ self.weights)


def item_knn(split: Split, *, k: int = 100, shrink: float = 10.0) -> ItemScorer:
    """Cosine similarity between movies' audiences, the ``k`` nearest neighbours of each kept.

    shrink: added to the denominator, so that two movies seen by the same three people are not
    called identical. Source: Sarwar et al., WWW 2001.
    """
    if k < 1:
        raise ValueError(f"k={k}: keep at least 1 neighbour")
    seen = seen_movies(split.train, shape=split.shape)
    together = _cooccurrence(seen)
    norm = np.sqrt(np.diag(together))
    similarity = together / np.maximum(np.outer(norm, norm) + shrink, 1e-12)
    np.fill_diagonal(similarity, 0.0)
    if k < len(similarity):
        cut = np.partition(similarity, -k, axis=0)[-k]
        similarity[similarity < cut] = 0.0
    return ItemScorer(similarity, seen)


def ease(split: Split, *, l2: float = 200.0) -> ItemScorer:
    """The closed-form linear autoencoder with a zero diagonal. Steck, WWW 2019."""
    seen = seen_movies(split.train, shape=split.shape)
    gram = _cooccurrence(seen)
    gram[np.diag_indices_from(gram)] += l2
    precision = np.linalg.inv(gram)
    weights = -precision / np.diag(precision)
    np.fill_diagonal(weights, 0.0)
    return ItemScorer(weights, seen)


def cooccurrence(split: Split, *, window: int = 8) -> ItemScorer:
    """What people rated soon after a movie: counted, nothing is learned.

    A movie that stands d places after another in a history counts 1 / d for it, up to d = window;
    each movie's counts are then divided by their sum. Ratings of one second keep the table's order.
    """
    if window < 1:
        raise ValueError(f"window={window}: look at least 1 place ahead")
    train = split.train.sort_values(["user", "timestamp"], kind="stable")
    user, movie = train["user"].to_numpy(), train["movie"].to_numpy()
    follows = sparse.csr_matrix((split.n_movies, split.n_movies))
    for step in range(1, window + 1):
        same = user[step:] == user[:-step]
        pairs = movie[:-step][same], movie[step:][same]
        follows += sparse.csr_matrix((np.full(same.sum(), 1 / step), pairs), follows.shape)
    total = np.asarray(follows.sum(axis=1))
    weights = follows.toarray() / np.maximum(total, 1e-12)
    return ItemScorer(weights, seen_movies(split.train, shape=split.shape))


def _arrays(split: Split) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    train = split.train
    return train["user"].to_numpy(), train["movie"].to_numpy(), train["rating"].to_numpy(float)


def shrunk_mean(groups, values, n_groups: int, reg: float) -> np.ndarray:
    """Mean of each group's values as if it had ``reg`` more of 0, shape (n_groups,).

    groups: the group of each value, 0 to n_groups - 1. A group without values gets 0.
    """
    total = np.bincount(groups, values, n_groups)
    count = np.bincount(groups, minlength=n_groups)
    return total / np.maximum(count + reg, 1e-12)


def _one_sided_mean(split: Split, side: str) -> BiasModel:
    users, movies, ratings = _arrays(split)
    mean = ratings.mean()
    no_bias = {"user": np.zeros(split.n_users), "movie": np.zeros(split.n_movies)}
    groups = users if side == "user" else movies
    bias = shrunk_mean(groups, ratings - mean, len(no_bias[side]), reg=0.0)
    return BiasModel(float(mean), **(no_bias | {side: bias}))


def _cooccurrence(seen: sparse.csr_matrix) -> np.ndarray:
    """How many users rated both movies, shape (n_movies, n_movies)."""
    return (seen.T @ seen).toarray().astype(float)


def bias_after(cold: ColdStart, k: int, reg: float = 5.0) -> BiasModel:
    """The bias model of the other users, with each new user's bias from their first ``k`` ratings.

    reg: how many ratings of the mean user a new user starts with.
    """
    bias = bias_model(cold.split)
    shown = cold.ratings(k)
    left = shown["rating"] - bias.mean - bias.movie[shown["movie"]]
    is_new = np.bincount(shown["user"], minlength=cold.split.n_users) > 0
    of_new = shrunk_mean(shown["user"], left, cold.split.n_users, reg)
    return replace(bias, user=np.where(is_new, of_new, bias.user))
