"""What learners write in lesson 06: wrong answers with the misunderstanding each shows, and right
answers written in other ways."""

import math
import statistics

import numpy as np
import pandas as pd
from scipy import stats
from scipy.stats import t

# ------------------------------------------------------------------------------- noisy_epochs


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


def same_object_each_time(row, factor, epochs, rng):
    found, noisy = [], row.astype(float)
    for _ in range(epochs):
        noisy[row > 0] += rng.normal(0, factor, (row > 0).sum())
        found.append(noisy)
    return np.array(found)


def new_generator_each_epoch(row, factor, epochs, rng):
    return [
        row + (row > 0) * np.random.default_rng(0).normal(0, factor, len(row))
        for _ in range(epochs)
    ]


def noise_in_the_first_epoch(row, factor, epochs, rng):
    found = np.tile(row.astype(float), (epochs, 1))
    found[0] += np.where(row > 0, rng.normal(0, factor, len(row)), 0)
    return found


def last_epoch_drawn_anew(row, factor, epochs, rng):
    mask = row > 0
    noise = np.tile(rng.normal(0, factor, len(row)), (epochs, 1))
    noise[-1] = rng.normal(0, factor, len(row))
    return row + mask * noise


def one_number_an_epoch(row, factor, epochs, rng):
    return np.array([row + (row > 0) * rng.normal(0, factor) for _ in range(epochs)])


def only_the_noise(row, factor, epochs, rng):
    return np.where(row > 0, rng.normal(0, factor, (epochs, len(row))), 0)


def evenly_drawn(row, factor, epochs, rng):
    return row + (row != 0) * rng.uniform(-factor, factor, (epochs, len(row)))


def from_zero_to_one(row, factor, epochs, rng):
    return row + (row != 0) * factor * rng.random((epochs, len(row)))


def above_one_star(row, factor, epochs, rng):
    return row + np.where(row >= 1, rng.normal(0, factor, (epochs, len(row))), 0)


def kept_on_the_scale(row, factor, epochs, rng):
    noisy = row + np.where(row > 0, rng.normal(0, factor, (epochs, len(row))), 0)
    return np.where(row > 0, np.clip(noisy, 0.5, 5), 0)


def only_unrated(row, factor, epochs, rng):
    return row + np.where(row == 0, rng.normal(0, factor, (epochs, len(row))), 0)


def one_epoch_only(row, factor, epochs, rng):
    return row + (row > 0) * rng.normal(0, factor, len(row))


def epochs_as_columns(row, factor, epochs, rng):
    noise = rng.normal(0, factor, (len(row), epochs))
    return row[:, None] + noise * (row > 0)[:, None]


def times_the_stars(row, factor, epochs, rng):
    return row * (1 + rng.normal(0, factor, (epochs, len(row))))


def forgot_the_factor(row, factor, epochs, rng):
    return row + (row > 0) * rng.standard_normal((epochs, len(row)))


def half_the_cells(row, factor, epochs, rng):
    noise = rng.normal(0, factor, (epochs, len(row))) * (rng.random((epochs, len(row))) < 0.5)
    return row + noise * (row > 0)


def gaps_with_nan(row, factor, epochs, rng):
    return np.where(row > 0, row + rng.normal(0, factor, (epochs, len(row))), np.nan)


def noise_by_loop(row, factor, epochs, rng):
    found = []
    for _ in range(epochs):
        noisy = np.array(row, dtype="float32")
        noisy[noisy > 0] += rng.normal(0, factor, int((noisy > 0).sum()))
        found.append(noisy)
    return found


def noise_zeroed(row, factor, epochs, rng):
    draws = rng.normal(scale=factor, size=(epochs, row.size))
    draws[:, row == 0] = 0
    return row[None, :] + draws


def drawn_around_the_stars(row, factor, epochs, rng):
    return np.where(row != 0, rng.normal(row, factor, (epochs, len(row))), 0)


