"""Cycles from counts: ARM's tables, as bounds, on memory without wait states.

An instruction takes one cycle, one that loads or stores one cycle per access; `Timing` says
what comes on top. The low bound is a pipeline that never waits, the high one a pipeline that
waits at every instruction of the class, so a run lies between them. That an IT instruction
may take no cycle of its own is left out.
"""

from dataclasses import dataclass

from ..cortex_m.counts import Counts
from .cited import Cited
from .figure import Range

NONE = Range(0, 0)


@dataclass(frozen=True)
class Timing:
    """Cycles of one core's instructions.

    Attributes:
        core: ARM's name for it.
        issue: cycles per instruction or access; below 1 where two issue together.
        memory, branch, divide, floating, float_divide: further cycles of each load or store
            instruction, taken branch, integer division, instruction of the floating-point
            unit, and its division or square root. A multiplication takes none.
        sources: what the numbers are taken from.
    """

    core: str
    issue: Range
    memory: Range
    branch: Range
    divide: Range
    floating: Range
    float_divide: Range
    sources: tuple[Cited, ...]

    def cycles(self, counts: Counts) -> Range:
        """Cycles of one inference if every access took no wait state."""
        number = counts.by_class
        memory = number["loads"] + number["stores"]
        accesses = counts.flash_reads + counts.sram_reads + counts.sram_writes
        low, high = (
            self.issue[end] * (counts.instructions - memory + accesses)
            + self.memory[end] * memory
            + self.branch[end] * counts.taken_branches
            + self.divide[end] * number["divides"]
            + self.floating[end] * number["float"]
            + self.float_divide[end] * number["float_divides"]
            for end in (0, 1)
        )
        return Range(low, high)


_M0PLUS = "ARM, Cortex-M0+ Technical Reference Manual, r0p1, DDI 0484C"
_M4 = "ARM, Cortex-M4 Technical Reference Manual, r0p1, DDI 0439D"
_M4_URL = "https://developer.arm.com/documentation/ddi0439/latest"

CORTEX_M0PLUS = Timing(
    "Cortex-M0+",
    issue=Range(1, 1),
    memory=Range(1, 1),  # LDR 2, LDM 1 + N
    branch=Range(1, 2),  # B and BX 2, BL 3, POP with PC 3 + N
    divide=NONE,  # no such instruction
    floating=NONE,
    float_divide=NONE,
    sources=(
        Cited(
            Range(1, 1),
            "cycle",
            _M0PLUS,
            "table 3-1, data processing and MULS",
            "http://docs.lpcware.com/lpc800um/RegisterMaps/intro/c-Generaldescription-appx.html",
            note="as reprinted by NXP for the LPC800; MULS is 32 with the small multiplier, which "
            "no part here has",
        ),
        Cited(
            Range(2, 2),
            "cycles",
            _M0PLUS,
            "table 3-1, LDR and STR; LDM, STM, PUSH and POP 1 + N",
            "https://developer.arm.com/documentation/ddi0484/latest",
            seen=False,
            note="public emulators that cite the table use these values",
        ),
        Cited(
            Range(2, 3),
            "cycles",
            _M0PLUS,
            "table 3-1, B taken 2, BX 2, BL 3; POP with PC 3 + N",
            "https://developer.arm.com/documentation/ddi0484/latest",
            seen=False,
            note="public emulators that cite the table use these values",
        ),
    ),
)

CORTEX_M4 = Timing(
    "Cortex-M4",
    issue=Range(1, 1),
    memory=Range(0, 2),  # one if it is not pipelined, one if its address was just computed
    branch=Range(1, 3),
    divide=Range(1, 11),
    floating=Range(0, 3),  # VFMA 3, and one more if its result is consumed next
    float_divide=Range(0, 14),
    sources=(
        Cited(
            Range(1, 2),
            "cycles",
            _M4,
            "table 3-1, LDR and STR 2 with note b (neighbours pipeline), LDM 1 + N; section "
            "3.3.2, one more if the address depends on the preceding instruction",
            _M4_URL,
        ),
        Cited(Range(1, 1), "cycle", _M4, "tables 3-1 and 3-2, MUL, MLA, SMULL, SMLAD", _M4_URL),
        Cited(Range(1, 3), "cycles", _M4, "section 3.3, P, added by a taken branch", _M4_URL),
        Cited(Range(2, 12), "cycles", _M4, "table 3-1, SDIV and UDIV", _M4_URL),
        Cited(
            Range(1, 4),
            "cycles",
            _M4,
            "table 7-1, VADD and VMUL 1, VMLA and VFMA 3, one more if the result is consumed next",
            _M4_URL,
            note="VSQRT 14, or 1 if no more floating-point instruction follows",
        ),
    ),
)

CORTEX_M33 = Timing(
    "Cortex-M33",
    issue=Range(0.5, 1),
    memory=CORTEX_M4.memory,
    branch=Range(0, 3),
    divide=CORTEX_M4.divide,
    floating=CORTEX_M4.floating,
    float_divide=CORTEX_M4.float_divide,
    sources=(
        Cited(
            Range(0.5, 1),
            "cycles per instruction",
            "Arm, Cortex-M33 Processor Technical Reference Manual, 100230",
            "prints no instruction timing",
            "https://developer.arm.com/documentation/100230/latest",
            seen=False,
            assumed=True,
            note="high: the Cortex-M4's bounds, whose pipeline is as deep; low: two "
            "instructions in every cycle, as the core issues some 16-bit pairs together",
        ),
    ),
)
