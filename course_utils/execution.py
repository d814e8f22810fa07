"""Running a lesson's notebook in a fresh kernel: shared by ``course run`` and ``course build``."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

WIDGET = "application/vnd.jupyter.widget-view+json"
QUIET = {"TF_CPP_MIN_LOG_LEVEL": "3", "TF_ENABLE_ONEDNN_OPTS": "1"}


class CellError(RuntimeError):
    """A cell of a lesson raised; ``index`` counts all cells from 0."""

    def __init__(self, index: int, source: str, error: str) -> None:
        self.index, self.error = index, error
        code = [line for line in source.splitlines() if line.strip() and line.lstrip()[0] != "#"]
        super().__init__(f"cell {index + 1} ({code[0] if code else 'empty'}) failed: {error}")


def kernel_environment(dataset: str, results: Path) -> dict[str, str]:
    """Environment variables of a lesson's kernel: dataset, where results go, quiet TensorFlow."""
    package = str(Path(__file__).resolve().parents[1])
    inherited = os.environ.get("PYTHONPATH")
    return {
        **os.environ,
        **QUIET,
        "PYTHONHASHSEED": "0",
        "PYTHONPATH": os.pathsep.join([package, *([inherited] if inherited else [])]),
        "COURSE_DATASET": dataset,
        "COURSE_RESULTS": str(results),
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
        str(Path(__file__).resolve().parents[1]): "<course>",
        os.environ.get("MOVIELENS_HOME", "").rstrip("/\\"): "<MOVIELENS_HOME>",
        str(Path.home()): "~",
    }
    short = {"", "/", "/usr", "/root"} - {str(Path.home())} | {"/"}
    return sorted(
        ((folder, name) for folder, name in named.items() if folder not in short),
        key=lambda pair: -len(pair[0]),
    )
