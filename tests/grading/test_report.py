"""What people read: open answers that are read again, remarks, exports, and nothing that runs."""

import csv
import io
import json
import random
import re

import nbformat
import pytest
from nbconvert.filters import markdown2html
from nbgrader.api import Gradebook

from course_tools.grading.alike import compare, shape
from course_tools.grading.clean import harmless, plain_text
from tests.checks.test_wrong_answers import RIGHT_ANSWERS, WRONG_ANSWERS
from tests.grading import submissions as uploads
from tests.grading.test_grade import LESSON, REAL, RIGHT, notebook, put, run

# ------------------------------------------------------------------------- what a page may hold
HOSTILE = [
    "[my figure](javascript&colon;alert(1))",
    "[a](&#106;avascript:alert(1)) <a href='java\tscript:alert(1)'>b</a>",
    "[a](data:text/html;base64,PHNjcmlwdD4=) [b](vbscript:x) [c](/api/kernels)",
    "<svg onload=alert(1)><a xlink:href='javascript:alert(1)'><text>x</text></a></svg>",
    "<img src=x onerror=alert(1)> ![x](http://evil.example/x.png)",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe><object data=x></object>",
    "<style>@import url(//evil.example)</style><form action=//evil.example><button>x</button>",
    "a\n\n<div>\n\n[x](javascript&colon;alert(1))\n\n</div>",
    "```\n\n[x](javascript&colon;alert(1))\n\n<script>alert(1)</script>\n```",
    r"$\href{javascript:alert(1)}{x}$ $$\require{action}\style{x}{y}$$",
    "<math><mtext></p><style><img src=x onerror=alert(1)></style></mtext></math>",
    "<a href=https://x.example onclick=alert(1) style=position:fixed target=_self>x</a>",
]


@pytest.mark.parametrize("words", HOSTILE)
def test_nothing_in_an_open_answer_can_run(words):
    shown = markdown2html(harmless(words))  # as formgrader renders what we store
    tags = re.findall(r"<(\w+)([^>]*)>", shown)
    assert not {t for t, _ in tags} & {"script", "style", "img", "svg", "iframe", "object", "form"}
    for _, attributes in tags:
        assert not re.search(r"\son\w+|style=|javascript|data:|src=", attributes), shown
    assert all(re.match(r"https?:|mailto:", link) for link in re.findall(r'href="([^"]*)', shown))
    assert not re.search(r"\\(href|require|style)\b", shown)


@pytest.mark.parametrize(
    ("words", "kept"),
    [
        ("if $a<b$ then", "$a&lt;b$"),
        ("`x<y`", "<code>x&lt;y</code>"),
        ("$$\na < b\n\n$$", "a &lt; b"),
        ("- one\n- two\n\n**bold**", "<strong>bold</strong>"),
        ("| a | b |\n|--|--|\n| 1 | 2 |", "<td>2</td>"),
        ("[paper](https://example.org/x)", 'href="https://example.org/x"'),
        ("$\\frac{1}{2}$", "\\frac{1}{2}"),
    ],
)
def test_what_an_honest_answer_needs_survives(words, kept):
    assert kept in markdown2html(harmless(words))


def test_fenced_code_keeps_its_signs_and_its_empty_lines():
    shown = markdown2html(harmless("```python\nif a < b:\n\n    pass\n```"))
    text = re.sub(r"<[^>]+>", "", shown).replace("&#10;", "\n")
    assert "if a &lt; b:\n\n    pass" in text


@pytest.mark.parametrize(
    ("text", "shown"),
    [("a\x1b[2Jb", "a\\x1b[2Jb"), ("M\udcfcller", "Müller"), ("\ud800", "?"), ("é\n\t", "é\n\t")],
)
def test_text_is_inert_everywhere(text, shown):
    assert plain_text(text) == shown


# ------------------------------------------------------------------------------ read by people
def give(out, points, student="anna"):
    """Points for the open answer, as formgrader gives them."""
    with Gradebook(f"sqlite:///{out / 'gradebook.db'}", "course") as book:
        found = book.find_grade("why", LESSON, LESSON, student)
        found.manual_score, found.needs_manual_grade = points, False
        book.db.commit()


def why(rows):
    return next((r["points"], r["status"], r["reason"]) for r in rows if r["exercise"] == "why")


def test_a_changed_open_answer_is_read_again(example, folder):
    out = folder.parent / "grades"
    put(folder, "anna", notebook(example, words="First."), moment=1e9)
    run(example, folder)
    give(out, 3)
    assert why(run(example, folder)[0])[:2] == ("3", "graded by hand")
    put(folder, "anna", notebook(example, words="Second."), moment=1.1e9)
    for _ in range(2):  # until somebody reads it
        rows, said = run(example, folder)
        assert why(rows)[:2] == ("3", "needs manual grading")
        assert "read it again" in why(rows)[2]
        assert "1 of them changed after they were read" in said
    give(out, 4)
    assert why(run(example, folder)[0])[:2] == ("4", "graded by hand")
    assert why(run(example, folder)[0])[:2] == ("4", "graded by hand")


