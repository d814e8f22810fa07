import os
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from benchmarks.lesson_07 import same_genre_next
from course_utils.data import describe
from course_utils.data.held_out import held_out_users, strong_split
from course_utils.models import item2vec
from course_utils.models.item2vec import Item2Vec
from tests.conftest import hand_split
from tests.models.circles import two_circles


@pytest.fixture(scope="module")
def split():
    return strong_split(two_circles())


@pytest.fixture(scope="module")
def model(split):
    return item2vec.train(split, size=16, epochs=20)


def by_hand(**settings):
    """Three movies with vectors written down; movie 2 has none."""
    vectors = np.array([[2.0, 0.0], [0.0, 1.0], [3.0, 3.0]])
    contexts = np.array([[1.0, 0.0], [0.0, 5.0], [1.0, 1.0]])
    nobody = sparse.csr_matrix((0, 4))
    return Item2Vec(np.array([3, 0, 1]), vectors, contexts, 4, nobody, **settings)


# ----------------------------------------------------------------------------------- sentences
TABLE = pd.DataFrame(
    [(5, 9, 4.0, 30), (5, 2, 5.0, 10), (1, 7, 3.0, 20), (5, 4, 4.0, 10), (1, 3, 4.5, 99)],
    columns=["user", "movie", "rating", "timestamp"],
)


def test_sentences_in_time_order_keep_ties_as_in_the_table():
    assert item2vec.sentences(TABLE) == [["3"], ["2", "4", "9"]]


def test_sentences_by_id_ignore_time():
    assert item2vec.sentences(TABLE, "id", good=0) == [["3", "7"], ["2", "4", "9"]]


def test_shuffled_sentences_hold_the_same_movies_and_follow_the_seed():
    many = pd.DataFrame({"user": 0, "movie": range(50), "rating": 5.0, "timestamp": 0})
    (first,), (again,), (other,) = (
        item2vec.sentences(many, "shuffle", seed=seed) for seed in (1, 1, 2)
    )
    assert first == again != other
    assert sorted(first, key=int) == [str(movie) for movie in range(50)]


def test_unknown_order_is_refused():
    with pytest.raises(ValueError, match="order='random'"):
        item2vec.sentences(TABLE, "random")


def test_window_distances_are_those_of_all_pairs_in_the_window():
    ids = np.array([10, 20, 50, 90])
    gaps = describe.window_distances([["0", "1", "3"], ["2"], ["2", "0"]], ids, window=1)
    assert sorted(gaps) == [10, 40, 70]
    gaps = describe.window_distances([["0", "1", "3"]], ids, window=8)
    assert sorted(gaps) == [10, 70, 80]


def test_same_genre_next_looks_at_consecutive_movies():
    genres = pd.Series(["War|Drama", "Drama", "Comedy", "Comedy|War"])
    lists = [["0", "1", "2"], ["3"], ["3", "0"]]
    assert same_genre_next(lists, genres) == pytest.approx(2 / 3)


# ------------------------------------------------------------------------------------ training
def test_movies_liked_by_the_same_people_become_neighbours(model, split):
    for movie in model.movies:
        near = model.similar_movies(movie, 5)["movie"]
        circle = split.movie_ids[movie] > 10
        assert ((split.movie_ids[near] > 10) == circle).all()


def test_movies_of_too_few_lists_get_no_vector(split):
    counts = split.train["movie"].value_counts()
    model = item2vec.train(split, size=8, epochs=1, min_count=int(counts.max()))
    assert set(model.movies) == set(counts.index[counts == counts.max()])
    with pytest.raises(KeyError, match="too few ratings"):
        model.similar_movies(int(counts.index[-1]))


@pytest.mark.parametrize("order", ["time", "reshuffle"])
def test_training_again_gives_the_same_vectors_in_another_process_too(order):
    code = (
        "from tests.models.circles import two_circles;"
        "from course_utils.models import item2vec; from course_utils.data import held_out;"
        "m = item2vec.train(held_out.strong_split(two_circles()), size=8, epochs=3,"
        f" order={order!r}, seed=3); print(m.vectors.sum(dtype=float), m.contexts.sum(dtype=float))"
    )
    outputs = set()
    for hash_seed in ("0", "1"):
        run = subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "PYTHONHASHSEED": hash_seed},
        )
        outputs.add(run.stdout)
    assert len(outputs) == 1


def test_another_seed_gives_other_vectors(split, model):
    other = item2vec.train(split, size=16, epochs=20, seed=1)
    assert not np.allclose(model.vectors[:3], other.vectors[:3])


def test_reshuffling_shows_every_order(split):
    corpus = item2vec._Corpus(split.train, "reshuffle", 4.0, 0)
    first, second = list(corpus), list(corpus)
    assert first != second
    assert [sorted(words) for words in first] == [sorted(words) for words in second]


# ----------------------------------------------------------------------------------- questions
def test_nearest_keeps_the_best_hit_and_leaves_out_what_it_is_told_to():
    near = by_hand().nearest(np.array([1.0, 0.1]), 2)
    assert near["movie"].tolist() == [3, 1]
    assert near["cosine"].tolist() == pytest.approx([1 / 1.01**0.5, 1.1 / 2**0.5 / 1.01**0.5])
    assert by_hand().nearest(np.array([1.0, 0.1]), 2, without=[3])["movie"].tolist() == [1, 0]


