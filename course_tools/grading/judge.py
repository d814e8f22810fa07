"""Points for one submission.

The student's code runs behind walls (``sandbox``), statement by statement, in the order of the
notebook; where a check stands, its exercise is judged. The tests run here, in the grader's own
process: they call a stand-in for the student's function, which sends the arguments over and brings
back plain data. So a submission cannot read a hidden test, and what it does to NumPy or to the
course's checks does not change how it is judged.
"""

from __future__ import annotations

import ast
import contextlib
import time
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field, replace
from typing import Any

from course_tools.grading.cells import Answer, Work
from course_tools.grading.plan import HIDDEN, Lesson, Step, Task, needed, statements
from course_tools.grading.sandbox import Remote, Runner, StoppedError, decode
from course_utils import checks
from course_utils.checks.engine import NOT_ATTEMPTED, RIGHT, Exercise, Result, agrees, judge

PATIENCE = 5  # loading data or TensorFlow may take so many times the limit of a cell
MOST_RESTARTS = 8  # of one submission, each without the statement that ended the process before
MOST_CHECKS = 3  # of one exercise: the last ones count
HERE = "__answer__"  # the name under which a process keeps what a check was given


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


NOTHING = Verdict("not attempted", message="Nothing was handed in for this one.")


class Student:
    """A student's process: started when it is first needed, and again after it died."""

    def __init__(self, steps: list[Step], start: Callable[[], Runner], seconds: float) -> None:
        self.steps, self._start, self._seconds = steps, start, seconds
        self.wanted: set[int] = set()
        answered = {n for step in steps if step.kind == "own" for n in step.names.binds}
        stubs = (i for i, step in enumerate(steps) if step.kind == "stub")
        # what was handed out does not undo an answer that stands above it
        self._dead = {i for i in stubs if steps[i].names.binds & answered}
        self.replies: dict[int, dict] = {}  # errors and stops, by step
        self._done: set[int] = set()
        self._lethal: set[int] = set()
        self._runner: Runner | None = None
        self._until = time.monotonic() + seconds
        self._starts = 0

    @property
    def runner(self) -> Runner:
        """The process, ready for a request.

        Raises:
            StoppedError: the submission has used up its time, or its process died too often.
        """
        if self._runner is not None and self._runner.stopped:
            if self._runner.stopped.alive:
                self._runner.stopped = None
            else:
                self.close()
        if time.monotonic() > self._until:
            raise StoppedError(
                "timeout", f"the whole submission took more than {self._seconds:g} s"
            )
        if self._runner is None:
            if self._starts > MOST_RESTARTS:
                raise StoppedError("crashed", f"its process ended {self._starts} times")
            self._starts += 1
            self._done = set()
            self._runner = self._start()
        self._runner.until = self._until
        return self._runner

    def close(self) -> None:
        if self._runner:
            self._runner.close()
        self._runner = None

    def advance(self, end: int) -> None:
        """Run what is wanted of the steps before ``end``, in order; what fails is noted."""
        todo = sorted(i for i in self.wanted - self._dead if i < end)
        while True:
            runner = self.runner  # may be a new one, that has done nothing yet
            left = (i for i in todo if i not in self._done and i not in self._lethal)
            index = next(left, None)
            if index is None:
                return
            step = self.steps[index]
            slow = step.kind == "lesson" or step.names.imports
            try:
                self.replies[index] = runner.run(step.statement.source, PATIENCE if slow else 1)
                self._done.add(index)
            except StoppedError as stop:
                self.replies[index] = {"stopped": stop}
                (self._done if stop.alive else self._lethal).add(index)

    def trouble(self, cell: int | None) -> tuple[dict | None, StoppedError | None]:
        """The first error in a cell; and what stopped there, or else anywhere before."""
        here = [r for i, r in sorted(self.replies.items()) if self.steps[i].cell == cell]
        stops = [r["stopped"] for r in [*here, *self.replies.values()] if "stopped" in r]
        return next((r["error"] for r in here if "error" in r), None), next(iter(stops), None)


