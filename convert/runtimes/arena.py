"""How much memory a TFLite-Micro arena needs."""

from dataclasses import dataclass

import numpy as np

from keras_tvscm.errors import CheckError

from ..tflite.graph import input_and_output
from . import Unavailable, child, in_child
from .interpreters import ARENA

# Optimised kernels, CMSIS-NN's say, ask for scratch memory that the reference kernels,
# which are measured, do without. 32-bit pointers, on the other hand, save some.
MARGIN = 0.25
STEP = 16  # bytes that arenas are aligned to


@dataclass(frozen=True)
class Arena:
    """Bytes of memory in TFLite-Micro: used in the end, needed meanwhile, and to be reserved."""

    used: int
    minimum: int
    reserved: int

    @classmethod
    def of(cls, model: bytes, used: int) -> "Arena":
        """Of `.tflite` bytes of which TFLite-Micro says how much of a large arena they used."""
        minimum = minimum_arena(model, used)
        return cls(used, minimum, reserve(minimum))

    @classmethod
    def measured(cls, model: bytes) -> "Arena":
        """Of a `.tflite` model of anybody's making.

        Raises:
            CheckError: TFLite-Micro does not run it.
        """
        try:
            used = in_child("tflm", model).arena_bytes
        except Unavailable as error:
            raise CheckError(f"tflm does not run the model: {error}; nothing written") from error
        if used is None:
            raise CheckError("TFLite-Micro has not said what memory it used; nothing written")
        return cls.of(model, used)


def minimum_arena(model: bytes, used: int) -> int:
    """The smallest arena, in bytes, in which the model runs with the reference kernels.

    It is more than what is `used` in the end: planning the memory takes some for a while.
    Found by trying, in processes of their own, as an arena that is too small can end one.

    Args:
        model: `.tflite` bytes that TFLite-Micro runs.
        used: what it says it used of a large arena.
    """
    source, _ = input_and_output(model)
    zeros = source.quantize(np.zeros((1, source.size), np.float32))

    def runs(size: int) -> bool:
        try:
            child.run("tflm", model, zeros, arena=size)
        except Unavailable:
            return False
        return True

    low = used // STEP * STEP - STEP
    span = 64 * STEP
    while span < ARENA and not runs(low + span):
        span *= 2
    # It runs in low + span, and not in low.
    while span > STEP:
        half = span // 2 // STEP * STEP
        if runs(low + half):
            span = half
        else:
            low, span = low + half, span - half
    return low + span


def reserve(minimum: int) -> int:
    """What to reserve: `MARGIN` more than the minimum, a multiple of `STEP`."""
    return -(-int(minimum * (1 + MARGIN)) // STEP) * STEP
