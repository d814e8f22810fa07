"""A family that the course does not know: one model, one task, and all the rest works with it."""

from dataclasses import dataclass

import keras
import numpy as np
import pandas as pd
import pytest
from keras import layers

from course_utils.models import baselines
from course_utils.protocol.blend import Blended, fit_blend
from course_utils.protocol.evaluation import evaluate, leaderboard
from course_utils.protocol.training import fit
from course_utils.recommend.lists import list_for, rank
from course_utils.recommend.page import Advisor
from course_utils.tasks.base import Task
from tests.tasks.test_rows import make_split


# What would be course_utils/models/levels.py
def levels(n_movies, mean):
    """Every movie has its level; all users are the same."""
    movie = keras.Input((), dtype="int32", name="movie")
    level = layers.Embedding(n_movies, 1, "zeros", name="level")(movie)
    return keras.Model(movie, level + mean, name="levels")


# What would be course_utils/tasks/levels.py
@dataclass(frozen=True, eq=False)
class LevelTask(Task):
    def predict(self, model, users, movies):
        return model.predict(movies, verbose=0).ravel()

    def folder(self, model):
        level = self.predict(model, None, np.arange(self.split.n_movies))
        return lambda profiles: np.array([level + p["rating"].mean() - 3 for p in profiles])


@pytest.fixture(scope="module")
def split():
    return make_split(n_users=40, n_movies=12)


@pytest.fixture(scope="module")
def fitted(split):
    train = split.train
    task = LevelTask(split, train["movie"].to_numpy(), train["rating"].to_numpy())

    def build():
        model = levels(split.n_movies, float(train["rating"].mean()))
        model.compile(keras.optimizers.Adam(0.05), "mse")
        return model

    return fit(build, task, epochs=5, progress=False)


def test_it_gets_a_leaderboard_row(split, fitted):
    scores = [evaluate(fitted, split, model="levels"), evaluate(baselines.bias_model(split), split)]
    assert set(leaderboard(scores).index) == {"levels", "BiasModel"}


def test_it_gets_lists(split, fitted):
    lists = rank(fitted, split).lists
    best = fitted.predict(np.zeros(12, int), np.arange(12)).argsort()[::-1]
    user = lists[0][lists[0] >= 0]
    np.testing.assert_array_equal(user, best[np.isin(best, user)])
    assert list_for(fitted, split, 3, 2)["movie_id"].isin(split.movie_ids).all()


def test_it_is_folded_in_and_advises_somebody_new(split, fitted):
    profile = pd.DataFrame({"movie": [0, 4], "rating": [5.0, 4.0]})
    level = fitted.predict(np.zeros(12, int), np.arange(12))
    np.testing.assert_allclose(fitted.fold_in([profile])[0], level + 1.5, rtol=1e-6)
    movies = pd.DataFrame({"movie_id": split.movie_ids, "title": "A film", "year": 1990})
    top = Advisor({"levels": fitted}, split, movies, minimum_support=0).top(profile, 3)["levels"]
    assert not set(top["movie"]) & {0, 4} and top["score"].is_monotonic_decreasing


def test_it_is_blended(split, fitted):
    models = {"levels": fitted, "biases": baselines.bias_model(split)}
    asked = split.validation["user"].to_numpy(), split.validation["movie"].to_numpy()
    stars = {name: model.predict(*asked) for name, model in models.items()}
    both = Blended(fit_blend(stars, split.validation["rating"]), models)
    assert evaluate(both, split).n == len(split.test)
    users, profile = np.array([1, 0]), split.train[split.train["user"] == 0]
    expected = both.predict(np.repeat(users, 12), np.tile(np.arange(12), 2)).reshape(2, 12)
    np.testing.assert_allclose(both.score(users), expected, rtol=1e-5)
    assert both.fold_in([profile]).shape == (1, 12)


def test_without_a_closed_form_it_says_so(split, fitted):
    class Plain(LevelTask):
        folder = Task.folder

    task = Plain(split, fitted.task.x, fitted.task.y)
    with pytest.raises(TypeError, match="'levels' has no closed form for a new user"):
        task.folder(fitted.model)
