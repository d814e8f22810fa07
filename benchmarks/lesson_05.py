"""Every number of lesson 05: ``python -m benchmarks.lesson_05 --dataset ml-1m``.

``--only deep_ae_2021`` takes about 8 minutes a seed on two cores, the other settings about one.
Choices (epoch, λ, dropout, widths) are validation's.
"""

from functools import partial

import keras
import numpy as np
import pandas as pd

from benchmarks.measure import Trial, main
from course_utils.data import MovieLens
from course_utils.evaluate import evaluate
from course_utils.losses import masked_mse, masked_sse
from course_utils.matrices import seen_movies
from course_utils.metrics import rmse_by_user, top_k
from course_utils.models.autoencoders import deep_autoencoder
from course_utils.recommend import like_accuracy
from course_utils.rows import rows
from course_utils.splits import Split, primary_split
from course_utils.training import Fitted, fit

LESSON = "05_deep_autoencoder"
TEST_USER = 2000  # the project's example user of MovieLens-1M

# The published settings, and then one factor at a time: each line names the one it starts from.
TRIAL_SETTINGS = {
    "deep_ae_2021": {
        "side": "user", "offset": False, "hidden": [256, 512, 256], "activation": "selu",
        "output": "selu", "initializer": "glorot_uniform", "loss": "mean", "l2": 0.001, "lam": None,
        "dropout": 0.8, "input_dropout": 0.0, "rate": 1e-4, "cosine": False, "batch_size": 256,
        "epochs": 500, "patience": None,
    },
}  # fmt: skip


def train(split: Split, settings: dict, seed: int) -> Fitted:
    """Train a deep autoencoder with one line of settings."""
    s, epochs = settings, settings["epochs"]
    task = rows(split, s["side"], batch_size=s["batch_size"], offset=s["offset"])
    n_rows, n_columns = task.data.matrix.shape
    l2 = s["l2"] if s["lam"] is None else s["lam"] / (2 * n_rows)

    def build():
        model = deep_autoencoder(
            n_columns,
            s["hidden"],
            activation=s["activation"],
            output_activation=s["output"],
            l2=l2,
            dropout=s["dropout"],
            input_dropout=s["input_dropout"],
            initializer=s["initializer"],
            offset=task.data.offset,
        )
        rate = s["rate"]
        if s["cosine"]:
            rate = keras.optimizers.schedules.CosineDecay(rate, epochs * len(task.x))
        loss = masked_mse if s["loss"] == "mean" else masked_sse
        model.compile(keras.optimizers.Adam(rate), loss)
        return model

    return fit(build, task, epochs=epochs, patience=s["patience"], seed=seed)


def measure(data: MovieLens, seed: int, name: str) -> list[dict]:
    """Train, score on test, and note the validation curve."""
    split, settings = primary_split(data), TRIAL_SETTINGS[name]
    fitted = train(split, settings, seed)
    row = evaluate(fitted, split, model=name).row(LESSON, **settings)
    row["metrics"]["validation_rmse"] = fitted.history["validation_rmse"].min()
    row["metrics"]["penalty"] = float(sum(fitted.model.losses))
    row["settings"]["best_epoch"] = fitted.best_epoch
    row["settings"]["validation_curve"] = fitted.history["validation_rmse"].round(4).tolist()
    return [row]


def measure_2021(data: MovieLens, seed: int) -> list[dict]:
    """The published model, with the other numbers that were published of it.

    ``loss``: the test loss as Keras prints it, ``data_term`` + ``penalty``. ``liked_…``: shares of
    ratings told right as liked or not, over all users' test ratings and for one user.
    """
    split, settings = primary_split(data), TRIAL_SETTINGS["deep_ae_2021"]
    fitted = train(split, settings, seed)
    row = evaluate(fitted, split, model="deep_ae_2021").row(LESSON, **settings)
    row["metrics"] |= {
        "validation_rmse": fitted.history["validation_rmse"].min(),
        **loss_terms(fitted, split),
        **told_right(fitted, split),
        **rare_in_lists(fitted, split),
    }
    row["settings"]["best_epoch"] = fitted.best_epoch
    row["settings"]["validation_curve"] = fitted.history["validation_rmse"].round(4).tolist()
    return [row]


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
    user = split.user_index(TEST_USER) if TEST_USER in split.user_ids else 0
    parts = {"train": split.train, "validation": split.validation, "test": split.test}
    parts = {name: part[part["user"] == int(user)] for name, part in parts.items()}
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
    rare = np.bincount(split.train["movie"], minlength=split.n_movies) < few
    return {"rare_in_lists": rare[lists].mean(), "rare_movies": rare.mean()}


def with_prediction(fitted: Fitted, ratings: pd.DataFrame) -> pd.DataFrame:
    """Ratings with the model's stars, not clipped."""
    stars = fitted.predict(ratings["user"], ratings["movie"])
    return ratings.assign(prediction=stars)


TRIALS: dict[str, Trial] = {"deep_ae_2021": measure_2021} | {
    name: partial(measure, name=name) for name in TRIAL_SETTINGS if name != "deep_ae_2021"
}

if __name__ == "__main__":
    main(__doc__, TRIALS)
