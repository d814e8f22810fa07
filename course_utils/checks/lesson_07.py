"""Exercises of lesson 07, Word2Vec on movie lists."""

from collections.abc import Mapping
from itertools import chain

import numpy as np
import pandas as pd

from course_utils.checks.engine import Drawn, Exercise, Misunderstanding, OnMovieLens
from course_utils.data.held_out import held_out_users, strong_split


def _as_it_is(value, *_):
    return value


# ----------------------------------------------------------------------------- time_sentences
def _time_sentences(ratings, held_out):
    kept = ratings[(ratings["rating"] >= 4) & ~ratings["user"].isin(held_out)]
    kept = kept.sort_values(["user", "timestamp"], kind="stable")
    return kept["movie"].astype(str).groupby(kept["user"]).apply(list).tolist()


def _sentence_steps(
    ratings,
    held_out,
    *,
    liked=lambda stars: stars >= 4,
    learns_from=lambda user, held_out: ~user.isin(held_out),
    order=lambda kept: kept.sort_values("timestamp", kind="stable"),
    user="user",
    word="movie",
    done=_as_it_is,
):
    kept = ratings[liked(ratings["rating"]) & learns_from(ratings["user"], held_out)]
    rows, lists = order(kept), {}
    for one, said in zip(rows[user].tolist(), rows[word].astype(str).tolist(), strict=True):
        lists.setdefault(one, []).append(said)
    return done([lists[one] for one in sorted(lists)])


def _as_sentences(value):
    """Sentences in any order, equal ones told apart; a user without a movie has none."""
    found, times = set(), {}
    for words in value.values() if isinstance(value, Mapping) else value:
        if len(words):
            sentence = " ".join(map(str, words))
            times[sentence] = times.get(sentence, 0) + 1
            found.add(sentence + f" ({times[sentence]} times)" * (times[sentence] > 1))
    return found


def _table(rows):
    table = pd.DataFrame(rows, columns=["user", "movie", "rating", "timestamp"])
    return table.set_index(np.arange(len(table))[::-1] * 3)  # row labels are no places


_RATINGS = _table(
    [
        (7, 31, 5.0, 300), (7, 12, 4.0, 100), (7, 25, 2.0, 200), (7, 18, 4.0, 300),
        (3, 12, 4.5, 500), (3, 31, 3.5, 400), (3, 40, 4.0, 450), (3, 18, 5.0, 450),
        (9, 25, 5.0, 250), (7, 9, 4.5, 120), (9, 12, 4.0, 260), (5, 31, 2.0, 10),
        (8, 40, 4.0, 700), (2, 18, 4.0, 30), (2, 100, 5.0, 20), (4, 100, 4.0, 80),
        (4, 18, 4.5, 90), (6, 25, 3.0, 40), (4, 31, 0.5, 70),
    ]
)  # fmt: skip


def _some_ratings(rng):
    columns = rng.integers(0, 12, 120), rng.integers(0, 60, 120), rng.integers(1, 11, 120) / 2
    return _table(zip(*columns, rng.integers(0, 9, 120), strict=True)), rng.permutation(15)[:3]


def _first_users(data):
    split = strong_split(data)
    ratings = pd.concat([split.train, split.validation, split.test])
    return ratings[ratings["user"] < 100], np.unique(split.test["user"])


