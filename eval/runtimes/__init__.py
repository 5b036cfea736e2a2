"""Where a `.tflite` runs: one module per runtime, one Protocol."""

from .runtime import NAMES, Runtime, Session, Unavailable, runtime

__all__ = ["NAMES", "Runtime", "Session", "Unavailable", "runtime"]
