"""The smallest model: to see whether a runtime or a compiler works, whatever the model."""

import numpy as np
from ai_edge_litert import schema_py_generated as schema

from .flatbuffer import write

# Small whole numbers, which every runtime multiplies and adds without rounding.
WEIGHTS = np.array([[1, 2], [3, -4]], np.float32)


def smallest() -> bytes:
    """A `.tflite` model of one FULLY_CONNECTED: float32 (1, 2) to `x @ WEIGHTS.T`, (1, 2)."""
    code, weights = schema.OperatorCodeT(), schema.BufferT()
    code.builtinCode = code.deprecatedBuiltinCode = schema.BuiltinOperator.FULLY_CONNECTED
    code.version = 1
    weights.data = WEIGHTS.ravel().view(np.uint8)
    operator, graph, model = schema.OperatorT(), schema.SubGraphT(), schema.ModelT()
    operator.opcodeIndex = 0
    operator.inputs, operator.outputs = [0, 1], [2]
    operator.builtinOptionsType = schema.BuiltinOptions.FullyConnectedOptions
    operator.builtinOptions = schema.FullyConnectedOptionsT()
    graph.tensors = [
        _tensor("x", (1, 2)),
        _tensor("weights", WEIGHTS.shape, buffer=1),
        _tensor("y", (1, 2)),
    ]
    graph.inputs, graph.outputs, graph.operators = [0], [2], [operator]
    model.version, model.operatorCodes, model.subgraphs = 3, [code], [graph]
    model.buffers = [schema.BufferT(), weights]
    return write(model)


def _tensor(name: str, shape: tuple[int, ...], buffer: int = 0) -> schema.TensorT:
    tensor = schema.TensorT()
    tensor.name, tensor.shape, tensor.buffer = name, list(shape), buffer
    tensor.type = schema.TensorType.FLOAT32
    return tensor
