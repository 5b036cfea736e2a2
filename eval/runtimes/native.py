"""Models as compiled C with vectors, on this machine: what `convert --target native` makes."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from keras_tvscm.convert.native import child, generate
from keras_tvscm.convert.native.library import library, run
from keras_tvscm.convert.runtimes import Unavailable
from keras_tvscm.convert.tflite.graph import input_and_output
from keras_tvscm.errors import CheckError, InputError

from .conversation import Timed
from .host import WARM_UP, Process

NAME = "native"


class Native:
    """See `Runtime`.

    Args:
        argument: none is known.

    Raises:
        InputError: another argument.
    """

    place = "this machine, 1 thread"

    def __init__(self, argument: str = "") -> None:
        if argument:
            raise InputError(f"Unknown runtime {f'{NAME}:{argument}'!r}; expected {NAME}")

    def predict(self, model: bytes, x: NDArray[np.float32]) -> NDArray[np.float32]:
        """See `Runtime.predict`. Whatever the model does, this process goes on."""
        shared = compiled(model)
        source, target = input_and_output(model)
        rows = source.quantize(x).reshape(len(x), source.size)
        try:
            return target.dequantize(run(shared, rows))
        except CheckError as error:
            raise Unavailable(str(error)) from error

    def memory(self, model: bytes | None) -> dict[str, int]:
        """See `Runtime.memory`."""
        with self.open() as window:
            if model is not None:
                window.load(model, None).time(WARM_UP)
            return {"peak_memory_bytes": window.peak()}

    def open(self) -> "CompiledProcess":
        """See `Runtime.open`."""
        return CompiledProcess(NAME, 1, child.__file__)


class CompiledProcess(Process):
    """A process that takes shared libraries. See `Window`."""

    def load(self, model: bytes, row: NDArray[np.float32] | None) -> Timed:
        """See `Window.load`."""
        return self.load_as(compiled(model), model, row)


@lru_cache(maxsize=32)
def compiled(model: bytes) -> bytes:
    """The shared library of a model.

    Raises:
        Unavailable: no C is written of it, or there is no compiler.
    """
    try:
        return library(generate(model), model)
    except InputError as error:
        raise Unavailable(str(error)) from error
