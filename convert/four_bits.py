"""Convolutions of two values a channel in four bits a weight: half their bytes.

Heads, and the convolutions that compute TVSCM layers, hold zero and two values in each output
channel. Of these, whole numbers up to 7 need to keep the ratio alone, the channel's scale keeps
the size: j / i, at most a fourteenth off and mostly far less, which the gate judges.

CONV_2D takes such weights from version 7 on (TensorFlow Lite 2.11). Format: two weights a byte,
the first in the lower half, in two's complement.
"""

from fractions import Fraction
from typing import Any

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema
from numpy.typing import NDArray

from keras_tvscm.errors import InputError

from .compact import compact

MOST = 7
VERSION = 7
RATIOS = sorted({Fraction(j, i) for i in range(1, MOST + 1) for j in range(i + 1)})


def with_four_bits(content: bytes) -> bytes:
    """An int8 model whose convolutions of two values a channel hold them in four bits.

    Raises:
        InputError: it has none.
    """
    model = schema.ModelT.InitFromPackedBuf(content, 0)
    graph, found = model.subgraphs[0], False
    for operator in graph.operators:
        code = model.operatorCodes[operator.opcodeIndex]
        if code.builtinCode == schema.BuiltinOperator.CONV_2D and _pack(model, graph, operator):
            code.version, found = VERSION, True
    if not found:
        raise InputError(
            "int8x4 is for convolutions of two values a channel, of which this model has none; "
            "convert it to int8"
        )
    builder = flatbuffers.Builder(len(content))
    builder.Finish(model.Pack(builder), b"TFL3")
    return compact(bytes(builder.Output()))


def _pack(model: schema.ModelT, graph: schema.SubGraphT, operator: schema.OperatorT) -> bool:
    """Rewrite one convolution's weights, their scales and the bias; False where it cannot be."""
    source, weights, bias = (graph.tensors[index] for index in operator.inputs)
    stored = _numbers(model, weights, np.int8)
    if weights.type != schema.TensorType.INT8 or stored is None:
        return False
    channels = stored.reshape(weights.shape[0], -1)
    if any(len(np.unique(np.abs(channel[channel != 0]))) > 2 for channel in channels):
        return False
    steps = np.array([whole(channel) for channel in channels])
    old = np.asarray(weights.quantization.scale, np.float64) * np.ones(len(channels))
    products, squares = (steps * channels).sum(axis=1), (steps**2).sum(axis=1)
    new = (old * np.where(squares, products / np.maximum(squares, 1), 1.0)).astype(np.float32)

    halves = np.append(steps.ravel(), 0)[: steps.size + steps.size % 2].reshape(-1, 2) & 15
    _store(model, weights, (halves[:, 0] | halves[:, 1] << 4).astype(np.uint8))
    weights.type = schema.TensorType.INT4
    weights.quantization.scale = new
    weights.quantization.zeroPoint = np.zeros(len(new), np.int64)
    sums = _numbers(model, bias, np.int32)
    if sums is not None:
        _store(model, bias, np.round(sums * (old / new)).astype(np.int32))
        bias.quantization.scale = (source.quantization.scale[0] * new).astype(np.float32)
        bias.quantization.zeroPoint = np.zeros(len(new), np.int64)
    return True


def whole(channel: NDArray[np.int8]) -> NDArray[np.int64]:
    """Numbers from -7 to 7 in the ratio of the channel's one or two values, as near as can be."""
    sizes = np.abs(channel.astype(np.int64))
    large, small = sizes.max(), sizes[sizes > 0].min(initial=127)
    if not large:
        return sizes
    ratio = min(RATIOS, key=lambda one: abs(one - Fraction(int(small), int(large))))
    found = np.where(sizes == large, ratio.denominator, np.where(sizes, ratio.numerator, 0))
    return found * np.sign(channel.astype(np.int64))


def _numbers(model: schema.ModelT, tensor: schema.TensorT, dtype: Any) -> Any:
    data = model.buffers[tensor.buffer].data
    return None if data is None else np.frombuffer(np.asarray(data, np.uint8).tobytes(), dtype)


def _store(model: schema.ModelT, tensor: schema.TensorT, numbers: NDArray[Any]) -> None:
    """In a buffer of its own, as another tensor may share the old one."""
    buffer = schema.BufferT()
    buffer.data = np.frombuffer(numbers.tobytes(), np.uint8)
    model.buffers.append(buffer)
    tensor.buffer = len(model.buffers) - 1