# ------------------------------------------------------------------------------------- grade
def grade(
    work: Work, chosen: list[Task], start: Callable[[], Runner], seconds: float
) -> Iterator[tuple[Task, Verdict]]:
    """Judge the chosen tasks of a submission, which may take so many ``seconds`` altogether.

    Each is judged where its checks stand, by what its names hold there. Only if that does not
    earn all points, what the rest of the notebook makes of the answer is tried too.
    """
    student = Student(work.steps, start, seconds)
    best = {task.name: _at_sight(work, task) for task in chosen}
    todo = [task for task in chosen if best[task.name] is None]
    try:
        _at_checks(work, todo, student, best)
        _at_the_end(work, todo, student, best)
    finally:
        student.close()
    yield from ((task, best[task.name] or NOTHING) for task in chosen)


def _at_sight(work: Work, task: Task) -> Verdict | None:
    """The verdict that needs no run, if there is one."""
    answer = work.answers[task.name]
    hidden = any(step.names.opaque and step.kind == "own" for step in work.steps)
    other = any(given != task.name for _, given in answer.checks)
    if task.kind == "open" and answer.attempted:
        return Verdict("needs manual grading", message="Read and graded by a person.")
    if answer.attempted or (task.kind == "code" and (hidden or other)):
        return None
    if answer.source is None:
        return Verdict("missing", message="This exercise is not in the notebook.")
    return NOTHING


def _at_checks(work: Work, todo: list[Task], student: Student, best: dict) -> None:
    places = [
        (place, number, given)
        for number, task in enumerate(todo)
        for place, given in work.answers[task.name].checks[-MOST_CHECKS:]
    ]
    for place, number, given in places:
        start = _start(work.lesson, todo[number]) | _names_in(given)
        student.wanted |= needed(work.steps[:place], start)
    for place, number, given in sorted(places):
        task = todo[number]
        with _stops(best, task):
            student.advance(place)
            _keep(best, task, _judge(work, task, student, student.runner.look(sorted(task.names))))
            if best[task.name].status != "ok" and given != task.name and len(task.names) == 1:
                student.runner.run(f"{HERE} = {given}")
                if found := student.runner.look([HERE]).get(HERE):
                    _keep(best, task, _judge(work, task, student, {task.name: found}))


def _at_the_end(work: Work, todo: list[Task], student: Student, best: dict) -> None:
    """What the whole notebook makes of answers: of those without a check, or not yet right."""
    late, held = [], {}
    for task in todo:
        answer = work.answers[task.name]
        after = answer.checks[-1][0] if answer.checks else -1
        tasks = (other for other in work.lesson.tasks if other is not task)
        others = {name for other in tasks for name in other.names}
        later = (step for step in work.steps[max(after, 0) :] if step.kind == "own")
        more = any(not step.names.binds or step.names.binds - others for step in later)
        if (after < 0 or more) and (best[task.name] is None or best[task.name].status != "ok"):
            functions = [i for i in answer.defined if work.steps[i].statement.is_definition]
            place = max(functions or answer.defined, default=len(work.steps) - 1) + 1
            late.append((place, task))
            student.wanted |= needed(work.steps, _start(work.lesson, task))
    late.sort(key=lambda pair: pair[0])
    for place, task in late:
        with _stops(best, task):
            student.advance(place)
            runner = student.runner
            held[task.name] = runner, runner.look(sorted(task.names))
    for _, task in late:
        with _stops(best, task):
            student.advance(len(work.steps))
            runner, looked = held.get(task.name, (None, {}))
            if runner is not student.runner:
                looked = student.runner.look(sorted(task.names))
            _keep(best, task, _judge(work, task, student, looked))


def _start(lesson: Lesson, task: Task) -> set[str]:
    """Names that an exercise's check looks at: its own, and those of answers that it builds on."""
    uses = {
        name for s in statements(lesson.master.cells[task.check].source) for name in s.names.uses
    }
    others = {name for other in lesson.tasks for name in other.names}
    return set(task.names) | (uses & others)


