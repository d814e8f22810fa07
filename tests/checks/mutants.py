"""Wrong answers made by machine: one small change to a solution at a time.

``mutants(source)`` yields (what was changed, changed source). The changes are those that learners
make and that mutation testing knows: operators, comparisons, axes, order of arguments, off by one,
dropped terms, roots, sort direction, clips, dtypes, masks, constants.
"""

import ast
import copy
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from course_utils.checks import exercises
from course_utils.checks.engine import accepts, agrees
from tests.checks.lessons import Task, namespace

SEEDS = range(100, 103)  # other drawn cases than a check has
SECONDS = 20.0

OPERATORS = {
    ast.Add: [ast.Sub],
    ast.Sub: [ast.Add],
    ast.Mult: [ast.Div, ast.Add],
    ast.Div: [ast.Mult, ast.FloorDiv],
    ast.FloorDiv: [ast.Div],
    ast.Mod: [ast.FloorDiv],
    ast.Pow: [ast.Mult],
    ast.BitAnd: [ast.BitOr],
    ast.BitOr: [ast.BitAnd],
    ast.And: [ast.Or],
    ast.Or: [ast.And],
}
COMPARISONS = {
    ast.Lt: [ast.LtE, ast.Gt],
    ast.LtE: [ast.Lt, ast.GtE],
    ast.Gt: [ast.GtE, ast.Lt],
    ast.GtE: [ast.Gt, ast.LtE],
    ast.Eq: [ast.NotEq],
    ast.NotEq: [ast.Eq, ast.Gt],
    ast.In: [ast.NotIn],
    ast.NotIn: [ast.In],
}
NAMES = {  # functions and methods that stand for one another in a slip
    "mean": ["sum", "median", "max"],
    "sum": ["mean", "max"],
    "min": ["max"],
    "max": ["min", "sum"],
    "argmin": ["argmax"],
    "argmax": ["argmin"],
    "maximum": ["minimum"],
    "minimum": ["maximum"],
    "zeros": ["ones"],
    "ones": ["zeros"],
    "size": ["nunique"],
    "nunique": ["size", "max"],
    "std": ["var"],
    "log": ["log2"],
    "log2": ["log"],
    "value_counts": ["unique"],
    "outer": ["multiply"],
    "column_stack": ["vstack"],
    "flatnonzero": ["nonzero"],
}
WORDS = {"right": "left", "left": "right", "float": "int", "float32": "int"}
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
    tree = ast.parse(source)
    for place, node in enumerate(ast.walk(tree)):
        for label, change in _changes(node):
            changed = copy.deepcopy(tree)
            target = list(ast.walk(changed))[place]
            new = change(target)
            if new is not target:
                _replace(changed, target, new)
            code = ast.unparse(ast.fix_missing_locations(changed))
            if code != ast.unparse(tree):
                line = ast.unparse(node).splitlines()[0][:60]
                yield f"{label}: {line}", code


def _replace(tree: ast.AST, old: ast.AST, new: Any) -> None:
    for parent in ast.walk(tree):
        for name, value in ast.iter_fields(parent):
            if value is old:
                setattr(parent, name, new)
            elif isinstance(value, list) and any(item is old for item in value):
                setattr(parent, name, [new if item is old else item for item in value])


def _set(name: str, value: Any) -> Callable:
    def change(node: ast.AST) -> ast.AST:
        setattr(node, name, value)
        return node

    return change


def _changes(node: ast.AST) -> Iterator[tuple[str, Callable]]:
    if isinstance(node, ast.BinOp | ast.BoolOp | ast.AugAssign):
        for other in OPERATORS.get(type(node.op), []):
            yield "operator", _set("op", other())
    if isinstance(node, ast.BinOp):
        yield "left term alone", lambda n: n.left
        yield "right term alone", lambda n: n.right
        if not isinstance(node.op, ast.Add | ast.Mult | ast.BitAnd | ast.BitOr):
            yield "terms swapped", lambda n: ast.BinOp(n.right, n.op, n.left)
    if isinstance(node, ast.Compare):
        for other in COMPARISONS.get(type(node.ops[0]), []):
            yield (
                "comparison",
                lambda n, o=other: ast.Compare(n.left, [o(), *n.ops[1:]], n.comparators),
            )
    if isinstance(node, ast.UnaryOp):
        yield "sign or negation dropped", lambda n: n.operand
    if isinstance(node, ast.Constant):
        yield from _constants(node)
    if isinstance(node, ast.Attribute) and node.attr in NAMES:
        for other in NAMES[node.attr]:
            yield "another function", _set("attr", other)
    if isinstance(node, ast.Attribute) and node.attr == "T":
        yield "not transposed", lambda n: n.value
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
        for other in NAMES.get(node.id, []):
            yield "another function", _set("id", other)
    if isinstance(node, ast.Call):
        yield from _calls(node)
    if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load):
        yield "index dropped", lambda n: n.value
    if isinstance(node, ast.Slice):
        for end in ("lower", "upper", "step"):
            if getattr(node, end) is not None:
                yield f"slice without {end} end", _set(end, None)
    if isinstance(node, ast.IfExp):
        yield "condition always met", lambda n: n.body
        yield "condition never met", lambda n: n.orelse
    if isinstance(node, ast.If):
        yield "condition always met", _set("test", ast.Constant(True))
        yield "condition never met", _set("test", ast.Constant(False))
    if isinstance(node, ast.comprehension) and node.ifs:
        yield "filter dropped", _set("ifs", [])
    if isinstance(node, ast.AugAssign) or (
        isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Subscript)
    ):
        yield "line left out", lambda n: ast.Pass()
    if isinstance(node, ast.Return) and node.value is not None:
        for label, form in WRAPPED.items():
            yield (
                f"result {label}",
                lambda n, f=form: ast.parse("return " + f.format(ast.unparse(n.value))).body[0],
            )


def _constants(node: ast.Constant) -> Iterator[tuple[str, Callable]]:
    if isinstance(node.value, bool):
        yield "True or False", lambda n: ast.Constant(not n.value)
    elif isinstance(node.value, int | float):
        yield "one more", lambda n: ast.Constant(n.value + 1)
        yield "one less", lambda n: ast.Constant(n.value - 1)
    elif node.value in WORDS:
        yield "word", lambda n: ast.Constant(WORDS[n.value])


def _calls(node: ast.Call) -> Iterator[tuple[str, Callable]]:
    for k in range(len(node.args)):
        yield f"argument {k} in place of the call", lambda n, k=k: n.args[k]
    if len(node.args) > 1:
        yield (
            "arguments swapped",
            lambda n: ast.Call(n.func, [n.args[1], n.args[0], *n.args[2:]], n.keywords),
        )
    for k in range(len(node.keywords)):
        yield (
            "keyword dropped",
            lambda n, k=k: ast.Call(n.func, n.args, n.keywords[:k] + n.keywords[k + 1 :]),
        )
    if isinstance(node.func, ast.Attribute):
        yield "method dropped", lambda n: n.func.value


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
