"""From a trained Keras model to a TFLite model that is proved equal to it."""

from .conversion import Conversion, convert

__all__ = ["Conversion", "convert"]
