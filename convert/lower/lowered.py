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
        product: from a tf.Tensor of shape (..., n) to one of as many numbers in the same
            order. Where that has another shape, a ReLU fuses with the last operator, and the
            caller reshapes after it.
        ahead: number j of the product is output (j + ahead) mod n, which spares extending the
            input on both sides; the next layer's weights can be turned in its stead.
    """

    scale: float
    product: Callable[[Any], Any]
    ahead: int = 0


@dataclass(frozen=True)
class LoweredReLU:
    """relu(W x) as `scale * (z - t)`: for layers without a bias whose activation is ReLU.

    Attributes:
        scale: positive factor left for the caller to apply, or to fold away.
        parts: from a tf.Tensor of shape (..., n) to z, (..., n), and t, (..., 1).
        ahead: as of `Lowered`, for z.
    """

    scale: float
    parts: Callable[[Any], tuple[Any, Any]]
    ahead: int = 0
