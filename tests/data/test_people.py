"""Labels of users, groups of users, and networks that read them."""

from dataclasses import replace

import keras
import numpy as np
import pandas as pd
import pytest

from course_utils.data import people
from course_utils.data.archives import AGE_GROUPS
from course_utils.data.splits import random_split
from course_utils.models.autoencoder_variants import autoencoder_with_features
from course_utils.models.autoencoders import deep_autoencoder
from course_utils.models.losses import masked_sse
from course_utils.protocol import evaluation
from course_utils.protocol.evaluation import compare, evaluate
from course_utils.protocol.training import fit
from course_utils.tasks.noise import Noise
from course_utils.tasks.rows import row_task
from tests.conftest import random_movielens


def crowd(user_ids, seed=0):
    rng = np.random.default_rng(seed)
    n = len(user_ids)
    groups = pd.Categorical(rng.choice(AGE_GROUPS, n), AGE_GROUPS, ordered=True)
    jobs = rng.choice([f"job {i}" for i in range(21)], n)
    jobs[:21] = [f"job {i}" for i in range(21)][:n]
    return pd.DataFrame(
        {
            "user_id": np.asarray(user_ids, "int32"),
            "gender": rng.choice(["F", "M"], n),
            "age_group": groups,
            "occupation": jobs,
        }
    )


@pytest.fixture(scope="module")
def data():
    bare = random_movielens([20] * 40, n_movies=60)
    users = crowd(np.random.default_rng(1).permutation(bare.ratings["user_id"].unique()))
    return replace(bare, users=users)


@pytest.fixture(scope="module")
def split(data):
    return random_split(data, held_out=0.2)


def test_one_hot_has_thirty_labelled_columns_and_three_ones_a_user(data):
    table = people.one_hot(data.users)
    assert table.shape == (40, 30)
    assert (table.sum(axis=1) == 3).all()
    assert list(table.columns[:9]) == [
        "gender: F", "gender: M", *(f"age_group: {group}" for group in AGE_GROUPS)
    ]  # fmt: skip
    one = data.users.iloc[5]
    assert table.loc[one["user_id"], f"age_group: {one['age_group']}"] == 1


def test_features_follow_the_splits_order_of_users(data, split):
    known, table = people.features(data.users, split), people.one_hot(data.users)
    for index in (0, 7, 39):
        np.testing.assert_array_equal(known[index], table.loc[split.user_ids[index]])
    with pytest.raises(ValueError, match=f"lacks user id {split.user_ids[3]}"):
        kept = data.users["user_id"] != split.user_ids[3]
        people.features(data.users[kept], split)


def test_members_carry_the_label_and_not_its_code(data):
    ids = people.members(data.users, gender="M", age_group="18-24")
    chosen = data.users.set_index("user_id").loc[ids]
    assert (chosen["gender"] == "M").all() and (chosen["age_group"] == "18-24").all()
    others = data.users[~data.users["user_id"].isin(ids)]
    assert not ((others["gender"] == "M") & (others["age_group"] == "18-24")).any()
    with pytest.raises(ValueError, match="age_group=2: nobody carries it"):
        people.members(data.users, age_group=2)
    with pytest.raises(ValueError, match="'age' is no label"):
        people.members(data.users, age="18-24")


def test_a_random_group_is_alike_in_size_and_ratings_and_the_seed_decides():
    split = random_split(random_movielens(list(range(20, 180)), n_movies=200), held_out=0.2)
    count = pd.Series(np.bincount(split.train["user"]), split.user_ids)
    group = np.sort(count.sort_values().index[40::3])
    draws = [people.like(split, group, seed) for seed in (0, 0, 1)]
    assert all(len(np.unique(draw)) == 40 for draw in draws)
    assert (draws[0] == draws[1]).all() and (draws[0] != draws[2]).any()
    for draw in draws:
        assert abs(count[draw].sum() / count[group].sum() - 1) < 0.02
        np.testing.assert_allclose(np.sort(count[draw]), np.sort(count[group]), atol=5)


