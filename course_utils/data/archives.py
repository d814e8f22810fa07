"""How MovieLens comes to this machine: archives, their layouts and checksums, mirrors, the cache.

Nothing here is about recommenders; :mod:`course_utils.data.movielens` is what lessons use.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import warnings
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from itertools import compress
from pathlib import Path, PurePosixPath
from typing import NamedTuple
from uuid import uuid4

import numpy as np
import pandas as pd

GROUPLENS = "https://files.grouplens.org/datasets/movielens"
HUGGING_FACE = "https://huggingface.co/datasets/Recommenders/MovieLens/resolve/main"
CACHE_FORMAT = 1  # raise it when the tables change: older caches are then rebuilt

# fmt: off
GENRES_100K = (
    "Action", "Adventure", "Animation", "Children's", "Comedy", "Crime", "Documentary", "Drama",
    "Fantasy", "Film-Noir", "Horror", "Musical", "Mystery", "Romance", "Sci-Fi", "Thriller",
    "War", "Western",
)
OCCUPATIONS_1M = (
    "other", "academic/educator", "artist", "clerical/admin", "college/grad student",
    "customer service", "doctor/health care", "executive/managerial", "farmer", "homemaker",
    "K-12 student", "lawyer", "programmer", "retired", "sales/marketing", "scientist",
    "self-employed", "technician/engineer", "tradesman/craftsman", "unemployed", "writer",
)
# fmt: on
AGE_GROUPS = ("Under 18", "18-24", "25-34", "35-44", "45-49", "50-55", "56+")
AGE_BOUNDS = (0, 18, 25, 35, 45, 50, 56, np.inf)


class DataError(RuntimeError):
    """A dataset cannot be had or trusted; the message names the file and the remedy."""


class DataNotice(UserWarning):
    """The data is fine to use, but something about it or its cache is worth knowing."""


class Tables(NamedTuple):
    """What an archive or the cache holds, in the form that ``MovieLens`` describes."""

    ratings: pd.DataFrame
    movies: pd.DataFrame
    users: pd.DataFrame | None
    source: str
    verified: str


@dataclass(frozen=True)
class Member:
    """One text table inside an archive."""

    file: str
    separator: str
    columns: tuple[str, ...]
    header: str = ""
    encoding: str = "utf-8"


@dataclass(frozen=True)
class Layout:
    ratings: Member
    movies: Member
    users: Member | None = None


@dataclass(frozen=True)
class Archive:
    """What GroupLens published under one name; counts are (ratings, users, rated movies)."""

    layout: Layout
    checksum: str | None
    counts: tuple[int, int, int] | None = None
    mean_rating: float | None = None
    lowest: float = 0.5  # also the step between ratings
    mirrored: bool = False


_RATING = ("user_id", "movie_id", "rating", "timestamp")
_MOVIE = ("movie_id", "title", "genres")
_USER = ("user_id", "age", "gender", "occupation", "zip_code")
_ITEM = ("movie_id", "title", "released", "video", "url", "unknown", *GENRES_100K)
_100K = Layout(
    Member("u.data", "\t", _RATING),
    Member("u.item", "|", _ITEM, encoding="latin-1"),
    Member("u.user", "|", _USER),
)
_10M = Layout(Member("ratings.dat", "::", _RATING), Member("movies.dat", "::", _MOVIE))
_1M = Layout(
    _10M.ratings,
    replace(_10M.movies, encoding="latin-1"),
    Member("users.dat", "::", ("user_id", "gender", "age", "occupation", "zip_code")),
)
_CSV = Layout(
    Member("ratings.csv", ",", _RATING, "userId,movieId,rating,timestamp"),
    Member("movies.csv", ",", _MOVIE, "movieId,title,genres"),
)
_RECBOLE = Layout(
    Member("ml-100k.inter", "\t", _RATING, "user_id:token\titem_id:token"),
    Member("ml-100k.item", "\t", ("movie_id", "title", "year", "genres"), "item_id:token"),
    Member("ml-100k.user", "\t", _USER, "user_id:token\tage:token"),
)

# fmt: off
ARCHIVES = {
    "ml-100k": Archive(
        _100K, "sha256:50d2a982c66986937beb9ffb3aa76efe955bf3d5c6b761f4e3a7cd717c6a3229",
        (100_000, 943, 1_682), 3.52986, lowest=1.0, mirrored=True),
    "ml-1m": Archive(
        _1M, "sha256:a6898adb50b9ca05aa231689da44c217cb524e7ebd39d264c56e2832f2c54e20",
        (1_000_209, 6_040, 3_706), 3.581564, lowest=1.0, mirrored=True),
    "ml-10m": Archive(
        _10M, "sha256:813c411ccb6122564edfe752e7f80c4dcc5aa25fa94c93622f6877a7ba252862",
        (10_000_054, 69_878, 10_677), mirrored=True),
    "ml-20m": Archive(
        _CSV, "sha256:96f243c338a8665f6bcc89c53edf6ee39162a846940de6b7c8c48aeada765ff3",
        (20_000_263, 138_493, 26_744), mirrored=True),
    "ml-25m": Archive(
        _CSV, "md5:6b51fb2759a8657d3bfcbfc42b592ada", (25_000_095, 162_541, 59_047)),
    "ml-32m": Archive(
        _CSV, "md5:d472be332d4daa821edc399621853b57", (32_000_204, 200_948, 84_432)),
    "ml-latest-small": Archive(_CSV, None),  # GroupLens replaces it from time to time
}
# fmt: on
# (ratings, users, rated movies) of those published so far: a file of none of them may be cut short.
EDITIONS = {(100_836, 610, 9_724): "2018", (100_004, 671, 9_066): "2016"}
WHEEL = "recbole==1.2.1"
WHEEL_CHECKSUM = "sha256:9c9948202011f37eb0a7c6768129313f00d6403ad221ec940d5e2d5d5f33a407"


def cache_folder(cache_dir: str | Path | None = None) -> Path:
    """The folder of the parquet caches: the argument, else COURSE_CACHE, else the platform's."""
    import pooch

    return Path(cache_dir or _set_to("COURSE_CACHE") or pooch.os_cache("course-utils")).expanduser()


