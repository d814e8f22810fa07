"""Grading, piece by piece on the small example course: who, what, resume, by hand, export."""

import csv
import io
import json
import os
import random
import signal
import time
import zipfile
from pathlib import Path, PurePosixPath
from types import SimpleNamespace

import pytest
from nbgrader.api import Gradebook

from course_tools.authoring.build import build_lessons
from course_tools.grading import grade, judge, plan
from course_tools.grading.collect import find_uploads
from course_tools.grading.people import copy_number, owners
from course_tools.grading.walls import Limits, workshop
from course_utils.checks import exercises
from tests.authoring.example_lesson import make_course
from tests.checks.test_wrong_answers import RIGHT_ANSWERS, WRONG_ANSWERS
from tests.grading import submissions as uploads

LESSON = "01_example"
RIGHT = {"double": "return x + x", "square": "return x * x", "cube": "return x * x * x"}
REAL = plan.lessons(uploads.ROOT)


def notebook(example, words=None, **bodies):
    """The example lesson with these bodies in its exercises, and an open answer in words."""
    path = example / "notebooks" / f"{LESSON}.ipynb"
    made = json.loads(path.read_text("utf-8"))
    for name, body in bodies.items():
        target = uploads.cell(made, name)
        target["source"] = "".join(target["source"]).replace("...", body)
    if words:
        uploads.cell(made, "why")["source"] = words
    return json.dumps(made).encode()


def put(folder, student, content, name=f"{LESSON}.ipynb", moment=None):
    path = folder / student / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    if moment:
        os.utime(path, (moment, moment))
    return path


def run(example, folder, out=None, **settings):
    """Grade without a word; the gradebook's rows as dicts."""
    out = out or folder.parent / "grades"
    settings = {"limits": Limits(cpu=10), "jobs": 1} | settings
    said = []
    grade.run(example, grade.Options(folder, out, **settings), say=said.append)
    return table(out), "\n".join(said)


def table(out):
    return list(csv.DictReader(io.StringIO((out / "gradebook.csv").read_text("utf-8-sig"))))


def points(rows):
    return {(r["student"], r["exercise"]): float(r["points"]) for r in rows}


@pytest.fixture
def executed(monkeypatch):
    """Names of the tasks that a run judges by running code."""
    judged = []
    original = judge._judge

    def watched(work, task, student, looked):
        judged.append(task.name)
        return original(work, task, student, looked)

    monkeypatch.setattr(judge, "_judge", watched)
    return judged


# ------------------------------------------------------------------------------ every lesson
@pytest.mark.parametrize("lesson", REAL.values(), ids=list(REAL))
def test_instructor_edition_scores_all_points_and_learner_edition_none(lesson, tmp_path, folder):
    for student, edition in (("instructor", "solutions"), ("learner", "notebooks")):
        content = (uploads.ROOT / edition / f"{lesson.name}.ipynb").read_bytes()
        put(folder, student, content, f"{lesson.name}.ipynb")
    rows, _ = run(uploads.ROOT, folder, jobs=2, only=(lesson.name,), limits=Limits(cpu=60))
    assert len(rows) == 2 * len(lesson.tasks)
    for row in rows:
        if row["student"] == "learner":
            assert (row["points"], row["status"]) == ("0", "not attempted"), row
        elif lesson.task(row["exercise"]).kind == "open":
            assert row["status"] == "needs manual grading"
        else:
            assert (row["points"], row["status"]) == (row["max"], "ok"), row


def judged(name, function):
    """What a function gets, judged without walls: only for functions of our own."""
    lesson = next(n for n in REAL.values() if any(t.name == name for t in n.tasks))
    task, exercise = lesson.task(name), exercises()[name]

    def answer(*args, **kwargs):
        value = function(*args, **kwargs)
        return judge.in_right_form(value, exercise, args, kwargs)

    student = SimpleNamespace(runner=SimpleNamespace(calls=0, errors=0, stopped=None), pieces=[])
    found = judge.Findings()
    value = answer if exercise.cases else function
    judge._run_check(lesson, task, {name: value}, student, found)
    return judge._verdict(task, found, student.runner)


IN_A_LESSON = {task.name for lesson in REAL.values() for task in lesson.tasks}


