"""Whose a file is: nobody is joined, renamed or dropped on a guess."""

import csv
import io
from pathlib import PurePosixPath

import pytest

from course_tools.grading.people import Roster, doubts, owners
from tests.grading.test_grade import LESSON, RIGHT, notebook, put, run

LESSONS = ["04_autorec", "02_baseline"]


def who(*paths, rule=None, roster=None):
    return owners([PurePosixPath(path) for path in paths], LESSONS, rule, roster)


@pytest.mark.parametrize(
    ("paths", "names"),
    [
        (["group-1/04_autorec.ipynb", "group-2/04_autorec.ipynb"], ["group-1", "group-2"]),
        (["team (1)/x.ipynb", "team (2)/x.ipynb"], ["team (1)", "team (2)"]),
        (["anna copy/x.ipynb", "anna/x.ipynb"], ["anna copy", "anna"]),
        (["group-1.ipynb", "group-2.ipynb"], ["group-1", "group-2"]),
        (["04_autorec_group-1.ipynb", "04_autorec_group-2.ipynb"], ["group-1", "group-2"]),
        (["04/anna.ipynb", "04/ben.ipynb"], ["anna", "ben"]),
        (
            ["04_autorec/anna.ipynb", "autorec/ben.ipynb", "lesson 4/cem.ipynb"],
            ["anna", "ben", "cem"],
        ),
        (["week04/anna/x.ipynb", "hw4/ben/x.ipynb"], ["anna", "ben"]),
        (["section1/anna/x.ipynb", "section2/ben/x.ipynb"], ["anna", "ben"]),
        (["12345678/x.ipynb", "23456789/x.ipynb"], ["12345678", "23456789"]),
        (["anna (1).ipynb", "ben.ipynb"], ["anna", "ben"]),
        (["student 1/x.ipynb", "student 2/x.ipynb"], ["student 1", "student 2"]),
        (
            ["submission_123456/x.ipynb", "submission_123457/x.ipynb"],
            ["submission_123456", "submission_123457"],
        ),
        (
            ["anna-marie/x.ipynb", "O'Neil, Tim/x.ipynb", "李雷/x.ipynb"],
            ["anna-marie", "O'Neil, Tim", "李雷"],
        ),
    ],
)
def test_nobody_is_joined_or_renamed(paths, names):
    assert [owner.student for owner in who(*paths)] == names


def test_identity_does_not_depend_on_who_else_is_there():
    paths = ["section1/anna/x.ipynb", "section2/ben/x.ipynb", "cem/04/x.ipynb", "04/dora.ipynb"]
    together = [owner.student for owner in who(*paths)]
    assert together == [who(path)[0].student for path in paths]


@pytest.mark.parametrize(
    "paths",
    [
        ["prof/anna.ipynb", "prof/ben.ipynb"],
        ["Kurs B/anna/x.ipynb", "Kurs B/ben/x.ipynb"],
        ["section1/anna/x.ipynb", "section2/anna/x.ipynb"],
        ["student (1).ipynb", "student (2).ipynb"],
    ],
)
def test_where_a_guess_would_join_two_it_is_a_doubt(paths):
    found = who(*paths)
    assert len({owner.student for owner in found}) < len(paths)
    assert doubts(found)


@pytest.mark.parametrize(
    "paths",
    [
        ["anna/04_autorec.ipynb", "anna/04_autorec (1).ipynb"],
        ["anna/04_autorec.ipynb", "anna/late/04_autorec_final.ipynb"],
        ["anna.ipynb", "anna (1).ipynb"],
        ["anna/2026-01-02 10-11-12/x.ipynb", "anna/2026-01-03 10-11-12/x.ipynb"],
        ["anna/04_autorec.ipynb", "anna/anna_04_autorec.ipynb", "anna/old/Untitled.ipynb"],
    ],
)
def test_versions_of_one_persons_work_are_no_doubt(paths):
    assert not doubts(who(*paths))


def table(out):
    return list(csv.DictReader(io.StringIO((out / "gradebook.csv").read_text("utf-8-sig"))))


def test_a_doubt_about_few_is_their_row_and_about_most_it_stops(example, folder):
    for name in ("anna", "ben"):
        put(folder, "Kurs B", notebook(example, **RIGHT), f"{name}.ipynb")
    with pytest.raises(ValueError, match=r"Kurs B/anna.*--student-id.*--roster"):
        run(example, folder)
    for name in ("cem", "dora", "eva"):
        put(folder, name, notebook(example, **RIGHT))
    rows, _ = run(example, folder)
    asked = [row for row in rows if row["status"] == "whose is it?"]
    assert [row["lesson"] for row in asked] == ["Kurs B/anna.ipynb", "Kurs B/ben.ipynb"]
    assert all("--roster" in row["reason"] for row in asked)
    assert {r["student"] for r in rows if r["status"] == "ok"} == {"cem", "dora", "eva"}
    rows, _ = run(
        example, folder, folder.parent / "b", student_id=r"^Kurs B/(\w+)|^(?P<student>\w+)/"
    )
    assert {r["student"] for r in rows if r["status"] == "ok"} >= {"cem", "dora", "eva"}


