# %% [markdown]
# # 08 · Scaling up: pay for ratings, not for cells
#
# {{colab_badge}}
#
# **After this lesson you will be able to**
#
# - tell before a run whether it fits into memory,
# - keep ratings sparse and make only the batch at hand dense,
# - write a decoder that computes the rated cells and no others,
# - say when computing everything is faster all the same,
# - run trials on many cores or machines, and lose none when a machine dies.
#
# **You need** lesson 04 (AutoRec). **Time:** 60 minutes; the notebook itself runs in about a minute.

# %% setup=true
import numpy as np
import pandas as pd

from course_utils import check, plots, results
from course_utils.data import SHAPES, load_movielens, matrices, primary_split
from course_utils.models import baselines
from course_utils.protocol import compare, evaluate, fit, leaderboard
from course_utils.tasks import autorec_task, sparse_row_task

# %%
split = primary_split(load_movielens(DATASET))
n_users, n_movies = split.shape
density = len(split.train) / (n_users * n_movies)
print(f"{split}: {density:.1%} of all cells hold a training rating")

# %% [markdown]
# One word in the setup cell, `"ml-1m"`, `"ml-10m"`, `"ml-25m"` or `"ml-32m"`, runs this lesson at
# another size, if your network reaches that archive.
#
# ## What killed the notebook of 2021?
#
# The project wanted its autoencoder on MovieLens-10M. It read the file in pieces of a million
# ratings and built the rating matrix again after each piece. On Colab Pro it died at 2, at 5 and at
# 10 million. **Predict before you run:** was it the ratings, the network, or something else?
#
# ### Exercise 1 · The arithmetic before the crash
#
# A dense matrix stores every cell. CSR stores, for each rating, its value and its column (a 4-byte
# integer), and for each user where their ratings begin: n_users + 1 more 4-byte integers.


# %% exercise="matrix_gib"
def matrix_gib(n_users, n_movies, n_ratings, value_bytes, copies):
    """Memory of ``copies`` rating matrices, in GiB (2**30 bytes).

    value_bytes: bytes of one stored value, 4 or 8. Returns {"dense": float, "csr": float}.
    """
    ### BEGIN SOLUTION
    dense = n_users * n_movies * value_bytes
    csr = n_ratings * (value_bytes + 4) + (n_users + 1) * 4
    return {"dense": dense * copies / 2**30, "csr": csr * copies / 2**30}
    ### END SOLUTION


# %% check="matrix_gib" points=3
### BEGIN HIDDEN TESTS
_gib = matrix_gib(1024, 1024, 2**18, 4, 2)
assert np.isclose(_gib["dense"], 2**23 / 2**30)
assert np.isclose(_gib["csr"], (2**22 + 8200) / 2**30)
### END HIDDEN TESTS
check("matrix_gib", matrix_gib)


# %%
def gib(users, movies, bytes_a_cell=8):
    return users * movies * bytes_a_cell / 2**30


users, movies, ratings = SHAPES["10m"]
memory = {
    "as wide as the highest ids, float64": gib(71_567, 65_133),
    "rated movies only, float64": gib(users, movies),
    "nine of these, as the notebook made": 9 * gib(users, movies),
    "rated movies only, float32": gib(users, movies, 4),
    "CSR, float32": (8 * ratings + 4 * users) / 2**30,
    "512 users at a time, float32": gib(512, movies, 4),
}
plots.memory_bars(memory, {"Colab today": 12.7})

# %% [markdown]
# It was the emptiness. The ratings of MovieLens-10M are a few dozen megabytes. The cells around them
# are gigabytes, and the way of 2021 paid for each: as many columns as the highest movie id, 8 bytes
# a cell, and several matrices at once (inputs and targets for train, validation and test, and a
# filled version of each).
#
# (The pieces would not have helped either. The file is sorted by user, so each piece had its own
# users, and a matrix of its own shape.)
#
# ## The trap: a matrix that eats half stars
#
# Suppose the memory had been there. MovieLens-10M rates in half stars. The matrices of 2021 began
# with `np.full(shape, 0)`. We run it for real, on ratings drawn at random in the shape of
# MovieLens-100K, but in half stars.

