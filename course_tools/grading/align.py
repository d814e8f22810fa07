"""From an uploaded notebook to answers: read it, recognise its lesson, find each answer in it.

Cells are known by their id, by nbgrader's metadata, by what they define, and by what they look
like, so an answer is found even where cells were copied, moved, retyped or stripped. Points, tests
and settings always come from the course, never from the upload.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbgrader.utils import compute_checksum

from course_tools.grading.plan import Lesson, Names, Piece, Task, names, split

LARGEST = 100 * 2**20  # bytes of a notebook
MOST_CELLS = 2000
LONGEST = 200_000  # characters of a cell
SIMILAR = 0.7  # of two texts: from here on they are versions of one


class InvalidNotebookError(ValueError):
    """A file is no notebook; the message says why."""


@dataclass
class Cell:
    """A cell as it was handed in."""

    kind: str
    source: str
    id: str | None = None
    grade_id: str | None = None
    checksum: str | None = None
    outputs: list = field(default_factory=list)
    place: int | None = None  # the cell of the instructor edition it is a version of, or follows
    version: bool = False  # it is a version of that cell

    @property
    def text(self) -> str:
        return plain(self.source)

    @property
    def names(self) -> Names:
        return (names(self.source) if self.kind == "code" else None) or Names()


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
        sheets = sheets if isinstance(sheets, list) else []
        cells = [c for sheet in sheets if isinstance(sheet, dict) for c in sheet.get("cells", [])]
        cells = cells or None
    if not isinstance(cells, list):
        raise InvalidNotebookError("the file is JSON, but has no cells")
    if len(cells) > MOST_CELLS:
        raise InvalidNotebookError(f"it has more than {MOST_CELLS} cells")
    return [_cell(raw) for raw in cells if isinstance(raw, dict)]


def _cell(raw: dict) -> Cell:
    def text(value: Any) -> str | None:
        return value if isinstance(value, str) else None

    source = raw.get("source", raw.get("input", ""))
    if isinstance(source, list):
        source = "".join(part for part in source if isinstance(part, str))
    source = (source if isinstance(source, str) else "").encode("utf-8", "replace").decode()
    metadata = raw.get("metadata") if isinstance(raw.get("metadata"), dict) else {}
    mark = metadata.get("nbgrader") if isinstance(metadata.get("nbgrader"), dict) else {}
    kind = raw.get("cell_type") if raw.get("cell_type") in ("code", "markdown") else "raw"
    return Cell(
        kind,
        source[:LONGEST],
        text(raw.get("id")),
        text(mark.get("grade_id")),
        text(mark.get("checksum")),
        raw["outputs"] if isinstance(raw.get("outputs"), list) else [],
    )


def recognise(cells: list[Cell], lessons: Mapping[str, Lesson], filename: str) -> Lesson | None:
    """The lesson these cells belong to, by what they are, else by the file's name."""
    ids = {cell.id for cell in cells} - {None}
    marks = {cell.grade_id for cell in cells} - {None}
    code = {cell.text for cell in cells if len(cell.text) > 20}
    defined = {name for cell in cells for name in cell.names.binds}

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


def by_name(filename: str, lessons: Mapping[str, Lesson]) -> Lesson | None:
    """The lesson that a file's name mentions."""
    known = re.sub(r"[^a-z0-9]+", "_", filename.lower())
    return next((lesson for name, lesson in lessons.items() if name.lower() in known), None)


# ------------------------------------------------------------------------------------- align
@dataclass
class Answer:
    """What was found for a task: its cell's source, or None; ``attempted`` if it was changed."""

    source: str | None
    attempted: bool = False
    notes: list[str] = field(default_factory=list)