ROSTER = """\
id;Name;E-mail;Group
7;Änna Berg;anna.berg@x.edu;g1
8;Ben Ott;b.ott@x.edu;g1
9;Cem Öz;cem@x.edu;g2
10;Dora Lee;dora@x.edu;
"""


@pytest.fixture
def roster(tmp_path):
    path = tmp_path / "roster.csv"
    path.write_text(ROSTER, "utf-8-sig")
    return path


@pytest.mark.parametrize(
    ("path", "student"),
    [
        ("Kurs/Anna Berg/x.ipynb", "7"),
        ("Kurs/berg, änna/x.ipynb", "7"),
        ("bergänna_77_88_04_autorec.ipynb", "7"),
        ("cem@x.edu.ipynb", "9"),
        ("x/10/x.ipynb", "10"),
        ("g1/x.ipynb", "g1"),
        ("nobody/x.ipynb", "nobody"),
    ],
)
def test_a_roster_finds_people_by_id_name_and_address(roster, path, student):
    owner = who(path, roster=Roster.read(roster))[0]
    assert owner.student == student
    assert owner.note == ("not in the roster" if student == "nobody" else "")


@pytest.mark.parametrize(
    ("text", "match"),
    [("a,b\n1,2\n", "no id"), ("id,name\n1,a\n1,b\n", "twice"), ("", None)],
)
def test_a_bad_roster_is_refused(tmp_path, text, match):
    path = tmp_path / "r.csv"
    path.write_text(text, "utf-8")
    if match is None:
        assert Roster.read(path).people == {}
        return
    with pytest.raises(ValueError, match=match):
        Roster.read(path)


def test_a_group_hands_in_once_and_all_get_the_points(example, folder, roster):
    put(folder, "g1", notebook(example, **RIGHT))
    put(folder, "Cem Öz", notebook(example, double="return 2 * x"))
    rows, said = run(example, folder, roster=roster)
    points = {(row["student"], row["exercise"]): row["points"] for row in rows}
    assert points["7", "double"] == points["8", "double"] == points["9", "double"] == "3"
    assert points["7", "square"] == points["8", "square"] == "2"
    assert points["9", "square"] == "0"
    assert {row["status"] for row in rows if row["student"] == "10"} == {"nothing handed in"}
    assert "nothing from 1: 10" in said
    pages = (folder.parent / "grades" / "feedback").glob("*/*/*.html")
    assert sorted(page.parts[-3] for page in pages) == ["7", "8", "9"]


def test_who_handed_in_alone_keeps_their_own_points(example, folder, roster):
    put(folder, "g1", notebook(example, **RIGHT), moment=2e9)
    put(folder, "Ben Ott", notebook(example), moment=1e9)
    rows, _ = run(example, folder, roster=roster)
    points = {(row["student"], row["exercise"]): row["points"] for row in rows}
    assert (points["7", "square"], points["8", "square"]) == ("2", "0")


def test_names_keep_their_characters_and_escapes_are_inert(example, folder):
    put(folder, "José \x1b[31m\x07 O'Neil", notebook(example, **RIGHT))
    rows, said = run(example, folder)
    assert "\x1b" not in said and "\x07" not in said
    assert rows[0]["student"] == "José \\x1b[31m\\x07 O'Neil"


def test_a_clone_of_the_course_is_graded_by_the_students_notebook(example, folder):
    solved = (example / "solutions" / f"{LESSON}.ipynb").read_bytes()
    for moment, where in ((3e9, "course-main/solutions"), (3e9, "course-main/notebooks")):
        content = solved if "solutions" in where else notebook(example)
        put(folder, f"anna/{where}", content, moment=moment)
    put(
        folder,
        "anna/course-main/notebooks",
        notebook(example, double="return x + x"),
        "mine.ipynb",
        1e9,
    )
    put(folder, "ben/course-main/solutions", solved)
    put(folder, "ben/course-main/notebooks", notebook(example))
    put(folder, "ben/course-main/course_utils", b"x = 1", "a.py")
    rows, _ = run(example, folder)
    points = {(row["student"], row["exercise"]): (row["points"], row["status"]) for row in rows}
    assert points["anna", "double"] == ("3", "ok")
    assert points["anna", "square"] == ("0", "not attempted")
    assert points["ben", "double"] == ("0", "not attempted")
    assert {row["exercise"] for row in rows if row["student"] == "ben"} == {
        "double",
        "square",
        "cube",
        "why",
    }
