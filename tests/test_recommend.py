"""Recommendations: nothing seen, nothing without support, best first."""

import numpy as np
import pandas as pd
import pytest

from course_utils.recommend import recommend
from course_utils.splits import Split


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
    table = recommend(ByMovie([5, 5, 3, 5, 4]), split, user=0)
    assert table["movie_id"].tolist() == [50, 30]


def test_a_movie_with_few_ratings_cannot_win(split):
    stars = ByMovie([1, 2, 5.96, 4.5, 5.8])
    free = recommend(stars, split, user=0)
    assert free["movie_id"].tolist() == [30, 50]
    assert free["stars"].tolist() == [5.0, 5.0]  # on the scale, in the order of the prediction
    assert recommend(stars, split, user=0, minimum_support=1).empty


def test_titles_are_added_and_n_is_kept(split):
    movies = pd.DataFrame({"movie_id": [30, 50], "title": ["Heat", "Emma"], "year": [1995, 1996]})
    table = recommend(ByMovie([1, 1, 2, 1, 3]), split, user=0, n=1, movies=movies)
    assert table[["title", "support"]].to_numpy().tolist() == [["Emma", 0]]


def test_an_id_is_not_an_index(split):
    with pytest.raises(ValueError, match=r"user=7 .* split\.user_index"):
        recommend(ByMovie(np.ones(5)), split, user=7)
