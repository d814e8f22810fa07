"""Every number of lesson 02: ``python -m benchmarks.lesson_02 --dataset ml-1m``.

Hours on MovieLens-1M with two cores, much of it the 2021 baseline at batch 32. Every ladder step
changes one setting of the step it names, and all train until validation stops falling. Choices
(epoch, penalty, number of factors) are validation's.
"""

from collections.abc import Callable
from functools import partial

import numpy as np

from benchmarks.measure import Trial, main
from course_utils.data.movielens import MovieLens
from course_utils.data.splits import Split, primary_split, validation_only_split
from course_utils.models import baselines, embedding
from course_utils.models.optimizers import LazyAdamax
from course_utils.protocol.callbacks import Peek
from course_utils.protocol.evaluation import Predictor, evaluate
from course_utils.protocol.metrics import choose_on_half, rmse_by_user
from course_utils.protocol.training import Fitted, compiled, fit
from course_utils.tasks.pairs import pair_task

LESSON = "02_baseline"
SplitOf = Callable[[MovieLens], Split]

# One factor at a time: each line is an earlier one (named first) with one setting changed.
# start: spread of the vectors before training, None for Keras' own (uniform within ±0.05).
LADDER = {
    "dot_2021": {
        "dim": 100,
        "start": None,
        "mean": False,
        "biases": False,
        "in_range": False,
        "l2": 0.0,
        "cosine": False,
    }
}
for _before, _name, _change in (
    ("dot_2021", "mean_2021", {"mean": True}),
    ("dot_2021", "dot", {"start": 0.05}),
    ("dot", "dot_mean", {"mean": True}),
    ("dot_mean", "dot_biases", {"biases": True}),
    ("dot_biases", "biased_dot_2021", {"in_range": True}),
    *(("biased_dot_2021", f"range_l2_{l2:02}", {"l2": l2 / 100}) for l2 in (4, 6, 8, 10, 12, 14)),
    *(("dot_biases", f"free_l2_{l2:02}", {"l2": l2 / 100}) for l2 in (4, 6, 8, 10, 12, 14)),
    # The last lines take the penalty that validation chose on MovieLens-1M.
    ("free_l2_06", "free_cosine", {"cosine": True}),
    ("free_cosine", "free_dim_16", {"dim": 16}),
    ("free_cosine", "free_dim_128", {"dim": 128}),
):
    LADDER[_name] = LADDER[_before] | _change


def trivial(data: MovieLens, seed: int) -> list[dict]:
    split = primary_split(data)
    models = (baselines.global_mean, baselines.user_mean, baselines.movie_mean)
    rows = [_row(model(split), split, model.__name__) for model in models]
    scores = evaluate(baselines.bias_model(split), split, model="bias_model")
    by_user = rmse_by_user(*(scores.ratings[c] for c in ("user", "rating", "prediction")))
    row = scores.row(LESSON, reg=5, sweeps=15)
    # From one RMSE to the other in two steps: every user weighs the same, then each has a root.
    equal = float(np.sqrt((by_user["rmse"] ** 2).mean()))
    row["metrics"] |= {
        "rmse_of_equal_users": equal,
        "up_by_weights": equal - scores.rmse,
        "down_by_root": equal - scores.per_user_rmse,
        "metric_gap": scores.rmse - scores.per_user_rmse,
    }
    return [*rows, row]


def vanilla(
    data: MovieLens,
    seed: int,
    split_of: SplitOf = primary_split,
    name: str = "vanilla_embedding",
    epochs: int = 30,
    patience: int = 2,
) -> list[dict]:
    """The project's baseline to the letter: 100 factors, Adamax at 0.001, batch 32, 30 epochs."""
    split = split_of(data)

    def build():
        model = embedding.dot(split.n_users, split.n_movies, 100)
        optimizer = LazyAdamax(1e-3)
        model.compile(optimizer, "mse", steps_per_execution=100, jit_compile=False)
        return model

    task = pair_task(split)
    fitted = fit(build, task, epochs=epochs, batch_size=32, patience=patience, seed=seed)
    return [_row(fitted, split, name)]


def normalize_bug(data: MovieLens, seed: int) -> list[dict]:
    """The draft's ``normalize=True``: the best a cosine can do is to say 1 star, always."""
    split = validation_only_split(data)

    def build():
        model = embedding.dot(split.n_users, split.n_movies, 100, normalize=True)
        return compiled(model, "mse", 2e-3, steps_per_execution=10)

    fitted = fit(build, pair_task(split), epochs=15, batch_size=1024, patience=3, seed=seed)
    row = _row(fitted, split, "normalize_bug")
    row["metrics"]["loss"] = fitted.history["loss"].min()
    ones = split.train["rating"] - 1
    row["metrics"]["loss_of_always_one"] = float((ones**2).mean())
    return [row]


