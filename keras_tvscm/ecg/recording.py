"""What was recorded: one lead of an electrocardiogram, and the beats that were annotated."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from keras_tvscm.errors import InputError

from .resampling import RATE, filter_for, resample

STEP = 0.005  # mV: what the front end counts in, as the MIT-BIH databases do
# A lead that is off, or an amplifier at its limit, gives one value; a heart never does so long.
FLAT = 2.0  # seconds


@dataclass(frozen=True, eq=False)
class Recording:
    """One lead of a recording.

    Attributes:
        name: of the record.
        lead: its name, such as "MLII".
        rate: samples a second.
        signal: float32, (samples,), in mV; NaN where nothing was recorded.
        peaks: int64, (beats,), the annotated R peaks' sample numbers, in order; None where
            the recording has no annotations.
        symbols: (beats,), the WFDB symbol of each; None as `peaks`.
        flutter: first and last sample of each annotated episode of ventricular flutter.
        notes: one line each: what a user should know before trusting a figure.
    """

    name: str
    lead: str
    rate: float
    signal: NDArray[np.float32]
    peaks: NDArray[np.int64] | None = None
    symbols: NDArray[np.str_] | None = None
    flutter: tuple[tuple[int, int], ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def seconds(self) -> float:
        """How long it lasts."""
        return len(self.signal) / self.rate

    def samples(self) -> NDArray[np.int16]:
        """The signal as the front end takes it: 120 a second, in steps of 5 µV.

        Where nothing was recorded the last value before it stands.
        """
        known = np.isfinite(self.signal)
        last = np.maximum.accumulate(np.where(known, np.arange(len(known)), known.argmax()))
        steps = np.rint(self.signal[last] / STEP).clip(-(1 << 15), (1 << 15) - 1)
        return resample(steps.astype(np.int16), self.rate)

    def at_120(self, samples: NDArray[np.int64]) -> NDArray[np.int64]:
        """Sample numbers of the recording as sample numbers at 120 a second."""
        return np.rint(samples * (RATE / self.rate)).astype(np.int64)

    def covers(self, first: NDArray[np.int64], last: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Whether there is no gap from sample to sample, at 120 a second; the ends are none."""
        missing = np.concatenate([[0], np.cumsum(~np.isfinite(self.signal))])
        start, end = (
            np.rint(at * (self.rate / RATE)).astype(np.int64).clip(0, len(self.signal))
            for at in (first, last)
        )
        return missing[end] == missing[start]


def read(
    path: Path,
    *,
    lead: str | None = None,
    annotator: str | None = None,
    rate: float | None = None,
) -> Recording:
    """Read a WFDB record or a CSV file.

    Args:
        path: the record's files without suffix, or its header (.hea); or a .csv file.
        lead: name of the signal (or column), or its number from 0; by default MLII or II,
            else the first that is an ECG lead.
        annotator: suffix of the annotation file, such as "atr"; by default that of the
            reference annotations, "atr", where there is one.
        rate: samples a second of a CSV file without a column of time.

    Raises:
        InputError: whatever makes the signal wrong or uncertain, in one line.
    """
    # Half a second that --help need not spend.
    from .csv_recording import read_csv
    from .wfdb_record import WfdbRecord

    if path.suffix == ".csv":
        recording = read_csv(path, lead=lead, rate=rate)
    elif rate is not None:
        raise InputError(f"{path}: the rate of a WFDB record is in its header; give no other")
    else:
        record = WfdbRecord(path, lead=lead, annotator=annotator)
        marks = record.peaks, record.symbols, record.flutter
        signal = record.read(0, record.length)
        recording = Recording(record.name, record.lead, record.rate, signal, *marks)
    filter_for(recording.rate)
    return without_flat(recording)


def without_flat(recording: Recording) -> Recording:
    """The recording with stretches of one value, of two seconds and more, marked as missing.

    Raises:
        InputError: nothing is left.
    """
    signal = recording.signal
    missing = int(np.isnan(signal).sum())
    changes = np.flatnonzero(np.diff(signal, prepend=np.nan, append=np.nan) != 0)
    lengths = np.diff(changes)
    long = lengths >= FLAT * recording.rate
    flat = np.zeros(len(signal) + 1, np.int64)
    np.add.at(flat, changes[:-1][long], 1)
    np.add.at(flat, changes[1:][long], -1)
    gone = (np.cumsum(flat[:-1]) > 0) & ~np.isnan(signal)
    signal = np.where(gone, np.float32(np.nan), signal)
    if not np.isfinite(signal).any():
        raise InputError(
            f"record {recording.name}: lead {recording.lead} is flat or missing throughout; was it "
            "off? choose another lead"
        )
    notes = [
        f"{_share(count, len(signal))} of lead {recording.lead} of record {recording.name} {what}"
        for count, what in (
            (missing, "is missing"),
            (int(gone.sum()), "is flat (lead off, or at the amplifier's limit)"),
        )
        if count
    ]
    return replace(recording, signal=signal, notes=(*recording.notes, *notes))


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.2g} %"
