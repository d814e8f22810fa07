"""What learners write in lesson 06: wrong answers with the misunderstanding each shows, and right
answers written in other ways."""

import math
import statistics

import numpy as np
import pandas as pd
from scipy import stats
from scipy.stats import t

# ------------------------------------------------------------------------------- noisy_epochs


def copied_noise(row, factor, epochs, rng):
    one = row.copy()
    one[row > 0] += rng.normal(0, factor, (row > 0).sum())
    return np.stack([one] * epochs)


def noise_of_2021(row, factor, epochs, rng):
    noisy = row + factor * rng.normal(size=row.shape)
    return np.repeat(noisy[None], epochs, axis=0)


def noise_in_gaps(row, factor, epochs, rng):
    return np.array([row + rng.normal(0, factor, len(row)) for _ in range(epochs)])


def squared_factor(row, factor, epochs, rng):
    return np.array([row + (row > 0) * rng.normal(0, factor**2, len(row)) for _ in range(epochs)])


def forgot_to_start_again(row, factor, epochs, rng):
    found, noisy = [], row
    for _ in range(epochs):
        noisy = noisy + (row != 0) * factor * rng.standard_normal(len(row))
        found.append(noisy)
    return np.array(found)


def same_object_each_time(row, factor, epochs, rng):
    found, noisy = [], row.astype(float)
    for _ in range(epochs):
        noisy[row > 0] += rng.normal(0, factor, (row > 0).sum())
        found.append(noisy)
    return np.array(found)


def new_generator_each_epoch(row, factor, epochs, rng):
    return [
        row + (row > 0) * np.random.default_rng(0).normal(0, factor, len(row))
        for _ in range(epochs)
    ]


def noise_in_the_first_epoch(row, factor, epochs, rng):
    found = np.tile(row.astype(float), (epochs, 1))
    found[0] += np.where(row > 0, rng.normal(0, factor, len(row)), 0)
    return found


def last_epoch_drawn_anew(row, factor, epochs, rng):
    mask = row > 0
    noise = np.tile(rng.normal(0, factor, len(row)), (epochs, 1))
    noise[-1] = rng.normal(0, factor, len(row))
    return row + mask * noise


def one_number_an_epoch(row, factor, epochs, rng):
    return np.array([row + (row > 0) * rng.normal(0, factor) for _ in range(epochs)])


def only_the_noise(row, factor, epochs, rng):
    return np.where(row > 0, rng.normal(0, factor, (epochs, len(row))), 0)


def evenly_drawn(row, factor, epochs, rng):
    return row + (row != 0) * rng.uniform(-factor, factor, (epochs, len(row)))


def from_zero_to_one(row, factor, epochs, rng):
    return row + (row != 0) * factor * rng.random((epochs, len(row)))


def above_one_star(row, factor, epochs, rng):
    return row + np.where(row >= 1, rng.normal(0, factor, (epochs, len(row))), 0)


def kept_on_the_scale(row, factor, epochs, rng):
    noisy = row + np.where(row > 0, rng.normal(0, factor, (epochs, len(row))), 0)
    return np.where(row > 0, np.clip(noisy, 0.5, 5), 0)


def only_unrated(row, factor, epochs, rng):
    return row + np.where(row == 0, rng.normal(0, factor, (epochs, len(row))), 0)


def one_epoch_only(row, factor, epochs, rng):
    return row + (row > 0) * rng.normal(0, factor, len(row))


def epochs_as_columns(row, factor, epochs, rng):
    noise = rng.normal(0, factor, (len(row), epochs))
    return row[:, None] + noise * (row > 0)[:, None]


def times_the_stars(row, factor, epochs, rng):
    return row * (1 + rng.normal(0, factor, (epochs, len(row))))


def forgot_the_factor(row, factor, epochs, rng):
    return row + (row > 0) * rng.standard_normal((epochs, len(row)))


def half_the_cells(row, factor, epochs, rng):
    noise = rng.normal(0, factor, (epochs, len(row))) * (rng.random((epochs, len(row))) < 0.5)
    return row + noise * (row > 0)


def gaps_with_nan(row, factor, epochs, rng):
    return np.where(row > 0, row + rng.normal(0, factor, (epochs, len(row))), np.nan)


def noise_by_loop(row, factor, epochs, rng):
    found = []
    for _ in range(epochs):
        noisy = np.array(row, dtype="float32")
        noisy[noisy > 0] += rng.normal(0, factor, int((noisy > 0).sum()))
        found.append(noisy)
    return found


def noise_zeroed(row, factor, epochs, rng):
    draws = rng.normal(scale=factor, size=(epochs, row.size))
    draws[:, row == 0] = 0
    return row[None, :] + draws


def drawn_around_the_stars(row, factor, epochs, rng):
    return np.where(row != 0, rng.normal(row, factor, (epochs, len(row))), 0)


def noise_by_mask(row, factor, epochs, rng):
    return np.stack([row + (row > 0) * rng.standard_normal(row.shape) * factor] + [
        row + (row > 0) * rng.standard_normal(row.shape) * factor for _ in range(epochs - 1)
    ])  # fmt: skip


def noise_by_column(row, factor, epochs, rng):
    return (row[:, None] + (row > 0)[:, None] * rng.normal(0, factor, (len(row), epochs))).T


def noise_as_table(row, factor, epochs, rng):
    rated = np.flatnonzero(row)
    noisy = pd.DataFrame(np.tile(row.astype(float), (epochs, 1)))
    noisy.iloc[:, rated] += rng.normal(0, factor, (epochs, len(rated)))
    return noisy


# ------------------------------------------------------------------------------------ dropped


def only_masked(row, keep, rate):
    return row * keep


def weights_of_2012(row, keep, rate):
    return row * keep * (1 - rate)


def over_the_rate(row, keep, rate):
    return [r / rate if k else 0.0 for r, k in zip(row, keep, strict=True)]


