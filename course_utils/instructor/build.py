"""One source per lesson, two notebooks: ``solutions/NN_name.py`` becomes

* ``solutions/NN_name.ipynb``, the instructor edition: executed, solutions and rubrics inside;
* ``notebooks/NN_name.ipynb``, the learner edition: no solution, no hidden test, no output.

A source is a py:percent script whose cells carry marks (``# %% exercise="name"``):

=====================  ==========================================================================
``setup=true``         the lesson's first code; the build puts Colab and dataset lines above it
``exercise="n"``       code with ``### BEGIN SOLUTION`` … ``### END SOLUTION``
``check="n" points=3`` its check, with ``### BEGIN HIDDEN TESTS`` … ``### END HIDDEN TESTS``
``open="n" points=4``  an answer in words, model answer between the solution marks
``rubric="n"``         how that answer is graded; instructor edition only
``fact=true``          output is a fact of the data: nbval compares it
``hide_input=true``    the code is folded away
=====================  ==========================================================================

nbgrader's own preprocessors do the clearing, so the learner edition is a valid nbgrader release.
"""

from __future__ import annotations

import hashlib
import re
import subprocess
import tempfile
import tomllib
from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from pathlib import Path

import jupytext
import nbformat
from nbformat import NotebookNode
from nbgrader.preprocessors import (
    ClearHiddenTests,
    ClearOutput,
    ClearSolutions,
    ComputeChecksums,
    LockCells,
)

from course_utils import results
from course_utils.execution import CellError, execute, kernel_environment

NAMED = ("exercise", "check", "open", "rubric")
KEYS = {*NAMED, "setup", "points", "fact", "hide_input", "tags"}
MAX_LINES = 25
MARK = re.compile(r"(BEGIN|END) (SOLUTION|HIDDEN TESTS)")
PLACEHOLDER = re.compile(r"\{\{(.+?)\}\}")
GITHUB = re.compile(r"github\.com[:/]([\w.-]+/[\w.-]+?)(?:\.git)?/?$")
BUILT_FOR = re.compile(r"git\+(https://github\.com/[\w./-]+)@main")
BLOCK = re.compile(r"(<!-- results:begin (.+?) -->)(.*?)(<!-- results:end -->)", re.DOTALL)
BADGE = (
    "[![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)]"
    "(https://colab.research.google.com/github/{name}/blob/main/notebooks/{lesson}.ipynb)"
)

# Colab ships TensorFlow, numpy and friends: a constraints file makes pip refuse to move them.
SETUP = """\
import os
import sys

DATASET = os.environ.get("COURSE_DATASET", "ml-100k")  # one word for full scale: "ml-1m"
os.environ.update(TF_CPP_MIN_LOG_LEVEL="3", TF_ENABLE_ONEDNN_OPTS="0")  # a quiet TensorFlow

{colab}
{imports}"""
COLAB = """\
if "google.colab" in sys.modules:  # add the course, keep the version of all that Colab ships
    KEEP = "tensorflow|keras|jax|jaxlib|numpy|pandas|scipy|scikit-learn|matplotlib|numba|ipykernel"
    !pip list --format=freeze | grep -E "^({{KEEP}})==" > /tmp/constraints.txt
    !pip install -q -c /tmp/constraints.txt git+{url}@main
"""
COLAB_UNKNOWN = """\
if "google.colab" in sys.modules:  # this copy was built without the course's address
    print("In Colab, install the course first: %pip install git+ADDRESS, with the address of the"
          " repository that this notebook comes from. Then run this cell again.")
"""


class BuildError(ValueError):
    """What is wrong in a lesson's source: file, line, cell and remedy, one problem a line."""


