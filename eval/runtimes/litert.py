"""LiteRT, as on phones and desktops: with XNNPACK's kernels or the built-in ones."""

from keras_tvscm.convert import litert

from .runtime import Session, Unavailable


class LiteRT:
    """`litert-xnnpack` is what an app gets by default; `litert-builtin` leaves XNNPACK out."""

    def __init__(self, name: str) -> None:
        self.name = name

    def load(self, model: bytes) -> Session:
        """See `Runtime.load`."""
        try:
            return litert.LiteRT(model, xnnpack=self.name == "litert-xnnpack")
        except (RuntimeError, ValueError) as error:
            raise Unavailable(f"LiteRT: {error}") from error
