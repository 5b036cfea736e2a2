"""One signal of a WFDB record as it is stored, and all annotations, for the published beats.

Of other records see `keras_tvscm.ecg.wfdb_record`.

The format: https://physionet.org/physiotools/wag/header-5.htm, signal-5.htm, annot-5.htm.
"""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from keras_tvscm.ecg.wfdb_record import LEADS, readable
from keras_tvscm.errors import InputError

# Bits of a sample by the storage format's number; the smallest value marks a sample as lost.
BITS = {"16": 16, "24": 24, "32": 32, "61": 16, "80": 8, "160": 16, "212": 12}


def read_wfdb(
    path: Path, rate: int, lead: str | None = None
) -> tuple[NDArray[np.integer], NDArray[np.integer], list[str]]:
    """Read one signal of a record and its reference annotations (.atr).

    Args:
        path: the record's files without their suffix.
        rate: samples per second that the signal and the annotations must have.
        lead: the name of the signal; None takes the first, which must be an ECG lead.

    Returns:
        The signal in the converter's units, (samples,); the annotations' samples, in
        order, each within the signal; and their symbols.

    Raises:
        InputError: whatever makes these values wrong or uncertain.
    """
    with readable(path):
        import wfdb  # half a second that a cached load need not spend

        # It takes a name with :: or :// for an address.
        header = wfdb.rdheader(str(path.absolute()))
        channel = _channel(header, rate, lead)
        _check_file(header, channel, path.parent)
        record = wfdb.rdrecord(str(path.absolute()), channels=[channel], physical=False)
        annotations = wfdb.rdann(str(path.absolute()), "atr")
        signal = record.d_signal[:, 0]
        _check_signal(signal, header, channel)
        _check_annotations(annotations, rate, len(signal))
    return signal, annotations.sample, annotations.symbol


def _channel(header: Any, rate: int, lead: str | None) -> int:
    """The number of the signal, once the header is one that this reader knows."""
    if hasattr(header, "seg_name"):
        raise InputError("it is in several segments; expected one")
    if not header.n_sig or not header.file_name:
        raise InputError("its header names no signal file")
    if header.fs != rate:
        raise InputError(
            f"{header.fs:g} samples a second; expected {rate}: resample signal and annotations"
        )
    names = header.sig_name or [None] * header.n_sig
    if lead is None:
        if names[0] is not None and not LEADS.fullmatch(names[0].strip()):
            raise InputError(
                f"its first signal is {names[0]!r}, no ECG lead that is known here; it has "
                f"{', '.join(map(str, names))}: name the lead"
            )
        return 0
    if lead not in names:
        raise InputError(f"no lead {lead!r}; it has {', '.join(map(str, names))}")
    return names.index(lead)


def _check_file(header: Any, channel: int, folder: Path) -> None:
    """That the file holds what the header declares, before anything is allocated."""
    name, stored_format = header.file_name[channel], header.fmt[channel]
    if stored_format not in BITS:
        raise InputError(
            f"signals are stored in format {stored_format}; expected {', '.join(BITS)}"
        )
    together = [i for i, other in enumerate(header.file_name) if other == name]
    if any(header.samps_per_frame[i] != 1 for i in together):
        raise InputError("it has several samples a frame; expected signals of one rate")
    if not header.sig_len:
        raise InputError("its header does not say how many samples the signals have")
    held = (folder / name).stat().st_size
    size = header.sig_len * len(together) * BITS[stored_format] // 8
    declared = (header.byte_offset[channel] or 0) + size
    if held < declared:
        raise InputError(f"{name} is cut short: it has {held:,} bytes of {declared:,}")


def _check_signal(signal: NDArray[np.integer], header: Any, channel: int) -> None:
    if len(signal) != header.sig_len:
        raise InputError(f"{len(signal):,} samples; its header declares {header.sig_len:,}")
    checksum = header.checksum[channel]
    if checksum is not None and (int(signal.sum()) - checksum) % (1 << 16):
        raise InputError(
            f"the samples do not add up to the checksum {checksum} of the header; get it again"
        )
    lost = signal == -(1 << BITS[header.fmt[channel]] - 1)
    if lost.any():
        raise InputError(
            f"{lost.sum():,} samples are marked as lost, the first is {lost.argmax()}; cut the "
            "record before or after them"
        )


def _check_annotations(annotations: Any, rate: int, samples: int) -> None:
    at = annotations.sample
    if annotations.fs not in (None, rate):
        raise InputError(f"annotations at {annotations.fs:g} Hz; expected {rate}")
    if len(at) and (at[0] < 0 or (np.diff(at) < 0).any()):
        raise InputError("its annotations are not in order of time; get them again")
    late = int((at >= samples).sum())
    if late:
        raise InputError(
            f"{late} of {len(at)} annotations are past the end of the signal, the last at "
            f"sample {at[-1]} of {samples:,}"
        )
