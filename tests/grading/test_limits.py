"""Limits hold whatever a submission does, and nothing of it is left behind."""

import os
import signal
import subprocess
import sys
import time

import psutil
import pytest

from course_tools.grading.grade import _alone, _steady
from course_tools.grading.sandbox import Runner, StoppedError, choose
from course_tools.grading.walls import PREFIX, Limits, Walls, has_systemd, strays, tool, workshop
from tests.grading import submissions as uploads
from tests.grading.test_grade import RIGHT, notebook, put, run


@pytest.fixture(scope="module")
def made():
    with workshop(uploads.ROOT) as shop:
        yield shop


@pytest.fixture(scope="module")
def walls(made):
    return choose(made)


def ask(walls, made, source, **limits):
    """What stops a statement, or its reply."""
    with Runner(walls, made, Limits(**{"cpu": 2, "wall": 4} | limits)) as runner:
        started = time.monotonic()
        try:
            return runner.run(source), time.monotonic() - started
        except StoppedError as stop:
            return stop, time.monotonic() - started


TRICKLE = """
import os, signal, time
signal.signal(signal.SIGINT, signal.SIG_IGN)
files = [int(n) for n in os.listdir("/proc/self/fd") if int(n) > 2]
while True:
    for file in files:
        try:
            os.write(file, b"\\0")
        except OSError:
            pass
    {pause}
"""


@pytest.mark.parametrize(("pause", "limits"), [("time.sleep(0.03)", {}), ("pass", {"wall": 60})])
def test_bytes_that_trickle_escape_no_limit(walls, made, pause, limits):
    stop, seconds = ask(walls, made, TRICKLE.format(pause=pause), **limits)
    assert isinstance(stop, StoppedError)
    assert seconds < 30


def test_memory_that_no_process_shows_counts(walls, made):
    source = """
import os, time
file = os.memfd_create("x")
for _ in range(64):
    os.write(file, bytes(2**24))
    time.sleep(0.05)
time.sleep(2)
"""
    stop, _ = ask(walls, made, source, memory=2**28, file=2**31, wall=30)
    assert isinstance(stop, StoppedError) and stop.kind == "crashed", stop


def test_scratch_space_is_small(walls, made):
    if walls.open_to:
        pytest.skip("no walls here")
    source = """
left = 0
for folder in ("/tmp", "/dev/shm", "/student", "/notebook"):
    for i in range(40):
        try:
            open(f"{folder}/{i}", "wb").write(bytes(2**24))
            left += 2**24
        except OSError:
            break
assert left < 600 * 2**20, left
"""
    reply, _ = ask(walls, made, source, memory=2**32, cpu=20)
    assert "error" not in reply, reply


@pytest.mark.parametrize("name", ["bwrap", "unshare"])
def test_passwords_are_not_there(made, name):
    if not tool(name):
        pytest.skip(f"no {name} here")
    source = """
import os
paths = ("/etc/shadow", "/etc/gshadow", "/etc/ssh", "/root/.bashrc", "/etc/sudoers")
seen = [path for path in paths if os.path.exists(path)]
assert not seen, seen
import matplotlib.pyplot, ssl
"""
    try:
        with Runner(Walls(name), made, Limits()) as runner:
            reply = runner.run(source, 5)
    except StoppedError as stop:
        pytest.skip(f"{name} does not work here: {stop}")
    assert "error" not in reply, reply


def test_a_path_without_the_folders_for_administrators_drops_no_walls(made, walls, monkeypatch):
    monkeypatch.setenv("PATH", os.path.dirname(sys.executable))
    assert choose(made).name == walls.name


def test_a_cgroup_is_asked_for_where_there_is_systemd(tmp_path, monkeypatch):
    fake = tmp_path / "systemd-run"
    fake.write_text(f"#!/bin/sh\necho \"$@\" >> {tmp_path}/said\n"
                    'while [ "$1" != -- ]; do shift; done; shift; exec "$@"\n')  # fmt: skip
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    has_systemd.cache_clear()
    try:
        with workshop(uploads.ROOT) as shop:
            chosen = choose(shop)
        assert chosen.scope and "cgroups" in chosen.sentence()
        assert "MemoryMax=" in (tmp_path / "said").read_text()
    finally:
        has_systemd.cache_clear()


