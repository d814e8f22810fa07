"""What two results have to do with each other: a root missing, transposed, a factor of n too large.

For an answer whose mistake nobody has listed. Each sentence is true because it was tried: the
wrong numbers *are* the right ones squared, say, in every case that fails.
"""

import contextlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from course_utils.checks.comparison import Difference, say, what

Numbers = np.ndarray


@dataclass(frozen=True)
class Relation:
    """``sentence`` says how an answer relates to what is right.

    name: the same in every case where the same holds. mistake: it names a mistake (a root is
    missing), not only a direction (too large). exact: it would betray the right value.
    """

    name: str
    sentence: str
    mistake: bool = False
    exact: bool = False


def relations(difference: Difference, arguments: Mapping[str, Any], tolerance: float) -> list:
    """All relations that hold in one failing case, the most telling ones first."""
    got, want = difference.got, difference.want
    found: list[Relation] = []
    if got is not None and want is not None and got.size and want.size:
        with np.errstate(all="ignore"):
            if got.shape == want.shape:
                found = list(_same_shape(got, want, arguments, tolerance))
            else:
                found = list(_other_shape(got, want, tolerance))
    if not difference.ordered:
        found = [relation for relation in found if relation.name not in PLACES]
    if difference.remark:
        remark, name = difference.remark, difference.mistake
        told = Relation(name or remark, f"{remark[:1].upper()}{remark[1:]}.", mistake=bool(name))
        found.insert(0 if name else len(found), told)
    if not found and got is not None and want is not None:
        found.append(_shape_sentence(got, want))
    return found or [Relation("other", "")]


def _same_shape(got: Numbers, want: Numbers, arguments: Mapping, tol: float) -> Iterator[Relation]:
    def same(a: Numbers | float, b: Numbers | float) -> bool:
        return np.shape(a) == np.shape(b) and np.allclose(a, b, rtol=tol, atol=tol, equal_nan=True)

    if np.isnan(got).any() and not np.isnan(want).any():
        yield from _nan(got, same(got[~np.isnan(got)], want[~np.isnan(got)]))
    yield from _from_argument(got, arguments, same)
    yield from _constant_answer(got, want, same)
    for table, start, end in ((DONE, want, got), (MISSING, got, want)):
        for name, change, sentence in table:
            if same(change(start), end) and not (table is DONE and same(start, change(start))):
                yield Relation(name, sentence, mistake=True)
    if want.ndim and _is_mask(want) and same(1 - want, got):
        yield Relation("inverted", "True and False are exchanged.", mistake=True)
    yield from _clipped(got, want, same)
    yield from _by_argument(got, want, arguments, same)
    yield from _by_axis(got, want, same)
    yield from _where(got, want, same)
    yield _direction(got, want, same)


# ------------------------------------------------------------------------- one thing done or not
def _scaled(w: Numbers) -> Numbers:
    return w / w.sum() if w.size > 1 else np.empty(0)


def _by_rows(change: Callable) -> Callable:
    """``change`` for tables only; elsewhere nothing, which no answer equals."""
    return lambda w: change(w) if w.ndim == 2 else np.empty(0)


def _by_list(change: Callable) -> Callable:
    """``change`` for lists only."""
    return lambda w: change(w) if w.ndim == 1 and w.size > 1 else np.empty(0)


# What was done to the right numbers to make the wrong ones
DONE: list[tuple[str, Callable, str]] = [
    ("sign turned", np.negative, "The sign is turned."),
    ("root missing", np.square, "Yours is the square of what is right: a root is missing."),
    ("one minus", lambda w: 1 - w, "Yours is 1 minus what is right: it is the other part."),
    ("percent", lambda w: 100 * w, "Yours is in percent: 100 times what is asked."),
    ("share", lambda w: w / 100, "Yours is a hundredth of what is asked."),
    ("upside down", lambda w: 1 / w, "Yours is 1 divided by what is right."),
    ("absolute", np.abs, "The signs are lost: yours are absolute values."),
    ("fraction lost", np.trunc, "What stands behind the decimal point is lost: use floats."),
    ("rounded", np.round, "Yours are rounded. Leave the numbers as they are."),
    ("rounded to tenths", lambda w: np.round(w, 1), "Yours are rounded to one decimal."),
    ("rounded to hundredths", lambda w: np.round(w, 2), "Yours are rounded to two decimals."),
    ("rounded up", np.ceil, "Yours are rounded up."),
    ("logarithm", np.log, "Yours is the logarithm of what is right."),
    ("exponential", np.exp, "Yours is the exponential of what is right."),
    ("transposed", _by_rows(np.transpose), "Rows and columns are exchanged."),
    ("rows reversed", _by_rows(np.flipud), "The rows are right, in reverse order."),
    ("columns reversed", _by_rows(np.fliplr), "The columns are right, in reverse order."),
    ("reversed", _by_list(np.flip), "The values are right, in reverse order."),
    ("sorted", _by_list(np.sort), "The values are right, but sorted: keep their own order."),
    ("one place late", _by_list(lambda w: np.roll(w, 1)), "Each value stands one place too late."),
    ("one place early", _by_list(lambda w: np.roll(w, -1)), "Each value is one place too early."),
    ("running sum", _by_list(np.cumsum), "Each value holds the sum of those before it too."),
    ("divided by the sum", _scaled, "You divided by the sum; it is not asked."),
]
# What has still to be done to the wrong numbers
MISSING: list[tuple[str, Callable, str]] = [
    ("root too much", np.square, "Yours is the root of what is right: leave the root."),
    ("not divided by the sum", _scaled, "Divide by the sum: yours do not add up to 1."),
    ("not absolute", np.abs, "Take absolute values: negative numbers do not belong there."),
    ("not rounded", _by_list(np.round), "Whole numbers are asked."),
]

