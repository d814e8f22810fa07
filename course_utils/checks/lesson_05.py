"""Exercises of lesson 05, the deep autoencoder."""

from itertools import pairwise

import numpy as np

from course_utils.checks.engine import Drawn, Exercise, Misunderstanding, OnMovieLens


# --------------------------------------------------------------------------- dense_parameters
def _dense_parameters(widths):
    total = 0
    for i in range(1, len(widths)):
        total += widths[i - 1] * widths[i] + widths[i]
    return total


def _dense_steps(widths, *, layers=pairwise, bias=lambda before, after: after):
    return sum(before * after + bias(before, after) for before, after in layers(widths))


def _some_widths(rng):
    return (rng.integers(2, 400, 6).tolist(),)


# ---------------------------------------------------------------------------------- data_term
def _data_term(loss, kernels, l2):
    return loss - l2 * sum((kernel**2).sum() for kernel in kernels)


def _term_steps(
    loss, kernels, l2, *, used=lambda kernels: kernels, size=lambda kernel: np.sum(kernel**2),
    add=sum, factor=lambda l2: l2, taken=np.subtract, finish=lambda value: value,
):  # fmt: skip
    penalty = factor(l2) * add([size(kernel) for kernel in used(kernels)])
    return finish(taken(loss, penalty))


def _some_kernels(rng):
    shapes = [(5, 3), (3, 4), (4, 2)]
    kernels = [rng.normal(0, 0.6, shape).astype("float32") for shape in shapes]
    return float(rng.uniform(1, 1.5)), kernels, 0.02


def _kernels_of_movielens(data):
    shapes = [(len(data.movies), 8), (8, 4), (4, 8), (8, len(data.movies))]
    rng = np.random.default_rng(0)
    return 1.25, [rng.normal(0, 0.1, shape) for shape in shapes], 0.001


# ----------------------------------------------------------------------------------- init_std
def _init_std(fan_in, fan_out):
    return 1 / np.sqrt(fan_in)


def _std_steps(fan_in, fan_out, *, width=lambda before, after: before, gain=1, finish=np.sqrt):
    return finish(gain / width(fan_in, fan_out))


# -------------------------------------------------------------------------------------- top_n
def _top_n(stars, seen, support, n, minimum_support):
    allowed = ~seen & (support >= minimum_support)
    order = np.argsort(-stars, kind="stable")
    return order[allowed[order]][:n]


def _top_steps(
    stars, seen, support, n, minimum_support, *, free=np.logical_not, enough=np.greater_equal,
    by=lambda stars, support: stars, cut=lambda order, n: order[:n],
    form=lambda best, stars, allowed: best,
):  # fmt: skip
    allowed = free(seen) & enough(support, minimum_support)
    order = np.argsort(-by(stars, support), kind="stable")
    return form(cut(order[allowed[order]], n), stars, allowed)


def _others_get(value):
    """The movies to be left out are kept, with ``value`` stars."""

    def best(stars, seen, support, n, minimum_support):
        allowed = ~seen & (support >= minimum_support)
        return np.argsort(-np.where(allowed, stars, value), kind="stable")[:n]

    return best


def _cut_before_filtering(stars, seen, support, n, minimum_support):
    best = np.argsort(-stars, kind="stable")[:n]
    return best[~seen[best] & (support[best] >= minimum_support)]


def _mask_in_another_order(stars, seen, support, n, minimum_support):
    return np.argsort(-stars, kind="stable")[~seen & (support >= minimum_support)][:n]


def _brackets(stars, seen, support, n, minimum_support):
    order = np.argsort(-stars, kind="stable")
    return order[((~seen & support) >= minimum_support)[order]][:n]


def _some_predictions(rng):
    """So many that a partition of them comes out unsorted."""
    stars, seen = rng.normal(3.8, 1, 600), rng.random(600) < 0.2
    return stars, seen, 3 * rng.permutation(600), 300, 150


