"""Numbers in and out of a quantised tensor."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from ai_edge_litert import schema_py_generated as schema
from numpy.typing import NDArray

DTYPES = {
    schema.TensorType.FLOAT32: np.float32,
    schema.TensorType.INT8: np.int8,
    schema.TensorType.UINT8: np.uint8,
    schema.TensorType.INT16: np.int16,
}


@dataclass(frozen=True)
class Tensor:
    """A model's input or output, batch 1: real = scale * (stored - zero_point).

    `scale` is None for float32, which is stored as it is.
    """

    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    scale: float | None
    zero_point: int

    @property
    def size(self) -> int:
        return math.prod(self.shape)

    def quantize(self, x: NDArray[np.float32]) -> NDArray[Any]:
        """Stored form, shape (rows, *shape), of x, shape (rows, size): half to even, clipped."""
        rows = x.reshape(len(x), *self.shape)
        if self.scale is None:
            return rows.astype(np.float32)
        limits = np.iinfo(self.dtype)
        steps = np.round(rows / np.float64(self.scale)) + self.zero_point
        return np.clip(steps, limits.min, limits.max).astype(self.dtype)

    def dequantize(self, stored: NDArray[Any]) -> NDArray[np.float32]:
        """Float32 (rows, size) of stored values, shape (rows, *shape)."""
        rows = stored.reshape(len(stored), self.size)
        if self.scale is None:
            return rows.astype(np.float32)
        return ((rows.astype(np.float64) - self.zero_point) * self.scale).astype(np.float32)


def input_and_output(content: bytes) -> tuple[Tensor, Tensor]:
    """Input and output of a `.tflite` model that `flatbuffer.check` has passed."""
    graph = schema.Model.GetRootAs(content, 0).Subgraphs(0)
    return _tensor(graph.Tensors(graph.Inputs(0))), _tensor(graph.Tensors(graph.Outputs(0)))


def _tensor(tensor: Any) -> Tensor:
    shape = tuple(int(size) for size in tensor.ShapeAsNumpy())
    dtype = np.dtype(DTYPES[tensor.Type()])
    if dtype == np.float32:
        return Tensor(shape, dtype, None, 0)
    quantization = tensor.Quantization()
    zero_point = quantization.ZeroPoint(0) if quantization.ZeroPointLength() else 0
    return Tensor(shape, dtype, float(quantization.Scale(0)), int(zero_point))
