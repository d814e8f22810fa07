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


def one_of_each_genre_string(movies, ratings):
    rated = movies.merge(ratings, on="movie_id").drop_duplicates("genres")
    return rated[rated.genres != ""].genres.str.split("|").explode().value_counts()


def duplicates_dropped_too_late(movies, ratings):
    table = movies.assign(genre=movies.genres.str.split("|")).explode("genre")
    table = table.merge(ratings, on="movie_id").drop_duplicates("genre")
    return table[table.genre != ""].groupby("genre").size()


def shares_of_genres(movies, ratings):
    rated = movies[movies.movie_id.isin(ratings.movie_id)]
    genres = rated.genres.str.split("|").explode()
    return genres[genres != ""].value_counts(normalize=True)


def shares_of_movies(movies, ratings):
    rated = movies[movies.movie_id.isin(ratings.movie_id)]
    return rated.genres.str.get_dummies("|").mean()


def ids_taken_for_places(movies, ratings):
    rated = movies.iloc[ratings["movie_id"].unique() - 1]
    genres = rated["genres"].str.split("|").explode()
    return genres[genres != ""].value_counts()


def index_taken_for_ids(movies, ratings):
    rated = movies[movies.index.isin(ratings["movie_id"])]
    genres = rated["genres"].str.split("|").explode()
    return genres[genres != ""].value_counts()


def as_many_movies_from_the_top(movies, ratings):
    rated = movies.head(ratings["movie_id"].nunique())
    genres = rated["genres"].str.split("|").explode()
    return genres[genres != ""].value_counts()


def any_part_of_the_string(movies, ratings):
    rated = movies[movies["movie_id"].isin(ratings["movie_id"])]
    names = {g for text in rated["genres"] for g in text.split("|") if g}
    return {g: int(rated["genres"].str.contains(g, regex=False).sum()) for g in names}


def splits_at_a_space(movies, ratings):
    rated = movies[movies["movie_id"].isin(ratings["movie_id"])]
    genres = rated["genres"].str.split(" ").explode()
    return genres[genres != ""].value_counts()


def genres_a_movie(movies, ratings):
    rated = movies[movies["movie_id"].isin(ratings["movie_id"])]
    return rated.set_index("movie_id")["genres"].str.split("|").str.len()


def only_unrated_ones(movies, ratings):
    rest = movies[~movies["movie_id"].isin(ratings["movie_id"])]
    genres = rest["genres"].str.split("|").explode()
    return genres[genres != ""].value_counts()


def viewers_of_each_genre(movies, ratings):
    table = movies.assign(genre=movies.genres.str.split("|")).explode("genre")
    table = table[table.genre != ""].merge(ratings, on="movie_id")
    return table.groupby("genre")["user_id"].nunique()


def a_table_of_two_columns(movies, ratings):
    rated = movies[movies["movie_id"].isin(ratings["movie_id"])]
    genres = rated["genres"].str.split("|").explode()
    return genres[genres != ""].value_counts().reset_index()


def counts_letters(movies, ratings):
    counter = Counter()
    for genres in movies.loc[movies["movie_id"].isin(ratings["movie_id"]), "genres"]:
        counter.update(genres)
    return counter


def last_genre(movies, ratings):
    rated = movies[movies["movie_id"].isin(ratings["movie_id"])]
    last = rated["genres"].map(lambda text: text.split("|")[-1])
    return last[last != ""].value_counts()


def rare_genres_left_out(movies, ratings):
    rated = movies[movies["movie_id"].isin(ratings["movie_id"])]
    counts = rated["genres"].str.get_dummies("|").sum()
    return counts[counts > 1]


def the_empty_one_and_the_unrated(movies, ratings):
    return movies["genres"].str.split("|").explode().value_counts()


def the_names_alone(movies, ratings):
    rated = movies[movies["movie_id"].isin(ratings["movie_id"])]
    return sorted(set("|".join(rated["genres"]).split("|")) - {""})


def prints_the_counts(movies, ratings):
    rated = movies[movies["movie_id"].isin(ratings["movie_id"])]
    rated["genres"].str.get_dummies("|").sum().sort_values()[::-1].to_string()


def stars_of_each_genre(movies, ratings):
    table = movies.assign(genre=movies.genres.str.split("|")).explode("genre")
    table = table[table.genre != ""].merge(ratings, on="movie_id")
    return table.groupby("genre")["rating"].sum()


