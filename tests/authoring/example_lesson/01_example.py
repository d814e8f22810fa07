# %% [markdown]
# # 1. An example
# {{colab_badge}}
#
# After this lesson you will be able to
#
# - read a lesson,
# - build it,
# - check it.
#
# **You need** Python. **Time:** 5 minutes.

# %% setup=true
from course_utils.protocol import results


def check(name, answer):
    """In place of the course's own, which knows none of these exercises."""
    print(f"{name}: {answer(2)}")


# %% [markdown]
# ## One number
# The set holds {{ml-100k.facts.n_ratings}} ratings, and the mean scores {{ml-100k.mean.rmse:.2f}}.

# %% fact=true
print(3 + 4)

# %%
row = {"lesson": "01_example", "model": "mean", "split": "random", "seed": 0}
path = results.record(DATASET, row | {"metrics": {"rmse": 1.5}, "seconds": 2})  # noqa: F821


# %% exercise="double"
def double(x):
    """Twice ``x``."""
    ### BEGIN SOLUTION
    secret_solution = 2 * x
    return secret_solution
    ### END SOLUTION


# %% check="double" points=3
check("double", double)
### BEGIN HIDDEN TESTS
secret_test = double(21)
assert secret_test == 42
### END HIDDEN TESTS

# %% [markdown]
# ## The trap
# Doubling is not squaring.


# %% exercise="square"
def square(x):
    """``x`` times itself."""
    ### BEGIN SOLUTION
    return x**2
    ### END SOLUTION


# %% check="square" points=2
check("square", square)


# %% exercise="cube"
def cube(x):
    """``x`` times itself, twice."""
    ### BEGIN SOLUTION
    return x**3
    ### END SOLUTION


# %% check="cube" points=1
check("cube", cube)

# %% [markdown] open="why" points=4
# ### Why do two and two agree?
#
# ### BEGIN SOLUTION
# A secret answer.
# ### END SOLUTION

# %% [markdown] rubric="why"
# A secret rubric.

# %% [markdown]
# ## All together
#
# | model | reported in 2021 | reproduced | measured right | ours |
# | :-- | --: | --: | --: | --: |
# | mean | – | {{ml-100k.mean.rmse.min:.1f}} | {{ml-100k.mean.rmse:.2f}} | – |
#
# ## Recap
# You read, built and checked a lesson.
#
# ## Reading
# [A paper](https://example.org/1234.5678).
#
# ## Next
# Another example.
