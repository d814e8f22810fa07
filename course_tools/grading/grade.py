"""``course grade``: a folder of uploads in, a gradebook and a feedback page each out.

Every finished submission is one file in ``GRADES/state``, written at once; everything else is made
from those files. So a run that was killed goes on where it stopped, a late file is graded alone,
and an exercise whose tests changed is judged again alone.
"""

from __future__ import annotations

import hashlib
import json
import os
import queue
import re
import sys
import traceback
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from course_tools.grading import nbgrader as nbg
from course_tools.grading.cells import (
    InvalidNotebookError,
    Work,
    by_name,
    lay_out,
    read,
    recognise,
)
from course_tools.grading.collect import Found, Upload, collect, newest, students
from course_tools.grading.judge import Verdict, grade
from course_tools.grading.plan import FORMAT, Lesson, Task, lessons
from course_tools.grading.report import (
    Row,
    feedback_page,
    gradebook_csv,
    overview,
    overview_page,
    overview_text,
    totals_csv,
)
from course_tools.grading.sandbox import Limits, Runner, Walls, Workshop, choose, workshop
from course_utils import checks


@dataclass(frozen=True)
class Options:
    """How to grade; see ``course grade --help``."""

    submissions: Path
    out: Path
    jobs: int = 2
    student_id: str | None = None
    only: tuple[str, ...] = ()
    regrade: tuple[str, ...] = ()
    export: str | None = None
    isolation: str = "auto"
    limits: Limits = field(default_factory=Limits)
    list_only: bool = False


@dataclass(frozen=True)
class Job:
    """A submission to be graded: the newest upload of a student for a lesson."""

    student: str
    slug: str
    lesson: Lesson | None
    label: str  # the lesson's name, or the file's
    upload: Upload
    content: str  # hash of the upload
    problem: tuple[str, str] | None = None  # status and message of what cannot be graded
    notes: tuple[str, ...] = ()


def run(root: Path, options: Options, say: Callable[[str], None] = print) -> list[Row]:
    """Grade a folder; returns the rows of the gradebook.

    Raises:
        FileNotFoundError: no submissions, or no built lessons.
        ValueError: an option names something that does not exist.
    """
    known = lessons(root)
    chosen = _chosen(known, options)
    found = collect(options.submissions)
    jobs = _jobs(found, known, chosen, options)
    _report_found(jobs, found, say, each=options.list_only)
    if options.list_only:
        return []
    out = options.out.resolve()
    (out / "state").mkdir(parents=True, exist_ok=True)
    _report_stored(jobs, out, options, say)
    todo = [job for job in jobs if _work(job, _stored(out, job), options.regrade) is not None]
    if len(todo) < len(jobs):
        say(f"{len(jobs) - len(todo)} of {len(jobs)} submissions are graded already")
    if todo:
        with workshop(root) as made:
            walls = choose(made, options.isolation)
            say(walls.sentence())
            _grade_all(todo, options, out, made, walls)
    rows = assemble(out, known, options.export)
    _summary(rows, out, say)
    return rows


def _chosen(known: dict[str, Lesson], options: Options) -> set[str]:
    chosen = {n for n in known if not options.only or n.startswith(tuple(options.only))}
    for name in options.only:
        if not any(lesson.startswith(name) for lesson in known):
            raise ValueError(f"no lesson {name!r}, only: {', '.join(known)}")
    tasks = {task.name for lesson in known.values() for task in lesson.tasks}
    for name in options.regrade:
        if name not in tasks:
            raise ValueError(
                f"--regrade {name}: no such exercise, only: {', '.join(sorted(tasks))}"
            )
    return chosen