_SENTENCES = [
    Misunderstanding("by_id", {"order": lambda kept: kept.sort_values("movie", kind="stable")},
        "Your lists are in the order of the movie ids: the trap of 2021. Sort by timestamp.",
        "section “The trap: neighbours in the file”."),
    Misunderstanding("file_order", {"order": _as_it_is},
        "Your lists keep the order of the table. Sort by timestamp first."),
    Misunderstanding("backwards", {"done": lambda lists: [words[::-1] for words in lists]},
        "Your lists run backwards. The first rating comes first, and in one second the table's "
        "order counts."),
    Misunderstanding("latest_first", {"order": lambda kept: kept.sort_values(
            "timestamp", ascending=False, kind="stable")},
        "Your lists begin with the latest rating. The first one comes first: ascending."),
    Misunderstanding("ties_by_id", {"order": lambda kept: kept.sort_values(["timestamp", "movie"])},
        "Ratings of one second came out sorted by movie id, which brings back a little of the "
        'trap. Sort by timestamp alone, with kind="stable".'),
    Misunderstanding("unstable", {"order": lambda kept: kept.sort_values("timestamp")},
        'Ratings of one second lost the table\'s order: sort with kind="stable".'),
    Misunderstanding("best_first", {"order": lambda kept: kept.sort_values(
            "rating", ascending=False, kind="stable")},
        "You sorted by stars. Sort by timestamp: the first rated comes first."),
    Misunderstanding("all_ratings", {"liked": lambda stars: stars > 0},
        "A movie that got one star stands in your list like any other. Keep four stars and more."),
    Misunderstanding("more_than_four", {"liked": lambda stars: stars > 4},
        "The fours are missing: liked means four stars *or more*."),
    Misunderstanding("more_than_three", {"liked": lambda stars: stars > 3},
        "Three and a half stars are fewer than four: keep rating >= 4."),
    Misunderstanding("disliked", {"liked": lambda stars: stars < 4},
        "You kept the movies that were *not* liked: the comparison is the wrong way round."),
    Misunderstanding("held_out_kept", {"learns_from": lambda user, _: user >= 0},
        "The held-out users are in the training lists. Their future would be known to the model "
        "that is tested on it."),
    Misunderstanding("only_held_out", {"learns_from": lambda user, held_out: user.isin(held_out)},
        "You kept the held-out users and nobody else: a ~ is missing."),
    Misunderstanding("lists_of_users", {"user": "movie", "word": "user"},
        "Those are the users of each movie. Group by user; the movies are the words."),
    Misunderstanding("stars_as_words", {"word": "rating"},
        "Your words are stars. A movie is a word: take the column movie."),
    Misunderstanding("repeated", {"done": lambda lists: lists + lists},
        "Each sentence is there twice. One list a user."),
    Misunderstanding("equal_once", {"done": lambda lists: set(map(tuple, lists))},
        "Two users with the same list are two sentences, and one of them is missing."),
    Misunderstanding("one_movie_dropped", {"done": lambda lists: [w for w in lists if len(w) > 1]},
        "Users who liked a single movie are missing. One list for each user who liked any."),
    Misunderstanding("one_sentence", {"done": lambda lists: [[*chain(*lists)]]},
        "All users run together in one sentence, and a window would mix them. One list a user."),
    Misunderstanding("letters", {"done": lambda lists: [*chain(*lists)]},
        "Your result is one list of words, and Word2Vec would read each word as a sentence of "
        "letters. Return a list of lists: one a user."),
    Misunderstanding("joined", {"done": lambda lists: [" ".join(words) for words in lists]},
        "Each sentence is one string, and Word2Vec would read its letters. Keep a list of words."),
]  # fmt: skip


# -------------------------------------------------------------------------- noise_distribution
def _noise_distribution(counts, positive, exponent=0.75):
    weight = np.asarray(counts, float) ** exponent
    weight[positive] = 0
    return weight / weight.sum()


def _without(weight, positive):
    return np.where(np.arange(len(weight)) == positive, 0, weight)


def _noise_steps(
    counts,
    positive,
    exponent=0.75,
    *,
    weigh=np.power,
    leave_out=_without,
    scale=lambda weight, positive: weight / weight.sum(),
):
    weight = weigh(np.asarray(counts, float), exponent)
    return scale(leave_out(weight, positive), positive)


def _zeroed_first(counts, positive, exponent=0.75):
    weight = _without(np.asarray(counts, float), positive) ** exponent
    return weight / weight.sum()


def _equal_counts_out(counts, positive, exponent=0.75):
    weight = np.where(counts == counts[positive], 0, np.asarray(counts, float) ** exponent)
    return weight / weight.sum()