PLACES = {"reversed", "sorted", "one place late", "one place early", "running sum", "other order"}
PLACES |= {"only the first", "only the last", "first everywhere", "last everywhere"}
STEPS = {name for name, _, _ in DONE + MISSING} | {"inverted"}


def _clipped(got: Numbers, want: Numbers, same: Callable) -> Iterator[Relation]:
    if (got != want).sum() < 2 or np.isnan(got).any():
        return  # one number at the edge is there by chance
    if np.ptp(got) and same(np.clip(want, got.min(), got.max()), got):
        ends = [say(e) for e, cut in ((got.min(), want.min() < got.min()),
                                      (got.max(), want.max() > got.max())) if cut]  # fmt: skip
        if ends:
            yield Relation("cut off", f"Yours are cut off at {' and '.join(ends)}.", mistake=True)
    if np.ptp(want) and same(np.clip(got, want.min(), want.max()), want):
        sentence = f"Yours leave the range from {say(want.min())} to {say(want.max())}: clip them."
        yield Relation("not clipped", sentence, mistake=True)


def _constant_answer(got: Numbers, want: Numbers, same: Callable) -> Iterator[Relation]:
    if want.size < 2 or np.ptp(want) == 0 or not same(got, np.full_like(got, got.flat[0])):
        return
    for name, number in _whole(want):
        if same(np.full_like(got, number), got):
            text = f"Every value of yours is the {name} of the right ones."
            yield Relation(f"{name} everywhere", text, mistake=True)
            return
    yield Relation("all the same", f"All your values are the same, {say(got.flat[0])}.")


def _whole(values: Numbers) -> Iterator[tuple[str, float]]:
    yield "mean", values.mean()
    yield "sum", values.sum()
    yield "largest", values.max()
    yield "smallest", values.min()
    yield "first", values.flat[0]
    yield "last", values.flat[-1]


# ---------------------------------------------------------------------------- off by an argument
def _by_argument(
    got: Numbers, want: Numbers, arguments: Mapping, same: Callable
) -> Iterator[Relation]:
    """A constant factor or step, and whether an argument (or its length) explains it."""
    step = got - want
    away = np.abs(want) > 1e-9
    ratio = (got[away] / want[away]).flat[0] if away.any() else np.nan
    if np.isfinite(ratio) and same(ratio * want, got):
        for name, size in _sizes(arguments):
            for how, factor in (("divide by", size), ("divide by the root of", size**0.5)):
                if same(ratio, factor):
                    text = f"Too large by a factor of {say(ratio)}: {how} {name}."
                    yield Relation(f"{how} {name}", text, mistake=True, exact=True)
                if same(ratio, 1 / factor):
                    how = how.replace("divide", "multiply")
                    text = f"Too small by a factor of {say(1 / ratio)}: {how} {name}."
                    yield Relation(f"{how} {name}", text, mistake=True, exact=True)
        if want.size > 1:
            yield Relation(
                f"factor {ratio:.3g}", f"Each is {say(ratio)} times what it should be.", exact=True
            )
    for name, term in _terms(arguments, step.shape):
        for way, sign in (("not taken away", 1), ("missing", -1)):
            if same(sign * term + step * 0, step):
                text = f"Yours is off by exactly {name}: it is {way}, or counted once too often."
                yield Relation(f"{name} {way}", text, mistake=True, exact=True)
        for way, product in (("not multiplied by", got * term), ("not divided by", got / term)):
            if np.ptp(term) and same(product, want):
                text = f"Yours is {way} {name}."
                yield Relation(f"{way} {name}", text, mistake=True, exact=True)
    if want.size > 1 and same(step, np.full_like(step, step.flat[0])):
        way = "large" if step.flat[0] > 0 else "small"
        text = f"Each is too {way} by {say(abs(step.flat[0]))}."
        counts = same(np.abs(step), np.ones_like(step)) and same(want, np.round(want))
        yield Relation(f"step {step.flat[0]:.3g}", text, mistake=counts, exact=True)


