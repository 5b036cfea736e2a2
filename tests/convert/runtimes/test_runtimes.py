"""Every runtime against NumPy, and what they say of what they cannot run."""

import sys
from pathlib import Path

import flatbuffers
import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema

from keras_tvscm.convert.lower.model import lower
from keras_tvscm.convert.runtimes import (
    IN_PROCESS,
    InChild,
    InProcess,
    Unavailable,
    check_names,
    child,
    interpreters,
    load,
    tflite_runtime,
)
from keras_tvscm.convert.tflite.graph import Tensor, input_and_output
from keras_tvscm.convert.tflite.quantize import to_float32
from keras_tvscm.errors import InputError


def test_quantize_rounds_half_to_even_and_clips():
    tensor = Tensor((1, 6), "int8", np.float32([0.5]), np.array([3]))
    x = np.array([[0.25, 0.75, -0.25, 1000, -1000, 0]], np.float32)
    assert tensor.quantize(x).tolist() == [[[3, 5, 3, 127, -128, 3]]]
    assert tensor.dequantize(np.array([[[3, 5, 1, 127, -128, 4]]], np.int8)).tolist() == [
        [0, 1, -1, 62, -65.5, 0.5]
    ]


def test_float32_passes_through():
    tensor = Tensor((1, 2, 2), "float32", np.float32([]), np.int64([]))
    x = np.arange(8, dtype=np.float32).reshape(2, 4)
    assert tensor.quantize(x).shape == (2, 1, 2, 2)
    assert tensor.dequantize(tensor.quantize(x)).tolist() == x.tolist()


def test_ends_are_as_litert_describes_them(linear):
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(model_content=linear.read("int8"))
    details = interpreter.get_input_details()[0], interpreter.get_output_details()[0]
    for tensor, found in zip(input_and_output(linear.read("int8")), details, strict=True):
        assert tensor.shape == tuple(found["shape"]) and np.dtype(tensor.dtype) == found["dtype"]
        assert (tensor.scale, tensor.zero_point) == found["quantization"]


@pytest.mark.parametrize("name", IN_PROCESS)
@pytest.mark.parametrize("session", [InProcess, InChild])
def test_float32_predictions_are_numpy_s(linear, name, session):
    loaded = session(name, linear.read("float32"))
    assert (loaded.inputs, loaded.outputs, loaded.step) == (12, 3, None)
    predicted = loaded.predict(linear.x)
    assert predicted.dtype == np.float32
    np.testing.assert_allclose(predicted, linear(linear.x), atol=1e-5)


def test_int8_predictions_agree_within_a_step(linear):
    sessions = [InProcess(name, linear.read("int8")) for name in IN_PROCESS]
    step = sessions[0].step
    predicted = [session.predict(linear.x) for session in sessions]
    for other in predicted[1:]:
        assert np.abs(other - predicted[0]).max() <= step * 1.001
    # Input, weights and output are each rounded: a few steps from the real numbers.
    assert np.abs(predicted[0] - linear(linear.x)).max() <= 4 * step


@pytest.mark.parametrize("name", IN_PROCESS)
def test_a_child_s_predictions_are_those_of_this_process(linear, name):
    content = linear.read("int8")
    here, there = InProcess(name, content), InChild(name, content)
    assert here.predict(linear.x).tolist() == there.predict(linear.x).tolist()
    assert here.arena_bytes == there.arena_bytes


def test_only_tflm_says_what_arena_it_needs(linear):
    assert load("litert-xnnpack", linear.read("int8")).arena_bytes is None
    assert 500 < load("tflm", linear.read("int8")).arena_bytes < 5000


def test_tflm_s_arena_figure_does_not_follow_the_arena_given(linear, monkeypatch):
    wanted = load("tflm", linear.read("int8")).arena_bytes
    monkeypatch.setattr(interpreters.interpreter, "__defaults__", (100_000, False, 1))
    assert load("tflm", linear.read("int8")).arena_bytes == wanted


def outputs(session):
    """What the last inference left."""
    runtime = session._interpreter
    if isinstance(runtime, interpreters.TFLM):
        return runtime._interpreter.get_output(0).copy()
    return runtime._interpreter.get_tensor(runtime._target)


@pytest.mark.parametrize("name", IN_PROCESS)
def test_a_session_with_a_row_is_timed_on_it_again_and_again(digits, trained, name):
    """TFLite-Micro puts other tensors in the input's place, if it is let."""
    content = to_float32(lower(trained("half"), "dense"))
    session = InProcess(name, content, digits.test.x[0])
    once = outputs(session)
    assert session.time(3) > 0
    assert outputs(session).tolist() == once.tolist()
    assert once.tolist() == InProcess(name, content).predict(digits.test.x[:1]).tolist()


