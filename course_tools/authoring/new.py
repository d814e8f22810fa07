"""``course new NN_name``: every file that a lesson needs, small but whole.

The files of ``skeleton/`` are a lesson named ``00_example`` that passes every gate of the course.
A new lesson begins as a copy under its own number and name, so an author changes what works.
"""

from __future__ import annotations

import re
from pathlib import Path

from course_tools.root import CommandError

SKELETON = Path(__file__).with_name("skeleton")
PLACES = {
    "lesson": "solutions/{number}_{name}.py",
    "checks": "course_utils/checks/lesson_{number}.py",
    "plots": "course_utils/plots/lesson_{number}.py",
    "figures": "tests/plots/figures_{number}.py",
    "benchmark": "benchmarks/lesson_{number}.py",
    "wrong_answers": "tests/wrong_answers/lesson_{number}.py",
}
FIGURES = Path("course_utils/plots/__init__.py")
# Both lists of plots/__init__.py: how a lesson stands in it, and the line that closes the list.
LISTS = (
    (r'^        "lesson_(\d\d)",$', '        "lesson_{number}",\n', "    ],\n"),
    (r'^        "lesson_(\d\d)": \[', '        "lesson_{number}": ["{name}_stars"],\n', "    },\n"),
)


def begin_lesson(root: Path, lesson: str) -> list[Path]:
    """Write source, checks, figure, benchmark and wrong answers of a lesson; the files written.

    lesson: number and name, e.g. "11_diversity". Nothing is overwritten.

    Raises:
        CommandError: no such name, or a number or a file that is in use; nothing was written.
    """
    match = re.fullmatch(r"(\d\d)_([a-z][a-z0-9_]{0,24})", lesson)
    if not match or match[1] == "00":
        raise CommandError(
            f"lesson {lesson!r}: write two digits from 01 on, _ and a name of at most 25 small "
            "letters, digits and _, such as 11_diversity"
        )
    number, name = match.groups()
    if taken := sorted((root / "solutions").glob(f"{number}_*.py")):
        raise CommandError(f"number {number} is {taken[0].stem}'s: take another one")
    texts = {
        root / place.format(number=number, name=name): _renamed(skeleton, number, name)
        for skeleton, place in PLACES.items()
    }
    if existing := [path for path in texts if path.exists()]:
        raise CommandError(f"{existing[0].relative_to(root).as_posix()} exists: move it away first")
    texts[root / FIGURES] = _listed((root / FIGURES).read_text(encoding="utf-8"), number, name)
    for path, text in texts.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
    return list(texts)


def _renamed(skeleton: str, number: str, name: str) -> str:
    text = (SKELETON / f"{skeleton}.py").read_text(encoding="utf-8")
    text = text.replace("Example", name.replace("_", " ").capitalize()).replace("example", name)
    return re.sub(r"(?<!\d)00(?!\d)", number, text)


def _listed(text: str, number: str, name: str) -> str:
    """``plots/__init__.py`` with the lesson in both of its lists, in the order of numbers."""
    for pattern, entry, end in LISTS:
        present = list(re.finditer(pattern, text, re.MULTILINE))
        if not present:
            raise CommandError(f"{FIGURES} lists no lesson the way 'course new' reads it: mend it")
        later = [match.start() for match in present if match[1] > number]
        place = later[0] if later else text.index(end, present[-1].start())
        text = text[:place] + entry.format(number=number, name=name) + text[place:]
    return text
