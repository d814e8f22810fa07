"""Exercises of lesson 00."""

import numpy as np

from course_utils.checks.engine import Exercise, Misunderstanding


def _mean(stars):
    return float(np.mean(stars))


def _share(stars, least):
    return float(np.mean(stars >= least))


def _spread(stars):
    return float(np.std(stars))


_FEW = np.array([5.0, 5.0, 5.0, 2.0, 1.0, 4.0])
_MANY = np.random.default_rng(0).integers(1, 6, 40).astype(float)

EXERCISES = [
    Exercise(
        name="example_mean",
        reference=_mean,
        cases={"six ratings": (_FEW,), "forty ratings": (_MANY,)},
        misunderstandings=[
            Misunderstanding(
                "median",
                lambda stars: float(np.median(stars)),
                "That is the median, the rating in the middle. Add all ratings up and divide.",
            ),
            Misunderstanding(
                "mean_of_kinds",
                lambda stars: float(np.unique(stars).mean()),
                "You counted each number of stars once. Every rating counts.",
            ),
            Misunderstanding(
                "rounded",
                lambda stars: float(np.round(stars.mean())),
                "You rounded to whole stars. Keep the decimals.",
            ),
        ],
        right="every rating counts once",
    ),
    Exercise(
        name="example_share",
        reference=_share,
        cases={"four or more": (_FEW, 4.0), "two or more": (_MANY, 2.0)},
        misunderstandings=[
            Misunderstanding(
                "more_than",
                lambda stars, least: float(np.mean(stars > least)),
                "You left out the ratings that are exactly at the threshold: at least means >=.",
            ),
            Misunderstanding(
                "count",
                lambda stars, least: float(np.sum(stars >= least)),
                "That is how many, not which share. Divide by the number of ratings.",
            ),
            Misunderstanding(
                "below",
                lambda stars, least: float(np.mean(stars < least)),
                "That is the share below the threshold.",
            ),
        ],
        right="at least means that the threshold itself counts",
    ),
    Exercise(
        name="example_spread",
        reference=_spread,
        cases={"six ratings": (_FEW,), "forty ratings": (_MANY,)},
        misunderstandings=[
            Misunderstanding(
                "variance",
                lambda stars: float(np.var(stars)),
                "That is the variance, in stars squared. Take its root.",
            ),
            Misunderstanding(
                "absolute",
                lambda stars: float(np.abs(stars - stars.mean()).mean()),
                "That is the mean absolute distance. Square the distances, average, take the root.",
            ),
            Misunderstanding(
                "sample",
                lambda stars: float(np.std(stars, ddof=1)),
                "You divided by n - 1, which estimates the spread of others. Divide by n here.",
            ),
        ],
        right="the spread tells a divided audience from one that agrees",
    ),
]
