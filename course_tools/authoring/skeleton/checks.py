"""Exercises of lesson 00."""

import numpy as np

from course_utils.checks.engine import Drawn, Exercise, Misunderstanding


def _mean(stars):
    return float(np.mean(stars))


def _share(stars, least):
    return float(np.mean(stars >= least))


def _spread(stars):
    return float(np.std(stars))


def _most_frequent(stars):
    values, counts = np.unique(stars, return_counts=True)
    return float(values[counts.argmax()])


def _deviations(stars):
    return stars - np.mean(stars)


# No two mistakes agree on all of these.
_FEW = np.array([4.0, 4.0, 4.5, 2.0, 1.0, 5.0, 4.0, 3.0])


def _some_stars(rng):
    return (rng.choice([1.0, 2.5, 3.0, 3.5, 4.5], 41, p=[0.1, 0.3, 0.1, 0.2, 0.3]),)


def _mistakes(table):
    return [Misunderstanding(name, function, hint) for name, (function, hint) in table.items()]


_MEAN = {
    "median": (
        lambda stars: float(np.median(stars)),
        "That is the median, the rating in the middle. Add all ratings up and divide.",
    ),
    "mean_of_kinds": (
        lambda stars: float(np.unique(stars).mean()),
        "You counted each number of stars once. Every rating counts.",
    ),
    "rounded": (
        lambda stars: float(np.round(np.mean(stars))),
        "You rounded to whole stars. Keep the decimals.",
    ),
    "sum": (
        lambda stars: float(np.sum(stars)),
        "That is the sum. Divide by the number of ratings.",
    ),
    "middle_of_the_scale": (
        lambda stars: float((np.min(stars) + np.max(stars)) / 2),
        "That lies half-way between the lowest and the highest rating. Every rating counts.",
    ),
    "one_less": (
        lambda stars: float(np.sum(stars) / (len(stars) - 1)),
        "You divided by one rating less than there are.",
    ),
    "root_mean_square": (
        lambda stars: float(np.sqrt(np.mean(stars**2))),
        "You squared before the mean. Nothing is squared here.",
    ),
    "most_frequent": (
        _most_frequent,
        "That is the most frequent number of stars. Add all ratings up and divide.",
    ),
    "highest": (
        lambda stars: float(np.max(stars)),
        "That is the highest rating. Add all ratings up and divide.",
    ),
}
_SHARE = {
    "more_than": (
        lambda stars, least: float(np.mean(stars > least)),
        "You left out the ratings that are exactly at the threshold: at least means >=.",
    ),
    "at_most": (
        lambda stars, least: float(np.mean(stars <= least)),
        "You counted from the threshold downwards. At least means >=.",
    ),
    "below": (
        lambda stars, least: float(np.mean(stars < least)),
        "That is the share below the threshold, what is left over.",
    ),
    "exactly": (
        lambda stars, least: float(np.mean(stars == least)),
        "You counted only the ratings exactly at the threshold.",
    ),
    "count": (
        lambda stars, least: float(np.sum(stars >= least)),
        "That is how many, not which share. Divide by the number of ratings.",
    ),
    "percent": (
        lambda stars, least: float(100 * np.mean(stars >= least)),
        "That is in per cent. A share goes from 0 to 1.",
    ),
    "share_of_stars": (
        lambda stars, least: float(stars[stars >= least].sum() / stars.sum()),
        "You added up stars. Count ratings.",
    ),
    "mean_of_them": (
        lambda stars, least: float(stars[stars >= least].mean()),
        "That is the mean of the ratings kept. Ask how many they are.",
    ),
    "odds": (
        lambda stars, least: float(np.sum(stars >= least) / np.sum(stars < least)),
        "You divided by the ratings below the threshold. Divide by all ratings.",
    ),
}
_SPREAD = {
    "variance": (
        lambda stars: float(np.var(stars)),
        "That is the variance, in stars squared. Take its root.",
    ),
    "mean_absolute": (
        lambda stars: float(np.abs(_deviations(stars)).mean()),
        "That is the mean absolute distance. Square the distances, average, take the root.",
    ),
    "sample": (
        lambda stars: float(np.std(stars, ddof=1)),
        "You divided by n - 1, which estimates the spread of others. Divide by n here.",
    ),
    "range": (
        lambda stars: float(np.ptp(stars)),
        "That is the distance from the lowest to the highest rating. Every rating counts.",
    ),
    "quartiles": (
        lambda stars: float(np.subtract(*np.percentile(stars, [75, 25]))),
        "That is the distance between the quartiles. Every rating counts.",
    ),
    "from_the_median": (
        lambda stars: float(np.sqrt(np.mean((stars - np.median(stars)) ** 2))),
        "You measured from the median. Measure from the mean.",
    ),
    "from_zero": (
        lambda stars: float(np.sqrt(np.mean(stars**2))),
        "You measured from zero stars. Subtract the mean first.",
    ),
    "of_the_mean": (
        lambda stars: float(np.std(stars) / np.sqrt(len(stars))),
        "That is how uncertain the mean is. Here it is the ratings that spread.",
    ),
    "sum_of_squares": (
        lambda stars: float(np.sqrt(np.sum(_deviations(stars) ** 2))),
        "You added the squares up. Take their mean before the root.",
    ),
}

EXERCISES = [
    Exercise(
        name="example_mean",
        reference=_mean,
        cases={"eight ratings": (_FEW,), "drawn ratings": Drawn(_some_stars)},
        misunderstandings=_mistakes(_MEAN),
        right="every rating counts once",
        look="section “Exercise 1 · The mean”: a sum, divided by a count.",
    ),
    Exercise(
        name="example_share",
        reference=_share,
        cases={
            "four stars or more": (_FEW, 4.0),
            "two stars or more": (_FEW, 2.0),
            "drawn ratings": Drawn(lambda rng: (*_some_stars(rng), 3.0)),
        },
        misunderstandings=_mistakes(_SHARE),
        right="at least means that the threshold itself counts",
        look="section “Exercise 2 · A share”: at least, and of how many?",
    ),
    Exercise(
        name="example_spread",
        reference=_spread,
        cases={
            "eight ratings": (_FEW,),
            "four who agree": (np.full(4, 3.0),),
            "drawn ratings": Drawn(_some_stars),
        },
        misunderstandings=_mistakes(_SPREAD),
        right="the spread tells a divided audience from one that agrees",
        look="section “Exercise 3 · What the mean hides”: square, mean, root.",
    ),
]
