"""From a file to a `Recording`, whatever kind of file it is."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from keras_tvscm.errors import InputError

from .csv_recording import read_csv
from .recording import Recording
from .resampling import filter_for
from .wfdb_record import read_record

# A lead that is off, or an amplifier at its limit, gives one value; a heart never does so long.
FLAT = 2.0  # seconds


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
        raise InputError(f"{path}: the rate of a WFDB record is in its header; give no other")
    else:
        recording = read_record(path, lead=lead, annotator=annotator)
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
