"""How measurements lie on disk: one row a line, whole or not at all, one writer at a time."""

from __future__ import annotations

import getpass
import hashlib
import json
import math
import os
import tempfile
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from filelock import FileLock

KEY = ("lesson", "model", "split", "seed")


def key(row: Mapping[str, Any]) -> tuple[str, str, str, int]:
    return str(row["lesson"]), str(row["model"]), str(row["split"]), int(row["seed"])


def read(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {"facts": {}, "rows": []}
    content = _parsed(path, path.stat().st_mtime_ns)
    rows, beside = list(content.get("rows", [])), _beside(path)
    if beside.is_file():
        moves = _parsed(beside, beside.stat().st_mtime_ns)["facts"]
        rows = [
            row | {"resampled": moves[_name(row)]} if _name(row) in moves else row for row in rows
        ]
    return {"facts": dict(content.get("facts", {})), "rows": rows}


def write(path: Path, content: Mapping[str, Any]) -> None:
    """Rows into ``path``; how their scores move with redrawn users beside it, in ``resamples/``.

    Half of all bytes are such moves, and nobody reads them: a row stays one that people can.
    """
    moves = {_name(row): row["resampled"] for row in content["rows"] if "resampled" in row}
    bare = [{k: v for k, v in row.items() if k != "resampled"} for row in content["rows"]]
    if moves:
        _beside(path).parent.mkdir(exist_ok=True)
        _replace(_beside(path), _one_row_a_line({"facts": moves, "rows": []}))
    _replace(path, _one_row_a_line({"facts": content["facts"], "rows": bare}))


def locked(path: Path) -> FileLock:
    """One lock per results file and user. It lies in the temporary folder, not beside results."""
    mine = f"{getpass.getuser()} {path.resolve()}"  # another user's lock could not be opened
    name = hashlib.sha256(mine.encode()).hexdigest()[:16]
    return FileLock(Path(tempfile.gettempdir()) / f"course-results-{name}.lock")


def plain(value: Any) -> Any:
    """Plain JSON types; floats to six decimals, because further digits only make diffs noisy."""
    if isinstance(value, Mapping):
        return {str(name): plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item) for item in (sorted(value) if isinstance(value, set) else value)]
    if hasattr(value, "tolist"):  # numpy scalars and arrays
        return plain(value.tolist())
    if isinstance(value, float):
        return round(value, 6) if math.isfinite(value) else None
    return value if value is None or isinstance(value, str | int | bool) else str(value)


def _name(row: Mapping[str, Any]) -> str:
    return " ".join(map(str, key(row)))


def _beside(path: Path) -> Path:
    return path.parent / "resamples" / path.name


def _one_row_a_line(content: Mapping[str, Any]) -> str:
    """JSON in which a row measured again changes one line, and so does a fact."""

    def line(value: Any) -> str:
        return json.dumps(
            value, sort_keys=True, ensure_ascii=False, allow_nan=False, separators=(",", ":")
        )

    facts = ",\n".join(f"{line(k)}: {line(v)}" for k, v in sorted(content["facts"].items()))
    rows = ",\n".join(line(row) for row in content["rows"])
    return f'{{\n"facts": {{\n{facts}\n}},\n"rows": [\n{rows}\n]\n}}\n'


def _replace(path: Path, text: str) -> None:
    """Write whole or not at all: a reader never sees half a file."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.stem}-", suffix=".tmp")
    with open(handle, "w", encoding="utf-8") as file:
        file.write(text)
    os.chmod(temporary, 0o644)
    os.replace(temporary, path)


@lru_cache(maxsize=8)
def _parsed(path: Path, changed: int) -> dict[str, Any]:
    """A build asks for a thousand numbers: a file is read again only when it has changed."""
    return json.loads(path.read_text(encoding="utf-8"))
