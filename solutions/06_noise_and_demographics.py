# %% [markdown]
# # 06 · Noise and demographics: what helps, and whom
#
# {{colab_badge}}
#
# **After this lesson you will be able to**
#
# - put noise on an autoencoder's input, by hand and as Keras layers, so that it has to learn something,
# - tell a difference from the luck of a seed,
# - build a gate through which facts about people change what their ratings say,
# - give a network what is known about its users, and tell what the facts do from what the columns do,
# - find out from counts who was in a group, and compare a group's model with everybody's on the same
#   users.
#
# **You need** lessons 02 and 04, and lesson 05's deep autoencoder. **Time:** 120 minutes; the
# notebook itself runs in about a minute and a half.

# %% setup=true
import keras
import numpy as np
from keras import layers, ops

from course_utils import check, guess, plots, results, reveal, yours
from course_utils.data import AGE_GROUPS, load_movielens, people, primary_split
from course_utils.models import baselines, deep_autoencoder, masked_mse, masked_sse, on_rows
from course_utils.protocol import compare, compiled, evaluate, fit, leaderboard
from course_utils.tasks import row_task

# %%
data = load_movielens(DATASET)
split = primary_split(data)
split

# %% [markdown]
# ## Noise: why would anyone spoil the input?
#
# An autoencoder gives back its input. The easiest way is to copy it. Spoil the input a little, ask
# for the clean ratings, and copying no longer works: a spoilt rating has to be told from the others.
# That is a *denoising* autoencoder.
#
# For that to work, two questions need the right answer. Which cells get noise? When is it drawn?
# Here is one user's row, spoilt in two ways.

# %%
from course_utils.tasks import Noise, gaussian

one = np.argmax(np.bincount(split.train["user"]))
clean = row_task(split, "user").data.batch(np.array([one]))[0][0]
rated = clean != 0
of_2021 = Noise(gaussian(0.5, rated_only=False), drawn_once=True)
right = Noise(gaussian(0.5))
draws = {
    name: np.concatenate([noise(clean, rated, [one], np.random.default_rng(i)) for i in (1, 2)])
    for name, noise in {"as in 2021, factor .5": of_2021, "the right way, factor .5": right}.items()
}
plots.noisy_rows(clean[0], draws)

# %% [markdown]
# The project of 2021 drew its noise **once**, before training. So it was the same in every epoch. A
# network could learn it by heart; whether this one does, we will measure. It drew it for **all
# cells**, so a gap became a small rating. And the noise was still there when the network was asked
# about validation and test.
#
# The right way: rated cells only, drawn anew for every batch, and a clean row at prediction.
#
# ### Exercise 1 · Noise that teaches
#
# Write down what the network reads of one user in each epoch.


# %% exercise="noisy_epochs"
def noisy_epochs(row, factor, epochs, rng):
    """One user's input in each epoch, with Gaussian noise of ``factor`` stars done the right way.

    row: stars, 0 where unrated, shape (n_columns,). factor: standard deviation of the noise.
    rng: a NumPy Generator, such as np.random.default_rng(0). Returns shape (epochs, n_columns).
    """
    ### BEGIN SOLUTION
    noise = rng.normal(0, factor, (epochs, len(row)))
    return row + np.where(row != 0, noise, 0.0)
    ### END SOLUTION


# %% check="noisy_epochs" points=3
check("noisy_epochs", noisy_epochs)
### BEGIN HIDDEN TESTS
_noisy = np.asarray(noisy_epochs(np.array([3.0, 0.0] * 2000), 0.4, 2, np.random.default_rng(5)))
assert _noisy.shape == (2, 4000) and not _noisy[:, 1::2].any()
assert abs((_noisy[:, ::2] - 3).std() - 0.4) < 0.03 and not np.allclose(_noisy[0], _noisy[1])
### END HIDDEN TESTS

# %%
epochs = yours("noisy_epochs", noisy_epochs)(clean[0], 0.5, 3, np.random.default_rng(0))
print("rated    ", epochs[:, rated[0]][:, :3].round(2).tolist())
print("not rated", epochs[:, ~rated[0]][:, :3].round(2).tolist())

# %% [markdown]
# ## The trap: noise that is part of the data
#
# The deep autoencoder of 2021, twice: without noise, and with noise as in 2021. The factor is large, so
# that you can see something. (Twenty epochs each, so that it takes seconds. The figures after it come
# from forty, at half the rate.) **Predict before you run:** by how many stars will the noise change the
# RMSE on test? A fall is negative.

# %%
guess("change_by_noise_of_2021", ...)


