"""The check engine: what counts as attempted, equal, recognised, and what grading raises."""

import math
import re
from dataclasses import replace

import keras
import numpy as np
import pandas as pd
import pytest
from keras import ops

from course_utils.checks import check
from course_utils.checks.engine import (
    NOT_ATTEMPTED,
    RIGHT,
    WRONG,
    CheckFailedError,
    Drawn,
    Exercise,
    Misunderstanding,
    OnMovieLens,
    Register,
    Result,
    agrees,
    is_untouched,
    judge,
    run_check,
)
from course_utils.checks.exercise import movielens_at_hand
from course_utils.checks.slip_search import slips

NUMBERS = np.array([1.0, 2.0, 4.5])


@pytest.fixture(autouse=True)
def not_grading(monkeypatch):
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)
    monkeypatch.setattr("course_utils.checks.engine._told", {})  # nothing was told yet


def halves(values):
    return np.asarray(values) / 2


HALVES = Exercise(
    name="halves",
    reference=halves,
    cases={"three numbers": (NUMBERS,), "one zero": (np.array([0.0]),)},
    misunderstandings=[
        Misunderstanding("doubled", lambda v: v * 2, "You multiplied; divide."),
        Misunderstanding("floored", lambda v: v // 2, "// drops the remainder; use /."),
    ],
    right="halved",
)
TOTAL = Exercise("total", np.sum, {"three": (NUMBERS,), "two": (NUMBERS[:2],)})


def expecting(value, **settings):
    """An exercise whose right answer returns ``value``."""
    return Exercise("expected", lambda x: value, {"the only case": (0,)}, **settings)


def returns(value):
    return lambda x: value


# ------------------------------------------------------------------------------- attempted?
def ellipsis_only(x): ...


def docstring_only(x):
    """Halve x, an array of shape (n,)."""


def docstring_and_ellipsis(x):
    """Halve x, an array of shape (n,)."""
    ...


def just_pass(x):
    pass


def with_defaults(x, y=3, *rest, reg: float = 5.0, **more) -> np.ndarray:
    """Halve x."""
    ...


def keyword_only(*, users, movies):
    """Halve x."""
    ...


def returns_none(x):
    return None


STUBS = [
    ellipsis_only,
    docstring_only,
    docstring_and_ellipsis,
    just_pass,
    with_defaults,
    keyword_only,
    returns_none,
]


@pytest.mark.parametrize("stub", [None, ..., *STUBS])
def test_a_stub_is_not_attempted(stub):
    result = run_check(HALVES, stub)
    assert is_untouched(stub)
    assert result.status == NOT_ATTEMPTED
    assert not result


def generator(x):
    yield


def prints(x):
    print(x)


@pytest.mark.parametrize(
    "answer",
    [lambda x: x, lambda x: 0, lambda x: x / 2, generator, prints, print, np.sum, 0, 0.0, "", []],
)
def test_anything_with_content_is_attempted(answer):
    assert not is_untouched(answer)


# ----------------------------------------------------------------------------------- equal?
@pytest.mark.parametrize(
    "convert",
    [
        np.asarray,
        lambda v: v.astype("float32"),
        list,
        tuple,
        pd.Series,
        lambda v: pd.Series(v, index=[7, 8, 9][: len(v)]),
        pd.Index,
        lambda v: ops.convert_to_tensor(v, "float32"),
        keras.Variable,
    ],
    ids=[
        "array",
        "float32",
        "list",
        "tuple",
        "series",
        "series_index",
        "index",
        "tensor",
        "variable",
    ],
)
def test_a_right_answer_may_come_in_any_type(convert):
    result = run_check(HALVES, lambda values: convert(halves(values)))
    assert (result.status, result.message) == (RIGHT, "halved")
    assert (result.passed, result.cases) == (2, 2)
    assert result


@pytest.mark.parametrize(
    "value", [7.5, np.float32(7.5), np.array(7.5), np.array([7.5]), ops.convert_to_tensor(7.5)]
)
def test_a_number_may_come_as_scalar_array_or_tensor(value):
    assert run_check(expecting(7.5), returns(value))


@pytest.mark.parametrize(
    ("expected", "value"),
    [
        ("Drama", "Drama"),
        (True, True),
        (True, np.bool_(True)),
        (np.array(["a", "b"]), ["a", "b"]),
        (np.array(["a", "b"]), pd.Series(["a", "b"])),
        (pd.DataFrame({"n": [1, 2]}), np.array([[1], [2]])),
        ({"n": 2, "mean": 0.5}, {"mean": np.float32(0.5), "n": 2}),
        ({"a": 1.0, "b": 2.0}, pd.Series({"b": 2, "a": 1})),
        (np.array([np.nan, 1.0]), [float("nan"), 1]),
        (2, 2.0),
    ],
)
def test_equal_values_are_right(expected, value):
    result = run_check(expecting(expected), returns(value))
    assert result, result.message


@pytest.mark.parametrize(
    ("expected", "value", "message"),
    [
        (1.0, 1.001, "expected 1, got 1.001"),
        (0.01643, 0.01651, r"expected 0.01643, got 0.01651"),
        (0.123451, 0.123484, r"expected 0.12345, got 0.12348"),
        ("Drama", "drama", "expected 'Drama', got 'drama'"),
        (True, False, "expected True, got False"),
        (np.array(["a", "b"]), ["b", "a"], "got"),
        (np.array([1.0, 2.0]), np.array([[1.0, 2.0]]), "expected 2 values, got 1 × 2"),
        (np.array([1.0, 2.0]), 1.0, "expected 2 values, got one value"),
        (1.0, NUMBERS, "expected one value, got 3 values"),
        (
            np.array([1.0, 2.0]),
            [1.0, [2.0, 3.0]],
            "expected 2 values, got 2 rows of different length",
        ),
        ({"n": 2, "mean": 0.5}, {"n": 2, "mean": 0.6}, "'mean': expected 0.5, got 0.6"),
        ({"n": 2, "mean": 0.5}, {"n": 2}, "'mean' is missing"),
        ({"n": 2}, 2, "expected a dict with 'n', got 2"),
        (np.array([0.0, 1.0]), [math.nan, 1.0], "place 0 .*expected 0, got nan.* 1 of 2 are nan"),
    ],
)
def test_different_values_are_wrong_and_the_message_says_how(expected, value, message):
    result = run_check(expecting(expected), returns(value))
    assert result.status == WRONG
    assert re.search(message, result.message), result.message


def test_the_tolerance_is_the_exercises():
    assert run_check(expecting(1.0, tolerance=0.01), returns(1.001))
    assert not run_check(expecting(1.0, tolerance=1e-5), returns(1.001))


def test_observe_turns_an_answer_into_what_is_compared():
    exercise = expecting({3, 1, 2}, observe=sorted)
    assert run_check(exercise, returns([2, 1, 3]))
    assert not run_check(exercise, returns([2, 1]))


# ---------------------------------------------------------------------------------- wrong how?
def test_a_function_without_return_is_told_so():
    def forgets_return(values):
        values / 2

    result = run_check(HALVES, forgets_return)
    assert result.status == WRONG
    assert "returns nothing: end it with return" in result.message


def test_an_exception_is_named_and_does_not_leave_the_check():
    result = run_check(HALVES, lambda values: values["half"])
    assert result.message.startswith("three numbers: it stopped with IndexError: ")
    wrong_number = run_check(HALVES, lambda a, b: 1)
    assert "with 1 argument (values), and yours takes (a, b)" in wrong_number.message


def test_the_first_case_that_differs_is_described():
    result = run_check(TOTAL, lambda values: 7.5)
    assert result.message.startswith("two: expected 3, got 7.5. ")
    assert (result.passed, result.cases) == (1, 2)


@pytest.mark.parametrize("not_a_function", [3.0, "halves", NUMBERS, {"a": 1}])
def test_a_value_instead_of_the_function_is_explained(not_a_function):
    result = run_check(HALVES, not_a_function)
    assert result.status == WRONG
    assert "give check the function itself" in result.message


def test_a_misunderstanding_is_named_with_its_hint():
    result = run_check(HALVES, lambda values: values * 2)
    assert (result.status, result.misunderstanding) == (WRONG, "doubled")
    assert result.message.endswith("You multiplied; divide.")
    assert "at place 0 (counted from 0): expected 0.5, got 2" in result.message


def test_a_misunderstanding_of_the_failing_cases_is_named_though_others_are_right():
    def doubles_long_lists(values):
        return values * 2 if len(values) > 1 else values / 2

    result = run_check(HALVES, doubles_long_lists)
    assert (result.misunderstanding, result.passed) == ("doubled", 1)


def test_a_misunderstanding_of_most_cases_is_named_and_the_others_are_described():
    exercise = replace(HALVES, cases={**HALVES.cases, "two": (np.array([3.0, 5.0]),)})

    def doubles_and_adds(values):
        return values * 2 if len(values) == 3 else values / 2 + len(values)

    result = run_check(exercise, doubles_and_adds)
    assert result.misunderstanding is None  # one of three is not enough
    exercise = replace(exercise, cases={k: exercise.cases[k] for k in ("three numbers", "two")})
    result = run_check(exercise, doubles_and_adds)
    assert result.misunderstanding == "doubled"
    assert "You multiplied; divide. two: at place 0" in result.message
    assert result.message.endswith("Each is too large by 2.")


def test_a_case_that_raises_does_not_silence_the_others():
    def stops_at_zero(values):
        assert values.all()
        return values * 2

    result = run_check(HALVES, stops_at_zero)
    assert result.misunderstanding == "doubled"
    assert "one zero: it stopped with AssertionError" in result.message


def test_a_misunderstanding_that_cannot_run_is_passed_over():
    exercise = Exercise(
        "total",
        np.sum,
        TOTAL.cases,
        [
            Misunderstanding("breaks", lambda values: values["no"], "never shown"),
            Misunderstanding("mean", np.mean, "That is the mean."),
        ],
    )
    assert run_check(exercise, np.mean).misunderstanding == "mean"


def test_an_answer_cannot_change_what_the_others_are_given():
    def erases(values):
        values[:] = 0
        return 0.0

    result = run_check(TOTAL, erases)
    assert (result.status, result.passed) == (WRONG, 0)
    assert TOTAL.cases["three"][0].tolist() == [1.0, 2.0, 4.5]

    def in_place(values):
        values /= 2
        return values

    assert run_check(HALVES, in_place)


def test_the_case_arguments_survive_many_checks():
    for _ in range(3):
        assert run_check(HALVES, lambda values: np.divide(values, 2, out=values))


# ------------------------------------------------------------------------- two mistakes at once
def spread(values, *, root=True, ddof=1):
    variance = np.var(values, ddof=ddof)
    return np.sqrt(variance) if root else variance


SPREAD = Exercise(
    "spread",
    spread,
    {"three": (NUMBERS,), "drawn anew": Drawn(lambda rng: (rng.normal(size=7),))},
    [
        Misunderstanding("no_root", {"root": False}, "Take the root.", look="the second line"),
        Misunderstanding("population", {"ddof": 0}, "Divide by n − 1."),
    ],
    look="“Spread”",
)


def test_misunderstandings_of_two_steps_are_recognised_together():
    assert run_check(SPREAD, np.var).misunderstanding == "no_root + population"
    assert run_check(SPREAD, np.std).misunderstanding == "population"
    message = run_check(SPREAD, np.var).message
    assert "Two things. Take the root. And: Divide by n − 1." in message


def test_a_misunderstanding_and_a_relation_are_recognised_together():
    result = run_check(SPREAD, lambda values: -np.std(values))
    assert result.misunderstanding == "population + sign turned"


def test_two_misunderstandings_each_of_some_cases_are_both_told():
    exercise = replace(HALVES, cases={**HALVES.cases, "two": (np.array([3.0, 5.0]),)})
    result = run_check(exercise, lambda v: v * 2 if len(v) == 3 else v // 2)
    assert result.misunderstanding == "doubled + floored"
    assert "three numbers: " in result.message
    assert "two: at place 0 (counted from 0): expected 1.5, got 1. // drops" in result.message


def test_a_relation_names_a_mistake_that_is_on_no_list():
    result = run_check(HALVES, lambda values: -values / 2)
    assert result.misunderstanding == result.relation == "sign turned"


def above_the_lowest(values):
    return 2 * (values - values.min())


@pytest.mark.parametrize("trouble", [OSError("no source"), SyntaxError("changed on disk")])
def test_a_slip_in_the_reference_is_recognised_where_its_source_is_there(monkeypatch, trouble):
    exercise = replace(SPREAD, name="above", reference=above_the_lowest, misunderstandings=[])

    def slipped(values):
        return 2 * (values + values.min())

    found = run_check(exercise, slipped)
    assert found.misunderstanding == "slip: operator"
    assert found.message.endswith("Look at what you do with values.")

    def no_source(function):
        raise trouble

    monkeypatch.setattr("inspect.getsource", no_source)
    assert run_check(exercise, slipped).status == WRONG
    assert run_check(exercise, slipped).misunderstanding is None


def test_a_drawn_case_is_the_same_in_each_check_and_another_with_another_seed():
    assert np.array_equal(SPREAD.arguments()["drawn anew"], SPREAD.arguments()["drawn anew"])
    assert not np.array_equal(SPREAD.arguments(1)["drawn anew"], SPREAD.arguments(2)["drawn anew"])


def test_the_lesson_s_data_is_a_case_only_where_it_is_at_hand(monkeypatch, tmp_path):
    on_data = replace(SPREAD, cases={"three": (NUMBERS,), "data": OnMovieLens(lambda data: 1 / 0)})
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path))
    monkeypatch.setenv("MOVIELENS_HOME", str(tmp_path))
    movielens_at_hand.cache_clear()
    assert list(on_data.arguments()) == ["three"]
    movielens_at_hand.cache_clear()


