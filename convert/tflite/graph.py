"""A `.tflite` model as operators that read and write tensors."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from ai_edge_litert import schema_py_generated as schema
from numpy.typing import NDArray

from . import flatbuffer
from .flatbuffer import TYPE_NAMES, as_list

DTYPES = {
    "FLOAT32": np.float32,
    "FLOAT16": np.float16,
    "FLOAT64": np.float64,
    "COMPLEX64": np.complex64,
    "BOOL": np.bool_,
    "INT8": np.int8,
    "INT16": np.int16,
    "INT32": np.int32,
    "INT64": np.int64,
    "UINT8": np.uint8,
    "UINT16": np.uint16,
    "UINT32": np.uint32,
    "UINT64": np.uint64,
}


def _names(enumeration: type) -> dict[int, str]:
    return {number: name for name, number in vars(enumeration).items() if name[0] != "_"}


OPERATORS = _names(schema.BuiltinOperator)
ACTIVATIONS = _names(schema.ActivationFunctionType)


@dataclass(frozen=True, eq=False)
class Tensor:
    """A tensor of the file: real = scale * (stored - zero_point), where it is quantised.

    Attributes:
        shape: batch included.
        dtype: TFLite's name in small letters: `"int8"`, `"float32"`, ...
        scales: float32, one or one per channel; empty where numbers are stored as they are.
        zero_points: int64, one or one per channel; empty where there is none.
        data: of a constant, in its shape; else None. Four bits are kept in int8; the bytes of
            a type that NumPy lacks are kept as they are.
    """

    shape: tuple[int, ...]
    dtype: str
    scales: NDArray[np.float32]
    zero_points: NDArray[np.int64]
    data: NDArray[Any] | None = None

    @property
    def size(self) -> int:
        return math.prod(self.shape)

    @property
    def scale(self) -> float:
        """Of a quantised tensor, for all its channels."""
        return float(self.scales[0])

    @property
    def zero_point(self) -> int:
        return int(self.zero_points[0]) if len(self.zero_points) else 0

    @property
    def step(self) -> float | None:
        """What one step of the stored numbers is worth; None where they are real ones."""
        return None if self.dtype == "float32" else self.scale

    def quantize(self, x: NDArray[np.float32]) -> NDArray[Any]:
        """Stored numbers, (rows, *shape), of x, (rows, size), batch 1: half to even, clipped."""
        rows = x.reshape(len(x), *self.shape)
        if self.step is None:
            return rows.astype(np.float32)
        limits = np.iinfo(self.dtype)
        steps = np.round(rows / np.float64(self.scale)) + self.zero_point
        return np.clip(steps, limits.min, limits.max).astype(self.dtype)

    def dequantize(self, stored: NDArray[Any]) -> NDArray[np.float32]:
        """Float32 (rows, size) of stored numbers, (rows, *shape), batch 1."""
        rows = stored.reshape(len(stored), self.size)
        if self.step is None:
            return rows.astype(np.float32)
        return ((rows.astype(np.float64) - self.zero_point) * self.scale).astype(np.float32)


@dataclass(frozen=True, eq=False)
class Operator:
    """An operator.

    Attributes:
        name: TFLite's; a custom operator's own, after `CUSTOM `.
        version: of the operator; higher ones need newer runtimes.
        options: the file's table of them, or None.
        inputs: in TFLite's order; optional ones that are left out are None.
        outputs: in TFLite's order.
    """

    name: str
    version: int
    options: Any
    inputs: tuple[Tensor | None, ...]
    outputs: tuple[Tensor, ...]

    @property
    def activation(self) -> str | None:
        """TFLite's name of the activation that is fused, or None."""
        fused = getattr(self.options, "fusedActivationFunction", 0)
        name = ACTIVATIONS.get(fused, "?")
        return None if name == "NONE" else name

    @property
    def given(self) -> tuple[Tensor, ...]:
        """The inputs that are not left out."""
        return tuple(tensor for tensor in self.inputs if tensor is not None)


@dataclass(frozen=True, eq=False)
class Graph:
    """The main graph of a model.

    Attributes:
        inputs, outputs: its ends.
        operators: in the order in which they run.
        others: how many graphs more the file holds, for control flow.
    """

    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]
    operators: tuple[Operator, ...]
    others: int

    @property
    def input(self) -> Tensor:
        return self.inputs[0]

    @property
    def output(self) -> Tensor:
        return self.outputs[0]


def read(content: bytes) -> Graph:
    """Read a model of one row of numbers in and one row out.

    Raises:
        InputError: as `flatbuffer.check`.
    """
    return graph_of(flatbuffer.check(content), content)


def input_and_output(content: bytes) -> tuple[Tensor, Tensor]:
    """Input and output of a model, as `read`."""
    graph = read(content)
    return graph.input, graph.output


def graph_of(model: Any, content: bytes) -> Graph:
    """The main graph of a model that `flatbuffer.read` has unpacked from these bytes."""
    graph = model.subgraphs[0]
    tensors = [_tensor(tensor, model, content) for tensor in as_list(graph.tensors)]
    operators = []
    for operator in as_list(graph.operators):
        code = model.operatorCodes[operator.opcodeIndex]
        inputs = (tensors[i] if i >= 0 else None for i in as_list(operator.inputs))
        outputs = (tensors[i] for i in as_list(operator.outputs))
        operators.append(
            Operator(
                operator_name(code),
                code.version,
                operator.builtinOptions,
                tuple(inputs),
                tuple(outputs),
            )
        )
    return Graph(
        tuple(tensors[i] for i in as_list(graph.inputs)),
        tuple(tensors[i] for i in as_list(graph.outputs)),
        tuple(operators),
        len(model.subgraphs) - 1,
    )


def operator_name(code: Any) -> str:
    """The name of an `OperatorCodeT`."""
    # Old files hold the code in the narrower field alone.
    number = max(code.builtinCode, code.deprecatedBuiltinCode)
    name = OPERATORS.get(number, f"OPERATOR {number}")
    if name != "CUSTOM":
        return name
    own = (code.customCode or b"?").decode("utf-8", "replace")
    return "CUSTOM " + "".join(letter if letter.isprintable() else "?" for letter in own[:40])


def _tensor(tensor: Any, model: Any, content: bytes) -> Tensor:
    kind = TYPE_NAMES.get(tensor.type, f"type {tensor.type}")
    shape = tuple(int(size) for size in as_list(tensor.shape))
    quantization = tensor.quantization
    scales = [] if quantization is None else as_list(quantization.scale)
    zeros = [] if quantization is None else as_list(quantization.zeroPoint)
    raw = flatbuffer.buffer_data(model.buffers[tensor.buffer], content)
    return Tensor(
        shape,
        kind.lower(),
        np.array(scales, np.float32),
        np.array(zeros, np.int64),
        _numbers(raw, kind, shape) if len(raw) else None,
    )


def _numbers(raw: bytes, kind: str, shape: tuple[int, ...]) -> NDArray[Any]:
    """A constant's numbers; `flatbuffer.read` has seen that there are as many as in the shape."""
    if kind == "INT4":
        # Two to a byte, the first in its lower half.
        pairs = np.frombuffer(raw, np.int8)
        halves = np.stack([pairs << 4 >> 4, pairs >> 4], axis=1).astype(np.int8)
        return halves.ravel()[: math.prod(shape)].reshape(shape)
    if kind in DTYPES:
        return np.frombuffer(raw, DTYPES[kind]).reshape(shape)
    return np.frombuffer(raw, np.uint8)
