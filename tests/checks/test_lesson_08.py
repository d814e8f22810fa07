"""The decoder exercise refuses what would not fit into memory at scale."""

import pytest

from course_utils.checks import check
from tests.wrong_answers import lesson_08


@pytest.mark.parametrize("answer", [lesson_08.dense_output, lesson_08.all_pairs])
def test_a_dense_output_is_refused_although_its_value_is_right(answer, monkeypatch):
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)
    result = check("observed_sse", answer)
    assert not result
    assert "you made an array of 8 × 8 cells" in result.message
