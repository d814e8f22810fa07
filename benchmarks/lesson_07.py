"""Every number of lesson 07: ``python -m benchmarks.lesson_07 --dataset ml-1m``.

A quarter of an hour on MovieLens-100K with two cores, an hour on MovieLens-1M, where ``--only
item2vec`` takes a minute a training. A seed also draws which users are held out. Choices (penalty,
neighbours, window, what of a history is read) are those of the same dataset's validation users:
``rivals_validation`` and the grid record the candidates, ``rivals`` and ``item2vec`` take the best.
For test, models are trained again on the users of train and validation together, 90 % of all as in
2021.
"""

import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import keras
import numpy as np
import pandas as pd
from sklearn.cluster import DBSCAN

from benchmarks import lesson_04
from benchmarks.measure import Trial, main
from course_utils.data import describe
from course_utils.data.held_out import HeldOutUsers, held_out_users, liked_only, strong_split
from course_utils.data.movielens import MovieLens
from course_utils.data.splits import Split
from course_utils.models import baselines, item2vec
from course_utils.models.item2vec import PUBLISHED, Item2Vec, profile_weights
from course_utils.protocol import results
from course_utils.protocol.provenance import stamped
from course_utils.recommend.lists import ListScores, difference, score_lists
from course_utils.tasks.rows import row_task

LESSON = "07_word2vec"

OURS = {
    "order": "time", "good": 4.0, "size": 64, "window": 8, "negative": 5, "alpha": 0.05,
    "epochs": 15, "ns_exponent": 0.25, "sample": 0.0,
}  # fmt: skip
LAST = 5

# What a model may read of a history: all liked movies, or the last few.
PROFILES = ("mean", "last_20", "last_10", "last_5", "last_3", "last_1")
# Rival → its builder, the name of its one setting, and the values tried. 36 to 48 candidates each.
RIVALS: dict[str, tuple[Callable, str, tuple[int, ...]]] = {
    "item_knn": (baselines.item_knn, "k", (20, 50, 100, 200, 400, 800)),
    "ease": (baselines.ease, "l2", (100, 200, 500, 1000, 2000, 4000, 8000, 16000)),
    "cooccurrence": (baselines.cooccurrence, "window", (1, 2, 4, 8, 16, 32, 64, 128)),
}

# One setting changed at a time, all else as in OURS.
GRID = {
    "base": {},
    "order_id": {"order": "id"},
    "order_shuffle": {"order": "shuffle"},
    "order_reshuffle": {"order": "reshuffle"},
    "all_ratings": {"good": 0.0},
    "alpha_001": {"alpha": 0.001},
    "alpha_025": {"alpha": 0.025},
    "alpha_1": {"alpha": 0.1},
    "size_32": {"size": 32},
    "size_128": {"size": 128},
    "negative_15": {"negative": 15},
    "window_3": {"window": 3},
    "window_25": {"window": 25},
    "window_whole": {"window": 1000},
    "exponent_1": {"ns_exponent": 1.0},
    "exponent_075": {"ns_exponent": 0.75},
    "exponent_05": {"ns_exponent": 0.5},
    "exponent_0": {"ns_exponent": 0.0},
    "exponent_minus_05": {"ns_exponent": -0.5},
    "epochs_5": {"epochs": 5},
    "epochs_45": {"epochs": 45},
}
# From the published recipe to ours; each line starts from the one before and changes one thing in
# training, in what is read of a history, or in how movies are scored.
LADDER = {
    "step_published": ({}, "mean_all", "cosine"),
    "step_time": ({"order": "time"}, "mean_all", "cosine"),
    "step_alpha": ({"alpha": 0.05}, "mean_all", "cosine"),
    "step_liked": ({"good": 4.0}, "mean_all", "cosine"),
    "step_liked_profile": ({}, "mean", "cosine"),
    "step_context": ({}, "mean", "context"),
    "step_sample": ({"sample": 0.0}, "mean", "context"),
    "step_exponent": ({"ns_exponent": 0.25}, "mean", "context"),
    "step_last": ({}, "last_5", "context"),
    "step_size": ({"size": 64}, "last_5", "context"),
    "step_negative": ({"negative": 5}, "last_5", "context"),
    "step_epochs": ({"epochs": 15}, "last_5", "context"),
}