def _some_counts(rng):
    return rng.zipf(1.5, 12).clip(1, 999), int(rng.integers(12)), round(rng.uniform(-1, 1), 3)


def _liked_counts(data):
    train = strong_split(data).train
    liked = train.loc[train["rating"] >= 4, "movie"]
    return liked.value_counts(sort=False).to_numpy(), 0


_NOISE = [
    Misunderstanding("no_exponent", {"weigh": lambda counts, exponent: counts},
        "You drew in proportion to the counts. Raise them to the exponent first."),
    Misunderstanding("uniform", {"weigh": lambda counts, exponent: np.ones(len(counts))},
        "Every movie is equally likely here, whatever the exponent. Use the counts."),
    Misunderstanding("always_75", {"weigh": lambda counts, exponent: counts**0.75},
        "Your power is always 0.75. Use the argument exponent."),
    Misunderstanding("rare_first", {"weigh": lambda counts, exponent: counts**-exponent},
        "Here rare movies are drawn most: the power has the wrong sign."),
    Misunderstanding("softmax", {"weigh": lambda c, e: np.exp((c - c.max()) * e)},
        "exp() makes the most frequent movie nearly certain. Raise the counts to a power: **."),
    Misunderstanding("positive_kept", {"leave_out": _as_it_is},
        "The true neighbour can be drawn as noise: the pair would be told yes and no at once. "
        "Give it weight 0."),
    Misunderstanding("zeroed_late", {"leave_out": _as_it_is,
        "scale": lambda weight, positive: _without(weight / weight.sum(), positive)},
        "These do not sum to 1: the true neighbour went to 0 after the division. Take it out "
        "before."),
    Misunderstanding("zeroed_first", _zeroed_first,
        "You set the count to 0 before the power, and 0 to the power 0 is 1. Set the *weight* "
        "to 0, after the power."),
    Misunderstanding("deleted", {"leave_out": lambda weight, positive: np.delete(weight, positive)},
        "The true neighbour's place is gone, so all places after it moved. Keep it, with 0."),
    Misunderstanding("equal_counts_out", _equal_counts_out,
        "You left out each movie with the same count. positive is the *place* of one movie."),
    Misunderstanding("only_positive", {"leave_out": lambda w, positive: w - _without(w, positive)},
        "Only the true neighbour is left: it is the one never to be drawn."),
    Misunderstanding("other_left_out", {"leave_out": lambda weight, _: _without(weight, 0)},
        "You left out the first movie. positive says which place is never to be drawn."),
    Misunderstanding("weights_only", {"scale": _as_it_is},
        "Those are weights, not probabilities. Divide by their sum."),
]  # fmt: skip


# --------------------------------------------------------------------------------------- sgns
def _sgns(center, positive, negatives):
    own = 1 / (1 + np.exp(-center @ positive))
    others = 1 / (1 + np.exp(-negatives @ center))
    return {
        "loss": -np.log(own) - np.log(1 - others).sum(),
        "center": (own - 1) * positive + others @ negatives,
        "positive": (own - 1) * center,
        "negatives": np.outer(others, center),
    }


def _sigmoid(score):
    return 1 / (1 + np.exp(-score))


def _sgns_steps(
    center,
    positive,
    negatives,
    *,
    sigmoid=_sigmoid,
    own_loss=lambda own: -np.log(own),
    noise_loss=lambda others: -np.log(1 - others),
    add=np.sum,
    pull=lambda own: own - 1,  # d loss / d score of the true neighbour
    push=lambda others: others,  # and of the noise
    in_center=lambda true, noise: true + noise,
    of_positive=lambda center, positive: center,
    of_noise=lambda center, negatives: np.ones((len(negatives), 1)) * center,
    done=_as_it_is,
):
    own, others = sigmoid(center @ positive), sigmoid(negatives @ center)
    a, b = pull(own), push(others)
    parts = {
        "loss": own_loss(own) + add(noise_loss(others)),
        "center": in_center(a * positive, b @ negatives),
        "positive": a * of_positive(center, positive),
        "negatives": b[:, None] * of_noise(center, negatives),
    }
    return done(parts)


