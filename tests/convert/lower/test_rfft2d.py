"""The RFFT2D lowering as LiteRT runs it, and where it cannot go."""

import keras
import numpy as np
import pytest
from scipy.linalg import circulant

from keras_tvscm import TVSCM, Pattern
from keras_tvscm.convert import convert
from keras_tvscm.convert.lower.model import lower
from keras_tvscm.convert.runtimes import Unavailable, load
from keras_tvscm.convert.tflite.quantize import to_float32
from keras_tvscm.errors import InputError
from keras_tvscm.patterns.circulant import first_row
from keras_tvscm.patterns.pattern import resolve

A, B = 0.7, -0.3


def layer_alone(pattern):
    layer = TVSCM(pattern)
    model = keras.Sequential([keras.Input((pattern.n,)), layer])
    layer.a.assign(A)
    layer.b.assign(B)
    return model


@pytest.mark.parametrize(
    ("n", "spec"),
    [
        (64, "half:seed=3"),
        (187, "banded"),
        (784, "half:seed=3"),
        (784, "complete"),
        (1000, "random:k=1,seed=15"),
        (1009, "half:seed=3"),
        (1024, "offsets:a=0+512,b=3+511"),
        (9, "offsets:a=4,b=1"),
    ],
)
def test_litert_computes_the_product_with_the_matrix(n, spec):
    pattern = resolve(spec, n)
    content = to_float32(lower(layer_alone(pattern), "rfft2d"))
    x = np.random.default_rng(n).normal(size=(3, n)).astype("float32")
    expected = x @ circulant(first_row(pattern, A, B))
    for xnnpack in (True, False):
        found = load("litert-xnnpack" if xnnpack else "litert-builtin", content).predict(x)
        assert np.abs(found - expected).max() <= 1e-5 * np.abs(expected).max()


def test_float32_passes_the_gate(digits, trained):
    record = convert(trained("half"), digits, lowering="rfft2d", dtype="float32").record
    assert record["verification"]["float_error"] <= 1e-5
    assert record["verification"]["agreement"] == 1


def test_int8_is_refused(digits, trained):
    with pytest.raises(InputError, match=r"cannot be int8 throughout.*RFFT2D.*float32"):
        convert(trained("half"), digits, lowering="rfft2d")


def test_tflite_micro_has_no_such_operator():
    content = to_float32(lower(layer_alone(Pattern.half(16, seed=1)), "rfft2d"))
    with pytest.raises(Unavailable, match="RFFT2D"):
        load("tflm", content)
