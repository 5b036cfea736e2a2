"""Counting one inference on an emulated core."""

from collections import Counter
from typing import Any

import unicorn
from unicorn.arm_const import UC_ARM_REG_PC

from .counts import Counts
from .emulate import Machine
from .image import FLASH, SRAM
from .instructions import CLASSES, classes, mnemonic

END = 0xFFFF_FFFF


class Access:
    """Accesses of one kind, and their bytes."""

    def __init__(self) -> None:
        self.count = self.bytes = 0


def count(machine: Machine, row: bytes) -> Counts:
    """Run one row on a machine that is used for nothing else, and count.

    Instructions are counted by blocks, as QEMU does. A hook at each instruction would miss
    those in an IT block whose condition fails.

    Raises:
        CheckError: as `Machine.run`, and at an unaligned access of more than one word or by
            the FPU, which every core refuses and Unicorn grants.
    """
    uc = machine.uc
    blocks: Counter[tuple[int, int]] = Counter()
    following, taken = machine.image.entry, 0

    def block(uc: Any, address: int, size: int, _: Any) -> None:
        nonlocal following, taken
        blocks[address, size] += 1
        taken += address != following
        following = address + size

    def access(uc: Any, kind: int, address: int, size: int, value: int, to: Access) -> None:
        to.count += (address + size - 1) // 4 - address // 4 + 1
        to.bytes += size
        if address % 4 and size >= 4:
            name = mnemonic(bytes(uc.mem_read(uc.reg_read(UC_ARM_REG_PC), 4)))
            if name not in ("ldr", "str"):
                raise machine.failure(f"{name} at the unaligned address {address:#x}")

    flash_reads, sram_reads, sram_writes = Access(), Access(), Access()
    uc.hook_add(unicorn.UC_HOOK_BLOCK, block)
    uc.hook_add(unicorn.UC_HOOK_MEM_READ, access, flash_reads, FLASH, SRAM - 1)
    uc.hook_add(unicorn.UC_HOOK_MEM_READ, access, sram_reads, SRAM, END)
    uc.hook_add(unicorn.UC_HOOK_MEM_WRITE, access, sram_writes, SRAM, END)
    machine.run(row)

    by_function: Counter[str] = Counter()
    by_class: Counter[str] = Counter()
    for (address, size), times in blocks.items():
        in_block = classes(bytes(uc.mem_read(address, size)), address)
        for label, number in in_block.items():
            by_class[label] += number * times
        instructions = sum(in_block[label] for label in CLASSES)
        by_function[machine.image.function(address)] += instructions * times
    return Counts(
        core=machine.core.name,
        instructions=sum(by_function.values()),
        by_function=dict(by_function.most_common()),
        by_class={label: by_class[label] for label in sorted(CLASSES)},
        taken_branches=taken + 1,  # the return, where the run ends
        flash_reads=flash_reads.count,
        flash_read_bytes=flash_reads.bytes,
        literal_reads=by_class["literal"],
        sram_reads=sram_reads.count,
        sram_read_bytes=sram_reads.bytes,
        sram_writes=sram_writes.count,
        sram_write_bytes=sram_writes.bytes,
        flash_bytes=machine.image.flash_bytes,
        static_bytes=machine.image.static_bytes,
        stack_bytes=machine.stack_bytes,
        scratch_bytes=machine.sizes[2],
        buffer_bytes=machine.sizes[0] + machine.sizes[1],
    )
