"""Noise on the input: which cells, when, and what stays clean."""

import numpy as np
import pytest

from course_utils.tasks.noise import Noise, gaussian, hide, thin
from course_utils.tasks.rows import row_task
from tests.tasks.test_rows import make_split

ROWS = np.arange(30)


def stars(n=3000):
    clean = np.where(np.arange(n) % 3 == 0, 4.0, 0.0).astype("float32")[None]
    return clean, clean != 0


def test_gaussian_noise_has_its_size_and_stays_on_rated_cells():
    clean, rated = stars()
    noisy = gaussian(0.5)(clean, rated, np.random.default_rng(0))
    assert not noisy[~rated].any()
    assert (noisy - clean)[rated].std() == pytest.approx(0.5, rel=0.1)
    everywhere = gaussian(0.5, rated_only=False)(clean, rated, np.random.default_rng(0))
    assert everywhere[~rated].std() == pytest.approx(0.5, rel=0.1)


def test_hidden_input_keeps_its_expected_sum_if_rescaled():
    clean, rated = stars(30_000)
    rng = np.random.default_rng(0)
    scaled, left = hide(0.2)(clean, rated, rng), hide(0.2, rescale=False)(clean, rated, rng)
    assert set(np.unique(scaled)) == {0.0, 5.0} and set(np.unique(left)) == {0.0, 4.0}
    assert scaled.sum() == pytest.approx(clean.sum(), rel=0.03)
    assert left.sum() == pytest.approx(0.8 * clean.sum(), rel=0.03)


def test_thinning_meets_profiles_of_every_length():
    clean = np.full((400, 100), 3.0, "float32")
    left = np.count_nonzero(thin(clean, clean != 0, np.random.default_rng(0)), axis=1)
    assert left.min() < 10 and left.max() > 90
    assert left.mean() == pytest.approx(50, abs=5)


def test_noise_is_new_in_each_batch_and_absent_from_predictions():
    clean, rated = stars()
    noise, rng = Noise(gaussian(0.3)), np.random.default_rng(0)
    first, second = noise(clean, rated, [7], rng), noise(clean, rated, [7], rng)
    assert not np.allclose(first, second)
    np.testing.assert_array_equal(noise(clean, rated, [7]), clean)


def test_noise_drawn_once_is_the_rows_own_in_training_and_prediction():
    clean, rated = np.repeat(stars()[0], 2, 0), np.repeat(stars()[1], 2, 0)
    noise = Noise(gaussian(0.3, rated_only=False), drawn_once=True)
    trained = noise(clean, rated, [4, 9], np.random.default_rng(0))
    np.testing.assert_array_equal(noise(clean[::-1], rated, [9, 4])[::-1], trained)
    assert not np.allclose(trained[0], trained[1])
    other = Noise(gaussian(0.3, rated_only=False), drawn_once=True, seed=1)
    assert not np.allclose(other(clean, rated, [4, 9]), trained)


def test_rows_spoil_the_input_and_never_the_target():
    split = make_split()
    task = row_task(split, "user", batch_size=30, noise=Noise(gaussian(0.4)))
    (spoilt, _), target = task.data.batch(ROWS, np.random.default_rng(0))
    (clean, _), same = task.data.batch(ROWS)
    np.testing.assert_array_equal(target, same)
    np.testing.assert_array_equal(clean, target)
    assert (spoilt != clean)[target != 0].all() and not spoilt[target == 0].any()


def test_batches_draw_noise_that_the_seed_decides():
    task = row_task(make_split(), "user", batch_size=30, noise=Noise(hide(0.5)))
    seen = []
    for seed in (3, 3, 4):
        np.random.seed(seed)
        task.x.on_epoch_begin()
        (row, _), _ = task.x[0]
        seen.append(row[np.argsort(task.x.order)])
    np.testing.assert_array_equal(seen[0], seen[1])
    assert not np.array_equal(seen[0], seen[2])
    task.x.on_epoch_begin()
    again = task.x[0][0][0][np.argsort(task.x.order)]
    assert not np.array_equal(seen[2], again)


def test_batches_without_noise_keep_their_order_of_old():
    task = row_task(make_split(), "user", batch_size=30)
    np.random.seed(3)
    expected = [np.random.permutation(30) for _ in range(2)]
    np.random.seed(3)
    for order in expected:
        task.x.on_epoch_begin()
        np.testing.assert_array_equal(task.x.order, order)


def test_bad_factors_name_the_remedy():
    with pytest.raises(ValueError, match="factor=-1"):
        gaussian(-1)
    with pytest.raises(ValueError, match=r"factor=1: hide a share"):
        hide(1)
