"""The counts behind lesson 01's figures, and what lists of movies have in common."""

import numpy as np
import pandas as pd

from course_utils.data.movielens import MovieLens
from course_utils.data.splits import random_split

FEATURES = {
    "movie": "movie_id",
    "user": "user_id",
    "zip code": "zip_code",
    "genre string": "genres",
    "movie's year": "year",
    "occupation": "occupation",
    "age group": "age_group",
    "month": "month",
    "gender": "gender",
}


def genre_table(data: MovieLens) -> pd.DataFrame:
    """One row a genre: ``movies`` (rated ones that carry it), ``ratings`` and ``mean`` (stars)."""
    by_movie = data.ratings.groupby("movie_id")["rating"].agg(ratings="size", stars="sum")
    movies = data.movies[data.movies["genres"] != ""].merge(by_movie, on="movie_id")
    pairs = movies.assign(genre=movies["genres"].str.split("|")).explode("genre")
    table = pairs.groupby("genre").agg(
        movies=("movie_id", "size"), ratings=("ratings", "sum"), stars=("stars", "sum")
    )
    table["mean"] = table.pop("stars") / table["ratings"]
    return table.sort_values("movies", ascending=False)


def lorenz(counts) -> tuple[np.ndarray, np.ndarray]:
    """Points of the Lorenz curve, from (0, 0) to (1, 1): share of members, share of the sum.

    Members are sorted from the smallest count to the largest.
    """
    ordered = np.sort(np.asarray(counts, dtype=float))
    total = np.concatenate([[0.0], ordered.cumsum()])
    return np.linspace(0, 1, len(total)), total / total[-1]


def gini(counts) -> float:
    """Gini coefficient: 0 if all counts are equal, near 1 if one member has everything."""
    members, total = lorenz(counts)
    return float(1 - 2 * np.trapezoid(total, members))


def shrunk_means(ratings: pd.DataFrame, k: float = 10.0) -> pd.Series:
    """Mean rating of each movie, as if it had ``k`` more ratings of the global mean; in stars."""
    movies = ratings.groupby("movie_id")["rating"].agg(["sum", "size"]).astype(float)
    return (movies["sum"] + k * mean_rating(ratings)) / (movies["size"] + k)


def clustered_means(table: pd.DataFrame, by) -> pd.DataFrame:
    """``mean`` rating of each group, with half the width of its 95% interval over users.

    Ratings of one user resemble each other, so the user is what is sampled, not the rating.
    """
    stars, group = table["rating"].astype(float), table[by]
    grouped = stars.groupby(group, observed=True)
    deviation = stars - grouped.transform("mean")
    per_user = deviation.groupby([group, table["user_id"]], observed=True).sum()
    spread = np.sqrt((per_user**2).groupby(level=0, observed=True).sum())
    size = grouped.size()
    users = per_user.groupby(level=0, observed=True).size()
    return pd.DataFrame(
        {"mean": grouped.mean(), "half": 1.96 * spread / size, "ratings": size, "users": users}
    )


def feature_scores(data: MovieLens, reg: float = 5.0) -> pd.Series:
    """Share of the variance of held-out ratings that each feature explains on its own.

    A feature guesses a rating by the mean of its group in train, shrunk by ``reg`` ratings of the
    global mean. "movie's genres" has no groups: there each genre has one number, and a guess adds
    those of the movie. Features that the dataset lacks are left out.
    """
    split = random_split(data)
    train, test = (_with_features(data, split, part) for part in (split.train, split.test))
    mean = mean_rating(train)
    variance = ((test["rating"] - mean) ** 2).mean()
    scores = {}
    for name, column in FEATURES.items():
        if column not in train:
            continue
        seen = (train["rating"] - mean).groupby(train[column], observed=True).agg(["sum", "size"])
        guess = mean + test[column].map(seen["sum"] / (seen["size"] + reg)).astype(float).fillna(0)
        scores[name] = 1 - ((test["rating"] - guess) ** 2).mean() / variance
    guess = mean + _genres_added_up(train, test, reg)
    scores["movie's genres"] = 1 - ((test["rating"] - guess) ** 2).mean() / variance
    return pd.Series(scores).sort_values(ascending=False)


