"""Our models beside what a learner would pick instead: one run, one machine, one split.

    python -m benchmarks.side_by_side --dataset ml-1m --rivals-python .venv-rivals/bin/python

Prints and records global RMSE on test, training seconds and peak memory. Every model runs in a
process of its own, one after the other. The rivals (Surprise, myFM, LensKit) are the extra
``rivals``; give the Python that has them, or leave them out. On two cores: 10 minutes for
ml-100k, 90 for ml-1m, most of it SVD++ and the 2021 models.

``--only NAME …`` measures some models again; the table then shows those and what was recorded.
``--draw`` measures nothing and only draws the README's picture from what was recorded.
"""

import argparse
import hashlib
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import pandas as pd

from benchmarks import lesson_02, lesson_04
from course_tools.authoring import tables
from course_utils.data.movielens import load_movielens
from course_utils.data.splits import Split, primary_split
from course_utils.models import baselines, embedding
from course_utils.models.autoencoders import deep_autoencoder
from course_utils.models.losses import masked_mse
from course_utils.protocol import metrics, results
from course_utils.protocol.results import stamped
from course_utils.protocol.training import Fitted, Peek, compiled, fit
from course_utils.tasks.pairs import pair_task
from course_utils.tasks.rows import row_task
from course_utils.tasks.sparse_rows import autorec_task, sparse_row_task

LESSON = "side_by_side"
AUTOREC = lesson_04.TRIAL_SETTINGS["item_autorec"]
# RMSE whose time is taken: for ml-1m what AutoRec's authors report, for ml-100k a round number.
GOALS = {"ml-1m": 0.831, "ml-100k": 0.9}
RIVALS = (
    "surprise_svd",
    "surprise_knn_baseline",
    "lenskit_biased_mf",
    "lenskit_item_knn",
    "myfm_bmf",
    "surprise_svdpp",
    "myfm_svdpp",
)
LABELS = {
    "bias_model": "ours: bias model",
    "embedding_2021": "2021: embedding",
    "deep_ae_2021": "2021: deep autoencoder",
    "embedding": "ours: biased product",
    "two_sided": "ours: two-sided AutoRec",
    "item_autorec": "ours: item AutoRec",
    "item_autorec_sparse": "ours: item AutoRec, rated cells only",
    "surprise_svd": "Surprise SVD",
    "surprise_svdpp": "Surprise SVD++",
    "surprise_knn_baseline": "Surprise KNNBaseline",
    "myfm_bmf": "myFM, Bayesian MF",
    "myfm_svdpp": "myFM, Bayesian SVD++",
    "lenskit_biased_mf": "LensKit biased MF",
    "lenskit_item_knn": "LensKit item-kNN",
}


# ---------------------------------------------------------------- our side and that of 2021
def embedding_2021(split: Split) -> Fitted:
    """The project's tuned model 2, its best product of embeddings: 100 factors, early stopping."""
    mean = float(split.train["rating"].mean())

    def build():
        scale = split.rating_scale
        model = embedding.biased_dot(*split.shape, 100, mean=mean, rating_scale=scale)
        return compiled(model, "mse", 1e-3)

    return fit(build, pair_task(split), epochs=30, progress=False)


def deep_ae_2021(split: Split) -> Fitted:
    """The announced best model as published: rows are users, 500 epochs at 0.0001."""
    task = row_task(split, "user", batch_size=256)

    def build():
        model = deep_autoencoder(split.n_movies)
        return compiled(model, masked_mse, 1e-4)

    return fit(build, task, epochs=500, patience=None, progress=False)


