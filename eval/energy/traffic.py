"""Memory access: the paper's figure, which is the parameters' size, and the counted one."""

from dataclasses import dataclass
from typing import Any

from ..cortex_m.counts import Counts

FLOAT32_BYTES = 4


@dataclass(frozen=True)
class Traffic:
    """How many times less memory access a network has than the dense one.

    Attributes:
        paper: by the paper's arithmetic, float32 parameters read once.
        loads_and_stores: instructions that read or write data, of the two programs as compiled.
        accesses: what the bus transfers for them: two words for one that is not aligned, one for
            each register of a list.
        bytes_read: counted bytes of data read.
    """

    paper: float
    loads_and_stores: float
    accesses: float
    bytes_read: float

    def to_json(self) -> dict[str, Any]:
        return vars(self)


def parameter_bytes(parameters: int) -> int:
    """Bytes that the paper takes as a network's memory access per inference.

    arXiv 2605.16443 reports 80.4 and 26.2 times less. 24,709 and 942 parameters of four
    bytes are 98,836 and 3,768 bytes: 26.2. 623,290 and 7,852 are 2,493,160 and 31,408 bytes:
    79.4; the paper's 80.4 is what 2.493 MB over 0.031 MB gives, already rounded.
    """
    return FLOAT32_BYTES * parameters


def loads_and_stores(counts: Counts) -> int:
    """Instructions of one inference that read or write data."""
    return counts.by_class["loads"] + counts.by_class["stores"]


def accesses(counts: Counts) -> int:
    """Data reads and writes of one inference."""
    return counts.flash_reads + counts.sram_reads + counts.sram_writes


def bytes_read(counts: Counts) -> int:
    """Bytes of data that one inference reads."""
    return counts.flash_read_bytes + counts.sram_read_bytes


def traffic(dense: Counts, other: Counts, dense_parameters: int, parameters: int) -> Traffic:
    """The ratios for two programs on one core."""
    return Traffic(
        parameter_bytes(dense_parameters) / parameter_bytes(parameters),
        loads_and_stores(dense) / loads_and_stores(other),
        accesses(dense) / accesses(other),
        bytes_read(dense) / bytes_read(other),
    )