def hid_the_kept(row, keep, rate):
    return row * ~keep / (1 - rate)


def nothing_hidden(row, keep, rate):
    return row / (1 - rate)


def by_the_share_that_stayed(row, keep, rate):
    return np.where(keep, row, 0) / keep.mean()


def sum_kept_exactly(row, keep, rate):
    left = row * keep
    return left * row.sum() / left.sum()


def a_little_larger(row, keep, rate):
    return row * keep * (1 + rate)


def cut_at_five(row, keep, rate):
    return np.minimum(row * keep / (1 - rate), 5)


def hidden_cells_left_out(row, keep, rate):
    return row[keep] / (1 - rate)


def hidden_is_nan(row, keep, rate):
    return np.where(keep, row / (1 - rate), np.nan)


def hidden_stays(row, keep, rate):
    return np.where(keep, row / (1 - rate), row)


def larger_where_hidden(row, keep, rate):
    return np.where(keep, row, row / (1 - rate))


def hid_the_kept_and_left_it(row, keep, rate):
    return np.where(keep, 0.0, row)


def no_brackets(row, keep, rate):
    return keep * row / 1 - rate


def by_the_root(row, keep, rate):
    return keep * row / np.sqrt(1 - rate)


def wrote_it_in_place(row, keep, rate):
    row[~keep] = 0
    row /= 1 - rate


def dropped_by_loop(row, keep, rate):
    return [r / (1 - rate) if k else 0 for r, k in zip(row, keep, strict=True)]


def dropped_by_scale(row, keep, rate):
    return (1 / (1 - rate)) * row.astype("float32") * keep.astype("float32")


def dropped_in_place(row, keep, rate):
    row[~keep] = 0
    row /= 1 - rate
    return row


def dropped_by_table(row, keep, rate):
    return pd.Series(row).where(keep, 0.0).div(1 - rate)


def dropped_by_tensors(row, keep, rate):
    from keras import ops

    return ops.where(keep, ops.convert_to_tensor(row.astype("float32")) / (1 - rate), 0.0)


def dropped_by_index(row, keep, rate):
    out = np.zeros(len(row))
    out[np.flatnonzero(keep)] = row[keep] / (1 - rate)
    return out


# ------------------------------------------------------------------------------ noisy_network


def _noisy(n_columns, hidden, spoil, inside="elu", outside=None, **dense):
    """Students' networks that differ in what happens before the first Dense, or in a keyword."""
    import keras
    from keras import layers

    row = keras.Input((n_columns,))
    x = layers.Dense(hidden, inside, **dense)(spoil(row, layers, keras.ops))
    return keras.Model(row, layers.Dense(n_columns, outside, **dense)(x))


def noise_in_all_cells(n_columns, hidden, stddev, rate):
    import keras
    from keras import layers

    row = keras.Input((n_columns,))
    x = layers.Dropout(rate)(layers.GaussianNoise(stddev)(row))
    x = layers.Dense(hidden, activation="elu")(x)
    return keras.Model(row, layers.Dense(n_columns)(x))


def noise_masked_by_itself(n_columns, hidden, stddev, rate):
    def spoil(row, layers, ops):
        noisy = layers.GaussianNoise(stddev)(row)
        return layers.Dropout(rate)(noisy * ops.cast(noisy != 0, "float32"))

    return _noisy(n_columns, hidden, spoil)


def gaps_asked_of_an_object(n_columns, hidden, stddev, rate):
    def spoil(row, layers, ops):  # row == 0 is Python's False: they are not the same object
        return layers.Dropout(rate)(ops.where(row == 0, row, layers.GaussianNoise(stddev)(row)))

    return _noisy(n_columns, hidden, spoil)


def dropout_forgotten(n_columns, hidden, stddev, rate):
    def spoil(row, layers, ops):
        return layers.GaussianNoise(stddev)(row) * ops.cast(row != 0, "float32")

    return _noisy(n_columns, hidden, spoil)


def noise_forgotten(n_columns, hidden, stddev, rate):
    return _noisy(n_columns, hidden, lambda row, layers, ops: layers.Dropout(rate)(row))


def both_forgotten(n_columns, hidden, stddev, rate):
    return _noisy(n_columns, hidden, lambda row, layers, ops: row)


def _spoilt(row, layers, ops, stddev, rate):
    return layers.Dropout(rate)(layers.GaussianNoise(stddev)(row) * ops.cast(row > 0, "float32"))


def noise_and_rate_exchanged(n_columns, hidden, stddev, rate):
    import keras
    from keras import layers, ops

    row = keras.Input((n_columns,))
    noisy = layers.GaussianNoise(rate)(row)
    x = layers.Dropout(min(stddev, 1.0))(ops.where(row != 0, noisy, 0.0))
    return keras.Model(row, layers.Dense(n_columns)(layers.Dense(hidden, "elu")(x)))


def share_that_is_kept(n_columns, hidden, stddev, rate):
    return _noisy(n_columns, hidden, lambda *x: _spoilt(*x, stddev, 1 - rate))


def noise_of_half_a_star(n_columns, hidden, stddev, rate):
    return _noisy(n_columns, hidden, lambda *x: _spoilt(*x, 0.5, rate))


def a_tenth_hidden(n_columns, hidden, stddev, rate):
    return _noisy(n_columns, hidden, lambda *x: _spoilt(*x, stddev, 0.1))


def noise_that_multiplies(n_columns, hidden, stddev, rate):
    def spoil(row, layers, ops):
        return layers.Dropout(rate)(layers.GaussianDropout(min(stddev, 0.9))(row))

    return _noisy(n_columns, hidden, spoil)


