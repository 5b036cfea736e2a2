"""Heads as one CONV_2D over the circularly extended input.

In int8 each filter's weights have a scale of their own, so the smaller of its two values is
rounded to a 127th of the larger. Trained filters keep them close: of the networks in `stacks`,
none learned values more than three times apart, so that costs about one percent of the
smaller one at most. Where one value stands almost everywhere, as in `complete`, that is not so,
and the many small ones count: they become a sum over all inputs.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from keras_tvscm.patterns.filter_patterns import FilterPatterns
from keras_tvscm.patterns.neighbourhood import Neighbourhood
from keras_tvscm.patterns.offsets import Symbol

from .extension import extended
from .lowered import Filters, LoweredFilters

Floats = NDArray[np.float32]


def lower(filters: Filters) -> LoweredFilters:
    """For all filters."""
    values, background = parted(filters)
    window = Window.of(filters.patterns.neighbourhood, values)

    def product(x: Any) -> Any:
        outputs = tf.nn.conv2d(window.extend(x), window.kernel, strides=1, padding="VALID")
        added = filters.bias
        if background.any():
            of_all = tf.matmul(tf.reduce_sum(x, axis=1), background.T)
            added = of_all if added is None else of_all + added
        if added is not None:
            outputs = outputs + added
        shape = (1, filters.patterns.neighbourhood.n, len(filters.a))
        return tf.reshape(filters.activation(outputs), shape)

    return LoweredFilters(product)


def parted(filters: Filters) -> tuple[Floats, Floats]:
    """The values of each filter in two parts: those at each offset, and a background.

    Returns:
        (filters, channels, offsets), less the background; and (filters, channels), which the
        sum of a channel's inputs is multiplied by.
    """
    symbols, a = filters.patterns.symbols, filters.a
    values = np.array([np.zeros_like(a), a, filters.b], np.float32)
    background = _background(filters.patterns, values)
    at_offsets = values[symbols, np.arange(len(a))[:, None, None]]
    return at_offsets - background[:, :, None], background


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


@dataclass(frozen=True)
class Window:
    """What all filters read around each of their outputs; a signal is an image of one row.

    Attributes:
        image: rows and columns.
        kernel: shape (height, width, channels, filters).
        extend: gives the image, extended by what the kernel reads beyond its edges. Takes what
            has the numbers of (1, rows, columns * size, channels); how many columns `more` are
            wanted on the right; and the `size` of a column.
    """

    image: tuple[int, int]
    kernel: Floats
    extend: Callable[..., Any]

    @classmethod
    def of(cls, near: Neighbourhood, values: Floats) -> "Window":
        """Of the offsets' values, shape (filters, channels, offsets)."""
        return _of_image(near, values) if near.window else _of_signal(near, values)


def _of_signal(near: Neighbourhood, values: Floats) -> Window:
    used = near.offsets[values.any(axis=(0, 1))]
    reach = int(used.max(initial=0))
    # An offset of half of an even n is one shift, not two.
    before, after = min(reach, (near.n - 1) // 2), reach
    taps = np.abs(np.arange(-before, after + 1))

    def extend(x: Any, more: int = 0, size: int = 1) -> Any:
        row = tf.reshape(x, (1, 1, near.n * size, values.shape[1]))
        return extended(row, before * size, (after + more) * size, axis=2)

    return Window((1, near.n), values[:, :, taps].transpose(2, 1, 0)[None], extend)


def _of_image(near: Neighbourhood, values: Floats) -> Window:
    """Beyond the last row comes the first, and each row goes on in the next.

    One GATHER lays the row before, the row itself and the row after side by side, a SLICE cuts
    out what the window reaches. Slices and concatenations alone take seven operators, each of
    which is some 200 bytes of the file.
    """
    rows, columns = near.image
    down, right = (size // 2 for size in near.taps.shape)
    taps = np.searchsorted(near.offsets, near.taps)

    # Each row with the one before it and the one after it, which it goes on in.
    around = (np.arange(-down, rows + down)[:, None] + [-1, 0, 1]) % rows
    around = around.astype(np.int32)  # TFLite-Micro gathers by no other type

    def extend(x: Any, more: int = 0, size: int = 1) -> Any:
        channels = values.shape[1]
        image = tf.reshape(x, (1, rows, columns * size, channels))
        if not right and not more:
            return tf.gather(image, around[:, 1], axis=1)
        three = (1, len(around), 3 * columns * size, channels)
        wide = tf.reshape(tf.gather(image, around, axis=1), three)
        begin, width = (columns - right) * size, (columns + 2 * right + more) * size
        return tf.slice(wide, (0, 0, begin, 0), (1, len(around), width, channels))

    return Window((rows, columns), values[:, :, taps].transpose(2, 3, 1, 0), extend)
