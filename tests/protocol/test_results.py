"""Results: what is recorded is what is read, whoever writes at the same time."""

import json
import os
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from course_tools.authoring.placeholders import lookup
from course_tools.authoring.tables import table
from course_utils.protocol import results
from course_utils.protocol.results import UnknownResultError

REPOSITORY = Path(__file__).resolve().parents[2]


def row(model="bias", split="original", seed=0, lesson="02_baseline", **metrics):
    keys = {"lesson": lesson, "model": model, "split": split, "seed": seed}
    return keys | {"metrics": metrics or {"rmse": 0.9}, "seconds": 12.5, "parameters": 1009192}


@pytest.fixture
def folder(tmp_path):
    rows = [
        row(seed=0, rmse=0.90, per_user_rmse=0.88, n=100021),
        row(seed=1, rmse=0.92, per_user_rmse=0.89, n=100021),
        row("deep_ae", rmse=0.877),
        row("bias", "temporal", rmse=0.95),
    ]
    results.record("ml-1m", rows, facts={"n_ratings": 1000209, "mean": 3.58156}, folder=tmp_path)
    return tmp_path


# ------------------------------------------------------------------------------- writing
def test_a_newer_measurement_replaces_the_older_and_others_stay(folder):
    results.record("ml-1m", row(seed=1, rmse=0.80), folder=folder)
    frame = results.load("ml-1m", folder)
    assert len(frame) == 4
    bias = frame[(frame["model"] == "bias") & (frame["split"] == "original")]
    assert bias.set_index("seed")["rmse"].to_dict() == {0: 0.90, 1: 0.80}


def test_the_file_does_not_depend_on_the_order_of_recording(tmp_path):
    rows = [row(seed=seed, rmse=0.9 + seed / 100) for seed in range(3)]
    one = results.record("ml-1m", rows, folder=tmp_path / "one")
    for item in reversed(rows):
        two = results.record("ml-1m", item, folder=tmp_path / "two")
    assert one.read_bytes() == two.read_bytes()
    assert not list(two.parent.glob("*.tmp"))


def test_values_become_plain_json_of_six_decimals(tmp_path):
    metrics = {"rmse": np.float32(0.123456789), "n": np.int64(7), "low": float("nan")}
    path = results.record("ml-1m", row(**metrics), facts={"counts": np.arange(3)}, folder=tmp_path)
    content = json.loads(path.read_text("utf-8"))
    assert content["rows"][0]["metrics"] == {"rmse": 0.123457, "n": 7, "low": None}
    assert content["facts"] == {"counts": [0, 1, 2]}


def test_a_row_without_its_keys_is_refused(tmp_path):
    with pytest.raises(ValueError, match="lacks split, seed"):
        results.record("ml-1m", {"lesson": "x", "model": "y", "metrics": {}}, folder=tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_model_that_no_placeholder_could_name_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"model 'AutoRec \(ELU\)': name it with letters"):
        results.record("ml-1m", row("AutoRec (ELU)"), folder=tmp_path)


def test_processes_that_record_at_once_lose_nothing(tmp_path):
    code = (
        "import sys; from course_utils.protocol import results\n"
        "for seed in range(20):\n"
        "    results.record('ml-1m', {'lesson': 'x', 'model': sys.argv[1], 'split': 'random',"
        " 'seed': seed, 'metrics': {'rmse': 1.0}}, folder=sys.argv[2])\n"
    )
    env = os.environ | {"PYTHONPATH": str(REPOSITORY)}
    writers = [
        subprocess.Popen([sys.executable, "-c", code, name, str(tmp_path)], env=env)
        for name in ("a", "b", "c")
    ]
    assert [writer.wait() for writer in writers] == [0, 0, 0]
    assert len(results.load("ml-1m", tmp_path)) == 60


def test_course_results_redirects_recording_and_lies_over_the_courses_own(tmp_path, monkeypatch):
    course, run = tmp_path / "course", tmp_path / "run"
    for room in ("solutions", "notebooks", "results"):
        (course / room).mkdir(parents=True)
    (course / "pyproject.toml").write_text("")
    monkeypatch.chdir(course / "solutions")
    monkeypatch.delenv("COURSE_RESULTS", raising=False)
    assert results.record("ml-1m", [row(rmse=0.9), row("knn", rmse=0.8)]).parent == (
        course / "results"
    )
    monkeypatch.setenv("COURSE_RESULTS", str(run))
    results.record("ml-1m", row(rmse=0.7))
    assert results.load("ml-1m").set_index("model")["rmse"].to_dict() == {"bias": 0.7, "knn": 0.8}
    assert lookup("ml-1m.bias.rmse", folder=course / "results") == "0.9000"


