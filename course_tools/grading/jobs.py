"""Who handed in what: one job for each submission, and for each file that cannot be one.

Nothing is joined on a guess. Where a path leaves open whose work it is, the upload becomes a row
that asks; where that holds for most of the folder, grading stops and asks.
"""

from __future__ import annotations

import hashlib
import re
import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath

from course_tools.grading.cells import (
    Cell,
    InvalidNotebookError,
    by_name,
    plain,
    read,
    recognise,
)
from course_tools.grading.clean import plain_text
from course_tools.grading.collect import Found, Upload
from course_tools.grading.people import Owner, Roster, copy_number, doubts, owners
from course_tools.grading.plan import Lesson

ASK = (
    "Say it with --student-id REGEX, e.g. '^(?P<student>[^/]+/[^/]+)/', or with --roster FILE (a "
    "CSV file with id, name, e-mail, group)"
)
MOST_HELPERS = 50
COURSE = {"course_utils", "course_tools", "solutions", "tests", "benchmarks", "site-packages"}


@dataclass(frozen=True)
class Job:
    """A submission to be graded: the newest upload of a student for a lesson.

    people: whom its points belong to, with what exports need of them; a group's are many.
    problem: status and message of what cannot be graded.
    """

    student: str
    lesson: Lesson | None
    label: str  # the lesson's name, or the file's
    upload: Upload
    content: str  # hash of the upload
    people: Mapping[str, Mapping[str, str]]
    problem: tuple[str, str] | None = None
    notes: tuple[str, ...] = ()
    helpers: tuple[tuple[str, Upload], ...] = ()

    @property
    def slug(self) -> str:
        return slug(self.student)


def slug(name: str) -> str:
    """A folder's name for a student: safe everywhere, and the same whoever else is there."""
    safe = re.sub(r"[^\w .@'-]+", "_", name).strip("._ ")[:80] or "student"
    cases = sys.platform in ("darwin", "win32") and safe != safe.lower()  # Anna is anna there
    return f"{safe}-{_digest(name.encode())[:6]}" if safe != name or cases else safe


def file_name(label: str) -> str:
    """A file's name for a lesson, or for the path of an upload that is none."""
    safe = re.sub(r"[^\w.-]+", "_", label).removesuffix(".ipynb")[-100:]
    return safe if safe == label else f"{safe}-{_digest(label.encode())[:6]}"


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@dataclass(frozen=True)
class _Entry:
    upload: Upload
    owner: Owner
    content: str = ""
    lesson: Lesson | None = None
    problem: tuple[str, str] | None = None
    whose: int = field(default=0, compare=False)  # 0: the student's, 1: as handed out, 2: solved

    @property
    def label(self) -> str:
        return self.lesson.name if self.lesson else str(self.upload.path)

    def job(self, problem: tuple[str, str] | None = None, notes: Sequence[str] = ()) -> Job:
        """Its job; one with a problem of its own belongs to no lesson."""
        lesson, label = (None, str(self.upload.path)) if problem else (self.lesson, self.label)
        people = {self.owner.student: self.owner.details()}
        problem = problem or self.problem
        return Job(
            self.owner.student,
            lesson,
            label,
            self.upload,
            self.content,
            people,
            problem,
            tuple(notes),
        )


def make_jobs(
    found: Found,
    known: dict[str, Lesson],
    chosen: set[str],
    rule: str | None = None,
    roster: Roster | None = None,
) -> list[Job]:
    """All jobs of a folder. chosen: the lessons that are to be graded.

    Raises:
        ValueError: for most of the uploads nobody can say whose they are.
    """
    everybody = owners([u.path for u in found.notebooks], known, rule, roster)
    pairs = zip(found.notebooks, everybody, strict=True)
    entries = [_look(upload, owner, known) for upload, owner in pairs]
    groups: dict[tuple[str, str], list[_Entry]] = defaultdict(list)
    for entry in entries:
        known_lesson = entry.lesson is not None and entry.lesson.name in chosen
        if known_lesson or (entry.lesson is None and chosen == set(known)):
            groups[entry.owner.student, entry.label].append(entry)
    jobs, asked = [], []
    for group in groups.values():
        mine = [e for e in group if e.whose == min(x.whose for x in group)]
        if doubts([e.owner for e in mine]) or any("roster does not" in e.owner.note for e in mine):
            asked += mine
        else:
            jobs.append(_newest(mine, group, known))
    if 2 * len(asked) > len(jobs) + len(asked):
        paths = ", ".join(str(e.upload.path) for e in asked[:4])
        raise ValueError(f"whose are these? The paths leave it open: {paths}. {ASK}")
    for entry in asked:
        why = entry.owner.note or "the path leaves open whose it is"
        jobs.append(entry.job(("whose is it?", f"Not graded: {why}. {ASK}.")))
    if chosen == set(known):
        jobs += _others(found, {job.student for job in jobs}, known, rule, roster)
    jobs = [replace(job, helpers=_helpers(job, found, known, rule, roster)) for job in jobs]
    return sorted(_shared(jobs, roster), key=lambda job: (job.student, job.label))


def _look(upload: Upload, owner: Owner, known: dict[str, Lesson]) -> _Entry:
    """What an upload is. Whatever is wrong with it is said in its own row."""
    named = by_name(str(upload.path), known)
    try:
        content = upload.load()
    except Exception as error:
        text = f"The file could not be read: {plain_text(error, 300)}."
        return _Entry(upload, owner, "", named, ("invalid notebook", text))
    digest = _digest(content)
    try:
        cells = read(content)
        lesson = recognise(cells, known, str(upload.path))
    except InvalidNotebookError as error:
        text = f"This file is no notebook: {plain_text(error, 300)}."
        return _Entry(upload, owner, digest, named, ("invalid notebook", text))
    except Exception as error:  # of ours, on an input that nobody thought of
        text = f"This notebook could not be read: {type(error).__name__}: {plain_text(error, 300)}."
        return _Entry(upload, owner, digest, named, ("invalid notebook", text))
    if lesson is None:
        text = "This notebook is none of the course's lessons."
        return _Entry(upload, owner, digest, None, ("unknown lesson", text))
    return _Entry(upload, owner, digest, lesson, whose=_whose(cells, lesson, upload.path))


