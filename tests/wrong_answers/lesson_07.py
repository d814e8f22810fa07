"""What learners write in lesson 07: wrong answers with the misunderstanding each shows, and right
answers written in other ways."""

from itertools import groupby

import numpy as np
import pandas as pd

# --- time_sentences


def merged_by_id(ratings, held_out):
    table = ratings[(ratings["rating"] >= 4) & ~ratings["user"].isin(held_out)]
    table = table.sort_values("movie")
    return [list(map(str, group)) for _, group in table.groupby("user")["movie"]]


def never_sorted(ratings, held_out):
    found = {}
    for row in ratings.itertuples():
        if row.rating >= 4 and row.user not in held_out:
            found.setdefault(row.user, []).append(str(row.movie))
    return list(found.values())


def newest_first(ratings, held_out):
    found = {}
    ordered = ratings.sort_values("timestamp", kind="stable").iloc[::-1]
    for row in ordered.itertuples():
        if row.rating >= 4 and row.user not in held_out:
            found.setdefault(row.user, []).append(str(row.movie))
    return list(found.values())


def sorted_by_three_columns(ratings, held_out):
    table = ratings[ratings.rating.ge(4) & ~ratings.user.isin(held_out)]
    table = table.sort_values(["user", "timestamp", "movie"])
    return table.groupby("user")["movie"].apply(lambda m: m.astype(str).tolist()).tolist()


def whatever_the_stars(ratings, held_out):
    table = ratings[~ratings.user.isin(held_out)].sort_values("timestamp", kind="stable")
    return table.groupby("user")["movie"].apply(list).tolist()


def only_fives(ratings, held_out):
    table = ratings[(ratings.rating > 4) & ~ratings.user.isin(held_out)]
    return table.sort_values("timestamp", kind="stable").groupby("user").movie.apply(list).tolist()


def everybody(ratings, held_out):
    table = ratings[ratings.rating >= 4].sort_values("timestamp", kind="stable")
    return table.groupby("user").movie.apply(list).tolist()


def sentences_by_loop(ratings, held_out):
    found = []
    for user in ratings["user"].unique():
        if user in held_out:
            continue
        own = ratings[ratings["user"] == user]
        order = np.argsort(own["timestamp"].to_numpy(), kind="stable")
        own = own.iloc[order]
        found.append([str(m) for m, r in zip(own["movie"], own["rating"], strict=True) if r >= 4])
    return found


def sentences_by_user(ratings, held_out):
    table = ratings.query("rating >= 4 and user not in @held_out")
    table = table.sort_values(["user", "timestamp"], kind="stable")
    return table.groupby("user")["movie"].apply(list).to_dict()


def _liked(ratings, held_out):
    return ratings[(ratings["rating"] >= 4) & ~ratings["user"].isin(held_out)]


def sorts_quickly(ratings, held_out):
    table = _liked(ratings, held_out).sort_values("timestamp")
    return table.groupby("user")["movie"].apply(lambda m: list(m.astype(str))).tolist()


def descending(ratings, held_out):
    table = _liked(ratings, held_out).sort_values("timestamp", ascending=False, kind="stable")
    return table.groupby("user")["movie"].apply(list).tolist()


def one_for_each_rating(ratings, held_out):
    table = _liked(ratings, held_out).sort_values("timestamp", kind="stable")
    words = table["movie"].astype(str)
    return [words[table["user"] == user].tolist() for user in table["user"]]


def both_passes(ratings, held_out):
    lists = sentences_by_loop(ratings, held_out)
    return lists + lists


def at_least_two_words(ratings, held_out):
    return [words for words in sentences_by_loop(ratings, held_out) if len(words) > 1]


def different_sentences(ratings, held_out):
    return list({tuple(words) for words in sentences_by_loop(ratings, held_out)})


def one_long_list(ratings, held_out):
    table = _liked(ratings, held_out).sort_values(["user", "timestamp"], kind="stable")
    return table["movie"].astype(str).tolist()


def one_long_sentence(ratings, held_out):
    return [one_long_list(ratings, held_out)]


def joined_by_spaces(ratings, held_out):
    return [" ".join(words) for words in sentences_by_loop(ratings, held_out)]


def only_the_held_out(ratings, held_out):
    table = ratings[(ratings["rating"] >= 4) & ratings["user"].isin(held_out)]
    table = table.sort_values("timestamp", kind="stable")
    return table.groupby("user")["movie"].apply(list).tolist()


def the_disliked(ratings, held_out):
    table = ratings[(ratings["rating"] < 4) & ~ratings["user"].isin(held_out)]
    table = table.sort_values("timestamp", kind="stable")
    return table.groupby("user")["movie"].apply(list).tolist()


def three_and_a_half(ratings, held_out):
    table = ratings[(ratings["rating"] > 3) & ~ratings["user"].isin(held_out)]
    table = table.sort_values("timestamp", kind="stable")
    return table.groupby("user")["movie"].apply(list).tolist()


def users_of_each_movie(ratings, held_out):
    table = _liked(ratings, held_out).sort_values("timestamp", kind="stable")
    return table.groupby("movie")["user"].apply(list).tolist()


def stars_as_words(ratings, held_out):
    table = _liked(ratings, held_out).sort_values("timestamp", kind="stable")
    return table.groupby("user")["rating"].apply(list).tolist()


def best_first(ratings, held_out):
    table = _liked(ratings, held_out).sort_values("rating", ascending=False, kind="stable")
    return table.groupby("user")["movie"].apply(list).tolist()


def neighbours_of_equal_user(ratings, held_out):
    table = _liked(ratings, held_out).sort_values("timestamp", kind="stable")
    pairs = zip(table["user"], table["movie"].astype(str), strict=True)
    return [[m for _, m in group] for _, group in groupby(pairs, key=lambda pair: pair[0])]


