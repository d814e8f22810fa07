"""What a dataset says about its users and movies: 30 features, groups of users, genres.

MovieLens-100K and 1M publish gender, age and occupation; later sets do not, and
:func:`with_people` says so. Codes never stand alone here: a column carries its label.
"""

import numpy as np
import pandas as pd

from course_utils.data.archives import AGE_GROUPS
from course_utils.data.movielens import MovieLens, load_movielens
from course_utils.data.splits import Split

KINDS = ("gender", "age_group", "occupation")


def with_people(data: MovieLens) -> MovieLens:
    """The dataset if it describes its users; else MovieLens-100K, and a sentence that says so."""
    if data.users is not None:
        return data
    print(
        f"{data.name} says nothing about its users: GroupLens stopped publishing gender, age and "
        "occupation after ml-1m. This half of the lesson goes on with ml-100k."
    )
    return load_movielens("ml-100k")


def one_hot(users: pd.DataFrame) -> pd.DataFrame:
    """Gender (2), age group (7), occupation (21) as 0 and 1: a line a user, 30 labelled columns.

    users: as in ``MovieLens.users``. Columns are named "gender: F", "age_group: 25-34" and so on,
    in the order of the 2021 project's. The index is user_id.
    """
    people = users.set_index("user_id")[list(KINDS)]
    return pd.get_dummies(people, prefix_sep=": ", dtype="float32")


def features(users: pd.DataFrame, split: Split) -> np.ndarray:
    """:func:`one_hot` in the order of ``split.user_ids``, float32 of shape (n_users, 30)."""
    table = one_hot(users)
    unknown = np.setdiff1d(split.user_ids, table.index)
    if len(unknown):
        raise ValueError(f"users lacks user id {unknown[0]}, which has ratings in the split")
    return table.loc[split.user_ids].to_numpy()


def members(users: pd.DataFrame, **labels: str) -> np.ndarray:
    """User ids of all who carry these labels: ``members(users, gender="M", age_group="18-24")``."""
    chosen = np.ones(len(users), bool)
    for kind, label in labels.items():
        if kind not in KINDS:
            raise ValueError(f"{kind!r} is no label of a user: use {', '.join(KINDS)}")
        known = users[kind].unique()
        if label not in known:
            raise ValueError(
                f"{kind}={label!r}: nobody carries it; known: {', '.join(sorted(known))}"
            )
        chosen &= (users[kind] == label).to_numpy()
    return np.sort(users.loc[chosen, "user_id"].to_numpy())


def only(split: Split, user_ids: np.ndarray) -> Split:
    """The same split with these users' ratings alone, users numbered anew, movies as before.

    Train, validation and test keep their ratings, so a model of the group and a model of everybody
    (see :class:`SeenFromGroup`) can be scored on the same ones.
    """
    old = split.user_index(np.unique(user_ids))
    new = np.full(split.n_users, -1, "int32")
    new[old] = np.arange(len(old))

    def mine(part: pd.DataFrame) -> pd.DataFrame:
        user = new[part["user"]]
        return part.assign(user=user)[user >= 0].reset_index(drop=True)

    return Split(
        name=split.name,
        dataset=split.dataset,
        train=mine(split.train),
        validation=mine(split.validation),
        test=mine(split.test),
        user_ids=split.user_ids[old],
        movie_ids=split.movie_ids,
        rating_scale=split.rating_scale,
    )


def like(split: Split, user_ids: np.ndarray, seed: int = 0, strata: int = 40) -> np.ndarray:
    """As many random users with about as many training ratings each: what a group is held against.

    All users are sorted by their number of ratings (equals in random order) and cut into
    ``strata``; from each, as many are drawn as it has members of the group. Members may be drawn
    too. Returns sorted user ids.
    """
    rng, n = np.random.default_rng(seed), split.n_users
    count = np.bincount(split.train["user"], minlength=n)
    place = np.lexsort((rng.random(n), count)).argsort()
    stratum = place * strata // n
    wanted = np.bincount(stratum[split.user_index(np.unique(user_ids))])
    drawn = [rng.choice(np.flatnonzero(stratum == s), n, False) for s, n in enumerate(wanted)]
    return np.sort(split.user_ids[np.concatenate(drawn)])


# ------------------------------------------------------------------------ counts behind figures
def users_of(data: MovieLens) -> pd.DataFrame:
    """The users table; where a dataset has none, an empty one, and a sentence that says so."""
    if data.users is not None:
        return data.users
    print(
        f"{data.name} says nothing about its users: GroupLens stopped publishing gender, age and "
        "occupation after ml-1m. The cells of this section run, and their figures stay away."
    )
    columns = ("user_id", "gender", "age", "age_group", "occupation", "zip_code")
    nobody = pd.DataFrame({column: pd.Series(dtype=object) for column in columns})
    groups = pd.CategoricalDtype(AGE_GROUPS, ordered=True)
    return nobody.astype({"user_id": "int32", "age": "int32", "age_group": groups})
