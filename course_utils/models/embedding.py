"""Rating models over two embedding tables: one row a user, one row a movie.

Every model takes ``[user, movie]``, two int arrays of shape (batch,), and returns stars of shape
(batch, 1).
"""

import keras
from keras import layers, ops
from keras.initializers import RandomNormal


def dot(
    n_users: int,
    n_movies: int,
    dim: int = 100,
    *,
    mean: float = 0.0,
    normalize: bool = False,
    init_scale: float | None = None,
) -> keras.Model:
    """mean + <p_u, q_i>. With ``mean=0``, the 2021 project's first model: no biases, no penalty.

    ``normalize=True`` divides by both lengths, as an early draft of the project did by accident:
    the product is then a cosine and can never exceed 1 star.
    init_scale: spread of the vectors at the start, normal as in :func:`biased_dot`. None: Keras'
    own start, uniform within ±0.05, as in 2021.
    """
    _check_sizes(n_users=n_users, n_movies=n_movies, dim=dim)
    user = keras.Input((), dtype="int32", name="user_index")
    movie = keras.Input((), dtype="int32", name="movie_index")
    p = layers.Embedding(n_users, dim, _start(init_scale), name="user")(user)
    q = layers.Embedding(n_movies, dim, _start(init_scale), name="movie")(movie)
    score = layers.Dot(axes=-1, normalize=normalize, name="score")([p, q])
    stars = Stars(mean, name="stars")(score)
    return keras.Model([user, movie], stars, name="dot")


def biased_dot(
    n_users: int,
    n_movies: int,
    dim: int = 32,
    *,
    mean: float = 0.0,
    rating_scale: tuple[float, float] | None = None,
    l2: float = 0.0,
    bias_l2: float = 0.0,
    init_scale: float = 0.05,
) -> keras.Model:
    """mean + b_u + b_i + <p_u, q_i>, or that squeezed into ``rating_scale`` by a sigmoid.

    mean: in stars; what an unknown user and movie get. With a ``rating_scale`` (low, high) the
    output can approach but not leave it.
    l2: penalty on each rating's two vectors, mean over the batch, so that a user with many ratings
    is held back no more *per rating* than one with few. bias_l2: the same for the biases.
    init_scale: spread of the vectors at the start.
    Source: Koren et al., IEEE Computer 2009; with the range, the 2021 project's second model.
    """
    _check_sizes(n_users=n_users, n_movies=n_movies, dim=dim)
    user = keras.Input((), dtype="int32", name="user_index")
    movie = keras.Input((), dtype="int32", name="movie_index")
    p = layers.Embedding(n_users, dim, _start(init_scale), name="user")(user)
    q = layers.Embedding(n_movies, dim, _start(init_scale), name="movie")(movie)
    b_user = layers.Embedding(n_users, 1, "zeros", name="user_bias")(user)
    b_movie = layers.Embedding(n_movies, 1, "zeros", name="movie_bias")(movie)
    p, q = BatchPenalty(l2, name="user_l2")(p), BatchPenalty(l2, name="movie_l2")(q)
    b_user = BatchPenalty(bias_l2, name="user_bias_l2")(b_user)
    b_movie = BatchPenalty(bias_l2, name="movie_bias_l2")(b_movie)
    score = layers.Add(name="score")([layers.Dot(axes=-1)([p, q]), b_user, b_movie])
    stars = Stars(mean, rating_scale, name="stars")(score)
    return keras.Model([user, movie], stars, name="biased_dot")


def concat_mlp(
    n_users: int, n_movies: int, dim: int = 100, *, hidden: int = 100, dropout: float = 0.1
) -> keras.Model:
    """The 2021 project's "tuned model 1": both vectors side by side into a small network.

    No product of user and movie: the network has to learn it. Source: the project; NeuMF's MLP
    half (He et al., WWW 2017).
    """
    _check_sizes(n_users=n_users, n_movies=n_movies, dim=dim)
    user = keras.Input((), dtype="int32", name="user_index")
    movie = keras.Input((), dtype="int32", name="movie_index")
    p = layers.Dropout(dropout)(layers.Embedding(n_users, dim, name="user")(user))
    q = layers.Dropout(dropout)(layers.Embedding(n_movies, dim, name="movie")(movie))
    x = layers.Dropout(dropout)(layers.Concatenate()([p, q]))
    x = layers.Dropout(dropout)(layers.Dense(hidden, activation="relu")(x))
    stars = layers.Dense(1, name="stars")(x)
    return keras.Model([user, movie], stars, name="concat_mlp")


def in_range(score, low: float, high: float):
    """The score, squeezed into low … high stars by a sigmoid; 0 gives the middle. Same shape."""
    return low + (high - low) * ops.sigmoid(score)


@keras.saving.register_keras_serializable("course_utils")
class Stars(layers.Layer):
    """Turns a score around 0 into stars: ``mean + score``, or a sigmoid over ``rating_scale``.

    The sigmoid is shifted so that score 0 gives ``mean`` and scaled so that near it one unit of
    score is one star. The first epoch then starts where the global mean already is.
    """

    def __init__(self, mean, rating_scale=None, **kwargs):
        super().__init__(**kwargs)
        self.mean, self.rating_scale = float(mean), rating_scale
        if rating_scale is not None and not rating_scale[0] < self.mean < rating_scale[1]:
            raise ValueError(
                f"mean={mean} lies outside rating_scale={rating_scale}: give the mean training "
                "rating, in stars"
            )

    def call(self, score):
        if self.rating_scale is None:
            return self.mean + score
        low, high = self.rating_scale
        share = (self.mean - low) / (high - low)
        offset = ops.log(share / (1 - share))
        slope = (high - low) * share * (1 - share)
        return in_range(offset + score / slope, low, high)

    def get_config(self):
        return super().get_config() | {"mean": self.mean, "rating_scale": self.rating_scale}


@keras.saving.register_keras_serializable("course_utils")
class BatchPenalty(layers.Layer):
    """Passes vectors (batch, dim) through; adds l2 times their mean squared length to the loss."""

    def __init__(self, l2: float, **kwargs):
        super().__init__(**kwargs)
        self.l2 = float(l2)

    def call(self, vectors):
        self.add_loss(self.l2 * ops.mean(ops.sum(ops.square(vectors), axis=-1)))
        return vectors

    def get_config(self):
        return super().get_config() | {"l2": self.l2}


def _start(scale: float | None) -> str | RandomNormal:
    return "uniform" if scale is None else RandomNormal(stddev=scale)


def _check_sizes(**sizes: int) -> None:
    for name, size in sizes.items():
        if size < 1:
            raise ValueError(f"{name}={size}: a table needs at least one row and one column")