def test_somebody_elses_project_above_is_not_taken_for_the_course(tmp_path, monkeypatch):
    (tmp_path / "solutions").mkdir()
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "homework"\n')
    monkeypatch.chdir(tmp_path)
    assert results.repository() == REPOSITORY


def test_a_row_measured_again_changes_one_line(tmp_path):
    rows = [row(seed=seed, rmse=0.9) for seed in range(3)]
    path = results.record("ml-1m", rows, facts={"n": 1, "m": 2}, folder=tmp_path)
    before = path.read_text("utf-8").splitlines()
    results.record("ml-1m", row(seed=1, rmse=0.8), facts={"m": 3}, folder=tmp_path)
    after = path.read_text("utf-8").splitlines()
    assert len(before) == len(after)
    assert sum(old != new for old, new in zip(before, after, strict=True)) == 2  # a row and a fact


def test_how_scores_move_lies_beside_the_rows_and_comes_back_with_them(tmp_path):
    moved = [row(seed=seed, rmse=0.9) | {"resampled": {"rmse": [seed, -1]}} for seed in range(2)]
    path = results.record("ml-1m", [*moved, row(seed=2, rmse=0.9)], folder=tmp_path)
    assert "resampled" not in path.read_text("utf-8")
    results.record("ml-1m", row(seed=2, rmse=0.8), folder=tmp_path)
    found = {r["seed"]: r.get("resampled") for r in results.contents("ml-1m", tmp_path)["rows"]}
    assert found == {0: {"rmse": [0, -1]}, 1: {"rmse": [1, -1]}, 2: None}
    again = row(seed=1, rmse=0.7) | {"resampled": {"rmse": [5, 5]}}
    results.record("ml-1m", again, folder=tmp_path)
    lines = (tmp_path / "resamples" / "ml-1m.json").read_text("utf-8").splitlines()
    assert sum("[5,5]" in line for line in lines) == 1
    assert results.contents("ml-1m", tmp_path)["rows"][0]["resampled"] == {"rmse": [0, -1]}


def test_rows_of_a_lesson_and_a_split(tmp_path):
    rows = [row("a"), row("b", split="original-refit"), row("c", lesson="04_autorec")]
    results.record("ml-1m", rows, folder=tmp_path)
    lesson = rows[0]["lesson"]
    assert list(results.of("ml-1m", lesson, folder=tmp_path)["model"]) == ["a", "b"]
    assert list(results.of("ml-1m", lesson[:2], "original-refit", folder=tmp_path)["model"]) == [
        "b"
    ]
    assert len(results.of("ml-1m", folder=tmp_path)) == 3
    with pytest.raises(
        UnknownResultError, match=r"no results of lesson '0' on ml-1m: .*04_autorec"
    ):
        results.of("ml-1m", "0", folder=tmp_path)


def test_labels_of_a_figure_name_models_that_were_measured():
    known = tomllib.loads((REPOSITORY / "results" / "labels.toml").read_text("utf-8"))
    measured = pd.concat([results.load(p.stem) for p in REPOSITORY.glob("results/*.json")])
    for lesson, figures in known.items():
        for figure, labels in figures.items():
            shown = results.labels(lesson[:2], figure)
            assert shown == labels == results.labels(lesson, figure)
            panels = shown.values() if isinstance(next(iter(shown.values())), dict) else [shown]
            unknown = {name for panel in panels for name in panel} - set(measured["model"])
            assert not unknown, f"{lesson}.{figure} names {unknown}, which no row holds"
    with pytest.raises(UnknownResultError, match="no labels of '02 nothing', only: 02 ladder"):
        results.labels("02", "nothing")


@dataclass
class Kept:
    dataset: str = "tiny"

    def row(self, lesson):
        return row("kept", lesson=lesson)


