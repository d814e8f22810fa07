"""Whatever is uploaded beside it, an honest grade never changes, and every upload has a row.

``COURSE_FUZZ=500`` grades so many odd uploads at once; without it, a few for each change.
"""

import csv
import io
import json
import os

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from course_tools.grading import grade
from course_tools.grading.cells import read
from course_tools.grading.clean import harmless, plain_text
from course_tools.grading.plan import statements
from course_tools.grading.walls import Limits
from tests.grading.test_grade import LESSON, RIGHT, notebook, zipped

MANY = int(os.environ.get("COURSE_FUZZ", "12"))
ODD = [
    'x = %"""',
    "%%",
    "%%time",
    "!",
    "?",
    "x = !ls\ny = %who",
    "raise ValueError('\\ud800')",
    "class E(Exception):\n    def __str__(self): raise E\nraise E",
    "(" * 500,
    "-" * 5000 + "1",
    "x = " + "[" * 150 + "]" * 150,
    "\x00",
    "\ud800",
    "\x1b[31m",
    "def double(x):\n    return '\\ud800'",
    "def double(x):\n    return {2**61 - 1: x}",
    "print('\\ud800' * 1000)",
    "def double(x): raise BaseException('\\x1b[2J')",
    "return 3",
    "await x",
    "exec('double = 3')",
    "from os import *",
    "global double; double = 1",
    "import sys; sys.stdout = None",
    "del check",
    "<script>alert(1)</script>",
    "$" * 3000,
    "[" * 3000,
    "# -*- coding: utf-7 -*-",
    "\r\n\r\x0b\x0c\u2028x = 1",
]
text = st.one_of(st.sampled_from(ODD), st.text(max_size=60))
words = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), text)
odd_json = st.recursive(
    words, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3)
)
output = st.fixed_dictionaries(
    {"output_type": st.sampled_from(["stream", "display_data", "error", "x"])},
    optional={"text": odd_json, "data": st.dictionaries(text, odd_json, max_size=2)},
)
cell = st.fixed_dictionaries(
    {"cell_type": st.sampled_from(["code", "code", "markdown", "raw", "x"]), "source": text},
    optional={
        "metadata": st.one_of(odd_json, st.just({"nbgrader": {"grade_id": "double", "grade": 1}})),
        "outputs": st.one_of(odd_json, st.lists(output, max_size=3)),
        "id": odd_json,
    },
)


@st.composite
def odd_notebook(draw, base):
    """An honest notebook with cells put in, replaced, taken out."""
    made = json.loads(base)
    for _ in range(draw(st.integers(0, 4))):
        place = draw(st.integers(0, len(made["cells"])))
        width = draw(st.integers(0, 3))
        made["cells"][place : place + width] = draw(st.lists(cell | odd_json, max_size=2))
    made |= draw(
        st.dictionaries(st.sampled_from(["nbformat", "metadata", "x"]), odd_json, max_size=1)
    )
    return json.dumps(made).encode()


def content(base):
    notebooks = odd_notebook(base)
    cut = st.tuples(notebooks, st.integers(0, 3000)).map(lambda pair: pair[0][: -pair[1] or None])
    recoded = notebooks.map(lambda made: made.decode().encode("utf-16"))
    inner = st.dictionaries(
        st.text("ab/.\\é", min_size=1, max_size=9), st.binary(max_size=50), max_size=3
    )
    bundle = st.tuples(notebooks, inner).map(lambda p: zipped(p[1] | {f"a/{LESSON}.ipynb": p[0]}))
    whole = st.one_of(st.binary(max_size=200), odd_json.map(lambda v: json.dumps(v).encode()))
    return st.one_of(notebooks, notebooks, cut, recoded, whole, bundle)


name = (
    st.binary(min_size=1, max_size=12)
    .map(lambda raw: raw.translate(None, b"/\x00"))
    .filter(lambda raw: raw.strip(b"."))
)
ending = st.sampled_from([b".ipynb"] * 4 + [b".zip", b".py", b".docx", b".tar.gz", b""])


def test_odd_uploads_change_no_honest_grade(example, tmp_path):
    base = notebook(example, words="Because.", **RIGHT)
    folder, out, odd = tmp_path / "uploads", tmp_path / "grades", []

    @settings(
        max_examples=MANY,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(st.tuples(name, ending, content(base)))
    def draw(case):
        odd.append(case)

    draw()
    honest = folder / "an honest student" / f"{LESSON}.ipynb"
    honest.parent.mkdir(parents=True)
    honest.write_bytes(base)
    for number, (called, kind, held) in enumerate(odd):
        where = os.fsencode(folder) + b"/odd %03d " % number + called
        os.makedirs(where)
        with open(where + b"/" + called + kind, "wb") as file:
            file.write(held)
    os.mkfifo(folder / "a pipe.ipynb")
    limits = Limits(cpu=2, wall=10, submission=60)
    grade.run(example, grade.Options(folder, out, limits=limits), say=str)
    rows = list(csv.DictReader(io.StringIO((out / "gradebook.csv").read_text("utf-8-sig"))))
    own = {r["exercise"]: (r["points"], r["status"]) for r in rows if "honest" in r["student"]}
    assert own == {
        "double": ("3", "ok"),
        "square": ("2", "ok"),
        "cube": ("1", "ok"),
        "why": ("0", "needs manual grading"),
    }
    there = {row["student"][:7] for row in rows}
    assert {f"odd {number:03d}" for number in range(len(odd))} <= there
    failed = [row for row in rows if row["status"] == "grading failed"]
    assert not failed, failed
    assert any(row["status"] == "not a notebook" and row["student"] == "a pipe" for row in rows)


@settings(max_examples=200, deadline=None, derandomize=True, database=None)
@given(text)
def test_no_text_stops_what_reads_it(source):
    statements(source)
    harmless(source)
    plain_text(source).encode()
    for wrapped in ([{"cell_type": "code", "source": source}], [source], source):
        try:
            read(json.dumps({"cells": wrapped}).encode())
        except ValueError:
            continue


@pytest.mark.parametrize(
    "source",
    [
        "\n".join(["%x"] * 90 + ["y = 1"] * 20_000),
        "x=1;" * 50_000,
        "(" * 190_000,
        "-" * 199_999 + "1",
    ],
    ids=["magics", "statements", "brackets", "signs"],
)
def test_a_cell_that_is_costly_to_read_is_not_read(source):
    assert statements(source) is None
