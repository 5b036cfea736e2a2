"""Small models of every kind of layer that can be trained with rounding."""

import keras
import numpy as np
import pytest
from keras import layers

from keras_tvscm import TVSCM, TVSCMConv


def _sequential(*hidden, n=8, activation=None):
    keras.utils.set_random_seed(0)
    return keras.Sequential([keras.Input((n,)), *hidden, layers.Dense(3, activation)])


def _with_bias(model):
    """Biases start at zero, where a lost one would not show."""
    rng = np.random.default_rng(1)
    for weight in model.weights:
        if weight.name == "bias":
            weight.assign(rng.normal(size=weight.shape))
    return model


MODELS = {
    "banded": lambda: _sequential(TVSCM("banded", activation="relu")),
    "complete": lambda: _sequential(TVSCM("complete", activation="tanh", use_bias=True)),
    "all a": lambda: _sequential(TVSCM({"a": [0, 1, 2, 3, 4], "b": []})),
    "wider": lambda: _sequential(TVSCM("half:seed=1", units=11, activation="relu")),
    "narrower": lambda: _sequential(TVSCM("random:seed=2", units=5), layers.ReLU()),
    "softmax": lambda: _sequential(layers.Dense(4), layers.Dropout(0.5), activation="softmax"),
    "image": lambda: _sequential(
        layers.Reshape((4, 4, 1)),
        layers.AveragePooling2D(2, strides=1, padding="same"),
        layers.Reshape((16, 1)),
        TVSCMConv(3, "random:k=1,window=3x3"),
        layers.Activation("relu"),
        TVSCMConv(2, "banded", use_bias=False, activation="relu"),
        layers.MaxPooling1D(2),
        layers.Flatten(),
        n=16,
    ),
}


@pytest.fixture(scope="session")
def sequential():
    """Makes a model with the given layers before its Dense classifier of 3 classes."""
    return _sequential


@pytest.fixture(scope="session")
def with_bias():
    return _with_bias


@pytest.fixture(params=MODELS)
def each_model(request):
    return _with_bias(MODELS[request.param]())


@pytest.fixture
def banded():
    return _with_bias(MODELS["banded"]())
