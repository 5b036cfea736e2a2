"""A `.tflite` model on LiteRT, taking and giving float32 rows."""

import numpy as np
from ai_edge_litert.interpreter import Interpreter, OpResolverType
from keras_tvscm.quiet import quiet
from numpy.typing import NDArray

from .tensor import Tensor


class LiteRT:
    """One interpreter: batch 1, one thread.

    Args:
        content: the model's bytes.
        xnnpack: with XNNPACK's kernels, which an app gets by default; else with the
            built-in kernels alone.

    Raises:
        ValueError, RuntimeError: LiteRT cannot run the model.
    """

    def __init__(self, content: bytes, xnnpack: bool = True) -> None:
        resolver = (
            OpResolverType.AUTO if xnnpack else OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES
        )
        # LiteRT announces its delegate on standard error.
        with quiet():
            self._interpreter = Interpreter(
                model_content=content, num_threads=1, experimental_op_resolver_type=resolver
            )
            self._interpreter.allocate_tensors()
            self._interpreter.invoke()
        source = self._interpreter.get_input_details()[0]
        target = self._interpreter.get_output_details()[0]
        self._source, self._target = source["index"], target["index"]
        self.input, self.output = Tensor.from_details(source), Tensor.from_details(target)

    def predict(self, x: NDArray[np.float32]) -> NDArray[np.float32]:
        """Outputs, float32 (rows, classes), of inputs, float32 (rows, n)."""
        stored = np.empty((len(x), *self.output.shape), self.output.dtype)
        for i, row in enumerate(self.input.quantize(x)):
            self._interpreter.set_tensor(self._source, row)
            self._interpreter.invoke()
            stored[i] = self._interpreter.get_tensor(self._target)
        return self.output.dequantize(stored)

    def invoke(self, times: int) -> None:
        """Run `times` inferences on the input that was set last."""
        # The public method's Python frame and its check cost 0.3 µs a call, as much as
        # a small model; the call beneath is the runtime's own.
        invoke = self._interpreter._interpreter.Invoke
        for _ in range(times):
            invoke()
