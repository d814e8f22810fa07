"""Figures of models: errors by user, leaderboards, learning curves, one factor at a time."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.ticker import LogLocator, NullLocator, ScalarFormatter

from course_utils.plots.style import GREY, figure, show, step_mark
from course_utils.protocol.evaluation import Scores, leaderboard
from course_utils.protocol.metrics import rmse_by_user

__all__ = [
    "grid",
    "leaderboard_dots",
    "learning_curves",
    "optimism",
    "predictions",
    "rmse_of_users",
    "steps",
]


def rmse_of_users(scores: Scores):
    """Each user's own RMSE, with the mean over users and the RMSE over all ratings marked."""
    by_user = rmse_by_user(
        scores.ratings["user"], scores.ratings["rating"], scores.ratings["prediction"]
    )
    fig, axes = figure(9, 3.6, columns=2, width_ratios=[3, 2])
    _user_histogram(axes[0], by_user, scores)
    _rmse_by_activity(axes[1], by_user)
    return show(
        fig,
        f"Left: histogram of {len(by_user):,} users' own RMSE; their mean, "
        f"{scores.per_user_rmse:.3f}, lies left of the RMSE over all ratings, {scores.rmse:.3f}. "
        "Right: users with few test ratings spread from near 0 to far above 1; the more ratings a "
        "user has, the closer their RMSE is to the global one.",
    )


def _user_histogram(ax, by_user: pd.DataFrame, scores: Scores) -> None:
    sns.histplot(by_user["rmse"], bins=40, color="C0", edgecolor="white", ax=ax)
    top = ax.get_ylim()[1]
    ax.set_ylim(0, top * 1.25)
    for value, text, align, colour in (
        (scores.per_user_rmse, f"mean over users\n{scores.per_user_rmse:.3f} ", "right", "C1"),
        (scores.rmse, f" over all ratings\n {scores.rmse:.3f}", "left", "C3"),
    ):
        ax.axvline(value, color=colour, linewidth=2, linestyle="-" if align == "left" else "--")
        ax.text(value, top * 1.22, text, ha=align, va="top", color=colour, weight="bold")
    ax.set(
        xlabel="a user's own RMSE (stars)",
        ylabel="users",
        title=f"{scores.model}: one prediction, two RMSEs",
    )


def _rmse_by_activity(ax, by_user: pd.DataFrame) -> None:
    ax.scatter(by_user["n"], by_user["rmse"], s=10, alpha=0.3, color="C0", linewidths=0)
    ax.set(xscale="log", xlabel="test ratings of the user", ylabel="RMSE (stars)")
    ax.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    ax.xaxis.set_major_formatter(ScalarFormatter())
    ax.xaxis.set_minor_locator(NullLocator())
    ax.set_title("Few ratings, wild RMSE")


def leaderboard_dots(scores: Sequence[Scores]):
    """Both RMSEs of each model, the global one with its 95 % interval; best model on top."""
    table = leaderboard(scores).sort_values("RMSE", ascending=False)
    place = np.arange(len(table))
    fig, ax = figure(8, 1.2 + 0.42 * len(table))
    ax.hlines(place, table["low"], table["high"], color="C0", linewidth=3, alpha=0.35)
    ax.scatter(table["RMSE"], place, color="C0", s=55, zorder=3)
    ax.scatter(table["per-user RMSE"], place, color="C1", s=45, marker="D", zorder=3)
    outer = np.where(table["RMSE"] > table["per-user RMSE"], "RMSE", "per-user RMSE")
    for name, colour in (("RMSE", "C0"), ("per-user RMSE", "C1")):
        for y, (value, right) in enumerate(zip(table[name], outer == name, strict=True)):
            ax.annotate(
                f"{value:.3f}",
                (value, y),
                (4 if right else -4, 7),
                textcoords="offset points",
                ha="left" if right else "right",
                color=colour,
                fontsize=9,
            )
    ax.set_yticks(place, table.index)
    ax.set_ylim(-0.5, len(table) - 0.2)
    ax.margins(x=0.12)
    ax.grid(axis="y", visible=False)
    ax.set(xlabel="stars; ● RMSE over all ratings with 95 % interval, ◆ mean of per-user RMSE")
    ax.set_title("Lower is better")
    best = table.index[-1]
    return show(
        fig,
        f"Dot plot of {len(table)} models. Best global RMSE: {best} with "
        f"{table['RMSE'].iloc[-1]:.3f}; worst: {table.index[0]} with {table['RMSE'].iloc[0]:.3f}. "
        f"The per-user RMSE is the smaller one in {(outer == 'RMSE').sum()} of {len(table)} rows.",
    )


