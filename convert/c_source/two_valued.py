"""Circulant products by sums: where a channel's weights have two values but zero, the inputs of
each are added first, and then there are two multiplications.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from .channel import Filter, Terms, filter_of, folded
from .circulant import Circulant, circulant
from .moves import in_order, pointer
from .products import Product
from .program import Pointer, Program, View, call, code
from .tiles import Tiles, tile_sums

# How many outputs the kernel for several filters works on at once, to make the loop over the
# offsets worth its while. A single filter of a few terms is unrolled instead.
STRIP = 16
FEW = 8
# Sums are kept from one output to the next where a step takes this many times fewer terms.
RUNNING = 6
LARGEST_OFFSET = 2**15 - 1


def two_valued(program: Program, linear: Product, view: View) -> View | None:
    """The product by sums, if it is of such a matrix and a ReLU follows; else None.

    Args:
        program: gets the steps.
        linear: the product.
        view: its input.
    """
    matrix = circulant(program, linear, view) if has_relu(linear) else None
    if matrix is None:
        return None
    filters = []
    for channel in range(len(matrix.kernel)):
        weights = filter_of(matrix, channel)
        if weights is None:
            return None
        filters.append(weights)
    target = _emit(program, matrix, filters)
    return None if target is None else matrix.view(program, target)


def has_relu(linear: Product) -> bool:
    """Whether outputs are cut off at zero, or as if they were: at the least int8."""
    return (linear.low, linear.y.zero_point, linear.high) == (-128, -128, 127)


def _emit(program: Program, matrix: Circulant, filters: list[Filter]) -> int | None:
    """The buffer that the outputs are written to, plane by plane."""
    n = matrix.places.shape[1]
    tiles = Tiles.of(matrix)
    if tiles:
        return tile_sums(program, matrix.buffer, tiles, filters[0])
    shifts = np.unique(
        np.concatenate([term.shifts for channel in filters for term in channel.terms])
    )
    arc = Arc.of(shifts if len(shifts) else np.array([0]), n)
    if len(matrix.places) * (n + arc.length + STRIP) > LARGEST_OFFSET:
        return None
    if len(filters) == 1 and len(matrix.places) == 1:
        changes = _changes(matrix.kernel[0, 0])
        if len(shifts) <= FEW:
            return _segments(program, matrix, filters[0])
        if len(changes) * RUNNING <= len(shifts):
            return _running(program, matrix, filters[0], arc, changes)
    return _strips(program, matrix, filters, arc)


@dataclass(frozen=True)
class Arc:
    """The shortest run of shifts, going round, that takes in all of them."""

    first: int
    length: int

    @staticmethod
    def of(shifts: NDArray[np.int64], n: int) -> "Arc":
        """Of rising shifts below n: what is left of the circle without their widest gap."""
        gaps = (np.roll(shifts, -1) - shifts - 1) % n + 1
        widest = int(gaps.argmax())
        return Arc(int(shifts[(widest + 1) % len(shifts)]), int(n - gaps[widest]))

    def extended(self, program: Program, matrix: Circulant, spare: int) -> Pointer:
        """The planes, going on after their ends, so that no index goes round: a pointer."""
        n = matrix.places.shape[1]
        plane = int(matrix.places[1, 0] - matrix.places[0, 0]) if len(matrix.places) > 1 else n
        start = int(matrix.places[0, 0])
        regular = start + np.arange(len(matrix.places))[:, None] * plane + np.arange(n)
        if (matrix.places == regular).all() and self.length:
            size = n + self.length
            target = program.buffer(len(matrix.places) * size + spare)
            program.step(
                call(
                    "wrap",
                    Pointer(matrix.buffer) + start,
                    *(len(matrix.places), plane, n, self.first, size),
                    Pointer(target),
                ),
                target,
                ["words", "copy", "wrap"],
                0.8 * len(matrix.places) * size,
            )
            return Pointer(target)
        places = matrix.places[:, (self.first + np.arange(n + self.length)) % n]
        view = in_order(program, View.of(matrix.buffer, places.shape, places), spare)
        return pointer(view)

    def offsets(self, terms: Terms, n: int) -> NDArray[np.int64]:
        """Where the terms of the first output lie there."""
        return np.sort(terms.planes * (n + self.length) + (terms.shifts - self.first) % n)


def _strips(program: Program, matrix: Circulant, filters: Sequence[Filter], arc: Arc) -> int:
    """All filters by one kernel."""
    n = matrix.places.shape[1]
    # The kernel ends with strips of four, unless more than half a strip is left.
    stride = -(-n // 4) * 4 if n % STRIP <= STRIP // 2 else -(-n // STRIP) * STRIP
    source = arc.extended(program, matrix, STRIP)
    kernels = ["words", "rescale", "filter", "quad", "strip_4", f"strip_{STRIP}"]
    kernels.append("two_valued")
    extra = code(0)
    if matrix.background:
        # The rows of a matrix are the only ones with a background.
        kernels.append("total")
        extra = code(matrix.background, " * ", call("total", _in_order(program, matrix), n))
    offsets = np.concatenate(
        [arc.offsets(term, n) for channel in filters for term in channel.terms]
    )
    # What pools an image reads whole words of its last row.
    target = program.buffer(
        len(filters) * stride + 3, np.arange(len(filters))[:, None] * stride + np.arange(n)
    )
    program.step(
        call(
            "two_valued",
            source,
            n,
            program.structs("filters", "filter", [channel.fields for channel in filters]),
            len(filters),
            program.array("offsets", offsets.astype(np.int16)),
            extra,
            stride,
            Pointer(target),
        ),
        target,
        kernels,
        len(filters) * stride * 9 + 1.3 * stride * len(offsets),
    )
    return target


def _segments(program: Program, matrix: Circulant, channel: Filter) -> int:
    """One filter with few terms: between the outputs at which an index goes round, none does."""
    n = matrix.places.shape[1]
    source = _in_order(program, matrix)
    shifts = np.concatenate([term.shifts for term in channel.terms])
    bias, *others = channel.fields
    start = f"{bias} + {matrix.background} * total(x, {n})" if matrix.background else str(bias)
    factors = (0, 0, 0, 0) if matrix.background else folded(channel)
    lines = [
        f"const struct filter filter = {{{start}, {', '.join(map(str, others))}}};",
        f"const struct folded folded = {{{', '.join(map(str, factors))}}};",
    ]
    for begin, end in pairwise(sorted({0, n, *((n - shifts) % n).tolist()})):
        offsets = np.where(begin + shifts < n, shifts, shifts - n)
        name = program.array("offsets", offsets.astype(np.int16))
        lines.append(f"segment(x + {begin}, {end - begin}, {name}, filter, folded, y + {begin});")
    target = program.buffer(n)
    name = program.function("circulant", "const int8_t *x, int8_t *y", lines)
    kernels = ["words", "rescale", "filter", "quad", "segment"]
    kernels += ["total"] if matrix.background else []
    work = n * (6 + 0.75 * len(shifts) + (4 if matrix.background else 0))
    program.step(call(name, source, Pointer(target)), target, kernels, work)
    return target


def _changes(kernel: NDArray[np.int32]) -> list[tuple[int, int]]:
    """What an accumulator gains from an output to the next: (weight, shift) of that output."""
    gains = np.roll(kernel, 1) - kernel
    return [(int(gains[shift]), int(shift)) for shift in np.flatnonzero(gains)]


def _running(
    program: Program,
    matrix: Circulant,
    channel: Filter,
    arc: Arc,
    changes: list[tuple[int, int]],
) -> int:
    """One filter whose values form long runs: each sum is made from the one before."""
    n = matrix.places.shape[1]
    # One shift more on either side: what a step adds and what it takes away.
    arc = Arc(arc.first, arc.length + 1)
    source = arc.extended(program, matrix, 0)
    rows = [(weight, (shift - arc.first) % n) for weight, shift in changes]
    kernel = np.roll(matrix.kernel[0, 0], -arc.first)
    edges = [0, *(np.flatnonzero(np.diff(kernel)) + 1).tolist(), n]
    start = [
        code(int(kernel[begin]), " * ", call("total", source + begin, end - begin))
        for begin, end in pairwise(edges)
        if kernel[begin]
    ]
    if matrix.background:
        start.append(code(matrix.background, " * ", call("total", _in_order(program, matrix), n)))
    summed = code(*(part for term in start for part in (" + ", term)))[1:]
    target = program.buffer(n)
    program.step(
        call(
            "running",
            source,
            n,
            summed,
            program.structs("changes", "change", rows),
            len(rows),
            program.structs("filters", "filter", [channel.fields]),
            Pointer(target),
        ),
        target,
        ["rescale", "total", "filter", "running"],
        n * (15 + 4 * len(rows)),
    )
    return target


def _in_order(program: Program, matrix: Circulant) -> Pointer:
    """A pointer to the numbers of the only plane."""
    places = matrix.places[0]
    view = in_order(program, View.of(matrix.buffer, places.shape, places))
    return pointer(view)
