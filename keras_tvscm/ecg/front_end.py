"""From the samples of an ECG to rows for a network, in integers: what a microcontroller computes.

A filter takes the baseline's wander out, a detector finds the R peaks, and a beat becomes a row
once the beat after it is known, or two seconds have passed.
"""

from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .detector import Detector
from .fixed_point import UNIT
from .high_pass import HighPass
from .rhythm import LONGEST, Rhythm
from .template import BEFORE, WINDOW, Template

RATE = 120  # samples a second; int16 in units of 5 microvolts, 200 a millivolt as MIT-BIH has them
NUMBERS = 13
ROW = 2 * WINDOW + NUMBERS
AFTER = WINDOW - BEFORE
# 58 ms: R is the largest sample so near to where the slopes, or an annotation, say it is.
REALIGNED = 7
# Samples that are remembered: from the window of a beat that has waited two seconds to now.
MEMORY = LONGEST + BEFORE + REALIGNED + 1


class Beat(NamedTuple):
    """One heartbeat.

    Attributes:
        sample: the number of the sample at R, from 0 at the stream's start.
        x: int16 (237,), in 1/4096: the beat, 112 samples; the beat minus the patient's usual
            one, 112; and 13 numbers (`Rhythm.describe`, `Template.describe`).
    """

    sample: int
    x: NDArray[np.int16]


class Beats(NamedTuple):
    """The heartbeats of a record.

    Attributes:
        samples: int64 (beats,), the number of the sample at R.
        x: int16 (beats, 237), in 1/4096; see `Beat`.
    """

    samples: NDArray[np.int64]
    x: NDArray[np.int16]


class FrontEnd:
    """The stream: its whole state is 290 samples, the patient's usual beat and some history.

    Example:

        front_end = FrontEnd()
        for sample in samples:
            beat = front_end.push(sample)
            if beat:
                print(beat.sample / RATE)
    """

    def __init__(self) -> None:
        self._filter, self._detector = HighPass(), Detector()
        self._rhythm, self._template = Rhythm(), Template()
        self._memory = [0] * MEMORY
        self._now = -1  # the number of the last sample
        # R of the beat whose RR after it is not known yet, of the one after it, and before it.
        self._waiting: int | None = None
        self._next: int | None = None
        self._last: int | None = None

    def push(self, sample: int) -> Beat | None:
        """Take a sample, an int16; give a beat that is complete now.

        It is never later than two seconds after its R peak.
        """
        filtered = self._filter.push(sample)
        self._now += 1
        self._memory[self._now % MEMORY] = filtered
        ago = self._detector.push(filtered)
        if ago:
            self._found(self._now - ago)
        if self._waiting is None:
            return None
        if self._now - self._waiting < (LONGEST if self._next is None else AFTER):
            return None
        return self._complete(self._waiting)

    def push_many(self, samples: NDArray[np.integer]) -> Beats:
        """Take samples, (samples,), and give the beats that are complete then."""
        return _stacked([beat for sample in samples.tolist() if (beat := self.push(sample))])

    def _found(self, peak: int) -> None:
        memory, first = self._memory, peak - REALIGNED
        near = [abs(memory[(first + i) % MEMORY]) for i in range(2 * REALIGNED + 1)]
        aligned = first + near.index(max(near))
        if self._waiting is None:
            self._waiting = aligned
        else:
            self._next = aligned

    def _complete(self, sample: int) -> Beat:
        after = LONGEST if self._next is None else self._next - sample
        before = after if self._last is None else sample - self._last
        start = (sample - BEFORE) % MEMORY
        window = np.array([*self._memory[start:], *self._memory[:start]][:WINDOW], np.int64)
        x = row(self._rhythm, self._template, window, before, after)
        self._last, self._waiting, self._next = sample, self._next, None
        return Beat(sample, x)


def row(
    rhythm: Rhythm, template: Template, window: NDArray[np.int64], before: int, after: int
) -> NDArray[np.int16]:
    """A beat's 237 integers, after those of the beats before it."""
    times = rhythm.describe(before, after)
    beat, difference, shape = template.describe(window)
    return np.concatenate([beat, difference, times, shape]).astype(np.int16)


def beats(signal: NDArray[np.integer], peaks: NDArray[np.integer] | None = None) -> Beats:
    """The heartbeats of a whole record, as a stream would give them.

    Args:
        signal: (samples,) at 120 Hz in units of 5 microvolts, each within int16.
        peaks: (beats,), in order, the samples' numbers at R as somebody annotated them; None
            lets the detector find them. R may move 58 ms to where the beat is largest.

    Returns:
        One row for each of `peaks`, or for each beat that was found.

    Example:

        samples, x = beats(signal)
        network.predict(to_float(x))
    """
    # The last sample again and again: until the last beat is complete.
    held = np.concatenate([signal, np.repeat(signal[-1:], 2 * LONGEST)])
    return FrontEnd().push_many(held) if peaks is None else _annotated(held, peaks)


def _stacked(found: list[Beat]) -> Beats:
    return Beats(
        np.array([beat.sample for beat in found], np.int64),
        np.array([beat.x for beat in found], np.int16).reshape(-1, ROW),
    )


def _annotated(signal: NDArray[np.integer], peaks: NDArray[np.integer]) -> Beats:
    """The beats at these peaks."""
    high_pass, rhythm, template = HighPass(), Rhythm(), Template()
    # Zeros before the record, as a stream has them.
    start = BEFORE + REALIGNED
    filtered = [*[0] * start, *map(high_pass.push, signal.tolist())]
    aligned = []
    for peak in peaks.tolist():
        first = start + peak - REALIGNED
        near = [abs(sample) for sample in filtered[first : first + 2 * REALIGNED + 1]]
        aligned.append(peak - REALIGNED + near.index(max(near)))
    intervals = [min(LONGEST, b - a) for a, b in pairwise(aligned)] + [LONGEST]
    found = []
    for sample, before, after in zip(aligned, [intervals[0], *intervals], intervals, strict=False):
        window = np.array(filtered[start + sample - BEFORE :][:WINDOW], np.int64)
        found.append(Beat(sample, row(rhythm, template, window, before, after)))
    return _stacked(found)


def to_float(x: NDArray[np.int16]) -> NDArray[np.float32]:
    """Rows as a network takes them.

    Args:
        x: (beats, 237), of `Beats`.

    Returns:
        float32 (beats, 238), each within -4 .. 4: the numbers of `x`, exactly, and a zero.
    """
    return np.pad(x, ((0, 0), (0, 1))).astype(np.float32) / np.float32(UNIT)
