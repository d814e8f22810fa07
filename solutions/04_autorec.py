# %% [markdown]
# # 04 · AutoRec: give back the row, with its gaps filled
#
# {{colab_badge}}
#
# **After this lesson you will be able to**
#
# - turn ratings into rows, choose what to put into the gaps, and build AutoRec layer by layer,
# - write a loss that looks at rated cells only, and notice when it does not,
# - add the paper's ingredients one at a time, and notice when two of them lean on each other,
# - translate the penalty λ from the paper's units to Keras',
# - set an AutoRec on top of the bias model, and let it read the user as well as the movie.
#
# **You need** lesson 02 (bias model, the two RMSEs), and Keras layers and `fit` as any first course
# shows them. **Time:** 120 minutes; the notebook itself runs in about a minute and a half.

# %% setup=true
import keras
import numpy as np
from keras import layers, ops

from course_utils import check, guess, plots, results, reveal, yours
from course_utils.data import load_movielens, matrices, primary_split
from course_utils.models import autorec, baselines, masked_sse, on_rows
from course_utils.protocol import compare, compiled, evaluate, fit, leaderboard
from course_utils.tasks import row_task

# %%
data = load_movielens(DATASET)
split = primary_split(data)
bias = evaluate(baselines.bias_model(split), split, model="bias_model")
scores = [bias]
small = results.of("ml-100k", "04", "random")  # what benchmarks/lesson_04.py measured
split

# %% [markdown]
# ## What does an autoencoder see?
#
# An autoencoder reads a vector, squeezes it through a narrow layer and gives it back. If it can give
# back what it has read, the narrow layer has kept what matters.
#
# AutoRec reads a *row of the rating matrix*: all ratings of one user. Most cells are empty. The
# network gives back a full row. What it writes into the empty cells is the recommendation.
#
# Here it is as a drawing. A box is a layer. Below it stands how many numbers it learns.

# %%
plots.network(autorec(split.n_movies), "AutoRec")

# %% [markdown]
# And as a formula. The row $r$ is multiplied by a matrix $V$, a bias $m$ is added, and $g$ bends the
# result: these are the hidden units. The same again, with $W$, $b$ and $f$, leads back to a row.
#
# $$\hat r = f\big(W\, g(V r + m) + b\big)$$
#
# Try it by hand, with three movies and two hidden units. The first unit adds up what it reads of
# movies 0 and 1. The second reads movie 2.

# %%
r = np.array([5.0, 4.0, 0.0])  # movie 2 is not rated
V, m = np.array([[0.5, 0.0], [0.5, 0.0], [0.0, 1.0]]), np.array([-2.0, 0.0])
W, b = np.array([[2.0, 2.0, 1.0], [0.0, 0.0, 2.0]]), np.array([2.5, 2.0, 2.0])
hidden = 1 / (1 + np.exp(-(r @ V + m)))  # g: a sigmoid, between 0 and 1
print("hidden:", hidden.round(2), " row out:", (hidden @ W + b).round(2))

# %% [markdown]
# Movie 2 was not rated, and its cell came out with stars all the same. That is the prediction. But
# look at the second hidden unit: it has read the 0 of the gap as if it were a rating.
#
# A vector has no empty cells. Something must stand there.
#
# ### Exercise 1 · Rows with their gaps filled
#
# The project of 2021 called this step `dataPreprocessor`. It built matrices filled with 0, 1, 2, 3, 4
# and 5, and with each user's average.


# %% exercise="filled_rows"
def filled_rows(users, movies, ratings, shape, init_value=0.0, average=False):
    """The rating matrix, dense, with unrated cells set to a value.

    users, movies: indices of shape (n_ratings,); ratings: stars, half stars too; shape: (n_users,
    n_movies). Unrated cells get ``init_value``, or with ``average=True`` the mean rating of their
    user (of all ratings, for a user without any). Returns floats of ``shape``.
    """
    ### BEGIN SOLUTION
    if average:
        total = np.bincount(users, ratings, minlength=shape[0])
        count = np.bincount(users, minlength=shape[0])
        mean = np.where(count > 0, total / np.maximum(count, 1), np.mean(ratings))
        matrix = np.repeat(mean[:, None], shape[1], axis=1)
    else:
        matrix = np.full(shape, init_value, dtype=float)
    matrix[users, movies] = ratings
    return matrix
    ### END SOLUTION


