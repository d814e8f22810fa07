"""Runs one student's cells. This file is executed inside the sandbox and trusts nobody.

It reads requests from one file descriptor and answers on another (see ``grade_wire``):

* ``run``: execute a cell, as a notebook would;
* ``look``: what do these names hold?
* ``do``: call, or get an attribute or item of, something that was held back.

Nothing secret ever comes here. Tests stay with the grader, which only calls the student's
functions.
"""

from __future__ import annotations

import base64
import builtins
import contextlib
import ctypes
import io
import json
import os
import pickle
import resource
import signal
import sys
import traceback
from collections.abc import Callable, Iterator
from typing import Any

import grade_wire as wire

MOST_OUTPUT = 20_000  # characters of one cell; the rest is counted, not kept


class Capped(io.TextIOBase):
    """A stream that keeps the beginning and counts the rest."""

    def __init__(self) -> None:
        self.kept, self.length = [], 0

    def write(self, text: str) -> int:
        room = MOST_OUTPUT - self.length
        if room > 0:
            self.kept.append(text[:room])
        self.length += len(text)
        return len(text)

    def writable(self) -> bool:
        return True

    def text(self) -> str:
        more = self.length - MOST_OUTPUT
        return "".join(self.kept) + (f"\n… and {more:,} characters more" if more > 0 else "")


def limit(limits: dict) -> None:
    """No more memory, time, files and processes than this, for us and for all that we start."""
    for name, value in limits.items():
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(getattr(resource, name), (value, value))
    with contextlib.suppress(OSError, AttributeError):  # Linux: die with the grader
        ctypes.CDLL(None).prctl(1, signal.SIGKILL, 0, 0, 0)


class Session:
    """The student's notebook: its names, and the objects the grader asks about."""

    def __init__(self) -> None:
        from IPython.core.interactiveshell import InteractiveShell
        from traitlets.config import Config

        quiet = Config()
        quiet.HistoryManager.enabled = False
        self.shell = InteractiveShell.instance(config=quiet)
        self.shell.showtraceback = lambda *args, **kwargs: None
        self.shell.showsyntaxerror = lambda *args, **kwargs: None
        # newer IPythons keep all that is printed in their history: gigabytes, if need be
        self.shell._tee = lambda channel: contextlib.nullcontext()
        self.held: list[Any] = []

    def hold(self, value: Any) -> int:
        self.held.append(value)
        return len(self.held) - 1

    # ------------------------------------------------------------------------- requests
    def run(self, source: str) -> dict:
        stream = Capped()
        with _attention(), contextlib.redirect_stdout(stream), contextlib.redirect_stderr(stream):
            result = self.shell.run_cell(source, store_history=False)
        error = result.error_before_exec or result.error_in_exec
        return {"output": stream.text()} | ({"error": _error(error)} if error else {})

    def look(self, names: list[str]) -> dict:
        found = {}
        for name in names:
            if name in self.shell.user_ns:
                value = self.shell.user_ns[name]
                found[name] = {"value": wire.encode(value, self.hold), "stub": _is_stub(value)}
        return {"names": found}

    def do(self, how: str, n: int, arguments: str) -> dict:
        unpickler = pickle.Unpickler(io.BytesIO(base64.b64decode(arguments)))
        unpickler.persistent_load = lambda place: self.held[place]
        args, kwargs = unpickler.load()
        stream = Capped()
        try:
            with (
                _attention(),
                contextlib.redirect_stdout(stream),
                contextlib.redirect_stderr(stream),
            ):
                value = ACTIONS[how](self.held[n], *args, **kwargs)
                return {"value": wire.encode(value, self.hold)}
        except BaseException as error:
            return {"error": _error(error)}


ACTIONS: dict[str, Callable] = {
    "call": lambda it, *args, **kwargs: it(*args, **kwargs),
    "attribute": getattr,
    "item": lambda it, key: it[key],
    "length": len,
    "list": list,
    "array": lambda it: sys.modules["numpy"].asarray(it),
}


def _is_stub(value: Any) -> bool:
    from course_utils.checks.engine import is_untouched

    with contextlib.suppress(Exception):
        return bool(is_untouched(value))
    return False


def _error(error: BaseException) -> dict:
    frames = traceback.extract_tb(error.__traceback__)
    own = [f.lineno for f in frames if "<ipython-input" in f.filename or "ipykernel" in f.filename]
    line = own[-1] if own else getattr(error, "lineno", None)
    try:
        text = str(error)
    except Exception:  # an exception of the student's own making
        text = ""
    return {"name": type(error).__name__[:100], "text": text[:1000], "line": line}


@contextlib.contextmanager
def _attention() -> Iterator[None]:
    """Only the student's code can be interrupted, never this file's."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)


def _no_input(prompt: str = "") -> str:
    raise RuntimeError("input() does not work while grading: nobody is there to answer")


def main() -> None:
    settings = json.loads(sys.argv[1])
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    requests, answers = settings["files"]
    limit(settings["limits"])
    with open(os.devnull, "r+b") as nothing:  # what C code prints goes nowhere
        for file in (0, 1, 2):
            os.dup2(nothing.fileno(), file)
    builtins.input = _no_input
    sys.argv = ["notebook"]
    import course_utils.checks.engine  # noqa: F401, before a student's module can take its name

    sys.path.insert(0, "")  # as in a notebook: modules beside it
    session, reader, me = Session(), wire.Reader(requests), os.getpid()
    wire.send(answers, {"hello": me})
    while True:
        while (request := reader.message()) is None:
            if not reader.read():
                os._exit(0)
        try:
            what = request.pop("request")
            reply = getattr(session, what)(**request)
        except BaseException as error:
            reply = {"error": _error(error)}
        if os.getpid() != me:  # a fork that came back: there is one notebook only
            os._exit(0)
        try:
            wire.send(answers, reply, wire.LARGEST)
        except (wire.TooLargeError, ValueError, MemoryError) as error:
            text = f"the answer is too large ({error})"
            wire.send(answers, {"error": {"name": "ValueError", "text": text, "line": None}})


if __name__ == "__main__":
    main()