def _vectors(rng):
    return rng.normal(size=5), rng.normal(size=5), rng.normal(size=(7, 5))


def _of_next_cell():
    rng = np.random.default_rng(0)
    return rng.normal(size=4), rng.normal(size=4), rng.normal(size=(3, 4))


def _twice():
    center, positive, negatives = _vectors(np.random.default_rng(7))
    return center, positive, np.vstack([negatives[:2], negatives[1], positive, 0 * center])


_BARE = {
    "sigmoid": _as_it_is, "own_loss": np.negative, "noise_loss": _as_it_is,
    "pull": lambda own: -1.0, "push": np.ones_like,
}  # fmt: skip
_SGNS = [
    Misunderstanding("no_sigmoid", _BARE,
        "Bare scores have no end: pushing a pair apart would pay for ever. Put each score through "
        "the sigmoid, and the logarithm, before it enters the loss."),
    Misunderstanding("no_logarithm", {"own_loss": np.negative, "noise_loss": lambda q: q - 1},
        "The loss holds probabilities. Take the logarithm of each of them."),
    Misunderstanding("pulled", {"noise_loss": lambda q: -np.log(q), "push": lambda q: q - 1},
        "You pull the noise movies closer, as if they were true neighbours. For noise the loss is "
        "−log σ(−score)."),
    Misunderstanding("noise_loss_pulled", {"noise_loss": lambda q: -np.log(q)},
        "In the loss, the noise stands with σ(score). It is −log σ(−score), and σ(−x) = 1 − σ(x)."),
    Misunderstanding("noise_pulled", {"push": lambda q: q - 1},
        "The − 1 belongs to the true neighbour's gradient alone: of noise it is σ(score)."),
    Misunderstanding("not_minus_one", {"pull": _as_it_is},
        "The derivative of −log σ(x) is σ(x) − 1: the true neighbour's − 1 is missing."),
    Misunderstanding("slope", {"pull": lambda p: -p * (1 - p), "push": lambda q: q * (1 - q)},
        "That is the slope of σ. The logarithm around it has one too: together they give σ − 1 "
        "for the true neighbour and σ for noise."),
    Misunderstanding("mean", {"add": np.mean, "push": lambda q: q / len(q)},
        "The sum over the negatives became a mean. Each negative counts in full."),
    Misunderstanding("mean_loss", {"add": np.mean},
        "In the loss, the sum over the negatives became a mean. Each counts in full."),
    Misunderstanding("no_noise_loss", {"add": lambda losses: 0},
        "The loss holds the true neighbour alone. Add that of each negative."),
    Misunderstanding("noise_subtracted", {"noise_loss": lambda q: np.log(1 - q)},
        "Both parts of the loss carry a minus sign, and that of the noise is turned."),
    Misunderstanding("not_added", {"add": _as_it_is},
        "The loss is one number: add the losses of the negatives up."),
    Misunderstanding("center_without_noise", {"in_center": lambda true, noise: true},
        "The centre stands in every score, also in those of the noise: add their gradients."),
    Misunderstanding("center_of_noise", {"in_center": lambda true, noise: noise},
        "The centre's gradient holds the noise alone. Add that of the true neighbour."),
    Misunderstanding("exchanged", {"done": lambda parts: parts | {
            "center": parts["positive"], "positive": parts["center"]}},
        "The gradients of center and positive are exchanged: d (v·c) / dv is c."),
    Misunderstanding("own_positive", {"of_positive": lambda center, positive: positive},
        "d (v·c) / dc is v: the gradient of positive holds the vector center."),
    Misunderstanding("own_noise", {"of_noise": lambda center, negatives: negatives},
        "d (v·c) / dc is v: the gradient of each negative holds the vector center."),
    Misunderstanding("noise_added", {"done": lambda parts: parts | {
            "negatives": parts["negatives"].sum(axis=0)}},
        "Each negative has a gradient of its own: one row for each, not their sum."),
    Misunderstanding("upside_down", {"sigmoid": lambda score: _sigmoid(-score)},
        "Your σ falls where it should rise: it is 1 / (1 + exp(−x))."),
    Misunderstanding("uphill", {"done": lambda parts: {
            name: value if name == "loss" else -value for name, value in parts.items()}},
        "The loss is right and every gradient has the wrong sign: a step against yours makes the "
        "loss larger."),
    Misunderstanding("likelihood", {"done": lambda parts: {n: -v for n, v in parts.items()}},
        "That is the log-likelihood, which one maximises. The loss is minus that, and so are its "
        "gradients."),
    Misunderstanding("loss_only", {"done": lambda parts: parts["loss"]},
        "That is the loss. Return a dict of the loss and its three gradients."),
]  # fmt: skip


