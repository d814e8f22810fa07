"""Baselines: equal to what a direct solution, pandas or a naive loop gives on tiny data."""

import os
from pathlib import Path

import numpy as np
import pytest

from course_utils.data.matrices import seen_movies
from course_utils.data.movielens import load_movielens
from course_utils.data.splits import original_split
from course_utils.models import baselines
from course_utils.protocol.evaluation import evaluate
from tests.conftest import hand_split, random_table_split

ML_1M = Path(os.environ.get("MOVIELENS_HOME", "no folder")) / "ml-1m.zip"


def ridge_solution(split, reg):
    """(user biases, movie biases) from the normal equations of the penalised squares."""
    train = split.train
    design = np.zeros((len(train), split.n_users + split.n_movies))
    design[np.arange(len(train)), train["user"]] = 1
    design[np.arange(len(train)), split.n_users + train["movie"]] = 1
    stars = train["rating"].to_numpy(float)
    gram = design.T @ design + reg * np.eye(design.shape[1])
    biases = np.linalg.solve(gram, design.T @ (stars - stars.mean()))
    return biases[: split.n_users], biases[split.n_users :]


@pytest.mark.parametrize("reg", [0.5, 5.0])
def test_the_bias_model_converges_to_the_ridge_solution(reg):
    split = random_table_split()
    model = baselines.bias_model(split, reg=reg, sweeps=500)
    user, movie = ridge_solution(split, reg)
    assert model.mean == pytest.approx(split.train["rating"].mean())
    assert model.user == pytest.approx(user, abs=1e-8)
    assert model.movie == pytest.approx(movie, abs=1e-8)


def test_fifteen_sweeps_are_close_to_convergence():
    split = random_table_split([30] * 20)
    few, many = (baselines.bias_model(split, sweeps=n) for n in (15, 500))
    assert few.user == pytest.approx(many.user, abs=0.01)


def test_reg_shrinks_the_biases_and_those_of_few_ratings_most():
    generous = [(0, movie, 5) for movie in range(40)] + [(1, 40, 5)]
    split = hand_split([*generous, *((2, movie, 1) for movie in range(41))])
    loose, tight = (baselines.bias_model(split, reg=reg, sweeps=1) for reg in (0.1, 10))
    assert (abs(tight.user) < abs(loose.user)).all()
    kept = tight.user / loose.user
    assert kept[0] > 0.75  # 40 ratings
    assert kept[1] < 0.15  # one


def test_predictions_add_mean_and_both_biases():
    model = baselines.BiasModel(3.5, np.array([0.5, -1.0]), np.array([0.25, 0.0, 1.0]))
    assert model.predict([0, 1, 1], [2, 2, 1]).tolist() == [5.0, 3.5, 2.5]
    assert model.parameters == 1 + 2 + 2
    assert type(model.parameters) is int  # a result row is written as JSON


@pytest.mark.parametrize(
    ("side", "function"), [("user", baselines.user_mean), ("movie", baselines.movie_mean)]
)
def test_the_one_sided_means_equal_pandas(side, function):
    split = random_table_split()
    means = split.train.groupby(side)["rating"].mean()
    rated = split.train
    predicted = function(split).predict(rated["user"], rated["movie"])
    assert predicted == pytest.approx(means[rated[side]].to_numpy(), abs=1e-5)


def test_the_global_mean_is_said_of_everything():
    split = hand_split([(0, 0, 5), (0, 1, 4), (1, 0, 3)])
    assert baselines.global_mean(split).predict([0, 1], [1, 1]).tolist() == [4.0, 4.0]
    assert baselines.global_mean(split).parameters == 1


@pytest.mark.parametrize(
    "function", [baselines.user_mean, baselines.movie_mean, baselines.bias_model]
)
def test_a_cold_user_and_movie_get_the_global_mean(function):
    split = hand_split([(0, 0, 5), (0, 1, 2), (1, 0, 2)], n_users=3, n_movies=3)
    assert function(split).predict([2], [2]).tolist() == [3.0]


def test_popularity_is_the_share_of_users_who_rated_the_movie_in_train():
    split = hand_split([(0, 0, 5), (1, 0, 1), (1, 1, 3)], test=[(2, 2, 5)])
    assert baselines.popularity(split).shares.tolist() == pytest.approx([2 / 3, 1 / 3, 0])


