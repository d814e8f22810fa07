"""Which mistake explains the cases that failed, alone or with a second one, and how to say it."""

import contextlib
import copy
import inspect
import textwrap
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import combinations
from types import FunctionType
from typing import Any, cast

import numpy as np

from course_utils.checks import slip_search
from course_utils.checks.comparison import Difference, Rows, compare, to_array
from course_utils.checks.errors import parameters
from course_utils.checks.exercise import Exercise, Misunderstanding
from course_utils.checks.relation import STEPS, Relation, relations


@dataclass(frozen=True)
class Try:
    """An answer in one case.

    value: what was observed. difference: from the right one, None if there is none. error: what
    happened instead; known: what that mistake is called, and its hint; kind: of the exception.
    """

    label: str
    arguments: tuple
    value: Any = None
    difference: Difference | None = None
    error: str = ""
    known: tuple[str, str] = ("", "")
    kind: str = ""

    @property
    def differs(self) -> Difference:
        """The difference, of a case that has one."""
        return self.difference or Difference("")

    @property
    def wrong(self) -> bool:
        return self.difference is not None or bool(self.error)


@dataclass(frozen=True)
class Explanation:
    """A message for a failing answer, the names of its mistakes, and how it is off, in a word."""

    message: str
    mistakes: tuple[str, ...] = ()
    relation: str = ""
    look: str = ""


def explain(exercise: Exercise, tries: Sequence[Try]) -> Explanation:
    """Say what is wrong with an answer that failed at least one case."""
    seeker = Seeker(exercise, tries)
    wrong, stopped = seeker.wrong, [t for t in tries if t.error]
    related = _common_relations(exercise, wrong)
    mistakes, parts, look = _name(seeker, related)
    if wrong and not parts:
        place = wrong[0].differs.place if exercise.secret else ""
        parts = [(wrong[0], f"{place} is not right. " * bool(place) + related[0].sentence)]
    sentences = [_tell(exercise, one, hint) for one, hint in parts]
    relation = related[0].name if related else stopped[0].error
    stopped = [t for t in stopped if not seeker.stops_too(mistakes, t)]
    if stopped and stopped[0] not in [one for one, _ in parts]:
        name, hint = stopped[0].known
        sentences.append(_tell(exercise, stopped[0], hint))
        mistakes = mistakes or ((name,) if name else ())
    return Explanation(" ".join(sentences), mistakes, relation, look)


def _name(seeker: "Seeker", related: Sequence[Relation]) -> tuple[tuple, list, str]:
    """Names of mistakes, (case, hint) for each sentence, and where to look."""
    first = seeker.wrong[0] if seeker.wrong else None
    if one := seeker.one() or seeker.by_error():
        return (one.name,), [(first or seeker.stopped[0], one.hint)], one.look
    if related and related[0].mistake and _enough(seeker.wrong):
        return (related[0].name,), [(first, related[0].sentence)], ""
    ways = (seeker.two_steps, seeker.slip, seeker.two_cases, seeker.step_and_relation, seeker.some)
    for found in ways:
        if named := found():
            return (*named, "")
    return (), [], ""


