"""The factors that take a rescaling in: exact for every sum that there can be, or not taken."""

from fractions import Fraction

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from keras_tvscm.convert.c_source.channel import Filter, Terms, folded


def tflite(accumulator: int, multiplier: int, right: int) -> int:
    """MultiplyByQuantizedMultiplier and a ReLU of TFLite, in rational numbers."""
    high = (Fraction(accumulator * multiplier, 2**31) + Fraction(1, 2)).__floor__()
    value = Fraction(high, 2**right)
    rounded = (abs(value) + Fraction(1, 2)).__floor__() * (1 if value >= 0 else -1)
    return min(max(rounded, 0), 255)


@given(
    st.integers(-127, 127),
    st.integers(-127, 127),
    st.integers(-30000, 30000),
    st.integers(2**30, 2**31 - 1) | st.sampled_from([1082196562, 1242083955]),
    st.integers(6, 9),
)
@settings(max_examples=15, deadline=None)
def test_every_output(a: int, b: int, bias: int, multiplier: int, right: int) -> None:
    none = np.zeros(1, np.int64)
    channel = Filter(
        [Terms(a, none, none), Terms(b, none, none)], (bias, multiplier, a, b, 1, 1, 0, right)
    )
    factor_a, factor_b, start, shift = folded(channel)
    assume(shift)
    rng = np.random.default_rng(0)
    for one, other in [(-128, 127), (127, -128), *rng.integers(-128, 128, (2000, 2)).tolist()]:
        value = factor_a * one + factor_b * other + start
        assert abs(value) < 2**31
        expected = tflite(a * one + b * other + bias, multiplier, right)
        assert min(max(value >> shift, 0), 255) == expected


def test_the_mnist_filter_is_folded() -> None:
    twice = np.zeros(2, np.int64)
    terms = [Terms(-87, twice, twice), Terms(127, twice, twice)]
    assert folded(Filter(terms, (10240, 1082196562, -87, 127, 2, 2, 0, 7)))[3]
