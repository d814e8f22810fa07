"""Synthetic interactions: of the shape that was asked for, and never mistaken for data."""

import numpy as np
import pytest

from course_utils.data.splits import primary_split
from course_utils.data.synthetic import SHAPES, SyntheticNotice, synthetic_ratings


def make(shape, **settings):
    with pytest.warns(SyntheticNotice, match="drawn at random"):
        return synthetic_ratings(shape, **settings)


@pytest.mark.parametrize("shape", [(943, 1682, 100_000), (50, 400, 4_000), (600, 40, 9_000)])
def test_it_has_the_shape_that_was_asked_for(shape):
    ratings = make(shape).ratings
    assert (ratings["user_id"].nunique(), ratings["movie_id"].nunique(), len(ratings)) == shape
    assert not ratings.duplicated(["user_id", "movie_id"]).any()


def test_it_says_what_it_is():
    data = make("100k")
    assert data.name == "synthetic-100k"
    assert data.source == "a random generator"
    assert primary_split(data).dataset == "synthetic-100k"


def test_stars_are_halves_and_use_the_whole_scale():
    stars = make("100k").ratings["rating"]
    assert set(np.unique(stars)) == set(np.arange(1, 11) / 2)
    assert 3 < stars.mean() < 4


def test_a_few_movies_have_most_ratings_and_many_have_few():
    count = make("100k").ratings["movie_id"].value_counts().to_numpy()
    assert 0.35 < count[: len(count) // 10].sum() / count.sum() < 0.55
    assert np.quantile(count, 0.1) < 0.1 * count.mean()


def test_the_seed_decides():
    first, again, other = (make((60, 50, 900), seed=s).ratings for s in (1, 1, 2))
    assert first.equals(again)
    assert not first.equals(other)


def test_types_are_those_of_movielens():
    types = make((60, 50, 900)).ratings.dtypes.astype(str).to_dict()
    assert types == {
        "user_id": "int32",
        "movie_id": "int32",
        "rating": "float32",
        "timestamp": "int64",
    }


def test_impossible_shapes_are_refused_with_the_reason():
    with pytest.raises(ValueError, match=f"shape='5m': give one of {', '.join(SHAPES)}"):
        synthetic_ratings("5m")
    with pytest.raises(ValueError, match=r"ratings=900: 60 users and 20 movies .* at most 600"):
        synthetic_ratings((60, 20, 900))
