"""Loading MovieLens: formats, sources and their order, verification, cache. No network, no data."""

import errno
import hashlib
import io
import multiprocessing
import os
import subprocess
import sys
import warnings
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import requests
from hypothesis import given, settings
from hypothesis import strategies as st

from course_utils.data import archives
from course_utils.data.archives import DataError, DataNotice
from course_utils.data.movielens import load_movielens
from tests.data.movielens_server import TEXTS, serve, write_archive, write_wheel

SMALL = "ml-latest-small"  # the one dataset without a published checksum or counts


@pytest.fixture(autouse=True)
def offline(tmp_path, monkeypatch):
    """Empty cache, no MOVIELENS_HOME, dead servers, no pip; any notice fails the test."""
    monkeypatch.delenv("MOVIELENS_HOME", raising=False)
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr(archives, "GROUPLENS", "http://127.0.0.1:9/grouplens")
    monkeypatch.setattr(archives, "EDITIONS", {})  # the texts below are of no edition
    monkeypatch.setattr(archives, "HUGGING_FACE", "http://127.0.0.1:9/mirror")
    monkeypatch.setattr(archives.subprocess, "run", pip_without_network)
    with warnings.catch_warnings():
        warnings.simplefilter("error", DataNotice)
        yield


@pytest.fixture
def home(tmp_path, monkeypatch):
    folder = tmp_path / "home"
    monkeypatch.setenv("MOVIELENS_HOME", str(folder))
    return folder


@pytest.fixture
def trust(monkeypatch):
    """Call with a file: it becomes the published archive of that dataset."""

    def publish(path: Path, **fields: object) -> None:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        fields = {"checksum": f"sha256:{digest}", "counts": None, "mean_rating": None} | fields
        monkeypatch.setitem(
            archives.ARCHIVES, path.stem, replace(archives.ARCHIVES[path.stem], **fields)
        )

    return publish


def pip_without_network(command, **_):
    return subprocess.CompletedProcess(command, 1, "", "noise\nERROR: No matching distribution")


def cached(tmp_path):
    return sorted(path.name for path in (tmp_path / "cache").glob("*"))


def assert_same(one, other):
    for table in ("ratings", "movies", "users"):
        left, right = getattr(one, table), getattr(other, table)
        if left is None:
            assert right is None
        else:
            pd.testing.assert_frame_equal(left, right)
    assert (one.rating_scale, one.verified) == (other.rating_scale, other.verified)


# Formats


def test_ml_100k(home, trust):
    trust(write_archive(home, "ml-100k"))
    found = load_movielens()
    assert found.ratings.dtypes.astype(str).to_dict() == {
        "user_id": "int32",
        "movie_id": "int32",
        "rating": "float32",
        "timestamp": "int64",
    }
    assert found.ratings.to_numpy().tolist()[0] == [2, 1, 5, 881250949]  # the file's order
    assert found.movies["title"].tolist() == ["Toy Story", "Misérables, Les", "unknown"]
    assert found.movies["year"].dtype == "Int16"
    assert found.movies["year"].tolist() == [1995, 1995, pd.NA]
    assert found.movies["genres"].tolist() == ["Animation|Children's|Comedy", "Drama|Romance", ""]
    assert found.users["age"].tolist() == [24, 56]
    assert found.users["age_group"].tolist() == ["18-24", "56+"]
    assert found.users["occupation"].tolist() == ["technician", "other"]
    assert found.users["zip_code"].tolist() == ["85711", "T8H1N"]
    assert found.rating_scale == (1, 5)
    assert (found.source, found.verified) == ("MOVIELENS_HOME", "checksum")
    assert repr(found) == (
        "MovieLens ml-100k: 3 ratings of 2 movies by 2 users, 1 to 5 stars (from MOVIELENS_HOME)"
    )


