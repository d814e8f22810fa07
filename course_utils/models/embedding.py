"""Rating models over two embedding tables: one row a user, one row a movie.

Every model takes ``[user, movie]``, two int arrays of shape (batch,), and returns stars of shape
(batch, 1).
"""

import keras
from keras import layers, ops, regularizers


def dot(
    n_users: int, n_movies: int, dim: int = 100, *, mean: float = 0.0, normalize: bool = False
) -> keras.Model:
    """mean + <p_u, q_i>. With ``mean=0``, the 2021 project's first model: no biases, no penalty.

    ``normalize=True`` divides by both lengths, as an early draft of the project did by accident:
    the product is then a cosine and can never exceed 1 star.
    """
    user, movie = _inputs()
    score = layers.Dot(axes=-1, normalize=normalize, name="score")(
        [_vector(user, n_users, dim, "user"), _vector(movie, n_movies, dim, "movie")]
    )
    return keras.Model([user, movie], Stars(mean, name="stars")(score), name="dot")


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
    Source: Koren et al., IEEE Computer 2009; with the range, the 2021 project's second model.
    """
    user, movie = _inputs()
    p = _vector(user, n_users, dim, "user", l2, init_scale)
    q = _vector(movie, n_movies, dim, "movie", l2, init_scale)
    b_user = _vector(user, n_users, 1, "user_bias", bias_l2, "zeros")
    b_movie = _vector(movie, n_movies, 1, "movie_bias", bias_l2, "zeros")
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
    user, movie = _inputs()
    vectors = [
        layers.Dropout(dropout)(_vector(user, n_users, dim, "user")),
        layers.Dropout(dropout)(_vector(movie, n_movies, dim, "movie")),
    ]
    x = layers.Dropout(dropout)(layers.Concatenate()(vectors))
    x = layers.Dropout(dropout)(layers.Dense(hidden, activation="relu")(x))
    return keras.Model([user, movie], layers.Dense(1, name="stars")(x), name="concat_mlp")


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
        return low + (high - low) * ops.sigmoid(offset + score / slope)

    def get_config(self):
        return super().get_config() | {"mean": self.mean, "rating_scale": self.rating_scale}


@keras.saving.register_keras_serializable("course_utils")
class MeanL2(regularizers.Regularizer):
    """``l2`` times the squared length of a vector, averaged over the batch. Shape (batch, dim)."""

    def __init__(self, l2: float):
        self.l2 = float(l2)

    def __call__(self, vectors):
        return self.l2 * ops.mean(ops.sum(ops.square(vectors), axis=-1))

    def get_config(self):
        return {"l2": self.l2}


@keras.saving.register_keras_serializable("course_utils")
class BatchPenalty(layers.Layer):
    """Passes vectors of shape (batch, dim) through and adds their :class:`MeanL2` to the loss."""

    def __init__(self, l2: float, **kwargs):
        super().__init__(**kwargs)
        self.penalty = MeanL2(l2)

    def call(self, vectors):
        self.add_loss(self.penalty(vectors))
        return vectors

    def get_config(self):
        return super().get_config() | {"l2": self.penalty.l2}


def _inputs():
    return (keras.Input((), dtype="int32", name=name) for name in ("user_index", "movie_index"))


def _vector(index, n: int, dim: int, name: str, l2: float = 0.0, init="uniform"):
    if n < 1 or dim < 1:
        raise ValueError(f"{name}: the table needs at least 1 row and 1 column, got {n} × {dim}")
    if isinstance(init, int | float):
        init = keras.initializers.RandomNormal(stddev=init)
    vector = layers.Embedding(n, dim, embeddings_initializer=init, name=name)(index)
    return BatchPenalty(l2, name=f"{name}_l2")(vector) if l2 else vector
