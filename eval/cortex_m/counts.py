"""What one inference costs, counted; no time and no energy."""

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Counts:
    """One inference, and what the code needs to run.

    An access is one transfer of a 32-bit bus: a word that crosses a word's border takes two,
    a pair of registers two, LDM and PUSH one a register. Instruction fetches are not among
    them.

    Attributes:
        core: name of the core.
        instructions: executed ones. An instruction whose condition in an IT block fails is
            one: it takes its cycle.
        by_function: instructions by the symbol that they lie in.
        by_class: instructions by class, see `instructions.CLASSES`; they add up.
        taken_branches: how often the next instruction was not the one that follows, calls
            and returns included.
        flash_reads, flash_read_bytes: data read from flash, constants in the code included.
        literal_reads: those among `flash_reads` that fetch a constant from between the code,
            as PC-relative loads do.
        sram_reads, sram_read_bytes, sram_writes, sram_write_bytes: input, output, scratch
            memory, stack, static data.
        flash_bytes: code, constants and the initial values of static data.
        static_bytes: static data in SRAM.
        stack_bytes: from the stack's top to the lowest byte that was written.
        scratch_bytes: what the caller hands over besides input and output.
        buffer_bytes: input and output.

    Examples:

        >>> counts = measured.counts
        >>> counts.core, counts.instructions == sum(counts.by_class.values())
        ('cortex-m4', True)
    """

    core: str
    instructions: int
    by_function: dict[str, int]
    by_class: dict[str, int]
    taken_branches: int
    flash_reads: int
    flash_read_bytes: int
    literal_reads: int
    sram_reads: int
    sram_read_bytes: int
    sram_writes: int
    sram_write_bytes: int
    flash_bytes: int
    static_bytes: int
    stack_bytes: int
    scratch_bytes: int
    buffer_bytes: int

    @property
    def sram_bytes(self) -> int:
        """All that must be in SRAM during an inference."""
        return self.static_bytes + self.stack_bytes + self.scratch_bytes + self.buffer_bytes

    def to_json(self) -> dict[str, Any]:
        return asdict(self) | {"sram_bytes": self.sram_bytes}


def misfit(counts: Counts, flash_bytes: int, sram_bytes: int) -> str | None:
    """Why a part with that much memory cannot hold the network; None if it can.

    The rest of a firmware is left out, so "can" means the network alone.

    Examples:

        >>> from keras_tvscm.eval.cortex_m import misfit
        >>> misfit(counts, flash_bytes=256 * 1024, sram_bytes=32 * 1024) is None
        True
        >>> print(misfit(counts, flash_bytes=1024, sram_bytes=32 * 1024))
        does not fit: needs ... bytes of flash, of which there are 1,024
    """
    wanted = {
        "flash": (counts.flash_bytes, flash_bytes),
        "SRAM": (counts.sram_bytes, sram_bytes),
    }
    lacking = [
        f"{need:,} bytes of {memory}, of which there are {there:,}"
        for memory, (need, there) in wanted.items()
        if need > there
    ]
    return f"does not fit: needs {' and '.join(lacking)}" if lacking else None
