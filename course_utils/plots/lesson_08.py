"""Figures of cost: memory, seconds, and what accuracy they buy."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator
from matplotlib.transforms import Bbox

from course_utils.plots.style import GREY, figure, show

__all__ = [
    "break_even",
    "cost_by_ratings",
    "half_stars_lost",
    "memory_bars",
    "relative_seconds",
    "rmse_by_seconds",
    "seconds_against_rmse",
]
LOOK = {"dense": ("C0", "s", "--"), "sparse": ("C1", "o", "-")}


def memory_bars(gib: Mapping[str, float], limits: Mapping[str, float]):
    """Memory of several ways to hold the same ratings, on a logarithmic axis, limits as lines.

    gib, limits: name → GiB.
    """
    fig, ax = figure(9, 1.4 + 0.45 * len(gib))
    place, values = np.arange(len(gib))[::-1], np.array(list(gib.values()))
    highest = max(limits.values())
    fits = values <= highest
    ax.barh(place, values, color=np.where(fits, "C0", "C1"), height=0.6)
    for y, value, ok in zip(place, values, fits, strict=True):
        text = f" {_gib(value)}{'' if ok else ' ✗'}"
        ax.annotate(
            text, (value, y), va="center", fontsize=9, weight="bold", zorder=5,
            bbox={"color": "white", "pad": 1, "alpha": 0.85},
        )  # fmt: skip
    for name, value in limits.items():
        ax.axvline(value, color=GREY, linestyle="--", linewidth=1.5)
        ax.text(value, len(gib) - 0.45, f"{name} ", ha="right", va="bottom", color="#555555")
    ax.set_yticks(place, list(gib))
    ax.set(xscale="log", xlim=(values.min() / 3, values.max() * 12), ylim=(-0.6, len(gib) - 0.1))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:g} GiB"))
    ax.xaxis.set_minor_locator(NullLocator())
    ax.grid(axis="y", visible=False)
    ax.set_xlabel("memory, each line ten times the one before (✗: does not fit)")
    ax.set_title("The same ratings", pad=22)
    listing = "; ".join(f"{name} {_gib(value)}" for name, value in gib.items())
    lines = ", ".join(f"{name} {_gib(value)}" for name, value in limits.items())
    return show(fig, f"Bars of memory, logarithmic. {listing}. For comparison: {lines}.")


def _gib(value: float) -> str:
    return f"{value * 1024:.3g} MiB" if value < 0.5 else f"{value:.3g} GiB"


def half_stars_lost(before: np.ndarray, after: np.ndarray, source: str):
    """Histograms of ratings as given and as a matrix of integers keeps them. source: whose."""
    fig, axes = figure(9, 3.2, columns=2, sharey=True)
    bins = np.arange(-0.25, 5.5, 0.5)
    highest = 100 * np.unique(after, return_counts=True)[1].max() / len(after)
    for ax, stars, colour, title in zip(
        axes, (before, after), ("C0", "C1"), ("as given", "after np.full(shape, 0)"), strict=True
    ):
        sns.histplot(stars, bins=bins, stat="percent", color=colour, edgecolor="white", ax=ax)
        ax.axvline(np.mean(stars), color=GREY, linestyle="--")
        ax.text(np.mean(stars), 1.15 * highest, f" mean {np.mean(stars):.2f}", va="top")
        ax.set(xlabel="stars", ylabel="percent of ratings", title=f"{title} ({source})")
        ax.set_ylim(0, 1.2 * highest)
        ax.set_xticks(range(6))
    changed = np.mean(before != after)
    return show(
        fig,
        f"Two histograms of {source}. Left: half and whole stars, mean {np.mean(before):.2f}. "
        f"Right: whole stars and zeros only, mean {np.mean(after):.2f}; {changed:.0%} of the "
        "ratings have changed.",
    )


def break_even(table: pd.DataFrame):
    """Seconds of a step by density, dense and sparse; where the lines cross, dense is faster.

    table: columns ``density``, ``step_seconds`` and ``compute`` ("dense" or "sparse").
    """
    fig, ax = figure(8.5, 4)
    lines = {}
    for compute, (colour, marker, line) in LOOK.items():
        part = table[table["compute"] == compute].sort_values("density")
        x, y = 100 * part["density"].to_numpy(), part["step_seconds"].to_numpy()
        ax.plot(x, y, color=colour, marker=marker, linestyle=line, linewidth=2)
        label = {"dense": " all cells", "sparse": " rated cells only"}[compute]
        ax.annotate(label, (x[-1], y[-1]), color=colour, weight="bold", va="center")
        lines[compute] = x, y
    crossing = _crossing(lines["dense"][0], *(np.log(lines[c][1]) for c in ("dense", "sparse")))
    for name, density in (("ML-25M", 0.26), ("ML-10M", 1.34), ("ML-1M", 4.47), ("ML-100K", 6.3)):
        ax.axvline(density, color=GREY, linestyle=":", linewidth=1)
        ax.text(
            density, ax.get_ylim()[1], f"{name} ", rotation=90, ha="right", va="top", fontsize=8
        )
    ax.set(xscale="log", yscale="log", xlabel="rated cells, percent", ylabel="seconds a step")
    ax.set_xlim(right=60)
    ax.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:g} %"))
    ax.set_title("Cost of one training step (synthetic ratings)")
    where = f"They cross at {crossing:.1f} %." if crossing else "They do not cross."
    return show(
        fig,
        "Seconds of a training step by density, both axes logarithmic. Computing all cells costs "
        f"the same at every density; computing rated cells grows with them. {where}",
    )


def _crossing(x: np.ndarray, first: np.ndarray, second: np.ndarray) -> float | None:
    """Where two lines over the same logarithmic x meet; None if they do not."""
    gap = first - second
    turn = np.flatnonzero(np.sign(gap[:-1]) != np.sign(gap[1:]))
    if not len(turn):
        return None
    i = turn[-1]
    share = gap[i] / (gap[i] - gap[i + 1])
    return float(np.exp(np.log(x[i]) + share * (np.log(x[i + 1]) - np.log(x[i]))))


def cost_by_ratings(table: pd.DataFrame):
    """Seconds of an epoch and peak memory by training ratings.

    table: columns ``dataset``, ``compute``, ``train_ratings``, ``epoch_seconds``, ``peak_mb``.
    Synthetic datasets get hollow marks.
    """
    fig, axes = figure(9.5, 4, columns=2)
    told = []
    for ax, column, title in (
        (axes[0], "epoch_seconds", "seconds an epoch"),
        (axes[1], "peak_mb", "peak memory of the process, MB"),
    ):
        for compute, (colour, marker, line) in LOOK.items():
            part = table[table["compute"] == compute].sort_values("train_ratings")
            x, y = part["train_ratings"].to_numpy(), part[column].to_numpy()
            label = {"dense": "all cells", "sparse": "rated cells only"}[compute]
            ax.plot(x, y, color=colour, linestyle=line, marker=marker, linewidth=1.8, label=label)
            hollow = part["dataset"].str.startswith("synthetic").to_numpy()
            for empty in (False, True):
                face = "white" if empty else colour
                keep = hollow == empty
                ax.scatter(x[keep], y[keep], marker=marker, s=55, c=face, ec=colour, zorder=3)
            told.append(f"{title}, {label}: {', '.join(f'{v:,.1f}' for v in y)}")
        ax.set(xscale="log", yscale="log", xlabel="training ratings", title=title)
        ax.xaxis.set_major_locator(LogLocator(numticks=6))
        ax.margins(x=0.12, y=0.15)
        ax.yaxis.set_major_formatter(FuncFormatter(lambda y, _: f"{y:g}"))
        ax.yaxis.set_minor_formatter(FuncFormatter(lambda y, _: ""))
    few = table.loc[table["train_ratings"].idxmin()]
    start = few["train_ratings"], few["epoch_seconds"]
    top = table["train_ratings"].max()
    axes[0].plot([start[0], top], [start[1], start[1] * top / start[0]], color=GREY, linestyle=":")
    axes[0].legend()
    axes[1].set(yscale="linear", ylim=(0, None))
    axes[0].set_xlabel("training ratings; dotted: in proportion to the ratings")
    axes[1].set_xlabel("training ratings; hollow: synthetic ratings")
    return show(fig, "Cost by number of ratings. " + "; ".join(told) + ".")


def seconds_against_rmse(table: pd.DataFrame, title: str):
    """Each model's RMSE against its training seconds: left and low is good.

    table: columns ``label``, ``seconds``, ``rmse``. A label that begins with "ours" or "2021" gets
    its own mark.
    """
    fig, ax = figure(9, 4.6)
    table = table.sort_values("rmse")
    kinds = table["label"].str.split(":").str[0].where(table["label"].str.match("(ours|2021):"))
    looks = {"ours": ("C1", "o"), "2021": ("C3", "X")}
    colours = [looks.get(kind, ("C0", "s"))[0] for kind in kinds]
    for row, kind, colour in zip(table.itertuples(), kinds, colours, strict=True):
        marker = looks.get(kind, ("C0", "s"))[1]
        ax.scatter(row.seconds, row.rmse, color=colour, marker=marker, s=80, zorder=3)
    ax.set(xscale="log", xlabel="training seconds", ylabel="test RMSE over all ratings (stars)")
    ax.margins(x=0.18, y=0.12)
    ax.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:g}"))
    ax.set_title(f"{title}: what accuracy costs (● ours, ✖ 2021, ■ other libraries)")
    _name_marks(ax, table[["seconds", "rmse"]].to_numpy(), table["label"], colours)
    told = [f"{r.label} {r.rmse:.3f} after {r.seconds:,.0f} s" for r in table.itertuples()]
    return show(fig, f"{title}, RMSE against training seconds, logarithmic: {'; '.join(told)}.")


def _name_marks(ax, points: np.ndarray, names: Sequence[str], colours: Sequence[str]) -> None:
    """Write each name on the side of its mark where it covers least of marks and other names."""
    ax.figure.canvas.draw()
    centres = ax.transData.transform(points)
    taken = [Bbox.from_extents(x - 8, y - 8, x + 8, y + 8) for x, y in centres]
    sides = [(0, 9), (9, 0), (-9, 0), (0, -9), (9, -9), (9, 9), (-9, -9), (-9, 9)]
    across, up = {9: "left", 0: "center", -9: "right"}, {9: "bottom", 0: "center", -9: "top"}
    for i, (point, name, colour) in enumerate(zip(points, names, colours, strict=True)):
        others = taken[:i] + taken[i + 1 :]
        looks = {"fontsize": 9, "color": colour}
        text = ax.annotate(name, point, (0, 0), textcoords="offset points", **looks)

        def box_at(side, text=text):
            text.set(position=side, ha=across[side[0]], va=up[side[1]])
            return text.get_window_extent()

        best = min(sides, key=lambda side, at=box_at, others=others: _covered(at(side), others))
        taken.append(box_at(best))


def _covered(box: Bbox, others: Sequence[Bbox]) -> float:
    """How much of the others a box covers, in square pixels."""
    crossings = (Bbox.intersection(box, other) for other in others)
    return sum(crossing.width * crossing.height for crossing in crossings if crossing)


def relative_seconds(seconds: Mapping[str, Mapping[str, float]], base: str):
    """Seconds of several ways, as multiples of ``base``'s, one panel a dataset.

    seconds: dataset → way → seconds.
    """
    fig, axes = figure(9, 2.9, columns=len(seconds), sharey=True, squeeze=False)
    told = []
    for ax, (dataset, ways) in zip(axes[0], seconds.items(), strict=True):
        times = np.array(list(ways.values())) / ways[base]
        place = np.arange(len(ways))[::-1]
        ax.barh(place, times, color=np.where(times > 1.02, "C1", "C0"), height=0.6)
        ax.axvline(1, color=GREY, linestyle="--")
        for y, (way, value), factor in zip(place, ways.items(), times, strict=True):
            ax.text(factor, y, f" {value:.2f} s (× {factor:.2f})", va="center", fontsize=9)
            told.append(f"{dataset}, {way}: {value:.2f} s")
        ax.set_yticks(place, list(ways))
        ax.set(xlim=(0, times.max() * 1.5), xlabel=f"times {base}", title=dataset)
        ax.grid(axis="y", visible=False)
    return show(fig, f"Seconds of an epoch. {'; '.join(told)}.")


def rmse_by_seconds(curves: Mapping[str, Sequence[tuple[float, float]]], goal: float, title: str):
    """Test RMSE while training goes on, a line a model; ``goal`` as a line across.

    curves: name → (seconds, RMSE) pairs.
    """
    fig, ax = figure(8.5, 4)
    told, ends = [], []
    for i, (name, curve) in enumerate(curves.items()):
        seconds, score = np.array(curve).T
        ax.plot(seconds, score, color=f"C{i}", marker="os^Dv"[i], markersize=4, markevery=0.1)
        ends.append((score[-1], seconds[-1], i, name))
        below = seconds[score <= goal]
        when = f"after {below[0]:,.0f} s" if len(below) else f"not within {seconds[-1]:,.0f} s"
        told.append(f"{name}: {when}")
    ax.axhline(goal, color=GREY, linestyle="--")
    ax.text(0.01, goal, f"{goal}", va="top", color="#555555", transform=ax.get_yaxis_transform())
    scores = np.concatenate([np.array(c)[:, 1] for c in curves.values()])
    ax.set_ylim(scores.min() - 0.006, min(scores.max(), goal + 0.09))
    ax.set(xscale="log", xlabel="training seconds", ylabel="test RMSE (stars)")
    ax.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:g}"))
    longest, floor = max(seconds for _, seconds, *_ in ends), -np.inf
    ax.set_xlim(right=longest * 6)
    for score, _, i, name in sorted(ends):  # moved up where two would collide
        floor = max(score, floor + 0.065 * np.ptp(ax.get_ylim()))
        look = {"color": f"C{i}", "va": "center", "weight": "bold", "fontsize": 9}
        ax.annotate(f"  {name}", (longest, floor), **look)
    ax.set_title(f"{title}: how long until it is good?")
    said = f"{title}: test RMSE by training seconds. RMSE {goal} is reached: {'; '.join(told)}."
    return show(fig, said)
