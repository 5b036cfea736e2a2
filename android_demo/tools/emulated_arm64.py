"""The APK's libraries for arm64, run by QEMU on the golden rows: every output, byte by byte.

TensorFlow Lite runs with pages of 16 KB, for which its library was laid out anew, and of 4 KB.
"""

import json
import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import apk_on_jvm
import bionic
import zig
from build_apk import BUILD, TENSORFLOW_LITE
from jni_library import NAME
from keras_tvscm.convert.tflite.graph import input_and_output
from keras_tvscm.errors import CheckError, InputError
from make_assets import real
from programs import need, run

ABI = "arm64-v8a"
SYSTEM = Path("/usr/aarch64-linux-gnu")
GOLDEN = BUILD / "test" / "golden"
ROWS = 200


def check(apk: Path) -> str:
    """Run every model on `ROWS` golden rows; say how many outputs were equal.

    Raises:
        InputError: the emulator, or the C library that it loads, is missing.
        CheckError: a library does not run, or an output differs.
    """
    need("qemu-aarch64")
    if not (SYSTEM / "lib" / "ld-linux-aarch64.so.1").exists():
        raise InputError("no C library for arm64; on Debian: apt-get install libc6-arm64-cross")
    tasks = json.loads((BUILD / "assets" / "models.json").read_text(encoding="utf-8"))["tasks"]
    names = [(task["name"], model["name"]) for task in tasks for model in task["models"]]
    largest = 0
    with tempfile.TemporaryDirectory() as folder:
        libraries = apk_on_jvm.unpack_libraries(apk, Path(folder) / "lib", ABI)
        programs = {name: _program(name, Path(folder)) for name in ("run_tflite", "run_jni")}
        for dataset, name in names:
            content = (BUILD / "assets" / f"{name}.tflite").read_bytes()
            tflite = (programs["run_tflite"], TENSORFLOW_LITE, f"{name}.tflite")
            rows = _rows(dataset, content)
            (libraries / f"{name}.tflite").write_bytes(content)
            builtin = _emulate(libraries, 16384, (*tflite, "builtin"), rows)
            _equal(builtin, name, "litert", "TensorFlow Lite's built-in kernels")
            own = _emulate(libraries, 4096, (programs["run_jni"], NAME, name), rows)
            _equal(own, name, "c-outputs", "the app's C")
            fast = _emulate(libraries, 4096, (*tflite, "xnnpack"), rows)
            steps = np.abs(fast.astype(int) - builtin).max()
            largest = max(largest, int(steps))
    if largest > 1:
        raise CheckError(f"XNNPACK differs from the built-in kernels by {largest} steps on arm64")
    return (
        f"{len(names)} models, {ROWS} rows each: the built-in kernels and the C equal on every "
        f"byte, XNNPACK within {largest} of the built-in kernels"
    )


def _program(name: str, folder: Path) -> Path:
    program = folder / name
    source = Path(__file__).with_name(f"{name}.c")
    zig.compile_c(bionic.TARGETS[ABI], "-Wall", "-Wextra", "-Werror", source, "-o", program)
    return program


def _rows(dataset: str, content: bytes) -> NDArray[np.int8]:
    """Golden rows as the model stores them."""
    source, _ = input_and_output(content)
    pixels = np.fromfile(GOLDEN / f"{dataset}.rows", np.uint8)
    return source.quantize(real(pixels.reshape(-1, source.size)[:ROWS]))


def _emulate(
    libraries: Path, page: int, command: tuple[Path | str, ...], rows: NDArray[np.int8]
) -> NDArray[np.int8]:
    program, library, *arguments = command
    emulator = ("qemu-aarch64", "-p", str(page), "-L", SYSTEM)
    path = ("-E", f"LD_LIBRARY_PATH={libraries}")
    output = run(
        *(*emulator, *path, program, library, *arguments), folder=libraries, given=rows.tobytes()
    )
    if len(output) % len(rows):
        raise CheckError(f"{library} ended on arm64 before the last row")
    return np.frombuffer(output, np.int8).reshape(len(rows), -1)


def _equal(outputs: NDArray[np.int8], name: str, kind: str, what: str) -> None:
    golden = np.fromfile(GOLDEN / f"{name}.{kind}", np.int8).reshape(-1, outputs.shape[1])
    differing = int((outputs != golden[: len(outputs)]).any(axis=1).sum())
    if differing:
        raise CheckError(f"{name} on arm64: {what} differ on {differing} of {len(outputs)} rows")
