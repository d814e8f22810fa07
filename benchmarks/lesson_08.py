"""Every number of lesson 08: ``python -m benchmarks.lesson_08 --dataset ml-1m``.

Which movie does a user rate next? A seed draws the order of ratings of the same second (so it draws
which of them is held out), the start of every training, and the sampled movies. Choices are made on
validation ratings of the same dataset: ``rivals_validation`` and ``grid_…`` record the candidates,
``rivals`` and ``sasrec`` take the best. Nothing is trained again on validation ratings, as in the
papers on next-item prediction; at test time they are part of the history that is read. Movies that
a user has rated are never listed, as in those papers. Unlike them, all movies are ranked, also the
few with less than five ratings; and ratings of one second are in drawn order, not in the file's
(but see ``sasrec_file``).

On MovieLens-1M one training of ``sasrec`` takes about 30 minutes of two cores, on MovieLens-100K
less than one.
"""

import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import keras

from benchmarks.measure import Trial, main
from course_utils.data.held_out import HeldOutUsers
from course_utils.data.movielens import MovieLens
from course_utils.data.splits import Split, global_temporal_split, leave_one_out_split
from course_utils.models import baselines, item2vec
from course_utils.models.item2vec import profile_weights
from course_utils.models.self_attention import full_cross_entropy, one_negative, sasrec
from course_utils.protocol import results
from course_utils.protocol.training import Fitted, compiled, fit
from course_utils.recommend.lists import ListScores, only_some, score_lists
from course_utils.tasks.sequences import next_movie, score_next, sequence_task

LESSON = "08_next_item"

# dim, heads, blocks, dropout, wide and norm are the network's; length and places the task's.
# Large: MovieLens-1M, half an hour on two cores. Small: the live lesson, under a minute.
LARGE = {
    "length": 200, "dim": 128, "heads": 2, "blocks": 2, "dropout": 0.2, "wide": 1, "norm": "pre",
    "places": 3200, "rate": 1e-3, "epochs": 30,
}  # fmt: skip
SMALL = LARGE | {"length": 100, "dim": 64, "places": 500, "rate": 2e-3, "epochs": 12}
NETWORK = ("length", "dim", "heads", "blocks", "dropout", "wide", "norm")
# One setting changed at a time, all else as above.
GRID: dict[str, dict[str, Any]] = {
    "base": {},
    "dim_32": {"dim": 32},
    "dim_64": {"dim": 64},
    "dim_128": {"dim": 128},
    "heads_1": {"heads": 1},
    "blocks_1": {"blocks": 1},
    "blocks_3": {"blocks": 3},
    "dropout_0": {"dropout": 0.0},
    "dropout_01": {"dropout": 0.1},
    "dropout_03": {"dropout": 0.3},
    "dropout_05": {"dropout": 0.5},
    "norm_post": {"norm": "post"},
    "wide_4": {"wide": 4},
    "length_50": {"length": 50},
    "length_200": {"length": 200},
    "rate_1": {"rate": 1e-3},
    "rate_3": {"rate": 3e-3},
    "ties_shuffled_once": {"ties": "shuffle"},
}

# What a rival may read of a history: all of it, or the last few ratings.
PROFILES = ("mean", "last_20", "last_10", "last_5", "last_3", "last_1")
# Rival → its builder, the name of its one setting, and the values tried. 36 to 48 candidates each.
RIVALS: dict[str, tuple[Callable, str, tuple]] = {
    "item_knn": (baselines.item_knn, "k", (20, 50, 100, 200, 400, 800)),
    "ease": (baselines.ease, "l2", (100, 200, 500, 1000, 2000, 4000, 8000, 16000)),
    "cooccurrence": (baselines.cooccurrence, "window", (1, 2, 4, 8, 16, 32, 64, 128)),
}
ITEM2VEC: dict[str, Any] = {
    "order": "time", "good": 0.0, "size": 64, "window": 8, "negative": 5, "alpha": 0.05,
    "epochs": 15, "ns_exponent": 0.25, "sample": 0.0,
}  # fmt: skip
ITEM2VEC_GRID: dict[str, dict[str, Any]] = {
    "base": {},
    "window_3": {"window": 3},
    "window_1": {"window": 1},
    "window_25": {"window": 25},
    "size_128": {"size": 128},
    "epochs_45": {"epochs": 45},
    "exponent_075": {"ns_exponent": 0.75},
    "exponent_0": {"ns_exponent": 0.0},
}


def split_of(data: MovieLens, where: str, seed: int) -> Split:
    """ "leave_one_out", "global_temporal", or "leave_one_out_file".

    The last keeps the file's order of ratings of the same second, as papers do. In the others it is
    drawn, for whoever sorts train by time.
    """
    if where == "leave_one_out_file":
        return leave_one_out_split(data, ties="file")
    temporal = where == "global_temporal"
    split = global_temporal_split(data) if temporal else leave_one_out_split(data, seed=seed)
    return replace(split, train=split.train.sample(frac=1, random_state=seed))


