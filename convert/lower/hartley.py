"""A real Fourier transform in int8: two small matrices and one grouped convolution between.

Let n = n1 n2 and write x as n1 rows of n2. W is block circulant over the rows, so a Fourier
transform along them, of length n1, leaves one n2 x n2 block per frequency k:

    y_k = (A_k + i B_k) x_k,    k = 0 .. n1 // 2.

In the real discrete Hartley transform (cas = cos + sin; Bracewell, 1983) the pair
u = sum_p x_p cas(2 pi k p / n1), v = sum_p x_p cas(-2 pi k p / n1) stands for x_k, and

    y_u = A_k u - B_k v
    y_v = A_k v - B_k (-u),

so the rows (u, v) and (v, -u) go through the same weights. The blocks are Toeplitz, that is,
convolutions over n2 samples; with a group of channels for each frequency they are one
CONV_2D.

A transform along both directions would need fewer weights, but five matrices in a row, each
of which adds its rounding, and coprime n1 and n2. This needs three and any factors, and
XNNPACK takes every operator.
"""

from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from keras_tvscm.patterns import circulant
from keras_tvscm.patterns.offsets import Symbol
from keras_tvscm.patterns.pattern import Pattern

from .extension import extended
from .lowered import Lowered, Unsupported

Floats = NDArray[np.float64]

# Up to here a single transform of length n, with n² weights, is let pass.
SMALL = 64
# Samples that a convolution takes as channels, at least: kernels are slow over fewer, and
# more would repeat the Toeplitz weights more often.
CHANNELS = 4
# How much wider than necessary a padded width may be.
PADDING = 64


def lower(pattern: Pattern, a: float, b: float) -> Lowered:
    """About 2 n (n1 + n2) products instead of n².

    Raises:
        Unsupported: W has one value everywhere; or neither n nor a width that it can be padded
            to has factors with which this is cheaper than the matrix.
    """
    row = circulant.first_row(pattern, a, b)
    # Where no offset is zero, the sum of all inputs may outweigh all else. It would take the
    # range of int8 for itself, so it is added apart.
    eigenvalues = np.abs(circulant.eigenvalues(row))
    apart = not pattern.shifts(Symbol.ZERO) and eigenvalues[0] > eigenvalues[1:].max(initial=0.0)
    background = row.mean() if apart else 0.0
    row = row - background
    if np.abs(row).max() <= 1e-9 * abs(background):
        raise Unsupported("all entries of the matrix are the same: it is one sum")

    n, reach = pattern.n, int(np.flatnonzero(row[: pattern.n // 2 + 1]).max())
    width, rows = _shape(n, reach)
    before = after = 0
    if width > n:
        # An offset of half of an even n is one shift, not two.
        before, after = min(reach, (n - 1) // 2), reach
        row = np.concatenate(
            [row[: after + 1], np.zeros(width - before - after - 1), row[n - before :]]
        )
    transform, kernel, largest = _constants(row, rows)
    samples, frequencies, channels = width // rows, rows // 2 + 1, kernel.shape[2] // 2
    runs = samples // channels

    def row_product(x: Any) -> Any:
        whole = tf.reshape(x, (1, n))
        if width > n:
            whole = extended(whole, before, after)
            whole = tf.pad(whole, [[0, 0], [0, width - n - before - after]])
        by_sample = tf.transpose(tf.reshape(whole, (rows, samples)))
        pairs = tf.matmul(by_sample, transform, transpose_b=True)
        u, v = tf.split(pairs, 2, axis=1)
        # Channels in the order of sample, half (u, v) and row; a product, because NEG has no
        # int8 kernel.
        both = tf.concat([u, v, v, u * np.float32(-1)], axis=1)
        both = tf.reshape(both, (runs, 2 * channels, 2 * frequencies))
        both = tf.reshape(tf.transpose(both, (0, 2, 1)), (1, runs, 2, -1))
        product = tf.nn.conv2d(both, kernel, strides=1, padding="SAME")
        product = tf.reshape(product, (runs, 2 * frequencies, channels))
        product = tf.reshape(tf.transpose(product, (0, 2, 1)), (samples, 2 * frequencies))
        result = tf.transpose(tf.matmul(product, transform))
        if width > n:
            result = tf.slice(tf.reshape(result, (1, width)), [0, before], [1, n])
        if background:
            total = tf.reduce_sum(x, keepdims=True)
            result = tf.reshape(result, (1, n)) + np.float32(background / largest) * total
        return result

    def product(x: Any) -> Any:
        several = int(np.prod(x.shape[:-1]))
        if several == 1:
            return row_product(tf.reshape(x, (1, n)))
        parts = tf.unstack(tf.reshape(x, (several, n)))
        return tf.reshape(
            tf.stack([tf.reshape(row_product(part), (n,)) for part in parts]), x.shape
        )

    return Lowered(largest, product)


def _shape(n: int, reach: int) -> tuple[int, int]:
    """The width n, or the one that it is padded to, and its number of rows n1."""
    least = n + 2 * reach
    for widths in ((n,), range(least, least + PADDING)):
        # The convolution's products take about twice the time of the matrices'.
        cost, width, rows = min(
            (width * (rows + 2 * width // rows), width, rows)
            for width in widths
            for rows in range(1, width + 1)
            if width % rows == 0
        )
        if n <= SMALL or 2 * cost < n**2:
            return width, rows
    raise Unsupported(
        f"width {n} has no factors near its root, and padded it costs as much as the matrix"
    )


def _constants(row: Floats, rows: int) -> tuple[Any, Any, float]:
    """The transform (2 K, n1), the kernel of the convolution, and the scale taken out of them.

    K = n1 // 2 + 1 is the number of frequencies, and of the convolution's groups. The kernel
    has shape (2 runs - 1, 1, 2 channels, K channels), its inputs in the order of sample and
    half.
    """
    width = row.size
    samples, k = width // rows, np.arange(rows // 2 + 1)
    angle = 2 * np.pi * np.outer(k, np.arange(rows)) / rows
    transform = np.concatenate([np.cos(angle) + np.sin(angle), np.cos(angle) - np.sin(angle)])

    # f_k(t), the entry of block k from sample r to r + t, for -samples < t < samples.
    t = np.arange(1 - samples, samples)
    blocks = np.exp(1j * angle) @ row[(samples * np.arange(rows)[:, None] + t) % width]
    # Both a frequency and its negative stand in the transform, but of these there is one.
    blocks[(2 * k) % rows == 0] /= 2
    halves = np.stack([blocks.real, -blocks.imag])
    largest = np.abs(halves).max()

    channels = min(
        c for c in range(1, samples + 1) if samples % c == 0 and c >= min(CHANNELS, samples)
    )
    runs = samples // channels
    tap, source, target = np.ogrid[1 - runs : runs, :channels, :channels]
    kernel = halves[:, :, channels * tap + source - target + samples - 1] / largest
    kernel = kernel.transpose(2, 3, 0, 1, 4).reshape(2 * runs - 1, 1, 2 * channels, -1)
    return transform.astype(np.float32), kernel.astype(np.float32), float(largest / rows)
