"""What was recorded: one lead of an electrocardiogram, and the beats that were annotated."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from keras_tvscm.errors import InputError

from .gaps import Gaps
from .resampling import RATE, filter_for, resample

RATE_OF_WFDB = "the rate of a WFDB record is in its header; give no other"


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
    def length(self) -> int:
        """Samples."""
        return len(self.signal)

    def read(self, first: int, last: int) -> NDArray[np.float32]:
        """The samples from `first` to before `last`, in mV; NaN where nothing was recorded."""
        return self.signal[first:last]

    @property
    def seconds(self) -> float:
        """How long it lasts."""
        return len(self.signal) / self.rate

    def samples(self) -> NDArray[np.int16]:
        """The signal as the front end takes it: 120 a second, in steps of 5 µV.

        Where nothing was recorded the last value before it stands.
        """
        return resample(Gaps(self.rate).push(self.signal), self.rate)

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
    from .wfdb_record import WfdbRecord, reference

    if path.suffix == ".csv":
        recording = read_csv(path, lead=lead, rate=rate)
    elif rate is not None:
        raise InputError(f"{path}: {RATE_OF_WFDB}")
    else:
        record = WfdbRecord(path, lead=lead, annotator=annotator or reference(path))
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
    gaps = Gaps(recording.rate)
    gaps.push(recording.signal)
    gaps.end()
    signal = recording.signal.copy()
    for first, last in gaps.flat:
        signal[first:last] = np.nan
    found = notes(recording.name, recording.lead, gaps)
    return replace(recording, signal=signal, notes=(*recording.notes, *found))


def notes(name: str, lead: str, gaps: Gaps) -> list[str]:
    """What a user should know of the gaps in a lead of the record `name`, one line each.

    Raises:
        InputError: it has nothing but gaps.
    """
    if not gaps.readable:
        raise InputError(
            f"record {name}: lead {lead} is flat or missing throughout; was it off? choose another "
            "lead"
        )
    return [
        f"{100 * count / gaps.samples:.2g} % of lead {lead} of record {name} {what}"
        for stretches, what in (
            (gaps.missing, "is missing"),
            (gaps.flat, "is flat (lead off, or at the amplifier's limit)"),
        )
        if (count := sum(last - first for first, last in stretches))
    ]