def test_profile_is_the_mean_of_the_vectors_that_exist():
    assert by_hand().profile([0, 3, 2]).tolist() == [1.0, 0.5]
    with pytest.raises(ValueError, match="none of these movies"):
        by_hand().profile([2])


def test_scores_by_cosine_and_by_context():
    weights = sparse.csr_matrix([[0.5, 0.0, 0.0, 0.5], [0.0, 0.0, 1.0, 0.0]])
    profile = np.array([1.0, 0.5])
    cosine = by_hand().score_profiles(weights, "cosine")
    expected = np.array([0.5, 1.5 / 2**0.5, -np.inf, 1.0]) / np.linalg.norm(profile)
    assert cosine[0] == pytest.approx(expected)
    context = by_hand().score_profiles(weights, "context")
    assert context[0].tolist() == [2.5, 1.5, -np.inf, 1.0]
    assert context[1].tolist() == [0, 0, -np.inf, 0]  # a profile of unknown movies says nothing
    with pytest.raises(ValueError, match="by='dot'"):
        by_hand().score_profiles(weights, "dot")


def test_titles_come_from_the_data():
    split = hand_split([(0, 0, 5), (0, 1, 4), (1, 1, 2)])
    movies = pd.DataFrame({"movie_id": [200, 100], "title": ["B", "A"], "year": [1990, 1980]})
    table = item2vec.titled(pd.DataFrame({"movie": [1, 0], "cosine": [0.9, 0.1]}), split, movies)
    assert table["title"].tolist() == ["B", "A"]
    assert table["ratings"].tolist() == [2, 1]
    assert table["cosine"].tolist() == [0.9, 0.1]


def test_neighbourhood_compares_neighbours_with_chance(model, split):
    ids = split.movie_ids
    movies = pd.DataFrame(
        {"movie_id": ids, "year": ids, "genres": np.where(ids > 10, "Drama", "Comedy|War")}
    )
    found = item2vec.neighbourhood(model, split, movies, n=5)
    assert found["same_genre"] == 1.0
    assert 0.3 < found["same_genre_chance"] < 0.7
    assert found["cosine"] > found["cosine_chance"]
    assert found["id_distance"] < found["id_distance_chance"]
    near, chance = item2vec.neighbour_cosines(model, 5)
    assert near.mean() == pytest.approx(found["cosine"], abs=1e-6)
    assert chance.mean() == pytest.approx(found["cosine_chance"], abs=1e-6)


def test_flatten_keeps_neighbours_together(model, split):
    points = item2vec.flatten(np.repeat(model.vectors, 5, axis=0), "tsne")
    circle = np.repeat(split.movie_ids[model.movies] > 10, 5)
    far = np.linalg.norm(points[circle].mean(0) - points[~circle].mean(0))
    assert far > points[circle].std() + points[~circle].std()
    with pytest.raises(ValueError, match="method='pca'"):
        item2vec.flatten(model.vectors, "pca")


# ------------------------------------------------------------------------------------ profiles
@pytest.fixture(scope="module")
def people(split):
    return held_out_users(split, "test")


def test_profile_weights_sum_to_one(people):
    for profile in item2vec.PROFILES:
        weights = item2vec.profile_weights(people, profile)
        assert weights.sum(axis=1) == pytest.approx(1)


def test_profiles_differ_in_whom_they_count(people):
    rated, last = (people.history[people.history["user"] == 0]["movie"].to_numpy(), 2)
    mean = item2vec.profile_weights(people, "mean")[0]
    assert sorted(mean.indices) == sorted(rated)
    recent = item2vec.profile_weights(people, "last", last=last)[0]
    assert sorted(recent.indices) == sorted(rated[-last:])
    stars = item2vec.profile_weights(people, "stars")[0]
    five = people.seen[0].toarray()[0] == 5
    assert np.allclose(stars.toarray()[0][five], 2 * stars.data.min())


def test_profiles_leave_out_what_was_not_liked(people):
    harsh = replace(people, history=people.history.assign(rating=2.0))
    assert item2vec.profile_weights(harsh, "mean").nnz == 0
    assert item2vec.profile_weights(harsh, "mean", good=0).nnz == len(people.history)
    with pytest.raises(ValueError, match="profile='median'"):
        item2vec.profile_weights(people, "median")


# ---------------------------------------------------------------------------------------- sgns
def test_gradients_are_those_of_the_loss():
    rng = np.random.default_rng(0)
    arguments = [rng.normal(size=5), rng.normal(size=5), rng.normal(size=(3, 5))]
    found = item2vec.sgns(*arguments)
    for place, name in enumerate(("center", "positive", "negatives")):
        for cell in np.ndindex(arguments[place].shape):
            losses = []
            for step in (1e-6, -1e-6):
                moved = [a.copy() for a in arguments]
                moved[place][cell] += step
                losses.append(item2vec.sgns(*moved)["loss"])
            slope = (losses[0] - losses[1]) / 2e-6
            assert found[name][cell] == pytest.approx(slope, abs=1e-6)


def test_loss_of_extreme_scores_is_finite():
    loss = item2vec.sgns(np.array([1000.0]), np.array([-1.0]), np.array([[1.0]]))["loss"]
    assert loss == pytest.approx(2000)
