"""Energy of an inference, a table for each kind: no ratio is of two kinds, or of two methods."""

from keras_tvscm.errors import InputError

from ..compare import Comparison
from ..energy.figure import KINDS, Energy, Range, ratio
from ..markdown import MULTIPLIED, bounds
from ..measurement import Measurement
from .kinds import kind
from .table import Cell, Row, Table
from .text import ABSENT, plain

TITLES = {
    "measured_external": "Energy, measured by a power analyser",
    "measured_counter": "Energy, measured by the device's own counter",
    "modelled": "Energy, modelled from counts: nothing is measured",
}


def energies(comparison: Comparison) -> list[Table]:
    """A table for each kind that there is a figure of, in microjoules."""
    heads = ("on", "µJ an inference", "vs dense", "how", "source")
    tables = []
    for name in KINDS[:-1]:
        rows = tuple(
            _row(comparison, m, energy)
            for m in comparison.measurements
            for energy in map(Energy.from_json, m.energy)
            if energy.kind == name
        )
        if rows:
            tables.append(Table(TITLES[name], "model", heads, rows, words=True))
    return tables


def without_energy(comparison: Comparison) -> list[str]:
    """Why figures are missing, each reason once, with where."""
    places: dict[str, list[str]] = {}
    for m in comparison.measurements:
        for energy in map(Energy.from_json, m.energy):
            if energy.kind == "unavailable" and m.runtime not in (
                named := places.setdefault(plain(energy.method), [])
            ):
                named.append(m.runtime)
    return [f"Unavailable on {', '.join(named)}: {reason}" for reason, named in places.items()]


def times_less(comparison: Comparison, m: Measurement, energy: Energy) -> Range | None:
    """Than the dense model by the same method there: the int8 one, or without it the float32."""
    for dtype in ("int8", "float32"):
        dense = comparison.baseline(m.runtime, dtype)
        if dense is m:
            return Range(1, 1)
        for other in map(Energy.from_json, dense.energy if dense else []):
            if (other.kind, other.method) == (energy.kind, energy.method):
                try:
                    return ratio(other, energy)
                except InputError:  # one of the two is zero
                    return None
    return None


def _row(comparison: Comparison, m: Measurement, energy: Energy) -> Row:
    less = times_less(comparison, m, energy)
    less_text = f"{bounds(less._asdict())}{MULTIPLIED}" if less else ABSENT
    microjoules = energy.microjoules or Range(0, 0)
    cells = (
        Cell(m.runtime),
        Cell(bounds(microjoules._asdict()), number=microjoules.low),
        Cell(less_text, number=less.low if less else None),
        Cell(energy.method),
        Cell(energy.source),
    )
    return Row(m.model, kind(comparison.model(m.model)["network"]).label, cells)
