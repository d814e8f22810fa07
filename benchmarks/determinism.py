"""Is a lesson the same twice? ``python -m benchmarks.determinism 02`` runs it twice and compares.

Prints the largest difference between the two runs' metrics; 0 is what one wants, and more than
1e-6 fails. Times and memory are not compared.
"""

import argparse
import math
import sys
import tempfile
from pathlib import Path

import nbformat

from course_tools.authoring.run import execute, kernel_environment
from course_utils.protocol import results


def measure(lesson: str, dataset: str) -> dict[tuple, float]:
    """Run the instructor edition once; every metric it records, by model, seed and name."""
    root = results.repository()
    (path,) = sorted((root / "solutions").glob(f"{lesson}*.ipynb"))
    with tempfile.TemporaryDirectory() as folder:
        notebook = nbformat.read(path, as_version=4)
        execute(notebook, Path(folder), kernel_environment(dataset, Path(folder)))
        table = results.load(dataset, folder)
    keys = table[["model", "seed"]].itertuples(index=False, name=None)
    numbers = table[[c for c in ("rmse", "per_user_rmse", "mae") if c in table]]
    return {
        (*key, name): value
        for key, row in zip(keys, numbers.to_dict("records"), strict=True)
        for name, value in row.items()
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("lesson", help="its number, such as 02")
    parser.add_argument("--dataset", default="ml-100k")
    choice = parser.parse_args()
    first, second = (measure(choice.lesson, choice.dataset) for _ in range(2))
    if not first or first.keys() != second.keys():
        print(f"lesson {choice.lesson} recorded {len(first)} and {len(second)} numbers")
        return 1
    worst = max(first, key=lambda key: abs(first[key] - second[key]))
    difference = abs(first[worst] - second[worst])
    print(f"{len(first)} numbers, largest difference {difference:.2e} ({worst})")
    return int(math.isnan(difference) or difference > 1e-6)


if __name__ == "__main__":
    sys.exit(main())
