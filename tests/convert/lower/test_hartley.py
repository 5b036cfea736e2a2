"""The Hartley lowering: equal to the matrix in float, close to it in int8, small, and refused
where it is no use."""

from contextlib import suppress

import keras
import numpy as np
import pytest
import tensorflow as tf
from ai_edge_litert import schema_py_generated as schema
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.linalg import circulant

from keras_tvscm import TVSCM, Pattern
from keras_tvscm.convert import convert
from keras_tvscm.convert.lower import Unsupported, hartley
from keras_tvscm.convert.lower.model import lower
from keras_tvscm.convert.runtimes import load
from keras_tvscm.convert.tflite.quantize import to_int8
from keras_tvscm.patterns.circulant import first_row
from keras_tvscm.patterns.pattern import resolve

RUNTIMES = ("litert-xnnpack", "litert-builtin", "tflm")
OPERATORS = {value: name for name, value in vars(schema.BuiltinOperator).items()}
SPECS = ["banded", "complete", "random:k=1,seed=15", "half:seed=3", "learned-like"]


def pattern_of(spec, n):
    """`learned-like`: explicit offsets, 60 % of them within a quarter of the width."""
    if spec != "learned-like":
        return resolve(spec, n)
    offsets = np.random.default_rng(n).permutation(n // 4)
    return Pattern(n, offsets[: n // 12].tolist(), offsets[n // 12 : 3 * n // 20].tolist())


def product(pattern, a, b, x):
    lowered = hartley.lower(pattern, a, b)
    assert lowered.scale > 0
    return lowered.scale * lowered.product(tf.constant(x)).numpy().reshape(x.shape)


def relative_error(pattern, a, b):
    x = np.random.default_rng(pattern.n).normal(size=(2, pattern.n)).astype("float32")
    # W is symmetric, so that it does not matter that SciPy's first argument is a column.
    expected = x @ circulant(first_row(pattern, a, b))
    return np.abs(product(pattern, a, b, x) - expected).max() / np.abs(expected).max()


@pytest.mark.parametrize("n", [64, 187, 784, 1000, 1009, 1024])
@pytest.mark.parametrize("spec", SPECS)
def test_the_product_is_that_of_the_matrix(spec, n):
    assert relative_error(pattern_of(spec, n), 0.7, -0.3) <= 1e-5


@pytest.mark.parametrize("n", [5, 8, 9, 15, 31, 61, 63, 105, 121, 242])
def test_odd_small_and_square_widths(n):
    assert relative_error(Pattern.half(n, seed=1), 0.7, -0.3) <= 1e-5


@pytest.mark.parametrize(("a", "b"), [(1, 1.0001), (1, 0), (-1, -2), (0, 1), (1e-6, -2e-6)])
def test_values_that_hardly_differ_vanish_or_outweigh_the_rest(a, b):
    assert relative_error(Pattern.half(187, seed=3), a, b) <= 1e-5


@settings(deadline=None)
@given(st.data())
def test_random_patterns_widths_and_values(data):
    n = data.draw(st.integers(13, 200))
    symbols = data.draw(st.lists(st.integers(0, 2), min_size=n // 2 + 1, max_size=n // 2 + 1))
    assume(any(symbols))
    offsets = [[k for k, symbol in enumerate(symbols) if symbol == s] for s in (1, 2)]
    a, b = (data.draw(st.sampled_from([-2.0, -0.3, 0.5, 1.0, 30.0])) for _ in range(2))
    # A refusal is an answer too: its reasons are tested below.
    with suppress(Unsupported):
        assert relative_error(Pattern(n, *offsets), a, b) <= 1e-5


@pytest.mark.parametrize(
    ("n", "padded"), [(61, False), (187, False), (784, False), (1009, True), (1021, True)]
)
def test_only_large_prime_widths_are_padded(n, padded):
    width, rows = hartley._shape(n, n // 2)
    assert width % rows == 0
    assert width >= n + 2 * (n // 2) if padded else width == n


@pytest.mark.parametrize("n", [67, 127, 2 * 53])
def test_widths_that_are_no_cheaper_are_refused(n):
    with pytest.raises(Unsupported, match=f"width {n} has no factors near its root"):
        hartley.lower(Pattern.half(n, seed=1), 1, -1)


def test_a_short_reach_pads_a_prime_width_a_little():
    pattern = Pattern.banded(127, reach=3)
    assert relative_error(pattern, 0.7, -0.3) <= 1e-5


def test_a_matrix_of_one_value_is_refused():
    with pytest.raises(Unsupported, match="it is one sum"):
        hartley.lower(Pattern.complete(12), 0.5, 0.5)


def network(n, spec):
    """A network with a head, so that the int8 output has the head's range."""
    layer = TVSCM(pattern_of(spec, n), activation="relu")
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((n,)), layer, keras.layers.Dense(10)])
    layer.a.assign(0.14)
    layer.b.assign(-0.16)
    return model


def smooth(n, rows):
    """Non-negative rows whose spectrum falls, as those of images and heartbeats do."""
    noise = np.random.default_rng(0).normal(size=(rows, n))
    frequencies = np.arange(n // 2 + 1)
    found = np.fft.irfft(np.fft.rfft(noise) / (1 + frequencies / 8), n)
    found -= found.min(axis=1, keepdims=True)
    return (found / found.max(axis=1, keepdims=True)).astype("float32")


@pytest.mark.parametrize("spec", ["half:seed=3", "learned-like"])
def test_int8_keeps_close_to_float_on_every_runtime(spec):
    n = 784
    model, x = network(n, spec), smooth(n, 260)
    expected = model.predict(x[200:], verbose=0)
    content = to_int8(lower(model, "hartley"), x[:200])
    found = {name: load(name, content).predict(x[200:]) for name in RUNTIMES}
    step = np.diff(np.unique(found["tflm"])).min()
    for outputs in found.values():
        assert np.sqrt(np.mean((outputs - expected) ** 2)) < 0.05 * expected.std()
        assert np.abs(outputs - found["tflm"]).max() <= 2.1 * step


def test_int8_agrees_with_keras_on_rows_it_has_not_seen(digits, trained):
    model = trained("half")
    conversion = convert(model, digits, lowering="hartley")
    assert conversion.record["verification"]["agreement"] >= 0.99
    expected = load("litert-xnnpack", conversion.content).predict(digits.test.x).argmax(axis=1)
    tflm = load("tflm", conversion.content).predict(digits.test.x).argmax(axis=1)
    assert np.mean(expected == tflm) >= 0.99


def test_the_file_is_a_25th_of_the_matrix_and_int8_throughout():
    n = 784
    content = to_int8(lower(network(n, "half:seed=3"), "hartley"), smooth(n, 20))
    matrix_and_head = n * n + 10 * n
    assert 25 * len(content) < matrix_and_head + 4 * n  # a scale for each row of the matrix
    model = schema.ModelT.InitFromPackedBuf(content, 0)
    graph = model.subgraphs[0]
    assert {t.type for t in graph.tensors} == {schema.TensorType.INT8, schema.TensorType.INT32}
    names = [OPERATORS[model.operatorCodes[op.opcodeIndex].builtinCode] for op in graph.operators]
    assert names.count("FULLY_CONNECTED") == 3
    assert names.count("CONV_2D") == names.count("MUL") == 1
    assert set(names) <= {
        "RESHAPE", "TRANSPOSE", "SPLIT", "CONCATENATION", "MUL", "CONV_2D", "FULLY_CONNECTED",
    }  # fmt: skip