def words_sorted_as_text(ratings, held_out):
    return [sorted(words) for words in sentences_by_loop(ratings, held_out)]


def everybody_whatever_the_stars(ratings, held_out):
    table = ratings.sort_values("timestamp", kind="stable")
    return table.groupby("user")["movie"].apply(list).tolist()


def only_fives_by_id(ratings, held_out):
    table = ratings[(ratings["rating"] > 4) & ~ratings["user"].isin(held_out)]
    return table.sort_values("movie").groupby("user")["movie"].apply(list).tolist()


def python_in_on_a_series(ratings, held_out):
    kept = ratings[ratings["user"] not in held_out]
    return kept.groupby("user")["movie"].apply(list).tolist()


def forgets_to_return(ratings, held_out):
    table = _liked(ratings, held_out).sort_values("timestamp", kind="stable")
    table.groupby("user")["movie"].apply(list).tolist()


def sentences_by_dict(ratings, held_out):
    outside, found = set(held_out), {}
    rows = ratings.loc[ratings["rating"] > 3.9].sort_values("timestamp", kind="mergesort")
    for user, movie in zip(rows["user"], rows["movie"], strict=True):
        if user not in outside:
            found.setdefault(user, []).append(str(movie))
    return list(found.values())


def sentences_by_numpy(ratings, held_out):
    user, movie, star, second = (ratings[c].to_numpy() for c in ratings.columns)
    order = np.lexsort((second, user))
    order = order[(star[order] >= 4) & ~np.isin(user[order], held_out)]
    cuts = np.flatnonzero(np.diff(user[order])) + 1
    return np.split(movie[order].astype(str), cuts)


def sentences_in_a_series(ratings, held_out):
    table = _liked(ratings, held_out)
    return table.groupby("user").apply(
        lambda own: own.sort_values("timestamp", kind="stable")["movie"].astype(str).tolist()
    )


def sentences_by_agg(ratings, held_out):
    held_out = set(held_out)
    mask = ratings["rating"].ge(4) & ratings["user"].map(lambda user: user not in held_out)
    table = ratings[mask].sort_values(by=["timestamp"], kind="stable")
    return (
        table.groupby("user", as_index=False)
        .agg({"movie": lambda m: [*map(str, m)]})["movie"]
        .to_list()
    )


# --- noise_distribution


def noise_by_count(counts, positive, exponent=0.75):
    rest = np.where(np.arange(len(counts)) == positive, 0, counts)
    return rest / rest.sum()


def noise_with_the_positive(counts, positive, exponent=0.75):
    powered = np.power(counts.astype(float), exponent)
    return powered / np.sum(powered)


def noise_removed_at_the_end(counts, positive, exponent=0.75):
    powered = np.power(counts.astype(float), exponent)
    probability = powered / np.sum(powered)
    probability[positive] = 0.0
    return probability


def noise_unscaled(counts, positive, exponent=0.75):
    return [0.0 if i == positive else float(c) ** exponent for i, c in enumerate(counts)]


def noise_even(counts, positive, exponent=0.75):
    probability = np.full(len(counts), 1 / (len(counts) - 1))
    probability[positive] = 0
    return probability


def noise_by_loop(counts, positive, exponent=0.75):
    total = sum(float(c) ** exponent for i, c in enumerate(counts) if i != positive)
    return [0.0 if i == positive else float(c) ** exponent / total for i, c in enumerate(counts)]


def noise_by_logs(counts, positive, exponent=0.75):
    logs = exponent * np.log(counts.astype("float32"))
    logs[positive] = -np.inf
    return np.exp(logs) / np.exp(logs).sum()


def _powered(counts, exponent):
    return np.asarray(counts, float) ** exponent


def zeroed_before_the_power(counts, positive, exponent=0.75):
    counts = np.array(counts, float)
    counts[positive] = 0
    weight = counts**exponent
    return weight / weight.sum()


def powers_of_shares(counts, positive, exponent=0.75):
    shares = np.where(np.arange(len(counts)) == positive, 0, counts / counts.sum())
    return np.where(shares > 0, shares, 1.0) ** exponent * (shares > 0)


def always_three_quarters(counts, positive, exponent=0.75):
    weight = _powered(counts, 0.75)
    weight[positive] = 0
    return weight / weight.sum()


def positive_deleted(counts, positive, exponent=0.75):
    weight = np.delete(_powered(counts, exponent), positive)
    return weight / weight.sum()


def times_the_exponent(counts, positive, exponent=0.75):
    weight = np.asarray(counts, float) * exponent
    weight[positive] = 0
    return weight / weight.sum()


def softmax_of_counts(counts, positive, exponent=0.75):
    weight = np.exp((counts - np.max(counts)) * exponent)
    weight[positive] = 0
    return weight / weight.sum()


def rare_ones_first(counts, positive, exponent=0.75):
    weight = _powered(counts, -exponent)
    weight[positive] = 0
    return weight / weight.sum()


def only_the_positive(counts, positive, exponent=0.75):
    weight = _powered(counts, exponent)
    weight[np.arange(len(counts)) != positive] = 0
    return weight / weight.sum()


def divided_by_the_length(counts, positive, exponent=0.75):
    weight = _powered(counts, exponent)
    weight[positive] = 0
    return weight / len(weight)


def divided_by_all_counts(counts, positive, exponent=0.75):
    weight = _powered(counts, exponent)
    weight[positive] = 0
    return weight / counts.sum()


def divided_by_the_largest(counts, positive, exponent=0.75):
    weight = _powered(counts, exponent)
    weight[positive] = 0
    return weight / weight.max()


def cumulative(counts, positive, exponent=0.75):
    weight = _powered(counts, exponent)
    weight[positive] = 0
    return np.cumsum(weight / weight.sum())


