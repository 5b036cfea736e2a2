"""Plain sums: slices and additions for few offsets, one SUM over all for many.

`banded` becomes slices and additions; `complete` becomes SUM, MUL, ADD.
"""

from typing import Any

import numpy as np
import tensorflow as tf

from keras_tvscm.patterns.pattern import Pattern

from .lowered import Lowered
from .sums import combined, sums


def lower(pattern: Pattern, a: float, b: float) -> Lowered:
    """One factor of the rolled sums becomes 1 and leaves as the scale."""
    rolled_sums = sums(pattern, a, b)

    def product(x: Any) -> Any:
        # The term that needs no product comes last, so that the ReLU after it fuses
        # with the addition.
        terms = rolled_sums.terms(x)[::-1]
        if rolled_sums.background:
            total = tf.reduce_sum(x, axis=-1, keepdims=True)
            if not terms:
                total = total * np.ones(pattern.n, np.float32)
            terms.insert(0, (rolled_sums.background, total))
        return combined(terms, x)

    return Lowered(rolled_sums.scale, product, rolled_sums.ahead)