def dropout_on_hidden_units(n_columns, hidden, stddev, rate):
    import keras
    from keras import layers, ops

    row = keras.Input((n_columns,))
    noisy = ops.where(row != 0, layers.GaussianNoise(stddev)(row), 0.0)
    x = layers.Dropout(rate)(layers.Dense(hidden, "elu")(noisy))
    return keras.Model(row, layers.Dense(n_columns)(x))


def noise_on_hidden_units(n_columns, hidden, stddev, rate):
    import keras
    from keras import layers

    row = keras.Input((n_columns,))
    x = layers.Dense(hidden, "elu")(layers.Dropout(rate)(row))
    return keras.Model(row, layers.Dense(n_columns)(layers.GaussianNoise(stddev)(x)))


def noise_that_never_stops(n_columns, hidden, stddev, rate):
    import keras
    from keras import layers, ops

    def spoil(stars):
        return stars + keras.random.normal(ops.shape(stars), stddev=stddev)

    row = keras.Input((n_columns,))
    noisy = layers.Lambda(spoil)(row)
    x = layers.Dropout(rate)(ops.where(row != 0, noisy, 0.0))
    return keras.Model(row, layers.Dense(n_columns)(layers.Dense(hidden, "elu")(x)))


def half_star_taken_for_a_gap(n_columns, hidden, stddev, rate):
    def spoil(row, layers, ops):
        rated = ops.cast(row >= 1, "float32")
        return layers.Dropout(rate)(layers.GaussianNoise(stddev)(row) * rated)

    return _noisy(n_columns, hidden, spoil)


def mask_of_the_gaps(n_columns, hidden, stddev, rate):
    def spoil(row, layers, ops):
        gaps = ops.cast(ops.equal(row, 0), "float32")
        return layers.Dropout(rate)(layers.GaussianNoise(stddev)(row) * gaps)

    return _noisy(n_columns, hidden, spoil)


def elu_at_the_end(n_columns, hidden, stddev, rate):
    return _noisy(n_columns, hidden, lambda *x: _spoilt(*x, stddev, rate), outside="elu")


def no_elu(n_columns, hidden, stddev, rate):
    return _noisy(n_columns, hidden, lambda *x: _spoilt(*x, stddev, rate), inside=None)


def relu_for_elu(n_columns, hidden, stddev, rate):
    return _noisy(n_columns, hidden, lambda *x: _spoilt(*x, stddev, rate), inside="relu")


def noisy_without_biases(n_columns, hidden, stddev, rate):
    return _noisy(n_columns, hidden, lambda *x: _spoilt(*x, stddev, rate), use_bias=False)


def noisy_answers_masked(n_columns, hidden, stddev, rate):
    import keras
    from keras import layers, ops

    row = keras.Input((n_columns,))
    rated = ops.cast(row != 0, "float32")
    x = layers.Dropout(rate)(layers.GaussianNoise(stddev)(row) * rated)
    out = layers.Dense(n_columns)(layers.Dense(hidden, "elu")(x))
    return keras.Model(row, out * rated)


def noisy_input_returned(n_columns, hidden, stddev, rate):
    import keras
    from keras import layers

    return layers.GaussianNoise(stddev)(keras.Input((n_columns,)))


def noisy_by_where(n_columns, hidden, stddev, rate):
    import keras
    from keras import layers, ops

    row = keras.Input((n_columns,))
    noisy = layers.GaussianNoise(stddev)(row)
    x = layers.Dropout(rate)(ops.where(ops.equal(row, 0), row, noisy))
    x = layers.Dense(hidden, activation="elu")(x)
    return keras.Model(row, layers.Dense(n_columns)(x))


def noisy_by_multiply(n_columns, hidden, stddev, rate):
    import keras
    from keras import layers, ops

    stars = keras.layers.Input(shape=(n_columns,), name="stars")
    mask = ops.cast(ops.greater(stars, 0), "float32")
    noisy = layers.Multiply(name="masked")([mask, layers.GaussianNoise(stddev, name="n")(stars)])
    code = layers.Dense(hidden, "elu", name="code")(layers.Dropout(rate, name="hide")(noisy))
    return keras.Model(inputs=stars, outputs=layers.Dense(n_columns, name="back")(code))


def noisy_dropout_first(n_columns, hidden, stddev, rate):
    def spoil(row, layers, ops):
        kept = layers.Dropout(rate)(row)
        return layers.GaussianNoise(stddev)(kept) * ops.cast(kept != 0, "float32")

    return _noisy(n_columns, hidden, spoil)


def noisy_mask_last(n_columns, hidden, stddev, rate):
    def spoil(row, layers, ops):
        both = layers.Dropout(rate, seed=3)(layers.GaussianNoise(stddev, seed=4)(row))
        return both * ops.cast(ops.not_equal(row, 0), both.dtype)

    return _noisy(n_columns, hidden, spoil)


def noisy_with_layers_apart(n_columns, hidden, stddev, rate):
    import keras
    from keras import layers, ops

    row = keras.Input((n_columns,))
    x = layers.GaussianNoise(stddev)(row)
    x = x * ops.sign(row)
    x = layers.Dropout(rate)(x)
    x = layers.Dense(hidden)(x)
    x = layers.ELU()(x)
    x = layers.Dense(n_columns)(x)
    return keras.Model(row, layers.Activation("linear")(x))


def noisy_by_the_course(n_columns, hidden, stddev, rate):
    from course_utils.models.autoencoder_variants import noisy_autoencoder

    return noisy_autoencoder(n_columns, hidden, stddev=stddev, rate=rate)


# ------------------------------------------------------------------------------ gated_network


