"""What a claim rests on: the rows it compares, whether they can be compared, and the interval.

A row speaks for a training if it says all of how it was made, was trained out, and has three seeds.
The interval of a difference covers the seeds of both sides and the users they were scored on.
"""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy import stats

from course_tools.authoring.placeholders import numbers_of
from course_utils.protocol.results import contents, default_split

SEEDS = 3
# Nothing in them is drawn, so that measuring twice tells nothing new.
WITHOUT_CHANCE = re.compile(
    r"(global_mean|user_mean|movie_mean|bias_model|popularity|item_knn|ease|cooccurrence)(_|$)"
)
# What came of a training, and what is no setting of it.
OUTCOMES = {"best_epoch", "validation_curve", "curve", "members", "weights"}
OUTCOMES |= {"intercept", "error_correlation"}


@dataclass(frozen=True)
class Claim:
    """One declaration. ``rows``: what the sentence speaks of; ``than``: what with."""

    lesson: str
    name: str
    kind: str
    rows: tuple[str, ...]
    than: tuple[str | float, ...]
    on: tuple[str, ...] = ()
    may_differ: tuple[str, ...] = ()
    metric: str = "rmse"
    by: float = 0.0
    within: float = 0.0
    one_run: bool = False
    short: bool = False
    shows: tuple[str, ...] = ()
    looked_at: int = 1
    by_seed: bool = False

    @property
    def key(self) -> str:
        return f"{self.lesson}.{self.name}"


@dataclass(frozen=True)
class Evidence:
    """One pair of rows on one dataset and split: means over seeds, and their difference."""

    dataset: str
    split: str
    row: str
    than: str
    value: float
    other: float
    low: float
    high: float
    seeds: str
    covers: str
    commands: tuple[str, ...] = ()

    @property
    def difference(self) -> float:
        return self.value - self.other


# ------------------------------------------------------------------------------- comparing
def direction(claim: Claim, found: Evidence) -> Iterator[str]:
    pair = f"{found.row} − {found.than} on {found.dataset}@{found.split}"
    span = f"{found.difference:+.4f} ({found.low:+.4f} to {found.high:+.4f})"
    sign = {"lower": -1, "higher": 1}.get(claim.kind, 0)
    if claim.kind == "same":
        if not -claim.within <= found.low <= found.high <= claim.within:
            yield f"{pair} is {span}: not within ±{claim.within:g}"
    elif claim.kind == "undecided":
        if not found.low <= 0 <= found.high:
            yield f"{pair} is {span}: decided, the interval leaves 0 out"
    elif sign * found.difference <= 0:
        yield f"{pair} is {span}: the other way round"
    elif (found.low if sign > 0 else -found.high) <= 0 and found.low != found.high:
        yield f"{pair} is {span}: the interval does not bear the direction"
    elif sign * found.difference < claim.by:
        yield f"{pair} is {span}: less than {claim.by:g}"


def compared(
    claim: Claim, dataset: str, split: str, row: str, than: str | float, folder: Path
) -> tuple[Evidence | None, list[str]]:
    """The evidence of one pair, and the problems of its rows."""
    content = contents(dataset, folder)
    if row.startswith("facts."):
        return _facts(dataset, row, than, content["facts"])
    a, problems = _rows(claim, content["rows"], dataset, split, row)
    if isinstance(than, float | int):
        return (_evidence(claim, dataset, row, a, than) if a else None), problems
    b, more = _rows(claim, content["rows"], dataset, split, than)
    problems += more
    if not a or not b:
        return None, problems
    problems += _settings(claim, row, a, than, b)
    try:
        return _evidence(claim, dataset, row, a, than, b), problems
    except ValueError as error:
        return None, [*problems, str(error)]


def _facts(
    dataset: str, row: str, than: str | float, facts: Mapping[str, Any]
) -> tuple[Evidence | None, list[str]]:
    values = []
    for term in (row, than):
        value = facts.get(term.removeprefix("facts.")) if isinstance(term, str) else term
        if not isinstance(value, int | float):
            near = difflib.get_close_matches(str(term).removeprefix("facts."), facts, n=3)
            return None, [f"{dataset} has no {term}; near: {', '.join(near) or 'nothing'}"]
        values.append(float(value))
    gap = values[0] - values[1]
    return Evidence(
        dataset, "–", row, str(than), values[0], values[1], gap, gap, "–", "counted"
    ), []


