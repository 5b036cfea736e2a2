"""TVSCMConv: a bank of circular convolution filters of two values each."""

from collections.abc import Mapping, Sequence
from typing import Any

import keras
from keras import ops

from keras_tvscm.errors import InputError
from keras_tvscm.patterns.filter_patterns import FilterPatterns, resolve_filters
from keras_tvscm.patterns.pattern import Pattern

from . import products
from .pattern_layer import PatternLayer


@keras.saving.register_keras_serializable("keras_tvscm")
class TVSCMConv(PatternLayer):
    """Parallel two-valued symmetric circulant matrices, each with a bias.

    Filter f computes `activation(sum over channels c of inputs[:, :, c] @ W[f, c] + bias[f])`.
    Every entry of its n x n matrices is one of two trainable scalars `a[f]` and `b[f]`, or
    zero; each matrix has its own pattern. So a layer has three parameters a filter, whatever
    n and the number of channels. The filters are the last axis of the output, as Keras'
    pooling layers want it: `MaxPooling1D` at once, `MaxPooling2D` after a `Reshape`.

    With a learned pattern, one real weight an offset, channel and filter is trained, and
    rounded in every step to two values a filter and zero; `keras_tvscm.freeze(model)` leaves
    the two values.

    Args:
        filters: number of filters, at least 1.
        pattern: `"learned"` (options `nonzeros`, `reach`, `window`, `columns`, `start`), a
            fixed kind (`"random:k=4,window=7x7"`; drawn kinds draw a pattern per filter and
            channel, from seeds that count up), or a list of fixed patterns, one a filter.
        activation: as for `keras.layers.Dense`.
        use_bias: whether each filter has a scalar bias.
        kernel_initializer: `"balanced"` draws learned weights so that outputs keep the
            inputs' scale, and gives fixed patterns `a` and `b` of opposite signs.
        bias_initializer: as for Dense.
        kernel_regularizer: as for Dense, on each of `a` and `b`.
        nonzeros: of learned patterns, the most nonzero offsets of a filter, over its channels.
        seed: of what is drawn.
        **kwargs: `name`, `dtype`, `trainable`, `activity_regularizer`.

    Input shape:
        `(batch, n)`, or `(batch, n, channels)`.

    Output shape:
        `(batch, n, filters)`.

    Raises:
        keras_tvscm.errors.InputError: (a ValueError) filters below 1, or a pattern or budget
            that n does not have.

    Examples:

        >>> import numpy as np
        >>> from keras_tvscm import TVSCMConv
        >>> layer = TVSCMConv(15, "random:k=4,window=7x7", activation="relu")
        >>> tuple(layer(np.ones((2, 784), "float32")).shape)
        (2, 784, 15)
        >>> layer.count_params()
        45
    """

    def __init__(
        self,
        filters: int,
        pattern: str | Mapping[str, Any] | Sequence[Any] | Pattern = "learned",
        activation: Any = None,
        use_bias: bool = True,
        kernel_initializer: Any = "balanced",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        nonzeros: int | None = None,
        seed: int = 0,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            pattern,
            activation,
            use_bias,
            kernel_initializer,
            bias_initializer,
            kernel_regularizer,
            nonzeros,
            seed,
            **kwargs,
        )
        if isinstance(filters, bool) or not isinstance(filters, int) or filters < 1:
            raise InputError(
                f"filters is a whole number of at least 1. Received: filters={filters!r}"
            )
        self.filters = filters

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        if len(input_shape) not in (2, 3) or None in input_shape[1:]:
            raise InputError(
                "TVSCMConv reads (batch, n) or (batch, n, channels), n and channels known. "
                f"Received: input_shape={tuple(input_shape)}"
            )
        n, channels = (*(int(size or 0) for size in input_shape[1:]), 1)[:2]
        self.input_spec = keras.layers.InputSpec(shape=(None, *input_shape[1:]))
        # He et al. 2015: about two entries of a row an offset and channel, and a ReLU behind.
        self._add_pattern(n, (self.filters, channels), fan=channels)
        self._add_bias((self.filters,))
        self.built = True

    def _resolved(self, n: int, channels: int) -> FilterPatterns:
        return resolve_filters(self.requested_pattern, n, self.filters, channels, self.seed)

    def call(self, inputs: Any) -> Any:
        if len(inputs.shape) == 2:
            inputs = ops.expand_dims(inputs, -1)
        if self.trained_pattern is None:
            near = self._fixed_patterns.neighbourhood
            values = self._fixed_patterns.values(self.a, self.b)
        else:
            near = self.trained_pattern.neighbourhood
            values = ops.cast(self._trained_values(), self.compute_dtype)
        outputs = products.of_filters(inputs, near, values)
        if self.bias is not None:
            outputs = outputs + self.bias
        return self.activation(outputs)

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        return (*input_shape[:2], self.filters)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "filters": self.filters}


@keras.saving.register_keras_serializable("keras_tvscm")
class TVSCMHeads(TVSCMConv):
    """`TVSCMConv` under the name and with the argument of before 0.2; use `TVSCMConv`.

    Keras looks for a layer's weights under its class's name, so that such files need the class.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if "heads" in kwargs:
            kwargs["filters"] = kwargs.pop("heads")
        super().__init__(*args, **kwargs)
