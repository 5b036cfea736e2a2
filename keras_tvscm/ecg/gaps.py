"""Where a signal says nothing: samples that are missing, and stretches of one value."""

import numpy as np
from numpy.typing import NDArray

from keras_tvscm.errors import InputError

STEP = 0.005  # mV: what the front end counts in, as the MIT-BIH databases do
# A lead that is off, or an amplifier at its limit, gives one value; a heart never does so long.
FLAT = 2.0  # seconds


class Gaps:
    """Takes a signal in blocks, and gives it as the front end takes it.

    Args:
        rate: samples a second.

    Attributes:
        samples: that were taken.
        missing, flat: the number of the first sample, and of the one after the last, of each
            stretch. A flat one begins with the second sample of its value, as the first is known.

    Examples:

        >>> import numpy as np
        >>> from keras_tvscm.ecg.gaps import Gaps
        >>> gaps = Gaps(360)
        >>> gaps.push(np.array([0.5, np.nan, 0.6], np.float32)).tolist()
        [100, 100, 120]
        >>> gaps.missing
        [(1, 2)]
    """

    def __init__(self, rate: float) -> None:
        self.samples = 0
        self.missing: list[tuple[int, int]] = []
        self.flat: list[tuple[int, int]] = []
        self._long = FLAT * rate
        # The run of one value that the signal ends with; missing samples are infinite.
        self._value, self._start = np.float32(np.nan), 0
        self._held: np.int16 | None = None

    def push(self, block: NDArray[np.float32]) -> NDArray[np.int16]:
        """The block in steps of 5 µV, int16, (samples,).

        Where samples are missing the last known one stands. Before any is known nothing is given,
        and with the first known one, as often as samples were missing, its value.

        Args:
            block: float32, (samples,), in mV; NaN where they are missing.
        """
        known = np.isfinite(block)
        values = np.concatenate([[self._value], np.where(known, block, np.float32(np.inf))])
        changes = np.flatnonzero(values[1:] != values[:-1])
        starts = np.concatenate([[self._start], changes + self.samples])
        ended = values[changes]
        # Of the runs that end here, as nearly every sample of an ECG is one.
        for i in np.flatnonzero(np.isinf(ended) | (np.diff(starts) >= self._long)).tolist():
            self._note(int(starts[i]), int(starts[i + 1]), ended[i])
        self._start, self._value = int(starts[-1]), values[-1]
        unknown = self.samples if self._held is None else 0
        self.samples += len(block)
        if self._held is None and not known.any():
            return np.zeros(0, np.int16)
        steps = np.rint(block[known] / STEP).clip(-(1 << 15), (1 << 15) - 1).astype(np.int16)
        last = steps[0] if self._held is None else self._held
        steps = np.concatenate([[last], steps])
        self._held = steps[-1]
        return steps[np.concatenate([np.zeros(unknown, np.int64), np.cumsum(known)])]

    def end(self) -> None:
        """Note the run that the signal ends with."""
        self._note(self._start, self.samples, self._value)
        self._start = self.samples

    @property
    def readable(self) -> int:
        """Samples that are in no gap, nor the first of a flat stretch."""
        return (
            self.samples
            - sum(last - first for first, last in (*self.missing, *self.flat))
            - (len(self.flat))
        )

    def notes(self, name: str, lead: str) -> list[str]:
        """What a user should know of them in a lead of the record `name`, one line each.

        Raises:
            InputError: there is nothing but gaps.
        """
        if not self.readable:
            raise InputError(
                f"record {name}: lead {lead} is flat or missing throughout; was it off? choose "
                "another lead"
            )
        return [
            f"{100 * count / self.samples:.2g} % of lead {lead} of record {name} {what}"
            for stretches, what in (
                (self.missing, "is missing"),
                (self.flat, "is flat (lead off, or at the amplifier's limit)"),
            )
            if (count := sum(last - first for first, last in stretches))
        ]

    def _note(self, start: int, end: int, value: np.float32) -> None:
        if np.isinf(value):
            self.missing.append((start, end))
        elif end - start >= self._long:
            self.flat.append((start + 1, end))

    def between(self, first: NDArray[np.int64], last: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Whether some sample is missing, or flat, of those from `first` to before `last`, (n,)."""
        stretches = np.array(self._stretches(), np.int64).reshape(-1, 2)
        # They do not overlap, so that their ends are in order, too.
        return np.searchsorted(stretches[:, 0], last) > np.searchsorted(
            stretches[:, 1], first, side="right"
        )

    def _stretches(self) -> list[tuple[int, int]]:
        """All of them in order, with the one that the signal ends with so far."""
        run = []
        if np.isinf(self._value) or self.samples - self._start >= self._long:
            run = [(self._start, self.samples)]
        return sorted([*self.missing, *self.flat, *run])
