"""Recommendations: nothing seen, nothing without support, best first."""

import numpy as np
import pandas as pd
import pytest

from course_utils.data.splits import Split
from course_utils.recommend.lists import like_accuracy, list_for


class ByMovie:
    """Predicts the same stars for everyone."""

    def __init__(self, stars):
        self.stars = np.asarray(stars)

    def predict(self, users, movies):
        return self.stars[movies]


@pytest.fixture
def split() -> Split:
    def part(pairs):
        users, movies = (np.array(column, "int32") for column in zip(*pairs, strict=True))
        return pd.DataFrame(
            {"user": users, "movie": movies, "rating": np.float32(4), "timestamp": 0}
        )

    train = part([(0, 0), (1, 0), (1, 1), (1, 3), (0, 3)])
    validation, test = part([(0, 1)]), part([(0, 2), (1, 4)])
    ids = np.array([10, 20, 30, 40, 50])
    return Split("random", "tiny", train, validation, test, np.array([7, 8]), ids, (1.0, 5.0))


def test_seen_movies_are_left_out_but_test_movies_are_not(split):
    table = list_for(ByMovie([5, 5, 3, 5, 4]), split, user=0)
    assert table["movie_id"].tolist() == [50, 30]


def test_a_movie_with_few_ratings_cannot_win(split):
    stars = ByMovie([1, 2, 5.96, 4.5, 5.8])
    free = list_for(stars, split, user=0)
    assert free["movie_id"].tolist() == [30, 50]
    assert free["stars"].tolist() == [5.0, 5.0]  # on the scale, in the order of the prediction
    assert list_for(stars, split, user=0, minimum_support=1).empty


def test_titles_are_added_and_n_is_kept(split):
    movies = pd.DataFrame({"movie_id": [30, 50], "title": ["Heat", "Emma"], "year": [1995, 1996]})
    table = list_for(ByMovie([1, 1, 2, 1, 3]), split, user=0, n=1, movies=movies)
    assert table[["title", "support"]].to_numpy().tolist() == [["Emma", 0]]


def test_an_id_is_not_an_index(split):
    with pytest.raises(ValueError, match=r"user=7 .* split\.user_index"):
        list_for(ByMovie(np.ones(5)), split, user=7)


def ratings_of(users, stars, predictions):
    return pd.DataFrame({"user": users, "rating": stars, "prediction": predictions})


def test_liked_is_told_right_when_the_prediction_rounds_to_four_or_more():
    table = ratings_of([1, 1, 2, 2], [4.0, 5.0, 3.0, 1.0], [3.5, 3.49, 3.6, 1.0])
    found = like_accuracy(table)
    assert (found.accuracy, found.always_liked) == (0.5, 0.5)
    assert (found.n, found.n_users) == (4, 2)
    assert like_accuracy(table, liked=3.5).accuracy == 0.75  # half stars: 3.0 and 3.49 count


def test_one_users_interval_is_wilsons_and_wide():
    stars = np.repeat([5.0, 2.0], [67, 31])
    found = like_accuracy(ratings_of(np.ones(98, int), stars, np.full(98, 4.0)))
    assert found.accuracy == found.always_liked == pytest.approx(67 / 98)
    assert found.interval == pytest.approx((0.5862, 0.7673), abs=1e-4)  # by Wilson's formula


def test_many_users_interval_covers_the_share_and_shrinks_with_users():
    rng = np.random.default_rng(0)

    def width(n_users):
        users = np.repeat(np.arange(n_users), 5)
        stars = rng.integers(1, 6, len(users)).astype(float)
        found = like_accuracy(ratings_of(users, stars, rng.uniform(2, 5, len(users))))
        low, high = found.interval
        assert low < found.accuracy < high
        return high - low

    assert width(1600) == pytest.approx(width(100) / 4, rel=0.25)


def test_an_empty_table_has_no_accuracy():
    with pytest.raises(ValueError, match="ratings is empty"):
        like_accuracy(ratings_of([], [], []))
