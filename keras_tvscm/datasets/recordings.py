"""Annotated recordings as rows: what the front end makes of each beat, divided by record."""

import hashlib
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from keras_tvscm import ecg
from keras_tvscm.ecg.front_end import AFTER, beats, to_float
from keras_tvscm.ecg.recording import Recording
from keras_tvscm.ecg.template import BEFORE
from keras_tvscm.errors import InputError
from keras_tvscm.files import replacing

from .fetching import cache_folder

# The source that decides rows of annotated beats, in the folder of the package.
SOURCE = Path(ecg.__file__).parent
DECIDING = ("fixed_point", "front_end", "high_pass", "recording", "resampling", "rhythm")
DECIDING += ("template", "wfdb_record", "csv_recording")


class Rows(NamedTuple):
    """Beats of recordings.

    Attributes:
        x: int16, (beats, 237), as the front end gives them.
        y: int32, (beats,), class numbers.
        origin: int32, (beats, 2), the recording's number and the sample at R, 120 a second.
    """

    x: NDArray[np.int16]
    y: NDArray[np.int32]
    origin: NDArray[np.int32]


def rows_of(recording: Recording, number: int, class_of: Mapping[str, int]) -> Rows:
    """The annotated beats of a recording.

    Every beat goes through the front end, so that rhythm and template know it; rows are those
    whose symbol has a class and whose window has no gap.

    Raises:
        InputError: it has no annotations, or fewer than two beats.
    """
    if recording.peaks is None or recording.symbols is None:
        raise InputError(f"record {recording.name} has no annotated beats")
    if len(recording.peaks) < 2:
        raise InputError(f"record {recording.name} has fewer than two annotated beats")
    samples, x = beats(recording.samples(), recording.at_120(recording.peaks))
    y = np.array([class_of.get(symbol, -1) for symbol in recording.symbols.tolist()], np.int32)
    used = (y >= 0) & recording.covers(samples - BEFORE, samples + AFTER)
    origin = np.column_stack([np.full(len(samples), number), samples]).astype(np.int32)
    return Rows(x[used], y[used], origin[used])


def cached(key: str, build: Iterable[Rows]) -> Rows:
    """All rows, one recording after another; from the cache folder where they are there.

    Args:
        key: changes with whatever changes the rows, but for the front end's source.
        build: makes them.
    """
    digest = hashlib.blake2b(key.encode(), digest_size=8)
    for name in DECIDING:
        digest.update((SOURCE / f"{name}.py").read_bytes())
    cache = cache_folder() / f"rhythm-{digest.hexdigest()}.npz"
    # Absent, cut short or altered: whatever NumPy makes of it, build it again.
    with suppress(Exception), np.load(cache, allow_pickle=False) as stored:
        return Rows(*(stored[name] for name in Rows._fields))
    rows = Rows(*map(np.concatenate, zip(*build, strict=True)))
    with suppress(InputError, OSError), replacing(cache) as temporary:
        np.savez(temporary, **rows._asdict())
    return rows


def floats(rows: Rows) -> NDArray[np.float32]:
    """The rows as networks take them, float32 (beats, 238)."""
    return to_float(rows.x)
