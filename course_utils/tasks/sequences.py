"""Histories as sequences: at every place of each, which movie comes next?"""

from collections.abc import Sequence
from dataclasses import dataclass

import keras
import numpy as np
import pandas as pd

from course_utils.data.held_out import HeldOutUsers
from course_utils.data.matrices import rating_matrix, seen_movies
from course_utils.data.splits import Split, in_time_order
from course_utils.models.self_attention import PADDING, MovieVectors, PlaceVectors
from course_utils.tasks.base import Task, profiles_of

AT_ONCE = 128  # histories read in one go


class SequenceBatches(keras.utils.PyDataset):
    """Batches in which every training rating but each user's first is a target once.

    A history longer than ``length`` is cut into pieces, in each epoch at other places. Pieces of
    about the same length share a batch, so that little of it is padding; a batch has about
    ``places`` places, few long pieces or many short ones. Draws come from NumPy's global generator,
    which ``fit`` seeds.

    movie: (n_train,), sorted by user and time. first: (n_users + 1,), where each user's begin.
    negatives: 0, or how many movies that the user never rated in train are drawn for each place;
    then the second input holds the target and these, (batch, length, 1 + negatives).
    """

    def __init__(self, movie, first, n_movies, *, length, places, negatives=0, ties=None, **kwargs):
        super().__init__(**kwargs)
        self.movie, self.first, self.n_movies = movie, first, n_movies
        self.length, self.batch_size, self.negatives, self.ties = length, places, negatives, ties
        targets = np.maximum(np.diff(first) - 1, 0)
        pieces = -(-targets // length)
        self.user = np.repeat(np.arange(len(targets)), pieces)
        self.targets, self.pieces = targets, pieces
        self.seen = np.zeros((len(targets), n_movies if negatives else 0), bool)
        if negatives:
            self.seen[np.repeat(np.arange(len(targets)), np.diff(first)), movie] = True
        self._cut()
        self.bounds = self._bounds(np.sort(self.size))
        by_size = np.split(np.argsort(self.size, kind="stable"), self.bounds)
        # Keras takes a shape that the first two batches share for the shape of all: let these be
        # the longest pieces and the shortest.
        self.batches = by_size[-1:] + by_size[:-1]

    def _cut(self) -> None:
        """Where each piece starts, and how many targets it has. All but a user's first are full."""
        many, length = self.pieces > 1, self.length
        shortest = self.targets - (self.pieces - 1) * length
        drawn = np.random.randint(shortest, length + 1)
        head = np.where(many, drawn, self.targets)[self.user]
        nth = np.arange(len(self.user)) - np.searchsorted(self.user, self.user)
        start = np.where(nth > 0, head + (nth - 1) * length, 0)
        end = np.minimum(head + nth * length, self.targets[self.user])
        self.start, self.size = self.first[self.user] + start, end - start

    def _bounds(self, size: np.ndarray) -> list[int]:
        """Where one batch ends and the next begins, for pieces of ascending size."""
        bounds, begin = [], 0
        for i, longest in enumerate(size):
            if (i + 1 - begin) * longest > self.batch_size and i > begin:
                bounds.append(i)
                begin = i
        return bounds

    def __len__(self) -> int:
        return len(self.batches)

    def __getitem__(self, index: int):
        piece = self.batches[index]
        size = self.size[piece]
        longest = size.max()
        if keras.config.backend() == "jax":  # compiles anew for each shape: let there be few
            quarter, empty = -(-self.length // 4), -len(piece) % 8
            longest = min(quarter * -(-longest // quarter), self.length)
            piece, size = np.pad(piece, (0, empty), mode="edge"), np.pad(size, (0, empty))
        place = np.arange(longest)
        real = place < size[:, None]
        row = np.where(real, self.start[piece][:, None] + place, 0)
        movies = np.where(real, self.movie[row], self.n_movies).astype("int32")
        target = np.where(real, self.movie[row + 1], PADDING).astype("int32")
        if not self.negatives:
            return movies, target
        asked = np.concatenate([target[..., None], self._unseen(self.user[piece], target)], axis=2)
        return (movies, np.maximum(asked, 0)), target

    def _unseen(self, user: np.ndarray, target: np.ndarray) -> np.ndarray:
        """Movies at random, drawn again where the user has rated one."""
        user = user[:, None, None]
        drawn = np.random.randint(0, self.n_movies, (*target.shape, self.negatives), "int32")
        while (again := self.seen[user, drawn]).any():
            drawn = np.where(
                again, np.random.randint(0, self.n_movies, drawn.shape, "int32"), drawn
            )
        return drawn

    def on_epoch_begin(self) -> None:
        if self.ties is not None:
            self.movie = self.movie[np.lexsort((np.random.random(len(self.movie)), self.ties))]
        self._cut()
        order = np.argsort(self.size * np.random.uniform(0.9, 1.1, len(self.size)))
        batches = np.split(order, self.bounds)
        self.batches = [batches[i] for i in np.random.permutation(len(batches))]


@dataclass(frozen=True, eq=False)
class SequenceTask(Task):
    """For :func:`~course_utils.models.self_attention.sasrec`. Scores are logits, not stars."""

    length: int

    @property
    def users_at_once(self) -> int:
        return AT_ONCE

    def predict(self, model, users, movies):
        known, row = np.unique(users, return_inverse=True)
        return self.score(model, known)[row, movies]

    def score(self, model, users):
        """After each user's training history, (n_users, n_movies)."""
        return self.folder(model)(profiles_of(self.split, users))

    def folder(self, model):
        return lambda profiles: score_histories(
            model, [profile["movie"].to_numpy() for profile in profiles]
        )


def sequence_task(
    split: Split,
    length: int = 200,
    *,
    places: int = 6400,
    negatives: int = 0,
    ties: str = "redraw",
    shuffle: bool = False,
    seed: int = 0,
) -> SequenceTask:
    """Train on whole histories: each rating, whatever its stars, is predicted from those before it.

    length: how many ratings may be read; places: of a batch, see :class:`SequenceBatches`.
    negatives: for ``sasrec(..., candidates=True)``.
    ties: the order of ratings of the same second, which nobody knows: "redraw" in each epoch,
    "shuffle" once, by ``seed``; or "table", as the split's table has them. shuffle: put each user's
    training ratings in random order. Histories that are asked about keep theirs.
    """
    if ties not in ("redraw", "shuffle", "table"):
        raise ValueError(f'ties={ties!r}: give "redraw", "shuffle" or "table"')
    train = split.train
    if ties != "table" or shuffle:
        train = train.sample(frac=1, random_state=seed)
    train = train.sort_values("user", kind="stable") if shuffle else in_time_order(train)
    first = np.searchsorted(train["user"], np.arange(split.n_users + 1))
    second = (train["user"].diff().ne(0) | train["timestamp"].diff().ne(0)).cumsum().to_numpy()
    batches = SequenceBatches(
        train["movie"].to_numpy(),
        first,
        split.n_movies,
        length=length,
        places=places,
        negatives=negatives,
        ties=second if ties == "redraw" and not shuffle else None,
    )
    return SequenceTask(split, batches, None, length)


def next_movie(
    split: Split, part: str = "validation", *, ties: str = "shuffle", seed: int = 0
) -> HeldOutUsers:
    """Each user's last rating in a part of the split, and everything they rated before it.

    The history holds their ratings of the earlier parts and of this one, whatever the stars. Users
    without an earlier rating are left out. ties: ratings of the same second in random order, by
    ``seed``, or "table", as the split's tables have them.
    """
    if part not in ("validation", "test"):
        raise ValueError(f'part={part!r}: give "validation" while you choose, "test" once')
    parts = [split.train, split.validation, split.test][: 2 if part == "validation" else 3]
    table = pd.concat([table.assign(part=i) for i, table in enumerate(parts)])
    table = table[table["user"].isin(parts[-1]["user"])]
    if ties == "shuffle":
        table = table.sample(frac=1, random_state=seed)
    table = table.sort_values(["user", "part", "timestamp"], kind="stable").drop(columns="part")
    table = table[table.groupby("user")["user"].transform("size") > 1]
    users, row = np.unique(table["user"], return_inverse=True)
    last = ~table["user"].duplicated(keep="last").to_numpy()
    table = table.assign(user=row.astype("int32"))
    shape = len(users), split.n_movies
    history = table[~last].reset_index(drop=True)
    hidden = seen_movies(table[last], shape=shape)
    return HeldOutUsers(part, users, history, rating_matrix(history, shape), hidden)


def score_next(model: keras.Model, people: HeldOutUsers) -> np.ndarray:
    """Scores of all movies at the end of each held-out user's history, (n_users, n_movies)."""
    movie = people.history["movie"].to_numpy()
    starts = np.searchsorted(people.history["user"], np.arange(1, len(people.users)))
    return score_histories(model, np.split(movie, starts))


def score_histories(model: keras.Model, histories: Sequence[np.ndarray]) -> np.ndarray:
    """Scores of all movies after each history (movie indices in time order): (n, n_movies).

    Only its last ratings are read, as many as the model has places. An empty one gets zeros.
    """
    vectors, places, norms = (
        [layer for layer in model.layers if isinstance(layer, kind)]
        for kind in (MovieVectors, PlaceVectors, keras.layers.LayerNormalization)
    )
    if not (vectors and places and norms):
        raise ValueError(
            f"{model.name!r} needs MovieVectors, PlaceVectors and, before its scores, a "
            "LayerNormalization: else nobody knows how to read it"
        )
    length = places[0].length
    reader = keras.Model(model.inputs[0], norms[-1].output)
    table, n_movies = np.asarray(vectors[0].table)[:-1], vectors[0].n_movies
    recent = [np.asarray(history)[-length:] for history in histories]
    size = np.array([len(history) for history in recent])
    scores = np.zeros((len(recent), n_movies), "float32")
    order = np.argsort(size, kind="stable")
    order = order[size[order] > 0]
    for some in np.split(order, range(AT_ONCE, len(order), AT_ONCE)):
        padded = np.full((len(some), size[some].max(initial=1)), n_movies, "int32")
        for row, i in enumerate(some):
            padded[row, : size[i]] = recent[i]
        state = np.asarray(reader(padded, training=False))
        scores[some] = state[np.arange(len(some)), size[some] - 1] @ table.T
    return scores
