"""What a learner has done: guesses before running, exercises and tries. Kept between sessions.

A small JSON file in the user's data folder, or where ``COURSE_PROGRESS`` says; "off" keeps nothing
(builds, tests and grading do). A file that cannot be read or written is no reason to stop anybody.
"""

import json
import os
from contextlib import suppress
from pathlib import Path
from typing import Any

from platformdirs import user_data_path

_unkept: dict[str, dict[str, Any]] = {}  # of this session, where nothing is kept


def place() -> Path | None:
    """The file, or None where nothing is to be kept."""
    chosen = os.environ.get("COURSE_PROGRESS", "")
    if chosen == "off" or os.environ.get("NBGRADER_EXECUTION"):
        return None
    return Path(chosen) if chosen else user_data_path("movielens-course") / "progress.json"


def read() -> dict[str, dict[str, Any]]:
    """``guesses`` (name → value) and ``exercises`` (name → status, tries)."""
    empty: dict[str, dict[str, Any]] = {"guesses": {}, "exercises": {}}
    with suppress(OSError, ValueError, AttributeError, TypeError):
        if file := place():
            kept = json.loads(file.read_text(encoding="utf-8"))
            return {part: dict(kept.get(part, {})) for part in empty}
        return {part: dict(_unkept.get(part, {})) for part in empty}
    return empty


def write(part: str, name: str, value: Any) -> None:
    """Keep one guess or one exercise."""
    kept = read()
    kept[part][name] = value
    file = place()
    if file is None:
        _unkept.update(kept)
        return
    with suppress(OSError, TypeError):
        file.parent.mkdir(parents=True, exist_ok=True)
        new = file.with_suffix(".tmp")
        new.write_text(json.dumps(kept, indent=1, sort_keys=True), encoding="utf-8")
        new.replace(file)


def forget() -> None:
    """Start anew: no guess, no try. What was kept stays beside it, in ``progress.old.json``."""
    _unkept.clear()
    with suppress(OSError):
        if (file := place()) and file.exists():
            file.replace(file.with_suffix(".old.json"))


def tried(name: str, status: str) -> int:
    """Count a try of an exercise and keep how it ended; ✓ stays ✓. Returns the tries so far."""
    before = read()["exercises"].get(name, {})
    done = "✓" if "✓" in (status, before.get("status")) else status
    tries = int(before.get("tries", 0)) + 1
    write("exercises", name, {"status": done, "tries": tries})
    return tries
