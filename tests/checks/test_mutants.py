"""Each small change to a solution that changes what it returns is refused by ``check``."""

import ast
import warnings

import numpy as np
import pytest

from tests.checks.lessons import hidden_tests_pass, namespace, tasks
from tests.checks.mutants import mutants, survivors


@pytest.mark.parametrize("task", tasks().values(), ids=lambda task: task.name)
def test_every_mutant_is_refused_and_what_is_accepted_keeps_its_points(task):
    space = namespace(task)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        alive, accepted = survivors(task)
        lost = [change for change, mutant in accepted if not hidden_tests_pass(task, mutant, space)]
    assert alive == []
    assert lost == []


def test_a_mutant_changes_one_thing():
    source = "def f(x, y):\n    return np.sqrt(x - y)"
    found = dict(mutants(source))
    assert found["operator: x - y"].endswith("return np.sqrt(x + y)")
    assert found["order: x - y"].endswith("return np.sqrt(y - x)")
    assert found["step: np.sqrt(x - y)"].endswith("return x - y")
    assert found["result negative"].endswith("return -np.sqrt(x - y)")
    assert ast.unparse(ast.parse(source)) not in found.values()