def _gate(n_columns, n_features, hidden, side, l2, **changed):
    """Students' networks that differ in one line: gate, mix, reads, small, unit, out, penalty."""
    import keras
    from keras import layers, regularizers

    say = {
        "gate": lambda small: 2 * layers.Dense(hidden, "sigmoid")(small),
        "shift": lambda small: layers.Dense(hidden)(small),
        "mix": lambda units, gate, shift: units * gate + shift,
        "reads": lambda row, features: features,
        "small": "tanh",
        "inputs": lambda row, features: [row, features],
        "unit": {"kernel_regularizer": regularizers.L2(l2)},
        "out": {"kernel_regularizer": regularizers.L2(l2)},
    } | changed
    row, features = keras.Input((n_columns,)), keras.Input((n_features,))
    units = layers.Dense(hidden, **{"activation": "sigmoid"} | say["unit"])(row)
    small = layers.Dense(side, say["small"])(say["reads"](row, features))
    moved = say["mix"](units, say["gate"](small), say["shift"](small))
    out = layers.Dense(n_columns, **say["out"])(moved)
    return keras.Model(say["inputs"](row, features), out)


def gate_up_to_one(n_columns, n_features, hidden, side, l2):
    from keras import layers

    gate = layers.Dense(hidden, "sigmoid")
    return _gate(n_columns, n_features, hidden, side, l2, gate=gate)


def gate_without_sigmoid(n_columns, n_features, hidden, side, l2):
    from keras import layers

    gate = layers.Dense(hidden)
    return _gate(n_columns, n_features, hidden, side, l2, gate=gate)


def gate_by_softmax(n_columns, n_features, hidden, side, l2):
    from keras import layers

    gate = layers.Dense(hidden, activation="softmax")
    return _gate(n_columns, n_features, hidden, side, l2, gate=gate)


def gate_by_tanh(n_columns, n_features, hidden, side, l2):
    from keras import layers

    gate = layers.Dense(hidden, activation="tanh")
    return _gate(n_columns, n_features, hidden, side, l2, gate=gate)


def shift_made_and_forgotten(n_columns, n_features, hidden, side, l2):
    import keras
    from keras import layers

    row, features = keras.Input((n_columns,)), keras.Input((n_features,))
    units = layers.Dense(hidden, "sigmoid", kernel_regularizer=keras.regularizers.L2(l2))(row)
    small = layers.Dense(side, "tanh")(features)
    moved = units * (2 * layers.Dense(hidden, "sigmoid")(small))
    out = layers.Dense(n_columns, kernel_regularizer=keras.regularizers.L2(l2))(moved)
    return keras.Model([row, features], out)


def gate_forgotten(n_columns, n_features, hidden, side, l2):
    import keras
    from keras import layers

    row, features = keras.Input((n_columns,)), keras.Input((n_features,))
    units = layers.Dense(hidden, "sigmoid", kernel_regularizer=keras.regularizers.L2(l2))(row)
    small = layers.Dense(side, "tanh")(features)
    moved = layers.Add()([units, layers.Dense(hidden)(small)])
    out = layers.Dense(n_columns, kernel_regularizer=keras.regularizers.L2(l2))(moved)
    return keras.Model([row, features], out)


def gate_added(n_columns, n_features, hidden, side, l2):
    return _gate(n_columns, n_features, hidden, side, l2, mix=lambda u, a, s: u + a + s)


def gate_on_the_shift_too(n_columns, n_features, hidden, side, l2):
    return _gate(n_columns, n_features, hidden, side, l2, mix=lambda u, a, s: (u + s) * a)


def gate_between_two(n_columns, n_features, hidden, side, l2):
    def mix(units, gate, shift):
        share = gate / 2
        return share * units + (1 - share) * shift

    return _gate(n_columns, n_features, hidden, side, l2, mix=mix)


def gate_and_shift_exchanged(n_columns, n_features, hidden, side, l2):
    return _gate(n_columns, n_features, hidden, side, l2, mix=lambda u, a, s: u * s + a)


def gate_of_the_ratings(n_columns, n_features, hidden, side, l2):
    return _gate(n_columns, n_features, hidden, side, l2, reads=lambda row, features: row)


def gate_of_sigmoids(n_columns, n_features, hidden, side, l2):
    return _gate(n_columns, n_features, hidden, side, l2, small="sigmoid")


def gate_without_a_small_layer(n_columns, n_features, hidden, side, l2):
    import keras
    from keras import layers

    penalty = keras.regularizers.L2(l2)
    row, features = keras.Input((n_columns,)), keras.Input((n_features,))
    units = layers.Dense(hidden, "sigmoid", kernel_regularizer=penalty)(row)
    gate = 2 * layers.Dense(hidden, "sigmoid")(features)
    moved = units * gate + layers.Dense(hidden)(features)
    return keras.Model([row, features], layers.Dense(n_columns, kernel_regularizer=penalty)(moved))


def facts_beside_the_ratings(n_columns, n_features, hidden, side, l2):
    import keras
    from keras import layers

    penalty = keras.regularizers.L2(l2)
    row, features = keras.Input((n_columns,)), keras.Input((n_features,))
    both = layers.Concatenate()([row, features])
    units = layers.Dense(hidden, "sigmoid", kernel_regularizer=penalty)(both)
    return keras.Model([row, features], layers.Dense(n_columns, kernel_regularizer=penalty)(units))


def units_by_relu(n_columns, n_features, hidden, side, l2):
    from keras import regularizers

    unit = {"activation": "relu", "kernel_regularizer": regularizers.L2(l2)}
    return _gate(n_columns, n_features, hidden, side, l2, unit=unit)


def answers_by_softmax(n_columns, n_features, hidden, side, l2):
    from keras import regularizers

    out = {"activation": "softmax", "kernel_regularizer": regularizers.L2(l2)}
    return _gate(n_columns, n_features, hidden, side, l2, out=out)


def gate_without_penalty(n_columns, n_features, hidden, side, l2):
    return _gate(n_columns, n_features, hidden, side, l2, unit={}, out={})


def gate_with_penalty_on_the_first(n_columns, n_features, hidden, side, l2):
    return _gate(n_columns, n_features, hidden, side, l2, out={})


