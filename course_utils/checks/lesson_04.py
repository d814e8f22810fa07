"""Exercises of lesson 04, AutoRec."""

import numpy as np

from course_utils.checks.engine import Drawn, Exercise, Misunderstanding, OnMovieLens
from course_utils.checks.networks import ACTIVATIONS, ByHand, network


def _as_it_is(values, *_):
    return values


# ------------------------------------------------------------------------------- filled_rows
def _filled_rows(users, movies, ratings, shape, init_value=0.0, average=False):
    if average:
        total = np.bincount(users, ratings, minlength=shape[0])
        count = np.bincount(users, minlength=shape[0])
        mean = np.where(count > 0, total / np.maximum(count, 1), np.mean(ratings))
        matrix = np.repeat(mean[:, None], shape[1], axis=1)
    else:
        matrix = np.full(shape, init_value, dtype=float)
    matrix[users, movies] = ratings
    return matrix


def _filled_steps(
    users, movies, ratings, shape, init_value=0.0, average=False, *, dtype=float, averages=True,
    start=_as_it_is, chosen=np.equal, own=lambda stars, ratings, shape: np.mean(stars),
    nobody=lambda means, ratings, init: np.mean(ratings), write=lambda gaps, ratings: ratings,
):  # fmt: skip
    matrix = np.full(shape, start(init_value), dtype)
    if average and averages:
        mine = [ratings[chosen(users, user)] for user in range(shape[0])]
        means = [own(stars, ratings, shape) for stars in mine if len(stars)]
        others = nobody(means, ratings, init_value)
        for user, stars in enumerate(mine):
            matrix[user] = own(stars, ratings, shape) if len(stars) else others
    matrix[users, movies] = write(matrix[users, movies], ratings)
    return matrix


def _last_run(users, user):  # where a user's last neighbouring ratings stand
    run = np.cumsum(np.diff(users, prepend=users[0]) != 0)
    return (users == user) & (run == run[users == user].max(initial=-1))


