"""Where the course is, and how a command says that it cannot be carried out."""

from pathlib import Path, PurePosixPath

from course_utils.protocol import results


class CommandError(RuntimeError):
    """A command cannot be carried out; the message says what to do."""


def course_root() -> Path:
    """The course's folder, from here or anywhere below it; CommandError elsewhere."""
    root = results.repository()
    if root is None:
        raise CommandError("no course here: go to the folder that holds notebooks/ and solutions/")
    return root


def lesson_name(text: str) -> str:
    """A lesson as people name it: "1", "01", "01_eda.ipynb" or a path, as its name begins."""
    name = PurePosixPath(text.replace("\\", "/")).name.removesuffix(".ipynb").removesuffix(".py")
    return name.zfill(2) if name.isdecimal() else name
