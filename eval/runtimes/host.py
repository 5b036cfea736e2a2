"""The runtimes of this machine: LiteRT, tflite-runtime and TFLite-Micro, each in its own process.

A fresh process lays out its memory anew, and a microsecond's model is up to some percent faster
or slower for it. So a window is a process; what two processes differ by is in the spread of its
figures.
"""

import socket
import subprocess
import sys
from contextlib import suppress
from io import BytesIO
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from keras_tvscm.convert.runtimes import Unavailable, in_child, interpreters, tflite_runtime
from keras_tvscm.convert.runtimes.arena import Arena
from keras_tvscm.convert.tflite import flatbuffer
from keras_tvscm.convert.tflite.graph import DTYPES, Tensor, graph_of
from keras_tvscm.errors import InputError

from . import timer
from .conversation import Conversation, Timed
from .runtime import Window

WARM_UP = 10


class Host:
    """See `Runtime`.

    Args:
        name: one of `convert.runtimes.NAMES`.
        argument: `threads=N` for more than one, of LiteRT and tflite-runtime.

    Raises:
        InputError: another argument.
    """

    def __init__(self, name: str, argument: str = "") -> None:
        self._name, self._threads = name, _threads(name, argument)
        plural = "" if self._threads == 1 else "s"
        self.place = f"this machine, {self._threads} thread{plural}"

    def predict(self, model: bytes, x: NDArray[np.float32]) -> NDArray[np.float32]:
        """See `Runtime.predict`. Whatever the model does, this process goes on."""
        return in_child(self._name, model).predict(x)

    def memory(self, model: bytes | None) -> dict[str, int]:
        """See `Runtime.memory`."""
        with self.open() as window:
            if model is not None:
                window.load(model, None).time(WARM_UP)
            memory = {"peak_memory_bytes": window.peak()}
        return memory | (_arena(model) if self._name == "tflm" and model is not None else {})

    def open(self) -> "Process":
        """See `Runtime.open`."""
        return Process(self._name, self._threads)


class Process(Window):
    """`timer.main` in a process of its own. See `Window`.

    Args:
        name: of the runtime.
        threads: that it takes.
        driver: the program whose `interpreter` drives it.
    """

    def __init__(self, name: str, threads: int, driver: str = interpreters.__file__) -> None:
        python = tflite_runtime.python() if name == tflite_runtime.NAME else Path(sys.executable)
        ours, theirs = socket.socketpair()
        programs = timer.__file__, str(theirs.fileno()), driver
        with theirs:
            self._process = subprocess.Popen(
                # -P: the program's own folder holds modules of other names than it may expect.
                [str(python), "-P", *programs, name, str(threads)],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                # Ctrl-C ends the comparison, which ends this.
                start_new_session=True,
            )
        self._conversation = Conversation(
            Connection(ours.detach()), name, self._process.kill, self._ended
        )

    def load(self, model: bytes, row: NDArray[np.float32] | None) -> Timed:
        """See `Window.load`."""
        return self.load_as(model, model, row)

    def load_as(self, content: bytes, model: bytes, row: NDArray[np.float32] | None) -> Timed:
        """The same for what a runtime takes in place of the model."""
        archive = BytesIO()
        np.savez(archive, *stored_inputs(model, row))
        key = self._conversation.number("load", content, archive.getvalue())
        return Timed(self._conversation, int(key))

    def spin(self) -> float:
        """See `Window.spin`."""
        return self._conversation.number("spin")

    def peak(self) -> int:
        """Bytes that the process has held at most."""
        return int(self._conversation.number("peak"))

    def close(self) -> None:
        """End the process."""
        self._conversation.close()
        with suppress(ProcessLookupError):
            self._process.kill()
        self._process.wait()

    def _ended(self) -> Unavailable:
        code = self._process.wait()
        how = f"signal {-code}" if code < 0 else f"exit code {code}"
        return Unavailable(f"the runtime ends its process on this model ({how})")


def _threads(name: str, argument: str) -> int:
    key, _, number = argument.partition("=")
    if not argument:
        return 1
    if name == "tflm" or key != "threads" or not number.isdigit() or not 0 < int(number) < 1000:
        raise InputError(
            f"Unknown runtime {f'{name}:{argument}'!r}; expected {name}"
            + ("" if name == "tflm" else f" or {name}:threads=2")
        )
    return int(number)


def _arena(model: bytes) -> dict[str, int]:
    """What TFLite-Micro needs; nothing of a model that is not one row in and one row out."""
    try:
        arena = Arena.measured(model)
    except InputError:
        return {}
    return {"arena_bytes": arena.used, "least_arena_bytes": arena.minimum}


def stored_inputs(model: bytes, row: NDArray[np.float32] | None) -> list[NDArray[np.generic]]:
    """What each input holds while it is timed: the row if there is one input, else zeros."""
    inputs = graph_of(flatbuffer.read(model), model).inputs
    if row is not None and len(inputs) == 1:
        return [inputs[0].quantize(row[None])[0]]
    return [_zeros(tensor) for tensor in inputs]


def _zeros(tensor: Tensor) -> NDArray[np.generic]:
    kind = DTYPES.get(tensor.dtype.upper())
    if kind is None:
        raise Unavailable(f"an input of type {tensor.dtype} cannot be set")
    # A shape that is not known yet is -1; the runtimes take 1.
    return np.zeros([max(1, size) for size in tensor.shape], kind)
