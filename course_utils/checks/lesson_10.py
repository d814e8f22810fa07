"""Exercises of lesson 10, the capstone."""

import numpy as np

from course_utils.checks.engine import Drawn, Exercise, Misunderstanding, OnMovieLens
from course_utils.data.splits import primary_split
from course_utils.models import baselines
from course_utils.protocol import metrics


def _as_it_is(value, *_):
    return value


# ----------------------------------------------------------------------------- tied_with_best
def _tied_with_best(rmse, interval, paired):
    best = min(rmse, key=rmse.get)
    return {best} | {model for model, (low, high) in paired.items() if low <= 0 <= high}


def _tied_steps(
    rmse,
    interval,
    paired,
    *,
    best=min,
    tied=lambda low, high: low <= 0 <= high,
    joined=lambda best, others: {best} | others,
):
    first = best(rmse, key=rmse.get)
    return joined(first, {model for model, ends in paired.items() if tied(*ends)})


def _own(rmse, interval, paired, *, tied):
    """Judged by each model's own interval, and that of the best."""
    best = min(rmse, key=rmse.get)
    return {m for m in rmse if tied(rmse[m], interval[m], rmse[best], interval[best])}


def _as_names(value):
    return {value} if isinstance(value, str) else set(value)


_FIVE = (
    {"product": 0.912, "AutoRec": 0.905, "blend": 0.904, "means": 0.951, "two-sided": 0.9045},
    {
        "product": (0.895, 0.929), "AutoRec": (0.888, 0.922), "blend": (0.887, 0.921),
        "means": (0.936, 0.966), "two-sided": (0.8875, 0.9215),
    },
    {
        "product": (-0.002, 0.018), "AutoRec": (-0.001, 0.003), "means": (0.044, 0.051),
        "two-sided": (0.0002, 0.0008),
    },
)  # fmt: skip
_CLEAR = (
    {"means": 1.0, "product": 0.9},
    {"means": (0.9, 1.1), "product": (0.8, 1.0)},
    {"means": (0.08, 0.12)},
)
_ALONE: tuple = ({"means": 0.95}, {"means": (0.93, 0.97)}, {})


def _some_models(rng):
    names = rng.permutation(["A1", "B2", "C3", "D4", "E5", "F6", "G7", "H8"]).tolist()
    rmse = {name: float(rng.uniform(0.88, 0.93)) for name in names}
    best = min(rmse, key=rmse.get)
    interval = {name: (value - 0.017, value + 0.017) for name, value in rmse.items()}
    half = {name: rng.uniform(0.001, 0.04) for name in names if name != best}
    gaps = {name: rmse[name] - rmse[best] for name in half}
    return (
        rmse,
        interval,
        {name: (gaps[name] - half[name], gaps[name] + half[name]) for name in half},
    )


def _simple_models(split):
    made = (baselines.bias_model, baselines.movie_mean, baselines.user_mean, baselines.global_mean)
    return {make.__name__: make(split) for make in made}


def _compared(data):
    split = primary_split(data)
    users, movies, stars = (split.test[c].to_numpy() for c in ("user", "movie", "rating"))
    guessed = {name: m.predict(users, movies) for name, m in _simple_models(split).items()}
    rmse = {name: metrics.rmse(stars, guess) for name, guess in guessed.items()}
    best = guessed[min(rmse, key=rmse.get)]
    interval, paired = {}, {}
    for name, guess in guessed.items():
        interval[name] = metrics.bootstrap_interval(users, stars, guess, draws=200)
        if guess is not best:
            paired[name] = metrics.paired_difference(users, stars, guess, best, draws=200)[1:]
    return rmse, interval, paired


