"""How sure a ratio of two latencies is, by drawing windows again (Efron's bootstrap)."""

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .latency import Windows

LEVEL = 0.95
DRAWS = 2000
# Half the range of a fixed piece of work, over its median: beyond it a run says that it is noisy.
NOISY = 0.10


class Interval(NamedTuple):
    """Bounds between which a figure lies in 95 of 100 runs."""

    low: float
    high: float

    def holds(self, value: float) -> bool:
        """Whether it is among them."""
        return self.low <= value <= self.high


def drawn_medians(windows: Windows, draw: NDArray[np.int64]) -> NDArray[np.float64]:
    """Medians of all loops of as many drawn windows as there are, draw by draw.

    Args:
        windows: of one length each.
        draw: indices of windows, int64 (draws, windows).
    """
    return np.median(np.array(windows)[draw].reshape(len(draw), -1), axis=1)


def draws(windows: int, seed: int = 0) -> NDArray[np.int64]:
    """Indices of windows, drawn with replacement: int64 (DRAWS, windows)."""
    return np.random.default_rng(seed).integers(windows, size=(DRAWS, windows))


def interval(values: NDArray[np.float64]) -> Interval:
    """The middle 95 % of drawn values."""
    tail = 50 * (1 - LEVEL)
    low, high = np.percentile(values, [tail, 100 - tail])
    return Interval(float(low), float(high))


def ratio_interval(numerator: Windows, denominator: Windows) -> Interval | None:
    """Of the ratio of two medians that were measured in the same windows.

    Returns:
        None with fewer than two windows, of which nothing can be drawn.
    """
    if len(numerator) < 2 or len(numerator) != len(denominator):
        return None
    above, below = (_drawn(tuple(map(tuple, windows))) for windows in (numerator, denominator))
    return interval(above / below)


@lru_cache(maxsize=512)
def _drawn(windows: tuple[tuple[float, ...], ...]) -> NDArray[np.float64]:
    """`drawn_medians`: one model's are in many ratios, and a report writes each several times."""
    return drawn_medians([list(window) for window in windows], draws(len(windows)))


def change_interval(before: Windows, after: Windows) -> Interval | None:
    """Of the ratio of two medians, after over before, that were measured in two sessions.

    Returns:
        None where one of them has fewer than two windows.
    """
    if min(len(before), len(after)) < 2:
        return None
    # Drawn apart: a window of the one has nothing to do with one of the other.
    earlier = drawn_medians(before, draws(len(before), 0))
    return interval(drawn_medians(after, draws(len(after), 1)) / earlier)


def noise(spins: Windows) -> float:
    """How much a fixed work's time varies: half its range from 5 to 95 % over the median."""
    p5, median, p95 = np.percentile([value for window in spins for value in window], [5, 50, 95])
    return float((p95 - p5) / 2 / median)
