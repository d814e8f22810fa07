"""What lesson 01's imports cost, here and in an older release: memory and processor seconds.

``python -m benchmarks.imports --against v0.1.0`` checks that tag out beside this tree and starts a
fresh Python for each, in turns; the least of five starts counts.
"""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
IMPORTS = {  # as lesson 01 wrote them in the release, and writes them now
    "then": "from course_utils import plots\nfrom course_utils.checks import check\n"
    "from course_utils.data import load_movielens",
    "now": "from course_utils import check, plots\nfrom course_utils.data import load_movielens",
}
MEASURE = """
plots.rating_counts, check, load_movielens
import resource
used = resource.getrusage(resource.RUSAGE_SELF)
print(used.ru_maxrss / 1024, used.ru_utime + used.ru_stime)
"""


def cost(tree: Path, imports: str) -> tuple[float, float]:
    """(peak MB, processor seconds) of one start."""
    code = f"import sys; sys.path.insert(0, {str(tree)!r})\n{imports}\n{MEASURE}"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tree, capture_output=True, text=True, check=True
    )
    memory, seconds = map(float, done.stdout.split())
    return memory, seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--against", default="v0.1.0", help="a tag; default: v0.1.0")
    tag = parser.parse_args().against
    with tempfile.TemporaryDirectory() as scratch:
        old = Path(scratch) / "old"
        git = ["git", "-C", str(ROOT), "worktree"]
        subprocess.run([*git, "add", "--detach", str(old), tag], check=True, capture_output=True)
        try:
            runs = [(cost(old, IMPORTS["then"]), cost(ROOT, IMPORTS["now"])) for _ in range(5)]
        finally:
            subprocess.run([*git, "remove", "--force", str(old)], check=True)
    for name, found in zip((tag, "here"), zip(*runs, strict=True), strict=True):
        memory, seconds = (min(values) for values in zip(*found, strict=True))
        print(f"{name}: {memory:.0f} MB, {seconds:.2f} s of the processor")


if __name__ == "__main__":
    main()
