"""A heartbeat's shape beside the patient's usual one: two channels and numbers of 16 bits."""

import math
from collections import deque

import numpy as np
from numpy.typing import NDArray

from .fixed_point import LIMIT, UNIT, clipped, log2, median

Integers = NDArray[np.int64]

# All in samples at 120 Hz. A beat reaches from 0.35 s before its R peak to 0.58 s after it.
BEFORE = 42
WINDOW = 112
# 125 to 67 ms before R: between P wave and QRS complex, where the heart is electrically silent.
PR = slice(BEFORE - 15, BEFORE - 7)
# 67 ms before to 92 ms after R: a normal QRS complex.
QRS = slice(BEFORE - 8, BEFORE + 12)
# 208 to 83 ms before R.
P = slice(BEFORE - 25, BEFORE - 9)
# 100 ms before to 150 ms after R: a ventricular beat's complex, before its T wave.
WIDE = slice(BEFORE - 12, BEFORE + 18)
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
        self._template: Integers | None = None

    def describe(self, window: Integers) -> tuple[Integers, Integers, list[int]]:
        """A beat, and the template follows it.

        Args:
            window: int64 (112,), filtered samples, R at `BEFORE`.

        Returns:
            All in 1/4096: the beat, 112 numbers, the PR level at zero and one the median of the
            last 32 QRS amplitudes; the beat minus the template as it was; and six numbers:
            four times the correlation of its QRS complex and of its P wave with the template's,
            half octaves of its amplitude over that median, samples of its width over 8,
            and four times the range of P in the template and in the beat.
        """
        amplitude = int(np.ptp(window[QRS]))
        self._amplitudes.append(amplitude)
        unit = max(median(self._amplitudes), SMALLEST)
        level = int(window[PR].sum()) >> 3
        # One division a beat: 2^27 / unit fits 23 bits, its product with 4 units 30.
        reciprocal = (1 << 27) // unit
        scaled = (window - level).clip(-4 * unit, 4 * unit) * reciprocal >> 15
        beat = scaled.clip(-LIMIT, LIMIT)
        template = beat if self._template is None else self._template
        difference = (beat - template).clip(-LIMIT, LIMIT)
        numbers = [
            clipped(4 * correlation(beat[QRS], template[QRS], 4)),
            clipped(4 * correlation(beat[P], template[P], 2)),
            clipped(2 * (log2(max(amplitude, 1)) - log2(unit))),
            width(beat[WIDE]) * UNIT // 8,
            clipped(4 * int(np.ptp(template[P]))),
            clipped(4 * int(np.ptp(beat[P]))),
        ]
        self._template = template + (difference + 4 >> STEP_BITS).clip(-STEP, STEP)
        return beat, difference, numbers


def correlation(a: Integers, b: Integers, coarser: int) -> int:
    """Pearson's correlation, in 1/4096; 0 where one is constant.

    Args:
        a, b: int64, 20 numbers in 1/4096 at most.
        coarser: bits that are dropped first; what then exceeds 10 bits is cut.
    """
    a, b = ((part >> coarser).clip(-1023, 1023) for part in (a, b))
    total_a, total_b = int(a.sum()), int(b.sum())
    # Each below 20 * 20 * 2^20, which fits 31 bits.
    product = len(a) * int(a @ b) - total_a * total_b
    square_a = len(a) * int(a @ a) - total_a * total_a
    square_b = len(b) * int(b @ b) - total_b * total_b
    norm = math.isqrt(square_a) * math.isqrt(square_b)
    if norm == 0:
        return 0
    # The quotient in 1/4096 without a number of 64 bits.
    drop = max(0, norm.bit_length() - 18)
    quotient = min(UNIT, (abs(product) >> drop) * UNIT // (norm >> drop))
    return quotient if product >= 0 else -quotient


def width(beat: Integers) -> int:
    """Samples that are further from the PR level than a quarter of the furthest."""
    sizes = np.abs(beat)
    return int((4 * sizes > sizes.max()).sum())