# -------------------------------------------------------------------------- unseen_neighbours
def _unseen_neighbours(profile, vectors, seen, n=6):
    cosine = vectors @ profile / (np.linalg.norm(vectors, axis=1) * np.linalg.norm(profile))
    order = np.argsort(-cosine, kind="stable")
    return order[~np.isin(order, seen)][:n]


def _cosine(profile, vectors):
    return vectors @ profile / np.linalg.norm(vectors, axis=1) / np.linalg.norm(profile)


def _distance(profile, vectors):
    return -np.linalg.norm(vectors - profile, axis=1)


def _neighbour_steps(
    profile,
    vectors,
    seen,
    n=6,
    *,
    score=_cosine,
    kept=lambda order, seen: order[~np.isin(order, seen)],
    first=0,
    cut=lambda order, n, score: order[:n],
):
    value = score(profile, vectors)
    return cut(kept(np.argsort(-value, kind="stable"), seen)[first:], n, value)


def _cut_first(profile, vectors, seen, n=6):
    return [m for m in _unseen_neighbours(profile, vectors, [], n) if m not in seen]


def _seen_at_zero(profile, vectors, seen, n=6):
    value = _cosine(profile, vectors)
    value[seen] = 0
    return np.argsort(-value, kind="stable")[:n]


def _not_sorted(profile, vectors, seen, n=6):
    value = _cosine(profile, vectors)
    value[seen] = -np.inf
    return np.argpartition(-value, n)[:n]


def _numbered_anew(profile, vectors, seen, n=6):
    return _unseen_neighbours(profile, np.delete(vectors, seen, axis=0), [], n)


def _some_movies(rng, n_movies=60, n=10):
    vectors = rng.normal(size=(n_movies, 5)) * rng.uniform(0.2, 4, (n_movies, 1))
    seen = rng.permutation(n_movies)[:9]
    return vectors[seen].mean(axis=0), vectors, rng.choice(seen, 12), n


def _few_near(rng):
    vectors = rng.normal(size=(14, 3)) * rng.uniform(0.5, 3, (14, 1))
    vectors[:11] *= -np.sign(vectors[:11, :1])  # eleven movies look away from the profile
    return np.array([2.0, 0.1, -0.1]), vectors, np.array([12, 3, 7]), 8


def _of_a_user(data):
    split = strong_split(data)
    seen = split.test.loc[split.test["user"] == split.test["user"].min(), "movie"].to_numpy()
    raters = np.random.default_rng(7).normal(size=(split.n_users, 16))
    vectors = pd.DataFrame(raters[split.train["user"]]).groupby(split.train["movie"]).sum()
    vectors = vectors.reindex(range(split.n_movies), fill_value=1.0).to_numpy()
    return vectors[seen].mean(axis=0), vectors, seen


