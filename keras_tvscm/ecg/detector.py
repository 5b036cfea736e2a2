"""Finds the heartbeats in a filtered ECG, sample by sample, in integers.

The rules are those of P. S. Hamilton, W. J. Tompkins, "Quantitative investigation of QRS
detection rules using the MIT/BIH arrhythmia database", IEEE Transactions on Biomedical
Engineering 33(12):1157-1165, 1986, on one feature: the slope's size, smoothed.
"""

from collections import deque

# All in samples at 120 Hz.
SMOOTHING = 10  # 83 ms: about a QRS complex
REFRACTORY = 24  # 200 ms: no two beats are nearer
T_WAVE = 43  # 360 ms: a lesser wave that follows a beat so soon is its T wave
# The smoothed slope is largest so long after the middle of the QRS complex.
DELAY = 6
RR = 100  # before any is known
HISTORY = 8  # beats and noise peaks that the threshold follows
# Of the way from noise to beats, in 1/16.
THRESHOLD = 5
# 50 microvolts a sample or so, in the feature's unit: below it is nothing that looks like a beat.
FLOOR = 200
# A search back reaches as far as the front end remembers.
FURTHEST = 200
LONGEST = 240  # an RR interval that is remembered


class Detector:
    """The state of the detector: 15 samples, 24 levels, one candidate.

    Example:

        for number, sample in enumerate(filtered):
            ago = detector.push(sample)
            if ago:
                print(number - ago)  # where the slope of a QRS complex was steepest
    """

    def __init__(self) -> None:
        self._samples = deque([0] * 4, 4)
        self._slopes = deque([0] * SMOOTHING, SMOOTHING)
        self._feature = 0
        self._beats = deque([0] * HISTORY, HISTORY)
        self._noise = deque([0] * HISTORY, HISTORY)
        self._rr = deque([RR] * HISTORY, HISTORY)
        self._since = 0  # samples since the last beat's largest feature; 0 before the first beat
        self._peak = 0  # the largest feature of the last beat
        self._candidate = self._age = 0
        self._missed = self._missed_age = 0  # the largest that was taken for noise since

    def push(self, sample: int) -> int:
        """How many samples ago a beat was that is certain now, or 0."""
        fourth, third, _, first = self._samples
        slope = abs(2 * (sample - fourth) + first - third)
        self._samples.append(sample)
        self._feature += slope - self._slopes[0]
        self._slopes.append(slope)

        if self._since:
            self._since += 1
        self._age += 1
        self._missed_age += 1
        if self._feature > self._candidate and not 0 < self._since <= REFRACTORY:
            self._candidate, self._age = self._feature, 0
            return 0
        if self._candidate and self._age >= REFRACTORY:
            return self._decide()
        if self._since <= self._patience() or 2 * self._missed <= self._threshold():
            return 0
        return self._beat(self._missed, self._missed_age)

    def _threshold(self) -> int:
        noise = sum(self._noise)
        return noise + (sum(self._beats) - noise) * THRESHOLD // 16 >> 3

    def _patience(self) -> int:
        """Samples after which a beat is missed: one and a half RR intervals."""
        return min(FURTHEST, sum(self._rr) * 3 >> 4)

    def _decide(self) -> int:
        """Whether the candidate, which nothing larger has followed, is a beat."""
        height, age = self._candidate, self._age
        self._candidate = 0
        t_wave = 0 < self._since - age < T_WAVE and 2 * height < self._peak
        if height > max(self._threshold(), FLOOR) and not t_wave:
            return self._beat(height, age)
        self._noise.append(height)
        if height > self._missed and not t_wave:
            self._missed, self._missed_age = height, age
        return 0

    def _beat(self, height: int, age: int) -> int:
        if self._since:
            self._rr.append(min(LONGEST, self._since - age))
        self._beats.append(height)
        self._peak, self._since = height, max(1, age)
        self._missed = 0
        return age + DELAY
