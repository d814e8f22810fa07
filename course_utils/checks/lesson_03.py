"""Exercises of lesson 03, sequences and the behaviour sequence transformer."""

import numpy as np

from course_utils.checks.engine import Exercise, Misunderstanding


def _starts(n, length, step, repeat_last=False):
    starts = list(range(0, n - length + 1, step))
    if starts and (repeat_last or starts[-1] + length < n):
        starts.append(n - length)
    return starts


def _create_sequences(values, length, step):
    return [values[s : s + length] for s in _starts(len(values), length, step)]


def _repeats_last(values, length, step):
    return [values[s : s + length] for s in _starts(len(values), length, step, True)]


def _drops_the_rest(values, length, step):
    return [values[s : s + length] for s in range(0, len(values) - length + 1, step)]


def _short_last(values, length, step):
    if len(values) < length:
        return []
    return [values[s : s + length] for s in range(0, len(values) - length + step, step)]


def _one_apart(values, length, step):
    return _create_sequences(values, length, 1)


def _no_overlap(values, length, step):
    return _create_sequences(values, length, length)


def _training_windows(held_out, length, step):
    return _create_sequences(np.flatnonzero(~held_out), length, step)


def _target_only(held_out, length, step):
    windows = _create_sequences(np.arange(len(held_out)), length, step)
    return [w for w in windows if not held_out[w[-1]]]


def _windows_without(held_out, length, step):
    windows = _create_sequences(np.arange(len(held_out)), length, step)
    return [w for w in windows if not held_out[w].any()]


def _all_windows(held_out, length, step):
    return _create_sequences(np.arange(len(held_out)), length, step)


def _counted_anew(held_out, length, step):
    return _create_sequences(np.arange((~held_out).sum()), length, step)


def _distance(n):
    """How many places before rating t (rows) rating s (columns) lies."""
    return np.arange(n)[:, None] - np.arange(n)[None, :]


def _causal_mask(n, memory):
    return (_distance(n) > 0) & (_distance(n) <= memory)


def _residual_target(stars, users, movies, mean, user_bias, movie_bias):
    return stars - (mean + user_bias[users] + movie_bias[movies])


def _as_text(windows):
    """Windows as one line, so that lists and arrays, integers and floats compare alike."""
    return str([[float(value) for value in window] for window in windows])


_HELD_OUT = np.array([False, False, True, False, False, False, True, False, False, True])
_NONE = np.zeros(7, bool)
_BIASES = (
    np.array([4.5, 2.0, 5.0, 1.0]),
    np.array([0, 2, 2, 1]),
    np.array([1, 0, 1, 1]),
    3.5,
    np.array([0.4, -0.7, 0.1]),
    np.array([0.3, -0.2]),
)

