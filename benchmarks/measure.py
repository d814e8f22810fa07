"""What the measuring scripts share: one command line, one loop, rows into ``results/``.

A script lists its trials by name; a trial is a function of (data, seed) that returns result rows.
"""

import argparse
import shlex
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from course_utils.data.movielens import MovieLens, load_movielens
from course_utils.protocol import results

# Of which file a row speaks: of MovieLens-1M some copies hold times that are partly interpolated.
ARCHIVES = {"checksum": "the published file", "counts": "repacked, same numbers of ratings"}
Trial = Callable[[MovieLens, int], list[dict]]


def main(
    description: str,
    trials: Mapping[str, Trial],
    *,
    once: tuple[str, ...] = (),
    apart: bool = False,
) -> None:
    """Run the trials named on the command line and record each as soon as it is done.

    once: trials without chance in them, run for the first seed only. apart: every trial and seed in
    a process of its own, so that its peak memory is its own.
    """
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--dataset", default="ml-100k", help="default: ml-100k")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2], help="default: 0 1 2")
    parser.add_argument("--only", nargs="+", choices=sorted(trials), help="default: all trials")
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    choice = parser.parse_args()
    script = ["-m", f"benchmarks.{Path(sys.argv[0]).stem}", "--dataset", choice.dataset]
    command = shlex.join(["python", *script])
    chosen = [
        (name, seed)
        for name in choice.only or trials
        for seed in (choice.seeds[:1] if name in once else choice.seeds)
    ]
    if apart and not choice.here:
        for name, seed in chosen:
            one = ["--here", "--only", name, "--seeds", str(seed)]
            subprocess.run([sys.executable, *script, *one], check=True)
        return
    data = load_movielens(choice.dataset)
    for name, seed in chosen:
        rows = trials[name](data, seed)
        for row in rows:
            row["command"] = f"{command} --only {name}"
            row["archive"] = ARCHIVES.get(data.verified, data.verified)
            if "accelerator" in row.get("versions", {}):
                _without_cost(row)
        results.record(choice.dataset, rows)
        for row in rows:
            metrics = {k: round(v, 4) for k, v in row["metrics"].items()}
            print(name, f"seed {seed}", row["model"], row["split"], metrics, flush=True)


def _without_cost(row: dict) -> None:
    """Leave out what an accelerator took: the course quotes seconds and memory of two cores."""
    row |= {"seconds": None, "peak_mb": None}
    row["metrics"] = {k: v for k, v in row["metrics"].items() if not k.endswith("seconds")}
    engine = "jax" if "jax" in row["versions"] else "tensorflow"
    row["command"] = f"KERAS_BACKEND={engine} {row['command']}"  # a kept row may be another's
