"""Where the course is, and how a command says that it cannot be carried out."""

from pathlib import Path

from course_utils.protocol import results


class CommandError(RuntimeError):
    """A command cannot be carried out; the message says what to do."""


def course_root() -> Path:
    """The course's folder, from here or anywhere below it; CommandError elsewhere."""
    root = results.repository()
    if root is None:
        raise CommandError("no course here: go to the folder that holds notebooks/ and solutions/")
    return root
