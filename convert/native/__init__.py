"""An int8 `.tflite` model as C for processors with vectors: PCs, phones, single-board computers."""

from .source import generate

__all__ = ["generate"]
