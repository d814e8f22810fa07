# %% [markdown]
# # 09 · Scaling up: pay for ratings, not for cells
#
# {{colab_badge}}
#
# **After this lesson you will be able to**
#
# - tell before a run whether it fits into memory,
# - keep ratings sparse and make only the batch at hand dense,
# - write a decoder that computes the rated cells and no others, and train a network with it,
# - say when computing everything is faster all the same,
# - run trials on many cores or machines, and lose none when a machine dies.
#
# **You need** lesson 04 (AutoRec, and a loss in `keras.ops`), NumPy indexing with arrays. **Time:** 90 minutes;
# the notebook itself runs in about a minute.

# %% setup=true
import numpy as np
import pandas as pd
from keras import Input, Model, layers, ops, regularizers

from course_utils import check, guess, plots, results, reveal, yours
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
# 10 million. **Predict before you run:** what takes most memory? The ratings, the network's weights, or the
# empty cells?

# %%
guess("what_fills_the_memory", ...)  # "ratings", "weights" or "empty cells"

# %% [markdown]
# A rating matrix has a row for each user and a column for each movie. *Dense* means that every cell is
# stored, also the empty ones. *CSR* (compressed sparse rows) stores the ratings alone, row after row.
#
# ### Exercise 1 · The arithmetic before the crash
#
# CSR stores, for each rating, its value and its column (a 4-byte integer), and for each user where
# their ratings begin: n_users + 1 more 4-byte integers.


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

# %% [markdown]
# Now by your arithmetic, in the shape of MovieLens-10M:

# %%
size_of = yours("matrix_gib", matrix_gib)
shape = users, movies, ratings = SHAPES["10m"]
memory = {
    "as wide as the highest ids, float64": size_of(71_567, 65_133, ratings, 8, 1)["dense"],
    "rated movies only, float64": size_of(*shape, 8, 1)["dense"],
    "nine of these, as in 2021 on ML-1M": size_of(*shape, 8, 9)["dense"],
    "rated movies only, float32": size_of(*shape, 4, 1)["dense"],
    "CSR, float32": size_of(*shape, 4, 1)["csr"],
    "512 users at a time, float32": size_of(512, movies, 0, 4, 1)["dense"],
}
plots.memory_bars(memory, {"Colab today": 12.7})

# %%
parts = {
    "ratings": memory["CSR, float32"],
    "weights": 4 * size_of(2 * 500, movies, 0, 4, 1)["dense"],  # two layers; Adam: four copies
    "empty cells": memory["rated movies only, float64"] * (1 - ratings / users / movies),
}
print({name: f"{size:.2f} GiB" for name, size in parts.items()})
display(reveal("what_fills_the_memory", max(parts, key=parts.get)))

# %% [markdown] after=true
# This is arithmetic. Nobody ran it again until it crashed. But it leaves little doubt: it was the
# emptiness. The ratings themselves are the second bar from below. The cells around them are the upper
# bars, and the way of 2021 paid for each: as many columns as the highest movie id and 8 bytes a cell. The
# project's notebook for MovieLens-1M holds nine such matrices at once (inputs and targets for train,
# validation and test, and a filled version of each). The one for MovieLens-10M stopped before it had
# as many.
#
# (The pieces would not have helped either. The file is sorted by user, so each piece had its own
# users, and a matrix of its own shape.)

# %% [markdown] quiz="twice_the_users"
# A site wins as many users again, who rate nothing yet. What happens to the two matrices?
#
# - [x] The dense one doubles, CSR hardly grows :: Yes. Each new user is a whole row of empty cells in the one,
#   and one more integer in the other.
# - [ ] Both double :: CSR stores ratings. There are no new ones.
# - [ ] Neither changes, as there are no new ratings :: A dense matrix stores the empty cells, too.

# %% [markdown]
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
# The course's `tasks.rows` has done the same since lesson 04. Memory is solved. Time is not. Take a batch of
# yours, and see what a network would read:

