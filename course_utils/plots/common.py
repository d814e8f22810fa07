"""Figures that several lessons draw: errors of models, how they were trained, ladders and grids."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from course_utils.plots.kit import dots, ladder, legend, lines, percent, vline
from course_utils.plots.style import GREY, figure, numbers, panels, show

if TYPE_CHECKING:
    from course_utils.protocol.evaluation import Scores

METRICS = {
    "rmse": "test RMSE over all ratings (stars)",
    "validation_rmse": "validation RMSE over all ratings (stars)",
    "ndcg": "NDCG@10",
}


def leaderboard_dots(scores: Sequence["Scores"]) -> Figure | None:
    """Both RMSEs of each model, the global one with its 95 % interval; best model on top."""
    from course_utils.protocol.evaluation import leaderboard

    table = leaderboard(scores).rename(columns={"low": "rmse_low", "high": "rmse_high"})
    return leaderboard_rows(
        table.rename(columns={"RMSE": "rmse", "per-user RMSE": "per_user_rmse"})
    )


def leaderboard_rows(
    table: pd.DataFrame, *, title: str = "Lower is better", text: str = "{:.3f}"
) -> Figure | None:
    """Both RMSEs of each model, the global one with its 95 % interval; best model on top.

    table: index model; columns ``rmse``, ``rmse_low``, ``rmse_high``, ``per_user_rmse``, in stars.
    """
    table = table.sort_values("rmse")
    both = {"rmse": "RMSE over all ratings", "per_user_rmse": "mean of per-user RMSE"}
    fig, ax = figure(8.5, 1.4 + 0.34 * len(table))
    ax.set_title(title)
    interval = {both["rmse"]: (table["rmse_low"], table["rmse_high"])}
    said = dots(ax, table[list(both)].rename(columns=both), "stars", intervals=interval, text=text)
    return show(fig, f"{len(table)} models by RMSE in stars, best first. {said}.")


def rmse_of_users(scores: "Scores") -> Figure | None:
    """Each user's own RMSE, with the mean over users and the RMSE over all ratings marked."""
    from course_utils.protocol.metrics import rmse_by_user

    by_user = rmse_by_user(*(scores.ratings[c] for c in ("user", "rating", "prediction")))
    fig, (left, right) = panels(2, 9, 3.6, width_ratios=[3, 2])
    left.hist(by_user["rmse"], bins=40, color="C0", edgecolor="white")
    means = {"mean over users": scores.per_user_rmse, "over all ratings": scores.rmse}
    for (name, value), colour in zip(means.items(), ("C1", "#222222"), strict=True):
        side = "left" if value == min(means.values()) else "right"
        vline(left, value, f"{name}\n{value:.3f}", side=side, colour=colour)
    title = f"{scores.model}: one prediction, two RMSEs"
    left.set(xlabel="a user's own RMSE (stars)", ylabel="users", title=title)
    right.scatter(by_user["n"], by_user["rmse"], s=10, alpha=0.3, color="C0", linewidths=0)
    right.set(xscale="log", xlabel="test ratings of the user", ylabel="RMSE (stars)")
    right.set_title("By number of ratings")
    numbers(right.xaxis)
    few = by_user["n"] <= by_user["n"].median()
    spread = [group["rmse"].std() for group in (by_user[few], by_user[~few])]
    return show(
        fig,
        f"Left: histogram of {len(by_user):,} users' own RMSE; their mean is "
        f"{scores.per_user_rmse:.3f}, the RMSE over all ratings {scores.rmse:.3f}. Right: the RMSE "
        f"of users with at most {by_user['n'].median():g} test ratings has a standard deviation of "
        f"{spread[0]:.2f} stars, that of the others of {spread[1]:.2f}.",
    )


def learning_curves(
    histories: Mapping[str, pd.DataFrame], *, across: Mapping[str, float] | None = None
) -> Figure | None:
    """Validation RMSE by epoch, one line a model, its best epoch in a ring.

    histories: name → ``fitted.history``. across: name → an RMSE to draw across, such as a baseline.
    """
    curves = {name: h.set_index("epoch")["validation_rmse"] for name, h in histories.items()}
    best = {name: [curve.idxmin()] for name, curve in curves.items()}
    names = {name: f"{name} (best {curve.min():.3f})" for name, curve in curves.items()}
    fig, ax = figure(8.5, 4)
    ax.set(
        xlabel="epoch", ylabel="validation RMSE (stars)", title="What each epoch brings (○ best)"
    )
    ax.xaxis.get_major_locator().set_params(integer=True)
    said = lines(ax, curves, rings=best, names=names, across=across)
    return show(fig, f"Validation RMSE by epoch: {said}.")


