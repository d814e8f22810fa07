# %% [markdown]
# # 08 · Which film next?
#
# {{colab_badge}}
#
# **After this lesson you will be able to**
#
# - turn one history into many questions, and hide the answers with a causal mask,
# - build SASRec, a transformer for sequences, and train it with a loss of your own,
# - rank all films for everybody, and see what ranking a hundred drawn ones does to the number,
# - name what else moves the number: the loss, the split, the order of ratings of one second.
#
# **You need** lesson 03 (attention), lesson 07 (lists, NDCG@10, item2vec), and Keras layers and `fit`.
# **Time:** 120 minutes; the notebook itself runs in about a minute and a half.

# %% setup=true
import keras
import numpy as np
import pandas as pd
from keras import layers, ops

from course_utils import check, guess, plots, results, reveal, yours
from course_utils.data import load_movielens, splits
from course_utils.models import baselines, self_attention

# %%
from course_utils.protocol import compiled, fit
from course_utils.recommend import lists
from course_utils.tasks import sequences

data = load_movielens(DATASET)
split = splits.leave_one_out_split(data)
people = sequences.next_movie(split, "test")
small = results.of("ml-100k", "08")  # what benchmarks/lesson_08.py measured
split

# %% [markdown]
# ## Another question
#
# So far a model told how many stars a film would get. A shop asks something else: which film will
# this person rate *next*? Stars do not matter here, only the order.
#
# Each user's last rating is the answer to find. The one before it is for validation. Everything
# earlier may be learned from. This is called *leave one out*.
#
# A model gives a score to every film that the user has not rated yet. We count where the right one
# stands. *HR@10* (hit rate) is the share of users for whom it is among the first ten. *NDCG@10* also
# rewards a high place: $1 / \log_2(1 + \text{place})$, so 1 for the first, a half for the third, and 0
# below the tenth.
#
# **Predict before you run:** always the same list, the ten most rated films that a user has not seen.
# For what share of the users does it hold the next film?

# %%
guess("hit_rate_of_popularity", ...)  # between 0 and 1

# %%
popular = lists.score_lists(baselines.popularity(split).shares, people, split, model="popularity")
display(reveal("hit_rate_of_popularity", popular.by_user["hit"].mean()))

# %% [markdown]
# ## One history, many questions
#
# A user with a hundred ratings has told us ninety-nine times what comes next. Here are the questions
# that a history of four films holds:
#
# | what was seen | which comes next? |
# |:--|:--|
# | A | B |
# | A, B | C |
# | A, B, C | D |
#
# The network reads the whole history at once and answers at every place. So a history becomes two
# rows of the same length: what is read, and what is asked for.
#
# ### Exercise 1 · What is read, what is asked


# %% exercise="inputs_and_targets"
def inputs_and_targets(history):
    """One user's history as what is read at each place, and what comes next there.

    history: film numbers in the order of time, shape (n,). Returns two arrays of shape (n - 1,).
    """
    ### BEGIN SOLUTION
    history = np.asarray(history)
    return history[:-1], history[1:]
    ### END SOLUTION


# %% check="inputs_and_targets" points=1
### BEGIN HIDDEN TESTS
_read, _next = inputs_and_targets(np.array([4, 4, 1, 9]))
assert list(_read) == [4, 4, 1] and list(_next) == [4, 1, 9]
### END HIDDEN TESTS
check("inputs_and_targets", inputs_and_targets)

# %%
mine = split.train[split.train["user"] == 0].sort_values("timestamp", kind="stable")
read, asked = yours("inputs_and_targets", inputs_and_targets)(mine["movie"].head(6).to_numpy())
titles = data.movies.set_index("movie_id")["title"].reindex(split.movie_ids).to_numpy()
pd.DataFrame({"read": titles[read], "which comes next": titles[asked]})

# %% [markdown]
# ## Look only back
#
# Attention lets every place look at every other. Here that would be fatal: at the place where B is
# read, C is asked for, and C stands right beside it. So each place may look at itself and at what
# came before. This is a *causal mask*.

# %%
plots.causal_mask(np.asarray(self_attention.causal_mask(6)))

# %% [markdown]
# Three places, by hand. Each has a *query* (what it looks for), a *key* (what it offers to be found
# by) and a *value* (what it hands over). Place 1 asks. Its query fits the key of place 0 twice as
# well as its own:

