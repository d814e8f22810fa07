"""Lesson 09 refuses what would not fit into memory at scale."""

import pytest

from course_utils.checks import exercises
from course_utils.checks.engine import judge
from tests.wrong_answers import lesson_09


@pytest.mark.parametrize("answer", [lesson_09.dense_output, lesson_09.all_pairs])
def test_a_dense_output_is_refused_where_its_value_is_right(answer):
    result = judge(exercises()["observed_sse"], answer)
    assert result.passed > 0
    assert "you made an array of" in result.message


@pytest.mark.parametrize(
    ("exercise", "answer"),
    [
        ("observed_sse", lesson_09.converted_and_dense),
        ("observed_sse", lesson_09.converted_and_all_pairs),
        ("observed_sse", lesson_09.dense_of_zeros),
        ("csr_batch", lesson_09.everything_then_rows),
        ("csr_batch", lesson_09.zeros_for_all_then_rows),
    ],
)
def test_the_whole_matrix_is_refused_whatever_the_arrays_are_converted_to(exercise, answer):
    result = judge(exercises()[exercise], answer)
    assert result.passed == 3  # the small cases
    assert "Unable to allocate" in result.message
