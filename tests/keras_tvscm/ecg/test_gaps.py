"""Gaps and flat stretches, whatever the blocks in which a signal comes."""

import numpy as np
import pytest

from keras_tvscm.ecg.gaps import Gaps

NAN = np.nan


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_blocks_of_any_size(size):
    """At two samples a second four of one value are flat."""
    signal = [NAN, NAN, 1, 2, NAN, 3, 3, 3, 4, 4, 4, 4, 4, NAN, NAN, 5, 5, 5, 5]
    gaps, given = Gaps(2), []
    for start in range(0, len(signal), size):
        block = np.array(signal[start : start + size], np.float32)
        given += gaps.push(block).tolist()
    gaps.end()
    steps = [1, 1, 1, 2, 2, 3, 3, 3, 4, 4, 4, 4, 4, 4, 4, 5, 5, 5, 5]
    assert given == [200 * step for step in steps]
    assert gaps.samples == len(signal)
    assert gaps.missing == [(0, 2), (4, 5), (13, 15)]
    assert gaps.flat == [(9, 13), (16, 19)]
    first, last = np.array([2, 2, 5, 8, 9, 12, 15]), np.array([4, 5, 9, 10, 13, 14, 16])
    expected = [False, True, False, True, True, True, False]
    assert gaps.between(first, last).tolist() == expected


def test_what_an_int16_does_not_hold():
    given = Gaps(360).push(np.array([0.0026, -0.0024, 400, -400], np.float32))
    assert given.tolist() == [1, 0, 32767, -32768]


def test_nothing_known():
    gaps = Gaps(100)
    assert gaps.push(np.full(5, NAN, np.float32)).tolist() == []
    gaps.end()
    assert gaps.missing == [(0, 5)] and gaps.flat == []
    assert not Gaps(100).between(np.array([0]), np.array([9])).any()
