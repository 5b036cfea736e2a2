from contextlib import nullcontext

import numpy as np
import pytest

from keras_tvscm.convert.runtimes import InProcess
from keras_tvscm.convert.tflite.graph import read
from keras_tvscm.convert.tflite.quantize import to_int8
from keras_tvscm.eval.operators import cut, operator_times
from keras_tvscm.eval.runtimes import find


@pytest.fixture(scope="module")
def wide():
    """A layer of 300 x 300, and one of 300 x 4."""
    import keras

    layers = keras.layers.Dense(300, "relu"), keras.layers.Dense(4)
    model = keras.Sequential([keras.Input((300,), batch_size=1), *layers])
    x = np.random.default_rng(0).normal(size=(20, 300)).astype(np.float32)
    return to_int8(model, x), x


def test_a_model_that_is_cut_gives_the_last_operator_s_outputs(wide):
    content, x = wide
    first = cut(content, 1)
    assert [operator.name for operator in read(first).operators] == ["FULLY_CONNECTED"]
    assert InProcess("tflm", first).predict(x[:1]).shape == (1, 300)
    whole = cut(content, 2)
    assert (InProcess("tflm", whole).predict(x) == InProcess("tflm", content).predict(x)).all()


class Counting:
    """A runtime in which a call takes 100 ns, and each weight of a model 2."""

    def open(self):
        return nullcontext(self)

    def load(self, content, row):
        constants = [tensor for node in read(content).operators for tensor in node.given[1:]]
        return Loaded(100 + 2 * sum(t.size for t in constants if t.dtype == "int8"))


class Loaded:
    def __init__(self, nanoseconds):
        self.nanoseconds = nanoseconds

    def time(self, times):
        return times * self.nanoseconds

    def call(self, times):
        return times * 100


def test_an_operator_takes_what_it_adds(wide):
    content, x = wide
    assert operator_times(Counting(), content, x[0]) == [
        {"name": "FULLY_CONNECTED", "ns": 2 * 300 * 300},
        {"name": "FULLY_CONNECTED", "ns": 2 * 300 * 4},
    ]


def test_operators_of_a_real_runtime_are_named(wide):
    content, x = wide
    times = operator_times(find("tflm"), content, x[0])
    assert [each["name"] for each in times] == ["FULLY_CONNECTED"] * 2
    assert times[0]["ns"] > 0


def test_runtime_that_does_not_take_it_says_nothing(linear):
    assert operator_times(find("tflm"), linear.read("rfft"), None) == []
