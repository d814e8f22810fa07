# %% [markdown]
# # 04 · AutoRec: give back the row, with its gaps filled
#
# {{colab_badge}}
#
# **After this lesson you will be able to**
#
# - turn ratings into rows for an autoencoder, and choose what to put into the gaps,
# - write a loss that looks at rated cells only, and notice when it does not,
# - add the paper's ingredients one at a time and say which of them matter,
# - translate the penalty λ from the paper's units to Keras',
# - build an AutoRec that beats every model of lesson 02 on the same ratings, and let it read the user
#   as well as the movie.
#
# **You need** lesson 02 (bias model, the two RMSEs). **Time:** 90 minutes; the notebook itself runs
# in about a minute.

# %% setup=true
import numpy as np

from course_utils import check, plots, results
from course_utils.data import load_movielens, matrices, primary_split
from course_utils.models import autorec, baselines, masked_sse
from course_utils.models import masked_mse as course_masked_mse
from course_utils.protocol import compare, compiled, evaluate, fit, leaderboard
from course_utils.tasks import row_task

# %%
split = primary_split(load_movielens(DATASET))
bias = evaluate(baselines.bias_model(split), split, model="bias_model")
scores = [bias]
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
# $$\hat r = f\big(W\, g(V r + m) + b\big)$$
#
# But a vector has no empty cells. Something must stand there.
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

# %% [markdown]
# ## What should the loss look at?
#
# Only at the rated cells. We know nothing about the others. A *mask* says which is which: 1 where
# the target is a rating, 0 elsewhere.
#
# ### Exercise 2 · The masked loss
#
# Targets are rows with 0 in the unrated cells, so the mask is `y_true != 0`.


# %% exercise="masked_mse"
def masked_mse(y_true, y_pred):
    """Mean squared error over each row's rated cells, in stars².

    y_true: shape (batch, n_columns), 0 where there is no rating; y_pred: same shape.
    Returns shape (batch,). A row without ratings gives 0.
    """
    ### BEGIN SOLUTION
    mask = y_true != 0
    squared = np.where(mask, (y_true - y_pred) ** 2, 0.0)
    return squared.sum(axis=1) / np.maximum(mask.sum(axis=1), 1)
    ### END SOLUTION


# %% check="masked_mse" points=3
### BEGIN HIDDEN TESTS
_true, _pred = (
    np.array([[0.0, 2.0, 4.0], [0.0, 0.0, 0.0]]),
    np.array([[9.0, 2.5, 3.0], [1.0, 1.0, 1.0]]),
)
assert np.allclose(masked_mse(_true, _pred), [0.625, 0.0])
### END HIDDEN TESTS
check("masked_mse", masked_mse)

# %% [markdown]
# The metric of 2021 adds two things: predictions are clipped to the scale, and each row gets its own
# root.
#
# ### Exercise 3 · The metric of 2021


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
#
# ## The AutoRec of 2021
#
# Rows are users. Gaps hold each user's average. 500 hidden units, ELU before and after. The loss is
# the mean over a user's ratings, then over users. It ran 500 epochs at a small rate; on
# MovieLens-1M our rerun scores {{ml-1m.autorec_2021.per_user_rmse}} per user, where the project
# reported {{reported.autorec_elu}}, and {{ml-1m.autorec_2021.rmse}} over all ratings. Here we take
# a larger rate and fewer epochs.


# %%
def user_rows(fill):
    task = row_task(split, "user", fill=fill, batch_size=256)

    def build():
        model = autorec(split.n_movies, activation="elu", output_activation="elu", l2=0.001)
        return compiled(model, course_masked_mse, 1e-3)

    return fit(build, task, epochs=30, patience=6)


average_fill = user_rows("row_mean")
scores.append(evaluate(average_fill, split, model="AutoRec of 2021"))
print(compare(scores[-1], bias))

# %% [markdown]
# ## The grids that were only listed
#
# The project lists what it tried: activations, L2, rates. It gives no results. A report that it
# built on does, chosen on test and with two penalties mixed. So here they are once more, on
# MovieLens-100K with short training. **Predict before you look:** which of the three matters most?

# %%
grid = results.of("ml-100k", "04", "random")
panels = results.labels("04", "grids")
biases = results.of("ml-100k", "09", "random").query("model == 'bias_model'")["rmse"].mean()
plots.grids(grid, panels, line=("bias model", biases), metric="rmse")

