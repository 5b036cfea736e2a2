import gc

import numpy as np
import pytest

from keras_tvscm.eval import latency


class Clock:
    """Time that passes only while a session runs."""

    now = 0
    order: list[str]

    def __init__(self):
        self.order = []

    def __call__(self):
        return self.now


class Session:
    def __init__(self, name, clock, costs):
        self.name, self.clock, self.costs = name, clock, costs
        self.calls = 0

    def invoke(self, times):
        self.clock.order.append((self.name, times))
        self.clock.now += times * self.costs[self.calls % len(self.costs)]
        self.calls += 1


def run(rounds=50, seed=0, costs=((1000,), (20_000,), (5_000_000,))):
    clock = Clock()
    sessions = [Session(i, clock, cost) for i, cost in enumerate(costs)]
    return latency.measure(sessions, rounds, seed, clock), clock.order


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
        def invoke(self, times):
            seen.append(gc.isenabled())

    ticks = iter(range(0, 10**12, 600_000))
    latency.measure([Watching()], rounds=3, clock=lambda: next(ticks))
    assert seen[-3:] == [False] * 3
    assert gc.isenabled()


def test_collector_is_back_after_a_failure():
    class Failing:
        calls = 0

        def invoke(self, times):
            self.calls += 1
            if self.calls > 2:
                raise RuntimeError

    ticks = iter(range(0, 10**12, 600_000))
    with pytest.raises(RuntimeError):
        latency.measure([Failing()], rounds=3, clock=lambda: next(ticks))
    assert gc.isenabled()


def test_no_sessions_no_figures():
    assert latency.measure([]) == []
