"""The ``course`` command, for learners, authors and teaching assistants.

Exit codes: 0 done, 1 something failed or differs, 2 the command could not be carried out.
Heavy packages are imported by the command that needs them, so ``course --help`` is instant.
"""

from __future__ import annotations

import argparse
import io
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from course_tools.doctor import doctor_command
from course_tools.root import CommandError, course_root

DATASETS = "ml-100k, ml-1m, ml-10m, ml-20m, ml-25m, ml-32m, ml-latest-small"


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code. ``argv`` is without the program's name."""
    arguments = _parser().parse_args(argv)
    _find_programs()
    for stream in (sys.stdout, sys.stderr):  # a report must not fail at a dash
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    try:
        return arguments.command(arguments)
    except CommandError as error:
        message = str(error)
    except ModuleNotFoundError as error:
        message = (
            f"the package {error.name!r} is missing: "
            "python -m pip install -e '.[lab,instructor,dev]' in the course's folder"
        )
    except Exception as error:  # one line for the user; COURSE_DEBUG=1 shows where it came from
        if os.environ.get("COURSE_DEBUG"):
            raise
        message = str(error) or type(error).__name__
    except KeyboardInterrupt:
        message = "stopped"
    print(f"course: {message}", file=sys.stderr)
    return 2


def _find_programs() -> None:
    """Programs beside this Python (jupyter, ruff) are found without activating anything."""
    here, path = str(Path(sys.executable).parent), os.environ.get("PATH", "")
    if here not in path.split(os.pathsep):
        os.environ["PATH"] = os.pathsep.join([here, path])


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="course",
        description="Run, build and inspect the lessons of the course.",
        epilog="'course COMMAND --help' explains a command. COURSE_DEBUG=1 shows tracebacks.",
    )
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)

    def add(name: str, command: Callable, summary: str, detail: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=summary, description=f"{summary}. {detail}")
        added.set_defaults(command=command)
        return added

    lessons = {"nargs": "*", "metavar": "LESSON", "help": "e.g. 02 or 02_baseline; default: all"}

    run = add(
        "run",
        run_command,
        "Run lessons from top to bottom without opening them",
        "The notebooks stay as they are: executed copies go to build/html, what the lessons "
        "measure goes to build/results.",
    )
    run.add_argument("lessons", **lessons)
    run.add_argument("--dataset", default="ml-100k", metavar="NAME", help=f"one of {DATASETS}")
    run.add_argument("--out", type=Path, metavar="FOLDER", help="default: build, in the course")
    run.add_argument(
        "--edition",
        choices=("solutions", "notebooks"),
        default="solutions",
        help="with solutions (default), or as a learner gets them",
    )

    add(
        "lab",
        lab_command,
        "Open your copies of the lessons in JupyterLab",
        "They lie in work/, where no other command writes. Stop it with Ctrl-C.",
    )

    add(
        "update",
        update_command,
        "Bring the lessons of a newer release into your copies",
        "Your answers and cells stay; where an exercise changed you are told. The copies as they "
        "were go to work/kept/.",
    )

    for name, command, summary, detail in (
        (
            "check",
            check_command,
            "Pass all gates that are quick",
            "Style, format, types, notebooks against their sources, and unit tests, without "
            "lessons, grader, browser and clusters: minutes.",
        ),
        (
            "test",
            test_command,
            "Pass all gates, every lesson of both editions included",
            "What 'course check' does, and each notebook from its first cell to its last.",
        ),
    ):
        gates = add(name, command, summary, detail)
        gates.add_argument(
            "--workers", type=int, default=2, metavar="N", help="processes side by side; default: 2"
        )

    build = add(
        "build",
        build_command,
        "Make both notebooks of a lesson from its source in solutions/",
        "Fills in the measured numbers, runs the instructor edition, and clears solutions and "
        "hidden tests from the learner edition.",
    )
    build.add_argument("lessons", **lessons)
    mode = build.add_mutually_exclusive_group()
    mode.add_argument(
        "--check", action="store_true", help="write nothing; fail if a notebook is out of date"
    )
    mode.add_argument(
        "--no-execute",
        action="store_true",
        help="do not run the lessons; outputs stay where no code changed",
    )

    done = add(
        "progress",
        progress_command,
        "Say which exercises you have done, and which comes next",
        "What check() said on this machine, lesson by lesson.",
    )
    done.add_argument(
        "--forget", action="store_true", help="start anew; what was kept stays beside it"
    )

    told = add(
        "claims",
        claims_command,
        "Print every conclusion of the lessons with its evidence",
        "The same as docs/claims.md, and why a claim is refused, if one is.",
    )
    told.add_argument("lessons", **lessons)

    new = add(
        "new",
        new_command,
        "Begin a lesson: source, checks, figure, benchmark and wrong answers",
        "What it writes is a small lesson that passes every gate; nothing is overwritten.",
    )
    new.add_argument("lesson", metavar="NN_NAME", help="e.g. 11_diversity")

    grade = add(
        "grade",
        grade_command,
        "Grade a folder of submissions",
        "Writes gradebook.csv, a feedback page a submission, an overview of the class, and "
        "gradebook.db for nbgrader's formgrader. Run it again after adding a late file: what is "
        "graded already stays.",
    )
    _add_grade_arguments(grade)

    data = add(
        "data",
        data_command,
        "Fetch a MovieLens dataset, or say what is there",
        "It is verified and kept in a cache, so that later calls need no network.",
    )
    data.add_argument("name", nargs="?", default="ml-100k", metavar="NAME", help=DATASETS)
    data.add_argument(
        "--refresh", action="store_true", help="read it anew, for an archive that was replaced"
    )
    data.add_argument("--where", action="store_true", help="print the cache folder only")

    release = add(
        "release",
        release_command,
        "Release a version: write it everywhere, build, commit and tag",
        "Everything must be committed, and CHANGELOG.md must say what is new under 'Unreleased'. "
        "Notebooks name the new tag; nothing is executed and nothing is pushed.",
    )
    release.add_argument("version", metavar="X.Y.Z", help="e.g. 0.2.0")

    add(
        "doctor",
        doctor_command,
        "Check this machine",
        "Python, packages, Keras, data, memory and disk; one [OK] or [FAIL] line each.",
    )
    return parser