# %% check="filled_rows" points=3
### BEGIN HIDDEN TESTS
_filled = filled_rows(
    np.array([0, 2, 2]), np.array([1, 0, 1]), np.array([3.5, 1.0, 2.0]), (3, 2), average=True
)
assert np.allclose(_filled, [[3.5, 3.5], [6.5 / 3, 6.5 / 3], [1.0, 2.0]])
assert np.allclose(
    filled_rows(np.array([0]), np.array([0]), np.array([0.5]), (1, 2), 4), [[0.5, 4]]
)
### END HIDDEN TESTS
check("filled_rows", filled_rows)

# %% [markdown]
# The project built nine such matrices in 64-bit floats. The course keeps the ratings *sparse*, and
# makes only the batch at hand dense.

# %%
sparse = matrices.rating_matrix(split.train, split.shape)
print(f"dense, 64 bit: {np.prod(split.shape) * 8 / 2**20:6.1f} MiB")
print(
    f"sparse (CSR):  {(sparse.data.nbytes + sparse.indices.nbytes + sparse.indptr.nbytes) / 2**20:6.1f} MiB"
)

# %% [markdown] quiz="gap_of_a_row"
# A user has rated 40 movies. What does AutoRec read in the cells of all the others?
#
# - [ ] Nothing: only rated cells go into the network :: A layer multiplies a whole vector by a matrix.
#   Every cell of it has a number.
# - [x] Whatever filling we have chosen :: Yes. So the filling is part of the model, and a model that
#   is asked with another filling than it was taught is asked something else.
# - [ ] Always 0, because the rating matrix is sparse :: Sparse is how it is stored. What stands in a
#   gap when the batch is made dense is our choice: 0, 3, or a mean.

# %% [markdown]
# ## Build it
#
# $g$ is called the *activation*. Without one, two layers are one matrix, and nothing bends. Four of
# them come up in this course:

# %%
plots.activations(["sigmoid", "elu", "selu", "leaky_relu"])

# %% [markdown]
# - A *sigmoid* ends between 0 and 1, whatever comes in.
# - *ELU* is a straight line for positive numbers, and levels off at -1 below.
# - *SELU* is a stretched ELU. It is meant to keep mean 0 and variance 1 from layer to layer; lesson 05
#   looks whether it does.
# - *LeakyReLU* is two straight lines, the lower one less steep. Keras has it as a layer of its own:
#   `layers.LeakyReLU()` after a `Dense` without activation. 2021 tried it, too.
#
# ### Exercise 2 · AutoRec, layer by layer
#
# Now yours. The output $f$ stays linear, as in the paper.


# %% exercise="autorec_network"
def autorec_network(n_columns, hidden, activation):
    """AutoRec as a Keras model: a row of shape (batch, n_columns) in, a row of the same shape out.

    One layer of ``hidden`` units with ``activation``, one linear layer back to ``n_columns``; both
    with a bias. No dropout, no penalty. Returns an uncompiled keras.Model.
    """
    ### BEGIN SOLUTION
    row = keras.Input((n_columns,), name="row")
    inside = layers.Dense(hidden, activation)(row)
    return keras.Model(row, layers.Dense(n_columns)(inside), name="autorec")
    ### END SOLUTION


# %% check="autorec_network" points=3
### BEGIN HIDDEN TESTS
_model = autorec_network(9, 4, "tanh")
_model.set_weights([np.full(np.shape(w), 0.1) for w in _model.get_weights()])
_expected = 0.1 + 0.4 * np.tanh(0.1 + 0.9)
assert np.allclose(np.asarray(_model(np.ones((2, 9), "float32"))), _expected, atol=1e-5)
### END HIDDEN TESTS
check("autorec_network", autorec_network)

# %% [markdown]
# From here on your network is the one that trains. If it is not there yet, the course's own takes its
# place and says so.

# %%
network = yours("autorec_network", autorec_network)
plots.network(network(split.n_movies, 500, activation="elu"), f"AutoRec, {network.whose}")

# %% [markdown]
# ## What should the loss look at?
#
# Only at the rated cells. We know nothing about the others. A *mask* says which is which: 1 where
# the target is a rating, 0 elsewhere.
#
# ### Exercise 3 · The masked loss
#
# Targets are rows with 0 in the unrated cells, so the mask is `y_true != 0`. Keras will train your
# network with this loss, so it must be able to take a gradient through it: write `ops.sum`,
# `ops.square`, `ops.maximum`, `ops.cast` where you would write `np.`. They do the same, on tensors.