def inputs_the_other_way_round(n_columns, n_features, hidden, side, l2):
    return _gate(
        n_columns, n_features, hidden, side, l2, inputs=lambda row, features: [features, row]
    )


def one_input_only(n_columns, n_features, hidden, side, l2):
    import keras
    from keras import layers

    row = keras.Input((n_columns,))
    units = layers.Dense(hidden, "sigmoid")(row)
    return keras.Model(row, layers.Dense(n_columns)(units))


def gate_in_plain_lines(n_columns, n_features, hidden, side, l2):
    return _gate(n_columns, n_features, hidden, side, l2)


def gate_made_of_layers(n_columns, n_features, hidden, side, l2):
    import keras
    from keras import layers

    penalty = keras.regularizers.l2(l2)
    stars = keras.Input((n_columns,), name="stars")
    facts = keras.Input((n_features,), name="facts")
    c = layers.Dense(side, activation="tanh", name="c")(facts)
    shift = layers.Dense(hidden, name="s")(c)
    gate = layers.Rescaling(2.0)(layers.Dense(hidden, activation="sigmoid", name="a")(c))
    units = layers.Dense(hidden, activation="sigmoid", kernel_regularizer=penalty, name="u")(stars)
    moved = layers.Add()([layers.Multiply()([gate, units]), shift])
    out = layers.Dense(n_columns, kernel_regularizer=penalty, name="r")(moved)
    return keras.Model(inputs=[stars, facts], outputs=out)


def gate_by_ops(n_columns, n_features, hidden, side, l2):
    import keras
    from keras import layers, ops

    penalty = keras.regularizers.L2(l2)
    row, facts = keras.Input((n_columns,)), keras.Input((n_features,))
    small = ops.tanh(layers.Dense(side)(facts))
    gate = ops.multiply(ops.sigmoid(layers.Dense(hidden)(small)), 2.0)
    units = ops.sigmoid(layers.Dense(hidden, kernel_regularizer=penalty)(row))
    moved = ops.add(ops.multiply(units, gate), layers.Dense(hidden)(small))
    return keras.Model([row, facts], layers.Dense(n_columns, kernel_regularizer=penalty)(moved))


def gate_from_zeros(n_columns, n_features, hidden, side, l2):
    from keras import layers

    def gate(small):
        half = layers.Dense(hidden, "sigmoid", kernel_initializer="zeros")(small)
        return half + half

    shift = layers.Dense(hidden, kernel_initializer="zeros")
    return _gate(n_columns, n_features, hidden, side, l2, gate=gate, shift=shift)


def gate_as_a_tanh(n_columns, n_features, hidden, side, l2):
    from keras import layers, ops

    def gate(small):  # 2σ(x) = 1 + tanh(x / 2)
        return 1 + ops.tanh(layers.Dense(hidden)(small) / 2)

    return _gate(n_columns, n_features, hidden, side, l2, gate=gate)


def gate_by_the_course(n_columns, n_features, hidden, side, l2):
    from course_utils.models.autoencoder_variants import gated_autoencoder

    return gated_autoencoder(n_columns, n_features, hidden, side, l2)


# ------------------------------------------------------------------------------ seed_interval


def around(mean, half):
    return mean, mean - half, mean + half


def two_sigma(a, b):
    d = a - b
    return around(d.mean(), 1.96 * d.std(ddof=1) / np.sqrt(len(d)))


def forgot_the_root_of_k(a, b):
    d = [x - y for x, y in zip(a, b, strict=True)]
    return around(statistics.mean(d), t.ppf(0.975, len(d) - 1) * statistics.stdev(d))


def plain_std(a, b):
    d = a - b
    return around(d.mean(), t.ppf(0.975, df=len(d) - 1) * d.std() / len(d) ** 0.5)


def welch(a, b):
    k = len(a)
    error = math.sqrt((statistics.variance(a) + statistics.variance(b)) / k)
    return list(around(np.mean(a) - np.mean(b), t.ppf(0.975, 2 * k - 2) * error))


def b_minus_a(a, b):
    d = b - a
    return around(d.mean(), t.ppf(0.975, len(d) - 1) * d.std(ddof=1) / np.sqrt(len(d)))


def k_degrees(a, b):
    d = a - b
    return around(d.mean(), t.ppf(0.975, len(d)) * stats.sem(d))


def ninety_percent(a, b):
    d = a - b
    return around(d.mean(), t.ppf(0.95, len(d) - 1) * stats.sem(d))


def lower_quantile(a, b):
    d = a - b
    return around(d.mean(), t.ppf(0.025, len(d) - 1) * stats.sem(d))


def one_standard_error(a, b):
    return around((a - b).mean(), stats.sem(a - b))


def divided_by_k(a, b):
    d = a - b
    return around(d.mean(), t.ppf(0.975, len(d) - 1) * d.std(ddof=1) / len(d))


def smallest_and_largest(a, b):
    d = a - b
    return d.mean(), d.min(), d.max()


def percentiles(a, b):
    d = a - b
    return d.mean(), np.percentile(d, 2.5), np.percentile(d, 97.5)


def mean_last(a, b):
    mean, low, high = interval_by_hand(a, b)
    return low, high, mean


def bounds_without_mean(a, b):
    return interval_by_hand(a, b)[1:]


def not_around_the_mean(a, b):
    d = a - b
    half = t.ppf(0.975, len(d) - 1) * stats.sem(d)
    return d.mean(), -half, half


def mean_and_half(a, b):
    d = a - b
    return d.mean(), t.ppf(0.975, len(d) - 1) * stats.sem(d)


def absolute_differences(a, b):
    return interval_by_hand(np.abs(a - b), np.zeros(len(a)))


def variance_for_std(a, b):
    d = a - b
    return around(d.mean(), t.ppf(0.975, len(d) - 1) * d.var(ddof=1) / np.sqrt(len(d)))


