"""The text of the C files: constants, the kernels that are used, one function."""

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from keras_tvscm.errors import InputError
from keras_tvscm.files import write_text

from ..firmware import identifier, printable
from ..tflite.graph import Graph, Tensor, read
from .moves import copy
from .program import C_TYPES, INPUT, Pointer, Program, View
from .scratch import places
from .translate import PORTABLE, Kernels, translate

# Stands in both texts for the checksum that is taken of them.
CHECKSUM = "@checksum@"

KERNELS = Path(__file__).parent / "kernels"
# In the order in which they build on each other.
ORDER = (
    "words",
    "copy",
    "wrap",
    "pick",
    "rescale",
    "total",
    "channel",
    "rows_1",
    "rows_4",
    "rows_5",
    "fully_connected_4",
    "fully_connected_5",
    "fully_connected_float",
    "filter",
    "quad",
    "strip_4",
    "strip_16",
    "segment",
    "running",
    "two_valued",
    "image",
    "max_pool",
    "average_pool",
    "add",
    "multiply",
    "largest",
    "requantize",
    "reduce",
    "look_up",
    "softmax",
    "quantize",
    "dequantize",
    "from_uint8",
    "to_uint8",
)


@dataclass(frozen=True)
class CSource:
    """A network as two files of portable C99, without malloc, libc or global state.

    Every symbol and macro that others see begins with the files' name, so that several networks
    go into one firmware.

    Attributes:
        name: of the files, without `.h` and `.c`; a C identifier.
        header, source: their text.
        input_size, output_size: numbers in one row.
        input_dtype, output_dtype: of those numbers, `"int8"`, `"uint8"` or `"float32"`.
        scratch_bytes: working memory that the caller hands in.
        constant_bytes: weights and tables.
        instructions: about how many a Cortex-M4 takes for one inference.
        beside: text by name of further files, which use the network (see `front_end`).

    Examples:

        >>> source.input_size, source.output_size, source.input_dtype
        (64, 10, 'int8')
        >>> "void digits_predict(" in source.header
        True
    """

    name: str
    header: str
    source: str
    input_size: int
    output_size: int
    input_dtype: str
    output_dtype: str
    scratch_bytes: int
    constant_bytes: int
    instructions: int
    beside: Mapping[str, str] = field(default_factory=dict, hash=False)

    @property
    def texts(self) -> dict[str, str]:
        """The text of each file by its name."""
        return {f"{self.name}.h": self.header, f"{self.name}.c": self.source, **self.beside}

    @property
    def function(self) -> str:
        """The function that computes one row."""
        return f"{self.name}_predict"

    @property
    def prefix(self) -> str:
        """What the header's macros begin with."""
        return self.name.upper()

    def write(self, folder: Path) -> None:
        """Write all files there, each whole or not at all."""
        for name, text in self.texts.items():
            write_text(folder / name, text)


def generate(content: bytes, name: str = "tvscm", about: Sequence[str] = ()) -> CSource:
    """Write an int8 `.tflite` model, or a float32 one of Dense layers, as C.

    The outputs are those of TFLite's reference kernels, byte by byte.

    Args:
        content: the model.
        name: of the files, which their symbols begin with.
        about: lines for the comment at the top.

    Raises:
        InputError: damaged; not int8 (or float32) throughout; an operator that is not known.

    Examples:

        >>> from keras_tvscm.convert.c_source import generate
        >>> source = generate(conversion.content, "digits")
        >>> source.function
        'digits_predict'
    """
    network = translated(content)
    stem = identifier(name)
    return network.files(stem, about, _source(network, stem))


@dataclass(frozen=True)
class Translated:
    """A network as steps, and where the numbers between them lie.

    Attributes:
        graph: the model.
        program: its steps.
        target: the buffer that is the caller's output.
        where: the place of each other buffer in the scratch memory, in numbers.
        scratch: how much of it there is, in numbers.
    """

    graph: Graph
    program: Program
    target: int
    where: dict[int, int]
    scratch: int

    def statements(self) -> str:
        """The function's body."""

        def text(part: str | Pointer) -> str:
            if isinstance(part, str):
                return part
            if part.buffer in (INPUT, self.target):
                terms = ["input" if part.buffer == INPUT else "output", *part.terms]
            else:
                place = self.where[part.buffer]
                terms = ["memory", *([str(place)] if place else []), *part.terms]
            return " + ".join(terms)

        return "\n".join(f"    {''.join(map(text, step.statement))}" for step in self.program.steps)

    def kernels(self) -> str:
        """The portable kernels that the steps need."""
        used = {kernel for step in self.program.steps for kernel in step.kernels}
        return "\n".join(_kernel(name) for name in ORDER if name in used)

    def files(self, stem: str, about: Sequence[str], source: str) -> CSource:
        """Header and source, which compile with each other alone.

        Args:
            stem: of their names.
            about: lines for the comment at the top.
            source: text that `CHECKSUM` stands in.
        """
        program = self.program
        size = 1 if program.dtype == "int8" else 4
        lines = [
            *about,
            f"{program.constant_bytes:,} bytes of constants, "
            f"{self.scratch * size:,} of scratch memory",
        ]
        comment = "/* " + "\n   ".join(map(printable, lines)) + " */\n"
        header = _header(self.graph, stem, self.scratch * size, program.alignment)
        # A full disk or a killed program may leave a header of one conversion beside the source
        # of another: that must not compile.
        checksum = f"0x{hashlib.sha256((header + source).encode()).hexdigest()[:8]}u"
        return CSource(
            stem,
            comment + header.replace(CHECKSUM, checksum),
            comment + source.replace(CHECKSUM, checksum),
            program.sizes[INPUT],
            program.sizes[self.target],
            program.dtypes[INPUT],
            program.dtypes[self.target],
            self.scratch * size,
            program.constant_bytes,
            round(sum(step.instructions for step in program.steps)),
        )


