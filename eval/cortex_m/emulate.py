"""Running an image in Unicorn, with every memory fenced off."""

import math
from typing import Any

import unicorn
from unicorn import arm_const as arm

from keras_tvscm.convert.c_source.program import ALIGNMENT
from keras_tvscm.errors import CheckError

from .cores import Core
from .image import SRAM, Image

PAGE = 0x1000
GAP = 0x10_0000
STACK = 64 * 1024
SECONDS = 120  # on this machine, for one inference; the largest takes one
PAINT = 0xA5
READ_WRITE = unicorn.UC_PROT_READ | unicorn.UC_PROT_WRITE
READ_EXECUTE = unicorn.UC_PROT_READ | unicorn.UC_PROT_EXEC
# Where the function returns to, and emulation ends.
STOP = SRAM - PAGE


class Machine:
    """One core with an image in flash, and input, output, scratch memory and stack in SRAM.

    Each buffer ends where its page ends, and nothing lies near it: an access that passes a
    buffer's end fails. A wild pointer's mostly does, a write to flash always.

    Args:
        image: the program.
        core: which core.
        sizes: bytes of input, output and scratch memory.

    Attributes:
        uc: the emulator, for hooks.
        stack_bytes: from the stack's top to the lowest byte that the last run wrote.
    """

    def __init__(self, image: Image, core: Core, sizes: tuple[int, int, int]) -> None:
        # With UC_MODE_MCLASS, Unicorn takes an M33 whichever model is asked for.
        self.uc = unicorn.Uc(unicorn.UC_ARCH_ARM, unicorn.UC_MODE_THUMB)
        self.uc.ctl_set_cpu_model(getattr(arm, f"UC_CPU_ARM_{core.unicorn}"))
        self.image, self.core, self.sizes = image, core, sizes
        self.stack_bytes = 0
        # Unicorn's errors leave out the address.
        self._fault = ""
        self.uc.hook_add(unicorn.UC_HOOK_MEM_INVALID, self._record)
        # Code and constants may share a page.
        pages = {
            page
            for address, _, size in image.segments
            for page in range(address // PAGE * PAGE, address + size, PAGE)
        }
        for page in pages:
            self.uc.mem_map(page, PAGE, READ_WRITE if page >= SRAM else READ_EXECUTE)
        for address, data, _ in image.segments:
            self.uc.mem_write(address, data)
        self.uc.mem_map(STOP, PAGE, READ_EXECUTE)
        end = max((SRAM, *(page + PAGE for page in pages)))
        buffers = []
        for size in (*sizes, STACK):
            start = end + GAP
            end = start + math.ceil(max(size, 1) / PAGE) * PAGE
            self.uc.mem_map(start, end - start, READ_WRITE)
            # At a multiple of what the header asks of scratch memory, and of no more.
            buffers.append((end - math.ceil(size / ALIGNMENT) * ALIGNMENT, size))
        self._input, self._output, self._scratch, self._stack = buffers

    def run(self, row: bytes) -> bytes:
        """The output of one input row, both as stored.

        Raises:
            CheckError: the code does what a core would not survive, does not return, or
                writes to its input.
        """
        uc = self.uc
        uc.mem_write(self._input[0], row)
        for address, size in (self._output, self._scratch, self._stack):
            uc.mem_write(address, bytes([PAINT]) * size)
        for register, value in (
            (arm.UC_ARM_REG_R0, self._input[0]),
            (arm.UC_ARM_REG_R1, self._output[0]),
            (arm.UC_ARM_REG_R2, self._scratch[0]),
            (arm.UC_ARM_REG_SP, self._stack[0] + STACK),
            (arm.UC_ARM_REG_LR, STOP | 1),
        ):
            uc.reg_write(register, value)
        try:
            uc.emu_start(self.image.entry | 1, STOP, timeout=SECONDS * 1_000_000)
        except unicorn.UcError as error:
            raise self.failure(f"{error}{self._fault}") from error
        if uc.reg_read(arm.UC_ARM_REG_PC) != STOP:
            raise self.failure(f"no end after {SECONDS} s of emulation")
        if uc.mem_read(*self._input) != row:
            raise self.failure("the input was written to")
        stack = uc.mem_read(*self._stack)
        self.stack_bytes = len(stack.lstrip(bytes([PAINT])))
        return bytes(uc.mem_read(*self._output))

    def failure(self, what: str) -> CheckError:
        """What went wrong, with where in the program."""
        pc = self.uc.reg_read(arm.UC_ARM_REG_PC)
        return CheckError(f"{self.core.name}: {what}, in {self.image.function(pc)} at {pc:#x}")

    def _record(self, uc: Any, kind: int, address: int, size: int, value: int, _: Any) -> bool:
        self._fault = f" at address {address:#x}"
        return False
