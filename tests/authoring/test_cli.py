"""The ``course`` command: exit codes, messages, and what it leaves where."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from course_tools import cli, doctor
from course_tools.authoring import run
from course_tools.authoring.build import build_lessons, choose
from course_tools.authoring.placeholders import lookup
from course_utils.protocol import results
from tests.authoring.example_lesson import SOURCE, make_course

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture
def course(tmp_path, monkeypatch):
    make_course(tmp_path)
    build_lessons(tmp_path, run=False)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("COURSE_RESULTS", raising=False)
    return tmp_path


def edit(course, old, new):
    path = course / "solutions" / SOURCE.name
    path.write_text(path.read_text("utf-8").replace(old, new, 1), "utf-8")


def bytes_of(course):
    files = [*(course / "notebooks").iterdir(), *(course / "solutions").iterdir()]
    return {p: p.read_bytes() for p in [*files, *(course / "results").iterdir()]}


# ------------------------------------------------------------------------------------- run
@pytest.mark.parametrize("edition", ["solutions", "notebooks"])
def test_run_leaves_the_course_as_it_was_and_shows_what_was_measured(course, capsys, edition):
    before = bytes_of(course)
    assert cli.main(["run", "01", "--edition", edition]) == 0
    assert bytes_of(course) == before
    out = capsys.readouterr().out
    assert re.search(r"01_example: \d+ s", out)
    assert "| mean | 1.5000 | – | 2.0 |" in out
    assert str(course / "build" / "html") in out
    page = (course / "build" / "html" / "01_example.html").read_text("utf-8")
    assert ("double: 4" in page) == (edition == "solutions")
    assert lookup("ml-100k.mean.rmse", folder=course / "build" / "results") == "1.5000"


def test_run_passes_the_dataset_on(course, monkeypatch):
    asked = []
    monkeypatch.setattr("course_utils.data.movielens.load_movielens", asked.append)
    edit(course, "print(3 + 4)", 'assert DATASET == "ml-1m"')
    build_lessons(course, run=False)
    assert cli.main(["run", "--dataset", "ml-1m"]) == 0
    assert not results.load("ml-1m", course / "build" / "results").empty
    assert asked == ["ml-1m"]


def test_run_names_the_failing_cell_and_goes_on(course, capsys):
    source = course / "solutions" / SOURCE.name
    source.with_name("02_second.py").write_text(source.read_text("utf-8"), "utf-8")
    edit(course, "print(3 + 4)", "print(3 / 0)")
    build_lessons(course, run=False)
    assert cli.main(["run"]) == 1
    done = capsys.readouterr()
    assert "01_example: cell 4 (print(3 / 0)) failed: ZeroDivisionError: division" in done.err
    assert "failed: 01_example\n" in done.err
    assert (course / "build" / "html" / "02_second.html").exists()
    assert "ZeroDivisionError" in (course / "build" / "html" / "01_example.html").read_text("utf-8")


def test_run_survives_a_kernel_that_dies(course, capsys):
    edit(course, "print(3 + 4)", "os._exit(1)")
    build_lessons(course, run=False)
    assert cli.main(["run"]) == 1
    assert "cell 4 (os._exit(1)) failed: the kernel died" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["1", "01", "01_example", "01_example.ipynb", "a/01_example.py"])
def test_lessons_as_people_name_them(course, name):
    assert [path.stem for path in run._notebooks(course / "solutions", [name])] == ["01_example"]
    assert [path.stem for path in choose(course, [name])] == ["01_example"]


def test_run_says_before_the_first_cell_that_it_cannot_write(course, capsys, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("in the way")
    assert cli.main(["run", "--out", str(tmp_path / "file")]) == 2
    assert re.match(r"course: cannot write to .*file \(.+\): name another", capsys.readouterr().err)
    monkeypatch.setattr(run, "ROOM_MB", 10**9)
    assert cli.main(["run"]) == 2
    assert "MB left, the pages need" in capsys.readouterr().err


def test_run_writes_where_it_is_told(course, tmp_path):
    assert cli.main(["run", "--out", str(tmp_path / "there")]) == 0
    assert (tmp_path / "there" / "html" / "01_example.html").is_file()
    assert not (course / "build").exists()


@pytest.mark.parametrize("encoding", ["ascii", "cp437", "latin-1"])
def test_a_report_reaches_any_console(course, encoding):
    code = "from course_tools import cli; raise SystemExit(cli.main(['run']))"
    env = os.environ | {"PYTHONIOENCODING": encoding, "PYTHONPATH": str(REPOSITORY)}
    done = subprocess.run([sys.executable, "-c", code], cwd=course, env=env, capture_output=True)
    assert done.returncode == 0, done.stderr
    assert b"| mean | 1.5000 |" in done.stdout


# ------------------------------------------------------------------------------------ build
def test_build_check_says_what_is_wrong_and_how_to_mend_it(course, capsys):
    edit(course, "## The trap", "## A trap")
    assert cli.main(["build", "--check"]) == 1
    out = capsys.readouterr().out
    assert "notebooks/01_example.ipynb: not what its source gives" in out
    assert "To put it right: course build" in out
    assert cli.main(["build"]) == 0
    assert "wrote notebooks/01_example.ipynb" in capsys.readouterr().out
    assert cli.main(["build", "--check"]) == 0


def test_build_refuses_check_together_with_no_execute(course):
    with pytest.raises(SystemExit) as stop:
        cli.main(["build", "--check", "--no-execute"])
    assert stop.value.code == 2


# ------------------------------------------------------------------------------------ errors
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["run", "07"], "course: no lesson '07' in solutions/, only: 01_example\n"),
        (["build", "07"], "course: no lesson '07' in solutions/, only: 01_example\n"),
        (["data", "ml-3m"], "course: .*ml-3m.*"),
        (["run", "--dataset", "ml-3m"], "course: .*ml-3m.*"),
    ],
)
def test_an_error_is_one_line_and_exit_code_2(course, capsys, arguments, message):
    assert cli.main(arguments) == 2
    err = capsys.readouterr().err
    assert re.fullmatch(message, err, re.DOTALL) and "Traceback" not in err


def test_a_broken_source_is_an_error_not_a_traceback(course, capsys):
    edit(course, "fact=true", "facts=true")
    assert cli.main(["build"]) == 2
    assert re.match(r"course: solutions/01_example.py:\d+: unknown", capsys.readouterr().err)


def test_a_missing_package_is_named_with_the_way_to_get_it(course, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "nbconvert", None)
    assert cli.main(["run"]) == 2
    err = capsys.readouterr().err
    assert err.startswith("course: the package 'nbconvert' is missing: python -m pip install")


def test_grade_says_what_it_cannot_do(course, capsys):
    assert cli.main(["grade", "nowhere"]) == 2
    assert "nowhere: there is no such folder" in capsys.readouterr().err
    assert cli.main(["grade", ".", "--jobs", "0"]) == 2
    assert "must be positive" in capsys.readouterr().err


def test_grade_lists_whose_each_file_is(course, capsys):
    target = course / "uploads" / "anna" / "01_example.ipynb"
    target.parent.mkdir(parents=True)
    target.write_bytes((course / "notebooks" / "01_example.ipynb").read_bytes())
    assert cli.main(["grade", "uploads", "--list"]) == 0
    assert "  anna: 01_example (anna/01_example.ipynb)\n" in capsys.readouterr().out
    assert cli.main(["grade", "uploads", "--only", "7"]) == 2
    assert "no lesson '7', only: 01_example" in capsys.readouterr().err


def test_help_needs_no_heavy_package():
    code = (
        "import sys; from course_tools import cli\n"
        "try: cli.main(['--help'])\n"
        "except SystemExit: pass\n"
        "print(sorted({'tensorflow', 'keras', 'pandas', 'nbgrader', 'jupytext'} & {*sys.modules}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.endswith("[]\n")
    for command in ("run", "build", "grade", "data", "doctor"):
        assert f"\n    {command} " in done.stdout


# -------------------------------------------------------------------------------------- data
def test_data_says_what_was_found(capsys):
    assert cli.main(["data", "ml-100k"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("ml-100k: 100,000 ratings, 943 users, 1,682 rated movies, with demograph")
    assert "\nfrom " in out


def test_data_where_is_only_a_folder(capsys, monkeypatch, tmp_path):
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path / "cache"))
    assert cli.main(["data", "--where"]) == 0
    assert capsys.readouterr().out == f"{tmp_path / 'cache'}\n"


# ------------------------------------------------------------------------------------ doctor
def lines(capsys):
    return capsys.readouterr().out.splitlines()


def test_doctor_is_content_here(capsys):
    assert cli.main(["doctor"]) == 0
    found = lines(capsys)
    assert all(line.startswith("[OK] ") for line in found), found
    for topic in ("Python 3", "tensorflow 2", "Keras computes", "ml-100k: 100,000", "memory"):
        assert any(topic in line for line in found), topic


def test_doctor_fails_on_a_version_out_of_range(capsys, monkeypatch):
    monkeypatch.setattr(doctor, "requirements", lambda: ["numpy>=99", "nowhere-to-be-found>=1"])
    monkeypatch.setattr(doctor, "_keras", lambda: [])
    assert cli.main(["doctor"]) == 1
    found = lines(capsys)
    assert any(re.match(r"\[FAIL\] numpy \S+: needs numpy >=99", line) for line in found)
    assert any(line.startswith("[FAIL] nowhere-to-be-found >=1: not inst") for line in found)


def test_doctor_reports_a_check_that_breaks_and_goes_on(capsys, monkeypatch):
    def no_data(*args, **kwargs):
        raise RuntimeError("no network")

    monkeypatch.setattr("course_utils.data.movielens.load_movielens", no_data)
    monkeypatch.setattr(doctor, "_keras", lambda: [])
    assert cli.main(["doctor"]) == 1
    found = lines(capsys)
    assert "[FAIL] data: RuntimeError: no network" in found
    assert any("memory" in line for line in found)
