"""Energy from counts: cycles as a range, times a part's current from its datasheet."""

from dataclasses import dataclass
from typing import Any

from keras_tvscm.errors import InputError

from ..cortex_m.counts import Counts, misfit
from .figure import Energy, Range
from .parts import Part


@dataclass(frozen=True)
class Modelled:
    """One inference on one part, modelled.

    Attributes:
        part: its name.
        cycles: bounds.
        milliseconds: bounds, cycles over the clock.
        energy: of kind "modelled", or "unavailable" if the program does not fit the part.
    """

    part: str
    cycles: Range
    milliseconds: Range
    energy: Energy

    def to_json(self) -> dict[str, Any]:
        return {
            "part": self.part,
            "cycles": self.cycles._asdict(),
            "milliseconds": self.milliseconds._asdict(),
            "energy": self.energy.to_json(),
        }


def modelled(counts: Counts, on: Part) -> Modelled:
    """What one inference takes on a part, between two bounds.

    Low: the core's low bound, every flash access without waiting, the least current. High:
    the core's high bound, every data access to flash waiting in full (no cache, no
    prefetch), and instruction fetches too on a part with a cache of a few lines, the
    greatest current.

    Args:
        counts: of one inference, on the part's core.
        on: the part.

    Raises:
        InputError: counts of another core.
    """
    if counts.core != on.counted_on:
        raise InputError(
            f"{on.name} takes counts of {on.counted_on}, not of {counts.core}; count again"
        )
    low, high = on.timing.cycles(counts)
    cycles = Range(low, high + _waits(counts, on))
    milliseconds = cycles.times(1 / (1000 * on.clock_mhz))
    reason = misfit(counts, on.flash_bytes, on.sram_bytes)
    if reason:
        energy = Energy("unavailable", None, f"{on.name}: {reason}", "")
    else:
        energy = Energy(
            "modelled",
            # mW times ms is uJ
            Range(*(a * b for a, b in zip(on.milliwatts, milliseconds, strict=True))),
            f"counts x cycles of the {on.timing.core} x current of the {on.name} at "
            f"{on.clock_mhz:g} MHz and {on.volts:g} V",
            f"{on.supply.document}, {on.supply.place}",
        )
    return Modelled(on.name, cycles, milliseconds, energy)


def _waits(counts: Counts, on: Part) -> float:
    """Cycles spent waiting for flash if nothing is cached."""
    lines: float = counts.flash_reads
    if on.fetch:
        # Two bytes an instruction; a taken branch starts a new line.
        lines += counts.instructions * 2 / on.fetch.value.low + counts.taken_branches
    return on.wait_states.value.high * lines