# ------------------------------------------------------------------------------- who and what
def _jobs(found: Found, known: dict[str, Lesson], chosen: set[str], options: Options) -> list[Job]:
    groups: dict[tuple[str, str], list[tuple[Upload, Lesson | None, str, tuple | None, str]]]
    groups = defaultdict(list)
    for student, upload in students(found.notebooks, known, options.student_id):
        try:
            content = upload.load()
        except Exception as error:
            content, problem = b"", f"the file could not be unpacked: {error}"
        else:
            problem = ""
        lesson, trouble = _what(content, upload, known, problem)
        if lesson is not None and lesson.name not in chosen:
            continue
        if lesson is None and options.only:
            continue
        label = lesson.name if lesson else str(upload.path)
        digest = hashlib.sha256(content).hexdigest()
        groups[student, label].append((upload, lesson, digest, trouble, label))
    slugs = _slugs({student for student, _ in groups})
    jobs = []
    for (student, label), uploads in sorted(groups.items()):
        last, older = newest([entry[0] for entry in uploads])
        upload, lesson, digest, trouble, _ = next(e for e in uploads if e[0] is last)
        notes = []
        if older:
            names = ", ".join(str(old.path) for old in older)
            notes.append(f"uploaded {len(uploads)} times: the newest counts, not {names}")
        named = by_name(upload.path.name, known)
        if lesson and named and named is not lesson:
            notes.append(f"the file is named {named.name}, but it is {lesson.name}")
        jobs.append(
            Job(student, slugs[student], lesson, label, upload, digest, trouble, tuple(notes))
        )
    return jobs


def _what(
    content: bytes, upload: Upload, known: dict[str, Lesson], problem: str
) -> tuple[Lesson | None, tuple[str, str] | None]:
    """The lesson of an upload, and what makes it impossible to grade."""
    named = by_name(str(upload.path), known)
    if problem:
        return named, ("invalid notebook", problem)
    try:
        cells = read(content)
    except InvalidNotebookError as error:
        return named, ("invalid notebook", f"This file is no notebook: {error}.")
    lesson = recognise(cells, known, str(upload.path))
    if lesson is None:
        return None, ("unknown lesson", "This notebook is none of the course's lessons.")
    return lesson, None


def _slugs(names: Iterable[str]) -> dict[str, str]:
    """Names of folders for students: safe everywhere, and different also where case is ignored."""
    slugs, taken = {}, set()
    for name in sorted(names):
        slug = re.sub(r"[^\w .@'-]+", "_", name).strip("._ ")[:80] or "student"
        if slug != name or slug.casefold() in taken:
            slug = f"{slug}-{hashlib.sha256(name.encode()).hexdigest()[:6]}"
        taken.add(slug.casefold())
        slugs[name] = slug
    return slugs


def _report_found(
    jobs: list[Job], found: Found, say: Callable[[str], None], *, each: bool = False
) -> None:
    people = {job.student for job in jobs}
    say(f"{len(jobs)} submissions of {len(people)} students")
    for job in jobs:
        if each:
            say(f"  {job.student}: {job.label} ({job.upload.path})")
        for note in job.notes:
            say(f"  {job.student}, {job.label}: {note}")
        if job.problem:
            say(f"  {job.student}, {job.upload.path}: {job.problem[0]}")
    for path, why in found.other:
        say(f"  not graded: {path} ({why})")


def _report_stored(
    jobs: list[Job], out: Path, options: Options, say: Callable[[str], None]
) -> None:
    """What earlier runs have graded and this folder does not have, or has in an older version."""
    for job in jobs:
        stored = _stored(out, job)
        if stored and _is_older(job, stored):
            say(f"  {job.student}, {job.label}: older than what was graded already, ignored")
    here = {_state_path(out, job.slug, job.label) for job in jobs}
    others = set((out / "state").glob("*/*.json")) - here
    if others and not options.only:
        say(
            f"  {len(others)} submissions of earlier runs are not in this folder. They stay in the "
            f"gradebook; to drop one, delete its file in {out / 'state'}"
        )


# -------------------------------------------------------------------------------------- grade
def _state_path(out: Path, slug: str, label: str) -> Path:
    return out / "state" / slug / f"{_file_name(label)}.json"


def _file_name(label: str) -> str:
    return re.sub(r"[^\w.-]+", "_", label).removesuffix(".ipynb")[-120:]


def _stored(out: Path, job: Job) -> dict | None:
    return _read_state(_state_path(out, job.slug, job.label))


def _read_state(path: Path) -> dict | None:
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return record if record.get("format") == FORMAT else None


