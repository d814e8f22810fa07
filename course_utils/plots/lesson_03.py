"""Figures of sequences: windows and their leak, what a factor is worth, where attention looks."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from course_utils.plots.kit import bars, ladder, lines
from course_utils.plots.style import figure, panels, show

if TYPE_CHECKING:
    from course_utils.protocol.training import Fitted
    from course_utils.tasks.windows import Windows


def windows_of_user(windows: "Windows", user: int, most: int = 24) -> Figure | None:
    """One user's first ``most`` ratings, and each window over them: inputs, targets, what leaks.

    user: an index of ``windows.ratings["user"]``.
    """
    users = windows.ratings["user"].to_numpy()
    first, shown = np.searchsorted(users, user), min(int((users == user).sum()), most)
    parts = {"training": windows.train, "test": windows.test}
    rows = [
        ([int(cell - first) for cell in row], kind)
        for kind, part in parts.items()
        for row in part
        if users[row[-1]] == user and row.max() - first < shown
    ]
    rows.sort(key=lambda row: (row[0][0], row[1]))
    targets = {row[-1] for row, kind in rows if kind == "test"}
    fig, ax = figure(10, 1.3 + 0.3 * len(rows))
    leaks, twins = 0, 0
    for y, (row, kind) in enumerate(rows):
        colour, marker = ("C0", "o") if kind == "training" else ("C1", "s")
        ax.hlines(y, row[0], row[-1], color=colour, linewidth=2, alpha=0.5)
        ax.scatter(row[:-1], [y] * len(row[:-1]), s=50, color="white", edgecolors=colour, zorder=3)
        ax.scatter(row[-1], y, s=75, marker=marker, color=colour, zorder=3)
        leaked = [cell for cell in row[:-1] if kind == "training" and cell in targets]
        look = {"s": 70, "marker": "x", "color": "black", "linewidth": 2.5, "zorder": 4}
        ax.scatter(leaked, [y] * len(leaked), **look)
        leaks += len(leaked)
        if row in [other for other, _ in rows[:y]]:
            twins += 1
            ax.annotate("the same again", (1, y), xycoords=("axes fraction", "data"), va="center")
    ax.set(yticks=[], ylim=(len(rows) - 0.3, -0.9))
    ax.set_xticks(range(0, shown, 2), range(1, shown + 1, 2))
    ax.set_xlabel(
        "a user's ratings in time order\n● target of a training window   ■ target of a test window"
        "   ○ input   ✕ input whose stars are to be predicted"
    )
    starts = np.unique([row[0] for row, _ in rows])
    apart = f"{np.median(np.diff(starts)):g} apart" if len(starts) > 1 else "one"
    ax.set_title(f"Windows of {len(rows[0][0])}, {apart}")
    return show(
        fig,
        f"{len(rows)} windows of one user, each {len(rows[0][0])} ratings long, {apart}; "
        f"{sum(kind == 'test' for _, kind in rows)} are test windows. Training windows "
        f"have a test target among their inputs {leaks} times; {twins} windows repeat another.",
    )


def causal_mask(mask: np.ndarray) -> Figure | None:
    """Which rating may look at which: rows are predicted, columns looked at. mask: (n, n), bool."""
    mask = np.asarray(mask, bool)
    n = len(mask)
    fig, ax = figure(4.8, 4.4)
    ax.imshow(mask, cmap="Blues", vmin=0, vmax=1.6, aspect="equal")
    for t in range(n):
        ax.text(t, t, "?", ha="center", va="center", color="#555555", weight="bold")
        for s in np.flatnonzero(mask[t]):
            ax.text(s, t, "●", ha="center", va="center", color="#08306b", fontsize=8)
    ax.set_xticks(range(n), range(1, n + 1))
    ax.set_yticks(range(n), range(1, n + 1))
    ax.grid(visible=False)
    later = int(np.triu(mask).sum())
    ax.set(xlabel="rating looked at (●)", ylabel="rating predicted (?)")
    ax.set_title("Only what came before" if later == 0 else f"{later} looks at itself or ahead")
    return show(
        fig,
        f"A {n} × {n} grid. Row t marks the ratings that may be looked at when rating t is "
        f"predicted: {mask.sum() - later} cells below the diagonal, {later} on or above it.",
    )


def factors(
    table: pd.DataFrame, names: Mapping[str, str], baseline: str, *, title: str
) -> Figure | None:
    """What another setting does: test RMSE minus the baseline's, each seed and their mean.

    table: rows with ``model``, ``seed`` and ``rmse``. names: model → label, from top to bottom.
    baseline: the model that the others are compared with, seed by seed.
    """
    by_seed = table.pivot(index="seed", columns="model", values="rmse")
    changes = by_seed.sub(by_seed[baseline], axis=0)
    runs = {label: changes[model].dropna() for model, label in names.items()}
    fig, ax = figure(9, 1.6 + 0.36 * len(names))
    ax.set_title(title)
    ax.axvline(0, color="black", linestyle="--", linewidth=1)
    unit = "← better · change of test RMSE (stars) · worse →"
    said = ladder(ax, runs, unit, interval=True, text="{:+.4f}")
    return show(fig, f"Change of test RMSE against the baseline, in stars: {said}.")


def collapse(table: pd.DataFrame, names: Mapping[str, str], mean_rmse: float) -> Figure | None:
    """Deep stacks: how far predictions spread, and the RMSE, each seed a dot, both in stars.

    table: rows with ``model``, ``rmse``, ``prediction_sd``. mean_rmse: of always saying the mean.
    """
    fig, (left, right) = panels(2, 10, 1.8 + 0.4 * len(names), sharey=True)
    left.set_title("Do the predictions differ?")
    right.set_title("Do they help?")
    found = {label: table[table["model"] == model] for model, label in names.items()}
    spread = {label: rows["prediction_sd"] for label, rows in found.items()}
    errors = {label: rows["rmse"] for label, rows in found.items()}
    wide = ladder(left, spread, "standard deviation of the predictions (stars)")
    near = ladder(right, errors, "test RMSE (stars)", line=("always the mean", mean_rmse))
    left.set_xlim(left=0)
    return show(fig, f"Standard deviation of predictions: {wide}. Test RMSE: {near}.")


def attention(
    fitted: "Fitted", titles: Sequence[str], questions: Sequence[tuple[int, int]], most: int = 8
) -> Figure | None:
    """Where the model looks for (user, movie) questions: the past ratings with the most weight.

    titles: of each movie index. Weights are the mean over heads; the number behind a title says how
    far the user's rating was above (▲) or below (▼) the movie's level, in stars.
    """
    from course_utils.models.transformer import attention_to_past
    from course_utils.tasks.histories import HistoryTask

    if not isinstance(fitted.task, HistoryTask):
        raise TypeError(f"fitted.task is a {type(fitted.task).__name__}: train on a history_task")
    data = fitted.task.data
    fig, axes = panels(len(questions), 4.6 * len(questions), 0.9 + 0.36 * most)
    words = []
    for ax, (user, movie) in zip(axes, questions, strict=True):
        known = np.diff(data.first)[user]
        last = data.first[user] + known - 1
        one = np.array([[movie]]), np.array([[known]]), data.day[[[last]]]
        x = data.batch(np.array([user]), *one)
        weight = attention_to_past(fitted.model, x)[0, :, 0].mean(0)
        top = np.argsort(-weight)[:most]
        value, past = x["past_value"][0, top], x["past_movie"][0, top]
        labels = [
            f"{_short(titles[m])} {'▲' if v >= 0 else '▼'}{abs(v):.1f}"
            for m, v in zip(past, value, strict=True)
        ]
        colours = ["C0" if v >= 0 else "C1" for v in value]
        said = bars(ax, pd.Series(weight[top], labels), "{:.3f}", colour=colours)
        ax.set_title(f"asked: {_short(titles[movie], 30)}", fontsize=11)
        ax.set_xlabel(f"weight; {1 - weight.sum():.0%} looks at nothing")
        words.append(f"asked about {titles[movie]}, user {user} is read from {said}")
    return show(fig, f"Bars of attention weights. {'; '.join(words)}.")


def forgetting(fitted: "Fitted") -> Figure | None:
    """How much weight a head takes from a past rating for being far away, all else equal."""
    from course_utils.models.transformer import LookBack

    look = [layer for layer in fitted.model.layers if isinstance(layer, LookBack)][-1]
    distances = {
        "hours since the rating": np.array([0, 1, 4, 24, 24 * 7, 24 * 30, 24 * 365]),
        "ratings since": np.array([1, 2, 5, 10, 20, 50]),
    }
    fig, axes = panels(len(look.slopes), 10, 3.4, sharey=True)
    words = []
    for ax, (label, far), slopes in zip(axes, distances.items(), look.slopes, strict=False):
        ax.set(xlabel=label)
        heads = {
            f"head {head}": pd.Series((1.0 + far) ** -s / (1.0 + far[0]) ** -s, far)
            for head, s in enumerate(np.asarray(slopes).ravel(), 1)
        }
        said = lines(ax, heads, places=list(far), text="{:.2f}")
        words.append(f"{label}: {said}")
    axes[0].set(
        ylabel="weight against the nearest", title="How fast a head forgets", ylim=(0, None)
    )
    return show(fig, f"Attention weight by distance, 1 for the nearest. {'. '.join(words)}.")


def _short(title: str, most: int = 24) -> str:
    return title if len(title) <= most else title[: most - 1] + "…"
