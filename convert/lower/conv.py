"""Heads as one CONV_2D over the circularly extended input.

In int8 each filter's weights have a scale of their own, so the smaller of its two values is
rounded to a 127th of the larger. Trained filters keep them close: of the networks in `stacks`,
none learned values more than three times apart, so that costs about one percent of the
smaller one at most. Where one value stands almost everywhere, as in `complete`, that is not so,
and the many small ones count: they become a sum over all inputs.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from keras_tvscm.patterns.filter_patterns import FilterPatterns
from keras_tvscm.patterns.offsets import Symbol

from .extension import extended

Floats = NDArray[np.float32]


def lower(
    patterns: FilterPatterns, a: Floats, b: Floats, bias: Floats | None, activation: Any
) -> Callable[[Any], Any]:
    """What computes the filters, from (1, n, channels) to (1, n, filters).

    Bias and activation belong to it because TFLite fuses them into the convolution only
    where nothing, not even a RESHAPE, stands between.

    Args:
        patterns: the patterns.
        a, b: their values, shape (filters,).
        bias: shape (filters,), or None.
        activation: a function of tensors.
    """
    values = np.array([np.zeros_like(a), a, b], np.float32)
    background = _background(patterns, values)
    # (filters, channels, offsets)
    values = values[patterns.symbols, np.arange(len(a))[:, None, None]] - background[:, :, None]
    convolve = (
        _window(patterns, values) if patterns.neighbourhood.window else _reach(patterns, values)
    )

    def product(x: Any) -> Any:
        outputs = convolve(x)
        added = bias
        if background.any():
            of_all = tf.matmul(tf.reduce_sum(x, axis=1), background.T)
            added = of_all if bias is None else of_all + bias
        if added is not None:
            outputs = outputs + added
        return tf.reshape(activation(outputs), (1, patterns.neighbourhood.n, len(a)))

    return product


def _background(patterns: FilterPatterns, values: Floats) -> Floats:
    """What is taken out of each pattern as a multiple of the inputs' sum: (filters, channels).

    Zero, unless all patterns go round the whole circle with one value almost everywhere, and
    another elsewhere: here `Pattern.background` would cost a sum that int8 does not need.
    """
    filters, channels, offsets = patterns.symbols.shape
    counts = np.stack([(patterns.symbols == symbol).sum(axis=2) for symbol in Symbol])
    whole = patterns.neighbourhood.window is None and offsets == patterns.neighbourhood.n // 2 + 1
    most = counts.max(axis=0)
    if not whole or 4 * most.min() < 3 * offsets or most.max() == offsets:
        return np.zeros((filters, channels), np.float32)
    return values[counts.argmax(axis=0), np.arange(filters)[:, None]]


def _reach(patterns: FilterPatterns, values: Floats) -> Callable[[Any], Any]:
    n, offsets = patterns.neighbourhood.n, patterns.neighbourhood.offsets
    used = offsets[values.any(axis=(0, 1))]
    reach = int(used.max(initial=0))
    # An offset of half of an even n is one shift, not two.
    before, after = min(reach, (n - 1) // 2), reach
    taps = np.abs(np.arange(-before, after + 1))
    kernel = values[:, :, taps].transpose(2, 1, 0)[None]

    def convolve(x: Any) -> Any:
        row = tf.reshape(x, (1, 1, n, x.shape[-1]))
        return _conv(extended(row, before, after, axis=2), kernel)

    return convolve


def _window(patterns: FilterPatterns, values: Floats) -> Callable[[Any], Any]:
    """The image, extended by what the circulant matrix reads beyond its edges.

    Beyond the last row comes the first, and each row goes on in the next: one GATHER lays
    the row before, the row itself and the row after side by side, a SLICE cuts out what the
    window reaches. Slices and concatenations alone take seven operators, each of which is
    some 200 bytes of the file.
    """
    near = patterns.neighbourhood
    rows, columns = near.image
    down, right = (size // 2 for size in near.taps.shape)
    taps = np.searchsorted(near.offsets, near.taps)
    kernel = values[:, :, taps].transpose(2, 3, 1, 0)

    # Each row with the one before it and the one after it, which it goes on in.
    around = (np.arange(-down, rows + down)[:, None] + [-1, 0, 1]) % rows
    around = around.astype(np.int32)  # TFLite-Micro gathers by no other type

    def convolve(x: Any) -> Any:
        channels = x.shape[-1]
        image = tf.reshape(x, (1, rows, columns, channels))
        if not right:
            return _conv(tf.gather(image, around[:, 1], axis=1), kernel)
        wide = tf.reshape(tf.gather(image, around, axis=1), (1, len(around), 3 * columns, channels))
        begin, width = columns - right, columns + 2 * right
        return _conv(tf.slice(wide, (0, 0, begin, 0), (1, len(around), width, channels)), kernel)

    return convolve


def _conv(x: Any, kernel: Floats) -> Any:
    return tf.nn.conv2d(x, kernel, strides=1, padding="VALID")
