"""Everything that people read, made from the stored submissions: one file each in ``state``."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from course_tools.grading import exports
from course_tools.grading import nbgrader as nbg
from course_tools.grading.alike import Remarks, compare
from course_tools.grading.cells import Work, lay_out, read
from course_tools.grading.clean import plain_text
from course_tools.grading.jobs import file_name, slug
from course_tools.grading.people import Owner
from course_tools.grading.plan import FORMAT, Lesson
from course_tools.grading.report import Row, feedback_page, gradebook_csv, overview_page
from course_utils import checks


def file_of(out: Path, slug: str, label: str) -> Path:
    """Where a submission is stored."""
    return out / "state" / slug / f"{file_name(label)}.json"


def read_state(path: Path) -> dict | None:
    """A stored submission; None if there is none, or it is of another version of the grader."""
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    known = isinstance(record, dict) and record.get("format") == FORMAT
    return record if known else None


def assemble(
    out: Path, known: dict[str, Lesson], export: str | None = None, missing: Sequence[Owner] = ()
) -> list[Row]:
    """Make gradebook, database, feedback and overview from the stored submissions."""
    paths = sorted((out / "state").glob("*/*.json"))
    records = [(path.parent.name, r) for path in paths if (r := read_state(path))]
    records.sort(key=lambda pair: (pair[1]["student"], pair[1]["label"]))
    remarks = compare([record for _, record in records], known)
    rows: list[Row] = []
    people = {owner.student: owner.details() for owner in missing}
    with nbg.gradebook(out) as book:
        for lesson in known.values():
            if any(record["lesson"] == lesson.name for _, record in records):
                nbg.save_lesson(book, out, lesson)
        for folder, record in records:
            decided = _decided(book, out, folder, known.get(record["lesson"]), record)
            own = _rows(record, known.get(record["lesson"]), decided, remarks)
            comments = {name.removeprefix("check_"): t for name, t in decided.comments.items()}
            people |= record["people"]
            for student in record["people"]:
                theirs = [row for row in own if row.student == student]
                page_of = slug(student)
                name = file_name(record["label"])
                page = feedback_page(record | {"student": student}, theirs, comments)
                nbg.write(out / "feedback" / page_of / name / f"{name}.html", page)
            rows += own
    rows += [Row(owner.student, "", "", 0, 0, "nothing handed in") for owner in missing]
    nbg.write(out / "gradebook.csv", gradebook_csv(rows))
    nbg.write(out / "totals.csv", exports.totals_csv(rows))
    nbg.write(out / "overview.html", overview_page(rows, _hints(), remarks.groups))
    if export:
        for path, content in exports.export(out, export, rows, people).items():
            nbg.write(path, content)
    return rows


def _decided(book: Any, out: Path, folder: str, lesson: Lesson | None, record: dict) -> nbg.ByHand:
    """Hand a graded submission to nbgrader; what people decided about it there."""
    if lesson is None or record["status"] != "graded":
        return nbg.ByHand()
    path = out / "submitted" / folder / lesson.name / f"{lesson.name}.ipynb"
    try:
        work: Work = lay_out(read(path.read_bytes()), lesson)
        outputs = {
            name: nbg.check_output(entry["points"], f"{entry['status']}: {entry['message']}")
            for name, entry in record["tasks"].items()
            if entry["kind"] == "code"
        }
        name = ", ".join(record["people"])
        nbg.save_submission(book, out, lesson.name, folder, name, nbg.repaired(work, outputs))
    except Exception as error:  # what formgrader cannot show is still in the gradebook
        book.db.rollback()
        record["notes"].append(
            f"not in formgrader: {type(error).__name__}: {plain_text(error, 200)}"
        )
        return nbg.ByHand()
    return nbg.by_hand(book, lesson.name, folder)


def _rows(record: dict, lesson: Lesson | None, decided: nbg.ByHand, remarks: Remarks) -> list[Row]:
    label = record["label"]
    if not record["tasks"]:
        return [
            Row(s, label, "", 0, 0, record["status"], record["message"]) for s in record["people"]
        ]
    order = {task.name: i for i, task in enumerate(lesson.tasks)} if lesson else {}
    rows = []
    for name, entry in sorted(record["tasks"].items(), key=lambda kv: order.get(kv[0], 99)):
        graded = name if entry["kind"] == "open" else f"check_{name}"
        points, status = entry["points"], entry["status"]
        notes = [*entry["notes"], *record["notes"]]
        if graded in decided.points:
            points, again = decided.points[graded], graded in decided.again
            if entry["kind"] == "open":
                status = "needs manual grading" if again else "graded by hand"
            elif points != entry["points"]:
                notes.insert(0, f"changed by hand from {entry['points']:g}")
            if again:
                notes.insert(0, "the answer changed after a person gave points: read it again")
        said = [entry["message"]] if entry["message"] and status != "ok" else []
        remark = remarks.of.get((record["student"], label, name), "")
        for student in record["people"]:
            rows.append(
                Row(
                    student,
                    label,
                    name,
                    points,
                    entry["max"],
                    status,
                    "; ".join([*said, *notes]),
                    entry["misunderstanding"],
                    remark,
                )
            )
    return sorted(rows, key=lambda row: row.student)


def _hints() -> dict[tuple[str, str], str]:
    known = checks.exercises().exercises
    return {(n, m.name): m.hint for n, e in known.items() for m in e.misunderstandings}