# %%
import warnings

from course_utils.data import synthetic_ratings

with warnings.catch_warnings(record=True) as notices:
    warnings.simplefilter("always")
    halves = synthetic_ratings("100k").ratings
print(notices[0].message)

matrix = np.full((943, 1682), 0)  # a matrix of ... what?
user, movie = halves["user_id"] - 1, halves["movie_id"] - 1
matrix[user, movie] = halves["rating"]
stored = matrix[user, movie]
print(f"{matrix.dtype}: {np.mean(stored != halves['rating']):.0%} of the ratings have changed")
plots.half_stars_lost(halves["rating"].to_numpy(), stored, "synthetic ratings")

# %% [markdown]
# No error, no warning. NumPy saw an integer 0 and made integers; 3.5 became 3. A rating of half a
# star became 0, which means "not rated". The `.astype("float32")` of 2021 came one line too late.
# Write `np.full(shape, 0.0)`, or say `dtype="float32"`.
#
# And clipping? In 2021 predictions were cut to 1 … 5.

# %%
from course_utils.protocol import metrics

stars = halves["rating"].to_numpy()
for low in (1.0, 0.5):
    perfect = np.clip(stars, low, 5)  # a model that is always right, then clipped
    print(f"a perfect model, clipped to {low} … 5: RMSE {metrics.rmse(stars, perfect):.3f}")

# %% [markdown]
# The scale belongs to the dataset. The course keeps it in `split.rating_scale`.
#
# ## Sparse until the last moment
#
# CSR keeps three arrays. Row r of the matrix lies between `indptr[r]` and `indptr[r + 1]`.

# %%
sparse = matrices.rating_matrix(split.train, split.shape)
start, end = sparse.indptr[0:2]
print("first user's movies:", sparse.indices[start:end][:8], "…")
print("first user's stars: ", sparse.data[start:end][:8], "…")

# %% [markdown]
# ### Exercise 2 · A batch that densifies only itself


# %% exercise="csr_batch"
def csr_batch(indptr, indices, data, rows, n_columns):
    """The asked rows of a CSR matrix as a dense array of floats.

    indptr (n_rows + 1,), indices and data (n_ratings,): the matrix. rows: (batch,), in any order.
    Returns shape (batch, n_columns), 0 where there is no rating. No other row becomes dense.
    """
    ### BEGIN SOLUTION
    batch = np.zeros((len(rows), n_columns), "float32")
    for i, row in enumerate(rows):
        cells = slice(indptr[row], indptr[row + 1])
        batch[i, indices[cells]] = data[cells]
    return batch
    ### END SOLUTION


# %% check="csr_batch" points=3
### BEGIN HIDDEN TESTS
_batch = csr_batch(
    np.array([0, 1, 1, 3]), np.array([2, 0, 1]), np.array([0.5, 4.5, 3.0]), np.array([2, 1, 0]), 3
)
assert np.allclose(_batch, [[4.5, 3.0, 0.0], [0.0, 0.0, 0.0], [0.0, 0.0, 0.5]])
### END HIDDEN TESTS
check("csr_batch", csr_batch)

# %% [markdown]
# This is what `course_utils.tasks.rows` has done since lesson 04 (with SciPy's `matrix[rows].toarray()`).
# Memory is solved. Time is not.
#
# ## Multiplying by zero
#
# A dense layer multiplies every cell of its input with every weight. In a row of MovieLens-10M, 98 or
# 99 of 100 cells are 0. So are their products. And the last layer computes a prediction for every
# cell; the loss then looks at the rated ones and throws the others away.
#
# **First layer.** A row x times the weights V is a sum over the row's ratings: rating times one line
# of V. This is a product of a sparse and a dense matrix.
#
# **Last layer.** The prediction for one cell is a dot product: the row's code with the column's
# weights. Compute it for the rated cells only.
#
# $$\hat r_{ij} = \langle h_i, w_j\rangle + b_j \quad\text{for rated } (i, j)\text{ only}$$
#
# **Backwards** it is the same. The errors form a sparse matrix E. The codes get E W, the weights
# get Eᵀ H, and neither needs the empty cells.
#
# ### Exercise 3 · A decoder for rated cells
#
# The check hands you arrays that refuse to become as large as the matrix.


