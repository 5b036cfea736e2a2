"""A CSV file as a `Recording`, or a line that says what is wrong with it."""

import csv
import warnings
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from keras_tvscm.errors import InputError

from .recording import Recording
from .wfdb_record import LONGEST, choose

TIMES = {"time": 1.0, "t": 1.0, "seconds": 1.0, "s": 1.0, "time_ms": 1e-3, "ms": 1e-3}
# Time stamps are rounded, as to milliseconds; a gap is longer than two steps.
JITTER = 0.25
BEATS = ".beats.csv"


def read_csv(path: Path, *, lead: str | None, rate: float | None) -> Recording:
    """Read a column of millivolts, beside a column of time or at a given rate.

    A first line that is not all numbers names the columns. Time is the column called time, t,
    seconds or s (in seconds) or time_ms or ms, else the first of several. An empty cell or
    `nan` is a missing sample, and a gap in time is filled with such. The beats, where they are
    annotated, are in NAME.beats.csv: two columns, seconds and WFDB symbol.

    Args:
        path: the file.
        lead: name or number of the column; see `reading.read`.
        rate: samples a second, where there is no column of time.

    Raises:
        InputError: it cannot be read, is no table of numbers, or time does not run evenly.
    """
    names, table = _table(path)
    times = [i for i, name in enumerate(names) if name.strip().lower() in TIMES]
    if not times and rate is None and len(names) > 1:
        times = [0]
    if not times and rate is None:
        raise InputError(f"{path} has no column of time; give its rate in samples a second")
    columns = [i for i in range(len(names)) if i not in times[:1]]
    if not columns:
        raise InputError(f"{path} has a column of time alone; expected one of millivolts beside it")
    leads = [names[i] for i in columns]
    try:
        column = columns[0] if lead is None and len(columns) == 1 else None
        column = columns[leads.index(choose(leads, lead))] if column is None else column
    except InputError as error:
        raise InputError(f"{path}: {error}") from error
    signal = table[:, column].astype(np.float32)
    start = 0.0
    if rate is None:
        unit = TIMES.get(names[times[0]].strip().lower(), 1.0)
        signal, rate, start = _even(table[:, times[0]] * unit, signal, path)
    if np.isinf(signal).any():
        raise InputError(f"{path}: infinite samples in column {names[column]}")
    peaks, symbols = _beats(path, rate, start, len(signal))
    return Recording(path.stem, names[column], rate, signal, peaks, symbols)


def _table(path: Path) -> tuple[list[str], NDArray[np.float64]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            first = next(csv.reader(file), [])
            named = not all(_is_number(cell) for cell in first)
        if not first:
            raise InputError(f"{path} is empty; expected a column of millivolts")
        read = partial(
            np.loadtxt, path, delimiter=",", skiprows=int(named), ndmin=2, encoding="utf-8-sig"
        )
        # NumPy warns of a table without rows.
        with warnings.catch_warnings(action="ignore"):
            try:
                table: NDArray[np.float64] = read()
            except ValueError:  # an empty cell, for which the fast way has no value
                table = read(converters=_number)
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror or error}") from error
    except (ValueError, csv.Error) as error:
        if isinstance(error, InputError):
            raise
        reason = " ".join(str(error).split())[:200]
        raise InputError(f"{path} is no table of numbers: {reason}") from error
    if not table.size or table.shape[1] != len(first):
        raise InputError(f"{path} holds no samples below its first line")
    return first if named else [f"column {i}" for i in range(len(first))], table


def _number(cell: str) -> float:
    return float(cell.strip() or "nan")


def _is_number(cell: str) -> bool:
    try:
        _number(cell)
    except ValueError:
        return False
    return True


def _even(
    time: NDArray[np.float64], signal: NDArray[np.float32], path: Path
) -> tuple[NDArray[np.float32], float, float]:
    """The signal on a grid of equal steps, its rate and its first time; gaps are NaN."""
    steps = np.diff(time)
    if len(time) < 2 or not np.isfinite(time).all() or (steps <= 0).any():
        raise InputError(f"{path}: the column of time does not run forward; expected seconds")
    step = float(np.median(steps))
    # Rounded stamps make the median wrong by a little, which the whole length puts right.
    even = steps < 2 * step
    step = float(steps[even].mean())
    rate = 1 / step
    rate = round(rate) if abs(rate - round(rate)) < 0.02 * rate / 10 else rate
    places = np.rint((time - time[0]) * rate).astype(np.int64)
    if abs(np.median(steps) * rate - 1) > JITTER or (np.diff(places) < 1).any():
        raise InputError(f"{path}: the column of time does not run evenly; expected equal steps")
    if places[-1] >= LONGEST:
        raise InputError(f"{path} spans {places[-1] + 1:,} samples; expected at most {LONGEST:,}")
    whole = np.full(places[-1] + 1, np.nan, np.float32)
    whole[places] = signal
    return whole, float(rate), float(time[0])


def _beats(
    path: Path, rate: float, start: float, samples: int
) -> tuple[NDArray[np.int64] | None, NDArray[np.str_] | None]:
    beside = path.with_name(f"{path.stem}{BEATS}")
    if not beside.exists():
        return None, None
    try:
        with beside.open(encoding="utf-8-sig", newline="") as file:
            rows = [row for row in csv.reader(file) if row]
        rows = rows[0 if rows and _is_number(rows[0][0]) else 1 :]
        at = np.array([float(row[0]) for row in rows], np.float64)
        symbols = np.array([row[1].strip() for row in rows], np.str_)
    except (OSError, ValueError, IndexError, csv.Error) as error:
        raise InputError(f"{beside} is no table of seconds and symbols: {error}") from error
    peaks = np.rint((at - start) * rate).astype(np.int64)
    if (np.diff(peaks) < 0).any() or (peaks < 0).any() or (peaks >= samples).any():
        raise InputError(f"{beside}: beats are out of order, or outside of the signal's time")
    return peaks, symbols
