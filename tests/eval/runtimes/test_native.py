import numpy as np
import pytest

from keras_tvscm.convert.runtimes import Unavailable
from keras_tvscm.errors import InputError
from keras_tvscm.eval.runtimes import find


def test_it_is_a_runtime(linear):
    """As `test_host`: a model runs, is timed in a process of its own, and refused in one line."""
    content, native = linear.read("int8"), find("native")
    np.testing.assert_array_equal(
        native.predict(content, linear.x[:20]), find("tflm").predict(content, linear.x[:20])
    )
    with native.open() as window:
        loaded = window.load(content, linear.x[0])
        few, many = (min(loaded.time(times) for _ in range(5)) for times in (10, 1000))
        assert many > 3 * few
        assert loaded.call(1000) > 0
        assert loaded.cold() > few / 10
        with pytest.raises(Unavailable, match="not known in C"):
            window.load(linear.read("rfft"), None)
    assert native.memory(content)["peak_memory_bytes"] > 1e7


def test_it_takes_nothing():
    with pytest.raises(InputError, match="expected native"):
        find("native:threads=2")