# ---------------------------------------------------------------------------------- hint, then look
def test_the_same_mistake_again_is_told_where_to_look():
    first, again = (run_check(replace(SPREAD, name="spread twice"), np.std) for _ in range(2))
    assert "Look again" not in first.message
    assert again.message == f"{first.message} Look again: “Spread”"
    other = run_check(replace(SPREAD, name="spread twice"), lambda v: np.var(v, ddof=1))
    assert "Look again" not in other.message
    assert run_check(SPREAD, lambda v: np.var(v, ddof=1), hint=2).message.endswith("second line")


# --------------------------------------------------------------------------------------- errors
def empty_helper(values): ...


def calls_empty_helper(values):
    return empty_helper(values) / 2


def returns_empty_helper(values):
    return empty_helper(values)


@pytest.mark.parametrize("answer", [calls_empty_helper, returns_empty_helper])
def test_an_unattempted_function_called_from_inside_is_named(answer):
    result = run_check(HALVES, answer)
    assert "it calls empty_helper, which is not written yet" in result.message
    assert result.misunderstanding == "empty helper"


@pytest.mark.parametrize(
    ("answer", "name"),
    [
        (lambda v: v + np.ones(len(v) + 1), "shapes"),
        (lambda v: v.numpy() / 2, "array as tensor"),
        (lambda v: ops.convert_to_tensor(v).astype("float32"), "tensor as array"),
        (lambda v: v.groupby(v), "array as series"),
        (lambda v: list(v) / 2, "list as array"),
        (lambda v: v / 2 if v > 0 else v, "truth value"),
        (lambda v: v / len, "not called"),
        (lambda v: -(v > 1), "minus for not"),
        (lambda v: math.exp(v), "one number at a time"),
        (lambda v: pd.Series(v) == pd.Series([1.0]), "compared row by row"),
        (lambda v: v[len(v)], "index too large"),
        (lambda v: v[1.5], "index of another shape"),
        (lambda v: {}[3], "no such key"),
        (lambda v: v / no_such_name, "no such name"),  # noqa: F821
        (lambda v: v & v > 0, "brackets"),
        (lambda v: list(v).sort()[0], "nothing in between"),
        (lambda v: 1 / 0, "division by zero"),
        (lambda v: max([]), "nothing there"),
        (lambda v: np.array([[1, 2], [3]]), "ragged"),
        (lambda v: pd.Series(v).no_such_method(), "no such column"),
    ],
)
def test_an_error_has_a_hint_of_its_own(answer, name):
    longer = replace(HALVES, cases={"three numbers": HALVES.cases["three numbers"]})
    result = run_check(longer, answer)
    assert result.misunderstanding == name, result.message
    assert "it stopped with" in result.message


