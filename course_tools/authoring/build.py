"""One source per lesson, two notebooks: ``solutions/NN_name.py`` becomes

* ``solutions/NN_name.ipynb``, the instructor edition: executed, solutions and rubrics inside;
* ``notebooks/NN_name.ipynb``, the learner edition: no solution, no hidden test, no output.

``source`` says how a source is written, ``fill`` what is filled in. nbgrader's own preprocessors
do the clearing, so the learner edition is a valid nbgrader release.
"""

from __future__ import annotations

import hashlib
import re
import tempfile
from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbgrader.preprocessors import (
    ClearHiddenTests,
    ClearOutput,
    ClearSolutions,
    ComputeChecksums,
    LockCells,
)

from course_tools.authoring import claims, glossary, parts
from course_tools.authoring.fill import (
    TAG,
    built_for,
    fill_page,
    fill_text,
    repository_address,
    repository_setting,
    setup_source,
)
from course_tools.authoring.run import CellError, execute, kernel_environment
from course_tools.authoring.source import MARK, BuildError, grade_id, kind_and_name, place, read
from course_tools.root import lesson_name
from course_tools.work import edited, keep_aside, stamp
from course_utils.protocol.results import UnknownResultError

CLAIMS = "docs/claims.md"
GLOSSARY = "docs/glossary.md"
BADGE = "{{colab_badge}}"
METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


# ------------------------------------------------------------------------------- editions
def instructor_edition(
    source: Path, results_folder: Path, repository: str | None = None
) -> NotebookNode:
    """The instructor notebook of one lesson source, not yet executed.

    Raises:
        BuildError: the source breaks a rule, or a placeholder names nothing that was measured.
    """
    lesson, unnamed, unknown = source.stem, 0, []
    notebook = nbformat.v4.new_notebook(metadata=METADATA)
    told = _teller(source, results_folder, repository)
    for line, cell in read(source):
        kind, name = kind_and_name(cell) or (None, "")
        unnamed += kind is None
        # A named cell keeps its id wherever it moves; others are known by their position.
        identity = f"{lesson}/{kind}/{name}" if kind else f"{lesson}/{unnamed}"
        cell.id = hashlib.sha256(identity.encode()).hexdigest()[:12]
        if kind == "setup":
            cell.source = setup_source(cell.source, repository)
        if cell.cell_type == "markdown":
            try:
                cell.source = told(cell, kind)
            except (UnknownResultError, BuildError) as error:
                unknown += [f"{place(source, line)}: {text}" for text in str(error).split("\n")]
            # "###" is a heading here; nbgrader finds its mark in a comment as well
            cell.source = re.sub(rf"#* *({MARK.pattern})", r"<!-- \1 -->", cell.source)
        cell.metadata = nbformat.from_dict(_metadata(kind, name, cell.metadata))
        notebook.cells.append(cell)
    if unknown:
        raise BuildError("\n".join(unknown))
    stamp(notebook)
    return notebook


def _teller(
    source: Path, results_folder: Path, repository: str | None
) -> Callable[[NotebookNode, str | None], str]:
    """What a lesson's markdown cells say once all that a source leaves open is filled in."""
    lesson, page, seen = source.stem, source.parent.parent / GLOSSARY, set[str]()
    known = glossary.terms(page.read_text("utf-8"), lesson) if page.exists() else {}
    base = f"{repository}/blob/{TAG}" if repository else ".."
    around = parts.way_around(lesson, sorted(source.parent.glob("[0-9]*.py")))

    def told(cell: NotebookNode, kind: str | None) -> str:
        text = cell.source.replace(BADGE, f"{BADGE}\n\n{around}".strip())
        if known and kind not in ("open", "rubric", "quiz"):
            text = glossary.linked(text, seen, known, base)
        text = fill_text(text, lesson, results_folder, repository)
        if cell.metadata.get("after"):
            parts.folded(text)  # a heading in it is the author's mistake, in either edition
        return parts.quiz(text) if kind == "quiz" else text

    return told


