"""Exercises of lesson 02, the baseline."""

import numpy as np
import pandas as pd

from course_utils.checks.engine import Drawn, Exercise, Misunderstanding, OnMovieLens
from course_utils.checks.networks import ACTIVATIONS, ByHand, network
from course_utils.data.splits import primary_split


def _same(value):
    return value


# -------------------------------------------------------------------------------- per_user_rmse
def _per_user_rmse(users, y_true, y_pred):
    squared = pd.Series((np.asarray(y_true) - np.asarray(y_pred)) ** 2)
    return float(np.sqrt(squared.groupby(np.asarray(users)).mean()).mean())


def _rmse_steps(
    users,
    y_true,
    y_pred,
    *,
    error=lambda y, p: y - p,
    square=np.square,
    groups=_same,
    within=lambda own: own.mean(),
    root=np.sqrt,
    across=lambda roots, counts, users: roots.mean(),
    last=_same,
):
    own = pd.Series(square(error(y_true, y_pred))).groupby(groups(np.asarray(users)))
    return last(across(root(within(own)), own.size(), users))


def _runs(users):
    """Numbers the runs of neighbours of one user."""
    return np.cumsum(np.r_[False, np.diff(users) != 0])


def _of_user_means(users, y_true, y_pred):
    means = pd.DataFrame({"y": y_true, "p": y_pred}).groupby(np.asarray(users)).mean()
    return float(np.sqrt(((means["y"] - means["p"]) ** 2).mean()))


def _from_zero(users, y_true, y_pred):
    own = pd.Series((y_true - y_pred) ** 2).groupby(np.asarray(users)).mean()
    return float(np.sqrt(own.reindex(range(len(own)), fill_value=0)).mean())


_USERS = np.array([4, 0, 2, 4, 0, 4])
_TRUE = np.array([5.0, 3.0, 4.0, 2.0, 0.5, 4.5])
_PRED = np.array([3.5, 3.0, 5.6, 3.25, 2.0, 4.5])


def _some_predictions(rng):
    users = 3 * rng.choice(9, 60, p=np.array([9, 8, 7, 6, 5, 4, 3, 2, 1]) / 45) + 5
    return users, rng.integers(1, 11, 60) / 2, rng.normal(3.5, 1.5, 60)


def _movie_means(data):
    split = primary_split(data)
    means = split.train.groupby("movie")["rating"].mean()
    test = split.test
    guess = test["movie"].map(means).fillna(split.train["rating"].mean())
    return test["user"].to_numpy(), test["rating"].to_numpy(float), guess.to_numpy(float)


# ------------------------------------------------------------------------------------- bias_step
def _bias_step(users, movies, ratings, reg):
    mean = ratings.mean()
    b_user = np.bincount(users, ratings - mean) / (np.bincount(users) + reg)
    left_over = ratings - mean - b_user[users]
    b_movie = np.bincount(movies, left_over) / (np.bincount(movies) + reg)
    return mean, b_user, b_movie


def _bias_steps(
    users,
    movies,
    ratings,
    reg,
    *,
    center=lambda ratings, users: ratings.mean(),
    first=lambda ratings, mean: ratings - mean,
    rest=lambda ratings, mean, own: ratings - mean - own,
    own=lambda b_user, users, movies: b_user[users],
    total=np.bincount,
    below=lambda count, reg: count + reg,
    below_movies=None,
    after=lambda bias, reg: bias,
    kept=lambda bias, index: bias,
    result=lambda mean, b_user, b_movie: (mean, b_user, b_movie),
):
    def bias(index, values, below):
        return after(total(index, values) / below(np.bincount(index), reg), reg)

    mean = center(ratings, users)
    b_user = bias(users, first(ratings, mean), below)
    left = rest(ratings, mean, own(b_user, users, movies))
    b_movie = bias(movies, left, below_movies or below)
    return result(mean, kept(b_user, users), kept(b_movie, movies))


def _movies_first(users, movies, ratings, reg):
    mean, b_movie, b_user = _bias_step(movies, users, ratings, reg)
    return mean, b_user, b_movie


def _two_turns(users, movies, ratings, reg):
    mean, b_user, b_movie = _bias_step(users, movies, ratings, reg)
    rest = ratings - mean - b_movie[movies]
    b_user = np.bincount(users, rest) / (np.bincount(users) + reg)
    rest = ratings - mean - b_user[users]
    return mean, b_user, np.bincount(movies, rest) / (np.bincount(movies) + reg)


def _looked_up_by_movie(b_user, users, movies):
    return np.pad(b_user, (0, max(0, movies.max() + 1 - len(b_user))))[movies]


def _last_only(index, values):
    total = np.zeros(index.max() + 1)
    total[index] = values
    return total


def _shrunk_then_centred(users, movies, ratings, reg):
    mean = ratings.mean()
    b_user = np.bincount(users, ratings) / (np.bincount(users) + reg) - mean
    rest = ratings - mean - b_user[users]
    return mean, b_user, np.bincount(movies, rest) / (np.bincount(movies) + reg)


def _all_below(users, movies, ratings, reg):
    def below(count, reg):
        return len(ratings) + reg

    return _bias_steps(users, movies, ratings, reg, below=below)


def _mean_after(users, movies, ratings, reg):
    mean, b_user, _ = _bias_step(users, movies, ratings, reg)
    b_movie = np.bincount(movies, ratings - b_user[users]) / (np.bincount(movies) + reg)
    return mean, b_user, b_movie - mean


