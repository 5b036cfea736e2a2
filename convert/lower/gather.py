"""The inputs that a block of outputs reads, gathered, and one FULLY_CONNECTED for all blocks.

The matrix is circulant, so every block of consecutive outputs reads its inputs at the same
distances and with the same weights.
"""

from typing import Any

import numpy as np
import tensorflow as tf

from keras_tvscm.patterns import circulant
from keras_tvscm.patterns.offsets import Symbol
from keras_tvscm.patterns.pattern import Pattern

from .lowered import Lowered, Unsupported

# Inputs that one output reads. Each takes an index of four bytes for each output, which from
# here on is far more than the matrix's own weights are slow.
MOST_INPUTS = 32
MOST_OUTPUTS = 16  # of a block


def lower(pattern: Pattern, a: float, b: float) -> Lowered:
    """For sparse patterns. In int8, b is lost where it is below a 254th of a, or a of b."""
    n = pattern.n
    shifts = np.array(sorted(pattern.shifts(Symbol.A) + pattern.shifts(Symbol.B)))
    if len(shifts) > MOST_INPUTS:
        raise Unsupported(
            f"each output reads {len(shifts)} inputs; gathering them takes up to {MOST_INPUTS}"
        )
    block = _block(n, shifts)
    reads = _reads(n, shifts, block)
    first = np.arange(0, n, block)
    indices = ((first[:, None] + reads) % n).astype(np.int32)
    row = circulant.first_row(pattern, a, b)
    # kernel[i, j]: what output j of a block takes of its i-th input.
    kernel = row[(np.arange(block)[None, :] - reads[:, None]) % n].astype(np.float32)

    def product(x: Any) -> Any:
        gathered = tf.gather(x, indices, axis=-1)
        return tf.matmul(tf.reshape(gathered, (-1, len(reads))), kernel)

    return Lowered(1.0, product)


def _reads(n: int, shifts: Any, block: int) -> Any:
    """The inputs of the first block, rising."""
    return np.unique((np.arange(block)[:, None] + shifts) % n)


def _block(n: int, shifts: Any) -> int:
    """Outputs of a block: a divisor of n with the least work, an index as four products."""
    sizes = [size for size in range(1, min(n, MOST_OUTPUTS) + 1) if n % size == 0]
    return min(sizes, key=lambda size: len(_reads(n, shifts, size)) * (4 + size) / size)