_TIED = [
    Misunderstanding("lowest_only", {"joined": lambda best, others: {best}},
        "The lowest RMSE is one draw of test ratings. Which others could have come first?"),
    Misunderstanding("own_intervals", lambda *given: _own(*given, tied=lambda value, mine, best,
            its: mine[0] <= its[1] and mine[1] >= its[0]),
        "Each model's own interval mostly says which ratings are hard, and they are hard for all. "
        "Overlap of those tells nothing; use the paired differences."),
    Misunderstanding("best_in_own", lambda *given: _own(*given, tied=lambda value, mine, best,
            its: mine[0] <= best <= mine[1]),
        "You judged by the models' own intervals. Those say how hard the ratings are, for all "
        "models alike. Use the paired differences."),
    Misunderstanding("different_ones", {"tied": lambda low, high: not low <= 0 <= high,
            "joined": lambda best, others: others},
        "Those are the models that *do* differ from the best: their interval excludes 0."),
    Misunderstanding("turned_round", {"tied": lambda low, high: not low <= 0 <= high},
        "An interval that holds 0 means: not told apart. You kept the models whose interval "
        "excludes it."),
    Misunderstanding("best_left_out", {"joined": lambda best, others: others},
        "Nearly: the best model has no difference to itself, but it belongs in the set."),
    Misunderstanding("worst_added", {"best": max},
        "The best model has the *lowest* RMSE, and you added the one with the highest."),
    Misunderstanding("first_added", {"best": lambda rmse, key: next(iter(rmse))},
        "You added the first model of the dict. The best one has the lowest RMSE."),
    Misunderstanding("everybody", {"tied": lambda low, high: high >= 0},
        "Each difference from the best reaches above 0. Does its interval also reach *below*?"),
]  # fmt: skip


# ---------------------------------------------------------------------------- cautious_scores
def _cautious_scores(stars, seen, support, caution):
    bound = stars - caution / np.sqrt(np.maximum(support, 1))
    return np.where(seen | (support == 0), -np.inf, bound)


def _cautious_steps(
    stars,
    seen,
    support,
    caution,
    *,
    error=lambda n: 1 / np.sqrt(n),
    taken=np.subtract,
    before=_as_it_is,
    after=_as_it_is,
    out=lambda seen, unrated: seen | unrated,
    last=-np.inf,
    done=_as_it_is,
):
    bound = after(taken(before(stars), caution * error(np.maximum(support, 1))))
    return done(np.where(out(seen, support == 0), last, bound))


def _one_rating_more(stars, seen, support, caution):
    return np.where(seen, -np.inf, stars - caution / np.sqrt(support + 1))


def _unrated_as_predicted(stars, seen, support, caution):
    bound = _cautious_scores(stars, seen, np.maximum(support, 1), caution)
    return np.where((support == 0) & ~seen, stars, bound)


def _some_scores(rng):
    support = rng.zipf(1.3, 30).clip(0, 900) - 1
    return rng.normal(3.5, 1.5, 30), rng.random(30) < 0.3, support, round(rng.uniform(0.5, 4), 2)


def _of_a_user(data):
    split = primary_split(data)
    seen = np.isin(np.arange(split.n_movies), split.train.loc[split.train["user"] == 0, "movie"])
    return baselines.bias_model(split).score([0])[0], seen, split.support, 2.0


