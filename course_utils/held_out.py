"""Users whom no model has seen: train on others, read most of their history, find what came next.

The literature calls this *strong generalisation* (Liang et al., WWW 2018). Here: a tenth of the
users is held out for validation and a tenth for test. Of each held-out user, the last fifth of the
movies they liked is hidden (or, as in that paper, a random fifth). A model reads what is left and
ranks every movie the user has not seen.
"""

import re
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from course_utils.data.held_out import HeldOutUsers
from course_utils.data.splits import Split
from course_utils.protocol import metrics
from course_utils.protocol.results import peak_memory_mb, versions


@dataclass(frozen=True)
class Ranking:
    """Top lists of all users with a relevant movie. Shares between 0 and 1; novelty in bits.

    by_user: ``hit``, ``recall`` and ``ndcg`` of each user. lists: (n_users, k) movie indices, -1
    where nothing is left.
    """

    coverage: float
    novelty: float
    by_user: pd.DataFrame = field(repr=False)
    lists: np.ndarray = field(repr=False)

    @property
    def ndcg(self) -> float:
        return float(self.by_user["ndcg"].mean())

    @property
    def hit_rate(self) -> float:
        return float(self.by_user["hit"].mean())

    def metrics(self) -> dict[str, float]:
        """The numbers under the names that result rows use, NDCG with its 95 % interval."""
        low, high = metrics.mean_interval(self.by_user["ndcg"])
        return {
            "hit_rate": self.hit_rate,
            "ndcg": self.ndcg,
            "ndcg_low": low,
            "ndcg_high": high,
            "coverage": self.coverage,
            "novelty": self.novelty,
            "n_users": len(self.by_user),
        }


@dataclass(frozen=True, kw_only=True)
class ListScores(Ranking):
    """Top lists of held-out users, scored, and whose they are."""

    model: str
    dataset: str
    split: str
    part: str
    seed: int = 0
    seconds: float | None = None

    def interval(self, metric: str) -> tuple[float, float]:
        """95 % interval of the mean of "hit", "recall" or "ndcg", users redrawn."""
        return metrics.mean_interval(self.by_user[metric])

    def row(self, lesson: str, *, against: "ListScores | None" = None, **settings) -> dict:
        """A row for :func:`course_utils.protocol.results.record`.

        against: adds the paired differences to that model as ``hit_rate_gain``, ``ndcg_gain`` and
        their intervals.
        """
        numbers = {"coverage": self.coverage, "novelty": self.novelty, "n_users": len(self.by_user)}
        for name, metric in (("hit_rate", "hit"), ("ndcg", "ndcg"), ("recall", "recall")):
            numbers[name] = float(self.by_user[metric].mean())
            numbers[f"{name}_low"], numbers[f"{name}_high"] = self.interval(metric)
            if against is not None:
                gain = difference(self, against, metric)
                ends = (f"{name}_gain", f"{name}_gain_low", f"{name}_gain_high")
                numbers |= dict(zip(ends, gain, strict=True))
        return {
            "lesson": lesson,
            "model": re.sub(r"[^\w-]+", "_", self.model).strip("_"),
            "split": self.split if self.part == "test" else f"{self.split}-{self.part}",
            "seed": self.seed,
            "metrics": numbers,
            "seconds": self.seconds,
            "peak_mb": peak_memory_mb(),
            "versions": versions(),
            "settings": settings,
        }


def score_lists(
    scores: np.ndarray,
    people: HeldOutUsers,
    split: Split,
    *,
    model: str,
    k: int = 10,
    seed: int = 0,
    seconds: float | None = None,
) -> ListScores:
    """Rank all movies by ``scores``, leave out what each user has seen, score the first ``k``.

    scores: (n_users, n_movies), or (n_movies,) if all users get the same; -inf for a movie the
    model does not know. seed, seconds: of the model, for the record.
    """
    scores = np.broadcast_to(np.asarray(scores, float), people.seen.shape)
    lists = metrics.top_k(scores, people.seen, k)
    known = np.bincount(split.train["movie"], minlength=split.n_movies)
    return ListScores(
        model=model,
        dataset=split.dataset,
        split=split.name,
        part=people.part,
        coverage=metrics.coverage(lists, split.n_movies),
        novelty=metrics.novelty(lists, known / split.train["user"].nunique()),
        by_user=metrics.ranking_by_user(lists, people.hidden),
        lists=lists,
        seed=seed,
        seconds=seconds,
    )


def difference(a: ListScores, b: ListScores, metric: str = "ndcg") -> tuple[float, float, float]:
    """Mean of a minus mean of b on the same users, with its 95 % interval."""
    if (a.dataset, a.split, a.part) != (b.dataset, b.split, b.part) or not a.by_user.index.equals(
        b.by_user.index
    ):
        raise ValueError(f"{a.model} and {b.model} were scored on different users")
    gaps = a.by_user[metric] - b.by_user[metric]
    return (float(gaps.mean()), *metrics.mean_interval(gaps))


def list_table(scores: list[ListScores]) -> pd.DataFrame:
    """One line a model, best NDCG first."""
    table = pd.DataFrame(
        {
            "model": [s.model for s in scores],
            "NDCG@10": [s.ndcg for s in scores],
            "HR@10": [s.hit_rate for s in scores],
            "coverage": [s.coverage for s in scores],
            "novelty (bits)": [s.novelty for s in scores],
        }
    )
    return table.set_index("model").sort_values("NDCG@10", ascending=False).round(3)
