"""Exercises of lesson 07, Word2Vec on movie lists."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from course_utils.checks.engine import Exercise, Misunderstanding
from course_utils.models.item2vec import sgns


# ----------------------------------------------------------------------------- time_sentences
def _lists(ratings: pd.DataFrame) -> list[list[str]]:
    return [own["movie"].astype(str).tolist() for _, own in ratings.groupby("user", sort=False)]


def _kept(ratings, held_out, good=4.0):
    return ratings[~ratings["user"].isin(held_out) & (ratings["rating"] >= good)]


def _time_sentences(ratings, held_out):
    return _lists(_kept(ratings, held_out).sort_values("timestamp", kind="stable"))


def _as_sentences(value):
    if isinstance(value, Mapping):
        value = value.values()
    return {" ".join(str(word) for word in words) for words in value if len(words)}


_RATINGS = pd.DataFrame(
    [
        (7, 31, 5.0, 300), (7, 12, 4.0, 100), (7, 25, 2.0, 200), (7, 18, 4.0, 300),
        (3, 12, 5.0, 500), (3, 31, 3.0, 400), (3, 40, 4.0, 450), (3, 18, 5.0, 450),
        (9, 25, 5.0, 250), (9, 12, 4.0, 260), (5, 31, 2.0, 10),
    ],
    columns=["user", "movie", "rating", "timestamp"],
)  # fmt: skip


# -------------------------------------------------------------------------- noise_distribution
def _noise_distribution(counts, positive, exponent=0.75):
    weight = np.asarray(counts, float) ** exponent
    weight[positive] = 0
    return weight / weight.sum()


def _positive_kept(counts, positive, exponent=0.75):
    weight = np.asarray(counts, float) ** exponent
    return weight / weight.sum()


def _zeroed_late(counts, positive, exponent=0.75):
    share = _positive_kept(counts, positive, exponent)
    share[positive] = 0
    return share


def _weights_only(counts, positive, exponent=0.75):
    weight = np.asarray(counts, float) ** exponent
    weight[positive] = 0
    return weight


_COUNTS = np.array([500, 120, 40, 40, 7])


# --------------------------------------------------------------------------------------- sgns
def _sigmoid(x):
    return 1 / (1 + np.exp(-x))


def _parts(center, positive, negatives, errors, loss):
    """Loss and gradients; errors: d loss / d score of the positive and of the negatives."""
    own, others = errors
    return {
        "loss": loss,
        "center": own * positive + others @ negatives,
        "positive": own * center,
        "negatives": np.outer(others, center),
    }


def _sgns_no_sigmoid(center, positive, negatives):
    score, scores = center @ positive, negatives @ center
    return _parts(
        center, positive, negatives, (-1.0, np.ones(len(negatives))), -score + scores.sum()
    )


def _sgns_pulled(center, positive, negatives):
    score, scores = center @ positive, negatives @ center
    loss = -np.log(_sigmoid(score)) - np.log(_sigmoid(scores)).sum()
    return _parts(center, positive, negatives, (_sigmoid(score) - 1, _sigmoid(scores) - 1), loss)


def _sgns_mean(center, positive, negatives):
    score, scores = center @ positive, negatives @ center
    loss = -np.log(_sigmoid(score)) - np.log(_sigmoid(-scores)).mean()
    errors = _sigmoid(score) - 1, _sigmoid(scores) / len(scores)
    return _parts(center, positive, negatives, errors, loss)


def _sgns_uphill(center, positive, negatives):
    right = sgns(center, positive, negatives)
    return {name: value if name == "loss" else -value for name, value in right.items()}


def _sgns_likelihood(center, positive, negatives):
    return {name: -value for name, value in sgns(center, positive, negatives).items()}


_RNG = np.random.default_rng(7)
_VECTORS = _RNG.normal(size=(9, 4))


# -------------------------------------------------------------------------- unseen_neighbours
def _ordered(score, seen, first, n):
    order = np.argsort(-score, kind="stable")
    return order[~np.isin(order, seen)][first : first + n]


def _cosine(profile, vectors):
    return vectors @ profile / np.linalg.norm(vectors, axis=1) / np.linalg.norm(profile)


def _unseen_neighbours(profile, vectors, seen, n=6):
    return _ordered(_cosine(profile, vectors), seen, 0, n)


_LONG = _VECTORS * np.array([[1], [4], [0.3], [1], [2], [0.5], [3], [1], [0.7]])
_PROFILE = _LONG[[1, 3]].mean(axis=0)
_OTHER = _LONG[[0, 6]].mean(axis=0)


# ---------------------------------------------------------------------------------- user_ndcg
def _gains(ranked, hidden):
    return np.isin(ranked, list(hidden)).astype(float)


def _user_ndcg(ranked, hidden):
    discount = 1 / np.log2(np.arange(2, len(ranked) + 2))
    best = discount[: min(len(hidden), len(ranked))].sum()
    return float(_gains(ranked, hidden) @ discount / best)


def _ndcg_unscaled(ranked, hidden):
    return float(_gains(ranked, hidden) @ (1 / np.log2(np.arange(2, len(ranked) + 2))))


def _ndcg_of_full_list(ranked, hidden):
    discount = 1 / np.log2(np.arange(2, len(ranked) + 2))
    return float(_gains(ranked, hidden) @ discount / discount.sum())


def _ndcg_of_hits(ranked, hidden):
    gains = _gains(ranked, hidden)
    discount = 1 / np.log2(np.arange(2, len(ranked) + 2))
    return float(gains @ discount / max(np.sort(gains)[::-1] @ discount, 1e-12))


def _ndcg_late(ranked, hidden):
    discount = 1 / np.log2(np.arange(3, len(ranked) + 3))
    best = discount[: min(len(hidden), len(ranked))].sum()
    return float(_gains(ranked, hidden) @ discount / best)


def _recall(ranked, hidden):
    return float(_gains(ranked, hidden).sum() / len(hidden))


def _hit(ranked, hidden):
    return float(_gains(ranked, hidden).any())


_LIST = np.array([4, 8, 1, 9, 3])

EXERCISES = [
    Exercise(
        name="time_sentences",
        reference=_time_sentences,
        cases={
            "four users": (_RATINGS, [9]),
            "nobody held out": (_RATINGS, []),
        },
        observe=_as_sentences,
        misunderstandings=[
            Misunderstanding(
                "by_id",
                lambda ratings, held_out: _lists(
                    _kept(ratings, held_out).sort_values(["user", "movie"])
                ),
                "Your lists are in the order of the movie ids: this is the trap of 2021. Sort by "
                "timestamp.",
            ),
            Misunderstanding(
                "file_order",
                lambda ratings, held_out: _lists(_kept(ratings, held_out)),
                "Your lists keep the order of the table. Sort by timestamp first.",
            ),
            Misunderstanding(
                "latest_first",
                lambda ratings, held_out: [
                    words[::-1] for words in _time_sentences(ratings, held_out)
                ],
                "Your lists run backwards. The first rating comes first, and in one second the "
                "table's order counts.",
            ),
            Misunderstanding(
                "ties_by_id",
                lambda ratings, held_out: _lists(
                    _kept(ratings, held_out).sort_values(["timestamp", "movie"])
                ),
                "Ratings of one second came out sorted by movie id, which brings back a little of "
                'the trap. Sort by timestamp alone, with kind="stable".',
            ),
            Misunderstanding(
                "all_ratings",
                lambda ratings, held_out: _time_sentences(ratings.assign(rating=5.0), held_out),
                "A movie that got one star stands in your list like any other. Keep four stars "
                "and more.",
            ),
            Misunderstanding(
                "more_than_four",
                lambda ratings, held_out: _time_sentences(ratings[ratings["rating"] > 4], held_out),
                "The fours are missing: liked means four stars *or more*.",
            ),
            Misunderstanding(
                "held_out_kept",
                lambda ratings, held_out: _time_sentences(ratings, []),
                "The held-out users are in the training lists. Their future would be known to the "
                "model that is tested on it.",
            ),
        ],
        right="time order, liked movies, nobody who is held out",
    ),
    Exercise(
        name="noise_distribution",
        reference=_noise_distribution,
        cases={
            "exponent 0.75": (_COUNTS, 1),
            "exponent 0": (_COUNTS, 0, 0.0),
            "exponent −0.5": (_COUNTS, 4, -0.5),
        },
        misunderstandings=[
            Misunderstanding(
                "no_exponent",
                lambda counts, positive, exponent=0.75: _noise_distribution(counts, positive, 1.0),
                "You drew in proportion to the counts. Raise them to the exponent first.",
            ),
            Misunderstanding(
                "positive_kept",
                _positive_kept,
                "The true neighbour can be drawn as noise: the pair would be told yes and no at "
                "once. Give it weight 0.",
            ),
            Misunderstanding(
                "zeroed_late",
                _zeroed_late,
                "These do not sum to 1: the true neighbour went to 0 after the division. Take it "
                "out before.",
            ),
            Misunderstanding(
                "weights_only",
                _weights_only,
                "Those are weights, not probabilities. Divide by their sum.",
            ),
            Misunderstanding(
                "uniform",
                lambda counts, positive, exponent=0.75: _noise_distribution(counts, positive, 0.0),
                "Every movie is equally likely here, whatever the exponent. Use the counts.",
            ),
        ],
        right="noise in proportion to counts to a power, the true neighbour left out",
    ),
    Exercise(
        name="sgns",
        reference=sgns,
        cases={
            "three negatives": (_VECTORS[0], _VECTORS[1], _VECTORS[2:5]),
            "one negative": (_VECTORS[5], _VECTORS[6], _VECTORS[7:8]),
        },
        misunderstandings=[
            Misunderstanding(
                "no_sigmoid",
                _sgns_no_sigmoid,
                "Bare scores have no end: pushing a pair apart would pay for ever. Put each score "
                "through the sigmoid, and the logarithm, before it enters the loss.",
            ),
            Misunderstanding(
                "pulled",
                _sgns_pulled,
                "You pull the noise movies closer, as if they were true neighbours. For noise the "
                "loss is −log σ(−score).",
            ),
            Misunderstanding(
                "mean",
                _sgns_mean,
                "The sum over the negatives became a mean. Each negative counts in full.",
            ),
            Misunderstanding(
                "uphill",
                _sgns_uphill,
                "The loss is right and every gradient has the wrong sign: a step against yours "
                "makes the loss larger.",
            ),
            Misunderstanding(
                "likelihood",
                _sgns_likelihood,
                "That is the log-likelihood, which one maximises. The loss is minus that, and so "
                "are its gradients.",
            ),
        ],
        right="the loss and its three gradients",
    ),
    Exercise(
        name="unseen_neighbours",
        reference=_unseen_neighbours,
        cases={
            "two seen": (_PROFILE, _LONG, np.array([1, 3]), 3),
            "other user": (_OTHER, _LONG, np.array([0, 6, 2]), 4),
        },
        misunderstandings=[
            Misunderstanding(
                "drops_the_best",
                lambda profile, vectors, seen, n=6: _ordered(_cosine(profile, vectors), seen, 1, n),
                "The best movie is missing. Dropping the first hit is right when a movie asks for "
                "its own neighbours, since it finds itself; a profile is no movie.",
            ),
            Misunderstanding(
                "as_in_2021",
                lambda profile, vectors, seen, n=6: _ordered(_cosine(profile, vectors), [], 1, n),
                "As in 2021: the first hit is dropped, whatever it is, and movies the user has "
                "seen stay in. Remove what is in seen, and nothing else.",
            ),
            Misunderstanding(
                "seen_kept",
                lambda profile, vectors, seen, n=6: _ordered(_cosine(profile, vectors), [], 0, n),
                "Your list offers movies the user has seen.",
            ),
            Misunderstanding(
                "not_enough",
                lambda profile, vectors, seen, n=6: [
                    movie
                    for movie in _ordered(_cosine(profile, vectors), [], 0, n)
                    if movie not in seen
                ],
                "Your list is too short: you took n movies and then removed the seen ones. Remove "
                "first.",
            ),
            Misunderstanding(
                "dot_product",
                lambda profile, vectors, seen, n=6: _ordered(vectors @ profile, seen, 0, n),
                "A dot product favours long vectors. For a cosine, divide by each movie's length.",
            ),
            Misunderstanding(
                "farthest",
                lambda profile, vectors, seen, n=6: _ordered(
                    -_cosine(profile, vectors), seen, 0, n
                ),
                "Those are the least similar movies: argsort begins with the smallest.",
            ),
        ],
        right="the nearest movies, without those seen, the best one included",
    ),
    Exercise(
        name="user_ndcg",
        reference=_user_ndcg,
        cases={
            "two of three found": (_LIST, {8, 3, 7}),
            "more hidden than places": (_LIST, {4, 1, 2, 5, 6, 7}),
            "nothing found": (_LIST, {2, 6}),
        },
        misunderstandings=[
            Misunderstanding(
                "not_normalised",
                _ndcg_unscaled,
                "That is the DCG. Divide by that of the best possible list, so that 1 is the most "
                "one can get.",
            ),
            Misunderstanding(
                "ideal_too_long",
                _ndcg_of_full_list,
                "Your best possible list is full of hits even if fewer movies are hidden. It has "
                "min(hidden, places) of them.",
            ),
            Misunderstanding(
                "ideal_of_found",
                _ndcg_of_hits,
                "Your best possible list holds only the movies that were found, so one hit in the "
                "first place is already perfect. It holds all hidden movies that fit.",
            ),
            Misunderstanding(
                "one_place_late",
                _ndcg_late,
                "Places count from 1: the first is worth 1 / log2(2) = 1.",
            ),
            Misunderstanding(
                "recall",
                _recall,
                "That is the recall: the place of a hit makes no difference in it.",
            ),
            Misunderstanding("hit", _hit, "That is whether there was a hit at all, as in HR."),
        ],
        right="hits count more the higher they stand",
    ),
]
