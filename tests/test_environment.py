"""pyproject.toml is the one list of dependencies; conda's and Colab's view of it must agree."""

import json
import re
import shlex
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

ROOT = Path(__file__).resolve().parents[1]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
PROJECT = PYPROJECT["project"]
COLAB = ROOT / "tests" / "colab_constraints.txt"
COLAB_MARKERS = {
    "python_version": "3.13",
    "python_full_version": "3.13.0",
    "implementation_name": "cpython",
    "platform_python_implementation": "CPython",
    "os_name": "posix",
    "sys_platform": "linux",
    "platform_system": "Linux",
    "platform_machine": "x86_64",
    "extra": "",
}
RECORD = ROOT / "tests" / "colab_beyond.json"
RECORDED = json.loads(RECORD.read_text("utf-8")) if RECORD.exists() else {}


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


# ------------------------------------------------------------------- installing on Colab, on paper
def canonical(name):
    return re.sub(r"[-_.]+", "-", name).lower()


def asked_for(name):
    """Requirements of an installed package that hold on Colab, extras left out."""
    parsed = map(Requirement, metadata.requires(name) or [])
    return [r for r in parsed if not r.marker or r.marker.evaluate(COLAB_MARKERS)]


def beyond_colab():
    """What the course needs that Colab's pins do not name, as installed here: for recording.

    Of packages behind packages only those that ask for something: any version of the others does.
    """
    direct = {canonical(name) for name in ranges(PROJECT["dependencies"])}
    todo, found = list(direct), {}
    shipped = set(map(canonical, pins()))
    while todo:
        name = canonical(todo.pop())
        if name not in shipped | found.keys():
            asked = asked_for(name)
            found[name] = {
                "version": metadata.version(name),
                "python": metadata.metadata(name)["Requires-Python"] or "",
                "requires": sorted(f"{canonical(r.name)}{r.specifier}" for r in asked),
            }
            todo += [requirement.name for requirement in asked]
    kept = {name for name, package in found.items() if name in direct or package["requires"]}
    return {name: found[name] for name in sorted(kept)}


def test_the_course_installs_on_colab_without_moving_anything():
    """There is a set of versions that contains Colab's pins and fulfils every requirement.

    So pip, held to the pins by the setup cell's constraints, finds one. What each package beyond
    the pins asks for is recorded from its own metadata, so no package index is needed.
    """
    versions = {canonical(name): version for name, version in pins().items()}
    versions |= {name: package["version"] for name, package in RECORDED.items()}
    demands = {"the course": PROJECT["dependencies"]}
    demands |= {name: package["requires"] for name, package in RECORDED.items()}
    for who, lines in demands.items():
        for name, specifier in ranges(lines).items():
            version = versions.get(canonical(name))
            assert version or who != "the course", f"{name} is neither pinned nor recorded"
            fits = not version or specifier.contains(version)
            assert fits, f"{who} needs {name}{specifier}, not {version}"
    for name, package in RECORDED.items():
        python = COLAB_MARKERS["python_full_version"]
        assert SpecifierSet(package["python"]).contains(python), f"{name} on Python {python}"


def test_what_is_recorded_is_what_the_packages_say():
    """Wherever the recorded version itself is installed."""
    for name, package in beyond_colab().items():
        recorded = RECORDED.get(name)
        assert recorded, f"{name} is not in {RECORD.name}: python -m tests.test_environment"
        if recorded["version"] == package["version"]:
            assert recorded == package


def test_a_version_that_would_move_a_pin_is_found(monkeypatch):
    moved = RECORDED["gensim"] | {"requires": ["numpy>=2.2"]}
    monkeypatch.setitem(RECORDED, "gensim", moved)
    with pytest.raises(AssertionError, match=r"gensim needs numpy>=2\.2, not 2\.1\.3"):
        test_the_course_installs_on_colab_without_moving_anything()


def test_every_package_is_installed():
    """pyproject.toml lists packages by hand, because results/ travels as course_utils.measured."""
    found = {
        ".".join(init.parent.relative_to(ROOT).parts)
        for package in ("course_tools", "course_utils")
        for init in (ROOT / package).rglob("__init__.py")
    }
    listed = set(PYPROJECT["tool"]["setuptools"]["packages"])
    assert listed == found | {"course_utils.measured"}


def test_rivals_are_installed_as_the_extra_names_them():
    page = (ROOT / "docs" / "measuring.md").read_text("utf-8")
    (line,) = [text for text in page.splitlines() if ".venv-rivals/bin/pip install" in text]
    wanted = PROJECT["optional-dependencies"]["rivals"]
    assert shlex.split(line.split("pip install ")[1]) == wanted


if __name__ == "__main__":  # record anew, from what is installed here
    RECORD.write_text(json.dumps(beyond_colab(), indent=1) + "\n", "utf-8")