def always_three_seeds(a, b):
    d = a - b
    return around(d.mean(), 4.303 * d.std(ddof=1) / np.sqrt(3))


def rounded_to_tenths_of_thousands(a, b):
    return [round(float(x), 3) for x in interval_by_hand(a, b)]


def b_minus_a_plain_std(a, b):
    d = b - a
    return around(d.mean(), t.ppf(0.975, len(d) - 1) * np.std(d) / np.sqrt(len(d)))


def interval_by_scipy(a, b):
    low, high = stats.ttest_rel(a, b).confidence_interval(0.95)
    return float(np.mean(a) - np.mean(b)), float(low), float(high)


def interval_by_hand(a, b):
    d = [x - y for x, y in zip(a, b, strict=True)]
    mean = sum(d) / len(d)
    half = t.ppf(0.975, len(d) - 1) * statistics.stdev(d) / math.sqrt(len(d))
    return np.array([mean, mean - half, mean + half])


def interval_by_sem(a, b):
    d = a - b
    return around(d.mean(), t.ppf(0.975, len(d) - 1) * stats.sem(d))


def interval_of_t(a, b):
    d = a - b
    return [d.mean(), *t.interval(0.95, len(d) - 1, loc=d.mean(), scale=stats.sem(d))]


def interval_by_pandas(a, b):
    d = pd.Series(a) - pd.Series(b)
    half = d.sem() * -t.ppf(0.025, d.count() - 1)
    return pd.Series({"mean": d.mean(), "low": d.mean() - half, "high": d.mean() + half})


def root_of_k_less_one(a, b):
    d = np.subtract(a, b)
    k = d.size
    return around(np.mean(d), t.isf(0.025, k - 1) * np.std(d) / np.sqrt(k - 1))


# ------------------------------------------------------------------------------ group_of_code


def codes(age_group, inside):
    return lambda: {"age_group": age_group, "user_2000_inside": inside}


# --------------------------------------------------------------------------------- same_users


def rmse(table):
    return float(np.sqrt(np.mean((table["rating"] - table["prediction"]) ** 2)))


def merged(full, group, *columns):
    return group.merge(full, on=list(columns), suffixes=("", "_full"))


def difference(both):
    other = both["rating"] - both["prediction_full"]
    return rmse(both) - float(np.sqrt((other**2).mean()))


def apples_and_oranges(full, group):
    return rmse(group) - rmse(full)


def on_both(full, group):
    indexed = full.set_index(["user", "movie"])
    return indexed.loc[list(zip(group["user"], group["movie"], strict=True))].reset_index()


def full_minus_group(full, group):
    return rmse(on_both(full, group)) - rmse(group)


def mean_over_users(full, group):
    def each(table):
        return np.mean([rmse(one) for _, one in table.groupby("user")])

    return each(group) - each(on_both(full, group))


def forgot_the_roots(full, group):
    return rmse(group) ** 2 - rmse(on_both(full, group)) ** 2


def took_the_order_for_granted(full, group):
    mine = on_both(full, group).sort_values(["user", "movie"])
    return rmse(group) - rmse(group.assign(prediction=mine["prediction"].to_numpy()))


def merged_on_user(full, group):
    return difference(merged(full, group, "user"))


def merged_on_user_and_rating(full, group):
    return difference(merged(full, group, "user", "rating"))


def merged_on_movie(full, group):
    return difference(merged(full, group, "movie"))


def merged_on_everything(full, group):
    return rmse(group) - rmse(group.merge(full))


def all_ratings_of_these_users(full, group):
    return rmse(group) - rmse(full[full["user"].isin(group["user"])])


def users_and_movies_apart(full, group):
    mine = full[full["user"].isin(group["user"]) & full["movie"].isin(group["movie"])]
    return rmse(group) - rmse(mine)


def mean_absolute(full, group):
    own = (group["rating"] - group["prediction"]).abs().mean()
    both = on_both(full, group)
    return own - (both["rating"] - both["prediction"]).abs().mean()


def by_index(full, group):
    everybody = np.sqrt(((group["rating"] - full["prediction"]) ** 2).mean())
    return rmse(group) - everybody


def between_the_models(full, group):
    both = merged(full, group, "user", "movie")
    return np.sqrt(((both["prediction"] - both["prediction_full"]) ** 2).mean())


def everybody_alone(full, group):
    return rmse(on_both(full, group))


def ratio(full, group):
    return rmse(group) / rmse(on_both(full, group)) - 1


def sums_not_means(full, group):
    def total(table):
        return float(np.sqrt(((table["rating"] - table["prediction"]) ** 2).sum()))

    return total(group) - total(on_both(full, group))


def mean_errors(full, group):
    both = on_both(full, group)
    own = (group["prediction"] - group["rating"]).mean()
    return own - (both["prediction"] - both["rating"]).mean()


def root_of_the_difference(full, group):
    return np.sqrt(rmse(group) ** 2 - rmse(on_both(full, group)) ** 2)


def everybody_on_the_rest(full, group):
    rest = full[~full["user"].isin(group["user"])]
    return rmse(group) - rmse(rest)


def arguments_exchanged(full, group):
    full, group = group, full
    return rmse(merged(full, group, "user", "movie")) - rmse(full)


def same_by_index(full, group):
    return rmse(group) - rmse(on_both(full, group))


def same_by_loop(full, group):
    found = {(r.user, r.movie): r.prediction for r in full.itertuples()}
    a = [(r.rating - r.prediction) ** 2 for r in group.itertuples()]
    b = [(r.rating - found[r.user, r.movie]) ** 2 for r in group.itertuples()]
    return (sum(a) / len(a)) ** 0.5 - (sum(b) / len(b)) ** 0.5


def same_by_three_columns(full, group):
    return difference(merged(full, group, "user", "movie", "rating"))


