"""C in the form that the generator writes it, and what it must give."""

from dataclasses import dataclass, replace

import numpy as np
import pytest

from keras_tvscm.convert.c_source import CSource


def written(code: str, sizes=(8, 8, 64), dtype="int8", name="tvscm", before="") -> CSource:
    """`code` is the body of the function."""
    c_type = {"int8": "int8_t", "float32": "float"}[dtype]
    declaration = f"void {name}_predict(const {c_type} *input, {c_type} *output, void *scratch)"
    macros = zip(("INPUT_SIZE", "OUTPUT_SIZE", "SCRATCH_BYTES"), sizes, strict=True)
    defined = "".join(f"#define {name.upper()}_{macro} {size}\n" for macro, size in macros)
    header = f"#include <stdint.h>\n{defined}{declaration};\n"
    unused = "(void)input, (void)output, (void)scratch;"
    source = f'#include "{name}.h"\n{before}\n{declaration} {{ {unused} {code} }}\n'
    return CSource(name, header, source, *sizes[:2], dtype, dtype, sizes[2], 0, 0)


def assembly(code: str, **more) -> CSource:
    """`code` is all that the function is: r0 the input, r1 the output, r2 the scratch."""
    plain = written("", **more)
    lines = "".join(f'"{line.strip()}\\n"\n' for line in code.strip().splitlines())
    declaration = plain.header.splitlines()[-1].rstrip(";")
    source = f"__attribute__((naked)) {declaration} {{ __asm__ volatile({lines}); }}\n"
    return replace(plain, source=f'#include "{plain.name}.h"\n' + source)


@dataclass(frozen=True)
class Example:
    source: CSource
    rows: np.ndarray
    outputs: np.ndarray


def numbers(values: np.ndarray) -> str:
    return "{" + ",".join(str(value) for value in values.ravel().tolist()) + "}"


@pytest.fixture(scope="session")
def int8_layer() -> Example:
    """A fully connected layer, requantised with a 64-bit product and clipped."""
    draw = np.random.default_rng(0)
    inputs, outputs = 37, 10
    weights = draw.integers(-127, 128, (outputs, inputs))
    bias = draw.integers(-3000, 3000, outputs)
    rows = draw.integers(-128, 128, (1000, inputs)).astype(np.int8)
    sums = rows.astype(np.int64) @ weights.T + bias
    expected = np.clip((sums * 5_000_000 + (1 << 30)) >> 31, -128, 127).astype(np.int8)
    source = written(
        """
        int32_t *sums = scratch;
        for (int o = 0; o < 10; o++) {
          int32_t sum = bias[o];
          for (int i = 0; i < 37; i++) sum += weights[o][i] * input[i];
          sums[o] = sum;
        }
        for (int o = 0; o < 10; o++) {
          int32_t value = (int32_t)(((int64_t)sums[o] * 5000000 + (1 << 30)) >> 31);
          output[o] = (int8_t)(value > 127 ? 127 : value < -128 ? -128 : value);
        }
        """,
        (inputs, outputs, 40),
        before=f"static const int8_t weights[10][37] = {numbers(weights)};"
        f"static const int32_t bias[10] = {numbers(bias)};",
    )
    return Example(source, rows, expected)


@pytest.fixture(scope="session")
def float_layer() -> Example:
    """The same in float32, added up in the order of the inputs."""
    draw = np.random.default_rng(1)
    weights = draw.normal(size=(5, 20)).astype(np.float32)
    rows = draw.normal(size=(200, 20)).astype(np.float32)
    expected = np.zeros((200, 5), np.float32)
    for i in range(20):
        expected = expected + weights[:, i] * rows[:, i : i + 1]
    source = written(
        """
        for (int o = 0; o < 5; o++) {
          float sum = 0;
          for (int i = 0; i < 20; i++) sum += weights[o][i] * input[i];
          output[o] = sum;
        }
        """,
        (20, 5, 0),
        "float32",
        before=f"static const float weights[5][20] = {numbers(weights)};",
    )
    return Example(source, rows, expected)
