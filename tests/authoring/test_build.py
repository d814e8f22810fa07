"""The build on a small course of its own: what it makes, keeps secret, refuses and compares."""

import json
import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from course_tools.authoring import fill
from course_tools.authoring.build import (
    build_lessons,
    check,
    choose,
    dumps,
    instructor_edition,
    learner_edition,
)
from course_tools.authoring.placeholders import lookup
from course_tools.authoring.source import BuildError, read
from course_tools.work import _digest
from course_utils.protocol import results
from tests.authoring.example_lesson import SOURCE, make_course

REPOSITORY = Path(__file__).resolve().parents[2]
SECRETS = (
    "secret_solution",
    "secret_test",
    "secret answer",
    "secret rubric",
    "x**2",
    "x**3",
    "== 42",
    "SOLUTION",
    "HIDDEN",
)


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """A course built once, executed; tests that change it work on ``course``."""
    folder = make_course(tmp_path_factory.mktemp("built"))
    build_lessons(folder, say=lambda text: None)
    return folder


@pytest.fixture
def course(tmp_path):
    return make_course(tmp_path)


def edit(course, old, new):
    path = course / "solutions" / SOURCE.name
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")
    return path


def notebook(folder, edition):
    return nbformat.read(folder / edition / "01_example.ipynb", as_version=4)


def cell(nb, grade_id):
    return next(c for c in nb.cells if c.metadata.get("nbgrader", {}).get("grade_id") == grade_id)


# ------------------------------------------------------------------------------- editions
def test_learner_edition_holds_no_secret_anywhere(built):
    raw = (built / "notebooks" / "01_example.ipynb").read_text("utf-8")
    solved = (built / "solutions" / "01_example.ipynb").read_text("utf-8")
    for secret in SECRETS:
        assert secret not in raw
        assert secret in solved
    for c in notebook(built, "notebooks").cells:
        assert not c.get("outputs")
        assert c.get("execution_count") is None


def test_learner_sees_signature_docstring_and_ellipsis(built):
    assert cell(notebook(built, "notebooks"), "double").source == (
        'def double(x):\n    """Twice ``x``."""\n    ...'
    )
    assert cell(notebook(built, "notebooks"), "why").source == (
        "### Why do two and two agree?\n\n*Your answer here.*"
    )


def test_nbgrader_accepts_the_learner_edition(built):
    from nbgrader.nbgraderformat import MetadataValidator
    from nbgrader.utils import compute_checksum, determine_grade, is_grade

    nb = notebook(built, "notebooks")
    MetadataValidator().validate_nb(nb)
    marked = {c.metadata.nbgrader.grade_id: c for c in nb.cells if "nbgrader" in c.metadata}
    points = {name: c.metadata.nbgrader.points for name, c in marked.items() if is_grade(c)}
    assert points == {"check_double": 3, "check_square": 2, "check_cube": 1, "why": 4}
    for c in marked.values():
        assert c.metadata.nbgrader.checksum == compute_checksum(c)
    assert marked["check_double"].metadata.editable is False
    assert "editable" not in marked["double"].metadata
    assert determine_grade(marked["why"]) == (0, 4)  # untouched: nothing to read by hand


def test_instructor_edition_is_executed_and_carries_no_moment_or_machine(built):
    nb = notebook(built, "solutions")
    outputs = [o for c in nb.cells if c.cell_type == "code" for o in c.outputs]
    assert {"text": "double: 4\n"}.items() <= dict(outputs[1]).items()
    assert nb.metadata == {
        "kernelspec": {
            "display_name": "Python 3 (ipykernel)",
            "language": "python",
            "name": "python3",
        },
        "language_info": {"name": "python"},
        "course": {"built": _digest(nb)},
    }
    assert not any("execution" in c.metadata for c in nb.cells)
    assert str(built) not in dumps(nb)
    assert "<!-- BEGIN SOLUTION -->" in cell(nb, "why").source  # a heading would show


def test_outputs_do_not_name_this_machines_folders(course):
    edit(course, "print(3 + 4)", "import sys, warnings\nprint(sys.prefix)\nwarnings.warn('old')")
    build_lessons(course, say=lambda text: None)
    raw = (course / "solutions" / "01_example.ipynb").read_text("utf-8")
    assert "<python>" in raw and "<cell>:" in raw
    assert sys.prefix not in raw and "ipykernel_" not in raw


