"""Generated C on this machine: compiled, run, and compared with the model byte by byte."""

import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from keras_tvscm.errors import CheckError

from ..runtimes import Session, Unavailable, in_child
from ..tflite.graph import input_and_output
from .program import C_TYPES
from .source import CSource

FLAGS = ("-std=c99", "-O2", "-ffp-contract=off", "-Wall", "-Wextra", "-Wconversion", "-Werror")
SECONDS = 300, 0.05  # to compile, and for each row

# Rows on standard input, outputs on standard output.
MAIN = """
#include <stdio.h>
#include "{name}.h"

static {given} input[{prefix}_INPUT_SIZE];
static {result} output[{prefix}_OUTPUT_SIZE];
static int32_t scratch[{prefix}_SCRATCH_BYTES / 4 + 1];

int main(void)
{{
    while (fread(input, sizeof input, 1, stdin) == 1) {{
        {name}_predict(input, output, scratch);
        if (fwrite(output, sizeof output, 1, stdout) != 1) return 1;
    }}
    return 0;
}}
"""


def compiler() -> list[str]:
    """The command of this machine's C compiler: `$CC`, `cc`, or the one in `ziglang`.

    Raises:
        Unavailable: there is none.
    """
    if os.environ.get("CC"):
        return shlex.split(os.environ["CC"])
    if shutil.which("cc"):
        return ["cc"]
    if find_spec("ziglang"):
        # Its checks are those of a debug build.
        return [sys.executable, "-m", "ziglang", "cc", "-fno-sanitize=undefined"]
    raise Unavailable("there is no C compiler (set CC, or pip install ziglang)")


def run(source: CSource, rows: NDArray[Any], flags: tuple[str, ...] = ()) -> NDArray[Any]:
    """The outputs, (rows, outputs), of stored inputs, (rows, inputs).

    Args:
        source: the generated C.
        rows: of the source's input type.
        flags: for the compiler, beside `FLAGS`.

    Raises:
        Unavailable: there is no compiler.
        CheckError: it does not compile without a warning, or does not end well.
    """
    with tempfile.TemporaryDirectory() as name:
        program = build(source, Path(name), flags)
        given = np.ascontiguousarray(
            rows.reshape(len(rows), -1), dtype=source.input_dtype
        ).tobytes()
        seconds = SECONDS[0] + SECONDS[1] * len(rows)
        answer = run_command([str(program)], Path(name), given, seconds)
    return np.frombuffer(answer, source.output_dtype).reshape(len(rows), source.output_size)


def build(source: CSource, folder: Path, flags: tuple[str, ...] = ()) -> Path:
    """A program in that folder that reads rows and writes outputs. Raises as `run`."""
    command = compiler()
    source.write(folder)
    main = MAIN.format(
        name=source.name,
        prefix=source.prefix,
        given=C_TYPES[source.input_dtype],
        result=C_TYPES[source.output_dtype],
    )
    (folder / "main.c").write_text(main)
    sources = ["main.c", f"{source.name}.c", "-o", "program"]
    run_command([*command, *FLAGS, *flags, *sources], folder, b"", SECONDS[0])
    return folder / "program"


def stored_outputs(session: Session, content: bytes, rows: NDArray[Any]) -> NDArray[Any]:
    """What a runtime stores as outputs, (rows, outputs), of stored inputs, (rows, inputs).

    Args:
        session: the model, loaded.
        content: the same model, which `flatbuffer.check` has passed.
        rows: of the model's input type.
    """
    source, target = input_and_output(content)
    # There and back is exact: a float32 holds 256 steps and a half several times over.
    scores = session.predict(source.dequantize(rows))
    return target.quantize(scores).reshape(len(rows), target.size)


def check(source: CSource, content: bytes, rows: NDArray[Any]) -> dict[str, Any]:
    """Compare the C with the model on TFLite-Micro; a record of it, or of why not.

    Outputs must be equal, those in float32 too: the C adds in the order of TFLite's kernel.

    Args:
        source: the C.
        content: the model.
        rows: stored inputs, (rows, inputs).

    Raises:
        CheckError: an output differs, or the C does not compile.
    """
    return compare(partial(run, source), content, rows, "the generated C")


def compare(
    compiled: Callable[[NDArray[Any]], NDArray[Any]], content: bytes, rows: NDArray[Any], what: str
) -> dict[str, Any]:
    """Compare what was made of a model with the model on TFLite-Micro; see `check`.

    Args:
        compiled: gives the stored outputs, (rows, outputs), of stored inputs, or raises
            `Unavailable`.
        content: the model.
        rows: stored inputs, (rows, inputs).
        what: was made of it, in words.

    Raises:
        CheckError: an output differs.
    """
    try:
        # In a process of its own: the model may be anybody's.
        expected = stored_outputs(in_child("tflm", content), content, rows)
        outputs = compiled(rows)
    except Unavailable as error:
        return {"reason": str(error)}
    differing = int((outputs != expected).any(axis=1).sum())
    if differing:
        raise CheckError(
            f"{what} differs from the model on {differing:,} of {len(rows):,} rows; nothing written"
        )
    return {"runtime": "tflm", "rows": len(rows), "differing": 0}


def drawn_rows(content: bytes, count: int = 500, seed: int = 0) -> NDArray[Any]:
    """Stored inputs, (rows, inputs), that a model may be given, drawn where no data is at hand."""
    source, _ = input_and_output(content)
    rng = np.random.default_rng(seed)
    if source.dtype == "float32":
        return rng.normal(size=(count, source.size)).astype(np.float32)
    # Some rows near one value, as signals are, and others anywhere.
    rows = rng.integers(-128, 128, (count, source.size))
    near = rows // 8 + rng.integers(-112, 112, (count, 1))
    rows = np.where(rng.random((count, 1)) < 0.5, rows, near)
    return (rows - np.iinfo(np.int8).min + np.iinfo(source.dtype).min).astype(source.dtype)


def described(source: CSource, equality: dict[str, Any]) -> str:
    """One line on what was made, and on how it was compared."""
    return (
        f"{source.name}.c, {source.name}.h: {source.constant_bytes:,} bytes of constants, "
        f"{source.scratch_bytes:,} of scratch memory; {compared(equality)}"
    )


def compared(equality: dict[str, Any]) -> str:
    """How it was, in words."""
    if "reason" in equality:
        return f"not compared: {equality['reason']}"
    return f"equal to TFLite-Micro on {equality['rows']:,} rows, byte by byte"


def run_command(command: list[str], folder: Path, given: bytes, seconds: float) -> bytes:
    """What a command, a compiler or what it made, writes to standard output.

    Raises:
        Unavailable: it cannot be run.
        CheckError: it fails, or has not ended after so many seconds.
    """
    try:
        done = subprocess.run(
            command, cwd=folder, input=given, capture_output=True, timeout=seconds
        )
    except OSError as error:
        raise Unavailable(f"cannot run {command[0]}: {error.strerror}") from error
    except subprocess.TimeoutExpired as error:
        raise CheckError(f"the generated C: no end within {seconds:.0f} s") from error
    if done.returncode:
        lines = done.stderr.decode("utf-8", "replace").strip().splitlines()
        wrong = next(
            (line for line in lines if "error" in line), lines[0] if lines else "no reason"
        )
        raise CheckError(f"the generated C: {wrong.strip()[:300]}")
    return done.stdout
