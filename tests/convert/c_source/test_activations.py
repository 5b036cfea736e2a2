"""Activations equal TFLite-Micro's on every number there is, at many scales."""

import keras
import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema

from keras_tvscm.convert.c_source import generate, native
from keras_tvscm.convert.c_source.activations import TABLES
from keras_tvscm.convert.runtimes import load
from keras_tvscm.convert.tflite.flatbuffer import write
from keras_tvscm.convert.tflite.graph import read
from keras_tvscm.convert.tflite.quantize import to_int8
from keras_tvscm.errors import InputError

ALL = np.arange(-128, 128, dtype=np.int8)
OUTPUTS = {"LOGISTIC": (1 / 256, -128), "SOFTMAX": (1 / 256, -128), "TANH": (1 / 128, 0)}
OPTIONS = {
    "HARD_SWISH": schema.HardSwishOptionsT,
    "LEAKY_RELU": schema.LeakyReluOptionsT,
    "SOFTMAX": schema.SoftmaxOptionsT,
}
VERSIONS = {"LEAKY_RELU": 2, "SOFTMAX": 2, "LOGISTIC": 2, "TANH": 2, "RELU6": 2}


def tensor(shape, scale, zero_point):
    made = schema.TensorT()
    made.shape, made.type, made.buffer = list(shape), schema.TensorType.INT8, 0
    made.quantization = schema.QuantizationParametersT()
    made.quantization.scale, made.quantization.zeroPoint = [scale], [zero_point]
    return made


def model_of(name, given, result, shape=(1, 256), **options) -> bytes:
    """A model of one operator, between tensors of (scale, zero point)."""
    code, operator, graph, model = (
        schema.OperatorCodeT(),
        schema.OperatorT(),
        schema.SubGraphT(),
        schema.ModelT(),
    )
    code.builtinCode = getattr(schema.BuiltinOperator, name)
    code.deprecatedBuiltinCode = min(code.builtinCode, 127)
    code.version = VERSIONS.get(name, 1)
    operator.inputs, operator.outputs = [0], [1]
    if name in OPTIONS:
        operator.builtinOptions = OPTIONS[name]()
        kind = OPTIONS[name].__name__.removesuffix("T")
        operator.builtinOptionsType = getattr(schema.BuiltinOptions, kind)
        for key, value in options.items():
            setattr(operator.builtinOptions, key, value)
    graph.tensors = [tensor(shape, *given), tensor(shape, *result)]
    graph.inputs, graph.outputs, graph.operators = [0], [1], [operator]
    model.version, model.operatorCodes, model.subgraphs = 3, [code], [graph]
    model.buffers = [schema.BufferT()]
    return write(model)


def cases():
    draw = np.random.default_rng(0)
    for name in TABLES:
        for _ in range(12):
            given = float(np.float32(10 ** draw.uniform(-3.5, -0.3))), int(draw.integers(-128, 128))
            # From three times coarser to a little finer.
            coarser = given[0] * float(draw.uniform(0.8, 3))
            result = OUTPUTS.get(name, (float(np.float32(coarser)), int(draw.integers(-128, 128))))
            if name == "RELU6":
                result = given
            yield name, given, result, float(np.float32(draw.uniform(0, 0.9)))


@pytest.mark.parametrize("name", TABLES)
def test_every_number_at_many_scales(name):
    for number, given, result, alpha in ((n, g, r, a) for n, g, r, a in cases() if n == name):
        options = {"alpha": alpha} if name == "LEAKY_RELU" else {}
        content = model_of(number, given, result, **options)
        expected = native.stored_outputs(load("tflm", content), content, ALL[None])[0]
        operator = read(content).operators[0]
        table = TABLES[name](operator.given[0], operator.outputs[0], operator.options)
        np.testing.assert_array_equal(np.clip(table, -128, 127), expected, f"{given} {result}")


@pytest.mark.parametrize(
    "name, given, result",
    [
        # The quotient is 2.5 in float32, less in float64; 0.2 times that 0.5, and less.
        ("RELU", (0.0673, 0), (0.02692, 0)),
        ("LEAKY_RELU", (0.0343, 0), (0.01372, 0)),
        # Of the multipliers 16 bits are taken, which differ in the last.
        ("HARD_SWISH", (0.036, -72), (0.030273, -120)),
    ],
)
def test_scales_are_divided_in_float64(name, given, result):
    options = {"alpha": 0.2} if name == "LEAKY_RELU" else {}
    content = model_of(name, given, result, **options)
    expected = native.stored_outputs(load("tflm", content), content, ALL[None])
    np.testing.assert_array_equal(native.run(generate(content), ALL[None]), expected)


@pytest.mark.parametrize("depth", [1, 2, 10, 300])
@pytest.mark.parametrize("scale", [0.002, 0.11, 1.7])
def test_softmax_of_any_rows(depth, scale):
    content = model_of("SOFTMAX", (scale, 5), OUTPUTS["SOFTMAX"], (1, 3, depth), beta=1.0)
    rows = native.drawn_rows(content, 60)
    rows[0], rows[1] = 127, -128  # all alike: as large a sum as there is
    expected = native.stored_outputs(load("tflm", content), content, rows)
    found = native.run(generate(content), rows, ("-fsanitize=undefined",))
    np.testing.assert_array_equal(found, expected)
    assert depth == 1 or len(np.unique(expected)) > 4 or scale == 0.002


def test_what_no_kernel_takes_is_one_line():
    with pytest.raises(InputError, match="LOGISTIC gives 0 to 255/256"):
        generate(model_of("LOGISTIC", (0.1, 0), (1 / 256, 0)))
    with pytest.raises(InputError, match="SOFTMAX gives 0 to 255/256"):
        generate(model_of("SOFTMAX", (0.1, 0), (1 / 128, -128), beta=1.0))
    with pytest.raises(InputError, match="far too small"):
        generate(model_of("SOFTMAX", (1e-9, 0), (1 / 256, -128), beta=1.0))
    with pytest.raises(InputError, match=r"LEAKY_RELU of -0\.5 is not known in C"):
        generate(model_of("LEAKY_RELU", (0.1, 0), (0.1, 0), alpha=-0.5))
    with pytest.raises(
        InputError, match=r"CUMSUM is not known in C \(int8; docs/guides/c.md .*: replace the"
    ):
        generate(model_of("CUMSUM", (0.1, 0), (0.1, 0)))


@pytest.mark.parametrize("end", ["uint8", "float32"])
def test_other_types_at_the_ends(end):
    model = keras.Sequential([keras.Input((12,), batch_size=1), keras.layers.Dense(7)])
    x = np.random.default_rng(0).normal(size=(40, 12)).astype(np.float32)
    content = to_int8(model, x, end)
    source = generate(content, "m")
    rows = native.drawn_rows(content, 300)
    if end == "float32":
        step = np.float32(read(content).operators[0].outputs[0].scale)
        # Halves of a step, and what is beyond the range.
        halves = (np.arange(-300, 300) + np.float32(0.5)) * step
        rows = np.concatenate([rows, np.resize(halves, (50, 12)), np.full((1, 12), 1e6)])
        rows = rows.astype(np.float32)
    assert (source.input_dtype, source.output_dtype) == (end, end)
    assert ("M_INPUT_SCALE" in source.header) == (end == "uint8")
    expected = native.stored_outputs(load("tflm", content), content, rows)
    found = native.run(source, rows, ("-fsanitize=undefined",))
    np.testing.assert_array_equal(found.view(np.uint8), expected.view(np.uint8))
