"""Products with circulant matrices of two values, found in whatever form they come.

A FULLY_CONNECTED with a circulant matrix, a convolution over a circularly extended signal or
image, a GATHER and a product of what it gathers: in all of them output i takes weight w of
the input at i + s, for the same shifts s at every i. Where a channel's weights have two
values but zero, the inputs of each are added first, and then there are two multiplications.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from .moves import in_order
from .products import Product
from .program import Program, View
from .rounding import Multiplier, rescaled

# Pairs of sums are kept in 16 bits; sums of so many int8 numbers fit.
MOST_TERMS = 256
# How many outputs the kernel for several heads works on at once, to make the loop over the
# offsets worth its while. A single head of a few terms is unrolled instead.
STRIP = 16
FEW = 8
# Sums are kept from one output to the next where a step takes this many times fewer terms.
RUNNING = 6
# Beyond these, kernels would need more than 32 bits.
LARGEST_SUM = 2**29
LARGEST_SHIFT = 23
# Two outputs are cut off at once, in 16 bits each.
LARGEST_OUTPUT = 2**15
LARGEST_OFFSET = 2**15 - 1
# `rescale_positive` takes larger sums for this.
MOST = 2**23 - 1
# Of a matrix that is looked at as a whole.
LARGEST_MATRIX = 2**12


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
class Circulant:
    """Rows of circulant matrices over one or several planes of n numbers.

    Attributes:
        kernel: weights by shift, int32 (channels, planes, n).
        places: where the planes' numbers lie, (planes, n).
        buffer: in which buffer.
        background: what was taken off all weights.
    """

    kernel: NDArray[np.int32]
    places: NDArray[np.int32]
    buffer: int
    background: int


@dataclass(frozen=True)
class Head:
    """What the kernels take of a channel; `fields` of their struct."""

    terms: list[Terms]
    fields: tuple[int, ...]


def two_valued(program: Program, made: Product, view: View) -> View | None:
    """The product by sums, if it is of such a matrix and a ReLU follows; else None.

    Args:
        program: gets the steps.
        made: the product.
        view: its input.
    """
    relu = (made.low, made.y.zero_point, made.high) == (-128, -128, 127)
    if not relu or made.reads.ndim != 2 or view.buffer is None:
        return None
    found = _circulant(program, made, view, view.buffer)
    if found is None:
        return None
    heads = []
    for channel, kernel in enumerate(found.kernel):
        terms = _terms(kernel)
        head = terms and _head(made, channel, terms, found)
        if not head:
            return None
        heads.append(head)
    target = _emit(program, made, found, heads)
    if target is None:
        return None
    places = program.planes[target]
    # One plane for all outputs, or one a channel, the last axis.
    return View.of(target, made.y.shape, places[0] if len(places) == 1 else places.T)


def _circulant(program: Program, made: Product, view: View, buffer: int) -> Circulant | None:
    """The weights by shift, if the product is of circulant matrices; else None."""
    positions = len(made.reads)
    places = program.planes[buffer]
    if positions == 1:
        places = view.places.ravel()[made.reads[0]][None]
    planes, n = places.shape
    number = np.full(program.sizes[buffer], -1)
    number[places] = np.arange(planes * n).reshape(planes, n)
    reads = number[view.places.ravel()[made.reads]]
    if planes == 1 and positions * made.channels == n and made.channels > 1:
        return _of_matrix(made, reads, places, buffer)
    if positions != n or (reads < 0).any():
        return None
    plane, at = np.divmod(reads, n)
    shift = (at - np.arange(n)[:, None]) % n
    if (shift != shift[0]).any() or (plane != plane[0]).any():
        return None
    kernel = np.zeros((made.channels, planes, n), np.int32)
    for tap in range(reads.shape[1]):
        kernel[:, plane[0, tap], shift[0, tap]] += made.weights[:, tap]
    return Circulant(kernel, places, buffer, 0)


def _of_matrix(
    made: Product, reads: NDArray[np.int64], places: NDArray[np.int32], buffer: int
) -> Circulant | None:
    """The same where all outputs together are one vector: a matrix, or blocks of outputs."""
    n = places.shape[1]
    # All rows become one channel: they have to be rescaled alike.
    if len(set(made.scales)) > 1 or len(set(made.bias.tolist())) > 1 or n > LARGEST_MATRIX:
        return None
    beyond = (reads < 0).any(axis=0)
    if made.weights[:, beyond].any():
        return None
    matrix = np.zeros((len(reads), made.channels, n), np.int32)
    for tap in range(reads.shape[1]):
        weights = made.weights[:, tap].astype(np.int32)
        matrix[np.arange(len(reads))[:, None], np.arange(made.channels), reads[:, tap, None]] += (
            weights
        )
    first, *others = matrix.reshape(n, n)
    if any((row != np.roll(first, i + 1)).any() for i, row in enumerate(others)):
        return None
    values, counts = np.unique(first, return_counts=True)
    # The value that most weights have need not be summed one by one: it is one sum for all.
    background = int(values[counts.argmax()])
    kernel = (first - background).reshape(1, 1, n)
    return Circulant(kernel, places, buffer, background)


def _terms(kernel: NDArray[np.int32]) -> list[Terms] | None:
    """A channel's two values; None if there are more, or too many terms for 16 bits."""
    values = [int(value) for value in np.unique(kernel) if value]
    if len(values) > 2:
        return None
    found = [Terms(value, *np.nonzero(kernel == value)) for value in values]
    if len(found) == 1 and len(found[0].shifts) > MOST_TERMS:
        found = found[0].halves()
    none = np.array([], np.int64)
    found += [Terms(0, none, none)] * (2 - len(found))
    return found if all(len(one.shifts) <= MOST_TERMS for one in found) else None


