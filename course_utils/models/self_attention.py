"""Which movie comes next? A transformer that reads a history and scores every movie as its end.

Takes the batches of :func:`course_utils.tasks.sequences.sequence_task`. Sources: Kang & McAuley,
"Self-attentive sequential recommendation", ICDM 2018 (SASRec); Klenitskiy & Vasilev, "Turning dross
into gold loss", RecSys 2023 (the same network with the whole softmax).
"""

import keras
import numpy as np
from keras import layers, ops
from keras.initializers import RandomNormal

PADDING = -1  # as a target: nothing to predict here


def sasrec(
    n_movies: int,
    *,
    length: int = 200,
    dim: int = 64,
    heads: int = 2,
    blocks: int = 2,
    dropout: float = 0.2,
    wide: int = 1,
    norm: str = "pre",
    candidates: bool = False,
) -> keras.Model:
    """Scores of all movies after each place of a history: (batch, length, n_movies), logits.

    Input: movies in time order, (batch, up to ``length``); ``n_movies`` is padding and stands
    *behind* the history, where the causal mask hides it too.
    dim, heads, blocks, dropout: of the transformer; wide: its dense layers' width in ``dim``. norm:
    "pre" (normalise before each step) or "post" (after adding).
    candidates: score only some movies instead of all, those of a second input (batch, length, n).
    """
    if norm not in ("pre", "post"):
        raise ValueError(f'norm={norm!r}: give "pre" or "post"')
    movies = keras.Input((None,), dtype="int32", name="movies")
    vectors = MovieVectors(n_movies, dim, name="movie_vectors")
    x = PlaceVectors(length, name="place_vectors")(vectors(movies))
    x = layers.Dropout(dropout)(x)
    for i in range(1, blocks + 1):
        x = _block(x, dim, heads, dropout, wide, norm, f"block_{i}")
    state = layers.LayerNormalization(name="state")(x)
    if candidates:
        asked = keras.Input((None, None), dtype="int32", name="candidates")
        some = ops.sum(ops.expand_dims(state, 2) * vectors(asked), axis=-1)
        return keras.Model([movies, asked], some, name="sasrec")
    return keras.Model(movies, vectors(state, score=True), name="sasrec")


def _block(x, dim: int, heads: int, dropout: float, wide: int, norm: str, name: str):
    """Look back, then think about it; each is added to what came in."""
    norms = [layers.LayerNormalization(name=f"{name}_norm_{i}") for i in (1, 2)]
    drops = [layers.Dropout(dropout) for _ in norms]
    attend = CausalAttention(heads, dim, dropout, name=f"{name}_attention")
    up = layers.Dense(wide * dim, activation="gelu", name=f"{name}_wide")
    down = layers.Dense(dim, name=f"{name}_dense")
    if norm == "pre":
        x = x + drops[0](attend(norms[0](x)))
        return x + drops[1](down(up(norms[1](x))))
    x = norms[0](x + drops[0](attend(x)))
    return norms[1](x + drops[1](down(up(x))))


def causal_mask(length: int):
    """True where a place may look: at itself and what came before it, (length, length).

    Row: the place that looks. Column: the place looked at.
    """
    place = ops.arange(length)
    return ops.expand_dims(place, 1) >= ops.expand_dims(place, 0)


