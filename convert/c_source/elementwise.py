"""Sums, products and the larger of two tensors, other scales, and sums along an axis."""

import math

import numpy as np

from keras_tvscm.errors import InputError

from ..tflite.graph import Operator, Tensor
from .moves import CONSTANT, in_order, pointer
from .program import Code, Pointer, Program, View, call, code
from .rounding import limits, multiplier

# Terms of a sum are shifted so far to the left before they are brought to one scale.
SUM_SHIFT = 20
REDUCTIONS = ("SUM", "MEAN")


def of_two(program: Program, operator: Operator, views: list[View]) -> View:
    """ADD, SUB, MUL, MAXIMUM, MINIMUM; operands of one number, or of fewer, are repeated."""
    (x, z), y = operator.given, operator.outputs[0]
    first, second = (_operand(program, view, y, operator) for view in views)
    target = program.buffer(math.prod(y.shape))
    count = math.prod(y.shape)
    if operator.name in ("MAXIMUM", "MINIMUM"):
        for tensor in (x, z):
            if (tensor.scale, tensor.zero_point) != (y.scale, y.zero_point):
                raise InputError(f"{operator.name} of different scales; convert again")
        sign = 1 if operator.name == "MAXIMUM" else -1
        text = call("largest", first, second, sign, count, Pointer(target))
        program.step(text, target, ["largest"], 8 * count)
        return View.of(target, y.shape)
    low, high = limits(operator)
    if operator.name == "MUL":
        scale = multiplier(x.scale * z.scale / y.scale)
        ends = (scale.value, scale.left, scale.right, y.zero_point, low, high, Pointer(target))
        text = call("multiply", first, x.zero_point, second, z.zero_point, count, *ends)
        program.step(text, target, ["rescale", "multiply"], 24 * count)
        return View.of(target, y.shape)
    twice = 2 * max(x.scale, z.scale)
    scale = multiplier(twice / (2**SUM_SHIFT * y.scale))
    sign = 1 if operator.name == "ADD" else -1
    ends = (scale.value, scale.left, scale.right, y.zero_point, low, high, Pointer(target))
    text = call("add", first, _term(x, twice), second, _term(z, twice), sign, count, *ends)
    program.step(text, target, ["rescale", "add"], 40 * count)
    return View.of(target, y.shape)


def _term(x: Tensor, twice: float) -> str:
    scale = multiplier(x.scale / twice)
    return f"(struct term){{{x.zero_point}, {scale.value}, {scale.right},}}"


def _operand(program: Program, view: View, y: Tensor, operator: Operator) -> Code:
    """Pointer and stride of an operand."""
    if view.places.size == 1 and int(view.buffers.flat[0]) == CONSTANT:
        name = program.array("number", view.places.ravel().astype(np.int8))
        return code(name, ", 0")
    if view.places.size > 1:
        shape = y.shape
        try:
            view = view.like(lambda array: np.broadcast_to(array, shape))
        except ValueError as error:
            raise InputError(f"{operator.name} of shapes that do not go together") from error
    if bool((view.buffers == CONSTANT).all()):
        return code(program.array("numbers", view.places.ravel().astype(np.int8)), ", 1")
    view = in_order(program, view)
    return code(pointer(view), ", ", int(view.places.size > 1))


def requantize(program: Program, operator: Operator, view: View) -> View:
    """QUANTIZE of int8 to int8, and RELU."""
    x, y = operator.given[0], operator.outputs[0]
    low, high = -128, 127
    if operator.name == "RELU":
        low = max(low, y.zero_point)
    scale = multiplier(x.scale / y.scale)
    view = in_order(program, view)
    target = program.buffer(view.places.size)
    program.step(
        call(
            "requantize",
            pointer(view),
            x.zero_point,
            view.places.size,
            *(scale.value, scale.left, scale.right, y.zero_point, low, high),
            Pointer(target),
        ),
        target,
        ["rescale", "requantize"],
        20 * view.places.size,
    )
    return View.of(target, y.shape)


def reduce(program: Program, operator: Operator, view: View) -> View:
    """SUM and MEAN along some axes."""
    (x, axes), y = operator.given, operator.outputs[0]
    if axes.data is None:
        raise InputError(f"{operator.name} along computed axes, which C is not written of")
    along = sorted({int(axis) % len(x.shape) for axis in axes.data.ravel()})
    kept = [axis for axis in range(len(x.shape)) if axis not in along]
    inner = math.prod(x.shape[axis] for axis in along)
    view = in_order(program, view.like(lambda array: np.transpose(array, kept + along)))
    scale = multiplier(x.scale / y.scale)
    value, shift = scale.value, scale.left - scale.right
    if operator.name == "MEAN":
        # As the kernel divides by the number of terms: in the multiplier.
        more = min(inner.bit_length() - 1, 32, 31 + shift)
        value, shift = (value << more) // inner, shift - more
    count = view.places.size // inner
    target = program.buffer(count)
    program.step(
        call(
            "reduce",
            pointer(view),
            inner,
            x.zero_point,
            count,
            *(value, max(shift, 0), max(-shift, 0), y.zero_point),
            Pointer(target),
        ),
        target,
        ["rescale", "total", "reduce"],
        3 * view.places.size + 40 * count,
    )
    return View.of(target, y.shape)