# %%
densify = yours("csr_batch", csr_batch)
batch = np.asarray(
    densify(sparse.indptr, sparse.indices, sparse.data, np.arange(64), sparse.shape[1])
)
print(f"{densify.whose}: {batch.shape}, and {np.mean(batch == 0):.1%} of what is read are zeros")

# %% [markdown]
# ## Multiplying by zero
#
# A dense layer multiplies every cell of its input with every weight. In the shape of MovieLens-10M,
# {{synthetic-10m.sparse_movie.density:.1%}} of all cells hold a training rating. The others are 0, and
# so are their products. And the last layer computes a prediction for every cell; the loss then looks at
# the rated ones and throws the others away.
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
# By hand, with two movies and three users. Each movie has a code of two numbers, each user two weights. Three
# of the six cells are rated.

# %%
h = np.array([[1.0, 0.0], [0.5, 0.5]])
w = np.array([[2.0, 1.0], [0.0, 2.0], [1.0, 1.0]])
for movie, user in ((0, 2), (1, 0), (1, 1)):
    print(f"movie {movie}, user {user}: {h[movie]} · {w[user]} = {np.dot(h[movie], w[user])}")

# %% [markdown]
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
# A batch is flat now: three numbers a rating.

# %%
task = sparse_row_task(split, "movie", offset=True, batch_size=256)
(row, column, rated, *_), _ = task.x[0]
print(f"a batch of 256 movies: {len(rated):,} ratings instead of {256 * n_users:,} cells")
print(pd.DataFrame({"row of the batch": row, "user": column, "stars": rated}).head(3))

# %% [markdown]
# Your sum, on this batch, for a network that knows nothing yet: all its weights are 0, and its biases are the
# mean of the batch. How many stars is it off?

# %%
sse = yours("observed_sse", observed_sse)
nothing = np.zeros((256, 5)), np.zeros((n_users, 5)), np.full(n_users, rated.mean())
print(f"{sse.whose}: {np.sqrt(sse(*nothing, row, column, rated) / len(rated)):.3f} stars")

# %% [markdown]
# ## Build it
#
# So the last layer answers at cells. Each cell asks for one line of weights and one bias, by its column. That
# is a table which is looked up, and Keras calls it `Embedding`, as in lesson 02. Indeed it is lesson 02's
# biased product: only the vector of the row is no longer learned. The encoder makes it, from what it reads.
#
# ### Exercise 4 · The decoder, layer by layer
#
# One line of the batch is one cell: the code of its row, already gathered, and its column.


# %% exercise="decoder_at_cells"
def decoder_at_cells(n_columns, hidden, l2):
    """A linear last layer that answers at single cells, as a Keras model with two inputs.

    Inputs: code, (batch, hidden), of each cell's row; column, (batch,), whole numbers. Output:
    (batch, 1), the dot product of the code with the column's weights, plus the column's bias. Both
    are tables: (n_columns, hidden) and (n_columns, 1). The weights, not the biases, carry Keras'
    L2 penalty of ``l2``. No activation, no dropout. Returns an uncompiled keras.Model.
    """
    ### BEGIN SOLUTION
    code = Input((hidden,), name="code")
    column = Input((), dtype="int32", name="column")
    penalty = regularizers.L2(l2)
    weights = layers.Embedding(n_columns, hidden, embeddings_regularizer=penalty)(column)
    bias = layers.Embedding(n_columns, 1)(column)
    stars = layers.Add()([layers.Dot(axes=1)([code, weights]), bias])
    return Model([code, column], stars, name="decoder")
    ### END SOLUTION