# --------------------------------------------------------------------------- the network
def settings_for(dataset: str, name: str = "base") -> dict[str, Any]:
    """The settings of a line of the grid on a dataset."""
    return (LARGE if dataset == "ml-1m" else SMALL) | GRID[name]


def train(
    split: Split, settings: dict[str, Any], seed: int, *, negatives: int = 0, shuffle: bool = False
) -> Fitted:
    """Train on a split; the epoch is chosen by NDCG@10 on its validation ratings."""
    ties = settings.get("ties", "redraw")
    people = asked(split, "validation", seed, shuffle)
    task = sequence_task(
        split, settings["length"], places=settings["places"], negatives=negatives,
        ties=ties, shuffle=shuffle, seed=seed,
    )  # fmt: skip
    network = {name: settings[name] for name in NETWORK}
    loss = one_negative if negatives else full_cross_entropy

    def build() -> keras.Model:
        model = sasrec(split.n_movies, **network, candidates=bool(negatives))
        steps = settings["epochs"] * len(task.x)
        return compiled(model, loss, settings["rate"], steps=steps, jit_compile=False)

    def validation_ndcg(model: keras.Model) -> float:
        return score_lists(score_next(model, people), people, split, model="sasrec").ndcg

    return fit(
        build, task, epochs=settings["epochs"], patience=settings.get("patience", 10), seed=seed,
        choose_by=validation_ndcg, progress=False,
    )  # fmt: skip


def asked(split: Split, part: str, seed: int, shuffle: bool = False) -> HeldOutUsers:
    """Whose next movie is asked for; shuffle: with what they rated before in random order."""
    ties = "table" if split.name.endswith("_file") else "shuffle"
    people = next_movie(split, part, ties=ties, seed=seed)
    if not shuffle:
        return people
    mixed = people.history.sample(frac=1, random_state=seed).sort_values("user", kind="stable")
    return replace(people, history=mixed.reset_index(drop=True))


def grid(data: MovieLens, seed: int, name: str) -> list[dict]:
    """One line of the grid on the validation ratings."""
    split, settings = split_of(data, "leave_one_out", seed), settings_for(data.name, name)
    people = asked(split, "validation", seed)
    fitted = train(split, settings, seed)
    scores = score_next(fitted.model, people)
    scored = _score(scores, f"grid_{name}", people, split, seed, fitted.seconds)
    return [_row(scored, fitted, settings)]


def network(
    data: MovieLens,
    seed: int,
    name: str,
    where: str = "leave_one_out",
    *,
    longer: int = 1,
    ties: str | None = None,
    **how: Any,
) -> list[dict]:
    """A network on test: among all movies, and among 100 drawn ones, as papers used to do.

    longer: times the epochs. how: of :func:`train`. A network that was trained on histories in
    their order is also asked after shuffled ones, which it may still know by what is in them.
    """
    split = split_of(data, where, seed)
    settings = settings_for(data.name, chosen(data.name, "sasrec")[0])
    settings |= {"epochs": longer * settings["epochs"]} | ({"ties": ties} if ties else {})
    fitted = train(split, settings, seed, **how)
    shuffle = how.get("shuffle", False)
    people = asked(split, "test", seed, shuffle)
    popular = _popular(split, people, seed)
    score = partial(_score, people=people, split=split, seed=seed, seconds=fitted.seconds)
    scores = score_next(fitted.model, people)
    some = score(only_some(scores, people, 100, seed=seed), f"{name}_sampled_100")
    found = [
        _row(score(scores, name), fitted, settings | how, against=popular),
        _row(some, fitted, settings | how | {"sampled": 100}),
    ]
    if not shuffle:
        mixed = score_next(fitted.model, asked(split, "test", seed, shuffle=True))
        found.append(_row(score(mixed, f"{name}_reads_shuffled"), fitted, settings | how))
    return found


def _row(scored: ListScores, fitted: Fitted, settings: dict, against=None) -> dict:
    row = scored.row(LESSON, against=against, **(fitted.recipe | settings))
    per_epoch = float(fitted.history["seconds"].median())
    row["metrics"] |= {"seconds_per_epoch": per_epoch, "best_epoch": fitted.best_epoch}
    return row | {"parameters": fitted.parameters}


# ---------------------------------------------------------------------------- the rivals
def profile(people: HeldOutUsers, name: str):
    """Weights of what may be read, whatever the stars: "mean" of all, or of the "last_5"."""
    kind, _, last = name.partition("_")
    return profile_weights(people, kind, last=int(last or 1), good=0.0)


