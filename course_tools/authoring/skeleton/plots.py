"""Figures of lesson 00."""

import numpy as np

from course_utils.plots.style import figure, show

__all__ = ["example_stars"]


def example_stars(stars: np.ndarray):
    """How often each number of stars was given. stars: shape (n_ratings,)."""
    values, counts = np.unique(stars, return_counts=True)
    fig, ax = figure(6, 3)
    ax.bar(values, counts, width=0.8 * np.diff(values, append=values[-1] + 1).min())
    ax.set(xlabel="stars", ylabel="ratings")
    most = values[counts.argmax()]
    return show(fig, f"Bars of {len(stars):,} ratings; {most:g} stars are the most frequent.")
