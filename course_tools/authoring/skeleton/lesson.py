# %% [markdown]
# # 00 · Example: how do people rate?
#
# {{colab_badge}}
#
# **After this lesson you will be able to**
#
# - say what one star and five stars have in common,
# - compute a mean, a share and a spread by hand,
# - recognise a mean that hides two groups.
#
# **You need** lesson 01. **Time:** 30 minutes; the notebook itself runs in a few seconds.

# %% setup=true
import numpy as np

from course_utils import check, guess, plots, reveal
from course_utils.data import load_movielens

# %% [markdown]
# ## How many stars do people give?
#
# **Predict before you run:** which number of stars is the most frequent one?

# %%
guess("example_most_frequent", ...)  # 1 to 5

# %% fact=true
stars = load_movielens(DATASET).ratings["rating"].to_numpy()
len(stars)

# %%
plots.example_stars(stars)

# %%
reveal("example_most_frequent", np.bincount(stars.astype(int)).argmax())

# %% [markdown] quiz="example_counting"
# A film has ten ratings of 4 stars and one of 1 star. What is its mean?
#
# - [x] A little below 4 :: Yes: the one low rating pulls it down by its share of eleven.
# - [ ] 2.5, the middle between 1 and 4 :: Each rating counts, not each number of stars.
# - [ ] 4, the most frequent one :: That is the mode. A mean feels every rating.

# %% [markdown]
# ### Exercise 1 · The mean


# %% exercise="example_mean"
def example_mean(stars):
    """Mean rating in stars. stars: array of shape (n_ratings,); returns a float."""
    ### BEGIN SOLUTION
    return float(stars.sum() / len(stars))
    ### END SOLUTION


# %% check="example_mean" points=2
check("example_mean", example_mean)
### BEGIN HIDDEN TESTS
assert np.isclose(example_mean(np.array([1.0, 1.0, 4.0])), 2.0)
### END HIDDEN TESTS

# %% [markdown] quiz="example_few"
# Which mean do you trust more?
#
# - [ ] 5 stars from two ratings :: Two people who like a film say little about a third.
# - [x] 4.2 stars from two hundred :: Yes: another two hundred would give about the same.
# - [ ] Both alike :: A mean of few ratings moves far when one more comes.

# %% [markdown]
# ### Exercise 2 · A share


# %% exercise="example_share"
def example_share(stars, least):
    """Share of ratings of at least ``least`` stars, from 0 to 1.

    stars: array of shape (n_ratings,); least: stars; returns a float.
    """
    ### BEGIN SOLUTION
    return float((stars >= least).mean())
    ### END SOLUTION


# %% check="example_share" points=2
check("example_share", example_share)
### BEGIN HIDDEN TESTS
assert np.isclose(example_share(np.array([1.0, 2.0, 3.0, 3.0]), 3.0), 0.5)
### END HIDDEN TESTS

# %% [markdown]
# ## The trap: one mean, two groups
#
# Two groups, one that gives 1 star and one that gives 5, have the same mean as people who all give 3.
# Run the wrong number first, then say what it hides.

# %%
divided, agreed = np.array([1.0, 5.0, 1.0, 5.0]), np.full(4, 3.0)
divided.mean(), agreed.mean()

# %% [markdown] quiz="example_spread_of_none"
# Everybody gives a film 3 stars. What is the spread?
#
# - [x] 0 :: Yes: nobody is any distance from the mean.
# - [ ] 3 :: That is the mean. The spread asks how far ratings lie from it.
# - [ ] It cannot be computed :: It can: the mean of zeros is 0.

# %% [markdown]
# ### Exercise 3 · What the mean hides


# %% exercise="example_spread"
def example_spread(stars):
    """Standard deviation in stars: the root of the mean squared distance from the mean.

    stars: array of shape (n_ratings,); returns a float.
    """
    ### BEGIN SOLUTION
    return float(np.sqrt(((stars - stars.mean()) ** 2).mean()))
    ### END SOLUTION


# %% check="example_spread" points=3
check("example_spread", example_spread)
### BEGIN HIDDEN TESTS
assert np.isclose(example_spread(np.array([2.0, 2.0, 5.0, 5.0])), 1.5)
### END HIDDEN TESTS

# %% [markdown] open="example_report" points=3
# ### Open exercise · Report a mean
#
# A sentence says: "The film has 3 stars on average." What would you add, and why?
#
# ### BEGIN SOLUTION
# The spread and the number of ratings. The mean alone does not tell a film that everybody finds fair
# from one that half of the audience loves and the other half cannot stand.
# ### END SOLUTION

# %% [markdown] rubric="example_report"
# **Rubric (3 points).** 1: adds a spread, or a histogram. 1: adds the number of ratings. 1: says
# what the mean alone would hide.

# %% [markdown]
# ## Reported, reproduced, measured right, ours
#
# | what | reported in 2021 | reproduced | measured right | ours |
# | :-- | --: | --: | --: | --: |
# | ratings of MovieLens-100K | – | – | {{ml-100k.facts.n_ratings}} | – |
#
# ## Recap
#
# - A mean says where the stars lie, a spread how far apart.
# - A share needs its threshold: at least, or more than?
#
# ## Reading
#
# - Harper and Konstan, [The MovieLens Datasets](https://doi.org/10.1145/2827872), 2015.
#
# ## Next
#
# What comes next, and why this lesson leads there.