def _whose(cells: list[Cell], lesson: Lesson, path: PurePosixPath) -> int:
    """0 for a student's notebook, 1 for the one handed out, 2 for the course's solutions."""
    texts = {cell.text for cell in cells} - {""}
    solved = {plain(cell.source) for cell in lesson.master.cells}
    if texts <= {plain(cell.source) for cell in lesson.released.values()}:
        return 1
    return 2 if texts <= solved or "solutions" in path.parts[:-1] else 0


def _newest(mine: list[_Entry], group: list[_Entry], known: dict[str, Lesson]) -> Job:
    mine = sorted(mine, key=lambda e: (e.upload.time, copy_number(e.upload.path), e.label))
    last, notes = mine[-1], []
    if len(group) > 1:
        names = ", ".join(str(e.upload.path) for e in group if e is not last)
        newest = "the newest" if len(mine) > 1 else "the one with work in it"
        notes.append(f"uploaded {len(group)} times: {newest} counts, not {names}")
    named = by_name(last.upload.path.name, known)
    if last.lesson and named and named is not last.lesson:
        notes.append(f"the file is named {named.name}, but it is {last.lesson.name}")
    return last.job(notes=[*notes, *([last.owner.note] if last.owner.note else [])])


def _others(
    found: Found,
    handed_in: set[str],
    known: dict[str, Lesson],
    rule: str | None,
    roster: Roster | None,
) -> list[Job]:
    """A job for each student with files that are no notebooks; they are named, not graded."""
    helpers = [u.path for u in found.helpers if not COURSE & set(u.path.parts)]
    other = [(PurePosixPath(path), why) for path, why in found.other]
    paths = [*(path for path, _ in other), *helpers]
    reasons = [*(why for _, why in other), *("a program, not a notebook" for _ in helpers)]
    files: dict[str, list[tuple[PurePosixPath, str]]] = defaultdict(list)
    known_owners: dict[str, Owner] = {}
    for path, why, owner in zip(paths, reasons, owners(paths, known, rule, roster), strict=True):
        if path not in helpers or owner.student not in handed_in:
            files[owner.student].append((path, why))
            known_owners[owner.student] = owner
    jobs = []
    for student, listed in files.items():
        text = "; ".join(f"{path} ({why})" for path, why in listed[:10])
        text += f"; and {len(listed) - 10} more" if len(listed) > 10 else ""
        problem = ("not a notebook", f"Not graded: {text}. Hand in the notebook, an .ipynb file.")
        upload = Upload(listed[0][0], 0.0, bytes)
        entry = _Entry(upload, known_owners[student], _digest(text.encode()))
        jobs.append(entry.job(problem))
    return jobs


def _helpers(
    job: Job, found: Found, known: dict[str, Lesson], rule: str | None, roster: Roster | None
) -> tuple[tuple[str, Upload], ...]:
    """Programs that were handed in beside a notebook, by the name it imports them under."""
    if job.lesson is None or job.problem:
        return ()
    here, kept = job.upload.path.parent, []
    near = [u for u in found.helpers if u.path.is_relative_to(here)]
    for upload, owner in zip(
        near, owners([u.path for u in near], known, rule, roster), strict=True
    ):
        name = upload.path.relative_to(here)
        theirs = owner.student == job.student or here.name == job.student
        if name.parts[0] in COURSE or not (theirs or _same_place(job, found)):
            continue
        prefix = re.match(r".+?(_LATE)?_\d+_\d+_(?=\w+\.py$)", name.name)  # as Canvas writes it
        kept.append((str(name.with_name(name.name[prefix.end() :]) if prefix else name), upload))
    return tuple(kept[:MOST_HELPERS])


def _same_place(job: Job, found: Found) -> bool:
    """Whether nobody else's notebook lies beside a job's."""
    here = job.upload.path.parent
    return here != PurePosixPath(".") and not any(
        u.path.parent == here and u.path != job.upload.path for u in found.notebooks
    )


def _shared(jobs: list[Job], roster: Roster | None) -> list[Job]:
    """Give a group's newest submission to those of its members who have none of their own."""
    if roster is None:
        return jobs
    handed_in = {(job.student, job.label) for job in jobs if job.lesson}
    newest: dict[tuple[str, str], Job] = {}
    for job in sorted((j for j in jobs if j.lesson), key=lambda j: j.upload.time):
        own = roster.people.get(job.student)
        newest[own.group if own else job.student, job.label] = job
    shared = []
    for job in jobs:
        own = roster.people.get(job.student)
        group = own.group if own else job.student
        people = dict(job.people)
        if job.lesson and newest.get((group, job.label)) is job:
            members = roster.members(group)
            if members and not own:
                people = {}
            others = [m for m in members if (m.student, job.label) not in handed_in]
            people |= {m.student: m.details() for m in others}
            people = people or dict(job.people)
        note = (f"handed in for {len(people)} of {group}",) if len(people) > 1 else ()
        shared.append(replace(job, people=people, notes=job.notes + note))
    return shared


def absent(jobs: Iterable[Job], roster: Roster | None) -> list[Owner]:
    """Those of the roster who handed in nothing."""
    there = {name for job in jobs for name in job.people}
    return [o for o in (roster.people.values() if roster else ()) if o.student not in there]
