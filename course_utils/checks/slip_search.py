"""One small change to a function at a time: how slips look, and how mutation tests work.

``slips(source)`` makes the changes that a hand makes: another operator or comparison, a term or an
index left out, arguments swapped, the other axis, sum for mean, a count off by one. An answer that
returns what one of them returns has made that slip.
"""

import ast
import copy
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

HINTS = {  # the most telling kinds first
    "comparison": "One comparison is not the right one: think of a value exactly at the bound",
    "equality": "What should be kept is left out, and the reverse",
    "sign": "A minus sign or a `not` (~) is missing",
    "order": "Two things stand in the wrong order (a − b is not b − a)",
    "brackets": "Brackets are missing or stand elsewhere: × and ÷ go before + and −",
    "operator": "One arithmetic sign is another than it should be",
    "and, or": "`and` and `or` (& and |) are exchanged",
    "index": "A whole table is used where one entry for each row (or a part of it) belongs",
    "setting": "A setting such as axis=, ddof= or kind= is missing or another one",
    "one off": "A number is one too large or too small",
    "function": "One step takes another summary than asked (sum, mean, count, largest …)",
    "cut": "A part is cut off at the wrong end, or not at all",
    "whole numbers": "What stands behind the decimal point is lost: use floats",
    "condition": "A condition is missing: a case that needs care is treated like all others",
    "switch": "A True or False is the wrong way round",
    "term": "One of two parts that belong together is missing",
    "step": "A step is missing, such as a root, a bound or a conversion",
    "line": "A line is missing that changes a part of the result",
}
OPERATORS: dict[type, list[type]] = {
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
COMPARISONS: dict[type, list[type]] = {
    ast.Lt: [ast.LtE, ast.Gt],
    ast.LtE: [ast.Lt, ast.GtE],
    ast.Gt: [ast.GtE, ast.Lt],
    ast.GtE: [ast.Gt, ast.LtE],
    ast.Eq: [ast.NotEq],
    ast.NotEq: [ast.Eq, ast.Gt],
    ast.In: [ast.NotIn],
    ast.NotIn: [ast.In],
}
FUNCTIONS = {  # that stand for one another in a slip
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
    "nunique": ["count", "max"],
    "std": ["var"],
    "log": ["log2"],
    "log2": ["log"],
}
WORDS = {"right": "left", "left": "right"}
TYPES = {"float": "int", "float32": "int"}
COUNTS = ("len", "nunique", "bincount", "arange", "sum", "size")
MODULES = ("np", "pd", "ops", "stats", "math")


@dataclass(frozen=True)
class Slip:
    """kind: a key of ``HINTS``. where: the changed piece of code; code: the changed source."""

    kind: str
    where: str
    code: str


def hint(slip: Slip, names: Sequence[str]) -> str:
    """What a slip is, and which of the arguments ``names`` it concerns."""
    touched = [name for name in names if re.search(rf"\b{name}\b", slip.where)]
    where = f" Look at what you do with {' and '.join(touched)}." if 0 < len(touched) < 4 else ""
    return f"{HINTS[slip.kind]}.{where}"


# What a change must not leave behind, because it may never end: NumPy's index tricks without
# their brackets are sequences without an end, and a loop's condition may come to hold for ever.
ENDLESS = re.compile(r"\b(?:r_|c_|s_|mgrid|ogrid|index_exp)\b(?!\[)|\bwhile\b")


def slips(source: str) -> Iterator[Slip]:
    """Each single change to the function in ``source`` that is sure to end."""
    tree = ast.parse(source)
    before = ast.unparse(tree)
    for place, node in enumerate(ast.walk(tree)):
        for kind, change in changes(node):
            changed = copy.deepcopy(tree)
            target = list(ast.walk(changed))[place]
            new = change(target)
            if new is not target:
                _replace(changed, target, new)
            code = ast.unparse(ast.fix_missing_locations(changed))
            if code != before and not ENDLESS.search(code):
                yield Slip(kind, ast.unparse(node).splitlines()[0], code)


def changes(node: ast.AST) -> Iterator[tuple[str, Callable]]:
    """(kind, change) for one node; a change returns the node that takes its place."""
    match node:
        case ast.BinOp() | ast.BoolOp() | ast.AugAssign():
            yield from _operators(node)
        case ast.Compare():
            for other in COMPARISONS.get(type(node.ops[0]), []):
                same = isinstance(node.ops[0], ast.Eq | ast.NotEq | ast.In | ast.NotIn)
                yield (
                    "equality" if same else "comparison",
                    lambda n, o=other: ast.Compare(n.left, [o(), *n.ops[1:]], n.comparators),
                )
        case ast.UnaryOp():
            yield "sign", lambda n: n.operand
        case ast.Constant():
            yield from _constants(node)
        case ast.Attribute(attr=name) | ast.Name(id=name, ctx=ast.Load()):
            field = "attr" if isinstance(node, ast.Attribute) else "id"
            for function in FUNCTIONS.get(name, []):
                yield "function", _set(field, function)
            if name in TYPES:
                yield "whole numbers", _set(field, TYPES[name])
            if name == "T":
                yield "step", lambda n: n.value
        case ast.Call():
            yield from _calls(node)
        case ast.Subscript(ctx=ast.Load()):
            yield "index", lambda n: n.value
        case ast.Slice():
            for end in ("lower", "upper", "step"):
                if getattr(node, end) is not None:
                    yield "cut", _set(end, None)
        case ast.IfExp():
            yield "condition", lambda n: n.body
            yield "condition", lambda n: n.orelse
        case ast.If():
            yield "condition", _set("test", ast.Constant(True))
            yield "condition", _set("test", ast.Constant(False))
        case ast.comprehension(ifs=[_, *_]):
            yield "condition", _set("ifs", [])
    if isinstance(node, ast.AugAssign) or (
        isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Subscript)
    ):
        yield "line", lambda n: ast.Pass()


