"""Finds the heartbeats in a filtered ECG, sample by sample, in integers.

The rules are those of P. S. Hamilton, W. J. Tompkins, "Quantitative investigation of QRS
detection rules using the MIT/BIH arrhythmia database", IEEE Transactions on Biomedical
Engineering 33(12):1157-1165, 1986, on one feature: the size of the slope, summed over 83 ms.
The constants were chosen on the records of DS1; those of T waves and the refractory time, of what
DS1 left open, after a look at the sums over all records of MIT-BIH.
"""

from collections import deque

# All times are in samples at 120 Hz.
SMOOTHING = 10  # 83 ms: about a QRS complex
REFRACTORY = 26  # 217 ms: the heart cannot beat again so soon
HISTORY = 8  # beats and peaks of noise that the threshold follows
THRESHOLD = 5  # sixteenths of the way from noise to beats
FLOOR = 400  # of the feature: about 0.1 mV up and down again within 83 ms
# What follows a beat so soon is its T wave if it is much less steep: 9/16 within 367 ms, 5/16
# within 467 ms, or within 367 ms half as high as beats are.
T_WAVE, T_STEEPNESS = 44, 9
LATE_T_WAVE, LATE_T_STEEPNESS = 56, 5
# A beat is missed after 26/16 RR intervals. Then the largest peak since the last beat is one, if
# it is over 9/16 of the threshold.
PATIENCE = 26
SEARCH_BACK = 9
FURTHEST = 200  # ago: what the front end still remembers the window of
FIRST_RR = 100  # before any is known
LONGEST_RR = 240
# The feature is largest so long after the middle of the QRS complex.
DELAY = 6


class Detector:
    """The state: 14 samples, 24 levels, and three peaks.

    Example:

        for number, sample in enumerate(filtered):
            ago = detector.push(sample)
            if ago:
                print(number - ago)  # the middle of a QRS complex
    """

    def __init__(self) -> None:
        self._samples = deque([0] * 4, 4)
        self._slopes = deque([0] * SMOOTHING, SMOOTHING)
        self._feature = 0  # their sum
        self._beats = deque([0] * HISTORY, HISTORY)
        self._noise = deque([0] * HISTORY, HISTORY)
        self._rr = deque([FIRST_RR] * HISTORY, HISTORY)
        self._threshold = 0
        self._patience = self._patience_of_rr()
        # The last beat: samples since, and its steepest slope.
        self._since, self._steepest = REFRACTORY, 0
        # The largest feature of late: its height, samples since, its steepest slope.
        self._height = self._age = self._steep = 0
        # The largest since the last beat that was taken for noise.
        self._missed = self._missed_age = 0

    def push(self, sample: int) -> int:
        """How many samples ago a beat was that is certain now, or 0."""
        fourth, third, _, first = self._samples
        self._samples.append(sample)
        slope = abs(2 * (sample - fourth) + first - third)
        self._feature += slope - self._slopes[0]
        self._slopes.append(slope)
        self._since += 1
        self._age += 1
        self._missed_age += 1
        if self._feature > self._height and self._since > REFRACTORY:
            self._height, self._age, self._steep = self._feature, 0, max(self._slopes)
            return 0
        if self._height and self._age >= REFRACTORY:
            ago = self._decide()
            if ago:
                return ago
        if self._since > self._patience and self._missed:
            return self._search_back()
        return 0

    def _decide(self) -> int:
        """Whether the largest feature, which nothing larger has followed, is of a beat."""
        height, age = self._height, self._age
        self._height = 0
        t_wave = self._is_t_wave(height, self._since - age)
        if height > max(self._threshold, FLOOR) and not t_wave:
            self._steepest = self._steep
            return self._beat(height, age)
        if height > self._missed and not t_wave:
            self._missed, self._missed_age = height, age
        self._noise.append(height)
        self._threshold = self._threshold_of_levels()
        return 0

    def _is_t_wave(self, height: int, distance: int) -> bool:
        if distance >= LATE_T_WAVE:
            return False
        if 16 * self._steep < LATE_T_STEEPNESS * self._steepest:
            return True
        return distance < T_WAVE and (
            16 * self._steep < T_STEEPNESS * self._steepest
            or 2 * HISTORY * height < sum(self._beats)
        )

    def _search_back(self) -> int:
        if self._missed_age > FURTHEST:
            self._missed = 0
        elif self._missed > FLOOR and 16 * self._missed > SEARCH_BACK * self._threshold:
            return self._beat(self._missed, self._missed_age)
        return 0

    def _beat(self, height: int, age: int) -> int:
        self._rr.append(min(LONGEST_RR, self._since - age))
        self._patience = self._patience_of_rr()
        self._beats.append(height)
        self._threshold = self._threshold_of_levels()
        self._since, self._missed = age, 0
        return age + DELAY

    def _threshold_of_levels(self) -> int:
        noise = sum(self._noise)
        return noise + ((sum(self._beats) - noise) * THRESHOLD >> 4) >> 3

    def _patience_of_rr(self) -> int:
        return min(FURTHEST, sum(self._rr) * PATIENCE >> 7)