def _work(job: Job, stored: dict | None, regrade: Sequence[str]) -> list[Task] | None:
    """The tasks to judge; None if nothing is to be done for this submission."""
    if stored and _is_older(job, stored):
        return None
    same = stored is not None and stored["content"] == job.content
    same = same and stored["student"] == job.student
    if job.problem or job.lesson is None:
        return None if same and stored["status"] == job.problem[0] else []
    if not same or stored["status"] != "graded":
        return list(job.lesson.tasks)
    todo = [
        task
        for task in job.lesson.tasks
        if stored["tasks"].get(task.name, {}).get("key") != task.key or task.name in regrade
    ]
    changed = set(stored["tasks"]) != {task.name for task in job.lesson.tasks}
    changed = changed or stored["uploads"] != list(job.notes)
    return todo if todo or changed else None


def _is_older(job: Job, stored: dict) -> bool:
    """Whether an upload is an older file than the one that was graded."""
    return stored["time"] > job.upload.time and stored["content"] != job.content


def _grade_all(todo: list[Job], options: Options, out: Path, made: Workshop, walls: Walls) -> None:
    from tqdm import tqdm

    slots: queue.Queue[int] = queue.Queue()
    for slot in range(options.jobs):
        slots.put(slot)

    def one(job: Job) -> str:
        slot = slots.get()
        try:
            _grade_one(job, options, out, made, walls, slot)
        finally:
            slots.put(slot)
        return f"{job.student} {job.label}"

    with (
        ThreadPoolExecutor(options.jobs) as pool,
        tqdm(total=len(todo), unit="submission", desc="grading", file=sys.stderr) as bar,
    ):
        running = [pool.submit(one, job) for job in todo]
        try:
            for done in as_completed(running):
                bar.set_postfix_str(done.result()[:40])
                bar.update()
        except BaseException:
            pool.shutdown(wait=True, cancel_futures=True)
            raise


def _grade_one(
    job: Job, options: Options, out: Path, made: Workshop, walls: Walls, slot: int
) -> None:
    stored = _stored(out, job)
    record: dict[str, Any] = {
        "format": FORMAT,
        "student": job.student,
        "lesson": job.lesson.name if job.lesson else None,
        "label": job.label,
        "file": str(job.upload.path),
        "time": job.upload.time,
        "content": job.content,
        "status": "graded",
        "message": "",
        "notes": list(job.notes),
        "uploads": list(job.notes),
        "tasks": {},
    }
    try:
        if job.problem:
            record["status"], record["message"] = job.problem
            if job.lesson:
                blank = Verdict(*job.problem[:1], message=job.problem[1])
                for task in job.lesson.tasks:
                    record["tasks"][task.name] = _entry(task, blank, None)
        else:
            _judge_one(job, stored, record, options, made, walls, slot, out)
    except Exception as error:  # the grader's own fault: say so, and let the others have theirs
        if os.environ.get("COURSE_DEBUG"):
            traceback.print_exc()
        text = f"The grader stopped with {type(error).__name__}: {error}. Grade this one by hand."
        record["status"], record["message"] = "grading failed", text
        blank = Verdict("grading failed", message=text)
        for task in job.lesson.tasks if job.lesson else ():
            record["tasks"].setdefault(task.name, _entry(task, blank, None))
    nbg.write(
        _state_path(out, job.slug, job.label), json.dumps(record, ensure_ascii=False, indent=1)
    )


def _judge_one(
    job: Job,
    stored: dict | None,
    record: dict,
    options: Options,
    made: Workshop,
    walls: Walls,
    slot: int,
    out: Path,
) -> None:
    content = job.upload.load()
    submitted = out / "submitted" / job.slug / job.label / f"{job.label}.ipynb"
    submitted.parent.mkdir(parents=True, exist_ok=True)
    scratch = submitted.with_name(submitted.name + ".tmp")
    scratch.write_bytes(content)
    os.replace(scratch, submitted)
    work = lay_out(read(content), job.lesson)
    record["notes"] += work.notes
    todo = _work(job, stored, options.regrade) or []
    for task in job.lesson.tasks:
        if task not in todo:
            record["tasks"][task.name] = stored["tasks"][task.name]

    def start() -> Runner:
        return Runner(walls, made, options.limits, submitted, slot)

    for task, verdict in grade(work, todo, start, options.limits.submission):
        record["tasks"][task.name] = _entry(task, verdict, work)


def _entry(task: Task, verdict: Verdict, work: Work | None) -> dict:
    answer = work.answers[task.name] if work else None
    return asdict(verdict) | {
        "kind": task.kind,
        "max": task.points,
        "key": task.key,
        "source": answer.source if answer else None,
        "attempted": answer.attempted if answer else False,
        "notes": answer.notes if answer else [],
    }