def _as_three(value):
    mean, b_user, b_movie = value
    return {"mean": mean, "user biases": b_user, "movie biases": b_movie}


_U = np.array([1, 0, 0, 2, 0, 1, 2, 1])
_M = np.array([3, 0, 1, 3, 4, 0, 1, 2])
_R = np.array([5.0, 3.0, 4.5, 2.0, 1.0, 4.0, 0.5, 4.0])


def _some_ratings(rng):
    users, movies = rng.integers(0, 12, 70), rng.integers(0, 25, 70)
    kept = (users != 4) & (movies != 7)
    return users[kept], movies[kept], rng.integers(1, 11, 70)[kept] / 2, 3.0


def _training(data):
    train = primary_split(data).train
    return train["user"].to_numpy(), train["movie"].to_numpy(), train["rating"].to_numpy(float), 5.0


# ------------------------------------------------------- dot_network and biased_dot_network
def _product(p, q):
    return (p * q).sum(axis=1, keepdims=True)


def _cosine(p, q):
    return _product(p, q) / np.sqrt(_product(p, p) * _product(q, q))


def _looked_up(table, index):
    return table[index]


def _dot_network(
    n_users, n_movies, dim, *, width=_same, more=0, exchanged=False, shared=False, score=_product,
    extra=(), last=lambda score, more: score, noise=(), l2=0.0,
):  # fmt: skip
    """extra: shapes of further weights, handed to ``last``."""
    dim = width(dim)
    shapes = [(n_users + more, dim), (n_movies + more, dim)][: 1 if shared else 2]

    def forward(weights, user, movie):
        user, movie = (movie, user) if exchanged else (user, movie)
        p, q = weights[0][user], weights[0 if shared else 1][movie]
        return last(score(p, q), weights[len(shapes) :])

    def penalty(weights):
        return l2 * sum(float((w**2).sum()) for w in weights)

    return ByHand([*shapes, *extra], forward, noise, penalty)


def _biased_dot_network(
    n_users, n_movies, dim, mean, *, width=_same, bias_width=lambda dim: 1, level=_same,
    exchanged=False, score=_product, left_out=(), of_user=_looked_up, swapped=False,
    total=lambda score, b_user, b_movie: score + b_user + b_movie, extra=(),
    last=lambda stars, more: stars, noise=(), l2=0.0,
):  # fmt: skip
    """left_out: biases that are missing. total: of the product and the two biases."""
    dim, thin = width(dim), bias_width(width(dim))
    kinds = {"p": (n_users, dim), "q": (n_movies, dim)}
    kinds |= {"b_user": (n_users, thin), "b_movie": (n_movies, thin)}
    names = [name for name in kinds if name not in left_out]

    def forward(weights, user, movie):
        user, movie = (movie, user) if exchanged else (user, movie)
        of = dict(zip(names, weights, strict=False))
        b_user, b_movie = (of.get(name, np.zeros((99, 1))) for name in ("b_user", "b_movie"))
        places = (movie, user) if swapped else (user, movie)
        stars = total(score(of["p"][user], of["q"][movie]), b_user[places[0]], b_movie[places[1]])
        return last(stars + level(mean), weights[len(names) :])

    def penalty(weights):
        return l2 * sum(float((w**2).sum()) for w in weights[:2])

    return ByHand([*(kinds[name] for name in names), *extra], forward, noise, penalty)


def _side_by_side(p, q):
    return np.concatenate([p, q], axis=1)


def _dense(x, more):
    return x @ more[0] + more[1]


def _some_pairs(n_users, n_movies, *_):
    """Users and movies whose numbers exist on both sides, so that an exchange can be named."""
    return list(np.random.default_rng(5).integers(0, min(n_users, n_movies), (2, 12)))


# ---------------------------------------------------------------------------------- sigmoid_range
def _sigmoid_range(score, low, high):
    return low + (high - low) / (1 + np.exp(-np.asarray(score)))


def _sigmoid(score):
    return 1 / (1 + np.exp(-score))


def _range_steps(
    score,
    low,
    high,
    *,
    squeeze=_sigmoid,
    start=lambda low, high: low,
    width=lambda low, high: high - low,
    ends=lambda low, high: (low, high),
    last=_same,
):
    low, high = ends(low, high)
    return last(start(low, high) + width(low, high) * squeeze(np.asarray(score, float)))


def _softmax(score):
    share = np.exp(score - score.max())
    return share / share.sum()


# ---------------------------------------------------------------------------------- honest_choice
def _honest_choice(validation, test):
    run, epoch = np.unravel_index(np.argmin(validation), validation.shape)
    return float(test[run, epoch])


def _choice_steps(
    validation,
    test,
    *,
    run=lambda validation, test: validation.min(axis=1).argmin(),
    epoch=lambda validation, test, run: validation[run].argmin(),
    read=lambda validation, test, run, epoch: test[run, epoch],
):
    chosen = run(validation, test)
    return read(validation, test, chosen, epoch(validation, test, chosen))


def _of_each_run(validation, test):
    return test[np.arange(len(test)), validation.argmin(axis=1)]


def _epoch_by_mean(validation, test):
    epoch = validation.mean(axis=0).argmin()
    return float(test[validation[:, epoch].argmin(), epoch])


def _mean_at_epoch(validation, test):
    return float(test[:, validation.mean(axis=0).argmin()].mean())


def _worst(validation, test):
    return float(test.flat[validation.argmax()])


def _of_the_sum(validation, test):
    return float(test.flat[(validation + test).argmin()])


def _of_the_gap(validation, test):
    return float(test.flat[np.abs(validation - test).argmin()])