def test_scores_are_kept_for_course_run_and_for_nobody_else(tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_RESULTS", str(tmp_path))
    monkeypatch.delenv("COURSE_LESSON", raising=False)
    results.keep([Kept()])
    assert list(tmp_path.iterdir()) == []
    monkeypatch.setenv("COURSE_LESSON", "02_baseline")
    results.keep([Kept()])
    assert list(results.of("tiny", "02", folder=tmp_path)["model"]) == ["kept"]


def test_nothing_recorded_is_an_empty_table(tmp_path):
    frame = results.load("ml-10m", tmp_path)
    assert frame.empty and list(frame.columns) == ["lesson", "model", "split", "seed"]


# ---------------------------------------------------------------------------- placeholders
@pytest.mark.parametrize(
    ("placeholder", "text"),
    [
        ("{{ml-1m.bias.rmse}}", "0.9100"),
        ("ml-1m.bias.rmse", "0.9100"),
        ("{{ ml-1m.bias.rmse:.2f }}", "0.91"),
        ("{{ml-1m@temporal.bias.rmse:.3f}}", "0.950"),
        ("{{ml-1m.bias.rmse.sd}}", "0.0141"),
        ("{{ml-1m.bias.rmse.min}}", "0.9000"),
        ("{{ml-1m.bias.rmse.max:.1f}}", "0.9"),
        ("{{ml-1m.bias.seeds}}", "2"),
        ("{{ml-1m.bias.rmse.seeds}}", "2"),
        ("{{ml-1m.bias.n}}", "100,021"),
        ("{{ml-1m.bias.parameters}}", "1,009,192"),
        ("{{ml-1m.bias.seconds:.0f}}", "12"),
        ("{{ml-1m.facts.n_ratings}}", "1,000,209"),
        ("{{ml-1m.facts.mean}}", "3.5816"),
        ("{{ml-1m.bias.rmse - ml-1m.deep_ae.rmse:.3f}}", "0.033"),
        ("{{ml-1m.deep_ae.rmse + ml-1m.bias.rmse}}", "1.7870"),
        ("{{reported.deep_ae - ml-1m.deep_ae.rmse:+.3f}}", "-0.019"),
        ("{{reported.deep_ae}}", "0.8575"),
        ("{{reported.bst_10m}}", "0.860"),  # as published, not 0.8600
        ("{{reported.bst_10m:.1f}}", "0.9"),
    ],
)
def test_placeholders(folder, placeholder, text):
    assert lookup(placeholder, folder=folder) == text


def test_other_datasets_default_to_the_random_split(tmp_path):
    rows = [row(split="random", rmse=0.91), row(split="original", rmse=0.99)]
    results.record("ml-100k", rows, folder=tmp_path)
    assert lookup("ml-100k.bias.rmse", folder=tmp_path) == "0.9100"


def test_lessons_are_not_averaged_together(folder):
    results.record("ml-1m", row(lesson="10_capstone", rmse=0.5), folder=folder)
    assert lookup("ml-1m.bias.rmse", folder=folder) == "0.9100"
    assert lookup("ml-1m.bias.rmse", lesson="10_capstone", folder=folder) == "0.5000"
    assert lookup("ml-1m.bias.rmse", lesson="03_bst", folder=folder) == "0.9100"


@pytest.mark.parametrize(
    ("placeholder", "message"),
    [
        ("ml-1m.bais.rmse", "near matches: .*ml-1m@original.bias.rmse"),
        ("ml-1m@temporal.deep_ae.rmse", "near matches: .*ml-1m@original.deep_ae.rmse"),
        ("ml-1m.bias.rsme", "near matches: ml-1m@original.bias.rmse"),
        ("ml-1m.bias.rmse.mean", ".mean is none of sd, min, max, seeds"),
        ("ml-1m.deep_ae.rmse.sd", "needs two seeds or more, there is 1"),
        ("ml-1m.facts.ratings", "near matches: ml-1m.facts.n_ratings"),
        ("reported.deepae", "near matches: reported.deep_ae"),
        ("ml-32m.bias.rmse", "nothing recorded"),
        ("ml-1m", "is no placeholder: write"),
        ("ml-1m.bias.rmse * 2", "is no placeholder: write"),
        ("ml-1m.bias.rmse - ml-1m.bias.rmse - ml-1m.bias.rmse", "is no placeholder"),
        ("ml-1m.bias.rmse:.q", "does not take the format"),
    ],
)
def test_an_unknown_placeholder_says_what_there_is(folder, placeholder, message):
    with pytest.raises(results.UnknownResultError, match=message):
        lookup(placeholder, folder=folder)


def test_reported_values_have_metric_and_source():
    for name, entry in results.reported().items():
        assert set(entry) == {"value", "metric", "source"}, name
        assert float(entry["value"]) > 0 and entry["metric"] and entry["source"], name


# ------------------------------------------------------------------------------------ tables
def test_table_shows_mean_spread_and_best_first(folder):
    assert table("ml-1m", lesson="02_baseline", folder=folder).splitlines() == [
        "| model | split | RMSE | per-user RMSE | seconds |",
        "| :-- | :-- | --: | --: | --: |",
        "| deep_ae | original | 0.8770 | – | 12 |",
        "| bias | original | 0.9100 ± 0.0141 | 0.8850 | 12 |",
        "| bias | temporal | 0.9500 | – | 12 |",
    ]


def test_table_takes_models_in_the_order_asked(tmp_path):
    rows = [row(name, rmse=value) for name, value in (("a", 0.8), ("b", 0.9), ("c", 0.7))]
    results.record("ml-1m", rows, folder=tmp_path)
    lines = table("ml-1m", ["b", "a"], ["rmse"], folder=tmp_path).splitlines()
    assert lines == ["| model | RMSE |", "| :-- | --: |", "| b | 0.9000 |", "| a | 0.8000 |"]


def test_table_names_a_row_by_its_label(tmp_path):
    results.record("ml-1m", row("svd", rmse=0.8) | {"label": "Surprise SVD"}, folder=tmp_path)
    shown = table("ml-1m", None, ["rmse"], folder=tmp_path)
    assert shown.endswith("| Surprise SVD | 0.8000 |")


@pytest.mark.parametrize("dataset", ["ml-1m", "ml-100k"])
def test_the_pictures_show_the_recorded_numbers(dataset):
    """A mark tells what each was drawn from; ``benchmarks.side_by_side --draw`` draws it anew."""
    from PIL import Image

    from benchmarks.side_by_side import drawn_from

    page = (REPOSITORY / "docs" / "measuring.md").read_text("utf-8")
    assert f"(../results/side_by_side_{dataset}.png)" in page
    with Image.open(REPOSITORY / "results" / f"side_by_side_{dataset}.png") as picture:
        assert picture.text["Source"] == drawn_from(dataset)[1], "the picture is out of date"


def test_models_that_make_lists_are_shown_by_their_lists(tmp_path):
    rows = [row(name, ndcg=value, hit_rate=0.5) for name, value in (("a", 0.1), ("b", 0.2))]
    results.record("ml-1m", rows, folder=tmp_path)
    lines = table("ml-1m", folder=tmp_path).splitlines()
    assert lines[0] == "| model | NDCG@10 | HR@10 | coverage | seconds |"
    assert lines[2:] == ["| b | 0.2000 | 0.5000 | – | 12 |", "| a | 0.1000 | 0.5000 | – | 12 |"]


def test_table_of_nothing_is_an_error(folder):
    with pytest.raises(results.UnknownResultError, match="no results of lesson 05 for ml-1m"):
        table("ml-1m", lesson="05", folder=folder)


def test_an_installed_course_reads_the_results_it_came_with(tmp_path, monkeypatch):
    """In Colab there is no clone: the wheel carries results/ as course_utils.measured."""
    target = tmp_path / "installed"
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target"]
    subprocess.run([*command, str(target), str(REPOSITORY)], check=True)
    code = (
        "from course_utils.protocol import results; rows = results.load('ml-1m'); "
        "print(results.__file__, len(rows))"
    )
    environment = {k: v for k, v in os.environ.items() if not k.startswith("COURSE_")}
    environment["PYTHONPATH"] = str(target)
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True
    )
    file, count = done.stdout.split()
    assert file.startswith(str(target)), done.stderr
    assert int(count) == len(results.load("ml-1m", REPOSITORY / "results")) > 0