# %% check="decoder_at_cells" points=3
### BEGIN HIDDEN TESTS
_model = decoder_at_cells(4, 2, 0.5)
_model.set_weights([np.full(np.shape(w), 0.5) for w in _model.get_weights()])
_asked = [np.array([[1.0, 2.0], [0.0, 4.0]], "float32"), np.array([3, 0], "int32")]
assert np.allclose(np.asarray(_model(_asked)), [[2.0], [2.5]], atol=1e-5)
assert np.isclose(sum(float(loss) for loss in _model.losses), 0.5 * 8 * 0.25)
### END HIDDEN TESTS
check("decoder_at_cells", decoder_at_cells)

# %% [markdown]
# And now the whole network, with your decoder. The first layer is the course's `SparseEncoder`: a sparse matrix
# times a dense one, as described above. `ops.take` gathers the code of each cell's row. The bias model is added
# to the answer, as in lesson 04.

# %%
from course_utils.models.optimizers import FusedAdam
from course_utils.models.sparse import SparseEncoder
from course_utils.models.sparse import observed_sse as sse_of_rows

decoder = yours("decoder_at_cells", decoder_at_cells)


def network(n_columns, hidden, l2, offset):
    cells = ("row", "column", "asked_row", "asked_column")
    row, column, asked_row, asked_column = (Input((), dtype="int32", name=name) for name in cells)
    stars, row_bias = Input((), name="stars"), Input((1,), name="row_bias")
    shown = layers.Dropout(0.5)(stars)
    code = SparseEncoder(n_columns, hidden, l2=l2, name="encoder")([row, column, shown, row_bias])
    code = ops.take(code, asked_row, axis=0)
    left = ops.reshape(decoder(n_columns, hidden, l2)([code, asked_column]), (-1,))
    bias_model = ops.take(row_bias[:, 0], asked_row) + ops.take(offset, asked_column)
    return Model([row, column, stars, asked_row, asked_column, row_bias], left + bias_model)


# %%
def build():
    model = network(n_users, 100, 100 / (2 * n_movies), task.data.offset)  # λ = 100
    model.compile(FusedAdam(2e-3), sse_of_rows(256))
    return model


plots.network(decoder(n_users, 100, 0.0), f"The decoder at rated cells, {decoder.whose}")

# %% [markdown]
# ## Is it the same network?
#
# Same ratings, same objective, same settings; only the arithmetic differs. **Predict before you run:** how far
# apart will the two RMSEs be on test, in stars?

# %%
guess("sparse_and_dense_apart", ...)

# %%
dense_build, dense_task = autorec_task(
    split, hidden=100, lam=100, input_dropout=0.5, rate=2e-3, batch_size=256, compute="dense"
)
fitted = {
    "dense": fit(dense_build, dense_task, epochs=25, patience=None),
    f"rated cells, {decoder.whose}": fit(build, task, epochs=25, patience=None),
}
scores = [evaluate(f, split, model=f"item AutoRec, {name}") for name, f in fitted.items()]
scores.append(evaluate(baselines.bias_model(split), split, model="bias_model"))
plots.learning_curves({name: f.history for name, f in fitted.items()})

# %%
print(compare(scores[1], scores[0]))
display(reveal("sparse_and_dense_apart", abs(scores[1].rmse - scores[0].rmse)))
for name, f in fitted.items():
    print(f"{name}: {f.history['seconds'][1:].median():.3f} seconds an epoch")

# %% [markdown]
# The starting weights are other random numbers, so the curves are not the same line. (Given the same
# weights, both predict the same and take the same step. The course's tests check it.)
#
# Your decoder gathers all cells of a batch at once. The course's own, `sparse_autorec`, takes some thousand at a
# time, so that what it has gathered fits into the processor's cache; the benchmarks below ran with it.
#
# ## When is dense still faster?
#
# "Rated cells only" sounds as if it could only win. But a processor is built to multiply dense blocks,
# and to pick single lines out of memory is slow work. So there should be a density from which it is
# cheaper to compute everything. Is there? The same step, at seven densities:
# `python -m benchmarks.lesson_09 --only density`.

