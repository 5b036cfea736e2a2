"""Int8 models of many kinds, and what they give on TFLite-Micro."""

from dataclasses import dataclass

import keras
import numpy as np
import pytest

from keras_tvscm import TVSCM, TVSCMConv
from keras_tvscm.convert.c_source import native
from keras_tvscm.convert.lower.model import lower
from keras_tvscm.convert.runtimes import in_child
from keras_tvscm.convert.tflite.quantize import to_float32, to_int8, to_int8x4

L = keras.layers


@dataclass(frozen=True)
class Made:
    """A model, stored rows, and the outputs that TFLite-Micro stores for them."""

    content: bytes
    rows: np.ndarray
    expected: np.ndarray


def made(model: keras.Model, lowering=None, dtype="int8", rows=60) -> Made:
    """The model lowered and quantised, with rows of which some are beyond the calibrated range."""
    rng = np.random.default_rng(0)
    for one in model.layers:
        if isinstance(one, TVSCMConv):
            one.a.assign(rng.uniform(0.1, 0.3, one.a.shape))
            one.b.assign(rng.uniform(-0.3, -0.1, one.b.shape))
    lowered = lower(model, lowering)
    calibration = rng.random((20, model.inputs[0].shape[1])).astype(np.float32)
    quantised = {
        "int8": to_int8,
        "int8x4": to_int8x4,
        "float32": lambda model, _: to_float32(model),
    }
    content = quantised[dtype](lowered, calibration)
    drawn = native.drawn_rows(content, rows)
    outputs = native.stored_outputs(in_child("tflm", content), content, drawn)
    assert len(np.unique(outputs)) > 5
    return Made(content, drawn, outputs)


def layer(n: int, pattern: str, a: float = 0.7, b: float = -0.3, **options) -> keras.Model:
    """TVSCM, ReLU, Dense."""
    options = {"activation": "relu"} | options
    model = keras.Sequential(
        [keras.Input((n,)), TVSCM(pattern, **options), L.Dense(5, kernel_initializer=spread())]
    )
    model.layers[0].a.assign(a)
    model.layers[0].b.assign(b)
    return model


def image_heads() -> keras.Model:
    """Two layers of heads on a 12 x 12 image, with pooling that is cut off at the edges."""
    return keras.Sequential(
        [
            keras.Input((144,)),
            heads(5, "half:window=5x5", seed=1),
            L.Reshape((12, 12, 5)),
            L.MaxPooling2D(5, padding="same"),
            L.Reshape((9, 5)),
            heads(3, "random:k=1,window=3x3", seed=2),
            L.Flatten(),
            L.Dense(4, kernel_initializer=spread()),
        ]
    )


def signal_heads() -> keras.Model:
    """Heads on an averaged signal of an odd length."""
    return keras.Sequential(
        [
            keras.Input((75,)),
            L.Reshape((75, 1)),
            L.AveragePooling1D(2, padding="same"),
            L.Reshape((38,)),
            heads(6, "half:reach=4", seed=3),
            L.MaxPooling1D(3),
            L.Flatten(),
            L.Dense(3, kernel_initializer=spread()),
        ]
    )


def convolutions() -> keras.Model:
    """A network of other layers alone."""
    x = inputs = keras.Input((100,))
    x = L.Reshape((10, 10, 1))(x)
    x = L.Conv2D(6, 3, padding="same", activation="relu", kernel_initializer=spread())(x)
    y = L.DepthwiseConv2D(3, strides=2, padding="same", depthwise_initializer=spread())(x)
    z = L.AveragePooling2D(2)(x)
    x = L.Concatenate()([L.Add()([y, z]), L.Multiply()([y, z]), L.Maximum()([y, z])])
    x = L.Conv2D(4, 2, strides=2, activation="relu6", kernel_initializer=spread())(x)
    x = L.Subtract()([x, L.GlobalAveragePooling2D(keepdims=True)(x)])
    return keras.Model(inputs, L.Dense(3, kernel_initializer=spread())(L.Flatten()(x)))


def heads(count: int, pattern: str, seed: int) -> TVSCMConv:
    return TVSCMConv(
        count,
        pattern,
        activation="relu",
        seed=seed,
        bias_initializer=spread(seed + 5, 0.2),
    )


def spread(seed: int = 0, size: float = 0.4) -> keras.initializers.Initializer:
    return keras.initializers.RandomUniform(-size, size, seed=seed)


MODELS = {
    "matrix of two offsets": lambda: (layer(51, "random:k=1,seed=4"), "dense"),
    "even width": lambda: (layer(64, "offsets:a=0+32,b=7"), "dense"),
    "tiny": lambda: (layer(5, "banded"), "dense"),
    "gathered": lambda: (layer(48, "random:k=1,seed=4"), "gather"),
    "packed": lambda: (layer(48, "random:k=1,seed=4"), "pack"),
    "convolved": lambda: (layer(50, "banded:reach=3"), "convolution"),
    "polyphase": lambda: (layer(96, "banded:reach=3"), "polyphase"),
    "unrolled": lambda: (layer(40, "random:k=2,seed=1"), "unrolled"),
    "complete": lambda: (layer(40, "complete", 1.5, -0.02), "dense"),
    "complete, summed": lambda: (layer(40, "complete", 1.5, -0.02), "unrolled"),
    "complete, maximum": lambda: (layer(40, "complete", 1.5, -0.02), "maximum"),
    "wide band": lambda: (layer(200, "banded:reach=40", 1.0, -0.01), "dense"),
    "half": lambda: (layer(130, "half:seed=2"), "dense"),
    "many terms": lambda: (layer(700, "half:seed=2", 0.7, -0.6), "dense"),
    "transform": lambda: (layer(88, "half:seed=2"), "hartley"),
    "linear": lambda: (layer(40, "random:k=1", activation=None), "dense"),
    "biased": lambda: (layer(40, "random:k=1", use_bias=True, bias_initializer="ones"), "dense"),
    "image heads": lambda: (image_heads(),),
    "signal heads": lambda: (signal_heads(),),
    "four bits": lambda: (signal_heads(), None, "int8x4"),
    "other layers": lambda: (convolutions(),),
    "float32": lambda: (
        keras.Sequential([keras.Input((30,)), L.Dense(20, "relu"), L.Dense(4)]),
        None,
        "float32",
    ),
}


@pytest.fixture(scope="session")
def make():
    """A function that makes the model of a name, once."""
    models: dict[str, Made] = {}

    def of(name: str) -> Made:
        if name not in models:
            models[name] = made(*MODELS[name]())
        return models[name]

    return of


@pytest.fixture(params=MODELS)
def model(request, make) -> Made:
    """One of them after the other."""
    return make(request.param)