def _operators(node: Any) -> Iterator[tuple[str, Callable]]:
    for other in OPERATORS.get(type(node.op), []):
        logic = isinstance(node.op, ast.BitAnd | ast.BitOr | ast.And | ast.Or)
        yield "and, or" if logic else "operator", _set("op", other())
    if isinstance(node, ast.BinOp):
        if isinstance(node.op, ast.Add | ast.Sub):
            yield "one off", lambda n: ast.BinOp(n, ast.Add(), ast.Constant(1))
            yield "one off", lambda n: ast.BinOp(n, ast.Sub(), ast.Constant(1))
        yield "term", lambda n: n.left
        yield "term", lambda n: n.right
        if not isinstance(node.op, ast.Add | ast.Mult | ast.BitAnd | ast.BitOr):
            yield "order", lambda n: ast.BinOp(n.right, n.op, n.left)
        if isinstance(node.left, ast.BinOp):
            yield (
                "brackets",
                lambda n: ast.BinOp(n.left.left, n.left.op, ast.BinOp(n.left.right, n.op, n.right)),
            )
        if isinstance(node.right, ast.BinOp):
            yield (
                "brackets",
                lambda n: ast.BinOp(
                    ast.BinOp(n.left, n.op, n.right.left), n.right.op, n.right.right
                ),
            )


def _constants(node: ast.Constant) -> Iterator[tuple[str, Callable]]:
    if isinstance(node.value, bool):
        yield "switch", lambda n: ast.Constant(not n.value)
    elif isinstance(node.value, int | float):
        yield "one off", lambda n: ast.Constant(n.value + 1)
        yield "one off", lambda n: ast.Constant(n.value - 1)
    elif node.value in WORDS:
        yield "setting", lambda n: ast.Constant(WORDS[n.value])
    elif node.value in TYPES:
        yield "whole numbers", lambda n: ast.Constant(TYPES[n.value])


def _calls(node: ast.Call) -> Iterator[tuple[str, Callable]]:
    for k in range(len(node.args)):
        yield "step", lambda n, k=k: n.args[k]
    if ast.unparse(node.func).rpartition(".")[2] in COUNTS:
        yield "one off", lambda n: ast.BinOp(n, ast.Add(), ast.Constant(1))
        yield "one off", lambda n: ast.BinOp(n, ast.Sub(), ast.Constant(1))
    if len(node.args) > 1:
        yield "order", lambda n: ast.Call(n.func, [n.args[1], n.args[0], *n.args[2:]], n.keywords)
    for k in range(len(node.keywords)):
        yield (
            "setting",
            lambda n, k=k: ast.Call(n.func, n.args, n.keywords[:k] + n.keywords[k + 1 :]),
        )
    if isinstance(node.func, ast.Attribute) and ast.unparse(node.func.value) not in MODULES:
        yield "step", lambda n: n.func.value


def _set(name: str, value: Any) -> Callable:
    def change(node: ast.AST) -> ast.AST:
        setattr(node, name, value)
        return node

    return change


def _replace(tree: ast.AST, old: ast.AST, new: Any) -> None:
    """Put ``new`` where ``old`` stands (``new`` may hold ``old``)."""
    for parent in ast.walk(tree):
        for name, value in ast.iter_fields(parent):
            if value is old:
                setattr(parent, name, new)
                return
            if isinstance(value, list) and any(item is old for item in value):
                setattr(parent, name, [new if item is old else item for item in value])
                return
