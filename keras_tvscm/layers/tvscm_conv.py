"""TVSCMConv: a bank of circular convolution filters of two values each."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_tvscm.errors import InputError
from keras_tvscm.patterns.filter_patterns import FilterPatterns, resolve_filters
from keras_tvscm.patterns.neighbourhood import Neighbourhood
from keras_tvscm.patterns.packing import pack
from keras_tvscm.patterns.pattern import Pattern

from . import products
from .trained_pattern import (
    TrainedPattern,
    TwoValued,
    budget_at,
    constant,
    straight_through,
    trained_pattern,
    two_valued,
)


@keras.saving.register_keras_serializable("keras_tvscm")
class TVSCMConv(keras.layers.Layer):
    """Parallel two-valued symmetric circulant matrices, each with a bias.

    Head h computes `activation(sum over channels c of inputs[:, :, c] @ W[h, c] + bias[h])`.
    Every entry of its n x n matrices is one of two trainable scalars `a[h]` and `b[h]`, or
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
        bias_initializer, kernel_regularizer: as for Dense.
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

    Example:

        >>> layer = TVSCMConv(15, "random:k=4,window=7x7", activation="relu")
        >>> layer(np.ones((2, 784), "float32")).shape
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
        super().__init__(**kwargs)
        if isinstance(filters, bool) or not isinstance(filters, int) or filters < 1:
            raise InputError(
                f"filters is a whole number of at least 1. Received: filters={filters!r}"
            )
        self.filters = filters
        self.requested_pattern = pattern
        self.activation = keras.activations.get(activation)
        self.use_bias = use_bias
        self.kernel_initializer = kernel_initializer
        if kernel_initializer != "balanced":
            self.kernel_initializer = keras.initializers.get(kernel_initializer)
        self.bias_initializer = keras.initializers.get(bias_initializer)
        self.kernel_regularizer = keras.regularizers.get(kernel_regularizer)
        self.nonzeros = nonzeros
        self.seed = seed
        self.trained_pattern: TrainedPattern | None = None
        self._filter_patterns: FilterPatterns | None = None

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        if len(input_shape) not in (2, 3) or None in input_shape[1:]:
            raise InputError(
                "TVSCMConv reads (batch, n) or (batch, n, channels), n and channels known. "
                f"Received: input_shape={tuple(input_shape)}"
            )
        n, channels = (*(int(size or 0) for size in input_shape[1:]), 1)[:2]
        self.input_spec = keras.layers.InputSpec(shape=(None, *input_shape[1:]))
        self.trained_pattern = trained_pattern(self.requested_pattern, n, self.nonzeros, self.seed)
        if self.trained_pattern:
            self._build_trained(self.trained_pattern, channels)
        else:
            self._filter_patterns = resolve_filters(
                self.requested_pattern, n, self.filters, channels, self.seed
            )
            self.a, self.b = (
                self.add_weight(
                    name=name,
                    shape=(self.filters,),
                    initializer=self._initializer(drawn),
                    regularizer=self.kernel_regularizer,
                )
                for name, drawn in zip("ab", self._filter_patterns.balanced(), strict=True)
            )
        self.bias = None
        if self.use_bias:
            self.bias = self.add_weight(
                name="bias", shape=(self.filters,), initializer=self.bias_initializer
            )
        self.built = True

    def _build_trained(self, spec: TrainedPattern, channels: int) -> None:
        spec.check_budget(channels)
        count = len(spec.neighbourhood.offsets)
        shape = (self.filters, channels, count)
        # He et al. 2015: about 2 count entries of a row read each channel.
        drawn = spec.initial(shape, (channels * count) ** -0.5, self.seed)
        self.weights_of_offsets = self.add_weight(
            name="offsets",
            shape=shape,
            initializer=self._initializer(drawn),
            regularizer=self.kernel_regularizer,
            # In half precision, another pattern would be trained than is frozen.
            autocast=False,
        )
        self.budget = spec.add_budget(self)

    def _initializer(self, drawn: np.ndarray) -> Any:
        if self.kernel_initializer != "balanced":
            return self.kernel_initializer
        return constant(drawn)

    def call(self, inputs: Any) -> Any:
        if len(inputs.shape) == 2:
            inputs = ops.expand_dims(inputs, -1)
        outputs = products.of_filters(inputs, *self._values())
        if self.bias is not None:
            outputs = outputs + self.bias
        return self.activation(outputs)

    def _values(self) -> tuple[Neighbourhood, Any]:
        """The first rows' entries, (filters, channels, offsets)."""
        if self._filter_patterns is not None:
            return self._filter_patterns.neighbourhood, self._filter_patterns.values(self.a, self.b)
        assert self.trained_pattern is not None
        weights = self.weights_of_offsets
        flat = ops.reshape(weights, (self.filters, -1))
        rounded = straight_through(flat, self.budget)
        values = ops.cast(ops.reshape(rounded, weights.shape), self.compute_dtype)
        return self.trained_pattern.neighbourhood, values

    def set_progress(self, progress: float) -> None:
        """Set the budget for a share (0 to 1) of the training: it begins with all offsets.

        Without this the budget holds from the first step, and fewer patterns are tried.
        """
        if (
            self.budget is not None
            and self.trained_pattern is not None
            and self.trained_pattern.nonzeros
        ):
            most = math.prod(self.weights_of_offsets.shape[1:])
            self.budget.assign(budget_at(progress, most, self.trained_pattern.nonzeros))

    def frozen(self) -> "TVSCMConv":
        """The same layer with its learned patterns fixed: two trainable scalars a filter.

        Raises:
            InputError: the patterns are not learned.
        """
        if self.trained_pattern is None:
            raise InputError(f"The patterns of layer {self.name!r} are fixed: nothing to freeze")
        found = self._found(self.trained_pattern)
        config = self.get_config() | {"nonzeros": None, "kernel_initializer": "balanced"}
        config["pattern"] = {
            "packed": pack(found.symbols),
            "label": "learned",
            **self.trained_pattern.neighbourhood.to_config(),
        }
        layer = TVSCMConv.from_config(config)
        layer.build(self.input_spec.shape)
        layer.a.assign(found.a[:, 0])
        layer.b.assign(found.b[:, 0])
        if self.bias is not None:
            layer.bias.assign(self.bias)
        return layer

    def _found(self, spec: TrainedPattern) -> TwoValued:
        flat = ops.reshape(ops.convert_to_tensor(self.weights_of_offsets), (self.filters, -1))
        return two_valued(flat, spec.nonzeros)

    @property
    def filter_patterns(self) -> FilterPatterns:
        """The patterns in use, known once the layer is built; if learned, as they are now."""
        if not self.built:
            raise ValueError("This TVSCMConv layer is not built yet: call it, or give it an Input")
        if self._filter_patterns is not None:
            return self._filter_patterns
        assert self.trained_pattern is not None
        symbols = self._found(self.trained_pattern).symbols.reshape(self.weights_of_offsets.shape)
        return FilterPatterns(self.trained_pattern.neighbourhood, symbols)

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        return (*input_shape[:2], self.filters)

    def get_config(self) -> dict[str, Any]:
        pattern: Any = self.requested_pattern
        if isinstance(pattern, Sequence) and not isinstance(pattern, str):
            pattern = [_plain(one) for one in pattern]
        initializer = self.kernel_initializer
        return {
            **super().get_config(),
            "filters": self.filters,
            "pattern": _plain(pattern),
            "activation": keras.activations.serialize(self.activation),
            "use_bias": self.use_bias,
            "kernel_initializer": (
                initializer
                if initializer == "balanced"
                else keras.initializers.serialize(initializer)
            ),
            "bias_initializer": keras.initializers.serialize(self.bias_initializer),
            "kernel_regularizer": keras.regularizers.serialize(self.kernel_regularizer),
            "nonzeros": self.nonzeros,
            "seed": self.seed,
        }


def _plain(pattern: Any) -> Any:
    if isinstance(pattern, Pattern):
        return pattern.to_config()
    return dict(pattern) if isinstance(pattern, Mapping) else pattern


@keras.saving.register_keras_serializable("keras_tvscm")
class TVSCMHeads(TVSCMConv):
    """`TVSCMConv` under the name that files written before 0.2 hold; use `TVSCMConv`.

    Keras looks for a layer's weights under its class's name, so that such files need the class.
    """

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "TVSCMHeads":
        config = dict(config)
        if "heads" in config:
            config["filters"] = config.pop("heads")
        return cls(**config)
