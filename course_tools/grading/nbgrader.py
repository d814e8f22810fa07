"""The same grades for nbgrader: ``gradebook.db`` and the folders that formgrader opens.

Teaching assistants read open answers and write comments there (``jupyter lab`` in the folder of
grades, then Nbgrader › Formgrader); the next ``course grade`` takes their points over.
"""

from __future__ import annotations

import os
import re
import sys
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbgrader.api import Gradebook, MissingEntry
from nbgrader.preprocessors import SaveCells
from nbgrader.utils import determine_grade

from course_tools.grading.cells import Work, joined, plain
from course_tools.grading.clean import harmless, plain_text
from course_tools.grading.plan import Lesson, statements

CONFIG = """\
# Written by `course grade`. Open this folder with: jupyter lab (then Nbgrader, Formgrader)
c = get_config()
c.CourseDirectory.root = {root!r}
c.CourseDirectory.course_id = "course"
c.CourseDirectory.db_url = {db!r}
"""

UNREAD = "points_before_it_changed"  # in a cell's metadata


@dataclass
class ByHand:
    """What people decided: points (grade_id → points) and comments (grade_id → text).

    again: answers that changed after they got points, and that nobody has read since.
    """

    points: dict[str, float] = field(default_factory=dict)
    comments: dict[str, str] = field(default_factory=dict)
    again: set[str] = field(default_factory=set)


@contextmanager
def gradebook(out: Path) -> Iterator[Gradebook]:
    """The database in the folder of grades, made if there is none."""
    write(out / "nbgrader_config.py", CONFIG.format(root=str(out), db=_address(out)))
    if not (out / "gradebook.db").exists():
        _new_database(out)
    with Gradebook(_address(out), "course") as book, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # SQLAlchemy's remarks on how nbgrader uses it
        yield book


def _new_database(out: Path) -> None:
    """An empty database, there at once or not at all."""
    scratch = out / "gradebook.db.tmp"
    scratch.unlink(missing_ok=True)
    path = os.environ.get("PATH", os.defpath)
    # nbgrader calls alembic by its name, which is found only if the environment is active
    os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), path])
    try:
        Gradebook(f"sqlite:///{scratch}", "course").close()
    finally:
        os.environ["PATH"] = path
    os.replace(scratch, out / "gradebook.db")


def _address(out: Path) -> str:
    return f"sqlite:///{out / 'gradebook.db'}"


def save_lesson(book: Gradebook, out: Path, lesson: Lesson) -> None:
    """Make a lesson known to the database. If its cells changed, points by hand are kept."""
    notebook = deepcopy(lesson.master)
    for cell in notebook.cells:  # checksums tell nbgrader an untouched answer
        released = next((c for c in lesson.release.cells if c.get("id") == cell.id), None)
        if released is not None and "nbgrader" in cell.metadata:
            cell.metadata.nbgrader.checksum = released.metadata.nbgrader.checksum
            cell.source = released.source if cell.metadata.nbgrader.solution else cell.source
    write(out / "source" / lesson.name / f"{lesson.name}.ipynb", nbformat.writes(lesson.master))
    cells = {c.metadata.nbgrader.grade_id for c in notebook.cells if "nbgrader" in c.metadata}
    kept: dict[str, ByHand] = {}
    try:
        known = book.find_notebook(lesson.name, lesson.name)
        if {cell.name for cell in known.source_cells} != cells and known.submissions:
            students = [submission.student.id for submission in known.submissions]
            kept = {student: by_hand(book, lesson.name, student) for student in students}
            book.remove_assignment(lesson.name)
    except MissingEntry:
        pass
    book.update_or_create_assignment(lesson.name)
    book.db.commit()
    where = {"notebook": lesson.name, "assignment": lesson.name, "db_url": _address(out)}
    SaveCells().preprocess(notebook, {"nbgrader": where})
    book.db.expire_all()
    for student, decided in kept.items():
        book.update_or_create_submission(lesson.name, student)
        _restore(book, lesson.name, student, decided)


def _restore(book: Gradebook, lesson: str, student: str, decided: ByHand) -> None:
    for name, points in decided.points.items():
        try:
            book.find_grade(name, lesson, lesson, student).manual_score = points
        except MissingEntry:  # this release no longer asks it
            continue
    for name, text in decided.comments.items():
        try:
            book.find_comment(name, lesson, lesson, student).manual_comment = text
        except MissingEntry:
            continue
    book.db.commit()


def save_submission(
    book: Gradebook, out: Path, lesson: str, student: str, name: str, notebook: NotebookNode
) -> None:
    """Write a graded notebook and its points; points and comments by hand stay as they are.

    Where an answer changed since a person gave points, those stand until it is read again.
    """
    path = out / "autograded" / student / lesson / f"{lesson}.ipynb"
    before, now = _answers(_read(path)), _answers(notebook)
    book.update_or_create_student(student, last_name=name)
    book.update_or_create_submission(lesson, student)
    for cell in notebook.cells:
        mark = cell.metadata.get("nbgrader", {})
        if not mark.get("grade"):
            continue
        grade = book.find_grade(mark["grade_id"], lesson, lesson, student)
        score, _ = determine_grade(cell)
        if grade.auto_score != score:
            grade.auto_score = score
        answer = mark["grade_id"].removeprefix("check_")
        old, new = before.get(answer), now[answer]
        again = (
            grade.manual_score is not None
            and old is not None
            and (
                old.source != new.source
                or (grade.needs_manual_grade and old.metadata.get(UNREAD) == grade.manual_score)
            )
        )
        if again:  # the mark outlives this run; formgrader's next points take it away
            new.metadata[UNREAD] = grade.manual_score
        grade.needs_manual_grade = again or (score is None and grade.manual_score is None)
    book.db.commit()  # before the notebook: a killed run must not take the answer for read
    write(path, nbformat.writes(notebook))


