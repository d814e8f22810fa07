"""Running a lesson's notebook in a fresh kernel: shared by ``course run`` and ``course build``."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from course_tools.authoring.tables import table
from course_tools.root import CommandError, lesson_name
from course_utils.protocol import results

WIDGET = "application/vnd.jupyter.widget-view+json"
QUIET = {"TF_CPP_MIN_LOG_LEVEL": "3", "TF_ENABLE_ONEDNN_OPTS": "1"}


class CellError(RuntimeError):
    """A cell of a lesson raised; ``index`` counts all cells from 0."""

    def __init__(self, index: int, source: str, error: str) -> None:
        self.index, self.error = index, error
        code = [line for line in source.splitlines() if line.strip() and line.lstrip()[0] != "#"]
        super().__init__(f"cell {index + 1} ({code[0] if code else 'empty'}) failed: {error}")


def run_lessons(
    root: Path, edition: str, lessons: Sequence[str], dataset: str, out: Path | None = None
) -> bool:
    """Run lessons, write each as a page to ``<out>/html``, print what they measured.

    edition: "solutions" or "notebooks". out: default ``build`` in the course. Returns whether all
    ran to their end; one that fails is named with its cell, and the others go on.

    Raises:
        CommandError: there is no such lesson, or nothing can be written to ``out``.
    """
    build_folder = out or root / "build"
    _check_writable(build_folder)
    failed, ran = [], []
    for path in _notebooks(root / edition, lessons):
        started = time.perf_counter()
        error = _run_lesson(path, dataset, build_folder)
        print(f"{path.stem}: {time.perf_counter() - started:.0f} s")
        if error:
            failed.append(path.stem)
            print(f"{path.stem}: {error}", file=sys.stderr)
        ran.append(path.stem)
    for lesson in ran:
        try:
            rows = table(dataset, lesson=lesson, folder=build_folder / "results")
        except results.UnknownResultError:
            continue  # a lesson that measures nothing
        print(f"\n{lesson} on {dataset}\n{rows}")
    print(f"\nThe executed lessons: {build_folder / 'html'}")
    if failed:
        print(f"failed: {', '.join(failed)}", file=sys.stderr)
    return not failed


ROOM_MB = 50  # what the pages of all lessons take, and some


def _check_writable(folder: Path) -> None:
    """Before the first cell runs, not after the last."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            free = shutil.disk_usage(folder).free / 2**20
    except OSError as error:
        raise CommandError(
            f"cannot write to {folder} ({error.strerror}): name another folder with --out"
        ) from error
    if free < ROOM_MB:
        raise CommandError(
            f"{folder} has {free:.0f} MB left, the pages need {ROOM_MB}: make room, or name "
            "another folder with --out"
        )


def _notebooks(folder: Path, lessons: Sequence[str]) -> list[Path]:
    found = sorted(folder.glob("[0-9]*.ipynb"))
    lessons = [lesson_name(name) for name in lessons]
    chosen = [p for p in found if not lessons or any(p.stem.startswith(name) for name in lessons)]
    unknown = [name for name in lessons if not any(p.stem.startswith(name) for p in found)]
    if unknown or not chosen:
        known = ", ".join(path.stem for path in found) or "none"
        raise CommandError(f"no lesson {(unknown or ['*'])[0]!r} in {folder.name}/, only: {known}")
    return chosen


def _run_lesson(path: Path, dataset: str, build_folder: Path) -> str | None:
    """Execute one lesson in a folder of its own, write its HTML; the error's text if it failed."""
    import nbformat
    from nbconvert import HTMLExporter
    from tqdm import tqdm

    notebook = nbformat.read(path, as_version=4)
    environment = kernel_environment(dataset, build_folder / "results")
    environment["COURSE_LESSON"] = path.stem
    problem = None
    with (
        tempfile.TemporaryDirectory() as folder,
        tqdm(total=len(notebook.cells), desc=path.stem, unit="cell", leave=False) as bar,
    ):

        def show(index: int, source: str) -> None:
            bar.n = index
            bar.set_postfix_str(next(iter(source.strip().splitlines()), "")[:40])

        try:
            execute(notebook, Path(folder), environment, show)
        except CellError as error:
            problem = str(error)
    html, _ = HTMLExporter().from_notebook_node(notebook, {"metadata": {"name": path.stem}})
    target = build_folder / "html" / f"{path.stem}.html"
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(html, encoding="utf-8")
    except OSError as error:
        target.unlink(missing_ok=True)  # half a page is none
        raise CommandError(f"cannot write {target} ({error.strerror})") from error
    return problem


