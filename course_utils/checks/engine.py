"""How an answer is checked. A guide for whoever declares an exercise:

An exercise declares, in this order of reading,

- ``reference``: the right function, written and named as the lesson's solution; ``steps``: the
  same once more, with its steps as keyword arguments, so that they can be changed one by one;
- ``cases``: a label in plain words → the arguments. A tuple is a fixed case, ``Drawn(make)`` draws
  one with a seed, ``OnMovieLens(make)`` makes one from ML-100K and is left out where that is not
  at hand. Fixed cases first, the lesson's own data last: it is tried when all others agree;
- ``misunderstandings``: wrong functions, each with the hint that clears it up. A wrong function
  may also be written as the steps it changes, ``{"root": False}``: then two of them are recognised
  together, one on top of the other;
- ``observe``: what is compared, where an answer is more than numbers or words;
- ``axes``: what rows and columns (or keys) are called; ``look``: where in the lesson to look again.

An answer that fails is explained by the first of these that holds (:mod:`.explanation`): one
misunderstanding for all failing cases; a relation to the right result, such as a missing root
(:mod:`.relation`); two misunderstandings, one on top of the other; a small slip in the right
function (:mod:`.slip_search`); two misunderstandings, each for some cases; one for half of them.
Otherwise the message says in which direction the answer is off. Errors have hints of their own
(:mod:`.errors`), and silence nothing else.
"""

import copy
import dis
import os
from dataclasses import dataclass, field, replace
from typing import Any

from course_utils.checks import errors, record
from course_utils.checks.comparison import Rows, compare, what
from course_utils.checks.exercise import (
    NOT_ATTEMPTED,
    RIGHT,
    SEED,
    WRONG,
    Drawn,
    Exercise,
    Misunderstanding,
    OnMovieLens,
    Result,
)
from course_utils.checks.explanation import Try, explain

__all__ = [
    "NOT_ATTEMPTED",
    "RIGHT",
    "WRONG",
    "CheckFailedError",
    "Drawn",
    "Exercise",
    "Misunderstanding",
    "OnMovieLens",
    "Register",
    "Result",
    "Rows",
    "accepts",
    "agrees",
    "is_untouched",
    "judge",
    "run_check",
]


ENOUGH = 3  # tries, after which a model answer may be seen


class CheckFailedError(AssertionError):
    """Raised under grading only: the message is what the learner would have read."""


@dataclass
class Register:
    """All exercises by name."""

    exercises: dict[str, Exercise] = field(default_factory=dict)

    def add(self, exercise: Exercise) -> None:
        if exercise.name in self.exercises:
            raise ValueError(f"there are two exercises named {exercise.name!r}")
        self.exercises[exercise.name] = exercise

    def __getitem__(self, name: str) -> Exercise:
        if name not in self.exercises:
            known = ", ".join(sorted(self.exercises))
            raise KeyError(f"there is no exercise {name!r}; known: {known}")
        return self.exercises[name]


_told: dict[str, set[str | None]] = {}  # exercise → mistakes that were told once in this session


def run_check(exercise: Exercise, answer: Any, hint: int | None = None) -> Result:
    """Check an answer; see :func:`course_utils.checks.check`."""
    result = judge(exercise, answer)
    tries = 0 if result.status == NOT_ATTEMPTED else record.tried(exercise.name, result.status)
    if result.status == WRONG:
        told = _told.setdefault(exercise.name, set())
        again = result.misunderstanding in told
        if result.look and (hint == 2 or (hint is None and again)):
            result = replace(result, message=f"{result.message} Look again: {result.look}")
        told.add(result.misunderstanding)
        if tries >= ENOUGH:
            text = f'{result.message} A model answer: solution("{exercise.name}")'
            result = replace(result, message=text)
    if not result and os.environ.get("NBGRADER_EXECUTION"):
        raise CheckFailedError(repr(result))
    return result


