"""Every number of lesson 07: ``python -m benchmarks.lesson_07 --dataset ml-1m``.

About an hour on MovieLens-1M with two cores; ``--only item2vec`` takes a minute a seed. A seed also
draws which users are held out. Choices (settings, neighbours, penalty) are validation's; for test,
models are trained again on the users of train and validation together, 90 % of all as in 2021.
"""

import time
from dataclasses import replace
from functools import partial

import keras
import numpy as np
import pandas as pd

from benchmarks import lesson_04
from benchmarks.measure import Trial, main
from course_utils.data import describe
from course_utils.data.held_out import HeldOutUsers, held_out_users, liked_only, strong_split
from course_utils.data.movielens import MovieLens
from course_utils.data.splits import Split
from course_utils.models import baselines, item2vec
from course_utils.models.item2vec import PUBLISHED, Item2Vec, profile_weights
from course_utils.protocol.results import stamped
from course_utils.recommend.lists import ListScores, difference, score_lists
from course_utils.tasks.rows import row_task

LESSON = "07_word2vec"
# Chosen on validation, trial "baselines_validation".
NEIGHBOURS, KNN_PROFILE = 200, "last_5"
EASE_L2, EASE_PROFILE = 500.0, "last_10"

OURS = {
    "order": "time", "good": 4.0, "size": 64, "window": 8, "negative": 5, "alpha": 0.05,
    "epochs": 15, "ns_exponent": 0.25, "sample": 0.0,
}  # fmt: skip
LAST = 5

