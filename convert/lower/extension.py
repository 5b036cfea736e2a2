"""Where a sum over neighbours goes round: the input, extended by what lies beyond its ends."""

from typing import Any

import tensorflow as tf


def extended(x: Any, before: int, after: int, axis: int = 1) -> Any:
    """The last `before` entries along `axis`, all of them, and the first `after`.

    Two SLICEs and a CONCATENATION: a GATHER would be one operator, but its indices take four
    bytes for each number.
    """
    n = x.shape[axis]
    ends = [_slice(x, axis, n - before, before)] if before else []
    ends += [x]
    ends += [_slice(x, axis, 0, after)] if after else []
    return tf.concat(ends, axis=axis) if len(ends) > 1 else x


def _slice(x: Any, axis: int, start: int, size: int) -> Any:
    begin, sizes = [0] * x.shape.rank, list(x.shape)
    begin[axis], sizes[axis] = start, size
    return tf.slice(x, begin, sizes)
