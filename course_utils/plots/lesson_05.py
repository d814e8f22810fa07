"""Figures of deep networks: two metrics side by side, the loss taken apart, the signal by layer."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.ticker import PercentFormatter, ScalarFormatter

from course_utils.plots.style import GREY, figure, show, step_mark
from course_utils.recommend.lists import LikeAccuracy

__all__ = [
    "depth",
    "grids",
    "liked",
    "loss_parts",
    "signal",
    "support",
    "two_metrics",
]


def two_metrics(
    table: pd.DataFrame,
    names: Mapping[str, str],
    reported: Mapping[str, tuple[float, str]],
):
    """Both RMSEs of each model, and what was published of it, on one axis.

    table: rows of :func:`course_utils.protocol.results.load`; the mean over seeds is shown. names: model →
    label, from top to bottom. reported: label → (published value, "global" or "per user").
    """
    means = table.groupby("model")[["rmse", "per_user_rmse"]].mean()
    fig, ax = figure(8.5, 1.5 + 0.55 * len(names))
    place = np.arange(len(names))[::-1]
    listing = []
    for y, (model, label) in zip(place, names.items(), strict=True):
        both = means.loc[model]
        ax.plot(both, [y, y], color=GREY, linewidth=1.5, zorder=1)
        marks = (("rmse", "o", "C0"), ("per_user_rmse", "D", "C1"))
        for column, marker, colour in marks:
            value, side = both[column], "right" if both[column] == both.min() else "left"
            ax.scatter(value, y, marker=marker, s=60, color=colour, zorder=3)
            _above(ax, value, y, f"{value:.3f}", colour, side)
        if label in reported:
            value, metric = reported[label]
            ax.scatter(value, y - 0.28, marker="x", s=48, color="black", zorder=4)
            ax.annotate(
                f" reported {value:.3f} ({metric})",
                (value, y - 0.28),
                (5, 0),
                textcoords="offset points",
                va="center",
                fontsize=8.5,
            )
        listing.append(f"{label} {both['rmse']:.3f} global, {both['per_user_rmse']:.3f} per user")
    ax.set_yticks(place, list(names.values()))
    ax.set_ylim(-0.7, len(names) - 0.4)
    ax.margins(x=0.12)
    ax.grid(axis="y", visible=False)
    ax.set(xlabel="stars: ● RMSE over all ratings, ◆ mean of per-user RMSE, ✕ as published")
    ax.set_title("Compare ● with ●, or ◆ with ◆")
    return show(fig, f"Two RMSEs a model. {'; '.join(listing)}.")


def _above(ax, x: float, y: float, text: str, colour: str, side: str = "center") -> None:
    ax.annotate(
        text,
        (x, y),
        (0, 7),
        textcoords="offset points",
        ha=side,
        color=colour,
        fontsize=9,
        weight="bold",
    )


def loss_parts(history: pd.DataFrame):
    """The loss by epoch, taken apart into errors and penalty.

    history: ``fitted.history`` with a column ``penalty``.
    """
    fig, ax = figure(8.5, 3.8)
    epoch, penalty = history["epoch"], history["penalty"]
    errors = history["loss"] - penalty
    ax.fill_between(epoch, 0, errors, color="C0", alpha=0.55)
    ax.fill_between(
        epoch, errors, history["loss"], color="C1", alpha=0.55, hatch="///", edgecolor="white"
    )
    ax.plot(epoch, history["loss"], color="black", linewidth=1.5)
    last = len(epoch) - 1
    for height, text in (
        (errors.iloc[last] / 2, f"errors {errors.iloc[last]:.2f}"),
        (errors.iloc[last] + penalty.iloc[last] / 2, f"penalty {penalty.iloc[last]:.2f}"),
        (history["loss"].iloc[last] + 0.12, f"loss {history['loss'].iloc[last]:.2f}"),
    ):
        ax.annotate(
            text, (epoch.iloc[last], height), (8, 0), textcoords="offset points", va="center"
        )
    ax.set_ylim(0, 2.5 * history["loss"].iloc[last])
    ax.set_xlim(1, epoch.iloc[last] * 1.2)
    ax.set_xticks([t for t in ax.get_xticks() if 1 <= t <= epoch.iloc[last]])
    ax.set(xlabel="epoch", ylabel="stars²", title="What the loss is made of (training)")
    return show(
        fig,
        f"Training loss by epoch as two layers. In the last epoch the loss of "
        f"{history['loss'].iloc[last]:.2f} consists of {errors.iloc[last]:.2f} from errors and "
        f"{penalty.iloc[last]:.2f} from the penalty on weights.",
    )


def signal(panels: Mapping[str, Mapping[str, pd.DataFrame]]):
    """Variance of what each layer passes on, before any training; one panel a comparison.

    panels: title → (name → table of :func:`course_utils.models.autoencoders.signal_by_layer`).
    """
    fig, axes = figure(4.9 * len(panels), 3.8, columns=len(panels))
    axes = np.atleast_1d(axes)
    for ax, (title, tables) in zip(axes, panels.items(), strict=True):
        layers = max(len(table) for table in tables.values())
        ax.axhline(1, color=GREY, linestyle=":")
        ax.set(yscale="log", xlabel="layer (○ dropout)", title=title)
        ax.set_xlim(0.5, layers * 1.35)
        ax.set_xticks(range(1, layers + 1))
        for i, table in enumerate(tables.values()):
            _signal_line(ax, table, f"C{i}", "osD^v"[i % 5])
        _label_signals(ax, {name: t["variance"].iloc[-1] for name, t in tables.items()}, layers)
    axes[0].set_ylabel("variance of the output")
    listing = "; ".join(
        f"{name} {table['variance'].iloc[0]:.2g} to {table['variance'].iloc[-1]:.2g}"
        for tables in panels.values()
        for name, table in tables.items()
    )
    return show(fig, f"Variance from the first to the last layer: {listing}.")


def _signal_line(ax, table: pd.DataFrame, colour: str, marker: str) -> None:
    layer, variance = np.arange(1, len(table) + 1), table["variance"].to_numpy()
    ax.plot(layer, variance, color=colour, marker=marker, markersize=5)
    dropped = table["layer"].str.contains("dropout").to_numpy()
    ring = {"s": 150, "facecolors": "none", "edgecolors": colour, "zorder": 3}
    ax.scatter(layer[dropped], variance[dropped], **ring)


def _label_signals(ax, ends: Mapping[str, float], x: float) -> None:
    """Names right of the lines' ends, moved up on the log axis where two would collide."""
    low, high = np.log10(ax.get_ylim())
    gap, floor = 0.065 * (high - low), -np.inf
    for i, name in sorted(enumerate(ends), key=lambda entry: ends[entry[1]]):
        floor = max(np.log10(ends[name]), floor + gap)
        look = {"color": f"C{i}", "va": "center", "weight": "bold", "fontsize": 9}
        ax.annotate(name, (x, 10**floor), (8, 0), textcoords="offset points", **look)


