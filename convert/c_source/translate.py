"""A graph's operators, one after another, as steps of a C function."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from keras_tvscm.errors import InputError

from ..tflite.graph import Graph, Operator, Tensor
from . import elementwise, ends, moves
from .activations import TABLES, activation, softmax
from .moves import in_order, pointer, view_of
from .pooling import KERNELS as POOLS
from .pooling import pool
from .products import Product, general
from .products import product as product_of
from .program import INPUT, Pointer, Program, View, call
from .two_valued import two_valued

PRODUCTS = ("FULLY_CONNECTED", "CONV_2D", "DEPTHWISE_CONV_2D")
# Numbers of a tensor; some gigabytes are needed to translate it.
LARGEST = 2**24
PAIRS = ("ADD", "SUB", "MUL", "MAXIMUM", "MINIMUM")
INT8 = {
    *moves.MOVES,
    *PRODUCTS,
    *PAIRS,
    *POOLS,
    *elementwise.REDUCTIONS,
    *TABLES,
    "DEQUANTIZE",
    "QUANTIZE",
    "RELU",
    "SHAPE",
    "SOFTMAX",
}
FLOAT = {"FULLY_CONNECTED", "RESHAPE"}
# What input and output may be, and the least number of the integers among them.
END_TYPES = ("int8", "uint8", "float32")
LOWEST = {"int8": -128, "uint8": 0}


@dataclass(frozen=True)
class Kernels:
    """What a kind of processor has of its own: the translations of products and of pooling.

    Attributes:
        program: the class of what they add to.
        product: gives the view of a product of an input in that view.
        pool: the same for an operator that pools.
    """

    program: Callable[[str], Program]
    product: Callable[[Program, Product, View], View]
    pool: Callable[[Program, Operator, View], View]


def _portable(program: Program, linear: Product, view: View) -> View:
    return two_valued(program, linear, view) or general(program, linear, view)


PORTABLE = Kernels(Program, _portable, pool)


def translate(graph: Graph, kernels: Kernels = PORTABLE) -> tuple[Program, View]:
    """The steps, and where the output lies after them.

    Raises:
        InputError: an operator that is not known, or used in a way that is not.
    """
    _check_graph(graph)
    program = kernels.program(_dtype(graph))
    program.buffer(graph.input.size, dtype=graph.input.dtype)
    views = {id(graph.input): View.of(INPUT, graph.input.shape)}
    known: dict[int, Tensor] = {}
    for operator in graph.operators:
        operator = _with_known_inputs(operator, known)
        if constants := _folded(operator):
            known |= dict(zip(map(id, operator.outputs), constants, strict=True))
            continue
        _check(operator, program.dtype, graph)
        results = _translate(program, operator, views, kernels)
        views |= {id(tensor): view for tensor, view in zip(operator.outputs, results, strict=True)}
    if id(graph.output) not in views:
        raise InputError("the model's output does not depend on its input; convert it again")
    return program, views[id(graph.output)]


def _dtype(graph: Graph) -> str:
    """What the network computes in; int8 models may take or give another type."""
    dtypes = {tensor.dtype for operator in graph.operators for tensor in operator.outputs}
    return "int8" if "int8" in dtypes | {graph.input.dtype} else "float32"


def _check_graph(graph: Graph) -> None:
    if graph.others:
        raise InputError(f"the model holds {graph.others + 1} graphs; C is written of one")
    for what, tensor in (("input", graph.input), ("output", graph.output)):
        if tensor.dtype not in END_TYPES:
            raise InputError(
                f"the model's {what} is {tensor.dtype}; C is written of int8 models, whose input "
                "and output may also be uint8 or float32: convert it to int8"
            )
    tensors = [graph.input, graph.output]
    for operator in graph.operators:
        moved = operator.name in moves.MOVES or operator.name == "DEQUANTIZE"
        in_float = any(tensor.dtype == "float32" for tensor in operator.outputs)
        if in_float and not moved and _dtype(graph) == "int8":
            raise InputError(
                f"the operator {operator.name} computes in float32 inside an int8 model, where C "
                "is int8 throughout: replace the layer that makes it"
            )
        tensors += [*operator.given, *operator.outputs]
    for tensor in tensors:
        if tensor.size > LARGEST:
            shape = list(tensor.shape)
            raise InputError(f"the model has a tensor of shape {shape}, too large for generated C")
        zeros = set(tensor.zero_points.tolist())
        if tensor.dtype in LOWEST and (
            len(zeros) > 1 or not 0 <= tensor.zero_point - LOWEST[tensor.dtype] <= 255
        ):
            raise InputError("the model has a zero point for each channel, or one beyond its type")
        if tensor.data is not None and not np.isfinite(tensor.data).all():
            raise InputError("the model's weights hold NaN or infinity; train it again")


def _with_known_inputs(operator: Operator, known: dict[int, Tensor]) -> Operator:
    inputs = tuple(tensor and known.get(id(tensor), tensor) for tensor in operator.inputs)
    return replace(operator, inputs=inputs)


def _folded(operator: Operator) -> list[Tensor] | None:
    """The outputs of an operator whose inputs are all known, as shapes are; else None."""
    if operator.name == "SHAPE" and operator.given:
        shape = np.array(operator.given[0].shape, np.int32)
        return [replace(operator.outputs[0], data=shape)]
    constants = [tensor.data for tensor in operator.given if tensor.data is not None]
    moves_integers = operator.name in moves.MOVES and all(
        tensor.dtype == "int32" for tensor in operator.outputs
    )
    if not moves_integers or len(constants) < len(operator.given):
        return None
    results = moves.move(operator, [moves.constant(data) for data in constants])
    return [
        replace(tensor, data=view.places)
        for tensor, view in zip(operator.outputs, results, strict=True)
    ]


def _check(operator: Operator, dtype: str, graph: Graph) -> None:
    known = FLOAT if dtype == "float32" else INT8
    if operator.name not in known:
        advice = (
            "convert the model to int8"
            if dtype == "float32"
            else "replace the layer that makes it, or run the .tflite file on TFLite-Micro"
        )
        raise InputError(
            f"the operator {operator.name} is not known in C ({dtype}; docs/guides/c.md lists "
            f"those that are): {advice}"
        )
    moved = (*moves.MOVES, "QUANTIZE", "DEQUANTIZE")
    ends = {graph.input.dtype, graph.output.dtype} if operator.name in moved else set()
    for tensor in (*operator.given[:1], *operator.outputs):
        if tensor.data is None and tensor.dtype not in {dtype, *ends}:
            raise InputError(
                f"{operator.name} takes or makes {tensor.dtype}; C is written of models that are "
                f"{dtype} throughout, but for input and output: convert it to int8"
            )
    for tensor in operator.outputs:
        if tensor.dtype in LOWEST and len(tensor.scales) != 1:
            raise InputError(
                f"{operator.name} makes {tensor.dtype} numbers without a scale; convert again"
            )
        if 0 in tensor.shape:
            raise InputError(f"{operator.name} makes an empty tensor; convert again")


def _translate(
    program: Program, operator: Operator, views: dict[int, View], kernels: Kernels
) -> list[View]:
    # Weights are read as they are.
    inputs = operator.given[:1] if operator.name in PRODUCTS else operator.given
    given = [view_of(tensor, views) for tensor in inputs]
    if operator.name in moves.MOVES:
        moves.check_scales(operator)
        return moves.move(operator, given)
    if program.dtype == "float32":
        return [_float(program, operator, given[0])]
    if operator.name in PRODUCTS:
        linear = product_of(operator)
        return [kernels.product(program, linear, linear.padded(given[0]))]
    if operator.name in PAIRS:
        return [elementwise.of_two(program, operator, given)]
    if operator.name in POOLS:
        return [kernels.pool(program, operator, given[0])]
    if operator.name in elementwise.REDUCTIONS:
        return [elementwise.reduce(program, operator, given[0])]
    if operator.name in TABLES:
        return [activation(program, operator, given[0])]
    if operator.name == "SOFTMAX":
        return [softmax(program, operator, given[0])]
    if operator.given[0].dtype != "int8":
        return [ends.quantize(program, operator, given[0])]
    if operator.outputs[0].dtype != "int8":
        return [ends.dequantize(program, operator, given[0])]
    return [elementwise.requantize(program, operator, given[0])]


def _float(program: Program, operator: Operator, view: View) -> View:
    weights, y = operator.inputs[1], operator.outputs[0]
    bias = operator.inputs[2] if len(operator.inputs) > 2 else None
    if weights is None or weights.data is None or (bias is not None and bias.data is None):
        raise InputError("FULLY_CONNECTED has computed weights, which C is not written of")
    if weights.dtype != "float32":
        raise InputError(
            f"FULLY_CONNECTED of float32 numbers has {weights.dtype} weights (a dynamic range "
            "model); convert it to int8 with a representative data set"
        )
    low, high = {None: (-math.inf, math.inf), "RELU": (0.0, math.inf), "RELU6": (0.0, 6.0)}.get(
        operator.activation, (math.nan, math.nan)
    )
    if math.isnan(low):
        raise InputError(f"the activation {operator.activation} is not known in C")
    outputs, inputs = weights.data.shape
    view = in_order(program, view)
    if view.places.size != inputs or view.buffer is None:
        raise InputError("a float32 FULLY_CONNECTED takes one row in C; convert it to int8")
    zeros = np.zeros(outputs, np.float32)
    target = program.buffer(outputs)
    edges = ", ".join(
        "-FLT_MAX" if limit == -math.inf else "FLT_MAX" if limit == math.inf else f"{limit}f"
        for limit in (low, high)
    )
    program.step(
        call(
            "fully_connected_float",
            pointer(view),
            inputs,
            program.array("weights", weights.data),
            program.array("bias", zeros if bias is None or bias.data is None else bias.data),
            outputs,
            edges,
            Pointer(target),
        ),
        target,
        ["fully_connected_float"],
        4 * weights.data.size,
    )
    return View.of(target, y.shape)
