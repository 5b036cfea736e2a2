"""The C for vectors, compiled to a WebAssembly module that says what it takes and gives."""

import hashlib
import json
import os
import subprocess
import tempfile
from functools import lru_cache
from pathlib import Path
from typing import Any

from keras_tvscm.errors import InputError
from keras_tvscm.extras import need
from keras_tvscm.machine import versions

from .. import zig
from ..c_source.program import C_TYPES
from ..c_source.source import CSource
from ..tflite.graph import Tensor, input_and_output

# What every browser and Node.js of the last years has: no feature beside vectors of 128 bits and
# the copying of memory.
FLAGS = (
    "-target",
    "wasm32-freestanding",
    "-mcpu=generic+simd128+bulk_memory",
    "-std=gnu11",
    "-O3",
    "-ffp-contract=off",
    "-Wall",
    "-Wextra",
    "-Wconversion",
    "-Werror",
    "-nostdlib",
    "-Wl,--no-entry",
    "-Wl,--export=input",
    "-Wl,--export=output",
    "-Wl,--strip-all",
)
SECONDS = 600
SECTION = b"tvscm"
TEMPLATE = Path(__file__).parent / "module.c"


@lru_cache(maxsize=8)
def module(source: CSource, content: bytes) -> bytes:
    """The bytes of the module: see `network.mjs` for what JavaScript makes of it.

    Its custom section `tvscm` says as JSON what input and output are, and of which model.

    Args:
        source: of `native.generate`.
        content: the `.tflite` model that it was made of.

    Raises:
        InputError: ziglang is not installed, or fails.
    """
    need("wasm", "WebAssembly")
    macros = {
        "PREDICT": source.function,
        "GIVEN": C_TYPES[source.input_dtype],
        "RESULT": C_TYPES[source.output_dtype],
        "INPUT_SIZE": source.input_size,
        "OUTPUT_SIZE": source.output_size,
        "SCRATCH_BYTES": source.scratch_bytes,
    }
    lines = [f"#define {name} {value}" for name, value in macros.items()]
    text = "\n".join([f'#include "{source.name}.c"', "", *lines, "", TEMPLATE.read_text()])
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        source.write(folder)
        (folder / "module.c").write_text(text)
        command = [*zig.COMMAND, *FLAGS, *zig.FLAGS, "module.c", "-o", "module.wasm"]
        environment = os.environ | zig.environment()
        try:
            done = subprocess.run(
                command, cwd=folder, env=environment, capture_output=True, timeout=SECONDS
            )
            compiled = (folder / "module.wasm").read_bytes() if not done.returncode else b""
        except subprocess.TimeoutExpired as error:
            raise InputError(f"zig cc has not ended in {SECONDS} s; try again") from error
        except OSError as error:
            raise InputError(f"zig cc: {error.strerror}; install ziglang again") from error
    if done.returncode:
        lines = done.stderr.decode("utf-8", "replace").strip().splitlines() or ["no reason given"]
        wrong = next((line for line in lines if "error" in line), lines[0])
        raise InputError(f"zig cc fails: {wrong.strip()[:200]}; install ziglang again")
    return compiled + _section(content)


def _section(content: bytes) -> bytes:
    """The custom section, as the binary format has it: 0, its size, its name, what it holds."""
    given, result = input_and_output(content)
    about = {
        "written_by": f"keras-tvscm {versions()['keras-tvscm']}",
        "sha256": hashlib.sha256(content).hexdigest(),
        "input": _described(given),
        "output": _described(result),
    }
    body = bytes([len(SECTION)]) + SECTION + json.dumps(about).encode()
    return b"\0" + _leb128(len(body)) + body


def _described(tensor: Tensor) -> dict[str, Any]:
    about = {"size": tensor.size, "dtype": tensor.dtype}
    if tensor.dtype == "float32":
        return about
    return about | {"scale": tensor.scale, "zero_point": tensor.zero_point}


def _leb128(number: int) -> bytes:
    """Seven bits a byte, the lowest first; the eighth says that another follows."""
    low = [number >> shift & 127 for shift in range(0, max(1, number.bit_length()), 7)]
    return bytes([*(byte | 128 for byte in low[:-1]), low[-1]])