# %%
query, key = np.array([1.0, 0.0]), np.array([[2.0, 0.0], [1.0, 0.0], [9.0, 0.0]])
score = key @ query / np.sqrt(2)  # divided by the root of how many numbers a key has
score[2] = -1e9  # place 2 comes later: it may not be seen, however well it fits
weight = np.exp(score) / np.exp(score).sum()
print("weights of places 0, 1, 2:", weight.round(2))

# %% [markdown]
# ### Exercise 2 · One head that looks back


# %% exercise="attend"
def attend(query, key, value):
    """Causal attention of one head: each place's mix of the values at it and before it.

    query, key, value: tensors of shape (n, d), a row a place. Scores are query · key, divided by √d;
    places that come later are shut before the softmax. Returns a tensor of shape (n, d). Use ops.
    """
    ### BEGIN SOLUTION
    place = ops.arange(ops.shape(query)[0])
    may_look = ops.expand_dims(place, 1) >= ops.expand_dims(place, 0)
    score = ops.matmul(query, ops.transpose(key)) / np.sqrt(key.shape[1])
    return ops.matmul(ops.softmax(ops.where(may_look, score, -1e9)), value)
    ### END SOLUTION


# %% check="attend" points=3
### BEGIN HIDDEN TESTS
_q, _k, _v = (np.random.default_rng(i).normal(0, 1, (4, 3)).astype("float32") for i in range(3))
_whole = np.asarray(attend(_q, _k, _v))
assert np.allclose(_whole[0], _v[0], atol=1e-5)
assert np.allclose(np.asarray(attend(_q[:2], _k[:2], _v[:2])), _whole[:2], atol=1e-5)
### END HIDDEN TESTS
check("attend", attend)

# %% [markdown]
# A mask is easy to get wrong, and a wrong one makes the numbers wonderful. So test it: change the
# last film, and nothing that was said before may change.

# %%
looking = yours("attend", attend)
one = np.random.default_rng(0).normal(0, 1, (5, 4)).astype("float32")
other = np.concatenate([one[:4], one[4:] + 1])
before, after = (np.asarray(looking(history, history, history)) for history in (one, other))
print("places that changed:", np.flatnonzero(np.abs(before - after).max(axis=1) > 1e-6))

# %% [markdown] quiz="mask_forgotten"
# Somebody forgets the causal mask. What happens to the loss in training, and to the lists on test?
#
# - [x] The loss falls to almost 0, and the lists are poor :: Yes. In training the answer stands in
#   the input, so the network learns to copy it. On test nobody has written it there.
# - [ ] Both get better: more can be looked at :: More of what is not there on test. At the end of a
#   history there is no next film to look at.
# - [ ] The loss gets worse, because later films distract :: The next film is no distraction: it is
#   the answer.

# %% [markdown]
# ## Build it
#
# *SASRec* (self-attentive sequential recommendation) is a stack of such heads:

# %%
plots.network(
    self_attention.sasrec(split.n_movies, length=100, heads=2, blocks=1), "SASRec with one block"
)

# %% [markdown]
# - `MovieVectors` gives each film a vector. `PlaceVectors` adds one for the place, since attention by
#   itself does not know first from last.
# - A *block* has two halves. The first looks back (`CausalAttention`, all heads at once). The second
#   is two dense layers at each place. Each half reads a normalised copy and *adds* what it found.
# - At the end the state at a place is compared with the vector of every film. The same vectors serve
#   at both ends: *tied weights*. A film's score is the product of state and vector.
#
# ### Exercise 3 · SASRec
#
# The three layers of the course have the parts that you have just written by hand. The rest is yours.

# %%
from course_utils.models.self_attention import CausalAttention, MovieVectors, PlaceVectors


