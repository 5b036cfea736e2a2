"""The operator that loses the agreement, on models that are made to lose it in a known place."""

import math

import numpy as np
import pytest

from keras_tvscm.convert.lower.model import lower
from keras_tvscm.convert.runtimes import Unavailable
from keras_tvscm.convert.tflite.quantize import to_float32, to_int8, to_int16x8
from keras_tvscm.convert.verify import explain as module
from keras_tvscm.convert.verify.explain import explain_error
from keras_tvscm.convert.verify.intermediates import (
    layer_outputs,
    operator_outputs,
    with_constants,
)
from keras_tvscm.errors import CheckError

ROWS = np.random.default_rng(1).uniform(0, 1, (20, 187)).astype(np.float32)


@pytest.fixture(scope="module")
def model(losing):
    return losing[0]


@pytest.fixture(scope="module")
def lowered(losing):
    """The float32 lowering and the quantised model, by lowering; each made once."""
    made = {}

    def make(lowering, quantise=to_int8):
        key = lowering, quantise
        if key not in made:
            network = lower(losing[0], lowering)
            made[key] = to_float32(network), quantise(network, losing[1].train.x[:60])
        return made[key]

    return make


def test_the_matrix_that_loses_b_is_named_and_its_weights_are(model, lowered):
    explanation = explain_error(model, *lowered("dense"), ROWS)
    first = explanation.first
    assert (first.index, first.operator, first.layer) == (0, "FULLY_CONNECTED", "tvscm")
    assert explanation.cause == "weights"
    # Without b the shift of b times the sum, 187 / 2 / 300, is missing from values around 0.8.
    assert 5 < first.sqnr < 12 and explanation.weights_sqnr == pytest.approx(first.sqnr, abs=0.5)
    assert str(explanation).startswith(
        "operator 0, FULLY_CONNECTED (layer tvscm), is the first that is as far off as the output"
    )
    assert "the rounding of its weights does it" in str(explanation)


def test_every_tensor_of_the_float_lowering_is_held_beside_a_layer(model, lowered):
    explanation = explain_error(model, *lowered("unrolled"), ROWS)
    operators = [error.operator for error in explanation.operators]
    assert operators == ["SUM", "MUL", "ADD", "FULLY_CONNECTED"]
    assert [error.layer for error in explanation.operators] == [None, None, "tvscm", "head"]
    assert all(error.float_error < 1e-6 for error in explanation.operators[2:])
    assert all(error.sqnr > 30 for error in explanation.operators[:3])
    assert explanation.operators[3].shape == (1, 3)


def test_int16_sums_are_wrong_and_not_by_their_weights(model, lowered):
    explanation = explain_error(model, *lowered("unrolled", to_int16x8), ROWS)
    assert (explanation.first.operator, explanation.cause) == ("SUM", "activations")
    assert "the rounding of activations does it" in str(explanation)


def test_a_lowering_that_is_wrong_in_float_is_told_from_rounding(model, lowered):
    as_float, _ = lowered("unrolled")
    head = operator_outputs(as_float, ROWS)[3].constants[1]
    wrong = with_constants(as_float, 3, {1: head * np.linspace(1, 2, 3, dtype=np.float32)[:, None]})
    explanation = explain_error(model, wrong, wrong, ROWS)
    assert (explanation.first.index, explanation.cause) == (3, "lowering")
    assert "the float32 lowering leaves the Keras model" in str(explanation)


def test_what_is_equal_has_lost_nothing(model, lowered):
    as_float, _ = lowered("unrolled")
    explanation = explain_error(model, as_float, as_float, ROWS)
    assert explanation.first is None and explanation.cause is None
    assert all(error.sqnr == math.inf for error in explanation.operators)
    assert str(explanation) == "no operator differs on 20 rows"


def test_tensors_are_what_numpy_computes(model, lowered):
    total, *_, scores = operator_outputs(lowered("unrolled")[0], ROWS)
    sums = ROWS.astype(float).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(total.values, sums, rtol=1e-5)
    outputs = layer_outputs(model, ROWS)
    assert list(outputs) == ["tvscm", "head"]
    np.testing.assert_allclose(outputs["tvscm"], ROWS * (1 - 1 / 300) + sums / 300, rtol=1e-5)
    np.testing.assert_allclose(scores.values, outputs["head"], rtol=1e-4, atol=1e-5)


def test_a_model_that_litert_does_not_run(model, monkeypatch):
    def refuse(content, x):
        raise Unavailable("LiteRT has no operator SignalRfft")

    monkeypatch.setattr(module, "operator_outputs", refuse)
    with pytest.raises(CheckError, match="cannot be compared one by one: LiteRT has no operator"):
        explain_error(model, b"", b"", ROWS)
