"""The Adamax of 2021, as the same name now trains differently, and an Adam in one pass."""

import keras


@keras.saving.register_keras_serializable("course_utils")
class LazyAdamax(keras.optimizers.Adamax):
    """Adamax as TensorFlow 2.4 ran it: an embedding row and its moments change only when used.

    Keras 3 moves every row in every step, and lets the largest gradient seen (the divisor) fade
    every step too, so that a row which is used once in a thousand steps moves much further each
    time. Dense gradients, and backends without sparse ones, get Keras' own Adamax.
    Source: Kingma & Ba, ICLR 2015, section 7.1; the sparse rule is TensorFlow's.
    """

    def update_step(self, gradient, variable, learning_rate):
        if not hasattr(gradient, "indices"):
            super().update_step(gradient, variable, learning_rate)
            return
        import tensorflow as tf

        rows, place = tf.unique(gradient.indices)
        grad = tf.math.unsorted_segment_sum(gradient.values, place, tf.size(rows))
        index = self._get_variable_index(variable)
        m, u = self._m[index].value, self._u[index].value
        m_rows = self.beta_1 * tf.gather(m, rows) + (1 - self.beta_1) * grad
        u_rows = tf.maximum(self.beta_2 * tf.gather(u, rows), tf.abs(grad))
        step = tf.cast(self.iterations + 1, grad.dtype)
        rate = tf.cast(learning_rate, grad.dtype) / (1 - self.beta_1**step)
        m.scatter_update(tf.IndexedSlices(m_rows, rows))
        u.scatter_update(tf.IndexedSlices(u_rows, rows))
        moved = -rate * m_rows / (u_rows + self.epsilon)
        variable.scatter_add(tf.IndexedSlices(moved, rows))


@keras.saving.register_keras_serializable("course_utils")
class FusedAdam(keras.optimizers.Adam):
    """Keras' Adam, its ten passes over the weights merged into one by TensorFlow's own kernel.

    Same numbers up to rounding. It matters where a step computes little and there are many weights:
    with sparse input the optimiser is most of the work. Embedding gradients and other backends get
    Keras' own Adam.
    """

    def update_step(self, gradient, variable, learning_rate):
        if keras.backend.backend() != "tensorflow" or hasattr(gradient, "indices"):
            super().update_step(gradient, variable, learning_rate)
            return
        import tensorflow as tf

        index = self._get_variable_index(variable)
        step = tf.cast(self.iterations + 1, gradient.dtype)
        tf.raw_ops.ResourceApplyAdam(
            var=variable.handle,
            m=self._momentums[index].value.handle,
            v=self._velocities[index].value.handle,
            beta1_power=self.beta_1**step,
            beta2_power=self.beta_2**step,
            lr=tf.cast(learning_rate, gradient.dtype),
            beta1=self.beta_1,
            beta2=self.beta_2,
            epsilon=self.epsilon,
            grad=gradient,
        )