def first_instead_of_positive(counts, positive, exponent=0.75):
    weight = _powered(counts, exponent)
    weight[0] = 0
    return weight / weight.sum()


def value_instead_of_place(counts, positive, exponent=0.75):
    weight = np.where(counts == counts[positive], 0, _powered(counts, exponent))
    return weight / weight.sum()


def in_percent(counts, positive, exponent=0.75):
    weight = _powered(counts, exponent)
    weight[positive] = 0
    return 100 * weight / weight.sum()


def drawn_counts(counts, positive, exponent=0.75):
    return np.asarray(counts, float) ** exponent - counts[positive] ** exponent


def noise_in_integers(counts, positive, exponent=0.75):
    weight = np.array(counts)
    weight[:] = weight**exponent
    weight[positive] = 0
    return weight / weight.sum()


def noise_as_a_series(counts, positive, exponent=0.75):
    weight = pd.Series(counts, dtype=float).pow(exponent)
    weight.iloc[positive] = 0
    return weight / weight.sum()


def noise_by_mask(counts, positive, exponent=0.75):
    others = np.arange(len(counts)) != positive
    return (
        others * counts.astype(float) ** exponent / (counts[others].astype(float) ** exponent).sum()
    )


def noise_in_float32(counts, positive, exponent=0.75):
    weight = np.float_power(counts, exponent).astype("float32")
    weight[positive] = 0
    return weight / weight.sum()


def noise_scaled_twice(counts, positive, exponent=0.75):
    share = (counts / counts.sum()) ** exponent
    share[positive] = 0
    return (share / share.sum()).tolist()


def noise_inserted(counts, positive, exponent=0.75):
    weight = np.delete(counts.astype(float), positive) ** exponent
    return np.insert(weight / weight.sum(), positive, 0)


# --- sgns


def squash(x):
    return np.exp(x) / (1 + np.exp(x))


def sgns_bare(center, positive, negatives):
    return {
        "loss": negatives.dot(center).sum() - positive.dot(center),
        "center": negatives.sum(axis=0) - positive,
        "positive": -center,
        "negatives": np.tile(center, (len(negatives), 1)),
    }


def sgns_all_ones(center, positive, negatives):
    everyone = np.vstack([positive, negatives])
    p = squash(everyone @ center)
    error = p - 1
    return {
        "loss": -np.log(p).sum(),
        "center": everyone.T @ error,
        "positive": error[0] * center,
        "negatives": error[1:, None] * center,
    }


def sgns_averaged(center, positive, negatives):
    p, q = squash(positive @ center), squash(negatives @ center)
    k = len(negatives)
    return {
        "loss": -np.log(p) - np.mean(np.log(1 - q)),
        "center": (p - 1) * positive + (q[:, None] * negatives).mean(axis=0),
        "positive": (p - 1) * center,
        "negatives": q[:, None] * center / k,
    }


def sgns_wrong_way(center, positive, negatives):
    p, q = squash(positive @ center), squash(negatives @ center)
    return {
        "loss": -np.log(p) - np.log(1 - q).sum(),
        "center": (1 - p) * positive - q @ negatives,
        "positive": (1 - p) * center,
        "negatives": -q[:, None] * center,
    }


def sgns_log_likelihood(center, positive, negatives):
    p, q = squash(positive @ center), squash(negatives @ center)
    return {
        "loss": np.log(p) + np.log(1 - q).sum(),
        "center": (1 - p) * positive - q @ negatives,
        "positive": (1 - p) * center,
        "negatives": -q[:, None] * center,
    }


def sgns_by_labels(center, positive, negatives):
    everyone = np.vstack([positive, negatives]).astype("float32")
    label = np.zeros(len(everyone))
    label[0] = 1
    p = squash(everyone @ center)
    error = p - label
    return {
        "loss": -(label * np.log(p) + (1 - label) * np.log(1 - p)).sum(),
        "center": error @ everyone,
        "positive": error[0] * center,
        "negatives": np.outer(error[1:], center),
    }


def sgns_by_loop(center, positive, negatives):
    def sigma(x):
        return 1 / (1 + np.exp(-x))

    own = sigma(np.dot(center, positive))
    loss, gradient, others = np.logaddexp(0, -np.dot(center, positive)), (own - 1) * positive, []
    for negative in negatives:
        p = sigma(np.dot(center, negative))
        loss += np.logaddexp(0, np.dot(center, negative))
        gradient = gradient + p * negative
        others.append((p * center).tolist())
    return {
        "loss": loss,
        "center": gradient.tolist(),
        "positive": (own - 1) * center,
        "negatives": others,
    }


def _errors(center, positive, negatives):
    return squash(positive @ center) - 1, squash(negatives @ center)


def noise_not_in_the_centre(center, positive, negatives):
    own, others = _errors(center, positive, negatives)
    loss = -np.log(own + 1) - np.log(1 - others).sum()
    return {
        "loss": loss,
        "center": own * positive,
        "positive": own * center,
        "negatives": np.outer(others, center),
    }


def positive_not_in_the_centre(center, positive, negatives):
    right = sgns_by_loop(center, positive, negatives)
    return right | {"center": _errors(center, positive, negatives)[1] @ negatives}


def not_minus_one(center, positive, negatives):
    own, others = _errors(center, positive, negatives)
    return {
        "loss": -np.log(own + 1) - np.log(1 - others).sum(),
        "center": (own + 1) * positive + others @ negatives,
        "positive": (own + 1) * center,
        "negatives": np.outer(others, center),
    }


def noise_minus_one(center, positive, negatives):
    own, others = _errors(center, positive, negatives)
    return {
        "loss": -np.log(own + 1) - np.log(1 - others).sum(),
        "center": own * positive + (others - 1) @ negatives,
        "positive": own * center,
        "negatives": np.outer(others - 1, center),
    }


