"""A model on a runtime: float32 rows in, float32 rows out."""

import re
import time
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from keras_tvscm.quiet import captured

from ..tflite.graph import input_and_output
from . import child
from .interpreters import TFLM, interpreter
from .unavailable import refusal


class Session(Protocol):
    """A model loaded into a runtime.

    Attributes:
        inputs, outputs: numbers in one input row and one output row.
        step: what one step of a quantised output is worth; None for float32.
        arena_bytes: working memory that the runtime needs, where it says so.
    """

    inputs: int
    outputs: int
    step: float | None
    arena_bytes: int | None

    def predict(self, x: NDArray[np.float32]) -> NDArray[np.float32]:
        """Scores, float32 (rows, outputs), of float32 (rows, inputs)."""


class InProcess:
    """In this process, where it can be timed: LiteRT and TFLite-Micro. See `Session`.

    Args:
        name: of the runtime.
        model: the bytes of a `.tflite` file.
        row: inputs, float32 (n,), to be timed on; they stay from one inference to the next,
            and the arena is not known.
    """

    def __init__(self, name: str, model: bytes, row: NDArray[np.float32] | None = None) -> None:
        self._input, self._output = input_and_output(model)
        self.inputs, self.outputs = self._input.size, self._output.size
        self.step = self._output.step
        self.arena_bytes: int | None = None
        failure = None
        # LiteRT announces its delegate on standard error, TFLite-Micro its reasons.
        with captured() as log:
            try:
                self._interpreter = interpreter(name, model, preserve=row is not None)
            except (ImportError, RuntimeError, ValueError) as error:
                failure = error
        if failure:
            raise refusal(name, f"{type(failure).__name__}: {failure}", log.text) from failure
        if row is not None:
            self.predict(row[None])
        elif isinstance(self._interpreter, TFLM):
            with captured() as log:
                self._interpreter.print_allocations()
            self.arena_bytes = arena_bytes(log.text)

    def predict(self, x: NDArray[np.float32]) -> NDArray[np.float32]:
        """See `Session.predict`."""
        stored = np.empty((len(x), *self._output.shape), self._output.dtype)
        for i, row in enumerate(self._input.quantize(x)):
            stored[i] = self._interpreter.run(row)
        return self._output.dequantize(stored)

    def time(self, times: int) -> float:
        """Nanoseconds that `times` inferences took on the row that the session was made with."""
        start = time.perf_counter_ns()
        self._interpreter.invoke(times)
        return time.perf_counter_ns() - start


class InChild:
    """In a process of its own, started for each call. See `Session`.

    For a model that may end its process, and for a runtime of another environment.

    Args:
        name: of the runtime.
        model: the bytes of a `.tflite` file.
        python: the interpreter that has the runtime; None for this one.
    """

    def __init__(self, name: str, model: bytes, python: Path | None = None) -> None:
        self._input, self._output = input_and_output(model)
        self._name, self._model, self._python = name, model, python
        self.inputs, self.outputs = self._input.size, self._output.size
        self.step = self._output.step
        zeros = self._input.quantize(np.zeros((1, self.inputs), np.float32))
        _, log = child.run(name, model, zeros, python)
        self.arena_bytes = arena_bytes(log)

    def predict(self, x: NDArray[np.float32]) -> NDArray[np.float32]:
        """See `Session.predict`.

        Raises:
            Unavailable: the process ended or gave no answer.
        """
        stored, _ = child.run(self._name, self._model, self._input.quantize(x), self._python)
        return self._output.dequantize(stored)


def arena_bytes(log: str) -> int | None:
    """What TFLite-Micro's account on standard error says was used of the arena."""
    total = re.search(r"Arena allocation total (\d+) bytes", log)
    return int(total[1]) if total else None
