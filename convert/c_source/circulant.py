"""Products with circulant matrices, found in whatever form they come.

A FULLY_CONNECTED with a circulant matrix, a convolution over a circularly extended signal or
image, or over blocks of one, a GATHER and a product of what it gathers: in all of them output i
takes weight w of the input at i + s, for the same shifts s at every i.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .blocks import without_blocks
from .products import Product
from .program import Program, View

# Of a matrix that is looked at as a whole.
LARGEST_MATRIX = 2**12


@dataclass(frozen=True)
class Circulant:
    """Rows of circulant matrices over one or several planes of n numbers.

    Attributes:
        linear: the product, whose channels these are.
        kernel: weights by shift, int32 (channels, planes, n).
        places: where the planes' numbers lie, (planes, n).
        buffer: in which buffer.
        outputs: which of a channel's n outputs stands at each position.
        background: what was taken off all weights.
    """

    linear: Product
    kernel: NDArray[np.int32]
    places: NDArray[np.int32]
    buffer: int
    outputs: NDArray[np.int64]
    background: int = 0

    def view(self, program: Program, target: int) -> View:
        """The product's output, where each channel's n outputs are a plane of that buffer."""
        places = program.planes[target][:, self.outputs]
        # One channel's are the whole output, those of several its last axis.
        return View.of(target, self.linear.y.shape, places.T)


def circulant(program: Program, linear: Product, view: View) -> Circulant | None:
    """The weights by shift, if the product is of circulant matrices; else None."""
    buffer = view.buffer
    if linear.reads.ndim != 2 or buffer is None:
        return None
    planes = program.planes[buffer]
    places = planes if len(linear.reads) > 1 else view.places.ravel()[linear.reads[0]][None]
    if len(places) == 1 and len(linear.reads) * linear.channels == places.size > 1:
        return _of_matrix(linear, view, places, buffer)
    for form in (without_blocks(linear), linear):
        matrix = form and _of_planes(form, view, buffer)
        if matrix:
            return matrix
    return None


def _of_planes(linear: Product, view: View, buffer: int) -> Circulant | None:
    """The same where each channel's outputs are a plane, as its inputs are."""
    reads = view.places.ravel()[linear.reads]
    again = np.flatnonzero((reads[1:] == reads[0]).all(axis=1))
    n = int(again[0]) + 1 if len(again) else len(reads)
    outputs = np.arange(len(reads)) % n
    if n == 1 or (reads != reads[outputs]).any():
        return None
    # What a tap reads for one output after another, from its first place on.
    starts = reads[:n].argmin(axis=0)
    turned = np.take_along_axis(reads, (np.arange(n)[:, None] + starts) % n, axis=0)
    _, taps, plane = np.unique(turned[0], return_index=True, return_inverse=True)
    places = turned[:, taps].T
    # A window that does not go round would have a plane for each of its taps.
    shared = places.size - len(np.unique(places))
    if shared >= len(places) or (turned != places[plane].T).any():
        return None
    kernel = np.zeros((linear.channels, len(places), n), np.int32)
    for tap, start in enumerate(starts):
        kernel[:, plane[tap], -start % n] += linear.weights[:, tap]
    return Circulant(linear, kernel, places, buffer, outputs)


def _of_matrix(
    linear: Product, view: View, places: NDArray[np.int32], buffer: int
) -> Circulant | None:
    """The same where all outputs together are one plane: a matrix, or blocks of outputs."""
    n = places.size
    # All rows become one channel: they have to be rescaled alike.
    if len(set(linear.scales)) > 1 or len(set(linear.bias.tolist())) > 1 or n > LARGEST_MATRIX:
        return None
    number = np.full(max(places.max(), view.places.max()) + 1, -1)
    number[places] = np.arange(n)
    reads = number[view.places.ravel()[linear.reads]]
    beyond = (reads < 0).any(axis=0)
    if linear.weights[:, beyond].any():
        return None
    matrix = np.zeros((len(reads), linear.channels, n), np.int32)
    for tap in range(reads.shape[1]):
        weights = linear.weights[:, tap].astype(np.int32)
        matrix[np.arange(len(reads))[:, None], np.arange(linear.channels), reads[:, tap, None]] += (
            weights
        )
    first, *others = matrix.reshape(n, n)
    if any((row != np.roll(first, i + 1)).any() for i, row in enumerate(others)):
        return None
    values, counts = np.unique(first, return_counts=True)
    # The value that most weights have need not be summed one by one: it is one sum for all.
    background = int(values[counts.argmax()])
    kernel = (first - background).reshape(1, 1, n)
    return Circulant(linear, kernel, places, buffer, np.arange(n), background)
