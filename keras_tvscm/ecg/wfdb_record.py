"""A WFDB record as a `Recording`, or a line that says what is wrong with it.

The format: https://physionet.org/physiotools/wag/header-5.htm, signal-5.htm, annot-5.htm.
"""

import re
import warnings
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from keras_tvscm.errors import InputError

from .ec57 import SYMBOLS
from .recording import Recording

REFERENCE = "atr"  # the usual suffix of annotations that a person has seen
# Bits of a sample by the storage format's number; None where it depends on the samples.
BITS: dict[str, float | None] = {"8": 8, "16": 16, "24": 24, "32": 32, "61": 16, "80": 8}
BITS |= {"160": 16, "212": 12, "310": 32 / 3, "311": 32 / 3, "508": None, "516": None, "524": None}
PREFERRED = ("MLII", "II")
# Names of ECG leads: MLII, V5, aVR, MCL1, ECG2.
LEADS = re.compile(r"M?L?I{1,3}|A?V[RLF]|V\d*|MCL\d*|CM\d|E[CK]G.*", re.IGNORECASE)
# mV in one of what a header names; without a name it is mV.
UNITS = {"mv": 1.0, "uv": 1e-3, "µv": 1e-3, "v": 1e3, "nv": 1e-6}
LONGEST = 1 << 28  # samples: a week at 400 a second
BEATS = "".join(SYMBOLS.values())


def read_record(path: Path, *, lead: str | None, annotator: str | None) -> Recording:
    """Read one signal of a record and its annotations; see `reading.read`.

    Records may have signals of different rates, several segments and gaps.

    Raises:
        InputError: a file is missing, damaged or cut short; there is no such lead, or it is
            not in volts; annotations are out of order or past the signal's end.
    """
    path = path.with_suffix("") if path.suffix == ".hea" else path
    try:
        # wfdb calls pandas in ways that newer pandas warns about: not our user's concern.
        with warnings.catch_warnings(action="ignore"):
            recording = _read(path, lead, annotator)
    except InputError as error:
        raise InputError(f"record {path}: {error}") from error
    except FileNotFoundError as error:
        name = Path(str(error.filename)).name
        raise InputError(f"record {path}: there is no {name} beside it") from error
    # wfdb raises almost every kind of exception on a file that is not as it expects.
    except Exception as error:
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        raise InputError(f"record {path} cannot be read: {reason}; get it again") from error
    return recording


def _read(path: Path, lead: str | None, annotator: str | None) -> Recording:
    import wfdb

    # It takes a name with :: or :// for an address.
    name = str(path.absolute())
    header = wfdb.rdheader(name, rd_segments=True)
    if hasattr(header, "seg_name"):
        segments = [segment for segment in header.segments if segment is not None]
        described = max(segments, key=lambda segment: segment.n_sig, default=None)
        if described is None:
            raise InputError("its header names no signal file")
        leads = list(dict.fromkeys(name for part in segments for name in part.sig_name or []))
    else:
        segments, described = [header], header
        leads = [str(name) for name in header.sig_name or [None] * header.n_sig]
    if not header.n_sig or not leads or not described.n_sig:
        raise InputError("its header names no signal file")
    if not header.sig_len:
        raise InputError("its header does not say how many samples the signals have")
    if header.sig_len > LONGEST:
        raise InputError(f"{header.sig_len:,} samples; expected at most {LONGEST:,}")
    chosen = leads.index(choose(leads, lead))
    for segment in segments:
        _check_files(segment, path.parent)
    record = wfdb.rdrecord(
        name, physical=False, smooth_frames=False, m2s=False, **_channel(header, leads, chosen)
    )
    signal, unit, per_frame = _signal(record, leads[chosen])
    if len(signal) != header.sig_len * per_frame:
        raise InputError(
            f"{len(signal):,} samples; its header declares {header.sig_len * per_frame:,}"
        )
    if (unit or "mv").lower() not in UNITS:
        raise InputError(
            f"lead {leads[chosen]} is in {unit}; expected mV, uV or V: it has {', '.join(leads)}"
        )
    millivolts = signal * UNITS[(unit or "mv").lower()]
    rate = float(header.fs) * per_frame
    peaks, symbols, flutter = _annotations(name, annotator, float(header.fs), rate, len(signal))
    return Recording(
        path.name, leads[chosen], rate, millivolts.astype(np.float32), peaks, symbols, flutter
    )


def choose(leads: list[str], lead: str | None) -> str:
    """The name among `leads` that a user means; see `reading.read`.

    Raises:
        InputError: there is none.
    """
    names = [name.strip().lower() for name in leads]
    if lead is None:
        preferred = [name.lower() for name in PREFERRED if name.lower() in names]
        known = [name for name in names if LEADS.fullmatch(name)]
        if not (preferred or known):
            raise InputError(
                f"none of its signals has the name of an ECG lead; it has {', '.join(leads)}: name "
                "one"
            )
        return leads[names.index((preferred or known)[0])]
    if lead.strip().lower() in names:
        return leads[names.index(lead.strip().lower())]
    if lead.isascii() and lead.isdigit() and int(lead) < len(leads):
        return leads[int(lead)]
    raise InputError(f"no lead {lead!r}; it has {', '.join(leads)}")


