"""Loading MovieLens: seven datasets, one set of tables, each archive verified before it is used.

GroupLens' licences forbid passing the older sets on, so the course ships none. ``load_movielens``
takes the first source that works:

1. its own parquet cache (``COURSE_CACHE``, or the platform's cache folder);
2. ``MOVIELENS_HOME``, a folder holding ``<name>.zip``;
3. GroupLens over HTTPS (certificate checks stay on, although its certificate sometimes expires);
4. byte-identical copies on Hugging Face (ml-100k, ml-1m, ml-10m, ml-20m);
5. ml-100k only: the example data in the wheel of RecBole 1.2.1, for networks that reach nothing
   but a package index. Its tables equal the archive's, row by row.

Source: F. M. Harper and J. A. Konstan, "The MovieLens Datasets: History and Context", ACM TiiS
5(4), 2015. Cite it, and keep to the README inside the archive, when you use the data.
"""

from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

import pandas as pd

from course_utils.data.archives import (
    ARCHIVES,
    DataError,
    cache_folder,
    read_cache,
    read_source,
    write_cache,
)


@dataclass(frozen=True, eq=False, repr=False)
class MovieLens:
    """One MovieLens dataset.

    ``ratings``: user_id and movie_id (int32), rating (float32, stars), timestamp (int64, seconds
    since 1970 UTC), in the archive's order.
    ``movies``: movie_id (int32), title (as archived, without the year: "Usual Suspects, The"), year
    (Int16, ``<NA>`` where unknown), genres ("Animation|Children's|Comedy", "" where none).
    ``users``: user_id (int32), gender ("F", "M"), age (int32; years in ml-100k, the lower end of
    the age group in ml-1m), age_group (ordered), occupation, zip_code; None in later datasets.
    ``rating_scale``: lowest and highest rating possible, in stars.
    ``source``: where this call found the data, "cache" or a host, say.
    ``verified``: "checksum" (GroupLens' own file), "counts" (a repacked file whose numbers of
    ratings, users and movies are right) or "structure" (nothing published to compare with).
    """

    name: str
    ratings: pd.DataFrame
    movies: pd.DataFrame
    users: pd.DataFrame | None
    rating_scale: tuple[float, float]
    source: str = "memory"
    verified: str = "structure"

    def __repr__(self) -> str:
        users, movies = self.ratings["user_id"].nunique(), self.ratings["movie_id"].nunique()
        low, high = self.rating_scale
        return (
            f"MovieLens {self.name}: {len(self.ratings):,} ratings of {movies:,} movies "
            f"by {users:,} users, {low:g} to {high:g} stars (from {self.source})"
        )


def load_movielens(
    name: str = "ml-100k",
    *,
    cache_dir: str | Path | None = None,
    progress: bool = True,
    refresh: bool = False,
) -> MovieLens:
    """Load a MovieLens dataset, from the first source that works (see the module's docstring).

    ``name``: a key of ``ARCHIVES``: ml-100k, ml-1m, ml-10m, ml-20m, ml-25m, ml-32m or
    ml-latest-small. ``cache_dir``: where parquet tables are kept (default: ``cache_folder()``);
    the downloaded archive is not kept. ``progress``: show a bar while downloading. ``refresh``:
    leave the cache out and write it anew, for an archive that was replaced.

    Raises ``DataError`` listing every source tried, why it failed and what to do. Warns with
    ``DataNotice`` about a repacked archive, a bad file in ``MOVIELENS_HOME``, a damaged cache
    (which is rebuilt) and a cache that cannot be written (the data is returned all the same).
    """
    if name not in ARCHIVES:
        near = get_close_matches(str(name).lower(), ARCHIVES, n=1, cutoff=0.4)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        raise DataError(f"There is no dataset {name!r}.{hint} Known: {', '.join(ARCHIVES)}.")
    folder = cache_folder(cache_dir) / name
    found = None if refresh else read_cache(folder)
    if found is None:
        found = read_source(name, progress)
        write_cache(found, folder, anew=refresh)
    ratings, movies, users, source, verified = found
    scale = (ARCHIVES[name].lowest, 5.0)
    return MovieLens(name, ratings, movies, users, scale, source, verified)
