"""Exercises that ask for a network: what of a Keras model is compared, and the right one by hand.

The right network is written in NumPy (:class:`ByHand`), so that a check loads no TensorFlow of its
own, tries twenty wrong networks in no time, and gives nothing away: its weights and its formula.
A model is asked only what it answers from afar as well, where it lives in a student's process.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice, permutations
from math import factorial, prod
from typing import Any

import numpy as np

from course_utils.checks.exercise import Drawn, Exercise, OnMovieLens

NO_MODEL = "a network was asked: finish with return keras.Model(inputs, outputs)"
# Layers that act in training only.
NOISE = {"Dropout": "rate", "AlphaDropout": "rate", "SpatialDropout1D": "rate"} | {
    "GaussianNoise": "stddev",
    "GaussianDropout": "rate",
}
ACTIVATIONS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "linear": lambda x: x,
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "tanh": np.tanh,
    "relu": lambda x: np.maximum(x, 0),
    "elu": lambda x: np.where(x > 0, x, np.expm1(np.minimum(x, 0))),
    "selu": lambda x: 1.05070098 * np.where(x > 0, x, 1.67326324 * np.expm1(np.minimum(x, 0))),
    "leaky_relu": lambda x: np.where(x > 0, x, 0.2 * x),
    "softmax": lambda x: (
        np.exp(x - x.max(-1, keepdims=True))
        / np.exp(x - x.max(-1, keepdims=True)).sum(-1, keepdims=True)
    ),
}
# Layers that one would not name as the place of a dropout.
PASSES = {"Activation", "ReLU", "LeakyReLU", "ELU", "Softmax", "Flatten", "Reshape", "Identity"}
ORDERS = 200  # of weights of the same shape: no more are tried against the right network


class ByHand:
    """A network as a formula, with as much of a Keras model's face as a check looks at.

    shapes: of its weights, in the order in which the formula takes them. forward: weights and
    inputs → output. noise: what acts in training only, such as "Dropout(0.5) after the input".
    penalty: weights → what is added to the loss.
    """

    def __init__(
        self,
        shapes: Sequence[tuple],
        forward: Callable[..., np.ndarray],
        noise: Sequence[str] = (),
        penalty: Callable[[list[np.ndarray]], float] = lambda weights: 0.0,
    ) -> None:
        self._weights = [np.zeros(shape) for shape in shapes]
        self._forward, self.noise, self._penalty = forward, noise, penalty

    @property
    def losses(self) -> list[float]:
        return [self._penalty(self._weights)]

    def get_weights(self) -> list[np.ndarray]:
        return self._weights

    def set_weights(self, weights: Sequence[np.ndarray]) -> None:
        self._weights = list(weights)

    def __call__(self, inputs: Any, training: bool = False) -> np.ndarray:
        return self._forward(self._weights, *(inputs if isinstance(inputs, list) else [inputs]))


def network(
    name: str,
    reference: Callable[..., ByHand],
    inputs: Callable[..., Any],
    cases: Mapping[str, tuple | Drawn | OnMovieLens],
    **more: Any,
) -> Exercise:
    """An exercise that asks for a function which builds a model.

    reference: the right network by hand, with the learner's arguments; mistakes are its steps.
    inputs: the same arguments → what the model is asked, an array or a list of them.
    """

    def observe(model: Any, *arguments: Any) -> dict[str, Any]:
        return seen(model, inputs(*arguments), reference(*arguments))

    return Exercise(
        name, reference, cases, observe=observe, observe_arguments=True, tolerance=1e-4, **more
    )


def seen(model: Any, inputs: Any, right: ByHand) -> dict[str, Any]:
    """What is compared of a network: its weights, what acts in training, its output.

    Weights are set to fixed numbers first. Several of one shape may have been made in another order
    than the formula has them: the order counts whose output is the right one.
    """
    if not (hasattr(model, "get_weights") and hasattr(model, "set_weights")):
        raise TypeError(NO_MODEL)
    model(inputs, training=False)  # a Sequential has no weights before
    shapes = [np.shape(weight) for weight in model.get_weights()]
    found = {
        "weights": _counted(shapes) or "none",
        "numbers to learn": sum(int(np.prod(shape)) for shape in shapes),
        "only in training": ", ".join(sorted(noise(model))) or "nothing",
    }
    by_hand = [np.shape(weight) for weight in right.get_weights()]
    right.set_weights([_fixed(*place) for place in _places(by_hand)])
    wanted, output = right(inputs), None
    alike = Counter(shapes) == Counter(by_hand) and not isinstance(model, ByHand)
    many = prod(factorial(n) for n in Counter(shapes).values())
    for order in islice(_orders(shapes), many if alike and many <= ORDERS else 1):
        model.set_weights([_fixed(*place) for place in order])
        got = np.asarray(model(inputs, training=False), float)
        if got.shape == wanted.shape and np.allclose(got, wanted, atol=1e-4, rtol=1e-4):
            output = got
            break
        output = got if output is None else output
    penalty = sum(float(np.asarray(loss)) for loss in model.losses)
    return found | {"output with fixed weights": output, "penalty": penalty}


def noise(model: Any) -> list[str]:
    """Where a model has layers that act in training only, in words."""
    if isinstance(model, ByHand):
        return list(model.noise)
    listed = model.get_config().get("layers", [])
    layers = {layer.get("name") or layer["config"]["name"]: layer for layer in listed}
    before = {name: _sources(layer.get("inbound_nodes")) for name, layer in layers.items()}
    if not any(before.values()):  # a Sequential: each layer reads the one above it
        before = {name: list(layers)[max(i - 1, 0) : i] for i, name in enumerate(layers)}

    def after(name: str) -> str:
        """The last layer before that one would name."""
        kind, sources = layers[name]["class_name"], before[name]
        if kind in PASSES and len(sources) == 1:
            return after(sources[0])
        units = layers[name]["config"].get("units")
        return "the input" if kind == "InputLayer" else f"{kind}({units})" if units else kind

    return [
        f"{layer['class_name']}({layer['config'][NOISE[layer['class_name']]]:g}) after "
        + " and ".join(after(source) for source in before[name])
        for name, layer in layers.items()
        if layer["class_name"] in NOISE and layer["config"][NOISE[layer["class_name"]]]
    ]


def _sources(nodes: Any) -> list[str]:
    """Names of the layers that a layer's inbound nodes come from."""
    if isinstance(nodes, dict) and "keras_history" in nodes.get("config", {}):
        return [nodes["config"]["keras_history"][0]]
    parts = nodes.values() if isinstance(nodes, dict) else nodes
    if not isinstance(nodes, dict | list | tuple):
        return []
    return [name for part in parts for name in _sources(part)]


