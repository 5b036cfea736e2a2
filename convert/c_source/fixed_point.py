"""Functions in TFLite's fixed-point arithmetic, on arrays of int64 that hold int32 numbers.

Each is the function of the same name in gemmlowp's fixedpoint.h, bit by bit. A number of
format Qm.n stands for `raw / 2**n`; m + n is 31.
"""

import numpy as np
from numpy.typing import NDArray

Raw = NDArray[np.int64]

ONE = 2**31 - 1  # the nearest to one in Q0.31
ONE_IN_Q2 = 2**29

# e^-x for x = 1/4, 1/2, 1, ..., 16, in Q0.31.
POWERS = (1672461947, 1302514674, 790015084, 290630308, 39332535, 720401, 242)


def product(a: Raw | int, b: Raw | int) -> Raw:
    """The upper half of twice the product, rounded half up; integer bits add up."""
    rounded: Raw = (np.multiply(a, b, dtype=np.int64) + 2**30) >> 31
    return rounded


def divided(x: Raw, bits: int) -> Raw:
    """x / 2**bits, rounded half away from zero."""
    return (x + (1 << bits >> 1) - (x < 0)) >> bits if bits else x


def shifted(x: Raw, bits: int) -> Raw:
    """x * 2**bits, cut off at the ends of int32."""
    return np.clip(x << bits, -(2**31), 2**31 - 1)


def exponential(x: Raw, integer_bits: int) -> Raw:
    """e^x in Q0.31 of x <= 0 with that many integer bits, 5 at most."""
    fraction_bits = 31 - integer_bits
    quarter = 1 << fraction_bits >> 2
    within = (x & (quarter - 1)) - quarter
    # A Taylor series around -1/8.
    y = (within << integer_bits) + 2**28
    y2 = product(y, y)
    y3, y4 = product(y2, y), product(y2, y2)
    series = divided(product(divided(y4, 2) + y3, 715827883) + y2, 1)
    start = 1895147668  # e^(-1/8)
    result = start + product(start, y + series)
    rest = within - x
    for power, factor in enumerate(POWERS[: integer_bits + 2], start=-2):
        bit = rest >> (fraction_bits + power) & 1
        result = np.where(bit == 1, product(result, factor), result)
    return np.where(x == 0, ONE, result)


def _reciprocal(x: Raw) -> Raw:
    """2 / (1 + x) in Q2.29 of x in Q0.31 from 0 to 1, by Newton's method."""
    half = (x + ONE + 1) >> 1
    result = 1515870810 + product(half, -1010580540)  # 48/17 - 32/17 * half
    for _ in range(3):
        result = result + shifted(product(result, ONE_IN_Q2 - product(half, result)), 2)
    return result


def logistic(x: Raw, integer_bits: int) -> Raw:
    """1 / (1 + e^-x) in Q0.31."""
    reciprocal = _reciprocal(exponential(-np.abs(x), integer_bits))
    positive = shifted(reciprocal, 1)
    return np.where(x == 0, 2**30, np.where(x > 0, positive, ONE - positive))


def tanh(x: Raw, integer_bits: int) -> Raw:
    """The hyperbolic tangent in Q0.31."""
    # e^-2|x|: twice a number is the same number with one integer bit more.
    reciprocal = _reciprocal(exponential(-np.abs(x), integer_bits + 1))
    size = shifted(reciprocal - ONE_IN_Q2, 2)
    return np.where(x == 0, 0, np.where(x < 0, -size, size))
