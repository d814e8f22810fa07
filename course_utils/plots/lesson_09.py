"""Figures of the capstone: everything on one table, lists against stars, blends, new users."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.ticker import NullLocator, ScalarFormatter

from course_utils.plots.kit import _label_line_ends
from course_utils.plots.style import GREY, figure, show

__all__ = [
    "error_correlation",
    "every_model",
    "fitted_on",
    "ndcg_by_support",
    "new_users",
    "reported_and_measured",
    "rmse_against_ndcg",
    "rmse_by_split",
    "support_of_lists",
]

BROWN = "#8a5a00"  # text beside orange marks: orange itself is too pale to read
MARKERS = "osD^vPX*<>hd"


def reported_and_measured(table: pd.DataFrame, *, baseline: float | None = None):
    """What was printed (hollow) and the RMSE over all ratings on one split (filled), a line each.

    table: ``model``, ``reported``, ``measured`` (NaN where it is no RMSE at all) and ``what``, one
    or two words on what the reported number was.
    """
    fig, ax = figure(9, 1.3 + 0.5 * len(table))
    place = np.arange(len(table))[::-1]
    for y, row in zip(place, table.itertuples(), strict=True):
        ax.plot([row.reported, row.measured], [y, y], color=GREY, linewidth=1.5, zorder=1)
        ax.scatter(row.reported, y, s=70, facecolors="white", edgecolors="C1", linewidths=2)
        ax.annotate(
            f"{row.reported:g}  {row.what}",
            (row.reported, y),
            (0, 9),
            textcoords="offset points",
            ha="center",
            fontsize=9,
            color=BROWN,
        )
        if np.isfinite(row.measured):
            ax.scatter(row.measured, y, s=70, color="C0", zorder=3)
            ax.annotate(
                f"{row.measured:.4f}",
                (row.measured, y),
                (9, 0),
                textcoords="offset points",
                va="center",
                fontsize=9,
                color="C0",
            )
    if baseline is not None:
        ax.axvline(baseline, color=GREY, linestyle=":")
        ax.annotate(
            f" bias model {baseline:.4f}",
            (baseline, -0.45),
            fontsize=9,
            color="#555555",
            va="center",
        )
    ax.set_yticks(place, table["model"])
    ax.set_ylim(-0.7, len(table) - 0.4)
    ax.margins(x=0.24)
    ax.grid(axis="y", visible=False)
    ax.set(
        xlabel="○ as printed in 2021   ● RMSE over all test ratings of one split (stars)",
        title="One column, several yardsticks",
    )
    pairs = "; ".join(
        f"{r.model}: {r.reported:g} ({r.what})"
        + (f", measured {r.measured:.4f}" if np.isfinite(r.measured) else ", no RMSE")
        for r in table.itertuples()
    )
    return show(fig, f"Reported and measured numbers of 2021's models. {pairs}.")


def rmse_against_ndcg(table: pd.DataFrame, *, title: str = "Good stars, good lists?"):
    """Each model's RMSE and NDCG@10; models that predict no stars stand at the right edge.

    table: index model, columns ``rmse`` (NaN where a model has none) and ``ndcg``.
    """
    stars, lists_only = table.dropna(subset=["rmse"]), table[table["rmse"].isna()]
    fig, (ax, side) = figure(
        9, 4.6, columns=2, sharey=True, width_ratios=[4, 1], gridspec_kw={"wspace": 0.02}
    )
    ax.scatter(stars["rmse"], stars["ndcg"], s=60, color="C0", zorder=3)
    side.scatter(np.zeros(len(lists_only)), lists_only["ndcg"], s=70, marker="D", color="C1")
    top = table["ndcg"].max()
    _label_points(ax, stars["rmse"], stars["ndcg"], top)
    _label_points(side, pd.Series(0.0, lists_only.index), lists_only["ndcg"], top)
    ax.invert_xaxis()
    ax.margins(x=0.2)
    ax.set_ylim(0, top * 1.12)
    side.set_xlim(-0.15, 1)
    side.set_xticks([])
    side.set_xlabel("◆ predict no stars")
    ax.set(xlabel="● RMSE (stars), better to the right →", ylabel="NDCG@10, better up ↑")
    ax.set_title(title)
    order = ", ".join(
        f"{name} {row.ndcg:.3f}" + ("" if np.isnan(row.rmse) else f" (RMSE {row.rmse:.3f})")
        for name, row in table.sort_values("ndcg", ascending=False).iterrows()
    )
    return show(fig, f"NDCG@10 of each model, best first, with its RMSE: {order}.")


def _label_points(ax, x: pd.Series, y: pd.Series, top: float) -> None:
    """Names beside their points, moved up where two would collide."""
    floor = -np.inf
    for name in y.sort_values().index:
        floor = max(y[name], floor + 0.055 * top)
        ax.text(x[name], floor, f"   {name}", fontsize=9, va="center")


def support_of_lists(lists: Mapping[str, np.ndarray], support: np.ndarray):
    """How many training ratings the movies in each model's lists have, on a log scale.

    lists: model → (n_users, k) movie indices. support: (n_movies,).
    """
    values = {name: support[ranked[ranked >= 0]] for name, ranked in lists.items()}
    values = dict(sorted(values.items(), key=lambda item: np.median(item[1])))
    fig, ax = figure(9, 1.2 + 0.45 * len(values))
    frame = pd.DataFrame(
        {
            "model": np.repeat(list(values), [len(v) for v in values.values()]),
            "support": np.concatenate(list(values.values())) + 1,
        }
    )
    sns.boxplot(
        frame, x="support", y="model", color="C0", whis=(5, 95), showfliers=False, width=0.6, ax=ax
    )
    ax.axvline(np.median(support) + 1, color=GREY, linestyle=":")
    ax.annotate(
        " median movie", (np.median(support) + 1, -0.45), fontsize=9, color="#555555", va="center"
    )
    ax.set(xscale="log", ylabel="", xlabel="training ratings of the listed movies (+1)")
    ax.xaxis.set_major_formatter(ScalarFormatter())
    ax.xaxis.set_minor_locator(NullLocator())
    ax.set_title("Who gets recommended: the known or the unknown?")
    medians = ", ".join(f"{name} {np.median(v):.0f}" for name, v in values.items())
    return show(fig, f"Box plots of the listed movies' training ratings. Medians: {medians}.")


def ndcg_by_support(table: pd.DataFrame):
    """NDCG@10 when movies with few training ratings are never listed, one line a model.

    table: index minimum support, one column a model.
    """
    fig, ax = figure(8.5, 4)
    x = np.arange(len(table))
    ends = {}
    for i, name in enumerate(table):
        ax.plot(x, table[name], marker=MARKERS[i % len(MARKERS)], markersize=5, color=f"C{i % 10}")
        ends[name] = (x[-1], table[name].iloc[-1], f"C{i % 10}")
    ax.set_xticks(x, table.index)
    ax.set_xlim(-0.2, len(x) * 1.12)
    ax.set_ylim(0, None)
    _label_line_ends(ax, ends)
    ax.set(
        xlabel="a movie needs at least this many training ratings to be listed",
        ylabel="NDCG@10",
        title="A little support goes a long way",
    )
    gains = ", ".join(
        f"{name} from {table[name].iloc[0]:.3f} to {table[name].max():.3f}" for name in table
    )
    return show(fig, f"NDCG@10 against the minimum support of listed movies: {gains}.")


def rmse_by_split(table: pd.DataFrame, names: Mapping[str, str]):
    """RMSE of each model under several splits, one line a model.

    table: index model, columns splits in order. names: split → words for the axis.
    """
    table = table[list(names)].dropna()
    fig, ax = figure(8.5, 4.2)
    x = np.arange(len(names))
    ends = {}
    for i, (model, row) in enumerate(table.iterrows()):
        ax.plot(x, row, marker=MARKERS[i % len(MARKERS)], color=f"C{i % 10}", linewidth=1.8)
        ends[f"{model} {row.iloc[-1]:.3f}"] = (x[-1], row.iloc[-1], f"C{i % 10}")
    ax.set_xticks(x, list(names.values()))
    ax.set_xlim(-0.15, x[-1] + 1.1)
    _label_line_ends(ax, ends)
    ax.set(ylabel="RMSE over all test ratings (stars)", title="The same models, another question")
    rows = "; ".join(
        f"{model} " + ", ".join(f"{value:.3f}" for value in row) for model, row in table.iterrows()
    )
    return show(fig, f"RMSE under {', '.join(names.values())}: {rows}.")


def error_correlation(table: pd.DataFrame):
    """Heat map of how the models' errors correlate."""
    n = len(table)
    fig, ax = figure(1.9 + 0.85 * n, 1.2 + 0.55 * n)
    hide = np.triu(np.ones((n, n), bool))
    low = table.to_numpy()[~hide].min()
    below = table.iloc[1:, :-1]
    sns.heatmap(
        below,
        mask=hide[1:, :-1],
        annot=True,
        fmt=".2f",
        cmap="crest",
        vmin=low,
        vmax=1,
        cbar=False,
        ax=ax,
    )
    ax.grid(visible=False)
    ax.tick_params(axis="x", rotation=30)
    ax.set_title("Wrong together, or each on their own?")
    flat = table.where(np.tri(n, k=-1, dtype=bool)).stack()
    (a, b), (c, d) = flat.idxmin(), flat.idxmax()
    return show(
        fig,
        f"Correlations of errors between {n} models, from {flat.min():.2f} ({a} and {b}) to "
        f"{flat.max():.2f} ({c} and {d}).",
    )


