"""The networks written out answer as those of release 0.1.0, before and after training steps."""

import keras
import numpy as np
import pytest
from keras.initializers import RandomNormal

from course_utils import models
from course_utils.models.losses import masked_mse, masked_sse
from tests.models import old_networks

RNG = np.random.default_rng(0)
N_USERS, N_MOVIES, BATCH = 30, 40, 8
OFFSET = RNG.normal(3.5, 0.3, N_MOVIES).astype("float32")


def indices(n, *shape):
    return RNG.integers(0, n, shape).astype("int32")


def stars(*shape):
    return RNG.integers(1, 6, shape).astype("float32")


def some_rows():
    row = stars(BATCH, N_MOVIES) * (RNG.random((BATCH, N_MOVIES)) < 0.3)
    return [row, RNG.normal(0, 0.3, (BATCH, 1)).astype("float32")]


def sorted_cells(n_rows, n_columns, n=60):
    cell = np.sort(RNG.choice(n_rows * n_columns, n, replace=False))
    return (cell // n_columns).astype("int32"), (cell % n_columns).astype("int32")


PAIRS = [indices(N_USERS, BATCH), indices(N_MOVIES, BATCH)]
ROWS = some_rows()
FEATURES = [*ROWS, RNG.integers(0, 2, (BATCH, 5)).astype("float32")]
CELLS = [*sorted_cells(BATCH, N_MOVIES), stars(60), *sorted_cells(BATCH, N_MOVIES, 50), ROWS[1]]
TWO_SIDED = [*ROWS, *sorted_cells(N_MOVIES, N_USERS), stars(60) - 3.5, stars(60) / 5]
GENRES = RNG.integers(0, 2, (N_MOVIES, 4)).astype("float32")
CODES = {name: indices(2, BATCH) for name in ("user", "gender", "occupation")}
PAST = {
    "user": indices(N_USERS, BATCH),
    "movie": indices(N_MOVIES + 1, BATCH, 5),  # the last index is padding
    "known": indices(12, BATCH, 5),
    "day": np.sort(900 * RNG.random((BATCH, 5)), axis=1).astype("float32"),
    "past_movie": indices(N_MOVIES, BATCH, 12),
    "past_value": stars(BATCH, 12) - 3.5,
    "past_place": np.tile(np.arange(-2, 10, dtype="int32"), (BATCH, 1)),
    "past_day": np.sort(900 * RNG.random((BATCH, 12)), axis=1).astype("float32"),
}


def window(length=4, names=()):
    past = {"movies": indices(N_MOVIES, BATCH, length - 1), "stars": stars(BATCH, length - 1)}
    return past | {"target": indices(N_MOVIES, BATCH)} | {name: CODES[name] for name in names}


def cases():
    size = (N_USERS, N_MOVIES)
    for options in (
        {"dim": 6},
        {"dim": 6, "normalize": True},
        {"dim": 6, "mean": 3.5},
    ):
        yield "dot", size, options, PAIRS, stars(BATCH, 1), "mse"
    for options in (
        {},
        {"mean": 3.5},
        {"mean": 3.5, "l2": 0.08, "bias_l2": 0.08 / 30},
        {"mean": 3.5, "rating_scale": (1.0, 5.0)},
        {"mean": 3.5, "rating_scale": (0.5, 5.0), "l2": 0.1, "bias_l2": 0.1 / 30, "dim": 6},
        {"init_scale": 1.0},
    ):
        yield "biased_dot", size, options, PAIRS, stars(BATCH, 1), "mse"
    for options in ({}, {"dim": 6, "hidden": 7, "dropout": 0.3}):
        yield "concat_mlp", size, options, PAIRS, stars(BATCH, 1), "mse"

    ours = {"l2": 0.05, "input_dropout": 0.6, "offset": OFFSET}
    inside = ("sigmoid", "linear", "tanh", "elu", "selu", "leaky_relu")
    for options in (
        {},
        {"hidden": 6, "activation": "elu", "output_activation": "elu", "l2": 0.001},
        {"hidden": 6, **ours},
        {"hidden": 6, "l2": 0.02, "offset": OFFSET},
        {"hidden": 6, "input_dropout": 0.5},
        *({"hidden": 6, "activation": a, "output_activation": "linear"} for a in inside),
        *({"hidden": 6, "output_activation": a} for a in ("elu", "selu", "leaky_relu")),
    ):
        loss = masked_sse if "offset" in options else masked_mse
        yield "autorec", (N_MOVIES,), options, ROWS, ROWS[0], loss
    linear = {"activation": "sigmoid", "output_activation": "linear", "dropout": 0.0} | ours
    eight = {"hidden": (8,) * 8, "dropout": 0.0}
    for options in (
        {},
        {"hidden": (9,), "dropout": 0.0},
        {"hidden": [12, 6, 12], "dropout": 0.2},
        {"hidden": [12, 8, 6, 8, 12], "dropout": 0.4, "l2": 0.004},
        {"hidden": (6, 9, 6), "activation": "elu", "output_activation": "elu"},
        {"hidden": (6, 9, 6), "activation": "sigmoid", "output_activation": "linear"},
        {"hidden": (6, 9, 6), "initializer": "lecun_normal", "alpha_dropout": True},
        {"hidden": (6, 9), "initializer": "lecun_normal", "alpha_dropout": True, "dropout": 0.1},
        {"hidden": (6, 9), "input_dropout": 0.5, "l2": 0.0},
        *({**eight, "initializer": i} for i in ("lecun_normal", "he_normal", "glorot_uniform")),
        {**eight, "initializer": RandomNormal(stddev=0.02, seed=7)},
        {**eight, "dropout": 0.8, "alpha_dropout": True},
        {"hidden": (8, 8), **linear, "skip": True},
        {"hidden": (8, 6, 6, 6, 8), **linear, "skip": True, "dropout": 0.3},
        {"hidden": (8, 8, 8), **linear},
        {"hidden": (8,), **linear, "input_dropout": 0.0},
    ):
        loss = masked_sse if "offset" in options else masked_mse
        yield "deep_autoencoder", (N_MOVIES,), options, ROWS, ROWS[0], loss
    for options in ({"offset": OFFSET}, {"hidden": 6, **ours}):
        yield "masked_autorec", (N_MOVIES,), options, ROWS, ROWS[0], masked_sse
    linear.pop("input_dropout")
    for how, scale in (("concat", 1.0), ("concat", 5.0), ("gated", 1.0), ("gated", 5.0)):
        for options in ({}, {"hidden": (9, 6)}, {"hidden": (9,), **linear}):
            options = {"how": how, "scale": scale} | options
            yield "autoencoder_with_features", (N_MOVIES, 5), options, FEATURES, ROWS[0], masked_mse

    for options in ({}, {"hidden": 6, **ours}, {"hidden": 6, "activation": "tanh", "l2": 0.1}):
        yield "sparse_autorec", (N_MOVIES,), options, CELLS, stars(50), "sum of squares"
    for options in (
        {"offset": OFFSET},
        {"hidden": 6, "width": 4, "l2": 0.1, "column_l2": 0.2, "offset": OFFSET},
        {"hidden": 6, "width": 4, "column_l2": 0.01, **ours},
    ):
        yield "two_sided_autorec", (N_USERS, N_MOVIES), options, TWO_SIDED, ROWS[0], masked_sse

    user = {"n_users": 2, "user_features": {"gender": 2, "occupation": 4}}
    recipe = {"hidden": (16, 8)}
    for options in (
        {},
        {**recipe, "length": 6},
        {**recipe, "heads": 8, "blocks": 2, "dropout": 0.5, "genres": GENRES, **user},
        {**recipe, "n_users": 2},
        {**recipe, "user_features": {"gender": 2}},
        {**recipe, "genres": GENRES},
        {**recipe, "positions": False},
        {**recipe, "rating": "add"},
        {**recipe, "blocks": 3, "heads": 2, "norm": "post"},
        {**recipe, "blocks": 3, "heads": 2, "norm": "pre", "rating": "add"},
    ):
        names = [*({"user": 0} if "n_users" in options else {}), *options.get("user_features", {})]
        x = window(options.get("length", 4), names)
        yield "bst", (N_MOVIES,), options, x, stars(BATCH, 1), "mse"
    for options in (
        {},
        {"l2": 0.08, "dropout": 0.25},
        {"memory": 3, "order": False},
        {"user_bias": False, "factors": 0},
        {"blocks": 2, "heads": 4, "dim": 8, "factors": 4},
    ):
        options = {"mean": 3.5} | options
        yield "residual_transformer", size, options, PAST, stars(BATCH, 5, 1), "mse"


CASES = [pytest.param(*case, id=f"{case[0]}_{i}") for i, case in enumerate(cases())]


def both(name):
    return getattr(old_networks, name), getattr(models, name)


def seeded(make):
    keras.utils.clear_session()
    keras.utils.set_random_seed(3)
    return make()


def trained(model, loss, x, y):
    """Predictions after three steps, dropout included; printed losses."""
    if loss == "sum of squares":
        loss = models.observed_sse(BATCH)
    model.compile(keras.optimizers.Adam(0.02), loss, run_eagerly=True)
    losses = [float(model.train_on_batch(x, y)) for _ in range(3)]
    return np.asarray(model(x)), losses


def hold_together(old, new, loss, x, y):
    assert [w.shape for w in new.get_weights()] == [w.shape for w in old.get_weights()]
    for ours, theirs in zip(new.get_weights(), old.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)
    np.testing.assert_array_equal(np.asarray(new(x)), np.asarray(old(x)))
    (after, losses), (wanted, old_losses) = (trained(m, loss, x, y) for m in (new, old))
    assert losses == pytest.approx(old_losses, rel=1e-6)
    np.testing.assert_allclose(after, wanted, rtol=0, atol=1e-6)
    return float(np.abs(after - wanted).max())


@pytest.mark.parametrize(("name", "size", "options", "x", "y", "loss"), CASES)
def test_the_same_seed_gives_the_same_network(name, size, options, x, y, loss):
    old, new = (seeded(lambda make=make: make(*size, **options)) for make in both(name))
    assert with_weights(new) == with_weights(old)
    assert [i.name for i in new.inputs] == [i.name for i in old.inputs]
    assert new.name == old.name
    print(f"{name}: largest difference after training {hold_together(old, new, loss, x, y):.1e}")


def with_weights(model):
    """Layers that learn, in order, with the numbers that Keras appends to unnamed ones."""
    return [layer.name for layer in model.layers if layer.weights]


def test_dense_refeeding_is_unchanged():
    pair = []
    for module in (old_networks, models):
        inner = seeded(
            lambda module=module: module.deep_autoencoder(N_MOVIES, (9, 9), offset=OFFSET)
        )
        pair.append(module.DenseRefeeding(inner, 5.0))
        pair[-1](ROWS)
    hold_together(*pair, masked_sse, ROWS, ROWS[0])


def test_a_transformer_starts_from_a_product_as_before():
    started = []
    for module in (old_networks, models):
        product = seeded(lambda module=module: module.biased_dot(N_USERS, N_MOVIES, 4, mean=3.5))
        model = module.residual_transformer(N_USERS, N_MOVIES, mean=3.5, factors=4)
        started.append(module.start_from(model, product))
    hold_together(*started, "mse", PAST, stars(BATCH, 5, 1))


def test_attention_to_the_past_is_unchanged():
    looked = []
    for module in (old_networks, models):
        model = seeded(
            lambda module=module: module.residual_transformer(N_USERS, N_MOVIES, mean=3.5)
        )
        from course_utils.models import transformer

        where = old_networks if module is old_networks else transformer
        looked.append(where.attention_to_past(model, PAST))
    np.testing.assert_array_equal(*looked)
