"""An int8 `.tflite` model as portable C that computes the same bytes."""

from .source import CSource, generate

__all__ = ["CSource", "generate"]
