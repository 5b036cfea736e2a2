"""Products with circulant matrices of two values, found in whatever form they come.

A FULLY_CONNECTED with a circulant matrix, a convolution over a circularly extended signal or
image, a GATHER and a product of what it gathers: in all of them output i takes weight w of
the input at i + s, for the same shifts s at every i. Where a channel's weights have two
values but zero, the inputs of each are added first, and then there are two multiplications.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .moves import in_order
from .products import Product
from .program import Program, View

# Pairs of sums are kept in 16 bits, and a sum of that many int8 numbers fits.
MOST_TERMS = 255
# The kernel works on so many outputs at once.
STRIP = 8
LARGEST_OFFSET = 2**16 - 1


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
    return _emit(program, made, found, [one for one in shifts if one])


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
    signed = [np.where(at > n // 2, at - n, at) for head in shifts for _, _, at in head if at.size]
    before = max((int(-at.min()) for at in signed), default=0)
    after = max((int(at.max()) for at in signed), default=0)
    before, after = max(before, 0), max(after, 0)
    wide = before + n + after
    if planes * wide + STRIP > LARGEST_OFFSET:
        return None
    rows, offsets = [], list[int]()
    for channel, head in enumerate(shifts):
        scale = made.scales[channel]
        factor = 4 << scale.left
        values = [value * factor for value, _, _ in head]
        total = made.weights[channel].sum(dtype=np.int64)
        bias = factor * int(made.bias[channel] - made.x.zero_point * total)
        largest = abs(bias) + 128 * sum(
            abs(value) * len(at) for value, (_, _, at) in zip(values, head, strict=True)
        )
        largest += 128 * n * abs(found.background) * factor
        if largest >= 2**31 or max(map(abs, values)) >= 2**15 or scale.right > 30:
            return None
        for _, plane, at in head:
            near = np.where(at > n // 2, at - n, at)
            offsets += sorted((plane * wide + before + near).tolist())
        counts = [len(at) for _, _, at in head]
        rows.append((bias, scale.value, *values, *counts, scale.right))

    stride = -(-n // STRIP) * STRIP
    extended = np.concatenate([np.arange(n - before, n), np.arange(n), np.arange(after)])
    source = View.of(found.buffer, (planes, wide), found.places[:, extended])
    source = in_order(program, source, spare=STRIP)
    assert source.buffer is not None and source.start is not None
    places = np.arange(len(rows))[:, None] * stride + np.arange(n)
    target = program.buffer(len(rows) * stride, places)
    reads, extra, kernels = [source.buffer], "0", ["words", "two_valued"]
    if found.background:
        factor = 4 << made.scales[0].left
        reads.append(found.buffer)
        kernels.append("total")
        whole = in_order(program, View.of(found.buffer, (n,), found.places[0]))
        extra = f"{found.background * factor} * total({{{whole.buffer}}} + {whole.start}, {n})"
    heads = program.structs("heads", "head", rows)
    table = program.array("offsets", np.array(offsets, np.uint16))
    program.step(
        f"two_valued({{{source.buffer}}} + {source.start}, {n}, {heads}, {len(rows)}, {table}, "
        f"{extra}, {made.y.zero_point}, {made.high - made.y.zero_point}, {stride}, {{{target}}});",
        reads,
        target,
        kernels,
    )
    if made.reads.shape[0] == 1:
        return View.of(target, made.y.shape, places[0])
    return View.of(target, made.y.shape, places.T)
