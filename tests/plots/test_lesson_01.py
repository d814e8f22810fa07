"""Figures of the data draw what was counted, on data small enough to count by hand."""

from dataclasses import replace

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from course_utils.data import describe, people
from course_utils.data.archives import AGE_GROUPS
from course_utils.data.movielens import MovieLens
from course_utils.plots import lesson_01

DAY = 86_400


@pytest.fixture(scope="module")
def data():
    """60 users and 40 movies with a long tail; ratings in bursts over ten weeks."""
    rng = np.random.default_rng(0)
    taken = [(user, rng.integers(3, 23)) for user in range(60)]
    pairs = {(user, int(40 * rng.random() ** 2)) for user, n in taken for _ in range(n)}
    users, movies = np.array(sorted(pairs)).T
    ratings = pd.DataFrame(
        {
            "user_id": (users * 3 + 1).astype("int32"),
            "movie_id": (movies * 10 + 5).astype("int32"),
            "rating": rng.integers(1, 6, len(users)).astype("float32"),
            "timestamp": 900_000_000 + users * DAY + rng.integers(0, 9, len(users)),
        }
    )
    listed = pd.DataFrame(
        {
            "movie_id": np.arange(41, dtype="int32") * 10 + 5,
            "title": ["Toy Story", "Matrix, The", *(f"Movie {i}" for i in range(39))],
            "year": pd.array([1990 + i % 9 for i in range(41)], dtype="Int16"),
            "genres": ["Comedy|Drama", "Action", "", *(["Drama", "War|Drama"] * 18), "War", "War"],
        }
    )
    groups = pd.Categorical([AGE_GROUPS[i % 7] for i in range(60)], AGE_GROUPS, ordered=True)
    people = pd.DataFrame(
        {
            "user_id": np.arange(60, dtype="int32") * 3 + 1,
            "gender": ["F", "M", "M"] * 20,
            "age": 30,
            "age_group": groups,
            "occupation": ["student", "writer", "student"] * 20,
            "zip_code": [f"{i // 2:05}" for i in range(60)],
        }
    )
    return MovieLens("ml-100k", ratings, listed, people, (1.0, 5.0))


@pytest.fixture(autouse=True)
def closed_figures():
    yield
    plt.close("all")


def draw_all(data):
    users = people.users_of(data)
    counts = describe.genre_table(data)["movies"]
    return [
        lesson_01.top_movies(data),
        lesson_01.rating_counts(data),
        lesson_01.movie_ratings(data, "Toy Story"),
        lesson_01.genre_bars(counts),
        lesson_01.genre_shares(data),
        lesson_01.genre_cloud(counts),
        lesson_01.rating_matrix_picture(data),
        lesson_01.activity(data),
        lesson_01.lorenz_curve(data),
        lesson_01.popularity_and_mean(data),
        lesson_01.shrinkage(data),
        lesson_01.gender(users, data.ratings),
        lesson_01.age_groups(users),
        lesson_01.occupations(users),
        lesson_01.mean_by_group(users, data.ratings),
        lesson_01.over_time(data),
        lesson_01.same_second(data),
        lesson_01.features_that_help(describe.feature_scores(data)),
    ]


def test_every_figure_says_what_it_shows(data):
    figures = draw_all(data)
    for fig in figures:
        words = fig.get_label()
        assert len(words) > 40 and any(c.isdigit() for c in words), words
        assert all(ax.get_title(loc="left") or ax.get_ylabel() for ax in fig.axes), words
    assert len({fig.get_label() for fig in figures}) == len(figures)


def test_every_public_figure_is_drawn_here():

    assert len(lesson_01.__all__) == 18
    assert all(hasattr(lesson_01, name) for name in lesson_01.__all__)


def test_a_dataset_without_people_explains_and_goes_on(data, capsys):
    nameless = replace(data, name="ml-10m", users=None)
    figures = draw_all(nameless)
    assert figures.count(None) == 4
    assert "ml-10m says nothing about its users" in capsys.readouterr().out
    users = people.users_of(nameless)
    assert users.empty and list(users["age_group"].cat.categories) == list(AGE_GROUPS)
    assert users["age_group"].value_counts(sort=False).tolist() == [0] * 7
    assert not {"age group", "gender", "zip code"} & set(describe.feature_scores(nameless).index)


def test_half_stars_fit_in(data):
    halves = data.ratings.assign(rating=data.ratings["rating"] - np.float32(0.5))
    fig = lesson_01.rating_counts(replace(data, ratings=halves, rating_scale=(0.5, 5.0)))
    assert fig.axes[0].get_xticklabels()[0].get_text() == "0.5"


# ------------------------------------------------------------------------------ what bars count
def heights(fig, horizontal=False):
    bars = fig.axes[0].patches
    return [bar.get_width() if horizontal else bar.get_height() for bar in bars]


def test_bars_of_stars_are_the_counts(data):
    counts = data.ratings["rating"].value_counts().sort_index()
    assert heights(lesson_01.rating_counts(data)) == counts.tolist()


def test_bars_of_movies_are_the_largest_counts(data):
    fig = lesson_01.top_movies(data, 5)
    counts = data.ratings["movie_id"].value_counts()
    assert heights(fig, horizontal=True) == counts.head(5).tolist()
    titles = [t.get_text() for t in fig.axes[0].get_yticklabels()]
    assert titles[0] == "Toy Story" and "The Matrix" in titles


def test_bars_of_age_groups_keep_their_order(data):
    fig = lesson_01.age_groups(data.users)
    assert heights(fig) == data.users["age_group"].value_counts(sort=False).tolist()
    assert [t.get_text() for t in fig.axes[0].get_xticklabels()] == list(AGE_GROUPS)


