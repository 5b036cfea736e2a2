"""Baselines are made once, and only those that the user did not bring."""

from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from keras_tvscm import datasets
from keras_tvscm.eval.baselines import baselines
from keras_tvscm.eval.model import Model

from ..example_record import example


@contextmanager
def bar(total, label):
    yield lambda done, logs: None


def brought(dtype):
    return Model("mine", Path("mine.tflite"), example(network="dense", dtype=dtype), b"")


def test_the_missing_one_is_trained_and_converted_then_kept(tmp_path, monkeypatch):
    digits = datasets.load("digits")
    models = [brought("float32"), brought("int8")]
    (softmax,) = baselines(digits, tmp_path, models, epochs=30, bar=bar)
    assert softmax.network == "softmax"
    assert softmax.record.parameters == 64 * 10 + 10
    assert softmax.record.verification.written.agreement >= 0.99

    def refuse(*arguments):
        raise AssertionError("trained again")

    monkeypatch.setattr("keras_tvscm.eval.baselines.train", refuse)
    (again,) = baselines(digits, tmp_path, models, epochs=30, bar=bar)
    assert again.content == softmax.content
    # Other rows or labels under the same name are other baselines.
    test = digits.test
    relabelled = replace(digits, test=datasets.Split(test.x, test.y[::-1].copy()))
    for changed in (datasets.load("digits", seed=1), relabelled, replace(digits, name="mine")):
        with pytest.raises(AssertionError, match="trained again"):
            baselines(changed, tmp_path, models, epochs=30, bar=bar)