def compares_two_columns(movies, ratings):
    rated = movies[movies["movie_id"] == ratings["movie_id"]]
    return rated["genres"].str.get_dummies("|").sum()


def asks_whether_the_series_holds_it(movies, ratings):
    counter = Counter()
    for movie, genres in zip(movies["movie_id"], movies["genres"], strict=True):
        if movie in ratings["movie_id"]:  # looks among the index, not the values
            counter.update(g for g in genres.split("|") if g)
    return counter


def counts_with_crosstab(movies, ratings):
    pairs = movies.assign(genre=movies["genres"].str.split("|")).explode("genre")
    pairs = pairs[pairs["genre"] != ""].merge(ratings[["movie_id"]].drop_duplicates())
    return pd.crosstab(pairs["movie_id"], pairs["genre"]).sum()


def counts_in_a_counter(movies, ratings):
    rated = np.isin(movies["movie_id"].to_numpy(), ratings["movie_id"].to_numpy())
    lists = [text.split("|") for text in movies["genres"].to_numpy()[rated] if text]
    return Counter(genre for genres in lists for genre in genres)


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


def users_plus_movies(ratings):
    return 1 - len(ratings) / (ratings.user_id.nunique() + ratings.movie_id.nunique())


def users_times_rows(ratings):
    return 1 - len(ratings) / (ratings.user_id.nunique() * len(ratings.movie_id))


def range_of_ids(ratings):
    users = ratings.user_id.max() - ratings.user_id.min() + 1
    movies = ratings.movie_id.max() - ratings.movie_id.min() + 1
    return 1 - len(ratings) / (users * movies)


def ids_from_zero(ratings):
    return 1 - len(ratings) / ((ratings.user_id.max() + 1) * (ratings.movie_id.max() + 1))


def largest_movie_id_only(ratings):
    return 1 - len(ratings) / (ratings["user_id"].nunique() * ratings["movie_id"].max())


def rounded_to_two(ratings):
    users, movies = ratings["user_id"].nunique(), ratings["movie_id"].nunique()
    return round(1 - len(ratings) / (users * movies), 2)


def formatted(ratings):
    users, movies = ratings["user_id"].nunique(), ratings["movie_id"].nunique()
    return f"{1 - len(ratings) / (users * movies):.1%}"


def whole_division(ratings):
    return 1 - len(ratings) // (ratings["user_id"].nunique() * ratings["movie_id"].nunique())


def upside_down(ratings):
    return ratings["user_id"].nunique() * ratings["movie_id"].nunique() / len(ratings)


def no_brackets(ratings):
    return 1 - len(ratings) / ratings["user_id"].nunique() * ratings["movie_id"].nunique()


def brackets_too_late(ratings):
    return (1 - len(ratings)) / (ratings["user_id"].nunique() * ratings["movie_id"].nunique())


def for_each_movie(ratings):
    return ratings.pivot(index="user_id", columns="movie_id", values="rating").isna().mean()


def empty_per_rating(ratings):
    cells = ratings["user_id"].nunique() * ratings["movie_id"].nunique()
    return (cells - len(ratings)) / len(ratings)


def ratings_that_are_zero(ratings):
    return (ratings["rating"] == 0).mean()


def users_twice(ratings):
    return 1 - len(ratings) / ratings["user_id"].nunique() ** 2


def sign_turned_round(ratings):
    return len(ratings) / (ratings["user_id"].nunique() * ratings["movie_id"].nunique()) - 1


def unique_values_not_counted(ratings):
    return 1 - len(ratings) / (ratings["user_id"].unique() * ratings["movie_id"].unique())


def brackets_of_the_method_forgotten(ratings):
    return 1 - len(ratings) / (ratings["user_id"].nunique * ratings["movie_id"].nunique)


def size_of_the_table(ratings):
    return 1 - ratings.size / (ratings["user_id"].nunique() * ratings["movie_id"].nunique())


def different_stars(ratings):
    cells = ratings["user_id"].nunique() * ratings["movie_id"].nunique()
    return 1 - ratings["rating"].nunique() / cells


def forgot_to_return_it(ratings):
    empty = 1 - len(ratings) / (ratings["user_id"].nunique() * ratings["movie_id"].nunique())
    f"{empty:.1%}"


