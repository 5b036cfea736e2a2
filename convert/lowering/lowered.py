"""What a lowering gives back, or says where it cannot."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from keras_tvscm.errors import InputError


class Unsupported(InputError):
    """A lowering cannot express this layer; the message is one line saying why."""


@dataclass(frozen=True)
class Lowered:
    """W x as `scale * product(x)`.

    Attributes:
        scale: positive factor left for the caller to apply, or to fold away.
        product: from a tf.Tensor of shape (..., n) to one of the same shape.
    """

    scale: float
    product: Callable[[Any], Any]
