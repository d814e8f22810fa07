"""Figures of several lessons: what they say in words is what they show."""

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from course_utils import plots
from tests.plots.figures import scores


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


def texts(fig):
    return " ".join(text.get_text() for ax in fig.axes for text in ax.texts)


def rows_of(fig, ax=0):
    return [tick.get_text() for tick in fig.axes[ax].get_yticklabels()]


def test_grids_have_means_over_seeds_and_leave_out_what_was_not_measured():
    scores = [0.90, 0.90, 0.80, 0.96, 0.95]
    table = pd.DataFrame({"model": list("aabbc"), "validation_rmse": scores})
    factors = {"activation": {"a": "ELU", "b": "SELU", "x": "ReLU"}, "fill": {"c": "1"}}
    fig = plots.grids(table, factors | {"none": {"y": "?"}}, line=("bias model", 0.93))
    assert [rows_of(fig, i) for i in range(2)] == [["ELU", "SELU"], ["1"]]
    assert "activation: ELU 0.900; SELU 0.880" in fig.get_label()
    assert "fill: 1 0.950" in fig.get_label()
    assert "0.880" in texts(fig)


def test_grids_say_which_ratings_they_look_at():
    table = pd.DataFrame({"model": ["a"], "rmse": [0.9], "validation_rmse": [0.8]})
    for metric, words in (("rmse", "test RMSE"), ("validation_rmse", "validation RMSE")):
        fig = plots.grids(table, {"one": {"a": "ELU"}}, metric=metric)
        assert words in fig.get_label() and words in fig.axes[0].get_xlabel()


def test_steps_show_means_and_changes_and_promise_no_single_factor():
    table = pd.DataFrame({"model": ["a", "a", "b"], "rmse": [0.8, 0.9, 0.95]})
    fig = plots.steps(table, {"a": "first", "b": "second"}, line=("bias model", 0.9))
    assert texts(fig) == "0.8500 0.9500  (+0.1000)"
    assert "first 0.8500; second 0.9500 (+0.1000)" in fig.get_label()
    assert "one factor" not in fig.axes[0].get_title(loc="left").lower()


def test_a_step_that_was_not_measured_is_named():
    table = pd.DataFrame({"model": ["a"], "rmse": [0.8]})
    with pytest.raises(ValueError, match="'second'"):
        plots.steps(table, {"a": "first", "b": "second"})


def test_leaderboards_begin_with_the_best_model():
    found = [scores(np.random.default_rng(i), f"model {i}") for i in range(3)]
    best = min(found, key=lambda s: s.rmse)
    fig = plots.leaderboard_dots(found)
    assert rows_of(fig)[0] == best.model
    assert f"best first. {best.model}: RMSE over all ratings {best.rmse:.3f}" in fig.get_label()


def test_learning_curves_mark_the_best_epoch():
    history = pd.DataFrame({"epoch": [1, 2, 3], "validation_rmse": [1.0, 0.9, 0.95]})
    fig = plots.learning_curves({"ours": history}, across={"bias model": 0.94})
    ring = next(c for c in fig.axes[0].collections if c.get_sizes()[0] > 100)
    assert ring.get_offsets().tolist() == [[2, 0.9]]
    assert texts(fig) == "ours (best 0.900) bias model 0.940"


def test_new_users_may_come_with_seeds_and_say_what_lies_above_the_frame():
    table = pd.DataFrame({"one": [1.5, 0.9, 1.1], "other": [1.0, 0.8, 0.8]}, [1, 5, 5])
    fig = plots.new_users(table, top=1.2)
    np.testing.assert_allclose(fig.axes[0].lines[0].get_ydata(), [1.5, 1.0])
    assert fig.axes[0].get_ylim()[1] == 1.2
    assert "above the frame at 1: one 1.50" in fig.axes[0].get_xlabel()
    assert "one 1.500 at 1, 1.000 at 5" in fig.get_label()
    assert "above" not in plots.new_users(table).axes[0].get_xlabel()


def test_predictions_keep_one_axis_for_all_and_tell_their_range():
    fig = plots.predictions({"far": np.array([-2.0, 7.0])}, np.array([1, 5]))
    low, high = fig.axes[0].get_xlim()
    assert low < -2 and high > 7
    assert "ratings 1.00 to 5.00, mean 3.00; far -2.00 to 7.00, mean 2.50" in fig.get_label()


def test_the_two_means_of_users_name_the_side_on_which_they_lie():
    fig = plots.rmse_of_users(scores(np.random.default_rng(0), "bias model"))
    sides = {text.get_text().split("\n")[0]: text.get_ha() for text in fig.axes[0].texts}
    assert sides == {"mean over users": "right", "over all ratings": "left"}
