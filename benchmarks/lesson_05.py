"""Every number of lesson 05: ``python -m benchmarks.lesson_05 --dataset ml-1m``.

``--only deep_ae_2021`` takes about 8 minutes a seed on two cores, the other settings about one.
Choices (epoch, λ, dropout, widths) are validation's.
"""

from collections.abc import Callable, Sequence
from functools import partial

import keras
import numpy as np
import pandas as pd

from benchmarks.measure import Trial, main
from course_utils.data.matrices import seen_movies
from course_utils.data.movielens import MovieLens
from course_utils.data.splits import Split, primary_split
from course_utils.models.autoencoder_variants import DenseRefeeding
from course_utils.models.autoencoders import deep_autoencoder
from course_utils.models.baselines import bias_model
from course_utils.models.losses import masked_mse, masked_sse
from course_utils.protocol.evaluation import evaluate
from course_utils.protocol.metrics import rmse_by_user, top_k
from course_utils.protocol.training import Fitted, compiled, fit
from course_utils.recommend.lists import like_accuracy
from course_utils.tasks.rows import row_task

LESSON = "05_deep_autoencoder"
TEST_USER = 2000  # the project's example user of MovieLens-1M
Extra = Callable[[Fitted, Split], dict[str, float]]

# Larger data bear wider layers and, as lesson 04 found, twice the λ.
SIZES = {"ml-1m": {"width": 500, "lam": 200.0}}
SMALL = {"width": 300, "lam": 100.0}

# The published settings, and then one factor at a time: each line names the one it starts from.
# hidden: widths, or how many layers of the dataset's width. lam: True for the dataset's λ.
TRIAL_SETTINGS = {
    "deep_ae_2021": {
        "side": "user", "offset": False, "hidden": [256, 512, 256], "activation": "selu",
        "output": "selu", "initializer": "glorot_uniform", "skip": False, "loss": "mean",
        "l2": 0.001, "lam": False, "dropout": 0.8, "alpha_dropout": False, "input_dropout": 0.0,
        "refeed": 0.0, "rate": 1e-4, "cosine": False, "batch_size": 256, "epochs": 500,
        "patience": None,
    },
}  # fmt: skip
for _name, _before, _change in (
    ("short", "deep_ae_2021", {"rate": 1e-3, "epochs": 60, "patience": 15}),
    # The project's grid
    ("grid_512_256_512", "short", {"hidden": [512, 256, 512]}),
    ("grid_512_1024_512", "short", {"hidden": [512, 1024, 512]}),
    ("grid_512_512_512", "short", {"hidden": [512, 512, 512]}),
    ("grid_512_256_128_256_512", "short", {"hidden": [512, 256, 128, 256, 512]}),
    ("grid_128_256_512_256_128", "short", {"hidden": [128, 256, 512, 256, 128]}),
    ("grid_dropout_2", "short", {"dropout": 0.2}),
    ("grid_dropout_4", "short", {"dropout": 0.4}),
    ("grid_dropout_6", "short", {"dropout": 0.6}),
    ("grid_elu_elu", "short", {"activation": "elu", "output": "elu"}),
    ("grid_sigmoid_linear", "short", {"activation": "sigmoid", "output": "linear"}),
    ("grid_l2_1", "short", {"l2": 0.0001}),
    ("grid_l2_20", "short", {"l2": 0.002}),
    ("grid_l2_40", "short", {"l2": 0.004}),
    ("grid_l2_50", "short", {"l2": 0.005}),
    ("grid_l2_100", "short", {"l2": 0.01}),
    # What theory recommends for SELU, and Kuchaiev and Ginsburg for depth
    ("lecun", "short", {"initializer": "lecun_normal"}),
    ("alpha_dropout", "lecun", {"alpha_dropout": True}),
    ("alpha_dropout_1", "alpha_dropout", {"dropout": 0.1}),
    ("short_refeed", "short", {"refeed": 1.0}),
    ("eight_lecun", "lecun", {"hidden": [256] * 8}),
    ("eight_small", "eight_lecun", {"initializer": "small"}),
    ("eight_he", "eight_lecun", {"initializer": "he_normal"}),
    # Lesson 04's levers, one after the other
    ("sum_loss", "short", {"loss": "sum", "lam": True, "l2": None}),
    ("movies", "sum_loss", {"side": "movie"}),
    ("equal_widths", "movies", {"hidden": 3}),
    ("residual", "equal_widths", {"offset": True, "output": "linear"}),
    ("hide_input", "residual", {"dropout": 0.0, "input_dropout": 0.6}),
    ("sigmoid", "hide_input", {"activation": "sigmoid"}),
    ("skip", "sigmoid", {"skip": True}),
    ("cosine", "skip", {"rate": 2e-3, "cosine": True, "patience": None}),
    ("ours", "cosine", {"hidden": 2}),
    ("ours_refeed", "ours", {"refeed": 5.0}),
    ("ours_selu", "ours", {"activation": "selu", "initializer": "lecun_normal"}),
    ("depth_1", "ours", {"hidden": 1}),
    ("depth_5_skip", "ours", {"hidden": 5}),
    ("depth_2", "ours", {"skip": False}),
    ("depth_3", "cosine", {"skip": False}),
    ("depth_5", "depth_5_skip", {"skip": False}),
):
    TRIAL_SETTINGS[_name] = TRIAL_SETTINGS[_before] | _change


