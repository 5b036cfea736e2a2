"""Fixed-point scales, as TFLite makes them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from keras_tvscm.convert.c_source.rounding import multiplier
from keras_tvscm.errors import InputError


@given(st.floats(1e-9, 1e6))
def test_a_multiplier_is_the_scale_to_31_bits(scale):
    found = multiplier(scale)
    value = found.value * 2.0 ** (found.left - found.right - 31)
    assert abs(value - scale) <= scale * 2.0**-31
    assert 2**30 <= found.value < 2**31
    assert found.left == 0 or found.right == 0


def test_what_rounds_up_to_one_is_half_of_the_next():
    assert multiplier(1 - 2.0**-40) == multiplier(1.0)
    assert multiplier(1.0).value == 2**30 and multiplier(1.0).left == 1


def test_what_32_bits_cannot_shift():
    assert multiplier(2.0**-40).value == 0
    with pytest.raises(InputError, match="rescales by"):
        multiplier(2.0**31)


@given(st.integers(-(2**22), 2**22), st.floats(1e-5, 0.9))
def test_one_rounding_is_two_where_a_relu_follows(acc, scale):
    """What the kernels for two-valued rows rely on: `rescale_positive` in kernels/head.c."""
    found = multiplier(scale)
    high = (acc * found.value + 2**30) >> 31
    half = (1 << found.right) >> 1
    twice = (high + half - (high < 0)) >> found.right if found.right else high
    product = acc * found.value >> 24
    once = (product + 64 + (64 << found.right if found.right else 0)) >> (7 + found.right)
    assert max(0, once) == max(0, twice)
    assert np.int32(once) == once
