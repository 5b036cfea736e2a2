"""TFLite-Micro with its reference kernels, compiled for this machine."""

import re
from typing import Any

import numpy as np
from numpy.typing import NDArray

from keras_tvscm.convert.tensor import Tensor
from keras_tvscm.stderr import captured

from .runtime import Unavailable

# Far more than any model for a microcontroller needs, and free: the system hands out
# memory as it is touched. Feeling one's way up is not an option, for the interpreter
# checks only some of its allocations: an arena that is a little too small ends the process.
ARENA = 64 * 1024 * 1024


class TFLM:
    name = "tflm"

    def load(self, model: bytes) -> "TFLMSession":
        """See `Runtime.load`."""
        try:
            from tflite_micro import runtime
        except ImportError as error:
            raise Unavailable("tflite-micro is not installed (pip install tflite-micro)") from error
        failure = None
        # The interpreter explains a failure on standard error only.
        with captured() as log:
            try:
                interpreter = runtime.Interpreter.from_bytes(model, arena_size=ARENA)
                interpreter.invoke()
            except (RuntimeError, ValueError) as error:
                failure = error
        if failure:
            raise Unavailable(_reason(log.text) or str(failure)) from failure
        with captured() as log:
            interpreter.print_allocations()
        return TFLMSession(interpreter, _arena_bytes(log.text))


class TFLMSession:
    """See `Session`."""

    def __init__(self, interpreter: Any, arena_bytes: int | None) -> None:
        self._interpreter = interpreter
        self.arena_bytes = arena_bytes
        self._input = Tensor.from_details(interpreter.get_input_details(0))
        self._output = Tensor.from_details(interpreter.get_output_details(0))
        self.inputs, self.outputs = self._input.size, self._output.size

    def predict(self, x: NDArray[np.float32]) -> NDArray[np.float32]:
        """See `Session.predict`."""
        stored = np.empty((len(x), *self._output.shape), self._output.dtype)
        for i, row in enumerate(self._input.quantize(x)):
            self._interpreter.set_input(row, 0)
            self._interpreter.invoke()
            stored[i] = self._interpreter.get_output(0)
        return self._output.dequantize(stored)

    def invoke(self, times: int) -> None:
        """See `Session.invoke`."""
        invoke = self._interpreter.invoke
        for _ in range(times):
            invoke()


def _reason(log: str) -> str:
    missing = re.search(r"Didn't find op for builtin opcode '(\w+)'", log)
    if missing:
        return f"TFLite-Micro has no operator {missing[1]}"
    lines = [line.strip() for line in log.splitlines() if line.strip()]
    return f"TFLite-Micro: {lines[0]}" if lines else ""


def _arena_bytes(log: str) -> int | None:
    total = re.search(r"Arena allocation total (\d+) bytes", log)
    return int(total[1]) if total else None
