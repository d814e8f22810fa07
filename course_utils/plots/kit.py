"""Four kinds of figure that most others are made of: lines, ladder, dots, bars.

Each draws into given axes and returns in words what it drew, for the alternative text. Names that
could collide are left to :mod:`.labels`; the numbers of rows stand in a column right of the axes.
"""

from collections.abc import Iterable, Mapping, Sequence
from textwrap import fill
from typing import NamedTuple

import numpy as np
import pandas as pd

from course_utils.plots import labels
from course_utils.plots.style import GREY, ink, looks, numbers, taken


class Mark(NamedTuple):
    """How :func:`dots` draws one kind of value, and the sign that stands for it in words."""

    sign: str
    marker: str
    colour: str
    filled: bool = True


DOT, DIAMOND = Mark("●", "o", "C0"), Mark("◆", "D", "C1")
RING, HOLLOW_DIAMOND = Mark("○", "o", "C0", filled=False), Mark("◇", "D", "C1", filled=False)
BAR = Mark("┃", "|", "C1")


def lines(
    ax,
    curves: Mapping[str, pd.Series],
    *,
    across: Mapping[str, float] | None = None,
    rings: Mapping[str, Sequence] | None = None,
    names: Mapping[str, str] | None = None,
    places: Sequence | None = None,
    text: str = "{:.3f}",
) -> str:
    """A line a name, the name at its end; several values at one place (seeds) become dots.

    curves: name → values; the index is their place on the x axis. across: name → height of a dotted
    line. rings: name → places to mark. names: name → what is written instead. places: set these at
    equal distances. text: how a value is written.
    """
    said = []
    for name, look in looks(curves).items():
        curve = curves[name].dropna()
        mean = curve.groupby(level=0).mean()
        at = mean.index if places is None else pd.Index(places).get_indexer(mean.index)
        x = pd.Series(at, mean.index)
        if len(curve) > len(mean):
            ax.scatter(x[curve.index], curve, color=look["color"], s=14, alpha=0.6)
        ax.plot(x, mean, markersize=5, markevery=0.07 if len(mean) > 25 else None, **look)
        if rings:
            at, ring = list(rings[name]), {"s": 130, "facecolors": "none", "zorder": 3}
            ax.scatter(x[at], mean[at], edgecolors=look["color"], **ring)
        if label := (names or {}).get(name, name):
            labels.at_end(ax, (x.iloc[-1], mean.iloc[-1]), label, ink(look["color"]))
        said.append(f"{name} {_course(mean, text)}")
    ax.margins(x=0.03)
    if places is not None:
        ax.set_xticks(range(len(places)), [f"{place:g}" for place in places])
    for name, value in (across or {}).items():
        ax.axhline(value, color=GREY, linestyle=":", linewidth=1.5)
        said.append(f"{name} {text.format(value)}")
        labels.at_end(ax, (ax.get_xlim()[1], value), said[-1], ink(GREY))
    return "; ".join(said)


def _course(curve: pd.Series, text: str) -> str:
    """All values of a short curve; of a long one where it begins, turns and ends."""
    if len(curve) > 8:
        ends = curve.index[[0, -1]]
        curve = curve.loc[sorted({*ends, curve.idxmin(), curve.idxmax()})]
    return ", ".join(f"{text.format(value)} at {place:,.8g}" for place, value in curve.items())