def test_a_groups_split_keeps_each_rating_in_its_part(data, split):
    ids = split.user_ids[::4]
    group = people.only(split, ids)
    assert group.shape == (10, split.n_movies) and (group.user_ids == ids).all()
    for part in ("train", "validation", "test"):
        whole, mine = getattr(split, part), getattr(group, part)
        expected = whole[np.isin(split.user_ids[whole["user"]], ids)]
        assert (group.user_ids[mine["user"]] == split.user_ids[expected["user"]]).all()
        np.testing.assert_array_equal(mine[["movie", "rating"]], expected[["movie", "rating"]])


class ById:
    """Predicts from the user's index, so that a wrong index shows."""

    def predict(self, users, movies):
        return 1 + users / 20 + movies / 100


def test_everybodys_model_is_asked_about_the_right_users(data, split):
    group = people.only(split, split.user_ids[::4])
    seen = evaluation.SeenFromGroup(ById(), split, group)
    scores, own = evaluate(seen, group, model="full"), evaluate(ById(), group, model="own")
    whole = evaluate(ById(), split).ratings
    expected = whole[np.isin(split.user_ids[whole["user"]], group.user_ids)]
    np.testing.assert_allclose(scores.ratings["prediction"], expected["prediction"])
    assert "full − own" in compare(scores, own)


def test_without_people_the_course_says_so_and_goes_on(data, monkeypatch, capsys):
    monkeypatch.setattr(people, "load_movielens", lambda name: (name, "loaded"))
    assert people.with_people(data) is data
    bare = replace(data, name="ml-10m", users=None)
    assert people.with_people(bare) == ("ml-100k", "loaded")
    assert "ml-10m says nothing about its users" in capsys.readouterr().out


# ------------------------------------------------------------------- networks that read features
def test_published_size_with_thirty_more_inputs():
    plain = deep_autoencoder(3952).count_params()
    assert autoencoder_with_features(3952, 30).count_params() == plain + 30 * 256


def test_gates_start_open():
    rng = np.random.default_rng(0)
    gated = autoencoder_with_features(20, 5, (8,), how="gated")
    plain = deep_autoencoder(20, (8,))
    for name in ("hidden_1", "output"):
        plain.get_layer(name).set_weights(gated.get_layer(name).get_weights())
    row, bias = rng.random((4, 20)), np.zeros((4, 1))
    for features in (np.zeros((4, 5)), rng.random((4, 5))):
        np.testing.assert_allclose(
            gated.predict_on_batch([row, bias, features]),
            plain.predict_on_batch([row, bias]),
            atol=1e-6,
        )


@pytest.mark.parametrize(("how", "scale"), [("concat", 1.0), ("concat", 5.0), ("gated", 1.0)])
def test_features_are_learnt_from_when_ratings_are_hidden(how, scale):
    """All input is noise, so only the feature tells who gives fives and who gives ones."""
    rng = np.random.default_rng(0)
    bare = random_movielens([15] * 60, n_movies=40)
    kind = pd.Series(rng.integers(0, 2, 60), bare.ratings["user_id"].unique())
    stars = np.where(kind.loc[bare.ratings["user_id"]] == 1, 5.0, 1.0).astype("float32")
    split = random_split(replace(bare, ratings=bare.ratings.assign(rating=stars)))
    features = kind.loc[split.user_ids].to_numpy()[:, None]
    hidden = Noise(lambda stars, rated, rng: np.zeros_like(stars))
    task = row_task(split, "user", batch_size=20, features=features, noise=hidden)
    options = {"dropout": 0.0, "l2": 0.0, "output_activation": "linear"}

    def build():
        model = autoencoder_with_features(40, 1, (16,), how=how, scale=scale, **options)
        model.compile(keras.optimizers.Adam(0.02), masked_sse)
        return model

    fitted = fit(build, task, epochs=40, patience=None, progress=False)
    blank = np.zeros((2, 40), "float32"), np.zeros((2, 1), "float32"), np.eye(2, 1, dtype="float32")
    ones, zeros = np.asarray(fitted.model.predict_on_batch(blank)).mean(axis=1)
    assert ones > 4.5 and zeros < 1.5


def test_features_of_the_wrong_shape_are_refused(split):
    with pytest.raises(ValueError, match=r"features has shape \(3, 2\): give one line for each"):
        row_task(split, "user", features=np.zeros((3, 2)))
    with pytest.raises(ValueError, match="how='add'"):
        autoencoder_with_features(10, 2, how="add")
    with pytest.raises(ValueError, match="hidden"):
        autoencoder_with_features(10, 2, ())