def _rows(
    claim: Claim, rows: Sequence[dict], dataset: str, split: str, term: str
) -> tuple[list[dict], list[str]]:
    """The rows that a term names, and what makes them too weak for a claim."""
    lesson, model, own = _parsed(claim, term)
    wanted = own or split or default_split(dataset)
    found = [
        r
        for r in rows
        if (r["model"], r["split"]) == (model, wanted) and r["lesson"].startswith(lesson)
    ]
    found = [r for r in found if claim.metric in numbers_of(r)]
    where = f"{term} on {dataset}@{wanted}"
    if not found:
        return [], [f"{where}: no row with {claim.metric!r} of lesson {lesson}"]
    problems = []
    trained = [r for r in found if not WITHOUT_CHANCE.match(r["model"])]
    if trained and len(found) < SEEDS and not claim.one_run:
        problems.append(f"{where}: {len(found)} of {SEEDS} seeds")
    for row in trained:
        if "archive" not in row:
            problems.append(
                f"{where}: measured before settings were complete, run {row['command']}"
            )
            break
    if not claim.short:
        problems += {cut for row in trained if (cut := _cut(where, row))}
    return found, problems


def _parsed(claim: Claim, term: str) -> tuple[str, str, str]:
    """Lesson, model and split of a term; the split is empty where the claim's holds."""
    name, _, split = term.partition("@")
    lesson, slash, model = name.rpartition("/")
    return (lesson if slash else claim.lesson), model, split


def _cut(where: str, row: Mapping[str, Any]) -> str:
    """Why a training was cut or broke, by its best epoch; "" if it was neither."""
    settings = row.get("settings") or {}
    curve, best = settings.get("validation_curve"), settings.get("best_epoch")
    if not curve or best is None:  # nothing was chosen by validation
        return ""
    if best == 1:
        return f"{where}: its best epoch is the first of {len(curve)}"
    decays = settings.get("schedule", "constant") != "constant"
    if best == len(curve) and not (decays and len(curve) == settings.get("epochs")):
        return f"{where}: its best epoch is the last of {len(curve)}, it was not trained out"
    return ""


def _settings(
    claim: Claim, row: str, a: Sequence[dict], than: str, b: Sequence[dict]
) -> Iterator[str]:
    """Where two sides differ though the claim does not say so."""
    for name, side in ((row, a), (than, b)):
        if mixed := _differing([side[0]], side[1:]):
            yield f"{name}: its seeds differ in {', '.join(sorted(mixed))}"
    whole = "model" in claim.may_differ
    if whole or any(WITHOUT_CHANCE.match(r["model"]) for r in (*a, *b)):
        return
    if hidden := _differing(a[:1], b[:1]) - set(claim.may_differ):
        yield (
            f"{row} and {than} differ in {', '.join(sorted(hidden))}: name it in may_differ, or "
            '"model" if the sentence compares two whole models'
        )


def _differing(these: Sequence[dict], those: Sequence[dict]) -> set[str]:
    found: set[str] = set()
    for one in these:
        for other in those:
            x, y = _all_settings(one), _all_settings(other)
            found |= {k for k in x.keys() | y.keys() if x.get(k) != y.get(k)}
    return found


def _all_settings(row: Mapping[str, Any]) -> dict[str, Any]:
    settings = {k: v for k, v in (row.get("settings") or {}).items() if k not in OUTCOMES}
    known = {k: v for k, v in (row.get("versions") or {}).items() if k in ("keras", "tensorflow")}
    return settings | {"archive": row.get("archive"), "versions": known}


# ----------------------------------------------------------------------------------- evidence
def _evidence(
    claim: Claim, dataset: str, row: str, a: list[dict], than: str | float, b: Sequence[dict] = ()
) -> Evidence:
    """Difference of two sides with an interval over users and seeds together.

    b: empty where ``than`` is a number. Users: the two sides are redrawn alike (see
    :func:`~.provenance.resampled_rmse`). Seeds: Welch's standard error of a difference of means,
    with Student's t. The two are independent, so the half widths add as squares.
    """
    metric, b = claim.metric, list(b)
    level = 1 - 0.05 / claim.looked_at
    if b and (claim.by_seed or _each_draw_its_own(a)):
        a, b = _common_seeds(a, b)
        gaps = np.subtract(_values(a, metric), _values(b, metric))
        seeds = _half(gaps.var(ddof=1) / len(gaps), len(gaps) - 1, level) if len(gaps) > 1 else 0
        moved = [_users([x], [y], metric) for x, y in zip(a, b, strict=True)]
        known = [m for m in moved if m is not None]
        variance, paired = (sum(known) / len(known) ** 2 if known else None), True
    else:
        seeds = _welch([_values(side, metric) for side in (a, b) if side], level)
        variance, paired = _variance_of_users(a, b, metric)
    users = stats.norm.ppf((1 + level) / 2) * math.sqrt(variance or 0.0)
    wide = math.hypot(seeds, users)
    value = float(np.mean(_values(a, metric)))
    other = float(np.mean(_values(b, metric))) if b else float(than)
    covers = "seeds" if variance is None else "seeds and users"
    return Evidence(
        dataset=dataset,
        split=a[0]["split"],
        row=row,
        than=str(than),
        value=value,
        other=other,
        low=value - other - wide,
        high=value - other + wide,
        seeds=", ".join(str(len(side)) for side in (a, b) if side),
        covers=covers if paired or variance is None else f"{covers}, not paired",
        commands=tuple(dict.fromkeys(r["command"] for r in (*a, *b) if "command" in r)),
    )


