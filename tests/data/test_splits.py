"""Splits: nothing shared, nothing lost, time respected, ids and indices interchangeable."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.model_selection import train_test_split

from course_utils.data.splits import (
    global_temporal_split,
    original_split,
    random_split,
    user_temporal_split,
    validation_only_split,
)
from tests.conftest import hand_split, movielens, random_movielens

PARTS = ("train", "validation", "test")
PER_USER = (random_split, user_temporal_split)
ALL = (*PER_USER, global_temporal_split)

some_data = st.builds(
    random_movielens,
    counts=st.lists(st.integers(1, 30), min_size=1, max_size=6),
    seed=st.integers(0, 2**16),
    moments=st.sampled_from([1, 4, 1000]),  # one moment: all timestamps tied
)
light = settings(max_examples=25, deadline=None)


def with_ids(split, parts=PARTS) -> pd.DataFrame:
    """The ratings of the given parts as MovieLens had them, sorted."""
    table = pd.concat([getattr(split, name) for name in parts])
    table = pd.DataFrame(
        {
            "user_id": split.user_ids[table["user"]],
            "movie_id": split.movie_ids[table["movie"]],
            "rating": table["rating"],
            "timestamp": table["timestamp"],
        }
    )
    return _sorted(table)


def _sorted(table: pd.DataFrame) -> pd.DataFrame:
    return table.sort_values(["user_id", "movie_id"], ignore_index=True)


def parts_of(split):
    return [getattr(split, name) for name in PARTS]


@light
@given(some_data, st.sampled_from(ALL), st.sampled_from([0.1, 0.2]))
def test_parts_share_nothing_and_together_are_the_data(data, split_function, held_out):
    split = split_function(data, held_out=held_out)
    everything = with_ids(split)
    assert not everything.duplicated(["user_id", "movie_id"]).any()
    pd.testing.assert_frame_equal(everything, _sorted(data.ratings), check_dtype=False)


@light
@given(some_data, st.sampled_from(PER_USER))
def test_every_user_keeps_training_ratings_and_gives_the_share_asked_for(data, split_function):
    split = split_function(data, held_out=0.1)
    per_part = [part["user"].value_counts() for part in parts_of(split)]
    train, validation, test = (n.reindex(range(split.n_users), fill_value=0) for n in per_part)
    assert (train > 0).all()
    assert (validation == test).all()
    assert (abs(test - 0.1 * (train + validation + test)) <= 0.5).all()


@light
@given(some_data)
def test_user_temporal_never_trains_on_a_users_future(data):
    split = user_temporal_split(data, held_out=0.2)
    for user in range(split.n_users):
        times = [part.loc[part["user"] == user, "timestamp"] for part in parts_of(split)]
        assert_in_order(times)


def test_user_temporal_keeps_file_order_within_one_second():
    data = movielens([(1, movie, 3, 7) for movie in (50, 10, 40, 20, 30)])
    split = user_temporal_split(data, held_out=0.2)
    assert list(split.movie_ids[split.train["movie"]]) == [50, 10, 40]
    assert list(split.movie_ids[split.validation["movie"]]) == [20]
    assert list(split.movie_ids[split.test["movie"]]) == [30]


@light
@given(some_data)
def test_global_temporal_orders_all_ratings_and_never_divides_a_second(data):
    split = global_temporal_split(data, held_out=0.2)
    times = [part["timestamp"] for part in parts_of(split)]
    assert_in_order(times)
    seconds = pd.concat([t.drop_duplicates() for t in times])
    assert seconds.is_unique


def test_global_temporal_holds_out_the_share_asked_for_when_no_times_are_tied():
    data = movielens([(user, 10, 3, 1000 + user) for user in range(1, 101)])
    split = global_temporal_split(data, held_out=0.1)
    shares = [len(part) / 100 for part in parts_of(split)]
    assert shares == pytest.approx([0.8, 0.1, 0.1], abs=0.011)


def assert_in_order(times):
    for earlier, later in ((0, 1), (1, 2), (0, 2)):
        if len(times[earlier]) and len(times[later]):
            assert times[earlier].max() <= times[later].min()


def test_same_seed_same_split_other_seed_other_split():
    data = random_movielens([30, 25, 20])
    first, again, other = (random_split(data, seed=seed) for seed in (1, 1, 2))
    pd.testing.assert_frame_equal(first.test, again.test)
    pd.testing.assert_frame_equal(first.train, again.train)
    assert not first.test.equals(other.test)


def test_indices_are_compact_over_all_parts_and_stars_are_kept():
    data = movielens([(9, 70, 3.5, 1), (4, 30, 0.5, 2), (9, 30, 5, 3)], rating_scale=(0.5, 5.0))
    split = random_split(data)
    assert split.shape == (2, 2)
    assert list(split.user_ids) == [4, 9]
    assert list(split.movie_ids) == [30, 70]
    assert sorted(split.train["rating"]) == [0.5, 3.5, 5.0]
    assert split.rating_scale == (0.5, 5.0)
    assert dict(split.train.dtypes.astype(str)) == {
        "user": "int32",
        "movie": "int32",
        "rating": "float32",
        "timestamp": "int64",
    }


@light
@given(some_data)
def test_ids_and_indices_round_trip(data):
    split = random_split(data)
    assert (split.user_index(split.user_ids) == np.arange(split.n_users)).all()
    assert (split.movie_index(split.movie_ids) == np.arange(split.n_movies)).all()
    ids = data.ratings["movie_id"]
    assert (split.movie_ids[split.movie_index(ids)] == ids).all()


def test_one_id_gives_one_index():
    split = hand_split([(0, 0, 3), (1, 1, 4)])  # user ids 10, 20; movie ids 100, 200
    assert split.user_index(20) == 1
    assert split.movie_index(100) == 0


@pytest.mark.parametrize("unknown", [5, 15, 999])  # below, between and above the known ids
def test_an_unknown_id_is_named(unknown):
    split = hand_split([(0, 0, 3), (1, 1, 4)])
    with pytest.raises(KeyError, match=rf"user id {unknown} .*split\.user_ids"):
        split.user_index([10, unknown])
    with pytest.raises(KeyError, match=rf"movie id {unknown} .*split\.movie_ids"):
        split.movie_index([100, unknown, unknown])


def test_is_warm_asks_for_a_training_rating_of_the_user():
    split = hand_split([(0, 0, 3)], test=[(0, 1, 3), (1, 0, 3)], validation=[(1, 1, 3)])
    assert list(split.is_warm(split.test)) == [True, False]


def test_a_split_that_reports_its_validation_cannot_be_refitted_on_it():
    with pytest.raises(ValueError, match="another split"):
        validation_only_split(random_movielens([30, 20, 10])).with_validation()


def test_with_validation_moves_validation_into_train_and_leaves_test():
    split = random_split(random_movielens([30, 20, 10]))
    refit = split.with_validation()
    expected = with_ids(split, ("train", "validation"))
    pd.testing.assert_frame_equal(with_ids(refit, ("train",)), expected)
    pd.testing.assert_frame_equal(refit.test, split.test)
    assert refit.validation.empty
    assert (refit.train.dtypes == split.train.dtypes).all()
    assert refit.name != split.name  # so that its results are not taken for the split's own
    assert refit.shape == split.shape


def test_original_split_is_two_calls_of_train_test_split():
    data = random_movielens([25, 30, 20, 22])
    ratings = data.ratings
    settings = {"test_size": 0.1, "random_state": 999613182}
    seen, test = train_test_split(ratings, stratify=ratings["user_id"], **settings)
    train, validation = train_test_split(seen, stratify=seen["user_id"], **settings)
    split = original_split(data)
    for name, theirs in (("train", train), ("validation", validation), ("test", test)):
        ours = with_ids(split, (name,))
        pd.testing.assert_frame_equal(ours, _sorted(theirs), check_dtype=False)


def test_validation_only_reports_on_validation_itself():
    data = random_movielens([30, 30, 30])
    split = validation_only_split(data)
    pd.testing.assert_frame_equal(split.test, split.validation)
    assert (len(split.train), len(split.test)) == (81, 9)
    shuffled = data.ratings.sample(frac=1, random_state=32)  # what the project did
    theirs = _sorted(shuffled.iloc[:81])
    pd.testing.assert_frame_equal(with_ids(split, ("train",)), theirs, check_dtype=False)


@pytest.mark.parametrize("split_function", ALL)
@pytest.mark.parametrize("held_out", [0, -0.1, 0.4, 10, float("nan")])
def test_a_bad_share_is_named_with_a_remedy(split_function, held_out):
    with pytest.raises(ValueError, match=rf"held_out={held_out}.* such as 0\.1"):
        split_function(random_movielens([5]), held_out=held_out)


@light
@given(some_data, st.sampled_from(PER_USER), st.sampled_from([0.25, 0.3, 0.39]))
def test_a_large_share_leaves_every_user_something_to_train_on(data, split_function, held_out):
    split = split_function(data, held_out=held_out)
    assert set(split.train["user"]) == set(range(split.n_users))


def test_an_unknown_single_id_is_named_without_brackets():
    with pytest.raises(KeyError, match="user id 15 has"):
        hand_split([(0, 0, 3), (1, 1, 4)]).user_index(15)


def test_validation_only_does_not_mind_how_the_table_is_numbered():
    data = random_movielens([30, 30, 30])
    expected = validation_only_split(data)
    data.ratings.index += 1000  # as after a filter
    pd.testing.assert_frame_equal(validation_only_split(data).train, expected.train)


@pytest.mark.parametrize("split", [user_temporal_split, global_temporal_split])
def test_a_split_by_time_needs_times(split):
    data = random_movielens([40] * 30)
    still = replace(data, ratings=data.ratings.assign(timestamp=7))
    with pytest.raises(ValueError, match=r"the same time.*random_split"):
        split(still)


@pytest.mark.parametrize("ids", ["10", ["10", "20"], 10.5, [np.nan]])
def test_ids_of_another_kind_are_named(ids):
    split = random_split(random_movielens([5] * 4))
    with pytest.raises(TypeError, match="user ids are whole numbers, these are"):
        split.user_index(ids)