@dataclass
class Aligned:
    """A submission laid over its lesson."""

    lesson: Lesson
    cells: list[Cell]
    answers: dict[str, Answer]
    own: list[Cell]  # code that is the student's own or was changed, with its place
    remarks: list[Cell]  # markdown of their own, with its place
    notes: list[str] = field(default_factory=list)

    def pieces(self) -> list[Piece]:
        """All code in the order in which it runs: the lesson, the answers, cells of their own."""
        tasks = {task.place: task for task in self.lesson.tasks if task.kind == "code"}
        found: list[tuple[tuple, Piece]] = []
        for order, piece in enumerate(self.lesson.pieces):
            found.append(((piece.place, 0, order), piece))
        for place, task in tasks.items():
            source = self.answers[task.name].source
            if source is not None:
                # what cannot be read as Python is still this task's answer, and will fail to run
                known = names(source) or Names(binds=task.names)
                found.append(((place, 0, 0), Piece(source, place, "answer", known, task.name)))
        lesson_binds: dict[int, frozenset] = {}
        for piece in self.lesson.pieces:
            lesson_binds[piece.place] = (
                lesson_binds.get(piece.place, frozenset()) | piece.names.binds
            )
        for order, cell in enumerate(self.own):
            if names(cell.source) is None:
                continue
            # what the lesson's version of a cell defines comes from there
            given = lesson_binds.get(cell.place, frozenset()) if cell.version else frozenset()
            whole = Piece(cell.source, cell.place, "own", cell.names)
            for part in split(cell.source, cell.place) if cell.version else [whole]:
                n = part.names
                n = Names(n.binds - given, n.imports, n.changes - given, n.uses)
                found.append(((cell.place, 1, order), Piece(part.source, cell.place, "own", n)))
        return [piece for _, piece in sorted(found, key=lambda pair: pair[0])]


def align(cells: list[Cell], lesson: Lesson) -> Aligned:
    """Find each answer of a lesson in the cells that were handed in."""
    _match(cells, lesson)
    aligned = Aligned(lesson, cells, {}, [], [])
    taken: set[int] = set()
    for task in lesson.tasks:
        find = _find_code if task.kind == "code" else _find_words
        aligned.answers[task.name] = find(task, lesson, cells, taken)
    _note_checks(aligned)
    originals = {place: _originals(lesson, place) for place in lesson.released}
    graded = {task.place for task in lesson.tasks}
    last = 0
    for index, cell in enumerate(cells):
        last = cell.place if cell.place is not None else last
        if index in taken or cell.place in graded or not cell.text:
            continue
        cell.version = cell.place is not None
        if not cell.version or cell.text not in originals[cell.place]:
            cell.place = last
            (aligned.own if cell.kind == "code" else aligned.remarks).append(cell)
    return aligned


def _originals(lesson: Lesson, place: int) -> set[str]:
    return {plain(edition[place].source) for edition in (lesson.released, lesson.master.cells)}


def _match(cells: list[Cell], lesson: Lesson) -> None:
    """Say of each cell which cell of the lesson it is a version of, where that is clear."""
    released = lesson.released
    by_id = {cell.get("id"): place for place, cell in released.items()}
    marks = {
        c.metadata.nbgrader.grade_id: p for p, c in released.items() if "nbgrader" in c.metadata
    }
    by_text: dict[str, int] = {}
    for place, cell in released.items():
        by_text.setdefault(plain(cell.source), place)
    free = set(released)

    def take(cell: Cell, place: int | None) -> None:
        if place in free and cell.place is None:
            cell.place = place
            free.discard(place)

    for cell in cells:
        take(cell, by_text.get(cell.text))
    for cell in cells:
        take(cell, by_id.get(cell.id) if cell.id else None)
    for cell in cells:
        take(cell, marks.get(cell.grade_id) if cell.grade_id else None)
    for cell in cells:
        if cell.place is None and cell.text:
            near = [(_similarity(cell, released[p]), p) for p in free]
            ratio, place = max(near, default=(0.0, None))
            take(cell, place if ratio >= SIMILAR else None)


def _similarity(cell: Cell, other: NotebookNode) -> float:
    if (cell.kind == "code") != (other.cell_type == "code"):
        return 0.0
    matcher = difflib.SequenceMatcher(None, cell.text[:4000], plain(other.source)[:4000], False)
    if matcher.real_quick_ratio() < SIMILAR or matcher.quick_ratio() < SIMILAR:
        return 0.0
    return matcher.ratio()


