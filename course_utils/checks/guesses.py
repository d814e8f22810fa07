"""Predict before you run: a guess is kept, and stands beside the truth once that is known."""

import math
from dataclasses import dataclass
from html import escape
from typing import Any

from course_utils.checks import record


@dataclass(frozen=True)
class Guessed:
    """A guess beside the truth, as a line of text. guess: None where nobody guessed."""

    name: str
    guess: Any
    truth: Any = None

    def __repr__(self) -> str:
        known = self.truth is not None
        if self.guess is None:
            return f"no guess of {self.name}" + (
                f"; it is {_said(self.truth)}" if known else " yet"
            )
        if not known:
            return f"your guess of {self.name}: {_said(self.guess)}. Kept: now run on"
        return f"you guessed {_said(self.guess)}; it is {_said(self.truth)}{self._verdict()}"

    def _repr_html_(self) -> str:
        style = "border-left:4px solid #4477aa;padding:.3em .8em"
        return f'<div style="{style}">{escape(repr(self))}</div>'

    def _verdict(self) -> str:
        if _is_number(self.guess) and _is_number(self.truth):
            return f", {_said(abs(self.guess - self.truth))} away"
        same = str(self.guess).strip().lower() == str(self.truth).strip().lower()
        return " ✓" if same else ""


def guess(name: str, value: Any = ...) -> Guessed:
    """Keep your guess; without one, say which was kept. A number or a word."""
    if value is None or value is Ellipsis:
        return Guessed(name, record.read()["guesses"].get(name))
    if _is_number(value):
        if not math.isfinite(value):
            raise ValueError(f"value={value}: guess a finite number, or a word")
        value = float(value) if isinstance(value, float) or hasattr(value, "item") else value
    elif not isinstance(value, str):
        raise TypeError(f"value={value!r}: guess a number or a word in quotes")
    record.write("guesses", name, value)
    return Guessed(name, value)


def reveal(name: str, truth: Any) -> Guessed:
    """Your guess beside the truth; without a guess, the truth alone."""
    return Guessed(name, guess(name).guess, truth)


def _is_number(value: Any) -> bool:
    return not isinstance(value, bool | str) and hasattr(value, "__float__")


def _said(value: Any) -> str:
    return f"{float(value):.3g}" if _is_number(value) else str(value)
