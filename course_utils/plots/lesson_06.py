"""Figures of noise, of differences with their intervals, of new users and of groups of users."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import seaborn as sns

from course_utils.plots.style import GREY, figure, show

__all__ = [
    "differences",
    "differences_by_quarter",
    "differences_of_groups",
    "noise_by_factor",
    "noisy_rows",
    "same_person_other_age",
    "shown_ratings",
]

MARKS = "osD^vPX"


def noisy_rows(clean: np.ndarray, epochs: Mapping[str, np.ndarray], n: int = 40):
    """What an autoencoder reads of one user: the clean row, and two epochs of each kind of noise.

    clean: stars, 0 where unrated, shape (n_columns,). epochs: name → (2, n_columns). The first
    ``n`` columns are drawn; rated cells as ●, unrated ones as ·.
    """
    rated = clean[:n] != 0
    fig, axes = figure(9.5, 1.4 + 1.5 * len(epochs), rows=1 + len(epochs), sharex=True, sharey=True)
    _cells(axes[0], clean[:n], rated, "C0", MARKS[0], "")
    axes[0].set_title("the row itself")
    for ax, (name, draws) in zip(axes[1:], epochs.items(), strict=True):
        for i, draw in enumerate(draws[:2]):
            _cells(ax, draw[:n], rated, f"C{i}", "o^"[i], f"epoch {i + 1}", 0.16 * (2 * i - 1))
        ax.set_title(name)
    axes[1].legend(ncols=2, loc="upper right", fontsize=8, framealpha=0.9)
    axes[-1].set_xlabel("movie (column of the row)")
    axes[len(epochs) // 2].set_ylabel("stars in the input")
    spoken = "; ".join(
        f"{name}: unrated cells up to {np.abs(d[0][clean == 0]).max():.1f} stars, "
        f"epochs {'equal' if np.allclose(d[0], d[1]) else 'different'}"
        for name, d in epochs.items()
    )
    return show(
        fig, f"{n} cells of one user's row, {rated.sum()} of them rated; with noise: {spoken}."
    )


def _cells(ax, values, rated, colour, mark, label, shift=0.0) -> None:
    x = np.arange(len(values)) + shift
    ax.vlines(x[rated], 0, values[rated], color=colour, linewidth=1.2, alpha=0.6)
    ax.scatter(x[rated], values[rated], color=colour, marker=mark, s=24, label=label, zorder=3)
    ax.scatter(x[~rated], values[~rated], color=colour, marker=".", s=14, alpha=0.8)
    ax.axhline(0, color=GREY, linewidth=0.8)
    ax.grid(axis="x", visible=False)


def noise_by_factor(
    table: pd.DataFrame, panels: Mapping[str, Mapping[str, str]], *, plain: str = "plain"
):
    """RMSE against the noise factor: one line a way, a dot a seed; across, what no noise gives.

    table: rows of :func:`course_utils.protocol.results.load`. panels: title → {label: prefix of the models,
    which end in _1 to _5 for tenths}.
    """
    without = table.loc[table["model"] == plain, "rmse"]
    fig, axes = figure(9.5, 4, columns=len(panels), sharey=True, squeeze=False)
    spoken = []
    for ax, (title, ways) in zip(axes[0], panels.items(), strict=True):
        low, high, mean = without.min(), without.max(), without.mean()
        ax.axhspan(low, high, color=GREY, alpha=0.25, linewidth=0)
        ax.axhline(mean, color=GREY, linestyle=":")
        ax.annotate(
            f"without noise {mean:.4f}", (0.57, mean), (0, 4), ha="right", fontsize=8.5,
            textcoords="offset points", color="#444444",
        )  # fmt: skip
        for i, (label, prefix) in enumerate(ways.items()):
            part = table[table["model"].str.fullmatch(prefix + r"_\d")]
            factor = part["model"].str[-1].astype(int) / 10
            means = part["rmse"].groupby(factor).mean()
            look = {"color": f"C{i}", "marker": MARKS[i]}
            ax.scatter(factor + 0.006 * (2 * i - 1), part["rmse"], s=16, alpha=0.7, **look)
            ax.plot(means.index, means, linewidth=2, markersize=7, label=label, **look)
            listing = ", ".join(f"{m:.4f} at {f:g}" for f, m in means.items())
            spoken.append(f"{title}, {label}: {listing}")
        ax.set(title=title, xlabel="noise factor", xlim=(0.05, 0.58))
        ax.legend(fontsize=8.5, loc="upper left")
    axes[0, 0].set_ylabel("test RMSE over all ratings (stars)")
    listing = "; ".join(spoken)
    return show(fig, f"Test RMSE by noise factor; without noise {mean:.4f}. {listing}.")


def differences(table: pd.DataFrame, title: str, *, than: str = "0"):
    """Differences of RMSE with their 95 % intervals; left of 0 is better.

    table: columns ``label``, ``difference``, ``low``, ``high``, top line first, and perhaps
    ``kind``, which gets a colour and a mark of its own. than: what they are compared with.
    """
    kinds = list(dict.fromkeys(table["kind"])) if "kind" in table else [""]
    groups = list(dict.fromkeys(table["label"]))
    fig, ax = figure(9, 1.6 + 0.3 * len(table) + 0.15 * len(groups))
    place, ticks = 0.0, []
    for group in groups:
        mine = table[table["label"] == group]
        ticks.append(place - 0.5 * (len(mine) - 1))
        for line in mine.itertuples():
            i = kinds.index(getattr(line, "kind", ""))
            ax.hlines(place, line.low, line.high, color=f"C{i}", linewidth=3, alpha=0.45)
            ax.scatter(line.difference, place, color=f"C{i}", marker=MARKS[i], s=45, zorder=3)
            ax.annotate(
                f"{line.difference:+.4f}", (line.high, place), (6, 0), va="center", fontsize=8.5,
                textcoords="offset points", bbox={"fc": "white", "ec": "none", "pad": 0.4},
            )  # fmt: skip
            place -= 1
        place -= 0.5
    ax.axvline(0, color=GREY, linestyle="--")
    ax.set_yticks(ticks, groups)
    ax.margins(x=0.15)
    ax.set_ylim(place + 0.7, 0.8)
    ax.grid(axis="y", visible=False)
    ax.set(xlabel=f"RMSE minus RMSE of {than} (stars, 95 % interval); left is better", title=title)
    if kinds != [""]:
        for i, kind in enumerate(kinds):
            ax.scatter([], [], color=f"C{i}", marker=MARKS[i], label=kind)
        fig.legend(fontsize=9, loc="outside lower center", ncols=len(kinds), frameon=False)
    spoken = "; ".join(
        f"{line.label} {getattr(line, 'kind', '')} {line.difference:+.4f} ({line.low:+.4f} to "
        f"{line.high:+.4f})".replace("  ", " ")
        for line in table.itertuples()
    )
    return show(fig, f"Differences of RMSE to {than} with intervals: {spoken}.")


def differences_by_quarter(table: pd.DataFrame, models: Sequence[str], title: str):
    """What features change for users with few and with many training ratings.

    table: rows of :func:`course_utils.protocol.results.load` with ``q1_difference``, ``q1_difference_low``
    and so on; several seeds are averaged.
    """
    lines = []
    names = ("fewest ratings", "second quarter", "third quarter", "most ratings")
    for q, name in enumerate(names, 1):
        for model in models:
            lines.append((name, model, *_measured(table, model, f"q{q}_")))
    return differences(_lines(lines), title, than="the network without features")


def differences_of_groups(table: pd.DataFrame, groups: Mapping[str, str], title: str):
    """Networks of a group beside everybody's network, on the group's test ratings.

    table: as for :func:`differences_by_quarter`. groups: name in the results → label.
    """
    kinds = {
        "from scratch": "group_{}_alone",
        "fine-tuned": "group_{}_tuned",
        "as many users at random, from scratch": "group_random_{}_alone",
    }
    lines = [
        (label, kind, *_measured(table, model.format(key)))
        for key, label in groups.items()
        for kind, model in kinds.items()
    ]
    return differences(_lines(lines), title, than="the full network on the same users")


def _measured(table: pd.DataFrame, model: str, prefix: str = "") -> tuple[float, float, float]:
    """(difference, low, high), means over seeds."""
    names = [f"{prefix}difference{end}" for end in ("", "_low", "_high")]
    return tuple(table.loc[table["model"] == model, names].mean())


def _lines(lines: list[tuple]) -> pd.DataFrame:
    return pd.DataFrame(lines, columns=["label", "kind", "difference", "low", "high"])


def shown_ratings(
    curves: Mapping[str, Mapping[int, float | Sequence[float]]], *, top: float | None = None
):
    """RMSE of new users against how many of their ratings were shown, one line a model.

    curves: name → {number shown: RMSE, or RMSEs of several seeds}. top: cut the axis there.
    """
    fig, ax = figure(9, 4.2)
    shown = sorted({k for curve in curves.values() for k in curve})
    ends, spoken = [], []
    for i, (name, curve) in enumerate(curves.items()):
        values = [np.atleast_1d(curve[k]) for k in shown]
        means = [v.mean() for v in values]
        look = {"color": f"C{i}", "marker": MARKS[i]}
        ax.plot(range(len(shown)), means, linewidth=2, markersize=6, **look)
        ends.append((name, means, look["color"]))
        listing = ", ".join(f"{m:.3f} after {k}" for k, m in zip(shown, means, strict=True))
        spoken.append(f"{name}: {listing}")
    low = min(min(means) for _, means, _ in ends)
    high = top or max(max(means) for _, means, _ in ends)
    pad = 0.06 * (high - low)
    ax.set_ylim(low - pad, high + pad)
    gap, floor = 0.065 * (high - low), -np.inf
    for name, means, colour in sorted(ends, key=lambda end: end[1][-1]):
        floor = max(min(means[-1], high), floor + gap)
        ax.annotate(name, (len(shown) - 1, floor), (9, 0), textcoords="offset points",
                    color=colour, va="center", weight="bold", fontsize=9)  # fmt: skip
    ax.set_xlim(-0.3, len(shown) + 1.2)
    ax.set_xticks(range(len(shown)), shown)
    ax.set(xlabel="ratings of the new user that the model has seen", ylabel="test RMSE (stars)")
    ax.set_title("What each rating of a new user brings")
    return show(fig, f"Test RMSE of new users by number of ratings shown. {'; '.join(spoken)}.")


def same_person_other_age(stars: pd.DataFrame):
    """Predicted stars for somebody who has rated nothing, by age group.

    stars: one line a movie (its title as index), one column an age group. Colours and numbers show
    the difference from the mean over groups.
    """
    change = stars.sub(stars.mean(axis=1), axis=0)
    fig, ax = figure(9, 1.5 + 0.33 * len(stars))
    limit = float(np.abs(change.to_numpy()).max())
    sns.heatmap(
        change, cmap="vlag", center=0, vmin=-limit, vmax=limit, annot=True, fmt="+.2f", ax=ax,
        annot_kws={"fontsize": 8}, cbar_kws={"label": "stars above the mean"},
    )  # fmt: skip
    ax.set(xlabel="age group", ylabel="", title="The same blank profile, at seven ages")
    ax.tick_params(axis="y", rotation=0)
    ends = change.iloc[:, -1] - change.iloc[:, 0]
    up, down = ends.idxmax(), ends.idxmin()
    return show(
        fig,
        f"Heat map of {len(stars)} movies by age group. From {stars.columns[0]} to "
        f"{stars.columns[-1]}, {up} gains {ends[up]:+.2f} stars and {down} {ends[down]:+.2f}.",
    )
