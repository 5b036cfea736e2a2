"""Energy of an inference by a counter of the machine itself, whatever the counter."""

import time
from collections.abc import Callable
from typing import Protocol

import numpy as np

from .figure import Energy, Range
from .net import Samples, net


class Counter(Protocol):
    """Counts what a machine takes.

    Attributes:
        label: what it is, in words, as a method of measuring.
        source: where its readings come from.
        resolution: microjoules of one step; 0 where it is far below what a window takes.
    """

    @property
    def label(self) -> str: ...
    @property
    def source(self) -> str: ...
    @property
    def resolution(self) -> float: ...

    def read(self) -> float:
        """Microjoules since it was made."""


def measure(
    counter: Counter,
    run: Callable[[int], object],
    *,
    seconds: float = 1.0,
    windows: int = 10,
    sleep: Callable[[float], object] = time.sleep,
    clock: Callable[[], float] = time.perf_counter,
) -> Energy:
    """Energy of an inference beyond an idle machine's, by windows of inferences and of sleep.

    Whatever else the machine does is in the figure: the interval says how much it varied, not
    that it was little. It is widened by what a step of the counter at each end is.

    Args:
        counter: that is read before and after each window.
        run: runs the model so many times, and returns when that is done.
        seconds: of each window, about, and of the sleep before it: many times what the counter
            takes to move.
        windows: how often, in turn.
        sleep, clock: in seconds.

    Returns:
        Of kind "measured_counter", or "unavailable" if inferences do not show.

    Raises:
        Unavailable: the counter cannot be read any more.
    """
    times = times_for(seconds, run, clock)
    idle, active = [], []
    for _ in range(windows):
        idle.append(_counted(counter, lambda: sleep(seconds), clock))
        active.append(_counted(counter, lambda: run(times), clock))
    estimate, bounds = net(_samples(active), _samples(idle), times)
    # Both ends of a window, and of the sleep that is taken from it, may be a step off.
    step = 4 * counter.resolution / times
    if estimate <= step:
        return Energy(
            "unavailable",
            None,
            f"{counter.label} counted no more in {windows} windows of inferences than in sleep",
            counter.source,
        )
    method = f"{counter.label}, windows of {seconds:g} s, less idle power"
    widened = Range(max(0.0, bounds.low - step), bounds.high + step)
    return Energy("measured_counter", widened, method, counter.source)


def times_for(
    seconds: float,
    run: Callable[[int], object],
    clock: Callable[[], float] = time.perf_counter,
) -> int:
    """How many inferences take about so long."""
    run(1)  # the first may still allocate
    times = 1
    while True:
        before = clock()
        run(times)
        elapsed = clock() - before
        if elapsed >= seconds / 10:
            return max(1, round(times * seconds / elapsed))
        times *= 2


def _counted(
    counter: Counter, work: Callable[[], object], clock: Callable[[], float]
) -> tuple[float, float]:
    """Joules and seconds that it takes."""
    energy, before = counter.read(), clock()
    work()
    return 1e-6 * (counter.read() - energy), clock() - before


def _samples(counted: list[tuple[float, float]]) -> Samples:
    joules, seconds = np.array(counted).T
    return Samples(joules, seconds)
