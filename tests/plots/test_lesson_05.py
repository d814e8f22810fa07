"""Figures of deep networks draw the numbers they are given, and say them in words."""

import matplotlib

matplotlib.use("Agg")

import numpy as np
import pandas as pd
import pytest

from course_utils import plots
from course_utils.recommend.lists import LikeAccuracy


def texts(fig):
    return " ".join(t.get_text() for ax in fig.axes for t in ax.texts)


def test_two_metrics_shows_means_over_seeds_and_what_was_published():
    table = pd.DataFrame(
        {
            "model": ["a", "a", "b"],
            "rmse": [0.90, 0.92, 0.88],
            "per_user_rmse": [0.87, 0.87, 0.86],
        }
    )
    fig = plots.two_metrics(table, {"a": "first", "b": "second"}, {"second": (0.85, "per user")})
    assert "0.910" in texts(fig) and "0.880" in texts(fig)
    assert "first: over all ratings 0.910, mean of per-user RMSE 0.870;" in fig.get_label()
    assert "per-user RMSE 0.860, published (per user) 0.850." in fig.get_label()
    # 0.85 stands in the column of what was published per user, and there only
    hollow = {c.get_offsets()[:, 0].tolist()[1] for c in fig.axes[0].collections[3:]}
    assert 0.85 in hollow


def test_loss_parts_splits_the_loss():
    history = pd.DataFrame(
        {"epoch": [1, 2, 3], "loss": [3.0, 2.0, 1.5], "penalty": [1.0, 0.8, 0.5]}
    )
    fig = plots.loss_parts(history)
    shown = texts(fig)
    assert "errors 1.00" in shown and "penalty 0.50" in shown and "loss 1.50" in shown
    assert "errors 1.00, penalty 0.50, loss 1.50 stars²" in fig.get_label()


def test_signal_has_a_panel_a_comparison_on_a_log_axis():
    table = pd.DataFrame(
        {"layer": ["hidden_1", "dropout", "hidden_2"], "mean": 0.0, "variance": [1.0, 5.0, 3.0]}
    )
    small = table.assign(variance=[1e-1, 1e-3, 1e-5])
    fig = plots.signal({"starts": {"kept": table, "lost": small}, "dropout": {"plain": table}})
    assert [ax.get_title(loc="left") for ax in fig.axes] == ["starts", "dropout"]
    assert fig.axes[0].get_yscale() == "log"
    assert "lost 0.1 at 1, 0.001 at 2, 1e-05 at 3" in fig.get_label()


def test_by_heart_shows_both_errors_and_what_a_broken_network_says():
    table = pd.DataFrame(
        {
            "model": ["broken", "fine", "fine"],
            "training_rmse": [1.8, 0.7, 0.8],
            "validation_rmse": [1.9, 0.95, 0.95],
            "mean_prediction": [8.4, 3.5, 3.5],
        }
    )
    names = {"fine": "dropout", "broken": "AlphaDropout", "unmeasured": "not there"}
    fig = plots.by_heart(table, names)
    assert "dropout, (says 3.5 stars): training 0.750, validation 0.950" in fig.get_label()
    assert "AlphaDropout, (says 8.4 stars): training 1.800" in fig.get_label()
    assert "not there" not in fig.get_label()


def test_depth_counts_hidden_layers_and_averages_seeds():
    table = pd.DataFrame(
        {
            "model": ["one", "two", "two"],
            "validation_rmse": [0.9, 0.8, 0.84],
            "settings": [{"hidden": [5]}, {"hidden": [5, 5]}, {"hidden": [5, 5]}],
        }
    )
    fig = plots.depth(table, {"with skips": ["one", "two"]}, line=("bias model", 0.95))
    line = fig.axes[0].get_lines()[0]
    np.testing.assert_allclose(line.get_xydata(), [[1, 0.9], [2, 0.82]])
    assert "bias model 0.950" in texts(fig)
    assert "with skips 0.900 at 1, 0.820 at 2" in fig.get_label()


def test_liked_shows_the_share_beside_the_base_rate():
    result = LikeAccuracy(0.7, 0.65, (0.6, 0.8), 98, 1)
    fig = plots.liked({"user 2000": result})
    assert "70%" in texts(fig)
    assert '70% (60% to 80%), "liked" every time 65%' in fig.get_label()
    assert "98 ratings" in fig.axes[0].get_yticklabels()[0].get_text()


def test_support_marks_the_highest_predictions_and_counts_those_without_evidence():
    table = pd.DataFrame({"stars": [5.96, 4.8, 4.5, 3.0], "support": [2, 300, 5, 40]})
    fig = plots.support(table, n=3, minimum=20)
    assert "Of the 3 highest, 2 have fewer than 20" in fig.get_label()
    assert "standard deviation 1.03 with fewer than 20 ratings, 1.27 with more" in fig.get_label()
    assert "5.96" in fig.get_label()
    marked = fig.axes[0].collections[1].get_offsets()
    assert marked[:, 1].tolist() == pytest.approx([5.96, 4.8, 4.5])
