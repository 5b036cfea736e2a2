"""Models of which no C is written: one clear line each."""

from dataclasses import replace

import keras
import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema

from keras_tvscm.convert.c_source import generate, native
from keras_tvscm.convert.lower.model import lower
from keras_tvscm.convert.tflite.flatbuffer import write
from keras_tvscm.convert.tflite.graph import read
from keras_tvscm.convert.tflite.quantize import to_float32, to_int8, to_int16x8
from keras_tvscm.errors import CheckError, InputError

L = keras.layers
X = np.random.default_rng(0).random((20, 16)).astype(np.float32)


def network(*layers):
    return lower(keras.Sequential([keras.Input((16,)), *layers]))


def refused(content: bytes) -> str:
    with pytest.raises(InputError) as error:
        generate(content)
    assert "\n" not in str(error.value) and len(str(error.value)) < 400
    return str(error.value)


def test_other_types():
    dense = network(L.Dense(3))
    message = refused(to_int16x8(dense, X))
    assert "the model's input is int16" in message and "convert it to int8" in message


def test_operators_that_are_not_known():
    enlarged = network(
        L.Reshape((4, 4, 1)), L.UpSampling2D(2, interpolation="bilinear"), L.Flatten(), L.Dense(2)
    )
    message = refused(to_int8(enlarged, X))
    assert "RESIZE_BILINEAR is not known in C (int8;" in message
    assert message.endswith(
        "replace the layer that makes it, or run the .tflite file on TFLite-Micro"
    )
    reshaped = network(L.Reshape((4, 4, 1)), L.Conv2D(2, 3), L.Flatten(), L.Dense(2))
    assert "CONV_2D is not known in C (float32;" in refused(to_float32(reshaped))
    generate(to_int8(reshaped, X))


@pytest.mark.parametrize("seed", range(40))
def test_damaged_files(make, seed):
    """Flipped bits and cut ends: C of what the file now says, or one line."""
    rng = np.random.default_rng(seed)
    content = bytearray(make("signal heads").content)
    for place in rng.integers(len(content), size=4):
        content[place] ^= 1 << rng.integers(8)
    if seed % 2:
        del content[rng.integers(len(content)) :]
    try:
        generate(bytes(content))
    except InputError as error:
        assert "\n" not in str(error)


@pytest.mark.parametrize("seed", range(24))
def test_swapped_indices(make, seed):
    """Tables that are whole, of operators and tensors that do not belong together."""
    rng = np.random.default_rng(seed)
    model = schema.ModelT.InitFromPackedBuf(make("signal heads").content, 0)
    graph = model.subgraphs[0]
    operator = graph.operators[rng.integers(len(graph.operators))]
    if seed % 3 == 0:
        operator.inputs = rng.integers(-1, len(graph.tensors), len(operator.inputs))
    elif seed % 3 == 1:
        operator.opcodeIndex = int(rng.integers(len(model.operatorCodes)))
    else:
        one, other = rng.integers(len(graph.tensors), size=2)
        tensors = graph.tensors
        tensors[one], tensors[other] = tensors[other], tensors[one]
    try:
        generate(write(model))
    except InputError as error:
        assert "\n" not in str(error)


def test_names_cannot_leave_the_comment(make):
    source = generate(make("tiny").content, "3 a-b", ["x */ int y; /*", "two\nlines ??/"])
    assert source.name == "model_3_a_b"
    comment = source.source.partition("*/")[0]
    assert "x _ int y; _" in comment and "two_lines __/" in comment
    native.run(source, make("tiny").rows)


def test_c_that_does_not_equal_the_model_is_noticed(make):
    model = make("tiny")
    good = generate(model.content)
    assert native.check(good, model.content, model.rows)["differing"] == 0
    wrong = replace(
        good, source=good.source.replace("int32_t value = rescale", "int32_t value = 1 + rescale")
    )
    with pytest.raises(CheckError, match="differs from the model on"):
        native.check(wrong, model.content, model.rows)
    broken = replace(good, source=good.source + "int clamped(;\n")
    with pytest.raises(CheckError, match=r"the generated C: tvscm\.c:"):
        native.check(broken, model.content, model.rows)


def test_without_a_compiler(make, monkeypatch):
    model = make("tiny")
    monkeypatch.setenv("CC", "no-such-compiler")
    found = native.check(generate(model.content), model.content, model.rows)
    assert found == {"reason": "cannot run no-such-compiler: No such file or directory"}


def test_weights_that_are_no_numbers(make):
    content = make("float32").content
    weights = read(content).operators[-1].inputs[1].data
    damaged = np.where(weights == weights[0, 0], np.float32(np.inf), weights)
    assert content.count(weights.tobytes()) == 1
    message = refused(content.replace(weights.tobytes(), damaged.tobytes()))
    assert "NaN or infinity" in message
