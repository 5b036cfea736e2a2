"""Energy per inference: of four kinds, which no ratio mixes."""

from .figure import Energy, Range, ratio
from .modelled import Modelled, modelled
from .of_counts import modelled_on_parts, of_counts
from .parts import PARTS, Part, part

__all__ = [
    "PARTS",
    "Energy",
    "Modelled",
    "Part",
    "Range",
    "modelled",
    "modelled_on_parts",
    "of_counts",
    "part",
    "ratio",
]
