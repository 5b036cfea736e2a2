"""A WFDB record, read piece by piece, or a line that says what is wrong with it.

The format: https://physionet.org/physiotools/wag/header-5.htm, signal-5.htm, annot-5.htm.
"""

import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from keras_tvscm.errors import InputError

from .ec57 import SYMBOLS

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
RATE_IN_HEADER = "the rate of a WFDB record is in its header; give no other"
BEATS = "".join(SYMBOLS.values())


class WfdbRecord:
    """One lead of a record, of which no more is in memory than is read at a time.

    The header and the annotations have been read, and the signal files are as long as they should
    be. Records may have signals of different rates, several segments and gaps.

    Args:
        path: the record's files without suffix, or its header.
        lead: see `reading.read`.
        annotator: suffix of the annotations to read; None reads none.

    Attributes:
        name, lead, rate, peaks, symbols, flutter: as of `Recording`.
        length: samples.

    Raises:
        InputError: a file is missing, damaged or cut short; there is no such lead, or it is
            not in volts; annotations are out of order or past the signal's end.
    """

    def __init__(self, path: Path, *, lead: str | None, annotator: str | None) -> None:
        self._path = path = without_suffix(path)
        self.name = path.name
        with readable(path):
            self._open(lead, annotator)

    def _open(self, lead: str | None, annotator: str | None) -> None:
        import wfdb

        header = wfdb.rdheader(_name(self._path), rd_segments=True)
        if hasattr(header, "seg_name"):
            segments = header.segments
            held = [segment for segment in segments if segment is not None]
            described = max(held, key=lambda segment: segment.n_sig, default=None)
            if described is None:
                raise InputError("its header names no signal file")
            leads = list(dict.fromkeys(name for part in held for name in part.sig_name or []))
            lengths = header.seg_len
        else:
            segments, described = [header], header
            leads = [str(name) for name in header.sig_name or [None] * header.n_sig]
            lengths = [header.sig_len]
        if not header.n_sig or not leads or not described.n_sig:
            raise InputError("its header names no signal file")
        if not header.sig_len:
            raise InputError("its header does not say how many samples the signals have")
        if header.sig_len > LONGEST:
            raise InputError(f"{header.sig_len:,} samples; expected at most {LONGEST:,}")
        self.lead = choose(leads, lead)
        for segment in segments:
            if segment is not None:
                _check_files(segment, self._path.parent)
        self._pieces, per_frame = _pieces(segments, lengths, leads, self.lead)
        self.length = header.sig_len * per_frame
        self.rate = float(header.fs) * per_frame
        self.peaks, self.symbols, self.flutter = _annotations(
            _name(self._path), annotator, float(header.fs), self.rate, self.length
        )

    def read(self, first: int, last: int) -> NDArray[np.float32]:
        """The samples from `first` to before `last`, in mV; NaN where nothing was recorded.

        Where a whole piece is read from its start to its end, in order, its checksum is compared.

        Raises:
            InputError: a file is damaged.
        """
        signal = np.full(last - first, np.nan, np.float32)
        with readable(self._path):
            for piece in self._pieces:
                start, end = max(first, piece.first), min(last, piece.first + piece.samples)
                if start < end:
                    signal[start - first : end - first] = piece.read(
                        self._path.parent, start - piece.first, end - piece.first
                    )
        return signal


