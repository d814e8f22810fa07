"""Every public figure, drawn from made-up data: ``FIGURES[name](rng)``.

Other random numbers are other data, so that tests can compare what a figure says of both.
"""

from importlib import import_module
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd

from course_utils import plots
from course_utils.data import describe, people
from course_utils.data.archives import AGE_GROUPS
from course_utils.data.movielens import MovieLens
from course_utils.data.splits import user_temporal_split
from course_utils.protocol.evaluation import Scores
from course_utils.protocol.metrics import choose_on_half
from course_utils.recommend.lists import LikeAccuracy, ListScores
from tests.conftest import random_movielens

MODELS = ["bias model", "item AutoRec, ours", "biased product", "deep autoencoder of 2021"]
KEYS = ["bias", "item", "product", "deep"]
DAY = 86_400


def movielens(rng) -> MovieLens:
    """60 users and 40 movies with a long tail; ratings in bursts over ten weeks."""
    taken = [(user, rng.integers(3, 23)) for user in range(60)]
    pairs = {(user, int(40 * rng.random() ** 2)) for user, n in taken for _ in range(n)}
    users, movies = np.array(sorted(pairs)).T
    ratings = pd.DataFrame(
        {
            "user_id": (users * 3 + 1).astype("int32"),
            "movie_id": (movies * 10 + 5).astype("int32"),
            "rating": rng.integers(1, 6, len(users)).astype("float32"),
            "timestamp": 900_000_000 + users * DAY + rng.integers(0, 9, len(users)),
        }
    )
    listed = pd.DataFrame(
        {
            "movie_id": np.arange(41, dtype="int32") * 10 + 5,
            "title": ["Toy Story", "Matrix, The", *(f"Movie {i}" for i in range(39))],
            "year": pd.array([1990 + i % 9 for i in range(41)], dtype="Int16"),
            "genres": ["Comedy|Drama", "Action", "", *(["Drama", "War|Drama"] * 18), "War", "War"],
        }
    )
    everybody = pd.DataFrame(
        {
            "user_id": np.arange(60, dtype="int32") * 3 + 1,
            "gender": rng.choice(["F", "M", "M"], 60),
            "age": 30,
            "age_group": pd.Categorical(rng.choice(AGE_GROUPS, 60), AGE_GROUPS, ordered=True),
            "occupation": rng.choice(["student", "writer", "lawyer"], 60),
            "zip_code": [f"{i // 2:05}" for i in range(60)],
        }
    )
    return MovieLens("ml-100k", ratings, listed, everybody, (1.0, 5.0))


def runs(rng, models=KEYS, metrics=("rmse", "per_user_rmse", "validation_rmse", "ndcg"), seeds=3):
    """Rows of results: every model with ``seeds`` seeds and some metrics with their intervals."""
    table = pd.DataFrame([(m, s) for m in models for s in range(seeds)], columns=["model", "seed"])
    for metric in metrics:
        table[metric] = 0.9 + 0.03 * rng.normal(size=len(table))
        table[f"{metric}_low"] = table[metric] - 0.01 - 0.02 * rng.random(len(table))
        table[f"{metric}_high"] = table[metric] + 0.01 + 0.02 * rng.random(len(table))
    return table


def scores(rng, name: str):
    low, rmse, high = np.sort(0.9 + 0.1 * rng.random(3))
    stars = rng.integers(1, 6, 300)
    ratings = pd.DataFrame({"user": rng.integers(0, 40, 300), "rating": stars})
    ratings["prediction"] = np.clip(stars + rng.normal(size=300), 1, 5)
    numbers = {"rmse": rmse, "per_user_rmse": rmse - 0.03 * rng.random(), "mae": 0.7, "n": 300}
    whose = {"model": name, "dataset": "ml-100k", "split": "random", "part": "test"}
    rest = {"interval": (low, high), "warm_rmse": rmse, "cold_rmse": None, "ratings": ratings}
    return Scores(**whose, **numbers, **rest)


