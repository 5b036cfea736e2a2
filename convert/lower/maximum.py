"""relu(u + t) = max(u, -t) + t, with t the sum over all inputs.

A MAXIMUM in place of the ADD with its ReLU; and as t is one number for all outputs, the
layer after adds it where it has fewer outputs than this one. For ReLU layers alone.
"""

from typing import Any

import tensorflow as tf

from keras_tvscm.patterns.pattern import Pattern

from .fc_sum import total, with_background
from .lowered import LoweredReLU
from .sums import combined


def lower(pattern: Pattern, a: float, b: float) -> LoweredReLU:
    """For patterns over a background other than zero, as `complete` is."""
    rolled_sums = with_background(pattern, a, b)

    def parts(x: Any) -> tuple[Any, Any]:
        below = total(x, -rolled_sums.background)
        return tf.maximum(combined(rolled_sums.terms(x)[::-1], x), below), below

    return LoweredReLU(rolled_sums.scale, parts, rolled_sums.ahead)
