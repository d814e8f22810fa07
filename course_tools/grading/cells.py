"""From an uploaded notebook to steps and answers: read it, recognise its lesson, lay it out.

What a cell defines beats its id: an answer is found where it stands, also in cells that were
copied, moved, retyped or stripped. Points, tests and settings always come from the course.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import nbformat
from nbgrader.utils import compute_checksum

from course_tools.grading.clean import plain_text
from course_tools.grading.plan import Lesson, Names, Statement, Step, Task, statements

LARGEST = 100 * 2**20  # bytes of a notebook
MOST_CELLS = 2000
LONGEST = 200_000  # characters of a cell
MOST_TEXT = 2_000_000  # characters of all cells
MOST_STEPS = 5000  # statements of all cells


class InvalidNotebookError(ValueError):
    """A file is no notebook; the message says why."""


@dataclass
class Cell:
    """A cell as it was handed in; ``place``: the cell of the instructor edition that it was."""

    kind: str
    source: str
    id: str | None = None
    grade_id: str | None = None
    checksum: str | None = None
    outputs: list = field(default_factory=list)
    place: int | None = None

    @property
    def text(self) -> str:
        return plain(self.source)


def plain(text: str) -> str:
    """Text without what editors change by themselves: line ends, trailing blanks, empty lines."""
    return "\n".join(line.rstrip() for line in text.splitlines() if line.strip())


# -------------------------------------------------------------------------------------- read
def read(content: bytes) -> list[Cell]:
    """The cells of a notebook, of whatever version and however damaged its metadata.

    Raises:
        InvalidNotebookError: it is not a notebook.
    """
    if len(content) > LARGEST:
        raise InvalidNotebookError(f"the file is larger than {LARGEST // 2**20} MB")
    try:
        notebook = json.loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise InvalidNotebookError("the file is not text (UTF-8)") from None
    except RecursionError:
        raise InvalidNotebookError("the file is not a notebook: nested too deeply") from None
    except ValueError as error:
        reason = str(error)[:100] if content.strip() else "it is empty"
        raise InvalidNotebookError(f"the file is not JSON: {reason}") from None
    cells = notebook.get("cells") if isinstance(notebook, dict) else None
    if cells is None and isinstance(notebook, dict):  # notebooks before version 4
        sheets = notebook.get("worksheets")
        sheets = [s for s in sheets if isinstance(s, dict)] if isinstance(sheets, list) else []
        parts = [s["cells"] for s in sheets if isinstance(s.get("cells"), list)]
        cells = [cell for part in parts for cell in part] or None
    if not isinstance(cells, list):
        raise InvalidNotebookError("the file is JSON, but has no cells")
    if len(cells) > MOST_CELLS:
        raise InvalidNotebookError(f"it has more than {MOST_CELLS} cells")
    found = [_cell(raw) for raw in cells if isinstance(raw, dict)]
    if sum(len(cell.source) for cell in found) > MOST_TEXT:
        raise InvalidNotebookError(f"its cells hold more than {MOST_TEXT:,} characters")
    return found


def _cell(raw: dict) -> Cell:
    metadata = raw.get("metadata") if isinstance(raw.get("metadata"), dict) else {}
    mark = metadata.get("nbgrader") if isinstance(metadata.get("nbgrader"), dict) else {}
    kind = raw.get("cell_type") if raw.get("cell_type") in ("code", "markdown") else "raw"
    return Cell(
        kind,
        plain_text(joined(raw.get("source", raw.get("input"))) or "", LONGEST),
        _word(raw.get("id")),
        _word(mark.get("grade_id")),
        _word(mark.get("checksum")),
        raw["outputs"] if isinstance(raw.get("outputs"), list) else [],
    )


def _word(value: Any) -> str | None:
    return plain_text(value, 200) if isinstance(value, str) else None


def joined(value: Any) -> str | None:
    """Text that notebooks write as one string or as a list of lines."""
    if isinstance(value, list):
        value = "".join(part for part in value if isinstance(part, str))
    return value if isinstance(value, str) else None


def recognise(cells: list[Cell], lessons: Mapping[str, Lesson], filename: str) -> Lesson | None:
    """The lesson these cells belong to, by what they are, else by the file's name."""
    ids = {cell.id for cell in cells} - {None}
    marks = {cell.grade_id for cell in cells} - {None}
    code = {cell.text for cell in cells if len(cell.text) > 20}
    defined = {name for cell in cells if cell.kind == "code" for name in _binds(cell)}

    def score(lesson: Lesson) -> int:
        released = lesson.released.values()
        return (
            sum(cell.get("id") in ids for cell in released)
            + 2 * sum(task.name in marks for task in lesson.tasks)
            + sum(plain(cell.source) in code for cell in released)
            + 2 * sum(bool(task.names & defined) for task in lesson.tasks)
        )

    if lessons:
        best = max(lessons.values(), key=score)
        if score(best) >= 2:
            return best
    return by_name(filename, lessons)


def _binds(cell: Cell) -> set[str]:
    return {name for s in statements(cell.source) or () for name in s.names.binds}


