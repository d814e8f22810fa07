"""The sentences about answers whose mistake nobody listed: each is true, none is missing."""

import numpy as np
import pandas as pd
import pytest

from course_utils.checks.comparison import Rows, compare
from course_utils.checks.engine import Exercise, Misunderstanding, judge
from course_utils.checks.relation import relations

WANT = np.array([2.5, -1.25, 4.5, 3.0, 0.5])
TABLE = np.array([[1.5, 2.0, 4.0], [0.0, 3.5, 2.5]])
ARGUMENTS = {
    "stars": np.array([4.0, 2.0, 5.0, 3.0, 1.5]),
    "users": np.array([0, 2, 0, 1, 2]),
    "bias": np.array([0.5, -0.25, 0.75]),
    "mean": 3.25,
    "copies": 9,
}


def found(got, want, arguments=None):
    return relations(compare(got, want), arguments or {}, 1e-5)


def test_one_number_is_no_share_of_its_sum():
    assert "not divided by the sum" not in [r.name for r in found(0.25, 1.0)]
    assert "divided by the sum" not in [r.name for r in found(1.0, 0.25)]


@pytest.mark.parametrize(
    ("got", "want", "name", "sentence"),
    [
        (-WANT, WANT, "sign turned", "The sign is turned."),
        (WANT**2, WANT, "root missing", "square of what is right"),
        (np.sqrt(TABLE), TABLE, "root too much", "leave the root"),
        (1 - WANT, WANT, "one minus", "1 minus what is right"),
        (100 * WANT, WANT, "percent", "100 times"),
        (np.trunc(WANT), WANT, "fraction lost", "behind the decimal point"),
        (TABLE.T, TABLE, "transposed", "Rows and columns are exchanged"),
        (TABLE[::-1], TABLE, "rows reversed", "in reverse order"),
        (WANT[::-1], WANT, "reversed", "in reverse order"),
        (np.sort(WANT), WANT, "sorted", "sorted"),
        (np.roll(WANT, 1), WANT, "one place late", "one place too late"),
        (np.clip(WANT, 0, 4), WANT, "cut off", "cut off at 0 and 4"),
        (WANT, np.clip(WANT, 0, 4), "not clipped", "range from 0 to 4"),
        (WANT, WANT / WANT.sum(), "not divided by the sum", "Divide by the sum"),
        (np.full(5, WANT.mean()), WANT, "mean everywhere", "is the mean of the right ones"),
        (WANT.mean(), WANT, "mean taken", "the mean of those asked"),
        (WANT, WANT.sum(), "sum left out", "the sum of yours"),
        (WANT[:3], WANT, "end missing", "The last 2 values are missing"),
        (WANT[1:], WANT, "start missing", "The first value is missing"),
        (WANT[None], WANT, "shape only", "their shape is not: 5 values are asked"),
        (TABLE == 0, TABLE != 0, "inverted", "True and False are exchanged"),
        (WANT * np.nan, WANT, "nan", "5 of 5 are nan"),
        (5 * WANT, WANT, "divide by the number of stars", "by a factor of 5"),
        (WANT / 9, WANT, "multiply by copies", "Too small by a factor of 9"),
        (WANT * np.sqrt(5), WANT, "divide by the root of the number of stars", "factor of 2.236"),
        (WANT + 3.25, WANT, "mean not taken away", "off by exactly mean"),
        (WANT - 3.1, WANT, "the mean of stars missing", "off by exactly the mean of stars"),
        (WANT + ARGUMENTS["stars"], WANT, "stars not taken away", "off by exactly stars"),
        (WANT - [0.5, 0.75, 0.5, -0.25, 0.75], WANT, "bias[users] missing", "exactly bias[users]"),
        (WANT + 0.125, WANT, "step 0.125", "Each is too large by 0.125."),
        (WANT * 1.5, WANT, "factor 1.5", "Each is 1.5 times"),
        (WANT[[1, 0, 2, 3, 4]], WANT, "other order", "in another order"),
        (np.add(WANT, [0, 0, 0, 0, 1]), WANT, "only the last", "Only the last value is wrong."),
        (
            np.add(WANT, [1, 0, -2, 0, 1.5]),
            WANT,
            "mixed",
            "3 of 5 numbers differ: 2 too large, 1 too",
        ),
        (np.add(TABLE, [[0], [1]]), TABLE, "one row", "Only row 1"),
        (2.9, 1.4, "too large", "by a factor of about 2.1"),
        (-3.0, 1.0, "other sign", "the other sign"),
    ],
)
def test_what_holds_is_said(got, want, name, sentence):
    relation = next(r for r in found(got, want, ARGUMENTS) if r.name == name)
    assert sentence in relation.sentence