def test_ml_1m(home, trust):
    trust(write_archive(home, "ml-1m"))
    found = load_movielens("ml-1m")
    assert found.ratings["movie_id"].tolist() == [2, 1, 2]
    assert found.movies["title"].tolist() == [
        "Associate, The (L'Associé)",
        "Toy Story",
        "Land Before Time III: The Time of the Great Giving",
    ]
    assert found.movies["year"].tolist() == [1982, 1995, 1995]
    assert found.users["gender"].tolist() == ["F", "M"]
    assert found.users["age"].tolist() == [1, 56]
    assert found.users["occupation"].tolist() == ["K-12 student", "other"]
    assert found.users["age_group"].cat.ordered
    assert tuple(found.users["age_group"].cat.categories) == archives.AGE_GROUPS


def test_ml_10m_has_half_stars_quotes_and_utf8(home, trust):
    trust(write_archive(home, "ml-10m"))
    found = load_movielens("ml-10m")
    assert found.users is None
    assert found.ratings["rating"].tolist() == [3.5, 0.5]
    assert found.movies["title"].tolist() == ['"Great Performances" Cats', "Amélie"]
    assert found.rating_scale == (0.5, 5)


@pytest.mark.parametrize("name", ["ml-20m", "ml-25m", "ml-32m", SMALL])
def test_csv_sets(name, home, trust):
    path = write_archive(home, name)
    if name != SMALL:
        trust(path)
    found = load_movielens(name)
    assert found.users is None
    assert found.ratings["rating"].tolist() == [0.5, 4.5, 3.0]
    assert found.movies["title"].tolist() == [
        "Toy Story",
        "City of Lost Children, The (Cité des enfants perdus, La)",
        "Death Note: Desu nôto",
        'She said "No"',
        "Babylon 5",
    ]
    assert found.movies["year"].tolist() == [1995, 1995, 2006, 2009, pd.NA]
    assert found.movies["genres"].tolist()[2:] == ["", "Drama", "Sci-Fi"]
    assert found.verified == ("structure" if name == SMALL else "checksum")


@given(
    st.lists(
        st.tuples(
            st.integers(1, 2**31 - 1), st.integers(1, 2**31 - 1), st.sampled_from([0.5, 3, 5])
        ),
        min_size=1,
        max_size=20,
    )
)
@settings(max_examples=25, deadline=None)
def test_every_rating_survives_the_double_colon_parser(rows):
    text = "".join(f"{user}::{movie}::{stars:g}::978300760\n" for user, movie, stars in rows)
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as bundle:
        bundle.writestr("ml-10M100K/ratings.dat", text)
    with zipfile.ZipFile(file) as bundle:
        bundle.filename = "ml-10m.zip"
        table = archives._read_member(bundle, archives.ARCHIVES["ml-10m"].layout.ratings)
    assert list(table.iloc[:, :3].itertuples(index=False, name=None)) == rows


def test_wheel_gives_what_the_archive_gives(tmp_path, home, trust, monkeypatch):
    trust(write_archive(home, "ml-100k"))
    from_zip = load_movielens(cache_dir=tmp_path / "zip")
    monkeypatch.delenv("MOVIELENS_HOME")

    def pip(command, **_):
        wheel = write_wheel(Path(command[command.index("--dest") + 1]))
        digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
        monkeypatch.setattr(archives, "WHEEL_CHECKSUM", f"sha256:{digest}")
        return subprocess.CompletedProcess(command, 0, "", "")

    pip(["--dest", tmp_path])  # once, to know the checksum
    monkeypatch.setattr(archives.subprocess, "run", pip)
    from_wheel = load_movielens(cache_dir=tmp_path / "wheel")
    assert from_wheel.source == archives.WHEEL
    assert_same(from_zip, from_wheel)


# Bad input: one DataError, which names file, line and what is wrong

