"""A graph's operators, one after another, as steps of a C function."""

import math

import numpy as np

from keras_tvscm.errors import InputError

from ..tflite.graph import Graph, Operator
from . import elementwise, moves
from .moves import in_order, view_of
from .pooling import KERNELS as POOLS
from .pooling import pool
from .products import general, product
from .program import Program, View
from .two_valued import two_valued

PRODUCTS = ("FULLY_CONNECTED", "CONV_2D", "DEPTHWISE_CONV_2D")
# Numbers of a tensor; some gigabytes are needed to translate it.
LARGEST = 2**24
PAIRS = ("ADD", "SUB", "MUL", "MAXIMUM", "MINIMUM")


def translate(graph: Graph) -> tuple[Program, View]:
    """The steps, and where the output lies after them.

    Raises:
        InputError: an operator that is not known, or used in a way that is not.
    """
    _check_graph(graph)
    program = Program(graph.input.dtype)
    program.buffer(math.prod(graph.input.shape))
    views = {id(graph.input): View.of(0, graph.input.shape)}
    for operator in graph.operators:
        _check(operator, graph.input.dtype)
        made = _translate(program, operator, views)
        views |= {id(tensor): view for tensor, view in zip(operator.outputs, made, strict=True)}
    return program, views[id(graph.output)]


def _check_graph(graph: Graph) -> None:
    if graph.others:
        raise InputError(f"the model holds {graph.others + 1} graphs; C is written of one")
    kinds = sorted({tensor.dtype for tensor in (graph.input, graph.output)})
    if kinds not in (["int8"], ["float32"]):
        raise InputError(
            f"the model's input and output are {' and '.join(kinds)}; C is written of models that "
            "are int8 (or float32) throughout: convert with --dtype int8"
        )
    tensors = [graph.input, graph.output]
    for operator in graph.operators:
        tensors += [*operator.given, *operator.outputs]
    for tensor in tensors:
        if tensor.size > LARGEST:
            shape = list(tensor.shape)
            raise InputError(f"the model has a tensor of shape {shape}, too large for generated C")
        zeros = set(tensor.zero_points.tolist())
        if tensor.dtype == "int8" and (len(zeros) > 1 or not -128 <= tensor.zero_point <= 127):
            raise InputError("the model has a zero point for each channel, or one beyond int8")
        if tensor.data is not None and not np.isfinite(tensor.data).all():
            raise InputError("the model's weights hold NaN or infinity; train it again")


def _check(operator: Operator, dtype: str) -> None:
    known = {*moves.MOVES, *PRODUCTS, *PAIRS, *POOLS, *elementwise.REDUCTIONS, "QUANTIZE", "RELU"}
    if dtype == "float32":
        known = {"FULLY_CONNECTED", "RESHAPE"}
    if operator.name not in known:
        raise InputError(
            f"the operator {operator.name} is not known in C ({dtype}); known are "
            f"{', '.join(sorted(known))}: choose another lowering"
        )
    for tensor in operator.outputs:
        if tensor.dtype != dtype:
            raise InputError(
                f"{operator.name} makes {tensor.dtype}; C is written of models that are {dtype} "
                "throughout: convert with --dtype int8"
            )
        if dtype == "int8" and len(tensor.scales) != 1:
            raise InputError(f"{operator.name} makes an int8 tensor without a scale; convert again")
        if 0 in tensor.shape:
            raise InputError(f"{operator.name} makes an empty tensor; convert again")


def _translate(program: Program, operator: Operator, views: dict[int, View]) -> list[View]:
    # Weights are read as they are.
    inputs = operator.inputs[:1] if operator.name in PRODUCTS else operator.inputs
    given = [view_of(tensor, views) for tensor in inputs if tensor is not None]
    if operator.name in moves.MOVES:
        moves.check_scales(operator)
        return moves.move(operator, given)
    if program.dtype == "float32":
        return [_float(program, operator, given[0])]
    if operator.name in PRODUCTS:
        made = product(operator)
        view = made.padded(given[0])
        return [two_valued(program, made, view) or general(program, made, view)]
    if operator.name in PAIRS:
        return [elementwise.of_two(program, operator, given)]
    if operator.name in POOLS:
        return [pool(program, operator, given[0])]
    if operator.name in elementwise.REDUCTIONS:
        return [elementwise.reduce(program, operator, given[0])]
    return [elementwise.requantize(program, operator, given[0])]


def _float(program: Program, operator: Operator, view: View) -> View:
    weights, y = operator.inputs[1], operator.outputs[0]
    bias = operator.inputs[2] if len(operator.inputs) > 2 else None
    if weights is None or weights.data is None or (bias is not None and bias.data is None):
        raise InputError("FULLY_CONNECTED has computed weights, which C is not written of")
    low, high = {None: (-math.inf, math.inf), "RELU": (0.0, math.inf), "RELU6": (0.0, 6.0)}.get(
        operator.activation, (math.nan, math.nan)
    )
    if math.isnan(low):
        raise InputError(f"the activation {operator.activation} is not known in C")
    outputs, inputs = weights.data.shape
    view = in_order(program, view)
    if view.places.size != inputs or view.buffer is None:
        raise InputError("a float32 FULLY_CONNECTED takes one row in C; convert with --dtype int8")
    zeros = np.zeros(outputs, np.float32)
    target = program.buffer(outputs)
    edges = ", ".join(
        "-FLT_MAX" if one == -math.inf else "FLT_MAX" if one == math.inf else f"{one}f"
        for one in (low, high)
    )
    program.step(
        f"fully_connected_float({{{view.buffer}}} + {view.start}, {inputs}, "
        f"{program.array('weights', weights.data)}, "
        f"{program.array('bias', zeros if bias is None or bias.data is None else bias.data)}, "
        f"{outputs}, {edges}, {{{target}}});",
        target,
        ["fully_connected_float"],
        4 * weights.data.size,
    )
    return View.of(target, y.shape)