# no two ways to choose agree: by the mean, by the last epoch, by test, by the first run …
_VALIDATION = np.array(
    [
        [0.98, 0.93, 0.9, 0.91, 0.925],
        [0.95, 0.94, 0.88, 0.97, 0.99],
        [0.92, 0.91, 0.905, 0.902, 0.9],
    ]
)
_TEST = np.array(
    [
        [0.985, 0.95, 0.915, 0.87, 0.93],
        [0.96, 0.935, 0.895, 0.89, 1.0],
        [0.94, 0.92, 0.91, 0.9, 0.904],
    ]
)


def _some_curves(rng):
    validation = rng.normal(0.9, 0.02, (6, 8))
    return validation, validation + rng.normal(0.01, 0.02, (6, 8))


def _long_curves(rng):
    validation = 0.9 + 0.1 * rng.random((9, 11))
    return validation, 0.9 + 0.1 * rng.random((9, 11))


_PER_USER_RMSE = [
    Misunderstanding("global_rmse", {"groups": lambda users: np.zeros(len(users))},
        "That is the RMSE over all ratings: users with many ratings dominate it. Take each user's "
        "RMSE first, then the mean over users."),
    Misunderstanding("root_of_mean_mse", {"root": _same, "last": np.sqrt},
        "You took the mean of the users' squared errors and the root last. Take the root for each "
        "user, then the mean: the order matters (Jensen's inequality).",
        "section “Why does one prediction have two RMSEs?”, the inequality."),
    Misunderstanding("no_root", {"root": _same},
        "That is in stars squared. Each user still needs a square root."),
    Misunderstanding("mean_absolute", {"square": np.abs, "root": _same},
        "That is a mean absolute error. Square the errors before the mean, then root."),
    Misunderstanding("root_of_absolute", {"square": np.abs},
        "You took absolute errors, and the root of their mean. The root belongs to *squared* "
        "errors."),
    Misunderstanding("runs_of_neighbours", {"groups": _runs},
        "A user whose ratings do not stand side by side counts several times. np.split at changes "
        "and itertools.groupby want sorted rows: sort, or use pandas' groupby."),
    Misunderstanding("counts_missing_users",
        {"across": lambda roots, counts, users: roots.sum() / (np.max(users) + 1)},
        "You divided by the largest user number plus one. Users without a rating here are counted "
        "as perfect zeros; divide by the users that occur."),
    Misunderstanding("largest_number",
        {"across": lambda roots, counts, users: roots.sum() / np.max(users)},
        "You divided by the largest user number. Divide by the number of users that occur."),
    Misunderstanding("numbered_from_zero", _from_zero,
        "You went through 0, 1, 2 … as if users were numbered without gaps. Go through the users "
        "that occur: np.unique(users)."),
    Misunderstanding("over_ratings",
        {"across": lambda roots, counts, users: roots.sum() / len(users)},
        "You added up one number a user and divided by the number of *ratings*. Divide by the "
        "number of users."),
    Misunderstanding("sum_over_users", {"across": lambda roots, counts, users: roots.sum()},
        "You added the users up. Take their mean."),
    Misunderstanding("weighted",
        {"across": lambda roots, counts, users: np.average(roots, weights=counts)},
        "Users with many ratings count more in yours. Here everyone weighs the same."),
    Misunderstanding("sum_within", {"within": lambda own: own.sum()},
        "Within each user you added the squared errors up. Take their mean."),
    Misunderstanding("each_rating_a_user",
        {"across": lambda roots, counts, users: (roots * counts).sum() / len(roots)},
        "You went through the ratings, so a user with ten of them was added ten times. Go through "
        "the users: np.unique(users), or set(users)."),
    Misunderstanding("last_rating", {"within": lambda own: own.last()},
        "Only the last rating of each user is left: a dict entry was written over. Append to it."),
    Misunderstanding("first_rating", {"within": lambda own: own.first()},
        "Only the first rating of each user is left. Take the mean over all of them."),
    Misunderstanding("root_before_mean", {"within": lambda own: own.sum() / own.size() ** 2},
        "You took the root of the sum and divided by n after that. Divide first, then root."),
    Misunderstanding("spread_over_users",
        {"across": lambda roots, counts, users: roots.std(ddof=0)},
        "That is how much the users' RMSEs scatter. Asked is their mean."),
    Misunderstanding("n_minus_one",
        {"within": lambda own: own.sum() / (own.size() - 1).clip(lower=1)},
        "You divided each user's errors by n − 1. An RMSE is a mean: divide by n."),
    Misunderstanding("standard_deviation",
        {"square": _same, "within": lambda own: own.std(ddof=0), "root": _same},
        "That is the standard deviation of a user's errors: someone whose predictions are all one "
        "star too high would score 0. Square the errors themselves."),
    Misunderstanding("mean_error",
        {"square": _same, "within": lambda own: own.mean().abs(), "root": _same},
        "You took the mean of the errors before you squared: plus and minus cancel. Square each "
        "error first."),
    Misunderstanding("of_user_means", _of_user_means,
        "You took each user's mean rating and mean prediction, then one RMSE over users. Take the "
        "errors first."),
    Misunderstanding("single_ratings_left_out",
        {"across": lambda roots, counts, users: roots[counts > 1].mean()},
        "Users with one rating are missing. They count as everyone does."),
    Misunderstanding("first_user", {"across": lambda roots, counts, users: roots.iloc[0]},
        "That is the first user alone: a return inside the loop ends it."),
    Misunderstanding("one_a_user", {"across": lambda roots, counts, users: roots.to_numpy()},
        "Those are the users' own RMSEs. Take their mean: one number."),
    Misunderstanding("clipped", {"error": lambda y, p: y - np.clip(p, 1, 5)},
        "You clipped the predictions. The metric takes them as they come: clipping is done "
        "before, to the dataset's own scale."),
    Misunderstanding("rounded", {"error": lambda y, p: y - np.round(p)},
        "You rounded the predictions. A prediction of 3.6 is nearer to 4 than one of 3.4, and the "
        "metric should see that."),
]  # fmt: skip

