import random

import pytest
from ai_edge_litert import schema_py_generated as schema

from keras_tvscm.convert.tflite import flatbuffer
from keras_tvscm.errors import InputError


def unpacked(content):
    return schema.ModelT.InitFromObj(schema.Model.GetRootAs(content, 0))


@pytest.mark.parametrize("name", ["float32", "int8", "rfft"])
def test_accepts_what_the_converter_writes(linear, name):
    flatbuffer.check(linear.read(name))
    flatbuffer.check(flatbuffer.write(unpacked(linear.read(name))))


@pytest.mark.parametrize("content", [b"", b"TFL3", b"\0\0\0\0TFL3", b"PK\3\4" + bytes(60)])
def test_refuses_what_is_no_model(content):
    with pytest.raises(InputError):
        flatbuffer.check(content)


def test_refuses_every_truncation(linear):
    content = linear.read("int8")
    for length in range(0, len(content) - 16, 7):
        with pytest.raises(InputError):
            flatbuffer.check(content[:length])


def test_damage_is_an_input_error_or_harmless(linear):
    draw = random.Random(0)
    refused = 0
    for _ in range(500):
        content = bytearray(linear.read("int8"))
        for _ in range(draw.choice([1, 3, 10])):
            content[draw.randrange(len(content))] ^= 1 << draw.randrange(8)
        try:
            flatbuffer.check(bytes(content))
        except InputError as error:
            assert "\n" not in str(error)
            refused += 1
    assert refused > 100


def change_buffer(model):
    model.subgraphs[0].tensors[0].buffer = 99


def change_shape(model):
    constant = next(
        t for t in model.subgraphs[0].tensors if model.buffers[t.buffer].data is not None
    )
    constant.shape = [7, 7]


def change_operator(model):
    model.subgraphs[0].operators[0].opcodeIndex = 5


def change_input(model):
    model.subgraphs[0].operators[0].inputs = [0, 1, 99]


def change_negative_index(model):
    model.subgraphs[0].operators[0].inputs = [0, 1, -2]


def change_order(model):
    model.subgraphs[0].operators[0].inputs = [len(model.subgraphs[0].tensors) - 1]


def change_version(model):
    model.version = 2


def change_scale(model):
    model.subgraphs[0].tensors[0].quantization.scale = [float("nan")]


def change_graphs(model):
    model.subgraphs = []


@pytest.mark.parametrize(
    "change",
    [value for name, value in globals().items() if name.startswith("change_")],
)
def test_refuses_tables_that_disagree(linear, change):
    model = unpacked(linear.read("int8"))
    change(model)
    with pytest.raises(InputError, match=r"damaged TFLite model: .*; convert it again"):
        flatbuffer.check(flatbuffer.write(model))


def test_refuses_several_inputs(linear):
    model = unpacked(linear.read("int8"))
    model.subgraphs[0].inputs = [0, 0]
    with pytest.raises(InputError, match="2 inputs; expected one"):
        flatbuffer.check(flatbuffer.write(model))


def test_refuses_another_type_and_batch(linear):
    model = unpacked(linear.read("float32"))
    model.subgraphs[0].tensors[model.subgraphs[0].inputs[0]].type = schema.TensorType.INT64
    with pytest.raises(InputError, match="input is int64; expected float32, int8, uint8 or int16"):
        flatbuffer.check(flatbuffer.write(model))
    model = unpacked(linear.read("float32"))
    model.subgraphs[0].tensors[model.subgraphs[0].outputs[0]].shape = [4, 3]
    with pytest.raises(InputError, match=r"output has shape \[4, 3\]; expected batch 1"):
        flatbuffer.check(flatbuffer.write(model))
