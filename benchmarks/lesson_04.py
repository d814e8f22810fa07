"""Every number of lesson 04: ``python -m benchmarks.lesson_04 --dataset ml-1m``.

About 2 hours of one core on MovieLens-100K. On MovieLens-1M the lesson quotes ``autorec_2021``,
``leaky_autorec_2021`` (half an hour a seed), ``user_rows``, ``item_autorec`` and ``user_autorec``
(two minutes a seed). Choices (epoch, λ, dropout) are validation's.
"""

from functools import partial

from benchmarks.measure import Trial, main
from course_utils.data.movielens import MovieLens
from course_utils.data.splits import Split, primary_split
from course_utils.models.autoencoders import autorec
from course_utils.models.baselines import bias_model
from course_utils.models.losses import masked_mse, masked_sse
from course_utils.models.two_sided import two_sided_autorec
from course_utils.protocol.evaluation import evaluate
from course_utils.protocol.training import Fitted, compiled, fit
from course_utils.tasks.rows import row_task
from course_utils.tasks.two_sided_rows import two_sided_task

LESSON = "04_autorec"
LOSSES = {"masked_mse": masked_mse, "masked_sse": masked_sse}

# The published settings, and then one factor at a time: each line names the one it starts from and
# changes one thing. A penalty is Keras' ``l2`` or, from some step on, the paper's ``lam``.
TRIAL_SETTINGS = {
    "autorec_2021": {
        "side": "user", "fill": "row_mean", "offset": False, "centred": False, "hidden": 500,
        "activation": "elu", "output": "elu", "loss": "masked_mse", "l2": 0.001, "lam": None,
        "input_dropout": 0.0, "rate": 1e-4, "schedule": "constant", "batch_size": 256,
        "epochs": 500,
    },
}  # fmt: skip
for _name, _before, _change in (
    ("leaky_autorec_2021", "autorec_2021",
     {"activation": "leaky_relu", "output": "linear", "l2": 0.0005}),
    ("sigmoid_autorec_2021", "autorec_2021", {"activation": "sigmoid"}),
    # The trap: ten times the rate, to the end. Few users need small batches to show it.
    ("user_rows", "autorec_2021", {"rate": 1e-3, "epochs": 60}),
    ("rate_held", "user_rows", {"batch_size": 64}),
    ("rate_falls", "rate_held", {"schedule": "CosineDecay"}),
    # Three questions with two answers each: eight corners, all trained alike.
    ("user_mean_elu", "autorec_2021",
     {"hidden": 100, "rate": 3e-4, "schedule": "CosineDecay", "epochs": 300}),
    ("user_mean_sigmoid", "user_mean_elu", {"activation": "sigmoid"}),
    ("user_zero_elu", "user_mean_elu", {"fill": 0.0}),
    ("user_zero_sigmoid", "user_zero_elu", {"activation": "sigmoid"}),
    ("movie_mean_elu", "user_mean_elu", {"side": "movie"}),
    ("movie_mean_sigmoid", "movie_mean_elu", {"activation": "sigmoid"}),
    ("movie_zero_elu", "movie_mean_elu", {"fill": 0.0}),
    ("movie_zero_sigmoid", "movie_zero_elu", {"activation": "sigmoid"}),
    # One rate for all is not one training for all: each corner at a larger one, too
    # (``vary_rate_10e-4`` below is that of ``user_mean_elu``).
    ("user_mean_sigmoid_faster", "user_mean_sigmoid", {"rate": 1e-3}),
    ("user_zero_elu_faster", "user_zero_elu", {"rate": 1e-3}),
    ("user_zero_sigmoid_faster", "user_zero_sigmoid", {"rate": 1e-3}),
    ("movie_mean_elu_faster", "movie_mean_elu", {"rate": 1e-3}),
    ("movie_mean_sigmoid_faster", "movie_mean_sigmoid", {"rate": 1e-3}),
    ("movie_zero_elu_faster", "movie_zero_elu", {"rate": 1e-3}),
    ("larger_rate", "movie_zero_sigmoid", {"rate": 1e-3}),
    # The ladder goes on from the last of them.
    ("linear_output", "larger_rate", {"output": "linear"}),
    ("sum_of_errors", "linear_output", {"loss": "masked_sse"}),
    ("paper_lam_200", "sum_of_errors", {"l2": None, "lam": 200.0}),
    ("paper_lam_50", "paper_lam_200", {"lam": 50.0}),
    ("paper_lam_100", "paper_lam_200", {"lam": 100.0}),
    ("paper_lam_400", "paper_lam_200", {"lam": 400.0}),
    ("on_biases", "paper_lam_200", {"offset": True}),
    ("on_biases_centred", "on_biases", {"centred": True}),
    ("hidden_input", "on_biases", {"input_dropout": 0.6}),
    ("units_500", "hidden_input", {"hidden": 500}),
    ("item_autorec", "units_500", {"rate": 2e-3, "epochs": 60}),
    ("user_autorec", "item_autorec", {"side": "user"}),
):  # fmt: skip
    TRIAL_SETTINGS[_name] = TRIAL_SETTINGS[_before] | _change