def _set_to(variable: str) -> str:
    """An environment variable without the quotes and blanks that ``set X="…" `` leaves in it."""
    return os.environ.get(variable, "").strip().strip("\"'").strip()


# Sources: each puts one archive on disk, or says why it cannot.


def read_source(name: str, progress: bool) -> Tables:
    """The tables from the first source that works; DataError lists why each of them failed."""
    failures: dict[str, str] = {}
    for source, fetch, archive in _sources(name):
        try:
            with tempfile.TemporaryDirectory(prefix="movielens-") as scratch:
                path = fetch(Path(scratch), progress)
                found = _read_archive(path, archive, source)
        except (DataError, OSError) as error:  # OSError: the disk's, and all of requests' errors
            failures[source] = _reason(error)
            continue
        if found.verified == "counts":
            _notice(
                f"{path.name} in MOVIELENS_HOME is not GroupLens' own file (its checksum differs). "
                "Its numbers of ratings, users and movies are right, so it is used; nothing "
                "vouches for its timestamps."
            )
        at_home = failures.get("MOVIELENS_HOME", "not set")
        if at_home != "not set":
            _notice(f"{name} comes from {source}, because MOVIELENS_HOME failed: {at_home}")
        return found
    tried = "\n".join(f"  {source}: {reason}" for source, reason in failures.items())
    raise DataError(
        f"{name} could not be loaded. It is not in the cache, and these failed, in this order:\n"
        f"{tried}\nWhat to do: download {name}.zip in a browser from "
        "https://grouplens.org/datasets/movielens/, put it into a folder, set the environment "
        "variable MOVIELENS_HOME to that folder, and load again."
    )


def _sources(name: str) -> Iterator[tuple[str, Callable[[Path, bool], Path], Archive]]:
    archive = ARCHIVES[name]
    yield "MOVIELENS_HOME", partial(_find, name), archive
    yield "files.grouplens.org", partial(_download, f"{GROUPLENS}/{name}.zip"), archive
    if archive.mirrored:
        yield "huggingface.co", partial(_download, f"{HUGGING_FACE}/{name}.zip"), archive
    if name == "ml-100k":
        yield WHEEL, _pip_download, replace(archive, layout=_RECBOLE, checksum=WHEEL_CHECKSUM)