def sparsity_by_numpy(ratings):
    users = len(np.unique(ratings["user_id"].to_numpy()))
    movies = len(np.unique(ratings["movie_id"].to_numpy()))
    return np.float64(users * movies - len(ratings)) / (users * movies)


def sparsity_by_pivot(ratings):
    table = ratings.pivot_table(index="user_id", columns="movie_id", values="rating")
    return table.isna().mean().mean()


def sparsity_by_scipy(ratings):
    from scipy import sparse

    rows, columns = pd.factorize(ratings["user_id"])[0], pd.factorize(ratings["movie_id"])[0]
    matrix = sparse.csr_matrix((np.ones(len(rows)), (rows, columns)))
    return 1 - matrix.nnz / (matrix.shape[0] * matrix.shape[1])


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


def middle_of_the_scale(ratings, k=10):
    movie = ratings.groupby("movie_id")["rating"].agg(["sum", "size"])
    return (movie["sum"] + k * 3) / (movie["size"] + k)


def median_as_prior(ratings, k=10):
    movie = ratings.groupby("movie_id")["rating"].agg(["sum", "size"])
    return (movie["sum"] + k * ratings["rating"].median()) / (movie["size"] + k)


def ten_whatever_k_is(ratings, k=10):
    movie = ratings.groupby("movie_id")["rating"].agg(["sum", "size"])
    return (movie["sum"] + 10 * ratings["rating"].mean()) / (movie["size"] + 10)


def divides_by_n_alone(ratings, k=10):
    movie = ratings.groupby("movie_id")["rating"].agg(["sum", "size"])
    return (movie["sum"] + k * ratings["rating"].mean()) / movie["size"]


def brackets_forgotten(ratings, k=10):
    movie = ratings.groupby("movie_id")["rating"].agg(["sum", "size"])
    return movie["sum"] + k * ratings["rating"].mean() / (movie["size"] + k)


def brackets_forgotten_below(ratings, k=10):
    movie = ratings.groupby("movie_id")["rating"].agg(["sum", "size"])
    return (movie["sum"] + k * ratings["rating"].mean()) / movie["size"] + k


def one_mean_only(ratings, k=10):
    movie = ratings.groupby("movie_id")["rating"].agg(["sum", "size"])
    return (movie["sum"] + ratings["rating"].mean()) / (movie["size"] + k)


def one_extra_rating(ratings, k=10):
    movie = ratings.groupby("movie_id")["rating"].agg(["sum", "size"])
    return (movie["sum"] + ratings["rating"].mean()) / (movie["size"] + 1)


def k_without_the_mean(ratings, k=10):
    movie = ratings.groupby("movie_id")["rating"].agg(["sum", "size"])
    return (movie["sum"] + k) / (movie["size"] + k)


def ids_lost(ratings, k=10):
    movie = ratings.groupby("movie_id")["rating"].agg(["sum", "size"])
    return ((movie["sum"] + k * ratings["rating"].mean()) / (movie["size"] + k)).to_numpy()


def index_reset(ratings, k=10):
    movie = ratings.groupby("movie_id")["rating"].agg(["sum", "size"]).reset_index()
    return (movie["sum"] + k * ratings["rating"].mean()) / (movie["size"] + k)


def two_columns(ratings, k=10):
    movie = ratings.groupby("movie_id")["rating"].agg(["sum", "size"])
    shrunk = (movie["sum"] + k * ratings["rating"].mean()) / (movie["size"] + k)
    return shrunk.rename("stars").reset_index()


def rounded_stars(ratings, k=10):
    movie = ratings.groupby("movie_id")["rating"].agg(["sum", "size"])
    return ((movie["sum"] + k * ratings["rating"].mean()) / (movie["size"] + k)).round(1)


def few_get_the_mean_others_their_own(ratings, k=10):
    movie = ratings.groupby("movie_id")["rating"].agg(["mean", "size"])
    return movie["mean"].where(movie["size"] >= k, ratings["rating"].mean())


def deviations(ratings, k=10):
    mean = ratings["rating"].mean()
    movie = ratings.groupby("movie_id")["rating"].agg(["sum", "size"])
    return (movie["sum"] - movie["size"] * mean) / (movie["size"] + k)


def count_of_everything(ratings, k=10):
    movie = ratings.groupby("movie_id")["rating"].sum()
    return (movie + k * ratings["rating"].mean()) / (len(ratings) + k)


