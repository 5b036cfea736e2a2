import numpy as np
import pytest

from keras_tvscm.eval import statistics
from keras_tvscm.eval.statistics import Interval, noise, ratio_interval


def windows(rng, median, between, within, count=10, loops=5):
    """Loops of windows that differ from each other more than within themselves."""
    centres = median * np.exp(rng.normal(0, between, count))
    return [(centre * np.exp(rng.normal(0, within, loops))).tolist() for centre in centres]


def test_interval_holds_the_true_ratio_as_often_as_it_says():
    rng = np.random.default_rng(0)
    held = 0
    for _ in range(200):
        slow, fast = windows(rng, 3000, 0.05, 0.02), windows(rng, 1000, 0.05, 0.02)
        held += ratio_interval(slow, fast).holds(3)
    # Few windows draw intervals that are somewhat short.
    assert 0.84 < held / 200 < 0.99


def test_interval_of_constants_is_their_ratio():
    assert ratio_interval([[6.0] * 3] * 4, [[2.0] * 3] * 4) == Interval(3, 3)


def test_one_window_gives_none():
    assert ratio_interval([[1.0, 2.0]], [[1.0, 2.0]]) is None
    assert ratio_interval([], []) is None


def test_windows_are_drawn_alike_each_time():
    assert (statistics.draws(7) == statistics.draws(7)).all()


def test_noise_is_half_the_range_over_the_median():
    values = np.linspace(90, 110, 101).tolist()
    assert noise([values[:50], values[50:]]) == pytest.approx(0.09)
