"""One rival model on one split, in a process of its own: ``python rivals.py NAME split.npz out``.

Called by ``benchmarks.side_by_side`` with the Python that has the rivals installed (the extra
``rivals``). It needs nothing of the course. Settings are close to what each library's
documentation shows for MovieLens; ``SETTINGS`` states them.

split.npz holds ``train_user, train_movie, train_rating`` and ``test_user, test_movie``, indices and
stars, ``shape`` and ``scale``. Written: ``out.npz`` with the predicted stars of test and, where a
model gets better step by step, ``seconds`` and ``curve`` (stars, shape (steps, n_test)); and
``out.json`` with training seconds, peak memory and versions.
"""

import importlib.metadata
import json
import re
import resource
import sys
import time
from pathlib import Path

import numpy as np
from scipy import sparse

SETTINGS = {
    "surprise_svd": {"n_factors": 100, "n_epochs": 20},
    "surprise_svdpp": {"n_factors": 20, "n_epochs": 20},
    "surprise_knn_baseline": {"k": 40, "similarity": "pearson_baseline, movies", "shrinkage": 100},
    "myfm_bmf": {"rank": 32, "n_iter": 200},
    "myfm_svdpp": {"rank": 16, "n_iter": 200},
    "lenskit_biased_mf": {"embedding_size": 50, "epochs": 10},
    "lenskit_item_knn": {"max_nbrs": 20},
}


def surprise(name: str, data) -> dict:
    import pandas as pd
    from surprise import SVD, Dataset, KNNBaseline, Reader, SVDpp

    s = SETTINGS[name]
    table = pd.DataFrame({p: data[f"train_{p}"] for p in ("user", "movie", "rating")})
    reader = Reader(rating_scale=tuple(data["scale"]))
    train = Dataset.load_from_df(table, reader).build_full_trainset()
    if name == "surprise_knn_baseline":
        sim = {"name": "pearson_baseline", "user_based": False, "shrinkage": s["shrinkage"]}
        model = KNNBaseline(k=s["k"], sim_options=sim, verbose=False)
    else:
        kind = SVD if name == "surprise_svd" else SVDpp
        model = kind(n_factors=s["n_factors"], n_epochs=s["n_epochs"], random_state=0)
    start = time.perf_counter()
    model.fit(train)
    seconds = time.perf_counter() - start
    pairs = zip(data["test_user"].tolist(), data["test_movie"].tolist(), strict=True)
    return {"seconds": seconds, "stars": np.array([model.predict(u, m).est for u, m in pairs])}


def myfm(name: str, data) -> dict:
    import myfm
    from myfm import RelationBlock

    s = SETTINGS[name]
    n_users, n_movies = data["shape"]

    def one_hot(index, n):
        return sparse.csr_matrix(
            (np.ones(len(index)), index, np.arange(len(index) + 1)), shape=(len(index), n)
        )

    blocks = {part: [] for part in ("train", "test")}
    if name == "myfm_svdpp":  # who rated what, seen from both sides: Koren's SVD++ twice
        seen = sparse.csr_matrix(
            (np.ones(len(data["train_user"])), (data["train_user"], data["train_movie"])),
            shape=(n_users, n_movies),
        )
        sides = (("user", n_users, seen), ("movie", n_movies, seen.T.tocsr()))
        for side, n, implicit in sides:
            norm = 1 / np.sqrt(np.maximum(np.diff(implicit.indptr), 1))
            features = sparse.hstack([sparse.eye(n), sparse.diags(norm) @ implicit], format="csr")
            for part, relations in blocks.items():
                relations.append(RelationBlock(data[f"{part}_{side}"], features))
        # All features come by relation blocks; the table beside them has no columns.
        x = {part: sparse.csr_matrix((len(data[f"{part}_user"]), 0)) for part in blocks}
        shapes = [n_users, n_movies, n_movies, n_users]
    else:
        x = {
            part: sparse.hstack(
                [one_hot(data[f"{part}_user"], n_users), one_hot(data[f"{part}_movie"], n_movies)],
                format="csr",
            )
            for part in blocks
        }
        shapes = [n_users, n_movies]
    curve, times, scoring, total = [], [], 0.0, np.zeros(len(data["test_user"]))
    start = time.perf_counter()

    def watch(i, fm, hyper, history):
        """The mean of the samples so far, the first five left out, as a user would predict."""
        nonlocal scoring, total
        before = time.perf_counter()
        if i >= 5:
            total = total + fm.predict_score(x["test"], blocks["test"])
            curve.append(np.clip(total / (i - 4), *data["scale"]).astype("float32"))
            times.append(before - start - scoring)
        scoring += time.perf_counter() - before
        return False, None

    model = myfm.MyFMRegressor(rank=s["rank"], random_seed=0)
    model.fit(
        x["train"],
        data["train_rating"].astype(float),
        X_rel=blocks["train"],
        n_iter=s["n_iter"],
        n_kept_samples=1,
        group_shapes=shapes,
        callback=watch,
    )
    return {"seconds": times[-1], "stars": curve[-1], "curve": curve, "times": times}


def lenskit(name: str, data) -> dict:
    import pandas as pd
    from lenskit import batch
    from lenskit.als import BiasedMFScorer
    from lenskit.data import from_interactions_df
    from lenskit.knn import ItemKNNScorer
    from lenskit.pipeline import predict_pipeline

    names = {"user": "user_id", "movie": "item_id", "rating": "rating"}
    table = pd.DataFrame({new: data[f"train_{old}"] for old, new in names.items()})
    train = from_interactions_df(table)
    kind = BiasedMFScorer if name == "lenskit_biased_mf" else ItemKNNScorer
    pipeline = predict_pipeline(kind(**SETTINGS[name]), fallback=True)
    start = time.perf_counter()
    pipeline.train(train)
    seconds = time.perf_counter() - start
    test = pd.DataFrame({"user_id": data["test_user"], "item_id": data["test_movie"]})
    found = batch.predict(pipeline, test, n_jobs=1).to_df()
    stars = test.merge(found, on=["user_id", "item_id"], how="left")["score"]
    return {"seconds": seconds, "stars": stars.fillna(table["rating"].mean()).to_numpy()}


def peak_mb() -> float:
    """As the course's ``peak_memory_mb``: without the memory of the process that started this."""
    status = Path("/proc/self/status")
    if status.exists():
        return int(re.search(r"VmHWM:\s+(\d+) kB", status.read_text())[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    name, split, out = sys.argv[1:]
    library = name.split("_")[0]
    with np.load(split) as stored:
        data = {key: stored[key] for key in stored.files}
    found = {"surprise": surprise, "myfm": myfm, "lenskit": lenskit}[library](name, data)
    arrays = {key: np.asarray(found[key]) for key in ("stars", "curve", "times") if key in found}
    np.savez(out + ".npz", **arrays)
    package = "scikit-surprise" if library == "surprise" else library
    cost = {
        "seconds": found["seconds"],
        "peak_mb": peak_mb(),
        "versions": {p: importlib.metadata.version(p) for p in (package, "numpy")},
        "settings": SETTINGS[name],
    }
    with open(out + ".json", "w") as file:
        json.dump(cost, file)


if __name__ == "__main__":
    main()
