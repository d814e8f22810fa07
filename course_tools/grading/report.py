"""What teaching assistants and students read: tables, feedback pages, the overview of a class."""

from __future__ import annotations

import csv
import io
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import jinja2

COLUMNS = ("student", "lesson", "exercise", "points", "max", "status", "reason", "misunderstanding")
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
    "grading failed": "could not be graded",
}


@dataclass(frozen=True)
class Row:
    """One line of the gradebook."""

    student: str
    lesson: str
    exercise: str
    points: float
    max: float
    status: str
    reason: str = ""
    misunderstanding: str = ""

    def cells(self) -> list[str]:
        numbers = {"points": f"{self.points:g}", "max": f"{self.max:g}"}
        return [numbers.get(name, _safe(getattr(self, name))) for name in COLUMNS]


def _safe(text: str) -> str:
    """Text that a spreadsheet will not take for a formula."""
    text = str(text)
    return "'" + text if text[:1] in "=+-@\t\r" and text[:1] else text


def gradebook_csv(rows: Iterable[Row]) -> str:
    """The gradebook as CSV, one row an exercise."""
    return _csv([list(COLUMNS), *(row.cells() for row in rows)])


def totals_csv(rows: Sequence[Row], system: str | None = None) -> str:
    """One row a student, one column a lesson: what course systems import.

    system: ``canvas`` adds the row of possible points that Canvas wants; ``moodle`` names its
    first column as Moodle's import expects it. Lessons that await reading by a person count the
    points given so far.
    """
    lessons = sorted({row.lesson for row in rows if row.exercise})
    possible: dict[str, float] = defaultdict(float)
    points: dict[tuple[str, str], float] = defaultdict(float)
    for row in rows:
        points[row.student, row.lesson] += row.points
    for lesson in lessons:
        best = max(
            (sum(r.max for r in rows if r.lesson == lesson and r.student == s), s)
            for s in {r.student for r in rows if r.lesson == lesson}
        )
        possible[lesson] = best[0]
    students = sorted({row.student for row in rows})
    table = []
    for student in students:
        given = [points.get((student, lesson)) for lesson in lessons]
        numbers = ["" if number is None else f"{number:g}" for number in given]
        table.append([_safe(student), *numbers, f"{sum(n or 0 for n in given):g}"])
    most = [f"{possible[lesson]:g}" for lesson in lessons]
    total = f"{sum(possible.values()):g}"
    if system == "canvas":
        extra = ["", "", "", ""]
        head = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", *lessons]
        body = [[row[0], *extra, *row[1:-1]] for row in table]
        return _csv([head, ["    Points Possible", *extra, *most], *body])
    first = "Email address" if system == "moodle" else "student"
    last = [] if system else [["(possible)", *most, total]]
    return _csv([[first, *lessons, "total"], *table, *last])


def _csv(table: Iterable[Sequence[str]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(table)
    return text.getvalue()


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
STYLE = """
body{font:16px/1.5 system-ui,sans-serif;max-width:50rem;margin:2rem auto;padding:0 1rem;color:#222}
h1{font-size:1.5rem;margin-bottom:0} h2{font-size:1.15rem;margin:0}
.total{font-size:1.2rem} .muted{color:#555}
section{border:1px solid #ccc;border-left:6px solid #888;padding:.7rem 1rem;margin:1.2rem 0}
section.ok{border-left-color:#0b6e4f} section.partial{border-left-color:#b07d00}
section.bad{border-left-color:#a23b00}
pre{background:#f6f6f6;padding:.6rem;overflow-x:auto;font-size:.85rem;white-space:pre-wrap}
.comment{background:#eef4fb;padding:.5rem .8rem}
table{border-collapse:collapse;width:100%} td,th{text-align:left;padding:.3rem .6rem;
border-bottom:1px solid #ddd;vertical-align:top} td.n{text-align:right}
.bar{background:#ddd;width:8rem;height:.8rem;display:inline-block} .bar i{display:block;height:100%;
background:#1f6f8b}
"""

FEEDBACK = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{{ lesson }}: {{ student }}</title>
<style>{{ style|safe }}{{ code_style|safe }}</style></head>
<body><h1>{{ lesson }}</h1><p class="muted">{{ student }} · {{ file }}</p>
{% if tasks %}<p class="total"><b>{{ points }}</b> of {{ most }} points
{%- if waiting %}, {{ waiting }} more to be read by a person{% endif %}</p>{% endif %}
{% if message %}<section class="bad"><h2>{{ word }}</h2>
<p>{{ message }}</p></section>{% endif %}
{% if notes %}<ul class="muted">{% for note in notes %}<li>{{ note }}</li>
{% endfor %}</ul>{% endif %}
{% for task in tasks %}
<section class="{{ task.look }}"><h2>{{ task.name }} · {{ task.points }} of {{ task.max }}</h2>
<p><b>{{ task.word }}</b>{% if task.tests %} · {{ task.tests }}{% endif %}</p>
{% if task.message %}<p>{{ task.message }}</p>{% endif %}
{% if task.notes %}<p class="muted">{{ task.notes|join("; ") }}</p>{% endif %}
{% if task.comment %}<p class="comment"><b>Comment:</b> {{ task.comment }}</p>{% endif %}
{{ task.answer|safe }}</section>
{% endfor %}</body></html>
"""

OVERVIEW = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Where the class went wrong</title>
<style>{{ style|safe }}</style></head><body><h1>Where the class went wrong</h1>
<p class="muted">{{ students }} students, {{ submissions }} submissions</p>
<table><tr><th>lesson</th><th>exercise</th><th>points</th><th>what happened</th>
<th>recognised misunderstandings</th></tr>
{% for e in exercises %}<tr><td>{{ e.lesson }}</td><td>{{ e.name }}</td>
<td>{% if e.mean == e.mean %}<span class="bar"><i style="width:{{ (100 * e.mean)|round|int }}%"></i>
</span> {{ (100 * e.mean)|round|int }} %{% else %}–{% endif %}</td>
<td>{% for s, n in e.statuses.items() %}{{ n }} {{ s }}<br>{% endfor %}</td>
<td>{% for m, n in e.mistakes %}<b>{{ n }}</b> {{ m }}: {{ hints.get((e.name, m), "") }}<br>
{% endfor %}</td></tr>{% endfor %}</table></body></html>
"""


@lru_cache(maxsize=1)
def _pages() -> jinja2.Environment:
    loader = jinja2.DictLoader({"feedback": FEEDBACK, "overview": OVERVIEW})
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
        .get_template("feedback")
        .render(
            style=STYLE,
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


def overview_page(rows: Sequence[Row], hints: Mapping[tuple[str, str], str]) -> str:
    """The overview as a page. hints: (exercise, misunderstanding) → what its hint says."""
    return (
        _pages()
        .get_template("overview")
        .render(
            style=STYLE + "body{max-width:80rem}",
            exercises=overview(rows),
            hints=hints,
            students=len({row.student for row in rows}),
            submissions=len({(row.student, row.lesson) for row in rows}),
        )
    )
