"""One rival model on one split, in a process of its own: ``python rivals.py NAME split.npz out``.

Called by ``benchmarks.side_by_side`` with the Python that has the rivals installed (the extra
``rivals``). It needs nothing of the course. ``GRID`` holds the settings that are tried: the first
is what the library's documentation shows, or the authors' own recipe. Each is trained on train, the
one with the lowest RMSE on validation is kept, and only what that one says of test is written.

split.npz holds ``…_user, …_movie, …_rating, …_timestamp`` of train and validation, the first two
and the last of test (its ratings stay with the caller), ``shape``, ``scale``, and what is known of
users and movies: ``user_side_…`` (n_users, k) and ``movie_side_…`` (n_movies, k).
Written: ``out.npz`` with the predicted stars of test and, where a model gets better step by step,
``times`` and ``curve`` (stars, shape (steps, n_test)); and ``out.json`` with training seconds, peak
memory, versions and settings: the chosen ones, and every one tried with its validation RMSE.
"""

import argparse
import importlib.metadata
import itertools
import json
import re
import resource
import time
from pathlib import Path

import numpy as np
from scipy import sparse


def grid(**values) -> list[dict]:
    """All combinations; the first holds each setting's first value."""
    return [dict(zip(values, one, strict=True)) for one in itertools.product(*values.values())]


RECIPE = {"n_iter": 512, "rank": 10, "implicit": True, "day": True, "side": True}
GRID: dict[str, list[dict]] = {
    "surprise_svd": grid(n_factors=[100], n_epochs=[20, 40, 80], reg_all=[0.02, 0.06, 0.1]),
    "surprise_svdpp": grid(n_factors=[20], n_epochs=[20], reg_all=[0.02, 0.06, 0.1]),
    "surprise_knn_baseline": grid(k=[40, 20, 80], shrinkage=[100, 50, 200]),
    "lenskit_biased_mf": grid(embedding_size=[50, 25, 100], epochs=[10], regularization=[0.1, 0.2]),
    "lenskit_item_knn": grid(max_nbrs=[20, 40, 80], min_sim=[1e-6, 0.05]),
    "myfm_bmf": grid(n_iter=[200], rank=[32, 16, 8], implicit=[False]),
    "myfm_svdpp": grid(n_iter=[200], rank=[16, 8], implicit=[True]),
    # The authors' notebooks ml-100k-extended and ml-1m-extended, with their rank and length.
    "myfm_full": [RECIPE],
    "myfm_full_ordered": [RECIPE | {"ordered": True}],
}
LARGE = {"rank": 32, "side": False}  # of the authors' recipe for MovieLens-1M


def surprise(name: str, s: dict, data, seed: int) -> dict:
    import pandas as pd
    from surprise import SVD, Dataset, KNNBaseline, Reader, SVDpp

    table = pd.DataFrame({p: data[f"train_{p}"] for p in ("user", "movie", "rating")})
    reader = Reader(rating_scale=tuple(data["scale"]))
    train = Dataset.load_from_df(table, reader).build_full_trainset()
    if name == "surprise_knn_baseline":
        sim = {"name": "pearson_baseline", "user_based": False, "shrinkage": s["shrinkage"]}
        model = KNNBaseline(k=s["k"], sim_options=sim, verbose=False)
    else:
        model = (SVD if name == "surprise_svd" else SVDpp)(**s, random_state=seed)
    start = time.perf_counter()
    model.fit(train)
    seconds = time.perf_counter() - start
    users, movies = held_out(data)
    pairs = zip(users.tolist(), movies.tolist(), strict=True)
    return {"seconds": seconds, "stars": np.array([model.predict(u, m).est for u, m in pairs])}


def held_out(data, column: str | None = None):
    """Users and movies of validation, then of test; or one column of both."""
    if column:
        return np.concatenate([data[f"{part}_{column}"] for part in ("validation", "test")])
    return held_out(data, "user"), held_out(data, "movie")


