"""Numbers in prose: a placeholder names a measured result, and the build puts it in.

Prose never holds a number. It holds one of these::

    {{ml-1m.deep_ae.rmse}}                mean over seeds, four decimals
    {{ml-1m@temporal.bias.rmse:.3f}}      another split, another format
    {{ml-1m.deep_ae.rmse.sd}}             also .min, .max and .seeds (how many)
    {{ml-1m.facts.n_ratings}}             a fact of the data
    {{reported.upstream_embedding}}       a published value, see reported.toml
    {{reported.deep_ae - ml-1m.deep_ae.rmse:.3f}}   one difference or sum
"""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from course_utils.protocol.results import (
    KEY,
    UnknownResultError,
    contents,
    default_split,
    reported,
)

PLACEHOLDER = re.compile(r"\{\{(.+?)\}\}")
BLOCK = re.compile(r"(<!-- results:begin\s(.+?)\s-->)(.*?)(<!-- results:end -->)", re.DOTALL)
STATISTICS = ("sd", "min", "max", "seeds")
TERM = re.compile(r"(?P<dataset>[\w-]+)(?:@(?P<split>[\w-]+))?\.(?P<path>[\w.-]+)")


def lookup(placeholder: str, *, lesson: str | None = None, folder: str | Path | None = None) -> str:
    """The text for one placeholder, with or without its braces. The grammar: this module's top.

    Where several lessons measured a model, ``lesson`` (the one that asks) comes first, then the
    earliest; measurements of two lessons are never averaged together.

    Raises:
        UnknownResultError: nothing of that name was measured; the message names near matches.
    """
    inner = placeholder.strip().removeprefix("{{").removesuffix("}}").strip()
    expression, _, spec = inner.partition(":")
    first, operator, second = [*re.split(r"\s([-+])\s", expression, maxsplit=1), "", ""][:3]
    value = _value(first.strip(), lesson, folder)
    if operator:
        other = float(_value(second.strip(), lesson, folder))
        value = float(value) + (other if operator == "+" else -other)
    try:
        return show(value, spec.strip())
    except ValueError as error:
        message = f"{{{{{inner}}}}}: {value!r} does not take the format {spec.strip()!r} ({error})"
        raise UnknownResultError(message) from error


def _value(term: str, lesson: str | None, folder: str | Path | None) -> int | float | str:
    match = TERM.fullmatch(term)
    if not match:
        raise UnknownResultError(
            f"{{{{{term}}}}} is no placeholder: write dataset[@split].model.metric[:format], "
            "dataset.facts.name or reported.name, and at most one ' - ' or ' + ' between two"
        )
    dataset, path = match["dataset"], match["path"].split(".")
    if dataset == "reported":
        published = {name: entry["value"] for name, entry in reported().items()}
        return _pick(published, match["path"], "reported.", term)
    content = contents(dataset, folder)
    if path[0] == "facts":
        return _pick(content["facts"], ".".join(path[1:]), f"{dataset}.facts.", term)
    split = match["split"] or default_split(dataset)
    return _measured(content["rows"], dataset, split, path, lesson, term)


def _measured(
    rows: list[dict], dataset: str, split: str, path: list[str], lesson: str | None, term: str
) -> int | float:
    """Mean, spread or count over the seeds of one model on one split."""
    prefix = f"{dataset}@{split}."
    measured = [row for row in rows if (row["split"], row["model"]) == (split, path[0])]
    if not measured:  # misspelt, or measured on another split
        known = {
            f"{dataset}@{row['split']}.{row['model']}.{metric}": 0
            for row in rows
            for metric in numbers_of(row)
        }
        _pick(known, prefix + ".".join(path), "", term)
    lessons = [row["lesson"] for row in measured]
    wanted = lesson if lesson in lessons else lessons[0]
    numbers = [numbers_of(row) for row in measured if row["lesson"] == wanted]
    name, statistic = [*path[1:], "", ""][:2]
    if name == "seeds":
        return len(numbers)
    known = {metric: [n[metric] for n in numbers if metric in n] for n in numbers for metric in n}
    values = _pick(known, name, f"{prefix}{path[0]}.", term)
    if len(path) > 3 or statistic not in ("", *STATISTICS):
        raise UnknownResultError(f"{{{{{term}}}}}: .{statistic} is none of {', '.join(STATISTICS)}")
    if statistic == "sd" and len(values) < 2:
        raise UnknownResultError(f"{{{{{term}}}}} needs two seeds or more, there is {len(values)}")
    return summary(values, statistic)


def _pick(known: Mapping[str, Any], name: str, prefix: str, term: str) -> Any:
    if name in known:
        return known[name]
    near = difflib.get_close_matches(name, known, n=5, cutoff=0.4) or sorted(known)[:5]
    hint = f"near matches: {', '.join(prefix + n for n in near)}" if near else "nothing recorded"
    raise UnknownResultError(f"{{{{{term}}}}} is not in the results as {prefix}{name}; {hint}")


def show(value: Any, spec: str = "") -> str:
    """A value as prose prints it: four decimals, thousands by commas, or as ``spec`` says."""
    if isinstance(value, str):
        return format(float(value), spec) if spec else value
    return format(value, spec or ("," if isinstance(value, int) else ".4f"))


def summary(values: Sequence[float], statistic: str = "") -> int | float:
    """Mean (integers that agree stay integers), sample standard deviation, extremes or count."""
    mean = sum(values) / len(values)
    if statistic == "sd":
        return math.sqrt(sum((value - mean) ** 2 for value in values) / (len(values) - 1))
    if statistic:
        return {"min": min, "max": max, "seeds": len}[statistic](values)
    return values[0] if isinstance(values[0], int) and len(set(values)) == 1 else mean


def numbers_of(row: Mapping[str, Any]) -> dict[str, float]:
    """All that a placeholder can name in a row: metrics, seconds, memory, parameters."""
    named = {k: v for k, v in row.items() if k not in KEY} | dict(row["metrics"])
    return {k: v for k, v in named.items() if isinstance(v, int | float)}
