"""Networks of a row of `heartbeat-rhythm`: numbers of rhythm and shape beside the samples.

A row holds the beat, the beat minus the patient's usual one (each `WINDOW` samples), `NUMBERS`
numbers, and a zero. The numbers go through a hidden layer to all classes. The samples go through
a stack of two-valued filters (`rhythm`), small convolutions (`rhythm-cnn`) or a dense layer
(`rhythm-dense`), and a bottleneck, to the scores of the last classes alone, ventricular and fusion
beats: those differ in shape from the patient's own, an early supraventricular beat in its time
alone, so that samples could only tell patients apart. `rhythm-numbers` has no samples,
`rhythm-linear` no hidden layer either.
"""

from typing import Any

import keras
from keras import layers

from . import stacks
from .stacks import MOMENTUM, Stack, Stage

WINDOW = 112
NUMBERS = 13
FEATURES = 2 * WINDOW + NUMBERS + 1
HIDDEN = 16
BOTTLENECK = 3
BY_SHAPE = 2  # classes that the samples speak of: V and F
STACK = Stack((Stage(8, 7, 2), Stage(16, 5, 4), Stage(13, 3, 4)))
NAMES = ("rhythm", "rhythm-numbers", "rhythm-linear", "rhythm-cnn", "rhythm-dense")


def build(name: str, classes: int, seed: int) -> keras.Model:
    """An untrained network, (batch, 238) float32 to (batch, classes) logits.

    Args:
        name: one of `NAMES`.
        classes: at least 2; the last two are those that the samples speak of.
        seed: of the initial weights.
    """
    row = keras.Input((FEATURES,))
    column = layers.Reshape((FEATURES, 1))(row)
    numbers = layers.Flatten()(layers.Cropping1D((2 * WINDOW, 1))(column))
    if name != "rhythm-linear":
        numbers = layers.Dense(HIDDEN, "relu", **_drawn(seed, 0), name="hidden")(numbers)
    scores = layers.Dense(classes, **_drawn(seed, 1), name="head")(numbers)
    if name in ("rhythm", "rhythm-cnn", "rhythm-dense"):
        beat = layers.Cropping1D((0, FEATURES - WINDOW))(column)
        difference = layers.Cropping1D((WINDOW, FEATURES - 2 * WINDOW))(column)
        samples = layers.Concatenate()([beat, difference])
        for layer in _shape_layers(name, seed):
            samples = layer(samples)
        shape = layers.Dense(BOTTLENECK, "relu", **_drawn(seed, 2), name="bottleneck")(samples)
        shape = layers.Dense(BY_SHAPE, use_bias=False, **_drawn(seed, 3), name="shape")(shape)
        padded = layers.ZeroPadding1D((classes - BY_SHAPE, 0))(layers.Reshape((BY_SHAPE, 1))(shape))
        scores = layers.Add()([scores, layers.Flatten()(padded)])
    return keras.Model(row, scores, name=name)


def _shape_layers(name: str, seed: int) -> list[keras.layers.Layer]:
    """From (batch, WINDOW, 2) to a flat row."""
    if name == "rhythm":
        return stacks.filter_layers(STACK, (WINDOW,), 2, seed)
    if name == "rhythm-dense":
        return [layers.Flatten(), layers.Dense(1, "relu", **_drawn(seed, 4), name="units")]
    row: list[keras.layers.Layer] = []
    for number, (filters, width, pool) in enumerate(((4, 7, 2), (5, 5, 4), (5, 3, 4))):
        drawn = keras.initializers.GlorotUniform(seed=8 * seed + 5 + number)
        row += [
            layers.Conv1D(filters, width, padding="same", kernel_initializer=drawn),
            layers.BatchNormalization(momentum=MOMENTUM),
            layers.ReLU(),
            layers.MaxPooling1D(pool, padding="same"),
        ]
    return [*row, layers.Flatten()]


def _drawn(seed: int, layer: int) -> dict[str, Any]:
    return {"kernel_initializer": keras.initializers.GlorotUniform(seed=8 * seed + layer)}
