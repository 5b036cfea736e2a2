"""Convolutions of two values a channel in four bits a weight: half their bytes.

Heads, and the convolutions that compute TVSCM layers, hold zero and two values in each output
channel. Of these, whole numbers up to 7 need to keep the ratio alone, the channel's scale keeps
the size: j / i, at most a fourteenth off and mostly far less, which the gate judges.

CONV_2D takes such weights from version 7 on (TensorFlow Lite 2.11). Format: two weights a byte,
the first in the lower half, in two's complement.
"""

from copy import copy
from fractions import Fraction
from typing import Any

import numpy as np
from ai_edge_litert import schema_py_generated as schema
from numpy.typing import NDArray

from keras_tvscm.errors import InputError

from .compact import compact, drop_unread
from .flatbuffer import write

MOST = 7
VERSION = 7
RATIOS = sorted({Fraction(j, i) for i in range(1, MOST + 1) for j in range(i + 1)})


def with_four_bits(content: bytes) -> bytes:
    """An int8 model whose convolutions of two values a channel hold them in four bits.

    Raises:
        InputError: it has none.
    """
    model = schema.ModelT.InitFromPackedBuf(content, 0)
    graph, narrowed = model.subgraphs[0], False
    for operator in graph.operators:
        code = model.operatorCodes[operator.opcodeIndex]
        if code.builtinCode == schema.BuiltinOperator.CONV_2D and _pack(model, graph, operator):
            code.version, narrowed = VERSION, True
    if not narrowed:
        raise InputError(
            "int8x4 is for convolutions of two values a channel, of which this model has none; "
            "convert it to int8"
        )
    drop_unread(graph, model.signatureDefs or ())
    return compact(write(model))


def _pack(model: schema.ModelT, graph: schema.SubGraphT, operator: schema.OperatorT) -> bool:
    """Give one convolution weights of four bits and a bias to match; False where it cannot be."""
    source, weights, bias = (graph.tensors[index] for index in operator.inputs)
    data = model.buffers[weights.buffer].data
    if weights.type != schema.TensorType.INT8 or data is None:
        return False
    channels = np.frombuffer(data.tobytes(), np.int8).reshape(weights.shape[0], -1)
    if any(len(np.unique(np.abs(channel[channel != 0]))) > 2 for channel in channels):
        return False
    steps = np.array([whole(channel) for channel in channels])
    old = np.asarray(weights.quantization.scale, np.float64) * np.ones(len(channels))
    products, squares = (steps * channels).sum(axis=1), (steps**2).sum(axis=1)
    new = old * np.where(squares, products / np.maximum(squares, 1), 1.0)
    halves = np.append(steps.ravel(), 0)[: steps.size + steps.size % 2].reshape(-1, 2) & 15
    packed = (halves[:, 0] | halves[:, 1] << 4).astype(np.uint8)
    sums = np.frombuffer(model.buffers[bias.buffer].data.tobytes(), np.int32)
    sums = np.round(sums * (old / new)).astype(np.int32)
    # New tensors, as another convolution may read the old ones.
    operator.inputs = [
        operator.inputs[0],
        _added(model, graph, weights, schema.TensorType.INT4, packed, new),
        _added(model, graph, bias, bias.type, sums, source.quantization.scale[0] * new),
    ]
    return True


def _added(
    model: schema.ModelT,
    graph: schema.SubGraphT,
    like: schema.TensorT,
    kind: int,
    numbers: NDArray[Any],
    scale: NDArray[np.float64],
) -> int:
    """A constant as `like`, but for its numbers and their type and scales: its index."""
    buffer, tensor = schema.BufferT(), copy(like)
    buffer.data = np.frombuffer(numbers.tobytes(), np.uint8)
    model.buffers.append(buffer)
    tensor.buffer, tensor.type = len(model.buffers) - 1, kind
    tensor.quantization = copy(like.quantization)
    tensor.quantization.scale = scale.astype(np.float32)
    tensor.quantization.zeroPoint = np.zeros(len(scale), np.int64)
    graph.tensors.append(tensor)
    return len(graph.tensors) - 1


def whole(channel: NDArray[np.int8]) -> NDArray[np.int64]:
    """Numbers from -7 to 7 in the ratio of the channel's one or two values, as near as can be."""
    sizes = np.abs(channel.astype(np.int64))
    large, small = sizes.max(), sizes[sizes > 0].min(initial=127)
    if not large:
        return sizes
    ratio = min(RATIOS, key=lambda candidate: abs(candidate - Fraction(int(small), int(large))))
    magnitudes = np.where(sizes == large, ratio.denominator, np.where(sizes, ratio.numerator, 0))
    return magnitudes * np.sign(channel.astype(np.int64))
