"""What the comparison asks of a runtime: a user's own needs no more, and no base class."""

from types import TracebackType
from typing import Any, Protocol, Self, runtime_checkable

import numpy as np
from numpy.typing import NDArray


class Loaded(Protocol):
    """A model in a runtime, with the inputs that it is timed on."""

    def time(self, times: int) -> float:
        """Nanoseconds that `times` inferences took in a row, measured where they ran."""

    def call(self, times: int) -> float | None:
        """The same for calls into the runtime that do nothing; None where none are in `time`."""

    def cold(self) -> float | None:
        """Nanoseconds of one inference whose data no cache holds; None where that is not known."""


class Window(Protocol):
    """A runtime that was started afresh, until it is closed, as it is by the end of a `with`."""

    def load(self, model: bytes, row: NDArray[np.float32] | None) -> Loaded:
        """Load a `.tflite` model and set its input.

        Args:
            model: the file's bytes.
            row: float32 (inputs,), stored as the model stores it; None for zeros.

        Raises:
            Unavailable: the runtime cannot run it.
        """

    def spin(self) -> float | None:
        """Nanoseconds of a fixed piece of work, the same in each window; None without one."""

    def close(self) -> None:
        """End it."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


class Runtime(Protocol):
    """Somewhere models run.

    Attributes:
        place: where that is, in words: "this machine, 1 thread".
    """

    place: str

    def predict(self, model: bytes, x: NDArray[np.float32]) -> NDArray[np.float32]:
        """Outputs, float32 (rows, outputs), of float32 (rows, inputs).

        Raises:
            Unavailable: the runtime cannot run the model.
        """

    def memory(self, model: bytes | None) -> dict[str, int]:
        """What a process needs that does nothing but load and run the model, as far as is known.

        Args:
            model: `.tflite` bytes; None for the runtime without any.

        Returns:
            Bytes by name, as in `Measurement`: `peak_memory_bytes`, that it has held at most;
            `arena_bytes` and `least_arena_bytes`, used in the end and needed.

        Raises:
            Unavailable: the runtime cannot run the model, whose kind may be any.
        """

    def open(self) -> Window:
        """Start the runtime.

        Raises:
            Unavailable: it is not there.
        """


@runtime_checkable
class OnDevice(Protocol):
    """What a runtime may have besides, on a device whose state decides how fast it is."""

    def facts(self) -> dict[str, Any]:
        """Which device it is and what state it is in now, JSON-ready, of any keys but `kind`.

        `kind` is what it is: "phone", "emulator"; "stand-in" where a program takes its place.
        """


@runtime_checkable
class Metered(Protocol):
    """What a runtime may have besides, on a device that counts the energy that it takes."""

    def energy(self, model: bytes, row: NDArray[np.float32] | None) -> list[dict[str, Any]]:
        """Of an inference, each way that the device offers: `Energy.to_json()`."""
