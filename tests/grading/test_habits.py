"""Everyday habits cost nothing: what was ✓ in the notebook scores, however it was written."""

import csv
from collections import defaultdict

import pytest

from course_tools.grading import grade
from course_tools.grading.walls import Limits
from tests.grading import submissions as uploads
from tests.grading.submissions import cell, code, solved

RIGHT = {name: "".join(cell(uploads.instructor(), name)["source"]) for name in uploads.POINTS}
MSE = RIGHT["masked_mse"]


def at(notebook, grade_id, *cells, after=False):
    """The notebook with cells before (or after) one of its own."""
    place = notebook["cells"].index(cell(notebook, grade_id)) + after
    notebook["cells"][place:place] = cells
    return notebook


def first(notebook, source):
    """The notebook with a cell in front of all others."""
    notebook["cells"].insert(0, code(source))
    return notebook


def markdown(source):
    return {"cell_type": "markdown", "metadata": {}, "source": source}


def swapped():
    notebook = solved()
    one, other = cell(notebook, "masked_mse"), cell(notebook, "filled_rows")
    one["source"], other["source"] = other["source"], one["source"]
    return notebook


def as_markdown():
    notebook = solved()
    answer = cell(notebook, "masked_mse")
    answer["cell_type"] = "markdown"
    answer.pop("outputs", None)
    return notebook


def in_the_check():
    notebook = solved(masked_mse=None)
    check = cell(notebook, "check_masked_mse")
    check["source"] = MSE + "\n\n" + "".join(check["source"])
    return notebook


def two_in_one():
    notebook = solved(masked_mse=None)
    answer = cell(notebook, "filled_rows")
    answer["source"] = "".join(answer["source"]) + "\n\n" + MSE
    return notebook


def split_cell():
    helper = "def _rated(y_true):\n    return y_true != 0\n"
    own = (
        "def masked_mse(y_true, y_pred):\n    mask = _rated(y_true)\n"
        "    squared = np.where(mask, (y_true - y_pred) ** 2, 0)\n"
        "    return squared.sum(axis=1) / np.maximum(mask.sum(axis=1), 1)"
    )
    notebook = solved(masked_mse=helper)
    return at(notebook, "masked_mse", code(own), after=True)


def no_setup():
    """Only the answers, in a new notebook."""
    return {"cells": [code(source) for source in RIGHT.values()], "metadata": {}, "nbformat": 4}


def by_another_name():
    notebook = solved(masked_mse=None)
    answer = code(MSE.replace("def masked_mse", "def my_loss"))
    cell(notebook, "check_masked_mse")["source"] = 'check("masked_mse", my_loss)'
    return at(notebook, "check_masked_mse", answer)


POWER = MSE.replace("ops.square(y_true - y_pred)", "(y_true - y_pred) ** POWER")
HABITS = {
    "colab": lambda: first(
        solved(),
        "from google.colab import drive\ndrive.mount('/content/drive')\nimport numpy as np\n"
        "!pip install -q gensim\n%cd /content",
    ),
    "classic": lambda: first(solved(), "%matplotlib inline\n%load_ext autoreload\n%autoreload 2"),
    "notebook backend": lambda: first(solved(), "%matplotlib notebook\n%config X.y = 'svg'"),
    "VS Code": lambda: first(solved(), "#%%\nimport seaborn_objects_that_is_not_there as so"),
    "PyCharm": lambda: solved(masked_mse="# %% md\nfrom numpy import *\n" + MSE),
    "%%time": lambda: solved(masked_mse="%%time\n" + MSE),
    "%time": lambda: at(solved(), "check_masked_mse", code("%time masked_mse\n?np.where\nnp.ma??")),
    "%%writefile": lambda: at(
        solved(masked_mse="from losses_of_mine import masked_mse"),
        "masked_mse",
        code("%%writefile losses_of_mine.py\nfrom keras import ops\n" + MSE),
    ),
    "numpy in a cell of its own": lambda: at(
        solved(masked_mse=MSE.replace("np.", "")), "masked_mse", code("from numpy import *")
    ),
    "two definitions": lambda: at(
        solved(),
        "check_masked_mse",
        code("def masked_mse(y_true, y_pred):\n    return 0"),
        after=True,
    ),
    "name used again": lambda: at(
        solved(),
        "check_masked_mse",
        code("masked_mse = masked_mse(np.ones((1, 1)), np.ones((1, 1)))"),
        after=True,
    ),
    "constant changed later": lambda: at(
        at(solved(masked_mse=POWER), "masked_mse", code("POWER = 2")),
        "check_masked_mse",
        code("POWER = 3"),
        after=True,
    ),
    "cells that fail": lambda: at(
        solved(), "masked_mse", code("1 / 0\nx = ["), code("raise KeyError")
    ),
    "swapped": swapped,
    "as Markdown": as_markdown,
    "in the check": in_the_check,
    "two in one": two_in_one,
    "split": split_cell,
    "answers only": no_setup,
    "another name": by_another_name,
    "plots of own": lambda: at(
        solved(),
        "keras_l2",
        code("plots.ladder(leaderboard(scores))"),
        code("import time\ntime.sleep(1)"),
    ),
    "half-typed magic": lambda: at(
        solved(), "masked_mse", code('x = %"""'), code("%%\n%"), code("!")
    ),
    "check kept": lambda: at(solved(), "masked_mse", code('found = check("masked_mse", ...)')),
}


@pytest.fixture(scope="module")
def rows(tmp_path_factory):
    folder, out = tmp_path_factory.mktemp("uploads"), tmp_path_factory.mktemp("grades")
    for student, make in HABITS.items():
        path = folder / student / f"{uploads.LESSON}.ipynb"
        path.parent.mkdir()
        path.write_bytes(uploads.dump(make()))
    helper = folder / "helper" / f"{uploads.LESSON}.ipynb"
    helper.parent.mkdir()
    helper.write_bytes(uploads.dump(solved(masked_mse="from my_losses import masked_mse")))
    (helper.parent / "my_losses.py").write_text("from keras import ops\n" + MSE, "utf-8")
    said = []
    options = grade.Options(folder, out, jobs=2, limits=Limits(cpu=10))
    grade.run(uploads.ROOT, options, say=said.append)
    found = defaultdict(dict)
    with (out / "gradebook.csv").open(encoding="utf-8-sig") as file:
        for row in csv.DictReader(file):
            found[row["student"]][row["exercise"]] = row
    return found


@pytest.mark.parametrize("student", [*HABITS, "helper"])
def test_an_everyday_habit_costs_nothing(rows, student):
    points = {name: float(rows[student][name]["points"]) for name in uploads.POINTS}
    assert points == uploads.POINTS, rows[student]
