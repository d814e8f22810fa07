"""Where two answers differ, and how to say it: the first place, what belongs there, what came.

Types may differ (lists, arrays, tensors, tables), values may not. Numbers are rounded so that
their difference shows.
"""

import inspect
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

SHOWN = 8  # so many values of a row are shown whole
TEXT = "That is text: return the number itself, and format it when you print"
TABLE = "Return a Series or a dict: the names in the index, the numbers as values"
NAMES_LOST = "The names are lost: return a Series or a dict, so that each number keeps its own"
NOT_CALLED = "A function came instead of its result: write its brackets ()"
NO_PLACES = "A set or a dict has no places: return a list or an array, in the order that is asked"
CUT_SHORT = "Words are cut short: an array of words has as much room as its first ones need"
EMPTY = "Some places are empty (nan): no rule of yours fits what stands there"
NUMBER = int | float | np.integer | np.floating


class Rows(list):
    """Rows of any length (windows, sentences), compared row by row and in order."""

    def __init__(self, rows: Any) -> None:
        super().__init__(tuple(np.asarray(row).tolist()) for row in rows)


@dataclass(frozen=True)
class Difference:
    """How an answer differs. ``text``: the first place, what belongs there and what came.

    ``got``, ``want``: arrays between which a relation may be sought, if there are any. ``remark``:
    a true sentence about the whole, "" where the relation has to say it; ``mistake``: what it is
    called, if the remark names a mistake. ``place``: the name of the part that differs.
    ``ordered``: whether first, last, next mean anything (not among the values of a dict).
    """

    text: str
    got: np.ndarray | None = None
    want: np.ndarray | None = None
    remark: str = ""
    place: str = ""
    mistake: str = ""
    ordered: bool = True


def compare(
    value: Any, expected: Any, tolerance: float = 1e-5, axes: Sequence[str] = ()
) -> Difference | None:
    """None if ``value`` is ``expected`` within tolerance (absolute and relative).

    axes: what the axes (or the keys of a dict) are called in the text, such as ("user", "movie").
    """
    if isinstance(expected, Rows):
        return _rows(value, expected, tolerance, axes[0] if axes else "row")
    if isinstance(expected, set | frozenset):
        return _sets(value, expected)
    if isinstance(expected, Mapping):
        return _mappings(value, expected, tolerance, axes)
    if isinstance(expected, str | bool):
        return _plain(value, expected)
    return _arrays(value, expected, tolerance, axes)


def to_array(value: Any) -> np.ndarray:
    """Any table, tensor, list or number as an array: floats, words or dates."""
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


# ------------------------------------------------------------------------------ kinds of answers
def _plain(value: Any, expected: str | bool) -> Difference | None:
    try:
        same = bool(value == expected)
    except Exception:  # several values where one belongs
        same = False
    return None if same else Difference(f"expected {say(expected)}, got {say(value)}")


def _another_kind(value: Any, expected: Any, text: str = "") -> Difference:
    """Something of another kind came than what is asked."""
    text = text or f"expected {what(expected)}, got {what(value)}"
    numbers = isinstance(expected, Mapping) or to_array(expected).dtype.kind == "f"
    if isinstance(value, str) and numbers:
        return Difference(text, remark=TEXT, mistake="text for a number")
    if isinstance(expected, Mapping) and isinstance(value, pd.DataFrame):
        return Difference(text, remark=TABLE, mistake="a table")
    if isinstance(expected, Mapping) and isinstance(value, NUMBER) and _are_numbers(expected):
        got, want = to_array(float(value)), to_array(list(expected.values()))
        return Difference(text, got, want, ordered=False)
    if isinstance(expected, Mapping) and np.ndim(value) == 1:
        return Difference(text, remark=NAMES_LOST, mistake="names lost")
    if isinstance(value, set | frozenset | Mapping):
        return Difference(text, remark=NO_PLACES, mistake="no places")
    if inspect.isroutine(value):
        return Difference(text, remark=NOT_CALLED, mistake="not called")
    if callable(value) and not hasattr(value, "shape"):
        remark = f"{type(value).__name__} is an object: return what it holds or computes"
        return Difference(text, remark=remark, mistake="an object")
    return Difference(text)


