"""Generated C to an ELF file for a Cortex-M, by the Clang in the package `ziglang`."""

import os
import subprocess
import sys
import tempfile
from importlib.resources import as_file, files
from pathlib import Path

from keras_tvscm.convert.c_source import CSource
from keras_tvscm.datasets.fetching import cache_folder
from keras_tvscm.errors import CheckError, InputError
from keras_tvscm.files import make_folder

from .cores import Core

# The same for every compiler. Fused multiply-adds would make a core with an FPU round
# otherwise than one without.
FLAGS = (
    "-std=c99",
    "-O3",
    "-g0",
    "-ffreestanding",
    "-ffp-contract=off",
    "-fomit-frame-pointer",
    "-ffunction-sections",
    "-fdata-sections",
    "-fno-stack-protector",
    "-fno-unwind-tables",
    "-fno-asynchronous-unwind-tables",
    "-Wl,--gc-sections",
)

# zig takes -O3 for its own "fast" mode, which is Clang's -O2, and its checks of undefined
# behaviour are for debugging.
ZIG_FLAGS = ("-Xclang", "-O3", "-fno-sanitize=undefined")


def build(source: CSource, core: Core) -> bytes:
    """The linked ELF file; the first for a core takes longer, its library being built.

    Raises:
        CheckError: the compiler or linker refuses the code.
        InputError: the cache cannot be written.
    """
    triple = f"thumb-freestanding-{'eabihf' if core.hard_float else 'eabi'}"
    command = [sys.executable, "-m", "ziglang", "cc", "-target", triple, f"-mcpu={core.zig}"]
    entry = f"-Wl,--entry={source.function}"
    # Both of its caches, or the second would lie in the user's folder.
    cache = str(cache_folder() / "zig")
    try:
        make_folder(cache)
    except InputError as error:
        raise InputError(
            f"cannot write to the cache {cache}; set TVSCM_CACHE to a folder that can be written"
        ) from error
    caches = {"ZIG_GLOBAL_CACHE_DIR": cache, "ZIG_LOCAL_CACHE_DIR": cache}
    return compile_with([*command, *FLAGS, entry, *ZIG_FLAGS], source.texts, caches)


def compile_with(
    command: list[str],
    texts: dict[str, str],
    environment: dict[str, str] | None = None,
    libraries: tuple[str, ...] = (),
) -> bytes:
    """The ELF file that a compiler makes of C files and headers, linked by `linker.ld`.

    Args:
        command: the compiler and its flags.
        texts: file name -> text; those that end in .c are compiled.
        environment: variables to add.
        libraries: flags that name them, which come last.

    Raises:
        CheckError: it refuses.
    """
    script = files(__package__).joinpath("linker.ld")
    with tempfile.TemporaryDirectory() as folder, as_file(script) as linker_script:
        for name, text in texts.items():
            Path(folder, name).write_text(text, encoding="utf-8")
        compiled = [name for name in texts if name.endswith(".c")]
        output = ["-o", "out.elf", f"-Wl,-T,{linker_script}", *libraries]
        try:
            done = subprocess.run(
                [*command, *compiled, *output],
                cwd=folder,
                env=os.environ | (environment or {}),
                capture_output=True,
                text=True,
            )
        except OSError as error:
            raise InputError(f"cannot run {command[0]}: {error.strerror}") from error
        if done.returncode:
            raise CheckError(f"{compiled[0]} does not compile: {_reason(done.stderr)}")
        return Path(folder, "out.elf").read_bytes()


def _reason(log: str) -> str:
    lines = [line.strip() for line in log.splitlines() if line.strip()]
    errors = [line for line in lines if "error" in line or "undefined" in line]
    return [*errors, *lines, "no reason given"][0][:300]