_BIAS_STEP = [
    Misunderstanding("unshrunk", {"below": lambda count, reg: count},
        "Your biases ignore reg. Divide each sum by count + reg: a user with one 5-star rating "
        "should not get a bias of a whole star and a half."),
    Misunderstanding("absent_are_nan",
        {"below": lambda count, reg: np.where(count > 0, count + reg, np.nan)},
        "Whoever has no rating got nan. With reg in the count there is nothing to divide by zero: "
        "their bias is 0."),
    Misunderstanding("absent_left_out", {"kept": lambda bias, index: bias[np.unique(index)]},
        "Entries are missing: an index that never occurs has no group, and all that follow move "
        "up. Give one entry to each index from 0 to the largest (np.bincount, or reindex), or "
        "b_user[users] looks up somebody else."),
    Misunderstanding("not_alternating", {"rest": lambda ratings, mean, own: ratings - mean},
        "The movie bias must explain what the user bias has left over. Subtract b_user of each "
        "rating's user before you average by movie."),
    Misunderstanding("raw_ratings", {"first": lambda r, mean: r, "rest": lambda r, mean, own: r},
        "You averaged the ratings themselves. A bias is a deviation: subtract the mean first, or "
        "mean + b_u + b_i would land near 10 stars."),
    Misunderstanding("raw_for_users", {"first": lambda ratings, mean: ratings},
        "The user biases are averages of the ratings themselves. Subtract the mean first."),
    Misunderstanding("mean_left_in", {"rest": lambda ratings, mean, own: ratings - own},
        "For the movies you took the user biases away, but not the mean. What is left over is "
        "rating − mean − b_user."),
    Misunderstanding("added", {"rest": lambda ratings, mean, own: ratings - mean + own},
        "You added the user's bias. What is left over is rating − mean − b_user."),
    Misunderstanding("looked_up_by_movie", {"own": _looked_up_by_movie},
        "You looked the user's bias up by the movie's number. It is b_user[users]."),
    Misunderstanding("shrunk_then_centred", _shrunk_then_centred,
        "You shrank the mean of the ratings, and took the global mean away after: users with few "
        "ratings fall far below 0. Subtract first, then shrink."),
    Misunderstanding("scaled_by_reg", {"below": lambda count, reg: count * (1 + reg)},
        "You multiplied the count by 1 + reg. That shrinks everyone alike. count + reg shrinks "
        "those with few ratings most."),
    Misunderstanding("reg_after",
        {"below": lambda count, reg: count, "after": lambda bias, reg: bias + reg},
        "Brackets: reg was added to the bias, not to the count. Write … / (count + reg)."),
    Misunderstanding("reg_taken_away", {"below": lambda count, reg: count - reg + 1e-9},
        "You divide by count − reg, which makes biases larger. Add reg to the count."),
    Misunderstanding("all_ratings_below", _all_below,
        "You divide by the number of *all* ratings. Divide each sum by this user's (or movie's) "
        "own count + reg."),
    Misunderstanding("mean_after", _mean_after,
        "For the movies you took the mean away after shrinking. What is left over is rating − "
        "mean − b_user; average that."),
    Misunderstanding("reg_alone", {"below": lambda count, reg: reg},
        "You divide by reg alone. Divide by count + reg."),
    Misunderstanding("sums", {"below": lambda count, reg: 1},
        "Those are sums. Divide each by its count + reg."),
    Misunderstanding("movies_unshrunk", {"below_movies": lambda count, reg: count},
        "The user biases are right. The movie biases ignore reg: divide by count + reg there as "
        "well."),
    Misunderstanding("movies_first", _movies_first,
        "You began with the movies. Users first: their biases from rating − mean, then the "
        "movies' from what is left over."),
    Misunderstanding("two_turns", _two_turns,
        "You took more than one turn. Asked is one: users once, movies once."),
    Misunderstanding("mean_of_means",
        {"center": lambda ratings, users: pd.Series(ratings).groupby(users).mean().mean()},
        "Your mean is the mean of the users' means. Take the mean of all ratings."),
    Misunderstanding("median", {"center": lambda ratings, users: np.median(ratings)},
        "Your first number is the median. Take the mean of all ratings."),
    Misunderstanding("last_only", {"total": _last_only},
        "total[index] += values keeps only the last value of an index that comes twice. Use "
        "np.bincount(index, values), or np.add.at."),
    Misunderstanding("other_order",
        {"result": lambda mean, b_user, b_movie: (mean, b_movie, b_user)},
        "The biases are right, in the wrong order: return mean, b_user, b_movie."),
    Misunderstanding("one_a_rating",
        lambda u, m, r, reg: (lambda mean, bu, bi: (mean, bu[u], bi[m]))(*_bias_step(u, m, r, reg)),
        "You have one bias a *rating* (transform). Return one a user and one a movie."),
]  # fmt: skip

