"""The low-pass filter to 120 samples a second."""

import numpy as np
import pytest

from keras_tvscm.ecg.resampling import ONE, Resampler, filter_for, resample
from keras_tvscm.errors import InputError

RATES = (100, 128, 250, 257, 333.3, 360, 500, 1000)


def tone(frequency: float, rate: float, seconds: float = 4) -> np.ndarray:
    return np.rint(1000 * np.sin(2 * np.pi * frequency * np.arange(seconds * rate) / rate)).astype(
        np.int16
    )


@pytest.mark.parametrize("rate", RATES)
def test_time_and_size_are_kept(rate):
    """A slow wave comes out where it was, at most 2 % smaller."""
    slow = resample(tone(10, rate), rate)
    assert len(slow) in (480, 481)
    inside = slice(12, 468)
    np.testing.assert_allclose(slow[inside], tone(10, 120)[inside], atol=20)


@pytest.mark.parametrize("rate", [rate for rate in RATES if rate > 140])
def test_what_would_fold_back_is_gone(rate):
    assert np.abs(resample(tone(67, rate), rate)[12:-12]).max() <= 12


@pytest.mark.parametrize("rate", RATES)
def test_a_constant_stays_and_no_sum_overflows(rate):
    phases = filter_for(rate).phases.astype(int)
    assert (phases.sum(axis=1) == ONE).all()
    assert np.abs(phases).sum(axis=1).max() * ONE + ONE // 2 < 2**31
    for value in (-32768, 7, 32767):
        assert set(resample(np.full(700, value, np.int16), rate)) == {value}


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("block", [1, 7, 500])
def test_blocks_give_what_the_whole_gives(rate, block):
    signal = np.random.default_rng(0).integers(-32768, 32768, 900).astype(np.int16)
    resampler = Resampler(rate)
    parts = [resampler.push(signal[at : at + block]) for at in range(0, len(signal), block)]
    np.testing.assert_array_equal(np.concatenate([*parts, resampler.end()]), resample(signal, rate))


def test_a_plain_sum_gives_the_same():
    signal = np.random.default_rng(1).integers(-500, 500, 600).astype(np.int16)
    table = filter_for(250)
    assert (table.up, table.down) == (12, 25)
    padded = [int(signal[0])] * 100 + signal.tolist() + [int(signal[-1])] * 100
    expected = []
    for number in range(288):
        start = number * 25 // 12 - table.before + 100
        products = zip(table.phases[number % 12].tolist(), padded[start:], strict=False)
        expected.append((sum(one * other for one, other in products) + ONE // 2) >> 15)
    assert resample(signal, 250).tolist() == expected


@pytest.mark.parametrize("samples", [0, 1, 5])
def test_a_short_signal(samples):
    assert len(resample(np.full(samples, 3, np.int16), 360)) == -(-samples // 3)


@pytest.mark.parametrize("rate", [0, 99, 10_001, float("nan")])
def test_a_rate_out_of_range_is_refused(rate):
    with pytest.raises(InputError, match="samples a second; expected 100 to 10,000"):
        filter_for(rate)
