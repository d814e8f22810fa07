"""What every lesson has, and what must never get into the repository."""

import json
import re
import subprocess
from pathlib import Path, PurePosixPath

import jupytext
import pytest

from tests.authoring.example_lesson import SOURCE

ROOT = Path(__file__).resolve().parents[1]
LESSONS = sorted((ROOT / "solutions").glob("[0-9]*.py"))
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
README = ROOT / "README.md"
PAGES = [page for page in (README, *sorted((ROOT / "docs").glob("*.md"))) if page.exists()]

NOT_PROSE = re.compile(
    r"```.*?```|`[^`\n]*`"  # code
    r"|\$\$.*?\$\$|\$[^$\n]+\$"  # formulas
    r"|<!-- results:begin.*?results:end -->|<!--.*?-->"
    r"|\{\{.*?\}\}"
    r"|!?\[[^\]]*\]\([^)\s]*\)|https?://\S+",
    re.DOTALL,
)
NUMBER = re.compile(
    r"(?<![\w.,])(?:\d*\.\d{2,}"  # 0.858 or .858
    r"|\d{1,3}(?:,\d{3})+"  # 1,000,209
    r"|\d{4,})(?![\w,]*\d)"  # 6040
)


def typed_numbers(text):
    """Numbers in prose that a reader could not trace to a results file. Years are fine."""
    found = NUMBER.findall(NOT_PROSE.sub(" ", text))
    return [n for n in found if not (n.isdigit() and 1900 <= int(n) <= 2100)]


def defects(text):
    """What a lesson source lacks, one sentence each."""
    cells = jupytext.reads(text, fmt="py:percent").cells
    prose = [cell.source for cell in cells if cell.cell_type == "markdown"]
    first, everything = prose[0] if prose else "", "\n\n".join(prose)

    def marked(key):
        return {cell.metadata[key] for cell in cells if key in cell.metadata}

    def heading(words):
        return re.search(rf"^#+ .*\b(?:{words})\b", everything, re.I | re.M)

    points = r"((?:(?:[-*]|\d\.) .+(?:\n  .+)*\n?)+)"
    objectives = re.search(rf"you will be able to.*\n+{points}", first, re.I)
    goals = len(re.findall(r"^(?:[-*]|\d\.) ", objectives[1], re.M)) if objectives else 0
    rules = {
        "the first cell is the title: '# …'": first.startswith("# "),
        "the first cell has {{colab_badge}}": "{{colab_badge}}" in first,
        f"'you will be able to' is followed by 3 to 5 points, not {goals}": 3 <= goals <= 5,
        "the first cell says what 'you need'": re.search(r"you need", first, re.I),
        "the first cell says how many minutes it takes": re.search(r"\d+ min", first),
        "there is one cell setup=true": len(marked("setup")) == 1,
        f"three checks or more, not {len(marked('check'))}": len(marked("check")) >= 3,
        "there is an open question with a rubric": marked("open") & marked("rubric"),
        "a heading says 'trap'": heading("trap"),
        "a table compares 'reported' with 'reproduced'": re.search(
            r"^\|.*reported.*\|.*reproduced.*\|", everything, re.I | re.M
        ),
        "a heading says 'recap'": heading("recap"),
        "a heading says 'reading'": heading("reading"),
        "a heading says 'next'": heading("next"),
    }
    imports = [
        line
        for cell in cells
        if "setup" in cell.metadata
        for line in cell.source.splitlines()
        if re.match(r"(?:import|from) ", line)
    ]
    rules[f"the setup cell imports in 8 lines or fewer, not {len(imports)}"] = len(imports) <= 8
    numbers = [
        f"{number} is typed by hand: record it and use a placeholder"
        for source in prose
        for number in typed_numbers(source)
    ]
    return [rule for rule, holds in rules.items() if not holds] + numbers


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda path: path.stem)
def test_lesson_is_complete(lesson):
    assert defects(lesson.read_text("utf-8")) == []


# ------------------------------------------------------------------------- what a learner does
def cells_of(lesson):
    return jupytext.read(lesson, fmt="py:percent").cells


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda path: path.stem)
def test_a_lesson_asks_three_quick_questions(lesson):
    assert sum("quiz" in cell.metadata for cell in cells_of(lesson)) >= 3


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda path: path.stem)
def test_every_prediction_is_a_guess_that_is_revealed_later(lesson):
    asked, open_guesses, revealed = 0, [], set()
    for cell in cells_of(lesson):
        if cell.cell_type == "markdown":
            asked += bool(re.search(r"\*\*Predict before", cell.source))
            continue
        open_guesses += (made := re.findall(r'\bguess\(\s*"(\w+)"', cell.source))
        asked = 0 if made else asked
        assert not asked or "setup" in cell.metadata or not cell.source.strip(), (
            f"a cell runs between 'Predict before' and its guess: {cell.source[:60]!r}"
        )
        for name in re.findall(r'\breveal\(\s*"(\w+)"', cell.source):
            assert name in open_guesses, f"{name} is revealed before it is guessed"
            revealed.add(name)
    assert len(open_guesses) == len(set(open_guesses)), "two guesses of one name"
    assert set(open_guesses) == revealed
    assert open_guesses


def test_a_guess_has_a_name_of_its_own_in_the_whole_course():
    """They are kept by name, in one file."""
    names = [
        name
        for lesson in LESSONS
        for name in re.findall(r'\bguess\(\s*"(\w+)"', lesson.read_text("utf-8"))
    ]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda path: path.stem)
