"""Rating models that read what a user rated before: the published recipe, and the course's own.

:func:`bst` takes a dict of arrays from :func:`course_utils.sequences.window_task` and returns stars
of shape (batch, 1).
"""

from collections.abc import Mapping, Sequence

import keras
import numpy as np
from keras import layers, ops


def bst(
    n_movies: int,
    *,
    length: int = 4,
    n_users: int = 0,
    user_features: Mapping[str, int] | None = None,
    genres: np.ndarray | None = None,
    heads: int = 3,
    blocks: int = 1,
    hidden: Sequence[int] = (256, 128),
    dropout: float = 0.1,
    rating: str = "multiply",
    positions: bool = True,
    ask: bool = True,
    norm: str = "post",
) -> keras.Model:
    """The behaviour sequence transformer as the 2021 project took it from Keras' example.

    The tokens are the ``length - 1`` earlier movies and the movie asked about. An earlier movie's
    vector and its position's are added, and the sum is *multiplied* by the stars it got; the movie
    asked about has neither position nor stars. After the blocks all tokens are laid side by side
    and go through dense layers. Widths are the square root of what they index.

    n_users: 0, or the number of users for a vector of the user's own. user_features: name → number
    of codes. genres: (n_movies, n_genres), mixed into every movie's vector.
    What can be changed, to see what it is good for: rating "multiply", "add" or "none"; positions;
    ask (False: the model is not told which movie it is asked about); norm "post" (normalise after
    adding, as published) or "pre" (before each step, so that depth stays harmless).
    Sources: Keras' example "A Transformer-based recommendation system"; Chen et al., "Behavior
    sequence transformer", DLP-KDD 2019; pre-norm: Xiong et al., ICML 2020.
    """
    for name, value, known in (
        ("rating", rating, ("multiply", "add", "none")),
        ("norm", norm, ("post", "pre")),
    ):
        if value not in known:
            raise ValueError(f"{name}={value!r}: give one of {', '.join(known)}")
    dim = int(np.sqrt(n_movies))
    past = keras.Input((length - 1,), dtype="int32", name="movies")
    stars = keras.Input((length - 1,), name="stars")
    target = keras.Input((), dtype="int32", name="target")
    inputs = {"movies": past, "stars": stars, "target": target}

    movie_vector = _movie_vectors(n_movies, dim, genres)
    tokens = movie_vector(past)
    if positions:
        tokens = tokens + layers.Embedding(length, dim, name="position")(ops.arange(length - 1))
    if rating == "multiply":
        tokens = tokens * ops.expand_dims(stars, -1)
    elif rating == "add":
        tokens = tokens + layers.Dense(dim, name="stars_vector")(ops.expand_dims(stars, -1))
    if ask:
        tokens = ops.concatenate([tokens, ops.expand_dims(movie_vector(target), 1)], axis=1)
    for i in range(blocks):
        tokens = _block(tokens, dim, heads, dropout, norm, f"block_{i + 1}")
    if norm == "pre":
        tokens = layers.LayerNormalization(name="last_norm")(tokens)
    features = [layers.Flatten()(tokens)]

    sizes = ({"user": n_users} if n_users else {}) | dict(user_features or {})
    for name, size in sizes.items():
        inputs[name] = keras.Input((), dtype="int32", name=name)
        features.append(
            layers.Embedding(size, int(np.sqrt(size)), name=f"{name}_vector")(inputs[name])
        )
    x = layers.Concatenate()(features) if len(features) > 1 else features[0]
    for width in hidden:
        x = layers.BatchNormalization()(layers.Dense(width)(x))
        x = layers.Dropout(dropout)(layers.LeakyReLU()(x))
    return keras.Model(inputs, layers.Dense(1, name="rating")(x), name="bst")


def _movie_vectors(n_movies: int, dim: int, genres: np.ndarray | None):
    """A function from movie indices to vectors. Index ``n_movies`` stands for "no movie"."""
    table = layers.Embedding(n_movies + 1, dim, name="movie_vector")
    if genres is None:
        return table
    genres = np.vstack([genres, np.zeros((1, genres.shape[1]), "float32")])
    multi_hot = layers.Embedding(*genres.shape, name="genres", trainable=False)
    multi_hot.build()
    multi_hot.set_weights([genres])
    mix = layers.Dense(dim, activation="relu", name="movie_and_genres")
    return lambda index: mix(ops.concatenate([table(index), multi_hot(index)], axis=-1))


def _block(x, dim: int, heads: int, dropout: float, norm: str, name: str):
    """Attention, then one dense layer, each added to what came in."""
    attend = layers.MultiHeadAttention(heads, dim, dropout=dropout, name=f"{name}_attention")
    norms = [layers.LayerNormalization(name=f"{name}_norm_{i}") for i in (1, 2)]
    dense = layers.Dense(dim, name=f"{name}_dense")
    drop = layers.Dropout(dropout)
    if norm == "pre":
        seen = norms[0](x)
        x = x + drop(attend(seen, seen))
        return x + layers.Dropout(dropout)(dense(layers.LeakyReLU()(norms[1](x))))
    x = norms[0](x + drop(attend(x, x)))
    return norms[1](x + layers.Dropout(dropout)(dense(layers.LeakyReLU()(x))))
