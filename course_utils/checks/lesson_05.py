"""Exercises of lesson 05, the deep autoencoder."""

from itertools import pairwise

import numpy as np

from course_utils.checks.engine import Exercise, Misunderstanding


def _dense_parameters(widths):
    return sum((before + 1) * after for before, after in pairwise(widths))


def _data_term(loss, kernels, l2):
    return loss - l2 * sum(np.sum(kernel**2) for kernel in kernels)


def _top_n(stars, seen, support, n, minimum_support):
    allowed = ~seen & (support >= minimum_support)
    return [i for i in np.argsort(-stars, kind="stable") if allowed[i]][:n]


def _positions_after_filtering(stars, seen, support, n, minimum_support):
    allowed = ~seen & (support >= minimum_support)
    return np.argsort(-stars[allowed], kind="stable")[:n]


def _cut_before_filtering(stars, seen, support, n, minimum_support):
    allowed = ~seen & (support >= minimum_support)
    return [i for i in np.argsort(-stars, kind="stable")[:n] if allowed[i]]


_KERNELS = [np.array([[0.5, -1.0], [2.0, 0.25]]), np.array([[1.5], [-0.5]])]
_STARS = np.array([4.1, 5.96, 4.8, 3.0, 4.6, 4.9, 2.2, 4.5])
_SEEN = np.array([False, False, True, False, False, False, True, False])
_SUPPORT = np.array([50, 2, 300, 120, 20, 8, 40, 19])

EXERCISES = [
    Exercise(
        name="dense_parameters",
        reference=_dense_parameters,
        cases={
            "the model of 2021": ([3952, 256, 512, 256, 3952],),
            "a small one": ([10, 4, 7],),
        },
        misunderstandings=[
            Misunderstanding(
                "no_biases",
                lambda w: sum(a * b for a, b in pairwise(w)),
                "The kernels are counted, the biases are not: one for each unit of a layer, the "
                "output layer included.",
            ),
            Misunderstanding(
                "biases_of_inputs",
                lambda w: sum(a * b + a for a, b in pairwise(w)),
                "A bias belongs to the unit that adds it up: as many as the layer has outputs, not "
                "inputs.",
            ),
            Misunderstanding(
                "no_output_layer",
                lambda w: _dense_parameters(w[:-1]),
                "One layer is missing. The output layer has weights too, and as many as the first.",
            ),
            Misunderstanding(
                "hidden_biases_only",
                lambda w: _dense_parameters(w) - w[-1],
                "Nearly: the output layer has biases too, one a column.",
            ),
        ],
        right="kernels and biases, layer by layer",
    ),
    Exercise(
        name="data_term",
        reference=_data_term,
        cases={
            "two kernels": (0.9957, _KERNELS, 0.01),
            "no penalty": (0.8, _KERNELS, 0.0),
        },
        misunderstandings=[
            Misunderstanding(
                "root_of_loss",
                lambda loss, kernels, l2: np.sqrt(loss),
                "The root of the whole loss: the penalty is still in it. Take the penalty away "
                "first.",
            ),
            Misunderstanding(
                "root",
                lambda loss, kernels, l2: np.sqrt(_data_term(loss, kernels, l2)),
                "The penalty is out, well done, but the question asks for stars². Leave the root.",
            ),
            Misunderstanding(
                "half",
                lambda loss, kernels, l2: loss - (loss - _data_term(loss, kernels, l2)) / 2,
                "Papers write λ/2 · Σw². Keras' L2 has no half: l2 · Σw².",
            ),
            Misunderstanding(
                "mean_of_squares",
                lambda loss, kernels, l2: loss - l2 * sum(np.mean(k**2) for k in kernels),
                "The penalty is a sum over all weights, not their mean.",
            ),
            Misunderstanding(
                "absolute_values",
                lambda loss, kernels, l2: loss - l2 * sum(np.abs(k).sum() for k in kernels),
                "That is the L1 penalty. L2 squares each weight.",
            ),
            Misunderstanding(
                "added",
                lambda loss, kernels, l2: 2 * loss - _data_term(loss, kernels, l2),
                "The loss holds the penalty already. Subtract it.",
            ),
        ],
        right="what is left is the squared error",
    ),
    Exercise(
        name="init_std",
        reference=lambda fan_in, fan_out: 1 / np.sqrt(fan_in),
        cases={"3,706 to 256": (3706, 256), "256 to 512": (256, 512)},
        tolerance=1e-6,
        misunderstandings=[
            Misunderstanding(
                "variance",
                lambda fan_in, fan_out: 1 / fan_in,
                "That is the variance of the weights. A standard deviation is its root.",
            ),
            Misunderstanding(
                "fan_out",
                lambda fan_in, fan_out: 1 / np.sqrt(fan_out),
                "An output is a sum over the layer's *inputs*. How many outputs there are does not "
                "change it.",
            ),
            Misunderstanding(
                "glorot",
                lambda fan_in, fan_out: np.sqrt(2 / (fan_in + fan_out)),
                "That is Glorot's compromise between the way forward and the way back. Asked is "
                "the way forward alone.",
            ),
            Misunderstanding(
                "he",
                lambda fan_in, fan_out: np.sqrt(2 / fan_in),
                "That is He's, made for ReLU, which loses half of its input. Here nothing is lost, "
                "so the variance would double in each layer.",
            ),
        ],
        right="LeCun's rule",
    ),
    Exercise(
        name="top_n",
        reference=_top_n,
        cases={
            "three movies": (_STARS, _SEEN, _SUPPORT, 3, 20),
            "no minimum": (_STARS, _SEEN, _SUPPORT, 2, 0),
            "fewer than asked for": (_STARS, _SEEN, _SUPPORT, 10, 50),
        },
        misunderstandings=[
            Misunderstanding(
                "seen_kept",
                lambda stars, seen, support, n, minimum: _top_n(
                    stars, np.zeros_like(seen), support, n, minimum
                ),
                "There is a movie in your list that the user has already rated. Remove the seen "
                "ones.",
            ),
            Misunderstanding(
                "no_minimum",
                lambda stars, seen, support, n, minimum: _top_n(stars, seen, support, n, 0),
                "The movie with two ratings is still on top. Movies with less than the minimum "
                "support must go.",
            ),
            Misunderstanding(
                "more_than_minimum",
                lambda stars, seen, support, n, minimum: _top_n(
                    stars, seen, support, n, minimum + 1
                ),
                "A movie with *exactly* the minimum support may stay: >=, not >.",
            ),
            Misunderstanding(
                "worst_first",
                lambda stars, seen, support, n, minimum: _top_n(-stars, seen, support, n, minimum),
                "argsort sorts upwards: you recommend the worst. Sort by minus the stars.",
            ),
            Misunderstanding(
                "positions_after_filtering",
                _positions_after_filtering,
                "You removed movies first, so your numbers count places in the shortened list. "
                "Translate them back to movie indices.",
            ),
            Misunderstanding(
                "cut_before_filtering",
                _cut_before_filtering,
                "Your list is too short: you took the best n first and removed movies after. "
                "Filter, then cut.",
            ),
            Misunderstanding(
                "stars_returned",
                lambda stars, seen, support, n, minimum: stars[
                    _top_n(stars, seen, support, n, minimum)
                ],
                "Those are the stars. Return the movies' indices.",
            ),
        ],
        right="unseen, supported, best first",
    ),
]
