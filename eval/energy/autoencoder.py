"""MLPerf Tiny's anomaly detection network, the one of its four that is dense layers alone.

640-128-128-128-128-8-128-128-128-128-640, 264,192 multiplications; its batch normalisation is
folded, as every converter does. The weights here are random: time and energy do not depend on
them. https://github.com/mlcommons/tiny/tree/master/benchmark/training/anomaly_detection
"""

import itertools

import keras
import numpy as np

from keras_tvscm.convert.tflite.quantize import to_int8

WIDTHS = (640, 128, 128, 128, 128, 8, 128, 128, 128, 128, 640)


def multiplications() -> int:
    """Products of one inference: 264,192."""
    return sum(a * b for a, b in itertools.pairwise(WIDTHS))


def autoencoder(seed: int = 0) -> keras.Model:
    """The network as a Keras model with random weights; ReLU after every layer but the last."""
    # Named, for the names are in the file and are otherwise numbered on within a process.
    inputs = keras.Input((WIDTHS[0],), batch_size=1, name="input")
    x = inputs
    for number, units in enumerate(WIDTHS[1:]):
        last = number == len(WIDTHS) - 2
        x = keras.layers.Dense(
            units,
            activation=None if last else "relu",
            kernel_initializer=keras.initializers.HeNormal(seed + number),
            bias_initializer=keras.initializers.RandomNormal(stddev=0.1, seed=seed + 100 + number),
            name=f"dense_{number}",
        )(x)
    return keras.Model(inputs, x, name="autoencoder")


def int8(seed: int = 0, rows: int = 32) -> bytes:
    """The network as int8 TFLite bytes, calibrated on random rows."""
    calibration = np.random.default_rng(seed).normal(size=(rows, WIDTHS[0])).astype(np.float32)
    return to_int8(autoencoder(seed), calibration)