EXERCISES = [
    Exercise(
        name="create_sequences",
        reference=_create_sequences,
        cases={
            "7 ratings": (np.arange(10, 17), 4, 2),
            "6 ratings": (np.arange(10, 16), 4, 2),
            "4 ratings": (np.arange(10, 14), 4, 2),
            "3 ratings": (np.arange(10, 13), 4, 2),
            "length 3, step 3, half stars": (np.array([4.5, 3, 2, 5, 0.5, 1, 4, 2]), 3, 3),
        },
        observe=_as_text,
        misunderstandings=[
            Misunderstanding(
                "repeats_last",
                _repeats_last,
                "The last window occurs twice wherever a regular window already ends at the last "
                "rating. That is the published recipe's bug. Add a window for the rest only "
                "where there is a rest.",
            ),
            Misunderstanding(
                "drops_the_rest",
                _drops_the_rest,
                "Where the steps do not come out even, the last rating is in no window. Add one "
                "more window, which ends at the last rating.",
            ),
            Misunderstanding(
                "short_last",
                _short_last,
                "Your last window is shorter than the others. Let it start earlier, so that it "
                "ends at the last rating and has the full length.",
            ),
            Misunderstanding(
                "one_apart",
                _one_apart,
                "Your windows start at every rating. The next one starts `step` ratings later.",
            ),
            Misunderstanding(
                "no_overlap",
                _no_overlap,
                "Your windows do not overlap: the next one starts after `length` ratings. It "
                "should start after `step`.",
            ),
        ],
        right="every window once, and the last rating is in",
    ),
    Exercise(
        name="training_windows",
        reference=_training_windows,
        cases={
            "three held out": (_HELD_OUT, 3, 1),
            "step 2": (_HELD_OUT, 4, 2),
            "none held out": (_NONE, 4, 2),
        },
        observe=_as_text,
        misunderstandings=[
            Misunderstanding(
                "target_only",
                _target_only,
                "No held-out rating is a target any more. But some are still *inputs*: training "
                "sees their stars. Take them out before you cut.",
            ),
            Misunderstanding(
                "windows_without",
                _windows_without,
                "Nothing leaks. But you cut first and threw whole windows away, and training "
                "ratings with them. Take the held-out ratings out first, then cut what is left.",
            ),
            Misunderstanding(
                "all_windows",
                _all_windows,
                "The held-out ratings are still in. These are the windows of 2021.",
            ),
            Misunderstanding(
                "counted_anew",
                _counted_anew,
                "You counted the training ratings from 0 again, so your numbers point at other "
                "ratings. Give the places in the user's whole list.",
            ),
        ],
        right="split first, cut after: nothing held out is in",
    ),
    Exercise(
        name="causal_mask",
        reference=_causal_mask,
        cases={"memory 2": (5, 2), "memory 1": (3, 1), "memory longer than the list": (4, 9)},
        misunderstandings=[
            Misunderstanding(
                "sees_itself",
                lambda n, memory: (_distance(n) >= 0) & (_distance(n) <= memory),
                "The diagonal is True: rating t is looked at when rating t is predicted. The "
                "answer lies in the input, and training error will be near 0.",
            ),
            Misunderstanding(
                "sees_the_future",
                lambda n, memory: _causal_mask(n, memory).T,
                "Rows and columns are swapped: you look at what comes *after*. Row t is the "
                "rating predicted, column s the one looked at.",
            ),
            Misunderstanding(
                "everything_else",
                lambda n, memory: (_distance(n) != 0) & (np.abs(_distance(n)) <= memory),
                "You look both ways. Only what comes before t is known at t.",
            ),
            Misunderstanding(
                "no_limit",
                lambda n, memory: _distance(n) > 0,
                "You look at all that came before. Only the last `memory` ratings are kept.",
            ),
            Misunderstanding(
                "one_too_few",
                lambda n, memory: (_distance(n) > 0) & (_distance(n) < memory),
                "The memory is one too short: s = t − memory may still be looked at.",
            ),
        ],
        right="only what comes before, and not too far",
    ),
    Exercise(
        name="residual_target",
        reference=_residual_target,
        cases={"four ratings": _BIASES, "one rating": (_BIASES[0][:1], [1], [0], *_BIASES[3:])},
        misunderstandings=[
            Misunderstanding(
                "wrong_sign",
                lambda *a: -_residual_target(*a),
                "The sign is turned. Prediction = bias model + correction, so the correction "
                "should be stars − bias model.",
            ),
            Misunderstanding(
                "no_mean",
                lambda stars, users, movies, mean, b_u, b_i: stars - b_u[users] - b_i[movies],
                "The mean is missing: the biases are deviations from it. Your targets lie around "
                "3.5 instead of 0.",
            ),
            Misunderstanding(
                "movie_only",
                lambda stars, users, movies, mean, b_u, b_i: stars - mean - b_i[movies],
                "The user's bias is missing. That is what the *memory* will hold. The target is "
                "what the whole bias model leaves over.",
            ),
            Misunderstanding(
                "user_only",
                lambda stars, users, movies, mean, b_u, b_i: stars - mean - b_u[users],
                "The movie's bias is missing.",
            ),
        ],
        right="what is left over lies around 0, and that is what the transformer learns",
    ),
]