def test_a_generator_is_told_to_be_a_list():
    def yields(values):
        yield from values / 2

    result = run_check(HALVES, yields)
    assert result.misunderstanding == "generator"
    assert "collect in a list, and return that" in result.message


@pytest.mark.parametrize("answer", [lambda x: 2.0, lambda x: (1, 2), lambda x: {"mean": 1.0}])
def test_several_results_are_asked_for_by_number(answer):
    exercise = Exercise("three", lambda x: (1.0, 2.0, x), {"one": (3.0,)})
    assert "expected 3 results, got" in run_check(exercise, answer).message
    assert run_check(exercise, lambda x: np.array([1, 2, x]))


# ------------------------------------------------------------------------------ value exercises
VALUE = Exercise(
    "sparsity",
    lambda: 0.955,
    misunderstandings=[Misunderstanding("density", lambda: 0.045, "That is the density.")],
    right="mostly empty",
)


def test_a_value_is_checked_recognised_and_left_alone_when_not_attempted():
    assert repr(run_check(VALUE, np.float32(0.955))) == "✓ sparsity: mostly empty"
    wrong = run_check(VALUE, 0.045)
    assert (wrong.status, wrong.misunderstanding, wrong.message) == (
        WRONG,
        "density",
        "That is the density.",
    )
    third = run_check(VALUE, 0.5).message
    assert third.startswith("Too small, by a factor of about 1.9. A model answer: solution(")
    assert run_check(VALUE, ...).status == NOT_ATTEMPTED
    assert run_check(VALUE, None).status == NOT_ATTEMPTED


