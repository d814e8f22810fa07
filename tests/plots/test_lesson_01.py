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
from course_utils.plots import lesson_01
from tests.plots.figures import movielens


@pytest.fixture(scope="module")
def data():
    return movielens(np.random.default_rng(0))


@pytest.fixture(autouse=True)
def closed_figures():
    yield
    plt.close("all")


def test_a_dataset_without_people_explains_and_goes_on(data, capsys):
    nameless = replace(data, name="ml-10m", users=None)
    users = people.users_of(nameless)
    assert "ml-10m says nothing about its users" in capsys.readouterr().out
    assert lesson_01.gender(users, data.ratings) is None
    assert lesson_01.age_groups(users) is None
    assert lesson_01.occupations(users) is None
    assert lesson_01.mean_by_group(users, data.ratings) is None
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
    assert widths[0] == pytest.approx((data.users["gender"] == "F").mean())


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


def test_features_are_sorted_and_nothing_is_minus_zero():
    fig = lesson_01.features_that_help({"gender": -0.0001, "movie": 0.17})
    assert "movie 17.0%, gender 0.0%" in fig.get_label()


def test_the_full_corner_of_the_matrix_is_counted(data):
    full = data.ratings["user_id"].unique(), data.ratings["movie_id"].unique()
    rows = pd.MultiIndex.from_product(full, names=["user_id", "movie_id"]).to_frame(index=False)
    everything = replace(data, ratings=rows.assign(rating=np.float32(3), timestamp=0))
    assert "tenth of the movies, 100% do" in lesson_01.rating_matrix_picture(everything).get_label()