def test_the_whole_submission_has_a_limit(example, folder):
    own = notebook(example, **RIGHT).decode()
    put(folder, "slow", own.replace("return x + x", "import time; time.sleep(60)").encode())
    limits = Limits(cpu=5, wall=30, submission=4)
    started = time.monotonic()
    rows, _ = run(example, folder, limits=limits)
    assert time.monotonic() - started < 45
    assert {row["status"] for row in rows} >= {"timeout"}, rows


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("COURSE_DATASET", "ml-1m"),
        ("KERAS_BACKEND", "no-such-backend"),
        ("NBGRADER_EXECUTION", "validate"),
        ("TZ", "Asia/Tokyo"),
    ],
)
def test_a_tas_environment_is_left_as_it_was(monkeypatch, name, value):
    monkeypatch.setenv(name, value)
    with _steady():
        assert os.environ.get(name) != value
    assert os.environ[name] == value


OPTIMISED = """
import sys
from pathlib import Path
from course_tools.grading import grade
options = grade.Options(Path(sys.argv[2]), Path(sys.argv[3]), jobs=1)
rows = grade.run(Path(sys.argv[1]), options, say=str)
print(sum(row.points for row in rows))
"""


def test_optimised_python_changes_no_verdict(example, folder):
    put(folder, "anna", notebook(example, double="return x + 2", square="return x * x"))
    environment = os.environ | {"PYTHONOPTIMIZE": "2", "COURSE_DATASET": "ml-1m"}
    out = subprocess.run(
        [sys.executable, "-c", OPTIMISED, example, folder, folder.parent / "grades"],
        env=environment,
        cwd=uploads.ROOT,
        capture_output=True,
        text=True,
    )
    assert out.stdout.split()[-1:] == ["2.0"], out.stderr


# ------------------------------------------------------------------------------- leftovers
def test_one_grader_a_folder_of_grades(tmp_path):
    with _alone(tmp_path):
        (tmp_path / "gradebook.csv.tmp").write_text("half")
        with pytest.raises(RuntimeError, match="another 'course grade'"), _alone(tmp_path):
            pass
    with _alone(tmp_path):
        assert not (tmp_path / "gradebook.csv.tmp").exists()


GRADING = """
import signal
import sys
from pathlib import Path
from course_tools.grading import grade
from course_tools.grading.walls import Limits
paths = Path(sys.argv[2]), Path(sys.argv[3])
# a shell's background job, which these tests may be, is deaf to Ctrl-C
signal.signal(signal.SIGINT, signal.default_int_handler)
options = grade.Options(*paths, isolation=sys.argv[4], limits=Limits(cpu=300, wall=300))
grade.run(Path(sys.argv[1]), options)
"""


def start(example, folder, isolation="auto"):
    put(folder, "anna", notebook(example, double="while True: pass"))
    command = [sys.executable, "-c", GRADING, example, folder, folder.parent / "grades", isolation]
    grader = subprocess.Popen(
        command, cwd=uploads.ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    until = time.monotonic() + 60
    while time.monotonic() < until:  # until the answer computes
        runners = psutil.Process(grader.pid).children(recursive=True)
        if any(sum(p.cpu_times()[:2]) > 2.5 for p in runners if p.is_running()):
            return grader
        time.sleep(0.1)
    raise AssertionError("grading did not start")


@pytest.mark.parametrize("isolation", ["auto", "none"])
def test_ctrl_c_ends_within_five_seconds(example, folder, isolation):
    grader = start(example, folder, isolation)
    started = time.monotonic()
    grader.send_signal(signal.SIGINT)
    grader.wait(30)
    assert time.monotonic() - started < 5
    time.sleep(0.5)
    assert not list(strays(PREFIX))


def test_what_a_killed_grader_left_is_cleaned(example, folder, monkeypatch, tmp_path):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    grader = start(example, folder, "none")
    grader.kill()
    grader.wait()
    assert list(tmp_path.glob(f"{PREFIX}*"))
    with workshop(uploads.ROOT) as shop:
        assert list(tmp_path.glob(f"{PREFIX}*")) == [shop.folder]
    monkeypatch.setattr("tempfile.tempdir", None)
