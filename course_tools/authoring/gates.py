"""What a change must pass: the steps of ``course check`` (minutes) and ``course test`` (all).

Each step is a module of Python with its arguments, so that one list serves every system, also
those without ``make``.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from course_tools.authoring.run import QUIET

UNITS = ("pytest", "-q", "tests", "--dist", "worksteal")
# What takes minutes by itself: the grader with its walls, a browser, clusters.
SLOW = ("tests/grading", "tests/recommend/test_page_browser.py", "tests/protocol/test_sweeps.py")
# nbval makes each cell a test; a notebook's cells share a kernel, so they go to one worker.
LESSONS = ("pytest", "-q", "notebooks", "solutions", "--dist", "loadscope")
NBVAL = ("--nbval-lax", "--nbval-current-env", "--nbval-cell-timeout=300")


@dataclass(frozen=True)
class Step:
    """One gate. command: a module and its arguments, as after ``python -m``."""

    name: str
    command: tuple[str, ...]


def check_steps(workers: int) -> list[Step]:
    """Everything but lessons, grader, browser and clusters."""
    quick = (*UNITS, "-m", "not notebook", *(f"--ignore={path}" for path in SLOW))
    return [*_still(), Step("unit tests", _spread(quick, workers))]


def test_steps(workers: int) -> list[Step]:
    """Everything: also every notebook of both editions, from its first cell to its last."""
    sanitize = ("--nbval-sanitize-with", "tests/nbval.cfg")
    return [
        *_still(),
        Step("unit tests", _spread(UNITS, workers)),
        Step("lessons", _spread((*LESSONS, *NBVAL, *sanitize), workers)),
    ]


def _still() -> Iterator[Step]:
    yield Step("data", ("course_tools.cli", "data", "ml-100k"))
    yield Step("style", ("ruff", "check", "."))
    yield Step("format", ("ruff", "format", "--check", "."))
    yield Step("types", ("mypy",))
    yield Step("notebooks as their sources say", ("course_tools.cli", "build", "--check"))


def _spread(command: tuple[str, ...], workers: int) -> tuple[str, ...]:
    return (*command, "-n", str(workers)) if workers > 1 else command


def pass_all(root: Path, steps: Iterable[Step]) -> bool:
    """Go through all steps, also after one that fails, and say which did. True if none."""
    failed = []
    for step in steps:
        print(f"== {step.name}: python -m {' '.join(step.command)}", flush=True)
        started = time.perf_counter()
        done = subprocess.run(
            [sys.executable, "-m", *step.command], cwd=root, env=_environment(root)
        )
        print(f"== {step.name}: {time.perf_counter() - started:.0f} s", flush=True)
        if done.returncode:
            failed.append(step.name)
    print(f"failed: {', '.join(failed)}" if failed else "all passed", flush=True)
    return not failed


def _environment(root: Path) -> dict[str, str]:
    """Settings of the steps; what lessons measure stays out of the results that are quoted.

    Each kernel would compile the same networks anew: XLA keeps what it compiled in ``build/xla``.
    """
    compiled = root / "build" / "xla" / metadata.version("tensorflow")
    compiled.mkdir(parents=True, exist_ok=True)
    flags = [os.environ.get("TF_XLA_FLAGS", ""), f"--tf_xla_persistent_cache_directory={compiled}"]
    return {
        **os.environ,
        **QUIET,
        "COURSE_DATASET": "ml-100k",
        "COURSE_RESULTS": str(root / "build" / "results"),
        "PYTHONHASHSEED": "0",
        "TF_XLA_FLAGS": " ".join(flags).strip(),
    }
