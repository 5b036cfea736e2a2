"""A `.tflite` file, checked before any runtime may see it.

Runtimes trust what they load: a wrong index or a short buffer ends the process, not
the call. So every table is read here first, in Python, where a bad offset is an
exception. Format: tensorflow/compiler/mlir/lite/schema/schema.fbs, file identifier TFL3.
"""

import math
from typing import Any

import flatbuffers
from ai_edge_litert import schema_py_generated as schema

from keras_tvscm.errors import InputError

BITS = {
    "FLOAT32": 32,
    "FLOAT16": 16,
    "INT32": 32,
    "UINT8": 8,
    "INT64": 64,
    "BOOL": 8,
    "INT16": 16,
    "COMPLEX64": 64,
    "INT8": 8,
    "FLOAT64": 64,
    "UINT64": 64,
    "UINT32": 32,
    "UINT16": 16,
    "INT4": 4,
}
TYPE_NAMES = {
    number: name for name, number in vars(schema.TensorType).items() if not name.startswith("_")
}
IO_TYPES = ("FLOAT32", "INT8", "UINT8", "INT16")


class _Bad(Exception):
    """What is wrong, in a few words."""


def check(content: bytes) -> Any:
    """Refuse a model that is damaged, or not one row of numbers in and one row out.

    Args:
        content: the bytes of a `.tflite` file.

    Returns:
        The model, unpacked: a `schema.ModelT`.

    Raises:
        InputError: as `read` and `check_ends`.
    """
    model = read(content)
    check_ends(model)
    return model


def read(content: bytes) -> Any:
    """Unpack a model of any kind, and refuse one that is damaged.

    Raises:
        InputError: not a TFLite model; truncated or corrupt.
    """
    if content[4:8] != b"TFL3":
        raise InputError("not a TFLite model: bytes 4 to 8 must be TFL3; give a .tflite file")
    try:
        model = schema.ModelT.InitFromObj(schema.Model.GetRootAs(content, 0))
        _check_tables(model, content)
    except _Bad as error:
        raise InputError(f"damaged TFLite model: {error}; convert it again") from error
    except Exception as error:
        # The reader raises whatever Python raises at a bad offset: struct.error, IndexError,
        # TypeError, MemoryError ... All mean the same.
        raise InputError(
            "truncated or damaged TFLite model: a table points outside the file; convert it again"
        ) from error
    return model


def _check_tables(model: Any, content: bytes) -> None:
    if model.version != 3:
        raise _Bad(f"schema version {model.version}, expected 3")
    if not as_list(model.subgraphs):
        raise _Bad("it holds no graph")
    sizes = [buffer_size(buffer, content) for buffer in as_list(model.buffers)]
    codes = as_list(model.operatorCodes)
    for entry in as_list(model.metadata):
        _check_indices([entry.buffer], sizes, "a metadata's buffer")
    for graph in model.subgraphs:
        tensors = as_list(graph.tensors)
        for tensor in tensors:
            _check_tensor(tensor, sizes)
        operators = as_list(graph.operators)
        for operator in operators:
            _check_indices([operator.opcodeIndex], codes, "an operator's code")
            # -1 stands for an optional input that is left out.
            given = [index for index in as_list(operator.inputs) if index != -1]
            _check_indices(given, tensors, "an operator's input")
            _check_indices(as_list(operator.outputs), tensors, "an operator's output")
        _check_indices(as_list(graph.inputs), tensors, "the graph's input")
        _check_indices(as_list(graph.outputs), tensors, "the graph's output")
        _check_order(graph, tensors, sizes)


