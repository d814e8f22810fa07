"""The checks, checked: each wrong answer gets its own hint, each right one ✓, a stub neither."""

import re
from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

import jupytext
import numpy as np
import pandas as pd
import pytest

from course_tools.authoring.source import checked_answer, kind_and_name, read
from course_utils.checks import check, exercises
from course_utils.checks.engine import NOT_ATTEMPTED, RIGHT, WRONG
from tests import wrong_answers

ROOT = Path(__file__).resolve().parents[2]
SOLUTION = re.compile(r"### BEGIN SOLUTION.*?### END SOLUTION", re.DOTALL)
ENOUGH = 3  # recognised wrong answers that each exercise needs

CORPORA = [
    import_module(f"tests.wrong_answers.{module.name}")
    for module in iter_modules(wrong_answers.__path__)
    if module.name.startswith("lesson_")
]
WRONG_ANSWERS = [entry for corpus in CORPORA for entry in corpus.WRONG]
RIGHT_ANSWERS = [entry for corpus in CORPORA for entry in corpus.RIGHT]
EXERCISES = sorted(exercises().exercises)


def name_of(value):
    return value if isinstance(value, str) else getattr(value, "__name__", repr(value)[:20])


def checked():
    """A check cell of a lesson as (source, name). What is wrong in it fails its own test alone."""
    for source in sorted((ROOT / "solutions").glob("[0-9]*.py")):
        for cell in jupytext.read(source, fmt="py:percent").cells:
            if name := cell.metadata.get("check"):
                yield pytest.param(source, name, id=f"{source.stem}-{name}")


@cache
def lesson(source):
    return {kind_and_name(cell): cell for _, cell in read(source)}


@pytest.fixture(autouse=True)
def not_grading(monkeypatch):
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)


@pytest.mark.parametrize(("exercise", "misunderstanding", "answer"), WRONG_ANSWERS, ids=name_of)
def test_wrong_answer_gets_its_own_hint(exercise, misunderstanding, answer):
    result = check(exercise, answer)
    assert (result.status, result.misunderstanding) == (WRONG, misunderstanding), result.message
    hints = {m.name: m.hint for m in exercises()[exercise].misunderstandings}
    assert hints[misunderstanding] in result.message


@pytest.mark.parametrize(("exercise", "answer"), RIGHT_ANSWERS, ids=name_of)
def test_right_variant_passes(exercise, answer):
    result = check(exercise, answer)
    assert result.status == RIGHT, result.message


@pytest.mark.parametrize(("source", "name"), checked())
def test_untouched_stub_is_not_attempted(source, name):
    cells = lesson(source)
    stub = SOLUTION.sub("...", cells["exercise", name].source)
    namespace = {"np": np, "pd": pd}
    exec("from __future__ import annotations\n" + stub, namespace)
    given = eval(checked_answer(cells["check", name]), namespace)
    assert check(name, given).status == NOT_ATTEMPTED


@pytest.mark.parametrize("exercise", EXERCISES)
def test_nothing_is_not_an_answer(exercise):
    assert check(exercise, ...).status == NOT_ATTEMPTED
    assert check(exercise, None).status == NOT_ATTEMPTED


@pytest.mark.parametrize("exercise", EXERCISES)
def test_exercise_has_enough_answers_in_the_corpus(exercise):
    recognised = {kind for name, kind, _ in WRONG_ANSWERS if name == exercise}
    assert len(recognised) >= ENOUGH, f"add to tests/wrong_answers: only {sorted(recognised)}"
    assert any(name == exercise for name, _ in RIGHT_ANSWERS), "add a right variant"


@pytest.mark.parametrize("exercise", EXERCISES)
def test_misunderstandings_are_wrong_and_tell_themselves_apart(exercise):
    known = exercises()[exercise]
    for misunderstanding in known.misunderstandings:
        value = known.cases is None
        answer = misunderstanding.function() if value else misunderstanding.function
        result = check(exercise, answer)
        assert result.misunderstanding == misunderstanding.name, result.message


def test_corpora_name_what_exists():
    known = exercises()
    for exercise, kind, _ in WRONG_ANSWERS:
        assert kind in {m.name for m in known[exercise].misunderstandings}
