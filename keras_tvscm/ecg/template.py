"""A heartbeat's shape beside the patient's usual one: two channels and numbers of 16 bits."""

import math
from collections import deque
from collections.abc import Sequence

from .fixed_point import LIMIT, UNIT, clipped, log2, median

# All in samples at 120 Hz. A beat reaches from 0.35 s before its R peak to 0.58 s after it.
BEFORE = 42
WINDOW = 112
# 125 to 67 ms before R: between P wave and QRS complex, where the heart is electrically silent.
PR = range(BEFORE - 15, BEFORE - 7)
# 67 ms before to 92 ms after R: a normal QRS complex.
QRS = range(BEFORE - 8, BEFORE + 12)
# 208 to 83 ms before R.
P = range(BEFORE - 25, BEFORE - 9)
# 100 ms before to 150 ms after R: a ventricular beat's complex, before its T wave.
WIDE = range(BEFORE - 12, BEFORE + 18)
AMPLITUDES = 32  # the median of so many is the unit of amplitude
SMALLEST = 20  # 0.1 mV: less is noise, and must not be blown up
# The template moves an eighth of the way to each beat, 0.03 at most, and so follows the median:
# a beat that looks otherwise does not pull it.
STEP_BITS = 3
STEP = 123


class Template:
    """The patient's usual beat, of 112 numbers in 1/4096, and the last 32 amplitudes."""

    def __init__(self) -> None:
        self._amplitudes: deque[int] = deque(maxlen=AMPLITUDES)
        self._template: list[int] = []

    def describe(self, window: Sequence[int]) -> tuple[list[int], list[int], list[int]]:
        """A beat, and the template follows it.

        Args:
            window: 112 filtered samples, R at `BEFORE`.

        Returns:
            All in 1/4096: the beat, 112 numbers, the PR level at zero and one the median of the
            last 32 QRS amplitudes; the beat minus the template as it was; and six numbers:
            four times the correlation of its QRS complex and of its P wave with the template's,
            half octaves of its amplitude over that median, samples of its width over 8,
            and four times the range of P in the template and in the beat.
        """
        qrs = window[QRS.start : QRS.stop]
        amplitude = max(qrs) - min(qrs)
        self._amplitudes.append(amplitude)
        unit = max(median(self._amplitudes), SMALLEST)
        level = sum(window[PR.start : PR.stop]) >> 3
        # One division a beat: 2^27 / unit fits 23 bits, its product with 4 units 30.
        reciprocal = (1 << 27) // unit
        beat = [
            clipped(max(-4 * unit, min(4 * unit, sample - level)) * reciprocal >> 15)
            for sample in window
        ]
        template = self._template or beat
        difference = [clipped(a - b) for a, b in zip(beat, template, strict=True)]
        numbers = [
            clipped(4 * correlation(beat, template, QRS, 4)),
            clipped(4 * correlation(beat, template, P, 2)),
            clipped(2 * (log2(max(amplitude, 1)) - log2(unit))),
            width(beat) * UNIT // 8,
            clipped(4 * extent(template, P)),
            clipped(4 * extent(beat, P)),
        ]
        self._template = [
            usual + max(-STEP, min(STEP, step + 4 >> STEP_BITS))
            for usual, step in zip(template, difference, strict=True)
        ]
        return beat, difference, numbers


def correlation(a: Sequence[int], b: Sequence[int], part: range, coarser: int) -> int:
    """Pearson's correlation of a part of both, in 1/4096; 0 where one is constant.

    Args:
        a, b: numbers in 1/4096.
        part: 20 samples at most.
        coarser: bits that are dropped first; what then exceeds 10 bits is cut.
    """
    first = [max(-1023, min(1023, a[i] >> coarser)) for i in part]
    second = [max(-1023, min(1023, b[i] >> coarser)) for i in part]
    count = len(part)
    total_a, total_b = sum(first), sum(second)
    # Each below 20 * 20 * 2^20, which fits 31 bits.
    product = count * sum(map(int.__mul__, first, second)) - total_a * total_b
    square_a = count * sum(x * x for x in first) - total_a * total_a
    square_b = count * sum(x * x for x in second) - total_b * total_b
    norm = math.isqrt(square_a) * math.isqrt(square_b)
    if norm == 0:
        return 0
    # The quotient in 1/4096 without a number of 64 bits.
    drop = max(0, norm.bit_length() - 18)
    norm, size = norm >> drop, abs(product) >> drop
    quotient = min(UNIT, size * UNIT // norm)
    return quotient if product >= 0 else -quotient


def width(beat: Sequence[int]) -> int:
    """Samples around R that are further from the PR level than a quarter of the furthest."""
    sizes = [abs(beat[i]) for i in WIDE]
    largest = max(sizes)
    return sum(4 * size > largest for size in sizes)


def extent(beat: Sequence[int], part: range) -> int:
    """The largest minus the smallest of a part."""
    return min(2 * LIMIT, max(beat[i] for i in part) - min(beat[i] for i in part))
