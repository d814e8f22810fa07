"""What learners write in lesson 09: wrong answers with the misunderstanding each shows, and right
answers written in other ways."""

import numpy as np
import pandas as pd
from sklearn.linear_model import LinearRegression, Ridge

# --- tied_with_best


def just_the_winner(rmse, interval, paired):
    return [min(rmse, key=rmse.get)]


def intervals_overlap(rmse, interval, paired):
    best = sorted(rmse, key=rmse.get)[0]
    tied = []
    for model in rmse:
        if interval[model][0] < interval[best][1]:
            tied.append(model)
    return tied


def excludes_zero(rmse, interval, paired):
    return {model for model, ends in paired.items() if ends[0] * ends[1] > 0}


def forgot_the_best(rmse, interval, paired):
    return {model for model, ends in paired.items() if ends[0] * ends[1] <= 0}


def tied_by_loop(rmse, interval, paired):
    best = pd.Series(rmse).idxmin()
    tied = [best]
    for model, (low, high) in paired.items():
        if low < 0 < high:
            tied.append(model)
    return tied


# --- top_unseen


def kept_the_seen(stars, seen, support, k, minimum_support):
    allowed = np.flatnonzero(support >= minimum_support)
    return allowed[np.argsort(stars[allowed])[::-1]][:k]


def ignored_support(stars, seen, support, k, minimum_support):
    order = np.argsort(stars)[::-1]
    return [m for m in order if not seen[m]][:k]


def forgot_to_reverse(stars, seen, support, k, minimum_support):
    order = np.argsort(stars)
    return [m for m in order if not seen[m] and support[m] >= minimum_support][:k]


def clipped_to_scale(stars, seen, support, k, minimum_support):
    stars = np.minimum(np.maximum(stars, 1), 5)
    order = np.argsort(-stars, kind="stable")
    return [m for m in order if not seen[m] and support[m] >= minimum_support][:k]


def cut_then_filtered(stars, seen, support, k, minimum_support):
    return [m for m in np.argsort(-stars)[:k] if not seen[m] and support[m] >= minimum_support]


def more_than_the_minimum(stars, seen, support, k, minimum_support):
    order = np.argsort(-stars)
    return [m for m in order if not seen[m] and support[m] > minimum_support][:k]


def by_pandas(stars, seen, support, k, minimum_support):
    table = pd.DataFrame({"stars": stars, "seen": seen, "support": support})
    table = table[~table["seen"] & (table["support"] >= minimum_support)]
    return table.sort_values("stars", ascending=False).index[:k]


def by_sorted(stars, seen, support, k, minimum_support):
    allowed = [i for i in range(len(stars)) if not seen[i] and support[i] >= minimum_support]
    return sorted(allowed, key=lambda i: -stars[i])[:k]


# --- blend


def through_the_origin(x_validation, y_validation, x_test):
    return LinearRegression(fit_intercept=False).fit(x_validation, y_validation).predict(x_test)


def equal_shares(x_validation, y_validation, x_test):
    return np.mean(x_test, axis=1)


def winner_takes_all(x_validation, y_validation, x_test):
    rmse = np.sqrt(((x_validation.T - y_validation) ** 2).mean(axis=1))
    return x_test[:, np.argmin(rmse)]


def weighted_by_inverse_error(x_validation, y_validation, x_test):
    weights = 1 / ((x_validation.T - y_validation) ** 2).mean(axis=1)
    return x_test @ (weights / weights.sum())


def each_on_its_own(x_validation, y_validation, x_test):
    guesses = []
    for j in range(x_validation.shape[1]):
        one = LinearRegression().fit(x_validation[:, [j]], y_validation)
        guesses.append(one.predict(x_test[:, [j]]))
    return sum(guesses) / len(guesses)


def by_scikit_learn(x_validation, y_validation, x_test):
    return LinearRegression().fit(x_validation, y_validation).predict(x_test)


def by_normal_equations(x_validation, y_validation, x_test):
    x = np.c_[np.ones(len(x_validation)), x_validation]
    weights = np.linalg.solve(x.T @ x, x.T @ y_validation)
    return np.c_[np.ones(len(x_test)), x_test] @ weights


# --- new_user_vector


def plain_least_squares(q, left_over, penalty):
    return np.linalg.pinv(q) @ left_over


def average_vector(q, left_over, penalty):
    return np.mean(q, 0)


def stars_times_vectors(q, left_over, penalty):
    return (q * left_over[:, None]).sum(axis=0)


def lambda_added_to_all(q, left_over, penalty):
    return np.linalg.pinv(q.T @ q + penalty) @ (q.T @ left_over)


def lambda_times_count(q, left_over, penalty):
    n, size = q.shape
    return np.linalg.inv(q.T @ q + n * penalty * np.identity(size)) @ q.T @ left_over


def ridge_of_scikit_learn(q, left_over, penalty):
    return Ridge(alpha=penalty, fit_intercept=False).fit(q, left_over).coef_


def in_the_ratings(q, left_over, penalty):
    return q.T @ np.linalg.solve(q @ q.T + penalty * np.eye(len(q)), left_over)


WRONG = [
    ("tied_with_best", "lowest_only", just_the_winner),
    ("tied_with_best", "own_intervals", intervals_overlap),
    ("tied_with_best", "different_ones", excludes_zero),
    ("tied_with_best", "best_left_out", forgot_the_best),
    ("top_unseen", "with_seen", kept_the_seen),
    ("top_unseen", "any_support", ignored_support),
    ("top_unseen", "worst_first", forgot_to_reverse),
    ("top_unseen", "clipped", clipped_to_scale),
    ("top_unseen", "removed_after", cut_then_filtered),
    ("top_unseen", "too_strict", more_than_the_minimum),
    ("blend_predictions", "no_intercept", through_the_origin),
    ("blend_predictions", "plain_mean", equal_shares),
    ("blend_predictions", "best_only", winner_takes_all),
    ("blend_predictions", "by_accuracy", weighted_by_inverse_error),
    ("blend_predictions", "one_by_one", each_on_its_own),
    ("new_user_vector", "no_penalty", plain_least_squares),
    ("new_user_vector", "mean_vector", average_vector),
    ("new_user_vector", "weighted_sum", stars_times_vectors),
    ("new_user_vector", "penalty_everywhere", lambda_added_to_all),
    ("new_user_vector", "penalty_times_n", lambda_times_count),
]

RIGHT = [
    ("tied_with_best", tied_by_loop),
    ("top_unseen", by_pandas),
    ("top_unseen", by_sorted),
    ("blend_predictions", by_scikit_learn),
    ("blend_predictions", by_normal_equations),
    ("new_user_vector", ridge_of_scikit_learn),
    ("new_user_vector", in_the_ratings),
]
