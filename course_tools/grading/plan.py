"""What a lesson asks for, and which of a notebook's statements an answer needs.

A whole lesson trains networks for a minute. Grading runs what the exercises need and no more. What
that is follows from the names that each statement binds, changes and uses; Python's own symbol
tables say which.
"""

from __future__ import annotations

import ast
import hashlib
import re
import symtable
import warnings
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from course_tools.authoring.build import learner_edition

FORMAT = "2"  # of stored results; another one grades everything anew
HIDDEN = ("### BEGIN HIDDEN TESTS", "### END HIDDEN TESTS")

# cell magics that only watch what the rest of the cell does
TRANSPARENT = ("time", "timeit", "capture", "prun", "memit", "mprun", "python", "python3")
MAGIC = re.compile(r"^\s*([\w., ]+=\s*)?[%!]|\?\s*$", re.MULTILINE)
MOST_MAGIC = 400_000  # magics of a cell times its length: IPython reads it again for each
MOST_STATEMENTS = 3000  # of one cell
# what needs a network that is not there, and was there when the student ran it
INSTALLS = re.compile(
    r"get_ipython\(\)\.(system|getoutput|run_line_magic)\(\s*['\"](sudo\s+|python3?\s+-m\s+)?"
    r"(pip3?|conda|mamba|uv|apt(-get)?|git|wget|curl|gdown)\b"
)
OPAQUE = {"exec", "eval", "globals", "locals", "vars", "setattr", "get_ipython", "__import__"}


# ------------------------------------------------------------------------------- statements
@dataclass(frozen=True)
class Names:
    """Global names of a statement: bound, bound by an import, changed in place, used."""

    binds: frozenset[str] = frozenset()
    imports: frozenset[str] = frozenset()
    changes: frozenset[str] = frozenset()
    uses: frozenset[str] = frozenset()
    opaque: bool = False  # it may bind anything: ``from x import *``, ``exec``, a magic


@dataclass(frozen=True)
class Statement:
    """A statement of a cell. ``text`` is its normal form: what makes two of them the same.

    ``source`` is what runs; comments before it keep the cell's line numbers.
    """

    source: str
    text: str
    names: Names
    check: str = ""  # the exercise that it checks, and what it gives to the check
    answer: str = ""

    @property
    def is_definition(self) -> bool:
        return self.text.startswith(("def ", "class ", "@", "async def "))


def plain_python(source: str) -> str:
    """Code without IPython's magics.

    Raises:
        SyntaxError: it cannot be read, whatever the reason.
    """
    lines = source.splitlines()
    start = next((i for i, line in enumerate(lines) if line.strip()), 0)
    while start < len(lines) and lines[start].startswith("%%"):
        name, _, rest = lines[start][2:].strip().partition(" ")
        if name not in TRANSPARENT:
            body = "\n".join(lines[start + 1 :]) + "\n"
            call = f"get_ipython().run_cell_magic({name!r}, {rest.strip()!r}, {body!r})"
            return "\n" * start + call
        lines[start] = ""
        start += 1
    source = "\n".join(lines)
    try:
        ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        found = MAGIC.findall(source)
        if not found or len(found) * len(source) > MOST_MAGIC:
            raise SyntaxError(getattr(error, "msg", str(error))) from None
        return _without_magics(source)
    return source


def _without_magics(source: str) -> str:
    from IPython.core.inputtransformer2 import TransformerManager

    try:
        code = TransformerManager().transform_cell(source)
        ast.parse(code)
    except Exception as error:  # half-typed magics make IPython itself give up in many ways
        raise SyntaxError(str(error) or type(error).__name__) from None
    return code


