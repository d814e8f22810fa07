"""Every fact of the data that lesson 01 quotes: ``python -m benchmarks.lesson_01 --dataset ml-1m``.

Seconds, not hours: nothing is trained.
"""

import argparse

import numpy as np
import pandas as pd

from benchmarks.measure import ARCHIVES
from course_utils.data import describe
from course_utils.data.movielens import MovieLens, load_movielens
from course_utils.protocol import results

# In the copy of MovieLens-1M that is measured offline, many ratings of 3 stars before this second
# have a time that was filled in, between those of the user's neighbouring ratings.
FILLED_BEFORE = 975_768_738


def facts(data: MovieLens) -> dict:
    """All facts of one dataset, by name."""
    parts = (size(data), stars(data), genres(data), tails(data), time(data), people(data))
    scores = {f"explained_{_word(k)}": v for k, v in describe.feature_scores(data).items()}
    return {name: value for part in (*parts, scores) for name, value in part.items()}


def size(data: MovieLens) -> dict:
    ratings, movies = data.ratings, data.movies
    n_users, n_movies = ratings["user_id"].nunique(), ratings["movie_id"].nunique()
    widths = int(ratings["user_id"].max()), int(movies["movie_id"].max())
    twins = movies.groupby(["title", "year"])["movie_id"].transform("size") > 1
    return {
        "n_ratings": len(ratings),
        "n_users": n_users,
        "n_movies": n_movies,
        "n_listed_movies": len(movies),
        "n_unrated_movies": len(movies) - n_movies,
        "max_movie_id": widths[1],
        "n_never_used_ids": widths[1] - n_movies,
        "density": len(ratings) / (n_users * n_movies),
        "sparsity": 1 - len(ratings) / (n_users * n_movies),
        "density_id_grid": len(ratings) / (widths[0] * widths[1]),
        "n_duplicate_titles": int(twins.sum()),
        "first_day": f"{_day(ratings['timestamp'].min())}",
        "last_day": f"{_day(ratings['timestamp'].max())}",
    }


def stars(data: MovieLens) -> dict:
    rating = data.ratings["rating"].astype(float)
    share = rating.value_counts(normalize=True)
    by_user = rating.groupby(data.ratings["user_id"]).mean()
    by_movie = rating.groupby(data.ratings["movie_id"]).agg(["size", "mean"])
    toy = data.movies.loc[data.movies["title"] == "Toy Story", "movie_id"]
    toy_story = rating[data.ratings["movie_id"].isin(toy)]
    return {
        "mean_rating": rating.mean(),
        "sd_rating": rating.std(),
        **{f"share_{star:g}_stars": share[star] for star in share.index},
        "sd_of_user_means": by_user.std(),
        "sd_of_movie_means": by_movie.loc[by_movie["size"] >= 20, "mean"].std(),
        "n_toy_story": len(toy_story),
        "mean_toy_story": toy_story.mean(),
    }


def genres(data: MovieLens) -> dict:
    strings, table = data.movies["genres"], describe.genre_table(data)
    own_mean = data.ratings.groupby("user_id")["rating"].transform("mean")
    deviation = data.ratings.assign(rating=data.ratings["rating"] - own_mean)
    noir = data.movies.loc[strings.str.contains("Film-Noir", regex=False), "movie_id"]
    of_noir = deviation[deviation["movie_id"].isin(noir)]
    n_by_user = data.ratings.groupby("user_id").size()
    return {
        "n_genres": len(table),
        "n_genre_strings": strings[strings != ""].nunique(),
        "n_genre_strings_once": (strings[strings != ""].value_counts() == 1).sum(),
        "n_distinct_genre_counts": strings.value_counts().nunique(),
        "n_without_genre": int((strings == "").sum()),
        **{
            f"{_word(genre)}_{column}": table.loc[genre, column]
            for genre in ("Drama", "Comedy", "Action", "Romance", "Film-Noir", "Documentary")
            for column in ("movies", "ratings", "mean")
        },
        **{
            f"{_word(genre)}_share_of_{column}": table.loc[genre, column] / table[column].sum()
            for genre in ("Drama", "Action", "Documentary")
            for column in ("movies", "ratings")
        },
        "film_noir_deviation": of_noir["rating"].astype(float).mean(),
        "film_noir_users": of_noir["user_id"].nunique(),
        "film_noir_users_median_ratings": n_by_user[of_noir["user_id"].unique()].median(),
    }