def loss_of_the_positive_alone(center, positive, negatives):
    right = sgns_by_loop(center, positive, negatives)
    return right | {"loss": np.logaddexp(0, -center @ positive)}


def losses_not_added(center, positive, negatives):
    own, others = _errors(center, positive, negatives)
    right = sgns_by_loop(center, positive, negatives)
    return right | {"loss": -np.log(own + 1) - np.log(1 - others)}


def noise_loss_with_plus(center, positive, negatives):
    own, others = _errors(center, positive, negatives)
    right = sgns_by_loop(center, positive, negatives)
    return right | {"loss": -np.log(own + 1) + np.log(1 - others).sum()}


def noise_loss_of_pulled(center, positive, negatives):
    own, others = _errors(center, positive, negatives)
    right = sgns_by_loop(center, positive, negatives)
    return right | {"loss": -np.log(own + 1) - np.log(others).sum()}


def gradients_exchanged(center, positive, negatives):
    right = sgns_by_loop(center, positive, negatives)
    return right | {"center": right["positive"], "positive": right["center"]}


def noise_vectors_as_their_gradient(center, positive, negatives):
    _, others = _errors(center, positive, negatives)
    right = sgns_by_loop(center, positive, negatives)
    return right | {"negatives": others[:, None] * negatives}


def positive_vector_as_its_gradient(center, positive, negatives):
    own, _ = _errors(center, positive, negatives)
    right = sgns_by_loop(center, positive, negatives)
    return right | {"positive": own * positive}


def noise_gradients_added_up(center, positive, negatives):
    _, others = _errors(center, positive, negatives)
    right = sgns_by_loop(center, positive, negatives)
    return right | {"negatives": others.sum() * center}


def noise_gradients_transposed(center, positive, negatives):
    _, others = _errors(center, positive, negatives)
    right = sgns_by_loop(center, positive, negatives)
    return right | {"negatives": np.outer(center, others)}


def slope_of_the_sigmoid(center, positive, negatives):
    own, others = _errors(center, positive, negatives)
    p = own + 1
    right = sgns_by_loop(center, positive, negatives)
    return right | {
        "center": -p * (1 - p) * positive + (others * (1 - others)) @ negatives,
        "positive": -p * (1 - p) * center,
        "negatives": np.outer(others * (1 - others), center),
    }


def logarithm_of_two(center, positive, negatives):
    right = sgns_by_loop(center, positive, negatives)
    return right | {"loss": right["loss"] / np.log(2)}


def without_the_logarithm(center, positive, negatives):
    own, others = _errors(center, positive, negatives)
    right = sgns_by_loop(center, positive, negatives)
    return right | {"loss": -(own + 1) - (1 - others).sum()}


def sigmoid_upside_down(center, positive, negatives):
    own, others = 1 / (1 + np.exp(center @ positive)), 1 / (1 + np.exp(negatives @ center))
    return {
        "loss": -np.log(own) - np.log(1 - others).sum(),
        "center": (own - 1) * positive + others @ negatives,
        "positive": (own - 1) * center,
        "negatives": np.outer(others, center),
    }


def only_the_loss(center, positive, negatives):
    return sgns_by_loop(center, positive, negatives)["loss"]


def a_tuple(center, positive, negatives):
    return tuple(sgns_by_loop(center, positive, negatives).values())


def other_names(center, positive, negatives):
    right = sgns_by_loop(center, positive, negatives)
    return {"loss": right["loss"]} | {f"d_{k}": v for k, v in right.items() if k != "loss"}


def elementwise_products(center, positive, negatives):
    own, others = squash(center * positive), squash(negatives * center)
    return {
        "loss": (-np.log(own)).sum() - np.log(1 - others).sum(),
        "center": (own - 1) * positive + (others * negatives).sum(axis=0),
        "positive": (own - 1) * center,
        "negatives": others * center,
    }


def averaged_loss_only(center, positive, negatives):
    own, others = _errors(center, positive, negatives)
    right = sgns_by_loop(center, positive, negatives)
    return right | {"loss": -np.log(own + 1) - np.log(1 - others).mean()}


def averaged_and_uphill(center, positive, negatives):
    right = sgns_averaged(center, positive, negatives)
    return {name: value if name == "loss" else -value for name, value in right.items()}


def matrices_the_wrong_way(center, positive, negatives):
    own, others = squash(center @ positive), squash(center @ negatives)
    return {
        "loss": -np.log(own) - np.log(1 - others).sum(),
        "center": (own - 1) * positive + others @ negatives,
        "positive": (own - 1) * center,
        "negatives": np.outer(others, center),
    }


def sgns_by_logaddexp(center, positive, negatives):
    score, noise = np.dot(positive, center), np.matmul(negatives, center)
    pull, push = -1 / (1 + np.exp(score)), 1 / (1 + np.exp(-noise))
    return {
        "loss": float(np.logaddexp(0, -score) + np.logaddexp(0, noise).sum()),
        "center": pull * positive + (push[:, None] * negatives).sum(axis=0),
        "positive": pull * center,
        "negatives": push.reshape(-1, 1) * center,
    }


def sgns_by_scipy(center, positive, negatives):
    from scipy.special import expit, log_expit

    own, others = expit(center @ positive), expit(negatives @ center)
    return {
        "negatives": [share * center for share in others],
        "positive": center * (own - 1),
        "center": negatives.T @ others - expit(-center @ positive) * positive,
        "loss": -log_expit(center @ positive) - log_expit(-negatives @ center).sum(),
    }


def sgns_as_a_series(center, positive, negatives):
    return pd.Series(sgns_by_logaddexp(center, positive, negatives))


