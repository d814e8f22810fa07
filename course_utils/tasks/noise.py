"""Noise on an autoencoder's input: what a denoising autoencoder has to see through.

Two questions decide whether noise teaches anything: which cells get it, and when it is drawn. The
right way changes rated cells only, is drawn anew for every training batch, and leaves the input
clean when the model predicts. The 2021 project's Gaussian noise was drawn once, for all cells, and
stayed in the input at validation and test::

    rows(split, "user", noise=Noise(gaussian(0.3)))                                        # right
    rows(split, "user", noise=Noise(gaussian(0.3, rated_only=False), drawn_once=True))     # 2021

Source: Vincent et al., "Extracting and composing robust features with denoising autoencoders",
ICML 2008.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

Corrupt = Callable[[np.ndarray, np.ndarray, np.random.Generator], np.ndarray]


@dataclass(frozen=True)
class Noise:
    """When the noise is drawn.

    corrupt: what it does to a batch, such as :func:`gaussian`. drawn_once: each row keeps one draw
    for good, in training *and* when predicting (the wrong way); otherwise every training batch gets
    its own and predictions see clean rows. seed: of the draws that are kept.
    """

    corrupt: Corrupt
    drawn_once: bool = False
    seed: int = 0

    def __call__(
        self,
        stars: np.ndarray,
        rated: np.ndarray,
        rows: np.ndarray,
        rng: np.random.Generator | None = None,
    ) -> np.ndarray:
        """The noisy input of a batch, a new array of its shape.

        stars: input, (batch, n_columns). rated: which cells are ratings, same shape. rows: indices
        of the rows, (batch,). rng: of a training batch; None when predicting.
        """
        if self.drawn_once:
            draws = [
                self.corrupt(stars[[i]], rated[[i]], np.random.default_rng([self.seed, row]))
                for i, row in enumerate(rows)
            ]
            return np.concatenate(draws) if draws else stars
        return stars if rng is None else self.corrupt(stars, rated, rng)


def gaussian(factor: float, *, rated_only: bool = True) -> Corrupt:
    """Add normal noise with a standard deviation of ``factor`` stars.

    rated_only: leave unrated cells as they are; else they get noise too, as in 2021, and a gap can
    no longer be told from a rating of about 0.
    """
    if factor < 0:
        raise ValueError(f"factor={factor}: a standard deviation is 0 stars or more")

    def corrupt(stars, rated, rng):
        noise = np.float32(factor) * rng.standard_normal(stars.shape, dtype=np.float32)
        return stars + (np.where(rated, noise, 0) if rated_only else noise)

    return corrupt


def hide(factor: float, *, rescale: bool = True) -> Corrupt:
    """Set each cell to 0 with probability ``factor``: dropout on the input.

    rescale: divide what is left by ``1 - factor``, as Keras' Dropout does, so that a row keeps its
    expected sum. A 5 then reads 5.56 when a tenth is hidden.
    """
    if not 0 <= factor < 1:
        raise ValueError(f"factor={factor}: hide a share of 0 or more and less than 1")
    boost = np.float32(1 / (1 - factor) if rescale else 1)

    def corrupt(stars, rated, rng):
        return np.where(rng.random(stars.shape, dtype=np.float32) < factor, 0, stars * boost)

    return corrupt


def thin(stars: np.ndarray, rated: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Hide a share of each row that is drawn anew, from nothing to nearly everything.

    A network trained on such rows has met users with few ratings before it has to answer for one.
    """
    share = rng.random((len(stars), 1), dtype=np.float32)
    return np.where(rng.random(stars.shape, dtype=np.float32) < share, 0, stars)