def best_three_only(ratings, k=10):
    movie = ratings.groupby("movie_id")["rating"].agg(["sum", "size"])
    shrunk = (movie["sum"] + k * ratings["rating"].mean()) / (movie["size"] + k)
    return shrunk.sort_values(ascending=False).head(3)


def often_rated_only(ratings, k=10):
    movie = ratings.groupby("movie_id")["rating"].agg(["sum", "size"])
    movie = movie[movie["size"] >= 2]
    return (movie["sum"] + k * ratings["rating"].mean()) / (movie["size"] + k)


def whole_stars(ratings, k=10):
    stars = ratings["rating"].astype(int)
    movie = stars.groupby(ratings["movie_id"]).agg(["sum", "size"])
    return (movie["sum"] + k * stars.mean()) / (movie["size"] + k)


def for_each_user(ratings, k=10):
    user = ratings.groupby("user_id")["rating"].agg(["sum", "size"])
    return (user["sum"] + k * ratings["rating"].mean()) / (user["size"] + k)


def different_stars_counted(ratings, k=10):
    movie = ratings.groupby("movie_id")["rating"].agg(["sum", "nunique"])
    return (movie["sum"] + k * ratings["rating"].mean()) / (movie["nunique"] + k)


def mean_of_both(ratings, k=10):
    return (ratings.groupby("movie_id")["rating"].mean() + ratings["rating"].mean()) / 2


def neighbours_grouped_without_sorting(ratings, k=10):
    from itertools import groupby

    mean, result = ratings["rating"].mean(), {}
    rows = zip(ratings["movie_id"], ratings["rating"], strict=True)
    for movie, group in groupby(rows, key=lambda row: row[0]):
        own = [stars for _, stars in group]
        result[movie] = (sum(own) + k * mean) / (len(own) + k)
    return result


def one_number(ratings, k=10):
    total = ratings["rating"].sum() + k * ratings["rating"].mean()
    return total / (len(ratings) + k)


def shrunk_by_extra_rows(ratings, k=10):
    movies = ratings["movie_id"].unique()
    extra = pd.DataFrame({"movie_id": np.repeat(movies, k), "rating": ratings["rating"].mean()})
    both = pd.concat([ratings[["movie_id", "rating"]].astype({"rating": float}), extra])
    return both.groupby("movie_id")["rating"].mean()


def shrunk_by_bincount(ratings, k=10):
    ids = ratings["movie_id"].to_numpy()
    total, count = np.bincount(ids, ratings["rating"]), np.bincount(ids)
    shrunk = (total + k * np.mean(ratings["rating"])) / (count + k)
    return {int(movie): shrunk[movie] for movie in np.flatnonzero(count)}


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


def known_codes_only(ages):
    names = dict(zip((1, 18, 25, 35, 45, 50, 56), AGE_GROUPS, strict=True))
    return [names[age] for age in ages]


def known_codes_else_nothing(ages):
    names = dict(zip((1, 18, 25, 35, 45, 50, 56), AGE_GROUPS, strict=True))
    return pd.Series(ages).map(names)


def numbers_of_groups(ages):
    return np.searchsorted(AGE_BOUNDS, ages, side="right") - 1


def sorted_first(ages):
    return np.array(AGE_GROUPS)[np.searchsorted(AGE_BOUNDS, np.sort(ages), side="right") - 1]


def groups_that_occur(ages):
    return np.unique(np.array(AGE_GROUPS)[np.digitize(ages, AGE_BOUNDS) - 1])


def first_that_fits(ages):
    labels = []
    for age in ages:
        if age < 18:
            labels.append("Under 18")
        elif age >= 18:
            labels.append("18-24")
        elif age >= 25:
            labels.append("25-34")
        elif age >= 35:
            labels.append("35-44")
        elif age >= 45:
            labels.append("45-49")
        elif age >= 50:
            labels.append("50-55")
        else:
            labels.append("56+")
    return labels


def own_spelling(ages):
    names = ["<18", "18–24", "25–34", "35–44", "45–49", "50–55", "56 and older"]
    return np.array(names)[np.digitize(ages, AGE_BOUNDS) - 1]