def noise_by_mask(row, factor, epochs, rng):
    return np.stack([row + (row > 0) * rng.standard_normal(row.shape) * factor] + [
        row + (row > 0) * rng.standard_normal(row.shape) * factor for _ in range(epochs - 1)
    ])  # fmt: skip


def noise_by_column(row, factor, epochs, rng):
    return (row[:, None] + (row > 0)[:, None] * rng.normal(0, factor, (len(row), epochs))).T


def noise_as_table(row, factor, epochs, rng):
    rated = np.flatnonzero(row)
    noisy = pd.DataFrame(np.tile(row.astype(float), (epochs, 1)))
    noisy.iloc[:, rated] += rng.normal(0, factor, (epochs, len(rated)))
    return noisy


# ------------------------------------------------------------------------------------ dropped


def only_masked(row, keep, rate):
    return row * keep


def weights_of_2012(row, keep, rate):
    return row * keep * (1 - rate)


def over_the_rate(row, keep, rate):
    return [r / rate if k else 0.0 for r, k in zip(row, keep, strict=True)]


def hid_the_kept(row, keep, rate):
    return row * ~keep / (1 - rate)


def nothing_hidden(row, keep, rate):
    return row / (1 - rate)


def by_the_share_that_stayed(row, keep, rate):
    return np.where(keep, row, 0) / keep.mean()


def sum_kept_exactly(row, keep, rate):
    left = row * keep
    return left * row.sum() / left.sum()


def a_little_larger(row, keep, rate):
    return row * keep * (1 + rate)


def cut_at_five(row, keep, rate):
    return np.minimum(row * keep / (1 - rate), 5)


def hidden_cells_left_out(row, keep, rate):
    return row[keep] / (1 - rate)


def hidden_is_nan(row, keep, rate):
    return np.where(keep, row / (1 - rate), np.nan)


def hidden_stays(row, keep, rate):
    return np.where(keep, row / (1 - rate), row)


def larger_where_hidden(row, keep, rate):
    return np.where(keep, row, row / (1 - rate))


def hid_the_kept_and_left_it(row, keep, rate):
    return np.where(keep, 0.0, row)


def no_brackets(row, keep, rate):
    return keep * row / 1 - rate


def by_the_root(row, keep, rate):
    return keep * row / np.sqrt(1 - rate)


def wrote_it_in_place(row, keep, rate):
    row[~keep] = 0
    row /= 1 - rate


def dropped_by_loop(row, keep, rate):
    return [r / (1 - rate) if k else 0 for r, k in zip(row, keep, strict=True)]


def dropped_by_scale(row, keep, rate):
    return (1 / (1 - rate)) * row.astype("float32") * keep.astype("float32")


def dropped_in_place(row, keep, rate):
    row[~keep] = 0
    row /= 1 - rate
    return row


def dropped_by_table(row, keep, rate):
    return pd.Series(row).where(keep, 0.0).div(1 - rate)


def dropped_by_tensors(row, keep, rate):
    from keras import ops

    return ops.where(keep, ops.convert_to_tensor(row.astype("float32")) / (1 - rate), 0.0)


def dropped_by_index(row, keep, rate):
    out = np.zeros(len(row))
    out[np.flatnonzero(keep)] = row[keep] / (1 - rate)
    return out


# ------------------------------------------------------------------------------ seed_interval


def around(mean, half):
    return mean, mean - half, mean + half


def two_sigma(a, b):
    d = a - b
    return around(d.mean(), 1.96 * d.std(ddof=1) / np.sqrt(len(d)))


def forgot_the_root_of_k(a, b):
    d = [x - y for x, y in zip(a, b, strict=True)]
    return around(statistics.mean(d), t.ppf(0.975, len(d) - 1) * statistics.stdev(d))


def plain_std(a, b):
    d = a - b
    return around(d.mean(), t.ppf(0.975, df=len(d) - 1) * d.std() / len(d) ** 0.5)


