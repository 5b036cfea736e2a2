"""A power analyser's recording, read from its CSV: when, how much power, and what ran."""

import csv
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

import numpy as np
from numpy.typing import NDArray

from keras_tvscm.errors import InputError

from .columns import UNITS, Columns, columns
from .marking import Marked

MOST_BYTES = 500_000_000
# In s, A and V: beyond it, a unit is wrong.
LARGEST = {"time": 1e11, "current": 1e3, "voltage": 1e3}


@dataclass(frozen=True)
class Trace:
    """One recording.

    Attributes:
        name: of the file.
        seconds: time of each sample, float64 (n,), increasing, from whatever start.
        watts: power, float64 (n,).
        marks: what marks windows: `Marked.code` of each sample, float64 (n,); zeros without.
        volts: the supply if it was given, None if it was recorded.
        synthetic: True if the file says that nothing was measured.
    """

    name: str
    seconds: NDArray[np.float64]
    watts: NDArray[np.float64]
    marks: NDArray[np.float64]
    volts: float | None
    synthetic: bool


def read_trace(path: Path, *, volts: float | None = None, marked: Marked | None = None) -> Trace:
    """Read what Nordic's Power Profiler exports from a PPK2, or a CSV of time, current, voltage.

    The columns are found by their headings, which hold the units: `Timestamp(ms)`,
    `Current(uA)`, `time_s`, `voltage (V)`. Lines that begin with # are comments; one above the
    headings that begins with "# synthetic" says that the recording was made up.

    Args:
        path: UTF-8, with commas.
        volts: of the supply; for a file without a column of voltage, and no other.
        marked: the column that marks windows, which may be D0 to D7 of a PPK2's `D0-D7`.

    Raises:
        InputError: unreadable, no such CSV, or larger than MOST_BYTES; a unit unknown, a column
            missing, or there twice; a cell that is no number; time that does not increase; no
            power above zero anywhere; volts missing, given twice, or out of range.
    """
    if volts is not None and not 0 < volts <= LARGEST["voltage"]:
        raise InputError(f"a supply of {volts:g} V; expected more than 0 and at most 1000")
    try:
        size = path.stat().st_size
        if size > MOST_BYTES:
            raise InputError(
                f"{path} has {size / 1e6:,.0f} MB; expected {MOST_BYTES / 1e6:,.0f} at most: "
                "export the part with the windows"
            )
        with path.open(encoding="utf-8-sig", newline="") as file:
            return _read(path.name, file, volts, marked)
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror or error}; give a CSV") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(
            f"{path} is no CSV in UTF-8; export one with the analyser's program"
        ) from error


def _read(name: str, file: TextIO, volts: float | None, marked: Marked | None) -> Trace:
    synthetic, lines, header = _header(file)
    found = columns(name, header, marked)
    if "voltage" in found.scales and volts is not None:
        raise InputError(f"{name} has a column of voltage; leave --volts out")
    if "voltage" not in found.scales and volts is None:
        raise InputError(f"{name} has no column of voltage; pass the supply's, as --volts 3.0")
    start = file.tell()
    rows = _rows(file, found)
    if rows is None:
        file.seek(start)
        raise InputError(f"{name}, {_wrong(file, lines, found)}")
    if len(rows) < 2:
        raise InputError(f"{name} has fewer than two samples; record for longer")
    values = {}
    for (quantity, scale), column in zip(found.scales.items(), rows.T, strict=False):
        values[quantity] = column * scale
        largest = np.abs(values[quantity]).max()
        if largest > LARGEST[quantity]:
            raise InputError(
                f"{name} has a {quantity} of {largest:g} {next(iter(UNITS[quantity]))}; expected "
                f"{LARGEST[quantity]:g} at most: is the unit in the heading right?"
            )
    seconds, watts = values["time"], values["current"] * values.get("voltage", volts)
    back = np.flatnonzero(np.diff(seconds) <= 0)
    if back.size:
        before, after = seconds[back[0] : back[0] + 2]
        raise InputError(
            f"{name}: after {before:.9g} s comes {after:.9g} s; expected time to increase from row "
            "to row: export it in order, with more digits"
        )
    if watts.max() <= 0:
        raise InputError(
            f"{name}: the current is negative throughout; turn the analyser's leads round"
        )
    marks = rows[:, -1] if marked else np.zeros(len(rows))
    return Trace(name, seconds, watts, marks, volts, synthetic)


def _header(file: TextIO) -> tuple[bool, int, list[str]]:
    """Whether a comment says "synthetic"; the number of lines down to the headings; these."""
    synthetic = False
    for lines, line in enumerate(iter(file.readline, ""), 1):
        synthetic |= line.lower().startswith("# synthetic")
        if line.strip() and not line.startswith("#"):
            return synthetic, lines, next(csv.reader([line]))
    return synthetic, 0, []


def _rows(file: TextIO, found: Columns) -> NDArray[np.float64] | None:
    """The columns that were found, (n, columns), a mark as its code; None if a cell is wrong."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "loadtxt: input contained no data")
        try:
            rows = np.loadtxt(
                file,
                delimiter=",",
                quotechar='"',
                usecols=found.places,
                converters=found.codes,
                ndmin=2,
            )
        except UnicodeDecodeError:
            raise
        except (ValueError, IndexError):
            return None
    return rows if np.isfinite(rows).all() else None


def _wrong(file: TextIO, lines: int, found: Columns) -> str:
    """What is wrong with the first row that cannot be read."""
    for line, row in enumerate(csv.reader(file), lines + 1):
        if row and not row[0].startswith("#") and (what := found.wrong(row)):
            return f"line {line}: {what}"
    return "a cell cannot be read; expected plain numbers"
