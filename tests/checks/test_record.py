"""Guesses, progress, and what stands in for an answer that is not there."""

import json
import math

import numpy as np
import pytest

from course_utils.checks import check, guess, progress, record, reveal, solution, yours


@pytest.fixture(autouse=True)
def kept(tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_PROGRESS", str(tmp_path / "mine" / "progress.json"))
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)
    return tmp_path / "mine" / "progress.json"


def right(y_true, y_pred, low, high):
    mask = y_true != 0
    squared = np.where(mask, (y_true - np.clip(y_pred, low, high)) ** 2, 0.0)
    return np.sqrt(squared.sum(axis=1) / np.maximum(mask.sum(axis=1), 1))


def wrong(y_true, y_pred, low, high):
    return right(y_true, y_pred, low, high) ** 2


def untouched(y_true, y_pred, low, high): ...


def test_a_guess_is_kept_and_shown_beside_the_truth(kept):
    assert repr(guess("rmse", ...)) == "no guess of rmse yet"
    assert repr(reveal("rmse", 0.9)) == "no guess of rmse; it is 0.9"
    guess("rmse", 0.95)
    assert repr(reveal("rmse", 0.9)) == "you guessed 0.95; it is 0.9, 0.05 away"
    assert json.loads(kept.read_text())["guesses"] == {"rmse": 0.95}
    guess("rmse", ...)  # the cell runs again, unattempted: the guess stays
    assert "0.95" in repr(reveal("rmse", 0.9))
    guess("which", "falls")
    assert repr(reveal("which", "Falls")).endswith("✓")
    assert "✓" not in repr(reveal("which", "rises"))
    assert "<div" in reveal("which", "rises")._repr_html_()


@pytest.mark.parametrize("value", [math.nan, math.inf, [1, 2], {"a": 1}, True, print])
def test_a_guess_that_is_none_is_refused_and_the_old_one_stays(value):
    guess("rmse", 1)
    with pytest.raises((ValueError, TypeError), match="guess a"):
        guess("rmse", value)
    assert guess("rmse").guess == 1


def test_numbers_of_numpy_are_kept():
    guess("share", np.float32(0.5))
    assert guess("share").guess == 0.5


@pytest.mark.parametrize("text", ["", "{", "[1, 2]", '{"guesses": 3}'])
def test_a_file_that_cannot_be_read_stops_nobody(kept, text):
    kept.parent.mkdir()
    kept.write_text(text)
    assert guess("rmse").guess is None
    guess("rmse", 1.0)
    assert guess("rmse").guess == 1.0


def test_a_place_that_cannot_be_written_stops_nobody(monkeypatch):
    monkeypatch.setenv("COURSE_PROGRESS", "/proc/nowhere/progress.json")
    guess("rmse", 1.0)
    assert "masked_rmse_clip" in repr(check("masked_rmse_clip", right))


def test_nothing_is_kept_where_it_is_off(kept, monkeypatch):
    monkeypatch.setenv("COURSE_PROGRESS", "off")
    guess("of_this_session", 2)
    assert guess("of_this_session").guess == 2
    assert not kept.exists()
    record.forget()
    assert guess("of_this_session").guess is None


def test_progress_counts_what_is_right_and_names_the_next():
    before = progress().loc["04"]
    assert before["done"] == 0
    assert before["next"] == "filled_rows"
    check("masked_rmse_clip", wrong)
    check("masked_rmse_clip", untouched)
    assert progress().loc["04", "done"] == 0
    check("masked_rmse_clip", right)
    check("masked_rmse_clip", wrong)  # what was ✓ stays ✓
    assert progress().loc["04", "done"] == 1


def test_the_model_answer_comes_after_three_tries(capsys):
    solution("masked_rmse_clip")
    assert "not yet" in capsys.readouterr().out
    for _ in range(2):
        assert "solution(" not in check("masked_rmse_clip", wrong).message
    assert 'solution("masked_rmse_clip")' in check("masked_rmse_clip", wrong).message
    solution("masked_rmse_clip")
    assert "np.clip" in capsys.readouterr().out


def test_the_model_answer_comes_with_the_right_one(capsys):
    check("masked_rmse_clip", right)
    solution("masked_rmse_clip")
    assert "def " in capsys.readouterr().out


def test_what_is_right_is_used_and_what_is_missing_is_replaced(capsys):
    assert yours("masked_rmse_clip", right).whose == "yours"
    assert capsys.readouterr().out == ""
    for answer, why in ((untouched, "not attempted yet"), (wrong, "does not pass")):
        used = yours("masked_rmse_clip", answer)
        assert used.whose == "the course's"
        assert why in capsys.readouterr().out
        one = np.array([[4.0, 0.0]]), np.array([[9.0, 0.0]]), 1, 5
        np.testing.assert_allclose(used(*one), [1.0])
