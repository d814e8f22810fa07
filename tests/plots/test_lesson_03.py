"""Figures of sequences count what they show."""

from types import SimpleNamespace

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from course_utils import plots
from tests.plots.figures import small_transformer


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


def windows(train, test):
    ratings = pd.DataFrame({"user": [3] * 8 + [4] * 8})
    return SimpleNamespace(ratings=ratings, train=np.array(train), test=np.array(test))


def test_windows_count_leaks_and_repetitions_of_one_user():
    train = [[0, 1, 2, 3], [2, 3, 4, 5], [2, 3, 4, 5], [8, 9, 10, 11]]
    fig = plots.windows_of_user(windows(train, [[1, 2, 3, 4]]), user=3)
    said = fig.get_label()
    assert "4 windows of one user, each 4 ratings long, 1 apart; 1 are test windows" in said
    assert "a test target among their inputs 2 times; 1 windows repeat another" in said
    assert [text.get_text() for text in fig.axes[0].texts] == ["the same again"]


def test_a_mask_says_when_it_looks_ahead():
    below = np.tri(3, k=-1, dtype=bool)
    assert "3 cells below the diagonal, 0 on or above it" in plots.causal_mask(below).get_label()
    fig = plots.causal_mask(below | np.eye(3, dtype=bool))
    assert "3 cells below the diagonal, 3 on or above it" in fig.get_label()
    assert fig.axes[0].get_title(loc="left") != "Only what came before"


def test_factors_compare_seed_by_seed():
    table = pd.DataFrame(
        {"model": list("aabb"), "seed": [0, 1, 0, 1], "rmse": [0.9, 1.0, 0.8, 0.9002]}
    )
    fig = plots.factors(table, {"b": "other"}, "a", title="t")
    assert [text.get_text() for text in fig.axes[0].texts] == ["-0.0999"]
    assert "other -0.0999" in fig.get_label()


def test_collapse_compares_spread_and_error():
    table = pd.DataFrame({"model": ["a", "a"], "rmse": [1.0, 1.2], "prediction_sd": [0.1, 0.3]})
    said = plots.collapse(table, {"a": "16 blocks"}, 1.3).get_label()
    assert "Standard deviation of predictions: 16 blocks 0.200." in said
    assert "Test RMSE: 16 blocks 1.100; dotted: always the mean 1.300." in said


def test_attention_and_forgetting_read_the_model():
    fitted = small_transformer(np.random.default_rng(0))
    fig = plots.attention(fitted, [f"Movie {i}" for i in range(99)], [(0, 1), (3, 2)], most=4)
    assert [len(ax.patches) for ax in fig.axes] == [4, 4]
    widths = [bar.get_width() for bar in fig.axes[0].patches]
    assert widths == sorted(widths, reverse=True) and 0 < sum(widths) <= 1
    assert "asked about Movie 1, user 0 is read from" in fig.get_label()
    for ax in plots.forgetting(fitted).axes:
        assert all(line.get_ydata()[0] == pytest.approx(1) for line in ax.lines)
