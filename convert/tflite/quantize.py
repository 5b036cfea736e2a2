"""From a lowered Keras model to TFLite bytes, float32 or full-integer int8."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from io import StringIO
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from ai_edge_litert import schema_py_generated as schema
from numpy.typing import NDArray

from keras_tvscm.errors import CheckError, InputError
from keras_tvscm.quiet import captured

from .compact import compact
from .four_bits import with_four_bits

SUMS = (schema.BuiltinOperator.ADD, schema.BuiltinOperator.SUB)
PRODUCTS = (
    schema.BuiltinOperator.MUL,
    schema.BuiltinOperator.CONV_2D,
    schema.BuiltinOperator.FULLY_CONNECTED,
)
# Types of input and output.
IO_DTYPES = {"int8": tf.int8, "uint8": tf.uint8, "int16": tf.int16, "float32": tf.float32}


def to_float32(model: keras.Model) -> bytes:
    """TFLite bytes with float32 weights and activations, built-in operators alone."""
    return _convert(_converter(model))


def to_int8(
    model: keras.Model,
    calibration: NDArray[np.float32],
    io_dtype: str = "int8",
    one_scale: bool = False,
) -> bytes:
    """Full-integer int8 TFLite bytes by post-training quantisation.

    Every tensor is int8 (biases int32), but for the input and the output where `io_dtype` is
    another type. The ranges of the activations are those that the calibration samples, float32
    (rows, n), produce.

    Args:
        model: lowered.
        calibration: float32 (rows, n).
        io_dtype: type of input and output, a key of `IO_DTYPES`; `"uint8"` and `"float32"` put a
            QUANTIZE behind the one and before the other.
        one_scale: whether the weights of a fully-connected layer have one scale, not one an output:
            the XNNPACK of TensorFlow Lite 2.16, the last one on Maven Central, leaves others to
            the built-in kernels, which take five times as long.

    Raises:
        InputError: an operator that TFLite lacks, or has in float alone.
        CheckError: a layer that gives nothing but zero on every sample.
    """
    int8 = tf.lite.OpsSet.TFLITE_BUILTINS_INT8
    return _quantised(model, calibration, int8, io_dtype, one_scale)


def to_int8x4(
    model: keras.Model,
    calibration: NDArray[np.float32],
    io_dtype: str = "int8",
    one_scale: bool = False,
) -> bytes:
    """The same with weights of four bits in convolutions of two values (see `four_bits`)."""
    return with_four_bits(to_int8(model, calibration, io_dtype, one_scale))


def to_int16x8(
    model: keras.Model,
    calibration: NDArray[np.float32],
    io_dtype: str = "int16",
    one_scale: bool = False,
) -> bytes:
    """As `to_int8`, with int16 activations and int64 biases.

    256 times finer between the layers, at some twice the memory there. LiteRT and TFLite-Micro
    have no such kernels for some operators (GATHER on TFLite-Micro), and XNNPACK has none.
    """
    int16 = tf.lite.OpsSet.EXPERIMENTAL_TFLITE_BUILTINS_ACTIVATIONS_INT16_WEIGHTS_INT8
    return _quantised(model, calibration, int16, io_dtype, one_scale)


def _quantised(
    model: keras.Model,
    calibration: NDArray[np.float32],
    kernels: Any,
    io_dtype: str,
    one_scale: bool,
) -> bytes:
    shape = model.inputs[0].shape

    def samples() -> Iterator[list[NDArray[np.float32]]]:
        for row in calibration:
            yield [row.reshape(shape)]

    def converted() -> bytes:
        converter = _converter(model)
        converter._experimental_disable_per_channel_quantization_for_dense_layers = one_scale
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.target_spec.supported_ops = [kernels]
        converter.inference_input_type = converter.inference_output_type = IO_DTYPES[io_dtype]
        converter.representative_dataset = samples
        return _convert(converter)

    content = converted()
    if _float_operators(content):
        with _numbered(model):
            content = converted()
    if left := _float_operators(content):
        raise InputError(
            f"the model cannot be int8 throughout: TFLite computes {', '.join(left)} in float; "
            "convert it to float32, or choose another lowering"
        )
    _refuse_vanishing_ranges(content)
    return content


@contextmanager
def _numbered(model: keras.Model) -> Iterator[None]:
    """Layers with names that stay apart.

    The converter keeps ranges by name, and takes a second `flatten`, which it calls `flatten_1`,
    for the layer of that name: one of the two then has no range, and is left in float.
    """
    names = [layer.name for layer in model.layers]
    for number, layer in enumerate(model.layers):
        layer.name = f"{names[number]}.{number}"
    try:
        yield
    finally:
        for name, layer in zip(names, model.layers, strict=True):
            layer.name = name


def _float_operators(content: bytes) -> list[str]:
    """Names of those without an int8 kernel: the converter lets them compute in float."""
    model = schema.ModelT.InitFromPackedBuf(content, 0)
    codes = [code.builtinCode for code in model.operatorCodes]
    floats = (schema.TensorType.FLOAT32, schema.TensorType.COMPLEX64)
    names = {value: name for name, value in vars(schema.BuiltinOperator).items()}
    left_in_float = {
        names[codes[operator.opcodeIndex]]
        for graph in model.subgraphs
        for operator in graph.operators
        if any(graph.tensors[index].type in floats for index in operator.outputs)
    }
    return sorted(left_in_float - {"DEQUANTIZE"})


def _refuse_vanishing_ranges(content: bytes) -> None:
    """Kernels end the process, or refuse, over a range far smaller than what it is made of.

    Raises:
        CheckError: there is one, as in a network whose ReLUs never fire.
    """
    model = schema.ModelT.InitFromPackedBuf(content, 0)
    codes = [code.builtinCode for code in model.operatorCodes]
    for graph in model.subgraphs:

        def scale(index: int, graph: schema.SubGraphT = graph) -> float:
            scales = getattr(graph.tensors[index].quantization, "scale", None)
            return 0.0 if scales is None else float(np.max(scales))

        for operator in graph.operators:
            code, output = codes[operator.opcodeIndex], scale(operator.outputs[0])
            terms = [scale(index) for index in operator.inputs]
            # The kernels' own bounds. They shift the terms of a sum left by 20 bits.
            small = code in SUMS and not output * 2**20 > 2 * max(terms)
            small |= code in PRODUCTS and not output * 2**8 > terms[0] * terms[1]
            if small:
                raise CheckError(
                    "a layer of the network gives nothing but zero on every calibration row, so "
                    "int8 has no range for it: do its ReLUs ever fire? nothing written"
                )


def _converter(model: keras.Model) -> tf.lite.TFLiteConverter:
    with captured():
        converter = tf.lite.TFLiteConverter.from_keras_model(model)
    # Neither SELECT_TF nor custom operators: they need a special runtime on the device.
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS]
    converter.allow_custom_ops = False
    return converter


def _convert(converter: tf.lite.TFLiteConverter) -> bytes:
    logger = tf.get_logger()
    level = logger.level
    # In a notebook it writes past what is captured.
    logger.setLevel("ERROR")
    try:
        # Keras' export announces itself on standard output.
        with captured(), warnings.catch_warnings(), redirect_stdout(StringIO()):
            warnings.simplefilter("ignore")
            content: bytes = converter.convert()
    # The converter's own error class is not public, and prints a page.
    except Exception as error:
        reason = " ".join(str(error).split())
        raise InputError(
            f"TFLite's built-in operators cannot express this model: {reason[:200]}"
        ) from error
    finally:
        logger.setLevel(level)
    graph = schema.ModelT.InitFromPackedBuf(content, 0).subgraphs[0]
    if not any(graph.inputs[0] in operator.inputs for operator in graph.operators):
        raise InputError(
            "The network's outputs do not depend on its inputs, as a layer's values are zero; "
            "train it again"
        )
    return compact(content)
