"""Measured results: commands write them, lessons and the README quote them.

One JSON file a dataset, ``results/<dataset>.json``, holds ``facts`` (counts of the data) and
``rows`` (one a measurement: lesson, model, split, seed, metrics and how they were made).
Prose never holds a number: it holds a placeholder, which ``course build`` looks up here.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from course_utils.protocol.storage import KEY, key, locked, plain, read, write

if TYPE_CHECKING:
    import pandas as pd

# ``reported`` values keep the digits they were published with, so that .860 stays 0.860.
REPORTED = Path(__file__).with_name("reported.toml")


class UnknownResultError(KeyError):
    """A placeholder or a row that no results file holds; the message has the near matches."""

    def __str__(self) -> str:
        return str(self.args[0])


def repository(start: Path | None = None) -> Path | None:
    """The course's folder: the first above ``start`` (default: here), else the package's own.

    A learner's own project may lie above, with a pyproject.toml and solutions/ of its own.
    """
    here, rooms = Path(start or Path.cwd()).resolve(), ("solutions", "notebooks", "results")
    for folder in (here, *here.parents, Path(__file__).resolve().parents[2]):
        if (folder / "pyproject.toml").is_file() and all((folder / r).is_dir() for r in rooms):
            return folder
    return None


def default_folder() -> Path:
    """Where results are recorded: ``COURSE_RESULTS``, else ``results/`` of the course."""
    if chosen := os.environ.get("COURSE_RESULTS"):
        return Path(chosen)
    return (repository() or Path.cwd()) / "results"


def shipped_folder() -> Path:
    """The results the course quotes: ``results/`` of the clone, else those installed with it."""
    course = repository()
    return course / "results" if course else Path(__file__).parents[1] / "measured"


def default_split(dataset: str) -> str:
    """The primary split: the 2021 project's own for ML-1M, random elsewhere."""
    return "original" if dataset == "ml-1m" else "random"


# ------------------------------------------------------------------------------- writing
def record(
    dataset: str,
    rows: Mapping[str, Any] | Iterable[Mapping[str, Any]],
    *,
    facts: Mapping[str, Any] | None = None,
    folder: str | Path | None = None,
) -> Path:
    """Merge measurements into ``<folder>/<dataset>.json`` and return its path.

    A row is a mapping with ``lesson``, ``model``, ``split``, ``seed`` and ``metrics`` (name to
    number; errors in stars), and as far as known ``seconds``, ``peak_mb``, ``parameters``,
    ``versions``, ``command`` and ``settings``. A row with the same first four replaces the older
    one. Safe against other processes that record at the same time.

    Raises:
        ValueError: a row lacks one of its keys or its metrics, or a name that prose can quote.
    """
    rows = [dict(row) for row in ([rows] if isinstance(rows, Mapping) else rows)]
    for row in rows:
        if missing := [name for name in (*KEY, "metrics") if name not in row]:
            raise ValueError(f"a result row lacks {', '.join(missing)}: {row}")
        for name in ("lesson", "model", "split"):
            if not re.fullmatch(r"[\w-]+", str(row[name])):  # a placeholder could not name it
                raise ValueError(f"{name} {row[name]!r}: name it with letters, digits, _ and -")
    path = Path(folder or default_folder()) / f"{dataset}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    with locked(path):
        content = read(path)
        merged = {key(row): row for row in [*content["rows"], *plain(rows)]}
        content["rows"] = [merged[name] for name in sorted(merged)]
        content["facts"] |= plain(dict(facts or {}))
        write(path, content)
    return path


# ------------------------------------------------------------------------------- reading
def contents(dataset: str, folder: str | Path | None) -> dict[str, Any]:
    """One folder's results; without a folder, the course's own with ``COURSE_RESULTS`` on top."""
    folders = [folder] if folder else [shipped_folder(), default_folder()]
    facts: dict[str, Any] = {}
    rows: dict[tuple, dict[str, Any]] = {}
    for place in folders:
        content = read(Path(place) / f"{dataset}.json")
        facts |= content["facts"]
        rows |= {key(row): row for row in content["rows"]}
    return {"facts": facts, "rows": [rows[name] for name in sorted(rows)]}


def load(dataset: str, folder: str | Path | None = None) -> pd.DataFrame:
    """One row per measurement, its metrics as columns; empty where nothing was recorded."""
    import pandas as pd

    rows = contents(dataset, folder)["rows"]
    flat = [{k: v for k, v in row.items() if k != "metrics"} | row["metrics"] for row in rows]
    return pd.DataFrame(flat, columns=None if flat else [*KEY])


def of(
    dataset: str,
    lesson: str | None = None,
    split: str | None = None,
    *,
    folder: str | Path | None = None,
) -> pd.DataFrame:
    """The rows of :func:`load` that one lesson measured, on one split; None: of all.

    lesson: its name or number, "02_baseline" or "02".

    Raises:
        UnknownResultError: there is no such row.
    """
    rows = load(dataset, folder)
    for column, wanted in (("lesson", lesson), ("split", split)):
        if wanted is None:
            continue
        chosen = rows[column].isin([wanted])
        if column == "lesson":
            chosen |= rows[column].str.startswith(f"{wanted}_")
        if not chosen.any():
            known = ", ".join(sorted(rows[column].unique())) or "nothing"
            raise UnknownResultError(f"no results of {column} {wanted!r} on {dataset}: {known}")
        rows = rows[chosen]
    return rows.reset_index(drop=True)


def labels(lesson: str, figure: str) -> dict[str, Any]:
    """What a figure calls the models it shows, in its order: model → label.

    From ``results/labels.toml``. lesson: its number or name. A figure of several panels has title →
    (model → label).

    Raises:
        UnknownResultError: there is no such figure.
    """
    known = tomllib.loads((shipped_folder() / "labels.toml").read_text(encoding="utf-8"))
    figures = {
        f"{name[:2]} {key}": value for name, of in known.items() for key, value in of.items()
    }
    if (wanted := f"{lesson[:2]} {figure}") not in figures:
        raise UnknownResultError(f"no labels of {wanted!r}, only: {', '.join(figures)}")
    return figures[wanted]


def reported() -> dict[str, dict[str, str]]:
    """Published values by name: ``value`` (as it was printed), ``metric`` and ``source``."""
    return tomllib.loads(REPORTED.read_text(encoding="utf-8"), parse_float=str)


def keep(scores: Iterable[Any]) -> None:
    """Hand a lesson's scores to ``course run``, which prints them; elsewhere do nothing.

    ``course run`` names the lesson in ``COURSE_LESSON``. A learner's run overwrites nothing.
    """
    if lesson := os.environ.get("COURSE_LESSON"):
        for score in scores:
            record(score.dataset, score.row(lesson))
