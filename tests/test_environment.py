"""pyproject.toml is the one list of dependencies; conda's and Colab's view of it must agree."""

import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[1]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
PROJECT = PYPROJECT["project"]
COLAB = ROOT / "tests" / "colab_constraints.txt"


def ranges(lines):
    parsed = map(Requirement, lines)
    return {requirement.name: requirement.specifier for requirement in parsed}


def pins():
    lines = [line for line in COLAB.read_text("utf-8").splitlines() if line and line[0] != "#"]
    return dict(line.split("==") for line in lines)


def test_conda_environment_holds_the_same_ranges():
    entries = yaml.safe_load((ROOT / "environment.yml").read_text("utf-8"))["dependencies"]
    conda = ranges(entry for entry in entries if isinstance(entry, str))
    assert [entry for entry in entries if isinstance(entry, dict)] == [{"pip": ["-e ."]}]
    extras = PROJECT["optional-dependencies"]
    wanted = ranges([*PROJECT["dependencies"], *extras["lab"], *extras["dev"]])
    del conda["pip"]
    assert str(conda.pop("python")) == str(Requirement(f"p{PROJECT['requires-python']}").specifier)
    assert conda == wanted


def test_colab_lies_within_the_ranges():
    core = ranges(PROJECT["dependencies"])
    for name, version in pins().items():
        if name in core:
            assert core[name].contains(version), f"{name} {version} is what Colab ships"
    assert {"tensorflow", "keras", "numpy", "pandas"} <= pins().keys() & core.keys()


def index_options():
    """uv's options for the package indexes that pip is told to use on this machine."""
    listed = subprocess.run(
        [sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True
    ).stdout
    uv_names = {"index-url": "--default-index", "extra-index-url": "--index"}
    options = ["--index-strategy", "unsafe-best-match"]
    for name, values in re.findall(r"^\S+\.([\w-]+)='(.*)'$", listed, re.MULTILINE):
        if name in ("index-url", "extra-index-url", "find-links"):
            for value in values.replace("\\n", " ").split():
                options += [uv_names.get(name, "--find-links"), value]
    return options


def test_the_course_installs_on_colab_without_moving_anything():
    uv = Path(sys.executable).with_name("uv")
    command = [
        *(str(uv) if uv.exists() else "uv", "pip", "compile", "pyproject.toml", "--quiet"),
        *("--no-header", "--no-annotate", "--python-version", "3.13"),
        *("--python-platform", "x86_64-manylinux_2_28", "--constraint", str(COLAB)),
        *index_options(),
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if "network" in done.stderr.lower() or "failed to fetch" in done.stderr.lower():
        pytest.skip("no package index can be reached")
    assert done.returncode == 0, done.stderr
    resolved = dict(line.split("==") for line in done.stdout.split() if "==" in line)
    assert {name: resolved.get(name, pin) for name, pin in pins().items()} == pins()
    assert {re.sub(r"[-_.]+", "-", name) for name in ranges(PROJECT["dependencies"])} <= set(
        resolved
    )


def test_every_package_is_installed():
    """pyproject.toml lists packages by hand, because results/ travels as course_utils.measured."""
    found = {
        ".".join(init.parent.relative_to(ROOT).parts)
        for package in ("course_tools", "course_utils")
        for init in (ROOT / package).rglob("__init__.py")
    }
    listed = set(PYPROJECT["tool"]["setuptools"]["packages"])
    assert listed == found | {"course_utils.measured"}


def test_the_readme_installs_the_rivals_that_the_extra_names():
    readme = (ROOT / "README.md").read_text("utf-8")
    (line,) = [text for text in readme.splitlines() if ".venv-rivals/bin/pip install" in text]
    wanted = PROJECT["optional-dependencies"]["rivals"]
    assert shlex.split(line.split("pip install ")[1]) == wanted
