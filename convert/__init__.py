"""From a trained Keras model to a TFLite model that is proved equal to it."""

from typing import TYPE_CHECKING, Any

from keras_tvscm.extras import need

__all__ = ["Conversion", "convert"]

if TYPE_CHECKING:
    from .conversion import Conversion, convert


def __getattr__(name: str) -> Any:
    # Only converting needs Keras and TensorFlow, which take seconds to import.
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from . import conversion

    return getattr(conversion, name)


need("convert", "Conversion")