def _sets(value: Any, expected: set | frozenset) -> Difference | None:
    try:
        value = set(value)
    except TypeError:
        return _another_kind(value, expected)
    if value == expected:
        return None
    missing, extra = sorted(expected - value, key=str), sorted(value - expected, key=str)
    return Difference(_first_name(missing, extra), remark=_count_names(missing, extra))


def _mappings(
    value: Any, expected: Mapping, tolerance: float, axes: Sequence[str]
) -> Difference | None:
    if isinstance(value, pd.DataFrame) and value.shape[1] == 1:
        value = value.iloc[:, 0]
    if isinstance(value, pd.Series):
        value = value.to_dict()
    if not isinstance(value, Mapping):
        text = f"expected {'a value for each of' if axes else 'a dict with'} {_some(expected)}"
        return _another_kind(value, expected, f"{text}, got {what(value)}")
    missing = [key for key in expected if key not in value]
    extra = [key for key in value if key not in expected]
    common = [key for key in expected if key in value]
    compared = {key: compare(value[key], expected[key], tolerance, axes[1:]) for key in common}
    found = {key: one for key, one in compared.items() if one is not None}
    wrong = list(found)
    if not (missing or extra or wrong):
        return None
    names = _count_names(missing, extra, axes) if missing or extra else ""
    if not wrong:
        names += ". Everything else is right" if common else ""
        return Difference(_first_name(missing, extra, axes), remark=names)
    first, place = found[wrong[0]], _named(wrong[0], axes)
    text = f"{place}: {first.text}"
    if _are_numbers(expected) and _are_numbers({key: value[key] for key in common}):
        got, want = (to_array([d[key] for key in common]) for d in (value, expected))
        return Difference(text, got, want, names, place, ordered=False)
    right = [key for key in common if key not in wrong]
    remark = names or (f"{_some(right)} can stay as it is" if right else first.remark)
    return Difference(text, first.got, first.want, remark, place, first.mistake)


def _rows(value: Any, expected: Rows, tolerance: float, noun: str) -> Difference | None:
    try:
        rows = Rows(value)
    except TypeError:
        return _another_kind(value, expected, f"expected a list of {noun}s, got {what(value)}")
    same = [compare(a, b, tolerance) is None for a, b in zip(rows, expected, strict=False)]
    if all(same) and len(rows) == len(expected):
        return None
    at = same.index(False) if False in same else len(same)
    wanted = _row(expected[at]) if at < len(expected) else f"no {noun} any more"
    came = _row(rows[at]) if at < len(rows) else f"no {noun} any more"
    if wanted == came:  # long rows: show the place
        inner = compare(rows[at], expected[at], tolerance)
        if inner is not None:
            return Difference(f"{noun} {at}, {inner.text}", inner.got, inner.want)
    text = f"{noun} {at} (counted from 0): expected {wanted}, got {came}"
    return Difference(text, **_about_items(rows, expected, noun))


def _arrays(value: Any, expected: Any, tolerance: float, axes: Sequence[str]) -> Difference | None:
    want = to_array(expected)
    if isinstance(value, set | frozenset | Mapping):
        return _another_kind(value, expected)
    try:
        got = to_array(value)
        if want.ndim == 0 and got.size == 1:  # an array of one number is a number
            got = got.reshape(())
    except Exception:  # a tensor of another library, rows of different length
        return _another_kind(value, expected)
    if got.shape != want.shape:
        return _shapes(got, want, tolerance)
    if want.size == 0:
        return None  # an empty list has no type
    if (got.dtype.kind == "f") != (want.dtype.kind == "f"):
        return _another_kind(
            value, expected
        )  # never a word for a number, even if it reads the same
    if want.dtype.kind == "f":
        wrong = ~np.isclose(got, want, rtol=tolerance, atol=tolerance, equal_nan=True)
    else:  # words and dates
        wrong = got.astype(str) != want.astype(str)
    if not wrong.any():
        return None
    index = tuple(np.argwhere(wrong)[0])
    wanted, came = say_two(want[index], got[index])
    if np.asarray(expected).dtype.kind == "b" and got[index] in (0, 1):
        wanted, came = say(bool(want[index])), say(bool(got[index]))
    text = f"{_place(index, axes)}expected {wanted}, got {came}"
    if want.dtype.kind == "f":
        return Difference(text, got, want)
    return Difference(text, **_about_words(got.astype(str), want.astype(str)))


