"""The converter end to end: what it writes is what was trained, or it writes nothing."""

import hashlib
import json
import re
from collections import Counter
from dataclasses import replace

import keras
import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema

from keras_tvscm import TVSCM, TVSCMConv
from keras_tvscm.convert import (
    Options,
    build,
    built,
    convert,
    plans,
    prepare,
    verify_built,
    verify_file,
)
from keras_tvscm.convert.c_source import native
from keras_tvscm.convert.lower import Unsupported, collapse
from keras_tvscm.convert.lower.model import candidates
from keras_tvscm.convert.lower.placements import placements
from keras_tvscm.convert.runtimes import load
from keras_tvscm.datasets import Split
from keras_tvscm.errors import CheckError, InputError

OPERATORS = {value: name for name, value in vars(schema.BuiltinOperator).items()}


def operators(content):
    model = schema.ModelT.InitFromPackedBuf(content, 0)
    codes = [code.builtinCode for code in model.operatorCodes]
    return [OPERATORS[codes[op.opcodeIndex]] for op in model.subgraphs[0].operators]


def tensor_types(content):
    model = schema.ModelT.InitFromPackedBuf(content, 0)
    return {tensor.type for tensor in model.subgraphs[0].tensors}


@pytest.mark.parametrize("pattern", ["banded", "complete", "random:k=1,seed=3"])
@pytest.mark.parametrize(
    "lowering", ["unrolled", "fc-sum", "maximum", "convolution", "gather", "pack"]
)
def test_int8_agrees_with_keras_on_rows_it_has_not_seen(digits, trained, pattern, lowering):
    model = trained(pattern)
    why = candidates(placements(model)[0])[lowering]
    if why:
        with pytest.raises(Unsupported, match=re.escape(why)):
            convert(model, digits, lowering=lowering, collapsing=False)
        return
    conversion = convert(model, digits, lowering=lowering, collapsing=False)
    assert conversion.record["lowerings"] == {"tvscm": lowering}
    expected = model.predict(digits.test.x, verbose=0).argmax(axis=1)
    for name in ("litert-xnnpack", "litert-builtin"):
        classes = load(name, conversion.content).predict(digits.test.x).argmax(axis=1)
        assert np.mean(classes == expected) > 0.98
    assert tensor_types(conversion.content) == {schema.TensorType.INT8, schema.TensorType.INT32}


def test_float32_agrees_to_the_stated_bound(digits, trained):
    model = trained("half")
    expected = model.predict(digits.test.x, verbose=0)
    content = convert(model, digits, lowering="dense", dtype="float32").content
    error = np.abs(load("litert-xnnpack", content).predict(digits.test.x) - expected).max()
    assert error <= 1e-4 * np.abs(expected).max()


def test_complete_is_one_sum_and_one_addition_before_the_head(digits, trained):
    conversion = convert(trained("complete"), digits, lowering="unrolled", collapsing=False)
    assert operators(conversion.content) == [
        "SUM",
        "MUL",
        "ADD",
        "FULLY_CONNECTED",
    ]


def test_banded_is_slices_and_additions_with_one_multiplication(digits, trained):
    conversion = convert(trained("banded"), digits, lowering="unrolled", collapsing=False)
    names = operators(conversion.content)
    assert set(names) <= {"SLICE", "CONCATENATION", "ADD", "SUB", "MUL", "FULLY_CONNECTED"}
    assert names.count("MUL") == names.count("FULLY_CONNECTED") == 1


def test_the_same_call_gives_the_same_bytes(digits, trained):
    first, second = (convert(trained("banded"), digits, lowering="unrolled") for _ in range(2))
    assert first.content == second.content
    assert first.record == second.record


