"""Small convolutional networks: what an engineer would pick instead, at a like size or price.

`cnn-small` is the smallest. The others match a network of `stacks` on MNIST and on the heartbeats:
`cnn-parameters` has about as many parameters as `stack`, `cnn-bytes` an int8 `.tflite` of about as
many bytes, `cnn-operations` takes about as many operations as `fast`. Of some 25 that were drawn by
hand they did best on validation rows; no search was made.
"""

from dataclasses import dataclass

import keras
from keras import layers

from .stacks import MOMENTUM


@dataclass(frozen=True)
class Conv:
    """Filters and a ReLU; `width` pixels (a side) or samples wide."""

    filters: int
    width: int
    stride: int = 1


@dataclass(frozen=True)
class Depthwise:
    """One filter to each channel, and a ReLU."""

    width: int
    stride: int = 1


@dataclass(frozen=True)
class Largest:
    """Of so many pixels (a side) or samples the largest is kept."""

    size: int


@dataclass(frozen=True)
class Mean:
    """Of so many pixels (a side) or samples the mean is kept."""

    size: int


Stage = Conv | Depthwise | Largest | Mean

# For images: MNIST.
IMAGE: dict[str, tuple[Stage, ...]] = {
    "cnn-small": (Conv(5, 5, 2), Conv(8, 3, 2), Conv(8, 3), Largest(4)),
    "cnn-parameters": (Conv(7, 5, 2), Conv(16, 3, 2), Conv(20, 3, 2)),
    "cnn-bytes": (Conv(8, 5, 2), Conv(16, 3, 2), Conv(32, 3, 2)),
    "cnn-operations": (Mean(2), Conv(8, 3), Largest(2), Conv(16, 3, 2)),
}

# For signals: heartbeats.
SIGNAL: dict[str, tuple[Stage, ...]] = {
    "cnn-small": (Conv(6, 7, 2), Conv(8, 7, 2), Largest(2), Conv(8, 5), Largest(6)),
    "cnn-parameters": (Conv(5, 7), Largest(2), Conv(6, 9), Largest(2), Conv(8, 7), Largest(8)),
    "cnn-bytes": (Conv(12, 7, 2), Conv(26, 7, 2), Conv(32, 5, 2), Largest(6)),
    "cnn-operations": (Mean(2), Conv(6, 7, 2), Depthwise(5, 2), Conv(14, 1), Largest(3)),
}

NAMES = tuple(IMAGE)


def hidden_layers(
    name: str, features: int, image: tuple[int, int] | None, seed: int
) -> list[keras.layers.Layer]:
    """The layers from (batch, features) to the flat input of the Dense layer.

    In all but `cnn-small` a batch normalization stands between filters and their ReLU.
    """
    largest = layers.MaxPooling2D if image else layers.MaxPooling1D
    mean = layers.AveragePooling2D if image else layers.AveragePooling1D
    row: list[keras.layers.Layer] = [layers.Reshape((*(image or (features,)), 1))]
    draw = 8 * seed + 2
    for stage in (IMAGE if image else SIGNAL)[name]:
        if isinstance(stage, Largest):
            row.append(largest(stage.size, padding="same"))
        elif isinstance(stage, Mean):
            row.append(mean(stage.size, padding="same"))
        else:
            filters = _filters(stage, image is not None, draw)
            draw += 1
            row.append(filters)
            if name == "cnn-small":
                filters.activation = keras.activations.relu
            else:
                # Folded into the filters at the end of the training.
                row += [layers.BatchNormalization(momentum=MOMENTUM), layers.ReLU()]
    return [*row, layers.Flatten()]


def _filters(stage: Conv | Depthwise, image: bool, seed: int) -> keras.layers.Layer:
    drawn = keras.initializers.GlorotUniform(seed=seed)
    if isinstance(stage, Depthwise):
        kind = layers.DepthwiseConv2D if image else layers.DepthwiseConv1D
        return kind(stage.width, stage.stride, "same", depthwise_initializer=drawn)
    kind = layers.Conv2D if image else layers.Conv1D
    return kind(stage.filters, stage.width, stage.stride, "same", kernel_initializer=drawn)
