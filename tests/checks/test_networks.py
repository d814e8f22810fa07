"""Networks as answers: the one by hand, the lesson's own and the package's twin are the same."""

import jupytext
import keras
import numpy as np
import pytest
from keras import layers

from course_utils.checks import exercises
from course_utils.checks.engine import RIGHT, WRONG, judge
from course_utils.checks.networks import ByHand, noise, seen
from course_utils.checks.yours import own
from tests.checks.lessons import ROOT, namespace, tasks

NETWORKS = [
    pytest.param(exercise, label, arguments, id=f"{name}-{label}")
    for name, exercise in exercises().exercises.items()
    for label, arguments in exercise.arguments().items()
    if getattr(exercise.observe, "__qualname__", "").startswith("network.")
]


def model_of(exercise):
    """The lesson's own function, from its solution."""
    task = tasks()[exercise.name]
    return namespace(task)[exercise.name]


def same(one, other):
    assert one.keys() == other.keys()
    for part, value in one.items():
        if isinstance(value, str):
            assert value == other[part], part
        else:
            np.testing.assert_allclose(value, other[part], rtol=1e-4, atol=1e-4, err_msg=part)


@pytest.mark.parametrize(("exercise", "label", "arguments"), NETWORKS)
def test_the_lessons_network_is_the_one_by_hand(exercise, label, arguments):
    built = model_of(exercise)(*arguments)
    assert isinstance(built, keras.Model)
    same(exercise.seen(built, arguments), exercise.seen(exercise.reference(*arguments), arguments))


@pytest.mark.parametrize(("exercise", "label", "arguments"), NETWORKS)
def test_its_twin_in_the_package_has_the_same_weights_and_output(exercise, label, arguments):
    assert exercise.twin, "an exercise that trains needs a twin for those who have not answered"
    task = tasks()[exercise.name]
    names = task_arguments(model_of(exercise))
    twin = own(exercise)(arguments[0], **dict(zip(names[1:], arguments[1:], strict=False)))
    mine = model_of(exercise)(*arguments)
    shapes = [sorted(np.shape(w) for w in model.get_weights()) for model in (mine, twin)]
    assert shapes[0] == shapes[1], task.name


def task_arguments(function):
    return list(function.__code__.co_varnames[: function.__code__.co_argcount])


# ------------------------------------------------------------------------- what is looked at
def two_layers(dropout=0.0, order=(0, 1)):
    row = keras.Input((5,))
    x = layers.Dropout(dropout)(row) if dropout else row
    made = [layers.Dense(4, name="a"), layers.Dense(4, name="b")]
    x = made[order[1]](made[order[0]](layers.Dense(4)(x)))
    return keras.Model(row, x)


def by_hand():
    def forward(w, row):
        return ((row @ w[0] + w[1]) @ w[2] + w[3]) @ w[4] + w[5]

    return ByHand([(5, 4), (4,), (4, 4), (4,), (4, 4), (4,)], forward)


ROW = np.random.default_rng(0).normal(0, 1, (3, 5)).astype("float32")


def test_layers_of_one_shape_may_be_made_in_any_order():
    for order in ((0, 1), (1, 0)):
        found = seen(two_layers(order=order), ROW, by_hand())
        np.testing.assert_allclose(
            found["output with fixed weights"],
            seen(by_hand(), ROW, by_hand())["output with fixed weights"],
            atol=1e-4,
        )


def test_a_dropout_is_named_with_its_place():
    assert noise(two_layers(0.3)) == ["Dropout(0.3) after the input"]
    chain = [keras.Input((5,)), layers.Dense(7), layers.ReLU(), layers.Dropout(0.2)]
    assert noise(keras.Sequential(chain)) == ["Dropout(0.2) after Dense(7)"]


def test_a_penalty_is_looked_at():
    row = keras.Input((5,))
    out = layers.Dense(2, kernel_regularizer=keras.regularizers.L2(0.1))(row)
    plain = ByHand([(5, 2), (2,)], lambda w, x: x @ w[0] + w[1])
    assert (
        seen(keras.Model(row, out), ROW, plain)["penalty"] > 0 == seen(plain, ROW, plain)["penalty"]
    )


def test_what_is_no_network_gets_a_sentence():
    for answer in (lambda n, h, g: keras.Input((n,)), lambda n, h, g: h, lambda n, h, g: [n]):
        result = judge(exercises()["autorec_network"], answer)
        assert result.status == WRONG
        assert "keras.Model" in result.message


def test_a_sequential_is_a_network():
    def answer(n_columns, hidden, activation):
        return keras.Sequential([layers.Dense(hidden, activation), layers.Dense(n_columns)])

    assert judge(exercises()["autorec_network"], answer).status == RIGHT


def test_numpy_cannot_be_trained_with():
    def masked_mse(y_true, y_pred):
        mask = y_true != 0
        squared = np.where(mask, (y_true - y_pred) ** 2, 0.0)
        return squared.sum(axis=1) / np.maximum(mask.sum(axis=1), 1)

    result = judge(exercises()["masked_mse"], masked_mse)
    assert (result.status, result.misunderstanding) == (WRONG, "numpy")
    assert "keras.ops" in result.message


def test_sources_call_what_learners_wrote():
    """In each lesson with a network of the learner's, a later cell uses it through ``yours``."""
    for exercise in {p.values[0].name for p in NETWORKS}:
        source = ROOT / "solutions" / f"{tasks()[exercise].lesson}.py"
        cells = [c.source for c in jupytext.read(source, fmt="py:percent").cells]
        assert any(f'yours("{exercise}", {exercise})' in cell for cell in cells), exercise
