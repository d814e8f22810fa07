"""Whose a file is. The answer follows from its path alone, or from a roster or a rule of the TA's.

A guess never joins what may be the work of two people: where it would, :func:`doubts` says so, and
the grader asks.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath

from course_tools.grading.clean import plain_text
from course_tools.grading.collect import MOMENT

# folders that say nothing about a student
CONTAINER = re.compile(
    r"(colab )?notebooks?|submissions?|submitted|uploads?|downloads?|courses?|students?|all|files?|"
    r"(home)?work|exports?|solutions?|20\d\d|(hw|homework|assignment|lesson|exercise|class|section|"
    r"sec|batch|part|week|lab|tutorial|cohort|fall|spring|summer|winter|term|year)s?"
    r"[ _-]*(20\d\d|\d{0,2})[a-z]?",
    re.IGNORECASE,
)
# words that tell two versions of one person's work apart, and not two people
VERSION = re.compile(
    r"\b(attempt|version|ver|v|try|trial|late|final|finished|old|new|draft|resubmission|resubmit|"
    r"backup|copy|kopie|untitled|notebook|submission|answers?|solved|my|mine|work|done|fixed|end|"
    r"the|of|from|for|colab|checkpoint|repo|repository|main|master)\d*\b|\b\d{1,2}\b",
    re.IGNORECASE,
)
CANVAS = re.compile(r"^(?P<name>.+?)(?:_LATE)?_(?P<id>\d+)_\d+$")  # user, then the upload
MOODLE = re.compile(r"^(?P<name>.+?)_(?P<id>\d+)_(assignsubmission_\w+?|onlinetext|file)(_|$)")
COPY = re.compile(r"(?:[ _]?\((\d+)\)|[ _-]+(?:copy|kopie)(?:[ _]?\(?(\d+)\)?)?)$", re.IGNORECASE)
NUMBERED = re.compile(r"-(\d{1,2})$")  # after a lesson's name only: group-2 is no copy of group
ID, NAME = ("id", "student id", "student", "sis user id", "username"), ("name", "full name")
EMAIL, GROUP = ("email", "e-mail", "email address", "mail"), ("group", "groups", "team")


@dataclass(frozen=True)
class Owner:
    """Who handed something in. ``sure``: a roster or a rule said so, nobody guessed.

    canvas, moodle: the numbers that those systems write into names. inside: folders before the
    student's; rest: what folders and file name say besides the student and the lesson; copy: the
    mark of a browser's copy.
    """

    student: str
    name: str = ""
    email: str = ""
    group: str = ""
    canvas: str = ""
    moodle: str = ""
    sure: bool = False
    inside: tuple[str, ...] = ()
    rest: tuple[str, ...] = ()
    copy: str = ""
    note: str = ""

    def details(self) -> dict[str, str]:
        """What exports need."""
        return {k: getattr(self, k) for k in ("name", "email", "canvas", "moodle")}


# ------------------------------------------------------------------------------------ a path
def guess(path: PurePosixPath, lessons: Iterable[str]) -> Owner:
    """Whose a file is, by its path: the first folder that is not a container or a lesson; else
    what is left of the file's name without the lesson."""
    names = sorted(lessons, key=len, reverse=True)
    inside, folders = [], list(path.parent.parts)
    while folders and not _tells(folders[0], names):
        inside.append(folders.pop(0))
    where = tuple(p for p in inside if _words(p) and not _lesson_folder(p, names))
    stem, mark = _without_lesson(path.stem, names)
    if folders:
        rest = [_words(part) for part in folders[1:] if _tells(part, names)]
        person = _system(folders[0])
        own = _words(stem)
        rest += [own] if own and own not in _words(person.student) else []
        return replace(person, inside=where, rest=tuple(rest))
    person = _system(stem) if stem else Owner(path.stem)  # a file without a name is anybody's
    return replace(person, inside=where, copy=mark)


def _tells(folder: str, names: Sequence[str]) -> bool:
    return bool(folder) and not (
        CONTAINER.fullmatch(folder) or _lesson_folder(folder, names) or MOMENT.fullmatch(folder)
    )


def _lesson_folder(folder: str, names: Sequence[str]) -> bool:
    """Whether a folder is named like a lesson: ``04``, ``04_autorec``, ``lesson 4``."""
    left = re.sub(r"^(lesson|week|hw|homework|assignment|exercise|lab)[ _-]*", "", folder.lower())
    return any(
        left in (name, number, number.lstrip("0"), title, title.replace("_", "-"))
        for name in map(str.lower, names)
        for number, _, title in [name.partition("_")]
    )


def _words(text: str) -> str:
    """A name without the words that tell versions apart, in simple letters."""
    return VERSION.sub("", simple(text)).strip() if text else ""