class Seeker:
    """Compares an answer with what each misunderstanding would have returned, case by case."""

    def __init__(self, exercise: Exercise, tries: Sequence[Try]) -> None:
        self.exercise = exercise
        self.right = [t for t in tries if not t.wrong]
        self.stopped = [t for t in tries if t.error]
        self.wrong = [t for t in tries if t.difference]
        several = len({str(t.value) for t in self.wrong}) > 1
        self.telling = several or any(map(_telling, self.wrong))

    def one(self) -> Misunderstanding | None:
        """The misunderstanding that explains all failing cases, and fits the others best."""
        whole = [
            known
            for known in self.exercise.misunderstandings
            if self.wrong and all(self._agrees(known.function, t) for t in self.wrong)
        ]
        if len(whole) == 1 and self.telling:
            return whole[0]
        unlike = {m.name: sum(not self._agrees(m.function, t) for t in self.right) for m in whole}
        whole = [m for m in whole if not unlike[m.name] or self.telling]
        return min(whole, key=lambda m: unlike[m.name], default=None)

    def by_error(self) -> Misunderstanding | None:
        """The misunderstanding that stops in the same cases, and returns the same in the others."""
        if self.wrong or not any(map(_telling, self.right)):
            return None
        for known in self.exercise.misunderstandings:
            stops = all(self._stops(known, t) for t in self.stopped)
            if stops and all(self._agrees(known.function, t) for t in self.right):
                return known
        return None

    def stops_too(self, mistakes: Iterable[str], one: Try) -> bool:
        """Whether what was named explains an error as well."""
        known = [m for m in self.exercise.misunderstandings if m.name in mistakes]
        return any(self._stops(m, one) for m in known)

    def two_cases(self) -> tuple | None:
        """Two misunderstandings, each of which explains some of the failing cases."""
        for (a, some), (b, others) in combinations(self.explained, 2):
            rest = [t for t in others if t not in some]
            whole = len(some) + len(rest) == len(self.wrong)
            if whole and any(map(_telling, some)) and any(map(_telling, rest)):
                return (a.name, b.name), [(some[0], a.hint), (rest[0], b.hint)]
        return None

    def two_steps(self) -> tuple | None:
        """Two misunderstandings, one on top of the other, that explain more than one does."""
        steps = [m for m in self.exercise.misunderstandings if isinstance(m.function, Mapping)]
        alone = max((len(cases) for _, cases in self.explained), default=0)
        for a, b in combinations(steps if self.telling else [], 2):
            first, second = dict(cast(Mapping, a.function)), dict(cast(Mapping, b.function))
            both = first | second
            if len(both) < len(first) + len(second):
                continue
            cases = [t for t in self.wrong[:2] if self._agrees(both, t)]
            if cases:
                cases += [t for t in self.wrong[2:] if self._agrees(both, t)]
            if len(cases) > alone and self._mostly(cases):
                hint = f"Two things. {a.hint} And: {b.hint}"
                rest = [t for t in self.wrong if t not in cases]
                return (a.name, b.name), [(cases[0], hint), *self._others(rest)]
        return None

    def slip(self) -> tuple | None:
        """One small change to the reference that returns what the answer did, in all cases."""
        reference = self.exercise.reference
        name = getattr(reference, "__name__", "")
        if not self.telling or not isinstance(reference, FunctionType) or name == "<lambda>":
            return None
        cases = self.wrong + [t for t in self.right if not self.exercise.is_large(t.label)]
        kinds = list(slip_search.HINTS)
        try:
            slips = list(slip_search.slips(textwrap.dedent(inspect.getsource(reference))))
        except (OSError, SyntaxError):  # installed without sources, or changed since the import
            return None
        for slip in sorted(slips, key=lambda slip: kinds.index(slip.kind)):
            space = dict(reference.__globals__)
            with contextlib.suppress(Exception):  # a change may make no sense as code
                exec(f"from __future__ import annotations\n{slip.code}", space)
            changed = space.get(name, reference)
            if all(self._agrees(changed, t) for t in cases):
                hint = slip_search.hint(slip, parameters(reference))
                return (f"slip: {slip.kind}",), [(self.wrong[0], hint)]
        return None

    def step_and_relation(self) -> tuple | None:
        """A misunderstanding, and one more thing done to what it returns (a root missing, say)."""
        for known in self.exercise.misunderstandings if self.telling else ():
            common: dict[str, Relation] | None = None
            for one in self.wrong:
                found = self._on_top(known, one)
                common = {n: r for n, r in (common or found).items() if n in found}
                if not common:
                    break
            for relation in (common or {}).values():
                hint = f"Two things. {known.hint} And on top of that: {relation.sentence}"
                return (known.name, relation.name), [(self.wrong[0], hint)]
        return None

    def some(self) -> tuple | None:
        """A misunderstanding that explains most of the failing cases, and fits the others."""
        likely = sorted(self.explained, key=lambda pair: -len(pair[1]))
        for known, cases in likely:
            if not self._mostly(cases) or not any(map(_telling, cases)):
                break
            if all(self._agrees(known.function, t) for t in self.right):
                rest = [t for t in self.wrong if t not in cases]
                return (known.name,), [(cases[0], known.hint), *self._others(rest)]
        return None

    def _mostly(self, cases: Sequence[Try]) -> bool:
        """All failing cases, or half of them where each holds several numbers: not by chance."""
        several = all(_varied(t.value, most=2) for t in cases)
        return len(cases) >= len(self.wrong) / (2 if several else 1)

    def _others(self, cases: Sequence[Try]) -> list[tuple[Try, str]]:
        """A sentence on the first of the cases that a mistake does not explain."""
        return [(t, _common_relations(self.exercise, [t])[0].sentence) for t in cases[:1]]

    # ------------------------------------------------------------------------------ comparisons
    @cached_property
    def explained(self) -> list[tuple[Misunderstanding, list[Try]]]:
        """Each misunderstanding with the failing cases in which it returns what the answer did."""
        return [
            (known, [t for t in self.wrong if self._agrees(known.function, t)])
            for known in self.exercise.misunderstandings
        ]

    def _agrees(self, changed: Callable | Mapping, one: Try) -> bool:
        try:
            return compare(one.value, self._seen(changed, one), self.exercise.tolerance) is None
        except Exception:  # a wrong function may fail on a case; then it is not what was written
            return False

    def _on_top(self, known: Misunderstanding, one: Try) -> dict[str, Relation]:
        try:
            difference = compare(
                one.value, self._seen(known.function, one), self.exercise.tolerance
            )
        except Exception:
            return {}
        if difference is None or difference.remark:
            return {}
        found = relations(difference, {}, self.exercise.tolerance)
        return {r.name: r for r in found if r.name in STEPS}

    def _stops(self, known: Misunderstanding, one: Try) -> bool:
        try:
            self._seen(known.function, one)
        except Exception as error:
            return type(error).__name__ == one.kind
        return False

    def _seen(self, changed: Callable | Mapping, one: Try) -> Any:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            value = self.exercise.variant(changed)(*copy.deepcopy(one.arguments))
            return self.exercise.seen(value, one.arguments)


