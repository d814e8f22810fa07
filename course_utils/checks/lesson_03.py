"""Exercises of lesson 03, sequences and the behaviour sequence transformer."""

from functools import cache

import numpy as np
import pandas as pd

from course_utils.checks.engine import Drawn, Exercise, Misunderstanding, OnMovieLens, Rows
from course_utils.checks.networks import ACTIVATIONS, ByHand, network
from course_utils.data.splits import primary_split

_split = cache(primary_split)


# ------------------------------------------------------------------------------- create_sequences
def _create_sequences(values, length=4, step=2):
    n = len(values)
    starts = list(range(0, n - length + 1, step))
    if starts and starts[-1] + length < n:
        starts.append(n - length)
    return [values[start : start + length] for start in starts]


def _regular(n, length, step):
    return list(range(0, n - length + 1, step))


def _if_it_does_not_end_there(starts, n, length, step):
    return bool(starts) and starts[-1] + length < n


def _at_starts(values, starts, length):
    return [values[start : start + length] for start in starts]


def _window_steps(
    values,
    length=4,
    step=2,
    *,
    settings=lambda length, step: (length, step),
    before=lambda values: values,
    regular=_regular,
    rest=_if_it_does_not_end_there,
    cut=_at_starts,
    after=lambda windows, values, length: windows,
):
    length, step = settings(length, step)
    values = before(values)
    starts = regular(len(values), length, step)
    if rest(starts, len(values), length, step):
        starts.append(len(values) - length)
    return after(cut(values, starts, length), values, length)


def _no_rest(starts, n, length, step):
    return False


def _one_end_early(n, length, step):
    return list(range(0, n - length, step))


def _from_the_end(n, length, step):
    return list(range(n - length, -1, -step))[::-1]


def _up_to_the_end(values, starts, length):
    """The last window starts after the others and is as long as what is left."""
    if len(starts) > 1 and starts[-1] + length == len(values):
        gap = starts[1] - starts[0]
        starts = [*starts[:-1], min(starts[-2] + gap, len(values) - 1)]
    return _at_starts(values, starts, length)


def _padded(values, starts, length):
    return [
        np.pad(np.asarray(window, float), (0, length - len(window)))
        for window in _up_to_the_end(values, starts, length)
    ]