def _find(name: str, scratch: Path, progress: bool) -> Path:
    """What MOVIELENS_HOME holds of a dataset: a zip, or what a browser made of it.

    Safari unpacks what it downloads, and a second download is called "ml-1m (1).zip".
    """
    if not (setting := _set_to("MOVIELENS_HOME")):
        raise DataError("not set")
    home = Path(setting).expanduser()
    if home.is_file() and home.name.startswith(name):
        return home
    if (path := home / f"{name}.zip").is_file():
        return path
    needed = ARCHIVES[name].layout.ratings.file
    if copies := [p for p in _here(home) if re.fullmatch(rf"{name}[ ._(-].*\.zip", p.name)]:
        return max(copies, key=lambda path: path.stat().st_mtime)  # the newest download
    # A folder of another name may be any dataset; only counts can tell.
    named = [p for p in (home, *_here(home)) if p.name.startswith(name)]
    for folder in (*named, *([home] if ARCHIVES[name].counts else [])):
        if (folder / needed).is_file():
            return _packed(folder, name, scratch)
    there = ", ".join(p.name for p in _here(home)[:8]) or "nothing"
    if not home.exists():
        raise DataError(f"no {name}.zip in {home}, which does not exist")
    raise DataError(
        f"no {name}.zip in {home}; there is: {there}. Put the downloaded zip there, or the "
        f"folder {name} that it was unpacked to"
    )


def _here(folder: Path) -> list[Path]:
    return sorted(folder.iterdir()) if folder.is_dir() else []


def _packed(folder: Path, name: str, scratch: Path) -> Path:
    """A folder's tables as a zip, which is what all else here reads."""
    layout, path = ARCHIVES[name].layout, scratch / f"{name}.zip"
    with zipfile.ZipFile(path, "w") as bundle:
        for member in (layout.ratings, layout.movies, layout.users):
            if member is not None and (folder / member.file).is_file():
                bundle.write(folder / member.file, f"{name}/{member.file}")
    return path


def _download(url: str, scratch: Path, progress: bool) -> Path:
    import pooch

    path = scratch / url.rsplit("/", 1)[1]
    # Seconds to connect, and between two pieces: a blocked network fails soon.
    fetch = pooch.HTTPDownloader(progressbar=progress, chunk_size=2**16, timeout=(10, 30))
    fetch(url, str(path), None)
    return path


def _pip_download(scratch: Path, progress: bool) -> Path:
    options = "--no-deps --only-binary=:all: --no-input --quiet --retries=1 --timeout=10"
    command = [sys.executable, "-m", "pip", "download", *options.split(), "--dest", str(scratch)]
    try:
        done = subprocess.run([*command, WHEEL], capture_output=True, text=True, timeout=120)
    except subprocess.TimeoutExpired as error:
        raise DataError("pip gave up after 120 seconds") from error
    wheels = list(scratch.glob("*.whl"))
    if done.returncode or not wheels:
        lines = done.stderr.strip().splitlines() or ["no wheel came"]
        raise DataError(f"pip download failed: {lines[-1]}")
    return wheels[0]


def _reason(error: Exception) -> str:
    """One line a learner can act on; requests' own messages nest three errors deep."""
    import requests

    if isinstance(error, requests.HTTPError) and error.response is not None:
        return f"the server answered {error.response.status_code}"
    reasons = {
        requests.exceptions.SSLError: "its certificate cannot be verified (it may have expired)",
        requests.Timeout: "the server did not answer in time",
        requests.exceptions.ChunkedEncodingError: "the download broke off before its end",
        requests.RequestException: "no connection (offline, or behind a firewall?)",
    }
    return next((text for kind, text in reasons.items() if isinstance(error, kind)), str(error))


# Archives: verify, read, check.