def fitted_on(table: pd.DataFrame, *, best: float, best_name: str):
    """Where blending weights were fitted: the RMSE promised there, and the one kept elsewhere.

    table: index where they were fitted; columns ``promised`` and ``kept`` (RMSE on ratings that had
    no say). best: RMSE of the best single model on the latter.
    """
    fig, ax = figure(8.5, 1.3 + 0.55 * len(table))
    place = np.arange(len(table))[::-1]
    for y, (_, row) in zip(place, table.iterrows(), strict=True):
        ax.plot([row["promised"], row["kept"]], [y, y], color=GREY, linewidth=1.5, zorder=1)
        for value, colour, marker, align in (
            (row["promised"], "C1", "D", -1),
            (row["kept"], "C0", "o", 1),
        ):
            ax.scatter(value, y, color=colour, marker=marker, s=60, zorder=3)
            side = align if row["promised"] <= row["kept"] else -align
            ax.annotate(
                f"{value:.3f}",
                (value, y),
                (8 * side, 0),
                textcoords="offset points",
                ha="left" if side > 0 else "right",
                va="center",
                fontsize=9,
                color=BROWN if colour == "C1" else colour,
            )
    ax.axvline(best, color="#555555", linestyle=":")
    ax.annotate(
        f" {best_name} alone", (best, len(table) - 0.55), fontsize=9, color="#555555", va="center"
    )
    ax.set_yticks(place, table.index)
    ax.set_ylim(-0.6, len(table) - 0.3)
    ax.margins(x=0.15)
    ax.grid(axis="y", visible=False)
    ax.set(
        xlabel="RMSE (stars): ◆ where the weights were fitted, ● on ratings that had no say",
        title="What a blend promises, and what it keeps",
    )
    rows = "; ".join(
        f"{name}: promised {r.promised:.3f}, kept {r.kept:.3f}" for name, r in table.iterrows()
    )
    return show(fig, f"{rows}. The best single model, {best_name}, scores {best:.3f}.")


