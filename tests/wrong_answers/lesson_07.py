"""What learners write in lesson 07: wrong answers with the misunderstanding each shows, and right
answers written in other ways."""

import numpy as np

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


WRONG = [
    ("time_sentences", "by_id", merged_by_id),
    ("time_sentences", "file_order", never_sorted),
    ("time_sentences", "latest_first", newest_first),
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
]