def _add_grade_arguments(grade: argparse.ArgumentParser) -> None:
    grade.add_argument("submissions", type=Path, metavar="SUBMISSIONS", help="a folder or a zip")
    grade.add_argument("--out", type=Path, default=Path("GRADES"), metavar="GRADES", help="folder")
    grade.add_argument("--jobs", type=int, default=2, metavar="N", help="submissions side by side")
    grade.add_argument(
        "--student-id",
        metavar="REGEX",
        help="whose a file is, from its path, e.g. '^(?P<student>[^/]+)/'; default: guessed",
    )
    grade.add_argument(
        "--roster",
        type=Path,
        metavar="FILE",
        help="who is in the class: a CSV file with the columns id, name, e-mail, group",
    )
    grade.add_argument("--only", action="append", default=[], metavar="LESSON", help="e.g. 04")
    grade.add_argument(
        "--regrade", action="append", default=[], metavar="EXERCISE", help="judge it again for all"
    )
    grade.add_argument(
        "--export",
        choices=("moodle", "canvas", "gradescope"),
        help="also write totals as that system imports them",
    )
    grade.add_argument("--list", action="store_true", help="say whose each file is, grade nothing")
    grade.add_argument(
        "--isolation",
        choices=("auto", "bwrap", "unshare", "none"),
        default="auto",
        help="how students' code is shut in; default: the strongest that works here",
    )
    grade.add_argument(
        "--timeout", type=float, default=20, metavar="S", help="processor seconds of one cell"
    )
    grade.add_argument(
        "--memory", type=float, default=2, metavar="GB", help="memory of one submission"
    )


# ---------------------------------------------------------------------------------- build
def build_command(arguments: argparse.Namespace) -> int:
    """``course build``"""
    from course_tools.authoring import build

    root = course_root()
    if not arguments.check:
        changed = build.build_lessons(root, arguments.lessons, run=not arguments.no_execute)
        for path in changed:
            print(f"wrote {path.relative_to(root).as_posix()}")
        print(f"{len(changed)} files changed" if changed else "nothing changed")
        return 0
    wrong = build.check(root, arguments.lessons)
    for line in wrong:
        print(line)
    if wrong:
        print(f"out of date. To put it right: course build {' '.join(arguments.lessons)}".rstrip())
        return 1
    print(f"{len(build.choose(root, arguments.lessons))} lessons are as their sources say")
    return 0