# %% exercise="masked_mse"
def masked_mse(y_true, y_pred):
    """Mean squared error over each row's rated cells, in stars².

    y_true: shape (batch, n_columns), 0 where there is no rating; y_pred: same shape.
    Returns shape (batch,). A row without ratings gives 0.
    """
    ### BEGIN SOLUTION
    mask = ops.cast(y_true != 0, "float32")
    squared = mask * ops.square(y_true - y_pred)
    return ops.sum(squared, axis=1) / ops.maximum(ops.sum(mask, axis=1), 1)
    ### END SOLUTION


# %% check="masked_mse" points=3
### BEGIN HIDDEN TESTS
_true, _pred = (
    np.array([[0, 2, 4], [0, 0, 0]], "float32"),
    np.array([[9, 2.5, 3], [1, 1, 1]], "float32"),
)
assert np.allclose(masked_mse(_true, _pred), [0.625, 0.0])
### END HIDDEN TESTS
check("masked_mse", masked_mse)

# %% [markdown]
# The metric of 2021 adds two things: predictions are clipped to the scale, and each row gets its own
# root.
#
# ### Exercise 4 · The metric of 2021


# %% exercise="masked_rmse_clip"
def masked_rmse_clip(y_true, y_pred, low, high):
    """Each row's RMSE over its rated cells after clipping predictions to low … high, in stars.

    Shapes as for masked_mse; returns shape (batch,).
    """
    ### BEGIN SOLUTION
    mask = y_true != 0
    squared = np.where(mask, (y_true - np.clip(y_pred, low, high)) ** 2, 0.0)
    return np.sqrt(squared.sum(axis=1) / np.maximum(mask.sum(axis=1), 1))
    ### END SOLUTION


# %% check="masked_rmse_clip" points=2
### BEGIN HIDDEN TESTS
assert np.allclose(masked_rmse_clip(np.array([[4.5, 0.0]]), np.array([[9.0, 0.0]]), 0.5, 5), [0.5])
### END HIDDEN TESTS
check("masked_rmse_clip", masked_rmse_clip)

# %% [markdown]
# Keras takes the mean of these over rows. Rows are users, so this is the per-user RMSE of lesson 02.

# %% [markdown] quiz="no_mask"
# Somebody forgets the mask: the loss is the mean over *all* cells, and gaps hold 0. What will the
# network learn best?
#
# - [x] To answer about 0 everywhere :: Yes. Most cells are gaps, so most of the loss is about giving
#   back zeros. It says nothing about stars.
# - [ ] The same, only more slowly :: The loss now asks for something else: most of its cells want a 0.
# - [ ] Each user's mean :: That would be best if the gaps held it. Here they hold 0.

# %% [markdown]
# ## The AutoRec of 2021
#
# Rows are users. Gaps hold each user's average. 500 hidden units, ELU before and after. The loss is
# the mean over a user's ratings, then over users. It ran 500 epochs at a rate of `0.0001`. Our rerun on
# MovieLens-1M, one training, scores {{ml-1m.autorec_2021.per_user_rmse}} per user, where the project
# reported {{reported.autorec_elu}}, and {{ml-1m.autorec_2021.rmse}} over all ratings.
#
# ## The trap: a rate ten times too high
#
# 500 epochs are long for a lesson. So take ten times the rate and 20 epochs: once with this rate to
# the end, once with a rate that falls to 0. The rate follows half a wave of a cosine, slowly at first:
# this is called *cosine decay*. **Predict before you run:** which curve ends lower, and at what RMSE?

# %%
guess("lower_curve", ...)  # "held" or "falls"
guess("rmse_of_the_lower", ...)  # in stars, on validation


# %%
loss = yours("masked_mse", masked_mse)


def user_rows(fill, falls, epochs=20):
    task = row_task(split, "user", fill=fill, batch_size=64)

    def build():
        mine = network(split.n_movies, 500, activation="elu")
        model = on_rows(mine, n_columns=split.n_movies)
        steps = epochs * len(task.x) if falls else None
        return compiled(model, loss, 1e-3, steps=steps)

    return fit(build, task, epochs=epochs, patience=None)


held, average_fill = user_rows("row_mean", falls=False), user_rows("row_mean", falls=True)
scores.append(evaluate(average_fill, split, model=f"AutoRec on users, {network.whose}"))
plots.learning_curves({"rate held": held.history, "rate falls": average_fill.history})

# %%
ends = {"held": held.history, "falls": average_fill.history}
ends = {name: history["validation_rmse"].iloc[-1] for name, history in ends.items()}
display(reveal("lower_curve", min(ends, key=ends.get)))
display(reveal("rmse_of_the_lower", min(ends.values())))

# %% [markdown]
# That is the network you built, with the loss you wrote. Take one user and look at it work: their row
# goes in, a row comes out, and beside some cells there is a rating that the network has never seen.

