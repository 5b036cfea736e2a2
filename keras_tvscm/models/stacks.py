"""Networks of filters: stages of `TVSCMConv`, ReLU and max-pooling, then one Dense layer.

Those with a name have fewer parameters than the paper's network of one layer (arXiv
2605.16443: 7,852 on MNIST, 942 on the heartbeats). What they reach is in docs/results. Any
other is written out, as in `average=2+filters=5,near=7,pool=3,nonzeros=3+filters=14,near=4`.
"""

import math
from dataclasses import dataclass
from typing import Any

import keras
from keras import layers

from keras_tvscm.errors import InputError
from keras_tvscm.layers.tvscm_conv import TVSCMConv
from keras_tvscm.patterns.spec import Spec

# Batch statistics are means over so many steps that short trainings see them settle.
MOMENTUM = 0.95


@dataclass(frozen=True)
class Stage:
    """One layer of filters and the pooling after it.

    Attributes:
        filters: number of filters.
        near: side of the square window on an image; on a signal, the reach in samples.
        pool: pixels (a side) or samples of which the largest is kept.
        nonzeros: budget of nonzero offsets a filter; None leaves it to the training.
        fixed: a fixed kind of pattern in place of learned ones, as in `random:k=8`.
    """

    filters: int
    near: int
    pool: int
    nonzeros: int | None = None
    fixed: str | None = None


@dataclass(frozen=True)
class Stack:
    """Stages in a row; `average` first means that many pixels (a side) or samples."""

    stages: tuple[Stage, ...]
    average: int = 1

    def __str__(self) -> str:
        """The text that `described` reads back; fixed patterns have none."""
        parts = [f"average={self.average}"] if self.average > 1 else []
        for stage in self.stages:
            options = [f"filters={stage.filters}", f"near={stage.near}", f"pool={stage.pool}"]
            options += [] if stage.nonzeros is None else [f"nonzeros={stage.nonzeros}"]
            parts.append(",".join(options))
        return "+".join(parts)


def is_description(network: str) -> bool:
    """Whether a network's name is a stack written out."""
    return "=" in network


def described(text: str) -> Stack:
    """The stack that a text writes out: stages joined by `+`, in front of them `average=`.

    A stage has `filters` and `near`, and may have `pool` (else 1) and `nonzeros`.

    Raises:
        InputError: it is not written so, or a number is below 1.
    """
    stages, average = [], 1
    for number, part in enumerate(text.split("+")):
        options = {}
        for item in part.split(","):
            name, _, value = item.partition("=")
            if not (value.isascii() and value.isdigit() and 1 <= len(value) <= 9 and int(value)):
                raise InputError(f"{item!r} in a stack is no name=number of at least 1")
            name = "filters" if name == "heads" else name  # as texts had it before 0.2
            if name in options:
                raise InputError(f"A stage takes each option once. Received: {part!r}")
            options[name] = int(value)
        if number == 0 and set(options) == {"average"}:
            average = options["average"]
        elif {"filters", "near"} <= set(options) <= {"filters", "near", "pool", "nonzeros"}:
            filters, near, nonzeros = options["filters"], options["near"], options.get("nonzeros")
            stages.append(Stage(filters, near, options.get("pool", 1), nonzeros))
        else:
            raise InputError(
                "A stage is written filters=8,near=5,pool=2,nonzeros=4 (pool and nonzeros may be "
                f"left out; average=2 may stand before the first). Received: {part!r}"
            )
    if not stages:
        raise InputError(f"A stack has at least one stage of filters. Received: {text!r}")
    return Stack(tuple(stages), average)


# For images: MNIST.
IMAGE = {
    "heads": Stack((Stage(47, 7, 7),)),
    "heads-random": Stack((Stage(47, 7, 7, fixed="random:k=8"),)),
    "stack": Stack((Stage(8, 5, 2), Stage(16, 3, 2), Stage(15, 3, 1))),
    "tiny": Stack((Stage(8, 5, 2), Stage(16, 5, 5))),
    "fast": Stack((Stage(8, 5, 2, 4), Stage(44, 3, 2, 10)), average=2),
    "fastest": Stack((Stage(4, 5, 2, 3), Stage(16, 3, 2, 6)), average=2),
}

# For signals: heartbeats.
SIGNAL = {
    "heads": Stack((Stage(16, 15, 17),)),
    "heads-random": Stack((Stage(16, 15, 17, fixed="random:k=6"),)),
    "stack": Stack((Stage(8, 7, 2), Stage(16, 5, 4), Stage(36, 3, 6))),
    "tiny": Stack((Stage(8, 7, 4), Stage(16, 5, 4), Stage(16, 3, 12))),
    "fast": Stack((Stage(5, 7, 3, 3), Stage(14, 4, 3, 6)), average=2),
    "fastest": Stack((Stage(4, 3, 2, 3), Stage(8, 3, 4, 6)), average=3),
}

