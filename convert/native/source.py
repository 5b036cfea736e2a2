"""The text of the C files for processors with vectors: one source, compiled once for each
instruction set, and the choice between them at run time.
"""

from collections.abc import Sequence
from pathlib import Path

from ..c_source.circulant import circulant
from ..c_source.products import Product, general
from ..c_source.program import C_TYPES, Program, View
from ..c_source.source import CSource, Translated, declaration, macros, same_checksum, translated
from ..c_source.translate import Kernels
from ..c_source.two_valued import has_relu, two_valued
from ..firmware import identifier
from .filter_bank import filter_bank
from .filters import filters
from .means import tile_sums
from .phases import Pooling
from .pooling import pool
from .program import VectorProgram
from .rows import VectorRows

KERNELS = Path(__file__).parent / "kernels"


def generate(content: bytes, name: str = "tvscm", about: Sequence[str] = ()) -> CSource:
    """Write an int8 `.tflite` model as GNU C for x86-64, arm64 and other processors with vectors.

    The outputs are those of TFLite's reference kernels, byte by byte, as those of the portable C
    are (`c_source.generate`), whose kernels compute what no vector kernel is written of.

    Args:
        content: the model.
        name: of the files, which their symbols begin with.
        about: lines for the comment at the top.

    Returns:
        The files; `instructions` are those that an x86-64 processor with AVX2 takes, roughly.

    Raises:
        InputError: as `c_source.generate`.

    Examples:

        >>> from keras_tvscm.convert.native import generate
        >>> source = generate(conversion.content, "digits")
        >>> source.function
        'digits_predict'
    """
    network = translated(content, Kernels(VectorProgram, _product, pool))
    stem = identifier(name)
    return network.files(stem, about, _source(network, stem))


def _product(program: Program, linear: Product, view: View) -> View:
    assert isinstance(program, VectorProgram)
    matrix = circulant(program, linear, view) if has_relu(linear) else None
    bank = filter_bank(matrix) if matrix else None
    if matrix and bank:
        target = tile_sums(program, matrix, bank)
        if target is None:
            target = filters(program, bank, Pooling.none(bank.places.shape[1]))
        if target is not None:
            return matrix.view(program, target)
    return two_valued(program, linear, view) or general(program, linear, view, VectorRows)


def _source(network: Translated, stem: str) -> str:
    program = network.program
    assert isinstance(program, VectorProgram)
    kind = C_TYPES[program.dtype]
    constants = "\n\n".join(program.constants.values())
    functions = "".join(f"{text}\n\n" for text in program.functions.values())
    statements = network.statements()
    layers = "\n".join(program.layers.values())
    has_rows = "F(fully_connected)" in statements
    floats = "\n#include <float.h>\n" if program.dtype == "float32" else ""
    given, result = C_TYPES[network.graph.input.dtype], C_TYPES[network.graph.output.dtype]
    return f"""#include "{stem}.h"

#if !defined SET
/* This part is compiled once, what stands after #else once for each instruction set. Vectors are
   those of GNU C: GCC from 9 on, and Clang. -DTVSCM_MOST=2 leaves out AVX-512; 1 AVX2 and arm64's
   dot products, too; 0 all but what any processor with such a compiler has. */
{same_checksum(stem)}

#if !defined __GNUC__
#error "{stem}.c is written in GNU C: take GCC or Clang, or convert with --target c"
#endif
{floats}
{macros(kind)}
{_kernel("once")}
{_kernel("row") if has_rows else ""}
{network.kernels()}
{constants}

{functions}{_kernel("sets").replace("#include FILE", f'#include "{stem}.c"')}
{declaration(network.graph, stem)}
{{
{_kernel("choose")}}}

#else

{_vectors() if layers else ""}
{_dot_products() if has_rows else ""}
{layers}
KERNEL void F(predict)(const {given} *input, {result} *output, {kind} *memory)
{{
    (void)memory;
{statements}
}}

#endif
"""


def _vectors() -> str:
    """What the layers are written in, for each width that the instruction set has."""
    limits = _kernel("limits")
    plain = f"#else\n{limits}\n{_kernel('plain')}\n{_kernel('rescaled')}"
    wasm = f"#elif WASM\n{_kernel('wasm')}\n{_kernel('floats')}"
    others = {
        16: f"#elif ARM\n{_kernel('arm')}\n{_kernel('rescaled')}\n{wasm}\n{plain}",
        32: f"#else\n{_kernel('arm_32')}\n{_kernel('rescaled')}",
    }
    parts = []
    for width in (16, 32, 64):
        helpers = f"{_kernel(f'x86_{width}')}\n{_kernel('floats')}"
        if width == 16:
            helpers = f"{limits}\n{helpers}"
        if width < 64:
            helpers = f"#if X86\n{helpers}\n{others[width]}#endif"
        parts.append(
            f"#if WIDEST >= {width}\n#define WIDTH {width}\n{_kernel('lanes')}\n{helpers}\n\n"
            f"{_kernel('common')}#undef WIDTH\n#endif\n"
        )
    return "\n".join(parts)


def _dot_products() -> str:
    """The same for rows of weights, at the widest."""
    sets = {
        "ARM": "arm",
        "WIDEST == 64": "vnni",
        "WIDEST == 32": "avx2",
        "X86": "base",
        "WASM": "wasm",
    }
    parts = [f"#elif {which}\n{_kernel(f'dot_{name}')}" for which, name in sets.items()]
    dot = "\n".join([*parts, f"#else\n{_kernel('dot_plain')}#endif\n"]).removeprefix("#el")
    return f"#{dot}\n{_kernel('fully_connected')}#undef BYTES\n#undef UNSIGNED\n"


def _kernel(name: str) -> str:
    return (KERNELS / f"{name}.c").read_text()
