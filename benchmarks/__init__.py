"""Scripts that measure what the course states, and write it to ``results/``."""

import os

# Before any script imports Keras: a quiet TensorFlow, with its fast kernels and memory pool
# on where it would leave them off: 2 to 3 times faster on processors without AVX-512.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