# %% exercise="sasrec_network"
def sasrec_network(n_movies, length, dim, heads, blocks, dropout):
    """SASRec: film numbers (batch, places) in, a score of every film at every place out.

    vectors = MovieVectors(n_movies, dim); then PlaceVectors(length). Each of ``blocks`` blocks:
    x + CausalAttention(heads, dim, dropout) of a LayerNormalization of x, then x + two Dense(dim),
    the first with "gelu", of another LayerNormalization of x. A last LayerNormalization, and
    vectors(state, score=True). Dropout: after PlaceVectors, and on what each half adds.
    Input: keras.Input((None,), dtype="int32"). Returns an uncompiled keras.Model.
    """
    ### BEGIN SOLUTION
    movies = keras.Input((None,), dtype="int32")
    vectors = MovieVectors(n_movies, dim)
    x = layers.Dropout(dropout)(PlaceVectors(length)(vectors(movies)))
    for _ in range(blocks):
        looked = CausalAttention(heads, dim, dropout)(layers.LayerNormalization()(x))
        x = x + layers.Dropout(dropout)(looked)
        wide = layers.Dense(dim, "gelu")(layers.LayerNormalization()(x))
        x = x + layers.Dropout(dropout)(layers.Dense(dim)(wide))
    state = layers.LayerNormalization()(x)
    return keras.Model(movies, vectors(state, score=True), name="sasrec")
    ### END SOLUTION


# %% check="sasrec_network" points=4
### BEGIN HIDDEN TESTS
_model = sasrec_network(8, 6, 4, 2, 1, 0.0)
_long = np.array([[1, 5, 2, 7, 0, 3]], "int32")
_short = np.asarray(_model(_long[:, :3]))
assert np.allclose(np.asarray(_model(_long))[:, :3], _short, atol=1e-4)
### END HIDDEN TESTS
check("sasrec_network", sasrec_network)

# %% [markdown]
# ## What should the loss ask?
#
# At each place a score for every film. A softmax turns them into shares that sum to 1, and the loss
# is -log of the share that the right film got. This is *cross-entropy*. Every film takes part in it.
#
# Histories differ in length, so short ones are filled up. Where nothing is to be predicted, the
# target is -1.
#
# ### Exercise 4 · Cross-entropy over all films


# %% exercise="next_cross_entropy"
def next_cross_entropy(target, logits):
    """Mean of -log softmax at the film that came next, over all places that have a target.

    target: whole numbers (batch, places), -1 where there is nothing to predict; logits: scores,
    (batch, places, n_movies). Returns one number. Use ops: Keras trains with it.
    """
    ### BEGIN SOLUTION
    target = ops.cast(target, "int32")
    real = ops.cast(target >= 0, "float32")
    at = ops.maximum(target, 0)
    cost = ops.sparse_categorical_crossentropy(at, logits, from_logits=True)
    return ops.sum(real * cost) / ops.maximum(ops.sum(real), 1.0)
    ### END SOLUTION


# %% check="next_cross_entropy" points=3
### BEGIN HIDDEN TESTS
_target, _logits = np.array([[0, 3, -1]]), np.zeros((1, 3, 4), "float32")
assert np.isclose(float(np.asarray(next_cross_entropy(_target, _logits))), np.log(4), atol=1e-4)
### END HIDDEN TESTS
check("next_cross_entropy", next_cross_entropy)

# %% [markdown]
# Your network, your loss. **Predict before you run:** by how much will its NDCG@10 on test lie above
# popularity's?

# %%
guess("ndcg_above_popularity", ...)

# %%
network = yours("sasrec_network", sasrec_network)
loss = yours("next_cross_entropy", next_cross_entropy)
task = sequences.sequence_task(split, 100, places=1000)
asked_on = sequences.next_movie(split, "validation")


def build():
    model = network(split.n_movies, length=100, dim=64, heads=2, blocks=2, dropout=0.2)
    return compiled(model, loss, 2e-3, steps=12 * len(task.x), jit_compile=False)


def validation_ndcg(model):
    scores = sequences.score_next(model, asked_on)
    return lists.score_lists(scores, asked_on, split, model="SASRec").ndcg


fitted = fit(build, task, epochs=12, patience=None, choose_by=validation_ndcg)

# %%
scores = sequences.score_next(fitted.model, people)
name = f"SASRec, {network.whose}"
ranked = [popular, lists.score_lists(scores, people, split, model=name)]
display(reveal("ndcg_above_popularity", ranked[1].ndcg - popular.ndcg))
plots.list_dots(ranked)

# %% [markdown]
# Is that much? Nobody who has seen popularity only can tell. Beside it stand the rivals of lesson 07,
# asked the same: *item-kNN* (films that the same people rate), *EASE* (a linear model from films to
# films, in closed form), *item2vec*, and *co-occurrence in a window* (what was rated close by).

