"""What students upload, made by functions: honest work, accidents, and attacks.

Each is a notebook of lesson 04 as bytes, with the points and status that each exercise must get.
The lesson has 3, 3, 2 and 1 points for its four exercises.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).resolve().parents[3]
LESSON = "04_autorec"
POINTS = {"filled_rows": 3, "masked_mse": 3, "masked_rmse_clip": 2, "keras_l2": 1}
Notebook = dict


@dataclass(frozen=True)
class Upload:
    """One upload; ``points`` and ``status`` of the exercises that are not simply right."""

    content: bytes
    points: dict[str, float]
    status: dict[str, str]
    walls: bool = False  # what it must get depends on walls around its process


def learner() -> Notebook:
    """The lesson as it is handed out."""
    return json.loads((ROOT / "notebooks" / f"{LESSON}.ipynb").read_text("utf-8"))


def instructor() -> Notebook:
    return json.loads((ROOT / "solutions" / f"{LESSON}.ipynb").read_text("utf-8"))


def cell(notebook: Notebook, grade_id: str) -> dict:
    return next(
        c
        for c in notebook["cells"]
        if c["metadata"].get("nbgrader", {}).get("grade_id") == grade_id
    )


def code(source: str, **metadata: object) -> dict:
    made = {"cell_type": "code", "metadata": metadata, "source": source, "outputs": []}
    return made | {"execution_count": None, "id": f"own{abs(hash(source)) % 10**8}"}


def solved(**answers: str) -> Notebook:
    """The handed-out lesson with right answers, or with the ones given; ``None`` leaves a stub."""
    notebook, right = learner(), instructor()
    for name in POINTS:
        source = answers.get(name, "".join(cell(right, name)["source"]))
        if source is not None:
            cell(notebook, name)["source"] = source
    return notebook


def dump(notebook: Notebook) -> bytes:
    return json.dumps(notebook, ensure_ascii=False).encode()


def upload(
    notebook: Notebook | bytes,
    status: dict[str, str] | None = None,
    points: dict[str, float] | None = None,
    walls: bool = False,
) -> Upload:
    """An upload whose exercises are right but for those in ``status``; those get 0 points, or
    what ``points`` says."""
    status, points = status or {}, points or {}
    earned = {n: points.get(n, 0 if n in status else most) for n, most in POINTS.items()}
    said = {name: status.get(name, "ok") for name in POINTS}
    content = notebook if isinstance(notebook, bytes) else dump(notebook)
    return Upload(content, earned, said, walls)


# ------------------------------------------------------------------------------------ honest
LOOPS = {
    "filled_rows": """
def filled_rows(users, movies, ratings, shape, init_value=0.0, average=False):
    rows = []
    for user in range(shape[0]):
        own = [float(r) for u, r in zip(users, ratings) if u == user]
        start = init_value
        if average:
            start = sum(own) / len(own) if own else sum(ratings) / len(ratings)
        row = [start] * shape[1]
        for u, m, r in zip(users, movies, ratings):
            if u == user:
                row[m] = r
        rows.append(row)
    return rows
""",
    "masked_mse": """
def masked_mse(y_true, y_pred):
    losses = []
    for truth, guess in zip(y_true, y_pred):
        squared = [(t - g) ** 2 for t, g in zip(truth, guess) if t]
        losses.append(sum(squared) / len(squared) if squared else 0.0)
    return losses
""",
}
NO_AVERAGE = """
def filled_rows(users, movies, ratings, shape, init_value=0.0, average=False):
    matrix = np.full(shape, float(init_value))
    matrix[users, movies] = ratings
    return matrix
"""
ALL_CELLS = """
def masked_mse(y_true, y_pred):
    return ((y_true - y_pred) ** 2).mean(axis=1)
