import gc
import random

import numpy as np
import pytest

from keras_tvscm.eval import latency
from keras_tvscm.eval.latency import Latency


class Session:
    """Its runs cost what they are told to."""

    def __init__(self, name, order, costs):
        self.name, self.order, self.costs = name, order, costs
        self.calls = 0

    def time(self, times):
        self.order.append((self.name, times))
        cost = self.costs[self.calls % len(self.costs)]
        self.calls += 1
        return times * cost


def run(rounds=50, seed=0, costs=((1000,), (20_000,), (5_000_000,))):
    order = []
    sessions = [Session(i, order, cost) for i, cost in enumerate(costs)]
    return latency.measure(sessions, rounds, seed), order


def test_constant_times_come_out_exactly():
    found, _ = run()
    assert [f.median for f in found] == [1000, 20_000, 5_000_000]
    assert [f.p5 for f in found] == [f.p95 for f in found] == [f.median for f in found]
    assert [f.inner for f in found] == [2000, 100, 1]
    assert {f.rounds for f in found} == {50}


def test_percentiles_are_over_rounds():
    costs = tuple(range(600_000, 1_600_000, 10_000))
    found, order = run(rounds=100, costs=(costs,))
    warm = len(order) - 100
    values = [costs[(warm + i) % 100] for i in range(100)]
    expected = np.percentile(values, [5, 50, 95])
    assert (found[0].p5, found[0].median, found[0].p95) == tuple(expected)


def test_rounds_are_interleaved_in_a_seeded_order():
    _, order = run(rounds=20)
    names = [name for name, _ in order][-60:]
    turns = [tuple(names[i : i + 3]) for i in range(0, 60, 3)]
    assert all(sorted(turn) == [0, 1, 2] for turn in turns)
    assert len(set(turns)) > 1
    assert [name for name, _ in run(rounds=20)[1]][-60:] == names
    assert [name for name, _ in run(rounds=20, seed=1)[1]][-60:] != names


def test_collector_is_off_while_timing_and_on_after():
    seen = []

    class Watching:
        def time(self, times):
            seen.append(gc.isenabled())
            return 600_000

    latency.measure([Watching()], rounds=3)
    assert seen[-3:] == [False] * 3
    assert gc.isenabled()


def test_collector_is_back_after_a_failure():
    class Failing:
        def time(self, times):
            raise RuntimeError

    with pytest.raises(RuntimeError):
        latency.loops([Failing()], [1], 3, random.Random(0))
    assert gc.isenabled()


def test_no_sessions_no_figures():
    assert latency.measure([]) == []


def test_windows_are_kept_and_named_as_litert_names_them():
    found = Latency.of([[1e6, 3e6], [2e6, 6e6]], 10, cold=[5e6, 9e6])
    assert (found.median, found.rounds, found.cold) == (2.5e6, 4, 7e6)
    named = found.as_litert()
    assert (named["avg_ms"], named["min_ms"], named["max_ms"], named["num_runs"]) == (3, 1, 6, 40)
    assert named["std_ms"] == pytest.approx(np.std([1, 3, 2, 6], ddof=1))
    assert Latency(**found.to_json()) == found