def _head(made: Product, channel: int, terms: list[Terms], found: Circulant) -> Head | None:
    """The struct's fields; None where they do not fit."""
    scale = made.scales[channel]
    values = [one.value for one in terms]
    total = int(found.kernel[channel].sum()) + found.background * found.places.shape[1]
    zero = made.x.zero_point * total
    bias = int(made.bias[channel]) - zero
    sums = sum(abs(one.value) * len(one.shifts) for one in terms)
    sums += abs(found.background) * found.places.shape[1]
    largest = (abs(bias) + 128 * sums) << scale.left
    widest = max(map(abs, values)) * 4 << scale.left
    if rescaled(largest >> scale.left, scale) >= LARGEST_OUTPUT:
        return None
    if largest >= LARGEST_SUM or widest >= 2**15 or scale.right > LARGEST_SHIFT:
        return None
    if largest > MOST and int(rescaled(MOST >> scale.left, scale)) < 255:
        return None
    counts = [len(one.shifts) for one in terms]
    return Head(terms, (bias, scale.value, *values, *counts, scale.left, scale.right))


def _emit(program: Program, made: Product, found: Circulant, heads: list[Head]) -> int | None:
    """The buffer that the outputs are written to, plane by plane."""
    n = found.places.shape[1]
    shifts = np.unique(np.concatenate([one.shifts for head in heads for one in head.terms]))
    arc = Arc.of(shifts if len(shifts) else np.array([0]), n)
    if len(found.places) * (n + arc.length + STRIP) > LARGEST_OFFSET:
        return None
    if len(heads) == 1 and len(found.places) == 1:
        changes = _changes(found.kernel[0, 0])
        if len(shifts) <= FEW:
            return _segments(program, made, found, heads[0])
        if len(changes) * RUNNING <= len(shifts):
            return _running(program, made, found, heads[0], arc, changes)
    return _strips(program, made, found, heads, arc)


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

    def extended(self, program: Program, found: Circulant, spare: int) -> str:
        """The planes, going on after their ends, so that no index goes round: a pointer."""
        n = found.places.shape[1]
        plane = int(found.places[1, 0] - found.places[0, 0]) if len(found.places) > 1 else n
        start = int(found.places[0, 0])
        regular = start + np.arange(len(found.places))[:, None] * plane + np.arange(n)
        if (found.places == regular).all() and self.length:
            size = n + self.length
            target = program.buffer(len(found.places) * size + spare)
            program.step(
                f"wrap({{{found.buffer}}} + {start}, {len(found.places)}, {plane}, {n}, "
                f"{self.first}, {size}, {{{target}}});",
                target,
                ["words", "copy", "wrap"],
                0.8 * len(found.places) * size,
            )
            return f"{{{target}}} + 0"
        places = found.places[:, (self.first + np.arange(n + self.length)) % n]
        view = in_order(program, View.of(found.buffer, places.shape, places), spare)
        return f"{{{view.buffer}}} + {view.start}"

    def offsets(self, terms: Terms, n: int) -> NDArray[np.int64]:
        """Where the terms of the first output lie there."""
        return np.sort(terms.planes * (n + self.length) + (terms.shifts - self.first) % n)