def _from_argument(got: Numbers, arguments: Mapping, same: Callable) -> Iterator[Relation]:
    """An answer that is an argument as it came, or its mean, say."""
    for name, array in _arrays(arguments):
        if array.size > 1 and same(got, array.astype(float)):
            yield Relation(f"{name} itself", f"Yours is {name}, as it came.", mistake=True)
        if got.size == 1 and array.size > 1 and array.dtype.kind == "f":
            for stat, number in (*_whole(array), ("median", np.median(array))):
                if same(got, np.full_like(got, number)):
                    text = f"Yours is the {stat} of {name}."
                    yield Relation(f"{stat} of {name}", text, mistake=True)


def _sizes(arguments: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    """Numbers that a sum or a mean may be off by: scalar arguments, lengths, how many differ."""
    for name, value in arguments.items():
        if isinstance(value, pd.DataFrame):
            yield f"the number of rows of {name}", len(value)
            for column in value.columns[:6]:
                yield f"the number of different {column}", value[column].nunique()
    for name, value in _arrays(arguments):
        if value.ndim == 0 and abs(value) > 1:
            yield name, float(value)
        for axis, size in enumerate(value.shape):
            noun = ("rows of " if axis == 0 else "columns of ") if value.ndim > 1 else ""
            if size > 1:
                yield f"the number of {noun}{name}", size
        if value.ndim == 1 and value.size > 1:
            yield f"the number of different {name}", len(np.unique(value))


def _terms(arguments: Mapping[str, Any], shape: tuple) -> Iterator[tuple[str, Any]]:
    """What may have been left out: scalars, arrays of the answer's shape, tables looked up."""
    arrays = dict(_arrays(arguments))
    for name, value in arrays.items():
        if value.size and value.any() and (value.shape == () or value.shape == shape):
            yield name, value.astype(float)
        if value.ndim == 1 and value.size > 1 and value.dtype.kind == "f":
            yield f"the mean of {name}", value.mean()
            for index, places in arrays.items():
                whole = places.dtype.kind in "iu" and places.shape == shape and places.size
                if whole and places.min() >= 0 and places.max() < len(value):
                    yield f"{name}[{index}]", value[places]


def _arrays(arguments: Mapping[str, Any]) -> Iterator[tuple[str, Numbers]]:
    """The arguments that are numbers or arrays of numbers."""
    for name, value in arguments.items():
        if isinstance(value, int | float | np.number | np.ndarray | pd.Series | list):
            with contextlib.suppress(ValueError):  # a list of arrays of different shapes
                array = np.asarray(value)
                if array.dtype.kind in "iuf":
                    yield name, array


# ------------------------------------------------------------------------------- where, direction
def _by_axis(got: Numbers, want: Numbers, same: Callable) -> Iterator[Relation]:
    """In a table: one step or factor for each row or column."""
    if want.ndim != 2 or min(want.shape) < 2:
        return
    for how, made in (
        ("too large or small by a step", got - want),
        ("off by a factor", got / want),
    ):
        for axis, noun in ((1, "row"), (0, "column")):
            first = made.take([0], axis)
            if np.isfinite(made).all() and np.ptp(first) and same(made * 0 + first, made):
                yield Relation(f"{how} a {noun}", f"Each {noun} is {how} of its own.")


def _nan(got: Numbers, others_are_right: bool) -> Iterator[Relation]:
    bad = np.isnan(got)
    many = f"{bad.sum()} of {bad.size} are nan" if bad.size > 1 else "It is nan"
    text = f"{many}: 0 divided by 0, the mean of nothing, or a gap in a table."
    yield Relation("nan", text, mistake=others_are_right)


def _where(got: Numbers, want: Numbers, same: Callable) -> Iterator[Relation]:
    wrong = ~np.isclose(got, want, equal_nan=True)
    if want.size < 2:
        return
    if not got.any():
        yield Relation("all zero", "All your values are 0.")
    if want.ndim == 1 and want.size > 2 and wrong.sum() == 1:
        for place, name in ((0, "first"), (-1, "last")):
            if wrong[place]:
                yield Relation(f"only the {name}", f"Only the {name} value is wrong.")
    if want.ndim == 2:
        diagonal = np.eye(*want.shape).astype(bool)
        if min(want.shape) > 1 and not (wrong & ~diagonal).any():
            yield Relation("only the diagonal", "Only the diagonal is wrong.")
        for axis, noun in ((1, "row"), (0, "column")):
            bad = np.flatnonzero(wrong.any(axis))
            if len(bad) == 1 and want.shape[1 - axis] > 1:
                yield Relation(f"one {noun}", f"Only {noun} {bad[0]} (counted from 0) is wrong.")
    if _is_mask(want) and _is_mask(got) and want.size > 1:
        more, fewer = int((got > want).sum()), int((got < want).sum())
        text = f"Of {want.size} values, {more} are True that should be False, {fewer} the reverse."
        yield Relation("mask", text)
    elif sorted(got.ravel().tolist()) == sorted(want.ravel().tolist()):
        yield Relation("other order", "The same numbers, in another order.")
    elif (want[wrong] == 0).all() and (want != 0).any():
        yield Relation("where zero", "Wrong are only places where 0 belongs.")
    elif (want[~wrong] == 0).all() and (want == 0).any():
        yield Relation("where not zero", "Right are only places where 0 belongs.")


def _direction(got: Numbers, want: Numbers, same: Callable) -> Relation:
    wrong = ~np.isclose(got, want, rtol=0, atol=0, equal_nan=True)
    high, low = int((got > want).sum()), int((got < want).sum())
    if want.size > 1:
        many = f"{wrong.sum()} of {want.size} numbers differ"
        if high and low:
            return Relation("mixed", f"{many}: {high} too large, {low} too small.")
        return Relation("one way", f"{many}, all of them too {'large' if high else 'small'}.")
    way = "large" if high else "small"
    ratio = float(got.flat[0] / want.flat[0]) if want.any() else np.nan
    if np.isfinite(ratio) and ratio < 0:
        return Relation("other sign", "Yours has the other sign, and another size.")
    if np.isfinite(ratio) and ratio and not 0.9 < ratio < 1.1:
        times = ratio if ratio > 1 else 1 / ratio
        return Relation(f"too {way}", f"Too {way}, by a factor of about {float(f'{times:.2g}'):g}.")
    if np.isfinite(ratio):
        return Relation(f"too {way}", f"Too {way}, by {abs(ratio - 1):.1g} of its size.")
    return Relation(f"too {way}", f"Too {way}." if high or low else "It is not a number.")


# ------------------------------------------------------------------------------------ other shape
def _other_shape(got: Numbers, want: Numbers, tol: float) -> Iterator[Relation]:
    def same(a: Numbers | float, b: Numbers | float) -> bool:
        return np.shape(a) == np.shape(b) and np.allclose(a, b, rtol=tol, atol=tol, equal_nan=True)

    if got.ndim == want.ndim == 2 and same(got.T, want):
        yield Relation("transposed", "Rows and columns are exchanged.", mistake=True)
    elif got.size == want.size and same(got.ravel(), want.ravel()):
        text = f"The numbers are right, their shape is not: {what(want)} are asked."
        yield Relation("shape only", text, mistake=True)
    if want.ndim == 0:
        for name, number in _whole(got):
            if name in ("mean", "sum") and same(number, want):
                text = f"One number is asked: the {name} of yours."
                yield Relation(f"{name} left out", text, mistake=True)
        for place, name in ((0, "first"), (-1, "last")):
            if same(got.flat[place], want):
                yield Relation(f"{name} of many", f"One number is asked: the {name} of yours.")
    if got.ndim == 0:
        for name, number in _whole(want):
            if same(got, number):
                text = f"Yours is one number, the {name} of those asked."
                yield Relation(f"{name} taken", text, mistake=True)
    if got.ndim == want.ndim == 1:
        yield from _cut(got, want, same)


def _cut(got: Numbers, want: Numbers, same: Callable) -> Iterator[Relation]:
    short, long = sorted((got, want), key=len)
    k = len(long) - len(short)
    many = "value is" if k == 1 else f"{k} values are"
    end = "missing" if len(got) < len(want) else "too many"
    if same(long[: len(short)], short):
        text = f"The last {many} {end}; the others are right."
        yield Relation(f"end {end}", text, mistake=True)
    elif same(long[k:], short):
        text = f"The first {many} {end}; the others are right."
        yield Relation(f"start {end}", text, mistake=True)


def _shape_sentence(got: Numbers, want: Numbers) -> Relation:
    if got.ndim != want.ndim:
        axes = ("one number", "a list", "a table")
        asked, came = (axes[d] if d < 3 else f"a table of {d} axes" for d in (want.ndim, got.ndim))
        text = f"{asked[:1].upper()}{asked[1:]} is asked, yours is {came}."
        return Relation(f"{came} for {asked}", text, mistake=True)
    way = "more" if got.size > want.size else "fewer"
    return Relation("size", f"Yours has {way} values than asked.")


def _is_mask(values: Numbers) -> bool:
    return bool(np.isin(values, (0, 1)).all())