@pytest.mark.parametrize("session", [InProcess, InChild])
def test_operator_that_tflm_lacks(linear, session):
    with pytest.raises(Unavailable) as caught:
        session("tflm", linear.read("rfft"))
    assert str(caught.value) == "TFLite-Micro has no operator RFFT2D"


def test_runtime_that_is_not_installed(linear, monkeypatch):
    monkeypatch.setitem(sys.modules, "tflite_micro", None)
    with pytest.raises(Unavailable, match=r"tflite-micro is not installed \(pip install"):
        load("tflm", linear.read("int8"))


def test_nothing_reaches_the_terminal(linear, capfd):
    for name in IN_PROCESS:
        InProcess(name, linear.read("int8")).predict(linear.x[:2])
        InChild(name, linear.read("int8")).predict(linear.x[:2])
    with pytest.raises(Unavailable):
        load("tflm", linear.read("rfft"))
    assert capfd.readouterr() == ("", "")


def test_unknown_runtime():
    with pytest.raises(InputError, match="expected one of litert-xnnpack"):
        check_names(["tflm", "gpu"])


def test_reasons_are_one_short_line():
    assert str(Unavailable("a\n  b\tc " + "d" * 500)).startswith("a b c ddd")
    assert len(str(Unavailable("d" * 500))) == 200


@pytest.fixture
def server(monkeypatch, tmp_path):
    """Sets the program that runs models in child processes."""
    servers = {}
    monkeypatch.setattr(child, "_servers", servers)

    def program(text):
        path = tmp_path / "program.py"
        path.write_text(text)
        monkeypatch.setattr(interpreters, "__file__", str(path))

    yield program
    for each in servers.values():
        each.close()


@pytest.mark.parametrize(
    ("failure", "reason"),
    [
        ("os.abort()", r"ends its process on this model \(signal 6\)"),
        ("raise SystemExit(3)", r"ends its process on this model \(exit code 1\)"),
        ("while True: pass", "no answer within 1 s"),
    ],
)
def test_a_child_that_gives_no_answer(linear, monkeypatch, server, failure, reason):
    text = Path(interpreters.__file__).read_text()
    server(text.replace("        runs = interp", f"        {failure}\n        runs = interp"))
    monkeypatch.setattr(child, "SECONDS", (1, 0))
    for _ in range(2):
        with pytest.raises(Unavailable, match=reason):
            InChild("tflm", linear.read("int8"))


def test_a_server_that_has_ended_is_started_again(linear, server):
    working = Path(interpreters.__file__).read_text()
    server("raise SystemExit(3)")
    with pytest.raises(Unavailable, match="the process that runs models has ended"):
        InChild("tflm", linear.read("int8"))
    server(working)
    assert InChild("tflm", linear.read("int8")).arena_bytes


def test_tflite_runtime_that_is_not_set_up(linear, monkeypatch, tmp_path):
    monkeypatch.setenv("TVSCM_CACHE", str(tmp_path))
    with pytest.raises(Unavailable, match="is not set up"):
        load("tflite-runtime", linear.read("int8"))


def test_a_setup_that_fails_is_not_taken_for_done(linear, monkeypatch, tmp_path):
    monkeypatch.setenv("TVSCM_CACHE", str(tmp_path))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)
    with pytest.raises(InputError, match="cannot be set up: ERROR: No matching distribution"):
        tflite_runtime.setup()
    with pytest.raises(Unavailable, match="is not set up"):
        load("tflite-runtime", linear.read("int8"))


def test_tflite_runtime_gives_the_bytes_of_litert_s_built_in_kernels(linear):
    """Only where the environment has been made: `tvscm setup-tflite-runtime`."""
    try:
        old = load("tflite-runtime", linear.read("int8"))
    except Unavailable as error:
        pytest.skip(str(error))
    new = load("litert-builtin", linear.read("int8")).predict(linear.x)
    assert old.predict(linear.x).tolist() == new.tolist()
    with pytest.raises(Unavailable, match="tflite-runtime: Encountered unresolved custom op: Mine"):
        load("tflite-runtime", custom(linear.read("int8")))


def custom(content):
    """The same model with an operator of somebody's own in the place of its first."""
    model = schema.ModelT.InitFromPackedBuf(content, 0)
    model.operatorCodes[0].builtinCode = schema.BuiltinOperator.CUSTOM
    model.operatorCodes[0].deprecatedBuiltinCode = schema.BuiltinOperator.CUSTOM
    model.operatorCodes[0].customCode = "Mine"
    model.subgraphs[0].operators[0].builtinOptionsType = 0
    model.subgraphs[0].operators[0].builtinOptions = None
    builder = flatbuffers.Builder(1024)
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())


@pytest.mark.parametrize("name", IN_PROCESS)
def test_an_operator_of_somebody_s_own_is_named(linear, name):
    for session in (InProcess, InChild):
        with pytest.raises(Unavailable, match=r"Mine|op code CUSTOM"):
            session(name, custom(linear.read("int8")))