_CAUTIOUS = [
    Misunderstanding("not_cautious", {"error": lambda n: 0 * n},
        "Nothing is taken off: a movie with one rating stands like one with a thousand."),
    Misunderstanding("added", {"taken": np.add},
        "You added what is uncertain, so movies with few ratings climb. Take it off."),
    Misunderstanding("no_root", {"error": lambda n: 1 / n},
        "The root is missing: the error of a mean shrinks as 1 / √n, not as 1 / n."),
    Misunderstanding("times_root", {"error": np.sqrt},
        "You take more off a movie the more ratings it has. Divide by √n."),
    Misunderstanding("same_for_all", {"error": lambda n: np.ones(len(n))},
        "You take the same off every movie, which changes no order. Divide caution by √n."),
    Misunderstanding("logarithm", {"error": lambda n: 1 / np.log2(n + 1)},
        "You divide by a logarithm of n. The error of a mean shrinks with √n."),
    Misunderstanding("divided", {"taken": lambda stars, error: stars / (1 + error)},
        "You divided the stars. Scores below 0 would rise by that: subtract."),
    Misunderstanding("brackets", lambda stars, seen, n, caution: np.where(
            seen | (n == 0), -np.inf, (stars - caution) / np.sqrt(np.maximum(n, 1))),
        "Only caution is divided by √n; in yours the stars are, too. Brackets!"),
    Misunderstanding("clipped_after", {"after": lambda bound: np.clip(bound, 1, 5)},
        "You clipped the scores to the scale, and all that leave it are ties then. Rank by the raw "
        "ones."),
    Misunderstanding("clipped_before", {"before": lambda stars: np.clip(stars, 1, 5)},
        "You clipped the stars to the scale: all above 5 are ties then. Use the raw predictions."),
    Misunderstanding("zero_for_last", {"last": 0.0},
        "0 is not the last place: scores may be below it. Give −inf to what must not be listed."),
    Misunderstanding("first_for_last", {"last": np.inf},
        "inf puts them first. What must not be listed gets −inf."),
    Misunderstanding("with_seen", {"out": lambda seen, unrated: unrated},
        "Movies that the user has seen keep their score, and would be listed again."),
    Misunderstanding("with_unrated", {"out": lambda seen, unrated: seen},
        "Movies without any rating keep a score. Nobody knows anything about them: −inf."),
    Misunderstanding("all_listed", {"out": lambda seen, unrated: 0 * seen},
        "No movie gets −inf. Those that are seen and those without ratings do."),
    Misunderstanding("both_needed", {"out": lambda seen, unrated: seen & unrated},
        "A movie is out if it is seen *or* has no rating: |, not &."),
    Misunderstanding("only_seen", {"out": lambda seen, unrated: ~seen | unrated},
        "You kept the seen movies and gave −inf to the others: seen is True where the user has "
        "rated."),
    Misunderstanding("one_more", _one_rating_more,
        "You count one rating more for each movie, so those without any keep a score. They get "
        "−inf, and n is support as it is."),
    Misunderstanding("unrated_kept", _unrated_as_predicted,
        "Movies without a rating lose nothing in yours, although they are the least certain of "
        "all. They get −inf."),
    Misunderstanding("order", {"done": lambda scores: np.argsort(-scores)},
        "Those are movies in order. Asked is the score of each movie, in the movies' own order."),
    Misunderstanding("left_out", {"done": lambda scores: scores[np.isfinite(scores)]},
        "Some movies are missing, so a place is no movie any more. Keep all of them, with −inf."),
]  # fmt: skip


# -------------------------------------------------------------------------- blend_predictions
def _blend_predictions(x_validation, y_validation, x_test):
    with_ones = np.column_stack([x_validation, np.ones(len(x_validation))])
    weights = np.linalg.lstsq(with_ones, y_validation, rcond=None)[0]
    return np.column_stack([x_test, np.ones(len(x_test))]) @ weights


def _blend_steps(
    x_validation,
    y_validation,
    x_test,
    *,
    fitted=1.0,  # what stands in the column of ones, at both places
    asked=1.0,
    weigh=lambda weights, x, y: weights,
    of=lambda validation, test: test,
    done=_as_it_is,
):
    with_ones = np.column_stack([x_validation, np.full(len(x_validation), fitted)])
    weights = np.linalg.lstsq(with_ones, y_validation, rcond=None)[0]
    weights = weigh(weights, x_validation, y_validation)
    rows = of(x_validation, x_test)
    return done(np.column_stack([rows, np.full(len(rows), asked)]) @ weights)


def _errors(x_validation, y_validation):
    return ((x_validation - y_validation[:, None]) ** 2).mean(axis=0)


def _by(weights_of):
    """Test predictions weighted by something of each model alone."""

    def weighted(x_validation, y_validation, x_test):
        weights = weights_of(x_validation, y_validation)
        return x_test @ weights / weights.sum()

    return weighted


def _one_by_one(x_validation, y_validation, x_test):
    parts = []
    for one, new in zip(x_validation.T, x_test.T, strict=True):
        slope, intercept = np.polyfit(one, y_validation, 1)
        parts.append(slope * new + intercept)
    return np.mean(parts, axis=0)


def _test_centred(x_validation, y_validation, x_test):
    centred = x_test - x_test.mean(axis=0) + x_validation.mean(axis=0)
    return _blend_predictions(x_validation, y_validation, centred)