def simple(text: str) -> str:
    """Lower case, no accents, words with one space between them."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    return " ".join(re.sub(r"[\W_]+", " ", plain).split())


def _without_lesson(stem: str, names: Sequence[str]) -> tuple[str, str]:
    """A file's name without the lesson's and without the marks of copies; and the mark."""
    stem = re.sub(r"^copy of\b", "", stem, flags=re.IGNORECASE)
    mark = COPY.search(stem)
    stem = stem[: mark.start()] if mark else stem
    system = MOODLE.match(stem)
    head, tail = (stem[: system.end()], stem[system.end() :]) if system else ("", stem)
    for name in names:
        pattern = re.escape(name).replace("_", "[ _-]?")
        if re.search(pattern, tail, re.IGNORECASE):
            tail = re.sub(rf"{pattern}(-\d{{1,2}})?(?!\d)", "", tail, flags=re.IGNORECASE)
            tail = COPY.sub("", tail)
    left = head if system else MOMENT.sub("", tail).strip(" _-.")
    return left, mark[0] if mark else ""


def _system(name: str) -> Owner:
    """A student from a name that a course system may have written."""
    if found := MOODLE.match(name):
        return Owner(f"{found['name']}_{found['id']}", found["name"], moodle=found["id"])
    if found := CANVAS.match(name):
        return Owner(f"{found['name']}_{found['id']}", found["name"], canvas=found["id"])
    return Owner(name, name)


def copy_number(path: PurePosixPath) -> int:
    """2 for ``name (2)``, ``name-2``: course systems and browsers number later uploads so."""
    match = COPY.search(path.stem) or NUMBERED.search(path.stem)
    return int(next((n for n in match.groups() if n), 1)) if match else 0


def doubts(owners: Sequence[Owner]) -> bool:
    """Whether uploads of one lesson by one student may be the work of several."""
    unsure = [owner for owner in owners if not owner.sure]
    return len(unsure) > 1 and (
        len({owner.inside for owner in unsure}) > 1
        or len({owner.rest for owner in unsure if any(owner.rest)}) > 1
        or all(owner.copy for owner in unsure)  # copies of a file that is not there
    )


# ------------------------------------------------------------------------------------ rules
def rule(expression: str) -> re.Pattern[str]:
    """The TA's own rule, searched in each path; its group ``student``, or its first, is who it is.

    Raises:
        ValueError: it has no group, or is no regular expression.
    """
    try:
        pattern = re.compile(unicodedata.normalize("NFC", expression))
    except re.error as error:
        text = f"--student-id {expression!r} is no regular expression: {error}"
        raise ValueError(text) from None
    if not pattern.groups:
        raise ValueError(
            f"--student-id {expression!r} needs a group for the student: '(?P<student>[^/]+)/'"
        )
    return pattern


@dataclass
class Roster:
    """Who is in the class, from a CSV file: id, name, e-mail, group."""

    people: dict[str, Owner] = field(default_factory=dict)

    @classmethod
    def read(cls, path: Path) -> Roster:
        """Read a roster. The first line names the columns; ``id`` or ``name`` must be there.

        Raises:
            ValueError: no such column, no such file, or somebody is there twice.
        """
        try:
            text = path.read_bytes().decode("utf-8-sig", "replace")
        except OSError as error:
            raise ValueError(f"--roster {path}: {error.strerror}") from None
        first = text.partition("\n")[0]
        table = csv.DictReader(io.StringIO(text), delimiter=max(",;\t", key=first.count))
        people: dict[str, Owner] = {}
        for line in table:
            cells = ((k, v) for k, v in line.items() if isinstance(k, str) and isinstance(v, str))
            row = {key.strip().lower(): value.strip() for key, value in cells}
            name, email, group = (_column(row, names) for names in (NAME, EMAIL, GROUP))
            student = plain_text(_column(row, ID) or name)
            if not student:
                raise ValueError(f"--roster {path}: line {table.line_num} has no id and no name")
            if student in people:
                raise ValueError(f"--roster {path}: {student!r} is there twice")
            people[student] = Owner(student, name or student, email, group, sure=True)
        return cls(people)

    def find(self, path: PurePosixPath) -> Owner | None:
        """Whose a path is: who is named in it, by id, e-mail or name; else the group.

        The longest match counts.

        Raises:
            LookupError: two people fit equally well.
        """
        parts = [f" {simple(part)} " for part in (*path.parent.parts, path.stem)]
        groups = {owner.group for owner in self.people.values()} - {""}
        for candidates in (
            [(key, owner) for owner in self.people.values() for key in _keys(owner)],
            [(simple(name), Owner(name, name, group=name, sure=True)) for name in groups],
        ):
            found = [(len(k), o) for k, o in candidates if k and any(f" {k} " in p for p in parts)]
            longest = max((length for length, _ in found), default=0)
            best = {owner for length, owner in found if length == longest}
            if len(best) > 1:
                names = " or ".join(sorted(owner.student for owner in best))
                raise LookupError(f"the roster does not say whether this is {names}")
            if best:
                return best.pop()
        return None

    def members(self, group: str) -> list[Owner]:
        """The people of a group."""
        return [owner for owner in self.people.values() if group and owner.group == group]


def _column(row: dict[str, str], names: Sequence[str]) -> str:
    return next((row[name] for name in names if row.get(name)), "")


def _keys(owner: Owner) -> set[str]:
    """What a path may call somebody: id, e-mail, its first part, the name in either order."""
    words = simple(owner.name).split()
    turned = [*words[-1:], *words[:-1]]
    keys = {simple(owner.student), simple(owner.email), simple(owner.email.partition("@")[0])}
    return keys | {" ".join(words), "".join(words), " ".join(turned), "".join(turned)}


def owners(
    paths: Iterable[PurePosixPath],
    lessons: Iterable[str],
    expression: str | None = None,
    roster: Roster | None = None,
) -> list[Owner]:
    """Whose each path is: by the rule, else by the roster, else by a guess."""
    pattern, names, found = rule(expression) if expression else None, list(lessons), []
    for path in paths:
        owner = guess(path, names)
        if pattern and (match := pattern.search(path.as_posix())):
            group = "student" if "student" in pattern.groupindex else 1
            if student := (match[group] or "").strip():
                owner = Owner(student, student, sure=True)
        if roster:
            try:
                known = roster.find(PurePosixPath(owner.student) if owner.sure else path)
            except LookupError as error:
                known = Owner(owner.student, note=str(error))
            known = known or replace(owner, note="not in the roster")
            owner = replace(known, canvas=owner.canvas, moodle=owner.moodle)
        found.append(owner)
    return found
