"""Functions of one int8 number, as a table of all 256; and SOFTMAX.

The tables hold what TFLite-Micro's reference kernels compute, whose sources
(tensorflow/lite/micro/kernels and lite/kernels/internal/reference) are named beside each.
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from keras_tvscm.errors import InputError

from ..tflite.graph import Operator, Tensor
from . import fixed_point
from .fixed_point import Raw, divided, product
from .moves import in_order, pointer
from .program import Pointer, Program, View, call
from .rounding import half_away, multiplier, rescaled

STORED = np.arange(-128, 128)
# Bits before the point of what LOGISTIC and TANH, and SOFTMAX, take the exponential of.
INTEGER_BITS = 4
SOFTMAX_INTEGER_BITS = 5


def activation(program: Program, operator: Operator, view: View) -> View:
    """One of `TABLES`."""
    x, y = operator.given[0], operator.outputs[0]
    values = np.clip(TABLES[operator.name](x, y, operator.options), -128, 127)
    view = in_order(program, view)
    target = program.buffer(y.size)
    program.step(
        call(
            "look_up",
            pointer(view),
            program.array("table", values.astype(np.int8)),
            y.size,
            Pointer(target),
        ),
        target,
        ["look_up"],
        6 * y.size,
    )
    return View.of(target, y.shape)


def _radius(integer_bits: int, left: int) -> int:
    """From where on the input is beyond the fixed point's range (`CalculateInputRadius`)."""
    if left < 0:
        raise InputError("the model has an activation of numbers far too small; convert it again")
    return int(((1 << integer_bits) - 1) * 2.0 ** (31 - integer_bits - left))


def _fixed(x: Tensor, function: Callable[[Raw, int], Raw], bits: int, low: int) -> Raw:
    """A function in fixed point, rounded to that many bits; `low` is what it starts from."""
    fraction, left = math.frexp(x.scale * 2.0 ** (31 - INTEGER_BITS))
    radius = _radius(INTEGER_BITS, left)
    real = STORED - x.zero_point
    inside = np.clip(real, 1 - radius, radius - 1) if radius else 0 * real
    raw = product(inside << left, int(fraction * 2**31))
    values = divided(function(raw, INTEGER_BITS), 31 - bits) + low
    return np.where(real <= -radius, -128, np.where(real >= radius, 127, values))


def _logistic(x: Tensor, y: Tensor, _: Any) -> Raw:
    # integer_ops/logistic.h; the output's zero point is asked for in logistic_common.cc.
    if y.zero_point != -128:
        raise InputError("LOGISTIC gives 0 to 255/256 in int8; convert again")
    return _fixed(x, fixed_point.logistic, 8, -128)


def _tanh(x: Tensor, _: Tensor, __: Any) -> Raw:
    return _fixed(x, fixed_point.tanh, 7, 0)  # integer_ops/tanh.h


def _leaky_relu(x: Tensor, y: Tensor, options: Any) -> Raw:
    # leaky_relu.h, scales in leaky_relu_common.cc.
    alpha = options.alpha
    if not alpha >= 0:
        raise InputError(f"LEAKY_RELU of {alpha:g} is not known in C; take a slope from 0 on")
    real = STORED - x.zero_point
    positive = rescaled(real, multiplier(x.scale / y.scale))
    negative = rescaled(real, multiplier(x.scale * alpha / y.scale))
    return np.where(real >= 0, positive, negative) + y.zero_point


def _relu6(x: Tensor, _: Tensor, __: Any) -> Raw:
    # activations_common.cc: stored numbers are cut off, whatever the output's scale.
    six = x.zero_point + half_away(float(np.float32(6) / np.float32(x.scale)))
    return np.clip(STORED, x.zero_point, six)


def _elu(x: Tensor, y: Tensor, _: Any) -> Raw:
    # elu.cc: in float32.
    real = np.float32(x.scale) * (STORED - x.zero_point).astype(np.float32)
    exponential = np.exp(real.astype(np.float64)).astype(np.float32)
    values = np.where(real < 0, exponential - np.float32(1), real)
    steps = values * (np.float32(1) / np.float32(y.scale))
    rounded = np.trunc(steps + np.copysign(np.float32(0.5), steps))
    return (rounded + y.zero_point).astype(np.int64)


def _hard_swish(x: Tensor, y: Tensor, _: Any) -> Raw:
    # hard_swish.h, in 16 bits; scales in hard_swish_common.cc.
    hires = x.scale / 128
    to_output = multiplier(hires / y.scale)
    to_unit = multiplier(hires / (3 / 32768))
    if to_output.left:
        raise InputError("HARD_SWISH whose output is far finer than its input; convert again")
    real = (STORED - x.zero_point) << 7
    scaled = _product16(real, _upper(to_output.value))
    # Three is 2^15; the last bit of a left shift comes after the product, so that it is cut off
    # there alone.
    unit = _cut(real << max(to_unit.left - 1, 0))
    unit = _product16(unit, _upper(to_unit.value))
    unit = divided(_cut(unit << 1) if to_unit.left else unit, to_unit.right)
    unit = (unit + 2**15) >> 1
    # Rounded towards zero.
    twice = unit * scaled
    result = np.sign(twice) * (np.abs(twice) >> 15)
    return divided(result, to_output.right) + y.zero_point


def _cut(x: Raw) -> Raw:
    return np.clip(x, -(2**15), 2**15 - 1)


def _product16(a: Raw, b: int) -> Raw:
    """The upper half of twice a product of int16 numbers, rounded half up."""
    return _cut((a * b + 2**14) >> 15)


def _upper(value: int) -> int:
    """A multiplier's upper 16 bits, rounded."""
    return min((value + 2**15) >> 16, 2**15 - 1)


TABLES: dict[str, Callable[[Tensor, Tensor, Any], NDArray[Any]]] = {
    "ELU": _elu,
    "HARD_SWISH": _hard_swish,
    "LEAKY_RELU": _leaky_relu,
    "LOGISTIC": _logistic,
    "RELU6": _relu6,
    "TANH": _tanh,
}


def softmax(program: Program, operator: Operator, view: View) -> View:
    """SOFTMAX along the last axis (reference/softmax.h, parameters in softmax_common.cc)."""
    x, y = operator.given[0], operator.outputs[0]
    if y.zero_point != -128 or y.scale != 1 / 256:
        raise InputError("SOFTMAX gives 0 to 255/256 in int8; convert again")
    scale = float(np.float32(operator.options.beta)) * x.scale * 2.0 ** (31 - SOFTMAX_INTEGER_BITS)
    scale = min(scale, 2.0**31 - 1)
    if not scale > 1:
        raise InputError("the model has a SOFTMAX of numbers far too small; convert it again")
    by = multiplier(scale)
    # What is further below the largest counts as nothing.
    reach = min(_radius(SOFTMAX_INTEGER_BITS, by.left), 255)
    below = product(-np.arange(reach + 1) << by.left, by.value)
    table = fixed_point.exponential(below, SOFTMAX_INTEGER_BITS).astype(np.int32)
    view = in_order(program, view)
    depth = y.shape[-1]
    target = program.buffer(y.size)
    program.step(
        call(
            "softmax",
            pointer(view),
            y.size // depth,
            depth,
            program.array("exponentials", table),
            len(table),
            Pointer(target),
        ),
        target,
        ["rescale", "softmax"],
        60 * y.size + 100 * (y.size // depth),
    )
    return View.of(target, y.shape)