@keras.saving.register_keras_serializable("course_utils")
class CausalAttention(layers.Layer):
    """Every place of a history (batch, length, dim) mixes what stands at it and before it.

    Source: Vaswani et al., 2017.
    """

    def __init__(self, heads: int, dim: int, dropout: float = 0.0, **kwargs):
        super().__init__(**kwargs)
        if dim % heads:
            raise ValueError(f"dim={dim} does not divide into heads={heads}")
        self.heads, self.dim, self.rate = heads, dim, dropout
        self.query, self.key, self.value, self.mix = (
            layers.Dense(dim, name=name) for name in ("query", "key", "value", "mix")
        )
        self.dropout = layers.Dropout(dropout)

    def build(self, shape):
        for layer in (self.query, self.key, self.value, self.mix):
            layer.build((*shape[:2], self.dim))

    def attention(self, x):
        """How much each place looks at which: (batch, heads, length, length), rows sum to 1."""
        query, key = self._by_head(self.query(x)), self._by_head(self.key(x))
        score = ops.matmul(query, ops.swapaxes(key, 2, 3)) / np.sqrt(self.dim // self.heads)
        return ops.softmax(ops.where(causal_mask(ops.shape(x)[1]), score, -1e9))

    def call(self, x, training=None):
        weight = self.dropout(self.attention(x), training=training)
        found = ops.matmul(weight, self._by_head(self.value(x)))
        return self.mix(ops.reshape(ops.swapaxes(found, 1, 2), ops.shape(x)))

    def _by_head(self, x):
        split = ops.reshape(x, (*ops.shape(x)[:2], self.heads, self.dim // self.heads))
        return ops.swapaxes(split, 1, 2)

    def compute_output_shape(self, shape):
        return shape

    def get_config(self):
        return super().get_config() | {"heads": self.heads, "dim": self.dim, "dropout": self.rate}


@keras.saving.register_keras_serializable("course_utils")
class MovieVectors(layers.Layer):
    """One vector a movie, used at both ends: to read a history, and to score what may follow.

    ``score=False``: from indices (...) to vectors (..., dim). ``score=True``: from states
    (..., dim) to their dot products with all movies' vectors, (..., n_movies). The table's last row
    is padding's.
    """

    def __init__(self, n_movies: int, dim: int, **kwargs):
        super().__init__(**kwargs)
        self.n_movies, self.dim, self.start = n_movies, dim, RandomNormal(0, 0.02)

    def build(self, _):
        shape = (self.n_movies + 1, self.dim)
        self.table = self.add_weight(shape=shape, initializer=self.start, name="table")

    def call(self, x, score=False):
        if score:
            return ops.matmul(x, ops.transpose(self.table[: self.n_movies]))
        return ops.take(self.table, x, axis=0)

    def get_config(self):
        return super().get_config() | {"n_movies": self.n_movies, "dim": self.dim}


@keras.saving.register_keras_serializable("course_utils")
class PlaceVectors(layers.Layer):
    """Adds to each vector of (batch, up to ``length``, dim) a learned one of its place.

    The vectors first grow by √dim: they start short, as a softmax over their products needs it.
    """

    def __init__(self, length: int, **kwargs):
        super().__init__(**kwargs)
        self.length, self.start = length, RandomNormal(0, 0.02)

    def build(self, shape):
        shape = (self.length, shape[-1])
        self.table = self.add_weight(shape=shape, initializer=self.start, name="table")

    def call(self, x):
        return np.sqrt(self.table.shape[1]) * x + self.table[: ops.shape(x)[1]]

    def compute_output_shape(self, shape):
        return shape

    def get_config(self):
        return super().get_config() | {"length": self.length}


@keras.saving.register_keras_serializable("course_utils")
def full_cross_entropy(target, logits):
    """Mean of -log softmax at the movie that came next, over all places with a target.

    target: (batch, length), PADDING where there is none. logits: (batch, length, n_movies).
    """
    target = ops.cast(target, "int32")
    cost = ops.sparse_categorical_crossentropy(ops.maximum(target, 0), logits, from_logits=True)
    return _mean_where(ops.not_equal(target, PADDING), cost)


@keras.saving.register_keras_serializable("course_utils")
def one_negative(target, logits):
    """SASRec's first loss: of the movie that came next and one at random, tell which is which.

    Binary cross-entropy. target: (batch, length), PADDING where there is none. logits: (batch,
    length, 2), of the movie that came next and of the drawn one. Any number may be drawn.
    """
    yes, no = logits[..., 0], logits[..., 1:]
    cost = ops.softplus(-yes) + ops.sum(ops.softplus(no), axis=-1)  # -log σ(yes) - Σ log(1 - σ(no))
    return _mean_where(ops.not_equal(ops.cast(target, "int32"), PADDING), cost)


def _mean_where(real, cost):
    real = ops.cast(real, cost.dtype)
    return ops.sum(real * cost) / ops.maximum(ops.sum(real), 1.0)