_DOT_NETWORK = [
    Misunderstanding("exchanged", {"exchanged": True},
        "User and movie have changed places. The first input is the user, and the table that it "
        "reads has n_users rows."),
    Misunderstanding("cosine", {"score": _cosine},
        "That is a cosine: both vectors are divided by their lengths. A cosine is never above 1, "
        "and stars are. Leave normalize out."),
    Misunderstanding("not_summed", {"score": np.multiply},
        "You multiplied the vectors and stopped there: that is one number a factor. Add them up, "
        "as layers.Dot does."),
    Misunderstanding("added", {"score": np.add},
        "You added the two vectors. Their product is asked: layers.Dot."),
    Misunderstanding("side_by_side", {"score": _side_by_side},
        "You put the vectors side by side. Their product is asked: layers.Dot."),
    Misunderstanding("mean_of_products", {"score": lambda p, q: _product(p, q) / p.shape[1]},
        "That is the mean of the products. The score is their sum."),
    Misunderstanding("distance", {"score": lambda p, q: -_product(p - q, p - q)},
        "That is a distance. Asked is the product <p, q>."),
    Misunderstanding("no_last_axis", {"last": lambda score, more: score[:, 0]},
        "The output has shape (batch,). Asked is (batch, 1): layers.Dot gives it, ops.sum wants "
        "keepdims=True."),
    Misunderstanding("not_flattened", {"last": lambda score, more: score[:, None]},
        "There is an axis of 1 too many: keras.Input((1,)) makes each vector a small table. Take "
        "keras.Input(()), or layers.Flatten() at the end."),
    Misunderstanding("outer", {"score": lambda p, q: p[:, :, None] * q[:, None, :]},
        "Each factor of the user meets each factor of the movie. Factor 0 meets factor 0 only: "
        "multiply along the last axis, Dot(axes=-1), with keras.Input(())."),
    Misunderstanding("sigmoid", {"last": lambda score, more: ACTIVATIONS["sigmoid"](score)},
        "A sigmoid stands on the output: it ends at 1, and stars go to 5. The product alone is "
        "asked."),
    Misunderstanding("relu", {"last": lambda score, more: np.maximum(score, 0)},
        "A relu stands on the output. Where the product is below 0 it learns nothing more. Leave "
        "it out."),
    Misunderstanding("dense_on_top", {"extra": ((1, 1), (1,)), "last": _dense},
        "A Dense layer stands on the product, with a weight and a bias of its own. The product is "
        "the prediction."),
    Misunderstanding("dense_of_both",
        lambda n, m, dim: _dot_network(n, m, dim, score=_side_by_side,
                                       extra=((2 * dim, 1), (1,)), last=_dense),
        "Both vectors go into a Dense layer: that is model 1, which comes later. Here they are "
        "multiplied."),
    Misunderstanding("shared_table", {"shared": True},
        "One table serves users and movies, so user 3 and movie 3 are the same vector. Make two."),
    Misunderstanding("biases", lambda n, m, dim: _biased_dot_network(n, m, dim, 0.0),
        "You have biases already. They come in a later exercise: here is the product alone."),
    Misunderstanding("one_row_more", {"more": 1},
        "Your tables have a row more than there are users and movies. Indices run from 0 to "
        "n − 1 here."),
    Misunderstanding("fixed_100", {"width": lambda dim: 100},
        "You wrote the number of factors down. Use dim."),
    Misunderstanding("dropout",
        {"noise": ("Dropout(0.1) after Embedding", "Dropout(0.1) after Embedding")},
        "A dropout was not asked. The product of 2021 has none."),
    Misunderstanding("penalty", {"l2": 0.01},
        "Your tables have a penalty. It comes later, as one step among others: leave it out here."),
]  # fmt: skip