# %% exercise="observed_sse"
def observed_sse(code, weights, bias, row, column, stars):
    """Sum of squared errors over the rated cells, computed for these alone.

    code: (n_rows, hidden), the hidden layer; weights: (n_columns, hidden), a line a column; bias:
    (n_columns,). Rated cell k lies in row[k] and column[k] and holds stars[k]; all (n_cells,).
    Predictions are code · weightsᵀ + bias. Returns a float, in stars².
    """
    ### BEGIN SOLUTION
    predicted = (code[row] * weights[column]).sum(axis=1) + bias[column]
    return ((stars - predicted) ** 2).sum()
    ### END SOLUTION


# %% check="observed_sse" points=3
### BEGIN HIDDEN TESTS
_code, _weights = np.array([[1.0, 2.0], [0.0, 1.0]]), np.array([[1.0, 0.0], [1.0, 1.0], [0.0, 2.0]])
_sse = observed_sse(
    _code,
    _weights,
    np.array([0.5, 0.0, 1.0]),
    np.array([0, 1]),
    np.array([2, 0]),
    np.array([4.0, 1.0]),
)
assert np.isclose(_sse, 1.25)
### END HIDDEN TESTS
check("observed_sse", observed_sse)

# %% [markdown]
# The course's own is `sparse_autorec`. It does what you did a few thousand cells at a time, so that
# the gathered lines stay in the processor's cache. A batch is flat now: three numbers a rating.

# %%
task = sparse_row_task(split, "movie", offset=True)
(row, column, rated, *_), _ = task.x[0]
print(f"a batch of 512 movies: {len(rated):,} ratings instead of {512 * n_users:,} cells")
print(pd.DataFrame({"row of the batch": row, "user": column, "stars": rated}).head(3))

# %% [markdown]
# ## Is it the same network?
#
# Same ratings, same objective, same settings; only the arithmetic differs.


# %%
def item_autorec(compute):
    build, task = autorec_task(
        split, hidden=300, lam=100, input_dropout=0.5, rate=2e-3, batch_size=256, compute=compute
    )
    return fit(build, task, epochs=25, patience=None)


fitted = {name: item_autorec(name) for name in ("dense", "sparse")}
scores = [evaluate(f, split, model=f"item AutoRec, {name}") for name, f in fitted.items()]
scores.append(evaluate(baselines.bias_model(split), split, model="bias_model"))
plots.learning_curves({f"{name} arithmetic": f.history for name, f in fitted.items()})

# %%
print(compare(scores[1], scores[0]))
for name, f in fitted.items():
    print(f"{name:6} {f.history['seconds'][1:].median():.3f} seconds an epoch")

# %% [markdown]
# The starting weights are other random numbers, so the curves are not the same line. (Given the same
# weights, both predict the same and take the same step. The course's tests check it.)
#
# ## When is dense still faster?
#
# A processor multiplies dense blocks far faster than it picks lines out of memory. So each rated cell
# costs more than a cell of a dense product, and a full enough matrix is cheaper to compute whole.
# Measured with `python -m benchmarks.lesson_08 --only density`:

# %%
steps = results.of("synthetic-density", "08")
steps = steps.assign(compute=steps["model"].str.split("_").str[0])
plots.break_even(steps)

# %%
from course_utils.tasks import is_sparse_enough

choice = "rated cells only" if is_sparse_enough(split) else "dense batches"
print(f"{split.dataset}: {density:.1%} of the cells are rated, so autorec_task takes {choice}")

