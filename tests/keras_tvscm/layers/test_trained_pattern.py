"""Learned patterns: the rounding, its gradient, the budget, and what training makes of it."""

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keras import ops

from keras_tvscm import TVSCM, Pattern
from keras_tvscm.errors import InputError
from keras_tvscm.layers.trained_pattern import (
    ZERO_BELOW,
    BudgetSchedule,
    TrainedPattern,
    budget_at,
    straight_through,
    trained_pattern,
    two_valued,
)
from keras_tvscm.patterns.neighbourhood import Neighbourhood
from keras_tvscm.patterns.pattern import resolve

# The first call of an operation takes its time.
untimed = settings(max_examples=50, deadline=None)

# Apart from each other, so that no rounding decides which is the larger.
weights = st.lists(
    st.integers(-1000, 1000).filter(bool), min_size=1, max_size=12, unique_by=abs
).map(lambda values: np.array(values, np.float32) / 100)


def mean_of(values):
    return values.mean() if len(values) else 0.0


def check_rounding(row, found, kept):
    symbols = found.symbols
    np.testing.assert_array_equal(symbols > 0, kept)
    np.testing.assert_array_equal(symbols[kept] == 1, row[kept] > 0)
    assert float(found.a[0]) == pytest.approx(mean_of(row[kept & (row > 0)]), rel=1e-5)
    assert float(found.b[0]) == pytest.approx(mean_of(row[kept & (row < 0)]), rel=1e-5)


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
        found = two_valued(ops.convert_to_tensor(row), budget)
        a, b = float(found.a[0]), float(found.b[0])
        seen = ops.convert_to_numpy(straight_through(ops.convert_to_tensor(row), budget))
        np.testing.assert_allclose(seen, np.array([0, a, b])[found.symbols], atol=1e-5)


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


@pytest.mark.parametrize("jit_compile", [True, False])
def test_training_finds_the_pattern_that_made_the_targets(jit_compile):
    truth = TVSCM("offsets:a=3,b=7")
    x = np.random.default_rng(0).normal(size=(256, 16)).astype("float32")
    truth.build(x.shape)
    truth.a.assign(0.8)
    truth.b.assign(-0.5)
    layer = TVSCM("learned", nonzeros=2, seed=1)
    model = keras.Sequential([keras.Input((16,)), layer])
    model.compile(keras.optimizers.Adam(0.05), "mse", jit_compile=jit_compile)
    assert (layer.pattern.a, layer.pattern.b) != ((3,), (7,))
    y = ops.convert_to_numpy(truth(x))
    model.fit(x, y, epochs=30, batch_size=32, verbose=0, callbacks=[BudgetSchedule()])
    assert (layer.pattern.a, layer.pattern.b) == ((3,), (7,))
    assert [float(value) for value in layer.values] == pytest.approx([0.8, -0.5], abs=0.02)


def test_the_schedule_lowers_the_budget_epoch_by_epoch(eager):
    layer = TVSCM("learned", nonzeros=2)
    model = keras.Sequential([keras.Input((30,)), layer])
    model.compile("sgd", "mse")
    seen = []
    note = keras.callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, logs: seen.append(float(ops.convert_to_numpy(layer.budget)))
    )
    x = np.ones((2, 30), "float32")
    model.fit(x, x, epochs=6, verbose=0, callbacks=[BudgetSchedule(), note])
    # 16 offsets, down to an eighth of them in three steps.
    assert seen == [16, 8, 4, 2, 2, 2]


@untimed
@given(st.integers(1, 500), st.data())
def test_the_budget_falls_from_all_offsets_to_what_was_asked_for(most, data):
    nonzeros = data.draw(st.integers(1, most))
    budgets = [budget_at(step / 20, most, nonzeros) for step in range(21)]
    assert budgets[0] == most
    assert budgets[10:] == [nonzeros] * 11
    assert budgets == sorted(budgets, reverse=True)


def test_a_layer_without_a_budget_has_none_to_lower():
    layer = TVSCM("learned")
    layer.build((None, 8))
    before = layer.pattern
    layer.set_progress(0.5)
    assert layer.budget is None
    assert layer.pattern == before


