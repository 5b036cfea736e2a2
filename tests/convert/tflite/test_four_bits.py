"""Weights of four bits: the same network, nearly, in half the bytes, on every runtime."""

from fractions import Fraction

import keras
import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.interpreter import Interpreter
from hypothesis import given
from hypothesis import strategies as st

from keras_tvscm import TVSCMConv
from keras_tvscm.convert.inspect.support import by_release
from keras_tvscm.convert.lower.model import lower
from keras_tvscm.convert.runtimes import IN_PROCESS, load
from keras_tvscm.convert.tflite.four_bits import whole, with_four_bits
from keras_tvscm.convert.tflite.graph import read
from keras_tvscm.convert.tflite.quantize import to_int8, to_int8x4
from keras_tvscm.errors import InputError
from keras_tvscm.quiet import captured

L = keras.layers
X = np.random.default_rng(0).uniform(size=(300, 36)).astype("float32")
CONV_2D = schema.BuiltinOperator.CONV_2D


@given(
    large=st.integers(1, 127),
    small=st.integers(1, 127),
    signs=st.lists(st.sampled_from([-1, 0, 1]), min_size=3, max_size=3),
)
def test_the_ratio_is_the_nearest_that_seven_allows(large, small, signs):
    small = min(large, small)
    channel = np.array([large, -small, 0, small, *(large * np.array(signs))], np.int8)
    found = whole(channel)
    assert found.shape == channel.shape and np.abs(found).max() <= 7
    assert (np.sign(found) == np.sign(channel))[found != 0].all()
    nearest = min(
        abs(Fraction(j, i) - Fraction(small, large)) for i in range(1, 8) for j in range(i + 1)
    )
    assert abs(Fraction(int(found[3]), int(found[0])) - Fraction(small, large)) == nearest


def conv_model(ratio=0.5, **more):
    """Two stages, the second with more than one channel; the ratio is b over a."""
    model = keras.Sequential(
        [
            keras.Input((36,)),
            TVSCMConv(3, "half:window=3x3", "relu", bias_initializer="normal"),
            TVSCMConv(5, "half:reach=1", "relu", bias_initializer="normal"),
            L.Flatten(),
            L.Dense(4),
        ]
    )
    for layer in model.layers[:2]:
        layer.b.assign(-ratio * layer.a)
    return model


def test_a_ratio_of_whole_numbers_costs_nothing():
    model = conv_model(3 / 7)
    expected = model.predict(X, verbose=0)
    error = {}
    for convert in (to_int8, to_int8x4):
        found = load("litert-builtin", convert(lower(model), X)).predict(X)
        error[convert] = np.sqrt(np.mean((found - expected) ** 2))
    assert error[to_int8x4] < 1.2 * error[to_int8] < 0.05 * expected.std()


def test_every_runtime_agrees_and_the_weights_take_half():
    model = conv_model(0.4)
    wide, narrow = to_int8(lower(model), X), to_int8x4(lower(model), X)
    read(narrow)
    assert len(wide) - len(narrow) >= (3 * 9 + 5 * 3 * 3) // 2 - 8
    found = {name: load(name, narrow) for name in IN_PROCESS}
    outputs = {name: session.predict(X) for name, session in found.items()}
    steps = [np.abs(outputs[name] - outputs["tflm"]) / found["tflm"].step for name in found]
    assert max(one.max() for one in steps) < 2.5


def test_older_releases_are_told_to_refuse():
    content = to_int8x4(lower(conv_model()), X)
    model = schema.ModelT.InitFromPackedBuf(content, 0)
    code = next(one for one in model.operatorCodes if one.builtinCode == CONV_2D)
    assert code.version == 7
    assert "2.11.0" in by_release(read(content).operators, None, None).reason


def test_a_model_without_such_convolutions_is_refused():
    model = keras.Sequential([keras.Input((36,)), L.Dense(3)])
    with pytest.raises(InputError, match="of which this model has none; convert it to int8"):
        with_four_bits(to_int8(lower(model), X))
    model = keras.Sequential(
        [keras.Input((36,)), L.Reshape((6, 6, 1)), L.Conv2D(2, 3), L.Flatten(), L.Dense(3)]
    )
    with pytest.raises(InputError, match="of which this model has none"):
        to_int8x4(lower(model), X)


def test_two_convolutions_that_share_their_weights():
    """Their inputs have other scales, so the bias is another number."""
    layer = TVSCMConv(1, "half:window=3x3", "relu", bias_initializer="ones")
    inputs = keras.Input((36,))
    outputs = L.Dense(3)(L.Flatten()(layer(layer(L.Reshape((36, 1))(inputs)))))
    model = keras.Model(inputs, outputs)
    layer.a.assign([2.0])
    layer.b.assign([-2.0 * 3 / 7])
    expected = model.predict(X, verbose=0)
    content = to_int8x4(lower(model), X)
    found = load("litert-builtin", content).predict(X)
    assert np.sqrt(np.mean((found - expected) ** 2)) < 0.05 * expected.std()
    with captured():
        runner = Interpreter(model_content=content).get_signature_runner()
        (name,) = runner.get_input_details()
        (stored,) = runner(**{name: np.zeros((1, 36), np.int8)}).values()
    assert stored.shape == (1, 3)