def depth(table: pd.DataFrame, families: Mapping[str, Sequence[str]], *, line=None):
    """RMSE by number of hidden layers, one line a family, a dot a seed.

    table: rows of :func:`course_utils.protocol.results.load` with ``model``, ``validation_rmse`` and
    ``settings`` (with ``hidden``). families: name → models. line: (name, RMSE) to draw across.
    """
    fig, ax = figure(8, 3.8)
    listing = []
    for i, (name, models) in enumerate(families.items()):
        rows = table[table["model"].isin(models)]
        layers = rows["settings"].map(lambda s: len(s["hidden"]))
        mean = rows["validation_rmse"].groupby(layers).mean()
        colour, marker = f"C{i}", "osD^v"[i % 5]
        ax.scatter(layers, rows["validation_rmse"], color=colour, s=14, alpha=0.6)
        ax.plot(mean.index, mean, color=colour, marker=marker, markersize=7)
        ax.annotate(
            f"{name} ({mean.iloc[-1]:.3f})",
            (mean.index[-1], mean.iloc[-1]),
            (10, 0),
            textcoords="offset points",
            color=colour,
            va="center",
            weight="bold",
            fontsize=9,
        )
        listing.append(
            f"{name}: " + ", ".join(f"{n} layers {value:.3f}" for n, value in mean.items())
        )
    if line:
        ax.axhline(line[1], color=GREY, linestyle=":")
        ax.annotate(
            f"{line[0]} {line[1]:.3f}",
            (1, line[1]),
            (0, 4),
            textcoords="offset points",
            color="#555555",
            fontsize=9,
        )
    most = int(ax.get_xlim()[1])
    ax.set_xticks(range(1, most + 1))
    ax.set_xlim(0.7, most * 1.5)
    ax.set(xlabel="hidden layers", ylabel="validation RMSE (stars)", title="Is deeper better?")
    return show(fig, f"Validation RMSE by depth. {'; '.join(listing)}.")


