"""Figures of noise and groups draw what they were given."""

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from course_utils import plots
from course_utils.data.archives import AGE_GROUPS


@pytest.fixture(autouse=True)
def closed_figures():
    yield
    plt.close("all")


def results_table():
    rows = [("plain", seed, 0.9 + seed / 1000) for seed in range(3)]
    for way in ("gauss", "gauss_2021"):
        rows += [(f"{way}_{f}", s, 0.9 + f / 100 + s / 1000) for f in (1, 3) for s in range(3)]
    return pd.DataFrame(rows, columns=["model", "seed", "rmse"])


def test_noise_by_factor_keeps_ways_with_a_common_beginning_apart():
    ways = {"Gaussian": {"as in 2021": "gauss_2021", "right": "gauss"}}
    fig = plots.noise_by_factor(results_table(), ways)
    for line in fig.axes[0].lines[:2]:
        np.testing.assert_allclose(line.get_xdata(), [0.1, 0.3])
        np.testing.assert_allclose(line.get_ydata(), [0.911, 0.931])
    dots = [c.get_offsets() for c in fig.axes[0].collections if len(c.get_offsets()) == 6]
    assert len(dots) == 2
    assert "right 0.9110 at 0.1, 0.9310 at 0.3" in fig.get_label()


def test_noisy_rows_say_whether_epochs_differ_and_gaps_stay_empty():
    clean = np.array([4.0, 0.0, 3.0, 0.0, 5.0])
    same = np.tile(clean + 0.5, (2, 1))
    fig = plots.noisy_rows(clean, {"once": same, "anew": np.stack([clean, clean * 1.1])}, n=5)
    assert "once: unrated cells up to 0.5 stars, epochs equal" in fig.get_label()
    assert "anew: unrated cells up to 0.0 stars, epochs different" in fig.get_label()
    assert "3 of them rated" in fig.get_label()


def differing(prefixes=("",)):
    columns = [f"{p}difference{end}" for p in prefixes for end in ("", "_low", "_high")]
    return columns


def test_differences_average_seeds_and_show_the_interval():
    columns = differing(["q1_", "q2_", "q3_", "q4_"])
    table = pd.DataFrame([[0.1, 0.0, 0.2] * 4, [0.3, 0.2, 0.4] * 4], columns=columns)
    fig = plots.differences_by_quarter(table.assign(model="concat"), ["concat"], "t", looks=12)
    assert fig.get_label().count("concat +0.2000 (+0.1000 to +0.3000)") == 4
    ends = [
        c.get_segments()[0][:, 0] for c in fig.axes[0].collections if hasattr(c, "get_segments")
    ]
    assert any(np.allclose(end, [0.1, 0.3]) for end in ends)
    assert "widened for 12 looks" in fig.axes[0].get_xlabel()


def test_groups_get_three_lines_each():
    models = ("group_a_alone", "group_a_tuned", "group_random_a_alone")
    table = pd.DataFrame([[0.1, 0.0, 0.2]] * 3, columns=differing()).assign(model=models)
    fig = plots.differences_of_groups(table, {"a": "group a"}, "t")
    assert [t.get_text() for t in fig.axes[0].get_yticklabels()] == ["group a"]
    assert len(fig.axes[0].texts) == 3  # a number each
    assert "random users with as many ratings" in fig.get_label()


def test_the_heat_map_shows_differences_from_the_mean():
    stars = pd.DataFrame([np.linspace(3, 4, 7), np.linspace(4, 3, 7)], ["up", "down"], AGE_GROUPS)
    fig = plots.same_person_other_age(stars)
    assert "up changes by +1.00 stars and down by -1.00" in fig.get_label()
