"""Figure of lesson 02: what a choice flatters."""

import pandas as pd
from matplotlib.figure import Figure

from course_utils.plots.kit import vline
from course_utils.plots.style import GREY, figure, show


def optimism(draws: pd.DataFrame) -> Figure | None:
    """How much worse the chosen run does on ratings that had no say, beside runs nobody chose.

    draws: from :func:`course_utils.protocol.metrics.choose_on_half`. The mean of all runs tells how
    much the two halves differ anyway; what is left is the choice's flattery, in stars of RMSE.
    """
    gap = draws["other_half"] - draws["chosen_half"]
    flattery = gap - (draws["other_half_mean"] - draws["chosen_half_mean"])
    mean, chosen = flattery.mean(), f"best of {draws.attrs['candidates']} chosen"
    fig, ax = figure(8.5, 3.4)
    ax.hist(flattery, bins=40, color="C1", edgecolor="white")
    sides = ("left", "right") if mean >= 0 else ("right", "left")
    vline(ax, 0, "no flattery", side=sides[0], colour=GREY)
    vline(ax, mean, f"{chosen}: {mean:+.4f}", side=sides[1])
    ax.set(xlabel="what the choice loses on fresh ratings (stars of RMSE)", ylabel="random halves")
    ax.set_title("How much a choice flatters")
    return show(
        fig,
        f"Histogram over {len(draws)} random halves of the ratings, {chosen} on one half: on the "
        f"other half it does worse in {(flattery > 0).mean():.0%} of them, on average by "
        f"{mean:+.4f} stars.",
    )
