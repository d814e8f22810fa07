"""Conclusions that the build holds against results: each rule is broken once on purpose."""

import numpy as np
import pytest

from course_tools.authoring import claims
from course_tools.authoring.build import build_lessons, check
from course_tools.authoring.source import BuildError
from course_utils.protocol import metrics, results
from course_utils.protocol.evaluation import compare, evaluate
from course_utils.protocol.provenance import RESAMPLES
from tests.authoring.example_lesson import SOURCE, make_course
from tests.conftest import random_table_split

LESSON = "01_example"
TRAINED = {
    "optimizer": "Adam", "rate": 0.001, "schedule": "constant", "loss": "mse", "epochs": 30,
    "batch_size": 64, "initializer": ["uniform"], "best_epoch": 3,
    "validation_curve": [1.2, 1.1, 1.0, 1.05, 1.1],
}  # fmt: skip
SENTENCE = "A scores lower than B."


def row(model, rmse, seed=0, split="random", *, moves=None, **changes):
    """A row as ``evaluate`` and ``measure`` leave it. moves: how it moves with redrawn users."""
    settings = TRAINED | {"dim": 8} | changes.pop("settings", {})
    steady = np.random.default_rng(seed + len(model)).normal(0, 20, RESAMPLES)
    return {
        "lesson": LESSON, "model": model, "split": split, "seed": seed,
        "metrics": {"rmse": rmse, "rmse_low": rmse - 0.02, "rmse_high": rmse + 0.02},
        "settings": settings, "archive": "the published file", "versions": {"keras": "3"},
        "command": f"python -m benchmarks.lesson_01 --only {model}", "scored_on": "00ff",
        "resampled": {"rmse": [int(x) for x in (steady if moves is None else moves)]},
    } | changes  # fmt: skip


def three(model, rmse, **changes):
    return [row(model, rmse + 0.001 * (seed - 1), seed, **changes) for seed in range(3)]


@pytest.fixture
def judged(tmp_path):
    """Judge one claim on some rows: its problems."""

    def judge(rows, *, sentence=SENTENCE, other=(), cell="", **declared):
        results.record("ml-100k", rows, folder=tmp_path)
        if other:
            results.record("ml-1m", other, folder=tmp_path)
        entry = {"lower": "a", "than": "b", "on": ["ml-100k"], "may_differ": ["dim"]} | declared
        claim = claims._claim(LESSON, "one", {k: v for k, v in entry.items() if v is not None})
        return claims.judge(claim, sentence, "here", tmp_path, cell).problems

    return judge


def test_what_the_rows_bear_passes(judged):
    assert judged([*three("a", 0.90), *three("b", 0.95, settings={"dim": 16})], by=0.04) == []


# ------------------------------------------------------------------------- the rules, broken
def test_fewer_than_three_seeds(judged):
    found = judged([*three("a", 0.90)[:2], *three("b", 0.95)])
    assert found == ["a on ml-100k@random: 2 of 3 seeds"]


def test_a_hidden_second_factor(judged):
    found = judged(
        [*three("a", 0.90), *three("b", 0.95, settings={"dim": 16, "initializer": ["normal"]})]
    )
    assert len(found) == 1
    assert "differ in initializer" in found[0]


@pytest.mark.parametrize("curve", [[1.0, 1.1, 1.2], [1.2, 1.1, 1.0]])
def test_training_that_broke_or_was_cut(judged, curve):
    best = 1 + int(np.argmin(curve))
    cut = {"best_epoch": best, "validation_curve": curve}
    rows = [*three("a", 0.90), *three("b", 0.95, settings=cut)]
    found = judged(rows)
    assert len(found) == 1
    assert "its best epoch is the" in found[0]
    assert judged(rows, short=True) == []


def test_the_last_epoch_is_no_cut_where_the_rate_ends_at_zero(judged):
    whole = {
        "best_epoch": 3,
        "validation_curve": [1.2, 1.1, 1.0],
        "epochs": 3,
        "schedule": "CosineDecay",
    }
    rows = [*three("a", 0.90, settings=whole), *three("b", 0.95, settings=whole)]
    assert judged(rows) == []


def test_seeds_that_differ_more_than_the_sides(judged):
    spread = [row("a", 0.90 + 0.05 * (seed - 1), seed) for seed in range(3)]
    found = judged([*spread, *three("b", 0.92)])
    assert len(found) == 1
    assert "does not bear the direction" in found[0]