_NEIGHBOURS = [
    Misunderstanding("drops_the_best", {"first": 1},
        "The best movie is missing. Dropping the first hit is right when a movie asks for its own "
        "neighbours, since it finds itself; a profile is no movie."),
    Misunderstanding("as_in_2021", {"first": 1, "kept": _as_it_is},
        "As in 2021: the first hit is dropped, whatever it is, and movies the user has seen stay "
        "in. Remove what is in seen, and nothing else."),
    Misunderstanding("seen_kept", {"kept": _as_it_is},
        "Your list offers movies the user has seen."),
    Misunderstanding("only_seen", {"kept": lambda order, seen: order[np.isin(order, seen)]},
        "Your list holds the seen movies and no others: a ~ is missing."),
    Misunderstanding("not_enough", _cut_first,
        "Your list is too short: you took n movies and then removed the seen ones. Remove first."),
    Misunderstanding("places_removed", {"kept": lambda order, seen: np.delete(
            order, seen[seen < len(order)])},
        "seen holds movies, and you removed those *places* of the sorted list. Ask which entries "
        "of the list are in seen: np.isin."),
    Misunderstanding("numbered_anew", _numbered_anew,
        "After np.delete the places are no movies any more: all that follow have moved. Keep the "
        "table whole and leave the seen ones out of the order."),
    Misunderstanding("seen_at_zero", _seen_at_zero,
        "A cosine of 0 is not the last place: many are below. Give seen movies −inf."),
    Misunderstanding("dot_product", {"score": lambda profile, vectors: vectors @ profile},
        "A dot product favours long vectors. For a cosine, divide by each movie's own length "
        "(axis=1)."),
    Misunderstanding("squared_length", {"score": lambda p, v: v @ p / (v**2).sum(axis=1)},
        "You divided by the squared length: its root is missing."),
    Misunderstanding("distance", {"score": _distance},
        "Those are the nearest by distance, which depends on the vectors' lengths. A cosine looks "
        "at directions only."),
    Misunderstanding("absolute", {"score": lambda p, v: np.abs(_cosine(p, v))},
        "Opposite movies stand high in your list: a cosine of −1 is the farthest, so no abs()."),
    Misunderstanding("farthest", {"score": lambda p, v: -_cosine(p, v)},
        "Those are the least similar movies: argsort begins with the smallest."),
    Misunderstanding("not_sorted", _not_sorted,
        "argpartition finds the n best but leaves them in any order. Sort them: best first."),
    Misunderstanding("cosines", {"cut": lambda order, n, score: score[order][:n]},
        "Those are cosines. Asked is which movies have them: argsort."),
    Misunderstanding("always_six", {"cut": lambda order, n, score: order[:6]},
        "Your list always holds six movies. Use the argument n."),
]  # fmt: skip


# ---------------------------------------------------------------------------------- user_ndcg
def _user_ndcg(ranked, hidden):
    worth = 1 / np.log2(np.arange(2, len(ranked) + 2))
    gain = worth[[movie in hidden for movie in ranked]].sum()
    return float(gain / worth[: min(len(hidden), len(ranked))].sum())


def _ndcg_steps(
    ranked,
    hidden,
    *,
    worth=lambda place: 1 / np.log2(place + 1),
    hits=lambda found, ranked, hidden: found,
    best=lambda worth, hidden, places, found: worth[: min(hidden, places)].sum(),
):
    found = hits(np.isin(ranked, list(hidden)), ranked, hidden)
    at = worth(np.arange(1, max(len(ranked), len(hidden)) + 1))
    gain = at[: len(ranked)][found].sum()
    return gain / best(at, len(hidden), len(ranked), int(found.sum()))


def _hits(ranked, hidden):
    return np.isin(ranked, list(hidden)).astype(float)


def _average_precision(ranked, hidden):
    hits = _hits(ranked, hidden)
    so_far = np.cumsum(hits) / np.arange(1, len(hits) + 1)
    return so_far @ hits / min(len(hidden), len(ranked))


def _reciprocal_rank(ranked, hidden):
    return float((_hits(ranked, hidden) / np.arange(1, len(ranked) + 1)).max())