def predictions(named: Mapping[str, np.ndarray], ratings: np.ndarray) -> Figure | None:
    """How predicted stars are spread, beside the ratings they should have been.

    named: title → predicted stars, shape (n_ratings,). ratings: the stars given, same shape.
    """
    fig, axes = panels(len(named) + 1, 9, 3.2, sharex=True)
    everything = {"ratings": np.asarray(ratings)} | {k: np.asarray(v) for k, v in named.items()}
    low = min(0.0, *(values.min() for values in everything.values()))
    high = max(values.max() for values in everything.values())
    bins = np.arange(np.floor(low) - 0.125, high + 0.5, 0.25)  # a bar is centred on a whole star
    said = []
    for i, (ax, (name, values)) in enumerate(zip(axes, everything.items(), strict=True)):
        percent(ax, values, bins, color=f"C{i - 1}" if i else GREY)
        ax.set(title=name, xlabel="predicted stars" if i else "stars")
        said.append(f"{name} {values.min():.2f} to {values.max():.2f}, mean {values.mean():.2f}")
    axes[0].set_ylabel("percent")
    return show(fig, f"Histograms of stars: {'; '.join(said)}.")


def steps(
    table: pd.DataFrame,
    names: Mapping[str, str],
    *,
    line: tuple[str, float] | None = None,
    metric: str = "rmse",
    title: str = "Step by step",
) -> Figure | None:
    """A ladder: each row changes something of the row above; a dot a seed, a bar at their mean.

    table: rows of :func:`course_utils.protocol.results.load` with ``model`` and the metric. names:
    model → label, in the order of the steps. line: name and value of a model to compare with.
    metric: "rmse", "validation_rmse" or "ndcg".
    """
    runs = {label: table.loc[table["model"] == model, metric] for model, label in names.items()}
    fig, ax = figure(9, 1.5 + 0.36 * len(runs))
    ax.set_title(title)
    text = "{:.3f}" if metric == "ndcg" else "{:.4f}"
    said = ladder(ax, runs, METRICS[metric], steps=True, line=line, text=text)
    return show(fig, f"Mean {METRICS[metric]} after each step: {said}.")


def grids(
    table: pd.DataFrame,
    factors: Mapping[str, Mapping[str, str]],
    *,
    line: tuple[str, float] | None = None,
    metric: str = "validation_rmse",
) -> Figure | None:
    """What other settings score, one factor a panel: a dot a seed, a bar at their mean.

    table: as for :func:`steps`; what it does not hold is left out. factors: title → (model →
    label), from top to bottom. line, metric: as for :func:`steps`; a choice may look at validation
    only.
    """
    runs = dict(iter(table.groupby("model")[metric]))
    found = {
        title: {label: runs[model] for model, label in names.items() if model in runs}
        for title, names in factors.items()
    }
    found = {title: measured for title, measured in found.items() if measured}
    tallest = max(map(len, found.values()))
    fig, axes = panels(len(found), min(4.8 * len(found), 12), 1.7 + 0.3 * tallest, sharex=True)
    said = []
    for ax, (title, measured) in zip(axes, found.items(), strict=True):
        ax.set_title(title)
        said.append(f"{title}: " + ladder(ax, measured, METRICS[metric], line=line))
        ax.set_ylim(tallest - 0.4, -0.6)
    return show(fig, f"{METRICS[metric]} by setting. {'. '.join(said)}.")


def new_users(table: pd.DataFrame, *, top: float | None = None) -> Figure | None:
    """RMSE of users no model was trained on, by how many of their ratings it was shown.

    table: index number of ratings shown, a column a model, RMSE in stars; seeds as more rows of the
    same number. top: end the axis there; what lies above is written below the axis.
    """
    fig, ax = figure(8.5, 4)
    shown, means = sorted(set(table.index)), table.groupby(level=0).mean()
    cut = means[means > top].dropna(how="all") if top else means[:0]
    above = "; ".join(
        f"at {n}: " + ", ".join(f"{name} {value:.2f}" for name, value in row.dropna().items())
        for n, row in cut.iterrows()
    )
    legend(ax, "ratings that the model was shown", f"above the frame {above}" * bool(above))
    ax.set_ylabel("RMSE on their other ratings (stars)")
    ax.set_title("What each rating of a new user brings")
    names = {name: f"{name} {means[name].dropna().iloc[-1]:.3f}" for name in means}
    said = lines(ax, dict(table.items()), places=shown, names=names)
    ax.set_ylim(top=top)
    return show(fig, f"RMSE of new users by number of ratings shown: {said}.")