def sgns_in_columns(center, positive, negatives):
    own = squash(center @ positive)
    others = squash(negatives @ center[:, None])  # (n, 1)
    return {
        "loss": np.array([-np.log(own) - np.log(1 - others).sum()]),
        "center": (own - 1) * positive + (others.T @ negatives)[0],
        "positive": (own - 1) * center,
        "negatives": others @ center[None, :],
    }


# --- unseen_neighbours


def unit(vectors):
    return vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)


def first_hit_dropped(profile, vectors, seen, n=6):
    order = np.argsort(unit(vectors) @ unit(profile))[::-1]
    return [movie for movie in order if movie not in seen][1 : n + 1]


def project_of_2021(profile, vectors, seen, n=6):
    return np.argsort(-(unit(vectors) @ unit(profile)))[: n + 1][1:]


def old_acquaintances(profile, vectors, seen, n=6):
    return np.argsort(-(unit(vectors) @ unit(profile)))[:n]


def cut_too_early(profile, vectors, seen, n=6):
    order = np.argsort(-(unit(vectors) @ unit(profile)))[:n]
    return order[~np.isin(order, seen)]


def long_vectors_first(profile, vectors, seen, n=6):
    score = vectors @ profile
    score[seen] = -np.inf
    return np.argsort(-score)[:n]


def argsort_upwards(profile, vectors, seen, n=6):
    order = np.argsort(unit(vectors) @ unit(profile))
    return order[~np.isin(order, seen)][:n]


def neighbours_by_mask(profile, vectors, seen, n=6):
    score = unit(vectors) @ unit(profile)
    score[seen] = -np.inf
    return np.argsort(-score)[:n]


def neighbours_by_sorting(profile, vectors, seen, n=6):
    cosine = {
        movie: float(np.dot(vector, profile) / np.linalg.norm(vector))
        for movie, vector in enumerate(vectors)
        if movie not in set(seen.tolist())
    }
    return sorted(cosine, key=cosine.get, reverse=True)[:n]


def nearest_by_distance(profile, vectors, seen, n=6):
    distance = np.linalg.norm(vectors - profile, axis=1)
    distance[seen] = np.inf
    return np.argsort(distance)[:n]


def partition_unsorted(profile, vectors, seen, n=6):
    score = unit(vectors) @ unit(profile)
    score[seen] = -np.inf
    return np.argpartition(-score, n)[:n]


def seen_at_zero(profile, vectors, seen, n=6):
    score = unit(vectors) @ unit(profile)
    score[seen] = 0
    return np.argsort(-score)[:n]


def deleted_then_sorted(profile, vectors, seen, n=6):
    rest = np.delete(vectors, seen, axis=0)
    return np.argsort(-(unit(rest) @ unit(profile)))[:n]


def places_deleted(profile, vectors, seen, n=6):
    order = np.argsort(-(unit(vectors) @ unit(profile)))
    return np.delete(order, seen)[:n]


def cosines_returned(profile, vectors, seen, n=6):
    score = unit(vectors) @ unit(profile)
    score[seen] = -np.inf
    return np.sort(score)[::-1][:n]


def from_the_end(profile, vectors, seen, n=6):
    order = np.argsort(unit(vectors) @ unit(profile))
    return order[~np.isin(order, seen)][-n:]


def always_six(profile, vectors, seen, n=6):
    order = np.argsort(-(unit(vectors) @ unit(profile)))
    return order[~np.isin(order, seen)][:6]


def one_more(profile, vectors, seen, n=6):
    order = np.argsort(-(unit(vectors) @ unit(profile)))
    return order[~np.isin(order, seen)][: n + 1]


def length_of_the_whole_matrix(profile, vectors, seen, n=6):
    score = vectors @ profile / (np.linalg.norm(vectors) * np.linalg.norm(profile))
    order = np.argsort(-score)
    return order[~np.isin(order, seen)][:n]


def squared_length(profile, vectors, seen, n=6):
    score = vectors @ profile / (vectors**2).sum(axis=1)
    order = np.argsort(-score)
    return order[~np.isin(order, seen)][:n]


def absolute_cosine(profile, vectors, seen, n=6):
    score = np.abs(unit(vectors) @ unit(profile))
    order = np.argsort(-score)
    return order[~np.isin(order, seen)][:n]


def correlation(profile, vectors, seen, n=6):
    score = [np.corrcoef(profile, vector)[0, 1] for vector in vectors]
    order = np.argsort(score)[::-1]
    return order[~np.isin(order, seen)][:n]


def only_the_seen(profile, vectors, seen, n=6):
    order = np.argsort(-(unit(vectors) @ unit(profile)))
    return order[np.isin(order, seen)][:n]


def in_the_order_of_ids(profile, vectors, seen, n=6):
    order = np.argsort(-(unit(vectors) @ unit(profile)))
    return np.sort(order[~np.isin(order, seen)][:n])


def nearest_to_the_first_seen(profile, vectors, seen, n=6):
    order = np.argsort(-(unit(vectors) @ unit(vectors[seen]).sum(axis=0)))
    return order[~np.isin(order, seen)][:n]


def isin_with_a_set(profile, vectors, seen, n=6):
    order = np.argsort(-(unit(vectors) @ unit(profile)))
    return order[~np.isin(order, set(seen.tolist()))][:n]


def dot_product_of_the_best(profile, vectors, seen, n=6):
    order = np.argsort(-(vectors @ profile))
    return order[~np.isin(order, seen)][1 : n + 1]


def lengths_along_the_other_axis(profile, vectors, seen, n=6):
    score = (vectors / np.linalg.norm(vectors, axis=0)) @ profile
    order = np.argsort(-score)
    return order[~np.isin(order, seen)][:n]


def profile_at_unit_length_only(profile, vectors, seen, n=6):
    order = np.argsort(-(vectors @ (profile / np.linalg.norm(profile))))
    return order[~np.isin(order, seen)][:n]