GOOD = TEXTS[SMALL][1]["ratings.csv"]
BAD = {
    "a field is missing": (GOOD + "2,3,4.0\n", r"ratings\.csv, line 5: Expected 4 columns, got 3"),
    "not a number": (GOOD + "2,x,4.0,1\n", r"ratings\.csv, line 5: .*'x'"),
    "an empty field": (GOOD + "2,3,,1\n", r"ratings\.csv, line 5: .*invalid value ''"),
    "above the scale": (GOOD + "2,3,5.5,1\n", r"ratings\.csv, line 5: rating 5\.5 is not on 0\.5"),
    "below the scale": (GOOD + "2,3,0,1\n", r"ratings\.csv, line 5: rating 0 is not on"),
    "between two steps": (GOOD + "2,3,4.2,1\n", r"line 5: rating 4\.2 is not on .* steps of 0\.5"),
    "not a rating": (GOOD + "2,3,nan,1\n", r"line 5: rating nan is not on"),
    "a negative id": (GOOD + "-2,3,4.0,1\n", r"ratings\.csv, line 5: user_id -2 is negative"),
    "another separator": (GOOD.replace(",", ";"), r"line 1: expected .*found 'userId;movieId"),
    "rated twice": (GOOD + "1,2,3.0,1\n", r"ratings\.csv, lines 2 and 5: user 1 rates movie 2"),
    "an unlisted movie": (GOOD + "2,99,3.0,1\n", r"movies\.csv lacks movie_id 99"),
    "another header": ("user,movie\n1,2\n", r"ratings\.csv, line 1: expected 'userId"),
    "no ratings": (GOOD.splitlines(keepends=True)[0], r"ratings\.csv holds no ratings"),
    "an empty file": ("", r"ratings\.csv, line 1: expected 'userId"),
    "a missing member": (None, r"ml-latest-small\.zip has no ratings\.csv"),
}


@pytest.mark.parametrize("text, message", BAD.values(), ids=BAD)
def test_bad_ratings(text, message, home, tmp_path):
    write_archive(home, SMALL, ratings=text)
    with pytest.raises(DataError, match=message):
        load_movielens(SMALL)
    assert cached(tmp_path) == []


@pytest.mark.parametrize(
    "change, message",
    [
        ({"movies": "1::Toy Story (1995)\n"}, r"movies\.dat, line 1: Expected 3 columns, got 2"),
        ({"users": "1::F::one::10::48067\n"}, r"users\.dat, line 1: .*'one'"),
        ({"users": "1::F::1::10::48067\n"}, r"users\.dat lacks user_id 2"),
        ({"movies": "1::A (1995)::\n2::B (1995)::\n1::C (1995)::\n"}, "lists movie_id 1 twice"),
        ({"ratings": "1::2::3.5::978300760\n"}, r"line 1: rating 3\.5 is not on 1 to 5"),
        ({"users": None}, r"ml-1m\.zip has no users\.dat"),
    ],
)
def test_bad_tables_in_ml_1m(change, message, home, trust):
    trust(write_archive(home, "ml-1m", **change))
    with pytest.raises(DataError, match=message):
        load_movielens("ml-1m")


def test_the_line_number_is_right_deep_in_a_large_file(home):
    lines = [f"{1 + i // 1000},{1 + i % 5},1.0,1\n" for i in range(200_000)]
    lines[150_000] = "151,1;1.0,1\n"
    write_archive(home, SMALL, ratings=GOOD.splitlines(keepends=True)[0] + "".join(lines))
    with pytest.raises(DataError, match=r"line 150002"):
        load_movielens(SMALL)


