"""``course new``: a lesson that passes every gate at once, and nothing overwritten."""

import csv
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from course_tools.authoring.new import FIGURES, PLACES, begin_lesson
from course_tools.root import CommandError

ROOT = Path(__file__).resolve().parents[2]
LESSON = "42_diversity"
# What a lesson's gates read; other lessons stay behind, so that their tests do not run again.
COPIED = (
    "pyproject.toml",
    "course_tools",
    "course_utils",
    "benchmarks/__init__.py",
    "benchmarks/measure.py",
    "results/ml-100k.json",
    "tests/__init__.py",
    "tests/conftest.py",
    "tests/test_lessons.py",
    "tests/authoring/__init__.py",
    "tests/authoring/example_lesson",
    "tests/checks",
    "tests/plots/__init__.py",
    "tests/plots/figures.py",
    "tests/plots/test_figures.py",
    "tests/wrong_answers/__init__.py",
)


def copy(folder):
    """A course without lessons, their figures apart."""

    def others(place, names):
        lessons = "lesson_*" if Path(place).name == "checks" else ""
        return shutil.ignore_patterns("__pycache__", lessons)(place, names)

    for name in COPIED:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / name, ignore=others)
        else:
            shutil.copy(ROOT / name, folder / name)
    (folder / "solutions").mkdir()
    (folder / "notebooks").mkdir()
    return folder


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A course whose only lesson is new and built."""
    folder = copy(tmp_path_factory.mktemp("new"))
    run(folder, "course_tools.cli", "new", LESSON)
    run(folder, "course_tools.cli", "build")
    return folder


def run(folder, module, *arguments):
    environment = os.environ | {"PYTHONPATH": str(folder), "COURSE_DATASET": "ml-100k"}
    environment.pop("COURSE_RESULTS", None)
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def places(lesson):
    number, name = lesson.split("_", 1)
    return [place.format(number=number, name=name) for place in PLACES.values()]


def test_a_new_lesson_is_as_its_source_says(course):
    assert run(course, "course_tools.cli", "build", "--check") == (
        "1 lessons are as their sources say\n"
    )


def test_a_new_lesson_passes_the_tests_of_lessons_checks_and_figures(course):
    names = (
        "checks/test_wrong_answers",
        "checks/test_mutants",
        "plots/test_figures",
        "test_lessons",
    )
    chosen = "(not test_figures or diversity) and not page and not readme and not data"
    options = ("-q", "-p", "no:cacheprovider", "-k", chosen)
    out = run(course, "pytest", *options, *(f"tests/{name}.py" for name in names))
    assert " passed" in out and "skipped" not in out


@pytest.mark.notebook
def test_a_new_lesson_is_graded(course):
    learner = json.loads((course / "notebooks" / f"{LESSON}.ipynb").read_text("utf-8"))
    solved = json.loads((course / "solutions" / f"{LESSON}.ipynb").read_text("utf-8"))
    answers = {cell["id"]: cell["source"] for cell in solved["cells"]}
    for cell in learner["cells"]:
        if cell["metadata"].get("nbgrader", {}).get("solution"):
            cell["source"] = answers[cell["id"]]
    upload = course / "uploads" / "anna" / f"{LESSON}.ipynb"
    upload.parent.mkdir(parents=True)
    upload.write_text(json.dumps(learner), "utf-8")
    run(course, "course_tools.cli", "grade", "uploads", "--out", "grades", "--isolation", "none")
    with (course / "grades" / "gradebook.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [(row["exercise"], row["points"], row["max"], row["status"]) for row in rows] == [
        ("diversity_mean", "2", "2", "ok"),
        ("diversity_share", "2", "2", "ok"),
        ("diversity_spread", "3", "3", "ok"),
        ("diversity_report", "0", "3", "needs manual grading"),
    ]


@pytest.mark.notebook
def test_a_new_lessons_numbers_are_measured_by_its_benchmark(course):
    out = run(course, "benchmarks.lesson_42")
    assert "means seed 0 global_mean random" in out
    rows = json.loads((course / "results" / "ml-100k.json").read_text("utf-8"))["rows"]
    assert sum(row["lesson"] == LESSON for row in rows) == 2


@pytest.mark.parametrize("lesson", [LESSON, "99_x", "50_" + "m" * 25])
def test_a_new_lesson_is_in_style_whatever_its_name(tmp_path, lesson):
    copy(tmp_path)
    begin_lesson(tmp_path, lesson)
    run(tmp_path, "ruff", "check", "--no-cache", *places(lesson))
    run(tmp_path, "ruff", "format", "--no-cache", "--check", *places(lesson), str(FIGURES))


@pytest.mark.parametrize(
    ("lesson", "problem"),
    [
        ("diversity", "write two digits"),
        ("1_diversity", "write two digits"),
        ("00_diversity", "write two digits"),
        ("42-diversity", "write two digits"),
        ("42_Diversity", "write two digits"),
        ("42_" + "m" * 26, "at most 25"),
        ("07_diversity", "number 07 is 07_there's"),
        ("08_diversity", r"lesson_08\.py exists"),
    ],
)
def test_nothing_is_written_over_what_is_there(tmp_path, lesson, problem):
    copy(tmp_path)
    (tmp_path / "solutions" / "07_there.py").write_text("x = 1\n")
    (tmp_path / "benchmarks" / "lesson_08.py").write_text("x = 1\n")
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    with pytest.raises(CommandError, match=problem):
        begin_lesson(tmp_path, lesson)
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


def test_a_lesson_stands_among_the_others_by_its_number(tmp_path):
    copy(tmp_path)
    figures = tmp_path / FIGURES
    for lesson in (LESSON, "11_middle"):
        begin_lesson(tmp_path, lesson)
        text = figures.read_text("utf-8")
        listed = [line.strip()[8:10] for line in text.splitlines() if '        "lesson_' in line]
        half = len(listed) // 2
        assert listed[:half] == listed[half:] == sorted(listed[:half])
        assert f'"lesson_{lesson[:2]}": ["{lesson[3:]}_stars"],' in text