def _predictions_on_movielens(data):
    support = np.bincount(data.ratings["movie_id"])[1:]
    mine = data.ratings.loc[data.ratings["user_id"] == data.ratings["user_id"].iloc[0], "movie_id"]
    seen = np.isin(np.arange(len(support)), mine - 1)
    return np.random.default_rng(0).normal(3.5, 0.8, len(support)), seen, support, 8, 20


_KERNELS = [np.array([[0.5, -1.0], [2.0, 0.25]]), np.array([[1.5], [-0.5]])]
_MOVIES = (
    np.array([3.9, 5.96, 5.7, 4.2, 4.6, 5.1, 2.2, 4.5, -0.4, 5.3]),
    np.array([False, False, True, False, False, False, True, False, False, False]),
    np.array([50, 2, 300, 120, 20, 31, 40, 19, 75, 22]),
)

_DENSE_PARAMETERS = [
    Misunderstanding("no_biases", {"bias": lambda before, after: 0},
        "The kernels are counted, the biases are not: one for each unit of a layer, the output "
        "layer included."),
    Misunderstanding("biases_of_inputs", {"bias": lambda before, after: before},
        "A bias belongs to the unit that adds it up: one for each output, not for each input."),
    Misunderstanding("one_bias_a_layer", {"bias": lambda before, after: 1},
        "Each *unit* of a layer has a bias of its own, not each layer."),
    Misunderstanding("one_bias_a_width",
        lambda widths: len(widths) + _dense_steps(widths, bias=lambda before, after: 0),
        "You counted one bias for each width. Each *unit* of a layer has one, the inputs none."),
    Misunderstanding("one_on_both_sides", {"bias": lambda before, after: before + after + 1},
        "(before + 1) · (after + 1) counts a bias for the inputs too. Add 1 to the inputs only."),
    Misunderstanding("biases_subtracted", {"bias": lambda before, after: -after},
        "Biases are parameters as well: add them."),
    Misunderstanding("input_biases", lambda widths: _dense_parameters(widths) + widths[0],
        "The input is no layer: it has no biases."),
    Misunderstanding("hidden_biases_only", lambda widths: _dense_parameters(widths) - widths[-1],
        "Nearly: the output layer has biases too, one a column."),
    Misunderstanding("no_output_layer", {"layers": lambda widths: pairwise(widths[:-1])},
        "One layer is missing. The output layer has weights too, and as many as the first."),
    Misunderstanding("no_first_layer", {"layers": lambda widths: pairwise(widths[1:])},
        "The first layer is missing: it leads from the input to the first hidden units."),
    Misunderstanding("first_layer_only", {"layers": lambda widths: [widths[:2]]},
        "That is the first layer alone. Does your return stand inside the loop?"),
    Misunderstanding("every_second", {"layers": lambda w: zip(w[::2], w[1::2], strict=False)},
        "You left out every second layer: what one layer puts out, the next takes in."),
    Misunderstanding("square_layers", {"layers": lambda w: zip(w[1:], w[1:], strict=True)},
        "A kernel has the width *before* times the width *after*, not a width times itself."),
    Misunderstanding("sum_of_widths", sum,
        "That is the number of units. Each unit has a weight for every input, and a bias."),
    Misunderstanding("product", lambda widths: int(np.prod(widths)),
        "You multiplied all widths. Each layer has a kernel of its own: add them up."),
    Misunderstanding("bytes", lambda widths: 4 * _dense_parameters(widths),
        "Those are bytes of 32-bit floats. The number of parameters is asked."),
]  # fmt: skip

