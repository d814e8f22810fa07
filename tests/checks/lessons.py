"""The exercises as the lessons' sources hold them: solutions, stubs and hidden tests, to be run."""

import ast
import copy
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import jupytext

from course_utils.checks import exercises
from course_utils.checks.engine import agrees

ROOT = Path(__file__).resolve().parents[2]
HIDDEN = re.compile(r"### BEGIN HIDDEN TESTS\n(.*?)### END HIDDEN TESTS", re.DOTALL)


@dataclass(frozen=True)
class Task:
    """One exercise of one lesson: the cell with its solution, and the cell that checks it."""

    name: str
    lesson: str
    solution: str
    check: str


@cache
def tasks() -> dict[str, Task]:
    found = {}
    for source in sorted((ROOT / "solutions").glob("[0-9]*.py")):
        cells = jupytext.read(source, fmt="py:percent").cells
        code = {c.metadata["exercise"]: c.source for c in cells if "exercise" in c.metadata}
        checks = {c.metadata["check"]: c.source for c in cells if "check" in c.metadata}
        found |= {n: Task(n, source.stem, code[n], checks[n]) for n in checks if n in code}
    return found


@cache
def headings(lesson: str) -> list[str]:
    """The section titles of a lesson's source."""
    text = next((ROOT / "solutions").glob(f"{lesson}*.py")).read_text(encoding="utf-8")
    return re.findall(r"^# #+ (.+)$", text, re.M)


@cache
def _imports(lesson: str) -> dict[str, ast.stmt]:
    """Name → the import statement that binds it in a lesson."""
    bound = {}
    for cell in jupytext.read(ROOT / "solutions" / f"{lesson}.py", fmt="py:percent").cells:
        if cell.cell_type == "code":
            lines = [line for line in cell.source.splitlines() if not line.lstrip().startswith("%")]
            for node in ast.parse("\n".join(lines)).body:
                if isinstance(node, ast.Import | ast.ImportFrom):
                    for alias in node.names:
                        bound[(alias.asname or alias.name).partition(".")[0]] = node
    return bound


def namespace(task: Task) -> dict[str, Any]:
    """What a cell of this exercise may use: the lesson's imports and its other solutions."""
    others = [t for t in tasks().values() if t.lesson == task.lesson]
    sources = [task.check, *(t.solution for t in others)]
    used = {n.id for s in sources for n in ast.walk(ast.parse(s)) if isinstance(n, ast.Name)}
    needed = [node for name, node in _imports(task.lesson).items() if name in used]
    space: dict[str, Any] = {}
    exec(compile(ast.Module(needed, []), task.lesson, "exec"), space)
    for other in others:
        exec("from __future__ import annotations\n" + other.solution, space)
    return space


def hidden_tests_pass(task: Task, answer: Callable, space: dict[str, Any]) -> bool:
    """Whether an answer keeps its points: the hidden tests, run as ``course grade`` runs them.

    There a list, a tensor or 32-bit floats that the check takes for right reach the hidden tests
    in the right function's own form.
    """
    exercise = exercises()[task.name]

    def asked(*args: Any, **named: Any) -> Any:
        value, right = (
            function(*copy.deepcopy(args), **copy.deepcopy(named))
            for function in (answer, exercise.reference)
        )
        return right if agrees(exercise, value, right, args) else value

    try:
        for code in HIDDEN.findall(task.check):
            exec(code, {**space, task.name: asked})
    except Exception:
        return False
    return True
