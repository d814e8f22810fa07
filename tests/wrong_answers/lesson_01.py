"""Answers to the exercises of lesson 01."""

from collections import Counter

import numpy as np
import pandas as pd

from course_utils.data.archives import AGE_BOUNDS, AGE_GROUPS


# ------------------------------------------------------------------------------- genre_counts
def counts_after_the_merge(movies, ratings):
    table = pd.merge(movies, ratings)
    table = table[table.genres.str.len() > 0]
    table["genres"] = table.genres.str.split("|")
    return table.explode("genres").groupby("genres").size()


def counts_strings(movies, ratings):
    seen = set(ratings["movie_id"])
    result = {}
    for _, row in movies.iterrows():
        if row["movie_id"] in seen and row["genres"]:
            result[row["genres"]] = result.get(row["genres"], 0) + 1
    return result


def project_of_2021(movies, ratings):
    rated = movies.merge(ratings[["movie_id"]].drop_duplicates())
    return rated["genres"].replace("", np.nan).str.split("|").explode().value_counts().nunique()


def how_many_genres(movies, ratings):
    rated = movies.merge(ratings[["movie_id"]].drop_duplicates())
    return rated["genres"].replace("", np.nan).str.split("|").explode().nunique()


def forgets_the_ratings(movies, ratings):
    dummies = movies["genres"].str.get_dummies("|")
    return dummies.sum()


def counts_the_empty_string(movies, ratings):
    counter = Counter()
    for genres in movies.set_index("movie_id").loc[ratings["movie_id"].unique(), "genres"]:
        counter.update(genres.split("|"))
    return counter


def main_genre(movies, ratings):
    rated = movies.loc[movies["movie_id"].isin(set(ratings["movie_id"]))]
    main = rated["genres"].apply(lambda text: text.split("|")[0])
    return main[main.ne("")].value_counts()


def counts_with_dummies(movies, ratings):
    rated = movies[movies["movie_id"].isin(ratings["movie_id"])]
    return rated["genres"].str.get_dummies("|").sum()


def counts_with_a_loop(movies, ratings):
    rated, result = set(ratings["movie_id"]), {}
    for movie, genres in zip(movies["movie_id"], movies["genres"], strict=True):
        for genre in genres.split("|") if movie in rated else []:
            if genre != "":
                result[genre] = result.get(genre, 0) + 1
    return result


def counts_as_a_frame(movies, ratings):
    pairs = movies.assign(genre=movies["genres"].str.split("|")).explode("genre")
    pairs = pairs[pairs["genre"].ne("") & pairs["movie_id"].isin(ratings["movie_id"])]
    return pairs.groupby("genre")[["movie_id"]].nunique()


def counts_as_float32(movies, ratings):
    return counts_with_dummies(movies, ratings).astype("float32")


# ----------------------------------------------------------------------------------- sparsity
def largest_ids(ratings):
    rows, columns = ratings.user_id.max(), ratings.movie_id.max()
    return 1 - ratings.shape[0] / (rows * columns)


def filled_part(ratings):
    matrix = ratings.pivot(index="user_id", columns="movie_id", values="rating")
    return matrix.notna().to_numpy().mean()


def in_percent(ratings):
    matrix = ratings.pivot(index="user_id", columns="movie_id", values="rating")
    return matrix.isna().to_numpy().mean() * 100


def matrix_by_id(ratings):
    matrix = np.zeros((ratings.user_id.max(), ratings.movie_id.max()))
    matrix[ratings.user_id - 1, ratings.movie_id - 1] = ratings.rating
    return np.count_nonzero(matrix) / matrix.size


def percent_filled(ratings):
    cells = len(set(ratings["user_id"])) * len(set(ratings["movie_id"]))
    return len(ratings) / cells * 100


def number_of_zeros(ratings):
    table = pd.crosstab(ratings["user_id"], ratings["movie_id"])
    return (table == 0).sum().sum()


