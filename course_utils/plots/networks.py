"""How a network hangs together: a box a layer, in the order of computing, with its shape."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

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


Key = tuple[str, int]  # a layer's name, and which of its uses


@dataclass(frozen=True)
class Box:
    """One use of a layer: what it reads, and the shape of what comes out."""

    layer: Any
    reads: tuple[Key, ...]
    shape: tuple
    again: bool


def network(model: keras.Model, title: str = ""):
    """Draw a model from left to right: each layer with its kind, activation and output shape.

    model: functional, from the course or your own. Boxes with a broken line act in training only;
    the number below a box counts what it learns.
    """
    boxes = _boxes(model)
    read = {key for box in boxes.values() for key in box.reads}
    boxes = {key: box for key, box in boxes.items() if box.reads or key in read}
    column: dict[Key, int] = {}

    def place(key: Key) -> int:
        if key not in column:
            column[key] = 1 + max(map(place, boxes[key].reads), default=-1)
        return column[key]

    for key in boxes:
        place(key)
    for key, box in boxes.items():  # an input stands right before what reads it
        readers = [column[other] for other in boxes if key in boxes[other].reads]
        if not box.reads and readers:
            column[key] = min(readers) - 1
    at = _places(column)
    across, down = (max(place[axis] for place in at.values()) + 1 for axis in (0, 1))
    fig, ax = figure(WIDE * across + 0.3, HIGH * down + (0.35 if title else 0.1))
    ax.set(xlim=(-0.55, across - 0.45), ylim=(-0.6, down - 0.4), title=title)
    ax.set_axis_off()
    for key, box in boxes.items():
        _draw(ax, box, *at[key])
        for source in box.reads:
            _arrow(ax, at[source], at[key])
    said = "; ".join(map(_said, boxes.values()))
    return show(fig, f"{title or model.name}, a network: {said}")


def _boxes(model: keras.Model) -> dict[Key, Box]:
    """Every use of a layer, and which others it reads; one that is not drawn passes on its own."""
    calls: dict[Key, list[Key]] = {}
    shapes: dict[Key, tuple] = {}
    listed = model.get_config().get("layers", [])
    if not all("inbound_nodes" in config for config in listed) or not listed:
        return _chain(model)
    for config in listed:
        for i, node in enumerate(config["inbound_nodes"] or [[]]):
            found = list(_tensors(node))
            calls[config["name"], i] = [key for key, _ in found]
            shapes |= dict(found)
    for key in calls:  # nobody reads the output, so nobody says its shape
        shapes.setdefault(key, tuple(model.outputs[0].shape))
    drawn = {layer.name: layer for layer in model.layers if not _is_identity(layer)}

    def reads(key: Key) -> list[Key]:
        sources = list(dict.fromkeys(calls[key]))
        return [k for s in sources for k in ([s] if s[0] in drawn else reads(s))]

    return {
        key: Box(drawn[key[0]], tuple(dict.fromkeys(reads(key))), shapes[key], key[1] > 0)
        for key in calls
        if key[0] in drawn
    }


def _chain(model: keras.Model) -> dict[Key, Box]:
    """A Sequential, or a class of somebody's own: its layers in the order they were made."""
    keys = [(layer.name, 0) for layer in model.layers]
    before = [(), *((key,) for key in keys[:-1])]
    return {
        key: Box(layer, reads, (None,), False)
        for key, layer, reads in zip(keys, model.layers, before, strict=True)
    }


def _tensors(node) -> Iterator[tuple[Key, tuple]]:
    """(which use of which layer, shape) of each tensor that a layer was called with."""
    if isinstance(node, dict) and "keras_history" in node.get("config", {}):
        name, use, _ = node["config"]["keras_history"]
        yield (name, use), tuple(node["config"]["shape"])
    elif isinstance(node, dict | list | tuple):
        for part in node.values() if isinstance(node, dict) else node:
            yield from _tensors(part)


def _places(column: dict[Key, int]) -> dict[Key, tuple[float, float]]:
    """Where each box stands: columns in lines of ``A_LINE``, the first line on top."""
    members: dict[int, list[Key]] = {}
    for name, number in column.items():
        members.setdefault(number, []).append(name)
    lines = [range(i, i + A_LINE) for i in range(0, max(members) + 1, A_LINE)]
    at: dict[Key, tuple[float, float]] = {}
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


def _draw(ax, used: Box, x: float, y: float) -> None:
    layer, kind, detail = used.layer, _kind(used.layer), _detail(used)
    colour = PALETTE[0] if layer.weights else GREY
    style = "--" if type(layer).__name__ in TRAINING_ONLY else "-"
    box = FancyBboxPatch(
        (x - 0.4, y - 0.3), 0.8, 0.6, "round,pad=0.02,rounding_size=0.06",
        facecolor="white", edgecolor=colour, linewidth=1.6, linestyle=style,
    )  # fmt: skip
    ax.add_patch(box)
    ax.text(x, y + 0.13, kind, ha="center", va="center", fontsize=9, fontweight="bold")
    ax.text(x, y - 0.12, "\n".join([*detail, _shape(used)]), ha="center", va="center", fontsize=8)
    if layer.weights and not used.again:
        learned = f"{layer.count_params():,}"
        ax.text(x, y - 0.34, learned, ha="center", va="top", fontsize=8, color="#444")


def _kind(layer) -> str:
    name = type(layer).__name__
    return SHORT.get(name, name.replace("Normalization", "Norm"))


def _detail(used: Box) -> list[str]:
    """What one would say beside the kind: the name of an input, an activation, a rate."""
    layer, config = used.layer, used.layer.get_config()
    if used.again:
        return ["the same once more"]
    if type(layer).__name__ == "InputLayer":
        return [layer.name]
    if isinstance(config.get("activation"), str) and config["activation"] != "linear":
        return [config["activation"]]
    return [f"{config[key]:g}" for key in ("rate", "stddev") if config.get(key)]


def _shape(used: Box) -> str:
    sizes = ["batch", *("any" if n is None else f"{n:,}" for n in used.shape[1:])]
    return " × ".join(sizes)


def _said(used: Box) -> str:
    layer = used.layer
    learned = f", {layer.count_params():,} numbers to learn" if layer.weights else ""
    return " ".join([_kind(layer), *_detail(used)]) + f" ({_shape(used)}{learned})"


def _is_identity(layer) -> bool:
    """A dropout, penalty or offset of nothing: there for the option, not for the picture."""
    config = layer.get_config()
    return any(config.get(key) == 0 for key in ("rate", "stddev", "l2")) or (
        "offset" in config and config["offset"] is None
    )


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
