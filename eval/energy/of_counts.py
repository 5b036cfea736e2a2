"""Energy from counts of one inference: on every part with the core that they were taken on."""

from ..cortex_m.counts import Counts
from .figure import Energy
from .modelled import Modelled, modelled
from .parts import PARTS


def modelled_on_parts(counts: Counts) -> list[Modelled]:
    """Cycles, time and energy on each part with that core, in the order of the table."""
    return [modelled(counts, part) for part in PARTS if part.counted_on == counts.core]


def of_counts(counts: Counts) -> list[Energy]:
    """The energies alone: of kind "modelled", or "unavailable" where the program does not fit.

    Where no part has the core, one that is unavailable says so.

    Examples:

        >>> from keras_tvscm.eval.energy import of_counts
        >>> energies = of_counts(counts)
        >>> print(energies[1].kind, energies[1].method)
        modelled counts x cycles of the Cortex-M4 x current of the nRF52840 at 64 MHz and 3 V
    """
    energies = [one.energy for one in modelled_on_parts(counts)]
    reason = f"no part with a {counts.core} has its cycles and current in the table"
    return energies or [Energy("unavailable", None, reason, "")]
