"""The columns of a power analyser's CSV, by their headings, which hold the units."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from math import isfinite

from keras_tvscm.errors import InputError

from .marking import Marked

# What a column may hold, in what units, the first being the one that all becomes.
UNITS: dict[str, dict[str, float]] = {
    "time": {"s": 1, "ms": 1e-3, "us": 1e-6, "ns": 1e-9},
    "current": {"A": 1, "mA": 1e-3, "uA": 1e-6, "nA": 1e-9},
    "voltage": {"V": 1, "mV": 1e-3},
}
# `Timestamp(ms)`, `time_s`, `current [mA]`.
HEADING = re.compile(
    r"(?P<quantity>timestamp|time|current|voltage)(?:[\W_]+(?P<unit>[^\W_]+)\W*)?", re.IGNORECASE
)
# A PPK2's eight digital channels in one column, of which the first character is D0
# (NordicSemiconductor/pc-nrfconnect-ppk, src/actions/exportChartAction.ts).
CHANNELS = "D0-D7"


@dataclass(frozen=True)
class Columns:
    """Where things stand in a row.

    Attributes:
        scales: by quantity, what its numbers are multiplied by to be in s, A or V.
        places: the columns of those quantities, in that order, then the one that marks windows.
        codes: by the place of that one, what makes a number of its cells; empty without one.
    """

    scales: dict[str, float]
    places: tuple[int, ...]
    codes: dict[int | str, Callable[[str], int]]

    def wrong(self, row: list[str]) -> str | None:
        """What is wrong with a row; None if nothing is."""
        cells = [row[place] if place < len(row) else "" for place in self.places]
        for quantity, cell in zip(self.scales, cells, strict=False):
            try:
                good = isfinite(float(cell))
            except ValueError:
                good = False
            if not good:
                return f"{quantity} is {cell[:40]!r}; expected a number"
        for code in self.codes.values():
            try:
                code(row[self.places[-1]])
            except IndexError:
                return f"the mark is {cells[-1][:40]!r}; expected one as in the other rows"
        return None


def columns(name: str, header: list[str], marked: Marked | None) -> Columns:
    """Find time, current, voltage, and the column that marks windows.

    Args:
        name: of the file, for messages.
        header: its first row.
        marked: names its heading, or D0 to D7 of a PPK2's column of eight channels.

    Raises:
        InputError: no time, no current or no mark; a quantity twice; a unit unknown or missing.
    """
    scales: dict[str, float] = {}
    places: list[int] = []
    shown = ",".join(header)
    shown = repr(f"{shown[:100]}..." if len(shown) > 100 else shown)
    for place, heading in enumerate(header):
        match = HEADING.fullmatch(heading.strip())
        if not match:
            continue
        quantity = match["quantity"].lower().replace("timestamp", "time")
        if quantity in scales:
            raise InputError(f"{name} has two columns of {quantity}: {shown}; leave one")
        scales[quantity] = _scale(name, heading.strip(), quantity, match["unit"])
        places.append(place)
    for quantity in ("time", "current"):
        if quantity not in scales:
            unit = next(iter(UNITS[quantity]))
            raise InputError(
                f"{name} has no column of {quantity}; expected one such as '{quantity} ({unit})', "
                f"and its first line is {shown}"
            )
    if marked is None:
        return Columns(scales, tuple(places), {})
    headings = [heading.strip().lower() for heading in header]
    wanted, code = marked.column.lower(), marked.code
    if wanted not in headings and re.fullmatch("d[0-7]", wanted):
        channel, wanted = int(wanted[1]), CHANNELS.lower()

        def code(cell: str) -> int:
            return marked.code(cell[channel])

    place = headings.index(wanted) if wanted in headings else -1
    if place < 0 or place in places:
        raise InputError(
            f"{name} has no column '{marked.column}' of marks, and its first line is {shown}; name "
            "another with --window, or give seconds, as in 1.2:3.4"
        )
    return Columns(scales, (*places, place), {place: code})


def _scale(name: str, heading: str, quantity: str, unit: str | None) -> float:
    units = UNITS[quantity]
    by_spelling = {spelling.lower(): scale for spelling, scale in units.items()}
    # Two characters look like the micro sign; casefold makes them one.
    spelling = (unit or "").casefold().replace("\N{GREEK SMALL LETTER MU}", "u")
    if spelling in by_spelling:
        return by_spelling[spelling]
    said = f"the unknown unit {unit!r}" if unit else "no unit"
    raise InputError(
        f"{name}: the heading {heading!r} has {said}; expected {', '.join(units)}, as in "
        f"'{quantity} ({next(iter(units))})'"
    )
