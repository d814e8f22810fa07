"""Figures of models: learning curves, leaderboards, errors by user."""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns

from course_utils.evaluate import Scores
from course_utils.metrics import rmse_by_user
from course_utils.plots.style import GREY, figure, show

__all__ = ["learning_curves", "rmse_by_user_activity", "rmse_intervals", "steps"]
