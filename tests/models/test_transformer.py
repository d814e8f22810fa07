"""Transformers: every switch of the recipe changes what it should, and no rating tells itself."""

from dataclasses import replace
from functools import partial

import keras
import numpy as np
import pytest

from benchmarks.lesson_03 import TUNED, genre_matrix, train_bst
from course_utils.data.splits import user_temporal_split
from course_utils.models.embedding import biased_dot
from course_utils.models.transformer import (
    LookBack,
    attention_to_past,
    bst,
    may_look_at,
    residual_transformer,
    start_from,
)
from course_utils.protocol.evaluation import evaluate
from course_utils.protocol.training import fit
from course_utils.tasks.histories import history_task
from course_utils.tasks.windows import split_then_windows, window_task, windows_then_split
from tests.conftest import random_movielens
from tests.models.by_hand import dense, gelu, layer_norm, leaky_relu, relu, softmax, weights

N_MOVIES = 36
RNG = np.random.default_rng(0)
X = {
    "movies": RNG.integers(0, N_MOVIES, (5, 3)).astype("int32"),
    "stars": RNG.integers(1, 6, (5, 3)).astype("float32"),
    "target": RNG.integers(0, N_MOVIES, 5).astype("int32"),
}


def scramble(model, scale=0.3, seed=0):
    rng = np.random.default_rng(seed)
    for weight in model.trainable_variables:
        weight.assign_add(rng.normal(0, scale, weight.shape))
    return model


def predict(model, **changes):
    return np.asarray(model(X | changes))


# ------------------------------------------------------------------------------ the recipe
def test_recipe_has_the_published_sizes():
    model = bst(3883, n_users=6040, user_features={"gender": 2, "age_group": 7, "occupation": 21})
    width = {layer.name: layer.output_dim for layer in model.layers if hasattr(layer, "output_dim")}
    assert width == {
        "movie_vector": 62,
        "user_vector": 77,
        "gender_vector": 1,
        "age_group_vector": 2,
        "occupation_vector": 4,
    }
    assert model.get_layer("position").table.shape == (3, 62)
    names = [layer.name for layer in model.layers]
    assert names.index("rating") == len(names) - 1
    flat = next(layer for layer in model.layers if isinstance(layer, keras.layers.Flatten))
    assert flat.output.shape == (None, 4 * 62)


def test_without_switches_there_is_neither_user_nor_genre():
    assert set(bst(N_MOVIES).input) == {"movies", "stars", "target"}


def test_rating_multiplies_movie_plus_position():
    model = scramble(bst(N_MOVIES))
    both = keras.Model(model.input, model.get_layer("block_1_attention").input)
    tokens = both(X)[0] if isinstance(both(X), list) else both(X)
    movie = model.get_layer("movie_vector").get_weights()[0]
    place = model.get_layer("position").get_weights()[0]
    want = (movie[X["movies"]] + place) * X["stars"][..., None]
    assert np.asarray(tokens)[:, :3] == pytest.approx(want, abs=1e-5)
    assert np.asarray(tokens)[:, 3] == pytest.approx(movie[X["target"]], abs=1e-6)


@pytest.mark.parametrize(
    ("settings", "changes"),
    [
        ({}, {"stars": 6 - X["stars"]}),
        ({"rating": "add"}, {"stars": 6 - X["stars"]}),
        ({}, {"target": (X["target"] + 1) % N_MOVIES}),
        ({"norm": "pre"}, {"movies": X["movies"][:, ::-1]}),
    ],
)
def test_every_input_matters(settings, changes):
    model = scramble(bst(N_MOVIES, **settings))
    assert np.abs(predict(model) - predict(model, **changes)).max() > 1e-4


@pytest.mark.parametrize("positions", [True, False])
def test_positions_are_the_only_thing_that_orders_tokens(positions):
    model = scramble(bst(N_MOVIES, positions=positions))
    out = keras.Model(model.input, model.get_layer("block_1_norm_2").output)
    turned = {name: X[name][:, ::-1] for name in ("movies", "stars")}
    plain, mixed = np.asarray(out(X))[:, 3], np.asarray(out(X | turned))[:, 3]
    assert (np.abs(plain - mixed).max() > 1e-4) == positions


def test_user_features_and_genres_matter_where_they_are_on():
    genres = RNG.integers(0, 2, (N_MOVIES, 4)).astype("float32")
    model = scramble(bst(N_MOVIES, n_users=9, user_features={"gender": 2}, genres=genres))
    x = {"user": np.arange(5), "gender": np.array([0, 1, 0, 1, 0])}
    plain = predict(model, **x)
    assert np.abs(plain - predict(model, **(x | {"user": x["user"] + 1}))).max() > 1e-4
    assert np.abs(plain - predict(model, **(x | {"gender": 1 - x["gender"]}))).max() > 1e-4
    table = model.get_layer("genres")
    assert not table.trainable
    assert bst(N_MOVIES, genres=genres).get_layer("genres").get_weights()[0][:-1].tolist() == (
        genres.tolist()
    )


