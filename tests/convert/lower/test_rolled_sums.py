"""Sums of rolled inputs against the matrix, for any pattern; and their order."""

import numpy as np
from hypothesis import assume, given
from hypothesis import strategies as st

from keras_tvscm import Pattern
from keras_tvscm.convert.lower.rolled_sums import in_halves, sums
from keras_tvscm.patterns.circulant import first_row, matrix


@st.composite
def patterns(draw):
    n = draw(st.integers(1, 14))
    symbols = draw(st.lists(st.integers(0, 2), min_size=n // 2 + 1, max_size=n // 2 + 1))
    assume(any(symbols))
    return Pattern(n, *([k for k, symbol in enumerate(symbols) if symbol == s] for s in (1, 2)))


value = st.sampled_from([0.0, 1.0, -1.0, 0.5, -2.0])


@given(pattern=patterns(), a=value, b=value)
def test_they_are_the_matrix_product(pattern, a, b):
    x = np.random.default_rng(pattern.n).normal(size=pattern.n)
    found = sums(pattern)
    total = (found.background[0] * a + found.background[1] * b) * x.sum()
    for one in found.rolled:
        assert len(one.plus) >= len(one.minus)
        part = in_halves(one.plus, one.minus, lambda shift: np.roll(x, shift))
        total = total + (one.of_a * a + one.of_b * b) * part
    np.testing.assert_allclose(total, x @ matrix(first_row(pattern, a, b)), atol=1e-9)


def test_each_sum_but_the_last_is_rounded_in_halves():
    """Seven values less three: as deep as the logarithm, each shift once."""
    rounded = []

    def note(x):
        rounded.append(x)
        return x

    result = in_halves((1, 2, 3, 4, 5, 6, 7), (10, 20, 30), float, note)
    assert result == 28 - 60
    assert rounded[-2:] == [1 + 2 + 3 + 4 - 10 - 20, 5 + 6 + 7 - 30]
    assert len(rounded) == 2 * (7 - 1)