def new_users(table: pd.DataFrame):
    """RMSE for users no model has seen, by how many of their ratings are folded in.

    table: index number of ratings, one column a model.
    """
    fig, ax = figure(8.5, 4)
    ends = {}
    for i, name in enumerate(table):
        ax.plot(table.index, table[name], marker=MARKERS[i % len(MARKERS)], color=f"C{i % 10}")
        ends[f"{name} {table[name].iloc[-1]:.3f}"] = (
            table.index[-1],
            table[name].iloc[-1],
            f"C{i % 10}",
        )
    ax.set_xticks(table.index)
    ax.set_xlim(table.index[0] - 0.5, table.index[-1] * 1.4)
    _label_line_ends(ax, ends)
    ax.set(
        xlabel="ratings folded in",
        ylabel="RMSE on their other ratings (stars)",
        title="How many ratings until it knows you?",
    )
    rows = ", ".join(
        f"{name} from {table[name].iloc[0]:.3f} to {table[name].iloc[-1]:.3f}" for name in table
    )
    return show(fig, f"RMSE of new users by the number of ratings folded in: {rows}.")


def every_model(table: pd.DataFrame):
    """All models of the course on one split: both RMSEs, the global one with its interval.

    table: index label; columns ``rmse``, ``rmse_low``, ``rmse_high``, ``per_user_rmse``, ``lesson``
    (two digits), ``seeds`` and ``published`` (True for a model of 2021).
    """
    table = table.sort_values("rmse", ascending=False)
    place = np.arange(len(table))
    fig, ax = figure(9, 1.3 + 0.33 * len(table))
    ax.hlines(place, table["rmse_low"], table["rmse_high"], color="C0", linewidth=3, alpha=0.3)
    for published, face in ((True, "white"), (False, "C0")):
        chosen = (table["published"] == published).to_numpy()
        ax.scatter(
            table["rmse"][chosen], place[chosen], s=50, facecolors=face, edgecolors="C0",
            linewidths=1.8, zorder=3,
        )  # fmt: skip
    ax.scatter(table["per_user_rmse"], place, marker="D", s=22, color="C1", zorder=2)
    for y, value in zip(place, table["rmse"], strict=True):
        ax.annotate(
            f"{value:.4f}",
            (value, y),
            (0, 6),
            textcoords="offset points",
            ha="center",
            fontsize=8,
            color="C0",
        )
    labels = [f"{label}  ({row.lesson})" for label, row in table.iterrows()]
    ax.set_yticks(place, labels, fontsize=9)
    ax.set_ylim(-0.6, len(table) - 0.2)
    ax.grid(axis="y", visible=False)
    ax.set(
        xlabel="stars: ● RMSE over all ratings, ○ the same, models of 2021, ◆ mean over users",
        title="Every model on the same test ratings (lesson in brackets)",
    )
    listing = ", ".join(f"{label} {row.rmse:.4f}" for label, row in table[::-1].iterrows())
    return show(fig, f"RMSE over all test ratings, best first: {listing}.")
