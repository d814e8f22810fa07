"""Embedding models: sizes by hand, ranges kept, the penalty exactly as promised."""

import keras
import numpy as np
import pytest
from keras import ops

from course_utils.models import embedding
from tests.models.by_hand import dense, relu, scrambled, weights

ML_1M = {"n_users": 6040, "n_movies": 3952}
USERS, MOVIES = np.array([0, 1, 2, 2], "int32"), np.array([3, 0, 1, 3], "int32")
SMALL = {"n_users": 3, "n_movies": 4, "dim": 5}
BUILDERS = {
    "dot": lambda: embedding.dot(**SMALL, mean=3.5),
    "cosine": lambda: embedding.dot(**SMALL, normalize=True),
    "biased_dot": lambda: embedding.biased_dot(**SMALL, mean=3.5, l2=0.1, bias_l2=0.01),
    "in_range": lambda: embedding.biased_dot(**SMALL, mean=3.0, rating_scale=(0.5, 5.0), l2=0.1),
    "concat_mlp": lambda: embedding.concat_mlp(**SMALL, hidden=6),
}


def predict(model, users=USERS, movies=MOVIES):
    return model.predict([users, movies], verbose=0)


def scramble(model, scale=3.0, seed=0):
    """Weights as large as training never makes them."""
    rng = np.random.default_rng(seed)
    model.set_weights([rng.normal(0, scale, w.shape) for w in model.get_weights()])
    return model


@pytest.mark.parametrize(
    ("build", "by_hand"),
    [
        (embedding.dot, (6040 + 3952) * 100),
        (embedding.biased_dot, (6040 + 3952) * (100 + 1)),
        (embedding.concat_mlp, (6040 + 3952) * 100 + (200 * 100 + 100) + (100 + 1)),
    ],
)
def test_parameters_on_movielens_1m_are_the_2021_projects(build, by_hand):
    assert build(**ML_1M, dim=100).count_params() == by_hand
    assert by_hand in (999_200, 1_009_192, 1_019_401)


@pytest.mark.parametrize("name", BUILDERS)
def test_one_prediction_a_pair(name):
    assert predict(BUILDERS[name]()).shape == (4, 1)


def test_dot_is_mean_plus_product():
    model = embedding.dot(**SMALL, mean=3.5)
    p, q = (model.get_layer(name).get_weights()[0] for name in ("user", "movie"))
    expected = 3.5 + (p[USERS] * q[MOVIES]).sum(axis=1, keepdims=True)
    assert predict(model) == pytest.approx(expected, rel=1e-5)


def test_biased_dot_adds_both_biases():
    model = scramble(embedding.biased_dot(**SMALL, mean=3.0), scale=0.5)
    names = ("user", "movie", "user_bias", "movie_bias")
    p, q, b_user, b_movie = (model.get_layer(name).get_weights()[0] for name in names)
    product = (p[USERS] * q[MOVIES]).sum(axis=1, keepdims=True)
    assert predict(model) == pytest.approx(
        3.0 + b_user[USERS] + b_movie[MOVIES] + product, rel=1e-5
    )


def test_concat_mlp_is_two_dense_layers_over_both_vectors():
    model = scrambled(embedding.concat_mlp(**SMALL, hidden=6, dropout=0.5))
    (p,), (q,) = weights(model, "user"), weights(model, "movie")
    hidden, stars = (
        [np.asarray(w) for w in layer.get_weights()]
        for layer in model.layers
        if isinstance(layer, keras.layers.Dense)
    )
    x = dense(np.hstack([p[USERS], q[MOVIES]]), hidden, relu)
    assert predict(model) == pytest.approx(dense(x, stars), abs=1e-5)


def test_a_normalised_product_never_exceeds_one_star():
    model = scramble(embedding.dot(30, 30, 4, normalize=True), scale=10)
    users, movies = (index.ravel() for index in np.indices((30, 30), "int32"))
    assert abs(predict(model, users, movies)).max() <= 1 + 1e-6


@pytest.mark.parametrize(
    ("mean", "rating_scale"), [(3.58, (1.0, 5.0)), (1.2, (0.5, 5.0)), (4.9, (0.5, 5.0))]
)
def test_stars_begin_at_the_mean_with_slope_one_and_stay_in_range(mean, rating_scale):
    stars = embedding.Stars(mean, rating_scale)

    def at(score):
        return ops.convert_to_numpy(stars(ops.convert_to_tensor(score, "float32")))

    assert at([0.0]) == pytest.approx([mean], abs=1e-5)
    step = 0.01
    assert (at([step]) - at([-step])) / (2 * step) == pytest.approx([1.0], abs=2e-3)
    far = at([-1e6, -50.0, -1.0, 1.0, 50.0, 1e6])
    assert (np.diff(far) >= 0).all()
    assert rating_scale[0] <= far.min() <= far.max() <= rating_scale[1]