def ladder(
    ax,
    runs: Mapping[str, pd.Series],
    unit: str,
    *,
    line: tuple[str, float] | None = None,
    steps: bool = False,
    interval: bool = False,
    text: str = "{:.3f}",
) -> str:
    """A row a label: a dot a seed, a bar at their mean, the mean in numbers.

    runs: label → one value a seed, the first label on top. unit: of the x axis. line: name and
    place of a dotted line. steps: write the change from the row above, too. interval: a band for
    the mean's 95 % t interval over seeds, and "≈ 0" where it includes 0.
    """
    said, before = [], None
    for y, (label, values) in enumerate(runs.items()):
        if len(values) == 0:
            raise ValueError(
                f"nothing was measured for {label!r}: run its benchmark, or leave it out"
            )
        mean = values.mean()
        ax.plot([mean] * 2, [y - 0.3, y + 0.3], color="C0", linewidth=3)
        ax.scatter(values, [y] * len(values), color="C1", s=22, zorder=3)
        words = text.format(mean)
        if steps and before is not None:
            words += f"  ({text.replace('{:', '{:+').format(mean - before)})"
        if interval:
            words += _band(ax, y, values)
        before = mean
        _column(ax, [y], [words])
        said.append(f"{label} {words}".replace("  ", " "))
    rows(ax, list(runs))
    signs = "● a seed, ┃ their mean" + ", (change from the row above)" * steps
    signs += ", band: 95\N{NO-BREAK SPACE}% interval over seeds, ≈ 0: it includes 0" * interval
    dotted = _dotted(ax, line, text)
    legend(ax, unit, signs + dotted)
    return "; ".join(said) + dotted


def _band(ax, y: float, values: pd.Series) -> str:
    """Draws the t interval of the mean of a few seeds, and says whether it includes 0."""
    from scipy import stats  # heavy, and needed only here

    if len(values) < 2:
        return "  one seed"
    half = stats.t.ppf(0.975, len(values) - 1) * values.std() / np.sqrt(len(values))
    ax.hlines(y, values.mean() - half, values.mean() + half, color="C0", linewidth=7, alpha=0.25)
    return "" if abs(values.mean()) > half else "  ≈ 0"


def dots(
    ax,
    table: pd.DataFrame,
    unit: str,
    *,
    marks: Sequence[Mark] = (DOT, DIAMOND),
    intervals: Mapping[str, tuple[pd.Series, pd.Series]] | None = None,
    line: tuple[str, float] | None = None,
    link: bool = False,
    apart: bool = False,
    text: str = "{:.3f}",
) -> str:
    """A row a label of the index, the first on top; a mark a column; the values in numbers.

    unit: of the x axis. marks: one a column. intervals: column → (low, high), 95 %. line: name and
    place of a dotted line. link: join the marks of a row. apart: one mark above the other, where
    they would cover each other.
    """
    place, kinds = np.arange(len(table)), len(table.columns)
    if link:
        ax.hlines(place, table.min(axis=1), table.max(axis=1), color=GREY, linewidth=1.5, zorder=1)
    signs = []
    for i, (kind, mark) in enumerate(zip(table, marks, strict=False)):
        y = place + apart * (0.8 * (i + 0.5) / kinds - 0.4)
        signs.append(f"{mark.sign} {kind}")
        if intervals and kind in intervals:
            ax.hlines(y, *intervals[kind], color=mark.colour, linewidth=3, alpha=0.4)
        if mark.marker == "|":
            ax.vlines(table[kind], y - 0.3, y + 0.3, color=mark.colour, linewidth=3, zorder=2)
        elif mark.filled:
            ax.scatter(table[kind], y, marker=mark.marker, s=55, color=mark.colour, zorder=3)
        else:  # wider, so that it shows around a filled mark in the same place
            look = {"facecolors": "white", "edgecolors": mark.colour, "linewidths": 2, "zorder": 2}
            ax.scatter(table[kind], y, marker=mark.marker, s=110, **look)
        words = ["" if np.isnan(value) else text.format(value) for value in table[kind]]
        _column(ax, y, words, 0 if apart else i, ink(mark.colour))
    rows(ax, table.index)
    if intervals:
        signs.append("bars: 95\N{NO-BREAK SPACE}% intervals")
    dotted = _dotted(ax, line, text)
    legend(ax, unit, ", ".join(signs) + dotted)
    return _spoken(table, intervals or {}, text) + dotted