_DATA_TERM = [
    Misunderstanding("root_of_loss", lambda loss, kernels, l2: np.sqrt(loss),
        "The root of the whole loss: the penalty is still in it. Take the penalty away first."),
    Misunderstanding("root", {"finish": np.sqrt},
        "The penalty is out, well done, but the question asks for stars². Leave the root."),
    Misunderstanding("half", {"factor": lambda l2: l2 / 2},
        "Papers write λ/2 · Σw². Keras' L2 has no half: l2 · Σw²."),
    Misunderstanding("twice", {"factor": lambda l2: 2 * l2},
        "You took the penalty out twice. It stands in the loss once: l2 · Σw²."),
    Misunderstanding("no_factor", {"factor": lambda l2: 1},
        "The penalty is l2 times the sum of squares. You took the sum alone."),
    Misunderstanding("factor_squared", {"factor": lambda l2: l2**2},
        "You squared l2 as well. Square the weights, then multiply by l2."),
    Misunderstanding("mean_of_squares", {"size": lambda kernel: np.mean(kernel**2)},
        "The penalty is a sum over all weights, not their mean."),
    Misunderstanding("absolute_values", {"size": lambda kernel: np.sum(np.abs(kernel))},
        "That is the L1 penalty. L2 squares each weight."),
    Misunderstanding("not_squared", {"size": np.sum},
        "You added the weights up. L2 squares each of them first."),
    Misunderstanding("square_of_sum", {"size": lambda kernel: np.sum(kernel) ** 2},
        "You added the weights, then squared the sum. Square each weight, then add."),
    Misunderstanding("norm", {"size": np.linalg.norm},
        "A norm is the root of the sum of squares. Leave the root: (kernel**2).sum()."),
    Misunderstanding("matrix_product", {"size": lambda kernel: np.sum(kernel @ kernel.T)},
        "kernel @ kernel.T multiplies rows with *other* rows too. Square each weight: kernel**2."),
    Misunderstanding("largest", {"size": lambda kernel: np.max(kernel**2), "add": max},
        "You took the largest weight alone. All of them are penalised: add their squares up."),
    Misunderstanding("root_of_penalty", {"add": lambda parts: np.sqrt(sum(parts))},
        "You took the root of the sum of squares. Keras' penalty has none."),
    Misunderstanding("square_of_all", {"size": np.sum, "add": lambda parts: sum(parts) ** 2},
        "You added all weights, then squared the sum. Square each weight, then add."),
    Misunderstanding("one_kernel", {"used": lambda kernels: kernels[:1]},
        "You counted the first kernel only. All of them are penalised."),
    Misunderstanding("last_kernel", {"used": lambda kernels: kernels[-1:]},
        "You counted the last kernel only: in the loop, add to the penalty (+=)."),
    Misunderstanding("mean_over_kernels", {"add": np.mean},
        "You took a mean over the kernels. Keras adds their penalties up."),
    Misunderstanding("added", {"taken": np.add},
        "The loss holds the penalty already. Subtract it."),
    Misunderstanding("penalty_alone", {"taken": lambda loss, penalty: penalty},
        "That is the penalty. Asked is the rest of the loss, without it."),
    Misunderstanding("nothing_taken", {"taken": lambda loss, penalty: loss},
        "That is the loss as it was. Take the penalty out: l2 · Σw² over all kernels."),
    Misunderstanding("root_first", {"taken": lambda loss, penalty: np.sqrt(loss) - penalty},
        "You took the root first. Loss and penalty are both in stars²: subtract, without a root."),
]  # fmt: skip

