"""The upper bound of one layer: a symmetric circulant matrix with free values."""

from typing import Any

import keras
import numpy as np
from keras import ops

from . import products


@keras.saving.register_keras_serializable("keras_tvscm")
class SymmetricCirculant(keras.layers.Layer):
    """`activation(inputs @ W)`, W symmetric circulant with n // 2 + 1 trained values.

    No two-valued pattern can do more in one layer; for comparison.

    Args:
        activation: as for `keras.layers.Dense`.
        seed: of the first values, which give rows of norm about one.

    Input shape:
        `(batch, ..., n)`, n known.

    Output shape:
        The input's.
    """

    def __init__(self, activation: Any = None, seed: int = 0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.activation = keras.activations.get(activation)
        self.seed = seed

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        n = int(input_shape[-1] or 0)
        self.offsets = np.arange(n // 2 + 1)
        self.values = self.add_weight(
            name="values",
            shape=self.offsets.shape,
            initializer=keras.initializers.RandomNormal(stddev=n**-0.5, seed=self.seed),
        )
        self.built = True

    def call(self, inputs: Any) -> Any:
        values = ops.cast(self.values, products.transform_dtype(self.compute_dtype))
        spectrum = products.eigenvalues(inputs.shape[-1], self.offsets, values)
        return self.activation(products.by_transform(inputs, spectrum))

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "activation": keras.activations.serialize(self.activation),
            "seed": self.seed,
        }
