"""The sum over all inputs as a FULLY_CONNECTED of n equal weights, added to the rolled ones.

On TFLite-Micro faster than the SUM of `unrolled`, whose kernel is a general one; n bytes
larger.
"""

from typing import Any

import numpy as np
import tensorflow as tf

from keras_tvscm.patterns.pattern import Pattern

from .lowered import Lowered, Unsupported
from .sums import Sums, combined, sums


def lower(pattern: Pattern, a: float, b: float) -> Lowered:
    """For patterns over a background other than zero, as `complete` is."""
    rolled_sums = with_background(pattern, a, b)

    def product(x: Any) -> Any:
        terms = [(1.0, total(x, rolled_sums.background)), *rolled_sums.terms(x)[::-1]]
        return combined(terms, x)

    return Lowered(rolled_sums.scale, product, rolled_sums.ahead)


def with_background(pattern: Pattern, a: float, b: float) -> Sums:
    """The sums of a pattern that needs one over all inputs.

    Raises:
        Unsupported: it needs none, or nothing else.
    """
    rolled_sums = sums(pattern, a, b)
    if not rolled_sums.background:
        raise Unsupported("most entries of the matrix are zero, so there is no sum over all inputs")
    if not rolled_sums.rolled:
        raise Unsupported("all entries of the matrix are equal, so every output is the same sum")
    return rolled_sums


def total(x: Any, factor: float) -> Any:
    """factor * sum(x) along the last axis, which is kept."""
    n = x.shape[-1]
    rows = tf.reshape(x, (-1, n))
    weights = np.full((n, 1), factor, np.float32)
    return tf.reshape(tf.matmul(rows, weights), (*x.shape[:-1], 1))
