"""Whole histories: every rating is predicted from the ones before it."""

from dataclasses import dataclass, replace

import keras
import numpy as np
import pandas as pd

from course_utils.data.splits import Split, in_time_order
from course_utils.models.baselines import bias_model
from course_utils.models.folding import Fold, ridge
from course_utils.tasks.base import Task, profiles_of


@dataclass(frozen=True)
class Histories:
    """Every user's training ratings in time order, for a model that looks back at each of them.

    movie, value, day: (n_train,), of the training ratings sorted by user and time; ``value`` is
    what the memory holds of a rating, ``day`` its time in days. first: (n_users + 1,), where each
    user's begin. memory: how many ratings may be looked back at.
    """

    split: Split
    movie: np.ndarray
    value: np.ndarray
    day: np.ndarray
    first: np.ndarray
    memory: int

    def batch(self, user, movie, known, day, span: int = 0) -> dict[str, np.ndarray]:
        """Inputs of :func:`~course_utils.models.transformer.residual_transformer`.

        user: (batch,). movie, known, day: (batch, n_asked), what is asked: the movie, how many of
        the user's training ratings may be looked at, and when; movie ``n_movies`` is padding. The
        memory comes once a row: the ``memory + span`` ratings before the row's largest ``known``.
        """
        place = known.max(axis=1, keepdims=True) + np.arange(-self.memory - span, 0)
        there = place >= 0
        row = np.where(there, self.first[user][:, None] + place, 0)
        return {
            "user": user.astype("int32"),
            "movie": movie.astype("int32"),
            "known": known.astype("int32"),
            "day": day.astype("float32"),
            "past_movie": np.where(there, self.movie[row], self.split.n_movies).astype("int32"),
            "past_value": np.where(there, self.value[row], 0).astype("float32"),
            "past_place": place.astype("int32"),
            "past_day": np.where(there, self.day[row], 0).astype("float32"),
        }


