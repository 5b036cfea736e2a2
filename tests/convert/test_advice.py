"""A refusal says what would agree, after it has been tried."""

import pytest

from keras_tvscm.convert import advice as module
from keras_tvscm.convert import convert
from keras_tvscm.convert.advice import advice
from keras_tvscm.convert.options import Options
from keras_tvscm.convert.prepared import prepare
from keras_tvscm.convert.verify.gate import Disagreement


def test_another_lowering_agrees(losing):
    with pytest.raises(Disagreement) as refused:
        convert(*losing, lowering="dense", collapsing=False)
    assert "too coarse" in str(refused.value)
    assert str(refused.value).endswith("; lowering auto would agree (tried on 540 rows)")


@pytest.mark.parametrize(
    ("options", "fail", "words"),
    [
        ({}, {"int8"}, "dtype int16x8"),
        ({"calibration_rows": 50}, {"int16x8"}, "calibration on 200 rows"),
        ({"target": "c"}, {"int8"}, "dtype float32"),
        ({}, {"int8", "int16x8", "float32"}, None),
    ],
)
def test_the_order_of_what_is_tried(losing, monkeypatch, options, fail, words):
    """What C cannot be written of is passed over; so is what does not agree."""
    tried = []

    def agrees(prepared, plan, changed, rows):
        tried.append(changed.dtype)
        return changed.dtype not in fail

    monkeypatch.setattr(module, "_agrees", agrees)
    monkeypatch.setattr(module, "plans", lambda prepared, options: [None])
    asked = Options(**options, collapsing=False)
    said = advice(prepare(*losing, asked), asked)
    assert said == (words and f"{words} would agree (tried on 540 rows)")
    assert (
        tried
        == {
            "dtype int16x8": ["int16x8"],
            "calibration on 200 rows": ["int16x8", "int8"],
            "dtype float32": ["int8", "float32"],
            None: ["int16x8", "int8", "float32"],
        }[words]
    )


def test_time_is_bounded(losing, monkeypatch):
    monkeypatch.setattr(module, "SECONDS", 0.0)
    asked = Options(lowering="dense", collapsing=False)
    assert advice(prepare(*losing, asked), asked) is None