def learning_curves(
    histories: Mapping[str, pd.DataFrame], *, lines: Mapping[str, float] | None = None
):
    """Validation RMSE by epoch, one line a model, its best epoch marked.

    histories: name → ``fitted.history``. lines: name → an RMSE to draw across, such as a baseline.
    """
    fig, ax = figure(8.5, 4)
    last = max(len(h) for h in histories.values())
    ends = {}
    for i, (name, history) in enumerate(histories.items()):
        epoch, score = history["epoch"], history["validation_rmse"]
        look = {"color": f"C{i}", "marker": "osD^vP"[i % 6]}
        ax.plot(epoch, score, markersize=4, linewidth=1.8, **look)
        best = score.idxmin()
        ax.scatter(epoch[best], score[best], s=120, facecolors="none", edgecolors=f"C{i}", zorder=3)
        ends[f"{name} ({score[best]:.3f})"] = (epoch.iloc[-1], score.iloc[-1], f"C{i}")
    for name, value in (lines or {}).items():
        ax.hlines(value, 0.5, last, color=GREY, linestyle=":", linewidth=1.5)
        ends[f"{name} {value:.3f}"] = (last, value, "#555555")
    ax.set_xlim(0.5, last * 1.35)
    ax.set_xticks([t for t in ax.get_xticks() if 1 <= t <= last])
    _label_line_ends(ax, ends)
    ax.set(
        xlabel="epoch", ylabel="validation RMSE (stars)", title="What each epoch brings (○ best)"
    )
    bests = ", ".join(f"{n} {h['validation_rmse'].min():.3f}" for n, h in histories.items())
    return show(fig, f"Validation RMSE by epoch. Best values: {bests}.")


def _label_line_ends(ax, ends: Mapping[str, tuple[float, float, str]]) -> None:
    """Write each label right of its line's end (x, y, colour), moved up where two would collide."""
    low, high = ax.get_ylim()
    gap, floor = 0.055 * (high - low), -np.inf
    for label, (x, y, colour) in sorted(ends.items(), key=lambda end: end[1][1]):
        floor = max(y, floor + gap)
        ax.annotate(
            label,
            (x, floor),
            (8, 0),
            textcoords="offset points",
            color=colour,
            va="center",
            weight="bold",
            fontsize=9,
        )
    ax.set_ylim(low, max(high, floor + gap / 2))  # a label outside would not be drawn


def predictions(named: Mapping[str, np.ndarray], ratings: np.ndarray):
    """How predicted stars are spread, beside the ratings they should have been."""
    fig, axes = figure(9, 3.2, columns=len(named) + 1, sharex=True)
    low = min(0.0, *(np.min(v) for v in named.values()))
    bins = np.arange(np.floor(low) - 0.125, 6.2, 0.25)  # a bar is centred on each whole star
    sns.histplot(ratings, bins=bins, stat="percent", color=GREY, ax=axes[0])
    axes[0].set(title="ratings", xlabel="stars", ylabel="percent")
    for i, (ax, (name, stars)) in enumerate(zip(axes[1:], named.items(), strict=True)):
        sns.histplot(stars, bins=bins, stat="percent", color=f"C{i}", ax=ax)
        ax.set(title=name, xlabel="predicted stars", ylabel="")
    summary = "; ".join(
        f"{name} between {np.min(v):.2f} and {np.max(v):.2f} stars" for name, v in named.items()
    )
    return show(fig, f"Histograms: ratings lie at whole stars; predictions: {summary}.")