@lru_cache(maxsize=4096)
def statements(source: str) -> tuple[Statement, ...] | None:
    """The statements of a cell; None if it is no Python."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            code = plain_python(source)
            return tuple(_statements(code))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _statements(code: str) -> Iterator[Statement]:
    lines, body = code.splitlines(), ast.parse(code).body
    if len(body) > MOST_STATEMENTS:
        raise ValueError(f"more than {MOST_STATEMENTS:,} statements")
    ends = [0, *(node.end_lineno or 0 for node in body)]
    for place, node in enumerate(body):
        text = ast.unparse(node)
        if INSTALLS.match(text):
            continue
        first = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", ()))])
        last = node.end_lineno or first
        follows = body[place + 1].lineno if place + 1 < len(body) else last + 1
        alone = first > ends[place] and follows > last
        own = "\n".join(lines[first - 1 : last]) if alone else text
        yield Statement("#\n" * (first - 1) + own, text, _names(node, text), *_checked(node))


def _checked(node: ast.stmt) -> tuple[str, str]:
    """(exercise, answer) of ``check("exercise", answer)``, also where its result is kept."""
    for call in ast.walk(node) if isinstance(node, ast.Expr | ast.Assign) else ():
        if isinstance(call, ast.Call) and len(call.args) == 2:
            function = call.func
            name = function.id if isinstance(function, ast.Name) else getattr(function, "attr", "")
            first = call.args[0]
            if name == "check" and isinstance(first, ast.Constant) and isinstance(first.value, str):
                return first.value, ast.unparse(call.args[1])
    return "", ""


def _names(node: ast.stmt, code: str) -> Names:
    try:
        table = symtable.symtable(code, "cell", "exec")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return Names(opaque=True)
    binds, imports, uses, changes = set(), set(), set(), set(_changed(node))
    for symbol in table.get_symbols():
        name = symbol.get_name()
        binds |= {name} if symbol.is_assigned() or symbol.is_imported() else set()
        imports |= {name} if symbol.is_imported() else set()
        uses |= {name} if symbol.is_referenced() else set()
    scopes = list(table.get_children())
    while scopes:
        scope = scopes.pop()
        scopes += scope.get_children()
        for symbol in scope.get_symbols():
            uses |= {symbol.get_name()} if symbol.is_global() else set()
            binds |= {symbol.get_name()} if symbol.is_declared_global() else set()
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        uses.discard(node.name)  # a function that calls itself
    star = isinstance(node, ast.ImportFrom) and any(alias.name == "*" for alias in node.names)
    opaque = star or bool(uses & OPAQUE)
    return Names(*map(frozenset, (binds, imports, changes, uses)), opaque)


def _changed(statement: ast.stmt) -> Iterator[str]:
    """Names whose objects a statement changes: ``x[0] = 1``, ``x.y = 1``, ``x.append(1)``."""
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return
    for node in ast.walk(statement):
        target = None
        if isinstance(node, ast.Subscript | ast.Attribute) and not isinstance(node.ctx, ast.Load):
            target = node
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            target = node.value.func
        while isinstance(target, ast.Subscript | ast.Attribute | ast.Call):
            target = target.func if isinstance(target, ast.Call) else target.value
            if isinstance(target, ast.Name):
                yield target.id


@dataclass(frozen=True)
class Step:
    """A statement at its place in a notebook.

    kind: ``lesson`` (runs only if somebody needs it), ``own`` or ``stub``; cell: which of the
    notebook's cells it stands in; always: it runs even if nobody asks for it.
    """

    statement: Statement
    kind: str
    cell: int
    always: bool = False

    @property
    def names(self) -> Names:
        return self.statement.names


def needed(steps: Sequence[Step], start: Iterable[str]) -> set[int]:
    """Which steps must run, in their order, so that the names in ``start`` hold what they should.

    Of the lesson: every statement that binds or changes a name that is needed, wherever it stands.
    Of the student: all, but for those that need the lesson's work for something else, such as a
    picture of a training that no answer uses.
    """
    modules = {name for step in steps for name in step.names.imports}
    wanted, chosen = set(start), set()
    while True:
        present = {name for i in chosen for name in steps[i].names.binds} | wanted
        left = [i for i in range(len(steps)) if i not in chosen]
        absent = {name for i in left for name in steps[i].names.binds} - present
        new = {i for i in left if _takes(steps[i], wanted, absent, modules)}
        if not new:
            return chosen
        chosen |= new
        wanted |= {name for i in new for name in steps[i].names.uses}


def _takes(step: Step, wanted: set[str], absent: set[str], modules: set[str]) -> bool:
    names = step.names
    # a call of a module's function changes something else than the module
    if step.always or (names.binds | (names.changes - modules)) & wanted:
        return True
    return step.kind != "lesson" and (names.opaque or not names.uses & absent)


# ----------------------------------------------------------------------------------- lessons
@dataclass(frozen=True)
class Task:
    """Something that earns points.

    kind: ``code`` or ``open``; place, check: its cell and its check's in the instructor edition;
    names: what its cell defines; key: changes whenever it must be graded anew.
    """

    name: str
    kind: str
    points: float
    place: int
    check: int | None
    names: frozenset[str]
    key: str


@dataclass(frozen=True, eq=False)
class Lesson:
    """A lesson as the grader knows it: both editions and what is graded."""

    name: str
    master: NotebookNode
    release: NotebookNode
    tasks: tuple[Task, ...]

    @cached_property
    def released(self) -> dict[int, NotebookNode]:
        """Cells that students got, by their place in the instructor edition (rubrics are not)."""
        places = (i for i, cell in enumerate(self.master.cells) if "rubric" not in cell.metadata)
        return dict(zip(places, self.release.cells, strict=True))

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        """The lesson's own statements, without answers and checks; ``cell`` is their place.

        Of the setup cell, the first one with code, all but unused imports always run.
        """
        graded = {task.place for task in self.tasks} | {task.check for task in self.tasks}
        code = [i for i, cell in enumerate(self.master.cells) if cell.cell_type == "code"]
        return tuple(
            Step(s, "lesson", place, always=place == code[0] and not s.names.imports)
            for place in code
            if place not in graded
            for s in statements(self.master.cells[place].source) or ()
        )

    @cached_property
    def stubs(self) -> frozenset[str]:
        """Normal forms of the statements that students found in the cells of the exercises."""
        cells = [self.released[task.place] for task in self.tasks if task.kind == "code"]
        return frozenset(s.text for cell in cells for s in statements(cell.source) or ())

    def checked(self, task: Task) -> set[str]:
        """The names that a task's check uses."""
        found = statements(self.master.cells[task.check].source) or ()
        return {name for s in found for name in s.names.uses}

    def task(self, name: str) -> Task:
        return next(task for task in self.tasks if task.name == name)