def test_rows_of_an_accelerator_name_their_engine_and_leave_out_its_cost():
    from benchmarks.measure import _without_cost

    found = row("a", rmse=0.8, fold_seconds=0.1) | {"seconds": 3.0, "command": "python -m x"}
    found |= {"peak_mb": 900.0, "versions": {"jax": "0.1", "accelerator": "a card"}}
    _without_cost(found)
    assert found["metrics"] == {"rmse": 0.8}
    assert (found["seconds"], found["peak_mb"]) == (None, None)
    assert found["command"] == "KERAS_BACKEND=jax python -m x"


def test_trials_that_run_apart_get_a_process_each_and_chance_free_ones_run_once(monkeypatch):
    from benchmarks import measure

    started = []
    monkeypatch.setattr(measure.subprocess, "run", lambda command, check: started.append(command))
    monkeypatch.setattr(sys, "argv", ["benchmarks/lesson_10.py", "--seeds", "3", "4"])
    trials = dict.fromkeys(("sure", "drawn"), lambda data, seed: pytest.fail("ran here"))
    measure.main("", trials, once=("sure",), apart=True)
    assert [" ".join(command[1:]) for command in started] == [
        f"-m benchmarks.lesson_10 --dataset ml-100k --here --only {name} --seeds {seed}"
        for name, seed in (("sure", 3), ("drawn", 3), ("drawn", 4))
    ]