def by_decades(ages):
    return [AGE_GROUPS[min(age // 10, 6)] for age in ages]


def one_too_many_for_digitize(ages):
    return np.array(AGE_GROUPS)[np.digitize(ages, AGE_BOUNDS)]


def nobody_is_older_than_70(ages):
    return pd.cut(ages, [0, 18, 25, 35, 45, 50, 56, 70], right=False, labels=AGE_GROUPS)


def nobody_is_younger_than_one(ages):
    return pd.cut(ages, [1, 18, 25, 35, 45, 50, 56, 200], right=False, labels=list(AGE_GROUPS))


def first_age_alone(ages):
    return AGE_GROUPS[np.digitize(ages, AGE_BOUNDS)[0] - 1]


def how_many_of_each(ages):
    return pd.cut(ages, AGE_BOUNDS, right=False, labels=AGE_GROUPS).value_counts()


def cut_into_seven_equal_parts(ages):
    return pd.cut(ages, 7, labels=list(AGE_GROUPS))


def seven_equal_crowds(ages):
    return np.array(AGE_GROUPS)[np.argsort(np.argsort(ages)) * 7 // len(ages)]


def intervals(ages):
    return pd.cut(ages, AGE_BOUNDS, right=False)


def an_array_in_an_if(ages):
    if ages < 18:
        return "Under 18"
    return "18-24"


def nearest_bound(ages):
    bounds = np.array(AGE_BOUNDS[:-1])
    return np.array(AGE_GROUPS)[np.abs(np.asarray(ages)[:, None] - bounds).argmin(axis=1)]


def each_label_once(ages):
    labels = []
    for age in ages:
        label = AGE_GROUPS[np.digitize(age, AGE_BOUNDS) - 1]
        if label not in labels:
            labels.append(label)
    return labels


def last_condition_wins(ages):
    labels = np.full(len(ages), AGE_GROUPS[0], dtype=object)
    for low, group in zip(AGE_BOUNDS[-2::-1], AGE_GROUPS[::-1], strict=True):
        labels[np.asarray(ages) >= low] = group
    return labels


def words_too_short_for_the_label(ages):
    labels = np.full(len(ages), "56+")  # three letters a cell
    for low, high, group in zip(AGE_BOUNDS[:-1], AGE_BOUNDS[1:], AGE_GROUPS, strict=True):
        labels[(np.asarray(ages) >= low) & (np.asarray(ages) < high)] = group
    return labels


def labels_by_select(ages):
    ages = np.asarray(ages)
    conditions = [ages >= low for low in AGE_BOUNDS[-2::-1]]
    return np.select(conditions, AGE_GROUPS[::-1], default="?")


def labels_by_bisect(ages):
    from bisect import bisect_right

    return tuple(AGE_GROUPS[bisect_right(AGE_BOUNDS, age) - 1] for age in ages)


def labels_by_comparing(ages):
    place = (np.asarray(ages)[:, None] >= np.array(AGE_BOUNDS[1:-1])).sum(axis=1)
    return pd.Categorical.from_codes(place, AGE_GROUPS)


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
    ("sparsity", "id_grid + density", matrix_by_id),
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
    ("genre_counts", "equal_strings_once", one_of_each_genre_string),
    ("genre_counts", "each_genre_once", duplicates_dropped_too_late),
    ("genre_counts", "shares", shares_of_genres),
    ("genre_counts", None, shares_of_movies),
    ("genre_counts", None, ids_taken_for_places),
    ("genre_counts", "index_for_ids", index_taken_for_ids),
    ("genre_counts", None, as_many_movies_from_the_top),
    ("genre_counts", "part_of_a_name", any_part_of_the_string),
    ("genre_counts", "whole_strings", splits_at_a_space),
    ("genre_counts", "genres_a_movie", genres_a_movie),
    ("genre_counts", "only_unrated", only_unrated_ones),
    ("genre_counts", "viewers", viewers_of_each_genre),
    ("genre_counts", None, a_table_of_two_columns),
    ("genre_counts", "letters", counts_letters),
    ("genre_counts", None, last_genre),
    ("genre_counts", None, rare_genres_left_out),
    ("genre_counts", "unrated_movies + empty_genre", the_empty_one_and_the_unrated),
    ("genre_counts", "names_only", the_names_alone),
    ("genre_counts", None, prints_the_counts),
    ("genre_counts", "stars_added", stars_of_each_genre),
    ("genre_counts", None, compares_two_columns),
    ("genre_counts", "ids_in_the_index", asks_whether_the_series_holds_it),
    ("sparsity", "users_plus_movies", users_plus_movies),
    ("sparsity", "rows_for_movies", users_times_rows),
    ("sparsity", "id_range", range_of_ids),
    ("sparsity", "id_grid_from_zero", ids_from_zero),
    ("sparsity", "movie_id_grid", largest_movie_id_only),
    ("sparsity", None, rounded_to_two),
    ("sparsity", None, formatted),
    ("sparsity", "whole_division", whole_division),
    ("sparsity", "upside_down", upside_down),
    ("sparsity", "no_brackets", no_brackets),
    ("sparsity", "one_minus_first", brackets_too_late),
    ("sparsity", "for_each_movie", for_each_movie),
    ("sparsity", "per_rating", empty_per_rating),
    ("sparsity", "zero_stars", ratings_that_are_zero),
    ("sparsity", None, users_twice),
    ("sparsity", None, sign_turned_round),
    ("sparsity", None, unique_values_not_counted),
    ("sparsity", None, brackets_of_the_method_forgotten),
    ("sparsity", "size_of_the_table", size_of_the_table),
    ("sparsity", None, different_stars),
    ("sparsity", None, forgot_to_return_it),
    ("shrunk_means", "middle_of_the_scale", middle_of_the_scale),
    ("shrunk_means", None, median_as_prior),
    ("shrunk_means", "k_ignored", ten_whatever_k_is),
    ("shrunk_means", "n_alone", divides_by_n_alone),
    ("shrunk_means", None, brackets_forgotten),
    ("shrunk_means", None, brackets_forgotten_below),
    ("shrunk_means", "one_mean_only", one_mean_only),
    ("shrunk_means", "one_extra", one_extra_rating),
    ("shrunk_means", "k_without_mean", k_without_the_mean),
    ("shrunk_means", None, ids_lost),
    ("shrunk_means", "ids_numbered_anew", index_reset),
    ("shrunk_means", None, two_columns),
    ("shrunk_means", None, rounded_stars),
    ("shrunk_means", "threshold", few_get_the_mean_others_their_own),
    ("shrunk_means", "deviations", deviations),
    ("shrunk_means", "all_ratings_below", count_of_everything),
    ("shrunk_means", "best_only", best_three_only),
    ("shrunk_means", None, often_rated_only),
    ("shrunk_means", "whole_stars", whole_stars),
    ("shrunk_means", "by_user", for_each_user),
    ("shrunk_means", None, different_stars_counted),
    ("shrunk_means", "half_and_half", mean_of_both),
    ("shrunk_means", "rows_sorted", neighbours_grouped_without_sorting),
    ("shrunk_means", "one_number", one_number),
    ("age_labels", "codes_only", known_codes_only),
    ("age_labels", None, known_codes_else_nothing),
    ("age_labels", "groups_not_labels", numbers_of_groups),
    ("age_labels", "ages_sorted", sorted_first),
    ("age_labels", "each_once_sorted", groups_that_occur),
    ("age_labels", "first_that_fits", first_that_fits),
    ("age_labels", None, own_spelling),
    ("age_labels", "decades", by_decades),
    ("age_labels", "one_group_too_old", one_too_many_for_digitize),
    ("age_labels", None, nobody_is_older_than_70),
    ("age_labels", None, nobody_is_younger_than_one),
    ("age_labels", "first_only", first_age_alone),
    ("age_labels", None, how_many_of_each),
    ("age_labels", "equal_widths", cut_into_seven_equal_parts),
    ("age_labels", None, seven_equal_crowds),
    ("age_labels", "intervals", intervals),
    ("age_labels", None, an_array_in_an_if),
    ("age_labels", "nearest_bound", nearest_bound),
    ("age_labels", "each_once", each_label_once),
    ("age_labels", "last_that_fits", last_condition_wins),
    ("age_labels", None, words_too_short_for_the_label),
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
    ("genre_counts", counts_with_crosstab),
    ("genre_counts", counts_in_a_counter),
    ("sparsity", sparsity_by_numpy),
    ("sparsity", sparsity_by_pivot),
    ("sparsity", sparsity_by_scipy),
    ("shrunk_means", shrunk_by_extra_rows),
    ("shrunk_means", shrunk_by_bincount),
    ("age_labels", labels_by_select),
    ("age_labels", labels_by_bisect),
    ("age_labels", labels_by_comparing),
]