def nearest_in_a_series(profile, vectors, seen, n=6):
    cosine = pd.Series(unit(vectors) @ profile).drop(np.unique(seen))
    return cosine.nlargest(n).index


def neighbours_by_partition(profile, vectors, seen, n=6):
    score = unit(vectors) @ unit(profile)
    score[seen] = -2
    top = np.argpartition(-score, n - 1)[:n]
    return top[np.argsort(-score[top])]


def neighbours_of_unit_vectors(profile, vectors, seen, n=6):
    distance = ((unit(vectors) - unit(profile)) ** 2).sum(axis=1)
    rest = np.setdiff1d(np.arange(len(vectors)), seen)
    return rest[np.argsort(distance[rest])][:n].tolist()


def neighbours_by_scikit_learn(profile, vectors, seen, n=6):
    from sklearn.metrics.pairwise import cosine_similarity

    score = cosine_similarity(profile.reshape(1, -1), vectors)[0]
    found = []
    for movie in reversed(np.argsort(score)):
        if movie not in seen and len(found) < n:
            found.append(int(movie))
    return found


# --- user_ndcg


def only_dcg(ranked, hidden):
    return sum(1 / np.log2(i + 2) for i, movie in enumerate(ranked) if movie in hidden)


def best_list_always_full(ranked, hidden):
    best = sum(1 / np.log2(i + 2) for i in range(len(ranked)))
    return only_dcg(ranked, hidden) / best


def best_list_of_the_found(ranked, hidden):
    found = sum(movie in hidden for movie in ranked)
    best = sum(1 / np.log2(i + 2) for i in range(found))
    return only_dcg(ranked, hidden) / best if found else 0.0


def places_from_two(ranked, hidden):
    gain = sum(1 / np.log2(i + 3) for i, movie in enumerate(ranked) if movie in hidden)
    return gain / sum(1 / np.log2(i + 3) for i in range(min(len(hidden), len(ranked))))


def share_found(ranked, hidden):
    return len(set(ranked.tolist()) & hidden) / len(hidden)


def hit_or_miss(ranked, hidden):
    return int(any(movie in hidden for movie in ranked))


def ndcg_by_natural_logs(ranked, hidden):
    gain = sum(1 / np.log(i + 2) for i, movie in enumerate(ranked) if movie in hidden)
    return gain / sum(1 / np.log(i + 2) for i in range(min(len(hidden), len(ranked))))


def ndcg_by_scikit_learn(ranked, hidden):
    from sklearn.metrics import ndcg_score

    movies = np.arange(max(*ranked, *hidden) + 1)
    truth = np.isin(movies, list(hidden)).astype(float)
    score = np.zeros(len(movies))
    score[ranked] = np.arange(len(ranked), 0, -1)
    score[score == 0] = -1
    hidden_first = np.lexsort((truth, score))  # ties below the list never reach its places
    return ndcg_score([truth[hidden_first]], [score[hidden_first]], k=len(ranked))


def discount_from_the_place(ranked, hidden):
    places = np.arange(1, len(ranked) + 1)
    worth = 1 / np.log2(places)
    gain = worth[[movie in hidden for movie in ranked]].sum()
    return gain / worth[: min(len(hidden), len(ranked))].sum()


def ideal_not_capped(ranked, hidden):
    return only_dcg(ranked, hidden) / sum(1 / np.log2(i + 2) for i in range(len(hidden)))


def average_precision(ranked, hidden):
    hits = np.array([movie in hidden for movie in ranked])
    precision = np.cumsum(hits) / np.arange(1, len(hits) + 1)
    return (precision * hits).sum() / min(len(hidden), len(ranked))


def reciprocal_rank(ranked, hidden):
    for place, movie in enumerate(ranked, 1):
        if movie in hidden:
            return 1 / place
    return 0.0


def precision(ranked, hidden):
    return np.mean([movie in hidden for movie in ranked])


def one_over_the_place(ranked, hidden):
    gain = sum(1 / i for i, movie in enumerate(ranked, 1) if movie in hidden)
    return gain / sum(1 / i for i in range(1, min(len(hidden), len(ranked)) + 1))


def dcg_a_hidden_movie(ranked, hidden):
    return only_dcg(ranked, hidden) / len(hidden)


def dcg_a_place(ranked, hidden):
    return only_dcg(ranked, hidden) / min(len(hidden), len(ranked))


def worst_first(ranked, hidden):
    return ndcg_by_natural_logs(ranked[::-1], hidden)


def percent(ranked, hidden):
    return 100 * ndcg_by_natural_logs(ranked, hidden)


def one_minus(ranked, hidden):
    return 1 - ndcg_by_natural_logs(ranked, hidden)


def multiplied_by_logs(ranked, hidden):
    gain = sum(np.log2(i + 2) for i, movie in enumerate(ranked) if movie in hidden)
    return gain / sum(np.log2(i + 2) for i in range(min(len(hidden), len(ranked))))


def first_hit_only(ranked, hidden):
    for i, movie in enumerate(ranked):
        if movie in hidden:
            return 1 / np.log2(i + 2) / best_of(ranked, hidden)
    return 0.0


def best_of(ranked, hidden):
    return sum(1 / np.log2(i + 2) for i in range(min(len(hidden), len(ranked))))


def isin_of_a_set(ranked, hidden):
    hits = np.isin(ranked, hidden)
    worth = 1 / np.log2(np.arange(2, len(ranked) + 2))
    return worth[hits].sum() / best_of(ranked, hidden)


def place_by_place(ranked, hidden):
    wanted = sorted(hidden)
    hits = [a == b for a, b in zip(ranked, wanted, strict=False)]
    return sum(h / np.log2(i + 2) for i, h in enumerate(hits)) / best_of(ranked, hidden)


