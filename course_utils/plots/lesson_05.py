"""Figures of deep networks: two metrics, parts of a loss, signals, what was learned by heart."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from course_utils.plots import labels
from course_utils.plots.kit import BAR, DIAMOND, DOT, HOLLOW_DIAMOND, RING, dots, lines
from course_utils.plots.style import GREY, figure, numbers, panels, show

if TYPE_CHECKING:
    from course_utils.recommend.lists import LikeAccuracy


def two_metrics(
    table: pd.DataFrame, names: Mapping[str, str], reported: Mapping[str, tuple[float, str]]
) -> Figure | None:
    """Both RMSEs of each model, and what was published of it, on one axis, in stars.

    table: rows of :func:`course_utils.protocol.results.load`; the mean over seeds is shown. names:
    model → label, from top to bottom. reported: label → (published value, "global" or "per user").
    """
    means = table.groupby("model")[["rmse", "per_user_rmse"]].mean().loc[list(names)]
    means = means.set_axis(["over all ratings", "mean of per-user RMSE"], axis=1)
    means.index = list(names.values())
    for metric in ("global", "per user"):
        of_metric = {label: value for label, (value, m) in reported.items() if m == metric}
        means[f"published ({metric})"] = pd.Series(of_metric, dtype=float)
    fig, ax = figure(9.5, 1.6 + 0.42 * len(names))
    ax.set_title("Compare round with round, square with square")
    said = dots(ax, means, "RMSE (stars)", marks=(DOT, DIAMOND, RING, HOLLOW_DIAMOND), link=True)
    return show(fig, f"Two RMSEs a model, in stars. {said}.")


def loss_parts(history: pd.DataFrame) -> Figure | None:
    """The training loss by epoch, taken apart into errors and penalty, in stars².

    history: ``fitted.history`` with a column ``penalty``.
    """
    fig, ax = figure(8.5, 3.8)
    epoch, loss, penalty = (history[c] for c in ("epoch", "loss", "penalty"))
    last, errors = history.index[-1], loss - penalty
    ax.set(xlabel="epoch", ylabel="stars²", title="What the loss is made of (training)")
    ax.set(xlim=(epoch.iloc[0], epoch[last]), ylim=(0, 2.5 * loss[last]))
    look = {"alpha": 0.55, "linewidth": 0}
    ax.fill_between(epoch, 0, errors, color="C0", **look)
    ax.fill_between(epoch, errors, loss, color="C1", hatch="///", edgecolor="white", **look)
    ax.plot(epoch, loss, color="black", linewidth=1.5)
    parts = {"errors": errors[last], "penalty": penalty[last], "loss": loss[last]}
    heights = errors[last] / 2, errors[last] + penalty[last] / 2, loss[last]
    for (name, value), height in zip(parts.items(), heights, strict=True):
        labels.at_end(ax, (epoch[last], height), f"{name} {value:.2f}", "#222222")
    said = ", ".join(f"{name} {value:.2f}" for name, value in parts.items())
    return show(fig, f"Training loss by epoch as two layers. In the last epoch: {said} stars².")


def signal(comparisons: Mapping[str, Mapping[str, pd.DataFrame]]) -> Figure | None:
    """Variance of what each layer passes on, before any training; one panel a comparison.

    comparisons: title → (name → table of :func:`course_utils.models.autoencoders.signal_by_layer`).
    """
    fig, axes = panels(len(comparisons), 4.9 * len(comparisons), 3.8)
    said = []
    for ax, (title, tables) in zip(axes, comparisons.items(), strict=True):
        ax.set(yscale="log", xlabel="layer (○ dropout)", title=title)
        curves = {name: t.set_axis(range(1, len(t) + 1)) for name, t in tables.items()}
        dropped = {name: t.index[t["layer"].str.contains("dropout")] for name, t in curves.items()}
        variances = {name: t["variance"] for name, t in curves.items()}
        said.append(f"{title}: {lines(ax, variances, rings=dropped, text='{:.2g}')}")
        ax.axhline(1, color=GREY, linestyle=":")
        ax.set_xticks(range(1, max(map(len, tables.values())) + 1))
        numbers(ax.yaxis)
    axes[0].set_ylabel("variance of the output")
    return show(fig, f"Variance by layer. {'. '.join(said)}.")


def by_heart(table: pd.DataFrame, names: Mapping[str, str]) -> Figure | None:
    """RMSE on training and on validation ratings, one row a model, means over seeds.

    Far apart: learned by heart. Both high: broken. table: rows of
    :func:`course_utils.protocol.results.load` with ``training_rmse``, ``validation_rmse`` and
    ``mean_prediction``; what it does not hold is left out. names: model → label, from the top.
    """
    wanted = ["training_rmse", "validation_rmse", "mean_prediction"]
    means = table.groupby("model")[wanted].mean().dropna()
    means = means.loc[[model for model in names if model in means.index]]
    says = [
        f"{names[model]}\n(says {stars:.1f} stars)" for model, stars in means.iloc[:, 2].items()
    ]
    shown = means[wanted[:2]].set_axis(["training", "validation"], axis=1).set_axis(says)
    fig, ax = figure(9, 1.5 + 0.5 * len(shown))
    ax.set_title("Learned by heart, or broken?")
    said = dots(ax, shown, "RMSE (stars)", link=True)
    return show(fig, f"RMSE in stars, and the mean prediction of each model. {said}.")


def depth(
    table: pd.DataFrame,
    families: Mapping[str, Sequence[str]],
    *,
    line: tuple[str, float] | None = None,
) -> Figure | None:
    """Validation RMSE by number of hidden layers, one line a family, a dot a seed.

    table: rows of :func:`course_utils.protocol.results.load` with ``model``, ``validation_rmse``
    and ``settings`` (with ``hidden``). families: name → models. line: (name, RMSE) to draw across.
    """
    layers = table["settings"].map(lambda s: len(s.get("hidden", ())))
    scores = table["validation_rmse"].set_axis(layers)
    curves = {
        name: scores[table["model"].isin(models).to_numpy()] for name, models in families.items()
    }
    fig, ax = figure(8, 3.8)
    ax.set(xlabel="hidden layers", ylabel="validation RMSE (stars)", title="Is deeper better?")
    said = lines(ax, curves, across=dict([line] if line else []))
    ax.xaxis.get_major_locator().set_params(integer=True)
    return show(fig, f"Validation RMSE by number of hidden layers. {said}.")


def liked(results: Mapping[str, "LikeAccuracy"]) -> Figure | None:
    """Share of "liked or not" told right, with its interval, beside answering "liked" each time."""
    table = pd.DataFrame(
        {
            "model": [r.accuracy for r in results.values()],
            '"liked" every time': [r.always_liked for r in results.values()],
        },
        [f"{name}\n({r.n:,} ratings)" for name, r in results.items()],
    )
    low, high = np.array([r.interval for r in results.values()]).T
    interval = {"model": (pd.Series(low, table.index), pd.Series(high, table.index))}
    fig, ax = figure(8.5, 1.4 + 0.5 * len(results))
    ax.set_title("Liked or not?")
    said = dots(ax, table, "told right", marks=(DOT, BAR), intervals=interval, text="{:.0%}")
    numbers(ax.xaxis, text="{:.0%}")
    return show(fig, f"Shares told right. {said}.")


def support(
    table: pd.DataFrame, *, n: int = 10, minimum: int = 20, top: float = 5.0
) -> Figure | None:
    """Predicted stars of unseen movies against their number of training ratings.

    table: one row a movie with ``stars`` (not clipped) and ``support``. The ``n`` highest are
    marked, and so is the ``minimum`` support below which a movie should not be recommended. top:
    the highest rating there is.
    """
    best, few = table.nlargest(n, "stars"), table["support"] < minimum
    fig, ax = figure(8.5, 4.2)
    ax.scatter(table["support"], table["stars"], s=12, color="C0", alpha=0.35, linewidths=0)
    ax.scatter(best["support"], best["stars"], s=70, marker="^", color="black", zorder=3)
    ax.axvline(minimum - 0.5, color="black", linestyle="--", linewidth=1)
    ax.axhline(top, color=GREY, linestyle=":")
    ax.set_xscale("symlog", linthresh=1, linscale=0.3)
    ax.set_xlim(-0.5, 1.3 * table["support"].max())
    ticks = [0, *(t * 10**k for k in range(5) for t in (1, 2, 5))]
    ax.set_xticks([t for t in ticks if t <= table["support"].max()])
    numbers(ax.xaxis)
    ax.set(
        ylabel="predicted stars", title=f"The highest predictions (▲ top {n}) and their evidence"
    )
    dashed = f"dashed: {minimum} ratings; dotted: the scale ends at {top:g}"
    ax.set_xlabel(f"training ratings of the movie\n{dashed}")
    return show(
        fig,
        f"Predicted stars of {len(table):,} unseen movies by number of training ratings: standard "
        f"deviation {table['stars'][few].std():.2f} with fewer than {minimum} ratings, "
        f"{table['stars'][~few].std():.2f} with more. Of the {n} highest, "
        f"{(best['support'] < minimum).sum()} have fewer than {minimum} ratings; the highest is "
        f"{table['stars'].max():.2f} stars.",
    )
