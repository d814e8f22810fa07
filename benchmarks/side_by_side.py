"""Our models beside what a learner would pick instead: one run, one machine, one split.

    python -m benchmarks.side_by_side --dataset ml-1m --rivals-python .venv-rivals/bin/python

Prints and records global RMSE on test, training seconds and peak memory. Every model runs in a
process of its own, one after the other. The rivals (Surprise, myFM, LensKit) are the extra
``rivals``; give the Python that has them, or leave them out. Their settings are chosen on
validation among those of ``rivals.GRID``, as ours were in the lessons; ``--trials 1`` leaves them
as their documentation shows. On two cores: 15 minutes for ml-100k; for ml-1m with ``--trials 1``
two hours, most of it myFM, SVD++ and the 2021 models.

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

from benchmarks import lesson_04
from benchmarks.lesson_10 import PARTS, Known
from benchmarks.measure import ARCHIVES
from course_tools.authoring import tables
from course_utils.data.movielens import MovieLens, load_movielens
from course_utils.data.splits import Split, primary_split
from course_utils.models import baselines, embedding
from course_utils.models.autoencoders import deep_autoencoder
from course_utils.models.losses import masked_mse
from course_utils.protocol import metrics, results
from course_utils.protocol.callbacks import Peek
from course_utils.protocol.evaluation import evaluate
from course_utils.protocol.provenance import stamped
from course_utils.protocol.training import Fitted, compiled, fit
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
    "myfm_full",
    "myfm_full_ordered",
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
    "myfm_full": "myFM, all its features",
    "myfm_full_ordered": "myFM, all its features, ordered probit",
    "lenskit_biased_mf": "LensKit biased MF",
    "lenskit_item_knn": "LensKit item-kNN",
}


# ---------------------------------------------------------------- our side and that of 2021
def trained(name: str, split: Split, seed: int) -> Fitted:
    """A model of lesson 10, with the settings that validation chose in its lesson."""
    data = load_movielens(split.dataset)
    return PARTS[name].train(split, PARTS[name].settings(data), seed)


def embedding_2021(split: Split, seed: int) -> Fitted:
    """The project's tuned model 2, its best product of embeddings: 100 factors, early stopping."""
    mean = float(split.train["rating"].mean())

    def build():
        scale = split.rating_scale
        model = embedding.biased_dot(*split.shape, 100, mean=mean, rating_scale=scale)
        return compiled(model, "mse", 1e-3)

    return fit(build, pair_task(split), epochs=30, seed=seed, progress=False)


def deep_ae_2021(split: Split, seed: int) -> Fitted:
    """The announced best model as published: rows are users, 500 epochs at 0.0001."""
    task = row_task(split, "user", batch_size=256)

    def build():
        model = deep_autoencoder(split.n_movies)
        return compiled(model, masked_mse, 1e-4)

    return fit(build, task, epochs=500, patience=None, seed=seed, progress=False)


def item_autorec_sparse(split: Split, seed: int, *callbacks: keras.callbacks.Callback) -> Fitted:
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
    how = {"patience": None, "seed": seed, "progress": False, "callbacks": callbacks}
    return fit(build, task, epochs=epochs, **how)


OURS: dict[str, Callable[[Split, int], object]] = {
    "bias_model": lambda split, seed: baselines.bias_model(split),
    "embedding_2021": embedding_2021,
    "deep_ae_2021": deep_ae_2021,
    "embedding": lambda split, seed: trained("biased_mf", split, seed),
    "two_sided": lambda split, seed: trained("two_sided", split, seed),
    "item_autorec": lambda split, seed: trained("item_autorec", split, seed),
    "item_autorec_sparse": item_autorec_sparse,
}


def run_ours(name: str, dataset: str, seed: int, out: str) -> None:
    """The counterpart of ``rivals.py``: train one of our models and write what it predicts."""
    split = primary_split(load_movielens(dataset))
    start, arrays = time.perf_counter(), {}
    if name == "item_autorec_sparse":
        # It sees test after each epoch, for the curve only; nothing is chosen by it.
        peek = Peek(sparse_row_task(split, offset=True), split.test)
        model = item_autorec_sparse(split, seed, peek)
        times = np.cumsum(model.history["seconds"])
        arrays, seconds = {"curve": peek.predictions, "times": times}, float(times.iloc[-1])
    else:
        model = OURS[name](split, seed)
        seconds = getattr(model, "seconds", time.perf_counter() - start)
    stars = model.predict(split.test["user"].to_numpy(), split.test["movie"].to_numpy())
    np.savez(out + ".npz", stars=stars, **arrays)
    how = "not at all: as published" if "2021" in name else "on validation, in its lesson"
    settings = getattr(model, "recipe", {}) | {"tuned": how}
    Path(out + ".json").write_text(json.dumps(stamped({"seconds": seconds, "settings": settings})))


