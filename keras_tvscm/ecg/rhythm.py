"""What the times between heartbeats say: RR intervals as numbers of 16 bits."""

from collections import deque

from .fixed_point import UNIT, clipped, log2, median

# Samples at 120 Hz: a longer pause, two seconds, tells no more about the beats beside it, and a
# beat does not wait longer for the one after it.
LONGEST = 240
# Faster than any heart: two annotations on one beat.
SHORTEST = 12
NEAR = 10  # RR intervals that a beat is compared with
CONTEXT = 32  # changes of RR that tell atrial fibrillation from single early beats
NUMBERS = 7  # of one beat
SLOW_BITS = 8  # the slow mean moves by 1/256 a beat


class Rhythm:
    """The RR intervals that were, about 100 bytes of them."""

    def __init__(self) -> None:
        self._near: deque[int] = deque(maxlen=NEAR)
        self._changes: deque[int] = deque(maxlen=CONTEXT)
        self._slow = 0  # in 1/256 sample
        self._beats = 0

    def describe(self, before: int, after: int) -> list[int]:
        """Seven numbers of a beat, in 1/4096; the beat is remembered.

        Args:
            before, after: samples from the beat before it and to the beat after it.

        Returns:
            Half octaves (2 log2) of the RR interval before the beat over the mean of the
            last ten (itself among them), over the slow mean, over the longest of the last ten;
            of the interval before that, and of the one after the beat, over the mean of the ten;
            eight times the mean deviation of the ten over their mean; four times the median
            change, in octaves, of the last 32 intervals, each over the one before.
        """
        before, after = (max(SHORTEST, min(LONGEST, rr)) for rr in (before, after))
        logarithm = log2(before)
        if self._near:
            previous = self._near[-1]
            self._changes.append(abs(logarithm - log2(previous)))
        else:
            previous = before
            self._changes.append(0)
            self._slow = before << SLOW_BITS
        self._near.append(before)
        # Faster while few beats are known, so that the first does not count for minutes.
        self._beats = min(self._beats + 1, 1 << SLOW_BITS)
        share = self._beats.bit_length() - 1
        self._slow += (before << SLOW_BITS) - self._slow >> share

        count, total = len(self._near), sum(self._near)
        mean = log2(total) - log2(count)
        deviation = sum(abs(count * rr - total) for rr in self._near)
        return [
            clipped(2 * (logarithm - mean)),
            clipped(2 * (logarithm - (log2(self._slow) - SLOW_BITS * UNIT))),
            clipped(2 * (logarithm - log2(max(self._near)))),
            clipped(2 * (log2(previous) - mean)),
            clipped(2 * (log2(after) - mean)),
            clipped(8 * UNIT * deviation // (count * total)),
            clipped(4 * median(self._changes)),
        ]
