"""emlearn's C, against the network that it was given."""

import sys

import numpy as np
import pytest

from keras_tvscm.convert.runtimes.unavailable import Missing
from keras_tvscm.errors import InputError
from keras_tvscm.eval.cortex_m import measure
from keras_tvscm.eval.cortex_m.check import tflite_outputs
from keras_tvscm.eval.microcontroller.emlearn_source import absent, emlearn_source


def test_it_computes_the_network(model, digits):
    if reason := absent():
        pytest.skip(reason)
    content = model("dense", "float32").content
    rows = digits.test.x[:20]
    expected = tflite_outputs(content, rows)
    # Holds the outputs to the expected ones within 1e-4 of the largest.
    found = measure(emlearn_source(content), "cortex-m4", rows, expected)
    assert len(np.unique(found.outputs)) > 100
    # A product takes a load of each factor, a multiplication and an addition at least.
    assert found.counts.instructions > 4 * (64 * 64 + 64 * 10)
    assert found.counts.flash_bytes > 4 * (64 * 64 + 64 + 64 * 10 + 10)


def test_other_networks_are_refused(model, linear):
    if reason := absent():
        pytest.skip(reason)
    with pytest.raises(InputError, match="emlearn has no layer for FULLY_CONNECTED"):
        emlearn_source(model("dense", "int8").content)


def test_it_may_be_missing(model, monkeypatch):
    monkeypatch.setitem(sys.modules, "emlearn", None)
    with pytest.raises(Missing, match="emlearn is not installed"):
        emlearn_source(model("dense", "float32").content)


def test_it_leaves_numpy_as_it_is(model, monkeypatch):
    if reason := absent():
        pytest.skip(reason)
    for name in [name for name in sys.modules if name.split(".")[0] == "emlearn"]:
        monkeypatch.delitem(sys.modules, name)
    before = np.geterr()
    emlearn_source(model("dense", "float32").content)
    assert "emlearn" in sys.modules and np.geterr() == before
