"""What a network's layers can give for inputs within a range, by interval arithmetic."""

from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from keras_tvscm.layers.tvscm import TVSCM
from keras_tvscm.models.graph import is_relu, nodes_of

L = keras.layers
Bounds = tuple[NDArray[np.float64], NDArray[np.float64]]


def bounds(model: keras.Model, low: float, high: float) -> dict[str, Bounds]:
    """Least and greatest value of every output of the layers that are understood.

    They hold for all inputs from `low` to `high`, in exact arithmetic. For TVSCM layers they
    are of the values before the activation.

    Args:
        model: a built Sequential or functional model with one input.
        low, high: of every input number.

    Returns:
        By a layer's name, two arrays of its output's shape without the batch. Layers that
        are called twice, not known, or fed by such ones are left out.
    """
    nodes = nodes_of(model)
    shape = model.inputs[0].shape[1:]
    known: dict[int, Bounds] = {id(model.inputs[0]): (np.full(shape, low), np.full(shape, high))}
    by_layer: dict[str, Bounds] = {}
    for node in nodes:
        layer, sources = node.operation, node.input_tensors
        once = sum(other.operation is layer for other in nodes) == 1
        if len(sources) != 1 or id(sources[0]) not in known or not once:
            continue
        before = _outputs(layer, known[id(sources[0])], node.outputs[0].shape[1:])
        if before is None:
            continue
        by_layer[layer.name] = before
        after = _activated(layer, before)
        if after is not None:
            known[id(node.outputs[0])] = after
    return by_layer


def _outputs(layer: Any, inputs: Bounds, shape: tuple[int, ...]) -> Bounds | None:
    """Before the activation; None where the layer is not understood."""
    if isinstance(layer, L.Reshape | L.Flatten):
        return inputs[0].reshape(shape), inputs[1].reshape(shape)
    if isinstance(layer, L.Dropout | L.Identity | L.ReLU | L.Activation):
        return inputs
    if type(layer) is L.Dense:
        kernel = keras.ops.convert_to_numpy(layer.kernel)
    elif isinstance(layer, TVSCM):
        kernel = layer.kernel[: inputs[0].shape[-1], : shape[-1]]
    else:
        return None
    kernel = kernel.astype(np.float64)
    positive, negative = np.maximum(kernel, 0), np.minimum(kernel, 0)
    low, high = inputs
    bias = 0.0 if layer.bias is None else keras.ops.convert_to_numpy(layer.bias)
    return low @ positive + high @ negative + bias, high @ positive + low @ negative + bias


def _activated(layer: Any, before: Bounds) -> Bounds | None:
    if is_relu(layer) or getattr(layer, "activation", None) is keras.activations.relu:
        return np.maximum(before[0], 0), np.maximum(before[1], 0)
    if isinstance(layer, L.ReLU):
        return None
    linear = getattr(layer, "activation", keras.activations.linear) is keras.activations.linear
    return before if linear else None
