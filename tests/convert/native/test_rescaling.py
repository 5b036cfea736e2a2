"""Both forms of rescaling give TFLite's two roundings for every accumulator."""

import numpy as np
import pytest

from keras_tvscm.convert.c_source.rounding import Multiplier, rescaled
from keras_tvscm.convert.native.rescaling import MOST_TRIED, rescaling


@pytest.mark.parametrize("seed", range(20))
def test_every_sum(seed):
    rng = np.random.default_rng(seed)
    scale = Multiplier(int(rng.integers(2**30, 2**31)), 0, int(rng.integers(3, 10)))
    most, bias = int(rng.integers(100, 40_000)), int(rng.integers(-5_000, 5_000))
    form = rescaling(scale, bias, (100, -3), most)
    sums = np.arange(-most, most + 1)
    expected = np.clip(rescaled(sums + bias, scale), 0, 255)
    half = 2**30 + 2 ** (30 + form.right)
    exact = (np.maximum(sums + bias, 0) * form.multiplier + half) >> (31 + form.right)
    np.testing.assert_array_equal(np.minimum(exact, 255), expected)
    assert form.factor > 0
    shifted = (sums << form.up) + form.start
    product = (shifted.astype(np.float32) * np.float32(form.factor)).astype(np.int64)
    np.testing.assert_array_equal(
        np.clip(product + form.more * (shifted == form.odd), 0, 255), expected
    )


def test_sums_that_are_too_many_are_rescaled_exactly():
    assert rescaling(Multiplier(2**30, 0, 9), 5, (1, 1), MOST_TRIED + 1).factor == 0
    assert rescaling(Multiplier(2**30, 0, 9), 5, (1, 1), 0).start == 5