def kernel_environment(dataset: str, results: Path) -> dict[str, str]:
    """Environment variables of a lesson's kernel: dataset, where results go, quiet TensorFlow."""
    package = str(Path(__file__).resolve().parents[2])
    inherited = os.environ.get("PYTHONPATH")
    return {
        **os.environ,
        **QUIET,
        "PYTHONHASHSEED": "0",
        "PYTHONPATH": os.pathsep.join([package, *([inherited] if inherited else [])]),
        "COURSE_DATASET": dataset,
        "COURSE_RESULTS": str(results),
        "COURSE_PROGRESS": "off",
    }


def execute(
    notebook: Any,
    folder: Path,
    env: Mapping[str, str],
    on_cell: Callable[[int, str], None] | None = None,
) -> None:
    """Run all cells of a notebook (a ``NotebookNode``, changed in place) in ``folder``.

    ``on_cell(index, source)`` is called before each code cell. Outputs are tidied: nothing of the
    machine they were made on, or of the moment, stays in them.

    Raises:
        CellError: a cell raised, or its kernel died. Outputs up to there are kept.
    """
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError, DeadKernelError

    running = 0

    def started(cell: Any, cell_index: int) -> None:
        nonlocal running
        if cell.cell_type == "code":
            running = cell_index
            if on_cell:
                on_cell(cell_index, cell.source)

    client = NotebookClient(
        notebook,
        timeout=None,
        kernel_name="python3",
        resources={"metadata": {"path": str(folder)}},
        coalesce_streams=True,
        store_widget_state=False,
        extra_arguments=["--IPKernelApp.log_level=40"],  # errors only
        on_cell_start=started,
    )
    try:
        # TensorFlow's C++ code writes notes there before any setting reaches it, over the progress
        # bar; what Python writes comes back as cell output.
        client.execute(env=dict(env), stderr=subprocess.DEVNULL)
    except CellExecutionError as error:
        message = f"{error.ename}: {error.evalue}"
        raise CellError(running, notebook.cells[running].source, message) from None
    except DeadKernelError:
        message = "the kernel died (out of memory?)"
        raise CellError(running, notebook.cells[running].source, message) from None
    finally:
        tidy(notebook)


def tidy(notebook: Any) -> None:
    """Drop timestamps, widgets and names of this machine's folders from an executed notebook."""
    notebook.metadata.pop("widgets", None)
    notebook.metadata["language_info"] = {"name": "python"}  # not the version that ran it
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        if cell.cell_type == "code":
            # A widget is an empty frame once its kernel is gone; its table, if any, is not.
            kept = [o for o in cell.outputs if not _is_only_widget(o) and not _is_only_log(o)]
            for output in kept:
                output.get("data", {}).pop(WIDGET, None)
            cell.outputs = [type(o)(_without_paths(o)) for o in kept]


def _is_only_widget(output: Mapping[str, Any]) -> bool:
    data = output.get("data", {})
    return WIDGET in data and "text/html" not in data


def _is_only_log(output: Mapping[str, Any]) -> bool:
    """Nothing but what TensorFlow says of this machine before it reads its log level."""
    lines = output.get("text", "").splitlines() if output.get("name") == "stderr" else [""]
    return all(re.match(r"[IW]\d{4,} |WARNING: All log messages before absl", n) for n in lines)


def _without_paths(value: Any) -> Any:
    if isinstance(value, Mapping):
        # Pictures hold no path, and are long: searching them takes minutes.
        return type(value)(
            {
                name: item if name.startswith("image/") else _without_paths(item)
                for name, item in value.items()
            }
        )
    if isinstance(value, list):
        return [_without_paths(item) for item in value]
    if not isinstance(value, str):
        return value
    for folder, name in _folders():
        value = value.replace(folder, name)
    if "ipykernel_" in value:
        value = re.sub(r"\S*ipykernel_\d+[/\\]\d+\.py", "<cell>", value)
    return re.sub(r"\b0x[0-9a-f]{6,}\b", "0x…", value)


def _folders() -> list[tuple[str, str]]:
    """Folders that tell where this machine keeps things, longest first, and what to say instead."""
    named = {
        sys.prefix: "<python>",
        sys.base_prefix: "<python>",
        str(Path(__file__).resolve().parents[2]): "<course>",
        os.environ.get("MOVIELENS_HOME", "").rstrip("/\\"): "<MOVIELENS_HOME>",
        str(Path.home()): "~",
    }
    short = {"", "/", "/usr", "/root"} - {str(Path.home())} | {"/"}
    return sorted(
        ((folder, name) for folder, name in named.items() if folder not in short),
        key=lambda pair: -len(pair[0]),
    )