def welch(a, b):
    k = len(a)
    error = math.sqrt((statistics.variance(a) + statistics.variance(b)) / k)
    return list(around(np.mean(a) - np.mean(b), t.ppf(0.975, 2 * k - 2) * error))


def b_minus_a(a, b):
    d = b - a
    return around(d.mean(), t.ppf(0.975, len(d) - 1) * d.std(ddof=1) / np.sqrt(len(d)))


def k_degrees(a, b):
    d = a - b
    return around(d.mean(), t.ppf(0.975, len(d)) * stats.sem(d))


def ninety_percent(a, b):
    d = a - b
    return around(d.mean(), t.ppf(0.95, len(d) - 1) * stats.sem(d))


def lower_quantile(a, b):
    d = a - b
    return around(d.mean(), t.ppf(0.025, len(d) - 1) * stats.sem(d))


def one_standard_error(a, b):
    return around((a - b).mean(), stats.sem(a - b))


def divided_by_k(a, b):
    d = a - b
    return around(d.mean(), t.ppf(0.975, len(d) - 1) * d.std(ddof=1) / len(d))


def smallest_and_largest(a, b):
    d = a - b
    return d.mean(), d.min(), d.max()


def percentiles(a, b):
    d = a - b
    return d.mean(), np.percentile(d, 2.5), np.percentile(d, 97.5)


def mean_last(a, b):
    mean, low, high = interval_by_hand(a, b)
    return low, high, mean


def bounds_without_mean(a, b):
    return interval_by_hand(a, b)[1:]


def not_around_the_mean(a, b):
    d = a - b
    half = t.ppf(0.975, len(d) - 1) * stats.sem(d)
    return d.mean(), -half, half


def mean_and_half(a, b):
    d = a - b
    return d.mean(), t.ppf(0.975, len(d) - 1) * stats.sem(d)


def absolute_differences(a, b):
    return interval_by_hand(np.abs(a - b), np.zeros(len(a)))


def variance_for_std(a, b):
    d = a - b
    return around(d.mean(), t.ppf(0.975, len(d) - 1) * d.var(ddof=1) / np.sqrt(len(d)))


def always_three_seeds(a, b):
    d = a - b
    return around(d.mean(), 4.303 * d.std(ddof=1) / np.sqrt(3))


def rounded_to_tenths_of_thousands(a, b):
    return [round(float(x), 3) for x in interval_by_hand(a, b)]


def b_minus_a_plain_std(a, b):
    d = b - a
    return around(d.mean(), t.ppf(0.975, len(d) - 1) * np.std(d) / np.sqrt(len(d)))


def interval_by_scipy(a, b):
    low, high = stats.ttest_rel(a, b).confidence_interval(0.95)
    return float(np.mean(a) - np.mean(b)), float(low), float(high)


def interval_by_hand(a, b):
    d = [x - y for x, y in zip(a, b, strict=True)]
    mean = sum(d) / len(d)
    half = t.ppf(0.975, len(d) - 1) * statistics.stdev(d) / math.sqrt(len(d))
    return np.array([mean, mean - half, mean + half])


def interval_by_sem(a, b):
    d = a - b
    return around(d.mean(), t.ppf(0.975, len(d) - 1) * stats.sem(d))


def interval_of_t(a, b):
    d = a - b
    return [d.mean(), *t.interval(0.95, len(d) - 1, loc=d.mean(), scale=stats.sem(d))]


def interval_by_pandas(a, b):
    d = pd.Series(a) - pd.Series(b)
    half = d.sem() * -t.ppf(0.025, d.count() - 1)
    return pd.Series({"mean": d.mean(), "low": d.mean() - half, "high": d.mean() + half})


def root_of_k_less_one(a, b):
    d = np.subtract(a, b)
    k = d.size
    return around(np.mean(d), t.isf(0.025, k - 1) * np.std(d) / np.sqrt(k - 1))


# ------------------------------------------------------------------------------ group_of_code


def codes(age_group, inside):
    return lambda: {"age_group": age_group, "user_2000_inside": inside}


