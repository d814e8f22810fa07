"""Figures of movie vectors and of lists tell what they show."""

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.text import Text

from course_utils.data.held_out import held_out_users, strong_split
from course_utils.models import baselines
from course_utils.plots import lesson_07
from course_utils.recommend.lists import score_lists
from tests.conftest import random_movielens


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def points():
    return np.random.default_rng(0).normal(size=(200, 2))


def test_names_on_a_map_never_touch(points):
    names = [f"The Movie With Number {i}" for i in range(200)]
    fig = lesson_07.named_map(points, np.arange(200), names, "year")
    fig.canvas.draw()
    texts = [t for t in fig.axes[0].texts if t.get_text()]
    assert 5 < len(texts) < 60
    assert texts[0].get_text() == names[0]  # the best known comes first
    boxes = [Text.get_window_extent(t) for t in texts]
    assert not any(a.overlaps(b) for i, a in enumerate(boxes) for b in boxes[:i])
    assert f"{len(texts)} of the best known" in fig.axes[0].get_title(loc="left")


def test_long_names_are_cut(points):
    fig = lesson_07.named_map(points[:3], np.arange(3), ["x" * 60], "year")
    assert fig.axes[0].texts[0].get_text() == "x" * 25 + "…"


def test_alternative_text_says_how_far_a_number_explains_the_places(points):
    numbers = np.arange(200.0)
    line = np.column_stack([numbers, np.zeros(200)])
    text = lesson_07.maps_by_number({"a line": (line, numbers), "a cloud": (points, numbers)}, "id")
    said = text.get_label()
    assert "a line: the tenth of its id explains 99%" in said
    assert "a cloud: the tenth of its id explains 0%" not in said  # ten means fit some noise
    assert int(said.split("a cloud: the tenth of its id explains ")[1].split("%")[0]) < 15


def test_genre_maps_count_their_movies(points):
    genres = pd.Series(["War|Drama"] * 50 + ["Drama"] * 100 + [""] * 50)
    fig = lesson_07.genre_maps(points, genres, ["War", "Drama", "Horror", "Musical"])
    titles = [ax.get_title(loc="left") for ax in fig.axes]
    assert titles[:4] == ["War (50)", "Drama (150)", "Horror (0)", "Musical (0)"]


def test_window_gaps_and_cosines_say_their_middle():
    near, far = np.full(100, 10), np.arange(1000)
    said = lesson_07.window_gaps({"sorted": near, "shuffled": far}).get_label()
    assert "sorted: 10; shuffled: 500" in said
    said = lesson_07.cosine_histograms({"x": (np.full(9, 0.97), np.full(9, 0.5))}).get_label()
    assert "x: nearest 0.97, at random 0.50" in said


def test_lists_are_sorted_by_ndcg():
    split = strong_split(random_movielens([20] * 40), held_out=0.2)
    people = held_out_users(split)
    scores = [
        score_lists(people.hidden.toarray(), people, split, model="oracle"),
        score_lists(baselines.popularity(split).shares, people, split, model="popularity"),
    ]
    fig = lesson_07.list_dots(scores)
    assert [t.get_text() for t in fig.axes[0].get_yticklabels()] == ["oracle", "popularity"]
    assert "oracle: NDCG@10 1.000 (1.000 to 1.000)" in fig.get_label()


def test_exponents_are_means_over_seeds():
    table = pd.DataFrame({"exponent": [0, 0, 1], "ndcg": [0.1, 0.3, 0.1], "novelty": [1, 2, 3.0]})
    said = lesson_07.noise_exponents(table).get_label()
    assert "NDCG@10 0.200 at 0, 0.100 at 1. novelty (bits) 1.500 at 0, 3.000 at 1" in said
