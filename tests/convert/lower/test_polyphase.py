"""The convolution of blocks: the products of the matrix, and its int8 values."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy.linalg import circulant

from keras_tvscm import TVSCM, Pattern
from keras_tvscm.convert import convert
from keras_tvscm.convert.lower import polyphase
from keras_tvscm.convert.lower.model import lower
from keras_tvscm.convert.runtimes import load
from keras_tvscm.convert.tflite.quantize import to_int8
from keras_tvscm.patterns.circulant import first_row


@pytest.mark.parametrize("n", [1, 2, 7, 16, 17, 31, 33, 64, 187, 509, 784, 1000])
@pytest.mark.parametrize("reach", [1, 5, 20, None])
def test_the_product_is_that_of_the_matrix(n, reach):
    pattern = Pattern.half(
        n, seed=2, **({} if reach is None or 2 * reach > n else {"reach": reach})
    )
    x = np.random.default_rng(n).normal(size=(2, n)).astype("float32")
    expected = x @ circulant(first_row(pattern, 0.7, -0.3))
    lowered = polyphase.lower(pattern, 0.7, -0.3)
    found = lowered.scale * lowered.product(tf.constant(x)).numpy().reshape(x.shape)
    found = np.roll(found, lowered.ahead, axis=-1)
    assert np.abs(found - expected).max() <= 1e-5 * np.abs(expected).max()


def test_int8_outputs_are_those_of_the_matrix_from_less_than_a_25th_of_its_bytes():
    n = 784
    layer = TVSCM("half:seed=3", activation="relu")
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((n,)), layer, keras.layers.Dense(10)])
    layer.a.assign(0.14)
    layer.b.assign(-0.16)
    x = np.random.default_rng(0).uniform(size=(40, n)).astype("float32")
    dense, content = (to_int8(lower(model, name), x[:20]) for name in ("dense", "polyphase"))
    assert 25 * len(content) < len(dense)
    expected = load("litert-xnnpack", dense).predict(x)
    step = np.diff(np.unique(expected)).min()
    for name in ("litert-xnnpack", "litert-builtin", "tflm"):
        found = load(name, content).predict(x)
        assert np.abs(found - expected).max() <= 1.1 * step


def test_int8_agrees_with_keras_on_rows_it_has_not_seen(digits, trained):
    record = convert(trained("half"), digits, lowering="polyphase").record
    assert record["verification"]["agreement"] >= 0.99
