"""Figures of movie vectors: what a window sees, maps, cosines, lists of held-out users."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from course_utils.plots import labels
from course_utils.plots.kit import DIAMOND, DOT, dots, lines, percent, vline
from course_utils.plots.style import GREY, figure, panels, show

if TYPE_CHECKING:
    from course_utils.recommend.lists import ListScores


def window_gaps(gaps: Mapping[str, np.ndarray]) -> Figure | None:
    """How far apart in id two movies of one window are, one panel an order of the lists.

    gaps: name → distances of :func:`course_utils.data.describe.window_distances`.
    """
    fig, axes = panels(len(gaps), 9.5, 3.2, sharex=True, sharey=True)
    bins = np.linspace(0, max(np.quantile(values, 0.99) for values in gaps.values()), 45)
    for i, (ax, (name, values)) in enumerate(zip(axes, gaps.items(), strict=True)):
        percent(ax, values, bins, color=f"C{i}")
        vline(ax, np.median(values), f"median {np.median(values):,.0f}")
        ax.set(title=name, xlabel="|id − id|")
    axes[0].set_ylabel("percent of pairs")
    medians = "; ".join(f"{name}: {np.median(values):,.0f}" for name, values in gaps.items())
    return show(fig, f"Histograms of the id distance of movies in one window. Medians: {medians}.")


def maps_by_number(maps: Mapping[str, tuple[np.ndarray, np.ndarray]], label: str) -> Figure | None:
    """Maps side by side, coloured by one number a movie: dark is low, light is high.

    maps: title → (points of shape (n, 2), numbers of shape (n,)). A thin line joins the mean places
    of consecutive tenths of the numbers, so that an order shows without colour too.
    """
    fig, axes = panels(len(maps), 9.5, 4.6)
    words = []
    for ax, (title, (points, numbers)) in zip(axes, maps.items(), strict=True):
        dots_ = ax.scatter(*points.T, c=numbers, cmap="viridis", s=9, linewidths=0)
        tenth = pd.qcut(numbers, 10, labels=False, duplicates="drop")
        path = np.array([np.median(points[tenth == t], axis=0) for t in np.unique(tenth)])
        ax.plot(*path.T, color="black", linewidth=1.3, marker="o", markersize=4, alpha=0.8)
        for place, name in ((path[0], "low"), (path[-1], "high")):
            labels.beside(ax, place, f"{name} {label}")
            labels.backed(ax.texts[-1])
        spread = _explained(points, tenth)
        words.append(f"{title}: the tenth of its {label} explains {spread:.0%} of a movie's place")
        _bare(ax, title)
    fig.colorbar(dots_, ax=axes[-1], label=label, shrink=0.8)
    return show(fig, f"Maps of movies coloured by {label}. {'; '.join(words)}.")


def _explained(points: np.ndarray, group: np.ndarray) -> float:
    """Share of the variance of the places that the groups' means explain."""
    means = pd.DataFrame(points).groupby(group).transform("mean").to_numpy()
    centre = points.mean(axis=0)
    return float(((means - centre) ** 2).sum() / ((points - centre) ** 2).sum())


def named_map(
    points: np.ndarray, numbers: np.ndarray, names: Sequence[str], label: str
) -> Figure | None:
    """One large map, coloured by a number, with as many names as fit without touching.

    points: (n, 2). numbers: (n,). names: titles of the first movies, the best known first.
    """
    fig, ax = figure(9.5, 7.2)
    dots_ = ax.scatter(*points.T, c=numbers, cmap="viridis", s=16, linewidths=0, alpha=0.75)
    fig.colorbar(dots_, ax=ax, label=label, shrink=0.7)
    _bare(ax, " ")
    short = [name if len(name) < 27 else f"{name[:25]}…" for name in names]
    written = labels.as_many_as_fit(ax, points, short)
    for text in written:
        labels.backed(text)
        ax.scatter(*text.xy, s=26, facecolors="none", edgecolors="black", linewidths=1)
    ax.set_title(f"{len(points):,} movies, {len(written)} of the best known named")
    said = ", ".join(text.get_text() for text in written[:12])
    low, high = np.min(numbers), np.max(numbers)
    return show(
        fig,
        f"Map of {len(points):,} movies coloured by {label}, from {low:g} to {high:g}. Named among "
        f"others: {said}.",
    )


