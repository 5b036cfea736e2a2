"""Takes the wander of the baseline out of an ECG, sample by sample, in integers."""

# The level follows the signal by this share of their difference a sample, in 1/4096: a pole
# at 0.5 Hz for 120 samples a second, 1 - exp(-2 pi 0.5 / 120) = 0.0258.
SHARE = 106
BITS = 12


class HighPass:
    """A causal first-order high-pass filter of 0.5 Hz; `y = x - level`.

    It delays nothing and bends the beat little (the PR level is taken off each beat afterwards).

    Example:

        filtered = [high_pass.push(sample) for sample in samples]
    """

    def __init__(self) -> None:
        self._level: int | None = None  # in 1/4096 of a sample's unit

    def push(self, sample: int) -> int:
        """The filtered sample, an int16 that saturates, of a sample of int16.

        The first sample is the first level, so that a record does not begin with a step.
        """
        level = sample << BITS if self._level is None else self._level
        filtered = sample - (level >> BITS)
        self._level = level + filtered * SHARE
        return max(-32768, min(32767, filtered))
