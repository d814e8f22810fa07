"""What is in a folder of uploads: whose it is, how new it is, and what cannot be graded.

Folders per student, files named after students, exports of course systems and zip files (also
nested) are understood. Whose a file is follows from its path, by a rule that the TA can replace.
"""

from __future__ import annotations

import contextlib
import io
import re
import unicodedata
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path, PurePosixPath

MOST_FILES = 20_000  # in one zip
MOST_BYTES = 2 * 2**30  # unpacked, of one zip
LARGEST_FILE = 200 * 2**20
DEEPEST = 3  # zips in zips

NOISE = {"__MACOSX", ".ipynb_checkpoints", ".DS_Store", ".git", "Thumbs.db", "desktop.ini"}
# folders that say nothing about a student
PLAIN = re.compile(
    r"((colab )?notebooks?|submissions?|submitted|uploads?|course|homework|solutions?)",
    re.IGNORECASE,
)
CANVAS = re.compile(r"^(.+?)(?:_LATE)?_(\d+)_\d+$")  # name, user, number of the upload
MOODLE = re.compile(r"_(assignsubmission_\w+?|onlinetext|file)(_|$)")
MOMENT = re.compile(
    r"(20\d\d)[-_]?(\d\d)[-_]?(\d\d)[ T_-]*(\d\d)[-:_h]?(\d\d)(?:[-:_m]?(\d\d))?(?!\d)"
)
COPY = re.compile(r"(?:[ _]?\((\d+)\)|-(\d{1,2})|[ _-]copy(?:[ _]?(\d+))?)$", re.IGNORECASE)


@dataclass(frozen=True)
class Upload:
    """A notebook that was handed in. path: inside the folder, zips as if they were folders.

    ``load`` reads it when it is needed, so that a large class does not fill the memory.
    """

    path: PurePosixPath
    time: float
    load: Callable[[], bytes] = field(repr=False, compare=False)


@dataclass
class Found:
    """Everything that was in the folder; ``other`` holds (path, why) of what is no notebook."""

    notebooks: list[Upload] = field(default_factory=list)
    other: list[tuple[str, str]] = field(default_factory=list)


def collect(folder: Path) -> Found:
    """All notebooks in a folder (or a zip file). Zips are read, never unpacked to disk.

    Raises:
        FileNotFoundError: there is no such folder.
    """
    if not folder.exists():
        raise FileNotFoundError(f"{folder}: there is no such folder of submissions")
    found = Found()
    paths = sorted(folder.rglob("*")) if folder.is_dir() else [folder]
    base = folder if folder.is_dir() else folder.parent
    for path in paths:
        inside = PurePosixPath(unicodedata.normalize("NFC", path.relative_to(base).as_posix()))
        if NOISE & set(inside.parts) or (path.is_dir() and not path.is_symlink()):
            continue
        if path.is_symlink():
            found.other.append((str(inside), "a link, not followed"))
        else:
            _add(inside, path.stat().st_size, path.stat().st_mtime, path.read_bytes, found, 0)
    return found


def _add(
    path: PurePosixPath,
    size: int,
    time: float,
    load: Callable[[], bytes],
    found: Found,
    depth: int,
) -> None:
    kind = path.suffix.lower()
    if NOISE & set(path.parts):
        return
    if kind not in (".ipynb", ".zip"):
        found.other.append((str(path), "not a notebook"))
    elif kind == ".ipynb" and size > LARGEST_FILE:
        found.other.append((str(path), f"larger than {LARGEST_FILE // 2**20} MB"))
    elif kind == ".ipynb":
        found.notebooks.append(Upload(path, _moment(str(path)) or time, load))
    elif depth >= DEEPEST or size > MOST_BYTES:
        found.other.append((str(path), "a zip too large, or in too many zips: not opened"))
    else:
        _open_zip(path, load, found, depth)


def _open_zip(path: PurePosixPath, load: Callable[[], bytes], found: Found, depth: int) -> None:
    """Look into a zip. Names that lead out of it (zip slip) lose their dots."""
    room = MOST_BYTES
    try:
        with zipfile.ZipFile(io.BytesIO(load())) as bundle:
            entries = [entry for entry in bundle.infolist() if not entry.is_dir()]
        if len(entries) > MOST_FILES:
            raise zipfile.BadZipFile(f"more than {MOST_FILES} files")
        for entry in entries:
            parts = [p for p in re.split(r"[/\\]", _name(entry)) if p not in ("", ".", "..")]
            inside = path.with_suffix("").joinpath(*parts)
            room -= entry.file_size  # zipfile reads no more than what is announced
            if room < 0 or entry.file_size > MOST_BYTES // 4:
                found.other.append((str(inside), "unpacks to too much: a zip bomb?"))
                continue
            member = partial(_member, load, entry)
            _add(inside, entry.file_size, _zip_time(entry), member, found, depth + 1)
    except Exception as error:  # a broken archive fails in many ways
        found.other.append((str(path), f"this zip cannot be read: {error or type(error).__name__}"))


