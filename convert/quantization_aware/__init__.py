"""Training on with int8's rounding in the way."""

from .training import quantization_aware

__all__ = ["quantization_aware"]
