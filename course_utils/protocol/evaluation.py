"""The one protocol: every model of the course is scored here, and in no other way.

Predictions are clipped to the dataset's own rating scale. Global RMSE (the field's), per-user RMSE
(the 2021 project's), count and interval always come together, so that no one can compare one
model's global number with another's per-user number.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import pandas as pd

from course_utils.data.splits import Split
from course_utils.protocol import metrics, provenance, results


class Predictor(Protocol):
    """Anything that predicts stars for pairs of indices: a baseline or a fitted model."""

    def predict(self, users: np.ndarray, movies: np.ndarray) -> np.ndarray:
        """Stars of each (user, movie) pair, shape (n_pairs,)."""
        ...


@dataclass(frozen=True)
class Scores:
    """One model scored once. Errors are in stars.

    ``interval``: 95 % bootstrap interval of the global RMSE over users. ``warm_rmse`` and
    ``cold_rmse`` part the ratings by whether their user has a rating in train (None if no rating
    is of that kind). ``ratings``: one row a rating with user, movie, rating and prediction.
    ``recipe``: how the model was trained, see :class:`~.training.Fitted`.
    """

    model: str
    dataset: str
    split: str
    part: str
    rmse: float
    per_user_rmse: float
    mae: float
    n: int
    interval: tuple[float, float]
    warm_rmse: float | None
    cold_rmse: float | None
    seed: int = 0
    seconds: float | None = None
    parameters: int | None = None
    ratings: pd.DataFrame = field(repr=False, default=None)
    recipe: dict = field(repr=False, default_factory=dict)

    def row(self, lesson: str, **settings) -> dict:
        """A row for :func:`~.results.record`: metrics, cost, versions, settings.

        The model's name becomes one that a placeholder can quote: "model 1 (concat)" is recorded as
        "model_1_concat".
        """
        low, high = self.interval
        numbers = {
            "rmse": self.rmse,
            "per_user_rmse": self.per_user_rmse,
            "mae": self.mae,
            "n": self.n,
            "rmse_low": low,
            "rmse_high": high,
            "warm_rmse": self.warm_rmse,
            "cold_rmse": self.cold_rmse,
        }
        row = {
            "lesson": lesson,
            "model": re.sub(r"[^\w-]+", "_", self.model).strip("_"),
            "split": self.split if self.part == "test" else f"{self.split}-{self.part}",
            "seed": self.seed,
            "metrics": {name: value for name, value in numbers.items() if value is not None},
            "seconds": self.seconds,
            "parameters": self.parameters,
            "settings": settings | self.recipe,
        }
        return provenance.stamped(row | provenance.of_ratings(self.ratings))


def evaluate(
    predictor: Predictor, split: Split, *, model: str | None = None, part: str = "test"
) -> Scores:
    """Score a predictor on one part of a split.

    model: the name in tables; by default the predictor's class. part: "test", or "validation"
    while you still choose settings. Look at test once per row you report.
    Raises ValueError for an unknown or empty part, or predictions of the wrong shape.
    """
    if part not in ("train", "validation", "test"):
        raise ValueError(f'part={part!r}: give "test", "validation" or "train"')
    ratings = getattr(split, part)
    if ratings.empty:
        raise ValueError(f"{part} of {split!r} is empty: nothing to score")
    users, movies = ratings["user"].to_numpy(), ratings["movie"].to_numpy()
    stars = np.asarray(predictor.predict(users, movies), float)
    if stars.shape != users.shape:
        raise ValueError(
            f"predict returned shape {stars.shape}, needs {users.shape}: one value a rating"
        )
    stars = np.clip(stars, *split.rating_scale)
    y_true = ratings["rating"].to_numpy()
    warm = split.is_warm(ratings)
    return Scores(
        model=model or type(predictor).__name__,
        dataset=split.dataset,
        split=split.name,
        part=part,
        rmse=metrics.rmse(y_true, stars),
        per_user_rmse=metrics.per_user_rmse(users, y_true, stars),
        mae=metrics.mae(y_true, stars),
        n=len(ratings),
        interval=metrics.bootstrap_interval(users, y_true, stars),
        warm_rmse=metrics.rmse(y_true[warm], stars[warm]) if warm.any() else None,
        cold_rmse=metrics.rmse(y_true[~warm], stars[~warm]) if not warm.all() else None,
        seed=getattr(predictor, "seed", 0),
        seconds=getattr(predictor, "seconds", None),
        parameters=getattr(predictor, "parameters", None),
        ratings=ratings[["user", "movie", "rating"]].assign(prediction=stars),
        recipe=getattr(predictor, "recipe", {}),
    )


def compare(a: Scores, b: Scores) -> str:
    """One sentence: RMSE of a minus RMSE of b on the same ratings, with its paired interval.

    The interval says how the difference would move with other *users*. Both models stay as they
    are: how far it would move had they been trained again is not in it, and the sentence says so.
    Several trainings of each tell that; see the claims in ``results/claims``.
    """
    if (a.dataset, a.split, a.part, a.n) != (b.dataset, b.split, b.part, b.n):
        raise ValueError(
            f"{a.model} was scored on {a.dataset}/{a.split}/{a.part} ({a.n:,} ratings) and "
            f"{b.model} on {b.dataset}/{b.split}/{b.part} ({b.n:,}): not the same ratings"
        )
    what = ["user", "movie", "rating"]
    if not np.array_equal(a.ratings[what], b.ratings[what]):
        raise ValueError(
            f"{a.model} and {b.model} were scored on two different {a.split} splits, "
            "not the same ratings: make the split once (or with the same seed) for both"
        )
    difference, low, high = metrics.paired_difference(
        a.ratings["user"], a.ratings["rating"], a.ratings["prediction"], b.ratings["prediction"]
    )
    sure = "it excludes 0" if low * high > 0 else "it includes 0"
    trained = [s for s in (a, b) if s.recipe]
    scope = {0: "", 1: ", for this one training", 2: ", for these two trainings"}[len(trained)]
    return (
        f"{a.model} − {b.model}: {difference:+.4f} stars "
        f"(95 % interval over users{scope}: {low:+.4f} to {high:+.4f}; {sure})"
    )


def leaderboard(scores: Iterable[Scores]) -> pd.DataFrame:
    """One line a model, best global RMSE first: mean over its seeds, and how far they spread."""
    scores = list(scores)
    table = pd.DataFrame(
        [
            {
                "model": s.model,
                "RMSE": s.rmse,
                "low": s.interval[0],
                "high": s.interval[1],
                "per-user RMSE": s.per_user_rmse,
                "MAE": s.mae,
                "seconds": s.seconds,
                "parameters": s.parameters,
                "on": (s.dataset, s.split, s.part, s.n),
            }
            for s in scores
        ]
    )
    if table.empty:
        raise ValueError("scores is empty: give the results of evaluate(...)")
    if table["on"].nunique() > 1:
        raise ValueError(f"scores come from different ratings: {sorted(table['on'].unique())}")
    results.keep(scores)
    groups = table.drop(columns="on").groupby("model")
    mean = groups.mean()
    mean.insert(1, "± seeds", groups["RMSE"].std())
    mean.insert(4, "seeds", groups.size())
    mean["parameters"] = mean["parameters"].astype(float).round().astype("Int64")
    return mean.sort_values("RMSE").round(4)


@dataclass(frozen=True)
class SeenFromGroup:
    """A model of everybody, asked by the user numbers of a group's split (see :func:`only`)."""

    predictor: Predictor
    everybody: Split
    group: Split

    def predict(self, users, movies) -> np.ndarray:
        """Predicted stars of each pair, shape (n_pairs,); ``users`` are the group's indices."""
        ids = self.group.user_ids[np.asarray(users)]
        return self.predictor.predict(self.everybody.user_index(ids), np.asarray(movies))