def steps(table: pd.DataFrame, names: Mapping[str, str], *, baseline: float | None = None):
    """One factor at a time: RMSE of each seed as a dot, their mean as a bar, gain in words.

    table: rows of :func:`course_utils.protocol.results.load` with ``model`` and ``rmse``.
    names: model → label, in the order of the steps.
    """
    values = {label: table.loc[table["model"] == model, "rmse"] for model, label in names.items()}
    means = [v.mean() for v in values.values()]
    fig, ax = figure(9, 1.2 + 0.42 * len(values))
    place = np.arange(len(values))[::-1]
    for y, seeds, before in zip(place, values.values(), [None, *means], strict=False):
        step_mark(ax, y, seeds, before)
    if baseline is not None:
        ax.axvline(baseline, color=GREY, linestyle=":")
        ax.annotate(
            f"bias model {baseline:.4f} ",
            (baseline, place[-1] - 0.45),
            fontsize=9,
            color="#555555",
            ha="right",
            va="center",
        )
    ax.set_yticks(place, list(values))
    ax.margins(x=0.22)
    ax.set_ylim(-0.7, len(values) - 0.3)
    ax.grid(axis="y", visible=False)
    ax.set(
        xlabel="test RMSE over all ratings (stars): ● a seed, ┃ their mean, (change by this step)"
    )
    ax.set_title("One factor at a time")
    listing = ", ".join(f"{label} {mean:.4f}" for label, mean in zip(values, means, strict=True))
    return show(fig, f"Mean test RMSE after each step: {listing}.")


def grid(table: pd.DataFrame, panels: Mapping[str, Mapping[str, str]]):
    """A tuning grid, one factor a panel: validation RMSE of each seed, its mean, the best filled.

    table: rows of :func:`course_utils.protocol.results.load` with ``model`` and ``validation_rmse``.
    panels: title → (model → label), in the order to show. Validation, because it is what a choice
    may look at.
    """
    tallest = max(len(names) for names in panels.values())
    fig, axes = figure(3.6 * len(panels) + 0.6, 1.6 + 0.3 * tallest, columns=len(panels))
    bests = []
    for ax, (title, names) in zip(np.atleast_1d(axes), panels.items(), strict=True):
        seeds = [table.loc[table["model"] == model, "validation_rmse"] for model in names]
        means = [runs.mean() for runs in seeds]
        best = int(np.argmin(means))
        _grid_panel(ax, seeds, means, best)
        ax.set_yticks(range(len(seeds)), list(names.values()))
        ax.set(title=title, xlabel="validation RMSE: ● a seed, ◆ mean")
        bests.append(f"{title}: {list(names.values())[best]} with {means[best]:.3f}")
    return show(
        fig,
        f"Validation RMSE for each setting of {len(panels)} factors. Best, {'; '.join(bests)}.",
    )


def _grid_panel(ax, seeds: Sequence[pd.Series], means: Sequence[float], best: int) -> None:
    for y, (runs, mean) in enumerate(zip(seeds, means, strict=True)):
        ax.scatter(runs, np.full(len(runs), y), color="C1", s=16, alpha=0.8, zorder=3)
        face = "C0" if y == best else "white"
        ax.scatter(mean, y, marker="D", s=46, facecolors=face, edgecolors="C0", zorder=4)
        ax.annotate(
            f"{mean:.3f}",
            (max(runs), y),
            (7, 0),
            textcoords="offset points",
            va="center",
            fontsize=8.5,
            weight="bold" if y == best else None,
        )
    ax.set_ylim(len(seeds) - 0.4, -0.6)
    ax.margins(x=0.25)
    ax.grid(axis="y", visible=False)


def optimism(draws: pd.DataFrame):
    """How much worse the chosen run does on ratings that had no say, beside runs nobody chose.

    draws: from :func:`course_utils.protocol.metrics.choose_on_half`. The mean of all runs tells how much the
    two halves differ anyway; what is left is the choice's flattery.
    """
    gap = draws["other_half"] - draws["chosen_half"]
    flattery = gap - (draws["other_half_mean"] - draws["chosen_half_mean"])
    fig, ax = figure(8.5, 3.4)
    sns.histplot(flattery, bins=40, color="C1", edgecolor="white", ax=ax)
    top = ax.get_ylim()[1] * 1.2
    ax.set_ylim(0, top)
    mean, many = flattery.mean(), draws.attrs["candidates"]
    ax.axvline(0, color=GREY, linewidth=2, linestyle="--")
    ax.text(0, top * 0.98, "no flattery ", color="#555555", ha="right", va="top")
    ax.axvline(mean, color="C3", linewidth=2)
    text = f" best of {many} chosen: {mean:+.4f}"
    ax.text(mean, top * 0.98, text, color="C3", ha="left", va="top", weight="bold")
    ax.set(
        xlabel="what the choice loses on fresh ratings (stars of RMSE)",
        ylabel="random halves",
        title="How much a choice flatters",
    )
    share = (flattery > 0).mean()
    return show(
        fig,
        f"Histogram over {len(draws)} random halves of the ratings: in {share:.0%} of them the run "
        f"chosen on one half loses on the other half, by {mean:.4f} stars on average.",
    )