_INIT_STD = [
    Misunderstanding("variance", {"finish": lambda value: value},
        "That is the variance of the weights. A standard deviation is its root."),
    Misunderstanding("fan_out", {"width": lambda before, after: after},
        "An output is a sum over the layer's *inputs*. How many outputs there are does not change "
        "it."),
    Misunderstanding("glorot", {"width": lambda before, after: (before + after) / 2},
        "That is Glorot's compromise between the way forward and the way back. Asked is the way "
        "forward alone."),
    Misunderstanding("he", {"gain": 2},
        "That is He's, made for ReLU, which loses half of its input. Here nothing is lost, so the "
        "variance would double in each layer."),
    Misunderstanding("limit", {"gain": 3},
        "√3 times the standard deviation is the limit of a *uniform* draw. Its standard deviation "
        "is asked."),
    Misunderstanding("sum_of_both", {"width": np.add},
        "You counted outputs among the inputs. An output is a sum over fan_in products."),
    Misunderstanding("product", {"width": np.multiply},
        "fan_in · fan_out is the size of the kernel. Only fan_in weights meet in one output."),
    Misunderstanding("larger", {"width": max},
        "The larger of the two is not always the number of inputs. Take fan_in."),
    Misunderstanding("ratio", {"width": lambda before, after: before / after},
        "How many outputs there are does not change the sum that each of them is."),
    Misunderstanding("one", lambda fan_in, fan_out: 1.0,
        "Then each output is fan_in terms of variance 1: the signal grows with the width."),
    Misunderstanding("constant", lambda fan_in, fan_out: 0.02,
        "One number for all layers keeps no signal: with more inputs the sum has more terms, so "
        "each weight must be smaller."),
]  # fmt: skip

_TOP_N = [
    Misunderstanding("seen_kept", {"free": np.ones_like},
        "There is a movie in your list that the user has already rated. Remove the seen ones."),
    Misunderstanding("only_seen", {"free": lambda seen: seen},
        "You kept the movies that the user has *seen*: a ~ is missing."),
    Misunderstanding("no_minimum", {"enough": lambda support, minimum: support >= 0},
        "The movie with two ratings is still in. Movies with less than the minimum support must "
        "go."),
    Misunderstanding("more_than_minimum", {"enough": np.greater},
        "A movie with *exactly* the minimum support may stay: >=, not >."),
    Misunderstanding("at_most", {"enough": np.less_equal},
        "You kept the movies with *little* support. At least minimum_support ratings are asked."),
    Misunderstanding("worst_first", {"by": lambda stars, support: -stars},
        "argsort sorts upwards: you recommend the worst. Sort by minus the stars."),
    Misunderstanding("by_support", {"by": lambda stars, support: support},
        "You sorted by support: those are the movies with most ratings. Sort by stars; support "
        "only says what may take part."),
    Misunderstanding("by_product", {"by": lambda stars, support: stars * support},
        "stars · support puts famous movies first. Support only says what may take part."),
    Misunderstanding("clipped", {"by": lambda stars, support: np.clip(stars, 1, 5)},
        "Clipped to 5 stars, the best ones look alike, and their order is lost. Sort as they are."),
    Misunderstanding("rounded", {"by": lambda stars, support: np.round(stars)},
        "Rounded stars look alike, and their order is lost. Sort them as they are."),
    Misunderstanding("not_sorted", {"by": lambda stars, support: 0 * stars},
        "Your list is in the order of the index. Sort by stars, then take the first n."),
    Misunderstanding("best_last", {"cut": lambda order, n: order[:n][::-1]},
        "The right movies, but the best stands last. Turn the list round: [::-1]."),
    Misunderstanding("first_skipped", {"cut": lambda order, n: order[1 : n + 1]},
        "The best movie is missing: places count from 0, so the first n are [:n]."),
    Misunderstanding("one_too_many", {"cut": lambda order, n: order[: n + 1]},
        "One movie too many: [:n] takes n of them."),
    Misunderstanding("not_cut", {"cut": lambda order, n: order},
        "That is everything that is left. Take the first n."),
    Misunderstanding("positions_after_filtering",
        {"form": lambda best, stars, allowed: np.cumsum(allowed)[best] - 1},
        "You removed movies first, so your numbers count places in the shortened list. Translate "
        "them back to movie indices."),
    Misunderstanding("cut_before_filtering", _cut_before_filtering,
        "Your list is too short: you took the best n first and removed movies after. Filter, then "
        "cut."),
    Misunderstanding("mask_in_another_order", _mask_in_another_order,
        "The list is sorted, your mask is not: it stands in the order of the index. Bring it into "
        "the list's order, allowed[order]."),
    Misunderstanding("filled_up", _others_get(-np.inf),
        "Movies that are left out come back at the end of your list. Where fewer than n are left, "
        "return fewer."),
    Misunderstanding("filled_up_with_zeros", _others_get(0),
        "0 stars do not take a movie out: it comes back when fewer than n are left. Remove it."),
    Misunderstanding("brackets", _brackets,
        "& binds more strongly than >=. Put the comparison in brackets: ~seen & (support >= …)."),
    Misunderstanding("stars_returned", {"form": lambda best, stars, allowed: stars[best]},
        "Those are the stars. Return the movies' indices."),
    Misunderstanding("pairs",
        {"form": lambda best, stars, allowed: np.column_stack([best, stars[best]])},
        "Those are indices with their stars. Return the indices alone."),
    Misunderstanding("mask_returned",
        {"form": lambda best, stars, allowed: np.isin(np.arange(len(stars)), best)},
        "That is True or False for each movie. Return the indices, best first."),
    Misunderstanding("counted_from_one", {"form": lambda best, stars, allowed: best + 1},
        "Your indices count from 1, those of arrays from 0."),
]  # fmt: skip