def _common_relations(exercise: Exercise, wrong: Sequence[Try]) -> list[Relation]:
    """Relations to the right result that hold in all failing cases; else those of the first."""
    found: list[list[Relation]] = []
    for one in wrong:
        arguments = dict(zip(parameters(exercise.reference), one.arguments, strict=False))
        known = relations(one.differs, arguments, exercise.tolerance)
        known = [r for r in known if not (exercise.secret and r.exact)]
        found.append(known or [Relation("other", "That is not it.")])
    if not found:
        return []
    names = [{r.name for r in one} for one in found[1:]]
    common = [r for r in found[0] if all(r.name in one for one in names)]
    return common or [replace(r, mistake=False) for r in found[0]]


def _tell(exercise: Exercise, one: Try, hint: str) -> str:
    """A case, what differs there, and the hint. Of a value only the hint, if there is one."""
    if one.error or not exercise.secret:
        text = one.error or one.differs.text
        return f"{f'{one.label}: ' if one.label else ''}{text}. {hint}".strip()
    return hint


def _telling(one: Try) -> bool:
    """Whether agreement is hardly by chance: not empty, not constant, not one whole number."""
    return _varied(one.value)


def _varied(value: Any, most: int = 1) -> bool:
    """Whether a value holds more than ``most`` different things, or is one fraction."""
    if isinstance(value, Mapping):
        parts = list(value.values())
        return any(_varied(v, most) for v in parts) or len(set(map(str, parts))) > most
    if isinstance(value, Rows | set | frozenset):
        return len(value) > most
    try:
        values = to_array(value)
        if values.ndim == 0:
            fraction = values.dtype.kind == "f" and np.isfinite(values) and values % 1
            return bool(fraction and most == 1)
        return len(np.unique(values)) > most
    except Exception:  # a tensor of another library, rows of different length
        return False


def _enough(wrong: Sequence[Try]) -> bool:
    return len(wrong) > 1 or any(map(_telling, wrong))