def _a_list(rng):
    return rng.permutation(30)[:10], set(rng.permutation(30)[: rng.integers(3, 9)].tolist())


def _popular_list(data):
    split = strong_split(data)
    people = held_out_users(split, "test")
    row = int(np.argmax(people.hidden.sum(axis=1)))
    order = np.argsort(-split.support, kind="stable")
    return order[~np.isin(order, people.seen[row].indices)][:10], set(people.hidden[row].indices)


_NDCG = [
    Misunderstanding("not_normalised", {"best": lambda *_: 1},
        "That is the DCG. Divide by that of the best possible list, so that 1 is the most one can "
        "get."),
    Misunderstanding("ideal_too_long", {"best": lambda w, hidden, places, found: w[:places].sum()},
        "Your best possible list is full of hits even if fewer movies are hidden. It has "
        "min(hidden, places) of them."),
    Misunderstanding("ideal_uncapped", {"best": lambda w, hidden, *_: w[:hidden].sum()},
        "Your best possible list holds all hidden movies, also if the list has not so many "
        "places. It has min(hidden, places) of them."),
    Misunderstanding("ideal_of_found", {"best": lambda w, h, p, found: w[:found].sum() or 1},
        "Your best possible list holds only the movies that were found, so one hit in the first "
        "place is already perfect. It holds all hidden movies that fit."),
    Misunderstanding("a_hidden_movie", {"best": lambda w, hidden, places, found: hidden},
        "You divided by how many movies are hidden. Divide by the DCG of the best possible list."),
    Misunderstanding("a_place", {"best": lambda w, hidden, places, found: min(hidden, places)},
        "You divided by how many hits are possible, as if each were worth 1. Add up what they are "
        "worth, from the first place on."),
    Misunderstanding("one_place_late", {"worth": lambda place: 1 / np.log2(place + 2)},
        "Places count from 1: the first is worth 1 / log2(2) = 1."),
    Misunderstanding("one_place_early", {"worth": lambda place: 1 / np.log2(place)},
        "At place i a hit is worth 1 / log2(i + 1), not 1 / log2(i): log2(1) is 0."),
    Misunderstanding("one_over_place", {"worth": lambda place: 1 / place},
        "You divide by the place. Divide by log2(place + 1), which falls more slowly."),
    Misunderstanding("multiplied", {"worth": lambda place: np.log2(place + 1)},
        "Late hits count more in yours: *divide* by the logarithm."),
    Misunderstanding("worst_first", {"hits": lambda found, *_: found[::-1]},
        "You counted places from the end. The best movie stands first in ranked."),
    Misunderstanding("missed", {"hits": lambda found, *_: ~found},
        "You counted the movies that are *not* hidden: the condition is the wrong way round."),
    Misunderstanding("hits_moved", {"hits": lambda found, *_: np.sort(found)[::-1]},
        "Your hits all stand at the top. Each counts at the place where it is in ranked."),
    Misunderstanding("first_hit", {"hits": lambda found, *_: found & (np.cumsum(found) == 1)},
        "Only the first hit counts in yours. Add up all of them."),
    Misunderstanding("set_in_isin", {"hits": lambda found, *_: np.zeros(len(found), bool)},
        "No hit is found. np.isin cannot look into a set: give it list(hidden), or ask "
        "`movie in hidden` for each movie."),
    Misunderstanding("same_place", {"hits": lambda found, ranked, hidden: np.array(
            [m == dict(enumerate(sorted(hidden))).get(i) for i, m in enumerate(ranked)])},
        "You compared place by place. hidden has no order: ask whether each movie is in it."),
    Misunderstanding("average_precision", _average_precision,
        "That is the average precision. In the NDCG a hit is worth 1 / log2(place + 1)."),
    Misunderstanding("reciprocal_rank", _reciprocal_rank,
        "That is the reciprocal rank: it stops at the first hit. All hits count, each with "
        "1 / log2(place + 1)."),
    Misunderstanding("precision", lambda ranked, hidden: _hits(ranked, hidden).mean(),
        "That is the precision: the place of a hit makes no difference in it."),
    Misunderstanding("recall", lambda ranked, hidden: _hits(ranked, hidden).sum() / len(hidden),
        "That is the recall: the place of a hit makes no difference in it."),
    Misunderstanding("hit", lambda ranked, hidden: _hits(ranked, hidden).max(),
        "That is whether there was a hit at all, as in HR."),
]  # fmt: skip
_LIST = np.array([4, 8, 1, 9, 3])

