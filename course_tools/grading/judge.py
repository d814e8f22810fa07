"""Points for one submission.

The student's code runs behind walls (``grade_sandbox``). The tests run here, in the grader's own
process: they call a stand-in for the student's function, which sends the arguments over and brings
back plain data. So a submission cannot read a hidden test, and what it does to NumPy or to the
course's checks does not change how it is judged.
"""

from __future__ import annotations

import ast
import contextlib
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from course_tools.grading.align import Aligned
from course_tools.grading.plan import HIDDEN, Lesson, Names, Piece, Task, names, needed, split
from course_tools.grading.sandbox import Remote, Runner, StoppedError, decode
from course_utils import checks
from course_utils.checks.engine import NOT_ATTEMPTED, RIGHT, Exercise, Result, agrees, judge

PATIENCE = 5  # loading data or TensorFlow may take so many times the limit of a cell
MOST_RESTARTS = 3  # of one exercise, each without the cell that ended the process before


@dataclass
class Verdict:
    """What a task got. status: ok, partial, wrong, failed, timeout, crashed, not attempted,
    missing, or needs manual grading."""

    status: str
    points: float = 0.0
    message: str = ""
    misunderstanding: str = ""
    passed: int = 0
    tests: int = 0
    hidden_failed: int = 0


class Student:
    """A student's process, started when it is first needed and again after it died."""

    def __init__(self, pieces: list[Piece], start: Callable[[], Runner]) -> None:
        self.pieces, self._start = pieces, start
        self._runner: Runner | None = None
        self._done: dict[int, dict] = {}
        self._lethal: dict[int, StoppedError] = {}

    @property
    def runner(self) -> Runner:
        if self._runner is None:
            self._done = {}
            self._runner = self._start()
        return self._runner

    def close(self) -> None:
        if self._runner:
            self._runner.close()
        self._runner = None

    def prepare(self, index: int) -> dict:
        """Run the piece at ``index`` and what it needs: its reply, or ``{"stopped": …}``."""
        wanted = [*needed(self.pieces, self.pieces[index].names.uses, index), index]
        for _ in range(MOST_RESTARTS):
            with contextlib.suppress(_Died):
                for i in sorted(set(wanted)):
                    self._run(i)
                break
        if index in self._lethal:
            return {"stopped": self._lethal[index]}
        for i in wanted:
            if i in self._lethal:
                return self._done.get(index, {}) | {"before": self._lethal[i]}
        return self._done.get(index, {})

    def _run(self, index: int) -> None:
        if self._runner is not None and self._runner.stopped:
            if self._runner.stopped.alive:
                self._runner.stopped = None
            else:
                self.close()
        runner = self.runner
        if index in self._done or index in self._lethal:
            return
        try:
            piece = self.pieces[index]
            slow = piece.kind == "lesson" or piece.names.imports
            patience = PATIENCE if slow else 1
            self._done[index] = runner.run(piece.source, patience)
        except StoppedError as stop:
            if stop.alive:  # interrupted: what the cell had defined until then is there
                runner.stopped = None
                self._done[index] = {"stopped": stop}
                return
            self._lethal[index] = stop
            self.close()
            raise _Died from None


class _Died(Exception):
    """The student's process ended while a piece ran."""


# ------------------------------------------------------------------------------------- grade
def grade(
    aligned: Aligned, chosen: list[Task], start: Callable[[], Runner]
) -> Iterator[tuple[Task, Verdict]]:
    """Judge the chosen tasks of a submission, one after the other."""
    student = Student(aligned.pieces(), start)
    try:
        for task in chosen:
            yield task, _task(aligned, task, student)
    finally:
        student.close()


def _task(aligned: Aligned, task: Task, student: Student) -> Verdict:
    answer = aligned.answers[task.name]
    own = any(task.names & piece.names.binds for piece in student.pieces if piece.kind == "own")
    if answer.source is None and not own:
        return Verdict("missing", message="This exercise is not in the notebook.")
    if not answer.attempted and not own:
        return Verdict("not attempted", message="Nothing was handed in for this one.")
    if task.kind == "open":
        return Verdict("needs manual grading", message="Read and graded by a person.")
    try:
        return _code(aligned.lesson, task, student)
    except StoppedError as stop:
        return Verdict(stop.kind, message=_sentence(f"your code stopped: {stop}"))


