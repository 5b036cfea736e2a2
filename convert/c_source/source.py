"""The text of the C files: constants, the kernels that are used, one function."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from keras_tvscm.errors import InputError
from keras_tvscm.files import write_text

from ..firmware import printable
from ..tflite.graph import read
from .moves import copy
from .program import INPUT, Program, View
from .scratch import places
from .translate import translate

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
    "head",
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
)


@dataclass(frozen=True)
class CSource:
    """A network as two files of portable C99, without malloc, libc or global state.

    Attributes:
        name: of the files, without `.h` and `.c`; a C identifier.
        header, source: their text.
        input_size, output_size: numbers in one row.
        dtype: of those numbers, `"int8"` or `"float32"`.
        scratch_bytes: working memory that the caller hands in.
        constant_bytes: weights and tables.
        instructions: about how many a Cortex-M4 takes for one inference.
    """

    name: str
    header: str
    source: str
    input_size: int
    output_size: int
    dtype: str
    scratch_bytes: int
    constant_bytes: int
    instructions: int

    def write(self, folder: Path) -> None:
        """Write `name.h` and `name.c` there, each whole or not at all."""
        write_text(folder / f"{self.name}.h", self.header)
        write_text(folder / f"{self.name}.c", self.source)


def generate(content: bytes, name: str = "tvscm_model", about: Sequence[str] = ()) -> CSource:
    """Write an int8 `.tflite` model, or a float32 one of Dense layers, as C.

    The outputs are those of TFLite's reference kernels, byte by byte.

    Args:
        content: the model.
        name: of the files.
        about: lines for the comment at the top.

    Raises:
        InputError: damaged; not int8 (or float32) throughout; an operator that is not known.
    """
    graph = read(content)
    try:
        program, output = translate(graph)
        target = program.buffer(math.prod(graph.output.shape))
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
    stem = re.sub(r"\W", "_", name, flags=re.ASCII)
    stem = stem if stem[:1].isalpha() else f"model_{stem}"
    kind = "int8_t" if program.dtype == "int8" else "float"
    about = [
        *about,
        f"{program.constant_bytes:,} bytes of constants, {scratch * size:,} of scratch memory",
    ]
    comment = "/* " + "\n   ".join(map(printable, about))
    source = _source(program, where, target, stem, kind, comment + " */")
    return CSource(
        stem,
        _header(program, target, scratch * size, stem, kind, comment + " */"),
        source,
        program.sizes[INPUT],
        program.sizes[target],
        program.dtype,
        scratch * size,
        program.constant_bytes,
        round(sum(step.instructions for step in program.steps)),
    )


def _finish(program: Program, output: View, target: int) -> None:
    """Let the last steps write to the caller's output, or copy it there."""
    buffer = output.buffer
    size = output.places.size
    if buffer and output.start == 0 and program.sizes[buffer] == size:
        using = [i for i, step in enumerate(program.steps) if buffer in step.buffers]
        if all(program.steps[i].writes == buffer for i in using):
            for i in using:
                step = program.steps[i]
                text = step.statement.replace(f"{{{buffer}}}", f"{{{target}}}")
                program.steps[i] = replace(step, statement=text, writes=target)
            return
    copy(program, output, target)


def _header(program: Program, target: int, scratch: int, stem: str, kind: str, comment: str) -> str:
    guard = f"{stem.upper()}_H_"
    return f"""{comment}
#ifndef {guard}
#define {guard}

#include <stdint.h>

#ifdef __cplusplus
extern "C" {{
#endif

#define TVSCM_INPUT_SIZE {program.sizes[INPUT]}
#define TVSCM_OUTPUT_SIZE {program.sizes[target]}
#define TVSCM_SCRATCH_BYTES {scratch}

/* One row. `scratch` is TVSCM_SCRATCH_BYTES of working memory, aligned to 4 bytes, whose content
   does not matter before or after. */
void tvscm_predict(const {kind} *input, {kind} *output, void *scratch);

#ifdef __cplusplus
}}
#endif

#endif /* {guard} */
"""


def _source(
    program: Program, where: dict[int, int], target: int, stem: str, kind: str, comment: str
) -> str:
    used = {kernel for step in program.steps for kernel in step.kernels}
    kernels = "\n".join(_kernel(name) for name in ORDER if name in used)

    def pointer(match: re.Match[str]) -> str:
        number = int(match[1])
        if number == INPUT:
            return "input"
        return "output" if number == target else f"memory + {where[number]}"

    def statement(text: str) -> str:
        text = re.sub(r"\{(\d+)\}\[", lambda match: f"({pointer(match)})[", text)
        text = re.sub(r"\{(\d+)\}", pointer, text)
        return re.sub(r" \+ 0\b(?! \*)", "", text)

    body = "\n".join(f"    {statement(step.statement)}" for step in program.steps)
    constants = "\n\n".join(program.constants.values())
    functions = "".join(f"{text}\n\n" for text in program.functions.values())
    floats = "\n#include <float.h>\n" if program.dtype == "float32" else ""
    return f"""{comment}
#include "{stem}.h"
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
void tvscm_predict(const {kind} *input, {kind} *output, void *scratch)
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
