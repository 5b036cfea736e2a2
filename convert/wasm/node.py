"""A WebAssembly module in Node.js, run through `network.mjs` as others run it, and compared."""

import shutil
import subprocess
import tempfile
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from keras_tvscm.errors import CheckError

from ..c_source.native import compare, drawn_rows
from ..c_source.source import CSource
from ..runtimes import Unavailable
from ..tflite.graph import input_and_output
from .module import module

PROGRAM = Path(__file__).parent / "rows.mjs"
SECONDS = 60, 0.05  # to start, and for each row


def run(compiled: bytes, content: bytes, rows: NDArray[Any]) -> NDArray[Any]:
    """What the module stores as outputs, (rows, outputs).

    Args:
        compiled: the module.
        content: the model that it was made of.
        rows: stored inputs, (rows, inputs).

    Raises:
        Unavailable: there is no Node.js.
        CheckError: it does not run the module.
    """
    node = shutil.which("node")
    if node is None:
        raise Unavailable("there is no node on PATH (install Node.js)")
    given, result = input_and_output(content)
    with tempfile.NamedTemporaryFile(suffix=".wasm") as file:
        file.write(compiled)
        file.flush()
        stored = np.ascontiguousarray(rows.reshape(len(rows), -1), given.dtype).tobytes()
        seconds = SECONDS[0] + SECONDS[1] * len(rows)
        command = [node, str(PROGRAM), file.name]
        try:
            done = subprocess.run(command, input=stored, capture_output=True, timeout=seconds)
        except subprocess.TimeoutExpired as error:
            raise CheckError(f"the WebAssembly: no end within {seconds:.0f} s") from error
    if done.returncode:
        lines = done.stderr.decode("utf-8", "replace").splitlines()
        wrong = next((line for line in lines if "Error" in line), "no reason given")
        raise CheckError(f"node does not run the WebAssembly: {wrong.strip(' []')[:200]}")
    return np.frombuffer(done.stdout, result.dtype).reshape(len(rows), result.size)


def check(compiled: bytes, content: bytes, rows: NDArray[Any]) -> dict[str, Any]:
    """Compare the module with the model on TFLite-Micro; a record of it, or of why not.

    Args:
        compiled: the module.
        content: the model.
        rows: stored inputs, (rows, inputs).

    Raises:
        CheckError: an output differs, or Node.js does not run the module.
    """
    return compare(partial(run, compiled, content), content, rows, "the WebAssembly")


def checked_module(source: CSource, content: bytes) -> tuple[bytes, dict[str, Any]]:
    """The module, and how it was compared on inputs that are drawn.

    Raises:
        InputError: as `module`.
        CheckError: as `check`.
    """
    compiled = module(source, content)
    return compiled, check(compiled, content, drawn_rows(content))