def profile(people: HeldOutUsers, name: str):
    """ "mean_all" (of all rated movies, as in 2021), "mean", "stars" or "last_5"."""
    if name == "mean_all":
        return profile_weights(people, "mean", good=0.0)
    kind, _, last = name.partition("_")
    return profile_weights(people, kind, last=int(last or LAST))


def rivals_validation(data: MovieLens, seed: int) -> list[dict]:
    """Which setting for each rival, and what of a history it should read."""
    split = strong_split(data, seed=seed)
    people = held_out_users(split)
    source = liked_only(split)
    found = [_popularity(split, people, seed).row(LESSON)]
    for rival, (build, setting, values) in RIVALS.items():
        for value in values:
            model, name = build(source, **{setting: value}), f"{rival}_{value}"
            asked = {
                way: _score(model.score_profiles(profile(people, way)), name, people, split, seed)
                for way in PROFILES
            }
            usual = f"last_{LAST}"
            row = asked[usual].row(LESSON, **{setting: value}, profile=usual, good=4.0)
            row["metrics"] |= {f"ndcg_{way}": scored.ndcg for way, scored in asked.items()}
            found.append(row)
    return found


def chosen(dataset: str, family: str) -> tuple[str, str]:
    """Model and profile with the highest NDCG on a dataset's validation users, mean over draws.

    family: a rival's name, or "item2vec" for the lines of the grid, scored by context vectors.
    """
    table = results.of(dataset, LESSON, "strong-validation")
    mine = GRID if family == "item2vec" else [f"{family}_{v}" for v in RIVALS[family][2]]
    ending = "_context" if family == "item2vec" else ""
    columns = {f"ndcg_{way}{ending}": way for way in PROFILES}
    table = table[table["model"].isin(mine)]
    if table.empty and family == "item2vec":  # no grid on this dataset: the recipe as it is
        return "base", f"last_{LAST}"
    means = table.groupby("model")[list(columns)].mean()
    model, column = means.stack().idxmax()
    return model, columns[column]


def rivals(data: MovieLens, seed: int) -> list[dict]:
    """Popularity and the rivals as validation chose them, on test users."""
    split, people, popular = _for_test(data, seed)
    found = [popular.row(LESSON)]
    for scored, settings in _rivals(split, people, seed):
        found.append(scored.row(LESSON, against=popular, good=4.0, **settings))
    return found


def _rivals(split: Split, people: HeldOutUsers, seed: int) -> list[tuple[ListScores, dict]]:
    source = liked_only(split)
    found = []
    for rival, (build, setting, _) in RIVALS.items():
        model, way = chosen(split.dataset, rival)
        value = int(model.removeprefix(f"{rival}_"))
        start = time.perf_counter()
        scorer = build(source, **{setting: value})
        seconds = time.perf_counter() - start
        scores = scorer.score_profiles(profile(people, way))
        scored = _score(scores, rival, people, split, seed, seconds=seconds)
        found.append((scored, {setting: value, "profile": way}))
    return found


def grid(data: MovieLens, seed: int, name: str) -> list[dict]:
    """One line of the grid: one training, asked through several profiles, on validation."""
    split = strong_split(data, seed=seed)
    people = held_out_users(split)
    settings = OURS | GRID[name]
    model = item2vec.train(split, **settings, seed=seed)
    ways = [(way, "context") for way in (*PROFILES, "stars")]
    ways += [("mean", "cosine"), (f"last_{LAST}", "cosine")]
    asked = {way: _ask(model, people, split, name, *way) for way in ways}
    usual = f"last_{LAST}", "context"
    row = asked[usual].row(LESSON, profile=usual[0], by=usual[1], **settings)
    row["metrics"] |= {f"ndcg_{way}_{by}": scored.ndcg for (way, by), scored in asked.items()}
    return [row]


def ladder(data: MovieLens, seed: int) -> list[dict]:
    """From the published recipe to ours, one factor at a time, on validation."""
    split = strong_split(data, seed=seed)
    people = held_out_users(split)
    settings, model, found = dict(PUBLISHED), None, []
    for name, (change, way, by) in LADDER.items():
        settings |= change
        if change or model is None:
            model = item2vec.train(split, **settings, seed=seed)
        asked = _ask(model, people, split, name, way, by)
        found.append(asked.row(LESSON, profile=way, by=by, **settings))
    return found


