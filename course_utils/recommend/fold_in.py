"""A new user, without training: what a fitted model predicts after a dozen ratings.

A model knows its users by what they rated. To *fold in* a new one is to solve for what is theirs
alone and to leave the rest of the model as it is:

=====================  ============================================================
bias model             their bias: a mean, shrunk
biased dot product     their vector and bias: a ridge regression on the movies' vectors
rows are users         nothing: their ratings are a row, one forward pass
rows are movies        their column of the decoder: a ridge regression on the movies' codes
two-sided              the same, for what reading their ratings leaves over
item-kNN, EASE         nothing: their row times the matrix
item2vec               nothing: the mean vector of the movies they liked
transformer            their vector and bias, once more by ridge: their history is its input
popularity             nothing at all
=====================  ============================================================

A *profile* is a table with the columns ``movie`` (index) and ``rating`` (stars), in the order in
which the user rated.
"""

from dataclasses import dataclass, replace
from functools import singledispatch

import keras
import numpy as np
import pandas as pd
from keras import ops

from course_utils.data.held_out import LIKED
from course_utils.data.matrices import rating_matrix, row_means
from course_utils.data.new_users import ColdStart
from course_utils.models.baselines import BiasModel, ItemScorer, bias_model
from course_utils.models.folding import Fold, _shrunk_bias, as_rows, ridge
from course_utils.models.item2vec import Item2Vec
from course_utils.models.losses import masked_sse
from course_utils.protocol.training import Fitted
from course_utils.tasks.histories import Histories
from course_utils.tasks.rows import Rows, predict_cells
from course_utils.tasks.two_sided_rows import TwoSidedRows


def fold_in(model, ratings: pd.DataFrame) -> np.ndarray:
    """Stars (not clipped) or scores of all movies for one new user, shape (n_movies,).

    ratings: the user's profile. To ask one model often, prepare it once with :func:`folder`.
    """
    return folder(model)([ratings])[0]


@singledispatch
def folder(model) -> Fold:
    """A function that folds profiles into a model: (n_profiles, n_movies), stars or scores.

    All that can be computed before the users arrive is computed here, once.
    model: a bias model, an :class:`~course_utils.models.baselines.ItemScorer`, the shares of
    :func:`~course_utils.models.baselines.popularity`, an :class:`~course_utils.models.item2vec.Item2Vec`, or what
    ``fit`` returned for a product, an autoencoder or the course's transformer. Raises TypeError or
    ValueError for a model that needs training for a new user.
    """
    raise TypeError(f"no way is known to fold a new user into a {type(model).__name__}")


@folder.register
def _bias(model: BiasModel) -> Fold:
    def fold(profiles):
        user = [_shrunk_bias(p, model.mean + model.movie) for p in profiles]
        return model.mean + np.array(user)[:, None] + model.movie

    return fold


@folder.register
def _popularity(shares: np.ndarray) -> Fold:
    return lambda profiles: np.tile(shares, (len(profiles), 1))


@folder.register
def _item_scorer(model: ItemScorer) -> Fold:
    def fold(profiles):
        # Who rated what, whatever the stars: that is what these models were built from.
        seen = [p.assign(rating=1.0) for p in profiles]
        return model.score(as_rows(seen, len(model.weights)))

    return fold


@folder.register
def _item2vec(model: Item2Vec) -> Fold:
    def fold(profiles):
        liked = [p[p["rating"] >= LIKED].assign(rating=1.0) for p in profiles]
        weights = as_rows(liked, model.n_movies)
        scores = model.score(weights / max(weights.sum(axis=1).max(), 1.0))
        known = np.isfinite(scores)
        return np.where(known, scores, scores[known].min())  # no vector: behind all others

    return fold


@folder.register
def _fitted(fitted: Fitted) -> Fold:
    data = fitted.task.data
    if isinstance(data, Rows):
        if data.side == "movie":
            return _movies_as_rows(
                fitted.model, data, float(fitted.task.split.train["rating"].mean())
            )
        return _users_as_rows(fitted.model, data)
    if isinstance(data, Histories):
        return _with_history(fitted.model, data)
    names = {layer.name for layer in fitted.model.layers}
    if data is None and "score" in names:
        return _product(fitted.model)
    raise TypeError(
        f"{fitted.model.name!r} has no closed form for a new user: fold into a product, an "
        "autoencoder or a model that reads the history"
    )


