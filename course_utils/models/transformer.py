"""Rating models that read what a user rated before: the published recipe, and the course's own.

:func:`bst` takes the arrays of :func:`course_utils.tasks.windows.window_task`,
:func:`residual_transformer` those of :func:`course_utils.tasks.histories.history_task`.
"""

from collections.abc import Mapping, Sequence

import keras
import numpy as np
from keras import layers, ops
from keras.initializers import RandomNormal


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
    norm: str = "post",
    batch_norm: bool = True,
) -> keras.Model:
    """The behaviour sequence transformer as the 2021 project took it from Keras' example.

    The tokens are the ``length - 1`` earlier movies and the movie asked about. An earlier movie's
    vector and its position's are added, and the sum is *multiplied* by the stars it got; the movie
    asked about has neither position nor stars. After the blocks all tokens are laid side by side
    and go through dense layers. Widths are the square root of what they index.

    n_users: 0, or the number of users for a vector of the user's own. user_features: name → number
    of codes. genres: (n_movies, n_genres), mixed into every movie's vector.
    What can be changed, to see what it is good for: rating "multiply" or "add"; positions; norm
    "post" (normalise after adding, as published) or "pre" (before each step, so that depth stays
    harmless); batch_norm: normalise after each dense layer.
    Sources: Keras' example "A Transformer-based recommendation system"; Chen et al., "Behavior
    sequence transformer", DLP-KDD 2019; pre-norm: Xiong et al., ICML 2020.
    """
    _check_choice("rating", rating, ("multiply", "add"))
    _check_choice("norm", norm, ("post", "pre"))
    dim = int(np.sqrt(n_movies))
    sizes = ({"user": n_users} if n_users else {}) | dict(user_features or {})
    movies = keras.Input((length - 1,), dtype="int32", name="movies")
    stars = keras.Input((length - 1,), name="stars")
    target = keras.Input((), dtype="int32", name="target")
    of_user = {name: keras.Input((), dtype="int32", name=name) for name in sizes}

    vector = _movie_vectors(n_movies, dim, genres)
    past = vector(movies)
    if positions:
        past = PositionVectors(name="position")(past)
    if rating == "multiply":
        past = past * ops.expand_dims(stars, -1)
    else:
        past = past + layers.Dense(dim, name="stars_vector")(ops.expand_dims(stars, -1))
    tokens = ops.concatenate([past, ops.expand_dims(vector(target), 1)], axis=1)
    for i in range(blocks):
        tokens = _block(tokens, dim, heads, dropout, norm, f"block_{i + 1}")
    if norm == "pre":
        tokens = layers.LayerNormalization(name="last_norm")(tokens)
    user_vectors = [
        layers.Embedding(size, int(np.sqrt(size)), name=f"{name}_vector")(of_user[name])
        for name, size in sizes.items()
    ]
    x = ops.concatenate([layers.Flatten()(tokens), *user_vectors], axis=1)
    for width in hidden:
        x = layers.Dense(width)(x)
        x = layers.BatchNormalization()(x) if batch_norm else x
        x = layers.Dropout(dropout)(layers.LeakyReLU()(x))
    inputs = {"movies": movies, "stars": stars, "target": target, **of_user}
    return keras.Model(inputs, layers.Dense(1, name="rating")(x), name="bst")


def _movie_vectors(n_movies: int, dim: int, genres: np.ndarray | None):
    """A function from movie indices to vectors. Index ``n_movies`` stands for "no movie"."""
    table = layers.Embedding(n_movies + 1, dim, name="movie_vector")
    if genres is None:
        return table
    genres = np.vstack([genres, np.zeros((1, genres.shape[1]), "float32")])
    fixed = layers.Embedding(*genres.shape, weights=genres, trainable=False, name="genres")
    mix = layers.Dense(dim, activation="relu", name="movie_and_genres")
    return lambda index: mix(ops.concatenate([table(index), fixed(index)], axis=-1))


