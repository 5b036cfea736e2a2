"""What a lowering gives back."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Lowered:
    """W x as `scale * product(x)`.

    Attributes:
        scale: positive factor left for the caller to apply, or to fold away.
        product: from a tf.Tensor of shape (..., n) to one of the same shape.
    """

    scale: float
    product: Callable[[Any], Any]
