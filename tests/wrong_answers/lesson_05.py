"""What learners write in lesson 05: wrong answers with the misunderstanding each shows, and right
answers written in other ways."""

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


WRONG = [
    ("dense_parameters", "no_biases", products_only),
    ("dense_parameters", "biases_of_inputs", bias_for_each_input),
    ("dense_parameters", "no_output_layer", up_to_the_last_hidden),
    ("dense_parameters", "hidden_biases_only", biases_of_hidden_layers),
    ("data_term", "root_of_loss", root_of_everything),
    ("data_term", "root", root_of_the_rest),
    ("data_term", "half", half_a_penalty),
    ("data_term", "mean_of_squares", penalty_on_the_mean),
    ("data_term", "absolute_values", lasso),
    ("data_term", "added", penalty_twice),
    ("init_std", "variance", lambda fan_in, fan_out: fan_in**-1),
    ("init_std", "fan_out", lambda fan_in, fan_out: fan_out**-0.5),
    ("init_std", "glorot", lambda fan_in, fan_out: (2 / (fan_out + fan_in)) ** 0.5),
    ("init_std", "he", lambda fan_in, fan_out: (2 / fan_in) ** 0.5),
    ("top_n", "seen_kept", forgot_the_seen),
    ("top_n", "no_minimum", forgot_the_support),
    ("top_n", "more_than_minimum", strictly_more),
    ("top_n", "worst_first", ascending),
    ("top_n", "positions_after_filtering", places_in_the_rest),
    ("top_n", "cut_before_filtering", cut_first),
    ("top_n", "stars_returned", their_stars),
]

RIGHT = [
    ("dense_parameters", parameters_by_numpy),
    ("dense_parameters", parameters_by_keras),
    ("data_term", penalty_by_loop),
    ("data_term", penalty_by_keras),
    ("init_std", lambda fan_in, fan_out: np.float32(fan_in) ** -0.5),
    ("top_n", top_by_pandas),
    ("top_n", top_by_sorting),
    ("top_n", top_by_minus_infinity),
]
