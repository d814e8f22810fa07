"""A release: one version everywhere, its changes written down, and an annotated tag.

Notebooks open and install the release they were built from, so version, notebooks and tag are made
in one go by ``course release X.Y.Z``.
"""

from __future__ import annotations

import datetime
import re
import subprocess
from pathlib import Path

VERSION = re.compile(r"\d+\.\d+\.\d+")
UNRELEASED = "## Unreleased"
VERSION_FILES = {
    "course_utils/__init__.py": (r'__version__ = "[^"]+"', '__version__ = "{version}"'),
    "CITATION.cff": (
        r"(?m)^version: .+\ndate-released: .+$",
        "version: {version}\ndate-released: {date}",
    ),
    "CHANGELOG.md": (rf"(?m)^{UNRELEASED}$", f"{UNRELEASED}\n\n## {{version}} ({{date}})"),
}


class ReleaseError(ValueError):
    """Nothing was released; the message says what to do first."""


def prepare(root: Path, version: str) -> str:
    """Write ``version`` into every file that names it; returns what CHANGELOG.md says of it.

    Raises:
        ReleaseError: not a version, an old one, a tag that exists, changes that are not committed,
            or nothing under "Unreleased".
    """
    if not VERSION.fullmatch(version):
        raise ReleaseError(f"version {version!r}: give three numbers, such as 0.2.0")
    current = re.search(r'__version__ = "([^"]+)"', _read(root, "course_utils/__init__.py"))[1]
    if _numbers(version) < _numbers(current):
        raise ReleaseError(f"version {version} is older than the present one, {current}")
    if git(root, "tag", "--list", f"v{version}"):
        raise ReleaseError(f"tag v{version} exists: a release never changes; take a new version")
    if changed := git(root, "status", "--porcelain"):
        raise ReleaseError(f"commit or put away first: {', '.join(changed.split()[1::2])}")
    news = re.search(rf"(?ms)^{UNRELEASED}\n+(.*?)(?=^## |\Z)", _read(root, "CHANGELOG.md"))
    if not news or not news[1].strip():
        raise ReleaseError(f"CHANGELOG.md has nothing under '{UNRELEASED}': say what is new")
    date = datetime.date.today().isoformat()
    for name, (pattern, text) in VERSION_FILES.items():
        filled = text.format(version=version, date=date)
        changed = re.sub(pattern, filled, _read(root, name), count=1)
        (root / name).write_text(changed, encoding="utf-8", newline="\n")
    return news[1].strip()


def publish(root: Path, version: str, news: str) -> str:
    """Commit what :func:`prepare` and the build wrote, tag it, and return the tag."""
    tag = f"v{version}"
    git(root, "commit", "--all", "--message", f"Release {version}")
    git(root, "tag", "--annotate", tag, "--cleanup=verbatim", "--message", f"{tag}\n\n{news}\n")
    return tag


def git(root: Path, *arguments: str) -> str:
    """What git prints; ReleaseError with its own words where it fails."""
    done = subprocess.run(["git", "-C", str(root), *arguments], capture_output=True, text=True)
    if done.returncode:
        raise ReleaseError(f"git {arguments[0]}: {(done.stderr or done.stdout).strip()}")
    return done.stdout.strip()


def _read(root: Path, name: str) -> str:
    return (root / name).read_text(encoding="utf-8")


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))