# ------------------------------------------------------------------ from source to editions
def instructor_edition(
    source: Path, *, repository: str | None = None, results_folder: Path | None = None
) -> NotebookNode:
    """The unexecuted instructor notebook of one lesson source.

    Raises:
        BuildError: the source breaks a rule; all problems are listed.
    """
    lesson = source.stem
    cells = _read(source)
    if problems := [f"{_place(source, line)}: {text}" for line, text in _problems(cells)]:
        raise BuildError("\n".join(problems))
    built, unnamed = [], 0
    for line, cell in cells:
        marks = dict(cell.metadata)
        kind = next((k for k in (*NAMED, "setup") if k in marks), None)
        unnamed += kind is None
        name = f"{kind}:{marks[kind]}" if kind else str(unnamed)
        if kind == "setup":
            cell.source = setup_source(cell.source, repository)
        if cell.cell_type == "markdown":
            try:
                cell.source = fill(cell.source, lesson, repository, results_folder)
            except results.UnknownResultError as error:
                raise BuildError(f"{_place(source, line)}: {error}") from error
        cell.id = hashlib.sha256(f"{lesson}/{name}".encode()).hexdigest()[:12]
        cell.metadata = NotebookNode(_metadata(kind, marks))
        built.append(cell)
    kernel = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
    metadata = {"kernelspec": kernel, "language_info": {"name": "python"}}
    return nbformat.from_dict(
        {"cells": built, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
    )


def learner_edition(instructor: NotebookNode) -> NotebookNode:
    """The notebook a learner gets, made from the instructor edition by nbgrader."""
    notebook, resources = deepcopy(instructor), {}
    notebook.cells = [cell for cell in notebook.cells if "rubric" not in cell.metadata]
    for cell in notebook.cells:  # there is no output to compare with
        tags = [tag for tag in cell.metadata.pop("tags", []) if tag != "nbval-check-output"]
        cell.metadata.update({"tags": tags} if tags else {})
    for step in (
        ClearSolutions(code_stub={"python": "..."}, text_stub="*Your answer here.*"),
        ClearHiddenTests(),
        ClearOutput(),
        LockCells(),
        ComputeChecksums(),
    ):
        notebook, resources = step.preprocess(notebook, resources)
    return notebook


def _read(source: Path) -> list[tuple[int, NotebookNode]]:
    """Cells of a lesson with the line each starts on."""
    text = source.read_text(encoding="utf-8")
    cells = jupytext.reads(text, fmt="py:percent").cells
    lines = [n for n, line in enumerate(text.splitlines(), 1) if line.startswith("# %%")]
    if len(cells) != len(lines):
        raise BuildError(f"{_place(source, 1)}: text before the first '# %%': give it a cell")
    for cell in cells:
        cell.metadata.pop("lines_to_next_cell", None)
    return list(zip(lines, cells, strict=True))


def _place(source: Path, line: int) -> str:
    return f"{source.parent.name}/{source.name}:{line}"


def _metadata(kind: str | None, marks: dict) -> dict:
    """nbgrader's metadata (schema 3) and nbval's tags for one cell."""
    built: dict = {"tags": list(marks["tags"])} if marks.get("tags") else {}
    if marks.get("fact"):
        built["tags"] = [*built.get("tags", []), "nbval-check-output"]
    if marks.get("hide_input"):
        built["jupyter"] = {"source_hidden": True}
    if kind == "rubric":
        built["rubric"] = marks["rubric"]
    if kind in ("exercise", "check", "open"):
        built["nbgrader"] = {
            "grade": kind != "exercise",
            "grade_id": f"check_{marks['check']}" if kind == "check" else marks[kind],
            "locked": kind == "check",
            "schema_version": 3,
            "solution": kind != "check",
            "task": False,
        } | ({"points": marks["points"]} if kind != "exercise" else {})
    return built


def _problems(cells: list[tuple[int, NotebookNode]]) -> Iterator[tuple[int, str]]:
    """Line and text of each broken rule."""
    seen: dict[str, int] = {}
    checked = {cell.metadata.get("check") for _, cell in cells}
    opened = {cell.metadata.get("open") for _, cell in cells}
    for line, cell in cells:
        marks, found = cell.metadata, {what for _, what in MARK.findall(cell.source)}
        for key in sorted(set(marks) - KEYS):
            yield line, f"unknown cell mark {key!r}: use one of {', '.join(sorted(KEYS))}"
        kinds = [kind for kind in (*NAMED, "setup") if kind in marks]
        if len(kinds) > 1:
            yield line, f"a cell is one thing, not {' and '.join(kinds)}: split it"
        for kind in kinds:
            name = marks[kind]
            if kind != "setup" and not re.fullmatch(r"[A-Za-z][\w-]*", str(name)):
                yield line, f"{kind} {name!r}: name it with letters, digits and _"
            group = "exercise" if kind == "open" else kind
            if first := seen.get(f"{group}:{name}"):
                yield line, f"duplicate {kind} {name!r}, first on line {first}: rename one"
            seen.setdefault(f"{group}:{name}", line)
            if kind == "check" and f"exercise:{name}" not in seen:
                yield line, f"check {name!r} has no exercise above it: add one or fix the name"
            if kind == "exercise" and name not in checked:
                yield line, f"exercise {name!r} has no check: add a cell check={name!r} points=…"
            if kind == "rubric" and name not in opened:
                yield line, f"rubric {name!r} has no open question: add one or fix the name"
            if kind in ("exercise", "open") and "SOLUTION" not in found:
                yield (
                    line,
                    f"{kind} {name!r} has no solution: put it between ### BEGIN SOLUTION "
                    "and ### END SOLUTION",
                )
            if kind in ("check", "open") and not _is_points(marks.get("points")):
                yield line, f"{kind} {name!r} needs points: write points=3 beside its name"
        if "SOLUTION" in found and not {"exercise", "open"} & set(kinds):
            yield line, 'a solution outside an exercise: mark the cell exercise="name"'
        if "HIDDEN TESTS" in found and "check" not in kinds:
            yield line, 'hidden tests outside a check: move them into the cell check="name"'
        order = [f"{edge} {what}" for edge, what in MARK.findall(cell.source)]
        pairs = [o for what in re.findall("BEGIN (.+)", "\n".join(order)) for o in _pair(what)]
        if order != pairs:
            yield line, f"unbalanced marks ({', '.join(order)}): each BEGIN needs its END after it"
        lines = [text for text in cell.source.splitlines() if not MARK.search(text)]
        if cell.cell_type == "code" and len(lines) > MAX_LINES:
            yield line, f"{len(lines)} lines of code, the limit is {MAX_LINES}: split the cell"


def _pair(what: str) -> tuple[str, str]:
    return f"BEGIN {what}", f"END {what}"


def _is_points(points: object) -> bool:
    return isinstance(points, int) and not isinstance(points, bool) and points > 0


# ------------------------------------------------------------------------- text that is filled
def setup_source(imports: str, repository: str | None) -> str:
    """The setup cell: dataset, quiet TensorFlow, installation on Colab, the lesson's imports."""
    colab = COLAB.replace("{url}", repository) if repository else COLAB_UNKNOWN
    return SETUP.format(colab=colab.replace("{{", "{").replace("}}", "}"), imports=imports).strip()


def fill(text: str, lesson: str, repository: str | None = None, folder: Path | None = None) -> str:
    """Markdown with its placeholders replaced by measured values and the Colab badge."""
    badge = GITHUB.search(repository or "")
    if not badge:
        text = re.sub(r"\n?^.*\{\{colab_badge\}\}.*\n?", "", text, flags=re.MULTILINE)

    def value(match: re.Match[str]) -> str:
        if match[1].strip() == "colab_badge" and badge:
            return BADGE.format(name=badge[1], lesson=lesson)
        return results.lookup(match[1], lesson=lesson, folder=folder)

    return PLACEHOLDER.sub(value, text)


def fill_readme(text: str, folder: Path) -> str:
    """README text with every ``<!-- results:begin … -->`` block written anew.

    ``results:begin ml-1m 02_baseline`` holds that lesson's table; a sentence with placeholders
    (``results:begin Ours scores {{ml-1m.ours.rmse}}.``) holds the sentence, filled.
    """

    def block(match: re.Match[str]) -> str:
        try:
            if "{{" in match[2]:
                return f"{match[1]}{fill(match[2], '', folder=folder)}{match[4]}"
            dataset, lesson = match[2].split()
            return f"{match[1]}\n{results.table(dataset, lesson=lesson, folder=folder)}\n{match[4]}"
        except (ValueError, results.UnknownResultError) as error:
            raise BuildError(f"README.md, block {match[2]!r}: {error}") from error

    return BLOCK.sub(block, text)


def repository_setting(root: Path) -> str | None:
    """The course's address from ``[tool.course] repository`` in pyproject.toml."""
    settings = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    return _address(settings.get("tool", {}).get("course", {}).get("repository", ""))


def repository_address(root: Path) -> str | None:
    """The setting, else the git remote ``origin`` if it is on GitHub, else None."""
    git = ["git", "-C", str(root), "config", "--get", "remote.origin.url"]
    return repository_setting(root) or _address(
        subprocess.run(git, capture_output=True, text=True, check=False).stdout.strip()
    )


def _address(text: str) -> str | None:
    found = GITHUB.search(text)
    return f"https://github.com/{found[1]}" if found else None


# ----------------------------------------------------------------------------------- building
def build(
    root: Path,
    lessons: Sequence[str] = (),
    *,
    run: bool = True,
    say: Callable[[str], None] = print,
) -> list[Path]:
    """Write both editions of the chosen lessons (all by default) and the README's blocks.

    With ``run=False`` nothing is executed: outputs stay where no code cell changed.
    Returns the files that changed.
    """
    changed = []
    for source in choose(root, lessons):
        solution, learner = _targets(root, source)
        notebook = instructor_edition(
            source, repository=repository_address(root), results_folder=root / "results"
        )
        changed += _write(learner, dumps(learner_edition(notebook)))
        if run:
            say(f"{source.stem}: running")
            _execute(notebook, source)
        elif solution.exists():
            _keep_outputs(notebook, nbformat.read(solution, as_version=4))
        changed += _write(solution, dumps(notebook))
    readme = root / "README.md"
    if readme.exists():
        filled = fill_readme(readme.read_text(encoding="utf-8"), root / "results")
        changed += _write(readme, filled)
    return changed


def check(root: Path, lessons: Sequence[str] = ()) -> list[str]:
    """What differs from a fresh build, one line a file; empty if all is as it should be.

    The address in the setup cell and the badge is the setting's or the one the notebook was built
    with: a fork, or a copy without a remote, passes the same check.
    """
    wrong = []
    for source in choose(root, lessons):
        solution, learner = _targets(root, source)
        found = learner.read_text(encoding="utf-8") if learner.exists() else ""
        built_for = BUILT_FOR.search(found)
        address = repository_setting(root) or (built_for[1] if built_for else None)
        notebook = instructor_edition(source, repository=address, results_folder=root / "results")
        if found != dumps(learner_edition(notebook)):
            wrong.append(f"{learner.relative_to(root)}: not what its source gives")
        if not solution.exists():
            wrong.append(f"{solution.relative_to(root)}: missing")
            continue
        present = nbformat.read(solution, as_version=4)
        if not all(c.execution_count for c in present.cells if c.cell_type == "code" and c.source):
            wrong.append(f"{solution.relative_to(root)}: not executed")
        if dumps(ClearOutput().preprocess(present, {})[0]) != dumps(notebook):
            wrong.append(f"{solution.relative_to(root)}: not what its source gives")
    sources = {source.stem for source in choose(root)}
    for orphan in sorted((root / "notebooks").glob("*.ipynb")):
        if orphan.stem not in sources:
            wrong.append(f"{orphan.relative_to(root)}: has no source, delete it")
    readme = root / "README.md"
    text = readme.read_text(encoding="utf-8") if readme.exists() else ""
    if fill_readme(text, root / "results") != text:
        wrong.append("README.md: a results block is out of date")
    return wrong


def choose(root: Path, lessons: Sequence[str] = ()) -> list[Path]:
    """Sources whose name starts with, or is, one of ``lessons``; all without any."""
    sources = sorted((root / "solutions").glob("[0-9]*.py"))
    unknown = [n for n in lessons if not any(s.stem.startswith(n) for s in sources)]
    if unknown:
        known = ", ".join(source.stem for source in sources) or "none"
        raise BuildError(f"no lesson {unknown[0]!r} in solutions/: there are {known}")
    return [s for s in sources if not lessons or any(s.stem.startswith(n) for n in lessons)]


def dumps(notebook: NotebookNode) -> str:
    """The notebook as text, the same bytes every time."""
    return nbformat.writes(notebook).rstrip("\n") + "\n"


def _targets(root: Path, source: Path) -> tuple[Path, Path]:
    return source.with_suffix(".ipynb"), root / "notebooks" / f"{source.stem}.ipynb"


def _write(path: Path, text: str) -> list[Path]:
    if path.exists() and path.read_text(encoding="utf-8") == text:
        return []
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return [path]


def _execute(notebook: NotebookNode, source: Path) -> None:
    # A build quotes results, it makes none: what the lesson records goes nowhere.
    with tempfile.TemporaryDirectory() as scratch:
        try:
            execute(notebook, source.parent, kernel_environment("ml-100k", Path(scratch)))
        except CellError as error:
            line = _read(source)[error.index][0]
            raise BuildError(f"{_place(source, line)}: {error}") from error


def _keep_outputs(notebook: NotebookNode, old: NotebookNode) -> None:
    """Take over the outputs of an earlier run, unless any code changed since."""
    new, past = ([c for c in n.cells if c.cell_type == "code"] for n in (notebook, old))
    if [c.source for c in new] == [c.source for c in past]:
        for cell, before in zip(new, past, strict=True):
            cell.outputs, cell.execution_count = before.outputs, before.execution_count
