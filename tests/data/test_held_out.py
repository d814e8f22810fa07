from dataclasses import replace

import numpy as np
import pytest
from scipy import sparse

from course_utils.data.held_out import held_out_users, liked_only, strong_split
from course_utils.models import baselines
from course_utils.recommend.lists import difference, list_table, score_lists
from tests.conftest import hand_split, random_movielens


@pytest.fixture(scope="module")
def split():
    return strong_split(random_movielens([20] * 40, seed=1), held_out=0.2)


def test_users_are_in_one_part_only(split):
    parts = [set(part["user"]) for part in (split.train, split.validation, split.test)]
    assert [len(users) for users in parts] == [24, 8, 8]
    assert not (parts[0] & parts[1] or parts[0] & parts[2] or parts[1] & parts[2])
    assert len(split.train) + len(split.validation) + len(split.test) == 800


def test_the_seed_decides_who_is_held_out():
    data = random_movielens([10] * 30)
    first, again, other = (strong_split(data, seed=seed) for seed in (0, 0, 1))
    assert first.test.equals(again.test)
    assert set(first.test["user"]) != set(other.test["user"])


@pytest.mark.parametrize("held_out", [0.0, 0.5, 0.01])
def test_a_part_without_users_is_refused(held_out):
    with pytest.raises(ValueError, match="held_out="):
        strong_split(random_movielens([10] * 30), held_out=held_out)


def test_the_last_liked_movies_are_hidden_and_the_future_is_dropped():
    #        movie: 0     1     2     3     4     5     6     7   in time order
    stars = [4.0, 2.0, 5.0, 4.0, 4.0, 4.0, 1.0, 5.0]
    rows = [(0, movie, rating) for movie, rating in enumerate(stars)]
    split = hand_split([(1, 0, 5)], test=rows)
    people = held_out_users(split, "test", share=0.34)  # two of six liked movies
    assert people.history["movie"].tolist() == [0, 1, 2, 3, 4]
    assert people.seen[0].toarray()[0].tolist() == [4, 2, 5, 4, 4, 0, 0, 0]
    assert people.hidden[0].toarray()[0].tolist() == [0, 0, 0, 0, 0, 1, 0, 1]
    assert people.liked[0].indices.tolist() == [0, 2, 3, 4]


def test_nothing_hidden_is_known(split):
    people = held_out_users(split)
    assert people.seen.multiply(people.hidden).nnz == 0
    assert (people.hidden.sum(axis=1) >= 1).all()
    assert set(people.users) <= set(split.validation["user"])


def test_random_hiding_hides_as_many_and_keeps_everything_else(split):
    last, drawn, other = (
        held_out_users(split, hide=hide, seed=seed)
        for hide, seed in (("last", 0), ("random", 0), ("random", 1))
    )
    assert (last.hidden.sum(axis=1) == drawn.hidden.sum(axis=1)).all()
    assert len(drawn.history) + drawn.hidden.nnz == len(split.validation)
    assert (drawn.hidden != other.hidden).nnz > 0
    assert drawn.history.groupby("user")["timestamp"].is_monotonic_increasing.all()
    with pytest.raises(ValueError, match="hide='first'"):
        held_out_users(split, hide="first")


def test_users_who_liked_fewer_than_two_movies_are_left_out():
    test = [(0, 0, 5), (0, 1, 1), (2, 0, 4), (2, 1, 5)]
    people = held_out_users(hand_split([(1, 0, 5)], test=test), "test")
    assert people.users.tolist() == [2]
    with pytest.raises(ValueError, match="two liked movies"):
        held_out_users(hand_split([(1, 0, 5)], test=test[:2]), "test")
    with pytest.raises(ValueError, match="part='train'"):
        held_out_users(hand_split([(1, 0, 5)], test=test), "train")


def test_ties_keep_the_order_of_the_file():
    split = hand_split([(0, 0, 5)], test=[(1, movie, 5) for movie in (3, 0, 1, 2)])
    split = replace(split, test=split.test.assign(timestamp=7))
    people = held_out_users(split, "test")
    assert people.hidden.indices.tolist() == [2]
    assert people.history["movie"].tolist() == [3, 0, 1]


def test_liked_only_keeps_the_good_ratings(split):
    liked = liked_only(split)
    assert (liked.train["rating"] >= 4).all()
    assert len(liked.train) == (split.train["rating"] >= 4).sum()
    assert liked.test.equals(split.test)


def test_a_model_that_knows_the_answers_gets_one(split):
    people = held_out_users(split)
    perfect = score_lists(people.hidden.toarray(), people, split, model="oracle")
    assert (perfect.hit_rate, perfect.ndcg) == (1.0, 1.0)
    assert perfect.interval("ndcg") == (1.0, 1.0)


def test_seen_movies_are_never_listed(split):
    people = held_out_users(split)
    scored = score_lists((people.seen > 0).toarray(), people, split, model="repeats", k=5)
    rows = np.arange(len(scored.lists))[:, None]
    assert people.seen[rows, scored.lists].sum() == 0


def test_one_score_for_all_and_unknown_movies(split):
    people = held_out_users(split)
    popular = baselines.popularity(split).shares
    scored = score_lists(popular, people, split, model="popularity")
    assert scored.lists.shape == (len(people.users), 10)
    known = np.full(split.n_movies, -np.inf)
    known[:3] = 1.0
    assert set(np.unique(score_lists(known, people, split, model="x").lists)) <= {-1, 0, 1, 2}


def test_difference_is_paired(split):
    people = held_out_users(split)
    oracle = score_lists(people.hidden.toarray(), people, split, model="oracle")
    popular = score_lists(baselines.popularity(split).shares, people, split, model="popularity")
    gain, low, high = difference(oracle, popular)
    assert gain == pytest.approx(oracle.ndcg - popular.ndcg)
    assert low <= gain <= high
    assert difference(popular, popular) == (0, 0, 0)
    other = held_out_users(split, "test")
    with pytest.raises(ValueError, match="different users"):
        difference(oracle, score_lists(popular.lists[0, 0] * 0, other, split, model="x"))


def test_a_row_holds_the_scores_and_their_gain(split):
    people = held_out_users(split)
    popular = score_lists(baselines.popularity(split).shares, people, split, model="popularity")
    oracle = score_lists(people.hidden.toarray(), people, split, model="the oracle", seed=3)
    row = oracle.row("07_word2vec", against=popular, k=5)
    assert (row["model"], row["split"], row["seed"]) == ("the_oracle", "strong-validation", 3)
    assert row["metrics"]["ndcg_gain"] == pytest.approx(1 - popular.ndcg)
    assert row["metrics"]["n_users"] == len(people.users)
    assert row["settings"] == {"k": 5}
    assert list_table([popular, oracle]).index.tolist() == ["the oracle", "popularity"]


def test_novelty_counts_training_users_only():
    split = hand_split([(0, 0, 5), (1, 0, 5), (1, 1, 4)], test=[(2, 2, 5), (2, 3, 5)], n_movies=4)
    people = held_out_users(split, "test")
    scored = score_lists(sparse.eye(1, 4).toarray(), people, split, model="x", k=1)
    assert scored.lists.tolist() == [[0]]
    assert scored.novelty == 0.0  # both training users know movie 0