def _strips(
    program: Program, made: Product, found: Circulant, heads: Sequence[Head], arc: Arc
) -> int:
    """All heads by one kernel."""
    n = found.places.shape[1]
    stride = -(-n // STRIP) * STRIP
    source = arc.extended(program, found, STRIP)
    kernels = ["words", "rescale", "head", "output", "quad", "strip_4", f"strip_{STRIP}"]
    kernels.append("two_valued")
    extra = "0"
    if found.background:
        # The rows of a matrix are the only ones with a background.
        kernels.append("total")
        extra = f"{found.background} * total({_in_order(program, found)}, {n})"
    offsets = np.concatenate([arc.offsets(one, n) for head in heads for one in head.terms])
    target = program.buffer(
        len(heads) * stride, np.arange(len(heads))[:, None] * stride + np.arange(n)
    )
    program.step(
        f"two_valued({source}, {n}, "
        f"{program.structs('heads', 'head', [head.fields for head in heads])}, {len(heads)}, "
        f"{program.array('offsets', offsets.astype(np.int16))}, {extra}, "
        f"{stride}, {{{target}}});",
        target,
        kernels,
        len(heads) * stride * 9 + 1.3 * stride * len(offsets),
    )
    return target


def _segments(program: Program, made: Product, found: Circulant, head: Head) -> int:
    """One head with few terms: between the outputs at which an index goes round, none does."""
    n = found.places.shape[1]
    source = _in_order(program, found)
    shifts = np.concatenate([one.shifts for one in head.terms])
    bias, *others = head.fields
    start = f"{bias} + {found.background} * total(x, {n})" if found.background else str(bias)
    folded = (0, 0, 0, 0) if found.background else _folded(made, head)
    lines = [
        f"const struct head head = {{{start}, {', '.join(map(str, others))}}};",
        f"const struct folded folded = {{{', '.join(map(str, folded))}}};",
    ]
    for begin, end in pairwise(sorted({0, n, *((n - shifts) % n).tolist()})):
        offsets = np.where(begin + shifts < n, shifts, shifts - n)
        name = program.array("offsets", offsets.astype(np.int16))
        lines.append(f"segment(x + {begin}, {end - begin}, {name}, head, folded, y + {begin});")
    target = program.buffer(n)
    name = program.function("circulant", "const int8_t *x, int8_t *y", lines)
    kernels = ["words", "rescale", "head", "output", "quad", "segment"]
    kernels += ["total"] if found.background else []
    work = n * (6 + 0.75 * len(shifts) + (4 if found.background else 0))
    program.step(f"{name}({source}, {{{target}}});", target, kernels, work)
    return target


def _folded(made: Product, head: Head) -> tuple[int, int, int, int]:
    """(a, b, bias, shift) with (a * sum + b * sum + bias) >> shift equal to every output that
    there can be, before it is cut off at the ends; zeros if none are found."""
    bias, multiplied, *values = head.fields[:4]
    left, right = head.fields[6:]
    sums = [np.arange(-128 * len(one.shifts), 127 * len(one.shifts) + 1) for one in head.terms]
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
        largest = sum(
            abs(one) * 128 * len(x.shifts) for one, x in zip((a, b), head.terms, strict=True)
        )
        if largest + abs(start) < 2**31 and low <= high:
            return a, b, start, shift
    return 0, 0, 0, 0


def _changes(kernel: NDArray[np.int32]) -> list[tuple[int, int]]:
    """What an accumulator gains from an output to the next: (weight, shift) of that output."""
    gains = np.roll(kernel, 1) - kernel
    return [(int(gains[shift]), int(shift)) for shift in np.flatnonzero(gains)]


def _running(
    program: Program,
    made: Product,
    found: Circulant,
    head: Head,
    arc: Arc,
    changes: list[tuple[int, int]],
) -> int:
    """One head whose values form long runs: each sum is made from the one before."""
    n = found.places.shape[1]
    # One shift more on either side: what a step adds and what it takes away.
    arc = Arc(arc.first, arc.length + 1)
    source = arc.extended(program, found, 0)
    rows = [(weight, (shift - arc.first) % n) for weight, shift in changes]
    kernel = np.roll(found.kernel[0, 0], -arc.first)
    edges = [0, *(np.flatnonzero(np.diff(kernel)) + 1).tolist(), n]
    start = [
        f"{kernel[begin]} * total({source} + {begin}, {end - begin})"
        for begin, end in pairwise(edges)
        if kernel[begin]
    ]
    if found.background:
        start.append(f"{found.background} * total({_in_order(program, found)}, {n})")
    target = program.buffer(n)
    program.step(
        f"running({source}, {n}, {' + '.join(start)}, "
        f"{program.structs('changes', 'change', rows)}, {len(rows)}, "
        f"{program.structs('heads', 'head', [head.fields])}, "
        f"{{{target}}});",
        target,
        ["rescale", "total", "head", "running"],
        n * (15 + 4 * len(rows)),
    )
    return target


def _in_order(program: Program, found: Circulant) -> str:
    """A pointer to the numbers of the only plane."""
    places = found.places[0]
    view = in_order(program, View.of(found.buffer, places.shape, places))
    return f"{{{view.buffer}}} + {view.start}"
