"""The four kinds of figure draw the numbers that they are given, and say them."""

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex

from course_utils.plots import kit, style


@pytest.fixture
def ax():
    fig, ax = style.figure()
    yield ax
    plt.close(fig)


def written(ax):
    return [text.get_text() for text in ax.texts]


# ------------------------------------------------------------------------------------- lines
def test_a_line_goes_through_the_means_and_every_seed_is_a_dot(ax):
    said = kit.lines(ax, {"model": pd.Series([0.8, 0.9, 0.7], [1, 1, 5])})
    np.testing.assert_allclose(ax.lines[0].get_xydata(), [[1, 0.85], [5, 0.7]])
    assert len(ax.collections[0].get_offsets()) == 3
    assert said == "model 0.850 at 1, 0.700 at 5"
    assert written(ax) == ["model"]


def test_lines_may_stand_at_equal_distances_and_miss_some_places(ax):
    curves = {"all": pd.Series([1.0, 2, 3], [0, 5, 20]), "two": pd.Series([4.0, 5], [0, 20])}
    kit.lines(ax, curves, places=[0, 5, 20])
    assert [line.get_xdata().tolist() for line in ax.lines] == [[0, 1, 2], [0, 2]]
    assert [tick.get_text() for tick in ax.get_xticklabels()] == ["0", "5", "20"]


def test_gaps_in_a_line_are_left_out(ax):
    said = kit.lines(ax, {"a": pd.Series([1.0, np.nan, 3.0])}, text="{:.0f}")
    assert said == "a 1 at 0, 3 at 2"


def test_of_a_long_line_the_words_hold_its_ends_and_turns(ax):
    curve = pd.Series([5.0, 4, 3, 2, 1, 2, 9, 8, 7, 6])
    assert kit.lines(ax, {"a": curve}, text="{:.0f}") == "a 5 at 0, 1 at 4, 9 at 6, 6 at 9"


def test_a_line_across_is_named_with_its_value(ax):
    said = kit.lines(ax, {"a": pd.Series([1.0, 2.0])}, across={"bias model": 1.5}, names={"a": ""})
    assert written(ax) == ["bias model 1.500"] and said.endswith("bias model 1.500")


# ------------------------------------------------------------------------------------ ladder
def test_a_ladder_shows_seeds_their_mean_and_the_change_from_the_row_above(ax):
    runs = {"first": pd.Series([0.1, 0.3]), "second": pd.Series([0.5])}
    said = kit.ladder(ax, runs, "NDCG@10", steps=True, line=("popularity", 0.4))
    assert written(ax) == ["0.200", "0.500  (+0.300)"]
    assert said == "first 0.200; second 0.500 (+0.300); dotted: popularity 0.400"
    assert [tick.get_text() for tick in ax.get_yticklabels()] == ["first", "second"]
    assert ax.yaxis_inverted()  # the first row is on top
    assert "dotted: popularity 0.400" in ax.get_xlabel().replace("\n", " ")


@pytest.mark.parametrize(
    ("seeds", "words"),
    [
        ([0.10, 0.11, 0.12], "+0.110"),
        ([-0.1, 0.1, 0.05], "+0.017  ≈ 0"),
        ([0.2], "+0.200  one seed"),
    ],
)
def test_a_ladder_says_where_the_interval_over_seeds_includes_0(ax, seeds, words):
    kit.ladder(ax, {"a": pd.Series(seeds)}, "stars", interval=True, text="{:+.3f}")
    assert written(ax) == [words]


def test_a_ladder_refuses_a_row_without_runs(ax):
    with pytest.raises(ValueError, match="nothing was measured for 'a'"):
        kit.ladder(ax, {"a": pd.Series([])}, "stars")


# -------------------------------------------------------------------------------------- dots
def test_dots_write_every_value_in_a_column_and_say_intervals(ax):
    table = pd.DataFrame({"RMSE": [0.8, 0.9], "per user": [0.7, np.nan]}, ["a", "b"])
    intervals = {"RMSE": (table["RMSE"] - 0.1, table["RMSE"] + 0.2)}
    said = kit.dots(ax, table, "stars", intervals=intervals, line=("bias model", 1.0))
    assert written(ax) == ["0.800", "0.900", "0.700", ""]
    assert said == (
        "a: RMSE 0.800 (0.700 to 1.000), per user 0.700; b: RMSE 0.900 (0.800 to 1.100); "
        "dotted: bias model 1.000"
    )
    assert "● RMSE, ◆ per user, bars: 95\N{NO-BREAK SPACE}% intervals" in ax.get_xlabel().replace(
        "\n", " "
    )


def test_marks_of_a_row_stand_apart_where_asked(ax):
    table = pd.DataFrame({"one": [0.5], "other": [0.5]}, ["row"])
    kit.dots(ax, table, "stars", apart=True)
    heights = [dot.get_offsets()[0, 1] for dot in ax.collections]
    assert heights == pytest.approx([-0.2, 0.2])


# -------------------------------------------------------------------------------- bars, rows
def test_bars_begin_at_0_and_carry_their_values(ax):
    said = kit.bars(ax, pd.Series([3, 1], ["war", "drama"]))
    assert [bar.get_width() for bar in ax.patches] == [3, 1]
    assert written(ax) == ["3", "1"] and said == "war 3, drama 1"


def test_words_of_many_bars_are_the_first_and_the_last(ax):
    said = kit.bars(ax, pd.Series(range(20), [f"g{i}" for i in range(20)]), upright=True)
    assert said == "g0 0, g1 1, g2 2, g3 3, g4 4, … down to g19 19"


def test_rows_of_ours_and_of_2021_have_their_colours(ax):
    kit.rows(ax, ["ours, two layers", "deep autoencoder of 2021", "bias model"])
    ours, then, other = (to_hex(tick.get_color()) for tick in ax.get_yticklabels())
    assert ours == to_hex(style.ink(style.TAKEN[r"\bours\b|\bthe course's\b"]))
    assert len({ours, then, other}) == 3
