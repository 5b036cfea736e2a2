"""Sums of rolled inputs: what int8 leaves of them, and how many are kept at a time."""

import keras
import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema

from keras_tvscm import TVSCM, Pattern
from keras_tvscm.convert.inspect.inspection import _tensors_alive
from keras_tvscm.convert.lower.model import lower
from keras_tvscm.convert.lower.sums import sums
from keras_tvscm.convert.runtimes import load
from keras_tvscm.convert.tflite.quantize import to_int8
from keras_tvscm.patterns.circulant import first_row, matrix

X = np.random.default_rng(0).uniform(size=(300, 187)).astype("float32") ** 3


def half_model(a=0.2135, b=-0.1467):
    layer = TVSCM("half:seed=3")
    model = keras.Sequential([keras.Input((187,)), layer])
    layer.a.assign(a)
    layer.b.assign(b)
    return model, X @ matrix(first_row(layer.pattern, a, b))


def error_in_steps(lowering):
    model, expected = half_model()
    session = load("litert-builtin", to_int8(lower(model, lowering), X))
    error = session.predict(X) - expected
    return np.sqrt(np.mean(error**2)) / session.step


@pytest.mark.parametrize("lowering", ["unrolled", "fc-sum"])
def test_all_the_additions_cost_about_one_step_of_the_result(lowering):
    """One after another they would cost 2.8; over b alone as the background 1.6, or 3.7."""
    assert error_in_steps(lowering) < 1.3


def test_a_balanced_pattern_takes_a_difference_of_its_two_values():
    pattern = Pattern(8, a=[0, 1], b=[2, 3, 4])
    found = sums(pattern, 1.0, -0.5)
    # W x = 0.25 sum(x) + 0.75 (A - B)(x): of b there are five shifts, of a three.
    assert found.background == 0.25 / 0.75
    assert found.rolled == [(-1.0, pattern.shifts(2), pattern.shifts(1))]


def test_few_rolled_inputs_are_kept_at_a_time():
    """A row of them lives from one operator to the next; one after another they were 187."""
    content = to_int8(lower(half_model()[0], "unrolled"), X[:50])
    alive = _tensors_alive(schema.ModelT.InitFromPackedBuf(content, 0).subgraphs[0])
    assert alive < 20 * 187