# %%
someone = split.test["user"].value_counts().index[0]
hidden_ratings = split.test[split.test["user"] == someone].head(8)
row_out = average_fill.score(np.array([someone]))[0]
titles = data.movies.set_index("movie_id")["title"].reindex(
    split.movie_ids[hidden_ratings["movie"]]
)
hidden_ratings[["rating"]].assign(
    movie=titles.to_numpy(), predicted=row_out[hidden_ratings["movie"]].round(2)
).set_index("movie")

# %% [markdown] after=true
# The held rate has its best epoch early, and then the curve only jumps about. `fit` keeps that epoch,
# and out comes a number that looks like a result. But the network was not trained. It was caught at a
# lucky moment. [[With 60 epochs on MovieLens-100K, the held rate gives {{ml-100k.rate_held.rmse}}. The
# same network with a rate that falls to 0 is better: {{ml-100k.rate_falls.rmse}}.|rate_trap]]
#
# Why does it matter? Suppose you start from the first number and improve the network step by step.
# Each ingredient that happens to calm the training then looks like a discovery. An earlier version
# of this lesson fell for it, on MovieLens-1M. Its first line was {{ml-1m.user_rows.rmse}}, from an
# early epoch. The 500 small epochs of 2021 give the same network {{ml-1m.autorec_2021.rmse}} (one
# training each). Whichever steps made up for that got the praise.

# %% [markdown]
# So two rules hold from here on. A network is trained until its rate has fallen to 0, and a step
# changes one thing.
#
# ## What stands in the gaps, and what stands inside?
#
# 2021 took the user's mean and ELU. The paper took 0 and a sigmoid. Who is right? Change one of the
# two, and your answer depends on the other. So here are all pairs, for rows that are users and for
# rows that are movies: eight networks on MovieLens-100K. Each has 100 hidden units, so that it trains
# quickly, three seeds, and one small rate that falls to 0. **Predict before you look:** rows are
# movies, you start from 2021's pair, mean and ELU, and change one thing. Will the RMSE fall if you
# take the sigmoid, and will it fall if you take zeros?

# %%
guess("sigmoid_alone", ...)  # "falls" or "rises"
guess("zeros_alone", ...)  # "falls" or "rises"

# %%
level = small.query("model == 'bias_model'")
line = ("bias model", level["rmse"].mean())
plots.grids(small, results.labels("04", "corners"), line=line, metric="rmse")

# %%
corner = small.groupby("model")["rmse"].mean()
start = corner["movie_mean_elu"]
display(reveal("sigmoid_alone", "falls" if corner["movie_mean_sigmoid"] < start else "rises"))
display(reveal("zeros_alone", "falls" if corner["movie_zero_elu"] < start else "rises"))

# %% [markdown] after=true
# First the right panel, where rows are movies.
#
# - [[With the mean in the gaps, ELU is ahead: {{ml-100k.movie_mean_elu.rmse}}, the sigmoid
#   {{ml-100k.movie_mean_sigmoid.rmse}}.|elu_with_mean_movies]] For its own filling, 2021 chose
#   well.
# - [[With 0 in the gaps it is the other way round: the sigmoid {{ml-100k.movie_zero_sigmoid.rmse}},
#   ELU {{ml-100k.movie_zero_elu.rmse}}.|sigmoid_with_zeros_movies]]
# - [[Put zeros into the network with ELU and change nothing else, and it gets
#   worse.|zeros_alone_movies]]
#
# So "what does a sigmoid bring?" has no answer, and neither has "what do zeros bring?". Two choices
# of which each needs the other are an *interaction*. One step at a time does not find it: from
# 2021's pair, each of the two leads uphill.
#
# The report that the project built on had seen the same. There the sigmoid was ahead where gaps
# held 0, and ELU where they held the user's mean, and the project followed that line.
#
# Now the left panel, where rows are users. [[With the mean, ELU is ahead here, too:
# {{ml-100k.user_mean_elu.rmse}} against {{ml-100k.user_mean_sigmoid.rmse}}.|elu_with_mean]] [[Zeros
# alone make it worse again.|zeros_alone]] But [[with zeros and the small rate, sigmoid and ELU are
# not told apart: {{ml-100k.user_zero_sigmoid.rmse}} and
# {{ml-100k.user_zero_elu.rmse}}.|small_rate_open]] Is there no interaction, then? Look for the trap
# first. There are fewer users than movies, so an epoch has fewer steps, and a rate can be too small
# as well. [[With `0.001` the sigmoid has the lower mean, {{ml-100k.user_zero_sigmoid_faster.rmse}}
# against {{ml-100k.user_zero_elu_faster.rmse}}, but three seeds leave it open.|sigmoid_with_zeros]]
# One rate for all is not one training for all.
#
# And the side itself? With 2021's mean and ELU, rows that are users give
# {{ml-100k.user_mean_elu.rmse}}, rows that are movies {{ml-100k.movie_mean_elu.rmse}}. And with zeros
# and a sigmoid, each side at a rate that suits it?

