"""How fast and how small the rating matrix is, beside the way of the 2021 project.

    python -m benchmarks.matrix_speed --dataset ml-1m

The project filled a dense float64 matrix, as wide as the largest movie id, in a Python loop. Both
start from the same table of indices and hold the same ratings, which is checked.
"""

import argparse
import time
from collections.abc import Callable
from statistics import median

import numpy as np
import pandas as pd

from course_utils.data.matrices import rating_matrix
from course_utils.data.movielens import load_movielens
from course_utils.protocol import results

DATASETS = ("ml-100k", "ml-1m")  # a later one, dense and as wide as its ids, fills 30 GiB and more


def dense_by_loop(ratings: pd.DataFrame, shape: tuple[int, int]) -> np.ndarray:
    """The project's way, after its ``dataPreprocessor``: dense float64, cell by cell."""
    matrix = np.full(shape, 0.0)
    for _, user, movie, rating in ratings.itertuples():
        matrix[user, movie] = rating
    return matrix


def measure(dataset: str = "ml-1m", runs: int = 15) -> dict[str, float]:
    """Seconds and bytes of both ways, by fact name.

    ``matrix_loop_seconds``: once through the loop. ``matrix_csr_seconds``: median of ``runs`` calls
    of ``rating_matrix``. ``matrix_speedup`` and ``matrix_shrink``: how many times faster, and
    smaller, ours is. Raises AssertionError if the two hold different ratings.
    """
    data = load_movielens(dataset)
    user_ids, user = np.unique(data.ratings["user_id"], return_inverse=True)
    movie_ids, movie = np.unique(data.ratings["movie_id"], return_inverse=True)
    table = pd.DataFrame({"user": user, "movie": movie, "rating": data.ratings["rating"]})
    ratings = table.astype({"user": "int32", "movie": "int32"})  # as in a split
    shape = len(user_ids), len(movie_ids)

    csr_seconds = median(_seconds(lambda: rating_matrix(ratings, shape)) for _ in range(runs))
    loop_seconds = _seconds(lambda: dense_by_loop(ratings, (shape[0], int(movie_ids.max()))))
    csr = rating_matrix(ratings, shape)
    dense = dense_by_loop(ratings, (shape[0], int(movie_ids.max())))
    if not np.array_equal(csr.toarray(), dense[:, : shape[1]]) or dense[:, shape[1] :].any():
        raise AssertionError("the two matrices hold different ratings")
    csr_bytes = csr.data.nbytes + csr.indices.nbytes + csr.indptr.nbytes
    return {
        "matrix_loop_seconds": round(loop_seconds, 4),
        "matrix_csr_seconds": round(csr_seconds, 4),
        "matrix_speedup": round(loop_seconds / csr_seconds, 1),
        "matrix_dense_mib": round(dense.nbytes / 2**20, 1),
        "matrix_csr_mib": round(csr_bytes / 2**20, 1),
        "matrix_shrink": round(dense.nbytes / csr_bytes, 1),
    }


def _seconds(job: Callable[[], object]) -> float:
    start = time.perf_counter()
    job()
    return time.perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--dataset", default="ml-1m", choices=DATASETS)
    parser.add_argument("--runs", type=int, default=15)
    choice = parser.parse_args()
    facts = measure(choice.dataset, choice.runs)
    print(f"{'':14}{'seconds':>10}{'MiB':>10}")
    for way, name in (("loop, dense", ("loop", "dense")), ("rating_matrix", ("csr", "csr"))):
        seconds, mib = facts[f"matrix_{name[0]}_seconds"], facts[f"matrix_{name[1]}_mib"]
        print(f"{way:14}{seconds:10.4f}{mib:10.1f}")
    print(f"{'times':14}{facts['matrix_speedup']:10.1f}{facts['matrix_shrink']:10.1f}")
    results.record(choice.dataset, [], facts=facts)


if __name__ == "__main__":
    main()