def test_users_that_move_the_difference(judged):
    swing = np.tile([-3000, 3000], RESAMPLES // 2)
    found = judged([*three("a", 0.90, moves=swing), *three("b", 0.92, moves=-swing)])
    assert "does not bear the direction" in found[0]
    # both move alike: in pairs the difference stands still
    assert judged([*three("a", 0.90, moves=swing), *three("b", 0.92, moves=swing)]) == []


def test_the_other_way_round_and_too_little(judged):
    assert "the other way round" in judged([*three("a", 0.95), *three("b", 0.90)])[0]
    assert "less than 0.05" in judged([*three("a", 0.90), *three("b", 0.92)], by=0.05)[0]


def test_a_contrary_pair_elsewhere(judged):
    here = [*three("a", 0.90), *three("b", 0.95)]
    contrary = [r | {"split": "original"} for r in [row("a", 0.95), row("b", 0.90)]]
    found = judged(here, other=contrary)
    assert len(found) == 1
    assert "ml-1m@original" in found[0]
    told = "On MovieLens-1M it is the other way round."
    assert judged(here, other=contrary, shows=["ml-1m"], cell=SENTENCE + told) == []
    assert "does not name it" in judged(here, other=contrary, shows=["ml-1m"])[0]


def test_another_split_that_agrees_is_no_objection(judged):
    rows = [*three("a", 0.90), *three("b", 0.95)]
    assert judged([*rows, *(r | {"split": "user_temporal"} for r in rows)]) == []


def test_one_run_says_so_and_claims_no_cause(judged):
    rows = [row("a", 0.90), row("b", 0.95)]
    assert judged(rows, one_run=True, sentence="In one run A scores lower than B.") == []
    assert "does not say" in judged(rows, one_run=True)[0]
    found = judged(rows, one_run=True, sentence="In one run the range helps.")
    assert found == ["one run cannot bear the word 'helps'"]


def test_rows_of_before_settings_were_complete(judged):
    old = [{k: v for k, v in r.items() if k != "archive"} for r in three("a", 0.90)]
    found = judged([*old, *three("b", 0.95, archive=None)])
    assert "measure" in found[0]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("It is {{ml-1m.a.rmse - ml-1m.b.rmse}}.", "difference of two measured numbers"),
        ("The range is better, {{ml-1m.a.rmse}}.", "'better'"),
        ("The range is\nbetter,\n{{ml-1m.a.rmse}}.", "'better'"),
    ],
)
def test_a_conclusion_without_a_claim(text, problem):
    assert problem in next(claims.outside(text))[1]


@pytest.mark.parametrize(
    "text",
    [
        "[[It is {{ml-1m.a.rmse - ml-1m.b.rmse}} better.|one]]",
        "It was said to be {{reported.a - ml-1m.b.rmse}} away.",
        "It scores {{ml-1m.a.rmse}}. What would be better?",
        "| better | {{ml-1m.a.rmse}} |",
    ],
)
def test_what_is_no_conclusion(text):
    assert list(claims.outside(text)) == []


# ------------------------------------------------------------------------ kinds and evidence
def test_the_same_needs_an_interval_inside_its_bounds(judged):
    near = [*three("a", 0.900), *three("b", 0.901)]
    assert judged(near, lower=None, same="a", within=0.01) == []
    assert "not within" in judged(near, lower=None, same="a", within=0.0005)[0]


def test_undecided_is_refused_where_the_rows_decide(judged):
    assert judged([*three("a", 0.9), *three("b", 0.9005)], lower=None, undecided="a") == []
    assert "decided" in judged([*three("a", 0.90), *three("b", 0.95)], lower=None, undecided="a")[0]


def test_draws_of_their_own_are_paired_by_seed(judged):
    """Each seed drew other test ratings; between draws both sides move together."""
    far = [0.0, 0.2, 0.4]
    sides = [
        [row(m, base + far[s], s, scored_on=f"{s:04x}") for s in range(3)]
        for m, base in (("a", 0.90), ("b", 0.91))
    ]
    assert judged([*sides[0], *sides[1]]) == []
    strange = [r | {"scored_on": "beef"} for r in sides[1]]
    assert "not the same test ratings" in judged([*sides[0], *strange])[0]


def test_pairs_of_one_seed_are_paired_where_the_claim_says_so(judged):
    far = [0.0, 0.2, 0.4]
    sides = [[row(m, b + far[s], s) for s in range(3)] for m, b in (("a", 0.90), ("b", 0.91))]
    assert "does not bear" in judged([*sides[0], *sides[1]])[0]
    assert judged([*sides[0], *sides[1]], by_seed=True) == []


def test_a_number_a_fact_and_several_rows(judged, tmp_path):
    results.record("ml-100k", [], facts={"men": 3.5, "women": 3.4}, folder=tmp_path)
    assert judged(three("a", 0.90), than=0.95) == []
    assert "the other way" in judged(three("a", 0.90), than=0.8)[0]
    assert judged([], lower=None, higher="facts.men", than="facts.women") == []
    assert (
        "no facts.womn; near: women"
        in judged([], higher=None, lower="facts.men", than="facts.womn")[0]
    )
    rows = [*three("a", 0.90), *three("b", 0.95), *three("c", 0.93)]
    assert judged(rows, than=["b", "c"]) == []
    assert len(judged(rows, lower=["a", "b"], than=["c"])) == 1


def test_baselines_need_one_measurement(judged):
    assert judged([*three("a", 0.90), row("bias_model", 0.95)], than="bias_model") == []


