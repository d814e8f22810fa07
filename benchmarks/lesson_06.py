"""Every number of lesson 06: ``python -m benchmarks.lesson_06 --dataset ml-1m``.

Choices (epoch, noise factor) are validation's.
"""

import keras

from benchmarks.measure import Trial, main
from course_utils.data import MovieLens
from course_utils.evaluate import evaluate
from course_utils.losses import masked_mse
from course_utils.models.autoencoders import deep_autoencoder
from course_utils.rows import rows
from course_utils.splits import Split, primary_split
from course_utils.training import Fitted, fit

LESSON = "06_noise_and_demographics"

SHORT = {"rate": 1e-3, "epochs": 60, "patience": 10}
PUBLISHED = {"rate": 1e-4, "epochs": 500, "patience": None}


def train(split: Split, seed: int, *, input_dropout: float, schedule: dict) -> Fitted:
    """The deep autoencoder of 2021 on rows of users."""
    task = rows(split, "user", batch_size=256)

    def build():
        model = deep_autoencoder(split.n_movies, input_dropout=input_dropout)
        model.compile(keras.optimizers.Adam(schedule["rate"]), masked_mse)
        return model

    return fit(build, task, epochs=schedule["epochs"], patience=schedule["patience"], seed=seed)


def published_dropout(data: MovieLens, seed: int) -> list[dict]:
    """The project's own best row: input dropout .1, its 500 epochs at its rate."""
    split = primary_split(data)
    fitted = train(split, seed, input_dropout=0.1, schedule=PUBLISHED)
    row = evaluate(fitted, split, model="deep_ae_2021_dropout").row(
        LESSON, input_dropout=0.1, **PUBLISHED, best_epoch=fitted.best_epoch
    )
    row["metrics"]["validation_rmse"] = fitted.history["validation_rmse"].min()
    row["settings"]["validation_curve"] = fitted.history["validation_rmse"].round(4).tolist()
    return [row]


TRIALS: dict[str, Trial] = {"deep_ae_2021_dropout": published_dropout}

if __name__ == "__main__":
    main(__doc__, TRIALS)
