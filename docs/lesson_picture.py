"""Makes docs/lesson.png, the README's picture: ``python docs/lesson_picture.py``.

A stretch of lesson 02 as it was executed, with a wrong answer to one exercise and what ``check``
says to it. A Chromium or Chrome takes the picture.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import nbformat
from nbconvert import HTMLExporter
from PIL import Image, ImageOps

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from course_utils.checks import check  # noqa: E402
from tests.recommend.browser import find_browser  # noqa: E402

WIDTH, HEIGHT = 1000, 1420
ANSWER = """\
def per_user_rmse(users, y_true, y_pred):
    return np.sqrt(((y_true - y_pred) ** 2).mean())"""
HEADLINE = "## Why does one prediction have two RMSEs?"


def page() -> nbformat.NotebookNode:
    """The question, its figure, the trap, and a wrong answer with its hint."""
    lesson = nbformat.read(ROOT / "solutions" / "02_baseline.ipynb", as_version=4)
    question = next(c for c in lesson.cells if HEADLINE in c.source)
    question.source = question.source[question.source.index(HEADLINE) :]
    start = lesson.cells.index(question)
    figure = next(c for c in lesson.cells[start:] if c.cell_type == "code" and c.outputs)
    trap = next(c for c in lesson.cells[start:] if c.source.startswith("### The trap"))
    trap.source = trap.source.partition("\n## ")[0]
    title = nbformat.v4.new_markdown_cell("### An exercise, a wrong answer, and what check says")
    space: dict = {}
    exec(f"import numpy as np\n{ANSWER}", space)
    said = check("per_user_rmse", space["per_user_rmse"])
    assert said.misunderstanding, "the picture shows a recognised mistake"
    output = nbformat.v4.new_output("display_data", {"text/html": said._repr_html_()})
    wrong = nbformat.v4.new_code_cell(
        f'{ANSWER}\n\ncheck("per_user_rmse", per_user_rmse)', outputs=[output]
    )
    return nbformat.v4.new_notebook(cells=[question, figure, trap, title, wrong])


def main() -> None:
    html, _ = HTMLExporter(
        exclude_input_prompt=True, exclude_output_prompt=True
    ).from_notebook_node(page())
    with tempfile.TemporaryDirectory() as folder:
        shot = Path(folder) / "shot.png"
        (Path(folder) / "page.html").write_text(html, encoding="utf-8")
        subprocess.run(
            [
                *(find_browser(), "--headless", "--no-sandbox", "--hide-scrollbars"),
                *(f"--window-size={WIDTH},{HEIGHT}", f"--screenshot={shot}"),
                f"file://{folder}/page.html",
            ],
            check=True,
            capture_output=True,
        )
        picture = Image.open(shot).convert("RGB")
        _, _, _, bottom = ImageOps.invert(picture).getbbox()
        picture = picture.crop((0, 0, WIDTH, bottom + 20)).quantize(128)
        picture.save(ROOT / "docs" / "lesson.png", optimize=True)


if __name__ == "__main__":
    main()