# %% [markdown]
# `autorec_task(split)` looks at the density and picks.
#
# ## Ten million ratings and more
#
# The archives of MovieLens-10M and larger cannot be had on every network. Where they cannot,
# `synthetic_ratings("10m")` draws interactions of the same shape: users, movies, ratings, few busy
# users, a long tail of rare movies, half stars. They serve to measure memory and seconds. No score
# on them means anything.
#
# Each run below is a process of its own: data, split and training, with 500 hidden units.

# %%
SIZES = ("ml-100k", "ml-1m", "synthetic-10m", "synthetic-25m")
runs = pd.concat([results.of(n, "08").assign(dataset=n) for n in SIZES], ignore_index=True)
runs = runs.dropna(subset=["train_ratings"])
names = {"sparse_movie": "sparse", "dense_keras_512": "dense"}
growth = runs[runs["model"].isin(names)].assign(compute=runs["model"].map(names))
plots.cost_by_ratings(growth)

# %%
shown = ["dataset", "model", "train_ratings", "density", "epoch_seconds", "peak_mb", "parameters"]
table = runs[shown].set_index("dataset").astype({"train_ratings": int, "parameters": int})
table.round({"density": 4, "epoch_seconds": 2, "peak_mb": 0})

# %% [markdown]
# Item AutoRec in the shape of MovieLens-10M takes {{synthetic-10m.sparse_movie.peak_mb:,.0f}} MB, all
# told, and in the shape of MovieLens-25M {{synthetic-25m.sparse_movie.peak_mb:,.0f}} MB. The first has
# {{synthetic-10m.sparse_movie.parameters:,}} weights, and each is held four times: itself, its gradient
# and Adam's two moments. Where validation chooses the epoch, a copy from the best one is the fifth; in
# these runs nothing was chosen. The ratings are no longer what costs memory. The model is.
#
# Two details made that possible.
#
# - **Steps.** As no batch is dense, a batch may hold thousands of rows. Each step moves *all* weights
#   once, so many small steps would cost more than the ratings do. Here an epoch has 8 steps at every
#   size.
# - **One pass.** Keras' Adam goes over the weights about ten times a step. `FusedAdam` calls
#   TensorFlow's own kernel, which does the same in one.
#
# ## Past one core, past one machine
#
# Choosing λ needs many trainings. They do not depend on each other, so they can run side by side. On
# a cluster something always breaks: a trial raises, a machine is taken away. `sweep` tries again,
# reports what failed, and keeps what is finished.
#
# Below, one setting is nonsense, and one worker is killed in the middle of its work.

# %%
import tempfile
from pathlib import Path

from course_utils.protocol import sweep

folder = Path(tempfile.mkdtemp())


def trial(seed, reg):
    if reg == 25 and not (folder / "killed").exists():
        (folder / "killed").touch()
        os._exit(1)  # the worker is gone, as if its machine had been switched off
    model = baselines.bias_model(split, reg=reg)
    return {"rmse": evaluate(model, split, part="validation").rmse, "worker": os.getpid()}


with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # sweep and joblib warn of what we do here on purpose
    table = sweep(trial, {"reg": [1, 5, 25, "many"]}, seeds=(0,), jobs=2, keep=folder / "trials")
print("a worker was killed:", (folder / "killed").exists())
table.drop(columns="worker").round(4)

# %% [markdown]
# Three of four trials have a score, also the one whose worker died. The fourth says why it has none.
# Call the sweep again with the same `keep`, and only what is missing runs.
#
# The same on a cluster is one word more. Without an address the word starts a small cluster on your
# machine. With `RAY_ADDRESS` or `DASK_SCHEDULER_ADDRESS` in the environment it uses yours.

# %%
from importlib.util import find_spec

if find_spec("distributed"):
    table = sweep(trial, {"reg": [1, 5, 25]}, seeds=(0,), jobs=2, backend="dask")  # or "ray"
    print(f"{len(table)} trials on {table['worker'].nunique()} Dask workers")
else:
    print("Dask is not installed here, so this part is left out: pip install 'dask[distributed]'")