def _values(rows: Sequence[dict], metric: str) -> list[float]:
    return [numbers_of(row)[metric] for row in rows]


def _each_draw_its_own(a: Sequence[dict]) -> bool:
    """Whether each seed drew test ratings of its own."""
    marks = {r["seed"]: _mark(r) for r in a}
    return len(set(marks.values())) > 1 and None not in marks.values()


def _common_seeds(a: list[dict], b: list[dict]) -> tuple[list[dict], list[dict]]:
    mine, theirs = ({r["seed"]: r for r in side} for side in (a, b))
    seeds = sorted(mine.keys() & theirs.keys())
    if not seeds:
        raise ValueError(f"{a[0]['model']} and {b[0]['model']} have no seed in common")
    for seed in seeds:
        if _mark(mine[seed]) != _mark(theirs[seed]):
            raise ValueError(
                f"{a[0]['model']} and {b[0]['model']}, seed {seed}: not the same test ratings"
            )
    return [mine[s] for s in seeds], [theirs[s] for s in seeds]


def _mark(row: Mapping[str, Any]) -> str | None:
    return row.get("scored_on") or row.get("users_scored")


def _welch(sides: Sequence[Sequence[float]], level: float) -> float:
    """Half width over seeds of a difference of two means; a side of one value adds nothing."""
    several = [side for side in sides if len(side) > 1]
    parts = [(float(np.var(side, ddof=1)) / len(side), len(side) - 1) for side in several]
    total = sum(v for v, _ in parts)
    if not total:
        return 0.0
    return _half(total, total**2 / sum(v**2 / n for v, n in parts), level)


def _half(variance: float, freedom: float, level: float) -> float:
    return float(stats.t.ppf((1 + level) / 2, freedom) * math.sqrt(variance))


def _variance_of_users(
    a: Sequence[dict], b: Sequence[dict], metric: str
) -> tuple[float | None, bool]:
    """Of the difference, and whether it was taken in pairs; None where nothing is known of it."""
    paired = _users(a, b, metric)
    if paired is not None:
        return paired, True
    alone = [v for side in (a, b) if side and (v := _alone(side, metric)) is not None]
    return (sum(alone), False) if len(alone) == 1 + bool(b) else (None, False)


def _users(a: Sequence[dict], b: Sequence[dict], metric: str) -> float | None:
    """Variance of the difference when users are redrawn, in pairs; None where rows lack it."""
    sides = [side for side in (a, b) if side]
    marks = {_mark(row) for side in sides for row in side}
    moved = [[row.get("resampled", {}).get(metric) for row in side] for side in sides]
    if len(marks) != 1 or None in marks or any(m is None for side in moved for m in side):
        return None
    means = [np.mean(side, axis=0) * 1e-5 for side in moved]
    return float(np.var(means[0] - (means[1] if b else 0.0), ddof=1))


def _alone(side: Sequence[dict], metric: str) -> float | None:
    """Variance over users of one side, from its own interval: what is known of older rows."""
    numbers = [numbers_of(row) for row in side]
    spans = [n[f"{metric}_high"] - n[f"{metric}_low"] for n in numbers if f"{metric}_low" in n]
    return float(np.mean(spans) / 3.92) ** 2 if spans else None


def elsewhere(
    claim: Claim, pairs: Sequence[tuple[str, str | float]], folder: Path
) -> Iterator[Evidence]:
    """The same pairs where the claim does not speak, and say the opposite."""
    if claim.kind not in ("lower", "higher"):
        return
    spoken = {(d, s or default_split(d)) for d, _, s in (p.partition("@") for p in claim.on)}
    for path in sorted(folder.glob("ml-*.json")):
        rows = contents(path.stem, folder)["rows"]
        for split in sorted({r["split"] for r in rows}):
            if (path.stem, split) in spoken:
                continue
            for row, than in pairs:
                terms = [t for t in (row, than) if isinstance(t, str)]
                if len(terms) < 2 or any("@" in t or t.startswith("facts.") for t in terms):
                    continue
                sides = [_rows(claim, rows, path.stem, split, t)[0] for t in terms]
                if all(sides) and (found := _opposite(claim, path.stem, row, str(than), *sides)):
                    yield found


def _opposite(
    claim: Claim, dataset: str, row: str, than: str, a: list[dict], b: list[dict]
) -> Evidence | None:
    try:
        found = _evidence(claim, dataset, row, a, than, b)
    except ValueError:
        return None
    sign = 1 if claim.kind == "higher" else -1
    bears = (-found.high if sign > 0 else found.low) > 0
    single = min(len(a), len(b)) < SEEDS or "not paired" in found.covers
    against = -sign * found.difference
    return found if bears or (single and against > max(claim.by, 0.001)) else None
