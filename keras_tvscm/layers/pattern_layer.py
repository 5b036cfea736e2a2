"""What TVSCM and TVSCMConv have in common: two values by a pattern, fixed or trained."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, Self

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray

from keras_tvscm.errors import InputError
from keras_tvscm.patterns.filter_patterns import FilterPatterns
from keras_tvscm.patterns.packing import pack
from keras_tvscm.patterns.pattern import Pattern

from .trained_pattern import TrainedPattern, budget_at, trained_pattern
from .two_valued import TwoValued, straight_through, two_valued

# A description that came with a file could ask for any number of them.
MOST_PATTERNS = 2**18
MOST_SYMBOLS = 2**26


class PatternLayer(keras.layers.Layer):
    """A layer whose weights are `a` and `b`, or while a pattern is trained, one an offset.

    The arguments are those of `TVSCM` and `TVSCMConv`.

    Attributes:
        trained_pattern: what the pattern may become; None where it is fixed. Known once built.
        weights_of_offsets: of a trained pattern, the real weights, shape (..., offsets).
        budget: of a trained pattern with a budget, the one that holds now; else None.
        a, b: the two values of a fixed pattern.
        bias: None without one.
    """

    # Whether a budget always keeps an offset for `a`: see `two_valued`.
    keep_positive = False

    a: Any
    b: Any
    bias: Any
    weights_of_offsets: Any
    _fixed_patterns: FilterPatterns

    def __init__(
        self,
        pattern: Any,
        activation: Any,
        use_bias: bool,
        kernel_initializer: Any,
        bias_initializer: Any,
        kernel_regularizer: Any,
        nonzeros: int | None,
        seed: int,
        kernel_constraint: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.requested_pattern = pattern
        self.activation = keras.activations.get(activation)
        self.use_bias = use_bias
        self.kernel_initializer = kernel_initializer
        if kernel_initializer != "balanced":
            self.kernel_initializer = keras.initializers.get(kernel_initializer)
        self.bias_initializer = keras.initializers.get(bias_initializer)
        self.kernel_regularizer = keras.regularizers.get(kernel_regularizer)
        self.kernel_constraint = keras.constraints.get(kernel_constraint)
        self.nonzeros = nonzeros
        self.seed = seed
        self.trained_pattern: TrainedPattern | None = None
        self.budget: Any = None

    def _resolved(self, n: int, channels: int) -> FilterPatterns:
        """The fixed patterns that were asked for."""
        raise NotImplementedError

    def _add_pattern(self, n: int, leading: tuple[int, ...], fan: int) -> None:
        """Add `a` and `b`, or what a pattern is trained by.

        Args:
            n: width of the matrices.
            leading: (filters, channels), or () for one matrix.
            fan: what the first weights' variance is divided by, beside the offsets' number.
        """
        patterns = math.prod(leading)
        if patterns > MOST_PATTERNS or patterns * n > MOST_SYMBOLS:
            raise InputError(
                f"Layer {self.name!r} would have {patterns:,} patterns of width {n:,}; at most "
                f"{MOST_PATTERNS:,} patterns, and {MOST_SYMBOLS:,} symbols in all"
            )
        channels = math.prod(leading[1:])
        self.trained_pattern = trained_pattern(self.requested_pattern, n, self.nonzeros, self.seed)
        if self.trained_pattern is None:
            self._fixed_patterns = self._resolved(n, channels)
            self.a, self.b = (
                self._add_values(name, leading[:1], self._of_pair(index))
                for index, name in enumerate("ab")
            )
            return
        self.trained_pattern.check_budget(channels)
        shape = (*leading, len(self.trained_pattern.neighbourhood.offsets))
        initializer = self.kernel_initializer
        if initializer == "balanced":
            scale = (fan * shape[-1]) ** -0.5
            initializer = _constant(self.trained_pattern.initial(shape, scale, self.seed))
        # In half precision, another pattern would be trained than is frozen.
        self.weights_of_offsets = self._add_values("offsets", shape, initializer, autocast=False)
        if self.trained_pattern.nonzeros is not None:
            self.budget = self.add_weight(
                name="budget",
                shape=(),
                initializer=keras.initializers.Constant(self.trained_pattern.nonzeros),
                trainable=False,
                autocast=False,
            )

    def _of_pair(self, index: int) -> Any:
        """The initializer of `a` (0) or `b` (1)."""
        if self.kernel_initializer == "balanced":
            return _constant(self._fixed_patterns.balanced()[index])
        # One draw of the pair: initializers repeat themselves, so that two draws would make
        # `a` and `b` equal.
        initializer = self.kernel_initializer
        return lambda shape, dtype=None: initializer((2, *shape), dtype=dtype)[index]

    def _add_values(
        self, name: str, shape: tuple[int, ...], initializer: Any, autocast: bool = True
    ) -> Any:
        return self.add_weight(
            name=name,
            shape=shape,
            initializer=initializer,
            autocast=autocast,
            regularizer=self.kernel_regularizer,
            constraint=self.kernel_constraint,
        )

    def _add_bias(self, shape: tuple[int, ...]) -> None:
        self.bias = None
        if self.use_bias:
            self.bias = self.add_weight(name="bias", shape=shape, initializer=self.bias_initializer)

    def _rows(self) -> Any:
        """The weights of offsets, those of one output in a row, over all its channels."""
        weights = ops.convert_to_tensor(self.weights_of_offsets)
        return ops.reshape(weights, (*weights.shape[:-2], -1))

    def _trained_values(self) -> Any:
        """The weights of offsets as the layer sees them in training, rounded."""
        rounded = straight_through(self._rows(), self.budget, self.keep_positive)
        return ops.reshape(rounded, self.weights_of_offsets.shape)

    def _rounded(self, trained: TrainedPattern) -> TwoValued:
        """The pattern and its values as freezing leaves them."""
        return two_valued(self._rows(), trained.nonzeros, self.keep_positive)

    def set_progress(self, progress: float) -> None:
        """Set the budget for a share (0 to 1) of the training: it begins with all offsets.

        Without this the budget holds from the first step, and fewer patterns are tried. It
        does nothing to a pattern without a budget, or to a fixed one.
        """
        trained = self.trained_pattern
        if trained is not None and trained.nonzeros is not None:
            self.budget.assign(budget_at(progress, self._rows().shape[-1], trained.nonzeros))

    def frozen(self) -> Self:
        """The same layer with its learned pattern fixed, and two trainable values.

        Raises:
            InputError: the pattern is not learned, or no offset carries a value.
        """
        if self.trained_pattern is None:
            raise InputError(f"The pattern of layer {self.name!r} is fixed: nothing to freeze")
        rounded = self._rounded(self.trained_pattern)
        near = self.trained_pattern.neighbourhood.to_config()
        config = self.get_config() | {
            "pattern": {"packed": pack(rounded.symbols), "label": "learned", **near},
            "nonzeros": None,
            "kernel_initializer": "balanced",
        }
        layer = type(self).from_config(config)
        layer.build_from_config(self.get_build_config())
        layer.a.assign(ops.reshape(rounded.a, layer.a.shape))
        layer.b.assign(ops.reshape(rounded.b, layer.b.shape))
        if self.bias is not None:
            layer.bias.assign(self.bias)
        return layer

    @property
    def filter_patterns(self) -> FilterPatterns:
        """The patterns in use, known once the layer is built; if learned, as they are now."""
        if not self.built:
            raise ValueError(
                f"This {type(self).__name__} layer is not built yet: call it, or give it an Input"
            )
        if self.trained_pattern is None:
            return self._fixed_patterns
        shape = (1, 1, *self.weights_of_offsets.shape)[-3:]
        symbols = self._rounded(self.trained_pattern).symbols.reshape(shape)
        return FilterPatterns(self.trained_pattern.neighbourhood, symbols)

    def get_config(self) -> dict[str, Any]:
        initializer = self.kernel_initializer
        if initializer != "balanced":
            initializer = keras.initializers.serialize(initializer)
        return {
            **super().get_config(),
            "pattern": _plain(self.requested_pattern),
            "activation": keras.activations.serialize(self.activation),
            "use_bias": self.use_bias,
            "kernel_initializer": initializer,
            "bias_initializer": keras.initializers.serialize(self.bias_initializer),
            "kernel_regularizer": keras.regularizers.serialize(self.kernel_regularizer),
            "nonzeros": self.nonzeros,
            "seed": self.seed,
        }


def _constant(values: NDArray[Any]) -> Any:
    """An initializer that gives these values."""
    return lambda shape, dtype=None: ops.cast(np.reshape(values, shape), dtype)


def _plain(pattern: Any) -> Any:
    """A pattern as it was asked for, as JSON holds it."""
    if isinstance(pattern, Pattern):
        return pattern.to_config()
    if isinstance(pattern, Mapping):
        return dict(pattern)
    if isinstance(pattern, Sequence) and not isinstance(pattern, str):
        return [_plain(each) for each in pattern]
    return pattern