# ------------------------------------------------------------------------------------- exports
def table(path):
    return list(csv.reader(io.StringIO(path.read_bytes().decode("utf-8-sig"))))


def test_tables_open_in_excel_with_their_umlauts(example, folder):
    put(folder, "Zoë", notebook(example))
    run(example, folder)
    out = folder.parent / "grades"
    for name in ("gradebook.csv", "totals.csv"):
        assert (out / name).read_bytes().startswith(b"\xef\xbb\xbf"), name


def test_canvas_finds_students_by_the_number_in_the_file_name(example, folder):
    for name in (f"leeanna_4711_99_{LESSON}.ipynb", f"ottben_LATE_4712_98_{LESSON}-1.ipynb"):
        put(folder, "", notebook(example, **RIGHT), name)
    _, said = run(example, folder, export="canvas")
    lines = table(folder.parent / "grades" / "canvas.csv")
    assert [line[:2] for line in lines[2:]] == [["leeanna", "4711"], ["ottben", "4712"]]
    assert [line[-1] for line in lines[1:]] == ["10", "6", "6"]
    assert "warning" not in said


def test_moodle_finds_students_by_their_participant_number(example, folder):
    words = notebook(example, words="Because.", **RIGHT)
    put(folder, "Anna Lee_12_assignsubmission_file_", words)
    _, said = run(example, folder, export="moodle")
    lines = table(folder.parent / "grades" / "moodle.csv")
    assert lines[0][0] == "Identifier" and "Grade" in lines[0]
    assert lines[1] == ["Participant 12", "Anna Lee", "", "6", "10"]
    assert "warning: moodle gets totals without the 1 answers that nobody read" in said


def test_gradescope_gets_a_file_a_submission(example, folder):
    put(folder, "anna", notebook(example, double="return 3", square="return x * x"))
    run(example, folder, export="gradescope")
    (path,) = (folder.parent / "grades" / "gradescope").rglob("results.json")
    found = json.loads(path.read_text("utf-8"))
    assert found["score"] == 2
    tests = {t["name"]: (t["score"], t["max_score"], t["status"]) for t in found["tests"]}
    assert tests["square"] == (2, 2, "passed") and tests["double"] == (0, 3, "failed")


def test_every_file_is_a_row_and_a_page(example, folder):
    put(folder, "anna", notebook(example, **RIGHT))
    put(folder, "ben", b"x = 1", "01_example.py")
    put(folder, "cem", b"PK", "work.docx")
    put(folder, "dora", b"\x1f\x8b", "work.tar.gz")
    put(folder, "eva", b"PK\x03\x04", "broken.zip")
    for number in range(30):
        put(folder, "finn", b"", f"photo {number}.jpg")
    rows, said = run(example, folder)
    status = {row["student"]: row["status"] for row in rows if row["student"] != "anna"}
    assert status == dict.fromkeys(("ben", "cem", "dora", "eva", "finn"), "not a notebook")
    pages = (folder.parent / "grades" / "feedback").glob("*/*/*.html")
    assert {page.parts[-3] for page in pages} == {"anna", *status}
    assert sum("finn" in line for line in said.splitlines()) <= 2


def test_no_data_stops_with_one_sentence(tmp_path, monkeypatch):
    folder = tmp_path / "uploads"
    put(folder, "anna", uploads.dump(uploads.solved()), f"{uploads.LESSON}.ipynb")

    def offline(name):
        raise RuntimeError("no network.\nlong story")

    monkeypatch.setattr("course_utils.data.movielens.load_movielens", offline)
    with pytest.raises(RuntimeError, match=r"grading needs MovieLens.*course data") as caught:
        run(uploads.ROOT, folder)
    assert "\n" not in str(caught.value)
    assert not (folder.parent / "grades" / "gradebook.csv").exists()


# ------------------------------------------------------------------------------------- remarks
def record(student, **answers):
    tasks = {
        name: {"kind": "code", "attempted": True, "source": source}
        for name, source in answers.items()
    }
    return {"student": student, "lesson": uploads.LESSON, "label": uploads.LESSON, "tasks": tasks}


