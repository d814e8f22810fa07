"""Figures of cost: memory, seconds, and what accuracy they buy."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from course_utils.plots import labels
from course_utils.plots.kit import bars, legend, lines, percent, vline
from course_utils.plots.style import GREY, TAKEN, figure, ink, looks, numbers, panels, show, taken

CELLS = {"dense": "all cells", "sparse": "rated cells only"}
DENSITIES = {"ML-25M": 0.26, "ML-10M": 1.34, "ML-1M": 4.47, "ML-100K": 6.3}  # percent rated


def memory_bars(gib: Mapping[str, float], limits: Mapping[str, float]) -> Figure | None:
    """Memory of several ways to hold the same ratings, limits as lines. gib, limits: name → GiB."""
    values, highest = pd.Series(gib), max(limits.values())
    fits = values <= highest
    fig, ax = figure(9, 1.6 + 0.38 * len(gib))
    ax.set_title("Memory for the same ratings")
    words = [_gib(v) + ("" if ok else " ✗") for v, ok in zip(values, fits, strict=True)]
    said = bars(ax, values, words, colour=np.where(fits, "C0", "C1"))
    for value in limits.values():
        ax.axvline(value, color="black", linestyle="--", linewidth=1.5)
    lines_ = ", ".join(f"{name} {_gib(value)}" for name, value in limits.items())
    ax.set_xlabel(f"GiB; dashed: {lines_} (✗: does not fit)")
    return show(fig, f"Bars of memory: {said}. For comparison: {lines_}.")


def _gib(value: float) -> str:
    return f"{value * 1024:.3g} MiB" if value < 0.5 else f"{value:.3g} GiB"


def half_stars_lost(before: np.ndarray, after: np.ndarray, source: str) -> Figure | None:
    """Histograms of ratings as given and as a matrix of integers keeps them. source: whose."""
    fig, axes = panels(2, 9, 3.2, sharey=True)
    said = []
    parts = {"as given": np.asarray(before), "after np.full(shape, 0)": np.asarray(after)}
    for i, (ax, (title, stars)) in enumerate(zip(axes, parts.items(), strict=True)):
        percent(ax, stars, np.arange(-0.25, 5.5, 0.5), color=f"C{i}")
        vline(ax, stars.mean(), f"mean {stars.mean():.2f}")
        ax.set(xlabel="stars", title=f"{title} ({source})", xticks=range(6))
        values = ", ".join(f"{value:g}" for value in np.unique(stars))
        said.append(f"{title}: {values}; mean {stars.mean():.2f}")
    axes[0].set_ylabel("percent of ratings")
    changed = np.mean(parts["as given"] != parts["after np.full(shape, 0)"])
    return show(
        fig,
        f"Histograms of {source}. Stars {'. '.join(said)}. {changed:.0%} of the ratings have "
        "changed.",
    )


def break_even(table: pd.DataFrame) -> Figure | None:
    """Seconds of a step by density, dense and sparse; where the lines cross, dense is faster.

    table: columns ``density``, ``step_seconds`` and ``compute`` ("dense" or "sparse").
    """
    curves = {
        name: part.set_axis(100 * part["density"])["step_seconds"].sort_index()
        for compute, name in CELLS.items()
        for part in [table[table["compute"] == compute]]
    }
    fig, ax = figure(8.8, 4)
    ax.set(xscale="log", yscale="log", ylabel="seconds a step")
    ax.set(xlabel="rated cells, percent", title="Cost of one training step (synthetic ratings)")
    said = lines(ax, curves, text="{:.2g}")
    numbers(ax.xaxis, ax.yaxis)
    above = ax.secondary_xaxis("top")
    above.set_xticks(list(DENSITIES.values()), list(DENSITIES), fontsize=9)
    above.minorticks_off()
    for density in DENSITIES.values():
        ax.axvline(density, color=GREY, linestyle=":", linewidth=1)
    dense, sparse = curves.values()
    crossing = _crossing(
        dense.index.to_numpy(), np.log(dense.to_numpy()), np.log(sparse.to_numpy())
    )
    where = f"They cross at {crossing:.1f} %." if crossing else "They do not cross."
    return show(fig, f"Seconds of a training step by percent of rated cells: {said}. {where}")


def _crossing(x: np.ndarray, first: np.ndarray, second: np.ndarray) -> float | None:
    """Where two lines over the same logarithmic x meet; None if they do not."""
    gap = first - second
    turn = np.flatnonzero(np.sign(gap[:-1]) != np.sign(gap[1:]))
    if not len(turn):
        return None
    i = turn[-1]
    share = gap[i] / (gap[i] - gap[i + 1])
    return float(np.exp(np.log(x[i]) + share * (np.log(x[i + 1]) - np.log(x[i]))))


def cost_by_ratings(table: pd.DataFrame) -> Figure | None:
    """Processor seconds of an epoch and peak memory by training ratings, means over runs.

    table: columns ``dataset``, ``compute``, ``train_ratings``, ``epoch_cpu_seconds``, ``peak_mb``.
    Synthetic datasets get hollow marks.
    """
    fig, axes = panels(2, 10.5, 4)
    titles = {
        "epoch_cpu_seconds": "processor seconds an epoch",
        "peak_mb": "peak memory of the process, MB",
    }
    told = []
    for ax, (column, title) in zip(axes, titles.items(), strict=True):
        ax.set(xscale="log", yscale="log", title=title)
        dotted = "; dotted: in proportion to the ratings" * (ax is axes[0])
        legend(ax, "training ratings", f"hollow: synthetic ratings{dotted}")
        parts = {name: table[table["compute"] == c] for c, name in CELLS.items()}
        curves = {
            n: p[column].set_axis(p["train_ratings"]).sort_index()
            for n, p in parts.items()
            if len(p)
        }
        told.append(f"{title}: {lines(ax, curves, text='{:,.1f}')}")
        for name, look in looks(curves).items():
            drawn = parts[name][parts[name]["dataset"].str.startswith("synthetic")]
            ring = {"marker": look["marker"], "ec": look["color"], "fc": "white", "zorder": 3}
            ax.scatter(drawn["train_ratings"], drawn[column], s=45, **ring)
        numbers(ax.yaxis)
    few, most = table["train_ratings"].min(), table["train_ratings"].max()
    least = table.loc[table["train_ratings"] == few, "epoch_cpu_seconds"].min()
    axes[0].plot([few, most], [least, least * most / few], color=GREY, linestyle=":")
    return show(fig, f"Cost by number of training ratings. {'. '.join(told)}.")


def seconds_against_rmse(table: pd.DataFrame, title: str) -> Figure | None:
    """Each model's RMSE against its training seconds: left and low is good. Means over its rows.

    table: columns ``label``, ``seconds``, ``rmse``. What is ours, or of 2021, gets its own mark.
    """
    means = table.groupby("label", as_index=False)[["seconds", "rmse"]].mean()
    table = means.sort_values("rmse")
    markers = dict(zip([None, *TAKEN.values()], "soX", strict=True))
    fig, ax = figure(9.5, 5)
    ax.set(xscale="log", xlabel="training seconds", ylabel="test RMSE over all ratings (stars)")
    ax.set_title(f"{title}: what accuracy costs (● ours, ✖ 2021, ■ other libraries)")
    for row in table.itertuples():
        colour = taken(row.label)
        ax.scatter(
            row.seconds, row.rmse, color=colour or "C0", marker=markers[colour], s=80, zorder=3
        )
        labels.beside(ax, (row.seconds, row.rmse), row.label, ink(colour or "C0"))
    ax.margins(x=0.32, y=0.12)  # room for names beside the outermost marks
    numbers(ax.xaxis)
    told = [f"{r.label} {r.rmse:.3f} after {r.seconds:,.3g} s" for r in table.itertuples()]
    return show(fig, f"{title}, RMSE against training seconds, best first: {'; '.join(told)}.")


def relative_seconds(seconds: Mapping[str, Mapping[str, float]], base: str) -> Figure | None:
    """Seconds of several ways, as multiples of ``base``'s, one panel a dataset.

    seconds: dataset → way → seconds.
    """
    fig, axes = panels(len(seconds), 9, 2.9, sharey=True)
    told = []
    for ax, (dataset, ways) in zip(axes, seconds.items(), strict=True):
        times = pd.Series(ways) / ways[base]
        words = [f"{ways[way]:.2f} s (× {factor:.2f})" for way, factor in times.items()]
        told.append(f"{dataset}: " + bars(ax, times, words))
        ax.axvline(1, color="black", linestyle="--", linewidth=1)
        ax.set(xlim=(0, times.max() * 1.5), xlabel=f"times {base} (dashed)", title=dataset)
    return show(fig, f"Seconds of an epoch. {'. '.join(told)}.")


def rmse_by_seconds(
    curves: Mapping[str, Sequence[tuple[float, float]]], goal: float, title: str
) -> Figure | None:
    """Test RMSE while training goes on, a line a model; ``goal`` as a line across.

    curves: name → (seconds, RMSE) pairs.
    """
    found = {name: pd.Series(*np.array(curve).T[::-1]) for name, curve in curves.items()}
    fig, ax = figure(9, 4)
    ax.set(xscale="log", xlabel="training seconds", ylabel="test RMSE (stars)")
    ax.set_title(f"{title}: how long until it is good?")
    said = lines(ax, found, across={"goal": goal})
    low, high = (f(map(f, found.values())) for f in (min, max))
    ax.set_ylim(min(low, goal) - 0.006, min(high, goal + 0.09) + 0.003)
    numbers(ax.xaxis)
    told = []
    for name, curve in found.items():
        below = curve.index[curve <= goal]
        when = f"after {below[0]:,.0f} s" if len(below) else f"not within {curve.index[-1]:,.0f} s"
        told.append(f"{name} {when}")
    return show(
        fig, f"{title}, RMSE by seconds: {said}. RMSE {goal} is reached: {'; '.join(told)}."
    )
