"""Exercises that answer back: ``check("name", your_function)``.

One module a lesson declares its exercises; :mod:`.engine` runs them.
"""

from importlib import import_module
from pkgutil import iter_modules
from typing import Any

from course_utils.checks.engine import Register, Result, run_check

__all__ = ["Result", "check", "exercises"]


def check(name: str, answer: Any, hint: int | None = None) -> Result:
    """Check your answer to an exercise on its visible cases.

    Says ✓, "not attempted yet", or what is wrong, with a hint where the mistake is a known one.
    When the same mistake comes again, or with ``hint=2``, it also says where in the lesson to look.
    Raises only under grading (``NBGRADER_EXECUTION``), so that a notebook always runs to its end.
    """
    return run_check(exercises()[name], answer, hint)


def exercises() -> Register:
    """All exercises of all lessons."""
    register = Register()
    for module in sorted(iter_modules(__path__), key=lambda m: m.name):
        if module.name.startswith("lesson_"):
            for exercise in import_module(f"{__name__}.{module.name}").EXERCISES:
                register.add(exercise)
    return register
