"""Figures of cost: their text says what they show, and the crossing is where the lines cross."""

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.text import Text

from course_utils import plots
from course_utils.plots.lesson_09 import _crossing


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


def test_memory_says_what_does_not_fit():
    fig = plots.memory_bars({"dense": 34.7, "CSR": 0.075}, {"a laptop": 8.0})
    assert "dense 34.7 GiB ✗, CSR 76.8 MiB" in fig.get_label()
    written = [text.get_text().strip() for text in fig.axes[0].texts]
    assert "34.7 GiB ✗" in written and "76.8 MiB" in written
    assert (
        fig.axes[0].get_xscale() == "linear" and fig.axes[0].get_xlim()[0] == 0
    )  # bars are lengths


def test_half_stars_lost_counts_what_changed():
    before = np.array([0.5, 1.0, 2.5, 4.0])
    assert "50% of the ratings have changed" in (
        plots.half_stars_lost(before, np.trunc(before), "ratings").get_label()
    )


@pytest.mark.parametrize(
    ("sparse", "where"), [([1, 3, 9], 2.0), ([1, 1, 1], None), ([3, 3, 3], None)]
)
def test_lines_cross_where_they_cost_the_same(sparse, where):
    found = _crossing(np.array([1.0, 4.0, 16.0]), np.log([3**0.5] * 3), np.log(sparse))
    assert found == (None if where is None else pytest.approx(where))


def test_break_even_names_the_density():
    density = [0.01, 0.02, 0.04]
    table = pd.DataFrame(
        {
            "density": density * 2,
            "step_seconds": [2.0, 2.0, 2.0, 1.0, 2.0, 4.0],
            "compute": ["dense"] * 3 + ["sparse"] * 3,
        }
    )
    assert "They cross at 2.0 %." in plots.break_even(table).get_label()


def test_cost_by_ratings_marks_synthetic_data():
    table = pd.DataFrame(
        {
            "dataset": ["ml-1m", "synthetic-10m"],
            "compute": "sparse",
            "train_ratings": [800_000, 8_000_000],
            "epoch_cpu_seconds": [0.5, 6.0],
            "peak_mb": [900, 3300],
        }
    )
    fig = plots.cost_by_ratings(table)
    assert "rated cells only 0.5 at 800,000, 6.0 at 8,000,000" in fig.get_label()
    faces = [
        tuple(c.get_facecolor()[0][:3]) for c in fig.axes[0].collections if len(c.get_offsets())
    ]
    assert (1.0, 1.0, 1.0) in faces


def test_names_of_close_marks_do_not_touch():
    table = pd.DataFrame(
        {
            "label": ["ours: one", "2021: two", "a third library"],
            "seconds": [20.0, 22.0, 200.0],
            "rmse": [0.9, 0.9004, 0.93],
        }
    )
    fig = plots.seconds_against_rmse(table, "ml-1m")
    boxes = [Text.get_window_extent(text) for text in fig.axes[0].texts]
    assert [t.get_text() for t in fig.axes[0].texts] == list(table["label"])
    assert not any(a.overlaps(b) for i, a in enumerate(boxes) for b in boxes[i + 1 :])


def test_a_model_measured_twice_is_one_mark():
    table = pd.DataFrame({"label": ["a", "a", "b"], "seconds": [1.0, 3, 9], "rmse": [0.8, 0.9, 1]})
    assert "a 0.850 after 2 s; b 1.000" in plots.seconds_against_rmse(table, "ml-1m").get_label()


def test_seconds_and_curves_tell_their_values():
    table = pd.DataFrame({"label": ["ours: a", "b"], "seconds": [9.0, 90.0], "rmse": [0.83, 0.85]})
    assert "ours: a 0.830 after 9 s" in plots.seconds_against_rmse(table, "ml-1m").get_label()
    curves = {"a": [(1.0, 0.9), (2.0, 0.83)], "b": [(1.0, 0.95), (30.0, 0.85)]}
    label = plots.rmse_by_seconds(curves, 0.831, "ml-1m").get_label()
    assert "a after 2 s; b not within 30 s" in label
    ways = {"ml-1m": {"plain": 2.0, "XLA": 1.0}}
    assert (
        "ml-1m: plain 2.00 s (× 1.00), XLA 1.00 s (× 0.50)"
        in plots.relative_seconds(ways, "plain").get_label()
    )
