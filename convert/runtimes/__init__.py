"""Where a `.tflite` runs, behind one protocol."""

from collections.abc import Iterable

from keras_tvscm.errors import InputError

from . import tflite_runtime
from .session import InChild, InProcess, Session
from .unavailable import Unavailable

# Those that can run in this process, and can therefore be timed.
IN_PROCESS = ("litert-xnnpack", "litert-builtin", "tflm")
NAMES = (*IN_PROCESS, tflite_runtime.NAME)

__all__ = [
    "IN_PROCESS",
    "NAMES",
    "InChild",
    "InProcess",
    "Session",
    "Unavailable",
    "check_names",
    "in_child",
    "load",
]


def load(name: str, model: bytes) -> Session:
    """Load a `.tflite` model of our own making, which `flatbuffer.check` has passed.

    Args:
        name: one of `NAMES`.
        model: the file's bytes.

    Raises:
        Unavailable: the runtime is not installed, or cannot run the model.
    """
    return in_child(name, model) if name == tflite_runtime.NAME else InProcess(name, model)


def in_child(name: str, model: bytes) -> Session:
    """The same for a model of anybody's making: whatever it does, this process goes on."""
    python = tflite_runtime.python() if name == tflite_runtime.NAME else None
    return InChild(name, model, python)


def check_names(names: Iterable[str], known: tuple[str, ...] = NAMES) -> None:
    """Refuse names that are not known.

    Raises:
        InputError: there is one.
    """
    for name in names:
        if name not in known:
            raise InputError(f"Unknown runtime {name!r}; expected one of {', '.join(known)}")