def attention_by_hand(x, weights):
    """Multi-head attention of tokens (batch, length, dim) to each other."""
    query, query_bias, key, key_bias, value, value_bias, mix, mix_bias = weights
    q, k, v = (
        np.einsum("bld,dhk->bhlk", x, kernel) + bias[:, None]
        for kernel, bias in ((query, query_bias), (key, key_bias), (value, value_bias))
    )
    look = softmax(np.einsum("bhqk,bhpk->bhqp", q, k) / np.sqrt(q.shape[-1]))
    return np.einsum("bhqp,bhpk,hkd->bqd", look, v, mix) + mix_bias


def recipe_by_hand(model, x, genres, *, rating="multiply", norm="post", blocks=2):
    of = partial(weights, model)
    vector = np.hstack([of("movie_vector")[0][:-1], genres])
    vector = dense(vector, of("movie_and_genres"), relu)
    past, given = vector[x["movies"]] + of("position")[0], x["stars"][..., None]
    past = past * given if rating == "multiply" else past + dense(given, of("stars_vector"))
    tokens = np.concatenate([past, vector[x["target"]][:, None]], axis=1)
    for name in (f"block_{i + 1}" for i in range(blocks)):
        attend, last = of(f"{name}_attention"), of(f"{name}_dense")
        norms = [partial(layer_norm, weights=of(f"{name}_norm_{i}")) for i in (1, 2)]
        if norm == "pre":
            tokens = tokens + attention_by_hand(norms[0](tokens), attend)
            tokens = tokens + dense(leaky_relu(norms[1](tokens)), last)
        else:
            tokens = norms[0](tokens + attention_by_hand(tokens, attend))
            tokens = norms[1](tokens + dense(leaky_relu(tokens), last))
    if norm == "pre":
        tokens = layer_norm(tokens, of("last_norm"))
    flat = [tokens.reshape(len(tokens), -1)]
    flat += [of(f"{name}_vector")[0][x[name]] for name in ("user", "gender")]
    unnamed = [m for m in model.layers if m.name.startswith(("dense", "batch_normalization"))]
    wide, (scale, shift, mean, variance) = ([*map(np.asarray, m.get_weights())] for m in unnamed)
    hidden = (dense(np.hstack(flat), wide) - mean) / np.sqrt(variance + 1e-3) * scale + shift
    return dense(leaky_relu(hidden), of("rating"))


@pytest.mark.parametrize("settings", [{}, {"norm": "pre"}, {"rating": "add"}])
def test_the_recipe_worked_out_by_hand(settings):
    genres = RNG.integers(0, 2, (N_MOVIES, 4)).astype("float32")
    sizes = {"n_users": 9, "user_features": {"gender": 2}, "genres": genres, "hidden": (7,)}
    model = scramble(bst(N_MOVIES, blocks=2, heads=2, **sizes, **settings))
    x = X | {"user": np.arange(5), "gender": np.array([0, 1, 0, 1, 0])}
    expected = recipe_by_hand(model, x, genres, **settings)
    assert np.asarray(model(x)) == pytest.approx(expected, abs=1e-3)


@pytest.mark.parametrize("settings", [{"rating": "times"}, {"norm": "layer"}])
def test_unknown_settings_are_refused(settings):
    with pytest.raises(ValueError, match="give one of"):
        bst(N_MOVIES, **settings)


@pytest.mark.parametrize("length", [4, 6])
def test_recipe_trains_on_windows(length):
    split = user_temporal_split(random_movielens((30, 25, 40, 28, 33)))
    task = window_task(split_then_windows(split, length=length), user_id=True)

    def build():
        model = bst(split.n_movies, length=length, n_users=split.n_users)
        model.compile(keras.optimizers.Adagrad(0.01), "mse")
        return model

    fitted = fit(build, task, epochs=2, batch_size=16, progress=False)
    assert 0.5 < evaluate(fitted, split).rmse < 3


# ------------------------------------------------------------------------- the course's own
SPLIT = user_temporal_split(random_movielens((30, 9, 14, 22, 18), n_movies=45))


def ours(**settings):
    size = {"memory": 6, "factors": 4, "dim": 8, "dropout": 0.0} | settings
    model = residual_transformer(SPLIT.n_users, SPLIT.n_movies, mean=3.5, **size)
    return scramble(model)


def one_batch(**settings):
    task = history_task(SPLIT, memory=6, asked=5, batch_size=64, **settings)
    return task, task.x[0][0]


