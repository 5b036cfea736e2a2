"""An int8 or float32 `.tflite` model, read for the generator of C."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from ai_edge_litert import schema_py_generated as schema
from numpy.typing import NDArray

from keras_tvscm.errors import InputError

from . import flatbuffer
from .flatbuffer import TYPE_NAMES, as_list
from .operators import ACTIVATIONS, operator_name

# Numbers of a tensor; some gigabytes are needed to translate it.
LARGEST = 2**24
DTYPES = {"INT8": np.int8, "INT32": np.int32, "FLOAT32": np.float32}


@dataclass(frozen=True, eq=False)
class Tensor:
    """A tensor of the file.

    Attributes:
        shape: batch included.
        dtype: `"int8"`, `"int32"` or `"float32"`; others by TFLite's name in small letters.
            Constants of four bits are int8.
        scales: float32, one or one per channel; empty where there is none.
        zero_point: of the numbers that the scales are for.
        data: of a constant, in its shape; else None.
    """

    shape: tuple[int, ...]
    dtype: str
    scales: NDArray[np.float32]
    zero_point: int
    data: NDArray[Any] | None

    @property
    def scale(self) -> float:
        return float(self.scales[0])


@dataclass(frozen=True, eq=False)
class Node:
    """An operator; optional inputs that are left out are None."""

    name: str
    options: Any
    inputs: list[Tensor | None]
    outputs: list[Tensor]

    @property
    def activation(self) -> str:
        return ACTIVATIONS.get(getattr(self.options, "fusedActivationFunction", 0), "?")


@dataclass(frozen=True, eq=False)
class Graph:
    """A model of one graph."""

    input: Tensor
    output: Tensor
    nodes: list[Node]


def read(content: bytes) -> Graph:
    """Read a model, and refuse one that is not int8 or float32 throughout.

    Raises:
        InputError: as `flatbuffer.check`; other types; several graphs.
    """
    model = flatbuffer.check(content)
    if len(model.subgraphs) != 1:
        raise InputError(f"the model holds {len(model.subgraphs)} graphs; C is written of one")
    graph = model.subgraphs[0]
    tensors = [_tensor(tensor, model, content) for tensor in as_list(graph.tensors)]
    nodes = [
        Node(
            operator_name(model.operatorCodes[operator.opcodeIndex]),
            operator.builtinOptions,
            [tensors[i] if i >= 0 else None for i in as_list(operator.inputs)],
            [tensors[i] for i in as_list(operator.outputs)],
        )
        for operator in as_list(graph.operators)
    ]
    ends = tensors[graph.inputs[0]], tensors[graph.outputs[0]]
    kinds = sorted({one.dtype for one in ends})
    if kinds not in (["int8"], ["float32"]):
        raise InputError(
            f"the model's input and output are {' and '.join(kinds)}; C is written of models that "
            "are int8 (or float32) throughout: convert with --dtype int8"
        )
    return Graph(*ends, nodes)


def _tensor(tensor: Any, model: Any, content: bytes) -> Tensor:
    kind = TYPE_NAMES.get(tensor.type, f"type {tensor.type}")
    shape = tuple(int(size) for size in as_list(tensor.shape))
    quantization = tensor.quantization
    scales = np.array([] if quantization is None else as_list(quantization.scale), np.float32)
    zeros = [] if quantization is None else as_list(quantization.zeroPoint)
    zero = int(zeros[0]) if zeros else 0
    if math.prod(shape) > LARGEST:
        raise InputError(f"the model has a tensor of shape {shape}, too large for generated C")
    if kind == "INT8" and (any(one != zero for one in zeros) or not -128 <= zero <= 127):
        raise InputError("the model has a zero point for each channel, or one beyond int8")
    raw = _data(model.buffers[tensor.buffer], content)
    data = None
    if len(raw) and kind == "INT4":
        # Two to a byte, the first in its lower half; C keeps them as int8.
        pairs = np.frombuffer(raw, np.int8)
        halves = np.stack([pairs << 4 >> 4, pairs >> 4], axis=1).astype(np.int8)
        data, kind = halves.ravel()[: math.prod(shape)].reshape(shape), "INT8"
    elif len(raw) and kind in DTYPES:
        data = np.frombuffer(raw, DTYPES[kind]).reshape(shape)
        if not np.isfinite(data).all():
            raise InputError("the model's weights hold NaN or infinity; train it again")
    return Tensor(shape, kind.lower(), scales, zero, data)


def _data(buffer: schema.BufferT, content: bytes) -> bytes:
    # Models over 2 GB keep their data behind the tables.
    if buffer.offset > 1:
        return content[buffer.offset : buffer.offset + buffer.size]
    return b"" if buffer.data is None else bytes(buffer.data)
