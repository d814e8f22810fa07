"""Figures of lesson 02: a split, what is learned by heart, what a choice flatters."""

import numpy as np
import pandas as pd
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure

from course_utils.data.splits import Split
from course_utils.plots.kit import lines, vline
from course_utils.plots.style import GREY, PALETTE, figure, show


def split_picture(split: Split, n_users: int = 24, n_movies: int = 60) -> Figure | None:
    """A corner of the rating matrix, each rating coloured by the part of the split it lies in.

    The corner is where the most active users meet the most rated movies.
    """
    parts = {name: getattr(split, name) for name in ("train", "validation", "test")}
    everything = pd.concat(parts.values())
    users = everything["user"].value_counts().index[:n_users]
    movies = everything["movie"].value_counts().index[:n_movies]
    cells = np.zeros((len(users), len(movies)))
    for number, part in enumerate(parts.values(), 1):
        row, column = users.get_indexer(part["user"]), movies.get_indexer(part["movie"])
        seen = (row >= 0) & (column >= 0)
        cells[row[seen], column[seen]] = number
    colours = ["white", "#c4cdd6", PALETTE[1], PALETTE[0]]
    fig, ax = figure(8.5, 4)
    ax.pcolormesh(cells[::-1], cmap=ListedColormap(colours), vmin=0, vmax=3, edgecolor="white")
    ax.set(xlabel="movies, most rated first", ylabel="users, most active on top")
    ax.set(xticks=[], yticks=[], title="One part to learn from, one to choose by, one to report")
    share = {name: len(part) / len(everything) for name, part in parts.items()}
    for (name, value), colour in zip(share.items(), colours[1:], strict=True):
        ax.scatter([], [], marker="s", s=70, color=colour, label=f"{name} {value:.0%}")
    ax.scatter([], [], marker="s", s=70, color="white", edgecolor=GREY, label="no rating")
    fig.legend(loc="outside lower center", ncols=4)
    said = ", ".join(
        f"{name} {(cells == number).sum()} ({share[name]:.0%} of all ratings)"
        for number, name in enumerate(parts, 1)
    )
    return show(fig, f"{len(users)} users by {len(movies)} movies, cells with a rating: {said}.")


def train_and_validation(history: pd.DataFrame, title: str) -> Figure | None:
    """RMSE on the training ratings, as the loss of each epoch says it, beside validation's.

    history: ``fitted.history`` of a model trained with "mse" and no penalty: the root of its loss
    is then an RMSE, in stars.
    """
    table = history.set_index("epoch")
    curves = {"training": np.sqrt(table["loss"]), "validation": table["validation_rmse"]}
    fig, ax = figure(8.5, 4)
    ax.set(xlabel="epoch", ylabel="RMSE (stars)", title=title)
    ax.xaxis.get_major_locator().set_params(integer=True)
    names = {name: f"{name} {curve.iloc[-1]:.2f}" for name, curve in curves.items()}
    best = {"training": [], "validation": [curves["validation"].idxmin()]}
    said = lines(ax, curves, names=names, rings=best)
    return show(fig, f"{title}. RMSE in stars by epoch: {said}.")


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