def test_bars_of_one_movie_are_its_own_shares(data):
    own = data.ratings[data.ratings["movie_id"] == 5]["rating"].value_counts(normalize=True)
    assert sum(heights(lesson_01.movie_ratings(data, "Toy Story"))) == pytest.approx(1)
    assert max(heights(lesson_01.movie_ratings(data, "Toy Story"))) == pytest.approx(own.max())
    with pytest.raises(ValueError, match="no rated movie is titled 'Heat'"):
        lesson_01.movie_ratings(data, "Heat")


def test_histograms_hold_every_user_and_every_movie(data):
    for ax, side in zip(lesson_01.activity(data).axes, ("user_id", "movie_id"), strict=True):
        assert sum(bar.get_height() for bar in ax.patches) == data.ratings[side].nunique()


def test_the_two_shares_of_gender_add_up(data):
    widths = heights(lesson_01.gender(data.users, data.ratings), horizontal=True)
    assert sum(widths) == pytest.approx(2)  # one for users, one for ratings
    assert widths[0] == pytest.approx(1 / 3)


def test_blocks_of_the_matrix_hold_all_ratings(data):
    fig = lesson_01.rating_matrix_picture(data, cells=1000)  # one block a cell
    filled = fig.axes[0].images[0].get_array()
    assert filled.sum() == pytest.approx(len(data.ratings))
    assert set(np.unique(filled)) == {0, 1}
    assert lesson_01.rating_matrix_picture(data, cells=7).axes[0].images[0].get_array().max() <= 1


# ------------------------------------------------------------------------- the numbers behind them
def test_genres_are_counted_by_rated_movie_and_by_rating(data):
    table = describe.genre_table(data)
    n = data.ratings["movie_id"].value_counts()
    assert "" not in table.index
    assert table.loc["Action"].tolist()[:2] == [1, n[15]]
    # The last War movie has no rating.
    wars = data.movies[data.movies["genres"].str.contains("War")]["movie_id"]
    assert table.loc["War", "movies"] == wars.isin(n.index).sum() == len(wars) - 1
    assert table.loc["War", "ratings"] == n.reindex(wars).sum()


@pytest.mark.parametrize(
    ("counts", "expected"),
    [([5, 5, 5, 5], 0.0), ([0, 0, 0, 8], 0.75), ([1, 3], 0.25), ([3, 1], 0.25), ([7], 0.0)],
)
def test_gini(counts, expected):
    assert describe.gini(counts) == pytest.approx(expected)


def test_gini_is_half_the_mean_difference_over_the_mean():
    counts = np.random.default_rng(1).integers(1, 90, 40)
    pairs = np.abs(np.subtract.outer(counts, counts))
    assert describe.gini(counts) == pytest.approx(pairs.mean() / (2 * counts.mean()))


def test_lorenz_curve_runs_from_nothing_to_all_below_the_diagonal(data):
    fig = lesson_01.lorenz_curve(data)
    curves = [line.get_xydata() for line in fig.axes[0].lines[1:]]
    assert len(curves) == 2
    for points in curves:
        assert points[0].tolist() == [0, 0] and points[-1].tolist() == [1, 1]
        assert (np.diff(points[:, 1]) >= 0).all() and (points[:, 1] <= points[:, 0] + 1e-12).all()


def test_shrunk_means_lie_between_their_own_and_the_global_mean(data):
    movies = data.ratings.groupby("movie_id")["rating"].mean()
    mean = data.ratings["rating"].mean()
    shrunk = describe.shrunk_means(data.ratings, 10)
    assert ((shrunk - mean).abs() <= (movies - mean).abs() + 1e-6).all()
    assert np.allclose(describe.shrunk_means(data.ratings, 0), movies)
    assert np.allclose(describe.shrunk_means(data.ratings, 1e9), mean)


def test_intervals_over_users_are_wider_than_over_ratings_when_users_agree_with_themselves():
    ratings = pd.DataFrame(
        {"user_id": np.repeat(np.arange(10), 50), "rating": np.repeat([1.0, 5.0] * 5, 50), "g": "a"}
    )
    row = describe.clustered_means(ratings, "g").loc["a"]
    assert row["mean"] == 3 and row["users"] == 10 and row["ratings"] == 500
    assert row["half"] == pytest.approx(1.96 * 2 / np.sqrt(10))


def test_seconds_are_shared_within_a_user_only():
    ratings = pd.DataFrame(
        {"user_id": [1, 1, 1, 2], "timestamp": [10, 10, 11, 10], "rating": [4.0, 3.0, 5.0, 2.0]}
    )
    assert describe.seconds_shared(ratings).tolist() == [2, 2, 1, 1]
    assert describe.users_spans(ratings).tolist() == [1, 0]


def test_weeks_begin_on_monday_and_months_on_the_first():
    dates = pd.to_datetime(["1998-01-25 23:59", "1998-01-26 00:00"])
    times = pd.Series(dates.astype("datetime64[s]").astype("int64"))
    weeks = pd.to_datetime(describe.period(times, "week"))
    assert weeks.strftime("%Y-%m-%d").tolist() == ["1998-01-19", "1998-01-26"]
    assert pd.to_datetime(describe.period(times, "month")).day.tolist() == [1, 1]


def test_a_feature_that_is_the_rating_explains_it_and_noise_does_not(data):
    told = data.ratings.assign(rating=np.where(data.ratings["movie_id"] % 20 == 5, 5, 1))
    scores = describe.feature_scores(replace(data, ratings=told), reg=0.0)
    assert scores["movie"] > 0.9 and scores.index[0] == "movie"
    assert scores["gender"] < 0.1
