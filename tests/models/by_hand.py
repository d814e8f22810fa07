"""The parts of a network once more in plain NumPy, for tests that work out its answer by hand."""

import numpy as np


def scrambled(model, scale=0.4, seed=0):
    """The model with small random weights everywhere: zeros at the start would hide a layer."""
    rng = np.random.default_rng(seed)
    model.set_weights([rng.normal(0, scale, w.shape) for w in model.get_weights()])
    return model


def weights(model, name):
    return [np.asarray(w, float) for w in model.get_layer(name).get_weights()]


def dense(x, weights, activation=lambda z: z):
    kernel, *bias = weights
    return activation(x @ kernel + (bias[0] if bias else 0.0))


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def relu(z):
    return np.maximum(z, 0)


def leaky_relu(z):
    return np.where(z > 0, z, 0.3 * z)


def selu(z):
    return 1.0507009873554805 * np.where(z > 0, z, 1.6732632423543772 * (np.exp(z) - 1))


def gelu(z):
    from scipy.special import erf

    return z * (1 + erf(z / np.sqrt(2))) / 2


def softmax(z):
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def layer_norm(x, weights):
    scale, shift = weights
    centred = x - x.mean(axis=-1, keepdims=True)
    return centred / np.sqrt(x.var(axis=-1, keepdims=True) + 1e-3) * scale + shift
