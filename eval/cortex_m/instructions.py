"""Thumb code, taken apart: how many instructions of which class."""

import re
from collections import Counter
from functools import cache

from capstone import CS_ARCH_ARM, CS_MODE_MCLASS, CS_MODE_THUMB, CS_MODE_V8, Cs
from capstone.arm import ARM_OP_MEM, ARM_REG_PC

# In this order; the last takes what is left. A class is what matters to how many cycles an
# instruction takes: see "Instruction set summary" in a core's technical reference manual.
CLASSES = {
    "float_divides": r"vdiv|vsqrt",
    "loads": r"ldr|ldm|pop|vldr|vldm|vpop",
    "stores": r"str|stm|push|vstr|vstm|vpush",
    "float": r"v",
    "multiplies": r"mul|mla|mls|umaal|[us]ml|[us]mul|sm[mu]",
    "divides": r"[su]div",
    "branches": r"(b|bl|bx|blx|cbz|cbnz|tbb|tbh)$",
    "other": r"",
}


@cache
def _disassembler() -> Cs:
    # The M33's instructions are among those of V8, and V8 reads V6 and V7 code alike.
    disassembler = Cs(CS_ARCH_ARM, CS_MODE_THUMB | CS_MODE_MCLASS | CS_MODE_V8)
    disassembler.detail = True
    return disassembler


def mnemonic(code: bytes) -> str:
    """Of the first instruction, without condition and width."""
    return str(next(_disassembler().disasm(code, 0, count=1)).insn_name())


def classes(code: bytes, address: int) -> Counter[str]:
    """Instructions of each class in code without branches but at its end.

    `literal` counts the PC-relative loads once more.

    Raises:
        ValueError: there are bytes that are no instruction.
    """
    by_class: Counter[str] = Counter()
    end = 0
    for instruction in _disassembler().disasm(code, address):
        name = str(instruction.insn_name())  # unlike what is printed, without condition and width
        by_class[next(label for label, names in CLASSES.items() if re.match(names, name))] += 1
        memory = [operand for operand in instruction.operands if operand.type == ARM_OP_MEM]
        if name.startswith(("ldr", "vldr")) and memory and memory[0].mem.base == ARM_REG_PC:
            by_class["literal"] += 1
        end += instruction.size
    if end != len(code):
        raise ValueError(f"no instruction at {address + end:#x}: {code[end:].hex()}")
    return by_class
