"""LiteRT, as on phones and desktops: with XNNPACK's kernels or the built-in ones."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import stderr
from .runtime import Unavailable
from .tensor import Tensor


class LiteRT:
    """`litert-xnnpack` is what an app gets by default; `litert-builtin` leaves XNNPACK out."""

    def __init__(self, name: str) -> None:
        self.name = name

    def load(self, model: bytes) -> "LiteRTSession":
        """See `Runtime.load`."""
        try:
            from ai_edge_litert.interpreter import Interpreter, OpResolverType
        except ImportError as error:
            raise Unavailable("ai-edge-litert is not installed (pip install ai-edge-litert)") from (
                error
            )
        resolver = (
            OpResolverType.AUTO
            if self.name == "litert-xnnpack"
            else OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES
        )
        # LiteRT announces its delegate on standard error.
        with stderr.captured():
            try:
                interpreter = Interpreter(
                    model_content=model, num_threads=1, experimental_op_resolver_type=resolver
                )
                interpreter.allocate_tensors()
                interpreter.invoke()
            except (RuntimeError, ValueError) as error:
                raise Unavailable(f"LiteRT: {error}") from error
        return LiteRTSession(interpreter)


class LiteRTSession:
    """See `Session`."""

    arena_bytes: int | None = None

    def __init__(self, interpreter: Any) -> None:
        self._interpreter = interpreter
        source, target = interpreter.get_input_details()[0], interpreter.get_output_details()[0]
        self._source, self._target = source["index"], target["index"]
        self._input, self._output = Tensor.from_details(source), Tensor.from_details(target)
        self.inputs, self.outputs = self._input.size, self._output.size

    def predict(self, x: NDArray[np.float32]) -> NDArray[np.float32]:
        """See `Session.predict`."""
        stored = np.empty((len(x), *self._output.shape), self._output.dtype)
        for i, row in enumerate(self._input.quantize(x)):
            self._interpreter.set_tensor(self._source, row)
            self._interpreter.invoke()
            stored[i] = self._interpreter.get_tensor(self._target)
        return self._output.dequantize(stored)

    def invoke(self, times: int) -> None:
        """See `Session.invoke`."""
        invoke = self._interpreter.invoke
        for _ in range(times):
            invoke()
