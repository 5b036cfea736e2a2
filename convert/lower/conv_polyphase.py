"""Filters of one channel as one CONV_2D over blocks of columns as channels.

Of an image, some columns become channels; of a signal, which is an image of one row, some samples.
A kernel of the same weights, with zeros between, gives as many columns of all filters. The sums
and their int8 values are those of the convolution of one channel; but that is XNNPACK's worst
case, as it pads each of the kernel's places to a whole group of channels.

Means before the filters are computed on the way: of an image in a convolution of their own; of a
signal in the filters' weights, as this takes no more of them.
"""

import math
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from .conv import Window, parted
from .lowered import Filters, LoweredFilters, Unsupported
from .mean import Mean, of_image

BLOCKS = range(2, 9)
# Channels that XNNPACK's kernels take at a time, fewer being padded: 8, and 8 or 16.
GROUP_IN, GROUP_OUT = 8, 16
# Of weights, and of what each channel has beside: a bias, two scales, a zero point. Larger blocks
# may be a little faster, but the file of a whole network is some 10 KB.
MOST_BYTES = 2048
BYTES_OF_CHANNEL = 20
# They may be applied before the outputs are back in their order.
OF_NUMBERS = (keras.activations.linear, keras.activations.relu)


def lower(filters: Filters) -> LoweredFilters:
    """For filters of one channel, of so small a window that the file does not grow by much."""
    channels = filters.patterns.symbols.shape[1]
    if channels > 1:
        raise Unsupported(f"the inputs have {channels} channels as they are; blocks are for one")
    values, background = parted(filters)
    if background.any():
        raise Unsupported("the patterns take a sum over all inputs, which no window holds")
    window = Window.of(filters.patterns.neighbourhood, values)
    rows, columns = window.image
    mean = _usable(filters.mean, window.image)
    # Numbers in a column: means of a signal are not computed before.
    size = mean.size if mean and len(mean.shape) == 1 else 1
    block = _block(window, size)
    height, width, _, count = window.kernel.shape
    taps, blocks = _taps(block, width), -(-columns // block)
    length = block * (blocks + taps - 1)

    kernel = np.zeros((height, taps * block, block, count), np.float32)
    for column in range(block):
        kernel[:, column : column + width, column] = window.kernel[:, :, 0]
    kernel = kernel.repeat(size, axis=1) / np.float32(size)
    kernel = kernel.reshape(height, taps, block * size, block * count)
    bias = None if filters.bias is None else np.tile(filters.bias, block)
    fused = filters.activation in OF_NUMBERS

    def product(x: Any) -> Any:
        if mean and size == 1:
            x = of_image(x, mean, block)
        elif mean:
            x = _whole(tf.reshape(x, (1, 1, -1, 1)), columns * size)
        wide = window.extend(x, length - (columns + width - 1), size)
        cut = tf.reshape(wide, (1, rows + height - 1, length // block, block * size))
        outputs = tf.nn.conv2d(cut, kernel, strides=1, padding="VALID")
        if bias is not None:
            outputs = outputs + bias
        if fused:
            outputs = filters.activation(outputs)
        outputs = tf.reshape(outputs, (1, rows, blocks * block, count))
        if blocks * block > columns:
            outputs = tf.slice(outputs, (0, 0, 0, 0), (1, rows, columns, count))
        outputs = tf.reshape(outputs, (1, rows * columns, count))
        return outputs if fused else filters.activation(outputs)

    return LoweredFilters(product, from_mean=mean is not None)


def _usable(mean: Mean | None, image: tuple[int, int]) -> Mean | None:
    """The mean, where it is of an image such as the filters', or of a signal as they are."""
    if mean is None or tuple(-(-side // mean.size) for side in (1, *mean.shape)[-2:]) != image:
        return None
    return mean


def _taps(block: int, width: int) -> int:
    """How many blocks are read for one."""
    return -(-(block + width - 1) // block)


def _block(window: Window, size: int) -> int:
    """The block with the least work, products counted in whole groups of channels.

    Args:
        window: of the filters.
        size: numbers in a column.
    """
    (rows, columns), (height, width, _, count) = window.image, window.kernel.shape

    def work(block: int) -> int:
        groups = math.ceil(block * size / GROUP_IN) * math.ceil(block * count / GROUP_OUT)
        return -(-columns // block) * _taps(block, width) * groups

    def fits(block: int) -> bool:
        weights = height * _taps(block, width) * block * size * block * count
        extension = block * (-(-columns // block) + _taps(block, width) - 1) - columns
        # Rows of an image would need a SLICE more where blocks do not divide them.
        divides = rows == 1 or columns % block == 0
        small = weights + BYTES_OF_CHANNEL * block * count <= MOST_BYTES
        return divides and small and extension <= columns

    fitting = [block for block in BLOCKS if fits(block)]
    if not fitting:
        raise Unsupported(
            f"no block of {BLOCKS[0]} to {BLOCKS[-1]} columns divides them, and keeps the "
            f"convolution within {MOST_BYTES:,} bytes"
        )
    return min(fitting, key=work)


def _whole(x: Any, length: int) -> Any:
    """A signal, (1, 1, samples, 1), whose last mean is of two samples."""
    samples = x.shape[2]
    if samples == length:
        return x
    return tf.concat([x, tf.slice(x, (0, 0, samples - 1, 0), (1, 1, 1, 1))], axis=2)
