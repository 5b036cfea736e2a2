"""A second opinion: the same C compiled by GCC, and the same ELF file run by QEMU.

Neither comes from a Python package: where `arm-none-eabi-gcc` and `qemu-system-arm` are
installed, their outputs and counts can be held against those of Clang and Unicorn.
"""

import subprocess
import tempfile
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from keras_tvscm.convert.c_source import CSource
from keras_tvscm.convert.c_source.program import C_TYPES
from keras_tvscm.errors import CheckError, InputError

from .build import FLAGS, compile_with
from .cores import CORES

GCC, QEMU = "arm-none-eabi-gcc", "qemu-system-arm"

# 4 MiB from address 0 for code and 4 MiB for data, where linker.ld puts them. Code for an M0
# is code for an M4 as well, and so is code for an M33 for an M7: what Armv8-M adds serves
# security and threads. QEMU's boards with those cores have other maps.
BOARDS = {
    "cortex-m0": "mps2-an386",
    "cortex-m4": "mps2-an386",
    "cortex-m7": "mps2-an500",
    "cortex-m33": "mps2-an500",
}

# With -icount, QEMU's clock moves on by 2**shift ns an instruction and by nothing else; the
# board's timer runs at 25 MHz.
SHIFT = 10
TICKS = 25e6 * 2**SHIFT / 1e9
SECONDS = 300


def firmware(source: CSource, core: str, rows: NDArray[Any]) -> bytes:
    """The ELF file of a firmware that runs the rows, made by GCC.

    Args:
        source: the generated C.
        core: one of `BOARDS`.
        rows: stored inputs, (rows, inputs).

    Raises:
        CheckError: the code does not compile.
        InputError: GCC is not installed.
    """
    stored = np.ascontiguousarray(rows, source.input_dtype).view(np.uint8).reshape(len(rows), -1)
    lines = ",\n".join("{" + ",".join(map(str, row)) + "}" for row in stored)
    header = (
        f'#include "{source.name}.h"\n'
        f"#define GIVEN {C_TYPES[source.input_dtype]}\n"
        f"#define RESULT {C_TYPES[source.output_dtype]}\n"
        f"#define PREDICT {source.function}\n"
        f"#define OUTPUT_SIZE {source.prefix}_OUTPUT_SIZE\n"
        f"#define SCRATCH_BYTES {source.prefix}_SCRATCH_BYTES\n"
        f"#define ROWS {len(rows)}\n"
        f"static const uint8_t rows[][{stored.shape[1] + -stored.shape[1] % 8}]"
        f" __attribute__((aligned(8))) = {{\n{lines}}};\n"
    )
    texts = {
        f"{source.name}.h": source.header,
        f"{source.name}.c": source.source,
        "rows.h": header,
        "harness.c": files(__package__).joinpath("harness.c").read_text(encoding="utf-8"),
    }
    command = [GCC, f"-mcpu={core}", "-mthumb", *CORES[core].gcc, *FLAGS, "-nostdlib"]
    return compile_with(command, texts, libraries=("-lgcc",))


def run(elf: bytes, source: CSource, core: str) -> tuple[NDArray[Any], list[int]]:
    """Stored outputs, (rows, outputs), and the instructions that each row took.

    Args:
        elf: made by `firmware`.
        source, core: those it was made for.

    Raises:
        CheckError: the firmware fails, or does not end.
        InputError: QEMU is not installed.
    """
    command = [QEMU, "-M", BOARDS[core], "-display", "none", "-serial", "none", "-monitor", "none"]
    command += ["-icount", f"shift={SHIFT},align=off,sleep=off", "-kernel", "firmware.elf"]
    command += ["-chardev", "stdio,id=host"]
    command += ["-semihosting-config", "enable=on,target=native,chardev=host"]
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "firmware.elf").write_bytes(elf)
        try:
            done = subprocess.run(
                command, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, timeout=SECONDS
            )
        except OSError as error:
            raise InputError(f"cannot run {QEMU}: {error.strerror}") from error
        except subprocess.TimeoutExpired as error:
            raise CheckError(f"{QEMU}: no end after {SECONDS} s") from error
    if done.returncode:
        log = done.stderr.decode("utf-8", "replace").strip().splitlines() or ["no reason given"]
        raise CheckError(f"{QEMU} ended with exit code {done.returncode}: {log[0][:200]}")
    lines = [line.split() for line in done.stdout.decode("ascii").splitlines()]
    outputs = np.array([[int(byte, 16) for byte in line[1:]] for line in lines], np.uint8)
    # The empty function that was subtracted is one instruction.
    instructions = [round(int(line[0], 16) / TICKS) + 1 for line in lines]
    return outputs.view(source.output_dtype), instructions
