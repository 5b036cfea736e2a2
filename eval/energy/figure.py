"""A figure of energy, which says how it was come by, and the only ratio of two of them."""

from dataclasses import asdict, dataclass
from typing import Any, Literal, NamedTuple, get_args

from keras_tvscm.errors import InputError

# A power analyser's file; a counter of the device itself; counts times a cited table; none.
Kind = Literal["measured_external", "measured_counter", "modelled", "unavailable"]
KINDS: tuple[Kind, ...] = get_args(Kind)


class Range(NamedTuple):
    """Two bounds in one unit; equal where there is one value."""

    low: float
    high: float

    def times(self, factor: float) -> "Range":
        """Both bounds times a factor that is not negative."""
        return Range(self.low * factor, self.high * factor)


@dataclass(frozen=True)
class Energy:
    """Energy of one inference.

    Attributes:
        kind: one of KINDS.
        microjoules: bounds, equal for a measurement; None if unavailable.
        method: what was done, in one line; for "unavailable", why there is no figure. Two
            figures are comparable if their kinds and methods are equal.
        source: where the constants or the readings come from.

    Examples:

        >>> from keras_tvscm.eval.energy import Energy, Range
        >>> Energy("modelled", Range(1.0, 1.5), "counts x table", "a table").microjoules.high
        1.5
    """

    kind: Kind
    microjoules: Range | None
    method: str
    source: str

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise InputError(f"energy is of kind {self.kind!r}; expected one of {', '.join(KINDS)}")
        if (self.microjoules is None) != (self.kind == "unavailable"):
            raise InputError(f"energy of kind {self.kind} has the value {self.microjoules}")
        if self.microjoules and not 0 <= self.microjoules.low <= self.microjoules.high:
            raise InputError(f"energy is {self.microjoules} uJ; expected 0 <= low <= high")

    def to_json(self) -> dict[str, Any]:
        low, high = self.microjoules or (None, None)
        return asdict(self) | {"microjoules": None if low is None else {"low": low, "high": high}}

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> "Energy":
        """What `to_json` gave; other keys are left aside."""
        bounds = values["microjoules"] and Range(**values["microjoules"])
        return cls(values["kind"], bounds, values["method"], values["source"])


def ratio(dense: Energy, other: Energy) -> Range:
    """How many times less energy `other` takes than `dense`.

    Of modelled figures, low bounds are divided by low ones and high by high: what makes a bound
    low, cycles saved and current, is the core's and the part's, so it holds for both programs at
    once. Measurements are off independently of each other: the ends are the farthest apart.

    Raises:
        InputError: a figure is unavailable or zero, or the two are not of one kind and method.

    Examples:

        >>> from keras_tvscm.eval.energy import Energy, Range, ratio
        >>> small, large = (
        ...     Energy("modelled", Range(low, 2 * low), "counts x table", "a table")
        ...     for low in (3.0, 12.0)
        ... )
        >>> ratio(large, small)
        Range(low=4.0, high=4.0)
    """
    if not (dense.microjoules and other.microjoules and other.microjoules.low):
        unknown = other if dense.microjoules else dense
        raise InputError(f"no ratio of an energy that is unknown or zero: {unknown.method}")
    if (dense.kind, dense.method) != (other.kind, other.method):
        raise InputError(
            f"no ratio between energy {dense.kind} ({dense.method}) and {other.kind} "
            f"({other.method}); compare figures of one kind and method"
        )
    if dense.kind != "modelled":
        (low, high), (other_low, other_high) = dense.microjoules, other.microjoules
        return Range(low / other_high, high / other_low)
    ends = [a / b for a, b in zip(dense.microjoules, other.microjoules, strict=True)]
    return Range(min(ends), max(ends))
