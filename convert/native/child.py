"""A compiled network in a process of its own, which whatever the C does ends alone.

    python child.py LIBRARY < rows.npy > outputs.npy

The timer of `evaluate` drives it, too, as it drives the interpreters of `runtimes.interpreters`.
"""

import sys
import tempfile
from collections.abc import Sequence
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from keras_tvscm import native


class Library:
    """A network, with the inputs that it is timed on.

    Args:
        content: the bytes of a shared library.

    Raises:
        InputError: as `keras_tvscm.native.load`.
    """

    def __init__(self, content: bytes) -> None:
        with tempfile.NamedTemporaryFile(suffix=".so") as file:
            file.write(content)
            file.flush()
            self._network = native.load(file.name)
        self.fill([np.zeros(self._network.input_size, self._network.input_dtype)])

    def fill(self, inputs: Sequence[NDArray[Any]]) -> None:
        """Set the only input, as stored."""
        x = np.ascontiguousarray(inputs[0]).ravel()
        y = np.empty(self._network.output_size, self._network.output_dtype)
        self._run = self._network.bind(x, y)

    def invoke(self, times: int) -> None:
        """Run `times` inferences on that input."""
        for _ in range(times):
            self._run()

    def call(self, times: int) -> None:
        """Call the library for no rows: a call's own time."""
        nothing = partial(self._run.func, *self._run.args[:2], 0)
        for _ in range(times):
            nothing()


def _runtime(name: str) -> None:
    """What the timer loads before any model: nothing more than this module has."""


def interpreter(name: str, content: bytes, preserve: bool = True, threads: int = 1) -> Library:
    """The network in these bytes of a shared library; see `runtimes.interpreters`."""
    return Library(content)


def main() -> None:
    """See the module."""
    network = native.load(Path(sys.argv[1]))
    rows = np.load(BytesIO(sys.stdin.buffer.read()))
    np.save(sys.stdout.buffer, network.predict_many(rows))


if __name__ == "__main__":
    main()
