"""From the training form of learned patterns to two trainable scalars a pattern."""

from typing import Any

import keras
from keras import ops

from keras_tvscm.errors import InputError
from keras_tvscm.layers.tvscm import TVSCM
from keras_tvscm.layers.tvscm_conv import TVSCMConv

from .cloning import clone_with
from .graph import check_graph, sole_reader


def freeze(model: keras.Model) -> keras.Model:
    """A model of the same outputs whose learned patterns are fixed.

    Every learned `TVSCM` and `TVSCMConv` layer keeps its values `a` and `b` as trainable
    scalars, and its pattern as structure, packed in the saved file at no more than two bits
    an offset. A `BatchNormalization` that alone reads a linear `TVSCMConv` layer with biases
    is folded into it, for inference as it stands.

    The model returned is not compiled; training may go on. The one given stays as it is.

    Args:
        model: a built Sequential or functional model.

    Raises:
        InputError: there is nothing to freeze, or the model has no static graph.
    """
    check_graph(model)
    learned = trained_pattern_layers(model)
    if not learned:
        raise InputError(
            "The model has no learned pattern to freeze; one that was frozen stays frozen"
        )
    folded = _foldable(model)
    copy = clone_with(model, {layer.name: layer.frozen for layer in learned}, folded)
    for name, filters in folded.items():
        _fold(model.get_layer(name), copy.get_layer(filters))
    return copy


def trained_pattern_layers(model: keras.Model) -> list[TVSCM | TVSCMConv]:
    """The layers whose patterns are being trained."""
    ours = [layer for layer in model.layers if isinstance(layer, TVSCM | TVSCMConv)]
    return [layer for layer in ours if layer.trained_pattern is not None]


def _foldable(model: keras.Model) -> dict[str, str]:
    """Per BatchNormalization layer that can be folded, the learned filters before it."""
    found = {}
    for layer in model.layers:
        if not isinstance(layer, TVSCMConv) or not layer.trained_pattern or layer.bias is None:
            continue
        reader = sole_reader(model, layer)
        if (
            isinstance(reader, keras.layers.BatchNormalization)
            and reader.axis in (-1, 2)
            and layer.activation is keras.activations.linear
        ):
            found[reader.name] = layer.name
    return found


def _fold(normalization: Any, filters: TVSCMConv) -> None:
    """gamma (y - mean) / sqrt(variance + epsilon) + beta, as factors of a, b and the bias."""
    mean, variance = normalization.moving_mean, normalization.moving_variance
    factor = ops.rsqrt(variance + normalization.epsilon)
    if normalization.gamma is not None:
        factor = factor * normalization.gamma
    filters.a.assign(filters.a * factor)
    filters.b.assign(filters.b * factor)
    assert filters.bias is not None
    bias = (filters.bias - mean) * factor
    filters.bias.assign(bias if normalization.beta is None else bias + normalization.beta)