def _equal_parts(values, starts, length):
    return np.array_split(values, max(1, len(values) // length))


def _without_equal_ones(windows, values, length):
    return [w for i, w in enumerate(windows) if tuple(w) not in [tuple(v) for v in windows[:i]]]


def _unique(windows, values, length):
    return sorted(set(map(tuple, windows)))


def _short_one(windows, values, length):
    return windows if len(values) >= length else [values]


def _all_the_last(windows, values, length):
    whole = [w for i, w in enumerate(windows) if i < len(windows) - 1 or len(windows) == 1]
    return [whole[-1]] * len(whole) if windows else []


def _half_stars(rng):
    return rng.integers(1, 11, 23) / 2, 6, 4


def _of_one_user(data):
    user = data.ratings["user_id"].mode()[0]
    own = data.ratings[data.ratings["user_id"] == user].sort_values("timestamp", kind="stable")
    return own["rating"].to_numpy(float), 50, 20


# ------------------------------------------------------------------------------- training_windows
def _training_windows(held_out, length=4, step=2):
    return _create_sequences(np.flatnonzero(~held_out), length, step)


def _training_steps(
    held_out,
    length=4,
    step=2,
    *,
    places=lambda out: np.flatnonzero(~out),
    settings=lambda length, step: (length, step),
    regular=_regular,
    rest=_if_it_does_not_end_there,
    after=lambda windows, out: windows,
):
    length, step = settings(length, step)
    kept = places(np.asarray(held_out))
    windows = _window_steps(kept, length, step, regular=regular, rest=rest)
    return after([np.asarray(window) for window in windows], np.asarray(held_out))


def _everywhere(out):
    return np.arange(len(out))


def _kept_if(clean):
    """Windows over all ratings, of which those stay that are ``clean``."""
    return {
        "places": _everywhere,
        "after": lambda windows, out: [w for w in windows if clean(out[w])],
    }


def _in_each_run(held_out, length=4, step=2):
    places = np.flatnonzero(~held_out)
    runs = np.split(places, np.flatnonzero(np.diff(places) > 1) + 1)
    return [window for run in runs for window in _create_sequences(run, length, step)]


_HELD_OUT = np.array([False, False, True, False, False, False, True, False, False, True])


def _some_held_out(rng):
    return rng.random(40) < 0.2, 5, 3


def _held_out_of_one_user(data):
    split = _split(data)
    user = split.train["user"].mode()[0]
    parts = [(split.train, False), (split.validation, True), (split.test, True)]
    own = pd.concat([part[part["user"] == user].assign(out=out) for part, out in parts])
    return own.sort_values("timestamp", kind="stable")["out"].to_numpy(), 8, 4


# -------------------------------------------------------------------------------------- attention
def _as_it_is(values, *_):
    return values


def _attention(queries, keys, values):
    score = queries @ keys.T / np.sqrt(keys.shape[1])
    return ACTIVATIONS["softmax"](score) @ values


def _attention_steps(
    queries, keys, values, *, asked=_as_it_is, score=lambda q, k: q @ k.T,
    scaled=lambda score, q, k: score / np.sqrt(k.shape[1]), weights=ACTIVATIONS["softmax"],
    told=lambda w, q, k, v: w @ v, finish=_as_it_is,
):  # fmt: skip
    weight = weights(scaled(score(asked(queries), keys), queries, keys))
    return finish(told(weight, queries, keys, values))


def _softmax_of_columns(score):
    return ACTIVATIONS["softmax"](score.T).T


def _softmax_of_all(score):
    return ACTIVATIONS["softmax"](score.ravel()).reshape(score.shape)


def _divided_by_the_sum(score):
    total = score.sum(axis=1, keepdims=True)
    return score / np.where(total == 0, 1.0, total)


def _some_tokens(rng, queries, values):
    """Queries and values of these shapes, and keys to them, as Keras would have them."""
    shapes = queries, (values[0], queries[1]), values
    return tuple(rng.normal(0, 1, shape).astype("float32") for shape in shapes)


# ------------------------------------------------------------------- transformer_block, bst_network
def _leaky(x, slope=0.3):
    return np.where(x > 0, x, slope * x)


def _normal(x, of, name, axis=-1):
    spread = np.sqrt(x.var(axis, keepdims=True) + 1e-3)
    return (x - x.mean(axis, keepdims=True)) / spread * of[f"gain_{name}"] + of[f"shift_{name}"]


def _look(of, x, causal):
    """Attention of tokens to one another, as keras.layers.MultiHeadAttention has it."""
    query, key, value = (
        np.einsum("btd,dhk->bthk", x, of[part]) + of[f"{part}_bias"]
        for part in ("query", "key", "value")
    )
    score = np.einsum("bqhk,bshk->bhqs", query, key) / np.sqrt(query.shape[-1])
    if causal:
        score = np.where(np.tri(x.shape[1], dtype=bool), score, -1e9)
    seen = np.einsum("bhqs,bshk->bqhk", ACTIVATIONS["softmax"](score), value)
    return np.einsum("bqhk,hkd->bqd", seen, of["mix"]) + of["mix_bias"]


def _transformer_block(
    n_tokens, width, heads, *, key_width=lambda width, heads: width, causal=False,
    read=lambda tokens, norm_1: tokens, first=lambda tokens, seen, norm_1: norm_1(tokens + seen),
    think=lambda x, dense, norm_2: dense(_leaky(x)),
    second=lambda x, thought, norm_2, tokens: norm_2(x + thought), without=(), wide=None, noise=(),
    order=_as_it_is,
):  # fmt: skip
    narrow = (heads, key_width(width, heads))
    shapes = dict.fromkeys(("query", "key", "value"), (width, *narrow))
    shapes |= dict.fromkeys(("query_bias", "key_bias", "value_bias"), narrow)
    shapes |= {"mix": (*narrow, width), "mix_bias": (width,), "gain_1": (width,)}
    shapes |= {"shift_1": (width,)} | ({"dense": (width, width)} if wide is None else wide(width))
    shapes |= {"dense_bias": (width,), "gain_2": (width,), "shift_2": (width,)}
    shapes = {name: shapes[name] for name in order(list(shapes)) if name not in without}

    def forward(weights, tokens):
        of = dict(zip(shapes, weights, strict=True))

        def dense(x):
            x = x if wide is None else _leaky(x @ of["wide"] + of["wide_bias"])
            return x @ of["dense"] + of["dense_bias"]

        def norm_1(x):
            return _normal(x, of, 1)

        def norm_2(x):
            return _normal(x, of, 2)

        x = first(tokens, _look(of, read(tokens, norm_1), causal), norm_1)
        return second(x, think(x, dense, norm_2), norm_2, tokens)

    return ByHand(list(shapes.values()), forward, noise)


_NORM_1, _NORM_2 = ("gain_1", "shift_1"), ("gain_2", "shift_2")


def _norms_first(names):
    """The weights in the order in which a pre-norm block makes them."""
    inner = [name for name in names if name not in (*_NORM_1, *_NORM_2)]
    return [*_NORM_1, *inner[:8], *_NORM_2, *inner[8:]]


def _some_vectors(n_tokens, width, *_):
    return np.random.default_rng(7).normal(0, 1, (3, n_tokens, width)).astype("float32")


def _target_last(past, asked):
    return np.concatenate([past, asked], axis=1)


def _side_by_side(tokens):
    return tokens.reshape(len(tokens), -1)


def _bst_network(
    n_movies, length, heads, hidden, *, movie_rows=lambda n: n + 1, tables=1,
    places=lambda length: length - 1, past=lambda movies, places, stars: (movies + places) * stars,
    tokens=_target_last, blocks=1, flat=_side_by_side,
    widths=_as_it_is, bend=_leaky, last=_as_it_is, n_out=1, noise=(),
):  # fmt: skip
    width, hidden = int(np.sqrt(n_movies)), widths(list(hidden))
    n_tokens = tokens(np.zeros((1, length - 1, width)), np.zeros((1, 1, width))).shape[1]
    inner = [_transformer_block(n_tokens, width, heads) for _ in range(blocks)]
    shapes = [(movie_rows(n_movies), width)] * tables
    shapes += [(places(length), width)] * (places(length) > 0)
    shapes += [np.shape(weight) for block in inner for weight in block.get_weights()]
    before = flat(np.zeros((1, n_tokens, width))).shape[1]
    for after in (*hidden, n_out):
        shapes += [(before, after), (after,)]
        before = after

    def forward(given, x):
        weights = iter(given)
        vectors = [next(weights) for _ in range(tables)]
        place = next(weights) if places(length) else np.zeros((1, width))
        movies, target = vectors[0][x["movies"]], vectors[-1][x["target"]][:, None]
        if len(place) == length:  # the movie asked about has a place, too
            place, target = place[:-1], target + place[-1]
        seen = tokens(past(movies, place, x["stars"][..., None]), target)
        for block in inner:
            block.set_weights([next(weights) for _ in block.get_weights()])
            seen = block(seen)
        y = flat(seen)
        for _ in hidden:
            y = bend(y @ next(weights) + next(weights))
        return last(y @ next(weights) + next(weights))

    return ByHand(shapes, forward, noise)


def _some_windows(n_movies, length, *_):
    rng = np.random.default_rng(7)
    movies = rng.integers(0, n_movies, (4, length)).astype("int32")
    stars = (rng.integers(1, 11, (4, length - 1)) / 2).astype("float32")
    return {"movies": movies[:, :-1], "stars": stars, "target": movies[:, -1]}


# ------------------------------------------------------------------------------------ causal_mask
def _causal_mask(n, memory):
    distance = np.arange(n)[:, None] - np.arange(n)
    return (distance >= 1) & (distance <= memory)


def _mask_steps(
    n,
    memory,
    *,
    distance=lambda t, s: t - s,
    nearest=1,
    farthest=lambda memory: memory,
    after=lambda mask: mask,
):
    far = distance(np.arange(n)[:, None], np.arange(n))
    return after((far >= nearest) & (far <= farthest(memory)))


def _columns(kept):
    """All that came before, in the columns that ``kept(columns, n, memory)`` says."""

    def mask(n, memory):
        return np.tril(np.ones((n, n), bool), -1) & kept(np.arange(n), n, memory)

    return mask


def _wrapping(n, memory):
    mask = np.zeros((n, n), bool)
    for t in range(n):
        mask[t, t - memory : t] = True
    return mask


def _wraps_round(n, memory):
    mask = np.zeros((n, n), bool)
    for t in range(n):
        mask[t, np.arange(t - memory, t)] = True
    return mask


# --------------------------------------------------------------------------------- residual_target
def _residual_target(stars, users, movies, mean, user_bias, movie_bias):
    return stars - (mean + user_bias[users] + movie_bias[movies])


def _residual_steps(
    stars,
    users,
    movies,
    mean,
    user_bias,
    movie_bias,
    *,
    level=lambda mean, stars: mean,
    user=lambda bias, users, movies: bias[users],
    movie=lambda bias, users, movies: bias[movies],
    expected=lambda level, user, movie: level + user + movie,
    clip=lambda expected: expected,
    left=lambda stars, expected: stars - expected,
):
    users, movies = np.asarray(users), np.asarray(movies)
    own, its = user(user_bias, users, movies), movie(movie_bias, users, movies)
    return left(stars, clip(expected(level(mean, stars), own, its)))


def _nothing(bias, users, movies):
    return 0.0


def _mean_bias(bias, users, movies):
    return bias.mean()


def _by_place(bias, users, movies):
    return bias[np.arange(len(users)) % len(bias)]


def _without_index(bias, users, movies):
    return bias


def _at_movies(bias, users, movies):
    return bias[movies]


def _at_users(bias, users, movies):
    return bias[users]


def _before_that_one(index):
    return lambda bias, users, movies: bias[(users, movies)[index] - 1]


_USER_BIAS, _MOVIE_BIAS = np.array([0.4, -0.7, 0.1, 1.2]), np.array([0.3, -0.2, 0.9, -1.5])
_RATED = (
    np.array([4.5, 2.0, 5.0, 1.0, 0.5, 3.0]),
    np.array([3, 2, 0, 2, 1, 3]),
    np.array([1, 0, 2, 1, 3, 2]),
    3.5,
)


def _some_ratings(rng):
    users, movies = rng.integers(0, 7, 30), rng.integers(0, 12, 30)
    return (
        rng.integers(1, 11, 30) / 2,
        users,
        movies,
        3.4,
        rng.normal(0, 1, 7),
        rng.normal(0, 1, 12),
    )


def _training(data):
    split = _split(data)
    train, mean = split.train, float(split.train["rating"].mean())
    stars = train["rating"].astype(float)
    by_user = stars.groupby(train["user"]).mean().reindex(range(split.n_users)) - mean
    by_movie = stars.groupby(train["movie"]).mean().reindex(range(split.n_movies)) - mean
    indices = train["user"].to_numpy(), train["movie"].to_numpy()
    return stars.to_numpy(), *indices, mean, by_user.to_numpy(), by_movie.fillna(0).to_numpy()


_CREATE_SEQUENCES = [
    Misunderstanding("repeats_last", {"rest": lambda starts, n, length, step: bool(starts)},
        "The last window occurs twice wherever a regular window already ends at the last rating. "
        "That is the published recipe's bug. Add a window for the rest only where there is a "
        "rest."),
    Misunderstanding("drops_the_rest", {"rest": _no_rest},
        "Where the steps do not come out even, the last rating is in no window. Add one more "
        "window, which ends at the last rating."),
    Misunderstanding("short_last", {"cut": _up_to_the_end},
        "Your last window is shorter than the others. Let it start earlier, so that it ends at "
        "the last rating and has the full length."),
    Misunderstanding("padded", {"cut": _padded},
        "You filled the last window up with zeros: nobody gave 0 stars. Let it start earlier, so "
        "that it ends at the last rating."),
    Misunderstanding("equal_values_once", {"after": _without_equal_ones},
        "You dropped windows with equal *values*. Four times 4 stars may come twice in a user's "
        "list. What must not come twice is the same place: compare starts."),
    Misunderstanding("unique_sorted", {"after": _unique},
        "np.unique (or a set) drops windows with equal values and sorts the rest: time order is "
        "lost. Compare starts, and keep their order."),
    Misunderstanding("one_apart", {"settings": lambda length, step: (length, 1)},
        "Your windows start at every rating. The next one starts `step` ratings later."),
    Misunderstanding("no_overlap", {"settings": lambda length, step: (length, length)},
        "Your windows do not overlap: the next one starts after `length` ratings. It should start "
        "after `step`."),
    Misunderstanding("step_as_overlap",
        {"settings": lambda length, step: (length, max(length - step, 1))},
        "Your windows *share* `step` ratings. step is how many ratings later the next one starts. "
        "(For length 4 and step 2 both are the same.)"),
    Misunderstanding("starts_at_one",
        {"regular": lambda n, length, step: list(range(1, n - length + 1, step)), "rest": _no_rest},
        "Your first window starts at place 1. Python counts from 0."),
    Misunderstanding("exchanged", {"settings": lambda length, step: (step, length)},
        "length and step are exchanged."),
    Misunderstanding("settings_ignored", {"settings": lambda length, step: (4, 2)},
        "Your windows have length 4 and step 2 whatever is asked. Use the arguments."),
    Misunderstanding("step_ignored", {"settings": lambda length, step: (length, 2)},
        "Your windows are always 2 apart. Use the argument step."),
    Misunderstanding("ends_early", {"regular": _one_end_early, "rest": _no_rest},
        "The last window is missing even where the steps come out even: range leaves out its end, "
        "so it has to go to n − length + 1. And what about a rest?"),
    Misunderstanding("one_window_missing", {"regular": _one_end_early},
        "With exactly `length` ratings there is one window: range leaves out its end, so it has "
        "to go to n − length + 1."),
    Misunderstanding("remainder_of_n",
        {"rest": lambda starts, n, length, step: bool(starts) and n % step > 0},
        "You ask whether n is a multiple of step. Is the last start plus length less than n? That "
        "is the remainder of (n − length)."),
    Misunderstanding("remainder_by_length",
        {"rest": lambda starts, n, length, step: bool(starts) and n % length > 0},
        "You ask whether n is a multiple of length. Windows overlap: is the last start plus "
        "length less than n?"),
    Misunderstanding("over_the_end",
        {"regular": lambda n, length, step: list(range(0, n, step)), "rest": _no_rest},
        "Your windows run over the end, and the last ones are too short: range has to stop at n − "
        "length + 1. Then one more window for the rest."),
    Misunderstanding("equal_parts", {"cut": _equal_parts},
        "You split the list into parts. Windows overlap: the next one starts `step` ratings "
        "later."),
    Misunderstanding("places",
        {"cut": lambda v, starts, length: [range(s, s + length) for s in starts]},
        "Those are places, not values: cut values[start : start + length]."),
    Misunderstanding("short_one_for_few", {"after": _short_one},
        "Fewer than `length` ratings make no window, not a short one."),
    Misunderstanding("from_the_end", {"regular": _from_the_end},
        "You cut from the end. The first window starts at the first rating; only the last one is "
        "moved."),
    Misunderstanding("one_too_long", {"settings": lambda length, step: (length + 1, step)},
        "Each window is one too long: a slice leaves out its end, so values[start : start + "
        "length] has `length` values."),
    Misunderstanding("sorted_values", {"before": np.sort},
        "You sorted the values. Their order is time: leave it."),
    Misunderstanding("last_moved_first",
        {"after": lambda windows, values, length: windows[-1:] + windows[:-1]},
        "The last window stands first. Append it."),
    Misunderstanding("first_missing", {"after": lambda windows, values, length: windows[1:]},
        "The first window is missing. Start at 0."),
    Misunderstanding("written_over", {"after": _all_the_last},
        "All your windows are the same: one array was filled again and again, and the list holds "
        "it many times. Make a new one (or copy) for each window."),
    Misunderstanding("starts_only",
        {"cut": lambda values, starts, length: [[start] for start in starts]},
        "Those are the starts. Cut a window at each of them."),
    Misunderstanding("one_long_list",
        {"after": lambda windows, values, length: [[v] for w in windows for v in w]},
        "The windows are joined to one long list: append each of them, do not extend."),
]  # fmt: skip

_TRAINING_WINDOWS = [
    Misunderstanding("target_only", _kept_if(lambda out: not out[-1]),
        "No held-out rating is a target any more. But some are still *inputs*: training sees "
        "their stars. Take them out before you cut.",
        "section “The trap: cut first, split later”."),
    Misunderstanding("inputs_only", _kept_if(lambda out: not out[:-1].any()),
        "No held-out rating is an input any more, but some are still *targets*: training learns "
        "them by heart. Take them out before you cut."),
    Misunderstanding("first_only", _kept_if(lambda out: not out[0]),
        "You looked at the first rating of each window only. Take all held-out ratings out before "
        "you cut."),
    Misunderstanding("windows_without", _kept_if(lambda out: not out.any()),
        "Nothing leaks. But you cut first and threw whole windows away, and training ratings with "
        "them. Take the held-out ratings out first, then cut what is left."),
    Misunderstanding("not_all_held_out", _kept_if(lambda out: not out.all()),
        "You dropped windows in which *every* rating is held out. One is enough to leak. Take "
        "them out before you cut."),
    Misunderstanding("all_windows", {"places": _everywhere},
        "The held-out ratings are still in. These are the windows of 2021.",
        "section “The trap: cut first, split later”."),
    Misunderstanding("taken_out_after",
        {"places": _everywhere, "after": lambda windows, out: [w[~out[w]] for w in windows]},
        "You took the held-out ratings out of windows that were cut already: their lengths "
        "differ. Take out first, then cut."),
    Misunderstanding("in_each_run", _in_each_run,
        "You cut between held-out ratings only, and short runs are lost. A window may reach over "
        "a gap: cut the list of all training places."),
    Misunderstanding("up_to_the_first",
        {"places": lambda out: np.arange(out.argmax() if out.any() else len(out))},
        "You stopped at the first held-out rating. Training ratings come after it, too."),
    Misunderstanding("held_out_windows", {"places": np.flatnonzero},
        "Those are windows of what *was* held out: the ~ is missing."),
    Misunderstanding("counted_anew", {"places": lambda out: np.arange((~out).sum())},
        "You counted the training ratings from 0 again, so your numbers point at other ratings. "
        "Give the places in the user's whole list."),
    Misunderstanding("counted_from_one", {"places": lambda out: np.flatnonzero(~out) + 1},
        "Your places count from 1. The first rating is place 0."),
    Misunderstanding("true_and_false", {"places": lambda out: ~out},
        "Those are windows of True and False. Ask where: np.flatnonzero(~held_out)."),
    Misunderstanding("flags", {"places": lambda out: out},
        "Those are windows of held_out itself. Ask where it is False: np.flatnonzero(~held_out)."),
    Misunderstanding("a_tuple", lambda held_out, length=4, step=2: [],
        "No window at all. np.where returns a tuple: write np.where(…)[0], or np.flatnonzero."),
    Misunderstanding("places_zero_and_one",
        {"places": lambda out: np.delete(np.arange(len(out)), out.astype(int))},
        "You deleted places 0 and 1: True and False were taken for numbers. Use the mask itself "
        "as an index, [~held_out]."),
    Misunderstanding("marked", {"places": lambda out: np.where(out, -1, np.arange(len(out)))},
        "Held-out ratings are marked, but still in the windows. Leave them out."),
    Misunderstanding("settings_ignored", {"settings": lambda length, step: (4, 2)},
        "length and step are not passed on: your windows have 4 and 2 whatever is asked."),
    Misunderstanding("one_apart", {"settings": lambda length, step: (length, 1)},
        "Your windows start at every place. The next one starts `step` places later."),
    Misunderstanding("no_overlap", {"settings": lambda length, step: (length, length)},
        "Your windows do not overlap: the next one should start after `step`, not `length`."),
    Misunderstanding("over_the_end",
        {"regular": lambda n, length, step: list(range(0, n, step)), "rest": _no_rest},
        "Your windows run over the end, and the last ones are too short (exercise 1).",
        "section “Exercise 1 · Windows, each of them once”."),
    Misunderstanding("reversed", {"places": lambda out: np.flatnonzero(~out)[::-1]},
        "Your places run backwards. Time order is from the first rating to the last."),
    Misunderstanding("last_missing", {"places": lambda out: np.flatnonzero(~out)[:-1]},
        "The last training rating is in no window."),
    Misunderstanding("flags_at_places", {"after": lambda windows, out: [out[w] for w in windows]},
        "Those are the flags at the right places. Return the places themselves."),
    Misunderstanding("drops_the_rest", {"rest": _no_rest},
        "The places are right, the windows lack the last one: where steps do not come out even, "
        "one more window ends at the last training rating (exercise 1).",
        "section “Exercise 1 · Windows, each of them once”."),
    Misunderstanding("repeats_last", {"rest": lambda starts, n, length, step: bool(starts)},
        "The places are right, but the last window comes twice where the steps come out even "
        "(exercise 1).",
        "section “Exercise 1 · Windows, each of them once”."),
]  # fmt: skip

_CAUSAL_MASK = [
    Misunderstanding("sees_itself", {"nearest": 0},
        "The diagonal is True: rating t is looked at when rating t is predicted. The answer lies "
        "in the input, and training error will be near 0.",
        "section “The trap: a memory that knows the answer”."),
    Misunderstanding("sees_itself_not_the_last",
        {"nearest": 0, "farthest": lambda memory: memory - 1},
        "Your memory holds rating t itself and memory − 1 before it. t is what is asked for: look "
        "at the `memory` ratings before it."),
    Misunderstanding("sees_the_future", {"distance": lambda t, s: s - t},
        "Rows and columns are swapped: you look at what comes *after*. Row t is the rating "
        "predicted, column s the one looked at."),
    Misunderstanding("everything_else", {"distance": lambda t, s: np.abs(t - s)},
        "You look both ways. Only what comes before t is known at t."),
    Misunderstanding("no_limit", {"farthest": lambda memory: np.inf},
        "You look at all that came before. Only the last `memory` ratings are kept."),
    Misunderstanding("whole_triangle", {"nearest": 0, "farthest": lambda memory: np.inf},
        "Two things: the diagonal is True, so that rating t sees itself (np.tril needs k=−1); and "
        "nothing limits the memory."),
    Misunderstanding("all_of_the_future",
        {"distance": lambda t, s: s - t, "farthest": lambda memory: np.inf},
        "Two things: you look at what comes *after* t (np.triu), and nothing limits the memory."),
    Misunderstanding("one_too_few", {"farthest": lambda memory: memory - 1},
        "The memory is one too short: s = t − memory may still be looked at."),
    Misunderstanding("one_too_many", {"farthest": lambda memory: memory + 1},
        "The memory is one too long: s = t − memory is the last that may be looked at."),
    Misunderstanding("nearest_missing", {"nearest": 2},
        "The rating just before t is missing: distance 1 belongs to the memory."),
    Misunderstanding("only_the_last", {"nearest": 1, "farthest": lambda memory: 1},
        "You look at one rating, the one just before. All of the last `memory` are kept."),
    Misunderstanding("exactly_memory", lambda n, memory: _mask_steps(n, memory, nearest=memory),
        "You look at the rating exactly `memory` places before, and not at those between: <=, not "
        "==."),
    Misunderstanding("only_older", lambda n, memory: np.tril(np.ones((n, n), bool), -memory),
        "np.tril with k = −memory keeps what is *older* than the memory. Keep what is at most "
        "`memory` places before."),
    Misunderstanding("first_columns", _columns(lambda s, n, memory: s < memory),
        "You keep the first `memory` columns for every row. The memory moves along with t."),
    Misunderstanding("last_columns", _columns(lambda s, n, memory: s >= n - memory),
        "You keep the last `memory` columns for every row. The memory moves along with t."),
    Misunderstanding("start_below_zero", _wrapping,
        "The first rows are empty: t − memory is below 0 there, and Python counts from the end. "
        "Write max(0, t − memory)."),
    Misunderstanding("wraps_round", _wraps_round,
        "The first rows look at the *last* ratings: t − memory is below 0 there, and Python "
        "counts from the end. Start at max(0, t − memory)."),
    Misunderstanding("first_row_filled",
        {"after": lambda mask: mask | (np.arange(mask.size).reshape(mask.shape) == 0)},
        "Row 0 sees itself. Nothing comes before the first rating: its row stays empty."),
    Misunderstanding("hidden_is_true", {"after": np.logical_not},
        "True and False are exchanged: here True means *may* be looked at. (In some libraries a "
        "mask says what is hidden.)"),
    Misunderstanding("minus_infinity", {"after": lambda mask: np.where(mask, 0.0, -np.inf)},
        "Those are numbers to add to attention scores. Return True where a rating may be looked "
        "at."),
    Misunderstanding("shares",
        {"after": lambda mask: mask / np.maximum(mask.sum(axis=1, keepdims=True), 1)},
        "You divided each row by its sum. A mask says yes or no; attention divides later."),
    Misunderstanding("everything", lambda n, memory: np.ones((n, n), bool),
        "Everything may be looked at. (Was | written for &?)"),
    Misunderstanding("nothing", lambda n, memory: np.zeros((n, n), bool),
        "Nothing may be looked at: no cell fits both of your conditions."),
    Misunderstanding("future_open",
        lambda n, memory: _mask_steps(n, memory, nearest=-n) & ~np.eye(n, dtype=bool),
        "All of the future may be looked at: d <= memory is also true for negative distances. Ask "
        "for 1 <= d as well."),
    Misunderstanding("how_many", {"after": lambda mask: mask.sum(axis=1)},
        "That is how many may be looked at. Return which: True or False for each cell."),
    Misunderstanding("distances",
        lambda n, memory: _causal_mask(n, memory) * (np.arange(n)[:, None] - np.arange(n)),
        "Those are distances. Return True where the distance fits."),
]  # fmt: skip

_RESIDUAL_TARGET = [
    Misunderstanding("wrong_sign", {"left": lambda stars, expected: expected - stars},
        "The sign is turned. Prediction = bias model + correction, so the correction should be "
        "stars − bias model."),
    Misunderstanding("no_mean", {"level": lambda mean, stars: 0.0},
        "The mean is missing: the biases are deviations from it. Your targets lie around 3.5 "
        "instead of 0."),
    Misunderstanding("movie_only", {"user": _nothing},
        "The user's bias is missing. That is what the *memory* will hold. The target is what the "
        "whole bias model leaves over."),
    Misunderstanding("user_only", {"movie": _nothing},
        "The movie's bias is missing."),
    Misunderstanding("mean_only", {"user": _nothing, "movie": _nothing},
        "Only the mean is taken away. Both biases belong to the bias model."),
    Misunderstanding("brackets", {"expected": lambda level, user, movie: level - user - movie},
        "Brackets: stars − mean + bias *adds* the bias. Subtract the whole bias model, stars − "
        "(mean + … + …)."),
    Misunderstanding("movie_bias_turned",
        {"expected": lambda level, user, movie: level + user - movie},
        "The movie's bias has the wrong sign: the bias model adds it, and you subtract the whole "
        "model."),
    Misunderstanding("user_bias_turned",
        {"expected": lambda level, user, movie: level - user + movie},
        "The user's bias has the wrong sign: the bias model adds it, and you subtract the whole "
        "model."),
    Misunderstanding("tables_without_index", {"user": _without_index, "movie": _without_index},
        "You used the tables of biases as they are. The first rating is not the first user's: "
        "look the bias up, user_bias[users]."),
    Misunderstanding("by_place", {"user": _by_place, "movie": _by_place},
        "You looked biases up by the rating's place in the list. Look them up by user and movie."),
    Misunderstanding("tables_exchanged", {"user": _at_movies, "movie": _at_users},
        "The tables are exchanged: user_bias belongs to users, movie_bias to movies."),
    Misunderstanding("users_for_both", {"movie": _at_users},
        "You looked the movie's bias up by the user: movie_bias[movies]."),
    Misunderstanding("movies_for_both", {"user": _at_movies},
        "You looked the user's bias up by the movie: user_bias[users]."),
    Misunderstanding("numbered_from_one",
        {"user": _before_that_one(0), "movie": _before_that_one(1)},
        "You subtracted 1 from the indices. They count from 0 already."),
    Misunderstanding("own_mean", {"level": lambda mean, stars: np.mean(stars)},
        "You took the mean of these ratings. The bias model's mean is given."),
    Misunderstanding("mean_twice", {"level": lambda mean, stars: 2 * mean},
        "The mean is subtracted twice. The biases are deviations already."),
    Misunderstanding("product", {"expected": lambda level, user, movie: level + user * movie},
        "You multiplied the biases. The bias model adds them."),
    Misunderstanding("bias_model", {"left": lambda stars, expected: expected},
        "That is the bias model's prediction. What is left over is stars minus that."),
    Misunderstanding("ratio", {"left": lambda stars, expected: stars / expected},
        "You divided. A correction is added, so the target is a difference."),
    Misunderstanding("squared", {"left": lambda stars, expected: (stars - expected) ** 2},
        "That is the squared error. The target keeps its sign and is not squared."),
    Misunderstanding("absolute", {"left": lambda stars, expected: np.abs(stars - expected)},
        "The signs are lost. A correction may be negative."),
    Misunderstanding("clipped", {"clip": lambda expected: np.clip(expected, 1, 5)},
        "You clipped the bias model to 1 … 5. The correction is added to what it says, unclipped; "
        "only the sum is clipped, at the end."),
    Misunderstanding("rounded", {"clip": np.round},
        "You rounded the bias model. Leave it: the correction is a fraction of a star."),
    Misunderstanding("mean_of_three",
        {"expected": lambda level, user, movie: (level + user + movie) / 3},
        "You took the mean of the three parts. The bias model adds them."),
    Misunderstanding("mean_of_looked_up",
        {"user": lambda bias, u, m: bias[u].mean(), "movie": lambda bias, u, m: bias[m].mean()},
        "You took the mean of the biases. Each rating has its own user and movie."),
    Misunderstanding("mean_stars", {"left": lambda stars, expected: np.mean(stars) - expected},
        "You took the mean of the stars. Each rating has its own stars."),
    Misunderstanding("mean_biases", {"user": _mean_bias, "movie": _mean_bias},
        "You used the mean bias of everybody. Look each rating's own up: user_bias[users]."),
    Misunderstanding("target_clipped",
        {"left": lambda stars, expected: np.clip(stars - expected, 1, 5)},
        "A correction lies around 0 and may be negative: it is no star to be clipped."),
    Misunderstanding("centred", lambda *a: _residual_target(*a) - np.mean(_residual_target(*a)),
        "You took the mean of the residuals away as well. Leave it: the model may learn it."),
]  # fmt: skip

_ATTENTION = [
    Misunderstanding("no_softmax", {"weights": _as_it_is},
        "Those are scores, not weights: they may be negative, and a row does not add up to 1. Take "
        "the softmax of each row."),
    Misunderstanding("softmax_of_columns", {"weights": _softmax_of_columns},
        "Your columns add up to 1. Each *row* belongs to one query, so each row must: axis=-1."),
    Misunderstanding("softmax_of_all", {"weights": _softmax_of_all},
        "The whole table adds up to 1. Each query has its own weights: take the softmax of each "
        "row."),
    Misunderstanding("exp_only", {"weights": np.exp},
        "You took the exponential and did not divide: a row of weights adds up to 1."),
    Misunderstanding("by_the_sum", {"weights": _divided_by_the_sum},
        "You divided the scores by their sum. They can be negative: take the exponential first."),
    Misunderstanding("sigmoid", {"weights": ACTIVATIONS["sigmoid"]},
        "A sigmoid looks at one score at a time. Softmax makes the weights of a row add up to 1."),
    Misunderstanding("hard", {"weights": lambda s: (s == s.max(1, keepdims=True)).astype(float)},
        "Your query looks at one key only. Softmax gives every key a share."),
    Misunderstanding("not_scaled", {"scaled": lambda score, q, k: score},
        "The division by √d is missing, so the weights are too sharp."),
    Misunderstanding("by_d", {"scaled": lambda score, q, k: score / k.shape[1]},
        "You divided by d. Divide by its root."),
    Misunderstanding("by_root_of_tokens", {"scaled": lambda score, q, k: score / len(k) ** 0.5},
        "You divided by the root of the number of keys. d is how long a key is: keys.shape[1]."),
    Misunderstanding("times_root", {"scaled": lambda score, q, k: score * k.shape[1] ** 0.5},
        "You multiplied by √d. Divide by it."),
    Misunderstanding("scaled_after", {"scaled": lambda score, q, k: score,
        "told": lambda w, q, k, v: w / np.sqrt(k.shape[1]) @ v},
        "You divided by √d after the softmax. Then a row no longer adds up to 1: divide the "
        "scores."),
    Misunderstanding("mean", {"weights": lambda score: np.full(score.shape, 1 / score.shape[1])},
        "All weights are equal: that is the mean of the values. The scores decide."),
    Misunderstanding("weights", {"told": lambda w, q, k, v: w},
        "Those are the weights. Asked is the weighted sum of the values: weights @ values."),
    Misunderstanding("keys_summed", lambda q, k, v: _attention(q, k, k),
        "You summed the keys. Keys are compared, values are summed: weights @ values."),
    Misunderstanding("keys_exchanged", lambda q, k, v: _attention(k, q, v),
        "Queries and keys are exchanged: a row belongs to a query."),
    Misunderstanding("values_compared", lambda q, k, v: _attention(q, v, v),
        "You compared the queries with the values. Compare them with the keys."),
    Misunderstanding("negative", {"score": lambda q, k: -(q @ k.T)},
        "Your weights are largest where query and key point in opposite directions. Drop the "
        "minus."),
    Misunderstanding("distance",
        {"score": lambda q, k: -((q[:, None] - k[None]) ** 2).sum(axis=2)},
        "You took the distance of query and key. The score is their product, q @ k.T."),
    Misunderstanding("summed_up", {"finish": lambda told: told.sum(axis=0)},
        "You added up the rows. Each query keeps its own sum."),
]  # fmt: skip

_TRANSFORMER_BLOCK = [
    Misunderstanding("nothing_added_first", {"first": lambda tokens, seen, norm: norm(seen)},
        "What attention found takes the place of the tokens. Add it to them, then normalise."),
    Misunderstanding("nothing_added_second",
        {"second": lambda x, thought, norm, tokens: norm(thought)},
        "What the dense layer says takes the place of what came in. Add the two, then normalise."),
    Misunderstanding("nothing_added",
        {"first": lambda tokens, seen, norm: norm(seen),
         "second": lambda x, thought, norm, tokens: norm(thought)},
        "Nothing is added anywhere. Both steps add to what came in: tokens + seen, x + thought."),
    Misunderstanding("pre_norm",
        {"read": lambda tokens, norm: norm(tokens),
         "first": lambda tokens, seen, norm: tokens + seen,
         "think": lambda x, dense, norm: dense(_leaky(norm(x))),
         "second": lambda x, thought, norm, tokens: x + thought, "order": _norms_first},
        "You normalised before each step: pre-norm, which comes later in the lesson. Here it is "
        "after adding."),
    Misunderstanding("no_first_norm",
        {"first": lambda tokens, seen, norm: tokens + seen, "without": _NORM_1},
        "The first LayerNormalization is missing: after the sum of tokens and attention."),
    Misunderstanding("no_second_norm",
        {"second": lambda x, thought, norm, tokens: x + thought, "without": _NORM_2},
        "The last LayerNormalization is missing: after the second sum."),
    Misunderstanding("no_norm",
        {"first": lambda tokens, seen, norm: tokens + seen,
         "second": lambda x, thought, norm, tokens: x + thought, "without": (*_NORM_1, *_NORM_2)},
        "There is no LayerNormalization. One comes after each of the two sums."),
    Misunderstanding("normalised_first",
        {"first": lambda tokens, seen, norm: tokens + norm(seen),
         "second": lambda x, thought, norm, tokens: x + norm(thought)},
        "You normalised what is added. Normalise the sum."),
    Misunderstanding("adds_the_tokens",
        {"second": lambda x, thought, norm, tokens: norm(tokens + thought)},
        "The second sum takes the tokens once more. It takes x, what came out of the first norm."),
    Misunderstanding("no_bend", {"think": lambda x, dense, norm: dense(x)},
        "LeakyReLU is missing before the dense layer: nothing bends."),
    Misunderstanding("bend_after", {"think": lambda x, dense, norm: _leaky(dense(x))},
        "LeakyReLU comes after your dense layer. In this block it comes before it."),
    Misunderstanding("relu", {"think": lambda x, dense, norm: dense(np.maximum(x, 0))},
        "You took relu. The block has layers.LeakyReLU() before its dense layer."),
    Misunderstanding("relu_after", {"think": lambda x, dense, norm: np.maximum(dense(x), 0)},
        "You took relu after the dense layer. The block has layers.LeakyReLU() before it."),
    Misunderstanding("slope_02", {"think": lambda x, dense, norm: dense(_leaky(x, 0.2))},
        'The activation "leaky_relu" has another slope than layers.LeakyReLU(). Take the layer.'),
    Misunderstanding("narrow_heads", {"key_width": lambda width, heads: max(width // heads, 1)},
        "You divided the width by the heads. Here each head has the full width: "
        "MultiHeadAttention(heads, width)."),
    Misunderstanding("heads_exchanged",
        lambda n, width, heads: _transformer_block(
            n, width, width, key_width=lambda *_: heads),
        "Number of heads and key width are exchanged: MultiHeadAttention(heads, width)."),
    Misunderstanding("one_head", lambda n, width, heads: _transformer_block(n, width, 1),
        "You have one head. Use the argument."),
    Misunderstanding("three_heads", lambda n, width, heads: _transformer_block(n, width, 3),
        "You wrote the number of heads down. Use the argument."),
    Misunderstanding("causal", {"causal": True},
        "Your tokens look back only. In this block every token may look at every other."),
    Misunderstanding("two_dense",
        {"wide": lambda width: {"wide": (width, 4 * width), "wide_bias": (4 * width,),
                                "dense": (4 * width, width)},
         "think": lambda x, dense, norm: dense(x)},
        "You have two dense layers, the first one wide, as many transformers do. This block has "
        "one, of the width of the tokens."),
    Misunderstanding("dropout",
        lambda n, width, heads: _transformer_block(
            n, width, heads, noise=("Dropout(0.1) after MultiHeadAttention",)),
        "A dropout was not asked here. The published block has two; they come back later."),
]  # fmt: skip

_BST_NETWORK = [
    Misunderstanding("stars_added", {"past": lambda movies, places, stars: movies + places + stars},
        "You added the stars. In this recipe they multiply: (vector + position) · stars."),
    Misunderstanding("stars_before_positions",
        {"past": lambda movies, places, stars: movies * stars + places},
        "You multiplied by the stars before adding the position. First add, then multiply."),
    Misunderstanding("no_stars", {"past": lambda movies, places, stars: movies + places},
        "The stars are read and not used. Multiply each past vector by its stars."),
    Misunderstanding("no_positions",
        {"places": lambda length: 0, "past": lambda movies, places, stars: movies * stars},
        "The position vectors are missing: PositionVectors() between the movies and the stars."),
    Misunderstanding("target_has_a_place", {"places": lambda length: length},
        "You gave the movie asked about a position, too. Only the past has one: add the positions "
        "before you join them."),
    Misunderstanding("two_tables", {"tables": 2},
        "The movie asked about has a table of vectors of its own. A movie is the same movie, "
        "rated or asked about: use one Embedding twice."),
    Misunderstanding("row_missing", {"movie_rows": lambda n: n},
        "Index n_movies stands for “no movie”, so the table needs n_movies + 1 rows."),
    Misunderstanding("target_first",
        {"tokens": lambda past, asked: np.concatenate([asked, past], axis=1)},
        "The movie asked about stands first. It comes last, as in time."),
    Misunderstanding("target_left_out", {"tokens": lambda past, asked: past},
        "The movie asked about is not among the tokens. Without it the network answers the same "
        "for every movie."),
    Misunderstanding("pooled", {"flat": lambda tokens: tokens.mean(axis=1)},
        "You took the mean over the tokens. The recipe lays them side by side: Flatten."),
    Misunderstanding("last_token", {"flat": lambda tokens: tokens[:, -1]},
        "You kept the last token only. The recipe lays all of them side by side: Flatten."),
    Misunderstanding("no_block", {"blocks": 0},
        "There is no transformer block. Put one between the tokens and Flatten."),
    Misunderstanding("two_blocks", {"blocks": 2},
        "You have two blocks. One is asked."),
    Misunderstanding("one_head",
        lambda n, length, heads, hidden: _bst_network(n, length, 1, hidden),
        "The block has one head. Hand the argument on."),
    Misunderstanding("three_heads",
        lambda n, length, heads, hidden: _bst_network(n, length, 3, hidden),
        "You wrote the number of heads down. Use the argument."),
    Misunderstanding("hidden_fixed", {"widths": lambda hidden: [256, 128]},
        "You wrote the dense layers down. Their widths are the argument hidden."),
    Misunderstanding("first_hidden_only", {"widths": lambda hidden: hidden[:1]},
        "Only the first width of hidden is used. One dense layer for each of them."),
    Misunderstanding("no_hidden", {"widths": lambda hidden: []},
        "The dense layers are missing: one for each width in hidden."),
    Misunderstanding("hidden_reversed", {"widths": lambda hidden: hidden[::-1]},
        "The dense layers come in the wrong order: hidden from first to last."),
    Misunderstanding("no_bend", {"bend": _as_it_is},
        "LeakyReLU is missing after the dense layers: several linear layers are one."),
    Misunderstanding("relu", {"bend": ACTIVATIONS["relu"]},
        "You took relu. Each dense layer is followed by layers.LeakyReLU()."),
    Misunderstanding("slope_02", {"bend": lambda x: _leaky(x, 0.2)},
        'The activation "leaky_relu" has another slope than layers.LeakyReLU(). Take the layer.'),
    Misunderstanding("sigmoid_outside", {"last": ACTIVATIONS["sigmoid"]},
        "A sigmoid ends at 1, and stars go up to 5. Leave the last layer linear."),
    Misunderstanding("relu_outside", {"last": ACTIVATIONS["relu"]},
        "A relu on the output learns nothing where it answers 0. Leave it linear."),
    Misunderstanding("leaky_outside", {"last": _leaky},
        "The last layer bends, too. Leave it linear: it is the stars."),
    Misunderstanding("one_a_movie", lambda n, length, heads, hidden: _bst_network(
        n, length, heads, hidden, n_out=n),
        "You answer for every movie. One is asked about: Dense(1)."),
    Misunderstanding("dropout",
        lambda n, length, heads, hidden: _bst_network(
            n, length, heads, hidden,
            noise=tuple(f"Dropout(0.1) after Dense({width})" for width in hidden)),
        "A dropout was not asked here. The published recipe has one after each dense layer."),
]  # fmt: skip

EXERCISES = [
    Exercise(
        name="create_sequences",
        reference=_create_sequences,
        steps=_window_steps,
        cases={
            "7 ratings, length 4, step 2": (np.arange(10, 17), 4, 2),
            "6 ratings, length 4, step 2": (np.arange(10, 16), 4, 2),
            "12 ratings, length 4, step 2": (np.arange(10, 22), 4, 2),
            "4 ratings, length 4, step 2": (np.arange(10, 14), 4, 2),
            "3 ratings, length 4, step 2": (np.arange(10, 13), 4, 2),
            "11 ratings, length 5, step 2": (np.arange(30, 19, -1), 5, 2),
            "12 ratings, length 5, step 2": (np.arange(30, 18, -1), 5, 2),
            "8 half stars, length 3, step 3": (np.array([4.5, 3, 2, 5, 0.5, 1, 4, 2]), 3, 3),
            "eight times the same stars, length 3, step 2": (np.full(8, 4.0), 3, 2),
            "23 half stars, length 6, step 4": Drawn(_half_stars),
            "the busiest user of MovieLens-100K": OnMovieLens(_of_one_user),
        },
        observe=Rows,
        axes=("window",),
        look="section “Exercise 1 · Windows, each of them once”: where does each window start?",
        misunderstandings=_CREATE_SEQUENCES,
        right="every window once, and the last rating is in",
    ),
    Exercise(
        name="training_windows",
        reference=_training_windows,
        steps=_training_steps,
        cases={
            "three held out, length 3, step 1": (_HELD_OUT, 3, 1),
            "three held out, length 4, step 2": (_HELD_OUT, 4, 2),
            "four held out, the first among them": (np.arange(13) % 4 == 0, 4, 3),
            "none held out": (np.zeros(7, bool), 4, 2),
            "all held out": (np.ones(6, bool), 3, 1),
            "40 ratings, length 5, step 3": Drawn(_some_held_out),
            "the busiest user of MovieLens-100K": OnMovieLens(_held_out_of_one_user),
        },
        observe=Rows,
        axes=("window",),
        look="section “Exercise 2 · Split first”: take out first, cut then.",
        misunderstandings=_TRAINING_WINDOWS,
        right="split first, cut after: nothing held out is in",
    ),
    Exercise(
        name="attention",
        reference=_attention,
        steps=_attention_steps,
        cases={
            "2 queries, 3 keys of 2 numbers": (
                np.array([[1, 0], [2, -1]], "float32"),
                np.array([[1, 1], [0, 2], [-1, 0.5]], "float32"),
                np.array([[4, 0], [1, 3], [2, 5]], "float32"),
            ),
            "4 tokens among themselves": _some_tokens(np.random.default_rng(3), (4, 4), (4, 4)),
            "one key": _some_tokens(np.random.default_rng(4), (2, 3), (1, 3)),
            "5 queries, 4 keys": Drawn(lambda rng: _some_tokens(rng, (5, 3), (4, 6))),
        },
        axes=("query", "column"),
        look="section “Attention, by hand”: a query, its row of scores, its row of weights.",
        misunderstandings=_ATTENTION,
        right="each query has its own mixture of the values",
    ),
    network(
        name="transformer_block",
        reference=_transformer_block,
        inputs=_some_vectors,
        cases={
            "4 tokens of 6 numbers, 2 heads": (4, 6, 2),
            "other sizes": Drawn(lambda rng: (3, *map(int, rng.integers((7, 4), (9, 6))))),
        },
        look="section “A block”: the two formulas, and what stands under each of their letters.",
        misunderstandings=_TRANSFORMER_BLOCK,
        right="attention, add, normalise, think, add, normalise: a block",
        twin="course_utils.models.transformer.plain_block",
    ),
    network(
        name="bst_network",
        reference=_bst_network,
        inputs=_some_windows,
        cases={
            "30 movies, windows of 4, 2 heads, hidden [7, 3]": (30, 4, 2, (7, 3)),
            "other sizes": Drawn(lambda rng: (int(rng.integers(50, 60)), 3, 4, (9, 6, 5))),
        },
        look="section “The recipe”: the list, from the movies to the stars.",
        misunderstandings=_BST_NETWORK,
        right="shapes, parameters and output agree: this is the behaviour sequence transformer",
        twin="course_utils.models.transformer.plain_bst",
    ),
    Exercise(
        name="causal_mask",
        reference=_causal_mask,
        steps=_mask_steps,
        cases={
            "6 ratings, memory 2": (6, 2),
            "3 ratings, memory 1": (3, 1),
            "4 ratings, memory longer than the list": (4, 9),
            "8 ratings, memory 5": (8, 5),
            "1 rating": (1, 3),
            "another number of ratings": Drawn(lambda rng: (int(rng.integers(9, 14)), 4)),
        },
        axes=("row", "column"),
        look="section “Every rating is a target”: row t is asked for, column s is looked at.",
        misunderstandings=_CAUSAL_MASK,
        right="only what comes before, and not too far",
    ),
    Exercise(
        name="residual_target",
        reference=_residual_target,
        steps=_residual_steps,
        cases={
            "six ratings of four users": (*_RATED, _USER_BIAS, _MOVIE_BIAS),
            "as many ratings as users and movies": (
                *(part[:4] for part in _RATED[:3]),
                3.5,
                _USER_BIAS,
                _MOVIE_BIAS,
            ),
            "one rating": (*(part[:1] for part in _RATED[:3]), 3.0, _USER_BIAS, _MOVIE_BIAS),
            "thirty ratings in half stars": Drawn(_some_ratings),
            "MovieLens-100K, training ratings": OnMovieLens(_training),
        },
        axes=("rating",),
        look="section “A model of our own: start from what already works”: what is left?",
        misunderstandings=_RESIDUAL_TARGET,
        right="what is left over lies around 0, and that is what the transformer learns",
    ),
]