def _find_code(task: Task, lesson: Lesson, cells: list[Cell], taken: set[int]) -> Answer:
    stub = plain(lesson.released[task.place].source)
    word = re.compile(rf"\b({'|'.join(map(re.escape, sorted(task.names)))})\b\s*(\(|=|:)")
    others = {t.check for t in lesson.tasks} | {t.place for t in lesson.tasks if t != task}
    others.discard(None)

    def defines(cell: Cell) -> bool:
        known = names(cell.source)
        return bool(task.names & known.binds) if known else bool(word.search(cell.source))

    def marked(cell: Cell) -> bool:
        return cell.place == task.place or cell.grade_id == task.name

    code = [(i, cell) for i, cell in enumerate(cells) if cell.kind == "code" and cell.text]
    found = [(i, c) for i, c in code if task.names and defines(c) and c.place not in others]
    # a name of an exercise may be bound elsewhere in the lesson, in cells that are the lesson's own
    same = {plain(cell.source) for place, cell in lesson.released.items() if place != task.place}
    found = [(i, c) for i, c in found if marked(c) or c.text not in same]
    if not found:
        found = [(i, cell) for i, cell in code if marked(cell)]
    if not found:
        return Answer(None, notes=["its cell is missing"])
    taken |= {i for i, cell in found if marked(cell)}
    attempted = [(i, cell) for i, cell in found if cell.text != stub]
    index, chosen = (attempted or found)[-1]
    taken.add(index)
    answer = Answer(chosen.source, bool(attempted))
    if len(attempted) > 1:
        answer.notes.append(f"answered in {len(attempted)} cells: the last one counts")
    if not marked(chosen):
        answer.notes.append("its cell had lost its marks: found by what it defines")
    return answer


def _find_words(task: Task, lesson: Lesson, cells: list[Cell], taken: set[int]) -> Answer:
    stub = plain(lesson.released[task.place].source)
    question = stub.replace("*Your answer here.*", "").strip()
    found = [
        (i, c) for i, c in enumerate(cells) if task.place == c.place or c.grade_id == task.name
    ]
    if not found and question:
        start = question[:80]
        found = [(i, c) for i, c in enumerate(cells) if c.kind != "code" and start in c.text]
    taken |= {i for i, _ in found}
    attempted = [(i, cell) for i, cell in found if cell.text not in ("", stub, question)]
    if attempted:
        index, cell = attempted[-1]
        return Answer(cell.source, True)
    # an answer in new cells below the question, or in place of it
    start = found[-1][0] if found else _before(task, cells)
    parts = []
    for index in range(start + 1, len(cells)):
        if cells[index].place is not None or cells[index].kind == "code":
            break
        if cells[index].text:
            parts.append(cells[index].source)
            taken.add(index)
    released = lesson.released[task.place].source
    if parts:
        note = "answered in a cell of its own"
        return Answer("\n\n".join([released, *parts]), True, [note])
    return Answer(released if found else None, notes=[] if found else ["its cell is missing"])


def _before(task: Task, cells: list[Cell]) -> int:
    earlier = [i for i, c in enumerate(cells) if c.place is not None and c.place < task.place]
    return earlier[-1] if earlier else -1


def _note_checks(aligned: Aligned) -> None:
    """Missing and edited tests; those of an older release are told apart by their checksum."""
    lesson, older = aligned.lesson, False
    by_place = {cell.place: cell for cell in aligned.cells if cell.place is not None}
    for task in lesson.tasks:
        if task.check is None:
            continue
        answer = aligned.answers[task.name]
        cell = by_place.get(task.check)
        if cell is None:
            if any(c.grade_id == f"check_{task.name}" for c in aligned.cells):
                continue
            if answer.source is not None:
                answer.notes.append("its check was missing: restored")
        elif cell.text not in _originals(lesson, task.check):
            if cell.checksum and cell.checksum == _checksum(cell):
                older = True
                answer.notes.append("its check is of an older release: today's was used")
            else:
                answer.notes.append("its check was edited: the original was used")
    known = {task.name for task in lesson.tasks} | {f"check_{task.name}" for task in lesson.tasks}
    foreign = {c.grade_id for c in aligned.cells if c.grade_id} - known
    if older or any(c.checksum and c.grade_id in foreign for c in aligned.cells):
        aligned.notes.append("made from an older release of the course")


