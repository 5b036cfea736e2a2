"""The patterns of a layer with several filters: one for every filter and channel."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from keras import ops
from numpy.typing import NDArray

from keras_tvscm.errors import InputError

from .neighbourhood import Neighbourhood
from .offsets import Symbol
from .packing import unpack
from .pattern import Pattern, resolve
from .spec import Spec, near_of

VALUED = (Symbol.A, Symbol.B)


@dataclass(frozen=True, eq=False)
class FilterPatterns:
    """Symbols of many patterns over one neighbourhood.

    Attributes:
        neighbourhood: the offsets that may be nonzero, in any of the patterns.
        symbols: numbers of `Symbol`, shape (filters, channels, offsets), uint8.
    """

    neighbourhood: Neighbourhood
    symbols: NDArray[np.uint8]

    @classmethod
    def of(cls, pattern: Pattern) -> "FilterPatterns":
        """Those of one filter and one channel."""
        return cls(Neighbourhood(pattern.n), pattern.symbols[None, None])

    def pattern(self, filter: int, channel: int = 0, label: str | None = None) -> Pattern:
        """One of the patterns.

        Raises:
            InputError: it has no nonzero offset.
        """
        symbols, offsets = self.symbols[filter, channel], self.neighbourhood.offsets
        in_a, in_b = (offsets[symbols == symbol] for symbol in VALUED)
        return Pattern(self.neighbourhood.n, in_a, in_b, label)

    @property
    def shifts(self) -> NDArray[np.int64]:
        """How many inputs an output of each filter sums for `a` and for `b`: (filters, 2)."""
        n, offsets = self.neighbourhood.n, self.neighbourhood.offsets
        weight = np.where((offsets == 0) | (2 * offsets == n), 1, 2)
        inputs = [((self.symbols == symbol) * weight).sum((1, 2)) for symbol in VALUED]
        return np.stack(inputs, axis=1)

    def values(self, a: Any, b: Any) -> Any:
        """The first rows' entries (filters, channels, offsets) for `a`, `b` of shape (filters,)."""
        in_a, in_b = (ops.convert_to_tensor(self.symbols == symbol, a.dtype) for symbol in VALUED)
        return a[:, None, None] * in_a + b[:, None, None] * in_b

    def balanced(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """`a` and `b`, shape (filters,), of rows with sum zero and norm one."""
        count = self.shifts.astype(np.float64)
        total = np.maximum(1, count.sum(axis=1))
        other = count[:, ::-1]
        alone = (other == 0) | (count == 0)
        sizes = np.where(alone, 1.0, other / np.maximum(1, count)) / total[:, None]
        signs = np.where(alone.any(axis=1), 1.0, -1.0)
        a, b = np.sqrt(sizes).T
        return a, b * signs


def resolve_filters(spec: Any, n: int, filters: int, channels: int, seed: int) -> FilterPatterns:
    """The fixed patterns that `spec` asks for: see `TVSCMConv`.

    Raises:
        InputError: not such a pattern, or a list of another length than `filters`.
    """
    if isinstance(spec, Mapping) and "packed" in spec:
        near = Neighbourhood.from_options(n, near_of(spec))
        return FilterPatterns(near, unpack(spec["packed"], (filters, channels, len(near.offsets))))
    if isinstance(spec, Sequence) and not isinstance(spec, str):
        if len(spec) != filters:
            raise InputError(
                f"A list of patterns has one a filter, {filters}. Received: {len(spec)}"
            )
        specs = [_parsed(each) for each in spec]
        named = None
    else:
        named = _parsed(spec)
        specs = [named] * filters
    patterns = [
        [_drawn(each, n, seed, filter * channels + channel) for channel in range(channels)]
        for filter, each in enumerate(specs)
    ]
    near = _near(named, n, patterns)
    symbols = [[pattern.symbols[near.offsets] for pattern in row] for row in patterns]
    return FilterPatterns(near, np.array(symbols, np.uint8))


def _parsed(spec: Any) -> Any:
    return Spec.parse(spec) if isinstance(spec, str) else spec


def _drawn(spec: Any, n: int, seed: int, index: int) -> Pattern:
    """The pattern of that index: the seed of those that are drawn counts up."""
    if isinstance(spec, Spec) and spec.is_drawn:
        spec = spec.with_options(seed=spec.options.get("seed", seed) + index)
    return resolve(spec, n, seed)


def _near(spec: Any, n: int, patterns: list[list[Pattern]]) -> Neighbourhood:
    """The neighbourhood that `spec` names, or the reach of its widest pattern."""
    if isinstance(spec, Spec) and spec.is_drawn and spec.near:
        return Neighbourhood.from_options(n, spec.near)
    reach = max(max(pattern.a + pattern.b) for row in patterns for pattern in row)
    return Neighbourhood(n, reach)
