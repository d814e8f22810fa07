"""Cost of AutoRec by size of the data: ``python -m benchmarks.lesson_09 --dataset synthetic-10m``.

Datasets: ml-100k, ml-1m and, drawn at random in the shape of the real ones, synthetic-1m,
synthetic-10m and synthetic-25m. Each trial runs in a process of its own, so that its peak memory is
its own. On two cores: minutes each, dense ones on 10m longer. Rows that are to be compared belong
into one call: with several seeds the trials take turns.

- ``sparse_movie``, ``sparse_user``: rated cells only, 8 steps an epoch.
- ``sparse_movie_512``, ``dense_movie_512``, and ``…_user_512``: 512 rows a step; these two differ
  in the arithmetic alone.
- ``dense_keras_512``: as dense_movie_512, with Keras' own Adam, the way of lesson 04.
- ``density``: one step, dense and sparse, at several densities. Any dataset.
- ``engines``: mixed precision, XLA and input pipelines, one epoch each. Real data.
- ``devices``: one model on one and on two logical CPU devices. Real data.
- ``memory``: arithmetic, for ``synthetic-10m``.
"""

import argparse
import itertools
import os
import shlex
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import keras
import numpy as np
import tensorflow as tf

from course_utils.data.movielens import MovieLens, load_movielens
from course_utils.data.splits import Split, primary_split
from course_utils.data.synthetic import SHAPES, synthetic_ratings
from course_utils.models.autoencoders import autorec
from course_utils.models.losses import masked_sse
from course_utils.protocol import results
from course_utils.protocol.provenance import stamped
from course_utils.protocol.training import compiled, fit
from course_utils.tasks.rows import row_task
from course_utils.tasks.sparse_rows import autorec_task

LESSON = "09_scaling_up"
HIDDEN, STEPS, EPOCHS = 500, 8, 5
DENSITIES = (0.0025, 0.005, 0.01, 0.02, 0.04, 0.08, 0.16)

# On some virtual machines the first touch of a 4 KB page costs more than the work on it: a large
# epoch then waits much longer than the processor works. With this, glibc asks for large pages.
# Elsewhere it does nothing.
HUGE_PAGES = {"GLIBC_TUNABLES": "glibc.malloc.hugetlb=1"}

Measured = dict[str, dict[str, float]]


def data_of(dataset: str) -> MovieLens:
    """A MovieLens dataset, or "synthetic-10m": drawn at random in the shape of ml-10m."""
    if dataset.startswith("synthetic-"):
        return synthetic_ratings(dataset.removeprefix("synthetic-"))
    return load_movielens(dataset)