def _block(x, dim: int, heads: int, dropout: float, norm: str, name: str):
    """Attention, then one dense layer, each added to what came in."""
    attend = layers.MultiHeadAttention(heads, dim, dropout=dropout, name=f"{name}_attention")
    norm_1, norm_2 = (layers.LayerNormalization(name=f"{name}_norm_{i}") for i in (1, 2))
    dense = layers.Dense(dim, name=f"{name}_dense")
    drop = layers.Dropout(dropout)
    if norm == "pre":
        seen = norm_1(x)
        x = x + drop(attend(seen, seen))
        return x + layers.Dropout(dropout)(dense(layers.LeakyReLU()(norm_2(x))))
    x = norm_1(x + drop(attend(x, x)))
    return norm_2(x + layers.Dropout(dropout)(dense(layers.LeakyReLU()(x))))


def plain_block(n_tokens: int, width: int, heads: int) -> keras.Model:
    """One block of :func:`bst` as a model: tokens (batch, n_tokens, width) in and out."""
    tokens = keras.Input((n_tokens, width), name="tokens")
    return keras.Model(tokens, _block(tokens, width, heads, 0.0, "post", "block"), name="block")


def plain_bst(n_movies: int, length: int, heads: int, hidden: Sequence[int]) -> keras.Model:
    """:func:`bst` as lesson 03 builds it by hand: no dropout, no batch normalisation."""
    return bst(n_movies, length=length, heads=heads, hidden=hidden, dropout=0.0, batch_norm=False)


@keras.saving.register_keras_serializable("course_utils")
class PositionVectors(layers.Layer):
    """Adds a learned vector to each place of a sequence (batch, length, dim)."""

    def build(self, shape):
        self.table = self.add_weight(shape=shape[1:], initializer="uniform", name="table")

    def call(self, tokens):
        return tokens + self.table


def residual_transformer(
    n_users: int,
    n_movies: int,
    *,
    mean: float,
    memory: int = 50,
    user_bias: bool = True,
    factors: int = 32,
    l2: float = 0.06,
    dim: int = 32,
    heads: int = 2,
    blocks: int = 1,
    dropout: float = 0.2,
    order: bool = True,
) -> keras.Model:
    """mean + b_u + b_i + <p_u, q_i>, plus what a transformer reads in the ratings before.

    Returns stars of shape (batch, n_asked, 1): one for each movie asked about, each from its own
    past only. A past rating is its movie's vector *plus* its value times one direction. In each
    block the movie asked about looks at the past, and thinks about it; the past itself stays as it
    is, so that nothing can leak through it.

    mean: stars. memory: how many ratings may be looked back at. user_bias, factors (0: no product)
    and l2 are those of :func:`~course_utils.models.embedding.biased_dot`; biases get l2 / 30.
    dim, heads, blocks, dropout: of the transformer. order: heads may prefer what was rated few
    ratings ago.
    Sources: Koren et al., IEEE Computer 2009; Kang & McAuley, "Self-attentive sequential
    recommendation", ICDM 2018; Li et al., "Time interval aware self-attention", WSDM 2020.
    """
    user = keras.Input((), dtype="int32", name="user")
    movie, known, past_movie, past_place = (
        keras.Input((None,), dtype="int32", name=name)
        for name in ("movie", "known", "past_movie", "past_place")
    )
    day, past_value, past_day = (
        keras.Input((None,), name=name) for name in ("day", "past_value", "past_day")
    )

    real = ops.not_equal(movie, n_movies)
    users = ops.expand_dims(user, 1) + ops.zeros_like(movie)
    stars = mean + _penalised(movie, real, n_movies + 1, 1, l2 / 30, "movie_bias")
    if user_bias:
        stars = stars + _penalised(users, real, n_users, 1, l2 / 30, "user_bias")
    if factors:
        p = _penalised(users, real, n_users, factors, l2, "user_factors")
        q = _penalised(movie, real, n_movies + 1, factors, l2, "movie_factors")
        stars = stars + ops.sum(p * q, axis=-1, keepdims=True)

    vector = layers.Embedding(n_movies + 1, dim, RandomNormal(stddev=0.05), name="movie_vector")
    value = layers.Dense(dim, use_bias=False, name="value_direction")
    past = layers.Dropout(dropout)(vector(past_movie) + value(ops.expand_dims(past_value, -1)))
    visible = may_look_at(known, past_place, memory)
    distances = [log_distance(day, past_day, 24)]  # hours
    if order:
        distances.append(log_distance(known, past_place))
    x = layers.Dropout(dropout)(vector(movie))
    for i in range(1, blocks + 1):
        x = _look_back_block(x, [past, visible, *distances], dim, heads, dropout, f"block_{i}")
    x = layers.LayerNormalization(name="last_norm")(x)
    # Zeros at first: training begins with the sum above and adds to it what helps.
    correction = layers.Dense(1, kernel_initializer="zeros", name="correction")(x)
    inputs = (user, movie, known, day, past_movie, past_value, past_place, past_day)
    return keras.Model({x.name: x for x in inputs}, stars + correction, name="residual_transformer")


