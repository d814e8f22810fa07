"""What learners write in lesson 00: wrong answers with the misunderstanding each shows, and right
answers written in other ways."""

import statistics


def middle(stars):
    return statistics.median(stars)


def each_kind_once(stars):
    return sum(set(stars)) / len(set(stars))


def whole_stars(stars):
    return round(sum(stars) / len(stars))


def by_loop(stars):
    total = 0.0
    for rating in stars:
        total += rating
    return total / len(stars)


def without_the_threshold(stars, least):
    return sum(rating > least for rating in stars) / len(stars)


def how_many(stars, least):
    return len([rating for rating in stars if rating >= least])


def the_others(stars, least):
    return 1 - (stars >= least).mean()


def by_counting(stars, least):
    return sum(rating >= least for rating in stars) / len(stars)


def no_root(stars):
    return ((stars - stars.mean()) ** 2).mean()


def distance(stars):
    return abs(stars - stars.mean()).mean()


def one_less(stars):
    return statistics.stdev(stars)


def by_moments(stars):
    return ((stars**2).mean() - stars.mean() ** 2) ** 0.5


WRONG = [
    ("example_mean", "median", middle),
    ("example_mean", "mean_of_kinds", each_kind_once),
    ("example_mean", "rounded", whole_stars),
    ("example_share", "more_than", without_the_threshold),
    ("example_share", "count", how_many),
    ("example_share", "below", the_others),
    ("example_spread", "variance", no_root),
    ("example_spread", "absolute", distance),
    ("example_spread", "sample", one_less),
]

RIGHT = [
    ("example_mean", by_loop),
    ("example_share", by_counting),
    ("example_spread", by_moments),
]
