"""TFLite bytes without what no runtime reads, and with what is equal stored once."""

from collections.abc import Iterable
from typing import Any

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema
from numpy.typing import NDArray

from .flatbuffer import write

# The oldest runtime that will do stays: runtimes and tools ask for it.
KEPT_METADATA = (b"min_runtime_version",)


def compact(content: bytes) -> bytes:
    """Drop the inner tensors' names, the converter's log and empty buffers; share equal parts.

    What is computed, and the names of input, output and signature, stay as they are. On
    a network of a few kilobytes this is a tenth of the file, on one of many operators a third.
    """
    model = schema.ModelT.InitFromPackedBuf(content, 0)
    model.metadata = [entry for entry in model.metadata or [] if entry.name in KEPT_METADATA]
    kept = [model.buffers[0]]  # by convention the empty one
    for number, graph in enumerate(model.subgraphs):
        place = _merge_constants(graph, model.buffers)
        for signature in model.signatureDefs or []:
            if signature.subgraphIndex == number:
                for end in (*signature.inputs, *signature.outputs):
                    end.tensorIndex = place[end.tensorIndex]
        for index, tensor in enumerate(graph.tensors):
            if index not in (*graph.inputs, *graph.outputs):
                tensor.name = None
            if np.array_equal(tensor.shape, tensor.shapeSignature):
                tensor.shapeSignature = None
            if tensor.shape is not None and len(tensor.shape):
                tensor.hasRank = False  # only tells a scalar from a tensor of unknown rank
            tensor.buffer = _keep(model.buffers[tensor.buffer], kept)
    for entry in model.metadata:
        entry.buffer = _keep(model.buffers[entry.buffer], kept)
    model.buffers = kept
    _share_tables(model)
    return write(model, _SharingBuilder(len(content)))


def strip(content: bytes) -> bytes:
    """Drop what programs that address a model by numbers alone do not read either.

    That is names, signature, description and metadata; and the shapes that RESHAPE reads as a
    tensor, which stand in its options then.
    """
    model = schema.ModelT.InitFromPackedBuf(content, 0)
    model.signatureDefs = model.description = model.metadata = None
    for graph in model.subgraphs:
        graph.name = None
        for tensor in graph.tensors:
            tensor.name = None
        for operator in graph.operators:
            code = model.operatorCodes[operator.opcodeIndex].builtinCode
            if code == schema.BuiltinOperator.RESHAPE and len(operator.inputs) == 2:
                _shape_as_option(model, graph, operator)
        drop_unread(graph)
    return compact(write(model))


def _shape_as_option(
    model: schema.ModelT, graph: schema.SubGraphT, operator: schema.OperatorT
) -> None:
    data = model.buffers[graph.tensors[operator.inputs[1]].buffer].data
    if data is None or not len(data):  # computed, not known
        return
    operator.builtinOptions = schema.ReshapeOptionsT()
    operator.builtinOptions.newShape = np.frombuffer(data.tobytes(), np.int32)
    operator.builtinOptionsType = schema.BuiltinOptions.ReshapeOptions
    operator.inputs = operator.inputs[:1]


def drop_unread(graph: schema.SubGraphT, signatures: Iterable[schema.SignatureDefT] = ()) -> None:
    """Leave the tensors out that are neither an operator's nor the graph's.

    Args:
        graph: of a model.
        signatures: those of the graph.
    """
    ends = [graph.inputs, graph.outputs]
    ends += [part for operator in graph.operators for part in (operator.inputs, operator.outputs)]
    used = np.unique(np.concatenate(ends))
    used = used[used >= 0]
    place = {-1: -1} | {int(index): number for number, index in enumerate(used)}
    graph.tensors = [graph.tensors[index] for index in used]
    for table in (graph, *graph.operators):
        for name in ("inputs", "outputs"):
            numbers = [place[int(index)] for index in getattr(table, name)]
            setattr(table, name, np.array(numbers, np.int32))
    for signature in signatures:
        for end in (*signature.inputs, *signature.outputs):
            end.tensorIndex = place[end.tensorIndex]


def _keep(buffer: schema.BufferT, kept: list[schema.BufferT]) -> int:
    if buffer.data is None or not len(buffer.data):
        return 0
    for index, other in enumerate(kept):
        if other.data is not None and np.array_equal(buffer.data, other.data):
            return index
    kept.append(buffer)
    return len(kept) - 1


def _merge_constants(graph: schema.SubGraphT, buffers: list[schema.BufferT]) -> dict[int, int]:
    """Let operators read one of several equal constants; the others leave the graph.

    Returns the new index of every tensor.
    """
    first: dict[Any, int] = {}
    order: list[schema.TensorT] = []
    place = {-1: -1}  # an optional input that is left out
    for index, tensor in enumerate(graph.tensors):
        data = buffers[tensor.buffer].data
        key: Any = index
        if data is not None and len(data):
            name = tensor.name if index in (*graph.inputs, *graph.outputs) else None
            key = (_key(tensor, ("name", "buffer")), name, data.tobytes())
        if key not in first:
            first[key] = len(order)
            order.append(tensor)
        place[index] = first[key]
    graph.tensors = order
    graph.inputs, graph.outputs = (
        np.array([place[index] for index in ends], np.int32)
        for ends in (graph.inputs, graph.outputs)
    )
    for operator in graph.operators:
        for name in ("inputs", "outputs"):
            ends = getattr(operator, name)
            if ends is not None:
                setattr(operator, name, np.array([place[index] for index in ends], np.int32))
    return place


def _key(table: Any, without: tuple[str, ...] = ()) -> Any:
    """A hashable value that equal tables share."""
    if isinstance(table, np.ndarray):
        return table.dtype.str, table.tobytes()
    if isinstance(table, list):
        return tuple(_key(item) for item in table)
    if not hasattr(table, "Pack"):
        return table
    fields = {name: value for name, value in vars(table).items() if name not in without}
    return type(table), tuple((name, _key(value)) for name, value in sorted(fields.items()))


class _Shared:
    """A table that is written when it is first asked for, and referred to from then on."""

    def __init__(self, table: Any) -> None:
        self.table = table
        self.offset: int | None = None

    def Pack(self, builder: flatbuffers.Builder) -> int:
        if self.offset is None:
            self.offset = self.table.Pack(builder)
        return self.offset


def _share_tables(model: schema.ModelT) -> None:
    shared: dict[Any, _Shared] = {}

    def share(table: Any) -> Any:
        return None if table is None else shared.setdefault(_key(table), _Shared(table))

    for graph in model.subgraphs:
        for tensor in graph.tensors:
            quantization = tensor.quantization
            if quantization is not None and quantization.scale is None:
                tensor.quantization = None
            tensor.quantization = share(tensor.quantization)
        for operator in graph.operators:
            operator.builtinOptions = share(operator.builtinOptions)


class _SharingBuilder(flatbuffers.Builder):
    """Writes equal vectors of numbers once."""

    def __init__(self, size: int) -> None:
        super().__init__(size)
        self._vectors: dict[Any, int] = {}

    def CreateNumpyVector(self, x: NDArray[Any]) -> int:
        key = (x.dtype.str, x.tobytes())
        if key not in self._vectors:
            self._vectors[key] = super().CreateNumpyVector(x)
        return self._vectors[key]