def rivals_validation(data: MovieLens, seed: int, where: str = "leave_one_out") -> list[dict]:
    """Which setting for each rival, and what of a history it should read."""
    split = split_of(data, where, seed)
    people = asked(split, "validation", seed)
    found = [_popular(split, people, seed).row(LESSON)]
    for rival, (build, setting, values) in RIVALS.items():
        for value in values:
            model = build(split, **{setting: value})
            found.append(_candidate(model, f"{rival}_{value}", people, split, seed))
    for name, change in ITEM2VEC_GRID.items():
        model = item2vec.train(split, **(ITEM2VEC | change), seed=seed)
        found.append(_candidate(model, f"item2vec_{name}", people, split, seed))
    return found


def _candidate(model, name: str, people, split, seed) -> dict:
    """A rival asked through every profile; the row is that of the best."""
    by_way = {
        way: _score(model.score_profiles(profile(people, way)), name, people, split, seed)
        for way in PROFILES
    }
    best = max(by_way, key=lambda way: by_way[way].ndcg)
    row = by_way[best].row(LESSON, profile=best)
    row["metrics"] |= {f"ndcg_{way}": scored.ndcg for way, scored in by_way.items()}
    return row


def chosen(dataset: str, family: str, where: str = "leave_one_out") -> tuple[str, str]:
    """Candidate and profile with the highest NDCG on validation, mean over seeds.

    family: a rival, "item2vec", or "sasrec" for the lines of the grid (which have no profile).
    Without recorded candidates "base", with all that was rated.
    """
    table, start = results.load(dataset), "grid_" if family == "sasrec" else f"{family}_"
    mine = table["model"].str.startswith(start) & (table["lesson"] == LESSON)
    table = table[mine & (table["split"] == f"{where.removesuffix('_file')}-validation")]
    if table.empty:
        return "base", "mean"
    columns = ["ndcg"] if family == "sasrec" else [f"ndcg_{way}" for way in PROFILES]
    model, column = table.groupby("model")[columns].mean().stack().idxmax()
    return model.removeprefix(start), column.removeprefix("ndcg_")


def rivals(data: MovieLens, seed: int, where: str = "leave_one_out") -> list[dict]:
    """Popularity and the rivals as validation chose them, on test; each by 100 drawn movies too."""
    split = split_of(data, where, seed)
    people = asked(split, "test", seed)
    popular = _popular(split, people, seed)
    found = [popular.row(LESSON)]
    draw = partial(only_some, people=people, n=100, seed=seed)
    shares = draw(baselines.popularity(split).shares)
    found.append(_score(shares, "popularity_sampled_100", people, split, seed).row(LESSON))
    for rival in (*RIVALS, "item2vec"):
        candidate, way = chosen(data.name, rival, where)
        settings: dict[str, Any]
        start = time.perf_counter()
        if rival == "item2vec":
            settings = ITEM2VEC | ITEM2VEC_GRID[candidate]
            model = item2vec.train(split, **settings, seed=seed)
        else:
            build, setting, values = RIVALS[rival]
            value = values[0] if candidate == "base" else int(candidate)
            settings = {setting: value}
            model = build(split, **settings)
        seconds = time.perf_counter() - start
        scores = model.score_profiles(profile(people, way))
        score = partial(_score, people=people, split=split, seed=seed, seconds=seconds)
        settings |= {"profile": way}
        found.append(score(scores, rival).row(LESSON, against=popular, **settings))
        found.append(score(draw(scores), f"{rival}_sampled_100").row(LESSON, **settings))
    return found


def _popular(split: Split, people: HeldOutUsers, seed: int) -> ListScores:
    return _score(baselines.popularity(split).shares, "popularity", people, split, seed)


def _score(scores, name, people, split, seed, seconds=None) -> ListScores:
    """Scored, each user by their number in the split: the same in every draw."""
    scored = score_lists(scores, people, split, model=name, seed=seed, seconds=seconds)
    return replace(scored, by_user=scored.by_user.set_axis(people.users[scored.by_user.index]))


TIME, FILE = "global_temporal", "leave_one_out_file"
TRIALS: dict[str, Trial] = {
    "rivals_validation": rivals_validation,
    "rivals": rivals,
    **{f"grid_{name}": partial(grid, name=name) for name in GRID},
    "sasrec": partial(network, name="sasrec"),
    "sasrec_bce": partial(network, name="sasrec_bce", negatives=1, longer=3),
    "sasrec_shuffled": partial(network, name="sasrec_shuffled", shuffle=True),
    "rivals_validation_time": partial(rivals_validation, where=TIME),
    "rivals_time": partial(rivals, where=TIME),
    "sasrec_time": partial(network, name="sasrec", where=TIME),
    "rivals_file": partial(rivals, where=FILE),
    "sasrec_file": partial(network, name="sasrec", where=FILE, ties="table"),
}

if __name__ == "__main__":
    main(__doc__, TRIALS)
