"""From the samples of an ECG to rows for a network, in integers: what a microcontroller computes.

A filter takes the baseline's wander out, a detector finds the R peaks, and a beat becomes a row
once the beat after it is known, or two seconds have passed.
"""

from collections import deque
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


class AnnotatedFrontEnd:
    """As `FrontEnd`, with the beats where somebody has annotated them.

    Args:
        peaks: (beats,), in order, the samples' numbers at R.
    """

    def __init__(self, peaks: NDArray[np.integer]) -> None:
        self._filter, self._rhythm, self._template = HighPass(), Rhythm(), Template()
        self._peaks = deque(peaks.tolist())
        # Filtered samples, and the number of the first: zeros before the record, as in a stream.
        self._filtered = [0] * (BEFORE + REALIGNED)
        self._first = -len(self._filtered)
        # R, realigned, of beats that are not complete, and of the last one that is.
        self._aligned: deque[int] = deque()
        self._last: int | None = None

    def push_many(self, samples: NDArray[np.integer]) -> Beats:
        """Take samples, (samples,), and give the beats that are complete then."""
        self._filtered += map(self._filter.push, samples.tolist())
        end = self._first + len(self._filtered)
        while self._peaks and self._peaks[0] + REALIGNED < end:
            self._aligned.append(self._realigned(self._peaks.popleft()))
        found = []
        while self._aligned and self._aligned[0] + LONGEST + 2 * REALIGNED <= end:
            found.append(self._complete())
        oldest = self._aligned[0] if self._aligned else end - 2 * REALIGNED
        gone = oldest - BEFORE - 2 * REALIGNED - self._first
        if gone > 0:
            del self._filtered[:gone]
            self._first += gone
        return _stacked(found)

    def _realigned(self, peak: int) -> int:
        first = peak - REALIGNED
        sizes = [abs(sample) for sample in self._part(first, 2 * REALIGNED + 1)]
        return first + sizes.index(max(sizes))

    def _part(self, first: int, count: int) -> list[int]:
        return self._filtered[first - self._first : first - self._first + count]

    def _complete(self) -> Beat:
        sample = self._aligned.popleft()
        after = min(LONGEST, self._aligned[0] - sample) if self._aligned else LONGEST
        before = after if self._last is None else min(LONGEST, sample - self._last)
        window = np.array(self._part(sample - BEFORE, WINDOW), np.int64)
        self._last = sample
        return Beat(sample, row(self._rhythm, self._template, window, before, after))


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
    return (FrontEnd() if peaks is None else AnnotatedFrontEnd(peaks)).push_many(held)


def _stacked(found: list[Beat]) -> Beats:
    return Beats(
        np.array([beat.sample for beat in found], np.int64),
        np.array([beat.x for beat in found], np.int16).reshape(-1, ROW),
    )


def to_float(x: NDArray[np.int16]) -> NDArray[np.float32]:
    """Rows as a network takes them.

    Args:
        x: (beats, 237), of `Beats`.

    Returns:
        float32 (beats, 238), each within -4 .. 4: the numbers of `x`, exactly, and a zero.
    """
    return np.pad(x, ((0, 0), (0, 1))).astype(np.float32) / np.float32(UNIT)