def same_by_inner_concat(full, group):
    keys = ["user", "movie"]
    both = pd.concat([group.set_index(keys), full.set_index(keys)], axis=1, join="inner")
    errors = both["prediction"].sub(both["rating"].iloc[:, 0], axis=0).to_numpy()
    own, everybody = np.sqrt((errors**2).mean(axis=0))
    return np.array([own - everybody])


def same_by_sorted_rows(full, group):
    pairs = pd.MultiIndex.from_frame(group[["user", "movie"]])
    mine = full[pd.MultiIndex.from_frame(full[["user", "movie"]]).isin(pairs)]
    return rmse(group) - rmse(mine)


def same_by_norm(full, group):
    both = full.merge(group, on=["user", "movie"], how="right")
    stars, n = both["rating_y"], len(both)
    own = np.linalg.norm(both["prediction_y"] - stars) / np.sqrt(n)
    return np.float32(own - np.linalg.norm(both["prediction_x"] - stars) / np.sqrt(n))


WRONG = [
    ("noisy_network", "gaps_spoilt", noise_in_all_cells),
    ("noisy_network", "gaps_spoilt", noise_masked_by_itself),
    ("noisy_network", "gaps_spoilt", gaps_asked_of_an_object),
    ("noisy_network", "no_dropout", dropout_forgotten),
    ("noisy_network", "no_noise", noise_forgotten),
    ("noisy_network", "nothing_spoilt", both_forgotten),
    ("noisy_network", None, noise_and_rate_exchanged),
    ("noisy_network", "kept_share", share_that_is_kept),
    ("noisy_network", "fixed_noise", noise_of_half_a_star),
    ("noisy_network", "fixed_dropout", a_tenth_hidden),
    ("noisy_network", None, noise_that_multiplies),
    ("noisy_network", "dropout_inside", dropout_on_hidden_units),
    ("noisy_network", "noise_inside", noise_on_hidden_units),
    ("noisy_network", "noise_at_prediction", noise_that_never_stops),
    ("noisy_network", "below_one_is_a_gap", half_star_taken_for_a_gap),
    ("noisy_network", None, mask_of_the_gaps),
    ("noisy_network", "activation_outside", elu_at_the_end),
    ("noisy_network", "no_activation", no_elu),
    ("noisy_network", "relu", relu_for_elu),
    ("noisy_network", "no_bias", noisy_without_biases),
    ("noisy_network", "output_masked", noisy_answers_masked),
    ("noisy_network", None, noisy_input_returned),
    ("gated_network", "not_doubled", gate_up_to_one),
    ("gated_network", "linear_gate", gate_without_sigmoid),
    ("gated_network", "softmax_gate", gate_by_softmax),
    ("gated_network", "tanh_gate", gate_by_tanh),
    ("gated_network", "no_shift", shift_made_and_forgotten),
    ("gated_network", "no_gate", gate_forgotten),
    ("gated_network", "gate_added", gate_added),
    ("gated_network", "shift_first", gate_on_the_shift_too),
    ("gated_network", "mixed", gate_between_two),
    ("gated_network", "exchanged", gate_and_shift_exchanged),
    ("gated_network", "reads_the_row", gate_of_the_ratings),
    ("gated_network", "sigmoid_small_layer", gate_of_sigmoids),
    ("gated_network", "no_small_layer", gate_without_a_small_layer),
    ("gated_network", "beside", facts_beside_the_ratings),
    ("gated_network", "relu_inside", units_by_relu),
    ("gated_network", "softmax_outside", answers_by_softmax),
    ("gated_network", "no_penalty", gate_without_penalty),
    ("gated_network", "output_not_penalised", gate_with_penalty_on_the_first),
    ("gated_network", None, inputs_the_other_way_round),
    ("gated_network", None, one_input_only),
    ("noisy_epochs", "drawn_once", copied_noise),
    ("noisy_epochs", "every_cell_once", noise_of_2021),
    ("noisy_epochs", "every_cell", noise_in_gaps),
    ("noisy_epochs", "variance", squared_factor),
    ("noisy_epochs", "adding_up", forgot_to_start_again),
    ("noisy_epochs", "one_array", same_object_each_time),
    ("noisy_epochs", "drawn_once", new_generator_each_epoch),
    ("noisy_epochs", "first_epoch_only", noise_in_the_first_epoch),
    ("noisy_epochs", "drawn_once", last_epoch_drawn_anew),
    ("noisy_epochs", "one_number", one_number_an_epoch),
    ("noisy_epochs", "noise_alone", only_the_noise),
    ("noisy_epochs", "uniform", evenly_drawn),
    ("noisy_epochs", "zero_to_one", from_zero_to_one),
    ("noisy_epochs", "from_one_star", above_one_star),
    ("noisy_epochs", "clipped", kept_on_the_scale),
    ("noisy_epochs", "unrated_only", only_unrated),
    ("noisy_epochs", None, one_epoch_only),
    ("noisy_epochs", None, epochs_as_columns),
    ("noisy_epochs", "multiplied", times_the_stars),
    ("noisy_epochs", "no_factor", forgot_the_factor),
    ("noisy_epochs", None, half_the_cells),
    ("noisy_epochs", None, gaps_with_nan),
    ("dropped", "not_rescaled", only_masked),
    ("dropped", "made_smaller", weights_of_2012),
    ("dropped", "divided_by_rate", over_the_rate),
    ("dropped", "mask_reversed", hid_the_kept),
    ("dropped", "nothing_hidden", nothing_hidden),
    ("dropped", "share_counted", by_the_share_that_stayed),
    ("dropped", "same_sum", sum_kept_exactly),
    ("dropped", None, a_little_larger),
    ("dropped", "clipped", cut_at_five),
    ("dropped", "left_out", hidden_cells_left_out),
    ("dropped", None, hidden_is_nan),
    ("dropped", "hidden_stays", hidden_stays),
    ("dropped", "hidden_grows", larger_where_hidden),
    ("dropped", "not_rescaled + mask_reversed", hid_the_kept_and_left_it),
    ("dropped", None, no_brackets),
    ("dropped", None, by_the_root),
    ("dropped", "no return", wrote_it_in_place),
    ("seed_interval", "normal", two_sigma),
    ("seed_interval", "spread_of_one_run", forgot_the_root_of_k),
    ("seed_interval", "divides_by_k", plain_std),
    ("seed_interval", "unpaired", welch),
    ("seed_interval", "reversed", b_minus_a),
    ("seed_interval", "degrees", k_degrees),
    ("seed_interval", "one_sided", ninety_percent),
    ("seed_interval", "low_and_high", lower_quantile),
    ("seed_interval", "standard_error", one_standard_error),
    ("seed_interval", "by_k", divided_by_k),
    ("seed_interval", "range", smallest_and_largest),
    ("seed_interval", "percentiles", percentiles),
    ("seed_interval", "mean_last", mean_last),
    ("seed_interval", None, bounds_without_mean),
    ("seed_interval", "not_centred", not_around_the_mean),
    ("seed_interval", None, mean_and_half),
    ("seed_interval", "absolute", absolute_differences),
    ("seed_interval", "variance", variance_for_std),
    ("seed_interval", None, always_three_seeds),
    ("seed_interval", None, rounded_to_tenths_of_thousands),
    ("seed_interval", "divides_by_k + reversed", b_minus_a_plain_std),
    ("group_of_code", "as_in_2021", codes("18 to 24", True)),
    ("group_of_code", "label_of_2021", codes("18-24", False)),
    ("group_of_code", "one_too_far", codes("35-44", False)),
    ("group_of_code", "user_inside", codes("25-34", True)),
    ("group_of_code", "one_too_far + user_inside", codes("35–44", True)),
    ("group_of_code", "another_group", codes("56+", False)),
    ("group_of_code", "another_group + user_inside", codes("Under 18", True)),
    ("group_of_code", "no_label", codes(2, False)),
    ("group_of_code", "no_label", codes("3956", False)),
    ("group_of_code", "no_label", codes("women", False)),
    ("group_of_code", "no_word", codes("25-34", "no")),
    ("group_of_code", "no_word", codes("25-34", "False")),
    ("group_of_code", "label_of_2021 + no_word", codes("18-24", "no")),
    ("group_of_code", "not_a_dict", lambda: "25-34"),
    ("group_of_code", "not_a_dict", lambda: ("25-34", False)),
    ("group_of_code", None, lambda: {"age_group": "25-34"}),
    ("group_of_code", None, lambda: {"age_group": "25-34", "user_inside": False}),
    ("same_users", "different_users", apples_and_oranges),
    ("same_users", "reversed", full_minus_group),
    ("same_users", "per_user", mean_over_users),
    ("same_users", "squared", forgot_the_roots),
    ("same_users", "by_position", took_the_order_for_granted),
    ("same_users", "on_user", merged_on_user),
    ("same_users", "on_user_and_rating", merged_on_user_and_rating),
    ("same_users", "on_movie", merged_on_movie),
    ("same_users", "on_everything", merged_on_everything),
    ("same_users", "same_users_only", all_ratings_of_these_users),
    ("same_users", "columns_apart", users_and_movies_apart),
    ("same_users", "absolute", mean_absolute),
    ("same_users", "by_index", by_index),
    ("same_users", None, between_the_models),
    ("same_users", "full_alone", everybody_alone),
    ("same_users", "ratio", ratio),
    ("same_users", "sums", sums_not_means),
    ("same_users", None, mean_errors),
    ("same_users", None, root_of_the_difference),
    ("same_users", None, everybody_on_the_rest),
    ("same_users", "reversed", arguments_exchanged),
]