def history(rng, epochs: int = 12) -> pd.DataFrame:
    falling = 0.9 + 0.2 * np.exp(-np.arange(epochs) / 3) + 0.01 * rng.random(epochs)
    columns = {"epoch": range(1, epochs + 1), "validation_rmse": falling, "loss": falling * 2}
    return pd.DataFrame(columns).assign(penalty=falling * rng.random())


def windows(rng):
    rows = np.array([[0, 1, 2, 3], [2, 3, 4, 5], [4, 5, 6, 7], [6, 7, 8, 9], [6, 7, 8, 9]])
    test = rng.permutation(5) < 2
    users = pd.DataFrame({"user": np.zeros(10, int)})
    return SimpleNamespace(ratings=users, train=rows[~test], test=rows[test])


def small_transformer(rng):
    """A residual transformer with random weights, and what its figures ask of a ``Fitted``."""
    from course_utils.models.transformer import residual_transformer
    from course_utils.tasks.histories import history_task

    split = user_temporal_split(random_movielens([20] * 15))
    model = residual_transformer(split.n_users, split.n_movies, mean=3.5, memory=12)
    for weight in model.trainable_variables:
        weight.assign_add(rng.normal(0, 0.3, weight.shape))
    return SimpleNamespace(model=model, task=history_task(split, memory=12))


def list_scores(rng, name: str) -> ListScores:
    by_user = pd.DataFrame({k: rng.random(50) for k in ("ndcg", "hit", "recall")})
    rest = {"dataset": "ml-100k", "split": "strong", "part": "test", "lists": np.zeros((50, 10))}
    return ListScores(model=name, coverage=0.1, novelty=2.0, by_user=by_user, **rest)


def noise_runs(rng):
    ways = [f"{way}_{tenth}" for way in ("gauss", "gauss_2021") for tenth in (1, 3, 5)]
    return runs(rng, ["plain", *ways])


def demographics(rng):
    table = runs(rng, ("concat", "scaled", "gated"), [f"q{q}_difference" for q in (1, 2, 3, 4)])
    title = "Demographics, by quarter of users"
    return plots.differences_by_quarter(table, ["concat", "scaled", "gated"], title)


def groups(rng):
    names = {"men": "men 25-34", "all": "25-34"}
    kinds = ("group_{}_alone", "group_{}_tuned", "group_random_{}_alone")
    table = runs(rng, [kind.format(name) for name in names for kind in kinds], ["difference"])
    return plots.differences_of_groups(table, names, "A network for a group")


def signals(rng):
    layers = pd.DataFrame({"layer": ["hidden_1", "hidden_2", "dropout", "hidden_3"]})
    tables = {name: layers.assign(variance=10 ** rng.normal(0, 2, 4)) for name in ("He", "LeCun")}
    return plots.signal({"eight layers": tables, "with dropout": {"plain": tables["He"]}})


def depth(rng):
    table = runs(rng)
    hidden = {key: {"hidden": [50] * n} for n, key in enumerate(KEYS, 1)}
    families = {"with skips": KEYS[:3], "without": [KEYS[0], KEYS[3]]}
    return plots.depth(table.assign(settings=table["model"].map(hidden)), families)


def liked(rng):
    def one(n, n_users):
        share = rng.random()
        return LikeAccuracy(share, rng.random(), (share - 0.05, share + 0.1), n, n_users)

    return plots.liked({"user 14, test ratings": one(10, 1), "the same, by ours": one(9000, 900)})


def noisy_rows(rng):
    clean = rng.integers(0, 6, 50) * (rng.random(50) < 0.4).astype(float)
    once, anew = np.tile(clean + rng.normal(size=50), (2, 1)), clean + rng.normal(size=(2, 50))
    return plots.noisy_rows(clean, {"as in 2021": once, "the right way": anew})


def ages(rng):
    titles = ["Fargo", "Return of the Jedi", "Babe"]
    return plots.same_person_other_age(pd.DataFrame(rng.normal(4, 0.1, (3, 7)), titles, AGE_GROUPS))


def named_map(rng):
    names = [f"The Movie With Number {i}" for i in range(100)]
    points = rng.normal(size=(300, 2))
    return plots.named_map(points, rng.uniform(1950, 2000, 300), names, "year")


