"""TVSCM: a Dense layer whose n² weights are two trainable scalars."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_tvscm.errors import InputError
from keras_tvscm.patterns import circulant
from keras_tvscm.patterns.packing import pack
from keras_tvscm.patterns.pattern import Pattern, resolve

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

# Up to here "auto" rolls. A step takes longer with each roll, not so with the transform;
# jit-compiled at n = 784 and batch 128 the two were level only near 48 rolls, so this is on
# the low side. The recorded results were trained with it.
MOST_ROLLS = 12


@keras.saving.register_keras_serializable("keras_tvscm")
class TVSCM(keras.layers.Layer):
    """A dense layer with a two-valued symmetric circulant matrix.

    `outputs = activation(inputs @ W)`, where every entry of the n x n matrix W is one of
    two trainable scalars `a` and `b`, or zero, by a fixed pattern of circular offsets.
    No n x n array is built, in training or in inference.

    With `units` other than the input's width, the matrix has the larger of the two widths:
    a narrow input is extended with zeros, a wide output is cut.

    With a learned pattern, one real weight an offset is trained in place of `a` and `b`,
    and rounded to them in every step; `keras_tvscm.freeze(model)` then leaves the two.

    Args:
        pattern: which offsets carry `a` and which `b`: `"banded"`, `"complete"`,
            `"random"`, `"half"` (options after a colon, as in `"random:k=2,seed=7"`), a
            mapping such as `{"a": [0], "b": [1, 5]}`, a `keras_tvscm.Pattern`, or
            `"learned"` (options `nonzeros`, `reach`, `window`, `columns`, `start`).
        units: width of the output; by default the input's.
        activation: as for `keras.layers.Dense`.
        use_bias: whether each output has a trained bias. The paper's layer has none.
        kernel_initializer: `"balanced"` gives `a` and `b` opposite signs and such sizes that
            the rows of W sum to zero and have norm one, so that about half of the units are
            active on non-negative inputs. Any Keras initializer of a scalar works too.
        bias_initializer: as for Dense.
        kernel_regularizer, kernel_constraint: as for Dense, on each of `a` and `b`.
        nonzeros: of a learned pattern, the most offsets that carry a value.
        implementation: `"rolls"` adds rolled inputs, `"fft"` multiplies by the eigenvalues;
            `"auto"` picks by the number of offsets.
        seed: draws the pattern where its text names no seed, and a learned pattern's start.
        **kwargs: `name`, `dtype`, `trainable`, `activity_regularizer`.

    Input shape:
        `(batch, ..., n)`, n known.

    Output shape:
        `(batch, ..., units)`.

    Raises:
        keras_tvscm.errors.InputError: (a ValueError) a pattern or a budget that the width
            does not have, or units below 1.

    Example:

        >>> layer = TVSCM("banded", activation="relu")
        >>> layer(np.ones((2, 784), "float32")).shape
        (2, 784)
        >>> layer.count_params()
        2

    Reference: arXiv 2605.16443.
    """

    def __init__(
        self,
        pattern: str | Mapping[str, Any] | Pattern = "banded",
        units: int | None = None,
        activation: Any = None,
        use_bias: bool = False,
        kernel_initializer: Any = "balanced",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        kernel_constraint: Any = None,
        nonzeros: int | None = None,
        implementation: str = "auto",
        seed: int = 0,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if implementation not in ("auto", "rolls", "fft"):
            raise ValueError(
                "Argument `implementation` must be 'auto', 'rolls' or 'fft'. "
                f"Received: implementation={implementation!r}"
            )
        if units is not None and (
            isinstance(units, bool) or not isinstance(units, int) or units < 1
        ):
            raise InputError(f"units is a whole number of at least 1. Received: units={units!r}")
        self.requested_pattern = pattern
        self._pattern: Pattern | None = None
        self.activation = keras.activations.get(activation)
        self.kernel_initializer = kernel_initializer
        if kernel_initializer != "balanced":
            self.kernel_initializer = keras.initializers.get(kernel_initializer)
        self.kernel_regularizer = keras.regularizers.get(kernel_regularizer)
        self.kernel_constraint = keras.constraints.get(kernel_constraint)
        self.implementation = implementation
        self.seed = seed
        self.units = units
        self.use_bias = use_bias
        self.bias_initializer = keras.initializers.get(bias_initializer)
        self.nonzeros = nonzeros
        self.trained_pattern: TrainedPattern | None = None
        self.supports_masking = True

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        n = input_shape[-1]
        if n is None:
            raise ValueError(
                f"The last axis of TVSCM's input must be known. Received: input_shape={input_shape}"
            )
        size = max(n, self.units or n)
        self.input_spec = keras.layers.InputSpec(min_ndim=2, axes={-1: n})
        self.trained_pattern = trained_pattern(
            self.requested_pattern, size, self.nonzeros, self.seed
        )
        if self.trained_pattern:
            self._build_trained(self.trained_pattern)
        else:
            self._pattern = resolve(self.requested_pattern, size, self.seed)
            self.a, self.b = (
                self._add_values(name, (), initializer)
                for name, initializer in zip("ab", self._initializers(), strict=True)
            )
        self.bias = None
        if self.use_bias:
            shape = (self.units or n,)
            self.bias = self.add_weight(name="bias", shape=shape, initializer=self.bias_initializer)
        self.built = True

    def _build_trained(self, spec: TrainedPattern) -> None:
        spec.check_budget()
        offsets = spec.neighbourhood.offsets
        initializer = self.kernel_initializer
        if initializer == "balanced":
            # Rows of norm one, and a mean near zero.
            scale = (2 * len(offsets)) ** -0.5
            drawn = spec.initial(offsets.shape, scale, self.seed)
            initializer = constant(drawn)
        # Rounded in full precision always: in half, another pattern would be trained than frozen.
        self.weights_of_offsets = self._add_values(
            "offsets", offsets.shape, initializer, autocast=False
        )
        self.budget = spec.add_budget(self)

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

    def _initializers(self) -> list[Any]:
        if self.kernel_initializer != "balanced":
            # One draw of a pair: initializers repeat themselves, so two draws of one value
            # each would make `a` and `b` equal.
            return [partial(_drawn, self.kernel_initializer, index) for index in (0, 1)]
        count_a, count_b = len(self.pattern.shifts(1)), len(self.pattern.shifts(2))
        total = count_a + count_b
        if not count_a or not count_b:
            return [keras.initializers.Constant(1 / max(1, total) ** 0.5)] * 2
        return [
            keras.initializers.Constant((count_b / (count_a * total)) ** 0.5),
            keras.initializers.Constant(-((count_a / (count_b * total)) ** 0.5)),
        ]

    def call(self, inputs: Any) -> Any:
        n = inputs.shape[-1]
        units = self.units or n
        if units > n:
            padding = [[0, 0]] * (len(inputs.shape) - 1) + [[0, units - n]]
            inputs = ops.pad(inputs, padding)
        outputs = self._trained_product(inputs) if self.trained_pattern else self._product(inputs)
        if units < n:
            outputs = outputs[..., :units]
        if self.bias is not None:
            outputs = outputs + self.bias
        return self.activation(outputs)

    def _trained_product(self, inputs: Any) -> Any:
        assert self.trained_pattern is not None
        offsets = self.trained_pattern.neighbourhood.offsets
        values = straight_through(self.weights_of_offsets, self.budget, keep_positive=True)
        if self._rolls(2 * len(offsets)):
            return products.by_rolls(inputs, offsets, ops.cast(values, self.compute_dtype))
        return self._transformed(
            inputs,
            lambda dtype: products.eigenvalues(inputs.shape[-1], offsets, ops.cast(values, dtype)),
        )

    def _rolls(self, count: int) -> bool:
        if self.implementation == "auto":
            return count <= MOST_ROLLS
        return self.implementation == "rolls"

    def _product(self, inputs: Any) -> Any:
        values = (0.0, self.a, self.b)
        # What most columns carry costs one sum (nothing, if it is zero); the others are
        # rolled and enter with their difference from it.
        shifts = [self.pattern.shifts(symbol) for symbol in (0, 1, 2)]
        background = max((0, 1, 2), key=lambda symbol: len(shifts[symbol]))
        rolled = [symbol for symbol in (0, 1, 2) if symbol != background and shifts[symbol]]
        rolls = sum(len(shifts[symbol]) for symbol in rolled)
        if not self._rolls(rolls):
            return self._transformed(inputs, self._eigenvalues)
        # Values without an offset enter as zero times, so that training sees all weights.
        total = sum(0.0 * values[symbol] for symbol in (1, 2) if not shifts[symbol])
        if background:
            total = total + values[background] * ops.sum(inputs, axis=-1, keepdims=True)
        for symbol in rolled:
            group = sum(products.roll(inputs, shift) for shift in shifts[symbol])
            total = total + (values[symbol] - values[background]) * group
        return total if rolled else ops.broadcast_to(total, ops.shape(inputs))

    def _eigenvalues(self, dtype: str) -> Any:
        rows = [circulant.first_row(self.pattern, *values) for values in ((1, 0), (0, 1))]
        a_part, b_part = (ops.convert_to_tensor(circulant.eigenvalues(row), dtype) for row in rows)
        return ops.cast(self.a, dtype) * a_part + ops.cast(self.b, dtype) * b_part

    def _transformed(self, inputs: Any, eigenvalues: Callable[[str], Any]) -> Any:
        dtype = products.transform_dtype(self.compute_dtype)
        return products.by_transform(inputs, eigenvalues(dtype))

    def set_progress(self, progress: float) -> None:
        """Set the budget for a share (0 to 1) of the training: it begins with all offsets.

        Without this the budget holds from the first step, and fewer patterns are tried.
        """
        if (
            self.budget is not None
            and self.trained_pattern is not None
            and self.trained_pattern.nonzeros
        ):
            most = self.weights_of_offsets.shape[0]
            self.budget.assign(budget_at(progress, most, self.trained_pattern.nonzeros))

    def frozen(self) -> "TVSCM":
        """The same layer with its learned pattern fixed: two trainable scalars.

        Raises:
            InputError: the pattern is not learned, or no offset carries a value.
        """
        spec, found = self._found()
        config = self.get_config() | {"nonzeros": None, "kernel_initializer": "balanced"}
        config["pattern"] = {
            "packed": pack(found.symbols),
            "label": "learned",
            **spec.neighbourhood.to_config(),
        }
        layer = TVSCM.from_config(config)
        layer.build((None, self.input_spec.axes[-1]))
        layer.a.assign(found.a[0])
        layer.b.assign(found.b[0])
        if self.bias is not None:
            layer.bias.assign(self.bias)
        return layer

    def _found(self) -> tuple[TrainedPattern, TwoValued]:
        if self.trained_pattern is None:
            raise InputError(f"The pattern of layer {self.name!r} is fixed: nothing to freeze")
        weights = ops.convert_to_tensor(self.weights_of_offsets)
        return self.trained_pattern, two_valued(
            weights, self.trained_pattern.nonzeros, keep_positive=True
        )

    @property
    def kernel(self) -> np.ndarray:
        """The dense matrix W, shape (size, size), float32, for tests and plots."""
        pattern = self.pattern
        a, b = (float(ops.convert_to_numpy(value)) for value in self.values)
        return circulant.matrix(circulant.first_row(pattern, a, b)).astype(np.float32)

    @property
    def values(self) -> tuple[Any, Any]:
        """`a` and `b`; of a learned pattern, as they are now."""
        if self.trained_pattern is None:
            return self.a, self.b
        _, found = self._found()
        return found.a[0], found.b[0]

    @property
    def pattern(self) -> Pattern:
        """The pattern in use, known once the layer is built; if learned, as it is now."""
        if self.trained_pattern is not None:
            spec, found = self._found()
            offsets = spec.neighbourhood.offsets
            n, symbols = spec.neighbourhood.n, found.symbols
            return Pattern(n, offsets[symbols == 1], offsets[symbols == 2], "learned")
        if self._pattern is None:
            raise ValueError("This TVSCM layer is not built yet: call it, or give it an Input")
        return self._pattern

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        return (*input_shape[:-1], self.units or input_shape[-1])

    def get_config(self) -> dict[str, Any]:
        pattern = self.requested_pattern
        if isinstance(pattern, Pattern):
            pattern = pattern.to_config()
        elif isinstance(pattern, Mapping):
            pattern = dict(pattern)
        initializer = self.kernel_initializer
        return {
            **super().get_config(),
            "pattern": pattern,
            "activation": keras.activations.serialize(self.activation),
            "kernel_initializer": (
                initializer
                if initializer == "balanced"
                else keras.initializers.serialize(initializer)
            ),
            "kernel_regularizer": keras.regularizers.serialize(self.kernel_regularizer),
            "kernel_constraint": keras.constraints.serialize(self.kernel_constraint),
            "implementation": self.implementation,
            "seed": self.seed,
            "units": self.units,
            "use_bias": self.use_bias,
            "bias_initializer": keras.initializers.serialize(self.bias_initializer),
            "nonzeros": self.nonzeros,
        }


def _drawn(initializer: Any, index: int, shape: tuple[int, ...], dtype: Any = None) -> Any:
    return initializer((2,), dtype=dtype)[index]