# %%
steps = results.of("synthetic-density", "09")
steps = steps.assign(compute=steps["model"].str.split("_").str[0])
plots.break_even(steps)

# %%
from course_utils.tasks import is_sparse_enough

choice = "rated cells only" if is_sparse_enough(split) else "dense batches"
print(f"{split.dataset}: {density:.1%} of the cells are rated, so autorec_task takes {choice}")

# %% [markdown]
# [[With {{synthetic-density.sparse_25.density:.2%}} of the cells rated, the sparse step takes
# {{synthetic-density.sparse_25.step_seconds:.3f}} s and the dense one
# {{synthetic-density.dense_25.step_seconds:.3f}} s.|sparse_when_empty]]
# [[With {{synthetic-density.sparse_1600.density:.0%}} it is the other way round:
# {{synthetic-density.sparse_1600.step_seconds:.3f}} s and
# {{synthetic-density.dense_1600.step_seconds:.3f}} s.|dense_when_full]] Where the lines cross depends on
# the machine. `autorec_task(split)` looks at the density and picks.
#
# ## Ten million ratings and more
#
# The archives of MovieLens-10M and larger cannot be had on every network. Where they cannot,
# `synthetic_ratings("10m")` draws interactions of the same shape: users, movies, ratings, few busy
# users, a long tail of rare movies, half stars. They serve to measure memory and seconds. No score
# on them means anything.
#
# Each run below is a process of its own: data, split and training, with 500 hidden units and 512 movies
# a step. Both lines train the same network with the same optimiser and as many steps. They differ in
# the arithmetic alone: all cells, or the rated ones. The seconds are processor seconds, all cores
# together, so that other work on the machine counts as little as possible.

# %%
SIZES = ("ml-100k", "ml-1m", "synthetic-10m", "synthetic-25m")
runs = pd.concat([results.of(n, "09").assign(dataset=n) for n in SIZES], ignore_index=True)
runs = runs.dropna(subset=["train_ratings"])
names = {"sparse_movie_512": "sparse", "dense_movie_512": "dense"}
growth = runs[runs["model"].isin(names)].assign(compute=runs["model"].map(names))
plots.cost_by_ratings(growth)

# %% [markdown]
# [[On MovieLens-1M an epoch takes {{ml-1m.sparse_movie_512.epoch_cpu_seconds:.2f}} processor seconds
# on rated cells and {{ml-1m.dense_movie_512.epoch_cpu_seconds:.2f}} on all cells.|sparse_ml_1m]]
#
# And the memory? What must be there in any case can be computed: the ratings in CSR (8 bytes each), and
# the weights, 4 bytes each, four times: themselves, their gradient and Adam's two moments.

# %%
table = runs[runs["model"] == "sparse_movie"].set_index("dataset")
needed = pd.DataFrame(
    {
        "ratings in CSR": 8 * table["train_ratings"] / 2**20,
        "weights, four times": 16 * table["parameters"] / 2**20,
        "peak of the process, measured": table["peak_mb"],
    }
)
needed.round(0)  # MB