def tails(data: MovieLens) -> dict:
    by_user = data.ratings["user_id"].value_counts()
    by_movie = data.ratings.groupby("movie_id")["rating"].agg(["size", "mean"])
    size, top = by_movie["size"], by_movie["size"].idxmax()
    titles = data.movies.set_index("movie_id")["title"]
    perfect = by_movie[by_movie["mean"] == data.rating_scale[1]]
    shrunk = describe.shrunk_means(data.ratings, 10)
    # Where the most active tenth of the users meets the most rated tenth of the movies.
    first = {side: data.ratings[side].value_counts().index for side in ("user_id", "movie_id")}
    tenths = [-(-len(ids) // 10) for ids in first.values()]
    corner = np.logical_and(
        *(data.ratings[s].isin(ids[:n]) for (s, ids), n in zip(first.items(), tenths, strict=True))
    )
    plain = {
        name: np.histogram(n, 25)[0].max() / len(n)
        for name, n in (("users", by_user), ("movies", size))
    }
    return {
        **{f"share_of_{name}_in_largest_bar": share for name, share in plain.items()},
        "min_per_user": by_user.min(),
        "median_per_user": by_user.median(),
        "mean_per_user": by_user.mean(),
        "max_per_user": by_user.max(),
        "median_per_movie": size.median(),
        "max_per_movie": size.max(),
        "top_movie": titles[top],
        "top_movie_share_of_users": size[top] / len(by_user),
        "n_movies_with_1": (size == 1).sum(),
        "n_movies_up_to_5": (size <= 5).sum(),
        "n_movies_under_20": (size < 20).sum(),
        "gini_movies": describe.gini(size),
        "gini_users": describe.gini(by_user),
        "share_filled_in_corner": corner.sum() / np.prod(tenths),
        "top_tenth_share": describe.top_share(data),
        "corr_popularity_mean": np.corrcoef(np.log(size), by_movie["mean"])[0, 1],
        "n_perfect_movies": len(perfect),
        "max_ratings_of_perfect": perfect["size"].max(),
        "best_shrunk": titles[shrunk.idxmax()],
        "best_shrunk_mean": shrunk.max(),
        "best_shrunk_ratings": size[shrunk.idxmax()],
        "shrunk_one_five": (5 + 10 * data.ratings["rating"].astype(float).mean()) / 11,
    }


def time(data: MovieLens) -> dict:
    together, span = describe.seconds_shared(data.ratings), describe.users_spans(data.ratings)
    days = data.ratings["timestamp"] // 86_400
    weeks = (days + 3) // 7
    busiest = weeks.value_counts().idxmax()
    rating = data.ratings["rating"].astype(float)
    by_week = rating.groupby(weeks).agg(["size", "mean"])
    lowest = by_week[by_week["size"] >= 100]["mean"].idxmin()
    of_week = data.ratings[weeks == lowest]
    busy = of_week["user_id"].value_counts().idxmax()
    first_year = data.ratings["timestamp"] < data.ratings["timestamp"].min() + 365 * 86_400
    hour = data.ratings["timestamp"] // 3_600
    of_hour = data.ratings.groupby(["user_id", hour])["rating"].transform("size")
    both = first_year.groupby(data.ratings["user_id"]).transform("mean")
    back = both.gt(0) & both.lt(1)  # ratings of users who rated in the first year and later
    # One mean a user and period, so that a user with many ratings weighs like any other.
    before, after = (
        rating[when & back].groupby(data.ratings["user_id"]).mean()
        for when in (first_year, ~first_year)
    )
    own, others = of_week["user_id"] == busy, of_week["user_id"] != busy
    return {
        "archive": ARCHIVES.get(data.verified, data.verified),
        **filled_times(data, together),
        "share_same_hour": (of_hour > 1).mean(),
        "share_same_second": (together > 1).mean(),
        "max_same_second": together.max(),
        "median_span_minutes": span.median() / 60,
        "share_users_under_hour": (span < 3_600).mean(),
        "share_users_under_day": (span < 86_400).mean(),
        "mean_first_year": rating[first_year].mean(),
        "mean_later": rating[~first_year].mean(),
        "share_later": (~first_year).mean(),
        "n_returning_users": data.ratings.loc[back, "user_id"].nunique(),
        "mean_first_year_of_returning": before.mean(),
        "mean_later_of_returning": after.mean(),
        "half_change_of_returning": 1.96 * (after - before).sem(),
        "busiest_week": _day(int(busiest * 7 - 3) * 86_400),
        "busiest_week_ratings": (weeks == busiest).sum(),
        "lowest_week": _day(int(lowest * 7 - 3) * 86_400),
        "lowest_week_mean": by_week.loc[lowest, "mean"],
        "lowest_week_top_user": busy,
        "lowest_week_top_user_ratings": int(own.sum()),
        "lowest_week_top_user_mean": of_week.loc[own, "rating"].astype(float).mean(),
        "lowest_week_mean_without": of_week.loc[others, "rating"].astype(float).mean(),
    }


def filled_times(data: MovieLens, together: pd.Series) -> dict:
    """What the filled-in times of one copy of MovieLens-1M give away about the rating."""
    if (data.name, data.verified) != ("ml-1m", "counts"):
        return {}
    early, three = data.ratings["timestamp"] < FILLED_BEFORE, data.ratings["rating"] == 3
    alone = together == 1
    return {
        "share_of_3_early": three[early].mean(),
        "share_of_3_early_alone": three[early & alone].mean(),
        "share_of_3_late": three[~early].mean(),
        "share_of_3_late_alone": three[~early & alone].mean(),
    }


def people(data: MovieLens) -> dict:
    if data.users is None:
        return {}
    users = data.users
    ages = users["age_group"].value_counts()
    rated = data.ratings.merge(users, on="user_id")
    by_gender = describe.clustered_means(rated, "gender")
    of_women = rated.loc[rated["gender"] == "F", "rating"].astype(float)
    by_age = describe.clustered_means(rated, "age_group")
    user_means = (
        rated.groupby("user_id")["rating"]
        .mean()
        .groupby(users.set_index("user_id")["age_group"], observed=True)
        .agg(["mean", "sem"])
    )
    old, young = user_means.loc["56+"], user_means.loc["Under 18"]
    gaps = {
        "women_minus_men": (by_gender.loc["F"], by_gender.loc["M"]),
        "56_plus_minus_under_18": (by_age.loc["56+"], by_age.loc["Under 18"]),
    }
    return {
        **{name: a["mean"] - b["mean"] for name, (a, b) in gaps.items()},
        # The two groups share no user, so their spreads add up as squares.
        **{f"half_{name}": np.hypot(a["half"], b["half"]) for name, (a, b) in gaps.items()},
        "56_plus_minus_under_18_of_users": old["mean"] - young["mean"],
        "half_56_plus_minus_under_18_of_users": 1.96 * np.hypot(old["sem"], young["sem"]),
        "n_pairs_of_age_groups": len(by_age) * (len(by_age) - 1) // 2,
        "n_rising_age_steps": int((by_age["mean"].diff() > 0).sum()),
        "n_age_steps": len(by_age) - 1,
        "n_under_18": ages["Under 18"],
        "n_56_plus": ages["56+"],
        "n_women": (users["gender"] == "F").sum(),
        "n_men": (users["gender"] == "M").sum(),
        "share_men": (users["gender"] == "M").mean(),
        "share_men_of_ratings": (rated["gender"] == "M").mean(),
        "n_18_24": ages["18-24"],
        "n_25_34": ages["25-34"],
        "n_men_25_34": ((users["gender"] == "M") & (users["age_group"] == "25-34")).sum(),
        "n_occupations": users["occupation"].nunique(),
        "n_zip_codes": users["zip_code"].nunique(),
        "share_alone_in_zip_code": (~users["zip_code"].duplicated(keep=False)).mean(),
        "mean_women": by_gender.loc["F", "mean"],
        "mean_men": by_gender.loc["M", "mean"],
        "half_women": by_gender.loc["F", "half"],
        "half_women_over_ratings": 1.96 * of_women.std() / np.sqrt(len(of_women)),
        "mean_under_18": by_age.loc["Under 18", "mean"],
        "mean_56_plus": by_age.loc["56+", "mean"],
    }


def _word(name: str) -> str:
    return name.lower().replace("'s", "").replace(" ", "_").replace("-", "_")


def _day(seconds: int) -> str:
    day = pd.Timestamp(seconds, unit="s")
    return f"{day.day} {day:%B %Y}"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dataset", default="ml-100k", help="default: ml-100k")
    name = parser.parse_args().dataset
    found = facts(load_movielens(name))
    results.record(name, [], facts=found)
    print("\n".join(f"{key}: {value}" for key, value in found.items()))
