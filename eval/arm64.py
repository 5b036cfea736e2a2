"""Generated C on an emulated arm64 processor: its outputs, and the instructions that they take.

Clang compiles it (package `ziglang`), Unicorn runs it. Instructions are what is counted, each as
one; how long they take, no emulator knows.
"""

import math
from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np
import unicorn
from numpy.typing import NDArray
from unicorn import arm64_const as arm

from keras_tvscm.convert import zig
from keras_tvscm.convert.c_source import CSource
from keras_tvscm.errors import CheckError

from .cortex_m.build import FLAGS, compile_with
from .cortex_m.image import Image, read

# By the instruction sets of `convert/native`: what it is compiled for.
SETS = {"arm64": "generic", "arm64, dot product": "generic+dotprod"}
PAGE, GAP, STACK, SECONDS = 0x1000, 0x10_0000, 256 * 1024, 120
# Behind all that is loaded; where the function returns to, and the buffers after it.
STOP = 0x4000_0000
INSTRUCTION = 4  # bytes


@dataclass(frozen=True)
class Counted:
    """What some rows gave, and took.

    Attributes:
        outputs: as stored, (rows, outputs).
        instructions: of each row, (rows,).
        by_function: of the last row.
    """

    outputs: NDArray[Any]
    instructions: NDArray[np.int64]
    by_function: dict[str, int]


def count(source: CSource, rows: NDArray[Any], name: str) -> Counted:
    """Compile the C, and run rows.

    Args:
        source: of `convert.native`, or portable C.
        rows: stored inputs, (rows, inputs).
        name: one of `SETS`.

    Raises:
        CheckError: it does not compile, or does what a processor would not survive.
        InputError: the compiler's cache cannot be written.
    """
    command = [*zig.COMMAND, "-target", "aarch64-freestanding-none"]
    flags = ["-std=gnu11", f"-mcpu={SETS[name]}", f"-Wl,--entry={source.function}", *zig.FLAGS]
    texts = {f"{source.name}.h": source.header, f"{source.name}.c": source.source}
    elf = compile_with([*command, *FLAGS[1:], *flags], texts, zig.environment())
    return _run(read(elf, source.function), source, rows)


def _run(image: Image, source: CSource, rows: NDArray[Any]) -> Counted:
    uc = unicorn.Uc(unicorn.UC_ARCH_ARM64, unicorn.UC_MODE_ARM)
    uc.ctl_set_cpu_model(arm.UC_CPU_ARM64_MAX)
    uc.reg_write(arm.UC_ARM64_REG_CPACR_EL1, 3 << 20)  # the vectors' registers are in use
    pages = {
        page
        for address, _, size in image.segments
        for page in range(address // PAGE * PAGE, address + size, PAGE)
    }
    for page in pages:
        uc.mem_map(page, PAGE)
    for address, data, _ in image.segments:
        uc.mem_write(address, data)
    uc.mem_map(STOP, PAGE)
    given = np.ascontiguousarray(rows, source.input_dtype).reshape(len(rows), -1)
    result = np.dtype(source.output_dtype)
    buffers: list[int] = []
    end = STOP + PAGE
    for size in (
        given[0].nbytes,
        source.output_size * result.itemsize,
        source.scratch_bytes,
        STACK,
    ):
        start, end = end + GAP, end + GAP + math.ceil(max(size, 1) / PAGE) * PAGE
        uc.mem_map(start, end - start)
        # Each ends where its page does, or at the next multiple of 64: an access beyond it fails.
        buffers.append(end - (size if len(buffers) < 2 else math.ceil(size / 64) * 64))
    blocks = Counter[tuple[int, int]]()
    uc.hook_add(
        unicorn.UC_HOOK_BLOCK, lambda _, address, size, __: blocks.update([(address, size)])
    )
    outputs, instructions = [], []
    for row in given:
        uc.mem_write(buffers[0], row.tobytes())
        for register, value in (
            (arm.UC_ARM64_REG_X0, buffers[0]),
            (arm.UC_ARM64_REG_X1, buffers[1]),
            (arm.UC_ARM64_REG_X2, buffers[2]),
            (arm.UC_ARM64_REG_SP, end),
            (arm.UC_ARM64_REG_LR, STOP),
        ):
            uc.reg_write(register, value)
        blocks.clear()
        try:
            uc.emu_start(image.entry, STOP, timeout=SECONDS * 1_000_000)
        except unicorn.UcError as error:
            raise CheckError(
                f"{source.name} on arm64: {error}, in "
                f"{image.function(uc.reg_read(arm.UC_ARM64_REG_PC))}"
            ) from error
        if uc.reg_read(arm.UC_ARM64_REG_PC) != STOP:
            raise CheckError(f"{source.name} on arm64: no end after {SECONDS} s of emulation")
        size = source.output_size * result.itemsize
        outputs.append(np.frombuffer(uc.mem_read(buffers[1], size), result))
        instructions.append(sum(size * times for (_, size), times in blocks.items()) // INSTRUCTION)
    by_function = Counter[str]()
    for (address, size), times in blocks.items():
        by_function[image.function(address)] += size * times // INSTRUCTION
    return Counted(np.stack(outputs), np.array(instructions), dict(by_function))
