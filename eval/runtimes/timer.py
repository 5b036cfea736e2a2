"""Times models inside one process, which may be of another environment (see `host`).

    python timer.py SOCKET INTERPRETERS RUNTIME THREADS

Nothing but NumPy and the runtime is imported. Each request is a line, and each answer:

    load          followed by the model's bytes and an npz of its inputs; a number, the model's
    time K N      nanoseconds of N inferences of model K in a row
    call K N      of N calls into its runtime that do nothing
    cold K        of one inference after other data has filled the caches
    spin          of a fixed piece of work
    peak          bytes that this process has held at most

An answer that begins with `error` gives the reason, and what the runtime has written.
"""

import gc
import importlib.util
import json
import os
import resource
import sys
import time
import zlib
from collections.abc import Callable
from contextlib import suppress
from io import BytesIO
from multiprocessing.connection import Connection
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

import numpy as np

# Fixed work, in cache: about a millisecond.
BLOCK, BLOCKS = bytes(range(256)) * 128, 32
# More than the last cache of most processors.
CACHES = 64 * 1024 * 1024


def main() -> None:
    """Answer requests until the other end is closed."""
    connection = Connection(int(sys.argv[1]))
    interpreters = _module(sys.argv[2])
    name, threads = sys.argv[3], int(sys.argv[4])
    models: list[Any] = []
    gc.disable()
    # Without any model its process holds the runtime, too.
    with suppress(ImportError):
        interpreters._runtime(name)
    with TemporaryFile() as log:
        # Native code prints on both.
        os.dup2(log.fileno(), 1)
        os.dup2(log.fileno(), 2)

        def load() -> str:
            content, inputs = connection.recv_bytes(), connection.recv_bytes()
            log.truncate(0)
            model = interpreters.interpreter(name, content, preserve=True, threads=threads)
            with np.load(BytesIO(inputs)) as arrays:
                model.fill([arrays[key] for key in arrays.files])
            model.invoke(1)
            models.append(model)
            return str(len(models) - 1)

        while True:
            try:
                request, *numbers = connection.recv_bytes().decode().split()
            except EOFError:
                return
            try:
                answer = load() if request == "load" else _figure(request, models, *numbers)
            except (ImportError, MemoryError, RuntimeError, ValueError) as error:
                log.seek(0)
                text = log.read().decode("utf-8", "replace")
                answer = f"error {json.dumps([f'{type(error).__name__}: {error}', text])}"
            connection.send_bytes(answer.encode())


def _figure(request: str, models: list[Any], key: str = "", times: str = "1") -> str:
    if request == "peak":
        return str(_peak_bytes())
    if request == "spin":
        return str(_nanoseconds(_spin))
    model = models[int(key)]
    if request == "cold":
        # Written, so that no line of the model's is left.
        np.arange(CACHES // 8)
        return str(_nanoseconds(lambda: model.invoke(1)))
    repeat = model.call if request == "call" else model.invoke
    return str(_nanoseconds(lambda: repeat(int(times))))


def _nanoseconds(work: Callable[[], None]) -> int:
    start = time.perf_counter_ns()
    work()
    return time.perf_counter_ns() - start


def _spin() -> None:
    for _ in range(BLOCKS):
        zlib.crc32(BLOCK)


def _peak_bytes() -> int:
    """Of this program alone: `getrusage` counts what the process held before it became this."""
    try:
        lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) * 1024
    except (OSError, StopIteration):
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak if sys.platform == "darwin" else peak * 1024


def _module(path: str) -> Any:
    spec = importlib.util.spec_from_file_location("interpreters", path)
    if spec is None or spec.loader is None:
        raise ImportError(path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


if __name__ == "__main__":
    main()
