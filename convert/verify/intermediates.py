"""What every operator of a `.tflite` model, and every layer of a Keras model, makes of rows."""

import warnings
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from ai_edge_litert import schema_py_generated as schema
from numpy.typing import NDArray

from keras_tvscm.models.graph import nodes_of
from keras_tvscm.quiet import captured

from ..runtimes import in_child
from ..runtimes.unavailable import refusal
from ..tflite.flatbuffer import write
from ..tflite.graph import input_and_output, operator_name

# Its kernels are the gate's; unlike XNNPACK's, every one leaves its output in a tensor.
RUNTIME = "litert-builtin"
# Types of constants that are weights; others are shapes, indices and biases.
NUMBERS = (schema.TensorType.FLOAT32, schema.TensorType.INT8, schema.TensorType.INT16)


@dataclass(frozen=True, eq=False)
class OperatorOutput:
    """What an operator gives.

    Attributes:
        index: its place in the model.
        operator: its name, such as `FULLY_CONNECTED`.
        tensor: the number of its first output tensor.
        name: that tensor's; empty where the file has dropped it.
        shape: that tensor's, batch included.
        values: real numbers of all its outputs, float64 (rows, numbers).
        constants: by the place among its inputs, the real numbers of each one that is a
            constant of one of the `NUMBERS`.
    """

    index: int
    operator: str
    tensor: int
    name: str
    shape: tuple[int, ...]
    values: NDArray[np.float64]
    constants: dict[int, NDArray[np.float32]]


def operator_outputs(content: bytes, x: NDArray[np.float32]) -> list[OperatorOutput]:
    """Run a model of one graph and keep every tensor.

    Args:
        content: `.tflite` bytes of our own making.
        x: float32 (rows, n).

    Raises:
        Unavailable: LiteRT's built-in kernels do not run the model.
    """
    in_child(RUNTIME, content)  # it may end the process: that should be another one
    model = schema.ModelT.InitFromPackedBuf(content, 0)
    graph = model.subgraphs[0]
    interpreter = _interpreter(content)
    details = {detail["index"]: detail for detail in interpreter.get_tensor_details()}
    outputs = [list(operator.outputs) for operator in graph.operators]
    rows: list[list[NDArray[np.float64]]] = [[] for _ in outputs]
    source = int(graph.inputs[0])
    for row in input_and_output(content)[0].quantize(x):
        interpreter.set_tensor(source, row)
        interpreter.invoke()
        for kept, tensors in zip(rows, outputs, strict=True):
            values = [_real(interpreter, details[tensor]).ravel() for tensor in tensors]
            kept.append(np.concatenate(values))

    def constants(operator: Any) -> dict[int, NDArray[np.float32]]:
        return {
            place: _real(interpreter, details[tensor]).astype(np.float32)
            for place, tensor in enumerate(operator.inputs)
            if tensor >= 0
            and model.buffers[graph.tensors[tensor].buffer].data is not None
            and graph.tensors[tensor].type in NUMBERS
        }

    return [
        OperatorOutput(
            index,
            operator_name(model.operatorCodes[operator.opcodeIndex]),
            int(operator.outputs[0]),
            _text(graph.tensors[operator.outputs[0]].name),
            tuple(int(size) for size in details[operator.outputs[0]]["shape"]),
            np.stack(rows[index]),
            constants(operator),
        )
        for index, operator in enumerate(graph.operators)
    ]


def with_constants(content: bytes, index: int, constants: dict[int, NDArray[np.float32]]) -> bytes:
    """A float32 model with other constants in one operator.

    Args:
        content: `.tflite` bytes.
        index: the operator's place.
        constants: by the place among its inputs; those of another shape stay as they are.
    """
    model = schema.ModelT.InitFromPackedBuf(content, 0)
    graph = model.subgraphs[0]
    operator = graph.operators[index]
    for place, values in constants.items():
        tensor = graph.tensors[operator.inputs[place]]
        if tuple(tensor.shape) == values.shape and tensor.type == schema.TensorType.FLOAT32:
            # A buffer of its own: other tensors may share the one that it had.
            buffer = schema.BufferT()
            buffer.data = np.frombuffer(values.tobytes(), np.uint8)
            tensor.buffer = len(model.buffers)
            model.buffers.append(buffer)
    return write(model)


def layer_outputs(model: keras.Model, x: NDArray[np.float32]) -> dict[str, NDArray[np.float64]]:
    """By name, what each layer of a functional model gives, (rows, numbers), in order.

    Of a layer that is called several times, the last.
    """
    calls = [node for node in nodes_of(model) if node.input_tensors]
    every = keras.Model(model.inputs[0], [node.outputs[0] for node in calls])
    shaped = x.reshape(-1, *model.inputs[0].shape[1:])
    outputs = keras.tree.flatten(every(shaped, training=False))
    return {
        node.operation.name: keras.ops.convert_to_numpy(output).astype(float).reshape(len(x), -1)
        for node, output in zip(calls, outputs, strict=True)
    }


def _interpreter(content: bytes) -> Any:
    failure = None
    with captured() as log, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from ai_edge_litert.interpreter import Interpreter, OpResolverType

        try:
            interpreter = Interpreter(
                model_content=content,
                num_threads=1,
                experimental_op_resolver_type=OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES,
                experimental_preserve_all_tensors=True,
            )
            interpreter.allocate_tensors()
        except (RuntimeError, ValueError) as error:
            failure = error
    if failure:
        raise refusal(RUNTIME, f"{type(failure).__name__}: {failure}", log.text) from failure
    return interpreter


def _real(interpreter: Any, detail: dict[str, Any]) -> NDArray[np.float64]:
    """A tensor's numbers, in what they stand for."""
    stored = interpreter.get_tensor(detail["index"])
    if np.iscomplexobj(stored):
        stored = np.stack([stored.real, stored.imag])
    stored = stored.astype(np.float64)
    quantization = detail["quantization_parameters"]
    scales, zeros = quantization["scales"], quantization["zero_points"]
    if not len(scales):
        return stored
    if len(scales) == 1:
        return (stored - zeros[0]) * scales[0]
    shape = [1] * stored.ndim
    shape[quantization["quantized_dimension"]] = len(scales)
    return (stored - zeros.reshape(shape)) * scales.reshape(shape)


def _text(name: bytes | None) -> str:
    return name.decode(errors="replace") if name else ""
