"""The rooms of the two packages: who imports whom, what an import loads, what to read first."""

import ast
import subprocess
import sys
from functools import cache
from graphlib import CycleError, TopologicalSorter
from importlib import import_module
from pathlib import Path

import nbformat
import pytest

from course_tools.authoring.run import execute, kernel_environment

ROOT = Path(__file__).resolve().parents[1]
# From the ground up: a room may import those before it. The last two stand side by side.
ROOMS = ("data", "models", "tasks", "protocol", "recommend", "plots", "checks")
HEAVY = ("tensorflow", "keras", "gensim", "umap")
READ_FIRST = {
    "data": ("movielens", "splits", "matrices"),
    "models": ("embedding", "autoencoders", "losses", "baselines"),
    "tasks": ("pairs", "rows"),
    "protocol": ("training", "metrics", "evaluation", "results"),
}
READ_FIRST_FILES = [
    f"course_utils/{room}/{name}.py" for room, names in READ_FIRST.items() for name in names
]
READ_FIRST_LINES = 2100

PATHS = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for package in ("course_tools", "course_utils")
    for path in sorted((ROOT / package).rglob("*.py"))
    if "skeleton" not in path.parts  # a lesson to be, in authoring/skeleton
}


# --------------------------------------------------------------------------- reading imports
@cache
def tree(module):
    return ast.parse(PATHS[module].read_text("utf-8"))


@cache
def exported(room):
    """Name → submodule, from the list that a room's ``__init__`` attaches."""
    for node in ast.walk(tree(room)):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "lazy_loader.attach":
            lists = {k.arg: ast.literal_eval(k.value) for k in node.keywords}
            return {
                name: f"{room}.{module}"
                for module, names in lists.get("submod_attrs", {}).items()
                for name in names
            }
    return {}


def statements(node):
    """Everything in a module but what only a type checker reads."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
            continue
        yield child
        yield from statements(child)


@cache
def imports(module):
    """Modules of the course that one imports, at its top or in a function."""
    found = set()
    for node in statements(tree(module)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module} imports by a relative name, line {node.lineno}"
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                known = node.module in PATHS and exported(node.module).get(alias.name)
                found.add(whole if whole in PATHS else known or node.module)
    return found & PATHS.keys()


def room(module):
    return module.split(".")[1] if module.count(".") else ""


# ------------------------------------------------------------------------------- who imports whom
def test_rooms_are_the_ones_listed():
    found = {path.name for path in (ROOT / "course_utils").iterdir() if path.is_dir()}
    assert found - {"__pycache__"} == set(ROOMS)


@pytest.mark.parametrize("name", ROOMS)
def test_a_room_imports_only_rooms_before_it(name):
    allowed = {"", name, *ROOMS[: min(ROOMS.index(name), ROOMS.index("plots"))]}
    wrong = {
        f"{module} imports {other}"
        for module in PATHS
        if module.startswith(f"course_utils.{name}")
        for other in imports(module)
        if other.startswith("course_utils") and room(other) not in allowed
    }
    assert wrong == set()


def test_what_lessons_import_knows_nothing_of_the_tools():
    users = [module for module in PATHS if module.startswith("course_utils")]
    assert [m for m in users if any(i.startswith("course_tools") for i in imports(m))] == []


def test_no_module_imports_itself_in_a_circle():
    graph = {module: imports(module) - {module} for module in PATHS}
    try:
        list(TopologicalSorter(graph).static_order())
    except CycleError as error:
        pytest.fail(" → ".join(reversed(error.args[1])))


# ----------------------------------------------------------------------------------- names
@pytest.mark.parametrize("module", PATHS)
def test_no_module_bears_the_name_of_something_in_it(module):
    kinds = ast.FunctionDef | ast.ClassDef
    own = {node.name for node in tree(module).body if isinstance(node, kinds)}
    name = module.rsplit(".", 1)[-1]
    assert name not in own | exported(module).keys(), f"{module}.{name}: rename one of the two"


def test_nothing_is_imported_by_a_star():
    stars = {
        module
        for module in PATHS
        for node in ast.walk(tree(module))
        if isinstance(node, ast.ImportFrom) and any(alias.name == "*" for alias in node.names)
    }
    assert stars == set()


@pytest.mark.parametrize("name", ["", *(f".{name}" for name in ROOMS)])
def test_a_room_lists_what_is_in_it(name):
    opened = import_module(f"course_utils{name}")
    attached = exported(opened.__name__)
    assert attached or name == ".checks", "attach names with lazy_loader"
    for entry in opened.__all__:
        assert hasattr(opened, entry), entry
    modules = {m.rsplit(".", 1)[-1] for m in PATHS if m.rpartition(".")[0] == opened.__name__}
    assert not modules & attached.keys(), "a name that is a module's as well"
    assert name == ".checks" or modules <= set(opened.__all__)


def test_the_root_of_the_package_is_its_rooms():
    modules = {path.name for path in (ROOT / "course_utils").glob("*.py")} - {"__init__.py"}
    assert len(modules) <= 1, modules


# ------------------------------------------------------------------------------- read first
def test_what_to_read_first_is_an_evenings_reading():
    lengths = {
        name: len((ROOT / name).read_text("utf-8").splitlines()) for name in READ_FIRST_FILES
    }
    assert sum(lengths.values()) <= READ_FIRST_LINES, lengths


@pytest.mark.parametrize("name", READ_FIRST_FILES)
def test_the_readme_links_what_to_read_first(name):
    assert f"({name})" in (ROOT / "README.md").read_text("utf-8")


# ----------------------------------------------------------------------- what an import loads
def loaded(code):
    """Which of the heavy packages are there after ``code``."""
    code += f"\nimport sys\nprint(*({{*{HEAVY}}} & {{*sys.modules}}))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def test_opening_the_rooms_loads_nothing_heavy():
    assert loaded(f"from course_utils import {', '.join(ROOMS)}, check, results") == []


@pytest.mark.parametrize("name", ["data", "plots", "checks"])
def test_no_module_of_a_light_room_loads_anything_heavy(name):
    modules = [module for module in PATHS if module.startswith(f"course_utils.{name}")]
    assert loaded(f"import {', '.join(modules)}") == []


def test_checking_an_answer_loads_nothing_heavy():
    assert loaded("from course_utils import check\ncheck('per_user_rmse', lambda *_: 1.0)") == []


@pytest.mark.notebook
def test_lesson_01_loads_nothing_heavy(tmp_path):
    notebook = nbformat.read(ROOT / "notebooks" / "01_eda.ipynb", as_version=4)
    last = f"import sys\nprint(*({{*{HEAVY}}} & {{*sys.modules}}))"
    notebook.cells.append(nbformat.v4.new_code_cell(last))
    execute(notebook, tmp_path, kernel_environment("ml-100k", tmp_path))
    assert notebook.cells[-1].outputs[0].text.split() == []
