"""Figures of noise, of differences with their intervals, and of groups of users."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from course_utils.plots.kit import DIAMOND, DOT, Mark, dots, lines
from course_utils.plots.style import GREY, figure, panels, show

MARKS = (DOT, DIAMOND, Mark("■", "s", "C2"))


def noisy_rows(clean: np.ndarray, epochs: Mapping[str, np.ndarray], n: int = 40) -> Figure | None:
    """What an autoencoder reads of one user: the clean row, and two epochs of each kind of noise.

    clean: stars, 0 where unrated, shape (n_columns,). epochs: name → (2, n_columns). The first
    ``n`` columns are drawn; rated cells as ● or ▲, unrated ones as ·.
    """
    rated = clean[:n] != 0
    shown = {"the row itself": clean[None], **epochs}
    fig, axes = panels(len(shown), 9.5, 1.5 * len(shown), columns=1, sharex=True, sharey=True)
    for ax, (name, draws) in zip(axes, shown.items(), strict=True):
        ax.set_title(name)
        for i, draw in enumerate(draws[:2]):
            x = np.arange(len(rated)) + 0.16 * (2 * i - 1) * (len(draws) > 1)
            ax.vlines(x[rated], 0, draw[:n][rated], color=f"C{i}", linewidth=1.2, alpha=0.6)
            ax.scatter(x[rated], draw[:n][rated], color=f"C{i}", marker="o^"[i], s=24, zorder=3)
            ax.scatter(x[~rated], draw[:n][~rated], color=f"C{i}", marker=".", s=14, alpha=0.8)
        ax.axhline(0, color=GREY, linewidth=0.8)
        ax.grid(axis="x", visible=False)
    axes[-1].set_xlabel("movie (column of the row); ● one epoch, ▲ the next, · an unrated cell")
    axes[len(epochs) // 2].set_ylabel("stars in the input")
    spoken = "; ".join(
        f"{name}: unrated cells up to {np.abs(d[0][clean == 0]).max():.1f} stars, "
        f"epochs {'equal' if np.allclose(d[0], d[1]) else 'different'}"
        for name, d in epochs.items()
    )
    cells = f"{len(rated)} cells of one user's row, {rated.sum()} of them rated"
    return show(fig, f"{cells}, from {clean.min():.1f} to {clean.max():.1f}; with noise: {spoken}.")


def noise_by_factor(
    table: pd.DataFrame, ways: Mapping[str, Mapping[str, str]], *, plain: str = "plain"
) -> Figure | None:
    """RMSE against the noise factor: one line a way, a dot a seed; across, what no noise gives.

    table: rows of :func:`course_utils.protocol.results.load`. ways: title → {label: prefix of the
    models, which end in _1 to _5 for tenths}.
    """
    without = table.loc[table["model"] == plain, "rmse"]
    fig, axes = panels(len(ways), 10, 4, sharey=True)
    spoken = []
    for ax, (title, prefixes) in zip(axes, ways.items(), strict=True):
        ax.set(title=title, xlabel="noise factor (grey: seeds without noise)")
        ax.axhspan(without.min(), without.max(), color=GREY, alpha=0.25, linewidth=0)
        curves = {}
        for label, prefix in prefixes.items():
            part = table[table["model"].str.fullmatch(prefix + r"_\d")]
            curves[label] = part["rmse"].set_axis(part["model"].str[-1].astype(int) / 10)
        said = lines(ax, curves, across={"without noise": without.mean()}, text="{:.4f}")
        spoken.append(f"{title}: {said}")
    axes[0].set_ylabel("test RMSE over all ratings (stars)")
    return show(fig, f"Test RMSE by noise factor. {'. '.join(spoken)}.")


def differences_by_quarter(
    table: pd.DataFrame, models: Sequence[str], title: str, *, looks: int = 1
) -> Figure | None:
    """What people's own features change against somebody else's, for four quarters of the users.

    table: rows of :func:`course_utils.protocol.results.load` with ``q1_difference``,
    ``q1_difference_low`` and so on, of the users with the fewest training ratings first; several
    seeds are averaged. looks: for how many intervals side by side these were widened.
    """
    quarters = ("fewest ratings", "second quarter", "third quarter", "most ratings")
    found = {
        (name, model): _measured(table, model, f"q{q}_")
        for q, name in enumerate(quarters, 1)
        for model in models
    }
    than = "the same network with shuffled people"
    return _differences(found, title, than, f"widened for {looks} looks, " * (looks > 1))


def differences_of_groups(
    table: pd.DataFrame, groups: Mapping[str, str], title: str
) -> Figure | None:
    """Networks of a group beside everybody's network, on the group's test ratings.

    table: as for :func:`differences_by_quarter`. groups: name in the results → label.
    """
    kinds = {
        "from scratch": "group_{}_alone",
        "fine-tuned, untouched may win": "group_{}_tuned",
        "random users with as many ratings, from scratch": "group_random_{}_alone",
    }
    found = {
        (label, kind): _measured(table, model.format(key))
        for key, label in groups.items()
        for kind, model in kinds.items()
    }
    return _differences(found, title, "everybody's network on the same users")


def _measured(table: pd.DataFrame, model: str, prefix: str = "") -> pd.Series:
    """A difference and the ends of its interval over users, means over seeds."""
    names = {f"{prefix}difference{end}": end for end in ("", "_low", "_high")}
    return table.loc[table["model"] == model, list(names)].mean().rename(names)


def _differences(
    found: Mapping[tuple[str, str], pd.Series], title: str, than: str, bars: str = ""
) -> Figure | None:
    """found: (row, kind) → the difference and its interval; left of 0 is better."""
    table = pd.DataFrame(found).T
    order = {level: list(dict.fromkeys(key[level] for key in found)) for level in (0, 1)}
    wide = {end: table[end].unstack().loc[order[0], order[1]] for end in table}
    fig, ax = figure(9.5, 1.8 + 0.3 * len(found))
    ax.set_title(title)
    ax.axvline(0, color="black", linestyle="--", linewidth=1)
    intervals = {kind: (wide["_low"][kind], wide["_high"][kind]) for kind in order[1]}
    unit = (
        f"← better · RMSE minus RMSE of {than} (stars) · worse →\n"
        f"(intervals: {bars}other users, the same trainings)"
    )
    said = dots(ax, wide[""], unit, marks=MARKS, intervals=intervals, apart=True, text="{:+.4f}")
    return show(fig, f"RMSE minus RMSE of {than}: {said}.")


def same_person_other_age(stars: pd.DataFrame) -> Figure | None:
    """Predicted stars for somebody who has rated nothing, by age group.

    stars: one line a movie (its title as index), one column an age group. Colours and numbers show
    the difference from the mean over groups.
    """
    from seaborn import heatmap

    change = stars.sub(stars.mean(axis=1), axis=0)
    limit = float(np.abs(change.to_numpy()).max())
    fig, ax = figure(9, 1.5 + 0.33 * len(stars))
    look = {"cmap": "vlag", "vmin": -limit, "vmax": limit, "annot": True, "fmt": "+.2f"}
    words = {"annot_kws": {"fontsize": 9}, "cbar_kws": {"label": "stars above the mean"}}
    heatmap(change, ax=ax, **look, **words)
    title = f"The same blank profile, at {len(stars.columns)} ages"
    ax.set(xlabel="age group", ylabel="", title=title)
    ax.tick_params(axis="y", rotation=0)
    ends = change.iloc[:, -1] - change.iloc[:, 0]
    up, down = ends.idxmax(), ends.idxmin()
    return show(
        fig,
        f"Heat map of {len(stars)} movies by age group. From {stars.columns[0]} to "
        f"{stars.columns[-1]}, {up} changes by {ends[up]:+.2f} stars and {down} by "
        f"{ends[down]:+.2f}.",
    )
