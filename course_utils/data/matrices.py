"""The rating matrix, sparse. :mod:`course_utils.tasks.rows` makes the batch at hand dense, no more.

MovieLens-1M fills 4.5 % of its users × movies matrix. Stored whole as float64 it takes 170 MiB;
as CSR (the rated cells only) 8 MiB.
"""

import numpy as np
import pandas as pd
from scipy import sparse


def rating_matrix(ratings: pd.DataFrame, shape: tuple[int, int]) -> sparse.csr_matrix:
    """The users × movies matrix of one part of a split, as CSR float32 of ``shape``.

    ratings: columns ``user``, ``movie`` (indices) and ``rating`` (stars). A rated cell is a
    *stored* cell, half stars included; a cell that is not stored has not been rated.
    Raises ValueError for an index outside ``shape`` or a (user, movie) pair that occurs twice.
    """
    user, movie = ratings["user"].to_numpy(), ratings["movie"].to_numpy()
    for name, index, size in (("user", user, shape[0]), ("movie", movie, shape[1])):
        if len(index) and (index.min() < 0 or index.max() >= size):
            outside = index[(index < 0) | (index >= size)]
            raise ValueError(
                f"{name} index {outside[0]} does not fit shape {shape}: use split.shape and "
                "indices of the same split, not MovieLens ids"
            )
    cells = sparse.coo_matrix((ratings["rating"].to_numpy("float32"), (user, movie)), shape=shape)
    cells.has_canonical_format = True  # else scipy adds up duplicates: 4 + 4 would become 8 stars
    matrix = cells.tocsc().tocsr()  # two counting sorts are faster than sorting each row
    if not matrix.has_canonical_format:
        raise ValueError("ratings holds a (user, movie) pair twice; keep one of them")
    return matrix


def fill(matrix: sparse.csr_matrix, value: float | str = 0.0) -> np.ndarray:
    """Dense float32 copy with the unrated cells set to ``value`` stars, or to ``"user_mean"``.

    A row without ratings gets the mean of all ratings for ``"user_mean"``.
    Source: the 2021 project's ``dataPreprocessor`` (``init_value`` and ``average``).
    """
    if isinstance(value, str):
        if value != "user_mean":
            raise ValueError(f'value={value!r}: give a number of stars or "user_mean"')
        start = row_means(matrix)[:, None]
    else:
        start = np.array(value, "float32")
    dense = np.empty(matrix.shape, "float32")
    dense[:] = start
    rows = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    dense[rows, matrix.indices] = matrix.data
    return dense


def row_means(matrix: sparse.csr_matrix) -> np.ndarray:
    """Mean rating of each row, float32, shape (n_rows,); the overall mean for an empty row."""
    count = np.diff(matrix.indptr)
    overall = matrix.data.mean() if matrix.nnz else 0.0
    total = np.asarray(matrix.sum(axis=1)).ravel()
    return np.where(count > 0, total / np.maximum(count, 1), overall).astype("float32")


def seen_movies(*parts: pd.DataFrame, shape: tuple[int, int]) -> sparse.csr_matrix:
    """1 where a user rated a movie in any of the parts, as CSR of ``shape``."""
    return rating_matrix(pd.concat(parts).assign(rating=1.0), shape)
