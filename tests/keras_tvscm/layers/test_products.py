"""Products with symmetric circulant matrices against the matrices themselves."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keras import ops
from scipy.linalg import circulant

from keras_tvscm.layers import products
from keras_tvscm.patterns.neighbourhood import Neighbourhood

# The first call of an operation takes its time.
untimed = settings(max_examples=50, deadline=None)


def row_of(n, offsets, values):
    """The first row with `values` at `offsets` and their mirror images, float64."""
    row = np.zeros(n)
    row[offsets] = values
    row[-offsets % n] = values
    return row


def draw(shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


@st.composite
def rows(draw_from):
    n = draw_from(st.integers(1, 20))
    offsets = draw_from(st.sets(st.integers(0, n // 2), min_size=1))
    return n, np.array(sorted(offsets))


@untimed
@given(rows())
def test_rolls_and_the_transform_give_the_product_with_the_matrix(case):
    n, offsets = case
    values, x = draw(len(offsets), 1), draw((3, n), 2)
    expected = x @ circulant(row_of(n, offsets, values))
    by_rolls = products.by_rolls(ops.convert_to_tensor(x), offsets, ops.convert_to_tensor(values))
    np.testing.assert_allclose(ops.convert_to_numpy(by_rolls), expected, atol=1e-4)
    spectrum = products.eigenvalues(n, offsets, ops.convert_to_tensor(values))
    transformed = products.by_transform(ops.convert_to_tensor(x), spectrum)
    np.testing.assert_allclose(ops.convert_to_numpy(transformed), expected, atol=1e-4)


@untimed
@given(rows())
def test_eigenvalues_of_many_rows_at_once(case):
    n, offsets = case
    values = draw((2, 3, len(offsets)))
    found = ops.convert_to_numpy(products.eigenvalues(n, offsets, ops.convert_to_tensor(values)))
    assert found.shape == (2, 3, n // 2 + 1)
    for place in np.ndindex(2, 3):
        dense = circulant(row_of(n, offsets, values[place]))
        every = np.concatenate([found[place], found[place][1 : (n + 1) // 2]])
        np.testing.assert_allclose(np.sort(every), np.linalg.eigvalsh(dense), atol=1e-4)


NEAR = [
    Neighbourhood(1),
    Neighbourhood(2),
    Neighbourhood(9),
    Neighbourhood(10),
    Neighbourhood(10, reach=0),
    Neighbourhood(11, reach=3),
    Neighbourhood(10, reach=4),
    Neighbourhood(9, window=(3, 3)),
    Neighbourhood(16, window=(3, 1)),
    Neighbourhood(30, window=(5, 3), columns=6),
    Neighbourhood(30, window=(1, 5), columns=5),
    Neighbourhood(7, window=(1, 7), columns=7),
]


def of_filters_equals_the_matrices(near, channels):
    filters, n = 4, near.n
    values, x = draw((filters, channels, len(near.offsets)), 1), draw((2, n, channels), 2)
    matrices = [
        [circulant(row_of(n, near.offsets, values[h, c])) for c in range(channels)]
        for h in range(filters)
    ]
    expected = np.einsum("bnc,hcnm->bmh", x, np.array(matrices))
    found = products.of_filters(ops.convert_to_tensor(x), near, ops.convert_to_tensor(values))
    np.testing.assert_allclose(ops.convert_to_numpy(found), expected, atol=1e-4)


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("near", NEAR, ids=lambda near: f"{near.n}-{near.to_config()}")
def test_heads_sum_the_products_of_their_channels(near, channels):
    of_filters_equals_the_matrices(near, channels)


def test_a_wide_reach_is_transformed_to_the_same(monkeypatch):
    monkeypatch.setattr(products, "MOST_TAPS", 4)
    monkeypatch.setattr(ops, "conv", None)
    of_filters_equals_the_matrices(Neighbourhood(11, reach=2), 2)
    monkeypatch.undo()
    of_filters_equals_the_matrices(Neighbourhood(11, reach=2), 2)