def is_untouched(answer: Any) -> bool:
    """True for the learner edition's stub: ``...``, None, or a function with an empty body."""
    if answer is None or answer is Ellipsis:
        return True
    if not hasattr(answer, "__code__"):
        return False
    steps = [i for i in dis.get_instructions(answer) if i.opname not in ("RESUME", "NOP")]
    returns_none = {("LOAD_CONST", "RETURN_VALUE"), ("RETURN_CONST",)}
    return tuple(i.opname for i in steps) in returns_none and steps[0].argval is None


def agrees(exercise: Exercise, value: Any, expected: Any, arguments: tuple = ()) -> bool:
    """Whether a check takes two answers for the same, whatever their form."""
    value, expected = exercise.seen(value, arguments), exercise.seen(expected, arguments)
    return compare(value, expected, exercise.tolerance) is None


def accepts(exercise: Exercise, answer: Any, seed: int = SEED) -> bool:
    """Whether a check says ✓; stops at the first case that fails. ``seed``: of drawn cases."""
    cases = exercise.arguments(seed).items()
    if is_untouched(answer) or any(_try(exercise, answer, *case).wrong for case in cases):
        return False
    return not (exercise.trained and errors.not_traceable(answer, dict(cases)))


def judge(exercise: Exercise, answer: Any) -> Result:
    """What :func:`run_check` finds, also under grading, where that raises."""
    name = exercise.name
    if is_untouched(answer):
        return Result(name, NOT_ATTEMPTED, "replace the ... with your answer, then run this again")
    cases = exercise.arguments()
    total = len(cases)
    if exercise.cases is not None:
        if not callable(answer):
            text = f"give check the function itself, not {what(answer)}"
            return Result(name, WRONG, text, "not a function", 0, total, "type")
        if text := errors.wrong_arguments(answer, exercise.reference, cases.values()):
            return Result(name, WRONG, text, "arguments", 0, total, "arguments", exercise.look)
    tries: list[Try] = []
    for label, arguments in cases.items():
        if not (exercise.is_large(label) and any(t.wrong for t in tries)):
            tries.append(_try(exercise, answer, label, arguments))
    passed = sum(not t.wrong for t in tries)
    if passed == total and exercise.trained and (text := errors.not_traceable(answer, cases)):
        # right numbers, and yet a case less: it cannot do what it is for
        return Result(name, WRONG, text, "numpy", passed - 1, total, "numpy", exercise.look)
    if passed == total:
        return Result(name, RIGHT, exercise.right or "all cases agree", None, passed, total)
    found = explain(exercise, tries)
    mistake, look = " + ".join(found.mistakes) or None, found.look or exercise.look
    return Result(name, WRONG, found.message, mistake, passed, total, found.relation, look)


def _try(exercise: Exercise, answer: Any, label: str, arguments: tuple) -> Try:
    value = answer
    if exercise.cases is not None:
        helper = errors.empty_helper(answer, is_untouched)
        try:
            value = answer(*copy.deepcopy(arguments))
        except Exception as error:
            if not helper or "None" not in str(error):
                text, kind = errors.described(error), type(error).__name__
                return Try(label, arguments, error=text, known=errors.hint_for(error), kind=kind)
            value = None
        if value is None or value is Ellipsis:
            known = ("empty helper" if helper else "no return", "")
            return Try(label, arguments, error=errors.returned_nothing(helper), known=known)
    if hasattr(value, "__next__"):  # it can be read only once, so nobody could use it twice
        return Try(label, arguments, error=errors.YIELDS, known=("generator", ""))
    expected = exercise.reference(*copy.deepcopy(arguments))
    if text := errors.wrong_number(value, expected):
        return Try(label, arguments, error=text, known=("number of results", ""))
    expected = exercise.seen(expected, arguments)
    try:
        seen = exercise.seen(value, arguments)
        difference = compare(seen, expected, exercise.tolerance, exercise.axes)
    except Exception as error:
        text = errors.unreadable(value, error)
        return Try(label, arguments, error=text, known=("unreadable", ""))
    return Try(label, arguments, seen, difference)
