"""From a filter's accumulator to its output: the two roundings of TFLite, in one of two forms.

The exact form is `(x * multiplier + 2^30 + 2^(30 + right)) >> (31 + right)`, which equals TFLite's
two roundings for every x from zero on. Where a processor multiplies float32 numbers faster, a
product with a float does, if it gives the same for every accumulator that there can be: as both
only rise, it does if it does before and after each rise, where it is tried. It may be off for one
accumulator, which the kernel then puts right.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from ..c_source.rounding import Multiplier, rescaled

# The largest sum that a float is looked for.
MOST_TRIED = 2**18
LARGEST_SHIFT = 8
# Floats on either side of the nearest one, and whole numbers on either side of the middle.
FLOATS, STARTS = 12, 6


@dataclass(frozen=True)
class Rescaling:
    """What the kernels' `struct scale` holds.

    Attributes:
        bias: added to a filter's sum.
        multiplier, right: the scale, as a `Multiplier`.
        up: what the filter's values are shifted by to the left in the float's form.
        start: the bias there.
        factor: the float; 0 where there is none.
        odd, more: the sum for which the product is off, and by how much.
    """

    bias: int
    multiplier: int
    right: int
    up: int
    start: int
    factor: float
    odd: int
    more: int

    @property
    def fields(self) -> tuple[int | str, ...]:
        """In the order of the struct."""
        half = 2**30 + 2 ** (30 + self.right)
        odd = "INT32_MIN" if self.odd == -(2**31) else self.odd
        factor = f"{self.factor.hex()}f" if self.factor else "0"
        exact = (self.bias, self.multiplier, self.right, half)
        return (*exact, self.start, factor, odd, self.more)


@cache
def rescaling(scale: Multiplier, bias: int, values: tuple[int, int], most: int) -> Rescaling:
    """The form of a filter's scale.

    Args:
        scale: with `left` 0 and `right` from 1 on.
        bias: of the filter.
        values: the two that its inputs are multiplied with.
        most: the largest sum without the bias, positive or negative; 0 where it is not known.
    """
    exact = Rescaling(bias, scale.value, scale.right, 0, bias, 0.0, -(2**31), 0)
    if not 0 < most <= MOST_TRIED:
        return exact
    tries = _Tries.of(scale, bias, most)
    nearly = exact
    for up in range(LARGEST_SHIFT, -1, -1):
        if max(map(abs, values)) << up >= 2**15 or (most + abs(bias)) << up >= 2**30:
            continue
        for factor in _around(np.float32(tries.real / 2**up)):
            for start in tries.starts(up, factor):
                wrong = tries.wrong(up, factor, start, tries.edges)
                form = (up, start + (bias << up), float(factor))
                if not len(wrong):
                    return Rescaling(bias, scale.value, scale.right, *form, -(2**31), 0)
                if len(wrong) > 1 or nearly.factor:
                    continue
                wrong = tries.wrong(up, factor, start, np.arange(len(tries.sums)))
                if len(wrong) == 1:
                    odd = (int(tries.sums[wrong[0]]) << up) + start
                    more = tries.outputs[wrong[0]] - tries.form(up, factor, start, wrong)[0]
                    nearly = Rescaling(bias, scale.value, scale.right, *form, odd, int(more))
    return nearly


@dataclass(frozen=True)
class _Tries:
    """All accumulators, and the outputs that they have to give.

    Attributes:
        real: the scale.
        sums, outputs: accumulators with their bias, and the outputs, cut off at 0 and 255.
        edges: where outputs change, and the places before; the first and the last.
    """

    real: float
    sums: NDArray[np.int64]
    outputs: NDArray[np.int64]
    edges: NDArray[np.int64]

    @staticmethod
    def of(scale: Multiplier, bias: int, most: int) -> "_Tries":
        sums = np.arange(bias - most, bias + most + 1)
        outputs = np.clip(rescaled(sums, scale), 0, 255)
        steps = np.flatnonzero(np.diff(outputs)) + 1
        real = scale.value * 2.0 ** -(scale.right + 31)
        edges = np.unique([0, *(steps - 1), *steps, len(sums) - 1]).astype(np.int64)
        return _Tries(real, sums, outputs, edges)

    def form(
        self, up: int, factor: np.float32, start: int, at: NDArray[np.int64]
    ) -> NDArray[np.int64]:
        """What the product gives there, cut off alike."""
        product = ((self.sums[at] << up) + start).astype(np.float32) * factor
        return np.clip(product.astype(np.int64), 0, 255)

    def wrong(
        self, up: int, factor: np.float32, start: int, at: NDArray[np.int64]
    ) -> NDArray[np.int64]:
        """At which of these places it gives another output."""
        return at[self.form(up, factor, start, at) != self.outputs[at]]

    def starts(self, up: int, factor: np.float32) -> list[int]:
        """What may be added before the product, the likeliest first."""
        steps = self.edges[1:][np.diff(self.outputs[self.edges]) > 0]
        if not len(steps):
            return [0]
        needed = self.outputs[steps] / float(factor)
        low = (needed - self.sums[steps] * 2.0**up).max()
        high = (needed - (self.sums[steps] - 1) * 2.0**up).min()
        middle = (low + high) / 2
        around = range(int(middle) - STARTS, int(middle) + STARTS + 2)
        return sorted(around, key=lambda start: abs(start - middle))


def _around(factor: np.float32) -> list[np.float32]:
    """The float and those next to it, the nearest first."""
    bits = np.array(factor).view(np.int32)
    return [
        np.float32((bits + step).astype(np.int32).view(np.float32))
        for step in sorted(range(-FLOATS, FLOATS + 1), key=abs)
    ]
