"""A learner's own copies of the lessons, in ``work/``, where nothing written is ever lost.

``notebooks/`` is made by the build and followed by git; ``work/`` is the learner's. Beside each
copy, ``work/.base/`` keeps the lesson as it was handed out, so that an update can tell an answer
from a stub, and a changed exercise from an old one.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from pathlib import Path

import nbformat
from nbformat import NotebookNode

WORK = "work"
NOTE = (
    "**This exercise changed with an update of the course.** Your answer to the older one is below."
)


# ------------------------------------------------------------------ whose notebook is it?
def stamp(notebook: NotebookNode) -> None:
    """Note in a built notebook what its cells say, so that an edited one is known later."""
    notebook.metadata["course"] = {"built": _digest(notebook)}


def edited(path: Path) -> bool:
    """Whether somebody wrote into a notebook since it was built; running it is no edit."""
    try:
        notebook = nbformat.read(path, as_version=4)
        return notebook.metadata["course"]["built"] != _digest(notebook)
    except (OSError, ValueError, KeyError, AttributeError, TypeError):
        return path.exists()  # of another hand, or broken: not ours to write over


def _digest(notebook: NotebookNode) -> str:
    cells = [f"{cell.cell_type}\0{cell.source}" for cell in notebook.cells]
    return hashlib.sha256("\1".join(cells).encode()).hexdigest()[:16]


def keep_aside(root: Path, path: Path) -> Path:
    """Copy a notebook to ``work/kept/`` under a name that is free, and return the copy."""
    folder = root / WORK / "kept"
    folder.mkdir(parents=True, exist_ok=True)
    number = 1
    while (copy := folder / f"{path.stem}-{number}.ipynb").exists():
        number += 1
    shutil.copy2(path, copy)
    return copy


# ------------------------------------------------------------------------- working copies
def prepare(root: Path, say: Callable[[str], None] = print) -> Path:
    """Copies of all lessons in ``work/``, new where there is none; the folder.

    A copy without an answer follows the lesson. One with answers stays, and if its lesson has
    changed the learner is told of ``course update``.
    """
    for lesson in sorted((root / "notebooks").glob("[0-9]*.ipynb")):
        mine, base = _mine(root, lesson), _base(root, lesson)
        if not mine.exists() or (not edited(mine) and not _same(mine, lesson)):
            _hand_out(lesson, mine, base)
        elif base.exists() and not _same(base, lesson):
            say(f"{lesson.stem}: a newer lesson is here. 'course update' keeps your answers.")
    return root / WORK


def update(root: Path, say: Callable[[str], None] = print) -> None:
    """Bring the lessons of this release into ``work/``, with the answers that are there.

    The copy as it was before stays in ``work/kept/``.
    """
    prepare(root, say=lambda text: None)
    for lesson in sorted((root / "notebooks").glob("[0-9]*.ipynb")):
        mine, base = _mine(root, lesson), _base(root, lesson)
        if base.exists() and _same(base, lesson):
            continue
        copy = keep_aside(root, mine)
        try:
            merged, changed = merge(*(_cells(path) for path in (base, mine, lesson)))
        except (OSError, ValueError) as error:
            say(f"{lesson.stem}: {mine.name} cannot be read ({error}): it stays as it is")
            copy.unlink()
            continue
        notebook = nbformat.read(lesson, as_version=4)
        notebook.cells = merged
        nbformat.write(notebook, mine)
        shutil.copy2(lesson, base)
        kept = copy.relative_to(root).as_posix()
        say(f"{lesson.stem}: updated, your answers are in it; the copy before: {kept}")
        for name in changed:
            say(f"  the exercise {name!r} changed: your answer stands below it, look at it again")


def merge(
    base: list[NotebookNode], mine: list[NotebookNode], lesson: list[NotebookNode]
) -> tuple[list[NotebookNode], list[str]]:
    """Cells of the new lesson with what a learner wrote, and the names of changed exercises.

    By cell id: a cell that the learner left alone follows the lesson; an answer to an unchanged
    exercise stays; one to a changed exercise comes after it, under a note. Cells of their own stay
    behind the cell they followed. An answer whose exercise is gone is such a cell, too.
    """
    before = {cell.id: cell for cell in base}
    new = {cell.id: cell for cell in lesson}
    answers, own, changed = {}, {}, []
    last = ""
    for cell in mine:
        old = before.get(cell.id)
        written = old is None or old.source != cell.source
        if cell.id in new and old is not None:
            last = cell.id
            if written:
                answers[cell.id] = cell
        elif written and cell.source.strip():
            own.setdefault(last, []).append(cell)
    merged = [*own.pop("", [])]
    for cell in lesson:
        if cell.id not in answers:
            merged.append(cell)
        elif before[cell.id].source == cell.source:
            merged.append(_with_source(cell, answers[cell.id]))
        else:
            changed.append(cell.metadata.get("nbgrader", {}).get("grade_id", cell.id))
            merged += [cell, nbformat.v4.new_markdown_cell(NOTE), _free(answers[cell.id])]
        merged += [_free(c) for c in own.pop(cell.id, [])]
    return merged, changed


def _with_source(cell: NotebookNode, answer: NotebookNode) -> NotebookNode:
    """The lesson's cell, with its marks for grading, and what the learner wrote in it."""
    taken = nbformat.from_dict({**cell, "source": answer.source})
    if answer.cell_type == cell.cell_type == "code":
        taken.outputs, taken.execution_count = answer.outputs, answer.execution_count
    return taken


def _free(cell: NotebookNode) -> NotebookNode:
    """A cell of the learner's own: without the marks of an exercise, under an id of its own."""
    make = {"code": nbformat.v4.new_code_cell, "markdown": nbformat.v4.new_markdown_cell}
    return make.get(cell.cell_type, nbformat.v4.new_raw_cell)(cell.source)


def _cells(path: Path) -> list[NotebookNode]:
    return nbformat.read(path, as_version=4).cells if path.exists() else []


def _hand_out(lesson: Path, mine: Path, base: Path) -> None:
    base.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(lesson, mine)
    shutil.copy2(lesson, base)
    if edited(lesson):  # answers were typed into notebooks/: they are no stubs
        notebook = nbformat.read(base, as_version=4)
        for cell in notebook.cells:
            if cell.metadata.get("nbgrader", {}).get("solution"):
                cell.source = ""
        nbformat.write(notebook, base)


def _mine(root: Path, lesson: Path) -> Path:
    return root / WORK / lesson.name


def _base(root: Path, lesson: Path) -> Path:
    return root / WORK / ".base" / lesson.name


def _same(one: Path, other: Path) -> bool:
    """Whether two notebooks say the same, whatever was run in them."""
    try:
        return _digest(nbformat.read(one, as_version=4)) == _digest(
            nbformat.read(other, as_version=4)
        )
    except (OSError, ValueError):
        return False