# %% [markdown]
# From MovieLens-10M's shape on, the weights are many times the ratings. So the ratings are no longer what
# takes the memory. The model is. (Where validation chooses the epoch, a copy of the best weights is the
# fifth. In these runs nothing was chosen.)
#
# The rest of the peak is TensorFlow itself and what loading the data needs for a moment. Two details keep
# it from being more, and fast:
#
# - **Steps.** Each step moves *all* weights once. With 512 movies a step, an epoch in the shape of
#   MovieLens-10M has {{synthetic-10m.dense_keras_512.steps:.0f}} steps. As no batch is dense, a batch may
#   hold thousands of movies: the runs of the table have {{synthetic-10m.sparse_movie.steps:.0f}} steps an
#   epoch at every size.
# - **One pass.** Keras' Adam goes over the weights several times a step. `FusedAdam` calls TensorFlow's
#   own kernel, which does the same in one pass.
#
# ## Past one core, past one machine
#
# Choosing λ needs many trainings. They do not depend on each other, so they can run side by side. In a
# long night something breaks: a trial raises, a machine is taken away. `sweep` tries again,
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
# (A finished trial is known by its settings. Change the function `trial` itself, and the same `keep`
# still gives back the old numbers. So take a new folder then.)
#
# On a cluster the call has one word more, `backend`. Without an address the word starts a small cluster
# on your machine. With `RAY_ADDRESS` or `DASK_SCHEDULER_ADDRESS` in the environment it uses yours. But the
# word alone is not enough. These must hold, too:
#
# - **A shared disk.** Workers write what they found into the folder `keep`. All machines must see it,
#   under the same path. Without that each trial fails with "its worker was lost: FileNotFoundError".
# - **The same software.** The course and your data are installed on every machine.
# - **An end.** No trial has a time limit. One that never ends holds its worker for ever.

# %%
from importlib.util import find_spec

if find_spec("distributed"):
    table = sweep(trial, {"reg": [1, 5, 25]}, seeds=(0,), jobs=2, backend="dask")  # or "ray"
    print(f"{len(table)} trials on {table['worker'].nunique()} Dask workers")
else:
    print("Dask is not installed here, so this part is left out: pip install 'dask[distributed]'")

# %% [markdown]
# The course's tests kill a worker of a Ray and of a Dask cluster in the same way. Both run on one
# machine, where the disk is shared.
#
# ## One model on several devices
#
# A sweep trains many models. *Data parallelism* trains one: every device holds all weights, gets its
# share of the batch, and the gradients are averaged before each step. In Keras on TensorFlow that is a
# `strategy` and a `with` around the model.
#
# A processor is one device. To try it out without a second graphics card, we cut it into two *logical*
# devices. That must come first of all: once TensorFlow has computed something, the cut is refused, and a
# strategy over a device that does not exist waits for ever. So this is a script of its own. It does not
# work in the middle of this notebook.
#
# ```python
# import numpy as np
# import tensorflow as tf
#
# from course_utils.models import autorec, masked_sse
#
# cpu = tf.config.list_physical_devices("CPU")[0]
# halves = [tf.config.LogicalDeviceConfiguration()] * 2
# tf.config.set_logical_device_configuration(cpu, halves)  # before anything else
#
# strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])  # without a list: all GPUs
# with strategy.scope():
#     model = autorec(943)
#     model.compile("adam", masked_sse)
# rows = np.random.default_rng(0).choice([0.0, 3.0, 5.0], (256, 943))
# model.fit([rows, np.zeros((256, 1))], rows, batch_size=64, epochs=2)
# ```
#
# **Predict before you read on:** two logical devices on the same cores. Faster, slower, or the same?

# %%
guess("two_devices", ...)  # "faster", "slower" or "the same"

# %%
epochs = results.of("ml-100k", "09").groupby("model")["epoch_seconds"].mean()
ratio = epochs["devices_2"] / epochs["devices_1"]
answer = "slower" if ratio > 1.1 else "faster" if ratio < 0.9 else "the same"
print(f"{epochs['devices_1']:.2f} s an epoch on one device, {epochs['devices_2']:.2f} s on two")
display(reveal("two_devices", answer))

# %% [markdown] quiz="averaged_gradients"
# Two devices get one half of each batch, and their gradients are averaged before the step. What do they learn
# that one device with the whole batch would not?
#
# - [x] Nothing else: it is the same step :: Yes, up to rounding, as the loss is a mean over the batch. What can
#   change is the time.
# - [ ] Two different models, which are averaged at the end :: All weights are equal on both devices after each
#   step: it is the *gradients* that are averaged.
# - [ ] Twice as much, as there are two steps a batch :: There is one step a batch, with the mean of the two
#   gradients.

