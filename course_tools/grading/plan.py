"""What a lesson asks for, and which cells an answer needs.

A whole lesson trains networks for a minute. Grading runs what the exercises need and no more: the
answers themselves, and the statements and cells that define the names they use. Which those are is
read from the code, with Python's own symbol tables.
"""

from __future__ import annotations

import ast
import hashlib
import symtable
import warnings
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

import nbformat
from IPython.core.inputtransformer2 import TransformerManager
from nbformat import NotebookNode

from course_tools.authoring.build import learner_edition

FORMAT = "1"  # of stored results; another one grades everything anew
HIDDEN = ("### BEGIN HIDDEN TESTS", "### END HIDDEN TESTS")


# ------------------------------------------------------------------------------------- names
@dataclass(frozen=True)
class Names:
    """Global names of a piece of code: bound, bound by an import, changed in place, used."""

    binds: frozenset[str] = frozenset()
    imports: frozenset[str] = frozenset()
    changes: frozenset[str] = frozenset()
    uses: frozenset[str] = frozenset()


def plain_python(source: str) -> str:
    """Code without IPython's magics."""
    return TransformerManager().transform_cell(source)


@lru_cache(maxsize=4096)
def names(source: str) -> Names | None:
    """The global names of a cell; None if it is no Python."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            code = plain_python(source)
            tree = ast.parse(code)
            table = symtable.symtable(code, "cell", "exec")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    binds, imports, uses, changes = set(), set(), set(), set(_changed(tree.body))
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
            if symbol.is_global() and symbol.is_referenced():
                uses.add(symbol.get_name())
    return Names(*map(frozenset, (binds, imports, changes, uses)))


def _changed(statements: Iterable[ast.stmt]) -> Iterator[str]:
    """Names whose objects a cell changes: ``x[0] = 1``, ``x.y = 1``, ``x.append(1)``."""
    for statement in statements:
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            continue
        for node in ast.walk(statement):
            target = None
            if isinstance(node, ast.Subscript | ast.Attribute) and not isinstance(
                node.ctx, ast.Load
            ):
                target = node
            elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
                target = node.value.func
            while isinstance(target, ast.Subscript | ast.Attribute | ast.Call):
                target = target.func if isinstance(target, ast.Call) else target.value
                if isinstance(target, ast.Name):
                    yield target.id


@dataclass(frozen=True)
class Piece:
    """Code that runs as a whole: a statement of the lesson, an answer, a cell of the student's.

    place: the cell of the instructor edition it belongs to; kind: ``lesson``, ``answer`` or
    ``own``; always: it runs even if nothing asks for it.
    """

    source: str
    place: int
    kind: str
    names: Names
    task: str = ""
    always: bool = False


def needed(pieces: Sequence[Piece], start: Iterable[str], before: int) -> list[int]:
    """Which pieces must run, in their order, so that the names in ``start`` hold what they should.

    before: only pieces up to this one count, unless a name is defined later only.
    """
    chosen = {i for i, piece in enumerate(pieces[:before]) if piece.always}
    todo = [(name, before) for name in start]
    todo += [(name, i) for i in chosen for name in pieces[i].names.uses]
    seen = set(todo)
    while todo:
        name, end = todo.pop()
        for i in _definitions(pieces, name, end):
            if i not in chosen:
                chosen.add(i)
                new = {(use, i) for use in pieces[i].names.uses} - seen
                seen |= new
                todo += new
    return sorted(chosen)


def _definitions(pieces: Sequence[Piece], name: str, end: int) -> list[int]:
    """The piece that defines a name for the one at ``end``, and those that change it after."""
    changes = []
    for i in reversed(range(end)):
        if name in pieces[i].names.binds:
            # nobody changes a module; a call of one of its functions changes something else
            return [i] if name in pieces[i].names.imports else [i, *changes]
        if name in pieces[i].names.changes:
            changes.append(i)
    later = (i for i in range(end + 1, len(pieces)) if name in pieces[i].names.binds)
    return [*changes, *list(later)[:1]]


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


@dataclass(frozen=True)
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
    def pieces(self) -> tuple[Piece, ...]:
        """The lesson's own code, without answers and checks, statement by statement."""
        graded = {task.place for task in self.tasks} | {task.check for task in self.tasks}
        setup = next((i for i, c in enumerate(self.master.cells) if c.cell_type == "code"), None)
        return tuple(
            piece
            for place, cell in enumerate(self.master.cells)
            if cell.cell_type == "code" and place not in graded
            for piece in split(cell.source, place, setup=place == setup)
        )

    def task(self, name: str) -> Task:
        return next(task for task in self.tasks if task.name == name)


def split(source: str, place: int, *, setup: bool = False) -> Iterator[Piece]:
    """The statements of a lesson's cell. Of the setup cell, all but unused imports always run."""
    for statement in ast.parse(plain_python(source)).body:
        code = ast.unparse(statement)
        imports = isinstance(statement, ast.Import | ast.ImportFrom)
        found = names(code) or Names()
        yield Piece(code, place, "lesson", found, always=setup and not imports)


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
    return {path.stem: _lesson(path, root) for path in found}


def _lesson(path: Path, root: Path) -> Lesson:
    master = nbformat.read(path, as_version=4)
    for cell in master.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    release = learner_edition(master)
    checks = _checks_file(path.stem)
    marks = [(i, c, c.metadata.nbgrader) for i, c in enumerate(master.cells) if _is_graded(c)]
    by_id = {mark.grade_id: (i, c) for i, c, mark in marks}
    tasks = []
    for place, cell, mark in marks:
        if not mark.solution:
            continue
        check, bound = by_id.get(f"check_{mark.grade_id}", (None, None))
        source = cell if mark.grade else bound
        points = float(source.metadata.nbgrader.points)
        found = (names(cell.source) or Names()) if cell.cell_type == "code" else Names()
        parts = [FORMAT, str(points), mark.grade_id, source.source, checks]
        key = hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]
        kind = "open" if mark.grade else "code"
        own = found.binds - found.imports
        tasks.append(Task(mark.grade_id, kind, points, place, check, own, key))
    return Lesson(path.stem, master, release, tuple(tasks))


def _is_graded(cell: NotebookNode) -> bool:
    return "nbgrader" in cell.metadata


def _checks_file(lesson: str) -> str:
    from course_utils import checks

    path = Path(checks.__file__).with_name(f"lesson_{lesson[:2]}.py")
    return path.read_text(encoding="utf-8") if path.exists() else ""
