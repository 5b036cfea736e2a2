"""TFLite bytes without what no runtime reads."""

import flatbuffers
from ai_edge_litert import schema_py_generated as schema

# The oldest runtime that will do stays: runtimes and tools ask for it.
KEPT_METADATA = (b"min_runtime_version",)


def compact(content: bytes) -> bytes:
    """Drop the inner tensors' names, the converter's log and empty buffers.

    What is computed, and the names of input, output and signature, stay as they are. On
    a network of a few kilobytes this is a tenth of the file.
    """
    model = schema.ModelT.InitFromPackedBuf(content, 0)
    model.metadata = [entry for entry in model.metadata or [] if entry.name in KEPT_METADATA]
    kept = [model.buffers[0]]  # by convention the empty one
    for graph in model.subgraphs:
        for index, tensor in enumerate(graph.tensors):
            if index not in (*graph.inputs, *graph.outputs):
                tensor.name = None
            tensor.buffer = _keep(model.buffers[tensor.buffer], kept)
    for entry in model.metadata:
        entry.buffer = _keep(model.buffers[entry.buffer], kept)
    model.buffers = kept
    builder = flatbuffers.Builder(len(content))
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def _keep(buffer: schema.BufferT, kept: list[schema.BufferT]) -> int:
    if buffer.data is None or not len(buffer.data):
        return 0
    if not any(buffer is other for other in kept):
        kept.append(buffer)
    return next(index for index, other in enumerate(kept) if other is buffer)