def maps(rng):
    points, ids = rng.normal(size=(200, 2)), np.arange(200.0)
    both = {"sorted by id (2021)": (np.c_[ids, ids] + points, ids), "ours": (points, ids)}
    return plots.maps_by_number(both, "movie id")


def costs(rng):
    rows = [("ml-1m", 8e5), ("synthetic-10m", 8e6), ("synthetic-25m", 2e7)]
    table = pd.DataFrame(rows * 2, columns=["dataset", "train_ratings"])
    seconds = table["train_ratings"] * 1e-6 * (1 + rng.random(6))
    table["compute"] = ["dense"] * 3 + ["sparse"] * 3
    return table.assign(epoch_cpu_seconds=seconds, peak_mb=900 + 200 * seconds)


def densities(rng):
    density = np.tile([0.0025, 0.01, 0.04, 0.16], 2)
    seconds = np.r_[[0.2] * 4, 0.01 + density[4:]] * (1 + 0.1 * rng.random(8))
    compute = ["dense"] * 4 + ["sparse"] * 4
    return pd.DataFrame({"density": density, "step_seconds": seconds, "compute": compute})


def side_by_side(rng):
    labels = ["ours: item AutoRec", "ours: two-sided AutoRec", "2021: embedding", "Surprise SVD++"]
    labels += ["myFM, Bayesian MF", "myFM, Bayesian SVD++", "ours: item AutoRec, rated cells only"]
    seconds, rmse = 10 ** rng.uniform(0, 3, 7), rng.uniform(0.82, 0.9, 7)
    return pd.DataFrame({"label": labels, "seconds": seconds, "rmse": rmse})


def seconds_curves(rng):
    def curve(end):
        seconds = np.cumsum(rng.random(40))
        return list(zip(seconds, end + 0.1 * np.exp(-seconds / 5), strict=True))

    ends = 0.85 + 0.05 * rng.random(3)
    names = ("ours: item AutoRec", "myFM, Bayesian MF", "myFM, Bayesian SVD++")
    return dict(zip(names, map(curve, ends), strict=True))


def reported(rng):
    table = pd.DataFrame(
        {"model": ["embedding", "Word2Vec"], "reported": 0.8 + 0.2 * rng.random(2)}
    )
    table["measured"] = [0.9, np.nan]
    return plots.reported_and_measured(table.assign(what=["a tenth", "a cosine"]), baseline=0.9)


def every_model(rng):
    means = runs(rng).groupby("model").mean()
    return plots.every_model(means.set_axis(MODELS).assign(lesson="02"))


def rmse_against_ndcg(rng):
    numbers = {"rmse": [*(0.9 + 0.05 * rng.random(3)), np.nan], "ndcg": 0.1 * rng.random(4)}
    return plots.rmse_against_ndcg(pd.DataFrame(numbers, MODELS))


def by_split(rng):
    parts = [runs(rng).assign(split=split) for split in ("random", "last", "date")]
    splits = {"random": "random", "last": "each user's last", "date": "after one date"}
    names = dict(zip(KEYS, MODELS, strict=True))
    return plots.by_split(pd.concat(parts), names, splits)


def curves(rng, places):
    return pd.DataFrame({name: 0.9 + 0.2 * rng.random(len(places)) for name in MODELS}, places)


def correlation(rng):
    return plots.error_correlation(
        pd.DataFrame(np.corrcoef(rng.normal(size=(4, 9))), MODELS, MODELS)
    )


def fitted_on(rng):
    numbers = {"promised": 0.8 + 0.1 * rng.random(2), "kept": 0.9 + 0.1 * rng.random(2)}
    table = pd.DataFrame(numbers, ["train", "half of test"])
    return plots.fitted_on(table, best=0.9, best_name="item AutoRec")


def gaps_to_first(rng):
    gap = 0.02 * rng.random(len(MODELS))
    table = pd.DataFrame({"gap": gap, "gap_low": gap - 0.01, "gap_high": gap + 0.01}, MODELS)
    return plots.gaps_to_first(table, "two-sided AutoRec")


def of_data(draw):
    return lambda rng: draw(movielens(rng))


