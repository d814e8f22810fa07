"""The checks, checked: each wrong answer gets its own hint, each right one ✓, a stub neither."""

import inspect
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
from course_utils.checks.engine import NOT_ATTEMPTED, RIGHT, WRONG, Drawn, judge
from course_utils.checks.errors import parameters
from tests import wrong_answers
from tests.checks.lessons import headings, hidden_tests_pass, namespace, tasks
from tests.checks.measures import has_sentence

ROOT = Path(__file__).resolve().parents[2]
SOLUTION = re.compile(r"### BEGIN SOLUTION.*?### END SOLUTION", re.DOTALL)
WRONG_NEEDED, RIGHT_NEEDED = 12, 6  # answers in the corpus of each exercise
NAMED_NEEDED = 0.7  # the share of a lesson's wrong answers whose mistake is named

CORPORA = [
    import_module(f"tests.wrong_answers.{module.name}")
    for module in iter_modules(wrong_answers.__path__)
    if module.name.startswith("lesson_")
]
WRONG_ANSWERS = [entry for corpus in CORPORA for entry in corpus.WRONG]
RIGHT_ANSWERS = [entry for corpus in CORPORA for entry in corpus.RIGHT]
TASKS = [pytest.param(task, id=task.name) for task in tasks().values()]
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
def judged(exercise, answer):
    return judge(exercises()[exercise], answer)


@cache
def lesson(source):
    return {kind_and_name(cell): cell for _, cell in read(source)}


@pytest.fixture(autouse=True)
def not_grading(monkeypatch):
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)


@pytest.mark.parametrize(("exercise", "misunderstanding", "answer"), WRONG_ANSWERS, ids=name_of)
def test_wrong_answer_is_refused_with_its_own_hint(exercise, misunderstanding, answer):
    result = judged(exercise, answer)
    assert result.status == WRONG
    assert has_sentence(result), result.message
    assert not re.search(r"np\.(int|float|str|bool)\w*\(|Timestamp\(|<lambda>", result.message)
    if misunderstanding is not None:
        assert result.misunderstanding == misunderstanding, result.message
        hints = {m.name: m.hint for m in exercises()[exercise].misunderstandings}
        for name in misunderstanding.split(" + "):
            assert hints.get(name, "") in result.message


@pytest.mark.parametrize(("exercise", "answer"), RIGHT_ANSWERS, ids=name_of)
def test_right_variant_passes_and_keeps_its_points(exercise, answer):
    result = check(exercise, answer)
    assert result.status == RIGHT, result.message
    task = tasks()[exercise]
    assert hidden_tests_pass(task, answer, namespace(task))


@pytest.mark.parametrize("corpus", CORPORA, ids=lambda corpus: corpus.__name__[-9:])
def test_most_wrong_answers_have_their_mistake_named(corpus):
    results = [judged(name, answer) for name, _, answer in corpus.WRONG]
    unnamed = [f"{r.exercise}: {r.message}" for r in results if not r.misunderstanding]
    assert len(unnamed) <= (1 - NAMED_NEEDED) * len(results), unnamed


@pytest.mark.parametrize("task", TASKS)
def test_the_solution_passes_and_has_the_arguments_that_messages_name(task):
    exercise, space = exercises()[task.name], namespace(task)
    assert judge(exercise, space[task.name])
    assert hidden_tests_pass(task, space[task.name], space)
    named = list(inspect.signature(space[task.name]).parameters)
    assert parameters(exercise.reference) == named


@pytest.mark.parametrize("task", TASKS)
def test_the_second_hint_points_at_a_section_that_exists(task):
    exercise = exercises()[task.name]
    assert exercise.look, "say where in the lesson to look again"
    for look in (exercise.look, *(m.look for m in exercise.misunderstandings)):
        assert set(re.findall("“(.+?)”", look)) <= set(headings(task.lesson))


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
    assert sum(name == exercise for name, *_ in WRONG_ANSWERS) >= WRONG_NEEDED
    assert sum(name == exercise for name, _ in RIGHT_ANSWERS) >= RIGHT_NEEDED


@pytest.mark.parametrize("exercise", EXERCISES)
def test_a_function_is_also_tried_on_drawn_input(exercise):
    known = exercises()[exercise]
    assert known.secret or any(isinstance(case, Drawn) for case in known.cases.values())


@pytest.mark.parametrize("exercise", EXERCISES)
def test_misunderstandings_are_wrong_and_tell_themselves_apart(exercise):
    known = exercises()[exercise]
    for misunderstanding in known.misunderstandings:
        answer = known.variant(misunderstanding.function)
        result = check(exercise, answer() if known.cases is None else answer)
        assert result.misunderstanding == misunderstanding.name, result.message


def test_corpora_name_exercises_that_exist():
    assert {name for name, *_ in WRONG_ANSWERS + RIGHT_ANSWERS} <= set(EXERCISES)