# %%
names = results.labels("08", "rivals")
plots.next_lists(small[small["split"] == "leave_one_out"], names)

# %% [markdown] after=true
# Means over {{ml-100k@leave_one_out.sasrec.seeds}} seeds on MovieLens-100K, all settings chosen on
# validation. NDCG@10 of popularity is {{ml-100k@leave_one_out.popularity.ndcg:.3f}}, of EASE
# {{ml-100k@leave_one_out.ease.ndcg:.3f}}, of item-kNN {{ml-100k@leave_one_out.item_knn.ndcg:.3f}}, of
# the window's counts {{ml-100k@leave_one_out.cooccurrence.ndcg:.3f}}, of SASRec
# {{ml-100k@leave_one_out.sasrec.ndcg:.3f}}. [[SASRec is ahead of popularity.|above_popularity]] But
# [[between SASRec and item2vec, the window's counts, EASE and item-kNN it is open on these ratings:
# {{ml-100k@leave_one_out.item2vec.ndcg:.3f}}, {{ml-100k@leave_one_out.cooccurrence.ndcg:.3f}},
# {{ml-100k@leave_one_out.ease.ndcg:.3f}} and {{ml-100k@leave_one_out.item_knn.ndcg:.3f}} against
# {{ml-100k@leave_one_out.sasrec.ndcg:.3f}}.|rivals_open]] Counting what was rated close by takes a
# second. Who shows a transformer beside popularity alone shows very little.

# %% [markdown] quiz="what_order_brings"
# EASE and item-kNN do not know in which order a user rated. How would you find out what the *order*
# brings to SASRec?
#
# - [ ] Compare SASRec with EASE :: They differ in everything: network, loss, order. You could not say
#   which of it did it.
# - [x] Train the same SASRec on shuffled histories :: Yes: one thing changed. If the score stays, it
#   was not the order.
# - [ ] Take the place vectors out :: Even without them the causal mask tells what came before. The
#   order would still be read, in part.

# %% [markdown]
# ## What does the order bring?
#
# **Predict before you look:** the same network, but each training history in random order. By how much
# does NDCG@10 fall? Nothing else changes, and on test the histories keep their order.

# %%
guess("ndcg_lost_by_shuffling", ...)

# %%
mean = small[small["split"] == "leave_one_out"].groupby("model")["ndcg"].mean()
display(reveal("ndcg_lost_by_shuffling", mean["sasrec"] - mean["sasrec_shuffled"]))
plots.next_lists(small[small["split"] == "leave_one_out"], results.labels("08", "controls"))

# %% [markdown] after=true
# [[Trained on shuffled histories the same network scores {{ml-100k@leave_one_out.sasrec_shuffled.ndcg:.3f}}
# instead of {{ml-100k@leave_one_out.sasrec.ndcg:.3f}}: most of its way above popularity was the
# order.|shuffled]] So the network does read the order. Whether it reads more of it than a window's
# counts do is another question, and the open one above.

# %% [markdown]
# ## The trap: a hundred films instead of all
#
# To rank all films for all users takes time. So for years papers drew a hundred films that the user
# had not rated, and ranked the right one among these. **Predict before you run:** your network again,
# not trained any further. What is its HR@10 among a hundred drawn films?

# %%
guess("hit_rate_among_100", ...)

# %%
few = {
    "popularity": lists.only_some(baselines.popularity(split).shares, people, 100),
    name: lists.only_some(scores, people, 100),
}
among = [lists.score_lists(s, people, split, model=m) for m, s in few.items()]
display(reveal("hit_rate_among_100", among[1].by_user["hit"].mean()))
pd.DataFrame(
    {"all films": {s.model: s.by_user["hit"].mean() for s in ranked},
     "100 drawn": {s.model: s.by_user["hit"].mean() for s in among}}
).round(3)  # fmt: skip