def _spoken(table: pd.DataFrame, intervals: Mapping[str, tuple], text: str) -> str:
    said = []
    for i, (label, row) in enumerate(table.iterrows()):
        words = []
        for kind, value in row.dropna().items():
            ends = [text.format(end.iloc[i]) for end in intervals.get(kind, ())]
            words.append(f"{kind} {text.format(value)}" + (f" ({' to '.join(ends)})" * bool(ends)))
        if words:
            said.append(f"{label}: {', '.join(words)}".replace("\n", ", "))
    return "; ".join(said)


def bars(
    ax, values: pd.Series, text: str | Sequence[str] = "{:,}", *, upright=False, colour="C0"
) -> str:
    """A bar a label of the index from 0, with its value; lying, the first on top, or upright.

    text: how a value is written, or what is written at each bar. colour: one, or one a bar.
    """
    words = [text.format(value) for value in values] if isinstance(text, str) else list(text)
    names = values.index.astype(str)
    found = (ax.bar if upright else ax.barh)(names, values, color=colour)
    ax.bar_label(found, words, padding=3, fontsize=10)
    ax.margins(**{"y" if upright else "x": 0.1 + 0.1 * any("\n" in word for word in words)})
    numbers(ax.yaxis if upright else ax.xaxis)
    if upright:
        ax.grid(axis="x", visible=False)
    else:
        rows(ax, names)
    said = [f"{name} {word}".replace("\n", " ") for name, word in zip(names, words, strict=True)]
    return ", ".join(said if len(said) <= 12 else [*said[:5], f"… down to {said[-1]}"])


def legend(ax, unit: str, signs: str) -> None:
    """Below the x axis: its unit, and what the signs mean, in lines no wider than the panel."""
    columns = ax.get_subplotspec().get_gridspec().ncols
    letters = int(ax.figure.get_figwidth() * (7.5 if columns > 1 else 10) / columns)
    lines_ = (fill(part, letters, break_on_hyphens=False) for part in (unit, signs) if part)
    ax.set_xlabel("\n".join(lines_))


def rows(ax, names: Sequence[str]) -> None:
    """One row a name, the first on top; what is ours, or of 2021, in its own colour."""
    ax.set_yticks(range(len(names)), names)
    ax.set_ylim(len(names) - 0.4, -0.6)
    ax.grid(axis="y", visible=False)
    for tick, name in zip(ax.get_yticklabels(), names, strict=False):
        if colour := taken(name):
            tick.set(color=ink(colour), weight="bold")


def _column(ax, heights: Iterable[float], words: Sequence[str], column=0, colour="#222222") -> None:
    """Numbers of rows, right of the axes, where they cannot collide."""
    for y, word in zip(heights, words, strict=True):
        ax.annotate(
            word,
            (1, y),
            (8 + 44 * column, 0),
            xycoords=("axes fraction", "data"),
            textcoords="offset points",
            va="center",
            fontsize=9,
            color=colour,
        )


def _dotted(ax, line: tuple[str, float] | None, text: str) -> str:
    if line is None:
        return ""
    ax.axvline(line[1], color=GREY, linestyle=":")
    return f"; dotted: {line[0]} {text.format(line[1])}"


def vline(ax, x: float, text: str, *, side: str = "right", colour="#222222") -> None:
    """A dashed line at ``x``, its name above the data, on one side of it."""
    ax.margins(y=0.25)
    ax.axvline(x, color=colour, linestyle="--", linewidth=1.5)
    ax.annotate(
        text,
        (x, 1),
        (4 if side == "right" else -4, -2),
        xycoords=("data", "axes fraction"),
        textcoords="offset points",
        ha="left" if side == "right" else "right",
        va="top",
        color=ink(colour),
        fontsize=9,
        weight="bold",
    )


def percent(ax, values: np.ndarray, bins: np.ndarray, **look) -> None:
    """A histogram in percent of the values."""
    look = {"edgecolor": "white", "linewidth": 0.3} | look
    ax.hist(values, bins=bins, weights=np.full(len(values), 100 / len(values)), **look)
