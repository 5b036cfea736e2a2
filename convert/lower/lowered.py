"""What a lowering is given and gives back, or says where it cannot."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from keras_tvscm.errors import InputError
from keras_tvscm.patterns.filter_patterns import FilterPatterns

from .mean import Mean


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


@dataclass(frozen=True)
class Filters:
    """What a lowering of filters is given.

    Attributes:
        patterns: the patterns.
        a, b: their values, shape (filters,).
        bias: shape (filters,), or None.
        activation: a function of tensors.
        mean: what the inputs are means of, where a lowering may compute these, too.
    """

    patterns: FilterPatterns
    a: NDArray[np.float32]
    b: NDArray[np.float32]
    bias: NDArray[np.float32] | None
    activation: Any
    mean: Mean | None = None


@dataclass(frozen=True)
class LoweredFilters:
    """Filters with bias and activation, which TFLite fuses into a convolution only where nothing,
    not even a RESHAPE, stands between.

    Attributes:
        product: from a tf.Tensor of shape (1, n, channels) to (1, n, filters).
        from_mean: whether it takes what `Filters.mean` takes, in its place.
    """

    product: Callable[[Any], Any]
    from_mean: bool = False