NAMES = tuple(IMAGE)


def hidden_layers(
    stack: Stack, features: int, image: tuple[int, int] | None, seed: int
) -> list[keras.layers.Layer]:
    """The layers from (batch, features) to the flat input of the Dense layer.

    Windows, reaches and budgets are cut to what a small input has.
    """
    size: tuple[int, ...] = image or (features,)
    return [layers.Reshape((*size, 1)), *filter_layers(stack, size, 1, seed)]


def filter_layers(
    stack: Stack, size: tuple[int, ...], channels: int, seed: int
) -> list[keras.layers.Layer]:
    """The layers from (batch, *size, channels) to the flat input of the Dense layer.

    Args:
        stack: what is built.
        size: of an image, (height, width), or of a signal, (samples,).
        channels: at the input.
        seed: of the initial weights.
    """
    image = len(size) == 2
    average = layers.AveragePooling2D if image else layers.AveragePooling1D
    largest = layers.MaxPooling2D if image else layers.MaxPooling1D
    row: list[keras.layers.Layer] = []
    if stack.average > 1:
        row.append(average(stack.average, padding="same"))
        size = _pooled(size, stack.average)
    for number, stage in enumerate(stack.stages, 1):
        if image:
            row.append(layers.Reshape((size[0] * size[1], channels)))
        # The name is in files written before 0.2, and in the recorded sizes of `.tflite` files.
        row += _filters(stage, size, channels, seed + number, f"heads{number}")
        channels = stage.filters
        if image:
            row.append(layers.Reshape((*size, channels)))
        if stage.pool > 1:
            row.append(largest(stage.pool, padding="same"))
            size = _pooled(size, stage.pool)
    return [*row, layers.Flatten()]


def _pooled(size: tuple[int, ...], pool: int) -> tuple[int, ...]:
    return tuple(-(-side // pool) for side in size)


def _filters(
    stage: Stage, size: tuple[int, ...], channels: int, seed: int, name: str
) -> list[keras.layers.Layer]:
    near, offsets = _near(stage, size)
    if stage.fixed:
        pattern = str(Spec.parse(stage.fixed).with_options(**near))
        return [TVSCMConv(stage.filters, pattern, activation="relu", seed=seed, name=name)]
    nonzeros = None if stage.nonzeros is None else min(stage.nonzeros, offsets * channels)
    return [
        TVSCMConv(
            stage.filters, str(Spec("learned", near)), nonzeros=nonzeros, seed=seed, name=name
        ),
        # Folded into the filters when the patterns are frozen.
        layers.BatchNormalization(momentum=MOMENTUM),
        layers.ReLU(),
    ]


def _near(stage: Stage, size: tuple[int, ...]) -> tuple[dict[str, Any], int]:
    """The options of the stage's neighbourhood, cut to the size, and its number of offsets."""
    if len(size) == 2:
        down, right = (min(stage.near, (side - 1) // 2 * 2 + 1) for side in size)
        return {"window": (down, right), "columns": size[1]}, (down * right + 1) // 2
    reach = min(stage.near, (size[0] - 1) // 2)
    return {"reach": reach}, reach + 1


def most(
    stack: Stack, features: int, image: tuple[int, int] | None, classes: int
) -> tuple[int, int]:
    """Parameters, and the most operations, that the network can come to have.

    Learned patterns end with as many nonzero offsets as their budget, or fewer; how many of
    them stand for two inputs is known after the training alone.
    """
    size: tuple[int, ...] = image or (features,)
    parameters = operations = 0
    if stack.average > 1:
        window, size = stack.average ** len(size), _pooled(size, stack.average)
        operations += math.prod(size) * window
    channels = 1
    for stage in stack.stages:
        _, offsets = _near(stage, size)
        nonzeros = offsets * channels
        if stage.nonzeros is not None:
            nonzeros = min(nonzeros, stage.nonzeros)
        # The offset 0, which each channel has, stands for one input; the others for two.
        inputs = 2 * nonzeros - max(0, nonzeros - (offsets - 1) * channels)
        # One addition fewer than inputs, one for the bias, two products.
        operations += math.prod(size) * stage.filters * (inputs + 2)
        parameters += 3 * stage.filters
        channels, size = stage.filters, _pooled(size, stage.pool)
    flat = channels * math.prod(size)
    return parameters + (flat + 1) * classes, operations + 2 * flat * classes