def grids(table: pd.DataFrame, panels: Mapping[str, Mapping[str, str]], *, line=None):
    """One factor at a time, a panel each: a dot a seed, a bar at their mean.

    table: rows of :func:`course_utils.protocol.results.load` with ``model`` and ``rmse``. panels: title →
    {model: label}, from top to bottom. line: (name, RMSE) to draw across all panels.
    """
    known = set(table["model"])
    shown = {}
    for title, names in panels.items():
        if measured := {model: label for model, label in names.items() if model in known}:
            shown[title] = measured
    most = max(len(names) for names in shown.values())
    fig, axes = figure(12, 1.4 + 0.36 * most, columns=len(shown), sharex=True, squeeze=False)
    spoken = []
    for ax, (title, names) in zip(axes[0], shown.items(), strict=True):
        place = np.arange(len(names))[::-1]
        for y, model in zip(place, names, strict=True):
            step_mark(ax, y, table.loc[table["model"] == model, "rmse"], None, digits=3)
        if line:
            ax.axvline(line[1], color=GREY, linestyle=":")
        ax.set_yticks(place, list(names.values()))
        ax.set_ylim(len(names) - most - 0.6, len(names) - 0.4)
        ax.margins(x=0.4)
        ax.grid(axis="y", visible=False)
        ax.set(title=title, xlabel="RMSE (stars)")
        mean = table[table["model"].isin(names)].groupby("model")["rmse"].mean()
        best, worst = names[mean.idxmin()], names[mean.idxmax()]
        spoken.append(f"{title}: best {best} {mean.min():.3f}, worst {worst} {mean.max():.3f}")
    if line:
        fig.suptitle(f"One factor at a time (dotted: {line[0]} {line[1]:.3f})", y=1.1)
    return show(fig, f"RMSE by setting. {'; '.join(spoken)}.")


def liked(results: Mapping[str, LikeAccuracy]):
    """Share of "liked or not" told right, with its interval, beside answering "liked" each time."""
    fig, ax = figure(8, 1.3 + 0.5 * len(results))
    place = np.arange(len(results))[::-1]
    for y, result in zip(place, results.values(), strict=True):
        ax.hlines(y, *result.interval, color="C0", linewidth=4, alpha=0.35)
        ax.scatter(result.accuracy, y, s=60, color="C0", zorder=3)
        ax.plot([result.always_liked] * 2, [y - 0.3, y + 0.3], color="C1", linewidth=3, zorder=2)
        _above(ax, result.accuracy, y, f"{result.accuracy:.0%}", "C0")
    ax.set_yticks(place, [f"{name}\n({r.n:,} ratings)" for name, r in results.items()])
    ax.set_ylim(-0.6, len(results) - 0.3)
    ax.xaxis.set_major_formatter(PercentFormatter(1))
    ax.grid(axis="y", visible=False)
    ax.set(xlabel='told right: ● model with 95 % interval, ┃ "liked" every time')
    ax.set_title("Liked or not?")
    listing = "; ".join(
        f"{name}: model {r.accuracy:.0%}, always liked {r.always_liked:.0%}"
        for name, r in results.items()
    )
    return show(fig, f"Shares told right. {listing}.")


def support(table: pd.DataFrame, *, n: int = 10, minimum: int = 20, top: float = 5.0):
    """Predicted stars of unseen movies against their number of training ratings.

    table: one row a movie with ``stars`` (not clipped) and ``support``. The ``n`` highest are
    marked, and so is the ``minimum`` support below which a movie should not be recommended.
    """
    fig, ax = figure(8.5, 4)
    best = table.nlargest(n, "stars")
    ax.scatter(table["support"], table["stars"], s=12, color="C0", alpha=0.35, linewidths=0)
    ax.scatter(best["support"], best["stars"], s=70, marker="^", color="C3", zorder=3)
    ax.axvline(minimum, color=GREY, linestyle="--")
    ax.axhline(top, color=GREY, linestyle=":")
    high = max(top, table["stars"].max()) + 0.55
    ax.set_ylim(top=high)
    ax.text(minimum, high, f" minimum support {minimum}", color="#555555", va="top")
    ax.set_xscale("symlog", linthresh=1)
    ax.set_xlim(-0.3, 1.3 * table["support"].max())
    ticks = [0, *(t * 10**k for k in range(5) for t in (1, 2, 5))]
    ax.set_xticks([t for t in ticks if t <= table["support"].max()])
    ax.xaxis.set_major_formatter(ScalarFormatter())
    ax.minorticks_off()
    ax.set(
        xlabel="training ratings of the movie",
        ylabel="predicted stars",
        title=f"The highest predictions (▲ top {n}) and their evidence",
    )
    few = int((best["support"] < minimum).sum())
    return show(
        fig,
        f"Predicted stars of {len(table):,} unseen movies by number of training ratings: spread "
        f"widely for few ratings. Of the {n} highest, {few} have fewer than {minimum} ratings; the "
        f"highest is {table['stars'].max():.2f} stars.",
    )