@pytest.mark.parametrize(
    ("spec", "nonzeros", "expected"),
    [
        ("learned", None, TrainedPattern(Neighbourhood(16))),
        ("learned:", 3, TrainedPattern(Neighbourhood(16), 3)),
        ("learned:nonzeros=3", None, TrainedPattern(Neighbourhood(16), 3)),
        ("learned:reach=5", None, TrainedPattern(Neighbourhood(16, 5))),
        (
            "learned:window=3x1,nonzeros=2",
            None,
            TrainedPattern(Neighbourhood(16, window=(3, 1)), 2),
        ),
        ("learned:window=1x3,columns=8", 2, TrainedPattern(Neighbourhood(16, None, (1, 3), 8), 2)),
        ("learned:start=half", None, TrainedPattern(Neighbourhood(16), None, Pattern.half(16, 5))),
        (
            "learned:start=banded:reach=2,reach=2",
            1,
            TrainedPattern(Neighbourhood(16, 2), 1, Pattern.banded(16, 2)),
        ),
        ("banded", None, None),
        ({"a": [0], "b": []}, None, None),
        (Pattern(16, [0], []), None, None),
    ],
)
def test_what_a_pattern_asks_to_be_learned(spec, nonzeros, expected):
    assert trained_pattern(spec, 16, nonzeros, seed=5) == expected


@pytest.mark.parametrize(
    ("spec", "nonzeros", "message"),
    [
        ("banded", 2, "nonzeros= is the budget of a learned pattern; this one is fixed"),
        ({"a": [0], "b": []}, 2, "this one is fixed"),
        ("learned:nonzeros=2", 2, "The budget is given twice: nonzeros=2 and"),
        ("learned:nonzeros=x", None, "Pattern option nonzeros is a whole number. Received: 'x'"),
        ("learned:k=2", None, "Pattern learned has no option 'k'; it has: columns, nonzeros"),
        ("learned:reach=9", None, "Width 16 has offsets 0 to 8. Received: reach=9"),
        ("learned:reach=2,window=3", None, "a reach or a window, not both"),
        ("learned:window=3,columns=5", None, "16 is not a multiple of columns=5"),
        ("learned:start=stripes", None, "Unknown pattern 'stripes'"),
        ("learned:start=learned", None, "a fixed one was expected here"),
        ("learned:reach=2,start=offsets:a=5", None, "start=offsets:a=5 has offset 5, which the"),
        ("learner", None, "Unknown pattern 'learner'"),
    ],
)
def test_bad_specs(spec, nonzeros, message):
    with pytest.raises(InputError) as caught:
        trained_pattern(spec, 16, nonzeros)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("nonzeros", [0, -1, 10, 2.0, "2", True])
def test_budgets_that_a_width_does_not_have(nonzeros):
    message = f"A budget of nonzero offsets is 1 to 9 here. Received: {nonzeros!r}"
    with pytest.raises(InputError, match=message):
        TVSCM("learned", nonzeros=nonzeros).build((None, 16))


@pytest.mark.parametrize("nonzeros", [1, 2, 9])
def test_budgets_that_it_has(nonzeros):
    layer = TVSCM("learned", nonzeros=nonzeros)
    layer.build((None, 16))
    assert len(layer.pattern.a + layer.pattern.b) == nonzeros


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("start", ["half", "banded:reach=3", "offsets:b=40"])
def test_the_start_is_the_first_pattern(start, seed):
    layer = TVSCM(f"learned:start={start}", seed=seed)
    layer.build((None, 200))
    expected = resolve(start, 200, seed)
    assert (layer.pattern.a, layer.pattern.b) == (expected.a, expected.b)
    assert (np.array(layer.weights_of_offsets) != 0).all()


def test_the_seed_decides_the_start():
    def drawn(seed):
        layer = TVSCM("learned", seed=seed)
        layer.build((None, 64))
        return layer.pattern

    assert drawn(1) == drawn(1) != drawn(2)
