"""TFLite's fixed-point numbers: a scale as a 31-bit multiplier and a shift.

tensorflow/lite/kernels/internal/quantization_util.cc, `QuantizeMultiplier`.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from keras_tvscm.errors import InputError

from ..tflite.graph import Operator, Tensor


@dataclass(frozen=True)
class Multiplier:
    """value * 2^(left - right - 31) is the scale; one of the two shifts is 0."""

    value: int
    left: int
    right: int


def multiplier(scale: float) -> Multiplier:
    """The nearest one.

    Raises:
        InputError: a scale beyond what 32 bits can be shifted by.
    """
    fraction, exponent = math.frexp(scale)
    value = half_away(fraction * 2**31)
    if value == 2**31:
        value, exponent = 2**30, exponent + 1
    if exponent < -31:
        value, exponent = 0, 0
    if exponent > 30:
        raise InputError(f"the model rescales by {scale:.3g}, which no int8 tensor needs")
    return Multiplier(value, max(exponent, 0), max(-exponent, 0))


def rescaled(values: Any, by: Multiplier) -> Any:
    """What the kernels make of accumulators: rounded half up, then half away from zero."""
    high = ((values << by.left) * by.value + 2**30) >> 31
    if not by.right:
        return high
    return (high + (1 << (by.right - 1)) - (high < 0)) >> by.right


def product_scale(x: Tensor, weights: Tensor, y: Tensor, channels: int) -> list[float]:
    """What each channel's accumulator is multiplied by."""
    scales = weights.scales if len(weights.scales) == channels else [weights.scale] * channels
    return [x.scale * float(scale) / y.scale for scale in scales]


def limits(operator: Operator) -> tuple[int, int]:
    """The least and the greatest int8 output that the fused activation lets pass.

    Raises:
        InputError: an activation that is not known.
    """
    y = operator.outputs[0]

    def stored(real: float) -> int:
        return y.zero_point + half_away(float(np.float32(real) / np.float32(y.scale)))

    bounds = {None: (-128, 127), "RELU": (stored(0), 127), "RELU6": (stored(0), stored(6))}
    if operator.activation not in bounds:
        raise InputError(
            f"the activation {operator.activation} of {operator.name} is not known in C"
        )
    low, high = bounds[operator.activation]
    return max(-128, low), min(127, high)


def half_away(value: float) -> int:
    """The nearest whole number, half away from zero."""
    return int(math.copysign(math.floor(abs(value) + 0.5), value))
