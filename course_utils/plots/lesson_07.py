"""Figures of movie vectors: what a window sees, maps, cosines, lists of held-out users."""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns

from course_utils.plots.style import GREY, figure, show, step_mark
from course_utils.recommend.lists import ListScores

__all__ = [
    "cosine_histograms",
    "genre_maps",
    "list_dots",
    "list_steps",
    "maps_by_number",
    "named_map",
    "noise_exponents",
    "window_gaps",
]


def window_gaps(gaps: Mapping[str, np.ndarray]):
    """How far apart in id two movies of one window are, one panel an order of the lists.

    gaps: name → distances of :func:`course_utils.data.describe.window_distances`.
    """
    fig, axes = figure(9.5, 3.2, columns=len(gaps), sharex=True, sharey=True)
    top = max(np.quantile(values, 0.99) for values in gaps.values())
    bins = np.linspace(0, top, 45)
    for i, (ax, (name, values)) in enumerate(zip(axes, gaps.items(), strict=True)):
        share = np.full(len(values), 100 / len(values))
        ax.hist(values, bins=bins, weights=share, color=f"C{i}", edgecolor="white", linewidth=0.3)
        median = np.median(values)
        ax.axvline(median, color="black", linestyle="--", linewidth=1.5)
        ax.annotate(
            f"median {median:,.0f}",
            (median, 0.9),
            (6, 0),
            xycoords=("data", "axes fraction"),
            textcoords="offset points",
            weight="bold",
        )
        ax.set(title=name, xlabel="|id − id|", ylabel="percent of pairs" if i == 0 else "")
    medians = "; ".join(f"{name}: {np.median(values):,.0f}" for name, values in gaps.items())
    return show(
        fig, f"Histograms of the id distance between movies of one window. Medians: {medians}."
    )


def maps_by_number(maps: Mapping[str, tuple[np.ndarray, np.ndarray]], label: str):
    """Maps side by side, coloured by one number a movie: dark is low, light is high.

    maps: title → (points of shape (n, 2), numbers of shape (n,)). A thin line joins the mean places
    of consecutive tenths of the numbers, so that an order shows without colour too.
    """
    fig, axes = figure(9.5, 4.6, columns=len(maps), squeeze=False)
    words = []
    for ax, (title, (points, numbers)) in zip(axes[0], maps.items(), strict=True):
        dots = ax.scatter(*points.T, c=numbers, cmap="viridis", s=9, linewidths=0)
        tenth = pd.qcut(numbers, 10, labels=False, duplicates="drop")
        path = np.array([np.median(points[tenth == t], axis=0) for t in np.unique(tenth)])
        ax.plot(*path.T, color="black", linewidth=1.3, marker="o", markersize=4, alpha=0.8)
        for place, name in ((path[0], "low"), (path[-1], "high")):
            _boxed(ax, place, f"{name} {label}")
        spread = _explained(points, tenth)
        words.append(f"{title}: the tenth of its {label} explains {spread:.0%} of a movie's place")
        ax.set_title(title)
        _bare(ax)
    fig.colorbar(dots, ax=axes[0, -1], label=label, shrink=0.8)
    return show(fig, f"Maps of movies coloured by {label}. {'; '.join(words)}.")


def _explained(points: np.ndarray, group: np.ndarray) -> float:
    """Share of the variance of the places that the groups' means explain."""
    means = pd.DataFrame(points).groupby(group).transform("mean").to_numpy()
    centre = points.mean(axis=0)
    return float(((means - centre) ** 2).sum() / ((points - centre) ** 2).sum())


def named_map(points: np.ndarray, numbers: np.ndarray, names: Sequence[str], label: str):
    """One large map, coloured by a number, with as many names as fit without touching.

    points: (n, 2). names: titles of the first movies, the best known first.
    """
    fig, ax = figure(9.5, 7.2)
    dots = ax.scatter(*points.T, c=numbers, cmap="viridis", s=16, linewidths=0, alpha=0.75)
    _bare(ax)
    fig.colorbar(dots, ax=ax, label=label, shrink=0.7)
    fig.canvas.draw()  # fixes the layout, so that the space a name takes can be measured
    written = _write_names(ax, points, [n if len(n) < 27 else f"{n[:25]}…" for n in names])
    ax.set_title(f"{len(points):,} movies, {len(written)} of the best known named")
    return show(
        fig,
        f"Map of {len(points):,} movies coloured by {label}; movies that the same people like at "
        f"about the same time are neighbours. Named among others: {', '.join(written[:12])}.",
    )