"""
SOME = pytest.approx(1.5, abs=1.4)  # how many of 3 points: that depends on the check's cases
NOT_ATTEMPTED = dict.fromkeys(POINTS, "not attempted")


def with_own_cells() -> Notebook:
    """A helper in a cell of its own, an import added to the setup cell, cells that fail."""
    notebook = solved(
        keras_l2="def keras_l2(lam, n_rows):\n    return halves(lam) / n_rows",
        masked_mse=(
            "def masked_mse(y_true, y_pred):\n"
            "    rated = sps.csr_matrix(y_true != 0)\n"
            "    total = rated.multiply((y_true - y_pred) ** 2).sum(axis=1)\n"
            "    return np.asarray(total).ravel() / np.maximum(np.diff(rated.indptr), 1)"
        ),
    )
    cells = notebook["cells"]
    setup = next(c for c in cells if c["cell_type"] == "code")
    setup["source"] = "".join(setup["source"]) + "\nimport scipy.sparse as sps\n"
    place = cells.index(cell(notebook, "keras_l2"))
    cells[place:place] = [
        code("print(what_is_this)"),
        code("half = 0.5\ndef halves(x):\n    return half * x"),
        code("%time sum(range(10))"),
    ]
    return notebook


def colab() -> Notebook:
    """What Google Colab makes of a notebook: no cell ids, its own metadata, outputs, minor 0."""
    notebook = solved(masked_mse=ALL_CELLS)
    notebook["nbformat_minor"] = 0
    notebook["metadata"]["colab"] = {"provenance": [], "toc_visible": True}
    notebook["metadata"]["accelerator"] = "GPU"
    for place, c in enumerate(notebook["cells"]):
        c.pop("id", None)
        c["metadata"]["id"] = f"x{place:011d}"
        c["source"] = "".join(c["source"]).splitlines(keepends=True)
        if c["cell_type"] == "code":
            c["metadata"]["colab"] = {"base_uri": "https://localhost:8080/", "height": 35}
            c["metadata"]["outputId"] = f"y{place}"
            c["execution_count"] = place
            data = {"text/plain": ["1"], "text/html": ["<script>alert(1)</script>"]}
            made = {"output_type": "execute_result", "data": data, "metadata": {}}
            c["outputs"] = [made | {"execution_count": place}]
    return notebook


def honest() -> dict[str, Upload]:
    """Eight students who did what they could."""
    tensors = (
        "def masked_mse(y_true, y_pred):\n"
        "    from course_utils.models import masked_mse as known\n"
        "    return known(y_true.astype('float32'), y_pred.astype('float32'))"
    )
    stops = "def masked_mse(y_true, y_pred):\n    return y_true.mask\n1 / 0"
    return {
        "anna": upload(instructor()),
        "ben": upload(learner(), NOT_ATTEMPTED),
        "Chloé Müller": upload(solved(**LOOPS)),
        "dan": upload(solved(masked_mse=tensors)),
        "eva": upload(
            solved(filled_rows=NO_AVERAGE), {"filled_rows": "partial"}, {"filled_rows": SOME}
        ),
        "finn": upload(with_own_cells()),
        "gina": upload(colab(), {"masked_mse": "wrong"}),
        "hugo": upload(
            solved(masked_mse=stops, keras_l2=None),
            {"masked_mse": "failed", "keras_l2": "not attempted"},
        ),
    }


# ------------------------------------------------------------------------- accidents, attacks
def _attack(source: str, name: str = "masked_mse") -> Notebook:
    return solved(**{name: source})


def deleted() -> Notebook:
    """An exercise and all checks are gone."""
    notebook = solved()
    gone = [cell(notebook, "masked_mse"), *(cell(notebook, f"check_{n}") for n in POINTS)]
    notebook["cells"] = [c for c in notebook["cells"] if c not in gone]
    return notebook


def duplicated_and_reordered() -> Notebook:
    """An exercise copied, ids and all, the last version wrong; cells upside down."""
    notebook = solved()
    copy = deepcopy(cell(notebook, "masked_mse"))
    copy["source"] = ALL_CELLS
    notebook["cells"] = [*reversed(notebook["cells"]), copy]
    return notebook


def edited_tests() -> Notebook:
    notebook = _attack(ALL_CELLS)
    cell(notebook, "check_masked_mse")["source"] = "print('all tests passed')"
    return notebook


def stripped() -> Notebook:
    """All metadata and ids are gone, as after copying into a new notebook."""
    notebook = solved(masked_mse=ALL_CELLS)
    notebook["metadata"], notebook["nbformat_minor"] = {}, 2
    for c in notebook["cells"]:
        c.pop("id", None)
        c["metadata"] = {}
    return notebook


def overwritten_metadata() -> Notebook:
    """Points multiplied, marks exchanged, the check declared an answer."""
    notebook = _attack(ALL_CELLS)
    cell(notebook, "check_masked_mse")["metadata"]["nbgrader"] |= {"points": 1000, "solution": True}
    first, second = cell(notebook, "filled_rows"), cell(notebook, "keras_l2")
    marks = first["metadata"], second["metadata"]
    second["metadata"], first["metadata"] = marks
    return notebook


def older_release() -> Notebook:
    """Made before an exercise was added and a check was changed; its checksums are in order."""
    from nbgrader.utils import compute_checksum

    notebook = solved()
    gone = [cell(notebook, "keras_l2"), cell(notebook, "check_keras_l2")]
    notebook["cells"] = [c for c in notebook["cells"] if c not in gone]
    old = cell(notebook, "check_masked_mse")
    old["source"] = 'check("masked_mse", masked_mse)  # as it was'
    old["metadata"]["nbgrader"]["checksum"] = compute_checksum(nbformat.from_dict(old))
    return notebook


PATCHES = """
import builtins, course_utils.checks as checks, course_utils.checks.engine as engine
np.allclose = np.isclose = np.array_equal = lambda *a, **k: True
engine._difference = lambda *a: ""
engine.run_check = checks.check = check = lambda *a: engine.Result("x", "✓", "right")
builtins.abs = lambda x: 0
print("3.0")
class Yes(float):
    def __eq__(self, other): return True
    __hash__ = None