_BIASED_DOT_NETWORK = [
    Misunderstanding("exchanged", {"exchanged": True},
        "User and movie have changed places. The first input is the user, and what it reads has "
        "n_users rows."),
    Misunderstanding("no_mean", {"level": lambda mean: 0.0},
        "The mean is missing. Add it at the end."),
    Misunderstanding("no_biases", {"left_out": ("b_user", "b_movie")},
        "Both biases are missing. A bias is a table, too: layers.Embedding(n_users, 1)."),
    Misunderstanding("no_user_bias", {"left_out": ("b_user",)},
        "The user's bias is missing: layers.Embedding(n_users, 1)."),
    Misunderstanding("no_movie_bias", {"left_out": ("b_movie",)},
        "The movie's bias is missing: layers.Embedding(n_movies, 1)."),
    Misunderstanding("biases_swapped", {"swapped": True},
        "The biases are looked up on the wrong side: the user's bias by the user, the movie's by "
        "the movie."),
    Misunderstanding("biases_multiplied", {"total": lambda score, u, m: score * u * m},
        "You multiplied product and biases. Add them: layers.Add."),
    Misunderstanding("biases_in_the_product", {"total": lambda score, u, m: score + u * m},
        "The two biases multiply each other. Each is added by itself."),
    Misunderstanding("averaged", {"total": lambda score, u, m: (score + u + m) / 3},
        "layers.Average divides by three. The parts are added: layers.Add."),
    Misunderstanding("bias_of_dim", {"bias_width": _same},
        "Your biases are vectors of dim numbers. A bias is one number: layers.Embedding(n, 1)."),
    Misunderstanding("one_bias_for_all",
        {"left_out": ("b_user", "b_movie"), "extra": ((1, 1), (1,)), "last": _dense},
        "The bias of a Dense layer is one number for everybody. Each user and each movie has an "
        "own one: layers.Embedding(n, 1)."),
    Misunderstanding("dense_on_top", {"extra": ((1, 1), (1,)), "last": _dense},
        "A Dense layer stands on the sum, with a weight and a bias of its own. The sum is the "
        "prediction."),
    Misunderstanding("dense_of_parts", {
        "total": lambda score, u, m: np.concatenate([score, u, m], axis=1),
        "level": lambda mean: 0.0, "extra": ((3, 1), (1,)), "last": _dense},
        "A Dense layer weighs the three parts. They are added as they are, and so is the mean."),
    Misunderstanding("sigmoid", {"last": lambda stars, more: ACTIVATIONS["sigmoid"](stars)},
        "A sigmoid stands on the output: it ends at 1. The range comes in the next exercise; here "
        "the sum alone is asked."),
    Misunderstanding("range", {"last": lambda stars, more: 1 + 4 * ACTIVATIONS["sigmoid"](stars)},
        "The output is squeezed into 1 to 5 stars. That comes in the next exercise; here the sum "
        "alone is asked."),
    Misunderstanding("relu", {"last": lambda stars, more: np.maximum(stars, 0)},
        "A relu stands on the output. Leave it out."),
    Misunderstanding("cosine", {"score": _cosine},
        "The product is a cosine: both vectors are divided by their lengths. Leave normalize out."),
    Misunderstanding("not_summed", {"score": np.multiply},
        "The product stops at one number a factor. Add them up, as layers.Dot does."),
    Misunderstanding("mean_taken_away", {"level": lambda mean: -mean},
        "You took the mean away. Add it: the biases say how far off it a rating is."),
    Misunderstanding("mean_twice", {"level": lambda mean: 2 * mean},
        "The mean is in the sum twice."),
    Misunderstanding("fixed_mean", {"level": lambda mean: 3.5},
        "You wrote the mean down. Use the argument."),
    Misunderstanding("fixed_32", {"width": lambda dim: 32},
        "You wrote the number of factors down. Use dim."),
    Misunderstanding("no_last_axis", {"last": lambda stars, more: stars[:, 0]},
        "The output has shape (batch,). Asked is (batch, 1)."),
    Misunderstanding("not_flattened", {"last": lambda stars, more: stars[:, None]},
        "There is an axis of 1 too many: keras.Input((1,)) makes each vector a small table. Take "
        "keras.Input(()), or layers.Flatten() at the end."),
    Misunderstanding("dropout",
        {"noise": ("Dropout(0.1) after Embedding", "Dropout(0.1) after Embedding")},
        "A dropout was not asked."),
    Misunderstanding("penalty", {"l2": 0.01},
        "Your tables have a penalty. It is a step of its own, later: leave it out here."),
]  # fmt: skip

_SIGMOID_RANGE = [
    Misunderstanding("no_offset", {"start": lambda low, high: 0},
        "Your output starts at 0 stars. Add low."),
    Misunderstanding("only_high", {"start": lambda low, high: 0, "width": lambda low, high: high},
        "Your output runs from 0 to high. The range is low to high: scale by high − low, then add "
        "low."),
    Misunderstanding("low_plus_high", {"width": lambda low, high: high},
        "Your output can reach low + high stars. Scale the sigmoid by high − low."),
    Misunderstanding("width_one", {"width": lambda low, high: 1},
        "Your output is one star wide. Multiply the sigmoid by high − low."),
    Misunderstanding("sigmoid_alone", {"start": lambda low, high: 0, "width": lambda low, high: 1},
        "That is the sigmoid alone, between 0 and 1. Stretch it by high − low, and start at low."),
    Misunderstanding("both_added",
        {"start": lambda low, high: 0, "width": lambda low, high: high + low},
        "Your output runs from 0 to low + high. The range is high − low wide and starts at low."),
    Misunderstanding("low_taken_away", {"start": lambda low, high: -low},
        "low is subtracted: your output starts at −low. Add it."),
    Misunderstanding("turned_round", {"squeeze": lambda score: _sigmoid(-score)},
        "Your curve falls: a high score gives few stars. The exponent is −score."),
    Misunderstanding("half_to_five", {"ends": lambda low, high: (0.5, 5)},
        "Your range is 0.5 to 5 whatever low and high are. Use the arguments."),
    Misunderstanding("one_to_five", {"ends": lambda low, high: (1, 5)},
        "Your range is 1 to 5 whatever low and high are. Half-star scales begin at 0.5."),
    Misunderstanding("no_sigmoid", {"squeeze": _same},
        "The scores are stretched but not squeezed: nothing keeps them in range. Put them through "
        "the sigmoid first."),
    Misunderstanding("clip", lambda score, low, high: np.clip(score, low, high),
        "Clipping keeps the range too, but its slope is 0 outside it, so a network that starts "
        "outside never learns its way in. Use the sigmoid."),
    Misunderstanding("clip_shifted",
        lambda score, low, high: np.clip(low + np.maximum(score, 0), low, high),
        "That is cut off at both ends (a ReLU and a minimum): the slope is 0 there, and a network "
        "stops learning. Use the sigmoid."),
    Misunderstanding("min_max", {"squeeze": lambda score: (score - score.min()) / np.ptp(score)},
        "You stretched from the smallest to the largest score of the batch: the stars of one "
        "rating then depend on the others. Use the sigmoid."),
    Misunderstanding("half_below", {"squeeze": lambda score: _sigmoid(score) - 0.5},
        "You subtracted a half: your output starts below low. The sigmoid runs from 0 to 1."),
    Misunderstanding("from_the_middle", {"start": lambda low, high: (low + high) / 2},
        "Your output starts in the middle of the scale. Start at low."),
    Misunderstanding("softsign", {"squeeze": lambda score: score / (1 + np.abs(score))},
        "x / (1 + |x|) runs from −1 to 1 and is no sigmoid: 1 / (1 + exp(−x))."),
    Misunderstanding("floor_at_low",
        lambda score, low, high: np.maximum(low, high * _sigmoid(np.asarray(score))),
        "Your output runs from 0 to high, cut off at low: the slope is 0 there. Scale by high − "
        "low, then add low."),
    Misunderstanding("absolute_score", {"squeeze": lambda score: _sigmoid(np.abs(score))},
        "Negative scores get as many stars as positive ones: the sign of the score is lost."),
    Misunderstanding("linear_clipped",
        lambda score, low, high: np.clip(low + (high - low) * np.asarray(score), low, high),
        "That is a straight line, cut off at both ends: its slope is 0 there. Use the sigmoid."),
    Misunderstanding("softmax", {"squeeze": _softmax},
        "That is a softmax: the scores share one whole. Each score has its own sigmoid."),
    Misunderstanding("tanh", {"squeeze": np.tanh},
        "tanh runs from −1 to 1, so half of your output is below low. A sigmoid runs from 0 to 1: "
        "(tanh(x / 2) + 1) / 2."),
    Misunderstanding("tanh_middle", {"squeeze": lambda score: np.tanh(score / 2) + 0.5},
        "From the middle it is half the width to each side: (high − low) / 2 times tanh."),
    Misunderstanding("too_steep", {"squeeze": lambda score: _sigmoid(2 * score)},
        "The range is right, the curve is too steep: σ(x) = (1 + tanh(x / 2)) / 2, with x "
        "*halved*."),
    Misunderstanding("base_two", {"squeeze": lambda score: 1 / (1 + 2.0**-score)},
        "Your curve has base 2. The sigmoid has e: np.exp."),
    Misunderstanding("shifted",
        lambda score, low, high: _sigmoid_range(score - (low + high) / 2, low, high),
        "You took the middle of the scale from the score. Score 0 must give the middle."),
    Misunderstanding("flattened", {"last": np.ravel},
        "The numbers are right, the shape is lost: return an array of the scores' shape."),
    Misunderstanding("half_stars", {"last": lambda stars: np.round(2 * stars) / 2},
        "You rounded to half stars. A rounded output has no slope: leave it as it is."),
]  # fmt: skip

