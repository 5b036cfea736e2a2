"""A graph's operators, one after another, as steps of a C function."""

import math

import numpy as np

from keras_tvscm.errors import InputError

from ..tflite.graph import Graph, Node
from . import elementwise, moves
from .moves import in_order, view_of
from .pooling import KERNELS as POOLS
from .pooling import pool
from .products import general, product
from .program import Program, View
from .two_valued import two_valued

PRODUCTS = ("FULLY_CONNECTED", "CONV_2D", "DEPTHWISE_CONV_2D")
PAIRS = ("ADD", "SUB", "MUL", "MAXIMUM", "MINIMUM")


def translate(graph: Graph) -> tuple[Program, View]:
    """The steps, and where the output lies after them.

    Raises:
        InputError: an operator that is not known, or used in a way that is not.
    """
    program = Program(graph.input.dtype)
    program.buffer(math.prod(graph.input.shape))
    views = {id(graph.input): View.of(0, graph.input.shape)}
    for node in graph.nodes:
        _check(node, graph.input.dtype)
        made = _translate(program, node, views)
        views |= {id(tensor): view for tensor, view in zip(node.outputs, made, strict=True)}
    return program, views[id(graph.output)]


def _check(node: Node, dtype: str) -> None:
    known = {*moves.MOVES, *PRODUCTS, *PAIRS, *POOLS, *elementwise.REDUCTIONS, "QUANTIZE", "RELU"}
    if dtype == "float32":
        known = {"FULLY_CONNECTED", "RESHAPE"}
    if node.name not in known:
        raise InputError(
            f"the operator {node.name} is not known in C ({dtype}); known are "
            f"{', '.join(sorted(known))}: choose another lowering"
        )
    for tensor in node.outputs:
        if tensor.dtype != dtype:
            raise InputError(
                f"{node.name} makes {tensor.dtype}; C is written of models that are {dtype} "
                "throughout: convert with --dtype int8"
            )
        if dtype == "int8" and len(tensor.scales) != 1:
            raise InputError(f"{node.name} makes an int8 tensor without a scale; convert again")
        if 0 in tensor.shape:
            raise InputError(f"{node.name} makes an empty tensor; convert again")


def _translate(program: Program, node: Node, views: dict[int, View]) -> list[View]:
    # Weights are read as they are.
    inputs = node.inputs[:1] if node.name in PRODUCTS else node.inputs
    given = [view_of(tensor, views) for tensor in inputs if tensor is not None]
    if node.name in moves.MOVES:
        moves.check_scales(node)
        return moves.move(node, given)
    if program.dtype == "float32":
        return [_float(program, node, given[0])]
    if node.name in PRODUCTS:
        made = product(node)
        view = made.padded(given[0])
        return [two_valued(program, made, view) or general(program, made, view)]
    if node.name in PAIRS:
        return [elementwise.of_two(program, node, given)]
    if node.name in POOLS:
        return [pool(program, node, given[0])]
    if node.name in elementwise.REDUCTIONS:
        return [elementwise.reduce(program, node, given[0])]
    return [elementwise.requantize(program, node, given[0])]


def _float(program: Program, node: Node, view: View) -> View:
    weights, y = node.inputs[1], node.outputs[0]
    bias = node.inputs[2] if len(node.inputs) > 2 else None
    if weights is None or weights.data is None or (bias is not None and bias.data is None):
        raise InputError("FULLY_CONNECTED has computed weights, which C is not written of")
    low, high = {"NONE": (-math.inf, math.inf), "RELU": (0.0, math.inf), "RELU6": (0.0, 6.0)}.get(
        node.activation, (math.nan, math.nan)
    )
    if math.isnan(low):
        raise InputError(f"the activation {node.activation} is not known in C")
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