# %% [markdown] quiz="interaction"
# Ann tries the sigmoid in her network and the RMSE rises. She concludes: "a sigmoid is worse than
# ELU". What is missing?
#
# - [ ] Nothing: she changed one thing only :: One thing at a time gives the answer *for her filling*.
#   You have just seen the same change go either way.
# - [x] The same with the other filling :: Yes. Filling and activation lean on each other, so the
#   question has no answer without both.
# - [ ] A larger network :: Perhaps that matters, too. But the four corners already differ at one size.

# %% [markdown]
# ## The grids that were only listed
#
# The project lists what it tried: activations, L2, rates. It gives no results. The report it built
# on does, chosen on test and with two penalties mixed. Which of the three matters most?
#
# You have just seen why a list of single factors is hard to read: an answer about one depends on the
# others. And there is a second reason. A factor moves the RMSE as far as somebody cared to move the
# factor. A rate tried over a factor of thirty against a penalty tried over a factor of two says more
# about who tried than about the network.
#
# ## The trap: one input to learn from, another to predict from
#
# In a notebook that the project built on, the network was trained on average-filled rows and then
# asked about zero-filled ones. It printed an RMSE of {{reported.autorec_mismatch}} and went on.
# **Predict before you run:** your network learned from rows with means in the gaps. What is its RMSE
# when it reads zeros instead?

# %%
guess("rmse_asked_with_zeros", ...)

# %%
from course_utils.protocol import metrics
from course_utils.tasks import predict_cells

zeros = row_task(split, "user", fill=0.0).data
test_user, test_movie = split.test["user"].to_numpy(), split.test["movie"].to_numpy()
mismatched = predict_cells(average_fill.model, zeros, test_user, test_movie)
clipped = np.clip(mismatched, *split.rating_scale)
print(f"asked as it was taught: {scores[-1].rmse:.3f}")
display(reveal("rmse_asked_with_zeros", metrics.rmse(split.test["rating"], clipped)))
plots.predictions({"asked with zeros": mismatched}, split.test["rating"])

# %% [markdown]
# A network knows nothing outside what it was fed. It has never seen a row of zeros, and the histogram
# shows what it makes of one. Keep the filling beside the model; the course's `rows` does.
#
# ## The trap: a mask that forgets
#
# And what if the *target* is average-filled too? Then no cell is 0, the mask says that everything
# was rated, and the network is marked on its own filling.

# %%
dense = matrices.fill(sparse, "user_mean").astype("float32")
answer = np.repeat(matrices.row_means(sparse)[:, None], split.n_movies, axis=1).astype("float32")
right = loss(sparse.toarray().astype("float32"), answer)
wrong = loss(dense, answer)
print(f"user means against the ratings:       {np.sqrt(np.mean(right)):.3f} stars")
print(f"user means against the filled target: {np.sqrt(np.mean(wrong)):.3f} stars")

# %% [markdown]
# One answer, two numbers. Nothing was learned in between. (The project did not make this mistake. Its
# targets were zero-filled.)
#
# ## What did the paper do that 2021 left out?
#
# AutoRec's authors report {{reported.autorec_paper_item}} on MovieLens-1M, trained on 90 % of the
# ratings. Several things differ. The figure takes them one at a time, on MovieLens-100K with three
# seeds: each line changes one thing of the line above, in one case the rate. All else is trained
# alike, by `python -m benchmarks.lesson_04`.

# %%
names = results.labels("04", "ladder")
plots.steps(small, names, line=("bias model", level["rmse"].mean()))