def learner_edition(instructor: NotebookNode) -> NotebookNode:
    """The notebook a learner gets, made from the instructor edition by nbgrader."""
    notebook, resources = deepcopy(instructor), {}
    notebook.cells = [cell for cell in notebook.cells if "rubric" not in cell.metadata]
    for cell in notebook.cells:  # without outputs nbval has nothing to compare
        if cell.metadata.pop("after", False):
            cell.source = parts.folded(cell.source)
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
    stamp(notebook)
    return notebook


def _metadata(kind: str | None, name: str, marks: NotebookNode) -> dict:
    """nbgrader's metadata (schema 3), nbval's tag and JupyterLab's folding for one cell."""
    built: dict = {}
    if tags := [*marks.get("tags", []), *(["nbval-check-output"] if marks.get("fact") else [])]:
        built["tags"] = tags
    if marks.get("hide_input"):
        built["jupyter"] = {"source_hidden": True}
    if kind == "rubric":
        built["rubric"] = name
    if marks.get("after"):
        built["after"] = True
    if kind in ("exercise", "check", "open"):
        built["nbgrader"] = {
            "grade": kind != "exercise",
            "grade_id": grade_id(kind, name),
            "locked": kind == "check",
            "schema_version": 3,
            "solution": kind != "check",
            "task": False,
        } | ({} if kind == "exercise" else {"points": marks.points})
    return built


# --------------------------------------------------------------------------- build and check
def build_lessons(
    root: Path, lessons: Sequence[str] = (), *, run: bool = True, say: Callable = print
) -> list[Path]:
    """Write both editions of the chosen lessons (default: all) and the pages' results blocks.

    A notebook that somebody wrote into is not the build's own: a copy of it is kept in ``work/``.

    With ``run=False`` nothing is executed: outputs stay where no code cell changed.
    Returns the files that changed.
    """
    changed = []
    for source in choose(root, lessons):
        solution, learner = _targets(root, source)
        notebook = instructor_edition(source, root / "results", repository_address(root))
        changed += _replace(root, learner, dumps(learner_edition(notebook)), say)
        if run:
            say(f"{source.stem}: running")
            _execute(notebook, source)
        elif solution.exists():
            _keep_outputs(notebook, nbformat.read(solution, as_version=4))
        changed += _replace(root, solution, dumps(notebook), say)
    if (root / "results" / "claims").is_dir():
        changed += _write(root / CLAIMS, _claims(root))
    for page, _, filled in _pages(root):
        changed += _write(page, filled)
    return changed


def check(root: Path, lessons: Sequence[str] = ()) -> list[str]:
    """What differs from a fresh build, and what is concluded without evidence, one line each.

    Empty if all is as it should be.

    Without a ``repository`` setting, badge and setup cell may name whatever address the notebook
    was built with: a fork, or a copy without a remote, passes the same check.
    """
    sources = choose(root, lessons)
    return [
        *claims.refused(root, sources, [page for page, _, _ in _pages(root)]),
        *_differences(root, sources),
        *_orphans(root),
        *_stale_pages(root),
    ]


def judged(root: Path, lessons: Sequence[str] = ()) -> list[claims.Verdict]:
    """Every claim of some lessons (default: all, and the pages') with its evidence."""
    sources = choose(root, lessons)
    pages = [] if lessons else [page for page, _, _ in _pages(root)]
    found = list(claims.texts(root, sources, pages))
    return claims.verdicts(root, found, [source.stem for source in sources])


def _claims(root: Path) -> str:
    return claims.page(judged(root), root / "results")


def _differences(root: Path, sources: list[Path]) -> Iterator[str]:
    for source in sources:
        solution, learner = _targets(root, source)
        found = learner.read_text(encoding="utf-8") if learner.exists() else ""
        address = repository_setting(root) or built_for(found)
        notebook = instructor_edition(source, root / "results", address)
        if edited(learner):
            yield (
                f"{_named(root, learner)}: you have answers here; 'course lab' opens your own "
                "copy in work/, and a build keeps one"
            )
        elif found != dumps(learner_edition(notebook)):
            yield f"{_named(root, learner)}: not what its source gives"
        if not solution.exists():
            yield f"{_named(root, solution)}: missing"
            continue
        present = nbformat.read(solution, as_version=4)
        code = [cell for cell in present.cells if cell.cell_type == "code" and cell.source]
        if not all(cell.execution_count for cell in code):
            yield f"{_named(root, solution)}: not executed"
        if dumps(ClearOutput().preprocess(present, {})[0]) != dumps(notebook):
            yield f"{_named(root, solution)}: not what its source gives"