def test_a_value_that_cannot_be_read_is_wrong_and_says_why():
    exercise = Exercise("two", lambda: [1, 2], observe=lambda pair: {"first": pair[0]})
    result = run_check(exercise, 3)
    assert result.status == WRONG
    assert "could not be read: it is 3 (TypeError" in result.message


# ------------------------------------------------------------------------------------- grading
@pytest.mark.parametrize("answer", [..., ellipsis_only, lambda values: values * 2])
def test_under_grading_a_wrong_or_missing_answer_raises_what_the_learner_reads(monkeypatch, answer):
    message = repr(run_check(HALVES, answer))
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    with pytest.raises(CheckFailedError) as failure:
        run_check(HALVES, answer)
    assert str(failure.value) == message


def test_under_grading_a_right_answer_does_not_raise(monkeypatch):
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    assert run_check(HALVES, halves)
    assert run_check(VALUE, 0.955)


def test_judging_finds_the_same_and_never_raises(monkeypatch):
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    assert judge(HALVES, lambda values: values * 2).misunderstanding == "doubled"
    assert judge(HALVES, ...).status == NOT_ATTEMPTED


def test_answers_agree_whatever_their_form():
    assert agrees(HALVES, [0.5, 1.0], np.float32([0.5, 1.0]))
    assert agrees(HALVES, ops.convert_to_tensor([0.5]), np.array([0.5]))
    assert not agrees(HALVES, [0.5, 1.1], np.array([0.5, 1.0]))


