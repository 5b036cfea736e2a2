"""The C of a network compiled as a shared library, which `keras_tvscm.native` loads."""

import hashlib
import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from keras_tvscm.errors import CheckError, InputError
from keras_tvscm.machine import versions
from keras_tvscm.native import FORMAT

from ..c_source.native import compiler, drawn_rows, stored_outputs
from ..c_source.program import C_TYPES
from ..c_source.source import CSource
from ..runtimes import Unavailable, in_child
from ..tflite.graph import Tensor, input_and_output
from . import child

FLAGS = (
    "-std=gnu11",
    "-O3",
    "-ffp-contract=off",
    "-fPIC",
    "-shared",
    "-fvisibility=hidden",
    "-Wall",
    "-Wextra",
    "-Wconversion",
    "-Werror",
)
# zig cc compiles for this very processor otherwise.
ZIG_FLAGS = ("-mcpu=baseline", "-Wl,-s")
SECONDS = 600
TEMPLATE = Path(__file__).parent / "kernels" / "library.c"


def library(source: CSource, content: bytes) -> bytes:
    """The bytes of the shared library.

    Args:
        source: of `native.generate`.
        content: the `.tflite` model that it was made of.

    Raises:
        InputError: there is no C compiler, or it fails.
    """
    texts = {
        f"{source.name}.h": source.header,
        f"{source.name}.c": source.source,
        "library.c": _text(source, content),
    }
    try:
        return compile_library(texts)
    except Unavailable as error:
        raise InputError(f"{error}; or write the C alone: -o {source.name}.c") from error


def compile_library(texts: Mapping[str, str]) -> bytes:
    """The bytes of a shared library of C files and headers, text by name.

    Args:
        texts: the file that includes the others is named `library.c`.

    Raises:
        Unavailable: there is no C compiler.
        InputError: it fails.
    """
    command = compiler()
    zig = ZIG_FLAGS if "ziglang" in command else ()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        for name, text in texts.items():
            (folder / name).write_text(text)
        arguments = [*command, *FLAGS, *zig, "library.c", "-o", "library.so"]
        try:
            done = subprocess.run(arguments, cwd=folder, capture_output=True, timeout=SECONDS)
        except OSError as error:
            raise InputError(
                f"cannot run the C compiler {command[0]}: {error.strerror}; set CC to another"
            ) from error
        except subprocess.TimeoutExpired as error:
            raise InputError(f"the C compiler {command[0]} has not ended in {SECONDS} s") from error
        if done.returncode:
            lines = done.stderr.decode("utf-8", "replace").strip().splitlines()
            wrong = next((line for line in lines if "error" in line), (*lines, "no reason")[0])
            raise InputError(
                f"the C compiler {command[0]} fails: {wrong.strip()[:200]}; set CC to another"
            )
        try:
            return (folder / "library.so").read_bytes()
        except OSError as error:
            raise InputError(
                f"the C compiler {command[0]} writes no file; set CC to another"
            ) from error


def checked_library(source: CSource, content: bytes) -> bytes:
    """The bytes of the shared library, compared with the model on inputs that are drawn.

    Raises:
        InputError: as `library`.
        CheckError: as `check_library`.
    """
    shared = library(source, content)
    check_library(shared, content, drawn_rows(content))
    return shared


def check_library(shared: bytes, content: bytes, rows: NDArray[Any]) -> dict[str, Any]:
    """Compare the library with the model on TFLite-Micro; a record of it, or of why not.

    Args:
        shared: the library, as `library` gives it.
        content: the model.
        rows: stored inputs, (rows, inputs).

    Raises:
        CheckError: an output differs, or the library ends its process.
    """
    try:
        expected = stored_outputs(in_child("tflm", content), content, rows)
    except Unavailable as error:
        return {"reason": str(error)}
    outputs = run(shared, rows)
    differing = int((outputs != expected).any(axis=1).sum())
    if differing:
        raise CheckError(
            f"the compiled network differs from the model on {differing:,} of {len(rows):,} rows; "
            "nothing written"
        )
    return {"runtime": "tflm", "rows": len(rows), "differing": 0}


def run(shared: bytes, rows: NDArray[Any]) -> NDArray[Any]:
    """What a library stores as outputs, (rows, outputs), in a process of its own.

    Args:
        shared: the library.
        rows: stored inputs, (rows, inputs).

    Raises:
        CheckError: it ends its process.
    """
    given = BytesIO()
    np.save(given, rows)
    with tempfile.NamedTemporaryFile(suffix=".so") as file:
        file.write(shared)
        file.flush()
        # -P: the program's own folder holds modules of other names than it may expect.
        command = [sys.executable, "-P", child.__file__, file.name]
        done = subprocess.run(command, input=given.getvalue(), capture_output=True)
    if done.returncode:
        code = done.returncode
        ended = f"signal {-code}" if code < 0 else f"exit code {code}"
        raise CheckError(f"the compiled network ends its process ({ended}); nothing written")
    outputs: NDArray[Any] = np.load(BytesIO(done.stdout))
    return outputs


def _text(source: CSource, content: bytes) -> str:
    """The C that is compiled: the network, and what `keras_tvscm.native` calls."""
    given, result = input_and_output(content)
    about = {
        "format": FORMAT,
        "version": versions()["keras-tvscm"],
        "name": source.name,
        "sha256": hashlib.sha256(content).hexdigest(),
        "input": {"size": source.input_size, "dtype": source.input_dtype},
        "output": {"size": source.output_size, "dtype": source.output_dtype},
    }
    macros = {
        "ABOUT": json.dumps(json.dumps(about)),
        "PREDICT": source.function,
        "SCRATCH_BYTES": str(source.scratch_bytes),
        "GIVEN": C_TYPES[source.input_dtype],
        "RESULT": C_TYPES[source.output_dtype],
        **_macros("INPUT", given),
        **_macros("OUTPUT", result),
    }
    if given.dtype != "float32":
        limits = np.iinfo(given.dtype)
        macros |= {"LOWEST": f"({limits.min})", "HIGHEST": str(limits.max)}
    lines = [f"#define {name} {value}" for name, value in macros.items()]
    return "\n".join([f'#include "{source.name}.c"', "", *lines, "", TEMPLATE.read_text()])


def _macros(prefix: str, tensor: Tensor) -> dict[str, str]:
    macros = {f"{prefix}_SIZE": str(tensor.size), f"{prefix}_IS_FLOAT": "1"}
    if tensor.dtype != "float32":
        macros[f"{prefix}_IS_FLOAT"] = "0"
        macros[f"{prefix}_SCALE"] = tensor.scale.hex()
        macros[f"{prefix}_ZERO_POINT"] = f"({tensor.zero_point})"
    return macros
