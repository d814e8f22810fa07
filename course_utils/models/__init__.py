"""The course's networks, one family a module. Each function returns an uncompiled Keras model."""
