"""Totals as course systems import them: Canvas, Moodle, Gradescope."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

from course_tools.grading.report import Row, safe, table_csv

People = Mapping[str, Mapping[str, str]]  # student → name, email, canvas, moodle


def totals(rows: Sequence[Row]) -> tuple[list[str], dict[str, float], dict[str, dict[str, float]]]:
    """Lessons; the points possible in each; each student's points in the lessons they handed in."""
    possible: dict[str, float] = {}
    points: dict[str, dict[str, float]] = {row.student: {} for row in rows}
    most: dict[tuple[str, str], float] = defaultdict(float)
    for row in rows:
        if row.exercise:
            given = points[row.student]
            given[row.lesson] = round(given.get(row.lesson, 0) + row.points, 2)
            most[row.student, row.lesson] += row.max
    for (_, lesson), number in most.items():
        possible[lesson] = max(possible.get(lesson, 0), number)
    return sorted(possible), possible, points


def totals_csv(rows: Sequence[Row]) -> bytes:
    """One row a student, one column a lesson."""
    lessons, possible, points = totals(rows)
    table = [["student", *lessons, "total"]]
    for student in sorted(points):
        table.append([safe(student), *_numbers(lessons, points[student])])
    return table_csv([*table, ["(possible)", *_numbers(lessons, possible)]])


def _numbers(lessons: Sequence[str], given: Mapping[str, float]) -> list[str]:
    cells = [f"{given[lesson]:g}" if lesson in given else "" for lesson in lessons]
    return [*cells, f"{sum(given.values()):g}"]


def export(out: Path, system: str, rows: Sequence[Row], people: People) -> dict[Path, bytes]:
    """The files that a system imports, by path. Lessons that await reading count what is given.

    system: ``canvas`` finds students by the number that is in its file names; ``moodle`` by its
    "Participant N", and takes one file a lesson (Grading worksheet); ``gradescope`` takes one
    results.json a submission.
    """
    if system == "gradescope":
        return _gradescope(out, rows)
    lessons, possible, points = totals(rows)
    students = sorted(student for student in points if points[student])
    if system == "canvas":
        head = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", *lessons]
        table = [head, ["    Points Possible", *[""] * 4, *_numbers(lessons, possible)[:-1]]]
        for student in students:
            who = people.get(student, {})
            name = [
                safe(who.get("name") or student),
                who.get("canvas", ""),
                "",
                safe(who.get("email", "")),
            ]
            table.append([*name, "", *_numbers(lessons, points[student])[:-1]])
        return {out / "canvas.csv": table_csv(table)}
    files = {}
    for lesson in lessons:
        table = [["Identifier", "Full name", "Email address", "Grade", "Maximum Grade"]]
        for student in students:
            if lesson in points[student]:
                who = people.get(student, {})
                number = f"Participant {who['moodle']}" if who.get("moodle") else ""
                name = [number, safe(who.get("name") or student), safe(who.get("email", ""))]
                table.append([*name, f"{points[student][lesson]:g}", f"{possible[lesson]:g}"])
        name = "moodle.csv" if len(lessons) == 1 else f"moodle-{lesson}.csv"
        files[out / name] = table_csv(table)
    return files


def _gradescope(out: Path, rows: Sequence[Row]) -> dict[Path, bytes]:
    from course_tools.grading.jobs import file_name, slug

    by_submission: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in rows:
        by_submission[row.student, row.lesson].append(row)
    files = {}
    for (student, lesson), group in by_submission.items():
        tests = [
            {
                "name": row.exercise,
                "score": row.points,
                "max_score": row.max,
                "status": "passed" if row.points == row.max else "failed",
                "output": ": ".join(part for part in (row.status, row.reason) if part),
                "visibility": "visible",
            }
            for row in group
            if row.exercise
        ]
        results = {
            "score": round(sum(row.points for row in group), 2),
            "output": "" if tests else f"{group[0].status}: {group[0].reason}",
            "visibility": "visible",
            "tests": tests,
        }
        path = out / "gradescope" / slug(student) / file_name(lesson or "nothing") / "results.json"
        files[path] = json.dumps(results, ensure_ascii=False, indent=1).encode()
    return files
