"""Remarks for the teaching assistant: what is the course's own, and whose answers are alike.

Points do not depend on them. Two answers are alike if their syntax trees are the same after
renaming. That is no evidence where many find the same few lines, so a pair is named only if chance
does not explain it: every shared tree counts by how rare it is in the class, trees of the course's
own code not at all, and a class of n has n(n - 1) / 2 pairs in which chance may strike.
"""

from __future__ import annotations

import ast
import builtins
import inspect
import math
import textwrap
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import combinations

from course_tools.grading.plan import Lesson, Task, statements
from course_utils import checks

FALSE_ALARMS = 0.01  # expected in one class of honest people
SMALL = 25  # nodes of a syntax tree: everybody writes such an answer


@dataclass
class Remarks:
    """of: (student, label, exercise) → remark; groups: (exercise, students) with alike answers."""

    of: dict[tuple[str, str, str], str] = field(default_factory=dict)
    groups: list[tuple[str, list[str]]] = field(default_factory=list)


def compare(records: Sequence[Mapping], known: Mapping[str, Lesson]) -> Remarks:
    """Compare what was handed in with the course and with each other."""
    remarks, shapes = Remarks(), defaultdict(dict)
    for record in records:
        lesson = known.get(record["lesson"] or "")
        for name, entry in record["tasks"].items() if lesson else ():
            if entry["kind"] != "code" or not entry["attempted"] or not entry["source"]:
                continue
            task = next((task for task in lesson.tasks if task.name == name), None)
            if task and (found := shape(entry["source"])):
                shapes[record["lesson"], name][record["student"]] = found
                if said := _course_own(entry["source"], found, lesson, task):
                    remarks.of[record["student"], record["label"], name] = said
    labels = {(r["student"], r["lesson"]): r["label"] for r in records}
    shared: dict[tuple[str, str], list[tuple[str, str, float]]] = defaultdict(list)
    sizes = Counter(lesson for _, lesson in labels)
    for (lesson, name), trees in shapes.items():
        public = _public(known[lesson], name)
        for tree, students in _grouped(trees).items():
            remarks.groups.append((f"{lesson}, {name}", students))
            chance = (len(students) - 1) / max(sizes[lesson] - 1, 1)
            if tree[0] not in public and chance < 1:
                for pair in combinations(students, 2):
                    shared[pair].append((lesson, name, -math.log(chance)))
    everybody = {student for trees in shapes.values() for student in trees}
    pairs = max(len(everybody) * (len(everybody) - 1) / 2, 1)
    for pair, found in shared.items():
        if sum(weight for _, _, weight in found) > math.log(pairs / FALSE_ALARMS):
            for lesson, name, _ in found:
                for one, other in (pair, pair[::-1]):
                    key = one, labels[one, lesson], name
                    before = f"{remarks.of[key]}; " if key in remarks.of else ""
                    remarks.of[key] = f"{before}identical with {other} (after renaming)"
    return remarks


def _grouped(trees: Mapping[str, tuple[str, int]]) -> dict[tuple[str, int], list[str]]:
    groups: dict[tuple[str, int], list[str]] = defaultdict(list)
    for student, tree in sorted(trees.items()):
        groups[tree].append(student)
    return {tree: students for tree, students in groups.items() if len(students) > 1}


@lru_cache(maxsize=4096)
def shape(source: str) -> tuple[str, int] | None:
    """The syntax tree of an answer after renaming, and its number of nodes; None if it has none."""
    found = statements(source)
    try:
        tree = ast.parse("\n".join(s.text for s in found or ()))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    new: dict[str, str] = {}
    nodes = list(ast.walk(tree))
    for node in nodes:
        for key in ("id", "arg", "name"):
            name = getattr(node, key, None)
            if isinstance(name, str) and not hasattr(builtins, name):
                setattr(node, key, new.setdefault(name, f"v{len(new)}"))
        body = getattr(node, "body", None)
        if isinstance(body, list) and body and _is_text(body[0]):
            del body[0]  # a docstring
    try:
        return (ast.dump(tree), len(nodes)) if tree.body else None
    except RecursionError:
        return None


def _is_text(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


@lru_cache(maxsize=256)
def _public(lesson: Lesson, name: str) -> frozenset[str]:
    """Shapes of what the course itself publishes for an exercise."""
    sources = [lesson.master.cells[lesson.task(name).place].source]
    exercise = checks.exercises().exercises.get(name)
    known = exercise.misunderstandings if exercise else ()
    functions = [exercise.reference, *(m.function for m in known)] if exercise else []
    for function in functions:
        try:
            sources.append(textwrap.dedent(inspect.getsource(function)))
        except (OSError, TypeError):
            continue
    return frozenset(found[0] for source in sources if (found := shape(source)))


def _course_own(source: str, found: tuple[str, int], lesson: Lesson, task: Task) -> str:
    """What of an answer is the course's own: its text, or a function that it calls."""
    solution = lesson.master.cells[task.place].source
    if found == shape(solution) and found[1] > SMALL:
        return "identical with the published solution"
    course = {
        name
        for step in lesson.steps
        if "course_utils" in step.statement.text
        for name in step.names.imports
    }
    own = [s.names for s in statements(source) or () if "course_utils" in s.text]
    course |= {name for names in own for name in names.imports}
    used = _called(source) & course - _called(solution)
    return f"calls the course's own {', '.join(sorted(used))}" if used else ""


def _called(source: str) -> set[str]:
    """Names that code calls, or opens with a dot in a call."""
    called = set()
    for statement in statements(source) or ():
        for node in ast.walk(ast.parse(statement.text)):
            target = node.func if isinstance(node, ast.Call) else None
            while isinstance(target, ast.Attribute | ast.Call):
                target = target.value if isinstance(target, ast.Attribute) else target.func
            if isinstance(target, ast.Name):
                called.add(target.id)
    return called
