"""Every number of lesson 02: ``python -m benchmarks.lesson_02 --dataset ml-1m``.

About 2 hours on MovieLens-1M with two cores, most of it the 2021 baseline at batch 32; with
``--only free_dim_128`` three minutes a seed. Choices (epoch, penalty, dimension) are validation's.
"""

from collections.abc import Callable
from functools import partial

import keras

from benchmarks.measure import Trial, main
from course_utils.data.movielens import MovieLens
from course_utils.data.splits import Split, primary_split, validation_only_split
from course_utils.models import baselines, embedding
from course_utils.models.optimizers import LazyAdamax
from course_utils.protocol.evaluation import Predictor, evaluate
from course_utils.protocol.training import Fitted, compiled, fit
from course_utils.tasks.pairs import pair_task

LESSON = "02_baseline"
SplitOf = Callable[[MovieLens], Split]

# One factor at a time: each line is an earlier one (named first) with one setting changed.
LADDER = {"dot": {"dim": 64, "mean": False, "biases": False, "in_range": False, "l2": 0.0}}
for _before, _name, _change in (
    ("dot", "dot_mean", {"mean": True}),
    ("dot_mean", "dot_biases", {"biases": True}),
    ("dot_biases", "dot_range", {"in_range": True}),
    ("dot_range", "range_l2_04", {"l2": 0.04}),
    ("dot_range", "range_l2_06", {"l2": 0.06}),
    ("dot_biases", "free_l2_04", {"l2": 0.04}),
    ("dot_biases", "free_l2_06", {"l2": 0.06}),
    ("dot_biases", "free_l2_08", {"l2": 0.08}),
    ("free_l2_06", "free_dim_16", {"dim": 16}),
    ("free_l2_06", "free_dim_128", {"dim": 128}),
):
    LADDER[_name] = LADDER[_before] | _change


def trivial(data: MovieLens, seed: int) -> list[dict]:
    split = primary_split(data)
    models = (baselines.global_mean, baselines.user_mean, baselines.movie_mean)
    rows = [_row(model(split), split, model.__name__) for model in models]
    return [*rows, _row(baselines.bias_model(split), split, "bias_model", reg=5, sweeps=15)]


def vanilla(data: MovieLens, seed: int, split_of: SplitOf) -> list[dict]:
    """The project's baseline to the letter: 100 factors, Adamax at 0.001, batch 32, 30 epochs."""
    split = split_of(data)

    def build():
        model = embedding.dot(split.n_users, split.n_movies, 100)
        optimizer = LazyAdamax(1e-3)
        model.compile(optimizer, "mse", steps_per_execution=100, jit_compile=False)
        return model

    fitted = fit(build, pair_task(split), epochs=30, batch_size=32, patience=2, seed=seed)
    return [
        _row(
            fitted, split, "vanilla_embedding", optimizer="adamax of TensorFlow 2.4", batch_size=32
        )
    ]


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


def concat_mlp(data: MovieLens, seed: int, split_of: SplitOf) -> list[dict]:
    """The project's tuned model 1."""
    split = split_of(data)
    network = partial(embedding.concat_mlp, split.n_users, split.n_movies, 100)
    return _tuned_2021(network, split, seed, "concat_mlp")


def biased_dot_2021(data: MovieLens, seed: int, split_of: SplitOf) -> list[dict]:
    """The project's tuned model 2: biases and a sigmoid range, 100 factors, no penalty."""
    split = split_of(data)
    stars = {"mean": float(split.train["rating"].mean()), "rating_scale": split.rating_scale}
    network = partial(embedding.biased_dot, split.n_users, split.n_movies, 100, **stars)
    return _tuned_2021(network, split, seed, "biased_dot_2021")


def _tuned_2021(
    network: Callable[[], keras.Model], split: Split, seed: int, name: str
) -> list[dict]:
    """Adam at 0.001, batch 1,024 (the project's own optimiser is not known), early stopping."""

    def build():
        model = network()
        return compiled(model, "mse", 1e-3, steps_per_execution=10)

    fitted = fit(build, pair_task(split), epochs=40, batch_size=1024, seed=seed)
    return [_row(fitted, split, name, optimizer="adam", batch_size=1024)]


def step(data: MovieLens, seed: int, name: str) -> list[dict]:
    """One line of the ladder."""
    split = primary_split(data)
    settings = LADDER[name]
    fitted = fit_step(split, settings, seed)
    row = _row(fitted, split, name, **settings)
    validation = evaluate(fitted, split, model=name, part="validation")
    row["metrics"]["validation_rmse"] = validation.rmse
    return [row]


def fit_step(split: Split, settings: dict, seed: int, *, epochs: int = 30) -> Fitted:
    """Train one line of the ladder: Adam, cosine decay from 0.002 (or ``rate``), batch 1,024."""
    size = {"n_users": split.n_users, "n_movies": split.n_movies, "dim": settings["dim"]}
    mean = float(split.train["rating"].mean()) if settings["mean"] else 0.0
    scale = split.rating_scale if settings["in_range"] else None

    def build():
        if settings["biases"]:
            l2 = settings["l2"]
            model = embedding.biased_dot(
                **size, mean=mean, rating_scale=scale, l2=l2, bias_l2=l2 / 30
            )
        else:
            model = embedding.dot(**size, mean=mean)
        steps = epochs * -(-len(split.train) // 1024)
        return compiled(
            model, "mse", settings.get("rate", 2e-3), steps=steps, steps_per_execution=10
        )

    return fit(build, pair_task(split), epochs=epochs, batch_size=1024, patience=5, seed=seed)


def _row(predictor: Predictor, split: Split, model: str, **settings) -> dict:
    row = evaluate(predictor, split, model=model).row(LESSON, **settings)
    if isinstance(predictor, Fitted):
        row["settings"]["best_epoch"] = predictor.best_epoch
        row["settings"]["validation_curve"] = predictor.history["validation_rmse"].round(4).tolist()
    return row


TRIALS: dict[str, Trial] = {
    "trivial": trivial,
    "normalize_bug": normalize_bug,
    **{name: partial(step, name=name) for name in LADDER},
    **{
        name + suffix: partial(model, split_of=split_of)
        for suffix, split_of in (("", primary_split), ("_2021", validation_only_split))
        for name, model in (
            ("concat_mlp", concat_mlp),
            ("biased_dot", biased_dot_2021),
            ("vanilla", vanilla),
        )
    },
}

if __name__ == "__main__":
    main(__doc__, TRIALS, once=("trivial",))
