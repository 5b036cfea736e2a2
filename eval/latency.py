"""Latency of models that take microseconds, by timing many inferences at once."""

import gc
import random
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from itertools import chain
from typing import Any, Protocol

import numpy as np

TARGET_NS = 2_000_000  # one timed loop: far above the clock's grain, far below a time slice

# Nanoseconds per inference: window by window, each window's loops.
Windows = list[list[float]]


class Timed(Protocol):
    def time(self, times: int) -> float:
        """Nanoseconds that `times` runs took in a row."""


@dataclass(frozen=True)
class Latency:
    """Nanoseconds per inference, batch 1.

    Attributes:
        median, p5, p95: over all loops of all windows, each the mean of `inner` inferences.
        rounds: timed loops.
        inner: inferences in one timed loop.
        windows: the loops' figures, window by window; none in records from before there were any.
        cold: median of single inferences whose data no cache held; None if there were none.

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
    windows: Windows = field(default_factory=list, repr=False)
    cold: float | None = None

    @classmethod
    def of(cls, windows: Windows, inner: int, cold: Sequence[float] = ()) -> "Latency":
        """Of what `loops` gave, window by window."""
        values = list(chain(*windows))
        p5, median, p95 = (float(p) for p in np.percentile(values, [5, 50, 95]))
        uncached = float(np.median(cold)) if len(cold) else None
        return cls(median, p5, p95, len(values), inner, windows, uncached)

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    def as_litert(self) -> dict[str, float | int]:
        """Milliseconds under the names of LiteRT's own benchmark."""
        values = np.array(list(chain(*self.windows)) or [self.median]) / 1e6
        return {
            "avg_ms": float(values.mean()),
            "min_ms": float(values.min()),
            "max_ms": float(values.max()),
            "median_ms": self.median / 1e6,
            "std_ms": float(values.std(ddof=1)) if len(values) > 1 else 0.0,
            "p5_ms": self.p5 / 1e6,
            "p95_ms": self.p95 / 1e6,
            "num_runs": self.rounds * self.inner,
        }


def measure(sessions: Sequence[Timed], rounds: int = 50, seed: int = 0) -> list[Latency]:
    """Time all sessions together in one window, one `Latency` each, in order.

    Args:
        sessions: loaded models.
        rounds: timed loops per session, at least 1.
        seed: of the order.
    """
    inner = [calibrate(session) for session in sessions]
    times = loops(sessions, inner, rounds, random.Random(seed))
    return [Latency.of([values], count) for values, count in zip(times, inner, strict=True)]


def calibrate(session: Timed) -> int:
    """How many runs take about TARGET_NS, found by running it, which warms it up."""
    session.time(1)  # the first one may still allocate
    inner = 1
    while (elapsed := session.time(inner)) < TARGET_NS / 4:
        inner *= 2
    return max(1, round(inner * TARGET_NS / elapsed))


def loops(
    sessions: Sequence[Timed], inner: Sequence[int], rounds: int, draw: random.Random
) -> list[list[float]]:
    """Nanoseconds per run of `rounds` timed loops of each session, in order.

    Every round times each session once, in an order that is drawn anew, so that a machine which
    speeds up or slows down does so for all of them alike. Setting the input and reading the output
    are outside the figure.

    Args:
        sessions: loaded models.
        inner: runs in a loop, session by session.
        rounds: timed loops of each.
        draw: of the order.
    """
    times: list[list[float]] = [[] for _ in sessions]
    collecting = gc.isenabled()
    gc.disable()
    try:
        for _ in range(rounds):
            order = list(range(len(sessions)))
            draw.shuffle(order)
            for i in order:
                times[i].append(round(sessions[i].time(inner[i]) / inner[i], 2))
    finally:
        if collecting:
            gc.enable()
    return times
