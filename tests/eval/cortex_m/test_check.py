"""Outputs of C against those of the `.tflite`."""

import numpy as np
import pytest

from keras_tvscm.convert.runtimes import load
from keras_tvscm.convert.tflite.graph import input_and_output
from keras_tvscm.errors import CheckError
from keras_tvscm.eval.cortex_m.check import check_outputs, tflite_outputs


@pytest.mark.parametrize("runtime", ["litert-builtin", "tflm"])
def test_tflite_outputs_are_what_the_interpreter_stores(linear, runtime):
    content = linear.read("int8")
    source, _ = input_and_output(content)
    draw = np.random.default_rng(0)
    rows = draw.integers(-128, 128, (50, source.size)).astype(np.int8)
    interpreter = load(runtime, content)._interpreter
    expected = np.concatenate([interpreter.run(row.reshape(source.shape)).copy() for row in rows])
    found = tflite_outputs(content, rows, runtime)
    assert found.dtype == np.int8 and len(np.unique(found)) > 20
    np.testing.assert_array_equal(found, expected)


def test_float_outputs(linear):
    found = tflite_outputs(linear.read("float32"), linear.x)
    np.testing.assert_allclose(found, linear(linear.x), rtol=1e-4, atol=1e-5)
    check_outputs(found, linear(linear.x), "it")


@pytest.mark.parametrize(
    ("outputs", "expected", "message"),
    [
        (np.int8([[1, 2]]), np.int8([[1, 3]]), "output 1 of row 0: 2, expected 3"),
        (np.int8([[1, 2]]), np.int8([[1]]), r"outputs are int8 \(1, 2\), expected int8 \(1, 1\)"),
        (np.int8([[1]]), np.uint8([[1]]), "expected uint8"),
        (np.float32([[1, np.nan]]), np.float32([[1, 2]]), "1 of 2 outputs differ"),
        (np.float32([[1, 2.001]]), np.float32([[1, 2]]), "1 of 2 outputs differ"),
    ],
)
def test_a_difference_is_an_error(outputs, expected, message):
    with pytest.raises(CheckError, match=message):
        check_outputs(outputs, expected, "it")


def test_within_a_float_s_rounding():
    check_outputs(np.float32([[1e-4, 2.0001]]), np.float32([[0, 2]]), "it")