# --------------------------------------------------------------------- growth with the data
def epochs(
    split: Split,
    seed: int,
    *,
    side: str,
    compute: str,
    rows_a_step: int | None,
    plain_adam: bool = False,
) -> dict:
    """Seconds of an epoch (the fastest after the first, which compiles) and of making its batches.

    The loss before and after shows that it trains; on synthetic data no score means anything.
    """
    n_rows = split.n_movies if side == "movie" else split.n_users
    batch_size = rows_a_step or -(-n_rows // STEPS)
    settings = {"hidden": HIDDEN, "lam": 200.0, "batch_size": batch_size, "compute": compute}
    build, task = autorec_task(split, side, **settings)

    def build_plain():
        model = build()
        return compiled(model, masked_sse, 1e-3)

    start = time.perf_counter()
    for i in range(len(task.x)):
        task.x[i]
    batches = time.perf_counter() - start
    # Scoring is not part of an epoch's cost.
    bare = replace(task, split=replace(split, validation=split.validation.iloc[:0]))
    clock = ProcessorTime()
    builder = build_plain if plain_adam else build
    fitted = fit(builder, bare, epochs=EPOCHS, seed=seed, progress=False, callbacks=(clock,))
    density = len(split.train) / split.n_users / split.n_movies
    return {
        "epoch_seconds": fitted.history["seconds"][1:].min(),
        "epoch_cpu_seconds": min(clock.seconds[1:]),
        "batch_seconds": batches,
        "steps": len(task.x),
        "first_loss": fitted.history["loss"].iloc[0],
        "last_loss": fitted.history["loss"].iloc[-1],
        "train_ratings": len(split.train),
        "density": density,
        "cells": split.n_users * split.n_movies,
        "parameters": fitted.parameters,
    }


class ProcessorTime(keras.callbacks.Callback):
    """Processor seconds of each epoch, all threads together: what other programs do not change."""

    def __init__(self):
        super().__init__()
        self.seconds = []

    def on_epoch_begin(self, epoch, logs=None):
        self._start = time.process_time()

    def on_epoch_end(self, epoch, logs=None):
        self.seconds.append(time.process_time() - self._start)


def growth(dataset: str, seed: int, name: str, **settings) -> Measured:
    # No name for the data itself: half a gigabyte at 25 million ratings, free after the split.
    return {name: epochs(primary_split(data_of(dataset)), seed, **settings)}


def memory(dataset: str, seed: int) -> Measured:
    """What MovieLens-10M's ratings take as matrices, computed from counts: GiB."""
    users, movies, ratings = SHAPES["10m"]
    return {
        "memory": {
            "ids_gib": 71_567 * 65_133 * 8 / 2**30,  # a row and a column for every id there is
            "rated_gib": users * movies * 8 / 2**30,
            "csr_gib": (8 * ratings + 4 * (users + 1)) / 2**30,
        }
    }


# ------------------------------------------------------------------ where dense is still faster
def densities(_: str, seed: int) -> Measured:
    """Seconds of a training step on 1,024 rows of 4,096 columns, fastest of five."""
    rng = np.random.default_rng(seed)
    found = {}
    for density in DENSITIES:
        cells = np.sort(rng.choice(1024 * 4096, int(density * 1024 * 4096), replace=False))
        user, movie = cells // 4096, cells % 4096
        stars = rng.integers(1, 11, len(cells)) / 2
        split = _as_split(user, movie, stars, (1024, 4096))
        for compute in ("dense", "sparse"):
            build, task = autorec_task(split, "user", batch_size=1024, compute=compute)
            model, batch = build(), task.x[0]
            model.train_on_batch(*batch)
            seconds = [_seconds(lambda m=model, b=batch: m.train_on_batch(*b)) for _ in range(5)]
            name = f"{compute}_{density * 1e4:.0f}"
            found[name] = {"step_seconds": min(seconds), "density": density}
    return found


def _as_split(user, movie, stars, shape) -> Split:
    import pandas as pd

    table = pd.DataFrame({"user": user, "movie": movie, "rating": stars, "timestamp": 0})
    table = table.astype({"user": "int32", "movie": "int32", "rating": "float32"})
    none = table.iloc[:0]
    ids = np.arange(shape[0]), np.arange(shape[1])
    return Split("random", "synthetic-density", table, none, none, *ids, (0.5, 5.0))


# --------------------------------------------------- precision, compilation, input pipelines
def engines(dataset: str, seed: int) -> Measured:
    """Seconds of an epoch of the dense item AutoRec, fastest of several after the first."""
    split = primary_split(load_movielens(dataset))
    task = row_task(split, "movie", offset=True)
    dense = [task.x[i] for i in range(len(task.x))]

    def model_with(policy: str = "float32", **options) -> keras.Model:
        keras.config.set_dtype_policy(policy)
        model = autorec(split.n_users, HIDDEN, l2=0.02, offset=task.data.offset)
        keras.config.set_dtype_policy("float32")
        return compiled(model, masked_sse, 1e-3, **options)

    ready = tf.data.Dataset.from_generator(
        lambda: iter(dense),
        output_signature=tf.nest.map_structure(
            lambda x: tf.TensorSpec((None, *x.shape[1:]), x.dtype), dense[0]
        ),
    ).apply(tf.data.experimental.assert_cardinality(len(dense)))
    ways: dict[str, Callable[[], tuple[keras.Model, object]]] = {
        "plain": lambda: (model_with(), task.x),
        "xla": lambda: (model_with(jit_compile=True), task.x),
        "bfloat16": lambda: (model_with("mixed_bfloat16"), task.x),
        "float16": lambda: (model_with("mixed_float16"), task.x),
        "cached_batches": lambda: (model_with(), ready.prefetch(2)),
    }
    found = {}
    for name, way in ways.items():
        keras.utils.set_random_seed(seed)
        model, x = way()
        seconds = [_seconds(lambda m=model, x=x: m.fit(x, verbose=0)) for _ in range(4)]
        found[f"engine_{name}"] = {"epoch_seconds": min(seconds[1:]), "first_seconds": seconds[0]}
    return found


# ------------------------------------------------------------------- one model, two devices
def devices(dataset: str, seed: int) -> Measured:
    """The same training on one and on two logical CPU devices of one machine.

    Both share the cores, so there is no speed to win here: it shows that the weights agree and
    what the exchange of gradients costs.
    """
    cpu = tf.config.list_physical_devices("CPU")[0]
    tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
    split = primary_split(load_movielens(dataset))
    task = row_task(split, "movie", offset=True)
    (row, row_bias), target = task.data.batch(np.arange(split.n_movies))
    found = {}
    for count in (1, 2):
        keras.utils.set_random_seed(seed)
        strategy = tf.distribute.MirroredStrategy([f"CPU:{i}" for i in range(count)])
        with strategy.scope():
            model = autorec(split.n_users, HIDDEN, l2=0.02, offset=task.data.offset)
            model.compile(keras.optimizers.SGD(1e-4), masked_sse)
        options = {"batch_size": 512, "shuffle": False, "verbose": 0}
        x = [row, row_bias]
        losses = model.fit(x, target, epochs=1, **options).history["loss"]
        seconds = _seconds(lambda m=model, x=x, o=options: m.fit(x, target, epochs=3, **o)) / 3
        found[f"devices_{count}"] = {"epoch_seconds": seconds, "loss": losses[-1]}
    return found


def _seconds(job: Callable[[], object]) -> float:
    start = time.perf_counter()
    job()
    return time.perf_counter() - start


# What a growth trial's row says of itself, so that a claim sees what two rows have in common.
GROWTH: dict[str, dict] = {
    name: {"side": side, "compute": compute, "rows_a_step": size, "plain_adam": plain}
    for name, side, compute, size, plain in (
        ("sparse_movie", "movie", "sparse", None, False),
        ("sparse_user", "user", "sparse", None, False),
        ("sparse_movie_512", "movie", "sparse", 512, False),
        ("dense_movie_512", "movie", "dense", 512, False),
        ("dense_keras_512", "movie", "dense", 512, True),
        ("sparse_user_512", "user", "sparse", 512, False),
        ("dense_user_512", "user", "dense", 512, False),
    )
}
TRIALS: dict[str, Callable[[str, int], Measured]] = {
    name: partial(growth, name=name, **settings) for name, settings in GROWTH.items()
} | {"density": densities, "engines": engines, "devices": devices, "memory": memory}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--dataset", default="ml-100k", help="default: ml-100k")
    parser.add_argument("--only", nargs="+", choices=sorted(TRIALS), default=["sparse_movie"])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0], help="default: 0")
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    choice = parser.parse_args()
    script = ["-m", "benchmarks.lesson_09", "--dataset", choice.dataset]
    if not choice.here:
        environment = os.environ | HUGE_PAGES
        for seed, name in itertools.product(choice.seeds, choice.only):
            command = [sys.executable, *script, "--here", "--only", name, "--seeds", str(seed)]
            subprocess.run(command, check=True, env=environment)
        return
    name, seed = choice.only[0], choice.seeds[0]
    dataset = "synthetic-density" if name == "density" else choice.dataset
    measured = TRIALS[name](choice.dataset, seed)
    rows_ = [
        stamped(
            {
                "lesson": LESSON,
                "model": model,
                "split": results.default_split(dataset),
                "seed": seed,
                "metrics": metrics,
                "settings": GROWTH.get(name, {}),
                "archive": "drawn at random" if "synthetic" in dataset else "real ratings",
                "command": f"{shlex.join(['python', *script])} --only {name}",
            }
        )
        for model, metrics in measured.items()
    ]
    results.record(dataset, rows_)
    for row in rows_:
        shown = {k: round(float(v), 4) for k, v in row["metrics"].items()}
        print(row["model"], f"{row['peak_mb']:.0f} MB", shown, flush=True)


if __name__ == "__main__":
    main()
