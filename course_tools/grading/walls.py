"""Walls around a student's code: Linux namespaces, and what of the disk is inside them.

They are made by bubblewrap (``bwrap``) or by ``unshare`` of util-linux: no network, no other
process, and of the disk only Python, the system's libraries, the data and the course's package
without solutions. Where neither works, limits and an empty folder remain.
"""

from __future__ import annotations

import compileall
import contextlib
import fcntl
import functools
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import psutil

import course_utils
from course_tools.authoring.run import QUIET

NOBODY = 61_000  # numeric user ids for students' code where the grader runs as root
SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64")
# of /etc only what programs look up: as root, the rest would be readable, passwords included
ETC = (
    "alternatives",
    "fonts",
    "ld.so.cache",
    "ld.so.conf",
    "ld.so.conf.d",
    "localtime",
    "mime.types",
)
ETC += ("nsswitch.conf", "passwd", "group", "hosts", "ssl/certs", "ssl/openssl.cnf", "OpenCL")
SCRATCH = 512 * 2**20  # bytes of /tmp, /dev/shm and the notebook's folder
MOST_PROCESSES = 400
SBIN = ("/usr/local/sbin", "/usr/sbin", "/sbin", "/usr/local/bin", "/usr/bin", "/bin")
PREFIX = "course-grade-"

# Builds a root folder that holds READONLY and nothing else, and moves into it. $1 is an empty
# folder, $2 the folder of the submission, $3 the user id or "", then the command.
UNSHARE = """
set -e
root=$1; submission=$2; user=$3; shift 3
mount --make-rprivate /
mount -t tmpfs -o size=512m,mode=755 tmpfs "$root"
cd "$root"
mkdir -p proc dev tmp notebook student .old
for path in $READONLY_LINKS; do ln -s "$(readlink "$path")" "$root$path"; done
printf '%s\\n' "$READONLY" | while IFS= read -r path; do
  [ -n "$path" ] || continue
  if [ -d "$path" ]; then mkdir -p "$root$path"
  else mkdir -p "$(dirname "$root$path")"; touch "$root$path"; fi
  mount --bind "$path" "$root$path"
  options=$(findmnt -n -o VFS-OPTIONS -T "$path" | sed 's/\\brw\\b/ro/')
  mount -o "remount,bind,$options" "$root$path"
done
for name in null zero random urandom; do
  touch "dev/$name"; mount --bind "/dev/$name" "dev/$name"
done
mkdir dev/shm; ln -s /proc/self/fd dev/fd; chmod 1777 tmp dev/shm
mount -t proc proc proc
echo 4096 2>/dev/null > proc/sys/kernel/shmall || true
cp -r "$submission"/. notebook/
[ -z "$user" ] || chown -R "$user:$user" notebook student
pivot_root . .old
umount -l /.old
rmdir /.old
cd /notebook
become=--securebits=+noroot,+noroot_locked
[ -z "$user" ] || become="--reuid $user --regid $user --clear-groups"
exec setpriv $become --no-new-privs --inh-caps=-all --bounding-set=-all --pdeathsig KILL "$@"
"""


@dataclass(frozen=True)
class Limits:
    """What one submission may use. Seconds are of one statement or one call."""

    cpu: float = 20.0  # seconds of processor time
    wall: float = 90.0  # seconds on the clock, for code that sleeps or waits
    memory: int = 2 * 2**30  # bytes of private memory, of each process and of all together
    file: int = 64 * 2**20  # bytes of one file
    total_cpu: int = 900  # seconds of processor time of the whole submission
    submission: float = 900.0  # seconds on the clock of the whole submission


@dataclass
class Workshop:
    """A folder of the grader's own, with the package as students' code sees it.

    ``course_tools`` is not there; ``measured`` holds the results that lessons quote. closing: the
    grader is about to end; on_close: what ends the processes that still run.
    """

    folder: Path
    readonly: list[Path] = field(default_factory=list)
    closing: bool = False
    on_close: set[Callable[[], None]] = field(default_factory=set)

    @property
    def package(self) -> Path:
        return self.folder / "course"

    def close(self) -> None:
        """End all processes; nothing new is started."""
        self.closing = True
        for end in list(self.on_close):
            with contextlib.suppress(Exception):
                end()