def name_of(value):
    return value if isinstance(value, str) else getattr(value, "__name__", repr(value)[:20])


@pytest.mark.parametrize(
    ("exercise", "answer"), [r for r in RIGHT_ANSWERS if r[0] in IN_A_LESSON], ids=name_of
)
def test_a_right_answer_written_otherwise_passes_hidden_tests_too(exercise, answer):
    verdict = judged(exercise, answer)
    assert verdict.status == "ok", verdict


@pytest.mark.parametrize(
    ("exercise", "mistake", "answer"),
    [w for w in WRONG_ANSWERS if w[0] in IN_A_LESSON],
    ids=name_of,
)
def test_a_wrong_answer_gets_less_and_its_misunderstanding_is_counted(exercise, mistake, answer):
    verdict = judged(exercise, answer)
    assert verdict.status in ("partial", "wrong")
    if mistake is not None:
        assert verdict.misunderstanding == mistake


# --------------------------------------------------------------------------------- who is who
def who(*paths, rule=None):
    found = owners(map(PurePosixPath, paths), ["04_autorec", "02_baseline"], rule)
    return [owner.student for owner in found]


@pytest.mark.parametrize(
    ("paths", "names"),
    [
        (["anna/04_autorec.ipynb", "José G/02_baseline.ipynb"], ["anna", "José G"]),
        (["04_autorec_anna.ipynb", "ben_02_baseline (1).ipynb"], ["anna", "ben"]),
        (["A B_12_assignsubmission_file_/x.ipynb", "c/x.ipynb"], ["A B_12", "c"]),
        (["A B_12_assignsubmission_file_04_autorec.ipynb"], ["A B_12"]),
        (["lee_LATE_7_99_04_autorec-1.ipynb", "bo_8_98_02_baseline.ipynb"], ["lee_7", "bo_8"]),
        (["class/anna/04_autorec.ipynb", "class/ben/notebooks/u.ipynb"], ["anna", "ben"]),
        (["submitted/anna/04_autorec/04_autorec.ipynb"], ["anna"]),
        (["anna/04_autorec.ipynb", "anna/02_baseline.ipynb"], ["anna", "anna"]),
    ],
)
def test_student_follows_from_the_path(paths, names):
    assert who(*paths) == names


def test_student_rule_can_be_replaced():
    paths = ["y/group 7 - Anna - 04.ipynb", "x/other.ipynb"]
    assert who(*paths, rule=r"group \d+ - (?P<student>\w+)") == ["Anna", "x"]
    with pytest.raises(ValueError, match="needs a group"):
        who(*paths, rule="anna")
    with pytest.raises(ValueError, match="no regular expression"):
        who(*paths, rule="(")


def test_copies_are_numbered():
    names = ["x.ipynb", "x (2).ipynb", "x-3.ipynb", "x copy.ipynb", "Copy of x.ipynb"]
    assert [copy_number(PurePosixPath(name)) for name in names] == [0, 2, 3, 1, 0]


def zipped(files):
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as bundle:
        for name, content in files.items():
            bundle.writestr(name, content)
    return target.getvalue()


def test_zips_are_read_nested_and_never_leave_their_place(folder):
    inner = zipped({"ben/04_autorec.ipynb": b"1", "../../evil.ipynb": b"2", "a.csv": b"3"})
    (folder / "class.zip").write_bytes(zipped({"more.zip": inner, "/abs/x.ipynb": b"4"}))
    (folder / "broken.zip").write_bytes(b"PK no zip")
    (folder / "notes.txt").write_bytes(b"hello")
    (folder / "link.ipynb").symlink_to("/etc/passwd")
    found = find_uploads(folder)
    contents = {str(upload.path): upload.load() for upload in found.notebooks}
    assert contents == {
        "class/more/ben/04_autorec.ipynb": b"1",
        "class/more/evil.ipynb": b"2",
        "class/abs/x.ipynb": b"4",
    }
    why = dict(found.other)
    assert set(why) == {"broken.zip", "notes.txt", "link.ipynb", "class/more/a.csv"}
    assert "cannot be read" in why["broken.zip"]
    assert sorted(p.name for p in folder.parent.iterdir()) == ["uploads"]


