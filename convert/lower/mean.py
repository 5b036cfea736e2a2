"""Means of blocks of pixels or samples, before filters: found, and as one CONV_2D.

XNNPACK leaves AVERAGE_POOL_2D to TFLite's own kernel, which is slow on one channel.
"""

from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from keras_tvscm.models.graph import sole_reader

AVERAGES = (keras.layers.AveragePooling1D, keras.layers.AveragePooling2D)


@dataclass(frozen=True)
class Mean:
    """An average pooling of one channel that filters alone read.

    Attributes:
        size: pixels (a side) or samples of a mean.
        shape: of what they are taken of: (rows, columns), or (samples,).
        layers: names of the pooling and of a Reshape after it.
    """

    size: int
    shape: tuple[int, ...]
    layers: tuple[str, ...]


def mean_before(model: keras.Model, layer: keras.layers.Layer) -> Mean | None:
    """The means that a layer reads, where they are of blocks side by side."""
    for pooling in (each for each in model.layers if isinstance(each, AVERAGES)):
        layers, reader = [pooling.name], sole_reader(model, pooling)
        if isinstance(reader, keras.layers.Reshape):
            layers, reader = [*layers, reader.name], sole_reader(model, reader)
        if reader is layer and _is_side_by_side(pooling):
            return Mean(pooling.pool_size[0], tuple(pooling.input.shape[1:-1]), tuple(layers))
    return None


def _is_side_by_side(pooling: keras.layers.Layer) -> bool:
    """Whether no block has fewer pixels or samples than the others.

    But a signal's last mean of two samples may be of one: it counts twice.
    """
    *shape, channels = pooling.input.shape[1:]
    size, *other = pooling.pool_size
    square = {size} == {size, *other} and size > 1
    side_by_side = pooling.strides == pooling.pool_size
    whole = all(side % size == 0 for side in shape)
    last = pooling.padding == "same" and (len(shape), size) == (1, 2)
    usual = pooling.data_format == "channels_last" and channels == 1
    return bool(square and side_by_side and usual and (whole or last))


def of_image(x: Any, mean: Mean, block: int) -> Any:
    """The means of an image, (1, rows, columns, 1); `block` of them are computed side by side."""
    rows, columns = mean.shape
    channels = block * mean.size
    # What output j of a block takes of its i-th column.
    kernel = np.kron(np.eye(block), np.full((mean.size, 1), mean.size**-2.0))
    kernel = np.broadcast_to(kernel, (mean.size, 1, channels, block)).astype(np.float32)
    blocks = tf.reshape(x, (1, rows, columns // channels, channels))
    means = tf.nn.conv2d(blocks, kernel, strides=(mean.size, 1), padding="VALID")
    return tf.reshape(means, (1, rows // mean.size, columns // mean.size, 1))