@contextlib.contextmanager
def workshop(root: Path) -> Iterator[Workshop]:
    """Make the grader's folder for one run; it is gone afterwards. What killed runs left goes."""
    _sweep()
    with (
        tempfile.TemporaryDirectory(prefix=PREFIX, ignore_cleanup_errors=True) as scratch,
        (Path(scratch) / "lock").open("w") as lock,
    ):
        fcntl.flock(lock, fcntl.LOCK_EX)
        made = Workshop(Path(scratch).resolve())
        package = Path(course_utils.__file__).resolve().parent
        leave_out = shutil.ignore_patterns("__pycache__", "*.pyc")
        shutil.copytree(package, made.package / "course_utils", ignore=leave_out)
        if (root / "results").is_dir():
            measured = made.package / "course_utils" / "measured"
            shutil.copytree(root / "results", measured, dirs_exist_ok=True)
        for name in ("runner.py", "wire.py"):  # not by names that a student's own module may bear
            shutil.copy(Path(__file__).with_name(name), made.package / f"grade_{name}")
        compileall.compile_dir(made.package, quiet=2)
        made.folder.chmod(0o755)
        made.readonly = _readonly(made, root)
        yield made


def _sweep() -> None:
    """Remove folders and processes of graders that were killed; theirs nobody locks any more."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        try:
            with (folder / "lock").open("r+") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                for process in strays(folder.name):
                    with contextlib.suppress(psutil.Error):
                        process.kill()
                shutil.rmtree(folder, ignore_errors=True)
        except OSError:  # somebody else's, or it is in use
            continue


def strays(token: str) -> Iterator[psutil.Process]:
    """Processes that left the family; where there are no namespaces, their variables tell."""
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if process.environ().get("COURSE_GRADE", "").startswith(token):
                yield process


def _readonly(made: Workshop, root: Path) -> list[Path]:
    """What students' code may read: Python, the system, the data, the package's copy."""
    from course_utils.data.archives import cache_folder

    wanted = [Path(p) for p in SYSTEM if not Path(p).is_symlink()]
    wanted += [Path(sys.prefix), Path(sys.base_prefix), made.package, cache_folder()]
    wanted += [Path(path) for path in sysconfig.get_paths().values()]
    wanted += [Path(p) for p in sys.path if p.endswith(("site-packages", "dist-packages"))]
    if home := os.environ.get("MOVIELENS_HOME"):
        wanted.append(Path(home))
    chosen: list[Path] = []
    for path in sorted({p.resolve() for p in wanted if p.is_dir()} | {Path(sys.prefix)}):
        inside = any(path.is_relative_to(other) for other in chosen)
        if not inside and not root.resolve().is_relative_to(path):
            chosen.append(path)
    return chosen + [Path("/etc", name) for name in ETC if Path("/etc", name).exists()]


# ------------------------------------------------------------------------------------ walls
@dataclass(frozen=True)
class Walls:
    """A way to shut code in. ``open_to``: what it does not keep out, in words; empty is best.

    scope: systemd counts all memory of a submission, also what belongs to no process.
    """

    name: str
    open_to: tuple[str, ...] = ()
    scope: bool = False

    def command(
        self, made: Workshop, box: Path, files: Mapping[str, bytes], slot: int, memory: int
    ) -> tuple[list[str], Path]:
        """What to put before a command, and the folder it starts in."""
        submission = box / "notebook"
        for name, content in {"": b"", **files}.items():
            path = submission / name
            (path.parent if name else path).mkdir(parents=True, exist_ok=True)
            if name:
                path.write_bytes(content)
        before = _scope(memory) if self.scope else []
        if self.name == "bwrap":
            return [*before, *_bwrap(made, submission)], box
        if self.name == "unshare":
            return [*before, *_unshare(box, submission, slot)], box
        (box / "student").mkdir(exist_ok=True)
        return before, submission

    def home(self, box: Path) -> str:
        """Where a student's process is at home."""
        return str(box / "student") if self.name == "none" else "/student"

    def sentence(self) -> str:
        """For the TA: what protects this machine, and what does not."""
        how = {
            "bwrap": "bubblewrap",
            "unshare": "Linux namespaces (unshare)",
            "none": "limits on time, memory, file size and processes only",
        }[self.name]
        memory = (
            "Memory is limited by systemd (cgroups)."
            if self.scope
            else ("Memory is counted, not capped: there is no systemd to ask for a cgroup.")
        )
        if not self.open_to:
            return (
                f"Isolation: {how}. Students' code has no network and sees neither your files nor "
                f"other processes. {memory}"
            )
        return (
            f"Isolation: {how}. NOT protected here: {', '.join(self.open_to)}. "
            f"Installing bubblewrap (bwrap) helps; a virtual machine always does. {memory}"
        )