def the_missed_ones(ranked, hidden):
    gain = sum(1 / np.log2(i + 2) for i, movie in enumerate(ranked) if movie not in hidden)
    return gain / best_of(ranked, hidden)


def all_hits_first(ranked, hidden):
    found = sum(movie in hidden for movie in ranked)
    return sum(1 / np.log2(i + 2) for i in range(found)) / best_of(ranked, hidden)


def late_and_full(ranked, hidden):
    gain = sum(1 / np.log2(i + 3) for i, movie in enumerate(ranked) if movie in hidden)
    return gain / sum(1 / np.log2(i + 3) for i in range(len(ranked)))


def ndcg_of_each_place(ranked, hidden):
    hits = np.array([movie in hidden for movie in ranked])
    return hits / np.log2(np.arange(2, len(ranked) + 2)) / best_of(ranked, hidden)


def ndcg_by_numpy(ranked, hidden):
    hits = np.isin(ranked, list(hidden))
    worth = 1 / np.log2(1 + np.arange(1, ranked.size + 1))
    return np.dot(hits, worth) / np.cumsum(worth)[min(len(hidden), ranked.size) - 1]


def ndcg_by_pandas(ranked, hidden):
    table = pd.DataFrame({"movie": ranked, "place": np.arange(len(ranked)) + 1})
    table["worth"] = 1 / np.log2(table["place"] + 1)
    gain = table.loc[table["movie"].isin(hidden), "worth"].sum()
    return gain / table["worth"].head(len(hidden)).sum()


def ndcg_as_an_array(ranked, hidden):
    return np.array([only_dcg(ranked, hidden) / best_of(ranked, hidden)], "float32")


def ndcg_from_an_ideal_list(ranked, hidden):
    ideal = (list(hidden) + [None] * len(ranked))[: len(ranked)]
    return only_dcg(ranked, hidden) / only_dcg(ideal, hidden)