# ----------------------------------------------------------------------------------- assemble
def assemble(out: Path, known: dict[str, Lesson], export: str | None = None) -> list[Row]:
    """Make gradebook, database, feedback and overview from the stored submissions."""
    records = []
    for path in sorted((out / "state").glob("*/*.json")):
        if record := _read_state(path):
            records.append((path.parent.name, record))
    records.sort(key=lambda pair: (pair[1]["student"], pair[1]["label"]))
    rows: list[Row] = []
    with nbg.gradebook(out) as book:
        for lesson in known.values():
            if any(record["lesson"] == lesson.name for _, record in records):
                nbg.save_lesson(book, out, lesson)
        for slug, record in records:
            lesson = known.get(record["lesson"])
            decided = nbg.ByHand()
            if lesson and record["status"] == "graded":
                _to_nbgrader(book, out, slug, lesson, record)
                decided = nbg.by_hand(book, lesson.name, slug)
            own = _rows(record, lesson, decided)
            rows += own
            comments = {name.removeprefix("check_"): t for name, t in decided.comments.items()}
            page = feedback_page(record, own, comments)
            name = _file_name(record["label"])
            nbg.write(out / "feedback" / slug / name / f"{name}.html", page)
    nbg.write(out / "gradebook.csv", gradebook_csv(rows))
    nbg.write(out / "totals.csv", totals_csv(rows))
    nbg.write(out / "overview.html", overview_page(rows, _hints()))
    if export:
        nbg.write(out / f"{export}.csv", totals_csv(rows, export))
    return rows


def _to_nbgrader(book: Any, out: Path, slug: str, lesson: Lesson, record: dict) -> None:
    path = out / "submitted" / slug / lesson.name / f"{lesson.name}.ipynb"
    work = lay_out(read(path.read_bytes()), lesson)
    outputs = {
        name: nbg.check_output(entry["points"], f"{entry['status']}: {entry['message']}")
        for name, entry in record["tasks"].items()
        if entry["kind"] == "code"
    }
    notebook = nbg.repaired(work, outputs)
    nbg.save_submission(book, out, lesson.name, slug, record["student"], notebook)


def _rows(record: dict, lesson: Lesson | None, decided: nbg.ByHand) -> list[Row]:
    student, label = record["student"], record["label"]
    if not record["tasks"]:
        return [Row(student, label, "", 0, 0, record["status"], record["message"])]
    rows = []
    order = {task.name: i for i, task in enumerate(lesson.tasks)} if lesson else {}
    for name, entry in sorted(record["tasks"].items(), key=lambda kv: order.get(kv[0], 99)):
        graded = name if entry["kind"] == "open" else f"check_{name}"
        points, status = entry["points"], entry["status"]
        notes = [*entry["notes"], *record["notes"]]
        if graded in decided.points:
            points = decided.points[graded]
            if entry["kind"] == "open":
                status = "graded by hand"
            elif points != entry["points"]:
                notes.insert(0, f"changed by hand from {entry['points']:g}")
        said = [entry["message"]] if entry["message"] and status != "ok" else []
        reason = "; ".join([*said, *notes])
        rows.append(
            Row(
                student,
                label,
                name,
                points,
                entry["max"],
                status,
                reason,
                entry["misunderstanding"],
            )
        )
    return rows


def _hints() -> dict[tuple[str, str], str]:
    known = checks.exercises().exercises
    return {(n, m.name): m.hint for n, e in known.items() for m in e.misunderstandings}


def _summary(rows: list[Row], out: Path, say: Callable[[str], None]) -> None:
    say("\nWhere the class stands (share of points; exercises read by a person: once they are)")
    say(overview_text(overview(rows)))
    waiting = sum(row.status == "needs manual grading" for row in rows)
    if waiting:
        say(f"\n{waiting} answers wait to be read: cd {out} && jupyter lab, then Formgrader")
    others = [row for row in rows if not row.exercise]
    for row in others:
        say(f"  {row.student}, {row.lesson}: {row.status}")
    say(f"\n{out / 'gradebook.csv'}\n{out / 'overview.html'}\n{out / 'feedback'}")