# --------------------------------------------------------------------------------- same_users


def rmse(table):
    return float(np.sqrt(np.mean((table["rating"] - table["prediction"]) ** 2)))


def merged(full, group, *columns):
    return group.merge(full, on=list(columns), suffixes=("", "_full"))


def difference(both):
    other = both["rating"] - both["prediction_full"]
    return rmse(both) - float(np.sqrt((other**2).mean()))


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
    mine = on_both(full, group).sort_values(["user", "movie"])
    return rmse(group) - rmse(group.assign(prediction=mine["prediction"].to_numpy()))


def merged_on_user(full, group):
    return difference(merged(full, group, "user"))


def merged_on_user_and_rating(full, group):
    return difference(merged(full, group, "user", "rating"))


def merged_on_movie(full, group):
    return difference(merged(full, group, "movie"))


def merged_on_everything(full, group):
    return rmse(group) - rmse(group.merge(full))


def all_ratings_of_these_users(full, group):
    return rmse(group) - rmse(full[full["user"].isin(group["user"])])


def users_and_movies_apart(full, group):
    mine = full[full["user"].isin(group["user"]) & full["movie"].isin(group["movie"])]
    return rmse(group) - rmse(mine)


def mean_absolute(full, group):
    own = (group["rating"] - group["prediction"]).abs().mean()
    both = on_both(full, group)
    return own - (both["rating"] - both["prediction"]).abs().mean()


def by_index(full, group):
    everybody = np.sqrt(((group["rating"] - full["prediction"]) ** 2).mean())
    return rmse(group) - everybody


def between_the_models(full, group):
    both = merged(full, group, "user", "movie")
    return np.sqrt(((both["prediction"] - both["prediction_full"]) ** 2).mean())


def everybody_alone(full, group):
    return rmse(on_both(full, group))


def ratio(full, group):
    return rmse(group) / rmse(on_both(full, group)) - 1


def sums_not_means(full, group):
    def total(table):
        return float(np.sqrt(((table["rating"] - table["prediction"]) ** 2).sum()))

    return total(group) - total(on_both(full, group))


def mean_errors(full, group):
    both = on_both(full, group)
    own = (group["prediction"] - group["rating"]).mean()
    return own - (both["prediction"] - both["rating"]).mean()


def root_of_the_difference(full, group):
    return np.sqrt(rmse(group) ** 2 - rmse(on_both(full, group)) ** 2)


def everybody_on_the_rest(full, group):
    rest = full[~full["user"].isin(group["user"])]
    return rmse(group) - rmse(rest)


def arguments_exchanged(full, group):
    full, group = group, full
    return rmse(merged(full, group, "user", "movie")) - rmse(full)


def same_by_index(full, group):
    return rmse(group) - rmse(on_both(full, group))


def same_by_loop(full, group):
    found = {(r.user, r.movie): r.prediction for r in full.itertuples()}
    a = [(r.rating - r.prediction) ** 2 for r in group.itertuples()]
    b = [(r.rating - found[r.user, r.movie]) ** 2 for r in group.itertuples()]
    return (sum(a) / len(a)) ** 0.5 - (sum(b) / len(b)) ** 0.5


def same_by_three_columns(full, group):
    return difference(merged(full, group, "user", "movie", "rating"))


def same_by_inner_concat(full, group):
    keys = ["user", "movie"]
    both = pd.concat([group.set_index(keys), full.set_index(keys)], axis=1, join="inner")
    errors = both["prediction"].sub(both["rating"].iloc[:, 0], axis=0).to_numpy()
    own, everybody = np.sqrt((errors**2).mean(axis=0))
    return np.array([own - everybody])


def same_by_sorted_rows(full, group):
    pairs = pd.MultiIndex.from_frame(group[["user", "movie"]])
    mine = full[pd.MultiIndex.from_frame(full[["user", "movie"]]).isin(pairs)]
    return rmse(group) - rmse(mine)


