"""What can be watched while a network trains, without influencing it. Given to ``fit``."""

import keras
import numpy as np
import pandas as pd

from course_utils.protocol.training import clipped_stars
from course_utils.tasks.base import Task


class Peek(keras.callbacks.Callback):
    """Notes predictions for other ratings after each epoch, without influencing training.

    ``predictions``: one array of stars an epoch, clipped to the scale. For showing what happens to
    those who choose by looking at test. Never to choose.
    """

    def __init__(self, task: Task, ratings: pd.DataFrame):
        super().__init__()
        self.task, self.ratings = task, ratings
        self.predictions: list[np.ndarray] = []

    def on_epoch_end(self, epoch, logs=None):
        self.predictions.append(clipped_stars(self.model, self.task, self.ratings))


class PenaltyLog(keras.callbacks.Callback):
    """Notes after each epoch what the penalties on weights add to the loss: ``penalties``."""

    def __init__(self):
        super().__init__()
        self.penalties: list[float] = []

    def on_epoch_end(self, epoch, logs=None):
        self.penalties.append(float(sum(self.model.losses)))