def test_a_lesson_ends_with_films_for_one_person(lesson):
    if lesson == LESSONS[0]:  # no model yet
        return
    last = [cell.source for cell in cells_of(lesson) if cell.cell_type == "code"][-8:]
    assert any("lists_beside(" in source or "list_for(" in source for source in last)


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda path: path.stem)
def test_a_learner_edition_keeps_its_answers_folded(lesson):
    told = [cell for cell in cells_of(lesson) if cell.metadata.get("after")]
    notebook = json.loads((ROOT / "notebooks" / f"{lesson.stem}.ipynb").read_text("utf-8"))
    texts = ["".join(cell["source"]) for cell in notebook["cells"]]
    assert sum("<summary>Run the cell above first" in text for text in texts) == len(told)


def test_every_lesson_has_both_notebooks():
    names = {path.stem for path in LESSONS}
    assert {path.stem for path in NOTEBOOKS} == names
    assert {path.stem for path in (ROOT / "solutions").glob("*.ipynb")} == names
    numbers = [path.stem[:2] for path in LESSONS]
    assert numbers == sorted(set(numbers)), "two lessons share a number"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_learner_notebook_gives_nothing_away(path):
    text = path.read_text("utf-8")
    for mark in ("BEGIN SOLUTION", "END SOLUTION", "HIDDEN TESTS", "rubric"):
        assert mark not in text
    cells = json.loads(text)["cells"]
    assert not any(cell.get("outputs") or cell.get("execution_count") for cell in cells)


BUILT = "claims.md"  # whole from results, by the build


@pytest.mark.parametrize("page", [p for p in PAGES if p.name != BUILT], ids=lambda p: p.name)
def test_a_page_has_no_number_typed_by_hand(page):
    assert typed_numbers(page.read_text("utf-8")) == []


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_what_a_page_links_is_there(page):
    links = re.findall(r"\]\(([^)#:]+)[^):]*\)", page.read_text("utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_the_readme_is_short_and_leads_to_every_lesson():
    text = README.read_text("utf-8")
    assert len(text.splitlines()) < 150
    assert [path.name for path in NOTEBOOKS if f"(notebooks/{path.name})" not in text] == []
    for page in ("docs/teaching.md", "docs/measuring.md", "CONTRIBUTING.md"):
        assert f"({page})" in text


# ---------------------------------------------------------------- these rules, held to account
def test_the_example_is_a_complete_lesson():
    assert defects(SOURCE.read_text("utf-8")) == []


@pytest.mark.parametrize(
    ("old", "new", "defect"),
    [
        ("# # 1. An", "# An", "title"),
        ("# {{colab_badge}}\n", "", "colab_badge"),
        ("# - build it,\n", "", "3 to 5 points, not 2"),
        ("**You need** Python.", "", "you need"),
        ("5 minutes", "five", "minutes"),
        (" setup=true", "", "setup=true"),
        ('check="cube"', 'exercise="x"', "three checks or more, not 2"),
        ('rubric="why"', "", "rubric"),
        ("## The trap", "## The problem", "trap"),
        ("reported in 2021 | reproduced", "then | now", "reproduced"),
        ("## Recap", "## End", "recap"),
        ("## Reading", "## Papers", "reading"),
        ("## Next", "## Then", "next"),
        ("Doubling is", "At .858 doubling is", ".858 is typed by hand"),
    ],
)
def test_a_lesson_that_lacks_a_part_is_told_so(old, new, defect):
    text = SOURCE.read_text("utf-8")
    assert old in text
    found = defects(text.replace(old, new, 1))
    assert len(found) == 1 and defect in found[0]


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("It scores 0.858, not .86.", ["0.858", ".86"]),
        ("There are 1,000,209 ratings of 6040 users", ["1,000,209", "6040"]),
        ("(0.858)", ["0.858"]),
        ("In 2021, the 2020s and 1998.", []),
        ("About 44.5 %, 3 of 10, ML-1M, 80/10/10.", []),
        ("`0.858` and $\\lambda = 0.001$ and $$x = 1234$$", []),
        ("```\n0.858\n```", []),
        ("[arXiv 1905.06874](https://arxiv.org/abs/1905.06874) https://doi.org/10.1145/28278", []),
        ("{{ml-1m.deep_ae.rmse:.3f}} stars", []),
        ("<!-- results:begin ml-1m x -->| 0.8580 |<!-- results:end -->", []),
    ],
)
def test_typed_numbers_are_found_in_prose_only(text, numbers):
    assert typed_numbers(text) == numbers


# ---------------------------------------------------------------------------- the repository
DATA_SUFFIXES = {
    *(".zip", ".gz", ".tar", ".7z", ".dat", ".data", ".item", ".user", ".inter", ".base"),
    *(".csv", ".tsv", ".parquet", ".feather", ".npz", ".npy", ".h5", ".hdf5", ".keras"),
    *(".weights", ".pkl", ".pickle", ".joblib", ".db", ".sqlite"),
}


def looks_like_data(path):
    """GroupLens forbids passing its data on; trained weights and tables can contain it."""
    parts = PurePosixPath(path)
    return bool(DATA_SUFFIXES & {s.lower() for s in parts.suffixes}) or bool(
        re.match(r"ml-(?:\d+[km]|latest)", parts.parts[0], re.I)
    )


@pytest.mark.parametrize(
    ("path", "data"),
    [
        ("ml-100k/u.data", True),
        ("ml-100k/README", True),
        ("tests/ratings.csv", True),
        ("results/ml-1m.json", False),
        ("model.weights.h5", True),
        ("course_utils/data.py", False),
        ("notebooks/01_eda.ipynb", False),
    ],
)
def test_data_is_recognised_by_name(path, data):
    assert looks_like_data(path) == data


def test_no_data_is_committed():
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True)
    if listed.returncode:
        pytest.skip("not a git repository")
    tracked = listed.stdout.splitlines()
    assert "pyproject.toml" in tracked
    assert [path for path in tracked if looks_like_data(path)] == []
