"""Figures of scores: what they say in words must be what they show."""

import pandas as pd

from course_utils import plots


def test_grid_names_the_best_setting_of_each_factor_by_the_mean_over_seeds():
    table = pd.DataFrame(
        {
            "model": ["a", "a", "b", "b", "c"],
            "validation_rmse": [
                0.90,
                0.90,
                0.80,
                0.96,
                0.95,
            ],  # b has the best seed and the best mean
        }
    )
    fig = plots.grid(table, {"activation": {"a": "ELU", "b": "SELU"}, "fill": {"a": "0", "c": "1"}})
    alt = fig.get_label()
    assert "activation: SELU with 0.880" in alt
    assert "fill: 0 with 0.900" in alt
    assert len(fig.axes) == 2