def test_training_starts_at_the_mean_rating():
    _, x = one_batch()
    model = residual_transformer(SPLIT.n_users, SPLIT.n_movies, mean=3.5)
    assert model.predict(x, verbose=0) == pytest.approx(3.5, abs=0.2)


def test_training_can_start_where_a_product_ended():
    _, x = one_batch()
    product = scramble(biased_dot(SPLIT.n_users, SPLIT.n_movies, 4, mean=3.5))
    sizes = {"memory": 6, "factors": 4, "dim": 8}
    model = residual_transformer(SPLIT.n_users, SPLIT.n_movies, mean=3.5, **sizes)
    started = np.asarray(start_from(model, product)(x))[..., 0]
    real = x["movie"] < SPLIT.n_movies
    users = np.repeat(x["user"][:, None], real.shape[1], axis=1)[real]
    expected = product.predict([users, x["movie"][real]], verbose=0).ravel()
    assert started[real] == pytest.approx(expected, abs=1e-4)

    n_users, n_movies = SPLIT.shape
    for size in ((n_users, n_movies, 5), (n_users - 1, n_movies, 4), (n_users, n_movies - 1, 4)):
        with pytest.raises(ValueError, match="same users, movies and factors"):
            start_from(model, biased_dot(*size, mean=3.5))


@pytest.mark.parametrize("settings", [{}, {"blocks": 2}, {"order": False}, {"heads": 4}])
def test_a_rating_and_later_ones_never_tell_on_themselves(settings):
    task, x = one_batch()
    model = ours(**settings)
    plain = np.asarray(model(x))[..., 0]
    data, value = task.data, task.data.value.copy()
    user = 3
    for t in range(data.first[user + 1] - data.first[user]):
        data.value[:] = value
        data.value[data.first[user] + t] += 3
        changed = np.asarray(model(task.x[0][0]))[..., 0]
        moved = np.abs(changed - plain) > 1e-5
        real = x["movie"] < SPLIT.n_movies
        mine = (x["user"] == user)[:, None] & real
        assert not moved[real & ~mine].any(), "another user's prediction moved"
        assert not moved[mine & (x["known"] <= t)].any(), (
            "the rating itself or an earlier one moved"
        )
        assert not moved[mine & (x["known"] > t + 6)].any(), "the memory is longer than it says"
        reach = mine & (x["known"] > t) & (x["known"] <= t + 6)
        assert moved[reach].all() or not reach.any(), "a rating within reach is not used"
    data.value[:] = value


def look_back_by_hand(x, past, visible, distances, layer):
    """One question after another and one head after another; nothing has score 0."""
    query, key, value, mix = (
        np.asarray(part.kernel) for part in (layer.query, layer.key, layer.value, layer.mix)
    )
    found, width = np.zeros(x.shape), layer.dim // layer.heads
    for b, q in np.ndindex(x.shape[:2]):
        heads = []
        for h in range(layer.heads):
            mine = slice(h * width, (h + 1) * width)
            score = (past[b] @ key[:, mine]) @ (x[b, q] @ query[:, mine]) / np.sqrt(width)
            for slope, distance in zip(layer.slopes, distances, strict=True):
                score = score - float(slope[h, 0, 0]) * distance[b, q]
            share = np.exp(score) * visible[b, q]
            heads.append(share / (share.sum() + 1) @ (past[b] @ value[:, mine]))
        found[b, q] = np.concatenate(heads) @ mix
    return found


@pytest.mark.parametrize("order", [True, False])
def test_our_transformer_worked_out_by_hand(order):
    _, x = one_batch()
    model = ours(blocks=2, order=order)
    of = partial(weights, model)
    user, movie, day = x["user"], x["movie"], x["day"].astype(float)
    tables = [of(name)[0] for name in ("user_bias", "movie_bias", "user_factors", "movie_factors")]
    b_u, b_i, p, q = (t[i] for t, i in zip(tables, (user, movie) * 2, strict=True))
    stars = 3.5 + b_i[..., 0] + b_u + np.einsum("bk,bnk->bn", p, q)

    hours = np.maximum(24 * (day[:, :, None] - x["past_day"][:, None]), 0)
    between = x["known"][:, :, None] - x["past_place"][:, None]
    distances = [np.log1p(hours), np.log1p(np.maximum(between, 0))][: 1 + order]
    visible = (between > 0) & (between <= 6) & (x["past_place"][:, None] >= 0)
    (vector,) = of("movie_vector")
    past = vector[x["past_movie"]] + dense(x["past_value"][..., None], of("value_direction"))
    seen = vector[movie]
    for name in ("block_1", "block_2"):
        look = model.get_layer(f"{name}_attention")
        asked = layer_norm(seen, of(f"{name}_norm_1"))
        seen = seen + look_back_by_hand(asked, past, visible, distances, look)
        wide = dense(layer_norm(seen, of(f"{name}_norm_2")), of(f"{name}_wide"), gelu)
        seen = seen + dense(wide, of(f"{name}_dense"))
    correction = dense(layer_norm(seen, of("last_norm")), of("correction"))[..., 0]
    assert np.asarray(model(x))[..., 0] == pytest.approx(stars + correction, abs=1e-3)


