"""Numbers in and out of a quantised tensor."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Tensor:
    """A model's input or output, batch 1: real = scale * (stored - zero_point).

    `scale` is None for float32, which is stored as it is.
    """

    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    scale: float | None
    zero_point: int

    @classmethod
    def from_details(cls, details: dict[str, Any]) -> "Tensor":
        """From the dictionary in which LiteRT and TFLite-Micro alike describe a tensor."""
        shape = tuple(int(size) for size in details["shape"])
        dtype = np.dtype(details["dtype"])
        if dtype == np.float32:
            return cls(shape, dtype, None, 0)
        quantization = details["quantization_parameters"]
        scale, zero_point = quantization["scales"][0], quantization["zero_points"][0]
        return cls(shape, dtype, float(scale), int(zero_point))

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
