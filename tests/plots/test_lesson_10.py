"""Figures of the capstone: each is drawn and says in words what it shows."""

import matplotlib
import numpy as np
import pandas as pd
import pytest

matplotlib.use("Agg")

import matplotlib.pyplot as plt

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
    "every_model": (
        every_model,
        "best first. B  (02): RMSE over all ratings 0.8000 (0.7900 to 0.8100)",
    ),
    "reported_and_measured": (reported_and_measured, "; B, a cosine: as printed in 2021 0.97; "),
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
        "fewest first. A: median 4; B: median 100; dotted: median of all movies 5",
    ),
    "ndcg_by_support": (
        lambda: plots.ndcg_by_support(pd.DataFrame({"A": [0.1, 0.2], "B": [0.3, 0.25]}, [0, 50])),
        "A 0.100 at 0, 0.200 at 50; B 0.300 at 0, 0.250 at 50",
    ),
    "error_correlation": (
        lambda: plots.error_correlation(
            pd.DataFrame([[1, 0.9, 0.8], [0.9, 1, 0.7], [0.8, 0.7, 1]], MODELS, MODELS)
        ),
        "from 0.70 (C and B) to 0.90 (B and A)",
    ),
    "gaps_to_first": (
        lambda: plots.gaps_to_first(
            pd.DataFrame(
                {"gap": [0.02, -0.01], "gap_low": [0.01, -0.02], "gap_high": [0.03, 0.01]},
                ["A", "B"],
            ),
            "C",
        ),
        "B: RMSE − RMSE of C -0.0100 (-0.0200 to +0.0100); A: RMSE − RMSE of C +0.0200",
    ),
    "fitted_on": (
        lambda: plots.fitted_on(
            pd.DataFrame({"promised": [0.6, 0.85], "kept": [0.9, 0.86]}, ["train", "validation"]),
            best=0.88,
            best_name="A",
        ),
        "train: on ratings that had no say 0.900, where the weights were fitted 0.600",
    ),
}


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


@pytest.mark.parametrize("name", FIGURES)
def test_figure_says_what_it_shows(name):
    draw, words = FIGURES[name]
    figure = draw()
    figure.canvas.draw()
    assert words in figure.get_label()
    assert figure.axes[0].get_title(loc="left")


@pytest.mark.parametrize(("metric", "best"), [("rmse", "A"), ("ndcg", "B")])
def test_by_split_shows_means_over_seeds_with_intervals_best_first(metric, best):
    rows = [("a", "random", 0.8), ("a", "random", 0.9), ("b", "random", 0.9), ("b", "last", 1.0)]
    table = pd.DataFrame(rows, columns=["model", "split", metric])
    table[f"{metric}_low"], table[f"{metric}_high"] = table[metric] - 0.1, table[metric] + 0.1
    splits = {"random": "random", "last": "each user's last"}
    figure = plots.by_split(table, {"a": "A", "b": "B"}, splits, metric=metric)
    assert figure.axes[0].get_yticklabels()[0].get_text() == best
    said = figure.get_label()
    assert "A: mean over seeds 0.850 (0.750 to 0.950)" in said
    assert said.endswith("each user's last: B: mean over seeds 1.000 (0.900 to 1.100).")