def _code(lesson: Lesson, task: Task, student: Student) -> Verdict:
    index = next(
        i
        for i, p in enumerate(student.pieces)
        if p.task == task.name or (p.kind == "own" and task.names & p.names.binds)
    )
    reply = student.prepare(index)
    looked = student.runner.look(sorted(task.names))
    stop, error = reply.get("stopped") or reply.get("before"), reply.get("error")
    if not looked:
        if stop:
            return Verdict(stop.kind, message=_sentence(f"its cell stopped: {stop}"))
        if error:
            return Verdict("failed", message=f"Its cell stopped with {_words(error)}.")
        wanted = " or ".join(sorted(task.names))
        return Verdict("failed", message=f"Its cell does not define {wanted}.")
    if all(found["stub"] for found in looked.values()):
        return Verdict("not attempted", message="Nothing was handed in for this one.")
    try:
        values = {n: _value(n, found["value"], student.runner) for n, found in looked.items()}
    except (KeyError, TypeError, ValueError) as error:
        return Verdict("crashed", message=f"What it defines could not be read: {error}.")
    findings = Findings()
    _run_check(lesson, task, values, student, findings)
    verdict = _verdict(task, findings, student.runner)
    if error and verdict.status != "ok":
        verdict.message += f" Its cell stopped with {_words(error)}."
    return verdict


class Function(Remote):
    """A student's function as a test sees it; see :func:`in_right_form`."""

    def __init__(self, runner: Runner, held: dict, exercise: Exercise) -> None:
        super().__init__(runner, held)
        self._exercise = exercise

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return in_right_form(super().__call__(*args, **kwargs), self._exercise, args, kwargs)


def in_right_form(value: Any, exercise: Exercise, args: tuple, kwargs: dict) -> Any:
    """What the right function returns, if ``value`` is the same to the exercise's check.

    So a hidden test need not know that a list, a tensor or 32-bit floats are right as well.
    """
    with contextlib.suppress(Exception):
        right = exercise.reference(*deepcopy(args), **deepcopy(kwargs))
        if agrees(exercise, value, right):
            return right
    return value


def _value(name: str, data: Any, runner: Runner) -> Any:
    exercise = checks.exercises().exercises.get(name)
    if exercise and exercise.cases and isinstance(data, dict) and data.get("callable"):
        return Function(runner, data, exercise)
    return decode(data, runner)


def _words(error: Mapping[str, Any]) -> str:
    line = f" (line {error['line']})" if error.get("line") else ""
    return f"{error['name']}: {error['text']}{line}"


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + "."


# ------------------------------------------------------------------------------------- tests
@dataclass
class Findings:
    """What the statements of a check cell found."""

    results: list[Result] = field(default_factory=list)
    passed: int = 0
    tests: int = 0
    hidden: int = 0
    hidden_failed: int = 0
    problem: str = ""


def _verdict(task: Task, found: Findings, runner: Runner) -> Verdict:
    visible = next((r for r in found.results if r.status != RIGHT), None)
    tests, passed = found.tests, found.passed
    if tests == 0:  # a check cell without any test: it is enough that it runs
        tests, passed = 1, int(not found.problem)
    verdict = Verdict("ok", round(task.points * passed / tests, 2), passed=passed, tests=tests)
    verdict.hidden_failed = found.hidden_failed
    if passed == tests:
        verdict.message = _sentence(found.results[0].message) if found.results else ""
        return verdict
    if visible is not None and visible.status == NOT_ATTEMPTED:
        return Verdict("not attempted", message="Nothing was handed in for this one.")
    verdict.status = "partial" if passed else "wrong"
    if visible is not None:
        verdict.message = _sentence(visible.message).replace("..", ".")
        verdict.misunderstanding = visible.misunderstanding or ""
    elif found.hidden_failed:
        some = f"{found.hidden_failed} of {found.hidden} further tests do not"
        verdict.message = f"What the check shows agrees, {some}: try inputs of your own."
        if not found.results:
            verdict.message = f"{found.hidden_failed} of {found.hidden} tests fail."
    if found.problem and visible is None:
        verdict.message = f"{verdict.message} It stopped with {found.problem}.".strip()
    if runner.stopped:
        verdict.status = runner.stopped.kind
        verdict.message = _sentence(f"your code stopped: {runner.stopped}")
    elif runner.calls and runner.calls == runner.errors:
        verdict.status = "failed"
    return verdict


