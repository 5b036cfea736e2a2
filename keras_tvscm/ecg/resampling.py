"""Any rate to 120 samples a second by a low-pass filter of whole numbers, which C has too."""

import math
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from keras_tvscm.errors import InputError

RATE = 120  # samples a second after it
LOWEST = 100  # below this a QRS complex is a handful of samples
HIGHEST = 10_000
# Half of the highest frequency that 120 samples a second can hold is 60 Hz, where mains hum may
# be. The filter halves amplitudes at 45 Hz and leaves under 1 % above 62 Hz; the energy of a QRS
# complex lies between 5 and 25 Hz.
CUTOFF = 45.0  # Hz
# On either side of a sample: a Hamming window of 0.1 s has a transition of 33 Hz.
REACH = 0.05  # seconds
ONE = 1 << 15  # what stands for 1 in the coefficients


@dataclass(frozen=True)
class Filter:
    """A polyphase filter that takes `down` samples for every `up` that it gives.

    Attributes:
        up, down: 120 / rate, in lowest terms.
        phases: int16, (up, taps): output k is `phases[k % up]` times the inputs from number
            k * down // up - before on, divided by `ONE` and rounded.
        before: inputs before the one at (or just before) the output's time; as many after
            it less one are waited for.
    """

    up: int
    down: int
    phases: NDArray[np.int16]
    before: int


def filter_for(rate: float) -> Filter:
    """The filter from `rate`, in samples a second, to 120.

    Raises:
        InputError: the rate is not within 100 to 10,000.
    """
    if not LOWEST <= rate <= HIGHEST:
        raise InputError(
            f"{rate:g} samples a second; expected {LOWEST} to {HIGHEST:,}: record faster, or "
            "check the rate"
        )
    ratio = RATE / Fraction(rate).limit_denominator(1000)
    up, down = ratio.numerator, ratio.denominator
    reach = math.ceil(REACH * rate)
    # Row p is for outputs that lie p * down / up input samples after a whole one.
    between = (np.arange(up) * down % up / up)[:, None]
    seconds = (np.arange(-reach, reach + 1) - between) / rate
    window = np.where(np.abs(seconds) <= REACH, 0.54 + 0.46 * np.cos(np.pi * seconds / REACH), 0.0)
    response = np.sinc(2 * CUTOFF * seconds) * window
    exact = response * ONE / response.sum(axis=1, keepdims=True)
    phases = np.rint(exact).astype(np.int32)
    # A constant stays what it is: the rounding of each phase goes to its largest coefficient.
    phases[np.arange(up), phases.argmax(axis=1)] += ONE - phases.sum(axis=1)
    return Filter(up, down, phases.astype(np.int16), reach)


class Resampler:
    """Takes a signal in blocks of any size, even sample by sample, and gives it at 120 a second.

    The first sample is taken to have stood before the signal, and the last after it. Output k
    lies at k / 120 seconds of the signal: the filter has no delay but the 0.05 s it waits for.

    Args:
        rate: samples a second of what is pushed.

    Raises:
        InputError: see `filter_for`.

    Examples:

        >>> import numpy as np
        >>> from keras_tvscm.ecg.resampling import Resampler
        >>> resampler = Resampler(360)
        >>> len(resampler.push(np.zeros(360, np.int16))), len(resampler.end())
        (114, 6)
    """

    def __init__(self, rate: float) -> None:
        self.filter = filter_for(rate)
        self._held: NDArray[np.int16] = np.zeros(0, np.int16)
        self._first = -self.filter.before  # the number of the sample that is held first
        self._pushed = 0
        self._given = 0

    def push(self, block: NDArray[np.int16]) -> NDArray[np.int16]:
        """The outputs, int16, that are known once a block, int16, has been added."""
        if not len(block):
            return np.zeros(0, np.int16)
        if not self._pushed:
            self._held = np.full(self.filter.before, block[0], np.int16)
        self._held = np.concatenate([self._held, np.asarray(block, np.int16)])
        self._pushed += len(block)
        return self._known()

    def end(self) -> NDArray[np.int16]:
        """The outputs that lie within the signal and wait for what comes after it."""
        if not self._pushed:
            return np.zeros(0, np.int16)
        whole = -(-self._pushed * self.filter.up // self.filter.down)
        after = np.full(self.filter.phases.shape[1], self._held[-1], np.int16)
        self._held = np.concatenate([self._held, after])
        return self._known()[: whole - self._given] if whole > self._given else after[:0]

    def _known(self) -> NDArray[np.int16]:
        up, down, phases = self.filter.up, self.filter.down, self.filter.phases
        taps = phases.shape[1]
        # Output k reads held samples from k * down // up - before - first on.
        last = len(self._held) - taps + self._first + self.filter.before
        count = max(0, (last * up + up - 1) // down + 1 - self._given) if last >= 0 else 0
        outputs = np.zeros(count, np.int16)
        windows = np.lib.stride_tricks.sliding_window_view(
            self._held.astype(np.int32), min(taps, len(self._held))
        )
        for phase in range(up):
            skipped = (phase - self._given) % up
            if skipped >= count:
                continue
            number = self._given + skipped
            start = number * down // up - self.filter.before - self._first
            mine = windows[start::down][: -(-(count - skipped) // up)]
            # |sum| < 2^31: coefficients of one phase add up to less than 1.3 in absolute value.
            sums = mine @ phases[phase].astype(np.int32)
            outputs[skipped::up] = np.clip((sums + ONE // 2) >> 15, -ONE, ONE - 1)
        self._given += count
        done = self._given * down // up - self.filter.before - self._first
        if done > 0:
            self._held, self._first = self._held[done:], self._first + done
        return outputs


def resample(signal: NDArray[np.int16], rate: float) -> NDArray[np.int16]:
    """A whole signal at 120 samples a second.

    Args:
        signal: int16, (samples,).
        rate: its samples a second.

    Returns:
        int16, (samples * 120 / rate, rounded up,).

    Raises:
        InputError: see `filter_for`.
    """
    resampler = Resampler(rate)
    return np.concatenate([resampler.push(signal), resampler.end()])
