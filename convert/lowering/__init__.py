"""Lowerings: the TFLite operators that compute W x, one module each.

A lowering turns a pattern and its two values into `Lowered`: W x = scale * product(x), or
raises `Unsupported` with its reason. The scale is positive, so where the layer's activation
is positively homogeneous (linear or ReLU) it moves into the next layer's weights and costs
nothing.
"""

from collections.abc import Callable

from keras_tvscm.pattern import Pattern

from . import dense, heads, unrolled
from .lowered import Lowered, Unsupported

LOWERINGS: dict[str, Callable[[Pattern, float, float], Lowered]] = {
    "unrolled": unrolled.lower,
    "dense": dense.lower,
}

# Of TVSCMHeads layers.
HEADS = {"convolution": heads.lower}

__all__ = ["HEADS", "LOWERINGS", "Lowered", "Unsupported"]