def test_a_zip_bomb_is_not_unpacked(folder, monkeypatch):
    monkeypatch.setattr("course_tools.grading.collect.MOST_BYTES", 10**6)
    (folder / "bomb.zip").write_bytes(zipped({"anna/04_autorec.ipynb": bytes(10**6)}))
    found = find_uploads(folder)
    assert found.notebooks == []
    assert "bomb" in found.other[0][1]


# ----------------------------------------------------------------------------- a whole course
def test_everything_in_the_folder_is_a_row_or_is_named(example, folder):
    put(folder, "anna", notebook(example, **RIGHT), moment=2e9)
    put(folder, "anna", notebook(example), f"{LESSON} (1).ipynb", moment=1e9)
    put(folder, "ben", notebook(example, double="return 3"), "02_wrong_name.ipynb")
    put(folder, "cem", b'{"cells": [], "nbformat": 4}', "holidays.ipynb")
    put(folder, "dot", b"", f"{LESSON}.ipynb")
    put(folder, "dot", b"x", "photo.jpg")
    rows, said = run(example, folder)
    assert points(rows) == {
        **{("anna", "double"): 3, ("anna", "square"): 2, ("anna", "cube"): 1, ("anna", "why"): 0},
        **{("ben", name): 0 for name in ("double", "square", "cube", "why")},
        **{("dot", name): 0 for name in ("double", "square", "cube", "why")},
        ("cem", ""): 0,
        ("dot", ""): 0,
    }
    by = {(r["student"], r["exercise"]): r for r in rows}
    assert "uploaded 2 times" in by["anna", "double"]["reason"]
    assert (by["cem", ""]["status"], by["cem", ""]["lesson"]) == (
        "unknown lesson",
        "cem/holidays.ipynb",
    )
    assert "it is empty" in by["dot", "cube"]["reason"]
    assert "not graded: dot/photo.jpg" in said
    out = folder.parent / "grades"
    assert len(list((out / "feedback").glob("*/*/*.html"))) == 5
    assert (out / "totals.csv").read_text("utf-8-sig").splitlines()[:2] == [
        f"student,{LESSON},total",
        "anna,6,6",
    ]


def test_list_says_who_and_grades_nothing(example, folder):
    put(folder, "anna", notebook(example))
    said = []
    options = grade.Options(folder, folder.parent / "grades", list_only=True)
    assert grade.run(example, options, say=said.append) == []
    assert any("anna" in line and LESSON in line for line in said)
    assert not (folder.parent / "grades").exists()


def test_a_late_file_is_graded_alone_and_an_older_one_changes_nothing(example, folder, executed):
    put(folder, "anna", notebook(example, **RIGHT), moment=2e9)
    run(example, folder)
    assert executed == ["double", "square", "cube"]
    put(folder, "ben", notebook(example, double="return x"))
    rows, said = run(example, folder)
    assert executed[3:] == ["double"]
    assert "1 of 2 submissions are graded already" in said
    put(folder, "anna", notebook(example), moment=1e9)
    again, said = run(example, folder)
    assert (again, executed[4:]) == (rows, [])
    assert "anna, 01_example: older than what was graded already, ignored" in said
    (folder / "ben" / f"{LESSON}.ipynb").unlink()
    again, said = run(example, folder)
    assert again == rows
    assert "1 submissions of earlier runs are not in this folder" in said


def test_regrading_an_exercise_runs_no_other(example, folder, executed):
    for student in ("anna", "ben"):
        put(folder, student, notebook(example, **RIGHT))
    rows, _ = run(example, folder)
    executed.clear()
    assert run(example, folder, regrade=("square",))[0] == rows
    assert executed == ["square", "square"]
    with pytest.raises(ValueError, match="nothing: no such exercise, only: cube"):
        run(example, folder, regrade=("nothing",))


