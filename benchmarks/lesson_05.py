"""Every number of lesson 05: ``python -m benchmarks.lesson_05``.

On MovieLens-100K the settings of 2021 (``deep_ae_2021``, 500 epochs) take about three minutes a
seed on two cores, the others about 15 seconds; on MovieLens-1M 22 minutes and two to four.
Choices (epoch, λ, dropout, widths) are validation's.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

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
from course_utils.protocol.evaluation import Predictor, evaluate
from course_utils.protocol.metrics import rmse_by_user, top_k
from course_utils.protocol.training import Fitted, compiled, fit
from course_utils.recommend.lists import like_accuracy
from course_utils.tasks.rows import row_task

LESSON = "05_deep_autoencoder"
TEST_USER = 2000  # the project's example user of MovieLens-1M
Extra = Callable[[Fitted, Split], dict[str, float]]

# Larger data bear wider layers and, as lesson 04 found, twice the λ. With few rows, a batch holds
# fewer of them, so that an epoch still has 16 batches or more; lesson 06 does the same.
SIZES = {"ml-1m": {"width": 500, "lam": 200.0, "batch_size": 256, "epochs": 60}}
SMALL = {"width": 300, "lam": 100.0, "batch_size": 62, "epochs": 40}

# The published settings, and then *one* setting at a time: each line names the one it starts from.
# hidden: widths, or how many layers of the dataset's width. lam, batch_size, epochs: True for the
# dataset's own. loss: "mean" over each row's ratings or "sum"; lam "same": a sum whose penalty
# weighs as much beside a rating as 2021's l2 did. fill: what an unrated input cell holds.
TRIAL_SETTINGS: dict[str, dict[str, Any]] = {
    "deep_ae_2021": {
        "side": "user", "fill": 0.0, "offset": False, "centred": False, "hidden": [256, 512, 256],
        "activation": "selu", "output": "selu", "initializer": "glorot_uniform", "skip": False,
        "loss": "mean", "l2": 0.001, "lam": None, "dropout": 0.8, "alpha_dropout": False,
        "input_dropout": 0.0, "refeed": 0.0, "rate": 1e-4, "cosine": False, "batch_size": 256,
        "epochs": 500,
    },
}  # fmt: skip
# A short training is trained out because its rate falls to 0: all later settings have that.
SHORT = {"rate": 1e-3, "cosine": True, "batch_size": True, "epochs": True}
# Keras makes an initializer of its own for each layer from this. One object for all layers would
# give layers of one shape the *same* weights, and would be drawn before ``fit`` sets the seed.
ALL_SMALL = {"class_name": "RandomNormal", "config": {"stddev": 0.02}}
CENTRED = {"offset": True, "centred": True, "output": "linear"}
for _name, _before, _change in (
    ("deep_ae_2021_fill_mean", "deep_ae_2021", {"fill": "row_mean"}),
    ("short", "deep_ae_2021", SHORT),
    # The project's grid, and where its ends were too near
    ("grid_512_256_512", "short", {"hidden": [512, 256, 512]}),
    ("grid_512_1024_512", "short", {"hidden": [512, 1024, 512]}),
    ("grid_512_512_512", "short", {"hidden": [512, 512, 512]}),
    ("grid_512_256_128_256_512", "short", {"hidden": [512, 256, 128, 256, 512]}),
    ("grid_128_256_512_256_128", "short", {"hidden": [128, 256, 512, 256, 128]}),
    ("grid_dropout_0", "short", {"dropout": 0.0}),
    ("grid_dropout_2", "short", {"dropout": 0.2}),
    ("grid_dropout_4", "short", {"dropout": 0.4}),
    ("grid_dropout_6", "short", {"dropout": 0.6}),
    ("grid_dropout_9", "short", {"dropout": 0.9}),
    ("grid_dropout_95", "short", {"dropout": 0.95}),
    ("grid_elu_elu", "short", {"activation": "elu", "output": "elu"}),
    ("grid_sigmoid_linear", "short", {"activation": "sigmoid", "output": "linear"}),
    ("grid_l2_1", "short", {"l2": 0.0001}),
    ("grid_l2_20", "short", {"l2": 0.002}),
    ("grid_l2_40", "short", {"l2": 0.004}),
    ("grid_l2_50", "short", {"l2": 0.005}),
    ("grid_l2_100", "short", {"l2": 0.01}),
    ("grid_rate_1", "short", {"rate": 1e-4}),
    ("grid_rate_3", "short", {"rate": 3e-4}),
    ("grid_rate_30", "short", {"rate": 3e-3}),
    ("grid_rate_100", "short", {"rate": 1e-2}),
    ("fill_mean", "short", {"fill": "row_mean"}),
    # What theory recommends for SELU, and Kuchaiev and Ginsburg for depth
    ("lecun", "short", {"initializer": "lecun_normal"}),
    ("lecun_10", "lecun", {"dropout": 0.10}),
    ("lecun_05", "lecun", {"dropout": 0.05}),
    ("alpha_dropout", "lecun", {"alpha_dropout": True}),
    ("alpha_dropout_10", "lecun_10", {"alpha_dropout": True}),
    ("alpha_dropout_05", "lecun_05", {"alpha_dropout": True}),
    ("centred_10", "lecun_10", CENTRED),
    ("centred_alpha_10", "centred_10", {"alpha_dropout": True}),
    ("short_refeed", "short", {"refeed": 1.0}),
    ("eight_lecun", "lecun", {"hidden": [256] * 8}),
    ("eight_glorot", "eight_lecun", {"initializer": "glorot_uniform"}),
    ("eight_small", "eight_lecun", {"initializer": ALL_SMALL}),
    ("eight_he", "eight_lecun", {"initializer": "he_normal"}),
    # Lesson 04's levers, one after the other
    ("sum_of_errors", "short", {"loss": "sum", "lam": "same", "l2": None}),
    ("own_penalty", "sum_of_errors", {"lam": True}),
    ("movie_rows", "own_penalty", {"side": "movie"}),
    ("one_width", "movie_rows", {"hidden": 3}),
    ("linear_output", "one_width", {"output": "linear"}),
    ("beside_biases", "linear_output", {"offset": True}),
    ("no_dropout", "beside_biases", {"dropout": 0.0}),
    ("hidden_input", "no_dropout", {"input_dropout": 0.6}),
    ("sigmoid_inside", "hidden_input", {"activation": "sigmoid"}),
    ("with_skips", "sigmoid_inside", {"skip": True}),
    ("twice_the_rate", "with_skips", {"rate": 2e-3}),
    ("ours", "twice_the_rate", {"hidden": 2}),
    ("ours_refeed", "ours", {"refeed": 5.0}),
    ("ours_selu", "ours", {"activation": "selu"}),
    ("depth_1", "ours", {"hidden": 1}),
    ("depth_5_skip", "ours", {"hidden": 5}),
    ("depth_2", "ours", {"skip": False}),
    ("depth_3", "twice_the_rate", {"skip": False}),
    ("depth_5", "depth_5_skip", {"skip": False}),
    # Is it the slope of three sigmoids, or the penalty, that leaves only the biases?
    ("depth_3_lam_10", "depth_3", {"lam": 10.0}),
    ("depth_3_lam_1", "depth_3", {"lam": 1.0}),
):
    TRIAL_SETTINGS[_name] = TRIAL_SETTINGS[_before] | _change


def settings_of(name: str, dataset: str) -> dict:
    """One line of settings, with what depends on the dataset filled in."""
    settings, size = dict(TRIAL_SETTINGS[name]), SIZES.get(dataset, SMALL)
    if isinstance(settings["hidden"], int):
        settings["hidden"] = [size["width"]] * settings["hidden"]
    return settings | {k: size[k] for k in ("lam", "batch_size", "epochs") if settings[k] is True}


def train(split: Split, settings: dict, seed: int) -> Fitted:
    """Train a deep autoencoder with one line of settings."""
    s, epochs = settings, settings["epochs"]
    task = row_task(
        split,
        s["side"],
        batch_size=s["batch_size"],
        fill=s["fill"],
        offset=s["offset"],
        centred=s["centred"],
    )
    same = 2 * TRIAL_SETTINGS["deep_ae_2021"]["l2"] * len(split.train)
    l2 = s["l2"] if s["lam"] is None else task.l2(same if s["lam"] == "same" else s["lam"])

    def build():
        model = deep_autoencoder(
            task.data.matrix.shape[1],
            s["hidden"],
            activation=s["activation"],
            output_activation=s["output"],
            l2=l2,
            dropout=s["dropout"],
            alpha_dropout=s["alpha_dropout"],
            input_dropout=s["input_dropout"],
            initializer=s["initializer"],
            skip=s["skip"],
            offset=task.data.offset,
        )
        if s["refeed"]:
            model = DenseRefeeding(model, s["refeed"])
        loss = masked_mse if s["loss"] == "mean" else masked_sse
        steps = epochs * len(task.x) if s["cosine"] else None
        return compiled(model, loss, s["rate"], steps=steps)

    return fit(build, task, epochs=epochs, patience=None, seed=seed)


def measure(data: MovieLens, seed: int, name: str, more: Sequence[Extra] = ()) -> list[dict]:
    """Train, score on test, note what else was seen. more: functions of further metrics."""
    split = primary_split(data)
    settings = settings_of(name, data.name)
    fitted = train(split, settings, seed)
    del settings["cosine"]  # recorded as the schedule that was compiled
    row = evaluate(fitted, split, model=name).row(LESSON, **settings)
    row["metrics"]["validation_rmse"] = fitted.history["validation_rmse"].min()
    for extra in (learned_by_heart, *more):
        row["metrics"] |= extra(fitted, split)
    return [row]


def measure_bias_model(data: MovieLens, seed: int) -> list[dict]:
    """What every network here has to beat, on test and where settings are chosen."""
    split = primary_split(data)
    bias = bias_model(split)
    row = evaluate(bias, split, model="bias_model").row(LESSON)
    row["metrics"]["validation_rmse"] = evaluate(bias, split, part="validation").rmse
    row["metrics"] |= learned_by_heart(bias, split) | told_right(bias, split)
    return [row]


def learned_by_heart(fitted: Predictor, split: Split) -> dict[str, float]:
    """RMSE on the training ratings, and the mean of the test predictions before they are clipped.

    A network that learned by heart has a low training RMSE; one that broke has neither that nor a
    sensible mean.
    """
    stars = fitted.predict(split.test["user"].to_numpy(), split.test["movie"].to_numpy())
    training = evaluate(fitted, split, part="train").rmse
    return {"training_rmse": training, "mean_prediction": float(np.mean(stars))}


def loss_terms(fitted: Fitted, split: Split) -> dict[str, float]:
    """The test loss of a network with users as rows, taken apart."""
    test = with_prediction(fitted, split.test)
    by_user = rmse_by_user(test["user"], test["rating"], test["prediction"])
    data_term, penalty = (by_user["rmse"] ** 2).mean(), float(sum(fitted.model.losses))
    return {"data_term": data_term, "penalty": penalty, "loss": data_term + penalty}


def told_right(fitted: Predictor, split: Split) -> dict[str, float]:
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


def with_prediction(fitted: Predictor, ratings: pd.DataFrame) -> pd.DataFrame:
    """Ratings with the model's stars, not clipped."""
    stars = fitted.predict(ratings["user"], ratings["movie"])
    return ratings.assign(prediction=stars)


# What was published of the 2021 model besides its RMSE, and what the lesson asks of ours.
MORE: dict[str, tuple[Extra, ...]] = {
    "deep_ae_2021": (loss_terms, told_right, rare_in_lists),
    "short": (told_right, rare_in_lists),
    "ours": (told_right, rare_in_lists),
}
TRIALS: dict[str, Trial] = {"bias_model": measure_bias_model} | {
    name: partial(measure, name=name, more=MORE.get(name, ())) for name in TRIAL_SETTINGS
}

if __name__ == "__main__":
    main(__doc__, TRIALS, once=("bias_model",))