def claims_command(arguments: argparse.Namespace) -> int:
    """``course claims``"""
    from course_tools.authoring import build, claims

    root = course_root()
    found = build.judged(root, arguments.lessons)
    print(claims.page(found, root / "results"))
    wrong = [(verdict, problem) for verdict in found for problem in verdict.problems]
    for verdict, problem in wrong:
        print(f"{verdict.where}: claim {verdict.claim.name!r}: {problem}")
    print(f"{len(found)} claims, {len({id(verdict) for verdict, _ in wrong})} refused")
    return 1 if wrong else 0


def new_command(arguments: argparse.Namespace) -> int:
    """``course new``"""
    from course_tools.authoring.new import begin_lesson

    root = course_root()
    for path in begin_lesson(root, arguments.lesson):
        print(f"wrote {path.relative_to(root).as_posix()}")
    print(f"next: course build {arguments.lesson[:2]}, then the list in CONTRIBUTING.md")
    return 0


def release_command(arguments: argparse.Namespace) -> int:
    """``course release``"""
    from course_tools.authoring import release

    root, version = course_root(), arguments.version
    news = release.prepare(root, version)
    # In a process of its own: this one has read the old version.
    build = [sys.executable, "-m", "course_tools.cli", "build", "--no-execute"]
    if subprocess.run(build, cwd=root).returncode:
        raise CommandError("the build failed; 'git checkout .' takes the new version back")
    tag = release.publish(root, version, news)
    print(f"{tag} is committed and tagged. To publish it: git push origin main {tag}")
    return 0


# ------------------------------------------------------------------------------------ run
def run_command(arguments: argparse.Namespace) -> int:
    """``course run``"""
    from course_tools.authoring.run import run_lessons
    from course_utils.data import movielens

    movielens.load_movielens(arguments.dataset)  # one early error instead of one a lesson
    chosen = (arguments.edition, arguments.lessons, arguments.dataset)
    return 0 if run_lessons(course_root(), *chosen, arguments.out) else 1


def lab_command(arguments: argparse.Namespace) -> int:
    """``course lab``"""
    from course_tools import work

    folder = work.prepare(course_root())
    return subprocess.run([sys.executable, "-m", "jupyterlab", folder]).returncode


def progress_command(arguments: argparse.Namespace) -> int:
    """``course progress``"""
    from course_utils.checks import progress, record

    if arguments.forget:
        record.forget()
    print(progress().to_string())
    return 0


def update_command(arguments: argparse.Namespace) -> int:
    """``course update``"""
    from course_tools import work

    work.update(course_root())
    return 0


# ---------------------------------------------------------------------------------- gates
def check_command(arguments: argparse.Namespace) -> int:
    """``course check``"""
    from course_tools.authoring import gates

    return 0 if gates.pass_all(course_root(), gates.check_steps(arguments.workers)) else 1


def test_command(arguments: argparse.Namespace) -> int:
    """``course test``"""
    from course_tools.authoring import gates

    return 0 if gates.pass_all(course_root(), gates.test_steps(arguments.workers)) else 1


# ---------------------------------------------------------------------------------- grade
def grade_command(arguments: argparse.Namespace) -> int:
    """``course grade``"""
    from course_tools.grading import grade
    from course_tools.grading.walls import Limits

    if arguments.jobs < 1 or arguments.timeout <= 0 or arguments.memory <= 0:
        raise CommandError("--jobs, --timeout and --memory must be positive")
    seconds = arguments.timeout
    options = grade.Options(
        arguments.submissions,
        arguments.out,
        jobs=arguments.jobs,
        student_id=arguments.student_id,
        roster=arguments.roster,
        only=tuple(arguments.only),
        regrade=tuple(arguments.regrade),
        export=arguments.export,
        isolation=arguments.isolation,
        limits=Limits(cpu=seconds, wall=4.5 * seconds, memory=int(arguments.memory * 2**30)),
        list_only=arguments.list,
    )
    grade.run(course_root(), options)
    return 0


# ----------------------------------------------------------------------------------- data
def data_command(arguments: argparse.Namespace) -> int:
    """``course data``"""
    from course_utils.data import archives, movielens

    if arguments.where:
        print(archives.cache_folder())
        return 0
    found = movielens.load_movielens(arguments.name, refresh=arguments.refresh)
    users, movies = found.ratings["user_id"].nunique(), found.ratings["movie_id"].nunique()
    print(
        f"{found.name}: {len(found.ratings):,} ratings, {users:,} users, {movies:,} rated movies, "
        f"{'with' if found.users is not None else 'no'} demographics\nfrom {found.source}"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