def _read_archive(path: Path, archive: Archive, source: str) -> Tables:
    layout = archive.layout
    try:
        with zipfile.ZipFile(path) as bundle:
            verified = _verify_file(path, archive, source)
            ratings = _read_member(bundle, layout.ratings)
            movies = _read_member(bundle, layout.movies)
            users = _read_member(bundle, layout.users) if layout.users else None
    except DataError:
        raise
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError) as error:  # Runtime: encrypted
        with path.open("rb") as file:
            html = b"<html" in file.read(2000).lower()
        kind = (
            "a web page, not a zip archive"
            if html
            else f"a damaged or incomplete zip archive ({error})"
        )
        raise DataError(f"{path.name} is {kind}: download it again") from error
    _check_ratings(ratings, archive)
    ratings = _in_seconds(ratings)
    movies = _tidy_movies(movies)
    _check_ids(ratings, "movie_id", movies, layout.movies.file)
    if users is not None and layout.users is not None:
        users = _tidy_users(users)
        _check_ids(ratings, "user_id", users, layout.users.file)
    if verified == "counts":
        _check_counts(ratings, archive, path.name)
    if archive.checksum is None:
        _check_edition(ratings, path.name)
    return Tables(ratings, movies, users, source, verified)


def _verify_file(path: Path, archive: Archive, source: str) -> str:
    """Only the user's own file may differ from the published one, if its counts are right."""
    import pooch

    if archive.checksum is None:
        return "structure"
    algorithm, expected = archive.checksum.split(":")
    if pooch.file_hash(str(path), alg=algorithm) == expected:
        return "checksum"
    if source != "MOVIELENS_HOME":
        raise DataError(f"{path.name} is not the published file: its {algorithm} differs")
    return "counts"


def _read_member(bundle: zipfile.ZipFile, member: Member) -> pd.DataFrame:
    """One table, by pyarrow's CSV reader; every line must have every field, of the right type."""
    import pyarrow as pa
    from pyarrow import csv

    archive = Path(str(bundle.filename)).name
    raw = _text(bundle.read(_member_file(bundle, member.file)), f"{archive}, {member.file}")
    if not raw.startswith(member.header.encode()):
        found = raw.split(b"\n", 1)[0].decode()[:80].strip()
        raise DataError(
            f"{archive}, {member.file}, line 1: expected {member.header!r}, found {found!r}"
        )
    separator = member.separator
    if len(separator) > 1:  # fast readers split at one character: take one that no title holds
        raw, separator = raw.replace(separator.encode(), b"\x1f"), "\x1f"
    numbers = {"rating": pa.float32(), "timestamp": pa.int64()}
    numbers |= dict.fromkeys(("user_id", "movie_id", "age"), pa.int32())
    types = {column: numbers.get(column, pa.string()) for column in member.columns}
    parsing = csv.ParseOptions(delimiter=separator, quote_char='"' if separator == "," else False)
    converting = csv.ConvertOptions(column_types=types, null_values=[])
    reading = csv.ReadOptions(column_names=member.columns, skip_rows=bool(member.header))
    for threads in (True, False):  # again in one thread, which alone knows a bad line's number
        reading.use_threads = threads
        try:
            return csv.read_csv(pa.BufferReader(raw), reading, parsing, converting).to_pandas()
        except pa.ArrowInvalid as error:
            failure = str(error).replace("\x1f", member.separator)
    line = re.search(r"Row #(\d+): (.*)", failure, re.DOTALL)
    where = f", line {line[1]}: {line[2]}" if line else f": {failure}"
    raise DataError(
        f"{archive}, {member.file}{where}. The published file has no such line: download it again, "
        "or undo what was changed in it"
    )


def _member_file(bundle: zipfile.ZipFile, name: str) -> str:
    """The path of a table inside an archive; of several the one in the fewest folders."""
    archive = Path(str(bundle.filename)).name
    files = [PurePosixPath(file) for file in bundle.namelist()]
    files = sorted((f for f in files if f.name == name), key=lambda file: len(file.parts))
    if not files:
        raise DataError(f"{archive} has no {name}: it is another dataset, or incomplete")
    if len(files) > 1 and len(files[0].parts) == len(files[1].parts):
        raise DataError(f"{archive} has {files[0]} and {files[1]}: take one of them out")
    return str(files[0])


def _text(raw: bytes, where: str) -> bytes:
    """Any text as UTF-8 without a byte order mark.

    UTF-8 is tried first, for the published Latin-1 files are not valid UTF-8: so the two cannot be
    mistaken for each other, and a file that was saved again as UTF-8 keeps its titles.
    """
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return raw.decode("utf-16").encode()
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("latin-1").encode()
    if "\ufffd" in text:
        _notice(f"{where} holds characters that were lost when it was saved (\ufffd)")
    return text.encode()


