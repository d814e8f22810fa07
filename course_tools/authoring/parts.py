"""Parts of a page that a source writes shortly: quick questions, folded answers, the way around.

All of it is Markdown and HTML that opens and closes by itself: no script, no widget, so it works in
JupyterLab and Colab, on a site, and reads as plain text where nothing folds.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from course_tools.authoring.source import BuildError

CHOICE = re.compile(r"^- \[(?P<right>[ x])\] (?P<text>.+?) :: (?P<why>.+)$", re.MULTILINE)
TITLE = re.compile(r"^# # \d+ · ([^:\n]+)", re.MULTILINE)
FOLDED = "<details><summary>{summary}</summary>\n\n{text}\n\n</details>"
AFTER = "Run the cell above first. Then open this"
HEADING = re.compile(r"^#+ ", re.MULTILINE)


def quiz(text: str) -> str:
    """A question and its choices, ``- [x] right :: why`` and ``- [ ] wrong :: what it mistakes``.

    Each choice becomes a line to click on that opens what it means. Their order is chance's, but
    always the same.

    Raises:
        BuildError: not exactly one choice is right, there are fewer than three, or one says no why.
    """
    text = re.sub(r"\n {2,}(?=\S)", " ", text)  # a choice may take several lines
    question, choices = text[: text.find("\n- [")].strip(), list(CHOICE.finditer(text))
    if len(choices) < 3 or sum(c["right"] == "x" for c in choices) != 1:
        raise BuildError(
            "a quiz wants a question and at least three choices, exactly one of them right: "
            "'- [x] text :: why' and '- [ ] text :: what it mistakes'"
        )
    if len(choices) != len(re.findall(r"^- ", text, re.MULTILINE)):
        raise BuildError("a choice of the quiz says no why: write ' :: ' and a sentence behind it")
    choices.sort(key=lambda c: hashlib.sha256(c["text"].encode()).hexdigest())
    lines = [
        FOLDED.format(
            summary=_html(c["text"]), text=("✓ " if c["right"] == "x" else "✗ ") + c["why"]
        )
        for c in choices
    ]
    return "\n".join([f"**Quick question.** {question} *Choose one:*\n", *lines])


def folded(text: str) -> str:
    """What a cell's output tells, closed until somebody opens it: in the learner edition.

    Raises:
        BuildError: there is a heading in it, which a closed text would hide from the contents.
    """
    if HEADING.search(text):
        raise BuildError("a cell marked after=true holds a heading: give the heading its own cell")
    return FOLDED.format(summary=AFTER, text=text)


def way_around(lesson: str, sources: list[Path]) -> str:
    """Links to the lesson before and after, as a line; "" outside a folder of lessons."""
    names = [source.stem for source in sources]
    if lesson not in names or len(names) == 1:
        return ""
    at = names.index(lesson)
    before = [f"[← {_title(sources[at - 1])}]({names[at - 1]}.ipynb)"] if at else []
    after = [f"[{_title(s)} →]({s.stem}.ipynb)" for s in sources[at + 1 : at + 2]]
    solution = f"[solutions](../solutions/{lesson}.ipynb)"
    return " · ".join([*before, *after, solution, "[glossary](../docs/glossary.md)"])


def _title(source: Path) -> str:
    found = TITLE.search(source.read_text(encoding="utf-8"))
    return f"{source.stem[:2]} {found[1].strip()}" if found else source.stem


def _html(text: str) -> str:
    """A choice stands inside a tag, where some renderers leave Markdown as it is."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", text.replace("<", "&lt;"))
