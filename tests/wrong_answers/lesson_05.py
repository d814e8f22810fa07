"""Answers to the exercises of lesson 05."""

import heapq
import math
from itertools import pairwise

import keras
import numpy as np
import pandas as pd

# --- dense_parameters


def products_only(widths):
    total = 0
    for i in range(len(widths) - 1):
        total += widths[i] * widths[i + 1]
    return total


def bias_for_each_input(widths):
    total = 0
    for i in range(len(widths) - 1):
        total += widths[i] * (widths[i + 1] + 1)
    return total


def up_to_the_last_hidden(widths):
    hidden = widths[:-1]
    return sum(hidden[i] * hidden[i + 1] + hidden[i + 1] for i in range(len(hidden) - 1))


def biases_of_hidden_layers(widths):
    kernels = np.dot(widths[:-1], widths[1:])
    return int(kernels + sum(widths[1:-1]))


def parameters_by_numpy(widths):
    widths = np.array(widths)
    return np.sum(widths[:-1] * widths[1:]) + widths[1:].sum()


def parameters_by_keras(widths):
    model = keras.Sequential([keras.Input((widths[0],))])
    for width in widths[1:]:
        model.add(keras.layers.Dense(width))
    return model.count_params()


def one_bias_for_each_layer(widths):
    return sum(a * b + 1 for a, b in pairwise(widths))


def one_on_both_sides(widths):
    return sum((a + 1) * (b + 1) for a, b in pairwise(widths))


def input_has_biases_too(widths):
    total = sum(widths)
    for i in range(1, len(widths)):
        total += widths[i - 1] * widths[i]
    return total


def from_the_second_layer(widths):
    total = 0
    for i in range(2, len(widths)):
        total += widths[i - 1] * widths[i] + widths[i]
    return total


def all_multiplied(widths):
    return int(np.prod(widths))


def sum_of_widths(widths):
    return sum(widths)


def a_list_of_layers(widths):
    return [widths[i] * widths[i + 1] + widths[i + 1] for i in range(len(widths) - 1)]


def returns_after_one_layer(widths):
    total = 0
    for i in range(1, len(widths)):
        total += widths[i - 1] * widths[i] + widths[i]
        return total


def one_index_too_far(widths):
    total = 0
    for i in range(len(widths)):
        total += widths[i] * widths[i + 1] + widths[i + 1]
    return total


def every_second_pair(widths):
    return sum(a * b + b for a, b in zip(widths[::2], widths[1::2], strict=False))


def bytes_of_the_parameters(widths):
    return 4 * parameters_by_loop(widths)


def biases_taken_away(widths):
    return sum(a * b - b for a, b in pairwise(widths))


def square_layers(widths):
    return sum(width * width + width for width in widths[1:])


def without_the_return(widths):
    total = 0
    for i in range(1, len(widths)):
        total += widths[i - 1] * widths[i] + widths[i]


def list_times_list(widths):
    return sum(widths[:-1] * widths[1:]) + sum(widths[1:])


def three_layers_only(widths):
    n_in, hidden, n_out = widths
    return n_in * hidden + hidden + hidden * n_out + n_out


def only_kernels_between_hidden(widths):
    kernels = sum(widths[i] * widths[i + 1] for i in range(1, len(widths) - 2))
    return kernels + sum(widths[1:])


def parameters_by_loop(widths):
    total, before = 0, widths[0]
    for width in widths[1:]:
        total, before = total + before * width + width, width
    return total


def parameters_by_recursion(widths):
    if len(widths) < 2:
        return 0
    return (widths[0] + 1) * widths[1] + parameters_by_recursion(widths[1:])


def parameters_by_shapes(widths):
    return float(sum(np.zeros(shape).size + shape[1] for shape in pairwise(widths)))


def parameters_by_dot(widths):
    return np.dot(np.add(widths[:-1], 1), widths[1:])


# --- deep_network


def deep_with_linear_output(n_columns, hidden, dropout, l2):
    import keras
    from keras import layers, regularizers

    row = x = keras.Input((n_columns,))
    for i, width in enumerate(hidden):
        x = layers.Dense(width, activation="selu", kernel_regularizer=regularizers.L2(l2))(x)
        if i == len(hidden) // 2:
            x = layers.Dropout(dropout)(x)
    return keras.Model(row, layers.Dense(n_columns, kernel_regularizer=regularizers.L2(l2))(x))