def test_outputs_keep_warnings_but_not_what_tensorflow_logs_on_loading(course):
    log = "I0000 00:00:1795742788.962289 7 cudart_stub.cc:31] Could not find cuda drivers.\\n"
    quiet = f"import sys\nprint('{log}', end='', file=sys.stderr)"
    edit(course, "print(3 + 4)", quiet)
    build_lessons(course, say=lambda text: None)
    assert "cudart_stub.cc:31" not in saved_outputs(course)
    edit(course, quiet, quiet + "\nprint('mind this', file=sys.stderr)")
    build_lessons(course, say=lambda text: None)
    assert "mind this" in saved_outputs(course)


def saved_outputs(course) -> str:
    cells = notebook(course, "solutions").cells
    return str([c.outputs for c in cells if c.cell_type == "code"])


def test_facts_are_compared_only_where_outputs_are_kept(built):
    tagged = [c for c in notebook(built, "solutions").cells if c.metadata.get("tags")]
    assert [c.source for c in tagged] == ["print(3 + 4)"]
    assert tagged[0].metadata.tags == ["nbval-check-output"]
    assert not any("tags" in c.metadata for c in notebook(built, "notebooks").cells)


def test_building_records_no_results(built):
    assert lookup("ml-100k.mean.rmse", folder=built / "results") == "1.1500"


