"""The process that runs a student's code, and what the grader asks of it.

:func:`choose` tries out which walls work here, and says what each of them really keeps out.
"""

from __future__ import annotations

import base64
import contextlib
import io
import json
import math
import os
import re
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil

from course_tools.grading import wire
from course_tools.grading.walls import (
    MOST_PROCESSES,
    Limits,
    Walls,
    Workshop,
    environment,
    has_systemd,
    strays,
    tool,
)

GRACE = 3.0  # seconds that an interrupted statement has to stop


class StoppedError(Exception):
    """A request has no answer.

    kind: ``timeout`` or ``crashed``; alive: whether the student's process is still usable.
    """

    def __init__(self, kind: str, text: str, alive: bool = False) -> None:
        super().__init__(text)
        self.kind, self.alive = kind, alive


def choose(made: Workshop, wanted: str = "auto") -> Walls:
    """The strongest walls that work here, tried with a harmless spy.

    Raises:
        RuntimeError: ``wanted`` names walls that do not work on this machine.
    """
    names = ("bwrap", "unshare", "none") if wanted == "auto" else (wanted,)
    for name in names:
        if name != "none" and not tool(name):
            continue
        for scope in (True, False) if has_systemd() else (False,):
            walls = Walls(name, scope=scope)
            with contextlib.suppress(StoppedError, OSError):
                return replace(walls, open_to=_spy(walls, made))
    raise RuntimeError(f"isolation {wanted!r} does not work on this machine: use 'auto'")


SPY = """
import os, socket
seen = []
try:
    socket.create_connection(("127.0.0.1", {port}), 2).close()
    seen.append("the network")
except OSError:
    pass
if os.path.exists({secret!r}):
    seen.append("files that you can read")
if os.path.exists("/proc/{pid}/cmdline"):
    seen.append("your other processes")
try:
    open(os.path.join({prefix!r}, "course-grade-spy"), "x").close()
    os.remove(os.path.join({prefix!r}, "course-grade-spy"))
    seen.append("changes to your Python installation")
except OSError:
    pass
"""


