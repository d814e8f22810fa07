"""Reading a lesson source and holding it to its rules.

A source is a py:percent script whose cells carry marks (``# %% exercise="name"``):

=====================  ==========================================================================
``setup=true``         the lesson's first code; the build puts Colab and dataset lines above it
``exercise="n"``       code with ``### BEGIN SOLUTION`` … ``### END SOLUTION``
``check="n" points=3`` calls ``check("n", answer)``; may hold ``### BEGIN HIDDEN TESTS`` … ``END``
``open="n" points=4``  an answer in words, model answer between the solution marks
``rubric="n"``         how that answer is graded; instructor edition only
``quiz="n"``           a question in words with choices, see ``parts.quiz``
``after=true``         tells what the cell above shows: closed in the learner edition
``fact=true``          output is a fact of the data: nbval compares it
``hide_input=true``    the code is folded away
=====================  ==========================================================================
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import jupytext
from nbformat import NotebookNode

KINDS = ("exercise", "check", "open", "rubric", "setup", "quiz")
KEYS = {*KINDS, "points", "fact", "hide_input", "tags", "after"}
PARTNERS = {"exercise": "check", "check": "exercise", "rubric": "open"}
MAX_LINES = 25
MARK = re.compile(r"(BEGIN|END) (SOLUTION|HIDDEN TESTS)")
HIDDEN = re.compile(r"### BEGIN HIDDEN TESTS.*?### END HIDDEN TESTS", re.DOTALL)
HOME = {
    "SOLUTION": ({"exercise", "open"}, 'a solution outside an exercise: mark it exercise="name"'),
    "HIDDEN TESTS": ({"check"}, 'hidden tests outside a check: move them to a cell check="name"'),
}


class BuildError(ValueError):
    """What is wrong in a lesson's source: file, line, cell and remedy, one problem a line."""


def read(source: Path) -> list[tuple[int, NotebookNode]]:
    """Cells of a lesson, each with the line of its ``# %%``; only the marks stay as metadata.

    Raises:
        BuildError: the source breaks a rule; every problem is listed.
    """
    text = source.read_text(encoding="utf-8")
    notebook = jupytext.reads(text, fmt="py:percent")
    lines = [n for n, line in enumerate(text.splitlines(), 1) if line.startswith("# %%")]
    if len(notebook.cells) != len(lines):
        raise BuildError(f"{place(source, 1)}: text above the first '# %%': give it a cell")
    for cell in notebook.cells:
        cell.metadata.pop("lines_to_next_cell", None)
    cells = list(zip(lines, notebook.cells, strict=True))
    if problems := [f"{place(source, line)}: {problem}" for line, problem in _problems(cells)]:
        raise BuildError("\n".join(problems))
    return cells


def place(source: Path, line: int) -> str:
    """Where something is, the way an editor understands it."""
    return f"{source.parent.name}/{source.name}:{line}"


def kind_and_name(cell: NotebookNode) -> tuple[str, str] | None:
    """What a marked cell is and what it is called; None for any other cell."""
    kind = next((kind for kind in KINDS if kind in cell.metadata), None)
    return (kind, str(cell.metadata[kind])) if kind else None


def grade_id(kind: str, name: str) -> str:
    """The name nbgrader knows a cell by: unique among exercises, checks and open questions."""
    return name if kind in ("exercise", "open") else f"{kind}_{name}"


def checked_answer(cell: NotebookNode) -> str | None:
    """What a check cell hands to ``check("name", answer)`` in the learner's sight; else None.

    Raises:
        SyntaxError: the cell is no Python.
    """
    for node in ast.walk(ast.parse(HIDDEN.sub("", cell.source))):
        match node:
            case ast.Call(ast.Name("check"), [ast.Constant(name), answer]):
                if name == cell.metadata["check"]:
                    return ast.unparse(answer)
    return None


def _problems(cells: list[tuple[int, NotebookNode]]) -> Iterator[tuple[int, str]]:
    named = {kind_and_name(cell) for _, cell in cells}
    first: dict[str, int] = {}
    for line, cell in cells:
        rules = [_unknown(cell), _region(cell), _length(cell)]
        if found := kind_and_name(cell):
            kind, name = found
            earlier = first.setdefault(grade_id(kind, name), line)
            if earlier != line:
                yield line, f"duplicate {kind} {name!r}, first on line {earlier}: rename one"
            partner = PARTNERS.get(kind)
            if partner and (partner, name) not in named:
                yield line, f"{kind} {name!r} has no {partner}: add {partner}={name!r}, or rename"
            rules.append(_marked(cell, kind, name))
        for rule in rules:
            for problem in rule:
                yield line, problem


def _unknown(cell: NotebookNode) -> Iterator[str]:
    for key in sorted(set(cell.metadata) - KEYS):
        yield f"unknown cell mark {key!r}: use one of {', '.join(sorted(KEYS))}"


def _marked(cell: NotebookNode, kind: str, name: str) -> Iterator[str]:
    """Rules for a cell that is something."""
    if others := [other for other in KINDS if other in cell.metadata and other != kind]:
        yield f"a cell is one thing, not {kind} and {' and '.join(others)}: split it"
    if not re.fullmatch(r"[A-Za-z][\w-]*", name):
        yield f"{kind} {name!r}: name it with letters, digits and _"
    if kind in ("exercise", "open") and "BEGIN SOLUTION" not in cell.source:
        yield f"{kind} {name!r} has no solution: put it between ### BEGIN and ### END SOLUTION"
    points = cell.metadata.get("points")
    if kind in ("check", "open") and not (type(points) is int and points > 0):
        yield f"{kind} {name!r} needs points: write points=3 beside its name"
    if kind == "check":
        yield from _unchecked(cell, name)
    if kind in ("rubric", "quiz") and cell.cell_type != "markdown":
        yield f"{kind} {name!r} is code: write '# %% [markdown] {kind}=\"{name}\"'"


def _unchecked(cell: NotebookNode, name: str) -> Iterator[str]:
    try:
        if not checked_answer(cell):
            yield (
                f'check {name!r} never calls check("{name}", …) above or below its hidden tests: '
                "hand it the answer"
            )
    except SyntaxError as error:
        yield f"check {name!r} is no Python: {error.msg}"


def _region(cell: NotebookNode) -> Iterator[str]:
    """Solutions and hidden tests lie in their kind of cell, every BEGIN with its END."""
    edges = MARK.findall(cell.source)
    for what in sorted({what for _, what in edges}):
        kinds, problem = HOME[what]
        if not kinds & set(cell.metadata):
            yield problem
    if edges != [(e, what) for begin, what in edges if begin == "BEGIN" for e in ("BEGIN", "END")]:
        marks = ", ".join(" ".join(edge) for edge in edges)
        yield f"unbalanced marks ({marks}): every BEGIN needs its END below it"


def _length(cell: NotebookNode) -> Iterator[str]:
    lines = [line for line in cell.source.splitlines() if not MARK.search(line)]
    if cell.cell_type == "code" and len(lines) > MAX_LINES:
        yield f"{len(lines)} lines of code, the limit is {MAX_LINES}: split the cell"
