"""The algebra against SciPy's circulant matrix and NumPy's transforms."""

from collections import Counter
from functools import reduce
from operator import add
from typing import ClassVar

import numpy as np
import pytest
import scipy.linalg
from hypothesis import given
from hypothesis import strategies as st

from keras_tvscm.errors import InputError
from keras_tvscm.patterns.circulant import Operations, eigenvalues, first_row, matrix, operations
from keras_tvscm.patterns.pattern import Pattern, resolve

values = st.floats(-4, 4, width=32)


@st.composite
def patterns(draw):
    n = draw(st.integers(1, 24))
    symbols = draw(
        st.lists(st.integers(0, 2), min_size=n // 2 + 1, max_size=n // 2 + 1).filter(any)
    )
    return Pattern(n, *([k for k, s in enumerate(symbols) if s == value] for value in (1, 2)))


@given(patterns(), values, values)
def test_the_first_row_holds_a_and_b_at_their_offsets_on_both_sides(pattern, a, b):
    row = first_row(pattern, a, b)
    expected = np.zeros(pattern.n)
    for offsets, value in ((pattern.a, a), (pattern.b, b)):
        for k in offsets:
            expected[k] = expected[-k] = value
    np.testing.assert_array_equal(row, expected)
    assert row.dtype == np.float64


@given(patterns(), values, values)
def test_matrix_is_scipys_and_symmetric(pattern, a, b):
    row = first_row(pattern, a, b)
    full = matrix(row)
    np.testing.assert_array_equal(full, scipy.linalg.circulant(row))
    np.testing.assert_array_equal(full, full.T)


@given(st.lists(values, min_size=1, max_size=9))
def test_matrix_of_a_row_that_is_not_symmetric(row):
    # SciPy's argument is the first column, which is the transposed matrix's first row.
    np.testing.assert_array_equal(matrix(row), scipy.linalg.circulant(row).T)


@given(patterns(), values, values)
def test_eigenvalues_are_those_of_the_matrix(pattern, a, b):
    row = first_row(pattern, a, b)
    half = eigenvalues(row)
    assert half.shape == (pattern.n // 2 + 1,)
    every = [half[min(k, pattern.n - k)] for k in range(pattern.n)]
    np.testing.assert_allclose(sorted(every), np.linalg.eigvalsh(matrix(row)), atol=1e-10)
    np.testing.assert_allclose(every, np.fft.fft(row), atol=1e-10)


@given(patterns(), values, values, st.integers(0, 2**32 - 1))
def test_the_product_is_a_product_of_transforms(pattern, a, b, seed):
    row = first_row(pattern, a, b)
    x = np.random.default_rng(seed).normal(size=pattern.n)
    product = np.fft.irfft(eigenvalues(row) * np.fft.rfft(x), pattern.n)
    np.testing.assert_allclose(product, matrix(row) @ x, atol=1e-10)


@pytest.mark.parametrize("row", [[1, 2, 3], [0, 1, 2, 0], [0, 1, np.nan]])
def test_a_row_that_is_not_symmetric_has_no_real_eigenvalues(row):
    with pytest.raises(InputError, match="symmetric row only"):
        eigenvalues(row)


@pytest.mark.parametrize("function", [matrix, eigenvalues])
@pytest.mark.parametrize("row", [[], 1.0, [[1, 2], [2, 1]]])
def test_what_is_no_row(function, row):
    with pytest.raises(InputError, match="A first row has shape"):
        function(row)


@pytest.mark.parametrize(
    ("spec", "n", "multiplications", "additions"),
    [
        # y = a x: no sum at all.
        ("offsets:a=0", 5, 5, 0),
        ("banded", 1, 1, 0),
        # a x[i] + b x[1-i].
        ("banded", 2, 4, 2),
        # a x[i] + b (x[i-1] + x[i+1]): 2 products, 1 + 1 additions an output.
        ("banded", 6, 12, 12),
        # Shift n / 2 is a single one: a x[i] + b x[i+3].
        ("offsets:a=0,b=3", 6, 12, 6),
        # a and b in either place cost the same.
        ("offsets:a=1,b=0", 6, 12, 12),
        # sum(x), times b, and (a - b) x[i] to add: 5 + 6 additions, 1 + 6 products.
        ("complete", 6, 7, 11),
        # The same value everywhere: one sum, one product.
        ("offsets:b=0+1+2+3", 6, 1, 5),
        # All but x[i]: b sum(x) - b x[i]; four terms would take 3 additions an output.
        ("offsets:b=1+2", 5, 6, 9),
        # Background b (offsets 2, 3, 4 of 8: five shifts): b sum(x), and (a - b) times
        # x[i] + x[i-1] + x[i+1]: 7 + 8 * 3 additions; directly it would be 8 * 7.
        ("offsets:a=0+1,b=2+3+4", 8, 9, 31),
        # The paper's widths (arXiv 2605.16443): 2 n and 2 n against n² each.
        ("banded", 784, 1568, 1568),
        ("complete", 784, 785, 783 + 784),
        ("banded", 187, 374, 374),
    ],
)
def test_operations_counted_by_hand(spec, n, multiplications, additions):
    assert operations(resolve(spec, n)) == Operations(multiplications, additions)


class Counting:
    """A number that counts the multiplications and additions it goes through."""

    counts: ClassVar[Counter] = Counter()

    def __init__(self, value):
        self.value = value

    def __add__(self, other):
        self.counts["additions"] += 1
        return Counting(self.value + other.value)

    def __mul__(self, other):
        self.counts["multiplications"] += 1
        return Counting(self.value * other.value)


def product(pattern, background, a, b, x):
    """W x, over a background value's sum where there is one."""
    values = (0.0, a, b)
    shifts = {value: pattern.shifts(value) for value in (0, 1, 2) if value != background}
    wide = [reduce(add, x) * Counting(values[background])] if background else []
    outputs = []
    for i in range(pattern.n):
        terms = list(wide)
        for value, columns in shifts.items():
            if columns:
                total = reduce(add, [x[(i + j) % pattern.n] for j in columns])
                terms.append(total * Counting(values[value] - values[background]))
        outputs.append(reduce(add, terms).value if terms else 0.0)
    return outputs


@given(patterns(), values, values)
def test_operations_of_any_pattern_are_those_of_a_product_that_counts(pattern, a, b):
    x = np.random.default_rng(pattern.n).normal(size=pattern.n)
    found = []
    for background in (0, 1, 2):
        Counting.counts.clear()
        y = product(pattern, background, a, b, [Counting(value) for value in x])
        np.testing.assert_allclose(y, matrix(first_row(pattern, a, b)) @ x, atol=1e-9)
        found.append((Counting.counts["multiplications"], Counting.counts["additions"]))
    expected = operations(pattern)
    assert (expected.multiplications, expected.additions) in found
    assert expected.multiplications + expected.additions == min(map(sum, found))