def tool(name: str) -> str | None:
    """Where a program is, also if the shell's PATH lacks the folders for administrators."""
    return shutil.which(name, path=os.pathsep.join([os.environ.get("PATH", ""), *SBIN]))


@functools.cache
def has_systemd() -> bool:
    """Whether systemd makes us a cgroup."""
    if not tool("systemd-run"):
        return False
    command = [*_scope(2**28), "true"]
    with contextlib.suppress(OSError, subprocess.TimeoutExpired):
        return not subprocess.run(command, capture_output=True, timeout=10).returncode
    return False


def _scope(memory: int) -> list[str]:
    command = [tool("systemd-run") or "systemd-run", *([] if os.geteuid() == 0 else ["--user"])]
    command += ["--scope", "--quiet", "--collect", "-p", f"MemoryMax={memory + memory // 4}"]
    return [*command, "-p", "MemorySwapMax=0", "-p", f"TasksMax={MOST_PROCESSES}", "--"]


def _bwrap(made: Workshop, submission: Path) -> list[str]:
    command = [tool("bwrap") or "bwrap", "--unshare-all", "--die-with-parent", "--new-session"]
    command += ["--cap-drop", "ALL", "--proc", "/proc", "--dev", "/dev"]
    for path in ("/dev/shm", "/tmp", "/student", "/notebook"):
        command += ["--size", str(SCRATCH // 4), "--tmpfs", path]
    for path in SYSTEM:
        if Path(path).is_symlink():
            command += ["--symlink", os.readlink(path), path]
    for path in made.readonly:
        command += ["--ro-bind", str(path), str(path)]
    for path in sorted(submission.rglob("*")):
        if path.is_file():
            command += ["--ro-bind", str(path), f"/notebook/{path.relative_to(submission)}"]
    return [*command, "--chdir", "/notebook"]


def _unshare(box: Path, submission: Path, slot: int) -> list[str]:
    root = box / "root"
    root.mkdir(exist_ok=True)
    user = os.geteuid() == 0  # root in, nobody out; others become root of their own small world
    command = [tool("setpriv") or "setpriv", "--pdeathsig", "KILL", tool("unshare") or "unshare"]
    command += ["--mount", "--pid", "--net", "--ipc", "--uts", "--fork", "--kill-child"]
    script = ["sh", "-c", UNSHARE, "sh", str(root), str(submission)]
    return [
        *command,
        *([] if user else ["--map-root-user"]),
        *script,
        str(NOBODY + slot) if user else "",
    ]


def environment(made: Workshop, home: str, token: str) -> dict[str, str]:
    """The variables of a student's process: none of the TA's own but where the data is."""
    from course_utils.data.archives import cache_folder

    kept = ("MOVIELENS_HOME", "OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")
    return {
        **{name: os.environ[name] for name in kept if name in os.environ},
        **QUIET,
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), *SBIN]),
        "LANG": "C.UTF-8",
        "TZ": "UTC",
        "COURSE_DATASET": "ml-100k",
        "KERAS_BACKEND": "tensorflow",
        "COURSE_CACHE": str(cache_folder()),
        "COURSE_GRADE": token,
        "CUDA_VISIBLE_DEVICES": "-1",
        "HOME": home,
        "IPYTHONDIR": f"{home}/.ipython",
        "MPLCONFIGDIR": f"{home}/.matplotlib",
        "MPLBACKEND": "agg",
        "NBGRADER_EXECUTION": "autograde",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONHASHSEED": "0",
        "PYTHONPATH": str(made.package),
        "READONLY": "\n".join(map(str, made.readonly)),
        "READONLY_LINKS": " ".join(path for path in SYSTEM if Path(path).is_symlink()),
        "USER": "student",
        "LOGNAME": "student",
    }