def test_a_changed_test_is_judged_anew_and_points_by_hand_stay(tmp_path, folder, executed):
    course = make_course(tmp_path)
    build_lessons(course, run=False)
    put(folder, "anna", notebook(course, words="Because 2 + 2 = 2 * 2.", **RIGHT))
    rows, said = run(course, folder)
    assert "1 answers wait to be read" in said
    out = folder.parent / "grades"
    address = f"sqlite:///{out / 'gradebook.db'}"
    with Gradebook(address, "course") as book:
        why = book.find_grade("why", LESSON, LESSON, "anna")
        assert (why.auto_score, why.needs_manual_grade, why.max_score) == (None, True, 4)
        double = book.find_grade("check_double", LESSON, LESSON, "anna")
        assert (double.auto_score, double.needs_manual_grade) == (3, False)
        why.manual_score = 3
        book.find_comment("why", LESSON, LESSON, "anna").manual_comment = "Say <why>."
        book.db.commit()
    source = course / "solutions" / "01_example.py"
    text = source.read_text("utf-8")
    changed = text.replace("secret_test == 42", "secret_test == 43")
    source.write_text(changed.replace('"cube" points=1', '"cube" points=5'), "utf-8")
    build_lessons(course, run=False)
    executed.clear()
    rows, _ = run(course, folder)
    assert executed == ["double", "cube"]
    assert points(rows) == {
        ("anna", "double"): 0,
        ("anna", "square"): 2,
        ("anna", "cube"): 5,
        ("anna", "why"): 3,
    }
    assert {r["exercise"]: r["status"] for r in rows}["why"] == "graded by hand"
    page = (out / "feedback" / "anna" / LESSON / f"{LESSON}.html").read_text("utf-8")
    assert "Say &lt;why&gt;." in page and "secret" not in page


def test_nbgrader_opens_what_was_graded(example, folder, monkeypatch):
    from nbgrader.apps.api import NbGraderAPI
    from traitlets.config import Config

    put(folder, "Zoë Ünal", notebook(example, words="An answer.", **RIGHT))
    run(example, folder)
    out = folder.parent / "grades"
    monkeypatch.chdir(out)
    config = Config()
    exec((out / "nbgrader_config.py").read_text("utf-8"), {"get_config": lambda: config})
    api = NbGraderAPI(config=config)
    (assignment,) = api.get_assignments()
    assert (assignment["name"], assignment["max_score"]) == (LESSON, 10)
    (submission,) = api.get_submissions(LESSON)
    assert (submission["student"], submission["autograded"]) == ("Zoë Ünal", True)
    assert (submission["score"], submission["needs_manual_grade"]) == (6, True)
    graded = out / "autograded" / "Zoë Ünal" / LESSON / f"{LESSON}.ipynb"
    assert "A secret rubric." in graded.read_text("utf-8")  # for whoever reads the answer


def test_what_a_notebook_shows_cannot_run_in_formgrader(example, folder):
    made = json.loads(notebook(example, words="<script>alert(1)</script> and javascript:x"))
    bad = {"output_type": "display_data", "metadata": {}}
    bad["data"] = {"text/html": "<script>1</script>", "text/plain": "kept", "image/png": "<svg>"}
    made["cells"].insert(3, uploads.code("x = 1") | {"outputs": [bad]})
    put(folder, "mallory", json.dumps(made).encode())
    run(example, folder)
    kept = (folder.parent / "grades" / "autograded" / "mallory" / LESSON).glob("*.ipynb")
    text = next(kept).read_text("utf-8")
    assert "<script" not in text and "<svg" not in text
    assert '"kept"' in text


def test_totals_for_course_systems(example, folder):
    put(folder, "anna", notebook(example, **RIGHT))
    put(folder, "=cmd()", notebook(example))
    run(example, folder, export="canvas")
    out = folder.parent / "grades"
    lines = (out / "canvas.csv").read_text("utf-8-sig").splitlines()
    assert lines[0] == f"Student,ID,SIS User ID,SIS Login ID,Section,{LESSON}"
    assert lines[1] == "    Points Possible,,,,,10"
    assert lines[2:] == ["'=cmd(),,,,,0", "anna,,,,,6"]  # no formula for a spreadsheet


# -------------------------------------------------------------------------------- resilience
def contents(out):
    """All that a student or TA reads, without the database's own bookkeeping."""
    names = [*out.glob("*.csv"), *out.glob("*.html"), *out.glob("feedback/*/*/*.html")]
    texts = {p.relative_to(out): p.read_bytes() for p in [*names, *out.glob("autograded/*/*/*")]}
    with Gradebook(f"sqlite:///{out / 'gradebook.db'}", "course") as book:
        graded = {
            (s.student.id, g.name): (g.auto_score, g.manual_score, g.needs_manual_grade)
            for s in book.assignment_submissions(LESSON)
            for n in s.notebooks
            for g in n.grades
        }
    return texts, graded


