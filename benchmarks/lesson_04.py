"""Every number of lesson 04: ``python -m benchmarks.lesson_04 --dataset ml-1m``.

About 2 hours on MovieLens-1M with two cores; ``--only item_autorec`` takes two minutes a seed.
Choices (epoch, λ, dropout) are validation's.
"""

from functools import partial

from benchmarks.measure import Trial, main
from course_utils.data.movielens import MovieLens
from course_utils.data.splits import Split, primary_split
from course_utils.models.autoencoders import autorec
from course_utils.models.losses import masked_mse, masked_sse
from course_utils.models.two_sided import two_sided_autorec
from course_utils.protocol.evaluation import evaluate
from course_utils.protocol.training import Fitted, compiled, fit
from course_utils.tasks.rows import row_task
from course_utils.tasks.two_sided_rows import two_sided_task

LESSON = "04_autorec"

# The published settings, and then one factor at a time: each line names the one it starts from.
TRIAL_SETTINGS = {
    "autorec_2021": {
        "side": "user", "fill": "row_mean", "offset": False, "centred": False, "hidden": 500,
        "activation": "elu", "output": "elu", "loss": "mean", "l2": 0.001, "lam": None,
        "input_dropout": 0.0, "rate": 1e-4, "cosine": False, "batch_size": 256, "epochs": 500,
    },
}  # fmt: skip
for _name, _before, _change in (
    ("leaky_autorec_2021", "autorec_2021",
     {"activation": "leaky_relu", "output": "linear", "l2": 0.0005}),
    ("user_rows", "autorec_2021", {"rate": 1e-3, "epochs": 60}),
    ("item_rows", "user_rows", {"side": "movie"}),
    ("zero_fill", "item_rows", {"fill": 0.0}),
    ("sum_loss", "zero_fill", {"loss": "sum", "l2": None, "lam": 7.4}),
    ("sigmoid", "sum_loss", {"activation": "sigmoid", "output": "linear"}),
    ("lam_50", "sigmoid", {"lam": 50.0}),
    ("lam_100", "sigmoid", {"lam": 100.0}),
    ("lam_200", "sigmoid", {"lam": 200.0}),
    ("lam_400", "sigmoid", {"lam": 400.0}),
    ("residual", "lam_200", {"offset": True}),
    ("residual_lam_400", "residual", {"lam": 400.0}),
    ("centred", "residual_lam_400", {"centred": True}),
    ("cosine", "residual_lam_400", {"cosine": True, "rate": 2e-3}),
    ("item_autorec", "cosine", {"lam": 200.0, "input_dropout": 0.6}),
    ("user_autorec", "item_autorec", {"side": "user"}),
):  # fmt: skip
    TRIAL_SETTINGS[_name] = TRIAL_SETTINGS[_before] | _change

# Users' ratings are read too; measured by ``benchmarks.lesson_09 --only two_sided``.
TWO_SIDED = {
    "side": "movie", "hidden": 500, "width": 50, "lam": 200.0, "column_lam": 1000.0,
    "input_dropout": 0.6, "hide": 0.5, "rate": 2e-3, "batch_size": 512, "epochs": 60,
}  # fmt: skip

# What the project of 2021 listed as tried, one factor at a time, with short training. Pairs of
# activations are compared on zero-filled rows, as upstream did.
GRID_START = TRIAL_SETTINGS["user_rows"] | {"batch_size": 64}
ACTIVATIONS = (
    ("sigmoid", "linear"), ("sigmoid", "elu"), ("linear", "linear"), ("tanh", "linear"),
    ("tanh", "elu"), ("elu", "linear"), ("elu", "elu"), ("selu", "linear"), ("selu", "selu"),
    ("leaky_relu", "linear"), ("leaky_relu", "leaky_relu"),
)  # fmt: skip
GRID: dict[str, dict] = {
    **{
        f"grid_{inside}_{outside}": {"activation": inside, "output": outside, "fill": 0.0}
        for inside, outside in ACTIVATIONS
    },
    **{f"grid_fill_{stars}": {"fill": float(stars)} for stars in range(1, 6)},
    "grid_fill_row_mean": {"fill": "row_mean"},
    **{f"grid_l2_{l2 * 1e5:.0f}e-5": {"l2": l2} for l2 in (0.0001, 0.00025, 0.0005, 0.002, 0.003)},
}
TRIAL_SETTINGS |= {name: GRID_START | change for name, change in GRID.items()}


def train(split: Split, settings: dict, seed: int) -> Fitted:
    """Train AutoRec with one line of settings."""
    s, epochs = settings, settings["epochs"]
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
        loss = masked_mse if s["loss"] == "mean" else masked_sse
        steps = epochs * len(task.x) if s["cosine"] else None
        return compiled(model, loss, s["rate"], steps=steps)

    return fit(build, task, epochs=epochs, patience=max(10, epochs // 5), seed=seed)


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
    """Train, score on test, and note the validation curve.

    refit: train on train and validation together, with settings chosen before, to the last epoch.
    """
    split = primary_split(data)
    split = split.with_validation() if refit else split
    settings = TRIAL_SETTINGS[name]
    fitted = train(split, settings, seed)
    row = evaluate(fitted, split, model=name).row(LESSON, **settings)
    if not refit:
        row["metrics"]["validation_rmse"] = fitted.history["validation_rmse"].min()
    row["settings"]["best_epoch"] = fitted.best_epoch
    row["settings"]["validation_curve"] = fitted.history["validation_rmse"].round(4).tolist()
    return [row]


TRIALS: dict[str, Trial] = {
    **{name: partial(measure, name=name) for name in TRIAL_SETTINGS},
    "item_autorec_refit": partial(measure, name="item_autorec", refit=True),
}

if __name__ == "__main__":
    main(__doc__, TRIALS)
