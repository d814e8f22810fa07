"""What holds for every public figure: words from its data, names that can be read, one look."""

import inspect
import subprocess
import sys
from itertools import combinations

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.text import Text

from course_utils import plots
from course_utils.plots import labels, style
from tests.plots.figures import FIGURES

ROOMS = ("style", "labels", "kit")  # what figures are made of
MODULES = [name for name in plots.__all__ if inspect.ismodule(getattr(plots, name))]
PUBLIC = sorted(set(plots.__all__) - set(MODULES))


def drawn(name: str, seed: int) -> tuple[str, dict[str, np.ndarray], np.ndarray]:
    """A figure's alternative text, where its texts stand (pixels), and its size.

    A name beside a mark must stand within the axes, any other text within the picture.
    """
    fig = FIGURES[name](np.random.default_rng(seed))
    fig.draw_without_rendering()
    beyond = _ticks_beyond_the_limits(fig)
    boxes = {}
    for i, text in enumerate(fig.findobj(Text)):
        if text.get_visible() and text.get_text().strip() and text not in beyond:
            boxes[f"{i} {text.get_text()}"] = Text.get_window_extent(text).extents
    for axes in fig.axes:
        for text in beside(axes):
            box = Text.get_window_extent(text)
            assert axes.bbox.padded(1).count_contains(box.corners()) == 4, f"{text} leaves the axes"
    size = fig.bbox.extents
    plt.close(fig)
    return fig.get_label(), boxes, size


def beside(axes) -> list[Text]:
    return [text for text in axes.texts if text.get_gid() == "beside"]


def _ticks_beyond_the_limits(fig) -> set[Text]:
    """These labels exist, but are not drawn."""
    beyond = set()
    for axes in fig.findobj(Axes):
        if not axes.axison:
            beyond |= set(axes.xaxis.findobj(Text)) | set(axes.yaxis.findobj(Text))
        for way, axis in enumerate((axes.xaxis, axes.yaxis)):
            low, high = axes.bbox.extents[[way, way + 2]]
            for tick in (*axis.get_major_ticks(), *axis.get_minor_ticks()):
                for label in (tick.label1, tick.label2):
                    box = Text.get_window_extent(label).extents
                    if not low - 1 <= (box[way] + box[way + 2]) / 2 <= high + 1:
                        beyond.add(label)
    return beyond


def test_every_public_figure_is_drawn_here():
    assert sorted(FIGURES) == PUBLIC


def test_the_list_of_names_is_complete_and_sorted():
    for module in sorted(set(MODULES) - set(ROOMS)):
        found = getattr(plots, module)
        own = [
            name
            for name, value in vars(found).items()
            if inspect.isfunction(value) and value.__module__ == found.__name__
        ]
        public = sorted(name for name in own if not name.startswith("_"))
        assert set(public) <= set(PUBLIC), f"{module} has figures that plots/__init__.py leaves out"
        assert all(getattr(plots, name) is getattr(found, name) for name in public)


@pytest.mark.parametrize("name", PUBLIC)
def test_a_figure_takes_its_words_from_the_data_and_can_be_read(name):
    both = [drawn(name, seed) for seed in (0, 1)]
    assert both[0][0] != both[1][0]
    for words, boxes, size in both:
        assert len(words) > 40 and any(letter.isdigit() for letter in words)
        assert "nan" not in words.lower().split() and "\n" not in words
        check_room(boxes, size)


def check_room(boxes: dict[str, np.ndarray], size: np.ndarray) -> None:
    """No text touches another or leaves the picture."""
    for text, box in boxes.items():
        inside = (box[:2] >= size[:2] - 1).all() and (box[2:] <= size[2:] + 1).all()
        assert inside, f"{text!r} leaves the picture: {box.round()}"
    for (a, first), (b, second) in combinations(boxes.items(), 2):
        shared = np.minimum(first[2:], second[2:]) - np.maximum(first[:2], second[:2])
        assert (shared <= 1).any(), f"{a!r} and {b!r} overlap"


def test_what_is_ours_has_one_colour_in_every_figure():
    rng = np.random.default_rng(0)
    ours = style.taken("item AutoRec, ours")
    for name in ("learning_curves", "rmse_by_seconds"):
        found = {line.get_color() for line in FIGURES[name](rng).axes[0].lines}
        assert ours in found, name
    for name in ("leaderboard_dots", "list_dots"):
        ticks = FIGURES[name](rng).axes[0].get_yticklabels()
        colours = {tick.get_text(): to_hex(tick.get_color()) for tick in ticks}
        assert colours["item AutoRec, ours"] == to_hex(style.ink(ours)), name
    plt.close("all")


def test_no_other_name_gets_a_taken_colour_and_equal_colours_differ_otherwise():
    names = [*"abcdefghij", "ours", "all ours", "as in 2021"]
    looks = style.looks(names)
    taken = set(style.TAKEN.values())
    assert {looks[name]["color"] for name in "abcdefghij"}.isdisjoint(taken)
    assert looks["ours"]["color"] == looks["all ours"]["color"] != looks["as in 2021"]["color"]
    assert style.taken("24 hours ago") is None
    seen = [(look["color"], look["linestyle"]) for look in looks.values()]
    assert len(set(seen)) == len(names)


def test_text_on_white_has_enough_contrast():
    for colour in (*style.PALETTE, *style.TAKEN.values(), style.GREY):
        rgb = np.array(style.ink(colour))
        linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
        assert 1.05 / (linear @ [0.2126, 0.7152, 0.0722] + 0.05) >= 4.4, colour


def test_a_name_stands_nearer_to_its_own_mark_than_to_any_other():
    rng = np.random.default_rng(3)
    points = rng.random((8, 2))
    fig, ax = style.figure(8, 4)
    ax.set(xlim=(-0.2, 1.2), ylim=(-0.2, 1.2))
    for i, point in enumerate(points):
        labels.beside(ax, point, f"model number {i}")
    style.show(fig, "")
    fig.draw_without_rendering()
    places = ax.transData.transform(points)
    for i, text in enumerate(beside(ax)):
        box = Text.get_window_extent(text).extents
        gaps = np.maximum(np.maximum(box[:2] - places, places - box[2:]), 0)
        assert np.hypot(*gaps.T).argmin() == i
    plt.close(fig)


def test_names_at_the_ends_of_lines_keep_their_order_and_stay_beside_the_axes():
    fig, ax = style.figure(6, 3)
    heights = [0.5, 0.5, 0.501, 0.499, 0.9, 0.1]
    for i, height in enumerate(heights):
        ax.plot([0, 1], [0, height])
        labels.at_end(ax, (1, height), f"line {i}", "black")
    style.show(fig, "")
    placed = [text.get_position()[1] for text in ax.texts]
    assert np.all(np.diff(np.array(placed)[np.argsort(heights, kind="stable")]) > 0)
    assert all(0 < height < 1 for height in placed)
    plt.close(fig)


def test_figures_load_no_library_that_they_do_not_draw_with():
    code = (
        "import sys; from course_utils import plots; loaded = set(sys.modules)\n"
        "assert not [m for m in loaded if m.startswith('course_utils.plots.')], 'not lazy'\n"
        "for name in plots.__all__: getattr(plots, name)\n"
        "heavy = {'tensorflow', 'keras', 'gensim', 'umap', 'sklearn', 'scipy.stats', 'seaborn'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