def test_the_record_says_what_was_written(digits, trained, tmp_path):
    model = trained("complete")
    conversion = convert(
        model, digits, lowering="unrolled", calibration_rows=40, seed=7, collapsing=False
    )
    conversion.save(tmp_path / "m.tflite")
    record = json.loads((tmp_path / "m.tflite.json").read_text())
    content = (tmp_path / "m.tflite").read_bytes()
    assert record["sha256"] == hashlib.sha256(content).hexdigest()
    assert record["bytes"] == len(content)
    assert (record["schema"], record["name"]) == (2, "tvscm complete int8")
    assert record["parameters"] == 2 + 64 * 10 + 10
    # y = (a - b) x + b sum(x): 64 products and one; 63 + 64 additions. Head: 640 of each.
    assert (record["multiplications"], record["additions"]) == (65 + 640, 127 + 640)
    assert record["calibration"] == {"source": "digits train", "rows": 40, "seed": 7}
    assert record["verification"]["source"] == "digits validation and test"
    assert record["patterns"][0]["a"] == [0]
    assert (record["lowering"], record["lowerings"]) == ("unrolled", {"tvscm": "unrolled"})
    assert (record["filters"], record["collapsed"]) == ([], [])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["m.tflite", "m.tflite.json"]


@pytest.mark.parametrize(
    ("dtype", "io_dtype"), [("int8", "uint8"), ("int8", "float32"), ("int16x8", "int16")]
)
def test_other_types_at_the_ends_and_between(digits, trained, dtype, io_dtype):
    model = trained("complete")
    # TFLite's int16 SUM, which `unrolled` has here, is wrong: the gate refuses it.
    conversion = convert(
        model, digits, lowering="fc-sum", dtype=dtype, io_dtype=io_dtype, collapsing=False
    )
    graph = schema.ModelT.InitFromPackedBuf(conversion.content, 0).subgraphs[0]
    wanted = getattr(schema.TensorType, io_dtype.upper())
    assert [graph.tensors[index].type for index in (*graph.inputs, *graph.outputs)] == [wanted] * 2
    assert (conversion.record["dtype"], conversion.record["io_dtype"]) == (dtype, io_dtype)
    expected = model.predict(digits.test.x, verbose=0)
    outputs = load("litert-builtin", conversion.content).predict(digits.test.x)
    assert np.mean(outputs.argmax(axis=1) == expected.argmax(axis=1)) > 0.98
    if dtype == "int16x8":
        # What is left is the rounding of the weights to int8.
        usual = convert(model, digits, lowering="fc-sum", collapsing=False).content
        rough = load("litert-builtin", usual).predict(digits.test.x)
        assert np.abs(outputs - expected).mean() < np.abs(rough - expected).mean()


def test_int16_sums_are_wrong_and_others_right(digits, trained):
    model, options = trained("complete"), {"dtype": "int16x8", "collapsing": False}
    with pytest.raises(CheckError, match="top class agrees on"):
        convert(model, digits, lowering="unrolled", advising=False, **options)
    record = convert(model, digits, **options).record
    assert record["lowerings"]["tvscm"] != "unrolled"
    assert record["verification"]["agreement"] > 0.99


def test_the_signal_operators_of_tflite_micro_by_name(digits, trained):
    model = trained("half")
    conversion = convert(model, digits, lowering="signal", target="tflm", collapsing=False)
    assert conversion.record["lowerings"] == {"tvscm": "signal"}
    assert operators(conversion.content).count("CUSTOM") == 2
    expected = model.predict(digits.test.x, verbose=0).argmax(axis=1)
    classes = load("tflm", conversion.content).predict(digits.test.x).argmax(axis=1)
    assert np.mean(classes == expected) > 0.98
    ran = conversion.record["runtimes"]["converted"]
    assert ran["tflm"]["agreement"] > 0.99
    assert "SignalRfft" in ran["litert-xnnpack"]["reason"]
    with pytest.raises(InputError, match="signal is for the target tflm in int8 throughout"):
        convert(model, digits, lowering="signal")


def test_a_dense_network_converts_too(digits):
    model = keras.Sequential(
        [keras.Input((64,)), keras.layers.Dense(8, "relu"), keras.layers.Dense(10)]
    )
    record = convert(model, digits, dtype="float32", accept_any_accuracy=True).record
    assert (record["lowering"], record["patterns"]) == (None, [])
    assert (record["multiplications"], record["additions"]) == (64 * 8 + 80, 64 * 8 + 80)


