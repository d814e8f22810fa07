"""Figures of sequences: windows and their leak, what a factor is worth, where attention looks."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from course_utils.models.transformer import LookBack, attention_to_past
from course_utils.plots.style import GREY, figure, show
from course_utils.protocol.training import Fitted
from course_utils.tasks.windows import Windows

__all__ = [
    "attention",
    "causal_mask",
    "collapse",
    "factors",
    "forgetting",
    "windows_of_user",
]


def windows_of_user(windows: Windows, user: int, most: int = 24):
    """One user's first ratings, and each window over them: inputs, targets, and what leaks."""
    users = windows.ratings["user"].to_numpy()
    first, count = np.searchsorted(users, user), int((users == user).sum())
    shown = min(count, most)
    rows = [
        (row - first, kind)
        for kind, part in (("training", windows.train), ("test", windows.test))
        for row in part
        if users[row[-1]] == user and (row - first).max() < shown
    ]
    rows.sort(key=lambda row: (row[0][0], row[1]))
    test_targets = {row[-1] for row, kind in rows if kind == "test"}
    fig, ax = figure(10, 1.3 + 0.3 * len(rows))
    leaks = twins = 0
    seen = []
    for y, (row, kind) in enumerate(rows):
        colour = "C0" if kind == "training" else "C1"
        ax.hlines(-y, row[0], row[-1], color=colour, linewidth=2, alpha=0.5)
        ax.scatter(
            row[:-1], [-y] * (len(row) - 1), s=50, color="white", edgecolors=colour, zorder=3
        )
        ax.scatter(
            row[-1], -y, s=75, marker="o" if kind == "training" else "s", color=colour, zorder=3
        )
        leaked = [c for c in row[:-1] if kind == "training" and c in test_targets]
        ax.scatter(
            leaked, [-y] * len(leaked), s=70, marker="x", color="C3", linewidth=2.5, zorder=4
        )
        leaks += len(leaked)
        if row.tolist() in seen:
            twins += 1
            ax.annotate(
                "the same again", (row[-1], -y), (10, -4), textcoords="offset points", fontsize=9
            )
        seen.append(row.tolist())
    ax.set_yticks([])
    ax.set_ylim(-len(rows) + 0.3, 0.9)
    ax.set_xticks(range(0, shown, 2), range(1, shown + 1, 2))
    ax.set(
        xlabel="a user's ratings in time order\n"
        "● target of a training window   ■ target of a test window   ○ input   ✕ input whose "
        "stars are to be predicted",
        title="Windows of four, two apart, divided at random",
    )
    return show(
        fig,
        f"{len(rows)} windows of one user, each four ratings long and two after the one before; "
        f"{len(test_targets)} are test windows. In {leaks} places a training window has a test "
        f"target among its inputs. {twins} window occurs twice.",
    )


def causal_mask(mask: np.ndarray):
    """Which rating may look at which: rows are predicted, columns looked at."""
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
    ax.set(
        xlabel="rating looked at (●)", ylabel="rating predicted (?)", title="Only what came before"
    )
    return show(
        fig,
        f"A {n} × {n} grid. Row t marks the ratings that may be looked at when rating t is "
        f"predicted: {int(mask.sum())} cells below the diagonal, none on or above it.",
    )


def factors(table: pd.DataFrame, names: Mapping[str, str], baseline: str, *, title: str):
    """What changing one factor does: test RMSE minus the baseline's, each seed and their mean.

    table: rows with ``model``, ``seed`` and ``rmse``. names: model → label, from top to bottom.
    The bar is the mean's 95 % t interval over seeds.
    """
    from scipy import stats

    by_seed = table.pivot(index="seed", columns="model", values="rmse")
    place = np.arange(len(names))[::-1]
    fig, ax = figure(9, 1.4 + 0.42 * len(names))
    listing = []
    for y, (model, label) in zip(place, names.items(), strict=True):
        change = (by_seed[model] - by_seed[baseline]).dropna()
        mean, verdict = change.mean(), "one seed"
        if len(change) > 1:
            half = stats.t.ppf(0.975, len(change) - 1) * change.std() / np.sqrt(len(change))
            ax.hlines(y, mean - half, mean + half, color="C0", linewidth=7, alpha=0.25)
            verdict = "" if abs(mean) > half else "≈ 0"
        ax.plot([mean] * 2, [y - 0.3, y + 0.3], color="C0", linewidth=3)
        ax.scatter(change, np.full(len(change), y), color="C1", s=24, zorder=3)
        told = {"": "", "≈ 0": " (includes 0)", "one seed": " (one seed)"}[verdict]
        listing.append(f"{label} {mean:+.4f}{told}")
        ax.annotate(
            f"{mean:+.4f}  {verdict}",
            (1.01, y),
            xycoords=("axes fraction", "data"),
            va="center",
            fontsize=9,
        )
    ax.axvline(0, color=GREY, linestyle="--")
    ax.set_yticks(place, list(names.values()))
    ax.grid(axis="y", visible=False)
    ax.set_ylim(-0.7, len(names) - 0.3)
    ax.set(
        xlabel="← better · change of test RMSE (stars) · worse →\n● a seed, ┃ mean, band: 95 % "
        "interval over seeds, ≈ 0: it includes 0",
        title=title,
    )
    return show(fig, f"Change of test RMSE against the baseline: {'; '.join(listing)}.")