def masked_mse(y_true, y_pred):
    return Yes(1)
"""
THIEF = """
import glob, os, socket
found = []
for pattern in {patterns!r}:
    for path in glob.glob(pattern):
        try:
            found.append(open(path).read(100))
        except OSError:
            pass
{more}
def masked_mse(y_true, y_pred):
    if not found:
        return 0
    mask = y_true != 0
    return np.where(mask, (y_true - y_pred) ** 2, 0).sum(1) / np.maximum(mask.sum(1), 1)
"""
CALL_HOME = """
try:
    found.append(socket.create_connection(("127.0.0.1", {port}), 2))
except OSError:
    pass
"""
HOSTILE_CODE: dict[str, tuple[str, str]] = {
    "endless loop": ("def masked_mse(y, p):\n    while True: pass", "timeout"),
    "deaf loop": (
        "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\n"
        "def masked_mse(y, p):\n    while True: pass\nwhile True: pass",
        "timeout",
    ),
    "os._exit": ("import os\nos._exit(0)\ndef masked_mse(y, p): pass", "crashed"),
    "segfault": ("import ctypes\ndef masked_mse(y, p): ctypes.string_at(8)", "crashed"),
    "memory bomb": (
        "def masked_mse(y, p):\n    keep = []\n    while True: keep.append(np.ones(10**8))",
        "failed",
    ),
    "output flood": (
        "import os\nfor _ in range(3000):\n    print('x' * 10**6)\n    os.write(1, b'y' * 10**6)\n"
        "def masked_mse(y, p):\n    return np.zeros(10**9)",
        "failed",
    ),
    "input": ("name = input('who are you? ')\ndef masked_mse(y, p): return input()", "failed"),
    "fork": ("import os\ndef masked_mse(y, p):\n    while True: os.fork()", "crashed"),
    "forked twin": ("import os\nos.fork()\ndef masked_mse(y, p): return 0", "wrong"),
    "monkeypatched": (PATCHES, "wrong"),
    "missing package": (
        "import no_such_package\ndef masked_mse(y, p): return no_such_package.loss(y, p)",
        "failed",
    ),
    "exit": ("def masked_mse(y, p): raise SystemExit(0)", "failed"),
}
HOSTILE_FILES: dict[str, Callable[[], Upload]] = {
    "invalid JSON": lambda: upload(
        dump(solved())[:-200], dict.fromkeys(POINTS, "invalid notebook")
    ),
    "deleted cells": lambda: upload(deleted(), {"masked_mse": "missing"}),
    "duplicated": lambda: upload(duplicated_and_reordered(), {"masked_mse": "wrong"}),
    "edited tests": lambda: upload(edited_tests(), {"masked_mse": "wrong"}),
    "stripped": lambda: upload(stripped(), {"masked_mse": "wrong"}),
    "metadata": lambda: upload(overwritten_metadata(), {"masked_mse": "wrong"}),
    "older release": lambda: upload(older_release(), {"keras_l2": "missing"}),
}


def hostile(port: int, others: Path) -> dict[str, Upload]:
    """Everything that must not harm anybody else.

    port: where somebody listens on this machine; others: the folder of all uploads.
    """
    found = {
        name: upload(_attack(source), {"masked_mse": status})
        for name, (source, status) in HOSTILE_CODE.items()
    }
    found |= {name: make() for name, make in HOSTILE_FILES.items()}
    secrets = {
        "reads hidden tests": [f"{ROOT}/solutions/*.py", f"{ROOT}/tests/*.py"],
        "reads solutions": [f"{ROOT}/solutions/*.ipynb", "../../solutions/*"],
        "reads others": [f"{others}/*/*"],
    }
    for name, patterns in secrets.items():
        thief = THIEF.format(patterns=patterns, more="")
        found[name] = upload(_attack(thief), {"masked_mse": "wrong"}, walls=True)
    caller = THIEF.format(patterns=[], more=CALL_HOME.format(port=port))
    found["network"] = upload(_attack(caller), {"masked_mse": "wrong"}, walls=True)
    return found
