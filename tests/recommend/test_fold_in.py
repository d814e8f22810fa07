"""Folding in: a user the model knows, treated as new, gets back nearly what the model predicts."""

from dataclasses import replace
from functools import cache, partial

import keras
import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import Ridge

from course_utils.data.matrices import rating_matrix
from course_utils.data.splits import in_time_order
from course_utils.models import baselines, embedding, item2vec
from course_utils.models.autoencoder_variants import masked_autorec
from course_utils.models.autoencoders import autorec, deep_autoencoder
from course_utils.models.folding import as_rows, fold_columns, ridge, shrunk_bias
from course_utils.models.losses import masked_mse, masked_sse
from course_utils.models.transformer import residual_transformer
from course_utils.protocol.training import fit
from course_utils.recommend.fold_in import without_each
from course_utils.tasks.histories import history_task
from course_utils.tasks.pairs import pair_task
from course_utils.tasks.rows import row_task
from tests.tasks.test_rows import make_split


@pytest.fixture(scope="module")
def split():
    return make_split(n_users=60, n_movies=30)


@pytest.fixture(scope="module")
def profiles(split):
    return [p for _, p in split.train.groupby("user")[["movie", "rating"]]]


def train_rows(split, side, network=autorec, lam=5.0, epochs=100, fill=0.0, loss=masked_sse):
    task = row_task(split, side, offset=True, fill=fill, batch_size=64)
    n_rows, n_columns = task.data.matrix.shape

    def build():
        model = network(n_columns, 16, l2=lam / (2 * n_rows), offset=task.data.offset)
        model.compile(keras.optimizers.Adam(0.04), loss)
        return model

    return fit(build, task, epochs=epochs, patience=None, progress=False)


@pytest.fixture(scope="module")
def movie_rows(split):
    """A network trained on rows of movies, once for all tests that ask the same one."""
    return cache(partial(train_rows, split, "movie"))


def own_and_folded(model, split, profiles):
    """The model's predictions for test, and those of the same users folded in."""
    users, movies = split.test["user"].to_numpy(), split.test["movie"].to_numpy()
    return model.predict(users, movies), model.fold_in(profiles)[users, movies]


@pytest.mark.parametrize("shape", [(12, 50), (50, 12)])
def test_ridge_is_scikit_learns(shape):
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=shape), rng.normal(size=shape[0])
    theirs = Ridge(alpha=3.0).fit(x, y)
    weights, bias = ridge(x, y, 3.0)
    np.testing.assert_allclose(weights, theirs.coef_, atol=1e-10)
    assert bias == pytest.approx(theirs.intercept_)
    without = Ridge(alpha=3.0, fit_intercept=False).fit(x, y)
    np.testing.assert_allclose(ridge(x, y, 3.0, intercept_penalty=np.inf)[0], without.coef_)


def test_ridge_shrinks_the_intercept_too():
    """Written out as one regression with a column of ones."""
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(9, 4)), rng.normal(size=9) + 2
    full = np.column_stack([x, np.ones(9)])
    expected = np.linalg.solve(full.T @ full + np.diag([2.0] * 4 + [0.5]), full.T @ y)
    weights, bias = ridge(x, y, 2.0, intercept_penalty=0.5)
    np.testing.assert_allclose([*weights, bias], expected)


def test_no_ratings_no_weights():
    weights, bias = ridge(np.empty((0, 3)), np.empty(0), 1.0)
    assert weights.tolist() == [0, 0, 0] and bias == 0


def test_bias_model_of_a_known_user_comes_back(split, profiles):
    own, folded = own_and_folded(baselines.bias_model(split), split, profiles)
    np.testing.assert_allclose(folded, own, atol=0.01)  # the sweeps end before they stand still


def test_biased_product_of_a_known_user_comes_back(split, profiles):
    def build():
        model = embedding.biased_dot(
            split.n_users, split.n_movies, 8, mean=3.3, l2=0.05, bias_l2=0.01
        )
        model.compile(keras.optimizers.Adam(0.05), "mse")
        return model

    fitted = fit(build, pair_task(split), epochs=40, batch_size=256, patience=None, progress=False)
    own, folded = own_and_folded(fitted, split, profiles)
    assert np.corrcoef(own, folded)[0, 1] > 0.98
    assert np.sqrt(np.mean((own - folded) ** 2)) < 0.2


@pytest.mark.parametrize("network", [autorec, masked_autorec])
def test_rows_of_users_need_one_forward_pass(split, profiles, network):
    fitted = train_rows(split, "user", network, epochs=30)
    own, folded = own_and_folded(fitted, split, profiles)
    np.testing.assert_allclose(folded, own, atol=0.02)  # only the bias is estimated anew


def test_rows_filled_with_means_are_filled_for_a_new_user_too(split, profiles):
    fitted = train_rows(split, "user", epochs=5, fill="row_mean", loss=masked_mse)
    own, folded = own_and_folded(fitted, split, profiles)
    np.testing.assert_allclose(folded, own, atol=0.02)


@pytest.mark.parametrize("network", [autorec, masked_autorec])
def test_rows_of_movies_are_solved_for_the_new_column(split, profiles, movie_rows, network):
    own, folded = own_and_folded(movie_rows(network), split, profiles)
    assert np.corrcoef(own, folded)[0, 1] > 0.98
    assert np.sqrt(np.mean((own - folded) ** 2)) < 0.2  # a level is held back for a new user


