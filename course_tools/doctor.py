"""``course doctor``: does this machine have what the course needs?"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from course_tools.root import course_root


def doctor_command(arguments: argparse.Namespace) -> int:
    """``course doctor``"""
    fine = True
    for check in (_python, _packages, _keras, _data, _memory, _disk):
        try:
            findings = list(check())
        except Exception as error:
            findings = [(False, f"{check.__name__.strip('_')}: {type(error).__name__}: {error}")]
        for ok, text in findings:
            fine &= ok
            print(f"[{'OK' if ok else 'FAIL'}] {text}")
    return 0 if fine else 1


Finding = tuple[bool, str]


def _python() -> Iterator[Finding]:
    import platform

    yield (
        (3, 11) <= sys.version_info < (3, 14),
        (
            f"Python {platform.python_version()} on {platform.platform(terse=True)} "
            "(the course needs >=3.11,<3.14)"
        ),
    )


def requirements() -> list[str]:
    """What the course's package asks for: from its installation, else from pyproject.toml."""
    from importlib import metadata

    try:
        return metadata.requires("course-utils") or []
    except metadata.PackageNotFoundError:
        import tomllib

        settings = tomllib.loads((course_root() / "pyproject.toml").read_text(encoding="utf-8"))
        return settings["project"]["dependencies"]


def _packages() -> Iterator[Finding]:
    from importlib import metadata

    from packaging.requirements import Requirement

    for requirement in map(Requirement, requirements()):
        if requirement.marker and not requirement.marker.evaluate({"extra": ""}):
            continue
        wanted = f"{requirement.name} {requirement.specifier}".strip()
        try:
            version = metadata.version(requirement.name)
        except metadata.PackageNotFoundError:
            yield False, f"{wanted}: not installed (python -m pip install -e .)"
            continue
        fits = requirement.specifier.contains(version, prereleases=True)
        yield fits, f"{requirement.name} {version}" + ("" if fits else f": needs {wanted}")


def _keras() -> Iterator[Finding]:
    from course_tools.authoring.run import QUIET

    os.environ.update(QUIET)
    import keras

    total = float(keras.ops.sum(keras.ops.ones((2, 3))))
    yield total == 6, f"Keras computes with {keras.backend.backend()}: 2 × 3 ones sum to {total:g}"


def _data() -> Iterator[Finding]:
    from course_utils.data.movielens import load_movielens

    found = load_movielens("ml-100k", progress=False)
    yield len(found.ratings) == 100_000, f"{found.name}: {len(found.ratings):,} ratings"


def _memory() -> Iterator[Finding]:
    import psutil

    free = psutil.virtual_memory().available / 2**30
    yield free >= 2, f"{free:.1f} GiB of free memory (lessons need 2 GiB)"


def _disk() -> Iterator[Finding]:
    free = shutil.disk_usage(Path.cwd()).free / 2**30
    yield free >= 1, f"{free:.1f} GiB of free disk (lessons need 1 GiB)"