OWN = {
    "filled_rows": """
def filled_rows(users, movies, ratings, shape, init_value=0.0, average=False):
    n, m = shape
    table = [[init_value for _ in range(m)] for _ in range(n)]
    if average:
        for u in range(n):
            own = [r for who, r in zip(users, ratings) if who == u] or list(ratings)
            table[u] = [sum(own) / len(own)] * m
    for u, i, r in zip(users, movies, ratings):
        table[u][i] = r
    return np.array(table, dtype=float)
""",
    "masked_mse": """
def masked_mse(y_true, y_pred):
    out = []
    for truth, guess in zip(y_true, y_pred):
        known = [k for k in range(len(truth)) if truth[k] > 0]
        errors = [(truth[k] - guess[k]) ** 2 for k in known]
        out.append(sum(errors) / max(1, len(errors)))
    return np.array(out)
""",
}
OWN |= {
    "masked_rmse_clip": """
def masked_rmse_clip(y_true, y_pred, low=1.0, high=5.0):
    own = [(t, min(max(p, low), high)) for t, p in zip(np.ravel(y_true), np.ravel(y_pred)) if t]
    out = sum((t - p) ** 2 for t, p in own)
    return (out / len(own)) ** 0.5
""",
    "keras_l2": """
def keras_l2(lam, n_rows):
    known = float(lam)
    out = known / float(n_rows)
    return out / 2.0
""",
}


def renamed(source):
    for old, new in (
        ("table", "t2"),
        ("own", "mine"),
        ("out", "res"),
        ("known", "idx"),
        ("guess", "p"),
    ):
        source = re.sub(rf"\b{old}\b", new, source)
    return source.replace("return", "# done\n    return", 1)


def others(count, seed=0):
    """An honest class drawn from the corpus of right and wrong answers."""
    rng = random.Random(seed)
    known = {name: [] for name in uploads.POINTS}
    for exercise, *_, answer in [*RIGHT_ANSWERS, *WRONG_ANSWERS]:
        if exercise in known and (source := source_of(answer, exercise)):
            known[exercise].append(source)
    return [
        record(f"s{number}", **{name: rng.choice(found) for name, found in known.items() if found})
        for number in range(count)
    ]


def source_of(answer, exercise):
    import ast
    import inspect
    import textwrap

    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(answer)))
    except (OSError, TypeError, SyntaxError):
        return None
    if not isinstance(tree.body[0], ast.FunctionDef):
        return None
    tree.body[0].name = exercise
    return ast.unparse(tree)


def identical(remarks):
    return {key[0] for key, remark in remarks.of.items() if "identical with s" in remark
            or "identical with c" in remark}  # fmt: skip


def test_a_copied_submission_is_named_and_an_honest_class_is_not():
    copies = [record("c1", **OWN), record("c2", **{n: renamed(s) for n, s in OWN.items()})]
    alarms = 0
    for seed in range(100):
        honest = others(30, seed)
        alarms += bool(identical(compare(honest, REAL)))
        if seed < 10:
            assert identical(compare([*honest, *copies], REAL)) >= {"c1", "c2"}
    assert alarms <= 1


def test_renaming_keeps_the_shape_and_another_idea_does_not():
    assert shape(OWN["masked_mse"])[0] == shape(renamed(OWN["masked_mse"]))[0]
    assert shape(OWN["masked_mse"])[0] != shape(uploads.LOOPS["masked_mse"])[0]


def test_what_is_the_courses_own_is_remarked_and_costs_nothing(tmp_path):
    folder = tmp_path / "uploads"
    calls = (
        "from course_utils.models import masked_mse as course_masked_mse\n"
        "def masked_mse(y_true, y_pred):\n    return course_masked_mse(y_true, y_pred)"
    )
    put(folder, "anna", uploads.dump(uploads.solved()), f"{uploads.LESSON}.ipynb")
    put(folder, "ben", uploads.dump(uploads.solved(masked_mse=calls)), f"{uploads.LESSON}.ipynb")
    rows, _ = run(uploads.ROOT, folder)
    remark = {(r["student"], r["exercise"]): r["remark"] for r in rows}
    assert "published solution" in remark["anna", "filled_rows"]
    assert "course_masked_mse" in remark["ben", "masked_mse"]
    out = folder.parent / "grades"
    assert "course_masked_mse" in (out / "overview.html").read_text("utf-8")
    for page in (out / "feedback").glob("*/*/*.html"):
        assert "published solution" not in page.read_text("utf-8")
    points = {(r["student"], r["exercise"]): r["points"] for r in rows}
    assert points["ben", "masked_mse"] == "3"


def test_stored_notebooks_are_valid(example, folder):
    put(folder, "anna", notebook(example, words=HOSTILE[0], **RIGHT))
    run(example, folder)
    for path in (folder.parent / "grades" / "autograded").rglob("*.ipynb"):
        nbformat.validate(nbformat.read(path, as_version=4))