# %% [markdown] after=true
# [[On MovieLens-100K the loss after an epoch is the same,
# {{ml-100k.devices_1.loss:.4f}} and {{ml-100k.devices_2.loss:.4f}}.|devices_same]] So the averaging is
# right. [[An epoch takes {{ml-100k.devices_2.epoch_seconds:.2f}} s on two devices and
# {{ml-100k.devices_1.epoch_seconds:.2f}} s on one, and three runs that differ so much leave open how much
# slower two are.|devices_slower]] There was nothing to win: both
# devices share the same cores, and the gradients travel on top. It can pay where each device has its own
# cores and memory. How much it has to send, you can compute: all gradients, in every step. AutoRec has
# many weights and short steps, so it is a hard case.

# %% [markdown]
# ## Three switches that promise speed
#
# Three switches are said to speed training up:
#
# - **Mixed precision** computes in 16 bits. Graphics cards and some processors have circuits for
#   that. Others emulate it.
# - **XLA** compiles a step into one program, in the first epoch, which the figure leaves out.
# - **Input pipelines** prepare the next batch while this one trains. They can win no more than what
#   making batches takes; here all batches were made beforehand.
#
# The figure has the seconds of an epoch of the dense item AutoRec, as measured by
# `python -m benchmarks.lesson_09 --only engines`. **Predict before you look:** how many of the four bars will
# be more than 5 % shorter than the first, on every dataset that was measured?

# %%
guess("switches_that_help", ...)

# %%
WAYS = results.labels("09", "switches")
seconds = {}
for name in ("ml-100k", "ml-1m"):
    measured = results.of(name, "09").query("model in @WAYS")
    if len(measured):
        by_way = measured.groupby("model")["epoch_seconds"].mean()
        seconds[name] = {label: by_way[way] for way, label in WAYS.items()}
plots.relative_seconds(seconds, "plain")

# %%
helps = [
    way
    for way in WAYS.values()
    if all(taken[way] < 0.95 * taken["plain"] for taken in seconds.values())
]
print("more than 5 % shorter:", helps or "none")
display(reveal("switches_that_help", len(helps)))

# %% [markdown] after=true
# On the dashed line a switch changes nothing. A few percent to either side are noise: each bar is the fastest
# of three epochs. Does any stay clearly short of the line? In a dense AutoRec one large matrix product does
# nearly all the work, and TensorFlow calls a tuned library for it in any case. Whatever you read about such
# switches: measure, on the machine that you will use.

# %% [markdown]
# ## Beside other libraries
#
# What would you pick if there were no course? Surprise, LensKit and myFM ran on the same split and the
# same machine as our models, each in a process of its own: `python -m benchmarks.side_by_side`. On
# MovieLens-100K each library's settings were chosen on validation, among a few. On MovieLens-1M they are
# those that its documentation shows. Ours were chosen on validation on both, and we know ours best.

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
# **Predict before you read on:** look at the figure. May you say which is faster to
# {{reported.autorec_paper_item}} on MovieLens-1M?

# %% [markdown] quiz="seconds_of_two_sittings"
# The two curves were measured on one machine, on different days. The first had two cores to itself. The second
# ran on one core, while other work was going on. The first is three times as fast. What may you conclude?
#
# - [ ] The first is three times as fast :: It had more cores, and a quieter machine.
# - [ ] The first is one and a half times as fast, per core :: Seconds do not divide by cores like that, and the
#   other work is still in one of the numbers.
# - [x] The order of magnitude that each needs :: Yes. To say who is faster, measure both in turns, several
#   times, with nothing else to do.

# %%
guess("first_at_the_goal", ...)  # in the figure: "AutoRec" or "SVD++"

# %%
beside = results.of("ml-1m", "side_by_side").groupby("label")["seconds_to_goal"].mean().dropna()
print(beside.round(0).to_dict())
display(reveal("first_at_the_goal", "AutoRec" if "AutoRec" in beside.idxmin() else "SVD++"))