def _spy(walls: Walls, made: Workshop) -> tuple[str, ...]:
    """What code behind these walls can reach."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        secret = made.folder / "secret"
        secret.write_text("a test that must stay hidden", encoding="utf-8")
        known = {"port": server.getsockname()[1], "secret": str(secret), "pid": os.getpid()}
        with Runner(walls, made, Limits()) as runner:
            reply = runner.run(SPY.format(**known, prefix=sys.prefix))
            if "error" in reply:
                raise StoppedError("crashed", str(reply["error"]))
            found = runner.look(["seen"])["seen"]["value"]
    return tuple(wire.decode(found, lambda held: None))


# ----------------------------------------------------------------------------------- runner
class Runner:
    """One student's process, and what the grader asks of it. Use as a context manager.

    Every request raises :class:`StoppedError` if the process does not answer in time, dies, or
    uses more than it may.
    """

    def __init__(
        self,
        walls: Walls,
        made: Workshop,
        limits: Limits,
        files: Mapping[str, bytes] | None = None,
        slot: int = 0,
    ) -> None:
        self.limits, self.walls = limits, walls
        self.stopped: StoppedError | None = None  # until it is cleared, nothing more is asked
        self.calls = self.errors = 0
        self.until = math.inf  # on the monotonic clock: the end of the whole submission
        self._made, self._box = made, Path(tempfile.mkdtemp(prefix="box-", dir=made.folder))
        self._token = f"{made.folder.name}-{uuid.uuid4().hex}"
        if made.closing:
            raise StoppedError("crashed", "grading was stopped")
        ours, theirs = zip(os.pipe(), os.pipe(), strict=True)
        requests, self._to = ours[0], theirs[0]
        from_, answers = ours[1], theirs[1]
        self._reader = wire.Reader(from_, wire.LARGEST)
        prefix, cwd = walls.command(made, self._box, files or {}, slot, limits.memory)
        settings = {"files": [requests, answers], "limits": _rlimits(limits, walls)}
        self._process = subprocess.Popen(
            [*prefix, sys.executable, str(made.package / "grade_runner.py"), json.dumps(settings)],
            cwd=cwd,
            env=environment(made, walls.home(self._box), self._token),
            pass_fds=(requests, answers),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        os.close(requests)
        os.close(answers)
        self._handle = psutil.Process(self._process.pid)
        made.on_close.add(self.kill)
        try:
            self._answer(self.limits.cpu, 60 + self.limits.wall)
        except StoppedError:
            self.close()
            raise

    # ---------------------------------------------------------------------------- requests
    def run(self, source: str, patience: float = 1) -> dict:
        """Execute a cell: ``output``, and ``error`` with name, text and line if it raised.

        patience: how many times the limits of a cell it may take.
        """
        return self._ask({"request": "run", "source": source}, patience)

    def look(self, names: Sequence[str]) -> dict[str, dict]:
        """What names hold, of those that exist: ``value`` (encoded) and ``stub``."""
        return self._ask({"request": "look", "names": list(names)}).get("names", {})

    def do(self, how: str, n: int, args: tuple = (), kwargs: dict | None = None) -> dict:
        """Call or open up what is held under ``n``: ``value`` (encoded), or ``error``."""
        reply = self._ask({"request": "do", "how": how, "n": n, "arguments": _pack(args, kwargs)})
        if how == "call":
            self.calls += 1
            self.errors += "error" in reply
        return reply

    def _ask(self, request: dict, patience: float = 1) -> dict:
        if self.stopped:
            raise self.stopped
        try:
            try:
                wire.send(self._to, request)
            except OSError:
                raise self._dead() from None
            reply = self._answer(patience * self.limits.cpu, patience * self.limits.wall)
        except StoppedError as stop:
            self.stopped = stop
            raise
        try:
            return _tidy(reply)
        except (AttributeError, KeyError, TypeError, ValueError):
            self.kill()
            self.stopped = StoppedError("crashed", "its answer could not be read")
            raise self.stopped from None

    def _answer(self, cpu: float, wall: float) -> dict:
        started, before = time.monotonic(), None
        interrupted, looked = None, 0.0
        while True:
            try:
                message = self._reader.message()
            except ValueError as error:
                self.kill()
                raise StoppedError("crashed", f"its answer could not be read: {error}") from None
            if message is not None:
                if interrupted:
                    raise StoppedError("timeout", interrupted, alive=True)
                return message
            ready, _, _ = select.select([self._reader.file], [], [], 0.1)
            if ready and not self._reader.read():
                raise self._dead()
            now = time.monotonic()
            if now - looked < 0.1:  # also while bytes arrive
                continue
            looked, usage = now, self._usage()
            if usage is None:
                continue
            spent, memory, processes = usage
            before = spent if before is None else before
            if processes > MOST_PROCESSES // 4:
                self.kill()
                raise StoppedError("crashed", f"it started {processes} processes")
            if memory > 1.25 * self.limits.memory:
                self.kill()
                raise StoppedError("crashed", f"it used more than {_gb(self.limits.memory)}")
            if interrupted is None:
                if now > self.until:
                    interrupted = "the whole submission took too long"
                elif spent - before > cpu:
                    interrupted = f"it was still computing after {cpu:g} s"
                elif now - started > wall:
                    interrupted = f"it was still waiting after {wall:g} s"
                if interrupted:
                    self._interrupt()
                    started = now
            elif now - started > GRACE:
                self.kill()
                raise StoppedError("timeout", interrupted)

    # ------------------------------------------------------------------------- the process
    def _family(self) -> list[psutil.Process]:
        try:
            return [self._handle, *self._handle.children(recursive=True)]
        except psutil.Error:
            return []

    def _usage(self) -> tuple[float, int, int] | None:
        """Processor seconds, bytes and number of all processes of the submission."""
        spent, memory, count = 0.0, 0, 0
        for process in self._family():
            with contextlib.suppress(psutil.Error), process.oneshot():
                times = process.cpu_times()
                spent += times.user + times.system + times.children_user + times.children_system
                memory += process.memory_info().rss
                count += 1
            memory += _unmapped(process.pid)
        return (spent, memory, count) if count else None

    def _interrupt(self) -> None:
        # The launchers (setpriv, unshare, bwrap) have one child each; the first Python is ours.
        for process in self._family():
            with contextlib.suppress(psutil.Error):
                if "grade_runner.py" in " ".join(process.cmdline()[1:3]):
                    process.send_signal(signal.SIGINT)
                    return

    def _dead(self) -> StoppedError:
        # How it ended by itself is the reason to report: wait for that before killing what is left.
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=GRACE)
        self.kill()
        code = self._process.returncode
        signals = {-n: name for n, name in _DEATHS.items()} | {
            128 + n: name for n, name in _DEATHS.items()
        }
        return StoppedError("crashed", f"its process ended ({signals.get(code, f'exit {code}')})")

    def kill(self) -> None:
        """End the process and all that it started."""
        family = self._family()
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        if self.walls.name == "none":
            family += list(strays(self._token))
        for process in family:
            with contextlib.suppress(psutil.Error):
                process.kill()
        self._process.wait()

    def close(self) -> None:
        """End the process and forget it."""
        self.kill()
        self._made.on_close.discard(self.kill)
        for file in (self._to, self._reader.file):
            with contextlib.suppress(OSError):
                os.close(file)
        shutil.rmtree(self._box, ignore_errors=True)

    def __enter__(self) -> Runner:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


def _tidy(reply: dict) -> dict:
    """A reply in the form it should have; it comes from a process that trusts nobody."""
    tidy: dict = {}
    if "error" in reply:
        error = reply["error"]
        line = error.get("line")
        tidy["error"] = {
            "name": re.sub(r"\W", "", str(error["name"]))[:100] or "Exception",
            "text": str(error["text"])[:1000],
            "line": line if isinstance(line, int) else None,
        }
    elif "names" in reply:
        tidy["names"] = {
            str(name): {"value": found["value"], "stub": bool(found["stub"])}
            for name, found in reply["names"].items()
        }
    elif "value" in reply:
        tidy["value"] = reply["value"]
    return tidy | {"output": str(reply.get("output", ""))[:40_000]}


_DEATHS = {
    signal.SIGSEGV: "segmentation fault",
    signal.SIGABRT: "abort",
    signal.SIGKILL: "killed",
    signal.SIGXCPU: "too much processor time",
    signal.SIGBUS: "bus error",
}


def _unmapped(pid: int) -> int:
    """Bytes in a process's memory files (``memfd``), which no process's memory shows."""
    size, folder = 0, f"/proc/{pid}/fd"
    with contextlib.suppress(OSError):
        for name in os.listdir(folder):
            with contextlib.suppress(OSError):
                if os.readlink(f"{folder}/{name}").startswith("/memfd:"):
                    size += os.stat(f"{folder}/{name}").st_blocks * 512
    return size


def _rlimits(limits: Limits, walls: Walls) -> dict[str, int]:
    alone = walls.name == "unshare" and os.geteuid() == 0  # a user id that nobody else has
    running = 0
    if not alone:
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error):
                running += process.num_threads() if process.uids().real == os.getuid() else 0
    return {
        "RLIMIT_DATA": limits.memory,
        "RLIMIT_FSIZE": limits.file,
        "RLIMIT_CPU": limits.total_cpu,
        "RLIMIT_CORE": 0,
        "RLIMIT_NOFILE": 512,
        "RLIMIT_NPROC": running + MOST_PROCESSES,
    }


def _pack(args: tuple, kwargs: dict | None) -> str:
    """Arguments of the grader's for a student's function; what is theirs goes by its number."""
    try:
        import cloudpickle
    except ImportError:  # joblib before 1.6 brings its own
        from joblib.externals import cloudpickle

    class Pickler(cloudpickle.Pickler):
        def persistent_id(self, value: Any) -> int | None:
            return value.n if isinstance(value, Remote) else None

    buffer = io.BytesIO()
    Pickler(buffer).dump((args, kwargs or {}))
    return base64.b64encode(buffer.getvalue()).decode()


def _gb(size: int) -> str:
    return f"{size / 2**30:g} GB of memory"


# ----------------------------------------------------------------------------------- remote
class AnswerError(Exception):
    """Base of the errors that a student's function raised, with the name they had there."""


