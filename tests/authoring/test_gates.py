"""The gates: one list of steps, whoever calls it, and a failure is never lost among them."""

import re
from pathlib import Path

import pytest
import yaml

from course_tools import cli
from course_tools.authoring import gates
from course_tools.authoring.gates import Step

ROOT = Path(__file__).resolve().parents[2]
GOOD, BAD = Step("good", ("this", "-h")), Step("bad", ("no_such_module",))


def test_every_step_runs_and_a_failure_is_named_at_the_end(tmp_path, capfd):
    assert not gates.pass_all(tmp_path, [BAD, GOOD])
    out = capfd.readouterr().out
    assert re.search(r"== bad: python -m no_such_module\n== bad: \d+ s\n", out)
    assert "The Zen of Python" in out and out.endswith("failed: bad\n")
    assert gates.pass_all(tmp_path, [GOOD])
    assert capfd.readouterr().out.endswith("all passed\n")


@pytest.mark.parametrize("command", ["check", "test"])
def test_the_command_fails_as_its_steps_do(monkeypatch, capfd, command):
    for steps, code in (([GOOD], 0), ([GOOD, BAD], 1)):
        monkeypatch.setattr(gates, f"{command}_steps", lambda workers, steps=steps: steps)
        assert cli.main([command]) == code


def test_nothing_is_checked_that_test_leaves_out():
    checked = {step.name for step in gates.check_steps(2)}
    tested = {step.name for step in gates.test_steps(2)}
    assert tested - checked == {"lessons"} and checked <= tested
    (units,) = [step.command for step in gates.check_steps(2) if step.name == "unit tests"]
    assert {"not notebook", *(f"--ignore={path}" for path in gates.SLOW)} <= set(units)
    assert all((ROOT / path).exists() for path in gates.SLOW)


def test_both_editions_are_run():
    (lessons,) = [step.command for step in gates.test_steps(2) if step.name == "lessons"]
    assert {"notebooks", "solutions", "--nbval-lax"} <= set(lessons)


def test_make_and_the_workflow_call_the_same_command():
    makefile = (ROOT / "Makefile").read_text("utf-8")
    for target in ("run", "lab", "check", "test", "build", "grade"):
        recipe = re.search(rf"(?m)^{target}:.*\n((?:\t.*\n)+)", makefile)[1]
        assert f"$(BIN)/course {target}" in recipe
    workflow = yaml.safe_load((ROOT / ".github/workflows/checks.yml").read_text("utf-8"))
    commands = {
        name: [step["run"] for step in job["steps"] if "run" in step]
        for name, job in workflow["jobs"].items()
    }
    assert commands["check"][-1] == "course check" and commands["test"][-1] == "make test"
    systems = workflow["jobs"]["check"]["strategy"]["matrix"]["os"]
    assert {system.split("-")[0] for system in systems} == {"ubuntu", "macos", "windows"}


def test_what_pre_commit_runs_is_part_of_the_gates():
    hooks = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text("utf-8"))["repos"][0]
    known = {" ".join(step.command[:2]) for step in gates.check_steps(2)}
    for hook in hooks["hooks"]:
        assert hook["language"] == "system"
        module = hook["entry"].removeprefix("python -m ").split(" --")[0]
        assert module in known, module