def _run_check(
    lesson: Lesson, task: Task, values: dict[str, Any], student: Student, found: Findings
) -> None:
    runner = student.runner
    runner.calls = runner.errors = 0
    space = _namespace(lesson, task, values, student)

    def recorder(name: str, answer: Any) -> Result:
        exercise = checks.exercises()[name]
        result = judge(exercise, answer)
        found.results.append(result)
        found.tests += max(result.cases, 1)
        found.passed += result.passed if not result else max(result.cases, 1)
        return result

    space |= {"check": recorder, "print": lambda *args, **kwargs: None, "display": lambda *a: None}
    for statement, hidden in _statements(lesson.master.cells[task.check].source):
        code = compile(ast.Module([statement], []), "<check>", "exec")
        is_test = any(isinstance(node, ast.Assert) for node in ast.walk(statement))
        found.tests += is_test
        found.hidden += is_test and hidden
        try:
            exec(code, space)
            found.passed += is_test
        except Exception as error:
            found.hidden_failed += is_test and hidden
            if not isinstance(error, AssertionError) and not found.problem:
                found.problem = type(error).__name__


def _statements(source: str) -> list[tuple[ast.stmt, bool]]:
    """Statements of a check cell; True for those among the hidden tests."""
    lines = source.splitlines()
    edges = [[i for i, line in enumerate(lines, 1) if mark in line] for mark in HIDDEN]
    regions = list(zip(*edges, strict=True))
    body = ast.parse(source).body
    return [(s, any(a < s.lineno < b for a, b in regions)) for s in body]


def _namespace(
    lesson: Lesson, task: Task, values: dict[str, Any], student: Student
) -> dict[str, Any]:
    """What a check cell may use: the lesson's own code, run here, and the student's answers."""
    pieces = _trusted(lesson)
    end = next(i for i, p in enumerate(pieces) if p.place == task.check)
    uses = {use for p in pieces if p.place == task.check for use in p.names.uses}
    space: dict[str, Any] = {"__name__": "check"}
    for i in needed([*pieces[:end]], uses, end):
        piece = pieces[i]
        if piece.kind == "answer":
            if piece.task != task.name:
                space |= _answers_of(piece, student)
            continue
        if piece.always and not piece.names.binds & uses:
            continue  # settings of the notebook's process, not of ours
        with contextlib.suppress(StoppedError):
            exec(compile(piece.source, "<lesson>", "exec"), space)
    return space | values


def _answers_of(piece: Piece, student: Student) -> dict[str, Any]:
    """What another exercise's cell defines, as the student wrote it."""
    index = next((i for i, p in enumerate(student.pieces) if p.task == piece.task), None)
    if index is None:
        return {}
    student.prepare(index)
    looked = student.runner.look(sorted(piece.names.binds))
    return {name: decode(found["value"], student.runner) for name, found in looked.items()}


def _trusted(lesson: Lesson) -> list[Piece]:
    """The lesson's code as the grader runs it: statements, with exercises as one piece each."""
    pieces = list(lesson.pieces)
    for task in lesson.tasks:
        if task.kind != "code":
            continue
        source = lesson.master.cells[task.place].source
        pieces += [p for p in split(source, task.place) if p.names.imports]
        uses = names(source).uses
        pieces.append(
            Piece("", task.place, "answer", Names(binds=task.names, uses=uses), task.name)
        )
        pieces += split(lesson.master.cells[task.check].source, task.check)
    return sorted(pieces, key=lambda piece: piece.place)