# One setting changed at a time, all else as in OURS.
GRID = {
    "base": {},
    "order_id": {"order": "id"},
    "order_shuffle": {"order": "shuffle"},
    "order_reshuffle": {"order": "reshuffle"},
    "all_ratings": {"good": 0.0},
    "alpha_001": {"alpha": 0.001},
    "alpha_025": {"alpha": 0.025},
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
# From the published recipe to ours; each line starts from the one before: training, profile, score.
LADDER = {
    "step_published": ({}, "mean_all", "cosine"),
    "step_time": ({"order": "time"}, "mean_all", "cosine"),
    "step_alpha": ({"alpha": 0.05}, "mean_all", "cosine"),
    "step_liked": ({"good": 4.0}, "mean", "cosine"),
    "step_context": ({}, "mean", "context"),
    "step_sample": ({"sample": 0.0}, "mean", "context"),
    "step_exponent": ({"ns_exponent": 0.25}, "mean", "context"),
    "step_last": ({}, "last_5", "context"),
    "step_smaller": ({"size": 64, "negative": 5, "epochs": 15}, "last_5", "context"),
}


def profile(people: HeldOutUsers, name: str):
    """ "mean_all" (of all rated movies, as in 2021), "mean", "stars" or "last_5"."""
    if name == "mean_all":
        return profile_weights(people, "mean", good=0.0)
    kind, _, last = name.partition("_")
    return profile_weights(people, kind, last=int(last or LAST))


def baselines_validation(data: MovieLens, seed: int) -> list[dict]:
    """Which k for item-kNN, which penalty for EASE, and what of a history they should read."""
    split = strong_split(data, seed=seed)
    people = held_out_users(split)
    source = liked_only(split)
    models = {f"item_knn_{k}": partial(baselines.item_knn, source, k=k) for k in (20, 50, 100, 200)}
    for l2 in (100, 200, 500, 1000):
        models[f"ease_{l2}"] = partial(baselines.ease, source, l2=l2)
    found = [
        _score(baselines.popularity(split).shares, "popularity", people, split, seed).row(LESSON)
    ]
    for name, build in models.items():
        model = build()
        asked = {
            way: _score(model.score_profiles(profile(people, way)), name, people, split, seed)
            for way in ("mean", "last_5", "last_10", "last_20")
        }
        row = asked["mean"].row(LESSON)
        for way, scored in asked.items():
            row["metrics"] |= {f"ndcg_{way}": scored.ndcg, f"hit_rate_{way}": scored.hit_rate}
        found.append(row)
    return found


def baselines_test(data: MovieLens, seed: int) -> list[dict]:
    split, people, popular = _for_test(data, seed)
    rivals = _rivals(split, people, seed)
    return [popular.row(LESSON), *(s.row(LESSON, against=popular) for s in rivals)]


def _rivals(split: Split, people: HeldOutUsers, seed: int) -> list[ListScores]:
    """item-kNN and EASE as validation chose them."""
    source = liked_only(split)
    found = []
    for name, build, way in (
        ("item_knn", partial(baselines.item_knn, source, k=NEIGHBOURS), KNN_PROFILE),
        ("ease", partial(baselines.ease, source, l2=EASE_L2), EASE_PROFILE),
    ):
        start = time.perf_counter()
        model = build()
        seconds = time.perf_counter() - start
        scores = model.score_profiles(profile(people, way))
        found.append(_score(scores, name, people, split, seed, seconds=seconds))
    return found


def grid(data: MovieLens, seed: int, name: str) -> list[dict]:
    """One line of the grid: one training, asked through several profiles, on validation."""
    split = strong_split(data, seed=seed)
    people = held_out_users(split)
    settings = OURS | GRID[name]
    model = item2vec.train(split, **settings, seed=seed)
    ways = [("mean", "cosine"), ("mean", "context"), (f"last_{LAST}", "context")]
    if name == "base":
        ways += [(f"last_{n}", "context") for n in (1, 3, 10, 20)]
        ways += [("stars", "context"), (f"last_{LAST}", "cosine")]
    row = _ask(model, people, split, name, f"last_{LAST}").row(LESSON, **settings)
    for way, by in ways:
        asked = _ask(model, people, split, name, way, by)
        for metric in ("hit_rate", "ndcg", "coverage", "novelty"):
            row["metrics"][f"{metric}_{way}_{by}"] = getattr(asked, metric)
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
        row = asked.row(LESSON, profile=way, by=by, **settings)
        near, chance = item2vec.neighbour_cosines(model)
        row["metrics"] |= {"cosine": float(near.mean()), "cosine_chance": float(chance.mean())}
        found.append(row)
    return found


def published(data: MovieLens, seed: int) -> list[dict]:
    """The recipe of 2021: what it reported, and what it was never asked."""
    split, people, popular = _for_test(data, seed)
    model = item2vec.train(split, **PUBLISHED, seed=seed)
    asked = _ask(model, people, split, "published", "mean_all", "cosine")
    row = asked.row(LESSON, against=popular, **PUBLISHED)
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
    knn = baselines.item_knn(source, k=NEIGHBOURS).score_profiles(people.liked)
    ease = baselines.ease(source, l2=EASE_L2).score_profiles(people.liked)
    found = [popular.row(LESSON)]
    found += [
        score(scores, f"{name}_random").row(LESSON, against=popular, profile="mean")
        for name, scores in (("item_knn", knn), ("ease", ease))
    ]
    for order in ("time", "reshuffle"):
        model = item2vec.train(split, **OURS | {"order": order}, seed=seed)
        asked = _ask(model, people, split, f"item2vec_{order}_random", "mean")
        found.append(asked.row(LESSON, against=popular, profile="mean", order=order))
    return found


def ours(data: MovieLens, seed: int) -> list[dict]:
    split, people, popular = _for_test(data, seed)
    model = item2vec.train(split, **OURS, seed=seed)
    asked = _ask(model, people, split, "item2vec", f"last_{LAST}")
    row = asked.row(LESSON, against=popular, last=LAST, **OURS)
    row["metrics"] |= _facts(model, split, data)
    for rival in _rivals(split, people, seed):
        for name, metric in (("ndcg", "ndcg"), ("hit_rate", "hit")):
            ends = (f"{name}_over_{rival.model}{end}" for end in ("", "_low", "_high"))
            row["metrics"] |= dict(zip(ends, difference(asked, rival, metric), strict=True))
    return [row]


def autorec_codes(data: MovieLens, seed: int, validation: bool = False) -> list[dict]:
    """The hidden layer of lesson 04's item AutoRec as a movie's vector, asked by cosine."""
    if validation:
        split = strong_split(data, seed=seed)
        people = held_out_users(split)
        popular = _score(baselines.popularity(split).shares, "popularity", people, split, seed)
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
    return {"vocabulary": len(model.movies)} | item2vec.neighbourhood(model, split, data.movies)


def _for_test(data: MovieLens, seed: int) -> tuple[Split, HeldOutUsers, ListScores]:
    split = strong_split(data, seed=seed).with_validation()
    people = held_out_users(split, "test")
    return (
        split,
        people,
        _score(baselines.popularity(split).shares, "popularity", people, split, seed),
    )


def _score(scores, name, people, split, seed, seconds=None) -> ListScores:
    return score_lists(scores, people, split, model=name, seed=seed, seconds=seconds)


def _ask(model: Item2Vec, people, split, name, way, by="context") -> ListScores:
    scores = model.score_profiles(profile(people, way), by)
    return _score(scores, name, people, split, model.seed, seconds=model.seconds)


TRIALS: dict[str, Trial] = {
    "baselines_validation": baselines_validation,
    "baselines": baselines_test,
    **{name: partial(grid, name=name) for name in GRID},
    "ladder": ladder,
    "published": published,
    "item2vec": ours,
    "sentences": sentences,
    "random_hidden": random_hidden,
    "autorec_validation": partial(autorec_codes, validation=True),
    "autorec": autorec_codes,
}

if __name__ == "__main__":
    main(__doc__, TRIALS)