def lessons(root: Path) -> dict[str, Lesson]:
    """All lessons that ``solutions/`` holds, by name.

    Raises:
        FileNotFoundError: there is none; build them first.
    """
    found = sorted((root / "solutions").glob("[0-9]*.ipynb"))
    if not found:
        raise FileNotFoundError(
            f"no instructor notebooks in {root / 'solutions'}: run 'course build' first"
        )
    return {path.stem: _lesson(path) for path in found}


def _lesson(path: Path) -> Lesson:
    master = nbformat.read(path, as_version=4)
    for cell in master.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    checks = _checks_file(path.stem)
    marked = [(i, c, c.metadata.nbgrader) for i, c in enumerate(master.cells) if _is_graded(c)]
    by_id = {mark.grade_id: (i, c) for i, c, mark in marked}
    tasks = []
    for place, cell, mark in marked:
        if not mark.solution:
            continue
        check, bound = by_id.get(f"check_{mark.grade_id}", (None, None))
        source = cell if mark.grade else bound
        points = float(source.metadata.nbgrader.points)
        found = statements(cell.source) or () if cell.cell_type == "code" else ()
        own = frozenset(name for s in found for name in s.names.binds - s.names.imports)
        parts = [FORMAT, str(points), mark.grade_id, source.source, checks]
        key = hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]
        kind = "open" if mark.grade else "code"
        tasks.append(Task(mark.grade_id, kind, points, place, check, own, key))
    return Lesson(path.stem, master, learner_edition(master), tuple(tasks))


def _is_graded(cell: NotebookNode) -> bool:
    return "nbgrader" in cell.metadata


def _checks_file(lesson: str) -> str:
    from course_utils import checks

    path = Path(checks.__file__).with_name(f"lesson_{lesson[:2]}.py")
    return path.read_text(encoding="utf-8") if path.exists() else ""