def item_autorec_sparse(split: Split, *callbacks: keras.callbacks.Callback) -> Fitted:
    """Lesson 04's AutoRec with the settings that validation chose there, on rated cells only."""
    epochs, batch_size = AUTOREC["epochs"], AUTOREC["batch_size"]
    steps = epochs * -(-split.n_movies // batch_size)
    build, task = autorec_task(
        split,
        lam=AUTOREC["lam"],
        input_dropout=AUTOREC["input_dropout"],
        rate=keras.optimizers.schedules.CosineDecay(AUTOREC["rate"], steps),
        batch_size=batch_size,
        compute="sparse",
    )
    return fit(build, task, epochs=epochs, patience=None, progress=False, callbacks=callbacks)


OURS: dict[str, Callable[[Split], object]] = {
    "bias_model": baselines.bias_model,
    "embedding_2021": embedding_2021,
    "deep_ae_2021": deep_ae_2021,
    "embedding": lambda split: lesson_02.fit_step(split, lesson_02.LADDER["free_dim_128"], 0),
    "two_sided": lambda split: lesson_04.train_two_sided(split, lesson_04.TWO_SIDED, 0),
    "item_autorec": lambda split: lesson_04.train(split, AUTOREC, 0),
    "item_autorec_sparse": item_autorec_sparse,
}


def run_ours(name: str, dataset: str, out: str) -> None:
    """The counterpart of ``rivals.py``: train one of our models and write what it predicts."""
    split = primary_split(load_movielens(dataset))
    start, arrays = time.perf_counter(), {}
    if name == "item_autorec_sparse":
        # It sees test after each epoch, for the curve only; nothing is chosen by it.
        peek = Peek(sparse_row_task(split, offset=True), split.test)
        model = item_autorec_sparse(split, peek)
        times = np.cumsum(model.history["seconds"])
        arrays, seconds = {"curve": peek.predictions, "times": times}, float(times.iloc[-1])
    else:
        model = OURS[name](split)
        seconds = getattr(model, "seconds", time.perf_counter() - start)
    stars = model.predict(split.test["user"].to_numpy(), split.test["movie"].to_numpy())
    np.savez(out + ".npz", stars=stars, **arrays)
    cost = stamped({"seconds": seconds, "settings": {}})
    Path(out + ".json").write_text(json.dumps(cost))


# --------------------------------------------------------------------------- the comparison
def write_split(split: Split, path: Path) -> None:
    """The split as ``rivals.py`` reads it."""
    columns = {
        f"{part}_{column}": getattr(split, part)[column].to_numpy()
        for part in ("train", "test")
        for column in ("user", "movie", "rating")
    }
    np.savez(path, shape=split.shape, scale=split.rating_scale, **columns)


def measure(name: str, split: Split, folder: Path, rivals_python: str | None) -> dict:
    """Run one model in a process of its own; its row for the results."""
    out = str(folder / name)
    if name in OURS:
        command = [sys.executable, "-m", "benchmarks.side_by_side", "--dataset", split.dataset]
        command += ["--one", name, out]
    else:
        rivals = str(Path(__file__).with_name("rivals.py"))
        command = [rivals_python, rivals, name, str(folder / "split.npz"), out]
    done = subprocess.run(command, stderr=subprocess.PIPE, text=True)  # progress bars, warnings
    if done.returncode:
        raise RuntimeError(f"{name} failed:\n{done.stderr[-2000:]}")
    cost = json.loads(Path(out + ".json").read_text())
    with np.load(out + ".npz") as found:
        stars = np.clip(found["stars"], *split.rating_scale)
        curve = [(t, _rmse(split, p)) for t, p in zip(*_curve(found), strict=True)]
    test = split.test
    numbers = {
        "rmse": _rmse(split, stars),
        "per_user_rmse": metrics.per_user_rmse(test["user"], test["rating"], stars),
        "n": len(test),
    }
    goal = GOALS.get(split.dataset, 0.0)
    reached = [seconds for seconds, score in curve if score <= goal]
    if reached:
        numbers["seconds_to_goal"] = reached[0]
    cost["settings"]["curve"] = [[round(t, 2), round(score, 4)] for t, score in curve]
    return {
        "lesson": LESSON,
        "model": name,
        "split": split.name,
        "seed": 0,
        "label": LABELS[name],
        "metrics": numbers,
        "command": f"python -m benchmarks.side_by_side --dataset {split.dataset} --only {name}",
        **cost,
    }


def _curve(found) -> tuple[np.ndarray, np.ndarray]:
    return (found["times"], found["curve"]) if "curve" in found.files else ((), ())


def _rmse(split: Split, stars: np.ndarray) -> float:
    return metrics.rmse(split.test["rating"], stars)


def table(dataset: str) -> str:
    """All models measured so far on one dataset, best first, as markdown."""
    return tables.table(dataset, columns=("rmse", "seconds", "peak_mb"), lesson=LESSON)


def drawn_from(dataset: str) -> tuple[pd.DataFrame, str]:
    """What the picture shows, and a mark by which a picture of older results is known."""
    rows_ = results.load(dataset).query("lesson == @LESSON")[["label", "rmse", "seconds"]]
    return rows_, hashlib.sha256(rows_.to_csv(index=False).encode()).hexdigest()


def draw(dataset: str, path: Path) -> None:
    """Write the README's picture; the mark of its numbers goes into it."""
    from course_utils import plots  # only here: a model that is measured should not pay for it

    shown, mark = drawn_from(dataset)
    figure = plots.seconds_against_rmse(shown, dataset)
    figure.savefig(path, dpi=110, bbox_inches="tight", metadata={"Source": mark})


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--dataset", default="ml-100k", help="default: ml-100k")
    parser.add_argument("--only", nargs="+", choices=[*OURS, *RIVALS], help="default: all")
    parser.add_argument("--rivals-python", help="a Python that has the extra 'rivals' installed")
    parser.add_argument("--draw", action="store_true", help="only draw the README's picture")
    parser.add_argument("--one", nargs=2, help=argparse.SUPPRESS)
    choice = parser.parse_args()
    if choice.one:
        run_ours(choice.one[0], choice.dataset, choice.one[1])
        return
    picture = results.default_folder() / f"side_by_side_{choice.dataset}.png"
    if choice.draw:
        draw(choice.dataset, picture)
        return
    chosen = choice.only or [*OURS, *(RIVALS if choice.rivals_python else ())]
    if set(chosen) & set(RIVALS) and not choice.rivals_python:
        parser.error("rivals need --rivals-python, such as .venv-rivals/bin/python")
    split = primary_split(load_movielens(choice.dataset))
    with tempfile.TemporaryDirectory() as folder:
        write_split(split, Path(folder) / "split.npz")
        for name in chosen:
            row = measure(name, split, Path(folder), choice.rivals_python)
            results.record(choice.dataset, row)
            print(f"{name}: RMSE {row['metrics']['rmse']:.4f}, {row['seconds']:.1f} s", flush=True)
    print(table(choice.dataset))
    draw(choice.dataset, picture)


if __name__ == "__main__":
    main()