# %% [markdown]
# The course's tests kill a worker of a Ray and of a Dask cluster in the same way.
#
# ## One model on several devices
#
# A sweep trains many models. *Data parallelism* trains one: every device holds all weights, gets its
# share of the batch, and the gradients are averaged before each step. In Keras on TensorFlow that is
# two lines.
#
# ```python
# strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])  # or its GPUs, by default
# with strategy.scope():
#     model = autorec(...)
# ```
#
# We tried it on two logical devices of one processor. The loss after an epoch was the same to
# {{ml-100k.devices_1.loss - ml-100k.devices_2.loss:.4f}}, as it should be. An epoch took
# {{ml-100k.devices_2.epoch_seconds:.2f}} s instead of {{ml-100k.devices_1.epoch_seconds:.2f}} s. Both
# devices share the same cores, so there was nothing to win, and the exchange of gradients costs. It
# pays where each device has its own cores and memory, and where a step computes much for each weight
# it must exchange. AutoRec does not: its weights are many and its steps are short.
#
# ## Three switches that promise speed
#
# Seconds of an epoch of the dense item AutoRec on two processor cores, as measured by
# `python -m benchmarks.lesson_08 --only engines`. **Predict before you look:** which of the four
# helps?

# %%
WAYS = results.labels("08", "switches")
seconds = {}
for name in ("ml-100k", "ml-1m"):
    measured = results.of(name, "08").query("model in @WAYS")
    if len(measured):
        by_way = measured.set_index("model")["epoch_seconds"]
        seconds[name] = {label: by_way[way] for way, label in WAYS.items()}
plots.relative_seconds(seconds, "plain")

# %% [markdown]
# - **Mixed precision** computes in 16 bits. Graphics cards and some processors have circuits for
#   that. Others emulate it.
# - **XLA** compiles a step into one program, in the first epoch, which the figure leaves out.
# - **Input pipelines** prepare the next batch while this one trains. They can win no more than what
#   making batches costs; here all batches were made beforehand.
#
# On our two cores none of them brings much: the step is one large dense product, and TensorFlow calls a
# tuned library for it already. Measure before you believe, on the machine that you will use.
#
# ## Beside other libraries
#
# What would you pick if there were no course? Surprise, LensKit and myFM ran on the same split and the
# same machine, with settings close to those their documentation shows, each in a process of its own:
# `python -m benchmarks.side_by_side`.

# %%
for name in ("ml-100k", "ml-1m"):
    beside = results.of(name, "side_by_side")
    if len(beside):
        plots.seconds_against_rmse(beside, name)

# %% [markdown]
# And how long until it is good? AutoRec's authors report an RMSE of {{reported.autorec_paper_item}} on
# MovieLens-1M. For three models we note the test RMSE while they train. Nothing is chosen by it.

# %%
for name, goal in {"ml-100k": 0.9, "ml-1m": 0.831}.items():
    beside = results.of(name, "side_by_side")
    curves = {row.label: row.settings.get("curve") for row in beside.itertuples()}
    curves = {label: curve for label, curve in curves.items() if curve}
    if curves:
        plots.rmse_by_seconds(curves, goal, name)

# %% [markdown]
# On MovieLens-1M our AutoRec ends at {{ml-1m.item_autorec_sparse.rmse}} and myFM's Bayesian SVD++ at
# {{ml-1m.myfm_svdpp.rmse}}: one run each, and hardly a difference. AutoRec passes
# {{reported.autorec_paper_item}} after {{ml-1m.item_autorec_sparse.seconds_to_goal:.0f}} seconds on two
# cores, SVD++ after {{ml-1m.myfm_svdpp.seconds_to_goal:.0f}} on one. Bayesian factorisation without the
# "++" ends at {{ml-1m.myfm_bmf.rmse}} and never gets there. On MovieLens-100K SVD++ is ahead of AutoRec:
# {{ml-100k.myfm_svdpp.rmse}}, against {{ml-100k.item_autorec_sparse.rmse}}.
#
# What does it have that AutoRec has not? Its "++" is *who rated what*, from the movies' side and from
# the users'. AutoRec reads one side. That is why lesson 04 ends with a network that reads both. It
# scores {{ml-100k.two_sided.rmse}} on MovieLens-100K, still behind SVD++, and {{ml-1m.two_sided.rmse}}
# on MovieLens-1M, ahead of it (means of several seeds). And SVD++ here keeps no single best set of
# weights: it averages the predictions of about two hundred. That is worth a try in a network, too.
#
# Settings matter as much as models, and we know ours best. Take the figure as what a learner would
# meet who follows each library's documentation, not as the best that each can do.
#
# ### Open exercise · One night and a laptop