# %% [markdown] after=true
# [[One model, two numbers: an HR@10 of {{ml-100k@leave_one_out.sasrec_sampled_100.hit_rate:.2f}} among a
# hundred, of {{ml-100k@leave_one_out.sasrec.hit_rate:.2f}} among all films.|sampled]] Among a hundred drawn films most are ones that nobody would have put first
# anyway. Even popularity looks good. A published BERT4Rec, another transformer, has on MovieLens-1M
# {{reported.bert4rec_hr_sampled}} among a hundred and {{reported.bert4rec_hr_full}} among all films: one
# model, too. So an HR@10 without "among how many?" says nothing, and two of them can be compared only
# if both rank the same. The course ranks all films, everywhere.
#
# It is not only the height. Krichene and Rendle show that drawing can turn the order of two models
# round: a sampled metric mostly rewards being above the middle, not being on top.

# %% [markdown] quiz="sampled_fair"
# Two models are both ranked among the same hundred drawn films. Is the comparison fair?
#
# - [ ] Yes: both get the same films :: The same, but not those that matter: the strongest competitors
#   of the right film are seldom among a hundred drawn ones.
# - [ ] Yes, if enough users are drawn :: More users make the interval smaller. The question that is
#   measured stays another one.
# - [x] Not for saying whose first ten are better :: Right. Both numbers tell how well a model sorts
#   ordinary films below the right one, and a list has only ten places.

# %% [markdown]
# ## The trap: one drawn film, or all of them
#
# The first SASRec had another loss. At each place it drew *one* film that the user had not rated, and
# learned to tell it from the right one: binary cross-entropy with one *negative*. That is fast, and for
# years other networks were compared with it. **Predict before you look:** the same network, once with
# each loss. Which share of the full loss' NDCG@10 does the drawn one reach?

# %%
guess("share_with_one_negative", ...)  # 1 = the same

# %%
display(reveal("share_with_one_negative", mean["sasrec_bce"] / mean["sasrec"]))

# %% [markdown] after=true
# [[Here the two losses are not told apart: {{ml-100k@leave_one_out.sasrec_bce.ndcg:.3f}} with one drawn
# film, {{ml-100k@leave_one_out.sasrec.ndcg:.3f}} with all, over three seeds of MovieLens-100K.|bce_open]]
# (The drawn one got three times the epochs, for it learns less from each.)
#
# On MovieLens-1M a study reports an NDCG@10 of {{reported.sasrec_bce_ndcg}} with one drawn film and
# {{reported.sasrec_ce_ndcg}} with all. There are more than twice as many films there. Models that had
# "beaten SASRec" had often beaten this loss.

# %% [markdown]
# ## The trap: whose future?
#
# In leave-one-out each user's last rating is held out, whenever it was. So when a user of 1997 is
# asked about, the model has read what others rated in 1998. It knows which films would become famous.
# One date for everybody is stricter: before it is training, after it is test. What remains?

# %%
by_date = small[small["split"] == "global_temporal"]
plots.next_lists(by_date, results.labels("08", "by_date"))

# %% [markdown] after=true
# Don't compare the heights: other users are asked, in another month. What can be compared stands
# within one picture. By one date, SASRec reaches {{ml-100k@global_temporal.sasrec.ndcg:.3f}} on
# MovieLens-100K, popularity {{ml-100k@global_temporal.popularity.ndcg:.3f}}, EASE
# {{ml-100k@global_temporal.ease.ndcg:.3f}}. [[SASRec stays ahead of popularity.|by_date]] Only few users rate on both sides
# of the date, so the dots of the seeds lie far apart, and [[whether it is ahead of item2vec,
# {{ml-100k@global_temporal.item2vec.ndcg:.3f}}, is open on these few.|by_date_item2vec]] Yet look at the
# order of the models in the two pictures: the split had a say in it.
#
# A study reports for SASRec on MovieLens-1M {{reported.sasrec_last_ndcg}} by each user's last rating,
# and {{reported.sasrec_time_ndcg}} by one date.

# %% [markdown]
# ### Open exercise · Two papers

# %% [markdown] open="two_papers" points=4
# Paper A reports an HR@10 of {{reported.bert4rec_hr_sampled}} for its network on MovieLens-1M, paper B
# one of {{reported.bert4rec_hr_full}} for its own. A colleague concludes: "A's is almost three times as
# good". Write down four questions that you
# would ask before you believe it. For each, say what an answer would change, and which experiment of
# this lesson shows that it matters.
#
# ### BEGIN SOLUTION
# (The two numbers are those of one and the same trained model.) (1) Among how many films was ranked? Sampled ranking lifts one and the same model from the one number
# to the other. (2) Which split: each user's last rating, or one date? Other ratings are known, other
# users are asked. (3) Were both trained with the same loss, one drawn film or all of them, and tuned
# as much? (4) In which order do ratings of the same second stand, and are films that the user has
# rated left out of the list? Each changes the number without any change in the network.
# ### END SOLUTION

