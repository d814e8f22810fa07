"""Wrong answers made by machine: one small change to a solution at a time.

The changes inside (operators, comparisons, order, terms, indices, constants) are those that the
checks themselves know as slips; the changes to the whole result (sign, root, transposed, sorted,
clipped, dtype) are added here.
"""

import ast
import copy
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from course_utils.checks import exercises
from course_utils.checks.engine import accepts, agrees
from course_utils.checks.slip_search import slips
from tests.checks.lessons import Task, namespace

SEEDS = range(100, 103)  # other drawn cases than a check has
SECONDS = 20.0

WRAPPED = {  # the whole result, changed
    "negative": "-({})",
    "root": "np.sqrt({})",
    "square": "({}) ** 2",
    "reversed": "({})[::-1]",
    "transposed": "np.transpose({})",
    "whole numbers": "np.asarray({}).astype(int)",
    "rounded": "np.round({}, 1)",
    "sorted": "np.sort({})",
    "clipped": "np.clip({}, 1, 5)",
    "one less": "({}) - 1",
    "percent": "100 * ({})",
    "first left out": "({})[1:]",
    "last left out": "({})[:-1]",
    "twice": "list({}) * 2",
}


def mutants(source: str) -> Iterator[tuple[str, str]]:
    """(what was changed, changed source) for each single change to the function in ``source``."""
    for slip in slips(source):
        yield f"{slip.kind}: {slip.where}", slip.code
    tree = ast.parse(source)
    for name, form in WRAPPED.items():
        changed = copy.deepcopy(tree)
        for node in ast.walk(changed):
            if isinstance(node, ast.Return) and node.value is not None:
                node.value = ast.parse(form.format(ast.unparse(node.value)), mode="eval").body
        yield f"result {name}", ast.unparse(changed)


@contextmanager
def limited(seconds: float) -> Iterator[None]:
    """Stop a mutant that runs for ever: raises TimeoutError."""

    def stop(*_: Any) -> None:
        raise TimeoutError(f"more than {seconds} s")

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def survivors(task: Task) -> tuple[list[str], list[tuple[str, Callable]]]:
    """Mutants that a check takes for right: those that return something else, and all of them."""
    exercise, accepted, space = exercises()[task.name], [], namespace(task)
    for change, source in mutants(task.solution):
        own = dict(space)
        try:
            with limited(SECONDS):
                exec("from __future__ import annotations\n" + source, own)
                if accepts(exercise, own[task.name]):
                    accepted.append((change, own[task.name]))
        except Exception:  # it cannot even be defined, or runs for ever
            continue
    return [change for change, mutant in accepted if differs(task, mutant)], accepted


def count(task: Task) -> int:
    return sum(1 for _ in mutants(task.solution))


def differs(task: Task, mutant: Callable) -> bool:
    """Whether a mutant returns something else than the right function, on other random input."""
    exercise = exercises()[task.name]
    for seed in SEEDS:
        for arguments in exercise.arguments(seed).values():
            right = exercise.reference(*copy.deepcopy(arguments))
            try:
                if not agrees(exercise, mutant(*copy.deepcopy(arguments)), right, arguments):
                    return True
            except Exception:
                return True
    return False
