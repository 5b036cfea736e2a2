"""Where a `.tflite` runs: one module per runtime, one Protocol."""

from keras_tvscm.errors import InputError

from .litert import LiteRT
from .runtime import Runtime, Session, Unavailable
from .tflm import TFLM

NAMES = ("litert-xnnpack", "litert-builtin", "tflm")

__all__ = ["NAMES", "Runtime", "Session", "Unavailable", "runtime"]


def runtime(name: str) -> Runtime:
    """The runtime of that name.

    Raises:
        InputError: unknown name.
    """
    if name not in NAMES:
        raise InputError(f"Unknown runtime {name!r}; expected one of {', '.join(NAMES)}")
    return TFLM() if name == "tflm" else LiteRT(name)
