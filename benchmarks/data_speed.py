"""How fast a dataset loads: from its archive, from the cache, and by pandas' own ``::`` parser.

    python -m benchmarks.data_speed --dataset ml-1m

The archive is read from the folder ``MOVIELENS_HOME``. Every time is the median of several runs.
The figures go into ``results/<dataset>.json`` as facts ``data_…``.
"""

import argparse
import json
import re
import tempfile
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from statistics import median

import numpy as np
import pandas as pd

from course_utils.data import archives, movielens
from course_utils.protocol import results

HOME = "MOVIELENS_HOME"


def _seconds(job: Callable[[], object], runs: int) -> float:
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        job()
        times.append(time.perf_counter() - start)
    return median(times)


def measure(dataset: str = "ml-1m", runs: int = 5) -> dict[str, float]:
    """Seconds by stage, and how much faster the ratings are parsed than by pandas' python engine.

    ``parse_cold_s``: verify, unzip, parse and check the whole archive. ``cache_read_s``: load it
    from the parquet cache. ``ratings_parse_s`` and ``python_engine_s``: unzip and parse the ratings
    file, by this package and by ``pandas.read_csv(engine="python")``; ``ratio`` is the second over
    the first. Raises ``DataError`` where ``MOVIELENS_HOME`` has no archive of the dataset.
    """
    archive, scratch = archives.ARCHIVES[dataset], Path()
    path = archives._find(dataset, scratch, progress=False)
    ratings = archive.layout.ratings

    def whole() -> archives.Tables:
        return archives._read_archive(path, archive, HOME)

    def ours() -> pd.DataFrame:
        with zipfile.ZipFile(path) as bundle:
            return archives._read_member(bundle, ratings)

    def reference() -> pd.DataFrame:
        with zipfile.ZipFile(path) as bundle:
            file = next(file for file in bundle.namelist() if file.endswith(f"/{ratings.file}"))
            with bundle.open(file) as lines:
                return pd.read_csv(
                    lines,
                    sep=re.escape(ratings.separator),
                    engine="python",
                    names=ratings.columns,
                    skiprows=int(bool(ratings.header)),
                )

    if not np.array_equal(ours().to_numpy(), reference().to_numpy()):
        raise AssertionError(f"the two parsers disagree on {ratings.file}")
    with tempfile.TemporaryDirectory() as cache:
        archives.write_cache(whole(), Path(cache) / dataset)
        cache_read = _seconds(lambda: movielens.load_movielens(dataset, cache_dir=cache), runs)
    parse, fast = _seconds(whole, runs), _seconds(ours, runs)
    slow = _seconds(reference, min(runs, 3))  # it takes seconds
    return {
        "parse_cold_s": round(parse, 4),
        "cache_read_s": round(cache_read, 4),
        "ratings_parse_s": round(fast, 4),
        "python_engine_s": round(slow, 4),
        "ratio": round(slow / fast, 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--dataset", default="ml-1m", choices=list(archives.ARCHIVES))
    parser.add_argument("--runs", type=int, default=5)
    arguments = parser.parse_args()
    measured = measure(arguments.dataset, arguments.runs)
    print(json.dumps(measured, indent=2))
    facts = {f"data_{name}": value for name, value in measured.items()}
    results.record(arguments.dataset, [], facts=facts)


if __name__ == "__main__":
    main()
