"""Tables of measured results, for the README and for ``course run``."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

from course_tools.authoring.placeholders import numbers_of, show, summary
from course_utils.protocol.results import UnknownResultError, contents, default_split

LABELS = {
    "ndcg": "NDCG@10",
    "hit_rate": "HR@10",
    "rmse": "RMSE",
    "per_user_rmse": "per-user RMSE",
    "mae": "MAE",
    "n": "ratings",
    "peak_mb": "peak MB",
}
# What is shown of a lesson whose models predict stars, and of one whose models make lists.
STARS = ("rmse", "per_user_rmse", "seconds")
LISTS = ("ndcg", "hit_rate", "coverage", "seconds")
ERRORS = ("rmse", "per_user_rmse", "mae", "seconds", "peak_mb")


def table(
    dataset: str,
    models: Sequence[str] | None = None,
    columns: Sequence[str] | None = None,
    *,
    lesson: str | None = None,
    folder: str | Path | None = None,
) -> str:
    """A markdown table: one line a model and split, mean over seeds (± sd for the first column).

    ``models`` sets rows and order; without it all are shown, best by the first column first.
    ``columns``: by default what the models measured, stars or lists. ``lesson`` keeps one lesson's
    rows. A row's ``label``, if any, names it. A value that was not measured is shown as –.

    Raises:
        UnknownResultError: nothing to show.
    """
    groups: dict[tuple[str, str], list[dict[str, float]]] = {}
    first_lesson: dict[tuple[str, str], str] = {}
    labels: dict[str, str] = {}
    for row in contents(dataset, folder)["rows"]:
        key = (row["model"], row["split"])
        wanted = lesson or first_lesson.setdefault(key, row["lesson"])
        if row["lesson"] == wanted and (models is None or row["model"] in models):
            groups.setdefault(key, []).append(numbers_of(row))
            labels[row["model"]] = row.get("label") or row["model"]
    if not groups:
        what = f" of lesson {lesson}" if lesson else ""
        raise UnknownResultError(f"no results{what} for {dataset}: record some, then build again")

    if columns is None:
        stars = any("rmse" in numbers for rows in groups.values() for numbers in rows)
        columns = STARS if stars else LISTS
    # The best first: few stars wrong, many hits.
    sign = 1 if columns[0] in ERRORS else -1

    def rank(key: tuple[str, str]) -> tuple:
        values = [n[columns[0]] for n in groups[key] if columns[0] in n]
        score = sign * sum(values) / len(values) if values else math.inf
        return (key[1] != default_split(dataset), key[1], models.index(key[0]) if models else score)

    several = len({split for _, split in groups}) > 1
    head = ["model", *(["split"] if several else []), *(LABELS.get(c, c) for c in columns)]
    lines = [head, [":--"] * (1 + several) + ["--:"] * len(columns)]
    for model, split in sorted(groups, key=rank):
        cells = [_cell(groups[model, split], column, i == 0) for i, column in enumerate(columns)]
        lines.append([labels[model], *([split] if several else []), *cells])
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _cell(numbers: list[dict[str, float]], column: str, spread: bool) -> str:
    values = [row[column] for row in numbers if column in row]
    if not values:
        return "–"
    mean = summary(values)
    if column in ("seconds", "peak_mb"):
        return f"{mean:,.1f}" if mean < 10 else f"{mean:,.0f}"
    sd = f" ± {summary(values, 'sd'):.4f}" if spread and len(values) > 1 else ""
    return show(mean) + sd
