"""Full ranking of rating models: seen movies removed, every other movie in the race."""

import keras
import numpy as np
import pytest

from course_utils.models import baselines
from course_utils.models.autoencoders import autorec
from course_utils.models.losses import masked_sse
from course_utils.protocol.training import fit
from course_utils.recommend.lists import rank
from course_utils.tasks.rows import row_task
from tests.conftest import hand_split


@pytest.fixture
def split():
    return hand_split(
        train=[(0, 0, 5), (1, 0, 4), (1, 1, 3), (2, 2, 2), (2, 0, 5)],
        validation=[(0, 1, 4)],
        test=[(0, 2, 5), (1, 3, 4), (2, 1, 2)],
        n_movies=4,
    )


def test_lists_leave_out_train_and_validation_and_score_liked_test_movies(split):
    scores = np.array([9.0, 8.0, 7.0, 1.0])  # the same for everyone
    ranking = rank(scores, split, k=1)
    # User 0 has seen movies 0 and 1, so 2 is first: a hit. User 1's first is 2: no hit. User 2
    # liked nothing in test and does not count.
    assert ranking.by_user.index.tolist() == [0, 1]
    assert ranking.lists.tolist() == [[2], [2]]
    assert ranking.hit_rate == ranking.ndcg == 0.5
    assert ranking.by_user["recall"].tolist() == [1, 0]
    assert ranking.coverage == 0.25
    assert ranking.novelty == pytest.approx(np.log2(3))
    assert set(ranking.metrics()) >= {"hit_rate", "ndcg", "coverage", "novelty", "n_users"}


def test_minimum_support_keeps_rare_movies_out(split):
    scores = np.array([1.0, 2.0, 3.0, 9.0])
    assert rank(scores, split, k=1).lists.tolist() == [[3], [3]]
    assert rank(scores, split, k=1, minimum_support=1).lists.tolist() == [[2], [2]]


def test_nothing_relevant_is_an_error(split):
    low = hand_split(train=[(0, 0, 5)], test=[(0, 1, 3)])
    with pytest.raises(ValueError, match="nothing is relevant"):
        rank(np.zeros(2), low)


@pytest.mark.parametrize("side", ["user", "movie"])
def test_scores_of_all_movies_are_the_models_predictions(split, side):
    task = row_task(split, side, offset=True)

    def build():
        model = autorec(task.data.matrix.shape[1], 4, offset=task.data.offset)
        model.compile(keras.optimizers.Adam(0.01), masked_sse)
        return model

    fitted = fit(build, task, epochs=3, progress=False)
    users = np.array([2, 0])
    scores = fitted.score(users)
    movies = np.tile(np.arange(4), 2)
    expected = fitted.predict(np.repeat(users, 4), movies).reshape(2, 4)
    np.testing.assert_allclose(scores, expected, rtol=1e-5)
    bias = baselines.bias_model(split)
    expected = bias.predict(np.repeat(users, 4), movies).reshape(2, 4)
    np.testing.assert_allclose(bias.score(users), expected)


def test_linear_models_score_the_training_row(split):
    knn = baselines.item_knn(split, k=2, shrink=0.0)
    scores = knn.score(np.array([0]))
    np.testing.assert_allclose(scores[0], knn.weights[0])


def test_equal_scores_are_decided_by_ratings_not_by_the_file(split):
    ranking = rank(np.zeros(4), split, k=3)
    # Movie 0 has three ratings, 1 and 2 one each, 3 none. User 0 has seen 0 and 1.
    assert ranking.lists[0].tolist() == [2, 3, -1]
    assert ranking.lists[1].tolist() == [2, 3, -1]
    many = hand_split(
        train=[(0, m, 4) for m in range(50)] + [(1, 49, 4)], test=[(0, 50, 5), (1, 0, 5)]
    )
    drawn = rank(np.zeros(many.n_movies), many, k=10).lists[1]
    assert drawn.tolist() != sorted(drawn) and set(drawn) <= set(range(49))


def test_whoever_has_no_history_gets_what_is_popular():
    split = hand_split(
        train=[(0, 2, 5), (1, 2, 4), (1, 1, 3)], test=[(0, 1, 5), (2, 0, 4)], n_movies=3
    )
    own = np.tile([3.0, 2.0, 1.0], (3, 1))  # the model would list movie 0 first
    ranking = rank(own, split, k=3)
    assert ranking.lists.tolist() == [[0, 1, -1], [2, 1, 0]]
    assert ranking.by_user["warm"].tolist() == [True, False]
    assert ranking.metrics()["warm_ndcg"] == pytest.approx(1 / np.log2(3))
    assert ranking.metrics()["warm_n_users"] == 1
