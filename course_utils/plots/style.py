"""One look for all figures: colour-blind palette, readable at 100 %, and a text alternative."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns

GREY = "#8a8a8a"


def theme() -> None:
    """The course's look. Each plotting function calls it; nothing changes at import."""
    sns.set_theme(style="whitegrid", palette="colorblind", context="notebook", font_scale=0.95)
    plt.rcParams.update(
        {
            "figure.dpi": 90,
            "axes.titleweight": "bold",
            "axes.titlelocation": "left",
            "axes.spines.top": False,
            "axes.spines.right": False,
            "grid.color": "#e5e5e5",
        }
    )


def figure(width: float = 8.0, height: float = 4.0, columns: int = 1, rows: int = 1, **options):
    """``plt.subplots`` in the course's look: (figure, axes). Sizes in inches."""
    theme()
    return plt.subplots(rows, columns, figsize=(width, height), layout="constrained", **options)


def show(fig: plt.Figure, alt: str) -> plt.Figure | None:
    """Show a figure under a notebook cell, with ``alt`` as its text for screen readers.

    Outside a notebook nothing is shown and the figure is returned, for saving or testing.
    """
    fig.set_label(alt)
    try:
        from IPython import get_ipython
        from IPython.display import display
    except ImportError:
        return fig
    shell = get_ipython()
    if shell is not None and hasattr(shell, "kernel"):
        display(fig, metadata={"image/png": {"alt": alt}})
        plt.close(fig)
        return None
    return fig


def step_mark(ax, y: float, seeds: pd.Series, before: float | None, digits: int = 4) -> None:
    """One line of a ladder: a dot a seed, a bar at their mean, the mean and its change in words."""
    mean = seeds.mean()
    ax.plot([mean] * 2, [y - 0.3, y + 0.3], color="C0", linewidth=3)
    ax.scatter(seeds, np.full(len(seeds), y), color="C1", s=22, zorder=3, alpha=0.8)
    gain = "" if before is None else f"  ({mean - before:+.{digits}f})"
    ax.annotate(
        f"{mean:.{digits}f}{gain}",
        (max(seeds), y),
        (9, 0),
        va="center",
        textcoords="offset points",
        fontsize=9,
    )