def test_causal_mask_by_hand():
    known, place = np.array([[0, 1, 3]]), np.array([[-1, 0, 1, 2]])
    mask = np.asarray(may_look_at(known, place, memory=2))
    assert mask.astype(int).tolist() == [[[0, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 1]]]


def test_attention_may_look_at_nothing_and_adds_up_to_one_at_most():
    _, x = one_batch()
    weight = attention_to_past(ours(), x)
    assert weight.shape == (len(x["user"]), 2, 5, x["past_movie"].shape[1])
    visible = np.asarray(may_look_at(x["known"], x["past_place"], 6))
    assert (weight >= 0).all() and (weight.sum(-1) < 1).all()
    assert not weight[~np.broadcast_to(visible[:, None], weight.shape)].any()
    assert (weight[np.broadcast_to(visible[:, None], weight.shape)] > 0).all()


def test_a_slope_makes_a_head_prefer_what_is_near():
    layer = LookBack(1, 4)
    x, past = np.zeros((1, 1, 4), "float32"), np.ones((1, 3, 4), "float32")
    inputs = [x, past, np.ones((1, 1, 3), bool), np.array([[[0.0, 1.0, 2.0]]], "float32")]
    layer(inputs)
    assert np.asarray(layer.attention(inputs)).ravel() == pytest.approx([0.25] * 3)
    layer.slopes[0].assign([[[1.0]]])
    assert (np.diff(np.asarray(layer.attention(inputs)).ravel()) < 0).all()
    with pytest.raises(ValueError, match="dim=4"):
        LookBack(3, 4)


def test_penalty_counts_real_questions_only():
    _, x = one_batch()
    model = ours(l2=0.5)
    p, q = (model.get_layer(f"{n}_factors").get_weights()[0] for n in ("user", "movie"))
    b_u, b_i = (model.get_layer(f"{n}_bias").get_weights()[0] for n in ("user", "movie"))
    real = x["movie"] < SPLIT.n_movies
    user, movie = np.repeat(x["user"][:, None], 5, 1)[real], x["movie"][real]
    squared = [
        (table[i] ** 2).sum(1).mean()
        for table, i in ((p, user), (q, movie), (b_u, user), (b_i, movie))
    ]
    want = 0.5 * (squared[0] + squared[1]) + 0.5 / 30 * (squared[2] + squared[3])
    model(x)
    assert float(sum(model.losses)) == pytest.approx(want, rel=1e-4)


def test_sums_can_be_left_out():
    names = {layer.name for layer in ours(user_bias=False, factors=0).layers}
    assert "movie_bias" in names and not names & {"user_bias", "user_factors", "movie_factors"}


def half_star_data():
    data = random_movielens((40, 35, 50, 38, 42), n_movies=60, rating_scale=(0.5, 5.0))
    rng = np.random.default_rng(1)
    data.ratings["rating"] = (rng.integers(1, 11, len(data.ratings)) / 2).astype("float32")
    return data


def test_ours_trains_on_half_stars_without_demographics():
    split = user_temporal_split(half_star_data())
    task = history_task(split, memory=10, asked=8, lag=3, batch_size=4)

    def build():
        model = residual_transformer(split.n_users, split.n_movies, mean=2.75, memory=10)
        loss = keras.losses.MeanSquaredError(reduction="mean_with_sample_weight")
        model.compile(keras.optimizers.AdamW(1e-3), loss)
        return model

    fitted = fit(build, task, epochs=3, progress=False)
    scores = evaluate(fitted, split)
    assert scores.n == len(split.test) and 1 < scores.rmse < 2
    assert fitted.history["loss"].iloc[-1] < fitted.history["loss"].iloc[0]


def test_tuned_recipe_trains_where_there_are_no_demographics():
    data = half_star_data()
    genres = ["Drama", "Comedy|Drama", ""] * 20
    data = replace(data, movies=data.movies.assign(genres=genres[: len(data.movies)]))
    windows = windows_then_split(data, validation=0.1)
    table = genre_matrix(data, windows.split)
    assert table.shape == (windows.split.n_movies, 2) and set(table.sum(axis=1)) == {0, 1, 2}
    small = {"epochs": 1, "heads": 2, "blocks": 1, "hidden": (8,), "batch_size": 32}
    fitted = train_bst(data, windows, TUNED | small, seed=0)
    assert set(fitted.model.input) == {"movies", "stars", "target", "user"}
    assert 0.5 < evaluate(fitted, windows.split).rmse < 4
