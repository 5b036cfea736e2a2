"""Generated C on this machine, against TFLite-Micro."""

from dataclasses import replace

import numpy as np
import pytest

from keras_tvscm.convert.c_source import generate
from keras_tvscm.convert.runtimes.tensor import ends
from keras_tvscm.errors import CheckError
from keras_tvscm.eval.cortex_m.check import tflite_outputs
from keras_tvscm.eval.microcontroller.native import predict


@pytest.mark.parametrize("dtype", ["int8", "float32"])
def test_every_row_is_the_model_s(linear, dtype):
    content = linear.read(dtype)
    rows = ends(content)[0].quantize(linear.x)
    found = predict(generate(content), rows)
    expected = tflite_outputs(content, rows)
    assert found.dtype == expected.dtype
    assert len(np.unique(found)) > 20
    np.testing.assert_allclose(found, expected, rtol=1e-6 if dtype == "float32" else 0)


def test_two_networks_do_not_get_in_each_other_s_way(linear):
    content = linear.read("int8")
    source = generate(content)
    rows = ends(content)[0].quantize(linear.x)
    first = predict(source, rows)
    other = replace(source, source=ending_with(source.source, "output[0] = 7;"))
    assert set(predict(other, rows)[:, 0]) == {7}
    np.testing.assert_array_equal(predict(source, rows), first)


def test_a_warning_is_an_error(linear):
    source = generate(linear.read("int8"))
    narrowed = replace(source, source=ending_with(source.source, "int sum = 9; output[0] = sum;"))
    with pytest.raises(CheckError, match=r"does not compile: .*implicit conversion"):
        predict(narrowed, np.zeros((1, 12), np.int8))


def ending_with(text, statement):
    """C whose last function ends with that statement."""
    return f"{text.rstrip().removesuffix('}')}    {statement}\n}}\n"
