"""Users who are new: what is shown of them, what is asked, and by whom it was never seen."""

import keras
import numpy as np
import pytest

from course_utils.data.new_users import cold_start
from course_utils.data.splits import random_split
from course_utils.models.autoencoders import autorec
from course_utils.models.baselines import bias_after, bias_model
from course_utils.models.losses import masked_sse
from course_utils.protocol.training import fit
from course_utils.recommend.fold_in import AfterRatings
from course_utils.tasks.rows import row_task
from tests.conftest import random_movielens


@pytest.fixture(scope="module")
def split():
    return random_split(random_movielens([30, 25, 12, 40] * 10, n_movies=80))


@pytest.fixture(scope="module")
def cold(split):
    return cold_start(split, share=0.25, longest=10)


def pairs(table):
    return set(zip(table["user"], table["movie"], strict=True))


def test_new_users_are_in_test_only_and_no_rating_is_lost_or_doubled(split, cold):
    new = set(cold.first["user"])
    assert len(new) == 10
    for part in (cold.split.train, cold.split.validation):
        assert not new & set(part["user"])
    assert set(cold.split.test["user"]) <= new
    shown, asked = pairs(cold.first), pairs(cold.split.test)
    assert not shown & asked
    everything = pairs(split.train) | pairs(split.validation) | pairs(split.test)
    assert shown | asked == {pair for pair in everything if pair[0] in new}


def test_more_ratings_shown_contain_the_fewer(cold):
    assert cold.ratings(0).empty
    for k in (1, 4, 10):
        assert (cold.ratings(k).groupby("user").size() == k).all()
        assert pairs(cold.ratings(k - 1)) < pairs(cold.ratings(k))


def test_the_seed_decides_who_is_new(split, cold):
    again = cold_start(split, share=0.25, longest=10)
    other = cold_start(split, share=0.25, longest=10, seed=1)
    assert cold.first.equals(again.first)
    assert set(cold.first["user"]) != set(other.first["user"])
    with pytest.raises(ValueError, match="share=1"):
        cold_start(split, share=1)


def test_a_network_is_shown_the_first_ratings_and_no_others(cold):
    task = row_task(cold.split, "user", offset="shown", centred=True)

    def build():
        model = autorec(cold.split.n_movies, 4, offset=task.data.offset)
        model.compile(keras.optimizers.Adam(0.01), masked_sse)
        return model

    fitted = fit(build, task, epochs=1, patience=None, progress=False)
    for weight in fitted.model.weights:  # what is left is the biases
        weight.assign(np.zeros(weight.shape))
    test = cold.split.test
    for k in (0, 3, 10):
        found = AfterRatings(fitted, cold, k).predict(test["user"], test["movie"])
        expected = bias_after(cold, k).predict(test["user"], test["movie"])
        np.testing.assert_allclose(found, expected, atol=1e-5)


def test_a_new_users_bias_is_shrunk_and_moves_towards_their_ratings(cold):
    bias, user = bias_model(cold.split), cold.first["user"].iloc[0]
    assert bias_after(cold, 0).user[user] == bias.user[user]
    own = cold.ratings(4).query("user == @user")
    left = own["rating"] - bias.mean - bias.movie[own["movie"]]
    assert bias_after(cold, 4).user[user] == pytest.approx(left.sum() / 9, abs=1e-6)


def test_an_offset_from_what_is_shown_needs_a_centred_input(split):
    with pytest.raises(ValueError, match='offset="shown" needs centred=True'):
        row_task(split, "user", offset="shown")
    with pytest.raises(ValueError, match="offset='columns'"):
        row_task(split, "user", offset="columns")