def _product(model: keras.Model) -> Fold:
    """mean + b_u + b_i + <p_u, q_i>: for fixed q, the best p_u and b_u are a ridge regression.

    In training each rating adds ``l2`` · |p_u|² to its squared error, so a user with n ratings pays
    n · l2.
    """
    layers = {layer.name: layer for layer in model.layers}
    stars = layers["stars"]
    if stars.rating_scale is not None:
        raise ValueError(
            "the product goes through a sigmoid, so a new user's vector has no closed form: "
            "build it with rating_scale=None"
        )
    vectors = layers["movie"].get_weights()[0].astype(float)
    biased = "user_bias" in layers
    start = np.full(len(vectors), stars.mean)
    if biased:
        start += layers["movie_bias"].get_weights()[0].ravel()
    l2, bias_l2 = (
        layers[name].penalty.l2 if name in layers else 0.0 for name in ("user_l2", "user_bias_l2")
    )

    def fold_one(profile):
        movies, n = profile["movie"].to_numpy(), len(profile)
        left = profile["rating"].to_numpy(float) - start[movies]
        weights, bias = ridge(
            vectors[movies], left, n * l2, intercept_penalty=n * bias_l2 if biased else np.inf
        )
        return start + vectors @ weights + bias

    return lambda profiles: np.array([fold_one(p) for p in profiles])


def _with_history(model: keras.Model, data: Histories) -> Fold:
    """What the transformer reads in the history; for what that leaves over, p_u and b_u by ridge.

    A profile has an order but no times: its ratings count as given at once.
    """
    layers = {layer.name: layer for layer in model.layers}
    if not {"user_bias", "user_factors"} <= set(layers):
        raise ValueError("the model has no vectors of users: build it with user_bias and factors")
    n_movies = data.split.n_movies
    bias = bias_model(data.split)
    level = bias.mean + bias.movie
    vectors = layers["movie_factors"].get_weights()[0][:n_movies].astype(float)
    first_user = vectors @ layers["user_factors"].get_weights()[0][0].astype(float)
    first_user += float(layers["user_bias"].get_weights()[0][0, 0])
    l2, bias_l2 = layers["user_factors_l2"].l2, layers["user_bias_l2"].l2

    everything = np.arange(n_movies)

    def fold_some(profiles):
        count = np.array([len(p) for p in profiles])
        table = pd.concat(profiles)
        movies, stars = table["movie"].to_numpy(), table["rating"].to_numpy(float)
        first = np.concatenate([[0], count.cumsum()])
        # One rating more, never looked at, for profiles without any.
        past = {"movie": np.append(movies, 0), "value": np.append(stars - level[movies], 0.0)}
        history = replace(data, **past, day=np.zeros(len(table) + 1), first=first)
        rows = np.arange(len(profiles))
        owner, place = np.repeat(rows, count), np.arange(len(table)) - np.repeat(first[:-1], count)

        def ask(asked, known, span):
            x = history.batch(rows, asked, known, np.zeros(asked.shape), span)
            x["user"] = np.zeros(len(rows), "int32")  # whose part is then taken away again
            found = np.asarray(model(x, training=False), float)[..., 0]
            return found - np.append(first_user, 0.0)[asked]

        # All movies from the end of the history; each rated one from what came before it.
        shape = len(rows), n_movies
        start = ask(np.tile(everything, (len(rows), 1)), np.broadcast_to(count[:, None], shape), 0)
        rated = np.full((len(rows), max(count.max(), 1)), n_movies)
        rated[owner, place] = movies
        known = np.minimum(np.arange(rated.shape[1]), count[:, None])
        left = stars - ask(rated, known, rated.shape[1])[owner, place]
        for row, n in enumerate(count):
            mine = owner == row
            weights, own = ridge(
                vectors[movies[mine]], left[mine], n * l2, intercept_penalty=n * bias_l2
            )
            start[row] += vectors @ weights + own
        return start

    def fold(profiles):
        return np.concatenate(
            [fold_some(profiles[i : i + 16]) for i in range(0, len(profiles), 16)]
        )

    return fold