# %% [markdown]
# Read alone, the third line says that zeros ruin everything, and the fourth that a sigmoid is a
# wonder. You know already that neither is true: they are one step, taken in two. The rest of the
# lines:
#
# - **A larger rate.** So far it was the small one. [[Now `0.001` lowers the RMSE from
#   {{ml-100k.movie_zero_sigmoid.rmse}} to {{ml-100k.larger_rate.rmse}}.|larger_rate]] A ladder that
#   kept the small one might praise later steps for making up for it.
# - **Linear outside.** [[It changes nothing worth speaking of.|linear_output]] Stars are positive,
#   and there ELU is a straight line already.
# - **A sum, not a mean of means.** With a mean per row, the only rating of a rare movie weighs as
#   much as all ratings of a famous one together. [[The sum lowers the RMSE from
#   {{ml-100k.linear_output.rmse}} to {{ml-100k.sum_of_errors.rmse}}.|sum_of_errors]]
# - **λ.** A sum counts each rating, so the errors weigh more than before and the old penalty weighs
#   less. [[With λ = 200, as in the finished network, the RMSE rises to
#   {{ml-100k.paper_lam_200.rmse}}.|paper_lam]] What suits the whole can look wrong half-way.
# - **Bias model outside, raw stars inside.** The network adds its output to the bias model, so it
#   need not learn the biases. [[This lowers the RMSE to {{ml-100k.on_biases.rmse}}.|on_biases]] Its
#   *input* stays raw: a rated cell is at least 1, an unrated one 0. Centre the input, and an
#   average rating looks like none: [[the RMSE rises to
#   {{ml-100k.on_biases_centred.rmse}}.|centred]]
# - **Hidden input.** If most of the input is hidden in each step, a rating cannot be copied. It has
#   to be inferred. [[With 100 units it changes nothing worth speaking of:
#   {{ml-100k.hidden_input.rmse}}.|hidden_input]]
#
# Does the side matter at the end of the ladder? With users as rows the finished network gives
# {{ml-100k.user_autorec.rmse}}, with movies as rows {{ml-100k.item_autorec.rmse}}. And mind what a
# ladder is. It prices each step at its place in the order; in another order the prices change.
#
# ### Exercise 5 · λ in Keras' units
#
# The paper minimises the *sum* of squared errors over all rows plus λ/2 · Σw². Keras minimises the
# *mean* over rows plus l2 · Σw². Which l2 is the paper's λ?


# %% exercise="keras_l2"
def keras_l2(lam, n_rows):
    """The l2 of a Keras regularizer that equals the paper's λ, for n_rows rows. Returns a float."""
    ### BEGIN SOLUTION
    return lam / 2 / n_rows
    ### END SOLUTION


# %% check="keras_l2" points=1
### BEGIN HIDDEN TESTS
assert np.isclose(keras_l2(10.0, 5), 1.0)
### END HIDDEN TESTS
check("keras_l2", keras_l2)

# %% [markdown]
# ## How much penalty?
#
# Choose on validation. Three values, here and now.


# %%
def item_autorec(lam, dropout=0.0, epochs=25):
    task = row_task(split, "movie", offset=True, batch_size=256)

    def build():
        size = {"l2": task.l2(lam), "input_dropout": dropout, "offset": task.data.offset}
        model = autorec(split.n_users, 300, **size)
        return compiled(model, masked_sse, 2e-3, steps=epochs * len(task.x))

    return fit(build, task, epochs=epochs, patience=None)


# %%
curves = {f"λ = {lam}": item_autorec(lam) for lam in (10, 100, 1000)}
plots.learning_curves(
    {name: fitted.history for name, fitted in curves.items()},
    across={"bias model": evaluate(baselines.bias_model(split), split, part="validation").rmse},
)

# %%
ours = item_autorec(100, dropout=0.5, epochs=40)
scores.append(evaluate(curves["λ = 100"], split, model="item AutoRec"))
scores.append(evaluate(ours, split, model="item AutoRec, half hidden"))
print(compare(scores[-1], bias))
plots.leaderboard_dots(scores)

# %% [markdown]
# ## And the user?
#
# Item AutoRec reads a movie: who rated it, and how. What does it know of the *user* it predicts for?
# One learned vector, their weights in the decoder. It never looks at what else they rated.
#
# Matrix factorisation has the same gap. Koren closed it in two ways, in one paper. In *SVD++* each
# movie $j$ gets one extra vector, $z_j$. It stands for *that* the movie was rated, and a user's vector
# is a learned one plus the sum of these. In his *Asymmetric-SVD* there is a second one, $y_j$, which
# counts by *how* the movie was rated; users have no learned vector there. Let the decoder take all. User $u$ has rated the $n_u$ movies
# $R(u)$, each $e_{uj}$ stars above what the bias model expects:
#
# $$w_u + P^\top \frac{1}{\sqrt{n_u}} \sum_{j \in R(u)} \big( e_{uj}\, y_j + z_j \big)$$
#
# Here $w_u$ are the user's learned weights, one for each hidden unit. The vectors $y_j$ and $z_j$ are
# much shorter: they have `width` numbers, 30 below. So the sum is short, too, and the matrix $P$, of
# shape (width, hidden), turns it into one weight for each hidden unit. $P$ is learned and shared by
# all users.
#
# ### Exercise 6 · Read a user's ratings