def _deep(n_columns, hidden, dropout, l2, *, inside="selu", outside="selu", at=None, **dense):
    """Students' networks that differ in a keyword of Dense, or in where the dropout stands."""
    import keras
    from keras import layers, regularizers

    dense = {"kernel_regularizer": regularizers.L2(l2)} | dense
    at = [len(hidden) // 2] if at is None else at
    row = x = keras.Input((n_columns,))
    for i, width in enumerate(hidden):
        x = layers.Dense(width, inside, **dense)(x)
        x = layers.Dropout(dropout)(x) if i in at else x
    return keras.Model(row, layers.Dense(n_columns, outside, **dense)(x))


def deep_with_softmax(n_columns, hidden, dropout, l2):
    return _deep(n_columns, hidden, dropout, l2, outside="softmax")


def deep_with_relu(n_columns, hidden, dropout, l2):
    return _deep(n_columns, hidden, dropout, l2, inside="relu", outside="relu")


def deep_without_activations(n_columns, hidden, dropout, l2):
    return _deep(n_columns, hidden, dropout, l2, inside=None, outside=None)


def deep_without_biases(n_columns, hidden, dropout, l2):
    return _deep(n_columns, hidden, dropout, l2, use_bias=False)


def deep_with_penalised_biases(n_columns, hidden, dropout, l2):
    from keras import regularizers

    return _deep(n_columns, hidden, dropout, l2, bias_regularizer=regularizers.L2(l2))


def deep_with_dropout_everywhere(n_columns, hidden, dropout, l2):
    return _deep(n_columns, hidden, dropout, l2, at=range(len(hidden)))


def deep_with_dropout_last(n_columns, hidden, dropout, l2):
    return _deep(n_columns, hidden, dropout, l2, at=[len(hidden) - 1])


def deep_without_dropout(n_columns, hidden, dropout, l2):
    return _deep(n_columns, hidden, dropout, l2, at=[])


def deep_with_keep_probability(n_columns, hidden, dropout, l2):
    return _deep(n_columns, hidden, 1 - dropout, l2)


def deep_as_published(n_columns, hidden, dropout, l2):
    return _deep(n_columns, (256, 512, 256), 0.8, 0.001)


def deep_with_fixed_penalty(n_columns, hidden, dropout, l2):
    return _deep(n_columns, hidden, dropout, 0.001)


def deep_without_penalty(n_columns, hidden, dropout, l2):
    import keras
    from keras import layers

    model = keras.Sequential([keras.Input((n_columns,))])
    for i, width in enumerate(hidden):
        model.add(layers.Dense(width, activation="selu"))
        if i == len(hidden) // 2:
            model.add(layers.Dropout(dropout))
    model.add(layers.Dense(n_columns, activation="selu"))
    return model


def deep_with_l1(n_columns, hidden, dropout, l2):
    from keras import regularizers

    return _deep(n_columns, hidden, dropout, l2, kernel_regularizer=regularizers.L1(l2))


def deep_with_alpha_dropout(n_columns, hidden, dropout, l2):
    import keras
    from keras import layers

    many = {"activation": "selu", "kernel_regularizer": keras.regularizers.L2(l2)}
    row = x = keras.Input((n_columns,))
    for i, width in enumerate(hidden):
        x = layers.Dense(width, **many)(x)
        if i == len(hidden) // 2:
            x = layers.AlphaDropout(dropout)(x)
    return keras.Model(row, layers.Dense(n_columns, **many)(x))


def deep_with_one_number_out(n_columns, hidden, dropout, l2):
    import keras
    from keras import layers, regularizers

    row = x = keras.Input((n_columns,))
    for i, width in enumerate(hidden):
        x = layers.Dense(width, "selu", kernel_regularizer=regularizers.L2(l2))(x)
        if i == len(hidden) // 2:
            x = layers.Dropout(dropout)(x)
    return keras.Model(row, layers.Dense(1, "selu", kernel_regularizer=regularizers.L2(l2))(x))


def deep_that_loses_its_layers(n_columns, hidden, dropout, l2):
    import keras
    from keras import layers, regularizers

    row = keras.Input((n_columns,))
    for width in hidden:  # each layer reads the row again; only the last one is left
        x = layers.Dense(width, "selu", kernel_regularizer=regularizers.L2(l2))(row)
    x = layers.Dropout(dropout)(x)
    return keras.Model(
        row, layers.Dense(n_columns, "selu", kernel_regularizer=regularizers.L2(l2))(x)
    )


def deep_without_output_layer(n_columns, hidden, dropout, l2):
    import keras
    from keras import layers, regularizers

    row = x = keras.Input((n_columns,))
    for i, width in enumerate(hidden):
        x = layers.Dense(width, "selu", kernel_regularizer=regularizers.L2(l2))(x)
        if i == len(hidden) // 2:
            x = layers.Dropout(dropout)(x)
    return keras.Model(row, x)


def deep_not_a_model(n_columns, hidden, dropout, l2):
    from keras import layers

    return [layers.Dense(width, "selu") for width in hidden]


def deep_by_append(n_columns, hidden, dropout, l2):
    import keras
    from keras import layers

    stack, middle = [keras.Input((n_columns,))], len(hidden) // 2
    for i, width in enumerate([*hidden, n_columns]):
        regular = keras.regularizers.l2(l2)
        stack.append(layers.Dense(width, activation="selu", kernel_regularizer=regular))
        if i == middle:
            stack.append(layers.Dropout(dropout))
    return keras.Sequential(stack)


def deep_with_layers_apart(n_columns, hidden, dropout, l2):
    import keras
    from keras import layers

    row = keras.Input(shape=(n_columns,), name="ratings")
    x = row
    for i in range(len(hidden)):
        x = layers.Dense(hidden[i], kernel_regularizer=keras.regularizers.L2(l2), name=f"d{i}")(x)
        x = layers.Activation("selu", name=f"a{i}")(x)
        if i == (len(hidden) - 1) / 2:
            x = layers.Dropout(rate=dropout, name="drop")(x)
    out = layers.Dense(n_columns, kernel_regularizer=keras.regularizers.L2(l2))(x)
    return keras.Model(inputs=row, outputs=layers.Activation("selu")(out))


def deep_in_two_halves(n_columns, hidden, dropout, l2):
    import keras
    from keras import layers

    def dense(width):
        return layers.Dense(width, "selu", kernel_regularizer=keras.regularizers.L2(l2))

    middle = len(hidden) // 2
    row = x = keras.Input((n_columns,))
    for width in hidden[: middle + 1]:
        x = dense(width)(x)
    x = layers.Dropout(dropout)(x)
    for width in hidden[middle + 1 :]:
        x = dense(width)(x)
    return keras.Model(row, dense(n_columns)(x))


def deep_by_the_course(n_columns, hidden, dropout, l2):
    import keras

    from course_utils.models import deep_autoencoder

    model = deep_autoencoder(n_columns, hidden, dropout=dropout, l2=l2)
    return keras.Model(model.inputs[0], model.get_layer("output").output)


def deep_with_both_regularizers(n_columns, hidden, dropout, l2):
    import keras
    from keras import layers

    penalty = keras.regularizers.L1L2(l1=0.0, l2=l2)
    row = x = keras.Input((n_columns,))
    for i, width in enumerate(hidden):
        x = layers.Dense(width, keras.activations.selu, kernel_regularizer=penalty)(x)
        if i == len(hidden) // 2:
            x = layers.Dropout(dropout, seed=1)(x)
    out = layers.Dense(n_columns, keras.activations.selu, kernel_regularizer=penalty)
    return keras.Model(row, out(x))


def deep_with_another_start(n_columns, hidden, dropout, l2):
    return _deep(n_columns, list(hidden), dropout, l2, kernel_initializer="lecun_normal")


# --- skip_network


def _skip(n_columns, hidden, activation, input_dropout, l2, *, add=None, outside=None, first=False):
    """Students' networks that differ in how they add, and where."""
    import keras
    from keras import layers, regularizers

    row = keras.Input((n_columns,))
    x = layers.Dropout(input_dropout)(row)
    for i, width in enumerate(hidden):
        before = x
        x = layers.Dense(width, activation, kernel_regularizer=regularizers.L2(l2))(x)
        if (i or first) and before.shape[-1] == width:
            x = (add or layers.Add)()([before, x])
    return keras.Model(
        row, layers.Dense(n_columns, outside, kernel_regularizer=regularizers.L2(l2))(x)
    )


def skip_forgotten(n_columns, hidden, activation, input_dropout, l2):
    import keras
    from keras import layers, regularizers

    row = keras.Input((n_columns,))
    x = layers.Dropout(input_dropout)(row)
    for width in hidden:
        x = layers.Dense(width, activation, kernel_regularizer=regularizers.L2(l2))(x)
    return keras.Model(row, layers.Dense(n_columns, kernel_regularizer=regularizers.L2(l2))(x))


def skip_from_the_row_too(n_columns, hidden, activation, input_dropout, l2):
    return _skip(n_columns, hidden, activation, input_dropout, l2, first=True)


def skip_joined(n_columns, hidden, activation, input_dropout, l2):
    from keras import layers

    return _skip(n_columns, hidden, activation, input_dropout, l2, add=layers.Concatenate)


def skip_multiplied(n_columns, hidden, activation, input_dropout, l2):
    from keras import layers

    return _skip(n_columns, hidden, activation, input_dropout, l2, add=layers.Multiply)


def skip_averaged(n_columns, hidden, activation, input_dropout, l2):
    from keras import layers

    return _skip(n_columns, hidden, activation, input_dropout, l2, add=layers.Average)


def skip_with_bent_output(n_columns, hidden, activation, input_dropout, l2):
    return _skip(n_columns, hidden, activation, input_dropout, l2, outside=activation)


def skip_always_sigmoid(n_columns, hidden, activation, input_dropout, l2):
    return _skip(n_columns, hidden, "sigmoid", input_dropout, l2)


def skip_without_activation(n_columns, hidden, activation, input_dropout, l2):
    return _skip(n_columns, hidden, None, input_dropout, l2)


def skip_before_the_activation(n_columns, hidden, activation, input_dropout, l2):
    import keras
    from keras import layers, regularizers

    row = keras.Input((n_columns,))
    x = layers.Dropout(input_dropout)(row)
    for i, width in enumerate(hidden):
        sums = layers.Dense(width, kernel_regularizer=regularizers.L2(l2))(x)
        if i > 0 and hidden[i - 1] == width:
            sums = layers.add([x, sums])
        x = layers.Activation(activation)(sums)
    return keras.Model(row, layers.Dense(n_columns, kernel_regularizer=regularizers.L2(l2))(x))


def skip_without_input_dropout(n_columns, hidden, activation, input_dropout, l2):
    return _skip(n_columns, hidden, activation, 0.0, l2)


def skip_with_fixed_dropout(n_columns, hidden, activation, input_dropout, l2):
    return _skip(n_columns, hidden, activation, 0.6, l2)


def skip_with_dropout_inside(n_columns, hidden, activation, input_dropout, l2):
    import keras
    from keras import layers, regularizers

    penalty = regularizers.L2(l2)
    row = keras.Input((n_columns,))
    x = layers.Dense(hidden[0], activation, kernel_regularizer=penalty)(row)
    x = layers.Dropout(input_dropout)(x)
    for width in hidden[1:]:
        said = layers.Dense(width, activation, kernel_regularizer=penalty)(x)
        x = x + said if x.shape[-1] == width else said
    return keras.Model(row, layers.Dense(n_columns, kernel_regularizer=penalty)(x))


def skip_without_penalty(n_columns, hidden, activation, input_dropout, l2):
    return _skip(n_columns, hidden, activation, input_dropout, 0.0)


def skip_onto_the_output(n_columns, hidden, activation, input_dropout, l2):
    import keras
    from keras import layers, regularizers

    row = keras.Input((n_columns,))
    x = layers.Dropout(input_dropout)(row)
    for i, width in enumerate([*hidden, n_columns]):
        g = activation if i < len(hidden) else "linear"
        said = layers.Dense(width, g, kernel_regularizer=regularizers.L2(l2))(x)
        x = x + said if i > 0 and x.shape[-1] == width else said
    return keras.Model(row, x)


def skip_from_the_first_layer(n_columns, hidden, activation, input_dropout, l2):
    import keras
    from keras import layers, regularizers

    row = keras.Input((n_columns,))
    first = x = layers.Dense(hidden[0], activation, kernel_regularizer=regularizers.L2(l2))(
        layers.Dropout(input_dropout)(row)
    )
    for width in hidden[1:]:
        x = layers.Dense(width, activation, kernel_regularizer=regularizers.L2(l2))(x)
        x = x + first if width == hidden[0] else x
    return keras.Model(row, layers.Dense(n_columns, kernel_regularizer=regularizers.L2(l2))(x))


def skip_around_everything(n_columns, hidden, activation, input_dropout, l2):
    import keras
    from keras import layers, regularizers

    row = keras.Input((n_columns,))
    x = layers.Dropout(input_dropout)(row)
    for width in hidden:
        x = x + layers.Dense(width, activation, kernel_regularizer=regularizers.L2(l2))(x)
    return keras.Model(row, layers.Dense(n_columns, kernel_regularizer=regularizers.L2(l2))(x))


def skip_by_plus(n_columns, hidden, activation, input_dropout, l2):
    import keras
    from keras import layers, regularizers

    row = keras.Input((n_columns,))
    x, last = layers.Dropout(input_dropout)(row), None
    for width in hidden:
        said = layers.Dense(width, activation, kernel_regularizer=regularizers.L2(l2))(x)
        x = x + said if last == width else said
        last = width
    return keras.Model(row, layers.Dense(n_columns, kernel_regularizer=regularizers.L2(l2))(x))


def skip_by_add_layers(n_columns, hidden, activation, input_dropout, l2):
    return _skip(n_columns, hidden, activation, input_dropout, l2)


def skip_by_ops(n_columns, hidden, activation, input_dropout, l2):
    import keras
    from keras import layers, ops

    row = keras.layers.Input((n_columns,), name="users")
    x = layers.Dropout(input_dropout, name="hide")(row)
    for i, width in enumerate(hidden):
        sums = layers.Dense(width, kernel_regularizer=keras.regularizers.L2(l2))(x)
        said = layers.Activation(activation)(sums)
        x = ops.add(x, said) if i and hidden[i] == hidden[i - 1] else said
    out = layers.Dense(n_columns, activation="linear", kernel_regularizer=keras.regularizers.L2(l2))
    return keras.Model(row, out(x))


def skip_with_first_layer_apart(n_columns, hidden, activation, input_dropout, l2):
    import keras
    from keras import layers

    def dense(width, g=None):
        return layers.Dense(width, g, kernel_regularizer=keras.regularizers.l2(l2))

    row = keras.Input((n_columns,))
    x = dense(hidden[0], activation)(layers.Dropout(input_dropout)(row))
    for width in hidden[1:]:
        layer = dense(width, activation)
        x = layers.add([layer(x), x]) if x.shape[1] == width else layer(x)
    return keras.Model(row, dense(n_columns)(x))


def skip_by_the_course(n_columns, hidden, activation, input_dropout, l2):
    from course_utils.models.autoencoder_variants import skip_autoencoder

    return skip_autoencoder(
        n_columns, hidden, activation=activation, input_dropout=input_dropout, l2=l2
    )


def skip_by_the_deep_one(n_columns, hidden, activation, input_dropout, l2):
    import keras

    from course_utils.models import deep_autoencoder

    more = {"activation": activation, "output_activation": "linear", "l2": l2, "skip": True}
    model = deep_autoencoder(n_columns, hidden, dropout=0, input_dropout=input_dropout, **more)
    return keras.Model(model.inputs[0], model.get_layer("output").output)


def skip_with_a_helper(n_columns, hidden, activation, input_dropout, l2):
    import keras
    from keras import layers

    penalty = keras.regularizers.L2(l2)

    def around(x, width):
        return x + layers.Dense(width, activation, kernel_regularizer=penalty)(x)

    def through(x, width):
        return layers.Dense(width, activation, kernel_regularizer=penalty)(x)

    row = keras.Input((n_columns,))
    x = through(layers.Dropout(input_dropout)(row), hidden[0])
    for i in range(1, len(hidden)):
        x = (around if hidden[i] == hidden[i - 1] else through)(x, hidden[i])
    return keras.Model(row, layers.Dense(n_columns, None, kernel_regularizer=penalty)(x))


# --- data_term


def root_of_everything(loss, kernels, l2):
    return loss**0.5


def root_of_the_rest(loss, kernels, l2):
    penalty = l2 * sum((kernel**2).sum() for kernel in kernels)
    return (loss - penalty) ** 0.5


def half_a_penalty(loss, kernels, l2):
    return loss - 0.5 * l2 * sum((kernel**2).sum() for kernel in kernels)


def penalty_on_the_mean(loss, kernels, l2):
    penalty = 0
    for kernel in kernels:
        penalty += l2 * (kernel**2).mean()
    return loss - penalty


def lasso(loss, kernels, l2):
    return loss - l2 * sum(abs(kernel).sum() for kernel in kernels)


def penalty_twice(loss, kernels, l2):
    return loss + l2 * sum(np.square(kernel).sum() for kernel in kernels)


def penalty_by_loop(loss, kernels, l2):
    for kernel in kernels:
        for weight in kernel.ravel():
            loss -= l2 * weight * weight
    return loss


def penalty_by_keras(loss, kernels, l2):
    regularizer = keras.regularizers.L2(l2)
    return loss - sum(float(regularizer(kernel.astype("float32"))) for kernel in kernels)


def penalty_alone(loss, kernels, l2):
    return l2 * sum((kernel**2).sum() for kernel in kernels)


def loss_untouched(loss, kernels, l2):
    return loss


def factor_forgotten(loss, kernels, l2):
    return loss - sum((kernel**2).sum() for kernel in kernels)


def not_squared(loss, kernels, l2):
    return loss - l2 * sum(kernel.sum() for kernel in kernels)


def square_of_the_sum(loss, kernels, l2):
    return loss - l2 * sum(kernel.sum() ** 2 for kernel in kernels)


def norm_of_each_kernel(loss, kernels, l2):
    return loss - l2 * sum(np.linalg.norm(kernel) for kernel in kernels)


def only_the_first_kernel(loss, kernels, l2):
    return loss - l2 * (kernels[0] ** 2).sum()


def only_the_last_kernel(loss, kernels, l2):
    for kernel in kernels:
        penalty = l2 * (kernel**2).sum()
    return loss - penalty


def factor_squared(loss, kernels, l2):
    return loss - sum(((l2 * kernel) ** 2).sum() for kernel in kernels)


def mean_over_kernels(loss, kernels, l2):
    return loss - l2 * np.mean([(kernel**2).sum() for kernel in kernels])


def one_value_for_each_kernel(loss, kernels, l2):
    return [loss - l2 * (kernel**2).sum() for kernel in kernels]


def matrix_product(loss, kernels, l2):
    return loss - l2 * sum((kernel @ kernel.T).sum() for kernel in kernels)


def kernels_in_one_array(loss, kernels, l2):
    return loss - l2 * np.sum(np.array(kernels) ** 2)


def kernels_added_up(loss, kernels, l2):
    return loss - l2 * (sum(kernels) ** 2).sum()


def loss_scaled_too(loss, kernels, l2):
    return l2 * (loss - sum((kernel**2).sum() for kernel in kernels))


def penalty_minus_loss(loss, kernels, l2):
    return l2 * sum((kernel**2).sum() for kernel in kernels) - loss


def divided_by_the_penalty(loss, kernels, l2):
    return loss / (1 + l2 * sum((kernel**2).sum() for kernel in kernels))


def root_of_loss_minus_penalty(loss, kernels, l2):
    return np.sqrt(loss) - l2 * sum((kernel**2).sum() for kernel in kernels)


def largest_weight(loss, kernels, l2):
    return loss - l2 * max((kernel**2).max() for kernel in kernels)


def list_squared(loss, kernels, l2):
    return loss - l2 * np.sum(kernels**2)


def root_of_the_sum_of_squares(loss, kernels, l2):
    return loss - l2 * np.sqrt(sum((kernel**2).sum() for kernel in kernels))


def gradient_of_the_square(loss, kernels, l2):
    return loss - 2 * l2 * sum((kernel**2).sum() for kernel in kernels)


def penalty_by_concatenation(loss, kernels, l2):
    weights = np.concatenate([kernel.ravel() for kernel in kernels])
    return loss - l2 * weights @ weights


def penalty_by_norm(loss, kernels, l2):
    return loss - l2 * sum(np.linalg.norm(kernel) ** 2 for kernel in kernels)


def penalty_by_vdot(loss, kernels, l2):
    return np.float32(loss) - np.float32(l2) * np.float32(sum(np.vdot(k, k) for k in kernels))


def penalty_by_ops(loss, kernels, l2):
    from keras import ops

    return loss - l2 * sum(ops.sum(ops.square(kernel)) for kernel in kernels)


# --- init_std


def rounded_to_hundredths(fan_in, fan_out):
    return round(1 / fan_in**0.5, 2)


def std_of_2021(fan_in, fan_out):
    return 0.02


def limit_of_glorot(fan_in, fan_out):
    return np.sqrt(6 / (fan_in + fan_out))


def limit_of_lecun(fan_in, fan_out):
    return np.sqrt(3 / fan_in)


def a_keras_initializer(fan_in, fan_out):
    return keras.initializers.LecunNormal()


def whole_root(fan_in, fan_out):
    return 1 / int(np.sqrt(fan_in))


def std_printed(fan_in, fan_out):
    print(1 / np.sqrt(fan_in))


def root_without_numpy(fan_in, fan_out):
    return 1 / sqrt(fan_in)  # noqa: F821


def std_by_math(fan_in, fan_out):
    return math.sqrt(1 / fan_in)


def std_by_variance(fan_in, fan_out):
    variance = 1 / fan_in
    return variance**0.5


def std_by_log(fan_in, fan_out):
    return np.exp(-np.log(fan_in) / 2)


def std_by_keras(fan_in, fan_out):
    return keras.ops.rsqrt(float(fan_in))


def std_as_array(fan_in, fan_out):
    return np.reciprocal(np.sqrt(np.array([fan_in], float)))


# --- top_n


def forgot_the_seen(stars, seen, support, n, minimum_support):
    order = np.argsort(stars)[::-1]
    return order[support[order] >= minimum_support][:n]


def forgot_the_support(stars, seen, support, n, minimum_support):
    order = np.argsort(-stars)
    return order[~seen[order]][:n]


def strictly_more(stars, seen, support, n, minimum_support):
    kept = np.where(~seen & (support > minimum_support), stars, -np.inf)
    order = np.argsort(-kept)
    return [i for i in order if np.isfinite(kept[i])][:n]


def ascending(stars, seen, support, n, minimum_support):
    order = np.argsort(stars)
    return [i for i in order if not seen[i] and support[i] >= minimum_support][:n]


def places_in_the_rest(stars, seen, support, n, minimum_support):
    rest = stars[(~seen) & (support >= minimum_support)]
    return np.argsort(rest)[::-1][:n]


def cut_first(stars, seen, support, n, minimum_support):
    best = np.argsort(stars)[::-1][:n]
    return best[~seen[best] & (support[best] >= minimum_support)]


def their_stars(stars, seen, support, n, minimum_support):
    return np.sort(stars[~seen & (support >= minimum_support)])[::-1][:n]


def top_by_pandas(stars, seen, support, n, minimum_support):
    table = pd.DataFrame({"stars": stars, "seen": seen, "support": support})
    table = table[~table["seen"] & (table["support"] >= minimum_support)]
    return table.nlargest(n, "stars").index


def top_by_sorting(stars, seen, support, n, minimum_support):
    allowed = [i for i in range(len(stars)) if not seen[i] and support[i] >= minimum_support]
    return sorted(allowed, key=lambda i: stars[i], reverse=True)[:n]


def top_by_minus_infinity(stars, seen, support, n, minimum_support):
    stars = stars.astype("float32")
    stars[seen | (support < minimum_support)] = -np.inf
    order = np.argsort(-stars)[:n]
    return order[stars[order] > -np.inf]


def sorted_by_support(stars, seen, support, n, minimum_support):
    allowed = ~seen & (support >= minimum_support)
    order = np.argsort(support)[::-1]
    return order[allowed[order]][:n]


def stars_times_support(stars, seen, support, n, minimum_support):
    allowed = ~seen & (support >= minimum_support)
    order = np.argsort(-(stars * support))
    return order[allowed[order]][:n]


def partitioned_only(stars, seen, support, n, minimum_support):
    kept = np.where(~seen & (support >= minimum_support), stars, -np.inf)
    best = np.argpartition(-kept, min(n, len(kept) - 1))[:n]
    return best[np.isfinite(kept[best])]


def brackets_forgotten(stars, seen, support, n, minimum_support):
    allowed = ~seen & support >= minimum_support
    order = np.argsort(-stars)
    return order[allowed[order]][:n]


def zero_for_the_others(stars, seen, support, n, minimum_support):
    kept = np.where(~seen & (support >= minimum_support), stars, 0)
    return np.argsort(-kept)[:n]


def minus_infinity_kept(stars, seen, support, n, minimum_support):
    kept = stars.copy()
    kept[seen | (support < minimum_support)] = -np.inf
    return np.argsort(-kept)[:n]


def only_the_seen(stars, seen, support, n, minimum_support):
    order = np.argsort(-stars)
    return [i for i in order if seen[i] and support[i] >= minimum_support][:n]


def seen_or_supported(stars, seen, support, n, minimum_support):
    order = np.argsort(-stars)
    return [i for i in order if not seen[i] or support[i] >= minimum_support][:n]


def deleted_then_sorted(stars, seen, support, n, minimum_support):
    rest = np.delete(stars, np.flatnonzero(seen | (support < minimum_support)))
    return np.argsort(-rest)[:n]


def mask_not_in_order(stars, seen, support, n, minimum_support):
    allowed = ~seen & (support >= minimum_support)
    return np.argsort(-stars)[allowed][:n]


def best_last(stars, seen, support, n, minimum_support):
    kept = np.where(~seen & (support >= minimum_support), stars, -np.inf)
    order = [i for i in np.argsort(kept) if np.isfinite(kept[i])]
    return order[-n:]


def one_too_many(stars, seen, support, n, minimum_support):
    return top_by_sorting(stars, seen, support, n + 1, minimum_support)


def first_skipped(stars, seen, support, n, minimum_support):
    return top_by_sorting(stars, seen, support, n + 1, minimum_support)[1:]


def not_cut(stars, seen, support, n, minimum_support):
    return top_by_sorting(stars, seen, support, len(stars), minimum_support)


def in_order_of_the_index(stars, seen, support, n, minimum_support):
    return sorted(top_by_sorting(stars, seen, support, n, minimum_support))


def a_set_of_movies(stars, seen, support, n, minimum_support):
    return set(top_by_sorting(stars, seen, support, n, minimum_support))


def true_where_recommended(stars, seen, support, n, minimum_support):
    chosen = np.zeros(len(stars), bool)
    chosen[top_by_sorting(stars, seen, support, n, minimum_support)] = True
    return chosen


def first_n_allowed(stars, seen, support, n, minimum_support):
    return np.flatnonzero(~seen & (support >= minimum_support))[:n]


def minimum_counts_stars(stars, seen, support, n, minimum_support):
    order = np.argsort(-stars)
    return [i for i in order if not seen[i] and stars[i] >= minimum_support][:n]


def at_most_the_minimum(stars, seen, support, n, minimum_support):
    order = np.argsort(-stars)
    return [i for i in order if not seen[i] and support[i] <= minimum_support][:n]


def clipped_to_five(stars, seen, support, n, minimum_support):
    return top_by_sorting(np.clip(stars, 1, 5), seen, support, n, minimum_support)


def neither_seen_nor_support(stars, seen, support, n, minimum_support):
    return np.argsort(-stars)[:n]


def ranks_of_the_movies(stars, seen, support, n, minimum_support):
    kept = np.where(~seen & (support >= minimum_support), stars, -np.inf)
    return np.argsort(np.argsort(-kept))[:n]


def not_of_an_array(stars, seen, support, n, minimum_support):
    allowed = not seen and support >= minimum_support
    return np.argsort(-stars[allowed])[:n]


def counted_from_one(stars, seen, support, n, minimum_support):
    return [i + 1 for i in top_by_sorting(stars, seen, support, n, minimum_support)]


def filled_up_with_minus_one(stars, seen, support, n, minimum_support):
    best = top_by_sorting(stars, seen, support, n, minimum_support)
    return best + [-1] * (n - len(best))


def seen_kept_and_worst_first(stars, seen, support, n, minimum_support):
    return [i for i in np.argsort(stars) if support[i] >= minimum_support][:n]


def sorted_by_rounded_stars(stars, seen, support, n, minimum_support):
    return top_by_sorting(np.round(stars), seen, support, n, minimum_support)


def movies_with_their_stars(stars, seen, support, n, minimum_support):
    return [(i, stars[i]) for i in top_by_sorting(stars, seen, support, n, minimum_support)]


def top_by_flatnonzero(stars, seen, support, n, minimum_support):
    index = np.flatnonzero(np.logical_and(np.logical_not(seen), support >= minimum_support))
    return index[np.argsort(stars[index])[::-1]][:n].tolist()


def top_by_heap(stars, seen, support, n, minimum_support):
    pairs = zip(stars, range(len(stars)), seen, support, strict=True)
    kept = [(s, i) for s, i, was_seen, many in pairs if not was_seen and many >= minimum_support]
    return tuple(i for _, i in heapq.nlargest(n, kept))


def top_by_series(stars, seen, support, n, minimum_support):
    left = pd.Series(stars)[(support >= minimum_support) & ~pd.Series(seen)]
    return left.sort_values(ascending=False).head(n).index.to_list()


WRONG = [
    ("deep_network", "linear_output", deep_with_linear_output),
    ("deep_network", "softmax_output", deep_with_softmax),
    ("deep_network", "relu", deep_with_relu),
    ("deep_network", "no_activation_at_all", deep_without_activations),
    ("deep_network", "no_bias", deep_without_biases),
    ("deep_network", "biases_penalised", deep_with_penalised_biases),
    ("deep_network", "dropout_everywhere", deep_with_dropout_everywhere),
    ("deep_network", "dropout_at_the_end", deep_with_dropout_last),
    ("deep_network", "no_dropout", deep_without_dropout),
    ("deep_network", "kept_share", deep_with_keep_probability),
    ("deep_network", "all_fixed", deep_as_published),
    ("deep_network", "fixed_penalty", deep_with_fixed_penalty),
    ("deep_network", "no_penalty", deep_without_penalty),
    ("deep_network", "absolute_penalty", deep_with_l1),
    ("deep_network", "alpha_dropout", deep_with_alpha_dropout),
    ("deep_network", "one_number_out", deep_with_one_number_out),
    ("deep_network", "last_width_only", deep_that_loses_its_layers),
    ("deep_network", None, deep_without_output_layer),
    ("deep_network", None, deep_not_a_model),
    ("skip_network", "no_skip", skip_forgotten),
    ("skip_network", "around_the_first", skip_from_the_row_too),
    ("skip_network", "joined", skip_joined),
    ("skip_network", "multiplied", skip_multiplied),
    ("skip_network", "averaged", skip_averaged),
    ("skip_network", "activation_outside", skip_with_bent_output),
    ("skip_network", "always_sigmoid", skip_always_sigmoid),
    ("skip_network", "no_activation", skip_without_activation),
    ("skip_network", "sum_bent", skip_before_the_activation),
    ("skip_network", "no_dropout", skip_without_input_dropout),
    ("skip_network", "fixed_dropout", skip_with_fixed_dropout),
    ("skip_network", "dropout_inside", skip_with_dropout_inside),
    ("skip_network", "no_penalty", skip_without_penalty),
    ("skip_network", "on_the_output", skip_onto_the_output),
    ("skip_network", None, skip_from_the_first_layer),
    ("skip_network", None, skip_around_everything),
    ("dense_parameters", "no_biases", products_only),
    ("dense_parameters", "biases_of_inputs", bias_for_each_input),
    ("dense_parameters", "no_output_layer", up_to_the_last_hidden),
    ("dense_parameters", "hidden_biases_only", biases_of_hidden_layers),
    ("dense_parameters", "one_bias_a_layer", one_bias_for_each_layer),
    ("dense_parameters", "one_on_both_sides", one_on_both_sides),
    ("dense_parameters", "input_biases", input_has_biases_too),
    ("dense_parameters", "no_first_layer", from_the_second_layer),
    ("dense_parameters", None, all_multiplied),
    ("dense_parameters", None, sum_of_widths),
    ("dense_parameters", None, a_list_of_layers),
    ("dense_parameters", "first_layer_only", returns_after_one_layer),
    ("dense_parameters", None, one_index_too_far),
    ("dense_parameters", None, every_second_pair),
    ("dense_parameters", None, bytes_of_the_parameters),
    ("dense_parameters", None, biases_taken_away),
    ("dense_parameters", None, square_layers),
    ("dense_parameters", None, without_the_return),
    ("dense_parameters", None, list_times_list),
    ("dense_parameters", None, three_layers_only),
    ("dense_parameters", None, only_kernels_between_hidden),
    ("data_term", "root_of_loss", root_of_everything),
    ("data_term", "root", root_of_the_rest),
    ("data_term", "half", half_a_penalty),
    ("data_term", "mean_of_squares", penalty_on_the_mean),
    ("data_term", "absolute_values", lasso),
    ("data_term", "added", penalty_twice),
    ("data_term", "penalty_alone", penalty_alone),
    ("data_term", "nothing_taken", loss_untouched),
    ("data_term", "no_factor", factor_forgotten),
    ("data_term", "not_squared", not_squared),
    ("data_term", "square_of_sum", square_of_the_sum),
    ("data_term", "norm", norm_of_each_kernel),
    ("data_term", "one_kernel", only_the_first_kernel),
    ("data_term", "last_kernel", only_the_last_kernel),
    ("data_term", None, factor_squared),
    ("data_term", None, mean_over_kernels),
    ("data_term", None, one_value_for_each_kernel),
    ("data_term", "matrix_product", matrix_product),
    ("data_term", None, kernels_in_one_array),
    ("data_term", None, kernels_added_up),
    ("data_term", None, loss_scaled_too),
    ("data_term", None, penalty_minus_loss),
    ("data_term", None, divided_by_the_penalty),
    ("data_term", None, root_of_loss_minus_penalty),
    ("data_term", None, largest_weight),
    ("data_term", None, list_squared),
    ("data_term", "root_of_penalty", root_of_the_sum_of_squares),
    ("data_term", "twice", gradient_of_the_square),
    ("init_std", "variance", lambda fan_in, fan_out: fan_in**-1),
    ("init_std", "fan_out", lambda fan_in, fan_out: fan_out**-0.5),
    ("init_std", "glorot", lambda fan_in, fan_out: (2 / (fan_out + fan_in)) ** 0.5),
    ("init_std", "he", lambda fan_in, fan_out: (2 / fan_in) ** 0.5),
    ("init_std", None, lambda fan_in, fan_out: fan_in**0.5),
    ("init_std", "one", lambda fan_in, fan_out: 1.0),
    ("init_std", "sum_of_both", lambda fan_in, fan_out: (fan_in + fan_out) ** -0.5),
    ("init_std", "product", lambda fan_in, fan_out: (fan_in * fan_out) ** -0.5),
    ("init_std", "variance + glorot", lambda fan_in, fan_out: 2 / (fan_in + fan_out)),
    ("init_std", "glorot + limit", limit_of_glorot),
    ("init_std", "limit", limit_of_lecun),
    ("init_std", None, lambda fan_in, fan_out: (fan_out / fan_in) ** 0.5),
    ("init_std", None, lambda fan_in, fan_out: 1 / fan_in**2),
    ("init_std", "variance + he", lambda fan_in, fan_out: 2 / fan_in),
    ("init_std", None, lambda fan_in, fan_out: 1 / max(fan_in, fan_out) ** 0.5),
    ("init_std", None, rounded_to_hundredths),
    ("init_std", "constant", std_of_2021),
    ("init_std", "an object", a_keras_initializer),
    ("init_std", None, whole_root),
    ("init_std", None, std_printed),
    ("init_std", None, root_without_numpy),
    ("top_n", "seen_kept", forgot_the_seen),
    ("top_n", "no_minimum", forgot_the_support),
    ("top_n", "more_than_minimum", strictly_more),
    ("top_n", "worst_first", ascending),
    ("top_n", "positions_after_filtering", places_in_the_rest),
    ("top_n", "cut_before_filtering", cut_first),
    ("top_n", "stars_returned", their_stars),
    ("top_n", "by_support", sorted_by_support),
    ("top_n", "by_product", stars_times_support),
    ("top_n", None, partitioned_only),
    ("top_n", "brackets", brackets_forgotten),
    ("top_n", "filled_up_with_zeros", zero_for_the_others),
    ("top_n", "filled_up", minus_infinity_kept),
    ("top_n", "only_seen", only_the_seen),
    ("top_n", None, seen_or_supported),
    ("top_n", "positions_after_filtering", deleted_then_sorted),
    ("top_n", "mask_in_another_order", mask_not_in_order),
    ("top_n", "best_last", best_last),
    ("top_n", None, one_too_many),
    ("top_n", None, first_skipped),
    ("top_n", None, not_cut),
    ("top_n", None, in_order_of_the_index),
    ("top_n", "no places", a_set_of_movies),
    ("top_n", "mask_returned", true_where_recommended),
    ("top_n", "not_sorted", first_n_allowed),
    ("top_n", None, minimum_counts_stars),
    ("top_n", None, at_most_the_minimum),
    ("top_n", None, clipped_to_five),
    ("top_n", "seen_kept + no_minimum", neither_seen_nor_support),
    ("top_n", None, ranks_of_the_movies),
    ("top_n", None, not_of_an_array),
    ("top_n", None, counted_from_one),
    ("top_n", None, filled_up_with_minus_one),
    ("top_n", "seen_kept + worst_first", seen_kept_and_worst_first),
    ("top_n", "rounded", sorted_by_rounded_stars),
    ("top_n", "pairs", movies_with_their_stars),
]

RIGHT = [
    ("deep_network", deep_by_append),
    ("deep_network", deep_with_layers_apart),
    ("deep_network", deep_in_two_halves),
    ("deep_network", deep_by_the_course),
    ("deep_network", deep_with_both_regularizers),
    ("deep_network", deep_with_another_start),
    ("skip_network", skip_by_plus),
    ("skip_network", skip_by_add_layers),
    ("skip_network", skip_by_ops),
    ("skip_network", skip_with_first_layer_apart),
    ("skip_network", skip_by_the_course),
    ("skip_network", skip_by_the_deep_one),
    ("skip_network", skip_with_a_helper),
    ("dense_parameters", parameters_by_numpy),
    ("dense_parameters", parameters_by_keras),
    ("dense_parameters", parameters_by_loop),
    ("dense_parameters", parameters_by_recursion),
    ("dense_parameters", parameters_by_shapes),
    ("dense_parameters", parameters_by_dot),
    ("data_term", penalty_by_loop),
    ("data_term", penalty_by_keras),
    ("data_term", penalty_by_concatenation),
    ("data_term", penalty_by_norm),
    ("data_term", penalty_by_vdot),
    ("data_term", penalty_by_ops),
    ("init_std", lambda fan_in, fan_out: np.float32(fan_in) ** -0.5),
    ("init_std", std_by_math),
    ("init_std", std_by_variance),
    ("init_std", std_by_log),
    ("init_std", std_by_keras),
    ("init_std", std_as_array),
    ("top_n", top_by_pandas),
    ("top_n", top_by_sorting),
    ("top_n", top_by_minus_infinity),
    ("top_n", top_by_flatnonzero),
    ("top_n", top_by_heap),
    ("top_n", top_by_series),
]
