"""TVSCM: a square Dense layer whose n² weights are two trainable scalars."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_tvscm import circulant
from keras_tvscm.pattern import Pattern, resolve

# Up to here "auto" rolls. A step takes longer with each roll, not so with the transform;
# jit-compiled at n = 784 and batch 128 the two were level only near 48 rolls, so this is on
# the low side. The recorded results were trained with it.
MOST_ROLLS = 12


@keras.saving.register_keras_serializable("keras_tvscm")
class TVSCM(keras.layers.Layer):
    """A dense layer with a two-valued symmetric circulant matrix.

    `outputs = activation(inputs @ W)`, where every entry of the n x n matrix W is one of
    two trainable scalars `a` and `b`, or zero, by a fixed pattern of circular offsets.
    There is no bias. No n x n array is built, in training or in inference.

    Args:
        pattern: which offsets carry `a` and which `b`: `"banded"`, `"complete"`,
            `"random"`, `"half"` (options after a colon, as in `"random:k=2,seed=7"`), a
            mapping such as `{"a": [0], "b": [1, 5]}`, or a `keras_tvscm.Pattern`.
        activation: as for `keras.layers.Dense`.
        kernel_initializer: `"balanced"` gives `a` and `b` opposite signs and such sizes that
            the rows of W sum to zero and have norm one, so that about half of the units are
            active on non-negative inputs. Any Keras initializer of a scalar works too.
        kernel_regularizer, kernel_constraint: as for Dense, on each of `a` and `b`.
        implementation: `"rolls"` adds rolled inputs, `"fft"` multiplies by the eigenvalues;
            `"auto"` picks by the number of offsets.
        seed: draws the pattern where its text names no seed.
        **kwargs: `name`, `dtype`, `trainable`, `activity_regularizer`.

    Input shape:
        `(batch, ..., n)`, n known.

    Output shape:
        The input's.

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
        activation: Any = None,
        kernel_initializer: Any = "balanced",
        kernel_regularizer: Any = None,
        kernel_constraint: Any = None,
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
        self.supports_masking = True

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        n = input_shape[-1]
        if n is None:
            raise ValueError(
                f"The last axis of TVSCM's input must be known. Received: input_shape={input_shape}"
            )
        self._pattern = resolve(self.requested_pattern, n, self.seed)
        self.input_spec = keras.layers.InputSpec(min_ndim=2, axes={-1: n})
        self.a, self.b = (
            self.add_weight(
                name=name,
                shape=(),
                initializer=initializer,
                regularizer=self.kernel_regularizer,
                constraint=self.kernel_constraint,
            )
            for name, initializer in zip("ab", self._initializers(), strict=True)
        )
        self.built = True

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
        values = (0.0, self.a, self.b)
        # What most columns carry costs one sum (nothing, if it is zero); the others are
        # rolled and enter with their difference from it.
        shifts = [self.pattern.shifts(symbol) for symbol in (0, 1, 2)]
        background = max((0, 1, 2), key=lambda symbol: len(shifts[symbol]))
        rolled = [symbol for symbol in (0, 1, 2) if symbol != background and shifts[symbol]]
        rolls = sum(len(shifts[symbol]) for symbol in rolled)
        if self.implementation == "fft" or (self.implementation == "auto" and rolls > MOST_ROLLS):
            return self.activation(self._transformed(inputs))
        # Values without an offset enter as zero times, so that training sees all weights.
        product = sum(0.0 * values[symbol] for symbol in (1, 2) if not shifts[symbol])
        if background:
            product = product + values[background] * ops.sum(inputs, axis=-1, keepdims=True)
        for symbol in rolled:
            total = sum(_roll(inputs, shift) for shift in shifts[symbol])
            product = product + (values[symbol] - values[background]) * total
        return self.activation(product if rolled else ops.broadcast_to(product, ops.shape(inputs)))

    def _transformed(self, inputs: Any) -> Any:
        # Keras' transforms know float32 and float64 alone.
        dtype = self.compute_dtype if self.compute_dtype == "float64" else "float32"
        rows = [circulant.first_row(self.pattern, *values) for values in ((1, 0), (0, 1))]
        a_part, b_part = (ops.convert_to_tensor(circulant.eigenvalues(row), dtype) for row in rows)
        eigenvalues = ops.cast(self.a, dtype) * a_part + ops.cast(self.b, dtype) * b_part
        real, imaginary = ops.rfft(ops.cast(inputs, dtype))
        product = ops.irfft(
            (real * eigenvalues, imaginary * eigenvalues), fft_length=self.pattern.n
        )
        return ops.cast(product, self.compute_dtype)

    @property
    def kernel(self) -> np.ndarray:
        """The dense matrix W, shape (n, n), float32, for tests and plots."""
        row = circulant.first_row(self.pattern, float(self.a.numpy()), float(self.b.numpy()))
        return circulant.matrix(row).astype(np.float32)

    @property
    def pattern(self) -> Pattern:
        """The pattern in use, known once the layer is built."""
        if self._pattern is None:
            raise ValueError("This TVSCM layer is not built yet: call it, or give it an Input")
        return self._pattern

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        return tuple(input_shape)

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
        }


def _drawn(initializer: Any, index: int, shape: tuple[int, ...], dtype: Any = None) -> Any:
    return initializer((2,), dtype=dtype)[index]


def _roll(inputs: Any, shift: int) -> Any:
    return ops.roll(inputs, shift, axis=-1) if shift else inputs
