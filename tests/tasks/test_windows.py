"""Windows and histories: where the published recipe repeats itself, and that nothing leaks."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from benchmarks.lesson_03 import user_codes
from course_utils import plots
from course_utils.data.describe import pace
from course_utils.data.movielens import MovieLens
from course_utils.data.splits import (
    global_temporal_split,
    in_time_order,
    random_split,
    user_temporal_split,
)
from course_utils.tasks.histories import history_task, whole_hours
from course_utils.tasks.windows import (
    leakage,
    split_then_windows,
    window_rows,
    window_starts,
    window_task,
    windows_then_split,
)
from tests.conftest import hand_split, movielens, random_movielens

COUNTS = (12, 9, 15, 20, 7, 4)


def data(seed=0, **settings) -> MovieLens:
    return random_movielens(COUNTS, seed, **settings)


# ------------------------------------------------------------------------------- windows
@pytest.mark.parametrize(
    ("n", "starts", "published"),
    [
        (4, [0], [0, 0]),
        (5, [0, 1], [0, 1]),
        (6, [0, 2], [0, 2, 2]),
        (7, [0, 2, 3], [0, 2, 3]),
        (3, [], []),
    ],
)
def test_window_starts_and_the_repeat_of_the_published_recipe(n, starts, published):
    assert window_starts(n, 4, 2).tolist() == starts
    assert window_starts(n, 4, 2, repeat_last=True).tolist() == published


@pytest.mark.parametrize(("length", "step"), [(2, 1), (3, 1), (4, 2), (6, 2), (5, 7)])
def test_windows_end_with_the_last_rating_and_never_repeat(length, step):
    for n in range(length, 40):
        starts = window_starts(n, length, step)
        assert starts[-1] + length == n
        assert len(np.unique(starts)) == len(starts)
        assert (np.diff(starts) <= step).all()


def test_windows_stay_within_a_user():
    users = np.repeat([3, 5, 9], [5, 2, 6])
    rows = window_rows(users, 3, 2)
    assert (users[rows] == users[rows][:, :1]).all()
    assert rows.tolist() == [[0, 1, 2], [2, 3, 4], [7, 8, 9], [9, 10, 11], [10, 11, 12]]
    assert window_rows(users[:0], 3, 2).shape == (0, 3)


@pytest.mark.parametrize(("length", "step"), [(1, 1), (4, 0)])
def test_windows_without_a_target_or_a_step_are_refused(length, step):
    with pytest.raises(ValueError, match=r"length=\d, step=\d"):
        window_starts(10, length, step)


def test_time_order_keeps_ties_as_they_were():
    ratings = user_temporal_split(
        movielens([(2, 1, 5, 7), (1, 3, 4, 9), (1, 2, 3, 9), (1, 1, 2, 1)])
    )
    table = in_time_order(ratings.train)
    assert table["timestamp"].tolist() == [1, 9, 9, 7]
    assert table["rating"].tolist() == [2, 4, 3, 5]


def test_published_order_of_events_repeats_a_window_for_every_even_count():
    even = sum(n % 2 == 0 and n >= 4 for n in COUNTS)
    assert leakage(windows_then_split(data()))["duplicates"] == even == 3
    assert leakage(windows_then_split(data(), repeat_last=False))["duplicates"] == 0


def test_leakage_counts_what_it_says():
    windows = windows_then_split(data(), held_out=0.3, seed=1)
    found = leakage(windows)
    inputs = set(windows.train[:, :-1].ravel())
    trained = set(windows.train[:, -1])
    users = windows.ratings["user"].to_numpy()
    target = windows.test[:, -1]
    later = [any(users[t] == users[x] and t > x for t in trained) for x in target]
    assert found["input"] == pytest.approx(np.mean([t in inputs for t in target]))
    assert found["twin"] == pytest.approx(np.mean([t in trained for t in target]))
    assert found["later"] == pytest.approx(np.mean(later))
    assert found["input"] > 0.5 and 0 < found["target"] < 0.7


def test_pace_tells_how_fast_users_rate():
    day = 86_400
    rows = [(1, 1, 3, 0), (1, 2, 3, 0), (1, 3, 3, 7200), (2, 1, 3, 5), (2, 2, 3, 5 + 2 * day)]
    found = pace(movielens(rows))
    assert found == pytest.approx({"median_hours": 25, "within_a_day": 0.5, "same_second": 1 / 3})


def test_split_of_windows_holds_their_targets_once():
    windows = windows_then_split(data(), held_out=0.3, validation=0.1)
    split = windows.split
    assert len(split.train) + len(split.validation) + len(split.test) == sum(COUNTS)
    table = windows.ratings
    want = {(r.user, r.movie) for r in table.iloc[windows.test[:, -1]].itertuples()}
    assert {(r.user, r.movie) for r in split.test.itertuples()} == want
    assert len(split.test) == len(want)


@pytest.mark.parametrize("make", [random_split, user_temporal_split, global_temporal_split])
def test_split_first_means_that_only_training_ratings_are_inputs(make):
    split = make(data())
    windows = split_then_windows(split, length=4, step=2)
    table = windows.ratings

    def pairs(part):
        return set(zip(part["user"], part["movie"], strict=True))

    train = pairs(split.train)
    for rows in (windows.train, windows.validation[:, :-1], windows.test[:, :-1]):
        assert pairs(table.iloc[rows[rows >= 0]]) <= train
    assert pairs(table.iloc[windows.test[:, -1]]) == pairs(split.test)
    assert leakage(windows)["input"] == leakage(windows)["twin"] == 0
    for rows in (windows.train, windows.test):
        for row in rows:
            used = table.iloc[row[row >= 0]]
            assert used["user"].nunique() == 1
            assert used["timestamp"].is_monotonic_increasing


def test_history_of_a_held_out_rating_is_the_last_of_train():
    split = hand_split(
        [(0, m, 3) for m in range(5)] + [(1, 0, 4)],
        test=[(0, 6, 5), (1, 6, 2)],
        validation=[(0, 5, 1)],
    )
    late = {"timestamp": 100 + np.arange(2)}
    split.test["timestamp"] = late["timestamp"]
    split.validation["timestamp"] = 50
    windows = split_then_windows(split, length=4)
    movies = np.append(windows.ratings["movie"], -1)
    assert movies[windows.test].tolist() == [[2, 3, 4, 6], [-1, -1, 0, 6]]
    assert movies[windows.validation].tolist() == [[2, 3, 4, 5]]


def test_window_task_gives_movies_stars_and_users():
    split = user_temporal_split(data())
    windows = split_then_windows(split)
    codes = {"gender": np.arange(split.n_users) % 2}
    task = window_task(windows, user_id=True, user_features=codes)
    table, rows = windows.ratings, windows.train
    assert (task.x["movies"] == table["movie"].to_numpy()[rows[:, :-1]]).all()
    assert (task.x["stars"] == table["rating"].to_numpy()[rows[:, :-1]]).all()
    assert (task.y == table["rating"].to_numpy()[rows[:, -1]]).all()
    assert (task.x["gender"] == task.x["user"] % 2).all()
    assert "user" not in window_task(windows).x


def test_window_task_answers_each_pair_with_its_own_window():
    split = global_temporal_split(data(3))
    windows = split_then_windows(split)
    task = window_task(windows)

    class Echo:
        def predict(self, x, batch_size, verbose):
            return x["movies"][:, -1] * 1000 + x["target"]

    order = np.random.default_rng(0).permutation(len(split.test))
    test = split.test.iloc[order]
    said = task.predict(Echo(), test["user"].to_numpy(), test["movie"].to_numpy())
    assert (said % 1000 == test["movie"]).all()
    ends = {r[-1]: r[-2] for r in windows.test}
    table = windows.ratings
    row = {(u, m): i for i, (u, m) in enumerate(zip(table["user"], table["movie"], strict=True))}
    before = [ends[row[u, m]] for u, m in zip(test["user"], test["movie"], strict=True)]
    want = [split.n_movies if b < 0 else table["movie"].iloc[b] for b in before]
    assert (said // 1000).tolist() == want
    with pytest.raises(ValueError, match="target of no window"):
        task.predict(Echo(), np.array([split.n_users]), np.array([0]))


def test_shuffled_windows_hold_the_same_ratings():
    windows = split_then_windows(user_temporal_split(data()), length=5, step=1)
    plain, mixed = window_task(windows).x, window_task(windows, shuffle=True).x
    assert (plain["movies"] != mixed["movies"]).any()
    assert (np.sort(plain["movies"]) == np.sort(mixed["movies"])).all()
    together = [a["movies"] * 10 + a["stars"] for a in (plain, mixed)]
    assert (np.sort(together[0]) == np.sort(together[1])).all()


def test_stars_and_target_can_be_hidden():
    windows = split_then_windows(user_temporal_split(data()))
    hidden = window_task(windows, hide=("stars", "target")).x
    assert (hidden["stars"] == 1).all() and (hidden["target"] == windows.split.n_movies).all()
    assert (hidden["movies"] == window_task(windows).x["movies"]).all()
    with pytest.raises(ValueError, match="movies"):
        window_task(windows, hide=("movies",))


def test_demographics_are_asked_for_only_where_there_are_any():
    with pytest.raises(ValueError, match="no demographics"):
        user_codes(data(), user_temporal_split(data()))


# ------------------------------------------------------------------------------ histories
def batches_of(split, **settings):
    task = history_task(split, **settings)
    task.x.on_epoch_begin()
    return task, [task.x[i] for i in range(len(task.x))]


@pytest.mark.parametrize("settings", [{}, {"memory": 3, "asked": 4, "batch_size": 2, "lag": 2}])
def test_every_training_rating_is_asked_for_once(settings):
    split = user_temporal_split(data())
    _, batches = batches_of(split, **settings)
    asked = [
        (u, m, stars)
        for x, y, weight in batches
        for u, movies, row, real in zip(x["user"], x["movie"], y[..., 0], weight, strict=True)
        for m, stars, w in zip(movies, row, real, strict=True)
        if w
    ]
    table = split.train
    want = zip(table["user"], table["movie"], table["rating"], strict=True)
    assert sorted(asked) == sorted(want)
    for x, _, weight in batches:
        assert ((x["movie"] == split.n_movies) == (weight == 0)).all()


@pytest.mark.parametrize("lag", [0, 3])
def test_memory_holds_exactly_the_ratings_before(lag):
    split, memory = user_temporal_split(data()), 5
    _, batches = batches_of(split, memory=memory, asked=4, batch_size=3, lag=lag, value="stars")
    own = dict(iter(in_time_order(split.train).groupby("user")))
    for x, _, weight in batches:
        for i, user in enumerate(x["user"]):
            table = own[user]
            for q in np.flatnonzero(weight[i]):
                known = x["known"][i, q]
                place = x["past_place"][i]
                seen = (place >= 0) & (place < known) & (place >= known - memory)
                position = table["movie"].tolist().index(x["movie"][i, q])
                assert position - lag <= known <= position or known == 0
                before = table.iloc[max(known - memory, 0) : known]
                assert x["past_movie"][i, seen].tolist() == before["movie"].tolist()
                assert x["past_value"][i, seen].tolist() == before["rating"].tolist()


class Recorder:
    """Says 1000 · (how many ratings it was shown) + the movie it was asked about."""

    def predict_on_batch(self, x):
        place, known = x["past_place"][:, None], x["known"][..., None]
        shown = ((place >= 0) & (place < known)).sum(axis=2)
        return (1000 * shown + x["movie"])[..., None]


@pytest.mark.parametrize("make", [random_split, user_temporal_split, global_temporal_split])
def test_held_out_ratings_are_told_from_train_before_them_only(make):
    split = make(data(1, moments=10_000))
    task = history_task(split, memory=50)
    test = split.test.sample(frac=1, random_state=0)
    said = task.predict(Recorder(), test["user"].to_numpy(), test["movie"].to_numpy())
    before = [
        ((split.train["user"] == r.user) & (split.train["timestamp"] < r.timestamp)).sum()
        for r in test.itertuples()
    ]
    assert (said % 1000 == test["movie"]).all()
    assert (said // 1000).tolist() == before
    with pytest.raises(ValueError, match="rated in no part"):
        task.predict(Recorder(), np.array([split.n_users]), np.array([0]))


def test_a_model_is_told_of_time_in_whole_hours():
    assert whole_hours(np.array([10, 3609, 3610, 7300])).tolist() == [0, 0, 1, 2]
    task, batches = batches_of(user_temporal_split(data(1, moments=10_000)))
    for x, _, _ in batches:
        hours = np.concatenate([x["day"].ravel(), x["past_day"].ravel()]) * 24
        assert np.allclose(hours, hours.round(), atol=1e-3)
    assert np.allclose(task.day * 24, (task.day * 24).round())


def test_values_are_stars_or_what_is_above_the_movies_level():
    split = user_temporal_split(data())
    stars = history_task(split, value="stars").data
    assert (stars.value == in_time_order(split.train)["rating"]).all()
    residual = history_task(split).data
    level = stars.value - residual.value
    for movie in np.unique(residual.movie):
        assert np.ptp(level[residual.movie == movie]) < 1e-5
    both = history_task(split, value="user_residual").data
    gap = residual.value - both.value  # the user's own level: one number a user
    for a, b in zip(both.first[:-1], both.first[1:], strict=True):
        assert np.ptp(gap[a:b]) < 1e-5
    assert not history_task(split, value="none").data.value.any()
    with pytest.raises(ValueError, match="value='sum'"):
        history_task(split, value="sum")


def test_shuffled_histories_keep_each_users_ratings():
    split = user_temporal_split(data())
    plain, mixed = (history_task(split, shuffle=s).data for s in (False, True))
    assert (plain.first == mixed.first).all() and (plain.movie != mixed.movie).any()
    for a, b in zip(plain.first[:-1], plain.first[1:], strict=True):
        assert sorted(plain.movie[a:b]) == sorted(mixed.movie[a:b])


def test_without_gaps_no_time_is_told():
    _, batches = batches_of(user_temporal_split(data()), gaps=False)
    assert not any(x["day"].any() or x["past_day"].any() for x, _, _ in batches)


# -------------------------------------------------------------------------------- figures
def test_figures_say_in_words_what_they_show():
    windows = windows_then_split(data(), held_out=0.3, seed=1)
    alt = plots.windows_of_user(windows, user=0).get_label()
    users = windows.ratings["user"].to_numpy()
    of_user = [w for part in (windows.train, windows.test) for w in part if users[w[-1]] == 0]
    assert alt.startswith(f"{len(of_user)} windows of one user")
    mask = np.tril(np.ones((4, 4)), -1)
    assert "6 cells below the diagonal" in plots.causal_mask(mask).get_label()
    table = pd.DataFrame(
        [(s, m, r + 0.001 * s * (m == "b")) for s in range(3) for m, r in (("a", 1.0), ("b", 0.9))],
        columns=["seed", "model", "rmse"],
    )
    alt = plots.factors(table, {"b": "less"}, "a", title="x").get_label()
    assert "less -0.0990" in alt and "includes 0" not in alt
    alt = plots.factors(table.query("seed == 0"), {"b": "less"}, "a", title="x").get_label()
    assert "less -0.1000 one seed" in alt and "includes 0" not in alt
    table["prediction_sd"] = 0.5
    alt = plots.collapse(table, {"a": "deep"}, mean_rmse=1.1).get_label()
    assert "deep 0.500. Test RMSE: deep 1.000" in alt
    plt.close("all")
