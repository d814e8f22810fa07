"""Figures of the capstone: each is drawn and says in words what it shows."""

import matplotlib
import numpy as np
import pandas as pd
import pytest

matplotlib.use("Agg")

from course_utils import plots

MODELS = ["A", "B", "C"]


def every_model():
    table = pd.DataFrame(
        {"rmse": [0.9, 0.8, 0.85], "per_user_rmse": [0.88, 0.79, 0.83]}, index=MODELS
    )
    table["rmse_low"], table["rmse_high"] = table["rmse"] - 0.01, table["rmse"] + 0.01
    return plots.every_model(table.assign(lesson="02", published=[True, False, True]))


def reported_and_measured():
    table = pd.DataFrame(
        {
            "model": MODELS,
            "reported": [0.86, 0.97, 0.88],
            "measured": [0.88, np.nan, 0.89],
            "what": ["mean over users", "a cosine", "chosen on it"],
        }
    )
    return plots.reported_and_measured(table, baseline=0.9)


FIGURES = {
    "every_model": (every_model, "B 0.8000, C 0.8500, A 0.9000"),
    "reported_and_measured": (reported_and_measured, "B: 0.97 (a cosine), no RMSE"),
    "rmse_against_ndcg": (
        lambda: plots.rmse_against_ndcg(
            pd.DataFrame({"rmse": [0.9, 0.8, np.nan], "ndcg": [0.1, 0.05, 0.3]}, index=MODELS)
        ),
        "C 0.300, A 0.100 (RMSE 0.900), B 0.050 (RMSE 0.800)",
    ),
    "support_of_lists": (
        lambda: plots.support_of_lists(
            {"A": np.array([[0, 1]]), "B": np.array([[2, -1]])}, np.array([3, 5, 100])
        ),
        "A 4, B 100",
    ),
    "ndcg_by_support": (
        lambda: plots.ndcg_by_support(pd.DataFrame({"A": [0.1, 0.2], "B": [0.3, 0.25]}, [0, 50])),
        "A from 0.100 to 0.200, B from 0.300 to 0.300",
    ),
    "rmse_by_split": (
        lambda: plots.rmse_by_split(
            pd.DataFrame({"r": [0.9, 0.8], "t": [1.0, np.nan]}, ["A", "B"]),
            {"r": "random", "t": "last"},
        ),
        "RMSE under random, last: A 0.900, 1.000.",
    ),
    "error_correlation": (
        lambda: plots.error_correlation(
            pd.DataFrame([[1, 0.9, 0.8], [0.9, 1, 0.7], [0.8, 0.7, 1]], MODELS, MODELS)
        ),
        "from 0.70 (C and B) to 0.90 (B and A)",
    ),
    "fitted_on": (
        lambda: plots.fitted_on(
            pd.DataFrame({"promised": [0.6, 0.85], "kept": [0.9, 0.86]}, ["train", "validation"]),
            best=0.88,
            best_name="A",
        ),
        "train: promised 0.600, kept 0.900",
    ),
    "new_users": (
        lambda: plots.new_users(pd.DataFrame({"A": [1.0, 0.9], "B": [1.1, 0.95]}, [1, 12])),
        "A from 1.000 to 0.900, B from 1.100 to 0.950",
    ),
}


@pytest.mark.parametrize("name", FIGURES)
def test_figure_says_what_it_shows(name):
    draw, words = FIGURES[name]
    figure = draw()
    figure.canvas.draw()
    assert words in figure.get_label()
    assert figure.axes[0].get_title(loc="left")


def test_a_label_at_the_end_of_a_line_stays_inside_however_many_meet_there():
    names = [f"model {i}" for i in range(6)]
    table = pd.DataFrame({"first": [0.9] * 6, "second": [1.0] * 6}, names)
    axes = plots.rmse_by_split(table, {"first": "one", "second": "two"}).axes[0]
    low, high = axes.get_ylim()
    heights = [text.xy[1] for text in axes.texts]
    assert len(heights) == 6
    assert all(low < height < high for height in heights)
