"""The arena that is named is the one that is needed."""

import numpy as np
import pytest

from keras_tvscm.convert.runtimes import Unavailable, child, load
from keras_tvscm.convert.runtimes.arena import minimum_arena, reserve
from keras_tvscm.convert.tflite.graph import input_and_output


@pytest.mark.parametrize("name", ["int8", "float32"])
def test_the_model_runs_in_the_least_arena_and_in_none_smaller(linear, name):
    content = linear.read(name)
    session = load("tflm", content)
    least = minimum_arena(content, session.arena_bytes)
    assert session.arena_bytes < least < 2 * session.arena_bytes and least % 16 == 0
    rows = input_and_output(content)[0].quantize(linear.x)
    stored, _ = child.run("tflm", content, rows, arena=least)
    predicted = input_and_output(content)[1].dequantize(stored)
    assert predicted.tolist() == session.predict(linear.x).tolist()
    with pytest.raises(Unavailable):
        child.run("tflm", content, rows[:1], arena=least - 16)


@pytest.mark.parametrize("least", [160, 1, 3168, 3185])
def test_a_quarter_more_is_reserved_in_steps_of_16(least):
    assert reserve(least) % 16 == 0
    assert 0 <= reserve(least) - np.floor(1.25 * least) < 16
