"""The matrix itself: one FULLY_CONNECTED of n² weights, for comparison."""

import numpy as np
import tensorflow as tf

from keras_tvscm.patterns import circulant
from keras_tvscm.patterns.pattern import Pattern

from .lowered import Lowered


def lower(pattern: Pattern, a: float, b: float) -> Lowered:
    """W materialised. In int8, b is lost where it is below a 254th of a, or a of b."""
    kernel = circulant.matrix(circulant.first_row(pattern, a, b)).astype(np.float32)
    return Lowered(1.0, lambda x: tf.matmul(x, kernel))