def test_a_transformer_reads_the_new_users_history(split, profiles):
    task = history_task(split, memory=10, asked=5, batch_size=16)

    def build():
        model = residual_transformer(
            split.n_users, split.n_movies, mean=3.3, memory=10, factors=4, dim=8, l2=0.05
        )
        loss = keras.losses.MeanSquaredError(reduction="mean_with_sample_weight")
        model.compile(keras.optimizers.Adam(0.02), loss)
        return model

    fitted = fit(build, task, epochs=25, patience=None, progress=False)
    train = in_time_order(split.train)
    in_order = [p for _, p in train.groupby("user")[["movie", "rating"]]]
    own, folded = own_and_folded(fitted, split, in_order)
    # Held-out ratings are asked for from what came before them, folded ones from everything.
    assert np.corrcoef(own, folded)[0, 1] > 0.9
    backwards = fitted.fold_in([in_order[0], in_order[0].iloc[::-1]])
    assert np.abs(backwards[0] - backwards[1]).max() > 1e-4  # the order is read
    assert np.isfinite(fitted.fold_in([in_order[0].iloc[:0]])).all()  # not even one rating


def test_item2vec_scores_the_movies_liked(split):
    model = item2vec.train(split, size=8, epochs=5, min_count=1)
    profile = pd.DataFrame({"movie": [0, 2, 5], "rating": [4.5, 5.0, 1.0]})
    liked = as_rows([profile.iloc[:2].assign(rating=0.5)], split.n_movies)
    np.testing.assert_allclose(
        model.fold_in([profile])[0], model.score_profiles(liked)[0], rtol=1e-5
    )
    unknown = replace(
        model, movies=model.movies[1:], vectors=model.vectors[1:], contexts=model.contexts[1:]
    )
    assert np.isfinite(unknown.fold_in([profile])[0]).all()
    assert np.isfinite(model.fold_in([profile.iloc[2:]])[0]).all()  # nothing liked


def test_linear_models_multiply_the_row(split, profiles):
    for model in (baselines.item_knn(split, k=5), baselines.ease(split)):
        seen = rating_matrix(split.train.assign(rating=1.0), split.shape)
        np.testing.assert_allclose(model.fold_in(profiles), model.score_profiles(seen), atol=1e-9)


def test_popularity_is_the_same_for_everyone(split, profiles):
    shares = baselines.popularity(split)
    np.testing.assert_array_equal(shares.fold_in(profiles[:2]), [shares.shares] * 2)


def test_one_profile_is_one_row(split, profiles):
    bias = baselines.bias_model(split)
    np.testing.assert_array_equal(bias.fold_in([profiles[3]])[0], bias.fold_in(profiles)[3])


def test_a_users_own_taste_decides(movie_rows):
    """Even users like even movies: who likes the first few even ones will like the rest."""
    fitted = movie_rows(autorec)
    movies = np.arange(12)
    profile = pd.DataFrame({"movie": movies, "rating": np.where(movies % 2, 2.0, 4.5)})
    stars = fitted.fold_in([profile])[0]
    assert stars[12::2].min() > stars[13::2].max()


def test_what_each_rating_does(split):
    knn = baselines.item_knn(split, k=5)
    profile = pd.DataFrame({"movie": [4, 0, 7], "rating": [5.0, 1.0, 3.0]})
    say = without_each(knn.fold_in, profile)
    np.testing.assert_allclose(say, knn.weights[[4, 0, 7]], atol=1e-9)


def test_profiles_become_rows():
    profiles = [
        pd.DataFrame({"movie": [2, 0], "rating": [5.0, 1.5]}),
        pd.DataFrame({"movie": [1], "rating": [3.0]}),
    ]
    np.testing.assert_array_equal(as_rows(profiles, 3).toarray(), [[1.5, 0, 5], [0, 3, 0]])


def test_what_cannot_be_folded_in_says_why(split, profiles):
    def fitted(build, task):
        def compiled():
            model = build()
            model.compile("adam", "mse")
            return model

        return fit(compiled, task, epochs=1, progress=False)

    in_range = fitted(
        lambda: embedding.biased_dot(60, 30, 4, mean=3.3, rating_scale=(0.5, 5.0)), pair_task(split)
    )
    with pytest.raises(ValueError, match="rating_scale=None"):
        in_range.fold_in(profiles)
    with pytest.raises(TypeError, match="no closed form"):
        fitted(lambda: embedding.concat_mlp(60, 30, 4), pair_task(split)).fold_in(profiles)
    with pytest.raises(ValueError, match="masked_sse"):
        train_rows(split, "movie", epochs=1, loss=masked_mse).fold_in(profiles)
    with pytest.raises(ValueError, match="not linear: a new"):
        network = lambda n, hidden, **options: deep_autoencoder(n, (hidden,), **options)  # noqa: E731
        train_rows(split, "movie", network, epochs=1).fold_in(profiles)


def test_a_single_rating_is_not_taken_at_its_word():
    """Codes with much in common: without a mean taken off, they are an intercept of their own."""
    codes = 0.5 + 0.05 * np.random.default_rng(0).normal(size=(40, 30))
    level, support = np.full(40, 3.5), np.full(40, 10)
    one = [pd.DataFrame({"movie": [3], "rating": [1.0]})]
    careful = fold_columns(codes, 1.0, level, support=support)(one)
    naive = fold_columns(codes, 1.0, level)(one)
    bias = shrunk_bias(one[0], level)
    assert np.abs(careful[0] - level - bias).max() < 0.3  # the bias model's answer, nearly
    assert np.median(naive[0] - level - bias) < -1
    network_alone = fold_columns(codes, 1.0, support=support)(one)
    assert np.median(network_alone) == pytest.approx(1.0, abs=0.1)  # all that is known
