"""Offsets: the pair of shifts that each stands for."""

import numpy as np
import pytest

from keras_tvscm.patterns.offsets import offset_of


@pytest.mark.parametrize(
    ("n", "offsets"), [(1, [0]), (2, [0, 1]), (7, [0, 1, 2, 3, 3, 2, 1]), (4, [0, 1, 2, 1])]
)
def test_a_shift_and_its_mirror_image_have_one_offset(n, offsets):
    assert offset_of(np.arange(n), n).tolist() == offsets
