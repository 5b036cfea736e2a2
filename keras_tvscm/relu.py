"""Which layers are a plain ReLU."""

from typing import Any

import keras


def is_relu(layer: Any) -> bool:
    """Whether a Keras layer computes max(x, 0), and nothing else."""
    if type(layer) is keras.layers.Activation:
        return layer.activation is keras.activations.relu
    return (
        type(layer) is keras.layers.ReLU
        and layer.max_value is None
        and not layer.negative_slope
        and not layer.threshold
    )