def _about_words(got: np.ndarray, want: np.ndarray) -> dict[str, Any]:
    """A remark on words that differ, and what the mistake is called, if it has a name."""
    wrong = got != want
    wanted, came = want[wrong], got[wrong]
    if (came == "nan").all():
        return {"remark": EMPTY, "mistake": "empty places"}
    if all(w.startswith(c) for w, c in zip(wanted, came, strict=True)):
        return {"remark": CUT_SHORT, "mistake": "cut short"}
    counts = f"{wrong.sum()} of {wrong.size} differ" if wrong.size > 1 else ""
    if wrong.size > 1 and Counter(got.ravel().tolist()) == Counter(want.ravel().tolist()):
        return {"remark": "the same values, in another order", "mistake": "other order"}
    elif wrong.sum() > 1 and len(set(zip(wanted, came, strict=True))) == 1:
        counts += f", always {say(came[0])} in place of {say(wanted[0])}"
    elif not set(came) & set(want.ravel()):
        counts += f"; {say(came[0])} is not among the values that are asked here"
    return {"remark": counts}


def _shapes(got: np.ndarray, want: np.ndarray, tolerance: float) -> Difference:
    text = f"expected {_size(want.shape)}, got {_size(got.shape)}"
    numbers = got.dtype.kind == want.dtype.kind == "f"
    about: dict[str, Any] = {}
    if got.ndim == want.ndim == 1:
        length = min(len(got), len(want))
        first = compare(got[:length], want[:length], tolerance)
        if first:
            text = f"{text}; the first that differs is {first.text.replace('at ', '', 1)}"
        about = _about_items(got.tolist(), want.tolist(), "value")
    return Difference(text, got if numbers else None, want if numbers else None, **about)


# ------------------------------------------------------------------------------- whole and parts
def _about_items(got: Sequence, want: Sequence, noun: str) -> dict[str, Any]:
    """What distinguishes two lists: items missing, too many, repeated, or in another order."""
    remark = _items(got, want, noun)
    named = {"the same": "other order", "too often": "repeated"}
    mistake = next((name for words, name in named.items() if words in remark), "")
    return {"remark": remark, "mistake": mistake}


def _items(got: Sequence, want: Sequence, noun: str) -> str:
    mine, right = Counter(map(_key, got)), Counter(map(_key, want))
    missing, extra = list((right - mine).elements()), list((mine - right).elements())
    if not missing and not extra:
        return f"the same {noun}s, in another order"
    if extra and not missing:
        repeated = [item for item in extra if item in right]
        if len(repeated) == len(extra):
            return f"{_several(extra, noun)} too often, the first of them {_row(extra[0])}"
        return f"{_several(extra, noun)} too many, the first of them {_row(extra[0])}"
    if missing and not extra:
        return f"{_several(missing, noun)} missing, the first of them {_row(missing[0])}"
    return (
        f"{_several(missing, noun)} missing, the first of them {_row(missing[0])}, and "
        f"{len(extra)} that should not be there, the first of them {_row(extra[0])}"
    )


def _key(item: Any) -> Any:
    if isinstance(item, tuple):
        return tuple(map(_key, item))
    return round(float(item), 5) if isinstance(item, int | float) else item


def _several(items: Sequence, noun: str) -> str:
    return f"{len(items)} {noun}{'s' if len(items) > 1 else ''}"


def _count_names(missing: Sequence, extra: Sequence, axes: Sequence[str] = ()) -> str:
    parts = [f"missing: {_some(missing, axes)}"] if missing else []
    parts += [f"should not be there: {_some(extra, axes)}"] if extra else []
    return "; ".join(parts)