EXERCISES = [
    Exercise(
        name="dense_parameters",
        reference=_dense_parameters,
        steps=_dense_steps,
        cases={
            "the model of 2021": ([3952, 256, 512, 256, 3952],),
            "10, 4 and 7 units": ([10, 4, 7],),
            "one layer": ([3, 5],),
            "two hidden layers of one width": ([9, 6, 6, 2],),
            "six widths": Drawn(_some_widths),
            "MovieLens-100K": OnMovieLens(
                lambda data: ([len(data.movies), 256, 512, 256, len(data.movies)],)
            ),
        },
        look="Section “Exercise 1 · Count the parameters”: what a dense layer has.",
        misunderstandings=_DENSE_PARAMETERS,
        right="kernels and biases, layer by layer",
    ),
    Exercise(
        name="data_term",
        reference=_data_term,
        steps=_term_steps,
        cases={
            "two kernels": (0.9957, _KERNELS, 0.01),
            "no penalty": (0.8, _KERNELS, 0.0),
            "three kernels": Drawn(_some_kernels),
            "a network on MovieLens-100K": OnMovieLens(_kernels_of_movielens),
        },
        look="Section “Exercise 2 · Take the penalty out”. Lesson 04 wrote down Keras' penalty.",
        misunderstandings=_DATA_TERM,
        right="what is left is the squared error",
    ),
    Exercise(
        name="init_std",
        reference=_init_std,
        steps=_std_steps,
        cases={
            "3,706 to 256": (3706, 256),
            "256 to 512": (256, 512),
            "one input": (1, 7),
            "as many as before": (300, 300),
            "another layer": Drawn(lambda rng: tuple(rng.integers(2, 5000, 2).tolist())),
            "MovieLens-100K": OnMovieLens(lambda data: (len(data.movies), 256)),
        },
        tolerance=1e-6,
        look="Section “Exercise 3 · How large should a weight be?”: the variance of a sum is the "
        "sum of the variances. How many terms has it?",
        misunderstandings=_INIT_STD,
        right="LeCun's rule",
    ),
    Exercise(
        name="top_n",
        reference=_top_n,
        steps=_top_steps,
        cases={
            "three movies": (*_MOVIES, 3, 20),
            "no minimum": (*_MOVIES, 2, 0),
            "fewer than asked for": (*_MOVIES, 8, 50),
            "nothing left": (*_MOVIES, 3, 1000),
            "300 of 600 movies": Drawn(_some_predictions),
            "MovieLens-100K": OnMovieLens(_predictions_on_movielens),
        },
        look="Section “Exercise 4 · A list one can defend”: first what may take part, then the "
        "order, then the first n.",
        misunderstandings=_TOP_N,
        right="unseen, supported, best first",
    ),
]
