"""The twin's outputs are the model's."""

import keras
import numpy as np
import pytest
from keras import layers

from keras_tvscm import TVSCM
from keras_tvscm.convert.quantization_aware.chain import chain

twin = pytest.importorskip("keras_tvscm.convert.quantization_aware.twin")


def test_the_twin_computes_what_the_model_does(each_model):
    model = each_model
    x = np.random.default_rng(0).normal(size=(5, *model.input_shape[1:])).astype(np.float32)
    copy = twin.twin(chain(model), model.input_shape[1:])
    np.testing.assert_allclose(np.array(copy(x)), np.array(model(x)), atol=1e-5)


def test_a_functional_chain_is_one_too():
    inputs = keras.Input((8,))
    outputs = layers.Dense(3)(TVSCM("banded")(inputs))
    model = keras.Model(inputs, outputs)
    x = np.ones((2, 8), np.float32)
    copy = twin.twin(chain(model), (8,))
    np.testing.assert_allclose(np.array(copy(x)), np.array(model(x)), atol=1e-5)
