"""What a choice flatters is said with its sign."""

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import pandas as pd
import pytest

from course_utils import plots


@pytest.mark.parametrize(("loss", "words"), [(0.02, "+0.0200"), (-0.01, "-0.0100")])
def test_optimism_is_what_the_chosen_run_loses_beyond_all_runs(loss, words):
    draws = pd.DataFrame({"chosen_half": [0.9, 0.9], "chosen_half_mean": 1.0})
    draws["other_half"] = draws["chosen_half"] + 0.05 + loss  # this half is harder for all
    draws["other_half_mean"] = 1.05
    draws.attrs["candidates"] = 7
    fig = plots.optimism(draws)
    assert f"on average by {words} stars" in fig.get_label()
    assert f"in {loss > 0:.0%} of them" in fig.get_label()
    assert [t.get_text() for t in fig.axes[0].texts][1] == f"best of 7 chosen: {words}"
    plt.close(fig)
