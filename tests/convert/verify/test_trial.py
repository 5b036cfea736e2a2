"""A quantised form that is too coarse is not offered, by what training rows say."""

import numpy as np
import pytest

from keras_tvscm.convert import conversion as module
from keras_tvscm.convert import convert
from keras_tvscm.convert.verify.gate import Rows
from keras_tvscm.convert.verify.trial import Coarse, trial


def rows(linear, wrong=0):
    """The linear model's own answers, but for the first rows, which are turned round."""
    expected = linear(linear.x)
    expected[:wrong] = -expected[:wrong]
    return Rows(expected, linear.x, None)


def test_it_passes_within_the_bounds(linear):
    found = trial(linear.read("int8"), rows(linear), "made up", "it", "litert-xnnpack")
    assert (found.rows, found.agreement) == (60, 1.0)


def test_it_is_declined_beyond(linear):
    with pytest.raises(Coarse, match=r"dense in int8 is too coarse.*98.33% of 60 rows \(made up"):
        trial(linear.read("int8"), rows(linear, 1), "made up", "dense in int8", "tflm")


def test_a_runtime_that_does_not_run_it_says_nothing(linear):
    assert trial(linear.read("rfft"), rows(linear), "made up", "it", "tflm") is None


def test_auto_goes_on_to_the_next_form(digits, trained, monkeypatch):
    tried = []

    def refuse_the_first(content, rows, source, form, runtime):
        tried.append(form)
        assert np.array_equal(np.unique(rows.labels), np.arange(10))
        if len(tried) == 1:
            raise Coarse(f"{form} is too coarse")
        return None

    monkeypatch.setattr(module, "trial", refuse_the_first)
    record = convert(trained("half"), digits, collapsing=False).record
    assert len(tried) == 2
    first = next(one for one in record["candidates"] if one["reason"])
    assert first["reason"] == f"{tried[0]} is too coarse"
    assert record["lowering"] == tried[1].removesuffix(" in int8")
