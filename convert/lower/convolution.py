"""One CONV_2D, 1 x k, over the input extended by its beginning."""

from typing import Any

import numpy as np
import tensorflow as tf

from keras_tvscm.patterns import circulant
from keras_tvscm.patterns.pattern import Pattern

from .extension import extended
from .lowered import Lowered, Unsupported

# Each output reads all of them, whatever their weights: beyond this the kernel is wider than
# any pattern for which a convolution was found to pay.
MOST_TAPS = 129


def lower(pattern: Pattern, a: float, b: float) -> Lowered:
    """For patterns within a reach. In int8, b is lost where it is below a 254th of a, or a of b."""
    n, reach = pattern.n, max(pattern.a + pattern.b)
    # An offset of half of an even n is one shift, not two.
    before = min(reach, (n - 1) // 2)
    taps = np.arange(-before, reach + 1)
    if len(taps) > MOST_TAPS:
        raise Unsupported(
            f"the pattern reaches over {len(taps)} inputs; a convolution takes up to {MOST_TAPS}"
        )
    kernel = circulant.first_row(pattern, a, b)[taps % n].astype(np.float32)

    def product(x: Any) -> Any:
        rows = tf.reshape(x, (1, -1, n, 1))
        return tf.nn.conv2d(
            extended(rows, 0, before + reach, axis=2),
            kernel.reshape(1, -1, 1, 1),
            strides=1,
            padding="VALID",
        )

    return Lowered(1.0, product, ahead=before)