def published(data: MovieLens, seed: int) -> list[dict]:
    """The recipe of 2021: what it reported, and what it was never asked."""
    split, people, popular = _for_test(data, seed)
    model = item2vec.train(split, **PUBLISHED, seed=seed)
    asked = _ask(model, people, split, "published", "mean_all", "cosine")
    row = asked.row(LESSON, against=popular, profile="mean_all", by="cosine", **PUBLISHED)
    row["metrics"] |= _facts(model, split, data) | cosines_of_2021(model, people, split)
    for order in ("id", "time", "shuffle"):
        lists = item2vec.sentences(split.train, order, good=0.0)
        gaps = describe.window_distances(lists, split.movie_ids)
        row["metrics"][f"window_{order}"] = float(np.median(gaps))
    return [row]


def same_genre_next(lists: list[list[str]], genres: pd.Series) -> float:
    """Share of consecutive movies in the lists that have a genre in common.

    genres: "Action|Drama" of each movie, by index.
    """
    has = genres.str.get_dummies("|").to_numpy(bool)
    pairs = [np.array([words[:-1], words[1:]], int) for words in lists if len(words) > 1]
    here, there = np.concatenate(pairs, axis=1)
    return float((has[here] & has[there]).any(axis=1).mean())


def sentences(data: MovieLens, seed: int) -> list[dict]:
    """How often two movies that follow each other share a genre, in time order and shuffled."""
    split = strong_split(data, seed=seed).with_validation()
    genres = data.movies.set_index("movie_id").loc[split.movie_ids, "genres"]
    metrics = {
        f"same_genre_{order}": same_genre_next(
            item2vec.sentences(split.train, order, seed=seed), genres
        )
        for order in ("time", "shuffle")
    }
    row = {"lesson": LESSON, "model": "sentences", "split": split.name, "seed": seed}
    return [stamped(row | {"metrics": metrics})]


def random_hidden(data: MovieLens, seed: int) -> list[dict]:
    """The same models when a random fifth is hidden: no last five, all read the whole history."""
    split = strong_split(data, seed=seed).with_validation()
    people = held_out_users(split, "test", hide="random", seed=seed)
    score = partial(_score, people=people, split=split, seed=seed)
    source = liked_only(split)
    popular = score(baselines.popularity(split).shares, "popularity_random")
    found = [popular.row(LESSON)]
    for rival, (build, setting, _) in RIVALS.items():
        value = int(chosen(split.dataset, rival)[0].removeprefix(f"{rival}_"))
        scores = build(source, **{setting: value}).score_profiles(profile(people, "mean"))
        settings = {setting: value, "profile": "mean", "good": 4.0}
        found.append(score(scores, f"{rival}_random").row(LESSON, against=popular, **settings))
    for order in ("time", "reshuffle"):
        settings = OURS | {"order": order}
        model = item2vec.train(split, **settings, seed=seed)
        asked = _ask(model, people, split, f"item2vec_{order}_random", "mean")
        settings |= {"profile": "mean", "by": "context"}
        found.append(asked.row(LESSON, against=popular, **settings))
    return found


def ours(data: MovieLens, seed: int) -> list[dict]:
    """The course's recipe on test users, asked in other ways, and what validation chose.

    ``item2vec_tuned``: the best line of the grid and the best profile, chosen as for a rival.
    """
    split, people, popular = _for_test(data, seed)
    beside, found = _rivals(split, people, seed), []
    model = item2vec.train(split, **OURS, seed=seed)
    line, way = chosen(data.name, "item2vec")
    tuned = OURS | GRID[line]
    best = model if tuned == OURS else item2vec.train(split, **tuned, seed=seed)
    for name, asked_model, settings, read, by in (
        ("item2vec", model, OURS, f"last_{LAST}", "context"),
        ("item2vec_cosine", model, OURS, f"last_{LAST}", "cosine"),
        ("item2vec_all_liked", model, OURS, "mean", "context"),
        ("item2vec_tuned", best, tuned, way, "context"),
    ):
        asked = _ask(asked_model, people, split, name, read, by)
        row = asked.row(LESSON, against=popular, profile=read, by=by, **settings)
        for rival, _ in beside:
            gain = difference(asked, rival, "ndcg")
            ends = (f"ndcg_over_{rival.model}{end}" for end in ("", "_low", "_high"))
            row["metrics"] |= dict(zip(ends, gain, strict=True))
        found.append(row)
    found[0]["metrics"] |= _facts(model, split, data)
    return found