# %% exercise="read_ratings"
def read_ratings(movies, residuals, how, who):
    """The sum above for one user, before P: Σ (residual · how + who) over their ratings, by √n.

    movies: indices of the movies they rated, shape (n_ratings,); residuals: stars above the bias
    model, (n_ratings,); how, who: a vector a movie, (n_movies, width). Returns shape (width,); zeros
    for a user without ratings.
    """
    ### BEGIN SOLUTION
    total = residuals @ how[movies] + who[movies].sum(axis=0)
    return total / np.sqrt(max(len(movies), 1))
    ### END SOLUTION


# %% check="read_ratings" points=1
### BEGIN HIDDEN TESTS
_vectors = np.arange(8.0).reshape(4, 2)
_read = read_ratings(np.array([1, 3]), np.array([1.0, -1.0]), _vectors, np.ones((4, 2)))
assert np.allclose(_read, np.array([-2.0, -2.0]) / np.sqrt(2))
### END HIDDEN TESTS
check("read_ratings", read_ratings)

# %% [markdown]
# Beware of copying. The rating that is to be told is one of the user's, too. So while a batch of
# movies is trained on, their ratings are left out of every user's sum, and half of the others are
# hidden, drawn anew for each batch. **Predict before you run:** by how many stars will the RMSE on
# test change? A fall is negative.

# %%
guess("change_by_the_user", ...)

# %%
from course_utils.models import two_sided_autorec
from course_utils.tasks import two_sided_task

sides = two_sided_task(split, "movie", hide=0.5, batch_size=256)


def two_sided(epochs=40):
    size = {"width": 30, "offset": sides.data.offset, "input_dropout": 0.6}
    model = two_sided_autorec(
        split.n_movies, split.n_users, 300, l2=sides.l2(200), column_l2=sides.l2(200), **size
    )
    return compiled(model, masked_sse, 2e-3, steps=epochs * len(sides.x))


both = fit(two_sided, sides, epochs=40, patience=None)
scores.append(evaluate(both, split, model="two-sided AutoRec"))
display(reveal("change_by_the_user", scores[-1].rmse - scores[-2].rmse))
print(compare(scores[-1], scores[-2]))
plots.learning_curves({"item AutoRec, half hidden": ours.history, "two-sided": both.history})

# %% [markdown]
# This was one training of each, and the two differ in their penalties, too. Trained in full
# (`python -m benchmarks.lesson_10 --only two_sided`), each with its own settings:
#
# | | item AutoRec | seeds | two-sided | seeds |
# |:--|--:|--:|--:|--:|
# | MovieLens-100K | {{ml-100k.item_autorec.rmse}} | {{ml-100k.item_autorec.seeds}} | **{{ml-100k.two_sided.rmse}}** | {{ml-100k.two_sided.seeds}} |
# | MovieLens-1M | {{ml-1m.item_autorec.rmse}} | {{ml-1m.item_autorec.seeds}} | **{{ml-1m.two_sided.rmse}}** | {{ml-1m.two_sided.seeds}} |
#
# Over the seeds on MovieLens-100K, the two-sided network lies between
# {{ml-100k.two_sided.rmse.min}} and {{ml-100k.two_sided.rmse.max}}, the item AutoRec between
# {{ml-100k.item_autorec.rmse.min}} and {{ml-100k.item_autorec.rmse.max}}.
#
# ### Open exercise · Who is a row?

# %% [markdown] open="who_is_a_row" points=4
# The same network, the same ratings, the same λ, all ingredients included. On MovieLens-1M it scores
# {{ml-1m.item_autorec.rmse}} with movies as rows and {{ml-1m.user_autorec.rmse}} with users as rows
# (one training). On MovieLens-100K the two numbers are {{ml-100k.item_autorec.rmse}} and
# {{ml-100k.user_autorec.rmse}}. A colleague concludes: "movies are easier to predict than users". Is
# that right? Give two reasons for the difference that you could
# test, and say how. (An average movie of MovieLens-1M has more ratings than an average user. In
# MovieLens-100K it has fewer.)
#
# ### BEGIN SOLUTION
# No. Both versions predict the same cells of the same matrix. What differs is which ratings share
# weights. (1) Rows have different numbers of ratings, so the input carries more information or less;
# test by thinning the fuller side. On MovieLens-100K users have the fuller rows, so this alone cannot
# explain both datasets. (2) Movies and users differ in number, so one version sees fewer but fuller
# examples, and its output weights belong to users instead of movies; test on a subset with equal
# numbers of both. (3) The same λ need not suit both, for rows, columns and ratings per row differ;
# test by choosing λ on validation for each version. The λ here was chosen for movies as rows.
# ### END SOLUTION

