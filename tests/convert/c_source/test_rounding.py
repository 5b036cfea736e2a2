"""Fixed-point scales, as TFLite makes them."""

import keras
import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema
from hypothesis import given
from hypothesis import strategies as st

from keras_tvscm.convert.c_source import generate, native
from keras_tvscm.convert.c_source.rounding import multiplier
from keras_tvscm.convert.runtimes import load
from keras_tvscm.convert.tflite.flatbuffer import write
from keras_tvscm.convert.tflite.quantize import to_int8
from keras_tvscm.errors import InputError


@given(st.floats(1e-9, 1e6))
def test_a_multiplier_is_the_scale_to_31_bits(scale):
    found = multiplier(scale)
    value = found.value * 2.0 ** (found.left - found.right - 31)
    assert abs(value - scale) <= scale * 2.0**-31
    assert 2**30 <= found.value < 2**31
    assert found.left == 0 or found.right == 0


def test_what_rounds_up_to_one_is_half_of_the_next():
    assert multiplier(1 - 2.0**-40) == multiplier(1.0)
    assert multiplier(1.0).value == 2**30 and multiplier(1.0).left == 1


def test_what_32_bits_cannot_shift():
    assert multiplier(2.0**-40).value == 0
    with pytest.raises(InputError, match="rescales by"):
        multiplier(2.0**31)


@given(st.integers(-(2**22), 2**22), st.floats(1e-5, 0.9))
def test_one_rounding_is_two_where_a_relu_follows(acc, scale):
    """What the kernels for two-valued rows rely on: `rescale_positive` in kernels/head.c."""
    found = multiplier(scale)
    high = (acc * found.value + 2**30) >> 31
    half = (1 << found.right) >> 1
    twice = (high + half - (high < 0)) >> found.right if found.right else high
    product = acc * found.value >> 24
    once = (product + 64 + (64 << found.right if found.right else 0)) >> (7 + found.right)
    assert max(0, once) == max(0, twice)
    assert np.int32(once) == once


def test_scales_are_multiplied_in_float64():
    """Every number there is times 2.50000002, or 2.49999995 if the product were a float32."""
    dense = keras.layers.Dense(1, use_bias=False, kernel_initializer="ones")
    network = keras.Sequential([keras.Input((1,), batch_size=1), dense])
    model = schema.ModelT.InitFromPackedBuf(to_int8(network, np.ones((2, 1), np.float32)), 0)
    [graph] = model.subgraphs
    [operator] = graph.operators
    x, weights, *bias = (graph.tensors[i] for i in operator.inputs if i >= 0)
    y = graph.tensors[operator.outputs[0]]
    model.buffers[weights.buffer].data = np.ones(1, np.uint8)
    given, scale, result = 0.04490605, 0.008869527, 0.00015931817
    for tensor, value in [
        (x, given),
        (weights, scale),
        (y, result),
        *((b, given * scale) for b in bias),
    ]:
        tensor.quantization.scale = [value]
    x.quantization.zeroPoint = y.quantization.zeroPoint = [-128]
    content = write(model)
    rows = np.arange(-128, 128, dtype=np.int8)[:, None]
    found = native.run(generate(content), rows)
    np.testing.assert_array_equal(
        found, native.stored_outputs(load("tflm", content), content, rows)
    )
    assert found[89, 0] == 223 - 128  # 222.5 in short