def _read(path: Path) -> NotebookNode | None:
    try:
        return nbformat.read(path, as_version=4)
    except (OSError, ValueError):
        return None


def _answers(notebook: NotebookNode | None) -> dict[str, NotebookNode]:
    """The cells of answers, by exercise."""
    cells = notebook.cells if notebook else ()
    marked = ((cell.metadata.get("nbgrader", {}), cell) for cell in cells)
    return {mark["grade_id"]: cell for mark, cell in marked if mark.get("solution")}


def by_hand(book: Gradebook, lesson: str, student: str) -> ByHand:
    """What people decided about a submission."""
    found = ByHand()
    try:
        notebook = book.find_submission_notebook(lesson, lesson, student)
    except MissingEntry:
        return found
    for grade in notebook.grades:
        if grade.manual_score is not None:
            found.points[grade.name] = grade.manual_score + (grade.extra_credit or 0)
            found.again |= {grade.name} if grade.needs_manual_grade else set()
    for comment in notebook.comments:
        if comment.manual_comment:
            found.comments[comment.name] = comment.manual_comment
    return found


def check_output(points: float, message: str) -> list[NotebookNode]:
    """What a check cell shows in formgrader: nbgrader reads the number as the points."""
    data: Mapping[str, str] = {"text/plain": f"{points:g}"}
    shown = nbformat.v4.new_output("execute_result", data=dict(data), execution_count=1)
    return [nbformat.v4.new_output("stream", name="stdout", text=message + "\n"), shown]


def repaired(work: Work, checks: Mapping[str, list]) -> NotebookNode:
    """The submission as nbgrader keeps it: the course's cells with the student's answers in them.

    checks: task → outputs of its check cell. Cells of the student's own follow the cell of the
    course that they stood behind. Pictures and text of the upload are kept; scripts and HTML are
    not, for they would run in the TA's browser.
    """
    lesson = work.lesson
    answered = {task.place: work.answers[task.name] for task in lesson.tasks}
    checked = {task.check: task.name for task in lesson.tasks}
    uploaded = {cell.place: cell for cell in work.cells if cell.place is not None}
    own = _own_cells(work, {*answered, *checked} - {None})
    notebook = nbformat.v4.new_notebook(metadata=lesson.master.metadata)
    for place, original in enumerate(lesson.master.cells):
        cell = deepcopy(lesson.released.get(place, original))
        if place in answered and (source := answered[place].source) is not None:
            changed = cell.cell_type != "code" and answered[place].attempted
            cell.source = harmless(source) if changed else source
        if place in checked:
            cell.source = original.source
            cell.outputs = list(checks.get(checked[place], ()))
        elif cell.cell_type == "code" and place in uploaded:
            cell.outputs = _harmless_outputs(uploaded[place].outputs)
        notebook.cells += [cell, *own.get(place, ())]
    return notebook


def _own_cells(work: Work, graded: set[int]) -> dict[int, list[NotebookNode]]:
    """Cells that are not the course's, by the place that they stand behind."""
    known = {step.statement.text for step in work.lesson.steps} | work.lesson.stubs
    found: dict[int, list[NotebookNode]] = {}
    last = 0
    for index, cell in enumerate(work.cells):
        last = cell.place if cell.place is not None else last
        if index in work.used or cell.place in graded or not cell.text:
            continue
        if cell.kind != "code":
            if cell.place is None or cell.text != plain(work.lesson.released[cell.place].source):
                made = nbformat.v4.new_markdown_cell(harmless(cell.source))
                found.setdefault(last, []).append(made)
        elif (made := statements(cell.source)) is None or any(s.text not in known for s in made):
            made = nbformat.v4.new_code_cell(cell.source)
            made.outputs = _harmless_outputs(cell.outputs)
            found.setdefault(last, []).append(made)
    return found


def _harmless_outputs(outputs: list) -> list:
    kept, room = [], 2_000_000
    for output in outputs[:50]:
        data = output.get("data") if isinstance(output, dict) else None
        text = joined(output.get("text")) if isinstance(output, dict) else None
        if text is not None:
            text = plain_text(text, 20_000)
            kept.append(nbformat.v4.new_output("stream", name="stdout", text=text))
        chosen = {}
        for kind in ("text/plain", "image/png") if isinstance(data, dict) else ():
            value = joined(data.get(kind))
            if value is None or len(value) >= room:
                continue
            if kind == "text/plain":
                value = plain_text(value)
            elif not re.fullmatch(r"[A-Za-z0-9+/=\s]*", value):
                continue
            room -= len(value)
            chosen[kind] = value
        if chosen:
            kept.append(nbformat.v4.new_output("display_data", data=chosen))
    return kept


def write(path: Path, content: str | bytes) -> None:
    """Write a file at once or not at all, and only if it changed."""
    content = content.encode() if isinstance(content, str) else content
    if path.exists() and path.read_bytes() == content:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = path.with_name(path.name + ".tmp")
    scratch.write_bytes(content)
    os.replace(scratch, path)