def test_a_declaration_that_is_wrong_says_where(tmp_path):
    folder = tmp_path / "claims"
    folder.mkdir()
    for text, message in (
        ("[one]\nlower = 'a'\nthan = 'b'\non = 'ml-100k'\nmaydiffer = 'x'", "may_differ"),
        ("[one]\nlower = 'a'\non = 'ml-100k'", "'than' is missing"),
        ("[one]\nlower = 'a'\nsame = 'b'\nthan = 'c'\non = 'ml-100k'", "one of lower"),
        ("[one]\nlower = 'a'\nthan = 'b'", "'on' is missing"),
        ("[one]\nsame = 'a'\nthan = 'b'\non = 'ml-100k'", "within"),
        ("[one", "01_example.toml"),
    ):
        (folder / "01_example.toml").write_text(text, encoding="utf-8")
        with pytest.raises(BuildError, match=message):
            claims.declared(tmp_path)


# --------------------------------------------------------------------------- in the course
@pytest.fixture
def course(tmp_path):
    """A course with one claim in its lesson, built but not executed."""
    folder = make_course(tmp_path)
    source = folder / "solutions" / SOURCE.name
    text = source.read_text("utf-8")
    text += "\n# %% [markdown]\n# [[A scores lower\n# than B.|one]] And so on.\n"
    source.write_text(text, encoding="utf-8")
    (folder / "results" / "claims").mkdir(parents=True)
    declare(folder, "lower = 'a'\nthan = 'b'")
    results.record("ml-100k", [*three("a", 0.90), *three("b", 0.95)], folder=folder / "results")
    build_lessons(folder, run=False, say=lambda text: None)
    return folder


def declare(folder, text):
    path = folder / "results" / "claims" / f"{LESSON}.toml"
    path.write_text(f"[one]\n{text}\non = 'ml-100k'\n", encoding="utf-8")


def test_a_reader_finds_the_evidence_in_two_clicks(course):
    notebook = (course / "notebooks" / f"{LESSON}.ipynb").read_text("utf-8")
    assert "docs/claims.md#01-example-one" in notebook
    assert "[[" not in notebook
    page = (course / "docs" / "claims.md").read_text("utf-8")
    assert '<a id="01-example-one"></a>**one**: A scores lower than B.' in page
    assert "-0.0500" in page
    assert "python -m benchmarks.lesson_01 --only a" in page


def test_check_refuses_with_file_line_and_reason(course):
    assert not any("claim" in line for line in check(course))
    line = (course / "solutions" / SOURCE.name).read_text("utf-8").split("\n")
    at = 1 + next(n for n, text in enumerate(line) if "[[A scores" in text)
    declare(course, "higher = 'a'\nthan = 'b'")
    found = check(course)
    assert any(
        text.startswith(f"solutions/{SOURCE.name}:{at}: claim 'one'") and "other way" in text
        for text in found
    )
    assert "docs/claims.md: not what the claims and results give" in found


def test_a_sentence_without_declaration_and_the_reverse(course):
    path = course / "results" / "claims" / f"{LESSON}.toml"
    declare(course, "lower = 'a'\nthan = 'b'")
    path.write_text(path.read_text("utf-8").replace("[one]", "[ones]"), encoding="utf-8")
    with pytest.raises(BuildError, match=r"no claim '01_example.one'.*near: 01_example.ones"):
        check(course)
    source = course / "solutions" / SOURCE.name
    source.write_text(source.read_text("utf-8").replace("|one]]", "|ones]]"), encoding="utf-8")
    path.write_text(path.read_text("utf-8") + "[idle]\nlower = 'a'\nthan = 'b'\non = 'ml-100k'\n")
    assert any("'idle': no sentence uses it" in line for line in check(course))


# ------------------------------------------------------------------- what rows keep for this
class Known:
    def __init__(self, stars):
        self.stars = stars

    def predict(self, users, movies):
        return self.stars


def test_rows_move_alike_with_redrawn_users():
    """The samples kept in two rows give the same paired interval as the ratings themselves."""
    split = random_table_split([30] * 30)
    rng, truth = np.random.default_rng(0), split.test["rating"].to_numpy()
    noise = rng.normal(0, 0.5, len(truth))
    near, far = truth + noise, truth + noise + rng.normal(0, 0.2, len(truth))
    a, b = (evaluate(Known(stars), split, model=m) for m, stars in (("a", near), ("b", far)))
    rows = [s.row(LESSON) for s in (a, b)]
    assert rows[0]["scored_on"] == rows[1]["scored_on"]
    moved = np.subtract(*(r["resampled"]["rmse"] for r in rows)) * 1e-5
    _, low, high = metrics.paired_difference(
        a.ratings["user"], truth, a.ratings["prediction"], b.ratings["prediction"]
    )
    assert moved.std(ddof=1) == pytest.approx((high - low) / 3.92, rel=0.3)
    assert "over users:" in compare(a, b)
