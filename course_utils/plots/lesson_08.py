"""Figure of lesson 08: lists of the next film."""

from collections.abc import Mapping

import pandas as pd
from matplotlib.figure import Figure

from course_utils.plots.kit import ladder
from course_utils.plots.style import panels, show


def next_lists(table: pd.DataFrame, names: Mapping[str, str]) -> Figure | None:
    """NDCG@10 and HR@10 of each model: a dot a seed, a bar at their mean; the best on top.

    table: rows of :func:`course_utils.protocol.results.of` with ``model``, ``ndcg``, ``hit_rate``.
    names: model → label.
    """
    order = table[table["model"].isin(list(names))].groupby("model")["ndcg"].mean()
    best_first = order.sort_values(ascending=False).index
    fig, axes = panels(2, 10, 1.4 + 0.36 * len(best_first), sharey=True)
    axes[0].set_title("Higher is better")
    said = []
    for ax, metric, unit in zip(axes, ("ndcg", "hit_rate"), ("NDCG@10", "HR@10"), strict=True):
        runs = {names[model]: table.loc[table["model"] == model, metric] for model in best_first}
        said.append(ladder(ax, runs, unit))
    return show(fig, f"{len(best_first)} models, best first. {'. '.join(said)}.")
