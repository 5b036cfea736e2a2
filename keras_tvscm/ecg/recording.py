"""What was recorded: one lead of an electrocardiogram, and the beats that were annotated."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .resampling import RATE, resample

STEP = 0.005  # mV: what the front end counts in, as the MIT-BIH databases do


@dataclass(frozen=True, eq=False)
class Recording:
    """One lead of a recording.

    Attributes:
        name: of the record.
        lead: its name, such as "MLII".
        rate: samples a second.
        signal: float32, (samples,), in mV; NaN where nothing was recorded.
        peaks: int64, (beats,), the annotated R peaks' sample numbers, in order; None where
            the recording has no annotations.
        symbols: (beats,), the WFDB symbol of each; None as `peaks`.
        flutter: first and last sample of each annotated episode of ventricular flutter.
        notes: one line each: what a user should know before trusting a figure.
    """

    name: str
    lead: str
    rate: float
    signal: NDArray[np.float32]
    peaks: NDArray[np.int64] | None = None
    symbols: NDArray[np.str_] | None = None
    flutter: tuple[tuple[int, int], ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def seconds(self) -> float:
        """How long it lasts."""
        return len(self.signal) / self.rate

    def samples(self) -> NDArray[np.int16]:
        """The signal as the front end takes it: 120 a second, in steps of 5 µV.

        Where nothing was recorded the last value before it stands.
        """
        known = np.isfinite(self.signal)
        last = np.maximum.accumulate(np.where(known, np.arange(len(known)), known.argmax()))
        steps = np.rint(self.signal[last] / STEP).clip(-(1 << 15), (1 << 15) - 1)
        return resample(steps.astype(np.int16), self.rate)

    def at_120(self, samples: NDArray[np.int64]) -> NDArray[np.int64]:
        """Sample numbers of the recording as sample numbers at 120 a second."""
        return np.rint(samples * (RATE / self.rate)).astype(np.int64)

    def covers(self, first: NDArray[np.int64], last: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Whether there is no gap from sample to sample, at 120 a second; the ends are none."""
        missing = np.concatenate([[0], np.cumsum(~np.isfinite(self.signal))])
        start, end = (
            np.rint(at * (self.rate / RATE)).astype(np.int64).clip(0, len(self.signal))
            for at in (first, last)
        )
        return missing[end] == missing[start]
