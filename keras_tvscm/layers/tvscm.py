"""TVSCM: a Dense layer whose n² weights are two trainable scalars."""

from collections.abc import Callable, Mapping
from typing import Any

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray

from keras_tvscm.errors import InputError
from keras_tvscm.patterns import circulant
from keras_tvscm.patterns.filter_patterns import FilterPatterns
from keras_tvscm.patterns.offsets import Symbol
from keras_tvscm.patterns.pattern import Pattern, resolve

from . import products
from .pattern_layer import PatternLayer

# Up to here "auto" rolls. A step takes longer with each roll, not so with the transform;
# jit-compiled at n = 784 and batch 128 the two were level only near 48 rolls, so this is on
# the low side. The recorded results were trained with it.
MOST_ROLLS = 12


@keras.saving.register_keras_serializable("keras_tvscm")
class TVSCM(PatternLayer):
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
        kernel_regularizer: as for Dense, on each of `a` and `b`.
        kernel_constraint: the same.
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

    Examples:

        >>> import numpy as np
        >>> from keras_tvscm import TVSCM
        >>> layer = TVSCM("banded", activation="relu")
        >>> tuple(layer(np.ones((2, 784), "float32")).shape)
        (2, 784)
        >>> layer.count_params()
        2

    Reference: arXiv 2605.16443.
    """

    keep_positive = True

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
        super().__init__(
            pattern,
            activation,
            use_bias,
            kernel_initializer,
            bias_initializer,
            kernel_regularizer,
            nonzeros,
            seed,
            kernel_constraint,
            **kwargs,
        )
        if implementation not in ("auto", "rolls", "fft"):
            raise ValueError(
                "Argument `implementation` must be 'auto', 'rolls' or 'fft'. "
                f"Received: implementation={implementation!r}"
            )
        if units is not None and (
            isinstance(units, bool) or not isinstance(units, int) or units < 1
        ):
            raise InputError(f"units is a whole number of at least 1. Received: units={units!r}")
        self.implementation = implementation
        self.units = units
        self.supports_masking = True

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        n = input_shape[-1]
        if n is None:
            raise ValueError(
                f"The last axis of TVSCM's input must be known. Received: input_shape={input_shape}"
            )
        self.input_spec = keras.layers.InputSpec(min_ndim=2, axes={-1: n})
        # Rows of norm one: nearly every offset of a learned pattern stands for two entries.
        self._add_pattern(max(n, self.units or n), (), fan=2)
        self._add_bias((self.units or n,))
        self.built = True

    def _resolved(self, n: int, channels: int) -> FilterPatterns:
        self._pattern = resolve(self.requested_pattern, n, self.seed)
        return FilterPatterns.of(self._pattern)

    def call(self, inputs: Any) -> Any:
        n = inputs.shape[-1]
        units = self.units or n
        if units > n:
            padding = [[0, 0]] * (len(inputs.shape) - 1) + [[0, units - n]]
            inputs = ops.pad(inputs, padding)
        if self.trained_pattern is None:
            outputs = self._fixed_product(inputs)
        else:
            outputs = self._trained_product(inputs, self.trained_pattern.neighbourhood.offsets)
        if units < n:
            outputs = outputs[..., :units]
        if self.bias is not None:
            outputs = outputs + self.bias
        return self.activation(outputs)

    def _trained_product(self, inputs: Any, offsets: NDArray[np.int64]) -> Any:
        values = self._trained_values()
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

    def _fixed_product(self, inputs: Any) -> Any:
        pattern = self._pattern
        values = {Symbol.ZERO: 0.0, Symbol.A: self.a, Symbol.B: self.b}
        shifts = {symbol: pattern.shifts(symbol) for symbol in Symbol}
        # The background costs one sum (nothing, if it is zero); the others are rolled and
        # enter with their difference from it.
        background = pattern.background
        rolled = [symbol for symbol in Symbol if symbol != background and shifts[symbol]]
        if not self._rolls(sum(len(shifts[symbol]) for symbol in rolled)):
            return self._transformed(inputs, self._eigenvalues)
        # Values without an offset enter as zero times, so that training sees all weights.
        total = sum(0.0 * values[symbol] for symbol in (Symbol.A, Symbol.B) if not shifts[symbol])
        if background != Symbol.ZERO:
            total = total + values[background] * ops.sum(inputs, axis=-1, keepdims=True)
        for symbol in rolled:
            group = sum(products.roll(inputs, shift) for shift in shifts[symbol])
            total = total + (values[symbol] - values[background]) * group
        return total if rolled else ops.broadcast_to(total, ops.shape(inputs))

    def _eigenvalues(self, dtype: str) -> Any:
        rows = [circulant.first_row(self._pattern, *values) for values in ((1, 0), (0, 1))]
        a_part, b_part = (ops.convert_to_tensor(circulant.eigenvalues(row), dtype) for row in rows)
        return ops.cast(self.a, dtype) * a_part + ops.cast(self.b, dtype) * b_part

    def _transformed(self, inputs: Any, eigenvalues: Callable[[str], Any]) -> Any:
        dtype = products.transform_dtype(self.compute_dtype)
        return products.by_transform(inputs, eigenvalues(dtype))

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
        rounded = self._rounded(self.trained_pattern)
        return rounded.a[0], rounded.b[0]

    @property
    def pattern(self) -> Pattern:
        """The pattern in use, known once the layer is built; if learned, as it is now."""
        patterns = self.filter_patterns
        return self._pattern if self.trained_pattern is None else patterns.pattern(0, 0, "learned")

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        return (*input_shape[:-1], self.units or input_shape[-1])

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "units": self.units,
            "kernel_constraint": keras.constraints.serialize(self.kernel_constraint),
            "implementation": self.implementation,
        }
