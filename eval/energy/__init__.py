"""Energy per inference: of four kinds, which no ratio mixes."""

from .figure import Energy, Range, ratio
from .modelled import Modelled, does_not_fit, modelled
from .parts import PARTS, Part, part

__all__ = [
    "PARTS",
    "Energy",
    "Modelled",
    "Part",
    "Range",
    "does_not_fit",
    "modelled",
    "part",
    "ratio",
]
