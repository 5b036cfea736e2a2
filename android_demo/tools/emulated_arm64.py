"""The APK's libraries for arm64, run by QEMU on golden rows.

The app's own C has the same outputs everywhere. The golden outputs of TensorFlow Lite are of its
kernels for x86: those for ARM round otherwise in some convolutions, so that outputs may be a step
or two away, and the class is the same. Its library was laid out anew for pages of 16 KB, and has
to run with these and with pages of 4 KB.
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
STEPS = 2


def check(apk: Path) -> str:
    """Run every model on `ROWS` golden rows; say what was equal.

    Raises:
        InputError: the emulator, or the C library that it loads, is missing.
        CheckError: a library does not run, or an output differs by more than is said above.
    """
    need("qemu-aarch64")
    if not (SYSTEM / "lib" / "ld-linux-aarch64.so.1").exists():
        raise InputError("no C library for arm64; on Debian: apt-get install libc6-arm64-cross")
    tasks = json.loads((BUILD / "assets" / "models.json").read_text(encoding="utf-8"))["tasks"]
    names = [(task["name"], model["name"]) for task in tasks for model in task["models"]]
    equal = {name for _, name in names}
    with tempfile.TemporaryDirectory() as folder:
        libraries = apk_on_jvm.unpack_libraries(apk, Path(folder) / "lib", ABI)
        tflite, jni = (_program(name, Path(folder)) for name in ("run_tflite", "run_jni"))
        for dataset, name in names:
            content = (BUILD / "assets" / f"{name}.tflite").read_bytes()
            (libraries / f"{name}.tflite").write_bytes(content)
            rows = _rows(dataset, content)
            own = _emulated(libraries, 4096, rows, jni, NAME, name)
            if (own != _golden(name, "c-outputs", own)).any():
                raise CheckError(f"the app's C of {name} has other outputs on arm64")
            for kernels, page in (("builtin", 16384), ("builtin", 4096), ("xnnpack", 16384)):
                options = (TENSORFLOW_LITE, f"{name}.tflite", kernels)
                outputs = _emulated(libraries, page, rows, tflite, *options)
                golden = _golden(name, "litert", outputs)
                steps = int(np.abs(outputs.astype(int) - golden).max())
                if steps > STEPS or (outputs.argmax(axis=1) != golden.argmax(axis=1)).any():
                    raise CheckError(f"{name} on arm64, {kernels}: other classes, or {steps} steps")
                if steps:
                    equal.discard(name)
    return (
        f"{len(names)} models, {ROWS} rows: the C as everywhere; TensorFlow Lite, on pages of "
        f"16 KB and of 4 KB, to the same classes, and to the same bytes in {len(equal)} models"
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


def _emulated(
    libraries: Path, page: int, rows: NDArray[np.int8], program: Path, *arguments: str
) -> NDArray[np.int8]:
    """What a program writes of rows, with the APK's libraries, on pages of so many bytes."""
    emulator = ("qemu-aarch64", "-p", str(page), "-L", SYSTEM)
    path = ("-E", f"LD_LIBRARY_PATH={libraries}")
    output = run(*emulator, *path, program, *arguments, folder=libraries, given=rows.tobytes())
    if len(output) % len(rows):
        raise CheckError(f"{program.name} ended on arm64 before the last row")
    return np.frombuffer(output, np.int8).reshape(len(rows), -1)


def _golden(name: str, kind: str, like: NDArray[np.int8]) -> NDArray[np.int8]:
    """The golden outputs of as many rows."""
    return np.fromfile(GOLDEN / f"{name}.{kind}", np.int8)[: like.size].reshape(like.shape)
