"""The rating matrix: every rating stored once, as it was given, and dense only batch by batch."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course_utils.data.matrices import fill, rating_matrix, row_means, seen_movies
from tests.conftest import part, random_table_split

RATINGS = part([(0, 1, 3.5), (2, 0, 5.0), (0, 3, 0.5), (2, 2, 4.0)])
SHAPE = (4, 4)  # users 1 and 3 have rated nothing
NO = 0.0  # no rating
DENSE = [[NO, 3.5, NO, 0.5], [NO] * 4, [5.0, NO, 4.0, NO], [NO] * 4]


@pytest.fixture
def matrix():
    return rating_matrix(RATINGS, SHAPE)


def test_every_rating_is_stored_where_it_belongs_with_its_half_star(matrix):
    assert matrix.toarray().tolist() == DENSE
    assert matrix.nnz == len(RATINGS)
    assert (matrix.format, matrix.dtype, matrix.shape) == ("csr", "float32", SHAPE)


@pytest.mark.parametrize("dtype", ["float64", "float32", "int64"])
def test_the_matrix_is_float32_whatever_the_ratings_are(dtype):
    whole_stars = RATINGS.assign(rating=[3, 5, 1, 4]).astype({"rating": dtype})
    assert rating_matrix(whole_stars, SHAPE).dtype == "float32"


@settings(max_examples=20, deadline=None)
@given(st.permutations(range(len(RATINGS))))
def test_the_order_of_the_ratings_does_not_matter(order):
    matrix = rating_matrix(RATINGS.iloc[order], SHAPE)
    assert matrix.toarray().tolist() == DENSE
    assert matrix.has_canonical_format  # movies in order: scipy finds a cell by bisection


def test_no_ratings_give_an_empty_matrix():
    empty = rating_matrix(RATINGS.iloc[:0], SHAPE)
    assert (empty.shape, empty.nnz) == (SHAPE, 0)


def test_a_pair_that_occurs_twice_is_refused_not_added_up():
    twice = part([(0, 1, 4), (1, 1, 3), (0, 1, 4)])
    with pytest.raises(ValueError, match="pair twice; keep one"):
        rating_matrix(twice, (2, 2))


@pytest.mark.parametrize("name", ["user", "movie"])
def test_an_index_that_does_not_fit_is_named_with_a_remedy(name):
    with pytest.raises(ValueError, match=rf"{name} index 4 does not fit shape .*split\.shape"):
        rating_matrix(RATINGS.assign(**{name: [0, 1, 2, 4]}), SHAPE)


def test_it_takes_far_less_memory_than_the_dense_matrix():
    split = random_table_split([20] * 40, n_movies=400)
    matrix = rating_matrix(split.train, split.shape)
    stored = matrix.data.nbytes + matrix.indices.nbytes + matrix.indptr.nbytes
    assert stored < matrix.toarray().nbytes / 5


@pytest.mark.parametrize("value", [0, 3, 2.5])
def test_fill_sets_unrated_cells_and_keeps_the_ratings(matrix, value):
    filled = fill(matrix, value)
    expected = [[stars or value for stars in row] for row in DENSE]
    assert filled.tolist() == expected
    assert filled.dtype == "float32"


def test_fill_with_the_users_mean_and_the_overall_mean_for_empty_rows(matrix):
    overall = (3.5 + 0.5 + 5 + 4) / 4
    assert fill(matrix, "user_mean") == pytest.approx(
        np.array([[2.0, 3.5, 2.0, 0.5], [overall] * 4, [5.0, 4.5, 4.0, 4.5], [overall] * 4])
    )


def test_fill_leaves_the_matrix_as_it_was(matrix):
    fill(matrix, 5)[0, 1] = 9
    assert matrix.toarray().tolist() == DENSE


def test_fill_names_a_value_it_does_not_know(matrix):
    with pytest.raises(ValueError, match=r"value='movie_mean'.*\"user_mean\""):
        fill(matrix, "movie_mean")


def test_row_means_of_an_empty_matrix_are_zero_not_nan():
    assert row_means(rating_matrix(RATINGS.iloc[:0], SHAPE)).tolist() == [0, 0, 0, 0]


def test_seen_movies_marks_what_any_of_the_parts_holds():
    seen = seen_movies(RATINGS.iloc[:2], RATINGS.iloc[2:3], shape=SHAPE)
    assert seen.toarray().tolist() == [[0, 1, 0, 1], [0] * 4, [1, 0, 0, 0], [0] * 4]


@pytest.mark.parametrize("name", ["user", "movie"])
def test_a_negative_index_is_the_one_named(name):
    with pytest.raises(ValueError, match=f"{name} index -1 does not fit"):
        rating_matrix(RATINGS.assign(**{name: [0, 1, -1, 3]}), SHAPE)
