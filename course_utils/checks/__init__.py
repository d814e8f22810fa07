"""Exercises that answer back: ``check("name", your_function)``.

One module a lesson declares its exercises; :mod:`.engine` runs them. Beside it: ``guess`` and
``reveal`` for predictions before running, ``yours`` for using in the lesson what was written,
``progress`` and ``solution``.
"""

import inspect
import textwrap
from collections.abc import Callable
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING, Any

from course_utils.checks import record
from course_utils.checks.engine import ENOUGH, RIGHT, Register, Result, run_check
from course_utils.checks.exercise import Exercise
from course_utils.checks.guesses import guess, reveal
from course_utils.checks.yours import chosen, own

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "Result",
    "check",
    "exercises",
    "guess",
    "of_lessons",
    "progress",
    "reveal",
    "solution",
    "yours",
]


def check(name: str, answer: Any, hint: int | None = None) -> Result:
    """Check your answer to an exercise on its visible cases.

    Says ✓, "not attempted yet", or what is wrong, with a hint where the mistake is a known one.
    When the same mistake comes again, or with ``hint=2``, it also says where in the lesson to look;
    after three tries, ``solution(name)`` shows a model answer.
    Raises only under grading (``NBGRADER_EXECUTION``), so that a notebook always runs to its end.
    """
    return run_check(exercises()[name], answer, hint)


def yours(name: str, answer: Any) -> Callable:
    """What you wrote, if its check says ✓; else the course's own, and a line that says so.

    Its ``whose`` is "yours" or "the course's", for labels.
    """
    return chosen(exercises()[name], answer)


def solution(name: str) -> None:
    """Print a model answer, once yours is ✓ or you have tried three times."""
    exercise, done = exercises()[name], record.read()["exercises"].get(name, {})
    if done.get("status") != RIGHT and done.get("tries", 0) < ENOUGH:
        left = ENOUGH - done.get("tries", 0)
        print(f"{name}: not yet. Check an answer of yours {left} more times, or get it right.")
        return
    print(textwrap.dedent(inspect.getsource(own(exercise))))


def progress() -> "pd.DataFrame":
    """One row a lesson: exercises done, how many there are, and the next one."""
    import pandas as pd

    done = record.read()["exercises"]
    table = {}
    for lesson, found in of_lessons().items():
        open_ = [e.name for e in found if done.get(e.name, {}).get("status") != RIGHT]
        ready = len(found) - len(open_)
        table[lesson] = {"done": ready, "of": len(found), "next": open_[0] if open_ else "all done"}
    return pd.DataFrame.from_dict(table, orient="index").rename_axis("lesson")


@cache
def of_lessons() -> dict[str, list[Exercise]]:
    """The exercises of each lesson, by its number: "04" → its exercises in their order."""
    modules = sorted(m.name for m in iter_modules(__path__) if m.name.startswith("lesson_"))
    return {
        name.removeprefix("lesson_"): list(import_module(f"{__name__}.{name}").EXERCISES)
        for name in modules
    }


@cache
def exercises() -> Register:
    """All exercises of all lessons."""
    register = Register()
    for found in of_lessons().values():
        for exercise in found:
            register.add(exercise)
    return register