# %% [markdown] rubric="two_papers"
# **Rubric (4 points).** One for each question that could explain a difference without a better network
# (how many films are ranked; split; loss or tuning of the rival; ties, seen films, which users), with
# what it would change. A question that names no experiment of the lesson counts half. "Is it
# significant?" alone counts half: both numbers may be certain and still answer different questions.

# %% [markdown]
# ## Published, measured here
#
# 2021 ranked no next film, so there is nothing of the project to reproduce. The published numbers speak
# of MovieLens-1M, all films ranked, each user's last rating held out; ours of MovieLens-100K, where
# there are fewer films and fewer ratings. Don't compare across the columns: compare down.
#
# | NDCG@10 | reported, MovieLens-1M | reproduced and measured right, MovieLens-100K |
# |:--|--:|--:|
# | SASRec, one drawn film in the loss | {{reported.sasrec_bce_ndcg}} | {{ml-100k@leave_one_out.sasrec_bce.ndcg:.4f}} |
# | SASRec, all films in the loss | {{reported.sasrec_ce_ndcg}} | {{ml-100k@leave_one_out.sasrec.ndcg:.4f}} |
# | SASRec, by one date | {{reported.sasrec_time_ndcg}} | {{ml-100k@global_temporal.sasrec.ndcg:.4f}} |
# | item2vec | – | {{ml-100k@leave_one_out.item2vec.ndcg:.4f}} |
# | co-occurrence in a window | – | {{ml-100k@leave_one_out.cooccurrence.ndcg:.4f}} |
# | EASE | – | {{ml-100k@leave_one_out.ease.ndcg:.4f}} |
# | item-kNN | – | {{ml-100k@leave_one_out.item_knn.ndcg:.4f}} |
# | popularity | – | {{ml-100k@leave_one_out.popularity.ndcg:.4f}} |
#
# Ours are means over {{ml-100k@leave_one_out.sasrec.seeds}} seeds; a seed also draws which of several
# ratings of the last second is the last. The rivals' settings are the best of 36 to 48 candidates on
# validation. SASRec's were not searched: that would be the first thing to do before it is called level.
#
# ## Ten films for one person
#
# The same user as in the other lessons. What would come next? And would you watch it?

# %%
lists.lists_beside(
    {"bias model": baselines.bias_model(split), "SASRec": fitted}, split, movies=data.movies
)

# %% [markdown]
# ## Recap
#
# - Every rating but the first is a question, so one history teaches as often as it is long.
# - A causal mask hides the answers. Test it: nothing said before may change with what comes after.
# - SASRec is movie vectors, places, blocks that look back, and the same vectors again at the end.
# - The loss, the split and the number of ranked films each move the result by more than most new
#   networks do. Ask for all three before you compare.
# - Shuffled histories tell what the order brings. Simple models beside it tell what the network brings.
#
# ## Reading
#
# - Kang and McAuley, [*Self-attentive sequential recommendation*](https://arxiv.org/abs/1808.09781),
#   ICDM 2018: SASRec.
# - Klenitskiy and Vasilev, [*Turning dross into gold loss*](https://arxiv.org/abs/2309.07602), RecSys
#   2023: the same network with cross-entropy over all films.
# - Krichene and Rendle, [*On sampled metrics for item
#   recommendation*](https://doi.org/10.1145/3394486.3403226), KDD 2020.
# - Petrov and Macdonald, [*A systematic review and replicability study of
#   BERT4Rec*](https://arxiv.org/abs/2207.07483), RecSys 2022.
# - Gusak et al., [*Time to split*](https://arxiv.org/abs/2507.16289), RecSys 2025: splits by date.
# - Vaswani et al., [*Attention is all you need*](https://arxiv.org/abs/1706.03762), 2017.
#
# ## Next
#
# Lesson 09 asks what all this costs, and what happens with ten times as many ratings.
