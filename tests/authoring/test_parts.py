"""Quick questions, folded answers, and the way from lesson to lesson."""

import pytest

from course_tools.authoring.parts import folded, quiz, way_around
from course_tools.authoring.source import BuildError

QUESTION = """What stands in a gap?

- [x] what we put there :: Yes, a filling
  of two lines.
- [ ] nothing, see `x < 3` :: A vector has no empty cells.
- [ ] always 0 :: That is how it is stored."""


def test_each_choice_opens_what_it_means():
    text = quiz(QUESTION)
    assert text.startswith("**Quick question.** What stands in a gap?")
    assert text.count("<details>") == text.count("</details>") == 3
    assert text.count("✓") == 1
    assert "✓ Yes, a filling of two lines." in text
    assert "<summary>nothing, see <code>x &lt; 3</code></summary>" in text
    assert text == quiz(QUESTION)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("- [x]", "- [ ]"),
        ("- [ ] always 0", "- [x] always 0"),
        ("- [ ] always 0 :: That is how it is stored.", ""),
        (" :: A vector has no empty cells.", ""),
    ],
)
def test_a_question_without_one_right_choice_and_its_whys_is_refused(old, new):
    with pytest.raises(BuildError, match="quiz"):
        quiz(QUESTION.replace(old, new))


def test_an_answer_is_folded_and_holds_no_heading():
    assert "<summary>Run the cell above first" in folded("It *falls*.")
    with pytest.raises(BuildError, match="heading"):
        folded("It falls.\n\n## Next")


def test_the_way_leads_to_both_neighbours(tmp_path):
    for name, title in (
        ("01_a", "01 · The data"),
        ("02_b", "02 · Means: more"),
        ("10_c", "10 · End"),
    ):
        (tmp_path / f"{name}.py").write_text(f"# %% [markdown]\n# # {title}\n")
    sources = sorted(tmp_path.glob("*.py"))
    middle = way_around("02_b", sources)
    assert "[← 01 The data](01_a.ipynb)" in middle
    assert "[10 End →](10_c.ipynb)" in middle
    assert "←" not in way_around("01_a", sources)
    assert "→" not in way_around("10_c", sources)
    assert way_around("elsewhere", sources) == ""
