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


def drawn_ratios(
    numerator: Windows, denominator: Windows, seed: int = 0
) -> NDArray[np.float64] | None:
    """Ratios of two medians that were measured in the same windows, draw by draw.

    Returns:
        float64 (DRAWS,); None with fewer than two windows, of which nothing can be drawn.
    """
    if len(numerator) < 2 or len(numerator) != len(denominator):
        return None
    above, below = (_drawn(tuple(map(tuple, each)), seed) for each in (numerator, denominator))
    return above / below


@lru_cache(maxsize=512)
def _drawn(windows: tuple[tuple[float, ...], ...], seed: int) -> NDArray[np.float64]:
    """`drawn_medians`: one model's are in many ratios, and a report writes each several times."""
    return drawn_medians([list(window) for window in windows], draws(len(windows), seed))


def ratio_interval(numerator: Windows, denominator: Windows) -> Interval | None:
    """Of the ratio of two medians that were measured in the same windows.

    Returns:
        None with fewer than two windows.
    """
    ratios = drawn_ratios(numerator, denominator)
    return None if ratios is None else interval(ratios)


def change_interval(
    before: NDArray[np.float64] | None, after: NDArray[np.float64] | None
) -> Interval | None:
    """Of the change of a figure from one session to another, after over before.

    Args:
        before, after: the figure, draw by draw: drawn apart, with two seeds, as a window of the
            one session has nothing to do with one of the other.

    Returns:
        None where there are no draws of one of them.
    """
    return None if before is None or after is None else interval(after / before)


def noise(spins: Windows) -> float:
    """How much a fixed work's time varies: half its range from 5 to 95 % over the median."""
    p5, median, p95 = np.percentile([value for window in spins for value in window], [5, 50, 95])
    return float((p95 - p5) / 2 / median)
