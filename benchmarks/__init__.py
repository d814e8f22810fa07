"""Scripts that measure what the course states, and write it to ``results/``."""

import os

# Before any script imports Keras: a quiet TensorFlow, and the same arithmetic on every processor.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")
