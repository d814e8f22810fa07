"""What teaching assistants and students read: the gradebook, feedback pages, the overview."""

from __future__ import annotations

import csv
import io
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import jinja2

COLUMNS = (
    *("student", "lesson", "exercise", "points", "max", "status", "reason", "misunderstanding"),
    "remark",
)
WORDS = {
    "ok": "✓ all points",
    "partial": "partly right",
    "wrong": "✗ not right yet",
    "failed": "✗ it stopped with an error",
    "timeout": "✗ it did not end",
    "crashed": "✗ it crashed",
    "not attempted": "not attempted",
    "missing": "not in the notebook",
    "needs manual grading": "will be read by a person",
    "graded by hand": "graded by a person",
    "invalid notebook": "the file could not be read",
    "unknown lesson": "no lesson of this course",
    "whose is it?": "it is not clear whose this is",
    "not a notebook": "no notebook",
    "nothing handed in": "nothing handed in",
    "grading failed": "could not be graded",
}


@dataclass(frozen=True)
class Row:
    """One line of the gradebook. ``remark`` is for the teaching assistant alone."""

    student: str
    lesson: str
    exercise: str
    points: float
    max: float
    status: str
    reason: str = ""
    misunderstanding: str = ""
    remark: str = ""

    def cells(self) -> list[str]:
        numbers = {"points": f"{self.points:g}", "max": f"{self.max:g}"}
        return [numbers.get(name, safe(getattr(self, name))) for name in COLUMNS]


def safe(text: str) -> str:
    """Text that a spreadsheet will not take for a formula."""
    text = str(text)
    return "'" + text if text[:1] and text[:1] in "=+-@\t\r" else text


def table_csv(table: Iterable[Sequence[str]]) -> bytes:
    """A table as CSV. The byte order mark tells Excel that it is UTF-8."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(table)
    return text.getvalue().encode("utf-8-sig")


def gradebook_csv(rows: Iterable[Row]) -> bytes:
    """The gradebook as CSV, one row an exercise."""
    return table_csv([list(COLUMNS), *(row.cells() for row in rows)])


# ---------------------------------------------------------------------------------- overview
@dataclass(frozen=True)
class Exercise:
    """How a class did in one exercise."""

    lesson: str
    name: str
    answers: int
    mean: float  # share of the points
    statuses: Mapping[str, int]
    mistakes: Sequence[tuple[str, int]]


def overview(rows: Sequence[Row]) -> list[Exercise]:
    """Exercise by exercise: how many points, and which misunderstandings were recognised."""
    by_exercise: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in rows:
        if row.exercise:
            by_exercise[row.lesson, row.exercise].append(row)
    found = []
    for (lesson, name), group in by_exercise.items():
        judged = [row for row in group if row.status != "needs manual grading"]
        mean = sum(r.points / r.max for r in judged) / len(judged) if judged else float("nan")
        statuses = Counter(row.status for row in group)
        mistakes = Counter(row.misunderstanding for row in group if row.misunderstanding)
        found.append(Exercise(lesson, name, len(group), mean, statuses, mistakes.most_common()))
    return found


def overview_text(exercises: Iterable[Exercise]) -> str:
    """The overview for a terminal."""
    lines = []
    for e in exercises:
        share = "    –" if e.mean != e.mean else f"{e.mean:5.0%}"
        counts = ", ".join(f"{n} {status}" for status, n in Counter(e.statuses).most_common())
        lines.append(f"  {e.lesson:<14} {e.name:<24} {share}  {counts}")
        if e.mistakes:
            known = ", ".join(f"{name} ({n})" for name, n in e.mistakes)
            lines.append(f"  {'':<14} {'':<24}        misunderstandings: {known}")
    return "\n".join(lines)


# ------------------------------------------------------------------------------------- pages
@lru_cache(maxsize=1)
def _pages() -> jinja2.Environment:
    loader = jinja2.FileSystemLoader(Path(__file__).with_name("pages"))
    return jinja2.Environment(loader=loader, autoescape=True, trim_blocks=True)


def feedback_page(record: Mapping, rows: Sequence[Row], comments: Mapping[str, str]) -> str:
    """The page a student gets: their own code, points, hints and comments; no test, no solution.

    rows: this submission's; comments: exercise → what a person wrote about it.
    """
    from pygments.formatters import HtmlFormatter

    tasks = [
        _task(row, record["tasks"][row.exercise], comments)
        for row in rows
        if row.exercise and row.exercise in record["tasks"]
    ]
    waiting = sum(row.max for row in rows if row.status == "needs manual grading")
    return (
        _pages()
        .get_template("feedback.html")
        .render(
            code_style=HtmlFormatter().get_style_defs(".highlight"),
            lesson=record["lesson"] or record["file"],
            student=record["student"],
            file=record["file"],
            points=f"{sum(row.points for row in rows):g}",
            most=f"{sum(row.max for row in rows):g}",
            waiting=f"{waiting:g}" if waiting else "",
            word=WORDS.get(record["status"], record["status"]),
            message=record["message"],
            notes=record["notes"],
            tasks=tasks,
        )
    )


def _task(row: Row, task: Mapping, comments: Mapping[str, str]) -> dict:
    looks = {"ok": "ok", "partial": "partial", "graded by hand": "ok"}
    neutral = ("not attempted", "missing", "needs manual grading")
    tests = f"{task['passed']} of {task['tests']} tests" if task["tests"] else ""
    return {
        "name": row.exercise,
        "points": f"{row.points:g}",
        "max": f"{row.max:g}",
        "look": looks.get(row.status, "" if row.status in neutral else "bad"),
        "word": WORDS.get(row.status, row.status),
        "tests": tests,
        "message": task["message"],
        "notes": task["notes"],
        "comment": comments.get(row.exercise, ""),
        "answer": _shown(task) if task["attempted"] else "",
    }


def _shown(task: Mapping) -> str:
    from pygments import highlight
    from pygments.formatters import HtmlFormatter
    from pygments.lexers import PythonLexer, TextLexer

    lexer = PythonLexer() if task["kind"] == "code" else TextLexer()
    return highlight((task["source"] or "")[:50_000], lexer, HtmlFormatter())


def overview_page(
    rows: Sequence[Row],
    hints: Mapping[tuple[str, str], str],
    groups: Sequence[tuple[str, Sequence[str]]] = (),
) -> str:
    """The overview as a page.

    hints: (exercise, misunderstanding) → what its hint says; groups: (exercise, students) whose
    answers are the same after renaming.
    """
    remarks: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        if row.remark:
            remarks[f"{row.lesson}, {row.exercise}: {row.remark}"].append(row.student)
    return (
        _pages()
        .get_template("overview.html")
        .render(
            exercises=overview(rows),
            hints=hints,
            remarks=sorted(remarks.items()),
            groups=groups,
            students=len({row.student for row in rows}),
            submissions=len({(row.student, row.lesson) for row in rows}),
        )
    )
