"""What learners write in lesson 10: wrong answers with the misunderstanding each shows, and right
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


def _tied(rmse, paired, test):
    best = min(rmse, key=rmse.get)
    return {best} | {model for model, (low, high) in paired.items() if test(low, high)}


def only_above_zero(rmse, interval, paired):
    return _tied(rmse, paired, lambda low, high: high >= 0)


def those_that_are_worse(rmse, interval, paired):
    return _tied(rmse, paired, lambda low, high: low > 0)


def highest_rmse(rmse, interval, paired):
    worst = max(rmse, key=rmse.get)
    return {worst} | {model for model, (low, high) in paired.items() if low <= 0 <= high}


def best_inside_my_interval(rmse, interval, paired):
    best = min(rmse.values())
    return {model for model, (low, high) in interval.items() if low <= best <= high}


def inside_the_interval_of_the_best(rmse, interval, paired):
    low, high = interval[min(rmse, key=rmse.get)]
    return [model for model, value in rmse.items() if low <= value <= high]


def first_of_the_dict(rmse, interval, paired):
    best = next(iter(rmse))
    return {best} | {model for model, (low, high) in paired.items() if low <= 0 <= high}


def third_decimal(rmse, interval, paired):
    best = min(rmse.values())
    return {model for model, value in rmse.items() if value - best < 0.005}


def same_when_rounded(rmse, interval, paired):
    best = min(rmse.values())
    return {model for model, value in rmse.items() if round(value, 2) == round(best, 2)}


def middle_near_zero(rmse, interval, paired):
    return _tied(rmse, paired, lambda low, high: abs(low + high) / 2 < (high - low) / 4)


def everything(rmse, interval, paired):
    return set(rmse)


def only_the_paired(rmse, interval, paired):
    return set(paired)


def narrow_intervals(rmse, interval, paired):
    return _tied(rmse, paired, lambda low, high: high - low < 0.005)


def the_name_alone(rmse, interval, paired):
    return min(rmse, key=rmse.get)


def how_many(rmse, interval, paired):
    return len(_tied(rmse, paired, lambda low, high: low <= 0 <= high))


def a_list_in_a_set(rmse, interval, paired):
    best = min(rmse, key=rmse.get)
    return {best, [model for model in paired if paired[model][0] <= 0]}


def asks_paired_for_the_best(rmse, interval, paired):
    return {model for model in rmse if paired[model][0] <= 0 <= paired[model][1]}


def differences_of_own_intervals(rmse, interval, paired):
    best = min(rmse, key=rmse.get)
    return {m for m in rmse if interval[m][0] - interval[best][0] <= 0}


def tied_with_get(rmse, interval, paired):
    return {model for model in rmse if paired.get(model, (0, 0))[0] <= 0}


def tied_by_product(rmse, interval, paired):
    ordered = sorted(rmse, key=rmse.get)
    tied = ordered[:1]
    tied += [model for model in ordered[1:] if np.prod(paired[model]) <= 0]
    return frozenset(tied)


def tied_by_table(rmse, interval, paired):
    table = pd.DataFrame(paired, index=["low", "high"]).T
    inside = table[(table["low"] <= 0) & (table["high"] >= 0)].index
    return inside.union([pd.Series(rmse).idxmin()])


def tied_in_a_tuple(rmse, interval, paired):
    best = [model for model in rmse if rmse[model] == min(rmse.values())]
    return tuple(best + [m for m in paired if not (paired[m][0] > 0 or paired[m][1] < 0)])


def tied_as_an_array(rmse, interval, paired):
    names, values = list(rmse), np.array(list(rmse.values()))
    tied = {names[values.argmin()]}
    for model in set(names) - tied:
        if paired[model][0] <= 0.0:
            tied.add(model)
    return np.array(sorted(tied))


# --- cautious_scores


def plus_the_error(stars, seen, support, caution):
    bound = stars + caution / np.sqrt(np.maximum(support, 1))
    return np.where(seen | (support == 0), -np.inf, bound)


def divided_by_support(stars, seen, support, caution):
    bound = stars - caution / np.maximum(support, 1)
    return np.where(seen | (support == 0), -np.inf, bound)


def times_the_root(stars, seen, support, caution):
    return np.where(seen | (support == 0), -np.inf, stars - caution * np.sqrt(support))


def same_for_all(stars, seen, support, caution):
    return np.where(seen | (support == 0), -np.inf, stars - caution)


def uncautious(stars, seen, support, caution):
    return np.where(seen | (support == 0), -np.inf, stars)


def seen_at_zero(stars, seen, support, caution):
    bound = stars - caution / np.sqrt(np.maximum(support, 1))
    bound[seen | (support == 0)] = 0
    return bound


def seen_stay(stars, seen, support, caution):
    bound = stars - caution / np.sqrt(np.maximum(support, 1))
    return np.where(support == 0, -np.inf, bound)


def unrated_stay(stars, seen, support, caution):
    bound = stars - caution / np.sqrt(np.maximum(support, 1))
    return np.where(seen, -np.inf, bound)


def unrated_get_their_stars(stars, seen, support, caution):
    taken = np.zeros(len(stars))
    taken[support > 0] = caution / np.sqrt(support[support > 0])
    return np.where(seen, -np.inf, stars - taken)


def one_more_rating(stars, seen, support, caution):
    return np.where(seen, -np.inf, stars - caution / np.sqrt(support + 1))


def only_seen_ones(stars, seen, support, caution):
    bound = stars - caution / np.sqrt(np.maximum(support, 1))
    return np.where(seen & (support > 0), bound, -np.inf)


def plus_infinity(stars, seen, support, caution):
    bound = stars - caution / np.sqrt(np.maximum(support, 1))
    return np.where(seen | (support == 0), np.inf, bound)


def clipped_to_the_scale(stars, seen, support, caution):
    bound = np.clip(stars - caution / np.sqrt(np.maximum(support, 1)), 1, 5)
    return np.where(seen | (support == 0), -np.inf, bound)


def clipped_before(stars, seen, support, caution):
    bound = np.clip(stars, 1, 5) - caution / np.sqrt(np.maximum(support, 1))
    return np.where(seen | (support == 0), -np.inf, bound)


def brackets_left_out(stars, seen, support, caution):
    bound = (stars - caution) / np.sqrt(np.maximum(support, 1))
    return np.where(seen | (support == 0), -np.inf, bound)


def divided_by_the_error(stars, seen, support, caution):
    bound = stars / (1 + caution / np.sqrt(np.maximum(support, 1)))
    return np.where(seen | (support == 0), -np.inf, bound)


def logarithm_of_support(stars, seen, support, caution):
    bound = stars - caution / np.log2(support + 1)
    return np.where(seen | (support == 0), -np.inf, bound)


def movies_in_order(stars, seen, support, caution):
    bound = stars - caution / np.sqrt(np.maximum(support, 1))
    return np.argsort(-np.where(seen | (support == 0), -np.inf, bound))


def left_out_of_the_list(stars, seen, support, caution):
    allowed = ~seen & (support > 0)
    return stars[allowed] - caution / np.sqrt(support[allowed])


def seen_and_unrated(stars, seen, support, caution):
    bound = stars - caution / np.sqrt(np.maximum(support, 1))
    return np.where(seen & (support == 0), -np.inf, bound)


def not_a_mask(stars, seen, support, caution):
    bound = stars - caution / np.sqrt(np.maximum(support, 1))
    return np.where(seen or support == 0, -np.inf, bound)


def seen_stay_at_zero_support(stars, seen, support, caution):
    return stars - caution / np.sqrt(np.maximum(support, 1))


def more_caution_for_the_known(stars, seen, support, caution):
    bound = stars + caution * np.sqrt(support)
    return np.where(seen | (support == 0), -np.inf, bound)


def cautious_by_loop(stars, seen, support, caution):
    scores = []
    for s, known, n in zip(stars, seen, support, strict=True):
        scores.append(-float("inf") if known or n == 0 else s - caution / n**0.5)
    return scores


def cautious_by_pandas(stars, seen, support, caution):
    table = pd.DataFrame({"stars": stars, "seen": seen, "n": support})
    score = table["stars"] - caution * table["n"].astype(float) ** -0.5
    return score.mask(table["seen"] | table["n"].eq(0), -np.inf)


def cautious_in_place(stars, seen, support, caution):
    score = np.full(stars.shape, -np.inf)
    allowed = np.flatnonzero(~seen & (support >= 1))
    score[allowed] = stars[allowed] - caution / np.sqrt(support[allowed])
    return score


def cautious_in_float32(stars, seen, support, caution):
    score = (stars - caution * np.power(np.clip(support, 1, None), -0.5)).astype("float32")
    score[seen] = -np.inf
    score[support == 0] = -np.inf
    return score


def cautious_with_infinite_error(stars, seen, support, caution):
    error = np.where(support > 0, caution / np.sqrt(np.where(support > 0, support, 1)), np.inf)
    return np.where(seen, -np.inf, stars - error)


def cautious_by_select(stars, seen, support, caution):
    return np.select(
        [seen, support < 1], [-np.inf, -np.inf], stars - caution / np.maximum(support, 0.5) ** 0.5
    )


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


def _fit(x, y):
    return np.linalg.lstsq(np.c_[x, np.ones(len(x))], y, rcond=None)[0]


def clipped_blend(x_validation, y_validation, x_test):
    return np.clip(by_scikit_learn(x_validation, y_validation, x_test), 1, 5)


def rounded_to_stars(x_validation, y_validation, x_test):
    return np.round(by_scikit_learn(x_validation, y_validation, x_test))


def intercept_forgotten_in_test(x_validation, y_validation, x_test):
    return x_test @ _fit(x_validation, y_validation)[:-1]


def validation_blended(x_validation, y_validation, x_test):
    return LinearRegression().fit(x_validation, y_validation).predict(x_validation)


def weights_returned(x_validation, y_validation, x_test):
    return LinearRegression().fit(x_validation, y_validation).coef_


def weights_sum_to_one(x_validation, y_validation, x_test):
    weights = LinearRegression().fit(x_validation, y_validation).coef_
    return x_test @ (weights / weights.sum())


def never_negative(x_validation, y_validation, x_test):
    return LinearRegression(positive=True).fit(x_validation, y_validation).predict(x_test)


def with_a_penalty(x_validation, y_validation, x_test):
    return Ridge(alpha=1.0).fit(x_validation, y_validation).predict(x_test)


def by_inverse_rmse(x_validation, y_validation, x_test):
    weights = 1 / np.sqrt(((x_validation.T - y_validation) ** 2).mean(axis=1))
    return x_test @ (weights / weights.sum())


def middle_one(x_validation, y_validation, x_test):
    return np.median(x_test, axis=1)


def by_correlation(x_validation, y_validation, x_test):
    weights = np.array([np.corrcoef(x, y_validation)[0, 1] for x in x_validation.T])
    return x_test @ weights / weights.sum()


def centred_by_its_own_mean(x_validation, y_validation, x_test):
    weights = _fit(x_validation, y_validation)[:-1]
    return (x_test - x_test.mean(axis=0)) @ weights + y_validation.mean()


def mean_not_added(x_validation, y_validation, x_test):
    weights = _fit(x_validation, y_validation)[:-1]
    return (x_test - x_validation.mean(axis=0)) @ weights


def mean_of_stars_added(x_validation, y_validation, x_test):
    return x_test @ _fit(x_validation, y_validation)[:-1] + y_validation.mean()


def ones_in_front_in_one_place(x_validation, y_validation, x_test):
    weights = _fit(x_validation, y_validation)
    return np.c_[np.ones(len(x_test)), x_test] @ weights


def ones_as_a_row(x_validation, y_validation, x_test):
    x = np.vstack([x_validation, np.ones(x_validation.shape[1])])
    weights = np.linalg.lstsq(x, y_validation, rcond=None)[0]
    return x_test @ weights


def whole_answer_of_lstsq(x_validation, y_validation, x_test):
    weights = np.linalg.lstsq(np.c_[x_validation, np.ones(len(x_validation))], y_validation)
    return np.c_[x_test, np.ones(len(x_test))] @ weights


def fitted_on_one_half(x_validation, y_validation, x_test):
    half = len(y_validation) // 2
    return by_scikit_learn(x_validation[:half], y_validation[:half], x_test)


def centred_test_and_validation(x_validation, y_validation, x_test):
    centre, mean = x_validation.mean(axis=0), y_validation.mean()
    weights = np.linalg.lstsq(x_validation - centre, y_validation - mean, rcond=None)[0]
    return (x_test - centre) @ weights + mean


def by_pseudo_inverse(x_validation, y_validation, x_test):
    a = np.insert(x_validation, 0, 1.0, axis=1)
    return (np.insert(x_test, 0, 1.0, axis=1) @ (np.linalg.pinv(a) @ y_validation)).tolist()


def in_a_column(x_validation, y_validation, x_test):
    weights = _fit(pd.DataFrame(x_validation).to_numpy(), y_validation)
    return pd.Series((x_test * weights[:-1]).sum(axis=1) + weights[-1])


def by_qr(x_validation, y_validation, x_test):
    q, r = np.linalg.qr(np.hstack([np.ones((len(x_validation), 1)), x_validation]))
    weights = np.linalg.solve(r, q.T @ y_validation)
    return np.array([weights[0] + weights[1:] @ row for row in x_test])


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


def _solved(q, left_over, penalty):
    return np.linalg.solve(q.T @ q + penalty * np.eye(q.shape[1]), q.T @ left_over)


def penalty_subtracted(q, left_over, penalty):
    return _solved(q, left_over, -penalty)


def penalty_of_the_mean(q, left_over, penalty):
    return _solved(q, left_over, penalty / len(q))


def penalty_squared(q, left_over, penalty):
    size = q.shape[1]
    a = np.vstack([q, penalty * np.eye(size)])
    return np.linalg.lstsq(a, np.r_[left_over, np.zeros(size)], rcond=None)[0]


def root_of_the_penalty(q, left_over, penalty):
    return _solved(q, left_over, np.sqrt(penalty))


def twice_the_penalty(q, left_over, penalty):
    return _solved(q, left_over, 2 * penalty)


def only_the_diagonal(q, left_over, penalty):
    return q.T @ left_over / ((q**2).sum(axis=0) + penalty)


def multiplied_instead_of_solved(q, left_over, penalty):
    return (q.T @ q + penalty * np.eye(q.shape[1])) @ (q.T @ left_over)


def with_an_intercept(q, left_over, penalty):
    return Ridge(alpha=penalty).fit(q, left_over).coef_


def stars_centred(q, left_over, penalty):
    return _solved(q, left_over - left_over.mean(), penalty)


def weighted_mean(q, left_over, penalty):
    return q.T @ left_over / len(left_over)


def divided_by_stars(q, left_over, penalty):
    return q.T @ left_over / left_over.sum()


def shrunk_sum(q, left_over, penalty):
    return q.T @ left_over / (len(q) + penalty)


def predictions(q, left_over, penalty):
    return q @ _solved(q, left_over, penalty)


def as_a_column(q, left_over, penalty):
    return -_solved(q, left_over, penalty)[:, None]


def q_not_transposed(q, left_over, penalty):
    return np.linalg.solve(q @ q.T + penalty * np.eye(len(q)), q @ left_over)


def vectors_at_length_one(q, left_over, penalty):
    return _solved(q / np.linalg.norm(q, axis=1, keepdims=True), left_over, penalty)


def only_the_liked(q, left_over, penalty):
    return _solved(q[left_over > 0], left_over[left_over > 0], penalty)


def no_right_side(q, left_over, penalty):
    return np.linalg.solve(q.T @ q + penalty * np.eye(q.shape[1]), q.sum(axis=0))


def penalty_also_on_the_right(q, left_over, penalty):
    return np.linalg.solve(q.T @ q + penalty * np.eye(q.shape[1]), q.T @ left_over + penalty)


def eye_of_the_ratings(q, left_over, penalty):
    return np.linalg.solve(q.T @ q + penalty * np.eye(q.shape[0]), q.T @ left_over)


def by_longer_least_squares(q, left_over, penalty):
    size = q.shape[1]
    a = np.vstack([q, np.sqrt(penalty) * np.identity(size)])
    return np.linalg.lstsq(a, np.concatenate([left_over, np.zeros(size)]), rcond=None)[0]


def by_inverse(q, left_over, penalty):
    gram = np.einsum("nd,ne->de", q, q)
    gram[np.diag_indices_from(gram)] += penalty
    return (np.linalg.inv(gram) @ q.T @ left_over).tolist()


def one_rating_at_a_time(q, left_over, penalty):
    left, right = penalty * np.eye(q.shape[1]), np.zeros(q.shape[1])
    for vector, stars in zip(q, left_over, strict=True):
        left += np.outer(vector, vector)
        right += stars * vector
    return np.linalg.solve(left, right)


def by_singular_values(q, left_over, penalty):
    u, s, vt = np.linalg.svd(q, full_matrices=False)
    return vt.T @ (s / (s**2 + penalty) * (u.T @ left_over))


WRONG = [
    ("tied_with_best", "lowest_only", just_the_winner),
    ("tied_with_best", "own_intervals", intervals_overlap),
    ("tied_with_best", "different_ones", excludes_zero),
    ("tied_with_best", "best_left_out", forgot_the_best),
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
    ("tied_with_best", "everybody", only_above_zero),
    ("tied_with_best", "turned_round", those_that_are_worse),
    ("tied_with_best", "worst_added", highest_rmse),
    ("tied_with_best", "best_in_own", best_inside_my_interval),
    ("tied_with_best", "best_in_own", inside_the_interval_of_the_best),
    ("tied_with_best", "first_added", first_of_the_dict),
    ("tied_with_best", None, third_decimal),
    ("tied_with_best", None, same_when_rounded),
    ("tied_with_best", None, middle_near_zero),
    ("tied_with_best", "everybody", everything),
    ("tied_with_best", "best_left_out + everybody", only_the_paired),
    ("tied_with_best", None, narrow_intervals),
    ("tied_with_best", "lowest_only", the_name_alone),
    ("tied_with_best", None, how_many),
    ("tied_with_best", None, a_list_in_a_set),
    ("tied_with_best", None, asks_paired_for_the_best),
    ("tied_with_best", "lowest_only", differences_of_own_intervals),
    ("cautious_scores", "added", plus_the_error),
    ("cautious_scores", "no_root", divided_by_support),
    ("cautious_scores", "times_root", times_the_root),
    ("cautious_scores", "same_for_all", same_for_all),
    ("cautious_scores", "not_cautious", uncautious),
    ("cautious_scores", "zero_for_last", seen_at_zero),
    ("cautious_scores", "with_seen", seen_stay),
    ("cautious_scores", "with_unrated", unrated_stay),
    ("cautious_scores", "unrated_kept", unrated_get_their_stars),
    ("cautious_scores", "one_more", one_more_rating),
    ("cautious_scores", "only_seen", only_seen_ones),
    ("cautious_scores", "first_for_last", plus_infinity),
    ("cautious_scores", "clipped_after", clipped_to_the_scale),
    ("cautious_scores", "clipped_before", clipped_before),
    ("cautious_scores", "brackets", brackets_left_out),
    ("cautious_scores", "divided", divided_by_the_error),
    ("cautious_scores", "logarithm", logarithm_of_support),
    ("cautious_scores", "order", movies_in_order),
    ("cautious_scores", "left_out", left_out_of_the_list),
    ("cautious_scores", "both_needed", seen_and_unrated),
    ("cautious_scores", None, not_a_mask),
    ("cautious_scores", "all_listed", seen_stay_at_zero_support),
    ("cautious_scores", "added + times_root", more_caution_for_the_known),
    ("blend_predictions", "clipped", clipped_blend),
    ("blend_predictions", None, rounded_to_stars),
    ("blend_predictions", "intercept_forgotten", intercept_forgotten_in_test),
    ("blend_predictions", "of_validation", validation_blended),
    ("blend_predictions", "weights", weights_returned),
    ("blend_predictions", "sum_to_one_alone", weights_sum_to_one),
    ("blend_predictions", None, never_negative),
    ("blend_predictions", None, with_a_penalty),
    ("blend_predictions", "by_rmse", by_inverse_rmse),
    ("blend_predictions", "median", middle_one),
    ("blend_predictions", "by_correlation", by_correlation),
    ("blend_predictions", "test_centred", centred_by_its_own_mean),
    ("blend_predictions", "mean_not_added", mean_not_added),
    ("blend_predictions", "mean_for_intercept", mean_of_stars_added),
    ("blend_predictions", "ones_elsewhere", ones_in_front_in_one_place),
    ("blend_predictions", None, ones_as_a_row),
    ("blend_predictions", None, whole_answer_of_lstsq),
    ("blend_predictions", "half_of_it", fitted_on_one_half),
    ("new_user_vector", "penalty_minus", penalty_subtracted),
    ("new_user_vector", "penalty_over_n", penalty_of_the_mean),
    ("new_user_vector", "penalty_squared", penalty_squared),
    ("new_user_vector", "penalty_root", root_of_the_penalty),
    ("new_user_vector", None, twice_the_penalty),
    ("new_user_vector", "diagonal_only", only_the_diagonal),
    ("new_user_vector", "multiplied", multiplied_instead_of_solved),
    ("new_user_vector", "with_intercept", with_an_intercept),
    ("new_user_vector", "centred", stars_centred),
    ("new_user_vector", "weighted_mean", weighted_mean),
    ("new_user_vector", None, divided_by_stars),
    ("new_user_vector", "shrunk_sum", shrunk_sum),
    ("new_user_vector", "predictions", predictions),
    ("new_user_vector", None, as_a_column),
    ("new_user_vector", None, q_not_transposed),
    ("new_user_vector", "length_one", vectors_at_length_one),
    ("new_user_vector", "liked_only", only_the_liked),
    ("new_user_vector", "no_stars", no_right_side),
    ("new_user_vector", "penalty_right", penalty_also_on_the_right),
    ("new_user_vector", None, eye_of_the_ratings),
]

RIGHT = [
    ("tied_with_best", tied_by_loop),
    ("blend_predictions", by_scikit_learn),
    ("blend_predictions", by_normal_equations),
    ("new_user_vector", ridge_of_scikit_learn),
    ("new_user_vector", in_the_ratings),
    ("tied_with_best", tied_with_get),
    ("tied_with_best", tied_by_product),
    ("tied_with_best", tied_by_table),
    ("tied_with_best", tied_in_a_tuple),
    ("tied_with_best", tied_as_an_array),
    ("cautious_scores", cautious_by_loop),
    ("cautious_scores", cautious_by_pandas),
    ("cautious_scores", cautious_in_place),
    ("cautious_scores", cautious_in_float32),
    ("cautious_scores", cautious_with_infinite_error),
    ("cautious_scores", cautious_by_select),
    ("blend_predictions", centred_test_and_validation),
    ("blend_predictions", by_pseudo_inverse),
    ("blend_predictions", in_a_column),
    ("blend_predictions", by_qr),
    ("new_user_vector", by_longer_least_squares),
    ("new_user_vector", by_inverse),
    ("new_user_vector", one_rating_at_a_time),
    ("new_user_vector", by_singular_values),
]