# %% [markdown]
# The activation inside matters most, by far. A sigmoid scores {{ml-100k.grid_sigmoid_linear.rmse:.3f}}, ELU
# {{ml-100k.grid_elu_elu.rmse:.3f}}, SELU {{ml-100k.grid_selu_selu.rmse:.3f}}, and no activation at all
# {{ml-100k.grid_linear_linear.rmse:.3f}}. What stands outside hardly counts. With ELU, zeros in the gaps are
# worst; any number of stars from 1 to 5 does about as well as the user's mean
# ({{ml-100k.grid_fill_row_mean.rmse:.3f}}). And L2 moves little in the range that was tried: from
# {{ml-100k.grid_l2_200e-5.rmse:.3f}} to {{ml-100k.grid_l2_25e-5.rmse:.3f}}, about as far as two seeds may lie
# apart. (Three seeds where you see three dots.)
#
# None of them reaches the bias model. The sigmoid was ahead in that report, too, where gaps held 0. With
# the user's mean in the gaps ELU did better there, and the project followed that line. Below, the
# sigmoid comes back.
#
# ## The trap: one input to learn from, another to predict from
#
# In a notebook that the project built on, the network was trained on average-filled rows and then
# asked about zero-filled ones. It printed an RMSE of {{reported.autorec_mismatch}} and went on.
# **Predict before you run:** will the same happen here?

# %%
from course_utils.protocol import metrics
from course_utils.tasks import predict_cells

zeros = row_task(split, "user", fill=0.0).data
test_user, test_movie = split.test["user"].to_numpy(), split.test["movie"].to_numpy()
mismatched = predict_cells(average_fill.model, zeros, test_user, test_movie)
print(f"asked as it was taught: {scores[-1].rmse:.3f}")
print(
    f"asked with zeros:       {metrics.rmse(split.test['rating'], np.clip(mismatched, 1, 5)):.3f}"
)
plots.predictions({"asked with zeros": mismatched}, split.test["rating"])

# %% [markdown]
# A network knows nothing outside what it was fed. Zeros instead of threes and fours look to it like
# a user who hates everything. Keep the filling beside the model; the course's `rows` does.
#
# ## The trap: a mask that forgets
#
# And what if the *target* is average-filled too? Then no cell is 0, the mask says that everything
# was rated, and the network is marked on its own filling.

# %%
dense = matrices.fill(sparse, "user_mean")
guess = np.repeat(matrices.row_means(sparse)[:, None], split.n_movies, axis=1)
right = course_masked_mse(sparse.toarray(), guess)
wrong = course_masked_mse(dense, guess)
print(f"user means against the ratings:       {np.sqrt(np.mean(right)):.3f} stars")
print(f"user means against the filled target: {np.sqrt(np.mean(wrong)):.3f} stars")

# %% [markdown]
# The same guess, the user's mean, looks several times better. Nothing was learned. (The project did
# not make this mistake. Its targets were zero-filled.)
#
# ## What did the paper do that 2021 left out?
#
# AutoRec's authors report {{reported.autorec_paper_item}} on MovieLens-1M, trained on 90 % of the
# ratings. Several things differ. The figure adds them one at a time, one seed each and three for the
# last, as measured by `python -m benchmarks.lesson_04 --dataset ml-1m`.

# %%
measured = results.of("ml-1m", "04", "original")
names = results.labels("04", "ladder")
plots.steps(measured, names)

# %% [markdown]
# The first line is the AutoRec of 2021 with short training; its 500 small epochs take it to
# {{ml-1m.autorec_2021.rmse}}. The bias model scores {{ml-1m.bias_model.rmse}}.
#
# - **Movies as rows.** By itself it brings nothing. With all the rest in place it will matter (see
#   the open exercise).
# - **Gaps hold 0.** An average-filled row hides who rated; a zero-filled row shows it.
# - **A sum, not a mean of means.** With a mean per row, one rating of a rare movie weighs as much as
#   hundreds of ratings of a famous one.
# - **Sigmoid inside, nothing outside.** The largest step of all,
#   {{ml-1m.sigmoid.rmse - ml-1m.sum_loss.rmse:+.4f}}. The project argued from theory for ELU and
#   SELU. Measuring was cheaper.
# - **λ.** A sum counts each rating, so the errors weigh more than before and the old penalty is now
#   too light (it is λ = 7 here). From 7 to 200 brings
#   {{ml-1m.lam_200.rmse - ml-1m.sigmoid.rmse:+.4f}}.
# - **Bias model outside, raw stars inside.** The network adds its output to the bias model, so it
#   need not learn the biases. Its *input* stays raw: a rated cell is at least 1, an unrated one 0.
#   Centre the input, and an average rating looks like none: {{ml-1m.centred.rmse}} instead of
#   {{ml-1m.residual_lam_400.rmse}}.
# - **Hidden input.** If most of the input is hidden in each step, a rating cannot be copied. It has
#   to be inferred.
#
# ### Exercise 4 · λ in Keras' units
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
# Matrix factorisation has the same gap, and SVD++ closes it. There a user's vector is a learned one
# *plus* what their ratings say. Each movie $j$ has two vectors of its own: $y_j$ for *how* it was
# rated, $z_j$ for *that* it was. Let the decoder do likewise. User $u$ has rated the $n_u$ movies
# $R(u)$, each $e_{uj}$ stars above what the bias model expects:
#
# $$w_u + P^\top \frac{1}{\sqrt{n_u}} \sum_{j \in R(u)} \big( e_{uj}\, y_j + z_j \big)$$
#
# ### Exercise 5 · Read a user's ratings


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
# hidden, drawn anew for each batch. **Predict before you run:** will it help as much as the sigmoid
# did?

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
print(compare(scores[-1], scores[-2]))
plots.learning_curves({"item AutoRec, half hidden": ours.history, "two-sided": both.history})

