"""Patterns that are trained: a real weight per offset, seen by the layer as a, b or 0.

Forward, the weights are rounded to two values and zero, the values being the means of
what is rounded to them; backward, the rounding is passed by (the straight-through
estimator of Bengio et al. 2013, arXiv 1308.3432). Without a budget, offsets below 0.7
times the mean magnitude are zero, as in ternary weight networks (Li et al. 2016, arXiv
1605.04711); with a budget, the largest magnitudes are kept.
"""

import math
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray

from keras_tvscm.errors import InputError
from keras_tvscm.patterns.neighbourhood import Neighbourhood
from keras_tvscm.patterns.pattern import Pattern, options_of, resolve

ZERO_BELOW = 0.7


@dataclass(frozen=True)
class TrainedPattern:
    """What a learned pattern may become.

    Attributes:
        neighbourhood: the offsets that may be nonzero.
        nonzeros: most nonzero offsets, at least 1; None leaves their number to the training.
        start: the fixed pattern that the training starts from; None for a random one.
    """

    neighbourhood: Neighbourhood
    nonzeros: int | None = None
    start: Pattern | None = None

    def check_budget(self, channels: int = 1) -> None:
        """A budget is for one output, over all its input channels."""
        most = len(self.neighbourhood.offsets) * channels
        if self.nonzeros is None:
            return
        whole = isinstance(self.nonzeros, int) and not isinstance(self.nonzeros, bool)
        if not whole or not 1 <= self.nonzeros <= most:
            raise InputError(
                f"A budget of nonzero offsets is 1 to {most} here. Received: {self.nonzeros!r}"
            )

    def initial(self, shape: tuple[int, ...], scale: float, seed: int) -> NDArray[np.float32]:
        """Real weights of `shape`, (..., offsets): normal with deviation `scale`, or near `start`.

        The weight of an offset that `start` leaves zero is small, so that it stays out at
        first but can come in.
        """
        normal = np.random.default_rng(seed).normal(size=shape)
        if self.start is None:
            return (scale * normal).astype(np.float32)
        symbols = self.start.symbols[self.neighbourhood.offsets]
        signs = np.array([0.0, 1.0, -1.0])[symbols]
        # Bounded, and the zeros' by how few offsets carry a value, which is what the mean
        # magnitude goes by: no weight begins on the other side of the threshold.
        noise = 0.1 * normal.clip(-2, 2) * np.where(signs, 1.0, np.abs(signs).mean())
        return (scale * (signs + noise)).astype(np.float32)

    def add_budget(self, layer: keras.layers.Layer) -> Any:
        """The budget as an untrained weight of `layer`, or None where there is none."""
        if self.nonzeros is None:
            return None
        return layer.add_weight(
            name="budget",
            shape=(),
            initializer=keras.initializers.Constant(self.nonzeros),
            trainable=False,
            autocast=False,
        )


def constant(values: NDArray[np.float32]) -> Any:
    """An initializer that gives these values."""
    return lambda shape, dtype=None: ops.convert_to_tensor(values, dtype)


def trained_pattern(
    spec: Any, n: int, nonzeros: int | None = None, seed: int = 0
) -> TrainedPattern | None:
    """What `spec` asks to be learned at width n, or None if its pattern is fixed.

    Args:
        spec: text such as `learned`, `learned:nonzeros=8`, `learned:reach=15`,
            `learned:window=7x7,columns=28`, `learned:start=half`, or any fixed pattern.
        n: width of the matrix.
        nonzeros: the budget, where the text gives none.
        seed: of a `start` that is drawn.

    Raises:
        InputError: unknown options, a neighbourhood or a start that n does not have, a
            budget of a fixed pattern, or one given twice.
    """
    kind, options = options_of(spec) if isinstance(spec, str) else ("", {})
    if kind != "learned":
        if nonzeros is not None:
            raise InputError("nonzeros= is the budget of a learned pattern; this one is fixed")
        return None
    if nonzeros is not None and "nonzeros" in options:
        raise InputError(f"The budget is given twice: nonzeros={nonzeros} and {spec!r}")
    budget = options.pop("nonzeros", nonzeros)
    start = options.pop("start", None)
    neighbourhood = Neighbourhood.from_options(n, options)
    pattern = None if start is None else resolve(start, n, seed)
    if pattern is not None:
        outside = set(pattern.a + pattern.b) - set(neighbourhood.offsets.tolist())
        if outside:
            raise InputError(
                f"start={start} has offset {min(outside)}, which the neighbourhood leaves out"
            )
    return TrainedPattern(neighbourhood, budget, pattern)


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
        """0 for zero, 1 for `a`, 2 for `b`, shape (..., count)."""
        symbols = ops.convert_to_numpy(self.in_a) + 2 * ops.convert_to_numpy(self.in_b)
        return np.asarray(symbols).astype(np.uint8)


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
    found = two_valued(weights, budget, keep_positive)
    rounded = found.in_a * found.a + found.in_b * found.b
    if budget is not None:
        # An offset that the budget drops stays dropped: with gradients it would grow, come
        # back and push out another, to the end of the training.
        weights = weights * (found.in_a + found.in_b)
    return weights + ops.stop_gradient(rounded - weights)


def _mean(weights: Any, mask: Any) -> Any:
    count = ops.maximum(ops.sum(mask, axis=-1, keepdims=True), 1.0)
    return ops.sum(weights * mask, axis=-1, keepdims=True) / count


def budget_at(progress: float, most: int, nonzeros: int) -> int:
    """The budget after a share `progress` of a training: from all offsets down to `nonzeros`.

    It falls by the same factor in every step, and stands at `nonzeros` from half-way on.
    """
    share = min(1.0, 2 * progress)
    return round(most * (nonzeros / most) ** share)


class BudgetSchedule(keras.callbacks.Callback):
    """Lowers the budgets of learned patterns from all offsets to what was asked for.

    Pass it to `model.fit(..., callbacks=[BudgetSchedule()])`: a pattern that is thinned out
    step by step ends better than one that is sparse from the first.
    """

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        for layer in self.model.layers:
            if hasattr(layer, "set_progress"):
                layer.set_progress(epoch / self.params["epochs"])