# Users' ratings are read too; measured by ``benchmarks.lesson_10 --only two_sided``.
TWO_SIDED = {
    "side": "movie", "hidden": 500, "width": 50, "lam": 200.0, "column_lam": 1000.0,
    "input_dropout": 0.6, "hide": 0.5, "rate": 2e-3, "batch_size": 512, "epochs": 60,
}  # fmt: skip

# What the project of 2021 listed as tried, one factor at a time from ``user_mean_elu``.
GRID: dict[str, dict] = {
    **{f"vary_rate_{rate * 1e4:.0f}e-4": {"rate": rate} for rate in (1e-4, 1e-3, 3e-3)},
    **{f"vary_l2_{l2 * 1e5:.0f}e-5": {"l2": l2} for l2 in (0.0001, 0.00025, 0.0005, 0.002, 0.003)},
    "vary_output_linear": {"output": "linear"},
    **{f"vary_fill_{stars}": {"fill": float(stars)} for stars in range(1, 6)},
    **{
        f"vary_{inside}_{name}": {"activation": inside, "fill": fill}
        for name, fill in (("mean", "row_mean"), ("zero", 0.0))
        for inside in ("selu", "leaky_relu", "tanh", "linear")
    },
}
TRIAL_SETTINGS |= {name: TRIAL_SETTINGS["user_mean_elu"] | change for name, change in GRID.items()}
TRIAL_SETTINGS["vary_zero_rate_30e-4"] = TRIAL_SETTINGS["user_zero_sigmoid"] | {"rate": 3e-3}


def train(split: Split, settings: dict, seed: int) -> Fitted:
    """Train AutoRec with one line of settings."""
    s, epochs = settings, settings["epochs"]
    decays = s["schedule"] == "CosineDecay"
    task = row_task(
        split,
        s["side"],
        batch_size=s["batch_size"],
        fill=s["fill"],
        offset=s["offset"],
        centred=s["centred"],
    )
    n_columns = task.data.matrix.shape[1]
    l2 = s["l2"] if s["lam"] is None else task.l2(s["lam"])

    def build():
        model = autorec(
            n_columns,
            s["hidden"],
            activation=s["activation"],
            output_activation=s["output"],
            l2=l2,
            input_dropout=s["input_dropout"],
            offset=task.data.offset,
        )
        steps = epochs * len(task.x) if decays else None
        return compiled(model, LOSSES[s["loss"]], s["rate"], steps=steps)

    # A rate that decays to 0 must be let: what comes before the end is no sign of the end.
    return fit(
        build, task, epochs=epochs, patience=None if decays else max(10, epochs // 5), seed=seed
    )


def train_two_sided(split: Split, settings: dict, seed: int) -> Fitted:
    """Train the two-sided AutoRec with one line of settings."""
    s = settings
    task = two_sided_task(split, s["side"], hide=s["hide"], batch_size=s["batch_size"])
    n_rows, n_columns = task.data.matrix.shape

    def build():
        model = two_sided_autorec(
            n_rows,
            n_columns,
            s["hidden"],
            width=s["width"],
            offset=task.data.offset,
            l2=task.l2(s["lam"]),
            column_l2=task.l2(s["column_lam"]),
            input_dropout=s["input_dropout"],
        )
        return compiled(model, masked_sse, s["rate"], steps=s["epochs"] * len(task.x))

    return fit(build, task, epochs=s["epochs"], patience=None, seed=seed)


def measure(data: MovieLens, seed: int, name: str, *, refit: bool = False) -> list[dict]:
    """Train, score on validation and test.

    refit: train on train and validation together, with settings chosen before, to the last epoch.
    """
    split = primary_split(data)
    split = split.with_validation() if refit else split
    settings = {k: v for k, v in TRIAL_SETTINGS[name].items() if v is not None}
    fitted = train(split, TRIAL_SETTINGS[name], seed)
    row = evaluate(fitted, split, model=name).row(LESSON, **settings)
    if not refit:
        best = fitted.history["validation_rmse"].min()
        row["metrics"] |= {"validation_rmse": best, "best_epoch": fitted.best_epoch}
    return [row]


def measure_biases(data: MovieLens, seed: int) -> list[dict]:
    """The bias model on the same ratings, and on those by which all choices are made."""
    split = primary_split(data)
    model = bias_model(split)
    row = evaluate(model, split, model="bias_model").row(LESSON)
    row["metrics"]["validation_rmse"] = evaluate(model, split, part="validation").rmse
    return [row]


TRIALS: dict[str, Trial] = {
    "bias_model": measure_biases,
    **{name: partial(measure, name=name) for name in TRIAL_SETTINGS},
    "item_autorec_refit": partial(measure, name="item_autorec", refit=True),
}

if __name__ == "__main__":
    main(__doc__, TRIALS, once=("bias_model",))