_HONEST_CHOICE = [
    Misunderstanding("best_test", lambda validation, test: float(test.min()),
        "That is the smallest test RMSE there is: test made the choice and gives the score. Find "
        "the place of the smallest *validation* RMSE, then read test there."),
    Misunderstanding("best_epoch_by_test",
        {"epoch": lambda validation, test, run: test[run].argmin()},
        "You chose the run by validation but the epoch by test. Both choices are validation's."),
    Misunderstanding("best_run_by_test",
        lambda validation, test: float(_of_each_run(validation, test).min()),
        "You chose each run's epoch by validation, but among the runs the one with the lowest "
        "*test* RMSE. Both choices are validation's."),
    Misunderstanding("run_of_best_test",
        {"run": lambda validation, test: test.min(axis=1).argmin()},
        "You took the run with the lowest test RMSE. Validation chooses the run, too."),
    Misunderstanding("run_by_mean",
        {"run": lambda validation, test: validation.mean(axis=1).argmin()},
        "You chose the run by the *mean* of its curve. A run with one very good epoch and bad "
        "ones around it can win: take the smallest value of all."),
    Misunderstanding("run_by_last_epoch",
        {"run": lambda validation, test: validation[:, -1].argmin()},
        "You chose the run by its *last* epoch. Take the smallest value of all."),
    Misunderstanding("run_by_first_epoch",
        {"run": lambda validation, test: validation[:, 0].argmin()},
        "You chose the run by its *first* epoch. Take the smallest value of all."),
    Misunderstanding("first_run", {"run": lambda validation, test: 0},
        "You looked at the first run only. Take the smallest value of all runs."),
    Misunderstanding("epoch_by_mean", _epoch_by_mean,
        "You chose the epoch by its mean over runs, then a run. Take the smallest value of all: "
        "run and epoch together."),
    Misunderstanding("validation_score",
        {"read": lambda validation, test, run, epoch: validation[run, epoch]},
        "That is the validation RMSE of the chosen epoch. It was chosen for being small, so it "
        "flatters. Report test at the same place."),
    Misunderstanding("roles_exchanged",
        lambda validation, test: float(validation.flat[test.argmin()]),
        "The roles are exchanged: you chose by test and reported validation."),
    Misunderstanding("last_epoch", {"epoch": lambda validation, test, run: -1},
        "You read test at the last epoch of the best run. Early stopping keeps the weights of the "
        "epoch that validation liked best."),
    Misunderstanding("next_epoch",
        {"epoch": lambda v, test, run: min(v[run].argmin() + 1, test.shape[1] - 1)},
        "You read one epoch too late. Places count from 0 in both arrays."),
    Misunderstanding("mean_of_runs",
        lambda validation, test: float(_of_each_run(validation, test).mean()),
        "That is the mean over the runs, each at its own best epoch. One run is chosen."),
    Misunderstanding("one_a_run", _of_each_run,
        "You have one number a run. Validation chooses among the runs as well."),
    Misunderstanding("mean_of_curve",
        {"read": lambda validation, test, run, epoch: test[run].mean()},
        "That is the mean test RMSE of the best run. Read it at the chosen epoch."),
    Misunderstanding("mean_at_epoch", _mean_at_epoch,
        "You chose an epoch for all runs together, by their mean, and report the mean over runs. "
        "One run and one epoch are chosen."),
    Misunderstanding("worst_epoch", {"epoch": lambda validation, test, run: test[run].argmax()},
        "You read the run's *largest* test RMSE. Read test where validation is smallest."),
    Misunderstanding("mean_of_all", lambda validation, test: float(test.mean()),
        "That is the mean of all test RMSEs. One run and one epoch are chosen."),
    Misunderstanding("place", {"read": lambda validation, test, run, epoch: np.array([run, epoch])},
        "Those are run and epoch. Read test there."),
    Misunderstanding("worst", _worst,
        "You took the place of the *largest* validation RMSE. Smaller is better: argmin."),
    Misunderstanding("both_together", _of_the_sum,
        "You let test take part in the choice, with validation. It only reports."),
    Misunderstanding("smallest_gap", _of_the_gap,
        "You chose where the two agree best. Choose where validation is smallest."),
]  # fmt: skip