def _write_names(ax: plt.Axes, points: np.ndarray, names: Sequence[str]) -> list[str]:
    """Writes each name beside its dot unless it would touch one written before."""
    renderer = ax.figure.canvas.get_renderer()
    taken, written = [], []
    for point, name in zip(points, names, strict=False):
        text = ax.annotate(
            name, point, (4, 3), textcoords="offset points", fontsize=8, weight="bold"
        )
        box = text.get_window_extent(renderer).expanded(1.02, 1.15)
        inside = ax.bbox.x0 <= box.x0 and box.x1 <= ax.bbox.x1 and box.y1 <= ax.bbox.y1
        if not inside or any(box.overlaps(other) for other in taken):
            text.remove()
            continue
        text.set_bbox({"facecolor": "white", "alpha": 0.65, "edgecolor": "none", "pad": 0.5})
        ax.scatter(*point, s=26, facecolors="none", edgecolors="black", linewidths=1)
        taken.append(box)
        written.append(name)
    return written


def genre_maps(points: np.ndarray, genres: pd.Series, chosen: Sequence[str]):
    """One small map a genre: its movies dark, all others grey.

    genres: "Action|Drama" of each movie, in the order of points.
    """
    columns = 3
    rows = -(-len(chosen) // columns)
    fig, axes = figure(9.5, 2.9 * rows, columns=columns, rows=rows, squeeze=False)
    for i, (ax, genre) in enumerate(zip(axes.flat, chosen, strict=False)):
        own = genres.str.split("|").apply(lambda found, genre=genre: genre in found).to_numpy()
        ax.scatter(*points[~own].T, color="#d9d9d9", s=5, linewidths=0)
        ax.scatter(*points[own].T, color=f"C{i % 6}", s=14, linewidths=0.3, edgecolors="black")
        ax.set_title(f"{genre} ({own.sum()})", fontsize=11)
        _bare(ax)
    for ax in axes.flat[len(chosen) :]:
        ax.set_axis_off()
    return show(
        fig,
        f"The same map once for each of {len(chosen)} genres ({', '.join(chosen)}), the genre's "
        "movies dark on grey: a genre that has a place of its own shows as a tight group.",
    )


def cosine_histograms(found: Mapping[str, tuple[np.ndarray, np.ndarray]]):
    """Cosines of nearest neighbours beside those of movies drawn at random, one panel a model.

    found: title → (cosines of neighbours, cosines of random pairs).
    """
    fig, axes = figure(9.5, 3.2, columns=len(found), sharex=True, squeeze=False)
    words = []
    for ax, (title, (near, chance)) in zip(axes[0], found.items(), strict=True):
        for values, colour, name, style in (
            (chance, GREY, "two movies at random", "stepfilled"),
            (near, "C3", "six nearest", "step"),
        ):
            share = np.full(len(values), 100 / len(values))
            ax.hist(
                values,
                bins=np.linspace(-0.6, 1, 65),
                weights=share,
                histtype=style,
                color=colour,
                linewidth=2,
                label=f"{name}: mean {values.mean():.2f}",
            )
        ax.set(title=title, xlabel="cosine", ylabel="percent")
        ax.legend(loc="upper left", fontsize=9, frameon=False)
        words.append(f"{title}: nearest {near.mean():.2f}, at random {chance.mean():.2f}")
    return show(fig, f"Histograms of cosines, means: {'; '.join(words)}.")


def list_dots(scores: Sequence[ListScores]):
    """NDCG@10 and HR@10 of each model with 95 % intervals over users; best model on top."""
    scores = sorted(scores, key=lambda s: s.ndcg)
    place = np.arange(len(scores))
    fig, axes = figure(9.5, 1.1 + 0.42 * len(scores), columns=2, sharey=True)
    for i, (ax, metric, name) in enumerate(
        zip(axes, ("ndcg", "hit"), ("NDCG@10", "HR@10"), strict=True)
    ):
        means = [s.by_user[metric].mean() for s in scores]
        low, high = np.array([s.interval(metric) for s in scores]).T
        ax.hlines(place, low, high, color=f"C{i}", linewidth=3, alpha=0.4)
        ax.scatter(means, place, color=f"C{i}", marker="oD"[i], s=50, zorder=3)
        for y, mean in enumerate(means):
            ax.annotate(
                f"{mean:.3f}",
                (mean, y),
                (0, 7),
                textcoords="offset points",
                ha="center",
                fontsize=9,
            )
        ax.set(xlabel=f"{name} with 95 % interval", title="Higher is better" if i == 0 else "")
        ax.set_ylim(-0.5, len(scores) - 0.2)
        ax.grid(axis="y", visible=False)
    axes[0].set_yticks(place, [s.model for s in scores])
    listing = ", ".join(f"{s.model} {s.ndcg:.3f} and {s.hit_rate:.3f}" for s in scores[::-1])
    return show(fig, f"NDCG@10 and HR@10 of {len(scores)} models: {listing}.")


def list_steps(table: pd.DataFrame, names: Mapping[str, str], *, line: tuple[str, float]):
    """One factor at a time: NDCG@10 of each seed as a dot, their mean as a bar, gain in words.

    table: rows of :func:`course_utils.protocol.results.load`. names: model → label, in order. line: name and
    NDCG of a model to draw across.
    """
    values = {label: table.loc[table["model"] == model, "ndcg"] for model, label in names.items()}
    means = [v.mean() for v in values.values()]
    place = np.arange(len(values))[::-1]
    fig, ax = figure(9.5, 1.3 + 0.45 * len(values))
    for y, seeds, before in zip(place, values.values(), [None, *means], strict=False):
        step_mark(ax, y, seeds, before, digits=3)
    ax.axvline(line[1], color=GREY, linestyle=":")
    ax.annotate(
        f"{line[0]} {line[1]:.3f} ",
        (line[1], place[0] + 0.45),
        fontsize=9,
        color="#555555",
        ha="right",
        va="center",
    )
    ax.set_yticks(place, list(values))
    ax.set_xlim(0, max(map(max, values.values())) * 1.3)
    ax.set_ylim(-0.7, len(values) - 0.2)
    ax.grid(axis="y", visible=False)
    ax.set(xlabel="NDCG@10 on validation users: ● a seed, ┃ their mean, (change by this step)")
    ax.set_title("From the recipe of 2021, one factor at a time")
    listing = ", ".join(f"{label} {mean:.3f}" for label, mean in zip(values, means, strict=True))
    return show(fig, f"Mean NDCG@10 after each step: {listing}; {line[0]} {line[1]:.3f}.")


def noise_exponents(table: pd.DataFrame):
    """What the noise distribution's exponent does to the lists: how good, how little known.

    table: columns exponent, ndcg, novelty; one row a seed.
    """
    fig, axes = figure(9.5, 3.3, columns=2)
    mean = table.groupby("exponent")[["ndcg", "novelty"]].mean()
    for i, (ax, metric, label) in enumerate(
        zip(axes, ("ndcg", "novelty"), ("NDCG@10", "novelty (bits)"), strict=True)
    ):
        ax.scatter(table["exponent"], table[metric], color=f"C{i}", s=18, alpha=0.5)
        ax.plot(mean.index, mean[metric], color=f"C{i}", marker="oD"[i], linewidth=2)
        sns.despine(ax=ax)
        ax.set(xlabel="exponent of the noise distribution", ylabel=label)
        ax.set_xticks(mean.index)
    axes[0].set_title("How good are the lists?")
    axes[1].set_title("How little known are the movies?")
    listing = "; ".join(
        f"{exponent:g}: NDCG {row['ndcg']:.3f}, novelty {row['novelty']:.2f}"
        for exponent, row in mean.iterrows()
    )
    return show(fig, f"NDCG@10 and novelty by exponent of the noise distribution: {listing}.")


def _boxed(ax: plt.Axes, place: np.ndarray, text: str) -> None:
    ax.annotate(
        text,
        place,
        (6, 6),
        textcoords="offset points",
        fontsize=9,
        weight="bold",
        bbox={"facecolor": "white", "alpha": 0.75, "edgecolor": "none", "pad": 1},
    )


def _bare(ax: plt.Axes) -> None:
    """A map's axes mean nothing."""
    ax.set(xticks=[], yticks=[])
    ax.grid(visible=False)