def sparsity_by_crosstab(ratings):
    return (pd.crosstab(ratings["user_id"], ratings["movie_id"]) == 0).to_numpy().mean()


def sparsity_in_float32(ratings):
    users, movies = np.unique(ratings["user_id"]), np.unique(ratings["movie_id"])
    return np.float32(1) - np.float32(len(ratings)) / np.float32(len(users) * len(movies))


def sparsity_with_a_loop(ratings):
    rated = set(zip(ratings["user_id"], ratings["movie_id"], strict=True))
    users, movies = set(ratings["user_id"]), set(ratings["movie_id"])
    empty = sum((u, m) not in rated for u in users for m in movies)
    return empty / (len(users) * len(movies))


# ------------------------------------------------------------------------------- shrunk_means
def no_k(ratings, k=10):
    return ratings.pivot_table(index="movie_id", values="rating", aggfunc="mean")["rating"]


def k_zeros(ratings, k=10):
    result = {}
    for movie, group in ratings.groupby("movie_id"):
        result[movie] = group["rating"].sum() / (len(group) + k)
    return result


def weights_the_other_way(ratings, k=10):
    movie = ratings.groupby("movie_id")["rating"]
    n, own, overall = movie.count(), movie.mean(), ratings["rating"].mean()
    weight = n / (n + k)
    return weight * overall + (1 - weight) * own


def mean_in_place_of_sum(ratings, k=10):
    movie = ratings.groupby("movie_id").rating
    return (movie.mean() + k * ratings.rating.mean()) / (movie.count() + k)


def constant_weight(ratings, k=10):
    own = ratings.groupby("movie_id")["rating"].mean()
    weight = 1 / (1 + k)
    return weight * own + (1 - weight) * ratings["rating"].mean()


def average_movie(ratings, k=10):
    stats = ratings.groupby("movie_id")["rating"].describe()
    prior = stats["mean"].mean()
    return (stats["count"] * stats["mean"] + k * prior) / (stats["count"] + k)


def one_number_for_all(ratings, k=10):
    return {movie: np.mean(ratings["rating"]) for movie in ratings["movie_id"].unique()}


def shrunk_with_a_loop(ratings, k=10):
    overall = sum(ratings["rating"]) / len(ratings)
    result = {}
    for movie in ratings["movie_id"].unique():
        own = ratings.loc[ratings["movie_id"] == movie, "rating"]
        result[movie] = (own.sum() + k * overall) / (len(own) + k)
    return result


def shrunk_by_weights(ratings, k=10):
    movie = ratings.groupby("movie_id")["rating"]
    weight = movie.size() / (movie.size() + k)
    return weight * movie.mean() + (1 - weight) * ratings["rating"].mean()


def shrunk_deviation_in_float32(ratings, k=10):
    stars = ratings["rating"].astype("float32")
    mean = stars.mean()
    movie = (stars - mean).groupby(ratings["movie_id"])
    return (mean + movie.sum() / (movie.size() + k)).to_frame("stars")


def shrunk_by_apply(ratings, k=10):
    mean = ratings["rating"].mean()

    def shrink(own):
        return (own.sum() + k * mean) / (len(own) + k)

    return ratings.groupby("movie_id")["rating"].apply(shrink)


# --------------------------------------------------------------------------------- age_labels
def label_encoder(ages):
    from sklearn.preprocessing import LabelEncoder

    return [AGE_GROUPS[code] for code in LabelEncoder().fit_transform(ages)]


def category_codes(ages):
    return [AGE_GROUPS[code] for code in pd.Series(ages).astype("category").cat.codes]


def counted_from_one(ages):
    number = {group: i + 1 for i, group in enumerate(AGE_GROUPS)}  # Under 18 is 1
    by_number = {i: group for group, i in number.items()} | {0: AGE_GROUPS[-1]}
    return [by_number[int(np.digitize(age, AGE_BOUNDS)) - 1] for age in ages]