def _users_as_rows(model: keras.Model, data: Rows) -> Fold:
    if data.features is not None:
        raise ValueError("the model also reads features of its users; a profile has ratings only")
    n_movies = data.matrix.shape[1]
    fill_with_mean = np.ptp(data.fill) > 0

    def fold(profiles):
        matrix = as_rows(profiles, n_movies)
        bias = np.zeros((len(profiles), 1), "float32")
        if data.offset is not None:
            bias[:, 0] = [_shrunk_bias(p, data.offset) for p in profiles]
        fill = row_means(matrix) if fill_with_mean else np.full(len(profiles), data.fill[0])
        new = replace(data, matrix=matrix, row_bias=bias, fill=fill)
        return np.asarray(model.predict_on_batch(new.batch(np.arange(len(profiles)))[0]))

    return fold


def _movies_as_rows(model: keras.Model, data: Rows, mean: float) -> Fold:
    """A new user is a new column: decoder weights for fixed codes of all movies.

    The codes come from the ratings of the users known before. Training minimises the user's
    squared errors plus ``n_movies`` · l2 · |w|² (λ/2 in the paper's units), the intercept free.
    """
    if model.loss is not masked_sse:
        raise ValueError(
            "rows are movies and the loss is no sum over ratings: only masked_sse folds"
        )
    output = model.get_layer("output")
    two_sided = isinstance(data, TwoSidedRows)
    if not two_sided and keras.activations.serialize(output.activation) != "linear":
        raise ValueError("the output is not linear, so a new user's weights have no closed form")
    everything = np.arange(data.matrix.shape[0])
    encoder = keras.Model(model.inputs, output.input[0] if two_sided else output.input)
    codes = np.concatenate(
        [
            np.asarray(encoder.predict_on_batch(data.batch(rows)[0]), float)
            for rows in np.array_split(everything, -(-len(everything) // 1024))
        ]
    )
    penalty = len(everything) * (output.kernel_regularizer.l2 if output.kernel_regularizer else 0.0)
    start = np.zeros(len(everything))
    if data.offset is not None:
        start = mean + data.row_bias[:, 0].astype(float)

    def fold_one(profile):
        movies = profile["movie"].to_numpy()
        own = start + (_shrunk_bias(profile, start) if data.offset is not None else 0.0)
        left = profile["rating"].to_numpy(float) - own[movies]
        if two_sided:
            own = own + codes @ _read(model, movies, left)
            left = profile["rating"].to_numpy(float) - own[movies]
        weights, bias = ridge(codes[movies], left, penalty)
        return own + codes @ weights + bias

    return lambda profiles: np.array([fold_one(p) for p in profiles])


def _read(model: keras.Model, movies: np.ndarray, residuals: np.ndarray) -> np.ndarray:
    """The decoder weights that a two-sided AutoRec reads off a new user's ratings, (hidden,)."""
    reader, decoder = model.get_layer("columns"), model.get_layer("output")
    how, who, projection = (
        ops.convert_to_numpy(w).astype(float) for w in (reader.how, reader.who, decoder.projection)
    )
    read = residuals @ how[movies] + who[movies].sum(axis=0)
    return read @ projection / np.sqrt(max(len(movies), 1))


def without_each(fold: Fold, profile: pd.DataFrame) -> np.ndarray:
    """What each rating does for each movie: its score minus its score without that rating.

    Shape (n_ratings, n_movies). Large and positive: "because you rated this".
    """
    profiles = [profile, *(profile.drop(index=i) for i in profile.index)]
    scores = fold(profiles)
    return scores[0] - scores[1:]


@dataclass(frozen=True)
class AfterRatings:
    """A network trained on rows of users, shown the first ``k`` ratings of each new user."""

    fitted: Fitted
    cold: ColdStart
    k: int

    @property
    def seed(self) -> int:
        return self.fitted.seed

    def predict(self, users, movies) -> np.ndarray:
        """Predicted stars of each pair, shape (n_pairs,); asked about new users only."""
        shown = rating_matrix(self.cold.ratings(self.k), self.cold.split.shape)
        data = replace(self.fitted.task.data, matrix=shown)
        return predict_cells(self.fitted.model, data, np.asarray(users), np.asarray(movies))