def _penalised(index, real, n: int, width: int, l2: float, name: str):
    """Vectors from a table with n rows; their lengths cost where the question is real."""
    start = RandomNormal(stddev=0.05) if width > 1 else "zeros"
    vectors = layers.Embedding(n, width, start, name=name)(index)
    return MaskedPenalty(l2, name=f"{name}_l2")([vectors, real])


def _look_back_block(x, past: list, dim: int, heads: int, dropout: float, name: str):
    """Look at the past, then think about it; each is added to what came in."""
    seen = layers.LayerNormalization(name=f"{name}_norm_1")(x)
    x = x + LookBack(heads, dim, dropout, name=f"{name}_attention")([seen, *past])
    seen = layers.LayerNormalization(name=f"{name}_norm_2")(x)
    seen = layers.Dense(2 * dim, activation="gelu", name=f"{name}_wide")(seen)
    return x + layers.Dropout(dropout)(layers.Dense(dim, name=f"{name}_dense")(seen))


def start_from(model: keras.Model, product: keras.Model) -> keras.Model:
    """Give a :func:`residual_transformer` the biases and vectors of a trained biased dot product.

    product: a :func:`~course_utils.models.embedding.biased_dot` of the same users, movies, mean and
    number of factors. As the correction starts at zero, training begins where the product ended.
    """
    for ours, theirs, more in (  # the model has one more row of movies, for "no movie"
        ("user_bias", "user_bias", 0),
        ("movie_bias", "movie_bias", 1),
        ("user_factors", "user", 0),
        ("movie_factors", "movie", 1),
    ):
        table, known = (
            m.get_layer(n).get_weights()[0] for m, n in ((model, ours), (product, theirs))
        )
        if table.shape != (len(known) + more, known.shape[1]):
            raise ValueError(
                f"product has {theirs} vectors of shape {known.shape}, the model {table.shape}: "
                "give both the same users, movies and factors"
            )
        table[: len(known)] = known
        model.get_layer(ours).set_weights([table])
    return model


def may_look_at(known, past_place, memory: int):
    """The causal mask: True where a past rating may be looked at, (batch, n_asked, n_past).

    known: (batch, n_asked), how many of the user's ratings come before each movie asked about.
    past_place: (batch, n_past), each past rating's place among them, from 0; below 0 is padding.
    """
    known, place = ops.expand_dims(known, 2), ops.expand_dims(past_place, 1)
    recent = ops.logical_and(place < known, place >= known - memory)
    return ops.logical_and(recent, place >= 0)


def log_distance(asked, past, scale: int = 1):
    """log(1 + scale · how far each past rating lies before each question).

    asked: (batch, n_asked), past: (batch, n_past), in one unit. Returns (batch, n_asked, n_past);
    what comes after the question is at 0.
    """
    between = scale * (ops.expand_dims(asked, 2) - ops.expand_dims(past, 1))
    return ops.log(1.0 + ops.cast(ops.maximum(between, 0), "float32"))


