"""A class of honest students and attackers, graded together: nobody's grade changes, and every
upload ends as rows with a reason and a page."""

import csv
import socket
from collections import defaultdict

import pytest

from course_tools.grading import grade
from course_tools.grading.sandbox import choose
from course_tools.grading.walls import Limits, workshop
from tests.grading import submissions as uploads

LIMITS = Limits(cpu=9, wall=90, memory=1536 * 2**20)


@pytest.fixture(scope="module")
def walls():
    with workshop(uploads.ROOT) as made:
        return choose(made)


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """(folder of grades, rows by student, what was uploaded)"""
    folder = tmp_path_factory.mktemp("uploads")
    out = tmp_path_factory.mktemp("grades")
    with socket.create_server(("127.0.0.1", 0)) as server:
        everyone = uploads.honest() | uploads.hostile(server.getsockname()[1], folder)
        for student, upload in everyone.items():
            (folder / student).mkdir()
            (folder / student / f"{uploads.LESSON}.ipynb").write_bytes(upload.content)
        options = grade.Options(folder, out, jobs=2, limits=LIMITS)
        grade.run(uploads.ROOT, options, say=lambda text: None)
    rows = defaultdict(dict)
    for row in csv.DictReader((out / "gradebook.csv").open(encoding="utf-8-sig")):
        rows[row["student"]][row["exercise"]] = row
    return out, rows, everyone


HONEST, HOSTILE = list(uploads.honest()), list(uploads.hostile(0, uploads.ROOT))


def found(rows, student):
    own = rows[student]
    points = {name: float(own[name]["points"]) for name in uploads.POINTS}
    return points, {name: own[name]["status"] for name in uploads.POINTS}


@pytest.mark.parametrize("student", HONEST)
def test_honest_grades_are_right_to_the_point(graded, student):
    _, rows, everyone = graded
    expected = everyone[student]
    assert found(rows, student) == (expected.points, expected.status), rows[student]


@pytest.mark.parametrize("student", HOSTILE)
def test_attacks_and_accidents_cost_only_what_they_touch(graded, walls, student):
    _, rows, everyone = graded
    expected = everyone[student]
    if expected.walls and walls.open_to:
        pytest.skip(f"this machine has no walls: {walls.sentence()}")
    assert found(rows, student) == (expected.points, expected.status), rows[student]
    for name, status in expected.status.items():
        assert (status == "ok") or rows[student][name]["reason"]


def test_everyone_has_rows_and_a_page(graded):
    out, rows, everyone = graded
    assert set(rows) == set(everyone)
    assert len(list((out / "feedback").glob("*/*/*.html"))) == len(everyone)
    assert len(everyone) >= 20


def test_no_page_shows_a_hidden_test_or_runs_a_script(graded):
    out, _, _ = graded
    for page in (out / "feedback").glob("*/*/*.html"):
        text = page.read_text("utf-8")
        assert "HIDDEN" not in text
        assert "_filled" not in text and "6.5 / 3" not in text  # of the hidden tests
        assert "<script" not in text


def test_reasons_name_what_happened(graded):
    _, rows, _ = graded

    def reason(student, exercise="masked_mse"):
        return rows[student][exercise]["reason"]

    assert "still computing after 9 s" in reason("endless loop")
    assert "its process ended" in reason("os._exit")
    assert "segmentation fault" in reason("segfault")
    assert "MemoryError" in reason("memory bomb")
    assert "nobody is there to answer" in reason("input")
    assert "ModuleNotFoundError" in reason("missing package")
    assert "not JSON" in reason("invalid JSON")
    assert "check was missing: restored" in reason("deleted cells", "keras_l2")
    assert "check was edited: the original was used" in reason("edited tests")
    assert "lost its marks" in reason("stripped")
    assert "older release" in reason("older release")
    assert "answered in 2 cells" in reason("duplicated")
    assert rows["gina"]["masked_mse"]["misunderstanding"] == "all_cells"