@dataclass
class _Piece:
    """A lead in a segment: samples `first` to before `first + samples` of the record."""

    header: Any
    channel: int
    first: int
    samples: int
    # How far it has been read in order, and the sum of what it holds so far.
    done: int = 0
    total: int = 0

    def read(self, folder: Path, first: int, last: int) -> NDArray[np.float64]:
        """Millivolts of samples of the piece; NaN where they are lost."""
        import wfdb

        per_frame = self.header.samps_per_frame[self.channel]
        # What is stored as differences is known from the start on alone.
        from_start = self.header.fmt[self.channel] == "8"
        frame = 0 if from_start else first // per_frame
        record = wfdb.rdrecord(
            _name(folder / self.header.record_name),
            sampfrom=frame,
            sampto=-(-last // per_frame),
            channels=[self.channel],
            physical=False,
            smooth_frames=False,
        )
        start = frame * per_frame
        stored = np.asarray(record.e_d_signal[0], np.int64)[first - start : last - start]
        if len(stored) != last - first:
            raise InputError(f"{start + len(stored):,} samples; its header declares more")
        self._add(stored, first, last)
        form, gain = self.header.fmt[self.channel], self.header.adc_gain[self.channel]
        bits = BITS[form] or {"508": 8, "516": 16, "524": 24}[form]
        signal = (stored - self.header.baseline[self.channel]) / gain
        if form != "8":  # differences have no value to spare
            signal[stored == -(1 << int(bits) - 1)] = np.nan
        return signal * UNITS[_unit(self.header, self.channel)]

    def _add(self, stored: NDArray[np.int64], first: int, last: int) -> None:
        self.total = int(stored.sum()) + (self.total if first == self.done else 0)
        self.done = last if first in (0, self.done) else -1
        checksum = (self.header.checksum or {self.channel: None})[self.channel]
        whole = self.header.sig_len * self.header.samps_per_frame[self.channel]
        if self.done == whole and checksum is not None and (self.total - checksum) % (1 << 16):
            raise InputError(
                f"the samples do not add up to the checksum {checksum} of the header; get it again"
            )


@contextmanager
def readable(path: Path) -> Iterator[None]:
    """Whatever wfdb makes of a record's files is one line."""
    try:
        # wfdb calls pandas in ways that newer pandas warns about: not our user's concern.
        with warnings.catch_warnings(action="ignore"):
            yield
    except InputError as error:
        raise InputError(f"record {path}: {error}") from error
    except FileNotFoundError as error:
        name = Path(str(error.filename)).name
        raise InputError(f"record {path}: there is no {name} beside it") from error
    # wfdb raises almost every kind of exception on a file that is not as it expects.
    except Exception as error:
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        raise InputError(f"record {path} cannot be read: {reason}; get it again") from error


def _name(path: Path) -> str:
    """As wfdb is told it: it takes a name with :: or :// for an address."""
    return str(path.absolute())


def _unit(header: Any, channel: int) -> str:
    return str(header.units[channel] or "mv").lower()


def _pieces(
    segments: list[Any], lengths: list[int], leads: list[str], lead: str
) -> tuple[list[_Piece], int]:
    """The segments that hold a lead, and its samples a frame."""
    held, start = [], 0
    for segment, length in zip(segments, lengths, strict=True):
        names = leads if len(segments) == 1 else (segment and segment.sig_name) or []
        if segment is not None and segment.sig_len and lead in names:
            channel = names.index(lead)
            held.append((segment, channel, start, min(length, segment.sig_len)))
        start += length
    if not held:
        raise InputError(f"none of its segments holds lead {lead}")
    kinds = {(_unit(part, channel), part.samps_per_frame[channel]) for part, channel, *_ in held}
    if len(kinds) > 1:
        raise InputError(f"lead {lead} changes its unit or its rate from segment to segment")
    ((unit, per_frame),) = kinds
    if unit not in UNITS:
        raise InputError(
            f"lead {lead} is in {held[0][0].units[held[0][1]]}; expected mV, uV or V: it has "
            f"{', '.join(leads)}"
        )
    pieces = [
        _Piece(segment, channel, first * per_frame, frames * per_frame)
        for segment, channel, first, frames in held
    ]
    return pieces, per_frame


def without_suffix(path: Path) -> Path:
    """The record's path, which its header and its annotations extend."""
    return path.with_suffix("") if path.suffix == ".hea" else path


def reference(path: Path) -> str | None:
    """The annotator whom a person has seen to, where there are such annotations."""
    path = without_suffix(path)
    return REFERENCE if path.with_name(f"{path.name}.{REFERENCE}").exists() else None


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

    if annotator is None:
        return None, None, ()
    notes = wfdb.rdann(name, annotator)
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