def settings_of(name: str, dataset: str) -> dict:
    """One line of settings, with the dataset's width and λ filled in."""
    settings, size = dict(TRIAL_SETTINGS[name]), SIZES.get(dataset, SMALL)
    if isinstance(settings["hidden"], int):
        settings["hidden"] = [size["width"]] * settings["hidden"]
    settings["lam"] = size["lam"] if settings["lam"] else None
    return settings


def train(split: Split, settings: dict, seed: int) -> Fitted:
    """Train a deep autoencoder with one line of settings."""
    s, epochs = settings, settings["epochs"]
    task = row_task(split, s["side"], batch_size=s["batch_size"], offset=s["offset"])
    n_columns = task.data.matrix.shape[1]
    l2 = s["l2"] if s["lam"] is None else task.l2(s["lam"])
    small = keras.initializers.RandomNormal(stddev=0.02)

    def build():
        model = deep_autoencoder(
            n_columns,
            s["hidden"],
            activation=s["activation"],
            output_activation=s["output"],
            l2=l2,
            dropout=s["dropout"],
            alpha_dropout=s["alpha_dropout"],
            input_dropout=s["input_dropout"],
            initializer=small if s["initializer"] == "small" else s["initializer"],
            skip=s["skip"],
            offset=task.data.offset,
        )
        if s["refeed"]:
            model = DenseRefeeding(model, s["refeed"])
        loss = masked_mse if s["loss"] == "mean" else masked_sse
        steps = epochs * len(task.x) if s["cosine"] else None
        return compiled(model, loss, s["rate"], steps=steps)

    return fit(build, task, epochs=epochs, patience=s["patience"], seed=seed)


def measure(data: MovieLens, seed: int, name: str, more: Sequence[Extra] = ()) -> list[dict]:
    """Train, score on test, and note the validation curve. more: functions of further metrics."""
    split = primary_split(data)
    settings = settings_of(name, data.name)
    fitted = train(split, settings, seed)
    row = evaluate(fitted, split, model=name).row(LESSON, **settings)
    row["metrics"]["validation_rmse"] = fitted.history["validation_rmse"].min()
    for extra in more:
        row["metrics"] |= extra(fitted, split)
    row["settings"]["best_epoch"] = fitted.best_epoch
    row["settings"]["validation_curve"] = fitted.history["validation_rmse"].round(4).tolist()
    return [row]


def measure_bias_model(data: MovieLens, seed: int) -> list[dict]:
    """What every network here has to beat."""
    split = primary_split(data)
    return [evaluate(bias_model(split), split, model="bias_model").row(LESSON)]


def loss_terms(fitted: Fitted, split: Split) -> dict[str, float]:
    """The test loss of a network with users as rows, taken apart."""
    test = with_prediction(fitted, split.test)
    by_user = rmse_by_user(test["user"], test["rating"], test["prediction"])
    data_term, penalty = (by_user["rmse"] ** 2).mean(), float(sum(fitted.model.losses))
    return {"data_term": data_term, "penalty": penalty, "loss": data_term + penalty}


def told_right(fitted: Fitted, split: Split) -> dict[str, float]:
    """Liked or not: all users' test ratings, and one user's ratings as the project counted them."""
    everyone = like_accuracy(with_prediction(fitted, split.test))
    found = {
        "liked_test": everyone.accuracy,
        "liked_test_low": everyone.interval[0],
        "liked_test_high": everyone.interval[1],
        "liked_test_always": everyone.always_liked,
    }
    if TEST_USER not in split.user_ids:
        return found
    user = int(split.user_index(TEST_USER))
    parts = {"train": split.train, "validation": split.validation, "test": split.test}
    parts = {name: part[part["user"] == user] for name, part in parts.items()}
    parts["held_out"] = pd.concat([parts["validation"], parts["test"]])
    parts["all"] = pd.concat([parts["train"], parts["held_out"]])
    for name, part in parts.items():
        one = like_accuracy(with_prediction(fitted, part))
        found[f"liked_user_{name}"] = one.accuracy
        found[f"liked_user_{name}_always"] = one.always_liked
        found[f"liked_user_{name}_n"] = one.n
    return found


def rare_in_lists(fitted: Fitted, split: Split, *, few: int = 10, n_users: int = 500) -> dict:
    """Share of movies with fewer than ``few`` training ratings in top-10 lists, and in all movies.

    Lists of users drawn at random, in the order of the unclipped stars.
    """
    users = np.random.default_rng(0).choice(split.n_users, min(n_users, split.n_users), False)
    every_movie = np.arange(split.n_movies)
    stars = fitted.predict(np.repeat(users, split.n_movies), np.tile(every_movie, len(users)))
    seen = seen_movies(split.train, split.validation, shape=split.shape)[users]
    lists = top_k(stars.reshape(len(users), -1), seen, 10)
    rare = split.support < few
    return {"rare_in_lists": rare[lists].mean(), "rare_movies": rare.mean()}


def with_prediction(fitted: Fitted, ratings: pd.DataFrame) -> pd.DataFrame:
    """Ratings with the model's stars, not clipped."""
    stars = fitted.predict(ratings["user"], ratings["movie"])
    return ratings.assign(prediction=stars)


# What was published of the 2021 model besides its RMSE, and what the lesson asks of ours.
MORE: dict[str, tuple[Extra, ...]] = {
    "deep_ae_2021": (loss_terms, told_right, rare_in_lists),
    "ours": (told_right, rare_in_lists),
}
TRIALS: dict[str, Trial] = {"bias_model": measure_bias_model} | {
    name: partial(measure, name=name, more=MORE.get(name, ())) for name in TRIAL_SETTINGS
}

if __name__ == "__main__":
    main(__doc__, TRIALS, once=("bias_model",))