def _check_tensor(tensor: Any, sizes: list[int]) -> None:
    _check_indices([tensor.buffer], sizes, "a tensor's buffer")
    bits = BITS.get(TYPE_NAMES.get(tensor.type, ""))
    shape = [int(size) for size in as_list(tensor.shape)]
    if any(size < 0 for size in shape):
        raise _Bad(f"a tensor has shape {shape}")
    size = sizes[tensor.buffer]
    if size and bits and size != -(-math.prod(shape) * bits // 8):
        raise _Bad(f"a tensor of shape {shape} has {size} bytes of data")
    quantization = tensor.quantization
    scales = [] if quantization is None else [float(s) for s in as_list(quantization.scale)]
    if not all(math.isfinite(scale) and scale > 0 for scale in scales):
        raise _Bad("a quantisation scale is not a positive number")
    if len(scales) > 1:
        axis = quantization.quantizedDimension
        if not 0 <= axis < len(shape) or len(scales) != shape[axis]:
            raise _Bad(f"a tensor of shape {shape} has {len(scales)} quantisation scales")
    if scales and len(as_list(quantization.zeroPoint)) not in (0, 1, len(scales)):
        raise _Bad("quantisation scales and zero points differ in number")


def _check_order(graph: Any, tensors: list[Any], sizes: list[int]) -> None:
    """Every tensor is an input, a constant, a variable, or made by an earlier operator."""
    ready = set(as_list(graph.inputs))
    ready |= {i for i, tensor in enumerate(tensors) if sizes[tensor.buffer] or tensor.isVariable}
    for operator in as_list(graph.operators):
        if not set(as_list(operator.inputs)) - {-1} <= ready:
            raise _Bad("an operator reads a tensor that nothing has written")
        ready |= set(as_list(operator.outputs))
    if not set(as_list(graph.outputs)) <= ready:
        raise _Bad("nothing writes the graph's output")


def _check_indices(indices: list[Any], table: list[Any], what: str) -> None:
    if any(not 0 <= index < len(table) for index in indices):
        raise _Bad(f"{what} is number {max(indices)} of {len(table)}")


def buffer_size(buffer: Any, content: bytes) -> int:
    """How many bytes of data a constant has."""
    # Models over 2 GB keep their data behind the tables, at an offset; 0 and 1 mean inside.
    if buffer.offset > 1:
        if buffer.offset + buffer.size > len(content):
            raise _Bad("a buffer reaches past the end of the file")
        return int(buffer.size)
    return len(as_list(buffer.data))


def buffer_data(buffer: Any, content: bytes) -> bytes:
    """A constant's data; empty where a tensor is none."""
    if buffer.offset > 1:
        return content[buffer.offset : buffer.offset + buffer.size]
    return b"" if buffer.data is None else bytes(buffer.data)


def write(model: Any, builder: flatbuffers.Builder | None = None) -> bytes:
    """The bytes of a `.tflite` file that holds a `schema.ModelT`.

    Args:
        model: what to write.
        builder: an empty one that writes in a way of its own; by default, as generated code does.
    """
    builder = builder or flatbuffers.Builder(1024)
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def check_ends(model: Any) -> None:
    """Refuse a model that is not one row of numbers in and one row out.

    Raises:
        InputError: several inputs or outputs; an input or output that is not float32, int8,
            uint8 or int16, or not batch 1.
    """
    graph = model.subgraphs[0]
    for what, indices in (("input", graph.inputs), ("output", graph.outputs)):
        indices = as_list(indices)
        if len(indices) != 1:
            raise InputError(f"the model has {len(indices)} {what}s; expected one tensor")
        tensor = graph.tensors[indices[0]]
        kind = TYPE_NAMES.get(tensor.type, f"type {tensor.type}")
        shape = [int(size) for size in as_list(tensor.shape)]
        if kind not in IO_TYPES:
            raise InputError(
                f"the model's {what} is {kind.lower()}; expected float32, int8, uint8 or int16"
            )
        if len(shape) < 2 or shape[0] != 1 or 0 in shape:
            raise InputError(f"the model's {what} has shape {shape}; expected batch 1: [1, n]")
        if kind != "FLOAT32" and (
            tensor.quantization is None or len(as_list(tensor.quantization.scale)) != 1
        ):
            raise InputError(f"the model's {kind.lower()} {what} has no scale; convert it again")


def as_list(vector: Any) -> list[Any]:
    """A vector of a flatbuffer, which is None where it is left out."""
    return [] if vector is None else list(vector)
