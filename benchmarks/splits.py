"""How far a score moves with the split: ``python -m benchmarks.splits --seeds 1 2 3 4 5``.

A seed is a random 80/10/10 split of its own (``random_split``), and the model starts anew on it.
The spread of these rows holds both: which ratings happen to be test, and how the training happens
to start. Rows over seeds on *one* split, as in the lessons, hold the second alone. All settings are
those of lesson 10, chosen on the primary split; nothing is chosen again.
"""

from functools import partial

from benchmarks.lesson_10 import PARTS
from benchmarks.measure import Trial, main
from course_utils.data.movielens import MovieLens
from course_utils.data.splits import random_split
from course_utils.protocol.evaluation import evaluate

LESSON = "splits"
MODELS = ("bias_model", "biased_mf", "item_autorec", "two_sided", "deep_ae", "transformer")


def measure(data: MovieLens, seed: int, name: str) -> list[dict]:
    """Train and score one model on the split of this seed."""
    split, part = random_split(data, seed=seed), PARTS[name]
    settings = part.settings(data)
    row = evaluate(part.train(split, settings, seed), split, model=name).row(LESSON, **settings)
    return [row | {"split": "random-splits", "seed": seed}]


TRIALS: dict[str, Trial] = {name: partial(measure, name=name) for name in MODELS}

if __name__ == "__main__":
    main(__doc__, TRIALS)