# %%
def deep_ae(split, noise=None, start=None, rate=2e-3, epochs=20):
    task = row_task(split, "user", batch_size=min(256, split.n_users // 15), noise=noise)

    def build():
        model = deep_autoencoder(split.n_movies)
        if start is not None:
            model.set_weights(start.get_weights())
        return compiled(model, masked_mse, rate, steps=epochs * len(task.x))

    return fit(build, task, epochs=epochs, patience=None)


# %%
full = deep_ae(split)
scores = [evaluate(full, split, model="no noise")]
print(f"RMSE {scores[0].rmse:.3f}, per user {scores[0].per_user_rmse:.3f}")

# %%
scores.append(evaluate(deep_ae(split, of_2021), split, model="Gaussian, as in 2021"))
display(reveal("change_by_noise_of_2021", scores[-1].rmse - scores[0].rmse))
print(compare(scores[-1], scores[0]))

# %% [markdown]
# It is tempting to stop here and name the guilty mistake. But the interval above is about other users,
# with these very trainings. Train again with another seed, and the difference moves too. So here is
# every factor on MovieLens-100K, three seeds each: a dot a seed.

# %%
noise_results = results.of("ml-100k", "06")
ways = {
    "Gaussian noise": {"as in 2021": "gauss_2021", "the right way": "gauss"},
    "hidden input": {"drawn once": "hide_once", "anew each batch": "hide"},
}
plots.noise_by_factor(noise_results, ways)

# %% [markdown]
# Read it line by line.
#
# - **Gaussian, as in 2021.** [[At a factor of half a star it costs
#   {{ml-100k.gauss_2021_5.difference:+.4f}}.|noise_of_2021]] Two mistakes are in it, so make one at a
#   time. [[Noise in all cells, but drawn anew, costs {{ml-100k.gauss_everywhere_5.difference:+.4f}} where
#   the right way has {{ml-100k.gauss_5.difference:+.4f}}.|noise_in_gaps]] [[Noise on rated cells, but
#   drawn once, has {{ml-100k.gauss_once_5.difference:+.4f}}: four thousandths at most from the right
#   way.|noise_drawn_once]] So the fear of noise that is learnt by heart is not borne out here. The fear
#   for the gaps is.
# - **Gaussian, the right way.** [[At half a star it changes {{ml-100k.gauss_5.difference:+.4f}}, and at
#   most four thousandths either way.|noise_right_way]] Why is there so little to gain? This network
#   already drops 80 % of its middle layer, and may need no more noise. That is a guess. Train it with a
#   dropout of 0, with noise and without, and you have tested it.
# - **Hidden input.** [[Hiding half, anew for each batch, costs
#   {{ml-100k.hide_5.difference:+.4f}}.|hide_half]] Done right is not the same as useful. [[Half hidden
#   once and for all has {{ml-100k.hide_once_5.difference:+.4f}}: which of the two is worse, three seeds
#   leave open.|hide_half_anew]]

# %% [markdown] quiz="noise_when_asked"
# A network was trained with noise, and the noise stays on when it predicts. You ask it twice about the
# same user. What do you get?
#
# - [x] Two answers, and neither is the best one it has :: Yes. Each is told from a spoilt row. The
#   clean row is at hand and says more.
# - [ ] The same answer twice: it has learned to see through the noise :: It has learned to lean on
#   many ratings. But another row goes in each time, so another one comes out.
# - [ ] Two answers, and the better for it, because prediction is then like training :: The network was
#   asked for the *clean* ratings all along. A clean row is an easier question, not a strange one.

# %% [markdown]
# ## Why does a 5 read more than 5?
#
# The second noise of 2021 was a `Dropout` layer on the input. Keras draws it anew for every batch and
# switches it off at prediction. Unrated cells are 0 already, so only ratings are hidden. The project
# got this one right, and it was the best network of its notebook.
#
# Print what comes out of the layer, and you find ratings above 5.

# %%
layer = layers.Dropout(0.1, seed=0)
print(np.asarray(layer(np.array([[5, 4, 3, 0, 1, 5, 2, 5]], "float32"), training=True)).round(2))

# %% [markdown]
# ### Exercise 2 · Inverted dropout


# %% exercise="dropped"
def dropped(row, keep, rate):
    """What Keras' Dropout makes of a row in training.

    row: stars, shape (n_columns,). keep: True where a cell stays, same shape. rate: the share of
    cells that is hidden on average. Returns shape (n_columns,).
    """
    ### BEGIN SOLUTION
    return np.where(keep, row / (1 - rate), 0.0)
    ### END SOLUTION


# %% check="dropped" points=2
check("dropped", dropped)
### BEGIN HIDDEN TESTS
assert np.allclose(dropped(np.array([4.0, 3.0]), np.array([True, False]), 0.2), [5.0, 0.0])
### END HIDDEN TESTS

# %% [markdown]
# ### Exercise 3 · Noise as layers
#
# Keras has a layer for the first noise, too: `GaussianNoise`. Like `Dropout` it draws anew for each
# batch, and is silent when the network predicts. But it does not know what a gap is:

# %%
row = np.array([[5, 0, 3, 0, 4]], "float32")  # movies 1 and 3 are not rated
print(np.asarray(layers.GaussianNoise(0.5, seed=1)(row, training=True)).round(2))
print("rated?", (row != 0).astype("float32"))

# %% [markdown]
# What a gap should read, you know. Two Keras functions help: `ops.cast(condition, "float32")` makes 1
# and 0 of true and false, and `ops.where(condition, a, b)` chooses. As a condition write `row != 0`, or
# `ops.equal(row, 0)`. With `row == 0` Python asks whether the two are one object, and says no.
#
# Build a *denoising autoencoder*: a row is spoilt in training, and its clean ratings are asked for.


# %% exercise="noisy_network"
def noisy_network(n_columns, hidden, stddev, rate):
    """An autoencoder that reads a spoilt row in training: (batch, n_columns) in, the same shape out.

    Before the first Dense layer, two Keras layers spoil the row: GaussianNoise(stddev) on rated
    cells only, so that unrated ones (0 in the row) stay 0, and Dropout(rate). Then one ELU layer of
    ``hidden`` units, and a linear layer back to n_columns; both have a bias. No penalty.
    Returns an uncompiled keras.Model.
    """
    ### BEGIN SOLUTION
    row = keras.Input((n_columns,), name="row")
    noisy = layers.GaussianNoise(stddev)(row)
    rated = ops.cast(row != 0, "float32")
    hidden_in_part = layers.Dropout(rate)(noisy * rated)
    x = layers.Dense(hidden, "elu")(hidden_in_part)
    return keras.Model(row, layers.Dense(n_columns)(x), name="noisy_network")
    ### END SOLUTION


# %% check="noisy_network" points=3
check("noisy_network", noisy_network)
### BEGIN HIDDEN TESTS
_model = noisy_network(5, 3, 0.5, 0.2)
_model.set_weights([np.full(np.shape(w), 0.1) for w in _model.get_weights()])
_empty, _halves = np.zeros((20, 5), "float32"), np.full((1, 5), 0.5, "float32")
assert np.allclose(np.asarray(_model(_empty, training=True)), 0.1 + 0.3 * 0.1, atol=1e-5)
assert np.allclose(np.asarray(_model(_halves, training=False)), 0.1 + 0.3 * 0.35, atol=1e-5)
### END HIDDEN TESTS

# %% [markdown]
# Now train it twice: once without noise, once with half of its ratings hidden and noise of half a star
# on the others. Unlike the network of 2021 it has no dropout inside, and no penalty.

# %%
denoising = yours("noisy_network", noisy_network)
plots.network(denoising(split.n_movies, 200, stddev=0.5, rate=0.5), f"Noise, {denoising.whose}")


# %%
def train_noisy(stddev, rate, epochs=20):
    task = row_task(split, "user", batch_size=min(256, split.n_users // 15))

    def build():
        model = denoising(split.n_movies, 200, stddev=stddev, rate=rate)
        model = on_rows(model, n_columns=split.n_movies)
        return compiled(model, masked_mse, 3e-3, steps=epochs * len(task.x))

    return fit(build, task, epochs=epochs, patience=None)


# %%
pair = {"without noise": train_noisy(0.0, 0.0), "with noise": train_noisy(0.5, 0.5)}
for name, fitted in pair.items():
    scores.append(evaluate(fitted, split, model=f"one layer, {name}, {denoising.whose}"))
print(compare(scores[-1], scores[-2]))
plots.learning_curves({name: fitted.history for name, fitted in pair.items()})

# %% [markdown]
# One training of each, so the interval is about other users only. Look at the two curves as well: which
# one turns upward? A network without any other hold on its weights can learn its training rows by
# heart. Noise is such a hold; dropout and a penalty are others.
#
# ## Is {{reported.deep_ae_dropout}} better than {{reported.deep_ae}}?
#
# Those are the project's own test scores, with and without input dropout of .1. Its text says that
# noise brought no improvement. Its notebook says that this was the best network of all, on
# validation ({{reported.deep_ae_dropout_validation}} against {{reported.deep_ae_validation}}) and on
# test. Both came from one seed.
#
# A seed decides the first weights, the batches and the dropout. How far apart do two seeds lie?
#
# ### Exercise 4 · Is it the seed?
#
# Train both networks with the same k seeds. The k differences have a mean and a spread. With so few
# of them, the interval comes from Student's t: `stats.t.ppf(0.975, k - 1)` standard errors to either
# side.


# %%
from scipy import stats


# %% exercise="seed_interval"
def seed_interval(a, b):
    """Mean of a − b over seeds with its 95 % interval: (mean, low, high), in stars.

    a, b: RMSE of two models, shape (k,); the same place means the same seed.
    """
    ### BEGIN SOLUTION
    difference = np.asarray(a) - np.asarray(b)
    k = len(difference)
    half = stats.t.ppf(0.975, k - 1) * difference.std(ddof=1) / np.sqrt(k)
    return difference.mean(), difference.mean() - half, difference.mean() + half
    ### END SOLUTION


# %% check="seed_interval" points=3
check("seed_interval", seed_interval)
### BEGIN HIDDEN TESTS
_found = seed_interval(np.array([0.9, 0.91]), np.array([0.89, 0.92]))
assert np.allclose(_found, [0.0, -0.127062, 0.127062], atol=1e-4)
### END HIDDEN TESTS

# %% [markdown]
# First the settings of 2021 on MovieLens-1M, 500 epochs. Without input dropout there is
# {{ml-1m.deep_ae_2021.rmse.seeds}} training here, and it scores
# {{ml-1m.deep_ae_2021.per_user_rmse}} per user. With it there are
# {{ml-1m.deep_ae_2021_dropout.rmse.seeds}}, from {{ml-1m.deep_ae_2021_dropout.per_user_rmse.min}} to
# {{ml-1m.deep_ae_2021_dropout.per_user_rmse.max}}. Stop here, and you repeat the notebook of 2021: the
# new one wins. Now count over all ratings: {{ml-1m.deep_ae_2021.rmse}}, and from
# {{ml-1m.deep_ae_2021_dropout.rmse.min}} to {{ml-1m.deep_ae_2021_dropout.rmse.max}}. The first number is
# a hair above the range of the others. And one training cannot say how far its own seed moves it.
#
# How far could that be? On MovieLens-100K the same recipe without input dropout has
# {{ml-100k.deep_ae_2021.rmse.seeds}} seeds. They score from {{ml-100k.deep_ae_2021.per_user_rmse.min}} to
# {{ml-100k.deep_ae_2021.per_user_rmse.max}} per user. The gap between the two scores of 2021 is
# {{reported.deep_ae - reported.deep_ae_dropout:.4f}}.
#
# Short training, 40 epochs at ten times the rate, falling to 0, has one run of each on MovieLens-1M: a
# tenth hidden scores {{ml-1m.hide_1.rmse}} over all ratings, and no noise {{ml-1m.plain.rmse}}. Now it is
# the other way round. Is that the length of training, or the seed? One run of each cannot say.
#
# So go where training is cheap. MovieLens-100K, short training, three seeds:

# %%
interval = yours("seed_interval", seed_interval)
runs = noise_results.pivot_table(index="seed", columns="model", values="rmse")
for name, model in {
    "a tenth hidden": "hide_1",
    "three tenths hidden": "hide_3",
    "Gaussian .5, as in 2021": "gauss_2021_5",
    "Gaussian .5, the right way": "gauss_5",
}.items():
    both = runs[[model, "plain"]].dropna()
    mean, low, high = interval(both[model].to_numpy(), both["plain"].to_numpy())
    print(f"{name:27} − no noise, {len(both)} seeds: {mean:+.4f} ({low:+.4f} to {high:+.4f})")

# %% [markdown]
# These intervals are about seeds alone. Add what other users would change, and two answers are left.
# [[Hiding three tenths costs {{ml-100k.hide_3.difference:+.4f}}.|hide_three_tenths]] [[A tenth
# ({{ml-100k.hide_1.difference:+.4f}}) may help or harm.|hide_tenth]]
#
# So is {{reported.deep_ae_dropout}} better than {{reported.deep_ae}}? With the training of 2021 it is an
# open question on MovieLens-1M. To close it takes two or more trainings of 500 epochs without input
# dropout.
#
# ## Demographics: thirty more columns
#
# MovieLens says of its early users whether they are women or men, their age group and their
# occupation. As 0 and 1 that makes 2 + 7 + 21 = 30 columns. (Later datasets say nothing, and then
# this half goes on with MovieLens-100K.)

# %%
data = people.with_people(data)
split = primary_split(data) if split.dataset != data.name else split
known = people.features(data.users, split)
columns = people.one_hot(data.users)
columns.sum().astype(int).rename("users").head(9)

# %% [markdown]
# In 2021 these columns were put beside the movies' columns, as they are. What does a network see of
# three ones among dozens of ratings of up to 5? The *length* of a row is the root of the sum of its
# squares. **Predict before you run:** how many times as long is a row of ratings as its three ones?

# %%
guess("times_as_long", ...)

# %%
row_size = np.sqrt(row_task(split, "user").data.matrix.power(2).sum(axis=1).mean())
print(f"length of a row of ratings: {row_size:5.1f}   of its demographics: {np.sqrt(3):.1f}")
display(reveal("times_as_long", row_size / np.sqrt(3)))

# %% [markdown] after=true
# The ratings drown them. To make such small numbers count, the network needs large weights, and the
# penalty makes large weights dear. If that is what holds the columns back, larger ones should do more.
#
# Three ways to use them: put the columns beside the ratings (*concat*, as in 2021), make them five
# times larger first (*scaled*), or let a small network turn them into a factor and a shift for each
# hidden unit (*gated*).

# %% [markdown]
# ## A gate for what is known of people
#
# Beside the ratings, a fact *adds* the same to a hidden unit whatever somebody has rated. Perhaps it
# should rather say how much a unit counts. Say a hidden unit has found "likes cartoons". That may mean
# one thing with a parent of forty and another with a student.
#
# Let $u$ be what the hidden units make of the ratings. A small layer $c$ reads the facts $d$. From it
# come two numbers for each hidden unit: a *gate* $a$ between 0 and 2, and a *shift* $s$.
#
# $$u = \sigma(V r + m), \quad c = \tanh(S d + b_c), \quad a = 2\,\sigma(G c + b_a), \quad
# s = T c + b_s, \quad \hat r = W (u \cdot a + s) + b$$
#
# $\sigma$ is the sigmoid. A gate of 1 changes nothing, 0 switches a unit off, and 2 makes it count
# twice. Three people with the same ratings, by hand:

# %%
units = np.array([0.9, 0.2])  # what two hidden units say of the same ratings
gates = np.array([[1.0, 1.0], [0.0, 1.0], [1.0, 2.0]])  # a line a person
shifts = np.array([[0.0, 0.0], [0.0, 0.0], [0.0, 0.5]])
print((units * gates + shifts).round(2))

# %% [markdown]
# ### Exercise 5 · A gate
#
# Nobody tells the network when to open a gate. Gate and shift are layers, so training does.


# %% exercise="gated_network"
def gated_network(n_columns, n_features, hidden, side, l2):
    """An autoencoder whose hidden units are gated and shifted by what is known of the user.

    Inputs, in this order: a row of shape (batch, n_columns) and features of shape (batch,
    n_features). A Dense layer of ``hidden`` sigmoid units reads the row. Another of ``side`` tanh
    units reads the features, and two of ``hidden`` units read that one: the gate, twice a sigmoid,
    and the shift, linear. units · gate + shift goes into a linear layer back to n_columns. All five
    have a bias. l2: of a keras.regularizers.L2 on the first and on the last one's kernel only.
    Returns an uncompiled keras.Model.
    """
    ### BEGIN SOLUTION
    penalty = keras.regularizers.L2(l2)
    row, features = keras.Input((n_columns,)), keras.Input((n_features,))
    units = layers.Dense(hidden, "sigmoid", kernel_regularizer=penalty)(row)
    small = layers.Dense(side, "tanh")(features)
    gate = 2 * layers.Dense(hidden, "sigmoid")(small)
    shift = layers.Dense(hidden)(small)
    stars = layers.Dense(n_columns, kernel_regularizer=penalty)(units * gate + shift)
    return keras.Model([row, features], stars, name="gated_network")
    ### END SOLUTION


# %% check="gated_network" points=3
check("gated_network", gated_network)
### BEGIN HIDDEN TESTS
_model = gated_network(4, 3, 5, 2, 0.1)
_model.set_weights([np.full(np.shape(w), 0.1) for w in _model.get_weights()])
_units, _small = 1 / (1 + np.exp(-0.5)), np.tanh(0.4)
_moved = _units * 2 / (1 + np.exp(-0.1 - 0.2 * _small)) + 0.1 + 0.2 * _small
_out = np.asarray(_model([np.ones((1, 4), "float32"), np.ones((1, 3), "float32")]))
assert np.allclose(_out, 0.1 + 0.5 * _moved, atol=1e-5)
### END HIDDEN TESTS

# %%
gated = yours("gated_network", gated_network)
plots.network(gated(split.n_movies, 30, 200, side=16, l2=0.0), f"A gate, {gated.whose}")

# %% [markdown]
# It will train further down, on people whom it has never met.

# %% [markdown]
# ## The trap: thirty columns are also thirty columns
#
# A network with 30 more inputs has more weights, other first weights, another course of training. If
# it scores better, was it the people? There is a control that costs one line: **shuffle the people**.
# Everybody gets the columns of somebody else. Weights, sizes and seed stay; only the truth is gone.

# %%
shuffled = known[np.random.default_rng(0).permutation(len(known))]
same = (shuffled == known).all(axis=1).mean()
print(f"{same:.1%} of the users got their own three facts by chance")
print(f"at least one of 12 independent 95 % intervals misses: {1 - 0.95**12:.0%}")

# %% [markdown]
# For whom could the columns matter? Perhaps for users of whom we know little else. The users are cut
# into quarters by their number of training ratings, and each of three ways is held against itself with
# shuffled people. That makes twelve intervals. Where there is nothing to find, one of twelve still
# misses 0 that often. So each is widened until all twelve hold together. The figure shows the scaled
# columns.
#
# **Predict before you look:** in which quarter do people surely help? There may be none.

# %%
guess(
    "quarter_that_surely_gains", ...
)  # "first" (fewest ratings), "second", "third", "last", "none"

# %%
measured = results.of("ml-100k", "06")
title = "Demographics, by quarter of users (MovieLens-100K, mean over seeds)"
plots.differences_by_quarter(measured, ["scaled"], title, looks=12)

# %%
ends = measured.query("model == 'scaled'")[[f"q{q}_difference_high" for q in range(1, 5)]].mean()
gains = [q for q, end in zip(("first", "second", "third", "last"), ends, strict=True) if end < 0]
display(reveal("quarter_that_surely_gains", ", ".join(gains) or "none"))

# %% [markdown] after=true
# The story began with one run of MovieLens-1M. In it, the scaled columns changed the RMSE of the
# quarter with the fewest ratings by {{ml-1m.scaled.q1_difference:+.4f}}, and of the quarter with the
# most by {{ml-1m.scaled.q4_difference:+.4f}}. So people matter most where we know little? It sounds
# right, and this lesson once said so. Three checks say what is left of it.
#
# - **Is it the people?** [[On MovieLens-100K, three seeds, the scaled columns with everybody's own
#   facts score {{ml-100k.scaled.rmse}}, and with shuffled ones {{ml-100k.scaled_shuffled.rmse}}. The
#   interval of the difference includes 0: open.|people_count]]
# - **Is it the few ratings?** Ask that once, instead of twelve times: is the change in the first
#   quarter another than in the last? [[On MovieLens-100K the difference between the two is
#   {{ml-100k.scaled.fewest_minus_most:+.4f}}, and its interval includes 0: open.|fewest_or_most]]
# - **Does size matter?** The scaled columns score {{ml-100k.scaled.rmse}}, those of 2021
#   {{ml-100k.concat.rmse}}, and none at all {{ml-100k.plain.rmse}}. A large step in the input, and a
#   small one in the score. Whether ratings drown the columns is open too.
#
# So this is where it ends: people may be worth something to a network, and three seeds do not show it.
# That they are worth most where we know little, nothing here says.
#
# The project saw {{reported.deep_ae_demographics}} against {{reported.deep_ae}}, from one training each.
# Its text says that AutoRec was tried too; no number is left.

# %% [markdown] quiz="shuffled_people"
# A network with thirty columns about its users scores `0.950`, without them `0.954`. With the people
# shuffled, it scores `0.950` as well. What did the columns bring?
#
# - [ ] A few thousandths of a star, because people tell something about taste :: The shuffled columns tell nothing about
#   anybody, and bring as much.
# - [ ] Nothing at all: the network would score the same without them :: Without them it scored worse.
#   Something changed; the question is what.
# - [x] More weights and another course of training, but no facts :: Yes. Whatever both networks gain
#   cannot come from whose columns they are.

# %% [markdown]
# ## New users
#
# Somebody who has rated nothing is the clearest case: without demographics, everyone new is the
# same. We take a fifth of the users out of training and ask about them after 0, 1, 2, 5, 10 and 20 of
# their ratings. The test ratings stay the same throughout.
#
# The network here is shallow. It adds to the movies' biases and to the user's bias, as far as the
# shown ratings tell it.

# %%
from course_utils.data import cold_start
from course_utils.models import autoencoder_with_features

cold = cold_start(split)


def newcomer(known=None, gate=False, epochs=12):
    size, bias = min(256, split.n_users // 15), {"offset": "shown", "centred": True}
    task = row_task(cold.split, "user", batch_size=size, features=known, **bias)
    options = {"activation": "sigmoid", "output_activation": "linear", "dropout": 0.0}
    options |= {"l2": task.l2(60), "offset": task.data.offset}

    def build():
        if known is None:
            model = deep_autoencoder(split.n_movies, (200,), **options)
        elif gate:
            model = on_rows(
                gated(split.n_movies, 30, 200, side=16, l2=task.l2(60)), task.data.offset
            )
        else:
            model = autoencoder_with_features(split.n_movies, 30, (200,), scale=5.0, **options)
        return compiled(model, masked_sse, 2e-3, steps=epochs * len(task.x))

    return fit(build, task, epochs=epochs, patience=None)


# %%
from course_utils.recommend import AfterRatings

ratings_only, with_features, of_others = newcomer(), newcomer(known), newcomer(shuffled)
with_gate = newcomer(known, gate=True)
models = {
    "bias model": lambda k: baselines.bias_after(cold, k),
    "ratings only": lambda k: AfterRatings(ratings_only, cold, k),
    "+ demographics": lambda k: AfterRatings(with_features, cold, k),
    "+ shuffled people": lambda k: AfterRatings(of_others, cold, k),
    f"+ a gate, {gated.whose}": lambda k: AfterRatings(with_gate, cold, k),
}

# %%
import pandas as pd

curves = {
    name: {k: evaluate(model(k), cold.split, model=name) for k in (0, 1, 2, 5, 10, 20)}
    for name, model in models.items()
}
plots.new_users(
    pd.DataFrame({name: {k: s.rmse for k, s in c.items()} for name, c in curves.items()})
)

# %%
for k in (0, 5, 20):
    print(f"{k:2} ratings:", compare(curves["+ demographics"][k], curves["+ shuffled people"][k]))
by_gate = curves[f"+ a gate, {gated.whose}"]
print(" 0 ratings:", compare(by_gate[0], curves["ratings only"][0]))

# %% [markdown]
# That was one training of each, so a gate that looks better or worse here may be a seed's luck. Here are
# the scaled columns again with three seeds, each with its own fifth of new users, on MovieLens-100K, and
# against shuffled people.
#
# - [[Before the first rating, the network scores {{ml-100k@random-new-users.cold_scaled_0.rmse}} with
#   everybody's own facts and {{ml-100k@random-new-users.cold_scaled_shuffled_0.rmse}} with shuffled ones.
#   Three seeds, each with other new users, leave open whether that is luck.|new_users_0]]
# - If facts stood in for missing ratings, they would say less once there are some. [[But what they change
#   after twenty ratings differs from what they change before the first by
#   {{ml-100k@random-new-users.cold_scaled_20.gain_beyond_first:+.4f}}, at most four
#   thousandths.|new_users_gain]] So if people tell something, it is nothing that twenty ratings tell too.
# - Ratings themselves bring far more. [[One rating without demographics scores
#   {{ml-100k@random-new-users.cold_plain_1.rmse}}, better than demographics without a
#   rating.|one_rating]]
#
# What has the network learnt about people? Show it a profile without a single rating, at seven ages,
# and look where the answers differ most among well-known movies.

# %%
popular = np.argsort(-cold.split.support)[:150]
blank = np.zeros((7, split.n_movies), "float32")
ages = np.tile(known.mean(axis=0), (7, 1))
ages[:, [columns.columns.get_loc(f"age_group: {group}") for group in AGE_GROUPS]] = np.eye(7)
answers = with_features.model.predict_on_batch((blank, np.zeros((7, 1), "float32"), ages))
titles = data.movies.set_index("movie_id")["title"]
names = titles.loc[split.movie_ids[popular]].str.slice(0, 32)
stars = pd.DataFrame(np.asarray(answers)[:, popular].T, names, AGE_GROUPS)
relative = stars - stars.mean()
lean = (relative["56+"] - relative["18-24"]).sort_values()
plots.same_person_other_age(stars.loc[[*lean.index[:5], *lean.index[-5:]]])

# %% [markdown]
# ## Clusters: who was in the group?
#
# The last idea of 2021: train a network for one group of users, and recommend to a member of it. The
# groups were chosen by columns of the matrix. It had columns `0` to `3951` for movies, `3952` and `3953`
# for women and men, and then seven for age. This is what the project's matrix of MovieLens-1M says:

# %%
found = results.of("ml-1m", "06").query("model == 'age_codes'").iloc[0]
print("column  users with a 1  user 2000")
for code in range(7):
    print(
        f"{3954 + code:6}{found[f'code_{code}']:16,.0f}{int(code == found['code_of_user_2000']):11}"
    )

# %% [markdown]
# And this is what the dataset itself says:

# %%
for lower, group in zip((0, 18, 25, 35, 45, 50, 56), AGE_GROUPS, strict=True):
    print(f"{group:8} {found[f'from_{lower}']:6,.0f} users")

# %% [markdown]
# The project chose column `3956`, that is age code 2, and wrote: "18-24". It then recommended movies to
# user 2000, "a user in that subset".
#
# ### Exercise 6 · Read the label from the counts


# %% exercise="group_of_code"
def group_of_code():
    """Who was in the cluster of 2021? A dict with two answers from the tables above.

    "age_group": the age group of column 3956, such as "45-49";
    "user_2000_inside": True or False, is user 2000 in that column?
    """
    ### BEGIN SOLUTION
    return {"age_group": "25-34", "user_2000_inside": False}
    ### END SOLUTION


# %% check="group_of_code" points=2
check("group_of_code", group_of_code)
### BEGIN HIDDEN TESTS
assert group_of_code()["user_2000_inside"] is False
### END HIDDEN TESTS

# %% [markdown]
# A `LabelEncoder` numbers what it finds from 0, in sorted order. A number says nothing about itself.
# In this course a column is named "age_group: 25-34", and a group is asked for by its label.

# %%
young = people.members(data.users, age_group="18-24")
group = people.only(split, young)
nothing = group.n_movies - group.train["movie"].nunique()
print(f"{len(young):,} users of {split.n_users:,}, {len(group.train):,} training ratings; ", end="")
print(f"{nothing:,} of {group.n_movies:,} movies have no rating in the group")

# %% [markdown]
# ## The trap: a group's score beside everybody's
#
# The project compared {{reported.group_male}} and {{reported.group_age}} (its groups' networks, on its
# groups' users) with {{reported.deep_ae}} (everybody's network, on everybody). Perhaps the group is
# just harder to predict. What does everybody's network score *on the group's users*?
#
# ### Exercise 7 · The same ratings for both


# %% exercise="same_users"
def same_users(full, group):
    """RMSE of the group's model minus RMSE of the full model, on the ratings both predicted.

    full, group: DataFrames with user, movie, rating, prediction, one row a test rating. ``full`` has
    all users, ``group`` some of them, in any order. Returns stars; negative: the group's is better.
    """
    ### BEGIN SOLUTION
    both = group.merge(full, on=["user", "movie"], suffixes=("", "_full"))
    own = np.sqrt(((both["rating"] - both["prediction"]) ** 2).mean())
    everybody = np.sqrt(((both["rating"] - both["prediction_full"]) ** 2).mean())
    return float(own - everybody)
    ### END SOLUTION


# %% check="same_users" points=3
check("same_users", same_users)
### BEGIN HIDDEN TESTS
_full = pd.DataFrame(
    {"user": [1, 2], "movie": [0, 0], "rating": [4.0, 2.0], "prediction": [4.0, 5.0]}
)
_group = pd.DataFrame({"user": [2], "movie": [0], "rating": [2.0], "prediction": [3.0]})
assert np.isclose(same_users(_full, _group), -2.0)
### END HIDDEN TESTS

# %% [markdown]
# Two more things belong to a fair trial. One is a **control**: users drawn at random, to see what comes
# from the group and what from its size. But what is size? A network learns from ratings. So count them,
# of the group and of as many random users. `people.like` draws users who have about as many ratings each
# as the group's.


# %%
dice, counts = np.random.default_rng(0), {}
for label in ("18-24", "25-34", "35-44"):
    ids = people.members(data.users, age_group=label)
    anybody = dice.choice(split.user_ids, len(ids), replace=False)
    groups = (ids, anybody, people.like(split, ids))
    counts[label] = [len(people.only(split, who).train) for who in groups]
pd.DataFrame(counts, ["group", "as many users", "users like them"]).T

# %% [markdown]
# The other is **fine-tuning**: start from everybody's network and train it a little further on the
# group. Here you run the group's own network and the fine-tuning; the control is in the figure after
# them.

# %%
from course_utils.protocol import SeenFromGroup

difference = yours("same_users", same_users)


def against_full(group, model, name):
    everybody = evaluate(SeenFromGroup(full, split, group), group, model="full network")
    own = evaluate(model, group, model=name)
    print(compare(own, everybody))
    print(f"by exercise 7: {difference(everybody.ratings, own.ratings):+.4f} stars")


if full.task.split.dataset != split.dataset:  # this half went on with MovieLens-100K
    full, pair["with noise"] = deep_ae(split), train_noisy(0.5, 0.5)
against_full(group, deep_ae(group), "of 18-24 alone")

# %%
tuned = deep_ae(group, start=full.model, rate=1e-4, epochs=8)
against_full(group, tuned, "fine-tuned on 18-24")
tuned.history[["epoch", "validation_rmse"]].round(4).T

# %% [markdown]
# Has fine-tuning helped or harmed? Look at the curve before you believe either. `fit` keeps the best of
# the eight epochs. The network as it came, before the first of them, was never a candidate. Ask it.

# %%
before = evaluate(SeenFromGroup(full, split, group), group, part="validation").rmse
after = tuned.history["validation_rmse"].min()
print(f"validation: untouched {before:.4f}, best trained epoch {after:.4f}")

# %% [markdown]
# If the untouched network wins on validation, a fair fine-tuning hands it back, and costs nothing. In the
# figure and below it may win.

# %% [markdown] quiz="many_looks"
# Somebody tries forty groups, and in truth none differs from the others. How many of the forty 95 %
# intervals will miss 0?
#
# - [ ] None, if the intervals are right :: A 95 % interval is right 95 times of 100. It is not right
#   always.
# - [x] About two, and those are the ones that get written about :: Yes. That is what looking often does:
#   ask one question, or widen the intervals until all hold together.
# - [ ] About two, so those two groups do differ :: In truth none does. Two intervals miss by chance.

# %% [markdown]
# The picture of it, with three seeds.

# %%
names = {"25_34": "25-34"}
title = "A network for a group (MovieLens-100K, mean over seeds)"
plots.differences_of_groups(measured, names, title)

# %% [markdown]
# On MovieLens-100K, three seeds:
#
# - **From scratch.** [[Users of 25-34 do worse with a network of their own than with everybody's:
#   {{ml-100k.group_25_34_alone.difference:+.4f}}, on the same ratings.|groups_alone]]
# - **Random users with as many ratings** change by
#   {{ml-100k.group_random_25_34_alone.difference:+.4f}}. Do people of one age resemble each other more
#   than people at random? Then a group would suffer less from being alone. [[The group suffers
#   {{ml-100k.group_25_34_alone.loss_beyond_random:+.4f}} more, and the interval includes 0:
#   open.|groups_alike]]
# - **Fine-tuning.** [[Made to move, at a rate of 1e-4, the network of 25-34 changes by
#   {{ml-100k.group_25_34_tuned.forced_difference:+.4f}}.|tuning_forced]] [[At a tenth of that rate, and
#   where the untouched network may win, it changes by
#   {{ml-100k.group_25_34_tuned_slowly.difference:+.4f}}.|tuning_slowly]] So the loss was the rate's and
#   the rule's, not the idea's.
# - **Groups differ.** Everybody's network scores {{ml-100k.group_25_34_full.rmse}} on the users of 25-34
#   and {{ml-100k.plain.rmse}} on all. A group's score beside everybody's says mostly who is in the
#   group.
#
# And on MovieLens-1M, men of 25-34, the group of 2021 under its right name: in one run, its own network
# scores {{ml-1m.group_m_25_34_alone.rmse}} and everybody's {{ml-1m.group_m_25_34_full.rmse}}, on the same
# ratings. In that group {{ml-1m.group_m_25_34_full.n_movies_without}} movies had no training rating at
# all. The project's network of that group put movies with a handful of ratings at the top of its list,
# with predictions near 6 stars.
#
# The project also counted how many of user 2000's ratings each network of a group recognised as liked
# or not. Those networks trained 500 epochs on MovieLens-1M; they were not trained again here.
#
# ### Open exercise · A network for every age?

# %% [markdown] open="a_network_for_every_age" points=4
# A streaming service plans one network for each age group. A first trial is in: the network of the
# oldest users scores two hundredths of a star better on their test ratings than the old network scores
# on all users'. The planners want to go on. What do you tell them? Which trial would you run, with
# which controls, and which result would convince you?
#
# ### BEGIN SOLUTION
# The two scores are from different users, so nothing has been shown: the oldest may be easier to
# predict. Trial: the same test ratings of the oldest users, predicted by (a) the full network, (b) the
# group's network from scratch, (c) the full network fine-tuned on the group, and (d) a network of
# random users with as many ratings on those users' ratings, with its own difference to the full
# network. Choose epochs on validation, the untouched network among them, repeat with at least three
# seeds, report paired differences with intervals. I would be convinced if (b) or (c) is better than (a)
# with an interval that excludes 0 in every group planned, by more than seeds differ. I would also look
# at movies that the group hardly rated, and at the labels: are these the oldest users at all?
# ### END SOLUTION

# %% [markdown] rubric="a_network_for_every_age"
# **Rubric (4 points).** 1: says that the scores are on different users. 1: same test ratings for both
# networks, paired. 1: a control for size (random users, better with as many ratings) or fine-tuning
# from the full network. 1: several seeds or an interval, and a result that could come out either way. A
# check of the labels makes up for one missing point.

# %% [markdown]
# ## Reported, reproduced, measured right, ours
#
# MovieLens-1M, the project's split. Per-user RMSE is what 2021 reported; RMSE over all ratings is in
# bold. Short training is 40 epochs at ten times the rate, falling to 0: compare it with short training.
#
# | network | reported in 2021 | reproduced, 500 epochs | short training | measured right, short |
# |:--|--:|--:|--:|--:|
# | deep autoencoder | {{reported.deep_ae}} | {{ml-1m.deep_ae_2021.per_user_rmse}} · **{{ml-1m.deep_ae_2021.rmse}}** | {{ml-1m.plain.per_user_rmse}} · **{{ml-1m.plain.rmse}}** | – |
# | + input dropout .1 | {{reported.deep_ae_dropout}} | {{ml-1m.deep_ae_2021_dropout.per_user_rmse}} · **{{ml-1m.deep_ae_2021_dropout.rmse}}** | {{ml-1m.hide_1.per_user_rmse}} · **{{ml-1m.hide_1.rmse}}** | – |
# | + Gaussian noise .1 | {{reported.deep_ae_gaussian}} | not run | {{ml-1m.gauss_2021_1.per_user_rmse}} · **{{ml-1m.gauss_2021_1.rmse}}** | {{ml-1m.gauss_1.per_user_rmse}} · **{{ml-1m.gauss_1.rmse}}** |
# | + demographics | {{reported.deep_ae_demographics}} | not run | {{ml-1m.concat.per_user_rmse}} · **{{ml-1m.concat.rmse}}** | **ours**, scaled: {{ml-1m.scaled.per_user_rmse}} · **{{ml-1m.scaled.rmse}}** |
# | cluster of {{reported.group_male_users:,.0f}}, "male 18-24" | {{reported.group_male}} | not run | {{ml-1m.group_m_25_34_alone.per_user_rmse}} · **{{ml-1m.group_m_25_34_alone.rmse}}** | everybody's network, same users: {{ml-1m.group_m_25_34_full.per_user_rmse}} · **{{ml-1m.group_m_25_34_full.rmse}}** |
# | cluster of {{reported.group_age_users:,.0f}}, "18-24" | {{reported.group_age}} | not run | {{ml-1m.group_25_34_alone.per_user_rmse}} · **{{ml-1m.group_25_34_alone.rmse}}** | everybody's network, same users: {{ml-1m.group_25_34_full.per_user_rmse}} · **{{ml-1m.group_25_34_full.rmse}}** |
#
# [[On MovieLens-100K, three seeds, all of this lies behind lesson 04's item
# AutoRec.|behind_item_autorec]]

# %%
leaderboard(scores)

# %% [markdown]
# ## Ten films for one person
#
# One real user, and the ten films that each network puts first among all that they have not rated and
# that have at least twenty ratings. **Would you watch it?** And what changed from one column to the
# next?

# %%
from course_utils.recommend import lists_beside

one_layer = {"one layer, with noise": pair["with noise"]}
lists_beside(
    {"bias model": baselines.bias_model(split), "2021's network": full} | one_layer,
    split,
    movies=data.movies,
)

# %% [markdown]
# ## Recap
#
# - Noise belongs on rated cells, drawn anew for each batch, and not into predictions. That makes it
#   right. Whether it helps has to be measured.
# - Keras' noise layers are silent at prediction, but spoil gaps unless a mask puts the 0 back.
# - A gate lets facts decide how much a hidden unit counts; it is one more layer, and learned.
# - A few seeds and a t-interval tell a difference from luck, or say that they cannot. Say which of the
#   two RMSEs moved.
# - Thirty more columns are thirty more columns. Shuffle the people before you believe in them, and ask
#   one question instead of looking at twelve intervals.
# - A code is no label. Compare its counts with the data before you name it.
# - Two models, the same users, a control with as many ratings, and the untouched network among the
#   candidates: then a comparison means something.
#
# ## Reading
#
# - Vincent, Larochelle, Bengio and Manzagol, *Extracting and composing robust features with denoising
#   autoencoders*, ICML 2008, [doi:10.1145/1390156.1390294](https://doi.org/10.1145/1390156.1390294).
# - Strub, Gaudel and Mary, *Hybrid recommender system based on autoencoders*, DLRS 2016,
#   [arXiv:1606.07659](https://arxiv.org/abs/1606.07659): side information in an autoencoder, and for
#   whom it pays.
# - Perez, Strub, de Vries, Dumoulin and Courville, *FiLM: Visual reasoning with a general conditioning
#   layer*, AAAI 2018, [arXiv:1709.07871](https://arxiv.org/abs/1709.07871): the gate and the shift.
# - Bouthillier et al., *Accounting for variance in machine learning benchmarks*, MLSys 2021,
#   [arXiv:2103.03098](https://arxiv.org/abs/2103.03098): seeds.
#
# ## Next
#
# Lesson 07 leaves the ratings aside and looks only at what was watched together: Word2Vec on movies.