def test_stars_without_a_range_only_add_the_mean():
    stars = embedding.Stars(3.5)
    assert ops.convert_to_numpy(stars(np.array([-9.0, 9.0], "float32"))).tolist() == [-5.5, 12.5]


def test_no_weights_leave_the_range():
    model = scramble(BUILDERS["in_range"]())
    assert 0.5 <= predict(model).min() <= predict(model).max() <= 5.0


def test_the_penalty_is_l2_times_the_mean_squared_lengths():
    stars = np.array([4.0, 1.0, 3.0, 5.0], "float32")[:, None]
    plain = embedding.biased_dot(**SMALL, mean=3.0)
    penalised = embedding.biased_dot(**SMALL, mean=3.0, l2=0.3, bias_l2=0.7)
    scramble(plain, scale=1), scramble(penalised, scale=1)
    losses = []
    for model in (plain, penalised):
        model.compile("sgd", "mse")
        losses.append(model.test_on_batch([USERS, MOVIES], stars))
    names = ("user", "movie", "user_bias", "movie_bias")
    p, q, b_user, b_movie = (plain.get_layer(name).get_weights()[0] for name in names)

    def mean_square(vectors):
        return (vectors**2).sum(axis=1).mean()

    vectors = mean_square(p[USERS]) + mean_square(q[MOVIES])
    biases = mean_square(b_user[USERS]) + mean_square(b_movie[MOVIES])
    assert losses[1] - losses[0] == pytest.approx(0.3 * vectors + 0.7 * biases, rel=1e-4)


@pytest.mark.parametrize("name", BUILDERS)
def test_a_saved_model_predicts_the_same_when_loaded(name, tmp_path):
    model = scramble(BUILDERS[name](), scale=0.5)
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    assert predict(loaded) == pytest.approx(predict(model), abs=1e-6)
    assert len(loaded.losses) == len(model.losses)  # the penalty comes back too


def test_same_seed_same_initial_weights():
    def first_prediction(seed):
        keras.utils.set_random_seed(seed)
        return predict(embedding.biased_dot(**SMALL, init_scale=1.0))

    assert (first_prediction(1) == first_prediction(1)).all()
    assert (first_prediction(1) != first_prediction(2)).any()


def test_init_scale_sets_the_spread_of_the_vectors():
    model = embedding.biased_dot(300, 300, 50, init_scale=0.2)
    assert model.get_layer("user").get_weights()[0].std() == pytest.approx(0.2, rel=0.05)
    assert not model.get_layer("user_bias").get_weights()[0].any()


def test_with_one_start_the_biases_are_all_that_differs():
    start = {}
    for network in (embedding.dot, embedding.biased_dot):
        keras.utils.set_random_seed(3)
        start[network] = network(**SMALL, mean=3.5, init_scale=0.05)
    plain, biased = start.values()
    for table in ("user", "movie"):
        assert (weights(plain, table)[0] == weights(biased, table)[0]).all()
    assert (predict(plain) == predict(biased)).all()


def test_the_product_of_2021_starts_as_keras_does():
    vectors = embedding.dot(300, 300, 50).get_layer("user").get_weights()[0]
    assert np.abs(vectors).max() <= 0.05
    assert vectors.std() == pytest.approx(0.05 / 3**0.5, rel=0.05)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"n_users": 0, "n_movies": 4}, "n_users=0: a table needs"),
        ({"n_users": 3, "n_movies": -1}, "n_movies=-1: a table needs"),
        ({"n_users": 3, "n_movies": 4, "dim": 0}, "dim=0: a table needs"),
        ({"n_users": 3, "n_movies": 4, "rating_scale": (1.0, 5.0)}, "mean=0.0 lies outside"),
        ({"n_users": 3, "n_movies": 4, "mean": 5.0, "rating_scale": (1.0, 5.0)}, "mean=5.0 lies"),
    ],
)
def test_bad_arguments_are_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        embedding.biased_dot(**arguments)


@pytest.mark.parametrize("network", [embedding.dot, embedding.biased_dot, embedding.concat_mlp])
def test_a_table_without_rows_is_refused(network):
    with pytest.raises(ValueError, match="n_movies=0: a table needs at least one row"):
        network(3, 0, 5)


@pytest.mark.parametrize("init_scale", [0, 1])
def test_init_scale_may_be_a_whole_number(init_scale):
    model = embedding.biased_dot(300, 300, 50, init_scale=init_scale)
    assert model.get_layer("user").get_weights()[0].std() == pytest.approx(init_scale, rel=0.05)
