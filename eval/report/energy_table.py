"""Energy of an inference: a table for each kind, place and method, and ratios within a table."""

from collections.abc import Iterator
from dataclasses import dataclass

from keras_tvscm.errors import InputError

from ..comparison import Comparison
from ..energy.figure import KINDS, Energy, Range, ratio
from ..markdown import MULTIPLIED, bounds
from .kinds import kind
from .table import Cell, Row, Table
from .text import ABSENT, plain

TITLES = {
    "measured_external": "Measured by a power analyser",
    "measured_counter": "Measured by the device's own counter",
    "modelled": "Modelled, not measured",
}


@dataclass(frozen=True)
class Figure:
    """A model's energy on a runtime or core; `place` is empty where its method names the board.

    Attributes:
        less: how many times less than the dense model takes by the same method there: the int8
            one, or without it the float32. None if that is not known.
    """

    model: str
    place: str
    energy: Energy
    less: Range | None


def figures(comparison: Comparison) -> list[Figure]:
    """All that are known, or known to be unavailable."""
    found = list(_energies(comparison))
    return [Figure(*figure, _less(comparison, figure, found)) for figure in found]


def energies(comparison: Comparison) -> list[Table]:
    """A table for each kind, place and method that there is a figure of, in microjoules."""
    groups: dict[tuple[str, str, str], list[Figure]] = {}
    for figure in figures(comparison):
        key = (figure.energy.kind, figure.place, figure.energy.method)
        groups.setdefault(key, []).append(figure)
    return [
        _table(comparison, f"{TITLES[kind]}{place and f', {place}'}: {method}", group)
        for known in KINDS[:-1]
        for (kind, place, method), group in groups.items()
        if kind == known
    ]


def without_energy(comparison: Comparison) -> list[str]:
    """Why figures are missing, each reason once, with where."""
    places: dict[str, list[str]] = {}
    for figure in figures(comparison):
        if figure.energy.kind == "unavailable":
            places.setdefault(plain(figure.energy.method), []).append(figure.place)
    return [
        f"Unavailable on {', '.join(dict.fromkeys(named))}: {reason}"
        for reason, named in places.items()
    ]


def _energies(comparison: Comparison) -> Iterator[tuple[str, str, Energy]]:
    """Model, place and energy."""
    for m in comparison.measurements:
        for values in m.energy:
            yield m.model, m.runtime, Energy.from_json(values)
    for model, recordings in comparison.recordings.items():
        for values in recordings:
            yield model, "", Energy.from_json(values)


def _less(
    comparison: Comparison,
    figure: tuple[str, str, Energy],
    found: list[tuple[str, str, Energy]],
) -> Range | None:
    name, place, energy = figure
    for dtype in ("int8", "float32"):
        for other, where, dense in found:
            model = comparison.model(other)
            same = (where, dense.kind, dense.method) == (place, energy.kind, energy.method)
            if same and (model["network"], model["dtype"]) == ("dense", dtype):
                if other == name:
                    return Range(1, 1)
                try:
                    return ratio(dense, energy)
                except InputError:  # one of the two is zero, or unavailable
                    return None
    return None


def _table(comparison: Comparison, caption: str, group: list[Figure]) -> Table:
    """A model a row; the source in the caption if it is one."""
    sources = {figure.energy.source for figure in group}
    heads: tuple[str, ...] = ("µJ an inference", "vs dense")
    if len(sources) == 1:
        caption = f"{caption}. Source: {sources.pop()}"
    else:
        heads = (*heads, "source")
    return Table(caption, "model", heads, tuple(_row(comparison, f, len(heads)) for f in group))


def _row(comparison: Comparison, figure: Figure, cells: int) -> Row:
    microjoules = figure.energy.microjoules or Range(0, 0)
    less = figure.less
    row = (
        Cell(bounds(microjoules._asdict()), number=microjoules.low),
        Cell(f"{bounds(less._asdict())}{MULTIPLIED}", number=less.low) if less else Cell(ABSENT),
        Cell(figure.energy.source),
    )
    network = comparison.model(figure.model)["network"]
    return Row(figure.model, kind(network).label, row[:cells])
