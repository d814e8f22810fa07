"""How an answer is checked: visible cases, and wrong answers recognised by what they return.

An exercise knows the right function, a few cases, and *misunderstandings*: wrong functions, each
with the hint that clears it up. An answer that fails a case is compared with what each
misunderstanding would have returned; the first that agrees on every case names the mistake.
"""

import copy
import dis
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any

import numpy as np
import pandas as pd

NOT_ATTEMPTED, WRONG, RIGHT = "not attempted yet", "✗", "✓"


class CheckFailedError(AssertionError):
    """Raised under grading only: the message is what the learner would have read."""


@dataclass(frozen=True)
class Misunderstanding:
    """A typical wrong answer: ``function`` returns what it would, ``hint`` says why it is not it.

    For an exercise whose answer is a value, ``function`` takes no arguments.
    """

    name: str
    function: Callable
    hint: str


@dataclass(frozen=True)
class Exercise:
    """An exercise that asks for a function, or for a value (``cases=None``).

    reference: the right function, called with the arguments of each case; for a value, without
    arguments. cases: name → arguments. observe: turns an answer's return value into what is
    compared, for answers that are not plain numbers or arrays. tolerance: absolute and relative.
    """

    name: str
    reference: Callable
    cases: Mapping[str, tuple] | None = None
    misunderstandings: Sequence[Misunderstanding] = ()
    observe: Callable[[Any], Any] = lambda value: value
    tolerance: float = 1e-5
    right: str = ""


@dataclass(frozen=True)
class Result:
    """What :func:`check` found: ``status``, the sentence for the learner, and which mistake."""

    exercise: str
    status: str
    message: str
    misunderstanding: str | None = None
    passed: int = 0
    cases: int = 0

    def __bool__(self) -> bool:
        return self.status == RIGHT

    def __repr__(self) -> str:
        return f"{self.status} {self.exercise}: {self.message}"

    def _repr_html_(self) -> str:
        colour = {RIGHT: "#0b6e4f", WRONG: "#a23b00"}.get(self.status, "#555")
        return (
            f'<div style="border-left:4px solid {colour};padding:.3em .8em">'
            f"<b>{self.status} {escape(self.exercise)}</b><br>{escape(self.message)}</div>"
        )


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


def run_check(exercise: Exercise, answer: Any) -> Result:
    """Check an answer; see :func:`course_utils.checks.check`."""
    result = judge(exercise, answer)
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


def judge(exercise: Exercise, answer: Any) -> Result:
    """What :func:`run_check` finds, also under grading, where that raises."""
    name = exercise.name
    if is_untouched(answer):
        return Result(name, NOT_ATTEMPTED, "replace the ... with your answer, then run this again")
    if exercise.cases is None:
        return _judge_value(exercise, answer)
    if not callable(answer):
        return Result(name, WRONG, f"give check the function itself, not {_short(answer)}")
    wrong, passed = [], 0
    returned = {}
    for case, arguments in exercise.cases.items():
        try:
            value = answer(*_copies(arguments))
        except Exception as error:
            wrong.append((case, f"it stopped with {type(error).__name__}: {error}"))
            continue
        if value is None or value is Ellipsis:
            wrong.append((case, "your function returns nothing: end it with return"))
            continue
        try:
            returned[case] = exercise.observe(value)
        except Exception as error:
            detail = f"{type(error).__name__}: {error}"
            wrong.append((case, f"what it returns could not be read ({detail})"))
            continue
        expected = exercise.observe(exercise.reference(*_copies(arguments)))
        difference = _difference(returned[case], expected, exercise.tolerance)
        if difference:
            wrong.append((case, difference))
        else:
            passed += 1
    total = len(exercise.cases)
    if not wrong:
        praise = exercise.right or "all visible cases agree"
        return Result(name, RIGHT, praise, passed=passed, cases=total)
    known = _recognise(exercise, returned)
    case, difference = wrong[0]
    where = f"{case}: {difference}."
    message = f"{where} {known.hint}" if known else where
    return Result(name, WRONG, message, known.name if known else None, passed, total)


def agrees(exercise: Exercise, value: Any, expected: Any) -> bool:
    """Whether a check takes two answers for the same, whatever their form."""
    value, expected = exercise.observe(value), exercise.observe(expected)
    return not _difference(value, expected, exercise.tolerance)


