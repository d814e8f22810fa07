"""Ratings as sequences: each user's ratings in time order, cut into windows.

A *window* is a few ratings of one user in time order. The last one is the *target*, those before it
are the inputs. Windows hold row numbers of one table of ratings, so that it can be counted which
rating is used where; -1 stands where a user has no earlier rating.

=========================  =========================================================
``windows_then_split``     the 2021 project's order: cut windows, then draw some for test
``split_then_windows``     the course's: only training ratings are inputs, whatever the split
=========================  =========================================================
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from course_utils.data.movielens import MovieLens
from course_utils.data.splits import Split, in_time_order, indexed
from course_utils.tasks.base import Task


@dataclass(frozen=True)
class Windows:
    """Windows of three parts, and the split that says which ratings they predict.

    ratings: ``user``, ``movie``, ``rating``, ``timestamp``, sorted by user and time. train,
    validation, test: row numbers of ``ratings``, shape (n_windows, length), the target last.
    """

    split: Split
    ratings: pd.DataFrame
    train: np.ndarray
    validation: np.ndarray
    test: np.ndarray

    @property
    def length(self) -> int:
        return self.train.shape[1]


def window_starts(n: int, length: int, step: int, *, repeat_last: bool = False) -> np.ndarray:
    """Where the windows over ``n`` values in time order start: every ``step``, the last at the end.

    A remainder too short for a window is covered by one more window, which ends at the last value.
    ``repeat_last=True`` adds that window also where there is no remainder, as the published recipe
    does: it then occurs twice. Fewer values than ``length`` make no window.
    """
    if length < 2 or step < 1:
        raise ValueError(
            f"length={length}, step={step}: a window has an input and a target (length 2 or more) "
            "and the next one starts later (step 1 or more)"
        )
    if n < length:
        return np.empty(0, int)
    starts = np.arange(0, n - length + 1, step)
    if repeat_last or starts[-1] + length < n:
        starts = np.append(starts, n - length)
    return starts


def window_rows(
    users: np.ndarray, length: int, step: int, *, repeat_last: bool = False
) -> np.ndarray:
    """Windows within each user's run of rows: row numbers of shape (n_windows, length).

    users: shape (n_ratings,), sorted. See :func:`window_starts`.
    """
    _, first, count = np.unique(users, return_index=True, return_counts=True)
    starts = [
        f + window_starts(n, length, step, repeat_last=repeat_last)
        for f, n in zip(first, count, strict=True)
    ]
    return np.concatenate([np.empty(0, int), *starts])[:, None] + np.arange(length)


def windows_then_split(
    data: MovieLens,
    *,
    length: int = 4,
    step: int = 2,
    held_out: float = 0.15,
    validation: float = 0.0,
    repeat_last: bool = True,
    seed: int = 0,
) -> Windows:
    """The 2021 project's order: cut everyone's ratings into windows, then draw some for test.

    Windows overlap, so a test target is also an *input* of training windows, and training windows
    of the same user lie after test windows. Here to be measured; see :func:`leakage`.
    ``split`` holds the targets: test and validation theirs (each rating once), train all others.
    Source: Keras' example "A Transformer-based recommendation system".
    """
    table, users, movies = indexed(data)
    ratings = in_time_order(table)
    rows = window_rows(ratings["user"].to_numpy(), length, step, repeat_last=repeat_last)
    order = np.random.default_rng(seed).permutation(len(rows))
    n_test, n_validation = (round(share * len(rows)) for share in (held_out, validation))
    test = rows[order[:n_test]]
    chosen = rows[order[n_test : n_test + n_validation]]
    train = rows[np.sort(order[n_test + n_validation :])]
    part = np.zeros(len(ratings), int)
    part[chosen[:, -1]], part[test[:, -1]] = 1, 2
    left, held_back, asked = (ratings[part == p].reset_index(drop=True) for p in range(3))
    name, scale = "random_windows", data.rating_scale
    split = Split(name, data.name, left, held_back, asked, users, movies, scale)
    return Windows(split, ratings, train, chosen, test)


def split_then_windows(split: Split, *, length: int = 4, step: int = 2) -> Windows:
    """Split first: training windows hold training ratings only, and none occurs twice.

    A held-out rating is asked for with the user's last training ratings *before* it as inputs, so
    no model sees more than a bias model or a factor model could.
    """
    parts = (split.train, split.validation, split.test)
    table = pd.concat([p.assign(part=i) for i, p in enumerate(parts)], ignore_index=True)
    # A split keeps the file's order within its parts only; among ties, train comes first.
    table = in_time_order(table)
    part, users = table.pop("part").to_numpy(), table["user"].to_numpy()
    seen = np.flatnonzero(part == 0)
    train = seen[window_rows(users[seen], length, step)]
    held_out = (
        np.column_stack([_last_before(rows, seen, users, length - 1), rows])
        for rows in (np.flatnonzero(part == 1), np.flatnonzero(part == 2))
    )
    return Windows(split, table, train, *held_out)


def leakage(windows: Windows) -> dict[str, float]:
    """What training windows tell about test windows, and how many ratings are ever a target.

    Counts: ``windows``, ``duplicates`` (windows that repeat another). Shares: of test targets that
    are an ``input`` of a training window, of test windows with a ``later`` training window of the
    same user, of test windows whose ``twin`` is a training window, and of all ratings that are a
    ``target`` of any window.
    """
    everything = np.concatenate([windows.train, windows.validation, windows.test])
    target, last_trained = windows.test[:, -1], windows.train[:, -1]
    users = windows.ratings["user"].to_numpy()
    latest = np.full(windows.split.n_users, -1)
    np.maximum.at(latest, users[last_trained], last_trained)
    return {
        "windows": len(everything),
        "duplicates": len(everything) - len(np.unique(everything, axis=0)),
        "input": float(np.isin(target, windows.train[:, :-1]).mean()),
        "later": float((latest[users[target]] > target).mean()),
        "twin": float(np.isin(target, last_trained).mean()),
        "target": len(np.unique(everything[:, -1])) / len(windows.ratings),
    }


@dataclass(frozen=True, eq=False)
class WindowTask(Task):
    """Windows, for :func:`~course_utils.models.transformer.bst`, which knows held-out pairs only.

    inputs: from windows to the model's inputs. pair: user · n_movies + movie of every target,
    ascending; window: the window that asks for it, (n_pairs, length).
    """

    data: Windows
    inputs: Callable[[np.ndarray], dict[str, np.ndarray]]
    pair: np.ndarray
    window: np.ndarray

    def predict(self, model, users, movies):
        asked = users.astype("int64") * self.split.n_movies + movies
        place = np.minimum(np.searchsorted(self.pair, asked), len(self.pair) - 1)
        if (self.pair[place] != asked).any():
            raise ValueError("a pair is the target of no window: windows know held-out pairs only")
        return model.predict(self.inputs(self.window[place]), batch_size=8192, verbose=0).ravel()


def window_task(
    windows: Windows,
    *,
    user_id: bool = False,
    user_features: Mapping[str, np.ndarray] | None = None,
    hide: Sequence[str] = (),
    shuffle: bool = False,
    seed: int = 0,
) -> WindowTask:
    """Train on windows: inputs ``movies``, ``stars`` (n, length - 1) and ``target`` (n,).

    user_id: add ``user`` (n,). user_features: name → code of each user, (n_users,).
    Two ways to take something away, in training and when asked, and see whether the model misses
    it: hide "stars" (all are 1) or "target" (no movie); shuffle the inputs of each window.
    """
    if unknown := set(hide) - {"stars", "target"}:
        raise ValueError(f'hide={sorted(unknown)}: only "stars" and "target" can be hidden')
    ratings, n_movies = windows.ratings, windows.split.n_movies
    # One entry more for "no rating": movie n_movies with 0 stars, which row -1 points to.
    movies = np.append(ratings["movie"].to_numpy(), n_movies).astype("int32")
    stars = np.append(ratings["rating"].to_numpy(), 0).astype("float32")
    users = ratings["user"].to_numpy()
    rng = np.random.default_rng(seed)

    def inputs(rows):
        past, target = rows[:, :-1], rows[:, -1]
        past = rng.permuted(past, axis=1) if shuffle else past
        x = {"movies": movies[past], "stars": stars[past], "target": movies[target]}
        if "stars" in hide:
            x["stars"] = np.ones_like(x["stars"])
        if "target" in hide:
            x["target"] = np.full_like(x["target"], n_movies)
        if user_id:
            x["user"] = users[target]
        for name, code in (user_features or {}).items():
            x[name] = code[users[target]]
        return x

    # A rating is the target of one window, or of identical ones, so a pair names its window.
    known = np.concatenate([windows.test, windows.validation, windows.train])
    pair = users[known[:, -1]].astype("int64") * n_movies + movies[known[:, -1]]
    pair, first = np.unique(pair, return_index=True)

    x, y = inputs(windows.train), stars[windows.train[:, -1]]
    return WindowTask(windows.split, x, y, windows, inputs, pair, known[first])


def _last_before(rows: np.ndarray, seen: np.ndarray, users: np.ndarray, n: int) -> np.ndarray:
    """The last ``n`` of ``seen`` before each of ``rows``, same user; -1 where there are fewer."""
    place = np.searchsorted(seen, rows)[:, None] + np.arange(-n, 0)
    row = seen[np.maximum(place, 0)] if len(seen) else np.zeros(place.shape, int)
    same = (place >= 0) & (users[row] == users[rows][:, None])
    return np.where(same, row, -1)
