"""Weights seen as two values and zero: the rounding, and its gradient."""

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keras import ops

from keras_tvscm import TVSCM
from keras_tvscm.layers.two_valued import ZERO_BELOW, straight_through, two_valued
from keras_tvscm.patterns.offsets import Symbol

# The first call of an operation takes its time.
untimed = settings(max_examples=50, deadline=None)

# Apart from each other, so that no rounding decides which is the larger.
weights = st.lists(
    st.integers(-1000, 1000).filter(bool), min_size=1, max_size=12, unique_by=abs
).map(lambda values: np.array(values, np.float32) / 100)


def mean_of(values):
    return values.mean() if len(values) else 0.0


def check_rounding(row, rounded, kept):
    symbols = rounded.symbols
    np.testing.assert_array_equal(symbols != Symbol.ZERO, kept)
    np.testing.assert_array_equal(symbols[kept] == Symbol.A, row[kept] > 0)
    assert float(rounded.a[0]) == pytest.approx(mean_of(row[kept & (row > 0)]), rel=1e-5)
    assert float(rounded.b[0]) == pytest.approx(mean_of(row[kept & (row < 0)]), rel=1e-5)


@untimed
@given(weights, st.data())
def test_a_budget_keeps_that_many_of_the_largest(row, data):
    budget = data.draw(st.integers(1, len(row)))
    largest = np.sort(np.abs(row))[-budget]
    check_rounding(row, two_valued(ops.convert_to_tensor(row), budget), np.abs(row) >= largest)


@untimed
@given(weights)
def test_without_a_budget_the_mean_decides(row):
    threshold = ZERO_BELOW * np.abs(row).mean()
    if np.isclose(np.abs(row), threshold, rtol=1e-4).any():
        return
    check_rounding(row, two_valued(ops.convert_to_tensor(row)), np.abs(row) > threshold)


@pytest.mark.parametrize(
    ("budget", "symbols"), [(1, [0, 0, 1, 0]), (2, [2, 0, 1, 0]), (3, [2, 2, 1, 0])]
)
def test_the_greatest_can_be_kept_whatever_its_magnitude(budget, symbols):
    row = ops.convert_to_tensor(np.array([-5, -4, 1, -3], "float32"))
    assert two_valued(row, budget, keep_positive=True).symbols.tolist() == symbols
    seen = ops.convert_to_numpy(straight_through(row, budget, keep_positive=True))
    assert (seen != 0).tolist() == [symbol > 0 for symbol in symbols]


@pytest.mark.parametrize("budget", [1, 2, 3, 4])
def test_a_budget_is_kept_among_equals(budget):
    rows = np.array([[1, 1, 1, 1], [0, 0, 0, 0], [-2, 2, -2, 2]], "float32")
    for keep_positive in (False, True):
        symbols = two_valued(ops.convert_to_tensor(rows), budget, keep_positive).symbols
        assert (symbols > 0).sum(axis=1).tolist() == [budget] * 3


@untimed
@given(weights)
def test_forward_the_rounded_values_are_seen(row):
    for budget in (None, 1):
        rounded = two_valued(ops.convert_to_tensor(row), budget)
        a, b = float(rounded.a[0]), float(rounded.b[0])
        seen = ops.convert_to_numpy(straight_through(ops.convert_to_tensor(row), budget))
        np.testing.assert_allclose(seen, np.array([0, a, b])[rounded.symbols], atol=1e-5)


@pytest.mark.parametrize("nonzeros", [None, 1, 3])
@pytest.mark.parametrize("implementation", ["rolls", "fft"])
def test_backward_the_rounding_is_passed_by(nonzeros, implementation):
    """A step moves the weight of an offset by the dense gradient's sum over its entries.

    But not that of an offset which the budget drops.
    """
    n, rate = 9, 0.01
    rng = np.random.default_rng(1)
    x, target = rng.normal(size=(2, 6, n)).astype("float32")
    layer = TVSCM("learned", nonzeros=nonzeros, implementation=implementation)
    model = keras.Sequential([keras.Input((n,)), layer])
    model.compile(keras.optimizers.SGD(rate), "mse")
    before = np.array(layer.weights_of_offsets)
    gradient = x.T.astype("float64") @ (2 * (x @ layer.kernel - target) / target.size)
    distance = np.abs(np.arange(n)[:, None] - np.arange(n)[None, :])
    distance = np.minimum(distance, n - distance)
    sums = np.array([gradient[distance == k].sum() for k in range(n // 2 + 1)])
    if nonzeros:
        sums[layer.pattern.symbols == 0] = 0
    model.train_on_batch(x, target)
    moved = np.array(layer.weights_of_offsets) - before
    np.testing.assert_allclose(moved, -rate * sums, atol=1e-5)
    assert np.count_nonzero(moved) == (nonzeros or n // 2 + 1)