def by_name(filename: str, lessons: Mapping[str, Lesson]) -> Lesson | None:
    """The lesson that a file's name mentions."""
    known = re.sub(r"[^a-z0-9]+", "_", filename.lower())
    return next((lesson for name, lesson in lessons.items() if name.lower() in known), None)


# ------------------------------------------------------------------------------------ layout
@dataclass
class Answer:
    """What was found for a task: its source, or None; ``attempted`` if it is not the stub.

    defined: the steps that bind its names; checks: (step, what is checked) where the check stands.
    """

    source: str | None
    attempted: bool = False
    notes: list[str] = field(default_factory=list)
    cell: int | None = None
    defined: list[int] = field(default_factory=list)
    checks: list[tuple[int, str]] = field(default_factory=list)


@dataclass
class Work:
    """A submission laid out: its statements in the notebook's order, and an answer for each task.

    used: the cells that hold answers. Statements of the lesson that the notebook lacks are put
    where they were.
    """

    lesson: Lesson
    cells: list[Cell]
    steps: list[Step]
    answers: dict[str, Answer]
    used: set[int] = field(default_factory=set)
    notes: list[str] = field(default_factory=list)


def lay_out(cells: list[Cell], lesson: Lesson) -> Work:
    """Find the statements and the answers of a lesson in the cells that were handed in.

    Raises:
        InvalidNotebookError: they hold more statements than a person writes.
    """
    _place(cells, lesson)
    _revive(cells, lesson)
    work = Work(lesson, cells, [], {})
    checks = _add_steps(work)
    if len(work.steps) > MOST_STEPS:
        raise InvalidNotebookError(f"its cells hold more than {MOST_STEPS:,} statements")
    for task in lesson.tasks:
        answer = _code(work, task) if task.kind == "code" else _words(work, task)
        answer.checks = checks.get(task.name, [])
        work.answers[task.name] = answer
    _note_checks(work)
    return work


def _place(cells: list[Cell], lesson: Lesson) -> None:
    """Say of each cell which of the lesson's it was: by its text, its id, or nbgrader's mark."""
    by_text, by_mark = {}, {}
    for place, released in lesson.released.items():
        by_text.setdefault(plain(released.source), place)
        by_mark[released.get("id")] = place
        if "nbgrader" in released.metadata:
            by_mark[released.metadata.nbgrader.grade_id] = place
    free = set(lesson.released)
    for find in (
        lambda cell: by_text.get(cell.text),
        lambda cell: by_mark.get(cell.id or ""),
        lambda cell: by_mark.get(cell.grade_id or ""),
    ):
        for cell in cells:
            place = find(cell)
            if cell.place is None and place in free:
                cell.place = place
                free.discard(place)


def _revive(cells: list[Cell], lesson: Lesson) -> None:
    """An answer whose cell became Markdown is code, if no code cell answers it."""
    for task in (task for task in lesson.tasks if task.kind == "code"):
        if any(cell.kind == "code" and _defines(cell, task, lesson) for cell in cells):
            continue
        for cell in cells:
            source = re.sub(r"^```.*$", "", cell.source, flags=re.MULTILINE)
            if cell.kind != "code" and _defines(Cell("code", source), task, lesson):
                cell.kind, cell.source = "code", source


def _defines(cell: Cell, task: Task, lesson: Lesson) -> bool:
    if not any(name in cell.source for name in task.names):
        return False
    found = statements(cell.source) or ()
    return any(task.names & s.names.binds and s.text not in lesson.stubs for s in found)


def _add_steps(work: Work) -> dict[str, list[tuple[int, str]]]:
    """Fill in the steps; returns where each task's check stands."""
    lesson, checks = work.lesson, {}
    numbers: dict[str, int] = {}
    for number, step in enumerate(lesson.steps):
        numbers.setdefault(step.statement.text, number)
    missing = list(_missing(work))
    names = {task.name for task in lesson.tasks}
    last = -1  # the number of the lesson's statement that was seen last

    def give_back() -> None:
        nonlocal last
        while missing and missing[0][0] <= last + 1:
            number, step = missing.pop(0)
            work.steps.append(step)
            last = max(last, number)

    for index, cell in enumerate(work.cells):
        if cell.kind != "code":
            continue
        found = statements(cell.source)
        for statement in (_broken(cell.source, lesson),) if found is None else found:
            give_back()
            if statement.check in names:
                checks.setdefault(statement.check, []).append((len(work.steps), statement.answer))
                continue
            number = numbers.get(statement.text)
            kind = "own" if statement.text not in lesson.stubs else "stub"
            if number is None:
                work.steps.append(Step(statement, kind, index))
            else:
                always = lesson.steps[number].always
                work.steps.append(Step(statement, "lesson", index, always))
                last = max(last, number)
    last = len(lesson.steps)
    give_back()
    return checks


