"""The example course, built once, and an empty folder for uploads."""

import functools

import nbgrader.api
import pytest

from course_tools.authoring.build import build_lessons
from tests.authoring.example_lesson import make_course


@pytest.fixture(scope="session")
def example(tmp_path_factory):
    """The example course, built once."""
    folder = make_course(tmp_path_factory.mktemp("course"))
    build_lessons(folder, run=False)
    return folder


@pytest.fixture(scope="module", autouse=True)
def alembic_once():
    """nbgrader starts a program to learn a constant, for each new database."""
    with pytest.MonkeyPatch.context() as patch:
        once = functools.cache(nbgrader.api.get_alembic_version)
        patch.setattr(nbgrader.api, "get_alembic_version", once)
        yield


@pytest.fixture
def folder(tmp_path):
    """An empty folder for uploads."""
    made = tmp_path / "uploads"
    made.mkdir()
    return made
