"""Exercises of lesson 01, looking at the data."""

from collections import Counter
from collections.abc import Mapping

import numpy as np
import pandas as pd

from course_utils.checks.engine import Drawn, Exercise, Misunderstanding, OnMovieLens
from course_utils.data.archives import AGE_BOUNDS, AGE_GROUPS
from course_utils.data.movielens import MovieLens


# ------------------------------------------------------------------------------- genre_counts
def _genre_counts(movies, ratings):
    rated = movies[movies["movie_id"].isin(ratings["movie_id"])]
    genres = rated["genres"].str.split("|").explode()
    return genres[genres != ""].value_counts()


def _isin(movies, ratings):
    return movies[movies["movie_id"].isin(ratings["movie_id"])]


def _split(genres):
    return genres.str.split("|")


def _genre_steps(
    movies,
    ratings,
    *,
    rated=_isin,
    split=_split,
    keep=lambda genres: genres[genres != ""],
    result=lambda counts: counts,
):
    return result(keep(split(rated(movies, ratings)["genres"]).explode()).value_counts())


def _viewers(movies, ratings):
    table = movies.assign(genres=_split(movies["genres"])).explode("genres")
    table = table[table["genres"] != ""].merge(ratings, on="movie_id")
    return table.groupby("genres")["user_id"].nunique()


def _stars(movies, ratings):
    table = movies.assign(genres=_split(movies["genres"])).explode("genres")
    table = table[table["genres"] != ""].merge(ratings, on="movie_id")
    return table.groupby("genres")["rating"]


def _contained(genres):
    names = {name for text in genres for name in text.split("|") if name}
    return genres.map(lambda text: [name for name in sorted(names) if name in text])


def _rows_of_ids(movies, ratings):
    return movies.iloc[[i for i in np.unique(ratings["movie_id"]) - 1 if i < len(movies)]]


def _genres_a_movie(movies, ratings):
    rated = _isin(movies, ratings).set_index("movie_id")
    return _split(rated["genres"]).str.len()


def _as_counts(value):
    """A Series, dict or Counter as {genre: number}, without the genres that no movie has."""
    if isinstance(value, pd.DataFrame) and value.shape[1] == 1:
        value = value.iloc[:, 0]
    if isinstance(value, pd.Series):
        value = value.to_dict()
    if not isinstance(value, Mapping):
        return value
    return {str(genre): float(n) for genre, n in value.items() if n}


_MOVIES = pd.DataFrame(
    {
        "movie_id": [40, 10, 70, 20, 30, 50, 60],
        "genres": ["", "Comedy|Drama", "Western", "Noir", "Action|Drama|War", "Comedy|Drama", ""],
    }
)
_RATED = pd.DataFrame(
    {
        "movie_id": [10, 50, 10, 10, 20, 30, 40, 10],
        "user_id": [1, 4, 2, 3, 1, 1, 2, 5],
        "rating": [4.0, 2.0, 3.5, 5.0, 1.0, 3.0, 4.0, 0.5],
    }
)


def _some_movies(rng):
    names = np.array(["Action", "Comedy", "Drama", "Film-Noir", "Noir", "Sci-Fi", "War"])
    genres = ["|".join(rng.choice(names, rng.integers(0, 4), replace=False)) for _ in range(30)]
    movies = pd.DataFrame({"movie_id": rng.permutation(90)[:30] + 1, "genres": genres})
    ratings = pd.DataFrame(
        {
            "user_id": rng.integers(1, 9, 60),
            "movie_id": rng.choice(movies["movie_id"].to_numpy()[3:27], 60),
            "rating": rng.integers(1, 11, 60) / 2,
        }
    )
    return movies, ratings.drop_duplicates(["user_id", "movie_id"])


# ----------------------------------------------------------------------------------- sparsity
def _sparsity(ratings):
    cells = ratings["user_id"].nunique() * ratings["movie_id"].nunique()
    return 1 - len(ratings) / cells


def _different(ids):
    return ids.nunique()


def _largest(ids):
    return int(ids.max())


def _range(ids):
    return ids.max() - ids.min() + 1


def _sparsity_steps(
    ratings,
    *,
    users=_different,
    movies=_different,
    cells=lambda users, movies: users * movies,
    filled=len,
    share=lambda filled, cells: 1 - filled / cells,
):
    return share(filled(ratings), cells(users(ratings["user_id"]), movies(ratings["movie_id"])))