# %% [markdown] rubric="who_is_a_row"
# **Rubric (4 points).** 1: says that both predict the same cells. 1 each for two testable reasons
# (ratings per row, number of rows, the choice of λ, weights per user or per movie), at most 2; a reason
# that holds on one of the two datasets only must say so. 1: a test that could come out either way,
# with a measure on validation.

# %% [markdown]
# ## Reported, reproduced, measured right, ours
#
# MovieLens-1M, the project's split. RMSE over all ratings, per-user RMSE in brackets. The two networks
# of 2021 ran their 500 epochs once each.
#
# | model | reported in 2021 (per user) | reproduced and measured right |
# |:--|--:|--:|
# | AutoRec, ELU | {{reported.autorec_elu}} | {{ml-1m.autorec_2021.rmse}} ({{ml-1m.autorec_2021.per_user_rmse}}) |
# | AutoRec, LeakyReLU | {{reported.autorec_leaky_relu}} | {{ml-1m.leaky_autorec_2021.rmse}} ({{ml-1m.leaky_autorec_2021.per_user_rmse}}) |
# | bias model | not tried | {{ml-1m.bias_model.rmse}} ({{ml-1m.bias_model.per_user_rmse}}) |
# | **ours**: item AutoRec on residuals, most of it hidden | – | **{{ml-1m.item_autorec.rmse}}** ({{ml-1m.item_autorec.per_user_rmse}}) |
# | the same, refitted on train + validation | – | {{ml-1m@original-refit.item_autorec.rmse}} ({{ml-1m@original-refit.item_autorec.per_user_rmse}}) |
# | **ours**, two-sided | – | **{{ml-1m.two_sided.rmse}}** ({{ml-1m.two_sided.per_user_rmse}}) |
# | the same, refitted on train + validation | – | {{ml-1m@original-refit.two_sided.rmse}} ({{ml-1m@original-refit.two_sided.per_user_rmse}}) |
#
# Good need not mean slow. Computed on the rated cells only, as lesson 09 shows, item AutoRec passes
# the paper's {{reported.autorec_paper_item}} after {{ml-1m.item_autorec_sparse.seconds_to_goal:.0f}} seconds of training
# on two cores and ends at {{ml-1m.item_autorec_sparse.rmse}} after {{ml-1m.item_autorec_sparse.seconds:.0f}} (one run:
# `python -m benchmarks.side_by_side --dataset ml-1m --only item_autorec_sparse`).
#
# Ours are means of {{ml-1m.item_autorec.seeds}} seeds. All choices were made on validation.

# %%
leaderboard(scores)

# %% [markdown]
# ## Ten films for one person
#
# An RMSE is no film. So here is one real user, and the ten films that each model puts first among all
# that they have not rated. A film needs at least twenty ratings to be listed. **Would you watch it?**
# And what changed from one column to the next?

# %%
from course_utils.recommend import lists_beside

lists_beside(
    {"bias model": baselines.bias_model(split), "item AutoRec": ours, "two-sided": both},
    split,
    movies=data.movies,
)

# %% [markdown]
# ## Recap
#
# - An autoencoder reads rows; what stands in the gaps is part of the model.
# - The loss looks at rated cells only. A filled target makes any guess look good.
# - A network caught in mid-jump is no starting point. Train both sides of a comparison out.
# - Filling and activation lean on each other: ask for the pair, not for the price of each.
# - λ must be translated from the paper's sum to Keras' mean.
# - Raw stars in, residuals out: the network sees who rated and does not relearn the biases.
# - A movie's ratings and a user's are two things to read, and a decoder can read the second.
#
# ## Reading
#
# - Sedhain, Menon, Sanner and Xie, *AutoRec: Autoencoders meet collaborative filtering*, WWW 2015.
# - Strub, Gaudel and Mary, *Hybrid recommender system based on autoencoders*, DLRS 2016: hiding part
#   of the input.
# - Koren, *Factorization meets the neighborhood*, KDD 2008: SVD++ and Asymmetric-SVD.
# - Rendle, Zhang and Koren, *On the difficulty of evaluating baselines*, 2019.
#
# ## Next
#
# Lesson 05 makes the network deep. In 2021 that was the announced winner. Print both RMSEs and see.