def _channel(header: Any, leads: list[str], chosen: int) -> dict[str, Any]:
    """What tells wfdb the signal: in a record of segments it is not always the same number."""
    if hasattr(header, "seg_name"):
        return {"channel_names": [leads[chosen]]}
    return {"channels": [chosen]}


def _signal(record: Any, lead: str) -> tuple[NDArray[np.float64], str | None, int]:
    """The lead in its unit, NaN where it is missing; the unit; samples a frame."""
    if not hasattr(record, "seg_name"):
        _check_sum(record)
        return _physical(record), record.units[0], record.samps_per_frame[0]
    held = [
        segment
        for segment in record.segments
        if segment is not None and segment.sig_len and lead in (segment.sig_name or [])
    ]
    if not held:
        raise InputError(f"none of its segments holds lead {lead}")
    unit, per_frame = held[0].units[0], held[0].samps_per_frame[0]
    if any((part.units[0], part.samps_per_frame[0]) != (unit, per_frame) for part in held):
        raise InputError(f"lead {lead} changes its unit or its rate from segment to segment")
    whole = np.full(record.sig_len * per_frame, np.nan)
    start = 0
    for segment, length in zip(record.segments, record.seg_len, strict=True):
        if any(segment is part for part in held):
            _check_sum(segment)
            samples = _physical(segment)[: length * per_frame]
            whole[start : start + len(samples)] = samples
        start += length * per_frame
    return whole, unit, per_frame


def _physical(record: Any) -> NDArray[np.float64]:
    """The one signal that was read, in its unit; lost samples are NaN."""
    stored = np.asarray(record.e_d_signal[0], np.int64)
    gain, baseline = record.adc_gain[0], record.baseline[0]
    bits = BITS[record.fmt[0]] or {"508": 8, "516": 16, "524": 24}[record.fmt[0]]
    signal = (stored - baseline) / gain
    if record.fmt[0] != "8":  # differences have no value to spare
        signal[stored == -(1 << int(bits) - 1)] = np.nan
    return signal


def _check_sum(record: Any) -> None:
    checksum = (record.checksum or [None])[0]
    total = int(np.asarray(record.e_d_signal[0], np.int64).sum())
    if checksum is not None and (total - checksum) % (1 << 16):
        raise InputError(
            f"the samples do not add up to the checksum {checksum} of the header; get it again"
        )


def _check_files(header: Any, folder: Path) -> None:
    """That each file holds what the header declares, before anything is allocated."""
    for name in dict.fromkeys(header.file_name or []):
        together = [i for i, other in enumerate(header.file_name) if other == name]
        first = together[0]
        if name == "~" or not header.sig_len:  # the layout of the segments, or a gap
            continue
        if header.fmt[first] not in BITS:
            raise InputError(
                f"signals are stored in format {header.fmt[first]}; expected {', '.join(BITS)}"
            )
        held = (folder / name).stat().st_size
        bits = BITS[header.fmt[first]]
        if bits is None:  # compressed: its own checksums tell
            continue
        frame = sum(header.samps_per_frame[i] for i in together)
        declared = (header.byte_offset[first] or 0) + int(header.sig_len * frame * bits // 8)
        if held < declared:
            raise InputError(f"{name} is cut short: it has {held:,} bytes of {declared:,}")


def _annotations(
    name: str, annotator: str | None, frames: float, rate: float, samples: int
) -> tuple[NDArray[np.int64] | None, NDArray[np.str_] | None, tuple[tuple[int, int], ...]]:
    """Beats and episodes of flutter; annotations count frames unless they say otherwise."""
    import wfdb

    if annotator is None and not Path(f"{name}.{REFERENCE}").exists():
        return None, None, ()
    notes = wfdb.rdann(name, annotator or REFERENCE)
    at = np.rint(notes.sample * (rate / (notes.fs or frames))).astype(np.int64)
    symbols = np.array(notes.symbol, np.str_)
    if len(at) and (at[0] < 0 or (np.diff(at) < 0).any()):
        raise InputError("its annotations are not in order of time; get them again")
    late = int((at >= samples).sum())
    if late:
        raise InputError(
            f"{late} of {len(at)} annotations are past the end of the signal, the last at "
            f"sample {at[-1]} of {samples:,}"
        )
    starts, ends = at[symbols == "["].tolist(), at[symbols == "]"].tolist()
    flutter = tuple(
        (start, min((end for end in ends if end >= start), default=samples - 1)) for start in starts
    )
    beats = np.isin(symbols, list(BEATS))
    return at[beats], symbols[beats], flutter