def test_nbval_passes_both_editions_and_fails_a_changed_fact(built, tmp_path):
    def nbval(*files):
        return subprocess.run(
            [
                *(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"),
                *("--nbval-lax", "--nbval-current-env", f"--rootdir={tmp_path}"),
                *map(str, files),
            ],
            env=os.environ | {"PYTHONPATH": str(REPOSITORY), "COURSE_RESULTS": str(tmp_path)},
            cwd=tmp_path,
            capture_output=True,
            text=True,
        )

    both = nbval(built / "notebooks", built / "solutions")
    assert both.returncode == 0, both.stdout
    assert "18 passed" in both.stdout
    changed = tmp_path / "changed.ipynb"
    raw = (built / "solutions" / "01_example.ipynb").read_text("utf-8")
    changed.write_text(raw.replace('"7\\n"', '"8\\n"'), "utf-8")
    failed = nbval(changed)
    assert failed.returncode == 1
    assert "1 failed" in failed.stdout


# ---------------------------------------------------------------------------- repeatability
def test_rebuilding_changes_nothing(built):
    assert check(built) == []
    assert build_lessons(built, say=lambda text: None) == []


def test_a_new_cell_above_leaves_named_cells_their_ids(course):
    def ids():
        nb = instructor_edition(course / "solutions" / SOURCE.name, course / "results")
        return {c.metadata.nbgrader.grade_id: c.id for c in nb.cells if "nbgrader" in c.metadata}

    before = ids()
    edit(course, "# %% exercise", "# %%\nprint('new')\n\n# %% exercise")
    assert ids() == before
    assert len(set(before.values())) == len(before) == 7


def test_no_execute_keeps_outputs_until_code_changes(course):
    build_lessons(course, say=lambda text: None)
    edit(course, "Doubling is not squaring.", "Squaring is not doubling.")
    assert check(course) == [
        "notebooks/01_example.ipynb: not what its source gives",
        "solutions/01_example.ipynb: not what its source gives",
    ]
    build_lessons(course, run=False)
    assert check(course) == []
    edit(course, "print(3 + 4)", "print(3 + 5)")
    build_lessons(course, run=False)
    assert check(course) == ["solutions/01_example.ipynb: not executed"]


@pytest.mark.parametrize("edition", ["notebooks", "solutions"])
def test_check_sees_an_edited_notebook(course, edition):
    build_lessons(course, run=False)
    path = course / edition / "01_example.ipynb"
    path.write_text(path.read_text("utf-8").replace("## The trap", "## A trap"), "utf-8")
    says = {"notebooks": "you have answers here", "solutions": "not what its source gives"}
    assert any(
        line.startswith(f"{edition}/01_example.ipynb: {says[edition]}") for line in check(course)
    )


def test_check_sees_missing_and_orphaned_notebooks(course):
    (course / "notebooks" / "07_gone.ipynb").write_text("{}", "utf-8")
    assert check(course) == [
        "notebooks/01_example.ipynb: not what its source gives",
        "solutions/01_example.ipynb: missing",
        "notebooks/07_gone.ipynb: has no source, delete it",
    ]


def test_a_changed_result_makes_notebooks_out_of_date(course):
    build_lessons(course, run=False)
    results.record("ml-100k", [], facts={"n_ratings": 99_999}, folder=course / "results")
    assert "notebooks/01_example.ipynb: not what its source gives" in check(course)


def test_a_failing_cell_is_named_with_its_line(course):
    path = edit(course, "print(3 + 4)", "print(3 / 0)")
    line = path.read_text("utf-8").split("print(3 / 0)")[0].count("\n")
    with pytest.raises(BuildError, match=rf"01_example.py:{line}: .*ZeroDivisionError"):
        build_lessons(course, say=lambda text: None)


def test_lessons_are_chosen_by_the_start_of_their_name(course):
    assert [path.name for path in choose(course, ["01"])] == ["01_example.py"]
    with pytest.raises(BuildError, match=r"no lesson '02' in solutions/, only: 01_example"):
        choose(course, ["02"])


# ------------------------------------------------------------------------------ what is refused
BROKEN = {
    "duplicate exercise 'double'": ('exercise="square"', 'exercise="double"'),
    "duplicate check 'double'": ('check="square"', 'check="double"'),
    "duplicate open 'double'": ('open="why"', 'open="double"'),
    "check 'cubed' has no exercise": ('check="cube"', 'check="cubed"'),
    "exercise 'cube' has no check": ('check="cube"', 'check="cubed"'),
    "rubric 'who' has no open": ('rubric="why"', 'rubric="who"'),
    "exercise 'cube' has no solution": (
        "    ### BEGIN SOLUTION\n    return x**3\n    ### END SOLUTION",
        "    return x**3",
    ),
    "a solution outside an exercise": ("print(3 + 4)", "### BEGIN SOLUTION\n### END SOLUTION"),
    "hidden tests outside a check": (
        "print(3 + 4)",
        "### BEGIN HIDDEN TESTS\n### END HIDDEN TESTS",
    ),
    r"unbalanced marks \(BEGIN SOLUTION\)": (
        "    return x**3\n    ### END SOLUTION",
        "    return x**3",
    ),
    "26 lines of code, the limit is 25": ("print(3 + 4)", "\n".join(["x = 1"] * 26)),
    "unknown cell mark 'facts'": ("fact=true", "facts=true"),
    "check 'cube' needs points": ('check="cube" points=1', 'check="cube"'),
    "check 'cube' never calls": ('check("cube", cube)', "cube(2)"),
    "check 'square' never calls": (
        'check("square", square)',
        '### BEGIN HIDDEN TESTS\ncheck("square", square)\n### END HIDDEN TESTS',
    ),
    "check 'double' never calls": (
        'check("double", double)',
        'check("square", double)',
    ),
    "check 'cube' is no Python": ('check("cube", cube)', 'check("cube", cube'),
    "a cell is one thing, not exercise and check": ('exercise="cube"', 'exercise="cube" check="x"'),
    "text above the first": ("# %% [markdown]\n# # 1.", "x = 1\n# %% [markdown]\n# # 1."),
    "ml-100k.meen.rmse": ("{{ml-100k.mean.rmse:.2f}}", "{{ml-100k.meen.rmse:.2f}}"),
}


@pytest.mark.parametrize("problem", BROKEN)
def test_a_broken_source_is_refused_with_place_and_remedy(course, problem):
    path = edit(course, *BROKEN[problem])
    with pytest.raises(BuildError, match=rf"solutions/01_example\.py:\d+: .*{problem}"):
        instructor_edition(path, course / "results")
    assert not (course / "notebooks" / "01_example.ipynb").exists()


def test_the_line_is_that_of_the_cell(course):
    path = edit(course, "fact=true", "facts=true")
    line = path.read_text("utf-8").split("# %% facts")[0].count("\n") + 1
    with pytest.raises(BuildError, match=rf":{line}: unknown"):
        read(path)


def test_an_unknown_number_names_its_near_matches(course):
    path = edit(course, "mean.rmse:.2f", "mean.rsme:.2f")
    with pytest.raises(BuildError, match=r"near matches: ml-100k@random\.mean\.rmse"):
        instructor_edition(path, course / "results")


def test_every_unknown_number_is_listed_at_once(course):
    edit(course, "mean.rmse:.2f", "mean.rsme:.2f")
    edit(course, "facts.n_ratings", "facts.ratings")
    path = edit(course, "mean.rmse.min", "mean.rmse.least")
    with pytest.raises(BuildError) as error:
        instructor_edition(path, course / "results")
    assert len(str(error.value).splitlines()) == 3


# ---------------------------------------------------------------------------- what is filled in
def first_cells(course, repository):
    nb = instructor_edition(course / "solutions" / SOURCE.name, course / "results", repository)
    return nb.cells[0].source, nb.cells[1].source


def test_numbers_are_filled_in_both_editions(built):
    for edition in ("solutions", "notebooks"):
        texts = "\n".join(c.source for c in notebook(built, edition).cells)
        assert "The set holds 100,000 ratings, and the mean scores 1.15." in texts
        assert "| mean | – | 1.1 | 1.15 | – |" in texts


def test_badge_and_setup_with_a_repository(course):
    badge, setup = first_cells(course, "https://github.com/owner/name")
    assert f"/github/owner/name/blob/{fill.TAG}/notebooks/01_example.ipynb)" in badge
    assert f"git+https://github.com/owner/name@{fill.TAG}" in setup
    assert fill.built_for(setup) == "https://github.com/owner/name"
    assert len(setup.splitlines()) <= 25 and max(map(len, setup.splitlines())) <= 100


def test_without_a_repository_there_is_no_broken_address(course):
    badge, setup = first_cells(course, None)
    assert badge.startswith("# 1. An example\nAfter this lesson")
    assert "github" not in setup and "install the course" in setup


@pytest.mark.parametrize(
    ("origin", "address"),
    [
        ("git@github.com:owner/my.name.git", "https://github.com/owner/my.name"),
        ("https://github.com/owner/name", "https://github.com/owner/name"),
        ("ssh://git@github.com/owner/name.git", "https://github.com/owner/name"),
        ("https://example.org/owner/name.git", None),
    ],
)
def test_the_address_comes_from_the_git_remote(course, origin, address):
    subprocess.run(["git", "init", "-q", str(course)], check=True)
    subprocess.run(["git", "-C", str(course), "remote", "add", "origin", origin], check=True)
    assert fill.repository_address(course) == address


def test_the_setting_wins_over_the_remote_and_a_fork_passes_the_check(course):
    build_lessons(course, run=False)
    assert fill.repository_address(course) is None
    learner = course / "notebooks" / "01_example.ipynb"
    source = course / "solutions" / SOURCE.name
    nb = instructor_edition(source, course / "results", "https://github.com/a/b")
    learner.write_text(dumps(learner_edition(nb)), "utf-8")
    assert "notebooks/01_example.ipynb: not what its source gives" not in check(course)
    with (course / "pyproject.toml").open("a") as file:
        file.write('[tool.course]\nrepository = "https://github.com/c/d"\n')
    assert fill.repository_address(course) == "https://github.com/c/d"
    assert "notebooks/01_example.ipynb: not what its source gives" in check(course)


shell = pytest.mark.skipif(os.name == "nt", reason="Colab is Linux: its cells use a Unix shell")


def run_setup(tmp_path, setup, colab):
    """Run a setup cell in IPython beside a pip that only notes what it is asked."""
    pip = tmp_path / "bin" / "pip"
    pip.parent.mkdir()
    pip.write_text(
        '#!/bin/sh\nif [ "$1" = list ]; then printf "numpy==2.1.3\\nnumpydoc==1.0\\nkeras==3.13.2'
        '\\n"; else echo "$@" > pip-called; fi\n'
    )
    pip.chmod(0o755)
    fake = "import sys, types\nsys.modules['google.colab'] = types.ModuleType('colab')\n"
    script = tmp_path / "setup.ipy"
    script.write_text((fake if colab else "") + setup + "\nprint(DATASET)\n", "utf-8")
    env = os.environ | {
        "PATH": f"{pip.parent}{os.pathsep}{os.environ['PATH']}",
        "IPYTHONDIR": str(tmp_path),
        "PYTHONPATH": str(REPOSITORY),
    }
    env.pop("COURSE_DATASET", None)
    run = [sys.executable, "-m", "IPython", "--colors=NoColor", str(script)]
    return subprocess.run(run, cwd=tmp_path, env=env, capture_output=True, text=True, check=True)


@shell
def test_setup_on_colab_installs_the_course_and_pins_what_is_there(course):
    setup = first_cells(course, "https://github.com/owner/name")[1]
    run_setup(course, setup, colab=True)
    asked = (course / "pip-called").read_text().split()
    assert asked[-1] == f"git+https://github.com/owner/name@{fill.TAG}"
    assert asked[asked.index("-c") + 1] == "constraints.txt"
    assert (course / "constraints.txt").read_text() == "numpy==2.1.3\nkeras==3.13.2\n"


@shell
def test_setup_elsewhere_installs_nothing(course):
    done = run_setup(course, first_cells(course, "https://github.com/owner/name")[1], colab=False)
    assert not (course / "pip-called").exists()
    assert done.stdout.strip() == "ml-100k"


@shell
def test_setup_on_colab_without_an_address_says_what_to_do(course):
    done = run_setup(course, first_cells(course, None)[1], colab=True)
    assert f"%pip install git+ADDRESS@{fill.TAG}" in done.stdout
    assert not (course / "pip-called").exists()


def test_readme_blocks_are_filled_and_checked(course):
    mode = {"lesson": "02_other", "model": "mode", "split": "random", "seed": 0}
    results.record("ml-100k", mode | {"metrics": {"rmse": 1.3}}, folder=course / "results")
    readme = course / "README.md"
    readme.write_text(
        "Before.\n<!-- results:begin ml-100k 01_example -->\nstale\n<!-- results:end -->\n"
        "<!-- results:begin ml-100k * mode mean -->\n<!-- results:end -->\n"
        "<!-- results:begin It is {{ml-100k.mean.rmse.max:.1f}}. --><!-- results:end -->\n"
        "<!-- results:begin ml-100k 02_other mode columns=rmse,peak_mb -->\n<!-- results:end -->\n"
        "<!-- results:begin\n| of | two lines |\n| mean | {{ml-100k.mean.rmse.max:.1f}} |\n-->"
        "<!-- results:end -->\n",
        "utf-8",
    )
    assert "README.md: a results block is out of date" in check(course)
    build_lessons(course, run=False)
    text = readme.read_text("utf-8")
    assert "stale" not in text and "| mean | 1.1500 ± 0.0707 | – | – |" in text
    assert "-->It is 1.2.<!--" in text
    assert "| model | RMSE | peak MB |\n" in text and "| mode | 1.3000 | – |\n" in text
    assert "-->\n| of | two lines |\n| mean | 1.2 |\n<!--" in text
    assert text.index("| mode | 1.3000 |") < text.rindex("| mean | 1.1500")
    assert not any("README" in line for line in check(course))
    readme.write_text("<!-- results:begin Now {{tag}}. --><!-- results:end -->", "utf-8")
    build_lessons(course, run=False)
    assert f"-->Now {fill.TAG}.<!--" in readme.read_text("utf-8")
    readme.write_text("<!-- results:begin ml-100k 09_none -->\n<!-- results:end -->", "utf-8")
    with pytest.raises(BuildError, match=r"README\.md, block 'ml-100k 09_none': no results of"):
        check(course)


def test_pages_in_docs_are_filled_and_checked_as_the_readme_is(course):
    build_lessons(course, run=False)
    page = course / "docs" / "measuring.md"
    page.parent.mkdir()
    page.write_text("<!-- results:begin ml-100k 01_example -->\n<!-- results:end -->\n", "utf-8")
    assert "docs/measuring.md: a results block is out of date" in check(course)
    assert build_lessons(course, run=False) == [page]
    assert "| mean | 1.1500 ± 0.0707 |" in page.read_text("utf-8")
    assert not any("docs" in line for line in check(course))
    page.write_text("<!-- results:begin {{ml-100k.x.y}} --><!-- results:end -->", "utf-8")
    with pytest.raises(BuildError, match=r"docs/measuring\.md, block '\{\{ml-100k\.x\.y"):
        check(course)


def test_notebooks_are_valid_json_of_the_current_format(built):
    for edition in ("solutions", "notebooks"):
        raw = json.loads((built / edition / "01_example.ipynb").read_text("utf-8"))
        nbformat.validate(raw)
        assert (raw["nbformat"], raw["nbformat_minor"]) == (4, 5)
        assert len({c["id"] for c in raw["cells"]}) == len(raw["cells"])