# %% [markdown] open="plan_25m" points=4
# You have a laptop with 8 GiB of memory and two cores, MovieLens-25M (its shape is in `SHAPES`), and
# one night. Your supervisor wants an AutoRec with 500 hidden units and λ chosen from five values.
# Will it fit, with movies as rows? With users as rows? What do you run, in which order, and what do
# you do so that a crash at 4 a.m. costs one trial and not the night?
#
# ### BEGIN SOLUTION
# Two matrices of n_columns × 500 floats hold the weights. With movies as rows the columns are the
# users: 0.3 GiB each. Adam's two moments and the gradient make it four times that, a copy of the
# best weights five times: 3 GiB, plus the ratings and TensorFlow. It fits once, not twice, so one
# trial at a time. With users as rows the columns are the movies, about a third of that. The ratings
# themselves, in CSR, are 0.2 GiB. About 0.3 % of the cells are rated, so rated cells only. First one
# epoch, to measure its seconds and peak memory; then the sweep with `keep` on disk and one job; λ by
# validation RMSE; test once. If the night is too short: fewer hidden units for choosing λ, or users
# as rows, or a sample of users, and say so.
# ### END SOLUTION

# %% [markdown] rubric="plan_25m"
# **Rubric (4 points).** 1: computes weights and Adam's moments for both orientations and sees that they,
# not the ratings, decide. 1: rated cells only, because of the density. 1: measures one epoch before
# planning the night, and runs as many trials at once as memory allows (one). 1: keeps finished trials
# on disk, chooses on validation, scores test once.

# %% [markdown]
# ## Reported, reproduced, measured right, ours
#
# AutoRec at the size of MovieLens-10M.
#
# | | reported in 2021 | reproduced | measured right | ours |
# |:--|:--|:--|:--|:--|
# | rating matrix | crashed at 2, 5 and 10 million ratings | 34.7 GiB as wide as the ids, in float64 | 5.6 GiB for rated movies, nine times | 0.1 GiB in CSR |
# | half stars | not seen: it crashed before | lost in an integer matrix | kept | kept |
# | whole training, synthetic ratings of that shape | – | – | – | {{synthetic-10m.sparse_movie.peak_mb:,.0f}} MB at peak |

# %%
leaderboard(scores)

# %% [markdown]
# ## Recap
#
# - Do the arithmetic before the run: cells × bytes × copies.
# - `np.full(shape, 0)` holds integers. Half stars vanish without a word.
# - Keep ratings sparse; make at most a batch dense.
# - Rated cells only: cost follows ratings, not cells. A full enough matrix is cheaper dense.
# - When the ratings no longer cost, the weights do: count the optimiser's copies and steps.
# - Trials fail. Keep what is finished, try again, report the rest.
#
# ## Reading
#
# - Strub, Gaudel and Mary, *Hybrid recommender system based on autoencoders*, DLRS 2016: sparse input
#   and output at 10 million ratings.
# - Kuchaiev and Ginsburg, *Training deep autoencoders for collaborative filtering*, 2017: the dense
#   way, on graphics cards.
# - Harper and Konstan, *The MovieLens datasets: history and context*, ACM TiiS 2015.
#
# ## Next
#
# Lesson 09 puts the course's models to work: someone new, a few ratings, ten movies.