@pytest.mark.parametrize(
    ("got", "want", "text", "remark"),
    [
        ({"Drama": 3, "War": 2}, {"Drama": 3, "War": 1}, "'War': expected 1, got 2", ""),
        (
            {"Drama": 3},
            {"Drama": 3, "War": 1},
            "'War' is missing",
            "missing: 'War'. Everything else is right",
        ),
        (
            {"a": 1, "b": 2, "": 3},
            {"a": 1, "b": 2},
            "'' does not belong there",
            "there: ''. Everything else is right",
        ),
        (Rows([[1, 2], [1, 2]]), Rows([[1, 2]]), "row 1 (counted from 0)", "1 row too often"),
        (Rows([[1, 2]]), Rows([[1, 2], [2, 3]]), "expected [2, 3], got no row", "1 row missing"),
        (Rows([[2, 3], [1, 2]]), Rows([[1, 2], [2, 3]]), "row 0", "the same rows, in another"),
        (np.array(["a", "c"]), np.array(["b", "c"]), "expected 'b', got 'a'", "1 of 2 differ"),
        (np.array([3.0, 1.0]), np.array([3.0, 1.0, 2.0]), "2 values", "1 value missing"),
        ({"A", "B"}, {"A", "C"}, "'B' does not belong there", "missing: 'C'"),
    ],
)
def test_names_rows_and_words_that_differ_are_counted(got, want, text, remark):
    difference = compare(got, want)
    assert text in difference.text
    assert remark in difference.remark


def test_axes_and_keys_bear_their_names():
    assert compare(np.add(TABLE, [[0, 0, 0], [0, 1, 0]]), TABLE, axes=("user", "movie")).text == (
        "user 1, movie 1: expected 3.5, got 4.5"
    )
    assert compare({7: 1.0}, {7: 2.0}, axes=("movie",)).text == "movie 7: expected 2, got 1"


ANYTHING = [
    0.0, np.nan, np.inf, True, "word", [], [[]], {}, set(), {1, "a"}, [1, [2, 3]], np.zeros((0, 4)),
    np.arange(6).reshape(2, 3), WANT, TABLE, ["a", None], {"a": np.nan}, {"a": None}, {1: "b"},
    pd.Series([1.0, 2.0], index=["x", "y"]), pd.DataFrame({"a": [1], "b": ["c"]}), object(), print,
    (x for x in "ab"), np.array(["2020-01-01"], "datetime64[D]"), b"bytes", 1 + 2j, range(3),
    [np.array([1, 2]), np.array([1])], np.array([None, 1]), pd.Categorical(["a"]), 10**30,
]  # fmt: skip
RIGHT = [1.5, True, "a", WANT, TABLE, np.array(["a", "b"]), {"a": 1.0}, {"a": WANT, "b": 2}, {1},
         Rows([[1.0, 2.0]]), np.array([]), {}, Rows([]), TABLE == 0]  # fmt: skip


@pytest.mark.parametrize("right", RIGHT, ids=range(len(RIGHT)))
@pytest.mark.parametrize("answer", ANYTHING, ids=range(len(ANYTHING)))
def test_whatever_comes_gets_an_answer(right, answer):
    wrong = Misunderstanding("empty", lambda x: [], "never")
    exercise = Exercise("any", lambda x: right, {"one": (1,), "two": (np.arange(2.0),)}, [wrong])
    result = judge(exercise, lambda x: answer)
    assert result.message
    assert "expected" in result.message or result.message.count(":") or result


def test_relations_of_random_numbers_are_true():
    rng = np.random.default_rng(0)
    for _ in range(50):
        want, got = rng.normal(size=(2, 4, 3))
        names = {r.name for r in found(got, want)}
        assert not {"sign turned", "root missing", "transposed", "other order"} & names
        mixed = found(got, want)[-1].sentence
        high, low = (got > want).sum(), (got < want).sum()
        assert mixed == f"12 of 12 numbers differ: {high} too large, {low} too small." or not (
            high and low
        )
