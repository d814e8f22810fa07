"""What is in a folder of uploads: notebooks, helpers beside them, and what cannot be graded.

Folders, files, exports of course systems and zip files (also nested) are understood. Zips are read,
never unpacked to disk. Whose a file is: see ``people``.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import stat
import unicodedata
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path, PurePosixPath

from course_tools.grading.clean import plain_text

MOST_FILES = 20_000  # in one zip
MOST_BYTES = 2 * 2**30  # unpacked, of one zip
LARGEST_FILE = 200 * 2**20
LARGEST_HELPER = 2**20
DEEPEST = 3  # zips in zips

NOISE = {"__MACOSX", ".ipynb_checkpoints", ".DS_Store", ".git", "Thumbs.db", "desktop.ini"}
NOISE |= {"__pycache__", ".venv", "node_modules", ".idea", ".vscode"}
MOMENT = re.compile(
    r"(20\d\d)[-_]?(\d\d)[-_]?(\d\d)[ T_-]*(\d\d)[-:_h]?(\d\d)(?:[-:_m]?(\d\d))?(?!\d)"
)


@dataclass(frozen=True)
class Upload:
    """A file that was handed in. path: inside the folder, zips as if they were folders.

    ``load`` reads it when it is needed, so that a large class does not fill the memory.
    """

    path: PurePosixPath
    time: float
    load: Callable[[], bytes] = field(repr=False, compare=False)


@dataclass
class Found:
    """Everything that was in the folder; ``other`` holds (path, why) of what is no notebook."""

    notebooks: list[Upload] = field(default_factory=list)
    helpers: list[Upload] = field(default_factory=list)
    other: list[tuple[str, str]] = field(default_factory=list)


def find_uploads(folder: Path) -> Found:
    """All notebooks in a folder (or a zip file), whatever else may be there.

    Raises:
        FileNotFoundError: there is no such folder.
    """
    if not folder.exists():
        raise FileNotFoundError(f"{folder}: there is no such folder of submissions")
    found = Found()
    base = folder if folder.is_dir() else folder.parent
    for path in _files(folder) if folder.is_dir() else [folder]:
        inside = PurePosixPath(_text(path.relative_to(base).as_posix()))
        if NOISE & set(inside.parts):
            continue
        try:
            status = path.lstat()
            if not stat.S_ISREG(status.st_mode):
                why = "a link, not followed" if path.is_symlink() else "no regular file"
                found.other.append((str(inside), why))
            else:
                _add(inside, status.st_size, status.st_mtime, path.read_bytes, found, 0)
        except (OSError, ValueError) as error:
            found.other.append((str(inside), f"it cannot be read: {error}"))
    return found


def _files(folder: Path) -> list[Path]:
    found = []
    for where, folders, names in os.walk(folder):
        folders.sort()
        links = [name for name in folders if os.path.islink(os.path.join(where, name))]
        found += [Path(where, name) for name in [*names, *links]]
    return sorted(found)


def _text(name: str) -> str:
    return unicodedata.normalize("NFC", plain_text(name).replace("\n", " "))


def _add(
    path: PurePosixPath,
    size: int,
    time: float,
    load: Callable[[], bytes],
    found: Found,
    depth: int,
) -> None:
    kind = path.suffix.lower()
    moment = _moment(str(path)) or time
    if NOISE & set(path.parts):
        return
    if kind == ".ipynb" and size <= LARGEST_FILE:
        found.notebooks.append(Upload(path, moment, load))
    elif kind == ".py" and size <= LARGEST_HELPER:
        found.helpers.append(Upload(path, moment, load))
    elif kind != ".zip":
        large = f"larger than {LARGEST_FILE // 2**20} MB"
        found.other.append((str(path), large if size > LARGEST_FILE else "not a notebook"))
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
        if not 0 < len(entries) <= MOST_FILES:
            raise zipfile.BadZipFile(f"it holds {len(entries):,} files")
        for entry in entries:
            parts = [p for p in re.split(r"[/\\]", _name(entry)) if p not in ("", ".", "..")]
            inside = path.with_suffix("").joinpath(*parts or ["nameless"])
            room -= entry.file_size  # zipfile reads no more than what is announced
            if room < 0 or entry.file_size > MOST_BYTES // 4:
                found.other.append((str(inside), "unpacks to too much: a zip bomb?"))
                continue
            member = partial(_member, load, entry)
            _add(inside, entry.file_size, _zip_time(entry), member, found, depth + 1)
    except Exception as error:  # a broken archive fails in many ways
        text = plain_text(error or type(error).__name__, 200)
        found.other.append((str(path), f"this zip cannot be read: {text}"))


def _member(load: Callable[[], bytes], entry: zipfile.ZipInfo) -> bytes:
    with zipfile.ZipFile(io.BytesIO(load())) as bundle:
        return bundle.read(entry)


def _name(entry: zipfile.ZipInfo) -> str:
    """An entry's name; old zips do not say that theirs are UTF-8, or write their own alphabet."""
    name = entry.filename
    if not entry.flag_bits & 0x800:
        with contextlib.suppress(UnicodeError):
            name = name.encode("cp437").decode("utf-8")
    return _text(name)


def _zip_time(entry: zipfile.ZipInfo) -> float:
    try:
        return datetime(*entry.date_time).timestamp()
    except (ValueError, OverflowError, OSError):
        return 0.0


def _moment(name: str) -> float | None:
    """The time that a course system wrote into a name."""
    match = MOMENT.search(name)
    try:
        return datetime(*(int(part or 0) for part in match.groups())).timestamp() if match else None
    except (ValueError, OverflowError, OSError):
        return None