def _judge_value(exercise: Exercise, answer: Any) -> Result:
    expected = exercise.observe(exercise.reference())
    try:
        value = exercise.observe(answer)
    except Exception as error:
        detail = f"your answer could not be read ({type(error).__name__}: {error})"
        return Result(exercise.name, WRONG, detail, cases=1)
    difference = _difference(value, expected, exercise.tolerance)
    if not difference:
        return Result(exercise.name, RIGHT, exercise.right or "that is it", passed=1, cases=1)
    for known in exercise.misunderstandings:
        if not _difference(value, exercise.observe(known.function()), exercise.tolerance):
            return Result(exercise.name, WRONG, known.hint, known.name, cases=1)
    return Result(exercise.name, WRONG, f"{difference}", cases=1)


def _recognise(exercise: Exercise, returned: Mapping[str, Any]) -> Misunderstanding | None:
    """The misunderstanding that returns the same as the answer on every case it survives."""
    if len(returned) < len(exercise.cases):
        return None
    for known in exercise.misunderstandings:
        try:
            same = all(
                not _difference(
                    returned[case],
                    exercise.observe(known.function(*_copies(arguments))),
                    exercise.tolerance,
                )
                for case, arguments in exercise.cases.items()
            )
        except Exception:  # a wrong function may fail on a case; then it is not what was written
            continue
        if same:
            return known
    return None


def _difference(value: Any, expected: Any, tolerance: float) -> str:
    """Empty if equal within tolerance, else a short sentence. Types may differ, values not."""
    if isinstance(expected, str | bool | set | frozenset):
        try:
            same = bool(value == expected)
        except Exception:  # several values where one belongs
            same = False
        return "" if same else f"expected {_short(expected)}, got {_short(value)}"
    if isinstance(expected, Mapping):
        return _mapping_difference(value, expected, tolerance)
    try:
        got, want = _array(value), _array(expected)
        if want.ndim == 0 and got.size == 1:  # an array of one number is a number
            got = got.reshape(())
    except Exception:  # a tensor of another library, say
        return f"expected {_describe(expected)}, got {_short(value)}"
    kinds = {got.dtype.kind, want.dtype.kind}
    if kinds == {"f"}:
        if got.shape != want.shape:
            return f"expected shape {want.shape}, got {got.shape}"
        same = np.allclose(got, want, rtol=tolerance, atol=tolerance, equal_nan=True)
    else:  # words and dates; never a word for a number, even if it reads the same
        same = "f" not in kinds and got.shape == want.shape
        same = same and bool((got.astype(str) == want.astype(str)).all())
    return "" if same else f"expected {_short(expected)}, got {_short(value)}"


def _mapping_difference(value: Any, expected: Mapping, tolerance: float) -> str:
    if isinstance(value, pd.Series):
        value = value.to_dict()
    if not isinstance(value, Mapping):
        return f"expected a dict with {', '.join(map(str, expected))}, got {_short(value)}"
    for key in value:
        if key not in expected:
            return f"{key!r} does not belong there"
    for key, want in expected.items():
        if key not in value:
            return f"{key!r} is missing"
        if difference := _difference(value[key], want, tolerance):
            return f"{key}: {difference}"
    return ""


def _array(value: Any) -> np.ndarray:
    if hasattr(value, "toarray"):
        value = value.toarray()
    if isinstance(value, pd.Series | pd.DataFrame | pd.Index):
        value = value.to_numpy()
    elif hasattr(value, "numpy"):
        value = value.numpy()
    array = np.asarray(value)
    if array.dtype == object:  # numbers and dates may hide in it
        array = pd.Series(array.ravel()).infer_objects().to_numpy().reshape(array.shape)
    if array.dtype.kind in "biuf":
        return array.astype(float)
    return array.astype("datetime64[ns]") if array.dtype.kind == "M" else array


def _copies(arguments: tuple) -> tuple:
    """Each call gets its own arguments, so that an answer that changes them fools no one."""
    return copy.deepcopy(arguments)


def _describe(value: Any) -> str:
    return f"an array of shape {np.shape(value)}" if np.ndim(value) else "a number"


def _short(value: Any) -> str:
    if isinstance(value, float | np.floating):
        return f"{value:.4f}"
    text = (
        np.array2string(value, precision=4, threshold=8)
        if isinstance(value, np.ndarray)
        else (str(value.head()) if hasattr(value, "head") else repr(value))
    )
    text = " ".join(text.split())
    return text if len(text) <= 90 else text[:87] + "…"
