"""Rows of weights for the kernel of dot products."""

import numpy as np

from ..c_source.products import Product, Rows
from ..c_source.program import Pointer, Program, call

# Numbers that a row of weights is filled up to, and rows that are taken at once.
COLUMNS, TOGETHER = 64, 4


class VectorRows(Rows):
    """What a call of the vector kernel takes. See `Rows`."""

    def emit(
        self,
        program: Program,
        linear: Product,
        source: Pointer,
        target: int,
        positions: int = 1,
        step: int = 0,
    ) -> None:
        """Add the call; that of the portable kernel for a weight that no vector kernel takes."""
        if self.weights.min() == -128:
            return super().emit(program, linear, source, target, positions, step)
        rows, inputs = self.weights.shape
        padded = np.pad(self.weights, ((0, -rows % TOGETHER), (0, -inputs % COLUMNS)))
        unsigned = self.biases - 128 * self.weights.sum(1, dtype=np.int64)
        if np.abs(unsigned).max() >= 2**31:
            return super().emit(program, linear, source, target, positions, step)
        channels = [
            (int(bias), int(other), scale.value, scale.left, scale.right)
            for bias, other, scale in zip(self.biases, unsigned, self.scales, strict=True)
        ]
        loop, y = "", Pointer(target)
        if positions > 1:
            loop = f"for (int i = 0; i < {positions}; i++) "
            source, y = source + f"{step} * i", y + f"{rows} * i"
        program.step(
            call(
                f"{loop}F(fully_connected)",
                source,
                inputs,
                program.array("weights", padded),
                program.structs("rows", "row", channels),
                rows,
                *(linear.y.zero_point, linear.low, linear.high),
                y,
            ),
            target,
            ["rescale"],
            positions * (rows * inputs / 6 + 20 * rows),
        )
        return None