def same_by_norm(full, group):
    both = full.merge(group, on=["user", "movie"], how="right")
    stars, n = both["rating_y"], len(both)
    own = np.linalg.norm(both["prediction_y"] - stars) / np.sqrt(n)
    return np.float32(own - np.linalg.norm(both["prediction_x"] - stars) / np.sqrt(n))


WRONG = [
    ("noisy_epochs", "drawn_once", copied_noise),
    ("noisy_epochs", "every_cell_once", noise_of_2021),
    ("noisy_epochs", "every_cell", noise_in_gaps),
    ("noisy_epochs", "variance", squared_factor),
    ("noisy_epochs", "adding_up", forgot_to_start_again),
    ("noisy_epochs", "one_array", same_object_each_time),
    ("noisy_epochs", "drawn_once", new_generator_each_epoch),
    ("noisy_epochs", "first_epoch_only", noise_in_the_first_epoch),
    ("noisy_epochs", "drawn_once", last_epoch_drawn_anew),
    ("noisy_epochs", "one_number", one_number_an_epoch),
    ("noisy_epochs", "noise_alone", only_the_noise),
    ("noisy_epochs", "uniform", evenly_drawn),
    ("noisy_epochs", "zero_to_one", from_zero_to_one),
    ("noisy_epochs", "from_one_star", above_one_star),
    ("noisy_epochs", "clipped", kept_on_the_scale),
    ("noisy_epochs", "unrated_only", only_unrated),
    ("noisy_epochs", None, one_epoch_only),
    ("noisy_epochs", None, epochs_as_columns),
    ("noisy_epochs", "multiplied", times_the_stars),
    ("noisy_epochs", "no_factor", forgot_the_factor),
    ("noisy_epochs", None, half_the_cells),
    ("noisy_epochs", None, gaps_with_nan),
    ("dropped", "not_rescaled", only_masked),
    ("dropped", "made_smaller", weights_of_2012),
    ("dropped", "divided_by_rate", over_the_rate),
    ("dropped", "mask_reversed", hid_the_kept),
    ("dropped", "nothing_hidden", nothing_hidden),
    ("dropped", "share_counted", by_the_share_that_stayed),
    ("dropped", "same_sum", sum_kept_exactly),
    ("dropped", None, a_little_larger),
    ("dropped", "clipped", cut_at_five),
    ("dropped", "left_out", hidden_cells_left_out),
    ("dropped", None, hidden_is_nan),
    ("dropped", "hidden_stays", hidden_stays),
    ("dropped", "hidden_grows", larger_where_hidden),
    ("dropped", "not_rescaled + mask_reversed", hid_the_kept_and_left_it),
    ("dropped", None, no_brackets),
    ("dropped", None, by_the_root),
    ("dropped", "no return", wrote_it_in_place),
    ("seed_interval", "normal", two_sigma),
    ("seed_interval", "spread_of_one_run", forgot_the_root_of_k),
    ("seed_interval", "divides_by_k", plain_std),
    ("seed_interval", "unpaired", welch),
    ("seed_interval", "reversed", b_minus_a),
    ("seed_interval", "degrees", k_degrees),
    ("seed_interval", "one_sided", ninety_percent),
    ("seed_interval", "low_and_high", lower_quantile),
    ("seed_interval", "standard_error", one_standard_error),
    ("seed_interval", "by_k", divided_by_k),
    ("seed_interval", "range", smallest_and_largest),
    ("seed_interval", "percentiles", percentiles),
    ("seed_interval", "mean_last", mean_last),
    ("seed_interval", None, bounds_without_mean),
    ("seed_interval", "not_centred", not_around_the_mean),
    ("seed_interval", None, mean_and_half),
    ("seed_interval", "absolute", absolute_differences),
    ("seed_interval", "variance", variance_for_std),
    ("seed_interval", None, always_three_seeds),
    ("seed_interval", None, rounded_to_tenths_of_thousands),
    ("seed_interval", "divides_by_k + reversed", b_minus_a_plain_std),
    ("group_of_code", "as_in_2021", codes("18 to 24", True)),
    ("group_of_code", "label_of_2021", codes("18-24", False)),
    ("group_of_code", "one_too_far", codes("35-44", False)),
    ("group_of_code", "user_inside", codes("25-34", True)),
    ("group_of_code", "one_too_far + user_inside", codes("35–44", True)),
    ("group_of_code", "another_group", codes("56+", False)),
    ("group_of_code", "another_group + user_inside", codes("Under 18", True)),
    ("group_of_code", "no_label", codes(2, False)),
    ("group_of_code", "no_label", codes("3956", False)),
    ("group_of_code", "no_label", codes("women", False)),
    ("group_of_code", "no_word", codes("25-34", "no")),
    ("group_of_code", "no_word", codes("25-34", "False")),
    ("group_of_code", "label_of_2021 + no_word", codes("18-24", "no")),
    ("group_of_code", "not_a_dict", lambda: "25-34"),
    ("group_of_code", "not_a_dict", lambda: ("25-34", False)),
    ("group_of_code", None, lambda: {"age_group": "25-34"}),
    ("group_of_code", None, lambda: {"age_group": "25-34", "user_inside": False}),
    ("same_users", "different_users", apples_and_oranges),
    ("same_users", "reversed", full_minus_group),
    ("same_users", "per_user", mean_over_users),
    ("same_users", "squared", forgot_the_roots),
    ("same_users", "by_position", took_the_order_for_granted),
    ("same_users", "on_user", merged_on_user),
    ("same_users", "on_user_and_rating", merged_on_user_and_rating),
    ("same_users", "on_movie", merged_on_movie),
    ("same_users", "on_everything", merged_on_everything),
    ("same_users", "same_users_only", all_ratings_of_these_users),
    ("same_users", "columns_apart", users_and_movies_apart),
    ("same_users", "absolute", mean_absolute),
    ("same_users", "by_index", by_index),
    ("same_users", None, between_the_models),
    ("same_users", "full_alone", everybody_alone),
    ("same_users", "ratio", ratio),
    ("same_users", "sums", sums_not_means),
    ("same_users", None, mean_errors),
    ("same_users", None, root_of_the_difference),
    ("same_users", None, everybody_on_the_rest),
    ("same_users", "reversed", arguments_exchanged),
]