EXERCISES = [
    Exercise(
        name="time_sentences",
        reference=_time_sentences,
        steps=_sentence_steps,
        cases={
            "eight users": (_RATINGS, [9]),
            "nobody held out": (_RATINGS, []),
            "users held out who have no ratings": (_RATINGS[:9], [99, 3]),
            "twelve users, many ratings a second": Drawn(_some_ratings),
            "MovieLens-100K, 100 users": OnMovieLens(_first_users),
        },
        observe=_as_sentences,
        look="Section “What does Word2Vec read?”, and what the docstring says about one second.",
        misunderstandings=_SENTENCES,
        right="time order, liked movies, nobody who is held out",
    ),
    Exercise(
        name="noise_distribution",
        reference=_noise_distribution,
        steps=_noise_steps,
        cases={
            "exponent 0.75": (np.array([500, 120, 40, 40, 7]), 1),
            "exponent 0": (np.array([500, 120, 40, 40, 7]), 2, 0.0),
            "exponent −0.5": (np.array([3, 1, 40, 3, 500]), 4, -0.5),
            "twelve movies": Drawn(_some_counts),
            "MovieLens-100K, liked movies": OnMovieLens(_liked_counts),
        },
        axes=("movie",),
        look="Section “Exercise 2 · Where noise comes from”: weights first, then probabilities.",
        misunderstandings=_NOISE,
        right="noise in proportion to counts to a power, the true neighbour left out",
    ),
    Exercise(
        name="sgns",
        reference=_sgns,
        steps=_sgns_steps,
        cases={
            "three negatives of four numbers": _of_next_cell(),
            "a negative twice, the neighbour, and zeros": _twice(),
            "one negative": tuple(v[:1] if v.ndim > 1 else v for v in _of_next_cell()),
            "seven negatives": Drawn(_vectors),
        },
        look="Section “How does skip-gram learn?”: the formula, and σ(−x) = 1 − σ(x).",
        misunderstandings=_SGNS,
        right="the loss and its three gradients",
    ),
    Exercise(
        name="unseen_neighbours",
        reference=_unseen_neighbours,
        steps=_neighbour_steps,
        cases={
            "sixty movies of different length, ten asked": Drawn(_some_movies),
            "most cosines below 0": Drawn(_few_near),
            "a long list": Drawn(lambda rng: _some_movies(rng, 1500, 600)),
            "nothing seen": (*_some_movies(np.random.default_rng(8))[:2], np.array([], int), 4),
            "MovieLens-100K, one held-out user": OnMovieLens(_of_a_user),
        },
        look="Section “From vectors to a list”: which of the two slips of 2021 is left?",
        misunderstandings=_NEIGHBOURS,
        right="the nearest movies, without those seen, the best one included",
    ),
    Exercise(
        name="user_ndcg",
        reference=_user_ndcg,
        steps=_ndcg_steps,
        cases={
            "two of three found": (_LIST, {8, 3, 7}),
            "more hidden than places": (_LIST, {7, 8, 9, 10, 11, 12}),
            "nothing found": (_LIST, {2, 6}),
            "a list of one": (np.array([5]), {9, 5}),
            "ten movies of thirty": Drawn(_a_list),
            "MovieLens-100K, popular movies for one user": OnMovieLens(_popular_list),
        },
        look="Section “Exercise 5 · NDCG of one user”: what could this list have got at most?",
        misunderstandings=_NDCG,
        right="hits count more the higher they stand",
    ),
]
