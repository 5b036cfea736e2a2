"""A channel of a circulant product whose weights have two values, as the kernels take it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .circulant import Circulant
from .rounding import Multiplier, rescaled

# Pairs of sums are kept in 16 bits; sums of so many int8 numbers fit.
MOST_TERMS = 256
# Beyond these, kernels would need more than 32 bits.
LARGEST_SUM = 2**29
LARGEST_SHIFT = 23
# Two outputs are cut off at once, in 16 bits each.
LARGEST_OUTPUT = 2**15
# `rescale_positive` takes larger sums for this.
MOST = 2**23 - 1


@dataclass(frozen=True)
class Terms:
    """One value of a channel, and what it is multiplied with: inputs by plane and shift."""

    value: int
    planes: NDArray[np.int64]
    shifts: NDArray[np.int64]

    def halves(self) -> "list[Terms]":
        """The same in two."""
        middle = len(self.shifts) // 2
        return [
            Terms(self.value, self.planes[part], self.shifts[part])
            for part in (slice(middle), slice(middle, None))
        ]


@dataclass(frozen=True)
class Filter:
    """What the kernels take of a channel; `fields` of their struct."""

    terms: list[Terms]
    fields: tuple[int, ...]


def filter_of(matrix: Circulant, channel: int) -> Filter | None:
    """A channel's filter; None if it has more than two values, or does not fit the kernels."""
    linear = matrix.linear
    terms = _terms(matrix.kernel[channel])
    if terms is None:
        return None
    scale = linear.scales[channel]
    values = [term.value for term in terms]
    total = int(matrix.kernel[channel].sum()) + matrix.background * matrix.places.shape[1]
    zero = linear.x.zero_point * total
    bias = int(linear.bias[channel]) - zero
    sums = sum(abs(term.value) * len(term.shifts) for term in terms)
    sums += abs(matrix.background) * matrix.places.shape[1]
    largest = (abs(bias) + 128 * sums) << scale.left
    widest = max(map(abs, values)) * 4 << scale.left
    if rescaled(largest >> scale.left, scale) >= LARGEST_OUTPUT:
        return None
    if largest >= LARGEST_SUM or widest >= 2**15 or scale.right > LARGEST_SHIFT:
        return None
    if largest > MOST and int(rescaled(MOST >> scale.left, scale)) < 255:
        return None
    counts = [len(term.shifts) for term in terms]
    return Filter(terms, (bias, scale.value, *values, *counts, scale.left, scale.right))


def _terms(kernel: NDArray[np.int32]) -> list[Terms] | None:
    """A channel's two values; None if there are more, or too many terms for 16 bits."""
    values = [int(value) for value in np.unique(kernel) if value]
    if len(values) > 2:
        return None
    groups = [Terms(value, *np.nonzero(kernel == value)) for value in values]
    if len(groups) == 1 and len(groups[0].shifts) > MOST_TERMS:
        groups = groups[0].halves()
    none = np.array([], np.int64)
    groups += [Terms(0, none, none)] * (2 - len(groups))
    return groups if all(len(group.shifts) <= MOST_TERMS for group in groups) else None


def folded(channel: Filter) -> tuple[int, int, int, int]:
    """(a, b, bias, shift) with (a * sum + b * sum + bias) >> shift equal to every output that
    there can be, before it is cut off at the ends; zeros if none are found."""
    bias, multiplied, *values = channel.fields[:4]
    left, right = channel.fields[6:]
    counts = [len(terms.shifts) for terms in channel.terms]
    sums = [np.arange(-128 * count, 127 * count + 1) for count in counts]
    grid = np.ix_(*sums)
    exact = values[0] * grid[0] + values[1] * grid[1] + bias
    exact = rescaled(exact, Multiplier(multiplied, left, right)).clip(0, 255)
    for shift in range(8, 31):
        factor = multiplied * 2.0 ** (left - right - 31 + shift)
        a, b = (round(value * factor) for value in values)
        least = (exact << shift) - a * grid[0] - b * grid[1]
        low = int(least[exact > 0].max(initial=-(2**31)))
        high = int((least + (1 << shift) - 1)[exact < 255].min(initial=2**31 - 1))
        start = (low + high) // 2
        largest = 128 * sum(abs(value) * count for value, count in zip((a, b), counts, strict=True))
        if largest + abs(start) < 2**31 and low <= high:
            return a, b, start, shift
    return 0, 0, 0, 0