def translated(content: bytes, kernels: Kernels = PORTABLE) -> Translated:
    """The steps of a model.

    Args:
        content: the model.
        kernels: what the processors that they are for have of their own.

    Raises:
        InputError: as `generate`.
    """
    graph = read(content)
    try:
        program, output = translate(graph, kernels)
        target = program.buffer(graph.output.size, dtype=graph.output.dtype)
        _finish(program, output, target)
        program.prune(target)
    except InputError:
        raise
    except Exception as error:
        # Operators of shapes, indices or options that do not go together: whatever NumPy raises.
        raise InputError(
            "damaged TFLite model: its operators and tensors do not go together; convert it again"
        ) from error
    return Translated(graph, program, target, *places(program, target))


def _finish(program: Program, output: View, target: int) -> None:
    """Let the last steps write to the caller's output, or copy it there."""
    buffer = output.buffer
    size = output.places.size
    whole = output.start == 0 and program.sizes[buffer or INPUT] == size
    if buffer and whole and program.dtypes[buffer] == program.dtypes[target]:
        using = [i for i, step in enumerate(program.steps) if buffer in step.buffers]
        if all(program.steps[i].writes == buffer for i in using):
            for i in using:
                step = program.steps[i]
                statement = tuple(
                    replace(part, buffer=target)
                    if isinstance(part, Pointer) and part.buffer == buffer
                    else part
                    for part in step.statement
                )
                program.steps[i] = replace(step, statement=statement, writes=target)
            return
    copy(program, output, target)


def _header(graph: Graph, stem: str, scratch: int, alignment: int) -> str:
    prefix, guard = stem.upper(), f"{stem.upper()}_H_"
    return f"""#ifndef {guard}
#define {guard}

#include <stdint.h>

#ifdef __cplusplus
extern "C" {{
#endif

#define {prefix}_INPUT_SIZE {math.prod(graph.input.shape)}
#define {prefix}_OUTPUT_SIZE {math.prod(graph.output.shape)}
#define {prefix}_SCRATCH_BYTES {scratch}
{_scale(graph.input, f"{prefix}_INPUT")}{_scale(graph.output, f"{prefix}_OUTPUT")}
/* One row. `scratch` is {prefix}_SCRATCH_BYTES of working memory, aligned to {alignment} bytes; its
   content does not matter before or after. */
{declaration(graph, stem)};

/* The source asks for it: a header and a source of two conversions do not compile together. */
#define {prefix}_CHECKSUM {CHECKSUM}

#ifdef __cplusplus
}}
#endif

#endif /* {guard} */
"""


def _scale(tensor: Tensor, prefix: str) -> str:
    """The macros that say which real number a stored one stands for."""
    if tensor.dtype == "float32":
        return ""
    return f"""
/* real = {prefix}_SCALE * (stored - {prefix}_ZERO_POINT) */
#define {prefix}_SCALE {np.float32(tensor.scale)!s}f
#define {prefix}_ZERO_POINT ({tensor.zero_point})
"""


def declaration(graph: Graph, stem: str) -> str:
    """The function's."""
    given, result = (C_TYPES[tensor.dtype] for tensor in (graph.input, graph.output))
    return f"void {stem}_predict(const {given} *input, {result} *output, void *scratch)"


def _source(network: Translated, stem: str) -> str:
    program = network.program
    kind = C_TYPES[program.dtype]
    constants = "\n\n".join(program.constants.values())
    functions = "".join(f"{text}\n\n" for text in program.functions.values())
    floats = "\n#include <float.h>\n" if program.dtype == "float32" else ""
    return f"""#include "{stem}.h"

{same_checksum(stem)}
{floats}
{macros(kind)}
{network.kernels()}
{constants}

{functions}
{declaration(network.graph, stem)}
{{
    {kind} *memory = scratch;
    (void)memory;
{network.statements()}
}}
"""


def same_checksum(stem: str) -> str:
    """What does not compile beside another header."""
    macro = f"{stem.upper()}_CHECKSUM"
    return f"""#if !defined {macro} || {macro} != {CHECKSUM}
#error "{stem}.h belongs to another {stem}.c: convert again, and take both files"
#endif"""


def macros(kind: str) -> str:
    """What the kernels are written in; `kind` is the type of their numbers."""
    return f"""#define TVSCM_NUMBER {kind}

/* Functions of their own, which have all registers to themselves; parts of others; and those
   which some cores do not need. */
#if defined(__GNUC__)
#define KERNEL static __attribute__((noinline))
#define INLINE static inline __attribute__((always_inline))
#define HELPER static inline __attribute__((unused))
#else
#define KERNEL static
#define INLINE static inline
#define HELPER static inline
#endif

/* Before a loop that runs a few times, or has too few registers for more. */
#if defined(__clang__)
#define NO_UNROLL _Pragma("clang loop unroll(disable)")
#elif defined(__GNUC__)
#define NO_UNROLL _Pragma("GCC unroll 1")
#else
#define NO_UNROLL
#endif
"""


def _kernel(name: str) -> str:
    stem, _, rows = name.rpartition("_")
    if rows.isdigit():
        return (KERNELS / f"{stem}.c").read_text().replace("ROWS", rows).replace("STRIP", rows)
    return (KERNELS / f"{name}.c").read_text()
