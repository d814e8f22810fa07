"""``course grade``: a folder of uploads in, a gradebook and a feedback page each out.

Every finished submission is one file in ``GRADES/state``, written at once; everything else is made
from those files. So a run that was killed goes on where it stopped, a late file is graded alone,
and an exercise whose tests changed is judged again alone.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import queue
import sys
import threading
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from course_tools.grading import jobs as planned
from course_tools.grading import nbgrader as nbg
from course_tools.grading.cells import InvalidNotebookError, Work, lay_out, read
from course_tools.grading.clean import plain_text
from course_tools.grading.collect import find_uploads
from course_tools.grading.gradebook import assemble, file_of, read_state
from course_tools.grading.jobs import Job
from course_tools.grading.judge import Verdict, grade
from course_tools.grading.people import Roster
from course_tools.grading.plan import FORMAT, Lesson, Task, lessons
from course_tools.grading.report import Row, overview, overview_text
from course_tools.grading.sandbox import Runner, choose
from course_tools.grading.walls import Limits, Walls, Workshop, workshop

# What a TA's shell may hold and a verdict must not depend on.
STEADY = {"COURSE_DATASET": "ml-100k", "KERAS_BACKEND": "tensorflow", "TZ": "UTC"}


@dataclass(frozen=True)
class Options:
    """How to grade; see ``course grade --help``."""

    submissions: Path
    out: Path
    jobs: int = 2
    student_id: str | None = None
    roster: Path | None = None
    only: tuple[str, ...] = ()
    regrade: tuple[str, ...] = ()
    export: str | None = None
    isolation: str = "auto"
    limits: Limits = field(default_factory=Limits)
    list_only: bool = False


def run(root: Path, options: Options, say: Callable[[str], None] = print) -> list[Row]:
    """Grade a folder; returns the rows of the gradebook.

    Raises:
        FileNotFoundError: no submissions, or no built lessons.
        ValueError: an option names something that does not exist, or it is not clear who handed in
            what.
        RuntimeError: somebody else is grading into the same folder, or there is no data.
    """

    def tell(text: str) -> None:
        say(plain_text(text))

    known = lessons(root)
    chosen = _chosen(known, options)
    roster = Roster.read(options.roster) if options.roster else None
    found = find_uploads(options.submissions)
    todo = planned.make_jobs(found, known, chosen, options.student_id, roster)
    _report_found(todo, tell, each=options.list_only)
    missing = planned.absent(todo, roster)
    if missing:
        tell(f"nothing from {len(missing)}: " + ", ".join(owner.student for owner in missing))
    if options.list_only:
        return []
    out = options.out.resolve()
    (out / "state").mkdir(parents=True, exist_ok=True)
    with _alone(out), _steady():
        _report_stored(todo, out, options, tell)
        left = [job for job in todo if _work(job, _stored(out, job), options.regrade) is not None]
        if len(left) < len(todo):
            tell(f"{len(todo) - len(left)} of {len(todo)} submissions are graded already")
        if left:
            _data_first(left)
            with workshop(root) as made:
                walls = choose(made, options.isolation)
                tell(walls.sentence())
                _grade_all(left, options, out, made, walls)
        rows = assemble(out, known, options.export, missing)
    _summary(rows, out, options.export, tell)
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


@contextlib.contextmanager
def _alone(out: Path) -> Iterator[None]:
    """One grader a folder of grades; what a killed one left half-written goes."""
    with (out / ".lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            text = (
                f"another 'course grade' is writing to {out}: wait for it, or choose another --out"
            )
            raise RuntimeError(text) from None
        for scratch in (*out.glob("*.tmp"), *out.glob("*/*/**/*.tmp")):
            scratch.unlink(missing_ok=True)
        yield


@contextlib.contextmanager
def _steady() -> Iterator[None]:
    """The same environment for every TA."""
    before = {name: os.environ.get(name) for name in (*STEADY, "NBGRADER_EXECUTION")}
    os.environ.update(STEADY)
    os.environ.pop("NBGRADER_EXECUTION", None)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name, None)
            os.environ.update({name: value} if value is not None else {})


def _data_first(todo: Sequence[Job]) -> None:
    """Fetch the data before the walls close: behind them there is no network.

    Raises:
        RuntimeError: it is not to be had; every answer that uses it would get no points.
    """
    used = {job.lesson.name: job.lesson for job in todo if job.lesson and not job.problem}
    if any("load_movielens" in c.source for lesson in used.values() for c in lesson.master.cells):
        from course_utils.data.movielens import load_movielens

        try:
            load_movielens(STEADY["COURSE_DATASET"])
        except Exception as error:
            why = str(error).partition("\n")[0]
            raise RuntimeError(
                f"grading needs MovieLens and cannot get it: {why} Try 'course data ml-100k'."
            ) from None


# ------------------------------------------------------------------------------------ report
def _report_found(jobs: Sequence[Job], say: Callable[[str], None], *, each: bool) -> None:
    people = {name for job in jobs for name in job.people}
    say(f"{len(jobs)} submissions of {len(people)} students")
    for job in jobs:
        if each:
            say(f"  {job.student}: {job.label} ({job.upload.path})")
        for note in job.notes:
            say(f"  {job.student}, {job.label}: {note}")
        if job.problem and job.problem[0] == "not a notebook":
            say(f"  not graded: {job.problem[1].removeprefix('Not graded: ')[:300]}")
        elif job.problem:
            say(f"  {job.student}, {job.upload.path}: {job.problem[0]}")


def _report_stored(
    jobs: Sequence[Job], out: Path, options: Options, say: Callable[[str], None]
) -> None:
    """What earlier runs have graded and this folder does not have, or has in an older version."""
    for job in jobs:
        stored = _stored(out, job)
        if stored and _is_older(job, stored):
            say(f"  {job.student}, {job.label}: older than what was graded already, ignored")
    here = {file_of(out, job.slug, job.label) for job in jobs}
    others = set((out / "state").glob("*/*.json")) - here
    if others and not options.only:
        say(
            f"  {len(others)} submissions of earlier runs are not in this folder. They stay in the "
            f"gradebook; to drop one, delete its file in {out / 'state'}"
        )


def _summary(rows: list[Row], out: Path, export: str | None, say: Callable[[str], None]) -> None:
    say("\nWhere the class stands (share of points; exercises read by a person: once they are)")
    say(overview_text(overview(rows)))
    waiting = [row for row in rows if row.status == "needs manual grading"]
    again = [row for row in waiting if row.points]
    if waiting:
        say(f"\n{len(waiting)} answers wait to be read: cd {out} && jupyter lab, then Formgrader")
    if again:
        say(f"{len(again)} of them changed after they were read; the old points stand until then")
    if waiting and export:
        say(f"warning: {export} gets totals without the {len(waiting)} answers that nobody read")
    for row in rows:
        if not row.exercise:
            say(f"  {row.student}, {row.lesson}: {row.status}")
    say(f"\n{out / 'gradebook.csv'}\n{out / 'overview.html'}\n{out / 'feedback'}")


# ------------------------------------------------------------------------------------- grade
def _stored(out: Path, job: Job) -> dict | None:
    return read_state(file_of(out, job.slug, job.label))


def _work(job: Job, stored: dict | None, regrade: Sequence[str]) -> list[Task] | None:
    """The tasks to judge; None if nothing is to be done for this submission."""
    if stored and _is_older(job, stored):
        return None
    same = stored is not None and stored["content"] == job.content
    same = same and stored["people"] == dict(job.people)
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
    """Grade side by side. Ctrl-C ends all processes at once; what is finished is kept."""
    from tqdm import tqdm

    waiting: queue.SimpleQueue[Job] = queue.SimpleQueue()
    finished: queue.SimpleQueue[tuple[Job, BaseException | None]] = queue.SimpleQueue()
    for job in todo:
        waiting.put(job)

    def work(slot: int) -> None:
        while not made.closing:
            try:
                job = waiting.get_nowait()
            except queue.Empty:
                return
            try:
                _grade_one(job, options, out, made, walls, slot)
                finished.put((job, None))
            except BaseException as error:
                finished.put((job, error))

    for slot in range(options.jobs):  # daemons: nobody waits for them after Ctrl-C
        threading.Thread(target=work, args=(slot,), daemon=True).start()
    try:
        with tqdm(total=len(todo), unit="submission", desc="grading", file=sys.stderr) as bar:
            for _ in todo:
                job, error = finished.get()
                if error:
                    raise error
                bar.set_postfix_str(plain_text(f"{job.student} {job.label}")[:40])
                bar.update()
    finally:
        made.close()


def _grade_one(
    job: Job, options: Options, out: Path, made: Workshop, walls: Walls, slot: int
) -> None:
    stored = _stored(out, job)
    record: dict[str, Any] = {
        "format": FORMAT,
        "student": job.student,
        "people": dict(job.people),
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
            _fail(record, job, *job.problem)
        else:
            _judge_one(job, stored, record, options, made, walls, slot, out)
    except InvalidNotebookError as error:
        _fail(record, job, "invalid notebook", f"This file cannot be graded: {error}.")
    except Exception as error:  # the grader's own fault: say so, and let the others have theirs
        if os.environ.get("COURSE_DEBUG"):
            traceback.print_exc()
        text = f"The grader stopped with {type(error).__name__}: {plain_text(error, 500)}."
        _fail(record, job, "grading failed", f"{job.upload.path}: {text} Grade this one by hand.")
    if not made.closing:
        text = json.dumps(record, ensure_ascii=False, indent=1)
        nbg.write(file_of(out, job.slug, job.label), text.encode("utf-8", "replace").decode())


def _fail(record: dict, job: Job, status: str, message: str) -> None:
    record["status"], record["message"] = status, message
    for task in job.lesson.tasks if job.lesson else ():
        record["tasks"].setdefault(task.name, _entry(task, Verdict(status, message=message), None))


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
    nbg.write(out / "submitted" / job.slug / job.label / f"{job.label}.ipynb", content)
    work = lay_out(read(content), job.lesson)
    record["notes"] += work.notes
    todo = _work(job, stored, options.regrade) or []
    for task in job.lesson.tasks:
        if task not in todo:
            record["tasks"][task.name] = stored["tasks"][task.name]
    files = {f"{job.label}.ipynb": content}
    for name, helper in job.helpers:
        with contextlib.suppress(Exception):  # a broken zip: the answer fails where it needs it
            files[name] = helper.load()

    def start() -> Runner:
        return Runner(walls, made, options.limits, files, slot)

    for task, verdict in grade(work, todo, start, options.limits.submission):
        record["tasks"][task.name] = _entry(task, verdict, work)


def _entry(task: Task, verdict: Verdict, work: Work | None) -> dict:
    answer = work.answers[task.name] if work else None
    entry = asdict(verdict) | {
        "kind": task.kind,
        "max": task.points,
        "key": task.key,
        "source": answer.source if answer else None,
        "attempted": answer.attempted if answer else False,
        "notes": answer.notes if answer else [],
    }
    return entry | {"message": plain_text(entry["message"], 2000)}
