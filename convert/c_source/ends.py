"""Input and output of another type than int8: QUANTIZE and DEQUANTIZE at the ends."""

import numpy as np

from keras_tvscm.errors import InputError

from ..tflite.graph import Operator
from .moves import in_order, pointer
from .program import INPUT, Pointer, Program, View, call
from .rounding import multiplier


def quantize(program: Program, operator: Operator, view: View) -> View:
    """Float32 or uint8 input to int8, all of it at once, in the order in which it lies."""
    x, y = operator.given[0], operator.outputs[0]
    if view.buffer != INPUT or y.dtype != "int8":
        raise InputError(_elsewhere(operator))
    count = program.sizes[INPUT]
    target = program.buffer(count)
    if x.dtype == "float32":
        program.step(
            call("quantize", Pointer(INPUT), count, _float(y.scale), y.zero_point, Pointer(target)),
            target,
            ["rescale", "quantize"],
            30 * count,
        )
    else:
        scale = multiplier(x.scale / y.scale)
        program.step(
            call(
                "from_uint8",
                Pointer(INPUT),
                x.zero_point,
                count,
                *(scale.value, scale.left, scale.right, y.zero_point),
                Pointer(target),
            ),
            target,
            ["rescale", "from_uint8"],
            20 * count,
        )
    return View.of(target, y.shape, view.places)


def dequantize(program: Program, operator: Operator, view: View) -> View:
    """Int8 to what the caller gets: float32 or uint8."""
    x, y = operator.given[0], operator.outputs[0]
    if x.dtype != "int8":
        raise InputError(_elsewhere(operator))
    view = in_order(program, view)
    target = program.buffer(y.size, dtype=y.dtype)
    source = (pointer(view), x.zero_point, y.size)
    if y.dtype == "float32":
        text = call("dequantize", *source, _float(x.scale), Pointer(target))
        program.step(text, target, ["dequantize"], 10 * y.size)
    else:
        scale = multiplier(x.scale / y.scale)
        by = (scale.value, scale.left, scale.right, y.zero_point)
        text = call("to_uint8", *source, *by, Pointer(target))
        program.step(text, target, ["rescale", "to_uint8"], 20 * y.size)
    return View.of(target, y.shape)


def _float(scale: float) -> str:
    return f"{float(np.float32(scale)).hex()}f"


def _elsewhere(operator: Operator) -> str:
    kinds = f"{operator.given[0].dtype} to {operator.outputs[0].dtype}"
    return (
        f"{operator.name} from {kinds} stands inside of the network, where C is int8 throughout; "
        "convert the whole network to int8"
    )
