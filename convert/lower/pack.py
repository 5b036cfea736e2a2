"""Rolled copies of the input, packed side by side, and one FULLY_CONNECTED for all outputs.

Number by number, PACK puts the inputs that one output reads next to each other. That needs no
indices, and TFLite-Micro moves a number faster so than by GATHER (docs/results/lowerings.md).
"""

from typing import Any

import numpy as np
import tensorflow as tf

from keras_tvscm.patterns import circulant
from keras_tvscm.patterns.offsets import Symbol
from keras_tvscm.patterns.pattern import Pattern

from .lowered import Lowered, Unsupported

# Inputs that one output reads, each an operator and 2 n numbers to move.
MOST_INPUTS = 48


def lower(pattern: Pattern, a: float, b: float) -> Lowered:
    """For sparse patterns. In int8, b is lost where it is below a 254th of a, or a of b."""
    n = pattern.n
    shifts = np.array(pattern.shifts(Symbol.A) + pattern.shifts(Symbol.B))
    if not 2 <= len(shifts) <= MOST_INPUTS:
        raise Unsupported(
            f"each output reads {len(shifts)} inputs; packing them takes 2 to {MOST_INPUTS}"
        )
    row = circulant.first_row(pattern, a, b)
    signed = np.sort(np.where(shifts <= n // 2, shifts, shifts - n))
    before = max(0, int(-signed[0]))
    kernel = row[signed % n].astype(np.float32)[:, None]

    def product(x: Any) -> Any:
        rows = tf.reshape(x, (-1, n))
        # Cut by strides, which is the faster operator on TFLite-Micro.
        wide = tf.concat([rows, rows[:, : before + signed[-1]]], axis=1)
        starts = (before + signed).tolist()
        inputs = [wide[:, start : start + n] if start else rows for start in starts]
        return tf.matmul(tf.reshape(tf.stack(inputs, axis=-1), (-1, len(signed))), kernel)

    return Lowered(1.0, product, ahead=before)
