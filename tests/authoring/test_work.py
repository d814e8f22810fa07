"""A learner's answers: no command writes over them, and an update keeps them."""

import random
import shutil
from types import SimpleNamespace

import nbformat
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from course_tools import cli, work
from course_tools.authoring.build import build_lessons
from tests.authoring.example_lesson import SOURCE, make_course

LESSON = "01_example.ipynb"
DONE = SimpleNamespace(returncode=0)  # JupyterLab, which no test opens


@pytest.fixture
def course(tmp_path, monkeypatch):
    make_course(tmp_path)
    build_lessons(tmp_path, run=False, say=lambda text: None)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def cells(path):
    return nbformat.read(path, as_version=4).cells


def write_into(path, answers):
    """Type answers into a notebook: name of an exercise, or "" for a new cell, and text."""
    notebook = nbformat.read(path, as_version=4)
    for name, text in answers:
        cell = next((c for c in notebook.cells if grade_id(c) == name), None)
        if cell is None:
            notebook.cells.insert(len(notebook.cells) // 2, nbformat.v4.new_code_cell(text))
        else:
            cell.source = text
    nbformat.write(notebook, path)


def grade_id(cell):
    return cell.metadata.get("nbgrader", {}).get("grade_id", "-")


def everywhere(course):
    """All that stands in any notebook a learner can open, working copies and kept ones included."""
    paths = [p for p in course.rglob("*.ipynb") if ".base" not in p.parts]
    return {cell.source for path in paths for cell in cells(path)}


def author(course, old, new):
    path = course / "solutions" / SOURCE.name
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")


# -------------------------------------------------------------------------- nothing is lost
def test_a_build_keeps_what_a_learner_wrote_into_notebooks(course, capsys):
    path = course / "notebooks" / LESSON
    write_into(path, [("double", "def double(x): return x + x"), ("", "# my notes")])
    assert cli.main(["build", "--check"]) == 1
    said = capsys.readouterr().out
    assert f"notebooks/{LESSON}: you have answers here; 'course lab'" in said
    assert cli.main(["build", "--no-execute"]) == 0
    assert f"kept in work/kept/{LESSON[:-6]}-1.ipynb" in capsys.readouterr().out
    assert {"def double(x): return x + x", "# my notes"} <= everywhere(course)
    assert cli.main(["build", "--check"]) in (0, 1)  # not executed here
    assert "you have answers" not in capsys.readouterr().out


def test_a_notebook_that_was_only_run_is_no_answer(course):
    path = course / "notebooks" / LESSON
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.execution_count, cell.outputs = 1, [nbformat.v4.new_output("stream", text="7\n")]
    notebook.metadata["kernelspec"]["display_name"] = "Python 3.12"
    nbformat.write(notebook, path)
    assert not work.edited(path)


def test_a_broken_notebook_is_kept_as_well(course, capsys):
    path = course / "notebooks" / LESSON
    path.write_text('{"cells": [ my answer', "utf-8")
    assert cli.main(["build", "--no-execute"]) == 0
    assert (course / "work" / "kept" / f"{LESSON[:-6]}-1.ipynb").read_text() == (
        '{"cells": [ my answer'
    )


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(seed=st.integers(0, 2**16))
def test_after_any_commands_in_any_order_every_answer_is_still_there(
    course, seed, monkeypatch, tmp_path_factory
):
    """Random edits in both folders, then commands of learners and authors, then again."""
    rng, course = random.Random(seed), shutil.copytree(course, tmp_path_factory.mktemp("c") / "c")
    monkeypatch.chdir(course)
    monkeypatch.setattr(cli, "subprocess", SimpleNamespace(run=lambda *a, **k: DONE))
    written = set()
    work.prepare(course, say=lambda text: None)
    for step in range(6):
        folder = course / rng.choice(["notebooks", "work"])
        answer = f"answer {seed} {step}"
        write_into(folder / LESSON, [(rng.choice(["double", "square", "why", ""]), answer)])
        # one cell holds one answer: what a learner replaces is gone
        written = (written | {answer}) & everywhere(course)
        command = rng.choice(
            [
                ["build", "--no-execute"],
                ["build", "--check"],
                ["lab"],
                ["update"],
                ["claims"],
                "a new release",
            ]
        )
        if command == "a new release":
            author(course, "Twice ``x``", f"Twice ``x`` or {step}")
            command = ["build", "--no-execute"]
        cli.main(command)
        assert written <= everywhere(course), command


# ------------------------------------------------------------------------------ working copies
def test_lab_opens_copies(course, monkeypatch):
    opened = []
    lab = SimpleNamespace(run=lambda command, **k: opened.append(command) or DONE)
    monkeypatch.setattr(cli, "subprocess", lab)
    assert cli.main(["lab"]) == 0
    assert opened[0][-1] == course / "work"
    assert (course / "work" / LESSON).read_bytes() == (course / "notebooks" / LESSON).read_bytes()


def test_a_copy_without_answers_follows_the_lesson(course, capsys):
    work.prepare(course)
    author(course, "Doubling is not squaring", "Squaring is not doubling")
    build_lessons(course, run=False)
    work.prepare(course)
    assert any("Squaring is not doubling" in c.source for c in cells(course / "work" / LESSON))
    write_into(course / "work" / LESSON, [("double", "mine")])
    author(course, "Squaring is not doubling", "Neither is the other")
    build_lessons(course, run=False)
    capsys.readouterr()
    work.prepare(course)
    assert "01_example: a newer lesson is here. 'course update'" in capsys.readouterr().out
    assert not any("Neither" in c.source for c in cells(course / "work" / LESSON))


def test_update_brings_the_new_text_and_keeps_answers_and_notes(course, capsys):
    work.prepare(course)
    mine = course / "work" / LESSON
    write_into(mine, [("double", "def double(x): return x * 2"), ("", "# my notes")])
    before = [c.source for c in cells(mine)]
    author(course, "Doubling is not squaring", "Squaring is not doubling")
    build_lessons(course, run=False)
    assert cli.main(["update"]) == 0
    after = cells(mine)
    sources = [c.source for c in after]
    assert any("Squaring is not doubling" in s for s in sources)
    assert "def double(x): return x * 2" in sources
    assert sources.index("# my notes") == before.index("# my notes")
    assert grade_id(after[sources.index("def double(x): return x * 2")]) == "double"
    assert [c.source for c in cells(course / "work" / "kept" / f"{LESSON[:-6]}-1.ipynb")] == before
    assert "updated, your answers are in it" in capsys.readouterr().out
    assert cli.main(["update"]) == 0  # a second one finds nothing to do
    assert [c.source for c in cells(mine)] == sources


def test_update_says_where_an_exercise_changed(course, capsys):
    work.prepare(course)
    mine = course / "work" / LESSON
    write_into(mine, [("double", "old answer"), ("square", "other answer")])
    author(course, '"""Twice ``x``', '"""Twice ``x`` or more')
    build_lessons(course, run=False)
    assert cli.main(["update"]) == 0
    assert "the exercise 'double' changed: your answer stands below it" in capsys.readouterr().out
    found = cells(mine)
    at = next(i for i, c in enumerate(found) if grade_id(c) == "double")
    assert "or more" in found[at].source
    assert found[at + 1].source == work.NOTE
    assert (found[at + 2].source, grade_id(found[at + 2])) == ("old answer", "-")
    assert "other answer" in [c.source for c in found]


def test_an_answer_whose_exercise_is_gone_stays(course):
    work.prepare(course)
    mine = course / "work" / LESSON
    write_into(mine, [("square", "my square")])
    lesson = course / "notebooks" / LESSON
    notebook = nbformat.read(lesson, as_version=4)
    notebook.cells = [c for c in notebook.cells if grade_id(c) != "square"]
    work.stamp(notebook)
    nbformat.write(notebook, lesson)
    work.update(course)
    assert "my square" in [c.source for c in cells(mine)]


def test_answers_typed_into_notebooks_move_to_the_copy_and_stay(course):
    write_into(course / "notebooks" / LESSON, [("double", "typed in the wrong place")])
    work.prepare(course)
    build_lessons(course, run=False, say=lambda text: None)
    work.update(course)
    assert "typed in the wrong place" in [c.source for c in cells(course / "work" / LESSON)]


def test_a_copy_that_cannot_be_read_stays(course, capsys):
    work.prepare(course)
    mine = course / "work" / LESSON
    mine.write_text("{ broken", "utf-8")
    author(course, "Doubling is not squaring", "Squaring is not doubling")
    build_lessons(course, run=False)
    work.update(course)
    assert mine.read_text("utf-8") == "{ broken"
    assert "cannot be read" in capsys.readouterr().out
    shutil.rmtree(course / "work")
    work.update(course)
    assert mine.is_file()
