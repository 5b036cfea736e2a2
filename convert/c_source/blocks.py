"""Convolutions over blocks of columns as channels, as the convolutions that they stand for.

`lower/conv_polyphase.py` and `lower/mean.py` write them: the channels of an output are some columns
of all filters, one column after another, whose weights are those of the first, moved on.
"""

from dataclasses import replace

import numpy as np

from .products import Product


def without_blocks(linear: Product) -> Product | None:
    """The same outputs, in the same order, each column at a position of its own; None if the
    channels are no such columns.
    """
    counts = [count for count in range(1, linear.channels // 2 + 1) if linear.channels % count == 0]
    forms = (_of_filters(linear, count) for count in counts)
    return next((form for form in forms if form), None)


def _of_filters(linear: Product, count: int) -> Product | None:
    """The same for so many filters."""
    columns = linear.channels // count
    weights = linear.weights.reshape(columns, count, -1)
    alike = (linear.bias == np.tile(linear.bias[:count], columns)).all()
    if not alike or linear.scales != linear.scales[:count] * columns:
        return None
    taps = np.flatnonzero(weights[0].any(axis=0))
    others = np.flatnonzero(weights[1].any(axis=0))
    if len(taps) == 0 or len(others) == 0 or others[0] <= taps[0]:
        return None
    # Of each column the taps at which the first one's weights are.
    moved = taps + (others[0] - taps[0]) * np.arange(columns)[:, None]
    if moved.max() >= weights.shape[2]:
        return None
    expected = np.zeros_like(weights)
    for column, there in enumerate(moved):
        expected[column][:, there] = weights[0][:, taps]
    if (weights != expected).any():
        return None
    return replace(
        linear,
        weights=weights[0][:, taps],
        reads=linear.reads[:, moved].reshape(-1, len(taps)),
        bias=linear.bias[:count],
        scales=linear.scales[:count],
    )