# %% [markdown]
# Not as much, but a real step. With full training (`python -m benchmarks.lesson_09 --only two_sided`),
# means of {{ml-100k.item_autorec.seeds}} and {{ml-100k.two_sided.seeds}} seeds on MovieLens-100K,
# {{ml-1m.item_autorec.seeds}} and {{ml-1m.two_sided.seeds}} on MovieLens-1M:
#
# | | item AutoRec | two-sided |
# |:--|--:|--:|
# | MovieLens-100K | {{ml-100k.item_autorec.rmse}} | **{{ml-100k.two_sided.rmse}}** |
# | MovieLens-1M | {{ml-1m.item_autorec.rmse}} | **{{ml-1m.two_sided.rmse}}** |
#
# ### Open exercise · Who is a row?

# %% [markdown] open="who_is_a_row" points=4
# The same network, the same ratings, the same λ, all ingredients included: with movies as rows it
# scores {{ml-1m.item_autorec.rmse}}, with users as rows {{ml-1m.user_autorec.rmse}}. A colleague
# concludes: "movies are easier to predict than users". Is that right? Give two reasons for the
# difference that you could test, and say how.
#
# ### BEGIN SOLUTION
# No. Both versions predict the same cells of the same matrix. What differs is which ratings share
# weights. (1) A movie's row has more ratings than a user's, so the input carries more information;
# test by thinning movies to as many ratings as users have. (2) There are fewer movies than users in
# MovieLens-1M, so the item version sees fewer but fuller examples, and its weights are per user;
# test on a subset with equal numbers of both. (3) The same λ need not suit both, for rows, columns and
# ratings per row differ; test by choosing λ on validation for each version.
# ### END SOLUTION

# %% [markdown] rubric="who_is_a_row"
# **Rubric (4 points).** 1: says that both predict the same cells. 1 each for two testable reasons
# (ratings per row, number of rows, the choice of λ, weights per user or per movie), at most 2. 1: a test
# that could come out either way, with a measure on validation.

# %% [markdown]
# ## Reported, reproduced, measured right, ours
#
# MovieLens-1M, the project's split. RMSE over all ratings, per-user RMSE in brackets.
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
# Good need not mean slow. Computed on the rated cells only, as lesson 08 shows, item AutoRec passes
# the paper's {{reported.autorec_paper_item}} after {{ml-1m.item_autorec_sparse.seconds_to_goal:.0f}} seconds of training
# on two cores and ends at {{ml-1m.item_autorec_sparse.rmse}} after {{ml-1m.item_autorec_sparse.seconds:.0f}} (one run:
# `python -m benchmarks.side_by_side --dataset ml-1m --only item_autorec_sparse`).
#
# Ours are means of {{ml-1m.item_autorec.seeds}} seeds. All choices were made on validation.

# %%
leaderboard(scores)

# %% [markdown]
# ## Recap
#
# - An autoencoder reads rows; what stands in the gaps is part of the model.
# - The loss looks at rated cells only. A filled target makes any guess look good.
# - One factor at a time: zeros in the gaps and the sigmoid bring most, the transpose alone nothing.
# - λ must be translated from the paper's sum to Keras' mean.
# - Raw stars in, residuals out: the network sees who rated and does not relearn the biases.
# - A movie's ratings and a user's are two things to read. Reading both beats reading either.
#
# ## Reading
#
# - Sedhain, Menon, Sanner and Xie, *AutoRec: Autoencoders meet collaborative filtering*, WWW 2015.
# - Strub, Gaudel and Mary, *Hybrid recommender system based on autoencoders*, DLRS 2016: hiding part
#   of the input.
# - Koren, *Factorization meets the neighborhood*, KDD 2008: SVD++.
# - Rendle, Zhang and Koren, *On the difficulty of evaluating baselines*, 2019.
#
# ## Next
#
# Lesson 05 makes the network deep. In 2021 that was the announced winner. Print both RMSEs and see.