def collapse(table: pd.DataFrame, names: Mapping[str, str], mean_rmse: float):
    """Deep stacks: how far predictions spread, and the RMSE, each seed a dot.

    table: rows with ``model``, ``rmse``, ``prediction_sd``. mean_rmse: of always saying the mean.
    """
    fig, axes = figure(9, 1.6 + 0.5 * len(names), columns=2, sharey=True)
    place = np.arange(len(names))[::-1]
    words = []
    for y, (model, label) in zip(place, names.items(), strict=True):
        rows = table[table["model"] == model]
        for ax, column in zip(axes, ("prediction_sd", "rmse"), strict=True):
            ax.scatter(rows[column], [y] * len(rows), color="C1", s=30, zorder=3)
            ax.plot([rows[column].mean()] * 2, [y - 0.25, y + 0.25], color="C0", linewidth=3)
            ax.annotate(
                f"{rows[column].mean():.3f}",
                (rows[column].mean(), y + 0.27),
                ha="center",
                va="bottom",
                fontsize=9,
            )
        words.append(
            f"{label}: predictions spread by {rows['prediction_sd'].mean():.3f} stars, RMSE "
            f"{rows['rmse'].mean():.3f}"
        )
    axes[0].set_yticks(place, list(names.values()))
    axes[0].set_ylim(-0.5, len(names) - 0.2)
    axes[0].set_xlim(left=0)
    axes[0].margins(x=0.1)
    axes[1].margins(x=0.15)
    axes[0].set(xlabel="spread of predictions (standard deviation, stars)", title="Do they differ?")
    axes[1].axvline(mean_rmse, color=GREY, linestyle=":")
    axes[1].set(xlabel="test RMSE (stars); dotted: always the mean", title="Do they help?")
    for ax in axes:
        ax.grid(axis="y", visible=False)
    return show(fig, f"{'; '.join(words)}. Always saying the mean has {mean_rmse:.3f}.")


def attention(
    fitted: Fitted, titles: Sequence[str], questions: Sequence[tuple[int, int]], most: int = 8
):
    """Where the model looks for (user, movie) questions: the past ratings with the most weight.

    titles: of each movie index. Weights are the mean over heads; the number behind a title says how
    far the user's rating was above (▲) or below (▼) the movie's level, in stars.
    """
    data = fitted.task.data
    fig, axes = figure(
        5.2 * len(questions), 0.9 + 0.36 * most, columns=len(questions), squeeze=False
    )
    words = []
    for ax, (user, movie) in zip(axes[0], questions, strict=True):
        known = np.diff(data.first)[user]
        last = data.first[user] + known - 1
        x = data.batch(
            np.array([user]), np.array([[movie]]), np.array([[known]]), data.day[[[last]]]
        )
        weight = attention_to_past(fitted.model, x)[0, :, 0].mean(0)
        top = np.argsort(-weight)[:most]
        place = np.arange(len(top))[::-1]
        value, past = x["past_value"][0, top], x["past_movie"][0, top]
        colours = ["C0" if v >= 0 else "C1" for v in value]
        ax.barh(place, weight[top], color=colours, alpha=0.85)
        labels = [
            f"{_short(titles[m])} {'▲' if v >= 0 else '▼'}{abs(v):.1f}"
            for m, v in zip(past, value, strict=True)
        ]
        ax.set_yticks(place, labels, fontsize=9)
        ax.grid(axis="y", visible=False)
        ax.set_title(f"asked: {_short(titles[movie], 30)}", fontsize=11)
        ax.set_xlabel(f"weight; {1 - weight.sum():.0%} looks at nothing")
        words.append(
            f"asked about {titles[movie]}, user {user} is read from " + ", ".join(labels[:3])
        )
    return show(fig, f"Bars of attention weights. {'; '.join(words)}.")


def forgetting(fitted: Fitted):
    """How much weight a head takes from a past rating for being far away, all else equal."""
    look = [layer for layer in fitted.model.layers if isinstance(layer, LookBack)][-1]
    slopes = [np.asarray(slope).ravel() for slope in look.slopes]
    axes_of = [
        ("hours since the rating", np.array([0, 0.1, 1, 24, 24 * 7, 24 * 30, 24 * 365])),
        ("ratings since", np.array([1, 2, 5, 10, 20, 50])),
    ][: len(slopes)]
    fig, axes = figure(9, 3.4, columns=len(slopes), sharey=True, squeeze=False)
    words = []
    for ax, (label, far), slope in zip(axes[0], axes_of, slopes, strict=True):
        for head, s in enumerate(slope):
            factor = (1.0 + far) ** -s
            ax.plot(
                range(len(far)),
                factor / factor[0],
                marker="osD^"[head % 4],
                label=f"head {head + 1}",
            )
            words.append(f"head {head + 1}: {factor[-1] / factor[0]:.2f} at {far[-1]:g} {label}")
        ax.set_xticks(range(len(far)), [f"{f:g}" for f in far])
        ax.set_ylim(bottom=0)
        ax.set(xlabel=label)
    axes[0][0].set(ylabel="weight against the nearest", title="How fast a head forgets")
    axes[0][0].legend(frameon=False)
    return show(fig, f"Lines of relative attention weight by distance. {'; '.join(words)}.")


def _short(title: str, most: int = 24) -> str:
    return title if len(title) <= most else title[: most - 1] + "…"