def _genres_added_up(train: pd.DataFrame, test: pd.DataFrame, reg: float) -> pd.Series:
    """For each rating of test the sum of one number a genre: a ridge regression on train."""
    strings = pd.Series(pd.concat([train["genres"], test["genres"]]).unique())
    has = strings.str.get_dummies("|").assign(every=1).set_index(strings)
    stars = (train["rating"] - mean_rating(train)).groupby(train["genres"]).agg(["sum", "size"])
    stars = stars.reindex(strings, fill_value=0)  # movies of one string share all their genres
    squares = has.T @ has.mul(stars["size"], axis=0) + reg * np.eye(has.shape[1])
    worth = np.linalg.solve(squares, has.T @ stars["sum"])
    return test["genres"].map(has @ worth)


def _with_features(data: MovieLens, split, part: pd.DataFrame) -> pd.DataFrame:
    table = pd.DataFrame(
        {
            "user_id": split.user_ids[part["user"]],
            "movie_id": split.movie_ids[part["movie"]],
            "rating": part["rating"].astype(float),
            "month": period(part["timestamp"], "month"),
        }
    ).merge(data.movies[["movie_id", "genres", "year"]], on="movie_id")
    return table if data.users is None else table.merge(data.users, on="user_id")


def top_share(data: MovieLens, part: float = 0.1) -> float:
    """Share of all ratings that the most rated ``part`` of the rated movies has."""
    counts = data.ratings["movie_id"].value_counts()
    return float(counts.head(int(np.ceil(part * len(counts)))).sum() / counts.sum())


def seconds_shared(ratings: pd.DataFrame) -> pd.Series:
    """For each rating, how many ratings its user gave in that very second, itself included."""
    return ratings.groupby(["user_id", "timestamp"])["rating"].transform("size")


def users_spans(ratings: pd.DataFrame) -> pd.Series:
    """Seconds between each user's first and last rating."""
    times = ratings.groupby("user_id")["timestamp"].agg(["min", "max"])
    return times["max"] - times["min"]


def mean_rating(ratings: pd.DataFrame) -> float:
    return float(ratings["rating"].astype(float).mean())


def period(timestamps: pd.Series, unit: str) -> np.ndarray:
    """The day on which each second's week (from Monday) or month began."""
    days = timestamps.to_numpy().astype("datetime64[s]").astype("datetime64[D]")
    # 1 January 1970 was a Thursday.
    began = days - (days.astype(int) + 3) % 7 if unit == "week" else days.astype("datetime64[M]")
    return began.astype("datetime64[s]")


def pace(data: MovieLens) -> dict[str, float]:
    """How fast users rate: what MovieLens' times, which are times of *rating*, can tell at all.

    ``median_hours``: from a user's first rating to the last, for the user in the middle.
    ``within_a_day``: share of users who gave all their ratings within 24 hours. ``same_second``:
    share of ratings in the same second as the user's rating before, so that their order is only
    that of the file.
    """
    times = data.ratings.groupby("user_id")["timestamp"]
    hours = (times.max() - times.min()) / 3600
    since = data.ratings.sort_values(["user_id", "timestamp"]).groupby("user_id")["timestamp"]
    since = since.diff().dropna()
    return {
        "median_hours": float(hours.median()),
        "within_a_day": float((hours < 24).mean()),
        "same_second": float((since == 0).mean()),
    }


def window_distances(lists: list[list[str]], ids: np.ndarray, window: int = 8) -> np.ndarray:
    """|id difference| of every two movies at most ``window`` places apart, shape (n_pairs,)."""
    gaps = []
    for words in lists:
        own = ids[np.array(words, int)]
        gaps += [
            np.abs(own[step:] - own[:-step]) for step in range(1, min(window, len(own) - 1) + 1)
        ]
    return np.concatenate(gaps)
