"""The text of the C files: constants, the kernels that are used, one function."""

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from keras_tvscm.errors import InputError
from keras_tvscm.files import write_text

from ..firmware import identifier, printable
from ..tflite.graph import Graph, Tensor, read
from .moves import copy
from .program import ALIGNMENT, C_TYPES, INPUT, Pointer, Program, View
from .scratch import places
from .translate import translate

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

    @property
    def function(self) -> str:
        """The function that computes one row."""
        return f"{self.name}_predict"

    @property
    def prefix(self) -> str:
        """What the header's macros begin with."""
        return self.name.upper()

    def write(self, folder: Path) -> None:
        """Write `name.h` and `name.c` there, each whole or not at all."""
        write_text(folder / f"{self.name}.h", self.header)
        write_text(folder / f"{self.name}.c", self.source)


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
    graph = read(content)
    try:
        program, output = translate(graph)
        target = program.buffer(graph.output.size, dtype=graph.output.dtype)
        _finish(program, output, target)
    except InputError:
        raise
    except Exception as error:
        # Operators of shapes, indices or options that do not go together: whatever NumPy raises.
        raise InputError(
            "damaged TFLite model: its operators and tensors do not go together; convert it again"
        ) from error
    size = 1 if program.dtype == "int8" else 4
    where, scratch = places(program, target)
    lines = [
        *about,
        f"{program.constant_bytes:,} bytes of constants, {scratch * size:,} of scratch memory",
    ]
    comment = "/* " + "\n   ".join(map(printable, lines)) + " */\n"
    stem = identifier(name)
    header = _header(graph, stem, scratch * size)
    source = _source(graph, program, where, target, stem)
    # A full disk or a killed program may leave a header of one conversion beside the source of
    # another: that must not compile.
    checksum = f"0x{hashlib.sha256((header + source).encode()).hexdigest()[:8]}u"
    return CSource(
        stem,
        comment + header.replace(CHECKSUM, checksum),
        comment + source.replace(CHECKSUM, checksum),
        program.sizes[INPUT],
        program.sizes[target],
        program.dtypes[INPUT],
        program.dtypes[target],
        scratch * size,
        program.constant_bytes,
        round(sum(step.instructions for step in program.steps)),
    )


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


def _header(graph: Graph, stem: str, scratch: int) -> str:
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
/* One row. `scratch` is {prefix}_SCRATCH_BYTES of working memory, aligned to {ALIGNMENT} bytes; its
   content does not matter before or after. */
{_declaration(graph, stem)};

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


def _declaration(graph: Graph, stem: str) -> str:
    given, result = (C_TYPES[tensor.dtype] for tensor in (graph.input, graph.output))
    return f"void {stem}_predict(const {given} *input, {result} *output, void *scratch)"


def _source(graph: Graph, program: Program, where: dict[int, int], target: int, stem: str) -> str:
    kind = C_TYPES[program.dtype]
    used = {kernel for step in program.steps for kernel in step.kernels}
    kernels = "\n".join(_kernel(name) for name in ORDER if name in used)

    def text(part: str | Pointer) -> str:
        if isinstance(part, str):
            return part
        if part.buffer in (INPUT, target):
            terms = ["input" if part.buffer == INPUT else "output", *part.terms]
        else:
            place = where[part.buffer]
            terms = ["memory", *([str(place)] if place else []), *part.terms]
        return " + ".join(terms)

    body = "\n".join(f"    {''.join(map(text, step.statement))}" for step in program.steps)
    constants = "\n\n".join(program.constants.values())
    functions = "".join(f"{text}\n\n" for text in program.functions.values())
    floats = "\n#include <float.h>\n" if program.dtype == "float32" else ""
    prefix = stem.upper()
    return f"""#include "{stem}.h"

#if !defined {prefix}_CHECKSUM || {prefix}_CHECKSUM != {CHECKSUM}
#error "{stem}.h belongs to another {stem}.c: convert again, and take both files"
#endif
{floats}
#define TVSCM_NUMBER {kind}

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

{kernels}
{constants}

{functions}
{_declaration(graph, stem)}
{{
    {kind} *memory = scratch;
    (void)memory;
{body}
}}
"""


def _kernel(name: str) -> str:
    stem, _, rows = name.rpartition("_")
    if rows.isdigit():
        return (KERNELS / f"{stem}.c").read_text().replace("ROWS", rows).replace("STRIP", rows)
    return (KERNELS / f"{name}.c").read_text()
