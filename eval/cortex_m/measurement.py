"""Generated C on one core: the outputs of all rows, and the counts of an inference."""

from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

import numpy as np
from numpy.typing import NDArray

from keras_tvscm.convert.c_source import CSource
from keras_tvscm.convert.runtimes.unavailable import Missing

from .check import check_outputs
from .cores import CORES
from .counts import Counts

PACKAGES = {
    "capstone": "capstone",
    "elftools": "pyelftools",
    "unicorn": "unicorn",
    "ziglang": "ziglang",
}
COUNTED = 3


@dataclass(frozen=True)
class Measured:
    """What came out.

    Attributes:
        counts: of the counted row that took most instructions.
        instructions: the least and the most that a counted row took.
        counted: rows that were counted.
        outputs: of all rows, (rows, outputs), as stored.

    Examples:

        >>> least, most = measured.instructions
        >>> least == most == measured.counts.instructions
        True
    """

    counts: Counts
    instructions: tuple[int, int]
    counted: int
    outputs: NDArray[Any]

    def to_json(self) -> dict[str, Any]:
        return {
            "counts": self.counts.to_json(),
            "instructions": {"least": self.instructions[0], "most": self.instructions[1]},
            "rows": {"counted": self.counted, "run": len(self.outputs)},
        }


def measure(
    source: CSource,
    core: str,
    rows: NDArray[Any],
    expected: NDArray[Any] | None = None,
    counted: int = COUNTED,
) -> Measured:
    """Compile C for a core, run it there on every row, and count the first few.

    Args:
        source: the generated C.
        core: one of `CORES`.
        rows: stored inputs, (rows, inputs), of the source's input type; at least one.
        expected: what the outputs must be, (rows, outputs); see `check.check_outputs`.
        counted: rows to count, at most; counting takes about 50 times longer than running.

    Raises:
        CheckError: the code does not compile, fails on the core, or gives other outputs.
        InputError: the cache for compiled code cannot be written.
        Unavailable: a package that this needs is not installed.

    Examples:

        >>> import numpy as np
        >>> from keras_tvscm.convert.c_source import generate
        >>> from keras_tvscm.eval.cortex_m import measure
        >>> source = generate(converted.content, "digits")
        >>> measured = measure(source, "cortex-m4", np.zeros((2, 64), np.int8), counted=1)
        >>> measured.outputs.shape
        (2, 10)
    """
    for module, package in PACKAGES.items():
        if find_spec(module) is None:
            raise Missing(f"{package} is not installed (pip install 'keras-tvscm[cortex-m]')")
    from .build import build

    return measure_elf(build(source, CORES[core]), source, core, rows, expected, counted)


def measure_elf(
    elf: bytes,
    source: CSource,
    core: str,
    rows: NDArray[Any],
    expected: NDArray[Any] | None = None,
    counted: int = COUNTED,
) -> Measured:
    """The same for what some other compiler has made of the source, see `qemu.firmware`."""
    from .counting import count
    from .emulate import Machine
    from .image import read

    image = read(elf, source.function)
    given, result = np.dtype(source.input_dtype), np.dtype(source.output_dtype)
    rows = rows.astype(given, casting="equiv").reshape(len(rows), source.input_size)
    stored = [row.tobytes() for row in rows]
    sizes = (
        source.input_size * given.itemsize,
        source.output_size * result.itemsize,
        source.scratch_bytes,
    )
    machine = Machine(image, CORES[core], sizes)
    outputs = np.frombuffer(b"".join(map(machine.run, stored)), result)
    outputs = outputs.reshape(len(rows), source.output_size)
    if expected is not None:
        check_outputs(outputs, expected, f"{source.name} on {core}")
    counts = [count(Machine(image, CORES[core], sizes), row) for row in stored[:counted]]
    counts.sort(key=lambda each: each.instructions)
    least, most = counts[0], counts[-1]
    return Measured(most, (least.instructions, most.instructions), len(counts), outputs)
