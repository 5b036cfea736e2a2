"""Beats are found where they are, and described alike by stream and whole record."""

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keras_tvscm.ecg.fixed_point import LIMIT, UNIT, log2, median
from keras_tvscm.ecg.front_end import NUMBERS, RATE, ROW, FrontEnd, beats, to_float
from keras_tvscm.ecg.high_pass import HighPass
from keras_tvscm.ecg.rhythm import LONGEST, Rhythm
from keras_tvscm.ecg.template import BEFORE, Template, correlation, width


def ecg(peaks, seconds, noise=0.0, drift=0.0, size=1.0):
    """Normal beats, 200 units a millivolt, R at these seconds."""
    time = np.arange(seconds * RATE) / RATE
    rng = np.random.default_rng(0)
    signal = drift * np.sin(2 * np.pi * 0.15 * time) + rng.normal(0, noise, len(time))
    for peak in peaks:
        for after, spread, height in (
            (-0.16, 0.025, 0.12),
            (-0.03, 0.01, -0.1),
            (0, 0.012, 1.0),
            (0.035, 0.012, -0.2),
            (0.28, 0.05, 0.25),
        ):
            signal += size * height * np.exp(-(((time - peak - after) / spread) ** 2) / 2)
    return np.rint(200 * signal).clip(-32768, 32767).astype(np.int16)


@pytest.mark.parametrize("rate", [35, 60, 75, 140, 200])
@pytest.mark.parametrize(("noise", "drift", "size"), [(0, 0, 1), (0.04, 1, 1), (0.01, 0, 0.2)])
def test_every_beat_is_found_and_nothing_else(rate, noise, drift, size):
    peaks = np.arange(0.7, 59.5, 60 / rate)
    samples, x = beats(ecg(peaks, 60, noise, drift, size))
    expected = np.rint(peaks * RATE)
    # While its levels settle, one peak of noise may be taken for a beat.
    assert set(expected[expected < 4 * RATE]) <= {s + i for s in samples for i in range(-7, 8)}
    assert (samples < 4 * RATE).sum() <= (expected < 4 * RATE).sum() + 1
    samples, expected = samples[samples > 4 * RATE], expected[expected > 4 * RATE]
    assert len(samples) == len(expected)
    # R is where the signal is largest within 58 ms, which drift may move to the S wave.
    np.testing.assert_allclose(samples, expected, atol=7 if drift else 2)
    assert len(x) >= len(expected) and np.abs(x).max() <= LIMIT


def test_a_beat_that_is_small_is_searched_back():
    peaks = np.arange(0.7, 29.5, 0.8)
    small = len(peaks) // 2
    signal = ecg(np.delete(peaks, small), 30) + ecg(peaks[[small]], 30, size=0.24)
    np.testing.assert_allclose(beats(signal).samples, np.rint(peaks * RATE), atol=2)


def test_stream_blocks_and_annotated_peaks_give_the_same():
    signal = ecg([0.7, 1.5, 2.3, 2.8, 3.9, 4.7, 5.5, 7.2, 8.0], 9, noise=0.01, drift=0.3)
    samples, x = beats(signal)
    held = np.concatenate([signal, np.repeat(signal[-1:], 2 * LONGEST)])
    one_by_one = FrontEnd()
    stream = [beat for sample in held.tolist() if (beat := one_by_one.push(sample))]
    assert [beat.sample for beat in stream] == samples.tolist()
    np.testing.assert_array_equal([beat.x for beat in stream], x)
    in_blocks = FrontEnd()
    blocks = [in_blocks.push_many(block) for block in np.array_split(held, 7)]
    np.testing.assert_array_equal(np.concatenate([block.x for block in blocks]), x)
    annotated = beats(signal, samples + 3)  # R moves back to where it is
    np.testing.assert_array_equal(annotated.samples, samples)
    np.testing.assert_array_equal(annotated.x, x)


def test_a_beat_waits_for_the_next_but_two_seconds_at_most():
    front_end = FrontEnd()
    signal = ecg([0.7, 1.5, 2.3], 8)
    given = [(i, beat.sample) for i, sample in enumerate(signal.tolist())
             if (beat := front_end.push(sample))]  # fmt: skip
    assert [sample for _, sample in given] == [84, 180, 276]
    assert [now - sample <= LONGEST for now, sample in given] == [True] * 3
    assert given[-1][0] == 276 + LONGEST


def test_what_is_no_heartbeat_gives_none_and_breaks_nothing():
    assert not len(beats(np.zeros(3000, np.int16)).samples)
    assert not len(beats(np.full(3000, 32767, np.int16)).samples)
    assert beats(np.zeros(0, np.int16)).x.shape == (0, ROW)
    lead_off = np.concatenate([ecg([0.7, 1.5, 2.3], 3), np.full(3000, -2000), ecg([1, 1.8], 3)])
    found = beats(lead_off).samples
    assert found[:3].tolist() == [84, 180, 276] and found[-2:].tolist() == [3480, 3576]
    assert len(found) <= 7  # the steps themselves are steep


