"""Products with circulant matrices of two values, found in whatever form they come.

A FULLY_CONNECTED with a circulant matrix, a convolution over a circularly extended signal or
image, a GATHER and a product of what it gathers: in all of them output i takes weight w of
the input at i + s, for the same shifts s at every i. Where a channel's weights have two
values but zero, the inputs of each are added first, and then there are two multiplications.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from .moves import in_order
from .products import Product
from .program import Program, View

# Pairs of sums are kept in 16 bits, and a sum of that many int8 numbers fits.
MOST_TERMS = 255
# How many outputs the kernel for several heads works on at once, to make the loop over the
# offsets worth its while. A single head of a few terms is unrolled instead.
STRIP = 8
FEW = 8
LARGEST_OFFSET = 2**15 - 1


@dataclass(frozen=True)
class Circulant:
    """Rows of circulant matrices over one or several planes of n numbers.

    Attributes:
        kernel: weights by shift, int (channels, planes, n).
        places: where the planes' numbers lie, (planes, n).
        buffer: in which buffer.
        background: what was taken off all weights.
    """

    kernel: NDArray[np.int32]
    places: NDArray[np.int32]
    buffer: int
    background: int


def two_valued(program: Program, made: Product, view: View) -> View | None:
    """The product by sums, if it is of such a matrix and a ReLU follows; else None.

    Args:
        program: gets the steps.
        made: the product.
        view: its input.
    """
    if made.low != made.y.zero_point or made.reads.ndim != 2 or view.buffer is None:
        return None
    found = circulant(program, made, view)
    if found is None:
        return None
    shifts = [_shifts(row) for row in found.kernel]
    if any(one is None for one in shifts):
        return None
    return _emit(program, made, found, [one for one in shifts if one is not None])


def circulant(program: Program, made: Product, view: View) -> Circulant | None:
    """The weights by shift, if the product is of circulant matrices; else None."""
    buffer = view.buffer
    assert buffer is not None
    positions = len(made.reads)
    if positions == 1:
        return _of_matrix(made, view.places.ravel()[made.reads[0]], buffer)
    places = program.planes.get(buffer)
    if places is None or places.shape[1] != positions or (made.reads < 0).any():
        return None
    planes, n = places.shape
    number = np.full(program.sizes[buffer], -1)
    number[places] = np.arange(planes * n).reshape(planes, n)
    reads = number[view.places.ravel()[made.reads]]
    plane, at = np.divmod(reads, n)
    shift = (at - np.arange(n)[:, None]) % n
    if (reads < 0).any() or (shift != shift[0]).any() or (plane != plane[0]).any():
        return None
    kernel = np.zeros((made.channels, planes, n), np.int32)
    for tap in range(reads.shape[1]):
        kernel[:, plane[0, tap], shift[0, tap]] += made.weights[:, tap]
    return Circulant(kernel, places, buffer, 0)


def _of_matrix(made: Product, places: NDArray[np.int32], buffer: int) -> Circulant | None:
    n = made.channels
    if len(places) != n or n < 2:
        return None
    first = made.weights[0].astype(np.int32)
    if any((made.weights[i] != np.roll(first, i)).any() for i in range(1, n)):
        return None
    # All rows become one channel: they have to be rescaled alike.
    if len(set(made.scales)) > 1 or len(set(made.bias.tolist())) > 1:
        return None
    values, counts = np.unique(first, return_counts=True)
    # The value that most weights have need not be summed one by one: it is one sum for all.
    background = int(values[counts.argmax()])
    kernel = (first - background).reshape(1, 1, n)
    return Circulant(kernel, places.reshape(1, n), buffer, background)


def _shifts(
    kernel: NDArray[np.int32],
) -> list[tuple[int, NDArray[np.int64], NDArray[np.int64]]] | None:
    """Two pairs of a value and the (planes, shifts) that carry it; None if there are more."""
    values = [int(value) for value in np.unique(kernel) if value]
    if len(values) > 2:
        return None
    found = [(value, *np.nonzero(kernel == value)) for value in values]
    if any(len(planes) > MOST_TERMS for _, planes, _ in found):
        return None
    empty = np.array([], np.int64)
    return found + [(0, empty, empty)] * (2 - len(found))


def _emit(
    program: Program,
    made: Product,
    found: Circulant,
    shifts: list[list[tuple[int, NDArray[np.int64], NDArray[np.int64]]]],
) -> View | None:
    planes, n = found.places.shape
    arc = Arc.of(np.unique(np.concatenate([at for head in shifts for _, _, at in head])), n)
    heads = [
        _head(made, channel, head, found.background * n) for channel, head in enumerate(shifts)
    ]
    if planes * (n + arc.length + STRIP) > LARGEST_OFFSET or any(head is None for head in heads):
        return None
    if len(shifts) == 1 and planes == 1 and sum(at.size for _, _, at in shifts[0]) <= FEW:
        target = _segments(program, made, found, heads[0], shifts[0])
        stride = n
    else:
        stride = -(-n // STRIP) * STRIP
        target = _strips(program, made, found, heads, shifts, arc, stride)
    places = np.arange(len(heads))[:, None] * stride + np.arange(n)
    program.planes[target] = places.astype(np.int32)
    if made.reads.shape[0] == 1:
        return View.of(target, made.y.shape, places[0])
    return View.of(target, made.y.shape, places.T)


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


def _head(
    made: Product,
    channel: int,
    head: list[tuple[int, NDArray[np.int64], NDArray[np.int64]]],
    background: int,
) -> tuple[int, ...] | None:
    """The struct of that name; None where its numbers do not fit."""
    scale = made.scales[channel]
    factor = 4 << scale.left
    values = [value * factor for value, _, _ in head]
    zero = made.x.zero_point * int(made.weights[channel].sum(dtype=np.int64))
    bias = factor * (int(made.bias[channel]) - zero)
    sums = sum(abs(value) * len(at) for value, (_, _, at) in zip(values, head, strict=True))
    largest = abs(bias) + 128 * (sums + abs(factor * background))
    if largest >= 2**31 or max(map(abs, values)) >= 2**15 or scale.right > 30:
        return None
    return bias, scale.value, *values, *(len(at) for _, _, at in head), scale.right


def _strips(
    program: Program,
    made: Product,
    found: Circulant,
    heads: list[tuple[int, ...]],
    shifts: list[list[tuple[int, NDArray[np.int64], NDArray[np.int64]]]],
    arc: Arc,
    stride: int,
) -> int:
    """All heads by one kernel, over planes that go on after their ends."""
    n = found.places.shape[1]
    wide = n + arc.length
    extended = found.places[:, (arc.first + np.arange(wide)) % n]
    source = in_order(program, View.of(found.buffer, extended.shape, extended), spare=STRIP)
    assert source.buffer is not None
    offsets = [
        np.sort(plane * wide + (at - arc.first) % n) for head in shifts for _, plane, at in head
    ]
    target = program.buffer(len(heads) * stride)
    program.step(
        f"two_valued_{STRIP}({{{source.buffer}}} + {source.start}, {n}, "
        f"{program.structs('heads', 'head', heads)}, {len(heads)}, "
        f"{program.array('offsets', np.concatenate(offsets).astype(np.int16))}, "
        f"{made.y.zero_point}, {made.high - made.y.zero_point}, {stride}, {{{target}}});",
        [source.buffer],
        target,
        ["words", "head", f"strip_{STRIP}", f"two_valued_{STRIP}"],
    )
    return target


def _segments(
    program: Program,
    made: Product,
    found: Circulant,
    head: tuple[int, ...],
    shifts: list[tuple[int, NDArray[np.int64], NDArray[np.int64]]],
) -> int:
    """One head with few terms: between the outputs at which an index goes round, none does."""
    n = found.places.shape[1]
    source = in_order(program, View.of(found.buffer, (n,), found.places[0]))
    all_shifts = np.concatenate([at for _, _, at in shifts])
    edges = sorted({0, n, *((n - all_shifts) % n).tolist()})
    target = program.buffer(n)
    extra, kernels = "", ["words", "head", "strip_4", "segment"]
    bias = str(head[0])
    if found.background:
        kernels.append("total")
        extra = f"{found.background * (4 << made.scales[0].left)} * total(x, {n})"
        bias += f" + {extra}"
    lines = [f"const struct head head = {{{bias}, {', '.join(map(str, head[1:]))}}};"]
    for begin, end in pairwise(edges):
        offsets = np.where(begin + all_shifts < n, all_shifts, all_shifts - n)
        name = program.array("offsets", offsets.astype(np.int16))
        lines.append(
            f"segment(x + {begin}, {end - begin}, {name}, head, {made.y.zero_point}, "
            f"{made.high - made.y.zero_point}, y + {begin});"
        )
    name = program.function("circulant", "const int8_t *x, int8_t *y", lines)
    program.step(
        f"{name}({{{source.buffer}}} + {source.start}, {{{target}}});",
        [found.buffer if source.buffer is None else source.buffer],
        target,
        kernels,
    )
    return target
