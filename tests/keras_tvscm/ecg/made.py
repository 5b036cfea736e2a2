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
