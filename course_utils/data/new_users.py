"""New users: whole users taken out, who show their first ratings one by one."""

from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from course_utils.data.splits import Split


@dataclass(frozen=True)
class ColdStart:
    """split: train and validation without the new users, test of nobody else. first: the new
    users' first ratings (user, movie, rating, and ``place`` from 0), which are in no part of it."""

    split: Split
    first: pd.DataFrame = field(repr=False)

    def ratings(self, k: int) -> pd.DataFrame:
        """The first ``k`` ratings of each new user; those for k = 2 contain those for k = 1."""
        return self.first[self.first["place"] < k]


def cold_start(split: Split, *, share: float = 0.2, longest: int = 20, seed: int = 0) -> ColdStart:
    """Make a share of the users new.

    All ratings of a new user are put into random order. The first ``longest`` may be shown to a
    model, the others are test: the same test, however many are shown. A user without more than
    ``longest`` ratings has none in test.
    """
    if not 0 < share < 1:
        raise ValueError(f"share={share}: make more than 0 and less than 1 of the users new")
    rng = np.random.default_rng(seed)
    is_new = np.zeros(split.n_users, bool)
    is_new[rng.permutation(split.n_users)[: max(1, round(share * split.n_users))]] = True
    everything = pd.concat([split.train, split.validation, split.test], ignore_index=True)
    mine = everything[is_new[everything["user"]]]
    mine = mine.iloc[rng.permutation(len(mine))]
    place = mine.groupby("user").cumcount()
    parts = {
        "train": split.train[~is_new[split.train["user"]]],
        "validation": split.validation[~is_new[split.validation["user"]]],
        "test": mine[place >= longest],
    }
    parts = {name: part.reset_index(drop=True) for name, part in parts.items()}
    without = replace(split, name=f"{split.name}-new-users", **parts)
    return ColdStart(without, mine.assign(place=place)[place < longest].reset_index(drop=True))