RIGHT = [
    ("noisy_network", noisy_by_where),
    ("noisy_network", noisy_by_multiply),
    ("noisy_network", noisy_dropout_first),
    ("noisy_network", noisy_mask_last),
    ("noisy_network", noisy_with_layers_apart),
    ("noisy_network", noisy_by_the_course),
    ("gated_network", gate_in_plain_lines),
    ("gated_network", gate_made_of_layers),
    ("gated_network", gate_by_ops),
    ("gated_network", gate_from_zeros),
    ("gated_network", gate_as_a_tanh),
    ("gated_network", gate_by_the_course),
    ("noisy_epochs", noise_by_loop),
    ("noisy_epochs", noise_zeroed),
    ("noisy_epochs", drawn_around_the_stars),
    ("noisy_epochs", noise_by_mask),
    ("noisy_epochs", noise_by_column),
    ("noisy_epochs", noise_as_table),
    ("dropped", dropped_by_loop),
    ("dropped", dropped_by_scale),
    ("dropped", dropped_in_place),
    ("dropped", dropped_by_table),
    ("dropped", dropped_by_tensors),
    ("dropped", dropped_by_index),
    ("seed_interval", interval_by_scipy),
    ("seed_interval", interval_by_hand),
    ("seed_interval", interval_by_sem),
    ("seed_interval", interval_of_t),
    ("seed_interval", interval_by_pandas),
    ("seed_interval", root_of_k_less_one),
    ("group_of_code", codes("25–34", False)),
    ("group_of_code", codes("25 to 34", np.False_)),
    ("group_of_code", codes("ages 25-34", 0)),
    ("group_of_code", codes("25 - 34 years", False)),
    ("group_of_code", lambda: {"user_2000_inside": 2 == 3, "age_group": "25-34"}),
    ("group_of_code", lambda: pd.Series({"age_group": "25-34", "user_2000_inside": False})),
    ("same_users", same_by_index),
    ("same_users", same_by_loop),
    ("same_users", same_by_three_columns),
    ("same_users", same_by_inner_concat),
    ("same_users", same_by_sorted_rows),
    ("same_users", same_by_norm),
]