@pytest.mark.parametrize(
    "content, message",
    [
        (lambda whole: whole[: len(whole) // 2], "a damaged or incomplete zip"),
        (lambda whole: b"<!DOCTYPE html><html>Please log in</html>", "a web page, not a zip"),
        (lambda whole: b"", "a damaged or incomplete zip"),
        (lambda whole: whole.replace(b"userId,", b"userID,"), "a damaged or incomplete zip"),
    ],
    ids=["truncated", "a web page", "empty", "flipped bit"],
)
def test_not_a_whole_zip(content, message, home, tmp_path):
    path = write_archive(home, SMALL)
    with zipfile.ZipFile(path) as bundle:
        members = {member: bundle.read(member) for member in bundle.namelist()}
    with zipfile.ZipFile(path, "w") as bundle:  # stored, so that a bit can be flipped in the text
        for member, text in members.items():
            bundle.writestr(member, text)
    path.write_bytes(content(path.read_bytes()))
    with pytest.raises(DataError, match=rf"MOVIELENS_HOME: {path.name} is {message}"):
        load_movielens(SMALL)
    assert cached(tmp_path) == []
    write_archive(home, SMALL)
    assert load_movielens(SMALL).source == "MOVIELENS_HOME"


# Files as people have them


def unpacked(path: Path, to: Path) -> Path:
    """A zip as Safari leaves it: a folder, and no zip."""
    with zipfile.ZipFile(path) as bundle:
        bundle.extractall(to)
    path.unlink()
    return to


@pytest.mark.parametrize(
    "setting",
    [
        "{home}",
        " {home} ",
        '"{home}"',
        "'{home}'",
        "{home}/ml-latest-small.zip",
        "~/home",
    ],
)
def test_settings_as_people_type_them(setting, home, tmp_path, monkeypatch):
    write_archive(home, SMALL)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("MOVIELENS_HOME", setting.format(home=home))
    assert load_movielens(SMALL).source == "MOVIELENS_HOME"


@pytest.mark.parametrize("name", ["{} (1).zip", "{}-2.zip", "{} copy.zip", "{}(3).zip"])
def test_a_second_download(name, home):
    path = write_archive(home, SMALL)
    path.rename(path.with_name(name.format(SMALL)))
    assert load_movielens(SMALL).source == "MOVIELENS_HOME"


@pytest.mark.parametrize("inside", [False, True])
def test_an_unpacked_download(inside, home, monkeypatch):
    folder = unpacked(write_archive(home, SMALL), home)
    assert (folder / SMALL / "ratings.csv").is_file()
    if inside:
        monkeypatch.setenv("MOVIELENS_HOME", str(folder / SMALL))
    assert load_movielens(SMALL).source == "MOVIELENS_HOME"


def test_a_folder_of_another_name_is_told_by_its_counts(home, trust, monkeypatch):
    trust(write_archive(home, "ml-1m"), counts=(3, 2, 2))
    unpacked(home / "ml-1m.zip", home / "x")
    (home / "x" / "ml-1m").rename(home / "films")
    monkeypatch.setenv("MOVIELENS_HOME", str(home / "films"))
    with pytest.warns(DataNotice, match="not GroupLens' own"):
        assert len(load_movielens("ml-1m").ratings) == 3


def test_the_error_says_what_is_there(home):
    write_archive(home, "ml-1m")
    with pytest.raises(DataError, match=r"no ml-latest-small\.zip in .*; there is: ml-1m\.zip\."):
        load_movielens(SMALL)


@pytest.mark.parametrize("mark", ["utf-8-sig", "utf-16"])
def test_a_byte_order_mark(mark, home):
    write_archive(home, SMALL, ratings=GOOD.encode(mark))
    assert len(load_movielens(SMALL).ratings) == 3


def test_titles_saved_again_as_utf_8(home, trust):
    """The published file is Latin-1, which is no valid UTF-8: the two cannot be mistaken."""
    title = "1::Misérables, Les (1995)::Drama\n2::B (1995)::\n"
    for text in (title.encode("latin-1"), title.encode()):
        trust(write_archive(home, "ml-1m", movies=text))
        titles = load_movielens("ml-1m", refresh=True).movies["title"]
        assert titles[0] == "Misérables, Les"
    lost = title.replace("é", "\ufffd").encode()
    trust(write_archive(home, "ml-1m", movies=lost))
    with pytest.warns(DataNotice, match=r"movies\.dat holds characters that were lost"):
        load_movielens("ml-1m", refresh=True)


def test_times_in_milliseconds(home):
    write_archive(home, SMALL)
    seconds = load_movielens(SMALL).ratings
    slow = [line + "000" for line in TEXTS[SMALL][1]["ratings.csv"].splitlines()[1:]]
    write_archive(home, SMALL, ratings="\n".join([GOOD.splitlines()[0], *slow]))
    with pytest.warns(DataNotice, match="milliseconds"):
        again = load_movielens(SMALL, refresh=True).ratings
    pd.testing.assert_frame_equal(again, seconds)


def test_an_older_table_deeper_in_the_archive_is_not_taken(home):
    path = write_archive(home, SMALL)
    with zipfile.ZipFile(path) as bundle:
        members = {member: bundle.read(member) for member in bundle.namelist()}
    old = {f"{SMALL}/old/ratings.csv": GOOD.splitlines(keepends=True)[0] + "1,1,1.0,1\n"}
    with zipfile.ZipFile(path, "w") as bundle:
        for member, text in (old | members).items():
            bundle.writestr(member, text)
    assert len(load_movielens(SMALL).ratings) == 3


def test_a_file_of_no_known_edition_is_used_with_a_notice(home, monkeypatch):
    write_archive(home, SMALL)
    monkeypatch.setattr(archives, "EDITIONS", {(3, 2, 2): "2018"})
    load_movielens(SMALL)
    monkeypatch.setattr(archives, "EDITIONS", {(100_836, 610, 9_724): "2018"})
    with pytest.warns(DataNotice, match=r"has 3 ratings, .* known here \(2018: 100,836 ratings"):
        load_movielens(SMALL, refresh=True)


def test_refresh_takes_what_was_replaced(home):
    write_archive(home, SMALL)
    load_movielens(SMALL)
    write_archive(home, SMALL, ratings=GOOD + "2,1,4.0,1\n")
    assert len(load_movielens(SMALL).ratings) == 3
    assert len(load_movielens(SMALL, refresh=True).ratings) == 4
    assert (len(load_movielens(SMALL).ratings), load_movielens(SMALL).source) == (4, "cache")


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root reads everything")
def test_another_users_cache_stays(home, tmp_path):
    write_archive(home, SMALL)
    load_movielens(SMALL)
    folder = tmp_path / "cache" / SMALL
    folder.chmod(0)
    try:
        with pytest.warns(DataNotice, match="may be another user's"):
            assert load_movielens(SMALL).source == "MOVIELENS_HOME"
    finally:
        folder.chmod(0o755)
    assert load_movielens(SMALL).source == "cache"


@pytest.mark.parametrize(
    "wrong, right", [("ml100k", "ml-100k"), ("ML-1M", "ml-1m"), ("20m", "20m")]
)
def test_unknown_name(wrong, right):
    with pytest.raises(DataError, match=rf"no dataset '{wrong}'.*Did you mean '.*{right}'.*ml-32m"):
        load_movielens(wrong)


def test_hopeless_name_gets_no_suggestion():
    with pytest.raises(DataError, match=r"no dataset 'netflix'\. Known: ml-100k"):
        load_movielens("netflix")


# Repacked archives


def test_repacked_archive_with_right_counts_is_used_with_a_notice(home, trust):
    trust(write_archive(home, "ml-1m"), checksum="md5:0", counts=(3, 2, 2), mean_rating=3.0)
    with pytest.warns(DataNotice, match=r"ml-1m\.zip in MOVIELENS_HOME is not GroupLens' own") as w:
        first = load_movielens("ml-1m")
    assert w[0].filename == __file__  # the notice points at the caller's line
    again = load_movielens("ml-1m")
    assert (first.verified, again.verified) == ("counts", "counts")
    assert (first.source, again.source) == ("MOVIELENS_HOME", "cache")


@pytest.mark.parametrize(
    "counts, mean, message",
    [
        ((4, 2, 2), 3.0, "has 3 ratings, 2 users and 2 movies, not 4 ratings"),
        ((3, 2, 1), 3.0, "not 3 ratings, 2 users and 1 movies"),
        ((3, 2, 2), 3.1, "has mean rating 3.00000, not 3.10000"),
    ],
)
def test_repacked_archive_with_wrong_counts(counts, mean, message, home, trust, tmp_path):
    trust(write_archive(home, "ml-1m"), checksum="md5:0", counts=counts, mean_rating=mean)
    with pytest.raises(DataError, match=message):
        load_movielens("ml-1m")
    assert cached(tmp_path) == []


# Downloads


def test_sources_are_tried_in_order(tmp_path, home, trust, monkeypatch):
    archive = write_archive(tmp_path, "ml-1m")
    trust(archive)
    body = archive.read_bytes()
    routes = {"/mirror/ml-1m.zip": (200, body)}
    with serve(routes) as (url, asked):
        monkeypatch.setattr(archives, "GROUPLENS", f"{url}/grouplens")
        monkeypatch.setattr(archives, "HUGGING_FACE", f"{url}/mirror")
        with pytest.warns(DataNotice, match=r"comes from huggingface\.co.*no ml-1m\.zip in"):
            assert load_movielens("ml-1m", progress=False).source == "huggingface.co"
        assert asked == ["/grouplens/ml-1m.zip", "/mirror/ml-1m.zip"]
        assert load_movielens("ml-1m").source == "cache"

        routes["/grouplens/ml-1m.zip"] = (200, body)
        monkeypatch.delenv("MOVIELENS_HOME")
        found = load_movielens("ml-1m", cache_dir=tmp_path / "second", progress=False)
        assert (found.source, found.verified) == ("files.grouplens.org", "checksum")

        monkeypatch.setenv("MOVIELENS_HOME", str(tmp_path))
        found = load_movielens("ml-1m", cache_dir=tmp_path / "third")
        assert found.source == "MOVIELENS_HOME"
        assert len(asked) == 3
    assert cached(tmp_path) == ["ml-1m"]  # tables only: no archive is kept


@pytest.mark.parametrize(
    "status, body, reason",
    [
        (404, b"", "the server answered 404"),
        (500, b"", "the server answered 500"),
        (200, b"<html>Welcome to our network</html>", "ml-1m.zip is a web page"),
        (200, b"PK\x03\x04 and then nothing", "ml-1m.zip is a damaged or incomplete zip"),
    ],
)
def test_bad_answers(status, body, reason, monkeypatch, tmp_path):
    with serve({"/ml-1m.zip": (status, body)}) as (url, asked):
        monkeypatch.setattr(archives, "GROUPLENS", url)
        monkeypatch.setattr(archives, "HUGGING_FACE", url)
        with pytest.raises(DataError) as error:
            load_movielens("ml-1m", progress=False)
    assert f"files.grouplens.org: {reason}" in str(error.value)
    assert f"huggingface.co: {reason}" in str(error.value)
    assert asked == ["/ml-1m.zip"] * 2  # once each: no retries
    assert cached(tmp_path) == []


def test_download_with_the_wrong_checksum_is_refused_even_if_its_counts_are_right(
    tmp_path, trust, monkeypatch
):
    archive = write_archive(tmp_path, "ml-1m")
    trust(archive, checksum="sha256:0", counts=(3, 2, 2))
    with serve({"/ml-1m.zip": (200, archive.read_bytes())}) as (url, _):
        monkeypatch.setattr(archives, "GROUPLENS", url)
        with pytest.raises(DataError, match=r"ml-1m\.zip is not the published file: its sha256"):
            load_movielens("ml-1m", progress=False)


def test_truncated_download(tmp_path, monkeypatch):
    body = write_archive(tmp_path, SMALL).read_bytes()
    with serve({f"/{SMALL}.zip": (200, body)}, cut=10) as (url, _):
        monkeypatch.setattr(archives, "GROUPLENS", url)
        with pytest.raises(DataError, match="the download broke off before its end"):
            load_movielens(SMALL, progress=False)


@pytest.mark.parametrize("progress", [True, False])
def test_progress(progress, tmp_path, monkeypatch, capfd):
    body = write_archive(tmp_path, SMALL).read_bytes()
    with serve({f"/{SMALL}.zip": (200, body)}) as (url, _):
        monkeypatch.setattr(archives, "GROUPLENS", url)
        load_movielens(SMALL, progress=progress)
    shown = capfd.readouterr()
    assert shown.out == ""
    assert ("100%" in shown.err) == progress
    assert progress or shown.err == ""


def test_no_network_says_what_was_tried_and_what_to_do(tmp_path):
    with pytest.raises(DataError) as error:
        load_movielens("ml-100k", progress=False)
    lines = str(error.value).splitlines()
    assert [line.split(": ")[0].strip() for line in lines[1:-1]] == [
        "MOVIELENS_HOME",
        "files.grouplens.org",
        "huggingface.co",
        "recbole==1.2.1",
    ]
    assert "no connection" in lines[2]
    assert lines[4].endswith("pip download failed: ERROR: No matching distribution")
    assert "set the environment variable MOVIELENS_HOME" in lines[-1]
    assert cached(tmp_path) == []


def test_expired_certificate_is_named_and_never_ignored(monkeypatch):
    def get(url, **options):
        assert options.get("verify", True) is True
        raise requests.exceptions.SSLError("certificate verify failed: certificate has expired")

    monkeypatch.setattr(requests, "get", get)
    with pytest.raises(DataError, match=r"files\.grouplens\.org: its certificate cannot be"):
        load_movielens(SMALL, progress=False)


def test_pip_that_hangs_is_given_up(monkeypatch):
    def hang(command, timeout, **_):
        raise subprocess.TimeoutExpired(command, timeout)

    monkeypatch.setattr(archives.subprocess, "run", hang)
    with pytest.raises(DataError, match=r"recbole==1\.2\.1: pip gave up after 120 seconds"):
        load_movielens(progress=False)


def test_wheel_with_the_wrong_checksum_is_refused(monkeypatch):
    def pip(command, **_):
        write_wheel(Path(command[command.index("--dest") + 1]))
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(archives.subprocess, "run", pip)
    with pytest.raises(DataError, match=r"recbole-1\.2\.1-py3-none-any\.whl is not the published"):
        load_movielens(progress=False)


# Cache


@pytest.mark.parametrize("name", ["ml-100k", "ml-1m", "ml-10m", SMALL])
def test_cache_gives_back_the_same_tables(name, home, trust):
    path = write_archive(home, name)
    if name != SMALL:
        trust(path)
    first, again = load_movielens(name), load_movielens(name)
    assert (first.source, again.source) == ("MOVIELENS_HOME", "cache")
    assert_same(first, again)


def flip_a_byte(path):
    raw = bytearray(path.read_bytes())
    raw[20] ^= 0xFF
    path.write_bytes(raw)


@pytest.mark.parametrize("file", ["ratings.parquet", "movies.parquet", "stamp.json"])
@pytest.mark.parametrize(
    "damage",
    [
        lambda path: path.unlink(),
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(path.read_bytes()[:-9]),
        flip_a_byte,
    ],
    ids=["missing", "empty", "truncated", "flipped byte"],
)
def test_damaged_cache_is_rebuilt(file, damage, home, tmp_path):
    write_archive(home, SMALL)
    first = load_movielens(SMALL)
    damage(tmp_path / "cache" / SMALL / file)
    with pytest.warns(DataNotice, match=r"cache .*ml-latest-small is damaged .* built again"):
        again = load_movielens(SMALL)
    assert again.source == "MOVIELENS_HOME"
    assert_same(first, again)
    assert load_movielens(SMALL).source == "cache"
    assert cached(tmp_path) == [SMALL]


def test_cache_of_tables_from_two_versions_is_rebuilt(home, tmp_path):
    write_archive(home, SMALL)
    file = tmp_path / "cache" / SMALL / "ratings.parquet"
    load_movielens(SMALL).ratings.head(2).to_parquet(file)
    with pytest.warns(DataNotice, match="other numbers of rows"):
        assert len(load_movielens(SMALL).ratings) == 3


def test_cache_in_an_older_format_is_rebuilt_without_a_word(home, monkeypatch):
    write_archive(home, SMALL)
    load_movielens(SMALL)
    monkeypatch.setattr(archives, "CACHE_FORMAT", archives.CACHE_FORMAT + 1)
    assert load_movielens(SMALL).source == "MOVIELENS_HOME"
    assert load_movielens(SMALL).source == "cache"


def test_full_disk(home, tmp_path, monkeypatch):
    write_archive(home, SMALL)
    write = pd.DataFrame.to_parquet

    def run_full(frame, path, **options):
        if path.name == "movies.parquet":
            path.write_bytes(b"half a")
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(frame, path, **options)

    monkeypatch.setattr(pd.DataFrame, "to_parquet", run_full)
    with pytest.warns(DataNotice, match=r"not be cached in .*cache .*No space.*set COURSE_CACHE"):
        found = load_movielens(SMALL)
    assert len(found.ratings) == 3
    assert cached(tmp_path) == []
    monkeypatch.undo()


@pytest.mark.parametrize("reason", [errno.EROFS, errno.EACCES])
def test_read_only_cache(reason, home, tmp_path, monkeypatch):
    write_archive(home, SMALL)
    (tmp_path / "cache").mkdir()

    def refuse(path, *_, **__):
        raise OSError(reason, os.strerror(reason), str(path))

    monkeypatch.setattr(Path, "mkdir", refuse)
    with pytest.warns(DataNotice, match=r"could not be cached in .*cache .*set COURSE_CACHE"):
        assert len(load_movielens(SMALL).ratings) == 3
    assert cached(tmp_path) == []


def test_cache_below_a_file(home, tmp_path):
    write_archive(home, SMALL)
    (tmp_path / "file").write_text("in the way")
    with pytest.warns(DataNotice, match="could not be cached"):
        assert len(load_movielens(SMALL, cache_dir=tmp_path / "file").ratings) == 3


def test_the_first_of_two_writers_wins(home, tmp_path):
    write_archive(home, SMALL)
    found = load_movielens(SMALL)
    tables = archives.Tables(found.ratings, found.movies, found.users, "", found.verified)
    archives.write_cache(tables, tmp_path / "cache" / SMALL)  # too late: silent, leaves nothing
    assert cached(tmp_path) == [SMALL]
    assert load_movielens(SMALL).source == "cache"


def _load(barrier, results):
    barrier.wait(timeout=300)
    found = load_movielens(SMALL, progress=False)
    results.put((found.source, found.ratings["rating"].tolist()))


def test_two_processes_at_once(home, tmp_path):
    write_archive(home, SMALL)
    spawn = multiprocessing.get_context(
        "spawn"
    )  # other tests may have started TensorFlow's threads
    barrier, results = spawn.Barrier(2), spawn.Queue()
    workers = [spawn.Process(target=_load, args=(barrier, results)) for _ in range(2)]
    for worker in workers:
        worker.start()
    answers = [results.get(timeout=300) for _ in workers]
    for worker in workers:
        worker.join(timeout=300)
    assert [worker.exitcode for worker in workers] == [0, 0]
    assert all(np.array_equal(ratings, [0.5, 4.5, 3.0]) for _, ratings in answers)
    assert cached(tmp_path) == [SMALL]
    assert load_movielens(SMALL).source == "cache"


def test_cache_folder(monkeypatch, tmp_path):
    assert archives.cache_folder("here") == Path("here")
    assert archives.cache_folder() == tmp_path / "cache"
    monkeypatch.delenv("COURSE_CACHE")
    assert archives.cache_folder().name == "course-utils"


def test_import_is_light():
    heavy = "{'pooch', 'requests', 'tensorflow', 'keras', 'pyarrow.parquet'}"
    code = f"import sys, course_utils.data.archives; assert not {heavy} & set(sys.modules)"
    with subprocess.Popen([sys.executable, "-c", code]) as process:
        assert process.wait() == 0