@keras.saving.register_keras_serializable("course_utils")
class LookBack(layers.Layer):
    """Attention from the movies asked about to past ratings, fading with distance.

    Inputs: asked (batch, n_asked, dim), past (batch, n_past, dim), visible (batch, n_asked, n_past)
    and any number of distances of that shape. Each head subtracts each distance times a learned
    number from its scores (as ALiBi does, with learned slopes), and may also look at nothing, which
    has score 0: with one distant rating visible, the weights need not add up to 1.
    Sources: Vaswani et al., 2017; Press et al., "Train short, test long", ICLR 2022.
    """

    def __init__(self, heads: int, dim: int, dropout: float = 0.0, **kwargs):
        super().__init__(**kwargs)
        if dim % heads:
            raise ValueError(f"dim={dim} does not divide into heads={heads}")
        self.heads, self.dim, self.rate = heads, dim, dropout
        self.query, self.key, self.value, self.mix = (
            layers.Dense(dim, use_bias=False, name=name)
            for name in ("query", "key", "value", "mix")
        )
        self.dropout = layers.Dropout(dropout)

    def build(self, shapes):
        asked, past = shapes[:2]
        for layer, shape in ((self.query, asked), (self.key, past), (self.value, past)):
            layer.build(shape)
        self.mix.build((None, None, self.dim))
        self.slopes = [
            self.add_weight(shape=(self.heads, 1, 1), initializer="zeros", name=f"slope_{i}")
            for i in range(len(shapes) - 3)
        ]

    def attention(self, inputs):
        """How much each head looks at each past rating: (batch, heads, n_asked, n_past)."""
        asked, past, visible, *distances = inputs
        query, key = self._by_head(self.query(asked)), self._by_head(self.key(past))
        score = ops.einsum("bqhd,bkhd->bhqk", query, key) / np.sqrt(self.dim // self.heads)
        for slope, distance in zip(self.slopes, distances, strict=True):
            score = score - slope * ops.expand_dims(distance, 1)
        score = ops.where(ops.expand_dims(visible, 1), score, -1e9)
        nothing = ops.zeros_like(score[..., :1])
        return ops.softmax(ops.concatenate([score, nothing], axis=-1))[..., :-1]

    def call(self, inputs, training=None):
        weight = self.dropout(self.attention(inputs), training=training)
        found = ops.einsum("bhqk,bkhd->bqhd", weight, self._by_head(self.value(inputs[1])))
        return self.mix(ops.reshape(found, (*ops.shape(found)[:2], self.dim)))

    def _by_head(self, x):
        return ops.reshape(x, (*ops.shape(x)[:2], self.heads, self.dim // self.heads))

    def compute_output_shape(self, shapes):
        return (*shapes[0][:2], self.dim)

    def get_config(self):
        return super().get_config() | {"heads": self.heads, "dim": self.dim, "dropout": self.rate}


@keras.saving.register_keras_serializable("course_utils")
class MaskedPenalty(layers.Layer):
    """Passes vectors (batch, n, dim) through; adds l2 times their mean squared length to the loss.

    Takes [vectors, real]; padding, where ``real`` (batch, n) is False, does not count.
    """

    def __init__(self, l2: float, **kwargs):
        super().__init__(**kwargs)
        self.l2 = l2

    def call(self, inputs):
        vectors, real = inputs
        real = ops.cast(real, vectors.dtype)
        squared = ops.sum(ops.square(vectors), axis=-1)
        self.add_loss(self.l2 * ops.sum(squared * real) / ops.maximum(ops.sum(real), 1.0))
        return vectors

    def get_config(self):
        return super().get_config() | {"l2": self.l2}


def attention_to_past(model: keras.Model, x: Mapping[str, np.ndarray]) -> np.ndarray:
    """What the last block of a :func:`residual_transformer` looks at.

    x: a batch of inputs. Returns weights of shape (batch, heads, n_asked, n_past).
    """
    look = [layer for layer in model.layers if isinstance(layer, LookBack)][-1]
    used = {name: tensor for name, tensor in model.input.items() if name != "user"}
    before = keras.Model(used, look.input)
    return ops.convert_to_numpy(look.attention(before({name: x[name] for name in used})))


def _check_choice(name: str, value: str, known: tuple[str, ...]) -> None:
    if value not in known:
        raise ValueError(f"{name}={value!r}: give one of {', '.join(known)}")
