"""Generated C on emulated arm64."""

import numpy as np
import pytest

from keras_tvscm.convert.c_source import native
from keras_tvscm.convert.native import generate
from keras_tvscm.convert.runtimes import in_child
from keras_tvscm.eval.arm64 import SETS, count

from ..convert.native.drawn import drawn

# Filters with pooling, and rows of weights.
CONTENT = drawn(50)


@pytest.mark.parametrize("name", [pytest.param("arm64", marks=pytest.mark.slow), [*SETS][1]])
def test_its_outputs_are_the_model_s_and_its_instructions_are_counted(name):
    source, rows = generate(CONTENT, "network"), native.drawn_rows(CONTENT, 6)
    counted = count(source, rows, name)
    expected = native.stored_outputs(in_child("tflm", CONTENT), CONTENT, rows)
    np.testing.assert_array_equal(counted.outputs, expected)
    assert sum(counted.by_function.values()) == counted.instructions[-1]
    assert 1_000 < counted.instructions.min() <= counted.instructions.max() < 100_000
    number = [*SETS].index(name) + 1
    assert any(function.startswith("filters_") for function in counted.by_function)
    assert f"fully_connected_{number}" in counted.by_function