@given(st.lists(st.integers(-32768, 32767), min_size=1, max_size=12), st.integers(0, 2**32 - 1))
@settings(max_examples=25, deadline=None)
def test_any_samples_give_numbers_within_the_limit(levels, seed):
    signal = np.random.default_rng(seed).choice(levels, 900).repeat(2).astype(np.int16)
    samples, x = beats(signal)
    assert (np.diff(samples) > 0).all() and len(samples) < len(signal) / 10
    assert np.abs(x).max(initial=0) <= LIMIT and x.dtype == np.int16


def test_rows_are_floats_exactly():
    x = np.array([[-LIMIT, LIMIT, 1] + [0] * (ROW - 3)], np.int16)
    rows = to_float(x)
    assert rows.shape == (1, 2 * 112 + NUMBERS + 1) and rows.dtype == np.float32
    assert rows[0, :3].tolist() == [-LIMIT / UNIT, LIMIT / UNIT, 1 / UNIT] and rows[0, -1] == 0


def test_logarithm_and_median():
    assert all(abs(log2(n) / UNIT - math.log2(n)) < 0.009 for n in range(1, 1 << 17, 37))
    assert all(log2(b) >= log2(a) for a, b in pairwise(range(1, 5000)))
    assert [log2(1 << k) for k in (0, 5, 16)] == [0, 5 * UNIT, 16 * UNIT]
    assert median([5, 1, 4, 2]) == 2 and median([3, 1, 2]) == 2


def test_the_filter_takes_slow_waves_out():
    time = np.arange(30 * RATE) / RATE
    gains = []
    for frequency in (0.05, 0.5, 10):
        high_pass = HighPass()
        wave = np.rint(1000 * np.sin(2 * np.pi * frequency * time)).astype(int)
        gains.append(np.ptp([high_pass.push(s) for s in wave.tolist()][15 * RATE :]) / 2000)
    assert gains == [pytest.approx(gain, abs=0.02) for gain in (0.1, 0.707, 1)]
    high_pass = HighPass()
    assert [high_pass.push(s) for s in (-32768, 32767)] == [0, 32767]  # saturated


def test_numbers_of_an_early_beat():
    rhythm = Rhythm()
    for _ in range(40):
        regular = rhythm.describe(100, 100)
    # But for what `log2` is wrong by.
    assert np.abs(regular).max() < 0.04 * UNIT and regular[5:] == [0, 0]
    early = rhythm.describe(60, 140)
    mean = log2(9 * 100 + 60) - log2(10)
    assert early[0] == 2 * (log2(60) - mean) and early[0] / UNIT == pytest.approx(-1.36, abs=0.02)
    assert early[2] / UNIT == pytest.approx(2 * math.log2(0.6), abs=0.03)
    assert early[3] == 2 * (log2(100) - mean) and early[4] == 2 * (log2(140) - mean)
    assert early[5] == 8 * UNIT * (9 * 40 + 360) // (10 * 960)
    assert early[6] == 0  # one change of many is no fibrillation
    for rr in (140, 70, 110, 60, 130, 80) * 6:
        irregular = rhythm.describe(rr, 100)
    assert irregular[6] / UNIT > 2


def test_template_keeps_the_usual_beat():
    window = ecg([BEFORE / RATE], 1)[:112].astype(np.int64) - 40
    template = Template()
    for _ in range(9):
        beat, difference, numbers = template.describe(window)
    assert beat[BEFORE] == pytest.approx(200 / 235 * UNIT, rel=0.05)  # R over peak to peak
    assert np.abs(difference).max() == 0 and numbers[0] == LIMIT and numbers[2] == 0
    usual, (beat, difference, numbers) = beat, template.describe(-2 * window)
    np.testing.assert_array_equal(difference, beat - usual)
    assert numbers[0] < -0.99 * LIMIT and numbers[2] == pytest.approx(2 * UNIT, abs=0.05 * UNIT)
    _, after, _ = template.describe(window)
    assert 0 < np.abs(after).max() <= 123  # 0.03: one beat pulls no further


def test_correlation_is_pearsons():
    rng = np.random.default_rng(1)
    for _ in range(50):
        a, b = rng.integers(-8000, 8000, (2, 20))
        assert correlation(a, b, 4) / UNIT == pytest.approx(np.corrcoef(a, b)[0, 1], abs=0.01)
    assert correlation(a, a, 4) == UNIT and correlation(a, -a, 4) < -0.99 * UNIT
    assert correlation(a, np.full(20, 7), 4) == 0
    assert width(np.array([0, 1, 2, -4, 1, 3])) == 3
