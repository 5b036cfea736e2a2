"""Products with circulant matrices, found in whatever form they come.

A FULLY_CONNECTED with a circulant matrix, a convolution over a circularly extended signal or
image, a GATHER and a product of what it gathers: in all of them output i takes weight w of
the input at i + s, for the same shifts s at every i.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .products import Product
from .program import Program, View

# Of a matrix that is looked at as a whole.
LARGEST_MATRIX = 2**12


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


def circulant(program: Program, linear: Product, view: View, buffer: int) -> Circulant | None:
    """The weights by shift, if the product is of circulant matrices; else None."""
    positions = len(linear.reads)
    places = program.planes[buffer]
    if positions == 1:
        places = view.places.ravel()[linear.reads[0]][None]
    planes, n = places.shape
    number = np.full(program.sizes[buffer], -1)
    number[places] = np.arange(planes * n).reshape(planes, n)
    reads = number[view.places.ravel()[linear.reads]]
    if planes == 1 and positions * linear.channels == n and linear.channels > 1:
        return _of_matrix(linear, reads, places, buffer)
    if positions != n or (reads < 0).any():
        return None
    plane, at = np.divmod(reads, n)
    shift = (at - np.arange(n)[:, None]) % n
    if (shift != shift[0]).any() or (plane != plane[0]).any():
        return None
    kernel = np.zeros((linear.channels, planes, n), np.int32)
    for tap in range(reads.shape[1]):
        kernel[:, plane[0, tap], shift[0, tap]] += linear.weights[:, tap]
    return Circulant(kernel, places, buffer, 0)


def _of_matrix(
    linear: Product, reads: NDArray[np.int64], places: NDArray[np.int32], buffer: int
) -> Circulant | None:
    """The same where all outputs together are one vector: a matrix, or blocks of outputs."""
    n = places.shape[1]
    # All rows become one channel: they have to be rescaled alike.
    if len(set(linear.scales)) > 1 or len(set(linear.bias.tolist())) > 1 or n > LARGEST_MATRIX:
        return None
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
    return Circulant(kernel, places, buffer, background)
