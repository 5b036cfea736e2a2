"""Real weights seen as two values and zero, which is how patterns are trained.

Forward, the weights are rounded to two values and zero, the values being the means of
what is rounded to them; backward, the rounding is passed by (the straight-through
estimator of Bengio et al. 2013, arXiv 1308.3432). Without a budget, offsets below 0.7
times the mean magnitude are zero, as in ternary weight networks (Li et al. 2016, arXiv
1605.04711); with a budget, the largest magnitudes are kept.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from keras import ops
from numpy.typing import NDArray

from keras_tvscm.patterns.offsets import Symbol

ZERO_BELOW = 0.7


@dataclass(frozen=True)
class TwoValued:
    """Weights rounded along their last axis, shapes (..., count).

    Attributes:
        in_a, in_b: 1.0 where the rounded weight is `a` (`b`), else 0.0.
        a, b: the values, shape (..., 1).
    """

    in_a: Any
    in_b: Any
    a: Any
    b: Any

    @property
    def symbols(self) -> NDArray[np.uint8]:
        """The numbers of `Symbol`, shape (..., count)."""
        in_a, in_b = (np.asarray(ops.convert_to_numpy(mask)) for mask in (self.in_a, self.in_b))
        return np.asarray(Symbol.A * in_a + Symbol.B * in_b).astype(np.uint8)


def two_valued(weights: Any, budget: Any = None, keep_positive: bool = False) -> TwoValued:
    """Round each row of `weights` to a positive side `a`, a negative side `b`, and zero.

    Args:
        weights: shape (..., count).
        budget: most nonzero entries of a row, a number or a scalar tensor; None leaves it
            to the weights.
        keep_positive: whether the budget always keeps the greatest weight. Without biases, a
            sparse row of negative weights alone would leave every ReLU behind it dead.
    """
    magnitude = ops.abs(weights)
    if budget is None:
        kept = magnitude > ZERO_BELOW * ops.mean(magnitude, axis=-1, keepdims=True)
    else:
        if keep_positive:
            greatest = weights >= ops.max(weights, axis=-1, keepdims=True)
            magnitude = ops.where(greatest, math.inf, magnitude)
        rank = ops.argsort(ops.argsort(-magnitude, axis=-1), axis=-1)
        kept = ops.cast(rank, weights.dtype) < ops.cast(budget, weights.dtype)
    in_a, in_b = (
        ops.cast(ops.logical_and(kept, side), weights.dtype) for side in (weights > 0, weights <= 0)
    )
    return TwoValued(in_a, in_b, _mean(weights, in_a), _mean(weights, in_b))


def straight_through(weights: Any, budget: Any = None, keep_positive: bool = False) -> Any:
    """The rounded weights, shape (..., count), with the gradient of the real ones."""
    rounded = two_valued(weights, budget, keep_positive)
    values = rounded.in_a * rounded.a + rounded.in_b * rounded.b
    if budget is not None:
        # An offset that the budget drops stays dropped: with gradients it would grow, come
        # back and push out another, to the end of the training.
        weights = weights * (rounded.in_a + rounded.in_b)
    return weights + ops.stop_gradient(values - weights)


def _mean(weights: Any, mask: Any) -> Any:
    count = ops.maximum(ops.sum(mask, axis=-1, keepdims=True), 1.0)
    return ops.sum(weights * mask, axis=-1, keepdims=True) / count
