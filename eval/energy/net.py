"""What an inference takes beyond idle power, from samples of both, with an interval."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .figure import Range

# Fewer repetitions than this say nothing of how far the mean is off.
LEAST = 5
DRAWS = 2000


class Samples(NamedTuple):
    """Energy in joules and time in seconds of some stretches, float64 (k,) each."""

    joules: NDArray[np.float64]
    seconds: NDArray[np.float64]

    @property
    def watts(self) -> float:
        """Mean power."""
        return float(self.joules.sum() / self.seconds.sum())


def net(active: Samples, idle: Samples, inferences: float) -> tuple[float, Range]:
    """Microjoules of an inference: the estimate, and its 95 % interval.

    Args:
        active: stretches in which inferences run.
        idle: stretches in which none does, of the same device.
        inferences: in each active stretch.

    Returns:
        The estimate, which is zero or negative where the inferences do not show above idle
        power, and the bounds, none below zero, by drawing both kinds of stretches anew, with
        replacement; equal to the estimate where fewer than LEAST are active.
    """

    def joules(active: Samples, idle: Samples) -> float:
        beyond = active.joules.sum() - idle.watts * active.seconds.sum()
        return float(beyond / (inferences * len(active.joules)))

    estimate = 1e6 * joules(active, idle)
    if len(active.joules) < LEAST:
        return estimate, Range(max(0.0, estimate), max(0.0, estimate))
    rng = np.random.default_rng(0)
    drawn = [joules(_drawn(active, rng), _drawn(idle, rng)) for _ in range(DRAWS)]
    low, high = (max(0.0, 1e6 * float(bound)) for bound in np.percentile(drawn, [2.5, 97.5]))
    return estimate, Range(low, high)


def _drawn(samples: Samples, rng: np.random.Generator) -> Samples:
    number = len(samples.joules)
    chosen = rng.integers(number, size=number)
    return Samples(samples.joules[chosen], samples.seconds[chosen])