def test_killed_at_ten_moments_the_gradebook_is_the_same(example, folder):
    bodies = [RIGHT, {"double": "return 4"}, {"square": "return x * x"}, {"cube": "1 / 0"}, {}]
    for number, body in enumerate(bodies):
        put(folder, f"student {number}", notebook(example, words=f"Answer {number}", **body))
    undisturbed, killed = folder.parent / "undisturbed", folder.parent / "killed"
    started = time.monotonic()
    run(example, folder, undisturbed)
    duration = time.monotonic() - started
    rng = random.Random(6)
    for _ in range(10):
        child = os.fork()
        if child == 0:
            try:
                run(example, folder, killed)
            finally:
                os._exit(0)
        time.sleep(rng.random() * duration / 2)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    run(example, folder, killed)
    assert contents(killed) == contents(undisturbed)


def test_a_fault_of_the_grader_costs_nobody_else_anything(example, folder, monkeypatch):
    for student in ("anna", "ben"):
        put(folder, student, notebook(example, **RIGHT))
    lay_out = grade.lay_out

    def broken(cells, lesson):
        monkeypatch.setattr(grade, "lay_out", lay_out)
        raise ZeroDivisionError("of ours")

    monkeypatch.setattr(grade, "lay_out", broken)
    rows, _ = run(example, folder)
    by = {(r["student"], r["exercise"]): r for r in rows}
    assert by["anna", "double"]["status"] == "grading failed"
    assert "ZeroDivisionError: of ours" in by["anna", "double"]["reason"]
    assert by["ben", "double"]["status"] == "ok"
    assert {r["status"] for r in run(example, folder)[0]} == {"ok", "not attempted"}  # tried again


@pytest.mark.parametrize("isolation", ["bwrap", "unshare", "none"])
def test_every_kind_of_isolation_grades_and_says_what_it_keeps_out(example, folder, isolation):
    put(folder, "anna", notebook(example, **RIGHT | {"cube": "import os; os._exit(3)"}))
    try:
        rows, said = run(example, folder, isolation=isolation)
    except RuntimeError as error:
        pytest.skip(str(error))
    assert points(rows)["anna", "double"] == 3 and points(rows)["anna", "cube"] == 0
    sentence = next(line for line in said.splitlines() if line.startswith("Isolation"))
    assert ("NOT protected here" in sentence) == (isolation == "none")


def test_the_package_that_students_code_sees_holds_no_tests_and_no_grader(example):
    with workshop(uploads.ROOT) as made:
        names = {p.relative_to(made.package).as_posix() for p in made.package.rglob("*.py")}
    assert "course_utils/checks/engine.py" in names
    assert not any("instructor" in n or "solution" in n or "tests/" in n for n in names)


def test_grade_of_nothing_says_so(example, tmp_path):
    with pytest.raises(FileNotFoundError, match="no such folder"):
        run(example, Path(tmp_path / "nowhere"))


def test_a_notebook_of_too_many_statements_is_a_row(example, folder):
    made = json.loads(notebook(example, **RIGHT))
    made["cells"] += [uploads.code("\n".join(f"a{i} = a{i + 1}" for i in range(2900)))] * 2
    put(folder, "anna", json.dumps(made).encode())
    rows, _ = run(example, folder)
    assert {row["status"] for row in rows} == {"invalid notebook"}
    assert "statements" in rows[0]["reason"]


def test_a_check_that_stops_half_way_is_a_test_that_failed(folder, monkeypatch):
    def broken(exercise, answer):
        raise ZeroDivisionError("of ours")

    monkeypatch.setattr(judge, "judge", broken)
    put(folder, "anna", json.dumps(uploads.solved()).encode(), f"{uploads.LESSON}.ipynb")
    rows, _ = run(uploads.ROOT, folder)
    checked = [r for r in rows if r["exercise"] in uploads.POINTS]
    assert len(checked) == len(uploads.POINTS)
    assert {r["status"] for r in checked} <= {"partial", "wrong"}
    assert all("ZeroDivisionError" in r["reason"] for r in checked)
