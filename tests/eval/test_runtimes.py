import sys

import numpy as np
import pytest

from keras_tvscm.convert.tensor import Tensor
from keras_tvscm.errors import InputError
from keras_tvscm.eval.runtimes import NAMES, Unavailable, runtime
from keras_tvscm.eval.runtimes.trial import crashes


def test_quantize_rounds_half_to_even_and_clips():
    tensor = Tensor((1, 6), np.dtype(np.int8), 0.5, 3)
    x = np.array([[0.25, 0.75, -0.25, 1000, -1000, 0]], np.float32)
    assert tensor.quantize(x).tolist() == [[[3, 5, 3, 127, -128, 3]]]
    assert tensor.dequantize(np.array([[[3, 5, 1, 127, -128, 4]]], np.int8)).tolist() == [
        [0, 1, -1, 62, -65.5, 0.5]
    ]


def test_float32_passes_through():
    tensor = Tensor((1, 2, 2), np.dtype(np.float32), None, 0)
    x = np.arange(8, dtype=np.float32).reshape(2, 4)
    assert tensor.quantize(x).shape == (2, 1, 2, 2)
    assert tensor.dequantize(tensor.quantize(x)).tolist() == x.tolist()


@pytest.mark.parametrize("name", NAMES)
def test_float32_predictions_are_numpy_s(tiny, name):
    session = runtime(name).load(tiny.read("float32"))
    assert (session.inputs, session.outputs) == (12, 3)
    predicted = session.predict(tiny.x)
    assert predicted.dtype == np.float32
    np.testing.assert_allclose(predicted, tiny(tiny.x), atol=1e-5)


def test_int8_predictions_agree_within_a_step(tiny):
    from ai_edge_litert.interpreter import Interpreter

    details = Interpreter(model_content=tiny.read("int8")).get_output_details()[0]
    step = details["quantization"][0]
    predicted = [runtime(name).load(tiny.read("int8")).predict(tiny.x) for name in NAMES]
    for other in predicted[1:]:
        assert np.abs(other - predicted[0]).max() <= step * 1.001
    # Input, weights and output are each rounded: a few steps from the real numbers.
    assert np.abs(predicted[0] - tiny(tiny.x)).max() <= 4 * step


def test_only_tflm_says_what_arena_it_needs(tiny):
    assert runtime("litert-xnnpack").load(tiny.read("int8")).arena_bytes is None
    small = runtime("tflm").load(tiny.read("int8")).arena_bytes
    assert 500 < small < 5000


def test_tflm_s_arena_figure_does_not_follow_the_arena_given(tiny, monkeypatch):
    from keras_tvscm.eval.runtimes import tflm

    wanted = runtime("tflm").load(tiny.read("int8")).arena_bytes
    monkeypatch.setattr(tflm, "ARENA", 100_000)
    assert runtime("tflm").load(tiny.read("int8")).arena_bytes == wanted


def test_invoke_keeps_the_input(tiny):
    for name in NAMES:
        session = runtime(name).load(tiny.read("float32"))
        once = session.predict(tiny.x[:1])
        session.invoke(3)
        assert session.predict(tiny.x[:1]).tolist() == once.tolist()


def test_operator_that_tflm_lacks(tiny):
    with pytest.raises(Unavailable) as caught:
        runtime("tflm").load(tiny.read("rfft"))
    assert str(caught.value) == "TFLite-Micro has no operator RFFT2D"


def test_runtime_that_is_not_installed(tiny, monkeypatch):
    monkeypatch.setitem(sys.modules, "tflite_micro", None)
    with pytest.raises(Unavailable, match="is not installed"):
        runtime("tflm").load(tiny.read("int8"))


def test_nothing_reaches_the_terminal(tiny, capfd):
    for name in NAMES:
        runtime(name).load(tiny.read("int8")).predict(tiny.x[:2])
    with pytest.raises(Unavailable):
        runtime("tflm").load(tiny.read("rfft"))
    assert capfd.readouterr() == ("", "")


def test_unknown_runtime():
    with pytest.raises(InputError, match="expected one of litert-xnnpack"):
        runtime("gpu")


def test_reasons_are_one_short_line():
    assert str(Unavailable("a\n  b\tc " + "d" * 500)).startswith("a b c ddd")
    assert len(str(Unavailable("d" * 500))) == 200


def test_trial_passes_a_good_model(tiny):
    assert crashes(tiny.read("int8"), ["litert-builtin", "tflm"]) == {}


def test_trial_survives_a_crash_and_goes_on(monkeypatch):
    from keras_tvscm.eval.runtimes import trial

    asked = []

    def child(model, runtimes):
        asked.append(list(runtimes))
        return (["one"], "signal 6") if runtimes[0] == "one" else (list(runtimes), "")

    monkeypatch.setattr(trial, "_child", child)
    assert crashes(b"", ["one", "two", "three"]) == {"two": "signal 6"}
    assert asked == [["one", "two", "three"], ["three"]]
