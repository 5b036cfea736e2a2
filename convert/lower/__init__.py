"""Lowerings: the TFLite operators that compute a layer, one module each.

A lowering of a TVSCM layer turns a pattern and its two values into `Lowered`: W x = scale *
product(x), or raises `Unsupported` with its reason. The scale is positive, so where the
layer's activation is positively homogeneous (linear or ReLU) it moves into the next layer's
weights and costs nothing. One that stands for a ReLU as well gives a `LoweredReLU`.
"""

from collections.abc import Callable

from keras_tvscm.patterns.pattern import Pattern

from . import (
    conv,
    conv_polyphase,
    convolution,
    dense,
    fc_sum,
    gather,
    hartley,
    maximum,
    pack,
    polyphase,
    rfft2d,
    unrolled,
)
from .lowered import Filters, Lowered, LoweredFilters, LoweredReLU, Unsupported

LOWERINGS: dict[str, Callable[[Pattern, float, float], Lowered | LoweredReLU]] = {
    "unrolled": unrolled.lower,
    "fc-sum": fc_sum.lower,
    "maximum": maximum.lower,
    "convolution": convolution.lower,
    "gather": gather.lower,
    "pack": pack.lower,
    "polyphase": polyphase.lower,
    "hartley": hartley.lower,
    "rfft2d": rfft2d.lower,
    "dense": dense.lower,
}

# Of those that multiply by `a` and `b`: whether int8 rounds both to steps of the larger, so that
# the smaller is lost below a 254th of it, or rounds what each was multiplied with. `hartley` and
# `signal` round eigenvalues, `rfft2d` rounds nothing.
ROUNDED_TOGETHER = {
    **dict.fromkeys(("unrolled", "fc-sum", "maximum"), False),
    **dict.fromkeys(("convolution", "gather", "pack", "polyphase", "dense"), True),
}

# Of TVSCMConv layers.
FILTERS: dict[str, Callable[[Filters], LoweredFilters]] = {
    "convolution": conv.lower,
    "polyphase": conv_polyphase.lower,
}

__all__ = [
    "FILTERS",
    "LOWERINGS",
    "ROUNDED_TOGETHER",
    "Filters",
    "Lowered",
    "LoweredFilters",
    "LoweredReLU",
    "Unsupported",
]
