"""Figures of the capstone: everything on one table, lists against stars, blends, splits."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from course_utils.plots import labels
from course_utils.plots.common import METRICS, leaderboard_rows
from course_utils.plots.kit import DOT, RING, dots, legend, lines
from course_utils.plots.style import GREY, figure, numbers, panels, show


def reported_and_measured(table: pd.DataFrame, *, baseline: float | None = None) -> Figure | None:
    """What was printed (hollow) and the RMSE over all ratings on one split (filled), a line each.

    table: ``model``, ``reported``, ``measured`` (NaN where it is no RMSE at all) and ``what``, one
    or two words on what the reported number was. baseline: RMSE of the bias model.
    """
    both = {"reported": "as printed in 2021", "measured": "RMSE over all test ratings of one split"}
    rows = [f"{row.model}\n{row.what}" for row in table.itertuples()]
    fig, ax = figure(9.5, 1.6 + 0.5 * len(table))
    ax.set_title("One column, several yardsticks")
    line = None if baseline is None else ("bias model", baseline)
    marks = (RING._replace(colour="C1"), DOT)
    shown = table[list(both)].rename(columns=both).set_axis(rows)
    said = dots(
        ax, shown, "stars, where it is an RMSE", marks=marks, line=line, link=True, text="{:.4g}"
    )
    return show(fig, f"Reported and measured numbers of 2021's models. {said}.")


def every_model(table: pd.DataFrame) -> Figure | None:
    """All models of the course on one split: both RMSEs, the global one with its interval.

    table: index label; columns ``rmse``, ``rmse_low``, ``rmse_high``, ``per_user_rmse`` and
    ``lesson`` (two digits).
    """
    named = table.set_axis([f"{label}  ({row.lesson})" for label, row in table.iterrows()])
    title = "Every model on the same test ratings (lesson in brackets)"
    return leaderboard_rows(named, title=title, text="{:.4f}")


def gaps_to_first(table: pd.DataFrame, first: str) -> Figure | None:
    """How far each model is behind the one that validation put first, on the same test ratings.

    table: index label, columns ``gap``, ``gap_low``, ``gap_high``: RMSE minus that of ``first``,
    and an interval that holds for all rows together.
    """
    table = table.sort_values("gap")
    told = {"gap": f"RMSE − RMSE of {first}"}
    fig, ax = figure(9, 1.7 + 0.36 * len(table))
    ax.set_title(f"Distance to validation's first, {first} (dotted)")
    ends = {told["gap"]: (table["gap_low"], table["gap_high"])}
    shown = table[["gap"]].rename(columns=told)
    ax.axvline(0, color=GREY, linestyle=":")
    said = dots(ax, shown, "stars", intervals=ends, text="{:+.4f}")
    return show(fig, f"Difference of each model's test RMSE to that of {first}: {said}.")


def rmse_against_ndcg(
    table: pd.DataFrame, *, title: str = "Good stars, good lists?"
) -> Figure | None:
    """Each model's RMSE and NDCG@10; models that predict no stars stand at the right edge.

    table: index model, columns ``rmse`` (stars; NaN where a model has none) and ``ndcg``.
    """
    stars, lists_only = table.dropna(subset=["rmse"]), table[table["rmse"].isna()]
    fig, (ax, side) = panels(2, 9, 4.6, sharey=True, width_ratios=[5, 2])
    ax.set(
        xlabel="● RMSE (stars), better to the right →", ylabel="NDCG@10, better up ↑", title=title
    )
    side.set(xlabel="◆ predict no stars", xticks=[], xlim=(-0.2, 1))
    ax.scatter(stars["rmse"], stars["ndcg"], s=60, color="C0", zorder=3)
    side.scatter([0] * len(lists_only), lists_only["ndcg"], s=70, marker="D", color="C1")
    for name, row in stars.iterrows():
        labels.beside(ax, (row["rmse"], row["ndcg"]), name)
    for name, row in lists_only.iterrows():
        labels.beside(side, (0, row["ndcg"]), name)
    ax.margins(x=0.15)
    ax.invert_xaxis()
    ax.set_ylim(0, table["ndcg"].max() * 1.12)
    order = ", ".join(
        f"{name} {row.ndcg:.3f}" + ("" if np.isnan(row.rmse) else f" (RMSE {row.rmse:.3f})")
        for name, row in table.sort_values("ndcg", ascending=False).iterrows()
    )
    return show(fig, f"NDCG@10 of each model, best first, with its RMSE: {order}.")


def support_of_lists(lists: Mapping[str, np.ndarray], support: np.ndarray) -> Figure | None:
    """How many training ratings the movies in each model's lists have.

    lists: model → (n_users, k) movie indices, -1 for no movie. support: (n_movies,).
    """
    found = {name: support[ranked[ranked >= 0]] for name, ranked in lists.items()}
    at = {
        q: {n: np.quantile(v, q) for n, v in found.items()} for q in (0.05, 0.25, 0.5, 0.75, 0.95)
    }
    table = pd.DataFrame({"median": at[0.5]}).sort_values("median")
    ends = {q: pd.Series(values).loc[table.index] for q, values in at.items()}
    fig, ax = figure(9, 1.5 + 0.36 * len(table))
    ax.set_title("Who gets recommended: the known or the unknown?")
    ax.hlines(range(len(table)), ends[0.05], ends[0.95], color="C0", linewidth=1)
    ax.hlines(range(len(table)), ends[0.25], ends[0.75], color="C0", linewidth=7, alpha=0.4)
    unit = "training ratings of the listed movies (thick: the middle half, thin: 90 %)"
    middle = ("median of all movies", float(np.median(support)))
    said = dots(ax, table, unit, line=middle, text="{:.0f}")
    ax.set_xscale("symlog", linthresh=1, linscale=0.3)
    ax.set_xlim(-0.5, 1.3 * support.max())
    ax.set_xticks([t for t in (0, 1, 10, 100, 1000, 10_000) if t <= support.max()])
    numbers(ax.xaxis)
    return show(fig, f"Training ratings of the listed movies, fewest first. {said}.")


def ndcg_by_support(table: pd.DataFrame) -> Figure | None:
    """NDCG@10 when movies with few training ratings are never listed, one line a model.

    table: index minimum support, one column a model.
    """
    fig, ax = figure(8.8, 4.4)
    ax.set(xlabel="training ratings that a movie needs to be listed", ylabel="NDCG@10")
    ax.set_title(
        "Lists without the rarest movies (at the line's end: without any minimum → at best)"
    )
    names = {n: f"{n} {table[n].iloc[0]:.3f} → {table[n].max():.3f}" for n in table}
    said = lines(ax, dict(table.items()), places=list(table.index), names=names)
    ax.set_ylim(0)
    return show(fig, f"NDCG@10 by the minimum support of listed movies: {said}.")


def by_split(
    table: pd.DataFrame, names: Mapping[str, str], splits: Mapping[str, str], metric: str = "rmse"
) -> Figure | None:
    """The same models under several splits, a panel each, with 95 % intervals.

    table: rows of :func:`course_utils.protocol.results.load` with ``model``, ``split``, the metric
    and its ends ``…_low`` and ``…_high``; seeds are averaged. names: model → label. splits: split →
    title, in order. metric: "rmse" or "ndcg".
    """
    columns = [metric, f"{metric}_low", f"{metric}_high"]
    means = table[table["model"].isin(names)].groupby(["split", "model"])[columns].mean().dropna()
    wide = means[metric].unstack("split")[list(splits)]
    order = wide.sort_values(list(splits), ascending=metric == "rmse").index
    fig, axes = panels(len(splits), 11, 1.6 + 0.36 * len(order), sharex=True, sharey=True)
    said = []
    for ax, (split, title) in zip(axes, splits.items(), strict=True):
        ax.set_title(title)
        part = means.loc[split].reindex(order).rename(names)
        interval = {"mean over seeds": (part[columns[1]], part[columns[2]])}
        shown = part[[metric]].set_axis(["mean over seeds"], axis=1)
        said.append(f"{title}: {dots(ax, shown, METRICS[metric], intervals=interval)}")
    return show(fig, f"The same models under several splits. {'. '.join(said)}.")


def error_correlation(table: pd.DataFrame) -> Figure | None:
    """Heat map of how two models' errors on the same ratings correlate. table: models × models."""
    from seaborn import heatmap

    n = len(table)
    fig, ax = figure(2.6 + 0.85 * n, 1.9 + 0.55 * n)
    hide = np.triu(np.ones((n, n), bool))
    pairs = table.where(np.tri(n, k=-1, dtype=bool)).stack()
    look = {"annot": True, "fmt": ".2f", "cmap": "crest", "vmin": pairs.min(), "vmax": 1}
    heatmap(table.iloc[1:, :-1], mask=hide[1:, :-1], cbar=False, ax=ax, **look)
    ax.grid(visible=False)
    ax.tick_params(axis="x", rotation=30)
    ax.tick_params(axis="y", rotation=0)
    ax.set_title("Are two models wrong together?")
    legend(
        ax,
        "correlation of two models' errors",
        "1: always wrong together, 0: each on its own",
    )
    (a, b), (c, d) = pairs.idxmin(), pairs.idxmax()
    return show(
        fig,
        f"Correlations of errors between {n} models, from {pairs.min():.2f} ({a} and {b}) to "
        f"{pairs.max():.2f} ({c} and {d}).",
    )


def fitted_on(table: pd.DataFrame, *, best: float, best_name: str) -> Figure | None:
    """Where blending weights were fitted: the RMSE promised there, and the one kept elsewhere.

    table: index where they were fitted; columns ``promised`` and ``kept`` (RMSE on ratings that had
    no say). best: RMSE of the best single model on the latter.
    """
    both = {"kept": "on ratings that had no say", "promised": "where the weights were fitted"}
    fig, ax = figure(9, 1.6 + 0.45 * len(table))
    ax.set_title("What a blend promises, and what it keeps")
    shown = table[list(both)].rename(columns=both)
    said = dots(ax, shown, "RMSE (stars)", line=(f"{best_name} alone", best), link=True)
    return show(fig, f"RMSE of blends by where their weights were fitted. {said}.")
