"""Where names stand: written at their natural place first, moved apart once at the end.

No other module places a name twice. Figures call :func:`at_end` or :func:`beside` while they draw,
and ``style.show`` settles all names when titles, scales and limits are final.
"""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.text import Annotation, Text

Point = Sequence[float] | np.ndarray
Colour = str | tuple[float, ...]
TIE = {"arrowstyle": "-", "linewidth": 0.7, "alpha": 0.5, "shrinkA": 1, "shrinkB": 4}
SIDES = [(1, 0), (0, 1), (-1, 0), (0, -1), (1, 1), (1, -1), (-1, 1), (-1, -1)]
DISTANCES = (9, 18, 30)  # points
ACROSS, UP = {1: "left", 0: "center", -1: "right"}, {1: "bottom", 0: "center", -1: "top"}


def at_end(ax, point: Point, text: str, colour: Colour) -> None:
    """A name right of the axes, tied to its line's end at ``point``."""
    look = {"color": colour, "fontsize": 9, "weight": "bold", "va": "center", "gid": "end"}
    tie = TIE | {"color": colour}
    ax.annotate(text, tuple(point), (1.02, 0.5), textcoords="axes fraction", arrowprops=tie, **look)


def beside(ax, point: Point, text: str, colour: Colour = "#222222") -> None:
    """A name beside a mark at ``point``, inside the axes."""
    look = {"color": colour, "fontsize": 9, "gid": "beside"}
    tie = TIE | {"color": colour}
    ax.annotate(text, tuple(point), (9, 0), textcoords="offset points", arrowprops=tie, **look)
    ax.texts[-1].set_in_layout(False)


def as_many_as_fit(ax, points: np.ndarray, names: Sequence[str]) -> list[Annotation]:
    """The first names beside their marks, and the next ones as long as they find room.

    points: (n, 2). Whatever else takes room in the figure must be there before.
    """
    ax.figure.draw_without_rendering()
    for point, name in zip(points, names, strict=False):
        beside(ax, point, name)
    texts = _named(ax, "beside")
    _choose_sides(ax, texts, optional=True)
    for text in texts:
        text.set_gid(None)  # stays where it is
    return [text for text in texts if text.axes is not None]


def backed(text: Text) -> None:
    """Write on white, where a name stands on other marks."""
    text.set_bbox({"facecolor": "white", "alpha": 0.7, "edgecolor": "none", "pad": 0.5})


def settle(fig: Figure) -> None:
    """Move all names apart."""
    fig.draw_without_rendering()  # fixes the layout, so that room can be measured
    for ax in fig.axes:
        _spread(ax, _named(ax, "end"))
        _choose_sides(ax, _named(ax, "beside"))


def _spread(ax, texts: list[Annotation]) -> None:
    """The heights nearest to the lines' ends (least squares) at which no two names touch."""
    if not texts:
        return
    from scipy.optimize import isotonic_regression

    for text in texts:  # a line may end outside the limits
        text.xy = text.xy[0], np.clip(text.xy[1], *sorted(ax.get_ylim()))
    texts = sorted(texts, key=lambda text: ax.transData.transform(text.xy)[1])
    wanted = np.array([ax.transData.transform(text.xy)[1] for text in texts]) - ax.bbox.y0
    gap = 1.05 * max(Text.get_window_extent(text).height for text in texts)
    below = gap * np.arange(len(texts))  # the room that the names below take
    room = gap / 2, max(ax.bbox.height - gap / 2 - below[-1], gap / 2)
    heights = np.clip(isotonic_regression(wanted - below).x, *room) + below
    for text, height in zip(texts, heights, strict=True):
        text.set_position((1.02, height / ax.bbox.height))


def _named(ax, kind: str) -> list[Annotation]:
    return [t for t in ax.texts if isinstance(t, Annotation) and t.get_gid() == kind]


def _choose_sides(ax, texts: list[Annotation], *, optional: bool = False) -> None:
    """Each name on the side of its mark, and as far from it, as it covers least."""
    pixel = ax.figure.dpi / 72
    points = {text: np.array(ax.transData.transform(text.xy)) for text in texts}
    sizes = {text: np.array(Text.get_window_extent(text).size) for text in texts}
    # A mark's surroundings count as the mark: a name too near to another mark would name that one.
    marks = {text: np.r_[point - 9 * pixel, point + 9 * pixel] for text, point in points.items()}
    distances, gap = (DISTANCES[:1], 2) if optional else (DISTANCES, 1)
    places = [np.multiply(side, far) for far in distances for side in SIDES]
    frame = ax.bbox.padded(-6).extents  # text is a little wider at other resolutions
    boxes: dict[Annotation, np.ndarray] = {}
    for text in texts * (1 if optional else 2):  # a second round knows where all names stand
        taken = [box for other, box in boxes.items() if other is not text]
        taken += [marks[other] for other in (boxes if optional else marks) if other is not text]
        found = [_box(points[text], sizes[text], place * pixel) for place in places]
        costs = [_covered(box, taken, frame) for box in found]
        costs = np.add(costs, np.abs(places).max(axis=1))  # the nearer the better
        best = int(np.argmin(costs))
        hidden = any(_shared(marks[text], box) for box in boxes.values())
        if optional and (hidden or costs[best] > DISTANCES[0]):
            text.remove()
            continue
        boxes[text] = found[best] + gap * np.array([-5, -3, 5, 3])
        text.set_position(tuple(places[best]))
        text.set(ha=ACROSS[np.sign(places[best][0])], va=UP[np.sign(places[best][1])])


def _box(point: np.ndarray, size: np.ndarray, place: np.ndarray) -> np.ndarray:
    """Left, bottom, right, top in pixels of a text that stands ``place`` away from a point."""
    centre = point + place + np.sign(place) * size / 2
    return np.r_[centre - size / 2, centre + size / 2]


def _covered(box: np.ndarray, others: list[np.ndarray], frame: np.ndarray) -> float:
    """Square pixels that a box shares with others, and nine times what leaves the frame."""
    area = np.prod(box[2:] - box[:2])
    return sum(_shared(box, other) for other in others) + 9 * (area - _shared(box, frame))


def _shared(a: np.ndarray, b: np.ndarray) -> float:
    sides = np.minimum(a[2:], b[2:]) - np.maximum(a[:2], b[:2])
    return float(np.prod(np.maximum(sides, 0)))
