"""What every runtime offers."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray


class Unavailable(Exception):
    """This runtime cannot run this model here; the message is one line saying why."""

    def __init__(self, reason: str) -> None:
        super().__init__(" ".join(reason.split())[:200])


class Session(Protocol):
    """A model loaded into a runtime.

    Attributes:
        inputs, outputs: numbers in one input row and one output row.
        arena_bytes: working memory that the runtime needs, where it says so.
    """

    inputs: int
    outputs: int
    arena_bytes: int | None

    def predict(self, x: NDArray[np.float32]) -> NDArray[np.float32]:
        """Scores, float32 (rows, outputs), of float32 (rows, inputs)."""

    def invoke(self, times: int) -> None:
        """Run `times` inferences on the input that was set last."""


class Runtime(Protocol):
    @property
    def name(self) -> str:
        """As in `runtimes.NAMES`."""

    def load(self, model: bytes) -> Session:
        """Load a `.tflite` model that `flatbuffer.check` has passed.

        Raises:
            Unavailable: not installed, or it cannot run the model.
        """
