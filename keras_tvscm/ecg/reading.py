"""From a file to a `Recording`, whatever kind of file it is."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from keras_tvscm.errors import InputError

from .csv_recording import read_csv
from .gaps import Gaps
from .recording import Recording
from .resampling import filter_for
from .wfdb_record import RATE_IN_HEADER, WfdbRecord, reference


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
    if path.suffix == ".csv":
        recording = read_csv(path, lead=lead, rate=rate)
    elif rate is not None:
        raise InputError(f"{path}: {RATE_IN_HEADER}")
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
    found = gaps.notes(recording.name, recording.lead)
    return replace(recording, signal=signal, notes=(*recording.notes, *found))
