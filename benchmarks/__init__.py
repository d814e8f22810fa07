"""Scripts that measure what the course states, and write it to ``results/``."""

import os

# Before any script imports Keras: a quiet TensorFlow.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