def _tidy_movies(movies: pd.DataFrame) -> pd.DataFrame:
    """Every layout's movies as movie_id, title, year, genres."""
    titles, genres = movies["title"], movies.get("genres")
    if "year" in movies:  # RecBole cut titles at the last bracket, and misspelt "unknown"
        titles = (titles + " (" + movies["year"] + ")").replace("unkonwn (unkonwn)", "unknown")
        genres = genres.str.replace(" ", "|")
    if genres is None:
        flags = movies[list(GENRES_100K)].to_numpy() == "1"
        genres = pd.Series(["|".join(compress(GENRES_100K, row)) for row in flags])
    genres = genres.replace({"unknown": "", "(no genres listed)": ""})
    # "(1995)", a series' "(2006–2009)" or "(2009– )", and once "(1995) (V)", a video
    year = r"^(?P<title>.+?)\s*\((?P<year>\d{4})(?:[-–]\s*\d{0,4})?\s*\)\s*(?:\(V\))?\s*$"
    parts = titles.str.extract(year)
    return pd.DataFrame(
        {
            "movie_id": movies["movie_id"],
            "title": parts["title"].fillna(titles.str.strip()),
            "year": pd.to_numeric(parts["year"]).astype("Int16"),
            "genres": genres,
        }
    )


def _tidy_users(users: pd.DataFrame) -> pd.DataFrame:
    """Every layout's users as user_id, gender, age, age_group, occupation, zip_code."""
    groups = pd.cut(users["age"], AGE_BOUNDS, right=False, labels=AGE_GROUPS)
    codes = {str(code): label for code, label in enumerate(OCCUPATIONS_1M)}
    users = users.assign(age_group=groups, occupation=users["occupation"].replace(codes))
    return users[["user_id", "gender", "age", "age_group", "occupation", "zip_code"]]


def _check_ratings(ratings: pd.DataFrame, archive: Archive) -> None:
    """On the scale, on its steps, and at most one by a user of a movie."""
    file, first = archive.layout.ratings.file, 1 + bool(archive.layout.ratings.header)
    if ratings.empty:
        raise DataError(f"{file} holds no ratings: download it again")
    stars, step = ratings["rating"].to_numpy(), archive.lowest
    good = (stars >= step) & (stars <= 5) & (stars % step == 0)  # nan is not good either
    if not good.all():
        at = int(np.argmin(good))
        scale = f"{step:g} to 5 stars in steps of {step:g}"
        raise DataError(f"{file}, line {at + first}: rating {stars[at]:g} is not on {scale}")
    for column in ("user_id", "movie_id"):
        if (lowest := ratings[column].min()) < 0:
            at = int(ratings[column].argmin()) + first
            raise DataError(f"{file}, line {at}: {column} {lowest} is negative, ids count from 0")
    pairs = ratings["user_id"].to_numpy().astype(np.int64) << 32 | ratings["movie_id"].to_numpy()
    ordered = np.sort(pairs)
    twice = ordered[1:][ordered[1:] == ordered[:-1]]
    if len(twice):
        lines = np.flatnonzero(pairs == twice[0])[:2] + first
        user, movie = twice[0] >> 32, twice[0] & 0xFFFFFFFF
        where = f"{file}, lines {lines[0]} and {lines[1]}"
        raise DataError(
            f"{where}: user {user} rates movie {movie} twice; delete one of the two lines"
        )