def _names_in(expression: str) -> set[str]:
    """What is given to a check may have another name than the exercise."""
    return {node.id for node in ast.walk(ast.parse(expression)) if isinstance(node, ast.Name)}


def _keep(best: dict[str, Verdict | None], task: Task, verdict: Verdict) -> None:
    def worth(v: Verdict) -> tuple:
        nothing = v.status in ("not attempted", "missing")
        return v.points, v.status == "ok", not nothing, v.status != "failed"

    known = best[task.name]
    if known is None or worth(verdict) > worth(known):
        best[task.name] = verdict


@contextlib.contextmanager
def _stops(best: dict, task: Task) -> Iterator[None]:
    try:
        yield
    except StoppedError as stop:
        _keep(best, task, Verdict(stop.kind, message=_sentence(f"your code stopped: {stop}")))


def _judge(work: Work, task: Task, student: Student, looked: Mapping[str, dict]) -> Verdict:
    answer: Answer = work.answers[task.name]
    error, stop = student.trouble(answer.cell)
    if not looked:
        if stop:
            return Verdict(stop.kind, message=_sentence(f"its cell stopped: {stop}"))
        if error:
            return Verdict("failed", message=f"Its cell stopped with {_words(error)}.")
        wanted = " or ".join(sorted(task.names))
        return Verdict("failed", message=f"Its cell does not define {wanted}.")
    if all(found["stub"] for found in looked.values()):
        if stop and answer.attempted:
            return Verdict(stop.kind, message=_sentence(f"its cell stopped: {stop}"))
        return NOTHING
    try:
        values = {n: _value(n, found["value"], student.runner) for n, found in looked.items()}
    except (KeyError, TypeError, ValueError) as odd:
        return Verdict("crashed", message=f"What it defines could not be read: {odd}.")
    findings, runner = Findings(), student.runner
    _run_check(work.lesson, task, values, student, findings)
    verdict = _verdict(task, findings, runner)
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
        if agrees(exercise, value, right, args):
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

    known, lesson_check = checks.exercises(), space.get("check")

    def recorder(name: str, answer: Any) -> Result | None:
        if name not in known.exercises:  # the lesson brings a check of its own
            return lesson_check(name, answer)
        before = found.tests
        found.tests += 1  # should the check stop half-way, that is a test that failed
        result = judge(known[name], answer)
        found.results.append(result)
        found.tests = before + max(result.cases, 1)
        found.passed += result.passed if not result else max(result.cases, 1)
        return result

    space |= {"check": recorder, "print": lambda *args, **kwargs: None, "display": lambda *a: None}
    for statement, hidden in _statements(lesson.master.cells[task.check].source):
        code = compile(ast.Module([statement], []), "<check>", "exec", optimize=0)
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
    uses = {
        name for s in statements(lesson.master.cells[task.check].source) for name in s.names.uses
    }
    before = [step for step in _trusted(lesson) if step.cell < task.check]
    chosen = sorted(needed(before, uses))
    uses |= {name for i in chosen for name in before[i].names.uses}
    space: dict[str, Any] = {"__name__": "check"}
    for other in lesson.tasks:
        if other.name != task.name and other.names & uses and other.place < task.check:
            looked = student.runner.look(sorted(other.names))
            space |= {name: decode(f["value"], student.runner) for name, f in looked.items()}
    for i in chosen:
        with contextlib.suppress(StoppedError):
            exec(compile(before[i].statement.source, "<lesson>", "exec", optimize=0), space)
    return space | values


def _trusted(lesson: Lesson) -> list[Step]:
    """The lesson's statements as the grader runs them, with what the solutions import."""
    steps = [replace(step, always=False) for step in lesson.steps]
    for task in lesson.tasks:
        if task.kind == "code":
            found = statements(lesson.master.cells[task.place].source)
            steps += [Step(s, "lesson", task.place) for s in found if s.names.imports]
    return sorted(steps, key=lambda step: step.cell)