def _first_name(missing: Sequence, extra: Sequence, axes: Sequence[str] = ()) -> str:
    if extra:
        return f"{_named(extra[0], axes)} does not belong there"
    return f"{_named(missing[0], axes)} is missing"


def _some(names: Any, axes: Sequence[str] = ()) -> str:
    names = [_named(name, axes) for name in names]
    return ", ".join(names[:4]) + (f" and {len(names) - 4} more" if len(names) > 4 else "")


def _are_numbers(value: Mapping) -> bool:
    return all(isinstance(number, NUMBER) for number in value.values())


# -------------------------------------------------------------------------------------- in words
def say(value: Any) -> str:
    """A value in a few words: 2, 0.9546, 'Drama', [1, 2, 3], an array of 3 × 4."""
    if isinstance(value, bool | np.bool_):
        return str(bool(value))
    if isinstance(value, NUMBER):
        return _number(float(value), 4)
    if isinstance(value, str):
        return repr(str(value)) if len(value) <= 60 else f"{value[:60]!r} and more"
    if isinstance(value, pd.Timestamp | np.datetime64):
        return str(pd.Timestamp(value))
    if isinstance(value, list | tuple) and len(value) <= SHOWN:
        return f"[{', '.join(map(say, value))}]"
    return what(value)


def say_two(want: Any, got: Any) -> tuple[str, str]:
    """Two values in words, numbers with as many digits as their difference needs."""
    if all(isinstance(v, NUMBER) for v in (want, got)):
        for digits in range(4, 17):
            pair = _number(float(want), digits), _number(float(got), digits)
            if pair[0] != pair[1]:
                return pair
    return say(want), say(got)


def _number(value: float, digits: int) -> str:
    if np.isnan(value):
        return "nan (not a number)"
    if abs(value) < 1e15 and value == round(value):
        return f"{value:,.0f}".replace("-0", "0") if value == 0 else f"{value:,.0f}"
    return f"{value:.{digits}g}"


def what(value: Any) -> str:
    """What kind of thing a value is, for someone who expected another."""
    if value is None or value is Ellipsis:
        return "nothing"
    if isinstance(value, bool | np.bool_ | str | NUMBER):
        return say(value)
    if isinstance(value, pd.DataFrame):
        return f"a table of {_size(value.shape)}"
    if isinstance(value, Mapping):
        return f"a dict with {_some(value)}" if value else "an empty dict"
    if inspect.isroutine(value):
        return "a function (call it: its brackets are missing)"
    if hasattr(value, "__next__"):
        return "a generator (put list() around it)"
    if isinstance(value, set | frozenset):
        return "a set"
    try:
        shape = tuple(value.shape) if hasattr(value, "shape") else np.shape(value)
    except ValueError:
        return f"{len(value)} rows of different length"
    if shape == ():
        return say(value.item()) if hasattr(value, "item") else f"a {type(value).__name__}"
    return _size(shape) if 0 not in shape else "nothing in it (no values)"


def _size(shape: tuple) -> str:
    if shape == ():
        return "one value"
    if len(shape) == 1:
        return "a list of 1 value" if shape[0] == 1 else f"{shape[0]} values"
    return " × ".join(map(str, shape)) + (" (rows × columns)" if len(shape) == 2 else "")


def _row(row: Any) -> str:
    if not isinstance(row, list | tuple):
        return say(row)
    shown = ", ".join(map(say, row[:SHOWN]))
    return f"[{shown}{', …' if len(row) > SHOWN else ''}]"


def _place(index: tuple, axes: Sequence[str]) -> str:
    if not index:
        return ""
    if axes:
        return ", ".join(f"{n} {i}" for n, i in zip(axes, index, strict=False)) + ": "
    if len(index) == 1:
        return f"at place {index[0]} (counted from 0): "
    if len(index) == 2:
        return f"row {index[0]}, column {index[1]} (counted from 0): "
    return f"at {', '.join(map(str, index))} (counted from 0): "


def _named(key: Any, axes: Sequence[str]) -> str:
    return f"{axes[0]} {key}" if axes else say(key)
