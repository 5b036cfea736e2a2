"""A `.tflite` model on LiteRT: float32 rows in, float32 rows out."""

import warnings

import numpy as np
from ai_edge_litert.interpreter import Interpreter, OpResolverType
from numpy.typing import NDArray

from keras_tvscm.stderr import captured

from .tensor import Tensor


class LiteRT:
    """One interpreter: batch 1, one thread.

    Attributes:
        inputs, outputs: numbers in one input row and one output row.
        arena_bytes: None; LiteRT does not say what it needs.

    Args:
        content: the model's bytes.
        xnnpack: with XNNPACK's kernels, which an app gets by default; else with the
            built-in kernels alone.

    Raises:
        ValueError, RuntimeError: LiteRT cannot run the model.
    """

    arena_bytes: int | None = None

    def __init__(self, content: bytes, xnnpack: bool = True) -> None:
        resolver = (
            OpResolverType.AUTO if xnnpack else OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES
        )
        # LiteRT announces its delegate on standard error.
        with captured(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self._interpreter = Interpreter(
                model_content=content, num_threads=1, experimental_op_resolver_type=resolver
            )
            self._interpreter.allocate_tensors()
            self._interpreter.invoke()
        source = self._interpreter.get_input_details()[0]
        target = self._interpreter.get_output_details()[0]
        self._source, self._target = source["index"], target["index"]
        self._input, self._output = Tensor.from_details(source), Tensor.from_details(target)
        self.inputs, self.outputs = self._input.size, self._output.size

    def predict(self, x: NDArray[np.float32]) -> NDArray[np.float32]:
        """Outputs, float32 (rows, classes), of inputs, float32 (rows, n)."""
        stored = np.empty((len(x), *self._output.shape), self._output.dtype)
        for i, row in enumerate(self._input.quantize(x)):
            self._interpreter.set_tensor(self._source, row)
            self._interpreter.invoke()
            stored[i] = self._interpreter.get_tensor(self._target)
        return self._output.dequantize(stored)

    def invoke(self, times: int) -> None:
        """Run `times` inferences on the input that was set last."""
        # The public method's Python frame and its check cost 0.3 µs a call, as much as
        # a small model; the call beneath is the runtime's own.
        invoke = self._interpreter._interpreter.Invoke
        for _ in range(times):
            invoke()
