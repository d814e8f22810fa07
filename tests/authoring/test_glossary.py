"""The glossary is complete, short and in order; lessons link to it and stay what they are."""

import re
from html import unescape
from pathlib import Path

import jupytext
import pytest
from nbconvert.filters import markdown2html

from course_tools.authoring.glossary import ENTRY, anchor, linked, terms, unknown

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docs" / "glossary.md").read_text("utf-8")
ENTRIES = [entry.groupdict() for entry in ENTRY.finditer(TEXT)]
LESSONS = sorted((ROOT / "solutions").glob("[0-9]*.py"))
FORMULA = re.compile(r"\$[^$]+\$")


def prose(lesson):
    """The markdown cells that say something, without answers and rubrics."""
    cells = jupytext.read(lesson).cells
    return [
        cell.source
        for cell in cells
        if cell.cell_type == "markdown" and not {"open", "rubric"} & cell.metadata.keys()
    ]


def words(markdown):
    """What a reader sees: the markdown rendered, without tags."""
    return unescape(re.sub(r"<[^>]+>", "", markdown2html(markdown))).split()


# ------------------------------------------------------------------------------ the glossary
def test_there_are_many_entries_and_each_is_read():
    assert len(ENTRIES) >= 70
    assert len(ENTRIES) == len(re.findall("^## ", TEXT, re.M))


def test_entries_are_in_alphabetical_order():
    order = [entry["term"].casefold() for entry in ENTRIES]
    assert order == sorted(order)


def test_no_term_or_other_form_is_there_twice():
    forms = sum(1 + len(e["also"].split(", ") if e["also"] else []) for e in ENTRIES)
    assert len(terms(TEXT)) == 2 * forms  # each with its plural
    assert len({anchor(entry["term"]) for entry in ENTRIES}) == len(ENTRIES)


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry["term"])
def test_an_entry_is_short_and_its_lesson_exists(entry):
    sentences = re.split(r"(?<=[.?!])\s+", FORMULA.sub("x", entry["body"]).strip())
    assert len([s for s in sentences if s != "x"]) <= 3
    assert max(len(sentence.split()) for sentence in sentences) <= 25
    assert entry["lesson"] in {lesson.stem for lesson in LESSONS}
    assert entry["lesson"].startswith(entry["number"])


def test_anchors_are_those_of_github():
    assert anchor("HR@k") == "hrk"
    assert anchor("L2 penalty") == "l2-penalty"
    assert anchor("Jensen's inequality") == "jensens-inequality"
    assert anchor("t-SNE") == "t-sne" and anchor("SVD++") == "svd"


# ------------------------------------------------------------------------------- the lessons
@pytest.mark.parametrize("lesson", LESSONS, ids=lambda path: path.stem)
def test_every_bold_term_of_a_lesson_has_an_entry(lesson):
    assert [term for cell in prose(lesson) for term in unknown(cell, terms(TEXT))] == []


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda path: path.stem)
def test_links_leave_a_lesson_s_words_and_are_few(lesson):
    seen, known = set(), terms(TEXT, lesson.stem)
    for cell in prose(lesson):
        result = linked(cell, seen, known, "https://x.org/r")
        assert re.sub(r"\[([^\]]+)\]\(https://x\.org/r/docs/glossary[^)]+\)", r"\1", result) == cell
        assert words(result) == words(cell)
        assert seen >= set(re.findall(r"https://x\.org/r/docs/glossary\.md#([\w-]+)\)", result))
    assert seen and len(seen) <= 40


# ---------------------------------------------------------------------- what is a bold term
KNOWN = {"mask": "mask", "masks": "mask", "bias model": "bias-model", "bias": "bias", "λ": "λ"}


@pytest.mark.parametrize(
    ("markdown", "found"),
    [
        ("A **gyre** turns.", ["gyre"]),
        ("The **Widening\ngyre** turns.", ["widening gyre"]),
        ("- **gyre**: it turns", ["gyre"]),
        ("- **gyre** turns, as a label", []),
        ("- **A sum.** It counts. [[**A gyre** helps.|x]]", []),
        ("A **mask**, **Masks** and **the bias\nmodel**.", []),
        ("**You need** it. **Time:** 5. **Rubric (4 points).** 1: x", []),
        ("**After this lesson you will be able to**", []),
        ("**Predict before you run:** which? **Really?**", []),
        ("**{{ml-1m.x.rmse}}** and **3 seeds** and **not** **all** **ours**", []),
        ("| **gyre** | **ours** |\n|:--|--:|", []),
        ("`f(**gyre**)`\n```\n**gyre**\n```", []),
    ],
)
def test_unknown_terms_are_those_in_bold_without_an_entry(markdown, found):
    assert unknown(markdown, KNOWN) == found


# ------------------------------------------------------------------------------ what is linked
@pytest.mark.parametrize(
    ("markdown", "result"),
    [
        ("A mask. A mask.", "A [mask](B#mask). A mask."),
        ("Masks, then a mask.", "[Masks](B#mask), then a mask."),
        ("A **mask**, a *mask*.", "A **[mask](B#mask)**, a *mask*."),
        ("a bias\nmodel", "a [bias\nmodel](B#bias-model)"),
        ("bias model and bias", "[bias model](B#bias-model) and [bias](B#bias)"),
        ("with λ = 2", "with [λ](B#λ) = 2"),
        ("unmask, masked, mask_y, un-mask, mask-like, MASK", None),
        ("`mask` and\n```python\nmask = 1\n```", None),
        ("$mask$, $a\nmask$ and\n$$\nmask\n$$", None),
        ("# The mask\n\n### Exercise 1 · mask", None),
        ("| mask | `mask` |\n|:--|:--|", None),
        ("[the mask](a.md), ![mask](m.png) https://x.org/mask", None),
        ("[![mask](https://m.png)](https://x.org/mask)", None),
        ("[[A mask\nhelps.|mask]] {{ml-1m.mask.rmse}}", None),
        ("<!-- mask --> <b title='mask'>", None),
        ("## Reading\n\n- A. B, *The mask*, 1999.\n", None),
        ("able to**\n\n- write a mask,\n\n**You need** a mask.", "{}a [mask](B#mask)."),
        ("## Reading\n\n- *The mask*\n\n## Next\n\nA mask.", "{}A [mask](B#mask)."),
        ("[[A mask.|m]] `mask` A mask.", "[[A mask.|m]] `mask` A [mask](B#mask)."),
    ],
)
def test_the_first_use_outside_code_and_marks_is_linked(markdown, result):
    result = markdown if result is None else result
    if result.startswith("{}"):  # all but the end stays
        end = result.removeprefix("{}")
        result = markdown.removesuffix(end.replace("[mask](B#mask)", "mask")) + end
    found = linked(markdown, set(), KNOWN, "..")
    assert found.replace("../docs/glossary.md", "B") == result


def test_only_the_first_use_in_a_lesson_is_linked():
    seen = set()
    assert "](" in linked("A mask.", seen, KNOWN, "..")
    assert linked("Masks again.", seen, KNOWN, "..") == "Masks again."
    assert seen == {"mask"}


def test_a_linked_text_is_not_linked_again():
    once = linked("A mask, a bias model.", set(), KNOWN, "https://github.com/x/y/blob/v1")
    assert linked(once, set(), KNOWN, "https://github.com/x/y/blob/v1") == once


def test_common_words_are_linked_in_their_own_lesson_only():
    assert "epoch" in terms(TEXT, "02_baseline") and "epoch" in terms(TEXT)
    assert "epoch" not in terms(TEXT, "07_word2vec")
    assert "bias model" in terms(TEXT, "07_word2vec")
