"""What an exercise declares, and what a check finds."""

import os
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from course_utils.data.movielens import MovieLens

NOT_ATTEMPTED, WRONG, RIGHT = "not attempted yet", "✗", "✓"
SEED = 20  # of the drawn cases, the same in every check


@dataclass(frozen=True)
class Drawn:
    """A case drawn with a seed: ``make(rng)`` returns the arguments."""

    make: Callable[[np.random.Generator], tuple]


@dataclass(frozen=True)
class OnMovieLens:
    """A case from ML-100K: ``make(data)`` returns the arguments."""

    make: Callable[["MovieLens"], tuple]


@dataclass(frozen=True)
class Misunderstanding:
    """A typical wrong answer, and the hint that says why it is not it.

    function: returns what the wrong answer would (without arguments, for a value); or a dict of
    the steps that it changes, see ``Exercise.steps``. look: where in the lesson to look, if not
    where the exercise says.
    """

    name: str
    function: Callable | Mapping[str, Any]
    hint: str
    look: str = ""


@dataclass(frozen=True)
class Exercise:
    """An exercise that asks for a function, or for a value (``cases=None``).

    reference: the right function, with the learner's arguments. steps: the same once more, with
    its steps as keyword arguments. cases: label in plain words → arguments (without any, the
    function returns a value, see ``secret``).
    observe: turns what an answer returns into what is compared; with ``observe_arguments`` it gets
    the case's arguments too. tolerance: absolute and relative. axes: what the axes, or the keys,
    are called in messages. look: where in the lesson to look again.
    """

    name: str
    reference: Callable
    cases: Mapping[str, tuple | Drawn | OnMovieLens] | None = None
    misunderstandings: Sequence[Misunderstanding] = ()
    observe: Callable[..., Any] = lambda value: value
    tolerance: float = 1e-5
    right: str = ""
    axes: Sequence[str] = ()
    look: str = ""
    observe_arguments: bool = False
    steps: Callable | None = None
    twin: str = ""
    trained: bool = False

    @property
    def secret(self) -> bool:
        """Whether a value is asked for, so that showing it would give the answer away."""
        return self.cases is None or not any(self.cases.values())

    def arguments(self, seed: int = SEED) -> dict[str, tuple]:
        """Label → arguments of all cases that can be made here."""
        made = {}
        for label, case in ({"": ()} if self.cases is None else self.cases).items():
            if isinstance(case, Drawn):
                made[label] = case.make(np.random.default_rng(seed))
            elif not isinstance(case, OnMovieLens):
                made[label] = case
            elif movielens_at_hand() is not None:
                made[label] = _from_movielens(case)
            if self.trained and label in made:  # Keras computes in 32 bits, and mixes no kinds
                made[label] = tuple(map(_in_32_bits, made[label]))
        return made

    def is_large(self, label: str) -> bool:
        """Whether a case holds the lesson's own data, which is tried when all others agree."""
        return isinstance((self.cases or {}).get(label), OnMovieLens)

    def seen(self, value: Any, arguments: tuple = ()) -> Any:
        """What is compared of ``value``."""
        return self.observe(value, *(arguments if self.observe_arguments else ()))

    def variant(self, changed: Callable | Mapping[str, Any]) -> Callable:
        """A wrong function: as it is, or the right one with some steps changed."""
        if not isinstance(changed, Mapping):
            return changed
        return partial(self.steps or self.reference, **changed)


def _in_32_bits(value: Any) -> Any:
    is_float = isinstance(value, np.ndarray) and value.dtype.kind == "f"
    return value.astype("float32") if is_float else value


@cache
def movielens_at_hand() -> "MovieLens | None":
    """ML-100K if it is in the cache or in MOVIELENS_HOME; None rather than a download."""
    from course_utils.data import DataError, load_movielens
    from course_utils.data.archives import cache_folder

    home = Path(os.environ.get("MOVIELENS_HOME", ""))
    places = (cache_folder() / "ml-100k" / "stamp.json", home / "ml-100k.zip")
    if not any(place.is_file() for place in places):
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return load_movielens("ml-100k", progress=False)
        except (DataError, OSError):
            return None


@cache
def _from_movielens(case: OnMovieLens) -> tuple:
    data = movielens_at_hand()
    assert data is not None  # asked for only where it is at hand
    return case.make(data)


@dataclass(frozen=True)
class Result:
    """What :func:`check` found: ``status``, the sentence for the learner, and which mistake.

    misunderstanding: one name, or two joined by " + ". relation: how a failing answer is off, in a
    word. look: where the lesson explains it.
    """

    exercise: str
    status: str
    message: str
    misunderstanding: str | None = None
    passed: int = 0
    cases: int = 0
    relation: str = ""
    look: str = ""

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