# %% [markdown]
# The figure says: AutoRec, after {{ml-1m.item_autorec_sparse.seconds_to_goal:.0f}} seconds on two cores.
# SVD++ needs {{ml-1m.myfm_svdpp.seconds_to_goal:.0f}} seconds on one core. But the two were not measured
# in one sitting. AutoRec ran again later, alone on the machine; the libraries did not. Nor do they use the
# same number of cores. So take the seconds as the order of magnitude that each needs. To say who is faster
# one has to measure both in turns, several times, on a machine with nothing else to do.
#
# And the end of the curves? On MovieLens-1M it is {{ml-1m.item_autorec_sparse.rmse}} for our AutoRec,
# {{ml-1m.myfm_svdpp.rmse}} for myFM's Bayesian SVD++ and {{ml-1m.myfm_bmf.rmse}} for Bayesian
# factorisation without the "++". One run each. On MovieLens-100K it is
# {{ml-100k.item_autorec_sparse.rmse}}, {{ml-100k.myfm_svdpp.rmse}} and {{ml-100k.myfm_bmf.rmse}}.
#
# One thing that SVD++ has and AutoRec has not is its "++": *who rated what*, from the movies' side and from
# the users'. AutoRec reads one side. Lesson 04 ends with a network that reads both: it scores
# {{ml-1m.two_sided.rmse}} on MovieLens-1M ({{ml-1m.two_sided.seeds}} seeds). Another thing: SVD++ here
# keeps no single best set of weights. It averages the predictions of many. Which of the two matters for
# its score, no run of ours tells. Try the second in a network.
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
# | rating matrix | crashed at 2, 5 and 10 million ratings | computed, not run: {{synthetic-10m.memory.ids_gib:.1f}} GiB as wide as the ids, in float64 | computed: {{synthetic-10m.memory.rated_gib:.1f}} GiB for rated movies, in float64, each time | computed: {{synthetic-10m.memory.csr_gib:.2f}} GiB in CSR |
# | half stars | not seen: it crashed before | lost in an integer matrix | kept | kept |
# | whole training, synthetic ratings of that shape | – | – | – | {{synthetic-10m.sparse_movie.peak_mb:,.0f}} MB at peak |

# %%
leaderboard(scores)

# %% [markdown]
# ## Ten films for one person
#
# An RMSE is no film. Here are the ten that each puts first for one real user. The two networks were to be the
# same one. **Would you watch it?** And how alike are the lists of two trainings?

# %%
from course_utils.recommend import lists_beside

lists_beside(
    {"bias model": baselines.bias_model(split)} | fitted,
    split,
    movies=load_movielens(DATASET).movies,
)

# %% [markdown]
# ## Recap
#
# - Do the arithmetic before the run: cells × bytes × copies.
# - `np.full(shape, 0)` holds integers. Half stars vanish without a word.
# - Keep ratings sparse; make at most a batch dense.
# - Rated cells only: the work follows ratings, not cells. A full enough matrix is done sooner dense.
# - When the ratings no longer take the memory, the weights do: count the optimiser's copies and steps.
# - Trials fail. Keep what is finished, try again, report the rest. On a cluster: on a shared disk.
# - Compare seconds of one sitting only, measured in turns.
#
# ## Reading
#
# - Strub, Gaudel and Mary, *Hybrid recommender system based on autoencoders*, DLRS 2016: sparse input
#   and output at 10 million ratings.
# - Kuchaiev and Ginsburg, *Training deep autoencoders for collaborative filtering*, 2017,
#   [arXiv:1708.01715](https://arxiv.org/abs/1708.01715): the dense way, on graphics cards.
# - Harper and Konstan, *The MovieLens datasets: history and context*, ACM TiiS 2015.
#
# ## Next
#
# Lesson 10 puts the course's models to work: someone new, a few ratings, ten movies.
