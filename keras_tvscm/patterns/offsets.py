"""Offsets of a symmetric circulant matrix's first row, and what stands at them."""

from enum import IntEnum

import numpy as np
from numpy.typing import NDArray


class Symbol(IntEnum):
    """What an offset carries. Arrays and saved files hold the numbers."""

    ZERO = 0
    A = 1
    B = 2


def offset_of(shifts: NDArray[np.int64], n: int) -> NDArray[np.int64]:
    """The offset, 0 to n // 2, that each shift 0 <= k < n belongs to: c[k] == c[n - k]."""
    return np.minimum(shifts, n - shifts)