def _missing(work: Work) -> Iterable[tuple[int, Step]]:
    """Statements of the lesson that the notebook lacks, with their number in the lesson."""
    cells = [cell for cell in work.cells if cell.kind == "code"]
    here = {s.text for cell in cells for s in statements(cell.source) or ()}
    for number, step in enumerate(work.lesson.steps):
        if step.statement.text not in here:
            yield number, Step(step.statement, "lesson", -1, step.always)


def _broken(source: str, lesson: Lesson) -> Statement:
    """A cell that is no Python: it will fail to run, and still is what was answered."""
    names = {name for task in lesson.tasks for name in task.names}
    bound = {name for name in names if re.search(rf"\b{re.escape(name)}\b\s*(\(|=|:)", source)}
    return Statement(source, source, Names(binds=frozenset(bound)))


# ----------------------------------------------------------------------------------- answers
def _code(work: Work, task: Task) -> Answer:
    stub = plain(work.lesson.released[task.place].source)
    marked = [i for i, c in enumerate(work.cells) if c.grade_id == task.name]
    marked += [i for i, c in enumerate(work.cells) if c.place == task.place and i not in marked]
    bound = [i for i, step in enumerate(work.steps) if task.names & step.names.binds]
    defined = [i for i in bound if work.steps[i].kind == "own"]
    work.used |= {i for i in marked if work.cells[i].text == stub}
    if defined:
        cells = list(dict.fromkeys(work.steps[i].cell for i in defined))
        functions = [i for i in defined if work.steps[i].statement.is_definition]
        cell = work.steps[(functions or defined)[-1]].cell
        answer = Answer(work.cells[cell].source, True, cell=cell, defined=defined)
        if len(cells) > 1:
            answer.notes.append(f"answered in {len(cells)} cells: what its check saw counts")
        if cell not in marked:
            answer.notes.append("its cell had lost its marks: found by what it defines")
        work.used.add(cell)
        return answer
    changed = [i for i in marked if work.cells[i].text not in ("", stub)]
    if changed and not any(work.steps[i].cell in changed for i in bound):
        work.used.add(changed[-1])
        return Answer(work.cells[changed[-1]].source, True, cell=changed[-1])
    if marked or bound:
        return Answer(stub)
    return Answer(None, notes=["its cell is missing"])


def _words(work: Work, task: Task) -> Answer:
    released = work.lesson.released[task.place].source
    stub, cells = plain(released), work.cells
    question = stub.replace("*Your answer here.*", "").strip()
    found = [i for i, c in enumerate(cells) if c.place == task.place or c.grade_id == task.name]
    if not found and question:
        start = question[:80]
        found = [i for i, c in enumerate(cells) if c.kind != "code" and start in c.text]
    work.used |= set(found)
    attempted = [i for i in found if cells[i].text not in ("", stub, question)]
    if attempted:
        return Answer(cells[attempted[-1]].source, True, cell=attempted[-1])
    # an answer in new cells below the question, or in place of it
    earlier = [i for i, c in enumerate(cells) if c.place is not None and c.place < task.place]
    start = found[-1] if found else earlier[-1] if earlier else -1
    parts = []
    for index in range(start + 1, len(cells)):
        if cells[index].place is not None or cells[index].kind == "code":
            break
        if cells[index].text:
            parts.append(cells[index].source)
            work.used.add(index)
    if parts:
        note = "answered in a cell of its own"
        return Answer("\n\n".join([released, *parts]), True, [note], start + 1)
    return Answer(released if found else None, notes=[] if found else ["its cell is missing"])


def _note_checks(work: Work) -> None:
    """Missing and edited tests; those of an older release are told apart by their checksum."""
    lesson, older = work.lesson, False
    by_place = {cell.place: cell for cell in work.cells if cell.place is not None}
    for task in lesson.tasks:
        answer = work.answers[task.name]
        if task.check is None:
            continue
        cell = by_place.get(task.check)
        editions = (lesson.released[task.check], lesson.master.cells[task.check])
        if cell is None and not answer.checks:
            if answer.source is not None:
                answer.notes.append("its check was missing: restored")
        elif cell is not None and cell.text not in {plain(c.source) for c in editions}:
            if cell.checksum and cell.checksum == _checksum(cell):
                older = True
                answer.notes.append("its check is of an older release: today's was used")
            else:
                answer.notes.append("its check was edited: the original was used")
    known = {task.name for task in lesson.tasks} | {f"check_{task.name}" for task in lesson.tasks}
    if older or any(c.checksum and c.grade_id and c.grade_id not in known for c in work.cells):
        work.notes.append("made from an older release of the course")


def _checksum(cell: Cell) -> str:
    """nbgrader's checksum of a locked cell, for the number of points that makes it fit."""
    mark = {"grade": True, "grade_id": cell.grade_id, "schema_version": 3, "locked": True}
    copy = nbformat.v4.new_code_cell(cell.source)
    for points in range(21):
        nbgrader = mark | {"points": points, "solution": False, "task": False}
        copy.metadata["nbgrader"] = nbformat.from_dict(nbgrader)
        if (found := compute_checksum(copy)) == cell.checksum:
            return found
    return ""
