"""How a network hangs together: a box a layer, in the order of computing, with its shape."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.patches import FancyBboxPatch

from course_utils.plots.kit import lines
from course_utils.plots.style import GREY, PALETTE, figure, show

if TYPE_CHECKING:
    import keras

WIDE, HIGH = 1.55, 1.25  # inches from one column of boxes to the next, and from row to row
A_LINE = 7  # columns side by side; a longer network goes on below
SHORT = {"InputLayer": "Input", "MultiHeadAttention": "Attention"}
# What acts in training only is drawn with a broken line.
TRAINING_ONLY = ("Dropout", "AlphaDropout", "GaussianNoise", "GaussianDropout", "SpatialDropout1D")


def network(model: keras.Model, title: str = ""):
    """Draw a model from left to right: each layer with its kind, activation and output shape.

    model: functional, from the course or your own. Boxes with a broken line act in training only;
    the number below a box counts what it learns.
    """
    boxes = [layer for layer in model.layers if not _is_identity(layer)]
    before = {layer.name: _sources(model, layer, boxes) for layer in boxes}
    read = {name for sources in before.values() for name in sources}
    boxes = [box for box in boxes if before[box.name] or box.name in read]
    column: dict[str, int] = {}

    def place(name: str) -> int:
        if name not in column:
            column[name] = 1 + max(map(place, before[name]), default=-1)
        return column[name]

    for layer in boxes:
        place(layer.name)
    for layer in reversed(boxes):  # an input stands right before what reads it
        readers = [column[name] for name, sources in before.items() if layer.name in sources]
        if not before[layer.name] and readers:
            column[layer.name] = min(readers) - 1
    at = _places(column)
    across, down = (max(place[axis] for place in at.values()) + 1 for axis in (0, 1))
    fig, ax = figure(WIDE * across + 0.3, HIGH * down + (0.35 if title else 0.1))
    ax.set(xlim=(-0.55, across - 0.45), ylim=(-0.6, down - 0.4), title=title)
    ax.set_axis_off()
    for layer in boxes:
        _box(ax, layer, *at[layer.name])
        for name in before[layer.name]:
            _arrow(ax, at[name], at[layer.name])
    return show(fig, f"{title or model.name}, a network: " + "; ".join(map(_said, boxes)))


def _places(column: dict[str, int]) -> dict[str, tuple[float, float]]:
    """Where each box stands: columns in lines of ``A_LINE``, the first line on top."""
    members: dict[int, list[str]] = {}
    for name, number in column.items():
        members.setdefault(number, []).append(name)
    lines = [range(i, i + A_LINE) for i in range(0, max(members) + 1, A_LINE)]
    at: dict[str, tuple[float, float]] = {}
    low = 0.0
    for line in reversed(lines):
        high = max(len(members.get(number, [])) for number in line)
        for number in line:
            mine = members.get(number, [])
            start = low + (high - len(mine)) / 2
            at |= {name: (number - line[0], start + i) for i, name in enumerate(mine)}
        low += high
    return at


def _arrow(ax, start: tuple[float, float], end: tuple[float, float]) -> None:
    """A straight line to the next column; one that passes boxes goes around them."""
    style = {"arrowstyle": "->", "color": GREY, "shrinkA": 0, "shrinkB": 0}
    if end[0] - start[0] > 1 and start[1] == end[1]:
        start, end = (start[0], start[1] + 0.32), (end[0], end[1] + 0.32)
        ax.annotate("", end, start, arrowprops=style | {"connectionstyle": "arc3,rad=-0.2"})
    elif end[0] > start[0]:
        ax.annotate("", (end[0] - 0.42, end[1]), (start[0] + 0.42, start[1]), arrowprops=style)
    else:  # on to the next line
        ax.annotate("", (end[0], end[1] + 0.32), (start[0], start[1] - 0.32), arrowprops=style)


def _box(ax, layer, x: float, y: float) -> None:
    kind, detail = _kind(layer), _detail(layer)
    colour = PALETTE[0] if layer.weights else GREY
    style = "--" if type(layer).__name__ in TRAINING_ONLY else "-"
    box = FancyBboxPatch(
        (x - 0.4, y - 0.3), 0.8, 0.6, "round,pad=0.02,rounding_size=0.06",
        facecolor="white", edgecolor=colour, linewidth=1.6, linestyle=style,
    )  # fmt: skip
    ax.add_patch(box)
    ax.text(x, y + 0.13, kind, ha="center", va="center", fontsize=9, fontweight="bold")
    ax.text(x, y - 0.12, "\n".join([*detail, _shape(layer)]), ha="center", va="center", fontsize=8)
    if layer.weights:
        ax.text(
            x,
            y - 0.34,
            f"{layer.count_params():,}",
            ha="center",
            va="top",
            fontsize=8,
            color="#444",
        )


def _kind(layer) -> str:
    name = type(layer).__name__
    return SHORT.get(name, name.replace("Normalization", "Norm"))


def _detail(layer) -> list[str]:
    """What one would say beside the kind: the name of an input, an activation, a rate."""
    config = layer.get_config()
    if type(layer).__name__ == "InputLayer":
        return [layer.name]
    if isinstance(config.get("activation"), str) and config["activation"] != "linear":
        return [config["activation"]]
    return [f"{config[key]:g}" for key in ("rate", "stddev") if config.get(key)]


def _shape(layer) -> str:
    shape = layer.output.shape if not isinstance(layer.output, list) else layer.output[0].shape
    return " × ".join("batch" if n is None else f"{n:,}" for n in shape)


def _said(layer) -> str:
    learned = f", {layer.count_params():,} numbers to learn" if layer.weights else ""
    return " ".join([_kind(layer), *_detail(layer)]) + f" ({_shape(layer)}{learned})"


def _is_identity(layer) -> bool:
    """A dropout or an offset of nothing: there for the option, not for the picture."""
    config = layer.get_config()
    return any(config.get(key) == 0 for key in ("rate", "stddev")) or (
        "offset" in config and config["offset"] is None
    )


def _sources(model: keras.Model, layer, boxes: list) -> list[str]:
    """Names of the boxes that a layer reads; a layer that is not drawn passes on what it reads."""
    nodes = {
        c["name"]: json.dumps(c["inbound_nodes"], default=str) for c in model.get_config()["layers"]
    }
    shown = {box.name for box in boxes}

    def of(name: str) -> list[str]:
        read = [n for n in nodes if f'"keras_history": ["{n}",' in nodes[name]]
        return [found for n in read for found in ([n] if n in shown else of(n))]

    return of(layer.name)


def activations(names: list[str], reach: float = 4.0):
    """What goes in against what comes out, for activations by their Keras names."""
    import keras

    x = np.linspace(-reach, reach, 161)
    curves = {
        name: pd.Series(np.asarray(keras.activations.get(name)(keras.ops.convert_to_tensor(x))), x)
        for name in names
    }
    fig, ax = figure(7, 3.6)
    said = lines(ax, curves)
    ax.set(xlabel="what goes in", ylabel="what comes out", title="What bends a layer")
    return show(fig, f"Activations: {said}.")