def test_item_knn_equals_counting_common_users():
    split, shrink, k = random_table_split(n_movies=15, counts=[10, 12, 9, 6]), 2.0, 4
    audiences = [
        set(split.train.loc[split.train["movie"] == m, "user"]) for m in range(split.n_movies)
    ]
    weights = baselines.item_knn(split, k=k, shrink=shrink).weights
    for scored, audience in enumerate(audiences):
        similarity = [
            len(audience & other) / ((len(audience) * len(other)) ** 0.5 + shrink)
            if seen != scored
            else 0.0
            for seen, other in enumerate(audiences)
        ]
        cut = sorted(similarity, reverse=True)[k - 1]
        expected = [s if s >= cut else 0.0 for s in similarity]
        assert weights[:, scored] == pytest.approx(expected)


def test_item_knn_shrinks_chance_encounters():
    split = hand_split(
        [(user, movie, 4) for user in range(20) for movie in (0, 1)] + [(20, 2, 4), (20, 3, 4)]
    )
    weights = baselines.item_knn(split, shrink=10.0).weights
    assert weights[0, 1] == pytest.approx(20 / 30)  # always together, 20 users
    assert weights[2, 3] == pytest.approx(1 / 11)  # always together, one user


def test_item_knn_refuses_no_neighbours():
    with pytest.raises(ValueError, match="k=0: keep at least 1"):
        baselines.item_knn(random_table_split(), k=0)


def test_ease_is_the_best_linear_model_with_a_zero_diagonal():
    split, l2 = random_table_split(n_movies=15, counts=[10, 12, 9, 6]), 3.0
    seen = seen_movies(split.train, shape=split.shape).toarray().astype(float)
    weights = baselines.ease(split, l2=l2).weights
    assert np.diag(weights).tolist() == [0.0] * split.n_movies
    for movie in range(split.n_movies):  # ridge regression of each movie on all others
        others = np.delete(np.arange(split.n_movies), movie)
        x, y = seen[:, others], seen[:, movie]
        expected = np.linalg.solve(x.T @ x + l2 * np.eye(len(others)), x.T @ y)
        assert weights[others, movie] == pytest.approx(expected, abs=1e-8)


def test_cooccurrence_equals_looking_ahead_in_each_history():
    split = random_table_split(n_movies=9, counts=[7, 5, 6, 1])
    expected = np.zeros((split.n_movies, split.n_movies))
    for _, own in split.train.sort_values("timestamp", kind="stable").groupby("user"):
        words = own["movie"].to_numpy()
        for i, here in enumerate(words):
            for step, there in enumerate(words[i + 1 : i + 4], 1):
                expected[here, there] += 1 / step
    expected /= np.maximum(expected.sum(axis=1, keepdims=True), 1e-12)
    assert baselines.cooccurrence(split, window=3).weights == pytest.approx(expected)


def test_cooccurrence_never_looks_back_and_not_into_the_next_history():
    split = hand_split([(0, 0, 5), (0, 1, 4), (1, 2, 3)])
    weights = baselines.cooccurrence(split).weights
    assert weights[0].tolist() == [0.0, 1.0, 0.0]
    assert not weights[1:].any()


def test_cooccurrence_refuses_no_window():
    with pytest.raises(ValueError, match="window=0: look at least 1"):
        baselines.cooccurrence(random_table_split(), window=0)


def test_a_score_adds_the_weights_of_what_was_seen():
    split = hand_split([(0, 0, 5), (0, 2, 1), (1, 1, 3)])
    seen = seen_movies(split.train, shape=split.shape)
    scores = baselines.ItemScorer(np.arange(9.0).reshape(3, 3), seen).score([0, 1])
    assert scores.tolist() == [[0 + 6, 1 + 7, 2 + 8], [3, 4, 5]]


@pytest.mark.skipif(
    not ML_1M.is_file(),
    reason="needs MOVIELENS_HOME with ml-1m.zip, whose licence forbids shipping it with the course",
)
def test_movielens_1m_gives_the_published_baselines():
    split = original_split(load_movielens("ml-1m"))
    sizes = [len(part) for part in (split.train, split.validation, split.test)]
    assert sizes == [810_169, 90_019, 100_021]
    bias = evaluate(baselines.bias_model(split), split)
    assert bias.rmse == pytest.approx(0.908, abs=0.001)
    assert bias.per_user_rmse == pytest.approx(0.881, abs=0.001)
    for function, expected in (
        (baselines.global_mean, 1.1188),
        (baselines.user_mean, 1.0371),
        (baselines.movie_mean, 0.9805),
    ):
        assert evaluate(function(split), split).rmse == pytest.approx(expected, abs=5e-5)


def test_item_knn_without_shrinkage_gives_a_cold_movie_no_neighbours():
    split = hand_split([(0, 0, 5), (0, 1, 2), (1, 0, 2), (1, 1, 2)], n_movies=3)
    weights = baselines.item_knn(split, shrink=0.0).weights
    assert weights == pytest.approx(np.array([[0, 1, 0], [1, 0, 0], [0, 0, 0]]))