def concat_mlp(data: MovieLens, seed: int, split_of: SplitOf = primary_split) -> list[dict]:
    """The project's tuned model 1; its optimiser is not known, so it is Adam at 0.001."""
    split = split_of(data)

    def build():
        model = embedding.concat_mlp(split.n_users, split.n_movies, 100)
        return compiled(model, "mse", 1e-3, steps_per_execution=10)

    fitted = fit(build, pair_task(split), epochs=100, batch_size=1024, patience=5, seed=seed)
    return [_row(fitted, split, "concat_mlp")]


def step(data: MovieLens, seed: int, name: str, split_of: SplitOf = primary_split) -> list[dict]:
    """One line of the ladder."""
    split = split_of(data)
    settings = LADDER[name]
    fitted = fit_step(split, settings, seed)
    named = {k: v for k, v in settings.items() if k not in ("start", "cosine")}  # fit notes those
    row = _row(fitted, split, name, **named)
    row["metrics"]["validation_rmse"] = evaluate(fitted, split, part="validation").rmse
    return [row]


def fit_step(split: Split, settings: dict, seed: int, *, epochs: int = 30) -> Fitted:
    """Train one line of the ladder: Adam at 0.002, batch 1,024, until validation stops falling.

    With ``cosine`` the rate falls to 0 over ``epochs`` instead, and all of them are trained.
    """
    mean = float(split.train["rating"].mean()) if settings["mean"] else 0.0
    scale = split.rating_scale if settings["in_range"] else None
    size = {
        "n_users": split.n_users,
        "n_movies": split.n_movies,
        "dim": settings["dim"],
        "mean": mean,
        "init_scale": settings["start"],
    }
    decay = {"steps": epochs * -(-len(split.train) // 1024)} if settings["cosine"] else {}
    length = {"epochs": epochs, "patience": None} if decay else {"epochs": 100, "patience": 5}

    def build():
        if settings["biases"]:
            penalty = {"l2": settings["l2"], "bias_l2": settings["l2"] / 30}
            model = embedding.biased_dot(**size, rating_scale=scale, **penalty)
        else:
            model = embedding.dot(**size)
        return compiled(model, "mse", 2e-3, steps_per_execution=10, **decay)

    return fit(build, pair_task(split), batch_size=1024, seed=seed, **length)


def choosing(data: MovieLens, seed: int) -> list[dict]:
    """What choosing on test flatters by: all epochs of three trainings of the 2021 model 2.

    The row bears the seed of the last training.
    """
    split = primary_split(data)
    task, candidates = pair_task(split), []
    mean = float(split.train["rating"].mean())

    def build():
        size = split.n_users, split.n_movies, 100
        model = embedding.biased_dot(*size, mean=mean, rating_scale=split.rating_scale)
        return compiled(model, "mse", 2e-3, steps_per_execution=10)

    for training in range(3):
        peek = Peek(task, split.test)
        seeds = {"seed": 3 * seed + training, "callbacks": (peek,)}
        fitted = fit(build, task, epochs=7, batch_size=1024, patience=None, **seeds)
        candidates += peek.predictions
    halves = choose_on_half(split.test["rating"], np.array(candidates))
    gap, even = (
        halves[f"other_half{which}"] - halves[f"chosen_half{which}"] for which in ("", "_mean")
    )
    row = _row(fitted, split, "choosing_on_test")
    row["metrics"] = {
        "flattery": (gap - even).mean(),
        "share_flattered": ((gap - even) > 0).mean(),
        "ratings_in_half": len(split.test) // 2,
        "candidates": len(candidates),
    }
    return [row]


def _row(predictor: Predictor, split: Split, model: str, **settings) -> dict:
    return evaluate(predictor, split, model=model).row(LESSON, **settings)


TRIALS: dict[str, Trial] = {
    "trivial": trivial,
    "normalize_bug": normalize_bug,
    **{name: partial(step, name=name) for name in LADDER},
    "concat_mlp": concat_mlp,
    "vanilla": vanilla,
    "vanilla_trained_out": partial(vanilla, name="vanilla_trained_out", epochs=400, patience=5),
    "choosing": choosing,
    # As in 2021: trained on 90 %, best epoch by the tenth that is reported.
    "concat_mlp_then": partial(concat_mlp, split_of=validation_only_split),
    "biased_dot_then": partial(step, name="biased_dot_2021", split_of=validation_only_split),
    "vanilla_then": partial(vanilla, split_of=validation_only_split),
}

if __name__ == "__main__":
    main(__doc__, TRIALS, once=("trivial",))