def test_a_conversion_that_loses_the_classes_is_refused(digits, trained):
    """Calibrated on dark images alone, int8 saturates: the gate must see it."""
    train = Split(digits.train.x / 50, digits.train.y)
    with pytest.raises(CheckError, match="nothing written"):
        convert(trained("banded"), replace(digits, train=train), lowering="dense", advising=False)


@pytest.mark.parametrize("lowering", ["unrolled", "dense"])
def test_a_layer_that_bounds_do_not_show_to_be_dead_is_refused(digits, lowering):
    """All filters are negative, which only the calibration tells."""
    filters = TVSCMConv(2, "half:reach=3", "relu", bias_initializer=keras.initializers.Constant(-1))
    layers = [filters, keras.layers.Flatten(), TVSCM("banded", 64, "relu"), keras.layers.Dense(10)]
    model = keras.Sequential([keras.Input((64,)), *layers])
    for value in (filters.a, filters.b):
        value.assign([-1.0, -1.0])
    with pytest.raises(CheckError, match="nothing but zero on every calibration row"):
        convert(model, digits, lowering=lowering, accept_any_accuracy=True)


def test_a_network_whose_relus_never_fire_is_refused(digits):
    layer = TVSCM("complete", activation="relu")
    model = keras.Sequential([keras.Input((64,)), layer, keras.layers.Dense(10)])
    layer.a.assign(-1.0)
    layer.b.assign(-1.1)
    with pytest.raises(CheckError, match=r"ReLU of layer .* never fires on inputs 0 to 1"):
        convert(model, digits)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"dtype": "int4"}, "expected one of int8, int8x4, int16x8, float32"),
        ({"lowering": "fft9"}, "Unknown lowering"),
        ({"lowering": {"tvscm": "fft9"}}, "Unknown lowering 'fft9' of layer 'tvscm'"),
        ({"task": "art"}, "Unknown task 'art'"),
    ],
)
def test_bad_arguments(digits, trained, arguments, message):
    with pytest.raises(InputError, match=message):
        convert(trained("banded"), digits, **arguments)


def test_a_model_of_another_shape_than_the_data(digits):
    model = keras.Sequential([keras.Input((12,)), TVSCM(), keras.layers.Dense(10)])
    with pytest.raises(InputError, match=r"maps \(12,\) to \(10,\).*64 features"):
        convert(model, digits)


def test_a_network_that_reads_nothing(digits):
    """TFLite folds it to a constant, over which TFLite-Micro ends the process."""
    model = keras.Sequential([keras.Input((64,)), TVSCM("banded"), keras.layers.Dense(10)])
    model.layers[0].a.assign(0.0)
    model.layers[0].b.assign(0.0)
    with pytest.raises(InputError, match="outputs do not depend on its inputs"):
        convert(model, digits, lowering="unrolled", collapsing=False, accept_any_accuracy=True)


@keras.saving.register_keras_serializable("tests")
def erfinv(x):
    return keras.ops.erfinv(x)


def test_an_operator_that_tflite_lacks(digits):
    model = keras.Sequential([keras.Input((64,)), TVSCM(activation=erfinv), keras.layers.Dense(10)])
    with pytest.raises(InputError, match="built-in operators cannot express"):
        convert(model, digits, lowering="dense", accept_any_accuracy=True)


def test_each_step_can_be_taken_alone(digits, trained):
    options = Options(lowering="dense", collapsing=False)
    prepared = prepare(trained("random:k=1,seed=3"), digits, options)
    (only,) = plans(prepared, options)
    assert only.lowerings == {"tvscm": "dense"}
    unrolled = build(prepared, {"tvscm": "unrolled"}, options)
    assert "ADD" in operators(unrolled.content)
    outputs = load("litert-xnnpack", unrolled.as_float).predict(prepared.held_out.x[:9])
    np.testing.assert_allclose(outputs, prepared.held_out.expected[:9], atol=1e-4)
    evidence = verify_built(prepared, unrolled, options)
    assert evidence.verification.written.agreement >= 0.99
    assert evidence.screening.rows == len(digits.train.x)
    # Any bytes can be verified again: here, those of another network.
    other = prepare(trained("banded"), digits, options)
    with pytest.raises(CheckError, match="on training rows, the converted model's top class"):
        verify_built(other, replace(unrolled, as_float=b""), options)