def _counted(shapes: Sequence[tuple]) -> str:
    """Shapes in words, the largest first, such as "6 × 3, 3 × 6, 6, 3" or "4 × 4 (6 times)"."""
    ordered = sorted(Counter(shapes).items(), key=lambda kind: (-np.prod(kind[0]), kind[0]))
    return ", ".join(
        " × ".join(map(str, shape)) + (f" ({n} times)" if n > 1 else "") for shape, n in ordered
    )


def _places(shapes: Sequence[tuple]) -> list[tuple[tuple, int]]:
    """Each shape with the number of those before it that are like it."""
    return [(shape, list(shapes[:i]).count(shape)) for i, shape in enumerate(shapes)]


def _orders(shapes: Sequence[tuple]) -> Iterator[list[tuple[tuple, int]]]:
    """All ways to number weights of the same shape, the order as made first; there may be millions.

    (itertools.product would hold all of them in memory.)
    """
    how_many = Counter(shapes)

    def numbered(kinds: list[tuple]) -> Iterator[dict[tuple, tuple[int, ...]]]:
        if not kinds:
            yield {}
            return
        for rest in numbered(kinds[1:]):
            for order in permutations(range(how_many[kinds[0]])):
                yield {kinds[0]: order, **rest}

    for chosen in numbered(list(how_many)):
        numbers = {kind: iter(order) for kind, order in chosen.items()}
        yield [(shape, next(numbers[shape])) for shape in shapes]


def _fixed(shape: tuple, number: int) -> np.ndarray:
    """Numbers that only shape and number decide."""
    return np.random.default_rng([*shape, number]).normal(0.0, 0.6, shape).astype("float32")