def _orphans(root: Path) -> Iterator[str]:
    sources = {source.stem for source in choose(root)}
    for folder in ("notebooks", "solutions"):
        for path in sorted((root / folder).glob("*.ipynb")):
            if path.stem not in sources:
                yield f"{_named(root, path)}: has no source, delete it"


def _stale_pages(root: Path) -> Iterator[str]:
    told = root / CLAIMS
    declared = (root / "results" / "claims").is_dir()
    if declared and not (told.exists() and told.read_text("utf-8") == _claims(root)):
        yield f"{CLAIMS}: not what the claims and results give"
    for page, text, filled in _pages(root):
        if filled != text:
            yield f"{_named(root, page)}: a results block is out of date"


def _pages(root: Path) -> Iterator[tuple[Path, str, str]]:
    """README and docs: each page, its text, and its text with the results of today."""
    readme = root / "README.md"
    for page in [*([readme] if readme.exists() else []), *sorted((root / "docs").glob("*.md"))]:
        text = page.read_text(encoding="utf-8")
        yield page, text, fill_page(text, root / "results", _named(root, page))


def choose(root: Path, lessons: Sequence[str] = ()) -> list[Path]:
    """Sources whose name starts with one of ``lessons``; all without any."""
    sources = sorted((root / "solutions").glob("[0-9]*.py"))
    lessons = [lesson_name(name) for name in lessons]
    for name in lessons:
        if not any(source.stem.startswith(name) for source in sources):
            known = ", ".join(source.stem for source in sources) or "none"
            raise BuildError(f"no lesson {name!r} in solutions/, only: {known}")
    return [s for s in sources if not lessons or s.stem.startswith(tuple(lessons))]


def dumps(notebook: NotebookNode) -> str:
    """The notebook as text, the same bytes every time."""
    return nbformat.writes(notebook).rstrip("\n") + "\n"


def _named(root: Path, path: Path) -> str:
    return path.relative_to(root).as_posix()


def _targets(root: Path, source: Path) -> tuple[Path, Path]:
    return source.with_suffix(".ipynb"), root / "notebooks" / f"{source.stem}.ipynb"


def _replace(root: Path, path: Path, text: str, say: Callable) -> list[Path]:
    if edited(path):
        copy = keep_aside(root, path)
        say(f"{_named(root, path)}: you have answers here; they are kept in {_named(root, copy)}")
    return _write(path, text)


def _write(path: Path, text: str) -> list[Path]:
    if path.exists() and path.read_text(encoding="utf-8") == text:
        return []
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")  # the same bytes on every system
    return [path]


def _execute(notebook: NotebookNode, source: Path) -> None:
    # A build quotes results and makes none: what the lesson records here is thrown away.
    with tempfile.TemporaryDirectory() as scratch:
        try:
            execute(notebook, source.parent, kernel_environment("ml-100k", Path(scratch)))
        except CellError as error:
            line = read(source)[error.index][0]
            raise BuildError(f"{place(source, line)}: {error}") from error


def _keep_outputs(notebook: NotebookNode, old: NotebookNode) -> None:
    """Take over the outputs of an earlier run, unless code changed since, the address aside."""
    new, past = ([c for c in n.cells if c.cell_type == "code"] for n in (notebook, old))
    if [_without_address(c) for c in new] == [_without_address(c) for c in past]:
        for cell, before in zip(new, past, strict=True):
            cell.outputs, cell.execution_count = before.outputs, before.execution_count


def _without_address(cell: NotebookNode) -> str:
    return re.sub(r"git\+\S+", "", cell.source)
