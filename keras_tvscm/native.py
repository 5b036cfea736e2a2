"""Runs a network that `tvscm convert --target native -o m.so` has compiled, by ctypes."""

import ctypes
import hashlib
import json
import os
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from keras_tvscm.errors import InputError

# Of the library's functions; a change of theirs is a new number.
FORMAT = 1


def load(path: str | os.PathLike[str], model: str | os.PathLike[str] | None = None) -> "Network":
    """Load a compiled network. Whatever a shared library holds may run: load none but your own.

    Args:
        path: of the `.so` file.
        model: a `.tflite` file that the library has to be of.

    Raises:
        InputError: it is not there, for another processor or system, not written by
            `tvscm convert`, by another version of it, or of another model.

    Example:

        from keras_tvscm import native

        network = native.load("digits.so")
        scores = network.predict(image)  # float32 (784,) -> float32 (10,)
    """
    # A name without a slash would be looked for where the system's libraries are.
    absolute = Path(path).absolute()
    try:
        about, library = _about(str(absolute), path)
        if model is not None:
            sha256 = hashlib.sha256(Path(model).read_bytes()).hexdigest()
            if sha256 != about["sha256"]:
                raise InputError(f"{path} is of another model than {model}; convert that one again")
    except FileNotFoundError as error:
        raise InputError(f"cannot read {error.filename}: there is no such file") from error
    except OSError as error:
        raise InputError(f"cannot read {error.filename}: {error.strerror}") from error
    return Network(library, about)


def _about(absolute: str, path: str | os.PathLike[str]) -> tuple[dict[str, Any], ctypes.CDLL]:
    """What the library says of itself, and the library."""
    with Path(absolute).open("rb"):
        pass
    again = f"make it again: tvscm convert MODEL --target native -o {Path(path).with_suffix('.so')}"
    try:
        library = ctypes.CDLL(absolute)
    except OSError as error:
        reason = str(error).removeprefix(f"{absolute}: ").splitlines()[0]
        raise InputError(
            f"cannot load {path}: {reason}; it is damaged, or for another processor or system: "
            f"{again}"
        ) from error
    try:
        text = ctypes.string_at(ctypes.addressof(ctypes.c_char.in_dll(library, "tvscm_about")))
    except ValueError as error:
        raise InputError(f"{path} is no network that tvscm has compiled; {again}") from error
    about = json.loads(text)
    if about["format"] != FORMAT:
        raise InputError(f"{path} was written by keras-tvscm {about['version']}; {again}")
    return about, library


class Network:
    """A network in a shared library; see `load`.

    All methods may be called by several threads at once.

    Attributes:
        input_size, output_size: numbers of one row.
        input_dtype, output_dtype: as the model stores them: `"int8"`, `"uint8"` or `"float32"`.
        sha256: of the `.tflite` model.

    Example:

        network = native.load("digits.so")
        network.input_size, network.output_dtype  # (784, 'int8')
    """

    def __init__(self, library: ctypes.CDLL, about: dict[str, Any]) -> None:
        self.input_size: int = about["input"]["size"]
        self.output_size: int = about["output"]["size"]
        self.input_dtype: str = about["input"]["dtype"]
        self.output_dtype: str = about["output"]["dtype"]
        self.sha256: str = about["sha256"]
        self._shape = (self.input_size,)
        self._functions = {}
        for name, ends in (
            ("stored", (self.input_dtype, self.output_dtype)),
            ("float32", ("float32", "float32")),
        ):
            function = library[f"tvscm_{name}"]
            function.argtypes = ctypes.c_void_p, ctypes.c_void_p, ctypes.c_long
            function.restype = None
            given, result = map(np.dtype, ends)
            self._functions[given.char] = function, given, result
        self._own = threading.local()

    def predict(self, x: NDArray[Any]) -> NDArray[Any]:
        """The outputs of one row.

        Args:
            x: float32, real numbers, which are stored as the model stores them (half to even);
                or of the model's own type, as stored. Of shape (inputs,), or any other of as many
                numbers.

        Returns:
            (outputs,): real numbers in float32, or as stored.

        Raises:
            InputError: another type or another number of numbers.
        """
        try:
            given, run, result = getattr(self._own, x.dtype.char)
        except AttributeError:
            given, run, result = self._buffers(x)
        given[...] = x if x.shape == self._shape else self._row(x)
        run()
        outputs: NDArray[Any] = result.copy()
        return outputs

    def predict_many(self, rows: NDArray[Any]) -> NDArray[Any]:
        """The outputs of many rows, in one call.

        Args:
            rows: (rows, inputs), or (rows, ...) with as many numbers each; types as for `predict`.

        Returns:
            (rows, outputs).

        Raises:
            InputError: as `predict`.
        """
        function, given, result = self._function(rows)
        if rows.ndim < 2 or rows.size != len(rows) * self.input_size:
            raise self._another(rows, f"rows of {self.input_size:,} numbers each")
        rows = np.ascontiguousarray(rows, given)
        outputs = np.empty((len(rows), self.output_size), result)
        function(rows.ctypes.data, outputs.ctypes.data, len(rows))
        return outputs

    def bind(self, x: NDArray[Any], y: NDArray[Any]) -> "partial[None]":
        """A function that computes `y` from what `x` holds when it is called.

        Args:
            x: contiguous, (inputs,), of a type as for `predict`; kept, as `y` is.
            y: contiguous and writable, (outputs,): float32 where x is, else the model's own type.

        Raises:
            InputError: they are not so.
        """
        function, given, result = self._function(x)
        if x.size != self.input_size or not x.flags.c_contiguous or x.dtype != given:
            raise self._another(x, f"{self.input_size:,} numbers in a row")
        writable = isinstance(y, np.ndarray) and y.flags.c_contiguous and y.flags.writeable
        if not writable or y.size != self.output_size or y.dtype != result:
            raise self._another(y, f"{self.output_size:,} writable {result} numbers in a row")
        run = partial(function, x.ctypes.data, y.ctypes.data, 1)
        # As long as it lives, so do the arrays behind the addresses.
        run.arrays = x, y  # type: ignore[attr-defined]
        return run

    def _function(self, x: Any) -> tuple[Any, np.dtype[Any], np.dtype[Any]]:
        """The library's function for x, and the types of what it takes and gives."""
        if isinstance(x, np.ndarray) and x.dtype.char in self._functions:
            return self._functions[x.dtype.char]
        raise self._another(x, "an array")

    def _buffers(self, x: Any) -> tuple[NDArray[Any], Callable[[], None], NDArray[Any]]:
        """This thread's own arrays for inputs of this type, and the function that is bound."""
        function, given, result = self._function(x)
        inputs, outputs = np.empty(self._shape, given), np.empty(self.output_size, result)
        run = partial(function, inputs.ctypes.data, outputs.ctypes.data, 1)
        setattr(self._own, given.char, (inputs, run, outputs))
        return inputs, run, outputs

    def _row(self, x: NDArray[Any]) -> NDArray[Any]:
        if x.size != self.input_size:
            raise self._another(x, f"{self.input_size:,} numbers")
        return x.reshape(self._shape)

    def _another(self, x: Any, expected: str) -> InputError:
        kinds = " or ".join(dict.fromkeys(["float32", self.input_dtype]))
        if "writable" not in expected:
            expected += f" of {kinds}"
        received = f"{x.dtype} {x.shape}" if isinstance(x, np.ndarray) else type(x).__name__
        return InputError(f"the network takes {expected}. Received: {received}")
