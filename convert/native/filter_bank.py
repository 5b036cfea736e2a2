"""Filters with two values each, over planes that go round: what vector kernels are made of."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..c_source.channel import MOST_TERMS, Terms, filter_of
from ..c_source.circulant import Circulant
from .rescaling import Rescaling, rescaling

# Of pairs half as many fit into 16 bits.
MOST_PAIRS = MOST_TERMS // 2


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
        others: where the numbers lie that are added to those of the only plane, (n,); or None.
    """

    filters: tuple[Filter, ...]
    places: NDArray[np.int32]
    buffer: int
    background: int
    is_symmetric: bool
    others: NDArray[np.int32] | None = None

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

    def of_pairs(self) -> "FilterBank":
        """The same over the sums of two planes that all filters treat alike."""

        def on_the_first(terms: Terms) -> Terms:
            first = terms.planes == 0
            return Terms(terms.value, terms.planes[first], terms.shifts[first])

        filters = tuple(
            replace(one, terms=(on_the_first(one.terms[0]), on_the_first(one.terms[1])))
            for one in self.filters
        )
        places, others = self.places
        return replace(self, filters=filters, places=places[None], others=others)


def filter_bank(matrix: Circulant) -> FilterBank | None:
    """The product as a bank of filters; None where it is none, or beyond the kernels' bounds."""
    kernel = matrix.kernel
    if not kernel.any():
        return None
    filters = []
    for channel in range(len(kernel)):
        found = filter_of(matrix, channel)
        scale = matrix.linear.scales[channel]
        if found is None or scale.left or not scale.right:
            return None
        first, second = found.terms
        values = first.value, second.value
        weights = sum(abs(term.value) * len(term.shifts) for term in found.terms)
        # With a background, what is added is known at run time alone.
        most = 0 if matrix.background else 128 * weights
        filters.append(Filter((first, second), rescaling(scale, found.fields[0], values, most)))
    mirrored = np.roll(kernel[:, :, ::-1], 1, axis=2)
    bank = FilterBank(
        tuple(filters),
        matrix.places,
        matrix.buffer,
        matrix.background,
        bool((kernel == mirrored).all()),
    )
    alike = kernel.shape[1] == 2 and bool((kernel[:, 0] == kernel[:, 1]).all())
    return (
        bank.of_pairs() if alike and (kernel[:, 0] != 0).sum(axis=1).max() <= MOST_PAIRS else bank
    )
