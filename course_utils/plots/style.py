"""One look for all figures: colour-blind palette, readable at 100 %, and a text alternative."""

import re
from collections import Counter
from collections.abc import Iterable

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axis import Axis
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullLocator

from course_utils.plots import labels

# Okabe and Ito's colours, which colour-blind readers tell apart; two of them are taken.
PALETTE = ("#0173b2", "#de8f05", "#cc78bc", "#56b4e9", "#7a5a12", "#222222")
TAKEN = {r"\bours\b|\bthe course's\b": "#029e73", r"\b2021\b": "#d55e00"}
GREY = "#8a8a8a"  # what the data are compared with
MARKERS = "osD^vP<>h*"


def theme() -> None:
    """The course's look. Each plotting function calls it; nothing changes at import."""
    plt.style.use(["seaborn-v0_8-whitegrid", "seaborn-v0_8-notebook"])
    plt.rcParams.update(
        {
            "axes.prop_cycle": plt.cycler(color=PALETTE),
            "axes.spines.right": False,
            "axes.spines.top": False,
            "axes.titlelocation": "left",
            "axes.titleweight": "bold",
            "figure.constrained_layout.h_pad": 0.08,
            "figure.constrained_layout.wspace": 0.06,
            "figure.dpi": 90,
            "font.size": 11,
            "font.sans-serif": "DejaVu Sans",  # comes with matplotlib and has every mark we write
            "grid.color": "#e5e5e5",
            "patch.linewidth": 1,
        }
    )


def figure(width: float = 8.0, height: float = 4.0, columns: int = 1, rows: int = 1, **options):
    """``plt.subplots`` in the course's look: (figure, axes). Sizes in inches."""
    theme()
    return plt.subplots(rows, columns, figsize=(width, height), layout="constrained", **options)


def panels(n: int, width: float, height: float, columns: int | None = None, **options):
    """``n`` axes beside each other, or in rows of ``columns``: (figure, list of n axes)."""
    columns = columns or n
    fig, axes = figure(width, height, columns, -(-n // columns), squeeze=False, **options)
    for ax in axes.flat[n:]:
        ax.set_axis_off()
    return fig, list(axes.flat[:n])


def taken(name: str) -> str | None:
    """The colour that is kept for what is ours, or of 2021; None for any other name."""
    return next((c for words, c in TAKEN.items() if re.search(words, str(name))), None)


def looks(names: Iterable[str]) -> dict[str, dict[str, str]]:
    """Colour, marker and line style of each name: what is ours looks alike in every figure."""
    found: dict[str, dict[str, str]] = {}
    used: Counter[str] = Counter()
    for name in names:
        free = sum(n for colour, n in used.items() if colour in PALETTE)
        colour = taken(name) or PALETTE[free % len(PALETTE)]
        line = ("-", "--", ":", "-.")[used[colour] % 4]
        marker = MARKERS[len(found) % len(MARKERS)]
        found[name] = {"color": colour, "marker": marker, "linestyle": line}
        used[colour] += 1
    return found


def ink(colour: str) -> tuple[float, ...]:
    """The colour, as dark as text on white must be (a contrast of 4.5 to 1)."""
    rgb = np.array(to_rgb(colour))
    light = float(rgb**2.2 @ [0.2126, 0.7152, 0.0722])
    return tuple(rgb * (0.17 / max(light, 0.17)) ** (1 / 2.2))


def numbers(*axes: Axis, text: str = "{:,g}") -> None:
    """Write the numbers of axes in a format such as "{:.0%}"; on a log axis 1, 2, 5, 10."""
    for axis in axes:
        axis.set_major_formatter(FuncFormatter(lambda value, _: text.format(value)))
        if axis.get_scale() == "log":
            low, high = axis.get_view_interval()
            axis.set_major_locator(LogLocator(subs=(1, 2, 5) if high < 200 * low else (1,)))
            axis.set_minor_locator(NullLocator())
        elif "%" in text:
            axis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10]))


def show(fig: Figure, alt: str) -> Figure | None:
    """Show a figure under a notebook cell, with ``alt`` as its text for screen readers.

    Outside a notebook nothing is shown and the figure is returned, for saving or testing.
    """
    labels.settle(fig)
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