# --------------------------------------------------------------------------- the comparison
def write_split(data: MovieLens, split: Split, path: Path) -> None:
    """The split as ``rivals.py`` reads it, with what is known of users and movies."""
    columns = {
        f"{part}_{column}": getattr(split, part)[column].to_numpy()
        for part in ("train", "validation", "test")
        for column in ("user", "movie", "rating", "timestamp")
    }
    del columns["test_rating"]
    np.savez(path, shape=split.shape, scale=split.rating_scale, **columns, **sides(data, split))


def sides(data: MovieLens, split: Split) -> dict[str, np.ndarray]:
    """What myFM's authors use beside ids: age, occupation, first digit of the zip code; genres
    (together of length 1) and the year, in ten equal parts. 0 and 1, (n_users or n_movies, k)."""
    movies = data.movies.set_index("movie_id").loc[split.movie_ids]
    genres = movies["genres"].str.get_dummies("|").to_numpy(float)
    years = pd.get_dummies(pd.qcut(movies["year"].astype(float), 10, duplicates="drop"))
    found = {
        "movie_side_genres": genres / np.sqrt(np.maximum(genres.sum(1, keepdims=True), 1)),
        "movie_side_year": years.to_numpy(float),
    }
    if data.users is not None:
        users = data.users.set_index("user_id").loc[split.user_ids]
        of_users = {
            "age": users["age_group"], "occupation": users["occupation"],
            "zip": users["zip_code"].str[0],
        }  # fmt: skip
        for name, column in of_users.items():
            found[f"user_side_{name}"] = pd.get_dummies(column).to_numpy(float)
    return found


def measure(
    name: str, split: Split, folder: Path, rivals_python: str | None, seed: int, trials: int | None
) -> dict:
    """Run one model in a process of its own; its row for the results."""
    out = str(folder / name)
    if name in OURS:
        command = [sys.executable, "-m", "benchmarks.side_by_side", "--dataset", split.dataset]
        command += ["--one", name, out, "--seeds", str(seed)]
    else:
        rivals = str(Path(__file__).with_name("rivals.py"))
        command = [rivals_python, rivals, name, str(folder / "split.npz"), out]
        command += ["--seed", str(seed)] + (["--trials", str(trials)] if trials else [])
    done = subprocess.run(command, stderr=subprocess.PIPE, text=True)  # progress bars, warnings
    if done.returncode:
        raise RuntimeError(f"{name} failed:\n{done.stderr[-2000:]}")
    cost = json.loads(Path(out + ".json").read_text())
    with np.load(out + ".npz") as found:
        row = evaluate(Known(found["stars"], seed), split, model=name).row(LESSON)
        curve = [(t, _rmse(split, p)) for t, p in zip(*_curve(found), strict=True)]
    goal = GOALS.get(split.dataset, 0.0)
    reached = [seconds for seconds, score in curve if score <= goal]
    if reached:
        row["metrics"]["seconds_to_goal"] = reached[0]
    if "settings_tried" in cost["settings"]:  # a column of docs/measuring.md
        row["metrics"]["settings_tried"] = cost["settings"]["settings_tried"]
    cost["settings"]["curve"] = [[round(t, 2), round(score, 4)] for t, score in curve]
    command = f"python -m benchmarks.side_by_side --dataset {split.dataset} --only {name}"
    return row | {"label": LABELS[name], "command": command} | cost


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
    parser.add_argument("--trials", type=int, help="settings of a rival to try; default: all")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0], help="default: 0")
    parser.add_argument("--draw", action="store_true", help="only draw the README's picture")
    parser.add_argument("--one", nargs=2, help=argparse.SUPPRESS)
    choice = parser.parse_args()
    if choice.one:
        run_ours(choice.one[0], choice.dataset, choice.seeds[0], choice.one[1])
        return
    picture = results.default_folder() / f"side_by_side_{choice.dataset}.png"
    if choice.draw:
        draw(choice.dataset, picture)
        return
    chosen = choice.only or [*OURS, *(RIVALS if choice.rivals_python else ())]
    if set(chosen) & set(RIVALS) and not choice.rivals_python:
        parser.error("rivals need --rivals-python, such as .venv-rivals/bin/python")
    data = load_movielens(choice.dataset)
    split = primary_split(data)
    with tempfile.TemporaryDirectory() as folder:
        write_split(data, split, Path(folder) / "split.npz")
        for seed in choice.seeds:
            for name in chosen:
                at = (Path(folder), choice.rivals_python, seed, choice.trials)
                row = measure(name, split, *at)
                row["archive"] = ARCHIVES.get(data.verified, data.verified)
                results.record(choice.dataset, row)
                said = f"RMSE {row['metrics']['rmse']:.4f}, {row['seconds']:.1f} s"
                print(f"{name}, seed {seed}: {said}", flush=True)
    print(table(choice.dataset))
    draw(choice.dataset, picture)


if __name__ == "__main__":
    main()
