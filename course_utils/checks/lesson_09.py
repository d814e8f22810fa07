"""Exercises of lesson 09, the capstone."""

import numpy as np

from course_utils.checks.engine import Exercise, Misunderstanding


# --- tied_with_best: which models does the leaderboard not tell apart from the best?
def _tied_with_best(rmse, interval, paired):
    best = min(rmse, key=rmse.get)
    return {best} | {m for m, (low, high) in paired.items() if low <= 0 <= high}


def _overlap(rmse, interval, paired):
    best = min(rmse, key=rmse.get)
    low, high = interval[best]
    return {m for m in rmse if interval[m][0] <= high and interval[m][1] >= low}


def _different(rmse, interval, paired):
    return {m for m, (low, high) in paired.items() if not low <= 0 <= high}


def _without_best(rmse, interval, paired):
    return {m for m, (low, high) in paired.items() if low <= 0 <= high}


# --- top_unseen
def _top_unseen(stars, seen, support, k, minimum_support):
    scores = np.where(seen | (support < minimum_support), -np.inf, stars)
    order = np.argsort(-scores, kind="stable")
    return order[np.isfinite(scores[order])][:k]


def _with_seen(stars, seen, support, k, minimum_support):
    return _top_unseen(stars, np.zeros_like(seen), support, k, minimum_support)


def _any_support(stars, seen, support, k, minimum_support):
    return _top_unseen(stars, seen, support, k, 0)


def _worst_first(stars, seen, support, k, minimum_support):
    return _top_unseen(-stars, seen, support, k, minimum_support)


def _clipped(stars, seen, support, k, minimum_support):
    return _top_unseen(np.clip(stars, 1, 5), seen, support, k, minimum_support)


def _removed_after(stars, seen, support, k, minimum_support):
    top = np.argsort(-stars, kind="stable")[:k]
    return top[~seen[top] & (support[top] >= minimum_support)]


def _too_strict(stars, seen, support, k, minimum_support):
    return _top_unseen(stars, seen, support, k, minimum_support + 1)


# --- blend
def _blend(x_validation, y_validation, x_test):
    ones = np.ones((len(x_validation), 1))
    weights = np.linalg.lstsq(np.hstack([x_validation, ones]), y_validation, rcond=None)[0]
    return x_test @ weights[:-1] + weights[-1]


def _no_intercept(x_validation, y_validation, x_test):
    return x_test @ np.linalg.lstsq(x_validation, y_validation, rcond=None)[0]


def _plain_mean(x_validation, y_validation, x_test):
    return x_test.mean(axis=1)


def _best_only(x_validation, y_validation, x_test):
    error = ((x_validation - y_validation[:, None]) ** 2).mean(axis=0)
    return x_test[:, error.argmin()]


def _by_accuracy(x_validation, y_validation, x_test):
    error = ((x_validation - y_validation[:, None]) ** 2).mean(axis=0)
    return x_test @ (1 / error / (1 / error).sum())


def _one_by_one(x_validation, y_validation, x_test):
    parts = []
    for one, new in zip(x_validation.T, x_test.T, strict=True):
        slope, intercept = np.polyfit(one, y_validation, 1)
        parts.append(slope * new + intercept)
    return np.mean(parts, axis=0)


# --- new_user_vector
def _new_user_vector(q, left_over, penalty):
    return np.linalg.solve(q.T @ q + penalty * np.eye(q.shape[1]), q.T @ left_over)


def _unpenalised(q, left_over, penalty):
    return np.linalg.lstsq(q, left_over, rcond=None)[0]


def _mean_of_vectors(q, left_over, penalty):
    return q.mean(axis=0)


def _weighted_sum(q, left_over, penalty):
    return q.T @ left_over


def _penalty_everywhere(q, left_over, penalty):
    return np.linalg.lstsq(q.T @ q + penalty, q.T @ left_over, rcond=None)[0]


def _penalty_times_n(q, left_over, penalty):
    return _new_user_vector(q, left_over, penalty * len(q))


_RMSE = {"A": 0.912, "B": 0.905, "C": 0.904, "D": 0.931, "E": 0.9045}
_OWN = {
    "A": (0.895, 0.929),
    "B": (0.888, 0.922),
    "C": (0.887, 0.921),
    "D": (0.914, 0.948),
    "E": (0.8875, 0.9215),
}
_PAIRED = {
    "A": (0.005, 0.011),
    "B": (-0.001, 0.003),
    "D": (0.022, 0.032),
    "E": (0.0002, 0.0008),
}
_CLEAR = ({"X": 1.0, "Y": 0.9}, {"X": (0.9, 1.1), "Y": (0.8, 1.0)}, {"X": (0.08, 0.12)})

_STARS = np.array([4.2, 5.6, 3.0, 5.3, 4.9, 6.1, 2.0, 4.4])
_SEEN = np.array([False, True, False, False, True, False, False, False])
_SUPPORT = np.array([40, 90, 300, 25, 60, 2, 10, 20])
_SCORES = np.array([-0.5, 0.3, -0.2, -0.9, 0.1, -0.4, -0.1, -0.3])

