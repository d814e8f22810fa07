"""The protocol: clipped, counted, warm and cold apart, and compared on the same ratings only."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from course_tools.authoring.placeholders import lookup
from course_utils.data.splits import random_split
from course_utils.protocol import metrics, results
from course_utils.protocol import provenance as protocol
from course_utils.protocol.evaluation import compare, evaluate, leaderboard
from course_utils.protocol.provenance import peak_memory_mb
from tests.conftest import hand_split, random_movielens, random_table_split


class Constant:
    """Predicts the same stars for everything."""

    def __init__(self, stars, **attributes):
        self.stars = stars
        vars(self).update(attributes)

    def predict(self, users, movies):
        return np.full(len(users), self.stars, float)


class Noisy:
    """Predicts the truth, give or take."""

    def __init__(self, split, spread, part="test"):
        truth = getattr(split, part)
        noise = np.random.default_rng(0).normal(0, spread, len(truth))
        self.stars = truth["rating"].to_numpy(float) + noise

    def predict(self, users, movies):
        return self.stars


@pytest.fixture
def split():
    return hand_split(
        train=[(0, 0, 3), (1, 0, 4)],
        validation=[(0, 1, 1)],
        test=[(0, 2, 5), (0, 3, 4), (1, 1, 2), (2, 0, 1), (2, 1, 3)],  # user 2 is cold
    )


def test_all_numbers_of_one_model(split):
    scores = evaluate(Constant(3.0), split, model="three")
    errors = {0: [2, 1], 1: [1], 2: [2, 0]}
    every = np.concatenate([errors[user] for user in errors])
    assert scores.rmse == pytest.approx(np.sqrt((every**2).mean()))
    by_user = [np.sqrt(np.mean(np.square(e))) for e in errors.values()]
    assert scores.per_user_rmse == pytest.approx(np.mean(by_user))
    assert scores.mae == pytest.approx(every.mean())
    assert scores.n == 5
    assert scores.interval[0] <= scores.rmse <= scores.interval[1]
    assert (scores.model, scores.dataset, scores.split, scores.part) == (
        "three",
        "tiny",
        "by_hand",
        "test",
    )


def test_warm_and_cold_users_are_scored_apart(split):
    scores = evaluate(Constant(3.0), split)
    assert scores.warm_rmse == pytest.approx(np.sqrt((4 + 1 + 1) / 3))
    assert scores.cold_rmse == pytest.approx(np.sqrt((4 + 0) / 2))
    assert evaluate(Constant(3.0), split, part="train").cold_rmse is None
    all_cold = replace(split, test=split.test[split.test["user"] == 2])
    assert evaluate(Constant(3.0), all_cold).warm_rmse is None


@pytest.mark.parametrize(("stars", "clipped"), [(99.0, 5.0), (-99.0, 0.5)])
def test_predictions_are_clipped_to_the_datasets_own_scale(split, stars, clipped):
    half_stars = replace(split, rating_scale=(0.5, 5.0))
    scores = evaluate(Constant(stars), half_stars)
    assert (scores.ratings["prediction"] == clipped).all()
    assert scores.rmse == evaluate(Constant(clipped), half_stars).rmse


def test_the_scored_ratings_come_with_their_predictions(split):
    ratings = evaluate(Constant(3.0), split).ratings
    assert list(ratings) == ["user", "movie", "rating", "prediction"]
    assert metrics.rmse(ratings["rating"], ratings["prediction"]) == pytest.approx(np.sqrt(2))


def test_the_part_is_the_one_asked_for(split):
    scores = evaluate(Constant(3.0), split, part="validation")
    assert (scores.part, scores.n, scores.rmse) == ("validation", 1, 2.0)


def test_a_model_without_a_name_is_called_by_its_class(split):
    assert evaluate(Constant(3.0), split).model == "Constant"


def test_seed_seconds_and_parameters_are_the_predictors(split):
    scores = evaluate(Constant(3.0, seed=4, seconds=1.5, parameters=7), split)
    assert (scores.seed, scores.seconds, scores.parameters) == (4, 1.5, 7)
    bare = evaluate(Constant(3.0), split)
    assert (bare.seed, bare.seconds, bare.parameters) == (0, None, None)


def test_what_cannot_be_scored_is_refused(split):
    with pytest.raises(ValueError, match=r"part='tset': give \"test\""):
        evaluate(Constant(3.0), split, part="tset")
    with pytest.raises(ValueError, match=r"validation of Split.* is empty"):
        evaluate(Constant(3.0), split.with_validation(), part="validation")
    column = SimpleNamespace(predict=lambda users, movies: np.ones((len(users), 1)))
    with pytest.raises(ValueError, match=r"shape \(5, 1\), needs \(5,\)"):
        evaluate(column, split)
    with pytest.raises(ValueError, match="y_pred holds NaN"):
        evaluate(Constant(np.nan), split)


# ---------------------------------------------------------------------------------- comparing
def test_compare_says_who_is_better_and_how_surely():
    split = random_table_split([30] * 30)
    good, bad = (evaluate(Noisy(split, spread), split, model=f"±{spread}") for spread in (0.2, 1.0))
    sentence = compare(good, bad)
    assert sentence.startswith(f"±0.2 − ±1.0: {good.rmse - bad.rmse:+.4f} stars")
    assert "excludes 0" in sentence
    assert "excludes 0" in compare(bad, good)
    assert "includes 0" in compare(good, good)


def test_compare_says_what_its_interval_does_not_cover():
    """Users are redrawn; that a network trained again would score otherwise is not in it."""
    split = random_table_split([30] * 30)
    good, bad = (evaluate(Noisy(split, spread), split, model="m") for spread in (0.2, 1.0))
    trained = replace(good, recipe={"optimizer": "Adam"})
    assert "interval over users:" in compare(good, bad)
    assert "over users, for this one training:" in compare(trained, bad)
    assert "over users, for these two trainings:" in compare(trained, replace(trained, model="n"))


@pytest.mark.parametrize("changed", ["dataset", "name", "part", "count"])
def test_compare_refuses_other_ratings(split, changed):
    a, part = evaluate(Constant(3.0), split, model="a"), "test"
    if changed == "count":
        split = replace(split, test=split.test.iloc[1:])
    elif changed == "part":
        part = "train"
    else:
        split = replace(split, **{changed: "other"})
    b = evaluate(Constant(3.0), split, model="b", part=part)
    with pytest.raises(ValueError, match=r"a was scored on .* b on .*not the same ratings"):
        compare(a, b)


def test_leaderboard_is_sorted_and_averages_seeds(split):
    runs = [
        evaluate(Constant(2.0), split, model="two"),
        evaluate(Constant(3.0, seed=0, seconds=1.0, parameters=5), split, model="tuned"),
        evaluate(Constant(3.5, seed=1, seconds=3.0, parameters=5), split, model="tuned"),
    ]
    table = leaderboard(runs)
    tuned = table.loc["tuned"]
    errors = [run.rmse for run in runs[1:]]
    assert list(table.index) == ["tuned", "two"]
    assert table["RMSE"].is_monotonic_increasing
    assert tuned["RMSE"] == pytest.approx(np.mean(errors), abs=1e-4)
    assert tuned["± seeds"] == pytest.approx(np.std(errors, ddof=1), abs=1e-4)
    assert table["seeds"].tolist() == [2, 1]
    assert tuned["per-user RMSE"] == pytest.approx(
        np.mean([run.per_user_rmse for run in runs[1:]]), abs=1e-4
    )
    assert (tuned["seconds"], tuned["parameters"]) == (2.0, 5)
    assert np.isnan(table.loc["two", "± seeds"])


def test_leaderboard_of_models_without_costs(split):
    table = leaderboard([evaluate(Constant(s), split, model=str(s)) for s in (2, 3)])
    assert table["RMSE"].notna().all()
    assert table["parameters"].isna().all()


def test_leaderboard_refuses_nothing_and_mixtures(split):
    with pytest.raises(ValueError, match="scores is empty"):
        leaderboard([])
    test, validation = (evaluate(Constant(3.0), split, part=p) for p in ("test", "validation"))
    with pytest.raises(ValueError, match="different ratings"):
        leaderboard([test, validation])


# ------------------------------------------------------------------------------------ results
def test_a_row_carries_metrics_cost_versions_and_settings(split):
    scores = evaluate(Constant(3.0, seed=2, seconds=1.5, parameters=7), split, model="three")
    row = scores.row("02_baseline", dim=8)
    assert row["metrics"] == {
        "rmse": scores.rmse,
        "per_user_rmse": scores.per_user_rmse,
        "mae": scores.mae,
        "n": 5,
        "rmse_low": scores.interval[0],
        "rmse_high": scores.interval[1],
        "warm_rmse": scores.warm_rmse,
        "cold_rmse": scores.cold_rmse,
    }
    assert [row[key] for key in results.KEY] == ["02_baseline", "three", "by_hand", 2]
    assert (row["seconds"], row["parameters"], row["settings"]) == (1.5, 7, {"dim": 8})
    assert {"python", "keras", "numpy"} <= set(row["versions"])
    assert row["peak_mb"] > 1


def test_a_row_leaves_out_what_was_not_measured_and_names_the_part(split):
    row = evaluate(Constant(3.0), split, part="validation").row("02_baseline")
    assert "cold_rmse" not in row["metrics"]
    assert row["split"] == "by_hand-validation"


def test_a_row_can_be_recorded_and_looked_up(split, tmp_path):
    scores = evaluate(Constant(3.0), split, model="three")
    results.record("tiny", scores.row("02_baseline"), folder=tmp_path)
    assert lookup("tiny@by_hand.three.rmse", folder=tmp_path) == f"{scores.rmse:.4f}"


def test_any_name_becomes_one_that_a_placeholder_can_quote(split, tmp_path):
    scores = evaluate(Constant(3.0), split, model="model 1 (concat, 3 seeds)")
    results.record("tiny", scores.row("02_baseline"), folder=tmp_path)
    quoted = lookup("tiny@by_hand.model_1_concat_3_seeds.rmse", folder=tmp_path)
    assert quoted == f"{scores.rmse:.4f}"


def test_scores_are_kept_only_under_course_run(split, tmp_path, monkeypatch):
    scores = evaluate(Constant(3.0), split, model="three")
    monkeypatch.delenv("COURSE_LESSON", raising=False)
    monkeypatch.setenv("COURSE_RESULTS", str(tmp_path))
    leaderboard([scores])
    monkeypatch.setenv("COURSE_LESSON", "02_baseline")
    assert not list(tmp_path.iterdir())
    leaderboard([scores])
    assert results.load("tiny", tmp_path)["rmse"].tolist() == pytest.approx([scores.rmse], abs=1e-6)


def test_compare_refuses_splits_of_one_name_and_size_but_another_seed():
    data = random_movielens([30, 30, 30])
    a, b = (
        evaluate(Constant(3.0), random_split(data, seed=seed), model=f"seed {seed}")
        for seed in (0, 1)
    )
    with pytest.raises(ValueError, match=r"seed 0 and seed 1 .*not the same ratings"):
        compare(a, b)


def test_leaderboard_of_seeds_with_different_parameter_counts(split):
    runs = [evaluate(Constant(3.0, parameters=n), split, model="pruned") for n in (10, 12, 13)]
    assert leaderboard(runs).loc["pruned", "parameters"] == 12


def test_peak_memory_is_known_on_windows_too(monkeypatch):
    monkeypatch.setattr(protocol, "LINUX_STATUS", Path("nowhere"))
    monkeypatch.setitem(sys.modules, "resource", None)  # importing it fails, as there
    windows = SimpleNamespace(memory_info=lambda: SimpleNamespace(peak_wset=300 * 1024**2))
    monkeypatch.setattr("psutil.Process", lambda: windows)
    assert protocol.peak_memory_mb() == 300.0


def test_peak_memory_is_this_process_own_not_that_of_the_one_that_started_it():
    ballast = np.ones(100_000_000, "uint8")  # 95 MB
    code = "import pandas; import course_utils.protocol.provenance as e; print(e.peak_memory_mb())"
    child = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    here = peak_memory_mb()
    assert 40 < float(child.stdout) < here - 50
    assert ballast[-1] == 1