def of_users(draw):
    def drawn(rng):
        data = movielens(rng)
        return draw(people.users_of(data), data.ratings)

    return drawn


NAMES = dict(zip(KEYS, MODELS, strict=True))
LINE = ("bias model", 0.9)


def next_lists(rng):
    return plots.next_lists(runs(rng, metrics=("ndcg", "hit_rate")), NAMES)


def network(rng):
    from course_utils.models import autorec, sasrec

    if rng.random() < 0.5:
        return plots.network(sasrec(int(rng.integers(20, 90)), dim=8, blocks=1), "looks back")
    return plots.network(autorec(int(rng.integers(20, 90)), 8, input_dropout=0.5), "two layers")


FIGURES = {
    "activations": lambda rng: plots.activations(["elu", "selu"], rng.uniform(2, 5)),
    "network": network,
    "next_lists": next_lists,
    # common
    "grids": lambda rng: plots.grids(runs(rng), {"one": NAMES, "other": NAMES}, line=LINE),
    "leaderboard_dots": lambda rng: plots.leaderboard_dots([scores(rng, m) for m in MODELS]),
    "leaderboard_rows": lambda rng: plots.leaderboard_rows(runs(rng).groupby("model").mean()),
    "learning_curves": lambda rng: plots.learning_curves(
        {name: history(rng) for name in MODELS[:2]}, across=dict([LINE])
    ),
    "new_users": lambda rng: plots.new_users(curves(rng, [0, 1, 2, 5, 10]), top=1.0),
    "predictions": lambda rng: plots.predictions(
        {"before": rng.normal(0, 0.1, 99), "after": rng.normal(3, 1, 99)}, rng.integers(1, 6, 99)
    ),
    "rmse_of_users": lambda rng: plots.rmse_of_users(scores(rng, "bias model")),
    "steps": lambda rng: plots.steps(runs(rng), NAMES, line=LINE),
    # lesson 01
    "activity": of_data(plots.activity),
    "age_groups": of_users(lambda users, _: plots.age_groups(users)),
    "features_that_help": of_data(lambda d: plots.features_that_help(describe.feature_scores(d))),
    "gender": of_users(plots.gender),
    "genre_bars": of_data(
        lambda d: plots.genre_bars(describe.genre_table(d)["ratings"], "ratings")
    ),
    "genre_cloud": of_data(lambda d: plots.genre_cloud(describe.genre_table(d)["ratings"])),
    "genre_shares": of_data(plots.genre_shares),
    "lorenz_curve": of_data(plots.lorenz_curve),
    "mean_by_group": of_users(plots.mean_by_group),
    "movie_ratings": of_data(lambda data: plots.movie_ratings(data, "Toy Story")),
    "occupations": of_users(lambda users, _: plots.occupations(users)),
    "over_time": of_data(plots.over_time),
    "popularity_and_mean": of_data(plots.popularity_and_mean),
    "rating_counts": of_data(plots.rating_counts),
    "rating_matrix_picture": of_data(plots.rating_matrix_picture),
    "same_second": of_data(plots.same_second),
    "shrinkage": of_data(plots.shrinkage),
    "top_movies": of_data(plots.top_movies),
    # lesson 02
    "optimism": lambda rng: plots.optimism(
        choose_on_half(rng.integers(1, 6, 200), rng.normal(3.5, 1, (9, 200)))
    ),
    "split_picture": of_data(lambda data: plots.split_picture(user_temporal_split(data))),
    "train_and_validation": lambda rng: plots.train_and_validation(
        history(rng), "What is learned by heart"
    ),
    # lesson 03
    "attention": lambda rng: plots.attention(
        small_transformer(rng), [f"Movie {i}" for i in range(99)], [(0, 1), (3, 2)]
    ),
    "causal_mask": lambda rng: plots.causal_mask(np.tri(6, k=-1) * (rng.random((6, 6)) < 0.7)),
    "collapse": lambda rng: plots.collapse(
        runs(rng).assign(prediction_sd=rng.random(12)), dict(list(NAMES.items())[:2]), 0.95
    ),
    "factors": lambda rng: plots.factors(runs(rng), NAMES, "bias", title="What settings change"),
    "forgetting": lambda rng: plots.forgetting(small_transformer(rng)),
    "windows_of_user": lambda rng: plots.windows_of_user(windows(rng), 0),
    # lesson 05
    "by_heart": lambda rng: plots.by_heart(
        runs(rng, metrics=("training_rmse", "validation_rmse", "mean_prediction")), NAMES
    ),
    "depth": depth,
    "liked": liked,
    "loss_parts": lambda rng: plots.loss_parts(history(rng)),
    "signal": signals,
    "support": lambda rng: plots.support(
        pd.DataFrame({"stars": rng.normal(3.5, 1, 200), "support": rng.integers(0, 300, 200)})
    ),
    "two_metrics": lambda rng: plots.two_metrics(
        runs(rng), NAMES, {MODELS[3]: (0.88, "per user"), MODELS[2]: (0.87, "global")}
    ),
    # lesson 06
    "differences_by_quarter": demographics,
    "differences_of_groups": groups,
    "noise_by_factor": lambda rng: plots.noise_by_factor(
        noise_runs(rng), {"Gaussian noise": {"as in 2021": "gauss_2021", "the right way": "gauss"}}
    ),
    "noisy_rows": noisy_rows,
    "same_person_other_age": ages,
    # lesson 07
    "cosine_histograms": lambda rng: plots.cosine_histograms(
        {name: rng.uniform(-0.5, 1, (2, 99)) for name in ("the recipe of 2021", "ours")}
    ),
    "genre_maps": lambda rng: plots.genre_maps(
        rng.normal(size=(90, 2)), pd.Series(rng.choice(["War", "War|Drama"], 90)), ["War", "Drama"]
    ),
    "list_dots": lambda rng: plots.list_dots([list_scores(rng, name) for name in MODELS]),
    "maps_by_number": maps,
    "named_map": named_map,
    "noise_exponents": lambda rng: plots.noise_exponents(
        runs(rng).assign(exponent=[-0.5, 0, 1] * 4, novelty=rng.random(12))
    ),
    "window_gaps": lambda rng: plots.window_gaps(
        {"as fed in 2021": rng.exponential(30, 500), "shuffled": rng.exponential(300, 500)}
    ),
    # lesson 09
    "break_even": lambda rng: plots.break_even(densities(rng)),
    "cost_by_ratings": lambda rng: plots.cost_by_ratings(costs(rng)),
    "half_stars_lost": lambda rng: plots.half_stars_lost(
        half := rng.integers(1, 11, 99) / 2, np.trunc(half), "made-up ratings"
    ),
    "memory_bars": lambda rng: plots.memory_bars(
        {"float64, as wide as the highest ids": 20 + rng.random(), "CSR": 0.07}, {"a laptop": 8.0}
    ),
    "relative_seconds": lambda rng: plots.relative_seconds(
        {name: {"plain": 1 + rng.random(), "XLA": rng.random()} for name in ("ml-100k", "ml-1m")},
        "plain",
    ),
    "rmse_by_seconds": lambda rng: plots.rmse_by_seconds(seconds_curves(rng), 0.88, "ml-1m"),
    "seconds_against_rmse": lambda rng: plots.seconds_against_rmse(side_by_side(rng), "ml-1m"),
    # lesson 10
    "by_split": by_split,
    "error_correlation": correlation,
    "every_model": every_model,
    "fitted_on": fitted_on,
    "gaps_to_first": gaps_to_first,
    "ndcg_by_support": lambda rng: plots.ndcg_by_support(curves(rng, [0, 5, 20, 100])),
    "reported_and_measured": reported,
    "rmse_against_ndcg": rmse_against_ndcg,
    "support_of_lists": lambda rng: plots.support_of_lists(
        {name: rng.integers(-1, 80, (9, 10)) for name in MODELS}, rng.integers(0, 500, 80)
    ),
}
for path in sorted(Path(__file__).parent.glob("figures_*.py")):  # what `course new` begins
    FIGURES |= import_module(f"tests.plots.{path.stem}").FIGURES
