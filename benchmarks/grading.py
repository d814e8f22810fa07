"""How long a class takes to grade, and how much memory the grader needs beside the students' code.

    python -m benchmarks.grading [--students 100] [--lesson 04] [--jobs 2] [--kills 10] [--fuzz 500]

The class is made from the lesson itself: right answers, untouched notebooks, the wrong answers of
``tests/wrong_answers``, and a few that crash or never end. With ``--kills N`` grading is also
killed at N random moments, and the gradebook compared with that of an undisturbed run. With
``--record`` the figures become facts of ML-100K in ``results/``. ``--fuzz N`` grades N odd uploads
beside an honest one instead, whose grade must not change.
"""

from __future__ import annotations

import argparse
import ast
import inspect
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import textwrap
import threading
import time
from collections import defaultdict
from importlib import import_module
from pathlib import Path

import psutil

from course_utils.protocol import results

ROOT = Path(__file__).resolve().parents[1]
BAD = ("while True: pass", "import os; os._exit(1)", "x = [0] * 10**10")


def wrong_sources(number: str) -> dict[str, list[str]]:
    """Exercise → sources of wrong answers that are functions, under the exercise's name."""
    module = import_module(f"tests.wrong_answers.lesson_{number}")
    found = defaultdict(list)
    for exercise, *_, answer in module.WRONG:
        if not inspect.isfunction(answer) or answer.__name__ == "<lambda>":
            continue
        tree = ast.parse(textwrap.dedent(inspect.getsource(answer)))
        tree.body[0].name = exercise
        found[exercise].append(ast.unparse(tree))
    return found


def make_class(folder: Path, lesson: str, students: int, seed: int = 0) -> None:
    """Uploads of ``students`` students in ``folder``."""
    rng = random.Random(seed)
    learner = (ROOT / "notebooks" / f"{lesson}.ipynb").read_text(encoding="utf-8")
    solved = json.loads((ROOT / "solutions" / f"{lesson}.ipynb").read_text(encoding="utf-8"))
    right = {mark["grade_id"]: c["source"] for c in solved["cells"] if (mark := _mark(c))}
    wrong = wrong_sources(lesson[:2])
    for number in range(students):
        notebook = json.loads(learner)
        for cell in notebook["cells"]:
            name = _mark(cell).get("grade_id")
            if name not in wrong or rng.random() < 0.15:
                continue  # not an exercise, or not attempted
            cell["source"] = right[name] if rng.random() < 0.6 else rng.choice(wrong[name])
            if rng.random() < 0.02:
                cell["source"] = "".join(cell["source"]) + "\n" + rng.choice(BAD)
        target = folder / f"student {number:03d}" / f"{lesson}.ipynb"
        target.parent.mkdir(parents=True)
        target.write_text(json.dumps(notebook), encoding="utf-8")


def _mark(cell: dict) -> dict:
    return cell["metadata"].get("nbgrader", {})


def start(folder: Path, out: Path, jobs: int) -> subprocess.Popen:
    command = [sys.executable, "-m", "course_tools.cli", "grade", str(folder), "--out", str(out)]
    return subprocess.Popen([*command, "--jobs", str(jobs)], cwd=ROOT, stdout=subprocess.DEVNULL)


class Memory(threading.Thread):
    """Watches the grader's own memory (peak, in MB) until it ends."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.peak, self._process = 0.0, psutil.Process(pid)

    def run(self) -> None:
        while self._process.is_running():
            try:
                self.peak = max(self.peak, self._process.memory_info().rss / 2**20)
            except psutil.Error:
                return
            time.sleep(0.05)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--students", type=int, default=100)
    parser.add_argument("--lesson", default="04")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--kills", type=int, default=0)
    parser.add_argument("--record", action="store_true", help="keep the figures in results/")
    parser.add_argument("--fuzz", type=int, default=0, metavar="N")
    arguments = parser.parse_args()
    if arguments.fuzz:
        command = [sys.executable, "-m", "pytest", "-q", "tests/grading/test_fuzz.py"]
        variables = os.environ | {"COURSE_FUZZ": str(arguments.fuzz)}
        return subprocess.run(command, cwd=ROOT, env=variables).returncode
    lesson = next((ROOT / "notebooks").glob(f"{arguments.lesson}*.ipynb")).stem
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "uploads"
        make_class(folder, lesson, arguments.students)
        started = time.perf_counter()
        grader = start(folder, Path(scratch) / "undisturbed", arguments.jobs)
        memory = Memory(grader.pid)
        memory.start()
        code = grader.wait()
        seconds = time.perf_counter() - started
        print(
            f"{arguments.students} submissions of {lesson}, {arguments.jobs} jobs: "
            f"{seconds:.0f} s, grader's peak memory {memory.peak:.0f} MB"
        )
        if arguments.record and code == 0:
            facts = {"grading_students": arguments.students, "grading_seconds": round(seconds)}
            results.record("ml-100k", [], facts=facts | {"grading_peak_mb": round(memory.peak)})
        expected = (Path(scratch) / "undisturbed" / "gradebook.csv").read_bytes()
        if arguments.kills:
            rng = random.Random(1)
            out = Path(scratch) / "killed"
            for _ in range(arguments.kills):
                grader = start(folder, out, arguments.jobs)
                time.sleep(rng.uniform(1, 2 * seconds / arguments.kills))
                grader.send_signal(signal.SIGKILL)
                grader.wait()
            code |= start(folder, out, arguments.jobs).wait()
            same = (out / "gradebook.csv").read_bytes() == expected
            print(f"killed {arguments.kills} times, then resumed: same gradebook: {same}")
            code |= not same
    return code


if __name__ == "__main__":
    sys.exit(main())