def _some_ratings(rng):
    cells = rng.permutation(9 * 6)[:24]
    cells = cells[cells // 6 != 4]  # a user without ratings
    stars = (rng.integers(1, 11, len(cells)) / 2).astype("float32")
    return cells // 6, cells % 6, stars, (9, 6), 0.0, True


def _thirty_users(data):
    """Ratings of the first 30 users, in the order of the file: users, movies, stars."""
    rows = data.ratings[data.ratings["user_id"] <= 30]
    users, movies = rows["user_id"].to_numpy() - 1, rows["movie_id"].to_numpy() - 1
    return users, movies, rows["rating"].to_numpy()


# -------------------------------------------------------------- masked_mse, masked_rmse_clip
def _masked_mse(y_true, y_pred):
    mask = y_true != 0
    squared = np.where(mask, (y_true - y_pred) ** 2, 0.0)
    return squared.sum(axis=1) / np.maximum(mask.sum(axis=1), 1)


def _masked_rmse_clip(y_true, y_pred, low, high):
    mask = y_true != 0
    squared = np.where(mask, (y_true - np.clip(y_pred, low, high)) ** 2, 0.0)
    return np.sqrt(squared.sum(axis=1) / np.maximum(mask.sum(axis=1), 1))


def _masked_steps(
    y_true, y_pred, *, rated=lambda y, p: y != 0, error=np.square, axis=1,
    scored=_as_it_is, count=lambda mask, axis: np.maximum(mask.sum(axis), 1), total=_as_it_is,
    finish=_as_it_is,
):  # fmt: skip
    mask = rated(y_true, y_pred)
    errors = error(y_true - y_pred) * scored(mask)
    return finish(total(errors.sum(axis)) / count(mask, axis))


def _clip_steps(
    y_true, y_pred, low, high, *, clip=np.clip, truth=_as_it_is, score=_as_it_is, **steps
):  # fmt: skip
    y_true, y_pred = truth(y_true, low, high), clip(y_pred, low, high)
    return score(_masked_steps(y_true, y_pred, **{"finish": np.sqrt} | steps), low, high)


def _some_rows(rng):
    stars = rng.integers(1, 11, (8, 6)) / 2
    stars[:, 1:][rng.random((8, 5)) < 0.4] = 0
    stars[[2, 5], 0], stars[4] = 0.5, 0
    return stars, rng.normal(3.2, 2.5, (8, 6))


def _rows_of_movielens(data):
    users, movies, ratings = _thirty_users(data)
    stars = np.zeros((30, int(data.movies["movie_id"].max())))
    stars[users, movies] = ratings
    return stars, np.random.default_rng(0).normal(3.5, 1.5, stars.shape)


_TRUE = np.array([[4.0, 0, 2, 0], [0, 5, 0, 0], [1, 2, 3, 4]])
_PRED = np.array([[5.0, 3, 2.5, 1], [2, 7, 3, 3], [0, 2, 5, 5.75]])
_HALVES = np.array([[0, 0.5, 4.5, 2], [0, 0, 0, 0], [0, 0, 0, 0.5], [0.5, 5, 3.5, 0]])
_GUESSES = np.array([[3.0, 2, 4, 0], [3, 3, 3, 3], [1, 4, 5.5, 2], [-1.25, 6, 0, 2]])
_TENS = (np.array([[10.0, 0, 7], [0, 1, 6]]), np.array([[12.0, 5, 6], [3, 0.25, 8.5]]))

_MASKED = [
    Misunderstanding("all_cells", {"rated": lambda y, p: np.ones(y.shape, bool)},
        "You scored the unrated cells too: a network that answers 0 there would win."),
    Misunderstanding("at_least_one", {"rated": lambda y, p: y >= 1},
        "Half a star is a rating too. The mask is y_true != 0."),
    Misunderstanding("above_one", {"rated": lambda y, p: y > 1},
        "Half a star and one star are ratings too. The mask is y_true != 0."),
    Misunderstanding("inverted_mask", {"rated": lambda y, p: y == 0},
        "Your mask is upside down: it keeps the gaps. A cell counts where y_true != 0."),
    Misunderstanding("only_counted", {"scored": lambda mask: np.ones_like(mask)},
        "The errors in the gaps are in your sum. Multiply the squared errors by the mask."),
    Misunderstanding("divides_by_columns", {"count": lambda mask, axis: mask.shape[1]},
        "The sum is right, the count is not. Divide by the number of *rated* cells of the row."),
    Misunderstanding("sum", {"count": lambda mask, axis: 1},
        "That is a sum over the row (masked_sse). Divide by the number of rated cells."),
    Misunderstanding("columns", {"axis": 0},
        "That is one value a column. Rows are asked: sum along axis=1."),
    Misunderstanding("one_number", {"axis": None},
        "That is one number for the whole batch. Return one value a row."),
]  # fmt: skip


# ---------------------------------------------------------------------------- autorec_network
def _autorec_network(
    n_columns, hidden, activation, *, output="linear", width=_as_it_is, columns=_as_it_is,
    hidden_bias=True, output_bias=True, tied=False, noise=(),
):  # fmt: skip
    hidden, n_outputs = width(hidden), columns(n_columns)
    kinds = {"V": (n_columns, hidden), "m": (hidden,), "W": (hidden, n_outputs), "b": (n_outputs,)}
    left_out = {"m": hidden_bias, "b": output_bias, "W": not tied}
    names = [name for name in kinds if left_out.get(name, True)]

    def forward(weights, row):
        of = dict(zip(names, weights, strict=True))
        inside = ACTIVATIONS[activation](row @ of["V"] + of.get("m", 0.0))
        outside = inside @ of.get("W", of["V"].T if tied else None) + of.get("b", 0.0)
        return ACTIVATIONS[output](outside)

    return ByHand([kinds[name] for name in names], forward, noise)


def _a_row(n_columns, *_):
    return np.random.default_rng(7).integers(0, 6, (4, n_columns)).astype("float32")


# ----------------------------------------------------------------------------------- keras_l2
def _keras_l2(lam, n_rows):
    return lam / 2 / n_rows


def _l2_steps(lam, n_rows, *, half=2, rows=_as_it_is):
    return lam / half / rows(n_rows)


# ------------------------------------------------------------------------------- read_ratings
def _read_ratings(movies, residuals, how, who):
    total = residuals @ how[movies] + who[movies].sum(axis=0)
    return total / np.sqrt(max(len(movies), 1))


def _read_steps(
    movies, residuals, how, who, *, read_how=np.take, read_who=np.take, told=np.matmul,
    chosen=lambda r, vectors: vectors.sum(axis=0),
    below=lambda n, table: np.sqrt(max(n, 1)),
):  # fmt: skip
    vectors, others = read_how(how, movies, axis=0), read_who(who, movies, axis=0)
    total = told(residuals, vectors) + chosen(residuals, others)
    return total / below(len(movies), how)


def _some_reader(rng):
    return (rng.permutation(9)[:5], rng.normal(0, 1, 5), *rng.normal(0, 1, (2, 9, 3)))


def _first_reader(data):
    mine = data.ratings[data.ratings["user_id"] == data.ratings["user_id"].iloc[0]]
    residuals = (mine["rating"] - data.ratings["rating"].mean()).to_numpy(float)
    size = (2, int(data.movies["movie_id"].max()), 8)
    how, who = np.random.default_rng(0).normal(0, 1, size)
    return mine["movie_id"].to_numpy() - 1, residuals, how, who


_USERS = np.array([3, 0, 1, 3, 0, 3, 0, 3])
_MOVIES = np.array([1, 2, 0, 3, 0, 0, 1, 2])
_STARS = np.array([0.5, 4.5, 2.0, 4.0, 4.5, 5.0, 1.0, 4.0])
_RATED = (_USERS, _MOVIES, _STARS, (5, 4))
_HOW, _WHO = np.random.default_rng(4).normal(0, 1, (2, 5, 4)).round(1)

_FILLED_ROWS = [
    Misunderstanding("transposed", lambda *arguments: _filled_rows(*arguments).T,
        "Rows are users here: matrix[user, movie], of the shape you were given."),
    Misunderstanding("whole_numbers", {"dtype": int},
        "Half a star got lost: np.full(shape, 0) makes whole numbers. Say dtype=float."),
    Misunderstanding("overall_average", {"own": lambda stars, ratings, shape: np.mean(ratings)},
        "You filled with the mean of all ratings. Each row gets its own user's mean."),
    Misunderstanding("average_with_gaps",
        {"own": lambda stars, _, shape: stars.sum() / shape[1], "nobody": lambda *_: 0},
        "Your mean counts the unrated cells as zeros. Average the ratings only."),
    Misunderstanding("average_everywhere", {"write": _as_it_is},
        "The ratings themselves are gone. Fill first, then write the ratings over it."),
    Misunderstanding("average_ignored", {"averages": False},
        "With average=True the gaps get the mean of their user, not init_value."),
    Misunderstanding("init_ignored", {"start": lambda init: 0},
        "You left 0 in the gaps. They get init_value."),
    Misunderstanding("movie_average", lambda u, m, r, n, *x: _filled_rows(m, u, r, n[::-1], *x).T,
        "You averaged the columns: each movie's ratings. Asked is the mean of the user."),
    Misunderstanding("users_in_order", {"chosen": _last_run},
        "Your mean takes only ratings of a user that stand side by side. They come in any order."),
    Misunderstanding("different_stars", {"own": lambda stars, *_: np.mean(np.unique(stars))},
        "A set holds 4 stars once, however often the user gave them. Average all ratings."),
    Misunderstanding("median", {"own": lambda stars, ratings, shape: np.median(stars)},
        "That is the median. The mean is asked."),
    Misunderstanding("empty_user_zero", {"nobody": lambda *_: 0},
        "A user without ratings got 0. Their row gets the mean of all ratings."),
    Misunderstanding("empty_user_init", {"nobody": lambda means, ratings, init: init},
        "A user without ratings got init_value. Their row gets the mean of all ratings."),
    Misunderstanding("empty_user_nan", {"nobody": lambda *_: np.nan},
        "The mean of no ratings is nan. A user without any gets the mean of all ratings."),
    Misunderstanding("mean_of_means", {"nobody": lambda means, ratings, init: np.mean(means)},
        "For a user without ratings you took the mean of means. Take that of all ratings."),
    Misunderstanding("stars_cut", {"write": lambda gap, r: np.trunc(r)},
        "The ratings lost their half stars: .astype(int) drops them. Leave them as floats."),
    Misunderstanding("added", {"write": lambda gaps, ratings: gaps + ratings},
        "You added the ratings to the filling. Write them over it: = instead of +=."),
    Misunderstanding("half_star_gap", {"write": lambda gap, r: np.where(r < 1, gap, r)},
        "A rating of half a star is lost: your test for gaps takes it for one."),
]  # fmt: skip

_MASKED_MSE = [
    *_MASKED,
    Misunderstanding("divides_by_zero", {"count": lambda mask, axis: mask.sum(axis)},
        "A row without ratings gives 0 / 0. Divide by at least 1."),
    Misunderstanding("mask_of_predictions", {"rated": lambda y, p: p != 0},
        "You made the mask from the predictions. What is rated, only y_true knows."),
    Misunderstanding("mask_of_both", {"rated": lambda y, p: (y > 0) & (p > 0)},
        "A cell counts where it is rated, whatever the prediction is: y_true alone decides."),
    Misunderstanding("not_summed", lambda y, p: np.where(y != 0, (y - p) ** 2, 0),
        "Those are the squared errors of all cells. Take the mean of each row."),
    Misunderstanding("dropped", lambda y, p: _masked_mse(y[y.any(1)], p[y.any(1)]),
        "You left out rows without ratings. They give 0: one value for every row."),
    Misunderstanding("half", {"error": lambda error: error**2 / 2},
        "You halved the squares. A mean squared error has no half."),
    Misunderstanding("absolute", {"error": np.abs},
        "Those are absolute errors. Square them."),
    Misunderstanding("not_squared", {"error": _as_it_is},
        "Errors of different sign cancel. Square each before you add them up."),
    Misunderstanding("squared_late", {"error": _as_it_is, "finish": np.square},
        "You squared the mean. Square each error first, then take the mean."),
    Misunderstanding("root", {"finish": np.sqrt},
        "That is in stars. A mean *squared* error is asked: leave the root."),
]  # fmt: skip

_MASKED_RMSE_CLIP = [
    Misunderstanding("not_clipped", {"clip": _as_it_is},
        "A prediction of 7 stars is still 7. Clip predictions to the scale first."),
    Misunderstanding("clips_truth", {"truth": np.clip},
        "You clipped the target as well: its zeros became ratings, so the mask holds every cell."),
    Misunderstanding("no_root", {"finish": _as_it_is},
        "That is in stars squared. Take the root of each row."),
    Misunderstanding("one_to_five", {"clip": lambda p, low, high: np.clip(p, 1, 5)},
        "You clipped to 1 … 5. The scale is low … high: other datasets have half stars."),
    Misunderstanding("only_top", {"clip": lambda p, low, high: np.minimum(p, high)},
        "Predictions below the scale are still there. Clip at low too."),
    Misunderstanding("only_bottom", {"clip": lambda p, low, high: np.maximum(p, low)},
        "Predictions above the scale are still there. Clip at high too."),
    Misunderstanding("bounds_exchanged", {"clip": lambda p, low, high: np.full_like(p, low)},
        "All your predictions became the same: np.clip(values, low, high), low first."),
    Misunderstanding("clips_score", {"clip": _as_it_is, "score": np.clip},
        "You clipped the result. Clip the predictions, before the errors are taken."),
    Misunderstanding("absolute", {"error": np.abs, "finish": _as_it_is},
        "The root of each square is its absolute value. Mean first, then one root a row."),
    Misunderstanding("early_root", {"total": np.sqrt, "finish": _as_it_is},
        "You took the root of the sum, then divided. Divide first, then take the root."),
    *_MASKED,
]  # fmt: skip

_AUTOREC_NETWORK = [
    Misunderstanding("activation_outside", lambda n, h, g: _autorec_network(n, h, g, output=g),
        "The activation stands on your output, too: then no rating can leave its range. f is "
        "the identity: Dense(n_columns) without an activation."),
    Misunderstanding("exchanged",
        lambda n, h, g: _autorec_network(n, h, "linear", output=g),
        "The activation stands on the output and not on the hidden layer. g belongs inside."),
    Misunderstanding("sigmoid_outside", {"output": "sigmoid"},
        "A sigmoid ends at 1: stars go to 5. The output stays linear."),
    Misunderstanding("softmax_outside", {"output": "softmax"},
        "A softmax shares one whole among all movies. Each cell has a rating of its own: leave the "
        "output linear."),
    Misunderstanding("relu_outside", {"output": "relu"},
        "A relu on the output learns nothing from a cell that it sets to 0. Leave it linear."),
    Misunderstanding("no_activation", lambda n, h, g: _autorec_network(n, h, "linear"),
        "Without g the network is a product of two matrices. The hidden layer has the activation "
        "that was handed in."),
    Misunderstanding("always_sigmoid", lambda n, h, g: _autorec_network(n, h, "sigmoid"),
        "You wrote one activation down. Use the argument."),
    Misunderstanding("always_relu", lambda n, h, g: _autorec_network(n, h, "relu"),
        "You wrote one activation down. Use the argument."),
    Misunderstanding("no_hidden_bias", {"hidden_bias": False},
        "The hidden layer has no bias: m is missing. Leave out use_bias=False."),
    Misunderstanding("no_output_bias", {"output_bias": False},
        "The output has no bias: b is missing. Then an empty row gives every movie the same start. "
        "Leave out use_bias=False."),
    Misunderstanding("no_bias", {"hidden_bias": False, "output_bias": False},
        "Both biases are missing, m and b. Dense has one unless use_bias=False."),
    Misunderstanding("one_stars", {"columns": lambda n: 1},
        "That is one number a row. A whole row is asked: Dense(n_columns)."),
    Misunderstanding("tied", {"tied": True},
        "You used V twice. Here W is a matrix of its own."),
    Misunderstanding("dropout_hidden",
        lambda n, h, g: _autorec_network(n, h, g, noise=(f"Dropout(0.5) after Dense({h})",)),
        "A dropout was not asked here. It comes later, and on the input."),
    Misunderstanding("dropout_input",
        lambda n, h, g: _autorec_network(n, h, g, noise=("Dropout(0.5) after the input",)),
        "A dropout was not asked here. It comes later in the lesson."),
    Misunderstanding("fixed_500", {"width": lambda hidden: 500},
        "You wrote the number of hidden units down. Use the argument."),
]  # fmt: skip

_KERAS_L2 = [
    Misunderstanding("unscaled", {"rows": lambda n_rows: 1},
        "The paper's loss is a sum over rows, Keras' a mean. Divide by the number of rows."),
    Misunderstanding("no_half", {"half": 1},
        "The paper writes λ/2, Keras' L2 has no half of its own. The half is missing."),
    Misunderstanding("doubled", {"half": 0.5},
        "The half stands on the paper's side: λ/2 is what Keras calls l2. You multiplied by 2."),
    Misunderstanding("multiplied", {"rows": lambda n_rows: 1 / n_rows},
        "From a sum to a mean one divides: both the errors and the penalty shrink."),
    Misunderstanding("root_of_rows", {"rows": np.sqrt},
        "A mean over rows is the sum divided by their number, not by its root."),
    Misunderstanding("whole_division", lambda lam, n_rows: lam // 2 / n_rows,
        "// drops what stands behind the decimal point. Divide with /."),
    Misunderstanding("rows_of_the_lesson", lambda lam, n_rows: lam / 2 / 1682,
        "You divided by the rows of one dataset. Use n_rows."),
]  # fmt: skip

_READ_RATINGS = [
    Misunderstanding("no_root", {"below": lambda n, table: 1},
        "That is the plain sum: who rates a lot gets a very long vector. Divide by √n."),
    Misunderstanding("mean", {"below": lambda n, table: max(n, 1)},
        "You divided by n: then one rating says as much as a hundred. Divide by √n."),
    Misunderstanding("root_of_all", {"below": lambda n, table: np.sqrt(len(table))},
        "n counts the movies that this user rated, not all movies."),
    Misunderstanding("divides_by_zero", {"below": lambda n, table: np.sqrt(n)},
        "A user without ratings gives 0 / 0. Nothing read is a vector of zeros."),
    Misunderstanding("only_how", {"chosen": lambda r, vectors: 0},
        "That they chose a movie says something too, even with residual 0: add who[movie]."),
    Misunderstanding("only_who", {"told": lambda r, vectors: 0},
        "That they rated a movie is in, how they rated it is not: add residual · how[movie]."),
    Misunderstanding("no_residuals", {"told": lambda r, vectors: vectors.sum(axis=0)},
        "how[movie] comes in whole. Multiply it by the rating's residual first."),
    Misunderstanding("times_both", {"chosen": lambda r, vectors: r @ vectors},
        "The residual multiplies how[movie] alone; who[movie] comes in whole. Mind the brackets."),
    Misunderstanding("only_who_divided", {"told": lambda r, vectors: r @ vectors * len(r) ** 0.5},
        "Only the second sum is divided by √n. Put brackets around both."),
    Misunderstanding("only_how_divided", {"chosen": lambda r, v: v.sum(axis=0) * len(v) ** 0.5},
        "Only the first sum is divided by √n. Put brackets around both."),
    Misunderstanding("mean_of_who", {"chosen": lambda r, v: v.sum(axis=0) / max(len(v), 1)},
        "You took the mean of who[movies]. Add them up; √n comes after."),
    Misunderstanding("absolute", {"told": lambda r, vectors: np.abs(r) @ vectors},
        "The signs of the residuals are lost: below the expected is not the same as above."),
    Misunderstanding("everybody", {"read_who": lambda table, movies, axis: table},
        "You added who of all movies. Take the movies that this user rated."),
    Misunderstanding("first_rows", lambda m, *others: _read_ratings(np.arange(len(m)), *others),
        "You took the first rows of the tables. Look up the rated movies: how[movies]."),
    Misunderstanding("sorted_movies", {"read_how": lambda table, m, axis: table[np.sort(m)]},
        "The movies were put in order, their residuals were not. how[movies] keeps the order."),
    Misunderstanding("exchanged", lambda m, r, how, who: _read_ratings(m, r, who, how),
        "how and who changed places: the residual multiplies how."),
    Misunderstanding("residuals_added", {"told": lambda r, vectors: r.sum() + vectors.sum(axis=0)},
        "You added the residuals. They multiply how[movie]."),
    Misunderstanding("expected_dropped", lambda m, r, *t: _read_ratings(m[r != 0], r[r != 0], *t),
        "A residual of 0 is a rating too: its movie belongs to the sum and to n."),
]  # fmt: skip

EXERCISES = [
    Exercise(
        name="filled_rows",
        reference=_filled_rows,
        steps=_filled_steps,
        cases={
            "zeros in the gaps": _RATED,
            "threes in the gaps": (*_RATED, 3),
            "averages in the gaps, users 2 and 4 without ratings": (*_RATED, 0.0, True),
            "averages, whatever init_value is": (*_RATED, 4, True),
            "nine users, averages": Drawn(_some_ratings),
            "MovieLens-100K, 30 users, averages": OnMovieLens(
                lambda data: (*_thirty_users(data), (30, len(data.movies)), 0.0, True)
            ),
        },
        axes=("user", "movie"),
        look="Section “Exercise 1 · Rows with their gaps filled”: the docstring's last sentences.",
        misunderstandings=_FILLED_ROWS,
        right="the gaps are filled and the ratings are kept",
    ),
    Exercise(
        name="masked_mse",
        reference=_masked_mse,
        steps=_masked_steps,
        cases={
            "three users": (_TRUE, _PRED),
            "half stars, user 1 without ratings": (_HALVES, _GUESSES),
            "eight users": Drawn(_some_rows),
            "MovieLens-100K, 30 users": OnMovieLens(_rows_of_movielens),
        },
        axes=("user",),
        look="Section “What should the loss look at?”: what is 1 in the mask, and what is 0?",
        misunderstandings=_MASKED_MSE,
        right="only rated cells count",
        twin="course_utils.models.masked_mse",
        trained=True,
    ),
    network(
        name="autorec_network",
        reference=_autorec_network,
        inputs=_a_row,
        cases={
            "6 movies, 3 hidden units, sigmoid": (6, 3, "sigmoid"),
            "5 movies, 8 hidden units, ELU": (5, 8, "elu"),
            "other sizes": Drawn(lambda rng: (*map(int, rng.integers(4, 9, 2)), "tanh")),
        },
        look="Section “Build it”: the formula, and what stands under each of its letters.",
        misunderstandings=_AUTOREC_NETWORK,
        right="shapes, parameters and output agree: this is AutoRec",
        twin="course_utils.models.autorec",
    ),
    Exercise(
        name="masked_rmse_clip",
        reference=_masked_rmse_clip,
        steps=_clip_steps,
        cases={
            "1 to 5 stars": (_TRUE, _PRED, 1, 5),
            "half stars": (_HALVES[[3, 0, 2]], _GUESSES[[3, 0, 2]], 0.5, 5),
            "a scale from 1 to 10": (*_TENS, 1, 10),
            "four users": Drawn(lambda rng: (*(rows[:4] for rows in _some_rows(rng)), 0.5, 5)),
            "MovieLens-100K, 30 users": OnMovieLens(lambda data: (*_rows_of_movielens(data), 1, 5)),
        },
        axes=("user",),
        look="Section “Exercise 4 · The metric of 2021”: what is clipped, and what is rooted?",
        misunderstandings=_MASKED_RMSE_CLIP,
        right="clipped, masked, rooted: the metric of 2021",
    ),
    Exercise(
        name="keras_l2",
        reference=_keras_l2,
        steps=_l2_steps,
        cases={
            "λ = 150, 1,682 rows": (150.0, 1682),
            "λ = 7, 10 rows": (7, 10),
            "other numbers": Drawn(lambda rng: (rng.uniform(1, 400), int(rng.integers(50, 4000)))),
            "MovieLens-100K, users as rows": OnMovieLens(
                lambda data: (200.0, data.ratings["user_id"].nunique())
            ),
        },
        tolerance=1e-6,
        look="Section “Exercise 5 · λ in Keras' units”: write both sums, divide one by the rows.",
        misunderstandings=_KERAS_L2,
        right="the same objective, in Keras' units",
    ),
    Exercise(
        name="read_ratings",
        reference=_read_ratings,
        steps=_read_steps,
        cases={
            "three ratings": (np.array([3, 0, 4]), np.array([0.5, -1.5, 1.0]), _HOW, _WHO),
            "rated as expected": (np.array([2, 1]), np.zeros(2), _HOW, _WHO),
            "nothing rated": (np.array([], int), np.array([]), _HOW, _WHO),
            "five ratings in any order": Drawn(_some_reader),
            "MovieLens-100K, one user": OnMovieLens(_first_reader),
        },
        look="Section “And the user?”: the sum below it, and what each of its four letters is.",
        misunderstandings=_READ_RATINGS,
        right="the other half of SVD++, in front of a decoder",
    ),
]
