"""Records that tests make: an ECG of one beat every 0.8 s, as WFDB or CSV."""

import warnings
from pathlib import Path
from typing import Any

import numpy as np

with warnings.catch_warnings(action="ignore", category=DeprecationWarning):
    import wfdb


def wave(fs: float, seconds: float) -> np.ndarray:
    """Millivolts; R peaks at 0.24 s and every 0.8 s after it. A little noise, as hearts have."""
    time = np.arange(round(fs * seconds)) / fs
    phase = time % 0.8 / 0.8
    beat = np.exp(-(((phase - 0.3) / 0.02) ** 2)) + 0.2 * np.exp(-(((phase - 0.6) / 0.06) ** 2))
    return beat + 0.02 * np.sin(40 * time)


def peaks(fs: float, seconds: float) -> np.ndarray:
    return np.array([round((0.8 * k + 0.24) * fs) for k in range(int(seconds / 0.8))])


def record(
    folder: Path,
    name: str = "p1",
    *,
    fs: float = 360,
    seconds: float = 20,
    leads: tuple[str, ...] = ("II",),
    form: str = "16",
    units: str = "mV",
    gain: float = 200.0,
    annotator: str | None = "atr",
    symbols: str = "N",
    change: Any = None,
) -> Path:
    """Write a record; `change` gets the signals, (samples, leads), in mV, to alter in place."""
    signals = np.stack([(i + 1) * wave(fs, seconds) for i in range(len(leads))], axis=1)
    if change:
        change(signals)
    wfdb.wrsamp(
        name,
        fs=fs,
        units=[units] * len(leads),
        sig_name=list(leads),
        p_signal=signals * {"mV": 1, "uV": 1000, "mmHg": 1}[units],
        fmt=[form] * len(leads),
        adc_gain=[gain] * len(leads),
        baseline=[0] * len(leads),
        write_dir=str(folder),
    )
    if annotator:
        at = peaks(fs, seconds)
        marks = (symbols * len(at))[: len(at)]
        wfdb.wrann(name, annotator, at, list(marks), write_dir=str(folder))
    return folder / name


# Every 0.8 s, one of them 0.3 s early.
EARLY = 40
PREMATURE = np.round(0.7 + 0.8 * np.arange(72), 3)
PREMATURE[EARLY] -= 0.3


def beats_at(peaks: np.ndarray, fs: float, seconds: float) -> np.ndarray:
    """Millivolts of an ECG with R at these seconds, and a little noise."""
    time = np.arange(round(fs * seconds)) / fs
    signal = np.random.default_rng(0).normal(0, 0.01, len(time))
    for after, spread, height in (
        (-0.16, 0.025, 0.12),
        (-0.03, 0.01, -0.1),
        (0, 0.012, 1.0),
        (0.28, 0.05, 0.25),
    ):
        for peak in peaks:
            near = slice(max(0, round((peak - 0.6) * fs)), round((peak + 0.6) * fs))
            signal[near] += height * np.exp(-(((time[near] - peak - after) / spread) ** 2) / 2)
    return signal


def premature(folder: Path, name: str = "p1", *, change: Any = None, **options: Any) -> Path:
    """A record of a minute, a beat every 0.8 s and an early one; annotated, that one as A."""
    fs = options.get("fs", 360)

    def fill(signals: np.ndarray) -> None:
        signals[:, 0] = beats_at(PREMATURE, fs, 60)
        if change:
            change(signals)

    path = record(folder, name, seconds=60, annotator=None, change=fill, **options)
    symbols = ["A" if number == EARLY else "N" for number in range(len(PREMATURE))]
    at = np.rint(PREMATURE * fs).astype(np.int64)
    wfdb.wrann(name, "atr", at, symbols, write_dir=str(folder))
    return path
