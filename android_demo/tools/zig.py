"""Clang for other machines, out of the package `ziglang`: libraries of Android and of Linux."""

import sys
from os import PathLike

from keras_tvscm.datasets.fetching import cache_folder
from keras_tvscm.extras import need
from programs import run

# Zig's checks of undefined behaviour are for debugging, and its -O3 is Clang's -O2.
FLAGS = ("-std=c99", "-Xclang", "-O3", "-g0", "-fno-sanitize=all", "-fno-stack-protector")


def compile_c(target: str, *arguments: str | PathLike[str]) -> None:
    """Compile and link C; the first time for a target's C library takes minutes.

    Args:
        target: Zig's name of the machine, such as `aarch64-linux-android`.
        arguments: for the compiler: flags, sources, `-o` and the output.

    Raises:
        MissingExtra: there is no ziglang.
        CheckError: the compiler or the linker refuses.
    """
    need("cortex-m", "the C compiler for Android")
    cache = str(cache_folder().absolute() / "zig")
    caches = {"ZIG_GLOBAL_CACHE_DIR": cache, "ZIG_LOCAL_CACHE_DIR": cache}
    command = (sys.executable, "-m", "ziglang", "cc", "-target", target, *FLAGS, *arguments)
    run(*command, environment=caches)