def _checksum(cell: Cell) -> str:
    mark = {"grade": True, "grade_id": cell.grade_id, "schema_version": 3, "points": 0}
    # nbgrader's checksum of a locked cell: kind, source, id and points; points are not trusted, so
    # any whole number of points that fits will do
    for points in range(0, 21):
        copy = nbformat.v4.new_code_cell(cell.source)
        copy.metadata["nbgrader"] = nbformat.from_dict(
            mark | {"points": points, "locked": True, "solution": False, "task": False}
        )
        if (found := compute_checksum(copy)) == cell.checksum:
            return found
    return ""


# ------------------------------------------------------------------------------------ repair
def repaired(aligned: Aligned, checks: Mapping[str, Iterable]) -> NotebookNode:
    """The submission as nbgrader keeps it: the course's cells with the student's answers in them.

    checks: task → outputs of its check cell. Pictures and text of the upload are kept; scripts and
    HTML are not, for they would run in the TA's browser.
    """
    lesson = aligned.lesson
    answered = {task.place: aligned.answers[task.name] for task in lesson.tasks}
    checked = {task.check: task.name for task in lesson.tasks}
    uploaded = {cell.place: cell for cell in aligned.cells if cell.place is not None}
    notebook = nbformat.v4.new_notebook(metadata=lesson.master.metadata)
    for place, original in enumerate(lesson.master.cells):
        cell = deepcopy(lesson.released.get(place, original))
        if place in answered and (source := answered[place].source) is not None:
            cell.source = source if cell.cell_type == "code" else _harmless(source)
        if place in checked:
            cell.source = original.source
            cell.outputs = list(checks.get(checked[place], ()))
        elif cell.cell_type == "code" and place in uploaded:
            cell.outputs = _harmless_outputs(uploaded[place].outputs)
        notebook.cells.append(cell)
        notebook.cells += [
            _extra(own) for own in [*aligned.own, *aligned.remarks] if own.place == place
        ]
    return notebook


def _extra(cell: Cell) -> NotebookNode:
    if cell.kind == "code":
        made = nbformat.v4.new_code_cell(cell.source)
        made.outputs = _harmless_outputs(cell.outputs)
        return made
    return nbformat.v4.new_markdown_cell(_harmless(cell.source))


def _harmless(markdown: str) -> str:
    """Markdown without HTML of its own: tags are shown, not run."""
    return re.sub(r"<(?=[a-zA-Z/!?])", "&lt;", re.sub(r"(?i)javascript:", "javascript ", markdown))


def _harmless_outputs(outputs: list) -> list:
    kept, room = [], 2_000_000
    for output in outputs[:50]:
        data = output.get("data") if isinstance(output, dict) else None
        text = output.get("text") if isinstance(output, dict) else None
        if isinstance(text, list):
            text = "".join(part for part in text if isinstance(part, str))
        if isinstance(text, str):
            kept.append(nbformat.v4.new_output("stream", name="stdout", text=text[:20_000]))
        if not isinstance(data, dict):
            continue
        chosen = {}
        for kind in ("text/plain", "image/png"):
            value = data.get(kind)
            if isinstance(value, list):
                value = "".join(part for part in value if isinstance(part, str))
            if isinstance(value, str) and len(value) < room:
                if kind == "image/png" and not re.fullmatch(r"[A-Za-z0-9+/=\s]*", value):
                    continue
                room -= len(value)
                chosen[kind] = value
        if chosen:
            kept.append(nbformat.v4.new_output("display_data", data=chosen))
    return kept
