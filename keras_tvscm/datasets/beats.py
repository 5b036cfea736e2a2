"""The heartbeats of the MIT-BIH Arrhythmia Database, one row each."""

import os
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from keras_tvscm.ecg.ec57 import SYMBOLS
from keras_tvscm.errors import InputError
from keras_tvscm.files import replacing

from .fetching import cache_folder, checksums, fetch
from .wfdb_files import read_wfdb

WIDTH = 187
RATE = 360  # samples per second of the records
COUNT = 109_446
CLASSES = tuple(SYMBOLS)
CLASS_OF = {symbol: number for number, name in enumerate(CLASSES) for symbol in SYMBOLS[name]}

# The number changes whenever this file would produce other rows.
CACHE_NAME = "beats-1.npz"


class Beats(NamedTuple):
    """The fields of a `Split` whose rows all have an origin."""

    x: NDArray[np.float32]
    y: NDArray[np.int32]
    origin: NDArray[np.int32]


def all_beats(data_dir: str | os.PathLike[str] | None = None) -> Beats:
    """Return every beat, record by record, in order of time.

    Building takes seconds, so the result is kept in the cache folder. The
    records are verified first even so: a cache must not hide a damaged file.

    Returns:
        109,446 rows of 187 samples at 120 Hz, each in 0 .. 1.

    Raises:
        InputError: see `fetch`.
    """
    folder = fetch("mitdb", data_dir)
    cache = cache_folder() / CACHE_NAME
    beats = _read_cache(cache)
    if beats is None:
        beats = _build(folder)
        with suppress(InputError, OSError), replacing(cache) as temporary:
            np.savez(temporary, **beats._asdict())
    return beats


def read_record(path: str | os.PathLike[str], lead: str | None = None) -> Beats:
    """Cut one record into beats, by the recipe of the "heartbeat" data set.

    A beat lasts from its annotation to the next one (of any kind) plus a fifth
    of the interval after that. Every third sample of one signal is kept
    (360 Hz -> 120 Hz), scaled so that the beat spans 0 .. 1, and cut or padded
    with zeros to 187 samples. The last beat of a record has no end: left out.

    Args:
        path: the record's files (.hea, .atr and the signals') without their suffix,
            such as "mitdb/100"; the last part must be a number.
        lead: the name of the signal; None takes the first, as the data set does.

    Raises:
        InputError: a file is missing, damaged, cut short or in a form that this reader
            does not know; another rate than 360 Hz; no such lead; annotations that are
            out of order or past the signal's end; a beat that is flat.

    Reference: M. Kachuee, S. Fazeli, M. Sarrafzadeh, "ECG Heartbeat
    Classification: A Deep Transferable Representation", ICHI 2018
    (arXiv 1805.00794). Its text says 125 Hz; its published samples are 120 Hz.
    """
    path = Path(path)
    if not path.name.isdecimal() or int(path.name[:20]) > np.iinfo(np.int32).max:
        raise InputError(f"record {path}: its name is no number, which origins are told by")
    signal, at, symbols = read_wfdb(path, RATE, lead)
    beats = [i for i, symbol in enumerate(symbols) if symbol in CLASS_OF][:-1]
    if not beats:
        raise InputError(f"record {path} has fewer than two annotated beats")

    x = np.zeros((len(beats), WIDTH), np.float32)
    flat = []
    for row, i in zip(x, beats, strict=True):
        following = at[i + 2] - at[i + 1] if i + 2 < len(at) else 0
        length = int(at[i + 1] - at[i] + 0.2 * following)
        samples = signal[at[i] : at[i] + length : 3]
        if not len(samples) or samples.min() == samples.max():
            flat.append(at[i])
            continue
        scaled = _scale(samples)[:WIDTH]
        row[: len(scaled)] = scaled
    if flat:
        raise InputError(
            f"record {path}: {len(flat)} of {len(beats)} beats are flat, the first at sample "
            f"{flat[0]} (a lead off?); take their annotations out"
        )
    y = np.array([CLASS_OF[symbols[i]] for i in beats], np.int32)
    number = np.full(len(beats), int(path.name))
    return Beats(x, y, np.column_stack([number, at[beats]]).astype(np.int32))


def _scale(samples: NDArray[np.integer]) -> NDArray[np.float32]:
    # ADC values are exact in float32 and one division rounds once, which gives
    # the published numbers bit for bit.
    low = samples.min()
    return (samples - low).astype(np.float32) / np.float32(samples.max() - low)


def _build(folder: Path) -> Beats:
    names = [name.removesuffix(".hea") for name in checksums("mitdb") if name.endswith(".hea")]
    records = [read_record(folder / name) for name in names]
    return Beats(*(np.concatenate(parts) for parts in zip(*records, strict=True)))


def _read_cache(path: Path) -> Beats | None:
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
            beats = Beats(*(stored[key] for key in Beats._fields))
    except Exception:
        # Absent, cut short or altered: whatever NumPy makes of it, build it again.
        return None
    shapes = [(array.shape, array.dtype) for array in beats]
    whole = [((COUNT, WIDTH), np.float32), ((COUNT,), np.int32), ((COUNT, 2), np.int32)]
    return beats if shapes == whole else None
