"""The first row as the kernel of one CONV_2D over blocks: any pattern, each weight a few times.

The extended input is cut into blocks of about 16 samples, which become channels; a kernel
that spans the pattern's reach maps them to blocks of as many outputs. These are the products
and the int8 values of the matrix, but some 16 (2 reach + 32) weights instead of n². They stay
in the cache, and all blocks read the same ones, so that XNNPACK multiplies matrices instead
of a matrix and a vector. TFLite-Micro, which does one product after another, gains nothing.
"""

from typing import Any

import numpy as np
import tensorflow as tf

from keras_tvscm.patterns import circulant
from keras_tvscm.patterns.pattern import Pattern

from .extension import extended
from .lowered import Lowered

# Of 8, 16 and 28 this was the fastest on XNNPACK, whose kernels take 8 or 16 channels at a
# time. One that divides n needs no SLICE at the end, and a ReLU fuses with the convolution.
BLOCK = 16
BLOCKS = range(8, 33)


def lower(pattern: Pattern, a: float, b: float) -> Lowered:
    """In int8, b is lost where it is below a 254th of a, or a of b."""
    n, reach = pattern.n, max(pattern.a + pattern.b)
    dividing = [size for size in BLOCKS if n % size == 0]
    block = min(dividing, key=lambda size: abs(size - BLOCK), default=min(BLOCK, n))
    # An offset of half of an even n is one shift, not two.
    left = min(reach, (n - 1) // 2)
    taps = (left + reach + block - 1) // block + 1
    length = block * (-(-n // block) + taps - 1)

    tap, source, target = np.ogrid[:taps, :block, :block]
    shift = block * tap + source - target - left
    row = circulant.first_row(pattern, a, b)
    kernel = np.where((-left <= shift) & (shift <= reach), row[shift % n], 0.0)
    kernel = kernel[None].astype(np.float32)

    # What lies further out meets weights of zero, or belongs to outputs beyond the last.
    after = min(length - n, n)

    def product(x: Any) -> Any:
        rows = extended(tf.reshape(x, (-1, n)), 0, after)
        if length > n + after:
            rows = tf.pad(rows, [[0, 0], [0, length - n - after]])
        blocks = tf.reshape(rows, (-1, 1, length // block, block))
        outputs = tf.nn.conv2d(blocks, kernel, strides=1, padding="VALID")
        if n % block:
            outputs = tf.reshape(outputs, (x.shape.num_elements() // n, -1))[:, :n]
        return outputs

    return Lowered(1.0, product, ahead=left)