# ------------------------------------------------------------------------------ showing, finding
def test_html_shows_markup_in_answers_as_text():
    result = run_check(expecting("text"), returns("<script>alert('&')</script>"))
    html = result._repr_html_()
    assert "<script>" not in html
    assert "&lt;script&gt;" in html
    assert "&lt;b&gt;" in Result("<b>", WRONG, "")._repr_html_()


def test_status_decides_the_colour():
    colours = {Result("e", s, "")._repr_html_() for s in (RIGHT, WRONG, NOT_ATTEMPTED)}
    assert len(colours) == 3


def test_a_long_answer_is_shortened():
    assert len(run_check(expecting("a"), returns("b" * 500)).message) < 150


def test_an_unknown_exercise_lists_the_known_ones():
    register = Register()
    register.add(HALVES)
    register.add(VALUE)
    with pytest.raises(KeyError, match=r"no exercise 'halfs'; known: halves, sparsity"):
        register["halfs"]
    assert register["halves"] is HALVES
    with pytest.raises(KeyError, match=r"no exercise 'no_such'; known: .*per_user_rmse"):
        check("no_such", halves)


def test_two_exercises_of_one_name_are_refused():
    register = Register()
    register.add(HALVES)
    with pytest.raises(ValueError, match="two exercises named 'halves'"):
        register.add(HALVES)