def changed(data: MovieLens, seed: int, names: tuple[str, ...]) -> list[dict]:
    """The course's recipe with one thing changed, on test users; names: lines of the grid."""
    split, people, popular = _for_test(data, seed)
    read, found = f"last_{LAST}", []
    for name in names:
        settings = OURS | GRID[name]
        model = item2vec.train(split, **settings, seed=seed)
        asked = _ask(model, people, split, f"item2vec_{name.removeprefix('order_')}", read)
        found.append(asked.row(LESSON, against=popular, profile=read, by="context", **settings))
    return found


def autorec_codes(data: MovieLens, seed: int, validation: bool = False) -> list[dict]:
    """The hidden layer of lesson 04's item AutoRec as a movie's vector, asked by cosine."""
    if validation:
        split = strong_split(data, seed=seed)
        people = held_out_users(split)
        popular = _popularity(split, people, seed)
    else:
        split, people, popular = _for_test(data, seed)
    start = time.perf_counter()
    model = train_autorec(split, seed)
    seconds = time.perf_counter() - start
    ways = ("mean", f"last_{LAST}") if validation else (f"last_{LAST}",)
    found = []
    for way in ways:
        scores = model.score_profiles(profile(people, way), "cosine")
        name = "autorec_codes" if len(ways) == 1 else f"autorec_codes_{way}"
        scored = _score(scores, name, people, split, seed, seconds=seconds)
        found.append(scored.row(LESSON, against=popular, profile=way))
    return found