EXERCISES = [
    Exercise(
        name="per_user_rmse",
        reference=_per_user_rmse,
        steps=_rmse_steps,
        cases={
            "three users, out of order": (_USERS, _TRUE, _PRED),
            "one user": (np.zeros(3, int), _TRUE[:3], np.array([4.0, 4.5, 4.0])),
            "one rating each": (np.array([9, 7, 8]), _TRUE[:3], _PRED[:3] + 0.25),
            "sixty ratings of nine users": Drawn(_some_predictions),
            "MovieLens-100K, movie means": OnMovieLens(_movie_means),
        },
        look="section “Why does one prediction have two RMSEs?”: mean over users, the root inside.",
        misunderstandings=_PER_USER_RMSE,
        right="each user weighs the same now",
    ),
    Exercise(
        name="bias_step",
        reference=_bias_step,
        steps=_bias_steps,
        cases={
            "eight ratings in any order, reg 1": (_U, _M, _R, 1.0),
            "eight ratings in any order, reg 5": (_U, _M, _R, 5.0),
            "users 2 and 3 and movie 1 absent": (_U + 2 * (_U > 1), _M + (_M > 0), _R, 2.0),
            "half stars, one user and one movie absent": Drawn(_some_ratings),
            "MovieLens-100K, training ratings": OnMovieLens(_training),
        },
        observe=_as_three,
        look="section “What if both know something?”: divide by count + reg.",
        misunderstandings=_BIAS_STEP,
        right="that is one sweep; fifteen of them give the bias model",
    ),
    network(
        name="dot_network",
        reference=_dot_network,
        inputs=_some_pairs,
        cases={
            "5 users, 7 movies, 3 factors": (5, 7, 3),
            "8 users, 6 movies, 4 factors": (8, 6, 4),
            "other sizes": Drawn(lambda rng: (9, *map(int, rng.integers(4, 8, 2)))),
        },
        look="section “Exercise 3 · The product, layer by layer”: two tables, one product.",
        misunderstandings=_DOT_NETWORK,
        right="two tables and their product: this is the network of 2021",
        twin="course_utils.models.dot",
    ),
    network(
        name="biased_dot_network",
        reference=_biased_dot_network,
        inputs=_some_pairs,
        cases={
            "5 users, 7 movies, 3 factors, mean 3.6": (5, 7, 3, 3.6),
            "8 users, 6 movies, 4 factors, mean 0.4": (8, 6, 4, 0.4),
            "other sizes": Drawn(lambda rng: (9, *map(int, rng.integers(4, 8, 2)), 2.5)),
        },
        look="section “Exercise 4 · The product with biases”: the four parts of the formula.",
        misunderstandings=_BIASED_DOT_NETWORK,
        right="four tables, a sum, a mean: the biased product",
        twin="course_utils.models.biased_dot",
    ),
    Exercise(
        name="sigmoid_range",
        reference=_sigmoid_range,
        steps=_range_steps,
        cases={
            # As tensors come: the ends of the scale as arrays, too.
            "1 to 5 stars": (np.array([-30.0, -1.0, 0.0, 2.0, 30.0]), np.array(1.0), np.array(5.0)),
            "half stars": (np.array([-2.0, 0.0, 0.5]), 0.5, 5.0),
            "a table of scores, 1 to 10": (np.array([[0.25, -3.0, 1.5], [2.0, 0.0, -0.5]]), 1, 10),
            "fifty scores": Drawn(lambda rng: (rng.normal(0, 4, (10, 5)), 2.0, 4.5)),
        },
        look="section “Exercise 5 · A score that stays in range”: from low, high − low wide.",
        misunderstandings=_SIGMOID_RANGE,
        right="every score lands between low and high, and the slope never quite dies",
        twin="course_utils.models.embedding.in_range",
        trained=True,
    ),
    Exercise(
        name="honest_choice",
        reference=_honest_choice,
        steps=_choice_steps,
        cases={
            "three runs of five epochs": (_VALIDATION, _TEST),
            "a single run": (_VALIDATION[1:2], _TEST[1:2]),
            "a single epoch": (_VALIDATION[:, :1], _TEST[:, 3:4]),
            "six runs of eight epochs": Drawn(_some_curves),
            "nine runs of eleven epochs": Drawn(_long_curves),
        },
        look="section “The trap: choosing on the ratings you report”: who chooses, who reports?",
        misunderstandings=_HONEST_CHOICE,
        right="validation chooses, test only reports",
    ),
]
