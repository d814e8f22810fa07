"""Answers to the exercises of lesson 00."""

import math
import statistics

import numpy as np
import pandas as pd


def by_loop(stars):
    total = 0.0
    for rating in stars:
        total += rating
    return total / len(stars)


def counted_by_loop(stars, least):
    found = 0
    for rating in stars:
        if rating >= least:
            found += 1
    return found / len(stars)


def spread_by_loop(stars):
    center = sum(stars) / len(stars)
    return math.sqrt(sum((rating - center) ** 2 for rating in stars) / len(stars))


def from_the_median(stars):
    squares = (stars - np.median(stars)) ** 2
    return squares.mean() ** 0.5


def quartiles_apart(stars):
    return np.ptp(np.quantile(stars, (0.25, 0.75)))


WRONG = [
    ("example_mean", "median", lambda s: statistics.median(s)),
    ("example_mean", "mean_of_kinds", lambda s: sum(set(s)) / len(set(s))),
    ("example_mean", "rounded", lambda s: round(sum(s) / len(s))),
    ("example_mean", "sum", lambda s: sum(s)),
    ("example_mean", "middle_of_the_scale", lambda s: (min(s) + max(s)) / 2),
    ("example_mean", "one_less", lambda s: sum(s) / (len(s) - 1)),
    ("example_mean", "root_mean_square", lambda s: (s**2).mean() ** 0.5),
    ("example_mean", "most_frequent", lambda s: statistics.mode(s)),
    ("example_mean", "highest", lambda s: sorted(s)[-1]),
    ("example_mean", None, lambda s: statistics.harmonic_mean(s)),
    ("example_mean", None, lambda s: s[:-1].mean()),
    ("example_mean", None, lambda s: s[0]),
    ("example_share", "more_than", lambda s, m: (s > m).sum() / len(s)),
    ("example_share", "at_most", lambda s, m: sum(s <= m) / len(s)),
    ("example_share", "below", lambda s, m: 1 - (s >= m).mean()),
    ("example_share", "exactly", lambda s, m: list(s).count(m) / len(s)),
    ("example_share", "count", lambda s, m: len(s[s >= m])),
    ("example_share", "percent", lambda s, m: (s >= m).mean() * 100),
    ("example_share", "share_of_stars", lambda s, m: sum(s[s >= m]) / sum(s)),
    ("example_share", "mean_of_them", lambda s, m: np.mean(s[s >= m])),
    ("example_share", "odds", lambda s, m: sum(s >= m) / sum(s < m)),
    ("example_share", None, lambda s, m: (np.unique(s) >= m).mean()),
    ("example_share", None, lambda s, m: (s[1:] >= m).mean()),
    ("example_share", None, lambda s, m: float(s.mean() >= m)),
    ("example_spread", "variance", lambda s: statistics.pvariance(s)),
    ("example_spread", "mean_absolute", lambda s: abs(s - s.mean()).mean()),
    ("example_spread", "sample", lambda s: statistics.stdev(s)),
    ("example_spread", "range", lambda s: max(s) - min(s)),
    ("example_spread", "quartiles", quartiles_apart),
    ("example_spread", "from_the_median", from_the_median),
    ("example_spread", "from_zero", lambda s: np.linalg.norm(s) / len(s) ** 0.5),
    ("example_spread", "of_the_mean", lambda s: s.std() / len(s) ** 0.5),
    ("example_spread", "sum_of_squares", lambda s: np.linalg.norm(s - s.mean())),
    ("example_spread", None, lambda s: np.ptp(s) / 2),
    ("example_spread", None, lambda s: np.median(abs(s - s.mean()))),
    ("example_spread", None, lambda s: (s - s.mean()).mean()),
]

RIGHT = [
    ("example_mean", by_loop),
    ("example_mean", lambda s: np.average(s)),
    ("example_mean", lambda s: statistics.fmean(s)),
    ("example_mean", lambda s: pd.Series(s).mean()),
    ("example_mean", lambda s: math.fsum(s) / s.size),
    ("example_mean", lambda s: np.array([s.mean()], "float32")),
    ("example_share", counted_by_loop),
    ("example_share", lambda s, m: np.count_nonzero(s >= m) / s.size),
    ("example_share", lambda s, m: pd.Series(s).ge(m).mean()),
    ("example_share", lambda s, m: len([r for r in s if r >= m]) / len(s)),
    ("example_share", lambda s, m: 1 - (s < m).mean()),
    ("example_share", lambda s, m: 1 - np.searchsorted(np.sort(s), m) / len(s)),
    ("example_spread", spread_by_loop),
    ("example_spread", lambda s: s.std()),
    ("example_spread", lambda s: statistics.pstdev(s)),
    ("example_spread", lambda s: pd.Series(s).std(ddof=0)),
    ("example_spread", lambda s: ((s**2).mean() - s.mean() ** 2) ** 0.5),
    ("example_spread", lambda s: np.linalg.norm(s - s.mean()) / len(s) ** 0.5),
]