def _pairs(*pairs):
    return pd.DataFrame(pairs, columns=["user_id", "movie_id"]).assign(rating=4.0)


def _some_pairs(rng):
    cells = rng.permutation(12 * 20)[:70]
    table = pd.DataFrame({"user_id": 3 * (cells // 20) + 2, "movie_id": 7 * (cells % 20) + 5})
    return (table.assign(rating=rng.integers(1, 11, 70) / 2),)


# ------------------------------------------------------------------------------- shrunk_means
def _shrunk_means(ratings, k=10):
    mean = ratings["rating"].mean()
    movies = ratings.groupby("movie_id")["rating"].agg(["sum", "size"])
    return (movies["sum"] + k * mean) / (movies["size"] + k)


def _shrunk_steps(
    ratings,
    k=10,
    *,
    prior=lambda stars, movies: stars.mean(),
    own=lambda movies: movies["sum"],
    extra=lambda prior, k: k * prior,
    below=lambda movies, k: movies["size"] + k,
    k_used=lambda k: k,
    kept=lambda movies, shrunk: shrunk,
    stars=lambda rating: rating.astype(float),
):
    k, rating = k_used(k), stars(ratings["rating"])
    movies = rating.groupby(ratings["movie_id"]).agg(["sum", "size", "mean", "nunique", "median"])
    added = extra(prior(rating, movies), k)
    return kept(movies, (own(movies) + added) / below(movies, k))


def _by_movie(ratings):
    return ratings.groupby("movie_id")["rating"].agg(["sum", "size", "mean"])


def _weights_swapped(ratings, k=10):
    movies, mean = _by_movie(ratings), ratings["rating"].mean()
    return (k * movies["mean"] + movies["size"] * mean) / (movies["size"] + k)


def _brackets(ratings, k=10):
    movies = _by_movie(ratings)
    return movies["sum"] + k * ratings["rating"].mean() / (movies["size"] + k)


def _few_get_the_mean(ratings, k=10):
    movies = _by_movie(ratings)
    return movies["mean"].where(movies["size"] >= k, ratings["rating"].mean())


def _by_user(ratings, k=10):
    return _shrunk_means(
        ratings.drop(columns="movie_id").rename(columns={"user_id": "movie_id"}), k
    )


def _towards_user_means(ratings, k=10):
    prior = ratings.groupby("user_id")["rating"].mean().mean()
    return _shrunk_steps(ratings, k, prior=lambda stars, movies: prior)


def _only_runs(ratings, k=10):
    """Only the last run of neighbouring rows of each movie."""
    run = (ratings["movie_id"] != ratings["movie_id"].shift()).cumsum()
    last = run.groupby(ratings["movie_id"]).transform("max")
    movies = ratings[run == last].groupby("movie_id")["rating"].agg(["sum", "size"])
    return (movies["sum"] + k * ratings["rating"].mean()) / (movies["size"] + k)


def _as_means(value):
    if isinstance(value, pd.DataFrame) and value.shape[1] == 1:
        value = value.iloc[:, 0]
    if isinstance(value, pd.Series):
        value = value.to_dict()
    if not isinstance(value, Mapping):
        return value
    return {int(movie): float(mean) for movie, mean in value.items()}


def _rated(movies, stars, users):
    return pd.DataFrame({"user_id": users, "movie_id": movies, "rating": stars})


_STARS = _rated(
    [9, 12, 7, 9, 9, 12, 9, 3], [4.0, 1.0, 5.0, 4.5, 3.0, 2.0, 5.0, 3.5], [1, 1, 2, 3, 4, 4, 5, 5]
)


def _some_stars(rng):
    movies = rng.choice([2, 3, 5, 8, 13, 40], 60, p=[0.4, 0.25, 0.15, 0.1, 0.06, 0.04])
    return _rated(movies, rng.integers(1, 11, 60) / 2, rng.integers(1, 12, 60)), 6


# --------------------------------------------------------------------------------- age_labels
def _age_labels(ages):
    place = np.searchsorted(AGE_BOUNDS, ages, side="right") - 1
    return np.array(AGE_GROUPS)[place]


def _age_steps(ages, *, bounds=AGE_BOUNDS, side="right", moved=0, names=AGE_GROUPS, order=None):
    place = np.searchsorted(bounds, np.asarray(ages), side=side) - 1 + moved
    labels = np.array(names, dtype=object)[np.clip(place, None, len(names) - 1)]
    return labels if order is None else order(labels, np.asarray(ages))


def _place_among_present(ages):
    _, place = np.unique(np.asarray(ages), return_inverse=True)
    return np.array(AGE_GROUPS)[place]


def _codes_only(ages):
    names = dict(zip((1, *AGE_BOUNDS[1:-1]), AGE_GROUPS, strict=True))
    return [names[age] for age in np.asarray(ages).tolist()]


def _nearest(ages):
    distance = np.abs(np.asarray(ages)[:, None] - np.array(AGE_BOUNDS[:-1]))
    return np.array(AGE_GROUPS)[distance.argmin(axis=1)]


def _as_labels(value):
    return np.asarray(value, dtype=str)


def _their_ages(data: MovieLens) -> tuple:
    assert data.users is not None  # ml-100k has them
    return (data.users["age"].to_numpy(),)


def _some_ages(rng):
    bounds = np.array(AGE_BOUNDS[1:-1])
    return (rng.permutation([*bounds, *(bounds - 1), 0, 107, *rng.integers(1, 90, 25)]),)


_GENRE_COUNTS = [
    Misunderstanding("per_rating",
        {"rated": lambda movies, ratings: movies.merge(ratings, on="movie_id")},
        "You counted ratings: a movie rated by four users came in four times. One row a movie "
        "first, genres after."),
    Misunderstanding("whole_strings", {"split": lambda genres: genres},
        "You counted whole strings: 'Comedy|Drama' is two genres. Split at '|', then give each "
        "genre its own row (explode).",
        "section “How many genres are there? The first trap”, the line with explode."),
    Misunderstanding("distinct_counts", {"result": lambda counts: counts.nunique()},
        "value_counts().nunique() says how many different *counts* there are: two genres with 24 "
        "movies each become one. Return the counts themselves.",
        "section “How many genres are there? The first trap”."),
    Misunderstanding("number_of_genres", {"result": len},
        "That is how many genres there are. Return how many movies each of them has."),
    Misunderstanding("names_only", {"result": lambda counts: sorted(counts.index)},
        "Those are the names of the genres. Count the movies of each: value_counts()."),
    Misunderstanding("unrated_movies", {"rated": lambda movies, ratings: movies},
        "You counted movies that no one has rated. Keep the movies whose movie_id occurs in "
        "ratings."),
    Misunderstanding("only_unrated",
        {"rated": lambda movies, ratings: movies.drop(_isin(movies, ratings).index)},
        "You kept the movies that nobody rated: the ~ is one too many."),
    Misunderstanding("index_for_ids",
        {"rated": lambda movies, ratings: movies[movies.index.isin(ratings["movie_id"])]},
        "You looked for movie ids in the *index* of a table, which only numbers its rows. Compare "
        'the column movies["movie_id"] with the values of ratings["movie_id"].'),
    Misunderstanding("ids_in_the_index",
        {"rated": lambda movies, ratings: movies[movies["movie_id"].isin(ratings.index)]},
        "`in` (and isin with .index) looks among the row numbers of ratings, not among its movie "
        'ids. Use .isin(ratings["movie_id"]), or a set of the ids.'),
    Misunderstanding("ids_as_places", {"rated": _rows_of_ids},
        "A movie id is not the number of a row. Look the ids up in the column movie_id."),
    Misunderstanding("empty_genre", {"keep": lambda genres: genres},
        "'' is counted as if it were a genre. It marks a movie without one: leave it out."),
    Misunderstanding("first_genre_only", {"split": lambda genres: _split(genres).str[0]},
        "You kept the first genre of each movie. A movie with three genres counts for all three."),
    Misunderstanding("letters", {"split": lambda genres: genres.map(list)},
        "You counted letters: a string, taken apart, is its letters. Split it at '|' first."),
    Misunderstanding("part_of_a_name", {"split": _contained},
        "You looked for a name anywhere in the string, and 'Film-Noir' holds 'Noir' too. Split at "
        "'|', and compare whole names."),
    Misunderstanding("equal_strings_once",
        {"rated": lambda movies, ratings: _isin(movies, ratings).drop_duplicates("genres")},
        "Two movies with the same genres were counted as one: drop duplicates of movie_id, not of "
        "the genres."),
    Misunderstanding("each_genre_once", {"result": lambda counts: counts * 0 + 1},
        "Every genre comes out as 1: duplicates were dropped after the genres had rows of their "
        "own. Drop duplicates of movie_id, before."),
    Misunderstanding("shares", {"result": lambda counts: counts / counts.sum()},
        "Those are shares of all labels. Asked is how many movies: no normalize=True."),
    Misunderstanding("viewers", _viewers,
        "You counted the users who rated a movie of each genre. Count the movies."),
    Misunderstanding("stars_added", lambda movies, ratings: _stars(movies, ratings).sum(),
        "You added stars up. Count movies, whatever their stars are."),
    Misunderstanding("stars_averaged", lambda movies, ratings: _stars(movies, ratings).mean(),
        "Those are mean stars. Count movies, whatever their stars are."),
    Misunderstanding("genres_a_movie", _genres_a_movie,
        "That is how many genres each movie has. Turn it round: how many movies has each genre?"),
]  # fmt: skip

_SPARSITY = [
    Misunderstanding("id_grid", {"users": _largest, "movies": _largest},
        "You used the largest ids as the size of the matrix. Ids have gaps: numbers that no movie "
        "bears make the matrix look emptier than it is. Count distinct ids."),
    Misunderstanding("movie_id_grid", {"movies": _largest},
        "The largest movie id is not the number of movies: ids have gaps. Count distinct ids, as "
        "you did for the users."),
    Misunderstanding("user_id_grid", {"users": _largest},
        "The largest user id is not the number of users: ids have gaps. Count distinct ids."),
    Misunderstanding("id_grid_from_zero",
        {"users": lambda ids: ids.max() + 1, "movies": lambda ids: ids.max() + 1},
        "The largest id plus one is a size only where ids are places, without gaps. Count "
        "distinct ids."),
    Misunderstanding("id_range", {"users": _range, "movies": _range},
        "From the smallest to the largest id there are gaps, too. Count distinct ids."),
    Misunderstanding("rows_for_movies", {"movies": len},
        "len of a column is the number of ratings, not of movies. Count each movie once: "
        "nunique()."),
    Misunderstanding("rows_for_users", {"users": len},
        "len of a column is the number of ratings, not of users. Count each user once: nunique()."),
    Misunderstanding("users_plus_movies", {"cells": lambda users, movies: users + movies},
        "A matrix has users *times* movies cells, not users plus movies."),
    Misunderstanding("size_of_the_table", {"filled": lambda ratings: ratings.size},
        ".size counts all cells of the table, its columns included. One row is one rating: "
        "len(ratings)."),
    Misunderstanding("stars_added", {"filled": lambda ratings: ratings["rating"].sum()},
        "You added the stars up. Every row is one filled cell, whatever its stars: len(ratings)."),
    Misunderstanding("density", {"share": lambda filled, cells: filled / cells},
        "That is the density, the share of cells that hold a rating. Sparsity is the rest."),
    Misunderstanding("percent", {"share": lambda filled, cells: 100 * (1 - filled / cells)},
        "That is in percent. Return a share between 0 and 1, and format it when you print."),
    Misunderstanding("density_in_percent", {"share": lambda filled, cells: 100 * filled / cells},
        "That is the density in percent. Return the share of cells without a rating."),
    Misunderstanding("empty_cells", {"share": lambda filled, cells: cells - filled},
        "That is the number of empty cells. Divide by the number of all cells."),
    Misunderstanding("per_rating", {"share": lambda filled, cells: (cells - filled) / filled},
        "You divided the empty cells by the ratings. A share of the matrix is divided by all its "
        "cells."),
    Misunderstanding("upside_down", {"share": lambda filled, cells: cells / filled},
        "You divided the cells by the ratings. It is the other way round, and then 1 minus that."),
    Misunderstanding("no_brackets",
        lambda r: 1 - len(r) / r["user_id"].nunique() * r["movie_id"].nunique(),
        "Brackets are missing: a / b * c divides by b alone. Write a / (b * c)."),
    Misunderstanding("one_minus_first", {"share": lambda filled, cells: (1 - filled) / cells},
        "Brackets: you took the ratings from 1 before you divided. Divide first."),
    Misunderstanding("zero_stars", lambda ratings: float((ratings["rating"] == 0).mean()),
        "You looked for ratings of 0 stars. An empty cell has no row in the table at all: count "
        "the rows, and the cells there could be."),
    Misunderstanding("for_each_movie",
        lambda r: (1 - r.groupby("movie_id")["user_id"].size() / r["user_id"].nunique()).to_numpy(),
        "That is the share for each movie. Take the mean over all movies: one number."),
    Misunderstanding("whole_division", {"share": lambda filled, cells: 1 - filled // cells},
        "// drops what is behind the decimal point, and the share becomes 0. Use /."),
]  # fmt: skip

_SHRUNK_MEANS = [
    Misunderstanding("plain_mean",
        {"own": lambda m: m["mean"], "extra": lambda p, k: 0, "below": lambda m, k: 1},
        "That is the plain mean: k does nothing. Add k ratings of the global mean to each movie's "
        "own ratings before you divide."),
    Misunderstanding("towards_zero", {"extra": lambda prior, k: 0},
        "You divide by n + k but add nothing for the k ratings, so few ratings pull a movie "
        "towards 0 stars. Add k times the global mean to the sum."),
    Misunderstanding("weights_swapped", _weights_swapped,
        "The weights are swapped: the more ratings a movie has, the closer yours comes to the "
        "global mean. The movie's mean weighs n, the global mean k."),
    Misunderstanding("count_forgotten", {"own": lambda movies: movies["mean"]},
        "You added one mean to k global means and divided by n + k. The movie's own part is the "
        "*sum* of its ratings, n times its mean."),
    Misunderstanding("same_for_all",
        {"own": lambda movies: movies["mean"], "below": lambda movies, k: 1 + k},
        "You shrink every movie by the same factor. A movie with 500 ratings needs no help: its "
        "own mean must weigh n."),
    Misunderstanding("half_and_half",
        lambda r, k=10: (_by_movie(r)["mean"] + r["rating"].mean()) / 2,
        "You took the mean of both means, whatever k and the number of ratings are. The movie's "
        "mean weighs n, the global mean k."),
    Misunderstanding("mean_of_means", {"prior": lambda stars, movies: movies["mean"].mean()},
        "Your prior is the mean of the movies' means, where a movie with one rating weighs as "
        "much as Star Wars. Use the mean of all ratings."),
    Misunderstanding("middle_of_the_scale", {"prior": lambda stars, movies: 3},
        "You shrink towards 3, the middle of the scale. People give more than that: shrink "
        "towards the mean of all ratings."),
    Misunderstanding("only_the_global_mean",
        lambda r, k=10: _by_movie(r)["mean"] * 0 + r["rating"].mean(),
        "Every movie gets the global mean. Let its own ratings count too."),
    Misunderstanding("mean_of_user_means", _towards_user_means,
        "Your prior is the mean of the users' means. Use the mean of all ratings."),
    Misunderstanding("larger_of_both", {"below": lambda movies, k: movies["size"].clip(lower=k)},
        "You divide by the larger of n and k. Both count: n + k."),
    Misunderstanding("k_ignored", {"k_used": lambda k: 10},
        "Your function always takes 10, whatever k is. Use the argument."),
    Misunderstanding("one_extra", {"k_used": lambda k: 1},
        "You added one rating of the global mean. Add k of them, above and below."),
    Misunderstanding("one_mean_only", {"extra": lambda prior, k: prior},
        "Above the line stands one global mean, below it k ratings. Both must be k: add k times "
        "the mean."),
    Misunderstanding("k_without_mean", {"extra": lambda prior, k: k},
        "You added k stars, not k ratings: each of them is worth the global mean."),
    Misunderstanding("n_alone", {"below": lambda movies, k: movies["size"]},
        "The k extra ratings are in the sum but not in the count. Divide by n + k."),
    Misunderstanding("count_times_k", {"below": lambda movies, k: movies["size"] * k},
        "You divide by n · k. n own ratings and k extra ones are n + k."),
    Misunderstanding("prior_on_top",
        lambda r, k=10: _shrunk_steps(r, k, extra=lambda p, k: 0) + r["rating"].mean(),
        "You shrank the sum and then added the whole global mean. Add k times the mean to the "
        "sum, before you divide."),
    Misunderstanding("all_ratings_below", {"below": lambda movies, k: movies["size"].sum() + k},
        "You divide by the number of *all* ratings. n is the number of this movie's own."),
    Misunderstanding("threshold", _few_get_the_mean,
        "You cut at k: below it the global mean, above it the movie's own. Shrinkage has no edge; "
        "every movie gets k extra ratings."),
    Misunderstanding("deviations", lambda r, k=10: _shrunk_means(r, k) - r["rating"].mean(),
        "Those are deviations from the global mean. Add it back: stars are asked."),
    Misunderstanding("best_only", {"kept": lambda movies, shrunk: shrunk.nlargest(3)},
        "Only the best movies are left. Return all of them."),
    Misunderstanding("whole_stars", {"stars": lambda rating: rating.astype(int).astype(float)},
        "Half stars got lost: astype(int) makes 3 of 3.5."),
    Misunderstanding("ids_numbered_anew",
        lambda r, k=10: _shrunk_means(r, k).reset_index(drop=True),
        "The numbers are right, but your index counts 0, 1, 2 …: the movie ids are lost. Keep "
        "movie_id as the index."),
    Misunderstanding("by_user", _by_user,
        "You grouped by user. Each movie gets a mean: group by movie_id."),
    Misunderstanding("rows_sorted", _only_runs,
        "Your movies keep only some of their ratings: itertools.groupby joins neighbours, so it "
        "wants sorted rows. Use the groupby of pandas, or sort first."),
    Misunderstanding("one_number", lambda r, k=10: float(r["rating"].mean()),
        "That is one number for all movies. Group by movie_id first."),
]  # fmt: skip

_AGE_LABELS = [
    Misunderstanding("place_for_code", _place_among_present,
        "You numbered the ages that occur and took that place as the group, as a LabelEncoder "
        "does. Drop one group from the table and every number moves. Compare the age itself with "
        "the bounds.",
        "section “The third trap: group number 2”."),
    Misunderstanding("one_group_too_young", {"moved": -1},
        "Every label is one group too young: a 25-year-old comes out as 18-24. Places count from "
        "0, so place 2 is the third group. It is the slip of 2021.",
        "section “The third trap: group number 2”."),
    Misunderstanding("one_group_too_old", {"moved": 1},
        "Every label is one group too old. Is your first group the one that starts at 0?"),
    Misunderstanding("bounds_on_the_wrong_side", {"side": "left", "bounds": (-1, *AGE_BOUNDS[1:])},
        "Someone who is exactly 18 (or 25, or 35) falls into the group below. A bound is the "
        "first age of its group: right=False in pd.cut, side='right' in searchsorted."),
    Misunderstanding("codes_only", _codes_only,
        "Your table knows the codes of ML-1M only. ML-100K gives years: compare each age with the "
        "bounds, so that both work."),
    Misunderstanding("groups_not_labels",
        lambda ages: np.searchsorted(AGE_BOUNDS, ages, side="right") - 1,
        "Those are the numbers of the groups. Use them as places in AGE_GROUPS."),
    Misunderstanding("ages_sorted",
        {"order": lambda labels, ages: labels[np.argsort(ages, kind="stable")]},
        "The labels are right, but sorted. Label i belongs to person i."),
    Misunderstanding("each_once",
        {"order": lambda labels, ages: np.array(list(dict.fromkeys(labels)))},
        "Each label comes once. Return one label a person, as often as it occurs."),
    Misunderstanding("each_once_sorted",
        {"order": lambda labels, ages: np.unique(labels.astype(str))},
        "Those are the groups that occur. Return one label a person, in their order."),
    Misunderstanding("first_only", {"order": lambda labels, ages: labels[0]},
        "That is the label of the first person. Return one for each: a return inside the loop "
        "ends it."),
    Misunderstanding("counted", lambda ages: list(Counter(_age_labels(ages)).values()),
        "You counted the people in each group. Return one label a person."),
    Misunderstanding("first_that_fits",
        lambda ages: np.where(np.asarray(ages) < 18, *AGE_GROUPS[:2]),
        "All adults are '18-24': the first condition that fits ends the chain, and age >= 18 fits "
        "them all. Ask for the oldest group first, or for both bounds."),
    Misunderstanding("last_that_fits", lambda ages: np.full(len(ages), AGE_GROUPS[0]),
        "Everyone comes out as 'Under 18': every condition writes over the one before, and the "
        "last one fits all. Go from the youngest group to the oldest."),
    Misunderstanding("decades", lambda ages: [AGE_GROUPS[min(int(age) // 10, 6)] for age in ages],
        "The groups are not decades. Use the bounds: 18, 25, 35, 45, 50, 56."),
    Misunderstanding("inclusive_ends", {"bounds": (0, 17, 24, 34, 44, 49, 55, np.inf)},
        "24 is still 18-24: the group ends *after* its last age. Use the first ages of the groups "
        "as bounds."),
    Misunderstanding("equal_widths",
        lambda ages: np.asarray(pd.cut(np.asarray(ages), 7, labels=list(AGE_GROUPS))),
        "pd.cut with a number makes groups of equal width from the ages that happen to be there. "
        "Give it the bounds: AGE_BOUNDS."),
    Misunderstanding("one_year_late", {"bounds": (0, 18, 26, 36, 46, 51, 57, np.inf)},
        "25 is the first age of 25-34, not the last of 18-24: write < 25, or <= 24."),
    Misunderstanding("nearest_bound", _nearest,
        "You took the bound that is nearest. Take the last bound that is not above the age."),
    Misunderstanding("intervals",
        lambda ages: pd.cut(np.asarray(ages), AGE_BOUNDS, right=False).astype(str),
        "Those are intervals such as [25, 35). Give pd.cut the names: labels=AGE_GROUPS."),
    Misunderstanding("other_dash", {"names": [group.replace("-", "–") for group in AGE_GROUPS]},
        "Your labels have another dash. Take them from AGE_GROUPS, do not type them."),
]  # fmt: skip

EXERCISES = [
    Exercise(
        name="genre_counts",
        reference=_genre_counts,
        steps=_genre_steps,
        cases={
            "seven movies, two of them unrated": (_MOVIES, _RATED),
            "each movie rated once": (_MOVIES[1:5], _RATED[4:6]),
            "thirty movies, in any order": Drawn(_some_movies),
            "MovieLens-100K": OnMovieLens(lambda data: (data.movies, data.ratings)),
        },
        observe=_as_counts,
        look="section “Which genre is the largest? The second trap”: what is one row there?",
        misunderstandings=_GENRE_COUNTS,
        right="a movie counts once for each of its genres, however often it was rated",
    ),
    Exercise(
        name="sparsity",
        reference=_sparsity,
        steps=_sparsity_steps,
        cases={
            "ids with gaps": (_pairs((1, 5), (1, 900), (3, 5), (40, 7)),),
            "a full matrix": (_pairs((1, 1), (1, 2), (1, 3), (2, 1), (2, 2), (2, 3)),),
            "one user": (_pairs((8, 3), (8, 4), (8, 6)),),
            "one movie": (_pairs((3, 6), (9, 6)),),
            "seventy ratings, in any order": Drawn(_some_pairs),
            "MovieLens-100K": OnMovieLens(lambda data: (data.ratings,)),
        },
        look="section “How full is the matrix?”: which rows and columns are there?",
        misunderstandings=_SPARSITY,
        right="a share of the cells that exist, not of the numbers that could be ids",
    ),
    Exercise(
        name="shrunk_means",
        reference=_shrunk_means,
        steps=_shrunk_steps,
        cases={
            "four movies, k = 10": (_STARS, 10),
            "four movies, k = 2": (_STARS, 2),
            "sixty ratings, in any order, k = 6": Drawn(_some_stars),
            "MovieLens-100K": OnMovieLens(lambda data: (data.ratings, 20)),
        },
        observe=_as_means,
        axes=("movie",),
        look="section “Is a 5.0 the mark of a masterpiece?”: the formula with μ, nᵢ and k.",
        misunderstandings=_SHRUNK_MEANS,
        right="one 5-star rating no longer beats three hundred good ones",
    ),
    Exercise(
        name="age_labels",
        reference=_age_labels,
        steps=_age_steps,
        cases={
            "codes of ml-1m": (np.array([25, 1, 18, 56, 35, 45, 50, 25]),),
            "years of ml-100k": (np.array([24, 53, 17, 18, 33, 73, 24]),),
            "a table without anyone under 25": (np.array([35, 25, 56, 25]),),
            "one person": (np.array([49]),),
            "37 people, at and beside each bound": Drawn(_some_ages),
            "MovieLens-100K": OnMovieLens(_their_ages),
        },
        observe=_as_labels,
        axes=("person",),
        look="section “Exercise 4: from ages to labels”: what are the bounds?",
        misunderstandings=_AGE_LABELS,
        right="the label follows from the age, whoever else is in the table",
    ),
]  # fmt: skip