def myfm(name: str, s: dict, data, seed: int) -> dict:
    """A Bayesian factorization machine by Gibbs sampling.

    implicit: who rated what, seen from both sides (SVD++ twice). day: the day of the rating. side:
    what is known of users and movies. ordered: an ordered probit over the stars, no regression.
    """
    import myfm
    from myfm import RelationBlock

    known = {"train": (data["train_user"], data["train_movie"]), "held_out": held_out(data)}
    seen = sparse.csr_matrix((np.ones(len(known["train"][0])), known["train"]), shape=data["shape"])
    blocks, shapes = {part: [] for part in known}, []
    for i, (side, implicit) in enumerate((("user", seen), ("movie", seen.T.tocsr()))):
        parts = [sparse.eye(data["shape"][i])]
        if s.get("side"):
            parts += [data[key] for key in sorted(data) if key.startswith(f"{side}_side_")]
        if s["implicit"]:
            norm = 1 / np.sqrt(np.maximum(np.diff(implicit.indptr), 1))
            parts.append(sparse.diags(norm) @ implicit)
        features = sparse.hstack([sparse.csr_matrix(part, dtype=float) for part in parts], "csr")
        shapes += [part.shape[1] for part in parts]
        for part, relations in blocks.items():
            relations.append(RelationBlock(known[part][i], features))
    # Beside the blocks stands a table with a row a rating: its day, or nothing.
    x = {part: sparse.csr_matrix((len(users), 0)) for part, (users, _) in known.items()}
    if s.get("day"):
        days = np.unique(data["train_timestamp"] // 86400)
        x = {
            "train": one_hot(data["train_timestamp"] // 86400, days),
            "held_out": one_hot(held_out(data, "timestamp") // 86400, days),
        }
        shapes = [len(days), *shapes]
    stars = np.unique(data["train_rating"]).astype(float)
    curve, times, scoring, total = [], [], 0.0, np.zeros(len(known["held_out"][0]))
    start = time.perf_counter()

    def watch(i, fm, hyper, history):
        """The mean of the samples so far, the first five left out, as a user would predict."""
        nonlocal scoring, total
        before = time.perf_counter()
        if i >= 5:
            at = (x["held_out"], blocks["held_out"])
            ordered = s.get("ordered")
            total += fm.oprobit_predict_proba(*at, 0) @ stars if ordered else fm.predict_score(*at)
            if i % max(1, s["n_iter"] // 100) == 0 or i == s["n_iter"] - 1:
                curve.append(np.clip(total / (i - 4), *data["scale"]).astype("float32"))
                times.append(before - start - scoring)
        scoring += time.perf_counter() - before
        return False, None

    kind = myfm.MyFMOrderedProbit if s.get("ordered") else myfm.MyFMRegressor
    y = data["train_rating"].astype(float)
    kind(rank=s["rank"], random_seed=seed).fit(
        x["train"],
        np.searchsorted(stars, y) if s.get("ordered") else y,
        X_rel=blocks["train"],
        n_iter=s["n_iter"],
        n_kept_samples=1,
        group_shapes=shapes,
        callback=watch,
        **({"callback_default_freq": 1} if s.get("ordered") else {}),
    )
    return {"seconds": times[-1], "stars": curve[-1], "curve": curve, "times": times}


def one_hot(values: np.ndarray, known: np.ndarray) -> sparse.csr_matrix:
    """A row a value, a column a known one; a value that is not known has an empty row."""
    place = np.minimum(np.searchsorted(known, values), len(known) - 1)
    rows = np.flatnonzero(known[place] == values)
    shape = (len(values), len(known))
    return sparse.csr_matrix((np.ones(len(rows)), (rows, place[rows])), shape=shape)


def lenskit(name: str, s: dict, data, seed: int) -> dict:
    import pandas as pd
    from lenskit import batch
    from lenskit.als import BiasedMFScorer
    from lenskit.data import from_interactions_df
    from lenskit.knn import ItemKNNScorer
    from lenskit.pipeline import predict_pipeline
    from lenskit.random import set_global_rng

    set_global_rng(seed)
    names = {"user": "user_id", "movie": "item_id", "rating": "rating"}
    table = pd.DataFrame({new: data[f"train_{old}"] for old, new in names.items()})
    train = from_interactions_df(table)
    kind = BiasedMFScorer if name == "lenskit_biased_mf" else ItemKNNScorer
    pipeline = predict_pipeline(kind(**s), fallback=True)
    start = time.perf_counter()
    pipeline.train(train)
    seconds = time.perf_counter() - start
    users, movies = held_out(data)
    pairs = pd.DataFrame({"user_id": users, "item_id": movies})
    found = batch.predict(pipeline, pairs, n_jobs=1).to_df()
    stars = pairs.merge(found, on=["user_id", "item_id"], how="left")["score"]
    return {"seconds": seconds, "stars": stars.fillna(table["rating"].mean()).to_numpy()}


def chosen(name: str, data, seed: int, trials: int | None) -> tuple[dict, dict]:
    """Train with each setting and keep what validation likes best: (found, settings)."""
    library = {"surprise": surprise, "myfm": myfm, "lenskit": lenskit}[name.split("_")[0]]
    n, truth = len(data["validation_user"]), data["validation_rating"]
    tried, best = [], None
    large = LARGE if len(data["train_user"]) > 500_000 and name.startswith("myfm_full") else {}
    for settings in GRID[name][:trials]:
        settings = settings | large
        found = library(name, settings, data, seed)
        stars = np.clip(found["stars"][:n], *data["scale"])
        rmse = float(np.sqrt(np.mean((stars - truth) ** 2)))
        tried.append({"settings": settings, "validation_rmse": rmse, "seconds": found["seconds"]})
        if best is None or rmse < best["validation_rmse"]:
            best = found | tried[-1]
    how = "on validation" if len(tried) > 1 else "not at all: as its authors or documentation show"
    budget = {"tuned": how, "settings_tried": len(tried), "tried": tried}
    best["stars"] = best["stars"][n:]
    best["curve"] = [stars[n:] for stars in best.get("curve", [])]
    return best, best["settings"] | budget | {"validation_rmse": best["validation_rmse"]}


def peak_mb() -> float:
    """As the course's ``peak_memory_mb``: without the memory of the process that started this."""
    status = Path("/proc/self/status")
    if status.exists():
        return int(re.search(r"VmHWM:\s+(\d+) kB", status.read_text())[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("name", choices=GRID)
    parser.add_argument("split")
    parser.add_argument("out")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--trials", type=int, help="try only the first so many settings")
    choice = parser.parse_args()
    with np.load(choice.split) as stored:
        data = {key: stored[key] for key in stored.files}
    found, settings = chosen(choice.name, data, choice.seed, choice.trials)
    arrays = {key: np.asarray(found[key]) for key in ("stars", "curve", "times") if key in found}
    np.savez(choice.out + ".npz", **{key: array for key, array in arrays.items() if array.size})
    library = choice.name.split("_")[0]
    package = "scikit-surprise" if library == "surprise" else library
    cost = {
        "seconds": found["seconds"],
        "peak_mb": peak_mb(),
        "versions": {p: importlib.metadata.version(p) for p in (package, "numpy")},
        "settings": settings,
    }
    Path(choice.out + ".json").write_text(json.dumps(cost))


if __name__ == "__main__":
    main()
