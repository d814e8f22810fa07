"""How well the checks of a lesson answer: ``python -m tests.checks.measures 01 [-v]``.

One line an exercise: wrong answers of the corpus that pass (should be 0), that get a named mistake
(of the exercise's own list, and all), and a sentence beyond "expected, got"; right answers that
pass; mutants that survive; accepted answers that lose hidden points; seconds of one check of the
right answer and of the slowest wrong one. ``-v`` prints each message that names no mistake, ``-vv``
each message.
"""

import sys
import time
import warnings
from collections.abc import Iterable
from importlib import import_module

import numpy as np

from course_utils.checks import exercises
from course_utils.checks.engine import RIGHT, Result, judge
from tests.checks.lessons import Task, hidden_tests_pass, namespace, tasks
from tests.checks.mutants import count, survivors

COLUMNS = ["wrong", "pass", "own", "named", "said", "right", "pass", "mutants", "alive", "lost"]
COLUMNS += ["s-right", "s-wrong"]


def measure(task: Task, corpus, loud: int = 0) -> str:
    """The line of one exercise."""
    exercise, space = exercises()[task.name], namespace(task)
    wrong = [answer for name, _, answer in corpus.WRONG if name == task.name]
    right = [answer for name, answer in corpus.RIGHT if name == task.name]
    results, seconds = [], []
    for answer in wrong:
        started = time.perf_counter()
        results.append(judge(exercise, answer))
        seconds.append(time.perf_counter() - started)
    rejected = [r for r in results if r.status != RIGHT]
    if loud:
        for answer, result in zip(wrong, results, strict=True):
            if loud > 1 or not result.misunderstanding:
                name = getattr(answer, "__name__", answer)
                print(f"  {name} [{result.misunderstanding}]: {result.message}")
    own = {m.name for m in exercise.misunderstandings}
    listed = [r for r in rejected if own & set((r.misunderstanding or "").split(" + "))]
    named = [r for r in rejected if r.misunderstanding]
    started = time.perf_counter()
    judge(exercise, space[task.name])
    second = time.perf_counter() - started
    good = [answer for answer in right if judge(exercise, answer)]
    if loud:
        for answer in (a for a in right if a not in good):
            print(f"  REFUSED {answer.__name__}: {judge(exercise, answer).message}")
    alive, accepted = survivors(task)
    passing = [*(m for _, m in accepted), *good, space[task.name]]
    lost = [a for a in passing if not hidden_tests_pass(task, a, space)]
    if loud:
        print("".join(f"  ALIVE {change}\n" for change in alive), end="")
    row = [len(wrong), len(wrong) - len(rejected), len(listed), len(named)]
    row += [sum(map(has_sentence, rejected)), len(right), len(good), count(task), len(alive)]
    row += [len(lost), f"{second:.2f}", f"{max(seconds, default=0):.2f}"]
    return _line(task.name, row)


def _line(name: str, cells: Iterable) -> str:
    return f"{name:20}" + "".join(f"{cell:>8}" for cell in cells)


def has_sentence(result: Result) -> bool:
    """Whether a message says more than what was expected and what came."""
    return bool(result.misunderstanding or result.relation not in ("", "other"))


def main(arguments: list[str]) -> None:
    loud = sum(a.count("v") for a in arguments if a.startswith("-"))
    print(_line("", COLUMNS))
    for number in (a for a in arguments if a.isdigit()):
        corpus = import_module(f"tests.wrong_answers.lesson_{number}")
        for task in tasks().values():
            if task.lesson.startswith(number):
                with warnings.catch_warnings(), np.errstate(all="ignore"):
                    warnings.simplefilter("ignore")
                    print(measure(task, corpus, loud), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
