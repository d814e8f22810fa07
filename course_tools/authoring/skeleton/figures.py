"""Figures of lesson 00, drawn from made-up data for ``tests/plots/test_figures.py``."""

from course_utils import plots


def stars(rng):
    return plots.example_stars(rng.integers(1, 6, rng.integers(50, 99)))


FIGURES = {"example_stars": stars}
