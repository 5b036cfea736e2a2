"""A bank of patterns: one for every filter and channel of a layer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from keras import ops
from numpy.typing import NDArray

from keras_tvscm.errors import InputError

from .neighbourhood import Neighbourhood
from .packing import unpack
from .pattern import NEAR, OPTIONS, Pattern, options_of, resolve


@dataclass(frozen=True, eq=False)
class FilterPatterns:
    """Symbols (0 zero, 1 `a`, 2 `b`) of many patterns over one neighbourhood.

    Attributes:
        neighbourhood: the offsets that may be nonzero, in any of the patterns.
        symbols: shape (filters, channels, offsets), uint8.
    """

    neighbourhood: Neighbourhood
    symbols: NDArray[np.uint8]

    def pattern(self, filter: int, channel: int = 0) -> Pattern:
        """One of the patterns.

        Raises:
            InputError: it has no nonzero offset.
        """
        symbols, offsets = self.symbols[filter, channel], self.neighbourhood.offsets
        n = self.neighbourhood.n
        return Pattern(n, offsets[symbols == 1], offsets[symbols == 2], f"head {filter}")

    @property
    def shifts(self) -> NDArray[np.int64]:
        """How many inputs an output of each filter sums for `a` and for `b`: (filters, 2)."""
        n, offsets = self.neighbourhood.n, self.neighbourhood.offsets
        weight = np.where((offsets == 0) | (2 * offsets == n), 1, 2)
        return np.stack([((self.symbols == s) * weight).sum((1, 2)) for s in (1, 2)], axis=1)

    def values(self, a: Any, b: Any) -> Any:
        """The first rows' entries (filters, channels, offsets) for `a`, `b` of shape (filters,)."""
        in_a, in_b = (ops.convert_to_tensor(self.symbols == s, a.dtype) for s in (1, 2))
        return a[:, None, None] * in_a + b[:, None, None] * in_b

    def balanced(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """`a` and `b`, shape (filters,), of rows with sum zero and norm one."""
        count = self.shifts.astype(np.float64)
        total = np.maximum(1, count.sum(axis=1))
        other = count[:, ::-1]
        alone = (other == 0) | (count == 0)
        sizes = np.where(alone, 1.0, other / np.maximum(1, count)) / total[:, None]
        signs = np.where(alone.any(axis=1), 1.0, -1.0)
        a, b = np.sqrt(sizes).T.astype(np.float32)
        return a, (b * signs).astype(np.float32)


def resolve_filters(spec: Any, n: int, filters: int, channels: int, seed: int) -> FilterPatterns:
    """The fixed patterns that `spec` asks for: see `TVSCMConv`.

    Raises:
        InputError: not such a pattern, or a list of another length than `filters`.
    """
    if isinstance(spec, Mapping) and "packed" in spec:
        options = {name: value for name, value in spec.items() if name in NEAR}
        near = Neighbourhood.from_options(n, options)
        return FilterPatterns(near, unpack(spec["packed"], (filters, channels, len(near.offsets))))
    one_each = isinstance(spec, Sequence) and not isinstance(spec, str)
    if one_each and len(spec) != filters:
        raise InputError(f"A list of patterns has one a filter, {filters}. Received: {len(spec)}")
    patterns = [
        [
            resolve(
                *_drawn(spec[filter] if one_each else spec, n, seed, filter * channels + channel)
            )
            for channel in range(channels)
        ]
        for filter in range(filters)
    ]
    near = _near(spec, n, patterns)
    symbols = [[pattern.symbols[near.offsets] for pattern in row] for row in patterns]
    return FilterPatterns(near, np.array(symbols, np.uint8))


def _drawn(spec: Any, n: int, seed: int, index: int) -> tuple[Any, int, int]:
    """What `resolve` needs for the pattern of that index: its seed counts up."""
    if not isinstance(spec, str):
        return spec, n, seed
    kind, options = options_of(spec)
    if "seed" not in OPTIONS.get(kind, ()):
        return spec, n, seed
    first = options.pop("seed", seed)
    text = f"{kind}:" + ",".join(f"{name}={value}" for name, value in options.items())
    return text, n, first + index


def _near(spec: Any, n: int, patterns: list[list[Pattern]]) -> Neighbourhood:
    """The neighbourhood that `spec` names, or the reach of its widest pattern."""
    if isinstance(spec, str):
        kind, options = options_of(spec)
        if kind not in ("banded", "offsets") and set(options) & NEAR:
            options = {name: value for name, value in options.items() if name in NEAR}
            return Neighbourhood.from_options(n, options)
    reach = max(max(pattern.a + pattern.b) for row in patterns for pattern in row)
    return Neighbourhood(n, reach)
