"""What learners write in lesson 06: wrong answers with the misunderstanding each shows, and right
answers written in other ways."""

import math
import statistics

import numpy as np
from scipy.stats import t

# --- noisy_epochs


def copied_noise(row, factor, epochs, rng):
    one = row.copy()
    one[row > 0] += rng.normal(0, factor, (row > 0).sum())
    return np.stack([one] * epochs)


def noise_of_2021(row, factor, epochs, rng):
    noisy = row + factor * rng.normal(size=row.shape)
    return np.repeat(noisy[None], epochs, axis=0)


def noise_in_gaps(row, factor, epochs, rng):
    return np.array([row + rng.normal(0, factor, len(row)) for _ in range(epochs)])


def squared_factor(row, factor, epochs, rng):
    return np.array([row + (row > 0) * rng.normal(0, factor**2, len(row)) for _ in range(epochs)])


def forgot_to_start_again(row, factor, epochs, rng):
    found, noisy = [], row
    for _ in range(epochs):
        noisy = noisy + (row != 0) * factor * rng.standard_normal(len(row))
        found.append(noisy)
    return np.array(found)


def noise_by_loop(row, factor, epochs, rng):
    found = []
    for _ in range(epochs):
        noisy = np.array(row, dtype="float32")
        noisy[noisy > 0] += rng.normal(0, factor, int((noisy > 0).sum()))
        found.append(noisy)
    return found


def noise_own_seeds(row, factor, epochs, rng):
    draws = rng.normal(scale=factor, size=(epochs, row.size))
    draws[:, row == 0] = 0
    return row[None, :] + draws


# --- dropped


def only_masked(row, keep, rate):
    return row * keep


def weights_of_2012(row, keep, rate):
    return row * keep * (1 - rate)


def over_the_rate(row, keep, rate):
    return [r / rate if k else 0.0 for r, k in zip(row, keep, strict=True)]


def hid_the_kept(row, keep, rate):
    return row * ~keep / (1 - rate)


def dropped_by_loop(row, keep, rate):
    return [r / (1 - rate) if k else 0 for r, k in zip(row, keep, strict=True)]


def dropped_by_scale(row, keep, rate):
    return (1 / (1 - rate)) * row.astype("float32") * keep.astype("float32")


# --- seed_interval


def two_sigma(a, b):
    d = a - b
    half = 1.96 * d.std(ddof=1) / np.sqrt(len(d))
    return d.mean(), d.mean() - half, d.mean() + half


def forgot_the_root_of_k(a, b):
    d = [x - y for x, y in zip(a, b, strict=True)]
    half = t.ppf(0.975, len(d) - 1) * statistics.stdev(d)
    mean = statistics.mean(d)
    return mean, mean - half, mean + half


def plain_std(a, b):
    d = a - b
    half = t.ppf(0.975, df=len(d) - 1) * d.std() / len(d) ** 0.5
    return d.mean(), d.mean() - half, d.mean() + half


def welch(a, b):
    k = len(a)
    error = math.sqrt((statistics.variance(a) + statistics.variance(b)) / k)
    half = t.ppf(0.975, 2 * k - 2) * error
    mean = np.mean(a) - np.mean(b)
    return [mean, mean - half, mean + half]


def b_minus_a(a, b):
    d = b - a
    half = t.ppf(0.975, len(d) - 1) * d.std(ddof=1) / np.sqrt(len(d))
    return d.mean(), d.mean() - half, d.mean() + half


def interval_by_scipy(a, b):
    from scipy import stats

    low, high = stats.ttest_rel(a, b).confidence_interval(0.95)
    return float(np.mean(a) - np.mean(b)), float(low), float(high)


def interval_by_hand(a, b):
    d = [x - y for x, y in zip(a, b, strict=True)]
    mean = sum(d) / len(d)
    half = t.ppf(0.975, len(d) - 1) * statistics.stdev(d) / math.sqrt(len(d))
    return np.array([mean, mean - half, mean + half])


# --- same_users


def rmse(table):
    return float(np.sqrt(np.mean((table["rating"] - table["prediction"]) ** 2)))


def apples_and_oranges(full, group):
    return rmse(group) - rmse(full)


def on_both(full, group):
    indexed = full.set_index(["user", "movie"])
    return indexed.loc[list(zip(group["user"], group["movie"], strict=True))].reset_index()


def full_minus_group(full, group):
    return rmse(on_both(full, group)) - rmse(group)


def mean_over_users(full, group):
    def each(table):
        return np.mean([rmse(one) for _, one in table.groupby("user")])

    return each(group) - each(on_both(full, group))


def forgot_the_roots(full, group):
    return rmse(group) ** 2 - rmse(on_both(full, group)) ** 2


def took_the_order_for_granted(full, group):
    mine = full[full["user"].isin(set(group["user"]))]
    return rmse(group) - rmse(group.assign(prediction=mine["prediction"].to_numpy()))


def same_by_index(full, group):
    return rmse(group) - rmse(on_both(full, group))


def same_by_loop(full, group):
    found = {(r.user, r.movie): r.prediction for r in full.itertuples()}
    a = [(r.rating - r.prediction) ** 2 for r in group.itertuples()]
    b = [(r.rating - found[r.user, r.movie]) ** 2 for r in group.itertuples()]
    return (sum(a) / len(a)) ** 0.5 - (sum(b) / len(b)) ** 0.5


WRONG = [
    ("noisy_epochs", "drawn_once", copied_noise),
    ("noisy_epochs", "every_cell_once", noise_of_2021),
    ("noisy_epochs", "every_cell", noise_in_gaps),
    ("noisy_epochs", "variance", squared_factor),
    ("noisy_epochs", "adding_up", forgot_to_start_again),
    ("dropped", "not_rescaled", only_masked),
    ("dropped", "made_smaller", weights_of_2012),
    ("dropped", "divided_by_rate", over_the_rate),
    ("dropped", "mask_reversed", hid_the_kept),
    ("seed_interval", "normal", two_sigma),
    ("seed_interval", "spread_of_one_run", forgot_the_root_of_k),
    ("seed_interval", "divides_by_k", plain_std),
    ("seed_interval", "unpaired", welch),
    ("seed_interval", "reversed", b_minus_a),
    ("group_of_code", "as_in_2021", lambda: {"age_group": "18 to 24", "user_2000_inside": True}),
    ("group_of_code", "label_of_2021", lambda: {"age_group": "18-24", "user_2000_inside": False}),
    (
        "group_of_code",
        "one_too_far",
        lambda: {"age_group": "35-44", "user_2000_inside": False},
    ),
    ("group_of_code", "user_inside", lambda: {"age_group": "25-34", "user_2000_inside": True}),
    ("same_users", "different_users", apples_and_oranges),
    ("same_users", "reversed", full_minus_group),
    ("same_users", "per_user", mean_over_users),
    ("same_users", "squared", forgot_the_roots),
    ("same_users", "by_position", took_the_order_for_granted),
]

RIGHT = [
    ("noisy_epochs", noise_by_loop),
    ("noisy_epochs", noise_own_seeds),
    ("dropped", dropped_by_loop),
    ("dropped", dropped_by_scale),
    ("seed_interval", interval_by_scipy),
    ("seed_interval", interval_by_hand),
    ("group_of_code", lambda: {"age_group": "25–34", "user_2000_inside": False}),
    ("same_users", same_by_index),
    ("same_users", same_by_loop),
]