class HistoryBatches(keras.utils.PyDataset):
    """Batches in which every training rating is asked for once, from the ratings before it.

    A row is up to ``asked`` consecutive ratings of one user. lag: the last 0 to ``lag`` ratings are
    hidden, as many as a draw for each row says: held-out ratings come some way after the training
    ratings, and a model should be trained as it will be asked. Draws come from NumPy's global
    generator, which ``fit`` seeds.
    """

    def __init__(self, data: Histories, stars, batch_size: int, asked: int, lag: int, **kwargs):
        super().__init__(**kwargs)
        self.data, self.stars, self.batch_size = data, stars, batch_size
        self.asked, self.lag = asked, lag
        count = np.diff(data.first)
        self.user = np.repeat(np.arange(len(count)), -(-count // asked))
        begin = np.concatenate([np.arange(0, n, asked) for n in count])
        place = begin[:, None] + np.arange(asked)
        self.place = np.where(place < count[self.user][:, None], place, -1)
        self.order = np.arange(len(self.user))

    def __len__(self) -> int:
        return -(-len(self.order) // self.batch_size)

    def __getitem__(self, index: int):
        data = self.data
        rows = self.order[index * self.batch_size : (index + 1) * self.batch_size]
        user, place = self.user[rows], self.place[rows]
        there = place >= 0
        row = np.where(there, data.first[user][:, None] + place, 0)
        last = place.max(axis=1, keepdims=True)
        lag = np.random.randint(0, self.lag + 1, (len(rows), 1))
        known = np.maximum(np.where(there, place, last) - lag, 0)
        movie = np.where(there, data.movie[row], data.split.n_movies)
        x = data.batch(user, movie, known, data.day[row], self.asked)
        return x, self.stars[row][..., None], there.astype("float32")

    def on_epoch_begin(self) -> None:
        self.order = np.random.permutation(len(self.order))


@dataclass(frozen=True, eq=False)
class HistoryTask(Task):
    """Histories, for :func:`~course_utils.models.transformer.residual_transformer`.

    pair: user · n_movies + movie of every rating of the split, ascending. known: how many training
    ratings of its user came before each; day: when it was given; both (n_ratings,).
    """

    data: Histories
    pair: np.ndarray
    known: np.ndarray
    day: np.ndarray

    def predict(self, model, users, movies):
        asked_for = users.astype("int64") * self.split.n_movies + movies
        row = np.minimum(np.searchsorted(self.pair, asked_for), len(self.pair) - 1)
        if (self.pair[row] != asked_for).any():
            raise ValueError("a pair is rated in no part of the split, so its time is not known")
        return _ask(model, self.data, users, movies, self.known[row], self.day[row])

    def score(self, model, users):
        """From the end of each user's training history, as if they were new."""
        return self.folder(model)(profiles_of(self.split, users))

    def folder(self, model):
        return fold_histories(model, self.data)


def history_task(
    split: Split,
    *,
    memory: int = 50,
    asked: int = 25,
    lag: int = 0,
    batch_size: int = 128,
    value: str = "residual",
    gaps: bool = True,
    shuffle: bool = False,
    seed: int = 0,
) -> HistoryTask:
    """Train on whole histories: every rating is predicted from the ``memory`` ones before it.

    value: what the memory holds of a rating: "residual" (what it is above the movie's level, by the
    bias model), "stars", "none", or "user_residual" (above the user's level too. To be measured,
    not used: a user's others then add up to about minus the one asked for).
    shuffle: put each user's training ratings in random order, so that the memory holds any of them
    instead of the last. gaps: tell times, in :func:`whole_hours`. Held-out ratings are asked for
    with what of *train* came before them. lag, asked: see :class:`HistoryBatches`.
    """
    parts = (split.train, split.validation, split.test)
    table = pd.concat([p.assign(part=i) for i, p in enumerate(parts)], ignore_index=True)
    table = in_time_order(table)
    hours = whole_hours(table["timestamp"].to_numpy()) * gaps
    day = hours / 24
    is_train = table["part"].to_numpy() == 0
    train = table[is_train].assign(day=day[is_train])
    if shuffle:
        train = train.sample(frac=1, random_state=seed).sort_values("user", kind="stable")
    first = np.searchsorted(train["user"], np.arange(split.n_users + 1))
    stars = train["rating"].to_numpy()
    data = Histories(
        split,
        train["movie"].to_numpy(),
        _memory_value(split, train, value),
        train["day"].to_numpy(),
        first,
        memory,
    )
    users, movies = table["user"].to_numpy(), table["movie"].to_numpy()
    before = np.cumsum(is_train) - is_train
    known = np.maximum(before - first[users], 0)
    pair = users.astype("int64") * split.n_movies + movies
    order = np.argsort(pair)

    batches = HistoryBatches(data, stars, batch_size, asked, lag)
    return HistoryTask(split, batches, None, data, pair[order], known[order], day[order])


def whole_hours(timestamp: np.ndarray) -> np.ndarray:
    """Hours since the first of ``timestamp`` (seconds), rounded down to whole ones.

    What a network is told of time. Finer than that, times can carry the answer: in a copy of
    MovieLens-1M in which times of some 3-star ratings are estimated from their neighbours', a
    rating that is alone in its second is rarely a 3. Sorting still goes by the times themselves.
    """
    return (timestamp - timestamp.min()) // 3600


def fold_histories(model: keras.Model, data: Histories) -> Fold:
    """What the transformer reads in the history; for what that leaves over, p_u and b_u by ridge.

    A profile has an order but no times: its ratings count as given at once.
    """
    layers = {layer.name: layer for layer in model.layers}
    if not {"user_bias", "user_factors"} <= set(layers):
        raise ValueError("the model has no vectors of users: build it with user_bias and factors")
    n_movies = data.split.n_movies
    bias = bias_model(data.split)
    level = bias.mean + bias.movie
    vectors = layers["movie_factors"].get_weights()[0][:n_movies].astype(float)
    first_user = vectors @ layers["user_factors"].get_weights()[0][0].astype(float)
    first_user += float(layers["user_bias"].get_weights()[0][0, 0])
    l2, bias_l2 = layers["user_factors_l2"].l2, layers["user_bias_l2"].l2

    everything = np.arange(n_movies)

    def fold_some(profiles):
        count = np.array([len(p) for p in profiles])
        table = pd.concat(profiles)
        movies, stars = table["movie"].to_numpy(), table["rating"].to_numpy(float)
        first = np.concatenate([[0], count.cumsum()])
        # One rating more, never looked at, for profiles without any.
        past = {"movie": np.append(movies, 0), "value": np.append(stars - level[movies], 0.0)}
        history = replace(data, **past, day=np.zeros(len(table) + 1), first=first)
        rows = np.arange(len(profiles))
        owner, place = np.repeat(rows, count), np.arange(len(table)) - np.repeat(first[:-1], count)

        def ask(asked, known, span):
            x = history.batch(rows, asked, known, np.zeros(asked.shape), span)
            x["user"] = np.zeros(len(rows), "int32")  # whose part is then taken away again
            found = np.asarray(model(x, training=False), float)[..., 0]
            return found - np.append(first_user, 0.0)[asked]

        # All movies from the end of the history; each rated one from what came before it.
        shape = len(rows), n_movies
        start = ask(np.tile(everything, (len(rows), 1)), np.broadcast_to(count[:, None], shape), 0)
        rated = np.full((len(rows), max(count.max(), 1)), n_movies)
        rated[owner, place] = movies
        known = np.minimum(np.arange(rated.shape[1]), count[:, None])
        left = stars - ask(rated, known, rated.shape[1])[owner, place]
        for row, n in enumerate(count):
            mine = owner == row
            weights, own = ridge(
                vectors[movies[mine]], left[mine], n * l2, intercept_penalty=n * bias_l2
            )
            start[row] += vectors @ weights + own
        return start

    def fold(profiles):
        return np.concatenate(
            [fold_some(profiles[i : i + 16]) for i in range(0, len(profiles), 16)]
        )

    return fold


def _memory_value(split: Split, train: pd.DataFrame, value: str) -> np.ndarray:
    stars = train["rating"].to_numpy()
    if value not in ("residual", "stars", "none", "user_residual"):
        raise ValueError(f'value={value!r}: give "residual", "stars" or "none"')
    if value == "none":
        return np.zeros_like(stars)
    if value == "stars":
        return stars
    bias = bias_model(split)
    level = bias.mean + bias.movie[train["movie"]]
    if value == "user_residual":
        level = level + bias.user[train["user"]]
    return (stars - level).astype("float32")


def _ask(model, data: Histories, users, movies, known, day, asked: int = 16, rows: int = 512):
    """Stars of single pairs: those of one user with the same history share a row."""
    order = np.lexsort((known, users))
    u, k = users[order], known[order]
    new = np.append(True, (u[1:] != u[:-1]) | (k[1:] != k[:-1]))
    group = np.cumsum(new) - 1
    in_group = np.arange(len(u)) - np.flatnonzero(new)[group]
    new |= in_group % asked == 0
    row, column = np.cumsum(new) - 1, in_group % asked
    begins = np.flatnonzero(new)
    grid = {
        name: np.repeat(values[order][begins][:, None], asked, axis=1)
        for name, values in (("movie", movies), ("known", known), ("day", day))
    }
    grid["movie"][:] = data.split.n_movies
    grid["movie"][row, column], grid["day"][row, column] = movies[order], day[order]
    stars = np.empty((len(begins), asked), "float32")
    for start in range(0, len(begins), rows):
        some = slice(start, start + rows)
        movie, before, when = (grid[name][some] for name in ("movie", "known", "day"))
        x = data.batch(u[begins][some], movie, before, when)
        stars[some] = np.asarray(model.predict_on_batch(x))[..., 0]
    answer = np.empty(len(u), "float32")
    answer[order] = stars[row, column]
    return answer
