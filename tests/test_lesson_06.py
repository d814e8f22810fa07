"""Lesson 06 on a dataset that says nothing about its users: its noise half runs, it explains, and
its other half goes on with one that does."""

from dataclasses import replace
from pathlib import Path

import jupytext
import numpy as np
import pandas as pd
import pytest

import course_utils.data
import course_utils.protocol
from course_utils.data import movielens as loading
from course_utils.data import people
from course_utils.protocol import training
from tests.conftest import random_movielens
from tests.data.test_people import crowd

SOURCE = Path(__file__).resolve().parents[1] / "solutions/06_noise_and_demographics.py"


def described(seed: int):
    """A small dataset with titles and people, big enough for a twentieth of it to be a batch."""
    bare = random_movielens([40] * 150, seed, n_movies=120)
    movies = bare.movies.assign(title=[f"Movie {i}" for i in range(len(bare.movies))])
    return replace(bare, movies=movies, users=crowd(bare.ratings["user_id"].unique(), seed))


@pytest.mark.notebook
def test_lesson_runs_where_users_are_not_described(monkeypatch, capsys):
    nobody = replace(described(0), name="ml-10m", users=None)
    sets = {"ml-10m": nobody, "ml-100k": replace(described(1), name="ml-100k")}
    for module in (loading, people, course_utils.data):  # a room may have resolved it already
        monkeypatch.setattr(module, "load_movielens", lambda name, **settings: sets[name])
    fit = training.fit

    def one_epoch(*args, **settings):
        return fit(*args, **settings | {"epochs": 1, "progress": False})

    for module in (training, course_utils.protocol):
        monkeypatch.setattr(module, "fit", one_epoch)
    monkeypatch.delenv("COURSE_RESULTS", raising=False)
    names = {"DATASET": "ml-10m", "display": print}  # IPython has the second
    for cell in jupytext.read(SOURCE, fmt="py:percent").cells:
        if cell.cell_type == "code":
            exec(compile(cell.source, SOURCE.name, "exec"), names)
    assert "ml-10m says nothing about its users" in capsys.readouterr().out
    assert names["split"].dataset == names["full"].task.split.dataset == "ml-100k"
    assert names["known"].shape == (150, 30)
    assert {s.dataset for s in names["scores"]} == {"ml-10m"}
    assert names["tuned"].task.split.dataset == names["group"].dataset == "ml-100k"
    assert isinstance(names["stars"], pd.DataFrame) and np.isfinite(names["stars"]).all(None)
