"""A float Fourier transform: TFLite's RFFT2D, whose lengths are powers of two.

The input, extended circularly by half its width, is transformed at a length m >= 2 n, so that
nothing wraps around, and multiplied by the eigenvalues. TFLite has no inverse; with the
spectrum's real and imaginary parts R and I (each frequency that stands for two counted twice)

    y_j = sum_k R_k cos(2 pi j k / m) - I_k sin(2 pi j k / m) = Re (F R)_j + Im (F I)_j,

so two forward transforms replace it, side by side in one operator. They give j = 0 .. m / 2,
which holds all n outputs.

Float32 alone, and not on TFLite-Micro, which lacks the operator.
"""

from typing import Any

import numpy as np
import tensorflow as tf

from keras_tvscm.patterns import circulant
from keras_tvscm.patterns.pattern import Pattern

from .lowered import Lowered


def lower(pattern: Pattern, a: float, b: float) -> Lowered:
    """In float32 the error is about 1e-7 of the largest output."""
    n, reach = pattern.n, pattern.n // 2
    length = 1 << (2 * n - 1).bit_length()
    row = circulant.first_row(pattern, a, b)
    padded = np.zeros(length)
    padded[: reach + 1] = row[: reach + 1]
    if n % 2 == 0:
        # Offset n / 2 is one shift of a circulant of width n, but two of a longer one.
        padded[reach] /= 2
    padded[1:] += padded[:0:-1].copy()
    eigenvalues = circulant.eigenvalues(padded)
    eigenvalues[1:-1] *= 2
    factors = (eigenvalues / length).astype(np.float32)

    def product(x: Any) -> Any:
        rows = tf.reshape(x, (-1, n))
        zeros = tf.zeros((rows.shape[0], length - n - 2 * reach))
        rows = tf.concat([rows, rows[:, :reach], zeros, rows[:, n - reach :]], axis=1)
        spectrum = tf.signal.rfft2d(tf.reshape(rows, (-1, 1, length)))
        parts = tf.concat([tf.math.real(spectrum), tf.math.imag(spectrum)], axis=1) * factors
        parts = tf.pad(parts, [[0, 0], [0, 0], [0, length - factors.size]])
        back = tf.signal.rfft2d(tf.reshape(parts, (-1, 2, 1, length)))
        # Complex numbers cannot be sliced in TFLite.
        return tf.math.real(back)[:, 0, 0, :n] + tf.math.imag(back)[:, 1, 0, :n]

    return Lowered(1.0, product)
