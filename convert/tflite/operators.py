"""The operators of a `.tflite` model, in order, and what each of them computes."""

import math
from dataclasses import asdict, dataclass
from typing import Any

from ai_edge_litert import schema_py_generated as schema

from .flatbuffer import TYPE_NAMES, as_list


def _names(enumeration: type) -> dict[int, str]:
    return {number: name for name, number in vars(enumeration).items() if name[0] != "_"}


OPERATORS = _names(schema.BuiltinOperator)
ACTIVATIONS = _names(schema.ActivationFunctionType)

# The input that holds the weights and the one that holds the bias.
WEIGHTS = {
    "FULLY_CONNECTED": (1, 2),
    "CONV_2D": (1, 2),
    "DEPTHWISE_CONV_2D": (1, 2),
    "TRANSPOSE_CONV": (1, 3),
    "BATCH_MATMUL": (1, None),
}
# They move numbers, look them up or compare them.
FREE = {
    "BROADCAST_TO",
    "CONCATENATION",
    "EXPAND_DIMS",
    "GATHER",
    "GATHER_ND",
    "MAXIMUM",
    "MAX_POOL_2D",
    "MINIMUM",
    "MIRROR_PAD",
    "PACK",
    "PAD",
    "PADV2",
    "RELU",
    "RELU6",
    "RESHAPE",
    "REVERSE_V2",
    "SHAPE",
    "SLICE",
    "SPLIT",
    "SPLIT_V",
    "SQUEEZE",
    "STRIDED_SLICE",
    "TILE",
    "TRANSPOSE",
    "UNPACK",
}


@dataclass(frozen=True)
class Tensor:
    """A tensor as the file describes it; `constant` if its numbers are in the file."""

    shape: tuple[int, ...]
    type: str
    constant: bool


@dataclass(frozen=True)
class Operator:
    """One operator.

    Attributes:
        name: TFLite's; a custom operator's own, after `CUSTOM `.
        version: of the operator; higher ones need newer runtimes.
        inputs, outputs: in TFLite's order, without optional inputs that are left out.
        activation: fused, or None.
        multiplications, additions: of the convolution, product or sum that the operator is
            defined as, bias included; what rescaling costs int8 is not. None if not known.
    """

    name: str
    version: int
    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]
    activation: str | None
    multiplications: int | None
    additions: int | None

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def operators(model: Any, graph: int = 0) -> list[Operator]:
    """The operators of one graph of a `ModelT` that `flatbuffer.check` has passed."""
    subgraph = model.subgraphs[graph]
    tensors = [_tensor(tensor, model) for tensor in as_list(subgraph.tensors)]
    return [
        _operator(operator, model.operatorCodes[operator.opcodeIndex], tensors)
        for operator in as_list(subgraph.operators)
    ]


def operator_name(code: Any) -> str:
    """The name of an `OperatorCodeT`."""
    # Old files hold the code in the narrower field alone.
    number = max(code.builtinCode, code.deprecatedBuiltinCode)
    name = OPERATORS.get(number, f"OPERATOR {number}")
    if name != "CUSTOM":
        return name
    own = (code.customCode or b"?").decode("utf-8", "replace")
    return "CUSTOM " + "".join(letter if letter.isprintable() else "?" for letter in own[:40])


def _tensor(tensor: Any, model: Any) -> Tensor:
    buffer = model.buffers[tensor.buffer]
    return Tensor(
        tuple(int(size) for size in as_list(tensor.shape)),
        TYPE_NAMES.get(tensor.type, f"type {tensor.type}").lower(),
        bool(len(as_list(buffer.data)) or buffer.offset > 1),
    )


def _operator(operator: Any, code: Any, tensors: list[Tensor]) -> Operator:
    name = operator_name(code)
    inputs = [tensors[i] if i >= 0 else None for i in as_list(operator.inputs)]
    outputs = [tensors[i] for i in as_list(operator.outputs)]
    fused = getattr(operator.builtinOptions, "fusedActivationFunction", 0)
    activation = ACTIVATIONS.get(fused, "?")
    multiplications, additions = _count(name, operator.builtinOptions, inputs, outputs)
    return Operator(
        name,
        code.version,
        tuple(tensor for tensor in inputs if tensor),
        tuple(outputs),
        None if activation == "NONE" else activation,
        multiplications,
        additions,
    )


def _count(
    name: str, options: Any, inputs: list[Tensor | None], outputs: list[Tensor]
) -> tuple[int, int] | tuple[None, None]:
    """Multiplications and additions, from shapes that may be anything."""
    if name in FREE:
        return 0, 0
    if not inputs or not inputs[0] or not outputs:
        return None, None
    made, size = math.prod(outputs[0].shape), math.prod(inputs[0].shape)
    if name in ("ADD", "SUB"):
        return 0, made
    if name == "MUL":
        return made, 0
    if name == "SUM":
        return 0, max(size - made, 0)
    if name == "MEAN":
        return made, max(size - made, 0)
    if name == "AVERAGE_POOL_2D":
        window = getattr(options, "filterHeight", 1) * getattr(options, "filterWidth", 1)
        return made, max(window - 1, 0) * made
    terms = _terms(name, options, inputs)
    if not terms:
        return None, None
    bias = WEIGHTS[name][1]
    biased = bias is not None and len(inputs) > bias and inputs[bias] is not None
    return terms * made, (terms if biased else terms - 1) * made


def _terms(name: str, options: Any, inputs: list[Tensor | None]) -> int | None:
    """How many products are summed up to one number of the output; None if not known."""
    if len(inputs) < 2 or not inputs[0] or not inputs[1]:
        return None
    shape, weights = inputs[0].shape, inputs[1].shape
    if name == "FULLY_CONNECTED" and len(weights) == 2:  # (outputs, inputs)
        return weights[1]
    if name == "CONV_2D" and len(weights) == 4:  # (outputs, height, width, inputs)
        return math.prod(weights[1:])
    if name == "DEPTHWISE_CONV_2D" and len(weights) == 4:  # (1, height, width, outputs)
        return weights[1] * weights[2]
    if name == "BATCH_MATMUL" and len(shape) >= 2:
        return shape[-2 if getattr(options, "adjX", False) else -1]
    return None