class Remote:
    """Stands in the grader's process for something in the student's: a function, a model."""

    def __init__(self, runner: Runner, held: dict) -> None:
        self.n, self._runner = int(held["n"]), runner
        self._type, self._callable = str(held["type"]), bool(held["callable"])

    def __repr__(self) -> str:
        return f"<{self._type}>"

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._do("call", *args, **kwargs)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        try:
            return self._do("attribute", name)
        except AnswerError as error:
            raise AttributeError(f"{self._type} has no {name!r}: {error}") from None

    def __getitem__(self, key: Any) -> Any:
        return self._do("item", key)

    def __len__(self) -> int:
        return self._do("length")

    def __iter__(self) -> Iterator[Any]:
        return iter(self._do("list"))

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        import numpy as np

        return np.asarray(self._do("array"), dtype)

    def __deepcopy__(self, memo: dict) -> Remote:
        return self

    def _do(self, how: str, *args: Any, **kwargs: Any) -> Any:
        reply = self._runner.do(how, self.n, args, kwargs)
        if "error" in reply:
            raise type(str(reply["error"]["name"]), (AnswerError,), {})(reply["error"]["text"])
        return decode(reply["value"], self._runner)


def decode(data: Any, runner: Runner) -> Any:
    """A value from a student's process; what could not travel becomes a :class:`Remote`."""
    return wire.decode(data, lambda held: Remote(runner, held))
