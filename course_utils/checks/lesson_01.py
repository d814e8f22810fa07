"""Exercises of lesson 01, looking at the data."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from course_utils.checks.engine import Exercise, Misunderstanding
from course_utils.data.archives import AGE_BOUNDS, AGE_GROUPS


# ------------------------------------------------------------------------------- genre_counts
def _genre_counts(movies, ratings):
    return _single_genres(movies[movies["movie_id"].isin(ratings["movie_id"])])


def _single_genres(movies):
    genres = movies["genres"].str.split("|").explode()
    return genres[genres != ""].value_counts()


def _with_nothing_as_a_genre(movies, ratings):
    rated = movies[movies["movie_id"].isin(ratings["movie_id"])]
    return rated["genres"].str.split("|").explode().value_counts()


def _genres_per_rating(movies, ratings):
    return _single_genres(movies.merge(ratings, on="movie_id"))


def _whole_strings(movies, ratings):
    rated = movies[movies["movie_id"].isin(ratings["movie_id"])]
    return rated.loc[rated["genres"] != "", "genres"].value_counts()


def _first_genre_only(movies, ratings):
    first = movies["genres"].str.split("|").str[0]
    return _single_genres(movies.assign(genres=first)[movies["movie_id"].isin(ratings["movie_id"])])


def _as_counts(value):
    """A Series, dict or Counter as {genre: number}, together with the list of genres."""
    if isinstance(value, pd.DataFrame) and value.shape[1] == 1:
        value = value.iloc[:, 0]
    if isinstance(value, pd.Series):
        value = value.to_dict()
    if not isinstance(value, Mapping):
        return value
    counts = {str(genre): float(n) for genre, n in value.items() if n}
    named = ", ".join(sorted(repr(genre) for genre in counts))
    return {"the genres counted": named, **counts}


_MOVIES = pd.DataFrame(
    {
        "movie_id": [10, 20, 30, 40, 50],
        "genres": ["Comedy|Drama", "Drama", "Action|Drama|War", "", "Drama|Western"],
    }
)
_RATED = pd.DataFrame({"movie_id": [10, 10, 10, 20, 30, 40, 10], "user_id": [1, 2, 3, 1, 1, 2, 5]})


# ----------------------------------------------------------------------------------- sparsity
def _sparsity(ratings):
    cells = ratings["user_id"].nunique() * ratings["movie_id"].nunique()
    return 1 - len(ratings) / cells


def _density_on_ids(ratings):
    return len(ratings) / (int(ratings["user_id"].max()) * int(ratings["movie_id"].max()))


def _pairs(*pairs):
    return pd.DataFrame(pairs, columns=["user_id", "movie_id"]).assign(rating=4.0)


# ------------------------------------------------------------------------------- shrunk_means
def _by_movie(ratings):
    stars = ratings["rating"].astype(float)
    return stars.groupby(ratings["movie_id"]).agg(["sum", "size", "mean"]), stars.mean()


def _shrunk_means(ratings, k):
    movies, mean = _by_movie(ratings)
    return (movies["sum"] + k * mean) / (movies["size"] + k)


def _shrunk_to_mean_of_means(ratings, k):
    movies, _ = _by_movie(ratings)
    return (movies["sum"] + k * movies["mean"].mean()) / (movies["size"] + k)


def _shrunk_to_zero(ratings, k):
    movies, _ = _by_movie(ratings)
    return movies["sum"] / (movies["size"] + k)


def _weights_swapped(ratings, k):
    movies, mean = _by_movie(ratings)
    return (k * movies["mean"] + movies["size"] * mean) / (movies["size"] + k)


def _one_rating_only(ratings, k):
    movies, mean = _by_movie(ratings)
    return (movies["mean"] + k * mean) / (1 + k)


def _count_forgotten(ratings, k):
    movies, mean = _by_movie(ratings)
    return (movies["mean"] + k * mean) / (movies["size"] + k)


def _as_means(value):
    if isinstance(value, pd.DataFrame) and value.shape[1] == 1:
        value = value.iloc[:, 0]
    if isinstance(value, pd.Series):
        value = value.to_dict()
    if not isinstance(value, Mapping):
        return value
    return {f"movie {int(movie)}": float(mean) for movie, mean in value.items()}


_STARS = pd.DataFrame(
    {"movie_id": [7, 9, 9, 9, 9, 12, 12], "rating": [5.0, 4.0, 4.0, 3.0, 5.0, 1.0, 2.0]}
)


# --------------------------------------------------------------------------------- age_labels
def _age_labels(ages):
    return _cut(ages, right=False)


def _cut(ages, right):
    bounds = (-1, *AGE_BOUNDS[1:]) if right else AGE_BOUNDS
    return np.asarray(pd.cut(np.asarray(ages), bounds, right=right, labels=AGE_GROUPS)).astype(str)


def _place_among_present(ages):
    _, place = np.unique(np.asarray(ages), return_inverse=True)
    return np.array(AGE_GROUPS)[place]


def _moved(ages, by):
    """Labels ``by`` groups off, but never past the oldest; before the first, Python wraps."""
    place = np.searchsorted(AGE_BOUNDS, np.asarray(ages), side="right") - 1 + by
    return np.array(AGE_GROUPS)[np.minimum(place, len(AGE_GROUPS) - 1)]


def _as_labels(value):
    return np.asarray(value).astype(str)


EXERCISES = [
    Exercise(
        name="genre_counts",
        reference=_genre_counts,
        cases={
            "five movies, one of them unrated": (_MOVIES, _RATED),
            "each movie rated once": (_MOVIES[:3], _RATED[2:5]),
        },
        observe=_as_counts,
        misunderstandings=[
            Misunderstanding(
                "per_rating",
                _genres_per_rating,
                "You counted ratings: a movie rated by four users came in four times. One row a "
                "movie first, genres after.",
            ),
            Misunderstanding(
                "whole_strings",
                _whole_strings,
                "You counted whole strings: 'Comedy|Drama' is two genres. Split at '|', then give "
                "each genre its own row (explode).",
            ),
            Misunderstanding(
                "distinct_counts",
                lambda movies, ratings: _genre_counts(movies, ratings).nunique(),
                "value_counts().nunique() says how many different *counts* there are: two genres "
                "with 24 movies each become one. Return the counts themselves.",
            ),
            Misunderstanding(
                "number_of_genres",
                lambda movies, ratings: len(_genre_counts(movies, ratings)),
                "That is how many genres there are. Return how many movies each of them has.",
            ),
            Misunderstanding(
                "unrated_movies",
                lambda movies, ratings: _single_genres(movies),
                "You counted movies that no one has rated. Keep the movies whose movie_id occurs "
                "in ratings.",
            ),
            Misunderstanding(
                "empty_genre",
                _with_nothing_as_a_genre,
                "'' is counted as if it were a genre. It marks a movie without one: leave it out.",
            ),
            Misunderstanding(
                "first_genre_only",
                _first_genre_only,
                "You kept the first genre of each movie. A movie with three genres counts for all "
                "three.",
            ),
        ],
        right="a movie counts once for each of its genres, however often it was rated",
    ),
    Exercise(
        name="sparsity",
        reference=_sparsity,
        cases={
            "ids with gaps": (_pairs((1, 5), (1, 900), (3, 5), (40, 7)),),
            "a full matrix": (_pairs((1, 1), (1, 2), (2, 1), (2, 2)),),
            "one user": (_pairs((8, 3), (8, 4), (8, 6)),),
        },
        misunderstandings=[
            Misunderstanding(
                "id_grid",
                lambda ratings: 1 - _density_on_ids(ratings),
                "You used the largest ids as the size of the matrix. Ids have gaps: numbers that "
                "no movie bears make the matrix look emptier than it is. Count distinct ids.",
            ),
            Misunderstanding(
                "density",
                lambda ratings: 1 - _sparsity(ratings),
                "That is the density, the share of cells that hold a rating. Sparsity is the rest.",
            ),
            Misunderstanding(
                "percent",
                lambda ratings: 100 * _sparsity(ratings),
                "That is in percent. Return a share between 0 and 1, and format it when you print.",
            ),
            Misunderstanding(
                "density_on_id_grid",
                _density_on_ids,
                "Two things: that is the density, not the sparsity; and the largest ids are not "
                "the numbers of users and movies, because ids have gaps.",
            ),
            Misunderstanding(
                "density_in_percent",
                lambda ratings: 100 * (1 - _sparsity(ratings)),
                "That is the density in percent. Return the share of cells without a rating.",
            ),
            Misunderstanding(
                "empty_cells",
                lambda ratings: (
                    ratings["user_id"].nunique() * ratings["movie_id"].nunique() - len(ratings)
                ),
                "That is the number of empty cells. Divide by the number of all cells.",
            ),
        ],
        right="a share of the cells that exist, not of the numbers that could be ids",
    ),
    Exercise(
        name="shrunk_means",
        reference=_shrunk_means,
        cases={
            "three movies, k = 10": (_STARS, 10),
            "three movies, k = 2": (_STARS, 2),
        },
        observe=_as_means,
        misunderstandings=[
            Misunderstanding(
                "plain_mean",
                lambda ratings, k: _by_movie(ratings)[0]["mean"],
                "That is the plain mean: k does nothing. Add k ratings of the global mean to each "
                "movie's own ratings before you divide.",
            ),
            Misunderstanding(
                "towards_zero",
                _shrunk_to_zero,
                "You divide by n + k but add nothing for the k ratings, so few ratings pull a "
                "movie towards 0 stars. Add k times the global mean to the sum.",
            ),
            Misunderstanding(
                "weights_swapped",
                _weights_swapped,
                "The weights are swapped: the more ratings a movie has, the closer yours comes to "
                "the global mean. The movie's mean weighs n, the global mean k.",
            ),
            Misunderstanding(
                "count_forgotten",
                _count_forgotten,
                "You added one mean to k global means and divided by n + k. The movie's own part "
                "is the *sum* of its ratings, n times its mean.",
            ),
            Misunderstanding(
                "same_for_all",
                _one_rating_only,
                "You shrink every movie by the same factor. A movie with 500 ratings needs no "
                "help: its own mean must weigh n.",
            ),
            Misunderstanding(
                "mean_of_means",
                _shrunk_to_mean_of_means,
                "Your prior is the mean of the movies' means, where a movie with one rating weighs "
                "as much as Star Wars. Use the mean of all ratings.",
            ),
            Misunderstanding(
                "only_the_global_mean",
                lambda ratings, k: _by_movie(ratings)[0]["mean"] * 0 + _by_movie(ratings)[1],
                "Every movie gets the global mean. Let its own ratings count too.",
            ),
        ],
        right="one 5-star rating no longer beats three hundred good ones",
    ),
    Exercise(
        name="age_labels",
        reference=_age_labels,
        cases={
            "codes of ml-1m": (np.array([25, 1, 18, 56, 35, 45, 50, 25]),),
            "years of ml-100k": (np.array([24, 53, 17, 18, 33, 73, 24]),),
            "a table without anyone under 25": (np.array([35, 25, 56, 25]),),
        },
        observe=_as_labels,
        misunderstandings=[
            Misunderstanding(
                "place_for_code",
                _place_among_present,
                "You numbered the ages that occur and took that place as the group, as a "
                "LabelEncoder does. Drop one group from the table and every number moves. Compare "
                "the age itself with the bounds.",
            ),
            Misunderstanding(
                "one_group_too_young",
                lambda ages: _moved(ages, -1),
                "Every label is one group too young: a 25-year-old comes out as 18-24. Places "
                "count from 0, so place 2 is the third group. It is the slip of 2021.",
            ),
            Misunderstanding(
                "one_group_too_old",
                lambda ages: _moved(ages, 1),
                "Every label is one group too old. Is your first group the one that starts at 0?",
            ),
            Misunderstanding(
                "bounds_on_the_wrong_side",
                lambda ages: _cut(ages, right=True),
                "Someone who is exactly 18 (or 25, or 35) falls into the group below. A bound is "
                "the first age of its group: right=False in pd.cut, side='right' in searchsorted.",
            ),
        ],
        right="the label follows from the age, whoever else is in the table",
    ),
]
