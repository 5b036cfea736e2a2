"""Batch normalizations become part of the filters before them: the same outputs, fewer layers."""

from collections.abc import Callable
from typing import Any

import keras
from keras import ops

from keras_tvscm.layers.tvscm_conv import TVSCMConv

from .cloning import clone_with
from .graph import sole_reader

CONVOLUTIONS = (
    keras.layers.Conv1D,
    keras.layers.Conv2D,
    keras.layers.DepthwiseConv1D,
    keras.layers.DepthwiseConv2D,
)


def fold_convolutions(model: keras.Model) -> keras.Model:
    """A model of the same outputs in inference, its convolutions holding their normalizations.

    Folded is a `BatchNormalization` that alone reads a linear convolution with biases. The model
    returned is not compiled; where there is nothing to fold it is the one given.

    Args:
        model: a built Sequential or functional model, flat.

    Raises:
        InputError: it has no static graph, or a copy of a layer answers otherwise.
    """
    normalizations = foldable(model, lambda layer: isinstance(layer, CONVOLUTIONS))
    if not normalizations:
        return model
    copy = clone_with(model, {}, normalizations)
    for name, filters in normalizations.items():
        fold(model.get_layer(name), copy.get_layer(filters))
    return copy


def foldable(model: keras.Model, chosen: Callable[[Any], bool]) -> dict[str, str]:
    """Per BatchNormalization layer that can be folded, the chosen layer that it alone reads.

    Args:
        model: flat.
        chosen: whether a layer is one of filters whose normalization is to be folded.
    """
    folded = {}
    for layer in model.layers:
        if not chosen(layer) or layer.bias is None:
            continue
        reader = sole_reader(model, layer)
        if (
            isinstance(reader, keras.layers.BatchNormalization)
            and reader.axis in (-1, len(layer.output.shape) - 1)
            and layer.activation is keras.activations.linear
        ):
            folded[reader.name] = layer.name
    return folded


def fold(normalization: Any, filters: Any) -> None:
    """gamma (y - mean) / sqrt(variance + epsilon) + beta, as factors of values and bias.

    Args:
        normalization: whose numbers are read.
        filters: the layer that gets them; its output is what the normalization reads.
    """
    mean, variance = normalization.moving_mean, normalization.moving_variance
    factor = ops.rsqrt(variance + normalization.epsilon)
    if normalization.gamma is not None:
        factor = factor * normalization.gamma
    if isinstance(filters, TVSCMConv):
        filters.a.assign(filters.a * factor)
        filters.b.assign(filters.b * factor)
    else:
        # A depthwise kernel ends with (channels, 1), another one with the filters.
        depthwise = isinstance(filters, keras.layers.DepthwiseConv1D | keras.layers.DepthwiseConv2D)
        by_filter = ops.reshape(factor, filters.kernel.shape[-2:]) if depthwise else factor
        filters.kernel.assign(filters.kernel * by_filter)
    bias = (filters.bias - mean) * factor
    filters.bias.assign(bias if normalization.beta is None else bias + normalization.beta)