def train_autorec(split: Split, seed: int) -> Item2Vec:
    """Movies' hidden codes, centred; trained to the last epoch, for no rating is held out."""
    settings = lesson_04.TRIAL_SETTINGS["item_autorec"]
    blind = replace(split, validation=split.validation.iloc[:0])
    task = row_task(blind, "movie", offset=True, batch_size=settings["batch_size"])
    fitted = lesson_04.train(blind, settings | {"epochs": 40}, seed)
    encoder = keras.Model(fitted.model.inputs, fitted.model.get_layer("hidden_1").output)
    everything = np.arange(split.n_movies)
    codes = np.concatenate(
        [
            np.asarray(encoder.predict_on_batch(task.data.batch(part)[0]))
            for part in np.array_split(everything, -(-len(everything) // 1024))
        ]
    )
    rated = split.support >= 5
    codes = codes[rated] - codes[rated].mean(axis=0)
    return Item2Vec(everything[rated], codes, codes, split.n_movies)


def cosines_of_2021(model: Item2Vec, people: HeldOutUsers, split: Split) -> dict:
    """Mean of six cosines: to Toy Story, and to users' mean vectors, the first hit dropped."""
    ratings = split.support
    profiles, counts = [], []
    for _, own in people.history.groupby("user"):
        hits = model.nearest(model.profile(own["movie"]), 7)[1:]
        profiles.append(hits["cosine"].mean())
        counts.append(ratings[hits["movie"]])
    return {
        "cosine_similar": float(
            model.similar_movies(int(split.movie_index([1])[0]))["cosine"].mean()
        ),
        "cosine_profile": float(np.mean(profiles)),
        "profile_median_ratings": float(np.median(np.concatenate(counts))),
        "median_ratings": float(np.median(ratings[model.movies])),
    }


def _facts(model: Item2Vec, split: Split, data: MovieLens) -> dict:
    common = item2vec.neighbourhood(model, split, data.movies)
    return {"vocabulary": len(model.movies)} | common


def first_places(split: Split, n: int = 20) -> np.ndarray:
    """Share of each movie's training ratings that are among their user's first n, (n_movies,)."""
    train = split.train.sort_values(["user", "timestamp"], kind="stable")
    early = train.groupby("user").cumcount() < n
    return early.groupby(train["movie"]).mean().reindex(range(split.n_movies)).to_numpy()


def islands(data: MovieLens, seed: int) -> list[dict]:
    """What sets the islands of the map apart, and what is left of them without the likely cause.

    The map is that of the lesson: the 1,000 best known movies of the course's recipe. ``near_…``:
    the six nearest of each movie, by vectors learned in time order, from lists shuffled in each
    pass, and from lists without anybody's first twenty ratings; ``near_chance``: movies at random.
    """
    split = strong_split(data, seed=seed).with_validation()
    share = 100 * first_places(split)
    model = item2vec.train(split, **OURS, seed=seed)
    shown = model.movies[:1000]
    points = item2vec.flatten(model.vectors[: len(shown)], "umap", seed=seed)
    island = pd.Series(DBSCAN(eps=0.6, min_samples=8).fit_predict(points))
    by_island = pd.Series(share[shown]).groupby(island).agg(["size", "mean"])
    first = by_island["mean"].idxmax()
    on_first = island == first
    facts = {
        "n_islands": int((by_island.index >= 0).sum()),
        "first_movies": int(by_island.loc[first, "size"]),
        "first_early": float(share[shown][on_first].mean()),
        "others_early": float(share[shown][~on_first].mean()),
    }
    ordered = split.train.sort_values(["user", "timestamp"], kind="stable")
    late = replace(split, train=ordered[ordered.groupby("user").cumcount() >= 20])
    reshuffled = OURS | {"order": "reshuffle"}
    pairs = {
        "time": _nearest(model),
        "late": _nearest(item2vec.train(late, **OURS, seed=seed)),
        "reshuffle": _nearest(item2vec.train(split, **reshuffled, seed=seed)),
        "chance": (shown, np.random.default_rng(seed).choice(shown, (len(shown), 6))),
    }
    home = np.full(split.n_movies, -1)
    home[shown] = island
    found = [("islands", facts)]
    for name, (here, there) in pairs.items():
        known = (home[here][:, None] >= 0) & (home[there] >= 0)
        same = (home[here][:, None] == home[there])[known].mean()
        apart = np.median(abs(share[here][:, None] - share[there]))
        metrics = {"same_island": float(same), "early_distance": float(apart)}
        found.append((f"near_{name}", metrics))
    row = {"lesson": LESSON, "split": split.name, "seed": seed, "settings": {}}
    return [stamped(row | {"model": name, "metrics": metrics}) for name, metrics in found]


def _nearest(model: Item2Vec, n: int = 6) -> tuple[np.ndarray, np.ndarray]:
    """The movies with a vector, (n_words,), and the n nearest of each, (n_words, n)."""
    cosine = model.unit @ model.unit.T
    np.fill_diagonal(cosine, -np.inf)
    return model.movies, model.movies[np.argpartition(-cosine, n, axis=1)[:, :n]]


def _popularity(split: Split, people: HeldOutUsers, seed: int) -> ListScores:
    return _score(baselines.popularity(split).shares, "popularity", people, split, seed)


def _for_test(data: MovieLens, seed: int) -> tuple[Split, HeldOutUsers, ListScores]:
    split = strong_split(data, seed=seed).with_validation()
    people = held_out_users(split, "test")
    return split, people, _popularity(split, people, seed)


def _score(scores, name, people, split, seed, seconds=None) -> ListScores:
    """Scored, each user by their number in the split: row 0 is somebody else in every draw."""
    scored = score_lists(scores, people, split, model=name, seed=seed, seconds=seconds)
    users = people.users[scored.by_user.index]
    return replace(scored, by_user=scored.by_user.set_axis(users))


def _ask(model: Item2Vec, people, split, name, way, by="context") -> ListScores:
    scores = model.score_profiles(profile(people, way), by)
    return _score(scores, name, people, split, model.seed, seconds=model.seconds)


TRIALS: dict[str, Trial] = {
    "rivals_validation": rivals_validation,
    "rivals": rivals,
    **{name: partial(grid, name=name) for name in GRID},
    "ladder": ladder,
    "published": published,
    "item2vec": ours,
    "orders": partial(changed, names=("order_reshuffle", "order_shuffle", "order_id")),
    "changed": partial(changed, names=("alpha_001", "exponent_075", "exponent_1")),
    "sentences": sentences,
    "islands": islands,
    "random_hidden": random_hidden,
    "autorec_validation": partial(autorec_codes, validation=True),
    "autorec": autorec_codes,
}

if __name__ == "__main__":
    main(__doc__, TRIALS)
