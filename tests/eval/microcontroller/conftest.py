"""Networks for the digits with drawn weights, as models with their records."""

from pathlib import Path

import keras
import pytest

from keras_tvscm import TVSCM, datasets
from keras_tvscm.convert.lower.model import lower
from keras_tvscm.convert.tflite.quantize import to_float32, to_int8
from keras_tvscm.eval.model import Model

from ...example_record import example

PRODUCTS = {"dense": 64 * 64 + 640, "tvscm": 128 + 640, "softmax": 640}


@pytest.fixture(scope="session")
def digits():
    return datasets.load("digits")


@pytest.fixture(scope="session")
def model(digits):
    """Of a network (`"tvscm"`, `"dense"`, `"softmax"`) and a dtype, with its record."""
    hidden = {
        "dense": [keras.layers.Dense(64, "relu", kernel_initializer=drawn(1))],
        "tvscm": [TVSCM("random:k=1,seed=3", activation="relu", seed=1, name="circulant")],
        "softmax": [],
    }

    def build(network, dtype="int8", **changes):
        head = keras.layers.Dense(10, kernel_initializer=drawn(2), bias_initializer=drawn(3))
        whole = keras.Sequential([keras.Input((64,)), *hidden[network], head])
        lowered = lower(whole, "dense")
        x = digits.train.x[:50]
        record = {
            "network": network,
            "dtype": dtype,
            "lowerings": {},
            "parameters": whole.count_params(),
            "multiplications": PRODUCTS[network],
            "additions": PRODUCTS[network],
        }
        content = to_int8(lowered, x) if dtype == "int8" else to_float32(lowered)
        path = Path(f"{network}.tflite")
        return Model(f"{network} {dtype}", path, example(**(record | changes)), content)

    return build


def drawn(seed):
    return keras.initializers.RandomNormal(stddev=0.1, seed=seed)
