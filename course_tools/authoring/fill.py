"""The parts of a notebook that its source leaves open: setup cell, badge, measured numbers."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path

from course_tools.authoring.claims import linked
from course_tools.authoring.placeholders import BLOCK, PLACEHOLDER, lookup
from course_tools.authoring.source import BuildError
from course_tools.authoring.tables import table
from course_utils import __version__
from course_utils.protocol import results

GITHUB = re.compile(r"github\.com[:/]([\w.-]+/[\w.-]+?)(?:\.git)?/?$")
BADGE = (
    "[![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)]"
    "(https://colab.research.google.com/github/{name}/blob/{tag}/notebooks/{lesson}.ipynb)"
)
# The release that a notebook is built from: what Colab opens and installs, whatever comes later.
TAG = f"v{__version__}"
SETUP = """\
import os
import sys

DATASET = os.environ.get("COURSE_DATASET", "ml-100k")  # one word for full scale: "ml-1m"
os.environ.update(TF_CPP_MIN_LOG_LEVEL="3", TF_ENABLE_ONEDNN_OPTS="1")  # quiet and fast

"""
# Colab ships TensorFlow, numpy and friends; with constraints pip refuses to move them, where it
# would otherwise swap numpy in a live session.
COLAB = """\
if "google.colab" in sys.modules:  # add the course, keep the version of all that Colab ships
    KEEP = "tensorflow|keras|jax|jaxlib|numpy|pandas|scipy|scikit-learn|matplotlib|numba|ipykernel"
    !pip list --format=freeze | grep -E "^({KEEP})==" > constraints.txt
    !pip install -q -c constraints.txt git+REPOSITORY@TAG

"""
COLAB_UNKNOWN = """\
if "google.colab" in sys.modules:  # this copy was built without the course's address
    print("First install the course: %pip install git+ADDRESS@TAG, where ADDRESS is the"
          " repository this notebook comes from. Then run this cell again.")

"""


def setup_source(imports: str, repository: str | None) -> str:
    """The setup cell: dataset, quiet TensorFlow, installation on Colab, the lesson's imports."""
    colab = COLAB.replace("REPOSITORY", repository) if repository else COLAB_UNKNOWN
    colab = colab.replace("TAG", TAG)
    return (SETUP + colab + imports).strip()


def built_for(setup: str) -> str | None:
    """The repository that a notebook's text was built with, the inverse of ``setup_source``."""
    found = re.search(r"git\+(https://github\.com/[\w./-]+)@v", setup)
    return found[1] if found else None


def fill_text(text: str, lesson: str, folder: Path, repository: str | None = None) -> str:
    """Markdown with its placeholders replaced by the values in ``folder``, badge and release tag.

    Raises:
        UnknownResultError: placeholders name nothing that was measured; one a line.
    """
    badge = ""
    if repository:
        badge = BADGE.format(name=GITHUB.search(repository)[1], tag=TAG, lesson=lesson)

    unknown: list[str] = []

    def value(match: re.Match[str]) -> str:
        try:
            return lookup(match[1], lesson=lesson, folder=folder)
        except results.UnknownResultError as error:
            unknown.append(str(error))
            return ""

    text = re.sub(r"\{\{colab_badge\}\}" + ("" if badge else r"\n*"), badge, text)
    text = linked(text.replace("{{tag}}", TAG), lesson, claims_page(lesson, repository))
    filled = PLACEHOLDER.sub(value, text).strip("\n")
    if unknown:
        raise results.UnknownResultError("\n".join(unknown))
    return filled


def claims_page(lesson: str, repository: str | None) -> str:
    """Where a notebook finds the page of claims: at the course's address, else beside it."""
    if lesson and repository:
        return f"{repository}/blob/{TAG}/docs/claims.md"
    return "../docs/claims.md" if lesson else "docs/claims.md"


def fill_page(text: str, folder: Path, name: str) -> str:
    """A page (``name`` is for errors) with every ``<!-- results:begin … -->`` block written anew.

    ``results:begin ml-1m 02_baseline`` holds that lesson's table (``*`` for all lessons; model
    names after it choose rows and their order, ``columns=rmse,seconds`` the columns); a text with
    placeholders, of one line or several (``results:begin Ours scores {{ml-1m.ours.rmse}}.``), holds
    that text, filled.
    """

    def block(match: re.Match[str]) -> str:
        try:
            if "{{" in match[2] or "[[" in match[2]:
                line = "\n" if "\n" in match[2] else ""
                return f"{match[1]}{line}{fill_text(match[2], '', folder)}{line}{match[4]}"
            dataset, lesson, *rest = match[2].split()
            models = [word for word in rest if not word.startswith("columns=")]
            columns = [word.removeprefix("columns=") for word in rest if word not in models]
            options = {"columns": columns[0].split(",")} if columns else {}
            chosen = None if lesson == "*" else lesson
            rows = table(dataset, models or None, lesson=chosen, folder=folder, **options)
            return f"{match[1]}\n{rows}\n{match[4]}"
        except (ValueError, results.UnknownResultError) as error:
            raise BuildError(f"{name}, block {match[2]!r}: {error}") from error

    return BLOCK.sub(block, text)


def repository_setting(root: Path) -> str | None:
    """The course's address from ``[tool.course] repository`` in pyproject.toml."""
    settings = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    return _address(settings.get("tool", {}).get("course", {}).get("repository", ""))


def repository_address(root: Path) -> str | None:
    """The setting, else the git remote ``origin`` if it is on GitHub, else None."""
    git = ["git", "-C", str(root), "config", "--get", "remote.origin.url"]
    found = subprocess.run(git, capture_output=True, text=True, check=False)
    return repository_setting(root) or _address(found.stdout.strip())


def _address(text: str) -> str | None:
    found = GITHUB.search(text)
    return f"https://github.com/{found[1]}" if found else None
