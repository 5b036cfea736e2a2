"""Zig's C compiler, out of the package `ziglang`: from any machine, for any processor."""

import sys

from keras_tvscm.datasets.fetching import cache_folder
from keras_tvscm.errors import InputError
from keras_tvscm.files import make_folder

COMMAND = (sys.executable, "-m", "ziglang", "cc")
# zig takes -O3 for its own "fast" mode, which is Clang's -O2, and its checks of undefined
# behaviour are for debugging.
FLAGS = ("-Xclang", "-O3", "-fno-sanitize=undefined")


def environment() -> dict[str, str]:
    """The variables to be added: where its two caches lie, the second else in the user's folder.

    Raises:
        InputError: the cache cannot be written.
    """
    cache = str(cache_folder() / "zig")
    try:
        make_folder(cache)
    except InputError as error:
        raise InputError(
            f"cannot write to the cache {cache}; set TVSCM_CACHE to a folder that can be written"
        ) from error
    return {"ZIG_GLOBAL_CACHE_DIR": cache, "ZIG_LOCAL_CACHE_DIR": cache}