def one_place_too_far(ages):
    return [AGE_GROUPS[min(np.digitize(age, AGE_BOUNDS), 6)] for age in ages]


def cut_as_it_comes(ages):
    return pd.cut(ages, [0, 18, 25, 35, 45, 50, 56, 200], labels=list(AGE_GROUPS))


def wrong_side(ages):
    return np.array(AGE_GROUPS)[np.searchsorted([18, 25, 35, 45, 50, 56], ages)]


def smaller_or_equal(ages):
    labels = []
    for age in ages:
        for upper, group in zip(AGE_BOUNDS[1:], AGE_GROUPS, strict=True):
            if age <= upper:
                labels.append(group)
                break
    return labels


def labels_with_a_loop(ages):
    labels = []
    for age in ages:
        own = [g for low, g in zip(AGE_BOUNDS[:-1], AGE_GROUPS, strict=True) if age >= low]
        labels.append(own[-1])
    return labels


def labels_by_cut(ages):
    return pd.cut(ages, AGE_BOUNDS, right=False, labels=AGE_GROUPS)


def labels_as_a_series(ages):
    return pd.Series(pd.cut(ages, AGE_BOUNDS, right=False, labels=AGE_GROUPS))


def labels_by_digitize(ages):
    return np.array(AGE_GROUPS, dtype=object)[np.digitize(ages, AGE_BOUNDS) - 1]


WRONG = [
    ("genre_counts", "per_rating", counts_after_the_merge),
    ("genre_counts", "whole_strings", counts_strings),
    ("genre_counts", "distinct_counts", project_of_2021),
    ("genre_counts", "number_of_genres", how_many_genres),
    ("genre_counts", "unrated_movies", forgets_the_ratings),
    ("genre_counts", "empty_genre", counts_the_empty_string),
    ("genre_counts", "first_genre_only", main_genre),
    ("sparsity", "id_grid", largest_ids),
    ("sparsity", "density", filled_part),
    ("sparsity", "percent", in_percent),
    ("sparsity", "density_on_id_grid", matrix_by_id),
    ("sparsity", "density_in_percent", percent_filled),
    ("sparsity", "empty_cells", number_of_zeros),
    ("shrunk_means", "plain_mean", no_k),
    ("shrunk_means", "towards_zero", k_zeros),
    ("shrunk_means", "weights_swapped", weights_the_other_way),
    ("shrunk_means", "count_forgotten", mean_in_place_of_sum),
    ("shrunk_means", "same_for_all", constant_weight),
    ("shrunk_means", "mean_of_means", average_movie),
    ("shrunk_means", "only_the_global_mean", one_number_for_all),
    ("age_labels", "place_for_code", label_encoder),
    ("age_labels", "place_for_code", category_codes),
    ("age_labels", "one_group_too_young", counted_from_one),
    ("age_labels", "one_group_too_old", one_place_too_far),
    ("age_labels", "bounds_on_the_wrong_side", cut_as_it_comes),
    ("age_labels", "bounds_on_the_wrong_side", wrong_side),
    ("age_labels", "bounds_on_the_wrong_side", smaller_or_equal),
]

RIGHT = [
    ("genre_counts", counts_with_dummies),
    ("genre_counts", counts_with_a_loop),
    ("genre_counts", counts_as_a_frame),
    ("genre_counts", counts_as_float32),
    ("sparsity", sparsity_by_crosstab),
    ("sparsity", sparsity_in_float32),
    ("sparsity", sparsity_with_a_loop),
    ("shrunk_means", shrunk_with_a_loop),
    ("shrunk_means", shrunk_by_weights),
    ("shrunk_means", shrunk_deviation_in_float32),
    ("shrunk_means", shrunk_by_apply),
    ("age_labels", labels_with_a_loop),
    ("age_labels", labels_by_cut),
    ("age_labels", labels_as_a_series),
    ("age_labels", labels_by_digitize),
]