RIGHT = [
    ("noisy_epochs", noise_by_loop),
    ("noisy_epochs", noise_zeroed),
    ("noisy_epochs", drawn_around_the_stars),
    ("noisy_epochs", noise_by_mask),
    ("noisy_epochs", noise_by_column),
    ("noisy_epochs", noise_as_table),
    ("dropped", dropped_by_loop),
    ("dropped", dropped_by_scale),
    ("dropped", dropped_in_place),
    ("dropped", dropped_by_table),
    ("dropped", dropped_by_tensors),
    ("dropped", dropped_by_index),
    ("seed_interval", interval_by_scipy),
    ("seed_interval", interval_by_hand),
    ("seed_interval", interval_by_sem),
    ("seed_interval", interval_of_t),
    ("seed_interval", interval_by_pandas),
    ("seed_interval", root_of_k_less_one),
    ("group_of_code", codes("25–34", False)),
    ("group_of_code", codes("25 to 34", np.False_)),
    ("group_of_code", codes("ages 25-34", 0)),
    ("group_of_code", codes("25 - 34 years", False)),
    ("group_of_code", lambda: {"user_2000_inside": 2 == 3, "age_group": "25-34"}),
    ("group_of_code", lambda: pd.Series({"age_group": "25-34", "user_2000_inside": False})),
    ("same_users", same_by_index),
    ("same_users", same_by_loop),
    ("same_users", same_by_three_columns),
    ("same_users", same_by_inner_concat),
    ("same_users", same_by_sorted_rows),
    ("same_users", same_by_norm),
]
