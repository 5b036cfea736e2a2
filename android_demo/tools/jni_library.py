"""The app's own library: the models' C and what calls it from Java, for each processor."""

from collections.abc import Iterable
from pathlib import Path

import zig

NAME = "libtvscm.so"
# Android's name of a processor -> Zig's of the system, and the oldest processor it stands for.
TARGETS = {
    "arm64-v8a": ("aarch64-linux-android", "generic"),
    "armeabi-v7a": ("arm-linux-androideabi", "cortex_a9"),
    "x86_64": ("x86_64-linux-android", "x86_64"),
}
# Zig has no C library of Android's, and this C needs none: only <stdint.h>, and what the compiler
# calls where a processor has no instruction, such as to divide.
FLAGS = (
    *("-Wall", "-Wextra", "-Werror", "-ffp-contract=off"),
    *(
        "-fPIC",
        "-shared",
        "-nostdlib",
        "-rtlib=compiler-rt",
        "-ffreestanding",
        "-fvisibility=hidden",
    ),
    *("-Wl,-z,max-page-size=16384", "-Wl,-z,common-page-size=16384"),
    *(
        "-Wl,-z,now",
        "-Wl,-z,noexecstack",
        "-Wl,--no-undefined",
        "-Wl,--strip-all",
        "-Wl,--build-id=none",
    ),
    *("-Wl,--hash-style=both", f"-Wl,-soname,{NAME}"),
)


def build(sources: Iterable[Path], include: Path, abi: str, library: Path) -> None:
    """Compile `sources`, whose headers lie in `include`, to `library` for a key of `TARGETS`.

    Raises:
        CheckError: they do not compile without a warning, or need a C library.
    """
    target, processor = TARGETS[abi]
    zig.compile_c(target, f"-mcpu={processor}", *FLAGS, "-I", include, *sources, "-o", library)