def _some_blend(rng):
    stars = rng.integers(1, 6, 50).astype(float)
    x = stars[:, None] * [0.9, 0.6, 0.3] + rng.normal([0.4, 0.8, 2], [0.6, 0.9, 0.5], (50, 3))
    x = np.column_stack([x, x.mean(axis=1) + rng.normal(0, 0.4, 50)])  # it repeats the others
    return x, stars, rng.uniform(-1, 7, (9, 4))


def _blended_simple_models(data):
    split = primary_split(data)
    models = list(_simple_models(split).values())[:3]
    x_validation, x_test = (
        np.column_stack([m.predict(part["user"], part["movie"]) for m in models])
        for part in (split.validation, split.test)
    )
    return x_validation, split.validation["rating"].to_numpy(float), x_test


_BLEND = [
    Misunderstanding("no_intercept", {"fitted": 0.0, "asked": 0.0},
        "Without an intercept a model that is half a star too high cannot be put right. Add a "
        "column of ones."),
    Misunderstanding("intercept_forgotten", {"asked": 0.0},
        "The intercept was fitted and then forgotten: test needs its column of ones, too."),
    Misunderstanding("mean_for_intercept", {"weigh": lambda w, x, y: np.r_[w[:-1], y.mean()]},
        "You added the mean of the stars. The intercept is what was fitted with the weights."),
    Misunderstanding("mean_not_added", {"weigh": lambda w, x, y: np.r_[
            w[:-1], -x.mean(axis=0) @ w[:-1]]},
        "What was subtracted before the fit must come back: add the mean of y_validation."),
    Misunderstanding("test_centred", _test_centred,
        "You centred test by its own means. Use those of validation, as in the fit."),
    Misunderstanding("ones_elsewhere", {"weigh": lambda weights, *_: np.roll(weights, -1)},
        "The column of ones stands last in the fit and first in test (or the reverse), so each "
        "weight meets another model."),
    Misunderstanding("sum_to_one", {"weigh": lambda w, *_: np.r_[w[:-1] / w[:-1].sum(), w[-1]]},
        "Weights of least squares need not add up to 1. Leave them as they are."),
    Misunderstanding("sum_to_one_alone", {"asked": 0.0,
            "weigh": lambda w, *_: np.r_[w[:-1] / w[:-1].sum(), 0]},
        "You divided the weights by their sum and dropped the intercept. Leave them as they are, "
        "and add it."),
    Misunderstanding("half_of_it", lambda x, y, x_test: _blend_predictions(
            x[: len(x) // 2], y[: len(y) // 2], x_test),
        "Only half of validation was used for the fit. Use all of it."),
    Misunderstanding("weights", lambda x, y, x_test: np.linalg.lstsq(
            np.column_stack([x, np.ones(len(x))]), y, rcond=None)[0][:-1],
        "Those are the weights. Apply them to x_test."),
    Misunderstanding("of_validation", {"of": lambda validation, test: validation},
        "Those are stars for validation, where the weights were fitted. Use x_test."),
    Misunderstanding("clipped", {"done": lambda stars: np.clip(stars, 1, 5)},
        "You clipped to the scale. Asked are the raw stars; they are clipped where they are used."),
    Misunderstanding("plain_mean", lambda x, y, x_test: x_test.mean(axis=1),
        "That is the plain mean: it gives the weakest model as much say as the best."),
    Misunderstanding("median", lambda x, y, x_test: np.median(x_test, axis=1),
        "That is the median of the models, which learns nothing from validation."),
    Misunderstanding("best_only", lambda x, y, x_test: x_test[:, _errors(x, y).argmin()],
        "You chose the best model. A blend lets the others correct it."),
    Misunderstanding("by_accuracy", _by(lambda x, y: 1 / _errors(x, y)),
        "Weights by accuracy ignore that models repeat each other. Fit all weights together, by "
        "least squares."),
    Misunderstanding("by_rmse", _by(lambda x, y: 1 / np.sqrt(_errors(x, y))),
        "Weights by RMSE ignore that models repeat each other. Fit all weights together, by least "
        "squares."),
    Misunderstanding("by_correlation", _by(
            lambda x, y: np.corrcoef(np.column_stack([x, y]), rowvar=False)[-1, :-1]),
        "Weights by correlation ignore that models repeat each other. Fit all weights together."),
    Misunderstanding("one_by_one", _one_by_one,
        "You fitted each model on its own and took the mean. Fit all weights at once."),
]  # fmt: skip


# ---------------------------------------------------------------------------- new_user_vector
def _new_user_vector(q, left_over, penalty):
    return np.linalg.solve(q.T @ q + penalty * np.eye(q.shape[1]), q.T @ left_over)


def _vector_steps(
    q,
    left_over,
    penalty,
    *,
    times=lambda penalty, n: penalty,
    vectors=_as_it_is,
    stars=_as_it_is,
    gram=lambda q: q.T @ q,
    right=lambda q, r, penalty: q.T @ r,
    solve=np.linalg.solve,
    done=lambda p, q: p,
):
    v, r = vectors(q, left_over), stars(left_over)
    left = gram(v) + times(penalty, len(q)) * np.eye(q.shape[1])
    return done(solve(left, right(v, r, penalty)), q)


def _few(rng, n_rated=12, dim=4):
    return rng.normal(size=(n_rated, dim)), rng.normal(0.4, 1, n_rated), round(rng.uniform(1, 3), 2)


def _of_twenty_ratings(data):
    split = primary_split(data)
    mine = split.train[split.train["user"] == 0].head(20)
    traits = np.random.default_rng(9).normal(size=(split.n_movies, 8))
    return traits[mine["movie"]], mine["rating"].to_numpy() - mine["rating"].mean() + 0.2, 4.0


_VECTOR = [
    Misunderstanding("no_penalty", lambda q, r, penalty: np.linalg.lstsq(q, r, rcond=None)[0],
        "Without the penalty a dozen ratings are learned by heart, and with fewer ratings than "
        "numbers many vectors fit perfectly."),
    Misunderstanding("mean_vector", lambda q, r, penalty: q.mean(axis=0),
        "The mean of the movies' vectors ignores what the user thought of them."),
    Misunderstanding("weighted_sum", lambda q, r, penalty: q.T @ r,
        "Qᵀr is the right side of the equation. Solve (QᵀQ + λI) p = Qᵀr for p."),
    Misunderstanding("weighted_mean", lambda q, r, penalty: q.T @ r / len(r),
        "That is a mean of the vectors, weighted by stars. Solve (QᵀQ + λI) p = Qᵀr for p."),
    Misunderstanding("shrunk_sum", lambda q, r, penalty: q.T @ r / (len(q) + penalty),
        "You divided by n + λ, as for a bias. The vectors overlap: solve (QᵀQ + λI) p = Qᵀr."),
    Misunderstanding("penalty_everywhere", lambda q, r, penalty: np.linalg.lstsq(
            q.T @ q + penalty, q.T @ r, rcond=None)[0],
        "You added λ to every entry of QᵀQ. It belongs on the diagonal: λ times the identity."),
    Misunderstanding("penalty_times_n", {"times": lambda penalty, n: penalty * n},
        "Here λ is for the sum over all ratings. Do not multiply it by their number again."),
    Misunderstanding("penalty_over_n", {"times": lambda penalty, n: penalty / n},
        "Here λ is for the sum over all ratings. Do not divide it by their number."),
    Misunderstanding("penalty_squared", {"times": lambda penalty, n: penalty**2},
        "λ is squared in yours. (As rows below Q, its root belongs there.)"),
    Misunderstanding("penalty_root", {"times": lambda penalty, n: penalty**0.5},
        "You added the root of λ. In QᵀQ + λI it is λ itself."),
    Misunderstanding("penalty_minus", {"times": lambda penalty, n: -penalty},
        "The penalty has the wrong sign: add λ to the diagonal."),
    Misunderstanding("penalty_right", {"right": lambda q, r, penalty: q.T @ r + penalty},
        "λ belongs on the left side alone, on the diagonal of QᵀQ."),
    Misunderstanding("no_stars", {"stars": np.ones_like},
        "The stars are missing: the right side is Qᵀ times left_over."),
    Misunderstanding("diagonal_only", {"gram": lambda q: np.diag((q**2).sum(axis=0))},
        "You fitted each number of p alone. They share the ratings: use all of QᵀQ."),
    Misunderstanding("multiplied", {"solve": np.matmul},
        "You multiplied by QᵀQ + λI. Solve for p: np.linalg.solve, not @."),
    Misunderstanding("centred", {"stars": lambda r: r - r.mean()},
        "The mean of left_over was taken off. The biases are out already; keep it as it is."),
    Misunderstanding("with_intercept", {"stars": lambda r: r - r.mean(),
            "vectors": lambda q, r: q - q.mean(axis=0)},
        "Yours fits an intercept as well (fit_intercept). The biases are out already: leave it."),
    Misunderstanding("length_one", {
            "vectors": lambda q, r: q / np.linalg.norm(q, axis=1, keepdims=True)},
        "You scaled the movies' vectors to length 1. Use them as the model learned them."),
    Misunderstanding("liked_only", {
            "vectors": lambda q, r: q * (r > 0)[:, None]},
        "You used the movies with positive stars only. Those that disappointed tell as much."),
    Misunderstanding("predictions", {"done": lambda p, q: q @ p},
        "Those are predicted stars, Q p. Return the vector p."),
]  # fmt: skip

EXERCISES = [
    Exercise(
        name="tied_with_best",
        reference=_tied_with_best,
        steps=_tied_steps,
        cases={
            "five models": _FIVE,
            "a clear winner": _CLEAR,
            "one model alone": _ALONE,
            "eight models": Drawn(_some_models),
            "MovieLens-100K, four simple models": OnMovieLens(_compared),
        },
        observe=_as_names,
        look="Section “One table”, its last paragraph: of what does one take the interval?",
        misunderstandings=_TIED,
        right="told apart by paired differences, not by the order of the table",
    ),
    Exercise(
        name="cautious_scores",
        reference=_cautious_scores,
        steps=_cautious_steps,
        cases={
            "stars around the scale": (
                np.array([4.2, 5.6, 3.0, 7.5, 4.9, 6.1, 1.2, 4.4, 0.3]),
                np.array([0, 1, 0, 0, 1, 0, 0, 0, 0], bool),
                np.array([40, 90, 300, 25, 0, 1, 10, 0, 4]),
                2.0,
            ),
            "scores below 0, nothing seen": (
                np.array([-0.5, 0.3, -0.2, -0.9, 0.1]),
                np.zeros(5, bool),
                np.array([9, 0, 400, 1, 2]),
                0.5,
            ),
            "thirty movies": Drawn(_some_scores),
            "MovieLens-100K, one user": OnMovieLens(_of_a_user),
        },
        axes=("movie",),
        look="Section “The trap: ranking by predicted stars”: caution / √n.",
        misunderstandings=_CAUTIOUS,
        right="the less is known of a movie, the more its stars have to promise",
    ),
    Exercise(
        name="blend_predictions",
        reference=_blend_predictions,
        steps=_blend_steps,
        cases={
            "four models, some stars off the scale": _some_blend(np.random.default_rng(9)),
            "two models": tuple(
                part[:, 1:3] if part.ndim > 1 else part
                for part in _some_blend(np.random.default_rng(3))
            ),
            "drawn predictions": Drawn(_some_blend),
            "MovieLens-100K, three simple models": OnMovieLens(_blended_simple_models),
        },
        look="Section “Several models together”: which numbers does the fit see?",
        misunderstandings=_BLEND,
        right="weights from validation, stars for test",
    ),
    Exercise(
        name="new_user_vector",
        reference=_new_user_vector,
        steps=_vector_steps,
        cases={
            "twelve ratings": _few(np.random.default_rng(9)),
            "fewer ratings than numbers": _few(np.random.default_rng(2), 3, 5),
            "one rating": _few(np.random.default_rng(4), 1, 3),
            "thirty ratings": Drawn(lambda rng: _few(rng, 30, 5)),
            "MovieLens-100K, twenty ratings": OnMovieLens(_of_twenty_ratings),
        },
        look="Section “Somebody new”, the equation.",
        misunderstandings=_VECTOR,
        right="a user's vector without any training",
    ),
]