def _member(load: Callable[[], bytes], entry: zipfile.ZipInfo) -> bytes:
    with zipfile.ZipFile(io.BytesIO(load())) as bundle:
        return bundle.read(entry)


def _name(entry: zipfile.ZipInfo) -> str:
    """An entry's name; old zips do not say that theirs are UTF-8."""
    name = entry.filename
    if not entry.flag_bits & 0x800:
        with contextlib.suppress(UnicodeError):
            name = name.encode("cp437").decode("utf-8")
    return unicodedata.normalize("NFC", name)


def _zip_time(entry: zipfile.ZipInfo) -> float:
    try:
        return datetime(*entry.date_time).timestamp()
    except (ValueError, OverflowError):
        return 0.0


def _moment(name: str) -> float | None:
    """The time that a course system wrote into a name."""
    match = MOMENT.search(name)
    try:
        return datetime(*(int(part or 0) for part in match.groups())).timestamp() if match else None
    except ValueError:
        return None


# ---------------------------------------------------------------------------------- students
def students(
    uploads: Iterable[Upload], lessons: Iterable[str], rule: str | None = None
) -> Iterator[tuple[str, Upload]]:
    """Whose each notebook is.

    rule: a regular expression that is searched in the path; its group ``student`` (or its first
    group) is the student. Without one: the first folder that is not the same for all and not just
    "notebooks", else what is left of the file's name without the lesson.

    Raises:
        ValueError: the rule has no group, or is no regular expression.
    """
    uploads = list(uploads)
    pattern = _rule(rule) if rule else None
    shared = _shared(uploads)
    names = sorted(lessons, key=len, reverse=True)
    for upload in uploads:
        student = ""
        if pattern and (match := pattern.search(upload.path.as_posix())):
            group = "student" if "student" in pattern.groupindex else 1
            student = (match[group] or "").strip()
        yield student or _student(upload.path, shared, names), upload


def _rule(rule: str) -> re.Pattern[str]:
    try:
        pattern = re.compile(unicodedata.normalize("NFC", rule))
    except re.error as error:
        raise ValueError(f"--student-id {rule!r} is no regular expression: {error}") from None
    if not pattern.groups:
        raise ValueError(
            f"--student-id {rule!r} needs a group for the student: '(?P<student>[^/]+)/'"
        )
    return pattern


def _shared(uploads: list[Upload]) -> int:
    """How many folders all paths begin with: a container, not a student."""
    folders = [upload.path.parent.parts for upload in uploads]
    count = 0
    if len({upload.path for upload in uploads}) > 1:
        for level in zip(*folders, strict=False):
            if len(set(level)) > 1:
                break
            count += 1
    # a single student's folder of lessons is not a container
    deeper = {len(parts) for parts in folders}
    return count if deeper and max(deeper) > count else max(0, count - 1)


def _student(path: PurePosixPath, shared: int, lessons: list[str]) -> str:
    rest = _without_lesson(path.stem, lessons)
    folders = [_without_lesson(part, lessons) for part in path.parent.parts[shared:]]
    folders = [f for f in folders if f and not PLAIN.fullmatch(f)]
    if folders:
        return folders[0]
    return rest or path.stem


def _without_lesson(name: str, lessons: list[str]) -> str:
    """A name without the lesson's, course systems' additions and the marks of copies."""
    name = MOODLE.sub("_", name)
    copy = COPY.search(name)
    name = name[: copy.start()] if copy else name
    for lesson in lessons:
        name = re.sub(re.escape(lesson).replace("_", "[ _-]?"), "", name, flags=re.IGNORECASE)
    name = MOMENT.sub("", name)
    copy = COPY.search(name)
    name = name[: copy.start()] if copy else name
    name = re.sub(r"^copy of\b", "", name, flags=re.IGNORECASE).strip(" _-.")
    return CANVAS.sub(r"\1_\2", name)


def copy_number(path: PurePosixPath) -> int:
    """2 for ``name (2)``, ``name-2``: course systems and browsers number later uploads so."""
    match = COPY.search(path.stem)
    return int(next((n for n in match.groups() if n), 1)) if match else 0


def newest(uploads: list[Upload]) -> tuple[Upload, list[Upload]]:
    """The newest of several uploads of a lesson, and the others."""
    order = sorted(uploads, key=lambda u: (u.time, copy_number(u.path), u.path.as_posix()))
    return order[-1], order[:-1]