_rng = np.random.default_rng(9)
_Y = _rng.integers(1, 6, 40).astype(float)
_X = np.column_stack([_Y + _rng.normal(0.4, s, 40) for s in (0.6, 0.9, 1.4)])
_X_TEST = _rng.uniform(1, 5, (6, 3))
_Q = _rng.normal(size=(12, 4))
_LEFT = _rng.normal(0.3, 1, 12)
_FEW = _rng.normal(size=(3, 5))

EXERCISES = [
    Exercise(
        name="tied_with_best",
        reference=_tied_with_best,
        cases={"five models": (_RMSE, _OWN, _PAIRED), "a clear winner": _CLEAR},
        observe=set,
        misunderstandings=[
            Misunderstanding(
                "lowest_only",
                lambda rmse, interval, paired: {min(rmse, key=rmse.get)},
                "The lowest RMSE is one draw of test ratings. Which others could have come first?",
            ),
            Misunderstanding(
                "own_intervals",
                _overlap,
                "Each model's own interval mostly says which ratings are hard, and they are hard "
                "for all. Overlap of those tells nothing; use the paired differences.",
            ),
            Misunderstanding(
                "different_ones",
                _different,
                "Those are the models that *do* differ from the best: their interval excludes 0.",
            ),
            Misunderstanding(
                "best_left_out",
                _without_best,
                "Nearly: the best model has no difference to itself, but it belongs in the set.",
            ),
        ],
        right="told apart by paired differences, not by the order of the table",
    ),
    Exercise(
        name="top_unseen",
        reference=_top_unseen,
        cases={
            "top 3 in stars": (_STARS, _SEEN, _SUPPORT, 3, 20),
            "scores below 0": (_SCORES, _SEEN, _SUPPORT, 4, 20),
            "fewer left than asked for": (_STARS, _SEEN, _SUPPORT, 9, 10),
        },
        observe=lambda movies: np.asarray(movies, float),
        misunderstandings=[
            Misunderstanding(
                "with_seen",
                _with_seen,
                "Your list holds movies that the user has already seen.",
            ),
            Misunderstanding(
                "any_support",
                _any_support,
                "Your list holds movies that hardly anyone has rated: their stars are luck.",
            ),
            Misunderstanding(
                "worst_first",
                _worst_first,
                "argsort sorts from low to high: these are the worst movies first.",
            ),
            Misunderstanding(
                "clipped",
                _clipped,
                "You clipped before sorting. Everything above 5 stars is then a tie, and for "
                "scores below 1 everything is. Sort by the raw scores.",
            ),
            Misunderstanding(
                "removed_after",
                _removed_after,
                "You took the first k and then threw some away, so the list is too short. Remove "
                "first, then take k.",
            ),
            Misunderstanding(
                "too_strict",
                _too_strict,
                "A movie with exactly the minimum support may be listed.",
            ),
        ],
        right="unseen, supported, best first",
    ),
    Exercise(
        name="blend_predictions",
        reference=_blend,
        cases={
            "three models": (_X, _Y, _X_TEST),
            "one of them useless": (
                np.column_stack([_X[:, :2], np.tile([2.0, 4.0], 20)]),
                _Y,
                _X_TEST,
            ),
        },
        misunderstandings=[
            Misunderstanding(
                "no_intercept",
                _no_intercept,
                "Without an intercept a model that is half a star too high cannot be put right. "
                "Add a column of ones.",
            ),
            Misunderstanding(
                "plain_mean",
                _plain_mean,
                "That is the plain mean: it gives the weakest model as much say as the best.",
            ),
            Misunderstanding(
                "best_only",
                _best_only,
                "You chose the best model. A blend lets the others correct it.",
            ),
            Misunderstanding(
                "by_accuracy",
                _by_accuracy,
                "Weights by accuracy ignore that models repeat each other. Fit all weights "
                "together, by least squares.",
            ),
            Misunderstanding(
                "one_by_one",
                _one_by_one,
                "You fitted each model on its own and took the mean. Fit all weights at once.",
            ),
        ],
        right="weights from validation, stars for test",
    ),
    Exercise(
        name="new_user_vector",
        reference=_new_user_vector,
        cases={
            "twelve ratings": (_Q, _LEFT, 1.5),
            "fewer ratings than factors": (_FEW, _LEFT[:3], 0.7),
        },
        misunderstandings=[
            Misunderstanding(
                "no_penalty",
                _unpenalised,
                "Without the penalty a dozen ratings are learned by heart, and with fewer ratings "
                "than factors many vectors fit perfectly.",
            ),
            Misunderstanding(
                "mean_vector",
                _mean_of_vectors,
                "The mean of the movies' vectors ignores what the user thought of them.",
            ),
            Misunderstanding(
                "weighted_sum",
                _weighted_sum,
                "Qᵀr is the right side of the equation. Solve (QᵀQ + λI) p = Qᵀr for p.",
            ),
            Misunderstanding(
                "penalty_everywhere",
                _penalty_everywhere,
                "You added λ to every entry of QᵀQ. It belongs on the diagonal: λ times the "
                "identity.",
            ),
            Misunderstanding(
                "penalty_times_n",
                _penalty_times_n,
                "Here λ is for the sum over all ratings. Do not multiply it by their number again.",
            ),
        ],
        right="a user's vector without any training",
    ),
]
