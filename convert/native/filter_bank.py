"""Filters with two values each, over planes that go round: what vector kernels are made of."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..c_source.channel import Terms, filter_of
from ..c_source.circulant import circulant
from ..c_source.products import Product
from ..c_source.program import Program, View
from .rescaling import Rescaling, rescaling


@dataclass(frozen=True)
class Filter:
    """One filter: `values[i]` times the sum of the inputs of `terms[i]`."""

    terms: tuple[Terms, Terms]
    rescaling: Rescaling


@dataclass(frozen=True)
class FilterBank:
    """A layer of filters that a ReLU follows.

    Attributes:
        filters: one for each output plane.
        places: where the input planes' numbers lie, (planes, n).
        buffer: in which buffer.
        background: what every input is multiplied with besides.
        is_symmetric: whether input i - s has the weight of input i + s, in all filters.
    """

    filters: tuple[Filter, ...]
    places: NDArray[np.int32]
    buffer: int
    background: int
    is_symmetric: bool

    @property
    def shifts(self) -> list[int]:
        """All that occur, from -n / 2 to n / 2; of symmetric ones each with its opposite."""
        n = self.places.shape[1]
        found = {
            int(shift) for one in self.filters for terms in one.terms for shift in terms.shifts
        }
        signed = {shift if shift <= n // 2 else shift - n for shift in found}
        if self.is_symmetric:
            signed |= {-shift for shift in signed if 2 * shift != n}
        return sorted(signed)


def filter_bank(program: Program, linear: Product, view: View) -> FilterBank | None:
    """The product as a bank of filters; None where it is none, or beyond the kernels' bounds."""
    relu = (linear.low, linear.y.zero_point, linear.high) == (-128, -128, 127)
    if not relu or linear.reads.ndim != 2 or view.buffer is None:
        return None
    matrix = circulant(program, linear, view, view.buffer)
    if matrix is None or not matrix.kernel.any():
        return None
    filters = []
    for channel in range(len(matrix.kernel)):
        found = filter_of(linear, matrix, channel)
        scale = linear.scales[channel]
        if found is None or scale.left or not scale.right:
            return None
        first, second = found.terms
        values = first.value, second.value
        weights = sum(abs(term.value) * len(term.shifts) for term in found.terms)
        # With a background, what is added is known at run time alone.
        most = 0 if matrix.background else 128 * weights
        filters.append(Filter((first, second), rescaling(scale, found.fields[0], values, most)))
    kernel = matrix.kernel
    mirrored = np.roll(kernel[:, :, ::-1], 1, axis=2)
    return FilterBank(
        tuple(filters),
        matrix.places,
        matrix.buffer,
        matrix.background,
        bool((kernel == mirrored).all()),
    )