WRONG = [
    ("time_sentences", "by_id", merged_by_id),
    ("time_sentences", "file_order", never_sorted),
    ("time_sentences", "backwards", newest_first),
    ("time_sentences", "ties_by_id", sorted_by_three_columns),
    ("time_sentences", "all_ratings", whatever_the_stars),
    ("time_sentences", "more_than_four", only_fives),
    ("time_sentences", "held_out_kept", everybody),
    ("noise_distribution", "no_exponent", noise_by_count),
    ("noise_distribution", "positive_kept", noise_with_the_positive),
    ("noise_distribution", "zeroed_late", noise_removed_at_the_end),
    ("noise_distribution", "weights_only", noise_unscaled),
    ("noise_distribution", "uniform", noise_even),
    ("sgns", "no_sigmoid", sgns_bare),
    ("sgns", "pulled", sgns_all_ones),
    ("sgns", "mean", sgns_averaged),
    ("sgns", "uphill", sgns_wrong_way),
    ("sgns", "likelihood", sgns_log_likelihood),
    ("unseen_neighbours", "drops_the_best", first_hit_dropped),
    ("unseen_neighbours", "as_in_2021", project_of_2021),
    ("unseen_neighbours", "seen_kept", old_acquaintances),
    ("unseen_neighbours", "not_enough", cut_too_early),
    ("unseen_neighbours", "dot_product", long_vectors_first),
    ("unseen_neighbours", "farthest", argsort_upwards),
    ("user_ndcg", "not_normalised", only_dcg),
    ("user_ndcg", "ideal_too_long", best_list_always_full),
    ("user_ndcg", "ideal_of_found", best_list_of_the_found),
    ("user_ndcg", "one_place_late", places_from_two),
    ("user_ndcg", "recall", share_found),
    ("user_ndcg", "hit", hit_or_miss),
    ("time_sentences", "unstable", sorts_quickly),
    ("time_sentences", "latest_first", descending),
    ("time_sentences", None, one_for_each_rating),
    ("time_sentences", "repeated", both_passes),
    ("time_sentences", "one_movie_dropped", at_least_two_words),
    ("time_sentences", "equal_once", different_sentences),
    ("time_sentences", "letters", one_long_list),
    ("time_sentences", "one_sentence", one_long_sentence),
    ("time_sentences", "joined", joined_by_spaces),
    ("time_sentences", "only_held_out", only_the_held_out),
    ("time_sentences", "disliked", the_disliked),
    ("time_sentences", "more_than_three", three_and_a_half),
    ("time_sentences", "lists_of_users", users_of_each_movie),
    ("time_sentences", "stars_as_words", stars_as_words),
    ("time_sentences", "best_first", best_first),
    ("time_sentences", None, neighbours_of_equal_user),
    ("time_sentences", None, words_sorted_as_text),
    ("time_sentences", "all_ratings + held_out_kept", everybody_whatever_the_stars),
    ("time_sentences", "by_id + more_than_four", only_fives_by_id),
    ("time_sentences", None, python_in_on_a_series),
    ("time_sentences", None, forgets_to_return),
    ("noise_distribution", "zeroed_first", zeroed_before_the_power),
    ("noise_distribution", None, powers_of_shares),
    ("noise_distribution", "always_75", always_three_quarters),
    ("noise_distribution", "deleted", positive_deleted),
    ("noise_distribution", None, times_the_exponent),
    ("noise_distribution", "softmax", softmax_of_counts),
    ("noise_distribution", "rare_first", rare_ones_first),
    ("noise_distribution", "only_positive", only_the_positive),
    ("noise_distribution", None, divided_by_the_length),
    ("noise_distribution", None, divided_by_all_counts),
    ("noise_distribution", None, divided_by_the_largest),
    ("noise_distribution", None, cumulative),
    ("noise_distribution", "other_left_out", first_instead_of_positive),
    ("noise_distribution", "equal_counts_out", value_instead_of_place),
    ("noise_distribution", None, in_percent),
    ("noise_distribution", None, drawn_counts),
    ("noise_distribution", None, noise_in_integers),
    ("sgns", "center_without_noise", noise_not_in_the_centre),
    ("sgns", "center_of_noise", positive_not_in_the_centre),
    ("sgns", "not_minus_one", not_minus_one),
    ("sgns", "noise_pulled", noise_minus_one),
    ("sgns", "no_noise_loss", loss_of_the_positive_alone),
    ("sgns", "not_added", losses_not_added),
    ("sgns", "noise_subtracted", noise_loss_with_plus),
    ("sgns", "noise_loss_pulled", noise_loss_of_pulled),
    ("sgns", "exchanged", gradients_exchanged),
    ("sgns", "own_noise", noise_vectors_as_their_gradient),
    ("sgns", "own_positive", positive_vector_as_its_gradient),
    ("sgns", "noise_added", noise_gradients_added_up),
    ("sgns", None, noise_gradients_transposed),
    ("sgns", "slope", slope_of_the_sigmoid),
    ("sgns", None, logarithm_of_two),
    ("sgns", "no_logarithm", without_the_logarithm),
    ("sgns", "upside_down", sigmoid_upside_down),
    ("sgns", "loss_only", only_the_loss),
    ("sgns", None, a_tuple),
    ("sgns", None, other_names),
    ("sgns", None, elementwise_products),
    ("sgns", "mean_loss", averaged_loss_only),
    ("sgns", "mean + uphill", averaged_and_uphill),
    ("sgns", None, matrices_the_wrong_way),
    ("unseen_neighbours", "distance", nearest_by_distance),
    ("unseen_neighbours", "not_sorted", partition_unsorted),
    ("unseen_neighbours", "seen_at_zero", seen_at_zero),
    ("unseen_neighbours", "numbered_anew", deleted_then_sorted),
    ("unseen_neighbours", "places_removed", places_deleted),
    ("unseen_neighbours", "cosines", cosines_returned),
    ("unseen_neighbours", None, from_the_end),
    ("unseen_neighbours", "always_six", always_six),
    ("unseen_neighbours", None, one_more),
    ("unseen_neighbours", "dot_product", length_of_the_whole_matrix),
    ("unseen_neighbours", "squared_length", squared_length),
    ("unseen_neighbours", "absolute", absolute_cosine),
    ("unseen_neighbours", None, correlation),
    ("unseen_neighbours", "only_seen", only_the_seen),
    ("unseen_neighbours", None, in_the_order_of_ids),
    ("unseen_neighbours", None, nearest_to_the_first_seen),
    ("unseen_neighbours", "seen_kept", isin_with_a_set),
    ("unseen_neighbours", "drops_the_best + dot_product", dot_product_of_the_best),
    ("unseen_neighbours", None, lengths_along_the_other_axis),
    ("unseen_neighbours", "dot_product", profile_at_unit_length_only),
    ("user_ndcg", "one_place_early", discount_from_the_place),
    ("user_ndcg", "ideal_uncapped", ideal_not_capped),
    ("user_ndcg", "average_precision", average_precision),
    ("user_ndcg", "reciprocal_rank", reciprocal_rank),
    ("user_ndcg", "precision", precision),
    ("user_ndcg", "one_over_place", one_over_the_place),
    ("user_ndcg", "a_hidden_movie", dcg_a_hidden_movie),
    ("user_ndcg", "a_place", dcg_a_place),
    ("user_ndcg", "worst_first", worst_first),
    ("user_ndcg", None, percent),
    ("user_ndcg", None, one_minus),
    ("user_ndcg", "multiplied", multiplied_by_logs),
    ("user_ndcg", "first_hit", first_hit_only),
    ("user_ndcg", "set_in_isin", isin_of_a_set),
    ("user_ndcg", "same_place", place_by_place),
    ("user_ndcg", "missed", the_missed_ones),
    ("user_ndcg", "hits_moved", all_hits_first),
    ("user_ndcg", "ideal_too_long + one_place_late", late_and_full),
    ("user_ndcg", None, ndcg_of_each_place),
]

RIGHT = [
    ("time_sentences", sentences_by_loop),
    ("time_sentences", sentences_by_user),
    ("noise_distribution", noise_by_loop),
    ("noise_distribution", noise_by_logs),
    ("sgns", sgns_by_labels),
    ("sgns", sgns_by_loop),
    ("unseen_neighbours", neighbours_by_mask),
    ("unseen_neighbours", neighbours_by_sorting),
    ("user_ndcg", ndcg_by_natural_logs),
    ("user_ndcg", ndcg_by_scikit_learn),
    ("time_sentences", sentences_by_dict),
    ("time_sentences", sentences_by_numpy),
    ("time_sentences", sentences_in_a_series),
    ("time_sentences", sentences_by_agg),
    ("noise_distribution", noise_as_a_series),
    ("noise_distribution", noise_by_mask),
    ("noise_distribution", noise_in_float32),
    ("noise_distribution", noise_scaled_twice),
    ("noise_distribution", noise_inserted),
    ("sgns", sgns_by_logaddexp),
    ("sgns", sgns_by_scipy),
    ("sgns", sgns_as_a_series),
    ("sgns", sgns_in_columns),
    ("unseen_neighbours", nearest_in_a_series),
    ("unseen_neighbours", neighbours_by_partition),
    ("unseen_neighbours", neighbours_of_unit_vectors),
    ("unseen_neighbours", neighbours_by_scikit_learn),
    ("user_ndcg", ndcg_by_numpy),
    ("user_ndcg", ndcg_by_pandas),
    ("user_ndcg", ndcg_as_an_array),
    ("user_ndcg", ndcg_from_an_ideal_list),
]