def _in_seconds(ratings: pd.DataFrame) -> pd.DataFrame:
    """Times in milliseconds, as JavaScript writes them, become seconds, with a notice."""
    if ratings["timestamp"].median() < 1e11:  # seconds reach that in the year 5138
        return ratings
    _notice("the timestamps are in milliseconds: they are divided by 1,000")
    return ratings.assign(timestamp=ratings["timestamp"] // 1000)


def _check_ids(ratings: pd.DataFrame, column: str, table: pd.DataFrame, file: str) -> None:
    """Ids are unique in their own table, and every rating's id is listed there."""
    known = pd.Index(table[column])
    if not known.is_unique:
        raise DataError(f"{file} lists {column} {known[known.duplicated()][0]} twice")
    unknown = pd.Index(ratings[column].unique()).difference(known)
    if len(unknown):
        raise DataError(f"{file} lacks {column} {unknown[0]}, which has ratings")


def _counts(ratings: pd.DataFrame) -> tuple[int, int, int]:
    return len(ratings), ratings["user_id"].nunique(), ratings["movie_id"].nunique()


def _check_edition(ratings: pd.DataFrame, file: str) -> None:
    """Of a set that is replaced from time to time: is it one of those known?"""
    numbers = "{:,} ratings, {:,} users and {:,} movies"
    found = _counts(ratings)
    if EDITIONS and found not in EDITIONS:
        known = "; ".join(f"{year}: {numbers.format(*of)}" for of, year in EDITIONS.items())
        _notice(
            f"{file} has {numbers.format(*found)}, as no edition known here ({known}): it is a "
            "newer one, or not whole"
        )


def _check_counts(ratings: pd.DataFrame, archive: Archive, file: str) -> None:
    found = _counts(ratings)
    if archive.counts and found != archive.counts:
        numbers = "{:,} ratings, {:,} users and {:,} movies"
        have, want = numbers.format(*found), numbers.format(*archive.counts)
        raise DataError(f"{file} has {have}, not {want}: download it again")
    mean = ratings["rating"].to_numpy().mean(dtype=np.float64)
    if archive.mean_rating and abs(mean - archive.mean_rating) > 1e-5:
        raise DataError(f"{file} has mean rating {mean:.5f}, not {archive.mean_rating:.5f}")


# Cache: a folder that appears whole, by one rename.


def read_cache(folder: Path) -> Tables | None:
    """The cached tables; None where there is none, or a damaged one (which is then removed)."""
    import pyarrow as pa

    if not folder.exists():
        return None
    try:
        stamp = json.loads((folder / "stamp.json").read_text())
        if stamp["format"] == CACHE_FORMAT:
            read = partial(pd.read_parquet, engine="pyarrow", page_checksum_verification=True)
            tables = {table: read(folder / f"{table}.parquet") for table in stamp["rows"]}
            if {table: len(rows) for table, rows in tables.items()} != stamp["rows"]:
                raise ValueError("its tables have other numbers of rows than it says")
            found = (tables["ratings"], tables["movies"], tables.get("users"))
            return Tables(*found, "cache", stamp["verified"])
    except PermissionError as error:
        _notice(
            f"The cache {folder} cannot be read ({error.strerror}): it may be another user's. It "
            "stays as it is; set COURSE_CACHE to a folder of your own."
        )
        return None
    except (OSError, ValueError, KeyError, TypeError, pa.ArrowException) as error:
        _notice(
            f"The cache {folder} is damaged ({error}); it is removed and built again. "
            "Should this message come back, delete that folder."
        )
    shutil.rmtree(folder, ignore_errors=True)
    return None


def write_cache(found: Tables, folder: Path, *, anew: bool = False) -> None:
    """Write beside, then rename: readers see a whole cache or none, and the first writer wins.

    anew: an older cache gives way.
    """
    tables = {"ratings": found.ratings, "movies": found.movies}
    if found.users is not None:
        tables["users"] = found.users
    rows = {table: len(frame) for table, frame in tables.items()}
    stamp = {"format": CACHE_FORMAT, "verified": found.verified, "rows": rows}
    scratch = folder.with_name(f".{folder.name}-{uuid4().hex}")
    try:
        scratch.mkdir(parents=True)
        for table, frame in tables.items():
            file = scratch / f"{table}.parquet"
            frame.to_parquet(file, engine="pyarrow", write_page_checksum=True)
        (scratch / "stamp.json").write_text(json.dumps(stamp))
        if anew:
            shutil.rmtree(folder, ignore_errors=True)
        scratch.rename(folder)
    except OSError as error:
        if anew or not folder.exists():
            _notice(
                f"{folder.name} could not be cached in {folder.parent} ({error}), so the next load "
                "starts anew. Make room there, or set COURSE_CACHE to a folder you can write to."
            )
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _notice(text: str) -> None:
    warnings.warn(text, DataNotice, stacklevel=4)
