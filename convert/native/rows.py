"""Rows of weights for the kernel of dot products."""

import numpy as np

from ..c_source.products import Product, Rows
from ..c_source.program import Pointer, Program

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
        blocks = padded.reshape(len(padded) // TOGETHER, TOGETHER, -1, COLUMNS).swapaxes(1, 2)
        unsigned = self.biases - 128 * self.weights.sum(1, dtype=np.int64)
        if np.abs(unsigned).max() >= 2**31:
            return super().emit(program, linear, source, target, positions, step)
        channels = [
            (int(bias), int(other), scale.value, scale.left, scale.right)
            for bias, other, scale in zip(self.biases, unsigned, self.scales, strict=True)
        ]
        constants = program.array("weights", blocks), program.structs("rows", "row", channels)
        program.step(
            self.at_positions(
                "F(fully_connected)", constants, linear, source, target, positions, step
            ),
            target,
            ["rescale"],
            positions * (rows * inputs / 6 + 20 * rows),
        )
        return None
