"""A quantised variant that is too coarse is not offered, by what training rows say."""

import numpy as np
import pytest

from keras_tvscm.convert import convert
from keras_tvscm.convert import verification as module
from keras_tvscm.convert.verify.agreement import Rows
from keras_tvscm.convert.verify.screening import CoarseVariant, screen


def rows(linear, wrong=0):
    """The linear model's own answers, but for the first rows, which are turned round."""
    expected = linear(linear.x)
    expected[:wrong] = -expected[:wrong]
    return Rows(expected, linear.x, None)


def test_it_passes_within_the_bounds(linear):
    agreement = screen(linear.read("int8"), rows(linear), "made up", "it", "litert-xnnpack")
    assert (agreement.rows, agreement.agreement) == (60, 1.0)


def test_it_is_declined_beyond(linear):
    with pytest.raises(
        CoarseVariant, match=r"dense in int8 is too coarse.*96.67% of 60 rows \(made up"
    ):
        screen(linear.read("int8"), rows(linear, 2), "made up", "dense in int8", "tflm")


def test_a_runtime_that_does_not_run_it_says_nothing(linear):
    assert screen(linear.read("rfft"), rows(linear), "made up", "it", "tflm") is None


def test_auto_goes_on_to_the_next_variant(digits, trained, monkeypatch):
    screened = []

    def refuse_the_first(content, rows, source, variant, runtime):
        screened.append(variant)
        assert np.array_equal(np.unique(rows.targets), np.arange(10))
        if len(screened) == 1:
            raise CoarseVariant(f"{variant} is too coarse")
        return None

    monkeypatch.setattr(module, "screen", refuse_the_first)
    record = convert(trained("banded"), digits, collapsing=False).record
    assert len(screened) == 2
    first = next(one for one in record["candidates"] if one["reason"])
    assert first["reason"] == f"{screened[0]} is too coarse"
    assert record["lowering"] == screened[1].removesuffix(" in int8")
