"""``course release``: what it refuses, and that version, notebooks and tag agree afterwards."""

import re
import subprocess
from pathlib import Path

import pytest

from course_tools.authoring import release
from course_tools.authoring.fill import TAG
from course_utils import __version__

ROOT = Path(__file__).resolve().parents[2]
INSTALLS = re.compile(r"pip install [^\n]*(?:@main|course[-_]utils\b)")


@pytest.fixture
def repository(tmp_path):
    for name in release.VERSION_FILES:
        (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / "course_utils/__init__.py").write_text('"""."""\n\n__version__ = "0.1.0"\n')
    (tmp_path / "CITATION.cff").write_text("version: 0.1.0\ndate-released: 2021-01-01\nl: X\n")
    (tmp_path / "CHANGELOG.md").write_text("# C\n\n## Unreleased\n\n### Breaking\n\n- a thing\n")
    for command in (
        ("init", "-q"),
        ("config", "user.email", "a@b"),
        ("config", "user.name", "a"),
        ("add", "."),
        ("commit", "-qm", "start"),
    ):
        release.git(tmp_path, *command)
    return tmp_path


def test_a_release_writes_one_version_and_tags_it_with_its_news(repository):
    news = release.prepare(repository, "0.2.0")
    assert release.publish(repository, "0.2.0", news) == "v0.2.0"
    assert '__version__ = "0.2.0"' in (repository / "course_utils/__init__.py").read_text()
    assert re.search(r"^version: 0\.2\.0$", (repository / "CITATION.cff").read_text(), re.M)
    changes = (repository / "CHANGELOG.md").read_text()
    assert re.search(r"## Unreleased\n\n## 0\.2\.0 \(\d{4}-\d\d-\d\d\)\n\n### Breaking", changes)
    assert release.git(repository, "cat-file", "-t", "v0.2.0") == "tag"  # annotated
    assert "### Breaking\n\n- a thing" in release.git(repository, "tag", "-n9", "v0.2.0").replace(
        "\n    ", "\n"
    )
    assert release.git(repository, "status", "--porcelain") == ""
    with pytest.raises(release.ReleaseError, match="nothing under"):
        release.prepare(repository, "0.3.0")


@pytest.mark.parametrize(
    ("version", "reason"),
    [("0.2", "three numbers"), ("v0.2.0", "three numbers"), ("0.0.9", "older than")],
)
def test_a_release_needs_a_new_version(repository, version, reason):
    with pytest.raises(release.ReleaseError, match=reason):
        release.prepare(repository, version)


def test_a_release_never_moves_a_tag_and_never_takes_unfinished_work(repository):
    release.git(repository, "tag", "v0.2.0")
    with pytest.raises(release.ReleaseError, match="exists"):
        release.prepare(repository, "0.2.0")
    (repository / "CITATION.cff").write_text("changed")
    with pytest.raises(release.ReleaseError, match=r"commit or put away first: CITATION\.cff"):
        release.prepare(repository, "0.3.0")
    assert '"0.1.0"' in (repository / "course_utils/__init__.py").read_text()


def test_version_citation_and_changes_agree():
    assert f"v{__version__}" == TAG
    assert f"\nversion: {__version__}\n" in (ROOT / "CITATION.cff").read_text("utf-8")
    assert f"\n## {__version__} (" in (ROOT / "CHANGELOG.md").read_text("utf-8")


def test_nothing_installs_from_a_moving_branch_or_a_name_that_is_not_ours():
    """The name course-utils on package indexes belongs to nobody here."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True)
    if listed.returncode:
        pytest.skip("not a git repository")
    texts = [
        ROOT / name
        for name in listed.stdout.split("\0")
        if name.endswith((".md", ".py", ".ipynb", ".yml", ".toml")) and "test_release" not in name
    ]
    found = {str(p.relative_to(ROOT)): INSTALLS.findall(p.read_text("utf-8")) for p in texts}
    assert {name: hits for name, hits in found.items() if hits} == {}
