"""Latency of models that take microseconds, by timing many inferences at once."""

import gc
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Protocol

import numpy as np

TARGET_NS = 2_000_000  # one timed loop: far above the clock's grain, far below a time slice


class Invokable(Protocol):
    def invoke(self, times: int) -> None:
        """Run the model `times` times, on the input that it already holds."""


class Runtime(Protocol):
    def call(self, times: int) -> None:
        """Call into the runtime `times` times, for nothing."""


@dataclass(frozen=True)
class Call:
    """The call from Python into a runtime, to be measured beside its inferences."""

    runtime: Runtime

    def invoke(self, times: int) -> None:
        """See `Invokable.invoke`."""
        self.runtime.call(times)


@dataclass(frozen=True)
class Latency:
    """Nanoseconds per inference, one thread, batch 1.

    Attributes:
        median, p5, p95: over the rounds, each the mean of `inner` inferences.
        rounds: timed loops.
        inner: inferences in one timed loop.

    Examples:

        >>> latency = measurement.latency
        >>> latency.rounds, latency.p5 <= latency.median <= latency.p95
        (2, True)
    """

    median: float
    p5: float
    p95: float
    rounds: int
    inner: int

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def measure(
    sessions: Sequence[Invokable],
    rounds: int = 50,
    seed: int = 0,
    clock: Callable[[], int] = time.perf_counter_ns,
) -> list[Latency]:
    """Time all sessions of one runtime together, one `Latency` each, in order.

    Every round times each session once, in an order drawn from `seed`, so that a machine
    which speeds up or slows down does so for all of them alike. The figure includes the
    Python call into the runtime (see `Call`); setting the input and reading the output
    are outside it.

    Args:
        sessions: loaded models.
        rounds: timed loops per session, at least 1.
        seed: of the order.
        clock: nanoseconds, never going back.
    """
    inner = [_calibrate(session, clock) for session in sessions]
    times: list[list[float]] = [[] for _ in sessions]
    shuffle = random.Random(seed).shuffle
    collecting = gc.isenabled()
    gc.disable()
    try:
        for _ in range(rounds):
            order = list(range(len(sessions)))
            shuffle(order)
            for i in order:
                times[i].append(_timed(sessions[i], inner[i], clock) / inner[i])
    finally:
        if collecting:
            gc.enable()
    return [_summary(values, count) for values, count in zip(times, inner, strict=True)]


def _calibrate(session: Invokable, clock: Callable[[], int]) -> int:
    """How many inferences take about TARGET_NS."""
    session.invoke(1)  # the first one may still allocate
    inner = 1
    while (elapsed := _timed(session, inner, clock)) < TARGET_NS / 4:
        inner *= 2
    return max(1, round(inner * TARGET_NS / elapsed))


def _timed(session: Invokable, times: int, clock: Callable[[], int]) -> int:
    start = clock()
    session.invoke(times)
    return clock() - start


def _summary(values: list[float], inner: int) -> Latency:
    p5, median, p95 = (float(p) for p in np.percentile(values, [5, 50, 95]))
    return Latency(median, p5, p95, len(values), inner)