@pytest.mark.parametrize("expected", [True, "Drama"])
def test_several_values_where_one_belongs_are_wrong_not_a_crash(expected):
    result = run_check(expecting(expected), returns(np.array([expected, expected])))
    assert result.status == WRONG
    assert f"expected {expected!r}, got 2 values" in result.message


def test_sets_are_compared_as_sets():
    one_order, other_order = {0, 8}, {8, 0}
    assert str(one_order) != str(other_order)
    assert run_check(expecting(one_order), returns(other_order))
    assert not run_check(expecting(one_order), returns({0}))


@pytest.mark.parametrize("expected", [1.5, np.array([1.5, 2.5])])
def test_words_are_not_numbers(expected):
    assert not run_check(expecting(expected), returns(np.asarray(expected).astype(str)))


def test_numbers_in_an_object_column_are_numbers():
    column = pd.Series([1.5 + 1e-9, 2], dtype=object)
    assert run_check(expecting(np.array([1.5, 2.0])), returns(column))
    assert run_check(expecting(column), returns([1.5, 2.0]))


def test_dates_are_compared():
    dates = np.array(["2000-12-31", "2001-01-01"], "datetime64[s]")
    assert run_check(expecting(dates), returns(pd.Series(dates)))
    assert run_check(expecting(dates), returns([pd.Timestamp(date) for date in dates]))
    assert run_check(expecting(dates), returns(dates[::-1])).status == WRONG
    assert run_check(expecting(dates), returns([1.0, 2.0])).status == WRONG


def test_a_dict_with_more_than_asked_for_is_wrong():
    result = run_check(expecting({"Drama": 2}), returns({"Drama": 2, "War": 1}))
    assert result.status == WRONG
    assert "'War' does not belong there" in result.message


def test_an_answer_cannot_change_arguments_inside_arguments():
    def erases(batches):
        batches[0][:] = 0
        return 0.0

    exercise = Exercise("total", lambda batches: batches[0].sum(), {"a list": ([NUMBERS.copy()],)})
    assert run_check(exercise, erases).status == WRONG
    assert run_check(exercise, lambda batches: batches[0].sum())


def test_a_random_generator_gives_everyone_the_same_numbers():
    exercise = Exercise(
        "draw", lambda rng: rng.random(3), {"a generator": (np.random.default_rng(0),)}
    )
    assert run_check(exercise, lambda rng: rng.random(3))


def test_what_cannot_be_read_is_not_blamed_on_the_function():
    exercise = expecting([1, 2], observe=lambda pair: {"first": pair[0]})
    result = run_check(exercise, returns(3.0))
    assert "what it returns could not be read: it is 3 (TypeError" in result.message
    assert "stopped" not in result.message


def test_an_empty_place_in_a_dict_is_not_a_missing_return():
    result = run_check(expecting({"n": 2, "mean": 0.5}), returns({"n": 2, "mean": None}))
    assert result.message.startswith("the only case: 'mean': expected 0.5, got nothing.")


def test_a_value_that_does_not_become_an_array_is_wrong_not_a_crash():
    class NeedsDetach:  # as a PyTorch tensor with a gradient
        def numpy(self):
            raise RuntimeError("Can't call numpy() on Tensor that requires grad")

    result = run_check(expecting(NUMBERS), returns(NeedsDetach()))
    assert result.status == WRONG
    assert "expected 3 values, got a NeedsDetach" in result.message


def test_no_slip_that_might_never_end_is_tried():
    source = "def f(a, n):\n    while n > 0:\n        n -= 1\n    return np.r_[a, n]\n"
    assert list(slips(source)) == []
    assert list(slips("def f(a, n):\n    return np.r_[a, n] + 1\n"))
