"""Energy beyond idle power, and how far it may be off."""

import numpy as np
import pytest

from keras_tvscm.eval.energy import net as net_module
from keras_tvscm.eval.energy.net import Samples, net


def samples(joules, seconds):
    return Samples(np.array(joules, float), np.array(seconds, float))


def test_idle_power_is_subtracted_by_hand():
    """14 J in 4 s, of which 4 s at 2 W are idle: 6 J for 2 x 3 inferences."""
    assert net(samples([8, 6], [2, 2]), samples([1, 3], [1, 1]), 3) == (1e6, (1e6, 1e6))


def test_the_interval_is_that_of_what_is_drawn_anew():
    """Ten windows of 1 or 3 J: a mean of 2, a standard error of 1 / sqrt(10)."""
    estimate, (low, high) = net(samples([1, 3] * 5, [1] * 10), samples([0], [1]), 1)
    assert estimate == 2e6
    assert (low, high) == pytest.approx((2e6 - 1.96e6 / 10**0.5, 2e6 + 1.96e6 / 10**0.5), rel=0.05)
    assert net(samples([1, 3] * 5, [1] * 10), samples([0], [1]), 1) == (estimate, (low, high))


def test_idle_power_that_varies_widens_the_interval():
    windows = samples([10, 10.1] * 10, [1] * 20)
    _, steady = net(windows, samples([1] * 20, [1] * 20), 1)
    _, varying = net(windows, samples([0, 2] * 10, [1] * 20), 1)
    assert varying.high - varying.low > 5 * (steady.high - steady.low)


def test_no_bound_is_below_zero():
    estimate, (low, high) = net(samples([0, 0, 0, 0, 9], [1] * 5), samples([1], [1]), 1)
    assert estimate == pytest.approx(0.8e6)
    assert low == 0 and high > estimate
    assert net(samples([1], [2]), samples([1], [1]), 1) == (-1e6, (0, 0))


def test_the_truth_lies_in_nineteen_intervals_of_twenty(monkeypatch):
    monkeypatch.setattr(net_module, "DRAWS", 200)
    rng = np.random.default_rng(0)
    inside = 0
    for _ in range(60):
        windows = samples(rng.normal(5, 1, 30), [1] * 30)
        _, (low, high) = net(windows, samples(rng.normal(1, 0.2, 30), [1] * 30), 1)
        inside += low <= 4e6 <= high
    assert 51 <= inside <= 60
