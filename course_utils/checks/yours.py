"""What a learner wrote, used later in the lesson; where it is missing, the course's own."""

import functools
from collections.abc import Callable
from importlib import import_module
from typing import Any

from course_utils.checks.engine import accepts, is_untouched
from course_utils.checks.exercise import Exercise


def chosen(exercise: Exercise, answer: Any) -> Callable:
    """The answer if a check says ✓, else the course's own; see :func:`course_utils.checks.yours`.

    ``whose`` of what is returned says which of the two it is: "yours" or "the course's".
    """
    mine = accepts(exercise, answer)
    if not mine:
        why = "not attempted yet" if is_untouched(answer) else "does not pass its check yet"
        print(f"{exercise.name} {why}: here the course's own takes its place")
    function = answer if mine else own(exercise)

    @functools.wraps(function)
    def used(*arguments: Any, **named: Any) -> Any:
        return function(*arguments, **named)

    vars(used)["whose"] = "yours" if mine else "the course's"
    return used


def own(exercise: Exercise) -> Callable:
    """The course's own answer: its twin in the package, else what the check compares with."""
    if not exercise.twin:
        return exercise.reference
    room, name = exercise.twin.rsplit(".", 1)
    return getattr(import_module(room), name)