def test_a_file_is_verified_again(digits, trained, tmp_path):
    model, path = trained("banded"), tmp_path / "m.tflite"
    conversion = convert(model, digits, lowering="unrolled", calibration_rows=40, collapsing=False)
    conversion.save(path)
    assert verify_file(path, model, digits).verification == conversion.record.verification
    with pytest.raises(InputError, match=r"is of tvscm with 652 parameters on digits. Received: "):
        verify_file(path, model, replace(digits, name="others"))
    (tmp_path / "m.tflite.json").unlink()
    with pytest.raises(InputError, match=r"m\.tflite has no record"):
        verify_file(path, model, digits)


def test_a_network_that_guesses_is_verified_again_where_it_was_accepted(digits, tmp_path):
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((64,)), keras.layers.Dense(10)], name="guesses")
    model.layers[0].bias.assign([9.0, *[0.0] * 9])
    conversion = convert(model, digits, dtype="float32", accept_any_accuracy=True)
    assert "it does no better than a guess" in conversion.record.doubt
    conversion.save(tmp_path / "m.tflite")
    evidence = verify_file(tmp_path / "m.tflite", model, digits)
    assert evidence.verification == conversion.record.verification


def test_what_is_asked_is_asked_once(digits, trained, monkeypatch):
    """Placements of a model, and C of each model that is compared or written; step by step."""
    calls, steps = Counter(), []

    def counted(name, function):
        def call(*arguments, **options):
            calls[name] += 1
            return function(*arguments, **options)

        return call

    monkeypatch.setattr(collapse, "placements", counted("placements", collapse.placements))
    monkeypatch.setitem(built.GENERATORS, "c", counted("generate", built.GENERATORS["c"]))
    options = {"target": "c", "collapsing": False}
    conversion = convert(
        trained("banded"), digits, progress=lambda *step: steps.append(step), **options
    )
    possible = [candidate for candidate in conversion.record.candidates if candidate.cost]
    assert calls == {"placements": 1, "generate": len(possible) + 1}
    assert [done for done, _, _ in steps] == list(range(len(steps)))
    assert {total for _, total, _ in steps[1:]} == {len(steps)} and len(steps) >= len(possible) + 3
    way = conversion.record.lowering
    assert [message for *_, message in steps[-2:]] == [f"building {way}", f"verifying {way}"]


def test_the_c_that_was_compared_is_the_c_that_is_written(digits, trained, tmp_path, monkeypatch):
    checked = []
    check = native.check

    def seen(source, content, rows):
        checked.append(source)
        return check(source, content, rows)

    monkeypatch.setattr(native, "check", seen)
    options = {"target": "c", "lowering": "unrolled", "collapsing": False}
    conversion = convert(trained("banded"), digits, stem="net", **options)
    conversion.save(tmp_path / "net.c")
    assert [source.name for source in checked] == ["net"]
    assert (tmp_path / "net.c").read_text() == checked[0].source
    assert (tmp_path / "net.h").read_text() == checked[0].header
    assert (tmp_path / "net.tflite").read_bytes() == conversion.content
    # Under another name it is another text, which is compared too.
    conversion.save(tmp_path / "other.c")
    assert [source.name for source in checked] == ["net", "other"]
    assert (tmp_path / "other.c").read_text() == checked[1].source


def test_an_output_of_another_name_or_place(digits, trained, tmp_path):
    conversion = convert(trained("banded"), digits, lowering="dense")
    with pytest.raises(InputError, match=r"not named \.tflite"):
        conversion.save(tmp_path / "m.bin")
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="cannot write"):
        conversion.save(tmp_path / "file" / "m.tflite")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