def genre_maps(points: np.ndarray, genres: pd.Series, chosen: Sequence[str]) -> Figure | None:
    """One small map a genre: its movies dark, all others grey.

    points: (n, 2). genres: "Action|Drama" of each movie, in the order of points.
    """
    fig, axes = panels(len(chosen), 9.5, 2.9 * -(-len(chosen) // 3), columns=3)
    words = []
    for i, (ax, genre) in enumerate(zip(axes, chosen, strict=True)):
        own = np.array([genre in found.split("|") for found in genres])
        ax.scatter(*points[~own].T, color="#d9d9d9", s=5, linewidths=0)
        ax.scatter(*points[own].T, color=f"C{i}", s=14, linewidths=0.3, edgecolors="black")
        _bare(ax, f"{genre} ({own.sum()})")
        spread = points[own].std() / points.std() if own.any() else np.nan
        words.append(f"{genre} {own.sum()} movies, spread {spread:.0%}")
    return show(
        fig,
        "The same map once a genre, the genre's movies dark on grey. How many, and how far they "
        f"spread in percent of all movies' spread: {'; '.join(words)}.",
    )


def cosine_histograms(found: Mapping[str, tuple[np.ndarray, np.ndarray]]) -> Figure | None:
    """Cosines of nearest neighbours beside those of movies drawn at random, one panel a model.

    found: title → (cosines of neighbours, cosines of random pairs).
    """
    fig, axes = panels(len(found), 9.5, 3.4, sharex=True)
    bins, words = np.linspace(-0.6, 1, 65), []
    for ax, (title, (near, chance)) in zip(axes, found.items(), strict=True):
        kinds = {
            "two movies at random": (chance, "stepfilled", GREY),
            "six nearest": (near, "step", "C0"),
        }
        for name, (values, style, colour) in kinds.items():
            look = {"histtype": style, "linewidth": 2, "edgecolor": colour, "color": colour}
            percent(ax, values, bins, label=f"{name}: mean {values.mean():.2f}", **look)
        ax.set(title=title, xlabel="cosine", ylabel="percent")
        ax.legend(loc="upper left", fontsize=9)
        words.append(f"{title}: nearest {near.mean():.2f}, at random {chance.mean():.2f}")
    return show(fig, f"Histograms of cosines, means: {'; '.join(words)}.")


def list_dots(scores: Sequence["ListScores"]) -> Figure | None:
    """NDCG@10 and HR@10 of each model with 95 % intervals over users; best model on top."""
    scores = sorted(scores, key=lambda s: -s.ndcg)
    names = [s.model for s in scores]
    fig, axes = panels(2, 10, 1.3 + 0.36 * len(scores), sharey=True)
    axes[0].set_title("Higher is better")
    said = []
    for ax, metric, name, mark in zip(
        axes, ("ndcg", "hit"), ("NDCG@10", "HR@10"), (DOT, DIAMOND), strict=True
    ):
        table = pd.DataFrame({name: [s.by_user[metric].mean() for s in scores]}, names)
        low, high = np.array([s.interval(metric) for s in scores]).T
        interval = {name: (pd.Series(low, names), pd.Series(high, names))}
        said.append(dots(ax, table, "mean over users", marks=(mark,), intervals=interval))
    return show(fig, f"{len(scores)} models, best first. {'. '.join(said)}.")


def noise_exponents(table: pd.DataFrame) -> Figure | None:
    """What the noise distribution's exponent does to the lists: how good, how little known.

    table: columns exponent, ndcg, novelty (bits); one row a seed.
    """
    fig, axes = panels(2, 10, 3.4)
    titles = {"ndcg": "How good are the lists?", "novelty": "How little known are the movies?"}
    words = []
    for ax, (metric, title), name in zip(
        axes, titles.items(), ("NDCG@10", "novelty (bits)"), strict=True
    ):
        ax.set(xlabel="exponent of the noise distribution", ylabel=name, title=title)
        words.append(lines(ax, {name: table[metric].set_axis(table["exponent"])}, names={name: ""}))
    return show(fig, f"Lists by exponent of the noise distribution: {'. '.join(words)}.")


def _bare(ax: plt.Axes, title: str) -> None:
    """A map's axes mean nothing."""
    ax.set(xticks=[], yticks=[], title=title)
    ax.grid(visible=False)
