"""Exercises of lesson 05, the deep autoencoder."""

from itertools import pairwise

import numpy as np

from course_utils.checks.engine import Drawn, Exercise, Misunderstanding, OnMovieLens
from course_utils.checks.networks import ACTIVATIONS, ByHand, network


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


# ------------------------------------------------------------------------------- deep_network
def _deep_network(
    n_columns, hidden, dropout, l2, *, inside="selu", outside="selu", biases=(True, True),
    columns=lambda n: n, widths=list, places=lambda n_layers: [n_layers // 2], drop="Dropout",
    rate=lambda dropout: dropout, penalised=lambda kernels, others: kernels, size=np.square,
    factor=lambda l2: l2,
):  # fmt: skip
    hidden = widths(hidden)
    stack = [n_columns, *hidden, columns(n_columns)]
    with_bias = [biases[0]] * len(hidden) + [biases[1]]
    shapes = []
    for before, after, bias in zip(stack[:-1], stack[1:], with_bias, strict=True):
        shapes += [(before, after), (after,)] if bias else [(before, after)]

    def forward(weights, x):
        weights = iter(weights)
        for i, bias in enumerate(with_bias):
            x = x @ next(weights) + (next(weights) if bias else 0.0)
            x = ACTIVATIONS[inside if i < len(hidden) else outside](x)
        return x

    def penalty(weights):
        kernels = [w for w in weights if np.ndim(w) == 2]
        others = [w for w in weights if np.ndim(w) == 1]
        return factor(l2) * sum(size(w).sum() for w in penalised(kernels, others))

    share = rate(dropout)
    noise = [f"{drop}({share:g}) after {_after(at, hidden)}" for at in places(len(hidden))]
    return ByHand(shapes, forward, noise if share else (), penalty)


def _after(at, hidden):
    return "the input" if at < 0 else f"Dense({hidden[at]})"


def _a_row(n_columns, *_):
    return np.random.default_rng(7).integers(0, 6, (4, n_columns)).astype("float32")


def _some_deep_network(rng):
    n_columns, *hidden = (rng.permutation(7)[:4] + 3).tolist()
    return n_columns, hidden, 0.3, 0.02


# ------------------------------------------------------------------------------- skip_network
def _skip_network(
    n_columns, hidden, activation, input_dropout, l2, *, outside="linear", biases=True,
    around=lambda i, before, width, n: i > 0 and before == width, on_output=False,
    joined=False, added=lambda before, told: before + told, bent=lambda g, before, told: g(told),
    noise=lambda rate, hidden: [f"Dropout({rate:g}) after the input"], factor=lambda l2: l2,
    penalised=lambda kernels: kernels, rate=lambda input_dropout: input_dropout,
):  # fmt: skip
    stack, shapes, reads = [n_columns, *hidden, n_columns], [], n_columns
    skips = [around(i, *pair, n_columns) for i, pair in enumerate(pairwise(stack))]
    skips[-1] = on_output and stack[-2] == n_columns
    for width, skip in zip(stack[1:], skips, strict=True):
        shapes += [(reads, width), (width,)] if biases else [(reads, width)]
        reads = width + (reads if skip and joined else 0)

    def forward(weights, x):
        weights, g = iter(weights), ACTIVATIONS[activation]
        for i, skip in enumerate(skips):
            told = x @ next(weights) + (next(weights) if biases else 0.0)
            if i == len(hidden):
                told = ACTIVATIONS[outside](told)
                return x + told if skip else told
            told = bent(g, x if skip else 0.0, told)
            x = added(x, told) if skip else told

    def penalty(weights):
        kernels = [w for w in weights if np.ndim(w) == 2]
        return factor(l2) * sum(np.square(w).sum() for w in penalised(kernels))

    share = rate(input_dropout)
    return ByHand(shapes, forward, noise(share, hidden) if share else (), penalty)


def _some_skips(rng):
    wide, narrow = (rng.permutation(4)[:2] + 3).tolist()
    return 8, [wide, wide, narrow], "elu", 0.25, 0.01


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

_DEEP_NETWORK = [
    Misunderstanding("linear_output", {"outside": "linear"},
        "Your output is linear. That is wiser, but 2021 had a SELU there, too: build what they "
        "had."),
    Misunderstanding("softmax_output", {"outside": "softmax"},
        "A softmax shares one whole among all movies. Each cell has a rating of its own: SELU."),
    Misunderstanding("sigmoid_output", {"outside": "sigmoid"},
        "A sigmoid ends at 1, and stars go to 5. The output has a SELU like all layers."),
    Misunderstanding("no_activation", {"inside": "linear"},
        "Without an activation three layers are one matrix. Each hidden layer has a SELU."),
    Misunderstanding("no_activation_at_all", {"inside": "linear", "outside": "linear"},
        "Without activations all layers together are one matrix. Each has a SELU."),
    Misunderstanding("relu", {"inside": "relu", "outside": "relu"},
        "That is relu. 2021 had SELU everywhere."),
    Misunderstanding("elu", {"inside": "elu", "outside": "elu"},
        "That is ELU, without SELU's two factors. The activation is called selu."),
    Misunderstanding("no_bias", {"biases": (False, False)},
        "The biases are missing. A Dense layer has one unless it is told use_bias=False."),
    Misunderstanding("no_output_bias", {"biases": (True, False)},
        "The output layer has no bias. Leave out use_bias=False."),
    Misunderstanding("one_number_out", {"columns": lambda n: 1},
        "That is one number a row. A whole row is asked: as many columns as went in."),
    Misunderstanding("fixed_widths", {"widths": lambda hidden: [256, 512, 256]},
        "You wrote 256, 512 and 256 down. Use the argument: one layer for each of its numbers."),
    Misunderstanding("all_fixed", lambda n, *_: _deep_network(n, (256, 512, 256), 0.8, 0.001),
        "You wrote all numbers of 2021 down. Use the arguments: the check asks for a smaller "
        "network."),
    Misunderstanding("last_width_only", {"widths": lambda hidden: hidden[-1:]},
        "Only the last hidden layer is left. In the loop each layer reads the one before: "
        "x = Dense(…)(x)."),
    Misunderstanding("first_width_only", {"widths": lambda hidden: hidden[:1]},
        "There is one hidden layer. ``hidden`` asks for one layer for each of its numbers."),
    Misunderstanding("no_dropout", {"places": lambda n: []},
        "The dropout is missing: it follows the middle hidden layer."),
    Misunderstanding("dropout_everywhere", {"places": range},
        "Every hidden layer has a dropout. Only the middle one has."),
    Misunderstanding("dropout_at_the_end", {"places": lambda n: [n - 1]},
        "Your dropout follows the last hidden layer. It belongs after the middle one: does it "
        "stand behind the loop?"),
    Misunderstanding("dropout_at_the_start", {"places": lambda n: [0]},
        "Your dropout follows the first hidden layer. It belongs after the middle one, number "
        "len(hidden) // 2."),
    Misunderstanding("dropout_on_input", {"places": lambda n: [-1]},
        "Your dropout hides ratings. In 2021 it hid units of the middle layer."),
    Misunderstanding("dropout_before_middle", {"places": lambda n: [n // 2 - 1]},
        "Your dropout stands before the middle layer. It follows it."),
    Misunderstanding("fixed_dropout", {"rate": lambda dropout: 0.8},
        "You wrote 0.8 down. Use the argument ``dropout``."),
    Misunderstanding("kept_share", {"rate": lambda dropout: 1 - dropout},
        "Keras' Dropout takes the share that is *hidden*, not the share that is kept."),
    Misunderstanding("alpha_dropout", {"drop": "AlphaDropout"},
        "AlphaDropout comes later in the lesson. 2021 had plain Dropout."),
    Misunderstanding("no_penalty", {"factor": lambda l2: 0.0},
        "No kernel is penalised: give each Dense kernel_regularizer=keras.regularizers.L2(l2)."),
    Misunderstanding("fixed_penalty", {"factor": lambda l2: 0.001},
        "You wrote the penalty's factor down. Use the argument ``l2``."),
    Misunderstanding("half_penalty", {"factor": lambda l2: l2 / 2},
        "You halved the penalty. Papers write λ/2; here l2 is what Keras' L2 takes."),
    Misunderstanding("absolute_penalty", {"size": np.abs},
        "That is L1. The squares of the weights are penalised: keras.regularizers.L2."),
    Misunderstanding("output_not_penalised", {"penalised": lambda kernels, others: kernels[:-1]},
        "The output's kernel has no penalty. Every kernel has one."),
    Misunderstanding("output_alone_penalised", {"penalised": lambda kernels, others: kernels[-1:]},
        "Only the output's kernel has a penalty. Every kernel has one."),
    Misunderstanding("first_alone_penalised", {"penalised": lambda kernels, others: kernels[:1]},
        "Only the first kernel has a penalty. Every kernel has one."),
    Misunderstanding("biases_penalised", {"penalised": lambda kernels, others: kernels + others},
        "You penalise the biases as well. Only kernels are: leave out bias_regularizer."),
    Misunderstanding("biases_alone", {"penalised": lambda kernels, others: others},
        "You penalise the biases instead of the kernels: kernel_regularizer."),
]  # fmt: skip

_SKIP_NETWORK = [
    Misunderstanding("no_skip", {"around": lambda i, before, width, n: False},
        "No layer has a way around. Where a hidden layer is as wide as the one before, add what "
        "it read to what it says."),
    Misunderstanding("around_the_first", {"around": lambda i, before, width, n: before == width},
        "You added the row itself to the first hidden layer. The row is no hidden layer: the "
        "first one has nothing to add to, even where it is as wide."),
    Misunderstanding("on_the_output", {"on_output": True},
        "You added to the output as well. Only hidden layers have a way around."),
    Misunderstanding("on_both_ends",
        {"around": lambda i, before, width, n: before == width, "on_output": True},
        "You added wherever two widths are equal. Neither the row nor the output is a hidden "
        "layer."),
    Misunderstanding("sum_bent", {"bent": lambda g, before, told: g(before + told),
                                  "added": lambda before, told: told},
        "You added before the activation: g(x + Wx + b). Then a sigmoid squeezes the way around, "
        "too. Asked is x + g(Wx + b)."),
    Misunderstanding("bent_twice", {"added": lambda before, told: before + 2 * told},
        "What the layer says came in twice. Add it once to what it read."),
    Misunderstanding("joined",
        {"joined": True, "added": lambda before, told: np.hstack([before, told])},
        "You put the two beside each other (Concatenate), so that the next layer reads twice as "
        "many. Add them, number by number."),
    Misunderstanding("multiplied", {"added": lambda before, told: before * told},
        "You multiplied. A way around is a sum: if the layer says 0, its input passes unchanged."),
    Misunderstanding("averaged", {"added": lambda before, told: (before + told) / 2},
        "You took the mean of the two. Add them."),
    Misunderstanding("subtracted", {"added": lambda before, told: told - before},
        "You subtracted. Add what the layer read to what it says."),
    Misunderstanding("way_around_only", {"added": lambda before, told: before},
        "Only the way around is left. Add the layer's own output to it."),
    Misunderstanding("activation_outside",
        lambda n, h, g, r, l2: _skip_network(n, h, g, r, l2, outside=g),
        "The activation stands on your output, too. The output is linear."),
    Misunderstanding("no_activation", lambda n, h, g, r, l2: _skip_network(n, h, "linear", r, l2),
        "The hidden layers have no activation. Use the argument."),
    Misunderstanding("always_sigmoid",
        lambda n, h, g, r, l2: _skip_network(n, h, "sigmoid", r, l2),
        "You wrote one activation down. Use the argument."),
    Misunderstanding("always_relu", lambda n, h, g, r, l2: _skip_network(n, h, "relu", r, l2),
        "You wrote one activation down. Use the argument."),
    Misunderstanding("no_bias", {"biases": False},
        "The biases are missing. A Dense layer has one unless it is told use_bias=False."),
    Misunderstanding("no_dropout", {"rate": lambda rate: 0.0},
        "The dropout on the input is missing."),
    Misunderstanding("dropout_inside",
        {"noise": lambda rate, hidden: [f"Dropout({rate:g}) after Dense({hidden[0]})"]},
        "Your dropout hides units of the first layer. Here the row is what is hidden in part."),
    Misunderstanding("fixed_dropout", {"rate": lambda rate: 0.6},
        "You wrote the share that is hidden down. Use the argument ``input_dropout``."),
    Misunderstanding("no_penalty", {"factor": lambda l2: 0.0},
        "No kernel is penalised: give each Dense kernel_regularizer=keras.regularizers.L2(l2)."),
    Misunderstanding("fixed_penalty", {"factor": lambda l2: 0.001},
        "You wrote the penalty's factor down. Use the argument ``l2``."),
    Misunderstanding("output_not_penalised", {"penalised": lambda kernels: kernels[:-1]},
        "The output's kernel has no penalty. Every kernel has one."),
    Misunderstanding("output_alone_penalised", {"penalised": lambda kernels: kernels[-1:]},
        "Only the output's kernel has a penalty. Every kernel has one."),
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
    network(
        name="deep_network",
        reference=_deep_network,
        inputs=_a_row,
        cases={
            "9 movies, layers of 4, 7 and 5": (9, (4, 7, 5), 0.8, 0.01),
            "6 movies, one hidden layer": (6, (4,), 0.5, 0.1),
            "8 movies, five hidden layers, no dropout": (8, (3, 5, 6, 4, 7), 0.0, 0.05),
            "other sizes": Drawn(_some_deep_network),
        },
        look="Section “Exercise 2 · The network of 2021, layer by layer”: its docstring, word by "
        "word.",
        misunderstandings=_DEEP_NETWORK,
        right="weights, dropout, penalty and output agree: this is the network of 2021",
        twin="course_utils.models.deep_autoencoder",
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
        look="Section “Exercise 3 · Take the penalty out”. Lesson 04 wrote down Keras' penalty.",
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
        look="Section “Exercise 4 · How large should a weight be?”: the variance of a sum is the "
        "sum of the variances. How many terms has it?",
        misunderstandings=_INIT_STD,
        right="LeCun's rule",
    ),
    network(
        name="skip_network",
        reference=_skip_network,
        inputs=_a_row,
        cases={
            "two layers of one width": (7, (4, 4), "sigmoid", 0.6, 0.01),
            "three, and only two of them of one width": (8, (5, 4, 4), "tanh", 0.2, 0.03),
            "as wide as the row at both ends": (5, (5, 3, 5), "elu", 0.5, 0.02),
            "other sizes": Drawn(_some_skips),
        },
        look="Section “A way around a layer”: the toy, and what is added to what.",
        misunderstandings=_SKIP_NETWORK,
        right="where widths agree, a layer adds; elsewhere it replaces",
        twin="course_utils.models.autoencoder_variants.skip_autoencoder",
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
        look="Section “Exercise 6 · A list one can defend”: first what may take part, then the "
        "order, then the first n.",
        misunderstandings=_TOP_N,
        right="unseen, supported, best first",
    ),
]
